"""An edition leaves out what its author says, and what it keeps has the same numbers in every edition."""

from __future__ import annotations

from pipeline.book import Book, read_book
from pipeline.edition import Edition, resolve
from pipeline.edition.plain import plain
from pipeline.manuscript import Manuscript
from pipeline.parse import parse
from pipeline.source import Source

SETTINGS = """\
title = "A Book"
language = "en"
numbered = true
chapters = [{chapters}]

[editions.print]

[editions.epub]
"""


def editions(chapters: str, **texts: str) -> dict[str, Edition]:
    files = {f"{name}.md": text for name, text in texts.items()}
    book, problems = read_book(Source("book.toml", SETTINGS.format(chapters=chapters)), tuple(files))
    assert problems == ()
    assert isinstance(book, Book)
    leaves = []
    for name, text in files.items():
        leaf, said = parse(Source(name, text))
        assert said == ()
        leaves.append(leaf)
    made = {}
    for settings in book.editions:
        edition, said = resolve(Manuscript(tuple(leaves)), book, settings, ())
        assert said == ()
        made[settings.name] = edition
    return made


def test_a_chapter_keeps_its_number_where_the_one_before_it_is_left_out() -> None:
    made = editions(
        '"a.md", { file = "b.md", only = ["print"] }, "c.md"',
        a="# One\n\nText.\n",
        b="# Two\n\nText.\n",
        c="# Three\n\nText.\n",
    )
    numbers = {name: [unit.number for unit in edition.units if unit.number] for name, edition in made.items()}
    assert numbers == {"print": ["Chapter 1", "Chapter 2", "Chapter 3"], "epub": ["Chapter 1", "Chapter 3"]}


def test_a_note_a_figure_and_a_block_are_called_the_same_in_every_edition() -> None:
    text = (
        "# One\n\nFirst[^a], second[^b].\n\n[^a]{only=print}: Left out.\n\n[^b]: Kept.\n\n"
        '::: {only="print"}\n| a | b |\n|---|---|\n| 1 | 2 |\n\n: Left out.\n:::\n\n'
        "| a | b |\n|---|---|\n| 3 | 4 |\n\n: Kept. {#kept}\n\nSee [](#kept).\n"
    ).replace("[^a]{only=print}:", '[^a](author){only="print"}:')
    made = editions('"a.md"', a=text)
    notes = {
        name: [(note.id, note.mark, note.key) for unit in edition.units for note in unit.notes]
        for name, edition in made.items()
    }
    assert notes["print"] == [("a-fn-1", "1", "a"), ("a-fn-2", "2", "b")]
    assert notes["epub"] == [("a-fn-2", "2", "b")]
    assert made["epub"].captions == {"kept": "Table 2"}
    assert {reference.text for reference in made["epub"].references.values()} == {"Table 2"}
    ids = {
        name: [block.attributes.id for unit in edition.units for block in unit.blocks] for name, edition in made.items()
    }
    assert set(ids["epub"]) < set(ids["print"])


def test_the_first_call_that_is_left_counts_as_the_first() -> None:
    text = '# One\n\n[Here[^a].]{only="print"} There[^a].\n\n[^a]: Words.\n'
    made = editions('"a.md"', a=text)
    first = {
        name: [(call.id, call.first) for call in edition.calls.values() if call.first] for name, edition in made.items()
    }
    assert first == {"print": [("a-ref-1", True)], "epub": [("a-ref-1-2", True)]}


def said(settings: str, **texts: str) -> dict[str, set[str]]:
    """Return the codes and paths of what `resolve` says of a book, for each edition."""
    files = {f"{name}.md": text for name, text in texts.items()}
    book, _ = read_book(Source("book.toml", settings), tuple(files))
    assert isinstance(book, Book)
    manuscript = Manuscript(tuple(parse(Source(name, text))[0] for name, text in files.items()))
    return {
        each.name: {
            f"{problem.code} {problem.span.path if problem.span else '-'}"
            for problem in resolve(manuscript, book, each, ())[1]
        }
        for each in book.editions
    }


ONE = 'title = "T"\nlanguage = "en"\nchapters = ["a.md"]\n[editions.print]\n'
TWO = ONE + "[editions.epub]\n"


def test_series_that_count_alike_are_told_only_of_a_book_that_uses_both() -> None:
    settings = ONE + '[notes.voices.editor]\nmarks = "lower-alpha"\nsigned = "E."\n'
    text = "# One\n\nA.[^a] B.[^b]\n\n[^a](editor): C.\n\n[^b](%s): D.\n"
    assert said(settings, a=text % "author") == {"print": set()}
    assert said(settings, a=text % "textual") == {"print": {"series-alike book.toml"}}


def test_a_language_without_labels_is_told() -> None:
    assert said(ONE.replace('"en"', '"ka"'), a="# One\n") == {"print": {"language-words -"}}


def test_an_id_given_twice_is_told_whatever_its_capitals() -> None:
    assert said(ONE, a="# One {#here}\n\n## Two {#Here}\n") == {"print": {"id-doubled a.md"}}


def test_a_voice_that_the_book_does_not_have_is_told() -> None:
    assert said(ONE, a="# One\n\nText[^a].\n\n[^a](edtor): Words.\n") == {"print": {"voice-unknown a.md"}}


def test_a_reference_to_what_this_edition_leaves_out_is_told() -> None:
    text = '# One\n\n::: {#box only="print"}\nText.\n:::\n\nSee [the box](#box).\n'
    assert said(TWO, a=text) == {"print": set(), "epub": {"reference-omitted a.md"}}


def test_a_chapter_without_a_title_anywhere_is_told() -> None:
    assert said(ONE, a="Only text.\n") == {"print": {"chapter-untitled a.md"}}


def test_a_title_that_only_the_settings_give_stands_at_the_head_of_its_chapter() -> None:
    made = editions('{ file = "a.md", title = "A Map" }', a="Only text.\n")
    unit = next(unit for unit in made["print"].units if unit.path == "a.md")
    assert (plain(unit.title), unit.short, unit.number) == ("A Map", "A Map", "Chapter 1")
    assert unit.heading


def test_editorial_matter_that_nobody_signs_is_told() -> None:
    assert said(ONE, a="# One\n\n::: editorial\nText.\n:::\n") == {"print": {"editorial-unsigned a.md"}}
