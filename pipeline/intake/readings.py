"""What a text shows and nobody but a person can settle: lost italics, open brackets, two spellings of a name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.intake.ledger import Ledger, excerpt
from pipeline.intake.values import Fate, Mark, Paragraph, Way

TEXT = Way("text", "leave it as it stands")
MANY = 60
"""Doubts of one kind that are entered one by one; more are a sign of their own, and told as a number."""

_LONE = re.compile(r"(?<![\s])\u00a0(?!\s)")
_OPEN, _CLOSE = "([{", ")]}"
_MOJIBAKE = re.compile(r"â€[™œ\x9d˜“”¦]?|Ã[\u00a0-¿]|Â[\u00a0-¿]|Ð[\u0080-¿]|â\u0080[\u0090-¯]")
_NAME = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_PAIR = re.compile(r"(?<![\w-])([A-ZÀ-ÖØ-ÞА-ЯԱ-Ֆ][\w’]+)([ \u00a0]|-)([A-ZÀ-ÖØ-ÞА-ЯԱ-Ֆ][\w’]+)(?![\w-])")


def find_doubts(ledger: Ledger, flows: Sequence[Paragraph]) -> None:
    """Enter what only a person can settle in the words of the text and of its notes."""
    _italics(ledger, flows)
    _brackets(ledger, flows)
    _spellings(ledger, flows)
    _mojibake(ledger, flows)


def _italics(ledger: Ledger, flows: Sequence[Paragraph]) -> None:
    """Lone no-break spaces before and after a few words: what is left of italics or a link."""
    text = ledger.text
    calls = sorted(mark.start for mark in ledger.marks if mark.kind == "call")
    found = 0
    for words in flows:
        places = [words.place(at.start()) for at in _LONE.finditer(words.text)]
        skip = -1
        for first, second in pairwise(places):
            inner = text[first + 1 : second]
            near = bisect_left(calls, first)
            if first < skip or not 1 < len(inner) <= 60 or (near < len(calls) and calls[near] < second):
                continue
            if len(inner.split()) > 6 or re.search(r"[.!?;:,\"“”\n]|^\d|\d$", inner) or "\u00a0" in inner:
                continue
            if not (text[first - 1].isalpha() and text[second + 1 : second + 2].isalpha()):
                continue
            skip = second
            found += 1
            if found > MANY and ledger.decided("italic", first + 1) is None:
                continue
            choice = ledger.weigh(
                "italic",
                first + 1,
                second,
                f"“{inner}” stands between two no-break spaces: italics may have been lost",
                ("a no-break space on both sides, where others are spaces", "no sign of punctuation at its ends"),
                "text",
                (Way("italic", f"set it in italics: `*{inner}*`"), TEXT),
                doubt=True,
            )
            if choice.way == "italic":
                ledger.marks.append(Mark(first + 1, second, "italic"))
    if found > MANY:
        ledger.weigh(
            "italics",
            0,
            0,
            f"{found - MANY} more such places are not listed",
            ("no-break spaces",),
            "text",
            (),
            doubt=True,
        )


def _brackets(ledger: Ledger, flows: Sequence[Paragraph]) -> None:
    text, fates = ledger.text, ledger.fates
    found = 0
    for words in flows:
        open_at: list[int] = []
        faults: list[tuple[int, str]] = []
        for piece in words.pieces:
            for at in re.finditer(r"[()\[\]{}]", text[piece.start : piece.end]):
                place = piece.start + at.start()
                if fates[place] in (Fate.CALL, Fate.ASIDE):
                    continue
                sign = at.group()
                if sign in _OPEN:
                    open_at.append(place)
                elif open_at and _OPEN.index(text[open_at[-1]]) == _CLOSE.index(sign):
                    open_at.pop()
                elif open_at or not re.fullmatch(
                    r"[(]?\w{1,5}", text[max(words.start, place - 6) : place].split(" ")[-1]
                ):
                    faults.append((place, "closes"))
        faults += [(place, "opens") for place in open_at]
        for place, what in sorted(faults):
            found += 1
            if found > MANY and ledger.decided("bracket", place) is None:
                continue
            end = not text[place + 1 : words.end].strip()
            signs = [
                f"the paragraph has no `{_CLOSE[_OPEN.index(text[place])]}`"
                if what == "opens"
                else "nothing before it opens"
            ]
            if what == "opens" and end:
                signs.append("nothing follows it: a link or an address was lost here")
            ways = [TEXT]
            if what == "opens":
                partner = _CLOSE[_OPEN.index(text[place])]
                ways.append(
                    Way(
                        "supply",
                        "supply what is missing at the end of the paragraph, in square brackets",
                        (f'text = "…{partner}"',),
                    )
                )
            choice = ledger.weigh(
                "bracket",
                place,
                place + 1,
                f"a bracket that {what} and {'does not close' if what == 'opens' else 'was not opened'}: "
                f"“{excerpt(text, max(words.start, place - 40), 56)}”",
                signs,
                "text",
                ways,
                doubt=True,
            )
            if choice.way == "supply" and choice.text:
                ledger.marks.append(Mark(words.end, words.end, "supplied", choice.text))
    if found > MANY:
        ledger.weigh(
            "brackets",
            0,
            0,
            f"{found - MANY} more such brackets are not listed",
            ("no partner",),
            "text",
            (),
            doubt=True,
        )


def _spellings(ledger: Ledger, flows: Sequence[Paragraph]) -> None:
    """Names that differ by one letter inside, or by a hyphen, and are both in the text."""
    places: dict[str, list[int]] = defaultdict(list)
    small: set[str] = set()
    joined: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for words in flows:
        for at in _NAME.finditer(words.text):
            name = at.group()
            if len(name) >= 5:
                if name[0].isupper() and not name.isupper():
                    places[re.sub(r"[’']s$", "", name)].append(words.place(at.start()))
                elif name[0].islower():
                    small.add(name)
        for at in _PAIR.finditer(words.text):
            joined[f"{at[1]} {at[3]}".casefold()]["-" if at[2] == "-" else " "].append(words.place(at.start()))
    names = sorted(name for name in places if name.casefold() not in small and len(name) <= 40)
    by_loss: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for form in {name, *(name[:cut] + name[cut + 1 :] for cut in range(1, len(name) - 1))}:
            by_loss[form].append(name)
    pairs: set[tuple[str, str]] = set()
    for group in by_loss.values():
        for position, one in enumerate(group[:20]):
            pairs.update((one, other) for other in group[position + 1 : 20])
    found = 0
    for one, other in sorted(pairs):
        rare, usual = sorted((one, other), key=lambda name: (len(places[name]), places[name][0]))
        if not _one_apart(rare, usual) or len(places[usual]) < 2 or rare[0] != usual[0]:
            continue
        found += 1
        _spelling(ledger, found, rare, places[rare], usual, places[usual], "they differ by one letter")
    for forms in joined.values():
        if len(forms) == 2:
            few, many = sorted(forms.items(), key=lambda form: (len(form[1]), form[1][0]))
            shown = [_PAIR.match(ledger.text, places[0]) for _, places in (few, many)]
            if shown[0] is not None and shown[1] is not None and len(many[1]) > 1:
                found += 1
                _spelling(ledger, found, shown[0][0], few[1], shown[1][0], many[1], "they differ by a hyphen")
    if found > MANY:
        ledger.weigh(
            "spellings", 0, 0, f"{found - MANY} more pairs are not listed", ("one letter",), "text", (), doubt=True
        )


def _spelling(
    ledger: Ledger, found: int, rare: str, at: Sequence[int], usual: str, others: Sequence[int], sign: str
) -> None:
    if found > MANY and ledger.decided("spelling", at[0]) is None:
        return
    ledger.weigh(
        "spelling",
        at[0],
        at[0] + len(rare),
        f"`{rare}` ({_times(len(at))}) beside `{usual}` ({_times(len(others))}): two spellings of one name?",
        (sign, "both are written as names"),
        "text",
        (Way("text", "both stand as the source has them; nothing is corrected"),),
        doubt=True,
        also=(*at[1:6], *others[:6]),
    )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _one_apart(one: str, other: str) -> bool:
    """Say whether two names differ by one letter that is not their first or last.

    >>> _one_apart("Hallowell", "Halowell"), _one_apart("Armenia", "Armenian")
    (True, False)
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return start >= 1 and end >= 1 and max(len(one), len(other)) - start - end == 1


