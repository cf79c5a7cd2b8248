"""The words as the author left them: node kinds only.

Nothing here knows Markdown, HTML, numbers or editions. Every node has a `span`, the place in
the source from which it came, also inside quotations, lists, tables and notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from pipeline.source import Source, Span


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an author wrote in braces: `{#id .class key=value}`."""

    id: str = ""
    classes: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, key: str, default: str = "") -> str:
        """Return the value of a key, or `default`."""
        return dict(self.pairs).get(key, default)


NO_ATTRIBUTES = Attributes()


# Inlines ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Characters as they shall be read; escapes and entities are already resolved."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class SoftBreak:
    """The end of a line inside a paragraph: a space to the reader."""

    span: Span


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A line that ends because the author says so."""

    span: Span


@dataclass(frozen=True, slots=True)
class Emphasis:
    inlines: tuple[Inline, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Strong:
    inlines: tuple[Inline, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Strikeout:
    inlines: tuple[Inline, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Superscript:
    inlines: tuple[Inline, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Subscript:
    inlines: tuple[Inline, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class SmallCaps:
    inlines: tuple[Inline, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Formula:
    """Mathematics, in TeX; `display` asks for the larger form that stands on lines of its own."""

    text: str
    display: bool
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Link:
    """A link to somewhere outside the book (https, http, mailto, tel)."""

    target: str
    inlines: tuple[Inline, ...]
    title: str
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a line or in a `Figure`; `target` is a path in the book's folder."""

    target: str
    alt: str
    title: str
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class NoteCall:
    """The place at which a note is called; `key` names a `NoteText` of the same file."""

    key: str
    span: Span


@dataclass(frozen=True, slots=True)
class CrossRef:
    """A reference to a place in the book.

    `target` is the id of a section, figure, table or any block, or `^key` for a note.
    Without inlines the edition supplies the words ("chapter 3", "Figure 2", "note 4").
    `page` asks for the page number as well, where the edition has pages.
    """

    target: str
    inlines: tuple[Inline, ...]
    page: bool
    span: Span


@dataclass(frozen=True, slots=True)
class CiteCall:
    """A citation in brackets or in the text; `source` is what was written, for the engine."""

    source: str
    span: Span


