"""A printer's file: the pages of the book in black, with the boxes, the bleed and the margins that the printer asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from pipeline.book import PRINTERS, TRIMS, EditionSettings, Medium, read_book
from pipeline.build import Outcome, build, check
from pipeline.checks.press import check_press, shown_digest
from pipeline.source import Source
from tests.pressroom import picture

SETTINGS = """\
title = "A Book for Printers"
language = "en-GB"
chapters = ["1.md", "2.md"]

[[contributors]]
name = "Ada Example"

[editions.amazon]
printer = "kdp"
paper = "cream"

[editions.ingram]
printer = "ingram"

[editions.house]
trim = "a5"
printer = "offset"
ink_profile = "press.icc"
"""
WORDS = "Words upon words, until a page is full of them, and [a link](https://example.org) in [One](#one).[^n] "


def icc() -> bytes:
    """Return the head of an ICC profile for four inks: nothing here looks further into it."""
    head = bytearray(132)
    head[0:4] = len(head).to_bytes(4, "big")
    head[12:24] = b"prtrCMYKLab "
    head[36:40] = b"acsp"
    return bytes(head)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("printed")
    (folder / "book.toml").write_text(SETTINGS, "utf-8")
    (folder / "press.icc").write_bytes(icc())
    (folder / "red.png").write_bytes(picture(40, 40))
    one = "# One {#one}\n\n" + (WORDS.replace("[^n]", "") * 40 + "\n\n") * 14 + "![A red square](red.png)\n"
    two = "# Two\n\n" + WORDS + "\n\n[^n]: A note.\n\n" + ("More words. " * 300 + "\n\n") * 8
    (folder / "1.md").write_text(one, "utf-8")
    (folder / "2.md").write_text(two, "utf-8")
    return folder, build(folder)


def pages(folder: Path, edition: str) -> pikepdf.Pdf:
    return pikepdf.open(folder / "dist" / f"a-book-for-printers-{edition}.pdf")


def streams(pdf: pikepdf.Pdf) -> bytes:
    """Return every content of pages, forms and patterns, without strings."""
    found = []
    for page in pdf.pages:
        contents = page.obj.Contents
        found += [part.read_bytes() for part in (contents if isinstance(contents, Array) else [contents])]
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and (item.get(Name.Subtype) == Name.Form or Name.PatternType in item):
            found.append(item.read_bytes())
    return re.sub(rb"<[0-9a-f]*>", b"", b"\n".join(found))


EDITIONS = pytest.mark.parametrize("edition", ["amazon", "ingram", "house"])


@pytest.mark.slow
def test_a_book_is_made_for_three_printers_without_a_problem(printed: tuple[Path, Outcome]) -> None:
    folder, outcome = printed
    assert [(problem.code, problem.message) for problem in outcome.problems] == []
    assert [(problem.code, problem.message) for problem in check(folder).problems] == []


@EDITIONS
@pytest.mark.slow
def test_nothing_is_printed_but_black(edition: str, printed: tuple[Path, Outcome]) -> None:
    with pages(printed[0], edition) as pdf:
        said = streams(pdf)
        assert b"TJ" in said
        assert re.findall(rb"(?<!\w)(?:rg|RG|scn|SCN|BDC|BMC|EMC)(?!\w)", said.replace(b"/p", b"")) in (
            [],
            [b"scn"] * said.count(b"scn"),
        )
        assert re.search(rb"[0-9] (?:rg|RG|sc|scn)\b", said) is None
        spaces = {
            str(item.ColorSpace)
            for item in pdf.objects
            if isinstance(item, pikepdf.Stream) and item.get(Name.Subtype) == Name.Image
        }
        assert spaces == {"/DeviceGray"}


@EDITIONS
@pytest.mark.slow
def test_no_link_no_tag_and_no_outline_is_left(edition: str, printed: tuple[Path, Outcome]) -> None:
    with pages(printed[0], edition) as pdf:
        assert not {"/StructTreeRoot", "/MarkInfo", "/Names", "/Outlines", "/AF"} & set(pdf.Root.keys())
        assert not any("/Annots" in page.obj or "/StructParents" in page.obj for page in pdf.pages)


@pytest.mark.parametrize(
    ("edition", "recto", "verso"),
    [
        ("amazon", ([0, 0, 441, 666], [0, 9, 432, 657]), ([0, 0, 441, 666], [9, 9, 441, 657])),
        ("ingram", ([0, 0, 441, 666], [0, 9, 432, 657]), ([0, 0, 441, 666], [9, 9, 441, 657])),
        (
            "house",
            ([0, 0, 436.536, 612.284], [8.504, 8.504, 428.032, 603.78]),
            ([0, 0, 436.536, 612.284], [8.504, 8.504, 428.032, 603.78]),
        ),
    ],
)
@pytest.mark.slow
def test_every_page_has_the_bleed_and_the_trim_of_its_printer(
    edition: str,
    recto: tuple[list[float], list[float]],
    verso: tuple[list[float], list[float]],
    printed: tuple[Path, Outcome],
) -> None:
    with pages(printed[0], edition) as pdf:
        assert len(pdf.pages) % 2 == 0
        for index, page in enumerate(pdf.pages):
            media, trim = verso if index % 2 else recto
            assert [float(v) for v in page.obj.MediaBox] == pytest.approx(media)
            assert [float(v) for v in page.obj.BleedBox] == pytest.approx(media)
            assert [float(v) for v in page.obj.TrimBox] == pytest.approx(trim)


@pytest.mark.slow
def test_each_file_says_the_standard_that_its_printer_asks_for(printed: tuple[Path, Outcome]) -> None:
    with pages(printed[0], "amazon") as pdf:
        assert "/OutputIntents" not in pdf.Root
    with pages(printed[0], "ingram") as pdf:
        assert pdf.pdf_version == "1.3"
        assert str(pdf.docinfo["/GTS_PDFXVersion"]) == "PDF/X-1:2001"
        assert str(pdf.docinfo["/GTS_PDFXConformance"]) == "PDF/X-1a:2001"
        assert str(pdf.docinfo["/Trapped"]) == "/False"
        (intent,) = pdf.Root.OutputIntents
        assert (str(intent.S), str(intent.OutputConditionIdentifier)) == ("/GTS_PDFX", "CGATS TR 001")
        assert not any(isinstance(item, pikepdf.Stream) and item.get(Name.Type) == Name.ObjStm for item in pdf.objects)
    with pages(printed[0], "house") as pdf:
        (intent,) = pdf.Root.OutputIntents
        assert intent.DestOutputProfile.read_bytes() == icc()
        assert b">PDF/X-4<" in pdf.Root.Metadata.read_bytes()


@pytest.mark.slow
def test_the_record_tells_the_width_of_the_spine(printed: tuple[Path, Outcome]) -> None:
    record = printed[1].record["amazon"]
    assert isinstance(record, dict)
    with pages(printed[0], "amazon") as pdf:
        assert record["printed_pages"] == len(pdf.pages)
        assert record["spine_mm"] == pytest.approx(len(pdf.pages) * 0.0025 * 25.4, abs=0.01)


def test_a_thick_book_moves_away_from_its_spine() -> None:
    assert [PRINTERS["kdp"].gutter(pages) for pages in (150, 151, 500, 501, 828)] == [27, 36, 45, 54, 63]


# A file that is not what it should be -----------------------------------------------------------


def with_link(pdf: pikepdf.Pdf) -> None:
    pdf.pages[4].obj.Annots = Array()


def with_red(pdf: pikepdf.Pdf) -> None:
    contents = pdf.pages[4].obj.Contents
    contents[1].write(b"1 0 0 rg\n" + contents[1].read_bytes())


def with_blend(pdf: pikepdf.Pdf) -> None:
    pdf.pages[4].obj.Resources.Shading = Dictionary(s0=Dictionary(ShadingType=2))


def with_glass(pdf: pikepdf.Pdf) -> None:
    pdf.pages[4].obj.Resources.ExtGState = Dictionary(g0=Dictionary(ca=0.5))


def with_blend_in_a_pattern(pdf: pikepdf.Pdf) -> None:
    blend = Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB)
    form = pikepdf.Stream(pdf, b"/s0 sh", Subtype=Name.Form, Resources=Dictionary(Shading=Dictionary(s0=blend)))
    form = pdf.make_indirect(form)
    pattern = pikepdf.Stream(pdf, b"/x0 Do", PatternType=1, Resources=Dictionary(XObject=Dictionary(x0=form)))
    pdf.pages[4].obj.Resources.Pattern = Dictionary(p0=pdf.make_indirect(pattern))


def with_red_in_a_pattern(pdf: pikepdf.Pdf) -> None:
    pattern = pdf.make_indirect(pikepdf.Stream(pdf, b"1 0 0 rg 0 0 9 9 re f", PatternType=1))
    pdf.pages[4].obj.Resources.Pattern = Dictionary(p0=pattern)


def with_a_pattern_that_is_a_blend(pdf: pikepdf.Pdf) -> None:
    blend = Dictionary(ShadingType=3, ColorSpace=Name.DeviceRGB)
    pdf.pages[4].obj.Resources.Pattern = Dictionary(p0=Dictionary(PatternType=2, Shading=blend))


def with_red_in_a_veil(pdf: pikepdf.Pdf) -> None:
    form = pdf.make_indirect(pikepdf.Stream(pdf, b"1 0 0 rg 0 0 9 9 re f", Subtype=Name.Form))
    pdf.pages[4].obj.Resources.ExtGState = Dictionary(g0=Dictionary(SMask=Dictionary(S=Name.Luminosity, G=form)))


def with_small_trim(pdf: pikepdf.Pdf) -> None:
    pdf.pages[4].obj.TrimBox = Array([0, 0, 400, 600])


def too_near(pdf: pikepdf.Pdf) -> None:
    pdf.pages[4].obj.Contents[0] = pdf.make_indirect(pikepdf.Stream(pdf, b"q 1 0 0 1 -40 9 cm\n"))


def too_thin(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[10:]


def without_standard(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def without_word(pdf: pikepdf.Pdf) -> None:
    part = next(part for part in pdf.pages[4].obj.Contents if b"TJ" in part.read_bytes())
    part.write(re.sub(rb"\[[^\]]*\] TJ", b"[<>] TJ", part.read_bytes(), count=1))


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (with_link, "press-leftovers"),
        (with_red, "press-colour"),
        (with_blend, "press-colour"),
        (with_glass, "press-colour"),
        (with_blend_in_a_pattern, "press-colour"),
        (with_red_in_a_pattern, "press-colour"),
        (with_a_pattern_that_is_a_blend, "press-colour"),
        (with_red_in_a_veil, "press-colour"),
        (with_small_trim, "press-boxes"),
        (too_near, "press-margin"),
        (too_thin, "press-pages"),
        (without_standard, "press-standard"),
        (without_word, "press-words"),
    ],
)
@pytest.mark.slow
def test_what_a_printer_would_send_back_is_told(
    alter: Callable[[pikepdf.Pdf], None], code: str, printed: tuple[Path, Outcome]
) -> None:
    data = (printed[0] / "dist" / "a-book-for-printers-ingram.pdf").read_bytes()
    settings = EditionSettings("ingram", Medium.PDF, "6x9", printer="ingram", paper="white")
    shown = shown_digest(data)
    assert check_press(settings, TRIMS["6x9"], "x.pdf", data, shown) == ()
    target = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        alter(pdf)
        pdf.save(target)
    found = {problem.code for problem in check_press(settings, TRIMS["6x9"], "x.pdf", target.getvalue(), shown)}
    assert code in found
    assert found <= {code, "press-words", "press-margin"}


DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100" width="200" height="100"><defs>
<linearGradient id="g"><stop offset="0" stop-color="#f00"/><stop offset=".4" stop-color="#ff0"/><stop offset="1" stop-color="#00f"/>
</linearGradient><radialGradient id="r"><stop offset="0" stop-color="#0f0"/><stop offset="1" stop-color="#f0f"/></radialGradient>
<pattern id="p" width="10" height="10" patternUnits="userSpaceOnUse"><circle cx="7" cy="7" r="2" fill="blue"/></pattern></defs>
<rect width="60" height="90" fill="url(#g)"/><rect x="70" width="50" height="90" fill="url(#r)"/>
<rect x="130" width="60" height="90" fill="url(#p)"/>{more}</svg>"""
"""Blends and a pattern, in which colours stand deeper than on the page."""

