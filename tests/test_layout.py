"""One unit laid out in a child process: its facts, its problems, its walls."""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from multiprocessing import active_children
from pathlib import Path
from xml.etree import ElementTree as ET

import pikepdf
import pypdfium2
import pytest

from pipeline.html import Resource
from pipeline.pdf.facts import Facts, Fault, Job
from pipeline.pdf.workers import Crew, Limits
from pipeline.source import Problem, Severity
from tests.pressroom import FONTS, codes, job, page, picture, set_one, words

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with Crew(FONTS, str(tmp_path_factory.mktemp("scratch")), 1) as crew:
        yield crew


# Facts -----------------------------------------------------------------------------------------


def test_every_page_starts_where_its_first_words_stand_in_the_text(crew: Crew) -> None:
    body = "".join(f'<p id="u-{n}">{words(n, 150)}, Nagorno-Karabakh</p>' for n in range(12))
    result = set_one(crew, job(body))
    tree = ET.fromstring(page(body))
    text = {e.get("id"): "".join("".join(e.itertext()).split()) for e in tree.iter() if e.get("id")}
    assert result.problems == ()
    assert [start.page for start in result.facts.page_starts] == list(range(result.facts.pages))
    assert result.facts.pages > 3
    for start in result.facts.page_starts:
        first = "".join(start.words.split())[:12]
        assert text[start.block].replace("\u2010", "")[start.offset :].startswith(first)
    offsets = [start.offset for start in result.facts.page_starts]
    assert any(offsets[1:]), "a page begins in the middle of a paragraph"


def test_notes_and_calls_do_not_count_in_page_starts(crew: Crew) -> None:
    note = '<aside class="note" id="n" data-mark="1" data-call="c"><p id="n-1">Words of a note.</p></aside>'
    plain = f'<p id="a">{words(1, 300)}</p><p id="b">{words(2, 400)}</p>'
    noted = plain.replace("</p>", f'{note}<a class="call" href="#n" id="c2">1</a></p>', 1)
    start = set_one(crew, job(noted)).facts.page_starts[1]
    text = "".join(words(1 if start.block == "a" else 2, 400 if start.block == "b" else 300).split())
    assert text[start.offset :].startswith("".join(start.words.split())[:12])


def test_a_repeated_table_head_is_no_start_of_a_page(crew: Crew) -> None:
    rows = "".join(f"<tr><td>cell{n}</td></tr>" for n in range(80))
    body = f'<table id="t"><thead><tr><th scope="col">HEAD</th></tr></thead><tbody>{rows}</tbody></table>'
    result = set_one(crew, job(body))
    assert result.facts.pages > 1
    assert [start.words[:4] for start in result.facts.page_starts[1:]] == ["cell"] * (result.facts.pages - 1)


def test_headings_and_outline_leave_notes_out(crew: Crew) -> None:
    note = '<aside class="note" id="n" data-mark="7" data-call="c"><p>Note.</p></aside>'
    result = set_one(crew, job(f'<h1 id="h">A <em>head</em>{note}</h1><p id="p">Text.</p><h2 id="i">Next</h2>'))
    assert [(h.level, h.id, h.text) for h in result.facts.headings[0]] == [(1, "h", "A head"), (2, "i", "Next")]
    assert [(b.level, b.label, b.page) for b in result.facts.bookmarks] == [(1, "A head", 0), (2, "Next", 0)]


def test_anchors_name_every_id_and_every_call(crew: Crew) -> None:
    note = '<aside class="note" id="n" data-mark="1" data-call="c"><p id="n-1">Note.</p></aside>'
    facts = set_one(crew, job(f'<p id="a">One{note}</p><p id="b">Two</p>')).facts
    assert {"u", "a", "b", "n", "n-1", "c"} <= facts.anchors.keys()
    width, height = facts.size
    assert (width, height) == (419.528, 595.276)
    assert facts.anchors["a"][2] > facts.anchors["b"][2] > facts.anchors["n"][2] > 0
    assert all(0 <= x <= width and 0 <= y <= height for _, x, y in facts.anchors.values())


