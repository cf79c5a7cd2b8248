"""Do the heads of a file say something, and go down one level at a time?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.manuscript import (
    Block,
    CiteCall,
    Code,
    CrossRef,
    DefinitionList,
    Division,
    EditorialMatter,
    Epigraph,
    Formula,
    Heading,
    Image,
    Inline,
    ItemList,
    Letter,
    LineBreak,
    NoteCall,
    NoteText,
    Quotation,
    SoftBreak,
    Table,
    Text,
)
from pipeline.source import Problem, Severity


def check_heads(blocks: Sequence[Block]) -> tuple[Problem, ...]:
    """Return a problem for each head without words and each that skips a level; the first of a file may have any."""
    problems: list[Problem] = []
    above: Heading | None = None
    for head in _heads(blocks):
        if above is not None and head.level > above.level + 1:
            problems.append(
                Problem(
                    "heading-skip",
                    f"a head of level {head.level} follows one of level {above.level}",
                    head.span,
                    f"begin it with `{'#' * (above.level + 1)}`",
                    also=((above.span, f"the head of level {above.level}"),),
                )
            )
        if not _says(head.inlines):
            problems.append(
                Problem(
                    "heading-empty",
                    "this head has no words, so that no contents can name it",
                    head.span,
                    "write its words, or take it out; `* * *` divides without words",
                )
            )
        above = head
    return tuple(problems)


def check_nested(blocks: Sequence[Block], notes: Sequence[NoteText]) -> tuple[Problem, ...]:
    """Return a problem for each head that stands where no chapter and no section can begin.

    A head of level 1 begins a chapter only outside everything else. Others that stand in a list, a quotation or a cell are
    heads all the same: the contents, the outline of a PDF and those who listen find them as sections of the book.
    """
    problems: list[Problem] = []
    nested = list(_nested(blocks, ""))
    for note in notes:
        nested.extend(_nested(note.blocks, "a note"))
    for head, within in nested:
        if head.level == 1:
            problems.append(
                Problem(
                    "heading-nested",
                    f"a head of level 1 begins a chapter, but this one stands in {within}",
                    head.span,
                    "put it outside, or write the words in bold: `**words**`",
                )
            )
        elif within in ("a list", "a quotation", "a cell"):
            problems.append(
                Problem(
                    "heading-nested",
                    f"this head stands in {within}, and contents and outline show it as a section of the book",
                    head.span,
                    "write the words in bold, `**words**`, if it is a head of what is quoted or listed",
                    Severity.WARNING,
                )
            )
    return tuple(problems)


def _nested(blocks: Sequence[Block], within: str) -> Iterator[tuple[Heading, str]]:
    """Yield the heads that stand in something, with what they stand in."""
    for block in blocks:
        match block:
            case Heading():
                if within:
                    yield block, within
            case Quotation():
                yield from _nested(block.blocks, "a quotation")
            case Division() | EditorialMatter() | Epigraph() | Letter():
                yield from _nested(block.blocks, within or "a division")
            case ItemList():
                for item in block.items:
                    yield from _nested(item.blocks, "a list")
            case DefinitionList():
                for entry in block.entries:
                    for definition in entry.definitions:
                        yield from _nested(definition, "a list")
            case Table():
                for row in (*block.head, *block.body, *block.foot):
                    for cell in row.cells:
                        yield from _nested(cell.blocks, "a cell")
            case _:
                pass


def _says(inlines: Sequence[Inline]) -> bool:
    for inline in inlines:
        match inline:
            case Text(text=text) | Code(text=text):
                if text.strip():
                    return True
            case Image() | CiteCall() | CrossRef() | Formula():
                return True
            case NoteCall() | SoftBreak() | LineBreak():
                pass
            case _:
                if _says(inline.inlines):
                    return True
    return False


def _heads(blocks: Sequence[Block]) -> Iterator[Heading]:
    for block in blocks:
        if isinstance(block, Heading):
            yield block
        elif isinstance(block, Division | EditorialMatter | Epigraph | Letter):
            yield from _heads(block.blocks)
