"""What the layout found comes in; it goes out with its place and the author's own names, and one cause is told once.

The layout knows notes by their ids. The author knows the mark that the page shows and the key that the manuscript
has; so does a message. Many notes may wait for one long note, in every printed edition: that is one message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.edition import Note
from pipeline.edition.places import Places
from pipeline.pdf.facts import Fault
from pipeline.source import Problem

_NOTE = re.compile(r"note `([^`]+)`")


@dataclass(frozen=True, slots=True)
class Displaced(Problem):
    """A note that begins on a later page than its call: `note` and `cause`, the long note before it or "", by id."""

    edition: str = ""
    note: str = ""
    cause: str = ""


def place_fault(fault: Fault, places: Places, edition: str) -> Problem:
    """Return what the layout found in an edition with its place in the manuscript, notes by their marks and keys."""

    def named(found: re.Match[str]) -> str:
        note = places.note(found.group(1))
        return found.group(0) if note is None else f"note {_name(note)}"

    words = f"{_NOTE.sub(named, fault.message)} (`{edition}`)"
    span = places.span(fault.block) or fault.span
    note = places.note(fault.block)
    if fault.code != "note-displaced" or note is None:
        return Problem(fault.code, words, span, fault.hint, fault.severity, fault.also)
    call = places.call(note.id)
    also = [] if call is None else [(note.span, f"note {_name(note)}")]
    cause = places.note(fault.cause)
    if cause is not None:
        also.append((cause.span, f"the long note {_name(cause)}"))
    return Displaced(
        fault.code,
        words,
        call or span,
        fault.hint,
        fault.severity,
        (*fault.also, *also),
        edition=edition,
        note=note.id,
        cause=fault.cause,
    )


def _name(note: Note) -> str:
    mark = note.mark or note.label
    return f"{mark} (`{note.key}`)" if mark and not note.key.isdigit() else mark or f"`{note.key}`"


def one_for_each_cause(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems, with all notes that wait for the same long note told as one, whichever editions they wait in.

    The first of them speaks for the others; its message says how many they are, and in which editions.
    """
    problems = tuple(problems)
    groups: dict[str, list[Displaced]] = {}
    for problem in problems:
        if isinstance(problem, Displaced):
            groups.setdefault(problem.cause or problem.note, []).append(problem)
    told = []
    for problem in problems:
        if not isinstance(problem, Displaced):
            told.append(problem)
        elif (group := groups.pop(problem.cause or problem.note, None)) is not None:
            told.append(_as_one(group))
    return tuple(told)


def _as_one(group: list[Displaced]) -> Displaced:
    first = group[0]
    words = first.message
    others = len({each.note for each in group if each.note != first.note})
    if others:
        words += f"; {'another note waits' if others == 1 else f'{others} more notes wait'} for it too"
    editions = [name for name in dict.fromkeys(each.edition for each in group) if name != first.edition]
    if editions:
        words += "; also in " + ", ".join(f"`{name}`" for name in editions)
    return replace(first, message=words)
