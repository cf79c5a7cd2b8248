"""The thirteen figures of a book's number come in; the bars of its EAN-13 go out, measured (ISO/IEC 15420)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from barcode.ean import EuropeanArticleNumber13  # type: ignore[import-untyped]  # ships no types

MODULE = 0.33 * 72 / 25.4
"""The width of the thinnest bar in points: the nominal size, at which every scanner reads it."""
HEIGHT = 22.85 * 72 / 25.4
GUARD = 5
"""Modules by which the bars at the ends and in the middle are longer."""
QUIET_LEFT, QUIET_RIGHT = 11, 7
"""Modules that must stay free beside the bars."""
MODULES = 95
_GUARDS = frozenset((0, 1, 2, 45, 46, 47, 48, 49, 92, 93, 94))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its left edge, its width and its height, in modules (the height in points) from the first bar's corner."""

    at: int
    width: int
    height: float


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of a number, and its figures as they stand below: the first alone, then six, then six."""

    bars: tuple[Bar, ...]
    figures: tuple[str, str, str]

    @property
    def width(self) -> float:
        """With the quiet zones, in points."""
        return (QUIET_LEFT + MODULES + QUIET_RIGHT) * MODULE


def ean_13(code: str) -> Bars:
    """Return the bars of thirteen figures; raises ValueError when the last is not their check figure.

    >>> ean_13("9780306406157").figures
    ('9', '780306', '406157')
    """
    if len(code) != 13 or not (code.isascii() and code.isdigit()):
        raise ValueError(f"{code!r} is not thirteen figures")
    made = EuropeanArticleNumber13(code[:12])
    if made.get_fullcode() != code:
        raise ValueError(f"{code!r} does not end in its check figure")
    pattern = made.build()[0]
    return Bars(tuple(_bars(pattern)), (code[0], code[1:7], code[7:]))


def _bars(pattern: str) -> Iterator[Bar]:
    at = 0
    while at < len(pattern):
        end = at
        while end < len(pattern) and pattern[end] == "1" and (end in _GUARDS) == (at in _GUARDS):
            end += 1
        if end > at:
            yield Bar(at, end - at, HEIGHT + (GUARD * MODULE if at in _GUARDS else 0))
        at = max(end, at + 1)
