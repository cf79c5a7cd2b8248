"""JSON comes in; the same tree of settings that YAML gives goes out, every value with its place.

The standard module keeps the last of two equal names in silence, takes NaN, and knows no places.
"""

from __future__ import annotations

import json
import re

from pipeline.book.setting import Setting, brief
from pipeline.source import Problem, Source, Span

DEPTH = 16
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z]+")


class _BadError(Exception):
    def __init__(self, at: int, message: str, hint: str = "", opened: int = -1) -> None:
        super().__init__(message)
        self.at, self.message, self.hint, self.opened = at, message, hint, opened


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.problems: list[Problem] = []

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found is not None else at

    def string(self, at: int) -> tuple[str, int]:
        found = _STRING.match(self.text, at)
        if found is None:
            raise _BadError(at, "a text begins here and is not closed in its line, or holds a wrong escape")
        text = str(json.loads(found[0]))
        # a half of a surrogate pair is no character, and no file can hold it
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), found.end()

    def value(self, at: int, name: str, key: Span | None, depth: int) -> tuple[Setting, int]:
        if depth > DEPTH:
            raise _BadError(at, f"more than {DEPTH} brackets stand in one another")
        sign = self.text[at : at + 1]
        if sign == "{":
            return self.table(at, name, key, depth)
        if sign == "[":
            return self.items(at, name, key, depth)
        if sign == '"':
            text, end = self.string(at)
            return self.made(name, key, at, end, text)
        number = _NUMBER.match(self.text, at)
        if number is not None:
            return self.made(name, key, at, number.end(), number[0])
        word = _WORD.match(self.text, at)
        if word is not None and word[0] in ("true", "false", "null"):
            return self.made(name, key, at, word.end(), "" if word[0] == "null" else word[0])
        if word is not None:
            raise _BadError(at, f"`{brief(word[0])}` is no value of JSON", "put texts in quotation marks")
        what = f"`{sign}`" if sign else "the end of the file"
        raise _BadError(at, f"a value is expected, not {what}")

    def made(self, name: str, key: Span | None, start: int, end: int, text: str) -> tuple[Setting, int]:
        span = self.source.span(start, end)
        return Setting(name, key or span, span, text), end

    def table(self, at: int, name: str, key: Span | None, depth: int) -> tuple[Setting, int]:
        start, at = at, self.skip(at + 1)
        found: dict[str, Setting] = {}
        while self.text[at : at + 1] != "}":
            if self.text[at : at + 1] != '"':
                raise _BadError(
                    at, "a name in quotation marks is expected", "delete a comma before `}`, or write a name"
                )
            word, end = self.string(at)
            place = self.source.span(at, end)
            at = self.skip(end)
            if self.text[at : at + 1] != ":":
                raise _BadError(at, f"a colon is expected after the name `{brief(word)}`")
            value, at = self.value(self.skip(at + 1), f"{name}.{word}" if name else word, place, depth + 1)
            if word in found:
                self.problems.append(
                    Problem(
                        "ref-duplicate-field",
                        f"`{brief(word)}` is given a second time",
                        place,
                        "keep one of them",
                        also=((found[word].key, "first given here"),),
                    )
                )
            found.setdefault(word, value)
            at = self.skip(at)
            if self.text[at : at + 1] == ",":
                at = self.skip(at + 1)
                if self.text[at : at + 1] == "}":
                    raise _BadError(at, "a name is expected after the comma", "delete the comma")
            elif self.text[at : at + 1] != "}":
                raise _BadError(at, "a comma or `}` is expected", opened=start)
        span = self.source.span(start, at + 1)
        return Setting(name, key or span, span, found), at + 1

    def items(self, at: int, name: str, key: Span | None, depth: int) -> tuple[Setting, int]:
        start, at = at, self.skip(at + 1)
        found: list[Setting] = []
        while self.text[at : at + 1] != "]":
            value, at = self.value(at, f"{name}[{len(found) + 1}]", None, depth + 1)
            found.append(value)
            at = self.skip(at)
            if self.text[at : at + 1] == ",":
                at = self.skip(at + 1)
                if self.text[at : at + 1] == "]":
                    raise _BadError(at, "a value is expected after the comma", "delete the comma")
            elif self.text[at : at + 1] != "]":
                raise _BadError(at, "a comma or `]` is expected", opened=start)
        span = self.source.span(start, at + 1)
        return Setting(name, key or span, span, tuple(found)), at + 1


def read_json(source: Source) -> tuple[Setting | None, tuple[Problem, ...]]:
    """Read JSON into a tree with places; numbers, true and false stay the words they are, null is "".

    The tree is None where a fault of syntax made it impossible to go on.

    >>> tree, _ = read_json(Source("r.json", '[{"id": "a", "volume": 010}]'))
    >>> tree is None
    True
    """
    reader = _Reader(source)
    nothing = source.span(0, 0)
    try:
        at = reader.skip(0)
        if at == len(source.text):
            return Setting("", nothing, nothing, ()), ()
        tree, at = reader.value(at, "", None, 1)
        at = reader.skip(at)
        if at < len(source.text):
            raise _BadError(at, "something stands after the end of the list")
    except _BadError as bad:
        end = min(bad.at + 1, len(source.text))
        opened = source.span(bad.opened, bad.opened + 1)
        also = ((opened, "the bracket was opened here"),) if bad.opened >= 0 else ()
        told = Problem("ref-syntax", bad.message, source.span(bad.at, end), bad.hint, also=also)
        return None, (*reader.problems, told)
    return tree, tuple(reader.problems)
