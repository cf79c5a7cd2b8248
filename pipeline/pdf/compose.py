"""A paragraph as places where its lines may end comes in; the ends that suit the whole paragraph best go out.

All lines of a paragraph are chosen at once (Knuth and Plass, "Breaking paragraphs into lines", 1981), so that
its spaces are even: a line may be a little tighter because the next one would else be too wide. Nothing here
knows letters, fonts or boxes: who calls has measured them. Widths are in one unit, whichever; CSS pixels here.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

STRETCH = 0.75
"""The share of its width by which a space may grow, as the unit of looseness: a line at it has the ratio 1."""
SHRINK = 0.33
"""The share of its width that a space can lose; never more."""
FIT = 0.01
"""The share of their width by which the letters of a line may stand nearer or wider, before its spaces change: a
twentieth of a point between two letters, which no eye sees."""
TOLERANCES = (1.6, 2.0, 2.9, 4.0, 8.0, 50.0)
"""Ratios up to which lines may be loose, tried in turn: the tightest one that sets the paragraph counts."""

RAG = 0.12
"""The share of the measure by which a ragged line may be short, as the unit of its looseness."""

SLACK = 0.002
"""The share of the measure by which a ragged line may be too long: a box that is made as wide as its words is measured in one piece,
where letters stand nearer to spaces than word by word."""

BEARABLE = TOLERANCES[:3]
"""Those that a wish of page make-up may cost."""

HYPHEN = 160
"""The penalty of a divided word; `Places.penalties` says it for each place."""
LADDER = 20_000
"""Added for two lines running that end in a divided word; a third is refused."""
CONTRAST = 2_000
"""Added where a tight line stands beside a loose one (two classes apart)."""
LAST_HYPHEN = 8_000
"""Added for a divided word at the end of the line before the last."""
RUNT = 300_000
"""Added for a last line under `RUNT_SHARE` of the measure, or of one word."""
PIECE = 1_500_000
"""Added for a last line that is a piece of a word."""
RUNT_SHARE = 0.14
DIVIDED, OWN = 1, 2
MOST_HYPHENS = 2
"""Lines running that may end in a hyphen."""


@dataclass(slots=True)
class Places:
    """The places of a paragraph where a line may end, in order; the last one is its end.

    A line from after place a to place b is `ends[b] - starts[a]` wide, with spaces of
    `end_spaces[b] - start_spaces[a]` together (each counts its own width) and
    `end_words[b] - start_words[a]` words or pieces of words.
    `penalties` make a place worse, `hyphens` say that a word is divided there (`DIVIDED`) or ends in a hyphen of
    its own (`OWN`). `hangs` is how far
    the line may reach over the right edge there, `hangs_left` how far the next one over the left.
    `forced` are the places where a line must end.
    """

    ends: array[float] = field(default_factory=lambda: array("d"))
    starts: array[float] = field(default_factory=lambda: array("d"))
    end_spaces: array[float] = field(default_factory=lambda: array("d"))
    start_spaces: array[float] = field(default_factory=lambda: array("d"))
    words: array[int] = field(default_factory=lambda: array("l"))
    penalties: array[float] = field(default_factory=lambda: array("d"))
    hyphens: bytearray = field(default_factory=bytearray)
    hangs: array[float] = field(default_factory=lambda: array("d"))
    hangs_left: array[float] = field(default_factory=lambda: array("d"))
    forced: list[int] = field(default_factory=list)

    def add(
        self,
        end: float,
        start: float,
        end_spaces: float,
        start_spaces: float,
        words: int,
        *,
        penalty: float = 0,
        hyphen: int = 0,
        hang: float = 0,
        hang_left: float = 0,
        forced: bool = False,
    ) -> None:
        """Add the next place. `words` counts the words and pieces of words before it."""
        if forced:
            self.forced.append(len(self.ends))
        self.ends.append(end)
        self.starts.append(start)
        self.end_spaces.append(end_spaces)
        self.start_spaces.append(start_spaces)
        self.words.append(words)
        self.penalties.append(penalty)
        self.hyphens.append(hyphen)
        self.hangs.append(hang)
        self.hangs_left.append(hang_left)


@dataclass(frozen=True, slots=True)
class Wish:
    """What page make-up asks of a paragraph: so many lines more or less, and lines that end in a whole word.

    `whole` are numbers of lines, from 1.
    """

    looseness: int = 0
    whole: frozenset[int] = frozenset()


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Setting:
    """The places where the lines end, the ratio of each line, and the tolerance that was needed."""

    ends: tuple[int, ...]
    ratios: tuple[float, ...]
    tolerance: float


@dataclass(slots=True)
class _State:
    """The cheapest way to one place with a class and a number of hyphens running."""

    cost: float
    ratio: float
    place: int
    lines: int
    before: _State | None


@dataclass(frozen=True, slots=True)
class Notch:
    """What the first lines of a paragraph run beside: how many of them, and how much shorter they are."""

    lines: int = 0
    width: float = 0


NO_NOTCH = Notch()


def compose(
    places: Places,
    measure: float,
    indent: float = 0,
    wish: Wish = NO_WISH,
    *,
    ragged: bool = False,
    notch: Notch = NO_NOTCH,
) -> Setting | None:
    """Return the best setting of a paragraph, or None when no lines of this measure are possible.

    What is wished is done where lines stay bearable; else the best setting without it is returned. In
    `ragged` lines all spaces have their own width, and nothing hangs at the right.
    """
    if not places.ends:
        return None
    ends: list[int] = []
    ratios: list[float] = []
    worst = 0.0
    first = -1
    for last in (*places.forced, len(places.ends) - 1):
        if last <= first:
            continue
        part = _compose(places, first, last, measure, indent if first < 0 else 0, wish, len(ends), ragged, notch)
        if part is None:
            return None
        ends.extend(part.ends)
        ratios.extend(part.ratios)
        worst = max(worst, part.tolerance)
        first = last
    return Setting(tuple(ends), tuple(ratios), worst)


def _compose(
    places: Places,
    first: int,
    last: int,
    measure: float,
    indent: float,
    wish: Wish,
    before: int,
    ragged: bool,
    notch: Notch,
) -> Setting | None:
    """Set the lines between two places; `before` lines stand before them."""
    best: Setting | None = None
    cost = inf
    notch = Notch(notch.lines - before, notch.width) if notch.lines > before else NO_NOTCH
    for tolerance in TOLERANCES:
        if best is not None and (cost < RUNT or tolerance not in BEARABLE):
            break
        final = _search(places, first, last, measure, indent, tolerance, ragged, notch)
        if final:
            state = min(final, key=lambda state: state.cost)
            if state.cost < cost:  # a looser line is better than a last line of one word
                best, cost = _setting(state, tolerance), state.cost
    if best is None or wish == NO_WISH:
        return best
    wanted = len(best.ends) + wish.looseness
    whole = frozenset(number - before for number in wish.whole)
    for tolerance in BEARABLE:
        final = _search(places, first, last, measure, indent, tolerance, ragged, notch, whole)
        if wish.looseness:
            final = [state for state in final if state.lines == wanted]
        if final:
            return _setting(min(final, key=lambda state: state.cost), tolerance)
    return best


def _setting(state: _State, tolerance: float) -> Setting:
    chain = list(_chain(state))[::-1]
    return Setting(tuple(s.place for s in chain), tuple(s.ratio for s in chain), tolerance)


def _chain(state: _State) -> Iterator[_State]:
    at: _State | None = state
    while at is not None and at.before is not None:
        yield at
        at = at.before


def _search(
    places: Places, first: int, last: int, measure: float, indent: float, tolerance: float, ragged: bool,
    notch: Notch, whole: frozenset[int] | None = None,
) -> Sequence[_State]:  # fmt: skip
    """Return the ways to set the lines between two places, none of them looser than the tolerance.

    With `whole` the ways of every number of lines are returned, and the lines of these numbers end in
    whole words.
    """
    counted = whole is not None
    kept: frozenset[int] = whole or frozenset()
    ends, starts, hyphens, penalties = places.ends, places.starts, places.hyphens, places.penalties
    end_spaces, start_spaces, hangs = places.end_spaces, places.start_spaces, places.hangs
    words = places.words
    # states[place - first]: (class, hyphens running[, lines]) → the cheapest way there
    states: list[dict[tuple[int, ...], _State] | None] = [None] * (last - first + 1)
    states[0] = {(1, 0, 0): _State(0.0, 0.0, first, 0, None)}
    for a in range(first, last):
        found = states[a - first]
        if not found:
            continue
        states[a - first] = None
        for wide, here in _rooms(found, measure, notch):
            if a < 0:
                start, spaced, counted_words, room = -indent, 0.0, 0, wide
            else:
                start, spaced, counted_words, room = starts[a], start_spaces[a], words[a], wide
                if a > first:  # the first line does not hang at the left
                    room += places.hangs_left[a]
            # Shorter lines are too loose, even where a fifth of them is spaces.
            b = bisect_left(ends, start + room * (1 - 0.15 * min(tolerance, 6)), a + 1, last)
            while b <= last:
                width = ends[b] - start
                spaces = end_spaces[b] - spaced
                short = room - width if ragged else room + hangs[b] - width
                fit = 0.0 if ragged else FIT * (width - spaces)
                short = (
                    short - fit if short > fit else short + fit if short < -fit else 0.0
                )  # what is left to the spaces
                if ragged and -SLACK * measure <= short < 0:
                    short = 0.0
                if short < 0:
                    shrink = 0.0 if ragged else spaces * SHRINK
                    if -short > shrink:
                        if -short > shrink + 0.05 * measure:
                            break  # no later end comes nearer; an end with a hyphen or a hanging mark may differ a little
                        b += 1
                        continue
                    ratio = short / shrink
                elif b == last:
                    ratio = 0.0
                else:
                    grow = RAG * measure if ragged else spaces * STRETCH
                    ratio = short / grow if grow > 0 else (0.0 if short < 0.01 else 1000.0)
                    if ratio > tolerance:
                        b += 1
                        continue
                badness = 10 + 100 * abs(ratio) ** 3
                demerits = badness * badness + penalties[b] ** 2
                kind = 0 if ratio < -0.5 else 1 if ratio <= 0.5 else 2 if ratio <= 1 else 3
                divided = hyphens[b]
                if b == last and (width < RUNT_SHARE * measure or words[b] - counted_words <= 1):
                    demerits += RUNT if words[b] > counted_words else PIECE
                there = states[b - first]
                if there is None:
                    there = states[b - first] = {}
                for key, state in here.items():
                    running = key[1] + 1 if divided else 0
                    if running > MOST_HYPHENS:
                        continue
                    cost = state.cost + demerits
                    if running == 2:
                        cost += LADDER
                    if b == last and key[1]:
                        cost += LAST_HYPHEN
                    if state.before is not None and (kind - key[0] > 1 or key[0] - kind > 1):
                        cost += CONTRAST
                    lines = state.lines + 1
                    if divided == DIVIDED and lines in kept:
                        continue
                    new = (kind, running, lines if counted else min(lines, notch.lines))
                    known = there.get(new)
                    if known is None or cost < known.cost:
                        there[new] = _State(cost, ratio, b, lines, state)
                b += 1
    return tuple((states[last - first] or {}).values())


def _rooms(
    found: dict[tuple[int, ...], _State], measure: float, notch: Notch
) -> tuple[tuple[float, dict[tuple[int, ...], _State]], ...]:
    """Return the ways to a place by how wide the line after it is."""
    if not notch.lines:
        return ((measure, found),)
    beside = {key: state for key, state in found.items() if state.lines < notch.lines}
    below = {key: state for key, state in found.items() if state.lines >= notch.lines}
    return tuple((room, each) for room, each in ((measure - notch.width, beside), (measure, below)) if each)
