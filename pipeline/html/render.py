"""An `Edition` comes in; one well-formed XHTML page a unit goes out.

The HTML itself stands in `pipeline/templates`: `nodes.html.j2` has one macro a node kind,
`print.html.j2` and `epub.html.j2` redefine what differs. A press overrides a macro by a template
of the same name, given as `overrides`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from itertools import pairwise
from math import ceil
from typing import get_args

from jinja2 import ChoiceLoader, DictLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from pipeline.book import HeadWords, Medium, NotePlace, Opening, PageSource, Place, right_to_left
from pipeline.book.trims import TRIMS
from pipeline.edition import (
    LANDSCAPE,
    PLACE,
    PLACES,
    PLATE,
    TABLE,
    Edition,
    Note,
    Reference,
    Unit,
    UnitKind,
    continued_words,
    is_printed_page,
    printed_label,
    printed_words,
)
from pipeline.edition.numerals import markers
from pipeline.edition.pages import groups
from pipeline.edition.plain import plain, slug
from pipeline.formulas import Drawing, draw, linear
from pipeline.formulas.drawing import UNITS
from pipeline.html.directions import directed
from pipeline.html.kept import Keep, KeptPages, Witness
from pipeline.html.links import pieces
from pipeline.html.titles import (
    BOOK_LEADINGS,
    BOOK_STEPS,
    CHAPTER_STEPS,
    break_by_sense,
    broken,
    fit_title,
    lead_of,
    width,
)
from pipeline.html.values import Page
from pipeline.manuscript import (
    Attributes,
    Block,
    Cell,
    CiteCall,
    CrossRef,
    Division,
    Epigraph,
    Equation,
    Figure,
    Foreign,
    Formula,
    Heading,
    Image,
    Inline,
    Item,
    ItemList,
    Link,
    NoteCall,
    Paragraph,
    Phrase,
    Row,
    SoftBreak,
    Table,
    Text,
    Verse,
    VerseLine,
    is_run_in,
)
from pipeline.source import Span

PART_TITLE = 1.33
"""How much larger the title of a part is than that of a chapter."""

NUMERALS = {"decimal": "1", "lower-alpha": "a", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I"}


WIDE_FORMULA = 9.0
"""Em from which on a formula in a line may be wider than the page of a telephone in large letters."""
_OPENERS = "([{\u201c\u2018\u00ab\u2039\u201e\u201a\u00bf\u00a1"
INDENTS = 12
"""Spaces by which a line of verse is moved in at most."""
SHORT_TABLE = 10
"""Lines up to which a table is not divided between pages."""


WIDE_TABLE = 5
"""Columns from which on a table is too wide for a telephone in the size of other tables."""
PROSE = 24
"""Characters from which on a cell holds a sentence rather than a word or a number."""


def _prose_columns(table: Table) -> set[int]:
    """Return the columns that hold sentences, as far as no cell reaches over columns."""
    return {
        column
        for row in (*table.body, *table.foot)
        if len(row.cells) == len(table.columns)
        for column, cell in enumerate(row.cells)
        if _length(cell.blocks) > PROSE
    }


FIGURES = 5
"""Characters up to which a cell holds a figure, which nobody wants to see divided."""
BROKEN = 10
"""Characters of a word that stay together in a narrow column."""


def _columns_of_figures(table: Table) -> set[int]:
    """Return the columns that hold nothing longer than a figure; words beside them would leave them no room."""
    rows = [row for row in (*table.body, *table.foot) if len(row.cells) == len(table.columns)]
    return {
        column
        for column in range(len(table.columns))
        if rows and all(_length(row.cells[column].blocks) <= FIGURES for row in rows)
    }


def _narrowest(table: Table) -> int:
    """Return the characters side by side of a table whose figures stay whole, long words being divided."""
    widest = [0] * len(table.columns)
    for row in (*table.head, *table.body, *table.foot):
        if len(row.cells) != len(table.columns):
            continue
        for column, cell in enumerate(row.cells):
            for block in cell.blocks:
                words = plain(block.inlines).split() if isinstance(block, Paragraph) else []
                widest[column] = max([widest[column], *(min(len(word), BROKEN) for word in words)])
    return sum(widest) + len(widest)


PHONE_ROOM = 44
"""Characters of a wide table that have room side by side on a telephone."""


def _lines(table: Table, line: int) -> int:
    """Return a guess at the lines of a table whose columns share a line of so many characters."""
    room = max(1, line // max(1, len(table.columns)))
    return sum(
        max((-(-_length(cell.blocks) // (room * cell.columns)) for cell in row.cells), default=1)
        for row in (*table.head, *table.body, *table.foot)
    )


PHONE_LINE = 60
"""Characters of a table on a line in its frame, which is wider than a telephone."""
FRAMED_LINES = 12
"""Lines up to which a table is lower than a telephone in large letters."""
BRIEF = 16
"""Characters up to which a cell holds a name or a number rather than words."""
BRIEF_SHARE = 0.85
"""Share of a line up to which names and numbers are kept on one line."""
LINE, TURNED_LINE = 72, 105
"""Characters of a table on a line, and on that of a turned page; coarse means."""


def _brief_columns(table: Table, line: int) -> set[int]:
    """Return the columns that hold names and numbers, those first that need least for it, as far as a line has room."""
    whole = [0] * len(table.columns)
    word = [0] * len(table.columns)
    for row in (*table.head, *table.body, *table.foot):
        if len(row.cells) != len(table.columns):
            return set()
        for column, cell in enumerate(row.cells):
            text = " ".join(plain(block.inlines) for block in cell.blocks if isinstance(block, Paragraph))
            word[column] = max(word[column], *map(len, text.split() or [""]))
            if row not in table.head:
                whole[column] = max(whole[column], _length(cell.blocks))
    room = BRIEF_SHARE * line - sum(word) - 2 * len(word)
    brief: set[int] = set()
    for more, column in sorted((max(0, whole[column] - word[column]), column) for column in range(len(word))):
        room -= more
        if room < 0:
            break
        if whole[column] <= BRIEF:
            brief.add(column)
    return brief


def _length(blocks: tuple[Block, ...]) -> int:
    """Return the characters of the paragraphs in a cell; other blocks count as a page."""
    return sum(len(plain(block.inlines)) if isinstance(block, Paragraph) else 1000 for block in blocks)


JOINER = Markup("\u2060")
"""Stands before each call, so that no line begins with one: a line may else end after `!`, `?`, `…` or a dash."""

COVER_OF_TYPE = "images/stet-cover.svg"
"""The name of the picture that a cover of type is, for the pages that show it."""

RUNNING = frozenset(
    (
        UnitKind.CHAPTER,
        UnitKind.CONTENTS,
        UnitKind.FIGURES,
        UnitKind.TABLES,
        UnitKind.EDITION_NOTE,
        UnitKind.PLATES,
        UnitKind.NOTES,
        UnitKind.WORKS,
    )
)
"""Units whose pages show their numbers."""

RECTOS = frozenset((UnitKind.HALF_TITLE, UnitKind.TITLE_PAGE, UnitKind.DEDICATION, UnitKind.CONTENTS, UnitKind.PART))
"""Units that always open on a right-hand page."""


def _only_marks_pages(block: Paragraph) -> bool:
    """Say whether a paragraph has no words but the markers of an older print: the next one is set as if it were not."""
    return bool(block.inlines) and all(is_printed_page(node) or isinstance(node, SoftBreak) for node in block.inlines)


def _called_abroad(value: object) -> Iterator[Span]:
    """Yield the places of all calls that stand within words of another language."""
    stack = [(value, False)]
    while stack:
        current, abroad = stack.pop()
        if isinstance(current, tuple):
            stack.extend((each, abroad) for each in current)
        elif isinstance(current, NoteCall):
            if abroad:
                yield current.span
        elif is_dataclass(current) and not isinstance(current, Attributes | Span | Text):
            attributes = getattr(current, "attributes", None)
            stated = isinstance(attributes, Attributes) and bool(attributes.get("lang"))
            within = abroad or stated or isinstance(current, Foreign)
            stack.extend((getattr(current, each.name), within) for each in fields(current))


class MissingMacroError(Exception):
    """A node kind has no macro: a mistake in the templates, never in a manuscript."""


class ThemeMacroError(Exception):
    """A macro of a theme cannot be used; its words are the reason."""


def macro_name(kind: str) -> str:
    """Return the name of the macro of a node kind.

    >>> macro_name("NoteCall")
    'note_call'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()


