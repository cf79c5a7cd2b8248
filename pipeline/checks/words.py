"""The words gate: every word and visible sign of an edition stands in its finished file, once and in order.

A book that lost a sentence, a note or a minus sign says something else than its author did, and
nobody sees it. So what `expected` says is compared with what a reader of the finished bytes found:
sign by sign, nothing folded but canonical equivalents (NFC). House rule; no standard asks for it.

White space is not compared, only whether words are parted. In a PDF a hyphen at the end of a
printed line counts when the edition has one there, and U+002D, U+2010 and U+2011 count as one
sign, because some faces draw them with one glyph.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from pipeline.book import Medium
from pipeline.checks.alignment import Stretch, align
from pipeline.checks.bidi import UNSEEN, clusters, guess, same_line
from pipeline.checks.expected import Hand, Strand, expected
from pipeline.checks.formulas import check_formulas
from pipeline.checks.reading import BLOCK, LINE, LOWERED, MOVED, RAISED, Piece, Reading
from pipeline.edition import Edition, Unit, UnitKind, continued_words
from pipeline.manuscript import (
    Block,
    Table,
    children,
)
from pipeline.source import Problem, Span

LIMIT = 20
"""Differences that are shown one by one; the rest are counted."""

STAND_IN = "\ufdd0"
"""Stands in the expected text for what only the file knows: a page number, a list marker."""

_SPACE, _LINE, _BLOCK, _MOVED = 1, 2, 4, 8

_SOFT = "\u00ad"
_HYPHENS = "\u002d\u2010\u2011\u058a"
_SAME_GLYPH = str.maketrans("\u2010\u2011", "--")
_NUMERAL = re.compile(r"[0-9]+|[ivxlcdm]+|[IVXLCDM]+")

# Scripts in which a line may end between any two letters, without a hyphen.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\ua000-\ua4cf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_ADDRESS = re.compile(r"[:/@]|www\.", re.IGNORECASE)


# Signs ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hyphen:
    sign: str
    offset: int
    ends_line: bool
    inserted: bool = False
    """the file itself says that only the end of the line needs it"""


@dataclass(slots=True)
class _Signs:
    """The visible signs of a text, and how to find the way back.

    `gaps[n]` says what stands before sign n: white space, a line end, a block's edge.
    `hyphens[n]` are the hyphens before sign n; in a PDF they are kept apart from the other signs.
    `chunks` and `offsets` give, for the first sign of every chunk, its place in `raw`.
    """

    raw: str
    starts: list[int]
    text: str = ""
    gaps: bytearray = field(default_factory=bytearray)
    hyphens: dict[int, tuple[_Hyphen, ...]] = field(default_factory=dict)
    chunks: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def offset(self, sign: int) -> int:
        """Return the place in `raw` of a sign; the end of `raw` for a sign beyond the last."""
        if sign >= len(self.text):
            return len(self.raw)
        chunk = bisect_right(self.chunks, sign) - 1
        return self.offsets[chunk] + sign - self.chunks[chunk]

    def signs(self, run: int) -> range:
        """Return the visible signs of a strand or piece."""
        start = self.starts[run]
        end = self.starts[run + 1] if run + 1 < len(self.starts) else len(self.raw)
        return range(self._first(start), self._first(end))

    def _first(self, at: int) -> int:
        """Return the first sign at or after a place in `raw`."""
        chunk = bisect_right(self.offsets, at) - 1
        if chunk < 0:
            return 0
        size = (self.chunks[chunk + 1] if chunk + 1 < len(self.chunks) else len(self.text)) - self.chunks[chunk]
        return self.chunks[chunk] + min(size, at - self.offsets[chunk])

    def run(self, sign: int) -> int:
        """Return which strand or piece a sign is of."""
        return max(0, bisect_right(self.starts, min(self.offset(sign), max(0, len(self.raw) - 1))) - 1)

    def shown(self, start: int, end: int) -> str:
        """Return signs as they were written, hyphens and spaces too, for a message."""
        if end <= start:
            return ""
        last = self.offset(end - 1) + 1
        return " ".join(re.sub(f"[{_SOFT}{STAND_IN}]", "", self.raw[self.offset(start) : last]).split())

    def word_start(self, sign: int) -> int:
        while sign > 0 and not self.parted(sign):
            sign -= 1
        return sign

    def word_end(self, sign: int) -> int:
        while sign < len(self.text) and not self.parted(sign):
            sign += 1
        return sign

    def parted(self, sign: int) -> bool:
        """Say whether a word ends before this sign; a word divided by a hyphen is one word."""
        gap = self.gaps[sign]
        return bool(gap) and not (gap == _LINE and sign in self.hyphens)


def _press(raw: str, starts: list[int], paged: bool) -> _Signs:
    """Take the visible signs out of a text."""
    unseen = UNSEEN if paged else _SOFT
    hyphens = re.escape(_HYPHENS) if paged else ""
    signs = _Signs(raw, starts)
    texts: list[str] = []
    between: dict[str, tuple[int, tuple[tuple[str, int, bool, bool], ...]]] = {}
    count = last = 0
    gap_places: list[tuple[int, int]] = []
    normal = unicodedata.is_normalized("NFC", raw)

    def part(text: str, at: int) -> None:
        found = between.get(text)
        if found is None:
            found = between[text] = _classify(text)
        gap, marks = found
        if gap:
            gap_places.append((count, gap))
        if marks:
            signs.hyphens[count] = tuple(
                _Hyphen(sign, at + offset, ends, inserted) for sign, offset, ends, inserted in marks
            )

    for chunk in re.finditer(rf"[^\s{unseen}{hyphens}]+", raw):
        start = chunk.start()
        if start > last:
            part(raw[last:start], last)
        text = chunk.group()
        if not normal:
            text = unicodedata.normalize("NFC", text)
        signs.chunks.append(count)
        signs.offsets.append(start)
        texts.append(text)
        count += len(text)
        last = chunk.end()
    if last < len(raw):
        part(raw[last:], last)
    signs.text = "".join(texts)
    signs.gaps = bytearray(count + 1)
    for place, gap in gap_places:
        signs.gaps[place] |= gap
    return signs


def _classify(text: str) -> tuple[int, tuple[tuple[str, int, bool, bool], ...]]:
    """Say what the signs between two chunks are: what parts the words, and which hyphens stand there."""
    gap = 0
    for character in text:
        if character == LINE:
            gap |= _LINE
        elif character == BLOCK:
            gap |= _BLOCK
        elif character == MOVED:
            gap |= _MOVED
        elif character.isspace():
            gap |= _SPACE
    marks = []
    for place, character in enumerate(text):
        if character in _HYPHENS:
            after = re.match(rf"[^{re.escape(_HYPHENS)}]*", text[place + 1 :])
            rest = after.group() if after else ""
            ends = (LINE in rest or MOVED in rest) and " " not in rest
            marks.append((character, place, ends, rest.startswith(_SOFT)))
    return gap, tuple(marks)


def _expected_signs(strands: tuple[Strand, ...], paged: bool) -> _Signs:
    parts: list[str] = []
    starts: list[int] = []
    at = 0
    for strand in strands:
        text = strand.text.replace(STAND_IN, "\ufdd1")
        if strand.hand in (Hand.PAGE, Hand.MARKER):
            text = STAND_IN
        if strand.apart:
            parts.append(BLOCK)
            at += 1
        starts.append(at)
        parts.append(text)
        at += len(text)
    return _press("".join(parts), starts, paged)


def _read_signs(pieces: Iterable[Piece], paged: bool) -> _Signs:
    parts: list[str] = []
    starts: list[int] = []
    at = 0
    for piece in pieces:
        text = piece.text.replace(STAND_IN, "\ufdd1")
        starts.append(at)
        parts.append(text)
        at += len(text)
    return _press("".join(parts), starts, paged)


# Differences ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Difference:
    """Signs of the edition from `left` to `left_end` against signs of the file from `right` to `right_end`."""

    kind: str
    """one of the keys of `_CODES`"""
    left: int
    left_end: int
    right: int
    right_end: int
    detail: str = ""
    """hyphens that were added; or those wanted and those found, parted by U+0000"""


def check_words(edition: Edition, reading: Reading, heads: frozenset[str] = frozenset()) -> tuple[Problem, ...]:
    """Compare what an edition says with what its finished file says, word by word and sign by sign.

    `heads` are the running heads that may stand outside the text of a PDF.
    """
    problems = list(reading.problems)
    strands = expected(edition)
    if not reading.pieces and reading.problems:
        return tuple(problems)
    words = tuple(strand for strand in strands if strand.hand is not Hand.PICTURE)
    comparison = _Comparison(reading, words)
    problems.extend(comparison.problems())
    problems.extend(comparison.numbers())
    problems.extend(check_pictures(strands, reading))
    problems.extend(check_formulas(strands, reading))
    if reading.medium is Medium.PDF:
        problems.extend(
            check_apart(reading, heads | {row for unit in edition.units for row in repeated_rows(edition, unit)})
        )
        problems.extend(check_blanks(reading))
    if reading.navigation:
        problems.extend(check_navigation(edition, reading))
    return tuple(problems)


def compare_words(
    strands: tuple[Strand, ...], reading: Reading, repeated: frozenset[str]
) -> tuple[tuple[Problem, ...], tuple[tuple[str, str], ...]]:
    """Compare a part of a paginated edition with a file that holds this part alone.

    Returns the problems, and the page numbers that it prints: (id, label). Whether these are
    true only the whole book can say. `repeated` are the words of table heads that may stand again.
    """
    if reading.problems:
        return reading.problems, ()
    comparison = _Comparison(reading, tuple(strand for strand in strands if strand.hand is not Hand.PICTURE))
    problems = [
        *comparison.problems(),
        *comparison.markers_wrong(),
        *check_pictures(strands, reading),
        *check_formulas(strands, reading),
        *check_apart(reading, repeated),
    ]
    return tuple(problems), tuple(comparison.printed())


class _Comparison:
    """One comparison of an edition with a file."""

    def __init__(self, reading: Reading, strands: tuple[Strand, ...]) -> None:
        self.reading = reading
        self.strands = strands
        self.paged = reading.medium is Medium.PDF
        self.left = _expected_signs(strands, self.paged)
        self.right = _read_signs(reading.pieces, self.paged)
        self.pages: dict[int, tuple[str, int]] = {}
        self.markers: dict[int, tuple[str, int]] = {}
        self.unsure: set[int] = set()
        self.matched: set[int] = set()
        """stand-ins of the edition for which the file has something"""

    def problems(self) -> Iterator[Problem]:
        if not self.paged and self.left.text == self.right.text:
            stretches: tuple[Stretch, ...] = (Stretch(0, 0, len(self.left.text), len(self.right.text)),)
        else:
            stretches = align(self.left.text, self.right.text, STAND_IN, self.stand)
        regions = [region for region in self.regions(stretches) if not self.printed_so(*region)]
        differences = [difference for region in regions for difference in self.within(*region)]
        differences = _moved(differences, self.left, self.right)
        differences.extend(self.between(stretches, regions))
        differences.sort(key=lambda each: (each.left, each.right))
        for difference in differences[:LIMIT]:
            yield self.problem(difference)
        if len(differences) > LIMIT:
            first = differences[LIMIT]
            yield Problem(
                _CODES[first.kind],
                f"`{self.reading.name}` differs from the manuscript in {len(differences) - LIMIT:,} more places, "
                "from here on",
                self.span(first.left, first.left_end),
                "mend those above first: one fault often shows many times",
            )
        self.matched = {stretch.left for stretch in stretches if stretch.size == 1}
        yield from [*self.levels(stretches)][:LIMIT]

    # Levels ---------------------------------------------------------------------------------

    def levels(self, stretches: tuple[Stretch, ...]) -> Iterator[Problem]:
        """Say which words are raised or lowered in one of both only: 10² is not 102.

        An EPUB is asked both ways. A PDF is asked whether what the manuscript raises or lowers stands higher or lower
        than its neighbour on the line, or is drawn with a glyph of its own.
        """
        left, right, pieces = self.left, self.right, self.reading.pieces
        lefts = [stretch.left for stretch in stretches]
        raised = [n for n, strand in enumerate(self.strands) if strand.level]
        for n in raised:
            strand = self.strands[n]
            signs = left.signs(n)
            found = [(sign, _across(stretches, lefts, sign)) for sign in signs]
            for sign, other in found:
                if other < 0:
                    continue
                piece = pieces[right.run(other)]
                if self.paged:
                    wrong = piece.setting is not None and self.level_lost(n, signs, sign, piece, stretches, lefts)
                else:
                    wrong = piece.level != strand.level
                if wrong:
                    yield self.level(strand.level or "", "" if self.paged else piece.level, n, sign, piece)
                    break
        if self.paged or not any(piece.level for piece in pieces):
            return
        backward = sorted(stretches, key=lambda stretch: stretch.right)
        rights = [stretch.right for stretch in backward]
        for n, piece in enumerate(pieces):
            if not piece.level:
                continue
            for sign in right.signs(n):
                at = bisect_right(rights, sign) - 1
                if at < 0 or sign - rights[at] >= backward[at].size or backward[at].size != backward[at].taken:
                    continue
                run = left.run(backward[at].left + sign - rights[at])
                if self.strands[run].level == "":
                    yield self.level("", piece.level, run, backward[at].left + sign - rights[at], piece)
                    break

    def level_lost(
        self, n: int, signs: range, sign: int, piece: Piece, stretches: tuple[Stretch, ...], lefts: list[int]
    ) -> bool:
        """Say whether a sign of strand `n` stands no higher or lower than its neighbour on the line."""
        left, right = self.left, self.right
        level = (self.strands[n].level or "")[-1]
        setting = piece.setting
        assert setting is not None
        if setting.alternate:
            return False
        before, after = signs.start - 1, signs.stop
        for other, gap in ((before, signs.start), (after, after)):
            if not 0 <= other < len(left.text) or left.gaps[gap] & (_BLOCK | _LINE):
                continue
            strand = self.strands[left.run(other)]
            found = _across(stretches, lefts, other)
            if strand.level != (self.strands[n].level or "")[:-1] or found < 0:
                continue
            near = self.reading.pieces[right.run(found)]
            if near.setting is None or near.place != piece.place:
                continue
            size = max(near.setting.size, setting.size)
            rise = (setting.y - near.setting.y) * (1 if level == RAISED else -1)
            if abs(rise) <= 0.9 * size:  # on the same line
                return rise < 0.06 * size
        return False

    def level(self, want: str, have: str, n: int, sign: int, piece: Piece) -> Problem:
        words = _clip(self.left.shown(sign, self.left.word_end(sign + 1)) if not want else self.strands[n].text)
        around = _clip(self.left.shown(self.left.word_start(sign), self.left.word_end(sign + 1)))
        place = self.reading.where(piece.place)
        if want:
            message = f"`{words}` of `{around}` is not {_LEVEL_WORDS.get(want, 'set at its level')} in {place}"
        else:
            message = (
                f"`{words}` is {_LEVEL_WORDS.get(have, 'raised or lowered')} in {place}, and not in the manuscript"
            )
        span = self.strands[n].span
        return Problem("word-level", message, span, f"in {self.strands[n].where}" if self.strands[n].where else "")

    # Alignment ------------------------------------------------------------------------------

    def stand(self, i: int, j: int) -> int:
        """Match a page number or list marker of the edition against the file."""
        strand = self.strands[self.left.run(i)]
        right = self.right
        if j >= len(right.text):
            return -1
        if strand.hand is Hand.PAGE:
            found = _NUMERAL.match(right.text, j)
            if found is None:
                return -1
            end = next((at for at in range(j + 1, found.end()) if right.gaps[at]), found.end())
            self.pages[i] = (right.text[j:end], j)
            return end - j
        run = right.run(j)
        if not self.reading.pieces[run].role.endswith("Lbl") or (j and right.run(j - 1) == run):
            if not strand.text:
                self.markers[i] = ("", j)
            return -1 if strand.text else 0
        end = j + 1
        while end < len(right.text) and (
            right.run(end) == run or (not right.gaps[end] and self.reading.pieces[right.run(end)].role.endswith("Lbl"))
        ):
            end += 1
        self.markers[i] = (right.text[j:end], j)
        return end - j

    def regions(self, stretches: tuple[Stretch, ...]) -> list[tuple[int, int, int, int]]:
        """Return what lies between equal stretches, widened to whole words and merged."""
        left, right = self.left, self.right
        ends = (*stretches, Stretch(len(left.text), len(right.text), 0, 0))
        i = j = room = 0
        out: list[tuple[int, int, int, int]] = []
        for place, stretch in enumerate(ends):
            if i < stretch.left or j < stretch.right:
                beyond = stretch.left
                i, j, stretch = self.slide(i, j, room, stretch)
                self.unsure.update(range(i, beyond + 1))
                back = on = 0
                if not self.whole(i, stretch.left, j, stretch.right):
                    # As far as the words reach, but not over another difference.
                    back = min(room, max(i - left.word_start(i), j - right.word_start(j)))
                    if stretch.size == stretch.taken:
                        ends_ours = left.word_end(stretch.left) - stretch.left
                        ends_theirs = right.word_end(stretch.right) - stretch.right
                        on = min(stretch.size, max(ends_ours, ends_theirs))
                region = (i - back, stretch.left + on, j - back, stretch.right + on)
                if out and region[0] <= out[-1][1] and region[2] <= out[-1][3]:
                    region = (out[-1][0], region[1], out[-1][2], region[3])
                    out.pop()
                out.append(region)
            if place < len(stretches):
                i, j = stretch.left + stretch.size, stretch.right + stretch.taken
                room = stretch.size if stretch.size == stretch.taken else 0
        return out

    def printed_so(self, i: int, i_end: int, j: int, j_end: int) -> bool:
        """Say whether a region differs only because right-to-left words are printed in another order than read.

        Line by line: the words of the edition must print as exactly the glyphs that stand in the file.
        """
        left, right, pieces = self.left, self.right, self.reading.pieces
        if not self.paged or j >= j_end or i_end - i > 4000:
            return False
        first, last = right.run(j), right.run(j_end - 1)
        if not any(pieces[run].glyphs for run in range(first, last + 1)):
            return False
        # Whole lines: as many equal signs more on both sides as the first and the last line have.
        start = j
        while start > 0 and right.run(start - 1) == first:
            start -= 1
        end = j_end
        while end < len(right.text) and right.run(end) == last:
            end += 1
        at, stop = i - (j - start), i_end + (end - j_end)
        if at < 0 or stop > len(left.text) or stop - at != end - start:
            return False
        while start < end:
            piece = pieces[right.run(start)]
            line_end = start
            while line_end < end and right.run(line_end) == right.run(start):
                line_end += 1
            size = line_end - start
            words = left.raw[left.offset(at) : left.offset(at + size - 1) + 1]
            shown = piece.glyphs or tuple(clusters(piece.text))
            if not same_line(re.sub(f"[{BLOCK}{UNSEEN}]", "", words).translate(_SAME_GLYPH), _plain(shown)):
                return False
            at, start = at + size, line_end
        self.unsure.update(range(i, i_end + 1))
        return True

    def edge(self, sign: int) -> bool:
        """Say whether a word of the edition begins here, or another hand: a call after a word is no part of it."""
        left = self.left
        if sign <= 0 or sign >= len(left.text) or left.parted(sign):
            return True
        return self.strands[left.run(sign - 1)].hand is not self.strands[left.run(sign)].hand

    def whole(self, i: int, i_end: int, j: int, j_end: int) -> bool:
        """Say whether a difference is only words lost, or only words added."""
        if j == j_end:
            return self.edge(i) and self.edge(i_end)
        return i == i_end and self.right.parted(j) and self.right.parted(j_end)

    def slide(self, i: int, j: int, room: int, stretch: Stretch) -> tuple[int, int, Stretch]:
        """Move a loss or an addition to the edge of a word: `the th|e th|in` is `the |the |thin`."""
        i_end, j_end = stretch.left, stretch.right
        left, right = self.left.text, self.right.text
        if (i == i_end) == (j == j_end) or stretch.size != stretch.taken:
            return i, j, stretch
        for back in range(min(room, 200)):
            if self.whole(i - back, i_end - back, j - back, j_end - back):
                size = stretch.size + back
                return i - back, j - back, Stretch(i_end - back, j_end - back, size, size)
            if (left[i - back - 1] != left[i_end - back - 1]) or (right[j - back - 1] != right[j_end - back - 1]):
                break
        return i, j, stretch

    def within(self, i: int, i_end: int, j: int, j_end: int) -> Iterator[_Difference]:
        """Say word by word how an unequal region differs."""
        ours, theirs = _words(self.left, i, i_end), _words(self.right, j, j_end)
        if len(ours) * len(theirs) > 4_000_000:
            yield _Difference("changed", i, i_end, j, j_end)
            return
        left = [self.left.text[a:b] for a, b in ours]
        right = [self.right.text[a:b] for a, b in theirs]
        told = False
        for tag, a, a_end, b, b_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            told = True
            if a_end - a == b_end - b:
                for (one, one_end), (two, two_end) in zip(ours[a:a_end], theirs[b:b_end], strict=True):
                    yield _Difference("changed", one, one_end, two, two_end)
                continue
            start = ours[a][0] if a < len(ours) else i_end
            end = ours[a_end - 1][1] if a_end > a else start
            other = theirs[b][0] if b < len(theirs) else j_end
            other_end = theirs[b_end - 1][1] if b_end > b else other
            kind = "lost" if b == b_end else "added" if a == a_end else "changed"
            yield _Difference(kind, start, end, other, other_end)
        if not told:  # the same words, parted elsewhere
            yield _Difference("changed", i, i_end, j, j_end)

    def between(
        self, stretches: tuple[Stretch, ...], regions: list[tuple[int, int, int, int]]
    ) -> Iterator[_Difference]:
        """Compare hyphens and the parting of words where the other signs are equal."""
        left, right = self.left, self.right
        skipped = self.unsure.union(*(range(region[0], region[1] + 1) for region in regions))
        seen: set[int] = set()
        end = (Stretch(len(left.text), len(right.text), 1, 1),)
        boolean = bytes([0]) + bytes([1]) * 255
        for stretch in (*stretches, *end):
            i, j, size = stretch.left, stretch.right, stretch.size
            if self.paged:
                seen.update(range(j, j + stretch.taken) if stretch.taken > size else ())
                yield from self.hyphens(i, j, size, skipped, seen)
            if i in skipped and size == 1:
                continue
            ours = bytes(left.gaps[i : i + size]).translate(boolean)
            theirs = bytes(right.gaps[j : j + size]).translate(boolean)
            if ours == theirs:
                continue
            for n, (our, their) in enumerate(zip(ours, theirs, strict=True)):
                if our != their and i + n not in skipped:
                    difference = self.parting(i + n, j + n)
                    if difference is not None:
                        yield difference
        taken = {place for region in regions for place in range(region[2], region[3] + 1)}
        for place in right.hyphens.keys() - seen - taken if self.paged else ():
            if not all(hyphen.ends_line or hyphen.inserted for hyphen in right.hyphens[place]):
                yield _Difference("added", 0, 0, place, place, "".join(h.sign for h in right.hyphens[place]))

    def hyphens(self, i: int, j: int, size: int, skipped: set[int], seen: set[int]) -> Iterator[_Difference]:
        left, right = self.left, self.right
        # A dictionary is looked through whole only when the stretch is longer than it.
        ours = _places(left.hyphens, i, size)
        theirs = _places(right.hyphens, j, size)
        for n in sorted({place - i for place in ours} | {place - j for place in theirs}):
            seen.add(j + n)
            if i + n in skipped:
                continue
            want = "".join(hyphen.sign for hyphen in left.hyphens.get(i + n, ()))
            have = right.hyphens.get(j + n, ())
            divides = i + n < len(left.text) and not left.gaps[i + n]  # a word, and not the room between two
            if divides and have and (have[-1].inserted or (have[-1].ends_line and len(have) > len(want))):
                have = have[:-1]
            got = "".join(hyphen.sign for hyphen in have)
            if want.translate(_SAME_GLYPH) != got.translate(_SAME_GLYPH):
                yield _Difference(
                    "changed", left.word_start(i + n), left.word_end(i + n + 1) if size else i + n,
                    right.word_start(j + n), right.word_end(j + n + 1) if size else j + n,
                    f"{want}\0{got}",
                )  # fmt: skip

    def parting(self, i: int, j: int) -> _Difference | None:
        """Say whether words run together or a word is divided before two equal signs."""
        left, right = self.left, self.right
        if i == 0 or j == 0 or i >= len(left.text) or j >= len(right.text):
            return None
        ours, theirs = left.gaps[i], right.gaps[j]
        before, after = self.strands[left.run(i - 1)], self.strands[left.run(i)]
        both = before.hand is Hand.AUTHOR and after.hand is Hand.AUTHOR
        span = (left.word_start(i - 1), left.word_end(i + 1), right.word_start(j - 1), right.word_end(j + 1))
        if ours and not theirs:
            if Hand.MARKER in (before.hand, after.hand) or Hand.PAGE in (before.hand, after.hand):
                return None
            return _Difference("joined", *span)
        if not both or theirs == _MOVED or (self.paged and j in right.hyphens):
            return None
        if self.paged and not theirs & (_SPACE | _BLOCK):
            one, two = left.text[i - 1], left.text[i]
            if not (one.isalpha() and two.isalpha()) or _UNSPACED.match(one) or _UNSPACED.match(two):
                return None
            if before.verbatim or after.verbatim or "\u200b" in left.raw[left.offset(i - 1) : left.offset(i)]:
                return None
            if _ADDRESS.search(left.text[left.word_start(i) : left.word_end(i)]):
                return None
        return _Difference("divided", *span)

    # Problems -------------------------------------------------------------------------------

    def span(self, start: int, end: int) -> Span | None:
        """Return the place in the manuscript of signs of the edition, or the nearest one."""
        return _span(self.strands, self.left, start, end)

    def problem(self, difference: _Difference) -> Problem:
        left, right = self.left, self.right
        i, i_end, j, j_end = difference.left, difference.left_end, difference.right, difference.right_end
        ours, theirs = _clip(left.shown(i, i_end)), _clip(right.shown(j, j_end))
        piece = self.reading.pieces[right.run(j)].place if self.reading.pieces else 0
        place = self.reading.where(piece)
        held = self.strands[left.run(i)].where if self.strands else ""
        before = _clip(left.shown(left.word_start(max(0, i - 24)), i), end=True)
        context = f"after `{before}`" if before else "at the beginning"
        hint = f"it belongs {context}, in {held}" if held else f"it belongs {context}"
        match difference.kind:
            case "lost":
                message = f"`{ours}` is missing in {place}"
            case "added":
                shown = difference.detail or theirs
                message = f"`{shown}` stands in {place}, and not in the manuscript"
                hint = f"it stands {context}, in {held}" if held else f"it stands {context}"
                if not difference.detail and left.text[max(0, i - (j_end - j)) : i] == right.text[j:j_end]:
                    message = f"`{shown}` stands twice in {place}"
            case "moved":
                message = f"`{ours}` stands in another place in {place}"
                there = _clip(right.shown(right.word_start(max(0, j - 24)), j), end=True)
                hint += f"; it was found after `{there}`" if there else "; it was found at the beginning"
            case "joined":
                message = f"`{ours}` runs together to `{theirs}` in {place}"
                hint = f"a space was lost in {held}"
            case "divided":
                message = f"`{ours}` is divided into `{theirs}` in {place}"
                hint = f"a word was cut in {held}"
            case _:
                message = f"`{ours}` reads `{theirs}` in {place}"
                if "\0" in difference.detail:
                    want, got = difference.detail.split("\0")
                    hint += f"; hyphens: `{_code_points(want)}` became `{_code_points(got)}`"
                elif len(ours) == len(theirs):
                    changed = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
                    if changed:
                        hint += f"; {_code_points(changed[0][0])} became {_code_points(changed[0][1])}"
        return Problem(_CODES[difference.kind], message, self.span(i, i_end), hint)

    def numbers(self) -> Iterator[Problem]:
        """Prove printed page numbers and list markers; `problems` must have been asked for before."""
        yield from [*self.pages_wrong(), *self.markers_wrong()][:LIMIT]

    def printed(self) -> Iterator[tuple[str, str]]:
        """Yield the page numbers that the file prints: the id that they are of, and what is printed."""
        for i, (printed, _) in sorted(self.pages.items()):
            if i in self.matched:
                yield self.strands[self.left.run(i)].target, printed

    def pages_wrong(self) -> Iterator[Problem]:
        """Yield a problem for every printed page number that is not that of its place."""
        for i, (printed, j) in sorted(self.pages.items()):
            if i not in self.matched:
                continue
            strand = self.strands[self.left.run(i)]
            place = self.reading.where(self.reading.pieces[self.right.run(j)].place)
            page = self.reading.targets.get(strand.target)
            if page is None:
                yield Problem(
                    "page-number-wrong",
                    f"{place} names page `{printed}` for `{strand.target}`, which has no place in the file",
                    self.span(i, i + 1),
                )
            elif page < len(self.reading.labels) and self.reading.labels[page] != printed:
                yield Problem(
                    "page-number-wrong",
                    f"{place} names page `{printed}`; `{strand.target}` stands on page `{self.reading.labels[page]}`",
                    self.span(i, i + 1),
                )

    def markers_wrong(self) -> Iterator[Problem]:
        """Yield a problem for every list marker that is lost or another than the author's."""
        for i, (printed, j) in sorted(self.markers.items()):
            if i not in self.matched:
                continue
            strand = self.strands[self.left.run(i)]
            place = self.reading.where(self.reading.pieces[self.right.run(j)].place)
            if not printed:
                yield Problem(
                    "word-lost",
                    f"the mark of a list item is missing in {place}",
                    self.span(i, i + 1),
                    f"in {strand.where}",
                )
            elif strand.text and printed not in (strand.text, f"{strand.text[:-1]}."):
                yield Problem(
                    "word-changed",
                    f"the list item `{strand.text}` is marked `{printed}` in {place}",
                    self.span(i, i + 1),
                    f"in {strand.where}",
                )


