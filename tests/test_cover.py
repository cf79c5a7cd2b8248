"""Covers: type fitted by measuring, in every script of the house; a wrap of the printer's very size; barcodes that scan."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from barcode.ean import EuropeanArticleNumber13  # type: ignore[import-untyped]  # ships no types
from PIL import Image, ImageDraw

from pipeline.book import TRIMS, EditionSettings, Ground, Medium
from pipeline.build import build
from pipeline.build.dist import published
from pipeline.build.house import house
from pipeline.build.line import check
from pipeline.checks.cover import check_cover
from pipeline.cover import Area, Binding, CoverWords, Sheet, ean_13, faces_of, front, png, svg, wrap
from pipeline.pdf import About
from pipeline.pdf.cover import cover_pdf
from pipeline.pdf.prepress import Press
from pipeline.source import Severity, describe

FACES = faces_of(house().fonts)
TRIM = TRIMS["6x9"]
LONG = (
    "The Life and Strange Surprizing Adventures of Robinson Crusoe, of York, Mariner: Who lived Eight and Twenty Years, "
    "all alone in an un-inhabited Island on the Coast of America, near the Mouth of the Great River of Oroonoque; Having "
    "been cast on Shore by Shipwreck, wherein all the Men perished but himself, with an Account"
)
TEN = "Ann Able, Bo Li, Carla Campo, Dmitri Donskoy, Eva Ernst, Frank Fisher, Gita Gupta, Hov Hakobyan, Ivan Ivanov and Jo Marek"


def words(title: str, author: str = "", subtitle: str = "", *hands: str, language: str = "en") -> CoverWords:
    said = [("author", author), ("title", title), ("subtitle", subtitle), *(("contributor", hand) for hand in hands)]
    said += [("publisher", "The Stet Project"), ("place", "London, 2026")]
    return CoverWords(tuple((role, text) for role, text in said if text), language=language)


HOSTILE = {
    "a short one": words("Moby-Dick", "Herman Melville", "or, The Whale"),
    "300 signs": words(LONG, "Daniel Defoe"),
    "300 signs and much else": words(LONG, TEN, LONG[:160], "Edited by Ann Able", "Translated by Bo Li"),
    "a word of 43 letters": words("Rindfleischetikettierungsüberwachungsgesetz", "Ein Autor", language="de"),
    "Armenian": words("Սասունցի Դավիթ և ուրիշ պատմություններ", "Հովհաննես Թումանյան", language="hy"),
    "Greek": words("Η Ιλιάδα και η Οδύσσεια", "Όμηρος", language="el"),
    "Cyrillic": words("Преступление и наказание", "Фёдор Достоевский", "Роман в шести частях", language="ru"),
    "ten authors": words("A Handbook", TEN),
    "no author": words("Beowulf", "", "", "Edited by Ann Able"),
    "the title alone": CoverWords((("title", "“I”"),), language="en"),
}
EACH = pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE.keys())


def signs(text: str) -> str:
    return "".join(text.split())


@EACH
@pytest.mark.parametrize("size", [(432, 648), (419.528, 595.276), (595.276, 841.89)], ids=["6x9", "a5", "a4"])
def test_every_word_stands_on_the_front_and_nothing_leaves_it(said: CoverWords, size: tuple[float, float]) -> None:
    sheet = front(said, *size, FACES, bleed=9)
    assert sheet is not None
    assert signs("".join(line.words for line in sheet.lines)) == signs("".join(text for _, text in said.front))
    for line in sheet.lines:
        assert line.x > 9
        assert line.x + line.length <= 9 + size[0] - 30
        assert 9 + 20 < line.y < 9 + size[1] - 20
    for line, after in zip(sheet.lines, sheet.lines[1:], strict=False):
        assert after.y - line.y >= 0.7 * after.size, f"“{line.words}” and “{after.words}” touch"


def test_a_title_is_as_large_as_its_longest_line_allows() -> None:
    sheet = front(words("The Storming and Occupation of Khojaly"), 432, 648, FACES)
    assert sheet is not None
    title = [line for line in sheet.lines if line.size > 20]
    assert [line.words for line in title] == ["The Storming", "and Occupation", "of Khojaly"]
    assert title[0].size < 60
    assert 310 < max(line.length for line in title) <= 312
    assert title[1].y - title[0].y == pytest.approx(1.08 * title[0].size, abs=0.06)
    short = front(words("Moby-Dick"), 432, 648, FACES)
    assert short is not None
    assert max(line.size for line in short.lines) == 60


def test_a_sign_that_no_face_has_makes_no_cover() -> None:
    assert front(words("鯨"), 432, 648, FACES) is None
    sheet, problems = wrap(words("鯨"), Binding(432, 648, 20, 9, 200), FACES)
    assert sheet is None
    assert [problem.code for problem in problems] == ["cover-unusable"]


def test_pictures_of_a_cover_are_the_same_each_time_and_show_its_words() -> None:
    sheet = front(words("Moby-Dick", "Herman Melville"), 432, 648, FACES, Ground.DARK)
    assert sheet is not None
    one = png(sheet, 800)
    assert one == png(sheet, 800)
    image = Image.open(io.BytesIO(one))
    assert image.size == (800, 1200)
    assert image.getpixel((5, 5)) == (0x1D, 0x1A, 0x17)
    assert max(image.convert("L").tobytes()) > 220, "light letters"
    drawn = svg(sheet, "Moby-Dick & more").decode()
    assert 'aria-label="Moby-Dick &amp; more"' in drawn
    assert drawn.count("<path") == 2 + len(sheet.lines)
    assert "<text" not in drawn, "outlines need no face"


def test_outlines_that_lie_over_one_another_punch_no_hole() -> None:
    bold = next(data for name, data in FACES.items() if "GentiumBookPlus_700Bold.ttf" in name)
    sheet = front(words("e"), 432, 648, {"fonts/press-display-regular.ttf": bold, **FACES})
    assert sheet is not None
    (title,) = [line for line in sheet.lines if line.words == "e"]
    image = Image.open(io.BytesIO(png(sheet, 1728))).convert("L")
    box = (int(4 * title.x), int(4 * (title.y - 0.5 * title.size)), int(4 * (title.x + title.length)), int(4 * title.y))
    ink = image.crop(box).point(lambda value: 0 if value < 128 else 255)
    ImageDraw.floodfill(ink, (0, 0), 100)
    ImageDraw.floodfill(ink, (ink.size[0] - 1, ink.size[1] * 2 // 3), 100)
    eyes = 0
    while 255 in ink.tobytes():
        at = ink.tobytes().index(255)
        size = ink.tobytes().count(255)
        ImageDraw.floodfill(ink, (at % ink.size[0], at // ink.size[0]), 100)
        eyes += size - ink.tobytes().count(255) > 4
    assert eyes == 1, "the letter has one eye"


# The wrap -------------------------------------------------------------------------------------

SETTINGS = EditionSettings("kdp", Medium.PDF, "6x9", printer="kdp", paper="white", cover="wrap")
FULL = replace(
    words("Moby-Dick", "Herman Melville", "or, The Whale"),
    blurb=("A captain hunts a whale, and the whale hunts him.", "“The book still speaks to us.”"),
    isbn="978-0-306-40615-7",
    code="9780306406157",
)
ABOUT = About("Moby-Dick", "en", ("Herman Melville",), 0)


def bound(pages: int = 420, said: CoverWords = FULL, ground: Ground = Ground.LIGHT) -> tuple[Sheet, Binding]:
    binding = Binding(TRIM.width, TRIM.height, pages * 0.002252 * 72, 9, pages)
    sheet, problems = wrap(said, binding, FACES, ground)
    assert sheet is not None
    assert [problem for problem in problems if problem.severity is Severity.ERROR] == []
    return sheet, binding


def made(pages: int = 420, said: CoverWords = FULL, ground: Ground = Ground.LIGHT) -> bytes:
    return cover_pdf(bound(pages, said, ground)[0], Press(bleed=9), ABOUT)


@pytest.mark.parametrize("ground", Ground)
@EACH
def test_a_wrap_says_what_it_must(said: CoverWords, ground: Ground) -> None:
    data = made(420, said, ground)
    assert check_cover(SETTINGS, TRIM, said, 420, "c.pdf", data, picture=False) == ()
    assert data == made(420, said, ground)


def test_a_wrap_is_two_pages_a_spine_and_the_bleed_wide() -> None:
    with pikepdf.open(io.BytesIO(made(300))) as pdf:
        page = pdf.pages[0].obj
        wide = 2 * 432 + 300 * 0.002252 * 72 + 18
        assert [float(value) for value in page.MediaBox] == pytest.approx([0, 0, wide, 666], abs=0.01)
        assert [float(value) for value in page.TrimBox] == pytest.approx([9, 9, wide - 9, 657], abs=0.01)
        assert page.BleedBox == page.MediaBox
        assert " rg" not in page.Contents.read_bytes().decode(), "ink only"


def test_the_spine_reads_downwards_between_its_edges() -> None:
    sheet, binding = bound(420)
    turned = [line for line in sheet.lines if line.turned]
    assert [line.words for line in turned] == ["Herman Melville", "Moby-Dick", "The Stet Project"]
    left = binding.bleed + binding.width
    for line in turned:
        assert left + 4.5 <= line.x - 0.24 * line.size
        assert line.x + 0.72 * line.size <= left + binding.spine - 4.4
    assert turned[-1].y + turned[-1].length < binding.bleed + binding.height


@pytest.mark.parametrize("pages", [24, 78, 90])
def test_a_thin_book_has_no_words_on_its_spine(pages: int) -> None:
    assert not any(line.turned for line in bound(pages)[0].lines)


def test_what_has_no_room_on_the_spine_is_told_and_the_title_goes_last() -> None:
    def said(title: str, spine: str = "") -> tuple[list[str], list[str]]:
        binding = Binding(432, 648, 30, 9, 400)
        sheet, problems = wrap(replace(FULL, front=words(title, TEN).front, spine=spine), binding, FACES)
        assert sheet is not None
        return [line.words for line in sheet.lines if line.turned], [problem.message for problem in problems]

    lines, problems = said("Moby-Dick")
    assert lines == ["Moby-Dick", "The Stet Project"]
    assert "“Ann Able" in problems[0]
    lines, problems = said(LONG)
    assert lines == []
    assert "“The Life and Strange" in problems[0]
    assert said(LONG, spine="Robinson Crusoe")[0] == ["Robinson Crusoe", "The Stet Project"]


def test_a_blurb_that_does_not_fit_is_an_error_and_one_that_does_keeps_clear_of_the_barcode() -> None:
    long = replace(FULL, blurb=("word " * 240,) * 2)
    sheet, _ = bound(420, long)
    panel = next(item for item in sheet.items if isinstance(item, Area) and item.colour.screen == (255, 255, 255))
    back = [line for line in sheet.lines if line.words.startswith("word")]
    assert max(line.y for line in back) < panel.y
    assert min(line.size for line in back) < 10.5
    none, problems = wrap(replace(FULL, blurb=("word " * 900,)), Binding(432, 648, 20, 9, 200), FACES)
    assert none is None
    assert [problem.code for problem in problems] == ["cover-blurb-too-long"]


def test_the_check_of_a_cover_sees_what_is_wrong() -> None:
    def codes(data: bytes, said: CoverWords = FULL, pages: int = 420) -> set[str]:
        return {each.code for each in check_cover(SETTINGS, TRIM, said, pages, "c.pdf", data, picture=False)}

    good = made()
    assert codes(good) == set()
    assert codes(good, replace(FULL, blurb=("Other words.",))) == {"cover-fault"}
    assert codes(good, replace(FULL, code="9781566199094")) == {"cover-fault"}
    assert codes(good, pages=422) == {"cover-fault"}, "a spine of another width"
    assert codes(b"%PDF-1.7 nothing") == {"pdf-unreadable"}
    with pikepdf.open(io.BytesIO(good)) as pdf:
        pdf.pages[0].obj.TrimBox = pdf.pages[0].obj.MediaBox
        out = io.BytesIO()
        pdf.save(out)
    assert codes(out.getvalue()) == {"cover-fault"}
    with pikepdf.open(io.BytesIO(good)) as pdf:
        page = pdf.pages[0].obj
        page.Contents = pdf.make_stream(page.Contents.read_bytes().replace(b"0 0 0 1 k", b"0 g", 1))
        out = io.BytesIO()
        pdf.save(out)
    assert codes(out.getvalue()) == {"cover-fault"}


@pytest.mark.parametrize("number", ["9780306406157", "9781566199094", "9791090636071", "9780000000002"])
def test_bars_are_those_of_the_number(number: str) -> None:
    bars = ean_13(number)
    pattern = ["0"] * 95
    for bar in bars.bars:
        pattern[bar.at : bar.at + bar.width] = "1" * bar.width
    assert "".join(pattern) == EuropeanArticleNumber13(number[:12]).build()[0]
    assert "".join(bars.figures) == number
    assert bars.width == pytest.approx(37.29 * 72 / 25.4, abs=0.05), "with the quiet zones"
    ends = [bar for bar in bars.bars if bar.height > min(each.height for each in bars.bars)]
    assert {bar.at for bar in ends} == {0, 2, 46, 48, 92, 94}


def test_a_wrong_check_figure_makes_no_bars() -> None:
    with pytest.raises(ValueError, match="check figure"):
        ean_13("9780306406158")


# Whole books ----------------------------------------------------------------------------------

BOOK = """title = "Moby-Dick"
language = "en-US"
publisher = "Richard Bentley"
chapters = ["one.md"]
{cover}

