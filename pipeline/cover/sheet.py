"""What a cover is made of, measured: points, counted from the upper left corner of the sheet, bleed included."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.cover.faces import Setter


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour for screens (red, green, blue from 0 to 255) and for ink (cyan, magenta, yellow, black in per cent)."""

    screen: tuple[int, int, int]
    ink: tuple[float, float, float, float]


PAPER = Colour((0xF3, 0xEF, 0xE6), (0, 2, 5, 5))
INK = Colour((0x1D, 0x1A, 0x17), (0, 0, 0, 100))
DEEP = Colour((0x1D, 0x1A, 0x17), (60, 50, 50, 100))
"""an area of ink: black alone prints grey where much of it stands"""
RULE = Colour((0x7B, 0x1E, 0x1E), (25, 95, 85, 35))
RULE_ON_INK = Colour((0xB5, 0x48, 0x3A), (15, 80, 75, 10))
WHITE = Colour((255, 255, 255), (0, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of one colour."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class TypeLine:
    """A line of type: where its baseline begins, and its size. `turned` ones run downwards, their feet to the left."""

    words: str
    x: float
    y: float
    size: float
    setter: Setter
    colour: Colour
    turned: bool = False

    @property
    def length(self) -> float:
        return self.setter.advance(self.words) * self.size


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that fills a rectangle; what is too much of it at two sides is cut off."""

    x: float
    y: float
    width: float
    height: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """A cover: its size with the bleed, the bleed, and what is painted, in this order. Words are in reading order."""

    width: float
    height: float
    bleed: float
    items: tuple[Area | TypeLine | Picture, ...]

    @property
    def lines(self) -> tuple[TypeLine, ...]:
        return tuple(item for item in self.items if isinstance(item, TypeLine))
