"""What the layout of one unit takes (a `Job`) and what it gives (a `UnitResult` with its `Facts`).

Everything here is a value that can be pickled, so that units can be laid out in other
processes, and `Facts` can be kept as JSON beside the unit's PDF. Pages count from 0 within the
unit. Coordinates are PDF points from the lower left corner of the page, rounded to 3 places.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

from pipeline.html import Resource
from pipeline.pagelines import Frame, LineKind, SetLine, SetPicture
from pipeline.source import Problem

FACTS_VERSION = 6
"""Goes into the key of everything that is kept; raise it when the meaning of a fact changes."""


@dataclass(frozen=True, slots=True)
class Job:
    """One unit to be laid out: its XHTML with every number resolved, and what it is set with.

    `css` is applied in order (fonts first). `resources` are the pictures that this unit names;
    fonts are given to the process once (see `workers`). `prefix` is unique in the book and
    begins every structure ID of this unit. `path` is the manuscript file, for messages.
    `tags` is False for a printer's file. `composition` is "fine" (all lines of a paragraph chosen
    at once) or "draft".
    """

    name: str
    html: str
    css: tuple[str, ...]
    resources: tuple[Resource, ...]
    language: str
    title: str
    prefix: str
    path: str = ""
    tags: bool = True
    composition: str = "draft"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline: `state` is "open" or "closed"."""

    level: int
    label: str
    page: int
    x: float
    y: float
    state: str


@dataclass(frozen=True, slots=True)
class PageHeading:
    """A heading (h1 to h6) that begins on a page; `text` is without notes and their marks."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class UnitStart:
    """The first words of the flow on a page of the unit.

    The page begins inside the element with the id `block`, `offset` characters into its text,
    counted without white space, U+00AD and U+2010, without notes and calls.
    A page that holds no words of the flow has no `UnitStart`.
    """

    page: int
    block: str
    offset: int
    words: str


@dataclass(frozen=True, slots=True)
class NotePages:
    """The page on which a note is called, and the pages on which its words stand, in order."""

    call: int
    text: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that the layout needed so that no note was lost or displaced, or that pages begin and end well.

    `note` is the id of the note, or of the paragraph. `page` is the page of the call before the repair. `remedy` is what was done: "split", or a
    declaration such as "orphans: 4; widows: 4" on the paragraph that holds the call, "footnote-policy: auto" on the note,
    "goes on after its table" (its later pieces), "+1 line" or "a word whole".
    """

    note: str
    page: int
    remedy: str


