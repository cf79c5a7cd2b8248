"""Numbers and ranges (CSL 1.0.2, "Number", "Page Ranges", "is-numeric"): text in, text out."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.csl.locale import Locale

NUMERIC = frozenset(
    """chapter-number citation-number collection-number edition first-reference-note-number issue locator number
    number-of-pages number-of-volumes page page-first part-number printing-number section supplement-number
    version volume""".split()
)
COUNTS = frozenset({"number-of-pages", "number-of-volumes"})
"""Variables that count things: their label is plural when the number is more than one."""

_ONE = r"[^\W\d_]{0,8}[\u2019']?\d+(?:/\d+)*[^\W\d_]{0,8}"
# Capitals are as often letters of a series as numerals.
_ROMAN_ONE = r"(?=[ivxlcdm])(?:m{0,4}(?:c[md]|d?c{0,3})(?:x[cl]|l?x{0,3})(?:i[xv]|v?i{0,3}))"
_PART = rf"(?:{_ONE}|{_ROMAN_ONE})"
_NUMERIC = re.compile(rf"\s*{_PART}(?:(?:\s*(?:[,&\-\u2013\u2014]|\\-)\s*|\s+and\s+){_PART})*\s*")
_ROMAN = re.compile(r"(?i)m{0,4}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_SEPARATOR = re.compile(r"\\-|\s*(?:[,;&]|[-\u2010\u2011\u2013\u2014]+|(?<!\w)and(?!\w))\s*")
_RANGE = re.compile(r"^(?P<a>[^\W\d_]*)(?P<x>\d+)\s*[-\u2010\u2011\u2013]\s*(?P<b>[^\W\d_]*)(?P<y>\d+)$")
_HYPHEN = re.compile(r"(?<=\w)\s*[-\u2010\u2011\u2013]+\s*(?=\w)")
_VALUES = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
LARGEST_ROMAN = 3999


@lru_cache(maxsize=4096)
def is_numeric(text: str) -> bool:
    """Say whether a text is made of numbers only.

    >>> [is_numeric(text) for text in ("2nd", "D2", "2, 3", "2-4 & 6", "second", "2.5", "IV", "iv")]
    [True, True, True, True, False, False, False, True]
    """
    return _NUMERIC.fullmatch(text) is not None


def roman(number: int) -> str:
    """Return a small Roman numeral; what has none stays Arabic.

    >>> roman(1994)
    'mcmxciv'
    """
    if not 0 < number <= LARGEST_ROMAN:
        return str(number)
    out = ""
    for value, letters in _VALUES:
        while number >= value:
            out += letters
            number -= value
    return out


def ordinal(number: int, locale: Locale, gender: str = "") -> str:
    """Return a number as an ordinal of the language: 2nd."""
    return f"{number}{locale.ordinal_ending(number, gender)}"


def long_ordinal(number: int, locale: Locale, gender: str = "") -> str:
    """Return an ordinal in words for 1 to 10, else in figures."""
    if 1 <= number <= 10:
        word = locale.term(f"long-ordinal-{number:02}", gender=gender)
        if word:
            return word
    return ordinal(number, locale, gender)


def _expand(x: str, y: str) -> str:
    return x[: len(x) - len(y)] + y if len(y) < len(x) else y


def _shorten(x: str, y: str, least: int) -> str:
    """Leave out the leading figures that both numbers share, but keep ``least`` figures."""
    if len(x) != len(y) or x == y:
        return y
    same = 0
    while same < len(x) and x[same] == y[same]:
        same += 1
    return y[min(same, max(len(y) - least, 0)) :]


def _chicago(x: str, y: str, sixteenth: bool) -> str:
    """Chicago's rule for ranges (Chicago Manual of Style 18, 9.63; 16th edition, 9.60)."""
    if len(x) != len(y) or int(x) < 100 or int(x) % 100 == 0:
        return y
    short = _shorten(x, y, 1)
    if not sixteenth and len(x) == 4 and len(short) >= 3:
        return y
    if int(x) % 100 < 10:
        return short
    return short if len(short) >= 2 else y[-2:]


