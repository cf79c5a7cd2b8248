"""Lines become paragraphs: hard-wrapped lines are joined, words that a line end divided are made whole.

Whether a hyphen at a line end belongs to the word is asked of the text itself: does the word occur elsewhere
with it, or without it? Where the text does not say, it is a doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.intake.ledger import Ledger
from pipeline.intake.lines import Pages
from pipeline.intake.values import Fate, Line, Paragraph, Piece, Way, paragraph

SENTENCE_END = re.compile(r"[.!?:;…։][\"'”’»)\]]*(?:\[\d{1,3}\]|[¹²³⁴⁵⁶⁷⁸⁹⁰*†‡]{1,3})?$")
_HYPHEN = re.compile(r"(\w+)([-‐\u00ad])$")
_FULL_STOP = re.compile(r"[.!?…։][\"'”’»)\]]*(?:\[\d{1,3}\]|[¹²³⁴⁵⁶⁷⁸⁹⁰*†‡]{1,3})?$")
_WITHIN = re.compile(r"[.!?:;,][\"'”’»)]* +\S")
_HEAD_OF_WORD = re.compile(r"\w+(?:[-‐]\w+)*")
WORD = re.compile(r"\w+(?:[-‐’']\w+)*")
_ITEM = re.compile(
    r"(?:[-–—•*·▪‣]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\[\d{1,3}\]|[¹²³⁴⁵⁶⁷⁸⁹⁰†‡]+)(?=\s)|\[\d{1,3}\]"
)

JOIN = Way("join", "write it as one word, without the hyphen")
HYPHEN = Way("hyphen", "keep the hyphen")


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lines of a text are broken: `width` is that of full lines, 0 when a line is a paragraph."""

    width: int
    spaced: bool
    """blank lines part the paragraphs"""


