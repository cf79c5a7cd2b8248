"""The page list of an EPUB is that of the printed book: under each label stand the first words of that very page.

The pages are read with `pdftotext`, which knows nothing of how either file was made.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from pipeline.book import TRIMS
from tests.finished import epub_of, finished, pdf_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler) is not here"),
]

XHTML = "{http://www.w3.org/1999/xhtml}"
TYPE = "{http://www.idpf.org/2007/ops}type"
AGAIN = 300
"""Letters at the top of a page within which the head of a divided table stands again."""
LETTERS = 24
"""How many letters of a page are compared: five words or so."""


def letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def printed(pdf: Path, trim: str) -> dict[str, list[str]]:
    """Return the words of every page by its label, without its head and folio, as they stand in lines."""
    page = TRIMS[trim]
    with pikepdf.open(pdf) as file:
        names = [each.label for each in file.pages]
    found = {}
    for number, label in enumerate(names, 1):
        crop = ["-x", "0", "-y", str(round(page.top) - 2), "-W", str(round(page.width)), "-H", str(round(page.height))]
        command = ["pdftotext", "-f", str(number), "-l", str(number), *crop, str(pdf), "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[label] = done.stdout.split()
    return found


def marked(epub: Path) -> list[tuple[str, str, str, str, bool]]:
    """Return every marker of the page list: its label, the word before, the words after, the head of its table.

    The last value says whether it stands in a register, which has page numbers in print alone.
    """
    found = []
    with zipfile.ZipFile(epub) as archive:
        nav = etree.fromstring(archive.read("EPUB/nav.xhtml"))
        (pages,) = [each for each in nav.iter(f"{XHTML}nav") if each.get(TYPE) == "page-list"]
        trees: dict[str, etree._Element] = {}
        for link in pages.iter(f"{XHTML}a"):
            name, _, id = (link.get("href") or "").partition("#")
            if name not in trees:
                trees[name] = etree.fromstring(archive.read(f"EPUB/{name}"))
            (marker,) = trees[name].xpath(f"//*[@id='{id}']")
            if marker.xpath("ancestor::x:section[contains(@class, 'colophon')]", namespaces={"x": XHTML[1:-1]}):
                continue  # each edition says there what is true of it: its faces, its tools
            after = "".join(marker.xpath("following::text()"))
            before = "".join(marker.xpath("preceding::text()")).split()[-1:]
            heads = marker.xpath("ancestor::x:tbody/preceding-sibling::x:thead//text()", namespaces={"x": XHTML[1:-1]})
            listed = marker.xpath("(ancestor::* | following-sibling::*[1])[contains(@class, 'generated')]")
            found.append((link.text or "", "".join(before), after, "".join(heads), bool(listed)))
    return found


@pytest.mark.parametrize(("name", "trim"), [("default", "6x9"), ("specimen", "6x9"), ("report", "6x9")])
def test_each_page_begins_with_the_words_of_that_page_of_the_print(
    name: str, trim: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = finished(name, tmp_path_factory.getbasetemp())
    pages = printed(pdf_of(folder), trim)
    pages = {label: words for label, words in pages.items() if words}
    markers = marked(epub_of(folder))
    assert len(markers) > 5
    assert [marker[0] for marker in markers] == [label for label in pages if label in {m[0] for m in markers}]
    wrong = []
    for label, before, after, head, listed in markers:
        # The head of a table stands again on each of its pages, under its caption; of its rows only the first line of a
        # cell is sure.
        size = LETTERS // 2 if head else LETTERS
        here = letters(after)[:size]
        there = letters(" ".join(pages[label]))
        again = there.find(letters(head), 0, AGAIN) if head else -1
        there = (there[again + len(letters(head)) :] if again >= 0 else there)[:size]
        if here == there:
            continue
        if listed:
            short = len([sign for sign in there if sign.isalpha()])
            if [sign for sign in here if sign.isalpha()][:short] == [sign for sign in there if sign.isalpha()]:
                continue
        # The page divides a word: the marker stands after it, and the print begins with its end.
        end, *rest = pages[label]
        if letters(before).endswith(letters(end)) and letters(" ".join(rest)).startswith(here):
            continue
        wrong.append((label, before, here, there))
    assert wrong == []
    unmarked = set(pages) - {marker[0] for marker in markers}
    assert len(unmarked) <= 3, unmarked  # the half-title, and pages that hold only the rest of a note
