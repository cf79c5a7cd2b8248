"""The characters of a raw text become lines; what belongs to a web page or to a printed page is set aside.

Nothing is set aside on one sign alone: a line about errors may be the first line of a story, and a number
between two lines may be the number of a section.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from pipeline.intake.ledger import Ledger, excerpt
from pipeline.intake.values import Fate, Line, Way

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\ufeff\ufffe\uffff\u200b\u2060\ufdd0-\ufdef]")

MANY = 60
"""doubts of one kind that are entered one by one"""
KEEP = Way("text", "keep it as words of the text")
ASIDE = Way("aside", "set it aside")
ASIDE_ALL = Way("aside", "set it aside, here and at its other places")


def read_lines(text: str) -> tuple[Line, ...]:
    """Return the lines of a text, each with the place of its words."""
    lines: list[Line] = []
    left = 0
    for number, raw in enumerate(text.split("\n"), 1):
        right = left + len(raw)
        words = raw.strip()
        if words:
            start = left + raw.index(words[0])
            end = start + len(words)
            indent = 0
            for sign in raw[: start - left]:
                indent += 8 - indent % 8 if sign == "\t" else 1
            lines.append(Line(number, left, right, start, end, indent))
        else:
            lines.append(Line(number, left, right, right, right, 0))
        left = right + 1
    return tuple(lines)


def set_aside_controls(ledger: Ledger) -> None:
    """Set aside what has no shape and what no edition can hold: controls, and marks of byte order inside the text."""
    found: dict[str, list[int]] = defaultdict(list)
    for at in _CONTROLS.finditer(ledger.text):
        found[at.group()].append(at.start())
        ledger.give(at.start(), at.end(), Fate.ASIDE)
    for sign, places in sorted(found.items()):
        ledger.weigh(
            "control",
            places[0],
            places[0] + 1,
            f"the character U+{ord(sign):04X}, {len(places)} {'time' if len(places) == 1 else 'times'}",
            ("it has no shape, and no edition can hold it",),
            "aside",
            (ASIDE,),
            also=places[1:],
        )


# The top and the end of a web page ----------------------------------------------------------------

_MACHINE = re.compile(
    r"\b(?:java ?script|cookies?|browser|plug-?in|library|libraries|installation|readme|cache|server|php|html|css|url|"
    r"session|popup|pop-up|captcha|adobe|flash player|exception|stack ?trace|timeout|database|404|403|500)\b"
    r"|\w\.(?:txt|js|php|html?|css|aspx?|exe|dll)\b",
    re.IGNORECASE,
)
_FAULT = re.compile(
    r"\b(?:error|warning|missing|incomplete|failed|failure|not found|unsupported|disabled|enable|denied|unable|cannot be "
    r"(?:displayed|loaded)|update your|upgrade your)\b",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"(?:skip to (?:main )?(?:content|navigation)|print (?:this )?(?:page|article)|printer[- ]friendly(?: version)?|share(?: this)?"
    r"(?: (?:on|via) \w+)*|tweet|e-?mail this(?: page)?|log ?in|sign ?in|sign ?up|register|subscribe(?: now)?|search|menu|"
    r"main menu|home(?: ?[>|/»] ?.{1,60})?|back to top|top of page|next page|previous page|next|previous|«? ?back|"
    r"advertisement|accept (?:all )?cookies|privacy policy|terms of (?:use|service)|all rights reserved\.?|"
    r"error message:?|fatal error:?|warning:?|loading ?(?:\.\.\.|…)?|click here.{0,40}|read more|page not found|"
    r"powered by .{1,30})",
    re.IGNORECASE,
)
_ASKING = re.compile(r"\bplease\b|\bclick\b|\bfollow the instructions\b", re.IGNORECASE)


def find_furniture(ledger: Ledger, lines: Sequence[Line]) -> set[int]:
    """Set aside lines at the top and the end that speak of a web page or a program; return their indexes."""
    worded = [index for index, line in enumerate(lines) if not line.blank]
    aside: set[int] = set()
    for order in (worded, worded[::-1]):
        run: list[tuple[int, tuple[str, ...]]] = []
        for index in order[:40]:
            signs = _furniture_signs(ledger.text[lines[index].start : lines[index].end])
            if not signs or len(aside) + len(run) + 1 >= len(worded):
                break
            run.append((index, signs))
        if not any(len(signs) > 1 for _, signs in run):
            for index, signs in run:
                if index not in aside and len(signs) == 1 and signs[0] != _SPEAKS:
                    _furniture(ledger, lines[index], signs, aside, index, doubt=True)
            continue
        for index, signs in run:
            if index not in aside:
                more = ("it stands beside another such line",) if len(run) > 1 else ()
                _furniture(ledger, lines[index], (*signs, *more), aside, index, doubt=False)
    for index, line in enumerate(lines):
        choice = None if line.blank or index in aside else ledger.decided("aside", line.start)
        if choice is not None:
            ledger.weigh("aside", line.start, line.end, "a line", ("a person says so",), "aside", (ASIDE, KEEP))
            if choice.way == "aside":
                ledger.give(line.start, line.end, Fate.ASIDE)
                aside.add(index)
    return aside


_SPEAKS = "it speaks of a program"


def _furniture_signs(words: str) -> tuple[str, ...]:
    if len(words) > 300:
        return ()
    signs: list[str] = []
    if _FURNITURE.fullmatch(words):
        signs += ["it is a set phrase of web pages or programs", "nothing else stands on the line"]
    if _MACHINE.search(words):
        signs.append(_SPEAKS)
    if _FAULT.search(words) and (signs or _ASKING.search(words)):
        signs.append("it reports a fault")
    if signs and _ASKING.search(words):
        signs.append("it asks the visitor to do something")
    return tuple(signs)


def _furniture(ledger: Ledger, line: Line, signs: tuple[str, ...], aside: set[int], index: int, *, doubt: bool) -> None:
    choice = ledger.weigh(
        "junk",
        line.start,
        line.end,
        "a line of a web page or a program",
        signs,
        "text" if doubt else "aside",
        (ASIDE, KEEP),
        doubt=doubt,
    )
    if choice.way == "aside":
        ledger.give(line.start, line.end, Fate.ASIDE)
        aside.add(index)


# Pages ------------------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?P<before>[-–—\[({|. ]*|(?:page|p\.|seite|s\.|стр\.|с\.|էջ) *)(?P<number>\d{1,4}|[ivxlc]{1,7})"
    r"(?P<after>[-–—\])}|. ]*|(?: ?(?:/|of|von|из) ?\d{1,4}))",
    re.IGNORECASE,
)
_AT_EDGE = re.compile(r"(\d{1,4})(?:\s{2,}|\s*[|·•—–-]\s*|\s+)(\D.*)|(\D.*?)(?:\s{2,}|\s*[|·•—–-]\s*|\s+)(\d{1,4})")
_ENDS = re.compile(r"[.!?:;…։][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Pages:
    """Lines set aside because they belong to a page, and the lines (indexes) behind which a page ends."""

    aside: frozenset[int]
    ends: tuple[int, ...]
    """indexes of lines: a page ended somewhere between the last kept line before it and the next kept one"""
    heads: frozenset[str] = frozenset()
    """the words of running heads, in small letters"""
    unsure: frozenset[int] = frozenset()
    """offsets of lines that may belong to a page: they stay in the text, and are no heads of it"""


_Numbers: TypeAlias = Mapping[int, tuple[int, tuple[str, ...], bool]]
"""lines that hold a page number, by index: its value, the signs, and whether they suffice"""


def find_pages(ledger: Ledger, lines: Sequence[Line], aside: set[int]) -> Pages:
    """Find page numbers and running heads between the lines; set aside those that the pages themselves bear out."""
    text = ledger.text
    worded = [index for index, line in enumerate(lines) if not line.blank and index not in aside]
    order = {index: place for place, index in enumerate(worded)}
    feeds = {index for index, line in enumerate(lines) if "\f" in text[line.left : line.right]}
    numbers = _page_numbers(text, lines, worded, order, feeds)
    heads, doubted = _running_heads(text, lines, worded, order, feeds, numbers)
    gone: set[int] = set()
    unsure = 0
    for index, (value, signs, sure) in sorted(numbers.items()):
        line = lines[index]
        unsure += not sure
        if unsure > MANY and not sure and ledger.decided("page-number", line.start) is None:
            continue
        choice = ledger.weigh(
            "page-number",
            line.start,
            line.end,
            f"page number {value}",
            signs,
            "aside" if sure else "text",
            (ASIDE, KEEP),
            doubt=not sure,
        )
        if choice.way == "aside":
            ledger.give(line.start, line.end, Fate.ASIDE)
            gone.add(index)
    if unsure > MANY:
        told = f"{unsure - MANY:,} more numbers alone on their lines are not listed"
        ledger.weigh("page-numbers", 0, 0, told, (), "text", (), doubt=True)
    for index, signs in sorted(heads.items()):
        line = lines[index]
        choice = ledger.weigh("running-head", line.start, line.end, "a running head", signs, "aside", (ASIDE, KEEP))
        if choice.way == "aside":
            ledger.give(line.start, line.end, Fate.ASIDE)
            gone.add(index)
    unsettled: set[int] = set()
    for members, signs in doubted:
        first, *others = (lines[index] for index in members)
        choice = ledger.weigh(
            "running-head",
            first.start,
            first.end,
            "a running head, or words of the text",
            signs,
            "text",
            (ASIDE_ALL if others else ASIDE, KEEP),
            doubt=True,
            also=[line.start for line in others],
        )
        unsettled |= {line.start for line in others if choice.way != "aside"}
        if choice.way != "aside":
            unsettled.add(first.start)
            continue
        ledger.give(first.start, first.end, Fate.ASIDE)
        for line in others:
            ledger.weigh(
                "running-head", line.start, line.end, "a running head", ("as a person says of the first of them",),
                "aside", (ASIDE,),
            )  # fmt: skip
            ledger.give(line.start, line.end, Fate.ASIDE)
        gone.update(members)
    spoken = frozenset(_without_number(text[lines[index].start : lines[index].end])[0] for index in heads)
    return Pages(frozenset(gone), tuple(sorted(gone | feeds)), spoken, frozenset(unsettled))


def _interrupts(
    text: str,
    lines: Sequence[Line],
    worded: Sequence[int],
    place: int,
    skip: Collection[int],
    known: Collection[int] = (),
) -> bool:
    """Say whether the words before and after a line are one sentence."""
    before = after = None
    for back in range(place - 1, max(-1, place - 5), -1):
        if worded[back] not in skip and worded[back] not in known:
            before = lines[worded[back]]
            break
    for on in range(place + 1, min(len(worded), place + 5)):
        if worded[on] not in skip and worded[on] not in known:
            after = lines[worded[on]]
            break
    if before is None or after is None:
        return False
    return _ENDS.search(text[max(before.start, before.end - 8) : before.end]) is None and text[after.start].islower()


def _resumes(
    text: str, lines: Sequence[Line], worded: Sequence[int], place: int, skip: Collection[int], known: Collection[int]
) -> bool:
    """Say whether the words after a line go on with a sentence: they begin with a small letter, and with no mark."""
    for on in range(place + 1, min(len(worded), place + 5)):
        if worded[on] not in skip and worded[on] not in known:
            words = text[lines[worded[on]].start : lines[worded[on]].end]
            return words[0].islower() and re.match(r"\w{1,4}[.)]|\w\b(?!\s\w)", words) is None
    return False


def _page_numbers(
    text: str, lines: Sequence[Line], worded: Sequence[int], order: Mapping[int, int], feeds: set[int]
) -> _Numbers:
    """Return lines that hold a page number: its value, the signs, and whether they suffice."""
    candidates: list[tuple[int, int, bool]] = []
    for index in worded:
        words = text[lines[index].start : lines[index].end]
        if len(words) > 24:
            continue
        found = _NUMBER.fullmatch(words)
        if found is None:
            continue
        value = int(found["number"]) if found["number"].isdigit() else _roman(found["number"].lower())
        if value:
            named = any(sign.isalpha() for sign in found["before"] + found["after"])
            dressed = bool(re.search(r"[-–—]", found["before"]) and re.search(r"[-–—]", found["after"]))
            candidates.append((index, value, named or dressed))
    runs: list[list[tuple[int, int, bool]]] = []
    for candidate in candidates:
        for run in reversed(runs[-3:]):
            if 1 <= candidate[1] - run[-1][1] <= 2:
                run.append(candidate)
                break
        else:
            runs.append([candidate])
    result: dict[int, tuple[int, tuple[str, ...], bool]] = {}
    for run in runs:
        members = {index for index, _, _ in run}
        inside = sum(_interrupts(text, lines, worded, order[index], members) for index in members)
        at_feeds = sum(any(near in feeds for near in (index - 1, index, index + 1)) for index in members)
        worn = sum(dressed for _, _, dressed in run)
        beside = _same_beside(text, lines, worded, order, members)
        for index, value, dressed in run:
            signs = ["a number alone on its line"]
            if dressed:
                signs.append("written as page numbers are")
            if len(run) > 1:
                signs.append(f"one of {len(run)} that count on")
            if _interrupts(text, lines, worded, order[index], members):
                signs.append("it stands in the middle of a sentence")
            if any(near in feeds for near in (index - 1, index, index + 1)):
                signs.append("a form feed stands beside it")
            if beside > 1:
                signs.append(f"the same line stands beside {beside} of them")
            kin = bool(inside or at_feeds or (beside > 1 and run[0][1] > 1) or worn == len(run))
            edge = _at_edge(lines, index, feeds)
            sure = (len(run) > 1 and kin and (edge or len(run) > 2)) or (edge and (len(signs) > 2 or dressed))
            if sure or inside or (len(run) > 2 and run[0][1] > 1):  # from 1 on they may be numbers of chapters
                result[index] = (value, tuple(signs), sure)
    return result


def _same_beside(
    text: str, lines: Sequence[Line], worded: Sequence[int], order: Mapping[int, int], members: set[int]
) -> int:
    """Return beside how many numbers one and the same line stands, as running heads do."""
    beside: set[int] = set()
    for index in members:
        place = order[index]
        beside |= {worded[at] for at in (place - 1, place + 1) if 0 <= at < len(worded)}
    tally = Counter(
        words
        for at in beside - members
        if re.search(r"[^\W\d_]", words := " ".join(text[lines[at].start : lines[at].end].split()).casefold())
    )
    return max(tally.values(), default=0)


def _roman(token: str) -> int:
    if re.fullmatch(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", token) is None:
        return 0
    values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
    total = 0
    for sign, following in zip(token, [*token[1:], ""], strict=True):
        total += -values[sign] if following and values[following] > values[sign] else values[sign]
    return total


def _running_heads(
    text: str,
    lines: Sequence[Line],
    worded: Sequence[int],
    order: Mapping[int, int],
    feeds: set[int],
    numbers: _Numbers,
) -> tuple[dict[int, tuple[str, ...]], list[tuple[list[int], tuple[str, ...]]]]:
    """Return lines that pages bear out as their heads, with the signs; and groups of lines that only may be such.

    That the same words stand on many lines says nothing: a formula, a refrain and a recital do so as well. A running
    head has a page of its own to show for itself: a number that counts on, a page number beside it, or a form feed.
    """
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    sure = {index for index, (_, _, certain) in numbers.items() if certain}
    for index in worded:
        line = lines[index]
        if line.end - line.start > 90 or index in numbers:
            continue
        if not (_at_edge(lines, index, feeds) or {index - 1, index + 1} & sure):
            continue  # a line between two lines is a part of what they say
        words, number = _without_number(text[line.start : line.end])
        if any(sign.isalpha() for sign in words):
            groups[words].append((index, number))
    folios = {index: value for index, (value, _, certain) in numbers.items() if certain}
    result: dict[int, tuple[str, ...]] = {}
    doubted: list[tuple[list[int], tuple[str, ...]]] = []
    for words, members in groups.items():
        if len(members) < 2:
            continue
        own = {index for index, _ in members}
        cuts = {index for index in own if _interrupts(text, lines, worded, order[index], own, numbers)}
        counted = _counted(text, lines, members, bool(cuts)) if " " in words else {}
        held: dict[int, tuple[str, ...]] = {}
        for index, _ in members:
            place = order[index]
            near = {worded[at] for at in (place - 1, place + 1) if 0 <= at < len(worded)}
            signs = [f"the same words stand on {len(members)} lines"]
            if near & sure:
                signs.append("a page number stands beside it")
            parted = all(
                at < 0 or at >= len(lines) or lines[at].blank or at in sure or at in feeds
                for at in (index - 1, index + 1)
            )
            said = _ENDS.search(text[lines[index].end - 4 : lines[index].end]) is not None and index not in cuts
            if index not in counted and (said or not parted):
                continue  # a sentence, or a part of one, that stands beside the edge of a page
            if index in counted:
                signs.append(f"it carries the page number {counted[index]}, which counts on")
            if any(beside in feeds for beside in (index - 1, index, index + 1)):
                signs.append("a form feed stands beside it")
            if len(signs) > 1:
                if index not in cuts and _resumes(text, lines, worded, order[index], own, numbers):
                    cuts.add(index)  # notes at the foot of the page stand between the halves of the sentence
                if index in cuts:
                    signs.append("it stands in the middle of a sentence")
                held[index] = tuple(signs)
        first = members[0][0]
        blocks = {index for index in held if {index - 1, index + 1} & sure}  # nothing parts these from the page number
        if first in held and first not in counted and first not in cuts and first not in blocks:
            del held[first]  # the head itself, which others repeat
        firm = bool(counted) or bool(held.keys() & cuts) or (len(blocks) == len(held))
        if firm and len(held) > 1 and len(held) * 2 >= len(own) - 1:
            result |= held
            folios |= counted
        rest = [index for index in own if index not in result and (index in held or index in cuts)]
        rest = sorted(index for index in rest if index != first and _at_blank(lines, index))
        if rest and (len(members) > 2 or any(index in result for index in own)):
            doubted.append(
                (
                    rest,
                    (
                        f"the same words stand on {len(members)} lines",
                        *(("it stands in the middle of a sentence",) if rest[0] in cuts else ()),
                        "it may be the head of each page, or be said anew on each",
                    ),
                )
            )
    _between_folios(text, lines, worded, order, folios, set(numbers) | set(result), result, doubted)
    settled = {index for members, _ in doubted for index in members} | set(result) | set(numbers)
    alone = [
        index
        for index in worded
        if index not in settled
        and lines[index].end - lines[index].start <= 30
        and {index - 1, index + 1} & sure
        and (index == 0 or lines[index - 1].blank or index - 1 in sure)
        and (index + 1 == len(lines) or lines[index + 1].blank or index + 1 in sure)
    ]
    doubted += [([index], ("nothing parts it from a page number", "it stands there once")) for index in alone]
    doubted.sort()
    return result, doubted


def _counted(text: str, lines: Sequence[Line], members: Sequence[tuple[int, int]], cuts: bool) -> dict[int, int]:
    """Return the page numbers that the same words carry, when they count on and are no numbers of the words' own."""
    numbered = [(index, number) for index, number in members if number]
    if len(numbered) < 2 or not all(0 < b - a <= 4 for (_, a), (_, b) in pairwise(numbered)):
        return {}
    apart = all(_apart(text[lines[index].start : lines[index].end]) for index, _ in numbered)
    return dict(numbered) if apart or cuts else {}  # "Statement of witness 2" counts as well


