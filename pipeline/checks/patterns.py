"""Patterns that an eye sees across lines: rivers of space, words under the same word, edges that form a shape.

Why a reader would care: the eye follows a white channel down the page, jumps a line where two begin alike, and takes
a slope of line ends for something that is meant. Each line may be good by itself. Source: the house rules, which
follow Bringhurst (2.1.8 to 2.4.10). All are only told: what to do about them is for a person to judge.

The lines of one paragraph (`slopes`, `rivers`, `edges`) or the last lines of paragraphs (`steps`) come in; what is
found goes out with its first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.pagelines import LineKind, SetLine

RIVER = 4
"""Lines that a channel of wide spaces runs through to be a river."""
OVERLAP = 0.4
"""The share of the narrower of two spaces that must lie under the other."""
SHORT = 25
"""Signs of a line under which nothing flows."""
ALIKE = 3
"""Lines running that begin or end with one word, and last lines that end under each other."""
NEAR = 2.0
"""Points between line ends that look alike."""
SLOPE = 5
"""Ragged lines running that each are shorter, or longer, than the one before by `STEP` of the measure."""
STEP = 0.025
STUB = 0.6
"""The share of the measure that every ragged line should fill but the last."""

_FIRST = re.compile(r"[^\w]*([\w’'-]+)(?=\W)")
_LAST = re.compile(r"(?<!\S)\W*([\w’'-]+)\W*$")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What was found: its code, its words, and the line at which it begins."""

    code: str
    message: str
    line: SetLine


def look_across(lines: Sequence[SetLine]) -> Iterator[Pattern]:
    """Look through the lines of one paragraph, page by page."""
    for _, group in groupby(lines, key=lambda line: line.page):
        together = list(group)
        yield from _rivers(together)
        yield from _same_words(together)
        yield from _shapes(together)


def _rivers(lines: Sequence[SetLine]) -> Iterator[Pattern]:
    """Yield the channels of wide spaces that lie under each other."""
    running: list[tuple[tuple[float, float], int, SetLine]] = []  # the last space, how many lines, the first line
    told: set[int] = set()
    for line in lines:
        gaps = line.gaps if line.length >= SHORT else ()
        now = []
        for gap in gaps:
            above = [each for each in running if _overlap(each[0], gap)]
            count, first = max(((n + 1, start) for _, n, start in above), key=lambda each: each[0], default=(1, line))
            now.append((gap, count, first))
            if count == RIVER and id(first) not in told:
                told.add(id(first))
                yield Pattern("river", f"wide spaces lie under each other in {RIVER} lines running", first)
        running = now


def _overlap(above: tuple[float, float], below: tuple[float, float]) -> bool:
    common = min(above[1], below[1]) - max(above[0], below[0])
    return common > OVERLAP * min(above[1] - above[0], below[1] - below[0])


def _same_words(lines: Sequence[SetLine]) -> Iterator[Pattern]:
    """Yield runs of lines that begin, or end, with the same word."""
    for edge, word_of in (("begin", _first_word), ("end", _last_word)):
        for word, run in groupby(lines, key=word_of):
            alike = list(run)
            if word and len(alike) >= ALIKE:
                yield Pattern("same-word-edge", f"{len(alike)} lines running {edge} with “{word}”", alike[0])


def _first_word(line: SetLine) -> str:
    found = _FIRST.match(f"{line.opens} " if line.length <= len(line.opens) else line.opens)
    return found.group(1).casefold() if found else ""


def _last_word(line: SetLine) -> str:
    if line.kind & LineKind.DIVIDED:
        return ""
    found = _LAST.search(line.closes)
    return found.group(1).casefold() if found else ""


def _shapes(lines: Sequence[SetLine]) -> Iterator[Pattern]:
    """Yield ragged lines that are much too short, and slopes of their ends."""
    aside = LineKind.JUSTIFIED | LineKind.HEAD | LineKind.TABLE | LineKind.FREE | LineKind.PICTURE
    ragged = [line for line in lines if not line.kind & (aside | LineKind.LAST)]
    by_hand = LineKind.ENDED | LineKind.COMPOSED
    if not ragged or any(line.kind & by_hand == by_hand for line in ragged):
        return  # lines that were ended by hand have the shape that the author gave them
    measure = ragged[0].edge - min(line.left for line in lines)
    if measure <= 0:
        return
    for line in ragged:
        if line.right - line.left < STUB * measure:
            yield Pattern("ragged-shape", "a ragged line is much shorter than its measure", line)
    for sign, words in ((1, "longer"), (-1, "shorter")):
        run = [ragged[0]]
        after: list[SetLine | None] = [*ragged[1:], None]
        for each in after:
            if each is not None and sign * (each.right - run[-1].right) > STEP * measure:
                run.append(each)
                continue
            if len(run) >= SLOPE:
                yield Pattern("ragged-shape", f"{len(run)} lines running are each {words} than the one before", run[0])
            run = [] if each is None else [each]


def look_at_last_lines(lines: Iterable[SetLine]) -> Iterator[Pattern]:
    """Yield short last lines of paragraphs running on one page that end under each other."""
    run: list[SetLine] = []
    with_end: list[SetLine | None] = [*lines, None]
    for line in with_end:
        if line is not None and run and line.page == run[-1].page and abs(line.right - run[0].right) <= NEAR:
            run.append(line)
            continue
        if len(run) >= ALIKE:
            yield Pattern("aligned-last-lines", f"the last lines of {len(run)} paragraphs end under each other", run[0])
        run = [] if line is None else [line]
