"""The tree and the reading of its pages come in; what is missing, and where notes stand, goes out.

Every sign of the tree must stand on the pages, once and in order within its element, every note
must have one mark, and nothing may stand outside the pages or over something else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from pipeline.pdf.layout.engine import POINTS, Block, Line, Reading, Run
from pipeline.pdf.layout.tree import call_id, is_beside, is_note, note_id, parents, signs

HYPHENS = "-\u2010\u058a"
SLACK = 0.5
"""CSS pixels by which a line may reach over an edge without harm."""
TOO_WIDE = "beyond the column of notes"


@dataclass(slots=True)
class Loss:
    """An element whose text does not stand whole on the pages: the first words that are missing."""

    element: Element
    note: str
    words: str
    page: int


@dataclass(slots=True)
class NoteSight:
    """Where a note stands: pages of its call, its marks and its words, and whether it is whole."""

    id: str
    element: Element
    inner: bool
    beside: bool = False
    """whether it stands in the column beside the text"""
    calls: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    whole: bool = True

    @property
    def lost(self) -> bool:
        """Say whether words or the mark are missing or doubled."""
        return not self.whole or len(self.marks) != 1 or (not self.inner and len(self.calls) != 1)

    @property
    def displaced(self) -> bool:
        """Say whether the note begins on another page than its call."""
        return bool(self.calls and self.pages) and self.pages[0] != self.calls[0]


@dataclass(slots=True)
class Overrun:
    """Lines of a table or an element that stand outside their page or over other words: the first, and how many more."""

    page: int
    words: str
    fault: str
    note: str
    more: int = 0
    table: str | None = None
    """id of the table they stand in, "" when it has none; None outside tables"""
    block: str = ""
    """the nearest id"""


@dataclass(slots=True)
class WideTable:
    """A table that is wider than the room for it: its id, the page, by how many points, and whether it is turned already."""

    id: str
    page: int
    over: float
    turned: bool


@dataclass(slots=True)
class Audit:
    losses: list[Loss] = field(default_factory=list)
    notes: dict[str, NoteSight] = field(default_factory=dict)
    overruns: list[Overrun] = field(default_factory=list)
    wide: list[WideTable] = field(default_factory=list)
    words: int = 0

    @property
    def lost_notes(self) -> list[NoteSight]:
        return [note for note in self.notes.values() if note.lost]

    @property
    def displaced_notes(self) -> list[NoteSight]:
        return [note for note in self.notes.values() if not note.lost and note.displaced]


def _wide_tables(reading: Reading) -> list[WideTable]:
    """Return the tables that reach over the edge of the text, each once."""
    found: dict[Element, WideTable] = {}
    for block in reading.blocks:
        if block.element.tag != "table" or block.area in ("margin", "beside") or block.pseudo:
            continue
        left, right = reading.edges[block.page]
        turned = block.area == "float" and block.page in reading.turned
        if turned:
            right = left + reading.turned[block.page][3]
        over = max(block.x + block.width - right, left - block.x) * POINTS
        known = found.get(block.element)
        if over > TOLERATED and (known is None or known.over < over):
            page = block.page if known is None else known.page
            found[block.element] = WideTable(block.element.get("id", ""), page, over, turned)
    return list(found.values())


TOLERATED = 1.0
"""Points by which a table may be wider than the text."""


def audit(root: Element, reading: Reading, divided: frozenset[Element] | set[Element]) -> Audit:
    """Compare the pages with the tree.

    `divided` names the elements whose text ends in a hyphen that we put there ourselves,
    because a word is divided between two pieces of a note. Marks in `Run.divided` every run
    that ends in a hyphen which the tree does not have.
    """
    result = Audit()
    by_element: dict[Element, list[Run]] = {}
    for run in reading.runs:
        if run.element is not None and not run.pseudo and not run.picture and run.area != "margin":
            by_element.setdefault(run.element, []).append(run)
    body = root.find("body")
    if body is None:
        return result
    calls = {
        run.element.get("id"): run.page for run in reversed(reading.runs) if run.element is not None and not run.pseudo
    }
    _compare(body, None, by_element, divided, calls, result)
    _find_notes(reading.blocks, result)
    tables: dict[Element, Element] = {}
    for table in body.iter("table"):
        for element in table.iter():
            tables.setdefault(element, table)
    notes = {element: note_id(note) for note in body.iter() if is_note(note) for element in note.iter()}
    result.overruns.extend(_overruns(reading, notes, tables, parents(body)))
    result.wide.extend(_wide_tables(reading))
    return result


def _compare(
    body: Element,
    note: NoteSight | None,
    by_element: dict[Element, list[Run]],
    divided: frozenset[Element] | set[Element],
    calls: dict[str | None, int],
    result: Audit,
) -> None:
    page = 0
    pending: list[tuple[Element, NoteSight | None]] = [(body, note)]
    while pending:
        element, note = pending.pop()
        if element.get("data-continued") is not None:
            continue  # stands only where a table goes on
        if is_note(element):
            id = note_id(element)
            note = result.notes.get(id)
            if note is None:
                inner = "inner" in element.get("class", "").split()
                note = result.notes[id] = NoteSight(id, element, inner, is_beside(element))
                if inner and call_id(element) in calls:
                    note.calls.append(calls[call_id(element)])
        expected = (element.text or "") + "".join(child.tail or "" for child in element)
        runs = by_element.get(element, ())
        if runs or expected.strip():
            result.words += len(expected.split())
            missing = _match(signs(expected), [run for run in runs if not run.repeated], element in divided)
            if runs:
                page = runs[0].page
            if missing is not None:
                result.losses.append(Loss(element, note.id if note else "", missing, page))
                if note is not None:
                    note.whole = False
            if note is not None:
                for run in runs:
                    if run.text.strip() and run.page not in note.pages:
                        note.pages.append(run.page)
        pending.extend((child, note) for child in reversed(element))
    for note in result.notes.values():
        note.pages.sort()


def _match(expected: str, runs: Sequence[Run], divided: bool) -> str | None:
    """Return None when the runs are the expected signs, else the first signs that are missing."""
    at = 0
    for run in runs:
        text = signs(run.text)
        if not text:
            continue
        if expected.startswith(text, at):
            at += len(text)
            run.divided = divided and at == len(expected)
        elif run.last and text[-1] in HYPHENS and expected.startswith(text[:-1], at):
            at += len(text) - 1
            run.divided = True
        else:
            if run.transformed and _same_but_case(expected, runs):
                return None
            return expected[at : at + 40] or text[:40]
    return None if at == len(expected) else expected[at : at + 40]


def _same_but_case(expected: str, runs: Sequence[Run]) -> bool:
    """Compare where style changes the case of letters, as `text-transform` does."""
    kept = "".join(signs(run.text).rstrip(HYPHENS) if run.last else signs(run.text) for run in runs)
    return kept.replace("-", "").casefold() == expected.replace("-", "").casefold()


def _find_notes(blocks: Sequence[Block], result: Audit) -> None:
    for found in blocks:
        if not is_note(found.element) or found.element.get("data-cont"):
            continue
        note = result.notes.get(note_id(found.element))
        if note is None:
            continue
        if found.pseudo == "footnote-call" and not note.inner:
            note.calls.append(found.page)
        elif found.pseudo == "footnote-marker":
            note.marks.append(found.page)


def _overruns(
    reading: Reading,
    note_of: dict[Element, str],
    table_of: dict[Element, Element],
    parent_of: dict[Element, Element],
) -> Collection[Overrun]:
    found: dict[tuple[Element | None, str], Overrun] = {}
    for line in reading.lines:
        if line.area == "margin" or not any(run.text.strip() for run in line.runs):
            continue
        width, height = reading.pages[line.page]
        area = reading.areas[line.page]
        fault = ""
        left, top, right, bottom = min(run.left for run in line.runs), line.top, _right(line), line.bottom
        if line.area == "float":
            left, top, wide, high = reading.place(line.page, left, top, right - left, bottom - top)
            right, bottom = left + wide, top + high
        if top < -SLACK or bottom > height + SLACK:
            fault = "beyond the page"
        elif (
            line.area == "beside"
            and line.bottom > reading.frames[line.page][1] + reading.below.get(line.page, 0) + SLACK
        ):
            fault = "below the notes"
        elif line.area == "beside" and _right(line) > line.edges[1] + SLACK:
            fault = TOO_WIDE
        elif line.area == "notes" and area is not None and line.bottom > area[1] + SLACK:
            fault = "below the notes"
        elif line.area == "flow" and area is not None and area[0] + _leading(line) < line.bottom and line.top < area[1]:
            fault = "over the notes"
        elif left < -SLACK or right > width + SLACK:
            fault = "beyond the side of the page"
        if fault:
            words = " ".join("".join(run.text for run in line.runs).split())[:60]
            note = next((note_of[run.element] for run in line.runs if run.element in note_of), "")
            element = line.runs[0].element
            table = None if element is None else table_of.get(element)
            key = (element if table is None else table, fault)
            first = found.get(key)
            if first is not None:
                found[key] = replace(first, more=first.more + 1)
                continue
            note = note if fault != "over the notes" else ""
            found[key] = Overrun(line.page, words, fault, note, 0, None if table is None else table.get("id", ""))
            found[key].block = _nearest_id(element, parent_of)
    return found.values()


def _nearest_id(element: Element | None, parent_of: dict[Element, Element]) -> str:
    while element is not None and not element.get("id"):
        element = parent_of.get(element)
    return "" if element is None else element.get("id", "")


def _leading(line: Line) -> float:
    """How far a line may reach into the notes: its lowest part is not ink."""
    return max(SLACK, (line.bottom - line.top) / 4)


def _right(line: Line) -> float:
    return max(run.right for run in line.runs if run.text.strip() or run.picture)
