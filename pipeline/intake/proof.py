"""The proof: the manuscript is read back as a build reads it, and held against the source, sign by sign and space by space.

What must come out is told by the fates of the source's own characters, not by what was meant to be written: the
text of the chapters is the source in its order, without what the audit sets aside and without the notes; each
note is its own stretch of the source; each call stands where its mark stood. Words that are supplied stand in
the manuscript only and are marked there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
_RUN = re.compile(rb"\x00+|\x02+")
"""stretches of the text (fate 0) and of calls (fate 2)"""
_STRETCH = 2_000
"""characters after which a place is kept, so that it is soon found again"""
_RUN_IN_NOTE = re.compile(rb"\x01+|\x02+")


@dataclass(frozen=True, slots=True)
class Proof:
    """What reading back came to: what is wrong, and where each sign of the source now stands."""

    problems: tuple[Problem, ...]
    supplied: int = 0
    """words that stand in the manuscript only"""
    streams: tuple[_Stream, ...] = field(default=(), repr=False)

    def place(self, offset: int) -> Span | None:
        """Return where in the manuscript an offset of the source stands; None when it stands nowhere."""
        for stream in self.streams:
            rank = stream.expected.rank(offset)
            if rank >= 0:
                return stream.found.span(rank)
        return None


def prove(ledger: Ledger, files: Mapping[str, str]) -> Proof:
    """Read the chapters back and compare them with the source."""
    problems: list[Problem] = []
    body = _Found()
    notes: dict[str, _Found] = {}
    supplied = 0
    for path, text in files.items():
        leaf, record = read(Source(path, text))
        met = (*record.problems, *find_losses(leaf, record))
        problems += [problem for problem in met if problem.severity is Severity.ERROR]
        walk = _Walk(record, body)
        walk.blocks(leaf.blocks)
        supplied += walk.supplied
        for note in leaf.notes:
            if note.key in notes:
                problems.append(_wrong(f"note `{note.key}` stands twice", note.span))
            notes[note.key] = _Found()
            walk = _Walk(record, notes[note.key])
            walk.blocks(note.blocks)
            supplied += walk.supplied
    streams = [_Stream(_expected_body(ledger), body)]
    problems += streams[0].difference(ledger, "the text")
    for known in ledger.notes:
        if known.key not in notes:
            at = known.words[0].start
            problems.append(_wrong(f"note `{known.key}` is not in the manuscript", ledger.source.span(at, at + 1)))
            continue
        streams.append(_Stream(_expected_note(ledger, known), notes.pop(known.key)))
        problems += streams[-1].difference(ledger, f"note `{known.key}`")
    problems += [_wrong(f"note `{key}` is not in the source", None) for key in notes]
    problems += _unaccounted(ledger)
    return Proof(tuple(problems), supplied, tuple(streams))


def _signs(words: str) -> str:
    """Return words without white space."""
    return "".join(words.split())


# What is due --------------------------------------------------------------------------------------


class _Expected:
    """What must stand in a flow: stretches of the source, and tokens for calls."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.parts: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.ranks: list[int] = []
        self.size = 0

    def add(self, start: int, end: int, words: str) -> None:
        self.parts.append(words)
        self.starts.append(start)
        self.ends.append(end)
        self.ranks.append(self.size)
        self.size += len(_signs(words))

    def call(self, start: int, end: int, key: str) -> None:
        """Add the token of a call, which stands close to what is before it."""
        at = len(self.parts) - 1
        while at >= 0 and not self.parts[at].strip():
            self.parts[at] = ""
            at -= 1
        if at >= 0:
            self.parts[at] = self.parts[at].rstrip()
        self.add(start, end, f"\0{key}\0")

    def rank(self, offset: int) -> int:
        """Return how many signs stand before an offset of the source; -1 when it is not in this flow."""
        index = bisect_right(self.starts, offset) - 1
        if index < 0 or offset >= self.ends[index]:
            return -1
        if self.parts[index].startswith("\0"):
            return self.ranks[index]
        return self.ranks[index] + len(_signs(self.source[self.starts[index] : offset]))

    def offset(self, rank: int) -> int:
        """Return the offset in the source of the sign of a rank."""
        if not self.size:
            return 0
        rank = min(rank, self.size - 1)
        index = bisect_right(self.ranks, rank) - 1
        left = rank - self.ranks[index]
        if self.parts[index].startswith("\0"):
            return self.starts[index]
        for at in range(self.starts[index], self.ends[index]):
            if not self.source[at].isspace():
                if not left:
                    return at
                left -= 1
        return max(self.starts[index], self.ends[index] - 1)


