"""`Edition + medium → pages of XHTML`, one page a unit, through Jinja2 macros: one a node kind.

The pages are well-formed XML and are never parsed as HTML again: the PDF room hands their tree
to the layout, the EPUB room writes their bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.book import Place
from pipeline.edition import UnitKind


@dataclass(frozen=True, slots=True)
class Page:
    """One unit as XHTML.

    `name` is the unit's slug, `title` its plain title. `recto` asks for a right-hand start.
    `verso_head` and `recto_head` are the words of running heads ("" for none); `folio` says
    whether its pages show their numbers. `path` is the manuscript file, for messages.
    """

    name: str
    kind: UnitKind
    place: Place
    title: str
    html: str
    recto: bool = False
    verso_head: str = ""
    recto_head: str = ""
    folio: bool = True
    path: str = ""
    note_calls: tuple[tuple[str, str], ...] = ()
    """the notes that stand on its pages, each with its first call: their running heads name the pages of the calls"""
    note_heads: str = ""
    """the words of such heads; ``{}`` stands for the pages"""
    note_head: str = ""
    """the same where all notes of a page belong to one page"""

    @property
    def head_words(self) -> tuple[str, ...]:
        """Return all that its running heads can say, but for the pages that ``{}`` stands for."""
        return tuple(filter(None, (self.verso_head, self.recto_head, self.note_head if self.note_calls else "")))


@dataclass(frozen=True, slots=True)
class Resource:
    """A file that pages or styles name: a style sheet, a font, a picture.

    `name` is its path below the book's virtual root, such as `images/map.svg`, `fonts/X.ttf`.
    """

    name: str
    media_type: str
    data: bytes
