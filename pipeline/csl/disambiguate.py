"""Disambiguation (CSL 1.0.2, "Disambiguation"): equal short cites of different works in, forms that differ out.

Done once, on what a repeated cite shows. The order of means: given names that
hold for the whole book, names and given names where a cite is ambiguous, the
condition `disambiguate`, the year suffix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.csl import marks, markup, names
from pipeline.csl.context import FIRST, SUBSEQUENT, Context, Forms
from pipeline.csl.items import Item, Name
from pipeline.csl.name_lists import NamesNode
from pipeline.csl.style import Sheet


@dataclass(frozen=True, slots=True)
class Rules:
    """What `cs:citation` asks for."""

    names: bool
    given: bool
    rule: str
    suffix: bool
    condition: bool

    @property
    def any(self) -> bool:
        """Whether anything is to be done."""
        return self.names or self.given or self.suffix or self.condition


@dataclass(frozen=True, slots=True)
class _Shown:
    """A cite as it would be printed: its text, names shown of each list, and how they were made."""

    text: str
    lists: tuple[tuple[int, int], ...]
    nodes: tuple[tuple[object, str], ...]


def rules(sheet: Sheet) -> Rules:
    """Read the rules from a style."""
    options = sheet.citation.options
    return Rules(
        options.get("disambiguate-add-names") == "true",
        options.get("disambiguate-add-givenname") == "true",
        options.get("givenname-disambiguation-rule", "by-cite"),
        options.get("disambiguate-add-year-suffix") == "true",
        sheet.uses_disambiguate,
    )


def suffix(number: int) -> str:
    """Return the letters of the year suffix: a … z, aa …

    >>> suffix(0), suffix(25), suffix(26), suffix(701), suffix(702)
    ('a', 'z', 'aa', 'zz', 'aaa')
    """
    out = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(97 + rest) + out
    return out


class _Resolver:
    def __init__(self, sheet: Sheet, items: Sequence[Item], number: Mapping[str, int]) -> None:
        self.sheet = sheet
        self.items = items
        self.number = number
        self.rules = rules(sheet)
        self.forms: dict[str, Forms] = {}
        self.cache: dict[tuple[str, Forms], _Shown] = {}

    def show(self, item: Item, forms: Forms) -> _Shown:
        """Return what a repeated cite of an item shows, without locator and note number."""
        key = (item.id, forms)
        found = self.cache.get(key)
        if found is None:
            c = Context(item, "citation")
            c.position = SUBSEQUENT if self.sheet.note_class else 0
            c.forms = forms
            # Only the date of issue tells works apart; the day one was looked up does not.
            c.looking = True
            text, _ = self.sheet.citation.node(c)
            found = _Shown(marks.plain(text), tuple(c.shown_names), tuple(c.name_nodes))
            self.cache[key] = found
        return found

    # -- given names that hold everywhere -------------------------------------------------------------------

    def globally(self) -> None:
        """Apply the rules all-names and primary-name, where no cite need be ambiguous."""
        rule = self.rules.rule
        initials_only = rule.endswith("with-initials")
        primary = rule.startswith("primary-name")
        shown = {item.id: self.show(item, self.forms[item.id]) for item in self.items}
        # Family (with particle) → initials → full names, over all that cites show.
        known: dict[str, dict[str, set[str]]] = {}
        for item in self.items:
            for list_number, (node, variable) in enumerate(shown[item.id].nodes):
                assert isinstance(node, NamesNode)
                for index, name in enumerate(item.names[variable]):
                    if primary and (index or list_number):
                        continue
                    family, initial, full = _identity(name, node.options)
                    known.setdefault(family, {}).setdefault(initial, set()).add(full)
        for item in self.items:
            levels = []
            for list_number, (node, variable) in enumerate(shown[item.id].nodes):
                assert isinstance(node, NamesNode)
                found = []
                for index, name in enumerate(item.names[variable]):
                    level = 0
                    if not (primary and (index or list_number)):
                        family, initial, full = _identity(name, node.options)
                        same_family = known.get(family, {})
                        if len(same_family) > 1:
                            bare = initials_only and node.options.initialize_with is None
                            level = names.BARE_INITIALS if bare else 1
                        if not initials_only and len(same_family.get(initial, ())) > 1:
                            level = 2
                    found.append(level)
                levels.append(tuple(found))
            if any(any(level) for level in levels):
                self.forms[item.id] = replace(self.forms[item.id], levels=tuple(levels))

    # -- cite by cite ---------------------------------------------------------------------------------------

    def groups(self, *, empty: bool = False) -> list[list[Item]]:
        """Return the sets of items whose cites are equal now, ``empty`` ones too where asked."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            found.setdefault(self.show(item, self.forms[item.id]).text, []).append(item)
        # No names and no letters tell apart cites that show nothing.
        return [group for text, group in found.items() if (text or empty) and len(group) > 1]

    def names(self) -> None:
        """Show more names, and more of given names, where cites are equal."""
        by_cite = self.rules.given and self.rules.rule == "by-cite"
        if not (self.rules.names or by_cite):
            return
        for group in self.groups():
            group.sort(key=self._most)
            self._split(group, {item.id: self.forms[item.id] for item in group}, by_cite)

    def _most(self, item: Item) -> int:
        return max((total for _, total in self.show(item, self.forms[item.id]).lists), default=0)

    def _split(self, group: list[Item], base: dict[str, Forms], by_cite: bool) -> None:
        work = [(group, base)]
        while work:
            members, forms = work.pop()
            if len(members) < 2:
                for item in members:
                    self.forms[item.id] = forms[item.id]
                continue
            parts = self._improve(members, forms, by_cite)
            if parts is None:
                self._give_up(members, forms)
            else:
                work.extend(parts)

    def _steps(self, members: list[Item], forms: dict[str, Forms], by_cite: bool) -> list[tuple[int, int, int]]:
        """Return the steps to try: (list of names, index of the name, level of its given name; 0 shows it only)."""
        lists: dict[int, int] = {}
        for item in members:
            for number, (_, total) in enumerate(self.show(item, forms[item.id]).lists):
                lists[number] = max(lists.get(number, 0), total)
        steps = []
        for number in sorted(lists):
            for index in range(lists[number]):
                if self.rules.names:
                    steps.append((number, index, 0))
                if by_cite:
                    steps += [(number, index, 1), (number, index, 2)]
        return steps

    def _improve(
        self, members: list[Item], forms: dict[str, Forms], by_cite: bool
    ) -> list[tuple[list[Item], dict[str, Forms]]] | None:
        """Find the first step that tells some members from others; return the parts, or None."""
        trial = dict(forms)
        kept = dict(forms)
        for number, index, level in self._steps(members, forms, by_cite):
            changed = False
            for item in members:
                lists = self.show(item, trial[item.id]).lists
                if number >= len(lists) or index >= lists[number][1]:
                    continue
                if level == 0:
                    new = _with_names(trial[item.id], number, index + 1)
                    if lists[number][0] < index + 1:
                        changed = True
                else:
                    if lists[number][0] <= index:
                        continue
                    new = _with_level(trial[item.id], number, index, level)
                    changed = True
                trial[item.id] = new
            if not changed:
                continue
            texts: dict[str, list[Item]] = {}
            for item in members:
                texts.setdefault(self.show(item, trial[item.id]).text, []).append(item)
            if len(texts) > 1:
                for item in members:
                    better = _with_names(kept[item.id], number, index + 1) if self.rules.names else kept[item.id]
                    if level:
                        lists = self.show(item, trial[item.id]).lists
                        if number < len(lists) and index < lists[number][1]:
                            better = _with_level(better, number, index, level)
                    kept[item.id] = better
                parts: dict[str, list[Item]] = {}
                for item in members:
                    parts.setdefault(self.show(item, kept[item.id]).text, []).append(item)
                if len(parts) > 1:
                    return [(part, {item.id: kept[item.id] for item in part}) for part in parts.values()]
                # Only together with steps before it does this one help.
                return [(part, {item.id: trial[item.id] for item in part}) for part in texts.values()]
        return None

    def _give_up(self, members: list[Item], forms: dict[str, Forms]) -> None:
        for item in members:
            self.forms[item.id] = forms[item.id]

    # -- condition and year suffix --------------------------------------------------------------------------

    def condition(self) -> None:
        """Let `disambiguate="true"` hold for cites that it tells apart."""
        for group in self.groups(empty=True):
            trial = {item.id: replace(self.forms[item.id], condition=True) for item in group}
            texts = {self.show(item, trial[item.id]).text for item in group}
            if len(texts) > 1:
                self.forms.update(trial)

    def suffixes(self) -> None:
        """Give equal cites letters in the order of the bibliography."""
        for group in self.groups():
            later = any(self._shows_suffix(item, SUBSEQUENT) for item in group)
            if self.sheet.note_class and not later and any(self._shows_suffix(item, FIRST) for item in group):
                # Letters on the first cites would not tell the later ones apart.
                continue
            group.sort(key=lambda item: self.number.get(item.id, 0))
            for number, item in enumerate(group):
                self.forms[item.id] = replace(self.forms[item.id], suffix=suffix(number))

    def _shows_suffix(self, item: Item, position: int) -> bool:
        """Say whether a cite has a place for a year suffix."""
        c = Context(item, "citation")
        c.position = position
        c.forms = self.forms[item.id]
        c.looking = True
        c.suffix = "a"
        self.sheet.citation.node(c)
        return c.suffix_done


