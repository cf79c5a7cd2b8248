"""The content of a PDF page comes in; the words its glyphs stand for go out, with their places.

This is the lower half of the PDF reader: operators, fonts and positions (ISO 32000-1, 8.4, 9.4,
9.10 and 14.6). It knows nothing of structure but the marks in the content.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Name

from pipeline.checks.bidi import RIGHT_TO_LEFT

_HYPHENS = "-\u00ad\u2010\u2011\u058a"
UNMAPPED = "\ufffd"
"""Stands for a glyph of which the file does not say what it means."""

DEPTH = 24
"""Forms within forms that are followed."""

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Shown:
    """Glyphs shown by one operator: what they mean, and where they stand in points.

    `moved` says whether the file gave them a place of their own, or they follow the last. `codes` are
    the strings and shifts as the operator has them, `scale` turns thousandths of the font into points.
    `mark` is the innermost marked content: its number, None for none. `seen` is false for
    glyphs that the file shows without painting them. `glyphs` are kept apart for right-to-left words.
    """

    text: str
    x: float
    y: float
    size: float
    moved: bool
    mark: Mark | None
    seen: bool
    glyphs: tuple[str, ...]
    font: Font | None
    codes: bytes
    scale: float

    @property
    def end(self) -> float:
        """Where on the line the next glyph would stand."""
        return self.x + self.scale * (self.font.advance(self.codes) if self.font is not None else 0.0)

    @property
    def units(self) -> tuple[int, ...]:
        """The codes of the glyphs, one by one."""
        digits = b"".join(_STRING.findall(self.codes))
        wide = 4 if self.font is None or self.font.wide else 2
        return tuple(int(digits[at : at + wide], 16) for at in range(0, len(digits) - wide + 1, wide))


@dataclass(frozen=True, slots=True)
class Mark:
    """Marked content: `number` is its MCID (-1 for none), `stream` the form that holds it (0 for the page).

    `actual` is what the mark says in place of its glyphs.
    """

    number: int
    stream: int
    artifact: bool
    actual: str | None = None


class Font:
    """What the codes of one font mean."""

    def __init__(self, font: pikepdf.Object) -> None:
        self.wide = font.get(Name.Subtype) == Name.Type0
        self.map: dict[int, str] = _Map()
        stream = font.get(Name.ToUnicode)
        if isinstance(stream, pikepdf.Stream):
            self.map.update(to_unicode(stream.read_bytes()))
        self._font = font
        self._widths: dict[int, float] | None = None
        self._faces: dict[int, frozenset[str]] | None = None
        self.right_to_left = any(RIGHT_TO_LEFT.search(text) for text in self.map.values())

    @property
    def name(self) -> str:
        return str(self._font.get(Name.BaseFont, "/?"))[1:]

    @property
    def embedded(self) -> bool:
        """Whether the face itself is in the file, so that what its glyphs draw can be known."""
        self.drawn(0)
        return bool(self._faces)

    def streams(self) -> Iterator[pikepdf.Stream]:
        """Yield what says how this font draws and reads: the face's own file, and the map of its glyphs."""
        below = self._font.DescendantFonts[0] if self.wide else self._font
        descriptor = below.get(Name.FontDescriptor, pikepdf.Dictionary())
        for holder, key in ((descriptor, "/FontFile2"), (descriptor, "/FontFile3"), (self._font, "/ToUnicode")):
            stream = holder.get(key)
            if isinstance(stream, pikepdf.Stream):
                yield stream

    def advance(self, codes: bytes) -> float:
        """Return how far strings and shifts move the pen, in thousandths of the font's size."""
        if self._widths is None:
            self._widths = _widths(self._font)
        total = 0.0
        step = 4 if self.wide else 2
        for match in _PART.finditer(codes):
            if match.group(2) is not None:
                total -= float(match.group(2))
                continue
            digits = re.sub(rb"\s", b"", match.group(1))
            total += sum(
                self._widths.get(int(digits[at : at + step], 16), 1000.0) for at in range(0, len(digits), step)
            )
        return total

    def drawn(self, code: int) -> frozenset[str]:
        """Return the characters that the embedded face draws with a glyph; none for alternates and ligatures."""
        if self._faces is None:
            self._faces = _characters(self._font) if self.wide else {}
        return self._faces.get(code, frozenset())

    def false(self) -> tuple[str, str] | None:
        """Return a text that the file gives to a glyph, and the character that the glyph draws, when they differ."""
        for code, text in sorted(self.map.items()):
            drawn = self.drawn(code)
            if drawn and text and not any(_same_sign(text, sign) for sign in drawn):
                return text, min(drawn)
        return None

    def decode(self, codes: bytes) -> str:
        return self._signs(codes).translate(self.map)

    def units(self, codes: bytes) -> tuple[str, ...]:
        """Return what each glyph stands for."""
        return tuple(self.map[ord(sign)] for sign in self._signs(codes))

    def _signs(self, codes: bytes) -> str:
        if not self.wide:
            return codes.decode("latin-1")
        return (
            codes[: len(codes) & ~1].decode("utf-16-be", "surrogatepass")
            if not _SURROGATE.search(codes[::2])
            else _pairs(codes)
        )


