"""The books of the house are clean: whoever looks through all their pages finds nothing to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.build.contact import contact_sheet
from pipeline.source import describe

ROOT = Path(__file__).resolve().parents[1]
BOOKS = ("manuscript", "tests/books/let-it-stand", "tests/books/plates")


@pytest.mark.slow
@pytest.mark.parametrize("book", BOOKS)
def test_all_editions_of_a_book_have_pages_that_nobody_need_mend(book: str, tmp_path: Path) -> None:
    outcome = contact_sheet(ROOT / book, out=tmp_path, jobs=1)
    assert outcome.problems == (), "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    assert [path.suffix for path in outcome.written] == [".html"]
