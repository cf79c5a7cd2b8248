"""The reader and the writer of intake: a raw file is read, a folder is written whole or not at all.

A folder that holds anything is left alone without `force`, and with it only files change that an import made
and nobody has touched since. `decisions.toml` is read and never written.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.intake import audit
from pipeline.intake.decisions import NAME as DECISIONS
from pipeline.intake.take import take_in
from pipeline.intake.values import Intake
from pipeline.source import SIZE_LIMIT, Problem, Severity, Source, decode


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import came to."""

    problems: tuple[Problem, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    written: tuple[Path, ...] = ()
    intake: Intake | None = None

    @property
    def failed(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def import_text(path: Path, folder: Path, *, force: bool = False, shapes: frozenset[str] = frozenset()) -> Outcome:
    """Import the raw text at `path` into `folder`; on an error nothing in the folder changes.

    `shapes` are the signs that the faces of the house have.
    """
    data, problem = _read(path, SIZE_LIMIT + 1)
    if data is None:
        return Outcome((problem,) if problem is not None else ())
    decisions: Source | None = None
    problems: tuple[Problem, ...] = ()
    if (folder / DECISIONS).exists() or (folder / DECISIONS).is_symlink():
        written, fault = _read(folder / DECISIONS, 64_001)
        if written is None:
            return Outcome((fault,) if fault is not None else ())
        decisions, problems = decode(DECISIONS, written)
        if problems:
            return Outcome(problems, {DECISIONS: decisions})
    made = take_in(path.name, data, decisions, shapes)
    if any(each.severity is Severity.ERROR for each in made.problems):
        return Outcome(made.problems, made.sources, intake=made)
    old, refusals = _standing(folder, made.files, force)
    if refusals:
        return Outcome(refusals, made.sources, intake=made)
    return Outcome(made.problems, made.sources, _write(folder, made.files, old), made)


def _read(path: Path, limit: int) -> tuple[bytes | None, Problem | None]:
    """Read a regular file, at most `limit` bytes of it; nothing waits for a pipe or drains a device."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None, Problem("file-missing", f"there is no file `{path}`")
    except OSError as error:
        return None, Problem("file-unreadable", f"`{path}` cannot be read: {error.strerror}")
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None, Problem("file-refused", f"`{path}` is no regular file")
        try:
            return file.read(limit), None
        except OSError as error:
            return None, Problem("file-unreadable", f"`{path}` cannot be read: {error.strerror}")


def _standing(folder: Path, files: Mapping[str, str], force: bool) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Return the files of an earlier import that may go, and what forbids to write."""
    if not folder.exists():
        return (), ()
    if not folder.is_dir():
        return (), (Problem("intake-occupied", f"`{folder}` is a file, not a folder", hint="name another folder"),)
    standing = sorted(
        entry.relative_to(folder).as_posix() for entry in folder.rglob("*") if not entry.is_dir() or entry.is_symlink()
    )
    outside = [name for name in standing if name != DECISIONS and not name.startswith((".cache/", "dist/"))]
    if not outside:
        return (), ()
    if not force:
        shown = ", ".join(f"`{name}`" for name in outside[:3]) + (" …" if len(outside) > 3 else "")
        return (), (
            Problem(
                "intake-occupied",
                f"the folder `{folder}` holds {shown}",
                hint="name another folder, or use `--force` to replace what an import made before",
            ),
        )
    for name in files:
        for part in (folder / name).parents:
            if (
                part != folder
                and part.is_relative_to(folder)
                and (part.is_symlink() or (part.exists() and not part.is_dir()))
            ):
                shown = part.relative_to(folder).as_posix()
                return (), (
                    Problem("file-refused", f"`{shown}` in the folder is no folder of its own", hint="move it away"),
                )
    known: Mapping[str, str] = {}
    report = folder / audit.NAME
    if report.is_file() and not report.is_symlink():
        sealed = audit.files_of(report.read_text("utf-8", errors="replace"))
        if sealed is None and audit.NAME in files:
            return (), (_edited(audit.NAME),)
        known = sealed or {}
    problems: list[Problem] = []
    replaced = set(files) - {audit.NAME}
    for name in sorted({*known, *(name for name in outside if name in replaced)}):
        path = folder / name
        if not path.exists() and not path.is_symlink():
            continue
        inside = ".." not in Path(name).parts and not Path(name).is_absolute()
        plain = inside and not any(
            part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(folder) and part != folder
        )
        same = name in known and plain and hashlib.sha256(path.read_bytes()).hexdigest() == known[name]
        if not same and (name in replaced or plain):
            problems.append(_edited(name))
    if problems:
        return (), tuple(problems)
    return tuple(name for name in known if name not in files and (folder / name).is_file()), ()


def _edited(name: str) -> Problem:
    return Problem(
        "intake-edited",
        f"`{name}` is not as an import left it, so it is not replaced",
        hint="move it away; what you decided belongs into decisions.toml, which every import reads and none overwrites",
    )


def _write(folder: Path, files: Mapping[str, str], old: tuple[str, ...]) -> tuple[Path, ...]:
    """Write all files beside their places first, then put them there; the audit comes last."""
    waiting: list[tuple[Path, Path]] = []
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.new")
            beside.unlink(missing_ok=True)  # what a killed import left, or a link that somebody put there
            with beside.open("x", encoding="utf-8", newline="\n") as file:
                waiting.append((beside, path))
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for beside, path in waiting:
            beside.replace(path)
    finally:
        for beside, _ in waiting:
            beside.unlink(missing_ok=True)
    for name in old:
        (folder / name).unlink()
    return tuple(path for _, path in waiting)
