"""A `Sheet` comes in; a picture of it goes out: dots (PNG), or outlines (SVG) that stay sharp at every size.

The outlines are flattened and filled here, eight times finer than the dots across and four times down, so that these do not
depend on the font renderer of the machine.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from xml.sax.saxutils import quoteattr

from fontTools.pens.basePen import BasePen
from PIL import Image, ImageDraw

from pipeline.cover.faces import Glyph, opened
from pipeline.cover.sheet import Area, Colour, Picture, Sheet, TypeLine

ACROSS, DOWN = 8, 4
"""How many times finer than the dots outlines are filled."""


def png(sheet: Sheet, width: int) -> bytes:
    """Return a sheet without turned lines and pictures as a PNG of so many dots across."""
    scale = width / sheet.width
    image = Image.new("RGB", (width, round(sheet.height * scale)), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for item in sheet.items:
        match item:
            case Area(x, y, wide, high, colour):
                box = (round(x * scale), round(y * scale), round((x + wide) * scale) - 1, round((y + high) * scale) - 1)
                draw.rectangle(box, fill=colour.screen)
            case TypeLine():
                _draw_line(image, item, scale)
            case Picture():
                raise ValueError("a picture is a cover by itself")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False, compress_level=9)
    return buffer.getvalue()


def svg(sheet: Sheet, name: str) -> bytes:
    """Return a sheet without turned lines and pictures as an SVG of outlines, called `name` for those who do not see it."""
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width:g}pt" height="{sheet.height:g}pt" '
            f'viewBox="0 0 {sheet.width:g} {sheet.height:g}" role="img" aria-label={quoteattr(name)}>'
        )
    ]
    for item in sheet.items:
        match item:
            case Area(x, y, wide, high, colour):
                out.append(f'<path fill="{_hex(colour)}" d="M{x:g} {y:g}h{wide:g}v{high:g}h{-wide:g}z"/>')
            case TypeLine():
                out.append(f'<path fill="{_hex(item.colour)}" d="{"".join(_path(item))}"/>')
            case Picture():
                raise ValueError("a picture is a cover by itself")
    return "\n".join((*out, "</svg>", "")).encode()


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour.screen)


def _placed(line: TypeLine) -> Iterator[tuple[bytes, Glyph, float]]:
    """Yield the glyphs of a line with their faces and where each begins, in points from the start of the line."""
    at = 0.0
    for font, glyphs in line.setter.shaped(line.words):
        for glyph in glyphs:
            yield font, glyph, at
            at += glyph.advance * line.size


class _Curves(BasePen):  # type: ignore[misc]  # fontTools ships no types
    """A pen that writes the outlines of a glyph as path data of an SVG."""

    def __init__(self, glyphs: object, x: float, y: float, scale: float) -> None:
        super().__init__(glyphs)
        self.x, self.y, self.scale = x, y, scale
        self.out: list[str] = []

    def at(self, *points: tuple[float, float]) -> str:
        return " ".join(f"{self.x + x * self.scale:.2f} {self.y - y * self.scale:.2f}" for x, y in points)

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - the pen's interface
        self.out.append("M" + self.at(pt))

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.out.append("L" + self.at(pt))

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:  # noqa: N802
        self.out.append("Q" + self.at(pt1, pt2))

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:  # noqa: N802
        self.out.append("C" + self.at(pt1, pt2, pt3))

    def _closePath(self) -> None:  # noqa: N802
        self.out.append("Z")


def _path(line: TypeLine) -> Iterator[str]:
    for font, glyph, at in _placed(line):
        face = opened(font)
        glyphs, order = face.getGlyphSet(), face.getGlyphOrder()
        x, y = line.x + at + glyph.x * line.size, line.y - glyph.y * line.size
        pen = _Curves(glyphs, x, y, line.size / face["head"].unitsPerEm)
        glyphs[order[glyph.number]].draw(pen)
        yield from pen.out


class _Flat(BasePen):  # type: ignore[misc]
    """A pen that turns outlines into polygons."""

    def __init__(self, glyphs: object) -> None:
        super().__init__(glyphs)
        self.contours: list[list[tuple[float, float]]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
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


Edge = tuple[float, float, float, float]


def _spans(edges: Sequence[Edge], height: int) -> Iterator[tuple[int, int, int]]:
    """Yield what lies within outlines as (row, first column, last column): where they wind around a point at all.

    Contours of a face may overlap one another and themselves; whoever counts crossings alone punches holes there.
    """
    rows: list[list[tuple[float, int]]] = [[] for _ in range(height)]
    for x0, y0, x1, y1 in edges:
        turn = 1 if y1 > y0 else -1
        if turn < 0:
            x0, y0, x1, y1 = x1, y1, x0, y0
        first, last = max(0, ceil(y0 - 0.5)), min(height - 1, ceil(y1 - 0.5) - 1)
        if last < first:
            continue
        slope = (x1 - x0) / (y1 - y0)
        x = x0 + (first + 0.5 - y0) * slope
        for row in range(first, last + 1):
            rows[row].append((x, turn))
            x += slope
    for row, crossings in enumerate(rows):
        winding, begin = 0, 0.0
        for x, turn in sorted(crossings):
            if winding == 0:
                begin = x
            winding += turn
            if winding == 0 and x - begin >= 0.5:
                yield row, ceil(begin - 0.5), ceil(x - 0.5) - 1


def _draw_line(image: Image.Image, line: TypeLine, scale: float) -> None:
    size = line.size * scale
    above, below = round(size * 1.2), round(size * 0.5)
    margin = size / 2
    left, baseline = line.x * scale - margin, round(line.y * scale)
    width = round(line.length * scale) + round(2 * margin)
    shift = left - round(left)
    edges: list[Edge] = []
    for font, glyph, at in _placed(line):
        face = opened(font)
        glyphs, order = face.getGlyphSet(), face.getGlyphOrder()
        pen = _Flat(glyphs)
        glyphs[order[glyph.number]].draw(pen)
        unit = size / face["head"].unitsPerEm
        x0 = (margin + shift + at * scale + glyph.x * size) * ACROSS
        y0 = (above - glyph.y * size) * DOWN
        for contour in pen.contours:
            points = [(x0 + x * unit * ACROSS, y0 - y * unit * DOWN) for x, y in contour]
            edges += ((*one, *two) for one, two in pairwise((*points, points[0])) if one[1] != two[1])
    mask = Image.new("L", (width * ACROSS, (above + below) * DOWN), 0)
    draw = ImageDraw.Draw(mask)
    for row, first, last in _spans(edges, mask.size[1]):
        draw.line((first, row, last, row), fill=255)
    small = mask.resize((width, above + below), Image.Resampling.BOX)
    image.paste(line.colour.screen, (round(left), baseline - above), small)