KINDS = tuple(sorted(macro_name(kind.__name__) for kind in (*get_args(Inline), *get_args(Block))))


OWN_MACROS = (
    "page", "opener", "contents", "lines", "note", "call", "label", "signature", "note_line", "reference", "lead",
    "drop_capital", "paragraph_number", "run_in",
)  # fmt: skip
"""The macros that stand for no node."""


def picture_name(path: str) -> str:
    """Return the name under which editions carry a picture: ASCII, lower case, unique for the path.

    >>> picture_name("images/map.svg")
    'images/map.svg'
    """
    if re.fullmatch(r"images/[a-z0-9][a-z0-9._-]*", path):
        return path
    _folder, _, file = path.rpartition("/")
    stem, dot, ending = file.rpartition(".")
    digest = hashlib.sha256(path.encode()).hexdigest()[:8]
    return f"images/{slug(stem) or 'picture'}-{digest}{dot}{ending.lower()}"


FALL = 0.35
"""Em of a line below its baseline that a formula may fill without moving other lines."""
CLEAR = 0.15
"""Em by which a formula in a line may reach into the room between this line and the next."""


def _box_of(drawing: Drawing) -> str:
    """Return the CSS of a drawing: its size in em, and a margin by which a little more depth moves no line."""
    below = min(CLEAR, max(0.0, drawing.depth - FALL))
    size = f"width:{drawing.width:g}em;height:{drawing.height + drawing.depth:.4f}em"
    align = f"vertical-align:{below - drawing.depth:.4f}em"
    return f"{size};{align};margin-bottom:{-below:.4f}em" if below else f"{size};{align}"


@dataclass(frozen=True, slots=True)
class SetCell:
    """A cell with what its place in the table says of it."""

    cell: Cell
    align: str
    scope: str
    prose: bool = False
    """whether its column holds sentences, which may be set narrow where the page is"""
    brief: bool = False
    """whether its column holds names and numbers alone, which stand on one line"""
    inside: bool = False
    """whether it is the last cell of its row, and yet not at the edge of the table: one from above reaches down beside it"""


