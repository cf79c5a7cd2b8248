"""Do the heads of a file go down one level at a time?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.manuscript import Block, Division, EditorialMatter, Epigraph, Heading, Letter
from pipeline.source import Problem


def check_heads(blocks: Sequence[Block]) -> tuple[Problem, ...]:
    """Return a problem for each head that skips a level; the first head of a file may have any."""
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
        above = head
    return tuple(problems)


def _heads(blocks: Sequence[Block]) -> Iterator[Heading]:
    for block in blocks:
        if isinstance(block, Heading):
            yield block
        elif isinstance(block, Division | EditorialMatter | Epigraph | Letter):
            yield from _heads(block.blocks)
