"""Bytes of a text file come in; a `Source`, a place in it and the problems found there go out.

This room knows nothing of Markdown, books or editions. Everything that is said about a
manuscript is said at a `Span`, and every span can be turned back into a line and a column.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem weighs: only an error stops a build."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source: the code points from `start` up to, but not including, `end`."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong, where it stands, and what would help.

    `message` is lower case, without a full stop, with names in backticks. `also` holds other
    places that belong to the fault, each with a few words ("first written here").
    """

    code: str
    message: str
    span: Span | None = None
    hint: str = ""
    severity: Severity = Severity.ERROR
    also: tuple[tuple[Span, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """A line and a column, both counted from 1, in characters, as an editor shows them."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file: decoded, with line feeds only, and no byte-order mark."""

    path: str
    text: str
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0]
        for number, character in enumerate(self.text):
            if character == "\n":
                starts.append(number + 1)
        object.__setattr__(self, "_starts", tuple(starts))

    def span(self, start: int, end: int) -> Span:
        """Return the place between two offsets of this source."""
        return Span(self.path, start, end)

    def position(self, offset: int) -> Position:
        """Return line and column of an offset; an offset past the end is the end.

        >>> Source("a.md", "one\\ntwo").position(5)
        Position(line=2, column=2)
        """
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return the text of a line (counted from 1) without its line feed."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end]

    def line_start(self, number: int) -> int:
        """Return the offset at which a line (counted from 1) begins."""
        return self._starts[number - 1]

    @property
    def lines(self) -> int:
        """How many lines the text has; an empty text has one."""
        return len(self._starts)


SIZE_LIMIT = 8_000_000
"""Bytes that a source file may have."""


def decode(path: str, data: bytes) -> tuple[Source, tuple[Problem, ...]]:
    """Turn the bytes of a file into a `Source`; what is not clean UTF-8 text is a problem.

    A byte-order mark is dropped and CRLF and CR become LF. After `encoding-invalid` the
    source holds U+FFFD where the bytes were wrong, so that later rooms can go on.
    """
    if len(data) > SIZE_LIMIT:
        source = Source(path, "")
        return source, (
            Problem(
                "source-too-large",
                f"the file has {len(data):,} bytes, more than the {SIZE_LIMIT:,} allowed",
                source.span(0, 0),
                "split the text into one file a chapter",
            ),
        )
    problems: list[Problem] = []
    bad: UnicodeDecodeError | None = None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = error
        text = data.decode("utf-8", errors="replace")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = Source(path, text)
    if bad is not None:
        at = text.find("\ufffd")
        problems.append(
            Problem(
                "encoding-invalid",
                f"the byte 0x{data[bad.start]:02x} is not UTF-8 here",
                source.span(at, at + 1),
                "save the file as UTF-8 (older Word and scraped files are often Windows-1252)",
            )
        )
    for offset, character in enumerate(text):
        if character in "\n\t":
            continue
        if unicodedata.category(character) == "Cc":
            problems.append(
                Problem(
                    "control-character",
                    f"the control character U+{ord(character):04X} cannot be set",
                    source.span(offset, offset + 1),
                    "delete it; no reader could see it",
                )
            )
    return source, tuple(problems)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems once each, sorted by path, place and code; those without a place first."""
    seen = dict.fromkeys(problems)
    return tuple(
        sorted(
            seen,
            key=lambda p: (
                (p.span.path, p.span.start, p.span.end) if p.span else ("", -1, -1),
                p.code,
                p.message,
            ),
        )
    )


WINDOW = 72
"""Characters of a manuscript line that a message shows; lines are whole paragraphs."""


def _printable(text: str) -> str:
    """Replace what a terminal would obey or hide (C0, C1, bidi controls) by a visible mark."""
    return "".join(
        character if character == " " or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp", "Cs")
        else "\N{REPLACEMENT CHARACTER}"
        for character in text.replace("\t", " ")
    )


def describe(problem: Problem, sources: Mapping[str, Source]) -> str:
    """Write a problem for people: the place, the words, a window of the line, and the hint."""
    head = f"{problem.severity}: {_printable(problem.message)} [{problem.code}]"
    if problem.span is None:
        lines = [head]
        if problem.hint:
            lines.append(f"  = hint: {_printable(problem.hint)}")
        return "\n".join(lines)
    span = problem.span
    path = _printable(span.path)
    source = sources.get(span.path)
    if source is None:
        lines = [f"{path}: {head}"]
        if problem.hint:
            lines.append(f"  = hint: {_printable(problem.hint)}")
        return "\n".join(lines)
    at = source.position(span.start)
    text = source.line(at.line)
    column = at.column - 1
    width = max(1, min(span.end - span.start, len(text) - column))
    left = max(0, min(column - WINDOW // 3, len(text) - WINDOW))
    right = min(len(text), left + WINDOW)
    shown = _printable(text[left:right])
    before = "…" if left else ""
    after = "…" if right < len(text) else ""
    width = max(1, min(width, right - column))
    gutter = " " * len(str(at.line))
    lines = [
        f"{path}:{at.line}:{at.column}: {head}",
        f"{gutter} |",
        f"{at.line} | {before}{shown}{after}",
        f"{gutter} | {' ' * (len(before) + column - left)}{'^' * width}",
    ]
    for other, words in problem.also:
        place = sources.get(other.path)
        where = _printable(other.path)
        if place is not None:
            spot = place.position(other.start)
            where = f"{where}:{spot.line}:{spot.column}"
        lines.append(f"{gutter} = {where}: {_printable(words)}")
    if problem.hint:
        lines.append(f"{gutter} = hint: {_printable(problem.hint)}")
    return "\n".join(lines)
