"""Tables whose rows stand in files of their own: text with separated values (RFC 4180) becomes rows of cells.

A chapter holds the caption and says how the file is read; the words of the cells keep their places in that file, so that a
problem in them is said at its own line and column. A cell is plain text: nothing in it is mark-up, and a line
feed in quotation marks is a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.manuscript import (
    Attributes,
    Block,
    Cell,
    Column,
    DefinitionList,
    Division,
    EditorialMatter,
    Epigraph,
    Inline,
    ItemList,
    Leaf,
    Letter,
    LineBreak,
    Paragraph,
    Quotation,
    Row,
    Table,
    Text,
    children,
)
from pipeline.parse import limits
from pipeline.source import Problem, Source, Span

SRC = "src"
"""The key with which a division `table` names the file that holds its rows."""
READING = (SRC, "header", "stub", "align", "delimiter")
"""The keys that say how a file is read."""
LIFTED = ("place", "notes")
"""Keys that a table shares with all that stands under it."""
LANDSCAPE = "landscape"
ALIGNS = {"l": "left", "r": "right", "c": "center"}
DELIMITERS = {"": ",", "tab": "\t", "comma": ",", "semicolon": ";"}


# Divisions ---------------------------------------------------------------------------------------


def wrapped(table: Table) -> Table | Division:
    """Put a table that is turned, or has its notes under it, into a division with them."""
    asks = table.attributes.get("notes") or LANDSCAPE in table.attributes.classes
    return joined(Division("table", (table,), table.span)) if asks else table


def joined(division: Division) -> Division:
    """Give a division what its table says of both of them, and the table the id that names it.

    The first table of a division is meant. What its caption says wins.
    """
    blocks: list[Block] = []
    for block in division.blocks:
        inner = isinstance(block, Division) and block.name == "table" and not block.attributes.get(SRC)
        blocks.extend(_lowered(block) if inner and isinstance(block, Division) else (block,))
    at = next((index for index, block in enumerate(blocks) if isinstance(block, Table)), None)
    if at is None:
        return replace(division, blocks=tuple(blocks))
    table = blocks[at]
    assert isinstance(table, Table)
    own, outer = table.attributes, division.attributes
    lifted = tuple(pair for pair in own.pairs if pair[0] in LIFTED)
    names = {name for name, _ in lifted}
    pairs = (*lifted, *(pair for pair in outer.pairs if pair[0] not in names))
    classes = tuple(dict.fromkeys((*outer.classes, *(name for name in own.classes if name == LANDSCAPE))))
    id = own.id or outer.id
    blocks[at] = replace(
        table,
        attributes=Attributes(
            id,
            tuple(name for name in own.classes if name != LANDSCAPE),
            tuple(pair for pair in own.pairs if pair[0] not in LIFTED),
        ),
    )
    return replace(
        division,
        blocks=tuple(blocks),
        attributes=Attributes("" if id == outer.id else outer.id, classes, pairs),
    )


def _lowered(division: Division) -> tuple[Block, ...]:
    """Give a table back what a division around it took from it."""
    taken = division.attributes
    return tuple(
        replace(
            block,
            attributes=Attributes(
                block.attributes.id,
                (*block.attributes.classes, *taken.classes),
                (*block.attributes.pairs, *taken.pairs),
            ),
        )
        if isinstance(block, Table)
        else block
        for block in division.blocks
    )


def asked_files(leaf: Leaf) -> Iterator[tuple[str, Span]]:
    """Yield the files that the tables of a leaf name, with the place of the division."""
    for block in (*leaf.blocks, *(block for note in leaf.notes for block in note.blocks)):
        yield from _asked(block)


def _asked(block: Block) -> Iterator[tuple[str, Span]]:
    if isinstance(block, Division) and block.name == "table" and block.attributes.get(SRC):
        yield block.attributes.get(SRC), block.span
    for inner in children(block):
        yield from _asked(inner)


def fill_tables(leaf: Leaf, files: Mapping[str, Source]) -> tuple[Leaf, tuple[Problem, ...]]:
    """Return a leaf whose tables have the rows of their files; `files` are known by the names that the leaf gives them."""
    problems: list[Problem] = []

    def fill(block: Block) -> Block:
        match block:
            case Division(name="table") if block.attributes.get(SRC):
                source = files.get(block.attributes.get(SRC))
                inner = tuple(map(fill, block.blocks))
                if source is None:
                    return replace(block, blocks=inner)
                done = False
                blocks: list[Block] = []
                for each in inner:
                    if isinstance(each, Table) and not done:
                        done = True
                        each, found = _filled(each, block, source)
                        problems.extend(found)
                    blocks.append(each)
                rest = tuple(pair for pair in block.attributes.pairs if pair[0] not in READING)
                return replace(block, blocks=tuple(blocks), attributes=replace(block.attributes, pairs=rest))
            case Quotation() | Epigraph() | Letter() | EditorialMatter() | Division():
                return replace(block, blocks=tuple(map(fill, block.blocks)))
            case ItemList():
                return replace(
                    block, items=tuple(replace(item, blocks=tuple(map(fill, item.blocks))) for item in block.items)
                )
            case DefinitionList():
                return replace(
                    block,
                    entries=tuple(
                        replace(entry, definitions=tuple(tuple(map(fill, each)) for each in entry.definitions))
                        for entry in block.entries
                    ),
                )
            case Table():
                return replace(block, head=rows(block.head), body=rows(block.body), foot=rows(block.foot))
            case _:
                return block

    def rows(given: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(
            replace(row, cells=tuple(replace(cell, blocks=tuple(map(fill, cell.blocks))) for cell in row.cells))
            for row in given
        )

    blocks = tuple(map(fill, leaf.blocks))
    notes = tuple(replace(note, blocks=tuple(map(fill, note.blocks))) for note in leaf.notes)
    return replace(leaf, blocks=blocks, notes=notes), tuple(problems)


def _filled(table: Table, division: Division, source: Source) -> tuple[Table, list[Problem]]:
    attributes = division.attributes
    problems: list[Problem] = []

    def number(key: str, usual: int) -> int:
        written = attributes.get(key) or str(usual)
        if written.isascii() and written.isdigit() and int(written[:4]) <= limits.COLUMNS:
            return int(written[:4])
        problems.append(
            Problem(
                "table-source",
                f"`{key}` is no number of {'rows' if key == 'header' else 'columns'}: `{written[:40]}`",
                division.span,
                f"write `{key}=1`",
            )
        )
        return usual

    header, stub = number("header", 1), number("stub", 0)
    written = attributes.get("delimiter")
    delimiter = DELIMITERS.get(written, written)
    if len(delimiter) != 1 or delimiter in '"\n':
        problems.append(
            Problem(
                "table-source",
                f"cells cannot be parted by `{written[:40]}`",
                division.span,
                'write one character, such as `delimiter=";"`, or `delimiter=tab`',
            )
        )
        delimiter = ","
    align = attributes.get("align")
    if align.strip("lrc"):
        problems.append(
            Problem(
                "table-source",
                f"`{align[:40]}` says nothing of how columns are aligned",
                division.span,
                "write a letter for each column: `l` left, `r` right, `c` centred, as in `align=lrr`",
            )
        )
        align = ""
    rows, found = read_rows(source, delimiter)
    problems.extend(found)
    columns = max((len(row.cells) for row in rows), default=0)
    problems.extend(_faults(rows, columns, source, len(align), division.span))
    aligns = [ALIGNS[letter] for letter in align[:columns]]
    aligns.extend([""] * (columns - len(aligns)))
    head = tuple(_row(row, columns, heading=columns) for row in rows[:header])
    body = tuple(_row(row, columns, heading=stub) for row in rows[header:])
    return replace(table, columns=tuple(map(Column, aligns)), head=head, body=body), problems


def _faults(rows: tuple[Record, ...], columns: int, source: Source, aligned: int, span: Span) -> Iterator[Problem]:
    if not rows:
        yield Problem("table-source", f"`{source.path}` has no rows", source.span(0, 0), "write one row a line")
        return
    cells = sum(len(row.cells) for row in rows)
    for what, number, limit in (
        ("columns", columns, limits.COLUMNS), ("rows", len(rows), limits.ROWS), ("cells", cells, limits.CELLS),
    ):  # fmt: skip
        if number > limit:
            yield Problem(
                "table-too-large",
                f"this table has {number:,} {what}, more than {limit:,}",
                source.span(0, rows[0].end),
                "divide it into several tables",
            )
            return
    width = len(rows[0].cells)
    for row in rows[1:]:
        if len(row.cells) != width:
            yield Problem(
                "table-row-uneven",
                f"this row has {len(row.cells)} cells, the first one has {width}",
                source.span(row.start, max(row.end, row.start + 1)),
                "write every row with as many cells; a delimiter inside a cell needs quotation marks about it",
                also=((source.span(rows[0].start, rows[0].end), "the first row"),),
            )
    if aligned > columns:
        yield Problem(
            "table-source",
            f"`align` speaks of {aligned} columns, `{source.path}` has {columns}",
            span,
            "write a letter for each column",
        )


def _row(record: Record, columns: int, heading: int) -> Row:
    cells = [_cell(field, record.path, heading=index < heading) for index, field in enumerate(record.cells)]
    end = Span(record.path, record.end, record.end)
    cells.extend(Cell((), end, heading=index < heading) for index in range(len(cells), columns))
    return Row(tuple(cells), Span(record.path, record.start, record.end))


def _cell(field: Field, path: str, *, heading: bool) -> Cell:
    span = Span(path, field.start, field.end)
    if not field.text.strip():
        return Cell((), span, heading=heading)
    inlines: list[Inline] = []
    for line in re.split(r"\n+", field.text.strip()):
        if inlines:
            inlines.append(LineBreak(span))
        inlines.append(Text(line.strip(), span))
    return Cell((Paragraph(tuple(inlines), span),), span, heading=heading)


# RFC 4180 ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """One value: its text without quotation marks, and where it stands in the file."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its values, and where it stands in the file."""

    path: str
    cells: tuple[Field, ...]
    start: int
    end: int


