"""What judges finished EPUBs besides ourselves: EPUBCheck 5 and 4, Ace, and a reading system in Chromium.

`make validators` installs them below `.cache/validators`. A test that needs one which is not here is skipped, and
says which command brings it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.build.epubcheck import USAGE_ALLOWED, jar

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("STET_VALIDATORS", ROOT / ".cache" / "validators"))
NODE = HOME / "node"
JVM = HOME / "jvm" / "venv" / "bin" / "python"
READER = ROOT / "tests" / "reader"
SECONDS = 1500

Message = tuple[str, str, str]
"""severity, code, words"""


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def jar_4() -> Path | None:
    """Return the path of EPUBCheck 4.2.6, or None."""
    return next((HOME / "epubcheck-4").glob("venv/lib/python*/site-packages/epubcheck/epubcheck*.jar"), None)


def _needs(there: bool, what: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not there, reason=f"{what} is not here; `make validators` installs it")


needs_browser = _needs(
    (NODE / "made-from").is_file() and shutil.which("node") is not None and chromium() is not None,
    "a reading system (Node, Chromium, foliate-js, Ace)",
)
needs_epubcheck = _needs(
    JVM.exists() and shutil.which("java") is not None and jar() is not None, "EPUBCheck for many books (Java, JPype)"
)
needs_epubcheck_4 = _needs(
    JVM.exists() and shutil.which("java") is not None and jar_4() is not None, "EPUBCheck 4.2.6 (Java, JPype)"
)


def _said(command: Sequence[str | Path], home: Path) -> Any:
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(home),
        "PUPPETEER_EXECUTABLE_PATH": chromium() or "",
        "XDG_CONFIG_HOME": str(home / "config"),
    }
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=home,
        env=environment,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def read(book: Path, pictures: Path, home: Path, *shown: str) -> Any:
    """Open a book in a reading system; return all that a reader met (see `tests/reader/read.mjs`)."""
    return _said(["node", READER / "read.mjs", NODE, chromium() or "", book, pictures, *shown], home)


def ace(books: Sequence[Path], home: Path) -> dict[Path, list[Message]]:
    """Return the violations that Ace finds in each book, as (impact, rule, words)."""
    said = _said(["node", READER / "ace.mjs", NODE, home / "reports", *books], home)
    found: dict[Path, list[Message]] = {}
    for book in books:
        report = said[str(book)]
        found[book] = [(each["impact"], each["rule"], each["words"]) for each in report["violations"]]
        if report["outcome"] == "broken":
            found[book] = [("fatal", "broken", report.get("fault", ""))]
        elif report["outcome"] != "pass" and not found[book]:
            found[book] = [("serious", "outcome", report["outcome"])]
    return found


def epubcheck_many(books: Sequence[Path], home: Path, program: Path | None = None) -> dict[Path, list[Message]]:
    """Return what EPUBCheck says of each book, but for what is no fault; `program` is another jar than 5.3's."""
    (home / "reports").mkdir(parents=True, exist_ok=True)
    said = _said([JVM, READER / "epubcheck_many.py", program or jar() or "", home / "reports", *books], home)
    return {
        book: [
            (severity, code, words)
            for severity, code, words in said[str(book)]
            if severity not in ("SUPPRESSED", "INFO") and not (severity == "USAGE" and code in USAGE_ALLOWED)
        ]
        for book in books
    }
