"""A `Source` of Markdown becomes a `Leaf` of the manuscript, and the problems met on the way.

The dialect is CommonMark with Pandoc's extensions in Pandoc's own spelling, and notes with
voices. Every node knows its place; every character is accounted for (`losses`).
"""

from __future__ import annotations

from pipeline.manuscript import Leaf
from pipeline.parse.blocks import Found, read_blocks
from pipeline.parse.build import Builder
from pipeline.parse.front import skip_front_matter
from pipeline.parse.heads import check_heads, check_nested
from pipeline.parse.inlines import Finds
from pipeline.parse.losses import find_losses
from pipeline.parse.notes import check_notes
from pipeline.parse.raw import Raw
from pipeline.parse.record import Record
from pipeline.parse.separated import asked_files, fill_tables
from pipeline.source import Problem, Source, in_order

__all__ = ["asked_files", "fill_tables", "parse"]


def parse(source: Source) -> tuple[Leaf, tuple[Problem, ...]]:
    """Read one manuscript file; problems come sorted by place, and nothing a file says raises."""
    leaf, record = read(source)
    return leaf, in_order((*record.problems, *find_losses(leaf, record)))


def read(source: Source) -> tuple[Leaf, Record]:
    """Read one manuscript file; the record says what was made of each character."""
    record = Record(source)
    found = Found()
    raws: list[Raw] = read_blocks(record, skip_front_matter(record), found)
    finds = Finds(found.definitions)
    builder = Builder(record, finds)
    blocks = builder.blocks(raws)
    notes = [builder.note(raw) for raw in found.notes]
    notes = sorted((*notes, *finds.notes), key=lambda note: note.span)
    lost = finds.botched - {note.key for note in notes}
    record.problems.extend(check_notes(source, notes, [call for call in finds.calls if call.key not in lost]))
    record.problems.extend(check_heads(blocks))
    record.problems.extend(check_nested(blocks, notes))
    for label, definition in found.definitions.items():
        if label not in finds.used:
            place = definition.span
            record.report(
                "link-definition-unused",
                f"no link uses `{source.text[place.start : source.text.index(']', place.start) + 1]}`",
                place.start,
                place.end,
                "use it, or take it out",
            )
    return Leaf(source, blocks, tuple(notes)), record
