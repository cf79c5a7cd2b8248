"""Programs of others judge finished PDFs: veraPDF, page-validation, outloud, qpdf. What is not installed is said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline.build import build
from pipeline.build.verapdf import available, claims, jar, missing, verapdf
from pipeline.intake import take_in

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
REPORT = SHARED / "source" / "memorial-report-1992.txt"
MOBY_DICK = SHARED / "corpora" / "moby-dick"
BOOKS = ("default", "specimen", "report", "moby-dick")

pytestmark = pytest.mark.slow
needs_verapdf = pytest.mark.skipif(not available(), reason="SKIPPED LOUDLY: veraPDF is not here (`make validators`)")


@dataclass(frozen=True)
class Made:
    """A book that was built: its name, its files, and the course of each edition."""

    name: str
    editions: list[tuple[str, bytes]]
    record: Mapping[str, Mapping[str, object]]


def folder_of(name: str, scratch: Path) -> Path:
    """Return the folder of a book; the report is imported first, as its text was found."""
    if name == "report":
        if not REPORT.is_file():
            pytest.skip("SKIPPED LOUDLY: ../shared/source/memorial-report-1992.txt is not here")
        for path, text in take_in(REPORT.name, REPORT.read_bytes()).files.items():
            (scratch / path).parent.mkdir(parents=True, exist_ok=True)
            (scratch / path).write_text(text, "utf-8")
        return scratch
    if name == "moby-dick" and not MOBY_DICK.is_dir():
        pytest.skip("SKIPPED LOUDLY: ../shared/corpora/moby-dick is not here")
    return {"default": ROOT / "manuscript", "specimen": ROOT / "tests" / "books" / "let-it-stand"}.get(name, MOBY_DICK)


@pytest.fixture(scope="module", params=BOOKS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    scratch = tmp_path_factory.mktemp(request.param)
    chosen = ("print",) if request.param == "moby-dick" else ()
    folder = folder_of(request.param, scratch / "book")
    outcome = build(folder, out=scratch / "dist", medium="pdf", editions=chosen)
    assert not outcome.failed
    record = {name: course for name, course in outcome.record.items() if isinstance(course, dict)}
    return Made(request.param, [(path.name, path.read_bytes()) for path in outcome.written], record)


@pytest.fixture(scope="module")
def editions(made: Made) -> list[tuple[str, bytes]]:
    return made.editions


@needs_verapdf
def test_verapdf_finds_nothing_against_what_the_files_claim(editions: list[tuple[str, bytes]]) -> None:
    for name, data in editions:
        attached = name == "reading-the-memorial-report-screen.pdf"
        assert claims(data) == ("ua1", "3a" if attached else "2a")
    assert verapdf(editions) == ()


@needs_verapdf
def test_verapdf_sees_a_claim_that_does_not_hold(editions: list[tuple[str, bytes]]) -> None:
    name, data = editions[0]
    target = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        del pdf.Root.MarkInfo
        pdf.save(target)
    found = verapdf([(name, target.getvalue())])
    assert {problem.code for problem in found} == {"verapdf"}
    assert any("[ua1]" in problem.message for problem in found)


def test_every_note_begins_on_the_page_of_its_call(made: Made) -> None:
    assert made.record
    assert {name: course["notes_displaced"] for name, course in made.record.items()} == dict.fromkeys(made.record, 0)
    if made.name == "moby-dick":
        assert [course["notes"] for course in made.record.values()] == [22]


def test_what_is_said_where_verapdf_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.build.verapdf.jar", lambda: None)
    assert missing().code == "verapdf-absent"
    assert not available()
    assert jar() is None or jar()


def test_page_validation_agrees(editions: list[tuple[str, bytes]], tmp_path: Path) -> None:
    validator: Any = pytest.importorskip("page", reason="SKIPPED LOUDLY: page-validation is not installed")
    for name, data in editions:
        path = tmp_path / name
        path.write_bytes(data)
        for profile in claims(data):
            report = validator.validate_pdf(str(path), profile=profile)
            assert [str(failure) for failure in report.failures] == []


ALARMS: Mapping[str, Mapping[str, str]] = {
    "default": {"TAG-002": "false: the head of a table, said once, is painted again on its next page as an artifact"},
    "report": {},
    "specimen": {
        "TBL-004": "false: outloud 0.2.1 forgets a cell from the row above where it is the last of its row; RowSpan is 2"
    },
    "moby-dick": {
        "TAG-002": "running heads as long as their line are taken for prose; we tell them as `head-too-long`",
        "TBL-001": "tables that the manuscript writes without a head; only its author can name the columns",
    },
}
"""What outloud says of each book, and why it stands."""


def test_outloud_agrees(made: Made, tmp_path: Path) -> None:
    pytest.importorskip("outloud", reason="SKIPPED LOUDLY: outloud is not installed")
    said: set[str] = set()
    for name, data in made.editions:
        path = tmp_path / name
        path.write_bytes(data)
        script = "import sys; from outloud.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", script, "--no-info", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert name in done.stdout, done.stderr
        said |= {line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("ERROR")}
    assert said == set(ALARMS[made.name])


def test_qpdf_finds_nothing(editions: list[tuple[str, bytes]], tmp_path: Path) -> None:
    for name, data in editions:
        path = tmp_path / name
        path.write_bytes(data)
        done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
