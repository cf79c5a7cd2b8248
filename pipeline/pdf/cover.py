"""A measured cover comes in; its PDF goes out: one page with trim and bleed, in ink, its letters embedded as text.

Nothing is laid out: each glyph stands where the sheet has it. What it says reads back in the order of the sheet.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import groupby

import pikepdf
import uharfbuzz
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from pipeline.cover import Area, Picture, Sheet, TypeLine
from pipeline.pdf.fonts import CMAP_FOOT, CMAP_HEAD, subset_font
from pipeline.pdf.join import save
from pipeline.pdf.metadata import About
from pipeline.pdf.prepress import Press, write_standard


def cover_pdf(sheet: Sheet, press: Press, about: About) -> bytes:
    """Return the PDF of a cover for a printer; raises `OSError` or `ValueError` for a picture that cannot be read."""
    with pikepdf.new() as pdf:
        faces = _Faces()
        parts = [part for number, item in enumerate(sheet.items) for part in _painted(sheet, item, number, faces)]
        resources = Dictionary(Font=faces.write(pdf))
        pictures = {
            f"/P{number}": pdf.make_indirect(_picture(pdf, item, press))
            for number, item in enumerate(sheet.items)
            if isinstance(item, Picture)
        }
        if pictures:
            resources.XObject = Dictionary(pictures)
        box = Array([0, 0, _tidy(sheet.width), _tidy(sheet.height)])
        bleed = sheet.bleed
        trim = Array([_tidy(bleed), _tidy(bleed), _tidy(sheet.width - bleed), _tidy(sheet.height - bleed)])
        page = Dictionary(
            Type=Name.Page,
            MediaBox=box,
            CropBox=box,
            BleedBox=box,
            TrimBox=trim,
            Resources=resources,
            Contents=pdf.make_indirect(pikepdf.Stream(pdf, "\n".join(parts).encode())),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        if about.language:
            pdf.Root.Lang = String(about.language)
        write_standard(pdf, press, about)
        old = press.standard == "PDF/X-1a:2001"
        return save(pdf, version="1.3" if old else "1.6", plain=old)


def _painted(sheet: Sheet, item: Area | TypeLine | Picture, number: int, faces: _Faces) -> Iterator[str]:
    match item:
        case Area(x, y, width, height, colour):
            ink = " ".join(f"{part / 100:g}" for part in colour.ink)
            yield f"{ink} k {x:.3f} {sheet.height - y - height:.3f} {width:.3f} {height:.3f} re f"
        case TypeLine():
            yield from _line(sheet, item, faces)
        case Picture(x, y, width, height, _):
            yield f"q {width:.3f} 0 0 {height:.3f} {x:.3f} {sheet.height - y - height:.3f} cm /P{number} Do Q"


def _line(sheet: Sheet, line: TypeLine, faces: _Faces) -> Iterator[str]:
    """Yield the operators of a line: each run of a face in one string, with the shifts between its glyphs."""
    ink = " ".join(f"{part / 100:g}" for part in line.colour.ink)
    yield f"{ink} k BT"
    at = 0.0
    for font, glyphs in line.setter.shaped(line.words):
        face = faces.face(font)
        yield f"/{face.name} {line.size:g} Tf"
        for raised, run in groupby(glyphs, key=lambda glyph: glyph.y):
            x, y = line.x, sheet.height - line.y
            if line.turned:
                yield f"0 -1 1 0 {x + raised * line.size:.4f} {y - at * line.size:.4f} Tm"
            else:
                yield f"1 0 0 1 {x + at * line.size:.4f} {y + raised * line.size:.4f} Tm"
            shown: list[str] = []
            for glyph in run:
                face.use(glyph.number, glyph.signs)
                natural = face.advance(glyph.number)
                if glyph.x:
                    shown.append(f"{-1000 * glyph.x:.3f}")
                shown.append(f"<{glyph.number:04x}>")
                after = 1000 * (natural - glyph.advance + glyph.x)
                if abs(after) > 0.0005:
                    shown.append(f"{after:.3f}")
                at += glyph.advance
            yield f"[{' '.join(shown)}] TJ"
    yield "ET"


class _Face:
    """One font file: the glyphs of it that are used, and what they stand for."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.face = uharfbuzz.Face(data)
        self.font = uharfbuzz.Font(self.face)
        self.signs: dict[int, str] = {}

    def use(self, glyph: int, signs: str) -> None:
        if signs or glyph not in self.signs:
            self.signs[glyph] = self.signs.get(glyph) or signs

    def advance(self, glyph: int) -> float:
        """Return the width of a glyph as the font has it, in em."""
        width: int = self.font.get_glyph_h_advance(glyph)
        return width / int(self.face.upem)

    def write(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        data = subset_font(self.data, self.signs)
        stream = pikepdf.Stream(pdf, data)
        stream.Length1 = len(data)
        label = Name(f"/STETAA+Cover-{self.name}")
        em = self.face.upem
        extents = self.font.get_font_extents("ltr")
        widths = {glyph: round(1000 * self.advance(glyph), 3) for glyph in self.signs}
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=label,
            Flags=4,
            FontBBox=Array([-1000, round(1000 * extents.descender / em), 2000, round(1000 * extents.ascender / em)]),
            ItalicAngle=0,
            Ascent=round(1000 * extents.ascender / em),
            Descent=round(1000 * extents.descender / em),
            CapHeight=round(1000 * extents.ascender / em),
            StemV=80,
            FontFile2=pdf.make_indirect(stream),
        )
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=label,
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            CIDToGIDMap=Name.Identity,
            DW=1000,
            W=Array([part for glyph in sorted(widths) for part in (glyph, Array([widths[glyph]]))]),
            FontDescriptor=pdf.make_indirect(descriptor),
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=label,
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(descendant)]),
                ToUnicode=pdf.make_indirect(pikepdf.Stream(pdf, self._text_map())),
            )
        )

    def _text_map(self) -> bytes:
        parts = [CMAP_HEAD]
        said = [(glyph, signs) for glyph, signs in sorted(self.signs.items()) if signs]
        for at in range(0, len(said), 100):
            block = said[at : at + 100]
            parts.append(b"%d beginbfchar\n" % len(block))
            parts.extend(b"<%04x> <%s>\n" % (glyph, signs.encode("utf-16-be").hex().encode()) for glyph, signs in block)
            parts.append(b"endbfchar\n")
        return b"".join((*parts, CMAP_FOOT))


