"""Notes beside the text: at the line of their call, never over one another, never lost, also when the column is full."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.build import build
from pipeline.build.verapdf import available, verapdf
from pipeline.pagelines import LineKind, SetLine
from pipeline.pdf.facts import UnitResult
from pipeline.pdf.layout.column import Wish, free_stretches, place
from pipeline.pdf.workers import Crew
from pipeline.source import Severity, describe
from tests.pressroom import FONTS, codes, job, page, set_one, words
from tests.test_notes_pages import heard, signs, told

COLUMN = """
@page { margin: 18mm 55mm 20mm 17mm }
html { text-align: left; hyphens: manual }
.note { text-align: left; hyphens: manual }
.note.beside { box-sizing: border-box; width: 38mm; margin: 0 0 6pt 8mm }
.note.beside::footnote-marker { display: inline; margin-right: 0.4em }
"""
EDGE = 24 * 72 / 25.4
"""where the column begins, from the left edge of the text, in points, at least"""


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


def note(key: int, body: str, kind: str = "beside", after: str = "") -> str:
    if not body.startswith("<"):
        body = f'<p id="u-fn-{key}-1">{body}</p>'
    inner = " inner" if after else ""
    mark = f'class="note {kind}{inner}" id="u-fn-{key}" data-mark="{key}" data-call="u-ref-{key}"'
    return f"<aside {mark}>{body}</aside>{after}"


def spread(body: str) -> str:
    return f"<p>{words(1, 60)}</p>{body}<p>{words(2, 60)}</p>"


def boxes(result: UnitResult) -> dict[str, list[SetLine]]:
    """Return the lines of each note, in the order of its text."""
    found: dict[str, list[SetLine]] = {}
    for line in result.facts.lines:
        if line.kind & LineKind.NOTE and line.block:
            found.setdefault(line.block, []).append(line)
    return found


def proved(result: UnitResult, body: str) -> UnitResult:
    """See that a listener hears every word once and in order, the note after its call."""
    assert signs(heard(result).text) == told(ET.fromstring(page(body)))
    return result


def test_a_note_begins_at_the_line_of_its_call(crew: Crew) -> None:
    body = spread(f"<p>{words(3, 40)} <br/>CALLED{note(1, words(4, 12))} {words(5, 40)}</p>")
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert codes(result) == []
    called = next(line for line in result.facts.lines if "CALLED" in line.opens)
    first = boxes(result)["u-fn-1"][0]
    assert first.page == called.page
    assert first.baseline == pytest.approx(called.baseline, abs=0.05)
    assert first.left > called.edge, "it stands in the column, right of the measure"
    assert result.facts.frames[0].notes is None, "it takes no room from the text"
    assert result.facts.repairs == ()


def test_notes_of_one_line_follow_one_another(crew: Crew) -> None:
    body = spread("<p>Six" + "".join(note(n, words(n, 9)) for n in range(1, 7)) + " of them.</p>")
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert codes(result) == []
    found = boxes(result)
    assert list(found) == [f"u-fn-{n}" for n in range(1, 7)]
    ends = [lines[-1].baseline for lines in found.values()]
    starts = [lines[0].baseline for lines in found.values()]
    assert all(start - end > 11 for end, start in zip(ends, starts[1:], strict=False)), "none touches the next"
    assert [repair.remedy.split()[0] for repair in result.facts.repairs] == ["moved"] * 5


def test_a_note_far_from_its_call_is_a_remark(crew: Crew) -> None:
    body = f"<p>One{note(1, words(2, 110))} and two{note(2, words(3, 9))}.</p>{spread('')}"
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert [(p.code, p.severity) for p in result.problems] == [("note-moved", Severity.INFO)]
    assert re.search(r"note `u-fn-2` stands \d\d lines below the line of its call", result.problems[0].message)


def test_notes_at_the_foot_of_a_page_move_up(crew: Crew) -> None:
    body = f"<p>{words(1, 170)}</p><p>Two{note(1, words(2, 55))} here{note(2, words(3, 55))}.</p>"
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert {line.page for lines in boxes(result).values() for line in lines} == {result.facts.notes["u-fn-1"].call}
    assert any(repair.remedy.endswith("up") for repair in result.facts.repairs)
    assert all(line.baseline < result.facts.frames[line.page].bottom for line in result.facts.lines)


def test_a_long_note_goes_on_on_the_next_pages_also_where_no_text_is(crew: Crew) -> None:
    body = spread(f"<p>Long{note(1, ' '.join(f'w{n}' for n in range(700)))} and short{note(2, 'The next.')}.</p>")
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    pages = result.facts.notes["u-fn-1"].text
    assert len(pages) >= 3
    assert pages == tuple(range(len(pages)))
    assert result.facts.pages == len(pages), "pages were added, and no more than needed"
    assert result.facts.notes["u-fn-2"].text == (pages[-1],)
    assert ("note-displaced", Severity.WARNING) in [(p.code, p.severity) for p in result.problems]
    assert len(heard(result).all("Note")) == 2, "the parts of the note are one note to a listener"


def test_a_long_note_alone_stays_at_its_call_and_leaves_the_others_where_they_are(crew: Crew) -> None:
    body = f"<p>{words(1, 40)} one{note(1, 'Short.')} {words(2, 90)} two{note(2, words(3, 500))}.</p>"
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert codes(result) == []
    assert result.facts.repairs == ()
    first = boxes(result)["u-fn-2"][0]
    assert first.page == result.facts.notes["u-fn-2"].call
    assert first.baseline > boxes(result)["u-fn-1"][0].baseline + 11


PLACES = {
    "a head": "<h2>Head{}</h2>",
    "a list": "<ul style='list-style: none'><li><p>Item{} one</p></li><li>two</li></ul>",
    "a cell": "<table><tr><td>Cell{}</td><td>x</td></tr></table>",
    "a caption": "<table><caption>Caption{}</caption><tr><td>x</td></tr></table>",
    "a quotation": "<blockquote><p>Quoted{} words</p></blockquote>",
    "an emphasis": "<p>An <em>emphasis{}</em> here</p>",
    "a term": "<dl><dt>Term{}</dt><dd>means</dd></dl>",
}


@pytest.mark.parametrize("around", PLACES.values(), ids=PLACES.keys())
def test_notes_are_called_wherever_words_stand(around: str, crew: Crew) -> None:
    inner = note(2, "A note on the note.", after=" ")
    body = spread(around.format(note(1, 'Words<a class="call" id="u-ref-2" href="#u-fn-2">2</a>.') + inner.strip()))
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert codes(result) == []
    assert list(boxes(result)) == ["u-fn-1", "u-fn-2"]


def test_two_apparatuses_stand_on_one_page(crew: Crew) -> None:
    body = spread(f"<p>A{note(1, words(3, 20), kind='')} and B{note(2, words(4, 20))} and {words(5, 20)}</p>")
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert codes(result) == []
    found = boxes(result)
    assert result.facts.frames[0].notes is not None
    assert found["u-fn-1"][0].baseline > result.facts.frames[0].notes
    assert found["u-fn-2"][0].baseline < result.facts.frames[0].notes
    assert found["u-fn-2"][0].left > found["u-fn-1"][0].left + EDGE


def test_a_table_wider_than_the_measure_takes_its_part_of_the_column(crew: Crew) -> None:
    wide = "<table>" + "<tr>" + "<td>Incomprehensibilities</td>" * 4 + "</tr></table>"
    body = f"<p>A{note(1, words(3, 40))} line.</p>{wide}<p>{words(4, 20)} B{note(2, words(5, 20))}.</p>"
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    table = [line for line in result.facts.lines if line.kind & LineKind.TABLE]
    assert max(line.right for line in table) > boxes(result)["u-fn-1"][0].left, "it is wider"
    for lines in boxes(result).values():
        assert all(line.baseline < table[0].baseline - 10 or line.baseline > table[0].baseline + 10 for line in lines)


def test_what_does_not_fit_the_column_is_an_error(crew: Crew) -> None:
    body = spread(f"<p>A{note(1, 'x' * 60)}.</p>")
    result = set_one(crew, job(body, css=COLUMN))
    assert codes(result) == ["page-overflow"]
    assert "beyond the column of notes" in result.problems[0].message


def test_an_address_is_broken_where_its_parts_meet(crew: Crew) -> None:
    address = "https://example.org/a/long/path/of-many-parts/that-goes-on/and-on/until-it-is-too-wide.html"
    body = spread(f"<p>A{note(1, f'See {address}, also <a href={address!r}>{address}</a> there')}.</p>")
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert codes(result) == []
    with pikepdf.open(BytesIO(result.pdf)) as pdf:
        links = [each.A.URI for each in pdf.pages[0].Annots if "/A" in each]
    assert {str(each) for each in links} == {address}, "what the link leads to is left alone"


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_of_sixty_notes_of_any_length_none_is_lost(seed: int, crew: Crew) -> None:
    chance = random.Random(seed)
    body = "".join(
        f"<p>{words(n, 25)}{note(n, words(n, chance.randrange(2, 60)))} {words(n + 1, 12)}</p>" for n in range(1, 61)
    )
    result = proved(set_one(crew, job(body, css=COLUMN)), body)
    assert set(codes(result)) <= {"note-displaced", "note-moved"}
    assert result.facts.counts["notes"] == 60
    assert list(boxes(result)) == [f"u-fn-{n}" for n in range(1, 61)]
    displaced = [id for id, where in result.facts.notes.items() if where.text[0] != where.call]
    assert len(displaced) == codes(result).count("note-displaced"), "each that begins elsewhere is reported"


@given(
    wishes=st.lists(st.tuples(st.floats(0, 500), st.floats(1, 120), st.floats(0, 12)), min_size=1, max_size=9),
    taken=st.lists(st.tuples(st.floats(0, 500), st.floats(0, 60)), max_size=3),
)
def test_notes_in_a_column_keep_their_order_and_never_touch(
    wishes: list[tuple[float, float, float]], taken: list[tuple[float, float]]
) -> None:
    asked = [Wish(*each) for each in sorted(wishes)]
    free = free_stretches(0, 500, [(top, top + height) for top, height in taken], 4)
    tops = place(asked, free)
    if tops is None:
        return
    for wish, top in zip(asked, tops, strict=True):
        assert any(begin - 0.1 <= top and top + wish.height <= end + 0.1 for begin, end in free)
    for (wish, top), after in zip(zip(asked, tops, strict=True), tops[1:], strict=False):
        assert top + wish.height + wish.below <= after + 0.1


# Whole books ----------------------------------------------------------------------------------

BOOK = """# Head[^h]

