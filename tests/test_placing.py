"""Figures and tables at the top and the foot of pages, on pages of their own, turned: where they stand, and what is heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from pipeline.html import Resource
from pipeline.pdf.facts import UnitResult
from pipeline.pdf.workers import Crew
from tests.pressroom import FONTS, job, picture, set_one, words

TURNED = ' data-turned=""'
PICTURE = (Resource("images/a.png", "image/png", picture(40, 20)),)


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


def text(number: int, count: int = 120, link: str = "") -> str:
    lead = f'<a class="ref" href="#{link}">Figure</a> ' if link else ""
    return f'<p id="p-{number}">{lead}begins{number} {words(number, count)} ends{number}.</p>'


def figure(id: str, place: str, caption: str = "", width: str = "60mm", turned: bool = False) -> str:
    return (
        f'<figure id="{id}" data-place="{place}"{TURNED if turned else ""}>'
        f'<img src="images/a.png" alt="A" style="width: {width}"/>'
        f"<figcaption>caption-{id} {caption}</figcaption></figure>"
    )


def table(id: str, rows: int, place: str = "", turned: bool = False) -> str:
    body = "".join(f"<tr><td>row-{id}-{n}x</td><td>{words(n, 3)}</td></tr>" for n in range(rows))
    said = f' data-place="{place}"' if place else ""
    head = (
        f'<tr class="continued" data-continued=""><td colspan="2">Table {id} (continued)</td></tr>'
        '<tr><th scope="col">Name</th><th scope="col">Words</th></tr>'
    )
    return (
        f'<table id="{id}"{said}{TURNED if turned else ""}><caption>caption-{id}</caption>'
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
    )


def lay(crew: Crew, *parts: str, css: str = "") -> tuple[UnitResult, list[str]]:
    result = set_one(crew, job("".join(parts), css=css, resources=PICTURE))
    assert result.problems == (), result.problems
    return result, [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(result.pdf)]


def page_of(pages: list[str], said: str) -> int:
    found = [number for number, page in enumerate(pages) if said in page.replace("\r\n", " ")]
    assert len(found) == 1, f"{said} stands on the pages {found}"
    return found[0]


def height_of(data: bytes, number: int, said: str) -> float:
    """Return how far above the foot of its page a word stands."""
    page = pypdfium2.PdfDocument(data)[number].get_textpage()
    searcher = page.search(said)
    index, _ = searcher.get_next()
    return float(page.get_charbox(index)[1])


def heard(data: bytes) -> str:
    """Return the words of a file in the order of its structure."""
    from pipeline.checks.pdf_reader import read_pdf

    return "".join(piece.text for piece in read_pdf("a.pdf", data, inside="https://book.invalid/#").pieces)


# Top and foot ------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["top", "bottom"])
def test_a_figure_stands_at_the_edge_of_the_page_that_refers_to_it(place: str, crew: Crew) -> None:
    parts = [text(n) for n in range(12)]
    parts[6] = text(6, link="fig")
    result, pages = lay(crew, *parts[:7], figure("fig", place), *parts[7:])
    page = page_of(pages, "caption-fig")
    assert page - result.facts.linked["fig"] in (0, 1)
    at = height_of(result.pdf, page, "caption-fig")
    others = [line.baseline for line in result.facts.lines if line.page == page and line.block != "fig"]
    top = result.facts.size[1] - at
    assert top < min(others) if place == "top" else top > max(others)
    assert [(each.id, each.asked, each.given) for each in result.facts.figures] == [("fig", place, place)]


def test_the_text_goes_on_around_a_figure_and_every_page_is_full(crew: Crew) -> None:
    parts = [text(n) for n in range(14)]
    alone, _ = lay(crew, *parts)
    result, pages = lay(crew, *parts[:5], figure("fig", "top"), *parts[5:])
    assert page_of(pages, "caption-fig") < len(pages) - 1
    for page in range(result.facts.pages - 1):
        frame = result.facts.frames[page]
        last = max(line.baseline for line in result.facts.lines if line.page == page and line.block != "fig")
        assert frame.bottom - last < 2.2 * result.facts.grid
    assert result.facts.pages in (alone.facts.pages, alone.facts.pages + 1)


def test_text_beside_a_figure_stands_on_the_lines_of_the_facing_page(crew: Crew) -> None:
    parts = [text(n) for n in range(12)]
    result, _ = lay(crew, *parts[:4], figure("fig", "top", width="47mm"), *parts[4:])
    grid = result.facts.grid
    phases = {
        round((line.baseline - result.facts.frames[0].top) % grid, 1)
        for line in result.facts.lines
        if line.block != "fig"
    }
    assert len(phases) == 1


def test_what_is_moved_is_heard_where_it_was_written(crew: Crew) -> None:
    parts = [text(n) for n in range(10)]
    result, _ = lay(crew, *parts[:5], figure("fig", "bottom"), *parts[5:])
    said = heard(result.pdf)
    assert said.index("ends4") < said.index("caption-fig") < said.index("begins5")


def test_a_note_in_a_caption_goes_with_it(crew: Crew) -> None:
    note = '<aside class="note" id="n" data-mark="7" data-call="c"><p id="n-1">Words of the note.</p></aside>'
    for place in ("top", "bottom", "page"):
        parts = [text(n) for n in range(10)]
        result, pages = lay(crew, *parts[:5], figure("fig", place, note), *parts[5:])
        assert page_of(pages, "caption-fig") == page_of(pages, "Words of the note")
        assert result.facts.notes["n"].call == result.facts.notes["n"].text[0]
        assert re.search(r"caption-fig\s+7\s*7?\s*Words of the note", heard(result.pdf))


def test_figures_keep_their_order(crew: Crew) -> None:
    parts = [text(n, link=f"f{n}" if n < 6 else "") + (figure(f"f{n}", "top") if n < 6 else "") for n in range(14)]
    result, pages = lay(crew, *parts)
    found = [page_of(pages, f"caption-f{n}") for n in range(6)]
    assert found == sorted(found)
    assert all(found[n] >= result.facts.linked[f"f{n}"] for n in range(6))


def test_a_figure_never_leaves_its_section(crew: Crew) -> None:
    """Its section ends on the page that reaches it: at the foot it would stand below the next head, at the top above its own."""
    for place in ("bottom", "top"):
        head, following = '<h2 id="own">Its own section</h2>', '<h2 id="next">The next section</h2>'
        parts = [text(1), head, text(2), figure("fig", place), following]
        result, pages = lay(crew, *parts, *[text(n) for n in range(5, 12)])
        assert [(each.asked, each.given) for each in result.facts.figures] == [(place, "here")]
        joined = " ".join(pages)
        places = [joined.index(said) for said in ("Its own section", "ends2", "caption-fig", "The next section")]
        assert places == sorted(places)


def test_nothing_stands_above_the_title_of_a_chapter(crew: Crew) -> None:
    body = ['<h1 id="h">The title</h1>', text(1), figure("fig", "top"), *[text(n) for n in range(2, 9)]]
    result, pages = lay(crew, *body)
    assert page_of(pages, "caption-fig") == 1
    assert [each.given for each in result.facts.figures] == ["top"]


def test_a_picture_too_tall_for_its_page_is_set_smaller(crew: Crew) -> None:
    tall = (Resource("images/a.png", "image/png", picture(10, 60)),)
    body = "".join(text(n) for n in range(4)) + figure("fig", "page") + "".join(text(n) for n in range(4, 8))
    result = set_one(crew, job(body, resources=tall))
    assert result.problems == ()
    [placing] = result.facts.figures
    with pikepdf.open(BytesIO(result.pdf)) as pdf:
        boxes = [
            [float(v) for v in each.A.BBox]
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.Figure
        ]
    [(left, bottom, right, top)] = boxes
    frame = result.facts.frames[placing.page]
    assert result.facts.size[1] - top >= frame.top - 0.1
    assert result.facts.size[1] - bottom <= frame.bottom
    assert (top - bottom) / (right - left) == pytest.approx(6, rel=0.01)


# Pages of their own ------------------------------------------------------------------------------


def test_a_page_of_its_own_lets_the_text_go_on_around_it(crew: Crew) -> None:
    parts = [text(n) for n in range(10)]
    result, pages = lay(crew, *parts[:5], figure("fig", "page"), *parts[5:])
    own = page_of(pages, "caption-fig")
    assert "begins" not in pages[own]
    assert own == page_of(pages, "ends4") + 1
    frame, before = result.facts.frames[own - 1], [line for line in result.facts.lines if line.page == own - 1]
    assert frame.bottom - max(line.baseline for line in before) < 2.2 * result.facts.grid
    assert result.facts.bleeds == ()


def test_a_bleed_reaches_over_the_trim_and_says_so(crew: Crew) -> None:
    parts = [text(n) for n in range(8)]
    result, pages = lay(crew, *parts[:4], figure("fig", "bleed"), *parts[4:])
    own = page_of(pages, "caption-fig")
    assert result.facts.bleeds == (own,)
    with pikepdf.open(BytesIO(result.pdf)) as pdf:
        [box] = [
            [float(v) for v in each.A.BBox]
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.Figure
        ]
    width, height = result.facts.size
    assert box[0] < -9
    assert box[2] > width + 9
    assert box[3] > height + 9


def test_a_unit_of_plates_has_no_empty_page(crew: Crew) -> None:
    result, pages = lay(crew, figure("one", "page"), figure("two", "page"))
    assert result.facts.pages == 2
    assert (page_of(pages, "caption-one"), page_of(pages, "caption-two")) == (0, 1)


def test_figures_at_the_very_end_get_their_page(crew: Crew) -> None:
    result, pages = lay(crew, text(1), figure("fig", "page"))
    assert (result.facts.pages, page_of(pages, "caption-fig")) == (2, 1)


# Tables ------------------------------------------------------------------------------------------


def test_a_table_that_goes_on_says_so_on_later_pages_alone(crew: Crew) -> None:
    result, pages = lay(crew, text(1), table("t", 120), text(2))
    said = ["(continued)" in page for page in pages]
    with_rows = ["row-t-" in page for page in pages]
    assert sum(with_rows) >= 3
    first = with_rows.index(True)
    assert said == [rows and number > first for number, rows in enumerate(with_rows)]
    assert "continued" not in heard(result.pdf)


def test_a_table_that_fits_never_says_that_it_goes_on(crew: Crew) -> None:
    _, pages = lay(crew, text(1), table("t", 5), text(2))
    assert not any("continued" in page for page in pages)


def test_a_turned_table_goes_on_over_pages_of_its_own(crew: Crew) -> None:
    result, pages = lay(crew, *[text(n) for n in range(4)], table("t", 70, "page", turned=True), text(5))
    own = [number for number, page in enumerate(pages) if "row-t-" in page]
    assert len(own) >= 2
    assert result.facts.turned == tuple(own)
    said = heard(result.pdf)
    assert [f"row-t-{n}x" in said for n in range(70)] == [True] * 70
    page = pypdfium2.PdfDocument(result.pdf)[own[0]].get_textpage()
    left, bottom, _right, top = page.get_charbox(page.search("row-t-1x").get_next()[0])
    assert page.get_text_range(0, 4)
    assert top - bottom < 20
    last = page.get_charbox(page.search("row-t-1x").get_next()[0] + 6)
    assert last[1] > bottom + 10, "the line runs upwards"
    assert abs(last[0] - left) < 8


def test_two_rows_at_least_stand_on_the_last_page(crew: Crew) -> None:
    css = "tbody > tr:first-child { break-after: avoid } tbody > tr:last-child { break-before: avoid }"
    for rows in range(30, 44):
        _, pages = lay(crew, table("t", rows), css=css)
        last = [len(re.findall(r"row-t-\d+x", page)) for page in pages if "row-t-" in page][-1]
        assert last >= 2


def test_the_same_job_gives_the_same_bytes(crew: Crew) -> None:
    parts = [text(n) for n in range(8)]
    body = [*parts[:4], figure("fig", "top"), table("t", 30, "page", turned=True), *parts[4:]]
    assert lay(crew, *body)[0] == lay(crew, *body)[0]


def test_names_of_weasyprint_that_placing_leans_on() -> None:
    import inspect

    import weasyprint.layout
    from weasyprint.layout import block, page

    source = inspect.getsource(page.make_page)
    assert "context, root_box, 0, resume_at, initial_containing_block," in source
    assert "root_box = root_box.copy_with_children([])" in source
    assert "page.children = [root_box, footnote_area, note_area]" in source
    assert "pages = list(make_all_pages(context, root_box, html, pages))" in inspect.getsource(
        weasyprint.layout.layout_document
    )
    assert "result = table_layout(" in inspect.getsource(block.block_level_layout_switch)
    assert Path(page.__file__).name == "page.py"


# What is said of it ------------------------------------------------------------------------------


def test_a_figure_far_from_its_reference_and_one_without_its_place(crew: Crew) -> None:
    from pipeline.checks.pages import check_pages
    from pipeline.pagelines import SetFigure, SetUnit
    from pipeline.source import Severity
    from tests.test_pages import NO_BOOK

    result, _ = lay(crew, *[text(n) for n in range(14)])
    facts, labels = result.facts, tuple(str(n + 1) for n in range(result.facts.pages))
    said = {}
    for page, asked, given, reference in (
        (0, "here", "here", 0), (1, "top", "top", 0), (2, "top", "top", 0), (3, "here", "here", 0),
        (0, "top", "top", 3), (3, "top", "here", None),
    ):  # fmt: skip
        figures = (SetFigure("fig", page, asked, given, reference),)
        unit = SetUnit("u", 0, labels, facts.lines, facts.frames, facts.grid, facts.size, (), figures)
        findings = [each for each in check_pages(NO_BOOK, [unit]) if each.problem.code.startswith("figure-")]
        said[page, given, reference] = [(each.problem.code, each.problem.severity, each.page) for each in findings]
    assert said == {
        (0, "here", 0): [],
        (1, "top", 0): [],
        (2, "top", 0): [("figure-far", Severity.INFO, 2)],
        (3, "here", 0): [("figure-far", Severity.WARNING, 3)],
        (0, "top", 3): [("figure-far", Severity.WARNING, 0)],
        (3, "here", None): [("figure-place", Severity.INFO, 3)],
    }
