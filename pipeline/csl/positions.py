"""Positions (CSL 1.0.2, "Position"): clusters in the order of reading in; first, subsequent, ibid, near-note out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.csl.context import FIRST, IBID, IBID_WITH_LOCATOR, SUBSEQUENT
from pipeline.csl.values import Cite, Cluster

USUAL_DISTANCE = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cite stands among the cites of its work."""

    position: int = FIRST
    near: bool = False
    first_note: str = ""
    """What the note of the first cite is called in print; empty in the text and at the first cite."""


def _ibid(before: Cite, now: Cite) -> int:
    """Return the position of a cite that follows one of the same work at once."""
    if before.locator:
        if not now.locator:
            return SUBSEQUENT
        same = before.locator.strip() == now.locator.strip() and (before.label or "page") == (now.label or "page")
        return IBID if same else IBID_WITH_LOCATOR
    return IBID_WITH_LOCATOR if now.locator else IBID


def places(clusters: Sequence[Cluster], *, distance: int = USUAL_DISTANCE) -> list[tuple[Place, ...]]:
    """Return the place of every cite of every cluster.

    The first cite of a cluster is compared with the cluster before it in the
    same note, else with all cites of the note before (which must name one work
    only). Cites in the text form a chain of their own.
    """
    out: list[tuple[Place, ...]] = []
    first: dict[tuple[str, str], Cluster] = {}
    last: dict[tuple[str, str], Cluster] = {}
    # By scope: the clusters of the current and the previous note, and the last cluster in the text.
    history: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        seen = history.setdefault(cluster.scope, [])
        previous = _previous(seen, cluster)
        found: list[Place] = []
        for number, cite in enumerate(cluster.cites):
            key = (cluster.scope, cite.id)
            start = first.get(key)
            if number and cluster.cites[number - 1].id == cite.id:
                position = _ibid(cluster.cites[number - 1], cite)
            elif start is None:
                position = FIRST
            elif number == 0 and previous is not None and previous.id == cite.id:
                position = _ibid(previous, cite)
            else:
                position = SUBSEQUENT
            if cite.mode == "full":
                position = FIRST
            elif cite.mode == "short" and position == FIRST:
                position = SUBSEQUENT
            if cite.position is not None:
                position = cite.position
            near = False
            label = ""
            if start is not None and position != FIRST:
                recent = last[key]
                near = recent.series == cluster.series and 0 <= cluster.note - recent.note <= distance
                if start.note:
                    label = start.label or str(start.note)
            elif position != FIRST and start is None and number:
                label = ""
            if cite.near is not None:
                near = cite.near
            found.append(Place(position, near, label))
            if start is None:
                first[key] = cluster
            last[key] = cluster
        out.append(tuple(found))
        seen.append(cluster)
        if len(seen) > 64:
            del seen[:32]
    return out


def _previous(seen: list[Cluster], cluster: Cluster) -> Cite | None:
    """Return the cite that an ibid at the head of ``cluster`` would mean, or None where it would mislead."""
    if not seen:
        return None
    if not cluster.note:
        before = next((c for c in reversed(seen) if not c.note), None)
        if before is None or not before.cites:
            return None
        return before.cites[-1] if len({cite.id for cite in before.cites}) == 1 else None
    notes = [c for c in seen if c.note]
    if not notes:
        return None
    before = notes[-1]
    if before.series != cluster.series or not before.cites:
        return None
    if before.note == cluster.note:
        return before.cites[-1]
    if before.note != cluster.note - 1:
        return None
    whole = [c for c in notes if c.note == before.note and c.series == before.series]
    ids = {cite.id for c in whole for cite in c.cites}
    return before.cites[-1] if len(ids) == 1 else None
