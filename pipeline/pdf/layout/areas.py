"""Figures and tables that leave the flow come to stand at the top or the foot of a page, or on a page of their own.

WeasyPrint 70 has no `float: top | bottom`, and a box that is taller than the rest of its page leaves a hole. Here
the boxes of such elements (`data-place`) are taken out of the tree before pages are made. Each page is then
tried: laid out once as it is, and again with what its text has reached, until it is known what fits. A page once
made is never changed by a later one, so there is nothing that could swing, and the cost is a layout of the page for each
figure that it reaches.

A figure waits for its first reference in its section (else for the place where it was written), keeps its place among
its like, and never passes the end of its section: where no page takes it before that, `Homeless` says so,
and it is set where it was written.

Beside `engine`, `lines` and `paragraph`, this module names WeasyPrint. `tests/test_layout_engine.py` guards the names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any
from xml.etree.ElementTree import Element

import weasyprint.layout
from weasyprint.css.properties import Dimension
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block as block_layout
from weasyprint.layout import page as page_layout
from weasyprint.text.line_break import strut

from pipeline.pdf.layout.tree import HEADINGS, is_note

SLOTS = frozenset(("top", "bottom"))
OWN = frozenset(("page", "bleed"))
"""places that are pages of their own"""
AROUND = frozenset(("html", "body", "section", "article", "main", "div"))
"""What a figure may stand in that leaves the flow; elsewhere (lists, quotations, boxes) it stays."""
TEXT = 5
"""Lines of text that a page keeps below and above figures."""
BLEED = 13.0
"""CSS pixels by which a picture reaches over the trim: a little more than any printer asks for (.125 in)."""
ABOVE = 0.4
"""Share of the room left on a page of its own that stands above a figure: its optical middle."""

Path = tuple[int, ...]


class Homeless(BaseException):  # no error, and nothing may catch it on its way
    """Says that no page takes an element before its section ends."""

    def __init__(self, element: Element) -> None:
        super().__init__()
        self.element = element


@dataclass(slots=True, eq=False)
class Float:
    """A box that leaves the flow.

    `home` is the place in the tree of boxes where it was written, `start` that of the head of its section (None: the unit has none
    before it), `end` that of the next head which ends its section (None: the end of the unit). `call` is the first link to it from its section. `resume` is where a table goes on on its next page.
    """

    element: Element
    kind: str
    turned: bool
    box: Any
    call: Element | None
    series: str
    home: Path = ()
    start: Path | None = None
    end: Path | None = None
    resume: Any = None

    def settle(self) -> None:
        """Write down that it got another place than it asked for."""
        if self.kind != self.element.get("data-place"):
            self.element.set("data-asked", self.element.get("data-place", ""))
            self.element.set("data-place", self.kind)


def extract(root: Any) -> None:
    """Take the boxes that leave the flow out of the tree, and note them at its root."""
    found: list[tuple[Any, Any, Any]] = []  # box, parent, the box after it
    _prune(root, found)
    if not found:
        root.stet_floats = ()
        return
    paths: dict[int, Path] = {}
    heads: dict[Element, Path] = {}
    _index(root, (), paths, heads)
    order = {element: number for number, element in enumerate(root.element.iter())}
    titles = [e for e in root.element.iter() if e.tag in HEADINGS and e in heads]
    links = [(order[e], e, e.get("href", "")) for e in root.element.iter("a") if e.get("href", "").startswith("#")]
    floats = []
    for box, parent, after in found:
        element = box.element
        place = order[element]
        before = [title for title in titles if order[title] < place]
        level = before[-1].tag if before else "h1"
        start = order[before[-1]] if before else 0
        ending = next((title for title in titles if order[title] > place and title.tag <= level), None)
        stop = order[ending] if ending is not None else len(order)
        id = element.get("id", "")
        inside = {order[each] for each in element.iter()}
        calls = [(at, link) for at, link, href in links if id and href == f"#{id}" and at not in inside]
        near = next((link for at, link in calls if start < at < stop), None)
        home = paths[id_(after)] if after is not None else (*paths[id_(parent)], len(parent.children))
        floats.append(
            Float(
                element,
                element.get("data-place", ""),
                element.get("data-turned") is not None,
                box,
                near,
                "table" if element.tag == "table" or element.find(".//table") is not None else "figure",
                home,
                heads[before[-1]] if before else None,
                heads[ending] if ending is not None else None,
            )
        )
    root.stet_floats = tuple(floats)


def id_(box: object) -> int:
    """Return what tells a box from others."""
    return id(box)


def _prune(box: Any, found: list[tuple[Any, Any, Any]]) -> None:
    kept: list[Any] = []
    taken: list[Any] = []
    for child in box.children:
        element = child.element
        own = element is not None and child.element_tag == element.tag and element is not box.element
        if own and element.get("data-place") in SLOTS | OWN and isinstance(child, boxes.BlockLevelBox):
            taken.append(child)
            continue
        found.extend((each, box, child) for each in taken)
        taken = []
        kept.append(child)
        if own and element.tag in AROUND and isinstance(child, boxes.BlockBox) and not child.is_table_wrapper:
            _prune(child, found)
    found.extend((each, box, None) for each in taken)
    if len(kept) != len(box.children):
        box.children = kept


def _index(box: Any, path: Path, paths: dict[int, Path], heads: dict[Element, Path]) -> None:
    paths[id_(box)] = path
    element = box.element
    if element is not None and element.tag in HEADINGS and box.element_tag == element.tag:
        heads.setdefault(element, path)
        return
    if isinstance(box, boxes.ParentBox) and not (element is not None and is_note(element)):
        for number, child in enumerate(box.children):
            if isinstance(child, boxes.Box):
                _index(child, (*path, number), paths, heads)


def path_of(resume: Any) -> Path:
    """Return the way to where a page ends, as WeasyPrint writes it: {2: {0: {4: None}}}.

    >>> path_of({2: {0: {4: None}}})
    (2, 0, 4)
    """
    path: list[int] = []
    while resume:
        key = next(iter(resume))
        path.append(key)
        resume = resume[key]
    return tuple(path)


# Pages -------------------------------------------------------------------------------------------

_block_level_layout: Callable[..., Any] = page_layout.block_level_layout
_make_all_pages: Callable[..., Iterator[Any]] = page_layout.make_all_pages
_table_layout: Callable[..., Any] = block_layout.table_layout
_prepared = False


def prepare() -> None:
    """Take over where pages are made, once a process."""
    global _prepared  # noqa: PLW0603  # WeasyPrint's modules are global
    if _prepared:
        return
    weasyprint.layout.make_all_pages = _pages
    page_layout.block_level_layout = _layout
    block_layout.table_layout = _table
    _prepared = True


def _table(context: Any, table: Any, bottom_space: float, skip_stack: Any, *rest: Any, **named: Any) -> Any:
    """Lay a table out; where it begins, the row that says that it goes on has no words and no height."""
    head = table.children[0] if table.children and table.children[0].is_header else None
    if head is not None and skip_stack is None and any(_says_continued(row) for row in head.children):
        rows = [_emptied(row) if _says_continued(row) else row for row in head.children]
        table = table.copy_with_children([head.copy_with_children(rows), *table.children[1:]])
    return _table_layout(context, table, bottom_space, skip_stack, *rest, **named)


def _says_continued(row: Any) -> bool:
    return row.element is not None and row.element.get("data-continued") is not None


def _emptied(row: Any) -> Any:
    cells = []
    for cell in row.children:
        bare = cell.copy_with_children([])
        bare.style = cell.style.copy()
        bare.style["padding_top"] = bare.style["padding_bottom"] = Dimension(0, "px")
        cells.append(bare)
    return row.copy_with_children(cells)


def _pages(context: Any, root: Any, html: Any, pages: Any) -> Iterator[Any]:
    floats = getattr(root, "stet_floats", ())
    if not floats:
        yield from _make_all_pages(context, root, html, pages)
        return
    course = _Course(context, root, html, list(floats))
    context.__dict__["_stet_course"] = course
    try:
        yield from course.pages()
    finally:
        del context.__dict__["_stet_course"]


def _layout(
    context: Any, box: Any, bottom_space: float, skip_stack: Any, containing_block: Any, *rest: Any, **named: Any
) -> Any:
    course: _Course | None = context.__dict__.get("_stet_course")
    if course is None or not box.is_for_root_element:
        return _block_level_layout(context, box, bottom_space, skip_stack, containing_block, *rest, **named)
    return course.lay(box, bottom_space, skip_stack, containing_block, rest, named)


@dataclass(slots=True)
class _Course:
    """The making of all pages of a unit: what still has to find its page, and what stands on the present one."""

    context: Any
    root: Any
    html: Any
    rest: list[Float]
    arrived: set[Float] = field(default_factory=set)
    seen: set[Element] = field(default_factory=set)
    chosen: list[Float] = field(default_factory=list)
    own: Float | None = None
    room: float = inf
    grid: float = 0.0

    def pages(self) -> Iterator[Any]:
        context = self.context
        context.rendered_notes = []
        self.grid = strut(self.root.children[0].style)[0] if self.root.children else 16.0
        ended = bool(self.rest) and not _has_words(self.root)
        if ended:  # nothing but floats: each has its page
            self.arrived.update(self.rest)
            for each in self.rest:
                each.kind = each.kind if each.kind in OWN else "page"
        index, begun = 0, ended
        while True:
            own = self.waiting_own() if begun and not context.reported_footnotes else None
            if own is not None:
                page = self.own_page(index, own)
            else:
                page = self.plain_page(index, []) if ended else self.flow_page(index)
                ended = context.page_maker[index + 1][0] is None
            yield page
            index, begun = index + 1, True
            if ended and not context.reported_footnotes and self.waiting_own() is None:
                if self.rest:
                    raise Homeless(self.rest[0].element)
                context.page_maker = context.page_maker[: index + 1]
                context.broken_out_of_flow.clear()
                return

    def waiting_own(self) -> Float | None:
        """Return what shall have the next page for itself."""
        return next((each for each in self.rest if each in self.arrived and each.kind in OWN), None)

    # One page ------------------------------------------------------------------------------------

    def plain_page(self, index: int, chosen: Sequence[Float]) -> Any:
        """Lay a page out with these floats at its top and foot."""
        state = self.context.page_maker[index][-1]
        state.update(content_changed=False, pages_wanted=False, anchors=[], content_lookups=[])
        self.chosen, self.room = list(chosen), inf
        try:
            return page_layout.remake_page(index, self.context, self.root, self.html)[0]
        finally:
            self.chosen = []

    def flow_page(self, index: int) -> Any:
        """Lay a page of text out, with as many floats as it takes."""
        before = self.snapshot()
        chosen = [each for each in self.rest if each in self.arrived and each.kind in SLOTS]
        page = self.plain_page(index, chosen)
        while chosen and (self.crowded() or self.astray(index, chosen)):
            strays = self.astray(index, chosen)
            last = strays[-1] if strays else chosen[-1]
            if strays and last.kind == "bottom":
                last.kind = "top"  # the next head stands on this page, but not above its top
            else:
                chosen.remove(last)
                if not chosen and not strays:
                    last.kind = "page"  # nothing but a page of its own has the room for it
            self.restore(before)
            page = self.plain_page(index, chosen)
        reached = self.reached(index, page)
        while (candidate := self.candidate(chosen, reached)) is not None:
            self.restore(before)
            tried = [*chosen, candidate]
            page = self.plain_page(index, tried)
            again = self.reached(index, page)
            stays = all(each in again or each in self.arrived for each in tried)
            if stays and not self.crowded() and not self.astray(index, tried):
                chosen, reached = tried, again
                continue
            self.restore(before)
            page = self.plain_page(index, chosen)
            break
        self.rest = [each for each in self.rest if each not in chosen]
        for each in chosen:
            each.settle()
        self.arrived |= reached
        self.seen |= _links(page)
        self.look_ahead(self.context.page_maker[index + 1][0])
        return page

    def candidate(self, chosen: Sequence[Float], reached: set[Float]) -> Float | None:
        """Return the next float that the text of the page has reached and that may stand on it."""
        held: set[str] = set()
        for each in self.rest:
            if each in chosen:
                continue
            if each.kind in SLOTS and each in reached and each not in self.arrived and each.series not in held:
                return each
            if each in self.arrived or each in reached:
                held.add(each.series)
        return None

    def astray(self, index: int, floats: Sequence[Float]) -> list[Float]:
        """Return the floats that would stand above the head of their section, or below that of the next one."""
        maker = self.context.page_maker
        begin, resume = path_of(maker[index][0]), maker[index + 1][0]
        path = path_of(resume)
        return [
            each
            for each in floats
            if (each.kind == "top" and each.start is not None and begin <= each.start)
            or (each.kind == "bottom" and each.end is not None and (resume is None or path >= each.end))
        ]

    def crowded(self) -> bool:
        """Say whether the page has no room left for text."""
        return self.room < TEXT * self.grid - 0.01

    def reached(self, index: int, page: Any) -> set[Float]:
        """Return the floats whose first reference, or else whose home, stands on this page or before."""
        resume = self.context.page_maker[index + 1][0]
        path = path_of(resume)
        links = self.seen | _links(page)
        return {
            each
            for each in self.rest
            if (each.call in links if each.call is not None else resume is None or path >= each.home)
        }

    def look_ahead(self, resume: Any) -> None:
        """Raise `Homeless` for a float that waits although its section ends with this page."""
        path = path_of(resume)
        for each in self.rest:
            if (
                each in self.arrived
                and each.kind in SLOTS
                and (resume is None or (each.end is not None and path >= each.end))
            ):
                raise Homeless(each.element)

    def own_page(self, index: int, item: Float) -> Any:
        """Make a page that holds a float and no text: for WeasyPrint a blank page."""
        maker = self.context.page_maker
        resume, following, right, state, remake = maker[index]
        # WeasyPrint looks for the name of a blank page where the text goes on: that may be the middle of a line
        blank = {**following, "break": "left" if right else "right"}
        maker[index] = ({0: None}, blank, right, state, remake)
        self.own = item
        try:
            page = self.plain_page(index, [])
        finally:
            self.own = None
        maker[index] = (resume, following, right, state, remake)
        _, _, right, _, remake = maker[index + 1]
        maker[index + 1] = (resume, following, right, state, remake)
        if item.resume is None:
            self.rest.remove(item)
            item.settle()
        return page

    # Layout --------------------------------------------------------------------------------------

    def lay(
        self, root: Any, bottom_space: float, skip_stack: Any, page: Any, rest: Sequence[Any], named: dict[str, Any]
    ) -> Any:
        """Lay the flow of a page out between its floats."""
        context = self.context
        if self.own is not None:
            result = _block_level_layout(context, root, bottom_space, skip_stack, page, *rest, **named)
            box = self.fill_page(self.own, page)
            result[0].children = [*result[0].children, box]
            return result
        tops = [each for each in self.chosen if each.kind == "top"]
        feet = [each for each in self.chosen if each.kind == "bottom"]
        above, height_above = self.stack(tops, page)
        below, height_below = self.stack(feet, page)
        root.position_y += height_above
        context.page_bottom -= height_below
        start = root.position_y
        result = _block_level_layout(context, root, bottom_space, skip_stack, page, *rest, **named)
        self.room = context.page_bottom - start
        if result[0] is not None and self.chosen:
            foot = below[-1].border_box_y() + below[-1].border_height() if below else 0.0
            for box in below:
                box.translate(dy=context.page_bottom + height_below - foot)
            result[0].children = [*above, *result[0].children, *below]
            page.stet_room = (height_above, height_below)
        return result

    def stack(self, floats: Sequence[Float], page: Any) -> tuple[list[Any], float]:
        """Lay floats out one below the other from the top of the page; return them and the room they take of the grid."""
        laid: list[Any] = []
        y = top = page.content_box_y()
        for each in floats:
            box = self.fitted(each, page, page.height - 2 * self.grid)
            box.translate(dy=y - box.border_box_y())
            y += box.border_height() + self.grid
            laid.append(box)
        # at least a line between them and the text, and the text on the lines of the facing page
        return laid, ceil((y - top) / self.grid - 0.01) * self.grid if laid else 0.0

    def fitted(self, item: Float, page: Any, limit: float, *, fill: bool = False) -> Any:
        """Lay a float out; a picture that is too tall for its room is set smaller, or so as to `fill` the room."""
        picture = _picture(item.box)
        if picture is not None and fill and item.kind == "page" and not item.element.get("data-width"):
            picture.style = picture.style.copy()
            picture.style["max_height"] = Dimension(inf, "px")
            picture.style["width"] = Dimension(page.width, "px")
        box = self.set(item, page)
        over = box.border_height() - limit
        if over > 0.01 and picture is not None:
            laid = _picture(box)
            share = max(1.0, laid.height - over) / laid.height
            picture.style = picture.style.copy()
            picture.style["max_height"] = Dimension(inf, "px")
            picture.style["width"] = Dimension(laid.width * share, "px")
            box = self.set(item, page)
        return box

    def set(self, item: Float, frame: Any, bottom_space: float = -inf, resume: Any = None) -> Any:
        """Lay a float out at the upper left corner of a frame."""
        item.box.position_x = frame.content_box_x()
        item.box.position_y = frame.content_box_y()
        box, item.resume, *_ = _block_level_layout(
            self.context, item.box, bottom_space, resume, frame, page_is_empty=True
        )
        box.stet_area = "float"
        return box

    def fill_page(self, item: Float, page: Any) -> Any:
        """Lay a float out on a page of its own."""
        context = self.context
        if item.kind == "bleed":
            return self.bleed(item, page)
        if item.turned:
            return self.turn(item, page)
        if item.series == "table":
            box = self.set(item, page, 0, item.resume)
            box.translate(dy=page.content_box_y() - box.border_box_y())
            return box
        box = self.fitted(item, page, context.page_bottom - page.content_box_y(), fill=True)
        left = context.page_bottom - page.content_box_y() - box.border_height()
        box.translate(dy=page.content_box_y() + max(0.0, ABOVE * left) - box.border_box_y())
        item.resume = None
        return box

    def turn(self, item: Float, page: Any) -> Any:
        """Lay a float out as wide as the page is high, and turn it: its head at the left, read from the right."""
        context = self.context
        frame = page.copy()
        frame.width, frame.height = page.height, page.width
        bottom = context.page_bottom
        context.page_bottom = page.content_box_y() + frame.height
        if item.series == "table":
            box = self.set(item, frame, 0, item.resume)
            aside = 0.0
        else:
            box = self.fitted(item, frame, frame.height, fill=True)
            aside = max(0.0, ABOVE * (frame.height - box.border_height()))
            item.resume = None
        context.page_bottom = bottom
        box.translate(dy=page.content_box_y() - box.border_box_y())
        box.style = box.style.copy()
        box.style["transform_origin"] = (Dimension(0, "px"), Dimension(0, "px"))
        box.style["transform"] = (("matrix", (0, -1, 1, 0, aside, page.height)),)
        page.stet_turned = (box.border_box_x(), box.border_box_y(), aside, page.height)
        return box

    def bleed(self, item: Float, page: Any) -> Any:
        """Lay a picture out over the whole page and its bleed; its caption stands at the foot of the text block."""
        picture = _picture(item.box)
        if picture is None:
            return self.fitted(item, page, page.height)
        wide, high = page.margin_width(), page.margin_height()
        style = picture.style = picture.style.copy()
        style["width"] = Dimension(wide + 2 * BLEED, "px")
        style["margin_left"] = Dimension(-page.content_box_x() - BLEED, "px")
        style["height"] = Dimension(0, "px")
        caption = self.set(item, page).border_height()
        foot = page.content_box_y() + page.height if item.element.find("figcaption") is not None else high + BLEED
        style["height"] = Dimension(foot - caption + BLEED, "px")
        box = self.set(item, page)
        box.translate(dy=-BLEED - box.border_box_y())
        page.stet_bleed = True
        item.resume = None
        return box

    # State ---------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what the making of a page changes in the context."""
        context = self.context
        return {
            **{
                name: list(getattr(context, name))
                for name in (
                    "footnotes",
                    "current_page_footnotes",
                    "reported_footnotes",
                    "rendered_notes",
                    "page_maker",
                )
            },
            "page_footnotes": dict(context.page_footnotes),
            "broken_out_of_flow": dict(context.broken_out_of_flow),
            "running_elements": {
                name: {page: list(each) for page, each in pages.items()}
                for name, pages in context.running_elements.items()
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take the making of a page back."""
        context = self.context
        for name in ("footnotes", "current_page_footnotes", "reported_footnotes", "rendered_notes", "page_maker"):
            setattr(context, name, list(state[name]))
        context.page_footnotes = dict(state["page_footnotes"])
        context.broken_out_of_flow = dict(state["broken_out_of_flow"])
        context.running_elements.clear()
        for name, pages in state["running_elements"].items():
            for page, each in pages.items():
                context.running_elements[name][page] = list(each)


def _links(page: Any) -> set[Element]:
    """Return the links that stand on a page."""
    return {
        box.element
        for box in page.descendants()
        if getattr(box, "element", None) is not None and box.element.tag == "a"
    }


def _has_words(box: Any) -> bool:
    """Say whether anything stands in a tree of boxes."""
    return any(isinstance(each, boxes.TextBox | boxes.ReplacedBox) for each in box.descendants())


def _picture(box: Any) -> Any:
    """Return the first picture in a box, or None."""
    return next((each for each in box.descendants() if isinstance(each, boxes.ReplacedBox)), None)
