"""Numbers of pages: how they are counted, printed, settled and kept."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Place
from pipeline.edition import UnitKind
from pipeline.html import Page, Resource
from pipeline.pdf import About, Typeset, typeset
from pipeline.pdf.facts import Facts, Fault, Job, UnitResult
from pipeline.pdf.units import (
    base_key,
    guess_labels,
    job_key,
    note_words,
    number_pages,
    pack,
    read_units,
    roman,
    unpack,
    write_numbers,
)
from pipeline.source import Problem, Severity, Span
from tests.test_join import ABOUT, FONTS, RESOURCES, Shop, book, chapter, contents, page, run, styles, texts

# Counting -------------------------------------------------------------------------------------------


@st.composite
def shelves(draw: st.DrawFn) -> tuple[tuple[Page, ...], list[int]]:
    places = sorted(draw(st.lists(st.sampled_from(list(Place)), min_size=1, max_size=12)), key=list(Place).index)
    pages = tuple(
        Page(f"u{number}", UnitKind.CHAPTER, place, "", "<html/>", recto=draw(st.booleans()))
        for number, place in enumerate(places)
    )
    return pages, [draw(st.integers(1, 40)) for _ in pages]


@given(shelves())
def test_odd_numbers_stand_on_rectos_and_every_page_has_one_number(shelf: tuple[tuple[Page, ...], list[int]]) -> None:
    pages, counts = shelf
    numbering = number_pages(pages, counts)
    labels: list[str] = []
    for unit, placed, count in zip(pages, numbering.units, counts, strict=True):
        labels.extend(placed.blank_labels)
        assert len(placed.blank_labels) == placed.blanks <= 1
        assert placed.first == len(labels)
        assert not unit.recto or placed.first % 2 == 0
        labels.extend(placed.labels)
        assert len(placed.labels) == count
    assert len(labels) == len(set(labels)) == numbering.pages
    front = labels if numbering.body is None else labels[: numbering.body]
    assert front == [roman(number + 1) for number in range(len(front))]
    assert labels[len(front) :] == [str(number + 1) for number in range(len(labels) - len(front))]
    assert len(front) % 2 == 0 or numbering.body is None
    assert sum(placed.blanks for placed in numbering.units[1:]) == numbering.pages - sum(counts)


@given(shelves())
def test_one_sided_pages_need_no_blanks(shelf: tuple[tuple[Page, ...], list[int]]) -> None:
    pages, counts = shelf
    assert number_pages(pages, counts, sided=False).pages == sum(counts)


@given(st.integers(1, 3999))
def test_roman_numbers_can_be_read_back(number: int) -> None:
    values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
    signs = [values[sign] for sign in roman(number)]
    following = [*signs[1:], 0]
    assert sum(-a if a < b else a for a, b in zip(signs, following, strict=True)) == number


# Reading pages --------------------------------------------------------------------------------------


def test_a_link_into_another_unit_is_told_from_one_inside() -> None:
    one, two = read_units(
        (
            chapter("a", '<p><a href="#b-h">x</a> <a href="#a-h">y</a> <a href="https://e.org/#z">z</a></p>', 1),
            chapter("b", "", 1),
        ),
        (),
    )
    assert re.findall(r'href="([^"]*)"', one.html) == ["https://book.invalid/#b-h", "#a-h", "https://e.org/#z"]
    assert one.targets == ("b-h", "a-h")
    assert "href" not in two.html


def test_the_pictures_of_a_unit_are_found_under_any_spelling_of_their_path() -> None:
    pictures = tuple(Resource(name, "image/png", b"") for name in ("images/a b.png", "images/ü.png", "images/c.png"))
    inside = '<p><img src="images/a%20b.png" alt=""/><img src="../images/ü.png" alt=""/></p>'
    (unit,) = read_units((chapter("a", inside, 1),), pictures)
    assert unit.pictures == ("images/a b.png", "images/ü.png")


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ('<p><a href="#nowhere">x</a></p>', "nowhere"),
        ('<p data-page-of="nowhere">x</p>', "nowhere"),
        ('<p id="a-h">x</p>', "again"),
        ("<p>&nbsp;</p>", "not well-formed"),
        ("<p>", "not well-formed"),
    ],
)
def test_pages_that_html_should_never_have_made_are_our_fault(inside: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_units((chapter("a", inside, 1),), ())


def test_words_signs_and_space_survive_the_writing_of_numbers() -> None:
    inside = '<p id="a-q">“<em>a</em>\u00a0<b></b>&lt;&amp;&#x1F600;\u00ad\u2060</p>\n<p data-page-of="a-q">x<br/></p>'
    (unit,) = read_units((chapter("a", inside, 1),), ())
    written = write_numbers(unit, {"a-q": "12"})
    again = read_units((replace(unit.page, html=written),), ())[0]
    assert 'data-page="12"' in written
    assert "“<em>a</em>\u00a0<b/>&lt;&amp;😀\u00ad\u2060</p>\n<p" in again.html


def test_a_call_is_a_place_to_lead_to() -> None:
    note = '<p>x<aside class="note" id="a-fn-1" data-mark="1" data-call="a-ref-1"><p>y</p></aside> <a href="#a-ref-1">z</a></p>'
    (unit,) = read_units((chapter("a", note, 1),), ())
    assert {"a-ref-1", "a-fn-1"} <= set(unit.ids)
    said = note_words((unit,), "note", "back to text")
    assert (said["a-fn-1"], said["a-ref-1"]) == ("note 1", "back to text 1")


def test_a_note_called_in_a_note_shares_the_place_of_its_call() -> None:
    outer = '<aside class="note" id="a-fn-1" data-mark="1" data-call="a-ref-1"><p>y <a class="call" id="a-ref-2" href="#a-fn-2">*</a></p></aside>'
    inner = '<aside class="note inner" id="a-fn-2" data-mark="*" data-call="a-ref-2"><p>z</p></aside>'
    (unit,) = read_units((chapter("a", f"<p>x{outer}{inner}</p>", 1),), ())
    assert [unit.ids.count(id) for id in ("a-ref-1", "a-fn-1", "a-ref-2", "a-fn-2")] == [1, 1, 1, 1]


def test_a_guess_has_the_width_of_the_number_to_come() -> None:
    pages = (contents(("a", 0), ("z", 0)), *(chapter(name, "", 200) for name in "abcz"))
    assert guess_labels(read_units(pages, ())) == {"a-h": "0", "z-h": "000"}


# Page references ------------------------------------------------------------------------------------


def test_printed_numbers_are_those_of_the_pages() -> None:
    done = typeset(book(), styles(), RESOURCES, ABOUT, run)
    labels = dict(done.page_map.labels)
    read = texts(done.pdf)
    assert f"over there page {labels['calm-9']} or" in read[5]
    assert done.record["rounds"] == 2
    assert json.loads(json.dumps(done.record)) == done.record


def test_only_units_whose_numbers_changed_are_laid_out_again() -> None:
    shop = Shop()
    typeset(book(), styles(), RESOURCES, ABOUT, shop.run)
    again = [name for name in set(shop.jobs) if shop.jobs.count(name) > 1]
    assert sorted(again) == ["calm", "contents", "map", "storm"]
    assert shop.jobs.count("storm") == 2


def test_numbers_that_never_settle_name_the_unit() -> None:
    """A unit that grows whenever it prints an even number, and so moves what it speaks of."""

    def teasing(jobs: Sequence[Job]) -> list[UnitResult]:
        more = '<section style="break-before: page">x</section>'
        return run(
            [
                replace(
                    job,
                    html=job.html.replace("<b>x</b>", more if re.search(r'data-page="\d*[02468]"', job.html) else "y"),
                )
                for job in jobs
            ]
        )

    tease = '<p class="ref" data-page-of="b-h">on</p><b>x</b>'
    done = typeset((chapter("a", tease, 1, path="one.md"), chapter("b", "", 1)), styles(), RESOURCES, ABOUT, teasing)
    assert [(p.code, p.severity) for p in done.problems] == [("page-numbers-unstable", Severity.ERROR)]
    assert "`a`" in done.problems[0].message
    assert done.problems[0].span == Span("one.md", 0, 0)


def test_a_reference_to_words_that_stand_on_no_page_is_our_fault() -> None:
    pages = (chapter("a", '<p data-page-of="b-2">x</p>', 1), chapter("b", "", 2))
    with pytest.raises(LookupError, match="b-2"):
        typeset(pages, styles("#b-2 { display: none }"), RESOURCES, ABOUT, run)


# What is kept ---------------------------------------------------------------------------------------


def set_with(shop: Shop, pages: Sequence[Page], resources: Sequence[Resource] = RESOURCES, **more: object) -> Typeset:
    shop.jobs.clear()
    return typeset(pages, styles(), resources, ABOUT, shop.run, shop, **more)  # type: ignore[arg-type]


def test_a_second_build_lays_nothing_out_and_makes_the_same_book() -> None:
    shop = Shop()
    first = set_with(shop, book())
    second = set_with(shop, book())
    assert shop.jobs == []
    assert (second.record["units_rendered"], second.record["heads_rendered"]) == (0, 0)
    assert second.pdf == first.pdf
    assert second.page_map == first.page_map


def test_a_changed_word_lays_out_one_unit() -> None:
    shop = Shop()
    set_with(shop, book())
    pages = tuple(
        replace(p, html=p.html.replace("4 The report", "4 Our report")) if p.name == "storm" else p for p in book()
    )
    done = set_with(shop, pages)
    assert set(shop.jobs) == {"storm"}
    assert "4 Our report" in "".join(texts(done.pdf))


def test_a_longer_chapter_moves_the_others_without_setting_them_again() -> None:
    pages = (chapter("a", "", 3), chapter("b", "", 9), chapter("c", "", 9))
    shop = Shop()
    set_with(shop, pages)
    done = set_with(shop, (chapter("a", "", 14), *pages[1:]))
    assert set(shop.jobs) == {"a", "heads"}
    assert dict(done.page_map.labels)["c-h"] == "8"


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: d[:200] + b"\0" + d[201:], lambda _: b""])
def test_damaged_results_are_laid_out_again(damage: object) -> None:
    shop = Shop()
    pages = (chapter("a", "", 1), chapter("b", "", 1))
    first = set_with(shop, pages)
    shop.kept = {key: damage(value) for key, value in shop.kept.items()}  # type: ignore[operator]
    assert set_with(shop, pages).pdf == first.pdf
    assert shop.jobs == ["a", "b", "heads"]


def _with_problems(severity: Severity) -> tuple[Problem, ...]:
    also = ((Span("b.md", 3, 4), "called here"),)
    return (Problem("note-displaced", "the note `a` “stands” elsewhere", Span("a.md", 1, 2), "h", severity, also),)


@pytest.mark.parametrize("severity", list(Severity))
def test_problems_come_back_with_what_is_kept_and_errors_are_not_kept(severity: Severity) -> None:
    said = _with_problems(severity)
    shop = Shop()
    plain = shop.run

    def complaining(jobs: Sequence[Job]) -> list[UnitResult]:
        return [r if j.name == "heads" else replace(r, problems=said) for j, r in zip(jobs, plain(jobs), strict=True)]

    for _ in range(2):
        shop.jobs.clear()
        done = typeset((chapter("a", "", 1),), styles(), RESOURCES, ABOUT, complaining, shop)
        assert done.problems == said
    assert shop.jobs == (["a"] if severity is Severity.ERROR else [])


def test_a_result_is_written_and_read_without_loss() -> None:
    facts = Facts(3, (432.0, 648.0), {"ü": (0, 1.5, 2.25)}, fonts={"ABCDEF": ("Edition Serif", 2, 400)})
    fault = Fault("note-displaced", "the note `b`", None, "h", Severity.WARNING, block="b", cause="a")
    result = UnitResult(b"%PDF\0\r\n\xff", facts, (*_with_problems(Severity.WARNING), fault))
    assert unpack(pack(result)) == result
    assert unpack(b"unit 0\n" + pack(result)[7:]) is None


def _job() -> Job:
    return Job("a", "<html/>", ("p {}",), (Resource("images/a.png", "image/png", b"1"),), "en", "A", "a", "a.md")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "b"},
        {"html": "<html></html>"},
        {"css": ("p {}", "")},
        {"resources": (Resource("images/a.png", "image/png", b"2"),)},
        {"language": "de"},
        {"title": "B"},
        {"prefix": "b"},
        {"path": "b.md"},
        {"tags": False},
    ],
)
def test_whatever_shapes_a_unit_is_in_its_key(change: dict[str, object]) -> None:
    assert job_key(replace(_job(), **change), "x") != job_key(_job(), "x")  # type: ignore[arg-type]
    assert job_key(_job(), "y") != job_key(_job(), "x")


def test_fonts_and_tools_are_in_every_key_and_pictures_of_others_are_not() -> None:
    known = base_key(RESOURCES, [("weasyprint", "70.0"), ("code", "1")])
    assert base_key(RESOURCES, [("code", "1"), ("weasyprint", "70.0")]) == known
    assert base_key(RESOURCES, [("weasyprint", "70.0"), ("code", "2")]) != known
    assert base_key(RESOURCES[1:], [("weasyprint", "70.0"), ("code", "1")]) != known
    assert base_key(FONTS, [("weasyprint", "70.0"), ("code", "1")]) == known


def test_a_unit_that_cannot_be_laid_out_leaves_no_pdf_but_says_why() -> None:
    said = Problem("layout-failed", "the unit `b` could not be laid out", Span("b.md", 0, 0))

    def failing(jobs: Sequence[Job]) -> list[UnitResult]:
        return [UnitResult(b"", Facts(0, (0, 0)), (said,)) if j.name == "b" else run([j])[0] for j in jobs]

    done = typeset((contents(("b", 0)), chapter("a", "", 1), chapter("b", "", 1)), styles(), RESOURCES, ABOUT, failing)
    assert (done.pdf, done.problems) == (b"", (said,))


def test_a_book_of_front_matter_alone_is_numbered_in_roman() -> None:
    about = About("T", "en")
    done = typeset((page("a", UnitKind.CHAPTER, Place.FRONT, "<p>x</p>"),), styles(), RESOURCES, about, run)
    assert done.page_map.labels == (("a", "i"),)
    assert pypdfium2.PdfDocument(done.pdf).get_page_label(0) == "i"
