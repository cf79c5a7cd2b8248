"""The units of an edition on paper come in; those with the plates in units of their own go out.

Where a figure or table stands on paper is asked for with `place` in its braces. Top and foot of a page, and pages of its own,
are found by the layout, and a listener still hears the figure where it was written. Plates are another part of the
book: they stand in a unit of their own, after their chapter or after the last of the text, and are read there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline.book import EditionSettings, Medium, Plates
from pipeline.edition.values import Call, Note, Unit, UnitKind
from pipeline.manuscript import Block, Division, Figure, Inline, NoteCall, Table
from pipeline.source import Problem, Span

PLACE = "place"
"""The key with which a figure or table asks for its place on paper."""
PLATE = "plate"
PLACES = ("here", "top", "bottom", "page", "bleed", PLATE)
"""Where a figure or table may stand on paper."""
LANDSCAPE = "landscape"
"""The class of what stands turned, on a page of its own."""
TABLE = "table"
"""The name of a division that holds a table and what stands under it."""


NOTES = "notes"
"""The key with which a table asks that the notes called in it stand under it."""
UNDER = "under"


def notes_under(block: Block) -> bool:
    """Say whether the notes called in a block stand under it: a turned page has no foot for them."""
    if not isinstance(block, Division) or block.name != TABLE:
        return False
    return block.attributes.get(NOTES) == UNDER or LANDSCAPE in block.attributes.classes


def place_fault(block: Block) -> Problem | None:
    """Return what is wrong with the place that a block asks for."""
    written = block.attributes.get(PLACE)
    if not written:
        return None
    if not isinstance(block, Figure | Table) and not (isinstance(block, Division) and block.name == TABLE):
        return Problem(
            "place-unknown",
            "only a figure or a table can ask for a place on the page",
            block.span,
            f"write `{{place={written}}}` after the picture, or after the caption of the table",
        )
    known = PLACES if isinstance(block, Figure) else tuple(each for each in PLACES if each not in (PLATE, "bleed"))
    if written in known:
        return None
    return Problem(
        "place-unknown",
        f"there is no place `{written}` for {'a figure' if isinstance(block, Figure) else 'a table'}",
        block.span,
        f"write {', '.join(f'`{each}`' for each in known[:-1])} or `{known[-1]}`",
    )


def with_plates(
    units: tuple[Unit, ...], settings: EditionSettings, calls: Mapping[Span, Call], plates: Plates
) -> tuple[Unit, ...]:
    """Take the plates of a paginated edition out of their chapters and put them where they stand on paper."""
    if settings.medium is not Medium.PDF:
        return units
    out: list[Unit] = []
    gathered: list[tuple[Unit, tuple[Figure, ...]]] = []
    for unit in units:
        found = tuple(block for block in unit.blocks if _is_plate(block))
        if not found:
            out.append(unit)
            continue
        called = _called(found, calls)
        kept = tuple(block for block in unit.blocks if not _is_plate(block))
        out.append(replace(unit, blocks=kept, notes=tuple(note for note in unit.notes if note.id not in called)))
        gathered.append((unit, tuple(each for each in found if isinstance(each, Figure))))
        if plates is Plates.CHAPTER:
            out.append(_section(f"{unit.name}-plates", gathered, calls))
            gathered = []
    if gathered:
        out.append(_section("plates", gathered, calls))
    return tuple(out)


def _is_plate(block: Block) -> bool:
    return isinstance(block, Figure) and block.attributes.get(PLACE) == PLATE


def _section(name: str, gathered: list[tuple[Unit, tuple[Figure, ...]]], calls: Mapping[Span, Call]) -> Unit:
    last = gathered[-1][0]
    notes: list[Note] = []
    for unit, figures in gathered:
        called = _called(figures, calls)
        notes.extend(note for note in unit.notes if note.id in called)
    return Unit(
        name=name,
        kind=UnitKind.PLATES,
        place=last.place,
        heading="",
        blocks=tuple(figure for _, figures in gathered for figure in figures),
        notes=tuple(notes),
        path=last.path,
        span=gathered[0][1][0].span,
        id=name,
    )


def _called(figures: Iterable[Block], calls: Mapping[Span, Call]) -> frozenset[str]:
    """Return the ids of the notes that are first called in captions, and of those called in these notes."""
    spans = [span for figure in figures if isinstance(figure, Figure) for span in _calls(figure.caption)]
    return frozenset(calls[span].note for span in spans if span in calls and calls[span].first)


def _calls(inlines: tuple[Inline, ...]) -> Iterator[Span]:
    for node in inlines:
        if isinstance(node, NoteCall):
            yield node.span
        inner = getattr(node, "inlines", ())
        if inner:
            yield from _calls(inner)
