"""Titles and first words come in; where a title breaks by sense, and what of a text leads in, goes out."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from pipeline.edition.plain import plain
from pipeline.manuscript import (
    CiteCall,
    Code,
    CrossRef,
    Emphasis,
    Foreign,
    Formula,
    Image,
    Inline,
    LineBreak,
    Link,
    NoteCall,
    Phrase,
    SmallCaps,
    SoftBreak,
    Strikeout,
    Strong,
    Subscript,
    Superscript,
    Supplied,
    Text,
)

NARROW = frozenset("ijlftrI.,:;!|'’‘()[]- ")
WIDE = frozenset("mwMWÆŒ—ЖШЩЮжшщюмФ")
LONGEST = 600
"""Signs of a title that is still looked at; longer ones are broken as they come."""


def width(text: str) -> float:
    """Guess how wide a text is, in em of a roman: enough to choose between breaks, not to set.

    >>> width("ill") < width("WOW")
    True
    """
    total = 0.0
    for sign in text:
        if unicodedata.combining(sign):
            continue
        if sign in NARROW:
            total += 0.28
        elif sign in WIDE:
            total += 0.82
        elif sign.isupper() or unicodedata.east_asian_width(sign) in "WF":
            total += 0.64
        else:
            total += 0.5
    return total


def break_by_sense(text: str, room: float) -> tuple[int, ...]:
    """Return the offsets at which the lines of a title begin, so that they are alike and no word stands alone.

    `room` is the measure in em. A title that fits on one line, or that cannot be broken well, has none.
    A line ends rather after a comma than after a short word (an article, a preposition).

    >>> title = "What Each Kind of Source Can Show"
    >>> [title[at:] for at in break_by_sense(title, 12.6)]
    ['of Source Can Show']
    """
    if len(text) > LONGEST or width(text) <= room * 0.97:
        return ()
    starts = [0]
    starts.extend(at + 1 for at, sign in enumerate(text) if sign == " " and 0 < at < len(text) - 1)
    ends = [*(at - 1 for at in starts[1:]), len(text)]
    count = len(starts)
    if count < 2:
        return ()
    lines = max(2, -(-int(100 * width(text)) // int(97 * room)))
    best: list[dict[int, tuple[float, tuple[int, ...]]]] = [{} for _ in range(count + 1)]
    best[0][0] = (0.0, ())
    for begin in range(count):
        for used, (cost, breaks) in best[begin].items():
            if used == lines + 1:
                continue
            for end in range(begin, count):
                line = text[starts[begin] : ends[end]]
                wide = width(line)
                if wide > room * 0.97 and end > begin:
                    break
                last = end == count - 1
                found = cost + _badness(line, wide, room, begin=begin, last=last, words=end - begin + 1)
                path = breaks if last else (*breaks, starts[end + 1])
                if used + 1 not in best[end + 1] or found < best[end + 1][used + 1][0]:
                    best[end + 1][used + 1] = (found, path)
    whole = [(cost, path) for used, (cost, path) in best[count].items() if used in (lines, lines + 1)]
    return min(whole)[1] if whole else ()


CHAPTER_STEPS = ((1.0, 4), (0.8, 8), (0.62, 10_000))
"""The sizes of a chapter's or part's title, as shares of the full one, and the lines up to which each is taken."""
BOOK_STEPS = ((1.0, 4), (0.75, 6), (0.56, 9), (0.42, 10_000))
"""The same for the title on the title page; the style sheets know them as `step-1` and so on."""
BOOK_LEADINGS = (2.5, 2.0, 1.5, 1.25)
"""Lines of text that a line of the title of the book takes at each of its sizes."""


def fit_title(
    text: str, room: float, steps: Sequence[tuple[float, int]], heights: Sequence[int] = ()
) -> tuple[int, tuple[int, ...]]:
    """Return the first size at which a title has lines enough, and where its lines begin at that size.

    `room` is the measure in em of the full size. `heights` says, size by size, how many lines the page has room
    for; the smallest size is taken where no other will do.

    >>> fit_title("Brief", 12.6, CHAPTER_STEPS)
    (0, ())
    >>> fit_title("On the Lights of Skerry Sound, and of Those Who Kept Them " * 3, 12.6, CHAPTER_STEPS)[0]
    1
    """
    longest = max(map(width, text.split()), default=0.0)
    for step, (share, most) in enumerate(steps):
        wide = room / share
        breaks = break_by_sense(text, wide)
        lines = max(len(breaks) + 1, math.ceil(width(text) / wide))
        fits = lines <= min(most, heights[step] if step < len(heights) else most) and longest <= wide
        if fits or step == len(steps) - 1:
            return step, breaks
    return 0, ()


def _badness(line: str, wide: float, room: float, *, begin: int, last: bool, words: int) -> float:
    cost = 1.0 + ((room - wide) / room) ** 2
    if wide > room:
        cost += 5
    if last:
        return cost + (0.6 if words == 1 else 0)
    end = line.rsplit(" ", 1)[-1]
    if end[-1] in ",:;.!?–—":
        return cost - 0.35
    if len(end) <= 3 and not end.isupper():
        cost += 0.3
    return cost


def broken(inlines: tuple[Inline, ...], breaks: Sequence[int]) -> tuple[Inline, ...]:
    """Return inlines with forced lines at offsets of their plain text; with breaks of the author's own, as they were."""
    if not breaks or _breaks_itself(inlines):
        return inlines
    return _broken(inlines, tuple(breaks), 0)[0]


