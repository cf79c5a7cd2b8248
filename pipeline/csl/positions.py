"""Positions (CSL 1.0.2, "Position"): clusters in the order of reading in; first, subsequent, ibid, near-note out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    first_cluster: str = ""
    """The id of the cluster in that note."""


def _counted(cite: Cite) -> tuple[object, ...]:
    outer = tuple((step.label or step.word, step.number) for step in cite.steps[:-1])
    return cite.locator.strip(), cite.label or "page", outer


def _ibid(before: Cite, now: Cite) -> int:
    """Return the position of a cite that follows one of the same work at once."""
    if before.locator:
        if not now.locator:
            return SUBSEQUENT
        same = _counted(before) == _counted(now)
        return IBID if same else IBID_WITH_LOCATOR
    return IBID_WITH_LOCATOR if now.locator else IBID


def places(clusters: Sequence[Cluster], *, distance: int = USUAL_DISTANCE) -> list[tuple[Place, ...]]:
    """Return the place of every cite of every cluster.

    The first cite of a cluster is compared with the cluster before it in the
    same note, else with the note before; ibid needs a single cite there.
    Cites in the text form a chain of their own.
    """
    out: list[tuple[Place, ...]] = []
    first: dict[tuple[str, str], Cluster] = {}
    last: dict[tuple[str, str], Cluster] = {}
    readers: dict[str, _Reader] = {}
    works: dict[tuple[str, str, int], set[str]] = {}
    for cluster in clusters:
        works.setdefault(_note(cluster), set()).update(cite.id for cite in cluster.cites)
    for cluster in clusters:
        previous = readers.setdefault(cluster.scope, _Reader(works)).read(cluster)
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
            label = first_id = ""
            if start is not None and position != FIRST:
                recent = last[key]
                near = recent.series == cluster.series and 0 <= cluster.note - recent.note <= distance
                # A note does not point to itself, but for a work whose author the sentence has named.
                named = cite.mode == "suppress" and not cluster.begins_sentence
                other = named or (start.note, start.series) != (cluster.note, cluster.series)
                if start.note and start.marked and other:
                    label, first_id = start.label or str(start.note), start.id
            if cite.near is not None:
                near = cite.near
            found.append(Place(position, near, label, first_id))
            if start is None:
                first[key] = cluster
            last[key] = cluster
        out.append(tuple(found))
    return out


def _note(cluster: Cluster) -> tuple[str, str, int]:
    return cluster.scope, cluster.series, cluster.note


def _single(cluster: Cluster) -> Cite | None:
    """Return the cite of a cluster that has one only: ibid after two would be in doubt."""
    return cluster.cites[0] if len(cluster.cites) == 1 else None


class _Reader:
    """Remembers what a reader has just read: the last cluster in the text, and all clusters of the last note."""

    __slots__ = ("note", "text", "works")

    def __init__(self, works: Mapping[tuple[str, str, int], Collection[str]]) -> None:
        self.works = works
        self.text: Cluster | None = None
        self.note: list[Cluster] = []

    def read(self, cluster: Cluster) -> Cite | None:
        """Take in a cluster; return the cite that an ibid at its head would mean, or None where it would mislead."""
        if not cluster.note:
            before, self.text = self.text, cluster
            return _single(before) if before is not None and before.series == cluster.series else None
        last = self.note
        if last and last[-1].series == cluster.series and last[-1].note == cluster.note:
            found = _single(last[-1])
            last.append(cluster)
            return found
        self.note = [cluster]
        if not last or last[-1].series != cluster.series or last[-1].note != cluster.note - 1:
            return None
        # All cites of the note before must name one work, also those that follow a note called in it.
        if len(self.works[_note(last[-1])]) != 1:
            return None
        return _single(last[-1])
