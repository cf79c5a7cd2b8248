"""Marks in the text, and texts at the foot of pages, after sections or at the end, become notes with calls.

A note is made only where both halves stand: a mark in the text, and a text that begins with the same mark. One
half alone stays what it is, and is a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.intake.ledger import Ledger, excerpt
from pipeline.intake.lines import ASIDE, KEEP, Pages
from pipeline.intake.values import Fate, Line, Mark, Note, Paragraph, Piece, Way, paragraph

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TEXT = re.compile(
    r"(?:\[(?P<bracket>\d{1,3}|\*{1,3}|[a-z])\]|(?P<super>[⁰¹²³⁴-⁹]{1,3})|(?P<sign>\*{1,3}|[†‡§¶]{1,2})(?![*†‡])|"
    r"(?P<plain>\d{1,3})(?:[.)]|(?=\s)))[^\S\n]*(?=\S)"
)
_BRACKET = re.compile(r"\[(\d{1,3}|\*{1,3}|[a-z])\]")
_SUPERS = re.compile(r"(?:(?<=\S)|(?<=[⁰¹²³⁴-⁹] ))([⁰¹²³⁴-⁹]{1,3})(?!\w)")
_SIGN = re.compile(r"(?:(?<=[^\s*†‡§¶(\[])|(?<=[^\s*][*†‡] ))(\*{1,3}|[†‡]{1,2})(?![\w*†‡]| [*†‡] )")
_REFERRED = re.compile(
    r"(?:\b(?:see|cf\.?|notes?|nn?\.|fn\.?|vgl\.?|siehe|anm\.?|voir|véase|см\.|прим\.|տես)|\band|,)\s*$", re.IGNORECASE
)
"""what stands before the mark of a note that is spoken of, and not called: "(see [2])\""""
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

_BARE = re.compile(r"\[(?:\d{1,3}|\*{1,3}|[a-z])\]|[⁰¹²³⁴-⁹]{1,3}")
_ENDED = re.compile(r"[.!?:…։][\"'”’»)\]]*$")
_BACK = re.compile(r"\s*[↩↵⤴↑⬆][\ufe0e\ufe0f]?\s*$")
_BACK_FIRST = re.compile(r"[\^↑⬆]\s+(?=\S)")
"""what leads back from a note to its call on a page of the web"""

