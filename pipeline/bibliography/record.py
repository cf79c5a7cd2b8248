"""A record as a reader of one format gives it: its key, and the reference, unless it could not be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.bibliography.values import Reference

_END = r"[+-]?\d{1,4}(?:-(?:0?[1-9]|1[0-2]|2[1-4])(?:-(?:0?[1-9]|[12]\d|3[01]))?)?[~?%]?"
_DATE = re.compile(rf"{_END}(?:\s*/\s*(?:{_END}|\.\.)?)?")


@dataclass(frozen=True, slots=True)
class Record:
    """`reference` is None when the record has a fault; `faulty` is then what could be read of it."""

    key: str
    reference: Reference | None
    faulty: Reference | None = None


def is_date(text: str) -> bool:
    """Say whether a text is a date of EDTF, or a range of two.

    >>> [is_date(text) for text in ("1992-06-18~", "1991-02/1992-03", "1992-22", "1992-06-31", "1992-13", "1992-07/1992-06")]
    [True, True, True, False, False, False]
    """
    if not text:
        return True
    if _DATE.fullmatch(text) is None:
        return False
    ends = [end for end in re.split(r"\s*/\s*", text) if end not in ("", "..")]
    return all(_is_day(end) for end in ends) and (len(ends) < 2 or _is_before(*ends))


def _is_before(first: str, last: str) -> bool:
    """Say whether a range does not run backwards; what one end leaves open is not compared."""
    if first.startswith("-") or last.startswith("-") or any("-2" in end[4:7] for end in (first, last)):
        return True
    one, other = ([int(part) for part in end.strip("~?%+").split("-")] for end in (first, last))
    size = min(len(one), len(other))
    return one[:size] <= other[:size]


def _is_day(end: str) -> bool:
    sign = end.startswith("-")
    numbers = [int(part) for part in end.strip("~?%+-").split("-")]
    if len(numbers) < 3:
        return True
    year, month, day = numbers
    if not 1 <= month <= 12:
        return False
    leap = (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) or sign
    return day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
