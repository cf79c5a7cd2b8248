"""Notes of a finished file are held against those of its edition: one to one, in order, with their marks and links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.book import Medium
from pipeline.checks.notes import check_notes
from pipeline.checks.reading import CallRead, NoteRead, Piece, Reading
from tests.test_edition import editions

EDITION = editions('"a.md"', a="# One\n\nFirst[^a], second[^b].\n\n[^a]: Words.\n\n[^b]: More.\n")["epub"]
CALLS = (CallRead("a-ref-1", "a-fn-1", "1", 0), CallRead("a-ref-2", "a-fn-2", "2", 0))
NOTES = (NoteRead("a-fn-1", "1", "a-ref-1", 2, 0, "author"), NoteRead("a-fn-2", "2", "a-ref-2", 2, 0, "author"))
CLEAN = Reading(
    "x.epub", Medium.EPUB, pieces=(Piece("Words", 0, "p"),), places=("text/a.xhtml",), calls=CALLS, notes=NOTES
)


def test_a_file_that_says_what_the_edition_says_is_clean() -> None:
    assert check_notes(EDITION, CLEAN) == ()


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("note-moved", lambda read: replace(read, notes=read.notes[::-1])),
        ("note-lost", lambda read: replace(read, notes=read.notes[:1])),
        ("note-doubled", lambda read: replace(read, notes=(*read.notes, read.notes[0]))),
        ("note-added", lambda read: replace(read, notes=(*read.notes, replace(read.notes[0], id="stranger")))),
        ("note-mark", lambda read: replace(read, notes=(replace(read.notes[0], mark="7"), read.notes[1]))),
        ("note-voice", lambda read: replace(read, notes=(replace(read.notes[0], voice="editor"), read.notes[1]))),
        ("note-voice", lambda read: replace(read, notes=(read.notes[0], replace(read.notes[1], voice="")))),
        ("note-mark", lambda read: replace(read, calls=(replace(read.calls[0], mark="7"), read.calls[1]))),
        ("note-link", lambda read: replace(read, notes=(replace(read.notes[0], back="nowhere"), read.notes[1]))),
        ("note-link", lambda read: replace(read, calls=(replace(read.calls[0], target="a-fn-2"), read.calls[1]))),
        ("note-call-lost", lambda read: replace(read, calls=read.calls[:1])),
        ("note-call-added", lambda read: replace(read, calls=(*read.calls, replace(read.calls[0], id="new")))),
    ],
)
def test_each_fault_is_told_and_nothing_else(code: str, spoil: Callable[[Reading], Reading]) -> None:
    assert {problem.code for problem in check_notes(EDITION, spoil(CLEAN))} == {code}
