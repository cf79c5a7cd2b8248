"""A reading system opens finished EPUBs, in headless Chromium, and meets all that is promised of them.

What it is told to find is read from the files with other eyes: zipfile and lxml. Screenshots are kept in
`.cache/reader`: a telephone by day and by night, a tablet in sepia.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.finished import epub_of, finished
from tests.test_older_print import made as older
from tests.test_package import made
from tests.validators import ROOT, needs_browser, read

pytestmark = [pytest.mark.slow, needs_browser]

XHTML = "{http://www.w3.org/1999/xhtml}"
TYPE = "{http://www.idpf.org/2007/ops}type"
PICTURES = ROOT / ".cache" / "reader"
OWN_FAULTS = ("createTreeWalker",)
"""What foliate-js 1.0.1 says when a pop-up is closed before it has noted where the reader is."""


class Within:
    """What stands in an EPUB, read from the file."""

    def __init__(self, book: Path) -> None:
        with zipfile.ZipFile(book) as archive:
            self.trees = {
                name: etree.fromstring(archive.read(name), etree.XMLParser(huge_tree=True))
                for name in archive.namelist()
                if name.endswith(".xhtml")
            }
            self.fonts = [name for name in archive.namelist() if name.endswith(".ttf")]
            self.css = archive.read("EPUB/css/book.css").decode()

    def notes(self) -> dict[str, str]:
        """Return the words of every note by its address."""
        return {
            f"{name}#{note.get('id')}": _plain("".join(note.itertext()))
            for name, tree in self.trees.items()
            for note in tree.iter(f"{XHTML}div")
            if note.get("role") == "doc-footnote"
        }

    def calls(self) -> list[tuple[str, str, str]]:
        """Return (address, mark, address of its note) of every call."""
        return [
            (f"{name}#{call.get('id')}", _plain("".join(call.itertext())), f"{name}{call.get('href')}")
            for name, tree in self.trees.items()
            for call in tree.iter(f"{XHTML}a")
            if call.get("role") == "doc-noteref"
        ]

    def lines(self, kind: str) -> list[tuple[str, str]]:
        """Return (label, address) of every line of one nav."""
        (nav,) = [e for e in self.trees["EPUB/nav.xhtml"].iter(f"{XHTML}nav") if e.get(TYPE) == kind]
        return [(_plain("".join(a.itertext())), f"EPUB/{a.get('href')}") for a in nav.iter(f"{XHTML}a")]


def _plain(text: str) -> str:
    return " ".join(text.split())


def book_of(name: str, base: Path) -> Path:
    if name != "vigilant":
        return epub_of(finished(name, base))
    path = base / "vigilant.epub"
    path.write_bytes(made()[2])
    return path


@pytest.fixture(params=["default", "specimen", "vigilant", "report", "moby-dick"], scope="module")
def met(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Within, Any]:
    name = str(request.param)
    book = book_of(name, tmp_path_factory.getbasetemp())
    within = Within(book)
    chapters = [file for file, tree in within.trees.items() if any(e.get("role") == "doc-chapter" for e in tree.iter())]
    special = [
        f"{file}#{element.get('id')}"
        for file, tree in within.trees.items()
        for element in tree.iter(f"{XHTML}table", f"{XHTML}figure", f"{XHTML}aside", f"{XHTML}h2")
        if element.get("id")
    ]
    shown = ["EPUB/text/title-page.xhtml", "EPUB/nav.xhtml", *chapters[:2], *special[:4]]
    return within, read(book, PICTURES / name, tmp_path_factory.mktemp("reader"), *shown)


def test_a_reader_meets_all_that_is_promised(met: tuple[Within, Any]) -> None:
    """One test a book, since opening it is what takes the time."""
    within, said = met
    # Nothing is asked of the network, and nothing breaks.
    assert said["requests"] == []
    assert [fault for fault in said["faults"] if not any(own in fault for own in OWN_FAULTS)] == []
    # The contents lead to the heads that they name.
    wanted = within.lines("toc")
    assert [line["href"] for line in said["contents"]] == [href for _, href in wanted]
    for line, (label, _) in zip(said["contents"], wanted, strict=True):
        assert _plain(line["label"]) == label
        assert line["there"] is not None, line
        assert line["there"]["shown"], line
        assert label.endswith(line["there"]["text"]) or line["there"]["text"] in label or line["there"]["id"], line
    # Each call opens the whole of its note, where a finger hits it, and nothing is hidden from who does not tap.
    notes = within.notes()
    calls = within.calls()
    assert sorted(call["href"] for call in said["calls"]) == sorted(href for href, _, _ in calls)
    targets = {href: (mark, note) for href, mark, note in calls}
    for call in said["calls"]:
        mark, note = targets[call["href"]]
        answer = call["answer"]
        assert call["hit"], call
        assert answer["kind"] == "note", call
        assert (answer["type"], answer["hidden"]) == ("footnote", False)
        assert (call["mark"], answer["href"]) == (mark, note)
        assert _plain(answer["text"]) == notes[note]
    assert set(notes) == {note for _, _, note in calls}
    # Every page of the page list is there, under its label, and on the screen.
    pages = within.lines("page-list")
    assert [(line["label"], line["href"]) for line in said["pages"]] == pages
    for line in said["pages"]:
        assert line["there"]["role"] == "doc-pagebreak"
        assert line["there"]["label"] == line["label"]
        assert line["there"]["shown"], line
    # Every face that the book brings is loaded somewhere, none fails, and all pictures are drawn.
    faces = {(f["family"], f["style"], f["weight"]): f["status"] for s in said["sections"] for f in s["faces"] if f["status"] != "unloaded"}  # fmt: skip
    assert set(faces.values()) <= {"loaded"}
    assert len(faces) == len(within.fonts) == within.css.count("@font-face")
    assert all(section["pictures"] for section in said["sections"])


def test_screenshots_are_kept(met: tuple[Within, Any]) -> None:
    del met
    kept = {path.name.rsplit("-", 1)[0] for path in PICTURES.glob("*/*.png")}
    assert kept == {"phone-light", "phone-dark", "tablet-sepia"}


def test_pages_within_a_long_table_are_reached(tmp_path: Path) -> None:
    """What scrolls is one piece to a reading system in pages: what reaches below its first screen is seen by nobody."""
    head = "| Year | Ship | Where | Men | What became of her |\n|---|---|---|---|---|\n"
    row = "| {} | Rachel | at sea | {} | {}a storm that blew from the north |\n"
    rows = "".join(row.format(1800 + n, n, f"[p. {2 + n}]{{.page}} ") for n in range(80))
    print_of = older(f"# One\n\n[p. 1]{{.page}} Words.\n\n{head}{rows}")
    assert print_of.problems == ()
    path = tmp_path / "table.epub"
    path.write_bytes(print_of.data)
    said = read(path, tmp_path / "pictures", tmp_path / "home")
    assert [line["label"] for line in said["pages"]] == [str(n + 1) for n in range(81)]
    assert [line["label"] for line in said["pages"] if not line["there"]["shown"]] == []