def read_rows(source: Source, delimiter: str = ",") -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """Read separated values as RFC 4180 has them; lines without a sign are left out.

    The cost is that of the text: no sign is looked at twice.

    >>> rows, problems = read_rows(Source("a.csv", 'Name,Men\\n"Pequod, the",30\\n'))
    >>> [[cell.text for cell in row.cells] for row in rows], problems
    ([['Name', 'Men'], ['Pequod, the', '30']], ())
    """
    text, path = source.text, source.path
    plain = re.compile(rf"[^{re.escape(delimiter)}\n]*")
    problems: list[Problem] = []
    rows: list[Record] = []
    cells: list[Field] = []
    at = start = 0
    while at < len(text):
        if text[at] == '"':
            field, at = _quoted(source, at, problems)
            rest = plain.match(text, at)
            assert rest is not None
            if rest.group().strip(" \t"):
                problems.append(
                    Problem(
                        "table-quotes",
                        "words follow the closing quotation mark of a cell",
                        source.span(rest.start(), rest.end()),
                        'a quotation mark inside a cell is written twice: `"He said ""no"""`',
                    )
                )
                field = Field(field.text + rest.group(), field.start, rest.end())
            at = rest.end()
        else:
            found = plain.match(text, at)
            assert found is not None
            field = Field(found.group(), at, found.end())
            quote = field.text.find('"')
            if quote >= 0:
                problems.append(
                    Problem(
                        "table-quotes",
                        "a quotation mark stands inside a cell that does not begin with one",
                        source.span(at + quote, at + quote + 1),
                        'put the whole cell into quotation marks, and write those inside it twice: `"9"" gun"`',
                    )
                )
            at = found.end()
        cells.append(field)
        if at < len(text) and text[at] == delimiter:
            at += 1
            if at < len(text) and text[at] != "\n":
                continue
            cells.append(Field("", at, at))
        rows.append(Record(path, tuple(cells), start, at))
        at += 1
        cells, start = [], at
    return tuple(row for row in rows if len(row.cells) > 1 or row.cells[0].text.strip()), tuple(problems)


def _quoted(source: Source, at: int, problems: list[Problem]) -> tuple[Field, int]:
    """Read a value in quotation marks; return it and where the text goes on."""
    text = source.text
    parts: list[str] = []
    begin = at + 1
    while True:
        end = text.find('"', begin)
        if end < 0:
            problems.append(
                Problem(
                    "table-quotes",
                    "the quotation mark that begins this cell is never closed",
                    source.span(at, at + 1),
                    "close it; a quotation mark inside a cell is written twice",
                )
            )
            parts.append(text[begin:])
            return Field("".join(parts), at, len(text)), len(text)
        parts.append(text[begin:end])
        if text[end + 1 : end + 2] != '"':
            return Field("".join(parts), at, end + 1), end + 1
        parts.append('"')
        begin = end + 2
