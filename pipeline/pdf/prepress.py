"""A finished book comes in; the file that a printer takes goes out: the same pages, ready for ink on paper.

Nothing is laid out again: each page keeps its content but for marks of structure and colours. What a press cannot
use goes (links, outline, tags), every colour becomes a share of black, and the page gets the boxes, the bleed and the inner margin
that the printer asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from pipeline.pdf.join import move_patterns, save
from pipeline.pdf.metadata import About, Conformance, info_entries, xmp

DEPTH = 24
"""Forms within forms that are followed."""


@dataclass(frozen=True, slots=True)
class Press:
    """What becomes of a page: measures are points.

    `standard` is "", "PDF/X-1a:2001" or "PDF/X-4". `condition` names the printing condition, `profile` are the bytes of its
    ICC profile, or b"". `shift` moves the text away from the spine.
    """

    standard: str = ""
    condition: str = ""
    profile: bytes = b""
    bleed: float = 0.0
    bleed_at_spine: bool = True
    shift: float = 0.0


def prepress(data: bytes, press: Press, about: About, bleeds: frozenset[int] = frozenset()) -> tuple[bytes, int]:
    """Make the printer's file of a finished book; return it and how many pages it has.

    `bleeds` are pages that a picture fills: it reaches into the bleed, and is not moved away from the spine.

    What cannot be made black (blends, pictures of unknown kinds) stays as it is: the check of the file finds it.
    """
    with pikepdf.open(BytesIO(data)) as pdf:
        done: set[tuple[int, int]] = set()
        if len(pdf.pages) % 2:  # a leaf has two sides
            box = pdf.pages[-1].obj.MediaBox
            pdf.add_blank_page(page_size=(float(box[2]), float(box[3])))
        for index, page in enumerate(pdf.pages):
            _blacken_page(page.obj, done)
            _set_boxes(pdf, page.obj, press, verso=index % 2 == 1, still=index in bleeds)
        old = press.standard == "PDF/X-1a:2001"
        if old:
            _ungroup(pdf)
        for key in list(pdf.Root.keys()):
            if key not in ("/Type", "/Pages", "/PageLabels", "/Lang"):
                del pdf.Root[key]
        write_standard(pdf, press, about)
        count = len(pdf.pages)
        return save(pdf, version="1.3" if old else "1.6", plain=old), count


def _set_boxes(pdf: pikepdf.Pdf, page: pikepdf.Object, press: Press, *, verso: bool, still: bool = False) -> None:
    """Put bleed around the trim, and move the content to its new place."""
    width, height = float(page.MediaBox[2]), float(page.MediaBox[3])
    bleed = press.bleed
    left = bleed if verso or press.bleed_at_spine else 0.0
    right = bleed if not verso or press.bleed_at_spine else 0.0
    media = Array([0, 0, _tidy(width + left + right), _tidy(height + 2 * bleed)])
    page.MediaBox = page.CropBox = page.BleedBox = media
    page.TrimBox = Array([_tidy(left), _tidy(bleed), _tidy(left + width), _tidy(bleed + height)])
    if Name.ArtBox in page:
        del page[Name.ArtBox]
    dx = left + (0.0 if still else -press.shift if verso else press.shift)
    contents = page.get(Name.Contents)
    if contents is None:
        return
    move_patterns(page, dx, bleed)
    parts = list(contents) if isinstance(contents, Array) else [contents]
    opening = pdf.make_indirect(pikepdf.Stream(pdf, f"q 1 0 0 1 {dx:g} {bleed:g} cm\n".encode()))
    closing = pdf.make_indirect(pikepdf.Stream(pdf, b"Q\n"))
    page.Contents = Array([opening, *parts, closing])


def _tidy(value: float) -> float | int:
    value = round(value, 3)
    return int(value) if value == int(value) else value


# Black ------------------------------------------------------------------------------------------


def _blacken_page(page: pikepdf.Object, done: set[tuple[int, int]]) -> None:
    for key in (Name.Annots, Name.StructParents, Name.Tabs, Name.Group):
        if key in page:
            del page[key]
    contents = page.get(Name.Contents)
    for part in list(contents) if isinstance(contents, Array) else [contents] if contents is not None else []:
        _blacken_stream(part, done)
    _blacken_resources(page.get(Name.Resources), done, 0)


def _blacken_resources(resources: Any, done: set[tuple[int, int]], depth: int) -> None:
    if resources is None or depth >= DEPTH:
        return
    if Name.ColorSpace in resources:
        del resources[Name.ColorSpace]  # WeasyPrint names two on every page, and uses neither for what sRGB can say
    for shading in _values(resources, Name.Shading):
        _blacken_shading(shading)
    for state in _values(resources, Name.ExtGState):
        mask = state.get(Name.SMask, Name("/None"))
        if mask == Name("/None") and all(float(state.get(key, 1)) == 1 for key in (Name.ca, Name.CA)):
            for key in (Name.ca, Name.CA, Name.SMask, Name.BM, Name.AIS):
                if key in state:
                    del state[key]
        if isinstance(mask, Dictionary) and Name.G in mask:
            _blacken_form(mask.G, done, depth)
    for pattern in _values(resources, Name.Pattern):
        if isinstance(pattern, pikepdf.Stream):
            _blacken_form(pattern, done, depth)
        elif Name.Shading in pattern:
            _blacken_shading(pattern.Shading)
    for item in _values(resources, Name.XObject):
        if item.get(Name.Subtype) == Name.Image:
            _blacken_image(item, done)
        elif item.get(Name.Subtype) == Name.Form:
            _blacken_form(item, done, depth)


def _values(resources: Any, key: Name) -> Iterator[Any]:
    found = resources.get(key)
    if found is not None:
        for name in sorted(found.keys()):
            yield found[name]


def _blacken_form(form: Any, done: set[tuple[int, int]], depth: int) -> None:
    if form.objgen in done:
        return
    _blacken_stream(form, done)
    for key in (Name.StructParents, Name.StructParent):
        if key in form:
            del form[key]
    if Name.Group in form and Name.CS in form.Group:
        form.Group.CS = Name.DeviceGray  # what is seen through as one must stay one
    _blacken_resources(form.get(Name.Resources), done, depth + 1)


def _blacken_stream(stream: Any, done: set[tuple[int, int]]) -> None:
    """Take marks of structure out of a content stream, and make its colours shares of black."""
    if stream.objgen in done:
        return
    done.add(stream.objgen)
    data = stream.read_bytes()
    stream.write(_rewritten(data) if _UNUSUAL.search(data) is None else _parsed(stream))


_UNUSUAL = re.compile(rb"[(%]|\bBI\b|\bID\b")
"""Strings in parentheses, remarks, pictures within the text: parsed by qpdf, ten times slower."""

_MARK = re.compile(
    rb"/[^\s<>\[\]()/]+\s*(?:<<.*?>>|/[^\s<>\[\]()/]+)\s*(?:BDC|DP)\b\s?|/[^\s<>\[\]()/]+\s*(?:BMC|MP)\b\s?|\bEMC\b\s?",
    re.DOTALL,
)
_COLOUR = re.compile(rb"([0-9.+-]+)\s+([0-9.+-]+)\s+([0-9.+-]+)\s+(rg|RG)\b")


def _rewritten(data: bytes) -> bytes:
    def black(match: re.Match[bytes]) -> bytes:
        share = _grey(*(float(match.group(place)) for place in (1, 2, 3)))
        return f"{share:g} {'g' if match.group(4) == b'rg' else 'G'}".encode()

    return _COLOUR.sub(black, _MARK.sub(b"", data))


def _grey(red: float, green: float, blue: float) -> float:
    """Return how light a colour is (ITU-R BT.601); what is as good as black becomes black."""
    light = round(0.299 * red + 0.587 * green + 0.114 * blue, 4)
    return 0.0 if light < 0.005 else min(light, 1.0)


def _parsed(stream: Any) -> bytes:
    kept: list[Any] = []
    for instruction in pikepdf.parse_content_stream(stream):
        operator = str(instruction.operator)
        if operator in ("BDC", "BMC", "EMC", "DP", "MP"):
            continue
        if operator in ("rg", "RG"):
            share = _grey(*(float(each) for each in instruction.operands))
            plain = pikepdf.Operator("g" if operator == "rg" else "G")
            kept.append(pikepdf.ContentStreamInstruction([share], plain))
            continue
        kept.append(instruction)
    return pikepdf.unparse_content_stream(kept)


def _blacken_image(image: Any, done: set[tuple[int, int]]) -> None:
    """Make a picture grey, on white paper where it lets the paper through."""
    if image.objgen in done or Name.ImageMask in image:
        return
    done.add(image.objgen)
    mask = image.get(Name.SMask)
    if mask is None and image.get(Name.ColorSpace) == Name.DeviceGray:
        return
    try:
        picture = pikepdf.PdfImage(image).as_pil_image().convert("RGB")
        grey = picture.convert("L")
        if mask is not None:
            veil = pikepdf.PdfImage(mask).as_pil_image().convert("L").resize(grey.size)
            paper = grey.point(lambda _: 255)
            paper.paste(grey, mask=veil)
            grey = paper
    except (pikepdf.PdfError, NotImplementedError, OSError, ValueError):
        return
    for key in (Name.SMask, Name.Mask, Name.Decode, Name.DecodeParms):
        if key in image:
            del image[key]
    image.write(grey.tobytes())
    image.ColorSpace = Name.DeviceGray
    image.BitsPerComponent = 8
    image.Width, image.Height = grey.size


def _blacken_shading(shading: Any) -> None:
    """Make a blend of colours one of greys.

    What lies between two colours lies as far between their greys, since a grey is a weighted sum. Blends of another kind than
    WeasyPrint's stay, and are told of by the check of the file.
    """
    ramps = _ramps(shading.get(Name.Function), 0) if shading.get(Name.ColorSpace) == Name.DeviceRGB else None
    if ramps is None:
        return
    shading.ColorSpace = Name.DeviceGray
    if Name.Background in shading:
        shading.Background = Array([_grey(*(float(each) for each in shading.Background))])
    for ramp in ramps:
        for key in (Name.C0, Name.C1):
            if len(ramp[key]) == 3:  # else another blend has this ramp too
                ramp[key] = Array([_grey(*(float(each) for each in ramp[key]))])


def _ramps(function: Any, depth: int) -> list[Any] | None:
    """Return the plain ramps (ISO 32000-1, 7.10.3) that a function is made of; None where it is another thing."""
    if not isinstance(function, Dictionary) or depth >= DEPTH or Name.Range in function:
        return None
    kind = function.get(Name.FunctionType)
    if kind == 2 and {len(function.get(Name.C0, ())), len(function.get(Name.C1, ()))} <= {1, 3}:
        return [function]
    if kind != 3:
        return None
    parts = [_ramps(each, depth + 1) for each in function.Functions]
    return None if None in parts else [ramp for part in parts if part is not None for ramp in part]


def _ungroup(pdf: pikepdf.Pdf) -> None:
    """Take away groups that are seen through as one: PDF/X-1a knows none, and nothing that is seen through."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get(Name.Subtype) == Name.Form and Name.Group in item:
            del item[Name.Group]


