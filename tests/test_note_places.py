"""Notes at the foot, at the end of the chapter, at the end of the book: each by edition, by book and by voice."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pikepdf
import pypdfium2
import pytest

from pipeline.build import Outcome, build
from pipeline.source import describe

LONG = "A paragraph of some words that fills a line or two of a page. " * 6
ONE = f"""# One

The first words[^a] and more words[^b], and one that is called twice[^a].

{LONG}

[^a]: First note, which calls another[^c] within.
[^b](editor): Second note.
[^c]: Inner note.
"""
TWO = "# Two\n\n" + "\n\n".join(f"{LONG}[^n{n}]" for n in range(40)) + "\n\n"
TWO += "\n".join(f"[^n{n}]: Note {n}: {'words ' * 30}." for n in range(40)) + "\n"


def make(folder: Path, notes: str = "", edition: str = "") -> Outcome:
    folder.mkdir()
    (folder / "book.toml").write_text(
        f"""title = "A Book"
language = "en-GB"
numbered = true
chapters = ["one.md", "two.md"]

[notes]
restart = "chapter"
{notes}

[notes.voices.editor]
signed = "A. E."
marks = "lower-roman"
series = "editor"
placement = "foot"

[editions.print]
trim = "a5"
{edition}

[editions.epub]
""",
        "utf-8",
    )
    (folder / "one.md").write_text(ONE, "utf-8")
    (folder / "two.md").write_text(TWO, "utf-8")
    outcome = build(folder, jobs=1)
    assert outcome.problems == (), "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    return outcome


def pages(folder: Path) -> list[str]:
    path = folder / "dist" / "a-book-print.pdf"
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(path)]


def note_tags(folder: Path) -> int:
    with pikepdf.open(folder / "dist" / "a-book-print.pdf") as pdf:
        return sum(
            1 for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.Note
        )


@pytest.mark.parametrize(
    ("notes", "edition"), [('placement = "chapter"', ""), ("", 'notes = "chapter"')], ids=["book", "edition"]
)
def test_notes_at_the_end_of_a_chapter_follow_its_text(notes: str, edition: str, tmp_path: Path) -> None:
    make(tmp_path / "book", notes, edition)
    found = pages(tmp_path / "book")
    first = next(page for page in found if "The first words" in page)
    assert first.index("A paragraph of some words") < first.index("Notes") < first.index("First note")
    assert "Second note" in first
    assert first.index("First note") < first.index("Inner note") < first.index("Second note"), (
        "the editor is at the foot"
    )
    assert note_tags(tmp_path / "book") == 43


def test_notes_at_the_end_of_the_book_are_grouped_and_name_their_pages(tmp_path: Path) -> None:
    make(tmp_path / "book", 'placement = "book"')
    found = pages(tmp_path / "book")
    opening = next(n for n, page in enumerate(found) if page.startswith("Notes Chapter 1 One"))
    assert found[opening].index("First note") < found[opening].index("Chapter 2 Two")
    assert "First note" not in "".join(found[:opening])
    assert "Second note" in "".join(found[:opening]), "the editor's notes stay at the foot"
    later = found[opening + 1]
    assert "Notes to pages" in later
    head = later[later.index("Notes to pages") :].split()[3]
    first, last = map(int, head.split("–"))
    assert 1 < first < last < opening
    assert note_tags(tmp_path / "book") == 43
    assert any("Notes . ." in page for page in found), "the contents lead to them"


def test_a_page_of_notes_to_one_page_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "book.toml").write_text(
        'title = "A"\nlanguage = "en-GB"\nchapters = ["a.md"]\n[notes]\nplacement = "book"\n'
        '[notes.voices.textual]\nplacement = "foot"\n[editions.print]\ntrim = "a5"\n[editions.epub]\n',
        "utf-8",
    )
    long = "\n\n    ".join(["A paragraph of a note that fills much of a page. " * 12] * 8)
    (folder / "a.md").write_text(f"# One\n\nWords[^a] and more[^t].\n\n[^a]: {long}\n[^t](textual): Sic.\n", "utf-8")
    outcome = build(folder, jobs=1)
    assert outcome.problems == (), "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    with pypdfium2.PdfDocument(folder / "dist" / "a-print.pdf") as found:
        text = [page.get_textpage().get_text_range() for page in found]
    assert any("Notes to page 1" in page and "Notes to pages" not in page for page in text)
    assert not any("extual note" in page.lower() for page in text), "on paper its letter says what it is"
    with ZipFile(folder / "dist" / "a.epub") as archive:
        assert "Textual note" in archive.read("EPUB/text/a.xhtml").decode()
    assert any("Made with Stet" in page and "WeasyPrint 70.0" in page for page in text)


def test_a_link_leads_from_each_call_to_its_note_and_back(tmp_path: Path) -> None:
    make(tmp_path / "book", 'placement = "book"')
    with pikepdf.open(tmp_path / "book" / "dist" / "a-book-print.pdf") as pdf:
        links = [
            (page.index, annotation)
            for page in pdf.pages
            for annotation in page.get("/Annots", [])
            if annotation.get("/Subtype") == pikepdf.Name.Link
        ]
        assert len(links) >= 2 * 43
