"""Each fault of page make-up is planted in a small book and found, with its place; clean pages have none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.book import EditionSettings, Medium, read_book
from pipeline.checks.pages import Finding, budget, check_pages, for_builds
from pipeline.edition import Edition, resolve
from pipeline.manuscript import Manuscript
from pipeline.pagelines import LineKind, SetUnit
from pipeline.parse import parse
from pipeline.pdf.facts import UnitResult
from pipeline.pdf.workers import Crew
from pipeline.source import Severity, Source
from tests.pressroom import FONTS, job, set_one, words
from tests.test_compose_pages import prose

FINE = "fine"


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


def edition_of(text: str) -> Edition:
    settings = Source("book.toml", 'title = "T"\nlanguage = "en"\nslug = "t"\nchapters = ["u.md"]\n')
    book, problems = read_book(settings, ("u.md",))
    assert book is not None, problems
    leaf, _ = parse(Source("u.md", text))
    edition, _ = resolve(Manuscript((leaf,)), book, EditionSettings("print", Medium.PDF, "6x9"), ())
    return edition


NO_BOOK = edition_of("# T\n\nWords.\n")


def unit(result: UnitResult, first: int = 0) -> SetUnit:
    facts = result.facts
    labels = tuple(str(first + page + 1) for page in range(facts.pages))
    return SetUnit("u", first, labels, facts.lines, facts.frames, facts.grid, facts.size, facts.pictures)


def look(crew: Crew, body: str, css: str = "", composition: str = "draft", first: int = 0) -> tuple[Finding, ...]:
    result = set_one(crew, replace(job(body, css=css), composition=composition))
    return check_pages(NO_BOOK, [unit(result, first)])


def found(findings: Sequence[Finding]) -> dict[str, Severity]:
    return {each.problem.code: each.problem.severity for each in findings if each.problem.severity is not Severity.INFO}


def lines_of(count: int, more: str = "") -> str:
    """A paragraph of exactly so many lines, each ended by hand."""
    return "<br/>".join(["a line of words that is ended by hand"] * count) + more


RAGGED = "p { text-align: left; text-indent: 0 } "
LINES = 48
"""Lines on a page of the pressroom (172 mm at 13 pt, less what does not make a line)."""


def page_of(lines: int) -> str:
    return f'<p id="before">{lines_of(lines)}</p>'


def room(crew: Crew) -> int:
    """How many lines a page has."""
    result = set_one(crew, job(f'<p id="p">{lines_of(200)}</p>', css=RAGGED))
    return sum(line.page == 0 for line in result.facts.lines)


def test_clean_pages_have_nothing_to_say(crew: Crew) -> None:
    body = "".join(f'<p id="p{number}">{prose(number, 140)} and so it was in the end.</p>' for number in range(12))
    findings = look(crew, f'<h1 id="h">Heads</h1>{body}', composition=FINE)
    assert [each.problem.code for each in findings if each.problem.severity is Severity.ERROR] == []


def test_an_orphan_and_a_widow(crew: Crew) -> None:
    css = RAGGED + "html { orphans: 1; widows: 1 }"
    full = room(crew)
    orphan = look(crew, page_of(full - 1) + f'<p id="q">{lines_of(3)}</p>', css)
    assert found(orphan)["orphan"] is Severity.ERROR
    assert "(page 1, `print`)" in next(each for each in orphan if each.problem.code == "orphan").problem.message
    widow = look(crew, page_of(full - 2) + f'<p id="q">{lines_of(3)}</p>', css)
    assert found(widow)["widow"] is Severity.ERROR
    assert next(each for each in widow if each.problem.code == "widow").page == 1


def test_a_runt(crew: Crew) -> None:
    css = "p { text-align: justify; text-indent: 0 }"
    assert found(look(crew, f'<p id="p">{lines_of(3)}<br/>it.</p>', css))["runt"] is Severity.ERROR
    assert found(look(crew, f'<p id="p">{lines_of(3)}<br/>whale.</p>', css))["runt"] is Severity.WARNING
    assert "runt" not in found(look(crew, f'<p id="p">{lines_of(3)}<br/>the whale and the ship.</p>', css))
    assert "runt" not in found(look(crew, '<p id="p">It.</p>', css))
    ragged = look(crew, f'<p id="p">{lines_of(3)}<br/>it.</p>', RAGGED)
    assert [each.problem.severity for each in ragged if each.problem.code == "runt"] == [Severity.INFO]


def ladder(count: int) -> str:
    return "<br/>".join(["so it was with the whale-"] * count + ["and this was all of it in the end"])


def test_a_ladder_of_hyphens(crew: Crew) -> None:
    assert "hyphen-ladder" not in found(look(crew, f'<p id="p">{ladder(2)}</p>', RAGGED))
    assert found(look(crew, f'<p id="p">{ladder(3)}</p>', RAGGED))["hyphen-ladder"] is Severity.WARNING
    assert found(look(crew, f'<p id="p">{ladder(4)}</p>', RAGGED))["hyphen-ladder"] is Severity.ERROR


NARROW = "body { width: 44mm } "


def test_a_hyphen_over_a_page(crew: Crew) -> None:
    css = "html { orphans: 1; widows: 1; hyphenate-limit-zone: 0 } p { text-indent: 0; text-align: justify }" + NARROW
    body = f'<p id="p">{"circumference considerable philosophical " * 240}</p>'
    facts = set_one(crew, job(body, css=css)).facts
    lasts = [max(n for n, line in enumerate(facts.lines) if line.page == page) for page in range(facts.pages - 1)]
    divided = [page for page, last in enumerate(lasts) if facts.lines[last].kind & LineKind.DIVIDED]
    assert divided
    for first in (0, 1):
        findings = [each for each in look(crew, body, css, first=first) if each.problem.code == "hyphen-over-page"]
        assert [each.page - first for each in findings] == divided
        expected = {page: Severity.ERROR if (page + first) % 2 == 0 else Severity.WARNING for page in divided}
        assert {each.page - first: each.problem.severity for each in findings} == expected


def test_fine_composition_mends_a_hyphen_over_a_page(crew: Crew) -> None:
    mended = 0
    for seed in range(12):
        result = set_one(crew, replace(job(f'<p id="p">{prose(seed, 900, 0.7)}</p>'), composition=FINE))
        assert "hyphen-over-page" not in found(check_pages(NO_BOOK, [unit(result)]))
        mended += any("a word whole" in repair.remedy for repair in result.facts.repairs)
        if mended:
            break
    assert mended


def test_loose_lines_and_their_share(crew: Crew) -> None:
    css = "p { hyphens: none; text-indent: 0 }" + NARROW
    findings = look(crew, f'<p id="p">{words(5, 900)}</p>', css)
    assert found(findings) == {
        "loose-line": Severity.WARNING,
        "lines-gaping": Severity.ERROR,
        "lines-loose": Severity.WARNING,
    }
    spent = budget([unit(set_one(crew, job(f'<p id="p">{words(5, 900)}</p>', css=css)))])
    assert spent.gaping < spent.loose < spent.lines
    assert spent.space > 0.22


def test_a_tight_line(crew: Crew) -> None:
    good = unit(set_one(crew, replace(job(f'<p id="p">{words(5, 90)}</p>'), composition=FINE)))
    bad = replace(good, lines=(replace(good.lines[0], space=-0.15), *good.lines[1:]))
    assert "tight-line" not in found(check_pages(NO_BOOK, [good]))
    assert found(check_pages(NO_BOOK, [bad]))["tight-line"] is Severity.ERROR


def test_an_overfull_line(crew: Crew) -> None:
    findings = look(crew, f'<p id="p">{words(5, 20)} {"x" * 90} {words(6, 20)}</p>')
    assert found(findings)["overfull-line"] is Severity.ERROR
    said = for_builds(findings)
    assert [(each.code, each.severity) for each in said] == [("overfull-line", Severity.WARNING)]


def test_an_underfull_line(crew: Crew) -> None:
    good = unit(set_one(crew, replace(job(f'<p id="p">{words(5, 90)}</p>'), composition=FINE)))
    bad = replace(good, lines=(replace(good.lines[0], right=good.lines[0].right - 3), *good.lines[1:]))
    assert "underfull-line" not in found(check_pages(NO_BOOK, [good]))
    assert found(check_pages(NO_BOOK, [bad]))["underfull-line"] is Severity.ERROR


def test_heads_at_the_foot(crew: Crew) -> None:
    full = room(crew)
    css = RAGGED + "h2 { break-after: auto; margin: 0; font: inherit } html { orphans: 1 }"
    text = '<h2 id="h">Head</h2><p id="q">' + lines_of(9) + "</p>"
    assert found(look(crew, page_of(full - 1) + text, css))["head-at-foot"] is Severity.ERROR
    assert found(look(crew, page_of(full - 2) + text, css))["head-near-foot"] is Severity.WARNING
    far = found(look(crew, page_of(full - 3) + text, css))
    assert "head-near-foot" not in far
    assert "head-at-foot" not in far


def test_a_short_page_and_its_reason(crew: Crew) -> None:
    full = room(crew)
    kept = '<p id="q">' + lines_of(6) + "</p>"
    findings = look(crew, page_of(full - 4) + kept, RAGGED + "#q { orphans: 6 }")
    short = next(each.problem for each in findings if each.problem.code == "short-page")
    assert short.severity is Severity.WARNING
    assert short.message == "4 lines are free at the foot of a page (page 1, `print`)"
    head = '<h2 id="h" style="margin: 0; font: inherit">Head</h2>' + kept
    box = kept.replace('id="q"', 'id="q" style="break-inside: avoid"')
    run_in = '<div class="runin"><h2 id="h" style="display: inline; font: inherit">Head.</h2> <p style="display: inline">Words.</p></div>'
    ornament = '<p class="break" style="margin: 60pt 0">* * *</p>'
    for follows, reason in (
        (head, "a head follows"),
        (box, "is kept together"),
        (run_in + kept, "a head"),
        (ornament, "kept"),
    ):
        findings = look(crew, page_of(full - 4) + follows, RAGGED + "#q { orphans: 6 } .runin { break-before: page }")
        short = next(each.problem for each in findings if each.problem.code == "short-page")
        assert (short.severity, reason in short.message) == (Severity.INFO, True), short.message


def test_pages_are_named_as_printed_and_as_the_file_counts_them(crew: Crew) -> None:
    result = set_one(crew, job(f'<p id="p">{lines_of(3)}<br/>it.</p>', css="p { text-align: justify; text-indent: 0 }"))
    placed = replace(unit(result, 8), labels=("iii",))
    [finding] = [each for each in check_pages(NO_BOOK, [placed]) if each.problem.code == "runt"]
    assert "(page iii, PDF page 9, `print`)" in finding.problem.message


def test_the_last_page_of_a_figure_alone_is_not_short(crew: Crew) -> None:
    figure = '<figure id="f" style="break-after: page"><svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"></svg><figcaption>A figure.</figcaption></figure>'
    findings = look(crew, figure + '<p id="q">Words.</p>', RAGGED)
    assert "short-page" not in [each.problem.code for each in findings]


def test_a_title_over_two_pages_is_an_error_of_the_build(crew: Crew) -> None:
    result = set_one(crew, job(f'<h1 id="h" style="font: inherit">{lines_of(80)}</h1>'))
    findings = check_pages(NO_BOOK, [unit(result)])
    assert found(findings)["title-too-long"] is Severity.ERROR
    assert ("title-too-long", Severity.ERROR) in [(each.code, each.severity) for each in for_builds(findings)]
    page = replace(unit(result), name="title-page", display=True)
    [finding] = [each for each in check_pages(NO_BOOK, [page]) if each.problem.code == "title-too-long"]
    assert "the title page takes 3 pages" in finding.problem.message


def test_facing_pages_of_unlike_height(crew: Crew) -> None:
    full = room(crew)
    css = RAGGED + "#b { orphans: 9 } #d { break-before: page }"
    body = f'<p id="a">{lines_of(full)}</p><p id="b0">{lines_of(full - 4)}</p><p id="b">{lines_of(9)}</p><p id="c">{lines_of(full - 9)}</p><p id="d">{lines_of(5)}</p>'
    findings = look(crew, body, css)
    [uneven] = [each for each in findings if each.problem.code == "unequal-spread"]
    assert (uneven.page, uneven.problem.severity) == (1, Severity.WARNING)
    assert uneven.problem.message.startswith("facing pages differ by 4 lines at the foot")
    equal = body.replace(f'<p id="b0">{lines_of(full - 4)}</p><p id="b">', f'<p id="b0">{lines_of(full)}</p><p id="b">')
    assert "unequal-spread" not in [each.problem.code for each in look(crew, equal, css)]


def test_lines_off_the_grid(crew: Crew) -> None:
    body = "".join(f'<p id="p{number}">{lines_of(4)}</p>' for number in range(6))
    assert "off-grid" not in found(look(crew, body, RAGGED))
    assert found(look(crew, body, RAGGED + "#p4 { margin-top: 5pt }"))["off-grid"] is Severity.WARNING


def test_a_picture_of_few_dots(crew: Crew, tmp_path: Path) -> None:
    from pipeline.html import Resource
    from tests.pressroom import picture

    for size, low in ((100, True), (400, False)):
        shown = Resource("images/p.png", "image/png", picture(size, 8))
        made = job('<figure id="f"><img src="../images/p.png" alt="A strip"/></figure>', resources=(shown,))
        result = set_one(crew, made)
        assert result.problems == ()
        findings = check_pages(NO_BOOK, [unit(result)])
        assert ("low-resolution" in found(findings)) is low
        assert "low-resolution" not in found(check_pages(NO_BOOK, [unit(result)], sided=False))


def test_a_finding_names_its_place_in_the_manuscript(crew: Crew) -> None:
    text = (
        "# T\n\nFirst words.\n\nA line of words *set by hand* and more of them and more, and then one more word: it.\n"
    )
    edition = edition_of(text)
    (chapter,) = (each for each in edition.units if each.path == "u.md")
    block = chapter.blocks[1].attributes.id
    body = f'<p id="{block}">A line of words set by hand and more of them and more, and then one more word:<br/>it.</p>'
    result = set_one(crew, job(body, css=RAGGED))
    (finding,) = [each for each in check_pages(edition, [unit(result)]) if each.problem.code == "runt"]
    span = finding.problem.span
    assert span is not None
    assert text[span.start : span.end].strip() == "it."
    left, top, right, bottom = finding.box
    assert right - left < 20
    assert 5 < bottom - top < 20
