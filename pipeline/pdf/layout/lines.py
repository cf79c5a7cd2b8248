"""A paragraph that WeasyPrint is about to break comes in; its lines go out as `compose` chose them.

WeasyPrint fills line after line. Here `iter_line_boxes`, the one door through which it asks for
lines, is taken over: the whole paragraph is flattened (text, with the style of each stretch as the
cascade made it, and calls of notes), measured with Pango in those very styles, composed, and its
lines are built as boxes. No tree is changed and no word touched, and everything behind the door
(notes, page breaks, tags, the reading of pages) sees lines as it always does. A paragraph that holds
what is not known here goes through the old door, with a reason (`Record.greedy`).

Beside `engine`, this module and `paragraph` are the ones that name WeasyPrint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from xml.etree.ElementTree import Element

import weasyprint.draw
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.layout.percent import resolve_percentages
from weasyprint.text import line_break

from pipeline.pdf.compose import FIT, NO_NOTCH, NO_WISH, Notch, Wish, compose
from pipeline.pdf.layout.paragraph import (
    KEPT,
    Drawn,
    Flat,
    Leaf,
    Node,
    Type,
    flatten,
    is_drawn,
    leaf_at,
    places_of,
    type_of,
)


@dataclass(slots=True)
class Record:
    """What was composed in one layout: paragraphs, and those that were not, with the reason, by element."""

    composed: set[Element] = field(default_factory=set)
    greedy: dict[Element, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Course:
    """The layout that is going on: what is wished of paragraphs, and what became of them."""

    wishes: Mapping[Element, Wish]
    record: Record

    def leave(self, box: Any, ragged: bool, reason: str) -> None:
        """Leave a paragraph to WeasyPrint; that is worth telling where its lines had to fill the measure."""
        if not ragged:
            self.record.greedy.setdefault(box.element, reason)


CLOSE = 0.01
"""Parts of a CSS pixel, or of a line, that are no distance."""

_course: _Course | None = None
_original: Callable[..., Any] | None = None


@contextmanager
def composing(fine: bool, wishes: Mapping[Element, Wish] | None = None) -> Iterator[Record]:
    """Compose the justified paragraphs of the layouts that are made within, if they shall be `fine`."""
    global _course  # noqa: PLW0603  # WeasyPrint passes nothing on to where lines are made
    prepare()
    before = _course
    record = Record()
    _course = _Course(wishes or {}, record) if fine else None
    try:
        yield record
    finally:
        _course = before


def prepare() -> None:
    """Take over the door, once a process."""
    global _original  # noqa: PLW0603  # the door is global
    if _original is None:
        _original = block.iter_line_boxes
        block.iter_line_boxes = _iter_line_boxes
        weasyprint.draw.draw_text = _draw_fitted(weasyprint.draw.draw_text)
        inline.split_text_box = _on_the_line(inline.split_text_box)


def _on_the_line(split_text_box: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that breaks text as WeasyPrint does, and keeps a line as high as its style says.

    Pango gives a line that borrows a sign from another face the height of both; all lines after it would leave the grid.
    """

    def split(*asked: Any, **more: Any) -> Any:
        box, resume_at, preserved = split_text_box(*asked, **more)
        if box is not None:
            type_ = type_of(box.style)
            box.height = type_.height
            box.margin_top = box.margin_bottom = (type_.lines - type_.height) / 2
            box.baseline = type_.baseline + box.margin_top
        return box, resume_at, preserved

    return split


def _draw_fitted(draw_text: Callable[..., None]) -> Callable[..., None]:
    """Return a function that paints a stretch of text with its letters as near as its line needs (operator Tc)."""

    def draw(stream: Any, textbox: Any, *rest: Any) -> None:
        fit = getattr(textbox, "stet_fit", 0.0)
        if not fit:
            draw_text(stream, textbox, *rest)
            return
        stream.stream.append(f"{fit:.5f} Tc".encode())
        draw_text(stream, textbox, *rest)
        stream.stream.append(b"0 Tc")

    return draw


