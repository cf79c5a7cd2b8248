"""Bytes of a raw text come in; its characters go out, with an entry for every byte that was not simply read.

UTF-8 and UTF-16 say of themselves what they are. Windows-1252 does not, so it needs evidence, line by line:
a file may hold both, because pages are put together from several places.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

from pipeline.intake.values import Entry, Way
from pipeline.source import SIZE_LIMIT, Problem, Source, Span

ENCODINGS = (
    "utf-8",
    "utf-16",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-9",
    "iso-8859-15",
    "koi8-r",
    "koi8-u",
    "cp437",
    "cp850",
    "cp866",
    "mac-roman",
)
"""What a person may say the bytes are."""

LINE_LIMIT = 200_000
"""lines of one text; a book of a thousand pages has a fifth of them"""

_C1 = re.compile("[\x80-\x9f]")
_PUNCTUATION = frozenset("‚„…‹›‘’“”•–—«»·¿¡§©®°±²³´¶¹º¼½¾€£¢¥™\u00a0\u00ad†‡‰ˆ˜¦¬¯×÷ªµ¨¸¤")


@dataclass(frozen=True, slots=True)
class Reading:
    """The characters of a text, and how they were read."""

    source: Source
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    encoding: str = "UTF-8"


def read_bytes(path: str, data: bytes, encoding: str = "") -> Reading:
    """Return the text of a file; `encoding` is what a person says, "" leaves it to the evidence.

    >>> read_bytes("a.txt", b"caf\\xe9 au lait").source.text
    'café au lait'
    """
    empty = Source(path, "")
    if len(data) > SIZE_LIMIT:
        problem = Problem(
            "source-too-large",
            f"the file has {len(data):,} bytes, more than the {SIZE_LIMIT:,} allowed",
            Span(path, 0, 0),
            "divide the text into several files, and import each",
        )
        return Reading(empty, problems=(problem,))
    if encoding:
        return _as_told(path, data, encoding)
    utf16 = _utf16(data)
    if utf16:
        try:
            text, name = data.decode(utf16), "UTF-16"
        except UnicodeDecodeError as bad:
            return Reading(empty, problems=(_broken(path, "UTF-16", bad),))
        return _finish(path, text, (), name, marked=text.startswith("\ufeff") or data[:2] in (b"\xff\xfe", b"\xfe\xff"))
    try:
        return _finish(path, data.decode("utf-8"), (), "UTF-8", marked=data.startswith(b"\xef\xbb\xbf"))
    except UnicodeDecodeError:
        return _mixed(path, data)


def _as_told(path: str, data: bytes, encoding: str) -> Reading:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as bad:
        return Reading(Source(path, ""), problems=(_broken(path, encoding, bad),))
    return _finish(path, text, (), f"{encoding}, as decided", marked=text.startswith("\ufeff"))


def _broken(path: str, name: str, bad: Exception) -> Problem:
    at = f" at byte {bad.start:,}" if isinstance(bad, UnicodeDecodeError) else ""
    return Problem(
        "encoding-doubtful",
        f"the bytes cannot be read as {name}{at}",
        Span(path, 0, 0),
        "find out how the file was saved, and save it as UTF-8",
    )


def _utf16(data: bytes) -> str:
    """Return the codec when bytes look like UTF-16: by their mark, or because every other one is NUL."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = data[:4000]
    if len(head) >= 8 and len(head) % 2 == 0:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        half = len(head) // 2
        if odd > 0.7 * half and even < 0.05 * half:
            return "utf-16-le"
        if even > 0.7 * half and odd < 0.05 * half:
            return "utf-16-be"
    return ""


