"""The words of a title page and font files come in; a cover of type goes out as a picture.

The outlines are shaped with HarfBuzz, flattened here and filled at eight times the size, so that the picture does
not depend on the font renderer of the machine.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from pipeline.edition import Edition
from pipeline.epub.fonts import characters
from pipeline.html import Resource

WIDTH, HEIGHT = 1600, 2400
PAPER, INK, RULE = (0xF3, 0xEF, 0xE6), (0x1D, 0x1A, 0x17), (0x7B, 0x1E, 0x1E)
_LEFT, _RIGHT = 300, 1480
_RULE_AT, _RULE_WIDTH = 222, 6
_FINE = 8
"""how many times finer than the picture outlines are filled"""

_DISPLAY = ("fonts/SourceSerif4Display-Regular.ttf", "fonts/SourceSerif4-Regular.ttf")
_ITALIC = ("fonts/SourceSerif4Subhead-It.ttf", "fonts/SourceSerif4-It.ttf")
_TEXT = ("fonts/SourceSerif4Subhead-Regular.ttf", "fonts/SourceSerif4-Regular.ttf")


@dataclass(frozen=True, slots=True)
class Setter:
    """Faces in the order in which a sign is looked for in them, and the language of the words."""

    fonts: tuple[bytes, ...]
    language: str

    def runs(self, text: str) -> list[tuple[str, bytes]]:
        """Return the text in runs of one face each; white space stays in the run before it."""
        found: list[tuple[str, bytes]] = []
        for sign in text:
            if found and (sign.isspace() or sign in characters(found[-1][1])):
                found[-1] = (found[-1][0] + sign, found[-1][1])
                continue
            font = next((font for font in self.fonts if sign in characters(font)), self.fonts[0])
            found.append((sign, font))
        return found

    def advance(self, text: str) -> float:
        """Return the width of a line in em."""
        return sum(
            advance / shaped.upem
            for run, font in self.runs(text)
            for shaped in (_shape(run, font, self.language),)
            for _, advance, _, _ in shaped.glyphs
        )


@dataclass(frozen=True, slots=True)
class Shaped:
    """Glyphs in visual order as (glyph, advance, x offset, y offset), in units of which `upem` make an em."""

    glyphs: tuple[tuple[int, int, int, int], ...]
    upem: int


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size: their words, the setter, the size and the leading in pixels."""

    lines: tuple[str, ...]
    setter: Setter
    size: float
    leading: float

    @property
    def height(self) -> float:
        """From the first baseline to the last."""
        return self.leading * (len(self.lines) - 1)


def cover(edition: Edition, resources: Mapping[str, Resource]) -> bytes | None:
    """Return a PNG of 1600 × 2400 with author, title, subtitle, year and press; None without a face for the title.

    The title is as large as its longest line allows, up to a limit; its breaks are chosen for even lines.
    """
    book = edition.book
    author = ", ".join(person.name for person in book.by_role("aut"))
    faces = tuple(
        (name, resource.data)
        for name, resource in sorted(resources.items())
        if name.startswith("fonts/") and name.endswith(".ttf")
    )
    return _cover(author, book.title, book.subtitle, book.publisher, book.date[:4], book.language, faces)


@lru_cache(maxsize=4)
def _cover(
    author: str,
    title: str,
    subtitle: str,
    publisher: str,
    year: str,
    language: str,
    fonts: tuple[tuple[str, bytes], ...],
) -> bytes | None:
    faces = dict(fonts)
    display = _setter(faces, _DISPLAY, title, language)
    if display is None:
        return None
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    ImageDraw.Draw(image).rectangle((_RULE_AT, 0, _RULE_AT + _RULE_WIDTH - 1, HEIGHT), fill=RULE)
    large = _fit(title, display, largest=214, room=880)
    top = 0.0
    if author and (setter := _setter(faces, _TEXT, author, language)) is not None:
        names = _fit(author, setter, largest=66, room=200)
        _draw(image, names, 330)
        top = 330 + names.height
    baseline = max(640.0, top + 130 + large.size)
    _draw(image, large, baseline)
    baseline += large.height
    if subtitle and (setter := _setter(faces, _ITALIC, subtitle, language)) is not None:
        under = _fit(subtitle, setter, largest=70, room=380)
        _draw(image, under, baseline + large.size * 0.45 + 90)
    foot = HEIGHT - 210.0
    for words in (publisher, year):
        if words and (setter := _setter(faces, _TEXT, words, language)) is not None:
            line = _fit(words, setter, largest=50, room=120)
            _draw(image, line, foot - line.height)
            foot -= line.height + 84
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False, compress_level=9)
    return buffer.getvalue()


def _setter(faces: Mapping[str, bytes], wanted: Sequence[str], text: str, language: str) -> Setter | None:
    """Return the wanted faces, and after them all upright ones; None when a sign of the text is in none of them."""
    order = dict.fromkeys((*(name for name in wanted if name in faces), *(n for n in faces if "Regular" in n), *faces))
    fonts = tuple(faces[name] for name in order)
    known = frozenset().union(*(characters(font) for font in fonts)) if fonts else frozenset()
    return Setter(fonts, language) if {sign for sign in text if not sign.isspace()} <= known else None


