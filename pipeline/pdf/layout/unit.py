"""A `Job` comes in; the PDF of its unit and its facts go out, with every note whole or a problem.

The tree is laid out, read and compared with itself; long notes are cut, lost or displaced notes
are mended by the gentlest declaration that helps, and each time the whole unit is compared again.
Everything is tried in one order and within bounds, so the same job gives the same bytes.
"""

from __future__ import annotations

import gc
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element

from pipeline.html import Resource
from pipeline.pagelines import page_mark
from pipeline.pdf.compose import NO_WISH, Wish
from pipeline.pdf.facts import Facts, Fault, Job, Repair, UnitResult
from pipeline.pdf.layout import engine, grid, lines
from pipeline.pdf.layout.audit import TOO_WIDE, Audit, NoteSight, Overrun, audit
from pipeline.pdf.layout.collect import collect, link_notes
from pipeline.pdf.layout.makeup import LONG, add_wishes, find_faults, weigh
from pipeline.pdf.layout.notes import Cuts, cut_long_notes, may_be_long
from pipeline.pdf.layout.tree import (
    HEADINGS,
    add_pages,
    add_style,
    end_below_floats,
    give_back_style,
    is_note,
    note_id,
    parents,
    plant,
)
from pipeline.pdf.tags import Tagger
from pipeline.pdf.units import is_font
from pipeline.source import Problem, Severity, Span

LOST_REMEDIES = ("orphans: 4; widows: 4", "orphans: 1; widows: 1", "break-inside: avoid", "break-before: page")
DISPLACED_REMEDIES = ("orphans: 1; widows: 1", "break-before: page")
FAR = 0.5
"""The share of a page's height from which on a note beside the text is said to stand far from its call."""
TRIES = 12
"""Layouts that mending a unit may cost."""
PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 dt dd pre tr caption figcaption li blockquote".split())
EMPTY = Facts(0, (0.0, 0.0))

_houses: dict[tuple[str, ...], engine.House] = {}


