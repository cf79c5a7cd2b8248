"""A CSL style compiled to closures: XML in, functions out that turn an item into marked text.

Every closure returns a text and a state: `NOTHING` when it asked for no variable,
`ASKED` when all it asked for were empty, `PRINTED` when one was not. A group in
state `ASKED` prints nothing, its terms included (CSL 1.0.2, "Group").
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from pipeline.csl import conditions, dates, labels, marks, markup, names, numbers, textcase
from pipeline.csl import locale as locales
from pipeline.csl.conditions import Test
from pipeline.csl.context import Context
from pipeline.csl.items import DATE_VARIABLES, NAME_VARIABLES
from pipeline.csl.locale import CSL, XML_LANG, Locale
from pipeline.csl.name_lists import NamesNode
from pipeline.csl.names import NameOptions
from pipeline.csl.nodes import ABSENT, ASKED, EMPTY, NOTHING, PRINTED, Dress, Node, Result, first_of, grouped, sequence
from pipeline.csl.problem import Fault

DEEPEST = 200
"""How deep elements may nest before the compiler calls it a fault."""
LONGEST = 500_000
"""Signs of a style that a macro may go through, with those that it calls; the styles of citationstyles.org need 33,000."""

_FORMATS = {
    ("font-style", "italic"): marks.ITALIC,
    ("font-style", "oblique"): marks.OBLIQUE,
    ("font-style", "normal"): marks.UPRIGHT,
    ("font-variant", "small-caps"): marks.SMALL_CAPS,
    ("font-variant", "normal"): marks.VARIANT_NORMAL,
    ("font-weight", "bold"): marks.BOLD,
    ("font-weight", "light"): marks.LIGHT,
    ("font-weight", "normal"): marks.WEIGHT_NORMAL,
    ("text-decoration", "underline"): marks.UNDERLINE,
    ("text-decoration", "none"): marks.DECORATION_NONE,
    ("vertical-align", "sup"): marks.SUPERSCRIPT,
    ("vertical-align", "sub"): marks.SUBSCRIPT,
    ("vertical-align", "baseline"): marks.BASELINE,
}
_FORMAT_ORDER = ("font-style", "font-variant", "font-weight", "text-decoration", "vertical-align")
_DISPLAYS = {
    "block": marks.BLOCK,
    "left-margin": marks.LEFT_MARGIN,
    "right-inline": marks.RIGHT_INLINE,
    "indent": marks.INDENT,
}
_ROLES = {
    "title": marks.ROLE_TITLE,
    "container-title": marks.ROLE_TITLE,
    "locator": marks.ROLE_LOCATOR,
    "first-reference-note-number": marks.ROLE_BACKREF,
    "citation-number": marks.ROLE_NUMBER,
    "URL": marks.ROLE_LINK,
    "DOI": marks.ROLE_LINK,
    "PMID": marks.ROLE_LINK,
    "PMCID": marks.ROLE_LINK,
}
_NAME_OPTIONS = (
    "and",
    "delimiter-precedes-et-al",
    "delimiter-precedes-last",
    "et-al-min",
    "et-al-use-first",
    "et-al-use-last",
    "et-al-subsequent-min",
    "et-al-subsequent-use-first",
    "initialize",
    "initialize-with",
    "name-as-sort-order",
    "sort-separator",
)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One `cs:key`: a variable or a macro, its direction and what names it shows."""

    node: Node
    descending: bool
    kind: str  # text, names, date or number
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """`cs:citation` or `cs:bibliography`, compiled."""

    name: str
    node: Node
    parts: tuple[Node, ...]
    prefix: str
    suffix: str
    delimiter: str
    dress: Dress | None
    keys: tuple[SortKey, ...]
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A compiled style."""

    title: str
    language: str
    note_class: bool
    locale: Locale
    options: Mapping[str, str]
    citation: Area
    bibliography: Area | None
    explicit_suffix: bool
    uses_disambiguate: bool
    undotted: bool
    """whether labels of locators lose their stops"""
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What an element inherits while it is compiled."""

    area: str  # citation or bibliography
    sorting: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ""
    alternatives: bool = False  # directly in cs:substitute: the first that prints is taken
    substitute_element: etree._Element | None = None
    macros: tuple[str, ...] = ()
    case_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Traits:
    """What a stretch of style depends on, so that its text can be kept with the item."""

    varies: bool = False


