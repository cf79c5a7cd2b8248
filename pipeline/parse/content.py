"""The words of one block without the prefixes of its lines, and where each character came from.

Prefixes of quotations, lists, notes and cells are gone from the text; a table of pieces leads
every offset back to the source.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one source line: what is left of the line when its prefixes are taken off.

    `lazy` says that the line went on with a paragraph without the prefixes it should have.
    `indent` counts the columns of white space that stood before it, below the prefixes.
    """

    start: int
    end: int
    lazy: bool = False
    indent: int = 0


class Content:
    """Text joined from pieces by line feeds."""

    __slots__ = ("_ends", "_origins", "_starts", "text")

    def __init__(self, source: str, pieces: Sequence[Piece]) -> None:
        self.text = "\n".join(source[piece.start : piece.end] for piece in pieces)
        self._origins = [piece.start for piece in pieces]
        self._ends = [piece.end for piece in pieces]
        self._starts = [0]
        for piece in pieces:
            self._starts.append(self._starts[-1] + piece.end - piece.start + 1)

    def place(self, offset: int) -> int:
        """Return where in the source the character at an offset stands; a line feed stands where its piece ends."""
        if len(self._origins) == 1:
            return self._origins[0] + offset
        index = min(bisect_right(self._starts, offset), len(self._origins)) - 1
        return self._origins[index] + offset - self._starts[index]

    def place_end(self, offset: int) -> int:
        """Return where in the source the stretch that ends before `offset` ends."""
        return self.place(offset - 1) + 1 if offset else self.place(0)
