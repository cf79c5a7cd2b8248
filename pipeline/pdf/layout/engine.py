"""The one module that names WeasyPrint 70.0: a tree of XHTML and CSS come in, laid-out pages go out.

What other modules of this room see of a page are `Run`s (a stretch of text or a picture as it
stands on a page), `Line`s and `Hit`s (boxes that got a link), which name elements of the tree.

WeasyPrint loses and displaces notes; `prepare` puts the cures in place, once a process:

- `_linebox_layout` keeps a line that overflows by pushing notes of *earlier* lines to the next
  page, and forgets the notes of that line. It may not push any more (`_PageNotes`), and notes of
  kept lines that still wait are reported to the next page.
- `_update_footnote_area` compares floats bare; here with a tolerance. The height of a note is
  remembered, for it is asked for again and again.
- `build_formatting_structure` forgets white space and `text-transform` in notes: a line feed of
  the manuscript would break the line. Here notes are treated like all text.
- `layout_document` knows no notes beside the text: it never hears of them, and `beside` puts them there afterwards.
- `build_fonts_dictionary` maps a glyph to the character that used it first; here always to the
  same character (see `_name_glyphs`), so that maps of many units can be joined. The faces themselves are
  left out of the file of a unit.
- `make_margin_boxes` lays sixteen boxes out on every page, although no page has one.

`tests/test_layout_engine.py` fails on any other version of WeasyPrint, or when one of these
names changes.
"""

from __future__ import annotations

import io
import logging
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Any
from xml.etree.ElementTree import Element

import cssselect2
import pyphen
import weasyprint
import weasyprint.document
import weasyprint.layout
import weasyprint.pdf
from fontTools.ttLib import TTFont
from weasyprint.css.counters import CounterStyle
from weasyprint.css.properties import Dimension
from weasyprint.formatting_structure import boxes, build
from weasyprint.layout import LayoutContext, block, block_level_layout
from weasyprint.layout import page as page_layout
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.text.fonts import FontConfiguration
from weasyprint.text.line_break import strut
from weasyprint.urls import URLFetcher, URLFetcherResponse

from pipeline.pdf import syllables
from pipeline.pdf.layout import areas, beside, hyphens
from pipeline.pdf.layout.tree import is_beside

VERSION = "70.0"
ROOT = "https://book.invalid/"
"""The reserved base of everything that pages name; no such host can exist."""
TOLERANCE = 0.01
"""CSS pixels by which the notes may be higher than their area."""
POINTS = 0.75
"""Points of a CSS pixel."""
LOGGERS = ("weasyprint", "fontTools", "pydyf", "cssselect2", "PIL")


# What is read from pages ---------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Line:
    """A line of text on a page; `container` tells lines of one paragraph from those of others.

    `preserved` says that its white space counts. Measures are CSS pixels from the upper left corner of the page. `container` is the id of
    the paragraph's box, `element` the element for which that box was made. `edges` are left and right of the
    column, `size` is the size of its text, `hangs` how far it may stand out at the left and the right, and
    `end` the character of the paragraph before which a composed line ends; its spaces stay as they are when it
    is `ended` by the author, or the last. `whole` says that it stands in something that pages do not part.
    """

    page: int
    area: str
    element: Element | None
    container: int
    top: float
    bottom: float
    justified: bool
    preserved: bool
    baseline: float = 0
    edges: tuple[float, float] = (0, 0)
    size: float = 0
    hangs: tuple[float, float] = (0, 0)
    end: int = -1
    ended: bool = False
    whole: bool = False
    runs: list[Run] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Run:
    """A stretch of text in one line, or a picture (`picture`), as it stands on a page.

    `element` is the element whose own text it is; `pseudo` is "" or "before", "after",
    "marker", "footnote-call", "footnote-marker", … `area` is "flow", "float" (a figure or table that left the flow),
    "notes", "beside" or "margin".
    `repeated` says that it stands in a table's head or foot set again on a later page.
    `divided` becomes True when a hyphen was put at its end that the text does not have.
    `fixed` holds the outermost table or picture in a note, which cannot be cut; `moved` the figure or table that left
    the flow and in which it stands.
    """

    page: int
    area: str
    element: Element | None
    pseudo: str
    text: str
    last: bool
    picture: bool
    leader: bool
    repeated: bool
    transformed: bool
    small_caps: bool
    left: float
    right: float
    fixed: Element | None
    box: Any
    divided: bool = False
    moved: Element | None = None