def test_facts_can_be_kept_as_json(crew: Crew) -> None:
    facts = set_one(crew, job(f'<h1 id="h">H</h1><p id="a">{words(3, 400)}</p>')).facts
    assert Facts.from_json(facts.to_json()) == facts
    assert facts.fonts
    with pytest.raises(ValueError, match="version"):
        Facts.from_json(facts.to_json().replace('"version":', '"version":-'))


def test_an_empty_unit_is_a_page(crew: Crew) -> None:
    result = set_one(crew, job(""))
    assert (result.facts.pages, result.problems) == (1, ())


# The PDF ---------------------------------------------------------------------------------------


def test_links_to_other_units_wait_for_the_join(crew: Crew) -> None:
    result = set_one(crew, job('<p><a href="#p2">in</a> <a href="#elsewhere-3">out</a></p><p id="p2">x</p>'))
    pdf = pikepdf.open(BytesIO(result.pdf))
    targets = [str(a.Dest if "/Dest" in a else a.A.URI) for a in pdf.pages[0].obj.Annots]
    assert targets == ["p2", "https://book.invalid/#elsewhere-3"]


def test_a_printers_file_has_neither_links_nor_tags(crew: Crew) -> None:
    unit = job('<p><a href="https://example.org">x</a></p>')
    pdf = pikepdf.open(BytesIO(set_one(crew, replace(unit, tags=False)).pdf))
    assert "/StructTreeRoot" not in pdf.Root
    assert "/Annots" not in pdf.pages[0].obj


def test_lists_count_from_where_the_author_says(crew: Crew) -> None:
    items = "<li><p>a</p></li><li><p>b</p></li>"
    result = set_one(crew, job(f'<ol start="5">{items}</ol><ol type="i">{items}</ol>'))
    seen = pypdfium2.PdfDocument(result.pdf)[0].get_textpage().get_text_range()
    assert result.problems == ()
    assert [mark for mark in ("5.", "6.", "i.", "ii.") if mark in seen] == ["5.", "6.", "i.", "ii."]


SCRIPT = """
import sys, hashlib
sys.path.insert(0, sys.argv[1])
import tests.test_layout as t
from pipeline.pdf.workers import Crew
with Crew(t.FONTS, sys.argv[2], int(sys.argv[3])) as crew:
    for result in crew.set_units(t.some_jobs()):
        print(hashlib.sha256(result.pdf + result.facts.to_json().encode()).hexdigest())
"""


def some_jobs() -> list[Job]:
    note = f'<aside class="note" id="{{0}}-n" data-mark="1" data-call="{{0}}-c"><p>{words(9, 130)}</p></aside>'
    return [
        job(f"<h1>H</h1><p>{words(n, 250)}{note.format(n)} {words(n + 1, 300)}</p>", name=f"u{n}") for n in range(3)
    ]


def test_the_same_jobs_give_the_same_bytes(tmp_path: Path) -> None:
    outputs = []
    for number, (seed, workers) in enumerate((("0", "1"), ("7", "2"))):
        scratch = tmp_path / f"folder-{number}" / ("x" * number)
        scratch.mkdir(parents=True)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(ROOT), str(scratch), workers],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin", "TZ": "Asia/Yerevan" if number else "UTC"},
            cwd=scratch,
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert len(set(outputs[0].split())) == 3


# What is wrong ---------------------------------------------------------------------------------


def test_a_sign_without_a_glyph_is_named_with_its_block(crew: Crew) -> None:
    result = set_one(crew, job('<p id="a">Fine.</p><p id="b">Bad \ue000.</p>'))
    (problem,) = result.problems
    assert problem.code == "missing-glyph"
    assert "U+E000" in problem.message
    assert "`b`" in problem.message


