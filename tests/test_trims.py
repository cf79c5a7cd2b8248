"""Every page of the house's table, measured on pages that were set: measure, lines, margins, grid."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from pipeline.book import TRIMS, Book, EditionSettings, Entry, Medium, Place, Trim
from pipeline.book.fields import standard_notes
from pipeline.build.house import house
from pipeline.edition import resolve
from pipeline.html import render
from pipeline.manuscript import Manuscript
from pipeline.parse import parse
from pipeline.pdf import About, Styles, typeset
from pipeline.pdf.geometry import body_css, heads_css
from pipeline.pdf.workers import Crew
from pipeline.source import Source

ROOT = Path(__file__).parents[1]
PROSE = [
    re.sub(r"\[\^[^\]]*\]|[*_`\[\]{}@#]", "", paragraph).replace("\n", " ")
    for path in sorted((ROOT / "manuscript" / "chapters").glob("*.md"))
    for paragraph in path.read_text("utf-8").split("\n\n")
    if re.match(r"[A-Z]", paragraph) and len(paragraph) > 180
]
"""Paragraphs of real prose: the measure in characters is a fact of a language."""

TEXT = "# A Chapter\n\n" + "\n\n".join(PROSE * 3)
FURNISHED = "# A Chapter of Many Things\n\n" + "\n\n".join(
    f"""{PROSE[n]}[^n{n}]

## A section {n}

{PROSE[n + 1]}

> {PROSE[n + 2]}

- one thing
- another thing

{PROSE[n + 3]}

| what | how many |
|------|---------:|
| {n}  | many     |

: A table of one row, which has any height.

{PROSE[n + 1]}

### A smaller head

Term
:   Its definition in a few words.

{PROSE[n]}

* * *

[^n{n}]: A note of some words, long enough to fill more than one line of a small page at the foot of the text.
"""
    for n in range(0, len(PROSE) - 4, 3)
)
ALL = tuple(TRIMS)
SERIF = tuple(name for name in TRIMS if TRIMS[name].sheet != "large.css")


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign on a page: what, where its origin is (points from the left and the top), how large."""

    text: str
    x: float
    y: float
    right: float
    size: float


@cache
def pages(trim: str, text: str) -> tuple[tuple[Sign, ...], ...]:
    """Set a chapter on a trim and read the signs of its pages back."""
    leaf, problems = parse(Source("a.md", text))
    assert problems == ()
    settings = EditionSettings("print", Medium.PDF, trim)
    book = Book(
        "A Book", "en-GB", "a-book", "book.toml", notes=standard_notes(), entries=(Entry("a.md", Place.BODY, None),),
        editions=(settings,),
    )  # fmt: skip
    edition, problems = resolve(Manuscript((leaf,)), book, settings, ())
    assert problems == ()
    style, page = house(), TRIMS[trim]
    about = About("A Book", "en-GB", (), 0, "", (), "", "", (), "print", "")
    chapter = tuple(each for each in render(edition) if each.name == "a")
    sheets = Styles(
        body=(body_css(page), *style.body(page)), heads=(heads_css(page), *style.heads(page)), sided=page.two_sided
    )
    with TemporaryDirectory() as scratch, Crew(style.fonts, scratch, 1) as crew:
        made = typeset(chapter, sheets, (*style.fonts, *style.pictures), about, crew.set_units)
    assert made.problems == (), made.problems
    document = pypdfium2.PdfDocument(made.pdf)
    assert document[0].get_size() == pytest.approx((page.width, page.height), abs=0.01)
    return tuple(tuple(_signs(sheet)) for sheet in document)


def _signs(page: pypdfium2.PdfPage) -> Iterator[Sign]:
    text = page.get_textpage()
    height = page.get_height()
    for index in range(text.count_chars()):
        x, y = ctypes.c_double(), ctypes.c_double()
        if pdfium.FPDFText_IsGenerated(text.raw, index) == 1:
            continue
        pdfium.FPDFText_GetCharOrigin(text.raw, index, x, y)
        _left, _, right, _ = text.get_charbox(index, loose=True)
        sign = chr(pdfium.FPDFText_GetUnicode(text.raw, index))
        size = 0.75 * pdfium.FPDFText_GetFontSize(text.raw, index)  # the pages are drawn in pixels of CSS
        yield Sign(sign, x.value, height - y.value, right, round(size, 2))


def lines(signs: tuple[Sign, ...], trim: Trim) -> list[list[Sign]]:
    """Return the lines of the text itself: signs of its size inside the block."""
    rows: dict[float, list[Sign]] = {}
    for sign in signs:
        if abs(sign.size - trim.size) < 0.02 and trim.top < sign.y < trim.height - trim.bottom + 0.5:
            rows.setdefault(round(sign.y, 1), []).append(sign)
    return [rows[y] for y in sorted(rows)]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.slow
def test_a_line_has_as_many_characters_as_the_eye_likes(name: str) -> None:
    trim = TRIMS[name]
    full = [
        line
        for page in pages(name, TEXT)
        for line in lines(page, trim)
        if line[-1].right - line[0].x > 0.9 * trim.measure
    ]
    mean = sum(len("".join(sign.text for sign in line).strip()) for line in full) / len(full)
    assert len(full) > 100
    low, high = (50, 60) if trim.sheet == "large.css" else (62, 67)
    assert low <= mean <= high, mean


@pytest.mark.parametrize("name", ALL)
def test_a_full_page_has_its_lines_between_its_margins(name: str) -> None:
    trim = TRIMS[name]
    inside = pages(name, TEXT)[1:-1]
    assert len(inside) >= 2
    counts = [len(lines(page, trim)) for page in inside]
    if trim.sheet != "large.css":  # there, paragraphs are parted by half a line
        assert max(counts) == trim.lines
        assert min(counts) >= trim.lines - 2
    for number, page in enumerate(inside, start=1):
        set_ = lines(page, trim)
        verso = number % 2 == 1 and trim.two_sided
        left = trim.outer if verso else trim.inner
        assert min(line[0].x for line in set_) == pytest.approx(left, abs=1.5)
        right = max(line[-1].right for line in set_)
        least = 0.9 * trim.measure if trim.sheet else trim.measure - 6  # ragged on screens and in large print
        assert left + least <= right <= left + trim.measure + 6  # points may hang
        assert set_[0][0].y - trim.top < trim.leading
        assert set_[-1][0].y < trim.top + trim.lines * trim.leading


@pytest.mark.parametrize("name", SERIF)
@pytest.mark.slow
def test_lines_of_facing_pages_meet(name: str) -> None:
    trim = TRIMS[name]
    found = [line[0].y for page in pages(name, FURNISHED) for line in lines(page, trim)]
    first = lines(pages(name, TEXT)[1], trim)[0][0].y
    off = [y for y in found if abs((y - first + trim.leading / 2) % trim.leading - trim.leading / 2) > 0.15]
    assert len(found) > 100
    assert len(off) <= len(found) / 100, off[:10]


def test_running_heads_and_folios_clear_what_printers_cut() -> None:
    for name in ALL:
        trim = TRIMS[name]
        for page in pages(name, TEXT)[1:3]:
            assert min(sign.x for sign in page) >= 36
            assert max(sign.right for sign in page) <= trim.width - 36
            assert min(sign.y - sign.size for sign in page) >= 28
            assert max(sign.y for sign in page) <= trim.height - 36
