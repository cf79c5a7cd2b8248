"""Marks in the text, and texts at the foot of pages, after sections or at the end, become notes with calls.

A note is made only where both halves stand: a mark in the text, and a text that begins with the same mark. One
half alone stays what it is, and is a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.intake.ledger import Ledger, excerpt
from pipeline.intake.lines import ASIDE, KEEP, Pages
from pipeline.intake.values import Fate, Line, Mark, Note, Paragraph, Way

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TEXT = re.compile(
    r"(?:\[(?P<bracket>\d{1,3}|\*{1,3}|[a-z])\]|(?P<super>[⁰¹²³⁴-⁹]{1,3})|(?P<sign>\*{1,3}|[†‡§¶]{1,2})(?![*†‡])|"
    r"(?P<plain>\d{1,3})(?:[.)]|(?=\s)))[^\S\n]*(?=\S)"
)
_BRACKET = re.compile(r"\[(\d{1,3}|\*{1,3}|[a-z])\]")
_SUPERS = re.compile(r"(?<=\S)([⁰¹²³⁴-⁹]{1,3})(?!\w)")
_SIGN = re.compile(r"(?<=[^\s*†‡§¶(\[])(\*{1,3}|[†‡]{1,2})(?![\w*†‡])")
_STRESS = re.compile(r"(?:^|[\s(\[“\"‘—–-])(\*{1,3})(?=[^\s*])", re.MULTILINE)
"""a star that opens emphasis, as in `*so*`: stars on its line are no marks"""
_GLUED = re.compile(r"(?:(?<=[^\W\d]{2})|(?<=[^\d\s.,][.,;:!?\"”’»)])|(?<=\d{4}[.,;]))(\d{1,3})(?![\w%°]|[.,:]\d)")
_NOTES_HEAD = re.compile(
    r"(?:foot|end)?notes?(?: to the text)?:?|notes and references:?|references:?|anmerkungen:?|fußnoten:?|notas:?|note:?|"
    r"notes de bas de page:?|примечания:?|сноски:?|ծանոթագրություններ:?",
    re.IGNORECASE,
)
_RULE = re.compile(r"[_\-–—=*]{3,}")
_ANSWERS = {
    "bracket": ("bracket",),
    "super": ("super",),
    "sign": ("sign",),
    "plain": ("super", "bracket", "plain"),
}
"""By which marks in the text a note text may be called, the likeliest first."""

MANY = 60
"""doubts of one kind that are entered one by one"""
NOTE = Way("note", "make it a note, called at its mark")
TEXT = Way("text", "keep it as words of the text")
VOICES = ("author", "translator", "editor", "source", "textual")


@dataclass(frozen=True, slots=True)
class Call:
    """A mark in the text that may call a note."""

    start: int
    end: int
    mark: str
    style: str


@dataclass(slots=True)
class _Found:
    """The text of a note as it is found: where its mark stands, and what follows it."""

    start: int
    after: int
    mark: str
    style: str
    words: list[Paragraph] = field(default_factory=list)
    members: list[int] = field(default_factory=list)


def _opening(text: str, start: int, end: int) -> _Found | None:
    match = _TEXT.match(text, start, end)
    if match is None:
        return None
    style = match.lastgroup or "plain"
    if style == "sign":
        first = text[match.end()]
        if not (first.isalnum() or first in '“"‘«([') or text.find(match[style], match.end(), end) >= 0:
            return None  # `* * *`, or `*stressed*`
    return _Found(start, match.end(), match[style].translate(_SUPER), style)


class Calls:
    """The marks of the whole text that may call a note, found once and asked for by mark and place."""

    def __init__(self, ledger: Ledger, openings: Collection[int]) -> None:
        self.ledger = ledger
        self.openings = openings
        """offsets at which paragraphs or lines begin: a mark there opens the text of a note and calls none"""
        self.by_style: dict[str, dict[str, list[Call]]] = {}

    def of_style(self, style: str) -> Mapping[str, list[Call]]:
        """Return the marks of a style, by mark and in order."""
        if style not in self.by_style:
            pattern = {"bracket": _BRACKET, "super": _SUPERS, "sign": _SIGN, "plain": _GLUED}[style]
            found: dict[str, list[Call]] = defaultdict(list)
            stressed = self.stressed() if style == "sign" else set()
            for at in pattern.finditer(self.ledger.text):
                start = at.start() if style == "bracket" else at.start(1)
                if start not in self.openings and self.ledger.source.position(start).line not in stressed:
                    mark = at[1].translate(_SUPER)
                    found[mark].append(Call(start, at.end(), mark, style))
            self.by_style[style] = found
        return self.by_style[style]

    def stressed(self) -> set[int]:
        """Return the lines on which stars stand for emphasis."""
        source = self.ledger.source
        return {
            source.position(at.start(1)).line
            for at in _STRESS.finditer(source.text)
            if at.start(1) not in self.openings or source.text.find(at[1], at.end(), at.end() + 200) >= 0
        }

    def between(self, mark: str, style: str, start: int, end: int) -> list[Call]:
        """Return the marks between two offsets that are still words of the text."""
        calls = self.of_style(style).get(mark, [])
        low = bisect_left(calls, start, key=lambda call: call.start)
        high = bisect_left(calls, end, key=lambda call: call.start)
        return [call for call in calls[low:high] if self.ledger.fates[call.start] == Fate.BODY]

    def answering(self, zone: Sequence[_Found], start: int, end: int) -> list[Call]:
        """Return the calls of the notes of a zone, of the style by which most of them are called."""
        best: list[Call] = []
        marks = 0
        for style in _ANSWERS[zone[0].style]:
            calls: list[Call] = []
            called: set[str] = set()
            at = start
            for each in zone:
                own = self.between(each.mark, style, at, end)
                if style == "plain" and own:  # digits straight after words: only in the order of the notes
                    own = own[:1]
                    at = own[0].end
                calls += own
                called |= {call.mark for call in own}
            if len(called) > marks:
                best, marks = calls, len(called)
        return sorted(best, key=lambda call: call.start)


def _goes_on(zone: Sequence[_Found], seen: set[str], found: _Found) -> bool:
    """Say whether the mark of a note text comes after those before it: the next number, or a new sign."""
    if not found.mark.isdigit():
        return found.mark not in seen
    last = next((each.mark for each in reversed(zone[-6:]) if each.mark.isdigit()), "")
    return not last or int(found.mark) == int(last) + 1


def _ascending(zone: Sequence[_Found]) -> bool:
    seen: set[str] = set()
    for number, found in enumerate(zone):
        if not _goes_on(zone[:number][-6:], seen, found):
            return False
        seen.add(found.mark)
    return True


# At the foot of pages -----------------------------------------------------------------------------


def find_feet(
    ledger: Ledger,
    lines: Sequence[Line],
    gone: set[int],
    pages: Pages,
    keys: set[str],
    gather: Callable[[Sequence[Line]], Paragraph],
) -> set[int]:
    """Make notes of the texts at the foot of pages; return the indexes of their lines."""
    taken: set[int] = set()
    if not pages.ends:
        return taken
    text = ledger.text
    calls_of = Calls(ledger, {line.start for line in lines if not line.blank})
    start = 0
    for stop in (*pages.ends, len(lines)):
        kept = [index for index in range(start, stop) if index not in gone and not lines[index].blank]
        start = stop
        openings = {
            place: found
            for place, index in enumerate(kept)
            if (found := _opening(text, lines[index].start, lines[index].end)) is not None
        }
        for place in openings:
            if not place:
                continue
            line, above = lines[kept[place]], lines[kept[place - 1]]
            ruled = _RULE.fullmatch(text, above.start, above.end) is not None
            if not (ruled or kept[place] - kept[place - 1] > 1):
                continue
            if len(kept) - place > min(80, 0.7 * len(kept) + 2):
                continue  # most of a page is no foot
            zone = [found for other, found in openings.items() if other >= place]
            calls = [
                call
                for style in sorted({found.style for found in zone})
                for call in calls_of.answering(
                    [found for found in zone if found.style == style], lines[kept[0]].start, line.start
                )
            ]
            if not _ascending(zone) or {call.mark for call in calls} != {each.mark for each in zone}:
                continue
            ends = [other for other in openings if other > place] + [len(kept)]
            begins = [other for other in openings if other >= place]
            for each, begin, end in zip(zone, begins, ends, strict=True):
                members = [lines[index] for index in kept[begin:end]]
                whole = gather(members)
                each.words = [whole.cut(text, each.after - each.start, len(whole.text))]
                taken.update(kept[begin:end])
                signs = [
                    "it stands at the foot of a page",
                    f"`{_shown(text, calls, each.mark)}` stands on the same page",
                ]
                _make(ledger, keys, each, [call for call in calls if call.mark == each.mark], signs)
            if ruled:
                ledger.weigh(
                    "note-rule",
                    above.start,
                    above.end,
                    "the rule above notes",
                    ("the editions draw their own",),
                    "aside",
                    (ASIDE,),
                )
                ledger.give(above.start, above.end, Fate.ASIDE)
                taken.add(kept[place - 1])
            break
    return taken


def _shown(text: str, calls: Sequence[Call], mark: str) -> str:
    call = next(call for call in calls if call.mark == mark)
    return text[call.start : call.end]


# After sections, and at the end ---------------------------------------------------------------------


def find_zones(ledger: Ledger, paragraphs: Sequence[Paragraph], keys: set[str]) -> set[int]:
    """Make notes of runs of paragraphs that begin with marks; return the indexes of these paragraphs."""
    text = ledger.text
    taken: set[int] = set()
    lone: list[_Found] = []
    calls_of = Calls(ledger, {words.start for words in paragraphs})
    index = 0
    begin = 0
    following = ""
    while index < len(paragraphs):
        first = _opening(text, paragraphs[index].pieces[0].start, paragraphs[index].pieces[0].end)
        if first is None or (first.style == "plain" and first.mark not in ("1", following)):
            index += 1
            continue
        zone, end = _zone(text, paragraphs, index, first)
        calls = calls_of.answering(zone, begin, zone[0].start)
        called = {call.mark for call in calls}
        if len(called) * 2 < len(zone) or (first.style == "plain" and len(called) < len(zone)):
            if zone[0].style in ("bracket", "super"):
                lone += zone
            index = end
            continue
        place = "the end" if end == len(paragraphs) else "the end of a section"
        for each in zone:
            own = [call for call in calls if call.mark == each.mark]
            if not own:
                lone.append(each)
                continue
            head = paragraphs[each.members[0]]
            each.words = [head.cut(text, each.after - each.start, len(head.text))]
            each.words += [paragraphs[member] for member in each.members[1:]]
            signs = [f"it stands at {place}, in a row of {len(zone)}" if len(zone) > 1 else f"it stands at {place}"]
            signs.append(f"`{text[own[0].start : own[0].end]}` stands before it in the text")
            if len(own) > 1:
                signs.append(f"the mark stands {len(own)} times")
            if _make(ledger, keys, each, own, signs):
                taken.update(each.members)
        above = zone[0].members[0] - 1
        if (
            above >= 0
            and above not in taken
            and (_NOTES_HEAD.fullmatch(paragraphs[above].text) or _RULE.fullmatch(paragraphs[above].text))
        ):
            words = paragraphs[above]
            choice = ledger.weigh(
                "notes-head",
                words.start,
                words.end,
                "the head or the rule above the notes",
                ("notes follow it", "the editions have their own"),
                "aside",
                (ASIDE, KEEP),
            )
            if choice.way == "aside":
                ledger.give(words.start, words.end, Fate.ASIDE)
                taken.add(above)
        begin = paragraphs[end - 1].end
        index = end
        following = str(int(zone[-1].mark) + 1) if zone[-1].mark.isdigit() else ""
    _report_halves(ledger, paragraphs, taken, lone, calls_of)
    return taken


def _zone(text: str, paragraphs: Sequence[Paragraph], index: int, first: _Found) -> tuple[list[_Found], int]:
    """Return note texts that begin at a paragraph and count on, and the index after them."""
    first.members.append(index)
    headed = index > 0 and _NOTES_HEAD.fullmatch(paragraphs[index - 1].text) is not None
    zone = [first]
    seen = {first.mark}
    at = index + 1
    while at < len(paragraphs):
        step = at
        found: _Found | None = None
        while step < len(paragraphs) and step - at < 3:
            found = _opening(text, paragraphs[step].pieces[0].start, paragraphs[step].pieces[0].end)
            if found is not None:
                break
            step += 1
        if found is None or found.style != first.style or not _goes_on(zone, seen, found):
            break
        seen.add(found.mark)
        if step > at and not all(headed or _belongs(paragraphs, index, between) for between in range(at, step)):
            break
        zone[-1].members += range(at, step)
        found.members.append(step)
        zone.append(found)
        at = step + 1
    while at < len(paragraphs) and _belongs(paragraphs, index, at) and paragraphs[at].indent > paragraphs[index].indent:
        zone[-1].members.append(at)
        at += 1
    return zone, at


def _belongs(paragraphs: Sequence[Paragraph], first: int, at: int) -> bool:
    """Say whether a paragraph without a mark goes on with a note: it follows at once, or is moved in."""
    words = paragraphs[at]
    return words.gap == 0 or (words.gap <= 1 and words.indent > paragraphs[first].indent + 1)


def _make(ledger: Ledger, keys: set[str], found: _Found, calls: Sequence[Call], signs: Sequence[str]) -> bool:
    text = ledger.text
    words = " ".join(each.text for each in found.words)
    if not any(sign.isalnum() for sign in words):
        return False
    end = found.words[-1].end
    mark = text[found.start : found.after].strip()
    choice = ledger.weigh(
        "note",
        found.start,
        end,
        f"the text of note `{mark}`",
        signs,
        "note",
        (NOTE, TEXT),
        also=[call.start for call in calls],
    )
    if choice.way != "note":
        return False
    key = found.mark if found.mark.isdigit() else f"n{len(ledger.notes) + 1}"
    if key in keys:
        number = 2
        while f"{key}-{number}" in keys:
            number += 1
        key = f"{key}-{number}"
    keys.add(key)
    voice, reasons = guess_voice(words)
    others = tuple(
        Way(name, f"it is the {name}’s" if name not in ("source", "textual") else _SAID[name]) for name in VOICES
    )
    spoken = ledger.weigh(
        "voice",
        found.start,
        end,
        f"the voice of note `{mark}`: {voice}",
        reasons,
        voice,
        others,
        doubt=voice != "author",
    )
    ledger.give(found.start, found.after, Fate.MARK)
    for each in found.words:
        ledger.belongs(each)
    for call in calls:
        ledger.give(call.start, call.end, Fate.CALL)
        ledger.marks.append(Mark(call.start, call.end, "call", key))
    ledger.notes.append(Note(key, mark, spoken.way, tuple(found.words)))
    return True


_SAID = {"source": "it says where the text comes from", "textual": "it is about the state of the text"}

_SPOKEN: Sequence[tuple[str, str, str]] = (
    ("editor", r"^(?:ed(?:itor(?:ial)?|s)?(?:[’']s)?(?: note)?\b|publisher|red(?:aktion|\.)|прим(?:ечание|\.) ред|խմբագր)", "it begins with the word of an editor"),
    ("editor", r"[\[(–—-] ?(?:the )?(?:eds?\.?|editors?|publishers?|red\.|(?:прим\. )?ред\.|խմբ\.)[\])]?\.?$", "an editor signs it"),
    ("editor", r"^(?:note|n\.b\.|nb|примечание|hinweis|anm\.)\s*[:.–—]", "it begins as a note upon the text"),
    ("editor", r"\b(?:used|mentioned|referred to|described|so called) in (?:this|the present) (?:report|book|text|article|document|volume)\b",
     "it speaks about the text from outside"),
    ("editor", r"\bterms? (?:like|such as)\b|\bdo(?:es)? not (?:denote|imply|reflect)\b",
     "it tells how words are to be taken"),
    ("translator", r"^(?:tr(?:ansl?)?\.|translator(?:[’']s)?(?: note)?\b|note of the translator|прим(?:ечание|\.) пер|թարգմ|anm(?:erkung|\.) d(?:es|\.) ü)", "it begins with the word of a translator"),
    ("translator", r"[\[(–—-] ?(?:the )?(?:tr(?:ansl?)?\.|translators?|(?:прим\. )?пер\.|թարգմ\.|d\. ü\.)[\])]?\.?$", "a translator signs it"),
    ("translator", r"\b(?:literally|in the original|untranslatable|play on words|pun on)\b", "it explains words of the original"),
    ("source", r"\b(?:courtesy|official|unofficial|english) translation\b|\btranslated (?:from|by)\b", "it says who translated the text"),
    ("source", r"\b(?:reprinted|reproduced|taken|excerpted|first published|originally published)\b[^.]{0,40}\b(?:from|in|by)\b|\bfrom the book\b",
     "it says from where the text was taken"),
    ("source", r"\boriginal (?:\w+ )?(?:version|text|edition)\b|\bavailable (?:at|through|from|online)\b|\bpublished by\b",
     "it says where the original can be found"),
    ("textual", r"\b(?:manuscript reads|ms\.? reads|illegible|sic in|crossed out|reads here|variant reading)\b", "it speaks of the state of the text"),
)  # fmt: skip
_VOICES = tuple((voice, re.compile(pattern, re.IGNORECASE), sign) for voice, pattern, sign in _SPOKEN)


def guess_voice(words: str) -> tuple[str, tuple[str, ...]]:
    """Return whose voice a note speaks with, and the signs; without a sign it is the author's.

    >>> guess_voice("Translated by Ann Able, from the book “Winters”, published by Able Press, 1950.")[0]
    'source'
    >>> guess_voice("See page 12.")
    ('author', ('nothing in it speaks with another voice',))
    """
    signs: dict[str, list[str]] = defaultdict(list)
    plain = " ".join(words.split())
    for voice, pattern, sign in _VOICES:
        if pattern.search(plain[:400] if pattern.pattern.startswith("^") else plain[-4000:]):
            signs[voice].append(sign)
    if not signs:
        return "author", ("nothing in it speaks with another voice",)
    voice = max(signs, key=lambda name: (len(signs[name]), -VOICES.index(name)))
    return voice, tuple(signs[voice])


def _report_halves(
    ledger: Ledger, paragraphs: Sequence[Paragraph], taken: set[int], lone: Sequence[_Found], calls_of: Calls
) -> None:
    """Enter marks without a text, and texts without a mark; of many, the first."""
    halves = [found for found in lone if found.members[0] not in taken]
    for found in halves[:MANY]:
        end = paragraphs[found.members[0]].end
        ledger.weigh(
            "note-text",
            found.start,
            end,
            f"a paragraph that begins with the mark `{ledger.text[found.start : found.after].strip()}`, "
            "which nothing in the text calls",
            ("the mark stands nowhere before it",),
            "text",
            (TEXT,),
            doubt=True,
        )
    calls = [
        call
        for style in ("bracket", "super")
        for found in calls_of.of_style(style).values()
        for call in found
        if ledger.fates[call.start] == Fate.BODY
        and not (style == "super" and ledger.text[call.start - 1].isdigit())
        and not call.mark.isalpha()
    ]
    calls.sort(key=lambda call: call.start)
    for call in calls[:MANY]:
        ledger.weigh(
            "call",
            call.start,
            call.end,
            f"a mark `{ledger.text[call.start : call.end]}` without the text of a note",
            (f"it stands in “{excerpt(ledger.text, max(0, call.start - 30))}”",),
            "text",
            (TEXT,),
            doubt=True,
        )
    if len(halves) > MANY or len(calls) > MANY:
        number = max(0, len(halves) - MANY) + max(0, len(calls) - MANY)
        ledger.weigh("notes", 0, 0, f"{number:,} more such marks are not listed", (), "text", (), doubt=True)
