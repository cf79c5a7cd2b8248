"""Pages of XHTML and style sheets come in; one paginated PDF and the map of its pages go out.

    pages → units (numbers) → layout (in workers) → heads → join → bytes

The room opens nothing and owns no process: who runs the jobs (`Runner`) and what is kept of them
(`Keep`) come from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pipeline.edition import UnitKind
from pipeline.html import Page, Resource
from pipeline.pagelines import SetFigure, SetUnit, tell_pages
from pipeline.pagemap import PageMap, PageStart
from pipeline.pdf.facts import Job, UnitResult
from pipeline.pdf.fonts import FaceKey, font_faces, foreign_characters
from pipeline.pdf.heads import BATCH, Kind, check_heads, cut_heads, find_corners, head_jobs, heads_of_notes, plan_heads
from pipeline.pdf.join import Bound, Finish, HeadSheets, join
from pipeline.pdf.metadata import About
from pipeline.pdf.units import (
    Numbering,
    Unit,
    base_key,
    css_resources,
    guess_labels,
    job_key,
    note_words,
    number_pages,
    outline_shifts,
    pack,
    read_units,
    unpack,
    write_numbers,
)
from pipeline.source import Problem, Severity, Span

__all__ = ["About", "Keep", "Runner", "Styles", "Typeset", "typeset"]

DISPLAY = frozenset(
    (UnitKind.COVER, UnitKind.HALF_TITLE, UnitKind.SERIES_PAGE, UnitKind.FRONTISPIECE, UnitKind.TITLE_PAGE,
     UnitKind.IMPRINT, UnitKind.DEDICATION, UnitKind.COLOPHON)
)  # fmt: skip
"""Units that show titles and names, each on a page of its own make."""
CUTS = 6
"""Layouts of the running heads that cutting those which are too long may cost."""
ROUNDS = 5
"""How often units may be laid out again because the numbers that they print have changed."""

Runner = Callable[[Sequence[Job]], Sequence[UnitResult]]
"""Lays jobs out, wherever that may be, and returns their results in the order of the jobs."""


class Keep(Protocol):
    """Where results are kept from one build to the next: bytes by a key of 64 hexadecimal figures."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Styles:
    """The style sheets of an edition, as texts, in the order in which they apply, fonts first.

    `body` and `heads` share one page. `sided` is False where leaves have one side only. `profile`
    are the bytes of an sRGB ICC profile; without it the file cannot say that it is PDF/A. `composition` is
    "fine" (all lines of a paragraph chosen at once) or "draft". The text stands on every line of the page, or on
    every `steps`th part of one.
    """

    body: tuple[str, ...]
    heads: tuple[str, ...]
    sided: bool = True
    profile: bytes = b""
    composition: str = "draft"
    steps: int = 1


@dataclass(frozen=True, slots=True)
class Typeset:
    """A PDF, where its pages begin, what went wrong, and a record of the work (plain JSON values).

    `pdf` is b"" when a unit could not be laid out at all. `bound` are the files of the units that
    were bound, by name, `sheets` those of the running heads, `batch` pages each; `moved` says how far to the right
    the text of a verso was moved.
    """

    pdf: bytes
    page_map: PageMap
    problems: tuple[Problem, ...]
    record: Mapping[str, object]
    units: tuple[SetUnit, ...] = ()
    """all lines of the pages, unit by unit"""
    bound: tuple[tuple[str, bytes], ...] = ()
    sheets: tuple[bytes, ...] = ()
    batch: int = BATCH
    moved: float = 0.0
    chapter: bytes = b""
    calls: Mapping[str, int] = field(default_factory=dict)
    """the page of the book, counted from 0, on which each note is called"""
    bleeds: frozenset[int] = frozenset()
    """the pages of the book that a picture fills to beyond the trim"""


