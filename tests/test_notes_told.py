"""A note that begins on a later page than its call is told by its mark, its key and the place of its call, once."""

from __future__ import annotations

from pathlib import Path

from pipeline.build import build
from pipeline.source import Severity, describe
from tests.pressroom import words

BOOK = """title = "Told"
language = "en"
slug = "told"
chapters = ["one.md"]

[editions.print]
trim = "a5"

[editions.small]
trim = "5.5x8.5"
"""


def test_notes_that_wait_for_a_long_one_are_told_once_by_the_names_of_the_author(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(BOOK, "utf-8")
    text = f"# One\n\n{words(1, 250)} one[^whale] two[^ship] three[^mate] four[^log].\n\n{words(2, 200)}\n"
    notes = f"\n[^whale]: {words(3, 600)}\n\n[^ship]: Short.\n\n[^mate]: Short too.\n\n[^log]: And this.\n"
    (tmp_path / "one.md").write_text(text + notes, "utf-8")
    for _ in range(2):
        outcome = build(tmp_path, jobs=1)
        assert [(p.code, p.severity) for p in outcome.problems] == [("note-displaced", Severity.WARNING)]
        [problem] = outcome.problems
        assert problem.message.startswith("note 2 (`ship`) is called on page ")
        assert ", after the long note 1 (`whale`) (`print`)" in problem.message
        assert problem.message.endswith("; 2 more notes wait for it too; also in `small`")
        spans = [span for span in (problem.span, *(span for span, _ in problem.also)) if span]
        found = [outcome.sources[span.path].text[span.start : span.end][:8] for span in spans]
        assert found == ["[^ship]", "[^ship]:", "[^whale]"]
        assert "the long note 1 (`whale`)" in describe(problem, outcome.sources)