def find_shape(text: str, lines: Sequence[Line], gone: set[int]) -> Shape:
    """Say how the lines of a text are broken.

    A line was broken for its length when the first word of the next would not have fitted in.
    """
    kept = [index for index, line in enumerate(lines) if not line.blank and index not in gone]
    kept = [index for index in kept if "\t" not in text[lines[index].start : lines[index].end]]
    pairs = [(lines[a], lines[b]) for a, b in pairwise(kept) if b == a + 1]
    blanks = sum(b > a + 1 for a, b in pairwise(kept))
    spaced = blanks * 4 >= max(1, len(kept) - 1) or blanks * 2 >= len(pairs)
    if not pairs:
        return Shape(0, True)
    margin = _margin(lines, gone)
    going = [(a, b) for a, b in pairs if b.indent <= margin + 1 and not _ITEM.match(text, b.start, b.end)]
    lengths = sorted(a.end - a.start + a.indent for a, _ in going)
    width = lengths[len(lengths) * 8 // 10] if lengths else 0
    if not 40 <= width <= 120 or 4 * len(going) < len(pairs) or len(going) < 2:
        return Shape(0, spaced)
    forced = sum(a.end - a.start + a.indent + 1 + _first_word(text, b) > width for a, b in going)
    prose = sum(_WITHIN.search(text, a.start, a.end) is not None or text[b.start].islower() for a, b in going)
    return Shape(width if forced >= 0.6 * len(going) and prose >= 0.4 * len(going) else 0, blanks > 0)


def gather(
    ledger: Ledger, lines: Sequence[Line], gone: set[int], pages: Pages, vocabulary: Mapping[str, int]
) -> tuple[Paragraph, ...]:
    """Return the paragraphs that lines make up, without the lines set aside."""
    text = ledger.text
    shape = find_shape(text, lines, gone)
    local = {} if shape.width else _wrapped(text, lines, gone)
    groups: list[list[Line]] = []
    gaps: list[tuple[int, bool]] = []
    current: list[Line] = []
    gap, turned = 0, False
    ends = set(pages.ends)
    margin = _margin(lines, gone)
    for index, line in enumerate(lines):
        if index in ends:
            turned = True
        if index in gone:
            continue
        if line.blank:
            gap += 1
            continue
        here = Shape(local[index], True) if index in local else shape
        if current and (gap == 0 or turned) and _goes_on(text, current, line, here, margin, gap, turned):
            current.append(line)
        else:
            current = [line]
            groups.append(current)
            gaps.append((gap if len(groups) > 1 else 0, turned))
        gap, turned = 0, index in ends
    return tuple(
        _paragraph(ledger, group, gap, turned, vocabulary) for group, (gap, turned) in zip(groups, gaps, strict=True)
    )


def _wrapped(text: str, lines: Sequence[Line], gone: set[int]) -> Mapping[int, int]:
    """Return lines of prose that was broken for its length, though the text as a whole does not show it, with the width.

    Lines of verse begin with capitals, or are short; and no line of verse ends with half a word.
    """
    found: dict[int, int] = {}
    others: list[list[int]] = []
    block: list[int] = []
    for index in (*range(len(lines)), -1):
        if index >= 0 and index not in gone and not lines[index].blank:
            block.append(index)
            continue
        if index in gone and index >= 0:
            continue
        if len(block) > 1 and not any("\t" in text[lines[at].start : lines[at].end] for at in block):
            width = max(lines[at].end - lines[at].start + lines[at].indent for at in block)
            pairs = [
                (lines[a], lines[b]) for a, b in pairwise(block) if not _ITEM.match(text, lines[b].start, lines[b].end)
            ]
            small = sum(text[b.start].islower() for _, b in pairs)
            forced = sum(a.end - a.start + a.indent + 1 + _first_word(text, b) > width for a, b in pairs)
            halves = sum(_is_half(text, a, b) and text[b.start].islower() for a, b in pairs)
            open_ended = sum(SENTENCE_END.search(text, a.start, a.end) is None for a, _ in pairs)
            long = 50 <= width <= 120 and 2 * small >= len(pairs) and 2 * forced >= len(pairs)
            if pairs and (
                (halves > 1 or 3 * halves >= len(pairs))
                if halves
                else long and (len(pairs) > 1 or (small and open_ended))
            ):
                found.update(dict.fromkeys(block, width))
            else:
                others.append(block)
        block = []
    full = max((width for width in found.values() if width <= 120), default=0)
    for each in others if full >= 50 else ():  # what the text shows elsewhere holds for two full lines as well
        ends = [
            lines[a].end - lines[a].start + lines[a].indent + 1 + _first_word(text, lines[b]) > full
            for a, b in pairwise(each)
        ]
        longest = max(lines[at].end - lines[at].start + lines[at].indent for at in each)
        if all(ends) and 0.85 * full <= longest <= 1.15 * full:
            found.update(dict.fromkeys(each, full))
    return found


def _is_half(text: str, line: Line, following: Line) -> bool:
    """Say whether a line ends with the first half of a word, and the next one begins with letters."""
    return (
        text[line.end - 1] in "-‐\u00ad"
        and text[line.end - 2 : line.end - 1].isalpha()
        and line.end - line.start > 2
        and text[following.start].isalpha()
        and not _ITEM.match(text, following.start, following.end)
    )


def join(ledger: Ledger, group: Sequence[Line], vocabulary: Mapping[str, int]) -> Paragraph:
    """Return lines that are known to belong together as one paragraph."""
    return _paragraph(ledger, group, 1, False, vocabulary)


def _first_word(text: str, line: Line) -> int:
    return len(text[line.start : line.end].split(None, 1)[0])


def _margin(lines: Sequence[Line], gone: set[int]) -> int:
    tally = Counter(line.indent for index, line in enumerate(lines) if not line.blank and index not in gone)
    return tally.most_common(1)[0][0] if tally else 0


def _goes_on(text: str, current: Sequence[Line], line: Line, shape: Shape, margin: int, gap: int, turned: bool) -> bool:
    """Say whether a line goes on with the paragraph before it."""
    last = current[-1]
    before = text[max(last.start, last.end - 12) : last.end]
    first = text[line.start]
    ended = SENTENCE_END.search(before) is not None
    divided = _HYPHEN.search(before) is not None
    if turned:
        # only an unfinished sentence goes on over the end of a page
        open_ended = _FULL_STOP.search(before) is None
        full = bool(shape.width) and last.end - last.start + last.indent >= 0.8 * shape.width
        if open_ended and (first.islower() or (first.isalpha() and (divided or (full and before[-1:] not in ":;")))):
            return not _ITEM.match(text, line.start, line.end) and line.indent <= current[-1].indent + 1
        if gap:
            return False
    if _is_half(text, last, line):
        return True
    if not shape.width or "\t" in text[last.start : last.end] or "\t" in text[line.start : line.end]:
        return False
    if _ITEM.match(text, line.start, line.end) and not divided and (ended or _ITEM.match(text, current[0].start)):
        return False
    if line.indent >= max(margin, current[0].indent if len(current) > 1 else margin) + 2 and line.indent > last.indent:
        # a first line moved in begins a paragraph; lines below a mark hang
        return bool(len(current) == 1 and _ITEM.match(text, current[0].start)) or not (ended or shape.spaced)
    room = shape.width - (last.end - last.start + last.indent)
    forced = _first_word(text, line) + 1 > room
    if forced:
        return True
    if divided and first.islower():
        return True
    return (first.islower() or not ended) and last.end - last.start + last.indent >= 0.6 * shape.width


def vocabulary_of(ledger: Ledger, lines: Sequence[Line], gone: set[int]) -> Mapping[str, int]:
    """Count the words of the text, those apart that a line end divides."""
    tally: Counter[str] = Counter()
    for index, line in enumerate(lines):
        if line.blank or index in gone:
            continue
        words = WORD.findall(ledger.text[line.start : line.end].replace("‐", "-"))
        if words and ledger.text[line.end - 1] in "-‐\u00ad":
            words.pop()
        tally.update(word.casefold() for word in words)
    return tally


def _paragraph(
    ledger: Ledger, group: Sequence[Line], gap: int, turned: bool, vocabulary: Mapping[str, int]
) -> Paragraph:
    text = ledger.text
    pieces: list[Piece] = []
    spaced = False
    for number, line in enumerate(group):
        start, end = line.start, line.end
        following = group[number + 1] if number + 1 < len(group) else None
        joined = False
        if following is not None:
            joined, end = _divided(ledger, line, following, vocabulary)
        pieces.append(Piece(start, end, spaced))
        spaced = not joined
    indents = [line.indent for line in group]
    return paragraph(
        text,
        pieces,
        gap,
        turned=turned,
        indent=min(indents[1:], default=indents[0]) if len(group) > 1 else indents[0],
        hanging=min(indents) > 0,
        lines=tuple(group),
    )


def _divided(ledger: Ledger, line: Line, following: Line, vocabulary: Mapping[str, int]) -> tuple[bool, int]:
    """Say whether two lines join without a space, and where the words of the first end."""
    text = ledger.text
    found = _HYPHEN.search(text[max(line.start, line.end - 80) : line.end])
    head = _HEAD_OF_WORD.match(text, following.start, following.end)
    if found is None or head is None:
        return False, line.end
    first, sign, second = found[1], found[2], head[0]
    at = line.end - 1
    if sign == "\u00ad":
        ledger.give(at, line.end, Fate.ASIDE)
        ledger.joins.append((line.end, following.start))
        ledger.weigh("hyphen", at, at + 1, f"`{first}{second}`, divided by a soft hyphen", ("U+00AD",), "join", (JOIN,))
        return True, at
    whole = vocabulary.get((first + second).casefold(), 0)
    hyphened = vocabulary.get(f"{first}-{second}".casefold(), 0)
    prefix = sum(vocabulary.get(f"{first}-{second}{end}".casefold(), 0) for end in ("s", "es", "’s"))
    hyphened += prefix
    ways = (JOIN, HYPHEN)
    what = f"`{first}-` at a line end, `{second}` on the next"
    if not second[0].islower() or first[-1].isdigit():
        if second[0].isdigit() or not first[0].isupper():
            signs = ["what follows is no small letter"]
        else:
            signs = ["a capital follows: both halves are names"]
        choice = ledger.weigh("hyphen", at, at + 1, what, signs, "hyphen", ways)
    elif whole and not hyphened:
        signs = [f"`{first}{second}` stands {_times(whole)} elsewhere, `{first}-{second}` nowhere"]
        choice = ledger.weigh("hyphen", at, at + 1, what, signs, "join", ways)
    elif hyphened and not whole:
        signs = [f"`{first}-{second}` stands {_times(hyphened)} elsewhere, `{first}{second}` nowhere"]
        choice = ledger.weigh("hyphen", at, at + 1, what, signs, "hyphen", ways)
    elif whole and hyphened:
        signs = [f"elsewhere `{first}{second}` stands {_times(whole)}, `{first}-{second}` {_times(hyphened)}"]
        way = "join" if whole > hyphened else "hyphen"
        choice = ledger.weigh("hyphen", at, at + 1, what, signs, way, ways, doubt=True)
    else:
        known = vocabulary.get(first.casefold(), 0) and vocabulary.get(second.casefold(), 0)
        signs = ["the word stands nowhere else"]
        if known:
            signs.append(f"`{first}` and `{second}` are words of the text on their own")
        choice = ledger.weigh("hyphen", at, at + 1, what, signs, "hyphen", ways, doubt=True)
    if choice.way == "join":
        ledger.give(at, line.end, Fate.ASIDE)
        ledger.joins.append((line.end, following.start))
        return True, at
    ledger.joins.append((line.end, following.start))
    return True, line.end


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
