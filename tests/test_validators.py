"""Whole books before the official judges: EPUBCheck 5.3 and 4.2.6, Ace, and calibre's conversion for Kindles."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.build import build
from pipeline.source import Severity
from tests.finished import epub_of, finished
from tests.test_epub_book import MAP
from tests.test_older_print import APART, CLAIM, DESCRIBED, PRINT, SETTINGS
from tests.test_package import made
from tests.validators import ace, epubcheck_many, jar_4, needs_browser, needs_epubcheck, needs_epubcheck_4

pytestmark = pytest.mark.slow

BOOKS = ("default", "specimen", "report", "moby-dick")
KOBO = """
[editions.kobo]
medium = "epub"
profile = "kobo"

[editions.kobo-older]
medium = "epub"
profile = "kobo"
pages = "manuscript"
page_source = "Moscow: Zvenya, 1992"
"""
MATTER = """
[pages]
half_title = true
frontispiece = { file = "images/map.svg", alt = "The coast.", caption = "The coast" }
dedication = ["To those who wrote it down"]
series_titles = ["The First Print"]
edition_note = ["How the words of this edition came down."]
lists = ["figures", "tables"]
printings = ["First published 1992"]
license = "CC BY 4.0"
cataloguing = ["A catalogue record is held."]
funding = ["Printed with a grant."]
safety = "The Press, London"
digest = true
"""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build a book with claims, descriptions, pages of an older print and editions for Kobo; return its EPUBs."""
    folder = tmp_path_factory.mktemp("rich")
    settings = SETTINGS.format(epub='pages = "manuscript"\npage_source = "978-0-306-40615-7"', language="en-GB")
    reviewed = 'alternative_text_reviewed_by = "Ann Able"\nreport = "https://example.org/report"\n'
    texts = {
        "book.toml": settings + KOBO + MATTER + CLAIM + reviewed,
        "chapters/1.md": PRINT,
        "chapters/2.md": DESCRIBED,
        "chapters/3.md": APART,
        "images/map.svg": MAP.decode(),
    }
    for name, text in texts.items():
        path = folder / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    outcome = build(folder / "book", out=folder / "dist")
    assert [problem.message for problem in outcome.problems if problem.severity is Severity.ERROR] == []
    return {
        "listed": folder / "dist" / "an-older-print.epub",
        "kobo": folder / "dist" / "an-older-print-kobo.epub",
        "kobo-older": folder / "dist" / "an-older-print-kobo-older.epub",
    }


def every_book(base: Path, folder: Path) -> dict[str, Path]:
    """Return the EPUBs of all books that are here, and of the specimen that has every node kind."""
    found = {}
    for name in BOOKS:
        try:
            found[name] = epub_of(finished(name, base))
        except pytest.skip.Exception as gone:
            print(gone)
    found["vigilant"] = folder / "vigilant.epub"
    found["vigilant"].write_bytes(made()[2])
    return found


@needs_epubcheck
def test_epubcheck_has_nothing_to_say_of_any_book(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, rich: dict[str, Path]
) -> None:
    books = {**every_book(tmp_path_factory.getbasetemp(), tmp_path), **rich}
    said = epubcheck_many(list(books.values()), tmp_path / "home")
    assert {name: said[path] for name, path in books.items() if said[path]} == {}


@needs_browser
def test_ace_finds_no_violation_in_any_book(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, rich: dict[str, Path]
) -> None:
    books = {**every_book(tmp_path_factory.getbasetemp(), tmp_path), **rich}
    said = ace(list(books.values()), tmp_path / "home")
    assert {name: said[path] for name, path in books.items() if said[path]} == {}


@needs_epubcheck_4
def test_the_checker_of_kobo_has_nothing_to_say_of_editions_for_kobo(tmp_path: Path, rich: dict[str, Path]) -> None:
    books = {name: path for name, path in rich.items() if name.startswith("kobo")}
    said = epubcheck_many(list(books.values()), tmp_path / "home", jar_4())
    # Its remarks of the kind "usage" are about habits of 2013: columns, selectors.
    faults = {name: [each for each in said[path] if each[0] != "USAGE"] for name, path in books.items()}
    assert faults == {"kobo": [], "kobo-older": []}


@needs_epubcheck_4
def test_the_profile_of_kobo_is_needed(tmp_path: Path, rich: dict[str, Path]) -> None:
    """Once Kobo's checker knows `pageBreakSource`, the profile can go."""
    said = epubcheck_many([rich["listed"]], tmp_path / "home", jar_4())
    assert any("pageBreakSource" in words for _, _, words in said[rich["listed"]])


@pytest.mark.skipif(shutil.which("ebook-convert") is None, reason="calibre (ebook-convert) is not here")
def test_calibre_makes_a_book_for_kindles(tmp_path: Path, rich: dict[str, Path]) -> None:
    target = tmp_path / "book.azw3"
    done = subprocess.run(
        ["ebook-convert", str(rich["listed"]), str(target)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert target.stat().st_size > 10_000
    said = subprocess.run(["ebook-meta", str(rich["listed"])], capture_output=True, text=True, check=True).stdout
    assert "An Older Print" in said
    assert "Ada Example" in said