_WIDTH = re.compile(r"(100|\d{1,2}(?:\.\d{1,4})?(?=%)|\d{1,4}(?:\.\d{1,4})?(?!%))(%|mm|cm|in|pt|pc|px|em)")
_PIXELS = {"%": 4.8, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "pt": 96 / 72, "pc": 16, "px": 1, "em": 16}
"""Pixels of CSS in each unit (CSS Values and Units 3, 6.2); a share is one of 30 em, the measure of a page in print."""


WIDEST_MARK = 7
"""Figures to which the column of the marks of notes is made wider."""


def _figures(mark: str) -> int:
    """Return the figures that are as wide as a mark.

    >>> _figures("999"), _figures("1000"), _figures("lxxxviii"), _figures("viii")
    (3, 4, 6, 3)
    """
    return ceil(sum(0.5 if sign in "ijl" else 1.5 if sign in "mwMW" else 1 for sign in mark))


class Renderer:
    """What templates may call: `blocks`, `inlines` and a few facts of the edition."""

    def __init__(self, edition: Edition, macros: Mapping[str, Callable[..., str]]) -> None:
        self.edition = edition
        self.words = edition.words
        self.paged = edition.settings.medium is Medium.PDF
        self._macros = macros
        self._unit: Unit | None = None
        self._abroad: frozenset[str] | None = None
        self._within_note = False
        self._turned = False
        known = sorted(set(filter(str.strip, edition.book.names)), key=lambda name: (-len(name), name))
        self.names = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, known))})(?!\w)") if known else None
        self._fresh = dict(vars(self))

    def page(self, unit: Unit, following: tuple[Unit, ...] = ()) -> str:
        """Return the whole page of a unit, and of the chapters that run on after it."""
        vars(self).update(self._fresh)  # nothing is carried over from page to page: see `kept`
        self._unit = unit
        return directed(str(self._macros["page"](unit, following) if following else self._macros["page"](unit)))

    def following(self, unit: Unit) -> Markup:
        """Render a chapter that runs on."""
        self._unit, self._abroad = unit, None
        return self._call("section", unit)

    def blocks(self, blocks: tuple[Block, ...]) -> Markup:
        """Render blocks; a paragraph that does not follow a paragraph is `first`; page markers alone are none."""
        out = []
        after_paragraph = False
        begun = False  # an epigraph stands before the first words of a chapter
        opening = self._unit is not None and blocks is self._unit.blocks and self._unit.kind is UnitKind.CHAPTER
        for index, block in enumerate(blocks):
            if isinstance(block, Paragraph) and _only_marks_pages(block):
                classes = dict.fromkeys((*block.attributes.classes, "pages"))
                marked = replace(block, attributes=replace(block.attributes, classes=tuple(classes)))
                out.append(self._call("paragraph", marked))
            elif isinstance(block, Paragraph):
                before = Markup("")
                number = self.edition.numbers.get(block.attributes.id, "")
                if number:
                    before += self._call("paragraph_number", number)
                if opening and not begun:
                    block, lead = self._lead_in(block)
                    before += lead
                goes_on = "continued" in block.attributes.classes  # after a formula, in the same paragraph
                text = self._call("paragraph", block, first=goes_on or not after_paragraph, before=before)
                above = blocks[index - 1] if index else None
                if isinstance(above, Heading) and is_run_in(above):
                    text = self._call("run_in", out.pop(), text)
                out.append(text)
                after_paragraph = begun = True
            else:
                out.append(self._node(block))
                begun = begun or not isinstance(block, Epigraph)
                # what leaves the flow does not part the paragraphs around it, nor does a formula
                after_paragraph = after_paragraph and (self._leaves(block) or isinstance(block, Equation))
        return Markup("\n").join(out)

    def with_names(self, text: str) -> Markup:
        """Render a text with the names of the book marked, so that none is divided."""
        assert self.names is not None
        return Markup("").join(
            Markup('<span class="name">{}</span>').format(part) if number % 2 else part
            for number, part in enumerate(self.names.split(text))
        )

    def inlines(self, inlines: tuple[Inline, ...]) -> Markup:
        """Render inlines without adding white space."""
        out: list[Markup] = []
        for index, node in enumerate(inlines):
            if isinstance(node, Link | CrossRef):
                out.extend(self._node(piece) for piece in pieces(node, self.edition.citations))
                continue
            text = self._node(node)
            above = inlines[index - 1] if index else None
            if not self.paged and isinstance(node, Formula) and isinstance(above, Text):
                # a renderer may end a line between a bracket and the formula in it
                bare = above.text.rstrip(_OPENERS)
                signs = above.text[len(bare) :]
                if signs and out[-1].endswith(signs):
                    out[-1] = out[-1][: -len(signs)]
                    text = Markup('<span class="whole">{}{}</span>').format(signs, text)
            out.append(text)
        return Markup("").join(out)

    def _lead_in(self, paragraph: Paragraph) -> tuple[Paragraph, Markup]:
        """Take the first letter and the first words of a chapter out of its first paragraph, marked as such."""
        theme = self.edition.book.theme
        if not (theme.drop_capital or theme.lead_in) or not paragraph.inlines:
            return paragraph, Markup("")
        first = paragraph.inlines[0]
        if not isinstance(first, Text):
            return paragraph, Markup("")
        capital, words, rest = lead_of(first.text, theme.lead_in, capital=self._takes_capital(paragraph))
        out = Markup("")
        if capital:
            out += self._call("drop_capital", capital)
        if words:
            out += self._call("lead", words)
        return replace(paragraph, inlines=(replace(first, text=rest), *paragraph.inlines[1:])), out

    def _takes_capital(self, paragraph: Paragraph) -> bool:
        """Say whether the theme opens chapters with a high letter, and a paragraph is long enough to stand beside it."""
        lines = self.edition.book.theme.drop_capital
        if not lines or not self.paged:
            return False
        trim = TRIMS[self.edition.settings.trim]
        return len(plain(paragraph.inlines)) > (lines - 1) * trim.measure / (0.45 * trim.size)

    def head(self, inlines: tuple[Inline, ...]) -> Markup:
        """Render the head of a section; in print a long one is broken by sense, into lines of like length."""
        if self.paged:
            trim = TRIMS[self.edition.settings.trim]
            inlines = broken(inlines, break_by_sense(plain(inlines), trim.measure / (1.25 * trim.size)))
        return self.inlines(inlines)

    def opening(self, unit: Unit) -> Markup:
        """Render the title of a chapter or a part as its `h1`; a long one is set smaller, so that text follows on its page."""
        if not self.paged:
            return Markup('<h1 id="{}">{}</h1>').format(unit.heading, self.inlines(unit.title))
        trim = TRIMS[self.edition.settings.trim]
        room = 0.88 * trim.measure / trim.title
        if unit.kind is UnitKind.PART:
            room /= PART_TITLE
        step, breaks = fit_title(plain(unit.title), room, CHAPTER_STEPS)
        sized = Markup(' class="step-{}{}"').format(step, " odd" if len(breaks) % 2 == 0 else "") if step else ""
        words = self.inlines(broken(unit.title, breaks))
        return Markup('<h1 id="{}"{}>{}</h1>').format(unit.heading, sized, words)

    def book_title(self, unit: Unit, text: str) -> Markup:
        """Render the title of the book for its title page as its `h1`, broken by sense, in a size that the page has room for."""
        if not self.paged or unit.kind is not UnitKind.TITLE_PAGE:
            return Markup('<h1 class="title" id="{}">{}</h1>').format(unit.heading, text)
        trim = TRIMS[self.edition.settings.trim]
        others = sum(
            1.25 * ceil(width(line.text) * 1.2 * trim.size / trim.measure) + 1
            for line in unit.lines
            if line.role != "title"
        )
        sink = 2 if trim.sheet == "large.css" else 8  # lines above the title page's first
        left = trim.lines - sink - 2 - others  # two stand free before the foot
        heights = tuple(max(1, int(left / leading)) for leading in BOOK_LEADINGS)
        step, breaks = fit_title(text, trim.measure / trim.book_title, BOOK_STEPS, heights)
        at = [0, *breaks, len(text)]
        words = Markup("<br/>").join(text[a:b] for a, b in pairwise(at))
        return Markup('<h1 class="title{}" id="{}">{}</h1>').format(
            f" step-{step}" if step else "", unit.heading, words
        )

    def macro(self, name: str, *values: object) -> Markup:
        """Call a macro of another template by its name."""
        return self._call(name, *values)

    def _node(self, node: Block | Inline) -> Markup:
        if isinstance(node, Division) and LANDSCAPE in node.attributes.classes:
            held, self._turned = self._turned, True
            out = self._call("division", node)
            self._turned = held
            return out
        return self._call(macro_name(type(node).__name__), node)

    def _call(self, name: str, *values: object, **named: object) -> Markup:
        macro = self._macros.get(name)
        if macro is None:
            raise MissingMacroError(name)
        return Markup(macro(*values, **named))  # noqa: S704 - a macro of an autoescaping template

    # Formulas -------------------------------------------------------------------------------

    def formula(self, node: Formula) -> Markup:
        """Render a formula: as outlines in print, as MathML with its source in an EPUB."""
        found = self.edition.formulas.get(node.span)
        if found is None:
            return Markup("")
        classes = Attributes("", node.attributes.classes)
        if not self.paged:
            wide = not node.display and draw(found.setting).width > WIDE_FORMULA
            math = (
                '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="{}"{}{}><semantics>{}<annotation '
                'encoding="application/x-tex">{}</annotation></semantics></math>'
            )
            return Markup(f'<span class="wide-formula">{math}</span>' if wide else math).format(  # noqa: S704 - no value is in it
                found.alt,
                Markup(' display="block"') if node.display else "",
                self.attributes(classes, id=False),
                Markup(found.setting.whole),  # noqa: S704 - markup of our own making
                found.setting.tex,
            )
        drawing = draw(found.setting)
        return Markup(
            '<svg xmlns="http://www.w3.org/2000/svg"{} alt="{}" data-tex="{}" data-plain="{}" viewBox="{:g} {:g} {:g} {:g}" style="{}">'
            '<path d="{}"/></svg>'
        ).format(
            self.attributes(classes, "formula", "display" if node.display else "", id=False),
            found.alt,
            found.setting.tex,
            linear(found.setting.tex, found.setting.display),
            drawing.left,
            round(-drawing.height * UNITS, 1),
            round(drawing.width * UNITS, 1),
            round((drawing.height + drawing.depth) * UNITS, 1),
            _box_of(drawing),
            drawing.path,
        )

    def side(self, node: Equation) -> str:
        """Return the width of the room at each side of a formula in the middle of its line, as CSS."""
        found = self.edition.formulas.get(node.formula.span)
        return f"calc(50% - {draw(found.setting).width / 2:.4f}em)" if found is not None else "0"

    # Attributes -----------------------------------------------------------------------------

    def attributes(self, attributes: Attributes, *classes: str, id: bool = True) -> Markup:
        """Return ` id="…" class="…" lang="…"` for an element, with the author's own classes last."""
        names = [*filter(None, classes)]
        names += [name for name in attributes.classes if re.fullmatch(r"[A-Za-z][\w-]*", name)]
        out = []
        if id and attributes.id:
            out.append(Markup(' id="{}"').format(attributes.id))
        if names:
            out.append(Markup(' class="{}"').format(" ".join(dict.fromkeys(names))))
        language = attributes.get("lang")
        if language:
            out.append(self.language(language))
        return Markup("").join(out)

    def language(self, language: str) -> Markup:
        """Return ` lang="…"`, with `xml:lang` in EPUB and the direction of right-to-left languages."""
        out = Markup(' lang="{}"').format(language)
        if not self.paged:
            out += Markup(' xml:lang="{}"').format(language)
        if right_to_left(language):
            out += Markup(' dir="rtl"')
        elif right_to_left(self.edition.book.language):
            out += Markup(' dir="ltr"')
        return out

    # Notes ----------------------------------------------------------------------------------

    def note_call(self, node: NoteCall) -> Markup:
        """Render a call; in print the first call of a note holds the note itself."""
        call = self.edition.calls.get(node.span)
        if call is None:
            return Markup("")
        before = JOINER + self._call("between_calls", call.before) if call.before else Markup("")
        if self.paged and call.first and not self._within_note and self._note(call.note).place.with_call:
            return before + JOINER + self._whole_note(call.note)
        return before + JOINER + self._call("call", call)

    def notes_under(self, id: str) -> tuple[Note, ...]:
        """Return the notes that stand under a table."""
        unit = self._unit
        return tuple(note for note in unit.notes if id and note.home == id) if unit is not None else ()

    def chapter_notes(self, unit: Unit) -> tuple[Note, ...]:
        """Return the notes that stand at the end of a chapter."""
        return tuple(note for note in unit.notes if note.place is NotePlace.CHAPTER)

    def book_notes(self) -> Iterator[tuple[Unit, tuple[Note, ...]]]:
        """Yield the notes at the end of the book with the chapters that call them."""
        for unit, notes in groups(self.edition.units):
            self._unit, self._abroad = unit, None  # calls in these notes are those of this chapter
            yield unit, notes

    def _whole_note(self, id: str) -> Markup:
        note = self._note(id)
        out = self._call("note", note, inner=bool(note.outer))
        assert self._unit is not None
        for inner in self._unit.notes:
            if inner.outer == id:
                out += self._whole_note(inner.id)
        return out

    def at_home(self, note: Note) -> Markup:
        """Return the book's own language for a note that is called within words of another one, else nothing.

        In print such a note stands inside those words, and would be divided, read aloud and set as they are.
        """
        if self._abroad is None:
            assert self._unit is not None
            spans = _called_abroad((self._unit.title, self._unit.blocks))
            calls = (self.edition.calls.get(span) for span in spans)
            self._abroad = frozenset(call.id for call in calls if call is not None)
        outermost = note
        while outermost.outer:  # notes on a note stand beside it
            outermost = self._note(outermost.outer)
        if outermost.calls[0] not in self._abroad:
            return Markup("")
        language = self.language(self.edition.book.language)
        return language if "dir=" in language else language + Markup(' dir="ltr"')

    def _note(self, id: str) -> Note:
        assert self._unit is not None
        return next(note for note in self._unit.notes if note.id == id)

    def wide_marks(self, unit: Unit, following: tuple[Unit, ...] = ()) -> str:
        """Return the class of a page whose notes have marks wider than three figures, for their column; else ""."""
        marks = (note.mark for each in (unit, *following) for note in each.notes)
        widest = max(map(_figures, marks), default=0)
        return f" marks-{min(widest, WIDEST_MARK)}" if widest > 3 else ""

    def note_body(self, note: Note, before: str = "", after: str = "") -> Markup:
        """Render a note's blocks, with its label in the first paragraph, and its signature and what follows it in the last."""
        held, self._within_note = self._within_note, True
        label = self._call("label", note.label) + " " if note.label else Markup("")
        opening = Markup(before) + label  # noqa: S704 - what a macro of an autoescaping template gave
        closing = Markup(" ") + self._call("signature", note.signature) if note.signature else Markup("")
        closing += Markup(after)  # noqa: S704 - what a macro of an autoescaping template gave
        out: list[Markup] = []
        last = len(note.blocks) - 1
        if not note.blocks or (opening and not isinstance(note.blocks[0], Paragraph)):
            out.append(self._call("note_line", opening))
            opening = Markup("")
        for index, block in enumerate(note.blocks):
            if isinstance(block, Paragraph):
                out.append(
                    self._call(
                        "paragraph",
                        block,
                        first=index == 0,
                        before=opening if index == 0 else "",
                        after=closing if index == last else "",
                    )
                )
                if index == last:
                    closing = Markup("")
            else:
                out.append(self._node(block))
        if closing:
            out.append(self._call("note_line", closing))
        self._within_note = held
        return Markup("").join(out)

    # Targets --------------------------------------------------------------------------------

    def href(self, id: str, unit: str) -> str:
        """Return a link to a place in the book, as the medium writes it."""
        assert self._unit is not None
        if self.paged or unit == self._unit.name:
            return f"#{id}"
        return f"{unit}.xhtml#{id}"

    def cross_ref(self, node: CrossRef) -> Markup:
        """Render a cross-reference with the author's words, or those of the edition."""
        reference = self.edition.references.get(node.span)
        words = self.inlines(node.inlines)
        if reference is None:
            return words
        return self._call(
            "reference", node, reference, words or reference.text, self.href(reference.id, reference.unit)
        )

    # Citations ------------------------------------------------------------------------------

    def citation(self, node: CiteCall) -> Markup:
        """Render what a citation prints."""
        inlines = self.edition.citations.get(node, ())
        return (
            Markup('<span class="citation generated">{}</span>').format(self.inlines(inlines))
            if inlines
            else Markup("")
        )

    def leads(self, references: tuple[Reference, ...]) -> Markup:
        """Render the places at which a work is cited."""
        links = [self._call("reference", None, each, each.text, self.href(each.id, each.unit)) for each in references]
        return Markup(": ") + Markup("; ").join(links) if links else Markup("")

    def authorities(self, id: str) -> Markup:
        """Render a register: each work, and below it its articles and pages, with the places that cite them."""
        out = []
        for work in self.edition.registers.get(id, ()):
            words = self.inlines(work.inlines) + self.leads(work.places)
            out.append(Markup('<p class="work generated" id="{}">{}</p>').format(work.id, words))
            out += [
                Markup('<p class="pin generated" id="{}">{}{}</p>').format(pin.id, pin.text, self.leads(pin.places))
                for pin in work.pins
            ]
        return Markup("").join(out)

    def works(self, id: str) -> Markup:
        """Render the works in a list, one a paragraph; nothing where no list is asked for."""
        return self.authorities(id) + Markup("").join(
            Markup('<p class="work generated" id="{}">{}</p>').format(work.id, self.inlines(work.inlines))
            for work in self.edition.lists.get(id, ())
        )

    # Pages of an older print ----------------------------------------------------------------

    def is_printed_page(self, node: Phrase) -> bool:
        return is_printed_page(node)

    def printed_words(self, node: Phrase) -> str:
        return printed_words(node)

    def listed_page(self, node: Phrase) -> str:
        """Return the label of a marker where this edition lists the pages that the manuscript marks."""
        return printed_label(node) if self.edition.settings.pages is PageSource.MANUSCRIPT else ""

    # Pictures and tables --------------------------------------------------------------------

    def description(self, id: str) -> Markup:
        """Return the link to the long description of a figure or table; nothing when it has none."""
        found = self.edition.described.get(id)
        if found is None:
            return Markup("")
        reference = found.reference
        link = self._call("reference", None, reference, reference.text, self.href(reference.id, reference.unit))
        return Markup('<span class="description-link generated" id="{}">{}</span>').format(found.link, link)

    def details(self, id: str) -> Markup:
        """Return what tells a screen reader, at the picture or table itself, that there is a long description."""
        found = self.edition.described.get(id)
        if found is None or self.paged:
            return Markup("")
        return Markup(' aria-details="{}"').format(found.link)

    def backs(self, id: str) -> Markup:
        """Return the links from a description back to what it describes."""
        return Markup("").join(
            Markup('<p class="description-link generated">{}</p>').format(
                self._call("reference", None, back, back.text, self.href(back.id, back.unit))
            )
            for back in self.edition.describing.get(id, ())
        )

    def _leaves(self, block: Block) -> bool:
        return isinstance(block, Figure | Table | Division) and self.place(block) not in ("", "here")

    def place(self, node: Figure | Table | Division) -> str:
        """Return where on paper a figure or table stands; "" in an EPUB, and for what is neither."""
        if not self.paged or self._within_note or (isinstance(node, Division) and node.name != TABLE):
            return ""
        place = node.attributes.get(PLACE)
        if place == PLATE:
            return "page" if self._unit is not None and self._unit.kind is UnitKind.PLATES else "here"
        if LANDSCAPE in node.attributes.classes:
            return "page"
        return place if place in PLACES else "here"

    def width(self, node: Figure) -> Markup:
        """Return the width that the author gave a picture: a share of the measure, or a length; at most the measure.

        In an EPUB it is an attribute, which style sheets of readers can overrule.
        """
        written = _WIDTH.fullmatch(node.attributes.get("width"))
        if written is None:
            return Markup("")
        if self.paged:
            return Markup(' style="width: {}"').format(written[0])
        return Markup(' width="{}"').format(max(1, round(float(written[1]) * _PIXELS[written[2]])))

    def placement(self, node: Figure | Table | Division) -> Markup:
        """Return where on paper a figure or table stands, as attributes for the layout; nothing in an EPUB."""
        place = self.place(node)
        if place in ("", "here"):
            return Markup("")
        turned = LANDSCAPE in node.attributes.classes
        sized = isinstance(node, Figure) and bool(self.width(node))
        return (
            Markup(' data-place="{}"').format(place)
            + (Markup(' data-turned=""') if turned else Markup(""))
            + (Markup(' data-width=""') if sized else Markup(""))
        )

    def cover_picture(self) -> str:
        """Return the name of the picture on the cover: the book's own, or the one that is set from its words."""
        return picture_name(self.edition.book.cover) if self.edition.book.cover else COVER_OF_TYPE

    def source(self, image: Image) -> str:
        """Return the address of a picture, seen from a page."""
        return f"../{picture_name(image.target)}"

    def caption_label(self, id: str) -> str:
        return self.edition.captions.get(id, "")

    def numerals(self, node: ItemList) -> str:
        return NUMERALS[node.numerals]

    def marked_items(self, node: ItemList) -> Iterator[tuple[Item, Markup]]:
        """Yield the items of a list with their blocks, opened by the marker that an e-reader cannot write by itself."""
        for item, marker in zip(node.items, markers(node), strict=True):
            opening = self._call("marker", marker) if node.delimiter != "." else Markup("")
            first, rest = item.blocks[:1], item.blocks[1:]
            if opening and first and isinstance(first[0], Paragraph) and not _only_marks_pages(first[0]):
                opening = self._call("paragraph", first[0], first=True, before=opening)
                blocks = Markup("\n").join(filter(None, (opening, self.blocks(rest))))
            else:
                blocks = opening + self.blocks(item.blocks)
            yield item, blocks

    def verse_line(self, verse: Verse, line: VerseLine) -> str:
        """Return the classes of a line: how far it is moved in, and how much further its turned-over rest hangs.

        That rest stands further in than the first word of any line, so that nobody takes it for a line moved in.
        """
        deepest = max(min(each.indent, INDENTS) for stanza in verse.stanzas for each in stanza)
        indent = min(line.indent, INDENTS)
        return f"line{f' indent-{indent}' if indent else ''}{f' hang-{deepest - indent}' if deepest > indent else ''}"

    def is_short(self, table: Table) -> bool:
        """Say whether a table is so short, by a guess at its lines, that it stays on one page."""
        return _lines(table, LINE) <= SHORT_TABLE

    def continued(self, table: Table) -> str:
        """Return what stands over a table on the pages where it goes on; the layout shows it there alone."""
        return continued_words(self.edition, table) if self.paged and not self.is_short(table) else ""

    def joined(self, cells: tuple[SetCell, ...]) -> bool:
        """Say whether a cell of a row reaches down into the next one: the two stay on one page."""
        return any(each.cell.rows > 1 for each in cells)

    def is_wide(self, table: Table) -> bool:
        """Say whether an e-reader must set a table smaller: it has more columns than a telephone has room for."""
        return not self.paged and len(table.columns) >= WIDE_TABLE

    def is_framed(self, table: Table) -> bool:
        """Say whether an e-reader moves a table sideways within a frame.

        What scrolls is never divided between screens. So a long table stands in a frame only where its figures have no
        room side by side; it is moved up and down in it too. In others all words may be divided, and figures are last.
        """
        if not self.is_wide(table):
            return False
        return _lines(table, PHONE_LINE) <= FRAMED_LINES or _narrowest(table) > PHONE_ROOM

    def shares(self, table: Table) -> tuple[str, ...]:
        """Return the widths of a table's columns in per cent where the page has a measure, else nothing."""
        whole = sum(column.width for column in table.columns)
        if not self.paged or not all(column.width for column in table.columns):
            return ()
        return tuple(f"{100 * column.width / whole:.4g}" for column in table.columns)

    def cells(self, table: Table, rows: tuple[Row, ...], head: bool) -> tuple[tuple[SetCell, ...], ...]:
        """Return the rows with the alignment of each cell's column, counting cells that reach down."""
        taken: dict[int, int] = {}
        prose = set() if self.paged or not self.is_wide(table) else _prose_columns(table)
        brief: set[int] = set()
        if self.paged and not head:
            brief = _brief_columns(table, TURNED_LINE if self._turned else LINE)
        elif self.is_wide(table) and not self.is_framed(table):
            figures = _columns_of_figures(table)
            brief = figures if len(figures) < len(table.columns) else set()
        out = []
        for row in rows:
            column = 0
            cells = []
            for cell in row.cells:
                while taken.get(column, 0) > 0:
                    taken[column] -= 1
                    column += 1
                align = table.columns[column].align if column < len(table.columns) else ""
                scope = ("col" if head else "row") if head or cell.heading else ""
                cells.append(SetCell(cell, align, scope, column in prose, column in brief))
                for reached in range(column, column + cell.columns):
                    if cell.rows > 1:
                        taken[reached] = cell.rows - 1
                column += cell.columns
            if cells and column < len(table.columns):
                cells[-1] = replace(cells[-1], inside=True)
            while taken.get(column, 0) > 0:
                taken[column] -= 1
                column += 1
            out.append(tuple(cells))
        return tuple(out)