GLASS = '<g opacity=".5"><rect width="90" height="90" fill="red"/><circle cx="80" cy="50" r="40" fill="red"/></g>'


def drawn(folder: Path, printer: str, more: str = "") -> tuple[Outcome, str]:
    """Build a book with one drawing for a printer; return what came of it and every colour space that is left."""
    folder.mkdir()
    text = (
        f'title = "T"\nlanguage = "en"\nchapters = ["1.md"]\n\n[editions.press]\ntrim = "a5"\nprinter = "{printer}"\n'
    )
    (folder / "book.toml").write_text(text.replace("\n\n", '\n\n[[contributors]]\nname = "A"\n\n', 1), "utf-8")
    (folder / "drawing.svg").write_text(DRAWING.format(more=more), "utf-8")
    words = ("Words upon words upon words. " * 60 + "\n\n") * 24
    (folder / "1.md").write_text(f"# One\n\n![A drawing](drawing.svg)\n\n{words}", "utf-8")
    outcome = build(folder)
    if outcome.failed:
        return outcome, ""
    with pikepdf.open(outcome.written[0]) as pdf:
        objects = [item for item in pdf.objects if isinstance(item, (Dictionary, pikepdf.Stream))]
        spaces = {str(each.ColorSpace) for each in objects if Name.ColorSpace in each and Name.ShadingType in each}
        groups = {str(each.Group.get(Name.CS)) for each in objects if Name.Group in each}
        assert re.search(rb"[0-9] (?:rg|RG)\b", streams(pdf)) is None
    return outcome, f"blends {sorted(spaces)}, groups {sorted(groups)}"


