"""What the engine finds wrong in a style, a locale or an item: it says so and goes on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, told so that a caller can turn it into a problem with a place of its own.

    ``line`` is the line of the style's XML, 0 where there is none; ``item`` is
    the id of the reference concerned, if one is.
    """

    code: str
    message: str
    line: int = 0
    item: str = ""