def test_a_style_that_the_engine_leaves_out_is_a_problem(crew: Crew) -> None:
    result = set_one(crew, job("<p>x</p>", css="p { text-wrap: balance }"))
    assert codes(result) == ["engine-warning"]
    assert "text-wrap" in result.problems[0].message


@pytest.mark.hostile
@pytest.mark.parametrize(
    "body",
    [
        '<p><img src="https://example.org/a.png" alt="x"/></p>',
        '<p><img src="file:///etc/hostname" alt="x"/></p>',
        '<p><img src="../../etc/hostname" alt="x"/></p>',
        '<p><img src="images/%2e%2e/%2e%2e/etc/hostname" alt="x"/></p>',
        '<p style="background: url(ftp://example.org/a)">x</p>',
    ],
)
def test_nothing_outside_the_book_is_read(crew: Crew, body: str) -> None:
    assert "resource-refused" in codes(set_one(crew, job(body)))


@pytest.mark.hostile
def test_a_drawing_that_asks_for_other_files_is_refused(crew: Crew) -> None:
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        b'<image href="file:///etc/hostname" width="9" height="9"/></svg>'
    )
    files = (Resource("images/a.svg", "image/svg+xml", drawing),)
    result = set_one(crew, job('<p><img src="images/a.svg" alt="x"/></p>', resources=files))
    assert "resource-refused" in codes(result)


@pytest.mark.hostile
def test_styles_are_read_from_the_book_alone(crew: Crew) -> None:
    result = set_one(crew, job("<p>x</p>", css='@import "https://example.org/x.css";'))
    assert "resource-refused" in codes(result)


def test_pictures_of_the_book_are_found_from_any_unit(crew: Crew) -> None:
    files = (Resource("images/a.png", "image/png", picture()),)
    for source in ("images/a.png", "../images/a.png"):
        result = set_one(crew, job(f'<p><img src="{source}" alt="Red"/></p>', resources=files))
        assert result.problems == ()


def test_words_beyond_the_page_are_a_problem(crew: Crew) -> None:
    result = set_one(crew, job("<p>" + "a" * 300 + "</p>"))
    assert codes(result) == ["page-overflow"]


def test_a_table_beyond_the_page_is_one_problem_that_names_it(crew: Crew) -> None:
    row = "<tr>" + f"<td>{'a' * 40}</td>" * 8 + "</tr>"
    result = set_one(crew, job(f'<table id="ships"><tbody>{row * 5}</tbody></table><table><tr><td>b</td></tr></table>'))
    assert codes(result) == ["table-too-wide"]
    [problem] = result.problems
    assert isinstance(problem, Fault)
    assert problem.block == "ships"
    assert re.search(r"^table `ships` is \d+ pt wider than the room for it", problem.message)


def test_hidden_words_are_lost_words(crew: Crew) -> None:
    result = set_one(crew, job("<p>Seen.</p><p class='x'>Unseen words.</p>", css=".x { display: none }"))
    assert codes(result) == ["text-lost"]
    assert "Unseenwords." in result.problems[0].message


def test_a_float_that_is_broken_at_the_end_loses_nothing(crew: Crew) -> None:
    body = "".join(f"<p>{words(n, 70)}</p>" for n in range(5))
    body += f'<div style="float: right; width: 45%"><p>{words(99, 160)}</p></div>'
    result = set_one(crew, job(body))
    assert result.problems == ()
    assert [repair.remedy for repair in result.facts.repairs] == ["end below floats"]


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<blockquote>" * 120 + "x" + "</blockquote>" * 120, "nesting-too-deep"),
        ('<table><tr><td colspan="100000000">x</td></tr></table>', "span-too-large"),
        ('<table><tr><td rowspan="-1">x</td></tr></table>', "span-too-large"),
        ("<p>not closed", "page-malformed"),
        ('<p style="font-size: 1e9px">x</p>', "layout-failed"),
    ],
)
def test_what_cannot_be_set_is_one_problem(crew: Crew, body: str, code: str) -> None:
    result = set_one(crew, job(body))
    assert codes(result) == [code]
    assert result.pdf == b""


