"""The text of `book.toml` comes in; a tree of settings, each with its exact place, goes out.

`tomllib` says what the values are, but not where. A tokenizer of our own walks over the same
text and notes the place of every key and value. It also runs before `tomllib`, which a few
kilobytes of nesting can bring down: a dotted key of 20,000 parts takes it 10 s and 1.5 GB.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, time
from typing import Any, TypeAlias

from pipeline.book.setting import Setting, Value
from pipeline.source import Problem, Source, Span

SETTINGS_LIMIT = 64_000
"""Bytes that a settings file may have."""

DEPTH_LIMIT = 16
"""Brackets that may stand in one another, and parts that a dotted key may have."""

Path: TypeAlias = tuple[str | int, ...]
Places: TypeAlias = dict[Path, tuple[Span, Span]]

# No possessive groups: Python 3.11.2 (Debian 12) matches too little with them.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n]++|\#[^\n]*+)
    | (?P<text>
          \"{3}(?:[^"\\]|\\.|"{1,2}(?!"))*\"{3,5}       # several lines, with escapes
        | '{3}(?:[^']|'{1,2}(?!'))*'{3,5}               # several lines, as they stand
        | "(?:[^"\\\n]|\\[^\n])*"
        | '[^'\n]*+'
      )
    | (?P<bare>[^\s\#"'\[\]{}=,.]++)
    | (?P<sign>[\[\]{}=,.])
    """,
    re.VERBOSE | re.DOTALL,
)

_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")

_WORDS = (
    (re.compile(r"Cannot overwrite a value|Cannot mutate immutable namespace"), "this name is given a second time"),
    (re.compile(r"Cannot declare \(.*\) twice"), "this table is written a second time"),
    (re.compile(r"Expected '=' after a key in a key/value pair"), "`=` is missing after the name"),
    (re.compile(r"Expected newline or end of document after a statement"), "the line goes on after its value"),
    (re.compile(r"Illegal character '\\n'"), "the quotation mark that closes this text is missing"),
    (re.compile(r"Unclosed array"), "a comma or the closing bracket `]` is missing"),
    (re.compile(r"Unclosed inline table"), "a comma or the closing brace `}` is missing"),
    (re.compile(r"Unterminated string|Expected \"'+\"|Expected '\"+'"), "the text is not closed by a quotation mark"),
    (re.compile(r"Unescaped '\\'"), "a backslash must be doubled, or stand in '…'"),
    (re.compile(r"Invalid value"), "this is no value"),
    (re.compile(r"Invalid initial character for a key part"), "this cannot begin a name"),
    (re.compile(r"Invalid statement"), "this is no setting"),
)

_HINTS = (
    (re.compile(r"Invalid value"), 'texts stand in quotation marks: title = "Moby-Dick"'),
    (re.compile(r"Unescaped '\\'"), "write '…' instead of \"…\", then a backslash is only a backslash"),
    (re.compile(r"Cannot (overwrite|declare)"), "put what belongs together in one place"),
)


def read_toml(source: Source) -> tuple[Setting | None, tuple[Problem, ...]]:
    """Read TOML into a tree with places; None when it cannot be read.

    >>> tree, _ = read_toml(Source("book.toml", 'a.b = "c"'))
    >>> tree.get("a").get("b").span
    Span(path='book.toml', start=6, end=9)
    """
    problem = too_large(source) or _too_deep(source)
    if problem is not None:
        return None, (problem,)
    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        return None, (_syntax(source, str(error)),)
    except ValueError:  # a number of thousands of digits (Python limits them since 3.11)
        whole = source.span(0, 0)
        return None, (Problem("book-syntax", "a number is too long to be read", whole, "write it in quotation marks"),)
    root = source.span(0, 0)
    return _tree(data, (), "", root, root, _places(source)), ()


def too_large(source: Source) -> Problem | None:
    """Return a problem when a settings file is larger than any book needs."""
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size <= SETTINGS_LIMIT:
        return None
    return Problem(
        "book-too-large",
        f"the settings have {size:,} bytes, more than the {SETTINGS_LIMIT:,} allowed",
        source.span(0, 0),
        "settings name the chapters; the words of the book stand in the chapters themselves",
    )


def _too_deep(source: Source) -> Problem | None:
    """Return a problem where brackets or dots nest deeper than any book needs.

    It agrees with `tomllib` on strings and comments up to the first fault of syntax, and there
    `tomllib` stops as well; so nothing deep gets by in what this takes for a string.
    """
    depth = parts = position = 0
    while match := _TOKEN.match(source.text, position):
        position = match.end()
        sign = match["sign"]
        if match["space"] is not None:
            if "\n" in match.group():
                parts = 0
            continue
        if sign is None:
            parts = max(parts, 1)
        elif sign == ".":
            parts += 1
        else:
            parts = 0
            depth = max(0, depth + (sign in "[{") - (sign in "]}"))
        if depth > DEPTH_LIMIT or parts > DEPTH_LIMIT:
            what = "brackets stand in one another" if depth > DEPTH_LIMIT else "names are joined by dots"
            return Problem(
                "book-too-deep",
                f"more than {DEPTH_LIMIT} {what}",
                source.span(match.start(), match.end()),
                "no setting of a book needs so many",
            )
    return None