[[contributors]]
name = "Herman Melville"
role = "author"

[identifiers]
amazon = "978-0-306-40615-7"

[editions.amazon]
printer = "{printer}"
cover = {wanted}

[editions.screen]
cover = true
"""
TEXT = "# One\n\n" + "\n\n".join("It was the whale that he wanted. " * 30 for _ in range(60)) + "\n"


def book(folder: Path, cover: str = "", printer: str = "kdp", wanted: str = "true") -> Path:
    folder.mkdir()
    (folder / "book.toml").write_text(BOOK.format(cover=cover, printer=printer, wanted=wanted), "utf-8")
    (folder / "one.md").write_text(TEXT, "utf-8")
    return folder


def test_a_book_gets_the_cover_that_its_editions_ask_for(tmp_path: Path) -> None:
    folder = book(tmp_path / "book", "[cover]\nblurb = ['A captain hunts a whale.']")
    outcome = build(folder, jobs=1)
    assert {problem.code for problem in outcome.problems} <= {"cover-spine"}, [
        describe(problem, outcome.sources) for problem in outcome.problems
    ]
    dist = folder / "dist"
    assert sorted(path.name for path in outcome.written) == [
        "moby-dick-amazon-cover.pdf",
        "moby-dick-amazon.pdf",
        "moby-dick-screen.pdf",
    ]
    entry = published(dist, "moby-dick")["editions"]["amazon"]  # type: ignore[index]
    spine = entry["spine_mm"]
    assert entry["cover_mm"][0] == pytest.approx(2 * 152.4 + spine + 2 * 3.175, abs=0.02)
    assert build(folder, jobs=1).up_to_date
    assert {problem.code for problem in check(folder).problems} == set()
    with pikepdf.open(dist / "moby-dick-screen.pdf") as pdf:
        figures = [
            str(each.Alt)
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure"
        ]
    assert figures == ["Cover: Moby-Dick, Herman Melville"]
    (dist / "moby-dick-amazon-cover.pdf").unlink()
    assert "edition-missing" in {problem.code for problem in check(folder).problems}
    assert not build(folder, jobs=1).up_to_date
    assert (dist / "moby-dick-amazon-cover.pdf").is_file()


def test_a_picture_of_ones_own_is_the_front(tmp_path: Path) -> None:
    folder = book(tmp_path / "book", '[cover]\nimage = "front.png"', printer="ingram", wanted='"front"')
    Image.new("RGB", (600, 700), (200, 30, 30)).save(folder / "front.png")
    outcome = build(folder, jobs=1)
    assert {problem.code for problem in outcome.problems} <= {"cover-inks"}
    with pikepdf.open(folder / "dist" / "moby-dick-amazon-cover.pdf") as pdf:
        (picture,) = pdf.pages[0].obj.Resources.XObject.values()
        assert picture.ColorSpace == pikepdf.Name.DeviceCMYK
        assert picture.Width / picture.Height == pytest.approx((432 + 18) / (648 + 18), abs=0.01), "cut, not squeezed"
        assert str(pdf.trailer.Info["/GTS_PDFXConformance"]) == "PDF/X-1a:2001"


def test_a_drawing_cannot_be_a_printers_cover(tmp_path: Path) -> None:
    folder = book(tmp_path / "book", '[cover]\nimage = "front.svg"')
    (folder / "front.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "utf-8")
    outcome = build(folder, jobs=1, editions=("amazon",))
    assert "cover-unusable" in {problem.code for problem in outcome.problems}
    assert outcome.failed
