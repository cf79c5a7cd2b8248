"""Notes whose marks begin again on every page: the pages of their calls come in, an edition with new marks goes out.

Where a call stands only the layout knows, and a mark may move it. So the layout asks again until nothing changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from pipeline.book import NotePlace
from pipeline.edition.numerals import numeral
from pipeline.edition.values import Edition, Note


def marked_by_page(edition: Edition, pages: Mapping[str, int]) -> Edition:
    """Return the edition with the notes of every series counted anew on each page; `pages` are those of the calls, by note.

    Notes at the end of a chapter or of the book stay counted by chapter: in their list every page would have a note 1.
    """
    counts: dict[tuple[str, int], int] = defaultdict(int)
    marks: dict[str, str] = {}

    def counted(note: Note) -> Note:
        if note.home or note.place not in (NotePlace.FOOT, NotePlace.BESIDE):
            return note  # counted under its table, in its chapter
        voice = edition.book.notes.voice(note.voice)
        series, style = (voice.series, voice.marks) if voice is not None else ("notes", "decimal")
        place = (series, pages.get(note.id, -1))
        counts[place] += 1
        marks[note.id] = numeral(counts[place], style)
        return replace(note, mark=marks[note.id])

    units = tuple(replace(unit, notes=tuple(map(counted, unit.notes))) for unit in edition.units)
    calls = {
        span: replace(call, mark=marks[call.note]) if call.note in marks else call
        for span, call in edition.calls.items()
    }
    references = {
        span: replace(reference, text=edition.words.note.format(marks[reference.id]))
        if reference.id in marks and reference.text
        else reference
        for span, reference in edition.references.items()
    }
    return replace(edition, units=units, calls=calls, references=references)
