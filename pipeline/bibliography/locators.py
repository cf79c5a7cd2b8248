"""What counts in a work: a text such as `vol. 2, ch. 3, pp. 4--5` in, its levels out, each with a label of CSL.

Words are those of English and of the book's language; words of other scripts, and long words of other languages,
cannot be taken for anything else and are known everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

NO_TERM = "none"
"""The label of a locator that keeps its own word, since CSL has no term for it."""


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a locator: a term of CSL or NO_TERM, what it counts, the word as it was typed, the sign before it."""

    label: str
    number: str
    word: str = ""
    joint: str = ""


_ENGLISH = {
    "article-locator": "art arts article articles article-locator",
    "page": "p pp page pages pg pgs",
    "chapter": "ch chs chap chaps chapter chapters",
    "volume": "vol vols volume volumes",
    "part": "pt pts part parts",
    "book": "bk bks book books",
    "rule": "r rr rule rules",
    "appendix": "app apps appendix appendices",
    "paragraph": "para paras paragraph paragraphs",
    "section": "s ss sec secs sect sects section sections",
    "folio": "f ff fol fols folio folios",
    "line": "l ll line lines",
    "column": "col cols column columns",
    "note": "n nn note notes",
    "table": "tbl tbls table tables",
    "figure": "fig figs figure figures",
    "equation": "eq eqq equation equations",
    "sub-verbo": "sv s.v s.vv",
    "verse": "v vv verse verses",
    "act": "act acts",
    "scene": "sc scs scene scenes",
    "canon": "can cann canon canons",
    "opus": "op opp opus",
    "title-locator": "tit titt title titles",
    "supplement": "supp suppl supplement supplements",
    "issue": "no nos number numbers issue issues",
    "elocation": "loc locs location locations",
    "surah": "surah surahs sura",
    "version": "version versions",
    NO_TERM: "annex annexes cl cls clause clauses recital recitals rec principle principles princ schedule schedules sch"
    " preamble guideline guidelines reg regulation regulations exhibit exhibits ex box boxes file files folder folders",
}
_OTHERS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "page": "s seite seiten",
        "article-locator": "artikel",
        "chapter": "kap kapitel",
        "volume": "bd bde band bände",
        "part": "teil teile",
        "paragraph": "abs absatz absätze rn rdnr rz",
        "section": "abschn abschnitt",
        "note": "anm fn",
        "appendix": "anh anhang anhänge",
        "figure": "abb",
        "table": "tab",
        "issue": "nr",
        "line": "z zeile zeilen",
        "column": "sp spalte spalten",
        NO_TERM: "satz lit buchst ziff",
    },
    "fr": {
        "chapter": "chapitre chapitres",
        "volume": "t tome tomes",
        "paragraph": "par paragraphe paragraphes",
        "note": "n",
        "line": "ligne lignes",
        "folio": "fo fos feuillet feuillets",
        "column": "colonne colonnes",
        "section": "section sections",
        NO_TERM: "al alinéa alinéas annexe",
    },
    "es": {
        "page": "pág págs página páginas",
        "article-locator": "artículo artículos",
        "chapter": "cap caps capítulo capítulos",
        "volume": "tomo tomos",
        "paragraph": "párr párrs párrafo párrafos",
        "note": "nota notas",
    },
    "it": {
        "page": "pag pagg pagina pagine",
        "article-locator": "articolo articoli artt",
        "chapter": "cap capp capitolo capitoli",
        "paragraph": "par parr paragrafo paragrafi",
        "note": "nota note",
    },
    "az": {
        "page": "s səh səhifə",
        "article-locator": "mad maddə maddələr",
        "chapter": "fəs fəsil",
        "volume": "c cild",
        "part": "his hissə",
        "paragraph": "abz abzas",
    },
    "hy": {
        "page": "էջ էջեր",
        "article-locator": "հոդ հոդված հոդվածներ",
        "chapter": "գլ գլուխ",
        "volume": "հ հատոր",
        "part": "մաս",
    },
    "ru": {
        "page": "с стр",
        "article-locator": "ст статья статьи",
        "chapter": "гл глава главы",
        "volume": "т том тома",
        "part": "ч часть части",
        "paragraph": "п пп пункт пункты абз",
        "book": "кн книга книги",
        "section": "разд раздел разделы",
        "line": "строка строки",
        "column": "стб стлб",
        "issue": "вып",
        "folio": "л лл лист листы",
        "note": "прим",
        NO_TERM: "д дело оп опись ф фонд прил",
    },
    "uk": {
        "page": "с стор",
        "article-locator": "ст стаття статті",
        "chapter": "гл розд розділ",
        "volume": "т том томи",
        "part": "ч частина",
        "paragraph": "п пп пункт пункти",
        "folio": "арк",
        "note": "прим",
        NO_TERM: "спр оп ф",
    },
    "pt": {
        "page": "pág págs página páginas",
        "article-locator": "artigo artigos",
        "chapter": "cap caps capítulo capítulos",
        "volume": "tomo tomos",
        "paragraph": "parágrafo parágrafos",
        "note": "nota notas",
    },
    "nl": {
        "page": "blz pagina",
        "article-locator": "artikel artikelen",
        "chapter": "hfst hoofdstuk hoofdstukken",
        "volume": "dl deel delen",
        "paragraph": "par alinea",
        "note": "noot noten",
    },
    "pl": {
        "page": "s str strona strony",
        "article-locator": "artykuł artykuły",
        "chapter": "rozdz rozdział rozdziały",
        "volume": "t tom tomy",
        "part": "cz część",
        "paragraph": "ust pkt akapit",
        "folio": "k karta karty",
        "note": "przyp",
    },
    "sv": {
        "page": "s sid sida sidor",
        "article-locator": "artikel artiklar",
        "chapter": "kap",
        "volume": "bd",
        "paragraph": "st p",
    },
    "tr": {
        "page": "s sf sayfa",
        "article-locator": "md m madde",
        "volume": "c cilt",
        "chapter": "böl bölüm",
        "paragraph": "par",
    },
}

