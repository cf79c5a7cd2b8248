"""The house's table of pages: every trim that an edition can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trim:
    """A page and the block of text on it; all measures in points (1/72 in).

    `leading` is the height of a line, `lines` how many the block has. `inner` and `outer` are
    the margins at the spine and at the fore-edge; on a one-sided page left and right.
    """

    name: str
    width: float
    height: float
    size: float
    leading: float
    lines: int
    top: float
    inner: float
    outer: float
    two_sided: bool
    title: float = 21
    """the size of a chapter's title"""
    book_title: float = 33
    """the size of the title on the title page"""
    note_column: float = 0
    """the width of a column for notes beside the text; 0 where there is none"""
    note_gap: float = 0
    """between the text and that column"""
    sheet: str = ""
    """the style sheet of its kind, such as `screen.css`; "" for books on paper"""

    @property
    def tokens(self) -> str:
        """Return the name of the sheet with its tokens: pages for the screen have one in common."""
        return "screen-tokens.css" if self.sheet == "screen.css" else f"{self.name}.css"

    @property
    def measure(self) -> float:
        """Return the length of a line."""
        return round(self.width - self.inner - self.outer, 3)

    @property
    def bottom(self) -> float:
        """Return the margin below the block."""
        return round(self.height - self.top - self.lines * self.leading, 3)


TRIMS: Mapping[str, Trim] = {
    trim.name: trim
    for trim in (
        Trim("6x9", 432, 648, 10, 14, 36, 66, 60, 72, two_sided=True),
        Trim("a5", 419.528, 595.276, 9.8, 13.5, 32, 64, 56, 68, two_sided=True, title=20, book_title=30),
        Trim("5.5x8.5", 396, 612, 9.5, 13.25, 36, 60, 52, 59, two_sided=True, title=20, book_title=30),
        Trim("b5", 498.898, 708.661, 11, 15.5, 35, 74, 76, 92.898, two_sided=True, title=23, book_title=36),
        Trim(
            "a4-screen",
            595.276,
            841.89,
            11.25,
            16,
            42,
            84,
            72,
            178,
            two_sided=False,
            title=28,
            book_title=44,
            note_column=126,
            note_gap=26,
            sheet="screen.css",
        ),
        Trim(
            "letter-screen",
            612,
            792,
            11.25,
            16,
            40,
            78,
            72,
            195,
            two_sided=False,
            title=28,
            book_title=44,
            note_column=126,
            note_gap=26,
            sheet="screen.css",
        ),
        Trim(
            "a4-large",
            595.276,
            841.89,
            18,
            26,
            26,
            72,
            80,
            68,
            two_sided=True,
            title=32,
            book_title=44,
            sheet="large.css",
        ),
    )
}