def typeset(
    pages: Sequence[Page],
    styles: Styles,
    resources: Sequence[Resource],
    about: About,
    run: Runner,
    keep: Keep | None = None,
    tools: Sequence[tuple[str, str]] = (),
    attachments: tuple[Resource, ...] = (),
    chapter: str = "",
    whole: str = "",
) -> Typeset:
    """Set the pages as one PDF.

    `chapter` is the name of a unit that shall also stand in a file of its own, with the folios that it has in the book;
    links that leave it lead into the book's file, which is called `whole`. `resources` are the fonts and pictures that pages and styles name. `tools` are names and
    versions of all that has a hand in the layout, our own code among them: they go into the key
    of what is kept, and into the record.
    """
    layout = _Layout(run, keep, base_key(resources, tools))
    units = read_units(pages, resources)
    set_ = _set_units(units, styles, resources, about, layout)
    record: dict[str, object] = {
        "units": len(units),
        "units_rendered": layout.rendered,
        "units_set": list(layout.names),
        "rounds": set_.rounds,
        "pages": set_.numbering.pages,
        "notes": sum(len(result.facts.notes) for result in set_.results),
        "notes_displaced": sum(problem.code == "note-displaced" for problem in set_.problems),
        "repairs": [
            [unit.page.name, repair.note, repair.page, repair.remedy]
            for unit, result in zip(units, set_.results, strict=True)
            for repair in result.facts.repairs
        ],
        "greedy": [
            [unit.page.name, block, reason]
            for unit, result in zip(units, set_.results, strict=True)
            for block, reason in result.facts.greedy
        ],
        "versions": dict(tools),
    }
    if any(not result.pdf for result in set_.results) or _unset(set_.problems):
        return _nothing(about, set_.problems, record)

    before = layout.rendered
    bleeds = frozenset(
        placed.first + page
        for result, placed in zip(set_.results, set_.numbering.units, strict=True)
        for page in result.facts.bleeds
    )
    heads = plan_heads(pages, set_.numbering, sided=styles.sided, bleeds=bleeds)
    if any(page.note_calls for page in pages):
        facts = [result.facts for result in set_.results]
        heads = heads_of_notes(heads, pages, facts, set_.numbering, _labels(units, set_.results, set_.numbering))
    asked = heads
    shelf = css_resources(styles.heads, resources)
    sheets: list[UnitResult] = []
    for number in range(CUTS):
        sheets = layout.results(head_jobs(heads, styles.heads, shelf, about.language, sided=styles.sided))
        if any(not sheet.pdf for sheet in sheets):
            break
        cut = cut_heads(heads, asked, [sheet.facts for sheet in sheets], again=number == 1)
        if cut == heads:
            break
        heads = cut
    else:
        sheets = layout.results(head_jobs(heads, styles.heads, shelf, about.language, sided=styles.sided))
    record["heads_rendered"] = sum(sheet.facts.pages for sheet in sheets) if layout.rendered > before else 0
    named = [head.label for head in heads]
    problems = [
        *set_.problems,
        *(
            replace(problem, message=tell_pages(problem.message, named[BATCH * number :], BATCH * number))
            for number, sheet in enumerate(sheets)
            for problem in sheet.problems
        ),
    ]
    if any(not sheet.pdf for sheet in sheets) or _unset(problems):
        return _nothing(about, problems, record)
    problems.extend(check_heads(heads, asked, pages, [sheet.facts for sheet in sheets]))
    faces = font_faces((*styles.body, *styles.heads), resources)
    foreign = [
        *(p for page, result in zip(pages, set_.results, strict=True) for p in _foreign(page, result, faces)),
        *(p for sheet in sheets for p in _foreign(None, sheet, faces)),
    ]
    if foreign:
        return _nothing(about, (*problems, *foreign), record)

    corners = find_corners(sheets[0].facts)
    moved = corners.left(1) - corners.left(0)
    binding = [
        Bound(unit.page.name, result.pdf, result.facts, unit.language, dict(unit.links), shift)
        for unit, result, shift in zip(units, set_.results, outline_shifts(units), strict=True)
    ]
    printed = HeadSheets(
        tuple(sheet.pdf for sheet in sheets),
        tuple(sheet.facts for sheet in sheets),
        BATCH,
        tuple(head.kind is not Kind.BARE for head in heads),
    )
    words = note_words(units, about.note, about.back)
    finish = Finish(about, faces, words, moved, styles.profile, attachments, turn=not styles.sided, still=bleeds)
    pdf = join(binding, set_.numbering, printed, finish)
    alone = b""
    for bound, placed in zip(binding, set_.numbering.units, strict=True):
        if bound.name == chapter:
            title = next(unit.page.title for unit in units if unit.page.name == chapter)
            own = replace(
                finish, about=replace(about, title=f"{title} ({about.title})" if title else about.title), whole=whole
            )
            one = replace(set_.numbering, units=(replace(placed, blanks=0),))
            alone = join([bound], one, printed, replace(own, attachments=()))
    return Typeset(
        pdf,
        _page_map(units, set_.results, set_.numbering, about),
        tuple(problems),
        record,
        _set_lines(units, set_, styles.steps),
        bound=tuple((unit.page.name, result.pdf) for unit, result in zip(units, set_.results, strict=True)),
        sheets=tuple(sheet.pdf for sheet in sheets),
        batch=BATCH,
        moved=moved,
        chapter=alone,
        calls={
            note: placed.first + pages_.call
            for result, placed in zip(set_.results, set_.numbering.units, strict=True)
            for note, pages_ in result.facts.notes.items()
        },
        bleeds=bleeds,
    )


