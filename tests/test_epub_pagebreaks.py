"""Page markers stand exactly before the first whole word of their page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book import Place
from pipeline.edition import Omission, UnitKind
from pipeline.edition.places import Places
from pipeline.epub.documents import Document, read, write
from pipeline.epub.pagebreaks import mark_pages
from pipeline.html import Page
from pipeline.pagemap import PageMap, PageStart
from pipeline.source import Problem, Span
from tests.test_epub_book import edition

EDITION = edition()
PLACES = Places(EDITION)
HEAD = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>t</title></head>'
    '<body><section id="c">'
)


def marked(body: str, *starts: tuple[str, str, int]) -> tuple[str, tuple[Problem, ...]]:
    """Return a body with its markers as `|label|` (in the text) or `‖label‖` (between blocks), and the problems."""
    html = f"{HEAD}{body}</section></body></html>"
    document = Document("text/c.xhtml", Page("c", UnitKind.CHAPTER, Place.BODY, "t", html), read(html))
    page_map = PageMap("print", "", tuple(PageStart(label, block, offset, "") for label, block, offset in starts), ())
    _, problems = mark_pages([document], page_map, EDITION, PLACES)
    text = write(document.root).decode()
    inner = text[text.index('<section id="c">') + 16 : text.rindex("</section>")]
    inner = re.sub(r'<span epub:type="pagebreak"[^>]*aria-label="([^"]*)"[^>]*></span>', r"|\1|", inner)
    return re.sub(r'<div epub:type="pagebreak"[^>]*aria-label="([^"]*)"[^>]*></div>', r"‖\1‖", inner), problems


CALL = '<a epub:type="noteref" href="#n">12</a>'
CASES = {
    "at the first word of a paragraph": ('<p id="p">one two</p>', 0, '<p id="p">|9|one two</p>'),
    "between two words": ('<p id="p">one two</p>', 3, '<p id="p">one |9|two</p>'),
    "white space is not counted": ('<p id="p">  one\n\ttwo  three</p>', 6, '<p id="p">  one\n\ttwo  |9|three</p>'),
    "a no-break space is white space": ('<p id="p">E.\u00a0Marek</p>', 2, '<p id="p">E.\u00a0|9|Marek</p>'),
    "soft hyphens are not counted": ('<p id="p">o\u00adne two</p>', 3, '<p id="p">o\u00adne |9|two</p>'),
    "hyphens of the layout are not counted": ('<p id="p">o\u2010ne two</p>', 3, '<p id="p">o\u2010ne |9|two</p>'),
    "calls are not counted": (f'<p id="p">one{CALL} two</p>', 3, f'<p id="p">one{CALL} |9|two</p>'),
    "inside emphasis": ('<p id="p"><em>one two</em></p>', 3, '<p id="p"><em>one |9|two</em></p>'),
    "before emphasis, not inside it": ('<p id="p">one <em>two</em></p>', 3, '<p id="p">one |9|<em>two</em></p>'),
    "before nested emphasis": ('<p id="p">one <a href="#c"><em>two</em></a></p>', 3, '<p id="p">one |9|<a href="#c"><em>two</em></a></p>'),
    "a divided word": ('<p id="p">one two three</p>', 4, '<p id="p">one two |9|three</p>'),
    "a word divided inside emphasis": ('<p id="p">one <em>two</em>fold three</p>', 4, '<p id="p">one <em>two</em>fold |9|three</p>'),
    "a divided last word": ('<p id="p">one two</p><p id="q">three</p>', 5, '<p id="p">one two|9|</p><p id="q">three</p>'),
    "a line break ends a word": ('<p id="p">one<br/>two</p>', 3, '<p id="p">one<br/>|9|two</p>'),
    "a head": ('<h2 id="p">one two</h2>', 0, '‖9‖<h2 id="p">one two</h2>'),
    "never inside a head": ('<h2 id="p">one two</h2>', 3, '‖9‖<h2 id="p">one two</h2>'),
    "an opener": ('<header class="opener"><p>Chapter 1</p><h1 id="p">x</h1></header>', 0, '‖9‖<header class="opener"><p>Chapter 1</p><h1 id="p">x</h1></header>'),
    "a list item": ('<ol><li><p id="p">one</p></li></ol>', 0, '<ol><li><p id="p">|9|one</p></li></ol>'),
    "a list": ('<ol id="p"><li><p>one</p></li></ol>', 0, '‖9‖<ol id="p"><li><p>one</p></li></ol>'),
    "later in a list": ('<ol id="p"><li><p>one</p></li><li><p>two</p></li></ol>', 3, '<ol id="p"><li><p>one</p></li><li><p>|9|two</p></li></ol>'),
    "a figure without words": ('<figure id="p"><img src="a" alt=""/></figure>', 0, '‖9‖<figure id="p"><img src="a" alt=""/></figure>'),
    "a row of a table": (
        '<table id="p"><tbody><tr><td><p>one</p></td></tr><tr><td><p>two</p></td></tr></tbody></table>',
        3,
        '<table id="p"><tbody><tr><td><p>one</p></td></tr><tr><td><p>|9|two</p></td></tr></tbody></table>',
    ),
    "a cell": ('<table><tbody><tr><td><p id="p">one</p></td></tr></tbody></table>', 0, '<table><tbody><tr><td><p id="p">|9|one</p></td></tr></tbody></table>'),
    "verse": ('<div class="verse" id="p"><p>one</p><p>two</p></div>', 3, '<div class="verse" id="p"><p>one</p><p>|9|two</p></div>'),
    "code": ('<pre id="p"><code>one\ntwo</code></pre>', 3, '<pre id="p"><code>one\n|9|two</code></pre>'),

}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_page_begins(name: str) -> None:
    body, offset, wanted = CASES[name]
    assert marked(body, ("9", "p", offset)) == (wanted, ())


def test_a_page_that_begins_with_a_unit_is_marked_first_in_it() -> None:
    assert marked("<header><h1>one</h1></header><p>two</p>", ("9", "c", 0)) == (
        "‖9‖<header><h1>one</h1></header><p>two</p>",
        (),
    )


def test_several_pages_begin_in_one_paragraph() -> None:
    found, _ = marked('<p id="p">one two <em>three four</em> five</p>', ("1", "p", 3), ("2", "p", 11), ("3", "p", 15))
    assert found == '<p id="p">one |1|two <em>three |2|four</em> |3|five</p>'


def test_a_start_past_the_end_of_its_block_is_an_error_and_no_marker() -> None:
    found, problems = marked('<p id="p">one two</p>', ("9", "p", 7))
    assert found == '<p id="p">one two</p>'
    assert [problem.code for problem in problems] == ["page-start-lost"]


def test_a_start_in_a_block_that_is_not_there_is_an_error() -> None:
    _, problems = marked('<p id="p">one</p>', ("9", "c-7", 0))
    assert [(problem.code, problem.severity) for problem in problems] == [("page-start-lost", "error")]


def test_a_start_in_a_chapter_that_is_not_there_is_an_error() -> None:
    """A page map of an older manuscript must not pass for one of this."""
    _, problems = marked('<p id="p">one</p>', ("9", "another-chapter-7", 0))
    assert [(problem.code, problem.severity) for problem in problems] == [("page-start-lost", "error")]


def marked_by(starts: tuple[PageStart, ...], labels: tuple[tuple[str, str], ...], body: str) -> tuple[str, list[str]]:
    """Return a body with its markers as `|label|`, and severities, in a book that leaves words out of this edition."""
    html = f"{HEAD}{body}</section></body></html>"
    document = Document("text/c.xhtml", Page("c", UnitKind.CHAPTER, Place.BODY, "t", html), read(html))
    selecting = replace(EDITION, omissions=(Omission("paragraph", Span("a.md", 0, 1)),))
    _, problems = mark_pages([document], PageMap("print", "", starts, labels), selecting, Places(selecting))
    text = write(document.root).decode()
    inner = text[text.index('<section id="c">') + 16 : text.rindex("</section>")]
    found = re.sub(r'<(span|div) epub:type="pagebreak"[^>]*aria-label="([^"]*)"[^>]*></\1>', r"|\2|", inner)
    return found, [str(problem.severity) for problem in problems]


def test_a_page_whose_first_block_is_left_out_begins_with_the_next_block_of_that_page() -> None:
    starts = (PageStart("1", "p", 0, ""), PageStart("2", "gone", 0, ""), PageStart("3", "r", 0, ""))
    labels = (("gone", "2"), ("p", "1"), ("q", "2"), ("r", "3"))
    body = '<p id="p">one</p><p id="q">two</p><p id="r">three</p>'
    assert marked_by(starts, labels, body) == (
        '<p id="p">|1|one</p><p id="q">|2|two</p><p id="r">|3|three</p>',
        [],
    )
    assert marked_by(starts, (("gone", "2"), ("p", "1"), ("q", "1"), ("r", "3")), body) == (
        '<p id="p">|1|one</p><p id="q">two</p><p id="r">|3|three</p>',
        ["info"],
    )


def test_a_page_is_found_by_its_words_where_a_reference_prints_others_in_each_edition() -> None:
    body = '<p id="p">See <a class="ref" href="#c">‘The Long Chapter’</a>. The page begins with these words here.</p>'
    document = Document(
        "text/c.xhtml", Page("c", UnitKind.CHAPTER, Place.BODY, "t", ""), read(f"{HEAD}{body}</section></body></html>")
    )
    starts = (PageStart("9", "p", len("Seepage.Thepage"), "begins with these words here."),)
    markers, problems = mark_pages([document], PageMap("print", "", starts, ()), EDITION, PLACES)
    assert problems == ()
    assert [marker.label for marker in markers] == ["9"]
    after = write(document.root).decode().partition('aria-label="9"')[2]
    assert after.partition(">")[2].partition("</p>")[0].removeprefix("</span>") == "begins with these words here."


def test_a_page_of_a_unit_that_only_print_has_has_no_marker() -> None:
    assert marked('<p id="p">one</p>', ("iii", "half-title", 0)) == ('<p id="p">one</p>', ())


def test_two_pages_with_one_label_have_ids_of_their_own() -> None:
    html = f'{HEAD}<p id="p">one two</p></section></body></html>'
    document = Document("text/c.xhtml", Page("c", UnitKind.CHAPTER, Place.BODY, "t", html), read(html))
    starts = (PageStart("1", "p", 0, ""), PageStart("1", "p", 3, ""))
    markers, _ = mark_pages([document], PageMap("print", "", starts, ()), EDITION, PLACES)
    assert [marker.id for marker in markers] == ["page-1", "page-1-2"]


@given(
    st.lists(st.tuples(st.sampled_from(["t", "em", "call", "br", "strong"]), st.text("ab \u00ad\u00a0-ж", max_size=12)), min_size=1, max_size=8),
    st.integers(0, 60),
)  # fmt: skip
def test_the_text_never_changes_and_the_marker_stands_before_a_whole_word(
    pieces: list[tuple[str, str]], offset: int
) -> None:
    """Whatever the paragraph: the marker begins a word, and no word that begins on the page stands before it."""
    body, flat = "", ""
    for kind, text in pieces:
        if kind == "call":
            body += CALL
        elif kind == "br":
            body += "<br/>"
            flat += "\n"
        else:
            body += text if kind == "t" else f"<{kind}>{text}</{kind}>"
            flat += text
    counted = [n for n, c in enumerate(flat) if not c.isspace() and c not in "\u00ad\u2010"]
    found, problems = marked(f'<p id="p">{body}</p>', ("9", "p", offset))
    plain = re.sub(r"<[^>]*>", "", found.replace(CALL, "").replace("<br/>", "\n"))
    if problems:
        assert offset > 0
        assert offset >= len(counted)
        assert plain == flat
        return
    before, _, after = plain.partition("|9|")
    assert before + after == flat
    if not counted:
        return
    words = [match.start() for match in re.finditer(r"\S+", flat) if match[0].strip("\u00ad\u2010")]
    firsts = [next(n for n in counted if n >= word) for word in words]  # the first counted sign of each word
    start = next((word for word, first in zip(words, firsts, strict=True) if first >= counted[offset]), len(flat))
    assert after.lstrip() == flat[start:].lstrip()
