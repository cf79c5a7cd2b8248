"""The proof of an import sees every way in which a manuscript could differ from its source."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.intake import take, take_in
from pipeline.intake.ledger import Ledger
from pipeline.intake.lines import find_furniture
from pipeline.intake.values import Block, Fate, Line, Note
from pipeline.intake.writing import Writer
from pipeline.source import describe

TEXT = "It snowed all day[1], and nobody came.\n\nIt snowed all night[2] as well; who would have come?\n\n[1] Or nearly so.\n\n[2] So they say.\n"


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (" nobody", "", "1:27"),
        ("nobody", "nobdy", "1:30"),
        ("nobody came", "came nobody", "1:27"),
        ("nobody came", "nobodycame", "1:34"),
        ("nobody", "nobody nobody", "1:34"),
        ("snowed all night", "snowed all  nig ht", "3:18"),
        ("[^1]", "", "1:18"),
        ("[^1], and nobody", ", and[^1] nobody", "1:18"),
        ("It snowed all night", "# It snowed all night", ""),
        ("nearly", "nearly *quite*", "5:15"),
        ("Or nearly so.", "So they say.", "5:5"),
        ("who would", "\\who would", "3:33"),
        ("who would", "`who` would", "3:33"),
        ("come?", "come?\n\nThe end.", "3:52"),
        ("come?", "come? [indeed]{.supplied}", ""),
    ],
)
def test_a_manuscript_that_differs_is_seen_at_its_place(
    before: str, after: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(Writer):
        def write(self, title: str, blocks: Sequence[Block], notes: Sequence[Note]) -> str:
            text = super().write(title, blocks, notes)
            assert before in text
            return text.replace(before, after, 1)

    monkeypatch.setattr(take, "Writer", Faulty)
    made = take_in("snow.txt", TEXT.encode())
    told = [describe(problem, made.sources) for problem in made.problems if problem.code == "intake-unfaithful"]
    assert bool(told) is bool(place)
    assert bool(made.files) is not bool(place)
    if place:
        assert told[0].startswith(f"snow.txt:{place}: error:"), told[0]


def test_words_set_aside_without_a_line_in_the_audit_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(ledger: Ledger, lines: Sequence[Line]) -> set[int]:
        ledger.give(lines[2].start, lines[2].end, Fate.ASIDE)
        return find_furniture(ledger, lines) | {2}

    monkeypatch.setattr(take, "find_furniture", silent)
    made = take_in("snow.txt", b"One line of it.\n\nTwo lines of it.\n\nThree lines of it.\n")
    assert [problem.code for problem in made.problems] == ["intake-unfaithful"]
    assert "snow.txt:3:1: error: this sign was set aside" in describe(made.problems[0], made.sources)
    assert not made.files


def test_a_note_that_is_not_written_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Faulty(Writer):
        def write(self, title: str, blocks: Sequence[Block], notes: Sequence[Note]) -> str:
            return super().write(title, blocks, notes[:1])

    monkeypatch.setattr(take, "Writer", Faulty)
    made = take_in("snow.txt", TEXT.encode())
    assert {"intake-unfaithful", "note-missing"} == {problem.code for problem in made.problems}
    assert not made.files