def test_entities_are_not_expanded(crew: Crew) -> None:
    unit = job("")
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + page("<p>&b;</p>")
    assert codes(set_one(crew, replace(unit, html=bomb))) == ["page-malformed"]


def test_without_fonts_nothing_is_set(tmp_path: Path) -> None:
    with Crew((), str(tmp_path), 1) as crew:
        result = set_one(crew, job("<p>x</p>"))
    assert codes(result) == ["fonts-missing"]


# Workers ---------------------------------------------------------------------------------------

ENDLESS = '<div style="display: flex">' * 14 + "<p>x</p>" + "</div>" * 14


@pytest.mark.slow
@pytest.mark.hostile
def test_a_child_that_is_stopped_takes_no_other_unit_with_it(tmp_path: Path) -> None:
    jobs = [job("<p>One.</p>", "a"), job(ENDLESS, "b"), job("<p>Three.</p>", "c")]
    with Crew(FONTS, str(tmp_path), 2, Limits(seconds=2)) as crew:
        first, second, third = crew.set_units(jobs)
        (again,) = crew.set_units(jobs[:1])
    assert codes(second) == ["layout-killed"]
    assert "`b`" in second.problems[0].message
    assert (first.problems, third.problems, again.problems) == ((), (), ())
    assert first.pdf
    assert third.pdf


def _process(_: object) -> int:
    return os.getpid()


def test_no_more_children_start_than_there_is_work(tmp_path: Path) -> None:
    others = {child.pid for child in active_children()}

    def children() -> set[int | None]:
        return {child.pid for child in active_children()} - others

    with Crew(FONTS, str(tmp_path), 3) as crew:
        (alone,) = crew.set_units([job("<p>One.</p>")])
        first = children()
        assert len(first) == 1
        assert set(crew.each(_process, [0], 9)) == first  # who has loaded all that is needed goes on
        crew.set_units([job(f"<p>{name}</p>", name) for name in "abcde"])
        assert len(children()) == 3
        (again,) = crew.set_units([job("<p>One.</p>")])
        assert len(children()) == 3
    assert alone.pdf == again.pdf
    assert not children()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere libraries are found by their lists")
def test_libraries_are_found_without_the_list_of_all(crew: Crew) -> None:
    assert crew.each(_finds, ["c"], 9) == ("None",)


def _finds(name: str) -> str:
    return str(ctypes.util.find_library(name))


ORPHANS = """
import sys
import tempfile
sys.path.insert(0, sys.argv[1])
import tests.test_layout as t
from pipeline.pdf.workers import Crew
with Crew(t.FONTS, sys.argv[2], 1) as crew:
    crew.set_units([t.job(t.ENDLESS)])
"""


def children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


@pytest.mark.hostile
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_no_child_outlives_a_build_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", ORPHANS, str(ROOT), str(tmp_path)])
    kids: list[int] = []
    for _ in range(600):
        kids = children(parent.pid)
        if kids:
            break
        time.sleep(0.05)
    assert kids
    parent.kill()
    parent.wait()
    alive = kids
    for _ in range(200):
        alive = [kid for kid in kids if Path(f"/proc/{kid}").exists()]
        if not alive:
            break
        time.sleep(0.05)
    assert alive == []


@pytest.mark.hostile
@pytest.mark.slow
def test_a_unit_that_wants_too_much_memory_is_a_problem(tmp_path: Path) -> None:
    table = "<table>" + ('<tr><td colspan="1000">x</td></tr>' + "<tr>" + "<td>y</td>" * 999 + "</tr>") * 60 + "</table>"
    with Crew(FONTS, str(tmp_path), 1, Limits(memory=250_000_000, seconds=60)) as crew:
        result, small = crew.set_units([job(table), job("<p>x</p>", "v")])
    assert codes(result) == ["layout-killed"]
    assert result.problems[0].severity is Severity.ERROR
    assert small.problems == ()


