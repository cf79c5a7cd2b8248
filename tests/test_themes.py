"""Themes: the same words in another dress, on every page of the house and in EPUBs."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
import pytest

from pipeline.book import TRIMS, Theme, read_theme
from pipeline.build import Outcome, build
from pipeline.build.house import house
from pipeline.build.themes import house_themes
from pipeline.checks.epub_reader import read_epub
from pipeline.html.titles import break_by_sense, lead_of
from pipeline.source import Source, describe

CHAPTERS = {
    "one.md": """# What Each Kind of Source Can Show, and What It Cannot Show

The report does not weigh its sources in a chapter on method. It weighs them in passing,[^a] by the verbs
that it gives them. Officials *assert*. Refugees say, and fighters say.

Whoever reads with an eye on those verbs will find that they are used with some consistency.

## A section

> A quotation of some words.

- one
- two

* * *

The end of it.

[^a]: A note in a voice.
[^b](editor): Not the author’s words.
""".replace("consistency.", "consistency.[^b]"),
    "two.md": "# Two\n\n“Yes,” he said, and went on for a while in this manner.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "three.md": "# *Three*\n\n*Emphasis* begins this chapter, which has one more sentence. And another one.\n",
}


def lay(folder: Path, theme: str = "", editions: str = '[editions.print]\ntrim = "a5"\n', **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    settings = f"""title = "A Book of Some Words"
language = "en-GB"
numbered = true
{theme}
chapters = ["one.md", "two.md", "three.md"]

[[contributors]]
name = "Ada Example"

[notes.voices.editor]
signed = "A. E."