_CODES = {
    "lost": "word-lost",
    "added": "word-added",
    "changed": "word-changed",
    "moved": "word-moved",
    "joined": "word-space",
    "divided": "word-space",
}


_LEVEL_WORDS = {RAISED: "raised", LOWERED: "lowered"}


def _across(stretches: tuple[Stretch, ...], lefts: list[int], sign: int) -> int:
    """Return which sign of the file matches a sign of the edition, -1 for none."""
    at = bisect_right(lefts, sign) - 1
    if at < 0 or sign - lefts[at] >= stretches[at].size:
        return -1
    return stretches[at].right + sign - lefts[at]


def _plain(glyphs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(re.sub(f"[{BLOCK}{LINE}{MOVED}{UNSEEN}]", "", glyph).translate(_SAME_GLYPH) for glyph in glyphs)


def _places(hyphens: dict[int, tuple[_Hyphen, ...]], start: int, size: int) -> list[int]:
    if size < len(hyphens):
        return [place for place in range(start, start + size) if place in hyphens]
    return [place for place in hyphens if start <= place < start + size]


def _words(signs: _Signs, start: int, end: int) -> list[tuple[int, int]]:
    """Cut signs into words."""
    out: list[tuple[int, int]] = []
    while start < end:
        stop = min(end, signs.word_end(start + 1))
        out.append((start, stop))
        start = stop
    return out


def _moved(differences: list[_Difference], left: _Signs, right: _Signs) -> list[_Difference]:
    """Make one difference of words that are lost here and added there."""
    added: dict[str, list[_Difference]] = defaultdict(list)
    for each in differences:
        if each.kind == "added":
            added[right.text[each.right : each.right_end]].append(each)
    gone: set[int] = set()
    out: list[_Difference] = []
    for each in differences:
        if each.kind == "lost" and added.get(left.text[each.left : each.left_end]):
            other = added[left.text[each.left : each.left_end]].pop(0)
            gone.add(id(other))
            out.append(_Difference("moved", each.left, each.left_end, other.right, other.right_end))
        else:
            out.append(each)
    return [each for each in out if id(each) not in gone]


def _span(strands: tuple[Strand, ...], signs: _Signs, start: int, end: int) -> Span | None:
    if not strands:
        return None
    run = signs.run(start)
    strand = strands[run]
    if strand.span is None or (end <= start and strand.hand is not Hand.AUTHOR):
        order = sorted(
            range(max(0, run - 200), min(len(strands), run + 200)),
            key=lambda n: (strands[n].hand is not Hand.AUTHOR, abs(n - run), n > run),
        )
        near = next((n for n in order if strands[n].span is not None), None)
        if near is None:
            return None
        found = strands[near].span
        assert found is not None
        edge = found.end if near < run else found.start
        return found if strands[near].hand is not Hand.AUTHOR else Span(found.path, edge, edge)
    span = strand.span
    if len(strand.text) != span.end - span.start:
        return span  # signs were escaped or made typographic: the place is the whole run of words
    first = signs.offset(start) - signs.starts[run]
    if end <= start:
        return Span(span.path, span.start + first, span.start + first)
    last = signs.run(end - 1)
    other = strands[last].span
    if other is None or other.path != span.path or len(strands[last].text) != other.end - other.start:
        return Span(span.path, span.start + first, span.end)
    stop = other.start + signs.offset(end - 1) + 1 - signs.starts[last]
    return Span(span.path, span.start + first, stop if stop > span.start + first else span.end)


def _clip(text: str, end: bool = False, most: int = 60) -> str:
    """Shorten words for a message, at the beginning when their end matters."""
    text = text.replace("`", "ˋ")
    if len(text) <= most:
        return text
    return f"…{text[-most:]}" if end else f"{text[: most // 2]} … {text[-most // 2 :]}"


def _code_points(text: str) -> str:
    return " ".join(f"U+{ord(sign):04X}" for sign in text) or "nothing"


# What stands beside the text ------------------------------------------------------------------


def check_pictures(strands: tuple[Strand, ...], reading: Reading) -> Iterator[Problem]:
    """Compare the words that stand for pictures and formulas, one by one."""
    wanted = [strand for strand in strands if strand.hand is Hand.PICTURE]
    ours = [_folded(strand.text) for strand in wanted]
    theirs = [_folded(picture.alt or "") for picture in reading.pictures]
    if reading.medium is Medium.PDF:  # a picture that says nothing is an artifact there
        wanted = [strand for strand in wanted if strand.text.strip()]
        ours = [text for text in ours if text]
    count = 0
    for tag, a, a_end, b, b_end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for n in range(max(a_end - a, b_end - b)):
            count += 1
            if count > LIMIT:
                return
            strand = wanted[a + n] if a + n < a_end else None
            picture = reading.pictures[b + n] if b + n < b_end else None
            near = strand or (wanted[min(a, len(wanted) - 1)] if wanted else None)
            place = reading.where(picture.place) if picture is not None else f"`{reading.name}`"
            if strand is None:
                message = f"a picture or formula with the words `{_clip(theirs[b + n])}` stands in {place}, and not in the manuscript"
            elif picture is None:
                message = f"the picture or formula with the words `{_clip(ours[a + n])}` is missing in {place}"
            else:
                message = f"the words for a picture or formula, `{_clip(ours[a + n])}`, read `{_clip(theirs[b + n])}` in {place}"
            yield Problem("alt-changed", message, near.span if near is not None else None)


_PAGES = r"(?:[0-9]+|[ivxlcdm]+)(?:–(?:[0-9]+|[ivxlcdm]+))?"
"""The pages that a running head names."""


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).replace(_SOFT, "").split())


