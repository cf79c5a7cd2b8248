"""What the words gate expects: every node kind, in the order of reading, in both media."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from pipeline.book import Medium
from pipeline.checks.expected import Hand, Strand, expected, note_links
from pipeline.checks.reading import Piece, Reading
from pipeline.checks.words import check_apart, check_blanks
from pipeline.edition import Edition
from pipeline.manuscript import Block, Inline, Item, ItemList
from pipeline.source import Severity
from tests.test_words_book import Desk, edition, manuscript, one_chapter


def text_of(strands: tuple[Strand, ...]) -> str:
    """Write strands as a line: ‹generated›, #page#, (marker), {picture}, author's words bare."""
    shown = {
        Hand.AUTHOR: "{}",
        Hand.GENERATED: "‹{}›",
        Hand.PAGE: "#{}#",
        Hand.MARKER: "({})",
        Hand.PICTURE: "{{{}}}",
    }
    out = ""
    for strand in strands:
        text = strand.target if strand.hand is Hand.PAGE else strand.text
        out += (" | " if strand.apart and out else "") + shown[strand.hand].format(text)
    return out


def chapter(name: str, unit: str) -> str:
    made = edition(name)
    return text_of(expected(replace(made, units=tuple(each for each in made.units if each.name == unit))))


def test_the_book_of_these_tests_holds_every_node_kind() -> None:
    found: set[str] = set()

    def look(value: object) -> None:
        if isinstance(value, tuple):
            for each in value:
                look(each)
        elif hasattr(value, "__dataclass_fields__"):
            found.add(type(value).__name__)
            for name in value.__dataclass_fields__:
                look(getattr(value, name))

    look(manuscript())
    wanted = {kind.__name__ for kind in (*get_args(Inline), *get_args(Block))}
    # Citations have tests/test_citations.py, formulas tests/test_formulas.py: both need more than a manuscript.
    assert wanted - found == {"CiteCall", "Formula", "Equation"}


def test_print_reads_a_note_where_it_is_called_and_an_inner_one_inside_it() -> None:
    assert (
        "circulation‹a› | ‹a› | ‹Translator’s note› | A translator speaks‹*› | ‹*› | ‹Editor’s note› | "
        "An editor on the translator. | ‹[A. E.]› |  here. | A second paragraph. | ‹[T. R.]› | . "
        in chapter("print", "loomings")
    )


def test_an_epub_reads_notes_at_the_end_of_their_unit_in_order_of_first_calls() -> None:
    text = chapter("epub", "loomings")
    assert "circulation‹\u2060a›. " in text
    notes = text[text.index("‹Notes›") :]
    assert notes.startswith(
        "‹Notes› | ‹1› | The author’s own words, with stress. | ‹↑1› | ‹↑2› | ‹a› | ‹Translator’s note› | "
    )
    marks = ["‹1›", "‹a›", "‹*›", "‹†›", "‹2›", "‹i›"]
    places = [notes.index(f"{mark} | ") for mark in marks]
    assert places == sorted(places)


def test_a_second_call_shows_its_mark_and_no_note() -> None:
    assert "November in my soul‹1› — then," in chapter("print", "loomings")


def test_page_numbers_are_asked_of_print_only() -> None:
    assert "the second head‹, page ›#second#; also ‹page ›#sea#, at" in chapter("print", "bag")
    assert "the second head; also ‹Figure 1›, at" in chapter("epub", "bag")


def test_list_numbers_are_asked_of_print_only() -> None:
    assert "(3.) | first item | (4.) | second item | () | an inner bullet" in chapter("print", "loomings")
    assert "first item | second item | an inner bullet" in chapter("epub", "loomings")


def test_a_caption_begins_with_its_label_and_a_table_goes_row_by_row() -> None:
    text = chapter("epub", "loomings")
    assert (
        "{A map of the sea} | ‹Figure 1› | The sea, drawn | ‹Table 1› | Ships and their crews‹\u2060i› | Ship | Crew | "
        in text
    )
    assert "Pequod | thirty | Rachel | −1 | Sum | 29" in text


def test_an_opener_is_number_title_authors() -> None:
    assert chapter("epub", "bag").startswith("‹Chapter 2› | The Carpet-Bag | ‹One Hand, Two Hands› | See ")


def test_editorial_matter_is_labelled_and_signed() -> None:
    assert "‹Editorial matter: not the author’s words› | These are an editor’s words. | ‹[A. Editor]›" in chapter(
        "print", "bag"
    )


def test_supplied_words_stand_in_generated_brackets() -> None:
    assert "With ‹[›sic‹]› and gone." in chapter("print", "loomings")