@pytest.mark.parametrize("printer", ["kdp", "ingram", "offset"])
@pytest.mark.slow
def test_blends_of_colours_become_blends_of_greys(printer: str, tmp_path: Path) -> None:
    outcome, spaces = drawn(tmp_path / "a", printer)
    assert [problem.code for problem in outcome.problems] == []
    taken = "['/DeviceGray']" if printer == "kdp" else "[]"
    assert spaces == f"blends ['/DeviceGray'], groups {taken}"


@pytest.mark.slow
def test_a_blend_moves_with_the_shape_that_it_fills(tmp_path: Path) -> None:
    """A pattern lies on the page, wherever its stream has moved: on a verso, and away from the bleed and the spine."""
    folder = tmp_path / "a"
    (tmp_path / "b").mkdir()
    outcome, _ = drawn(folder, "kdp")
    words = (folder / "1.md").read_text("utf-8")
    (folder / "1.md").write_text(
        words + "\n\n".join(f"{'Words. ' * 500}\n\n![Again](drawing.svg)" for _ in range(4)), "utf-8"
    )
    settings = folder / "book.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[editions.screen]\ntrim = "a5"\n', "utf-8")
    outcome = build(folder)
    assert not outcome.failed
    sides = set()
    for path in outcome.written:
        with pikepdf.open(path) as pdf:
            for index, page in enumerate(pdf.pages):
                for shape, pattern in filled(page):
                    sides.add((path.name, index % 2))
                    x, y = (float(value) for value in list(pattern.Matrix)[4:])
                    assert (x, y) == pytest.approx(shape, abs=0.02), (path.name, index)
    assert len(sides) == 4, "rectos and versos, for the screen and for the printer"


