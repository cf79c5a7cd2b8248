"""Paragraphs become blocks: heads, breaks, lists, quotations, tables and lines, each with the signs that speak for it.

One sign is a doubt, two are a finding. What is not found stays a paragraph: no words are lost by not knowing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.intake.language import lacks_verb
from pipeline.intake.ledger import Ledger, excerpt
from pipeline.intake.paragraphs import SENTENCE_END
from pipeline.intake.values import (
    Block,
    Fate,
    Grid,
    Head,
    Labels,
    Line,
    Listing,
    Paragraph,
    Pause,
    Piece,
    Quote,
    Verses,
    Way,
    Words,
    paragraph,
)

TEXT = Way("text", "keep it as words of the text")
HEAD = Way("head", "make it a head", ("level = 2",))
AUTHOR = Way("author", "it names the author, and stands on the title page (in `book.toml`)")
TITLE = Way("title", "it is the title of the whole, and stands on the title page (in `book.toml`)")
BREAK = Way("break", "a break without a head: `[* * *]{.supplied}`")
NAMED = Way("head", "a head that you supply, in square brackets", ('text = "The head"',))
NONE = Way("none", "no break at all")

_CHAPTER = re.compile(
    r"(?:chapter|part|book|kapitel|teil|chapitre|partie|capítulo|parte|capitolo|глава|часть|розділ|գլուխ|მუხლი|fəsil|bölüm)"
    r"\s+(?:\d{1,3}|[ivxlc]{1,7}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:перв|втор|трет|четв[её]рт|пят|шест|седьм|восьм|девят|десят)\w+)\b[.:]?.{0,80}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})[.)]?\s+\S.{1,90}")
_ROMAN_HEAD = re.compile(r"([IVXL]{1,7})\.\s+\S.{1,90}")
_RULE = re.compile(r"(?:[*•·⁂#~]\s*){1,7}|[-–—_=]{3,}|(?:[-–—]\s+){2,}[-–—]")
_UNDERLINE = re.compile(r"[=\-_~]{3,}")
_MARKED = re.compile(
    r"(?:(?P<bullet>[-–—•*·▪‣◦])|(?P<number>\(?[1-9][0-9]{0,2}[.)])|(?P<letter>\(?[a-z][.)]|\([A-Z]\)|[A-Z]\))|"
    r"(?P<roman>\(?[ivx]{1,6}[.)]))[\s]+(?=\S)"
)
_LABEL = re.compile(r"(?P<word>[^\W\d][\w.]{0,20}|§|№)\s?(?P<number>\d{1,4}[a-z]?|[IVXLC]{1,7})[.):]?")
_FIRST = re.compile(r"([^.!?:]{2,110}?[.:])(?:\s+)(?=[\"“‘«(\[]?[^\W\d_a-zа-яա-ֆ])")
_SHORTENED = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|mr|mrs|ms|dr|prof|st|no|nos|vol|p|pp|cf|vs|etc|art|ca|fig|gen|col|capt|sr|jr)\.$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“\"«„‘]([^”\"»“’„]{3,110})[”\"»“’]")
_REFERS = re.compile(
    r"(?:section|chapter|part|heading|headed|title|titled|entitled|under|see|cf\.|раздел\w*|глав\w*|abschnitt|kapitel|chapitre)\s*$",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:(?:collected|edited|written|translated|told|compiled|recorded) by|by|von|par|por|di|door)\s+\S", re.IGNORECASE
)
_CELLS, _COLUMNS = 12_000, 60
"""a longer table goes on as another; a wider one is none"""
_ALONE = re.compile(r"(?:[IVXL]{1,7}|[1-9][0-9]{0,2})\.?")
_ROMANS = tuple(
    tens + ones
    for tens in ("", "X", "XX", "XXX", "XL", "L")
    for ones in ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
)[1:]
_PERSON = re.compile(
    r"(?:by|von|par|por|di|door|от)\s+((?:(?:[^\W\d_]\.|[^\W\d_][\w’'-]+|de|von|van|der|la|le|of|bin|al)\s*){1,6})",
    re.IGNORECASE,
)
MANY = 60
"""doubts of one kind that are entered one by one"""
_LIMIT = 12
"""words that a run-in head may have"""


def build_blocks(ledger: Ledger, paragraphs: Sequence[Paragraph], heads: Heads) -> tuple[Block, ...]:
    """Return the blocks of a text in order."""
    blocks: list[Block] = []
    usual = _usual_indent(paragraphs)
    gaps = _gaps(paragraphs)
    parted = sum(each.gap > 0 for each in paragraphs[1:]) * 4 >= len(paragraphs)
    index = 0
    looked = [0]
    before: Paragraph | None = None
    while index < len(paragraphs):
        words = paragraphs[index]
        place = len(blocks)
        taken = (
            _rule(ledger, words, blocks, paragraphs[index + 1] if index + 1 < len(paragraphs) else None)
            or heads.take(index, blocks)
            or _labels(ledger, paragraphs, index, before, blocks)
            or _table(ledger, paragraphs, index, blocks, looked)
            or _marked_list(ledger, paragraphs, index, before, blocks)
            or _lines(ledger, paragraphs, index, parted, blocks)
            or _quotation(ledger, paragraphs, index, before, usual, blocks)
            or _series(ledger, paragraphs, index, before, blocks)
        )
        if not taken:
            blocks.append(Words(words))
            taken = 1
        _pause(ledger, words, gaps, before, blocks, place)
        index += taken
        before = paragraphs[index - 1]
    if gaps.unlisted:
        told = f"{gaps.unlisted:,} more gaps wider than others are not listed"
        ledger.weigh("breaks", 0, 0, told, (), "text", (), doubt=True)
    heads.report_crowd()
    return _without_skips(ledger, blocks)


def _without_skips(ledger: Ledger, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks with heads that go down one level at a time; a level that a person gave is not changed."""
    found: list[Block] = []
    above = 1  # the title of the book, or of its only chapter
    for block in blocks:
        if isinstance(block, Head):
            if block.level > above + 1 and not block.told:
                block = replace(block, level=above + 1)
            kind = "run-in" if block.run_in else "head"
            _check_level(ledger, kind, block.words.start, block.level, above, lowest=2 if block.run_in else 1)
            above = block.level
        elif isinstance(block, Pause) and block.title:
            _check_level(ledger, "break", block.start, block.level, above)
            above = block.level
        found.append(block)
    return tuple(found)


