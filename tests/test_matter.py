"""The pages around the text: every word of them comes from the settings, and each can be asked for."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pypdfium2
import pytest

from pipeline.book import Matter, Register, read_book
from pipeline.build import Outcome, build
from pipeline.checks.epub_reader import read_epub
from pipeline.edition.words import LANGUAGES, vocabulary
from pipeline.source import Source, describe

SETTINGS = """\
title = "A Book"
language = "{language}"
date = "2026-11-24"
series = "Tales of the Sea"
numbered = true
chapters = ["one.md", "two.md"]

[pages]
half_title = true
frontispiece = {{ file = "plate.svg", alt = "A square", caption = "What faces the title." }}
dedication = ["For those who read", "and those who wait"]
series_titles = ["The First Tale", "The Second Tale"]
edition_note = ["How the words of this edition came down."]
lists = ["figures", "tables"]
printings = ["First published 1992", "Second printing 2026"]
license = "CC BY 4.0"
doi = "https://doi.org/10.1000/182"
funding = ["Paid for by nobody."]
cataloguing = ["A record is held.", "341.4"]
safety = "The Press, Some Street 1, safety@example.org"

[identifiers]
print = "978-0-306-40615-7"
epub = "978-1-56619-909-4"

[[contributors]]
name = "Ada Example"

[editions.print]
trim = "a5"

[editions.screen]
trim = "a4-screen"

[editions.epub]
"""
ONE = """# One

![A plan of the *harbour*[^n].](plate.svg){{#fig-plan alt="A square"}}

Words.

[^n]: A note in a caption.
""".replace("{{", "{").replace("}}", "}")
TWO = "# Two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n: Numbers of a day.\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#777"/></svg>'


def make(folder: Path, language: str = "en-GB") -> Outcome:
    folder.mkdir()
    (folder / "book.toml").write_text(SETTINGS.format(language=language), "utf-8")
    (folder / "one.md").write_text(ONE, "utf-8")
    (folder / "two.md").write_text(TWO, "utf-8")
    (folder / "plate.svg").write_text(SVG, "utf-8")
    return build(folder, jobs=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matter") / "book"
    outcome = make(folder)
    assert outcome.problems == (), "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    return folder


def pages(path: Path) -> list[str]:
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(path)]


def test_pages_before_the_text_stand_in_the_order_of_a_press(folder: Path) -> None:
    found = pages(folder / "dist" / "a-book-print.pdf")
    assert found[0] == "A Book"
    assert found[1] == "What faces the title."
    assert found[2].startswith("Ada Example A Book")
    assert "First published 1992" in found[3]
    assert found[4] == "For those who read and those who wait"
    assert found[6].startswith("Contents Figures")
    assert found[7].startswith("Figures Figure 1 A plan of the harbour.")
    assert found[8].startswith("Tables Table 1 Numbers of a day.")
    assert found[9].startswith("A Note on This Edition How the words")
    assert "The First Tale" in found[-2]


def test_the_imprint_says_all_that_a_catalogue_and_a_law_ask_for(folder: Path) -> None:
    words = pages(folder / "dist" / "a-book-print.pdf")[3]
    for part in (
        "24 November 2026", "Second printing 2026", "Licence CC BY 4.0", "Tales of the Sea", "ISBN (print, PDF)", "978-0-306-40615-7",
        "978-1-56619-909-4", "DOI https://doi.org/10.1000/182", "Cataloguing data A record is held.", "341.4",
        "Funding Paid for by nobody.", "Product safety The Press",
    ):  # fmt: skip
        assert part in words, part


def test_the_imprint_hangs_from_the_foot_of_the_page(folder: Path) -> None:
    page = pypdfium2.PdfDocument(folder / "dist" / "a-book-print.pdf")[3]
    text = page.get_textpage()
    boxes = [text.get_charbox(index) for index in range(text.count_chars())]
    assert min(box[1] for box in boxes) == pytest.approx(99.3, abs=8)  # the foot margin of A5
    assert max(box[3] for box in boxes) < 0.75 * page.get_height()


def test_a_screen_has_no_half_title_and_an_epub_has_the_rest(folder: Path) -> None:
    assert pages(folder / "dist" / "a-book-screen.pdf")[0] == "What faces the title."
    reading = read_epub("e", (folder / "dist" / "a-book.epub").read_bytes())
    words = " ".join("".join(piece.text for piece in reading.pieces).split())
    for part in ("For those who read", "A Note on This Edition", "Figure 1", "The Second Tale"):
        assert part in words, part


def test_what_is_not_asked_for_is_not_there(tmp_path: Path) -> None:
    book, problems = read_book(Source("book.toml", 'title = "A"\nlanguage = "en"\nchapters = ["a.md"]\n'), ("a.md",))
    assert problems == ()
    assert book is not None
    assert book.matter == Matter()


def test_settings_of_the_pages_are_checked_at_their_place() -> None:
    text = (
        'title = "A"\nlanguage = "en"\nchapters = ["a.md"]\n[pages]\ndoi = "11.1/x"\nlists = ["maps", "tables"]\n'
        'frontispiece = { file = "a.svg" }\nlicence = "CC0"\n'
    )
    book, problems = read_book(Source("book.toml", text), ("a.md", "a.svg"))
    assert book is not None
    assert book.matter.lists == (Register.TABLES,)
    assert book.matter.frontispiece is None
    lines = {text[: problem.span.start].count("\n") + 1 for problem in problems if problem.span}
    assert lines == {5, 6, 7, 8}


def test_every_language_has_words_for_every_page() -> None:
    english = vocabulary("en")
    assert english is not None
    for language in LANGUAGES:
        words = vocabulary(language)
        assert words is not None
        assert words.table.keys() == english.table.keys(), language


def test_the_colophon_names_the_digest_of_the_manuscript_in_every_edition(tmp_path: Path) -> None:
    """What `cat one.md two.md | sha256sum` says, in two groups of eight figures."""
    settings = 'title = "D"\nlanguage = "en"\nslug = "d"\nchapters = ["two.md", "one.md"]\n\n[pages]\ndigest = true\n'
    (tmp_path / "book.toml").write_text(settings + '\n[editions.print]\ntrim = "a5"\n\n[editions.epub]\n', "utf-8")
    texts = {"one.md": b"# One\r\n\r\nWords.\r\n", "two.md": "# Two\n\nÜber.\n".encode()}
    for name, data in texts.items():
        (tmp_path / name).write_bytes(data)
    outcome = build(tmp_path, jobs=1)
    assert outcome.problems == ()
    said = hashlib.sha256(texts["two.md"] + texts["one.md"]).hexdigest()
    shown = f"{said[:8]} {said[8:16]}"
    assert f"the digest {shown} (SHA-256" in pages(tmp_path / "dist" / "d-print.pdf")[-1]
    with zipfile.ZipFile(tmp_path / "dist" / "d.epub") as parts:
        colophon = parts.read(next(name for name in parts.namelist() if name.endswith("colophon.xhtml"))).decode()
    assert shown.replace(" ", "\u00a0") in colophon
