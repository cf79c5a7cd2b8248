"""Signs for which no face has a shape are set aside, and what stands for them is supplied, so that the book builds.

`shapes` are the signs that the faces of the house have; the one who opens files says which these are.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from pipeline.intake.ledger import Ledger
from pipeline.intake.lines import ASIDE, KEEP
from pipeline.intake.values import Fate, Mark, Paragraph, Way

SUPPLY = Way("supply", "say in square brackets which sign stands there")
MANY = 60
"""signs that are entered one by one"""


def find_faceless(ledger: Ledger, flows: Sequence[Paragraph], shapes: frozenset[str]) -> None:
    """Enter each sign of the text that no face has; where most letters are such, only say so."""
    text, fates = ledger.text, ledger.fates
    places: dict[str, list[int]] = defaultdict(list)
    letters = 0
    for words in flows:
        for piece in words.pieces:
            for at in range(piece.start, piece.end):
                sign = text[at]
                letters += sign.isalpha()
                if sign in shapes or fates[at] not in (Fate.BODY, Fate.NOTE) or not _is_drawn(text, at, shapes):
                    continue
                places[sign].append(at)
    if not places:
        return
    strange = sum(len(found) for sign, found in places.items() if sign.isalpha())
    if strange * 4 > letters:
        first = min(min(found) for found in places.values())
        ledger.weigh(
            "script", first, first + 1, f"{strange:,} of {letters:,} letters have no face in the house",
            ("the book builds when a face for them is named under `[fonts]` in a `book.toml` of yours",), "text", (),
            doubt=True,
        )  # fmt: skip
        return
    ordered = sorted(places.items(), key=lambda each: each[1][0])
    gone: dict[int, bool] = {}
    for sign, found in ordered[:MANY]:
        name = unicodedata.name(sign, "a sign without a name").lower()
        choice = ledger.weigh(
            "sign", found[0], found[0] + 1,
            f"no face of the house has `{sign}` (U+{ord(sign):04X}, {name}), {len(found)} {'time' if len(found) == 1 else 'times'}",
            ("with it the book could not be built",), "supply", (SUPPLY, ASIDE, KEEP), doubt=True, also=found[1:],
        )  # fmt: skip
        if choice.way != "text":
            gone.update(dict.fromkeys(found, choice.way == "supply"))
    rest = [at for _, found in ordered[MANY:] for at in found]
    if rest:
        ledger.weigh(
            "signs", rest[0], rest[0] + 1, f"{len(ordered) - MANY:,} more such signs, {len(rest):,} times",
            ("no face of the house has them",), "supply", (SUPPLY,), doubt=True, also=rest[1:],
        )  # fmt: skip
        gone.update(dict.fromkeys(rest, True))
    _stand_in(ledger, gone)


def _stand_in(ledger: Ledger, gone: dict[int, bool]) -> None:
    """Set signs aside; those that follow one another get one pair of brackets."""
    start = -1
    named: list[str] = []
    for at in (*sorted(gone), -1):
        if named and (at != start + len(named) or not gone[at]):
            ledger.marks.append(Mark(start, start + len(named), "stand-in", " ".join(named)))
            named = []
        if at < 0:
            break
        ledger.give(at, at + 1, Fate.ASIDE)
        if gone[at]:
            start = start if named else at
            named.append(f"U+{ord(ledger.text[at]):04X}")


def _is_drawn(text: str, at: int, shapes: frozenset[str]) -> bool:
    """Say whether a sign has a shape to be drawn: white space has none, nor have marks that a face composes."""
    sign = text[at]
    if sign.isspace():
        return False
    composed = unicodedata.normalize("NFC", text[at - 1 : at + 1])
    return not (unicodedata.combining(sign) and at and len(composed) == 1 and composed in shapes)


def spoken(words: str, shapes: frozenset[str]) -> str:
    """Return words of a title with the names of signs that no face has.

    >>> spoken("Snow ☃", frozenset("Snow "))
    'Snow [U+2603]'
    """
    if not shapes:
        return words
    return "".join(
        sign if sign in shapes or not _is_drawn(words, at, shapes) else f"[U+{ord(sign):04X}]"
        for at, sign in enumerate(words)
    )


__all__ = ["find_faceless", "spoken"]