# Plans -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line of a plan: its characters, where the next one begins, and how it is set.

    `hang` and `hang_left` say how far it reaches over the right and the left edge; `last` that its
    spaces stay as they are.
    """

    start: int
    end: int
    next: int
    hyphen: bool
    hang: float
    hang_left: float
    last: bool
    ratio: float
    ragged: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The lines of a paragraph, and the number of the line that begins with a character."""

    lines: tuple[PlannedLine, ...]
    at: Mapping[int, int]
    notch: Notch = NO_NOTCH


_plans: dict[object, Plan | None] = {}
"""What was composed in this process: the same paragraph is asked for in every layout of its unit."""


def _plan(
    flat: Flat, language: str, measure: float, indent: float, start: int, wish: Wish, ragged: bool, notch: Notch
) -> Plan | None:
    key = (round(measure, 3), round(indent, 3), start, notch)
    if key not in flat.plans:
        known = (flat.text, flat.likeness, language, key, wish, ragged)
        if known not in _plans:
            if len(_plans) > KEPT:
                _plans.clear()
            _plans[known] = _composed(flat, language, measure, indent, start, wish, ragged, notch)
        flat.plans[key] = _plans[known]
    plan: Plan | None = flat.plans[key]
    return plan


def _composed(
    flat: Flat, language: str, measure: float, indent: float, start: int, wish: Wish, ragged: bool, notch: Notch
) -> Plan | None:
    places, found = places_of(flat, language, start, measure if ragged else None)
    setting = compose(places, measure, indent, wish, ragged=ragged, notch=notch)
    if setting is None:
        return None
    lines = []
    at, left = start, 0.0
    forced = set(places.forced)
    for end, ratio in zip(setting.ends, setting.ratios, strict=True):
        place = found[end]
        last = end == len(found) - 1 or end in forced
        hang = 0.0 if ragged else places.hangs[end]
        lines.append(PlannedLine(at, place.end, place.next, place.hyphen, hang, left, last, ratio, ragged))
        at, left = place.next, 0.0 if end in forced else places.hangs_left[end]
    return Plan(tuple(lines), {each.start: number for number, each in enumerate(lines)}, notch)


# Lines -------------------------------------------------------------------------------------------


def _iter_line_boxes(
    context: Any, box: Any, position_y: float, bottom_space: float, skip_stack: Any, containing_block: Any,
    absolute_boxes: Any, fixed_boxes: Any, first_letter_style: Any, first_line_style: Any,
) -> Iterator[tuple[Any, Any]]:  # fmt: skip
    plan = None
    ragged = _is_ragged(box.style)
    if _course is not None and (ragged or _is_justified(box.style)):
        notch = _notch(context, box, containing_block, position_y)
        if notch is None:
            _course.leave(box, ragged, "it runs beside something that floats")
        elif first_letter_style or first_line_style:
            _course.leave(box, ragged, "its first line or letter has a style of its own")
        else:
            plan = _find_plan(_course, context, box, skip_stack, containing_block, notch)
    if plan is None:
        if _original is None:
            raise RuntimeError("lines are asked for before `prepare`")
        yield from _original(
            context, box, position_y, bottom_space, skip_stack, containing_block, absolute_boxes, fixed_boxes,
            first_letter_style, first_line_style,
        )  # fmt: skip
        return
    flat, planned, number = plan
    around = _Around(context, containing_block, absolute_boxes)
    for at, each in enumerate(planned.lines[number:], number):
        beside = planned.notch.width if at < planned.notch.lines else 0.0
        line, resume_at = _build(around, box, flat, each, position_y, beside)
        position_y = line.position_y + line.height
        yield line, resume_at
        if resume_at is None:
            return
        box.text_indent = 0


def _is_justified(style: Any) -> bool:
    """Say whether a paragraph asks for even lines, the last one apart."""
    asked = (style["text_align_all"], style["white_space"], style["direction"])
    return asked == ("justify", "normal", "ltr") and bool(style["text_align_last"] != "justify")


def _is_ragged(style: Any) -> bool:
    """Say whether all lines of a paragraph begin at the left edge and end where they may."""
    asked = (style["text_align_all"], style["white_space"], style["direction"])
    return asked in (("left", "normal", "ltr"), ("start", "normal", "ltr")) and bool(
        style["text_align_last"] in ("auto", "left", "start")
    )


