"""A style sheet comes in; in which letter it sets every element of a document, and which rules it needs, go out.

Only what decides about faces is computed: family, style and weight, by the cascade and by inheritance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cssselect2
import tinycss2
from lxml import etree

from pipeline.epub.documents import OPS, XHTML, local, within

GENERIC = frozenset(("serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "math", "emoji"))
_ITALIC = frozenset(("address", "cite", "dfn", "em", "i", "var"))
_BOLD = frozenset(("b", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "th"))
_MONO = frozenset(("code", "kbd", "pre", "samp", "tt"))
_MOVING = (":hover", ":focus", ":active", ":visited", ":link", ":target")


@dataclass(frozen=True, slots=True)
class Letter:
    """How a run is set: the families in order ("" of them: the reader's own), style and weight."""

    families: tuple[str, ...] = ()
    italic: bool = False
    weight: int = 400


@dataclass(frozen=True, slots=True)
class Face:
    """One `@font-face`: the file that it names, and under which family, style and weight."""

    family: str
    source: str
    italic: bool
    weight: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for elements: its selectors as written, and the declarations that decide about letters."""

    index: int
    selector: str
    declarations: tuple[tuple[str, Any, bool], ...]
    content: str
    """characters that the rule itself sets (`content: "…"`)"""


class Sheet:
    """A style sheet, parsed once."""

    def __init__(self, css: str) -> None:
        self._nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
        self.faces: list[Face] = []
        self.rules: list[Rule] = []
        self.faults: list[str] = []
        self._rule_of: dict[int, Rule] = {}
        self._matcher = cssselect2.Matcher()
        self._kept: set[int] = set()
        self._used: set[int] = set()
        self._inner: dict[int, list[Any]] = {}
        self._read(self._nodes)

    def _read(self, nodes: Iterable[Any]) -> None:
        for node in nodes:
            if node.type == "at-rule" and node.lower_at_keyword == "font-face":
                face = _face(node)
                if face is not None:
                    self.faces.append(face)
            elif node.type == "at-rule" and node.lower_at_keyword in ("media", "supports") and node.content:
                self._read(self._nested(node))
            elif node.type == "qualified-rule":
                self._learn(node)
            elif node.type == "error":
                self.faults.append(f"line {node.source_line}: {node.message}")

    def _nested(self, node: Any) -> list[Any]:
        """Return the rules inside an at-rule: the same objects each time, since they are known by identity."""
        if id(node) not in self._inner:
            self._inner[id(node)] = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
        return self._inner[id(node)]

    def _learn(self, node: Any) -> None:
        text = tinycss2.serialize(node.prelude).strip()
        declarations, content = _declarations(node)
        rule = Rule(len(self.rules), text, declarations, content)
        self.rules.append(rule)
        self._rule_of[id(node)] = rule
        if any(moving in text for moving in _MOVING):
            self._kept.add(rule.index)
        try:
            selectors = cssselect2.compile_selector_list(node.prelude, namespaces={"epub": OPS})
        except cssselect2.SelectorError as error:
            self.faults.append(f"line {node.source_line}: the selector `{text}` is not understood ({error})")
            self._kept.add(rule.index)
            return
        for selector in selectors:
            self._matcher.add_selector(selector, rule)

    def classes(self, prefix: str) -> dict[str, str]:
        """Return the first family of every rule for one bare class with this prefix, by class, in order."""
        found = {}
        for rule in self.rules:
            if rule.selector.startswith(f".{prefix}") and rule.selector[1:].replace("-", "").isalnum():
                families = next((value for name, value, _ in rule.declarations if name == "font-family"), ())
                if families:
                    found[rule.selector[1:]] = families[0]
        return found

    def letters(self, root: etree._Element) -> list[tuple[etree._Element, Letter]]:
        """Return every element of a document with its letter, in document order; remember which rules it used."""
        wrapper = cssselect2.ElementWrapper.from_xml_root(root)
        found: list[tuple[etree._Element, Letter]] = []
        known: dict[Any, Letter] = {}
        for element in wrapper.iter_subtree():
            parent = known.get(element.parent, Letter()) if element.parent is not None else Letter()
            declared: list[tuple[bool, Any, int, str, Any]] = []
            for specificity, order, pseudo, rule in self._matcher.match(element):
                self._used.add(rule.index)
                if pseudo is None:
                    for name, value, important in rule.declarations:
                        declared.append((important, specificity, order, name, value))
            letter = _default(element.etree_element, parent)
            for _, _, _, name, value in sorted(declared, key=lambda each: each[:3]):
                letter = _apply(letter, parent, name, value)
            known[element] = letter
            found.append((element.etree_element, letter))
        return found

    def keep(self, name: str) -> None:
        """Remember that a class of `classes` is used, though no document had it when its letters were asked for."""
        self._kept.update(rule.index for rule in self.rules if rule.selector == f".{name}")

    def unused(self) -> list[str]:
        """Return the selectors of rules that no document has needed so far."""
        return [rule.selector for rule in self.rules if rule.index not in self._used | self._kept]

    def content(self) -> str:
        """Return the characters that rules in use set themselves."""
        return "".join(rule.content for rule in self.rules if rule.index in self._used)

    def write(self, faces: Iterable[str]) -> str:
        """Return the sheet without the rules that no document needs, and with `faces` in the place of its own."""
        rules = list(self._write(self._nodes))
        first = [
            rule for rule in rules if rule.startswith(("@import", "@namespace"))
        ]  # they count only before all others
        return "\n".join([*first, *faces, *(rule for rule in rules if rule not in first)]) + "\n"

    def _write(self, nodes: Iterable[Any]) -> Iterator[str]:
        for node in nodes:
            if node.type == "qualified-rule":
                rule = self._rule_of[id(node)]
                if rule.index in self._used or rule.index in self._kept:
                    yield node.serialize().strip()
            elif node.type == "at-rule" and node.lower_at_keyword in ("media", "supports") and node.content:
                inner = list(self._write(self._nested(node)))
                if inner:
                    yield f"@{node.at_keyword}{tinycss2.serialize(node.prelude)}{{\n" + "\n".join(inner) + "\n}"
            elif node.type == "at-rule" and node.lower_at_keyword not in ("font-face", "charset"):
                yield node.serialize().strip()


def _declarations(node: Any) -> tuple[tuple[tuple[str, Any, bool], ...], str]:
    found: list[tuple[str, Any, bool]] = []
    content = ""
    for each in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True):
        if each.type != "declaration":
            continue
        match each.lower_name:
            case "font-family":
                found.append(("font-family", _families(each.value), each.important))
            case "font-style" | "font-weight":
                found.append((each.lower_name, tinycss2.serialize(each.value).strip().lower(), each.important))
            case "font":
                found += [(name, value, each.important) for name, value in _shorthand(each.value)]
            case "content":
                content += "".join(token.value for token in each.value if token.type == "string")
    return tuple(found), content


def _families(tokens: Iterable[Any]) -> tuple[str, ...] | str:
    """Return a list of families, or `inherit`."""
    found: list[str] = []
    words: list[str] = []
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            found.append(" ".join(words))
            words = []
        elif token.type in ("string", "ident"):
            words.append(token.value)
    found.append(" ".join(words))
    if found == ["inherit"]:
        return "inherit"
    return tuple(name.lower() if name.lower() in GENERIC else name for name in found if name)


def _shorthand(tokens: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield what `font: italic 600 1em/1.2 Family, serif` says of letters."""
    size = next((n for n, token in enumerate(tokens) if token.type in ("dimension", "percentage")), None)
    if size is None:
        return
    before = [token for token in tokens[:size] if token.type in ("ident", "number")]
    words = {token.lower_value if token.type == "ident" else str(token.int_value) for token in before}
    yield "font-style", "italic" if words & {"italic", "oblique"} else "normal"
    yield (
        "font-weight",
        next((word for word in words if word in ("bold", "bolder", "lighter") or word.isdecimal()), "normal"),
    )
    rest = tokens[size + 1 :]
    if rest and rest[0].type == "literal" and rest[0].value == "/":
        rest = rest[2:]
    yield "font-family", _families(rest)


def _default(element: etree._Element, parent: Letter) -> Letter:
    """Return what every reader's own sheet makes of an element."""
    name = local(element) if within(element, XHTML) else ""
    return Letter(
        ("monospace",) if name in _MONO else parent.families,
        parent.italic or name in _ITALIC,
        700 if name in _BOLD else parent.weight,
    )


def _apply(letter: Letter, parent: Letter, name: str, value: Any) -> Letter:
    if name == "font-family":
        return Letter(parent.families if value == "inherit" else value, letter.italic, letter.weight)
    if name == "font-style":
        italic = parent.italic if value == "inherit" else value.startswith(("italic", "oblique"))
        return Letter(letter.families, italic, letter.weight)
    return Letter(letter.families, letter.italic, _weight(value, parent.weight))


def _weight(value: str, parent: int) -> int:
    match value:
        case "normal":
            return 400
        case "bold":
            return 700
        case "bolder":
            return 400 if parent < 350 else 700 if parent < 550 else 900
        case "lighter":
            return 100 if parent < 550 else 400 if parent < 750 else 700
    return int(value) if value.isdecimal() else parent


def _face(node: Any) -> Face | None:
    family = source = ""
    italic, weight = False, 400
    for each in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True):
        if each.type != "declaration":
            continue
        text = tinycss2.serialize(each.value).strip()
        match each.lower_name:
            case "font-family":
                families = _families(each.value)
                family = families[0] if isinstance(families, tuple) and families else ""
            case "font-style":
                italic = text.lower() != "normal"
            case "font-weight":
                weight = _weight(text.lower(), 400)
            case "src":
                for token in each.value:
                    if token.type == "url":
                        source = source or token.value
                    elif token.type == "function" and token.lower_name == "url":
                        source = source or next((a.value for a in token.arguments if a.type == "string"), "")
    return Face(family, source, italic, weight) if family and source else None
