"""What flows through intake: lines, paragraphs, blocks, what was found, and what comes out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from pipeline.source import Problem, Source


class Fate(IntEnum):
    """What becomes of a character of the source that is no white space."""

    BODY = 0
    """it stands in the text of the manuscript, at its place in the order"""
    NOTE = 1
    """it stands in the text of a note"""
    CALL = 2
    """it is the mark of a note in the text, and becomes a call"""
    MARK = 3
    """it is the mark before the text of a note, and becomes the note's key"""
    ASIDE = 4
    """it does not stand in the manuscript; the audit says why"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the source: where it begins and ends, and where its words do."""

    number: int
    left: int
    right: int
    start: int
    end: int
    indent: int
    """columns of white space before the words"""

    @property
    def blank(self) -> bool:
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of the source that follow one another; `spaced` says that a line end, a space, stands before them."""

    start: int
    end: int
    spaced: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words that belong together; `gap` counts the blank lines before them, `turned` says that a page ended there."""

    pieces: tuple[Piece, ...]
    text: str = field(repr=False)
    gap: int = 1
    turned: bool = False
    indent: int = 0
    hanging: bool = False
    """all lines but the first, or the only line, are moved in as well"""
    lines: tuple[Line, ...] = ()
    _starts: tuple[int, ...] = field(default=(), repr=False, compare=False)

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end

    def place(self, offset: int) -> int:
        """Return where in the source the character at an offset of `text` stands."""
        if offset >= len(self.text):
            return self.end
        index = bisect_right(self._starts, offset) - 1
        piece = self.pieces[index]
        return piece.start + max(0, offset - self._starts[index] - piece.spaced)

    def cut(self, source: str, start: int, end: int) -> Paragraph:
        """Return the part between two offsets of `text`, without white space at its ends."""
        words = self.text[start:end]
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        first, last = self.place(start), self.place(max(start, end - 1)) + 1
        pieces = [
            Piece(max(piece.start, first), min(piece.end, last), piece.spaced)
            for piece in self.pieces
            if piece.end > first and piece.start < last
        ]
        if pieces:
            pieces[0] = Piece(pieces[0].start, pieces[0].end)
        return paragraph(source, pieces, self.gap, turned=self.turned, indent=self.indent)


def paragraph(
    source: str,
    pieces: list[Piece],
    gap: int = 1,
    *,
    turned: bool = False,
    indent: int = 0,
    hanging: bool = False,
    lines: tuple[Line, ...] = (),
) -> Paragraph:
    """Make a paragraph of pieces of a source."""
    starts: list[int] = []
    parts: list[str] = []
    size = 0
    for piece in pieces:
        starts.append(size)
        words = (" " if piece.spaced else "") + source[piece.start : piece.end]
        parts.append(words)
        size += len(words)
    return Paragraph(tuple(pieces), "".join(parts), gap, turned, indent, hanging, lines, tuple(starts))


# Blocks -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph of the text."""

    words: Paragraph


@dataclass(frozen=True, slots=True)
class Head:
    """A head that stands in the source; `run_in` when the text goes on behind it in the same line."""

    words: Paragraph
    level: int
    run_in: bool = False
    told: bool = False
    """a person gave the level"""


@dataclass(frozen=True, slots=True)
class Pause:
    """A break: `supplied` when the source has only empty lines; `title` when a person gave it a head."""

    start: int
    supplied: bool
    title: str = ""
    level: int = 2


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quotation."""

    words: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; `marks` holds what is written before each item ("-", "1.", "(a)"), `close` that no blank lines part them."""

    items: tuple[Paragraph, ...]
    marks: tuple[str, ...]
    close: bool = True


@dataclass(frozen=True, slots=True)
class Labels:
    """Items that begin with a label and a gap: "Article 2      says that …"."""

    entries: tuple[tuple[Paragraph, Paragraph], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: rows of cells; an empty cell is None."""

    rows: tuple[tuple[Paragraph | None, ...], ...]
    head: bool
    aligns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verses:
    """Lines that end where they end, with the columns each is moved in by; None parts stanzas."""

    lines: tuple[tuple[int, Paragraph] | None, ...]


Block: TypeAlias = Words | Head | Pause | Quote | Listing | Labels | Grid | Verses


@dataclass(frozen=True, slots=True)
class Note:
    """The text of a note: its key in the manuscript, the mark it has in the source, whose voice it is."""

    key: str
    mark: str
    voice: str
    words: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something set between two offsets of the source: a call (value: key), an italic, words supplied after it."""

    start: int
    end: int
    kind: str
    value: str = ""


# What is told -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """One way to decide: the word to write after `as`, what it does, and what else it needs."""

    name: str
    does: str
    more: tuple[str, ...] = ()
    """lines of TOML with an example of what else is needed"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit: what was found where, what was made of it, and by which signs."""

    kind: str
    start: int
    end: int
    what: str
    signs: tuple[str, ...]
    way: str
    ways: tuple[Way, ...] = ()
    doubt: bool = False
    decided: bool = False
    also: tuple[int, ...] = ()
    """other places that belong to it"""


@dataclass(frozen=True, slots=True)
class Count:
    """How many words (by white space) stand in the source, and where they went."""

    source: int
    text: int
    notes: int
    calls: int
    marks: int
    aside: int
    joined: int
    """words that a hyphen or a page had divided: each was counted as two in the source"""

    @property
    def balanced(self) -> bool:
        return self.source == self.text + self.notes + self.calls + self.marks + self.aside


@dataclass(frozen=True, slots=True)
class Intake:
    """A manuscript folder made of a raw text, by the names of its files, and all that was found on the way."""

    files: Mapping[str, str]
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    source: Source
    count: Count | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    """the texts in which problems have their places"""

    @property
    def doubts(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.doubt and not entry.decided)
