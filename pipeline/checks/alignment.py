"""Two long texts come in; the stretches in which they are equal go out, in order.

Equality is only ever claimed for signs that are equal, so no difference can hide: a poor
alignment may show a difference as longer than it is, but never as none. The cost is that of
comparing the texts plus a little for each difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

Stand = Callable[[int, int], int]
"""Says how many signs of the second text, from a position on, a stand-in of the first takes; -1 for no match."""

_WHOLE = 1 << 40
WINDOWS = ((64, 20), (512, 24), (4096, 32), (_WHOLE, 48), (64, 8), (512, 10), (65536, 40), (4096, 14))
"""How far to look for the place where the texts meet again, and how many signs must then be equal."""

WHOLE_SEARCHES = 3
"""How often the whole of both texts may be looked through."""

DIFFERENCES = 200
"""After so many differences the texts are not looked at further: the rest counts as one more."""

_SEED = 6
_SEED_REACH = 48
_SMALL = 400


@dataclass(frozen=True, slots=True)
class Stretch:
    """`size` signs of the first text from `left` that are equal to those of the second from `right`.

    A stand-in has `size` 1 and takes `taken` signs of the second text (otherwise `taken` is `size`).
    """

    left: int
    right: int
    size: int
    taken: int


def align(left: str, right: str, stand_in: str, stand: Stand) -> tuple[Stretch, ...]:
    """Return the equal stretches of two texts, in order in both.

    Where `left` holds the sign `stand_in`, `stand` decides what matches it.
    """
    return tuple(_Alignment(left, right, stand_in, stand).run())


class _Alignment:
    def __init__(self, left: str, right: str, stand_in: str, stand: Stand) -> None:
        self.left = left
        self.right = right
        self.stand_in = stand_in
        self.stand = stand
        self.searches = 0

    def run(self) -> list[Stretch]:
        left, right = self.left, self.right
        i = j = differences = 0
        out: list[Stretch] = []
        while True:
            i, j = self.follow(i, j, out)
            if i >= len(left) or j >= len(right):
                return out
            differences += 1
            if differences > DIFFERENCES:
                return out
            met = self.meet(i, j)
            if met is None:
                return out
            i, j = i + met[0], j + met[1]

    def follow(self, i: int, j: int, out: list[Stretch] | None, most: int = 1 << 60) -> tuple[int, int]:
        """Go on while the texts are equal (for `most` signs at least, if they last so long)."""
        left, right = self.left, self.right
        end = min(len(left), i + most)
        while i < end and j < len(right):
            stop = left.find(self.stand_in, i, end) if self.stand_in else -1
            limit = (stop if stop >= 0 else end) - i
            size = _common(left, i, right, j, limit)
            if size:
                if out is not None:
                    out.append(Stretch(i, j, size, size))
                i, j = i + size, j + size
            if size < limit or stop < 0:
                break
            taken = self.stand(i, j)
            if taken < 0:
                break
            if out is not None:
                out.append(Stretch(i, j, 1, taken))
            i, j = i + 1, j + taken
        return i, j

    def meet(self, i: int, j: int) -> tuple[int, int] | None:
        """Return how many signs to leave out on each side so that the texts are equal again."""
        left, right = self.left, self.right
        if len(left) - i <= _SMALL and len(right) - j <= _SMALL:
            return self.meet_at_end(i, j)
        for width, enough in WINDOWS:
            if width == _WHOLE:
                if self.searches == WHOLE_SEARCHES:
                    continue
                self.searches += 1
            found = self.meet_within(i, j, width, enough)
            if found is not None:
                return found
            if width >= len(left) - i and width >= len(right) - j and enough <= 10:
                break
        return None

    def meet_within(self, i: int, j: int, width: int, enough: int) -> tuple[int, int] | None:
        """Look for the nearest place in a window from which `enough` signs are equal."""
        left, right = self.left, self.right
        seeds: dict[str, list[int]] = {}
        seed = _SEED if width <= 512 else min(enough, 24)
        for at in range(j, min(j + width, len(right) - seed + 1)):
            places = seeds.setdefault(right[at : at + seed], [])
            if len(places) < 8:
                places.append(at)
        best: tuple[int, int, int] | None = None
        for at in range(i, min(i + width, len(left) - seed + 1)):
            if best is not None and at - i >= best[0]:
                break
            places = seeds.get(left[at : at + seed], [])
            if left[at] == self.stand_in:
                places = list(range(j, min(j + (_SEED_REACH if at == i else 1), len(right))))
            for place in places:
                apart = (at - i) + (place - j)
                if best is not None and apart >= best[0]:
                    break
                a, b = self.follow(at, place, None, enough)
                if a - at >= enough or a >= len(left) or b >= len(right):
                    best = (apart, at - i, place - j)
                    break
        if best is None and width >= len(left) - i and width >= len(right) - j:
            return self.meet_at_end(i, j) if enough <= 10 else None
        return None if best is None else (best[1], best[2])

    def meet_at_end(self, i: int, j: int) -> tuple[int, int] | None:
        """Near the end of both texts: the first equal stretch of the best comparison there."""
        left, right = self.left[i : i + 4 * _SMALL], self.right[j : j + 4 * _SMALL]
        for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
            if block.size:
                return block.a, block.b
        return None


def _common(left: str, i: int, right: str, j: int, limit: int) -> int:
    """Return how many signs are equal from two positions on, at most `limit`."""
    limit = min(limit, len(left) - i, len(right) - j)
    done, step = 0, 64
    while done < limit:
        size = min(step, limit - done)
        if left[i + done : i + done + size] == right[j + done : j + done + size]:
            done += size
            step = min(step * 4, 1 << 20)
        elif size == 1:
            break
        else:
            low, high = 0, size - 1  # between them the first unequal sign: equal up to `low`
            while low < high:
                middle = (low + high) // 2 + 1
                if left[i + done : i + done + middle] == right[j + done : j + done + middle]:
                    low = middle
                else:
                    high = middle - 1
            return done + low
    return done
