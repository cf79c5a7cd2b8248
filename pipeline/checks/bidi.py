"""Words of right-to-left scripts: in which order their signs are printed (Unicode Standard Annex 9).

A PDF holds the glyphs of a line in the order in which they stand on paper, from the left. To
compare them with the words, which are kept in the order of reading, the words are put in that
order too. Only the implicit rules are needed: a PDF has no signs of direction.
"""

from __future__ import annotations

import re
import unicodedata

RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Matches where a text has a sign that is written from right to left."""

UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
)
"""Signs without a glyph, which no PDF keeps: joiners, marks of direction, variation selectors (a class for `re`)."""

_UNSEEN = re.compile(f"[{UNSEEN}]+")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

_PAIRS = {"(": ")", "[": "]", "{": "}", "‹": "›", "«": "»", "⟨": "⟩"}
_MIRRORED = str.maketrans(
    {sign: min(pair) for pair in (("(", ")"), ("[", "]"), ("{", "}"), ("‹", "›"), ("«", "»"), ("<", ">"), ("⟨", "⟩"))
     for sign in pair}
)  # fmt: skip


def clusters(text: str) -> list[str]:
    """Cut a text into letters with the marks that belong to them.

    >>> clusters("e\\u0301a")
    ['é', 'a']
    """
    out: list[str] = []
    for sign in unicodedata.normalize("NFC", text):
        if out and unicodedata.combining(sign):
            out[-1] += sign
        else:
            out.append(sign)
    return out


def printed(text: str, right_to_left: bool, brackets: bool = True) -> list[str]:
    """Return the clusters of a line in the order in which they are printed, from the left.

    `right_to_left` is the direction of the paragraph. Without `brackets` the rule for paired
    brackets (N0), which not every engine knows, is left out.
    """
    signs = clusters(text)
    levels = _levels(signs, int(right_to_left), brackets)
    order = list(range(len(signs)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            if levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return [signs[place] for place in order]


def same_line(words: str, glyphs: tuple[str, ...]) -> bool:
    """Say whether glyphs, from the left, print these words; a mirrored sign counts as its pair.

    Signs without a glyph do not count, and the marks of a letter may come in any order.

    >>> same_line("שָׁל", ("ל", "ָ", "שׁ"))
    True
    >>> same_line("שָׁל", ("לָ", "שׁ"))
    False
    """
    words = _UNSEEN.sub(lambda found: "".join(_DIRECTIONS.findall(found.group())), words)
    shown = _bare(_joined([sign for glyph in glyphs for sign in _from_left(glyph)]))
    return any(
        _bare(printed(words, right_to_left, brackets)) == shown
        for right_to_left in (True, False)
        for brackets in (True, False)
    )


def guess(glyphs: tuple[str, ...]) -> str:
    """Put the glyphs of a line, given from the left, in a likely order of reading.

    The same line on paper can stand for several orders, so this is for finding the place of
    words only; `same_line` is the proof.
    """
    signs = [sign for glyph in glyphs for sign in _from_left(glyph)]
    strong = [_kind(sign) for sign in signs]
    right = sum(kind in ("R", "AL") for kind in strong) > sum(kind == "L" for kind in strong)
    return "".join(printed_back(signs, right))


def printed_back(signs: list[str], right_to_left: bool) -> list[str]:
    """Undo `printed` for the common cases: the same reversals, made on the printed line."""
    levels = _levels(signs if not right_to_left else signs[::-1], int(right_to_left), True)
    out = signs[::-1] if right_to_left else list(signs)
    # Runs against the direction of the paragraph, and numbers inside right-to-left words.
    for lowest in (2, 1) if not right_to_left else (2,):
        start = 0
        while start < len(out):
            if levels[start] < lowest:
                start += 1
                continue
            end = start
            while end < len(out) and levels[end] >= lowest:
                end += 1
            out[start:end] = out[start:end][::-1]
            levels[start:end] = levels[start:end][::-1]
            start = end
    return out


def _from_left(glyph: str) -> list[str]:
    """Cut what one glyph stands for into clusters, from the left: a ligature of Arabic holds several."""
    signs = clusters(glyph)
    return signs[::-1] if RIGHT_TO_LEFT.search(glyph) else signs


def _joined(signs: list[str]) -> list[str]:
    """Put marks that are glyphs of their own to their letters.

    On paper the points of a right-to-left letter come before it, from the left, other marks after it.
    """
    out: list[str] = []
    points = ""
    for sign in signs:
        if all(unicodedata.combining(each) for each in sign) and sign:
            if RIGHT_TO_LEFT.match(sign):
                points += sign
                continue
            if out and not points:
                out[-1] += sign
                continue
        out.append(sign + points)
        points = ""
    return [*out, points] if points else out


def _bare(signs: list[str]) -> list[str]:
    seen = (unicodedata.normalize("NFD", _UNSEEN.sub("", sign)).translate(_MIRRORED) for sign in signs)
    return ["".join(sorted(sign)) for sign in seen if sign and not sign.isspace()]


def _kind(sign: str) -> str:
    return unicodedata.bidirectional(sign[0]) or "L"


def _levels(signs: list[str], base: int, brackets: bool) -> list[int]:
    """Resolve the levels of a line (rules W1 to W7, N0 to N2, I1 and I2)."""
    around = "R" if base else "L"
    kinds = [_kind(sign) for sign in signs]
    count = len(kinds)
    strong = around
    for n, kind in enumerate(kinds):  # W1, W2, W3
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[n] = "AN"
        elif kind == "NSM":
            kinds[n] = kinds[n - 1] if n else around
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    for n in range(1, count - 1):  # W4
        before, after = kinds[n - 1], kinds[n + 1]
        if before == after and ((kinds[n] == "ES" and before == "EN") or (kinds[n] == "CS" and before in ("EN", "AN"))):
            kinds[n] = before
    for n in range(count):  # W5
        if kinds[n] == "ET":
            end = n
            while end < count and kinds[end] == "ET":
                end += 1
            if (n and kinds[n - 1] == "EN") or (end < count and kinds[end] == "EN"):
                kinds[n:end] = ["EN"] * (end - n)
    strong = around
    for n, kind in enumerate(kinds):  # W6, W7
        if kind in ("ES", "ET", "CS"):
            kinds[n] = "ON"
        elif kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[n] = "L"
    if brackets:
        _pair_brackets(signs, kinds, around)
    n = 0
    while n < count:  # N1, N2
        if kinds[n] in ("L", "R", "EN", "AN"):
            n += 1
            continue
        end = n
        while end < count and kinds[end] not in ("L", "R", "EN", "AN"):
            end += 1
        before = around if n == 0 else "L" if kinds[n - 1] == "L" else "R"
        after = around if end == count else "L" if kinds[end] == "L" else "R"
        kinds[n:end] = [before if before == after else around] * (end - n)
        n = end
    raised = {"L": (0, 2), "R": (1, 1), "EN": (2, 2), "AN": (2, 2)}
    return [raised[kind][base] for kind in kinds]


def _pair_brackets(signs: list[str], kinds: list[str], around: str) -> None:
    """Give paired brackets the direction of what they hold (N0)."""
    stack: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for n, sign in enumerate(signs):
        if kinds[n] != "ON":
            continue
        if sign in "([{⟨":
            stack.append((_PAIRS[sign], n))
        elif sign in ")]}⟩":
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == sign:
                    pairs.append((stack[depth][1], n))
                    del stack[depth:]
                    break
    for start, end in sorted(pairs):
        inside = {"L" if kind == "L" else "R" for kind in kinds[start + 1 : end] if kind in ("L", "R", "EN", "AN")}
        if around in inside:
            kinds[start] = kinds[end] = around
        elif inside:
            strong = around
            for kind in reversed(kinds[:start]):
                if kind in ("L", "R", "EN", "AN"):
                    strong = "L" if kind == "L" else "R"
                    break
            other = "L" if around == "R" else "R"
            kinds[start] = kinds[end] = other if strong == other else around
