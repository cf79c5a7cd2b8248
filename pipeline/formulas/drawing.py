"""The MathML of a formula comes in; its outlines go out, with the width, the height and the depth they take."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from pipeline.formulas.mathml import FormulaError, Setting
from pipeline.formulas.operators import Kind, kind_of
from pipeline.formulas.room import rooms

UNITS = 1000
"""Units of a drawing in an em of the text."""
EM = 0.75
"""An em of ziamath 0.13 is 10 pt of a face of 10 px, so that its room would be four thirds of what was asked for."""
WIDEST = 400.0
"""Em by which a drawing may be wide; and high."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_COMMAND = re.compile(r"([MLQCTHVZ])([^MLQCTHVZ]*)")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Outlines of a formula in units of 1/1000 em, y down from the baseline; `strokes` counts closed outlines.

    `width`, `height` (above the baseline) and `depth` (below it) are em of the text in which it stands.
    """

    path: str
    left: float
    width: float
    height: float
    depth: float
    outlines: int


@cache
def _ziamath() -> Any:
    with warnings.catch_warnings():  # ziamath 0.13 finds its face by a function that Python 3.11 calls old
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath  # noqa: PLC0415  # loads its face, which takes a tenth of a second: only for formulas
        from ziamath.config import config  # noqa: PLC0415

    config.svg2 = False
    config.precision = 1
    return ziamath


@cache
def _characters() -> frozenset[int]:
    face = _ziamath().zmath.loadedfonts["default"]
    return frozenset(sign for sign in range(0x20, 0x20000) if face.glyphindex(chr(sign)))


@lru_cache(4096)
def draw(setting: Setting) -> Drawing:
    """Draw a formula; raises FormulaError when the face lacks a sign of it, or when it is of no size for a page."""
    ziamath = _ziamath()
    for sign in setting.signs:
        if ord(sign) not in _characters() and sign not in "\u2061\u2062\u2063\u2064":
            raise FormulaError(f"the face for mathematics has no `{sign}` (U+{ord(sign):04X})")
    root = setting.tree()
    root.set("display", "block" if setting.display else "inline")
    for element in root.iter("mo"):
        if kind_of(element.text or "") is Kind.LARGE:  # its size is that of the style, not that of its limits
            element.attrib.setdefault("stretchy", "false")
    for element, before, after in rooms(root):  # the dictionary of ziamath is an older one
        for key, room in (("lspace", before), ("rspace", after)):
            element.attrib.setdefault(key, f"{room / 18:.3f}em")
    for element in root.iter():
        for key in ("lspace", "rspace", "width", "minsize", "maxsize"):
            if (size := element.get(key, "")).endswith("em"):
                element.set(key, f"{float(size.removesuffix('em')) * EM:.4f}em")
    for element in root.iter("mi"):
        if len(element.text or "") > 1:  # ziamath pads names; the MathML has its room already
            element.tag = "mtext"
    for element in root.iter("mo"):
        if element.text == "\u02c6" and not element.get("stretchy"):
            element.text = "\u0302"
        elif element.text == "\u02dc" and not element.get("stretchy"):
            element.text = "\u0303"
        elif element.text == "\u203e":
            element.text = "\u2015"
    try:
        made = ziamath.Math(root, size=UNITS, margin=0)
        box = made.node.bbox
        drawn = made.svgxml()
    except Exception as error:  # its exceptions have no common kind
        raise FormulaError(f"it cannot be drawn ({type(error).__name__})") from error
    parts = [part for element in drawn.iter() for part in _outlines(element)]
    left = min(box.xmin, 0.0)  # the room that the face leaves before its first sign is kept
    width, height, depth = (round(v / UNITS, 4) for v in (box.xmax - left, box.ymax, -box.ymin))
    if not 0 < width <= WIDEST or not -WIDEST < -depth < height <= WIDEST:
        raise FormulaError(f"it would be {width:.0f} em wide and {height + depth:.0f} em high")
    path = "".join(parts)
    return Drawing(path, round(left, 1), width, height, depth, path.count("M"))


def _outlines(element: Element) -> list[str]:
    """Return the outlines of an element of SVG as one path each: glyphs, rules and the frames of boxes."""
    name = element.tag.rpartition("}")[2]
    if name == "path":
        if element.get("stroke") not in (None, "none") and element.get("fill") in (None, "none"):
            raise ValueError("a stroke is no outline")
        return [_tidy(element.get("d", ""))]
    if name == "rect":
        x, y, width, height = (float(element.get(key, "0")) for key in ("x", "y", "width", "height"))
        outer = _rectangle(x, y, width, height)
        if element.get("stroke") in (None, "none"):
            return [outer]
        half = float(element.get("stroke-width", "0")) / 2
        inner = _rectangle(x + half, y + half, width - 2 * half, height - 2 * half, back=True)
        return [_rectangle(x - half, y - half, width + 2 * half, height + 2 * half) + inner]
    if name == "line":
        x1, y1, x2, y2 = (float(element.get(key, "0")) for key in ("x1", "y1", "x2", "y2"))
        half = float(element.get("stroke-width", "0")) / 2
        across, down = (half, 0.0) if x1 == x2 else (0.0, half)
        return [
            _rectangle(min(x1, x2) - across, min(y1, y2) - down, abs(x2 - x1) + 2 * across, abs(y2 - y1) + 2 * down)
        ]
    if name not in ("svg", "g", "title"):
        raise ValueError(f"{name} is not known")
    return []


def _rectangle(x: float, y: float, width: float, height: float, *, back: bool = False) -> str:
    a, b, c, d = (_figure(value) for value in (x, y, x + width, y + height))
    return f"M{a} {b}V{d}H{c}V{b}Z" if back else f"M{a} {b}H{c}V{d}H{a}Z"


def _tidy(path: str) -> str:
    """Write a path with figures of one place, as short as they are."""
    return "".join(
        command + " ".join(_figure(float(number)) for number in _NUMBER.findall(rest))
        for command, rest in _COMMAND.findall(path)
    )


def _figure(value: float) -> str:
    return f"{round(value, 1):g}".replace("-0", "0") if abs(value) < 0.05 else f"{round(value, 1):g}"
