"""Do the heads of a file say something, and go down one level at a time?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.manuscript import (
    Block,
    CiteCall,
    Code,
    CrossRef,
    Division,
    EditorialMatter,
    Epigraph,
    Formula,
    Heading,
    Image,
    Inline,
    Letter,
    LineBreak,
    NoteCall,
    SoftBreak,
    Text,
)
from pipeline.source import Problem


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