def _check_level(ledger: Ledger, kind: str, start: int, level: int, above: int, *, lowest: int = 1) -> None:
    """Refuse a level that a person gave and that no outline has: the book could not be built."""
    if level > above + 1:
        message = f"a head of level {level} follows one of level {above}"
        ledger.refuse(kind, start, message, f"write `level = {above + 1}`, or give the head above it a lower level")
    elif level < lowest:
        ledger.refuse(kind, start, "a head in the line of its text begins no chapter", "write `level = 2`")


def _from(paragraphs: Sequence[Paragraph], index: int) -> Iterator[Paragraph]:
    """Yield the paragraphs from one on, without a copy of the rest of the book for each of them."""
    for at in range(index, len(paragraphs)):
        yield paragraphs[at]


@dataclass(frozen=True, slots=True)
class _Margin:
    """How far paragraphs are moved in: most of them, and how many are moved in by much more."""

    indent: int
    first: int
    """of the first lines of paragraphs"""
    moved: int

    def passes(self, words: Paragraph) -> bool:
        """Say whether a paragraph is moved in by more than is usual."""
        if not words.hanging or words.indent < self.indent + 3:
            return False
        return len(words.lines) > 1 or words.indent > self.first or not self.first


def _usual_indent(paragraphs: Sequence[Paragraph]) -> _Margin:
    tally = Counter(each.indent if each.hanging else 0 for each in paragraphs)
    indent = tally.most_common(1)[0][0] if tally else 0
    firsts = Counter(each.lines[0].indent for each in paragraphs if len(each.lines) > 1)
    margin = _Margin(indent, firsts.most_common(1)[0][0] if firsts else 0, 0)
    return replace(margin, moved=sum(margin.passes(each) for each in paragraphs))


@dataclass(slots=True)
class _Gaps:
    """How many blank lines part the paragraphs: `wide` is more than usual, 0 when nothing is usual."""

    wide: int
    usual: int
    least: int
    rare: bool
    """blank lines are so rare that each must mean something"""
    doubts: int = 0
    unlisted: int = 0


def _gaps(paragraphs: Sequence[Paragraph]) -> _Gaps:
    tally = Counter(each.gap for each in paragraphs[1:] if not each.turned)
    if not tally:
        return _Gaps(0, 0, 0, False)
    usual = tally.most_common(1)[0][0]
    number = sum(tally.values())
    wider = sum(count for gap, count in tally.items() if gap > usual)
    known = 0 < wider <= 0.4 * number
    least = min((gap for gap in tally if gap), default=0)
    return _Gaps(usual + 1 if known else 0, usual, least, usual == 0 and number >= 20 and wider * 10 <= number)


# Breaks -------------------------------------------------------------------------------------------


def _pause(
    ledger: Ledger, words: Paragraph, gaps: _Gaps, before: Paragraph | None, blocks: list[Block], place: int
) -> None:
    """Enter a break before the block at a place, where the source has more blank lines than elsewhere and no head."""
    told = ledger.decided("break", words.start)
    block = blocks[place] if place < len(blocks) else None
    above = blocks[place - 1] if place else None
    if told is None:
        if before is None or words.turned or words.gap < 1 or block is None:
            return
        if any(isinstance(each, Pause) or (isinstance(each, Head) and not each.run_in) for each in (above, block)):
            return
        if _BYLINE.match(words.text) and len(words.text) <= 100:
            return
        if not gaps.wide and words.gap <= gaps.least:
            return
        if gaps.wide and words.gap < gaps.wide:
            return
    signs = [f"{words.gap} blank {'line' if words.gap == 1 else 'lines'}, where paragraphs have {gaps.usual or 'none'}"]
    if not gaps.wide:
        signs = [f"{words.gap} blank {'line' if words.gap == 1 else 'lines'}, where other paragraphs have {gaps.least}"]
        signs.append("none is so frequent as to be usual") if words.gap > gaps.least else None
    plain = isinstance(block, Words | Head) and not isinstance(above, Verses | Grid)
    if told is None and not plain and words.gap == 1:
        return  # tables, lists and lines are always set apart
    if told is None and place == 1 and before is not None and SENTENCE_END.search(before.text) is None:
        return  # the line above may be a title
    ended = before is not None and SENTENCE_END.search(before.text) is not None and before.text[-1] not in ":;,"
    sure = gaps.wide > 0 and plain and (gaps.usual > 0 or (gaps.rare and ended))
    if told is not None and words.gap <= gaps.usual:
        signs = ["a person says so"]
    elif gaps.wide and not plain:
        signs.append("a list, a table or lines stand beside it, and these have gaps of their own")
    elif gaps.wide and not sure:
        signs.append("blank lines are too frequent here to mean much")
    if told is None and not sure:
        gaps.doubts += 1
        if gaps.doubts > MANY:
            gaps.unlisted += 1
            return
    choice = ledger.weigh(
        "break",
        words.start,
        words.start,
        "a gap wider than usual: a head was lost here, or a pause"
        if sure or told is not None
        else "a gap wider than others: a head or a pause may have been lost here",
        signs,
        "break" if sure or told is not None else "none",
        (BREAK, NAMED, NONE),
        doubt=not sure and told is None,
    )
    if choice.way == "break" or (choice.way == "head" and not choice.text):
        blocks.insert(place, Pause(words.start, True))
    elif choice.way == "head":
        blocks.insert(place, Pause(words.start, True, choice.text, choice.level or 2))