def _fit(text: str, setter: Setter, largest: float, room: float) -> Block:
    """Return the text as large as the width and a height allow, in the fewest lines that do not make it much smaller."""
    words = text.split()
    leading = 1.1 if largest > 100 else 1.35
    choices: list[tuple[float, list[str]]] = []
    for count in range(1, min(len(words), 8) + 1):
        lines = _break(words, setter, count)
        widest = max(setter.advance(line) for line in lines)
        choices.append((min(largest, (_RIGHT - _LEFT) / widest, room / (1 + leading * (count - 1))), lines))
    best = max(size for size, _ in choices)
    size, lines = next(choice for choice in choices if choice[0] >= best * 0.78)
    return Block(tuple(lines), setter, size, size * leading)


def _break(words: Sequence[str], setter: Setter, count: int) -> list[str]:
    """Return the words in `count` lines of which the widest is as narrow as can be."""
    widths = [setter.advance(word) for word in words]
    space = setter.advance(" ")
    best: dict[tuple[int, int], tuple[float, float, int]] = {(0, 0): (0.0, 0.0, 0)}
    for line in range(1, count + 1):
        for end in range(line, len(words) + 1):
            options = []
            for start in range(line - 1, end):
                if (line - 1, start) in best:
                    width = sum(widths[start:end]) + space * (end - start - 1)
                    widest, squares, _ = best[line - 1, start]
                    options.append((max(widest, width), squares + width * width, start))
            best[line, end] = min(options)
    lines: list[str] = []
    end = len(words)
    for line in range(count, 0, -1):
        start = best[line, end][2]
        lines.insert(0, " ".join(words[start:end]))
        end = start
    return lines


@lru_cache(maxsize=2048)
def _shape(text: str, font: bytes, language: str) -> Shaped:
    face = hb.Face(font)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.language = language  # else HarfBuzz asks the locale of the machine
    buffer.guess_segment_properties()
    hb.shape(hb.Font(face), buffer, {"kern": True, "liga": True, "onum": True})
    glyphs = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    return Shaped(tuple((i.codepoint, p.x_advance, p.x_offset, p.y_offset) for i, p in glyphs), face.upem)


class _Flat(BasePen):  # type: ignore[misc]
    """A pen that turns outlines into polygons."""

    def __init__(self, glyphs: object) -> None:
        super().__init__(glyphs)
        self.contours: list[list[tuple[float, float]]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 — the pen's interface
        self.contours.append([pt])

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.contours[-1].append(pt)

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:  # noqa: N802
        (x0, y0), (x1, y1), (x2, y2) = self.contours[-1][-1], pt1, pt2
        for step in range(1, 9):
            t = step / 8
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            self.contours[-1].append((a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2))

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:  # noqa: N802
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = self.contours[-1][-1], pt1, pt2, pt3
        for step in range(1, 13):
            t = step / 12
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            self.contours[-1].append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))


def _area(contour: Sequence[tuple[float, float]]) -> float:
    following = [*contour[1:], contour[0]]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(contour, following, strict=True)) / 2


@lru_cache(maxsize=16)
def _outlines(font: bytes) -> TTFont:
    return TTFont(io.BytesIO(font))


def _draw(image: Image.Image, block: Block, baseline: float) -> None:
    """Draw lines of type from the left edge, the first on `baseline`."""
    for number, line in enumerate(block.lines):
        _draw_line(image, line, block.setter, block.size, round(baseline + number * block.leading))


def _draw_line(image: Image.Image, line: str, setter: Setter, size: float, baseline: int) -> None:
    above, below = round(size * 1.2), round(size * 0.5)
    width = round(setter.advance(line) * size) + round(size)
    mask = Image.new("L", (width * _FINE, (above + below) * _FINE), 0)
    draw = ImageDraw.Draw(mask)
    start = size / 2 * _FINE
    for run, font in setter.runs(line):
        opened = _outlines(font)
        glyphs, order = opened.getGlyphSet(), opened.getGlyphOrder()
        shaped = _shape(run, font, setter.language)
        scale = size / shaped.upem * _FINE
        for glyph, advance, x_offset, y_offset in shaped.glyphs:
            pen = _Flat(glyphs)
            glyphs[order[glyph]].draw(pen)
            # TrueType outlines turn one way, holes the other: the largest first, holes cut out after it.
            for contour in sorted((c for c in pen.contours if len(c) > 2), key=lambda c: -abs(_area(c))):
                points = [(start + (x_offset + x) * scale, above * _FINE - (y_offset + y) * scale) for x, y in contour]
                draw.polygon(points, fill=255 if _area(contour) < 0 else 0)
            start += advance * scale
    small = mask.resize((width, above + below), Image.Resampling.BOX)
    image.paste(INK, (_LEFT - round(size / 2), baseline - above), small)
