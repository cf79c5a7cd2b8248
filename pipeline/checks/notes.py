"""Notes and their calls stand one to one, in order, with the right marks, and lead to each other.

A note that is called but not there, or a call that leads to another note, changes what the text
claims. What the words gate proves of the words this check proves of the links (EPUB 3.3:
`epub:type` noteref and footnote, DPUB-ARIA 1.1; PDF/UA-1 7.9 and 7.18.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from pipeline.book import Medium, NotePlace
from pipeline.checks.expected import NoteLink, note_links
from pipeline.checks.reading import CallRead, NoteRead, Reading
from pipeline.edition import Edition, Note, Unit
from pipeline.source import Problem

LIMIT = 20
"""Problems that are shown for a file."""


def check_notes(edition: Edition, reading: Reading) -> tuple[Problem, ...]:
    """Compare calls and notes of a finished file with those of its edition."""
    return compare_notes(edition.units, note_links(edition), reading)


def compare_notes(units: Sequence[Unit], links: Sequence[NoteLink], reading: Reading) -> tuple[Problem, ...]:
    """Compare calls and notes of a file with those of some units, which `links` lead to."""
    if not reading.pieces and reading.problems:
        return ()  # the file cannot be read: said already
    found = [*_notes(units, links, reading), *_calls(units, links, reading)]
    return tuple(found[:LIMIT])


def _own_id(note: NoteRead, wanted: dict[str, tuple[Unit, Note]]) -> str:
    """Return the id of a note as the edition has it: a PDF puts the name of the unit before it."""
    return note.id if note.id in wanted else note.id.rpartition("note-")[2]


def _notes(units: Sequence[Unit], links: Sequence[NoteLink], reading: Reading) -> Iterator[Problem]:
    wanted = {note.id: (unit, note) for unit in units for note in unit.notes}
    order = _order(units, links, reading.medium)
    seen: list[str] = []
    for read in reading.notes:
        place = reading.where(read.place)
        id = _own_id(read, wanted)
        if id not in wanted:
            yield Problem("note-added", f"a note `{read.id or read.mark}` stands in {place}, and not in the manuscript")
            continue
        _, note = wanted[id]
        if id in seen:
            yield Problem("note-doubled", f"note `{note.mark}` stands a second time in {place}", note.span)
            continue
        seen.append(id)
        if read.voice != note.voice:
            yield Problem(
                "note-voice",
                f"note `{note.mark}` is set as one of the voice `{read.voice or 'none'}` in {place}",
                note.span,
                f"its words are those of the voice `{note.voice}`, and a reader tells voices by their look",
            )
        if read.mark != note.mark:
            yield Problem("note-mark", f"note `{note.mark}` is marked `{read.mark}` in {place}", note.span)
        if read.back != note.calls[0]:
            yield Problem(
                "note-link",
                f"the mark of note `{note.mark}` does not lead back to its call in {place}",
                note.span,
                f"it leads to `{read.back}`, its first call is `{note.calls[0]}`"
                if read.back
                else f"it leads nowhere, its first call is `{note.calls[0]}`",
            )
        elif reading.medium is Medium.EPUB:
            for number, call in enumerate(note.calls, start=1):
                if call not in (read.back, *read.returns):
                    yield Problem(
                        "note-link",
                        f"note `{note.mark}` does not lead back to its call {number} of {len(note.calls)} in {place}",
                        note.span,
                    )
    for id in order:
        if id not in seen:
            unit, note = wanted[id]
            yield Problem(
                "note-lost",
                f"note `{note.mark}` of `{unit.short or unit.name}` is missing in `{reading.name}`",
                note.span,
            )
    kept = [id for id in order if id in seen]
    if kept != seen:
        at = next(n for n, (ours, theirs) in enumerate(zip(kept, seen, strict=True)) if ours != theirs)
        note, other = wanted[kept[at]][1], wanted[seen[at]][1]
        yield Problem(
            "note-moved",
            f"note `{note.mark}` is not in its place in `{reading.name}`: note `{other.mark}` stands there",
            note.span,
        )


def _order(units: Sequence[Unit], links: Sequence[NoteLink], medium: Medium) -> list[str]:
    """Return the ids of notes in the order in which they must be met."""
    if medium is Medium.EPUB:
        return [note.id for unit in units for note in sorted(unit.notes, key=lambda note: not note.home)]
    first = [link.note for link in links if link.call is not None and link.call.first]
    places = {note.id: note.place for unit in units for note in unit.notes}
    order: list[str] = []
    for unit in units:
        own = {note.id for note in unit.notes}
        order.extend(id for id in first if id in own and (places[id].with_call or places[id] is NotePlace.UNDER))
        order.extend(note.id for note in unit.notes if note.place is NotePlace.CHAPTER)
    order.extend(note.id for unit in units for note in unit.notes if note.place is NotePlace.BOOK)
    return order


def _calls(units: Sequence[Unit], links: Sequence[NoteLink], reading: Reading) -> Iterator[Problem]:
    if reading.medium is Medium.EPUB:
        wanted = [link for link in links if link.call is not None]
        ours = [link.call.id if link.call is not None else "" for link in wanted]
        theirs = [call.id for call in reading.calls]
        there = list(reading.calls)
    else:
        notes = {note.id for unit in units for note in unit.notes} | {link.note for link in links}
        wanted = list(links)
        there = [call for call in reading.calls if call.target in notes]
        ours = [link.note for link in wanted]
        theirs = [call.target for call in there]
    for tag, a, a_end, b, b_end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            for link, call in zip(wanted[a:a_end], there[b:b_end], strict=True):
                yield from _pair(link, call, reading)
            continue
        for link in wanted[a:a_end]:
            mark = link.call.mark if link.call is not None else ""
            yield Problem(
                "note-call-lost",
                f"the call of note `{mark}` is missing in `{reading.name}`, or leads elsewhere"
                if mark
                else f"a reference to a note is missing in `{reading.name}`, or leads elsewhere",
                link.span,
            )
        for call in there[b:b_end]:
            yield Problem(
                "note-call-added",
                f"a call `{call.mark}` stands in {reading.where(call.place)}, and not in the manuscript",
                wanted[min(a, len(wanted) - 1)].span if wanted else None,
            )


def _pair(link: NoteLink, call: CallRead, reading: Reading) -> Iterator[Problem]:
    """Compare a call of the edition with one of the file."""
    if link.call is None:
        return
    place = reading.where(call.place)
    if call.mark != link.call.mark:
        yield Problem("note-mark", f"the call of note `{link.call.mark}` shows `{call.mark}` in {place}", link.span)
    if call.target != link.note:
        yield Problem(
            "note-link",
            f"the call of note `{link.call.mark}` leads to `{call.target}` in {place}, not to its note",
            link.span,
        )
