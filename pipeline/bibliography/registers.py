"""Where each work is cited, article by article and page by page: cites with their places in, pins in order out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.bibliography.locators import NO_TERM, Level

Pinned = tuple[Level, ...]
"""A place in a work, with one number on its innermost level."""

_PARTS = re.compile(r"\s*(?:,|;|&|\b(?:and|und|et|y|e|и|та|och|og|en|ve|və|և)\b)\s*")
_GROUP = re.compile(r"\([0-9A-Za-z]{1,5}\)")
_ORDER = (
    "volume book part title-locator chapter section article-locator rule paragraph appendix page folio column verse line"
    " note figure table equation"
).split()
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_NUMERAL = re.compile(r"(?=.)m{0,4}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)


def pins(levels: Sequence[Level]) -> Iterable[Pinned]:
    """Part a locator into the places that it names.

    >>> [pin[-1].number for pin in pins((Level("article-locator", "5(1)(a), (b) and 12–14"),))]
    ['5(1)(a)', '5(1)(b)', '12–14']
    """
    if not levels:
        return
    last = levels[-1]
    before = ""
    for part in [last.number] if last.label == NO_TERM else filter(None, _PARTS.split(last.number)):
        number = _completed(part, before)
        before = number
        yield (*levels[:-1], Level(last.label, number, last.word, last.joint))


def _completed(part: str, before: str) -> str:
    """Give a part in brackets the article of the part before: after `12(1)`, `(3)` is `12(3)`.

    >>> _completed("(3)", "12(1)(a)"), _completed("(b)", "12(1)(a)"), _completed("4", "3")
    ('12(3)', '12(1)(b)', '4')
    """
    first = _GROUP.match(part)
    if first is None or not before:
        return part
    head = re.match(r"[^(]*", before)
    out = head[0] if head is not None else ""
    for group in _GROUP.findall(before):
        if group[1].isdecimal() == part[1].isdecimal():
            break
        out += group
    return out + part


def in_order(pinned: Pinned) -> list[tuple[object, ...]]:
    """Return a key by which pins stand as in the work: 2 before 3, 3bis and 10; xii before 1; art. 3 before its paragraphs."""
    key: list[tuple[object, ...]] = []
    for level in pinned:
        rank = _ORDER.index(level.label) if level.label in _ORDER else len(_ORDER)
        word = "" if level.label in _ORDER else level.label + level.word.casefold()
        key.append((rank, word, _natural(level.number)))
    return key


def _natural(number: str) -> list[tuple[int, int, str]]:
    parts: list[tuple[int, int, str]] = []
    for part in re.findall(r"\d+|[^\W\d_]+|[^\w]+|_+", number):
        if part.isdecimal():
            parts.append((2, int(part), ""))
        elif not parts and _NUMERAL.fullmatch(part):
            parts.append((1, _value(part.lower()), ""))  # the pages of the front matter stand first
        else:
            # Letters follow the bare number at once; paragraphs in brackets after it, ranges after them.
            parts.append((0 if part[0].isalpha() else 1 if part[0] in "(." else 3, 0, part.casefold()))
    return parts


def _value(numeral: str) -> int:
    """Return the value of a Roman numeral.

    >>> _value("xiv")
    14
    """
    values = [_ROMAN[letter] for letter in numeral]
    return sum(-value if value < max(values[place:]) else value for place, value in enumerate(values))
