"""Words, items and pictures that are for some editions only, and calls that stand at one place."""

from __future__ import annotations

import pytest

from pipeline.book import Book, EditionSettings, read_book
from pipeline.checks.expected import Hand, expected
from pipeline.edition import Edition, marked_by_page, resolve
from pipeline.edition.plain import plain
from pipeline.html.render import render
from pipeline.manuscript import ItemList, Manuscript
from pipeline.parse import parse
from pipeline.source import Source

BOOK = """\
title = "A Book"
language = "en"
chapters = ["a.md"]
{notes}
[editions.print]

[editions.epub]
"""


def made(text: str, name: str, notes: str = "", images: tuple[str, ...] = ()) -> Edition:
    book, problems = read_book(Source("book.toml", BOOK.format(notes=notes)), ("a.md",))
    assert isinstance(book, Book)
    assert problems == ()
    leaf, said = parse(Source("a.md", f"# One\n\n{text}\n"))
    assert said == ()
    settings: EditionSettings = next(each for each in book.editions if each.name == name)
    edition, said = resolve(Manuscript((leaf,)), book, settings, images)
    assert said == ()
    return edition


def page(edition: Edition) -> str:
    return next(each.html for each in render(edition) if each.name == "a")


def words(edition: Edition) -> str:
    chapter = [strand for strand in expected(edition) if "`One`" in strand.where and strand.hand is not Hand.MARKER]
    text = "".join((" " if strand.apart else "") + strand.text for strand in chapter)
    return " ".join(text.replace("\u2060", "").split())


@pytest.mark.parametrize(
    ("piece", "what"),
    [
        ('[Secret](https://example.org){only="print"}', "link"),
        ('`Secret`{only="print"}', "code"),
        ('![Secret](x.svg){only="print"}', "picture"),
        ('$Secret${only="print"}', "formula"),
        ('[Secret]{only="print"}', "words"),
    ],
)
def test_words_for_paper_alone_stand_there_alone_and_are_listed_elsewhere(piece: str, what: str) -> None:
    text = f"Before {piece} after."
    on_paper, in_epub = (made(text, name, images=("x.svg",)) for name in ("print", "epub"))
    assert "Secret" in page(on_paper)
    assert "Secret" not in page(in_epub)
    assert "after." in page(in_epub)
    assert [omission.what for omission in in_epub.omissions] == [what]
    assert on_paper.omissions == ()


def test_an_item_whose_words_are_left_out_leaves_no_bullet_and_the_others_keep_their_numbers() -> None:
    text = '1. one\n2. [two]{only="print"}\n3. three\n4. four\n\nText.\n\n- [x]{only="print"}\n\nEnd.'
    edition = made(text, "epub")
    lists = [block for unit in edition.units for block in unit.blocks if isinstance(block, ItemList)]
    assert [item.number for item in lists[0].items] == [None, 3, 4]
    assert len(lists) == 1
    html = page(edition)
    assert html.count("<li>") == 1
    assert html.count("<li ") == 2
    assert '<li value="3">' in html
    assert "<p></p>" not in html


def test_paragraphs_terms_and_lines_of_verse_that_are_emptied_leave_nothing() -> None:
    text = (
        '[x]{only="print"}\n\nTerm\n:   [x]{only="print"}\n:   kept\n\n[Gone]{only="print"}\n:   [x]{only="print"}\n\n'
        '::: verse\n[x]{only="print"}\nline\n:::\n\n> [x]{only="print"}'
    )
    html = page(made(text, "epub"))
    assert html.count("<dt>") == 1
    assert html.count("<dd>") == 1
    assert html.count('class="line"') == 1
    assert "blockquote" not in html
    assert "></p>" not in html
    assert "></dt>" not in html
    assert page(made(text, "print")).count("<dt>") == 2


@pytest.mark.parametrize("name", ["print", "epub"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Case[^a][^b].", "Case1,2."),
        ("Case[^a] [^b].", "Case1,2."),
        ("Case[^a][^b][^a].", "Case1,2,1."),
        ("*Case[^a]*[^b].", "Case1,2."),
        ("Case[^a]*[^b] more*.", "Case1,2 more."),
        ("Case[^a]-[^b].", "Case1-2."),
        ("Case[^a]\n\n[^b]Next.", "Case1 2Next."),
    ],
)
def test_calls_at_one_place_are_parted_by_a_comma(name: str, text: str, shown: str) -> None:
    edition = made(
        f"{text}\n\n[^a]: A.\n\n[^b](editor): B.", name, '[notes]\nplacement = "chapter"' if name == "print" else ""
    )
    assert shown in words(edition)
    html = page(edition)
    assert html.count("between-calls") == shown.count(",")


def test_a_sign_between_calls_is_no_text_of_a_head() -> None:
    text = "Text.\n\n## Head[^a][^b]\n\nText.\n\n[^a]: A.\n\n[^b]: B."
    edition = made(text, "epub")
    (entry,) = [entry for entry in edition.contents if entry.level == 1]
    assert plain(entry.title) == "Head"
    assert '<span class="between-calls generated">,</span>' in page(edition)


def test_a_reference_to_a_note_says_its_page_where_every_page_has_a_note_one() -> None:
    text = "Text[^a], see [](#^a), [here](#^a).\n\n[^a]: A."
    by_page, by_chapter = (made(text, "print", f'[notes]\nrestart = "{each}"') for each in ("page", "chapter"))
    assert [(each.text, each.before, each.page) for each in by_page.references.values()] == [
        ("note 1", ", page ", True),
        ("", "", False),
    ]
    assert not any(each.page for each in by_chapter.references.values())
    assert not any(each.page for each in made(text, "epub", '[notes]\nrestart = "page"').references.values())


def test_a_note_that_goes_with_its_call_is_listed_once() -> None:
    text = 'Text [gone[^a] and[^b]]{only="print"} here[^b].\n\n[^a]: A.\n\n[^b]: B.'
    found = made(text, "epub").omissions
    begin = len("# One\n\n") + text.index("[^a]: A.")
    assert [(each.what, each.span.start == begin) for each in found] == [("words", False), ("note", True)]


@pytest.mark.parametrize(
    ("placement", "marks"), [("foot", ["1", "1", "2"]), ("chapter", ["1", "2", "3"]), ("book", ["1", "2", "3"])]
)
def test_only_notes_at_the_foot_are_counted_by_page(placement: str, marks: list[str]) -> None:
    notes = "\n\n".join(f"[^{key}]: Words." for key in "abc")
    edition = made(
        f"Text[^a], text[^b] and text[^c].\n\n{notes}", "print", f'[notes]\nplacement = "{placement}"\nrestart = "page"'
    )
    found = [note.id for unit in edition.units for note in unit.notes]
    marked = marked_by_page(edition, dict(zip(found, (3, 4, 4), strict=True)))
    assert [note.mark for unit in marked.units for note in unit.notes] == marks
