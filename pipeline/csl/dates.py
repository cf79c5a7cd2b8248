"""Dates (CSL 1.0.2, "Date", "Date Ranges", "AD and BC"; EDTF level 0): CSL-JSON dates in, text and sort keys out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipeline.csl import marks, numbers
from pipeline.csl.locale import Locale

PART_NAMES = ("year", "month", "day")
LARGEST_YEAR = 9_999_999


@dataclass(frozen=True, slots=True)
class Moment:
    """One end of a date. Zero stands for a part that is not known; ``season`` counts from 1 (spring)."""

    year: int
    month: int = 0
    day: int = 0
    season: int = 0
    season_text: str = ""


@dataclass(frozen=True, slots=True)
class Date:
    """A date, a range of dates or, where it could not be read, the words the author gave."""

    start: Moment | None
    end: Moment | None = None
    open_end: bool = False
    circa: bool = False
    literal: str = ""


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_YEAR else None
    if isinstance(value, float):
        return int(value) if value == value and abs(value) <= LARGEST_YEAR else None
    if isinstance(value, str):
        found = re.fullmatch(r"\s*([-+\u2212]?)0*(\d{1,7})(?:\.0*)?\s*", value)
        if found:
            return -int(found.group(2)) if found.group(1) in ("-", "\u2212") else int(found.group(2))
    return None


def _moment(year: int, month: int = 0, day: int = 0) -> Moment | None:
    if year == 0 and month == 0:
        return None
    if 13 <= month <= 16:
        return Moment(year, season=month - 12)
    if 17 <= month <= 20:
        return Moment(year, season=month - 16)
    if 21 <= month <= 24:
        return Moment(year, season=month - 20)
    if not 1 <= month <= 12:
        return Moment(year)
    return Moment(year, month, day if 1 <= day <= 31 else 0)


def _from_parts(parts: object) -> Moment | None:
    if not isinstance(parts, (list, tuple)):
        return None
    values = [_integer(part) for part in parts[:3]]
    if not values or values[0] is None:
        return None
    month = values[1] if len(values) > 1 and values[1] else 0
    day = values[2] if len(values) > 2 and values[2] else 0
    return _moment(values[0], month, day)


_EDTF = re.compile(r"(?:y)?(?P<y>[-\u2212]?\d{1,7})(?:-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?)?(?:T[\d:.+\-Z]*)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS = {"spr": 1, "sum": 2, "aut": 3, "fal": 3, "win": 4}
_WORDS = re.compile(r"[^\W\d_]+|\d+")


def _read_edtf(text: str) -> tuple[Moment | None, bool] | None:
    """Read one EDTF date; return its moment and whether it is uncertain, or None if it is none."""
    bare = text.strip().rstrip("?~%")
    found = _EDTF.fullmatch(bare)
    if not found:
        return None
    year = int(found.group("y").replace("\u2212", "-"))
    moment = _moment(year, int(found.group("m") or 0), int(found.group("d") or 0))
    return (moment, bare != text.strip()) if moment else None


@lru_cache(maxsize=4096)
def read_text(text: str) -> Date:
    """Read a date written as text: EDTF, or a few usual English forms; else its words stand as they are."""
    text = text.strip()
    if not text:
        return Date(None)
    ends = re.split(r"\s*/\s*", text)
    if len(ends) <= 2:
        read = [_read_edtf(end) for end in ends]
        first = read[0]
        if first is not None:
            if len(ends) == 1:
                return Date(first[0], circa=first[1])
            second = read[1]
            if second is not None:
                return Date(first[0], second[0], circa=first[1] or second[1])
            if ends[1] in ("", ".."):
                return Date(first[0], open_end=True, circa=first[1])
    return _read_words(text)


def _read_words(text: str) -> Date:
    circa = False
    bare = re.sub(r"(?i)^(?:circa|ca?\.?|about)\s*(?=\d)", "", text)
    circa = bare != text or text.endswith("?")
    bare = bare.rstrip("?").strip()
    before_christ = re.fullmatch(r"(\d{1,7})\s*B\.?\s?C\.?(?:\s?E\.?)?", bare)
    if before_christ:
        return Date(_moment(-int(before_christ[1])), circa=circa)
    slashed = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{3,4})", bare)
    if slashed:
        month, day, year = (int(part) for part in slashed.groups())
        moment = _moment(year, month, day) if month <= 12 else _moment(year, day, month)
        return Date(moment, circa=circa)
    dashed = re.fullmatch(r"(\d{3,4})\s*[-\u2013]\s*(\d{3,4})", bare)
    if dashed:
        return Date(_moment(int(dashed.group(1))), _moment(int(dashed.group(2))), circa=circa)
    spanned = _read_span(bare)
    if spanned is not None:
        return Date(spanned[0], spanned[1], circa=circa)
    years: list[int] = []
    month = day = season = 0
    for word in _WORDS.findall(bare):
        if word.isdecimal():
            if len(word) >= 3 and len(word) <= 7:
                years.append(int(word))
            elif not day and 1 <= int(word) <= 31:
                day = int(word)
            else:
                return Date(None, literal=text)
            continue
        start = word[:3].lower()
        if start in _MONTHS and not month and len(word) <= 9:
            month = _MONTHS.index(start) + 1
        elif start in _SEASONS and not season:
            season = _SEASONS[start]
        else:
            return Date(None, literal=text)
    if len(years) != 1 or (day and not month):
        return Date(None, literal=text)
    if season and not month:
        return Date(Moment(years[0], season=season), circa=circa)
    return Date(_moment(years[0], month, day), circa=circa)


def read(value: object) -> Date | None:
    """Return the date of a CSL-JSON value, whatever that is; None if there is none in it."""
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        date = read_text(str(value))
        return date if date.start or date.literal else None
    if not isinstance(value, Mapping):
        return None
    circa = _truth(value.get("circa"))
    literal = value.get("literal")
    parts = value.get("date-parts")
    if isinstance(parts, (list, tuple)) and parts:
        if not isinstance(parts[0], (list, tuple)):
            parts = [parts]
        start = _from_parts(parts[0])
        end = _from_parts(parts[1]) if len(parts) > 1 else None
        open_end = len(parts) > 1 and end is None and start is not None
        if start is not None:
            start = _with_season(start, value.get("season"))
            if end is not None and value.get("season") is not None and not end.month:
                end = _with_season(end, value.get("season"))
            return Date(start, end, open_end, circa)
        if len(parts[0]) and isinstance(parts[0][0], str) and parts[0][0].strip() and not literal:
            literal = " ".join(str(part) for part in parts[0])
    if isinstance(literal, (str, int)) and str(literal).strip():
        return Date(None, literal=str(literal), circa=circa)
    for key in ("raw", "edtf"):
        raw = value.get(key)
        if isinstance(raw, (str, int)) and str(raw).strip():
            date = read_text(str(raw))
            return Date(date.start, date.end, date.open_end, circa or date.circa, date.literal)
    year = _integer(value.get("year"))
    if year:
        return Date(_moment(year, _integer(value.get("month")) or 0, _integer(value.get("day")) or 0), circa=circa)
    season = value.get("season")
    if isinstance(season, str) and season.strip() and _integer(season) is None:
        return Date(None, literal=season.strip(), circa=circa)
    return None


_SPAN = re.compile(
    r"(?P<m>[^\W\d_]{3,9})\.?\s*(?P<d>\d{1,2})?\s*[-\u2013]\s*(?P<n>[^\W\d_]{3,9})?\.?\s*(?P<e>\d{1,2})?,?\s+(?P<y>\d{3,4})"
)


def _read_span(text: str) -> tuple[Moment, Moment] | None:
    """Read a range that names its year once: May 3-9, 2000; May-July 2000."""
    found = _SPAN.fullmatch(text)
    if (
        not found
        or not (found.group("n") or found.group("e"))
        or (found.group("n") and bool(found.group("d")) != bool(found.group("e")))
    ):
        return None
    words = [word[:3].lower() for word in (found.group("m"), found.group("n") or found.group("m"))]
    year = int(found.group("y"))
    if all(word in _MONTHS for word in words):
        days = int(found.group("d") or 0), int(found.group("e") or 0)
        first, second = (_MONTHS.index(word) + 1 for word in words)
        return Moment(year, first, days[0]), Moment(year, second, days[1])
    if all(word in _SEASONS for word in words) and not found.group("d"):
        return Moment(year, season=_SEASONS[words[0]]), Moment(year, season=_SEASONS[words[1]])
    return None


def _truth(value: Any) -> bool:
    return bool(value) and str(value).lower() not in ("false", "0")


def _with_season(moment: Moment, season: object) -> Moment:
    if season is None or moment.month:
        return moment
    number = _integer(season)
    if number is not None:
        number = number - 12 if 13 <= number <= 16 else number - 20 if 21 <= number <= 24 else number
        return Moment(moment.year, season=number) if 1 <= number <= 4 else moment
    text = str(season).strip()
    known = _SEASONS.get(text[:3].lower())
    if known and text.lower() in ("spring", "summer", "autumn", "fall", "winter"):
        return Moment(moment.year, season=known)
    return Moment(moment.year, season_text=text) if text else moment


# -- sort keys --------------------------------------------------------------------------------------------------


def _key(moment: Moment | None, parts: tuple[str, ...]) -> str:
    if moment is None:
        return "00000000000"
    year = moment.year + 10_000_000 if "year" in parts else 0
    month = moment.month or (moment.season * 3 if moment.season else 0)
    return f"{year:08}{month if 'month' in parts else 0:02}{moment.day if 'day' in parts else 0:02}"


def sort_key(date: Date, parts: tuple[str, ...] = PART_NAMES) -> str:
    """Return figures that sort as the dates do, years before Christ first; ``parts`` says what counts."""
    if date.start is None:
        return date.literal
    key = _key(date.start, parts)
    if date.end is not None:
        key += "-" + _key(date.end, parts)
    return key


# -- text -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A `cs:date-part` as compiled: which part, in which form, and how it is dressed."""

    name: str
    form: str
    range_delimiter: str
    prefix: str
    suffix: str
    dress: Callable[[str, str], str] | None
    """Text case, periods and format; it gets the text and its language."""