First words[^a] of the author, and those of the editor[^e] and the source[^s]. And a letter[^t].

[^h](translator): On the head.
[^a]: The author’s note.
[^e](editor): The editor’s note, with a note[^i] of its own.
[^i](editor): Inner.
[^s](source): The source’s.
[^t](textual): As in the copy.
"""


def make(folder: Path, settings: str) -> None:
    folder.mkdir()
    head = 'title = "A Book"\nlanguage = "en-GB"\nchapters = ["one.md"]\n'
    (folder / "book.toml").write_text(head + settings, "utf-8")
    (folder / "one.md").write_text(BOOK, "utf-8")
    outcome = build(folder, jobs=1)
    assert outcome.problems == (), "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)


SETTINGS = {
    "book": '[notes]\nplacement = "beside"\n[notes.voices.editor]\nsigned = "A. E."\n[editions.screen]\n',
    "edition": '[editions.letter]\ntrim = "letter-screen"\nnotes = "beside"\n',
    "voice": '[notes.voices.editor]\nplacement = "beside"\nseries = "editor"\nmarks = "symbols"\n[editions.screen]\n',
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_a_book_has_notes_beside_its_text(settings: str, tmp_path: Path) -> None:
    make(tmp_path / "book", settings)


@pytest.mark.slow
@pytest.mark.skipif(not available(), reason="veraPDF is not here (`make validators`)")
def test_verapdf_finds_nothing_against_notes_beside_the_text(tmp_path: Path) -> None:
    files = []
    for name, settings in SETTINGS.items():
        make(tmp_path / name, settings)
        files += [(name, path.read_bytes()) for path in (tmp_path / name / "dist").glob("*.pdf")]
    assert len(files) == 3
    assert verapdf(files) == ()


def test_trims_without_a_column_have_such_notes_at_the_foot(tmp_path: Path) -> None:
    make(tmp_path / "book", '[notes]\nplacement = "beside"\n[editions.print]\n[editions.epub]\n')


def test_an_edition_cannot_ask_for_a_column_that_its_trim_has_not(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    text = 'title = "A Book"\nlanguage = "en"\nchapters = ["one.md"]\n[editions.print]\ntrim = "a5"\nnotes = "beside"\n'
    (folder / "book.toml").write_text(text, "utf-8")
    (folder / "one.md").write_text("# One\n\nWords.\n", "utf-8")
    (problem,) = build(folder, jobs=1).problems
    assert problem.code == "book-value"
    assert "`a5` has no room for notes beside the text" in problem.message
    assert "`a4-screen`" in problem.hint
