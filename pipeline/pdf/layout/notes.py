"""A long note and its lines as they were set come in; the pieces that may stand on several pages go out.

WeasyPrint never breaks a note over pages: it moves it whole, or lets it run off the page. So the
tree is cut where the lines end. The lines of a piece that ends in the middle of a paragraph are
fixed, for WeasyPrint breaks the same words differently when other words follow (its hyphenation
looks ahead); a piece that ends with its paragraph is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from pipeline.pdf.layout.audit import HYPHENS
from pipeline.pdf.layout.engine import Block, Line, Reading, Run
from pipeline.pdf.layout.tree import add_style, is_note, signs

LONG = 5
"""Lines from which on a note may be broken over pages."""
SHORT = 120
"""Signs that never make so many lines."""
BLOCKS = frozenset(
    "aside p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre div section figure figcaption table".split()
)


@dataclass(slots=True)
class _Atom:
    """What cannot be cut: a line, or a table or picture; `end` counts the signs up to its end."""

    end: int
    container: object
    element: Element | None
    justified: bool = False
    preserved: bool = False
    hyphen: str = ""


@dataclass(slots=True)
class _Range:
    """The atoms that make one piece, and the number of the sign at which it begins."""

    start: int
    atoms: list[_Atom]
    resumed: bool
    stretched: bool

    @property
    def end(self) -> int:
        return self.atoms[-1].end


@dataclass(slots=True)
class Cuts:
    """What was cut so far.

    `twins` leads from the later copies of an element to the first one; `divided` names elements
    whose text ends in a hyphen that was put there; `lines` tells how many lines a piece had;
    `notes` names the notes that were cut.
    """

    twins: dict[Element, Element] = field(default_factory=dict)
    divided: set[Element] = field(default_factory=set)
    lines: dict[Element, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def may_be_long(element: Element) -> bool:
    """Say whether a note has so much text that it may have to be broken."""
    return (
        len(signs("".join(element.itertext()))) > SHORT
        or element.find(".//br") is not None
        or len(list(element)) >= LONG
    )


def cut_long_notes(root: Element, reading: Reading, cuts: Cuts) -> bool:
    """Cut every note of `LONG` lines and more in the tree; say whether any was cut."""
    notes = [element for element in root.iter() if is_note(element) and not element.get("data-cont")]
    owner = {element: note for note in notes for element in note.iter()}
    parent_of = {child: parent for parent in root.iter() for child in parent if is_note(child)}
    runs: dict[Element, list[Run]] = {note: [] for note in notes}
    for run in reading.runs:
        if run.area == "notes" and run.element is not None and not run.pseudo and run.element in owner:
            runs[owner[run.element]].append(run)
    line_of = {id(run): line for line in reading.lines if line.area == "notes" for run in line.runs}
    blocks: dict[Element, Block] = {}
    for block in reading.blocks:
        if block.area == "notes" and not block.pseudo:
            blocks.setdefault(block.element, block)
    done = False
    for note in notes:
        mine = runs[note]
        if len({id(line_of.get(id(run))) for run in mine}) < LONG:
            continue
        ranges = _ranges(note, mine, line_of)
        if len(ranges) < 2:
            continue
        pieces = _cut(note, ranges, blocks, cuts)
        if pieces is None:
            continue
        cuts.notes.append(note.get("id", ""))
        parent = parent_of[note]
        at = list(parent).index(note)
        pieces[-1].tail = note.tail
        parent[at : at + 1] = pieces
        done = True
    return done


def _ranges(note: Element, runs: Sequence[Run], line_of: dict[int, Line]) -> list[_Range]:
    atoms = _atoms(signs("".join(note.itertext())), runs, line_of)
    ranges: list[_Range] = []
    start = at = 0
    while at < len(atoms):
        end = at + 1
        while end < len(atoms) and atoms[end].container == atoms[at].container:
            end += 1
        group = atoms[at:end]
        done = 0
        for size in _sizes(len(group)):
            ranges.append(_Range(start, group[done : done + size], done > 0, done + size < len(group)))
            start = ranges[-1].end
            done += size
        at = end
    return ranges


def _sizes(lines: int) -> list[int]:
    """Say how many lines of a paragraph go into each piece: two, and three in the last when they are odd.

    >>> _sizes(3), _sizes(7)
    ([3], [2, 2, 3])
    """
    if lines <= 3:
        return [lines]
    return [2] * (lines // 2 - 1) + [2 + lines % 2]


def _atoms(text: str, runs: Sequence[Run], line_of: dict[int, Line]) -> list[_Atom]:
    """Lead every line end back to the text; an empty list when lines and text differ."""
    atoms: list[_Atom] = []
    at = 0
    current: object = None
    for run in runs:
        line = line_of.get(id(run))
        here: object = run.fixed if run.fixed is not None else line
        piece = signs(run.text)
        if here is None or not piece:
            continue
        if here is not current:
            current = here
            if run.fixed is not None or line is None:
                atoms.append(_Atom(at, here, run.fixed))
            else:
                atoms.append(_Atom(at, line.container, line.element, line.justified, line.preserved))
        atom = atoms[-1]
        if text.startswith(piece, at):
            at += len(piece)
            atom.hyphen = ""
        elif run.last and piece[-1] in HYPHENS and text.startswith(piece[:-1], at):
            at += len(piece) - 1
            atom.hyphen = piece[-1]
        else:
            return []
        atom.end = at
    return atoms if at == len(text) else []


@dataclass(slots=True)
class _State:
    """Where a walk over the text of a note is, and the number of hyphens put into it."""

    at: int = 0
    newline: bool = False


class _Cutter:
    """Makes copies of a note restricted to ranges of its signs."""

    def __init__(self, note: Element, total: int, blocks: dict[Element, Block]) -> None:
        self.note = note
        self.total = total
        self.blocks = blocks
        self.firsts: dict[Element, Element] = {}
        self.twins: dict[Element, Element] = {}
        self.divided: set[Element] = set()
        self.hyphens = 0

    def piece(self, part: _Range) -> Element | None:
        """Return the piece of a range."""
        first = part.atoms[0].element
        if first is self.note:
            # The first paragraph stands in a line with the mark, so its lines are the note's own.
            first = next((child for child in self.note if child.get("data-lead") is not None), self.note)
        piece = self.restrict(self.note, part.start, part.end, _State(), part, first)
        if piece is not None and first is not self.note and part.atoms[0].element is self.note:
            for name in ("data-resumed", "data-stretched"):
                if piece[0].attrib.pop(name, None) is not None:
                    piece.set(name, "")
        return piece

    def restrict(
        self, element: Element, start: int, end: int, state: _State, part: _Range | None, container: Element | None
    ) -> Element | None:
        """Copy the part of an element whose signs lie in a range, or return None when it has none there."""
        copy = Element(element.tag, element.attrib)
        began = state.at
        if part is not None and element is container:
            if part.resumed:
                copy.set("data-resumed", "")
            if part.stretched:
                self.lines(copy, element, state, part)
            else:
                self.fill(copy, element, start, end, state, None, None)
        else:
            self.fill(copy, element, start, end, state, part, container)
        ended = state.at
        if ended > began:
            inside = began < end and ended > start
        elif element.tag == "br":
            inside = start < began <= end or began == start == 0
        else:
            inside = start <= began < end or began == end == self.total
        if not inside:
            return None
        known = self.firsts.setdefault(element, copy)
        if known is not copy:
            self.twins[copy] = known
        if began < start:
            copy.attrib.pop("id", None)
            copy.attrib.pop("data-call", None)
        if element.tag in BLOCKS:
            if began < start < ended:
                copy.set("data-begun", "")
            if began < end < ended:
                copy.set("data-goes-on", "")
            self.keep_place(copy, element)
        return copy

    def keep_place(self, copy: Element, element: Element) -> None:
        """Write down what a rule gave a block for its neighbours (`p + p`), which it no longer has."""
        block = self.blocks.get(element)
        if block is not None and element is not self.note and element.get("data-lead") is None:
            add_style(
                copy,
                f"margin-top: {block.above:.4f}px; margin-bottom: {block.below:.4f}px; text-indent: {block.indent}",
            )

    def fill(
        self,
        copy: Element,
        element: Element,
        start: int,
        end: int,
        state: _State,
        part: _Range | None,
        container: Element | None,
    ) -> None:
        """Put the text and the children that lie in a range into a copy."""
        copy.text = self.slice(element.text, start, end, state)
        before = 0
        last: Element | None = None
        for child in element:
            kept = self.restrict(child, start, end, state, part, container)
            if kept is not None:
                copy.append(kept)
                last = kept
            elif last is None and child.tag == "li":
                before += 1
            tail = self.slice(child.tail, start, end, state)
            if last is None:
                copy.text += tail
            else:
                last.tail = (last.tail or "") + tail
        if element.tag == "ol" and before:
            value = element.get("start", "1")
            first = int(value) if value.lstrip("-").isdigit() else 1
            add_style(copy, f"counter-reset: list-item {first - 1 + before}")

    def lines(self, copy: Element, element: Element, state: _State, part: _Range) -> None:
        """Put each line of a range into a span of its own that cannot break."""
        began = state.at
        start = part.start
        after = state
        for number, atom in enumerate(part.atoms):
            if number:
                SubElement(copy, "br", {"data-line": ""})
            span = SubElement(copy, "span", {"data-line": "preserved" if atom.preserved else ""})
            after = _State(began, state.newline)
            self.fill(span, element, start, atom.end, after, None, None)
            if atom.hyphen:
                self.divided.add(_append(span, atom.hyphen))
                self.hyphens += 1
            start = atom.end
        if part.atoms[-1].justified:
            copy.set("data-stretched", "")
        state.at, state.newline = after.at, after.newline

    def slice(self, text: str | None, start: int, end: int, state: _State) -> str:
        """Return the part of a text that lies in a range of signs.

        Of white space at a cut only what follows a line feed is kept: in code it is indentation.
        """
        if not text:
            return ""
        kept: list[str] = []
        for character in text:
            if character.isspace() or character in "\u00ad\u200b\u2060":
                if (
                    start < state.at < end
                    or state.at == start == 0
                    or state.at == end == self.total
                    or (state.at == start and state.newline)
                ):
                    kept.append(character)
                if state.at == start and character == "\n":
                    state.newline = True
                continue
            if start <= state.at < end:
                kept.append(character)
            state.at += 1
        return "".join(kept)


def _cut(note: Element, ranges: Sequence[_Range], blocks: dict[Element, Block], cuts: Cuts) -> list[Element] | None:
    """Return copies of the note restricted to the ranges; None when they would not give its text."""
    cutter = _Cutter(note, ranges[-1].end, blocks)
    pieces: list[Element] = []
    for number, part in enumerate(ranges):
        piece = cutter.piece(part)
        if piece is None:
            return None
        if number:
            piece.set("data-cont", note.get("id", ""))
        if number < len(ranges) - 1:
            piece.set("data-more", "")
        pieces.append(piece)
    whole = signs("".join(note.itertext()))
    # A hyphen that was put there is the last sign in the text of its element.
    texts = [text for piece in pieces for text in _texts(piece, cutter.divided)]
    if signs("".join(texts)) != whole:
        return None
    cuts.twins.update(cutter.twins)
    cuts.divided.update(cutter.divided)
    cuts.lines.update({piece: len(part.atoms) for piece, part in zip(pieces, ranges, strict=True)})
    return pieces


def _texts(element: Element, divided: set[Element]) -> list[str]:
    """Return the text of a piece without the hyphens that were put there."""
    texts = [element.text or ""]
    for child in element:
        texts.extend(_texts(child, divided))
        texts.append(child.tail or "")
    if element in divided:
        at = max(index for index, text in enumerate(texts) if text.strip())
        texts[at] = texts[at].rstrip()[:-1]
    return texts


def _append(piece: Element, hyphen: str) -> Element:
    """Put a hyphen after the last sign of a piece, and return the element whose text it ends."""
    element = piece
    while len(element):
        last = element[-1]
        if (last.tail or "").strip():
            last.tail = (last.tail or "").rstrip() + hyphen
            return element
        element = last
    element.text = (element.text or "").rstrip() + hyphen
    return element