def _mixed(path: str, data: bytes) -> Reading:
    """Read line by line: UTF-8 where it is UTF-8, else Windows-1252 when its words bear that out."""
    parts: list[str] = []
    changed: list[tuple[int, str, int]] = []
    refused = 0
    size = 0
    body = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for line in body.splitlines(keepends=True):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("cp1252", errors="replace")
            refused += text.count("\ufffd")
            changed += [(size + at, text[at], byte) for at, byte in enumerate(line) if byte > 0x7F]
        parts.append(text)
        size += len(text)
    text = "".join(parts)
    letters = [(at, sign) for at, sign, _ in changed if sign.isalpha()]
    strange = sum(
        1
        for at, sign in letters
        if (at and text[at - 1].islower() and sign.isupper()) or (text[at + 1 : at + 2] in _HIGH and sign in _HIGH)
    )
    odd = sum(1 for _, sign, _ in changed if not sign.isalpha() and sign not in _PUNCTUATION)
    if refused or odd or 3 * strange > max(len(letters), 1):
        sample = changed[0]
        return Reading(
            Source(path, text),
            problems=(
                Problem(
                    "encoding-doubtful",
                    f"the byte 0x{sample[2]:02x} is not UTF-8, and as Windows-1252 the words make no sense",
                    Span(path, sample[0], sample[0] + 1),
                    'say what the bytes are in decisions.toml: `encoding = "windows-1251"`, or save the file as UTF-8',
                ),
            ),
            encoding="unknown",
        )
    tally = Counter((byte, sign) for _, sign, byte in changed)
    places: dict[int, list[int]] = {}
    for at, _, byte in changed:
        places.setdefault(byte, []).append(at)
    entries = tuple(
        Entry(
            "encoding",
            places[byte][0],
            places[byte][0] + 1,
            f"the byte 0x{byte:02X} was read as `{sign}` (U+{ord(sign):04X}), {count} {'time' if count == 1 else 'times'}",
            ("not UTF-8", "in Windows-1252 it is a " + ("letter inside words" if sign.isalpha() else "sign of print")),
            "windows-1252",
            (Way("", 'other bytes: `encoding = "…"` at the top of decisions.toml'),),
            also=tuple(places[byte][1:]),
        )
        for (byte, sign), count in sorted(tally.items())
    )
    utf8 = any(ord(sign) > 0x7F for sign in text) and len(changed) < sum(1 for sign in text if ord(sign) > 0x7F)
    name = "UTF-8 and Windows-1252 in one file" if utf8 else "Windows-1252"
    reading = _finish(path, text, entries, name, marked=data.startswith(b"\xef\xbb\xbf"))
    return replace(reading, encoding=name)


_HIGH = frozenset(chr(code) for code in range(0xC0, 0x100))


def _finish(path: str, text: str, entries: tuple[Entry, ...], name: str, *, marked: bool) -> Reading:
    """Take off a byte-order mark, end lines by LF, and read C1 controls as the signs they were meant for."""
    text = text.removeprefix("\ufeff")
    ends = "\r" in text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    number = text.count("\n") + 1
    if number > LINE_LIMIT:
        problem = Problem(
            "source-too-large",
            f"the text has {number:,} lines, more than the {LINE_LIMIT:,} allowed",
            Span(path, 0, 0),
            "divide the text into several files, and import each",
        )
        return Reading(Source(path, ""), problems=(problem,))
    found = list(entries)
    if marked:
        found.insert(0, Entry("encoding", 0, 0, "a byte-order mark stood before the text", ("U+FEFF",), "aside"))
    if ends:
        found.append(Entry("encoding", 0, 0, "lines ended by CR, now by LF", (), "aside"))
    controls = [(at.start(), at.group()) for at in _C1.finditer(text)]
    if controls:
        meant = {sign: bytes([ord(sign)]).decode("cp1252", errors="ignore") for sign in {sign for _, sign in controls}}
        meant = {sign: word for sign, word in meant.items() if word}
        text = _C1.sub(lambda at: meant.get(at.group(), at.group()), text)
        for sign, word in sorted(meant.items()):
            at = [place for place, other in controls if other == sign]
            found.append(
                Entry(
                    "encoding",
                    at[0],
                    at[0] + 1,
                    f"the control character U+{ord(sign):04X} was read as `{word}`, "
                    f"{len(at)} {'time' if len(at) == 1 else 'times'}",
                    ("no text holds control characters", f"in Windows-1252 this byte is {unicodedata.name(word)}"),
                    "windows-1252",
                    also=tuple(at[1:]),
                )
            )
    return Reading(Source(path, text), tuple(found), (), name)
