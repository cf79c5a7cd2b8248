"""The user's own document: a scraped report, brought in by rules that know nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.__main__ import run
from pipeline.intake import Intake, take_in

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
REPORT = SHARED / "source" / "memorial-report-1992.txt"

pytestmark = pytest.mark.skipif(
    not REPORT.is_file(), reason=f"NOT TESTED: the user's own document is not here ({REPORT}); its intake is unproved"
)


@pytest.fixture(scope="module")
def made() -> Intake:
    return take_in(REPORT.name, REPORT.read_bytes())


def found(made: Intake, kind: str) -> list[str]:
    return [f"{made.source.position(entry.start).line}" for entry in made.entries if entry.kind == kind]


def test_it_comes_in_without_a_problem(made: Intake) -> None:
    assert made.problems == ()
    assert list(made.files) == ["book.toml", "chapters/01-memorial-report-1992.md", "intake.md"]


def test_every_word_is_accounted_for(made: Intake) -> None:
    assert made.count is not None
    assert made.count.source == 3887
    assert made.count.balanced
    assert made.count.aside == 19
    assert "| **accounted for** | **3,887** |" in made.files["intake.md"]


def test_the_audit_names_what_was_wrong(made: Intake) -> None:
    assert found(made, "junk") == ["1", "3"]
    assert found(made, "break") == ["13", "18", "53", "66", "97", "104", "109", "114"]
    assert found(made, "run-in") == ["20", "28", "32", "66", "86"]
    assert found(made, "note") == ["148", "150"]
    assert found(made, "list") == ["42", "132"]
    assert found(made, "quotation") == ["144"]
    assert found(made, "bracket") == ["148"]
    assert found(made, "spelling") == ["10", "150"]
    assert found(made, "italic") == ["63", "84"]
    assert found(made, "head-lost") == ["80"]
    voices = [entry.way for entry in made.entries if entry.kind == "voice"]
    assert voices == ["source", "editor"]


def test_nothing_that_cannot_be_known_is_done(made: Intake) -> None:
    doubts = {entry.kind for entry in made.doubts}
    assert {"title", "head-lost", "bracket", "spelling", "italic", "voice"} == doubts
    text = made.files["chapters/01-memorial-report-1992.md"]
    assert text.count("[* * *]{.supplied}") == 8
    assert text.count(" {.run-in}\n") == 5
    assert text.count("[^1]") == 2
    assert text.count("[^2]") == 2
    assert '"[Working title' in made.files["book.toml"]


@pytest.mark.slow
def test_it_builds_to_all_editions_and_passes_every_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(REPORT), "--into", str(tmp_path / "book")]) == 0
    assert run(["build", str(tmp_path / "book")]) == 0
    built = capsys.readouterr().out.splitlines()[3:]
    assert sorted(Path(line).suffix for line in built) == [".epub", ".pdf", ".pdf"]
    assert run(["check", str(tmp_path / "book")]) == 0
    assert "no problems" in capsys.readouterr().err
