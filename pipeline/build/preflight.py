"""The look over the pages that every build takes, kept unit by unit: only what was set anew is looked at.

What such a look finds in a unit depends on its lines, for which its key stands, on what else is known of it as it was set,
and on the sides of the leaf that its pages have; the manuscript only gives it a place. So units in which nothing was found
are remembered by these, and the others are looked at again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from pipeline.build.cache import Cache
from pipeline.build.tools import code_digest
from pipeline.checks.pages import IN_BUILD, check_pages, for_builds
from pipeline.edition import Edition
from pipeline.pagelines import SetUnit
from pipeline.source import Problem

MOST = 20_000
"""Units that are remembered: those of the last build first."""


def preflight(
    edition: Edition, units: Sequence[SetUnit], kept: Cache | None, *, sided: bool
) -> tuple[tuple[Problem, ...], int]:
    """Return what a build says of the pages of an edition, and how many units were looked at for that."""
    name = hashlib.sha256(f"good pages\0{edition.settings.name}\0{code_digest()}".encode()).hexdigest()
    data = kept.get(name) if kept is not None else None
    known: list[str] = json.loads(data) if data is not None else []
    good = frozenset(known)
    signs = [_sign(unit, sided) for unit in units]
    doubtful = [unit for unit, sign in zip(units, signs, strict=True) if sign not in good]
    findings = check_pages(edition, doubtful, sided=sided, whole=False) if doubtful else ()
    if kept is not None and doubtful:
        guilty = {each.page for each in findings if each.problem.code in IN_BUILD}
        mine = [
            sign
            for unit, sign in zip(units, signs, strict=True)
            if sign and not guilty.intersection(range(unit.first, unit.first + len(unit.labels)))
        ]
        kept.put(name, json.dumps([*mine, *(sign for sign in known if sign not in set(mine))][:MOST]).encode())
    return for_builds(findings), len(doubtful)


def _sign(unit: SetUnit, sided: bool) -> str:
    """Return a digest of all of a unit but the place of its first page in the book; "" where its lines have no key."""
    if not unit.key:
        return ""
    near = tuple(
        replace(figure, reference=None if figure.reference is None else figure.reference - unit.first)
        for figure in unit.figures
    )
    said = replace(unit, first=unit.first % 2, labels=("",) * len(unit.labels), lines=(), figures=near)
    return hashlib.sha256(f"{said!r} {sided}".encode()).hexdigest()
