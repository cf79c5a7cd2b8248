"""A tree of MathML comes in; its operators are told from names, and get the room that TeX leaves beside them.

What a renderer does by itself stands in `operators`; only what differs is written. The rules are those of The TeXbook:
chapter 18 (which room stands between two atoms) and appendix G (a binary operator without an operand before or after it
is none: rules 5 and 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pipeline.formulas.operators import Form, Kind, entry_of, grows, kind_of

ROWS = frozenset(("math", "mrow", "mtd", "mstyle", "msqrt", "menclose", "mpadded"))
_SCRIPTED = frozenset(("msub", "msup", "msubsup", "munder", "mover", "munderover"))
_SPACES = {0: "0", 3: "0.167em", 4: "0.222em", 5: "0.278em"}
_UNMOVED = frozenset((Kind.BINARY, Kind.LARGE, Kind.RELATION, Kind.OPENING, Kind.PUNCTUATION))
_WAITING = frozenset((Kind.RELATION, Kind.CLOSING, Kind.PUNCTUATION))


_FENCES = frozenset("()[]{}|\u2016")
"""Signs of which the converter says itself when they shall not grow; around matrices they shall."""

_BARS = frozenset("|\u2016\u2980")


@dataclass(frozen=True, slots=True)
class _Atom:
    """A member of a row: its class, the operator that decides about it, and whether it is the name of a function."""

    element: Element
    kind: Kind
    operator: Element | None = None
    name: bool = False


def tell_operators(element: Element) -> None:
    """Make `mo` of every sign that is an operator, and `mi` of every one that is none."""
    for at, child in enumerate(element):
        accent = element.tag in ("mover", "munder") and at == 1 and child.tag == "mo"
        sign = child.text or ""
        if child.tag in ("mi", "mo") and sign == "\u29f5":
            child.text = sign = "\u2216"  # the sign that dictionaries and voices know for `\setminus`
        if child.tag == "mi" and sign.isdecimal():
            child.tag = "mn"
        elif child.tag == "mi" and (kind_of(sign) is not None or (sign and not sign.strip("\u2032\u2033\u2034\u2057"))):
            child.tag = "mo"
            child.attrib.clear()
        elif child.tag == "mo" and len(sign) == 1 and kind_of(sign) is None and not accent:
            child.tag = "mi"
            child.attrib.clear()
        if child.tag == "mo" and "stretchy" not in child.attrib and not accent and sign not in _FENCES:
            sized = "minsize" in child.attrib or "maxsize" in child.attrib
            if sized != grows(sign):
                child.set("stretchy", "true" if sized else "false")
        tell_operators(child)


def give_room(element: Element, *, display: bool, script: bool = False) -> None:
    """Write the room of every operator in a tree, as far as a renderer would not leave it by itself.

    `display` says that fractions stand large, `script` that this is an index or an exponent: there TeX leaves no room.
    """
    if element.tag == "mstyle" and "displaystyle" in element.attrib:
        display = element.get("displaystyle") == "true"
        script = script and not display
    if element.tag == "mtable":
        display = element.get("displaystyle") == "true"
    if element.tag in ROWS:
        _row(element, script)
    for at, child in enumerate(element):
        moved = element.tag in _SCRIPTED and at > 0
        smaller = element.tag == "mfrac" and not display
        if moved and child.tag == "mo":
            _write(child, None, 0, 0)
        if _lone(child) and not moved and (element.tag in ROWS or element.tag in _SCRIPTED):
            continue  # its row has seen to it
        give_room(child, display=display and not moved and element.tag != "mfrac", script=script or moved or smaller)


def _row(row: Element, script: bool) -> None:
    atoms = list(_atoms(row))
    kinds: list[Kind] = []
    for at, atom in enumerate(atoms):
        kind = atom.kind
        if kind is Kind.BINARY:
            after = atoms[at + 1].kind if at + 1 < len(atoms) else None
            if (not kinds or kinds[-1] in _UNMOVED) or after is None or after in _WAITING:
                kind = Kind.ORDINARY
        kinds.append(kind)
    cell = row.tag == "mtd"
    names: list[int] = []
    for at, atom in enumerate(atoms):
        before = kinds[at - 1] if at else None
        after = kinds[at + 1] if at + 1 < len(atoms) else None
        if atom.name and before in (Kind.ORDINARY, Kind.CLOSING) and not _parted(row, atom.element):
            names.append(list(row).index(atom.element))
        if atom.operator is None or kinds[at] is Kind.LARGE:
            continue
        left, right = _room(kinds[at], before, after, edge=5 if cell else 0)
        if script:
            left = right = 0
        unary = atom.kind is Kind.BINARY and kinds[at] is Kind.ORDINARY and after is not None
        _write(atom.operator, _form(row, atom.element), left, right, unary=unary)
    for place in reversed(names):
        row.insert(place, Element("mspace", {"width": _SPACES[3]}))


def _atoms(row: Element) -> Iterator[_Atom]:
    for child in row:
        if child.tag == "mspace":
            continue
        if _lone(child):  # in braces of its own it is no operator
            yield _Atom(child, Kind.ORDINARY, child[0])
            continue
        core = _core(child)
        if core.tag == "mo":
            yield _Atom(child, kind_of(core.text or "") or Kind.ORDINARY, core)
        elif core.tag == "mi" and len(core.text or "") > 1:
            yield _Atom(child, Kind.LARGE, None, name=True)
        else:
            yield _Atom(child, Kind.ORDINARY)


def _lone(element: Element) -> bool:
    return element.tag == "mrow" and len(element) == 1 and element[0].tag == "mo"


def _core(element: Element) -> Element:
    """Return what decides about an element with indices: `=` in `\\overset{!}{=}`."""
    while (element.tag in _SCRIPTED and not element.get("accent") and not element.get("accentunder")) or (
        element.tag == "mrow" and len(element) == 1
    ):
        element = element[0]
    return element


def _room(kind: Kind, before: Kind | None, after: Kind | None, edge: int) -> tuple[int, int]:
    """Return the room before and after an operator in eighteenths of an em, of which no neighbour leaves its own."""
    match kind:
        case Kind.BINARY:
            return 4, 4
        case Kind.RELATION:
            left = edge if before is None else 0 if before in (Kind.RELATION, Kind.OPENING, Kind.PUNCTUATION) else 5
            right = edge if after is None else 0 if after in (Kind.RELATION, *_WAITING) else 5
            return left, right
        case Kind.PUNCTUATION:
            return 0, 3 if after is not None else 0
        case Kind.DOTS:
            left = 3 if before in (Kind.ORDINARY, Kind.CLOSING, Kind.DOTS) else 0
            return left, 3 if after in (Kind.ORDINARY, Kind.OPENING) else 0
        case _:
            return 0, 0


def _form(row: Element, member: Element) -> Form:
    """Return the form that MathML Core gives an operator by its place in a row (3.2.4.2)."""
    members = [child for child in row if child.tag not in ("mspace", "mtext")]
    if len(members) > 1 and member is members[0]:
        return Form.PREFIX
    return Form.POSTFIX if len(members) > 1 and member is members[-1] else Form.INFIX


def _write(operator: Element, form: Form | None, left: int, right: int, *, unary: bool = False) -> None:
    if "form" in operator.attrib:
        form = Form(operator.attrib["form"])
    elif form is None:
        form = Form.POSTFIX
    elif unary and form is not Form.PREFIX and entry_of(operator.text or "", Form.PREFIX).before == 0:
        form = Form.PREFIX
        operator.set("form", "prefix")
    entry = entry_of(operator.text or "", form)
    unsure = operator.text in _BARS and form is Form.INFIX  # for which older dictionaries have an entry with room
    for key, wanted, given in (("lspace", left, entry.before), ("rspace", right, entry.after)):
        if (wanted != given or unsure) and operator.text:
            operator.set(key, _SPACES[wanted])


def _parted(row: Element, member: Element) -> bool:
    """Say whether room stands before a member already."""
    members: Sequence[Element] = list(row)
    at = members.index(member)
    return at > 0 and members[at - 1].tag == "mspace"


def rooms(row: Element) -> Iterator[tuple[Element, int, int]]:
    """Yield every operator of a tree with the room that a renderer would leave it, in eighteenths of an em."""
    for child in row:
        core = _core(child)
        if row.tag in ROWS and core.tag == "mo" and core.text and kind_of(core.text) is not None:
            form = Form(core.attrib["form"]) if "form" in core.attrib else _form(row, child)
            entry = entry_of(core.text, form)
            yield core, entry.before, entry.after
        yield from rooms(child)
