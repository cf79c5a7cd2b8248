"""Pages that were set come in; the room below tables and figures that brings the text back on the grid goes out.

WeasyPrint 70 has no line grid. What stands between lines of text (a table, a picture, an editor's box) has any height,
so the text below it would no longer meet that of the facing page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from pipeline.pdf.layout.engine import Line, Reading
from pipeline.pdf.layout.tree import add_style, is_note, parents

OBJECTS = frozenset(("table", "figure", "aside", "pre"))
"""What may have a height that is no whole number of lines."""

FINE = 0.1
"""CSS pixels by which a baseline may lie beside the grid."""

PASSES = 3


def settle(root: Element, reading: Reading) -> dict[Element, float]:
    """Return the objects below which text lies off the grid, with the room that is missing there, in CSS pixels.

    What is missing below one object moves all that follows on its page.
    """
    if not reading.grid:
        return {}
    above = _Objects(root)
    phase = _phase(reading, above)
    if phase is None:
        return {}
    missing: dict[Element, float] = {}
    page, last, moved = -1, None, 0.0
    for line in reading.lines:
        if line.area != "flow" or line.element is None or not line.runs:
            continue
        if line.page != page:
            page, last, moved = line.page, None, 0.0
        thing = above.of(line.element)
        if thing is not None:
            last = thing
        elif last is not None and line.size == reading.size:
            off = (line.baseline - reading.frames[page][0] + moved - phase) % reading.grid
            if FINE < off < reading.grid - FINE:
                missing[last] = reading.grid - off
                moved += missing[last]
            last = None
    return missing


def make_room(root: Element, missing: Mapping[Element, float]) -> None:
    """Add room below objects: inside them, where no margin swallows it. A table gets a box around it for that."""
    parent_of = parents(root)
    for element, room in missing.items():
        around = parent_of.get(element)
        if element.tag == "table" and around is not None and around.get("data-room") is None:
            box = Element("div", {"data-room": "0"})
            box.tail, element.tail = element.tail, None
            around[list(around).index(element)] = box
            box.append(element)
        else:
            box = around if element.tag == "table" and around is not None else element
        whole = float(box.get("data-room", "0")) + room
        box.set("data-room", f"{whole:.3f}")
        if "equation" in element.get("class", "").split():  # a formula stays in the middle of its room
            add_style(box, f"padding-top: {whole / 2:.3f}px; padding-bottom: {whole / 2:.3f}px")
        else:
            add_style(box, f"padding-bottom: {whole:.3f}px")


class _Objects:
    """Knows of each element the outermost object that it stands in."""

    def __init__(self, root: Element) -> None:
        self.parent_of = parents(root)
        self.known: dict[Element, Element | None] = {}

    def of(self, element: Element) -> Element | None:
        if element not in self.known:
            parent = self.parent_of.get(element)
            found = self.of(parent) if parent is not None else None
            if found is None and _is_object(element) and not is_note(element):
                found = element
            self.known[element] = found
        return self.known[element]


def _is_object(element: Element) -> bool:
    """Say whether an element is an object, a formula, or holds a table and what stands under it."""
    classes = element.get("class", "").split()
    return element.tag in OBJECTS or (element.tag == "div" and ("table" in classes or "equation" in classes))


def _phase(reading: Reading, above: _Objects) -> float | None:
    """Return where in a grid unit the baselines of text lie, counted from the top of the block."""
    first: dict[int, Line] = {}
    for line in reading.lines:
        if line.area == "flow" and line.runs:
            first.setdefault(line.page, line)
    tops = Counter(
        round((line.baseline - reading.frames[page][0]) % reading.grid, 2)
        for page, line in first.items()
        if line.element is not None and line.size == reading.size and above.of(line.element) is None
    )
    if not tops:
        before: list[float] = []
        for line in reading.lines:
            if line.area != "flow" or line.element is None or above.of(line.element) is not None or line.page:
                break
            if line.size == reading.size:
                before.append(round((line.baseline - reading.frames[0][0]) % reading.grid, 2))
        tops = Counter(before)
    return tops.most_common(1)[0][0] if tops else None
