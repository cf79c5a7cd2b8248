"""Many books are built, one after the other, by one crew: what a press does before a fair.

The list is a text file with a folder a line, relative to the list; what follows a `#` is a remark.
A book that fails does not keep the others from being made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.build import build, line
from pipeline.build.outcome import Outcome, Progress, quiet
from pipeline.source import Problem


def read_list(path: Path) -> tuple[Path, ...]:
    """Return the folders that a list names, each once, in its order.

    Raises OSError when it cannot be read and UnicodeDecodeError when it is no text.
    """
    lines = path.read_text("utf-8-sig").splitlines()
    folders = (text.partition("#")[0].strip() for text in lines)
    return tuple(dict.fromkeys(path.parent / folder for folder in folders if folder))


def build_all(
    folders: tuple[Path, ...],
    *,
    jobs: int | None = None,
    scheduler: str = "",
    progress: Progress = quiet,
    build_one: Callable[..., Outcome] = build,
) -> Iterator[tuple[Path, Outcome]]:
    """Build all editions of every book, and yield what came of each as soon as it is done."""
    with line.hired(jobs, scheduler) as crew:
        for number, folder in enumerate(folders, 1):
            if not folder.is_dir():
                problem = Problem(
                    "settings-missing", f"`{folder}` is no folder", None, "paths in a list are relative to the list"
                )
                yield folder, Outcome((problem,), {})
                continue

            def told(words: str, number: int = number, folder: Path = folder) -> None:
                progress(f"{number} of {len(folders)}: {folder.name}: {words}")

            yield folder, build_one(folder, progress=told, crew=crew)