def _breaks_itself(inlines: tuple[Inline, ...]) -> bool:
    return any(
        isinstance(node, LineBreak)
        or (
            not isinstance(node, Text | SoftBreak | Code | Formula | Image | NoteCall | CiteCall)
            and _breaks_itself(node.inlines)
        )
        for node in inlines
    )


def _broken(inlines: tuple[Inline, ...], breaks: tuple[int, ...], at: int) -> tuple[tuple[Inline, ...], int]:
    out: list[Inline] = []
    for node in inlines:
        match node:
            case Text(text=text):
                begin = 0
                for each in breaks:
                    if at < each <= at + len(text):
                        out.append(replace(node, text=text[begin : each - at]))
                        out.append(LineBreak(node.span))
                        begin = each - at
                out.append(replace(node, text=text[begin:]))
                at += len(text)
            case SoftBreak() | LineBreak() | Code() | Formula() | Image() | NoteCall() | CiteCall():
                out.append(LineBreak(node.span) if isinstance(node, SoftBreak) and at + 1 in breaks else node)
                at += len(plain((node,)))
            case Supplied():
                inner, end = _broken(node.inlines, breaks, at + 1)
                out.append(replace(node, inlines=inner))
                at = end + 1
            case (
                Emphasis()
                | Strong()
                | Strikeout()
                | Superscript()
                | Subscript()
                | SmallCaps()
                | Link()
                | CrossRef()
                | Foreign()
                | Phrase()
            ):
                inner, at = _broken(node.inlines, breaks, at)
                out.append(replace(node, inlines=inner))
            case _:
                assert_never(node)
    return tuple(out), at


def lead_of(text: str, words: int, *, capital: bool) -> tuple[str, str, str]:
    """Part a text into its first letter (with what stands before it), the words that lead in, and the rest.

    >>> lead_of("“The report says so.", 2, capital=True)
    ('“T', 'he report', ' says so.')
    >>> lead_of("On 18 June", 0, capital=False)
    ('', '', 'On 18 June')
    """
    first = ""
    if capital:
        at = 0
        while at < len(text) and not text[at].isalnum() and not text[at].isspace():
            at += 1
        if at > 2 or at >= len(text) or not text[at].isalpha():
            return "", "", text
        at += 1
        while at < len(text) and unicodedata.combining(text[at]):
            at += 1
        first, text = text[:at], text[at:]
    if not words:
        return first, "", text
    end, left = 0, words
    while left and end < len(text):
        space = text.find(" ", end + 1)
        end = len(text) if space < 0 else space
        left -= 1
    return first, text[:end], text[end:]
