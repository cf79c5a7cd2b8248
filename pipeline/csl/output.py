"""The end of the line: marked text in, runs with roles out, quotation marks and stops in their places."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.csl import marks
from pipeline.csl.locale import Locale
from pipeline.csl.values import Role, Run, Span, plain_text

_ROLE: dict[str, Role] = {
    marks.ITALIC: "italic",
    marks.OBLIQUE: "oblique",
    marks.UPRIGHT: "upright",
    marks.BOLD: "bold",
    marks.LIGHT: "light",
    marks.WEIGHT_NORMAL: "weight-normal",
    marks.SMALL_CAPS: "small-caps",
    marks.VARIANT_NORMAL: "variant-normal",
    marks.UNDERLINE: "underline",
    marks.DECORATION_NONE: "decoration-none",
    marks.SUPERSCRIPT: "superscript",
    marks.SUBSCRIPT: "subscript",
    marks.BASELINE: "baseline",
    marks.NOCASE: "nocase",
    marks.FIELD_ITALIC: "italic",
    marks.FIELD_BOLD: "bold",
    marks.FIELD_SMALL_CAPS: "small-caps",
    marks.LEFT_MARGIN: "left-margin",
    marks.RIGHT_INLINE: "right-inline",
    marks.BLOCK: "block",
    marks.INDENT: "indent",
    marks.ROLE_NAMES: "names",
    marks.ROLE_TITLE: "title",
    marks.ROLE_LOCATOR: "locator",
    marks.ROLE_BACKREF: "backref",
    marks.ROLE_NUMBER: "number",
    marks.ROLE_LINK: "link",
    marks.ROLE_CITE: "cite",
}
# For each property of type: the marks that set it, and what a mark sets it to.
_STYLE = {
    marks.ITALIC: ("style", "italic"),
    marks.OBLIQUE: ("style", "oblique"),
    marks.UPRIGHT: ("style", "upright"),
    marks.BOLD: ("weight", "bold"),
    marks.LIGHT: ("weight", "light"),
    marks.WEIGHT_NORMAL: ("weight", "weight-normal"),
    marks.SMALL_CAPS: ("variant", "small-caps"),
    marks.VARIANT_NORMAL: ("variant", "variant-normal"),
    marks.UNDERLINE: ("decoration", "underline"),
    marks.DECORATION_NONE: ("decoration", "decoration-none"),
    marks.SUPERSCRIPT: ("align", "superscript"),
    marks.SUBSCRIPT: ("align", "subscript"),
    marks.BASELINE: ("align", "baseline"),
}
_FLIP = {
    marks.FIELD_ITALIC: ("style", "italic", "upright"),
    marks.FIELD_BOLD: ("weight", "bold", "weight-normal"),
    marks.FIELD_SMALL_CAPS: ("variant", "small-caps", "variant-normal"),
}
_NORMAL = {
    "style": "upright",
    "weight": "weight-normal",
    "variant": "variant-normal",
    "decoration": "decoration-none",
    "align": "baseline",
}
_DISPLAY = (marks.LEFT_MARGIN, marks.RIGHT_INLINE, marks.BLOCK, marks.INDENT)


_TOKENS = re.compile("([\ufdd0-\ufdef])")
_WALL = ["", *marks.WALL[:1], ""]
_STOP_AFTER = re.compile("\ufdd0[\ufdd0-\ufdef]*[.,!?]")


class _Node:
    __slots__ = ("children", "role", "target")

    def __init__(self, role: Role | None, target: str = "") -> None:
        self.role = role
        self.children: list[str | _Node] = []
        self.target = target


def runs(text: str, locale: Locale, cited: Sequence[str] = (), backrefs: Sequence[str] = ()) -> tuple[Run, ...]:
    """Return runs for marked text.

    ``cited`` names the references of the cite marks in order, ``backrefs`` the
    clusters that the numbers of first notes inside them mean.
    """
    if locale.punctuation_in_quote:
        text = move_stops(text)
    if not marks.ANY.search(text):
        return (text,) if text else ()
    root = _Node(None)
    stack: list[_Node] = [root]
    # What to put back when a mark closes: (its closing text, property and value before, quotation depth).
    undo: list[tuple[str, str, str, bool]] = []
    state = dict(_NORMAL)
    depth = shift = 0
    cite = 0
    piece: list[str] = []
    outer = (locale.term("open-quote") or "\u201c", locale.term("close-quote") or "\u201d")
    inner = (locale.term("open-inner-quote") or "\u2018", locale.term("close-inner-quote") or "\u2019")

    def flush() -> None:
        if piece:
            stack[-1].children.append("".join(piece))
            piece.clear()

    tokens = _TOKENS.split(text)
    for place, character in enumerate(tokens):
        if len(character) != 1 or not "\ufdd0" <= character <= "\ufdef":
            piece.append(character)
        elif character == marks.CLOSE:
            if not undo:
                continue
            closing, name, value, quoted = undo.pop()
            if closing:
                piece.append(closing)
            if quoted:
                depth -= 1
                continue
            if name:
                state[name] = value
            flush()
            stack.pop()
        elif character in (marks.QUOTE, marks.FIELD_QUOTE):
            if (
                not depth
            ):  # typed as inner ones, they stay so where nothing is around them, and others inside them follow
                shift = int(character == marks.FIELD_QUOTE and tokens[place + 1 : place + 4] == _WALL)
            opening, closing = inner if (depth + shift) % 2 else outer
            piece.append(opening)
            depth += 1
            undo.append((closing, "", "", True))
        else:
            flush()
            name = value = ""
            role: Role | None = _ROLE.get(character)
            if character in _FLIP:
                name, one, other = _FLIP[character]
                value = state[name]
                state[name] = other if value == one else one
                role = state[name]  # type: ignore[assignment]  # values of the state are roles
            elif character in _STYLE:
                name, one = _STYLE[character]
                value = state[name]
                # Within its like, a format is kept, but nothing is made normal that is so already.
                role = None if value == one == _NORMAL[name] else _ROLE[character]
                state[name] = one
            elif character in (marks.NOCASE, marks.TERM):
                role = None
            node = _Node(role)
            if character == marks.ROLE_CITE:
                node.target = cited[cite] if cite < len(cited) else ""
                cite += 1
            elif character == marks.ROLE_BACKREF and 0 < cite <= len(backrefs):
                node.target = backrefs[cite - 1]
            stack[-1].children.append(node)
            stack.append(node)
            undo.append(("", name, value, False))
    flush()
    return _freeze(root)


def _freeze(node: _Node) -> tuple[Run, ...]:
    out: list[Run] = []
    for child in node.children:
        if isinstance(child, str):
            _add(out, child)
            continue
        inside = _freeze(child)
        if child.role is None:
            for run in inside:
                _add(out, run)
        elif inside:
            if child.role == "link":
                inside, target = _link(out, inside)
                out.append(Span("link", inside, target))
                continue
            out.append(Span(child.role, inside, child.target))
    return tuple(out)


_RESOLVERS = (
    (re.compile(r"10\.\d{4,}/"), "https://doi.org/"),
    (re.compile(r"PMC\d+$"), "https://www.ncbi.nlm.nih.gov/pmc/articles/"),
    (re.compile(r"\d+$"), "https://www.ncbi.nlm.nih.gov/pubmed/"),
)


def _link(out: list[Run], inside: tuple[Run, ...]) -> tuple[tuple[Run, ...], str]:
    """Return the text and address of a link; a resolver that the style prints before an identifier belongs to it.

    (CSL 1.0.2, appendix "Links".)
    """
    text = plain_text(inside)
    resolver = next((address for pattern, address in _RESOLVERS if pattern.match(text)), "")
    before = out[-1] if out else ""
    if resolver and isinstance(before, str) and before.endswith(resolver):
        out[-1] = before[: -len(resolver)]
        if not out[-1]:
            out.pop()
        inside = (resolver + inside[0], *inside[1:]) if isinstance(inside[0], str) else (resolver, *inside)
    return inside, resolver + text


def _add(out: list[Run], run: Run) -> None:
    if isinstance(run, str) and out and isinstance(out[-1], str):
        out[-1] += run
    elif run != "":
        out.append(run)


def move_stops(text: str) -> str:
    """Move stops and commas before the closing quotation marks they follow.

    >>> move_stops(marks.QUOTE + "so" + marks.CLOSE + ", he") == marks.QUOTE + "so," + marks.CLOSE + " he"
    True
    """
    if not _STOP_AFTER.search(text):
        return text
    out: list[str] = []
    stack: list[str] = []
    # Indexes in ``out`` of the closing marks at which quotations have just ended, with their kinds; the inner one first.
    ended: list[tuple[int, str]] = []
    for token in _TOKENS.split(text):
        if token == marks.CLOSE:
            kind = stack.pop() if stack else ""
            if kind in (marks.QUOTE, marks.FIELD_QUOTE):
                ended.append((len(out), kind))
        elif not token:
            continue
        elif len(token) == 1 and marks.is_mark(token):
            stack.append(token)
            if token in _DISPLAY or token in (marks.QUOTE, marks.FIELD_QUOTE, marks.NOCASE):
                ended = []
        elif ended:
            token = _moved(out, ended, token)
            ended = []
        out.append(token)
    return "".join(out)


def _moved(out: list[str], ended: list[tuple[int, str]], token: str) -> str:
    """Put the stops at the head of a text before the closing marks in ``out``; return what is left of the text.

    Quotation marks of a field that stand by themselves take in one stop, those within marks of the style all.
    """
    rest = token.lstrip(".,!?")
    stops = token[: len(token) - len(rest)]
    inner, kind = ended[0]
    if kind == marks.FIELD_QUOTE and all(other == marks.FIELD_QUOTE for _, other in ended):
        stops, rest = stops[:1], stops[1:] + rest
    at = inner - 1
    while at >= 0 and marks.is_mark(out[at][-1]):
        at -= 1
    last = out[at][-1] if at >= 0 else ""
    moved = ""
    for stop in stops:
        if last + stop not in _DOUBLES:
            moved += stop
            last = stop
    if moved:
        out.insert(inner, moved)
    return rest


_DOUBLES = frozenset({"..", "!.", "?.", "!!", "??", ",,", ":.", ";."})
