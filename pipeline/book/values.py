"""What the settings of a book say, checked: a `Book` and the values in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.book.matter import Matter
from pipeline.book.press import Press
from pipeline.book.theme import Opening, Theme
from pipeline.source import Problem, Span


class Place(StrEnum):
    """Where in the order of a book a text stands."""

    FRONT = "front"
    BODY = "body"
    APPENDIX = "appendix"
    BACK = "back"


class Medium(StrEnum):
    """What an edition is made into."""

    PDF = "pdf"
    EPUB = "epub"


class Composition(StrEnum):
    """How the lines of paragraphs are broken: all of one paragraph at once, or one after the other."""

    FINE = "fine"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody who had a part in the book.

    `roles` are MARC relator codes (aut, trl, edt, …); `sort` is the name as a catalogue files it.
    """

    name: str
    sort: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """In which editions something stands: in all, `only` in some, or `excluded` from some."""

    only: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def includes(self, edition: str) -> bool:
        """Say whether the edition of this name holds it."""
        if self.only and edition not in self.only:
            return False
        return edition not in self.excluded


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the manuscript in its place in the book.

    `numbered` gives chapters 1, 2, 3 and appendices A, B, C. `title` is for a file without a
    head of level 1. `short` is the title for running heads. `part` is the index of its `Part` in
    `Book.parts`, or None.
    """

    path: str
    place: Place
    span: Span | None
    title: str = ""
    short: str = ""
    authors: tuple[Contributor, ...] = ()
    numbered: bool = False
    part: int | None = None
    selection: Selection = Selection()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the book: its title, and its number ("" when parts have none)."""

    title: str
    number: str
    span: Span | None
    short: str = ""
    selection: Selection = Selection()


NO_LABEL = "\N{EM DASH}"
"""`Voice.label` of a voice whose notes shall begin without a label, because the book says so."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks in a note, and how the reader is told.

    `label` opens the note ("Editor’s note"). An empty one asks for the language's own words for
    this voice (none for the author), `NO_LABEL` for none at all: `label_from` decides. `marks`
    is how its series counts: decimal, lower-alpha, upper-alpha, lower-roman, upper-roman,
    symbols. Voices with the same `series` are counted together and have the same `marks`.
    `signed` closes the note in square brackets.
    """

    name: str
    label: str
    marks: str
    series: str
    signed: str = ""
    place: NotePlace | None = None
    """where its notes stand in print, when that is not where all notes stand"""

    def label_from(self, words: Mapping[str, str]) -> str:
        """Return the label to print; `words` are a language's labels of the standard voices.

        >>> Voice("editor", "", "decimal", "notes").label_from({"editor": "Editor’s note"})
        'Editor’s note'
        >>> Voice("editor", NO_LABEL, "decimal", "notes").label_from({"editor": "Editor’s note"})
        ''
        """
        if self.label == NO_LABEL:
            return ""
        return self.label or words.get(self.name, "")


class NotePlace(StrEnum):
    """Where the notes of a paginated edition stand. In EPUBs they end each chapter."""

    FOOT = "foot"
    BESIDE = "beside"
    """in a column beside the text, each at the line of its call; at the foot where the trim has no such column"""
    CHAPTER = "chapter"
    BOOK = "book"
    UNDER = "under"
    """below the table that calls it, which asks for that itself"""

    @property
    def with_call(self) -> bool:
        """Say whether such a note stands on the page of its call."""
        return self in (NotePlace.FOOT, NotePlace.BESIDE)


class Restart(StrEnum):
    """Where the counting of notes begins again."""

    BOOK = "book"
    PART = "part"
    CHAPTER = "chapter"
    PAGE = "page"
    """where an edition has pages; elsewhere in each chapter"""


@dataclass(frozen=True, slots=True)
class NotePolicy:
    """How notes are counted and where they stand.

    `alike` are pairs of series that count in the same way, with what to say of a book that has notes in both.
    """

    voices: tuple[Voice, ...]
    restart: Restart = Restart.CHAPTER
    place: NotePlace = NotePlace.FOOT
    alike: tuple[tuple[str, str, Problem], ...] = ()

    def voice(self, name: str) -> Voice | None:
        """Return the voice of this name, or None when the book has none."""
        return next((voice for voice in self.voices if voice.name == name), None)