_SURROGATE = re.compile(rb"[\xd8-\xdf]")  # codes that UTF-16 would take for half a character


class _Map(dict[int, str]):
    def __missing__(self, code: int) -> str:
        return UNMAPPED


def _pairs(codes: bytes) -> str:
    return "".join(chr(codes[n] << 8 | codes[n + 1]) for n in range(0, len(codes) - 1, 2))


_PART = re.compile(rb"<([0-9a-fA-F\s]*)>|([-+]?[0-9.]+)")


def _widths(font: pikepdf.Object) -> dict[int, float]:
    """Read the widths of a font (ISO 32000-1, 9.7.4.3 and 9.6.2)."""
    out: dict[int, float] = {}
    if font.get(Name.Subtype) != Name.Type0:
        for code, width in enumerate(font.get(Name.Widths, pikepdf.Array()), int(font.get(Name.FirstChar, 0))):
            out[code] = float(width)
        return out
    below = font.DescendantFonts[0]
    listed = list(below.get(Name.W, pikepdf.Array()))
    at = 0
    while at + 1 < len(listed):
        first = int(listed[at])
        if isinstance(listed[at + 1], pikepdf.Array):
            for code, width in enumerate(listed[at + 1], first):
                out[code] = float(width)
            at += 2
        elif at + 2 < len(listed):
            for code in range(first, min(int(listed[at + 1]), 0xFFFF) + 1):
                out[code] = float(listed[at + 2])
            at += 3
        else:
            break
    return out


def _characters(font: pikepdf.Object) -> dict[int, frozenset[str]]:
    """Return the characters that an embedded face draws with each of its glyphs, from its own table."""
    from fontTools.ttLib import TTFont, TTLibError  # noqa: PLC0415 not where all faces are known

    out: dict[int, frozenset[str]] = {}
    below = font.DescendantFonts[0]
    descriptor = below.get(Name.FontDescriptor)
    if descriptor is None or below.get(Name.CIDToGIDMap, Name.Identity) != Name.Identity:
        return out
    for key in (Name.FontFile2, Name.FontFile3):
        file = descriptor.get(key)
        if file is None:
            continue
        try:
            face = TTFont(BytesIO(file.read_bytes()), lazy=True)
            order = face.getReverseGlyphMap()
            for code, name in (face.getBestCmap() or {}).items():
                out[order[name]] = out.get(order[name], frozenset()) | {chr(code)}
        except (TTLibError, KeyError, ValueError, AssertionError, struct.error):
            return {}
    return out


def _same_sign(text: str, sign: str) -> bool:
    """Say whether a glyph that draws `sign` may stand for `text`.

    It may draw a superior figure or a ligature (the same but for compatibility), the mark of a
    letter and its marks, a bracket that is mirrored, or a small capital.
    """
    one, two = (unicodedata.normalize("NFKD", each).replace("\u2044", "/") for each in (text, sign))
    if one == two or (one.isspace() and two.isspace()) or (unicodedata.combining(sign) and two in one):
        return True
    if text in _HYPHENS and sign in _HYPHENS:
        return True
    if unicodedata.mirrored(sign) and unicodedata.mirrored(text[0]):
        return True
    name = unicodedata.name(sign, "")
    return "SMALL CAPITAL" in name and name.rpartition(" ")[2] == text.upper()


_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end(?:bfchar|bfrange)", re.DOTALL)
_HEX = re.compile(rb"<([0-9a-fA-F\s]*)>|(\[)|(\])")


