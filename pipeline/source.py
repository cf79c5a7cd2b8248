"""Bytes of a text file come in; a `Source`, a place in it and the problems found there go out.

This room knows nothing of Markdown, books or editions. Everything that is said about a
manuscript is said at a `Span`, and every span can be turned back into a line and a column.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
        starts = (0, *(found.end() for found in re.finditer("\n", self.text)))
        object.__setattr__(self, "_starts", starts)

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


CONTROLS_SHOWN = 20
"""Control characters of one file that are reported one by one; a picture may hold millions."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
"""What no edition can show, and what XML 1.0 does not allow in a page."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def decode(path: str, data: bytes) -> tuple[Source, tuple[Problem, ...]]:
    """Turn the bytes of a file into a `Source`; what is not clean UTF-8 text is a problem.

    A byte-order mark is dropped and CRLF and CR become LF. Where bytes were wrong, or stood for
    a control character, the source holds U+FFFD, so that later rooms can go on.

    >>> source, problems = decode("a.md", b"caf\\xe9")
    >>> source.text, problems[0].span
    ('caf�', Span(path='a.md', start=3, end=4))
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
    wide = _wide_encoding(data)
    try:
        text = _lines(data.decode(wide or "utf-8", errors="replace" if wide else "strict"))
    except UnicodeDecodeError as bad:
        text = _lines(data.decode("utf-8", errors="replace"))
        at = len(_lines(data[: bad.start].decode("utf-8")))
        problems.append(
            Problem(
                "encoding-invalid",
                f"the byte 0x{data[bad.start]:02x} is not UTF-8 here",
                Span(path, at, at + 1),
                _encoding_hint(data, bad.start),
            )
        )
    if wide:  # its words are read all the same, so that the rooms after this one say what is wrong with them
        hint = "save it as UTF-8; whatever else is told of this file is told of its words"
        problems.append(
            Problem("encoding-invalid", "the file is UTF-16, not UTF-8", Span(path, 0, min(1, len(text))), hint)
        )
    controls = [found.start() for found in _CONTROLS.finditer(text)]
    for number, offset in enumerate(controls[:CONTROLS_SHOWN], start=1):
        message = f"the control character U+{ord(text[offset]):04X} cannot be set"
        if number == CONTROLS_SHOWN < len(controls):
            message += f", nor can {len(controls) - number:,} more after it"
        problems.append(
            Problem("control-character", message, Span(path, offset, offset + 1), "delete it; no reader could see it")
        )
    return Source(path, _CONTROLS.sub(_REPLACEMENT, text) if controls else text), tuple(problems)


def _wide_encoding(data: bytes) -> str:
    r"""Return which UTF-16 bytes are in, by their byte-order mark or their many zeros, or "".

    >>> _wide_encoding("# A\n".encode("utf-16-le")), _wide_encoding(b"# A\n")
    ('utf-16-le', '')
    """
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return name
    begin = data[:400]
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(begin) > 3 and begin[at::2].count(0) * 10 > 9 * len(begin[at::2]) and not begin[1 - at :: 2].count(0):
            return name
    return ""


