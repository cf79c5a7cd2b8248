"""The faces that a press names come in; static TrueType of them, and the sheet that uses it, go out.

A face is embedded in every PDF, so its owner must allow that (OpenType 1.9, OS/2 fsType). Faces with cubic outlines
(CFF) and variable ones are made into static TrueType, once: what is set with CFF, WeasyPrint 70 makes into subsets that
the checkers of PDF/UA refuse.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import NullPen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable
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
    book: Book,
    root: Path,
    keep: Callable[[str, Callable[[], bytes]], bytes] | None = None,
    seen: dict[str, str] | None = None,
) -> tuple[Book, tuple[Resource, ...], tuple[Problem, ...]]:
    """Return the book with the sheet of its press's faces, the faces, and what is wrong with them.

    `root` is the folder of the book; `keep` returns what was made of a file before, or makes it. `seen` is given the
    SHA-256 of every file that was read, under its path from `root`.
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
            data = _read(folder / face.file)
            if seen is not None:
                seen[str(Path(press.folder or "fonts") / face.file)] = hashlib.sha256(data).hexdigest()
            made = cast(data, weight, keep, slanted=style == "italic")
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


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMIT:
            raise UnusableError(f"it has more than {LIMIT // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise UnusableError(f"it cannot be read ({error.strerror or error})") from error


def cast(
    data: bytes,
    weight: int,
    keep: Callable[[str, Callable[[], bytes]], bytes] | None = None,
    *,
    slanted: bool = False,
) -> Cast:
    """Return a face as static TrueType of one weight; raises `UnusableError` when it must not or cannot be used.

    Of a collection (TTC) the one face of this weight and slant is taken.
    """
    try:
        if data[:4] in (b"wOFF", b"wOF2"):
            raise UnusableError("it is packed for the web; take the file that it was made from")
        number = _chosen(data, weight, slanted) if data[:4] == b"ttcf" else 0
        font = TTFont(BytesIO(data), fontNumber=number, recalcTimestamp=False, checkChecksums=2)
        _allowed(font)
        _sound(font, len(data))
        name = str(font["name"].getBestFamilyName() or "")
        whole = "glyf" in font and "fvar" not in font and data[:4] != b"ttcf"
        if whole:
            return Cast(data, name)
        key = hashlib.sha256(b"static\0" + str((weight, number)).encode() + data).hexdigest()
        made = keep(key, lambda: _static(data, weight, number)) if keep is not None else _static(data, weight, number)
        return Cast(made, name)
    except UnusableError:
        raise
    except Exception as error:  # a damaged file fails anywhere in its reader
        spoilt = re.match(r"bad checksum for '(.*?) *' table", str(error))
        why = f"its table `{spoilt[1]}` is damaged" if spoilt else f"{type(error).__name__}: {str(error)[:80]}"
        raise UnusableError(f"it is no whole font ({why})") from error


def _chosen(data: bytes, weight: int, slanted: bool) -> int:
    """Return the number of the one face of a collection that has this weight and slant."""
    with TTCollection(BytesIO(data), lazy=True) as collection:
        names = [str(font["name"].getBestFullName() or f"face {n}") for n, font in enumerate(collection.fonts)]
        fit = [
            n
            for n, font in enumerate(collection.fonts)
            if ("fvar" in font or font["OS/2"].usWeightClass == weight)
            and (bool(font["OS/2"].fsSelection & 1) or bool(font["post"].italicAngle)) == slanted
        ]
    if len(fit) != 1:
        slant = "italic" if slanted else "upright"
        raise UnusableError(
            f"it is a collection, and {'several' if fit else 'none'} of its faces {'have' if fit else 'has'} the weight "
            f"{weight} {slant}: {', '.join(names[:12])}{' …' if len(names) > 12 else ''}; take the one you mean out of it"
        )
    return fit[0]


def _sound(font: Any, size: int) -> None:
    """Read a face to its last glyph; raises what its reader raises, or `UnusableError`.

    What sets pages reads a damaged table as well as it can: letters would be lost, or the layout would fail far from here.
    """
    for tag, entry in font.reader.tables.items():
        if entry.offset + entry.length > size:
            raise UnusableError(f"it is no whole font (its table `{tag.strip()}` reaches beyond the end of the file)")
    if not 16 <= font["head"].unitsPerEm <= 16384:
        raise UnusableError(f"it is no whole font (its em has {font['head'].unitsPerEm} units)")
    font.ensureDecompiled(recurse=True)
    glyphs = font.getGlyphSet()
    for name in glyphs:
        glyphs[name].draw(NullPen())
    letters = {sign: glyph for sign, glyph in (font.getBestCmap() or {}).items() if chr(sign).isalnum()}
    if not letters:
        raise UnusableError("it has no letters")
    blank = []
    for sign, glyph in letters.items():
        pen = RecordingPen()
        glyphs[glyph].draw(pen)
        if not pen.value:
            blank.append(chr(sign))
    if 10 * len(blank) > len(letters) or any(sign.isascii() for sign in blank):
        raise UnusableError(f"it draws nothing for letters such as `{blank[0]}`")


def _allowed(font: TTFont) -> None:
    bits = int(font["OS/2"].fsType)
    if bits & 0x000F == RESTRICTED:
        raise UnusableError("its owner forbids to embed it (OS/2 fsType, restricted licence)")
    if bits & NO_SUBSETTING:
        raise UnusableError("its owner forbids to embed a part of it (OS/2 fsType, no subsetting)")
    if bits & BITMAPS_ONLY:
        raise UnusableError("its owner allows to embed its bitmaps only (OS/2 fsType)")


def _static(data: bytes, weight: int, number: int = 0) -> bytes:
    font: Any = TTFont(BytesIO(data), fontNumber=number, recalcTimestamp=False)
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
