"""A leaf comes in; its passages go out: running words by paragraph, with the citations and notes that stand between them.

Markup is gone and every word keeps its place, so that what the words say can be held against what they cite.
"""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.bibliography.calls import Cite, read_call
from pipeline.manuscript import (
    CiteCall,
    Code,
    CodeBlock,
    DefinitionList,
    Emphasis,
    Epigraph,
    Figure,
    Heading,
    Leaf,
    Letter,
    LineBreak,
    NoteCall,
    NoteText,
    Paragraph,
    Quotation,
    Row,
    SoftBreak,
    Table,
    Text,
    Verse,
    VerseLine,
)
from pipeline.source import Span

CALL = "\ufffc"
"""Stands in the words of a passage for a citation or the call of a note."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The words of a paragraph, head, cell or caption.

    `cites` and `notes` have their offsets in `words`. `group` is shared by what is read as one: a term and its definitions, the cells of a row.
    `level` is that of a head, else 0. `quoted` says that another voice speaks; `block` is the quotation's number.
    """

    words: str
    group: int
    span: Span
    parts: tuple[tuple[int, Text], ...] = ()
    cites: tuple[tuple[int, Cite], ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    titles: tuple[tuple[int, int], ...] = ()
    """where words in italics begin and end"""
    level: int = 0
    quoted: bool = False
    block: int = 0
    note: str = ""
    """the key of the note in which it stands"""

    def place(self, start: int, end: int) -> Span:
        """Return where the words from `start` to `end` stand in the file."""
        first = self._at(start)
        last = self._at(max(start, end - 1))
        if first is None or last is None:
            return self.span
        return Span(first.path, first.start, max(first.end, last.end))

    def _at(self, offset: int) -> Span | None:
        number = bisect_right(self.parts, offset, key=lambda part: part[0]) - 1
        if number < 0:
            return None
        begun, node = self.parts[number]
        if node.span.end - node.span.start != len(node.text):
            return node.span
        at = node.span.start + min(offset - begun, len(node.text) - 1)
        return Span(node.span.path, at, at + 1)


@dataclass(slots=True)
class _Walk:
    language: str
    passages: list[Passage] = field(default_factory=list)
    groups: int = 0
    blocks: int = 0

    def group(self) -> int:
        self.groups += 1
        return self.groups


def passages(leaf: Leaf, language: str, left_out: Collection[Span | None] = ()) -> tuple[Passage, ...]:
    """Return the passages of a leaf in the order of its file, the notes last, without notes whose places are `left_out`."""
    walk = _Walk(language)
    for block in leaf.blocks:
        _block(walk, block)
    for note in leaf.notes:
        for block in note.blocks if note.span not in left_out else ():
            _block(walk, block, note=note.key)
    return tuple(walk.passages)


def _block(
    walk: _Walk, block: object, group: int = 0, *, quoted: bool = False, within: int = 0, note: str = ""
) -> None:
    """Add the passages of a block, of which `group` is the one that it belongs to (0: each its own)."""
    match block:
        case Heading():
            _passage(walk, block.inlines, block.span, group, block.level, note=note)
        case Paragraph():
            _passage(walk, block.inlines, block.span, group, quoted=quoted, within=within, note=note)
        case Figure():
            _passage(walk, block.caption, block.span, group, quoted=quoted, note=note)
        case Table():
            _passage(walk, block.caption, block.span, group, note=note)
            for row in (*block.head, *block.body, *block.foot):
                _block(walk, row, walk.group(), quoted=quoted, note=note)
        case Row():
            for cell in block.cells:
                for inner in cell.blocks:
                    _block(walk, inner, group, quoted=quoted, note=note)
        case DefinitionList():
            for entry in block.entries:
                one = walk.group()
                _passage(walk, entry.term, entry.span, one, note=note)
                for definition in entry.definitions:
                    for inner in definition:
                        _block(walk, inner, one, quoted=quoted, note=note)
        case Quotation():
            walk.blocks += 1
            number = within or walk.blocks
            for inner in block.blocks:
                _block(walk, inner, group, quoted=True, within=number, note=note)
        case Epigraph() | Letter() | Verse():
            for part in _inside(block):
                _block(walk, part, group, quoted=True, note=note)
        case VerseLine():
            _passage(walk, block.inlines, block.span, group, quoted=True, note=note)
        case CodeBlock() | Span() | NoteText():
            pass
        case _:
            for part in _inside(block):
                _block(walk, part, group, quoted=quoted, within=within, note=note)


def _inside(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        for each in node:
            yield from _inside(each)
    elif dataclasses.is_dataclass(node) and not isinstance(node, Span):
        for one in dataclasses.fields(node):
            value = getattr(node, one.name)
            if isinstance(value, tuple):
                yield from (each for each in _flat(value) if dataclasses.is_dataclass(each))


def _flat(values: tuple[object, ...]) -> Iterator[object]:
    for value in values:
        if isinstance(value, tuple):
            yield from _flat(value)
        else:
            yield value


@dataclass(slots=True)
class _Words:
    text: list[str] = field(default_factory=list)
    length: int = 0
    parts: list[tuple[int, Text]] = field(default_factory=list)
    cites: list[tuple[int, Cite]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    titles: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.text.append(text)
        self.length += len(text)


def _passage(
    walk: _Walk,
    inlines: Sequence[object],
    span: Span,
    group: int,
    level: int = 0,
    *,
    quoted: bool = False,
    within: int = 0,
    note: str = "",
) -> None:
    words = _Words()
    _inlines(walk, words, inlines)
    if words.length:
        walk.passages.append(
            Passage(
                "".join(words.text),
                group or walk.group(),
                span,
                tuple(words.parts),
                tuple(words.cites),
                tuple(words.notes),
                tuple(words.titles),
                level,
                quoted,
                within,
                note,
            )
        )


def _inlines(walk: _Walk, words: _Words, inlines: Sequence[object]) -> None:
    for node in inlines:
        match node:
            case Text():
                words.parts.append((words.length, node))
                words.add(node.text)
            case SoftBreak() | LineBreak():
                words.add(" ")
            case Code():
                words.add(" ")
            case CiteCall():
                cluster, _ = read_call(node.source, node.span, walk.language)
                words.cites.extend((words.length, cite) for cite in cluster.cites)
                words.add(CALL)
            case NoteCall():
                words.notes.append((words.length, node.key))
                words.add(CALL)
            case Emphasis():
                start = words.length
                _inlines(walk, words, node.inlines)
                words.titles.append((start, words.length))
            case _:
                for one in dataclasses.fields(node) if dataclasses.is_dataclass(node) else ():
                    value = getattr(node, one.name)
                    if one.name == "inlines" and isinstance(value, tuple):
                        _inlines(walk, words, value)


# Sentences --------------------------------------------------------------------------------------

_END = re.compile(rf"(?<=[.!?…։])[”’»“\"'){CALL}\]]*\s+(?=[“‘«„\"'(\[{CALL}]*[^\W\d_a-zа-яё])")
_SHORT = re.compile(
    r"(?<![^\s(\[“‘«])(?:[^\W\d_]|[Aa]rts?|[Nn]os?|pp?|vols?|[Rr]es|[Cc]h|[Pp]aras?|[Ss]ecs?|[Aa]pp|[Ee]ds?|cf|e\.g|i\.e|Mr|Mrs|Ms|Dr"
    r"|Prof|St|ст|стр|гл|[Aa]bs|Nr|Bd|vgl|ff|et al|v)\.$"
)


def sentences(words: str) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of a passage begin and end, with the blanks after them.

    >>> text = "See art. 3 of it. Mr. Roe came. Then he left."
    >>> [text[start:end] for start, end in sentences(text)]
    ['See art. 3 of it. ', 'Mr. Roe came. ', 'Then he left.']
    """
    start = 0
    for found in _END.finditer(words):
        if _SHORT.search(words, start, found.start()) is not None:
            continue
        yield start, found.end()
        start = found.end()
    if start < len(words):
        yield start, len(words)


@dataclass(frozen=True, slots=True)
class Near:
    """What is cited around words: the cites, and whether a note is called there at all."""

    cites: tuple[Cite, ...] = ()
    called: bool = False

    def __or__(self, other: Near) -> Near:
        return Near((*self.cites, *other.cites), self.called or other.called)


class Context:
    """The passages of a leaf with the notes that they call: what is cited where."""

    def __init__(self, leaf: Leaf, language: str, left_out: Collection[Span | None] = ()) -> None:
        self.passages = passages(leaf, language, left_out)
        within: dict[str, list[Cite]] = {}
        for passage in self.passages:
            if passage.note:
                within.setdefault(passage.note, []).extend(cite for _, cite in passage.cites)
        self.within: Mapping[str, Sequence[Cite]] = within
        groups: dict[int, Near] = {}
        for passage in self.passages:
            groups[passage.group] = groups.get(passage.group, Near()) | self.near(passage)
        self._groups = groups
        self._heads = self._sections()

    def _sections(self) -> dict[int, Near]:
        """Return for each head what its section cites; a head inside it belongs to it."""
        found: dict[int, Near] = {}
        open_: list[tuple[int, int]] = []
        for passage in self.passages:
            if passage.level:
                open_ = [(level, group) for level, group in open_ if level < passage.level]
                open_.append((passage.level, passage.group))
            if not passage.note:
                for _, group in open_:
                    found[group] = found.get(group, Near()) | self.near(passage)
        return found

    def near(self, passage: Passage, start: int = 0, end: int | None = None) -> Near:
        """Return what is cited between two places of a passage, in its notes too."""
        stop = len(passage.words) if end is None else end
        notes = [key for at, key in passage.notes if start <= at < stop]
        return Near(
            (
                *(cite for at, cite in passage.cites if start <= at < stop),
                *(cite for key in notes for cite in self.within.get(key, ())),
            ),
            bool(notes),
        )

    def around(self, passage: Passage) -> Near:
        """Return what is cited in a passage and what is read with it: a section for its head, a row for its cell."""
        if passage.level:
            return self._heads.get(passage.group, Near())
        return self._groups[passage.group]