def set_unit(job: Job, fonts: Sequence[Resource]) -> UnitResult:
    """Lay one unit out. `fonts` are the files that the style sheets name as `fonts/…`.

    To be run by `workers.run` in a child process: fontconfig must know our fonts and no others.

    Raises MemoryError when there is not enough: what the libraries hold is then in doubt.
    """
    try:
        return _set_unit(job, fonts)
    except (KeyboardInterrupt, MemoryError, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001
        problem = Problem(
            "layout-failed",
            f"`{job.name}` could not be laid out: {type(error).__name__}: {str(error)[:200]}",
            _place(job),
            "take out what is unusual in it (huge tables, deep nesting), piece by piece",
        )
        return UnitResult(b"", EMPTY, (problem,))
    finally:
        gc.collect()


def _house(css: tuple[str, ...], fonts: Sequence[Resource]) -> engine.House:
    if css not in _houses:
        if len(_houses) > 1:
            _houses.clear()
            gc.unfreeze()
        _houses[css] = engine.House(css, {font.name: (font.media_type, font.data) for font in fonts})
        # What stays for all units need not be looked through for garbage after each of them.
        gc.collect()
        gc.freeze()
    return _houses[css]


def _place(job: Job) -> Span | None:
    return Span(job.path, 0, 0) if job.path else None


@dataclass(slots=True)
class _Setting:
    """A unit on its way: the tree, the last layout, and what was done to it."""

    job: Job
    root: Element
    house: engine.House
    shelf: engine.Shelf
    cuts: Cuts = field(default_factory=Cuts)
    document: Any = None
    reading: engine.Reading = field(default_factory=engine.Reading)
    audit: Audit = field(default_factory=Audit)
    layouts: int = 0
    repairs: list[Repair] = field(default_factory=list)
    record: lines.Record = field(default_factory=lines.Record)
    wishes: dict[Element, Wish] = field(default_factory=dict)

    def lay_out(self) -> None:
        """Lay the tree out, read the pages and compare them with the tree."""
        self.document = None
        with lines.composing(self.job.composition == "fine", self.wishes) as self.record:
            self.document = self.house.lay_out(self.root, self.job.name, self.shelf)
        self.reading = engine.read(self.document, _wanted)
        self.audit = audit(self.root, self.reading, self.cuts.divided)
        self.layouts += 1

    def cut_long_notes(self) -> None:
        """Cut the long notes of the tree at the ends of their lines."""
        if any(is_note(element) and may_be_long(element) for element in self.root.iter()):
            with lines.composing(self.job.composition == "fine"):
                reading = self.house.measure_notes(self.root, self.job.name, self.shelf, may_be_long)
            cut_long_notes(self.root, reading, self.cuts)

    def page_of(self, note: str) -> int:
        """Return the page on which a note is called, or -1."""
        sight = self.audit.notes.get(note)
        return sight.calls[0] if sight is not None and sight.calls else -1

    @property
    def faults(self) -> tuple[int, int, int]:
        """Weigh the layout: signs lost, notes lost, notes displaced."""
        return len(self.audit.losses), len(self.audit.lost_notes), len(self.audit.displaced_notes)


def _wanted(element: Element, pseudo: str) -> bool:
    if pseudo:
        return pseudo in ("footnote-call", "footnote-marker")
    return element.tag in HEADINGS or element.tag in ("img", "table")


def _set_unit(job: Job, fonts: Sequence[Resource]) -> UnitResult:
    root, problems = plant(job)
    if root is None:
        return UnitResult(b"", EMPTY, problems)
    house = _house(job.css, (*fonts, *(resource for resource in job.resources if is_font(resource))))
    shelf = engine.Shelf({resource.name: (resource.media_type, resource.data) for resource in job.resources})
    setting = _Setting(job, root, house, shelf)
    with engine.listening() as remarks:
        setting.cut_long_notes()
        setting.lay_out()
        _mend_columns(setting)
        _mend_floats(setting)
        _mend_heads(setting)
        _mend(setting)
        _fill(setting)
        _fill_before_tables(setting)
        _open_with_text(setting)
        _settle(setting)
        _make_up(setting)
        setting.repairs.extend(Repair(note, setting.page_of(note), "split") for note in setting.cuts.notes)
        setting.repairs.extend(_moves(setting))
        found = list(_faults(setting))
        link_notes(setting.document, setting.reading)
        counts = {
            "words": setting.audit.words,
            "notes": len(setting.audit.notes),
            "pieces": len(setting.cuts.lines),
            "lines": len(setting.reading.lines),
            "layouts": setting.layouts,
        }
        facts = collect(setting.document, root, setting.reading, setting.audit, counts, tuple(setting.repairs))
        tagger = None
        if job.tags:
            tagger = Tagger(root, setting.reading, setting.document, setting.cuts.twins, job.prefix, job.language)
        else:
            for page in setting.document.pages:
                page.links.clear()
        pdf = engine.write(setting.document, tagger)
        facts = replace(facts, fonts=engine.fonts_used(setting.document), greedy=_greedy(setting))
    if tagger is not None:
        found.extend(tagger.problems)
    found.extend(_refusals(setting))
    found.extend(_remarks(setting, (*house.remarks, *remarks)))
    return UnitResult(pdf, facts, (*problems, *found))


# Mending ---------------------------------------------------------------------------------------


def _mend_floats(setting: _Setting) -> None:
    """Set the flow again with an end below its floats, when words of it are missing."""
    if setting.reading.floats and any(not loss.note for loss in setting.audit.losses):
        end_below_floats(setting.root)
        setting.repairs.append(Repair("", setting.audit.losses[0].page, "end below floats"))
        setting.lay_out()


def _mend_heads(setting: _Setting) -> None:
    """Keep the heads of tables that WeasyPrint drops: where notes that wait fill a page so that head and first row do not fit.

    It never drops the head above rows that must stay together, so the rows of such a table are told to.
    """
    parent_of = parents(setting.root)
    before = setting.faults
    told: list[tuple[Element, str | None]] = []
    for loss in setting.audit.losses:
        element: Element | None = loss.element
        while element is not None and element.tag not in ("thead", "tfoot"):
            element = parent_of.get(element)
        table = parent_of.get(element) if element is not None else None
        body = table.find("tbody") if table is not None else None
        if body is not None and all(body is not each for each, _ in told):
            told.append((body, body.get("style")))
            add_style(body, "break-inside: avoid")
    if not told:
        return
    setting.lay_out()
    if setting.faults < before:
        setting.repairs.extend(Repair(body.get("id", ""), -1, "break-inside: avoid") for body, _ in told)
        return
    for body, style in told:
        give_back_style(body, style)
    setting.lay_out()


def _mend_columns(setting: _Setting) -> None:
    """Add pages until the notes beside the text have room, or until more pages do not help."""
    before = 0
    while (needed := setting.reading.pages_needed) and needed != before:
        before = needed
        add_pages(setting.root, needed)
        setting.lay_out()


def _shifts(setting: _Setting) -> Iterator[tuple[str, int]]:
    """Yield the notes beside the text that stand a line of text or more below (above: negative) that of their call."""
    for element, pixels in setting.reading.moved.items():
        by = round(pixels / setting.reading.grid) if setting.reading.grid else 0
        if by:
            yield note_id(element), by


def _moves(setting: _Setting) -> Iterator[Repair]:
    for id, by in _shifts(setting):
        lines = "1 line" if abs(by) == 1 else f"{abs(by)} lines"
        yield Repair(id, setting.page_of(id), f"moved {lines} {'down' if by > 0 else 'up'}")


def _mend(setting: _Setting) -> None:
    """Change the paragraphs that hold calls until no note is lost or displaced, or the bound is reached."""
    tries = 0
    given_up: set[str] = set()
    while tries < TRIES:
        note = next((n for n in setting.audit.lost_notes if n.id not in given_up), None)
        remedies: tuple[str, ...] = LOST_REMEDIES
        if note is None:
            held = _held(setting.audit)
            note = next(
                (
                    n
                    for n in setting.audit.displaced_notes
                    if n.id not in given_up and n.id not in held and not n.beside
                ),
                None,
            )
            remedies = DISPLACED_REMEDIES
        if note is None:
            return
        paragraph = _paragraph(setting.root, note.element)
        if paragraph is None:
            given_up.add(note.id)
            continue
        page = note.calls[0] if note.calls else -1
        before = setting.faults
        if remedies is DISPLACED_REMEDIES:
            used, mended = _mend_by_lines(setting, note, TRIES - tries)
            tries += used
            if mended:
                continue
        mended = False
        for remedy in remedies[: TRIES - tries]:
            changed = _begin(setting.root, paragraph) if remedy.startswith("break-before") else paragraph
            if changed is None:
                continue
            style = changed.get("style")
            add_style(changed, remedy)
            setting.lay_out()
            tries += 1
            mended = setting.faults < before
            if mended:
                setting.repairs.append(Repair(note.id, page, remedy))
                break
            give_back_style(changed, style)
        if not mended:
            given_up.add(note.id)
            setting.lay_out()


NEAR_CALLS = 3
"""Paragraphs before a call of a displaced note that are asked for a line more or less."""


def _mend_by_lines(setting: _Setting, note: NoteSight, tries: int) -> tuple[int, bool]:
    """Ask the paragraphs before a call for a line more or less, so that call and note meet; say what it cost.

    It is the gentlest remedy: nobody sees it.
    """
    if setting.job.composition != "fine" or not note.calls:
        return 0, False
    before, wishes = setting.faults, setting.wishes
    heights: dict[Element, int] = {}  # those that end on the page of the call, in their order
    for line in setting.reading.lines:
        if line.area != "flow" or line.element not in setting.record.composed:
            continue
        if line.page in (note.calls[0] - 1, note.calls[0]):
            heights[line.element] = heights.get(line.element, 0) + 1
        if any(run.element is note.element for run in line.runs):
            break
    near = [element for element, height in heights.items() if height >= LONG]
    used = 0
    for element in near[: -1 - NEAR_CALLS : -1]:
        for looseness in (-1, 1):
            known = wishes.get(element, NO_WISH)
            if used >= tries or known.looseness:
                continue
            setting.wishes = {**wishes, element: replace(known, looseness=looseness)}
            setting.lay_out()
            used += 1
            if setting.faults < before:
                return used, True
    setting.wishes = wishes
    return used, False


MAY_WAIT = "footnote-policy: auto"
"""A note with this declaration does not take its line to the next page when there is no room for it."""


def _fill(setting: _Setting) -> None:
    """Let lines stay that were moved for notes which must wait for a long note wherever their lines are.

    Else a page on which a long note goes on ends early, before the first line that calls another note.
    """
    held = _held(setting.audit)
    notes = [note for note in setting.audit.displaced_notes if note.id in held and not (note.inner or note.beside)]
    before, pages = setting.faults, len(setting.reading.frames)
    _let_wait(setting, notes, lambda: setting.faults <= before and len(setting.reading.frames) <= pages)


HOLE = 5
"""Free lines at the foot of a page from which on it looks forgotten."""
TABLES = 4
"""Tables of a unit that are laid out again because of the hole before them."""


def _fill_before_tables(setting: _Setting) -> None:
    """Let tables begin on pages that end early before them, when they are whole there.

    A long note of a row fills the page before the rows below it are set. When it is the last note of its table, all
    of it but its beginning may be set after the last row.
    """
    for table in [table for table, _ in _after_holes(setting)][:TABLES]:
        before, pages = setting.faults, len(setting.reading.frames)
        page = next((begun for each, begun in _after_holes(setting) if each is table), None)
        notes = [element for element in table.iter() if is_note(element)]
        pieces = [element for element in notes if element.get("data-cont") == notes[-1].get("data-cont")]
        if page is None or len(pieces) == len(notes) or pieces[-1].get("data-cont") is None:
            continue
        parent = parents(setting.root)[pieces[0]]
        at, end = list(parent).index(pieces[0]), [each for each in table.iter() if each.tag in ("td", "th")][-1]
        while len(end) and end[-1].tag == "p" and not (end[-1].tail or "").strip():
            end = end[-1]
        if list(parent)[at : at + len(pieces)] != pieces or parent in set(end.iter()):
            continue
        tail = pieces[-1].tail
        first = parent[at - 1]
        kept = first.tail
        del parent[at : at + len(pieces)]
        first.tail, pieces[-1].tail = (kept or "") + (tail or ""), None
        end.extend(pieces)
        setting.lay_out()
        stands = {run.page for run in _runs_of(setting, table)}
        if setting.faults <= before and len(setting.reading.frames) <= pages and stands == {page - 1}:
            setting.repairs.append(Repair(pieces[-1].get("data-cont", ""), page, "goes on after its table"))
            continue
        del end[-len(pieces) :]
        first.tail, pieces[-1].tail = kept, tail
        parent[at:at] = pieces
        setting.lay_out()


def _runs_of(setting: _Setting, table: Element) -> list[engine.Run]:
    inside = set(table.iter())
    return [run for run in setting.reading.runs if run.area == "flow" and run.element in inside]


def _after_holes(setting: _Setting) -> list[tuple[Element, int]]:
    """Return the tables that call notes and stand first on a page although the page before has room, with that page."""
    reading = setting.reading
    called = {(note.element, note.calls[0]) for note in setting.audit.notes.values() if note.calls}
    lines = [line for line in reading.lines if line.area == "flow"]
    firsts = {line.page: line.element for line in reversed(lines)}
    ends = {line.page: max(line.bottom, 0.0) for line in lines}
    found = []
    for table in setting.root.iter("table"):
        inside = set(table.iter())
        for page, element in firsts.items():
            if element not in inside or page - 1 not in ends:
                continue
            area = reading.areas[page - 1]
            foot = reading.frames[page - 1][1] if area is None else area[0]
            hole = foot - ends[page - 1] >= HOLE * reading.grid > 0
            if hole and any(note in inside and at == page for note, at in called):
                found.append((table, page))
    return found


def _open_with_text(setting: _Setting) -> None:
    """Let notes of the first paragraph begin a page later, when the head of the unit would else stand alone."""
    notes = _kept_from_head(setting)
    lost = setting.faults[:2]
    for kept in sorted({len(notes) // 2, min(1, len(notes)), 0}, reverse=True):
        if _let_wait(setting, notes[kept:], lambda: setting.faults[:2] <= lost and not _kept_from_head(setting)):
            return


def _let_wait(setting: _Setting, notes: Sequence[NoteSight], good: Callable[[], bool]) -> bool:
    """Let notes begin later than their calls, and say whether that is `good`; else all is as it was."""
    notes = [note for note in notes if MAY_WAIT not in note.element.get("style", "")]
    if not notes:
        return False
    styles = [(note.element, note.element.get("style")) for note in notes]
    pages = [note.calls[0] for note in notes]
    for element, _ in styles:
        add_style(element, MAY_WAIT)
    setting.lay_out()
    if good():
        setting.repairs.extend(Repair(note.id, page, MAY_WAIT) for note, page in zip(notes, pages, strict=True))
        return True
    for element, style in styles:
        give_back_style(element, style)
    setting.lay_out()
    return False


def _kept_from_head(setting: _Setting) -> list[NoteSight]:
    """Return the notes that may keep the text of a unit from the page of its head: those of the head, and of what comes first."""
    root = setting.root
    heads = {each for head in root.iter() if head.tag in ("header", *HEADINGS) for each in head.iter()}
    flow = [run for run in setting.reading.runs if run.area == "flow"]
    text = next((run for run in flow if run.element not in heads), None)
    if text is None or text.element is None or flow[0] is text or flow[0].page == text.page:
        return []
    first = set(_first_block(root, text.element).iter())
    notes = []
    for note in setting.audit.notes.values():
        pages = (
            (flow[0].page,) if note.element in heads else (text.page, text.page + 1) if note.element in first else ()
        )
        if note.calls and note.calls[0] in pages and not note.beside:
            notes.append(note)
    return notes


def _first_block(root: Element, element: Element) -> Element:
    """Return the outermost block that holds an element: what stands in a section, or in its first one."""
    parent_of = parents(root)
    while (parent := parent_of.get(element)) is not None and parent.tag not in ("section", "body"):
        element = parent
    return element


def _held(audit: Audit) -> dict[str, str]:
    """Return the notes that had to wait for a long note before them to end: id → id of that note."""
    held: dict[str, str] = {}
    before: NoteSight | None = None
    for note in audit.notes.values():
        if before is not None and note.displaced and before.pages and before.pages[-1] > note.calls[0]:
            held[note.id] = before.id
        before = note
    return held


def _causes(audit: Audit, held: Mapping[str, str]) -> dict[str, str]:
    """Return the long note for which each note waits at last: id → id. What a waiting note calls waits with it."""
    causes: dict[str, str] = {}
    previous = ""
    for note in audit.notes.values():
        if note.id in held:
            causes[note.id] = causes.get(held[note.id], held[note.id])
        elif note.inner and previous in causes:
            causes[note.id] = causes[previous]
        previous = note.id
    return causes


def _paragraph(root: Element, note: Element) -> Element | None:
    """Return the row or the paragraph that holds the call of a note."""
    parent_of = parents(root)
    found: Element | None = None
    element = parent_of.get(note)
    while element is not None:
        if element.tag == "tr":
            return element
        if (found is None and element.tag in PARAGRAPHS and not is_note(element)) or element.get("class") == "runin":
            found = element
        element = parent_of.get(element)
    return found


GOES_BEFORE = frozenset(("header", "caption", "colgroup", "thead", "dt", *HEADINGS))
"""What may not stay behind alone when that which follows it begins a page."""


def _begin(root: Element, element: Element) -> Element | None:
    """Return what has to begin a page when an element shall; None when the unit itself begins with it."""
    parent_of = parents(root)
    while element.tag != "body" and (parent := parent_of.get(element)) is not None:
        siblings = list(parent)
        at = siblings.index(element)
        if at and siblings[at - 1].tag not in GOES_BEFORE:
            return element
        element = siblings[at - 1] if at else parent
    return None


def _greedy(setting: _Setting) -> tuple[tuple[str, str], ...]:
    """Name the paragraphs that were to be composed and were not."""
    parent_of = parents(setting.root) if setting.record.greedy else {}
    found = []
    for element, reason in setting.record.greedy.items():
        named: Element | None = element
        while named is not None and not named.get("id"):
            named = parent_of.get(named)
        found.append(("" if named is None else named.get("id", ""), reason))
    return tuple(found)


PASSES = 3
"""Layouts that making up the pages may cost."""


def _settle(setting: _Setting) -> None:
    """Bring the text below tables and figures back on the grid, when that costs no words and no notes."""
    for _ in range(grid.PASSES):
        missing = grid.settle(setting.root, setting.reading)
        if not missing:
            return
        before = setting.faults
        grid.make_room(setting.root, missing)
        setting.lay_out()
        if setting.faults > before:
            grid.make_room(setting.root, {element: -room for element, room in missing.items()})
            setting.lay_out()
            return


def _make_up(setting: _Setting) -> None:
    """Ask paragraphs for other lines where pages begin or end badly, and keep the best layout there was."""
    if setting.job.composition != "fine":
        return
    best, weight = _state(setting), weigh(faults := find_faults(setting.reading))
    for _ in range(PASSES):
        wishes = add_wishes(setting.wishes, faults)
        if not weight or wishes == setting.wishes:
            break
        setting.wishes = wishes
        setting.lay_out()
        faults = find_faults(setting.reading)
        if setting.faults <= best.faults and weigh(faults) < weight:
            best, weight = _state(setting), weigh(faults)
    setting.document, setting.reading, setting.audit = best.document, best.reading, best.audit
    setting.record, setting.wishes = best.record, best.wishes
    pages = {line.element: line.page for line in reversed(setting.reading.lines)}
    for element, wish in setting.wishes.items():
        changes = [f"{wish.looseness:+d} line"] * bool(wish.looseness) + ["a word whole"] * len(wish.whole)
        setting.repairs.append(Repair(element.get("id", ""), pages.get(element, -1), ", ".join(changes)))


@dataclass(frozen=True, slots=True)
class _State:
    """A layout to which one can go back."""

    document: Any
    reading: engine.Reading
    audit: Audit
    record: lines.Record
    wishes: dict[Element, Wish]
    faults: tuple[int, int, int]


def _state(setting: _Setting) -> _State:
    return _State(
        setting.document, setting.reading, setting.audit, setting.record, dict(setting.wishes), setting.faults
    )


# Problems --------------------------------------------------------------------------------------


def _faults(setting: _Setting) -> Iterator[Problem]:
    """Say what no layout could mend."""
    job, found = setting.job, setting.audit
    held = _held(found)
    causes = _causes(found, held)
    too_tall: set[str] = set()
    wide = {table.id for table in found.wide if table.id}
    for table in found.wide:
        yield _problem(
            job,
            "table-too-wide",
            f"{f'table `{table.id}`' if table.id else 'a table'} is {table.over:.0f} pt wider than the room for it "
            f"({page_mark(table.page)})",
            "give it fewer columns or shorter words"
            + (
                ""
                if table.turned
                else ", or write `{.landscape}` after its caption: it then stands turned on a page of its own"
            ),
            block=table.id,
        )
    for overrun in found.overruns:
        if overrun.note and overrun.fault != TOO_WIDE:
            if overrun.note not in too_tall:
                yield _problem(
                    job,
                    "note-too-tall",
                    f"a part of note `{overrun.note}` that cannot be broken is taller than the room for notes "
                    f"({page_mark(overrun.page)}: “{overrun.words}”)",
                    "take tables and pictures out of the note, or make them smaller",
                    block=overrun.note,
                )
            too_tall.add(overrun.note)
        elif overrun.table not in wide:
            yield _problem(
                job,
                "page-overflow",
                f"words stand {overrun.fault} on {page_mark(overrun.page)}: “{overrun.words}”" + _more(overrun),
                "shorten the word" if overrun.table is None else "let the table have fewer columns, or shorter words",
                block=overrun.block,
            )
    for note in found.notes.values():
        if note.lost:
            missing = next((loss.words for loss in found.losses if loss.note == note.id), "")
            yield _problem(
                job,
                "note-lost",
                f"note `{note.id}` does not stand whole on the pages of `{job.name}`"
                + (f": “{missing}” is missing" if missing else f" (its mark stands {len(note.marks)} times)"),
                "call the note in another sentence, or shorten it",
                block=note.id,
            )
        elif note.displaced and note.id not in too_tall:
            cause = causes.get(note.id, "")
            because = f", after the long note `{cause}`" if cause else ""
            yield _problem(
                job,
                "note-displaced",
                f"note `{note.id}` is called on {page_mark(note.calls[0])}, "
                f"but begins on {page_mark(note.pages[0])}{because}",
                "shorten the notes before it, or call it later",
                Severity.WARNING,
                block=note.id,
                cause=cause,
            )
    for id, by in _shifts(setting):
        top, bottom = setting.reading.frames[max(setting.page_of(id), 0)]
        if abs(by) * setting.reading.grid >= FAR * (bottom - top):
            yield _problem(
                job,
                "note-moved",
                f"note `{id}` stands {abs(by)} lines {'below' if by > 0 else 'above'} the line of its call, "
                f"for others stand there ({page_mark(setting.page_of(id))})",
                "shorten the notes around it, or let those of one voice stand at the foot",
                Severity.INFO,
            )
    for loss in found.losses:
        if not loss.note:
            yield _problem(
                job,
                "text-lost",
                f"words of `{job.name}` do not stand on its pages: “{loss.words}” (near {page_mark(loss.page)})",
                "tell the makers of this program; no manuscript should be able to do this",
                block=_block_of(setting.root, loss.element),
            )


def _refusals(setting: _Setting) -> Iterator[Problem]:
    for url in dict.fromkeys((*setting.house.refused, *setting.shelf.refused)):
        yield _problem(
            setting.job,
            "resource-refused",
            f"`{setting.job.name}` asks for `{url[:120]}`, which is not a file of the book",
            "put the file into the book's folder; nothing else is read",
        )


NOTDEF = re.compile(r"\.notdef glyph .*\(U\+([0-9A-F]+)\)", re.DOTALL)


def _remarks(setting: _Setting, remarks: Sequence[engine.Remark]) -> Iterator[Problem]:
    job = setting.job
    for remark in dict.fromkeys(remarks):
        missing = NOTDEF.search(remark.message)
        if missing is not None:
            character = chr(int(missing.group(1), 16))
            name = unicodedata.name(character, "a character without a name").lower()
            yield _problem(
                job,
                "missing-glyph",
                f"no face of this edition has U+{missing.group(1)} `{character}` ({name}), used in {_where(setting.root, character)}",
                "choose another sign, or bring a face that has it: `[fonts]` in `book.toml`",
            )
        elif remark.message.startswith(("Failed to load", "Failed to get")) and setting.shelf.refused:
            continue  # said by `resource-refused`
        else:
            yield _problem(job, "engine-warning", f"`{job.name}`: {remark.message[:300]}")


def _where(root: Element, character: str) -> str:
    """Return the id of the innermost element with an id that holds a character."""
    found = "generated words"
    for element in root.iter():
        id = element.get("id")
        if id and character in "".join(element.itertext()):
            found = f"`{id}`"
    return found


def _block_of(root: Element, element: Element) -> str:
    """Return the nearest id."""
    parent_of = parents(root)
    above: Element | None = element
    while above is not None and not above.get("id"):
        above = parent_of.get(above)
    return "" if above is None else above.get("id", "")


def _more(overrun: Overrun) -> str:
    where = "" if overrun.table is None else f" in table `{overrun.table}`" if overrun.table else " in a table"
    count = f", and {overrun.more} more lines" if overrun.more else ""
    return where + (count if overrun.more != 1 else ", and another line")


def _problem(
    job: Job,
    code: str,
    message: str,
    hint: str = "",
    severity: Severity = Severity.ERROR,
    block: str = "",
    cause: str = "",
) -> Problem:
    span = Span(job.path, 0, 0) if job.path else None
    return (
        Fault(code, message, span, hint, severity, block=block, cause=cause)
        if block
        else Problem(code, message, span, hint, severity)
    )