def _syntax(source: Source, message: str) -> Problem:
    """Turn the message of `tomllib` into a problem at its place."""
    found = _AT.search(message)
    plain = _AT.sub("", message)
    if found is not None and found["line"] is not None:
        line, column = int(found["line"]), int(found["column"])
        offset = source.line_start(min(line, source.lines)) + column - 1
    else:
        offset = len(source.text.rstrip())
    offset = max(0, min(offset, len(source.text)))
    length = 1
    if "Unescaped" in plain and source.text[offset - 2 : offset - 1] == "\\":
        offset, length = offset - 2, 2  # `tomllib` points behind the escape
    words = next((words for pattern, words in _WORDS if pattern.search(plain)), "")
    hint = next((words for pattern, words in _HINTS if pattern.search(plain)), "")
    if not words:
        words = plain[:1].lower() + plain[1:]
    return Problem("book-syntax", words, source.span(offset, min(offset + length, len(source.text))), hint)


def _tree(data: Any, path: Path, name: str, key: Span, span: Span, places: Places) -> Setting:
    value: Value
    if isinstance(data, dict):
        value = {
            inner: _tree(thing, (*path, inner), f"{name}.{inner}" if name else inner, *places[*path, inner], places)
            for inner, thing in data.items()
        }
    elif isinstance(data, list):
        value = tuple(
            _tree(thing, (*path, number), f"{name}[{number + 1}]", *places[*path, number], places)
            for number, thing in enumerate(data)
        )
    else:
        assert isinstance(data, str | int | float | bool | date | time)
        value = data
    return Setting(name, key, span, value)


def _places(source: Source) -> Places:
    """Return the place of every key and value of a text that `tomllib` has read.

    A table's value is its header, an inline table's value its braces; what is named on the
    way (`a` in `a.b = 1`) has the place of that name.
    """
    return _Walk(source).walk()


class _Walk:
    """One walk over the tokens of a TOML text, noting places."""

    __slots__ = ("_end", "_position", "_source", "_start", "_text", "counts", "places", "token")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._position = 0
        self.places: Places = {}
        self.counts: dict[Path, int] = {}
        self.token = ""
        self._start = self._end = 0
        self._next()

    def _next(self) -> None:
        """Go to the next token that is neither space nor comment; "" at the end."""
        while match := _TOKEN.match(self._text, self._position):
            self._position = match.end()
            if match["space"] is None:
                self.token, self._start, self._end = match.group(), match.start(), match.end()
                return
        self.token, self._start, self._end = "", len(self._text), len(self._text)

    def _take(self, sign: str) -> None:
        if self.token != sign:
            raise AssertionError(f"expected {sign!r} at {self._start} of TOML that was read before")
        self._next()

    def walk(self) -> Places:
        table: Path = ()
        while self.token:
            if self.token == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.places

    def _header(self) -> Path:
        start = self._start
        self._take("[")
        many = self.token == "["
        if many:
            self._take("[")
        parts = self._key()
        end = self._end
        self._take("]")
        if many:
            end = self._end
            self._take("]")
        path: Path = ()
        whole = self._source.span(start, end)
        for number, (part, span) in enumerate(parts):
            path = (*path, part)
            last = number == len(parts) - 1
            self.places.setdefault(path, (span, whole if last else span))
            if many and last:
                index = self.counts.get(path, 0)
                self.counts[path] = index + 1
                path = (*path, index)
                self.places[path] = (whole, whole)
            elif path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def _key(self) -> list[tuple[str, Span]]:
        """Return the parts of a dotted key, each with its place."""
        parts = []
        while True:
            span = self._source.span(self._start, self._end)
            word = self.token
            if word[0] == '"':
                word = next(iter(tomllib.loads(f"{word} = 0")))
            elif word[0] == "'":
                word = word[1:-1]
            parts.append((word, span))
            self._next()
            if self.token != ".":
                return parts
            self._take(".")

    def _pair(self, table: Path) -> None:
        path = table
        parts = self._key()
        self._take("=")
        for part, span in parts[:-1]:
            path = (*path, part)
            self.places.setdefault(path, (span, span))
        word, span = parts[-1]
        path = (*path, word)
        self.places[path] = (span, self._value(path))

    def _value(self, path: Path) -> Span:
        """Go over a value, note the places inside it, and return its own."""
        start = self._start
        if self.token == "[":
            self._take("[")
            number = 0
            while self.token != "]":
                span = self._value((*path, number))
                self.places[*path, number] = (span, span)
                number += 1
                if self.token == ",":
                    self._take(",")
            end = self._end
            self._take("]")
        elif self.token == "{":
            self._take("{")
            while self.token != "}":
                self._pair(path)
                if self.token == ",":
                    self._take(",")
            end = self._end
            self._take("}")
        else:
            end = self._scalar()
        return self._source.span(start, end)

    def _scalar(self) -> int:
        """Go over a text, number, date or truth and return its end.

        A number may hold a dot and a date a blank, so these are several tokens of one value.
        """
        end = self._end
        quoted = self.token[0] in "\"'"
        self._next()
        if quoted:
            return end
        while self.token and (self._start == end or self._date_goes_on(end)):
            if self.token in ",]}":
                break
            end = self._end
            self._next()
        return end

    def _date_goes_on(self, end: int) -> bool:
        between = self._text[end : self._start]
        return between == " " and re.match(r"\d\d:\d\d", self.token) is not None