def test_contents_repeat_titles_without_calls() -> None:
    text = chapter("print", "contents")
    assert text == (
        "‹Contents› | ‹Chapter 1› | ‹Loomings ›‹and›‹ after› | #loomings# | ‹A head of level two› | #second# | "
        "‹Chapter 2› | ‹The Carpet-Bag› | ‹One Hand, Two Hands› | #bag-h#"
    )


@pytest.mark.parametrize("name", ["print", "epub"])
def test_every_word_of_the_manuscript_is_expected_once(name: str) -> None:
    made = edition(name)
    written = "".join(leaf.source.text for leaf in manuscript().leaves)
    ours = [s for s in expected(made) if s.hand is Hand.AUTHOR and s.span is not None and s.span.start < s.span.end]
    seen: set[tuple[str, int]] = set()
    for strand in ours:
        assert strand.span is not None
        for at in range(strand.span.start, strand.span.end):
            assert (strand.span.path, at) not in seen
            seen.add((strand.span.path, at))
    # What is left of the sources is mark-up: heads, calls, references, breaks.
    assert sum(not sign.isspace() for sign in written) - 40 < len(seen)


def test_numerals_and_delimiters_of_lists_are_as_written() -> None:
    d = Desk("one.md")
    items = tuple(Item((d.paragraph(word),), d.span("")) for word in ("a", "b"))
    made = one_chapter(
        "print",
        d.heading(1, "T"),
        ItemList(items, 3, True, d.span(""), "lower-roman", ")"),
        ItemList(items, 26, True, d.span(""), "upper-alpha", "."),
        ItemList(items, 0, True, d.span("")),
    )
    text = text_of(expected(made))
    assert "(iii)) | a | (iv)) | b | (Z.) | a | (AA.) | b | (0.) | a | (1.) | b" in text


def calls(made: Edition) -> list[tuple[str, bool]]:
    return [(link.note, link.call.first) for link in note_links(made) if link.call is not None]


def test_calls_come_in_the_order_of_reading() -> None:
    assert calls(edition("print"))[:4] == [
        ("loomings-fn-1", True),
        ("loomings-fn-2", True),
        ("loomings-fn-3", True),
        ("loomings-fn-1", False),
    ]
    assert calls(edition("epub"))[:3] == [("loomings-fn-1", True), ("loomings-fn-2", True), ("loomings-fn-1", False)]


@pytest.mark.parametrize(
    ("label", "texts", "heads", "left"),
    [
        ("30", ("30", "2000"), ("2000", "3"), ""),
        ("30", ("2000", "30"), ("2000", "2"), ""),
        ("12", ("1", "12"), ("1", "2000"), ""),
        ("iv", ("iv", "Notes to pages 12–31"), ("Notes to pages {}",), ""),
        ("31", ("Notes to pages 12–31", "31"), ("Notes to pages {}",), ""),
        ("30", ("30", "2001"), ("2000", "3"), "2001"),
        ("30", ("30", "Stray", "2000"), ("2000",), "Stray2000"),
        ("", ("2000",), ("2000",), ""),
        ("30", ("30", "On the Lights of Skerry\u00a0…"), ("On the Lights of Skerry Sound", "2"), ""),
        ("30", ("On the Dark Lights\u00a0…", "30"), ("On the Lights of Skerry Sound",), "OntheDarkLights…30"),
    ],
)
def test_heads_and_folios_that_are_numbers_are_told_apart(
    label: str, texts: tuple[str, ...], heads: tuple[str, ...], left: str
) -> None:
    apart = tuple(Piece(text, 0, "") for text in texts)
    reading = Reading("x.pdf", Medium.PDF, apart=apart, places=("page 1",), labels=(label,))
    found = tuple(check_apart(reading, frozenset(heads)))
    assert [problem.message.split("`")[1] for problem in found] == [left] * bool(left)


def test_a_blank_page_with_a_head_is_found() -> None:
    places, labels = ("page 1", "page 2", "page 3"), ("1", "2", "3")
    words, head = Piece("Words", 0, "P"), Piece("Head", 0, "Artifact")
    clean = Reading("x.pdf", Medium.PDF, (words, replace(words, place=2)), places, apart=(head,), labels=labels)
    assert tuple(check_blanks(clean)) == ()
    spoilt = replace(clean, apart=(head, replace(head, place=1), replace(head, text="2", place=1)))
    [problem] = check_blanks(spoilt)
    assert (problem.code, problem.severity) == ("blank-with-head", Severity.ERROR)
    assert "page 2" in problem.message
