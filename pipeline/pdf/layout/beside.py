"""Pages that are laid out and the notes called on them come in; the notes stand in the column beside the text.

WeasyPrint knows these notes only as calls, so that they take no room from the text and no page ends elsewhere because
of them. Here each is set alone, as wide as the column, and put where its first line meets the line of its call; see
`column` for what happens when they are too close. What does not fit is broken between lines and goes on in the column
of the next page, before the notes of that page.

Beside `engine`, this module, `lines` and `paragraph` name WeasyPrint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any

from weasyprint.formatting_structure import boxes, build
from weasyprint.layout import block_level_layout
from weasyprint.layout.absolute import AbsolutePlaceholder, absolute_layout
from weasyprint.layout.background import layout_box_backgrounds

from pipeline.pdf.layout.column import ROUNDING, Wish, free_stretches, place
from pipeline.pdf.layout.tree import is_beside

AIR = 6.0
"""CSS pixels between a note and what reaches into its column."""
REACH = 3.0
"""CSS pixels by which the text may stand over its right edge without taking room from the notes."""


class NoteBeside(boxes.FootnoteAreaBox):  # type: ignore[misc]  # WeasyPrint ships no types
    """The room of one note, or of a part of it, on one page; `moved` says how far below its place it stands."""

    moved: float = 0.0


@dataclass(slots=True, eq=False)
class _Waiting:
    """A note that is to be set, or the rest of one; `line` is the baseline of its call on the page at hand.

    `whole` is what stands on one page of it when there is room: laid out at the head of a page, to be moved.
    """

    box: Any
    line: float | None
    rest: Any = None
    whole: Any = None


def hide_notes(root: Any) -> None:
    """Let calls no longer lead to notes beside the text: WeasyPrint 70 would lay out what a moved line had called."""
    for box in root.descendants():
        if box.footnote is not None and is_beside(box.footnote.element):
            box.stet_note, box.footnote = box.footnote, None


def set_notes(context: Any, pages: Sequence[Any], notes: Sequence[Any]) -> int:
    """Put the notes beside the text of the pages; return how many pages more would be needed.

    `context` is that of the layout which made the pages.
    """
    open_notes = {id(note): note for note in notes}
    waiting: list[_Waiting] = []
    for number, page in enumerate(pages):
        for rest in waiting:
            rest.line = None
        for call, line in _calls(page.children[0], None):
            note = open_notes.pop(id(call), None)
            if note is not None:
                waiting.append(_Waiting(note, line))
        if not waiting:
            continue
        context.current_page = number + 1
        setter = _Column(context, page)
        if not setter.has_room(waiting[0]):
            continue
        waiting = setter.fill(waiting)
        for area in setter.areas:
            layout_box_backgrounds(page, area, context.get_image_from_uri)
        page.children = (*page.children, *setter.areas)
    if not waiting:
        return 0
    setter = _Column(context, pages[-1])
    height = setter.bottom - setter.top
    return max(1, ceil(sum(setter.whole(each).height for each in waiting) / height)) if height > 0 else 0


def _calls(box: Any, line: Any) -> Iterator[tuple[Any, float]]:
    """Yield the notes called in a box, each with the baseline of its call."""
    pending = [(box, line)]
    while pending:
        box, line = pending.pop()
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        if isinstance(box, boxes.LineBox):
            line = box
        note = getattr(box, "stet_note", None)
        if note is not None:
            yield note, box.position_y if line is None else line.position_y + line.baseline
        pending.extend((child, line) for child in reversed(box.children))


def _reaching(box: Any, edge: float) -> Iterator[tuple[float, float]]:
    """Yield top and bottom of all that reaches over an edge at the right."""
    pending = [box]
    while pending:
        box = pending.pop()
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        if isinstance(box, boxes.LineBox):
            pending.extend(box.children)
            continue
        if isinstance(box, boxes.TextBox) and not box.text.strip():
            continue
        # A paragraph may be wider than what stands in it; only what is seen takes room.
        seen = isinstance(box, boxes.TextBox | boxes.ReplacedBox | boxes.TableBox | boxes.TableCellBox)
        if seen and box.width and box.position_x + box.margin_width() > edge:
            yield box.position_y, box.position_y + box.margin_height()
        pending.extend(box.children)


class _Column:
    """The column beside the text of one page."""

    def __init__(self, context: Any, page: Any) -> None:
        self.context = context
        self.page = page
        self.left = page.content_box_x() + page.width
        self.top = page.content_box_y()
        self.bottom = self.top + page.height
        self.areas: list[NoteBeside] = []
        taken: Iterable[tuple[float, float]] = _reaching(page.children[0], self.left + REACH)
        self.free = free_stretches(self.top, self.bottom, taken, AIR)

    def fill(self, waiting: Sequence[_Waiting]) -> list[_Waiting]:
        """Put notes into the column, in order; return those, and the rest of one, that have no room in it."""
        wishes: list[Wish] = []
        room = self.bottom - self.top
        for each in waiting:
            wishes.append(self.wish(each))
            room -= wishes[-1].height
            if room < 0 and len(wishes) < len(waiting):
                return self.pack(list(waiting))
        tops = place(wishes, self.free)
        if tops is None:
            return self.break_last(waiting, wishes) or self.pack(list(waiting))
        for each, wish, top in zip(waiting, wishes, tops, strict=True):
            self.put(each, top, wish)
        return []

    def has_room(self, waiting: _Waiting) -> bool:
        """Say whether a note is no wider than what lies between the text and the edge of this page."""
        return bool(self.left + self.whole(waiting).children[0].margin_width() <= self.page.margin_width() + ROUNDING)

    def wish(self, waiting: _Waiting) -> Wish:
        """Say where a note would stand, were it alone."""
        area = self.whole(waiting)
        line = next((box for box in area.descendants() if isinstance(box, boxes.LineBox)), None)
        base = 0.0 if line is None else line.position_y + line.baseline
        top = self.top if waiting.line is None else max(self.top, waiting.line - base)
        return Wish(top, area.height, _below(area))

    def whole(self, waiting: _Waiting) -> Any:
        """Return a note laid out at the head of a page, as long as it is."""
        if waiting.whole is None:
            waiting.whole, _ = self.lay(waiting, 0, inf)
        return waiting.whole

    def break_last(self, waiting: Sequence[_Waiting], wishes: Sequence[Wish]) -> list[_Waiting]:
        """Leave all notes where they are, and let the last one go on on the next page, if only that one has no room."""
        *before, last = waiting
        tops = place(wishes[:-1], self.free)
        if tops is None or last.line is None or not self.free:
            return []
        at = tops[-1] + wishes[-2].height + wishes[-2].below if before else self.top
        end = self.free[-1][1]
        at = max(at, wishes[-1].top, self.free[-1][0])
        area, rest = self.lay(last, at, end, forced=False)
        if area is None or rest is None:
            return []
        for each, wish, top in zip(before, wishes, tops, strict=False):
            self.put(each, top, wish)
        area.moved = at - wishes[-1].top
        self.areas.append(area)
        return [_Waiting(last.box, None, rest)]

    def put(self, waiting: _Waiting, top: float, wish: Wish) -> None:
        """Set a whole note at its place."""
        area = waiting.whole
        area.translate(dy=top)
        area.moved = top - wish.top if waiting.line is not None else 0.0
        self.areas.append(area)

    def pack(self, waiting: list[_Waiting]) -> list[_Waiting]:
        """Fill the column from its top, breaking the last note that fits only in part."""
        for begin, end in self.free:
            at = begin
            whole = begin == self.top and end == self.bottom
            while waiting:
                first = waiting[0]
                wish = self.wish(first)
                if at + wish.height <= end:
                    self.put(first, at, wish)
                    del waiting[0]
                    at += wish.height + wish.below
                    continue
                area, rest = self.lay(first, at, end, forced=whole and at == begin)
                if area is None:
                    break
                if first.line is not None:
                    area.moved = at - wish.top
                self.areas.append(area)
                if rest is not None:
                    waiting[0] = _Waiting(first.box, None, rest)
                    break
                del waiting[0]
                at += area.height + _below(area)
        return waiting

    def lay(self, waiting: _Waiting, top: float, bottom: float, *, forced: bool = True) -> tuple[Any, Any]:
        """Set a note, or the rest of it, from one height of the page to another.

        Return its room, and what of it has no place there. Without `forced` there may be no room at all.
        """
        context, root = self.context, self.page.children[0]
        area = NoteBeside(self.page, root.style.anonymous_style)
        area.children = [waiting.box.deepcopy()]
        area.position_x, area.position_y = self.left, top
        area = build.create_anonymous_boxes(area)
        context.page_bottom = bottom
        absolute: list[Any] = []
        context.create_block_formatting_context()
        laid, rest, *_ = block_level_layout(
            context, area, 0, waiting.rest, self.page, forced, absolute_boxes=absolute, fixed_boxes=absolute
        )
        for each in absolute:
            absolute_layout(context, each, self.page, absolute, bottom_space=0, skip_stack=None)
        context.finish_block_formatting_context()
        return laid, rest


def _below(area: Any) -> float:
    return float(area.children[-1].margin_bottom) if area.children else 0.0