class Compiler:
    """Compiles one style. Faults are gathered, and a faulty element prints nothing."""

    def __init__(self, root: etree._Element, locale: Locale) -> None:
        self.root = root
        self.locale = locale
        self.faults: list[Fault] = []
        self.macros: dict[str, etree._Element] = {}
        self.version_options: dict[str, str] = {str(k): str(v) for k, v in root.attrib.items()}
        self.explicit_suffix = _prints_suffix(root)
        citation = root.find(CSL + "citation")
        self.adds_suffix = citation is not None and citation.get("disambiguate-add-year-suffix") == "true"
        self.uses_disambiguate = False
        self.undotted = False
        self.counter = 0
        self.depth = 0
        self._told: set[tuple[str, int]] = set()
        self._shared: dict[tuple[object, ...], tuple[Node, bool]] = {}
        self._traits = [_Traits()]
        self._bare: dict[str, bool] = {}
        self._sizes: dict[str, int] = {"": 0}
        self.english = locale.language.startswith("en")
        for macro in root.iterchildren(CSL + "macro"):
            self.macros[macro.get("name", "")] = macro
        for name in self.macros:
            self._called(name)

    # -- faults and attributes ------------------------------------------------------------------------------

    def fault(self, code: str, message: str, element: etree._Element) -> None:
        """Note a fault of the style, once for each place."""
        line = int(element.sourceline or 0)
        if (code, line) not in self._told:
            self._told.add((code, line))
            self.faults.append(Fault(code, message, line))

    def varies(self) -> None:
        """Note that what is being compiled depends on more than the item."""
        for traits in self._traits:
            traits.varies = True

    def attribute(self, element: etree._Element, name: str, default: str = "") -> str:
        """Return an attribute as text without marks."""
        value = element.get(name)
        if value is None:
            return default
        # Some styles escape twice: `&amp;#160;`.
        return markup.escape(html.unescape(value) if "&#" in value else value)

    def number(self, value: str, element: etree._Element, default: int = 0) -> int:
        """Return a whole number from an attribute."""
        if value.isdecimal() and len(value) < 7:
            return int(value)
        if value:
            self.fault("csl-style-value", f"`{value}` is no number", element)
        return default

    # -- formats --------------------------------------------------------------------------------------------

    def dress(self, element: etree._Element, *, case: bool = True, quotes: bool = True) -> Dress | None:
        """Return the function that puts an element's format on its text, or None if it has none."""
        steps = self._format_marks(element)
        strip = element.get("strip-periods") == "true"
        text_case = element.get("text-case", "") if case else ""
        quoted = quotes and element.get("quotes") == "true"
        language = self.locale.language
        if not steps and not strip and not text_case and not quoted:
            return None
        opening = "".join(reversed(steps))
        closing = marks.CLOSE * len(steps)
        if not strip and not text_case and not quoted:
            return lambda text: opening + text + closing if text else text

        def put(text: str) -> str:
            if not text:
                return text
            if strip:
                text = text.replace(".", "")
            if text_case:
                # A style that asks for title case on its own words means it, in any language.
                text = textcase.change(text, text_case, language, english=True)
            text = opening + text + closing
            return marks.QUOTE + text + marks.CLOSE if quoted else text

        return put

    def _format_marks(self, element: etree._Element) -> list[str]:
        found = []
        for name in _FORMAT_ORDER:
            value = element.get(name)
            if value is not None:
                mark = _FORMATS.get((name, value))
                if mark is None:
                    self.fault("csl-style-value", f"`{name}` cannot be `{value}`", element)
                else:
                    found.append(mark)
        return found

    def _finish(self, element: etree._Element, node: Node, *, case: bool = True) -> Node:
        """Give a node the format, affixes and display of its element."""
        dress = self.dress(element, case=case)
        prefix, suffix = self.attribute(element, "prefix"), self.attribute(element, "suffix")
        prefix, suffix = markup.superscripts(prefix), markup.superscripts(suffix)
        display = _DISPLAYS.get(element.get("display", ""), "")
        if dress is None and not prefix and not suffix and not display:
            return node

        def finished(c: Context) -> Result:
            text, state = node(c)
            if not text:
                return text, state
            if c.sorting:
                return text, state
            if dress:
                text = dress(text)
            if prefix:
                text = marks.seam(prefix, text)
            if suffix:
                text = marks.seam(text, suffix)
            if display:
                text = display + text + marks.CLOSE
            return text, state

        return finished

    # -- elements -------------------------------------------------------------------------------------------

    def children(self, element: etree._Element, frame: _Frame) -> tuple[Node, ...]:
        """Compile the children of an element, in order."""
        if self.depth > DEEPEST:
            self.fault("csl-style-depth", "the elements of the style nest too deep", element)
            return ()
        self.depth += 1
        nodes: list[Node] = []
        for child in element:
            if isinstance(child.tag, str):
                node = self.element(child, frame)
                if node is not None:
                    nodes.append(node)
        self.depth -= 1
        return tuple(nodes)

    def element(self, element: etree._Element, frame: _Frame) -> Node | None:
        """Compile one rendering element."""
        tag = str(element.tag)
        if not tag.startswith(CSL):
            return None
        name = tag[len(CSL) :]
        if name == "text":
            return self.text(element, frame)
        if name == "group":
            return self.group(element, frame)
        if name == "choose":
            return self.choose(element, frame)
        if name == "names":
            return self.names(element, frame)
        if name == "date":
            return self.date(element, frame)
        if name == "number":
            return self.number_node(element, frame)
        if name == "label":
            return self.label(element, frame)
        if name == "layout":
            return self.group(element, frame)
        self.fault("csl-style-element", f"`{name}` cannot stand here", element)
        return None

    def group(self, element: etree._Element, frame: _Frame) -> Node:
        """Compile `cs:group`."""
        delimiter = self.attribute(element, "delimiter")
        nodes = self.children(element, replace(frame, alternatives=False, delimiter=delimiter))
        body = sequence(nodes, delimiter)

        def run(c: Context) -> Result:
            text, state = body(c)
            if state == ASKED:
                return ABSENT
            # What prints is, for a group around this one, a variable that is not empty.
            return text, PRINTED if text else state

        return self._finish(element, run)

    # -- text -----------------------------------------------------------------------------------------------

    def text(self, element: etree._Element, frame: _Frame) -> Node | None:
        """Compile `cs:text`: a variable, macro, term or value."""
        variable = element.get("variable")
        if variable is not None:
            return self._text_variable(element, variable, frame)
        macro = element.get("macro")
        if macro is not None:
            node = self.macro(macro, element, frame)
            return self._finish(element, node, case=False) if node else None
        term = element.get("term")
        if term is not None:
            return self._text_term(element, term)
        value = element.get("value")
        if value is not None:
            text = markup.read(html.unescape(value) if "&#" in value else value)
            result: Result = (text, NOTHING)
            return self._finish(element, lambda c: result)
        self.fault("csl-style-attribute", "`text` says neither variable, macro, term nor value", element)
        return None

    def _text_term(self, element: etree._Element, term: str) -> Node:
        form = element.get("form", "long")
        text = self.locale.term(term, form, plural=element.get("plural") == "true")
        if not text and self.locale.find(term, form) is None and term not in _MAY_LACK:
            self.fault("csl-style-term", f"no locale knows the term `{term}`", element)
        if not element.get("text-case") and text:
            text = marks.wrap(marks.TERM, text)
        result: Result = (text, NOTHING)
        return self._finish(element, lambda c: result)

    def macro(self, name: str, element: etree._Element, frame: _Frame) -> Node | None:
        """Compile a macro for this area, or take it from those compiled before."""
        macro = self.macros.get(name)
        if macro is None:
            self.fault("csl-style-macro", f"there is no macro `{name}`", element)
            return None
        if name in frame.macros:
            self.fault("csl-style-cycle", f"macro `{name}` calls itself", element)
            return None
        if self._called(name) > LONGEST:
            self.fault("csl-style-depth", f"macro `{name}` calls others too many times", element)
            return None
        # Inside cs:substitute a cs:names without children takes options from outside: such a macro is compiled anew.
        if frame.substitute_element is not None and not self._has_bare_names(name):
            frame = replace(frame, substitute_element=None)
        key = (
            name,
            frame.area,
            frame.sorting,
            id(frame.substitute_element),
            tuple(frame.case_names.items()),
        )
        found = self._shared.get(key)
        if found is None:
            traits = _Traits()
            self._traits.append(traits)
            inner = replace(frame, macros=(*frame.macros, name), alternatives=False, delimiter="")
            self._shared[key] = (lambda c: EMPTY, False)
            body = grouped(sequence(self.children(macro, inner), ""))
            self._traits.pop()
            if not traits.varies and not frame.sorting and frame.substitute_element is None:
                body = self._kept(body)
            found = (body, traits.varies)
            self._shared[key] = found
        if found[1]:
            self.varies()
        return found[0]

    def _called(self, name: str, depth: int = 0) -> int:
        """Return how many signs of the style are gone through at most when a macro prints, with those that it calls."""
        if name not in self._sizes:
            self._sizes[name] = 0  # a macro that calls itself is told elsewhere
            macro = self.macros.get(name)
            if macro is not None:
                self._sizes[name] = self._size(macro, depth)
        return self._sizes[name]

    def _size(self, element: etree._Element, depth: int) -> int:
        if depth > DEEPEST:
            return LONGEST + 1
        parts = [self._size(child, depth + 1) for child in element if isinstance(child.tag, str)]
        own = 1 + sum(map(len, element.attrib.values())) + self._called(element.get("macro", ""), depth + 1)
        return own + (max(parts, default=0) if element.tag == CSL + "choose" else sum(parts))

    def _has_bare_names(self, name: str) -> bool:
        """Say whether a macro holds, or calls one that holds, a `cs:names` that says nothing of its own."""
        found = self._bare.get(name)
        if found is None:
            self._bare[name] = False
            macro = self.macros.get(name)
            found = False
            for element in macro.iter(CSL + "names", CSL + "text") if macro is not None else ():
                if element.tag == CSL + "names":
                    tags = {child.tag for child in element}
                    found = found or not {CSL + "name", CSL + "et-al"} <= tags
                elif element.get("macro") is not None:
                    found = self._has_bare_names(element.get("macro", "")) or found
            self._bare[name] = found
        return found

    def _kept(self, body: Node) -> Node:
        """Keep with the item the text of a macro that depends on nothing else."""
        self.counter += 1
        key = self.counter

        def run(c: Context) -> Result:
            if c.silenced or c.tracking is not None:
                return body(c)
            # Where works are told apart, dates but that of issue are not looked at: that text is kept by itself.
            at = -key if c.looking else key
            cache = c.item.cache
            found = cache.get(at)
            if found is None:
                found = body(c)
                cache[at] = found
            return found  # type: ignore[return-value]  # the cache holds results under these keys

        return run

    def _text_variable(self, element: etree._Element, variable: str, frame: _Frame) -> Node | None:
        form = element.get("form", "long")
        if variable == "year-suffix":
            return self._year_suffix(element)
        if variable in ("locator", "first-reference-note-number", "citation-number"):
            self.varies()
        if frame.sorting and variable == "citation-number":
            return lambda c: (f"{c.citation_number:08}", PRINTED) if c.citation_number else ABSENT
        if variable in numbers.NUMERIC:
            return self._number_text(element, variable, frame)
        if variable == "citation-label":
            return self._finish(element, labels.citation_label)
        if variable in NAME_VARIABLES or variable in DATE_VARIABLES:
            self.fault("csl-style-variable", f"`{variable}` cannot be printed by `text`", element)
            return None
        short = f"{variable}-short"
        role = _ROLES.get(variable, "")
        text_case = element.get("text-case", "")
        titled = text_case == "title"
        style_english, style_language = self.english, self.locale.language

        def run(c: Context) -> Result:
            if (c.silenced and variable in c.silenced) or (c.tracking and variable in c.tracking):
                return ABSENT
            item = c.item
            text = ""
            if form == "short":
                text = item.text(short)
            if not text:
                text = item.text(variable)
            if not text:
                return ABSENT
            if text_case:
                language = item.language
                english = language[:2].lower() == "en" and not language[2:3].isalpha() if language else style_english
                if not titled or english:
                    text = textcase.change(text, text_case, (language or style_language).lower(), english=english)
            if c.tracking is not None:
                c.tracking.append(variable)
            if role and not c.sorting:
                text = role + text + marks.CLOSE
            return text, PRINTED

        return self._finish(element, run, case=False)

    def _year_suffix(self, element: etree._Element) -> Node:
        self.varies()
        finish_dress = self.dress(element)
        prefix, suffix = self.attribute(element, "prefix"), self.attribute(element, "suffix")

        def run(c: Context) -> Result:
            if not c.suffix or c.suffix_done or c.sorting:
                return EMPTY
            c.suffix_done = True
            text = finish_dress(c.suffix) if finish_dress else c.suffix
            c.suffix_text = text
            return marks.affix(prefix, text, suffix), PRINTED

        return run

    # -- numbers --------------------------------------------------------------------------------------------

    def value(self, variable: str) -> Callable[[Context], str]:
        """Return the function that gives the raw text of a number variable."""
        if variable == "locator":
            return lambda c: c.locator
        if variable == "first-reference-note-number":
            return lambda c: c.first_number
        if variable == "citation-number":
            return lambda c: str(c.citation_number) if c.citation_number else ""
        return lambda c: c.item.raw.get(variable, "")

    def _number_text(self, element: etree._Element, variable: str, frame: _Frame) -> Node:
        value = self.value(variable)
        locale = self.locale
        page_format = self.version_options.get("page-range-format", "")
        role = _ROLES.get(variable, "")
        form = element.get("form", "")
        short = f"{variable}-short"
        literal = element.tag == CSL + "number"
        of_cite = variable == "locator"

        def run(c: Context) -> Result:
            if (c.silenced and variable in c.silenced) or (c.tracking and variable in c.tracking):
                return ABSENT
            raw = value(c)
            if form == "short" and short in c.item.raw:
                raw = c.item.raw[short]
            if not raw or (of_cite and c.locator_done):
                return ABSENT
            c.locator_done = c.locator_done or of_cite
            if c.tracking is not None:
                c.tracking.append(variable)
            kind = "page" if variable == "locator" and c.label == "page" else variable
            if of_cite and c.compound:
                text = c.compound
            elif raw.isdecimal():
                text = raw
            elif variable in ("first-reference-note-number", "citation-number"):
                text = markup.read(raw)
            elif literal:
                text = markup.escape(numbers.spaced(raw, kind, page_format, locale))
            else:
                text = markup.read(numbers.spaced(raw, kind, page_format, locale))
            if c.sorting:
                return _sortable(text), PRINTED
            if role:
                text = role + text + marks.CLOSE
            return text, PRINTED

        return self._finish(element, run)

    def number_node(self, element: etree._Element, frame: _Frame) -> Node | None:
        """Compile `cs:number`."""
        variable = element.get("variable", "")
        if not variable:
            self.fault("csl-style-attribute", "`number` names no variable", element)
            return None
        form = element.get("form", "numeric")
        if variable in ("locator", "first-reference-note-number", "citation-number"):
            self.varies()
        if form == "numeric":
            return self._number_text(element, variable, frame)
        value = self.value(variable)
        locale = self.locale
        gender = locale.gender("page" if variable.startswith("page") else variable)
        page_format = self.version_options.get("page-range-format", "")
        of_cite = variable == "locator"

        def one(found: re.Match[str]) -> str:
            number = int(found.group())
            if form == "ordinal":
                return numbers.ordinal(number, locale, gender)
            if form == "long-ordinal":
                return numbers.long_ordinal(number, locale, gender)
            return numbers.roman(number)

        def run(c: Context) -> Result:
            if (c.silenced and variable in c.silenced) or (c.tracking and variable in c.tracking):
                return ABSENT
            raw = value(c)
            if not raw or (of_cite and c.locator_done):
                return ABSENT
            c.locator_done = c.locator_done or of_cite
            if c.tracking is not None:
                c.tracking.append(variable)
            if c.sorting:
                return _sortable(raw), PRINTED
            if of_cite and c.compound:
                return c.compound, PRINTED
            if not numbers.is_numeric(raw):
                return markup.read(numbers.spaced(raw, variable, page_format, locale)), PRINTED
            text = numbers.spaced(raw, variable, page_format, locale)
            return re.sub(r"(?<![^\W_])(?<!\d[./,])[1-9]\d{0,6}(?![^\W_]|[./,]\d)", one, text), PRINTED

        return self._finish(element, run)

    # -- labels ---------------------------------------------------------------------------------------------

    def label(self, element: etree._Element, frame: _Frame) -> Node | None:
        """Compile a `cs:label` outside names."""
        variable = element.get("variable", "")
        form = element.get("form", "long")
        plural = element.get("plural", "contextual")
        locale = self.locale
        value = self.value(variable)
        if variable in ("locator", "page"):
            self.varies()
        if variable == "locator" and element.get("strip-periods") == "true":
            self.undotted = True

        def run(c: Context) -> Result:
            raw = value(c)
            if c.compound and (variable == "locator" or (not raw and variable == "page")):
                return EMPTY  # each of its steps has its word
            if not raw and variable == "page" and c.label == "page":
                # Styles label the page cited by the page of the work.
                raw = c.locator
            if not raw:
                return EMPTY
            if variable == "locator":
                term = c.label or "page"
                if term == "article":
                    term = "article-locator"
                elif term == "title":
                    term = "title-locator"
            else:
                term = variable
            many = plural == "always" or (plural == "contextual" and numbers.is_plural(raw, variable))
            return locale.term(term, form, plural=many), NOTHING

        return self._finish(element, run)

    # -- conditions -----------------------------------------------------------------------------------------

    def choose(self, element: etree._Element, frame: _Frame) -> Node:
        """Compile `cs:choose`: the first branch whose test holds."""
        branches: list[tuple[Test | None, Node]] = []
        for child in element:
            if not isinstance(child.tag, str):
                continue
            name = str(child.tag)[len(CSL) :]
            if name not in ("if", "else-if", "else"):
                self.fault("csl-style-element", f"`{name}` cannot stand in `choose`", child)
                continue
            test = None if name == "else" else self.test(child)
            nodes = self.children(child, frame)
            body = first_of(nodes) if frame.alternatives else sequence(nodes, frame.delimiter)
            branches.append((test, body))
        fixed = tuple(branches)

        def run(c: Context) -> Result:
            for test, body in fixed:
                if test is None or test(c):
                    return body(c)
            return EMPTY

        return run

    def test(self, element: etree._Element) -> Test:
        """Compile the conditions of `cs:if` or `cs:else-if`."""
        tests: list[Test] = []
        match = element.get("match", "all")
        for name, value in element.attrib.items():
            words = str(value).split()
            if name == "match":
                continue
            if name == "type":
                # A reference has one type, so several can only mean any of them, whatever `match` says.
                tests.append(conditions.types_test(frozenset(words)))
            elif name == "variable" and match != "all" and len(words) > 1 and conditions.OF_CITE.isdisjoint(words):
                tests.append(conditions.variables_test(tuple(words)))
            elif name == "variable":
                if any(word in ("locator", "first-reference-note-number", "citation-number") for word in words):
                    self.varies()
                if "year-suffix" in words:
                    self.varies()
                tests += [conditions.variable_test(word) for word in words]
            elif name == "is-numeric":
                if "locator" in words:
                    self.varies()
                tests += [self._numeric_test(word) for word in words]
            elif name == "is-uncertain-date":
                tests += [conditions.uncertain_test(word) for word in words]
            elif name == "locator":
                self.varies()
                tests.append(conditions.locators_test(frozenset(conditions.LOCATORS.get(word, word) for word in words)))
            elif name == "position":
                self.varies()
                for word in words:
                    if word not in conditions.POSITIONS:
                        self.fault("csl-style-value", f"there is no position `{word}`", element)
                tests.append(conditions.any_of(tuple(conditions.position_test(word) for word in words)))
            elif name == "disambiguate":
                self.varies()
                self.uses_disambiguate = True
                wanted = value == "true"
                tests.append(conditions.disambiguate_test(wanted))
            elif name == "has-year-only":
                tests += [conditions.year_only_test(word) for word in words]
            elif name == "context":
                tests.append(conditions.area_test(str(value)))
            else:
                self.fault("csl-style-attribute", f"there is no condition `{name}`", element)
        return conditions.combine(tuple(tests), match)

    def _numeric_test(self, variable: str) -> Test:
        value = self.value(variable)
        return lambda c: numbers.is_numeric(value(c))

    # -- dates ----------------------------------------------------------------------------------------------

    def date(self, element: etree._Element, frame: _Frame) -> Node | None:
        """Compile `cs:date`, of its own making or in a form of the locale."""
        variable = element.get("variable", "")
        if not variable:
            self.fault("csl-style-attribute", "`date` names no variable", element)
            return None
        form = element.get("form")
        delimiter = self.attribute(element, "delimiter")
        own = list(element.iterchildren(CSL + "date-part"))
        parts: list[dates.Part] = []
        if form is not None:
            wanted = {
                "year": ("year",),
                "year-month": ("year", "month"),
            }.get(element.get("date-parts", ""), dates.PART_NAMES)
            localized = self.locale.dates.get(form)
            if localized is None:
                self.fault("csl-style-date", f"the locale has no date form `{form}`", element)
                localized = locales.DateForm({}, ({"name": "year"},))
            delimiter = localized.attributes.get("delimiter", delimiter)
            overrides = {child.get("name", ""): child for child in own}
            for attributes in localized.parts:
                name = attributes.get("name", "")
                if name in wanted:
                    parts.append(self._date_part(attributes, overrides.get(name), element))
        else:
            for child in own:
                attributes = {str(key): str(text) for key, text in child.attrib.items()}
                parts.append(self._date_part(attributes, None, element))
        shown = tuple(part.name for part in parts)
        fixed = tuple(parts)
        locale = self.locale
        has_year = "year" in shown
        year_part = next((part for part in fixed if part.name == "year"), None)
        sort_parts = tuple(name for name in dates.PART_NAMES if name in shown)
        implicit = has_year and not self.explicit_suffix
        if implicit and self.adds_suffix:
            self.varies()

        def run(c: Context) -> Result:
            if (c.silenced and variable in c.silenced) or (c.looking and variable != "issued"):
                return ABSENT
            date = c.item.dates.get(variable)
            if date is None:
                return ABSENT
            if c.tracking is not None:
                c.tracking.append(variable)
            if c.sorting:
                return dates.sort_key(date, sort_parts), PRINTED
            if date.start is None:
                text = markup.read(date.literal)
                if year_part is None:
                    # Words in place of a date stand where its year would.
                    return ABSENT
                if year_part.dress:
                    text = year_part.dress(text, locale.language)
                text = marks.affix(year_part.prefix, text, year_part.suffix)
                if implicit and c.suffix and not c.suffix_done:
                    c.suffix_done = True
                    c.suffix_text = c.suffix
                    text += c.suffix
                return (text, PRINTED) if text else ABSENT
            after = ""
            if implicit and c.suffix and not c.suffix_done:
                after = c.suffix
            text = dates.render(date, fixed, locale, delimiter, after)
            if not text:
                return ABSENT
            if after:
                c.suffix_done = True
                c.suffix_text = after
            return text, PRINTED

        return self._finish(element, run)

    def _date_part(
        self, attributes: Mapping[str, str], override: etree._Element | None, parent: etree._Element
    ) -> dates.Part:
        merged = dict(attributes)
        if override is not None:
            for key, value in override.attrib.items():
                if key not in ("prefix", "suffix", "name"):
                    merged[str(key)] = str(value)
        name = merged.get("name", "year")
        usual = {"month": "long", "day": "numeric"}.get(name, "long")
        fake = etree.Element("date-part", {k: v for k, v in merged.items() if k not in ("name", "form")})
        put = self.dress(fake, quotes=False)
        dress: Callable[[str, str], str] | None = None
        if put is not None:
            chosen = put
            dress = lambda text, language: chosen(text)  # noqa: E731  # a closure over `chosen`
        delimiter = markup.escape(merged.get("range-delimiter", "\u2013"))
        prefix, suffix = markup.escape(merged.get("prefix", "")), markup.escape(merged.get("suffix", ""))
        return dates.Part(name, merged.get("form", usual), delimiter, prefix, suffix, dress)

    # -- names ----------------------------------------------------------------------------------------------

    def name_options(self, element: etree._Element, frame: _Frame) -> NameOptions:
        """Gather the options of `cs:names`: style, then area, then `cs:name` itself."""
        name = next(element.iterchildren(CSL + "name"), None)
        et_al = next(element.iterchildren(CSL + "et-al"), None)
        outer = frame.substitute_element
        if outer is not None and name is None:
            name = next(outer.iterchildren(CSL + "name"), None)
        if outer is not None and et_al is None:
            et_al = next(outer.iterchildren(CSL + "et-al"), None)
        options = dict(frame.names)
        if name is not None:
            for key in (*_NAME_OPTIONS, "delimiter", "form"):
                value = name.get(key)
                if value is not None:
                    options[key] = markup.escape(value)
        at = name if name is not None else element

        def count(key: str) -> int:
            default = -1 if key == "et-al-use-first" else 0
            return self.number(options[key], at, default) if key in options else default

        parts = {"family": names.PartDress(), "given": names.PartDress()}
        if name is not None:
            for child in name.iterchildren(CSL + "name-part"):
                which = child.get("name", "")
                if which in parts:
                    parts[which] = names.PartDress(
                        self.dress(child, quotes=False),
                        self.attribute(child, "prefix"),
                        self.attribute(child, "suffix"),
                    )
        demote = self.version_options.get("demote-non-dropping-particle", "display-and-sort")
        return NameOptions(
            conjunction=options.get("and", ""),
            delimiter=options.get("delimiter", ", "),
            precedes_et_al=options.get("delimiter-precedes-et-al", "contextual"),
            precedes_last=options.get("delimiter-precedes-last", "contextual"),
            et_al_min=count("et-al-min"),
            et_al_use_first=count("et-al-use-first"),
            et_al_subsequent_min=count("et-al-subsequent-min"),
            et_al_subsequent_use_first=count("et-al-subsequent-use-first"),
            et_al_use_last=options.get("et-al-use-last") == "true",
            form=options.get("form", "long"),
            initialize=options.get("initialize", "true") != "false",
            initialize_with=options.get("initialize-with"),
            initialize_hyphen=self.version_options.get("initialize-with-hyphen", "true") != "false",
            sort_order=options.get("name-as-sort-order", ""),
            sort_separator=options.get("sort-separator", ", "),
            demote=demote,
            family=parts["family"],
            given=parts["given"],
            et_al_term=self.attribute(et_al, "term", "et-al") if et_al is not None else "et-al",
            et_al_dress=self.dress(et_al) if et_al is not None else None,
            prefix=self.attribute(name, "prefix") if name is not None else "",
            suffix=self.attribute(name, "suffix") if name is not None else "",
            dress=self.dress(name) if name is not None else None,
        )

    def names(self, element: etree._Element, frame: _Frame) -> Node | None:
        """Compile `cs:names` with its label and substitutes."""
        variables = tuple(element.get("variable", "").split())
        if not variables:
            self.fault("csl-style-attribute", "`names` names no variable", element)
            return None
        self.varies()
        options = self.name_options(element, frame)
        if frame.sorting:
            options = self._sort_overrides(options, frame)
        outer = frame.substitute_element
        label_element = next(element.iterchildren(CSL + "label"), None)
        label_owner = element
        own_children = [c for c in element if isinstance(c.tag, str) and c.tag != CSL + "substitute"]
        if label_element is None and outer is not None and not own_children:
            label_element = next(outer.iterchildren(CSL + "label"), None)
            label_owner = outer
        label_first = False
        if label_element is not None:
            for child in label_owner:
                if child.tag == CSL + "name":
                    break
                if child.tag == CSL + "label":
                    label_first = any(c.tag == CSL + "name" for c in label_owner)
                    break
        label = self._name_label(label_element) if label_element is not None else None
        delimiter = element.get("delimiter")
        if delimiter is None and outer is not None and not own_children:
            delimiter = outer.get("delimiter")
        if delimiter is None:
            delimiter = frame.names.get("names-delimiter", "")
        delimiter = markup.escape(delimiter)
        substitutes: tuple[Node, ...] = ()
        substitute = next(element.iterchildren(CSL + "substitute"), None)
        if substitute is not None:
            inner = replace(frame, substitute_element=element, alternatives=True, delimiter="")
            substitutes = self.children(substitute, inner)
        dress = self.dress(element)
        prefix, suffix = self.attribute(element, "prefix"), self.attribute(element, "suffix")
        return NamesNode(
            self.locale,
            variables,
            options,
            label,
            label_first,
            delimiter,
            substitutes,
            dress,
            prefix,
            suffix,
            _DISPLAYS.get(element.get("display", ""), ""),
        )

    @staticmethod
    def _sort_overrides(options: NameOptions, frame: _Frame) -> NameOptions:
        """Let `names-min`, `names-use-first` and `names-use-last` of a sort key go before the options of `cs:name`."""
        least, first, last = (frame.case_names.get(f"names-{key}", "") for key in ("min", "use-first", "use-last"))
        if least.isdecimal():
            options = replace(options, et_al_min=int(least))
        if first.isdecimal():
            options = replace(options, et_al_use_first=int(first))
        if last:
            options = replace(options, et_al_use_last=last == "true")
        return options

    def _name_label(self, element: etree._Element) -> Callable[[str, int], str]:
        form = element.get("form", "long")
        plural = element.get("plural", "contextual")
        dress = self.dress(element)
        prefix, suffix = self.attribute(element, "prefix"), self.attribute(element, "suffix")
        locale = self.locale

        def run(variable: str, count: int) -> str:
            many = plural == "always" or (plural == "contextual" and count > 1)
            text = locale.term(variable, form, plural=many)
            if not text:
                return ""
            if dress:
                text = dress(text)
            return marks.affix(prefix, text, suffix)

        return run

    # -- areas ----------------------------------------------------------------------------------------------

    def area(self, name: str) -> Area | None:
        """Compile `cs:citation` or `cs:bibliography`."""
        element = next(self.root.iterchildren(CSL + name), None)
        if element is None:
            return None
        layout = next(element.iterchildren(CSL + "layout"), None)
        if layout is None:
            self.fault("csl-style-layout", f"`{name}` has no layout", element)
            layout = etree.SubElement(element, CSL + "layout")
        inherited = self._inherited(element)
        frame = _Frame(name, names=inherited)
        nodes = self.children(layout, frame)
        delimiter = self.attribute(layout, "delimiter")
        keys: list[SortKey] = []
        sort = next(element.iterchildren(CSL + "sort"), None)
        if sort is not None:
            for key in sort.iterchildren(CSL + "key"):
                compiled = self.sort_key(key, name, inherited)
                if compiled is not None:
                    keys.append(compiled)
        return Area(
            name,
            sequence(nodes, ""),
            nodes,
            self.attribute(layout, "prefix"),
            self.attribute(layout, "suffix"),
            delimiter,
            self.dress(layout),
            tuple(keys),
            {str(key): markup.escape(str(value)) for key, value in element.attrib.items()},
        )

    def _inherited(self, area: etree._Element) -> dict[str, str]:
        """Return the name options that `cs:style` and the area hand down (CSL 1.0.2, "Inheritable Name Options")."""
        found: dict[str, str] = {}
        for element in (self.root, area):
            for key in (*_NAME_OPTIONS, "names-delimiter"):
                value = element.get(key)
                if value is not None:
                    found[key] = markup.escape(value)
            for key, name in (("name-delimiter", "delimiter"), ("name-form", "form")):
                value = element.get(key)
                if value is not None:
                    found[name] = markup.escape(value)
        return found

    def sort_key(self, element: etree._Element, area: str, inherited: dict[str, str]) -> SortKey | None:
        """Compile one `cs:key`."""
        descending = element.get("sort") == "descending"
        own = {str(k): str(v) for k, v in element.attrib.items() if str(k).startswith("names-")}
        frame = _Frame(area, sorting=True, names=inherited, case_names=own)
        macro = element.get("macro")
        if macro is not None:
            node = self.macro(macro, element, replace(frame, names=dict(inherited)))
            return SortKey(node, descending, "text") if node else None
        variable = element.get("variable", "")
        if not variable:
            self.fault("csl-style-attribute", "`key` says neither variable nor macro", element)
            return None
        if variable in NAME_VARIABLES:
            fake = etree.Element(CSL + "names", {"variable": variable})
            etree.SubElement(fake, CSL + "name", {"name-as-sort-order": "all"})
            found = self.names(fake, replace(frame, names={**inherited, "form": "long"}))
            return SortKey(found, descending, "text", variable) if found else None
        if variable in DATE_VARIABLES:
            return SortKey(lambda c: _date_key(c, variable), descending, "text", variable)
        value = self.value(variable)
        if variable == "citation-label":
            return SortKey(labels.citation_label, descending, "text", variable)
        if variable == "citation-number":
            return SortKey(lambda c: (f"{c.citation_number:08}", PRINTED), descending, "text", variable)
        if variable in numbers.NUMERIC:
            return SortKey(lambda c: (_sortable(value(c)), PRINTED), descending, "text", variable)
        return SortKey(lambda c: (c.item.text(variable), PRINTED), descending, "text", variable)


