"""Running heads and folios, as they stand on the pages of a finished PDF."""

from __future__ import annotations

import pypdfium2
import pytest

from pipeline.book import Place
from pipeline.edition import UnitKind
from pipeline.html import Page
from pipeline.pdf import Typeset, typeset
from pipeline.pdf.heads import BATCH, Kind, check_heads, plan_heads
from pipeline.pdf.units import number_pages
from pipeline.source import Severity
from tests.test_join import ABOUT, RESOURCES, chapter, page, run, styles


def made(*pages: Page, sided: bool = True, css: str = "") -> Typeset:
    return typeset(pages, styles(css, sided=sided), RESOURCES, ABOUT, run)


def lines(done: Typeset, index: int) -> list[tuple[float, float, float, str]]:
    """(left, right, bottom of the ink, words) of what stands outside the type area of a page."""
    text = pypdfium2.PdfDocument(done.pdf)[index].get_textpage()
    found = []
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        if bottom > 648 - 66 or top < 78:
            found.append(
                (round(left), round(right), round(bottom), text.get_text_bounded(left, bottom, right, top).strip())
            )
    return sorted(found)


def words(done: Typeset, index: int) -> list[str]:
    return [said for _, _, _, said in lines(done, index)]


def test_heads_and_folios_stand_at_the_outer_edge_above_the_text() -> None:
    done = made(chapter("storm", "", 30))
    verso, recto = lines(done, 1), lines(done, 2)
    assert [said for *_, said in verso] == ["2", "A Book of Words"]
    assert [said for *_, said in recto] == ["On storm", "3"]
    assert (verso[0][0], verso[1][0]) == (72, 98)  # outer edge, and beside the folio
    assert (recto[0][1], recto[1][1]) == (360 - 26, 360)
    assert all(599 <= bottom <= 603 for _, _, bottom, _ in (*verso, *recto))


def test_the_first_page_of_a_unit_has_a_folio_at_the_foot_and_no_head() -> None:
    done = made(chapter("storm", "", 30))
    ((left, right, bottom, said),) = lines(done, 0)
    assert said == "1"
    assert (left + right) / 2 == pytest.approx(60 + 150, abs=1)
    assert 49 <= bottom <= 56


def test_blank_and_display_pages_carry_nothing_but_count() -> None:
    title = page("title", UnitKind.TITLE_PAGE, Place.FRONT, "<h1>A Book</h1>", recto=True, folio=False)
    preface = chapter("preface", "", 8, place=Place.FRONT, recto=True)
    done = made(title, preface, chapter("storm", "", 1))
    assert [words(done, index) for index in range(5)] == [[], [], ["iii"], ["iv", "A Book of Words"], ["1"]]


def test_one_sided_pages_have_head_and_folio_at_the_left() -> None:
    done = made(chapter("storm", "", 30), sided=False)
    for index in (1, 2):
        first, second = lines(done, index)
        assert (first[3], second[3]) == (str(index + 1), "On storm")
        assert second[0] - first[0] == 26
    ((left, _, bottom, said),) = lines(done, 0)
    assert said == "1"
    assert left == pytest.approx(60, abs=1)
    assert bottom < 78


def test_a_unit_without_heads_has_folios_alone() -> None:
    done = made(chapter("storm", "", 30, verso_head="", recto_head=""))
    assert [words(done, index) for index in (1, 2)] == [["2"], ["3"]]


def test_a_head_says_what_it_says_whatever_signs_it_holds() -> None:
    done = made(chapter("storm", "", 30, verso_head='<b>“Q” & A</b> \\ {x} "', recto_head="Խօսք ǰ"))
    assert words(done, 1) == ["2", '<b>“Q” & A</b> \\ {x} "']
    assert words(done, 2)[:-1] == ["Խօսք", "ǰ"]


def test_a_long_roman_folio_does_not_touch_its_head() -> None:
    done = made(chapter("preface", "", 8 * 28, place=Place.FRONT))
    index = 37
    folio, head = lines(done, index)
    assert folio[3] == "xxxviii"
    assert head[0] - folio[1] > 4


LONG = "A history of the storming and the occupation of the town in the winter of that year by "


def test_a_head_too_long_for_its_line_is_cut_after_a_word_and_reported_once() -> None:
    done = made(chapter("storm", "", 60, recto_head=LONG + LONG))
    (problem,) = done.problems
    assert (problem.code, problem.severity) == ("head-too-long", Severity.WARNING)
    assert "“A history of the storming and the occupation of the town" in problem.message
    assert problem.span is not None
    assert problem.span.path == "storm.md"
    assert "short" in problem.hint
    head, folio = (said for _, _, _, said in sorted(lines(done, 2)))
    assert folio == "3"
    assert head.endswith(("\u00a0…", " …"))
    kept = head.rstrip("… \u00a0")
    assert (LONG + LONG).startswith(kept + " ")
    assert len(kept.split()) > 6
    assert kept.split()[-1] not in ("the", "of", "and", "in")
    assert f"cut to “{kept}" in problem.message
    assert all(left >= 60 and right <= 360 for left, right, _, _ in lines(done, 2))


@pytest.mark.parametrize("count", [60, 66, 72, 80, 120, 400])
def test_a_head_of_any_length_stands_on_one_line(count: int) -> None:
    done = made(chapter("storm", "", 30, verso_head=(LONG * 5)[:count].strip(), recto_head="Short"))
    found = lines(done, 1)
    heights = [y for _, _, y, _ in found]
    assert max(heights) - min(heights) < 6
    assert {problem.code for problem in done.problems} <= {"head-too-long"}
    assert max(right for _, right, _, _ in found) > 260  # what the line has room for is used


def test_a_head_of_one_word_wider_than_the_page_is_reported() -> None:
    done = made(chapter("storm", "", 30, verso_head="a" * 90))
    assert [problem.code for problem in done.problems] == ["head-too-long"]


def test_a_head_that_fills_its_line_to_the_end_is_not_reported() -> None:
    done = made(chapter("storm", "", 30, recto_head=LONG[:60].strip()))
    assert done.problems == ()


def test_every_page_of_a_long_book_has_its_own_folio() -> None:
    """Heads are set in batches; the seams must not show."""
    css = "@page { size: 432pt 648pt } p { break-after: page }"
    done = made(chapter("storm", "", 2 * BATCH + 3), css=css)
    found = [[w for w in words(done, index) if w.isdecimal()] for index in range(2 * BATCH + 3)]
    assert found == [[str(number + 1)] for number in range(2 * BATCH + 3)]


def test_heads_on_more_pages_than_the_book_has_are_our_fault() -> None:
    pages = (chapter("storm", "", 1),)
    heads = plan_heads(pages, number_pages(pages, [3]))
    assert [head.kind for head in heads] == [Kind.OPENING, Kind.RUNNING, Kind.RUNNING]
    with pytest.raises(AssertionError, match="3 pages"):
        check_heads(heads, heads, pages, [])
