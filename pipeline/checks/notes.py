"""Notes and their calls stand one to one, in order, with the right marks, and lead to each other.

A note that is called but not there, or a call that leads to another note, changes what the text
claims. What the words gate proves of the words this check proves of the links (EPUB 3.3
`epub:type` noteref and footnote; PDF/UA-1 7.9: a Note and its Reference).
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.book import Medium
from pipeline.checks.expected import note_calls
from pipeline.checks.reading import Reading
from pipeline.edition import Edition, Note
from pipeline.source import Problem

LIMIT = 20


def check_notes(edition: Edition, reading: Reading) -> tuple[Problem, ...]:
    """Compare calls and notes of a finished file with those of its edition."""
    found = [*_notes(edition, reading), *_calls(edition, reading)]
    return tuple(found[:LIMIT])


def _notes(edition: Edition, reading: Reading) -> Iterator[Problem]:
    wanted = {note.id: (unit, note) for unit in edition.units for note in unit.notes}
    order = [note.id for note in _note_order(edition)]
    seen: dict[str, int] = {}
    for note in reading.notes:
        place = reading.where(note.place)
        if note.id not in wanted:
            yield Problem("note-added", f"a note `{note.id or note.mark}` stands in {place}, and not in the manuscript")
            continue
        _, expected = wanted[note.id]
        if note.id in seen:
            yield Problem("note-doubled", f"note {expected.mark} stands twice: in {place} too", expected.span)
            continue
        seen[note.id] = len(seen)
        if note.mark != expected.mark:
            yield Problem(
                "note-mark",
                f"note {expected.mark} is marked `{note.mark}` in {place}",
                expected.span,
            )
        if note.back != expected.calls[0] and (note.back or reading.medium is Medium.EPUB):
            yield Problem(
                "note-link",
                f"note {expected.mark} leads back to `{note.back}` in {place}, not to its first call `{expected.calls[0]}`",
                expected.span,
            )
    for id in order:
        if id not in seen:
            unit, expected = wanted[id]
            yield Problem(
                "note-lost",
                f"note {expected.mark} of `{unit.short or unit.name}` is missing in `{reading.name}`",
                expected.span,
                "its call stands there, or is lost too",
            )
    there = sorted(seen, key=lambda id: seen[id])
    kept = [id for id in order if id in seen]
    for ours, theirs in zip(kept, there, strict=True):
        if ours != theirs:
            _, expected = wanted[ours]
            yield Problem(
                "note-moved",
                f"note {expected.mark} does not stand in its place: note {wanted[theirs][1].mark} stands there",
                expected.span,
            )
            return


def _note_order(edition: Edition) -> Iterator[Note]:
    if edition.settings.medium is Medium.EPUB:
        for unit in edition.units:
            yield from unit.notes
        return
    notes = {note.id: note for unit in edition.units for note in unit.notes}
    for call, _ in note_calls(edition):
        if call.first:
            yield notes[call.note]


def _calls(edition: Edition, reading: Reading) -> Iterator[Problem]:
    wanted = note_calls(edition)
    there = {call.id: call for call in reading.calls if call.id}
    known = {call.id for call, _ in wanted}
    for call, span in wanted:
        read = there.get(call.id)
        if read is None:
            yield Problem("note-call-lost", f"the call {call.mark} is missing in `{reading.name}`", span)
            continue
        place = reading.where(read.place)
        if read.mark != call.mark:
            yield Problem("note-mark", f"the call of note {call.mark} shows `{read.mark}` in {place}", span)
        if read.target != call.note:
            yield Problem(
                "note-link",
                f"the call of note {call.mark} leads to `{read.target}` in {place}, not to `{call.note}`",
                span,
            )
    for read in reading.calls:
        if read.id not in known:
            yield Problem(
                "note-call-added",
                f"a call `{read.mark}` stands in {reading.where(read.place)}, and not in the manuscript",
            )
    theirs = [call.id for call in reading.calls if call.id in known]
    ours = [call.id for call, _ in wanted if call.id in there]
    if len(set(theirs)) != len(theirs):
        double = next(id for id in theirs if theirs.count(id) > 1)
        call, span = next((call, span) for call, span in wanted if call.id == double)
        yield Problem("note-call-added", f"the call {call.mark} stands twice in `{reading.name}`", span)
    elif ours != theirs:
        at = next(n for n, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
        call, span = next((call, span) for call, span in wanted if call.id == ours[at])
        yield Problem("note-call-moved", f"the call {call.mark} stands in another place in `{reading.name}`", span)