def _find_plan(
    course: _Course, context: Any, box: Any, skip_stack: Any, containing_block: Any, notch: Notch
) -> tuple[Flat, Plan, int] | None:
    """Return a paragraph, its lines, and the number of the first to set."""
    style = box.style
    resolve_percentages(box, containing_block)
    measure = containing_block.width
    flat: Flat | None = box.__dict__.get("_stet_flat")
    if flat is None:
        flat = box.__dict__["_stet_flat"] = flatten(context, box, containing_block)
    ragged = _is_ragged(style)
    if flat.reason:
        if flat.text or flat.reason != "it has no words":
            course.leave(box, ragged, flat.reason)
        return None
    start = _offset(flat, box, skip_stack)
    if start is None:
        return None
    text = flat.text
    while start < len(text) and text[start] == " " and not (flat.marked and not start):
        start += 1
    if start >= len(text):
        return None
    wish = course.wishes.get(box.element, NO_WISH)
    if skip_stack is not None:
        for (width, *_), known in flat.plans.items() if notch == NO_NOTCH else ():
            if known is not None and width == round(measure, 3) and known.at.get(start):
                return flat, known, known.at[start]
    if skip_stack is None:
        inline.resolve_one_percentage(box, "text_indent", measure)
        indent = box.text_indent
    else:
        indent = box.text_indent = 0
    plan = _plan(flat, style["lang"] or "", measure, indent, start, wish, ragged, notch)
    if plan is None:
        course.leave(box, ragged, "no even lines are possible")
        return None
    course.record.composed.add(box.element)
    return flat, plan, 0


def _notch(context: Any, box: Any, containing_block: Any, position_y: float) -> Notch | None:
    """Return which lines of a paragraph run beside something that floats; None where that is no capital at its left."""
    beside = [
        each for each in context.excluded_shapes or () if each.position_y + each.margin_height() > position_y + CLOSE
    ]
    if not beside:
        return NO_NOTCH
    (first, *others) = beside
    if others or first.style["float"] != "left" or first.position_y > position_y + CLOSE:
        return None
    width = first.position_x + first.margin_width() - containing_block.content_box_x()
    height = first.position_y + first.margin_height() - position_y
    return Notch(ceil(height / line_break.strut(box.style)[0] - CLOSE), round(width, 3)) if width > 0 else NO_NOTCH


def _offset(flat: Flat, box: Any, skip_stack: Any) -> int | None:
    """Return the character at which WeasyPrint's way to a place begins."""
    path: tuple[int, ...] = ()
    while skip_stack is not None:
        ((index, skip_stack),) = skip_stack.items()
        if isinstance(box, boxes.TextBox):
            leaf = next((leaf for leaf in flat.leaves if leaf.path == path), None)
            return None if leaf is None else leaf.start + len(box.text.encode()[: index or 0].decode())
        if index >= len(box.children):
            return None
        path = (*path, index)
        box = box.children[index]
    starts = [leaf.start for leaf in flat.leaves if leaf.path[: len(path)] >= path]
    return min(starts, default=None)


def _way(flat: Flat, at: int, box: Any) -> Any:
    """Return WeasyPrint's way to a character: child by child, then bytes of the text."""
    leaf = leaf_at(flat, at)
    if leaf is None:
        return None
    for index in leaf.path:
        box = box.children[index]
    skip: Any = None if is_drawn(box) else {len(box.text[: at - leaf.start].encode()): None}
    for index in reversed(leaf.path):
        skip = {index: skip}
    return skip


@dataclass(slots=True)
class _Around:
    """What WeasyPrint hands on to those who make lines; `placeholders` are those of the line that is being made."""

    context: Any
    containing_block: Any
    absolute_boxes: Any
    placeholders: list[Any] = field(default_factory=list)