def _set_lines(units: Sequence[Unit], set_: _Set, steps: int) -> tuple[SetUnit, ...]:
    # a figure never leaves its section: what another one says of it brings it no nearer
    linked = {
        (placed.first, id): placed.first + page
        for placed, result in zip(set_.numbering.units, set_.results, strict=True)
        for id, page in result.facts.linked.items()
    }
    return tuple(
        SetUnit(
            unit.page.name, placed.first, placed.labels, facts.lines, facts.frames, facts.grid, facts.size,
            facts.pictures,
            tuple(
                SetFigure(
                    each.id, each.page, each.asked, each.given,
                    linked.get((placed.first, each.id)) if unit.page.kind is not UnitKind.PLATES else None,
                )
                for each in facts.figures
            ),
            key, facts.grid / steps, unit.page.kind in DISPLAY,
        )
        for unit, placed, facts, key in zip(
            units, set_.numbering.units, (result.facts for result in set_.results), set_.keys, strict=True
        )
    )  # fmt: skip


def _nothing(about: About, problems: Sequence[Problem], record: Mapping[str, object]) -> Typeset:
    return Typeset(b"", PageMap(about.edition, about.identifier, (), ()), tuple(problems), record)


def _unset(problems: Sequence[Problem]) -> bool:
    """Say whether a sign was set as the empty box of a face: no book can be bound with that."""
    return any(problem.code == "missing-glyph" for problem in problems)


def _foreign(page: Page | None, result: UnitResult, faces: Mapping[FaceKey, Resource]) -> Iterator[Problem]:
    """Yield a problem for every font in which a page or the heads were set and which no style sheet brings."""
    where = f"`{page.name}`" if page else "the running heads"
    for family, characters in foreign_characters(result.pdf, result.facts.fonts, faces).items():
        shown = ", ".join(f"“{c}” (U+{ord(c[0]):04X})" for c in characters[:8])
        yield Problem(
            "font-foreign",
            f"no font named for {where} has {shown}{' and others' if len(characters) > 8 else ''}; "
            f"`{family}` was taken instead",
            Span(page.path, 0, 0) if page and page.path else None,
            "name a font that has them in the style sheets, or write them otherwise",
        )


class _Layout:
    """Runs jobs that are not kept yet, and keeps what comes out without an error."""

    def __init__(self, run: Runner, keep: Keep | None, base: str) -> None:
        self._run = run
        self._keep = keep
        self._base = base
        self.rendered = 0
        self.names: dict[str, None] = {}
        """what was set in this build, each once"""

    def keys(self, jobs: Sequence[Job]) -> list[str]:
        """Return the key of each job: what stands for all that its result is made from."""
        return [job_key(job, self._base) for job in jobs]

    def results(self, jobs: Sequence[Job], keys: Sequence[str] = ()) -> list[UnitResult]:
        keys = keys or self.keys(jobs)
        found: dict[int, UnitResult] = {}
        if self._keep is not None:
            for index, key in enumerate(keys):
                data = self._keep.get(key)
                if data is not None and (result := unpack(data)) is not None:
                    found[index] = result
        missing = [index for index in range(len(jobs)) if index not in found]
        if missing:
            for index, result in zip(missing, self._run([jobs[i] for i in missing]), strict=True):
                found[index] = result
                clean = result.pdf and all(p.severity is not Severity.ERROR for p in result.problems)
                if self._keep is not None and clean:
                    self._keep.put(keys[index], pack(result))
        self.rendered += len(missing)
        self.names.update(dict.fromkeys(jobs[index].name for index in missing))
        return [found[index] for index in range(len(jobs))]