{editions}
"""
    (folder / "book.toml").write_text(settings, "utf-8")
    for name, text in {**CHAPTERS, **{key.replace("__", "/"): text for key, text in files.items()}}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def own(folder: Path, editions: str = '[editions.print]\ntrim = "a5"\n', **files: str) -> Outcome:
    texts = {
        name if name.endswith(".md") else f"themes__ours__{name.replace('_dot_', '.').replace('_dash_', '-')}": text
        for name, text in files.items()
    }
    return build(lay(folder, 'theme = "themes/ours"', editions, **texts), jobs=1)


def said(outcome: Outcome) -> str:
    return "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)


def text(path: Path) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]


@pytest.mark.parametrize("theme", [name for name in house_themes() if name != "quiet"])
@pytest.mark.slow
def test_a_theme_of_the_house_fits_every_page_and_e_readers(theme: str, tmp_path: Path) -> None:
    editions = "".join(f'[editions."{trim}"]\ntrim = "{trim}"\n' for trim in TRIMS) + "[editions.epub]\n"
    outcome = build(lay(tmp_path / "book", f'theme = "{theme}"', editions), jobs=1)
    assert outcome.problems == (), said(outcome)
    assert len(outcome.written) == len(TRIMS) + 1


def test_paragraphs_have_the_same_numbers_in_print_and_in_epub(tmp_path: Path) -> None:
    editions = '[editions.print]\ntrim = "a5"\n[editions.epub]\n'
    outcome = build(lay(tmp_path / "book", 'theme = "report"', editions), jobs=1)
    assert outcome.problems == (), said(outcome)
    reading = read_epub("e", (tmp_path / "book" / "dist" / "a-book-of-some-words.epub").read_bytes())
    epub = "".join(piece.text for piece in reading.pieces)
    assert re.search(r"1\s+The report does not weigh", epub)
    assert re.search(r"3\s+The end of it", epub)
    assert re.search(r"4\s+“Yes,” he said", epub)
    pages = " ".join(text(tmp_path / "book" / "dist" / "a-book-of-some-words-print.pdf"))
    assert "4\r\n" in pages
    assert "“Yes,” he said" in pages


def test_chapters_run_on_where_the_theme_says_so(tmp_path: Path) -> None:
    toml = '[chapters]\nopening = "run-on"\n'
    outcome = own(tmp_path / "book", theme_dot_toml=toml)
    assert outcome.problems == (), said(outcome)
    pages = text(tmp_path / "book" / "dist" / "a-book-of-some-words-print.pdf")
    (page,) = [page for page in pages if "he said" in page]
    assert "Emphasis begins" in page, "the third chapter begins below the second"


def test_an_edition_is_stronger_than_its_theme(tmp_path: Path) -> None:
    toml = '[chapters]\nopening = "run-on"\n'
    outcome = own(tmp_path / "book", '[editions.print]\ntrim = "a5"\nrecto = false\n', theme_dot_toml=toml)
    assert outcome.problems == (), said(outcome)
    pages = text(tmp_path / "book" / "dist" / "a-book-of-some-words-print.pdf")
    assert not any("he said" in page and "Emphasis begins" in page for page in pages)


def test_running_heads_and_folios_follow_the_theme(tmp_path: Path) -> None:
    toml = '[heads]\nverso = "author"\nrecto = "none"\nfolios = "foot"\n'
    long = "# One\n\n" + "\n\n".join(["A paragraph of words that fill a page after some time. " * 12] * 8)
    folder = tmp_path / "book"
    outcome = build(lay(folder, 'theme = "themes/ours"', **{"themes__ours__theme.toml": toml, "one.md": long}), jobs=1)
    assert outcome.problems == (), said(outcome)
    document = pypdfium2.PdfDocument(folder / "dist" / "a-book-of-some-words-print.pdf")
    page = next(page for page in document if page.get_textpage().get_text_range().count("A paragraph") > 10)
    height, page_text = page.get_height(), page.get_textpage()
    assert "fill a page" not in page_text.get_text_bounded(bottom=height - 60)
    assert page_text.get_text_bounded(top=85).strip().isalnum(), "the folio stands alone at the foot"


@pytest.mark.parametrize("caps", ["small-caps", "all-small-caps"])
def test_running_heads_in_small_capitals_are_known(caps: str, tmp_path: Path) -> None:
    long = "# Of SHIPS and Men\n\n" + "\n\n".join(["A paragraph of words that fill a page after some time. " * 12] * 8)
    css = f".words {{ font-variant-caps: {caps}; letter-spacing: 0.05em; }}"
    outcome = own(tmp_path / "book", theme_dot_toml="", heads_dot_css=css, **{"one.md": long})
    assert outcome.problems == (), said(outcome)


def test_a_macro_of_a_theme_stands_in_the_place_of_the_houses(tmp_path: Path) -> None:
    macro = '{% macro break(node) %}<hr class="break" title="own"/>{% endmacro %}'
    outcome = own(tmp_path / "book", theme_dot_toml="", theme_dot_html_dot_j2=macro)
    assert outcome.problems == (), said(outcome)


def test_a_macro_that_adds_a_word_stops_the_build(tmp_path: Path) -> None:
    macro = "{% macro emphasis(node) %}<em>really {{ render.inlines(node.inlines) }}</em>{% endmacro %}"
    outcome = own(tmp_path / "book", theme_dot_toml="", theme_dot_html_dot_j2=macro)
    assert outcome.failed
    assert any("really" in problem.message for problem in outcome.problems), said(outcome)


@pytest.mark.parametrize(
    "macro",
    [
        "{% macro emphasis(node) %}<em>{% endmacro %}",
        "{% macro emphasis(node) %}{{ nothing.there }}{% endmacro %}",
        "{% macro emphasis(node) %",
        "{% macro emphasis(node) %}{{ node.__class__.__mro__ }}{% endmacro %}",
    ],
)
def test_a_macro_that_cannot_be_used_is_a_problem(macro: str, tmp_path: Path) -> None:
    outcome = own(tmp_path / "book", theme_dot_toml="", theme_dot_html_dot_j2=macro)
    assert "theme-broken" in [problem.code for problem in outcome.problems]
    assert outcome.failed


def test_what_is_no_theme_is_said(tmp_path: Path) -> None:
    outcome = build(lay(tmp_path / "a", 'theme = "clasic"'), jobs=1)
    assert [problem.code for problem in outcome.problems] == ["theme-unknown"]
    outcome = build(lay(tmp_path / "b", 'theme = "../themes/x"'), jobs=1)
    assert [problem.code for problem in outcome.problems] == ["path-outside"]
    outcome = own(tmp_path / "c", theme_dot_toml="", books_dot_css="p { color: red }")
    assert [problem.code for problem in outcome.problems] == ["theme-file-unused"]


def test_settings_of_a_theme_are_checked_at_their_place() -> None:
    source = Source(
        "t/theme.toml", '[chapters]\nlead_in = 99\nopening = "left"\n[text]\nornament = "<\\"x"\nsize = 3\n'
    )
    theme, problems = read_theme(Theme("t/x"), source)
    lines = {source.text[: problem.span.start].count("\n") + 1 for problem in problems if problem.span}
    assert lines == {2, 3, 5, 6}
    assert (theme.lead_in, theme.ornament, theme.opening) == (0, "", None)


def test_long_titles_are_broken_by_sense() -> None:
    title = "What Each Kind of Source Can Show"
    assert [title[at:] for at in break_by_sense(title, 12.6)] == ["of Source Can Show"]
    assert break_by_sense("Short", 12) == ()
    title = "Who Gathered the Evidence, and How They Worked"
    assert [title[at:] for at in break_by_sense(title, 12.6)] == ["and How They Worked"]
    assert break_by_sense("Donaudampfschifffahrtsgesellschaftskapitän", 8) == ()
    assert break_by_sense("a " * 400, 10) == ()


def test_no_theme_makes_large_print_small() -> None:
    style, theme = house(), Theme(sheets={"tokens.css": ":root { --note-size: 6pt }", "heads.css": ".words { x: y }"})
    large, paper = TRIMS["a4-large"], TRIMS["a5"]
    for sheets in (style.body(large, theme), style.heads(large, theme)):
        assert sheets.index(":root { --note-size: 6pt }") < sheets.index(style.sheet("a4-large.css"))
    assert style.heads(large, theme)[-1] == style.sheet("heads-large.css")
    assert style.body(paper, theme).index(":root { --note-size: 6pt }") > style.body(paper, theme).index(
        style.sheet("a5.css")
    )


def test_the_last_cell_of_a_row_beside_one_that_reaches_down_is_not_at_the_edge(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    table = """# Three

