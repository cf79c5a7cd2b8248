"""The grammars of single values: language tags, dates, book numbers, paths, names of files."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# Language tags ------------------------------------------------------------------------------

_TAG = re.compile(
    r"""
    (?P<language> [a-z]{2,3} (?:-[a-z]{3}){0,3} | [a-z]{4} | [a-z]{5,8} )
    (?:-(?P<script> [a-z]{4} ))?
    (?:-(?P<region> [a-z]{2} | [0-9]{3} ))?
    (?P<variants> (?:-(?: [a-z0-9]{5,8} | [0-9][a-z0-9]{3} ))* )
    (?P<extensions> (?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)* )
    (?P<private> -x(?:-[a-z0-9]{1,8})+ )?
    """,
    re.VERBOSE,
)

_PRIVATE = re.compile(r"x(?:-[a-z0-9]{1,8})+")

_IRREGULAR_TAGS = (
    "en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu "
    "sgn-be-fr sgn-be-nl sgn-ch-de"
)
_IRREGULAR = frozenset(_IRREGULAR_TAGS.split())

_LANGUAGES = {
    "arabic": "ar",
    "armenian": "hy",
    "chinese": "zh",
    "croatian": "hr",
    "czech": "cs",
    "danish": "da",
    "deutsch": "de",
    "dutch": "nl",
    "english": "en",
    "español": "es",
    "farsi": "fa",
    "finnish": "fi",
    "français": "fr",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hebrew": "he",
    "hindi": "hi",
    "hungarian": "hu",
    "italian": "it",
    "italiano": "it",
    "japanese": "ja",
    "korean": "ko",
    "latin": "la",
    "norwegian": "nb",
    "persian": "fa",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "serbian": "sr",
    "spanish": "es",
    "swedish": "sv",
    "turkish": "tr",
    "ukrainian": "uk",
}

_REGIONS = {"uk": "gb", "en": "gb", "sp": "es", "su": "ru", "yu": "rs"}
"""Two letters that people write for a country, though no country has them today."""


def language_tag(text: str) -> str:
    """Return a well-formed language tag in its usual capitals, or "" (RFC 5646, section 2.1).

    Whether a subtag is registered is not asked.

    >>> language_tag("EN-gb"), language_tag("sr-latn-rs"), language_tag("en_GB"), language_tag("en-")
    ('en-GB', 'sr-Latn-RS', '', '')
    """
    tag = text.lower()
    if not tag.isascii():
        return ""
    if tag in _IRREGULAR or _PRIVATE.fullmatch(tag):
        return tag
    found = _TAG.fullmatch(tag)
    if found is None:
        return ""
    variants = found["variants"].split("-")[1:]
    singletons = re.findall(r"-([a-z0-9])(?=-)", found["extensions"])
    if len(set(variants)) < len(variants) or len(set(singletons)) < len(singletons):
        return ""
    head = found["language"]
    if found["script"]:
        head += "-" + found["script"].capitalize()
    if found["region"]:
        head += "-" + found["region"].upper()
    return head + found["variants"] + found["extensions"] + (found["private"] or "")


def language_hint(text: str) -> str:
    """Return the tag that was probably meant by something that is none, or is a doubtful one.

    >>> language_hint("English"), language_hint("en_GB"), language_hint("en-UK"), language_hint("de-AT")
    ('en', 'en-GB', 'en-GB', '')
    """
    plain = text.strip().lower()
    if plain in _LANGUAGES:
        return _LANGUAGES[plain]
    tag = language_tag(re.sub(r"[_\s]+", "-", re.sub(r"[.@].*$", "", plain)))
    if not tag:
        return ""
    first, *rest = tag.split("-")
    if first in _LANGUAGES:
        first = _LANGUAGES[first]
    if len(first) > 3:
        return ""
    rest = [_REGIONS[part.lower()].upper() if part.isupper() and part.lower() in _REGIONS else part for part in rest]
    meant = "-".join([first, *rest])
    return meant if meant != text else ""


def language_doubtful(tag: str) -> bool:
    """Say whether a well-formed tag can hardly be right: `english`, `en-UK`.

    >>> language_doubtful("english"), language_doubtful("en-UK"), language_doubtful("uk-UA")
    (True, True, False)
    """
    first, *rest = tag.split("-")
    return len(first) > 3 or any(part.isupper() and part.lower() in _REGIONS for part in rest)


# Dates --------------------------------------------------------------------------------------

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def iso_date(text: str) -> str:
    """Return a real date of ISO 8601 with the precision of a year, month or day, or "".

    >>> iso_date("1851"), iso_date("2026-11"), iso_date("2026-02-29"), iso_date("Nov 2026")
    ('1851', '2026-11', '', '')
    """
    found = _DATE.fullmatch(text) if text.isascii() else None
    if found is None:
        return ""
    year, month, day = (int(part) if part else 1 for part in found.groups())
    try:
        date(year, month, day)
    except ValueError:
        return ""
    return text


# Book numbers -------------------------------------------------------------------------------


def isbn_digits(text: str) -> str:
    """Return the digits of an ISBN of 13 digits that is right, or "".

    Hyphens and blanks between them, and `ISBN` or `urn:isbn:` before them, do not matter.

    >>> isbn_digits("978-0-306-40615-7"), isbn_digits("978-0-306-40615-8"), isbn_digits("0-306-40615-2")
    ('9780306406157', '', '')
    """
    digits = _number(text)
    if re.fullmatch(r"97[89][0-9]{10}", digits) is None:
        return ""
    return digits if digits[12] == _check_digit_13(digits) else ""


def isbn_as_written(text: str) -> str:
    """Return an ISBN as it shall be printed: the digits and the hyphens that were written."""
    return re.sub(r"[‐‑–\s]+", "-", _bare(text)).strip("-")


def isbn_fault(text: str) -> tuple[str, str]:
    """Say what is wrong with an ISBN, and what would be right.

    >>> isbn_fault("978-0-306-40615-8")
    ('its check digit is 8, but the other digits ask for 7', 'look for a mistyped digit')
    >>> isbn_fault("0-306-40615-2")[1]
    'as 13 digits it is `9780306406157`'
    """
    digits = _number(text)
    if re.fullmatch(r"[0-9]{9}[0-9Xx]", digits):
        total = sum((10 - place) * int(digit) for place, digit in enumerate(digits[:9]))
        check = "0123456789X"[-total % 11]
        if digits[9].upper() != check:
            return f"its check digit is {digits[9]}, but the other digits ask for {check}", "look for a mistyped digit"
        long = "978" + digits[:9]
        return "it has 10 digits, as before 2007", f"as 13 digits it is `{long}{_check_digit_13(long)}`"
    if not re.fullmatch(r"[0-9]*", digits):
        return "it holds more than digits and hyphens", "write it like 978-0-306-40615-7"
    if len(digits) != 13:
        return f"it has {len(digits)} digits, not 13", "look for a missing or doubled digit"
    if digits[:3] not in ("978", "979"):
        return "it begins neither with 978 nor with 979", "an EAN of other goods is no ISBN"
    return (
        f"its check digit is {digits[12]}, but the other digits ask for {_check_digit_13(digits)}",
        "look for a mistyped digit",
    )


def _bare(text: str) -> str:
    return re.sub(r"^\s*(?:urn:isbn:|isbn(?:-1[03])?:?)\s*", "", text, flags=re.IGNORECASE).strip()


def _number(text: str) -> str:
    return re.sub(r"[-‐‑–\s]+", "", _bare(text))


def _check_digit_13(digits: str) -> str:
    """Return the 13th digit for the first twelve (ISO 2108: weights 1 and 3, modulus 10)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return str(-total % 10)