def _bare_signs(text: str) -> str:
    text = re.sub(rf"[\s{UNSEEN}]", "", unicodedata.normalize("NFC", text))
    return text.translate(_SAME_GLYPH)


def _folded_sign_by_sign(text: str) -> str:
    """Return a text of the same length without capitals, so that a place in it is a place in the text."""
    return "".join(small if len(small := sign.casefold()) == 1 else sign for sign in text)


def check_apart(reading: Reading, heads: frozenset[str]) -> Iterator[Problem]:
    """Prove that words outside the order of reading are known: heads, folios, repeated table heads.

    Capitals count for nothing: a head in small capitals has one glyph for both cases, and the file names it once.
    """
    known = {_folded_sign_by_sign(_bare_signs(head)) for head in heads}
    known.discard("")
    # Heads above notes at the end of a book name pages that only the file knows: `{}` stands for them.
    naming = [re.compile(re.escape(head).replace(r"\{\}", _PAGES)) for head in sorted(known) if "{}" in head]
    pages: dict[int, list[str]] = defaultdict(list)
    for piece in reading.apart:
        pages[piece.place].append(guess(piece.glyphs) if piece.glyphs else piece.text)
    count = 0
    for page, texts in sorted(pages.items()):
        label = _folded_sign_by_sign(reading.labels[page]) if page < len(reading.labels) else ""
        rest = _bare_signs("".join(texts))
        rest = rest[_parted(_folded_sign_by_sign(rest), known | {label} - {""}, naming, label) :]
        if any(sign.isalnum() for sign in rest):
            count += 1
            if count > LIMIT:
                return
            yield Problem(
                "head-unknown",
                f"`{_clip(rest)}` stands outside the text in {reading.where(page)}, and is no running head or page number",
                None,
                "words that are set as an artifact are not read aloud",
            )


