"""Programs of others judge finished PDFs: veraPDF, page-validation, outloud, qpdf. What is not installed is said."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline.build import build
from pipeline.build.verapdf import available, claims, jar, missing, verapdf

ROOT = Path(__file__).resolve().parents[1]
MOBY_DICK = ROOT.parent / "shared" / "corpora" / "moby-dick"
BOOKS = {"default": ROOT / "manuscript", "specimen": ROOT / "tests" / "books" / "let-it-stand"}

pytestmark = pytest.mark.slow
needs_verapdf = pytest.mark.skipif(not available(), reason="SKIPPED LOUDLY: veraPDF is not here (`make validators`)")


@pytest.fixture(scope="module", params=sorted(BOOKS))
def editions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    out = tmp_path_factory.mktemp(request.param) / "dist"
    outcome = build(BOOKS[request.param], out=out, medium="pdf")
    assert not outcome.failed
    return [(path.name, path.read_bytes()) for path in outcome.written]


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


@needs_verapdf
def test_verapdf_judges_moby_dick(tmp_path: Path) -> None:
    if not MOBY_DICK.is_dir():
        pytest.skip("SKIPPED LOUDLY: ../shared/corpora/moby-dick is not here")
    outcome = build(MOBY_DICK, out=tmp_path / "dist", editions=("print",))
    assert verapdf([(path.name, path.read_bytes()) for path in outcome.written]) == ()


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


FALSE_ALARMS = {
    "TAG-002": "the head of a table stands again on its later pages, as an artifact (PDF/UA-1 7.1)",
    "TBL-004": "a cell of the specimen reaches from the body of its table into the foot",
    "TBL-010": "a table of two rows",
}


def test_outloud_agrees(editions: list[tuple[str, bytes]], tmp_path: Path) -> None:
    pytest.importorskip("outloud", reason="SKIPPED LOUDLY: outloud is not installed")
    for name, data in editions:
        path = tmp_path / name
        path.write_bytes(data)
        script = "import sys; from outloud.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", script, "--no-info", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert name in done.stdout, done.stderr
        errors = {line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("ERROR")}
        assert errors <= FALSE_ALARMS.keys(), done.stdout


def test_qpdf_finds_nothing(editions: list[tuple[str, bytes]], tmp_path: Path) -> None:
    for name, data in editions:
        path = tmp_path / name
        path.write_bytes(data)
        done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