_SIGNS = {"§": "section", "§§": "section", "¶": "paragraph", "¶¶": "paragraph", "№": "issue"}

_BLANK = r"[ \u00a0\u202f\u2009]"
_SUB = r"(?:\([0-9A-Za-z]{1,5}\)|[.:/](?:\d+|[a-z])(?!\w))"
_LETTERS = rf"(?:{_BLANK}?(?:bis|ter|quater|quinquies|sexies)(?!{_BLANK}?\d)|nn?\d+|об\.?|(?!ff?(?!\w))[a-z]{{1,2}})?"
_NUMBER = (
    rf"(?:[A-Z]{{0,2}}\d+{_LETTERS}{_SUB}*|[ivxlcdm]+{_SUB}*|[IVXLCDM]+{_SUB}*|\([ivxlcdm]+\)|\[\d+(?:(?:-{{1,3}}|[‐‑‒–—−]|,{_BLANK}*)\d+)*\]"
    r"|(?:\([0-9A-Za-z]{1,5}\))+)"
    r"(?:(?=ff?(?!\w))|(?![\w'’]))"
)
_DASH = r"(?:-{1,3}|[‐‑‒–—−])"
_AND = "and|et|und|y|e|и|та|och|og|en|ve|və|և|ու|to|through|bis|до|по"
_JOIN = rf"(?:{_BLANK}*{_DASH}{_BLANK}*|,{_BLANK}*|{_BLANK}*&{_BLANK}*|,?{_BLANK}+(?:{_AND}){_BLANK}+)"
_FOLLOWING = (
    rf"(?:{_BLANK}?(?:ff?|sqq?)(?:\.(?!\d))?|{_BLANK}(?:et{_BLANK}seqq?|et{_BLANK}ss?|y{_BLANK}ss|e{_BLANK}ss|и{_BLANK}след|и{_BLANK}сл)"
    r"(?:\.(?!\d))?)(?!\w)"
)
_NUMBERS = re.compile(rf"{_NUMBER}(?:{_JOIN}{_NUMBER})*(?:{_FOLLOWING})?(?=$|[\s,.;:)\]])")
_LETTERED = frozenset(("lit", "buchst", "let"))
_LETTER = re.compile(r"[a-z](?=$|[\s,.;:)\]])")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[-–—][0-9]{1,2}:[0-9]{2}:[0-9]{2})?")
_LEAVES = re.compile(r"\d+(?:[rv]|об)\b")
_OF_LEAVES = frozenset(("l", "ll"))
_JOINT = re.compile(rf",{_BLANK}*|{_BLANK}+")
_TO = re.compile(rf"{_BLANK}+(?:to|through|bis|до|по){_BLANK}+")
_DASHES = re.compile(rf"{_BLANK}*{_DASH}{_BLANK}*")
_BRACKETED = re.compile(r"\[(\d[^\[\]]*)\]")


def _own(language: str) -> Mapping[str, str]:
    return _OTHERS.get(language.lower().partition("-")[0], {})