_CLOSING = ".,;:!?…”’»\"')]"

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

    def __init__(self, ledger: Ledger, openings: Mapping[int, int]) -> None:
        self.ledger = ledger
        self.openings = openings
        """offsets at which paragraphs or lines begin, and end: a mark there opens the text of a note and calls none"""
        self.texts: dict[tuple[str, str], list[int]] = defaultdict(list)
        """where texts begin that have a mark, by style and mark"""
        for start, end in sorted(openings.items()):
            found = _opening(ledger.text, start, end)
            if found is not None and not (
                found.style == "plain" and ledger.text[found.after - 2 : found.after - 1] in ".)"
            ):
                self.texts[found.style, found.mark].append(start)
        self.by_style: dict[str, dict[str, list[Call]]] = {}
        self.referred: list[Call] = []
        """marks by which a sentence speaks of a note"""

    def of_style(self, style: str) -> Mapping[str, list[Call]]:
        """Return the marks of a style, by mark and in order."""
        if style not in self.by_style:
            pattern = {"bracket": _BRACKET, "super": _SUPERS, "sign": _SIGN, "plain": _GLUED}[style]
            found: dict[str, list[Call]] = defaultdict(list)
            stressed = self.stressed() if style == "sign" else set()
            for at in pattern.finditer(self.ledger.text):
                start = at.start() if style == "bracket" else at.start(1)
                if start not in self.openings and self.ledger.source.position(start).line not in stressed:
                    call = Call(start, at.end(), at[1].translate(_SUPER), style)
                    if style == "bracket" and self._is_referred(start):
                        self.referred.append(call)
                    else:
                        found[call.mark].append(call)
            self.by_style[style] = found
        return self.by_style[style]

    def _is_referred(self, start: int) -> bool:
        """Say whether a sentence speaks of a note: "see [2]", or "(see [1], [2])"."""
        before = self.ledger.text[max(0, start - 40) : start]
        found = _REFERRED.search(before)
        if found is None:
            return False
        if before[found.start()].isalpha() and found.group().strip().casefold() != "and":
            return True
        end = start - len(before) + found.start()
        return any(call.end == end for call in self.referred[-1:])

    def since(self, found: _Found, start: int) -> int:
        """Return from where on marks may call a text: behind any other text that begins with the same mark."""
        texts = self.texts.get((found.style, found.mark), [])
        place = bisect_left(texts, found.start)
        return max(start, texts[place - 1]) if place else start

    def stressed(self) -> set[int]:
        """Return the lines on which stars stand for emphasis."""
        source = self.ledger.source
        return {
            source.position(at.start(1)).line
            for at in _STRESS.finditer(source.text)
            if at.start(1) not in self.openings or source.text.find(at[1], at.end(), at.end() + 200) >= 0
        }

    def note(self, note: Note) -> None:
        """Know the text of a note that was made before, so that no other text is called from before it."""
        start = note.words[0].start
        for style in _ANSWERS:
            insort(self.texts[style, note.mark.strip("[]").translate(_SUPER)], start)

    def between(self, mark: str, style: str, start: int, end: int) -> list[Call]:
        """Return the marks between two offsets that are still words of the text."""
        calls = self.of_style(style).get(mark, [])
        low = bisect_left(calls, start, key=lambda call: call.start)
        high = bisect_left(calls, end, key=lambda call: call.start)
        return [call for call in calls[low:high] if self.ledger.fates[call.start] == Fate.BODY]

    def answering(self, zone: Sequence[_Found], start: int, end: int) -> list[Call]:
        """Return the calls of the notes of a zone, of the style by which most of them are called.

        A text is called only from behind the last other text that has its mark: `*` begins anew on each page.
        """
        best: list[Call] = []
        marks = 0
        for style in _ANSWERS[zone[0].style]:
            calls: list[Call] = []
            called: set[str] = set()
            at = start
            for each in zone:
                own = self.between(each.mark, style, self.since(each, at), end)
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


def _is_unclear(found: _Found, calls: Sequence[Call]) -> bool:
    """Say whether a sign that begins anew on each page stands more than once before its text: one text may be lost."""
    return found.style == "sign" and sum(call.mark == found.mark for call in calls) > 1


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
    around = Surroundings(text)
    calls_of = Calls(
        ledger,
        {
            line.start: line.end
            for index, line in enumerate(lines)
            if not line.blank
            and (not index or lines[index - 1].blank or _opening(text, line.start, line.end) is not None)
        },
    )
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
                if ruled:
                    ends = [lines[kept[other]].end for other in openings if other >= place]
                    ledger.halves += [(each.start, each.after, end) for each, end in zip(zone, ends, strict=True)]
                continue
            if any(_is_unclear(each, calls) for each in zone):
                continue  # found again below, with a doubt
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
                _make(ledger, around, keys, each, [call for call in calls if call.mark == each.mark], signs)
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
    around = Surroundings(text)
    taken: set[int] = set()
    lone: list[_Found] = []
    calls_of = Calls(ledger, {words.pieces[0].start: words.pieces[0].end for words in paragraphs})
    for note in ledger.notes:
        calls_of.note(note)
    index = 0
    begin: dict[str, int] = {}
    """behind which text of a note the marks of a style begin anew"""
    following = ""
    while index < len(paragraphs):
        first = _opening(text, paragraphs[index].pieces[0].start, paragraphs[index].pieces[0].end)
        if first is None or (first.style == "plain" and first.mark not in ("1", following)):
            index += 1
            continue
        zone, end = _zone(text, paragraphs, index, first)
        kin = _ANSWERS["plain"] if first.style == "plain" else (first.style, *("plain",) * first.mark.isdigit())
        calls = calls_of.answering(zone, max(begin.get(style, 0) for style in kin), zone[0].start)
        called = {call.mark for call in calls}
        if len(called) * 2 < len(zone) or (first.style == "plain" and len(called) < len(zone)):
            if zone[0].style in ("bracket", "super") or called or _is_lone(zone):
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
            for member in each.members[1:]:
                if _in_sentence(each.words[-1], paragraphs[member]) and not paragraphs[member].gap:
                    each.words[-1] = _joined(text, each.words[-1], paragraphs[member])
                else:
                    each.words.append(paragraphs[member])
            signs = [f"it stands at {place}, in a row of {len(zone)}" if len(zone) > 1 else f"it stands at {place}"]
            signs.append(f"`{text[own[0].start : own[0].end]}` stands before it in the text")
            unclear = _is_unclear(each, own)
            if len(own) > 1:
                signs.append(f"the mark stands {len(own)} times" + (", so a text may be lost" if unclear else ""))
            if _make(ledger, around, keys, each, own, signs, unclear=unclear):
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
        begin[first.style] = paragraphs[end - 1].end
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
    while at < len(paragraphs) and (
        (_belongs(paragraphs, index, at) and paragraphs[at].indent > paragraphs[index].indent)
        or (paragraphs[at].gap <= 1 and _in_sentence(paragraphs[at - 1], paragraphs[at]))
    ):
        zone[-1].members.append(at)
        at += 1
    return zone, at