def _with_names(forms: Forms, number: int, count: int) -> Forms:
    found = list(forms.names) + [0] * (number + 1 - len(forms.names))
    if found[number] >= count:
        return forms
    found[number] = count
    return replace(forms, names=tuple(found))


def _with_level(forms: Forms, number: int, index: int, level: int) -> Forms:
    lists = list(forms.levels) + [()] * (number + 1 - len(forms.levels))
    levels = list(lists[number]) + [0] * (index + 1 - len(lists[number]))
    if levels[index] >= level:
        return forms
    levels[index] = level
    lists[number] = tuple(levels)
    return replace(forms, levels=tuple(lists))


def _identity(name: Name, options: names.NameOptions) -> tuple[str, str, str]:
    """Return what a reader tells a person by: family, initials, full given name."""
    if name.literal:
        return (name.literal, "", "")
    given = markup.read(name.given)
    initial = names.initials(given, options.initialize_with or ".", True)
    family = " ".join(part for part in (name.non_dropping, name.family) if part)
    full = re.sub(r"[\s.]+", "", f"{name.dropping} {name.given} {name.suffix}")
    return family, re.sub(r"[\s.]+", "", marks.plain(initial)), full


def resolve(
    sheet: Sheet, items: Sequence[Item], number: Mapping[str, int], renumber: Callable[[Mapping[str, Forms]], None]
) -> dict[str, Forms]:
    """Return the forms of every item. ``number`` is each item's place in the bibliography.

    ``renumber`` is called before suffixes are given, so that the caller may
    sort anew with the names that cites now show.
    """
    resolver = _Resolver(sheet, items, number)
    resolver.forms = {item.id: Forms() for item in items}
    wanted = resolver.rules
    if not wanted.any or len(items) < 2:
        return resolver.forms
    if wanted.given and wanted.rule != "by-cite":
        resolver.globally()
    resolver.names()
    if wanted.condition and not wanted.suffix:
        # Where the style has year suffixes they go first: so the reference processor and its tests.
        resolver.condition()
    if wanted.suffix:
        renumber(resolver.forms)
        resolver.suffixes()
    return resolver.forms
