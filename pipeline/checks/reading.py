"""What a finished file says: its words in the order of reading, with the place of every one.

The readers (`pdf_reader`, `epub_reader`) make a `Reading` out of bytes alone; the checks compare
it with what the edition says. Neither knows how the file was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.book import Medium
from pipeline.source import Problem

LINE = "\n"
"""Stands in the text of a piece where a printed line ends."""
BLOCK = "\u2029"
"""Stands before the words of a new paragraph, head, cell or other block."""
MOVED = "\x1f"
"""Stands where the words of one line go on at a place that does not follow the last (drop capitals)."""


RAISED, LOWERED = "^", "~"
"""How a level is written, as in a manuscript: 10^2^, H~2~O; `^~` is lowered within raised."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the words of a piece of a PDF are set: their baseline and size in points.

    `alternate` says that the face has glyphs of its own for them, such as raised figures.
    """

    y: float
    size: float
    alternate: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stand together in a file.

    `place` is an index into `Reading.places`. `role` is the kind of thing that holds them: the
    types of structure in a PDF ("P", "Note/P"), elements in an EPUB. `level` is what an EPUB says of
    their level (`sup`, `sub`), "" for the line itself; `setting` how a PDF sets them, where that is known.
    """

    text: str
    place: int
    role: str
    glyphs: tuple[str, ...] = ()
    """for a line with right-to-left words: what its glyphs stand for, from the left of the page"""
    level: str = ""
    setting: Setting | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and the words that stand for it; None when it has none at all."""

    alt: str | None
    place: int


@dataclass(frozen=True, slots=True)
class FormulaRead:
    """A formula: its source as the file gives it, and what a reader sees of it.

    In a PDF `outlines` counts those that are filled; in an EPUB `shape` is the tree of its MathML.
    """

    source: str
    place: int
    outlines: int = 0
    shape: str = ""


@dataclass(frozen=True, slots=True)
class CallRead:
    """A call of a note: its own id, the id it leads to, and the mark it shows."""

    id: str
    target: str
    mark: str
    place: int


@dataclass(frozen=True, slots=True)
class NoteRead:
    """A note: its id, the mark it begins with, and the id of the call its mark leads back to.

    `after` counts the calls read before it. `returns` are the ids of all calls to which an EPUB's note leads back.
    `voice` is whose words the file says these are: by the class in an EPUB, which is what its style goes by, by the
    title of its tag in a PDF.
    """

    id: str
    mark: str
    back: str
    after: int
    place: int
    voice: str = ""
    returns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a finished file says, in the order of reading.

    `places` names what `Piece.place` counts: "page iv" in a PDF, "text/loomings.xhtml" in an
    EPUB. `apart` are the words outside the order of reading: running heads, folios, repeated
    table heads. `targets` gives the place of every id. `labels` are the page labels of a PDF.
    `problems` are what makes the file unreadable in itself.
    """

    name: str
    medium: Medium
    pieces: tuple[Piece, ...] = ()
    places: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    formulas: tuple[FormulaRead, ...] = ()
    calls: tuple[CallRead, ...] = ()
    notes: tuple[NoteRead, ...] = ()
    apart: tuple[Piece, ...] = ()
    targets: Mapping[str, int] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    navigation: tuple[Piece, ...] = ()
    """the entries of an EPUB's navigation document, apart from the text"""
    problems: tuple[Problem, ...] = ()

    def where(self, place: int) -> str:
        """Name a place for a message; a place beyond the end is the last."""
        if not self.places:
            return f"`{self.name}`"
        return f"`{self.name}`, {self.places[max(0, min(place, len(self.places) - 1))]}"
