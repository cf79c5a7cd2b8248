"""Finished PDFs come in; what veraPDF, the arbiter of PDF/UA and PDF/A, says of their claims goes out.

veraPDF is a Java program in one jar. `make validators` puts it below `.cache/validators`; where it or Java is missing the
check is not made, and the caller says so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from pipeline.build.tools import HERE
from pipeline.source import Problem, Severity

SECONDS = 900
"""How long veraPDF may take for all files of one profile."""

MAIN = "org.verapdf.apps.GreenfieldCliWrapper"


def jar() -> Path | None:
    """Return the path of veraPDF's jar, or None when it is not there."""
    found = sorted((HERE.parent / ".cache" / "validators" / "verapdf").glob("greenfield-apps-*.jar"))
    return found[-1] if found else None


def available() -> bool:
    """Say whether veraPDF can run here."""
    return jar() is not None and shutil.which("java") is not None


def missing() -> Problem:
    """Return what to say where veraPDF cannot run."""
    what = "Java" if jar() is not None else "veraPDF"
    return Problem(
        "verapdf-absent",
        f"veraPDF did not run: {what} is not here",
        None,
        "`make validators` installs it where Java and Maven are",
        Severity.WARNING,
    )


def claims(data: bytes) -> tuple[str, ...]:
    """Return the profiles that a PDF says it keeps, as veraPDF names them.

    >>> claims(b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>")
    ('ua1', '3a')
    """
    part = re.search(rb"<pdfaid:part>([0-9])</pdfaid:part>", data)
    level = re.search(rb"<pdfaid:conformance>([A-Z])</pdfaid:conformance>", data)
    access = re.search(rb"<pdfuaid:part>([0-9])</pdfuaid:part>", data)
    found = []
    if access is not None:
        found.append(f"ua{access.group(1).decode()}")
    if part is not None and level is not None:
        found.append(f"{part.group(1).decode()}{level.group(1).decode().lower()}")
    return tuple(found)


def verapdf(books: Sequence[tuple[str, bytes]]) -> tuple[Problem, ...]:
    """Return what veraPDF finds against the claims of each (name, bytes); a file that claims nothing is not judged.

    Raises RuntimeError when veraPDF itself fails. Ask `available` first.
    """
    program = jar()
    if program is None:
        raise RuntimeError("veraPDF is not installed")
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="stet-verapdf-") as folder:
        names: dict[str, str] = {}
        by_profile: dict[str, list[str]] = {}
        for number, (name, data) in enumerate(books):
            path = Path(folder) / f"{number}.pdf"
            path.write_bytes(data)
            names[path.name] = name
            for profile in claims(data):
                by_profile.setdefault(profile, []).append(str(path))
        for profile, paths in by_profile.items():
            command = ["java", "-Duser.language=en", "-cp", str(program), MAIN, "-f", profile, "--format", "xml"]
            done = subprocess.run(
                [*command, "--maxfailuresdisplayed", "1", *paths], capture_output=True, timeout=SECONDS, check=False
            )
            problems += _read(profile, done.stdout, done.stderr, names, len(paths))
    return tuple(problems)


def _read(profile: str, report: bytes, said: bytes, names: dict[str, str], count: int) -> list[Problem]:
    try:
        root = etree.fromstring(report)
    except etree.XMLSyntaxError as error:
        raise RuntimeError(f"veraPDF failed: {said.decode(errors='replace').strip()[-400:]}") from error
    jobs = root.findall(".//job")
    if len(jobs) != count:
        raise RuntimeError(f"veraPDF judged {len(jobs)} files of {count}")
    problems = []
    for job in jobs:
        name = names[Path(job.findtext("item/name", "")).name]
        judged = job.find("validationReport")
        if judged is None:
            problems.append(
                _problem(name, profile, job.findtext("taskException/exceptionMessage", "it cannot be read"))
            )
            continue
        for rule in judged.iterfind(".//rule[@status='failed']"):
            words = (
                f"{rule.get('clause')}-{rule.get('testNumber')}: {' '.join(rule.findtext('description', '').split())}"
            )
            problems.append(_problem(name, profile, f"{words} ({rule.get('failedChecks')} times)"))
        if judged.get("isCompliant") != "true" and not problems:
            problems.append(_problem(name, profile, "it does not comply"))
    return problems


def _problem(name: str, profile: str, words: str) -> Problem:
    return Problem("verapdf", f"{name}: {words} [{profile}]")
