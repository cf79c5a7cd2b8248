"""Collation: text in, a key out that sorts as readers of a language expect, the same on every system.

An own reduction of the Unicode Collation Algorithm (UTS 10): accents and case ignored
(equal entries keep their order), blanks and punctuation before letters, runs of figures by value.
Tailorings of single languages follow the Unicode CLDR. No locale of the system is asked.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipeline.csl import marks

# Letters without a decomposition that sort as others.
_EXPAND = {
    "\u00df": "ss",
    "\u1e9e": "ss",
    "\u00e6": "ae",
    "\u0153": "oe",
    "\u00f8": "o",
    "\u0142": "l",
    "\u0111": "d",
    "\u00f0": "d",
    "\u0127": "h",
    "\u0131": "i",
    "\u014b": "ng",
    "\u00fe": "th",
    "\u0167": "t",
    "\u0138": "q",
    "\u0149": "n",
    "\u017f": "s",
    "\u0189": "d",
    "\u0192": "f",
    "\u01a1": "o",
    "\u01b0": "u",
    "\u02bb": "",
    "\u02bc": "",
    "\u02be": "",
    "\u02bf": "",
    "\u02b9": "",
    "\u0640": "",
}

# After each letter, in order, those that follow it as letters of their own (CLDR root-relative rules).
_AFTER: dict[str, str] = {
    "sv": "z:\u00e5,\u00e4,\u00e6=\u00e4,\u00f6,\u00f8=\u00f6",
    "fi": "z:\u00e5,\u00e4,\u00e6=\u00e4,\u00f6,\u00f8=\u00f6",
    "da": "z:\u00e6,\u00e4=\u00e6,\u00f8,\u00f6=\u00f8,\u00e5,aa=\u00e5",
    "nb": "z:\u00e6,\u00e4=\u00e6,\u00f8,\u00f6=\u00f8,\u00e5,aa=\u00e5",
    "nn": "z:\u00e6,\u00e4=\u00e6,\u00f8,\u00f6=\u00f8,\u00e5,aa=\u00e5",
    "is": "a:\u00e1 d:\u00f0 e:\u00e9 i:\u00ed o:\u00f3 u:\u00fa y:\u00fd z:\u00fe,\u00e6,\u00f6,\u00e5",
    "es": "n:\u00f1",
    "gl": "n:\u00f1",
    "et": "s:\u0161,z,\u017e w:\u00f5,\u00e4,\u00f6,\u00fc",
    "lv": "c:\u010d g:\u0123 k:\u0137 l:\u013c n:\u0146 r:\u0157 s:\u0161 z:\u017e",
    "lt": "c:\u010d s:\u0161 z:\u017e",
    "pl": "a:\u0105 c:\u0107 e:\u0119 l:\u0142 n:\u0144 o:\u00f3 s:\u015b z:\u017a,\u017c",
    "cs": "c:\u010d h:ch r:\u0159 s:\u0161 z:\u017e",
    "sk": "a:\u00e4 c:\u010d h:ch o:\u00f4 r:\u0155=r s:\u0161 z:\u017e",
    "sl": "c:\u010d,\u0107 d:\u0111 s:\u0161 z:\u017e",
    "hr": "c:\u010d,\u0107 d:d\u017e,\u0111 l:lj n:nj s:\u0161 z:\u017e",
    "bs": "c:\u010d,\u0107 d:d\u017e,\u0111 l:lj n:nj s:\u0161 z:\u017e",
    "hu": "c:cs d:dz,dzs g:gy l:ly n:ny o:\u00f6,\u0151=\u00f6 s:sz t:ty u:\u00fc,\u0171=\u00fc z:zs",
    "ro": "a:\u0103,\u00e2 i:\u00ee s:\u0219,\u015f=\u0219 t:\u021b,\u0163=\u021b",
    "tr": "c:\u00e7 g:\u011f h:\u0131 o:\u00f6 s:\u015f u:\u00fc",
    "az": "c:\u00e7 e:\u0259 g:\u011f h:x,\u0131 o:\u00f6 s:\u015f u:\u00fc",
    "sq": "c:\u00e7 d:dh e:\u00eb g:gj l:ll n:nj r:rr s:sh t:th x:xh z:zh",
    "cy": "c:ch d:dd f:ff g:ng l:ll p:ph r:rh t:th",
    "eo": "c:\u0109 g:\u011d h:\u0125 j:\u0135 s:\u015d u:\u016d",
    "vi": "a:\u0103,\u00e2 d:\u0111 e:\u00ea o:\u00f4,\u01a1 u:\u01b0",
    "ru": "",
    "uk": "\u0433:\u0491 \u0438:\u0456,\u0457",
}
# Letters of the Cyrillic script that decompose, yet are letters of their own everywhere.
_OWN_LETTERS = {
    "\u0439": "\u0438",
    "\u0457": "\u0456",
    "\u045e": "\u0443",
    "\u0453": "\u0433",
    "\u045c": "\u043a",
}
_PRIVATE = 0xE000
_DIGITS = re.compile(r"\d+")
# Blank and punctuation stand before all figures and letters, in the order of the Unicode tables.
_BLANK = "\x02"
_ORDER = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_WEIGHTS: dict[int, str] = {ord(sign): chr(3 + number) for number, sign in enumerate(_ORDER)}
_WEIGHTS.update({ord(sign): _BLANK for sign in " \t\n\r"})
_QUOTES = frozenset("\u2018\u2019\u201c\u201d\u02bc")


def _rules(language: str) -> tuple[dict[str, str], re.Pattern[str] | None]:
    """Return what each letter of a language turns into before keys are made."""
    table: dict[str, str] = {}
    for letter, after in _OWN_LETTERS.items():
        table[letter] = after + chr(_PRIVATE + 1)
    if language == "uk":
        table.pop("\u0457")
    for group in _AFTER.get(language, "").split():
        base, _, followers = group.partition(":")
        number = 16
        for follower in followers.split(","):
            letter, _, same = follower.partition("=")
            if same:
                table[letter] = table.get(same, same)
            else:
                table[letter] = base + chr(_PRIVATE + number)
                number += 1
    found = sorted(table, key=len, reverse=True)
    return table, re.compile("|".join(map(re.escape, found))) if found else None


class Collator:
    """Makes keys for one language."""

    __slots__ = ("_pattern", "_plain", "_table", "primary")

    def __init__(self, language: str) -> None:
        self._table, self._pattern = _rules(language.split("-", maxsplit=1)[0].lower())
        # Without digraphs such as `ch`, a text of plain letters needs no rules.
        self._plain = not any(letter.isascii() for letter in self._table)
        self.primary = lru_cache(maxsize=65536)(self._primary)

    def _primary(self, text: str) -> str:
        """Return the first key: letters and figures, blanks and punctuation below them."""
        text = unicodedata.normalize("NFC", marks.plain(text)).lower()
        text = text.lstrip("[]'\"\u2018\u2019\u201c\u201d ")
        if self._plain and text.isascii():
            out = text.translate(_WEIGHTS)
        else:
            table = self._table
            if self._pattern is not None:
                text = self._pattern.sub(lambda found: table[found.group()], text)
            out = "".join([self._letter(c) for c in text])
        out = re.sub(_BLANK + "{2,}", _BLANK, out).strip(_BLANK)
        return _DIGITS.sub(lambda found: (found.group().lstrip("0") or "0").zfill(12), out)

    @staticmethod
    def _letter(character: str) -> str:
        if character.isascii():
            return character.translate(_WEIGHTS)
        if "\ue000" <= character <= "\uf8ff":
            return character
        expanded = _EXPAND.get(character)
        if expanded is not None:
            return expanded
        out = ""
        for part in unicodedata.normalize("NFKD", character):
            kind = unicodedata.category(part)
            if part.isascii():
                out += part.translate(_WEIGHTS)
            elif kind[0] in "LN":
                out += _EXPAND.get(part, part)
            elif kind[0] == "Z":
                out += _BLANK
            elif part in _QUOTES:
                out += _WEIGHTS[39]
            elif kind in ("Mc", "Mn") and not "\u0300" <= part <= "\u036f" and not "\u0591" <= part <= "\u0670":
                out += part
        return out


@lru_cache(maxsize=64)
def collator(language: str) -> Collator:
    """Return the collator of a language."""
    return Collator(language)
