"""What an eye sees across lines is planted and found, with page, place and severity: rivers, words, shapes, spreads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from pipeline.checks.pages import Finding, check_pages
from pipeline.checks.patterns import RIVER, SLOPE
from pipeline.pdf.workers import Crew
from pipeline.source import Severity
from tests.pressroom import FONTS, job, set_one
from tests.test_compose_pages import prose
from tests.test_pages import FINE, NO_BOOK, RAGGED, lines_of, look, page_of, room, unit


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


def told(findings: Sequence[Finding], code: str) -> list[tuple[Severity, int]]:
    return [(each.problem.severity, each.page) for each in findings if each.problem.code == code]


def stretch(*lines: str) -> str:
    return f'<p id="p">{"<br/>".join(lines)}</p>'


WIDE = "p { word-spacing: 3pt; text-indent: 0 }"


def test_a_river(crew: Crew) -> None:
    text = ["one line of wide words and spaces here"] * RIVER
    assert told(look(crew, stretch(*text), WIDE, FINE), "river") == [(Severity.INFO, 0)]
    assert told(look(crew, stretch(*text[1:]), WIDE, FINE), "river") == []
    assert told(look(crew, stretch(*text), "p { text-indent: 0 }", FINE), "river") == [], "no wide spaces"
    moved = [f"{'m' * (2 * number)} one line of wide words and spaces" for number in range(1, RIVER + 1)]
    assert told(look(crew, stretch(*moved), WIDE + "p { word-spacing: 1.8pt }", FINE), "river") == []


def test_lines_that_begin_or_end_with_one_word(crew: Crew) -> None:
    begin = [f"because of this there was {word} on the table" for word in ("bread", "water", "no salt", "no wine")]
    found = [each for each in look(crew, stretch(*begin[:3]), RAGGED) if each.problem.code == "same-word-edge"]
    assert [each.problem.message.split(":")[0] for each in found] == [
        "3 lines running begin with “because”",
        "3 lines running end with “table”",
    ]
    assert found[0].problem.severity is Severity.INFO
    other = ["so it went on", "nothing stood there", "because of it"]
    assert told(look(crew, stretch(begin[0], other[0], begin[1], other[1], begin[2]), RAGGED), "same-word-edge") == []


def test_last_lines_under_each_other(crew: Crew) -> None:
    alike = "".join(f'<p id="p{n}">{lines_of(2)}<br/>and this is the end</p>' for n in range(3))
    assert told(look(crew, alike, RAGGED), "aligned-last-lines") == [(Severity.INFO, 0)]
    ends = ("and this is the end", "it was over", "nobody came to look for them again")
    apart = "".join(f'<p id="p{n}">{lines_of(2)}<br/>{end}</p>' for n, end in enumerate(ends))
    assert told(look(crew, apart, RAGGED), "aligned-last-lines") == []


def test_ragged_lines_that_form_a_shape(crew: Crew) -> None:
    css = RAGGED + "html { hyphens: manual }"
    stairs = " ".join("n" * (34 + 2 * step) for step in range(SLOPE)) + " and an end of some words for it"
    found = [each.problem for each in look(crew, f'<p id="p">{stairs}</p>', css) if each.problem.code == "ragged-shape"]
    assert [problem.message.split(":")[0] for problem in found] == [
        f"{SLOPE} lines running are each longer than the one before"
    ]
    stub = f"so it was with {'n' * 48} and there was nothing more to say about it in that year or in any other"
    found = [each.problem for each in look(crew, f'<p id="p">{stub}</p>', css) if each.problem.code == "ragged-shape"]
    assert [problem.message.split(":")[0] for problem in found] == ["a ragged line is much shorter than its measure"]
    assert told(look(crew, f'<p id="p">{prose(3, 300)}</p>', css, FINE), "ragged-shape") == []


def test_facing_pages_of_different_height(crew: Crew) -> None:
    full = room(crew)

    def book(free: int) -> str:
        moved = f'<p id="moved" style="break-before: page">{lines_of(free + 3)}</p>'
        return page_of(2 * full - free) + moved + f'<p id="rest">{lines_of(3 * full)}</p>'

    result = set_one(crew, job(book(3), css=RAGGED))
    facing = check_pages(NO_BOOK, [unit(result)])
    assert told(facing, "unequal-spread") == [(Severity.WARNING, 1)]
    assert told(facing, "short-page") == [(Severity.WARNING, 1)]
    assert told(check_pages(NO_BOOK, [unit(result)], sided=False), "unequal-spread") == []
    assert told(check_pages(NO_BOOK, [unit(result, first=1)]), "unequal-spread") == [(Severity.WARNING, 2)]
    first = set_one(crew, job(page_of(full - 3) + f'<p id="kept" style="break-inside: avoid">{lines_of(6)}</p>'
                              + page_of(3 * full), css=RAGGED))  # fmt: skip
    assert told(check_pages(NO_BOOK, [unit(first)]), "unequal-spread") == [], "a recto that begins the book faces none"
    one = check_pages(NO_BOOK, [unit(set_one(crew, job(book(1), css=RAGGED)))])
    assert told(one, "unequal-spread") == [(Severity.INFO, 1)]
    kept = f'<p id="kept" style="break-inside: avoid">{lines_of(6)}</p>'
    whole = set_one(crew, job(page_of(2 * full - 3) + kept + page_of(3 * full), css=RAGGED))
    [told_why] = [each.problem for each in check_pages(NO_BOOK, [unit(whole)]) if each.problem.code == "unequal-spread"]
    assert told_why.severity is Severity.INFO
    assert "because what follows is kept together" in told_why.message
    even = set_one(crew, replace(job(page_of(4 * full), css=RAGGED)))
    assert told(check_pages(NO_BOOK, [unit(even)]), "unequal-spread") == []