def _build(
    around: _Around, box: Any, flat: Flat, planned: PlannedLine, position_y: float, beside: float
) -> tuple[Any, Any]:
    """Build the box of one line, as `get_next_linebox` would have left it; `beside` is the width of what floats at its left."""
    box.width = box.height = 0
    position_x = around.containing_block.content_box_x() + beside
    available = around.containing_block.width - beside
    box.position_x, box.position_y = position_x, position_y
    indent = box.text_indent if planned.start == 0 or not flat.text[: planned.start].strip(" ") else 0
    left = position_x + indent - planned.hang_left
    around.placeholders.clear()
    line = _fragment(around, box, flat.node, flat, planned, left, position_y, iter(flat.leaves), top=True)
    line.width = line.stet_right - position_x
    short = position_x + available + planned.hang - line.stet_right
    if short < 0 or not (planned.last or planned.ragged):
        _justify(line, short)
    line.stet_composed = ((planned.hang_left, planned.hang), planned.end, planned.last)
    bottom, top = inline.line_box_verticality(line)
    line.baseline = -top
    line.position_y = top
    line.height = bottom - top
    line.margin_top = line.margin_bottom = 0
    line.translate(0, position_y - top)
    line.position_y = position_y
    for placeholder in around.placeholders:
        below = 0 if "inline" in placeholder.style.specified["display"] else line.height
        placeholder.translate(0, position_y + below - placeholder.position_y)
    resume_at = None if planned.next >= len(flat.text) else _way(flat, planned.next, box)
    return line, resume_at


def _fragment(
    around: _Around,
    box: Any,
    node: Node,
    flat: Flat,
    planned: PlannedLine,
    x: float,
    y: float,
    leaves: Iterator[Leaf],
    *,
    top: bool = False,
) -> Any:
    """Copy the part of an inline box that stands in a line, laid out from x on; `stet_right` is its right edge."""
    starts = top or node.start >= planned.start
    ends = top or node.end <= planned.next
    new = box.copy_with_children(())
    new.position_y = y
    at = x
    if not top:
        new.position_x = x
        if starts:
            at += box.margin_left + box.border_left_width + box.padding_left
    kept = []
    for child, inner in zip(box.children, node.children, strict=True):
        if is_drawn(child):
            leaf = next(leaves)
            if isinstance(leaf.type, Drawn) and planned.start <= leaf.start < planned.end:
                piece = leaf.type.box.copy()
                piece.position_x, piece.position_y = at, y
                kept.append(piece)
                at += piece.margin_width()
        elif isinstance(child, boxes.TextBox):
            if not child.text:
                continue
            leaf = next(leaves)
            start, end = max(leaf.start, planned.start), min(leaf.end, planned.end)
            if start >= end or child.text == "\n":
                continue
            text = flat.text[start:end]
            assert isinstance(leaf.type, Type)
            if planned.hyphen and end == planned.end:
                text += leaf.type.hyphen
            piece = _text(child, leaf.type, text, at, y)
            if not leaf.call:
                piece.stet_type = leaf.type
            kept.append(piece)
            at += piece.width
        elif not _stands(inner, planned, flat):
            _skip(child, leaves)
        elif not child.is_in_normal_flow():
            child.position_x, child.position_y = at, y
            placeholder = AbsolutePlaceholder(child)
            around.absolute_boxes.append(placeholder)
            around.placeholders.append(placeholder)
            kept.append(placeholder)
        elif isinstance(child, boxes.InlineBlockBox):
            piece = inline.atomic_box(
                around.context, child, at, None, around.containing_block, around.absolute_boxes, []
            )
            piece.position_x = at
            kept.append(piece)
            at += piece.margin_width()
        else:
            piece = _fragment(around, child, inner, flat, planned, at, y, leaves)
            kept.append(piece)
            at = piece.stet_right
    new.children = kept
    if not top:
        new.remove_decoration(start=not starts, end=not ends)
        new.width = at - new.content_box_x()
        if ends:
            at += box.margin_right + box.border_right_width + box.padding_right
    new.stet_right = at
    inline._adjust_line_height(new)
    return new


