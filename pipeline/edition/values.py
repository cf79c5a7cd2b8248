"""`Manuscript + Book → Edition`: every note, figure and section numbered, every reference known.

An `Edition` is free of media but for the name of the edition it was made for: its selection
(`only`, `not`) is applied. Every word that a reader will see and that is not in the manuscript
(labels, marks, contents, title page, imprint, colophon) stands here, so that templates add none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.bibliography import Listed
from pipeline.book import Book, Contributor, EditionSettings, NotePlace, Place
from pipeline.formulas import Setting
from pipeline.manuscript import Block, CiteCall, Inline, Phrase
from pipeline.source import Span


class UnitKind(StrEnum):
    """What a unit is; a unit is a stretch that begins on a new page."""

    COVER = "cover"
    HALF_TITLE = "half-title"
    SERIES_PAGE = "series-page"
    FRONTISPIECE = "frontispiece"
    TITLE_PAGE = "title-page"
    IMPRINT = "imprint"
    DEDICATION = "dedication"
    CONTENTS = "contents"
    FIGURES = "list-of-figures"
    TABLES = "list-of-tables"
    EDITION_NOTE = "edition-note"
    PART = "part"
    CHAPTER = "chapter"
    PLATES = "plates"
    NOTES = "notes"
    WORKS = "works"
    COLOPHON = "colophon"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a generated page: its `role` ("title", "isbn", …) and its words.

    `label` stands before the words ("ISBN (print)"), or is empty.
    """

    role: str
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A note of this edition, in the order of first calls within its unit.

    `id` is the same in all editions. `mark` is what its call shows; `label` and `signature`
    are generated words ("Editor’s note", "A. E."). `calls` are the ids of its calls, first
    one first. `outer` is the id of the note in whose words it is first called, or "".
    """

    id: str
    key: str
    voice: str
    mark: str
    label: str
    signature: str
    blocks: tuple[Block, ...]
    calls: tuple[str, ...]
    span: Span
    outer: str = ""
    place: NotePlace = NotePlace.FOOT
    """where it stands in print"""
    home: str = ""
    """the id of the table or figure under which it stands, when that is its place"""

    @property
    def returns(self) -> tuple[tuple[str, str], ...]:
        """What leads back from a note that is called more than once, where there are no pages: (call, generated words)."""
        if len(self.calls) < 2:
            return ()
        return tuple((call, f"\N{UPWARDS ARROW}{number}") for number, call in enumerate(self.calls, start=1))


@dataclass(frozen=True, slots=True)
class Call:
    """What a `NoteCall` resolves to: the note, this call's own id, and whether it is the first.

    `before` is the generated sign that parts it from a call straight before it: "4,5" is not note 45.
    """

    note: str
    mark: str
    id: str
    first: bool
    before: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a `CrossRef` resolves to.

    `id` is the target's id, `unit` the unit that holds it. `text` are the words to print when
    the author gave none. `page` asks for ", page N" in editions that have pages: `before` are
    the words in front of the number.
    """

    id: str
    unit: str
    text: str
    page: bool = False
    before: str = ""
    role: str = ""
    """"doc-biblioref" where a citation leads to the work in a list, "work" where the work leads back"""


@dataclass(frozen=True, slots=True)
class SetFormula:
    """A formula as it is set, and what stands for it where it is not seen."""

    setting: Setting
    alt: str
    spoken: bool = True
    """whether `alt` is words in which it can be read aloud, and not its source in TeX or signs without a word"""


@dataclass(frozen=True, slots=True)
class Description:
    """The long description of a figure or table: the link that leads to it, and that link's own id."""

    link: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class Pin:
    """An article or a page in a register ("art 3"), and the places that cite it."""

    id: str
    text: str
    places: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Authority:
    """A work in a register: its words, the places that cite it, and its articles and pages with theirs."""

    id: str
    inlines: tuple[Inline, ...]
    places: tuple[Reference, ...]
    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A line of the contents. `level` counts from 0 (parts, and chapters outside parts)."""

    id: str
    unit: str
    level: int
    number: str
    title: tuple[Inline, ...]
    authors: tuple[str, ...] = ()
    kind: str = ""
    """what it leads to: the kind of a unit, or "section"; "" in lists of figures and tables"""


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of the edition that begins on a new page.

    `name` is its slug, unique in the book, and begins every id in it. `heading` is the id of
    its title. `number` is the label before the title ("Chapter 3", "Part I"; "" when it has
    none). `title` holds the author's inlines. `short` is for running heads, as plain text.
    `lines` are the words of generated pages. `blocks` have an id each (`Attributes.id`).
    """

    name: str
    kind: UnitKind
    place: Place
    heading: str
    number: str = ""
    title: tuple[Inline, ...] = ()
    short: str = ""
    authors: tuple[Contributor, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[Line, ...] = ()
    path: str = ""
    span: Span | None = None
    id: str = ""
    """the id of the unit's outermost element; its name, unless an author gave that id to a place"""
    listed: tuple[ContentsEntry, ...] = ()
    """the lines of a list of figures or tables"""
    printed: tuple[Phrase, ...] = ()
    """the pages of an older print that begin with the title"""


@dataclass(frozen=True, slots=True)
class Words:
    """The generated words of a language: fixed labels that editions use."""

    language: str
    contents: str
    notes: str
    chapter: str
    part: str
    appendix: str
    figure: str
    table: str
    section: str
    note: str
    page: str
    back_to_text: str
    editorial_matter: str
    cover: str
    notes_to_pages: str = ""
    notes_to_page: str = ""
    continued: str = ""
    voices: Mapping[str, str] = field(default_factory=dict)
    """label of each standard voice: author "", editor "Editor’s note", …"""


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that this edition leaves out because its author said so."""

    what: str
    span: Span


@dataclass(frozen=True, slots=True)
class Edition:
    """A book as one edition shows it: all numbers and targets, free of media.

    `calls`, `references` are found by the span of their node; `captions` gives the generated
    label of a figure or table ("Figure 2") by its id.
    """

    book: Book
    settings: EditionSettings
    words: Words
    units: tuple[Unit, ...]
    contents: tuple[ContentsEntry, ...]
    calls: Mapping[Span, Call]
    references: Mapping[Span, Reference]
    captions: Mapping[str, str]
    omissions: tuple[Omission, ...] = ()
    formulas: Mapping[Span, SetFormula] = field(default_factory=dict)
    """what each formula becomes, by its place"""
    described: Mapping[str, Description] = field(default_factory=dict)
    """the long description of a figure or table, by its id"""
    describing: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)
    """the figures and tables that a division describes, by the division's id: the links that lead back"""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """the numbers of paragraphs by their ids, where the theme asks for them"""
    citations: Mapping[CiteCall, tuple[Inline, ...]] = field(default_factory=dict)
    """what each citation prints: generated words, but for those that the author wrote in its brackets"""
    lists: Mapping[str, tuple[Listed, ...]] = field(default_factory=dict)
    """the works in a list, by the id of the division that asks for them"""
    registers: Mapping[str, tuple[Authority, ...]] = field(default_factory=dict)
    """the works in a register, likewise"""

    def note(self, id: str) -> Note:
        """Return the note with this id; KeyError when there is none (a mistake of ours)."""
        for unit in self.units:
            for note in unit.notes:
                if note.id == id:
                    return note
        raise KeyError(id)