# Names and paths ----------------------------------------------------------------------------

SLUG_LIMIT = 100
"""Characters of a slug; file systems stop at 255 bytes, and edition and ending come after it."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ı": "i",
        "ħ": "h",
        "ŋ": "ng",
        "’": "",
        "'": "",
        "ʼ": "",
        "ʻ": "",
    }
)

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))]
)
"""Names that Windows keeps for devices, whatever the ending."""


def is_slug(text: str) -> bool:
    """Say whether a text is a safe beginning for the names of files.

    >>> is_slug("moby-dick"), is_slug("Moby Dick"), is_slug("../pwned"), is_slug("con")
    (True, False, False, False)
    """
    return (
        _SLUG.fullmatch(text) is not None
        and ".." not in text
        and not text.endswith(".")
        and len(text) <= SLUG_LIMIT
        and text.partition(".")[0] not in _DEVICES
    )


def slug_from(title: str) -> str:
    """Return a slug made of the Latin letters and digits of a title, or "" when it has none.

    >>> slug_from("Moby-Dick; or, The Whale"), slug_from("L’Été où j’ai grandi"), slug_from("Վերք")
    ('moby-dick-or-the-whale', 'lete-ou-jai-grandi', '')
    """
    plain = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) > 60:
        slug = slug[:61].rsplit("-", 1)[0][:60]
    return slug if is_slug(slug) else ""


def path_fault(path: str) -> str:
    """Say why a path may lead out of the book's folder, or mean another thing elsewhere; "" when it may not.

    >>> path_fault("chapters/one.md"), path_fault("../secret.md")
    ('', 'it leads out of the book’s folder')
    """
    if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path) or "://" in path:
        return "it does not begin in the book’s folder"
    if "\\" in path:
        return "it holds a backslash"
    if ".." in path.split("/"):
        return "it leads out of the book’s folder"
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in path):
        return "it holds a character that cannot be seen"
    return ""


def tidy_path(path: str) -> str:
    """Return a path without `.` and empty parts.

    >>> tidy_path("./chapters//one.md")
    'chapters/one.md'
    """
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def in_name_order(paths: list[str]) -> list[str]:
    """Sort paths as people do: numbers by their value, letters without regard to capitals.

    >>> in_name_order(["10.md", "2.md", "01-b.md", "1-a.md"])
    ['1-a.md', '01-b.md', '2.md', '10.md']
    """

    def key(path: str) -> tuple[list[tuple[int, int, str]], str]:
        stem = path[: -len(".md")] if path.lower().endswith(".md") else path
        parts = re.split(r"([0-9]+)", stem)
        return [(0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in parts if part], path

    return sorted(paths, key=key)


_FAMILY = re.compile(r"(?P<given>.+?)[ ](?P<family>\S+)")


def sort_name(name: str) -> str:
    """Return a name as a catalogue files it, when the last word is the family's.

    >>> sort_name("Herman Melville"), sort_name("Voltaire"), sort_name("Melville, Herman")
    ('Melville, Herman', 'Voltaire', 'Melville, Herman')
    """
    found = _FAMILY.fullmatch(name)
    if found is None or "," in name:
        return name
    return f"{found['family']}, {found['given']}"
