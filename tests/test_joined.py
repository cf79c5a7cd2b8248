"""A book that is set in units and joined looks like the same book set in one piece by one process.

Where all lines of a paragraph are chosen at once (`fine`), the pages of a unit are then made up: paragraphs are asked for other
lines where pages begin or end badly, and of some layouts the best is kept. What is best for one chapter need not be for all of
them together, so the one piece may keep other lines. Without making up it is the same to the last dot; with it,
in each chapter whose paragraphs were asked for the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pypdfium2
import pytest

from pipeline.book import TRIMS
from pipeline.build import line
from pipeline.build.files import open_folder
from pipeline.build.house import house
from pipeline.edition import resolve
from pipeline.html import Page, render
from pipeline.pdf import Styles, Typeset, typeset
from pipeline.pdf.facts import Job, UnitResult
from pipeline.pdf.geometry import body_css, heads_css
from pipeline.pdf.workers import run

pytestmark = pytest.mark.slow

WORDS = (
    "the whale of a ship under captain harpoon considerable weather melancholy circumference and to in it was".split()
)
SETTINGS = """
title = "Sixty Pages"
language = "en"

[[contributors]]
name = "Nobody"

[editions.print]
trim = "6x9"
"""
TABLE = """| Ship | Captain | Fate |
|------|---------|------|
| Pequod | Ahab | lost |
| Rachel | Gardiner | home |
| Jeroboam | Mayhew | unknown |"""


def chapter(number: int, chance: random.Random) -> str:
    """Make up a chapter of about five pages, with heads, notes, lists, quotations, tables and verse."""

    def prose(least: int, most: int) -> str:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(least, most))).capitalize()

    blocks = [f"# {prose(2, 5)} {number}"]
    for place in range(18):
        kind = chance.randrange(12)
        if kind == 0:
            blocks.append(f"## {prose(2, 4)}")
        if kind == 1:
            blocks.append("\n".join(f"- {prose(4, 25)}." for _ in range(4)))
        elif kind == 2:
            blocks.append(f"> {prose(20, 80)}.")
        elif kind == 3:
            blocks.append(TABLE)
        elif kind == 4:
            blocks.append("\n".join(f"| {prose(4, 6)}" for _ in range(4)))
        elif kind < 7:
            blocks.append(f"{prose(40, 60)}[^n{place}] {prose(20, 40)}.\n\n[^n{place}]: {prose(5, 40)}.")
        else:
            blocks.append(f"{prose(20, 110)}, *{prose(2, 4)}*.")
    return "\n\n".join(blocks) + "\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sixty")
    (folder / "chapters").mkdir()
    (folder / "book.toml").write_text(SETTINGS, "utf-8")
    chance = random.Random(60)
    for number in range(14):
        (folder / "chapters" / f"{number:02}.md").write_text(chapter(number, chance), "utf-8")
    return folder


def body(page: Page) -> str:
    found = re.search(r"<body[^>]*>(.*)</body>", page.html, re.DOTALL)
    assert found is not None
    return found[1]


def unmade(job: Job) -> UnitResult:
    """Set a unit without making its pages up."""
    from pipeline.pdf.layout import unit

    unit.PASSES = 0
    return run(job)


def both(folder: Path, composition: str, work: Callable[[Job], UnitResult] = run) -> tuple[Typeset, Typeset]:
    """Set the chapters of a book as units, and all of them as one unit; heads aside, which name their unit."""
    shelf = open_folder(folder)
    desk = line._read(shelf)
    assert desk.book is not None
    settings = desk.book.editions[0]
    edition, problems = resolve(desk.manuscript, desk.book, settings, shelf.names, desk.citing)
    assert problems == ()
    chapters = [
        replace(page, recto=False, verso_head="", recto_head="", folio=False) for page in render(edition) if page.path
    ]
    first = chapters[0]
    # Each unit keeps a box of its own: chapters that are brothers are set as chapters that run on.
    pieces = "".join(f'<div class="unit">{body(page)}</div>' for page in chapters)
    whole = replace(first, html=first.html.replace(body(first), pieces))
    style, trim, about = house(), TRIMS[settings.trim], line._about(edition, line.EARLIEST)
    styles = Styles(
        body=(body_css(trim), *style.body(trim, edition.book.theme), ".unit + .unit { break-before: page }"),
        heads=(heads_css(trim), *style.heads(trim, edition.book.theme)),
        profile=style.profile,
        composition=composition,
    )
    with line.hired(1) as crew:
        made = [
            typeset(
                pages,
                styles,
                (*style.fonts, *style.pictures),
                about,
                lambda jobs: tuple(result for _, result in sorted(crew.as_set(jobs, work))),
            )
            for pages in (chapters, [whole])
        ]
    return made[0], made[1]


def looks(made: Typeset) -> list[tuple[str, bytes]]:
    """Return the text and the picture of every page."""
    pdf = pypdfium2.PdfDocument(made.pdf)
    return [
        (page.get_textpage().get_text_range(), sha256(page.render(scale=1.2).to_pil().tobytes()).digest())
        for page in pdf
    ]


@pytest.mark.parametrize(("composition", "work"), [("draft", run), ("fine", unmade)])
def test_sixty_pages_joined_are_the_sixty_pages_of_one_process(
    book: Path, composition: str, work: Callable[[Job], UnitResult]
) -> None:
    joined, single = both(book, composition, work)
    assert (joined.record["units"], single.record["units"]) == (14, 1)
    pages, others = looks(joined), looks(single)
    assert len(pages) > 55
    assert [text for text, _ in pages] == [text for text, _ in others]
    assert pages == others


def signs(text: str) -> str:
    """Return the text without spaces and hyphens: what does not depend on the ends of lines."""
    return re.sub("[\\s\ufffe\x02\u2010\xad-]", "", text)


def asked(made: Typeset) -> dict[str, set[tuple[str, str]]]:
    """Return what paragraphs were asked for when pages were made up, by the name of their chapter."""
    found: dict[str, set[tuple[str, str]]] = {}
    repairs = made.record["repairs"]
    assert isinstance(repairs, list)
    for _, block, _, remedy in repairs:
        found.setdefault(block.rpartition("-")[0], set()).add((block, remedy))
    return found


def test_pages_that_were_made_up_alike_are_alike_in_one_process(book: Path) -> None:
    joined, single = both(book, "fine")
    mine, theirs = asked(joined), asked(single)
    assert mine
    pages, others = looks(joined), looks(single)
    alike = 0
    first = 0
    for unit in joined.units:
        own = pages[unit.first : unit.first + len(unit.labels)]
        if mine.get(unit.name) == theirs.get(unit.name):
            alike += 1
            assert own == others[first : first + len(own)], unit.name
            first += len(own)
        else:
            # other lines, and perhaps another page, but the same words
            words = "".join(signs(text) for text, _ in own)
            there = ""
            while len(there) < len(words):
                there += signs(others[first][0])
                first += 1
            assert sorted(there) == sorted(words), unit.name
    assert alike > 7
    assert first == len(others)
