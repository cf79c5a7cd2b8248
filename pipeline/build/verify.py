"""A finished file is proved: its book is built again from nothing, and every byte compared.

Who gets a file and the manuscript can know that the one was made from the other, whoever made it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.build import line
from pipeline.build.dist import entries, published
from pipeline.build.files import open_folder
from pipeline.build.outcome import Outcome, Progress, quiet
from pipeline.build.tools import tools
from pipeline.source import Problem


def verify(
    file: Path, folder: Path, *, jobs: int | None = None, scheduler: str = "", progress: Progress = quiet
) -> Outcome:
    """Build the edition of this file's name anew, without anything kept, and compare the bytes."""
    data = file.read_bytes()
    names = line.edition_names(open_folder(folder))
    wanted = names.get(file.name)
    if wanted is None:
        problem = Problem(
            "edition-unknown",
            f"`{folder}` makes no file of the name `{file.name}`",
            None,
            f"its files: {', '.join(f'`{name}`' for name in names)}" if names else "",
        )
        return Outcome((problem,), {})
    said = _recorded(file).get("editions")
    own = said.get(wanted) if isinstance(said, Mapping) else None
    release = isinstance(own, Mapping) and own.get("release") is True
    with TemporaryDirectory(prefix="stet-verify-") as scratch:
        out = Path(scratch) / "dist"
        outcome = line.build(
            folder, editions=(wanted,), out=out, jobs=jobs, scheduler=scheduler, release=release, progress=progress
        )
        if outcome.failed:
            return outcome
        made = (out / file.name).read_bytes()
    if made == data:
        return replace(outcome, written=(file,), up_to_date=True)
    return replace(outcome, written=(), problems=(*outcome.problems, _differs(file, data, made)))


def _differs(file: Path, data: bytes, made: bytes) -> Problem:
    at = next((n for n, (a, b) in enumerate(zip(data, made, strict=False)) if a != b), min(len(data), len(made)))
    entry = entries(file.parent).get(file.name)
    if entry is not None and entry.sha256 != hashlib.sha256(data).hexdigest():
        hint = "it was changed after it was made: `edition.json` beside it lists other bytes"
    else:
        then, now = _recorded(file).get("versions"), dict(tools())
        others = (
            [
                f"{name} {then.get(name, '–')} (here {now.get(name, '–')})"
                for name in sorted({*then, *now})
                if then.get(name) != now.get(name)
            ]
            if isinstance(then, dict)
            else []
        )
        shown = ", ".join(_short(each) for each in others[:6])
        hint = (
            f"it was made with other tools: {shown}"
            if others
            else "the manuscript is another, or SOURCE_DATE_EPOCH was set otherwise when it was made"
        )
    return Problem(
        "edition-differs",
        f"`{file}` is not what this book gives: {len(data):,} bytes against {len(made):,}, different from byte {at + 1:,} on",
        None,
        hint,
    )


def _short(words: str) -> str:
    return " ".join(word if len(word) < 40 else f"{word[:10]}…" for word in words.split(" "))


def _recorded(file: Path) -> Mapping[str, object]:
    """Return what `edition.json` beside a file says of the book that the file belongs to; nothing when there is none."""
    entry = entries(file.parent).get(file.name)
    return published(file.parent, entry.book) if entry is not None else {}
