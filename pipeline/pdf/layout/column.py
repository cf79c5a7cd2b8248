"""Where notes beside the text would like to stand comes in; where each can stand goes out.

All measures are CSS pixels from the upper edge of the page. A column is the stretches of it that are free: what
reaches out of the text into the column (a table wider than the measure) takes its part away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROUNDING = 0.01
"""CSS pixels by which a note may be higher than its room."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A note: the height at which it would begin if it were alone, how high it is, and what is free below it."""

    top: float
    height: float
    below: float


def free_stretches(
    top: float, bottom: float, taken: Iterable[tuple[float, float]], air: float
) -> tuple[tuple[float, float], ...]:
    """Return what is left of a column when stretches of it are taken, with air above and below each.

    >>> free_stretches(0, 100, [(40, 50), (45, 60)], 5)
    ((0, 35), (65, 100))
    """
    free = []
    at = top
    for begin, end in sorted(taken):
        if begin - air > at:
            free.append((at, min(begin - air, bottom)))
        at = max(at, end + air)
    if at < bottom:
        free.append((at, bottom))
    return tuple(stretch for stretch in free if stretch[1] > stretch[0])


def place(wishes: Sequence[Wish], free: Sequence[tuple[float, float]]) -> tuple[float, ...] | None:
    """Return where each note begins, in order and without touching; None when they do not all fit.

    A note stands where it would, or as little below as those before it demand. Only when the column ends before
    the last of them do notes move up, and no further than they must.

    >>> place([Wish(10, 20, 5), Wish(12, 20, 5)], [(0, 100)])
    (10, 35)
    >>> place([Wish(70, 20, 5), Wish(80, 20, 5)], [(0, 100)])
    (55, 80)
    """
    tops: list[float] = []
    at = float("-inf")
    for wish in wishes:
        found = _down(max(wish.top, at), wish.height, free)
        if found is None:
            break
        tops.append(found)
        at = found + wish.height + wish.below
    if len(tops) == len(wishes):
        return tuple(tops)
    tops += [float("inf")] * (len(wishes) - len(tops))
    limit = float("inf")
    for number in range(len(wishes) - 1, -1, -1):
        wish = wishes[number]
        up = _up(min(tops[number], limit - wish.height), wish.height, free)
        if up is None:
            return None
        tops[number] = up
        limit = up - (wishes[number - 1].below if number else 0)
    return tuple(tops)


def _down(top: float, height: float, free: Sequence[tuple[float, float]]) -> float | None:
    """Return the first place at or below a height that is free."""
    for begin, end in free:
        at = max(begin, top)
        if at + height <= end + ROUNDING:
            return at
    return None


def _up(top: float, height: float, free: Sequence[tuple[float, float]]) -> float | None:
    """Return the last place at or above a height that is free."""
    for begin, end in reversed(free):
        at = min(end - height, top)
        if at >= begin - ROUNDING:
            return at
    return None