@cache
def _words(language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return the pattern of locator words for a book's language, and what they stand for."""
    found: dict[str, str] = {}
    for table in _OTHERS.values():
        for label, words in table.items():
            for word in words.split():
                if (not word.isascii() and word[0] > "\u02ff") or len(word) >= 5:
                    found.setdefault(word, label)
    for table in (_ENGLISH, _own(language)):
        for label, words in table.items():
            found.update(dict.fromkeys(words.split(), label))
    longest = "|".join(sorted(map(re.escape, found), key=len, reverse=True))
    return re.compile(rf"({longest})(?:\.{_BLANK}*|{_BLANK}+)(?=[\w(\[])", re.IGNORECASE), found


def read_levels(text: str, language: str = "") -> tuple[tuple[Level, ...], int]:
    """Read a locator at the beginning of a text: its levels, outermost first, and where it ends (0: there is none).

    >>> [(level.label, level.number) for level in read_levels("vol. 2, pp. 3--5 and *passim*")[0]]
    [('volume', '2'), ('page', '3–5')]
    >>> read_levels("[120]–[122]")
    ((Level(label='paragraph', number='120–122', word='', joint=''),), 11)
    """
    levels: list[Level] = []
    at = end = 0
    joint = ""
    while True:
        label, word, start = _label(text, at, language)
        numbers = (_TIME.match(text, start) if not label else None) or _NUMBERS.match(text, start)
        if numbers is None and word.strip(" .\u00a0").lower() in _LETTERED:
            numbers = _LETTER.match(text, start)
        if numbers is None or (levels and not label):
            break
        if not label:
            label = _without_word(text, numbers)
            if not label:
                break
        label = _leaf(label, word, numbers[0])
        last = levels[-1] if levels else None
        if last is not None and last.label == label != NO_TERM:
            if not last.word:
                break
            levels[-1] = replace(last, number=f"{last.number}, {counted(numbers[0])}")
        else:
            levels.append(Level(label, counted(numbers[0]), word.strip(), joint))
        at = end = numbers.end()
        between = _JOINT.match(text, at)
        if between is None:
            break
        joint = ", " if between[0].startswith(",") else " "
        at = between.end()
    return tuple(levels), end


def counted(number: str) -> str:
    """Return numbers as the engine wants them: one kind of dash, no brackets of courts.

    >>> counted("3 --- 5"), counted("[120], [125]"), counted("2 to 5")
    ('3–5', '120, 125', '2–5')
    """
    return _DASHES.sub("–", _TO.sub("–", _BRACKETED.sub(r"\1", number)))


def _without_word(text: str, found: re.Match[str]) -> str:
    """Return the label of numbers that no word names, or "" where they are no numbers at all."""
    if found[0].startswith("["):
        return "paragraph"
    if _TIME.fullmatch(found[0]):
        return "timestamp"
    return "page" if _is_bare(text, found) else ""


def _leaf(label: str, word: str, number: str) -> str:
    """Lines have no recto: `l. 12v` is a leaf."""
    is_leaf = label == "line" and word.strip(" .\u00a0").lower() in _OF_LEAVES and _LEAVES.match(number)
    return "folio" if is_leaf else label


_ROMAN = re.compile(r"(?=.)m{0,4}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)


def _is_bare(text: str, found: re.Match[str]) -> bool:
    """Say whether numbers without a word before them are numbers: `I think` and `did` are none."""
    first = re.split(r"[^\w]", found[0].lstrip("("), maxsplit=1)[0]
    if not first.isalpha():
        return True
    after = text[found.end() : found.end() + 1]
    return _ROMAN.fullmatch(first) is not None and (len(first) > 1 or first.islower()) and after in ("", *",.;:)]")


def _label(text: str, at: int, language: str) -> tuple[str, str, int]:
    """Return the label that a word or sign stands for, the word as it stands with its blank, and its end."""
    for sign in ("§§", "¶¶", "§", "¶", "№"):
        if text.startswith(sign, at):
            end = at + len(sign)
            end += len(text[end:]) - len(text[end:].lstrip(" \u00a0"))
            return _SIGNS[sign], text[at:end], end
    pattern, table = _words(language)
    found = pattern.match(text, at)
    if found is None:
        return "", "", at
    word = found[1]
    if word[1:] != word[1:].lower():  # only the first letter may be a capital
        return "", "", at
    return table.get(word.lower(), ""), found[0], found.end()


def read_braced(text: str, language: str = "") -> tuple[tuple[Level, ...], bool]:
    """Read what stands in braces, which is a locator whatever it says; whether it was read to its end."""
    levels, end = read_levels(text, language)
    if levels and end == len(text):
        return levels, True
    label, word, end = _label(text, 0, language)
    if label and label != NO_TERM:
        return (Level(label, text[end:], word.strip()),), False
    plain = not label and re.match(r"[\divxlcdmIVXLCDM(\[]", text)
    return (Level("page" if plain else NO_TERM, text),), False
