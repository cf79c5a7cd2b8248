"""An `Edition` comes in; every word and sign a reader must meet goes out, in order, as strands.

This is the second opinion that the words gate rests on: it walks the nodes of the edition and
knows nothing of templates, styles or how a file is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from pipeline.book import Medium, NotePlace
from pipeline.checks.reading import LOWERED, RAISED
from pipeline.edition import (
    Call,
    ContentsEntry,
    Edition,
    Note,
    Reference,
    Unit,
    UnitKind,
    is_printed_page,
    printed_words,
)
from pipeline.edition.numerals import markers
from pipeline.edition.pages import groups
from pipeline.formulas import draw
from pipeline.manuscript import (
    Block,
    Break,
    Cell,
    CiteCall,
    Code,
    CodeBlock,
    CrossRef,
    DefinitionList,
    Division,
    EditorialMatter,
    Emphasis,
    Epigraph,
    Equation,
    Figure,
    Foreign,
    Formula,
    Heading,
    Image,
    Inline,
    ItemList,
    Letter,
    LineBreak,
    Link,
    NoteCall,
    Paragraph,
    Phrase,
    Quotation,
    Row,
    SmallCaps,
    SoftBreak,
    Strikeout,
    Strong,
    Subscript,
    Superscript,
    Supplied,
    Table,
    Text,
    Verse,
)
from pipeline.source import Span


class Hand(StrEnum):
    """Whose a strand is: only the author's words stand in the manuscript."""

    AUTHOR = "author"
    GENERATED = "generated"
    PAGE = "page"
    """a page number that only the finished file knows: roman or arabic"""
    MARKER = "marker"
    """the number or sign before a list item, which styles print"""
    PICTURE = "picture"
    """the words that stand for a picture, or for a formula where it is not seen"""


@dataclass(frozen=True, slots=True)
class Strand:
    """A run of words from one hand.

    `where` says in words what holds it ("note 3"), for messages. `apart` is true when it begins
    a block or a line of its own, so that it never runs together with the strand before.
    `level` says whether it is raised or lowered, None where that is not the manuscript's to say. `target` is the id whose page a `PAGE` strand must name. `verbatim` is code, where a line
    may end anywhere. `drawn` is what must be seen of a formula.
    """

    text: str
    hand: Hand
    span: Span | None
    where: str
    apart: bool = False
    target: str = ""
    verbatim: bool = False
    level: str | None = ""
    drawn: Drawn | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What must be seen of a formula: the outlines of its drawing, the shape of its MathML."""

    outlines: int
    shape: str


def expected(edition: Edition) -> tuple[Strand, ...]:
    """Return what a reader of this edition must meet, in the order of reading.

    In a PDF the words of a note stand straight after its first call, in an EPUB at the end of
    its unit. A page number holds no words of its own: its strand has an empty text. A list
    marker has the number that must be printed, or "" for a sign of the style's choosing.
    """
    walk = _Walk(edition)
    for unit in edition.units:
        walk.unit(unit)
    return tuple(walk.strands)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the file of one unit alone must say: its strands, what leads to notes, and its notes by their marks.

    `unit` is without its blocks and `notes` without their words: these stand in the strands.
    """

    unit: Unit
    strands: tuple[Strand, ...]
    links: tuple[NoteLink, ...]


def claims(edition: Edition) -> tuple[Claim, ...]:
    """Return for every unit what it must say: together what `expected` and `note_links` return for all."""
    walk = _Walk(edition)
    found = []
    for unit in edition.units:
        strands, links = len(walk.strands), len(walk.links)
        walk.unit(unit)
        bare = replace(unit, blocks=(), title=(), notes=tuple(replace(note, blocks=()) for note in unit.notes))
        found.append(Claim(bare, tuple(walk.strands[strands:]), tuple(walk.links[links:])))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class NoteLink:
    """A place from which a reader is led to a note: a call, or a reference to the note (`call` is None)."""

    note: str
    call: Call | None
    span: Span


def note_links(edition: Edition) -> tuple[NoteLink, ...]:
    """Return all that leads to notes, in the order of reading."""
    walk = _Walk(edition)
    for unit in edition.units:
        walk.unit(unit)
    return tuple(walk.links)