def _mojibake(ledger: Ledger, flows: Sequence[Paragraph]) -> None:
    tally: Counter[str] = Counter()
    first = -1
    for words in flows:
        for at in _MOJIBAKE.finditer(words.text):
            tally[at.group()] += 1
            first = words.place(at.start()) if first < 0 else first
    if tally:
        shown = ", ".join(f"`{sign}`" for sign, _ in tally.most_common(3))
        ledger.weigh(
            "mojibake", first, first + 1, f"{shown}, {_times(sum(tally.values()))}: UTF-8 that was once read as Windows-1252?",
            ("no language writes them",), "text", (TEXT,), doubt=True,
        )  # fmt: skip
    lost = [words.place(at.start()) for words in flows for at in re.finditer("\ufffd", words.text)]
    if lost:
        ledger.weigh(
            "replacement", lost[0], lost[0] + 1, f"U+FFFD, {_times(len(lost))}: a letter was lost before the text came here",
            ("programs write it for what they cannot read",), "text", (TEXT,), doubt=True, also=lost[1:],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spaces:
    """Places of white space that is more than a space: kept in its number, a kept no-break space, and what was not kept."""

    doubled: tuple[int, ...]
    lone: tuple[int, ...]
    gone: tuple[int, ...]


def space_findings(ledger: Ledger, flows: Sequence[Paragraph], written: Sequence[Paragraph]) -> Spaces:
    """Return where more than one space stands between words, and where no-break spaces do.

    `flows` are the paragraphs that were found, `written` those that stand in the manuscript.
    """
    text, fates = ledger.text, ledger.fates
    inside = bytearray(len(text) + 1)
    for words in written:
        for piece in words.pieces:
            inside[piece.start : piece.end] = b"\x01" * (piece.end - piece.start)
    doubled: list[int] = []
    lone: list[int] = []
    gone: list[int] = []
    for words in flows:
        for piece in words.pieces:
            for at in _SPACES.finditer(text, piece.start, piece.end):
                start, end = at.span()
                after = fates[end] if end < len(text) else Fate.BODY
                kept = all(inside[start:end]) and after not in (Fate.CALL, Fate.ASIDE) and fates[start] != Fate.MARK
                if end - start == 1 and start and fates[start - 1] == Fate.CALL:
                    kept = False  # an ordinary space
                if not kept:
                    gone.append(start)
                elif end - start > 1:
                    doubled.append(start)
                else:
                    lone.append(start)
    for words in flows:
        for line in words.lines:
            first = text.find("\u00a0", line.left, line.start)
            if first >= 0:
                gone.append(first)
    return Spaces(tuple(doubled), tuple(lone), tuple(sorted(set(gone))))


_SPACES = re.compile(r"[^\S\n]{2,}|\u00a0")