@dataclass(frozen=True, slots=True)
class Placing:
    """A figure or table: the page on which it begins, the place that was asked for it, and the one it got."""

    id: str
    page: int
    asked: str
    given: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that later steps need to know of a unit that was laid out.

    `size` is width and height of its pages in points. `anchors` gives page, x and y of every
    id (also of calls: the `data-call` of a note). `headings` has one tuple a page. `fonts` is
    WeasyPrint's hash → family, style (0 upright, 1 oblique, 2 italic), weight. `counts` holds
    `words`, `notes`, `pieces` (of split notes), `lines` and `layouts`. `greedy` names the paragraphs (the
    nearest id) whose lines were to be composed and were not, and why. `lines` are all lines of text but those in
    the margins, in reading order; `frames` has one for each page; `grid` is the height of a line of text.
    """

    pages: int
    size: tuple[float, float]
    anchors: Mapping[str, tuple[int, float, float]] = field(default_factory=dict)
    bookmarks: tuple[Bookmark, ...] = ()
    headings: tuple[tuple[PageHeading, ...], ...] = ()
    fonts: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)
    page_starts: tuple[UnitStart, ...] = ()
    notes: Mapping[str, NotePages] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()
    greedy: tuple[tuple[str, str], ...] = ()
    lines: Sequence[SetLine] = ()
    frames: tuple[Frame, ...] = ()
    grid: float = 0
    pictures: tuple[SetPicture, ...] = ()
    bleeds: tuple[int, ...] = ()
    """pages that a picture fills to beyond the trim: nothing else stands there, and the join does not move them"""
    turned: tuple[int, ...] = ()
    """pages whose figure or table is turned by a quarter"""
    linked: Mapping[str, int] = field(default_factory=dict)
    """the page on which the first link to each id stands, in this unit or elsewhere"""
    figures: tuple[Placing, ...] = ()

    def to_json(self) -> str:
        """Return the facts as JSON with sorted keys: the same facts give the same text."""
        data = {
            "version": FACTS_VERSION,
            "pages": self.pages,
            "size": self.size,
            "anchors": self.anchors,
            "bookmarks": [[b.level, b.label, b.page, b.x, b.y, b.state] for b in self.bookmarks],
            "headings": [[[h.level, h.id, h.text] for h in page] for page in self.headings],
            "fonts": self.fonts,
            "page_starts": [[s.page, s.block, s.offset, s.words] for s in self.page_starts],
            "notes": {id: [note.call, note.text] for id, note in self.notes.items()},
            "counts": self.counts,
            "repairs": [[r.note, r.page, r.remedy] for r in self.repairs],
            "greedy": self.greedy,
            "lines": self.lines.rows if isinstance(self.lines, KeptLines) else _lines_to_rows(self.lines),
            "frames": [[frame.top, frame.bottom, frame.notes] for frame in self.frames],
            "grid": self.grid,
            "pictures": [[each.page, each.block, each.source, each.dots] for each in self.pictures],
            "bleeds": self.bleeds,
            "turned": self.turned,
            "linked": self.linked,
            "figures": [[each.id, each.page, each.asked, each.given] for each in self.figures],
        }
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Facts:
        """Return the facts that `to_json` wrote; raises ValueError for another version."""
        data: dict[str, Any] = json.loads(text)
        if data.get("version") != FACTS_VERSION:
            raise ValueError(f"facts of version {data.get('version')}, expected {FACTS_VERSION}")
        width, height = data["size"]
        return cls(
            pages=data["pages"],
            size=(width, height),
            anchors={id: (page, x, y) for id, (page, x, y) in data["anchors"].items()},
            bookmarks=tuple(Bookmark(*entry) for entry in data["bookmarks"]),
            headings=tuple(tuple(PageHeading(*h) for h in page) for page in data["headings"]),
            fonts={hash: (family, style, weight) for hash, (family, style, weight) in data["fonts"].items()},
            page_starts=tuple(UnitStart(*start) for start in data["page_starts"]),
            notes={id: NotePages(call, tuple(pages)) for id, (call, pages) in data["notes"].items()},
            counts=dict(data["counts"]),
            repairs=tuple(Repair(*repair) for repair in data["repairs"]),
            greedy=tuple((block, reason) for block, reason in data["greedy"]),
            lines=KeptLines(data["lines"]),
            frames=tuple(Frame(*frame) for frame in data["frames"]),
            grid=data["grid"],
            pictures=tuple(SetPicture(*each) for each in data["pictures"]),
            bleeds=tuple(data["bleeds"]),
            turned=tuple(data["turned"]),
            linked=dict(data["linked"]),
            figures=tuple(Placing(*each) for each in data["figures"]),
        )


class KeptLines(Sequence[SetLine]):
    """Lines as they are kept, made out each time that somebody looks: there are very many, and few builds need them.

    Two are equal when they hold the same lines.
    """

    __slots__ = ("rows",)

    def __init__(self, rows: str) -> None:
        self.rows = rows

    def _all(self) -> tuple[SetLine, ...]:
        return tuple(_lines_from_rows(json.loads(self.rows)))

    @overload
    def __getitem__(self, index: int) -> SetLine: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[SetLine]: ...

    def __getitem__(self, index: int | slice) -> SetLine | Sequence[SetLine]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[SetLine]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeptLines | tuple) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


def folded(facts: Facts) -> Facts:
    """Return the facts with their lines as they are kept, which take a tenth of the room."""
    return facts if isinstance(facts.lines, KeptLines) else replace(facts, lines=KeptLines(_lines_to_rows(facts.lines)))


def _lines_to_rows(lines: Sequence[SetLine]) -> str:
    """Write lines as rows of JSON, the id of a block only where it changes."""
    rows: list[list[object]] = []
    block: str | None = None
    for line in lines:
        same = line.block == block
        block = line.block
        rows.append(
            [
                line.page, 0 if same else line.block, line.paragraph, int(line.kind), line.baseline, line.left,
                line.right, line.edge, line.space, line.length, line.opens, line.closes,
                *((line.gaps,) if line.gaps else ()),
            ]
        )  # fmt: skip
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _lines_from_rows(rows: list[list[Any]]) -> Iterator[SetLine]:
    block = ""
    for page, named, paragraph, kind, *rest in rows:
        block = named or block if named != "" else ""
        gaps = tuple((left, right) for left, right in rest.pop()) if len(rest) > 8 else ()
        yield replace(SetLine(page, block, paragraph, LineKind(kind), *rest), gaps=gaps)


@dataclass(frozen=True, slots=True)
class Fault(Problem):
    """A problem that the layout found; `block` is the id of what it was found in, from which its place is known.

    `cause` is the id of the long note for whose end the note `block` had to wait, or "".
    """

    block: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class UnitResult:
    """The PDF of one unit (empty when it could not be laid out), its facts, and what went wrong."""

    pdf: bytes
    facts: Facts
    problems: tuple[Problem, ...] = ()