def _stands(node: Node, planned: PlannedLine, flat: Flat) -> bool:
    """Say whether a part of a box stands in a line; a box without words stands in one line only."""
    if node.start < node.end:
        return node.end > planned.start and node.start < planned.next
    if node.start >= len(flat.text):
        return planned.next >= len(flat.text)
    # the mark of a note stands before the space that the first line leaves out
    begins = planned.start <= node.start or not flat.text[: planned.start].strip(" ")
    return begins and node.start < planned.next


def _skip(box: Any, leaves: Iterator[Leaf]) -> None:
    if is_drawn(box):
        next(leaves)
        return
    if isinstance(box, boxes.InlineBlockBox) or not box.is_in_normal_flow():
        return
    if isinstance(box, boxes.TextBox):
        if box.text:
            next(leaves)
        return
    for child in box.children:
        _skip(child, leaves)


def _text(box: Any, type_: Type, text: str, x: float, y: float) -> Any:
    """Return a text box as `split_text_box` makes it, without asking Pango again."""
    new = box.copy_with_text(text)
    style = box.style
    if style["text_decoration_line"] != "none":
        layout = line_break.create_layout(text, style, None, None, 0)
        layout.deactivate()
    else:
        layout = line_break.Layout.__new__(line_break.Layout)
        layout.text, layout.max_width, layout.first_line_direction = text, None, 0
    layout.justification_spacing = 0
    new.pango_layout = layout
    new.position_x, new.position_y = x, y
    new.width = type_.text_width(text)
    new.height = type_.height
    new.margin_top = new.margin_bottom = (type_.lines - type_.height) / 2
    new.margin_left = new.margin_right = 0
    new.padding_top = new.padding_right = new.padding_bottom = new.padding_left = 0
    new.border_top_width = new.border_right_width = new.border_bottom_width = new.border_left_width = 0
    new.baseline = type_.baseline + new.margin_top
    return new


def _justify(line: Any, short: float) -> None:
    """Fill a line: letters stand nearer or wider as far as they may, spaces do the rest."""
    letters = _letters(line)
    spaces = inline.count_expandable_spaces(line)
    gaps = sum(glyphs for _, glyphs, _ in letters) - spaces - 1
    room = FIT * sum(width for _, _, width in letters)
    fitted = max(-room, min(short, room)) if gaps > 0 else 0.0
    fit = fitted / gaps if gaps > 0 else 0.0
    spacing = (short - fitted) / spaces if spaces else 0.0
    fits = {id(box): glyphs for box, glyphs, _ in letters} if fit else {}
    _spread(line, spacing, fit, fits, 0.0)


def _letters(box: Any) -> list[tuple[Any, int, float]]:
    """Return the stretches of a line whose letters may move, with how many signs each has and how wide they are."""
    if isinstance(box, boxes.TextBox):
        type_: Type | None = box.__dict__.get("stet_type")
        if type_ is None:
            return []
        words = box.text.replace("\u00a0", " ").split(" ")
        return [(box, sum(map(type_.glyphs, filter(None, words))), box.width - (len(words) - 1) * type_.space)]
    if isinstance(box, boxes.AtomicInlineLevelBox) or not box.is_in_normal_flow():
        return []
    return [found for child in box.children for found in _letters(child)]


def _spread(box: Any, spacing: float, fit: float, fits: Mapping[int, int], moved: float) -> float:
    """Add `spacing` to every space of a line and `fit` between its letters, and move what stands after them."""
    if isinstance(box, boxes.AtomicInlineLevelBox) or not box.is_in_normal_flow():
        box.translate(moved, 0)
        return moved
    box.position_x += moved
    if isinstance(box, boxes.TextBox):
        count: int = inline.count_expandable_spaces(box)
        own = spacing
        wider = count * spacing
        if id(box) in fits:
            # The operator moves the sign after a space, and the space itself: taken back here.
            box.stet_fit = fit
            own -= 2 * fit
            wider += (fits[id(box)] - count) * fit
        box.justification_spacing = spacing
        box.pango_layout.justification_spacing = own
        box.width += wider
        return moved + wider
    after = moved
    for child in box.children:
        after = _spread(child, spacing, fit, fits, after)
    box.width += after - moved
    return after