def check_blanks(reading: Reading) -> Iterator[Problem]:
    """Find pages that show a running head or a folio and nothing else: whoever turns to them takes them for spoilt."""
    filled = {each.place for each in reading.pieces} | {each.place for each in reading.pictures}
    filled |= {each.place for each in reading.formulas}
    told: set[int] = set()
    for piece in reading.apart:
        if piece.place not in filled and piece.place not in told and any(map(str.isalnum, piece.text)):
            told.add(piece.place)
            yield Problem(
                "blank-with-head",
                f"nothing but a running head or a page number stands in {reading.where(piece.place)}",
                None,
                "tell the makers of this program; a blank page stays blank",
            )


CUT = "…"
"""Ends a running head that was too long for its line."""


def _parted(text: str, known: Collection[str], naming: Sequence[re.Pattern[str]], label: str) -> int:
    """Return up to where a text is made of known ones; signs that are no letters and no digits may stand between them.

    All ways are tried: `302000` is the folio 30 beside the head `2000`, not a head `3` and a stray `02000`.
    """
    ends = {0}  # the places up to which the text can be parted
    for at in range(len(text)):
        if at not in ends:
            continue
        if not text[at].isalnum():
            ends.add(at + 1)
        ends.update(at + len(each) for each in known if text.startswith(each, at))
        cut = text.find(CUT, at + 1)
        if cut > 0 and any(each.startswith(text[at:cut]) for each in known):
            ends.add(cut + len(CUT))
        for found in filter(None, (pattern.match(text, at) for pattern in naming)):
            ends.add(found.end())
            if label and found[0].endswith(label):  # the folio may stand straight after the pages that the head names
                ends.add(found.end() - len(label))
    return max(ends)


