"""Pipe tables and grid tables: lines become rows of cells, each cell with the pieces of its words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from pipeline.parse.content import Piece
from pipeline.parse.record import Record

_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell: where it begins and ends, its pieces (a line each), and how far it reaches."""

    start: int
    end: int
    pieces: tuple[Piece, ...]
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class RawRow:
    cells: tuple[RawCell, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid table as it is drawn: columns with alignment and width, and rows in three groups."""

    aligns: tuple[str, ...]
    widths: tuple[float, ...]
    head: tuple[RawRow, ...]
    body: tuple[RawRow, ...]
    foot: tuple[RawRow, ...]


def split_row(record: Record, start: int, end: int) -> RawRow:
    """Cut a line at its pipes; pipes in code and after a backslash are words."""
    text = record.source.text
    while end > start and text[end - 1] in " \t":
        end -= 1
    ticks: dict[int, list[int]] | None = None
    bars: list[int] = []
    at = start
    while at < end:
        sign = text[at]
        if sign == "\\":
            at += 2
            continue
        if sign == "|":
            bars.append(at)
        elif sign == "`":
            if ticks is None:
                ticks = {}
                for run in _TICKS.finditer(text, start, end):
                    ticks.setdefault(run.end() - run.start(), []).append(run.start())
                for places in ticks.values():
                    places.reverse()
            width = 1
            while at + width < end and text[at + width] == "`":
                width += 1
            places = ticks.get(width, [])
            while places and places[-1] <= at:
                places.pop()
            at = places[-1] + width if places else at + width
            continue
        at += 1
    for bar in bars:
        record.mark(bar, bar + 1)
    edges = [start - 1, *bars, end]
    if bars and bars[0] == start:
        edges.pop(0)
    if bars and bars[-1] == end - 1 and len(edges) > 2:
        edges.pop()
    cells: list[RawCell] = []
    for left, right in pairwise(edges):
        first, last = left + 1, right
        while first < last and text[first] in " \t":
            first += 1
        while last > first and text[last - 1] in " \t":
            last -= 1
        pieces = (Piece(first, last),) if last > first else ()
        cells.append(RawCell(first, last, pieces))
    return RawRow(tuple(cells), start, end)


def read_delimiters(record: Record, start: int, end: int) -> tuple[str, ...]:
    """Return the alignment of each column that a line such as `|:--|--:|` declares."""
    text = record.source.text[start:end].strip(" \t")
    record.mark(start, end)
    return tuple(_align(cell.strip(" \t")) for cell in re.split(r"[|+]", text.removeprefix("|").removesuffix("|")))


def _align(dashes: str) -> str:
    left, right = dashes.startswith(":"), dashes.endswith(":")
    return "center" if left and right else "left" if left else "right" if right else ""


class MalformedError(Exception):
    """A grid table that cannot be read: the offset of the line, and why."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at
        self.why = why


def read_grid(text: str, pieces: list[Piece]) -> Grid:
    """Read a grid table from its lines; raises `MalformedError`."""
    return _Drawing(text, pieces).read()


def _columns(text: str, start: int, end: int) -> list[int]:
    """Return the offset of the character in each column; wide characters take two columns, marks none."""
    if text.isascii():
        return list(range(start, end))
    columns: list[int] = []
    for offset in range(start, end):
        character = text[offset]
        if character.isascii():
            columns.append(offset)
        elif unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        else:
            columns.append(offset)
            if unicodedata.east_asian_width(character) in "WF":
                columns.append(offset)
    return columns


class _Drawing:
    """The drawing of a grid table as a field of characters."""

    def __init__(self, text: str, pieces: list[Piece]) -> None:
        self.text = text
        self.lines: list[list[int]] = []
        self.rows: list[str] = []
        for piece in pieces:
            end = piece.end
            while end > piece.start and text[end - 1] in " \t":
                end -= 1
            columns = _columns(text[piece.start : end], 0, end - piece.start)
            self.lines.append([piece.start + column for column in columns])
            self.rows.append("".join(text[offset] for offset in self.lines[-1]))
        self.width = len(self.rows[0])
        for offsets, row, piece in zip(self.lines, self.rows, pieces, strict=True):
            if len(row) != self.width:
                longer = "longer" if len(row) > self.width else "shorter"
                raise MalformedError(offsets[0] if offsets else piece.start, f"this line is {longer} than the first")
            if "\t" in row:
                raise MalformedError(offsets[row.index("\t")], "a tab stands in the drawing")
        if self.rows[-1][0] != "+":
            raise MalformedError(self.lines[-1][0], "the drawing has no last line")

    def read(self) -> Grid:
        found = self.rectangles()
        tops = sorted({box[0] for box in found} | {box[2] for box in found})
        lefts = sorted({box[1] for box in found} | {box[3] for box in found})
        row_of = {top: index for index, top in enumerate(tops)}
        column_of = {left: index for index, left in enumerate(lefts)}
        rows: list[list[tuple[int, RawCell]]] = [[] for _ in tops[1:]]
        for top, left, bottom, right in found:
            cell = self.cell(top, left, bottom, right)
            reach = RawCell(
                cell.start,
                cell.end,
                cell.pieces,
                column_of[right] - column_of[left],
                row_of[bottom] - row_of[top],
            )
            rows[row_of[top]].append((left, reach))
        heavy = [row_of[top] for top in tops if self.is_heavy(top)]
        head, foot = 0, len(rows)
        if heavy and heavy[0] != len(rows):
            head = heavy[0]
        if len(heavy) >= 3 and heavy[-1] == len(rows):
            foot = heavy[-2]
        elif len(heavy) == 2 and heavy[-1] == len(rows) and heavy[0] > 0 and not head:
            foot = heavy[0]
        made = [
            RawRow(
                tuple(cell for _, cell in sorted(row, key=lambda pair: pair[0])),
                self.lines[tops[index]][0],
                self.lines[tops[index + 1]][-1] + 1,
            )
            for index, row in enumerate(rows)
        ]
        guide = tops[head] if head else 0
        aligns = tuple(_align(self.rows[guide][left + 1 : right]) for left, right in pairwise(lefts))
        spans = [right - left for left, right in pairwise(lefts)]
        total = max(72, sum(spans))
        widths = tuple(round(span / total, 4) for span in spans)
        return Grid(aligns, widths, tuple(made[:head]), tuple(made[head:foot]), tuple(made[foot:]))

    def is_heavy(self, top: int) -> bool:
        return "=" in self.rows[top] and set(self.rows[top]) <= set("+=:")

    def rectangles(self) -> list[tuple[int, int, int, int]]:
        """Find the cells as (top, left, bottom, right) lines of the drawing, from the upper left corner on."""
        height, width = len(self.rows), self.width
        crosses = [[column for column, sign in enumerate(row) if sign == "+"] for row in self.rows]
        covered = [bytearray(width) for _ in range(height)]
        corners = [(0, 0)]
        seen = {(0, 0)}
        found: list[tuple[int, int, int, int]] = []
        budget = 40 * (height * width + 100)
        while corners:
            corners.sort(reverse=True)
            top, left = corners.pop()
            if top == height - 1 or left == width - 1 or covered[top][left]:
                continue
            box, cost = self.rectangle(top, left, crosses)
            budget -= cost
            if budget < 0:
                raise MalformedError(self.lines[top][left], "the drawing is too tangled to be read")
            if box is None:
                raise MalformedError(self.lines[top][left], "no cell can be drawn from this corner")
            bottom, right = box
            found.append((top, left, bottom, right))
            for row in range(top, bottom):
                if any(covered[row][left:right]):
                    raise MalformedError(self.lines[row][left], "two cells lie over each other")
                covered[row][left:right] = b"\x01" * (right - left)
            for corner in ((top, right), (bottom, left)):
                if corner not in seen:
                    seen.add(corner)
                    corners.append(corner)
        for row in range(height - 1):
            gap = covered[row].find(0, 0, width - 1)
            if gap >= 0:
                raise MalformedError(self.lines[row][gap], "this part of the drawing belongs to no cell")
        return found

    def rectangle(self, top: int, left: int, crosses: list[list[int]]) -> tuple[tuple[int, int] | None, int]:
        """Find the smallest cell whose upper left corner is given; return its lower right corner and the cost."""
        rows = self.rows
        cost = 0
        for right in crosses[top]:
            if right <= left:
                continue
            cost += 1 + (right - left) // 8
            if not _ruled(rows[top], left, right):
                break
            for bottom in range(top + 1, len(rows)):
                cost += 1
                sign = rows[bottom][right]
                if sign not in "|+" or rows[bottom][left] not in "|+":
                    break
                if sign == "+" and rows[bottom][left] == "+":
                    cost += (right - left) // 8
                    if _ruled(rows[bottom], left, right):
                        return (bottom, right), cost
        return None, cost

    def cell(self, top: int, left: int, bottom: int, right: int) -> RawCell:
        text = self.text
        lines: list[tuple[int, int]] = []
        for row in range(top + 1, bottom):
            offsets = self.lines[row]
            first, last = left + 1, right
            while last > first and text[offsets[last - 1]] == " ":
                last -= 1
            # a mark without width belongs to the character before it
            begin = offsets[first - 1] + 1
            lines.append((begin, offsets[last] if last > first else begin))
        margin = 1 if all(start == end or text[start] == " " for start, end in lines) else 0
        pieces = tuple(Piece(min(start + margin, end), end) for start, end in lines)
        words = [piece for piece in pieces if piece.end > piece.start]
        start = words[0].start if words else self.lines[top][left]
        end = words[-1].end if words else self.lines[top][left] + 1
        while start < end and text[start] == " ":
            start += 1
        return RawCell(start, end, pieces)


def _ruled(row: str, left: int, right: int) -> bool:
    """Say whether a line of the drawing is ruled between two corners."""
    return not row[left + 1 : right].strip("-=:+") and right > left + 1