def to_unicode(data: bytes) -> dict[int, str]:
    """Read a ToUnicode CMap (ISO 32000-1, 9.10.3).

    >>> to_unicode(b"1 beginbfchar <0cf2> <00660066> endbfchar 1 beginbfrange <10> <11> <0041> endbfrange")
    {3314: 'ff', 16: 'A', 17: 'B'}
    """
    out: dict[int, str] = {}
    for section in _SECTION.finditer(data):
        tokens = [
            match.group(0) if match.group(1) is None else re.sub(rb"\s", b"", match.group(1))
            for match in _HEX.finditer(section.group(2))
        ]
        if section.group(1) == b"bfchar":
            tokens = [token for token in tokens if token not in (b"[", b"]")]
            for digits, words in zip(tokens[::2], tokens[1::2], strict=False):
                out[int(digits or b"0", 16)] = _utf16(words)
            continue
        at = 0
        while at + 2 < len(tokens):
            if tokens[at] in (b"[", b"]") or tokens[at + 1] in (b"[", b"]"):
                at += 1
                continue
            low, high = int(tokens[at] or b"0", 16), int(tokens[at + 1] or b"0", 16)
            high = min(high, low + 0xFFFF)
            at += 2
            if tokens[at] == b"[":
                at += 1
                for code in range(low, high + 1):
                    if at >= len(tokens) or tokens[at] in (b"[", b"]"):
                        break
                    out[code] = _utf16(tokens[at])
                    at += 1
                at += 1
                continue
            text = "" if tokens[at] == b"]" else _utf16(tokens[at])
            at += 1
            for code in range(low, high + 1):
                out[code] = text[:-1] + chr(min(ord(text[-1]) + code - low, 0x10FFFF)) if text else ""
    return out


