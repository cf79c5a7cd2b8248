"""Walks over blocks and inlines: what stands within, which references and pictures; what a selection empties."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pipeline.edition.values import (
    Edition,
)
from pipeline.manuscript import (
    Attributes,
    Block,
    CiteCall,
    Code,
    CrossRef,
    Figure,
    Formula,
    Image,
    Inline,
    Item,
    ItemList,
    LineBreak,
    NoteCall,
    SoftBreak,
    Text,
    children,
    lines_of,
)


def is_blank(node: Inline) -> bool:
    return isinstance(node, SoftBreak | LineBreak) or (isinstance(node, Text) and not node.text.strip())


def is_emptied(before: tuple[Inline, ...], after: tuple[Inline, ...]) -> bool:
    """Say whether nothing is left of words of which an edition leaves some out."""
    return after != before and all(map(is_blank, after)) and not all(map(is_blank, before))


def left(block: ItemList, kept: list[tuple[Block, ...]]) -> tuple[Item, ...]:
    """Return the items of a list that are left, each under the number it has in the whole list."""
    items: list[Item] = []
    for place, (item, blocks) in enumerate(zip(block.items, kept, strict=True)):
        if item.blocks and not blocks:
            continue
        own = block.start + place if block.start is not None and place != len(items) else None
        items.append(replace(item, blocks=blocks, number=own))
    return tuple(items)


def called_together(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return inlines without the blanks between two calls: a comma will part them, and no line may."""
    out: list[Inline] = []
    for place, node in enumerate(inlines):
        following = inlines[place + 1] if place + 1 < len(inlines) else None
        between = out and isinstance(out[-1], NoteCall) and isinstance(following, NoteCall)
        if not (between and is_blank(node) and not isinstance(node, LineBreak)):
            out.append(node)
    return tuple(out)


def names_in(written: str) -> tuple[str, ...]:
    return tuple(written.replace(",", " ").split())


def normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return path
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def is_decorative(image: Image, attributes: Attributes) -> bool:
    return "decorative" in image.attributes.classes or "decorative" in attributes.classes


def kind(block: Block) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(block).__name__).lower()


def within(block: Block) -> Iterable[Block]:
    yield block
    for inner in children(block):
        yield from within(inner)


def references_in(inlines: tuple[Inline, ...]) -> Iterable[CrossRef]:
    for node in inlines:
        if isinstance(node, CrossRef):
            yield node
        if not isinstance(node, Text | SoftBreak | LineBreak | Code | Formula | Image | NoteCall | CiteCall):
            yield from references_in(node.inlines)


def references(block: Block) -> Iterable[CrossRef]:
    for inlines in lines_of(block):
        yield from references_in(inlines)
    for inner in children(block):
        yield from references(inner)


def images_in(inlines: tuple[Inline, ...]) -> Iterable[Image]:
    for node in inlines:
        if isinstance(node, Image):
            yield node
        elif not isinstance(node, Text | SoftBreak | LineBreak | Code | Formula | NoteCall | CiteCall):
            yield from images_in(node.inlines)


def images(block: Block) -> Iterable[Image]:
    if isinstance(block, Figure):
        yield block.image
    for inlines in lines_of(block):
        yield from images_in(inlines)
    for inner in children(block):
        yield from images(inner)


def pictures(edition: Edition) -> Iterable[Image]:
    """Yield every picture of an edition, in the order of the text; its `target` is a path in the book's folder."""
    for unit in edition.units:
        yield from images_in(unit.title)
        for block in unit.blocks:
            yield from images(block)
        for note in unit.notes:
            for block in note.blocks:
                yield from images(block)