class _Faces:
    """The fonts of a page, in the order in which they are first used."""

    def __init__(self) -> None:
        self.faces: dict[bytes, _Face] = {}

    def face(self, data: bytes) -> _Face:
        return self.faces.setdefault(data, _Face(f"F{len(self.faces)}", data))

    def write(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        return Dictionary({f"/{face.name}": face.write(pdf) for face in self.faces.values()})


DOTS = 300
"""Dots to an inch beyond which a picture is not kept."""


def _picture(pdf: pikepdf.Pdf, item: Picture, press: Press) -> pikepdf.Stream:
    """Return the part of a picture that fills its rectangle, in the four inks."""
    with Image.open(io.BytesIO(item.data)) as opened:
        picture = opened.convert("RGB")
    shape = item.width / item.height
    wide, high = picture.size
    if wide / high > shape:
        cut = round((wide - high * shape) / 2)
        picture = picture.crop((cut, 0, wide - cut, high))
    else:
        cut = round((high - wide / shape) / 2)
        picture = picture.crop((0, cut, wide, high - cut))
    most = round(item.width / 72 * DOTS)
    if picture.size[0] > most:
        picture = picture.resize((most, round(most / shape)), Image.Resampling.LANCZOS)
    inks = _inks(picture, press.profile)
    stream = pikepdf.Stream(pdf, inks.tobytes())
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height = inks.size
    stream.ColorSpace, stream.BitsPerComponent = Name.DeviceCMYK, 8
    return stream


def _inks(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in cyan, magenta, yellow and black: by the profile of the printer, else by the simple rule.

    The simple rule puts as much black for the other three as they have in common, so that ink does not lie too thick.
    """
    if profile:
        from PIL import ImageCms  # noqa: PLC0415 only an offset house gives a profile

        source = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(
            picture, source, ImageCms.ImageCmsProfile(io.BytesIO(profile)), outputMode="CMYK"
        )
        assert made is not None
        return made
    from PIL import ImageChops  # noqa: PLC0415

    cyan, magenta, yellow = (ImageChops.invert(band) for band in picture.split())
    black = ImageChops.darker(ImageChops.darker(cyan, magenta), yellow)
    return Image.merge("CMYK", [*(ImageChops.subtract(band, black) for band in (cyan, magenta, yellow)), black])


def _tidy(value: float) -> float | int:
    value = round(value, 3)
    return int(value) if value == int(value) else value
