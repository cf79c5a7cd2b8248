"""A compiled `cs:names`: which names a reference has for it, their labels, and what stands in for them."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.csl import marks, names
from pipeline.csl.context import SUBSEQUENT, Context, Replacement
from pipeline.csl.items import Name
from pipeline.csl.locale import Locale
from pipeline.csl.names import NameOptions
from pipeline.csl.nodes import ABSENT, PRINTED, Dress, Node, Result


class NamesNode:
    """A compiled `cs:names`."""

    __slots__ = (
        "delimiter",
        "display",
        "dress",
        "label",
        "label_first",
        "locale",
        "memo",
        "options",
        "prefix",
        "substitutes",
        "suffix",
        "variables",
    )

    def __init__(
        self,
        locale: Locale,
        variables: tuple[str, ...],
        options: NameOptions,
        label: Callable[[str, int], str] | None,
        label_first: bool,
        delimiter: str,
        substitutes: tuple[Node, ...],
        dress: Dress | None,
        prefix: str,
        suffix: str,
        display: str,
    ) -> None:
        self.locale = locale
        self.variables = variables
        self.options = options
        self.label = label
        self.label_first = label_first
        self.delimiter = delimiter
        self.substitutes = substitutes
        self.dress = dress
        self.prefix = prefix
        self.suffix = suffix
        self.display = display
        # Names as text, in print and in sort keys.
        self.memo: tuple[dict[tuple[Name, bool, int], str], dict[tuple[Name, bool, int], str]] = ({}, {})

    def __call__(self, c: Context) -> Result:
        """Print the names, or the first substitute that prints."""
        inside = c.tracking is not None
        first = not c.names_seen and not inside
        present = [v for v in self.variables if v in c.item.names and v not in c.silenced]
        if self.options.form == "count" and present:
            return self._count(c, present)
        if present:
            text, each = self._text(c, self._lists(c, present), not c.names_seen)
            # An empty substitute for names that the entry before has is no reason to look for others.
            if text or (each and c.replace_names is not None):
                if c.tracking is not None:
                    c.tracking.extend(present)
                    c.substitute_each = each or (marks.plain(text),)
                return self._put(c, text, each, first), PRINTED
        for node in self.substitutes:
            c.substitute_each = ()
            outer, c.tracking = c.tracking, []
            text, _ = node(c)
            used, c.tracking = c.tracking, outer
            if text:
                # What has stood for the names is not printed again in this cite.
                c.silenced.update(used)
                if outer is not None:
                    outer.extend(used)
                return self._put(c, text, c.substitute_each, first, substituted=True), PRINTED
        return ABSENT

    def _count(self, c: Context, present: list[str]) -> Result:
        total = 0
        for variable in present:
            people = c.item.names[variable]
            total += names.shown_count(len(people), self.options, c.position >= SUBSEQUENT, 0)
        if not total:
            return ABSENT
        return (f"{total:08}" if c.sorting else str(total)), PRINTED

    def _lists(self, c: Context, present: list[str]) -> list[tuple[str, names.Rendered]]:
        out: list[tuple[str, names.Rendered]] = []
        subsequent = c.position >= SUBSEQUENT
        for variable in self._merged(c, present):
            source = "editor" if variable == "editor-translator" and variable not in c.item.names else variable
            number = c.name_lists
            c.name_lists += 1
            floor = 0
            levels: tuple[int, ...] = ()
            if c.area == "citation" and not c.sorting:
                forms = c.forms
                floor = forms.names[number] if number < len(forms.names) else 0
                levels = forms.levels[number] if number < len(forms.levels) else ()
            key = (id(self), variable, subsequent, floor, levels, c.sorting)
            rendered = c.item.cache.get(key)
            if not isinstance(rendered, names.Rendered):
                rendered = self._render(c.item.names[source], subsequent, floor, levels, c.sorting)
                c.item.cache[key] = rendered
            c.shown_names.append((rendered.shown, rendered.total))
            c.name_nodes.append((self, source))
            out.append((variable, rendered))
        return out

    def _render(
        self, people: tuple[Name, ...], subsequent: bool, floor: int, levels: tuple[int, ...], sorting: bool
    ) -> names.Rendered:
        return names.render(
            people,
            self.options,
            self.locale,
            subsequent=subsequent,
            floor=floor,
            levels=levels,
            sorting=sorting,
            memo=self.memo[sorting],
        )

    def _merged(self, c: Context, present: list[str]) -> list[str]:
        """Let one label stand for an editor who is the translator too."""
        if (
            "editor" in present
            and "translator" in present
            and self.label is not None
            and c.item.names["editor"] == c.item.names["translator"]
            and self.locale.find("editor-translator") is not None
        ):
            at = min(present.index("editor"), present.index("translator"))
            rest = [v for v in present if v not in ("editor", "translator")]
            rest.insert(at, "editor-translator")
            return rest
        return present

    def _text(self, c: Context, lists: list[tuple[str, names.Rendered]], first: bool) -> tuple[str, tuple[str, ...]]:
        each = tuple(marks.plain(name) for _, rendered in lists for name in rendered.each)
        plan = c.replace_names if first and not c.sorting else None
        parts: list[str] = []
        for variable, rendered in lists:
            text = rendered.text
            if not text:
                continue
            if plan is not None and plan.before:
                text = self._replaced(c, plan, variable, rendered, each)
            if self.label is not None and not c.sorting:
                label = self.label(variable, rendered.total)
                if label:
                    text = marks.seam(label, text) if self.label_first else marks.seam(text, label)
            parts.append(text)
        return marks.join(parts, self.delimiter), each

    def _replaced(
        self, c: Context, plan: Replacement, variable: str, rendered: names.Rendered, each: tuple[str, ...]
    ) -> str:
        """Put the substitute where the entry before has the same names (`subsequent-author-substitute-rule`)."""
        same = 0
        while same < min(len(each), len(plan.before)) and each[same] == plan.before[same]:
            same += 1
        complete = each == plan.before
        if plan.rule == "complete":
            return plan.text if complete else rendered.text
        if plan.rule == "complete-each":
            count = len(each) if complete else 0
        elif plan.rule == "partial-each":
            count = same
        else:
            count = min(same, 1)
        if not count:
            return rendered.text
        source = "editor" if variable == "editor-translator" and variable not in c.item.names else variable
        return names.render(
            c.item.names[source], self.options, self.locale, subsequent=False, replaced=count, replacement=plan.text
        ).text

    def _put(self, c: Context, text: str, each: tuple[str, ...], first: bool, *, substituted: bool = False) -> str:
        if c.sorting:
            return text
        names_stand = bool(each) or not substituted
        if self.dress and names_stand:
            text = self.dress(text)
        if first:
            c.names_seen = True
            key = each or (marks.plain(text),)
            plan = c.replace_names
            if plan is not None:
                if substituted and not each and plan.before == key:
                    head = marks.opening_marks(text)
                    head = head if text.endswith(marks.CLOSE * len(head)) else ""
                    text = head + plan.text + marks.CLOSE * len(head)
                plan.found = key
            if c.suppress_names:
                return ""
            c.names_text = text
            c.names_are_names = bool(each)
            text = marks.wrap(marks.ROLE_NAMES, text)
        if not names_stand or not text:
            # What is no name does not take the dress of the names it stands for.
            return text
        text = marks.affix(self.prefix, text, self.suffix)
        return self.display + text + marks.CLOSE if self.display else text