@dataclass(frozen=True, slots=True)
class Foreign:
    """Words in another language; `language` is a BCP 47 tag."""

    language: str
    inlines: tuple[Inline, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Supplied:
    """Words that this edition supplies and the author did not write; set in square brackets."""

    inlines: tuple[Inline, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Phrase:
    """A span of words with attributes that no other kind stands for."""

    inlines: tuple[Inline, ...]
    span: Span
    attributes: Attributes


Inline: TypeAlias = (
    Text
    | SoftBreak
    | LineBreak
    | Emphasis
    | Strong
    | Strikeout
    | Superscript
    | Subscript
    | SmallCaps
    | Code
    | Formula
    | Link
    | Image
    | NoteCall
    | CrossRef
    | CiteCall
    | Foreign
    | Supplied
    | Phrase
)


# Blocks -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    """A head; level 1 is the title of a chapter."""

    level: int
    inlines: tuple[Inline, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


RUN_IN = "run-in"
"""The class of a head that stands in the line of the paragraph after it."""


def is_run_in(head: Heading) -> bool:
    return RUN_IN in head.attributes.classes


@dataclass(frozen=True, slots=True)
class Paragraph:
    inlines: tuple[Inline, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Quotation:
    """A block quotation."""

    blocks: tuple[Block, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list; `number` is its own where it does not follow from the item before it."""

    blocks: tuple[Block, ...]
    span: Span
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list. `start` is None for bullets; `numerals` names how an ordered list counts.

    `numerals`: decimal, lower-alpha, upper-alpha, lower-roman, upper-roman; `delimiter` are
    the signs about the number as written: ".", ")" or "()".
    """

    items: tuple[Item, ...]
    start: int | None
    tight: bool
    span: Span
    numerals: str = "decimal"
    delimiter: str = "."
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and what is said of it, once or several times."""

    term: tuple[Inline, ...]
    definitions: tuple[tuple[Block, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class DefinitionList:
    entries: tuple[Definition, ...]
    tight: bool
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str
    language: str
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Equation:
    """A formula on lines of its own; it has a number when its attributes have an id."""

    formula: Formula
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption; the picture's `alt` says what is to be seen."""

    image: Image
    caption: tuple[Inline, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; `columns` and `rows` say over how many it reaches."""

    blocks: tuple[Block, ...]
    span: Span
    columns: int = 1
    rows: int = 1
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is set: `align` is "", left, right or center; `width` a share of 1, or 0."""

    align: str = ""
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    caption: tuple[Inline, ...]
    columns: tuple[Column, ...]
    head: tuple[Row, ...]
    body: tuple[Row, ...]
    foot: tuple[Row, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class VerseLine:
    """A line of verse; `indent` counts the spaces it was moved in by."""

    inlines: tuple[Inline, ...]
    indent: int
    span: Span


@dataclass(frozen=True, slots=True)
class Verse:
    stanzas: tuple[tuple[VerseLine, ...], ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Epigraph:
    blocks: tuple[Block, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Letter:
    blocks: tuple[Block, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class EditorialMatter:
    """Words of an editor outside a note: always labelled and signed in every edition.

    `signed` is whose words these are; empty means the book's own editors.
    """

    blocks: tuple[Block, ...]
    signed: str
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Break:
    """A pause in the text without a head; `supplied` when this edition put it there."""

    span: Span
    supplied: bool = False
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Division:
    """A stretch that the author named and no other kind stands for (`::: attribution`)."""

    name: str
    blocks: tuple[Block, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


Block: TypeAlias = (
    Heading
    | Paragraph
    | Quotation
    | ItemList
    | DefinitionList
    | CodeBlock
    | Equation
    | Figure
    | Table
    | Verse
    | Epigraph
    | Letter
    | EditorialMatter
    | Break
    | Division
)


# The whole ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteText:
    """The words of one note, and whose voice speaks them."""

    key: str
    voice: str
    """author, translator, editor, source, textual, or a voice that the book declares"""
    blocks: tuple[Block, ...]
    span: Span
    attributes: Attributes = NO_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file of the manuscript: its blocks, and the notes written in it (keys are its own)."""

    source: Source
    blocks: tuple[Block, ...]
    notes: tuple[NoteText, ...] = ()

    @property
    def path(self) -> str:
        return self.source.path


@dataclass(frozen=True, slots=True)
class Manuscript:
    """All files, in the order of the book."""

    leaves: tuple[Leaf, ...] = field(default=())


def lines_of(block: Block) -> tuple[tuple[Inline, ...], ...]:
    """Return the runs of inlines that stand directly in a block, in order: its words, its caption, its terms or lines."""
    match block:
        case Heading() | Paragraph():
            return (block.inlines,)
        case Figure() | Table():
            return (block.caption,)
        case Verse():
            return tuple(line.inlines for stanza in block.stanzas for line in stanza)
        case DefinitionList():
            return tuple(entry.term for entry in block.entries)
        case (
            Quotation()
            | Epigraph()
            | Letter()
            | EditorialMatter()
            | Division()
            | ItemList()
            | CodeBlock()
            | Break()
            | Equation()
        ):
            return ()
        case _:
            assert_never(block)


def children(block: Block) -> tuple[Block, ...]:
    """Return the blocks that stand directly in a block, in order."""
    match block:
        case Quotation() | Epigraph() | Letter() | EditorialMatter() | Division():
            return block.blocks
        case ItemList():
            return tuple(inner for item in block.items for inner in item.blocks)
        case DefinitionList():
            return tuple(inner for entry in block.entries for each in entry.definitions for inner in each)
        case Table():
            return tuple(
                inner for row in (*block.head, *block.body, *block.foot) for cell in row.cells for inner in cell.blocks
            )
        case Heading() | Paragraph() | CodeBlock() | Equation() | Figure() | Verse() | Break():
            return ()
        case _:
            assert_never(block)
