"""What an author wrote in a citation comes in (`[see @key, p. 3]`); its cites go out.

The syntax is Pandoc's, with forms after the bracket (`{.full}`) and locator words of two languages: English
and that of the book.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Literal

from pipeline.book.setting import brief
from pipeline.source import Problem, Span

Mode = Literal["normal", "suppress", "author"]
Form = Literal["", "full", "short", "author", "nocite"]

FORMS: tuple[Form, ...] = ("full", "short", "author", "nocite")


@dataclass(frozen=True, slots=True)
class Cite:
    """One reference cited. `locator` is empty, or what `label` counts; `label` is a term of CSL, or "none"."""

    key: str
    span: Span
    label: str = ""
    locator: str = ""
    prefix: str = ""
    suffix: str = ""
    mode: Mode = "normal"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cites in one bracket. `in_text` says that the first author's name is a word of the sentence (`@key says`)."""

    cites: tuple[Cite, ...]
    in_text: bool = False
    form: Form = ""


_KEY = r"(?:\{[^{}\s]+\}|\w(?:\w|[:.#$%&\-+?<>~/](?=\w))*)"
_CITED = re.compile(rf"(?:^|(?<=[\s\[({{]))(-?)@({_KEY})")
_HEAD = re.compile(rf"(-?)@({_KEY})")
_FORM = re.compile(r"\{\.([a-z]+)\}$")

# Locators -------------------------------------------------------------------------------------

NO_TERM = "none"
"""The label of a locator that keeps its own word, since CSL has no term for it."""

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
    NO_TERM: "annex annexes cl clause clauses recital recitals principle principles schedule schedules preamble",
}
_OTHERS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "page": "s seite seiten",
        "article-locator": "artikel",
        "chapter": "kap kapitel",
        "volume": "bd bde band bände",
        "part": "teil teile",
        "paragraph": "abs absatz rn rz",
        "section": "abschn abschnitt",
        "note": "anm fn",
        "line": "z zeile zeilen",
        "column": "sp spalte spalten",
    },
    "fr": {
        "chapter": "chapitre chapitres",
        "volume": "t tome tomes",
        "paragraph": "par paragraphe paragraphes",
        "note": "n",
        "line": "ligne lignes",
        "column": "colonne colonnes",
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
        "paragraph": "п пп пункт пункты",
        "folio": "л лл лист листы",
        "note": "прим",
        NO_TERM: "д дело оп опись ф фонд",
    },
}
_SIGNS = {"§": "section", "§§": "section", "¶": "paragraph", "¶¶": "paragraph"}

_SUB = r"(?:\([0-9A-Za-z]{1,5}\)|[.:/](?:[0-9]+|[a-z])(?!\w))"
_NUMBER = (
    rf"(?:[A-Z]{{0,2}}[0-9]+[a-z]{{0,2}}{_SUB}*|[ivxlcdm]+{_SUB}*|[IVXLCDM]+{_SUB}*|\([ivxlcdm]+\)|\[[0-9]+\])"
    r"(?![\w'’])"
)
_JOIN = r"(?:[ \u00a0]*[-–—][ \u00a0]*|,[ \u00a0]*|[ \u00a0]*&[ \u00a0]*|,?[ \u00a0]+(?:and|et|und|y|e|и)[ \u00a0]+)"
_NUMBERS = re.compile(rf"{_NUMBER}(?:{_JOIN}{_NUMBER})*(?=$|[\s,.;:)\]])")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[-–—][0-9]{1,2}:[0-9]{2}:[0-9]{2})?")
_ARCHIVES = {"l": "folio", "л": "folio"}