def _apart(line: str) -> bool:
    """Say whether a number at an end of a line stands apart from the words: by a gap, by a bar, or before capitals."""
    return re.search(r"^\d{1,4}(?:\s{2,}|\s*[|·•—–]\s*)|(?:\s{2,}|\s*[|·•—–]\s*)\d{1,4}$", line) is not None or (
        line[:1].isdigit() and line.upper() == line
    )


def _between_folios(
    text: str,
    lines: Sequence[Line],
    worded: Sequence[int],
    order: Mapping[int, int],
    folios: dict[int, int],
    known: set[int],
    result: dict[int, tuple[str, ...]],
    doubted: list[tuple[list[int], tuple[str, ...]]],
) -> None:
    """Find heads that stand on one page only, by the number they carry: the page before or after has the next one."""
    if not folios:
        return
    candidates: list[tuple[int, int]] = []
    for index in worded:
        line = lines[index]
        words = text[line.start : line.end]
        if index in known or line.end - line.start > 90 or not _at_blank(lines, index) or not _apart(words):
            continue
        number = _without_number(words)[1]
        if number:
            candidates.append((index, number))
    unsettled: list[int] = []
    standing = sorted(folios)

    def line_of(index: int) -> tuple[int, bool]:
        """Return how a head of a page is set: how far it is moved in, and at which end its number stands."""
        return lines[index].indent if lines[index].indent > 7 else -index, text[lines[index].start].isdigit()

    looks = {line_of(index) for index in result}
    for index, number in candidates:
        place = bisect_left(standing, index)
        before = folios[standing[place - 1]] if place else 0
        after = folios[standing[place]] if place < len(standing) else 0
        cut = _interrupts(text, lines, worded, order[index], {index}, known)
        both = before + 1 == number == after - 1
        beside = (before + 1 == number and (not after or number < after)) or (not before and number == after - 1)
        alike = line_of(index) in looks
        if both or (beside and (cut or alike)):
            result[index] = (
                f"it carries the number {number}, which stands apart",
                f"it is that of the page between {before} and {after}"
                if both
                else f"it counts on from {before}"
                if before + 1 == number
                else f"the next page has {after}",
                *(("it stands in the middle of a sentence",) if cut else ()),
                *(("it is set as other running heads are",) if alike else ()),
            )
            folios[index] = number
            looks.add(line_of(index))
            insort(standing, index)
        elif before + 1 == number or number == after - 1:
            unsettled.append(index)
    doubted += [
        ([index], ("it carries a number that stands apart", "the number may be that of a page, or its own"))
        for index in unsettled
    ]


def _without_number(line: str) -> tuple[str, int]:
    """Return the words of a running head in small letters, and the page number that stands at one of its ends."""
    words = " ".join(line.split())
    edge = _AT_EDGE.fullmatch(words)
    if edge is None:
        return words.casefold(), 0
    return (edge[2] or edge[3]).casefold(), int(edge[1] or edge[4])


def _at_edge(lines: Sequence[Line], index: int, feeds: set[int]) -> bool:
    """Say whether a line may be the first or the last of a page."""
    return (
        index == 0
        or index + 1 == len(lines)
        or lines[index - 1].blank
        or lines[index + 1].blank
        or bool({index - 1, index, index + 1} & feeds)
    )


def _at_blank(lines: Sequence[Line], index: int) -> bool:
    return (index == 0 or lines[index - 1].blank) and (index + 1 == len(lines) or lines[index + 1].blank)


__all__ = ["ASIDE", "KEEP", "Pages", "excerpt", "find_furniture", "find_pages", "read_lines", "set_aside_controls"]