@dataclass(frozen=True, slots=True)
class CitationPolicy:
    """How works are cited.

    `style` names a style of the Citation Style Language, `references` are the files that hold the works. `ibid` says
    whether a work cited twice in a row is so called; None: in paginated editions only. `reset` is where a work has its
    full form again; None: where the notes are counted anew. `listed` says whether the works are listed at the end where the
    author puts no list; None: where they are cited in the text. `title` is the head of that list, "" for the usual one.
    `uncited` are keys of works that are listed though not cited; `*` stands for all.
    """

    style: str = ""
    references: tuple[str, ...] = ()
    ibid: bool | None = None
    reset: Restart | None = None
    listed: bool | None = None
    title: str = ""
    uncited: tuple[str, ...] = ()
    span: Span | None = None


class Profile(StrEnum):
    """Whose rules an EPUB keeps beyond the standard's."""

    STANDARD = "standard"
    KOBO = "kobo"
    """clean in EPUBCheck 4.2.6, with which Kobo takes books in"""


class PageSource(StrEnum):
    """Whose pages an EPUB lists."""

    PRINT = "print"
    """those of the book's own paginated edition"""
    MANUSCRIPT = "manuscript"
    """those of an older print, which the manuscript marks with `[p. 12]{.page}`"""


@dataclass(frozen=True, slots=True)
class EditionSettings:
    """One edition that is made of the book.

    `trim` names a page of the house's table ("6x9", "a4-screen"; "" for EPUB). `identifier`
    is this edition's own (an ISBN with its check digit proved, else ""). `recto` says whether
    chapters must open on a right-hand page. `composition` is for PDF. `profile`, `pages` and `page_source` are of EPUBs:
    `page_source` names the older print whose pages the manuscript marks.
    """

    name: str
    medium: Medium
    trim: str = ""
    identifier: str = ""
    recto: bool = False
    """where `opening` says nothing: whether chapters open on a right-hand page"""
    span: Span | None = None
    composition: Composition = Composition.FINE
    profile: Profile = Profile.STANDARD
    pages: PageSource = PageSource.PRINT
    page_source: str = ""
    opening: Opening | None = None
    """where chapters open, when the edition says so; else the theme says it, else `recto`"""
    notes: NotePlace | None = None
    """where notes stand, when the edition says so; else the book says it"""
    attach: str = ""
    """"sources" where a PDF carries the files that it was made from"""
    cover: str = ""
    """for a printer a file of its own, the "wrap" (back, spine and front) or the "front"; else "page": the first one"""
    printer: str = ""
    """the printer of the house's table for whom the file is made; "" for a file to be read on screens and kept"""
    paper: str = ""
    ink_profile: str = ""
    """path of the ICC profile of the printing condition, in the book's folder"""
    ibid: bool | None = None
    """whether a work cited twice in a row is so called, when the edition says so; else the book says it"""


