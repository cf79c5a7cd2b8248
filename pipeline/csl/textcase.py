"""Letter case (CSL 1.0.2, "Text-case"): marked text in, marked text out.

Text inside no-case spans, superscripts and subscripts keeps its letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.csl import marks

STOP_WORDS = frozenset(
    """a across afore after against al along alongside amid amidst among amongst an and anenst apropos apud around as
    aside astride at athwart atop barring before behind below beneath beside besides between beyond but by c ca circa
    d' d\u2019 de despite down during et except for forenenst from given in inside into lest like modulo near next nor
    notwithstanding of off on onto or out over per plus pro qua sans since so than the through throughout thru thruout
    till to toward towards under underneath until unto up upon v v. van versus via vis-\u00e0-vis von vs vs. with within
    without yet""".split()
)
_INNER_WORDS = STOP_WORDS | {"\u00e0"}
_STOP_PHRASES = (
    "according to|ahead of|apart from|as regards|back to|because of|close to|due to|far from|instead of|outside of|"
    "prior to|pursuant to|rather than|regardless of|such as|that of|where as"
)
_STOP_PHRASE = re.compile(rf"(?<!\w)(?:{_STOP_PHRASES})(?!\w)", re.I)
_WORD = re.compile(r"[^\s\u2013\u2014/]+")
_LETTERS = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_HYPHENS = re.compile("([-\u2010\u2011])")
_LETTER = re.compile(r"[^\W\d_]")

# A run of text that may change, or one that may not (with its marks).
Runs = list[tuple[str, bool]]
_FIXED = frozenset((marks.NOCASE, marks.SUPERSCRIPT, marks.SUBSCRIPT))


def _characters(text: str) -> tuple[str, list[int], list[bool]]:
    """Return the visible characters, their places in the marked text, and which must keep their case."""
    if not marks.ANY.search(text):
        return text, list(range(len(text))), [False] * len(text)
    visible: list[str] = []
    places: list[int] = []
    fixed: list[bool] = []
    stack: list[bool] = []
    for place, character in enumerate(text):
        if character == marks.CLOSE:
            if stack:
                stack.pop()
        elif marks.is_mark(character):
            stack.append((stack[-1] if stack else False) or character in _FIXED)
        else:
            visible.append(character)
            places.append(place)
            fixed.append(stack[-1] if stack else False)
    return "".join(visible), places, fixed


def _put(text: str, places: list[int], old: str, new: list[str]) -> str:
    out = list(text)
    for place, before, after in zip(places, old, new, strict=True):
        if before != after:
            out[place] = after
    return "".join(out)


def _upper(character: str, language: str) -> str:
    if language[:2] in ("tr", "az") and character == "i":
        return "\u0130"
    return character.upper()


def _lower(character: str, language: str) -> str:
    if language[:2] in ("tr", "az"):
        if character == "I":
            return "\u0131"
        if character == "\u0130":
            return "i"
    return character.lower()


@lru_cache(maxsize=16384)
def change(text: str, case: str, language: str, *, english: bool) -> str:
    """Return marked text in the letter case that a style asks for.

    ``language`` is the language of the text (for Turkish i); ``english`` says
    whether title case may be used: for other languages it leaves the text alone.
    """
    if not text:
        return text
    if case == "lowercase" or case == "uppercase":
        return _whole(text, case, language)
    if case == "title" and not english:
        return text
    visible, places, fixed = _characters(text)
    new = list(visible)
    if case == "capitalize-first":
        _capitalize_first(visible, new, fixed, language)
    elif case == "capitalize-all":
        for found in _LETTERS.finditer(visible):
            _capitalize_word(visible, new, fixed, found.start(), found.end(), language)
    elif case == "sentence":
        _sentence(visible, new, fixed, language)
    elif case == "title":
        _title(visible, new, fixed, language)
    else:
        return text
    return _put(text, places, visible, new)


def _whole(text: str, case: str, language: str) -> str:
    turn = _lower if case == "lowercase" else _upper
    if not marks.ANY.search(text) and language[:2] not in ("tr", "az"):
        return text.lower() if case == "lowercase" else text.upper()
    visible, places, fixed = _characters(text)
    return _put(text, places, visible, [c if f else turn(c, language) for c, f in zip(visible, fixed, strict=True)])


def _capitalize_word(visible: str, new: list[str], fixed: list[bool], start: int, end: int, language: str) -> None:
    """Raise the first letter of a word that is all small letters."""
    for i in range(start, end):
        if _LETTER.match(visible[i]):
            word = visible[i:end]
            if not fixed[i] and word == word.lower():
                new[i] = _upper(visible[i], language)
            return
        if visible[i].isdigit():
            return


def _capitalize_first(visible: str, new: list[str], fixed: list[bool], language: str) -> None:
    found = re.search(r"\S+", visible)
    if not found:
        return
    # "o.O." has two words, "iPhone" one, which has its capital already.
    letters = _LETTERS.search(visible, found.start(), found.end())
    if letters:
        _capitalize_word(visible, new, fixed, letters.start(), letters.end(), language)


def _all_capitals(visible: str, fixed: list[bool]) -> bool:
    letters = [c for c, f in zip(visible, fixed, strict=True) if not f]
    text = "".join(letters)
    # One word in capitals may be an acronym: it stays.
    return text == text.upper() and text != text.lower() and " " in text.strip()


def _sentence(visible: str, new: list[str], fixed: list[bool], language: str) -> None:
    if _all_capitals(visible, fixed):
        for i, c in enumerate(visible):
            if not fixed[i]:
                new[i] = _lower(c, language)
        lowered = "".join(new)
        found = re.search(r"\w", lowered)
        if found and not fixed[found.start()]:
            new[found.start()] = _upper(lowered[found.start()], language)
        return
    # The first word keeps its capitals; the others lose theirs, unless a no-case span holds them.
    found = re.search(r"\S+", visible)
    if not found:
        return
    for i in range(found.end(), len(visible)):
        if not fixed[i]:
            new[i] = _lower(visible[i], language)
    for i in range(found.start(), found.end()):
        if visible[i].isalpha():
            if not fixed[i]:
                new[i] = _upper(visible[i], language)
            return
        if visible[i].isdigit():
            return


def _title(visible: str, new: list[str], fixed: list[bool], language: str) -> None:
    if _all_capitals(visible, fixed):
        for i, c in enumerate(visible):
            if not fixed[i]:
                new[i] = _lower(c, language)
        visible_now = "".join(new)
    else:
        visible_now = visible
    words = list(_WORD.finditer(visible_now))
    if not words:
        return
    phrases = [found.span() for found in _STOP_PHRASE.finditer(visible_now)]
    last = len(words) - 1
    while last > 0 and not re.search(r"\w", words[last].group()):
        last -= 1
    first = True
    for number, found in enumerate(words):
        start, end = found.span()
        word = found.group()
        before = visible_now[:start].rstrip()
        core = word.strip("\u201c\u201d\"'\u2018\u2019()[]{},.;:!?\u00ab\u00bb")
        if not core and not re.search(r"\w", word):
            continue
        after_stop = bool(before) and (before[-1] in ":!?" or bool(re.search(r"[:!?][\"'\u201d\u2019)\]]*$", before)))
        is_first, first = first, False
        stop = _is_stop(word, core) or any(a <= start and end <= b for a, b in phrases)
        if stop and not is_first and not after_stop and number != last:
            if not any(fixed[start:end]) and (core == core.lower() or core == core.capitalize()):
                for i in range(start, end):
                    new[i] = _lower(visible_now[i], language)
            continue
        _title_word(visible_now, new, fixed, start, end, language)


def _is_stop(word: str, core: str) -> bool:
    lowered = core.lower()
    return lowered in STOP_WORDS or word.lower().strip('\u201c\u201d"\u2018\u2019(),') in STOP_WORDS


def _title_word(visible: str, new: list[str], fixed: list[bool], start: int, end: int, language: str) -> None:
    """Raise each part of a hyphenated word that is in small letters, except stop words after the first part."""
    at = start
    parts = _HYPHENS.split(visible[start:end])
    for number, part in enumerate(parts):
        follows_figure = number > 0 and len(part) == 1 and parts[0].isdigit()
        if number % 2 == 0 and part and (number == 0 or part.lower() not in _INNER_WORDS) and not follows_figure:
            _capitalize_word(visible, new, fixed, at, at + len(part), language)
        at += len(part)
