"""Locales: terms, ordinals, date forms and options, from locale files and a style's own `cs:locale`.

Comes in: bytes of locale files, by a function the caller gives. Goes out: a `Locale`.
(CSL 1.0.2, "Locale" and "Locale Fallback".)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from pipeline.csl import markup
from pipeline.csl.problem import Fault

CSL = "{http://purl.org/net/xbiblio/csl}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
Attributes = Mapping[str, str]
LocaleReader = Callable[[str], bytes | None]
"""From a language tag such as `de-AT` to the bytes of its locale file, or None."""

# CSL 1.0.2, "Locale Fallback": the dialect that speaks for a language without a country.
PRIMARY_DIALECTS = {
    "af": "af-ZA",
    "ar": "ar",
    "bg": "bg-BG",
    "ca": "ca-AD",
    "cs": "cs-CZ",
    "cy": "cy-GB",
    "da": "da-DK",
    "de": "de-DE",
    "el": "el-GR",
    "en": "en-US",
    "es": "es-ES",
    "et": "et-EE",
    "eu": "eu",
    "fa": "fa-IR",
    "fi": "fi-FI",
    "fr": "fr-FR",
    "gl": "gl-ES",
    "he": "he-IL",
    "hi": "hi-IN",
    "hr": "hr-HR",
    "hu": "hu-HU",
    "hy": "hy-AM",
    "id": "id-ID",
    "is": "is-IS",
    "it": "it-IT",
    "ja": "ja-JP",
    "km": "km-KH",
    "ko": "ko-KR",
    "la": "la",
    "lij": "lij-IT",
    "lt": "lt-LT",
    "lv": "lv-LV",
    "mn": "mn-MN",
    "ms": "ms-MY",
    "nb": "nb-NO",
    "nl": "nl-NL",
    "nn": "nn-NO",
    "no": "nb-NO",
    "pa": "pa-PK",
    "pl": "pl-PL",
    "pt": "pt-PT",
    "ro": "ro-RO",
    "ru": "ru-RU",
    "sk": "sk-SK",
    "sl": "sl-SI",
    "sr": "sr-Cyrl-RS",
    "sv": "sv-SE",
    "sw": "sw-KE",
    "th": "th-TH",
    "tl": "tl-PH",
    "tr": "tr-TR",
    "uk": "uk-UA",
    "vi": "vi-VN",
    "zh": "zh-CN",
}

_FALLBACK = {"verb-short": "verb", "verb": "long", "symbol": "short", "short": "long"}
# Names that were written otherwise in older styles and locales.
_OLD_NAMES = {
    "sub verbo": "sub-verbo",
    "editortranslator": "editor-translator",
    "et al": "et-al",
    "event": "event",
    "page-range-delimiter": "page-range-delimiter",
}
_OPTIONS = ("limit-day-ordinals-to-day-1", "punctuation-in-quote")


@dataclass(frozen=True, slots=True)
class Term:
    """One form of a term: for one thing and for many, and its grammatical gender."""

    single: str
    multiple: str
    gender: str = ""


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The ending of an ordinal number: for which numbers, and how they are compared."""

    number: int
    match: str  # last-digit, last-two-digits or whole-number
    gender: str
    text: str


@dataclass(frozen=True, slots=True)
class DateForm:
    """A localized date form: the delimiter, its own format, and the attributes of its parts in order."""

    attributes: Attributes
    parts: tuple[Attributes, ...]


@dataclass(slots=True)
class _Level:
    terms: dict[tuple[str, str, str], Term] = field(default_factory=dict)
    ordinals: list[Ordinal] = field(default_factory=list)
    dates: dict[str, DateForm] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


