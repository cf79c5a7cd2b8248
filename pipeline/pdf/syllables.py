"""A word comes in; the places where its language divides it go out, for languages that have no dictionary of divisions.

Pyphen has none for Turkish, Azerbaijani, Armenian and Georgian. All four divide by syllables, which their letters show: every
syllable has one vowel, and of the consonants between two vowels the last one begins the next syllable (Turkish: Yazım Kılavuzu of
the Türk Dil Kurumu, “Hece yapısı ve satır sonunda kelimelerin bölünmesi”; Azerbaijani: Azərbaycan dilinin orfoqrafiya qaydaları,
on carrying over; Armenian: the rules of տողադարձ of the Terminological Committee; Georgian: the norms of the Institute of
Linguistics). Armenian ու is one vowel, a consonant is not parted from a glide յ after it, and և is never cut; Georgian keeps its
harmonic groups (დგ, თხ, წყ …) and a consonant with ვ after it together.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable
from functools import partial

TURKISH = frozenset("aeıioöuüâîûAEIİOÖUÜÂÎÛ")
AZERBAIJANI = frozenset("aeəıioöuüAEƏIİOÖUÜ" + "аеәыиоөуүэюяАЕӘЫИОӨУҮЭЮЯ")
ARMENIAN = frozenset("աեէըիոօԱԵԷԸԻՈՕև")
GEORGIAN = frozenset("აეიოუ")
HARMONIC = frozenset("დგ თქ ტკ ძგ ცქ წკ ჯგ ჩქ ჭკ ბგ ფქ პკ დღ თხ ტყ ძღ ცხ წყ ჯღ ჩხ ჭყ ბღ ფხ პყ".split())
"""Groups of Georgian consonants that are spoken as one."""


def divisions(word: str, language: str) -> tuple[int, ...]:
    """Return the places at which a word may be divided: the second part begins with that letter.

    >>> [divisions(word, "tr") for word in ("İstanbul", "saat", "elektrik")]
    [(2, 5), (2,), (1, 5)]
    """
    return _LANGUAGES[language](word)


def _by_syllables(word: str, vowels: frozenset[str]) -> tuple[int, ...]:
    """Divide before the last of the consonants between two vowels, and between two vowels."""
    places = [at for at, letter in enumerate(word) if letter in vowels]
    return tuple(after - 1 if after - before > 1 else after for before, after in itertools.pairwise(places))


def _armenian(word: str) -> tuple[int, ...]:
    nuclei: list[tuple[int, int]] = []
    at = 0
    while at < len(word):
        if word[at] in ARMENIAN:
            end = at + 2 if word[at] in "ոՈ" and word[at + 1 : at + 2] in ("ւ", "Ւ") else at + 1
            nuclei.append((at, end))
            at = end
        else:
            at += 1
    found = []
    for (start, end), (following, _) in itertools.pairwise(nuclei):
        place = following - 1 if following > end else following
        if place > end and word[place] in "յՅ":
            place -= 1  # the consonant goes with its glide: պատ-մու-թյուն
        if word[start] == "և" and place == end:
            continue
        if word[following] == "և" and place == following:
            continue
        found.append(place)
    return tuple(found)


def _georgian(word: str) -> tuple[int, ...]:
    places = [at for at, letter in enumerate(word) if letter in GEORGIAN]
    found = []
    for before, after in itertools.pairwise(places):
        place = after - 1 if after - before > 1 else after
        if place > before + 1 and word[place] == "ვ":
            place -= 1  # საქარ-თველო
        if place > before + 1 and word[place - 1 : place + 1] in HARMONIC:
            place -= 1
        found.append(place)
    return tuple(found)


_LANGUAGES: dict[str, Callable[[str], tuple[int, ...]]] = {
    "tr": partial(_by_syllables, vowels=TURKISH),
    "az": partial(_by_syllables, vowels=AZERBAIJANI),
    "hy": _armenian,
    "ka": _georgian,
}

LANGUAGES = tuple(_LANGUAGES)


def monotonic(word: str) -> str:
    """Return a Greek word with one accent for three and without breathings, letter for letter.

    Pyphen's patterns know Greek as it is written today: they would part the ῖ of ἀρχαῖος from its α.

    >>> monotonic("Ἀχαιοῖς"), monotonic("προΐαψεν")
    ('Αχαιοίς', 'προΐαψεν')
    """
    return "".join(map(_modern, word))


def _modern(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    kept = "".join(_ACCENTS.get(part, "" if unicodedata.combining(part) else part) for part in parts)
    made = unicodedata.normalize("NFC", kept)
    return made if len(made) == 1 else letter


_ACCENTS = dict.fromkeys("\u0300\u0301\u0342", "\u0301") | {"\u0308": "\u0308"}
"""Grave, acute and circumflex become the one accent; the diaeresis stays; breathings and iota below fall away."""