def filled(page: Any) -> list[tuple[tuple[float, float], Any]]:
    """Return the corner of every rectangle that a page fills with a blend, on the page, and the pattern."""
    at, kept, found = pikepdf.Matrix(), [], []
    corner, name = (0.0, 0.0), ""
    for instruction in pikepdf.parse_content_stream(page):
        values, operator = instruction.operands, str(instruction.operator)
        match operator:
            case "q":
                kept.append(at)
            case "Q":
                at = kept.pop()
            case "cm":
                at = pikepdf.Matrix(*(float(value) for value in values)) @ at
            case "re":
                corner = at.transform((float(values[0]), float(values[1])))
            case "scn" if isinstance(values[-1], Name):
                name = str(values[-1])
            case "f" if name:
                found.append((corner, page.obj.Resources.Pattern[name]))
                name = ""
    return found


@pytest.mark.slow
def test_what_is_seen_through_as_one_stays_one_where_a_printer_takes_it(tmp_path: Path) -> None:
    outcome, spaces = drawn(tmp_path / "a", "kdp", GLASS)
    assert [problem.code for problem in outcome.problems] == []
    assert spaces == "blends ['/DeviceGray'], groups ['/DeviceGray']"


@pytest.mark.parametrize("printer", ["ingram", "offset"])
@pytest.mark.slow
def test_nothing_is_seen_through_in_a_file_that_claims_the_older_standard(printer: str, tmp_path: Path) -> None:
    outcome, _ = drawn(tmp_path / "a", printer, GLASS)  # an offset house without a profile gets PDF/X-1a
    assert [problem.code for problem in outcome.problems] == ["press-colour"]
    assert "see through" in outcome.problems[0].message


def test_what_is_no_pdf_at_all_is_told() -> None:
    settings = EditionSettings("ingram", Medium.PDF, "6x9", printer="ingram", paper="white")
    assert [p.code for p in check_press(settings, TRIMS["6x9"], "x.pdf", b"words", "")] == ["pdf-unreadable"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('printer = "lulu"', "cannot be `lulu`"),
        ('printer = "kdp"\npaper = "blue"', "cannot be `blue`"),
        ('paper = "cream"', "is for printers only"),
        ('printer = "kdp"\ntrim = "a4-screen"', "binds leaves of two"),
        ('printer = "kdp"\nattach = "sources"', "carries no attachments"),
        ('printer = "offset"\nink_profile = "nowhere.icc"', "there is no file"),
    ],
)
def test_settings_that_no_printer_could_follow_are_told(said: str, message: str) -> None:
    text = f'title = "T"\nlanguage = "en"\nchapters = ["1.md"]\n\n[editions.press]\n{said}\n'
    _, problems = read_book(Source("book.toml", text), ("1.md", "book.toml"))
    found: list[Any] = [problem.message for problem in problems]
    assert any(message in each for each in found), found


def test_a_printer_that_takes_no_profile_needs_none() -> None:
    assert replace(PRINTERS["ingram"], bleed=0).standard == "PDF/X-1a:2001"
