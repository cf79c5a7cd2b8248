"""Does every character of the source stand in the tree, in known syntax, or in a problem? What does not is lost.

The tree is compared with the record that the rules kept while they took characters: nothing is
searched for. So a node that a later step drops, doubles, moves or changes is found at its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TypeAlias

from pipeline.manuscript import (
    Block,
    Break,
    CiteCall,
    Code,
    CodeBlock,
    DefinitionList,
    Equation,
    Figure,
    Formula,
    Heading,
    Image,
    Inline,
    ItemList,
    Leaf,
    LineBreak,
    NoteCall,
    Paragraph,
    SoftBreak,
    Table,
    Text,
    Verse,
)
from pipeline.parse.record import FREE, REPLACED, Record
from pipeline.source import Problem, Span

_Words: TypeAlias = Text | Code | CodeBlock | Formula

_HINT = "this is a fault of Stet's own, please report it with these lines; nothing was built"


def find_losses(leaf: Leaf, record: Record) -> tuple[Problem, ...]:
    """Return a problem for each stretch of words that the tree lacks, doubles, changes or moves."""
    text = leaf.source.text
    problems: list[Problem] = []
    covered = bytearray(record.marks)
    spoken = bytearray(len(text))
    flows: list[Sequence[Block]] = [leaf.blocks, *(note.blocks for note in leaf.notes)]
    for flow in flows:
        last = -1
        for node in _words(flow):
            start, end = node.span.start, node.span.end
            if start < last:
                problems.append(_lost("these words stand in the wrong order", node.span))
            last = start
            if spoken.find(1, start, end) >= 0:
                problems.append(_lost("these words stand twice", node.span))
            if not _same(node, text, record):
                problems.append(_lost("these words were changed", node.span))
            spoken[start:end] = covered[start:end] = b"\x01" * (end - start)
    for problem in record.problems:
        if problem.span is not None:
            start, end = problem.span.start, problem.span.end
            covered[start:end] = b"\x01" * (end - start)
    at = covered.find(FREE)
    while at >= 0:
        if text[at].isspace():
            at = covered.find(FREE, at + 1)
            continue
        end = at
        while end < len(text) and not covered[end] and text[end] != "\n":
            end += 1
        problems.append(_lost("these words stand nowhere", Span(leaf.path, at, end)))
        at = covered.find(FREE, end)
    return tuple(problems)


def _lost(message: str, span: Span) -> Problem:
    return Problem("text-lost", message, span, _HINT)


def _same(node: _Words, text: str, record: Record) -> bool:
    """Say whether a node holds just the words that the record says stand at its place."""
    start, end = node.span.start, node.span.end
    written = text[start:end]
    if record.marks.count(FREE, start, end) != end - start:
        parts: list[str] = []
        at = start
        while at < end:
            mark = record.marks[at]
            if mark == FREE:
                parts.append(text[at])
            elif mark == REPLACED and at in record.replacements:
                parts.append(record.replacements[at][1])
            at += 1
        written = "".join(parts)
    if written == node.text:
        return True
    # code loses indentation, and its line feeds become spaces
    return not isinstance(node, Text) and "".join(written.split()) == "".join(node.text.split())


def _words(blocks: Sequence[Block]) -> Iterator[_Words]:
    """Yield the nodes that hold words, in the order in which a reader meets them."""
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                yield from _spoken(block.inlines)
            case CodeBlock():
                yield block
            case Equation():
                yield block.formula
            case Figure():
                yield from _spoken(block.caption)
            case Break():
                pass
            case ItemList():
                for item in block.items:
                    yield from _words(item.blocks)
            case DefinitionList():
                for entry in block.entries:
                    yield from _spoken(entry.term)
                    for definition in entry.definitions:
                        yield from _words(definition)
            case Verse():
                for stanza in block.stanzas:
                    for line in stanza:
                        yield from _spoken(line.inlines)
            case Table():
                yield from _in_table(block)
            case _:
                yield from _words(block.blocks)


def _in_table(table: Table) -> Iterator[_Words]:
    """Yield the words of a table by their places: its caption may stand below, and cells may reach over rows."""
    words = list(_spoken(table.caption))
    for row in (*table.head, *table.body, *table.foot):
        for cell in row.cells:
            words.extend(_words(cell.blocks))
    words.sort(key=attrgetter("span.start"))
    yield from words


def _spoken(inlines: Sequence[Inline]) -> Iterator[_Words]:
    for inline in inlines:
        match inline:
            case Text() | Code() | Formula():
                yield inline
            case SoftBreak() | LineBreak() | Image() | NoteCall() | CiteCall():
                pass
            case _:
                yield from _spoken(inline.inlines)