def _belongs(paragraphs: Sequence[Paragraph], first: int, at: int) -> bool:
    """Say whether a paragraph without a mark goes on with a note: it follows at once, or is moved in."""
    words = paragraphs[at]
    if re.fullmatch(_BARE, words.text):
        return False
    return (
        words.gap == 0
        or (words.gap <= 1 and words.indent > paragraphs[first].indent + 1)
        or (words.gap <= 1 and _in_sentence(paragraphs[at - 1], words))
    )


def _in_sentence(before: Paragraph, words: Paragraph) -> bool:
    """Say whether a paragraph goes on in the middle of a sentence."""
    return words.text[:1].islower() and _ENDED.search(before.text) is None


def _joined(text: str, before: Paragraph, words: Paragraph) -> Paragraph:
    first, *rest = words.pieces
    return paragraph(text, [*before.pieces, Piece(first.start, first.end, True), *rest], before.gap)


def _is_lone(zone: Sequence[_Found]) -> bool:
    """Say whether paragraphs that begin with stars or daggers may be notes: none is a list or a number of the law."""
    return zone[0].style == "sign" and zone[0].mark[0] in "*†‡"


def _is_first(ledger: Ledger, calls: Sequence[Call]) -> bool:
    """Say whether a note is called before the first sentence of the text ends."""
    text = ledger.text
    start = 0
    while start < len(text) and (text[start].isspace() or ledger.fates[start] == Fate.ASIDE):
        start += 1
    at = min((call.start for call in calls), default=len(text))
    return at - start < 2_000 and _SENTENCE.search(text, start, at + 1) is None


def _make(
    ledger: Ledger,
    around: Surroundings,
    keys: set[str],
    found: _Found,
    calls: Sequence[Call],
    signs: Sequence[str],
    *,
    unclear: bool = False,
) -> bool:
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
        "text" if unclear else "note",
        (NOTE, TEXT),
        doubt=unclear,
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
    voice, reasons, doubt = guess_voice(words, around, first=_is_first(ledger, calls))
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
        doubt=doubt,
    )
    ledger.give(found.start, found.after, Fate.MARK)
    _set_aside_arrows(ledger, found)
    for each in found.words:
        ledger.belongs(each)
    for call in calls:
        ledger.give(call.start, call.end, Fate.CALL)
        ledger.marks.append(Mark(call.start, call.end, "call", key))
    ledger.notes.append(Note(key, mark, spoken.way, tuple(found.words)))
    return True