@cache
def _words(language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return the pattern of locator words for a book's language, and what they stand for."""
    found: dict[str, str] = {}
    for table in (_ENGLISH, _OTHERS.get(language.lower().partition("-")[0], {})):
        for label, words in table.items():
            for word in words.split():
                found[word] = label
    longest = "|".join(sorted(map(re.escape, found), key=len, reverse=True))
    return re.compile(rf"({longest})(?:\.[ \u00a0]*|[ \u00a0]+)(?=[\w(\[])", re.IGNORECASE), found


def read_locator(text: str, language: str = "") -> tuple[str, str, int]:
    """Read a locator at the beginning of a text: its label, what it counts, and where it ends (0: there is none).

    >>> read_locator("art. 3 and *passim*"), read_locator("vol. 2, p. 3"), read_locator("[120]")
    (('article-locator', '3', 6), ('none', 'vol. 2, p. 3', 12), ('paragraph', '120', 5))
    """
    levels: list[tuple[str, str, str]] = []
    at = 0
    while True:
        label, word, end = _label(text, at, language)
        numbers = _NUMBERS.match(text, end)
        if numbers is None or (levels and not label):
            break
        number = numbers[0]
        if not label and number.startswith("["):
            label, number = "paragraph", number.strip("[]")
        elif not label and _TIME.fullmatch(number):
            label = "timestamp"
        elif not label and not _is_bare(text, numbers):
            break
        levels.append((label or "page", word, number))
        at = numbers.end()
        comma = re.compile(r",[ \u00a0]*").match(text, at)
        if comma is None or not word:
            break
        if (
            _label(text, comma.end(), language)[0] == ""
            or _NUMBERS.match(text, _label(text, comma.end(), language)[2]) is None
        ):
            break
        at = comma.end()
    if not levels:
        return "", "", 0
    end = at
    if len(levels) == 1 and levels[0][0] != NO_TERM:
        return levels[0][0], levels[0][2], end
    return NO_TERM, ", ".join(f"{word}{number}" for _, word, number in levels), end


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
    for sign in ("§§", "¶¶", "§", "¶"):
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


# Calls ----------------------------------------------------------------------------------------


def _parts(text: str) -> list[tuple[int, str]]:
    """Split a bracket at its semicolons, but for those in brackets and braces; with the offset of each part."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(r"\\.|[{}\[\];]", text, re.DOTALL):
        sign = found[0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth = max(0, depth - 1)
        elif sign == ";" and depth == 0:
            parts.append((start, text[start : found.start()]))
            start = found.end()
    return [*parts, (start, text[start:])]


def read_call(source: str, span: Span, language: str = "") -> tuple[Cluster, tuple[Problem, ...]]:
    """Read a citation as it was written.

    Where the source is as long as its span, every cite has the place of its own key.
    """
    text = source
    form: Form = ""
    found = _FORM.search(text)
    if found is not None and text.startswith("["):
        form = next((each for each in FORMS if each == found[1]), "")
        text = text[: found.start()]
    exact = len(source) == span.end - span.start

    def place(start: int, end: int) -> Span:
        return Span(span.path, span.start + start, span.start + end) if exact else span

    if text.startswith("["):
        bracketed, said = _bracket(text[1:-1], 1, place, language)
        return Cluster(bracketed, form=form), said
    head = _HEAD.match(text)
    if head is None:
        return Cluster(()), ()
    key, first = _key(head[2]), place(head.start(), head.end())
    mode: Mode = "suppress" if head[1] else "normal"
    rest = text[head.end() :].lstrip()
    cites: tuple[Cite, ...] = ()
    problems: tuple[Problem, ...] = ()
    label = locator = suffix = ""
    if rest.startswith("["):
        parts = _parts(rest[1:-1])
        label, locator, suffix = _after(parts[0][1], language)
        inside = len(text) - len(rest) + 1 + parts[0][0]
        problems = tuple(_second_keys(parts[0][1], 0, inside, place))
        if len(parts) > 1:
            base = len(text) - len(rest) + 1 + parts[1][0]
            cites, found_more = _bracket(rest[1 + parts[1][0] : -1], base, place, language)
            problems = (*problems, *found_more)
    return Cluster((Cite(key, first, label, locator, "", suffix, mode), *cites), in_text=not head[1]), problems


def _key(written: str) -> str:
    return unicodedata.normalize("NFC", written[1:-1] if written.startswith("{") else written)


def _bracket(
    text: str, base: int, place: Callable[[int, int], Span], language: str
) -> tuple[tuple[Cite, ...], tuple[Problem, ...]]:
    cites: list[Cite] = []
    problems: list[Problem] = []
    for start, part in _parts(text):
        found = next(_keys(part, 0), None)
        at = base + start
        if found is None:
            where = place(at, at + max(1, len(part)))
            problems.append(
                Problem(
                    "cite-part-without-key",
                    "this part of a citation names no work",
                    where,
                    "write its `@key`; a `;` that parts nothing becomes a comma, or stands in `{…}` after the key",
                )
            )
            continue
        problems.extend(_second_keys(part, found.end(), at, place))
        label, locator, suffix = _after(part[found.end() :], language)
        cites.append(
            Cite(
                _key(found[2]),
                place(at + found.start(), at + found.end()),
                label,
                locator,
                _words_of(part[: found.start()].strip()),
                suffix,
                "suppress" if found[1] else "normal",
            )
        )
    return _merged(cites), tuple(problems)


def _keys(part: str, start: int) -> Iterator[re.Match[str]]:
    """Yield the keys in a part of a citation, from an offset on; a backslash makes text of one."""
    return (each for each in _CITED.finditer(part, start) if part[each.start() - 1 : each.start()] != "\\")


def _second_keys(part: str, start: int, base: int, place: Callable[[int, int], Span]) -> Iterator[Problem]:
    """Yield a problem for each key after the first: a style would print it as it was typed, and cite nothing."""
    for each in _keys(part, start):
        yield Problem(
            "cite-second-key",
            f"`@{brief(_key(each[2]))}` stands after another key, and would be printed as it stands",
            place(base + each.start(), base + each.end()),
            "part one work from the next with `;`; a backslash before the `@` keeps it as text",
        )


def _merged(cites: list[Cite]) -> tuple[Cite, ...]:
    """Put neighbours together that differ only in what they count: `art. 3; art. 5` is `arts 3, 5`."""
    out: list[Cite] = []
    for cite in cites:
        last = out[-1] if out else None
        alike = last is not None and (last.key, last.label, last.suffix, last.mode) == (
            cite.key,
            cite.label,
            "",
            cite.mode,
        )
        if last is not None and alike and cite.locator and not cite.prefix and cite.label != NO_TERM:
            out[-1] = Cite(
                last.key,
                last.span,
                last.label,
                f"{last.locator}, {cite.locator}",
                last.prefix,
                cite.suffix,
                last.mode,
            )
        else:
            out.append(cite)
    return tuple(out)


def _after(text: str, language: str) -> tuple[str, str, str]:
    """Take apart what follows a key: label, locator and suffix."""
    rest = text.lstrip()
    body = rest[1:].lstrip() if rest.startswith(",") else rest
    if body.startswith("{"):
        depth = 0
        for found in re.finditer(r"\\.|[{}]", body, re.DOTALL):
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth == 0:
                inner, suffix = body[1 : found.start()].strip(), body[found.end() :]
                label, _, end = _label(inner, 0, language)
                if not inner:
                    return "", "", _words_of(suffix.strip())
                if not label or label == NO_TERM or read_locator(inner, language)[0] == NO_TERM:
                    plain = not label and re.match(r"[\divxlcdmIVXLCDM(\[]", inner)
                    return ("page" if plain else NO_TERM), inner, _words_of(suffix.strip())
                return label, inner[end:], _words_of(suffix.strip())
    label, locator, end = read_locator(body, language)
    if not end:
        return "", "", _words_of(rest.rstrip())
    return label, locator, _words_of(body[end:].strip())


# Mark-up in prefixes and suffixes -------------------------------------------------------------

_MARKS = re.compile(
    r"\\([!-/:-@\[-`{-~])|\*\*(?=\S)(.+?)(?<=\S)\*\*|\*(?=\S)(.+?)(?<=\S)\*|(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)"
    r"|\^([^\s^]+)\^|~([^\s~]+)~|\[([^\[\]]+)\]\{\.small-?caps\}|`([^`]+)`",
    re.DOTALL,
)
_TAGS = ("", "", "b", "i", "i", "sup", "sub", "sc", "")


def _words_of(text: str) -> str:
    """Turn an author's words with their mark-up into words with the field mark-up of CSL.

    >>> _words_of("see *passim*, 5 \\\\* 3")
    'see <i>passim</i>, 5 * 3'
    """

    def sign(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        number = found.lastindex or 0
        inner = found[number]
        tag = _TAGS[number]
        return f"<{tag}>{_words_of(inner)}</{tag}>" if tag else inner

    return unescape(" ".join(_MARKS.sub(sign, text).split()))
