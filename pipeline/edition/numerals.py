"""A number comes in; the mark of a note, list or part in a numeral system goes out."""

from __future__ import annotations

from pipeline.manuscript import ItemList

SYMBOLS = ("*", "†", "‡", "§", "‖", "¶")
"""The order of reference marks in English-language printing (Chicago 18, 14.25 gives the same)."""

STYLES = ("decimal", "lower-alpha", "upper-alpha", "lower-roman", "upper-roman", "symbols")

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def roman(number: int) -> str:
    """Return a number from 1 to 3999 in small roman numerals; beyond that it stays arabic.

    >>> roman(14)
    'xiv'
    """
    if not 0 < number < 4000:
        return str(number)
    letters = []
    for value, sign in _ROMAN:
        times, number = divmod(number, value)
        letters.append(sign * times)
    return "".join(letters)


def alphabetic(number: int) -> str:
    """Return a, b, … z, aa, ab, … for 1, 2, … 26, 27, 28, …

    >>> alphabetic(28)
    'ab'
    """
    letters = ""
    while number > 0:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("a") + place) + letters
    return letters


def numeral(number: int, style: str) -> str:
    """Return a number, counted from 1, as a style of `STYLES` writes it.

    Symbols are doubled when they have all been used: ``*``, ``†``, … ``¶``, ``**``.
    Raises ValueError for an unknown style.

    >>> numeral(8, "symbols")
    '††'
    """
    match style:
        case "decimal":
            return str(number)
        case "lower-alpha":
            return alphabetic(number)
        case "upper-alpha":
            return alphabetic(number).upper()
        case "lower-roman":
            return roman(number)
        case "upper-roman":
            return roman(number).upper()
        case "symbols":
            times, place = divmod(number - 1, len(SYMBOLS))
            return SYMBOLS[place] * (times + 1)
        case _:
            raise ValueError(style)


def markers(block: ItemList) -> tuple[str, ...]:
    """Return what stands before each item of a list, with the signs about its number as they were written; "" before bullets."""
    if block.start is None:
        return ("",) * len(block.items)
    before, after = block.delimiter[:-1], block.delimiter[-1:]
    found = []
    count = block.start - 1
    for item in block.items:
        count = count + 1 if item.number is None else item.number
        found.append(f"{before}{numeral(count, block.numerals) if count > 0 else count}{after}")
    return tuple(found)
