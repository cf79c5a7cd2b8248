"""Words and the room for them come in; their lines go out, broken by sense, as large as the longest allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.cover.faces import Setter

MOST_LINES = 14
SMALLER = 0.9
"""How much smaller fewer lines may make a text."""
SHORT = 3
"""Letters up to which a word should not end a line: articles, prepositions."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size, and the distance of their baselines, in points."""

    lines: tuple[str, ...]
    size: float
    leading: float

    @property
    def depth(self) -> float:
        """From the first baseline to the last."""
        return self.leading * (len(self.lines) - 1)


NONE = Block((), 0, 0)


def fit(
    text: str, setter: Setter, largest: float, width: float, height: float, leading: float, smaller: float = SMALLER
) -> Block:
    """Return the text as large as a width and a height allow, in the fewest lines that do not make it much smaller.

    `leading` is in em. The height is that from the top of the first line to the foot of the last.
    """
    words = text.split()
    choices: list[Block] = []
    for count in range(1, min(len(words), MOST_LINES) + 1):
        lines = break_lines(words, setter, count)
        longest = max(setter.advance(line) for line in lines)
        size = min(largest, width / longest, height / (1 + leading * (count - 1)))
        size = int(size * 2) / 2 if size > 4 else size  # to half a point, never larger
        choices.append(Block(tuple(lines), size, round(size * leading, 1)))
    if not choices:
        return NONE
    best = max(block.size for block in choices)
    return next(block for block in choices if block.size >= best * smaller)


def break_lines(words: Sequence[str], setter: Setter, count: int) -> list[str]:
    """Return the words in so many lines, alike in length and ending where the sense allows."""
    widths = [setter.advance(word) for word in words]
    space = setter.advance(" ")
    target = (sum(widths) + space * (len(words) - count)) / count
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for line in range(1, count + 1):
        for end in range(line, len(words) - (count - line) + 1):
            options = []
            for start in range(line - 1, end):
                if (line - 1, start) in best:
                    wide = sum(widths[start:end]) + space * (end - start - 1)
                    share = wide / target if target else 0
                    cost = best[line - 1, start][0] + share**3 + _ill(words[end - 1], last=end == len(words)) / count
                    options.append((cost, start))
            best[line, end] = min(options)
    lines: list[str] = []
    end = len(words)
    for line in range(count, 0, -1):
        start = best[line, end][1]
        lines.insert(0, " ".join(words[start:end]))
        end = start
    return lines


def _ill(word: str, *, last: bool) -> float:
    """Say how badly a line ends with a word, beside lines of unlike length; it weighs less where there are many."""
    if last:
        return 0.0
    if word[-1] in ",:;.!?–—":
        return -0.6
    return 0.6 if len(word) <= SHORT and not word.isupper() else 0.0


def fill(paragraphs: Sequence[str], setter: Setter, width: float) -> tuple[tuple[str, ...], ...]:
    """Return paragraphs in lines of at most a width (in em), each line as full as it can be; long words stand out."""
    found = []
    space = setter.advance(" ")
    for paragraph in paragraphs:
        lines: list[str] = []
        words: list[str] = []
        at = 0.0
        for word in paragraph.split():
            wide = setter.advance(word)
            if words and at + space + wide > width:
                lines.append(" ".join(words))
                words, at = [], 0.0
            at += wide + (space if words else 0)
            words.append(word)
        if words:
            lines.append(" ".join(words))
        found.append(tuple(lines))
    return tuple(found)


def longest(blocks: Sequence[Sequence[str]], setter: Setter) -> float:
    """Return the width of the longest line in em."""
    return max((setter.advance(line) for lines in blocks for line in lines), default=0.0)


def steps(largest: float, least: float, by: float = 0.5) -> list[float]:
    """Return sizes from the largest down.

    >>> steps(9, 8)
    [9, 8.5, 8.0]
    """
    sizes = [largest]
    while sizes[-1] - by >= least:
        sizes.append(sizes[-1] - by)
    assert all(a > b for a, b in pairwise(sizes))
    return sizes