def _lines(text: str) -> str:
    """Return a text without byte-order mark, its lines ended by LF."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _encoding_hint(data: bytes, at: int) -> str:
    """Say which encoding bytes probably have that are not UTF-8."""
    try:
        meant = data[at : at + 1].decode("cp1252")
    except UnicodeDecodeError:
        meant = ""
    if unicodedata.category(meant or "\0") in ("Cc", "Zs", "Cf"):
        return "save the file as UTF-8"
    return f"save the file as UTF-8 (in Windows-1252, which older Word writes, this byte is `{meant}`)"


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
"""Columns of a manuscript line that a message shows; lines are whole paragraphs."""


def _shown(character: str) -> str:
    """Return a character as a message may show it.

    What a terminal would obey or hide (C0, C1, bidi controls) becomes a visible mark; the
    joiners of Persian, Hindi and emoji stay.
    """
    if character == "\t":
        return " "
    if character in "\u200c\u200d":
        return character
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
    return _REPLACEMENT if hidden else character


def printable(text: str) -> str:
    """Return a text in which nothing is left that a terminal would obey or hide.

    >>> printable("a\\x1b[31mb")
    'a�[31mb'
    """
    return "".join(map(_shown, text))


HIDDEN = "\U0010fff0"
"""Stands in a source for each sign that no message may show; it is for private use, and no text has it."""

_HIDDEN_RUN = re.compile(f"{HIDDEN}+")


def veiled(source: Source, places: Sequence[tuple[int, int]]) -> Source:
    """Return a file with the signs hidden that stand in these places."""
    if not places:
        return source
    signs = list(source.text)
    for start, end in places:
        signs[start:end] = [sign if sign == "\n" else HIDDEN for sign in signs[start:end]]
    return replace(source, text="".join(signs))


def _unveiled(text: str) -> str:
    """Return a text in which what is hidden does not say how long it is.

    >>> _unveiled(f"to {HIDDEN * 9} of")
    'to ███ of'
    """
    return _HIDDEN_RUN.sub("███", text) if HIDDEN in text else text


def _width(character: str) -> int:
    """Return how many columns of a terminal a character takes: 0, 1 or 2 (UAX #11)."""
    if character in "\u200c\u200d" or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _columns(text: str) -> int:
    return sum(map(_width, text))


def _window(line: str, column: int) -> tuple[int, int]:
    """Return from where to where a line is shown: a third of the window lies before `column`."""
    left = right = column
    used = 0
    reach = 4 * WINDOW  # a hostile line may pile thousands of marks on one letter
    while left > max(0, column - reach) and used + _width(line[left - 1]) <= WINDOW // 3:
        left -= 1
        used += _width(line[left])
    while right < min(len(line), column + reach) and used + _width(line[right]) <= WINDOW:
        used += _width(line[right])
        right += 1
    while left > max(0, column - reach) and used + _width(line[left - 1]) <= WINDOW:
        left -= 1
        used += _width(line[left])
    while 0 < left < column and _width(line[left]) == 0:
        left += 1
    return left, right


def _place(span: Span, sources: Mapping[str, Source]) -> str:
    source = sources.get(span.path)
    if source is None:
        return printable(span.path)
    at = source.position(span.start)
    return f"{printable(span.path)}:{at.line}:{at.column}"


def describe(problem: Problem, sources: Mapping[str, Source]) -> str:
    """Write a problem for people: the place, the words, a window of the line, and the hint."""
    head = f"{problem.severity}: {printable(problem.message)} [{problem.code}]"
    if problem.span is not None:
        head = f"{_place(problem.span, sources)}: {head}"
    lines = [head]
    gutter = " "
    source = sources.get(problem.span.path) if problem.span is not None else None
    if source is not None and problem.span is not None:
        at = source.position(problem.span.start)
        gutter = " " * len(str(at.line))
        line = source.line(at.line)
        column, last = at.column - 1, at.column - 1 + problem.span.end - problem.span.start
        while 0 < column < len(line) and line[column - 1] == line[column] == HIDDEN:
            column -= 1
        last = max(last, column + 1)
        column, last, line = len(_unveiled(line[:column])), len(_unveiled(line[:last])), _unveiled(line)
        left, right = _window(line, column)
        before = "…" if left else ""
        after = "…" if right < len(line) else ""
        end = min(max(last, column), right)
        indent = len(before) + _columns(line[left:column])
        if indent and column < len(line) and _width(line[column]) == 0:
            indent -= 1  # a mark stands in the column of its letter
        lines += [
            f"{gutter} |",
            f"{at.line} | {before}{printable(line[left:right])}{after}",
            f"{gutter} | {' ' * indent}{'^' * max(1, _columns(line[column:end]))}",
        ]
    lines += [f"{gutter} = {_place(other, sources)}: {printable(words)}" for other, words in problem.also]
    if problem.hint:
        lines.append(f"{gutter} = hint: {printable(problem.hint)}")
    return "\n".join(lines)
