"""What stands on the pages of a paginated edition, line by line: `pdf` measures it, `checks` judges it.

Measures are points from the upper left corner of a page, em where it is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

_PAGE = re.compile("\ufdd0(\\d+)\ufdd1")


def page_mark(page: int) -> str:
    """Stand in a message for a page of a unit, from 0, until it is known where in the book the unit stands."""
    return f"page \ufdd0{page}\ufdd1"


def page_words(label: str, index: int) -> str:
    """Name a page as a reader finds it: by what is printed on it, and by its place in the file where that differs.

    >>> page_words("iv", 5), page_words("3", 2)
    ('iv, PDF page 6', '3')
    """
    return label if label == str(index + 1) else f"{label}, PDF page {index + 1}"


def tell_pages(message: str, labels: Sequence[str], first: int) -> str:
    """Return a message with its marks of pages made out; `labels` are those of the unit's pages, `first` its place."""

    def told(found: re.Match[str]) -> str:
        page = int(found.group(1))
        return page_words(labels[page] if page < len(labels) else "?", first + page)

    return _PAGE.sub(told, message)


class LineKind(IntFlag):
    """What a line of text is."""

    FIRST = 1
    """the first line of its paragraph"""
    LAST = 2
    """the last line of its paragraph"""
    JUSTIFIED = 4
    """its spaces are stretched to fill the measure, unless it ends a paragraph or is `ENDED`"""
    DIVIDED = 8
    """a hyphen was put at its end"""
    HEAD = 16
    """it stands in a heading"""
    NOTE = 32
    """it stands among the notes"""
    TABLE = 64
    """it stands in a table"""
    COMPOSED = 128
    """it was chosen together with the other lines of its paragraph"""
    OBJECT = 256
    """it stands in a list, a figure, a quotation or a box, which may leave the grid"""
    FREE = 512
    """it is shown as typed, or runs to the edge by itself (leaders)"""
    ENDED = 1024
    """the author ended it"""
    PICTURE = 2048
    """a picture and no words"""
    WIDE = 4096
    """a formula in it reaches over the edge of its column"""
    WHOLE = 8192
    """it stands in something that pages do not part: a box, a row, a break"""
    RUN_IN = 16384
    """a head runs into it"""
    CALLING = 32768
    """it calls a note"""


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line of text as it stands on a page.

    `page` counts from 0 in its unit. `block` is the nearest id, `paragraph` counts the paragraphs of the
    unit. `left` and `right` are the edges of its text without what hangs, `edge` is the right edge of
    its column. `space` is what was added to each space, in em. `opens` and `closes` are its first and last
    signs; `length` is how many signs it has without spaces. `gaps` are left and right of each space of .4 em or more.
    """

    page: int
    block: str
    paragraph: int
    kind: LineKind
    baseline: float
    left: float
    right: float
    edge: float
    space: float
    length: int
    opens: str
    closes: str
    gaps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The room of a page from its upper edge: for text and notes together, and where its notes begin."""

    top: float
    bottom: float
    notes: float | None


@dataclass(frozen=True, slots=True)
class SetPicture:
    """A picture of dots on a page; `block` is the nearest id, `dots` how many come to an inch."""

    page: int
    block: str
    source: str
    dots: int


@dataclass(frozen=True, slots=True)
class SetFigure:
    """A figure or table with an id: its page in the unit, the place that was asked for it, and the one it got.

    `reference` is the page of the book, from 0, on which its section first refers to it; None where it never does.
    """

    block: str
    page: int
    asked: str
    given: str
    reference: int | None


@dataclass(frozen=True, slots=True)
class SetUnit:
    """A unit as it was set: `first` is the place of its first page in the book, from 0, `labels` those of its pages.

    `grid` is the height of a line of text, and the text stands on every `step` (0: anywhere). `lines` have the margins of a recto on all pages. `key` stands for all that
    the unit was set from ("" where nobody knows): units of one key have the same lines.
    """

    name: str
    first: int
    labels: tuple[str, ...]
    lines: Sequence[SetLine]
    frames: tuple[Frame, ...]
    grid: float
    size: tuple[float, float]
    pictures: tuple[SetPicture, ...] = ()
    figures: tuple[SetFigure, ...] = ()
    key: str = ""
    step: float = 0
    display: bool = False
    """it shows titles and names, and is no text: one page, on no grid"""