class Locale:
    """Terms of a language as a style sees them."""

    __slots__ = ("_cache", "_ordinals", "_terms", "dates", "language", "options")

    def __init__(self, language: str, levels: Iterable[tuple[_Level, bool]]) -> None:
        self.language = language
        self._terms: dict[tuple[str, str, str], Term] = {}
        self._ordinals: list[Ordinal] = []
        self.dates: dict[str, DateForm] = {}
        self.options: dict[str, str] = {}
        self._cache: dict[tuple[str, str, str], Term | None] = {}
        for level, whole in levels:
            if whole:
                # A locale file that knows a term replaces all its forms: no English abbreviation stays below.
                names = {name for name, _, _ in level.terms}
                self._terms = {key: term for key, term in self._terms.items() if key[0] not in names}
            self._terms.update(level.terms)
            self.dates.update(level.dates)
            self.options.update(level.options)
            if level.ordinals:
                # A level that defines any ordinal replaces all of them.
                self._ordinals = level.ordinals

    def find(self, name: str, form: str = "long", gender: str = "") -> Term | None:
        """Return a term in the form asked for, or in the next form it has."""
        key = (name, form, gender)
        if key in self._cache:
            return self._cache[key]
        found = self._find(_OLD_NAMES.get(name, name), form, gender)
        self._cache[key] = found
        return found

    def _find(self, name: str, form: str, gender: str) -> Term | None:
        while True:
            found = self._terms.get((name, form, gender)) or self._terms.get((name, form, ""))
            if found is None and not gender:
                found = self._terms.get((name, form, "feminine"))
            if found is not None:
                return found
            if form not in _FALLBACK:
                return None
            form = _FALLBACK[form]

    def term(self, name: str, form: str = "long", *, plural: bool = False, gender: str = "") -> str:
        """Return the text of a term; a term the language does not have is empty."""
        found = self.find(name, form, gender)
        if found is None:
            return ""
        return found.multiple if plural else found.single

    def gender(self, name: str) -> str:
        """Return the grammatical gender of a term, which ordinals follow."""
        found = self.find(name)
        return found.gender if found else ""

    def ordinal_ending(self, number: int, gender: str) -> str:
        """Return what follows a number to make it an ordinal (CSL 1.0.2, "Ordinal Suffixes").

        Where a language has no ending for the neutral gender, the feminine one is used.
        """
        found = self._ending(number, gender)
        return self._ending(number, "feminine") if not found and not gender else found

    def _ending(self, number: int, gender: str) -> str:
        best = ""
        best_rank = (-1, -1)
        for ordinal in self._ordinals:
            if ordinal.gender and ordinal.gender != gender:
                continue
            if ordinal.match == "any":
                rank = 0
            elif ordinal.match == "whole-number":
                if number != ordinal.number:
                    continue
                rank = 3
            elif ordinal.match == "last-two-digits":
                if number % 100 != ordinal.number:
                    continue
                rank = 2
            else:
                if number % 10 != ordinal.number:
                    continue
                rank = 1
            if (rank, 1 if ordinal.gender else 0) > best_rank:
                best, best_rank = ordinal.text, (rank, 1 if ordinal.gender else 0)
        return best

    @property
    def quotes(self) -> markup.Pairs:
        """The quotation marks of the language, the outer and the inner pair."""
        found = (
            (self.term("open-quote").strip(), self.term("close-quote").strip()),
            (self.term("open-inner-quote").strip(), self.term("close-inner-quote").strip()),
        )
        return tuple(pair for pair in found if len(pair[0]) == len(pair[1]) == 1)

    @property
    def punctuation_in_quote(self) -> bool:
        """Whether stops and commas go inside a closing quotation mark."""
        return self.options.get("punctuation-in-quote") == "true"

    @property
    def ordinal_day_one_only(self) -> bool:
        """Whether only the first day of a month is written as an ordinal."""
        return self.options.get("limit-day-ordinals-to-day-1") == "true"


def _text(element: etree._Element) -> str:
    text = "".join(str(piece) for piece in element.itertext())
    if "\n" in text:
        # Indented by hand: the line breaks are no part of the term.
        text = " ".join(text.split())
    return markup.read(text) if "<" in text else markup.superscripts(markup.escape(text))


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return element.iterchildren(CSL + name)


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): markup.escape(str(value)) for name, value in element.attrib.items()}