class Ground(StrEnum):
    """On what the words of a cover stand."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Jacket:
    """What a cover of type is to be: its ground, the paragraphs on its back, a shorter title for its spine."""

    ground: Ground = Ground.LIGHT
    blurb: tuple[str, ...] = ()
    spine: str = ""


class Hazards(StrEnum):
    """What somebody has found who looked at the pictures that move."""

    UNSAID = ""
    NONE = "none"
    FLASHING = "flashing"
    MOTION = "motion"
    BOTH = "flashing and motion"


@dataclass(frozen=True, slots=True)
class Accessibility:
    """What people answer for, since no program can find it out.

    `conforms_to` is a claim of conformance in the very words of the standard, `certified_by` who
    makes it, with a `credential` and the address of a `report`. `descriptions_reviewed_by` is who has
    read the descriptions of all pictures. `summary` stands in the place of the computed one. `hazards` is what
    pictures that move can do to a reader.
    """

    conforms_to: str = ""
    certified_by: str = ""
    credential: str = ""
    report: str = ""
    descriptions_reviewed_by: str = ""
    summary: str = ""
    span: Span | None = None
    hazards: Hazards = Hazards.UNSAID


@dataclass(frozen=True, slots=True)
class Allowance:
    """A problem that this book may have: its code, why, and optionally only in one file, at certain words, by whom."""

    code: str
    reason: str
    span: Span | None
    path: str = ""
    words: str = ""
    """words of the file, within which the problem must stand"""
    by: str = ""
    """who answers for it"""
    place: Span | None = None
    """where these words stand in the settings"""


class TextPolicy(StrEnum):
    """Whether signs may be made typographic, or stay as they were typed."""

    FAITHFUL = "faithful"
    NORMALISED = "normalised"


class TypographyRule(StrEnum):
    """What a `normalised` text has done to it, by name, in this order."""

    SPACES = "spaces"
    QUOTES = "quotes"
    APOSTROPHES = "apostrophes"
    ELLIPSIS = "ellipsis"
    RANGES = "ranges"
    DASHES = "dashes"
    PUNCTUATION = "punctuation"
    THOUSANDS = "thousands"
    DATES = "dates"
    UNITS = "units"
    TITLES = "titles"
    INITIALS = "initials"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a book is about, in words; `term` is its code in the scheme `authority` of shops or libraries (EPUB 3.3, D.3.2).

    Either both are there or neither is.
    """

    name: str
    authority: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """The checked settings of a book.

    `date` is an ISO 8601 date as written (year, month or day precision). `url` or the first
    identifier gives the EPUB a stable identity. `settings` is the path of the file itself.
    """

    title: str
    language: str
    slug: str
    settings: str
    subtitle: str = ""
    short: str = ""
    """the title in running heads, where it is not the whole title"""
    contributors: tuple[Contributor, ...] = ()
    date: str = ""
    corrected: str = ""
    """the day of the last correction after `date`, by which a new file is told from an old one"""
    publisher: str = ""
    place: str = ""
    rights: str = ""
    description: str = ""
    subjects: tuple[Subject, ...] = ()
    series: str = ""
    series_number: str = ""
    url: str = ""
    identifier: str = ""
    names: tuple[str, ...] = ()
    """words that are never divided"""
    imprint: tuple[str, ...] = ()
    """paragraphs that the publisher adds to the imprint"""
    colophon: tuple[str, ...] = ()
    """paragraphs that the publisher adds to the colophon"""
    text: TextPolicy = TextPolicy.FAITHFUL
    without: tuple[TypographyRule, ...] = ()
    """rules of typography that a normalised text does without"""
    notes: NotePolicy = NotePolicy(())
    editorial_label: str = ""
    """what stands above editorial matter outside notes; "" for the language's own words"""
    entries: tuple[Entry, ...] = ()
    parts: tuple[Part, ...] = ()
    editions: tuple[EditionSettings, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    matter: Matter = field(default_factory=Matter)
    """what stands on the pages around the text"""
    press: Press = field(default_factory=Press)
    """faces that the press brings with it"""
    faces: tuple[str, ...] = ()
    """the names of those faces, for the colophon; known when their files have been read"""
    tools: tuple[tuple[str, str], ...] = ()
    """packages and versions with which its editions are made, for the colophon; known where they are made"""
    digest: str = ""
    """the SHA-256 of the files of its chapters, one after the other, for the colophon; known when they have been read"""
    theme: Theme = field(default_factory=Theme)
    """how it looks; only its name is known until its folder is read"""
    cover: str = ""
    """path of a cover picture in the book's folder"""
    jacket: Jacket = field(default_factory=Jacket)
    """what a cover of type is to be"""
    accessibility: Accessibility = Accessibility()
    citations: CitationPolicy = CitationPolicy()

    def by_role(self, role: str) -> tuple[Contributor, ...]:
        """Return the contributors with a MARC relator code, in order."""
        return tuple(c for c in self.contributors if role in c.roles)
