"""Heads in the line of their text: real heads in outline, contents and tags, set inline in print, apart in an EPUB."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from lxml import etree

from pipeline.build import build
from pipeline.source import describe

LONG = "The lamp was lit at dusk and burned until the morning, and nobody could say who had filled it again. " * 5
TEXT = f"""# The Lamp

## Of the house

{LONG}

### The first winter. {{.run-in}}

{LONG}

{LONG}

### Who paid for the oil?[^a] {{.run-in #oil}}

{LONG}[^b]

### Papers. {{.run-in}}

- An item, which no head can run into.

* * *

### The *end* of it. {{.run-in}}

{LONG}

[^a]: Called in a head.
[^b](editor): Called in its text.
"""
BOOK = """title = "Lamp"
language = "en-GB"
slug = "lamp"
chapters = ["one.md"]

[notes.voices.editor]
signed = "A. E."

[editions.print]
trim = "a5"

[editions.screen]
trim = "a4-screen"

[editions.large]
trim = "a4-large"

[editions.epub]
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lamp")
    (folder / "book.toml").write_text(BOOK, "utf-8")
    (folder / "one.md").write_text(TEXT, "utf-8")
    outcome = build(folder, jobs=1)
    assert outcome.problems == (), "\n".join(describe(each, outcome.sources) for each in outcome.problems)
    return folder / "dist"


def tagged(pdf: pikepdf.Pdf) -> Iterator[tuple[str, list[str]]]:
    """The tag of each head of level 3, with the tags beside it."""
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.H3:
            beside = each.P.K
            kids = beside if isinstance(beside, pikepdf.Array) else [beside]
            yield str(each.P.S), [str(kid.S) for kid in kids if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]


@pytest.mark.parametrize("name", ["print", "screen", "large"])
def test_they_stand_in_the_line_and_are_heads_all_the_same(name: str, dist: Path) -> None:
    path = dist / f"lamp-{name}.pdf"
    pages = pypdfium2.PdfDocument(path)
    found = 0
    for page in pages:
        text = page.get_textpage()
        for head in ("The first winter.", "The end of it."):
            searcher = text.search(f"{head} The lamp")
            place = searcher.get_next()
            if place is not None:
                index, count = place
                boxes = [text.get_charbox(index + n, loose=True) for n in (0, count - 1)]
                assert abs(boxes[0][1] - boxes[1][1]) < 3, "one line"
                found += 1
    assert found == 2
    with pikepdf.open(path) as pdf:
        with pdf.open_outline() as outline:
            (chapter,) = [item for item in outline.root if "The Lamp" in item.title]
            (section,) = chapter.children
            assert [item.title for item in section.children] == [
                "The first winter",
                "Who paid for the oil?",
                "Papers",
                "The end of it",
            ]
        tags = list(tagged(pdf))
    assert tags.count(("/Div", ["/H3", "/P"])) == 3
    assert len(tags) == 4


def test_in_an_epub_they_stand_apart(dist: Path) -> None:
    with zipfile.ZipFile(dist / "lamp.epub") as book:
        files = [book.read(name) for name in book.namelist() if name.endswith(".xhtml")]
        (root,) = [etree.fromstring(data) for data in files if b"filled it again" in data]
        sheet = book.read(next(each for each in book.namelist() if each.endswith(".css"))).decode()
    heads = list(root.iter("{*}h3"))
    assert ["".join(head.itertext()).rstrip("1\u2060") for head in heads] == [
        "The first winter.",
        "Who paid for the oil?",
        "Papers.",
        "The end of it.",
    ]
    for head in heads:
        assert head.get("class") == "run-in"
        following = head.getnext()
        assert following is not None
        assert etree.QName(following).localname in ("p", "ul")
    assert ".run-in {" in sheet


def test_contents_name_them_without_their_full_stop(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(BOOK.replace('slug = "lamp"', 'slug = "l"'), "utf-8")
    (tmp_path / "one.md").write_text(TEXT.replace("## Of the house\n", "").replace("###", "##"), "utf-8")
    outcome = build(tmp_path, jobs=1, editions=("print", "epub"))
    assert outcome.problems == (), "\n".join(describe(each, outcome.sources) for each in outcome.problems)
    page = next(
        text
        for page in pypdfium2.PdfDocument(tmp_path / "dist" / "l-print.pdf")
        if "Contents" in (text := page.get_textpage().get_text_range())
    )
    assert "The first winter" in page
    assert "The first winter." not in page
    with zipfile.ZipFile(tmp_path / "dist" / "l.epub") as book:
        nav = book.read(next(name for name in book.namelist() if "nav" in name)).decode()
    assert "The first winter<" in nav
    assert "end</em> of it<" in nav