def _year(moment: Moment, form: str, locale: Locale) -> str:
    year = moment.year
    if year == 0:
        return ""
    if year < 0:
        return str(-year)
    if form == "short":
        return f"{year % 100:02}" if year >= 1000 else str(year)
    return str(year)


def _era(moment: Moment, form: str, locale: Locale) -> str:
    """Return what follows a year before 1000; most locales but the English ones leave the blank to us."""
    if moment.year == 0 or moment.year >= 1000 or (form == "short" and moment.year > 0):
        return ""
    term = locale.term("bc" if moment.year < 0 else "ad")
    return f"\u00a0{term.strip()}" if term[:1].isalpha() and not locale.language.startswith("en") else term


def _month(moment: Moment, form: str, locale: Locale) -> str:
    if moment.season_text:
        return moment.season_text
    if moment.season and form.startswith("numeric"):
        return ""  # a season has no number
    if moment.season:
        return locale.term(f"season-{moment.season:02}")
    if not moment.month:
        return ""
    if form == "numeric":
        return str(moment.month)
    if form == "numeric-leading-zeros":
        return f"{moment.month:02}"
    return locale.term(f"month-{moment.month:02}", "short" if form == "short" else "long")


def _day(moment: Moment, form: str, locale: Locale) -> str:
    if not moment.day:
        return ""
    if form == "numeric-leading-zeros":
        return f"{moment.day:02}"
    if form == "ordinal" and (moment.day == 1 or not locale.ordinal_day_one_only):
        gender = locale.gender(f"month-{moment.month:02}")
        return numbers.ordinal(moment.day, locale, gender)
    return str(moment.day)


