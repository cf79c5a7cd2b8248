"""Long titles: a title page is one page, lines are alike, contents lead to their page, and the words gate finds all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest

from pipeline.build import build
from pipeline.html.titles import BOOK_STEPS, CHAPTER_STEPS, fit_title, width
from pipeline.source import Severity, describe

TITLE = (
    "A True and Particular Relation of the Extraordinary Proceedings, Examinations, Depositions and Remonstrances "
    "Which Were Laid Before the Commissioners of Inquiry at Skerry Sound in the Years of the Great Darkness, With Notes "
    "by Several Hands"
)
PART = (
    "The First Part, in Which the Commissioners Arrive at the Sound and Begin to Hear the Witnesses One After Another"
)
CHAPTER = (
    "On the Lights of Skerry Sound, and of Those Who Kept Them Through the Great Darkness, With an Account of the Storm "
    "and of Everything That Followed From It in the Years Afterwards, Until the Commissioners Came to Hear the Witnesses"
)
BOOK = f"""title = "{TITLE}"
subtitle = "To which is added an account of the lighthouses, their keepers, and the vessels that were lost, with a chronology"
language = "en-GB"
slug = "long"
numbered = true
contributors = [
  {{ name = "Alexandrina Featherstonehaugh-Cholmondeley", role = "author" }},
  {{ name = "Bartholomew Wolfeschlegelsteinhausenbergerdorff", role = "author" }},
]

[[parts]]
title = "{PART}"
chapters = [{{ file = "a.md", authors = ["Alexandrina Featherstonehaugh-Cholmondeley", "Bartholomew Wolfeschlegelsteinhausenbergerdorff"] }}, {{ file = "b.md", authors = ["Ada Marsh"] }}]

[pages]
half_title = true

[editions.EDITION]
trim = "EDITION"
medium = "pdf"
"""


@pytest.mark.parametrize("trim", ["6x9", "a4-screen", "a4-large"])
@pytest.mark.slow
def test_a_book_of_long_titles_is_built_and_every_title_stands_on_one_page(tmp_path: Path, trim: str) -> None:
    (tmp_path / "book.toml").write_text(BOOK.replace("EDITION", trim), "utf-8")
    (tmp_path / "a.md").write_text(f"# {CHAPTER}\n\n{'Words of the chapter. ' * 160}\n", "utf-8")
    (tmp_path / "b.md").write_text(
        "# Brief\n\n## A section of which the title fills the line of contents\n\nWords.\n", "utf-8"
    )
    outcome = build(tmp_path, jobs=1)
    assert {p.code for p in outcome.problems} <= {"head-too-long"}, [
        describe(p, outcome.sources) for p in outcome.problems
    ]
    assert all(problem.severity is not Severity.ERROR for problem in outcome.problems)
    with pypdfium2.PdfDocument((tmp_path / "dist" / f"long-{trim}.pdf").read_bytes()) as document:
        pages = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    whole = [number for number, page in enumerate(pages) if TITLE in page]
    assert len(whole) >= 2 - (trim == "a4-screen")  # half-title and title page
    assert any(TITLE in page and "Featherstonehaugh" in page and "with a chronology" in page for page in pages)
    assert any(page.startswith(PART) for page in pages)
    assert any(CHAPTER in page and "Words of the chapter." in page for page in pages)
    contents = next(page for page in pages if page.startswith("Contents"))
    entry = contents[contents.index("Chapter 2 Brief") :]
    assert entry.startswith("Chapter 2 Brief Ada Marsh")


def test_a_title_is_set_in_the_largest_size_that_suits_its_length() -> None:
    assert fit_title("Moby-Dick", 9.0, BOOK_STEPS) == (0, ())
    assert fit_title(TITLE, 9.0, BOOK_STEPS)[0] > fit_title(TITLE[:90], 9.0, BOOK_STEPS)[0] > 0
    step, breaks = fit_title(CHAPTER, 12.5, CHAPTER_STEPS)
    assert step > 0
    room = 12.5 / CHAPTER_STEPS[step][0]
    ends = [0, *breaks, len(CHAPTER)]
    assert all(width(CHAPTER[a:b].strip()) <= room for a, b in pairwise(ends))


def test_a_title_of_one_long_word_is_set_smaller_rather_than_over_the_edge() -> None:
    assert fit_title("Donaudampfschifffahrtsgesellschaft", 10.0, BOOK_STEPS)[0] > 0


def test_a_page_that_has_no_room_takes_the_next_size() -> None:
    title = "What Each Kind of Source Can Show and What It Cannot"
    assert fit_title(title, 12.5, BOOK_STEPS)[0] == 0
    assert fit_title(title, 12.5, BOOK_STEPS, (1, 3, 4, 4))[0] == 1