def _utf16(text: bytes) -> str:
    if len(text) % 4:
        text = text.rjust(4, b"0") if len(text) < 4 else text[: len(text) // 4 * 4]
    return bytes.fromhex(text.decode("ascii")).decode("utf-16-be", "replace")


# Operators ------------------------------------------------------------------------------------

# What WeasyPrint and pikepdf write has glyphs as hexadecimal strings only; then a page is cut into
# operators by this one expression. Any other page is cut by qpdf, ten times slower.
_NUMBERS = rb"((?:[-+]?[0-9.]+[\s]+)*)"
_TOKEN = re.compile(
    rb"[\s]*(?:"
    rb"\[([^\[\]()/]*)\][\s]*TJ"  # 1
    rb"|<([0-9a-fA-F\s]*)>[\s]*Tj"  # 2
    rb"|/([^\s<>\[\]()/]+)[\s]*<<(.*?)>>[\s]*(?:BDC|DP)(?![\w*])"  # 3 tag, 4 properties
    rb"|/([^\s<>\[\]()/]+)[\s]*/([^\s<>\[\]()/]+)[\s]*(?:BDC|DP)(?![\w*])"  # 5 tag, 6 name of properties
    rb"|/([^\s<>\[\]()/]+)[\s]+(?:([-+]?[0-9.]+)[\s]+)?([A-Za-z]+)(?![\w*])"  # 7 name, 8 number, 9 operator
    rb"|" + _NUMBERS + rb"(?:/[^\s<>\[\]()/]+[\s]+)?([A-Za-z]+[0-9]?\*?)(?![\w*])"  # 10 numbers, 11 operator
    rb"|\[[-+0-9.\s]*\][\s]*[-+0-9.]+[\s]+d(?![\w*])"
    rb")",
    re.DOTALL,
)
_STRING = re.compile(rb"<([0-9a-fA-F\s]*)>")
_UNUSUAL = re.compile(rb"[(%]|\bBI\b|\bID\b|[\s>]['\"](?:\s|$)")
_MCID = re.compile(rb"/MCID\s+([0-9]+)")
_ACTUAL = re.compile(rb"/ActualText\s*<([0-9a-fA-F\s]*)>")

Operation = tuple[str, Any]


def _operations(data: bytes) -> Iterator[Operation] | None:
    """Cut a content stream that holds only what our tools write; None when it holds anything else."""
    if _UNUSUAL.search(data):
        return None
    out: list[Operation] = []
    end = 0
    for match in _TOKEN.finditer(data):
        if match.start() != end:
            return None
        end = match.end()
        group = match.lastindex
        if group == 1:
            out.append(("show", match.group(1)))
        elif group == 2:
            out.append(("show", b"<" + match.group(2) + b">"))
        elif group == 4:
            tag, properties = match.group(3), match.group(4)
            number = _MCID.search(properties)
            actual = _ACTUAL.search(properties)
            if actual is None and b"/ActualText" in properties:
                return None
            text = None if actual is None else _text_string(actual.group(1))
            out.append(("begin", (tag == b"Artifact", int(number.group(1)) if number else -1, text)))
        elif group == 6:
            out.append(("begin named", (match.group(5) == b"Artifact", match.group(6).decode("latin-1"))))
        elif group == 9:
            operator = match.group(9)
            if operator == b"Tf":
                out.append(("font", (match.group(7).decode("latin-1"), float(match.group(8) or 0))))
            elif operator == b"Do":
                out.append(("do", match.group(7).decode("latin-1")))
            elif operator == b"BMC":
                out.append(("begin", (match.group(7) == b"Artifact", -1, None)))
        elif group == 11:
            operator = match.group(11)
            if operator in _NUMERIC:
                numbers = tuple(float(number) for number in match.group(10).split())
                if len(numbers) != _NUMERIC[operator]:
                    return None
                out.append((operator.decode(), numbers))
            elif operator in (b"TJ", b"Tj", b"BDC", b"DP", b"Tf", b"Do", b"BMC"):
                return None  # with operands this expression does not know
    if data[end:].strip():
        return None
    return iter(out)


_NUMERIC = {b"Tm": 6, b"Td": 2, b"TD": 2, b"TL": 1, b"T*": 0, b"Tr": 1, b"cm": 6, b"q": 0, b"Q": 0, b"BT": 0, b"EMC": 0}
_PATHS = {
    b"m": 2,
    b"l": 2,
    b"c": 6,
    **dict.fromkeys((b"n", b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"), 0),
}
_NUMERIC |= _PATHS


_FILLS = frozenset(("f", "F", "f*", "B", "B*", "b", "b*"))
_ENDS = _FILLS | {"n", "S", "s"}
"""What ends a path, painted or not (ISO 32000-1, 8.5.3)."""


def _text_string(digits: bytes) -> str:
    data = bytes.fromhex(digits.decode("ascii"))
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    return str(pikepdf.String(data))


def _parsed(stream: Any, resources: Any) -> Iterator[Operation]:
    """Cut any content stream, through qpdf."""
    for instruction in pikepdf.parse_content_stream(stream):
        operator = str(instruction.operator)
        operands = list(instruction.operands)
        match operator:
            case "TJ":
                yield "show", b"".join(_part(part) for part in operands[0])
            case "Tj" | "'" | '"':
                if operator != "Tj":
                    yield "T*", ()
                yield "show", _part(operands[-1])
            case "BDC":
                tag, properties = operands[0], operands[1]
                if isinstance(properties, Name):
                    properties = resources.get(Name.Properties, {}).get(properties, {})
                number = properties.get(Name.MCID, -1)
                actual = properties.get(Name.ActualText)
                text = None if actual is None else str(actual)
                yield "begin", (tag == Name.Artifact, int(number), text)
            case "BMC":
                yield "begin", (operands[0] == Name.Artifact, -1, None)
            case "Tf":
                yield "font", (str(operands[0])[1:], float(operands[1]))
            case "Do":
                yield "do", str(operands[0])[1:]
            case _:
                if operator.encode() in _NUMERIC:
                    yield operator, tuple(float(number) for number in operands)


def _part(operand: Any) -> bytes:
    if isinstance(operand, pikepdf.String):
        return b"<" + bytes(operand).hex().encode() + b">"
    return f" {float(operand):f} ".encode()


class Painter:
    """Follows the operators of pages and notes every glyph that is shown."""

    def __init__(self) -> None:
        self._fonts: dict[tuple[int, int], Font] = {}
        self.fonts: list[Font] = []
        self.outlines: Counter[Mark] = Counter()
        """how many outlines each marked content of the last page has that are filled"""
        self._maps: dict[tuple[int, int], Mapping[str, Font]] = {}

    def page(self, page: pikepdf.Page) -> list[Shown]:
        """Return all that a page shows, in the order of painting."""
        out: list[Shown] = []
        self.outlines = Counter()
        contents = page.obj.get(Name.Contents)
        if contents is None:
            return out
        if isinstance(contents, pikepdf.Array):
            data = b"\n".join(stream.read_bytes() for stream in contents)
        else:
            data = contents.read_bytes()
        resources = page.obj.get(Name.Resources)
        operations = _operations(data)
        if operations is None:
            operations = _parsed(page, resources)
        self._run(operations, resources, 0, _IDENTITY, None, out, 0)
        return out

    def _form(self, form: Any, above: Any, matrix: Matrix, mark: Mark | None, out: list[Shown], depth: int) -> None:
        if depth >= DEPTH:
            raise ValueError(f"forms are nested over {DEPTH} deep")
        resources = form.get(Name.Resources, above)
        own = form.get(Name.Matrix)
        if own is not None:
            a, b, c, d, e, f = (float(value) for value in own)
            matrix = _times((a, b, c, d, e, f), matrix)
        operations = _operations(form.read_bytes())
        if operations is None:
            operations = _parsed(form, resources)
        self._run(operations, resources, form.objgen[0], matrix, mark, out, depth)

    def _run(
        self,
        operations: Iterator[Operation],
        resources: Any,
        stream: int,
        matrix: Matrix,
        outer: Mark | None,
        out: list[Shown],
        depth: int,
    ) -> None:
        fonts = self._font_names(resources)
        font: Font | None = None
        size, leading, mode = 1.0, 0.0, 0
        text: Matrix = _IDENTITY
        moved = True
        saved: list[tuple[Matrix, Font | None, float, int]] = []
        marks: list[Mark | None] = [outer]
        begun, opened = 0, False
        for name, value in operations:
            if name == "show":
                mark = marks[-1]
                glyphs: tuple[str, ...] = ()
                codes = bytes.fromhex(b"".join(_STRING.findall(value)).decode("ascii"))
                if not codes:
                    continue
                if font is None:
                    said = UNMAPPED * len(codes)
                else:
                    said = font.decode(codes)
                    if font.right_to_left and RIGHT_TO_LEFT.search(said):
                        glyphs = font.units(codes)
                a, b, c, d, e, f = matrix
                x = text[4] * a + text[5] * c + e
                y = text[4] * b + text[5] * d + f
                up = abs(text[2] * b + text[3] * d) + abs(text[2] * a + text[3] * c)
                along = (text[0] * a + text[1] * c) * size / 1000
                seen = mode not in (3, 7)
                out.append(Shown(said, x, y, size * up, moved, mark, seen, glyphs, font, value, along))
                moved = False
            elif name == "font":
                font, size = fonts.get(value[0]), value[1]
            elif name == "Tm":
                text, moved = value, True
            elif name in ("Td", "TD"):
                if name == "TD":
                    leading = -value[1]
                text, moved = _times((1, 0, 0, 1, value[0], value[1]), text), True
            elif name == "T*":
                text, moved = _times((1, 0, 0, 1, 0, -leading), text), True
            elif name == "BT":
                text, moved = _IDENTITY, True
            elif name == "begin":
                artifact, number, actual = value
                marks.append(_inner(marks[-1], artifact, number, stream, actual))
            elif name == "begin named":
                artifact, key = value
                properties = resources.get(Name.Properties, {}).get(f"/{key}", {})
                actual = properties.get(Name.ActualText)
                number = int(properties.get(Name.MCID, -1))
                marks.append(_inner(marks[-1], artifact, number, stream, None if actual is None else str(actual)))
            elif name == "EMC":
                if len(marks) > 1:
                    marks.pop()
            elif name == "m":
                opened = True
            elif name in ("l", "c"):
                begun, opened = begun + opened, False
            elif name in _ENDS:
                inner = marks[-1]
                if begun and name in _FILLS and inner is not None:
                    self.outlines[inner] += begun
                begun, opened = 0, False
            elif name == "q":
                saved.append((matrix, font, size, mode))
            elif name == "Q":
                if saved:
                    matrix, font, size, mode = saved.pop()
            elif name == "cm":
                matrix = _times(value, matrix)
            elif name == "Tr":
                mode = int(value[0])
            elif name == "TL":
                leading = value[0]
            elif name == "do":
                forms = None if resources is None else resources.get(Name.XObject)
                form = None if forms is None else forms.get(f"/{value}")
                if form is not None and form.get(Name.Subtype) == Name.Form:
                    self._form(form, resources, matrix, marks[-1], out, depth + 1)

    def _font_names(self, resources: Any) -> Mapping[str, Font]:
        fonts = None if resources is None else resources.get(Name.Font)
        if fonts is None:
            return {}
        if fonts.is_indirect and fonts.objgen in self._maps:
            return self._maps[fonts.objgen]
        out = {key[1:]: self._font(font) for key, font in fonts.items()}
        if fonts.is_indirect:
            self._maps[fonts.objgen] = out
        return out

    def _font(self, font: pikepdf.Object) -> Font:
        if font.is_indirect and font.objgen in self._fonts:
            return self._fonts[font.objgen]
        made = Font(font)
        self.fonts.append(made)
        if font.is_indirect:
            self._fonts[font.objgen] = made
        return made


def _inner(above: Mark | None, artifact: bool, number: int, stream: int, actual: str | None) -> Mark | None:
    """Return the mark inside another: an artifact stays one, and what has no number belongs to what is around it."""
    if above is not None and above.artifact:
        return above
    if artifact:
        return Mark(-1, stream, True)
    if number >= 0:
        return Mark(number, stream, False, actual)
    if actual is not None:
        return Mark(-1 if above is None else above.number, stream if above is None else above.stream, False, actual)
    return above


def _times(one: Matrix, two: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = two
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)
