"""The proof: the manuscript is read back as a build reads it, and held against the source, sign by sign.

What must come out is told by the fates of the source's own characters, not by what was meant to be written: the
text of the chapters is the source in its order, without what the audit sets aside and without the notes; each
note is its own stretch of the source; each call stands where its mark stood. Words that are supplied stand in
the manuscript only and are marked there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pipeline.intake.ledger import Ledger
from pipeline.intake.values import Count, Fate, Note
from pipeline.manuscript import (
    Block,
    Break,
    DefinitionList,
    Emphasis,
    Heading,
    Inline,
    ItemList,
    Leaf,
    LineBreak,
    NoteCall,
    Paragraph,
    Quotation,
    SoftBreak,
    Supplied,
    Table,
    Text,
    Verse,
)
from pipeline.parse import read
from pipeline.parse.losses import find_losses
from pipeline.parse.record import FREE, REPLACED, Record
from pipeline.source import Problem, Severity, Source, Span

Sign: TypeAlias = tuple[str, int]
"""A sign that is no white space, or a call in brackets, and where it stands."""

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")


@dataclass(frozen=True, slots=True)
class Proof:
    """What reading back came to: what is wrong, and where each sign of the source now stands."""

    problems: tuple[Problem, ...]
    supplied: int = 0
    """words that stand in the manuscript only"""
    offsets: tuple[int, ...] = ()
    """offsets in the source, ascending"""
    places: tuple[Span, ...] = field(default=(), repr=False)
    """where in the manuscript the signs at `offsets` stand"""

    def place(self, offset: int) -> Span | None:
        """Return where in the manuscript an offset of the source stands, or the sign before it."""
        index = bisect_right(self.offsets, offset) - 1
        if index < 0:
            return self.places[0] if self.places else None
        return self.places[index]


def prove(ledger: Ledger, files: Mapping[str, str]) -> Proof:
    """Read the chapters back and compare them with the source."""
    problems: list[Problem] = []
    leaves: list[tuple[Leaf, Record]] = []
    for path, text in files.items():
        leaf, record = read(Source(path, text))
        leaves.append((leaf, record))
        for problem in (*record.problems, *find_losses(leaf, record)):
            if problem.severity is Severity.ERROR:
                problems.append(problem)
    body: list[tuple[str, Sign]] = []
    notes: dict[str, list[tuple[str, Sign]]] = {}
    supplied = 0
    for leaf, record in leaves:
        walk = _Walk(record)
        body += [(leaf.path, sign) for sign in walk.blocks(leaf.blocks)]
        for note in leaf.notes:
            if note.key in notes:
                problems.append(_wrong(f"note `{note.key}` stands twice", note.span))
            notes[note.key] = [(leaf.path, sign) for sign in walk.blocks(note.blocks)]
        supplied += walk.supplied
    mapping: dict[int, Span] = {}
    _compare(ledger, _expected_body(ledger), body, "the text", mapping, problems)
    for known in ledger.notes:
        if known.key not in notes:
            at = known.words[0].start
            problems.append(_wrong(f"note `{known.key}` is not in the manuscript", ledger.source.span(at, at + 1)))
            continue
        _compare(ledger, _expected_note(ledger, known), notes.pop(known.key), f"note `{known.key}`", mapping, problems)
    problems += [_wrong(f"note `{key}` is not in the source", None) for key in notes]
    problems += _unaccounted(ledger)
    offsets = tuple(sorted(mapping))
    return Proof(tuple(problems), supplied, offsets, tuple(mapping[at] for at in offsets))


def _owned(ledger: Ledger) -> bytearray:
    """Return which characters of the source stand in the words of notes."""
    owned = bytearray(len(ledger.text))
    for note in ledger.notes:
        for words in note.words:
            for piece in words.pieces:
                owned[piece.start : piece.end] = b"\x01" * (piece.end - piece.start)
    return owned


def _expected_body(ledger: Ledger) -> Iterator[Sign]:
    """Yield the signs of the source that stay in the text, with a token for each call."""
    text, fates, owned = ledger.text, ledger.fates, _owned(ledger)
    calls = {mark.start: mark for mark in ledger.marks if mark.kind == "call"}
    for at, sign in enumerate(text):
        if fates[at] == Fate.BODY:
            if not sign.isspace():
                yield sign, at
        elif fates[at] == Fate.CALL and at in calls and not owned[at]:
            yield f"[{calls[at].value}]", at


def _expected_note(ledger: Ledger, note: Note) -> Iterator[Sign]:
    text, fates = ledger.text, ledger.fates
    calls = {mark.start: mark for mark in ledger.marks if mark.kind == "call"}
    for words in note.words:
        for piece in words.pieces:
            for at in range(piece.start, piece.end):
                if fates[at] == Fate.NOTE and not text[at].isspace():
                    yield text[at], at
                elif fates[at] == Fate.CALL and at in calls:
                    yield f"[{calls[at].value}]", at


def _compare(
    ledger: Ledger,
    expected: Iterable[Sign],
    found: Sequence[tuple[str, Sign]],
    where: str,
    mapping: dict[int, Span],
    problems: list[Problem],
) -> None:
    """Compare two sequences of signs; the first difference is told with both places."""
    index = 0
    for sign, at in expected:
        if index >= len(found) or found[index][1][0] != sign:
            also: tuple[tuple[Span, str], ...] = ()
            stands = "nothing"
            if index < len(found):
                path, (other, written) = found[index]
                stands = f"`{other}`"
                also = ((Span(path, written, written + 1), "where the manuscript differs"),)
            problems.append(
                _wrong(f"{where} lost the source here: `{sign}` is due, {stands} stands", ledger.source.span(at, at + 1), also)
            )
            return
        path, (_, written) = found[index]
        mapping[at] = Span(path, written, written + 1)
        index += 1
    if index < len(found):
        path, (sign, written) = found[index]
        problems.append(_wrong(f"{where} has `{sign}`, which is not in the source", Span(path, written, written + 1)))


def _unaccounted(ledger: Ledger) -> Iterator[Problem]:
    """Yield a problem for a sign that was set aside and that no line of the audit names, and for notes out of order."""
    named = bytearray(len(ledger.text) + 1)
    for entry in ledger.entries:
        if entry.end - entry.start == 1:
            for at in (entry.start, *entry.also):
                named[at] = 1
        else:
            named[entry.start : entry.end] = b"\x01" * (entry.end - entry.start)
    at = ledger.fates.find(Fate.ASIDE)
    while at >= 0:
        if not named[at] and not ledger.text[at].isspace():
            yield _wrong("this sign was set aside and the audit does not say why", ledger.source.span(at, at + 1))
            return
        at = ledger.fates.find(Fate.ASIDE, at + 1)
    owned = _owned(ledger)
    at = ledger.fates.find(Fate.NOTE)
    while at >= 0:
        if not owned[at] and not ledger.text[at].isspace():
            yield _wrong("this sign belongs to a note, and no note has it", ledger.source.span(at, at + 1))
            return
        at = ledger.fates.find(Fate.NOTE, at + 1)


def _wrong(message: str, span: Span | None, also: tuple[tuple[Span, str], ...] = ()) -> Problem:
    return Problem(
        "intake-unfaithful",
        message,
        span,
        "this is a fault of Stet's own, please report it with these lines; nothing was written",
        also=also,
    )


class _Walk:
    """Reads the signs of a leaf in the order of a reader, each with its place."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.supplied = 0

    def blocks(self, blocks: Sequence[Block]) -> Iterator[Sign]:
        for block in blocks:
            match block:
                case Paragraph() | Heading():
                    yield from self.inlines(block.inlines)
                case Quotation():
                    yield from self.blocks(block.blocks)
                case Break():
                    pass
                case ItemList():
                    for number, item in enumerate(block.items):
                        if block.start is not None:
                            for sign in _marker(block, number):
                                yield sign, item.span.start
                        yield from self.blocks(item.blocks)
                case DefinitionList():
                    for entry in block.entries:
                        yield from self.inlines(entry.term)
                        for definition in entry.definitions:
                            yield from self.blocks(definition)
                case Verse():
                    for stanza in block.stanzas:
                        for line in stanza:
                            yield from self.inlines(line.inlines)
                case Table():
                    yield from self.inlines(block.caption)
                    for row in (*block.head, *block.body, *block.foot):
                        for cell in row.cells:
                            yield from self.blocks(cell.blocks)
                case _:
                    yield f"[{type(block).__name__}]", block.span.start

    def inlines(self, inlines: Sequence[Inline]) -> Iterator[Sign]:
        for inline in inlines:
            match inline:
                case Text():
                    yield from self.text(inline)
                case Emphasis():
                    yield from self.inlines(inline.inlines)
                case NoteCall():
                    yield f"[{inline.key}]", inline.span.start
                case Supplied():
                    self.supplied += sum(len(each.text.split()) for each in inline.inlines if isinstance(each, Text))
                case SoftBreak() | LineBreak():
                    pass
                case _:
                    yield f"[{type(inline).__name__}]", inline.span.start

    def text(self, node: Text) -> Iterator[Sign]:
        """Yield the signs of a text where they stand; the words themselves come from the node."""
        marks, replacements = self.record.marks, self.record.replacements
        at, end = node.span.start, node.span.end
        index = 0
        while at < end and index < len(node.text):
            step, size = 1, 0
            if marks[at] == FREE:
                size = 1
            elif marks[at] == REPLACED and at in replacements:
                stop, words = replacements[at]
                step, size = stop - at, len(words)
            for sign in node.text[index : index + size]:
                if not sign.isspace():
                    yield sign, at
            index += size
            at += step
        for sign in node.text[index:]:
            if not sign.isspace():
                yield sign, node.span.start


