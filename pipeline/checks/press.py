"""A printer's file is what the printer asks for: boxes, bleed, margins, pages, black only, and every word of the book.

What a press cannot use makes a printer send the file back, or print it in grey where black was meant. Sources: ISO 15930-1
and -7 (PDF/X-1a, PDF/X-4), the guidelines of the printers in `book/printers.py`. Such a file has no structure that
says in which order it is read. So its words are proved by the book of the same pages that has one: page by page it must
show the same glyphs at the same places.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Name

from pipeline.book import PRINTERS, EditionSettings, Printer, Trim
from pipeline.checks.glyphs import Painter
from pipeline.source import Problem, Severity

LIMIT = 5
"""Pages that are named for each fault."""

DEPTH = 24
_SLACK = 0.05

_SHOWN = re.compile(
    rb"\[[^\]]*\]\s*TJ\b|<[0-9a-fA-F\s]*>\s*Tj\b|(?:[-+0-9.]+\s+)+(?:Tm|Td|TD|TL|Tr|cm|re|[cylmv])\b"
    rb"|/[^\s/<>\[\]()]+\s+(?:[-+0-9.]+\s+Tf|Do)\b|\b(?:BT|ET|T\*|f\*?|W\*?|n|S|q|Q)(?=\s|$)"
)
"""What puts glyphs and lines in their places; colours and marks of structure are left out."""

_RGB = re.compile(rb"(?<![\w/])(?:rg|RG)(?!\w)|/(?!Pattern\b|DeviceGray\b|DeviceCMYK\b)[^\s/]+\s+(?:cs|CS)(?!\w)")


def shown_digest(data: bytes) -> str:
    """Return a digest of what the pages of a PDF show, in order, without colours, structure and the place on the sheet."""
    digest = hashlib.sha256()
    with pikepdf.open(BytesIO(data)) as pdf:
        for page in pdf.pages:
            found = b"\n".join(_shown(page.obj))
            if found:
                digest.update(found + b"\x00")
    return digest.hexdigest()


def _shown(page: Any) -> Iterator[bytes]:
    contents = page.get(Name.Contents)
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents] if contents is not None else []
    bodies = [part.read_bytes() for part in parts]
    while bodies and _FRAME.fullmatch(bodies[0].strip()):
        del bodies[0]
    while bodies and bodies[-1].strip() in (b"Q", b""):
        del bodies[-1]
    for body in bodies:
        yield from (b" ".join(match.group().split()) for match in _SHOWN.finditer(body))
    yield from _forms(page.get(Name.Resources), 0)


_FRAME = re.compile(rb"q(?:\s+1 0 0 1 [-0-9.]+ [-0-9.]+ cm)?")
"""What moves a page to its place on the sheet."""


def _forms(resources: Any, depth: int) -> Iterator[bytes]:
    forms = None if resources is None else resources.get(Name.XObject)
    if forms is None or depth >= DEPTH:
        return
    for key, form in sorted(forms.items()):
        if form.get(Name.Subtype) == Name.Form:
            yield key.encode()
            yield from (b" ".join(match.group().split()) for match in _SHOWN.finditer(form.read_bytes()))
            yield from _forms(form.get(Name.Resources), depth + 1)


def check_press(settings: EditionSettings, trim: Trim, name: str, data: bytes, shown: str) -> tuple[Problem, ...]:
    """Compare a printer's file with what its printer asks for; `shown` is the digest of what its pages must show."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            found = [*_Press(settings, trim, name, pdf).problems()]
    except (pikepdf.PdfError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        words = " ".join(str(error).split())[:200] or type(error).__name__
        return (Problem("pdf-unreadable", f"`{name}` cannot be read back: {words}"),)
    if shown_digest(data) != shown:
        found.append(
            Problem(
                "press-words",
                f"the pages of `{name}` do not show what the pages of the book show",
                settings.span,
                "this is a fault of the pipeline or of what wrote the file, not of the manuscript",
            )
        )
    return tuple(found)


class _Press:
    """One comparison of a file with the row of its printer."""

    def __init__(self, settings: EditionSettings, trim: Trim, name: str, pdf: pikepdf.Pdf) -> None:
        self.settings = settings
        self.printer: Printer = PRINTERS[settings.printer]
        self.trim = trim
        self.name = name
        self.pdf = pdf

    def problems(self) -> Iterator[Problem]:
        yield from self.pages()
        yield from self.boxes()
        yield from self.leftovers()
        yield from self.colours()
        yield from self.margins()
        yield from self.standard()

    def problem(self, code: str, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> Problem:
        return Problem(code, message, self.settings.span, hint, severity)

    def pages(self) -> Iterator[Problem]:
        count, printer = len(self.pdf.pages), self.printer
        if count % 2 or not printer.least <= count <= printer.most:
            yield self.problem(
                "press-pages",
                f"`{self.name}` has {count} pages; {printer.title} takes an even number from {printer.least} to {printer.most}",
                "choose a trim that holds more, or another printer",
            )

    def boxes(self) -> Iterator[Problem]:
        trim, bleed = self.trim, self.printer.bleed
        wrong = []
        for index, page in enumerate(self.pdf.pages):
            left = bleed if index % 2 or self.printer.bleed_at_spine else 0.0
            right = bleed if not index % 2 or self.printer.bleed_at_spine else 0.0
            media = (0.0, 0.0, trim.width + left + right, trim.height + 2 * bleed)
            inner = (left, bleed, left + trim.width, bleed + trim.height)
            want = {"MediaBox": media, "BleedBox": media, "TrimBox": inner}
            for key, box in want.items():
                there = [float(value) for value in page.obj.get(Name("/" + key), ())]
                if len(there) != 4 or any(abs(a - b) > _SLACK for a, b in zip(there, box, strict=True)):
                    wrong.append((index, key))
        if wrong:
            index, key = wrong[0]
            yield self.problem(
                "press-boxes",
                f"PDF page {index + 1} of `{self.name}` has another {key} than {self.printer.title} asks for"
                + (f", and {len(wrong) - 1} others" if len(wrong) > 1 else ""),
            )

    def leftovers(self) -> Iterator[Problem]:
        found = {
            key[1:] for key in ("/StructTreeRoot", "/Names", "/AF", "/AcroForm", "/OpenAction") if key in self.pdf.Root
        }
        found |= {"Annots" for page in self.pdf.pages if Name.Annots in page.obj}
        if found:
            yield self.problem(
                "press-leftovers", f"`{self.name}` carries what no press can use: {', '.join(sorted(found))}"
            )

    def colours(self) -> Iterator[Problem]:
        """Report every operator, picture and blend that is not black or a share of it."""
        pages: dict[str, list[int]] = {}
        seen: dict[tuple[int, int], list[str]] = {}
        for index, page in enumerate(self.pdf.pages):
            for fault in _colours(page.obj, page.obj.get(Name.Resources), seen, 0, old=self.old):
                pages.setdefault(fault, []).append(index + 1)
        for fault, numbers in pages.items():
            few = ", ".join(map(str, numbers[:LIMIT])) + (" …" if len(numbers) > LIMIT else "")
            yield self.problem(
                "press-colour",
                f"`{self.name}` shows {fault} on PDF page {few}",
                "a book for this printer is printed in black only: use pictures without colours and blends",
            )

    @property
    def old(self) -> bool:
        """Say whether nothing may be seen through: so it is where the printer asks for PDF/X-1a, or the file claims it."""
        info = self.pdf.trailer.get(Name.Info, pikepdf.Dictionary())
        return "PDF/X-1a:2001" in (self.printer.standard, str(info.get("/GTS_PDFXConformance", "")))

    def margins(self) -> Iterator[Problem]:
        """Report glyphs that stand too near to the spine or to the edge."""
        painter = Painter()
        count = len(self.pdf.pages)
        gutter, margin = self.printer.gutter(count), self.printer.margin
        near: dict[str, list[int]] = {}
        for index, page in enumerate(self.pdf.pages):
            left, bottom, right, top = (float(value) for value in page.obj.TrimBox)
            shown = [each for each in painter.page(page) if each.text.strip()]
            if not shown:
                continue
            start, end = min(each.x for each in shown), max(each.end for each in shown)
            inner, outer = (start - left, right - end) if index % 2 == 0 else (right - end, start - left)
            foot, head = min(each.y for each in shown) - bottom, top - max(each.y for each in shown)
            if inner < gutter - 0.5:
                near.setdefault(f"the spine than {gutter:g} points, with {count} pages", []).append(index + 1)
            if min(outer, foot, head) < margin - 0.5:
                near.setdefault(f"the edge than {margin:g} points", []).append(index + 1)
        for what, numbers in near.items():
            few = ", ".join(map(str, numbers[:LIMIT])) + (" …" if len(numbers) > LIMIT else "")
            yield self.problem(
                "press-margin",
                f"words of `{self.name}` stand nearer to {what} (PDF page {few})",
                "choose a trim with wider margins, or shorten what sticks out of the text",
            )

    def standard(self) -> Iterator[Problem]:
        wanted = self.printer.standard
        info = self.pdf.trailer.get(Name.Info, pikepdf.Dictionary())
        said = str(info.get("/GTS_PDFXConformance", info.get("/GTS_PDFXVersion", "")))
        intents = [
            str(intent.get(Name.OutputConditionIdentifier, ""))
            for intent in self.pdf.Root.get(Name.OutputIntents, ())
            if intent.get(Name.S) == Name.GTS_PDFX
        ]
        fine = (
            not wanted
            or said == wanted
            or (wanted == "PDF/X-4" and said == "PDF/X-1a:2001" and not self.settings.ink_profile)
        )
        if not fine or (wanted and len(intents) != 1):
            yield self.problem(
                "press-standard",
                f"`{self.name}` says {said or 'nothing'} of its standard; {self.printer.title} asks for {wanted}",
            )


def _colours(
    holder: Any, resources: Any, seen: dict[tuple[int, int], list[str]], depth: int, *, old: bool
) -> list[str]:
    contents = holder.get(Name.Contents) if not isinstance(holder, pikepdf.Stream) else holder
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents] if contents is not None else []
    found: list[str] = []
    for part in parts:
        if part.objgen not in seen:
            data = part.read_bytes()
            seen[part.objgen] = ["a colour"] if _RGB.search(_bare(data)) else []
        found += seen[part.objgen]
    if resources is None or depth >= DEPTH:
        return list(dict.fromkeys(found))
    blends = list(_each(resources, Name.Shading))
    inside: list[Any] = []
    for pattern in _each(resources, Name.Pattern):
        if isinstance(pattern, pikepdf.Stream):
            inside.append(pattern)
        else:
            blends += [pattern.Shading] if Name.Shading in pattern else []
    if any(blend.get(Name.ColorSpace) not in (Name.DeviceGray, Name.DeviceCMYK) for blend in blends):
        found.append("a blend of colours")
    for state in _each(resources, Name.ExtGState):
        mask = state.get(Name.SMask, Name("/None"))
        if isinstance(mask, pikepdf.Dictionary) and Name.G in mask:
            inside.append(mask.G)
        if mask != Name("/None") or any(float(state.get(key, 1)) < 1 for key in (Name.ca, Name.CA)):
            found += ["something that one can see through"] if old else []
    for item in inside:
        if item.objgen not in seen:
            seen[item.objgen] = _colours(item, item.get(Name.Resources), seen, depth + 1, old=old)
        found += seen[item.objgen]
    items = resources.get(Name.XObject)
    for _, item in sorted(items.items()) if items is not None else ():
        if item.objgen in seen:
            found += seen[item.objgen]
        elif item.get(Name.Subtype) == Name.Image:
            grey = item.get(Name.ColorSpace) in (Name.DeviceGray, Name.DeviceCMYK) or Name.ImageMask in item
            seen[item.objgen] = [] if grey and Name.SMask not in item else ["a picture in colours"]
            found += seen[item.objgen]
        else:
            inner = _colours(item, item.get(Name.Resources), seen, depth + 1, old=old)
            seen[item.objgen] = inner
            found += inner
    return list(dict.fromkeys(found))


def _each(resources: Any, key: Name) -> Iterator[Any]:
    found = resources.get(key)
    for _, item in sorted(found.items()) if found is not None else ():
        yield item


def _bare(data: bytes) -> bytes:
    """Return a content stream without its strings, in which anything may stand."""
    return re.sub(rb"<[0-9a-fA-F\s]*>|\((?:\\.|[^\\()])*\)", b"", data)
