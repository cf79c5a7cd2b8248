"""Lines become a tree of raw blocks: containers, and leaves that still hold pieces of lines.

The structure is found line by line as CommonMark's own algorithm does it: which open containers
go on, which blocks begin, and whether a paragraph goes on without its prefixes. Every line is
looked at once for each container it stands in, so time is linear whatever the text says.
(markdown-it-py 4.3 reads every line after a quotation again for the next one: 4,000 times a
quoted head and a line of text, 24 kB, take it 27 s. So its block rules are not used; it is what
the tests compare with.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markdown_it.common.utils import unescapeAll

from pipeline.manuscript import NO_ATTRIBUTES, Attributes
from pipeline.parse import limits
from pipeline.parse.attributes import Fault, Reading, composed, looks_meant, read_attributes, read_trailing
from pipeline.parse.content import Content, Piece
from pipeline.parse.inlines import LinkDefinition, read_definition
from pipeline.parse.known import Bearer, bearer_of, faults, misnamed, name_of
from pipeline.parse.numerals import count, roman
from pipeline.parse.raw import Kind, Raw, caption_prefix, has_bar
from pipeline.parse.record import COMMENT, FREE, VALUE, Record
from pipeline.parse.tables import MalformedError, read_grid
from pipeline.source import Severity, Span

_PASSING = frozenset((Kind.LIST, Kind.DEFINITIONS, Kind.ENTRY))
"""containers that go on as long as a child of theirs does"""

_LEVELS = frozenset((Kind.QUOTATION, Kind.ITEM, Kind.NOTE, Kind.DIVISION, Kind.DEFINITION))
"""containers that count as a level of nesting"""


@dataclass(frozen=True, slots=True)
class _Marker:
    """The marker of a list item, or what could be one."""

    end: int
    sign: str
    numerals: str
    token: str
    wide: bool
    blank: bool

    @property
    def ordered(self) -> bool:
        return bool(self.numerals)


@dataclass(frozen=True, slots=True)
class _NoteMarker:
    """`[^key](voice){…}:` as read, the offset of its brace, and where it ends."""

    key: str
    voice: str
    reading: Reading | None
    brace: int
    end: int


@dataclass(frozen=True, slots=True)
class _Fence:
    """A line of colons: the name and attributes after it, where these begin, and where it ends."""

    name: str
    reading: Reading | None
    origin: int
    end: int

    @property
    def closes(self) -> bool:
        return not self.name and self.reading is None


_ATX = re.compile(r"#{1,6}(?=[ \t]|$)")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_SETEXT = re.compile(r"(?:=+|-+)[ \t]*$")
_DASHES = re.compile(r"-{2,}(?:[ \t]+-{2,})+[ \t]*$")
_BULLET = re.compile(r"[-+*](?=[ \t]|$)")
_NUMBER = re.compile(
    r"(?:(?P<digits>\d{1,9})|(?P<hash>\#)|(?P<letters>[A-Za-z]|[ivxlcdm]{1,9}|[IVXLCDM]{1,9}))(?P<sign>[.)])(?=[ \t]|$)"
    r"|\((?:(?P<digits2>\d{1,9})|(?P<letters2>[A-Za-z]|[ivxlcdm]{1,9}|[IVXLCDM]{1,9}))(?P<sign2>\))(?=[ \t]|$)"
)
_NOTE = re.compile(r"\[\^([^\s\[\]]+)\](?:\(([^()\n]*)\))?")
_BLANK_LINE = re.compile(r"\n[ \t>]*(?:\n|\Z)")
_DIVISION = re.compile(r":{3,}")
_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:[|+][ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_GRID = re.compile(r"\+(?:[-=:]+\+)+[ \t]*$")
_BAR = re.compile(r"\|(?=[ \t]|$)")
_STARTS = frozenset("#>`~-*_+=:[|<(0123456789") | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def read_blocks(record: Record, lines: Sequence[tuple[int, int]], found: Found, depth: int = 0) -> list[Raw]:
    """Return the raw blocks of lines, each given as a stretch of the source without its line feed."""
    return _Reader(record, lines, found, depth).read()


@dataclass(slots=True)
class Found:
    """What the block rules find for the whole file."""

    definitions: dict[str, LinkDefinition] = field(default_factory=dict)
    notes: list[Raw] = field(default_factory=list)


class _Reader:
    def __init__(self, record: Record, lines: Sequence[tuple[int, int]], found: Found, depth: int) -> None:
        self.record = record
        self.text = record.source.text
        self.lines = lines
        self.found = found
        self.root = Raw(Kind.ROOT, 0, 0, 0, 0)
        self.stack = [self.root]
        self.depth = depth
        self.refused = 0
        self.deep = False
        self.leaf: Raw | None = None
        self.uncommented = len(self.text) + 1
        # the cursor
        self.number = 0
        self.position = 0
        self.column = 0
        self.end = 0
        self.next = 0
        self.next_column = 0
        self.indent = 0
        self.blank = False
        self.torn = False  # a tab at the cursor is half taken

    def read(self) -> list[Raw]:
        for number, (start, end) in enumerate(self.lines):
            self.number, self.position, self.column, self.end = number, start, 0, end
            self.next = -1
            self.torn = False
            self.line()
        self.close_to(0)
        return self.root.children

    # The cursor -----------------------------------------------------------------------------

    def look(self) -> None:
        """Find what comes after white space; a line of many levels is scanned once only."""
        if self.position <= self.next:
            self.indent = self.next_column - self.column
            return
        text, position, column, end = self.text, self.position, self.column, self.end
        while position < end:
            sign = text[position]
            if sign == " ":
                column += 1
            elif sign == "\t":
                column += 4 - column % 4
            else:
                break
            position += 1
        self.next, self.next_column = position, column
        self.indent = column - self.column
        self.blank = position >= end

    def advance(self, columns: int) -> None:
        """Move over white space by columns; a tab may be left half taken."""
        text = self.text
        while columns > 0 and self.position < self.end:
            width = 4 - self.column % 4 if text[self.position] == "\t" else 1
            if width > columns:
                self.column += columns
                self.torn = True
                return
            self.torn = False
            self.column += width
            self.position += 1
            columns -= width

    def to(self, position: int) -> None:
        """Move to a place after the next sign, over signs that are no tabs."""
        self.column = self.next_column + position - self.next
        self.position = position
        self.torn = False

    def rest(self) -> str:
        return self.text[self.next : self.end]

    def mark(self, start: int, end: int, mark: int = 1) -> None:
        self.record.mark(start, end, mark)

    # One line -------------------------------------------------------------------------------

    def line(self) -> None:
        stack = self.stack
        matched = 0
        while matched + 1 < len(stack):
            if not self.goes_on(stack[matched + 1]):
                break
            matched += 1
        whole = matched == len(stack) - 1
        leaf = self.leaf
        if whole and leaf is not None and self.feed_literal(leaf):
            return
        self.look()
        if self.indent < 4 and self.text.startswith(":::", self.next) and self.fence_of_division(matched):
            return
        inner = stack[matched]
        if inner.kind is Kind.DIVISION and inner.name == "verse" and not (whole and leaf is not None):
            self.close_to(matched)
            if self.blank:
                return
            whole, leaf = True, Raw(Kind.VERSE, self.next, self.end, self.number, self.number)
            inner.children.append(leaf)
            self.leaf = leaf
        if whole and leaf is not None and self.leaf is leaf and self.feed(leaf):
            return
        self.starts(matched)

    def goes_on(self, node: Raw) -> bool:
        """Say whether an open container goes on with this line, and take its prefix."""
        if node.kind in _PASSING:
            return True
        self.look()
        match node.kind:
            case Kind.DIVISION:
                return True
            case Kind.QUOTATION:
                if self.indent > 3 or self.blank or self.text[self.next] != ">":
                    return False
                self.take_quotation_mark()
                node.last, node.end = self.number, max(node.end, self.position)
                return True
            case Kind.ITEM:
                if self.blank:
                    return bool(node.children)
                if self.indent >= node.offset:
                    self.advance(node.offset)
                    return True
                return False
            case Kind.NOTE:
                if self.blank:
                    return True
                if self.indent >= 4:
                    self.advance(4)
                    return True
                return False
            case _:
                if self.blank:
                    return True
                if self.indent >= node.offset:
                    self.advance(min(4, self.indent))
                    return True
                return False

    def take_quotation_mark(self) -> None:
        self.mark(self.next, self.next + 1)
        self.to(self.next + 1)
        if self.position < self.end and self.text[self.position] in " \t":
            self.advance(1)

    def feed_literal(self, leaf: Raw) -> bool:
        """Give the line to code or a comment that is still open."""
        if leaf.kind is Kind.FENCE:
            self.look()
            if self.indent < 4 and self.text.startswith(leaf.sign, self.next):
                closing = self.rest().rstrip(" \t")
                if closing.strip(leaf.sign[0]) == "":
                    self.mark(self.next, self.next + len(closing))
                    leaf.end, leaf.last = self.next + len(closing), self.number
                    leaf.closed = True
                    self.close_leaf()
                    return True
            self.advance(min(self.indent, leaf.offset))
            self.add_code(leaf)
            return True
        if leaf.kind is Kind.COMMENT:
            stop = leaf.offset
            if stop > self.end:
                self.mark(self.position, self.end, COMMENT)
                leaf.last = self.number
                return True
            self.mark(self.position, stop, COMMENT)
            leaf.end, leaf.last, leaf.closed = stop, self.number, True
            self.close_leaf()
            self.after_comment(stop)
            if self.blank:
                return True
            self.starts(len(self.stack) - 1)
            return True
        return False

    def add_code(self, leaf: Raw) -> None:
        start, indent = self.position, 0
        if self.torn:
            start, indent = start + 1, 4 - self.column % 4
        leaf.pieces.append(Piece(start, self.end, indent=indent))
        leaf.end, leaf.last = max(self.end, leaf.end), self.number

    def feed(self, leaf: Raw) -> bool:
        """Give the line to an open leaf that takes it as it is; False when the leaf ends or must be asked later."""
        match leaf.kind:
            case Kind.CODE:
                if self.indent >= 4 or self.blank:
                    self.advance(min(4, self.indent))
                    self.add_code(leaf)
                    return True
                self.close_leaf()
            case Kind.VERSE:
                if self.blank:
                    leaf.pieces.append(Piece(self.end, self.end))
                    return True
                if self.text[self.next] == "[" and self.indent < 4 and self.note_marker() is not None:
                    return False
                if self.text.startswith(":::", self.next) and self.indent < 4:
                    return False
                self.add_verse(leaf)
                return True
            case Kind.GRID:
                if not self.blank and self.text[self.next] in "+|" and self.next_column == leaf.offset:
                    self.add_piece(leaf)
                    return True
                self.close_leaf()
            case Kind.PARAGRAPH:
                if not self.blank and self.next < leaf.offset:  # `- b` within `$$` is no list
                    self.add_piece(leaf)
                    return True
            case Kind.TABLE:
                if not self.blank and self.row_begins():
                    self.add_piece(leaf)
                    return True
                self.close_leaf()
            case _:
                pass
        return False

    def row_begins(self) -> bool:
        if self.text[self.next] == ">" or self.is_caption() or _FENCE.match(self.text, self.next, self.end):
            return False
        if self.note_marker() is not None:
            return False
        return has_bar(self.text, self.next, self.end)

    def is_caption(self) -> bool:
        return caption_prefix(self.text, self.next, self.end) > 0

    def add_piece(self, leaf: Raw, lazy: bool = False) -> None:
        if leaf.kind is Kind.PARAGRAPH and self.next >= leaf.offset and self.text.startswith("$$", self.next):
            leaf.offset = self.formula_end()
        leaf.pieces.append(Piece(self.next, self.end, lazy, self.indent))
        leaf.end, leaf.last = self.end, self.number

    def formula_end(self) -> int:
        """Return where a formula that begins the line ends, at the latest with its paragraph; 0 when it does not."""
        blank = _BLANK_LINE.search(self.text, self.next)
        close = self.text.find("$$", self.next + 2, blank.start() if blank else len(self.text))
        return max(0, close)

    def add_verse(self, leaf: Raw) -> None:
        leaf.pieces.append(Piece(self.next, self.end, False, self.indent))
        leaf.end, leaf.last = self.end, self.number

    # Opening and closing --------------------------------------------------------------------

    def close_leaf(self) -> None:
        leaf = self.leaf
        if leaf is None:
            return
        self.leaf = None
        parent = self.stack[-1]
        match leaf.kind:
            case Kind.PARAGRAPH:
                parent.children.pop()
                parent.children.extend(self.finish_paragraph(leaf))
            case Kind.GRID:
                self.finish_grid(leaf)
            case Kind.CODE:
                while leaf.pieces and not self.text[leaf.pieces[-1].start : leaf.pieces[-1].end].strip(" \t"):
                    leaf.pieces.pop()
                    leaf.last -= 1
                leaf.end = leaf.pieces[-1].end
            case Kind.FENCE if not leaf.closed:
                self.record.report(
                    "code-unclosed",
                    "code begins here and never ends",
                    leaf.start,
                    leaf.start + len(leaf.sign),
                    f"end it with a line `{leaf.sign}`",
                )
            case Kind.COMMENT if not leaf.closed:
                self.record.report(
                    "comment-unclosed",
                    "a comment begins here and does not end before its block ends",
                    leaf.start,
                    leaf.start + 4,
                    "end it with `-->`",
                )
            case _:
                pass
        if leaf.kind is Kind.VERSE:
            while leaf.pieces and leaf.pieces[-1].start == leaf.pieces[-1].end:
                leaf.pieces.pop()
            if not leaf.pieces:
                parent.children.remove(leaf)

    def close_to(self, level: int) -> None:
        """Close the leaf, and all containers above a level of the stack."""
        self.close_leaf()
        while len(self.stack) - 1 > level:
            node = self.stack.pop()
            if node.children:
                child = node.children[-1]
                node.end = max(node.end, child.end)
                node.last = max(node.last, child.last)
            if node.kind is Kind.LIST:
                self.finish_list(node)
            elif node.kind is Kind.DIVISION and not node.closed:
                self.record.report(
                    "div-unclosed",
                    f"the division `{node.name or node.attributes.id or ':::'}` begins here and never ends",
                    node.start,
                    node.level,
                    "end it with a line `:::`",
                )

    def finish_list(self, node: Raw) -> None:
        items = node.children
        for index, item in enumerate(items):
            if index + 1 < len(items) and item.last != items[index + 1].first - 1:
                node.tight = False
            for child, following in pairwise(item.children):
                if child.last != following.first - 1:
                    node.tight = False
        values = node.values
        if not node.numerals or len(set(values)) == 1 or None in values:
            return
        first = values[0]
        assert first is not None
        for index, value in enumerate(values):
            if value != first + index:
                item = items[index]
                self.record.report(
                    "list-number",
                    f"this item is written as number {value} but is number {first + index} of its list",
                    item.start,
                    item.level,
                    "number the items in order; or escape the number (`4\\.`) to keep it in the text",
                )
                return

    def push(self, node: Raw, matched: int) -> int:
        """Open a container in the container at `matched`; return the new level."""
        matched = self.room_for(node, matched)
        self.stack[-1].children.append(node)
        self.stack.append(node)
        return len(self.stack) - 1

    def room_for(self, node: Raw, matched: int) -> int:
        """Close what must end before a block can begin; return the level of the container it goes into."""
        while (
            (self.stack[matched].kind is Kind.LIST and node.kind is not Kind.ITEM)
            or (self.stack[matched].kind is Kind.DEFINITIONS and node.kind is not Kind.ENTRY)
            or (self.stack[matched].kind is Kind.ENTRY and node.kind is not Kind.DEFINITION)
        ):
            matched -= 1
        self.close_to(matched)
        return matched

    def put(self, leaf: Raw, matched: int, stays_open: bool = True) -> None:
        """Add a leaf to the container at `matched`."""
        self.room_for(leaf, matched)
        self.stack[-1].children.append(leaf)
        if stays_open:
            self.leaf = leaf

    def may_nest(self) -> bool:
        level = self.depth + sum(node.kind in _LEVELS for node in self.stack)
        if level < limits.NESTING:
            return True
        if not self.deep:
            self.deep = True
            self.record.report(
                "nesting-too-deep",
                f"blocks are nested here more than {limits.NESTING} deep",
                self.next,
                min(self.next + 1, self.end),
                "take some of the outer ones away; the signs stand in the text as they are",
            )
        return False

    # What begins here -----------------------------------------------------------------------

    def starts(self, matched: int) -> None:
        """Open the blocks that begin on this line, and give the rest of the line to a leaf."""
        leaf = self.leaf
        while True:
            self.look()
            if self.blank:
                break
            if self.indent >= 4:
                if self.leaf is None or self.leaf.kind is not Kind.PARAGRAPH:
                    self.close_unmatched(matched)
                    code = Raw(Kind.CODE, self.next, self.end, self.number, self.number)
                    self.put(code, matched)
                    self.advance(4)
                    self.add_code(code)
                    return
                break
            if self.text[self.next] not in _STARTS:
                break
            level = self.start(matched)
            if level is None:
                break
            if level < 0:
                return
            matched = level
        paragraph = self.leaf if self.leaf is leaf else None
        if paragraph is not None and paragraph.kind is Kind.PARAGRAPH and not self.blank:
            # on the same level it goes on; below it, it goes on lazily
            self.add_piece(paragraph, lazy=matched < len(self.stack) - 1)
            return
        if self.blank:
            self.close_unmatched(matched)
            return
        self.close_unmatched(matched)
        raw = Raw(Kind.PARAGRAPH, self.next, self.end, self.number, self.number)
        self.put(raw, matched)
        self.add_piece(raw)

    def close_unmatched(self, matched: int) -> None:
        if matched < len(self.stack) - 1:
            self.close_to(matched)
        elif self.leaf is not None and self.leaf.kind is Kind.PARAGRAPH:
            self.close_leaf()

    def start(self, matched: int) -> int | None:
        """Begin one block: its level when it is a container, -1 when the line is used up, None when nothing begins."""
        text, at, sign = self.text, self.next, self.text[self.next]
        whole = matched == len(self.stack) - 1
        paragraph = self.leaf if whole and self.leaf is not None and self.leaf.kind is Kind.PARAGRAPH else None
        if self.leaf is not None and self.leaf.kind is Kind.VERSE and whole:
            return self.start_note(matched) if sign == "[" else self.start_division(matched)
        if sign == ">":
            if not self.may_nest():
                return None
            node = Raw(Kind.QUOTATION, at, at + 1, self.number, self.number)
            level = self.push(node, matched)
            self.take_quotation_mark()
            return level
        if sign == "#":
            heading = _ATX.match(text, at, self.end)
            if heading:
                return self.start_heading(matched, heading.end())
        if sign in "`~":
            fence = _FENCE.match(text, at, self.end)
            if fence:
                return self.start_fence(matched, fence.end())
        if sign == "<" and text.startswith("<!--", at):
            return self.start_comment(matched, paragraph)
        if sign in "-=|:" and paragraph is not None:
            if _DELIMITERS.match(text, at, self.end) and self.start_table(paragraph):
                return -1
            if sign in "-=" and _SETEXT.match(text, at, self.end) and self.underline(paragraph):
                return -1
        if sign in "-*_" and _RULE.match(text, at, self.end):
            self.note_simple_table(paragraph)
            end = at + len(self.rest().rstrip(" \t"))
            self.put(Raw(Kind.BREAK, at, end, self.number, self.number), matched, stays_open=False)
            self.mark(at, end)
            return -1
        if sign in "-+*(#" or sign.isalnum():
            level_or_none = self.start_item(matched, paragraph)
            if level_or_none is not None:
                return level_or_none
        if sign == "[":
            return self.start_note(matched)
        if sign == ":" and text.startswith(":::", at):
            return self.start_division(matched)
        if sign == "+" and _GRID.match(text, at, self.end):
            grid = Raw(Kind.GRID, at, self.end, self.number, self.number, offset=self.next_column)
            self.put(grid, matched)
            self.add_piece(grid)
            return -1
        if sign in ":~":
            return self.start_definition(matched, paragraph)
        return None

    def start_heading(self, matched: int, at: int) -> int:
        start, end = self.next, self.end
        level = at - start
        while end > at and self.text[end - 1] in " \t":
            end -= 1
        raw = Raw(Kind.HEADING, start, end, self.number, self.number, level=level)
        self.mark(start, at)
        end = self.take_trailing(raw, at, end)
        stop = end
        while stop > at and self.text[stop - 1] == "#":
            stop -= 1
        if stop < end and (stop == at or self.text[stop - 1] in " \t"):
            self.mark(stop, end)
            end = stop
        while end > at and self.text[end - 1] in " \t":
            end -= 1
        while at < end and self.text[at] in " \t":
            at += 1
        if end > at:
            raw.pieces.append(Piece(at, end))
        self.put(raw, matched, stays_open=False)
        return -1

    def take_trailing(self, raw: Raw, start: int, end: int) -> int:
        """Take attributes from the end of a line; return where what stands before them ends."""
        text = self.text[start:end]
        found = read_trailing(text)
        if found is None:
            brace = text.rfind("{")
            apart = brace >= 0 and text[brace - 1 : brace] in ("", " ", "\t")
            closed = brace >= 0 and text.endswith("}") and not text.endswith("\\}")
            if (closed or (apart and "}" not in text[brace:])) and looks_meant(text, brace) == len(text):
                self.misread(start + brace, end)
            return end
        at, reading = found
        if at and text[at - 1] not in " \t" and text[at - 1] in "`])":
            return end
        raw.attributes = reading.attributes
        self.take(reading, start, at, Bearer.HEAD)
        end = start + at
        while end > start and self.text[end - 1] in " \t":
            end -= 1
        return end

    def take(self, reading: Reading, origin: int, at: int, bearer: Bearer) -> None:
        """Mark attributes that were read from a text which begins at `origin`, and keep their faults."""
        self.mark(origin + at, origin + reading.end, VALUE)
        self.faults((*reading.faults, *faults(bearer, reading, self.record.told)), origin)

    def faults(self, found: Iterable[Fault], origin: int) -> None:
        for each in found:
            self.record.report(
                each.code, each.message, origin + each.start, origin + each.end, each.hint, each.severity
            )

    def misread(self, start: int, end: int) -> None:
        self.record.report(
            "attributes-malformed",
            f"`{self.text[start:end]}` cannot be read as attributes, so it stands in the text",
            start,
            end,
            "write `{#id .class key=value}`, values with spaces in quotation marks; or escape the brace",
        )

    def start_fence(self, matched: int, at: int) -> int:
        raw = Raw(Kind.FENCE, self.next, self.end, self.number, self.number, offset=self.indent)
        raw.sign = self.text[self.next : at]
        self.mark(self.next, self.end, VALUE)
        info = self.text[at : self.end]
        stripped = info.strip(" \t")
        brace = info.find("{")
        if brace >= 0:
            reading = read_attributes(info, brace)
            if reading is not None and not info[reading.end :].strip(" \t"):
                raw.attributes = reading.attributes
                self.take(reading, at, brace, Bearer.CODE)
                stripped = info[:brace].strip(" \t")
            elif stripped.startswith("{=") and stripped.endswith("}"):
                self.record.report(
                    "html-raw",
                    f"raw `{stripped[2:-1]}` would stand in some editions only",
                    self.next,
                    self.end,
                    "write it in the manuscript's own syntax, so that it stands in every edition",
                )
        words = stripped.split(maxsplit=1)
        raw.name = unescapeAll(words[0]) if words else ""
        if len(words) > 1:
            self.record.report(
                "attributes-unused",
                f"`{words[1]}` after the language of this code would show in no edition",
                self.next,
                self.end,
                "write attributes in braces: ```` ```python {#id .class} ````",
                Severity.WARNING,
            )
        if not raw.name and raw.attributes.classes:
            raw.name = raw.attributes.classes[0]
            raw.attributes = Attributes(raw.attributes.id, raw.attributes.classes[1:], raw.attributes.pairs)
        self.put(raw, matched)
        return -1

    def start_comment(self, matched: int, paragraph: Raw | None) -> int | None:
        at = self.next
        if at >= self.uncommented:
            return None
        close = self.text.find("-->", at + 2)
        if close < 0:
            self.uncommented = at
            return None
        stop = close + 3
        lazy = self.leaf is not None and self.leaf.kind is Kind.PARAGRAPH
        if lazy and stop <= self.end:
            return None
        raw = Raw(Kind.COMMENT, at, stop, self.number, self.number, offset=stop)
        if stop > self.end:
            self.mark(at, self.end, COMMENT)
            self.put(raw, matched)
            return -1
        self.mark(at, stop, COMMENT)
        raw.closed = True
        self.put(raw, matched, stays_open=False)
        self.after_comment(stop)
        return len(self.stack) - 1

    def after_comment(self, stop: int) -> None:
        """Go on after a comment as if its line began here."""
        self.position = stop
        self.look()
        self.position, self.column = self.next, self.next_column
        self.look()

    def start_table(self, paragraph: Raw) -> bool:
        """Turn the last line of a paragraph into the head of a pipe table."""
        delimiters = self.rest()
        head = paragraph.pieces[-1]
        if "|" not in delimiters or head.lazy or not has_bar(self.text, head.start, head.end):
            return False
        first = self.number - 1
        paragraph.pieces.pop()
        if paragraph.pieces:
            paragraph.end, paragraph.last = paragraph.pieces[-1].end, first - 1
            self.close_leaf()
        else:
            self.stack[-1].children.pop()
            self.leaf = None
        table = Raw(Kind.TABLE, head.start, self.end, first, self.number)
        table.pieces = [head]
        self.add_piece(table)
        self.stack[-1].children.append(table)
        self.leaf = table
        return True

    def underline(self, paragraph: Raw) -> bool:
        """Turn a paragraph into a heading, if words are left when its link definitions are taken out."""
        if _BAR.match(self.text, paragraph.pieces[0].start, paragraph.pieces[0].end):
            return False
        self.close_leaf()
        children = self.stack[-1].children
        last = children[-1]
        if last.kind is not Kind.PARAGRAPH or last.last != self.number - 1:
            return False
        end = self.next + len(self.rest().rstrip(" \t"))
        self.mark(self.next, end)
        heading = Raw(Kind.HEADING, last.start, end, last.first, self.number, pieces=last.pieces)
        heading.level = 1 if self.text[self.next] == "=" else 2
        piece = last.pieces[-1]
        left = self.take_trailing(heading, piece.start, piece.end)
        if left > piece.start:
            last.pieces[-1] = Piece(piece.start, left, piece.lazy, piece.indent)
        elif left < piece.end:
            last.pieces.pop()
        children[-1] = heading
        return True

    def note_simple_table(self, paragraph: Raw | None) -> None:
        if not _DASHES.match(self.text, self.next, self.end):
            return
        start, end = self.lines[self.number + 1] if self.number + 1 < len(self.lines) else (0, 0)
        if paragraph is not None or self.text[start:end].strip(" \t>"):
            self.record.report(
                "table-simple",
                "this looks like a table drawn with dashes, which is not read as one",
                self.next,
                self.end,
                "write a pipe table (`| a | b |`, then `|---|---|`) or a grid table (`+---+---+`)",
            )

    # Lists ----------------------------------------------------------------------------------

    def marker(self) -> _Marker | None:
        text, at = self.text, self.next
        bullet = _BULLET.match(text, at, self.end)
        if bullet:
            end, sign, numerals, token = bullet.end(), text[at], "", ""
        else:
            number = _NUMBER.match(text, at, self.end)
            if number is None:
                return None
            end = number.end()
            token = number["digits"] or number["digits2"] or number["hash"] or number["letters"] or number["letters2"]
            sign = number["sign"] or "()"
            if token.isdigit() or token == "#":
                numerals = "decimal"
            elif len(token) == 1 and token not in "iI":
                numerals = "lower-alpha" if token.islower() else "upper-alpha"
            elif roman(token):
                numerals = "lower-roman" if token.islower() else "upper-roman"
            else:
                return None
        rest = text[end : self.end]
        left = rest.lstrip(" \t")
        wide = len(rest) - len(left) > 1 or rest.startswith("\t")
        return _Marker(end, sign, numerals, token, wide, not left)

    def start_item(self, matched: int, paragraph: Raw | None) -> int | None:
        marker = self.marker()
        if marker is None:
            return None
        level = matched
        while self.stack[level].kind in (Kind.ENTRY, Kind.DEFINITIONS):
            level -= 1
        open_list = self.stack[level] if self.stack[level].kind is Kind.LIST else None
        numerals = marker.numerals
        goes_on = False
        if open_list is not None and open_list.sign == marker.sign and bool(open_list.numerals) == marker.ordered:
            if marker.ordered:
                value = count(marker.token, open_list.numerals)
                goes_on = value is None or value >= 0
                first = open_list.values[0]
                if marker.token in "iI" and first is not None and value != first + len(open_list.values):
                    # after `b.` this is the roman one, not the ninth letter
                    goes_on = goes_on and open_list.numerals.endswith("roman")
                numerals = open_list.numerals if goes_on else numerals
            else:
                goes_on = True
        value = count(marker.token, numerals) if marker.ordered else None
        if not goes_on and not self.may_begin(marker, value, paragraph):
            return None
        if not self.may_nest():
            return None
        start, indent = self.next, self.indent
        if not goes_on:
            node = Raw(Kind.LIST, start, marker.end, self.number, self.number)
            node.sign, node.numerals = marker.sign, numerals
            level = self.push(node, level)
            open_list = node
        assert open_list is not None
        open_list.values.append(value)
        item = Raw(Kind.ITEM, start, marker.end, self.number, self.number, level=marker.end)
        level = self.push(item, level)
        self.mark(start, marker.end)
        width = marker.end - start
        self.to(marker.end)
        self.look()
        if self.blank or self.indent >= 5:
            item.offset = indent + width + 1
            self.advance(1)
        else:
            item.offset = indent + width + self.indent
            self.advance(self.indent)
        return level

    def may_begin(self, marker: _Marker, value: int | None, paragraph: Raw | None) -> bool:
        """Say whether a marker may begin a list: prose that only looks like one must stay prose."""
        plain = marker.numerals in ("", "decimal") and marker.sign != "()" and marker.token != "#"
        if paragraph is not None:
            if marker.blank:
                return False
            if not plain:
                return value == 1 and not marker.token.isupper() and self.stack[-1].kind is Kind.ITEM
            return not marker.ordered or value == 1
        if self.leaf is not None and self.leaf.kind is Kind.PARAGRAPH and not plain and not marker.wide:
            # a line that may go on lazily with a paragraph
            return value == 1 and not (marker.token.isupper() and len(marker.token) == 1)
        if plain:
            return True
        if marker.blank:
            return False
        if len(marker.token) == 1 and marker.token.isupper() and marker.sign == ".":
            return marker.wide
        return value in (None, 1) or marker.wide

    # Notes, divisions, definitions ----------------------------------------------------------

    def note_marker(self) -> _NoteMarker | None:
        """Read `[^key](voice){…}:` here."""
        found = _NOTE.match(self.text, self.next, self.end)
        if found is None:
            return None
        at = found.end()
        reading = read_attributes(self.text, at, self.end) if self.text.startswith("{", at) else None
        if reading is not None:
            at = reading.end
        if not self.text.startswith(":", at) or at >= self.end:
            return None
        voice = "author" if found[2] is None else found[2].strip(" \t")
        return _NoteMarker(composed(found[1]), voice, reading, found.end(), at + 1)

    def start_note(self, matched: int) -> int | None:
        marker = self.note_marker()
        if marker is None or not self.may_nest():
            return None
        end = marker.end
        if not marker.voice:
            self.record.report(
                "note-malformed",
                f"the brackets after `[^{marker.key}]` name no voice",
                self.next,
                end,
                f"write `[^{marker.key}]: words`, or a voice in the brackets: `[^{marker.key}](editor): words`",
            )
        voice = marker.voice or "author"
        raw = Raw(Kind.NOTE, self.next, end, self.number, self.number, name=marker.key, voice=voice, level=end)
        level = self.push(raw, matched)
        self.found.notes.append(raw)
        self.mark(raw.start, end)
        if marker.reading is not None:
            raw.attributes = marker.reading.attributes
            self.take(marker.reading, 0, marker.brace, Bearer.NOTE)
        self.to(end)
        self.look()
        if not self.blank:
            self.position, self.column = self.next, self.next_column
        return level

    def division(self) -> _Fence | None:
        """Read a fence of a division; None when it is none."""
        colons = _DIVISION.match(self.text, self.next, self.end)
        if colons is None:
            return None
        rest = self.text[colons.end() : self.end].rstrip(" \t")
        end = colons.end() + len(rest)
        words = rest.rstrip(":")
        words = words.rstrip(" \t") if words[-1:] in ("", " ", "\t", "}") else rest
        name = words.lstrip(" \t")
        origin = colons.end() + len(words) - len(name)
        reading = None
        brace = name.find("{")
        if brace >= 0:
            reading = read_attributes(name, brace)
            if reading is None or reading.end != len(name):
                return None
            name = name[:brace].rstrip(" \t")
        if " " in name or "\t" in name:
            return None
        return _Fence(name, reading, origin, end)

    def fence_of_division(self, matched: int) -> bool:
        """Close the innermost division that this line reaches; False when the line opens one or is none."""
        found = self.division()
        if found is None or not found.closes:
            return False
        end = found.end
        level = matched
        while level > 0 and self.stack[level].kind is not Kind.DIVISION:
            level -= 1
        self.mark(self.next, end)
        if self.refused:
            self.refused -= 1
            return True
        if level == 0:
            self.record.report(
                "div-unopened",
                "this line ends a division that never began",
                self.next,
                end,
                "take it away, or begin the division with `::: name`",
            )
            self.close_to(self.settled(matched))
            return True
        node = self.stack[level]
        node.closed, node.end, node.last = True, end, self.number
        self.close_to(level - 1)
        return True

    def settled(self, matched: int) -> int:
        while self.stack[matched].kind in _PASSING:
            matched -= 1
        return matched

    def start_division(self, matched: int) -> int | None:
        found = self.division()
        if found is None:
            self.record.report(
                "div-malformed",
                "this line begins with `:::` but names no division",
                self.next,
                self.end,
                "write `::: name` or `::: {.name #id key=value}`",
            )
            return None
        if found.closes:
            return None
        if not self.may_nest():
            self.refused += 1
            return None
        end = found.end
        raw = Raw(Kind.DIVISION, self.next, end, self.number, self.number, level=end)
        self.mark(self.next, end, VALUE)
        attributes = NO_ATTRIBUTES
        self.faults(misnamed(found.name, 0, len(found.name)), found.origin)
        if found.reading is not None:
            attributes = found.reading.attributes
            told = faults(bearer_of(found.name, found.reading), found.reading, self.record.told)
            self.faults((*found.reading.faults, *told), found.origin)
        name, classes = name_of(found.name, attributes.classes)
        raw.name = name
        raw.attributes = Attributes(attributes.id, classes, attributes.pairs)
        self.push(raw, matched)
        return -1

    def start_definition(self, matched: int, paragraph: Raw | None) -> int | None:
        at = self.next
        if self.text[at + 1 : at + 2] not in (" ", "\t") or at + 1 >= self.end:
            return None
        if not self.text[at + 1 : self.end].strip(" \t"):
            return None
        # `: words` above a table is its caption, `:   words` defines the term above it, as Pandoc writes both
        wide = self.text[at + 1] == "\t" or self.text.startswith("  ", at + 1)
        container = self.stack[matched]
        leaf = self.leaf
        if container.kind is Kind.ENTRY:
            lazy = leaf is not None and leaf.kind is Kind.PARAGRAPH and len(leaf.pieces) > 1 and leaf.pieces[-1].lazy
            if not self.may_nest():
                return None
            if lazy:
                assert leaf is not None
                term = leaf.pieces.pop()
                leaf.end, leaf.last = leaf.pieces[-1].end, self.number - 2
                self.close_to(matched - 1)
                entry = Raw(Kind.ENTRY, term.start, term.end, self.number - 1, self.number - 1, pieces=[term])
                matched = self.push(entry, matched - 1)
            return self.define(matched)
        if matched != len(self.stack) - 1:
            return None
        if paragraph is not None:
            if len(paragraph.pieces) != 1:
                return None
        elif leaf is None:
            if not container.children:
                return None
            paragraph = container.children[-1]
            if (
                paragraph.kind is not Kind.PARAGRAPH
                or len(paragraph.pieces) != 1
                or paragraph.last != self.number - 2
                or (not wide and self.table_follows())
            ):
                return None
        else:
            return None
        if self.leading_caption(paragraph) or not self.may_nest():
            return None
        loose = paragraph.last == self.number - 2
        self.close_leaf()
        children = container.children
        term_raw = children[-1] if children else None
        if term_raw is None or term_raw.kind is not Kind.PARAGRAPH:
            return None
        children.pop()
        if children and children[-1].kind is Kind.DEFINITIONS:
            definitions = children[-1]
            self.stack.append(definitions)
            level = len(self.stack) - 1
        else:
            definitions = Raw(Kind.DEFINITIONS, term_raw.start, term_raw.end, term_raw.first, term_raw.last)
            level = self.push(definitions, matched)
        definitions.tight = definitions.tight and not loose
        entry = Raw(Kind.ENTRY, term_raw.start, term_raw.end, term_raw.first, term_raw.last, pieces=term_raw.pieces)
        return self.define(self.push(entry, level))

    def leading_caption(self, paragraph: Raw) -> bool:
        piece = paragraph.pieces[0]
        return caption_prefix(self.text, piece.start, piece.end) > 0 and self.text[piece.start] in "Tt"

    def table_follows(self) -> bool:
        """Say whether the next line with words begins a table, so that `: words` is its caption."""
        for number in range(self.number + 1, min(self.number + 4, len(self.lines))):
            start, end = self.lines[number]
            line = self.text[start:end].lstrip(" \t>")
            if line:
                below = self.lines[number + 1] if number + 1 < len(self.lines) else (0, 0)
                ruled = bool(_DELIMITERS.match(self.text[below[0] : below[1]].lstrip(" \t>")))
                return (ruled and has_bar(self.text, start, end)) or bool(_GRID.match(line))
        return False

    def define(self, matched: int) -> int:
        raw = Raw(Kind.DEFINITION, self.next, self.next + 1, self.number, self.number)
        indent = self.indent
        self.mark(self.next, self.next + 1)
        start = self.next
        level = self.push(raw, matched)
        self.to(start + 1)
        self.look()
        width = max(1, min(self.indent, 3 - indent))
        self.advance(width)
        raw.offset = min(4, indent + 1 + width)
        return level

    def finish_grid(self, raw: Raw) -> None:
        """Read a grid table and the blocks in its cells; what cannot be read stays a paragraph."""
        try:
            if raw.end - raw.start > limits.GRID:
                raise MalformedError(raw.start, f"it has more than {limits.GRID:,} characters")
            raw.grid = read_grid(self.text, raw.pieces)
        except MalformedError as fault:
            self.record.report(
                "table-malformed",
                f"this grid table cannot be read: {fault.why}",
                fault.at,
                fault.at + 1,
                "make all lines equally long and let every corner be a `+`; its signs stand in the text as they are",
            )
            raw.kind = Kind.PARAGRAPH
            return
        for piece in raw.pieces:
            self.mark(piece.start, piece.end)
        depth = self.depth + sum(node.kind in _LEVELS for node in self.stack) + 1
        for row in (*raw.grid.head, *raw.grid.body, *raw.grid.foot):
            for cell in row.cells:
                for piece in cell.pieces:
                    self.mark(piece.start, piece.end, FREE)
                lines = [(piece.start, piece.end) for piece in cell.pieces]
                raw.cells.append(read_blocks(self.record, lines, self.found, depth))

    # Paragraphs -----------------------------------------------------------------------------

    def finish_paragraph(self, raw: Raw) -> list[Raw]:
        """Trim a paragraph, take out its link definitions, and see whether it is a line block."""
        pieces = raw.pieces
        last = pieces[-1]
        end = last.end
        while end > last.start and self.text[end - 1] in " \t":
            end -= 1
        pieces[-1] = Piece(last.start, end, last.lazy, last.indent)
        raw.end = end
        blocks: list[Raw] = []
        if self.text.startswith("[", pieces[0].start):
            blocks = self.take_definitions(raw)
            if not raw.pieces:
                return blocks
        if _BAR.match(self.text, raw.pieces[0].start, raw.pieces[0].end):
            return blocks + self.line_block(raw)
        return [*blocks, raw]

    def take_definitions(self, raw: Raw) -> list[Raw]:
        content = Content(self.text, raw.pieces)
        text = content.text
        blocks: list[Raw] = []
        at = 0
        taken = 0
        while at < len(text) and text[at] == "[":
            found = read_definition(text, at)
            if found is None:
                break
            label, target, title, attributes, end = found
            start, stop = content.place(at), content.place_end(end)
            self.mark(start, stop, VALUE)
            span = Span(self.record.source.path, start, stop)
            if label in self.found.definitions:
                self.record.report(
                    "link-definition-doubled",
                    f"`{text[at : text.index(']:', at) + 1]}` is defined twice",
                    start,
                    stop,
                    "keep one; the first is used",
                    also=((self.found.definitions[label].span, "first defined here"),),
                )
            else:
                self.found.definitions[label] = LinkDefinition(label, target, title, attributes, span)
            lines = text.count("\n", at, end) + 1
            blocks.append(Raw(Kind.LINK, start, stop, raw.first + taken, raw.first + taken + lines - 1))
            taken += lines
            at = end + 1
        if taken:
            raw.pieces = raw.pieces[taken:]
            if raw.pieces:
                raw.start, raw.first = raw.pieces[0].start, raw.first + taken
        return blocks

    def line_block(self, raw: Raw) -> list[Raw]:
        """Turn a paragraph whose lines begin with a bar into a line block, and what follows into a paragraph."""
        lines = Raw(Kind.LINES, raw.start, raw.end, raw.first, raw.last)
        drawn = 0
        for index, piece in enumerate(raw.pieces):
            if not _BAR.match(self.text, piece.start, piece.end):
                if piece.indent and not piece.lazy:
                    lines.pieces.append(piece)
                    continue
                rest = Raw(Kind.PARAGRAPH, piece.start, raw.end, raw.first + index, raw.last)
                rest.pieces = raw.pieces[index:]
                lines.end, lines.last = raw.pieces[index - 1].end, raw.first + index - 1
                self.undrawn(lines, drawn)
                return [lines, rest]
            words = self.text[piece.start : piece.end].rstrip(" \t")
            drawn += words.endswith("|") and len(words) > 1
            lines.pieces.append(piece)
        self.undrawn(lines, drawn)
        return [lines]

    def undrawn(self, lines: Raw, drawn: int) -> None:
        if drawn == len(lines.pieces) and drawn > 1:
            self.record.report(
                "table-delimiter-missing",
                "these lines look like a table without the line that says which columns it has",
                lines.start,
                lines.pieces[0].end,
                "write `|---|---|` below the first row",
                Severity.ERROR,
            )
