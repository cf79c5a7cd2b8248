"""What the number of an item counts, in digits, letters or roman numerals."""

from __future__ import annotations

import re

_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})$")


def roman(token: str) -> int:
    """Return the value of a roman numeral, or 0 when it is none."""
    token = token.lower()
    if not token or not _ROMAN.match(token):
        return 0
    values = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
    total = 0
    for sign, following in zip(token, [*token[1:], ""], strict=True):
        total += -values[sign] if following and values[following] > values[sign] else values[sign]
    return total


def count(token: str, numerals: str) -> int | None:
    """Return what a token counts in a kind of numerals, 0 when it is none of them, None for `#`."""
    if token == "#":
        return None
    match numerals:
        case "decimal":
            return int(token) if token.isdigit() else -1
        case "lower-alpha":
            return ord(token) - 96 if len(token) == 1 and "a" <= token <= "z" else -1
        case "upper-alpha":
            return ord(token) - 64 if len(token) == 1 and "A" <= token <= "Z" else -1
        case "lower-roman":
            return (roman(token) or -1) if token.islower() else -1
        case _:
            return (roman(token) or -1) if token.isupper() else -1
