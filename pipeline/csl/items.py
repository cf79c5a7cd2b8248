"""References as the engine sees them: any CSL-JSON mapping in, an `Item` out, never an exception."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.csl import dates, markup
from pipeline.csl.problem import Fault

DATE_VARIABLES = frozenset("accessed available-date container event-date issued original-date submitted".split())
NAME_VARIABLES = frozenset(
    """author chair collection-editor compiler composer container-author contributor curator director editor
    editor-translator editorial-director executive-producer guest host illustrator interviewer narrator organizer
    original-author performer producer recipient reviewed-author script-writer series-creator translator""".split()
)
_OTHER_NAMES = {
    "shortTitle": "title-short",
    "short-title": "title-short",
    "journalAbbreviation": "container-title-short",
    "editortranslator": "editor-translator",
}
_DOI = re.compile(r"(?i)^\s*(?:https?://(?:dx\.)?doi\.org/|doi:\s*)")


@dataclass(frozen=True, slots=True)
class Name:
    """A person or body. All parts are text as authors type it, without marks."""

    family: str = ""
    given: str = ""
    dropping: str = ""
    non_dropping: str = ""
    suffix: str = ""
    comma_suffix: bool = False
    comma_dropping: bool = False
    static: bool = False
    literal: str = ""


class Item:
    """One reference, read once; what was rendered of it is kept with it."""

    __slots__ = ("cache", "dates", "id", "known", "language", "names", "quotes", "raw", "texts", "type")

    def __init__(self, key: str, quotes: markup.Pairs = markup.CURLY) -> None:
        self.id = key
        self.quotes = quotes
        self.type = "document"
        self.language = ""
        self.raw: dict[str, str] = {}
        self.names: dict[str, tuple[Name, ...]] = {}
        self.dates: dict[str, dates.Date] = {}
        self.known: frozenset[str] = frozenset()
        self.texts: dict[str, str] = {}
        self.cache: dict[object, object] = {}

    def text(self, variable: str) -> str:
        """Return a variable as marked text; empty where the reference has none."""
        found = self.texts.get(variable)
        if found is None:
            raw = self.raw.get(variable, "")
            if not raw:
                found = ""
            elif variable in ("URL", "DOI", "PMID", "PMCID", "ISBN", "ISSN"):
                found = markup.escape(raw)
            else:
                found = markup.read(raw, pairs=self.quotes)
            self.texts[variable] = found
        return found

    def has(self, variable: str) -> bool:
        """Say whether a variable of any kind is there and not empty."""
        return variable in self.known


def _scalar(value: object) -> str:
    if isinstance(value, str):
        if value.isprintable() and "  " not in value:
            return value
        return re.sub(r"[\t\r\n ]{1,}", " ", value)
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else repr(value)
    return ""


def read_item(
    key: str, raw: Mapping[str, object], quotes: markup.Pairs = markup.CURLY
) -> tuple[Item, tuple[Fault, ...]]:
    """Read one CSL-JSON reference; what cannot be read is told and left out. ``quotes`` are those of the style's language."""
    item = Item(key, quotes)
    faults: list[Fault] = []
    for name, value in raw.items():
        name = _OTHER_NAMES.get(str(name), str(name))
        if name == "id" or value is None or value == "":
            continue
        if name == "type":
            item.type = _scalar(value) or "document"
        elif name in NAME_VARIABLES or (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            people = tuple(
                person for person in map(_read_name, value if isinstance(value, list) else [value]) if person
            )
            if people:
                item.names[name] = people
        elif name in DATE_VARIABLES or isinstance(value, Mapping):
            if name == "custom":
                continue
            date = dates.read(value)
            if date is not None:
                item.dates[name] = date
            elif _says_something(value):
                faults.append(Fault("csl-date", f"the date in `{name}` cannot be read", item=key))
        elif isinstance(value, (str, int, float)):
            text = str(value) if name == "note" else _scalar(value)
            if text.strip():
                item.raw[name] = text
        elif name not in ("categories", "keyword", "multi", "seeAlso", "tags", "attachments"):
            faults.append(Fault("csl-value", f"`{name}` holds a value that cannot be printed", item=key))
    _read_note(item)
    _complete(item)
    return item, tuple(faults)


_NOTE_LINE = re.compile(r"\s*\{?:?\s*([A-Za-z][A-Za-z -]*?)\s*:\s*([^}]*?)\}?\s*")
_NOTE_VARIABLES = frozenset(
    """DOI ISBN ISSN PMID PMCID URL annote archive archive_collection archive_location archive-place authority
    call-number chapter-number collection-number collection-title collection-title-short container-title
    container-title-short dimensions division edition event event-place event-title genre issue
    jurisdiction keyword medium number number-of-pages number-of-volumes original-publisher
    original-publisher-place original-title page page-first part-number part-title printing-number
    publisher publisher-place references reviewed-genre reviewed-title scale section source status
    supplement-number title title-short version volume volume-title type""".split()
)


def _read_note(item: Item) -> None:
    """Take in fields that reference managers without them keep as `name: value` lines at the head of the note."""
    note = item.raw.get("note", "")
    if ":" not in note:
        return
    for line in note.split("\n"):
        found = _NOTE_LINE.fullmatch(line)
        if not found:
            return
        name, value = found.group(1).strip(), found.group(2).strip()
        key = name if name in _NOTE_VARIABLES else name.lower().replace(" ", "-")
        if not value:
            continue
        if key == "type":
            item.type = value
        elif key in DATE_VARIABLES:
            date = dates.read(value)
            if date is not None:
                item.dates[key] = date
        elif key in NAME_VARIABLES:
            family, _, given = value.partition("||")
            person = _read_name({"family": family, "given": given} if given else {"literal": value})
            if person is not None:
                item.names[key] = (*item.names.get(key, ()), person)
        elif key in _NOTE_VARIABLES:
            item.raw[key] = value
        else:
            return


def _says_something(value: object) -> bool:
    return bool(value) and not (isinstance(value, Mapping) and not any(value.values()))


def _complete(item: Item) -> None:
    raw = item.raw
    item.language = raw.get("language", "").strip()
    if "DOI" in raw:
        raw["DOI"] = _DOI.sub("", raw["DOI"]).strip()
    if "page" in raw and "page-first" not in raw:
        found = re.match(r"\s*([^\s,;&\-\u2013\u2014]+)", raw["page"])
        if found:
            raw["page-first"] = found.group(1)
    if "event" in raw and "event-title" not in raw:
        raw["event-title"] = raw["event"]
    elif "event-title" in raw and "event" not in raw:
        raw["event"] = raw["event-title"]
    item.known = frozenset((*raw, *item.names, *item.dates))


_FAMILY_PARTICLE = re.compile(r"^([^ ]+(?:-|\u02bb|\u2019| |') *)(.+)$", re.S)


def _small(text: str) -> bool:
    """Say whether a particle begins with a small letter, past apostrophes and hyphens."""
    bare = text.lstrip("-'\u02bb\u2019 \t")
    return bool(bare) and bare[0].upper() != bare[0]


def _family_particles(family: str) -> tuple[str, str]:
    """Part the small-letter head of a family name from the rest: ("van der ", "Vlist")."""
    head = ""
    found = _FAMILY_PARTICLE.match(family)
    while found and _small(found.group(1)):
        head += found.group(1)
        family = found.group(2)
        found = _FAMILY_PARTICLE.match(family)
    stripped = head.strip()
    if head.endswith(" ") and stripped[-1:] in ("'", "\u2019"):
        stripped += " "
    return stripped, family


def _given_particles(given: str) -> tuple[str, str]:
    """Part the small-letter tail of given names from the rest: ("von", "Alexander")."""
    words = given.split(" ")
    cut = len(words)
    while cut > 1 and words[cut - 1] and _small(words[cut - 1]):
        cut -= 1
    if cut == len(words):
        return "", given
    return " ".join(words[cut:]).strip(), " ".join(words[:cut]).strip()


def _read_name(value: object) -> Name | None:
    if isinstance(value, str):
        return Name(literal=_scalar(value)) if value.strip() else None
    if not isinstance(value, Mapping):
        return None
    key = tuple(value.items())
    try:
        return _known_name(key)
    except TypeError:  # a value that cannot be hashed, such as a list
        return _make_name(value)


@lru_cache(maxsize=16384)
def _known_name(key: tuple[tuple[object, object], ...]) -> Name | None:
    return _make_name(dict(key))


def _make_name(value: Mapping[object, object]) -> Name | None:
    part = {str(name): _scalar(text).strip() for name, text in value.items()}
    literal = part.get("literal", "")
    if literal:
        return Name(literal=literal)
    family, given = part.get("family", ""), part.get("given", "")
    if part.get("isInstitution") and family and not given:
        return Name(literal=family)
    if not family and not given:
        return None
    dropping, non_dropping = part.get("dropping-particle", ""), part.get("non-dropping-particle", "")
    suffix = part.get("suffix", "")
    comma_suffix = bool(value.get("comma-suffix"))
    comma_dropping = False
    parse = str(value.get("parse-names", "true")).lower() not in ("false", "0")
    if len(family) > 1 and family[0] == family[-1] == '"':
        family, parse_family = family[1:-1], False
    else:
        parse_family = parse
    if parse_family and family and not non_dropping:
        non_dropping, family = _family_particles(family)
    if parse and given:
        if not suffix:
            found = re.search(r"\s*,(!*)\s*", given)
            if found:
                tail = given[found.end() :]
                given = given[: found.start()]
                if tail.replace(".", "") == "et al" and not dropping:
                    dropping, comma_dropping = tail, True
                else:
                    suffix, comma_suffix = tail, bool(found.group(1)) or comma_suffix
        if not dropping:
            dropping, given = _given_particles(given)
    return Name(
        family=family,
        given=given,
        dropping=dropping,
        non_dropping=non_dropping,
        suffix=suffix,
        comma_suffix=comma_suffix,
        comma_dropping=comma_dropping,
        static=str(value.get("static-ordering", "")).lower() in ("true", "1"),
    )
