"""The pages of a unit come in; its `Facts` go out, and the links between calls and notes are set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element

from pipeline.pagelines import Frame, LineKind, SetLine, SetPicture
from pipeline.pdf.facts import Bookmark, Facts, NotePages, PageHeading, Placing, Repair, UnitStart
from pipeline.pdf.layout.audit import Audit
from pipeline.pdf.layout.engine import POINTS, Line, Reading, Run
from pipeline.pdf.layout.tree import ELSEWHERE, HEADINGS, call_id, is_call, is_note, note_id, parents, signs, title_of

WORDS = 48
"""Characters of the words that stand in a `UnitStart`."""

WORD_JOINER = "\u2060"


def link_notes(document: Any, reading: Reading) -> None:
    """Lead each call to its note, and the mark of each note back to its call."""
    standing = {id for page in document.pages for id in page.anchors}
    standing.update(call_id(block.element) for block in reading.blocks if block.pseudo == "footnote-call")
    for block in reading.blocks:
        note = block.element
        if not is_note(note) or note.get("data-cont"):
            continue
        page = document.pages[block.page]
        place = (block.x, block.y, block.x + block.width, block.y + block.height)
        inner = "inner" in note.get("class", "").split()
        if block.pseudo == "footnote-call" and not inner:
            page.anchors.setdefault(call_id(note), place)
            if note_id(note) in standing:
                page.links.append(("internal", note_id(note), place, block.box))
        elif block.pseudo == "footnote-marker" and call_id(note) in standing:
            page.links.append(("internal", call_id(note), place, block.box))


def collect(
    document: Any, root: Element, reading: Reading, audit: Audit, counts: dict[str, int], repairs: tuple[Repair, ...]
) -> Facts:
    """Return the facts of a unit; `fonts` stay empty, they are known after writing."""
    anchors: dict[str, tuple[int, float, float]] = {}
    bookmarks: list[Bookmark] = []
    for number, page in enumerate(document.pages):
        for id, (x, y, *_) in page.anchors.items():
            anchors.setdefault(id, (number, _points(x), _points(page.height - y)))
        bookmarks.extend(
            Bookmark(level, label, number, _points(x), _points(page.height - y), state)
            for level, label, (x, y), state in page.bookmarks
        )
    width, height = reading.pages[0]
    return Facts(
        pages=len(document.pages),
        size=(_points(width), _points(height)),
        anchors=anchors,
        bookmarks=tuple(bookmarks),
        headings=_headings(reading),
        page_starts=_page_starts(root, reading),
        notes={
            id: NotePages(note.calls[0] if note.calls else note.pages[0] if note.pages else -1, tuple(note.pages))
            for id, note in audit.notes.items()
        },
        counts=counts,
        repairs=repairs,
        lines=set_lines(root, reading),
        frames=tuple(
            Frame(_points(top), _points(bottom), None if area is None else _points(area[0]))
            for (top, bottom), area in zip(reading.frames, reading.areas, strict=True)
        ),
        grid=_points(reading.grid),
        pictures=_pictures(root, reading),
        bleeds=tuple(reading.bleeds),
        turned=tuple(sorted(reading.turned)),
        linked=_linked(reading),
        figures=_figures(root, reading),
    )


def _linked(reading: Reading) -> dict[str, int]:
    """Return the page on which the first link to each id stands."""
    linked: dict[str, int] = {}
    for run in reading.runs:
        element = run.element
        if element is not None and element.tag == "a" and not is_call(element):
            href = element.get("href", "").removeprefix(ELSEWHERE).removeprefix("#")
            linked[href] = min(run.page, linked.get(href, run.page))
    return linked


def _figures(root: Element, reading: Reading) -> tuple[Placing, ...]:
    """Return where the figures and tables stand that a reader may be led to, in the order of the manuscript."""
    pages: dict[Element, int] = {}
    inside: dict[Element, Element] = {}
    for figure in root.iter():
        if figure.tag in ("figure", "table") or figure.get("data-place") is not None:
            for element in figure.iter():
                inside.setdefault(element, figure)
    for run in reading.runs:
        figure_ = inside.get(run.element) if run.element is not None else None
        if figure_ is not None and run.area != "margin":
            pages[figure_] = min(run.page, pages.get(figure_, run.page))
    return tuple(
        Placing(
            figure.get("id", ""), page, figure.get("data-asked", "") or figure.get("data-place", "here"),
            figure.get("data-place", "here"),
        )
        for figure, page in pages.items()
        if figure.get("id")
    )  # fmt: skip


def _points(pixels: float) -> float:
    return round(pixels * POINTS, 3)


def _headings(reading: Reading) -> tuple[tuple[PageHeading, ...], ...]:
    pages: list[list[PageHeading]] = [[] for _ in reading.pages]
    seen: set[Element] = set()
    for block in reading.blocks:
        element = block.element
        if element.tag in HEADINGS and not block.pseudo and block.area == "flow" and element not in seen:
            seen.add(element)
            pages[block.page].append(PageHeading(int(element.tag[1]), element.get("id", ""), title_of(element)))
    return tuple(map(tuple, pages))


def _page_starts(root: Element, reading: Reading) -> tuple[UnitStart, ...]:
    """Return where each page begins; all elements around a text that have an id count it."""
    parent_of = parents(root)
    chains: dict[Element, tuple[str, ...] | None] = {}

    def chain(element: Element) -> tuple[str, ...] | None:
        if element not in chains:
            parent = parent_of.get(element)
            above = () if parent is None else chain(parent)
            if above is None or is_call(element) or is_note(element):
                chains[element] = None
            else:
                id = element.get("id")
                chains[element] = (id, *above) if id else above
        return chains[element]

    counted: dict[str, int] = {}
    starts: list[UnitStart] = []
    page = -1
    for index, run in enumerate(reading.runs):
        if run.area != "flow" or run.pseudo or run.repeated or run.element is None:
            continue
        ids = chain(run.element)
        text = signs(run.text[:-1] if run.divided else run.text).replace("\u2010", "")
        if not ids or not (text or run.picture):
            continue
        if run.page != page:
            page = run.page
            said = [
                each
                for each in reading.runs[index : index + 24]
                if each.area == "flow"
                and each.page == page
                and not each.pseudo
                and each.element is not None
                and chain(each.element) is not None
            ]
            starts.append(UnitStart(page, ids[0], counted.get(ids[0], 0), _words(said[:12])))
        for id in ids:
            counted[id] = counted.get(id, 0) + len(text)
    return tuple(starts)


EXCERPT = 24
"""Characters that stand in `SetLine.opens` and `closes`."""
OFF_GRID = frozenset("li dd dt figure figcaption blockquote pre caption aside".split())


def number_paragraphs(reading: Reading) -> tuple[list[Line], list[int]]:
    """Return the lines of text and pictures of the flow and the notes, and the number of the paragraph of each."""
    shown = [
        line
        for line in reading.lines
        if line.area != "margin" and any((run.text.strip() or run.picture) and not run.repeated for run in line.runs)
    ]
    numbers: dict[int, int] = {}
    paragraphs: list[int] = []
    count = 0
    latest: dict[tuple[str, Element | None], Line] = {}
    for line in shown:
        if line.container not in numbers:
            # A paragraph that goes on on the next page has another box there.
            before = latest.get((line.area, line.element))
            if before is not None and before.page + 1 == line.page and line.element is not None:
                numbers[line.container] = numbers[before.container]
            else:
                numbers[line.container] = count
                count += 1
        latest[line.area, line.element] = line
        paragraphs.append(numbers[line.container])
    return shown, paragraphs


def set_lines(root: Element, reading: Reading) -> tuple[SetLine, ...]:
    """Return the lines of text of a unit, in the order of its pages."""
    places = _Places(root, reading.size)
    shown, paragraphs = number_paragraphs(reading)
    first = {number: index for index, number in reversed(list(enumerate(paragraphs)))}
    last = {number: index for index, number in enumerate(paragraphs)}
    found = []
    for index, line in enumerate(shown):
        number = paragraphs[index]
        kind, block = places.of(line)
        kind |= LineKind.FIRST if first[number] == index else LineKind(0)
        kind |= LineKind.LAST if last[number] == index else LineKind(0)
        runs = [run for run in line.runs if run.text.strip() or run.picture]
        kind |= LineKind.DIVIDED if any(run.divided for run in runs) else LineKind(0)
        spread = max((run.box.justification_spacing for run in line.runs if not run.picture), key=abs, default=0.0)
        text = "".join(run.text for run in line.runs)
        if any(_is_wide(run, line.edges) for run in runs):
            kind |= LineKind.WIDE
        if not text.strip():
            kind |= LineKind.PICTURE
        elif line.ended or (not spread and line.end < 0):
            kind |= LineKind.ENDED
        found.append(
            SetLine(
                line.page, block, number, kind, _points(line.baseline),
                _points(min(run.left for run in runs) + line.hangs[0]),
                _points(max(run.right for run in runs) - line.hangs[1]),
                _points(line.edges[1]), round(spread / line.size, 4) if line.size else 0.0,
                len(signs(text)), text.strip()[:EXCERPT], text.strip()[-EXCERPT:], _gaps(line),
            )
        )  # fmt: skip
    return tuple(found)


WIDER = 0.8
"""CSS pixels by which a formula may reach over the edge of its column."""


def _is_wide(run: Run, edges: tuple[float, float]) -> bool:
    """Say whether a run is a formula that reaches over the edge of its column."""
    if not run.picture or run.element is None or run.element.get("data-tex") is None:
        return False
    return run.right > edges[1] + WIDER  # at the left a line may hang


WIDE = 0.4
"""em from which on a space between words is wide."""


def _gaps(line: Line) -> tuple[tuple[float, float], ...]:
    """Return left and right of the wide spaces of a composed line, in points."""
    found: list[tuple[float, float]] = []
    for run in line.runs:
        type_ = getattr(run.box, "stet_type", None)
        if type_ is None or " " not in run.text:
            continue
        wide = type_.space + run.box.justification_spacing
        if wide < WIDE * line.size:
            return ()
        at = run.left
        fit = getattr(run.box, "stet_fit", 0.0)
        for number, word in enumerate(run.text.replace("\u00a0", " ").split(" ")):
            if number:
                found.append((_points(at), _points(at + wide)))
                at += wide
            if word:
                at += type_.width(word) + fit * (type_.glyphs(word) - 1)
    return tuple(found)


def _pictures(root: Element, reading: Reading) -> tuple[SetPicture, ...]:
    """Return the pictures of dots, with how many come to an inch."""
    places = _Places(root, reading.size)
    found = []
    for run in reading.runs:
        dots = getattr(getattr(run.box, "replacement", None), "width", None) if run.picture else None
        if isinstance(dots, int) and run.element is not None and run.right > run.left:
            inches = (run.right - run.left) * POINTS / 72
            block = places.above(run.element)[1]
            found.append(SetPicture(run.page, block, run.element.get("src", ""), round(dots / inches)))
    return tuple(found)


def _is_page_number(run: Run) -> bool:
    """Say whether a run is the number of a page that the contents give, which stands beyond the edge of its entry."""
    return run.pseudo == "after" and run.element is not None and run.element.get("data-page") is not None


class _Places:
    """Says of a line in what kind of matter it stands, and the nearest id; `size` is that of the text."""

    def __init__(self, root: Element, size: float) -> None:
        self.size = size
        self.parent_of = parents(root)
        self.known: dict[Element, tuple[LineKind, str]] = {}

    def of(self, line: Line) -> tuple[LineKind, str]:
        run = next((run for run in line.runs if run.element is not None), None)
        element = line.element if line.element is not None else run.element if run else None
        kind, block = self.above(element) if element is not None else (LineKind.FREE, "")
        if line.area in ("notes", "beside"):
            kind |= LineKind.NOTE
        if line.justified:
            kind |= LineKind.JUSTIFIED
        if line.whole or (element is not None and "break" in element.get("class", "").split()):
            kind |= LineKind.WHOLE
        if element is not None and element.get("class") == "runin" and line.runs and run is not None:
            kind |= (
                LineKind.RUN_IN
                if run.element is not None and self.above(run.element)[0] & LineKind.HEAD
                else LineKind(0)
            )
        if any(run.pseudo == "footnote-call" for run in line.runs):
            kind |= LineKind.CALLING
        if line.size != self.size:
            kind |= LineKind.OBJECT  # a baseline of another size has another height
        if line.end >= 0:
            kind |= LineKind.COMPOSED
        if line.preserved or any(run.leader or _is_page_number(run) for run in line.runs):
            kind |= LineKind.FREE
        return kind, block

    def above(self, element: Element) -> tuple[LineKind, str]:
        if element not in self.known:
            parent = self.parent_of.get(element)
            kind, block = self.above(parent) if parent is not None else (LineKind(0), "")
            if element.tag in HEADINGS:
                kind |= LineKind.HEAD
            elif element.tag == "table":
                kind |= LineKind.TABLE
            elif element.tag in OFF_GRID or "equation" in element.get("class", "").split():
                kind |= LineKind.OBJECT
            self.known[element] = (kind, note_id(element) if is_note(element) else element.get("id") or block)
        return self.known[element]


def _words(runs: Sequence[Run]) -> str:
    texts = (run.text[:-1] if run.divided else run.text for run in runs)
    return " ".join("".join(texts).replace(WORD_JOINER, "").split())[:WORDS]
