"""The faces that a press names come in; static TrueType of them, and the sheet that uses it, go out.

A face is embedded in every PDF, so its owner must allow that (OpenType 1.9, OS/2 fsType). Faces with cubic outlines
(CFF) and variable ones are made into static TrueType, once: what is set with CFF, WeasyPrint 70 makes into subsets that
the checkers of PDF/UA refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError, newTable
from fontTools.varLib.instancer import instantiateVariableFont

from pipeline.book import Book
from pipeline.book.press import CUTS, PressFace
from pipeline.epub.fonts import characters
from pipeline.html import Resource
from pipeline.source import Problem

LIMIT = 32_000_000
"""Bytes of a file of a face."""

RESTRICTED, NO_SUBSETTING, BITMAPS_ONLY = 0x0002, 0x0100, 0x0200
"""Bits of OS/2 fsType: not to be embedded, only whole, only its bitmaps."""

FALLBACKS = '"Edition Fallback", "Edition Armenian", "Edition Georgian", "Edition Hebrew"'
TOKENS = {
    "serif": ("serif", "caption", "subhead", "display"),
    "sans": ("sans",),
    "display": ("display",),
    "mono": ("mono",),
}


class UnusableError(Exception):
    """A face cannot be used; its words say why."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A face as static TrueType: its bytes, and the name that its makers gave its family."""

    data: bytes
    name: str


def bring_faces(
    book: Book, root: Path, keep: Callable[[str, Callable[[], bytes]], bytes] | None = None
) -> tuple[Book, tuple[Resource, ...], tuple[Problem, ...]]:
    """Return the book with the sheet of its press's faces, the faces, and what is wrong with them.

    `root` is the folder of the book; `keep` returns what was made of a file before, or makes it.
    """
    press = book.press
    if not press.faces:
        return book, (), ()
    folder = (root / press.folder) if press.folder else root / "fonts"
    problems: list[Problem] = []
    resources: list[Resource] = []
    rules: list[str] = []
    names: list[str] = []
    for face in press.faces:
        weight, style = CUTS[face.cut]
        try:
            made = _made(folder / face.file, weight, keep)
        except UnusableError as error:
            problems.append(
                Problem(
                    "font-unusable",
                    f"the face `{face.file}` cannot be used: {error}",
                    face.span,
                    "use a TrueType or OpenType file whose licence allows embedding and subsetting",
                )
            )
            continue
        file = f"fonts/press-{face.family}-{face.cut.replace('_', '-')}.ttf"
        resources.append(Resource(file, "font/ttf", made.data))
        names.append(made.name)
        rules.append(
            f'@font-face {{ font-family: "Press {face.family.title()}"; src: url({file}); '
            f"font-style: {style}; font-weight: {weight}; }} /* {hashlib.sha256(made.data).hexdigest()} */\n"
        )
    sheet = "".join(rules) + _tokens(press.faces)
    theme = replace(book.theme, sheets={**book.theme.sheets, "press.css": sheet})
    book = replace(book, theme=theme, faces=tuple(dict.fromkeys(name for name in names if name)))
    return book, tuple(resources), tuple(problems)


def signs_of(fonts: Sequence[Resource]) -> frozenset[str]:
    """Return the signs that every text can be set with: those of all the house's cuts for text, and of its fallbacks."""
    cuts = {font.name.rpartition("/")[2]: font.data for font in fonts if font.media_type == "font/ttf"}
    main = [data for name, data in cuts.items() if name.startswith("Source") and not name.startswith("SourceCode")]
    others = [data for name, data in cuts.items() if not name.startswith("Source")]
    common = frozenset.intersection(*map(characters, main)) if main else frozenset()
    return common.union(*map(characters, others))


def _tokens(faces: tuple[PressFace, ...]) -> str:
    families = dict.fromkeys(face.family for face in faces)
    tokens = [
        f'--{token}: "Press {family.title()}", {FALLBACKS};'
        for family in families
        for token in TOKENS[family]
        if token == family or token not in families
    ]
    return f":root {{ {' '.join(tokens)} }}\n"


def _made(path: Path, weight: int, keep: Callable[[str, Callable[[], bytes]], bytes] | None) -> Cast:
    try:
        if path.stat().st_size > LIMIT:
            raise UnusableError(f"it has more than {LIMIT // 1_000_000} MB")
        data = path.read_bytes()
    except OSError as error:
        raise UnusableError(f"it cannot be read ({error.strerror or error})") from error
    return cast(data, weight, keep)


def cast(data: bytes, weight: int, keep: Callable[[str, Callable[[], bytes]], bytes] | None = None) -> Cast:
    """Return a face as static TrueType of one weight; raises `UnusableError` when it must not or cannot be used."""
    try:
        if data[:4] in (b"wOFF", b"wOF2"):
            raise UnusableError("it is packed for the web; take the file that it was made from")
        font = TTFont(BytesIO(data), lazy=True, recalcTimestamp=False)
        _allowed(font)
        name = str(font["name"].getBestFamilyName() or "")
        whole = "glyf" in font and "fvar" not in font
        if whole:
            return Cast(data, name)
        key = hashlib.sha256(b"static\0" + str(weight).encode() + data).hexdigest()
        return Cast(keep(key, lambda: _static(data, weight)) if keep is not None else _static(data, weight), name)
    except UnusableError:
        raise
    except (TTLibError, KeyError, ValueError, AssertionError, IndexError, AttributeError, TypeError, EOFError) as error:
        raise UnusableError(f"it is no whole font ({type(error).__name__}: {str(error)[:80]})") from error


def _allowed(font: TTFont) -> None:
    bits = int(font["OS/2"].fsType)
    if bits & 0x000F == RESTRICTED:
        raise UnusableError("its owner forbids to embed it (OS/2 fsType, restricted licence)")
    if bits & NO_SUBSETTING:
        raise UnusableError("its owner forbids to embed a part of it (OS/2 fsType, no subsetting)")
    if bits & BITMAPS_ONLY:
        raise UnusableError("its owner allows to embed its bitmaps only (OS/2 fsType)")


def _static(data: bytes, weight: int) -> bytes:
    font: Any = TTFont(BytesIO(data), recalcTimestamp=False)
    if "fvar" in font:
        place: dict[str, float] = {}
        for axis in font["fvar"].axes:
            wanted = float(weight) if axis.axisTag == "wght" else axis.defaultValue
            place[axis.axisTag] = max(axis.minValue, min(wanted, axis.maxValue))
        font = instantiateVariableFont(font, place)
    if "glyf" not in font:
        _quadratic(font)
    out = BytesIO()
    font.save(out, reorderTables=True)
    return out.getvalue()


def _quadratic(font: Any) -> None:
    """Make quadratic outlines of cubic ones, within a thousandth of an em."""
    order, glyphs = font.getGlyphOrder(), font.getGlyphSet()
    error = font["head"].unitsPerEm / 1000
    drawn: dict[str, Any] = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, error, reverse_direction=True))
        drawn[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, drawn
    for tag in ("CFF ", "CFF2", "VORG"):
        if tag in font:
            del font[tag]
    for name in order:
        glyf[name].recalcBounds(glyf)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyf[name], "xMin", 0))
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
        "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
        "maxCompositeContours", "maxComponentDepth",
    ):  # fmt: skip
        setattr(maxp, field, 0)
    maxp.maxZones = 1
    post = font["post"]
    post.formatType, post.extraNames, post.mapping, post.glyphOrder = 2.0, [], {}, order
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\x00\x01\x00\x00"