def _rule(ledger: Ledger, words: Paragraph, blocks: list[Block], following: Paragraph | None) -> int:
    """Make a break of a line of stars or dashes."""
    if not _RULE.fullmatch(words.text):
        return 0
    noted = following is not None and any(following.start == start for start, _, _ in ledger.halves)
    choice = ledger.weigh(
        "rule", words.start, words.end, f"a line of signs `{words.text[:20]}`",
        ("no word stands on the line", *(("a note that nothing calls may follow it",) if noted else ())), "break",
        (Way("break", "make it a break, as editions draw it"), Way("aside", "set it aside: it only parts a note from the text"), TEXT),
        doubt=noted,
    )  # fmt: skip
    if choice.way == "aside":
        for piece in words.pieces:
            ledger.give(piece.start, piece.end, Fate.ASIDE)
        return 1
    if choice.way != "break":
        return 0
    for piece in words.pieces:
        ledger.give(piece.start, piece.end, Fate.ASIDE)
    if not blocks or not isinstance(blocks[-1], Pause):
        blocks.append(Pause(words.start, False))
    return 1


# Heads --------------------------------------------------------------------------------------------


class Heads:
    """Which paragraphs are heads, which begin with one, and which is the title."""

    def __init__(
        self,
        ledger: Ledger,
        paragraphs: Sequence[Paragraph],
        language: str,
        running: frozenset[str] = frozenset(),
        unsure: frozenset[int] = frozenset(),
    ) -> None:
        self.ledger = ledger
        self.paragraphs = paragraphs
        self.language = language
        self.running = running
        self.title = ""
        """the title of the book, when the source has it"""
        self.author = ""
        """who wrote it, when the line below the title says so"""
        self.unsure = unsure
        """offsets of lines that may belong to a page, and are no heads"""
        self.crowded: frozenset[int] = frozenset()
        self.crowd: list[int] = []
        """paragraphs that begin with a short sentence, when they are too many to be asked about one by one"""
        self.numbers = _head_numbers(paragraphs)
        self.chapters = sum(bool(_CHAPTER.fullmatch(each.text)) and len(each.text) < 90 for each in paragraphs)
        self.quoted = self._quoted()
        self.found: dict[int, tuple[list[str], int]] = {}
        for index in range(len(paragraphs)):
            signs, level = self._signs(index)
            if signs:
                self.found[index] = (signs, level)
        self.run_in = self._run_ins()

    def _quoted(self) -> dict[str, int]:
        """Return what stands in quotation marks after a word such as "section", and where."""
        found: dict[str, int] = {}
        for words in self.paragraphs:
            for at in _QUOTED.finditer(words.text):
                if _REFERS.search(words.text[max(0, at.start() - 30) : at.start()]):
                    found.setdefault(_plain(at[1]), words.place(at.start()))
        return found

    def _signs(self, index: int) -> tuple[list[str], int]:
        words = self.paragraphs[index]
        text = words.text
        following = self.paragraphs[index + 1] if index + 1 < len(self.paragraphs) else None
        if len(text) > 120 or len(text.split()) > 16 or following is None or not any(map(str.isalnum, text)):
            return [], 0
        if words.start in self.unsure:
            return [], 0
        signs: list[str] = []
        level = 2
        letters = [sign for sign in text if sign.isalpha()]
        if _CHAPTER.fullmatch(text):
            signs += ["it begins as heads of chapters do", "it stands alone"]
            level = 1 if self.chapters > 1 else 2
        if _ALONE.fullmatch(text) and text.strip(". ") in self.numbers and len(following.text) > len(text):
            return ["a number alone on its line", "its number goes on from that of another, or begins them"], 2
        if SENTENCE_END.search(text) is None:
            short = len(text) <= 70
            numbered = _NUMBERED.fullmatch(text) or _ROMAN_HEAD.fullmatch(text)
            if (
                len(letters) > 2
                and all(sign.isupper() for sign in letters if sign.lower() != sign.upper())
                and any(sign.lower() != sign.upper() for sign in letters)
            ):
                signs.append("it is written in capitals")
            if numbered and short and numbered[1] in self.numbers and len(following.text) > len(text):
                signs.append("its number goes on from that of another, or begins them")
                level += numbered[1].count(".")
            if _plain(text) in self.quoted:
                signs.append("the text refers to it by these words")
            if short and words.gap > following.gap > 0 and words.gap > 1:
                signs.append("more space stands before it than after it")
            if not index:
                signs += self._title_signs(words, following)
            elif _plain(text) in self.running:
                signs.append("the running heads repeat it")
            if index and short and _number_of_chapter(self.paragraphs[index - 1].text) and not words.turned:
                signs.append("it stands below the number of a chapter")
            if signs and len(words.lines) <= 2 and len(following.text) > 2 * len(text):
                signs.append("it is short, and has no end of a sentence")
        return signs, min(level, 6)

    def _title_signs(self, words: Paragraph, following: Paragraph) -> list[str]:
        """Return what speaks for the first paragraph being the title of the whole."""
        signs: list[str] = []
        if " ".join(words.text.split()).casefold() in self.running:
            signs.append("the running heads repeat it")
        if len(following.text) <= 100 and _BYLINE.match(following.text):
            signs.append("the line below says by whom it is")
        after = self.paragraphs[2] if len(self.paragraphs) > 2 else None
        if after is not None and len(following.text) <= 90 and len(after.text) > len(following.text):
            capitals = following.text.upper() == following.text and following.text.lower() != following.text
            if _CHAPTER.fullmatch(following.text) or (capitals and SENTENCE_END.search(following.text) is None):
                signs.append("another head follows it at once")
        if _plain(words.text) == _plain(self.ledger.decisions.texts.get("title", "")):
            signs += ["a person says that it is the title"] * 2
        return signs

    def _underlined(self, index: int) -> int:
        """Return the level when the line below is a rule as long as the words, else 0."""
        if index + 1 >= len(self.paragraphs):
            return 0
        words, below = self.paragraphs[index], self.paragraphs[index + 1]
        if below.gap or len(words.lines) != 1 or len(words.text) > 90 or not _UNDERLINE.fullmatch(below.text):
            return 0
        if not 0.5 * len(words.text) <= len(below.text) <= 1.6 * len(words.text) + 3:
            return 0
        return 2 if below.text[0] == "=" else 3

    def take(self, index: int, blocks: list[Block]) -> int:
        words = self.paragraphs[index]
        level = self._underlined(index)
        if level:
            return self._take_underlined(index, level, blocks)
        signs, level = self.found.get(index, ([], 2))
        told = self.ledger.decided("head", words.start)
        if told is not None or signs:
            titled = not index and len(signs) > 1 and not _CHAPTER.fullmatch(words.text)
            level = 1 if titled else level
            other = self.ledger.decisions.texts.get("title", "")
            apart = titled and self.chapters > 1 and (not other or _plain(other) == _plain(words.text))
            choice = self.ledger.weigh(
                "head",
                words.start,
                words.end,
                "the title, since nothing stands before it" if titled else "a head",
                list(dict.fromkeys(signs)) or ["a person says so"],
                "title" if apart else "head" if len(signs) > 1 else "text",
                (TITLE, HEAD, TEXT) if apart else (HEAD, TEXT),
                doubt=len(signs) == 1,
            )
            if choice.way == "title":
                self.title = " ".join(words.text.split())
                for piece in words.pieces:
                    self.ledger.give(piece.start, piece.end, Fate.ASIDE)
                return 1 + self._byline(index + 1)
            if choice.way == "head":
                if titled:
                    self.title = " ".join(words.text.split())
                blocks.append(Head(words, choice.level or level, told=choice.level > 0))
                return 1
        found = self.run_in.get(index)
        if found is None:
            return 0
        stop, signs, sure = found
        if index in self.crowded and self.ledger.decided("run-in", words.start) is None:
            return 0
        first = words.cut(self.ledger.text, 0, stop)
        choice = self.ledger.weigh(
            "run-in",
            words.start,
            first.end,
            f"a head in the line of its text: “{first.text}”",
            signs,
            "head" if sure else "text",
            (HEAD, TEXT),
            doubt=not sure,
        )
        if choice.way != "head":
            return 0
        blocks.append(Head(first, choice.level or (3 if self._sections() else 2), True, choice.level > 0))
        blocks.append(Words(replace(words.cut(self.ledger.text, stop, len(words.text)), gap=0)))
        return 1

    def _byline(self, index: int) -> int:
        """Set aside a line below the title that says who wrote the text: its name goes where the title goes."""
        words = self.paragraphs[index] if index < len(self.paragraphs) else None
        found = _PERSON.fullmatch(words.text) if words is not None and len(words.text) <= 60 else None
        if words is None or found is None or not found[1][0].isupper() or index + 1 >= len(self.paragraphs):
            return 0
        choice = self.ledger.weigh(
            "byline", words.start, words.end, f"the author: {' '.join(found[1].split())}",
            ("it stands below the title", "it begins as lines do that say who wrote a text"), "author", (AUTHOR, TEXT),
        )  # fmt: skip
        if choice.way != "author":
            return 0
        self.author = " ".join(found[1].split())
        for piece in words.pieces:
            self.ledger.give(piece.start, piece.end, Fate.ASIDE)
        return 1

    def report_crowd(self) -> None:
        """Enter, as one doubt, paragraphs that begin with a short sentence and are too many to be asked about singly."""
        places = [
            self.paragraphs[index].start
            for index in self.crowd
            if self.ledger.decided("run-in", self.paragraphs[index].start) is None
        ]
        if not places:
            return
        at = self.ledger.source.position(places[0])
        example = excerpt(self.ledger.text, places[0], 40)
        more = tuple(
            f"{name} = {json.dumps(value, ensure_ascii=False)}"
            for name, value in (
                ("kind", "run-in"),
                ("at", f"{at.line}:{at.column}"),
                ("words", example),
                ("as", "head"),
            )
        )
        self.ledger.weigh(
            "run-ins", places[0], places[0] + 1, f"{len(places)} paragraphs begin with a short sentence that may be a head",
            ("whether it has a finite verb cannot be told", "they are many, so the text may simply be written so"), "text",
            (Way("", "To make one of them a head in its line, name its place", ("[[decide]]", *more)),), doubt=True, also=places[1:],
        )  # fmt: skip

    def _sections(self) -> bool:
        return any(level > 1 and len(signs) > 1 for signs, level in self.found.values())

    def _take_underlined(self, index: int, level: int, blocks: list[Block]) -> int:
        words, below = self.paragraphs[index], self.paragraphs[index + 1]
        choice = self.ledger.weigh(
            "head",
            words.start,
            words.end,
            "a head",
            ("a rule stands under it", "the rule is as long as the words"),
            "head",
            (HEAD, TEXT),
        )
        if choice.way != "head":
            return 0
        self.ledger.weigh(
            "rule",
            below.start,
            below.end,
            "the rule under a head",
            ("the head above it",),
            "aside",
            (Way("aside", "set it aside"),),
        )
        self.ledger.give(below.start, below.end, Fate.ASIDE)
        blocks.append(Head(words, choice.level or level, told=choice.level > 0))
        return 2

    def _run_ins(self) -> dict[int, tuple[int, list[str], bool]]:
        """Return paragraphs that begin with a head: where it ends in their text, the signs, and whether they suffice."""
        candidates: dict[int, tuple[int, str, list[str]]] = {}
        for index, words in enumerate(self.paragraphs):
            at = _FIRST.match(words.text)
            if at is None or index in self.found or len(words.text) < 3 * len(at[1]) or len(at[1].split()) > _LIMIT:
                continue
            if _SHORTENED.search(at[1]) or at[1][0] in '“"«‘—–-(' or at[1][0].islower() or at[1].endswith(":"):
                continue
            if at[1][0].isdigit() or _ALONE.fullmatch(at[1]):
                continue
            sentence = at[1].rstrip(".")
            signs = [f"its first sentence is short: {len(at[1].split())} of {len(words.text.split())} words"]
            bare = lacks_verb(sentence, self.language)
            if bare:
                signs.append("the first sentence has no finite verb of its own")
            place = self._referred(sentence, words)
            if place >= 0:
                position = self.ledger.source.position(place)
                signs.append(f"the text refers to it by these words at {position.line}:{position.column}")
            if (
                bare is None
                and place < 0
                and not self.language.startswith("en")
                and (len(at[1].split()) > 6 or "," in at[1])
            ):
                continue
            if bare is False and place < 0:
                signs.append("")  # only another sign can make it a head
            candidates[index] = (at.end(1), sentence, signs)
        openings = Counter(
            _opening(sentence) for _, sentence, signs in candidates.values() if len(signs) > 1 and "" not in signs
        )
        result: dict[int, tuple[int, list[str], bool]] = {}
        for index, (stop, sentence, signs) in candidates.items():
            verbal = "" in signs
            signs = [sign for sign in signs if sign]
            if len(signs) == 1 and _opening(sentence) and openings[_opening(sentence)]:
                signs.append(f"it begins like another head in its line: “{_opening(sentence)}”")
            elif verbal:
                continue
            result[index] = (stop, signs, len(signs) > 1)
        doubtful = [index for index, (_, _, sure) in result.items() if not sure]
        if len(doubtful) > max(12, min(MANY, len(self.paragraphs) // 10)):
            self.crowd = doubtful
            self.crowded = frozenset(doubtful)
        return result

    def _referred(self, sentence: str, words: Paragraph) -> int:
        wanted = _plain(sentence)
        place = self.quoted.get(wanted, -1)
        return -1 if words.start <= place < words.end else place

    def attested(self) -> list[int]:
        """Return where the text names a head that stands nowhere."""
        known = {_plain(self.paragraphs[index].text) for index in self.found}
        known |= {_plain(decision.text) for decision in self.ledger.decisions.at_places if decision.way == "head"}
        known |= {_plain(self.paragraphs[index].text[:stop].rstrip(".")) for index, (stop, _, _) in self.run_in.items()}
        standing = {_plain(words.text) for words in self.paragraphs if len(words.text) < 130}
        return [at for words, at in self.quoted.items() if words not in known | standing]


def _number_of_chapter(text: str) -> bool:
    """Say whether a line is the number of a chapter and no more: "CHAPTER II"."""
    return _CHAPTER.fullmatch(text) is not None and len(text.split()) == 2


def _head_numbers(paragraphs: Sequence[Paragraph]) -> set[str]:
    """Return numbers of short paragraphs that another such number follows or leads to: 1 and 2, 2 and 2.1."""
    found = [
        at[1]
        for each in paragraphs
        if len(each.text) <= 70 and (at := _NUMBERED.fullmatch(each.text)) and SENTENCE_END.search(each.text) is None
    ]
    alone = [each.text.strip(". ") for each in paragraphs if _ALONE.fullmatch(each.text)]
    known = set(found) | {number for number in alone if number.isdigit()}
    romans = [number for number in alone if number in _ROMANS]
    romans += [
        at[1]
        for each in paragraphs
        if len(each.text) <= 70
        and (at := _ROMAN_HEAD.fullmatch(each.text))
        and SENTENCE_END.search(each.text) is None
        and at[1] in _ROMANS
    ]
    kin = {
        number
        for number in romans
        if {_ROMANS[max(0, _ROMANS.index(number) - 1)], _ROMANS[min(_ROMANS.index(number) + 1, len(_ROMANS) - 1)]}
        & set(romans) - {number}
    }
    for number in known:
        *above, last = number.split(".")
        after = ".".join([*above, str(int(last) + 1)])
        if after in known:
            kin |= {number, after}
        if f"{number}.1" in known:
            kin |= {number, f"{number}.1"}
    return kin


def _plain(words: str) -> str:
    return " ".join(words.casefold().strip(" .,:;").split())


def _opening(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[:3]) if len(words) > 4 else ""


# Tables and labels ----------------------------------------------------------------------------------


def _columns(text: str, line: Line) -> list[tuple[int, int]]:
    """Return the stretches of a line between tabs, or else between wide gaps."""
    tabbed = "\t" in text[line.start : line.end]
    left, right = (line.left, line.right) if tabbed else (line.start, line.end)
    words = text[left:right]
    cells: list[tuple[int, int]] = []
    at = 0
    for gap in re.finditer(r"\t" if tabbed else r"[^\S\n]{3,}", words):
        cells.append((left + at, left + gap.start()))
        at = gap.end()
    cells.append((left + at, right))
    return cells


def _table(ledger: Ledger, paragraphs: Sequence[Paragraph], index: int, blocks: list[Block], looked: list[int]) -> int:
    """Make a table of lines that have the same tabs (or wide gaps).

    `looked` holds the paragraph up to which no table was found, so that no line is looked at twice.
    """
    if index < looked[0]:
        return 0
    text = ledger.text
    rows: list[list[tuple[int, int]]] = []
    used = 0
    tabbed = False
    for words in _from(paragraphs, index):
        if (words.turned and rows) or (rows and (len(rows) + 1) * len(rows[0]) > _CELLS):
            break
        found = [_columns(text, line) for line in words.lines]
        if not found or any(len(cells) < 2 for cells in found):
            break
        width = len(rows[0]) if rows else len(found[0])
        tab = any("\t" in text[line.start : line.end] for line in words.lines)
        if (
            any(len(cells) != width and not (tab and len(cells) < width) for cells in found)
            or (rows and tab != tabbed)
            or (rows and words.gap > 1)
        ):
            break
        tabbed = tab
        rows += found
        used += 1
    looked[0] = index + max(used, 1)
    for row in rows:
        row += [(row[-1][1], row[-1][1])] * (len(rows[0]) - len(row))
    if len(rows) < 2 or len(rows[0]) > _COLUMNS or (not tabbed and (len(rows) < 3 or len(rows[0]) < 3)):
        return 0
    longest = max(end - start for row in rows for start, end in row)
    if longest > 400:
        return 0
    signs = [f"{len(rows)} lines with the same number of {'tabs' if tabbed else 'wide gaps'} ({len(rows[0]) - 1})"]
    if longest <= 60:
        signs.append("all its parts are short")
    choice = ledger.weigh(
        "table", paragraphs[index].start, paragraphs[index + used - 1].end, f"a table of {len(rows)} rows and {len(rows[0])} columns",
        signs, "table" if len(signs) > 1 else "text", (Way("table", "make it a table"), TEXT), doubt=len(signs) == 1,
    )  # fmt: skip
    if choice.way != "table":
        return 0
    cells = [[_cell(text, start, end) for start, end in row] for row in rows]
    numeric = [
        any(column) and all(cell is None or re.fullmatch(r"[\d\s.,%–+-]+", cell.text) for cell in column)
        for column in zip(*cells[1:], strict=True)
    ]
    head = any(
        number and first is not None and not re.search(r"\d", first.text)
        for number, first in zip(numeric, cells[0], strict=True)
    )
    blocks.append(
        Grid(
            tuple(map(tuple, cells)),
            head,
            tuple("right" if number and column else "" for column, number in enumerate(numeric)),
        )
    )
    return used


def _cell(text: str, start: int, end: int) -> Paragraph | None:
    words = text[start:end]
    if not words.strip():
        return None
    start += len(words) - len(words.lstrip())
    return paragraph(text, [Piece(start, start + len(words.strip()))])


def _labels(
    ledger: Ledger, paragraphs: Sequence[Paragraph], index: int, before: Paragraph | None, blocks: list[Block]
) -> int:
    """Make a list of paragraphs that begin with a label, a number and a gap."""
    text = ledger.text
    found: list[tuple[Paragraph, int, int]] = []
    word = ""
    for words in _from(paragraphs, index):
        gap = re.search(r"\t\s*|[^\S\n]{3,}", words.text[:60])
        label = _LABEL.fullmatch(words.text[: gap.start()]) if gap else None
        if (
            gap is None
            or label is None
            or "\t" in words.text[gap.end() :]
            or (word and label["word"].casefold() != word)
            or (found and words.gap > 1)
        ):
            break
        word = label["word"].casefold()
        found.append((words, gap.start(), gap.end()))
    if len(found) < 2:
        return 0
    signs = [
        f"{len(found)} paragraphs begin with `{text[found[0][0].start :][: len(word)]}` and a number",
        "a gap made of spaces or tabs follows each",
    ]
    if before is not None and before.text.endswith(":"):
        signs.append("a colon announces them")
    choice = ledger.weigh(
        "list", found[0][0].start, found[-1][0].end, f"a list of {len(found)} labelled items", signs, "list",
        (Way("list", "make it a list of labels and what is said of each"), TEXT),
    )  # fmt: skip
    if choice.way != "list":
        return 0
    entries = tuple((words.cut(text, 0, start), words.cut(text, end, len(words.text))) for words, start, end in found)
    blocks.append(Labels(entries))
    return len(found)


# Lists --------------------------------------------------------------------------------------------


def _marked_list(
    ledger: Ledger, paragraphs: Sequence[Paragraph], index: int, before: Paragraph | None, blocks: list[Block]
) -> int:
    """Make a list of paragraphs that begin with marks which count on, or are the same."""
    text = ledger.text
    first = _MARKED.match(paragraphs[index].text)
    if first is None:
        return 0
    style = first.lastgroup or ""
    shape = _mark_shape(first[0].strip())
    if style == "letter" and re.fullmatch(r"\(?i[.)]", first[0].strip()):
        style = "roman"
    found: list[tuple[Paragraph, str, int]] = []
    value = 0
    for words in _from(paragraphs, index):
        at = _MARKED.match(words.text)
        if at is None or (found and words.gap > 1):
            break
        mark = at[0].strip()
        if style == "bullet":
            if mark != first[0].strip():
                break
        else:
            if _mark_shape(mark) != shape:
                break
            counted = _counted(mark, style)
            if counted < 1 or (found and counted != value + 1):
                break
            value = counted
        found.append((words, mark, at.end()))
    announced = before is not None and before.text.endswith(":")
    dash = first[0].strip() in "–—"
    if len(found) < 2 or (dash and not announced):
        return 0  # a dash may begin what somebody says
    signs = [f"{len(found)} paragraphs begin with {'the same sign' if style == 'bullet' else 'marks that count on'}"]
    if style == "number" and not announced:
        series = _numbered_on(paragraphs, index, len(found), style, shape, value)
        if series and ledger.decided("list", found[0][0].start) is None:
            if _counted(found[0][1], style) == 1 or not series.earlier:
                ledger.weigh(
                    "list", found[0][0].start, found[-1][0].end, "numbered paragraphs, or a list",
                    (*signs, "the numbers go on behind other paragraphs"), "text",
                    (Way("list", "make it a list, as far as the numbers follow one another"), TEXT), doubt=True,
                )  # fmt: skip
            return 0
    if announced:
        signs.append("a colon announces them")
    if not dash:
        signs.append("the sign is one of lists" if style == "bullet" else "the marks are those of lists")
    start = _counted(found[0][1], style) if style != "bullet" else 0
    sure = len(signs) > 1 and (style == "bullet" or start == 1 or announced)
    choice = ledger.weigh(
        "list", found[0][0].start, found[-1][0].end, f"a list of {len(found)} items", signs, "list" if sure else "text",
        (Way("list", "make it a list"), TEXT), doubt=not sure,
    )  # fmt: skip
    if choice.way != "list":
        return 0
    if style == "bullet":
        for words, mark, _ in found:
            ledger.give(words.start, words.start + len(mark), Fate.ASIDE)
        start = found[0][0].start
        ledger.weigh(
            "list-mark",
            start,
            start + 1,
            f"`{found[0][1]}` before {len(found)} items",
            ("the list draws its own",),
            "aside",
            (Way("aside", "set it aside"),),
            also=[words.start for words, _, _ in found[1:]],
        )
    items = tuple(words.cut(text, end, len(words.text)) for words, _, end in found)
    close = all(words.gap == 0 for words, _, _ in found[1:])
    blocks.append(Listing(items, tuple("-" if style == "bullet" else mark for _, mark, _ in found), close))
    return len(found)


@dataclass(frozen=True, slots=True)
class _Series:
    """Whether the numbers of paragraphs go on from earlier ones, and on behind other paragraphs."""

    earlier: bool
    later: bool

    def __bool__(self) -> bool:
        return self.earlier or self.later


def _numbered_on(
    paragraphs: Sequence[Paragraph], index: int, count: int, style: str, shape: str, value: int
) -> _Series:
    def has(at: int, wanted: int) -> bool:
        found = _MARKED.match(paragraphs[at].text)
        return (
            found is not None
            and found.lastgroup == style
            and _mark_shape(found[0].strip()) == shape
            and _counted(found[0].strip(), style) == wanted
        )

    first = value - count + 1
    end = index + count
    earlier = first > 1 and any(has(at, first - 1) for at in range(max(0, index - 80), index))
    later = any(has(at, value + 1) for at in range(end, min(len(paragraphs), end + 80)))
    return _Series(earlier, later)


def _mark_shape(mark: str) -> str:
    return re.sub(r"[^().]+", "x", mark)


def _counted(mark: str, style: str) -> int:
    token = mark.strip("().")
    match style:
        case "number":
            return int(token)
        case "roman":
            values = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"]
            return values.index(token) + 1 if token in values else 0
        case _:
            return (
                ord(token.lower()) - 96 if len(token) == 1 and token.lower() != token.upper() and token.isascii() else 0
            )


def _series(
    ledger: Ledger, paragraphs: Sequence[Paragraph], index: int, before: Paragraph | None, blocks: list[Block]
) -> int:
    """Make a list of paragraphs that a colon announces and that end with semicolons, the last with a full stop."""
    if before is None or not before.text.rstrip().endswith(":") or paragraphs[index].gap > 1:
        return 0
    count = 0
    for words in paragraphs[index : index + 60]:
        count += 1
        if not words.text.endswith((";", ",", "; and", "; or", ", and")) or words.text.count(". ") > 1:
            break
    items = paragraphs[index : index + count]
    if count < 2 or not items[-1].text.endswith(".") or any(each.gap > 1 for each in items):
        return 0
    signs = ["a colon announces them", "all end with a semicolon, and the last with a full stop"]
    choice = ledger.weigh(
        "list", items[0].start, items[-1].end, f"a list of {count} items without marks", signs, "list",
        (Way("list", "make it a list"), TEXT),
    )  # fmt: skip
    if choice.way != "list":
        return 0
    blocks.append(Listing(tuple(items), ("-",) * count, close=False))
    return count


# Quotations and lines -------------------------------------------------------------------------------


def _quotation(
    ledger: Ledger,
    paragraphs: Sequence[Paragraph],
    index: int,
    before: Paragraph | None,
    usual: _Margin,
    blocks: list[Block],
) -> int:
    """Make a block quotation of paragraphs that are moved in."""
    told = ledger.decided("quotation", paragraphs[index].start)
    count = 0
    for words in _from(paragraphs, index):
        if not usual.passes(words) or (count and words.gap > 1):
            break
        count += 1
    if told is not None:
        count = max(count, 1)
    if not count:
        return 0
    members = paragraphs[index : index + count]
    moved = usual.moved
    signs = ["it is moved in"] if members[0].indent > usual.indent else ["a person says so"]
    if before is not None and before.text.rstrip().endswith(":"):
        signs.append("a colon announces it")
    if members[0].text[:1] in '“"«„' and members[-1].text.rstrip()[-1:] in '”"»“':
        signs.append("it stands in quotation marks")
    if any(len(each.lines) > 1 for each in members):
        signs.append("all its lines are moved in")
    if moved * 4 > len(paragraphs) and len(paragraphs) > 4:
        signs = signs[:1]
    sure = len(signs) > 1
    choice = ledger.weigh(
        "quotation", members[0].start, members[-1].end, "a block quotation" if count == 1 else f"a block quotation of {count} paragraphs",
        signs, "quotation" if sure else "text", (Way("quotation", "make it a block quotation"), TEXT), doubt=not sure,
    )  # fmt: skip
    if choice.way != "quotation":
        return 0
    blocks.append(Quote(tuple(members)))
    return count


def _lines(ledger: Ledger, paragraphs: Sequence[Paragraph], index: int, parted: bool, blocks: list[Block]) -> int:
    """Keep lines as lines where the text parts its paragraphs by blank lines, and these have none between them."""
    count = _run_of_lines(paragraphs, index)
    spoken = parted and not count and _is_speech(paragraphs, index)
    if spoken:
        count = 2
    elif count < 3:
        return 0
    run = paragraphs[index : index + count]
    ended = sum(SENTENCE_END.search(each.text) is not None for each in run)
    if not parted and ((index and not run[0].gap) or 3 * ended > count + 2 or max(len(each.text) for each in run) > 60):
        return 0
    stanzas = [paragraphs[index : index + count]]
    used = count
    while index + used < len(paragraphs) and paragraphs[index + used].gap == 1:
        more = _run_of_lines(paragraphs, index + used)
        if more < 2:
            break
        stanzas.append(paragraphs[index + used : index + used + more])
        used += more
    signs = [
        f"{count} lines follow one another without a blank line, where paragraphs have one",
        "the first is a name in capitals, and the other is moved in" if spoken else "they end before they are full",
    ]
    if not parted:
        signs[0] = f"{count} short lines follow one another without a blank line"
    choice = ledger.weigh(
        "lines", paragraphs[index].start, paragraphs[index + used - 1].end, f"{used} lines that end where they end", signs, "lines",
        (Way("lines", "keep the ends of the lines"), TEXT),
    )  # fmt: skip
    if choice.way != "lines":
        return 0
    base = min(each.indent for stanza in stanzas for each in stanza)
    found: list[tuple[int, Paragraph] | None] = []
    for stanza in stanzas:
        if found:
            found.append(None)
        found += [(each.indent - base, each) for each in stanza]
    blocks.append(Verses(tuple(found)))
    return used


def _is_speech(paragraphs: Sequence[Paragraph], index: int) -> bool:
    """Say whether a paragraph is a name in capitals, with one line below it that is moved in, as in a play."""
    if index + 1 >= len(paragraphs):
        return False
    name, line = paragraphs[index], paragraphs[index + 1]
    after = paragraphs[index + 2] if index + 2 < len(paragraphs) else None
    return (
        len(name.text) <= 30
        and name.text.upper() == name.text != name.text.lower()
        and not line.gap
        and not line.turned
        and len(line.lines) == 1
        and line.indent > name.indent
        and (after is None or after.gap > 0)
    )


def _run_of_lines(paragraphs: Sequence[Paragraph], index: int) -> int:
    count = 1
    for words in _from(paragraphs, index + 1):
        if words.gap or words.turned:
            break
        count += 1
    run = paragraphs[index : index + count]
    if any(len(each.lines) != 1 or len(each.text) > 80 or "\t" in each.text for each in run):
        return 0
    marks = [_MARKED.match(each.text) for each in run]
    if marks[0] is None and any(a and b and a.lastgroup == b.lastgroup != "bullet" for a, b in pairwise(marks)):
        return 0  # a list, and the line above it
    ended = sum(bool(re.search(r"[.!?][\"”’»)]*$", each.text)) for each in run)
    return count if ended * 2 <= count + 1 else 0