def test_results_come_in_the_order_of_the_jobs(crew: Crew) -> None:
    jobs = [job("<p>" + words(n, 20 * n) + f" last{n}</p>", f"u{n}") for n in range(4)]
    results = crew.set_units(jobs)
    assert [result.facts.counts["words"] for result in results] == [20 * n + 1 for n in range(4)]


def test_a_problem_names_the_file(crew: Crew) -> None:
    problem: Problem = set_one(crew, job("<p>" + "a" * 300 + "</p>")).problems[0]
    assert problem.span is not None
    assert problem.span.path == "manuscript/u.md"


def test_digests_differ_when_words_differ(crew: Crew) -> None:
    one, two = crew.set_units([job("<p>One.</p>"), job("<p>Two.</p>")])
    assert hashlib.sha256(one.pdf).digest() != hashlib.sha256(two.pdf).digest()


@pytest.mark.parametrize(
    "block",
    [
        '<ul class="tight"><li><p id="b1">First item.</p></li><li><p>Second item.</p></li></ul>',
        "<blockquote><p>A quotation.</p></blockquote>",
        "<pre><code>code()</code></pre>",
        "<table><tbody><tr><td>A cell</td><td>Another</td></tr></tbody></table>",
    ],
    ids=["list", "quotation", "code", "table"],
)
def test_the_mark_of_a_note_stands_in_the_first_line_of_what_is_no_paragraph(block: str, crew: Crew) -> None:
    css = (
        ".note > * { margin: 0 !important; padding: 0 0 0 12pt } td { padding: 0 } table { border-collapse: collapse }"
        " .note::footnote-marker { width: 14pt; margin-left: -14pt } .note { padding-left: 14pt; margin: 2pt 0 }"
    )
    body = f'<p>{words(1, 20)}<aside class="note" id="n" data-mark="7" data-call="c">{block}</aside> more.</p>'
    result = set_one(crew, job(body, css=css))
    assert result.problems == ()
    page = pypdfium2.PdfDocument(result.pdf)[0].get_textpage()
    first = re.search(r"(First|A quotation|code|A cell)", page.get_text_range())
    assert first is not None
    word = page.get_charbox(page.search(first.group()).get_next()[0], loose=True)
    marks = [
        page.get_charbox(index, loose=True)
        for index in range(page.count_chars())
        if page.get_text_range(index, 1) == "7"
    ]
    assert any(abs(mark[1] - word[1]) < 2 and mark[0] < word[0] for mark in marks[1:]), (marks, word)


def test_words_that_are_lost_are_said_where_they_stand(crew: Crew) -> None:
    result = set_one(crew, job("<p>Seen.</p><p class='x' id='p-7'><em>Unseen</em></p>", css=".x { display: none }"))
    [problem] = result.problems
    assert isinstance(problem, Fault)
    assert (problem.code, problem.block) == ("text-lost", "p-7")


def test_a_mark_before_the_space_of_its_line_is_kept(crew: Crew) -> None:
    mark = '<span style="display: inline-block; width: 12pt; margin-left: -12pt">7</span>'
    body = f'<p style="text-align: left; text-indent: 0; margin-left: 12pt">{mark} {words(1, 60)}</p>'
    result = set_one(crew, replace(job(body), composition="fine"))
    assert result.problems == ()
    assert result.facts.greedy == ()


def test_a_crew_leaves_nothing_behind(tmp_path: Path) -> None:
    """WeasyPrint takes its folders of fonts away when it is told to end; a child that is ended is told nothing."""
    assert tempfile.gettempdir() != str(tmp_path)
    with Crew(FONTS, str(tmp_path), 1) as crew:
        assert codes(set_one(crew, job("<p>x</p>"))) == []
        assert list(tmp_path.glob("weasyprint-*")), "in the folder that the caller takes away"
