"""Are the notes of a file called, written once, and not calling themselves?"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from pipeline.manuscript import NoteText
from pipeline.parse import limits
from pipeline.parse.inlines import Called
from pipeline.source import Problem, Source


def check_notes(source: Source, notes: Sequence[NoteText], calls: Sequence[Called]) -> tuple[Problem, ...]:
    """Return problems for calls without a note, notes without a call or doubled, and notes in a circle."""
    problems: list[Problem] = []
    written: dict[str, NoteText] = {}
    for note in notes:
        first = written.setdefault(note.key, note)
        if first is not note:
            start = note.span.start
            problems.append(
                Problem(
                    "note-doubled",
                    f"note `{note.key}` is written twice in this file",
                    source.span(start, start + len(note.key) + 3),
                    "give one of them another key, and call it by that",
                    also=((first.span, "first written here"),),
                )
            )
    called = {call.key for call in calls}
    keys = [key for key in written if not key.startswith("inline-")]
    missing = [call for call in calls if call.key not in written]
    problems.extend(
        Problem(
            "note-missing",
            f"note `{call.key}` is called here but never written",
            call.span,
            _nearest(call.key, keys, compare=number < _COMPARED),
        )
        for number, call in enumerate(missing)
    )
    for key, note in written.items():
        if key not in called:
            start = note.span.start
            problems.append(
                Problem(
                    "note-uncalled",
                    f"note `{key}` is written here but never called",
                    source.span(start, start + len(key) + 3),
                    f"call it with `[^{key}]` where it belongs, or take it out",
                )
            )
    if len(notes) > limits.NOTES:
        problems.append(
            Problem(
                "notes-too-many",
                f"this file has {len(notes):,} notes, more than {limits.NOTES:,}",
                notes[limits.NOTES].span,
                "divide the chapter into several files",
            )
        )
    problems.extend(_circles(written, calls))
    return tuple(problems)


_COMPARED = 50
"""missing notes for which the nearest key is sought; more would take long"""


def _nearest(key: str, written: Sequence[str], compare: bool) -> str:
    if not written:
        return f"write it anywhere in this file: `[^{key}]: words`"
    close = get_close_matches(key, written, n=3, cutoff=0.6) if compare and len(written) <= 2000 else []
    if close:
        return "nearest notes written in this file: " + ", ".join(f"`{name}`" for name in close)
    shown = ", ".join(f"`{name}`" for name in written[:8])
    more = f" and {len(written) - 8} more" if len(written) > 8 else ""
    return f"notes written in this file: {shown}{more}"


def _circles(written: dict[str, NoteText], calls: Sequence[Called]) -> list[Problem]:
    """Find calls by which a note leads back to itself, one problem for each circle that is met."""
    within: dict[str, list[Called]] = {}
    for call in calls:
        if call.owner and call.key in written:
            within.setdefault(call.owner, []).append(call)
    problems: list[Problem] = []
    done: set[str] = set()
    for root in within:
        if root in done:
            continue
        path: list[str] = []
        standing: set[str] = set()
        todo: list[tuple[str, int]] = [(root, 0)]
        while todo:
            key, index = todo.pop()
            if index == 0:
                path.append(key)
                standing.add(key)
            outgoing = within.get(key, [])
            if index >= len(outgoing):
                path.pop()
                standing.discard(key)
                done.add(key)
                continue
            todo.append((key, index + 1))
            call = outgoing[index]
            if call.key in standing:
                circle = [*path[path.index(call.key) :], call.key]
                ways = " → ".join(f"`{name}`" for name in circle[:9])
                problems.append(
                    Problem(
                        "note-circular",
                        f"note `{call.key}` calls itself here" + ("" if len(circle) == 2 else f": {ways}"),
                        call.span,
                        "take one of the calls out: a reader would go round for ever",
                    )
                )
            elif call.key not in done:
                todo.append((call.key, 0))
    return problems
