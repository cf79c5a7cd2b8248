"""Raw blocks become manuscript nodes: the words of each leaf are read now, when all definitions are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.manuscript import (
    NO_ATTRIBUTES,
    Attributes,
    Block,
    Break,
    Cell,
    CiteCall,
    CodeBlock,
    Column,
    CrossRef,
    Definition,
    DefinitionList,
    Division,
    EditorialMatter,
    Epigraph,
    Equation,
    Figure,
    Formula,
    Heading,
    Image,
    Inline,
    Item,
    ItemList,
    Letter,
    NoteCall,
    NoteText,
    Paragraph,
    Quotation,
    Row,
    SoftBreak,
    Supplied,
    Table,
    Text,
    Verse,
    VerseLine,
)
from pipeline.parse import limits
from pipeline.parse.attributes import read_trailing
from pipeline.parse.content import Content, Piece
from pipeline.parse.inlines import Finds, plain, read_inlines
from pipeline.parse.known import Bearer, faults
from pipeline.parse.raw import Kind, Raw, caption_prefix
from pipeline.parse.record import FREE, VALUE, Record
from pipeline.parse.separated import SRC, joined, wrapped
from pipeline.parse.tables import RawRow, read_delimiters, split_row
from pipeline.source import Severity, Span

_STARS = re.compile(r"(?:\*[ ]*){3,}|(?:-[ ]*){3,}|(?:_[ ]*){3,}|⁂")
_NO_HEAD = re.compile(r"(?:(?P<signs>#{1,6})(?P<word>[^\W\d_][\w-]*)|(?P<many>#{7,})(?=[ \t]))")
_TASK = re.compile(r"\[[ xX]\][ \t]")
_EXAMPLE = re.compile(r"\(@\)[ \t]")  # `(@key)` is a citation in brackets
_SILENT = frozenset((Kind.NOTE, Kind.LINK, Kind.COMMENT))
"""raw blocks that stand elsewhere or nowhere in the tree"""

CONTINUED = "continued"
"""The class of a paragraph that goes on after a formula on lines of its own."""

_Caption = tuple[tuple[Inline, ...], Attributes, Span]


class Builder:
    """Builds the nodes of one file; `owner` is the key of the note whose blocks are being built."""

    def __init__(self, record: Record, finds: Finds) -> None:
        self.record = record
        self.text = record.source.text
        self.finds = finds
        self.owner = ""

    def span(self, start: int, end: int) -> Span:
        return Span(self.record.source.path, start, end)

    def note(self, raw: Raw) -> NoteText:
        """Build the words of a note."""
        self.owner = raw.name
        blocks = self.blocks(raw.children)
        self.owner = ""
        if not blocks:
            self.record.report(
                "note-empty",
                f"note `{raw.name}` has no words",
                raw.start,
                raw.level,
                "write its words after the colon; lines that go on with it are indented by four spaces",
            )
        return NoteText(raw.name, raw.voice, blocks, self.span(raw.start, raw.end), raw.attributes)

    def blocks(self, raws: Sequence[Raw]) -> tuple[Block, ...]:
        """Build blocks in order; captions go to the tables beside them."""
        captions = self.captions(raws)
        built: list[Block] = []
        for index, raw in enumerate(raws):
            if raw.kind in _SILENT or index in captions.values():
                continue
            if raw.kind in (Kind.TABLE, Kind.GRID):
                at = captions.get(index)
                caption = None if at is None else self.caption(raws[at])
                table = self.table(raw, caption) if raw.kind is Kind.TABLE else self.grid(raw, caption)
                built.append(wrapped(table))
                continue
            self.look_at_caption(raws, index, captions)
            block = self.block(raw)
            if block is not None:
                built.extend(_parted(block))
        return tuple(built)

    def captions(self, raws: Sequence[Raw]) -> dict[int, int]:
        """Say for each table which paragraph is its caption: the one after it, or the one before it."""
        tables = [index for index, raw in enumerate(raws) if raw.kind in (Kind.TABLE, Kind.GRID)]
        if not tables:
            return {}
        found: dict[int, int] = {}
        for index in tables:
            before, after = index - 1, index + 1
            if before >= 0 and before not in found.values() and self.is_caption(raws[before]):
                found[index] = before
            elif after < len(raws) and self.is_caption(raws[after]):
                found[index] = after
        return found

    def look_at_caption(self, raws: Sequence[Raw], index: int, captions: dict[int, int]) -> None:
        """Report a second caption of a table: the first is its caption, this one a paragraph."""
        if not self.is_caption(raws[index]) or self.text[raws[index].start] == ":":
            return
        beside = (raws[each] for each in (index - 1, index + 1) if 0 <= each < len(raws))
        if any(each.kind in (Kind.TABLE, Kind.GRID) for each in beside) or index - 1 in captions.values():
            self.record.report(
                "caption-stray",
                "this table has its caption already, so this line is a paragraph",
                raws[index].start,
                raws[index].pieces[0].end,
                "make one caption of both; what stands under a table goes into a division `table` around it",
                Severity.WARNING,
            )

    def is_caption(self, raw: Raw) -> bool:
        if raw.kind is not Kind.PARAGRAPH:
            return False
        piece = raw.pieces[0]
        return caption_prefix(self.text, piece.start, piece.end) > 0

    def caption(self, raw: Raw) -> _Caption:
        pieces = list(raw.pieces)
        first = pieces[0]
        start = caption_prefix(self.text, first.start, first.end)
        self.record.mark(first.start, start)
        pieces[0] = Piece(start, first.end)
        last = pieces[-1]
        attributes = NO_ATTRIBUTES
        found = read_trailing(self.text[last.start : last.end])
        if found is not None and (found[0] == 0 or self.text[last.start + found[0] - 1] in " \t"):
            at, reading = found
            attributes = reading.attributes
            self.record.mark(last.start + at, last.start + reading.end, VALUE)
            for fault in (*reading.faults, *faults(Bearer.TABLE, reading, self.record.told)):
                start, end = last.start + fault.start, last.start + fault.end
                self.record.report(fault.code, fault.message, start, end, fault.hint, fault.severity)
            end = last.start + at
            while end > last.start and self.text[end - 1] in " \t":
                end -= 1
            pieces[-1] = Piece(last.start, end)
            if end == last.start:
                pieces.pop()
        inlines = self.inlines(pieces) if pieces else ()
        return inlines, attributes, self.span(raw.start, raw.end)

    def block(self, raw: Raw) -> Block | None:
        span = self.span(raw.start, raw.end)
        match raw.kind:
            case Kind.PARAGRAPH:
                return self.paragraph(raw, span)
            case Kind.HEADING:
                return Heading(raw.level, self.inlines(raw.pieces), span, raw.attributes)
            case Kind.QUOTATION:
                blocks = self.blocks(raw.children)
                if not blocks and any(child.kind in _SILENT for child in raw.children):
                    return None
                return Quotation(blocks, span)
            case Kind.LIST:
                for item in raw.children:
                    self.look_at_task(item)
                items = tuple(
                    Item(self.blocks(item.children), self.span(item.start, item.end)) for item in raw.children
                )
                if not raw.numerals:
                    return ItemList(items, None, raw.tight, span)
                start = raw.values[0]
                return ItemList(items, 1 if start is None else start, raw.tight, span, raw.numerals, raw.sign)
            case Kind.DEFINITIONS:
                return DefinitionList(tuple(self.entry(entry) for entry in raw.children), raw.tight, span)
            case Kind.BREAK:
                return Break(span)
            case Kind.CODE | Kind.FENCE:
                return CodeBlock(self.code(raw), raw.name, span, raw.attributes)
            case Kind.LINES:
                return self.line_block(raw.pieces)
            case Kind.DIVISION:
                return self.division(raw, span)
            case _:
                raise AssertionError(f"{raw.kind} is no block")

    def inlines(self, pieces: Sequence[Piece], figure: bool = False) -> tuple[Inline, ...]:
        """Read the words of pieces; pictures among them keep their description as a value only."""
        content = Content(self.text, pieces)
        inlines = read_inlines(content, self.record, self.finds, self.owner)
        if self.finds.descriptions:
            alone = inlines[0] if figure and len(inlines) == 1 else None
            for span, (description, unused) in self.finds.descriptions.items():
                if isinstance(alone, Image) and span == alone.span and description:
                    continue
                self.keep_description(span, description, unused)
            if not isinstance(alone, Image):
                self.finds.descriptions.clear()
        return inlines

    def keep_description(self, span: Span, description: tuple[Inline, ...], unused: bool) -> None:
        calls = list(_calls_in(description))
        start = span.start
        for call in calls:
            # the words of an inline note stand in the note, not in the description
            self.record.mark(start, call.start, VALUE)
            start = call.end
        self.record.mark(start, span.end, VALUE)
        if unused:
            self.record.report(
                "image-description",
                "this picture in a line has a description and an `alt`: the description would stand nowhere",
                span.start,
                span.end,
                "keep one of them, or let the picture stand alone in its paragraph as a figure with a caption",
            )
        if calls:
            call = calls[0]
            self.record.report(
                "image-description",
                "a call or a reference in the description of a picture in a line would stand nowhere",
                call.start,
                call.end,
                "put it after the picture, or let the picture stand alone in its paragraph as a figure",
            )

    def paragraph(self, raw: Raw, span: Span) -> Block:
        if raw.end - raw.start > limits.PARAGRAPH:
            self.record.report(
                "paragraph-too-long",
                f"a paragraph of {raw.end - raw.start:,} characters begins here, more than {limits.PARAGRAPH:,}",
                raw.start,
                raw.start + 1,
                "leave blank lines between paragraphs",
            )
        if self.text[raw.start] == ":" and self.is_caption(raw):
            self.record.report(
                "caption-stray",
                "this line begins like a caption or a definition, but no table and no term stands beside it",
                raw.start,
                raw.pieces[0].end,
                "put it next to its table, or below a term of one line; or escape the colon: `\\:`",
            )
        inlines = self.inlines(raw.pieces, figure=True)
        self.look_alike(raw)
        if len(inlines) == 1:
            only = inlines[0]
            if isinstance(only, Image):
                caption = self.finds.descriptions.pop(only.span, ((), False))[0]
                self.finds.descriptions.clear()
                own = only.attributes
                inner = Image(only.target, only.alt, only.title, only.span, Attributes("", own.classes, own.pairs))
                return Figure(inner, caption, span, own)
            if isinstance(only, Supplied) and _STARS.fullmatch(plain(only.inlines)):
                self.record.mark(span.start, span.end)
                return Break(span, supplied=True)
        return Paragraph(inlines, span)

    def look_alike(self, raw: Raw) -> None:
        """Report signs that mean something elsewhere and are words here."""
        for number, piece in enumerate(raw.pieces):
            found = _NO_HEAD.match(self.text, piece.start, piece.end)
            signs = (found["signs"] or found["many"]) if found else ""
            if found and (number == 0 or signs != "#"):
                many = len(signs) > 6
                self.record.report(
                    "markup-unread",
                    "heads have at most six levels, so this line is text"
                    if many
                    else "this line is no head: a space is missing",
                    piece.start,
                    found.end(),
                    "write fewer `#`" if many else f"write `{signs} {found['word']}…`, or `\\#` for the sign itself",
                    Severity.WARNING,
                )
        first, last = raw.pieces[0], raw.pieces[-1]
        example = _EXAMPLE.match(self.text, first.start, first.end)
        if example:
            self.record.report(
                "markup-unread",
                f"lists of examples are not known here: `{example[0].strip()}` stands in the text",
                first.start,
                example.end(),
                "number the examples yourself: `(1)  words`",
                Severity.WARNING,
            )
        found_braces = read_trailing(self.text[last.start : last.end])
        if found_braces is not None and found_braces[1].attributes != NO_ATTRIBUTES:
            at = last.start + found_braces[0]
            apart = at == last.start or self.text[at - 1] in " \t"
            if apart and self.record.marks[at] == FREE:
                braces = self.text[at : last.start + found_braces[1].end]
                self.record.report(
                    "attributes-unused",
                    f"`{braces}` stands in the text: a paragraph has no attributes",
                    at,
                    at + len(braces),
                    f"put the paragraph between `::: {braces}` and `:::`, or a span around its words; or escape the brace",
                    Severity.WARNING,
                )

    def look_at_task(self, item: Raw) -> None:
        """Report a box of a list of tasks: it stands in the text as its signs."""
        first = item.children[0] if item.children else None
        found = _TASK.match(self.text, first.start, first.end) if first and first.kind is Kind.PARAGRAPH else None
        if found and first:
            self.record.report(
                "markup-unread",
                f"lists of tasks are not known here: `{found[0].strip()}` stands in the text",
                first.start,
                found.end() - 1,
                "write the sign that shall be seen: `☐` or `☑`",
                Severity.WARNING,
            )

    def code(self, raw: Raw) -> str:
        return "\n".join(" " * piece.indent + self.text[piece.start : piece.end] for piece in raw.pieces)

    def entry(self, raw: Raw) -> Definition:
        term = self.inlines(raw.pieces)
        definitions = tuple(self.blocks(definition.children) for definition in raw.children)
        return Definition(term, definitions, self.span(raw.start, raw.end))

    # Verse ----------------------------------------------------------------------------------

    def line_block(self, pieces: Sequence[Piece]) -> Verse:
        """Build verse from lines that begin with a bar; lines without one go on with the line before."""
        lines: list[tuple[int, list[Piece]]] = []
        for piece in pieces:
            start = piece.start
            if piece.start == piece.end:
                lines.append((0, []))
                continue
            if self.text[start] != "|" or (lines and piece.indent and not _is_bar(self.text, piece)):
                lines[-1][1].append(piece)
                continue
            self.record.mark(start, start + 1)
            start += 1
            if start < piece.end and self.text[start] in " \t":
                start += 1
            words = start
            while words < piece.end and self.text[words] in " \t":
                words += 1
            lines.append((words - start, [Piece(words, piece.end)] if words < piece.end else []))
        return Verse(self.stanzas(lines), self.span(pieces[0].start, pieces[-1].end))

    def stanzas(self, lines: Sequence[tuple[int, list[Piece]]]) -> tuple[tuple[VerseLine, ...], ...]:
        stanzas: list[tuple[VerseLine, ...]] = []
        stanza: list[VerseLine] = []
        for indent, pieces in lines:
            if not pieces:
                if stanza:
                    stanzas.append(tuple(stanza))
                stanza = []
                continue
            last = pieces[-1]
            end = last.end
            while end > last.start and self.text[end - 1] in " \t":
                end -= 1
            pieces[-1] = Piece(last.start, end)
            stanza.append(VerseLine(self.inlines(pieces), indent, self.span(pieces[0].start, end)))
        if stanza:
            stanzas.append(tuple(stanza))
        return tuple(stanzas)

    def verse(self, pieces: Sequence[Piece]) -> Verse:
        """Build the lines of a verse division; when all begin with a bar, the bars are no words."""
        if all(_is_bar(self.text, piece) for piece in pieces if piece.end > piece.start):
            return self.line_block(pieces)
        lines = [(piece.indent, [piece] if piece.end > piece.start else []) for piece in pieces]
        return Verse(self.stanzas(lines), self.span(pieces[0].start, pieces[-1].end))

    # Divisions ------------------------------------------------------------------------------

    def division(self, raw: Raw, span: Span) -> Block:
        attributes = raw.attributes
        match raw.name:
            case "verse":
                blocks: list[Block] = []
                lines: list[Piece] = []
                last = raw.first
                for child in raw.children:
                    if child.kind is Kind.VERSE:
                        # a note between two lines does not part them, a blank line does
                        if lines and child.first > last + 1:
                            lines.append(Piece(child.start, child.start))
                        lines.extend(child.pieces)
                    elif child.kind not in _SILENT:
                        if lines:
                            blocks.append(self.verse(lines))
                            lines = []
                        blocks.extend(self.blocks((child,)))
                    last = child.last
                if not blocks:
                    stanzas = self.verse(lines).stanzas if lines else ()
                    return Verse(stanzas, span, attributes)
                if lines:
                    blocks.append(self.verse(lines))
                return Division("verse", tuple(blocks), span, attributes)
            case "epigraph":
                return Epigraph(self.blocks(raw.children), span, attributes)
            case "letter":
                return Letter(self.blocks(raw.children), span, attributes)
            case "editorial":
                signed = attributes.get("signed")
                rest = tuple(pair for pair in attributes.pairs if pair[0] != "signed")
                left = Attributes(attributes.id, attributes.classes, rest)
                return EditorialMatter(self.blocks(raw.children), signed, span, left)
            case "table":
                return self.table_division(raw, span)
            case _:
                return Division(raw.name, self.blocks(raw.children), span, attributes)

    # Tables ---------------------------------------------------------------------------------

    def table_division(self, raw: Raw, span: Span) -> Division:
        """Build a table with what stands under it; with `src` its rows are read later, from a file of their own."""
        children = list(raw.children)
        attributes = raw.attributes
        if not attributes.get(SRC):
            return joined(Division("table", self.blocks(children), span, attributes))
        at = next((index for index, child in enumerate(children) if self.is_caption(child)), None)
        words, own, place = self.caption(children.pop(at)) if at is not None else ((), NO_ATTRIBUTES, span)
        table = Table(words, (), (), (), (), place, own)
        before, after = self.blocks(children[: at or 0]), self.blocks(children[at or 0 :])
        return joined(Division("table", (*before, table, *after), span, attributes))

    def table(self, raw: Raw, caption: _Caption | None) -> Table:
        delimiters = raw.pieces[1]
        aligns = read_delimiters(self.record, delimiters.start, delimiters.end)
        rows = [split_row(self.record, piece.start, piece.end) for piece in (raw.pieces[0], *raw.pieces[2:])]
        self.hold_to_size(raw, max(len(aligns), *(len(row.cells) for row in rows)), rows)
        for row in rows:
            self.compare(row, len(aligns), head=row is rows[0])
        columns = max(len(aligns), *(len(row.cells) for row in rows))
        built = [self.row(row, columns, heading=row is rows[0]) for row in rows]
        head = tuple(built[:1]) if any(cell.blocks for cell in built[0].cells) else ()
        aligns = aligns + ("",) * (columns - len(aligns))
        return self.captioned(raw, caption, tuple(Column(align) for align in aligns), head, tuple(built[1:]), ())

    def compare(self, row: RawRow, columns: int, head: bool) -> None:
        """Report cells that are one too many, or missing."""
        if len(row.cells) > columns:
            extra = row.cells[columns]
            self.record.report(
                "table-cell-extra",
                f"this row has {len(row.cells)} cells, but the table has {columns} {_columns(columns)}",
                extra.start,
                max(row.cells[-1].end, extra.start + 1),
                "take the cell out, or add a column to the line of dashes; a pipe that is a word is written `\\|`",
            )
        elif len(row.cells) < columns and not (head and len(row.cells) == 0):
            self.record.report(
                "table-cell-missing",
                f"this row has {len(row.cells)} of {columns} cells; the others stay empty",
                row.start,
                row.end,
                "write the empty cells too",
                Severity.WARNING,
            )

    def row(self, row: RawRow, columns: int, heading: bool) -> Row:
        cells = [
            Cell(self.cell_blocks(cell.pieces), self.span(cell.start, cell.end), heading=heading) for cell in row.cells
        ]
        end = self.span(row.end, row.end)
        cells.extend(Cell((), end, heading=heading) for _ in range(columns - len(cells)))
        return Row(tuple(cells), self.span(row.start, row.end))

    def cell_blocks(self, pieces: tuple[Piece, ...]) -> tuple[Block, ...]:
        if not pieces:
            return ()
        return tuple(_parted(Paragraph(self.inlines(pieces), self.span(pieces[0].start, pieces[-1].end))))

    def grid(self, raw: Raw, caption: _Caption | None) -> Table:
        grid = raw.grid
        assert grid is not None
        self.hold_to_size(raw, len(grid.aligns), (*grid.head, *grid.body, *grid.foot))
        cells = iter(raw.cells)

        def rows(group: tuple[RawRow, ...], heading: bool) -> tuple[Row, ...]:
            return tuple(
                Row(
                    tuple(
                        Cell(
                            self.blocks(next(cells)),
                            self.span(cell.start, cell.end),
                            cell.columns,
                            cell.rows,
                            heading,
                        )
                        for cell in row.cells
                    ),
                    self.span(row.start, row.end),
                )
                for row in group
            )

        head, body, foot = rows(grid.head, True), rows(grid.body, False), rows(grid.foot, False)
        if not any(cell.blocks for row in head for cell in row.cells):
            head = ()
        columns = tuple(Column(align, width) for align, width in zip(grid.aligns, grid.widths, strict=True))
        return self.captioned(raw, caption, columns, head, body, foot)

    def captioned(
        self,
        raw: Raw,
        caption: _Caption | None,
        columns: tuple[Column, ...],
        head: tuple[Row, ...],
        body: tuple[Row, ...],
        foot: tuple[Row, ...],
    ) -> Table:
        words, attributes, place = caption or ((), NO_ATTRIBUTES, self.span(raw.start, raw.end))
        span = self.span(min(raw.start, place.start), max(raw.end, place.end))
        return Table(words, columns, head, body, foot, span, attributes)

    def hold_to_size(self, raw: Raw, columns: int, rows: Sequence[RawRow]) -> None:
        cells = sum(len(row.cells) for row in rows)
        for what, number, limit in (
            ("columns", columns, limits.COLUMNS),
            ("rows", len(rows), limits.ROWS),
            ("cells", cells, limits.CELLS),
        ):
            if number > limit:
                self.record.report(
                    "table-too-large",
                    f"this table has {number:,} {what}, more than {limit:,}",
                    raw.start,
                    raw.pieces[0].end,
                    "divide it into several tables",
                )
                return


def _columns(number: int) -> str:
    return "column" if number == 1 else "columns"


def _is_bar(text: str, piece: Piece) -> bool:
    return text[piece.start] == "|" and text[piece.start + 1 : piece.start + 2] in ("", " ", "\t", "\n")


def _calls_in(inlines: Sequence[Inline]) -> Iterator[Span]:
    """Yield the places of nodes whose words or marks would be lost in a plain description."""
    for inline in inlines:
        match inline:
            case NoteCall(span=span) | CiteCall(span=span) | Image(span=span) | CrossRef(inlines=(), span=span):
                yield span
            case _:
                yield from _calls_in(getattr(inline, "inlines", ()))


def _parted(block: Block) -> Iterator[Block]:
    """Part a paragraph at the formulas that stand on lines of their own."""
    if not isinstance(block, Paragraph) or not any(
        isinstance(node, Formula) and node.display for node in block.inlines
    ):
        yield block
        return
    run: list[Inline] = []
    begun = False

    def paragraph() -> Iterator[Paragraph]:
        words = _trimmed(run)
        if words:
            span = Span(block.span.path, words[0].span.start, words[-1].span.end)
            yield Paragraph(words, span, Attributes("", (CONTINUED,)) if begun else block.attributes)

    for node in block.inlines:
        if isinstance(node, Formula) and node.display:
            yield from paragraph()
            run.clear()
            begun = True
            own = node.attributes
            yield Equation(replace(node, attributes=Attributes("", own.classes, own.pairs)), node.span, own)
        else:
            run.append(node)
    yield from paragraph()


def _trimmed(inlines: Sequence[Inline]) -> tuple[Inline, ...]:
    """Take off the ends of lines, and white space alone, at both ends of a run."""

    def blank(node: Inline) -> bool:
        return isinstance(node, SoftBreak) or (isinstance(node, Text) and not node.text.strip())

    first, last = 0, len(inlines)
    while first < last and blank(inlines[first]):
        first += 1
    while last > first and blank(inlines[last - 1]):
        last -= 1
    return tuple(inlines[first:last])