def _owned(ledger: Ledger) -> bytearray:
    """Return which characters of the source stand in the words of notes."""
    owned = bytearray(len(ledger.text))
    for note in ledger.notes:
        for words in note.words:
            for piece in words.pieces:
                owned[piece.start : piece.end] = b"\x01" * (piece.end - piece.start)
    return owned


def _expected_body(ledger: Ledger) -> _Expected:
    """Return what stays in the text: all that has this fate, in the order of the source."""
    text, owned = ledger.text, _owned(ledger)
    expected = _Expected(text)
    fates = bytearray(ledger.fates)
    for start, end in ledger.joins:
        for at in range(start, end):
            if fates[at] == Fate.BODY and text[at].isspace():
                fates[at] = Fate.ASIDE  # a line end inside a word divides nothing
    calls = {mark.start: mark for mark in ledger.marks if mark.kind == "call"}
    for run in _RUN.finditer(fates):
        start, end = run.span()
        if fates[start] == Fate.BODY:
            for at in range(start, end, _STRETCH):
                expected.add(at, min(at + _STRETCH, end), text[at : min(at + _STRETCH, end)])
            continue
        for at in range(start, end):
            if at in calls and not owned[at]:
                expected.call(at, calls[at].end, calls[at].value)
    return expected


def _expected_note(ledger: Ledger, note: Note) -> _Expected:
    """Return what stands in a note: the words of its paragraphs, without what was set aside."""
    text, fates = ledger.text, ledger.fates
    calls = {mark.start: mark for mark in ledger.marks if mark.kind == "call"}
    expected = _Expected(text)
    for words in note.words:
        for number, piece in enumerate(words.pieces):
            if expected.parts and (piece.spaced or not number):
                expected.parts[-1] += " "
            for run in _RUN_IN_NOTE.finditer(fates[piece.start : piece.end]):
                start, end = piece.start + run.start(), piece.start + run.end()
                if fates[start] == Fate.NOTE:
                    expected.add(start, end, text[start:end])
                    continue
                for at in range(start, end):
                    if at in calls:
                        expected.call(at, calls[at].end, calls[at].value)
    return expected


# What stands --------------------------------------------------------------------------------------


