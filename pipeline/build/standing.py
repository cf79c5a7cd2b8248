"""What the last build of a book came to, kept so that a build with nothing to do reads no manuscript.

The outcome is kept under the tools, the moment, the editions asked for and the names of all files in the
folder; it is believed when every file that was read then has the same bytes now, and every file that was
written has the bytes that were written. File times are not looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.build.cache import Cache
from pipeline.build.dist import entries
from pipeline.build.files import Folder
from pipeline.build.outcome import Outcome
from pipeline.build.tools import tools
from pipeline.source import Problem, Severity, Source, Span, decode, veiled

if TYPE_CHECKING:
    from pipeline.edition import Omission


def cache_folder(out: Path) -> Path:
    """Return where results are kept: beside the output folder, never in a book that is only read."""
    return out.parent / ".cache"


def outcome_key(shelf: Folder, editions: Sequence[str], medium: str, epoch: str, release: bool) -> str:
    """Return what the outcome of a build is kept under. `epoch` is SOURCE_DATE_EPOCH as it is written."""
    said = [
        "outcome 2",
        tools(),
        sorted(editions),
        medium,
        epoch,
        release,
        sorted(shelf.files.items()),
        sorted(shelf.refused.items()),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def keep_outcome(
    kept: Cache,
    key: str,
    shelf: Folder,
    problems: Sequence[Problem],
    omissions: Mapping[str, Sequence[Omission]],
    files: Mapping[str, bytes],
    hidden: Mapping[str, Sequence[tuple[int, int]]],
) -> None:
    """Keep what a good build came to. `problems` have paths as the book writes them; what is `hidden` of files no message shows."""
    said = {
        "read": dict(shelf.seen),
        "outside": dict(shelf.outside),
        "problems": [_written(problem) for problem in problems],
        "omissions": {name: [[each.what, _place(each.span)] for each in found] for name, found in omissions.items()},
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        "hidden": {name: list(places) for name, places in hidden.items()},
    }
    kept.put(key, json.dumps(said).encode())


def standing(kept: Cache, key: str, shelf: Folder, out: Path) -> Outcome | None:
    """Return the outcome kept under a key when all that it rests on is as it was, else None."""
    data = kept.get(key)
    if data is None:
        return None
    said: dict[str, Any] = json.loads(data)
    texts: dict[str, bytes] = {}
    for name, digest in said["read"].items():
        found, _ = shelf.read(name)
        if found is None or hashlib.sha256(found).hexdigest() != digest:
            return None
        texts[name] = found
    for name, digest in said["outside"].items():
        try:
            data = (shelf.root / name).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != digest:
            return None
    listed = entries(out)
    for name, digest in said["files"].items():
        path = out / name
        if name not in listed or listed[name].sha256 != digest or not path.is_file():
            return None
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return None
    problems = [_read(each) for each in said["problems"]]
    omissions: dict[str, tuple[Omission, ...]] = {}
    if any(said["omissions"].values()):
        from pipeline.edition import Omission as Omitted  # noqa: PLC0415 loads all that an edition needs

        omissions = {
            name: tuple(Omitted(what, Span(*place)) for what, place in found)
            for name, found in said["omissions"].items()
        }
    places = {span.path for problem in problems for span in _places(problem)}
    places |= {each.span.path for found in omissions.values() for each in found}
    hidden = said["hidden"]
    sources = {
        name: veiled(decode(name, texts[name])[0], hidden.get(name, ())) for name in sorted(places) if name in texts
    }
    outcome = Outcome(
        tuple(problems), sources, tuple(out / name for name in said["files"]), up_to_date=True, omissions=omissions
    )
    return as_named(outcome, shelf)


def as_named(outcome: Outcome, shelf: Folder) -> Outcome:
    """Return an outcome with the paths of the book's files as its user would write them."""
    prefix = "" if shelf.shown in ("", ".") else f"{shelf.shown.rstrip('/')}/"
    if not prefix:
        return outcome

    def moved(span: Span) -> Span:
        return replace(span, path=prefix + span.path)

    problems = tuple(
        replace(
            problem,
            span=moved(problem.span) if problem.span is not None else None,
            also=tuple((moved(span), words) for span, words in problem.also),
        )
        for problem in outcome.problems
    )
    sources: dict[str, Source] = {
        prefix + path: replace(source, path=prefix + path) for path, source in outcome.sources.items()
    }
    omissions = {
        name: tuple(replace(each, span=moved(each.span)) for each in found) for name, found in outcome.omissions.items()
    }
    return replace(outcome, problems=problems, sources=sources, omissions=omissions)


def _places(problem: Problem) -> list[Span]:
    return [*([problem.span] if problem.span is not None else []), *(span for span, _ in problem.also)]


def _place(span: Span) -> list[object]:
    return [span.path, span.start, span.end]


def _written(problem: Problem) -> list[object]:
    return [
        problem.code,
        problem.message,
        _place(problem.span) if problem.span is not None else None,
        problem.hint,
        problem.severity.value,
        [[_place(span), words] for span, words in problem.also],
    ]


def _read(said: list[Any]) -> Problem:
    code, message, place, hint, severity, also = said
    return Problem(
        code,
        message,
        Span(*place) if place is not None else None,
        hint,
        Severity(severity),
        tuple((Span(*span), words) for span, words in also),
    )
