"""What a build says comes in, with the references of the book; the same without the names of protected witnesses goes out.

The reports of builds stand in logs that many read, and what is kept from them lies in folders that are sent around.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.bibliography import Library, protects
from pipeline.build.cache import Cache
from pipeline.build.dist import Entry
from pipeline.build.outcome import Outcome
from pipeline.source import Problem, Source, Span

if TYPE_CHECKING:
    from pipeline.bibliography.named import Veil
    from pipeline.bibliography.watch import Watch


def watch_of(library: Library | None) -> Watch | None:
    """Return what looks for the names of the protected witnesses of a book; None where it has none."""
    if library is None or not protects(library):
        return None
    from pipeline.bibliography.watch import Watch  # noqa: PLC0415 few books have protected witnesses

    return Watch(library) or None


def _veil_of(library: Library | None, sources: Mapping[str, Source]) -> Veil | None:
    if library is None or not protects(library):
        return None
    from pipeline.bibliography.named import Veil  # noqa: PLC0415 see above

    return Veil(library, sources) or None


def veil(outcome: Outcome, library: Library | None) -> Outcome:
    """Return an outcome in which no message, no window and no path says the name of a protected witness."""
    over = _veil_of(library, outcome.sources)
    if over is None:
        return outcome
    paths = {path: over.text(path) for path in outcome.sources}

    def moved(span: Span) -> Span:
        return replace(span, path=paths.get(span.path, span.path))

    problems = []
    for problem in outcome.problems:
        each = over.problem(problem, outcome.sources)
        also = tuple((moved(span), words) for span, words in each.also)
        problems.append(replace(each, span=moved(each.span) if each.span is not None else None, also=also))
    sources = {paths[path]: replace(over.source(each), path=paths[path]) for path, each in outcome.sources.items()}
    omissions = {
        name: tuple(replace(each, what=over.text(each.what), span=moved(each.span)) for each in found)
        for name, found in outcome.omissions.items()
    }
    return replace(outcome, problems=tuple(problems), sources=sources, omissions=omissions)


def to_keep(
    problems: Sequence[Problem], sources: Mapping[str, Source], library: Library | None
) -> tuple[tuple[Problem, ...], Mapping[str, Sequence[tuple[int, int]]]]:
    """Return problems as they may be kept, and the places of names in the files that they stand in."""
    over = _veil_of(library, sources)
    if over is None:
        return tuple(problems), {}
    told = tuple(over.problem(problem, sources) for problem in problems)
    return told, {path: places for path, source in sources.items() if (places := over.places(source))}


def forget(kept: Cache, watch: Watch | None) -> None:
    """Empty a cache that was filled before these names were protected: it may hold pages that say them."""
    if watch is None:
        return
    names = sorted({(one.given, one.family) for witness in watch.witnesses for one in witness.names})
    key = hashlib.sha256(json.dumps(["witnesses", names]).encode()).hexdigest()
    if kept.get(key) is None:
        kept.clear()
        kept.put(key, b"")


def named_in(files: Mapping[str, bytes], watch: Watch | None, allowed: Sequence[str]) -> tuple[Problem, ...]:
    """Return which files, about to be written, name a protected witness."""
    if watch is None:
        return ()
    from pipeline.checks.witnesses import check_witnesses  # noqa: PLC0415 few books have protected witnesses

    return tuple(problem for name, data in files.items() for problem in check_witnesses(watch, name, data, allowed))


def left_behind(
    watch: Watch | None,
    out: Path,
    listed: Mapping[str, Entry],
    made: Collection[str],
    cleared: str,
    allowed: Sequence[str],
) -> tuple[Problem, ...]:
    """Return the files of an output folder that an earlier build made and that name a witness who is protected now.

    `made` are about to be written anew; those of the book `cleared` will go.
    """
    if watch is None:
        return ()
    from pipeline.checks.witnesses import check_witnesses  # noqa: PLC0415 few books have protected witnesses

    found: list[Problem] = []
    for name, entry in listed.items():
        path = out / name
        if name in made or entry.book == cleared or not path.is_file():
            continue
        hint = "an earlier build made it: delete it, or build that edition again"
        found += (replace(each, hint=hint) for each in check_witnesses(watch, name, path.read_bytes(), allowed))
    return tuple(found)