class _Walk:
    """The state of one walk: what was met so far, and where the walk stands."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.paged = edition.settings.medium is Medium.PDF
        self.notes = {note.id: note for unit in edition.units for note in unit.notes}
        self.strands: list[Strand] = []
        self.where = ""
        self.within = ""
        self.fresh = False
        self.level = ""
        self.open: set[str] = set()
        self.links: list[NoteLink] = []

    # Adding ---------------------------------------------------------------------------------

    def add(
        self,
        text: str,
        hand: Hand,
        span: Span | None,
        *,
        target: str = "",
        verbatim: bool = False,
        levelled: bool = True,
    ) -> None:
        level = self.level if levelled else None
        self.strands.append(Strand(text, hand, span, self.where, self.fresh, target, verbatim, level))
        self.fresh = False

    def block_begins(self) -> None:
        self.fresh = True

    def generated(self, text: str, span: Span | None, *, apart: bool = False) -> None:
        """Add words that are not the author's; they stand apart from what follows them."""
        if text:
            self.fresh = self.fresh or apart
            self.add(text, Hand.GENERATED, span)
            self.fresh = apart

    def generated_inlines(self, inlines: Iterable[Inline]) -> None:
        """Add inlines whose words are not the author's: what a style makes of a citation."""
        begin = len(self.strands)
        self.inlines(inlines)
        self.strands[begin:] = [_repeated(strand) for strand in self.strands[begin:]]

    # Units ----------------------------------------------------------------------------------

    def unit(self, unit: Unit) -> None:
        name = unit.short or unit.name
        self.where = f"{_KINDS[unit.kind]} `{name}`" if unit.kind in (UnitKind.CHAPTER, UnitKind.PART) else ""
        self.where = self.where or f"the {_KINDS[unit.kind]}"
        within = self.within = self.where
        # The words of generated pages come from the settings of the book.
        place = unit.span or Span(self.edition.book.settings, 0, 0)
        self.block_begins()
        match unit.kind:
            case UnitKind.PLATES:
                pass
            case UnitKind.CHAPTER | UnitKind.PART:
                self.inlines(unit.printed)
                self.block_begins()
                self.generated(unit.number, place, apart=True)
                self.where = f"the title of {within}"
                self.inlines(unit.title)
                self.where = f"the authors of {within}"
                self.generated(", ".join(author.name for author in unit.authors), place, apart=True)
            case UnitKind.CONTENTS:
                self.generated(self.edition.words.contents, place, apart=True)
                self.contents(self.edition.contents, place)
            case UnitKind.NOTES:
                self.generated(unit.short, place, apart=True)
                self.book_notes(place)
            case UnitKind.WORKS:
                self.generated(unit.short, place, apart=True)
            case UnitKind.FIGURES | UnitKind.TABLES:
                self.generated(unit.short, place, apart=True)
                self.contents(unit.listed, place)
            case UnitKind.COVER:
                for line in unit.lines:
                    self.add(line.text, Hand.PICTURE, place)
            case (
                UnitKind.HALF_TITLE
                | UnitKind.SERIES_PAGE
                | UnitKind.FRONTISPIECE
                | UnitKind.TITLE_PAGE
                | UnitKind.IMPRINT
                | UnitKind.DEDICATION
                | UnitKind.EDITION_NOTE
                | UnitKind.COLOPHON
            ):
                for line in unit.lines:
                    self.block_begins()
                    self.generated(line.label, place, apart=True)
                    self.generated(line.text, place, apart=True)
            case _:
                assert_never(unit.kind)
        self.where = within
        self.blocks(unit.blocks)
        notes = [
            note
            for note in unit.notes
            if (
                note.place is NotePlace.CHAPTER if self.paged else not note.home
            )  # those have their place under a table
        ]
        if notes:
            self.block_begins()
            self.where = f"the notes of {within}"
            self.generated(self.edition.words.notes, place, apart=True)
            for note in notes:
                self.note(note, within)
        self.block_begins()

    def book_notes(self, place: Span) -> None:
        """Add the notes at the end of the book, under the titles of the chapters that call them."""
        for unit, notes in groups(self.edition.units):
            self.block_begins()
            self.generated(unit.number, place, apart=True)
            self.generated(unit.short, place, apart=True)
            for note in notes:
                self.note(note, f"{_KINDS[unit.kind]} `{unit.short or unit.name}`")

    def contents(self, entries: Iterable[ContentsEntry], place: Span) -> None:
        for entry in entries:
            self.block_begins()
            self.generated(entry.number, place, apart=True)
            begin = len(self.strands)
            self.inlines(entry.title)
            self.strands[begin:] = [_repeated(strand) for strand in self.strands[begin:]]
            self.generated(", ".join(entry.authors), place, apart=True)
            if self.paged:
                self.block_begins()
                self.add("", Hand.PAGE, place, target=entry.id)
        self.block_begins()

    def note(self, note: Note, within: str) -> None:
        """Add a note: mark, label, words, signature."""
        outside, level = self.where, self.level
        self.where = f"note {note.mark} of {within}" if within else f"note {note.mark}"
        self.level = ""
        self.generated(note.mark, note.span, apart=True)
        self.generated(note.label, note.span, apart=True)
        self.blocks(note.blocks)
        self.generated(note.signature, note.span, apart=True)
        for _, words in () if self.paged else note.returns:
            self.generated(words, note.span, apart=True)
        self.where, self.level = outside, level
        self.block_begins()

    # Blocks ---------------------------------------------------------------------------------

    def blocks(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            self.block_begins()
            self.block(block)
            self.block_begins()

    def block(self, block: Block) -> None:
        outside = self.where
        match block:
            case Heading(inlines=inlines):
                self.where = f"a heading in {outside}"
                self.inlines(inlines)
            case Paragraph(inlines=inlines):
                self.generated(self.edition.numbers.get(block.attributes.id, ""), block.span, apart=True)
                self.inlines(inlines)
            case Quotation() | Epigraph() | Letter():
                self.blocks(block.blocks)
            case Division():
                self.blocks(block.blocks)
                for authority in self.edition.registers.get(block.attributes.id, ()):
                    self.block_begins()
                    self.generated_inlines(authority.inlines)
                    self.leads(authority.places, block.span)
                    for pin in authority.pins:
                        self.block_begins()
                        self.generated(pin.text, block.span)
                        self.leads(pin.places, block.span)
                    self.block_begins()
                self.notes_under(block.attributes.id)
                for work in self.edition.lists.get(block.attributes.id, ()):
                    self.block_begins()
                    self.generated_inlines(work.inlines)
                    self.block_begins()
                for back in self.edition.describing.get(block.attributes.id, ()):
                    self.block_begins()
                    self.lead(back, block.span)
                    self.block_begins()
            case EditorialMatter():
                self.where = f"editorial matter in {outside}"
                self.generated(self.edition.words.editorial_matter, block.span, apart=True)
                self.blocks(block.blocks)
                self.generated(block.signed, block.span, apart=True)
            case ItemList():
                self.items(block)
            case DefinitionList(entries=entries):
                for entry in entries:
                    self.block_begins()
                    self.inlines(entry.term)
                    for definition in entry.definitions:
                        self.blocks(definition)
            case CodeBlock(text=text):
                self.add(text, Hand.AUTHOR, block.span, verbatim=True)
            case Equation(formula=formula):
                self.where = f"a formula in {outside}"
                self.formula(formula)
                self.generated(self.edition.captions.get(block.attributes.id, ""), block.span, apart=True)
            case Figure(image=image, caption=caption):
                self.picture(image)
                self.where = f"the caption of a figure in {outside}"
                self.caption(block.attributes.id, caption, block.span)
            case Table(caption=caption):
                self.where = f"the caption of a table in {outside}"
                self.caption(block.attributes.id, caption, block.span)
                self.where = f"a table in {outside}"
                for row in (*block.head, *block.body, *block.foot):
                    self.row(row)
            case Verse(stanzas=stanzas):
                for stanza in stanzas:
                    for line in stanza:
                        self.block_begins()
                        self.inlines(line.inlines)
            case Break(supplied=supplied):
                if supplied:
                    self.generated("[* * *]", block.span, apart=True)
            case _:
                assert_never(block)
        self.where = outside

    def notes_under(self, id: str) -> None:
        """Add the notes that stand under a table."""
        for note in self.notes.values():
            if id and note.home == id:
                self.block_begins()
                self.note(note, self.within)

    def items(self, block: ItemList) -> None:
        for item, marker in zip(block.items, markers(block), strict=True):
            self.block_begins()
            if self.paged:
                self.add(marker, Hand.MARKER, item.span)
                self.block_begins()
            elif block.delimiter != ".":  # which no e-reader writes by itself
                self.generated(marker, item.span, apart=True)
            self.blocks(item.blocks)

    def caption(self, id: str, caption: tuple[Inline, ...], span: Span) -> None:
        self.block_begins()
        if caption:
            self.generated(self.edition.captions.get(id, ""), span, apart=True)
            self.inlines(caption)
        description = self.edition.described.get(id)
        if description is not None:
            self.block_begins()
            self.lead(description.reference, span)
        self.block_begins()

    def lead(self, reference: Reference, span: Span) -> None:
        """Add a link between a figure or table and its description, with its page where there are pages."""
        self.generated(reference.text, span)
        if reference.page:
            self.generated(reference.before, span)
            self.add("", Hand.PAGE, span, target=reference.id)

    def leads(self, references: Iterable[Reference], span: Span) -> None:
        """Add the places at which a work is cited."""
        sign = ": "
        for reference in references:
            self.generated(sign, span)
            if reference.id in self.notes:
                self.links.append(NoteLink(reference.id, None, span))
            self.lead(reference, span)
            sign = "; "

    def row(self, row: Row) -> None:
        for cell in row.cells:
            self.cell(cell)

    def cell(self, cell: Cell) -> None:
        self.block_begins()
        self.blocks(cell.blocks)

    # Inlines --------------------------------------------------------------------------------

    def inlines(self, inlines: Iterable[Inline]) -> None:
        for node in inlines:
            self.inline(node)

    def inline(self, node: Inline) -> None:
        match node:
            case Phrase() if is_printed_page(node):
                self.generated(printed_words(node), node.span)
            case Text(text=text):
                self.add(text, Hand.AUTHOR, node.span)
            case Code(text=text):
                self.add(text, Hand.AUTHOR, node.span, verbatim=True)
            case SoftBreak() | LineBreak():
                self.add(" ", Hand.AUTHOR, node.span)
            case Formula():
                self.formula(node)
            case Emphasis() | Strong() | Strikeout() | SmallCaps() | Foreign() | Phrase() | Link():
                self.inlines(node.inlines)
            case Superscript() | Subscript():
                outer = self.level
                self.level += RAISED if isinstance(node, Superscript) else LOWERED
                self.inlines(node.inlines)
                self.level = outer
            case Supplied(inlines=inner):
                self.generated("[", node.span)
                self.inlines(inner)
                self.generated("]", node.span)
            case Image():
                self.picture(node)
            case CiteCall():
                self.generated_inlines(self.edition.citations.get(node, ()))
            case NoteCall():
                self.call(node)
            case CrossRef():
                self.reference(node)
            case _:
                assert_never(node)

    def picture(self, image: Image) -> None:
        held = self.fresh
        self.add(image.alt, Hand.PICTURE, image.span)
        self.fresh = held

    def formula(self, node: Formula) -> None:
        """Add a formula: its source, and the words in which it is read aloud."""
        found = self.edition.formulas.get(node.span)
        if found is None:
            return  # said by the rooms before: `math-unreadable`
        self.add(found.setting.tex, Hand.AUTHOR, node.span, verbatim=True)
        drawn = Drawn(draw(found.setting).outlines, found.setting.shape)
        self.strands[-1] = replace(self.strands[-1], drawn=drawn)
        self.add(found.alt, Hand.PICTURE, node.span)

    def call(self, node: NoteCall) -> None:
        call = self.edition.calls.get(node.span)
        if call is None:
            return  # said by the rooms before: `note-missing`
        self.links.append(NoteLink(call.note, call, node.span))
        if call.before:
            self.add(call.before if self.paged else f"\u2060{call.before}", Hand.GENERATED, node.span, levelled=False)
        # No line begins with a call: a joiner stands before it, which no PDF keeps.
        mark = call.mark if self.paged else f"\u2060{call.mark}"
        self.add(mark, Hand.GENERATED, node.span, levelled=False)
        note = self.notes.get(call.note)
        at_foot = note is not None and note.place.with_call
        if self.paged and at_foot and call.first and note is not None and note.id not in self.open:
            self.open.add(note.id)
            self.note(note, "" if note.outer else self.within)

    def reference(self, node: CrossRef) -> None:
        reference = self.edition.references.get(node.span)
        if reference is not None and reference.id in self.notes:
            self.links.append(NoteLink(reference.id, None, node.span))
        self.inlines(node.inlines)
        if reference is None:
            return  # said by the rooms before: `reference-dead`
        if not node.inlines:
            self.generated(reference.text, node.span)
        if reference.page:
            self.generated(reference.before, node.span)
            self.add("", Hand.PAGE, node.span, target=reference.id)


_KINDS = {
    UnitKind.COVER: "cover",
    UnitKind.HALF_TITLE: "half-title",
    UnitKind.SERIES_PAGE: "series page",
    UnitKind.FRONTISPIECE: "frontispiece",
    UnitKind.TITLE_PAGE: "title page",
    UnitKind.IMPRINT: "imprint",
    UnitKind.DEDICATION: "dedication",
    UnitKind.CONTENTS: "contents",
    UnitKind.FIGURES: "list of figures",
    UnitKind.TABLES: "list of tables",
    UnitKind.EDITION_NOTE: "note on the edition",
    UnitKind.PART: "part",
    UnitKind.CHAPTER: "chapter",
    UnitKind.PLATES: "plates",
    UnitKind.NOTES: "notes",
    UnitKind.WORKS: "list of works",
    UnitKind.COLOPHON: "colophon",
}


def _repeated(strand: Strand) -> Strand:
    """Return a strand of a title as the contents say it again: not the author's own place."""
    hand = Hand.GENERATED if strand.hand is Hand.AUTHOR else strand.hand
    return replace(strand, hand=hand)
