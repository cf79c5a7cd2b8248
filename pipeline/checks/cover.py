"""A cover for a printer says what the book says, in faces that it carries, and has the printer's size to the point.

A wrap that is a millimetre too narrow is sent back, and a wrong letter on it is the first that everybody reads. The
words are read back from the file with the reader of `glyphs`, which knows nothing of how they were set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Name

from pipeline.book import PRINTERS, EditionSettings, Trim
from pipeline.checks.glyphs import Painter, Shown
from pipeline.cover import CoverWords
from pipeline.source import Problem

SLACK = 0.05
LEAST_SPINE_PAGES = 79
_RGB = re.compile(rb"(?<![\w/])(?:rg|RG|g|G|sc|SC|scn|SCN|cs|CS|sh)(?!\w)")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where on the sheet back, spine and front lie, in points from the left, and the size of all."""

    width: float
    height: float
    bleed: float
    back: tuple[float, float] | None
    spine: tuple[float, float] | None
    front: tuple[float, float]


def check_cover(
    settings: EditionSettings, trim: Trim, words: CoverWords, pages: int, name: str, data: bytes, *, picture: bool
) -> tuple[Problem, ...]:
    """Compare a cover with what it must say and with what its printer asks for; `picture` stands for the front's words."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            return tuple(_faults(settings, trim, words, pages, name, pdf, picture))
    except (pikepdf.PdfError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        return (Problem("pdf-unreadable", f"`{name}` cannot be read back: {said}"),)


def _places(settings: EditionSettings, trim: Trim, pages: int) -> _Places:
    printer = PRINTERS[settings.printer]
    bleed, width = printer.bleed, trim.width
    if settings.cover == "front":
        return _Places(width + 2 * bleed, trim.height + 2 * bleed, bleed, None, None, (bleed, bleed + width))
    spine = printer.spine(pages, settings.paper) / 25.4 * 72
    first = bleed + width
    return _Places(
        2 * width + spine + 2 * bleed,
        trim.height + 2 * bleed,
        bleed,
        (bleed, first),
        (first, first + spine),
        (first + spine, first + spine + width),
    )


def _faults(
    settings: EditionSettings, trim: Trim, words: CoverWords, pages: int, name: str, pdf: pikepdf.Pdf, picture: bool
) -> Iterator[Problem]:
    places = _places(settings, trim, pages)

    def fault(message: str) -> Problem:
        hint = "this is a fault of the pipeline or of what wrote the file, not of the manuscript"
        return Problem("cover-fault", message, settings.span, hint)

    if len(pdf.pages) != 1:
        yield fault(f"`{name}` has {len(pdf.pages)} pages")
        return
    page = pdf.pages[0]
    yield from map(fault, _boxes(places, page.obj, name))
    contents = page.obj.Contents.read_bytes()
    if _RGB.search(re.sub(rb"<[0-9a-fA-F\s]*>", b"", contents)):
        yield fault(f"`{name}` has colours that are not given in ink")
    for item in dict(page.obj.Resources.get(Name.XObject, {})).values():
        if item.get(Name.ColorSpace) not in (Name.DeviceCMYK, Name.DeviceGray):
            yield fault(f"`{name}` holds a picture that is not given in ink")
    for font in dict(page.obj.Resources.get(Name.Font, {})).values():
        if not _embedded(font):
            yield fault(f"`{name}` does not carry the face `{font.get(Name.BaseFont, '')}`")
    yield from map(fault, _words(words, places, pages, name, Painter().page(page), picture))


def _boxes(places: _Places, page: Any, name: str) -> Iterator[str]:
    bleed = places.bleed
    whole = (0.0, 0.0, places.width, places.height)
    trim = (bleed, bleed, places.width - bleed, places.height - bleed)
    for key, want in (("MediaBox", whole), ("BleedBox", whole), ("TrimBox", trim)):
        there = [float(value) for value in page.get(Name("/" + key), ())]
        if len(there) != 4 or any(abs(a - b) > SLACK for a, b in zip(there, want, strict=True)):
            shown = " × ".join(f"{value:.2f}" for value in (want[2] - want[0], want[3] - want[1]))
            yield f"the {key} of `{name}` is not the one asked for, {shown} points"


def _embedded(font: Any) -> bool:
    held = [each.get(Name.FontDescriptor) for each in font.get(Name.DescendantFonts, ())]
    return bool(held) and all(each is not None and Name.FontFile2 in each for each in held)


def _signs(text: str) -> str:
    return "".join(text.split())


def _words(
    words: CoverWords, places: _Places, pages: int, name: str, shown: Sequence[Shown], picture: bool
) -> Iterator[str]:
    """Say where front, spine and back show other words than they must, or words stand where they may not."""
    seen = [each for each in shown if each.text.strip()]
    front = [each for each in seen if each.x >= places.front[0]]
    spine = [each for each in seen if places.spine is not None and places.spine[0] <= each.x < places.spine[1]]
    back = [each for each in seen if places.back is not None and each.x < places.back[1]]
    yield from _differ("front", name, front, "" if picture else "".join(text for _, text in words.front))
    if places.back is not None:
        code = f"ISBN {words.isbn}{words.code}" if words.code else ""
        yield from _differ("back", name, back, "".join(words.blurb) + code)
    title, author, press = words.spine or words.of("title"), words.of("author"), words.of("publisher")
    may = {_signs(author + title + press), _signs(title + press), _signs(title), ""}
    said = _signs("".join(each.text for each in spine))
    if said not in may or (said and pages < LEAST_SPINE_PAGES):
        yield f"the spine of `{name}` says “{said[:60]}”"
    if places.spine is not None and any(
        each.x - 0.25 * each.size < places.spine[0] or each.x + 0.72 * each.size > places.spine[1] for each in spine
    ):
        yield f"words of the spine of `{name}` stand over its edges"
    edge = 0.125 * 72
    for each in (*front, *back):
        low, high = places.front if each in front else places.back or places.front
        end = max(each.end, each.x)
        if each.x < low + edge or end > high - edge or not places.bleed + edge < each.y < places.height - places.bleed:
            yield f"“{each.text[:40]}” stands too near to an edge of `{name}`"


def _differ(part: str, name: str, shown: Sequence[Shown], wanted: str) -> Iterator[str]:
    said, must = _signs("".join(each.text for each in shown)), _signs(wanted)
    if said != must:
        at = next((n for n, (a, b) in enumerate(zip(said, must, strict=False)) if a != b), min(len(said), len(must)))
        yield f"the {part} of `{name}` says “{said[at : at + 40]}” where “{must[at : at + 40]}” must stand"
