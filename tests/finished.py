"""Finished editions of whole books, built once for all tests of a run, whichever process asks first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.build import build
from pipeline.intake import import_text
from pipeline.source import Severity, describe

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
REPORT = SHARED / "source" / "memorial-report-1992.txt"
MOBY_DICK = SHARED / "corpora" / "moby-dick"


def _default(folder: Path) -> Path:
    del folder
    return ROOT / "manuscript"


def _specimen(folder: Path) -> Path:
    del folder
    return ROOT / "tests" / "books" / "let-it-stand"


def _report(folder: Path) -> Path:
    if not REPORT.is_file():
        pytest.skip(f"SKIPPED LOUDLY: {REPORT} is not here")
    if not (folder / "book.toml").is_file():
        assert not import_text(REPORT, folder).failed
    return folder


def _moby_dick(folder: Path) -> Path:
    del folder
    if not MOBY_DICK.is_dir():
        pytest.skip(f"SKIPPED LOUDLY: {MOBY_DICK} is not here")
    return MOBY_DICK


BOOKS: dict[str, Callable[[Path], Path]] = {
    "default": _default,
    "specimen": _specimen,
    "report": _report,
    "moby-dick": _moby_dick,
}


def finished(name: str, base: Path) -> Path:
    """Return the folder with the print edition and the EPUB of a book; `base` is a temporary folder of this run."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent  # what all processes of a run share
    home = base / "finished" / name
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        book = BOOKS[name](home / "book")
        out = home / "dist"
        if not (home / "done").is_file():
            outcome = build(book, out=out, editions=("print", "epub"))
            wrong = [problem for problem in outcome.problems if problem.severity is Severity.ERROR]
            assert not wrong, "\n".join(describe(problem, outcome.sources) for problem in wrong)
            (home / "done").touch()
    return out


def epub_of(folder: Path) -> Path:
    (path,) = folder.glob("*.epub")
    return path


def pdf_of(folder: Path) -> Path:
    (path,) = folder.glob("*-print.pdf")
    return path