+------+-----------+-------+
| Ship | Met       | Fate  |
|      +-----+-----+       |
|      | 71  | 72  |       |
+======+=====+=====+=======+
| a    | 1   | 2   | sold  |
+------+-----+-----+-------+
"""
    outcome = build(lay(folder, "", "[editions.epub]\n", **{"three.md": table}), jobs=1)
    assert outcome.problems == (), said(outcome)
    with ZipFile(folder / "dist" / "a-book-of-some-words.epub") as file:
        (page,) = [file.read(name).decode() for name in file.namelist() if b">sold<" in file.read(name)]
    cells = re.findall(r'<t[hd](?: class="([^"]*)")?[^>]*><p[^>]*>([^<]*)', page)
    assert [words for classes, words in cells if "inside" in classes.split()] == ["72"]


def test_an_epigraph_stands_before_the_first_words_of_a_chapter(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    text = "# One\n\n::: epigraph\nCall me Ishmael.\n:::\n\nThe first words stand out. And others do not.\n\nNor do these.\n"
    outcome = build(lay(folder, 'theme = "classic"', "[editions.epub]\n", **{"one.md": text}), jobs=1)
    assert outcome.problems == (), said(outcome)
    with ZipFile(folder / "dist" / "a-book-of-some-words.epub") as file:
        (page,) = [file.read(name).decode() for name in file.namelist() if b"Ishmael" in file.read(name)]
    assert re.findall('class="lead">([^<]*)<', page) == ["The first words"]


def test_first_letters_take_their_quotation_mark_and_accents_along() -> None:
    assert lead_of("“Yes,” he said", 1, capital=True) == ("“Y", "es,”", " he said")
    assert lead_of("E\N{COMBINING ACUTE ACCENT}tat", 0, capital=True) == ("E\N{COMBINING ACUTE ACCENT}", "", "tat")
    assert lead_of("1992 was", 2, capital=True) == ("", "", "1992 was")