def _value(moment: Moment, part: Part, locale: Locale, after_year: str) -> str:
    if part.name == "year":
        text = _year(moment, part.form, locale)
    elif part.name == "month":
        text = _month(moment, part.form, locale)
    else:
        text = _day(moment, part.form, locale)
    if not text:
        return ""
    if part.dress:
        text = part.dress(text, locale.language)
    if part.name == "year":
        text += _era(moment, part.form, locale) + after_year
    return text


def _same(a: Moment, b: Moment, name: str) -> bool:
    if name == "year":
        return a.year == b.year
    if name == "month":
        return (a.month, a.season, a.season_text) == (b.month, b.season, b.season_text)
    return a.day == b.day


def _render_parts(
    moment: Moment, parts: tuple[Part, ...], locale: Locale, delimiter: str, after_year: str, trim: tuple[bool, bool]
) -> str:
    """Render parts in order; ``trim`` says whether the first prefix and the last suffix fall away."""
    values = [(part, _value(moment, part, locale, after_year)) for part in parts]
    values = [(part, text) for part, text in values if text]
    out: list[str] = []
    for number, (part, text) in enumerate(values):
        prefix = "" if trim[0] and number == 0 else part.prefix
        suffix = "" if trim[1] and number == len(values) - 1 else part.suffix
        out.append(marks.affix(prefix, text, suffix))
    return marks.join(out, delimiter)


def render(date: Date, parts: tuple[Part, ...], locale: Locale, delimiter: str, after_year: str) -> str:
    """Return a date or range as text; ``after_year`` (a year suffix) follows the last year printed.

    A part that is equal at both ends of a range is printed once, and the two
    ends are parted by the delimiter of the last part that stands before it.
    """
    start, end = date.start, date.end
    if start is None:
        return ""
    if date.open_end:
        body = _render_parts(start, parts, locale, delimiter, after_year, (False, True))
        sign = next((part.range_delimiter for part in parts if part.name == "year"), "\u2013")
        return body + sign if body else ""
    if end is None:
        return _render_parts(start, parts, locale, delimiter, after_year, (False, False))
    shown = {part.name for part in parts if _value(start, part, locale, "") or _value(end, part, locale, "")}
    differing = next((name for name in PART_NAMES if name in shown and not _same(start, end, name)), "")
    if not differing:
        return _render_parts(start, parts, locale, delimiter, after_year, (False, False))
    varying = PART_NAMES[PART_NAMES.index(differing) :]
    inside = [i for i, part in enumerate(parts) if part.name in varying]
    low, high = inside[0], inside[-1] + 1
    if high - low != len(inside):
        low, high = 0, len(parts)
    head, core, tail = parts[:low], parts[low:high], parts[high:]
    # The delimiter is that of the last part before it: locale files are written so.
    sign = next((part.range_delimiter for part in reversed(core) if part.name in shown), core[-1].range_delimiter)
    year_in_core = any(part.name == "year" for part in core)
    out = [_render_parts(start, head, locale, delimiter, after_year, (False, False))] if head else []
    first = _render_parts(start, core, locale, delimiter, "", (False, True))
    second = _render_parts(end, core, locale, delimiter, after_year if year_in_core else "", (True, False))
    out.append(first + sign + second if first and second else first or second)
    if tail:
        out.append(_render_parts(end, tail, locale, delimiter, after_year, (False, False)))
    return marks.join(out, delimiter)