def _marker(block: ItemList, number: int) -> str:
    value = (block.start or 0) + number
    match block.numerals:
        case "decimal":
            token = str(value)
        case "lower-alpha":
            token = chr(96 + value)
        case "upper-alpha":
            token = chr(64 + value)
        case "lower-roman":
            token = _ROMAN[value - 1] if value <= len(_ROMAN) else "?"
        case _:
            token = (_ROMAN[value - 1] if value <= len(_ROMAN) else "?").upper()
    return f"({token})" if block.delimiter == "()" else token + block.delimiter


def count_words(ledger: Ledger) -> Count:
    """Count the words of the source by white space, each where its first sign that is not set aside went."""
    tally = {fate: 0 for fate in Fate}
    total = 0
    at = 0
    for word in ledger.text.split():
        start = ledger.text.index(word, at)
        at = start + len(word)
        total += 1
        fates = [ledger.fates[place] for place in range(start, at)]
        standing = [fate for fate in fates if fate != Fate.ASIDE]
        words = [fate for fate in standing if fate in (Fate.BODY, Fate.NOTE)]
        tally[Fate((words or standing or [Fate.ASIDE])[0])] += 1
    return Count(
        total,
        tally[Fate.BODY],
        tally[Fate.NOTE],
        tally[Fate.CALL],
        tally[Fate.MARK],
        tally[Fate.ASIDE],
        ledger.joined,
    )
