"""Templates hold the HTML and nothing that a reader would read."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from xml.etree import ElementTree as ET

import pytest

from pipeline.book import Book, EditionSettings, Entry, Medium, NotePolicy, Place, Theme, Voice
from pipeline.checks.expected import Hand, expected
from pipeline.edition import Edition, resolve
from pipeline.html import MissingMacroError, picture_name, render
from pipeline.manuscript import (
    Attributes,
    Break,
    Cell,
    Column,
    Heading,
    Leaf,
    Manuscript,
    NoteCall,
    NoteText,
    Paragraph,
    Row,
    Table,
    Text,
)
from pipeline.source import Source, Span

PRINT = EditionSettings("print", Medium.PDF, "6x9")
EPUB = EditionSettings("epub", Medium.EPUB)
VOICES = NotePolicy(
    (
        Voice("author", "", "decimal", "author"),
        Voice("translator", "", "upper-alpha", "translator"),
        Voice("editor", "", "symbols", "editor", "A. E."),
    )
)


def at(number: int) -> Span:
    return Span("a.md", number, number + 1)


def text(words: str, number: int) -> Text:
    return Text(words, at(number))


def edition(leaf: Leaf, settings: EditionSettings) -> Edition:
    book = Book(
        "A Book",
        "en",
        "a-book",
        "book.toml",
        notes=VOICES,
        entries=(Entry("a.md", Place.BODY, None),),
        editions=(PRINT, EPUB),
    )
    made, problems = resolve(Manuscript((leaf,)), book, settings, ())
    assert problems == ()
    return made


def leaf(*blocks: Break | Paragraph | Table, notes: tuple[NoteText, ...] = ()) -> Leaf:
    return Leaf(Source("a.md", ""), (Heading(1, (text("Title", 0),), at(0)), *blocks), notes)


def chapter(made: Edition) -> str:
    return next(page.html for page in render(made) if page.name == "a")


@pytest.mark.parametrize(("count", "high"), [(40, True), (20, False), (1, False)])
def test_a_paragraph_gets_a_high_letter_only_where_it_fills_the_lines_beside_it(count: int, high: bool) -> None:
    made = edition(leaf(Paragraph((text("Words " * count, 1),), at(1))), PRINT)
    made = replace(made, book=replace(made.book, theme=Theme(drop_capital=3)))
    assert ('class="drop">W<' in chapter(made)) is high


@pytest.mark.parametrize("name", ["nodes", "print", "epub"])
def test_a_template_adds_no_words_of_its_own(name: str) -> None:
    source = files("pipeline").joinpath("templates", f"{name}.html.j2").read_text("utf-8")
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.S)
    bare = re.sub(r"<\?.*?\?>|\s[\w:]+=\"[^\"]*\"|<[^<>]*>", "", bare, flags=re.S)
    assert re.findall(r"\w+", bare) == []


@pytest.mark.parametrize("settings", [PRINT, EPUB])
def test_text_is_never_markup(settings: EditionSettings) -> None:
    words = """{{ 7 * 7 }} {% raw %} <b>&amp; "quoted" 'words' ]]> <!-- kept -->"""
    page = chapter(edition(leaf(Paragraph((text(words, 10),), at(10))), settings))
    tree = ET.fromstring(page.replace(' xmlns="http://www.w3.org/1999/xhtml"', ""))
    paragraph = tree.find(".//p[@id='a-1']")
    assert paragraph is not None
    assert "".join(paragraph.itertext()) == words


@pytest.mark.parametrize("settings", [PRINT, EPUB])
def test_a_break_that_an_edition_supplied_is_told_from_the_authors_by_brackets(settings: EditionSettings) -> None:
    words = Paragraph((text("Words.", 2),), at(2))
    made = edition(leaf(words, Break(at(3)), words, Break(at(4), supplied=True), words), settings)
    html = chapter(made)
    assert html.count(' class="break"/>') == 1
    assert html.count(' class="break supplied generated">[* * *]</p>') == 1
    shown = [strand.text for strand in expected(made) if strand.hand is Hand.GENERATED]
    assert "[* * *]" in shown, "the words gate waits for it"
    assert "* * *" not in shown, "an author's break is drawn"


def test_a_note_stands_where_it_is_called_in_print_and_an_inner_note_after_it() -> None:
    outer = NoteText(
        "one", "author", (Paragraph((text("Outer", 20), NoteCall("two", at(21)), text(".", 22)), at(20)),), at(19)
    )
    inner = NoteText("two", "translator", (Paragraph((text("Inner.", 31),), at(31)),), at(30))
    body = Paragraph((text("Words", 10), NoteCall("one", at(11)), text(" go on.", 12)), at(10))
    page = chapter(edition(leaf(body, notes=(outer, inner)), PRINT))
    assert (
        'Words\u2060<aside class="note note-author" role="doc-footnote" id="a-fn-1" data-mark="1" data-call="a-ref-1">'
        '<p id="a-fn-1-1" class="first">Outer\u2060<a class="call" id="a-ref-2" href="#a-fn-2">A</a>.</p></aside>'
        '<aside class="note note-translator inner" role="doc-footnote" id="a-fn-2" data-mark="A" data-call="a-ref-2">'
        '<p id="a-fn-2-1" class="first"><span class="label generated">Translator’s note</span> Inner.</p></aside> go on.'
    ) in page


def test_a_note_in_an_epub_stands_at_the_end_of_its_file_with_its_label_signature_and_way_back() -> None:
    note = NoteText("one", "editor", (Paragraph((text("Words.", 20),), at(20)),), at(19))
    body = Paragraph((text("Text", 10), NoteCall("one", at(11))), at(10))
    page = chapter(edition(leaf(body, notes=(note,)), EPUB))
    assert (
        '<div id="a-fn-1" epub:type="footnote" role="doc-footnote" class="note note-editor">'
        '<p id="a-fn-1-1" class="first"><a role="doc-backlink" class="mark" href="#a-ref-1" title="Back to the text (note *)">*</a> '
        '<span class="label generated">Editor’s note</span> Words. <span class="signature generated">[A. E.]</span></p></div>'
    ) in page
    assert page.index("a-ref-1") < page.index('id="a-fn-1"')


def test_a_cell_that_reaches_down_moves_the_alignment_of_the_row_below() -> None:
    def cell(words: str, number: int, rows: int = 1) -> Cell:
        return Cell((Paragraph((text(words, number),), at(number)),), at(number), rows=rows)

    table = Table(
        (),
        (Column("left"), Column("right"), Column("center")),
        (),
        (
            Row((cell("a", 20, rows=2), cell("b", 21), cell("c", 22)), at(20)),
            Row((cell("d", 30), cell("e", 31)), at(30)),
        ),
        (),
        at(20),
    )
    page = chapter(edition(leaf(table), PRINT))
    second = page.split("</tr>")[1]
    assert 'class="right"' in second
    assert 'class="center"' in second
    assert 'class="left"' not in second


def test_a_kind_of_node_without_a_macro_is_a_mistake_of_ours() -> None:
    made = edition(leaf(Paragraph((text("x", 10),), at(10))), PRINT)
    with pytest.raises(MissingMacroError):
        render(made, (("nodes.html.j2", "{% macro text(node) %}{{ node.text }}{% endmacro %}"),))


def test_a_press_overrides_a_macro_by_a_template_of_the_same_name() -> None:
    made = edition(leaf(Paragraph((text("x", 10),), at(10))), PRINT)
    own = files("pipeline").joinpath("templates", "nodes.html.j2").read_text("utf-8")
    own = own.replace(
        '<p{{ render.attributes(node.attributes, "first"',
        '<p data-own="1"{{ render.attributes(node.attributes, "first"',
    )
    assert any('<p data-own="1"' in page.html for page in render(made, (("nodes.html.j2", own),)))


def test_names_of_pictures_are_plain_and_distinct() -> None:
    names = {picture_name(path) for path in ("images/Map.PNG", "images/map.png", "art/map.png", "images/Überblick.svg")}
    assert len(names) == 4
    assert all(re.fullmatch(r"images/[a-z0-9.-]+", name) for name in names)


def test_an_authors_attributes_reach_the_page_and_languages_written_from_the_right_say_so() -> None:
    paragraph = Paragraph((text("שלום", 10),), at(10), Attributes("greeting", ("loud",), (("lang", "he"),)))
    page = chapter(edition(leaf(paragraph), PRINT))
    assert '<p id="greeting" class="first loud" lang="he" dir="rtl">שלום</p>' in page
