"""A block as it is found: what the block rules make, and what nodes are built from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.manuscript import NO_ATTRIBUTES, Attributes
from pipeline.parse.content import Piece
from pipeline.parse.tables import Grid


class Kind(StrEnum):
    """What a raw block is."""

    ROOT = "root"
    QUOTATION = "quotation"
    LIST = "list"
    ITEM = "item"
    NOTE = "note"
    DIVISION = "division"
    DEFINITIONS = "definitions"
    ENTRY = "entry"
    DEFINITION = "definition"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    BREAK = "break"
    CODE = "code"
    FENCE = "fence"
    COMMENT = "comment"
    TABLE = "table"
    GRID = "grid"
    LINES = "lines"
    VERSE = "verse"
    LINK = "link"


@dataclass(slots=True)
class Raw:
    """A block as it is found: its place, its first and last line, and what its kind needs."""

    kind: Kind
    start: int
    end: int
    first: int
    last: int
    children: list[Raw] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    attributes: Attributes = NO_ATTRIBUTES
    name: str = ""
    """key of a note, name of a division, language of code"""
    voice: str = ""
    offset: int = 0
    """columns by which lines must be indented to go on with a container; of a fence, its own; of a paragraph, up to where its
    lines belong to a formula"""
    level: int = 0
    sign: str = ""
    """the sign of a bullet, a fence or a delimiter"""
    numerals: str = ""
    values: list[int | None] = field(default_factory=list)
    """the numbers of a list as written; None for `#.`"""
    tight: bool = True
    aligns: tuple[str, ...] = ()
    closed: bool = False
    grid: Grid | None = None
    cells: list[list[Raw]] = field(default_factory=list)
    """the blocks in the cells of a grid, row by row"""


def has_bar(text: str, start: int, end: int) -> bool:
    """Say whether a line has a pipe that is not escaped."""
    at = text.find("|", start, end)
    while at >= 0:
        slashes = 0
        while at - slashes > start and text[at - slashes - 1] == "\\":
            slashes += 1
        if slashes % 2 == 0:
            return True
        at = text.find("|", at + 1, end)
    return False


_CAPTION = re.compile(r"(?:[Tt]able:|:)[ \t]+(?=\S)")


def caption_prefix(text: str, start: int, end: int) -> int:
    """Return where the words of a table caption begin, or 0 when the line begins none."""
    found = _CAPTION.match(text, start, end)
    return found.end() if found else 0
