"""Labels, head texts and kinds of page become a layer of running heads and folios, one page a page.

The layer is laid out by itself, so that a text never depends on its page numbers, and an edit that
moves all later pages sets only heads again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape

from pipeline.edition import UnitKind
from pipeline.html import Page, Resource
from pipeline.pdf.facts import Facts, Job
from pipeline.pdf.units import Numbering
from pipeline.source import Problem, Severity, Span

BATCH = 64
"""Pages in one document of heads; even, so that every batch begins with a recto."""


class Kind(StrEnum):
    """What stands on a page besides its text."""

    BARE = "bare"
    """nothing: blank and display pages"""
    OPENING = "opening"
    """the first page of a unit: its folio at the foot, no head"""
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one page of the book: its label and words; `unit` is the index of its unit."""

    label: str
    words: str
    kind: Kind
    unit: int


@dataclass(frozen=True, slots=True)
class Corners:
    """Left and right edge of the type area, in points, on rectos and on versos."""

    recto: tuple[float, float]
    verso: tuple[float, float]

    def left(self, index: int) -> float:
        """Return the left edge on the page with this index in its document."""
        return self.verso[0] if index % 2 else self.recto[0]


def plan_heads(
    pages: Sequence[Page], numbering: Numbering, *, sided: bool = True, bleeds: frozenset[int] = frozenset()
) -> tuple[Head, ...]:
    """Return the head of every page of the book, blanks included; `bleeds` are pages that a picture fills."""
    heads: list[Head] = []
    for unit, (page, placed) in enumerate(zip(pages, numbering.units, strict=True)):
        heads.extend(Head(label, "", Kind.BARE, unit) for label in placed.blank_labels)
        for number, label in enumerate(placed.labels):
            verso = (placed.first + number) % 2 == 1
            if not page.folio or placed.first + number in bleeds:
                heads.append(Head(label, "", Kind.BARE, unit))
            elif number == 0 or page.kind is UnitKind.PLATES:
                heads.append(Head(label, "", Kind.OPENING, unit))
            elif sided:
                heads.append(Head(label, page.verso_head if verso else page.recto_head, Kind.RUNNING, unit))
            else:
                heads.append(Head(label, page.recto_head or page.verso_head, Kind.RUNNING, unit))
    return tuple(heads)


def heads_of_notes(
    heads: Sequence[Head],
    pages: Sequence[Page],
    facts: Sequence[Facts],
    numbering: Numbering,
    labels: Mapping[str, str],
) -> tuple[Head, ...]:
    """Let heads above notes at the end of a book say to which pages the notes of their page belong."""
    out = list(heads)
    at = 0
    words = ""
    for page, fact, placed in zip(pages, facts, numbering.units, strict=True):
        at += len(placed.blank_labels)
        called: dict[int, list[str]] = {}
        for note, call in page.note_calls:
            if note in fact.anchors and call in labels:
                called.setdefault(fact.anchors[note][0], []).append(labels[call])
        for number in range(len(placed.labels)):
            begun = called.get(number, ())
            if begun:
                one = begun[0] == begun[-1] and bool(page.note_head)
                words = page.note_head.format(begun[0]) if one else page.note_heads.format(f"{begun[0]}–{begun[-1]}")
            if page.note_calls and out[at + number].words:
                out[at + number] = replace(out[at + number], words=words)
        at += len(placed.labels)
    return tuple(out)


def head_jobs(
    heads: Sequence[Head], css: tuple[str, ...], resources: tuple[Resource, ...], language: str, *, sided: bool = True
) -> tuple[Job, ...]:
    """Return the jobs that set the heads, `BATCH` pages each, without tags."""
    return tuple(
        Job(
            name="heads",
            html=_document(heads[at : at + BATCH], language, sided=sided),
            css=css,
            resources=resources,
            language=language,
            title="heads",
            prefix="heads",
            path="",
            tags=False,
        )
        for at in range(0, len(heads), BATCH)
    )


def _document(heads: Sequence[Head], language: str, *, sided: bool) -> str:
    measured: set[tuple[str, int, int]] = set()
    sections = []
    for number, head in enumerate(heads):
        # The words of a chapter's pages end at one place wherever folios have as many figures: it is asked for once.
        like = (head.words, number % 2, len(head.label))
        sections.append(_section(number, head, sided=sided, measured=like not in measured))
        measured.add(like)
    return (
        f'<html lang="{escape(language)}"><head><meta charset="utf-8"/><title>heads</title></head>'
        f"<body>{''.join(sections)}</body></html>"
    )


def _section(number: int, head: Head, *, sided: bool, measured: bool) -> str:
    """Write one page. Ids: l and r at the corners, and where words are `measured` s and e where they begin and end."""
    marks = f'<i class="corner" id="l-{number}"></i><i class="corner end" id="r-{number}"></i>' if number < 2 else ""
    folio = f'<span class="folio">{escape(head.label)}</span>'
    inside = ""
    match head.kind:
        case Kind.BARE:
            pass
        case Kind.OPENING:
            inside = f'<p class="drop{"" if sided else " single"}">{folio}</p>'
        case Kind.RUNNING:
            side = ("verso" if number % 2 else "recto") if sided else "single"
            wide = " wide" if len(head.label) > 4 else ""
            words = escape(head.words)
            if measured:
                words = f'<span id="s-{number}"></span>{words}<span id="e-{number}"></span>'
            words = f'<span class="words">{words}</span>' if head.words else ""
            inside = f'<p class="head {side}{wide}">{folio}{words}</p>'
    return f'<section id="p-{number}">{marks}{inside}</section>'