def page_range(text: str, style: str, delimiter: str) -> str:
    """Return one range in the form a style asks for; a text that is no range stays.

    >>> page_range("321-325", "chicago", "\\u2013")
    '321\\u201325'
    """
    found = _RANGE.match(text)
    if not found:
        return text
    a, x, b, y = found.group("a", "x", "b", "y")
    if not style:
        if a != b:
            return text
        return f"{a}{x}{delimiter}{b}{y}"
    if (a or b) and a != b:
        return text
    full = _expand(x, y)
    if int(full) < int(x):
        return f"{a}{x}{delimiter}{b}{y}"
    if style == "expanded":
        return f"{a}{x}{delimiter}{a}{full}"
    if style == "minimal":
        return f"{a}{x}{delimiter}{_shorten(x, full, 1)}"
    if style == "minimal-two":
        return f"{a}{x}{delimiter}{_shorten(x, full, 2)}"
    if style in ("chicago", "chicago-15"):
        return f"{a}{x}{delimiter}{_chicago(x, full, False)}"
    if style == "chicago-16":
        return f"{a}{x}{delimiter}{_chicago(x, full, True)}"
    return f"{a}{x}{delimiter}{b}{y}"


# `1,000` is one number.
_LIST = re.compile(r"(\s*(?<!\d),\s*|\s*,(?!\d{3}(?!\d))\s*|\s*;\s*|\s*&\s*|\s+and\s+)")


@lru_cache(maxsize=8192)
def _pieces(text: str) -> tuple[str, ...]:
    return tuple(_LIST.split(text))


def spaced(text: str, variable: str, style: str, locale: Locale) -> str:
    """Return the text of a number variable: en dashes in ranges, blanks after commas, about the ampersand.

    Only pages (and locators that are pages) are abbreviated by ``style``.
    """
    if text.isdecimal():
        return text
    dash = locale.term("page-range-delimiter") or "\u2013"
    out: list[str] = []
    for number, piece in enumerate(_pieces(text)):
        if number % 2:
            sign = piece.strip()
            if sign == "&":
                out.append(" & ")
            elif sign == ",":
                out.append(", ")
            else:
                out.append(piece)
            continue
        out.append(_one_range(piece, variable, style, dash))
    return "".join(out)


def _one_range(text: str, variable: str, style: str, dash: str) -> str:
    if "\\-" in text:
        return text.replace("\\-", "-")
    if variable == "page":
        done = page_range(text, style, dash)
        if done != text:
            return done
        if _RANGE.match(text):
            return re.sub(r"\s*[-\u2010\u2011\u2013]\s*", "-", text) if _mixed(text) else text
    if not re.search(r"\d|^[ivxlcdmIVXLCDM]+\s*[-\u2013]", text):
        return text
    if variable == "page" and _HYPHEN.search(text) and not re.search(r"\d[a-z]?\s*[-\u2013]\s*\d", text):
        text = _HYPHEN.sub("-", text) if "\u2013" not in text else text
    parts = _HYPHEN.split(text)
    if len(parts) == 2 and all(_is_number(part) for part in parts) and not _mixed(text):
        return dash.join(parts)
    return re.sub(r"\s+-\s+", "-", text) if variable == "page" else text


def _mixed(text: str) -> bool:
    found = _RANGE.match(text)
    return bool(found and found.group("a") != found.group("b"))


def _is_number(text: str) -> bool:
    text = text.strip()
    return bool(text) and (re.fullmatch(_ONE, text) is not None or _ROMAN.fullmatch(text) is not None)


@lru_cache(maxsize=8192)
def is_plural(text: str, variable: str) -> bool:
    """Say whether a label for this value is plural.

    >>> [is_plural(text, "page") for text in ("3", "3-5", "3, 5", "3 & 5", "3\\\\\\\\-B")]
    [False, True, True, True, False]
    """
    if variable in COUNTS:
        found = re.fullmatch(r"\s*(\d+)\s*", text)
        return bool(found and int(found.group(1)) != 1) or (not found and _several(text))
    return _several(text)


def _several(text: str) -> bool:
    if _FOLLOWING.search(text):
        return True
    pieces = [piece for piece in _SEPARATOR_BUT_HYPHEN.split(text.replace("\\-", "")) if piece.strip()]
    if len(pieces) < 2:
        return False
    return all(re.match(r"\W*\w{0,8}\d|\W*[ivxlcdmIVXLCDM]+\W*$", piece) for piece in pieces[:2])


_FOLLOWING = re.compile(r"\d(?:\s?f\.|\s?ff\.?|\s(?:f|sqq?\.?|et\s(?:seqq?|ss?)\.?|y\sss\.?|e\sss\.?))\s*$")
"""A page and those after it: `12f.`, `12 ff.`, `12 et seq.`; but `3f` may be a letter of an article."""

_SEPARATOR_BUT_HYPHEN = re.compile(
    r"\s*(?:,?\s(?:and|et|und|y|e|en|og|och|i|\u0438)\s|,(?!\d{3}(?!\d))|[;&]|[-\u2010\u2013\u2014]+)\s*"
)
