"""References come in; those whose authors must not be named go out, with the names that nobody may read.

A name once printed cannot be called back: what is not a plain no counts as yes, and so does a slip in a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from pipeline.bibliography.fields import NAMES
from pipeline.bibliography.values import Field, Library, Person, Reference

PROTECTED, PSEUDONYM, ALSO = "protected", "pseudonym", "also-named"
"""What `custom` says of a witness: that nobody may read the name, what is printed for it, and its other spellings."""

_NO = frozenset(("false", "no", "off", "0", "null", "~"))
_LINE = re.compile(r"(?im)^[ \t]*(protected|pseudonym|also[- ]named)[ \t]*[:=][ \t]*(.*?)[ \t]*$")
_TAGS = frozenset(("protected", "protected witness", "protected source"))

UNNAMED: Mapping[str, str] = {
    "en": "Protected Witness",
    "de": "Geschützte Zeugenperson",
    "fr": "Témoin protégé",
    "es": "Testigo protegido",
    "it": "Testimone protetto",
    "pt": "Testemunha protegida",
    "nl": "Beschermde getuige",
    "pl": "Świadek chroniony",
    "ru": "Защищённый свидетель",
    "uk": "Захищений свідок",
    "hy": "Պաշտպանված վկա",
    "az": "Qorunan şahid",
    "tr": "Korunan tanık",
    "ka": "დაცული მოწმე",
    "ar": "شاهد محمي",
    "he": "עד מוגן",
    "fa": "شاهد تحت حمایت",
}
"""What stands for a witness without a pseudonym; English where a language is missing."""


def unnamed(language: str) -> str:
    """Return what stands for a protected witness who has no pseudonym.

    >>> unnamed("de-AT"), unnamed("sw")
    ('Geschützte Zeugenperson', 'Protected Witness')
    """
    return UNNAMED.get(language.lower().partition("-")[0], UNNAMED["en"])


def _custom(reference: Reference, meant: str) -> str | None:
    """Return what `custom` says under a name or a slip of it, or None."""
    for name, found in reference.custom.items():
        plain = re.sub(r"[\s_]+", "-", name.strip().lower())
        if get_close_matches(plain, (meant,), 1, 0.8):
            return str(found.value).strip()
    return None


def is_protected(reference: Reference) -> bool:
    """Say whether a witness must not be named: `custom: {protected: true}`, or a pseudonym and no word of protection."""
    said = _custom(reference, PROTECTED)
    if said is None:
        return bool(_custom(reference, PSEUDONYM))
    return said.lower() not in _NO


def pseudonym(reference: Reference) -> str:
    """Return what is printed in place of the name, or ""."""
    return _custom(reference, PSEUDONYM) or ""


def protected_fields(reference: Reference) -> tuple[str, ...]:
    """Return the fields whose people must not be named: the author, and others that `protected` lists.

    `protected: recipient` protects whom a letter is to, `protected: author interviewer` both of an interview.
    """
    said = _custom(reference, PROTECTED) or ""
    named = tuple(word for word in re.split(r"[\s,;]+", said.lower()) if word in NAMES)
    return named or ("author",)


def is_tag(keywords: str) -> bool:
    """Say whether one of several keywords says that a witness is protected.

    >>> is_tag("war, Protected"), is_tag("protected areas; war")
    (True, False)
    """
    words = {" ".join(word.split()).lower() for word in re.split(r"[,;/\n]", keywords)}
    return bool(words & _TAGS) or any(get_close_matches(word, ("protected",), 1, 0.9) for word in words)


def marked(reference: Reference) -> Reference:
    """Return a reference with what it says of protection elsewhere than under `custom`.

    That is a keyword `protected`, as tags of Zotero become in BibTeX and RIS, and lines `protected: yes` and
    `pseudonym: Witness A` in a note, as people write into Zotero's field *Extra*.
    """
    custom, fields = dict(reference.custom), dict(reference.fields)
    for name in ("note", "annote"):
        each = fields.get(name)
        if each is None or not isinstance(each.value, str) or _LINE.search(each.value) is None:
            continue
        for found in _LINE.finditer(each.value):
            custom.setdefault(re.sub(r"[- ]+", "-", found[1].lower()), Field(found[2], each.span))
        rest = _LINE.sub("", each.value).strip()
        if rest:
            fields[name] = Field(rest, each.span)
        else:
            del fields[name]
    tags = fields.get("keyword")
    if tags is not None and isinstance(tags.value, str) and is_tag(tags.value):
        custom.setdefault(PROTECTED, Field("true", tags.span))
    if custom == reference.custom and fields == reference.fields:
        return reference
    return replace(reference, custom=custom, fields=fields)


@dataclass(frozen=True, slots=True)
class Called:
    """One name of a witness as it is written: what others give, and what is inherited; a single name is of the family."""

    given: str
    family: str


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness who must not be named: the record, and all names of its protected people."""

    reference: Reference
    names: tuple[Called, ...]


def witnesses(library: Library) -> tuple[Witness, ...]:
    """Return the protected witnesses of a library, those of records that could not be taken too."""
    return tuple(
        Witness(reference, tuple(dict.fromkeys(_names(reference))))
        for reference in (*library.references.values(), *library.withheld)
        if is_protected(reference)
    )


def protects(library: Library) -> bool:
    """Say whether a library has protected witnesses, or may have some in a part that could not be read."""
    references = (*library.references.values(), *library.withheld)
    return not library.whole or any(map(is_protected, references))


def _names(reference: Reference) -> Iterator[Called]:
    for name in protected_fields(reference):
        for person in reference.people(name):
            yield called(person)
    for other in re.split(r"[;\n]", _custom(reference, ALSO) or ""):
        if other.strip():
            yield _written(other)


def called(person: Person) -> Called:
    """Return the name of a person in two parts."""
    if person.literal and not person.family:
        return _written(person.literal)
    given = " ".join(filter(None, (person.given, person.dropping, person.non_dropping)))
    if not person.family:
        return _written(given)
    return Called(given, person.family)


def _written(words: str) -> Called:
    """Take a name apart that is written in one: `Anna Roe`, `Roe, Anna`."""
    family, comma, given = words.partition(",")
    if comma and given.strip():
        return Called(given.strip(), family.strip())
    parts = family.split()
    return Called(" ".join(parts[:-1]), parts[-1] if parts else "")