@dataclass(frozen=True, slots=True)
class _Set:
    """All units laid out, with the numbers that they print."""

    results: tuple[UnitResult, ...]
    keys: tuple[str, ...]
    numbering: Numbering
    rounds: int
    problems: tuple[Problem, ...]


def _set_units(
    units: Sequence[Unit], styles: Styles, resources: Sequence[Resource], about: About, layout: _Layout
) -> _Set:
    """Lay the units out until every page number that they print is true."""
    shared = css_resources(styles.body, resources)
    pages = [unit.page for unit in units]
    labels: dict[str, str] = guess_labels(units)
    jobs = [_job(unit, labels, styles, resources, shared, about) for unit in units]
    keys = layout.keys(jobs)
    results = layout.results(jobs, keys)
    restless: list[Unit] = []
    rounds = 1
    while True:
        numbering = number_pages(pages, [result.facts.pages for result in results], sided=styles.sided)
        problems = [
            replace(problem, message=tell_pages(problem.message, placed.labels, placed.first))
            for result, placed in zip(results, numbering.units, strict=True)
            for problem in result.problems
        ]
        if any(not result.pdf for result in results):
            break
        labels = _labels(units, results, numbering)
        fresh = [_job(unit, labels, styles, resources, shared, about) for unit in units]
        changed = [index for index, job in enumerate(fresh) if job != jobs[index]]
        if not changed:
            break
        restless = [units[index] for index in changed]
        if rounds > ROUNDS:
            problems.extend(_unstable(unit) for unit in restless)
            break
        rounds += 1
        again = [fresh[index] for index in changed]
        renewed = layout.keys(again)
        for index, key, result in zip(changed, renewed, layout.results(again, renewed), strict=True):
            results[index], keys[index] = result, key
        jobs = fresh
    return _Set(tuple(results), tuple(keys), numbering, rounds, tuple(problems))


def _unstable(unit: Unit) -> Problem:
    return Problem(
        "page-numbers-unstable",
        f"the page numbers that `{unit.page.name}` prints move it each time they are set",
        Span(unit.page.path, 0, 0) if unit.page.path else None,
        "reword a sentence that gives a page number, so that its lines break otherwise",
    )


def _job(
    unit: Unit,
    labels: Mapping[str, str],
    styles: Styles,
    resources: Sequence[Resource],
    shared: tuple[Resource, ...],
    about: About,
) -> Job:
    own = tuple(r for r in resources if r.name in unit.pictures)
    return Job(
        name=unit.page.name,
        html=write_numbers(unit, labels),
        css=styles.body,
        resources=tuple(dict.fromkeys((*shared, *own))),
        language=unit.language or about.language,
        title=unit.page.title or about.title,
        prefix=unit.page.name,
        path=unit.page.path,
        composition=styles.composition,
    )


def _labels(units: Sequence[Unit], results: Sequence[UnitResult], numbering: Numbering) -> dict[str, str]:
    """Return the page label of every id that stands on a page.

    Raises LookupError for an id whose page is asked for and that the layout put nowhere.
    """
    labels: dict[str, str] = {}
    for result, placed in zip(results, numbering.units, strict=True):
        for id, (page, _, _) in result.facts.anchors.items():
            labels.setdefault(id, placed.labels[page])
    for unit in units:
        for id in unit.asks:
            if id not in labels:
                raise LookupError(f"{unit.page.name!r} prints the page of {id!r}, which stands on no page")
    return labels


def _page_map(units: Sequence[Unit], results: Sequence[UnitResult], numbering: Numbering, about: About) -> PageMap:
    starts = tuple(
        PageStart(placed.labels[start.page], start.block, start.offset, start.words)
        for unit, result, placed in zip(units, results, numbering.units, strict=True)
        if not unit.page.note_calls  # such pages begin in notes, which stand elsewhere in an EPUB
        for start in sorted(result.facts.page_starts, key=lambda start: start.page)
    )
    labels = tuple(sorted(_labels(units, results, numbering).items()))
    return PageMap(about.edition, about.identifier, starts, labels)