def find_corners(facts: Facts) -> Corners:
    """Return where the type area stands, from the first batch of heads."""
    recto = facts.anchors["l-0"][1], facts.anchors["r-0"][1]
    if "l-1" not in facts.anchors:
        return Corners(recto, recto)
    return Corners(recto, (facts.anchors["l-1"][1], facts.anchors["r-1"][1]))


def check_heads(
    heads: Sequence[Head], asked: Sequence[Head], pages: Sequence[Page], results: Sequence[Facts]
) -> tuple[Problem, ...]:
    """Return a problem for every head that was cut, or does not fit its line all the same; raise when pages are missing.

    `asked` are the heads as they were planned, `heads` as they were set. A head over two lines is still whole on the
    page, but it crowds the text.
    """
    counted = sum(facts.pages for facts in results)
    if counted != len(heads):
        raise AssertionError(f"the heads of {len(heads)} pages were set on {counted}")
    problems: dict[tuple[int, str], Problem] = {}
    crowded = {index for index, _, _ in _crowded(heads, results)}
    for index, (head, plan) in enumerate(zip(heads, asked, strict=True)):
        if index not in crowded and head == plan:
            continue
        page = pages[head.unit]
        cut = "" if head == plan else f", and is cut to “{head.words}”"
        problems.setdefault(
            (head.unit, plan.words),
            Problem(
                "head-too-long",
                f"the running head “{plan.words}” does not fit on one line{cut}",
                Span(page.path, 0, 0) if page.path else None,
                "give what it names, the chapter, the part or the book, a `short` title in `book.toml`",
                Severity.WARNING,
            ),
        )
    return tuple(problems.values())


def _crowded(heads: Sequence[Head], results: Sequence[Facts]) -> Iterator[tuple[int, float, float | None]]:
    """Yield the heads that do not fit their line: index, the room for their words, how wide they are on one line."""
    corners = find_corners(results[0]) if results else None
    for index, head in enumerate(heads):
        batch, number = divmod(index, BATCH)
        anchors = results[batch].anchors
        if head.kind is not Kind.RUNNING or not head.words or corners is None or f"s-{number}" not in anchors:
            continue
        (_, start, first), (_, end, last) = anchors[f"s-{number}"], anchors[f"e-{number}"]
        left, right = corners.verso if index % 2 else corners.recto
        lines = abs(first - last) > 1
        if not lines and start >= left - 0.1 and end <= right + 0.1:
            continue
        yield index, right - left, None if lines else end - start


TRIAL = 36
"""Signs of a head that is cut at first, to see how wide they come out."""
ELLIPSIS = "\u00a0…"
FOLIO = 0.1
"""The share of the line that the folio of a head takes, or a little more."""


def cut_heads(
    heads: Sequence[Head], asked: Sequence[Head], results: Sequence[Facts], *, again: bool
) -> tuple[Head, ...]:
    """Return the heads with those that do not fit cut after a word; to be set and cut again until none is changed.

    A head over several lines says nothing of its width: it is cut short first, and made out to its room the second
    time (`again`).
    """
    out = list(heads)
    crowded = {index: (room, wide) for index, room, wide in _crowded(heads, results)}
    for index, (head, plan) in enumerate(zip(heads, asked, strict=True)):
        if index in crowded:
            known = crowded[index][1]
            most = TRIAL if head == plan else len(head.words) - len(ELLIPSIS) - 1
            if known is not None and head == plan:
                most = int(len(plan.words) * crowded[index][0] * (1 - FOLIO) / known)
            out[index] = replace(head, words=_cut(plan.words, most))
        elif (
            again
            and head != plan
            and f"s-{index % BATCH}" in results[index // BATCH].anchors
            and len(head.words) <= TRIAL + len(ELLIPSIS)
        ):
            batch, number = divmod(index, BATCH)
            anchors, corners = results[batch].anchors, find_corners(results[0])
            wide = anchors[f"e-{number}"][1] - anchors[f"s-{number}"][1]
            left, right = corners.verso if index % 2 else corners.recto
            longer = _cut(plan.words, int(len(head.words) * (right - left) * (1 - FOLIO) / wide) - len(ELLIPSIS))
            if len(longer) > len(head.words):
                out[index] = replace(head, words=longer)
    return tuple(out)


def _cut(words: str, most: int) -> str:
    """Cut a head after a word that means something, with an ellipsis.

    >>> _cut("On the Lights of Skerry Sound, and of Those Who Kept Them", 36)
    'On the Lights of Skerry Sound\xa0…'
    """
    kept = words[: most + 1].split()
    if len(words) > most and not words[most : most + 1].isspace() and len(kept) > 1:
        del kept[-1]
    while len(kept) > 1 and (len(kept[-1]) <= 3 or kept[-1] in CONNECTIVES) and kept[-1].islower():
        del kept[-1]
    return " ".join(kept)[:most].rstrip(" ,;:.–—-") + ELLIPSIS


CONNECTIVES = frozenset(("with", "from", "into", "upon", "that", "which", "their", "over", "under", "between"))
"""Words after which a head is not cut, besides those of three letters or fewer."""