def _set_aside_arrows(ledger: Ledger, found: _Found) -> None:
    """Set aside the sign at an end of a note that led back to its call: the editions make their own."""
    first, last = found.words[0], found.words[-1]
    for words, at in ((last, _BACK.search(last.text)), (first, _BACK_FIRST.match(first.text))):
        if at is None or at.end() - at.start() >= len(words.text):
            continue
        sign = next(place for place in range(at.start(), at.end()) if not words.text[place].isspace())
        place = words.place(sign)
        end = place + len(at.group().strip())
        choice = ledger.weigh(
            "back-link", place, end, "a sign that leads back to the call of a note",
            ("it stands at the end of the note" if at.start() else "it stands before the words of the note", "editions have their own"),
            "aside", (ASIDE, KEEP),
        )  # fmt: skip
        if choice.way != "aside":
            continue
        ledger.give(place, end, Fate.ASIDE)
        start, stop = (0, at.start()) if at.start() else (at.end(), len(words.text))
        cut = words.cut(ledger.text, start, stop)
        found.words[-1 if words is last and at.start() else 0] = cut
        if first is last:
            first = last = cut


_SAID = {"source": "it says where the text comes from", "textual": "it is about the state of the text"}

_NAMED: Sequence[tuple[str, str, str]] = (
    ("editor", r"^(?:ed(?:itor(?:ial)?|s)?(?:[’']s)?(?: note)?\b|publisher|red(?:aktion|\.)|прим(?:ечание|\.) ред|խմբագր)", "it begins with the word of an editor"),
    ("editor", r"[\[(–—-] ?(?:the )?(?:eds?\.?|editors?|publishers?|red\.|(?:прим\. )?ред\.|խմբ\.)[\])]?\.?$", "an editor signs it"),
    ("translator", r"^(?:tr(?:ansl?)?\.|translator(?:[’']s)?(?: note)?\b|note of the translator|прим(?:ечание|\.) пер|թարգմ|anm(?:erkung|\.) d(?:es|\.) ü)", "it begins with the word of a translator"),
    ("translator", r"[\[(–—-] ?(?:the )?(?:tr(?:ansl?)?\.|translators?|(?:прим\. )?пер\.|թարգմ\.|d\. ü\.)[\])]?\.?$", "a translator signs it"),
)  # fmt: skip
"""A note that names its voice itself."""

_SPOKEN: Sequence[tuple[str, str, str]] = (
    ("source", r"\btranslat(?:ed|ions?|ors?)\b|\boriginal\b(?:\s+\w+){0,2}\s+(?:version|text|edition|language)\b|\bübersetz(?:t|ung)|\btradui|\bперев(?:од|ед)|թարգման",
     "it speaks of a translation, or of an original"),
    ("source", (r"\b(?:reprinted|reproduced|taken|excerpted|extracted|published)\b[^.]{0,40}\b(?:from|in|by)\b|\bavailable (?:at|through|from|online)\b|"
     r"\bfrom the (?:book|volume|journal|newspaper|magazine|archives?|collection)\b|\bcourtesy\b"),
     "it tells from where words were taken, or where they can be found"),
    ("editor", r"^(?:note|n\.b\.|nb|примечание|hinweis|anm\.)\s*[:.–—]", "it begins as a note upon the text"),
    ("editor", r"\b(?:this|the present) (?:report|book|text|article|document|volume|account|diary|letter|memoir|study|translation)\b", "it speaks about the text in which it stands"),
    ("translator", r"\b(?:literally|in the original|untranslatable|play on words|pun on)\b", "it explains words of the original"),
    ("textual", r"\b(?:manuscript reads|ms\.? reads|illegible|sic in|crossed out|reads here|variant reading)\b", "it speaks of the state of the text"),
)  # fmt: skip
"""Kinds of what a note may say that its author would hardly say: one alone is a doubt, two are a guess."""

