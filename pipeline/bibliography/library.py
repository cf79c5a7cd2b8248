"""Files of references come in; a `Library` goes out, and every record that could not be read is told.

A record with a fault is kept out whole: nothing is half read, merged or lost in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.bibliography.bibtex import read_bibtex
from pipeline.bibliography.fields import DATES, KNOWN, NAMES, OTHER_NAMES, TEXTS, TYPES
from pipeline.bibliography.json_tree import read_json
from pipeline.bibliography.record import Record, is_date
from pipeline.bibliography.ris import read_ris
from pipeline.bibliography.values import Field, FieldValue, Library, Person, Reference, When
from pipeline.bibliography.witnesses import is_protected, is_tag, marked
from pipeline.book.pandoc import read_texts
from pipeline.book.setting import Setting, brief, nearest
from pipeline.source import Problem, Source, Span

ENDINGS = (".yaml", ".yml", ".json", ".bib", ".ris")
"""What the name of a file of references ends in."""

COMPARED = 200
"""Unknown names of one file that are compared with known ones; a hostile file may hold thousands."""


def read_library(sources: Sequence[Source]) -> tuple[Library, tuple[Problem, ...]]:
    """Read files of references: CSL as YAML or JSON, BibTeX, BibLaTeX, RIS, by the endings of their names."""
    problems: list[Problem] = []
    found: dict[str, Reference] = {}
    spoilt: set[str] = set()
    withheld: list[Reference] = []
    for source in sources:
        records, said = _READERS[source.path[source.path.rfind(".") :].lower()](source)
        problems.extend(said)
        for record in records:
            reference = record.reference
            if reference is None:
                spoilt.add(unicodedata.normalize("NFC", record.key))
                withheld += [marked(record.faulty)] if record.faulty is not None else []
                continue
            reference = marked(replace(reference, key=unicodedata.normalize("NFC", reference.key)))
            first = found.get(reference.key)
            if first is not None:
                problems.append(
                    Problem(
                        "ref-duplicate-key",
                        f"the key `{brief(reference.key)}` is given to a second reference",
                        reference.span,
                        "give one of the two another key, or delete it",
                        also=((first.span, "first given here"),),
                    )
                )
                withheld.append(reference)
                continue
            found[reference.key] = reference
    whole = not any(problem.code in ("ref-syntax", "ref-unclosed-record") for problem in problems)
    guarded = tuple(reference for reference in withheld if is_protected(reference))
    return Library(found, frozenset(spoilt - set(found)), whole, guarded), tuple(problems)


# CSL as YAML and JSON -------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """Takes the tree of a file apart, record by record."""

    problems: list[Problem] = field(default_factory=list)
    compared: int = 0
    bad: bool = False

    def say(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.bad = True
        self.problems.append(Problem(code, message, span, hint))

    def near(self, name: str, known: Iterable[str]) -> str:
        self.compared += 1
        return nearest(name, known) if self.compared <= COMPARED else ""

    def record(self, item: Setting, key: str = "") -> Record:
        self.bad = False
        if not isinstance(item.value, Mapping):
            self.say("ref-syntax", "a reference is a mapping with an `id` and a `type`", item.span)
            return Record(key, None)
        table = item.table
        named = table.get("id")
        if named is not None and isinstance(named.value, str):
            key = named.value.strip() or key
        place = named.span if named is not None else item.key
        if not key:
            self.say(
                "ref-field-missing", "a reference has no `id`", _head(item), "write `id: …`, the key to cite it by"
            )
        elif re.search(r"\s", key):
            self.say("ref-value", f"the key `{brief(key)}` holds a blank, so that it cannot be cited", place)
        kind = self.kind(table.get("type"), key, item)
        fields: dict[str, Field] = {}
        custom: dict[str, Field] = {}
        for name, setting in table.items():
            if name == "categories" and is_tag(_flat(setting)):
                custom.setdefault("protected", Field("true", setting.span))
            unseen = _UNSEEN.search(_flat(setting))
            if unseen is not None:
                message = f"the control character U+{ord(unseen[0]):04X} cannot be set"
                self.say("control-character", message, setting.span, "delete it; no reader could see it")
            if name in ("id", "type", "categories"):
                continue
            if name == "custom":
                if not isinstance(setting.value, Mapping) and setting.value != "":
                    self.say(
                        "ref-value",
                        "`custom` is a mapping",
                        setting.span,
                        "write `custom: {protected: true}`, each with its name",
                    )
                    custom = {
                        name: Field(_flat(setting), setting.span)
                        for name in ("protected", "said")
                        if "protect" in _flat(setting).lower()
                    }
                custom |= {each: Field(_flat(one), one.span) for each, one in setting.table.items()}
                continue
            value = self.value(name, setting, key)
            if value is not None and value not in ("", ()):
                fields[OTHER_NAMES.get(name, name)] = Field(value, setting.span)
        if self.bad:
            said = {
                name: Field(_flat(one), one.span)
                for name, one in table.items()
                if name.lower().startswith(("protect", "pseudo"))
            }
            return Record(key, None, Reference(key, kind, fields, place, {**said, **custom}))
        return Record(key, Reference(key, kind, fields, place, custom))

    def kind(self, setting: Setting | None, key: str, item: Setting) -> str:
        if setting is None or not isinstance(setting.value, str) or not setting.value:
            self.say(
                "ref-field-missing",
                f"the reference `{brief(key)}` has no `type`",
                setting.span if setting is not None else _head(item),
                "write `type: book`, `type: report`, `type: treaty` …",
            )
            return ""
        if setting.value not in TYPES:
            near = self.near(setting.value, TYPES)
            self.say(
                "ref-unknown-type",
                f"`{brief(setting.value)}` is not a type of reference",
                setting.span,
                f"did you mean `{near}`?" if near else "types are those of CSL: `book`, `chapter`, `report` …",
            )
        return setting.value

    def value(self, name: str, setting: Setting, key: str) -> FieldValue | None:
        if name in NAMES:
            return self.people(setting, key)
        if name in DATES:
            return self.when(setting)
        if name in TEXTS:
            if isinstance(setting.value, str):
                return setting.value if name == "note" else " ".join(setting.value.split())
            if name == "keyword" and isinstance(setting.value, tuple):
                return ", ".join(_plain(each) for each in setting.value)
            self.say("ref-value", f"`{brief(name)}` must be a text", setting.span)
            return None
        near = self.near(name, KNOWN - TYPES)
        self.say(
            "ref-unknown-field",
            f"`{brief(name)}` is not a field of a reference",
            setting.key,
            "it stands under `custom:`, as in `custom: {protected: true}`"
            if name in ("protected", "pseudonym", "also-named")
            else f"did you mean `{near}`?"
            if near
            else "what no style prints can stand under `custom:`",
        )
        return None

    def people(self, setting: Setting, key: str) -> tuple[Person, ...] | None:
        items = setting.value if isinstance(setting.value, tuple) else (setting,)
        found = []
        for item in items:
            person = self.person(item)
            if person is not None:
                found.append(person)
        return tuple(found)

    def person(self, item: Setting) -> Person | None:
        if isinstance(item.value, str):
            words = " ".join(item.value.split())
            if not words:
                self.say("ref-name", "a name is empty", item.span, "write it, or delete the line")
                return None
            family, comma, given = words.partition(",")
            return Person(family=family.strip(), given=given.strip()) if comma else Person(literal=words)
        if not isinstance(item.value, Mapping):
            self.say("ref-name", "a name is a text or a mapping with `family` and `given`", item.span)
            return None
        parts: dict[str, str] = {}
        for name, setting in item.table.items():
            if name not in _PARTS or not isinstance(setting.value, str):
                near = self.near(name, _PARTS)
                hint = f"did you mean `{near}`?" if near else f"names have {', '.join(f'`{each}`' for each in _PARTS)}"
                self.say("ref-unknown-field", f"`{brief(name)}` is not a part of a name", setting.key, hint)
                continue
            target = _PARTS[name]
            if target:
                parts[target] = " ".join(setting.value.split())
        if not any(parts.get(each) for each in ("family", "given", "literal")):
            self.say("ref-name", "a name is empty", item.span, "write its `family`, or its `literal` form")
            return None
        return Person(**parts)

    def when(self, setting: Setting) -> When | None:
        for item in setting.value if isinstance(setting.value, tuple) else (setting,):
            for name, part in item.table.items():
                if name not in _OF_DATES:
                    near = self.near(name, _OF_DATES)
                    hint = (
                        f"did you mean `{near}`?"
                        if near
                        else f"dates have {', '.join(f'`{each}`' for each in _OF_DATES)}"
                    )
                    self.say("ref-unknown-field", f"`{brief(name)}` is not a part of a date", part.key, hint)
        text = _edtf(setting)
        if text is None or (not isinstance(text, When) and not is_date(text)):
            self.say(
                "ref-date",
                "this is no date that can be read",
                setting.span,
                "write it as `1992-06-18`, `1992-06`, `1992`, a range as `1991-02/1992-03`, words as `literal: …`",
            )
            return None
        return text if isinstance(text, When) else When(text) if text else None


_PARTS = {
    "family": "family",
    "given": "given",
    "dropping-particle": "dropping",
    "non-dropping-particle": "non_dropping",
    "suffix": "suffix",
    "literal": "literal",
    "name": "literal",
    "comma-suffix": "",
    "static-ordering": "",
    "parse-names": "",
}


_OF_DATES = ("date-parts", "season", "circa", "literal", "raw", "edtf", "year", "month", "day")


_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
"""What escapes of JSON and YAML can hide in a text, and no page can hold."""


def _head(item: Setting) -> Span:
    """Return the place where a record begins: a record is too long to be shown whole."""
    return replace(item.span, end=min(item.span.end, item.span.start + 1))


def _plain(setting: Setting) -> str:
    return setting.value if isinstance(setting.value, str) else ""


def _flat(setting: Setting) -> str:
    """Return a value as one text, whatever it is: a list or a mapping is not nothing."""
    if isinstance(setting.value, tuple):
        return "; ".join(_flat(each) for each in setting.value)
    if isinstance(setting.value, Mapping):
        return "; ".join(f"{name} {_flat(each)}" for name, each in setting.value.items())
    return str(setting.value)


def _edtf(setting: Setting) -> str | When | None:
    """Return a date as EDTF, as words, or None when it is neither."""
    value = setting.value
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, tuple):  # Pandoc: one mapping, or two for a range
        ends = [_edtf(each) for each in value]
        if not ends or len(ends) > 2 or any(not isinstance(end, str) for end in ends):
            return None
        return "/".join(end for end in ends if isinstance(end, str))
    table = setting.table
    literal, raw, parts = table.get("literal"), table.get("raw") or table.get("edtf"), table.get("date-parts")
    circa = "~" if "circa" in table and _plain(table["circa"]).lower() in ("true", "1", "yes") else ""
    season = _plain(table["season"]) if "season" in table else ""
    if parts is not None:
        rows = parts.value if isinstance(parts.value, tuple) else ()
        if rows and not isinstance(rows[0].value, tuple):
            rows = (parts,)
        ends = [_joined([_plain(one) for one in row.value], season) for row in rows if isinstance(row.value, tuple)]
        if not ends or len(ends) > 2 or any(end is None for end in ends):
            return None
        return "/".join(f"{end}{circa}" if end else "" for end in ends)
    if "year" in table:
        end = _joined([_plain(table[each]) for each in ("year", "month", "day") if each in table], season)
        return f"{end}{circa}" if end else None
    if literal is not None:
        return When(" ".join(_plain(literal).split()), literal=True) if _plain(literal).strip() else None
    if raw is not None:
        return _plain(raw).strip()
    return None


def _joined(parts: list[str], season: str) -> str | None:
    """Join year, month and day; a season stands as month 21 to 24."""
    numbers = [part for part in parts if part not in ("", "0")]
    if not 1 <= len(numbers) <= 3 or not all(re.fullmatch(r"-?\d{1,4}", part) for part in numbers):
        return "" if parts and not numbers else None
    year = numbers[0]
    sign, digits = ("-", year[1:]) if year.startswith("-") else ("", year)
    if len(numbers) == 2 and numbers[1] in ("13", "14", "15", "16"):  # seasons, as older JSON has them
        numbers[1] = str(int(numbers[1]) + 8)
    out = [sign + digits.zfill(4), *(part.zfill(2) for part in numbers[1:])]
    if len(numbers) == 1 and re.fullmatch(r"[1-4]", season):
        out.append(f"2{season}")
    return "-".join(out)


def _items(tree: Setting, reader: _Reader, source: Source) -> Iterable[Record]:
    value = tree.value
    if isinstance(value, Mapping):
        if not value:
            return
        inner = value.get("references") or value.get("items")
        if inner is None or len(value) > 1 + sum(1 for each in ("title", "nocite") if each in value):
            reader.say(
                "ref-syntax",
                "the file is neither a list of references nor a mapping with `references`",
                source.span(0, 0),
                "begin each reference with `- id: …`",
            )
            return
        value = inner.value
    if not isinstance(value, tuple):
        if value != "":
            reader.say("ref-syntax", "a list of references is expected", tree.span, "begin each with `- id: …`")
        return
    for item in value:
        yield reader.record(item)


def _yaml(source: Source) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    tree, problems = read_texts(source)
    said = tuple(replace(problem, code=_coded(problem)) for problem in problems)
    if tree is None:
        return (), said
    reader = _Reader()
    records = tuple(_items(tree, reader, source))
    return records, (*said, *reader.problems)


def _coded(problem: Problem) -> str:
    return "ref-duplicate-field" if "second time" in problem.message else "ref-syntax"


def _json(source: Source) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    tree, problems = read_json(source)
    if tree is None:
        return (), problems
    reader = _Reader()
    records = tuple(_items(tree, reader, source))
    return records, (*problems, *reader.problems)


_READERS: Mapping[str, Callable[[Source], tuple[tuple[Record, ...], tuple[Problem, ...]]]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _json,
    ".bib": read_bibtex,
    ".ris": read_ris,
}
