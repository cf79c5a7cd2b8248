"""What is under way while an edition is resolved: units, the plan of the whole book, targets, problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.book import (
    Entry,
    Place,
)
from pipeline.edition.values import (
    Note,
    UnitKind,
)
from pipeline.manuscript import (
    Block,
    Heading,
    Inline,
    NoteText,
    Phrase,
)
from pipeline.source import Problem, Severity, Span


@dataclass(slots=True)
class Draft:
    """A unit while it is being made."""

    name: str
    key: tuple[str, int]
    kind: UnitKind
    place: Place
    entry: Entry | None
    part: int | None
    title: tuple[Inline, ...] = ()
    listed: tuple[Inline, ...] = ()
    heading: Heading | None = None
    blocks: tuple[Block, ...] = ()
    texts: Mapping[str, NoteText] = field(default_factory=dict)
    path: str = ""
    span: Span | None = None
    number: str = ""
    notes: list[Note] = field(default_factory=list)
    serial: int = 0
    section: str = ""
    id: str = ""
    heads: list[tuple[int, str, tuple[Inline, ...]]] = field(default_factory=list)
    printed: tuple[Phrase, ...] = ()


@dataclass(slots=True)
class Plan:
    """The numbers and ids of the whole book, which an edition keeps that leaves something out.

    Units are known by file and place in it (parts by their index), blocks by kind and span, notes by
    file and key, calls and captions by span.
    """

    names: dict[tuple[str, int], str] = field(default_factory=dict)
    numbers: dict[tuple[str, int], str] = field(default_factory=dict)
    ids: dict[tuple[str, Span], str] = field(default_factory=dict)
    notes: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    calls: dict[Span, str] = field(default_factory=dict)
    captions: dict[Span, str] = field(default_factory=dict)


@dataclass(slots=True)
class Target:
    """What an id names: the words that a reference to it shows, and the unit it stands in."""

    id: str
    unit: str
    text: str
    span: Span


class Report:
    """The problems that one resolving meets, in the order it meets them."""

    __slots__ = ("problems",)

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(
        self,
        code: str,
        message: str,
        span: Span | None,
        hint: str = "",
        also: tuple[tuple[Span, str], ...] = (),
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.problems.append(Problem(code, message, span, hint, severity, also))
