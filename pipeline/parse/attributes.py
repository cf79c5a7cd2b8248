"""Attributes in braces, as Pandoc writes them: `{#id .class key=value}`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipeline.manuscript import Attributes
from pipeline.parse import limits
from pipeline.source import Severity

_SPACE = re.compile(r"[ \t\n]*")
_NAME = r"[^\s{}=\"'<>`#.][^\s{}=\"'<>`#]*"
_ATTRIBUTE = re.compile(
    rf"""\#(?P<id>[^\s{{}}=\"'<>`#]+)
    | \.(?P<class>{_NAME})
    | (?P<key>{_NAME})=(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s{{}}"']*))
    | (?P<unnumbered>-)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MEANT = re.compile(
    r"\{[ \t]*(?:[#.][^\s{}]|[\w-]+=)[^{}\n]*\}|\{[ \t]*(?:[#.][A-Za-z]|[A-Za-z][\w-]*=)[^{}\n]*(?=\n|\Z)"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one attribute: code, message, and offsets in the text that was read."""

    code: str
    message: str
    start: int
    end: int
    hint: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Reading:
    """Attributes as read, the offset after the closing brace, what was wrong, and where each stands.

    `places` has `#id`, `.class` or `key`, and the offsets of what was written.
    """

    attributes: Attributes
    end: int
    faults: tuple[Fault, ...] = ()
    places: tuple[tuple[str, int, int], ...] = ()


def composed(key: str) -> str:
    """Return a key or an id as it is compared: `é` is one letter, however the author's machine writes it (NFC)."""
    return unicodedata.normalize("NFC", key)


def read_attributes(text: str, at: int, end: int | None = None) -> Reading | None:
    """Read attributes whose opening brace stands at `at`; None when these are no attributes."""
    end = len(text) if end is None else end
    if at >= end or text[at] != "{":
        return None
    position = at + 1
    identifier = ""
    classes: list[str] = []
    pairs: dict[str, str] = {}
    faults: list[Fault] = []
    places: list[tuple[str, int, int]] = []
    count = 0
    spaced = True
    while True:
        space = _SPACE.match(text, position, end)
        assert space is not None
        spaced = spaced or space.end() > position
        position = space.end()
        if position >= end:
            return None
        if text[position] == "}":
            break
        found = _ATTRIBUTE.match(text, position, end)
        if found is None or not (spaced or text[position] in "#."):
            return None
        spaced = False
        count += 1
        if count <= limits.ATTRIBUTES and not found["unnumbered"]:
            places.append((_written(found), position, found.end()))
        if count > limits.ATTRIBUTES:
            if count == limits.ATTRIBUTES + 1:
                faults.append(
                    Fault(
                        "attributes-too-many",
                        f"more than {limits.ATTRIBUTES} attributes stand here",
                        position,
                        found.end(),
                        "write fewer; what comes after this one is not read",
                    )
                )
        elif found["id"]:
            if identifier:
                faults.append(_doubled("id", position, found.end()))
            identifier = identifier or composed(found["id"])
        elif found["class"]:
            if found["class"] not in classes:
                classes.append(found["class"])
        elif found["unnumbered"]:
            classes.append("unnumbered")
        else:
            key = found["key"]
            written = found["double"] if found["double"] is not None else found["single"]
            value = found["bare"] if written is None else _ESCAPE.sub(r"\1", written)
            if key in pairs:
                faults.append(_doubled(key, position, found.end()))
            elif key == "class":
                classes.extend(name for name in value.split() if name not in classes)
            elif key == "id" and not identifier:
                identifier = composed(value)
            else:
                pairs[key] = value
        position = found.end()
    attributes = Attributes(identifier, tuple(classes), tuple(pairs.items()))
    return Reading(attributes, position + 1, tuple(faults), tuple(places))


def _written(found: re.Match[str]) -> str:
    if found["id"]:
        return f"#{found['id']}"
    return f".{found['class']}" if found["class"] else found["key"]


def _doubled(name: str, start: int, end: int) -> Fault:
    return Fault("attribute-doubled", f"`{name}` is given twice", start, end, "keep one; the first is used")


def read_trailing(text: str) -> tuple[int, Reading] | None:
    """Read attributes that end a line: the offset at which they begin, and the reading."""
    stripped = text.rstrip(" \t")
    if not stripped.endswith("}"):
        return None
    at = stripped.rfind("{")
    while at >= 0:
        if at == 0 or text[at - 1] != "\\":
            reading = read_attributes(text, at, len(stripped))
            if reading is not None and reading.end == len(stripped):
                return at, reading
        # a brace inside a quoted value may stand before the one found
        previous = stripped.rfind("{", 0, at)
        if previous < 0 or len(stripped) - previous > 10_000:
            return None
        at = previous
    return None


def looks_meant(text: str, at: int) -> int:
    """Return where braces end that were meant as attributes but cannot be read, or 0; unclosed ones end with the line."""
    found = _MEANT.match(text, at)
    return found.end() if found else 0