class _Found:
    """What stands in a flow of the manuscript, with the nodes from which it was read."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.ranks: list[int] = []
        self.nodes: list[tuple[Record, Text | None, int]] = []
        self.size = 0

    def add(self, words: str, record: Record, at: int, node: Text | None = None) -> None:
        self.parts.append(words)
        self.ranks.append(self.size)
        self.nodes.append((record, node, at))
        self.size += len(_signs(words))

    def space(self) -> None:
        """Say that a block or a line ends here, as words do."""
        if self.parts:
            self.parts[-1] += " "

    def span(self, rank: int) -> Span | None:
        """Return where the sign of a rank stands."""
        if not self.ranks:
            return None
        index = max(0, bisect_right(self.ranks, rank) - 1)
        record, node, at = self.nodes[index]
        if node is not None:
            at = _place_in(record, node, rank - self.ranks[index])
        return record.source.span(at, at + 1)


def _place_in(record: Record, node: Text, left: int) -> int:
    """Return where the sign of a rank in a text stands in its file."""
    at, end, index = node.span.start, node.span.end, 0
    while at < end and index < len(node.text):
        step, size = 1, 0
        if record.marks[at] == FREE:
            size = 1
        elif record.marks[at] == REPLACED and at in record.replacements:
            stop, words = record.replacements[at]
            step, size = stop - at, len(words)
        here = len(_signs(node.text[index : index + size]))
        if left < here:
            return at
        left -= here
        index += size
        at += step
    return max(node.span.start, end - 1)


class _Walk:
    """Reads the blocks of a leaf in the order of a reader."""

    def __init__(self, record: Record, found: _Found) -> None:
        self.record = record
        self.found = found
        self.supplied = 0

    def blocks(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            match block:
                case Paragraph() | Heading():
                    self.inlines(block.inlines)
                case Quotation():
                    self.blocks(block.blocks)
                case Break():
                    pass
                case ItemList():
                    for number, item in enumerate(block.items):
                        if block.start is not None:
                            self.found.add(f"{_marker(block, number)} ", self.record, item.span.start)
                        self.blocks(item.blocks)
                case DefinitionList():
                    for entry in block.entries:
                        self.inlines(entry.term)
                        self.found.space()
                        for definition in entry.definitions:
                            self.blocks(definition)
                case Verse():
                    for stanza in block.stanzas:
                        for line in stanza:
                            self.inlines(line.inlines)
                            self.found.space()
                case Table():
                    self.inlines(block.caption)
                    for row in (*block.head, *block.body, *block.foot):
                        for cell in row.cells:
                            self.blocks(cell.blocks)
                case _:
                    self.found.add(f"\0{type(block).__name__}\0", self.record, block.span.start)
            self.found.space()

    def inlines(self, inlines: Sequence[Inline]) -> None:
        for inline in inlines:
            match inline:
                case Text():
                    self.found.add(inline.text, self.record, inline.span.start, inline)
                case Emphasis():
                    self.inlines(inline.inlines)
                case NoteCall():
                    self.found.add(f"\0{inline.key}\0", self.record, inline.span.start)
                case Supplied():
                    self.supplied += sum(len(each.text.split()) for each in inline.inlines if isinstance(each, Text))
                case SoftBreak() | LineBreak():
                    self.found.space()
                case _:
                    self.found.add(f"\0{type(inline).__name__}\0", self.record, inline.span.start)


def _marker(block: ItemList, number: int) -> str:
    value = (block.start or 0) + number
    roman = _ROMAN[value - 1] if 1 <= value <= len(_ROMAN) else "?"
    match block.numerals:
        case "decimal":
            token = str(value)
        case "lower-alpha":
            token = chr(96 + value)
        case "upper-alpha":
            token = chr(64 + value)
        case "lower-roman":
            token = roman
        case _:
            token = roman.upper()
    return f"({token})" if block.delimiter == "()" else token + block.delimiter


# Both together ------------------------------------------------------------------------------------


class _Stream:
    """What is due in one flow, and what stands there."""

    def __init__(self, expected: _Expected, found: _Found) -> None:
        self.expected = expected
        self.found = found

    def difference(self, ledger: Ledger, where: str) -> Iterator[Problem]:
        """Yield the first difference, told with both places."""
        due = " ".join("".join(self.expected.parts).split())
        stands = " ".join("".join(self.found.parts).split())
        if due == stands:
            return
        low, high = 0, min(len(due), len(stands))
        while low < high:
            middle = (low + high + 1) // 2
            if due[:middle] == stands[:middle]:
                low = middle
            else:
                high = middle - 1
        rank = len(_signs(due[:low]))
        span = self.found.span(rank)
        place = self.expected.offset(rank)
        yield _wrong(
            f"{where} is not that of the source from here on: `{due[low : low + 12]}` is due, "
            f"`{stands[low : low + 12]}` stands",
            ledger.source.span(place, place + 1),
            ((span, "where the manuscript differs"),) if span is not None else (),
        )


def _unaccounted(ledger: Ledger) -> Iterator[Problem]:
    """Yield a problem for a sign that was set aside and that no line of the audit names, and for one that no note has."""
    named = bytearray(len(ledger.text) + 1)
    for entry in ledger.entries:
        if entry.end - entry.start == 1:
            for at in (entry.start, *entry.also):
                named[at] = 1
        else:
            named[entry.start : entry.end] = b"\x01" * (entry.end - entry.start)
    owned = _owned(ledger)
    for fate, known, message in (
        (Fate.ASIDE, named, "this sign was set aside and the audit does not say why"),
        (Fate.NOTE, owned, "this sign belongs to a note, and no note has it"),
    ):
        at = ledger.fates.find(fate)
        while at >= 0:
            if not known[at] and not ledger.text[at].isspace():
                yield _wrong(message, ledger.source.span(at, at + 1))
                break
            at = ledger.fates.find(fate, at + 1)


def _wrong(message: str, span: Span | None, also: tuple[tuple[Span, str], ...] = ()) -> Problem:
    return Problem(
        "intake-unfaithful",
        message,
        span,
        "this is a fault of Stet's own, please report it with these lines; nothing was written",
        also=also,
    )


def count_words(ledger: Ledger) -> Count:
    """Count the words of the source by white space, each where its first sign that is not set aside went."""
    tally = dict.fromkeys(Fate, 0)
    total = 0
    for word in re.finditer(r"\S+", ledger.text):
        total += 1
        fates = ledger.fates[word.start() : word.end()]
        if not fates.strip(_BODY):
            tally[Fate.BODY] += 1
            continue
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
        len(ledger.joins),
    )


_BODY = bytes((Fate.BODY,))