def read_level(element: etree._Element) -> _Level:
    """Read a `cs:locale` element, of a locale file or of a style."""
    level = _Level()
    for terms in _children(element, "terms"):
        for term in _children(terms, "term"):
            name = term.get("name", "")
            name = _OLD_NAMES.get(name, name)
            single = next(_children(term, "single"), None)
            multiple = next(_children(term, "multiple"), None)
            if single is None and multiple is None:
                one = many = _text(term)
            else:
                one = _text(single) if single is not None else ""
                many = _text(multiple) if multiple is not None else ""
            if name == "ordinal" or (name.startswith("ordinal-") and name[8:].isdecimal()):
                number = int(name[8:]) if name != "ordinal" else -1
                usual = "any" if number < 0 else "last-digit" if number < 10 else "last-two-digits"
                match = term.get("match", usual) if number >= 0 else "any"
                level.ordinals.append(Ordinal(number, match, term.get("gender-form", ""), one))
                continue
            key = (name, term.get("form", "long"), term.get("gender-form", ""))
            level.terms[key] = Term(one, many, term.get("gender", ""))
    for date in _children(element, "date"):
        parts = tuple(_attributes(part) for part in _children(date, "date-part"))
        level.dates[date.get("form", "text")] = DateForm(_attributes(date), parts)
    for options in _children(element, "style-options"):
        level.options.update({name: value for name, value in _attributes(options).items() if name in _OPTIONS})
    return level


def parse_xml(data: bytes) -> etree._Element:
    """Parse XML without entities, network or a limit that a large style would meet; raises lxml's XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(data, parser)


_LEVELS: dict[bytes, _Level | None] = {}


def _read_file(data: bytes | None) -> _Level | None:
    if data is None:
        return None
    if data not in _LEVELS:
        try:
            _LEVELS[data] = read_level(parse_xml(data))
        except etree.XMLSyntaxError:
            _LEVELS[data] = None
    return _LEVELS[data]


def normal_tag(language: str) -> str:
    """Return a language tag as locale files are named: `en-us` and `en_US` are `en-US`.

    >>> normal_tag("en_us"), normal_tag("sr-latn-rs"), normal_tag("DE")
    ('en-US', 'sr-Latn-RS', 'de')
    """
    first, *rest = language.replace("_", "-").split("-")
    tag = first.lower()
    for part in rest:
        if len(part) == 2 and part.isalpha():
            return f"{tag}-{part.upper()}"
        if len(part) == 4 and part.isalpha() and "-" not in tag:
            tag += f"-{part.title()}"
        else:
            break
    return tag


def build(language: str, read: LocaleReader, own: Mapping[str, tuple[_Level, ...]]) -> tuple[Locale, tuple[Fault, ...]]:
    """Put a locale together: en-US below, then the primary dialect, the locale itself, and the style's own.

    ``own`` holds the style's `cs:locale` elements by language ("" where none is given).
    """
    tag = normal_tag(language) or "en-US"
    primary = PRIMARY_DIALECTS.get(tag.split("-")[0], "")
    wanted = ["en-US"]
    for name in (primary, tag.split("-")[0], tag):
        if name and name not in wanted:
            wanted.append(name)
    levels: list[tuple[_Level, bool]] = []
    found_any = False
    for name in wanted:
        level = _read_file(read(name))
        if level is not None:
            levels.append((level, True))
            found_any = found_any or name != "en-US" or tag.startswith("en")
    faults: tuple[Fault, ...] = ()
    if not levels:
        faults = (Fault("csl-locale-missing", f"no locale file was found for `{tag}`, nor for `en-US`", 0),)
    elif not found_any:
        faults = (Fault("csl-locale-missing", f"no locale file was found for `{tag}`; `en-US` is used", 0),)
    for name in ("", tag.split("-")[0], tag):
        levels.extend((level, False) for level in own.get(name, ()))
        if name == tag.split("-")[0] == tag:
            break
    return Locale(tag, levels), faults