_MAY_LACK = frozenset({"", "et-al", "and others"})


def _date_key(c: Context, variable: str) -> Result:
    date = c.item.dates.get(variable)
    return (dates.sort_key(date), PRINTED) if date else ABSENT


def _sortable(text: str) -> str:
    """Return a text of numbers so that it sorts by their values."""
    return re.sub(r"\d+", lambda found: found.group()[:20].zfill(12), text)


def parent(data: bytes) -> tuple[str, str]:
    """Return the name of the style that a dependent style stands for, and its own default locale.

    Both are empty for an independent style, and for what is no style.
    """
    try:
        root = locales.parse_xml(data)
    except (etree.XMLSyntaxError, ValueError):
        return "", ""
    for link in root.iterfind(f"{CSL}info/{CSL}link"):
        if link.get("rel") == "independent-parent":
            return link.get("href", "").rstrip("/").rsplit("/", 1)[-1], root.get("default-locale", "")
    return "", ""


def compile_sheet(
    data: bytes, read: locales.LocaleReader, language: str = "", *, force: bool = False
) -> tuple[Sheet | None, tuple[Fault, ...]]:
    """Compile a style for a language (see `engine.compile_style`)."""
    try:
        root = locales.parse_xml(data)
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, (
            Fault("csl-style-syntax", f"the style is no well-formed XML: {error}", getattr(error, "lineno", 0) or 0),
        )
    if root.tag != CSL + "style":
        return None, (Fault("csl-style-syntax", "the XML is no CSL style", int(root.sourceline or 0)),)
    own: dict[str, tuple[locales._Level, ...]] = {}
    for element in root.iterchildren(CSL + "locale"):
        tag = locales.normal_tag(element.get(XML_LANG, "")) if element.get(XML_LANG) else ""
        own[tag] = (*own.get(tag, ()), locales.read_level(element))
    own_language = root.get("default-locale", "")
    wanted = (language or own_language if force else own_language or language) or "en-US"
    locale, faults = locales.build(wanted, read, own)
    compiler = Compiler(root, locale)
    compiler.faults.extend(faults)
    citation = compiler.area("citation")
    if citation is None:
        compiler.faults.append(Fault("csl-style-citation", "the style has no citation", int(root.sourceline or 0)))
        citation = Area("citation", lambda c: EMPTY, (), "", "", "", None, (), {})
    bibliography = compiler.area("bibliography")
    info = root.find(f"{CSL}info/{CSL}title")
    title = (info.text or "") if info is not None else ""
    sheet = Sheet(
        title,
        locale.language,
        root.get("class", "in-text") == "note",
        locale,
        {str(key): markup.escape(str(value)) for key, value in root.attrib.items()},
        citation,
        bibliography,
        compiler.explicit_suffix,
        compiler.uses_disambiguate,
        compiler.undotted,
        tuple(compiler.faults),
    )
    return sheet, sheet.faults


def _prints_suffix(root: etree._Element) -> bool:
    return any(element.get("variable") == "year-suffix" for element in root.iter(CSL + "text"))