# The catalog ------------------------------------------------------------------------------------


def write_standard(pdf: pikepdf.Pdf, press: Press, about: About) -> None:
    """Say which standard the file keeps (ISO 15930-1 and -7), and for which printing condition."""
    info = pdf.make_indirect(Dictionary())
    for key, value in info_entries(about).items():
        info[Name("/" + key)] = String(value)
    info.Trapped = Name("/False")
    if press.standard:
        old = press.standard == "PDF/X-1a:2001"
        info[Name("/GTS_PDFXVersion")] = String("PDF/X-1:2001" if old else press.standard)
        if old:
            info[Name("/GTS_PDFXConformance")] = String(press.standard)
        intent = Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFX,
            OutputConditionIdentifier=String(press.condition),
            RegistryName=String("http://www.color.org"),
            Info=String(press.condition),
        )
        if press.profile:
            profile = pikepdf.Stream(pdf, press.profile)
            profile.N = 4
            intent.DestOutputProfile = pdf.make_indirect(profile)
        pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
    metadata = pikepdf.Stream(pdf, xmp(about, Conformance(exchange=press.standard)))
    metadata.Type = Name.Metadata
    metadata.Subtype = Name.XML
    pdf.Root.Metadata = pdf.make_indirect(metadata)
    pdf.trailer.Info = info