@dataclass(slots=True, eq=False)
class Block:
    """A box of an element on a page: where it begins, and its border box in CSS pixels.

    Blocks in the area of notes also give what their place among others may have given them:
    margins, in CSS pixels, and `indent` as CSS ("12px", "3%").
    """

    page: int
    area: str
    element: Element
    pseudo: str
    x: float
    y: float
    width: float
    height: float
    box: Any
    above: float = 0
    below: float = 0
    indent: str = "0"


@dataclass(slots=True)
class Reading:
    """All that stands on the pages of a document, in the order of its boxes.

    `blocks` are the boxes of elements named in the `wanted` of `read`, and all blocks in notes; `areas` gives top and
    bottom of each page's area of notes, `None` without notes; `frames` gives top and bottom of the room for text
    (and notes), `grid` the height of a line of text, `size` the size of its letters.
    """

    runs: list[Run] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    areas: list[tuple[float, float] | None] = field(default_factory=list)
    frames: list[tuple[float, float]] = field(default_factory=list)
    grid: float = 0
    size: float = 0
    pages: list[tuple[float, float]] = field(default_factory=list)
    floats: bool = False
    moved: dict[Element, float] = field(default_factory=dict)
    """notes beside the text that do not stand at the line of their call, and by how much, in CSS pixels downwards"""
    pages_needed: int = 0
    """pages that the notes beside the text would need after the last one"""
    edges: list[tuple[float, float]] = field(default_factory=list)
    """left and right of the room for text of each page"""
    bleeds: list[int] = field(default_factory=list)
    """pages that a picture fills to beyond the trim"""
    below: dict[int, float] = field(default_factory=dict)
    """room that figures take at the foot of a page"""
    turned: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)
    """pages whose figure or table is turned: the corner it is turned about, and how far it then moves"""

    def place(self, page: int, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        """Return where a box of the float of a page stands (x, y, width, height), turned as it is painted."""
        if page not in self.turned:
            return x, y, width, height
        left, top, dx, dy = self.turned[page]
        return left + (y - top) + dx, top + dy - (x - left) - width, height, width


def read(document: Any, wanted: Callable[[Element, str], bool]) -> Reading:
    """Read the boxes of all pages; `wanted` chooses the elements that get a `Block`."""
    reading = Reading()
    heads: dict[Element, int] = {}
    for number, page in enumerate(document.pages):
        _PageReader(number, reading, heads, wanted).read(page)
    if any(run.moved is not None for run in reading.runs):
        reading.runs = _as_written(reading.runs, document._html.etree_element)
    return reading


def _as_written(runs: Sequence[Run], root: Element) -> list[Run]:
    """Put the runs of what left the flow back to where it was written: in this order a page is heard.

    Notes come last, for they are heard at their calls, and some of these stand in captions.
    """
    order = {element: number for number, element in enumerate(root.iter())}
    moved: dict[Element, list[Run]] = {}
    for run in runs:
        if run.moved is not None:
            moved.setdefault(run.moved, []).append(run)
    waiting = sorted(moved, key=order.__getitem__, reverse=True)
    out: list[Run] = []
    aside: list[Run] = []
    for run in runs:
        if run.moved is not None:
            continue
        if run.area != "flow":
            aside.append(run)
            continue
        if run.element is not None:
            while waiting and order[waiting[-1]] < order[run.element]:
                out.extend(moved[waiting.pop()])
        out.append(run)
    while waiting:
        out.extend(moved[waiting.pop()])
    return [*out, *aside]


class _PageReader:
    """Walks the boxes of one page."""

    def __init__(
        self, page: int, reading: Reading, heads: dict[Element, int], wanted: Callable[[Element, str], bool]
    ) -> None:
        self.page = page
        self.reading = reading
        self.heads = heads
        self.wanted = wanted
        self.area = "flow"
        self.repeated = False
        self.leader = False
        self.fixed: Element | None = None
        self.moved: Element | None = None
        self.whole = False

    def read(self, page: Any) -> None:
        """Read the flow, then the notes, then what stands in the margins."""
        box = page._page_box
        self.reading.pages.append((page.width, page.height))
        top = box.content_box_y()
        self.reading.edges.append((box.content_box_x(), box.content_box_x() + box.width))
        above, below = getattr(box, "stet_room", (0.0, 0.0))
        if below:
            self.reading.below[self.page] = below
        self.reading.frames.append((top + above, top + box.height - below))
        if getattr(box, "stet_bleed", False):
            self.reading.bleeds.append(self.page)
        if (turned := getattr(box, "stet_turned", None)) is not None:
            self.reading.turned[self.page] = turned
        if not self.reading.grid:
            self.reading.grid = strut(box.children[0].style)[0]
            self.reading.size = box.children[0].style["font_size"]
        area: tuple[float, float] | None = None
        for index, child in enumerate(box.children):
            if index == 0:
                self.area = "flow"
            elif isinstance(child, beside.NoteBeside):
                self.area = "beside"
                if child.moved:
                    self.reading.moved[child.children[0].element] = child.moved
            elif isinstance(child, boxes.FootnoteAreaBox):
                self.area = "notes"
                area = (child.position_y, child.position_y + child.margin_height())
            else:
                self.area = "margin"
            self.walk(child, None, None)
        self.reading.areas.append(area)
        self.reading.pages_needed = getattr(box, "stet_pages_needed", 0)

    def walk(self, box: Any, line: Line | None, parent: Any) -> None:
        if hasattr(box, "stet_area"):
            area, moved = self.area, self.moved
            self.area, self.moved = box.stet_area, box.element
            self.walk_box(box, line, parent)
            self.area, self.moved = area, moved
        else:
            self.walk_box(box, line, parent)

    def walk_box(self, box: Any, line: Line | None, parent: Any) -> None:
        if isinstance(box, AbsolutePlaceholder):
            if not box._layout_done:  # the mark of a list's item, where only notes are measured
                return
            box = box._box
        if isinstance(box, boxes.TextBox):
            self.run(box, line, picture=False)
            return
        element, pseudo = box.element, _pseudo(box)
        if element is not None and not isinstance(box, boxes.LineBox):
            in_note = self.area in ("notes", "beside") and isinstance(box, boxes.BlockLevelBox) and not pseudo
            if in_note or self.wanted(element, pseudo):
                self.block(box, element, pseudo)
        if isinstance(box, boxes.ReplacedBox):
            self.run(box, line, picture=True)
            return
        if isinstance(box, boxes.LineBox):
            before = len(self.reading.runs)
            style = (parent or box).style
            line = Line(
                self.page,
                self.area,
                None if parent is None else parent.element,
                id(parent),
                box.position_y,
                box.position_y + box.height,
                style["text_align_all"] == "justify",
                style["white_space"].startswith("pre"),
                box.position_y + box.baseline,
                (0, 0) if parent is None else (parent.content_box_x(), parent.content_box_x() + parent.width),
                style["font_size"],
                *getattr(box, "stet_composed", ()),
            )
            line.whole = self.whole or (parent is not None and parent.style["break_after"] in ("avoid", "avoid-page"))
            self.reading.lines.append(line)
            for child in box.children:
                self.walk(child, line, box)
            mine = [run for run in self.reading.runs[before:] if run.text.strip()]
            if mine:
                mine[-1].last = True
            return
        if box.is_floated() and self.area == "flow":
            self.reading.floats = True
        repeated, leader, fixed, whole = self.repeated, self.leader, self.fixed, self.whole
        self.whole = whole or box.style["break_inside"] in ("avoid", "avoid-page")
        if isinstance(box, boxes.TableRowGroupBox) and element is not None and (box.is_header or box.is_footer):
            self.repeated = self.repeated or self.heads.setdefault(element, self.page) != self.page
        if box.is_leader:
            self.leader = True
        if self.area == "notes" and self.fixed is None and getattr(box, "is_table_wrapper", False):
            self.fixed = element
        for child in box.children:
            self.walk(child, line, box)
        self.repeated, self.leader, self.fixed, self.whole = repeated, leader, fixed, whole

    def run(self, box: Any, line: Line | None, *, picture: bool) -> None:
        run = Run(
            page=self.page,
            area=self.area,
            element=box.element,
            pseudo=_pseudo(box),
            text="" if picture else box.text,
            last=False,
            picture=picture,
            leader=self.leader,
            repeated=self.repeated,
            transformed=not picture and box.style["text_transform"] != "none",
            small_caps=not picture and box.style["font_variant_caps"] != "normal",
            left=box.position_x,
            right=box.position_x + (box.width or 0),
            fixed=self.fixed,
            box=box,
            moved=self.moved,
        )
        self.reading.runs.append(run)
        if line is not None:
            line.runs.append(run)

    def block(self, box: Any, element: Element, pseudo: str) -> None:
        x, y, width, height = box.hit_area()
        block = Block(self.page, self.area, element, pseudo, x, y, width, height, box)
        if self.area == "notes":
            block.above, block.below = box.margin_top, box.margin_bottom
            indent = box.style["text_indent"]
            block.indent = f"{indent.value:g}{indent.unit}"
        self.reading.blocks.append(block)


def _pseudo(box: Any) -> str:
    tag = box.element_tag
    if not isinstance(tag, str):
        return ""
    _, _, pseudo = tag.partition("::")
    return "" if pseudo in ("first-letter", "first-line") else pseudo


# Files -----------------------------------------------------------------------------------------


class Shelf(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Serves the resources it was given below `ROOT`, and notes every request for anything else.

    WeasyPrint swallows some errors (inside SVG even fatal ones), so `refused` must be looked at.
    """

    def __init__(self, files: Mapping[str, tuple[str, bytes]]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.files = dict(files)
        self.refused: list[str] = []
        self.served: list[str] = []

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Return the resource with this address; raises ValueError for any other address."""
        name = url.partition("#")[0].removeprefix(ROOT)
        found = self.files.get(name) if url.startswith(ROOT) else None
        if found is None and url.startswith(ROOT):
            # Pages stand in a folder of the unit's name, `styles` beside them.
            found = self.files.get(name.partition("/")[2])
        if found is None:
            self.refused.append(url)
            raise ValueError("nothing outside the book is read")
        media_type, data = found
        self.served.append(url)
        return URLFetcherResponse(url, data, {"Content-Type": media_type})


@dataclass(frozen=True, slots=True)
class Remark:
    """A record that a library logged at level WARNING or above."""

    logger: str
    message: str


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.remarks: list[Remark] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.remarks.append(Remark(record.name, record.getMessage()))


@contextmanager
def listening() -> Iterator[list[Remark]]:
    """Collect what the libraries log at WARNING or above, and keep it from the console."""
    listener = _Listener()
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.handlers = [listener]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    try:
        yield listener.remarks
    finally:
        for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)


# Layout ----------------------------------------------------------------------------------------


class House:
    """The style sheets of a job, parsed once a process, with the fonts that they name."""

    def __init__(self, css: Sequence[str], fonts: Mapping[str, tuple[str, bytes]]) -> None:
        prepare()
        self.fonts = fonts
        self.font_config = FontConfiguration()
        self.counter_style = CounterStyle()
        shelf = Shelf(fonts)
        with listening() as remarks:
            self.sheets = [
                weasyprint.CSS(
                    string=sheet,
                    base_url=ROOT,
                    url_fetcher=shelf,
                    font_config=self.font_config,
                    counter_style=self.counter_style,
                )
                for sheet in css
            ]
        self.remarks = tuple(remarks)
        self.refused = tuple(shelf.refused)

    def lay_out(self, root: Element, unit: str, shelf: Shelf) -> Any:
        """Lay the tree out and return WeasyPrint's document.

        An element that no page takes before its section ends is set where it was written, from now on.
        """
        while True:
            try:
                return self._lay_out(root, unit, shelf)
            except areas.Homeless as homeless:
                homeless.element.set("data-asked", homeless.element.get("data-place", ""))
                homeless.element.set("data-place", "here")

    def _lay_out(self, root: Element, unit: str, shelf: Shelf) -> Any:
        html = weasyprint.HTML(string="<html></html>", base_url=f"{ROOT}{unit}/", url_fetcher=shelf)
        html.etree_element = root
        html.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
        return html.render(
            font_config=self.font_config, counter_style=self.counter_style, stylesheets=self.sheets, cache={}
        )

    def measure_notes(self, root: Element, unit: str, shelf: Shelf, wanted: Callable[[Element], bool]) -> Reading:
        """Lay out only the wanted notes of a tree, as wide as on its first page, and read their lines.

        The first page is begun, for only then is its width known; nothing else is laid out.
        """

        def measure(context: Any, *rest: Any, **more: Any) -> Any:
            notes = [note for note in context.footnotes if wanted(note.element)]
            raise _Measured(_lay_out_notes(context, context.current_footnote_area, notes) if notes else None)

        reading = Reading()
        before = page_layout.block_level_layout
        page_layout.block_level_layout = measure
        try:
            self._lay_out(root, unit, shelf)
        except _Measured as measured:
            if measured.area is not None:
                reader = _PageReader(0, reading, {}, lambda element, pseudo: False)
                reader.area = "notes"
                reader.walk(measured.area, None, None)
        finally:
            page_layout.block_level_layout = before
        return reading


class _Measured(BaseException):  # no error, and nothing may catch it on its way
    """Carries laid-out notes out of a layout that goes no further."""

    def __init__(self, area: Any) -> None:
        super().__init__()
        self.area = area


Tagger = Callable[[Any, Any, Mapping[str, Mapping[int, str]]], None]


def write(document: Any, tagger: Tagger | None) -> bytes:
    """Write the document as PDF, with the structure that `tagger` makes (none: without tags).

    `tagger` gets the pydyf PDF, the streams of the pages, and glyph → text of every font.
    """
    if tagger is None:
        return bytes(document.write_pdf(pdf_tags=False))

    def add_tags(pdf: Any, document: Any, pdf_version: object, page_streams: Any) -> None:
        tagger(pdf, page_streams, {font.hash: font.to_unicode for font in document.fonts.values()})

    before = weasyprint.pdf.add_tags
    weasyprint.pdf.add_tags = add_tags
    try:
        return bytes(document.write_pdf(pdf_tags=True))
    finally:
        weasyprint.pdf.add_tags = before


def fonts_used(document: Any) -> dict[str, tuple[str, int, int]]:
    """Return hash → family, style, weight of the fonts of a document that was written."""
    return {font.hash: (font.family, int(font.style), int(font.weight)) for font in document.fonts.values()}


# Cures -----------------------------------------------------------------------------------------


class _PageNotes(list[Any]):
    """The notes of a page, false also when there are some.

    `_linebox_layout` takes notes back from a page `while report and context.current_page_footnotes`,
    only to keep lines together; to it there are none, so it moves the lines.
    """

    def __bool__(self) -> bool:
        return False


class _Waiting(list[Any]):
    """Notes that wait to be laid out; asked of every box whether its note is among them, and most have none."""

    def __contains__(self, note: object) -> bool:
        return note is not None and super().__contains__(note)


_prepared = False


def prepare() -> None:
    """Put the cures in place; raises RuntimeError for another version of WeasyPrint."""
    global _prepared  # noqa: PLW0603  # the cures are global themselves
    if _prepared:
        return
    if weasyprint.__version__ != VERSION:
        raise RuntimeError(f"the layout needs WeasyPrint {VERSION}, found {weasyprint.__version__}")
    hyphens.prepare()
    weasyprint.layout.make_margin_boxes = _only_where_styled(weasyprint.layout.make_margin_boxes)
    LayoutContext.current_page_footnotes = _kept_as(_PageNotes, "_page_notes")
    LayoutContext.footnotes = _kept_as(_Waiting, "_waiting_notes")
    LayoutContext._update_footnote_area = _update_footnote_area
    block._linebox_layout = _keep_waiting_notes(block._linebox_layout)
    weasyprint.document.build_formatting_structure = _with_text_of_notes(weasyprint.document.build_formatting_structure)
    weasyprint.document.layout_document = _with_notes_beside(weasyprint.document.layout_document)
    weasyprint.pdf.build_fonts_dictionary = _naming_glyphs(weasyprint.pdf.build_fonts_dictionary)
    areas.prepare()
    greek = pyphen.LANGUAGES["el"]
    pyphen.hdcache[greek] = _Greek(greek)
    pyphen.LANGUAGES["grc"] = greek
    pyphen.LANGUAGES_LOWERCASE["grc"] = "grc"
    for language in syllables.LANGUAGES:
        if pyphen.language_fallback(language) is None:
            pyphen.LANGUAGES[language] = pyphen.LANGUAGES_LOWERCASE[language] = language
            pyphen.hdcache[language] = _Syllables(language)
    _prepared = True


class _Syllables:
    """Stands in place of a dictionary of Pyphen 0.18, which calls nothing else of it."""

    def __init__(self, language: str) -> None:
        self.language = language

    def positions(self, word: str) -> list[Any]:
        return [pyphen.DataInt(at) for at in syllables.divisions(word, self.language)]


class _Greek:
    """Greek of all ages, by Pyphen's patterns for that of today."""

    def __init__(self, path: Any) -> None:
        self.path = path
        self.patterns: Any = None

    def positions(self, word: str) -> list[Any]:
        if self.patterns is None:
            self.patterns = pyphen.HyphDict(self.path)
        return list(self.patterns.positions(syllables.monotonic(word)))


MARGINS = tuple(
    f"@{place}"
    for side, places in (
        ("top", "left-corner left center right right-corner"),
        ("bottom", "left-corner left center right right-corner"),
        ("left", "top middle bottom"),
        ("right", "top middle bottom"),
    )
    for place in (f"{side}-{each}" for each in places.split())
)
"""The boxes in the margins of a page (CSS Paged Media 3, 4.2)."""


def _only_where_styled(make_margin_boxes: Callable[..., Any]) -> Callable[..., Any]:
    """Make the boxes in the margins only of pages that have one by a style sheet: else the sixteen take a third of a head."""

    def make(context: Any, page: Any, state: Any) -> Any:
        declared = context.style_for.get_cascaded_styles()
        if not any("content" in declared.get((page.page_type, place), ()) for place in MARGINS):
            return ()
        return make_margin_boxes(context, page, state)

    return make


def _with_text_of_notes(build_formatting_structure: Callable[..., Any]) -> Callable[..., Any]:
    def build(*arguments: Any) -> Any:
        root = build_formatting_structure(*arguments)
        notes = arguments[-1]
        for note in notes:
            note.process_whitespace()
            note.process_text_transform()
        root.stet_beside = [note for note in notes if is_beside(note.element)]
        if root.stet_beside:
            notes[:] = [note for note in notes if not is_beside(note.element)]
            beside.hide_notes(root)
        areas.extract(root)
        return root

    return build


def _with_notes_beside(layout_document: Callable[..., Any]) -> Callable[..., Any]:
    def layout(html: Any, root: Any, context: Any, *rest: Any) -> Any:
        pages = list(layout_document(html, root, context, *rest))
        notes = root.stet_beside
        if notes:
            pages[-1].stet_pages_needed = beside.set_notes(context, pages, notes)
        return pages

    return layout


def _kept_as(kind: type[list[Any]], name: str) -> property:
    """Return a property that turns the lists it is given into lists of a kind of our own."""

    def take(context: Any) -> list[Any]:
        kept: list[Any] = context.__dict__[name]
        return kept

    def give(context: Any, notes: Sequence[Any]) -> None:
        context.__dict__[name] = kind(notes)

    return property(take, give)


def _update_footnote_area(context: Any) -> bool:
    """Set the notes of the page, make room for them, and say whether they overflow their area.

    WeasyPrint lays all notes of the page out again for each one that is added. Here each note is
    laid out alone, once; only where margins may collapse, together with the note before it.
    """
    area = context.current_footnote_area
    notes = list(context.current_page_footnotes)
    if area.height != "auto" and not context.in_column:
        context.page_bottom += area.margin_height()
    area.children = notes
    overflows = False
    area.height = 0
    if notes:
        bottom, below = _measure(context, area, notes[:1])
        for before, note in pairwise(notes):
            if _has_margin(before, last=True) or _has_margin(note, last=False):
                both, below = _measure(context, area, (before, note))
                bottom += both - _measure(context, area, (before,))[0]
            else:
                alone, below = _measure(context, area, (note,))
                bottom += alone
        area.height = max(min(bottom + below, area.max_height), area.min_height)
        overflows = bottom > area.height + area.padding_bottom + area.border_bottom_width + TOLERANCE
    if not context.in_column:
        context.page_bottom -= area.margin_height()
    return overflows


AREA_WIDTH = (
    "width min_width max_width margin_left margin_right padding_left padding_right border_left_width border_right_width"
).split()


def _measure(context: Any, area: Any, notes: Sequence[Any]) -> tuple[float, float]:
    """Lay notes out at the width of an area, at the start of its page, whatever its height.

    Return the distance from the top of the area to the lower border of the last note, and the
    room that the area takes below that.
    """
    known = context.__dict__.setdefault("_measured_notes", {})
    # On all pages but the first, WeasyPrint drops some margins at the start of an area.
    width = (context.current_page > 1, area.page.width, *(area.style[name] for name in AREA_WIDTH))
    key = (width, *map(id, notes))
    if key not in known:
        laid = _lay_out_notes(context, area, notes)
        last = laid.children[-1]
        bottom = last.position_y + last.margin_height() - last.margin_bottom - laid.content_box_y()
        known[key] = (bottom, laid.height - bottom)
    measured: tuple[float, float] = known[key]
    return measured


def _lay_out_notes(context: Any, area: Any, notes: Sequence[Any]) -> Any:
    """Return a copy of an area of notes, laid out at its width, whatever its height."""
    area = area.copy_with_children(list(notes)).deepcopy()
    area.style = area.style.copy()
    area.style["max_height"] = Dimension(inf, "px")
    area.style["min_height"] = Dimension(0, "px")
    return block_level_layout(context, build.create_anonymous_boxes(area), -inf, None, area.page)[0]


def _has_margin(box: Any, *, last: bool) -> bool:
    """Say whether a margin may collapse with what stands before (or, `last`, after) a box."""
    if not isinstance(box, boxes.Box):
        return False
    margin = box.style["margin_bottom" if last else "margin_top"]
    if margin == "auto" or margin.value:
        return True
    for child in reversed(box.children) if last else box.children:
        if _has_margin(child, last=last):
            return True
        if child.children or isinstance(child, boxes.TextBox):
            break
    return False


def _keep_waiting_notes(linebox_layout: Callable[..., Any]) -> Callable[..., Any]:
    def layout(context: Any, box: Any, index: int, child: Any, new_children: list[Any], *rest: Any) -> Any:
        before = len(new_children)
        result = linebox_layout(context, box, index, child, new_children, *rest)
        abort, new_footnotes = result[0], result[4]
        if context.footnotes and not abort:
            for line in new_children[before:]:
                for descendant in line.descendants():
                    note = descendant.footnote
                    if note in context.footnotes:
                        context.footnotes.remove(note)
                        context.reported_footnotes.append(note)
                        new_footnotes.append(note)
        return result

    return layout


_glyph_names: dict[bytes, dict[int, str]] = {}
_form_names: dict[bytes, dict[int, str]] = {}


def _name_glyphs(data: bytes, number: int) -> dict[int, str]:
    """Return glyph → text for the glyphs that the font gives to characters by itself.

    A glyph of several characters (hyphen-minus and hyphen, apostrophe and modifier letter) is
    always named by the same one, the commonest; a ligature by its letters.
    """
    key = data[:2048]  # the checksums of all tables stand here
    if key not in _glyph_names:
        font = TTFont(io.BytesIO(data), fontNumber=number, lazy=True)
        names: dict[int, str] = {}
        for character, glyph in sorted((font.getBestCmap() or {}).items(), key=lambda item: _rarity(item[0])):
            text = chr(character)
            if 0xFB00 <= character <= 0xFB17:
                text = unicodedata.normalize("NFKC", text)
            names.setdefault(font.getGlyphID(glyph), text)
        _glyph_names[key] = names
    return _glyph_names[key]


def _name_marks(data: bytes, number: int) -> dict[int, str]:
    """Return glyph → mark for the other forms that a font has of combining marks: lower ones for capitals, and the like.

    No character leads to them, and the letter that they stand on would lend them its name.
    """
    return {glyph: sign for glyph, sign in _name_forms(data, number).items() if unicodedata.combining(sign)}


def _name_forms(data: bytes, number: int) -> dict[int, str]:
    """Return glyph → character for the other forms that a font has of characters: small capitals, lower marks, old figures.

    A letter of two marks is taken apart by the face, and what is then its letter (the small capital in ё́) has no
    character of its own in the text: it would stand for none. A form of both cases is that of the small letter.
    """
    key = data[:2048]
    if key not in _form_names:
        font = TTFont(io.BytesIO(data), fontNumber=number, lazy=True)
        order = font.getReverseGlyphMap()
        signs = {glyph: chr(character) for character, glyph in (font.getBestCmap() or {}).items()}
        names: dict[int, str] = {}
        lookups = font["GSUB"].table.LookupList.Lookup if "GSUB" in font and font["GSUB"].table.LookupList else ()
        for lookup in lookups:
            for table in lookup.SubTable:
                table = getattr(table, "ExtSubTable", table)
                for glyph, form in getattr(table, "mapping", {}).items():
                    if glyph in signs and isinstance(form, str) and form not in signs:
                        at, sign = order[form], signs[glyph]
                        if at not in names or (names[at].isupper() and sign.islower()):
                            names[at] = sign
        _form_names[key] = names
    return _form_names[key]


def _rarity(character: int) -> tuple[bool, int, int]:
    """Order characters that share a glyph: variants of another one last, general punctuation early.

    >>> [chr(c) for c in sorted(map(ord, "\u2010-\u02bc\u2019\u00b5\u03bc"), key=_rarity)]
    ['-', '‐', '’', 'ʼ', 'μ', 'µ']
    """
    decomposition = unicodedata.decomposition(chr(character)).split()
    variant = len([part for part in decomposition if not part.startswith("<")]) == 1
    group = 0 if character < 0x80 else 1 if character < 0x250 else 2 if 0x2010 <= character < 0x2070 else 3
    return variant, group, character


def _leave(to_unicode: object, hinting: object) -> None:
    """Do nothing to a face that is not embedded."""


def _naming_glyphs(build_fonts_dictionary: Callable[..., Any]) -> Callable[..., Any]:
    def build_fonts(pdf: Any, fonts: Mapping[Any, Any], *rest: Any) -> Any:
        for font in fonts.values():
            names = _name_glyphs(font.file_content, font.index)
            if any(unicodedata.combining(sign) for text in font.to_unicode.values() for sign in text):
                names = {**_name_marks(font.file_content, font.index), **names}
                forms = _name_forms(font.file_content, font.index)
                names |= {glyph: forms[glyph] for glyph, text in font.to_unicode.items() if not text and glyph in forms}
            for glyph, text in font.to_unicode.items():
                name = names.get(glyph, text)
                if name != text:
                    font.to_unicode[glyph] = name
            if not font.used_in_forms:
                # The binder embeds the faces, once for all units: to subset them for each takes a twentieth of the work.
                font.file_content = b""
                font.clean = _leave
        return build_fonts_dictionary(pdf, fonts, *rest)

    return build_fonts