def repeated_rows(edition: Edition, unit: Unit) -> Iterator[str]:
    """Yield the words of table heads and feet of a unit, which are printed again on later pages; formulas are drawn there."""
    notes = (block for note in unit.notes for block in note.blocks)
    for table in _tables((*unit.blocks, *notes)):
        yield continued_words(edition, table)
        for rows in (table.head, table.foot):
            if rows:
                only = replace(table, caption=(), head=rows, body=(), foot=())
                bare = replace(unit, kind=UnitKind.IMPRINT, lines=(), notes=(), blocks=(only,))
                words = expected(replace(edition, units=(bare,)))
                yield "".join(s.text for s in words if s.hand in (Hand.AUTHOR, Hand.GENERATED) and s.drawn is None)


def _tables(blocks: Iterable[Block]) -> Iterator[Table]:
    for block in blocks:
        if isinstance(block, Table):
            yield block
        yield from _tables(children(block))


def check_navigation(edition: Edition, reading: Reading) -> Iterator[Problem]:
    """Compare the contents of a navigation document that is not part of the text."""
    contents = next((unit for unit in edition.units if unit.kind is UnitKind.CONTENTS), None)
    if contents is None:
        return
    apart = replace(reading, pieces=reading.navigation)
    strands = expected(replace(edition, units=(contents,)))
    comparison = _Comparison(apart, strands)
    yield from comparison.problems()
    yield from comparison.numbers()
