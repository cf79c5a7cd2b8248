"""The room with doors: files come in, finished editions go out.

What takes long to load is loaded where it is needed: a build with nothing to do shall not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.build.cache import Cache
from pipeline.build.files import open_folder
from pipeline.build.outcome import Outcome, Progress, quiet
from pipeline.build.standing import cache_folder, outcome_key, standing
from pipeline.source import Problem

if TYPE_CHECKING:
    from pipeline.book import Medium
    from pipeline.pdf.workers import Crew

__all__ = ["Outcome", "build", "check", "contact_sheet", "validator"]


def build(
    folder: Path,
    *,
    editions: tuple[str, ...] = (),
    medium: Medium | str | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    release: bool = False,
    progress: Progress = quiet,
    crew: Crew | None = None,
    scheduler: str = "",
    chapter: str = "",
) -> Outcome:
    """Make the editions of a book and bring them into its output folder, all of them or none.

    `editions` are names; empty means all. `out` is `FOLDER/dist` unless given. Nothing is done,
    and said to be done, when the output folder already holds what these inputs give. `chapter` is the name or the path of a
    chapter: then a file of this chapter is made in place of the editions. `release` packs
    EPUBs as tightly as this machine can.
    """
    out = folder / "dist" if out is None else out
    shelf = open_folder(folder)
    key = outcome_key(shelf, editions, str(medium or ""), os.environ.get("SOURCE_DATE_EPOCH", ""), release)
    outcome = None if chapter else standing(Cache(cache_folder(out)), key, shelf, out)
    if outcome is not None:
        return outcome
    from pipeline.build import line  # noqa: PLC0415 see above

    return line.build(
        folder,
        editions=editions,
        medium=medium,
        out=out,
        jobs=jobs,
        release=release,
        progress=progress,
        crew=crew,
        scheduler=scheduler,
        chapter=chapter,
    )


def check(
    folder: Path,
    *,
    editions: tuple[str, ...] = (),
    medium: Medium | str | None = None,
    out: Path | None = None,
    progress: Progress = quiet,
    validate: Callable[[Sequence[tuple[str, bytes]]], Sequence[Problem]] | None = None,
) -> Outcome:
    """Check a book and its finished editions: what the manuscript says, and what the files in `dist/` say.

    `validate` runs the official validator over the EPUBs (name, bytes); None leaves it out.
    """
    from pipeline.build import line  # noqa: PLC0415 see above

    return line.check(folder, editions=editions, medium=medium, out=out, progress=progress, validate=validate)


def contact_sheet(
    folder: Path,
    *,
    editions: tuple[str, ...] = (),
    out: Path | None = None,
    jobs: int | None = None,
    progress: Progress = quiet,
) -> Outcome:
    """Look through the pages of the paginated editions, and write a sheet with all of them into the output folder."""
    from pipeline.build import contact  # noqa: PLC0415 see above

    return contact.contact_sheet(folder, editions=editions, out=out, jobs=jobs, progress=progress)


def validator() -> Callable[[Sequence[tuple[str, bytes]]], Sequence[Problem]]:
    """Return what runs EPUBCheck over EPUBs (name, bytes), or says that it cannot run here."""
    from pipeline.build import epubcheck  # noqa: PLC0415 see above

    if epubcheck.available():
        return epubcheck.epubcheck
    return lambda books: (epubcheck.missing(),)