@cache
def _environment(overrides: tuple[tuple[str, str], ...]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([DictLoader(dict(overrides)), PackageLoader("pipeline", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _macros(edition: Edition, overrides: tuple[tuple[str, str], ...]) -> Renderer:
    environment = _environment(overrides)
    medium = "print" if edition.settings.medium is Medium.PDF else "epub"
    macros: dict[str, Callable[..., str]] = {}
    renderer = Renderer(edition, macros)
    for name in ("nodes", medium):
        module = environment.get_template(f"{name}.html.j2").make_module({"render": renderer, "edition": edition})
        macros.update(
            {key: value for key, value in vars(module).items() if not key.startswith("_") and callable(value)}
        )
    for name, text in edition.book.theme.macros:
        if name in ("theme.html.j2", f"theme-{medium}.html.j2"):
            module = environment.from_string(text).make_module({"render": renderer, "edition": edition})
            macros.update(
                {key: value for key, value in vars(module).items() if not key.startswith("_") and callable(value)}
            )
    for kind in (*KINDS, *OWN_MACROS):
        if kind not in macros:
            raise MissingMacroError(kind)
    return renderer


def render(
    edition: Edition, overrides: tuple[tuple[str, str], ...] = (), keep: Keep | None = None, base: str = ""
) -> tuple[Page, ...]:
    """Return the pages of an edition, in order.

    `overrides` are (name, text) of templates that stand before ours. Pages are kept in `keep`; `base` is a digest of our
    own code and templates. Raises `MissingMacroError`
    when a node kind has no macro, and `ThemeMacroError` when a macro of the book's theme fails.
    """
    try:
        return tuple(_pages(edition, overrides, keep, base))
    except TemplateError as error:
        if not edition.book.theme.macros:
            raise
        raise ThemeMacroError(f"{type(error).__name__}: {error}") from error


def _pages(edition: Edition, overrides: tuple[tuple[str, str], ...], keep: Keep | None, base: str) -> Iterator[Page]:
    page = _renderer(edition, overrides) if keep is None else _kept(edition, overrides, keep, base)
    paged = edition.settings.medium is Medium.PDF
    part = ""
    for unit, *following in _together(edition):
        if unit.kind is UnitKind.PART:
            part = unit.short
        elif unit.place is not Place.BODY:
            part = ""
        recto = paged and _opens_recto(edition, unit)
        running = unit.kind in RUNNING
        theme = edition.book.theme
        yield Page(
            name=unit.name,
            kind=unit.kind,
            place=unit.place,
            title=unit.short or edition.book.title,
            html=page(unit, tuple(following)),
            recto=recto,
            verso_head=_head(edition, unit, theme.verso, part, alone=not following) if running else "",
            recto_head=_head(edition, unit, theme.recto, part, alone=not following) if running else "",
            folio=running,
            path=unit.path,
            note_calls=_note_calls(edition) if unit.kind is UnitKind.NOTES else (),
            note_heads=edition.words.notes_to_pages,
            note_head=edition.words.notes_to_page,
        )


def _renderer(edition: Edition, overrides: tuple[tuple[str, str], ...]) -> Callable[[Unit, tuple[Unit, ...]], str]:
    return _macros(edition, overrides).page


def _kept(
    edition: Edition, overrides: tuple[tuple[str, str], ...], keep: Keep, base: str
) -> Callable[[Unit, tuple[Unit, ...]], str]:
    """Return what gives the page of a unit, kept or rendered now."""
    witness = Witness(edition)
    kept = KeptPages(edition, keep, base)
    made: list[tuple[Renderer, dict[str, None]]] = []

    def page(unit: Unit, following: tuple[Unit, ...]) -> str:
        def make() -> str:
            if not made:
                renderer = _macros(witness.as_edition(), overrides)
                made.append((renderer, dict(witness.parts)))  # what the renderer itself looked at, every page did
            renderer, parts = made[0]
            witness.parts, witness.entries = dict(parts), {}
            return renderer.page(unit, following)

        return kept.page((unit, following, overrides), witness, make)

    return page


def _note_calls(edition: Edition) -> tuple[tuple[str, str], ...]:
    return tuple((note.id, note.calls[0]) for _, notes in groups(edition.units) for note in notes)


def _together(edition: Edition) -> Iterator[list[Unit]]:
    """Yield the units page by page: each alone, but for chapters of one part that run on."""
    together: list[Unit] = []
    run_on = edition.settings.medium is Medium.PDF and opening_of(edition) is Opening.RUN_ON
    for unit in edition.units:
        joins = run_on and unit.kind is UnitKind.CHAPTER and unit.place is Place.BODY
        if together and not (joins and together[-1].kind is UnitKind.CHAPTER and together[-1].place is Place.BODY):
            yield together
            together = []
        together.append(unit)
    if together:
        yield together


def _head(edition: Edition, unit: Unit, words: HeadWords, part: str, *, alone: bool) -> str:
    """Return the words of a running head; pages that are no chapter say what they are.

    Where chapters run on, a page may hold several: the head names their part, or the book.
    """
    if words is HeadWords.NONE:
        return ""
    if unit.kind is UnitKind.NOTES:  # the room that lays out says to which pages
        return edition.words.notes_to_pages
    if unit.kind is not UnitKind.CHAPTER or (words is HeadWords.CHAPTER and alone):
        return unit.short
    if words is HeadWords.CHAPTER:
        words = HeadWords.PART
    if words is HeadWords.PART and part:
        return part
    if words is HeadWords.AUTHOR and unit.authors:
        return ", ".join(author.name for author in unit.authors)
    return edition.book.short or edition.book.title


def _opens_recto(edition: Edition, unit: Unit) -> bool:
    """Say whether a unit must open on a right-hand page.

    Where chapters open on either side, parts and the first text of the front matter and of the
    body still open on a right-hand page. A one-sided edition has no right-hand pages.
    """
    if not TRIMS[edition.settings.trim].two_sided:
        return False
    if unit.kind in RECTOS:
        return True
    if unit.kind is not UnitKind.CHAPTER:
        return False
    first = next((each for each in edition.units if each.place is Place.BODY), None)
    return unit is first or opening_of(edition) is Opening.RECTO


def opening_of(edition: Edition) -> Opening:
    """Return where the chapters of a paginated edition open: as it says, as the theme says, as is usual."""
    usual = Opening.RECTO if edition.settings.recto else Opening.EITHER
    return edition.settings.opening or edition.book.theme.opening or usual
