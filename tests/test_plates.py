"""A book with a figure for each place and a table of each kind, in each theme: proved, judged by others, looked into."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from pipeline.build import build
from pipeline.build.epubcheck import available as has_epubcheck
from pipeline.build.epubcheck import epubcheck
from pipeline.build.verapdf import available as has_verapdf
from pipeline.build.verapdf import verapdf
from pipeline.source import describe
from tests.draw_plates import draw

BOOK = Path(__file__).parent / "books" / "plates"
NAME = "the-lights-of-skerry-sound"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["quiet", "classic", "report"])
def dist(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(BOOK, folder / "book")
    settings = folder / "book" / "book.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("numbered", f'theme = "{request.param}"\nnumbered'), "utf-8"
    )
    editions = () if request.param == "quiet" else ("print", "epub")
    outcome = build(folder / "book", out=folder / "dist", editions=editions, jobs=1)
    assert outcome.problems == (), "\n".join(describe(each, outcome.sources) for each in outcome.problems)
    return folder / "dist"


def whole(dist: Path) -> None:
    """Skip what needs the editions that are made in one theme only."""
    if not (dist / f"{NAME}-press.pdf").exists():
        pytest.skip("made in the theme `quiet` only")


def elements(pdf: pikepdf.Pdf, role: str) -> list[pikepdf.Object]:
    return [
        each
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name(f"/{role}")
    ]


def test_the_pictures_and_rows_are_those_that_the_program_draws(tmp_path: Path) -> None:
    for name in ("images", "data"):
        (tmp_path / name).mkdir()
    draw(tmp_path)
    drawn = {path.relative_to(tmp_path): path.read_bytes() for path in sorted(tmp_path.rglob("*.*"))}
    assert drawn == {path: (BOOK / path).read_bytes() for path in drawn}


def test_figures_and_tables_are_tagged_with_all_they_need(dist: Path) -> None:
    with pikepdf.open(dist / f"{NAME}-print.pdf") as pdf:
        figures = elements(pdf, "Figure")
        assert len(figures) == 9
        for figure in figures:
            assert str(figure.Alt)
            assert len(figure.A.BBox) == 4
        assert len(elements(pdf, "Table")) == 4
        scopes = {str(each.A.get("/Scope")) for each in elements(pdf, "TH")}
        assert scopes == {"/Column", "/Row"}
        captions = elements(pdf, "Caption")
        assert len(captions) == 12
        parents = {str(each.P.S) for each in captions}
        assert parents == {"/Table", "/Div"}
        spans = [
            each for each in elements(pdf, "TD") if "/A" in each and ("/ColSpan" in each.A or "/RowSpan" in each.A)
        ]
        assert len(spans) == 2


def test_wide_pages_are_shown_turned_on_screens_and_only_there(dist: Path) -> None:
    whole(dist)
    turned = {}
    for edition in ("print", "press", "screen"):
        with pikepdf.open(dist / f"{NAME}-{edition}.pdf") as pdf:
            turned[edition] = [number for number, page in enumerate(pdf.pages) if page.obj.get("/Rotate", 0) == 90]
    assert len(turned["screen"]) >= 2
    assert turned["print"] == turned["press"] == []


def test_a_bleed_covers_the_page_and_its_bleed_in_a_printers_file(dist: Path) -> None:
    import pypdfium2

    whole(dist)

    with pikepdf.open(dist / f"{NAME}-press.pdf") as pdf:
        boxes = [[[float(v) for v in page.obj[name]] for name in ("/TrimBox", "/BleedBox")] for page in pdf.pages]
    document = pypdfium2.PdfDocument(dist / f"{NAME}-press.pdf")
    covered = []
    for number, (trim, bleed) in enumerate(boxes):
        picture = document[number].render(scale=1).to_pil().convert("L")
        wide, _high = picture.size
        corners = [picture.getpixel((x, 1)) for x in (1, wide // 2, wide - 2)]
        if all(isinstance(each, int) and each < 250 for each in corners):
            covered.append(number)
            assert bleed[3] - trim[3] >= 9
    assert len(covered) == 1
    text = document[covered[0]].get_textpage().get_text_range()
    assert text.split() == "Figure 5 The storm of November 1866 at Eider Rock".split()


def test_what_goes_on_says_so_outside_the_words(dist: Path) -> None:
    import pypdfium2

    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(dist / f"{NAME}-print.pdf")]
    assert sum("Table 2. What the logs say, 1861–1872 (continued)" in page for page in pages) >= 2


@pytest.mark.skipif(not has_verapdf(), reason="SKIPPED LOUDLY: veraPDF is not here (`make validators`)")
def test_verapdf_finds_nothing_against_it(dist: Path) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(dist.glob("*.pdf")) if "press" not in path.name]
    assert verapdf(files) == ()


@pytest.mark.skipif(not has_epubcheck(), reason="SKIPPED LOUDLY: EPUBCheck is not here")
def test_epubcheck_finds_nothing_against_it(dist: Path) -> None:
    assert epubcheck([(f"{NAME}.epub", (dist / f"{NAME}.epub").read_bytes())]) == ()


def test_plates_can_stand_after_the_text(tmp_path: Path) -> None:
    shutil.copytree(BOOK, tmp_path / "book")
    settings = tmp_path / "book" / "book.toml"
    text = settings.read_text("utf-8").replace("[pages]", '[pages]\nplates = "end"')
    settings.write_text(
        text.replace('"chapters/lights.md", "chapters/keepers.md"', '"chapters/keepers.md", "chapters/lights.md"'),
        "utf-8",
    )
    outcome = build(tmp_path / "book", out=tmp_path / "dist", editions=("print",), jobs=1)
    assert outcome.problems == (), "\n".join(describe(each, outcome.sources) for each in outcome.problems)
    with pikepdf.open(BytesIO((tmp_path / "dist" / f"{NAME}-print.pdf").read_bytes())) as pdf:
        alts = [str(each.Alt) for each in elements(pdf, "Figure")]
    assert sum(alt.startswith(("A boat", "A figure in a dark coat")) for alt in alts) == 2