_NAMES = tuple((voice, re.compile(pattern, re.IGNORECASE), sign) for voice, pattern, sign in _NAMED)
_VOICES = tuple((voice, re.compile(pattern, re.IGNORECASE), sign) for voice, pattern, sign in _SPOKEN)
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_TERM = re.compile(r"[“\"«„‘']([^”\"»“’„']{2,40})[”\"»“’']")
_OF_WORDS = re.compile(
    r"\b(?:terms?|words?|names?|expressions?|phrases?|spellings?|begriffe?|termes?|термин\w*)\b", re.IGNORECASE
)
_HYPHENED = re.compile(r"(?<![\w-])([A-ZÀ-ÖØ-ÞА-ЯԱ-Ֆ][\w’]+)([ \u00a0-])([A-ZÀ-ÖØ-ÞА-ЯԱ-Ֆ][\w’]+)(?![\w-])")
_SENTENCE = re.compile(r"[.!?։][\"'”’»)\]]*(?:\[\w{1,3}\]|[*†‡⁰¹²³⁴-⁹]{1,3})*\s")


class Surroundings:
    """What the text says outside a note: its years, the words that it puts into quotation marks, its names of two words."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.years = Counter(_YEAR.findall(text))
        self.terms = Counter(each.casefold() for each in _TERM.findall(text))
        self.names: Counter[tuple[str, str]] = Counter()
        for at in _HYPHENED.finditer(text):
            self.names[f"{at[1]} {at[3]}".casefold(), "-" if at[2] == "-" else " "] += 1

    def terms_of(self, words: str) -> list[str]:
        """Return terms of the text that a note about words takes up."""
        if _OF_WORDS.search(words) is None:
            return []
        found = _TERM.findall(words)
        own = Counter(each.casefold() for each in found)
        return [term for term in found if self.terms[term.casefold()] > own[term.casefold()]]

    def is_later(self, words: str) -> bool:
        """Say whether a note knows a later year than all the rest of the text, which knows several."""
        own = Counter(_YEAR.findall(words))
        others = [year for year, count in self.years.items() if count > own[year]]
        return len(others) > 1 and any(year > max(others) for year in own)

    def spells_otherwise(self, words: str) -> bool:
        """Say whether a note writes a name with a hyphen that the text writes without, or the other way round."""
        own = Counter((f"{at[1]} {at[3]}".casefold(), "-" if at[2] == "-" else " ") for at in _HYPHENED.finditer(words))
        return any(
            self.names[name, {"-": " ", " ": "-"}[sign]] > own[name, {"-": " ", " ": "-"}[sign]]
            and self.names[name, sign] == count
            for (name, sign), count in own.items()
        )


def guess_voice(
    words: str, around: Surroundings | None = None, *, first: bool = False
) -> tuple[str, tuple[str, ...], bool]:
    """Return whose voice a note speaks with, the signs, and whether that is a doubt.

    A note that names its voice has it. Else two kinds of signs make a guess; one alone is a doubt, and the author's.
    `first`: it is called in the title or the first sentence.

    >>> guess_voice("Translated by Ann Able. This text is a part of a longer one.", first=True)[::2]
    ('source', True)
    >>> guess_voice("See page 12.")
    ('author', ('nothing in it speaks with another voice',), False)
    """
    plain = " ".join(words.split())
    for voice, pattern, sign in _NAMES:
        if pattern.search(plain[:400] if pattern.pattern.startswith("^") else plain[-400:]):
            return voice, (sign,), True
    signs: dict[str, list[str]] = defaultdict(list)
    for voice, pattern, sign in _VOICES:
        if pattern.search(plain[:400] if pattern.pattern.startswith("^") else plain[:4000]):
            signs[voice].append(sign)
    around = around or Surroundings()
    terms = around.terms_of(words)
    if terms:
        signs["editor"].append(f"it says how a term of the text is to be taken: “{terms[0]}”")
    if not signs:
        return "author", ("nothing in it speaks with another voice",), False
    more: dict[str, list[str]] = {"source": [], "editor": []}
    if first:
        more["source"].append("it is called in the first sentence or the title, so it is about the whole")
    if around.is_later(words):
        for found in more.values():
            found.append("it knows a later year than the rest of the text")
    if around.spells_otherwise(words):
        more["editor"].append("it spells a name otherwise than the text does")
    order = [voice for voice, _, _ in _VOICES]
    voice = max(signs, key=lambda name: (len(signs[name]) + len(more.get(name, ())), -order.index(name)))
    told = (*signs[voice], *more.get(voice, ()))
    if len(told) > 1:
        return voice, told, True
    return "author", (*told, f"that alone does not make it the {_OWNER.get(voice, voice + '’s')}"), True


_OWNER = {"source": "voice of a source", "textual": "voice of a textual note"}


def _around(text: str, at: int) -> str:
    """Return words about a place, from the same paragraph."""
    return excerpt(text, max(text.rfind("\n\n", 0, at) + 1, at - 30, 0))


def _report_halves(
    ledger: Ledger, paragraphs: Sequence[Paragraph], taken: set[int], lone: Sequence[_Found], calls_of: Calls
) -> None:
    """Enter marks without a text, and texts without a mark; of many, the first."""
    undecided = {entry.start for entry in ledger.entries if entry.kind == "note"}
    halves = [found for found in lone if found.members[0] not in taken and found.start not in undecided]
    waiting = {at for entry in ledger.entries if entry.kind == "note" and entry.way == "text" for at in entry.also}
    calls = [
        call
        for style in ("bracket", "super", "sign")
        for found in calls_of.of_style(style).values()
        for call in found
        if ledger.fates[call.start] == Fate.BODY
        and call.start not in waiting
        and not (style != "bracket" and ledger.text[call.start - 1].isdigit())
        and not (
            style == "sign" and not (ledger.text[call.start - 1].isalpha() or ledger.text[call.start - 1] in _CLOSING)
        )
        and not call.mark.isalpha()
    ]
    calls.sort(key=lambda call: call.start)
    standing: dict[str, list[int]] = defaultdict(list)
    for call in calls:
        standing[call.mark].append(call.start)
    for found in halves[:MANY]:
        end = paragraphs[found.members[0]].end
        others = standing.get(found.mark, [])
        place = bisect_left(others, found.start)
        if place:
            at = ledger.source.position(others[place - 1])
            sign = f"the mark stands before it at {at.line}:{at.column}, but another text with this mark may be meant there"
        else:
            sign = "no call before it has this mark"
        ledger.weigh(
            "note-text",
            found.start,
            end,
            f"a paragraph that begins with the mark `{ledger.text[found.start : found.after].strip()}`, "
            "and that nothing in the text surely calls",
            (sign,),
            "text",
            (TEXT,),
            doubt=True,
        )
    told = {found.start for found in halves}
    for start, after, end in sorted(set(ledger.halves))[:MANY]:
        if ledger.fates[start] == Fate.BODY and start not in told:
            ledger.weigh(
                "note-text", start, end, f"`{ledger.text[start:after].strip()}` below a rule at the foot of a page",
                ("no mark on its page calls it",), "text", (TEXT,), doubt=True,
            )  # fmt: skip
    for call in calls[:MANY]:
        ledger.weigh(
            "call",
            call.start,
            call.end,
            f"a mark `{ledger.text[call.start : call.end]}` without the text of a note",
            (f"it stands in “{_around(ledger.text, call.start)}”",),
            "text",
            (TEXT,),
            doubt=True,
        )
    spoken = [call for call in calls_of.referred if ledger.fates[call.start] == Fate.BODY]
    known = {note.mark.strip("[]") for note in ledger.notes}
    spoken = [call for call in spoken if call.mark in known][:MANY]
    for call in spoken:
        ledger.weigh(
            "note-named",
            call.start,
            call.end,
            f"`{ledger.text[call.start : call.end]}` speaks of a note, and does not call it",
            (f"a word such as “see” stands before it: “{_around(ledger.text, call.start)}”",),
            "text",
            (TEXT,),
            doubt=True,
        )
    if len(halves) > MANY or len(calls) > MANY:
        number = max(0, len(halves) - MANY) + max(0, len(calls) - MANY)
        ledger.weigh("notes", 0, 0, f"{number:,} more such marks are not listed", (), "text", (), doubt=True)
