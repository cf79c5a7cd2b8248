"""BibTeX or BibLaTeX comes in (also as Better BibTeX writes it); records go out, and every fault at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.bibliography.record import Record, is_date
from pipeline.bibliography.tex import split_top, tex_text
from pipeline.bibliography.values import Field, FieldValue, Person, Reference, When
from pipeline.book.setting import brief, nearest
from pipeline.source import Problem, Severity, Source, Span

_AT = re.compile(r"@\s*([A-Za-z]+)\s*([{(])")
_NEXT = re.compile(r"^[ \t]*@\s*[A-Za-z]+\s*[{(]", re.MULTILINE)
_KEY = re.compile(r"[^\s,{}\"#%()=\\]+")
_NAME = re.compile(r"[A-Za-z_][\w:.+/-]*")
_SPACE = re.compile(r"(?:\s+|%[^\n]*\n)*")

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
            "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

TYPES = {
    "article": "article-journal", "book": "book", "mvbook": "book", "booklet": "pamphlet", "collection": "book",
    "mvcollection": "book", "inbook": "chapter", "bookinbook": "chapter", "suppbook": "chapter",
    "incollection": "chapter", "suppcollection": "chapter", "inproceedings": "paper-conference",
    "conference": "paper-conference", "proceedings": "book", "mvproceedings": "book", "manual": "book",
    "mastersthesis": "thesis", "phdthesis": "thesis", "thesis": "thesis", "misc": "document", "online": "webpage",
    "electronic": "webpage", "www": "webpage", "patent": "patent", "periodical": "periodical",
    "suppperiodical": "article-journal", "report": "report", "techreport": "report", "unpublished": "manuscript",
    "reference": "book", "mvreference": "book", "inreference": "entry-encyclopedia", "dataset": "dataset",
    "software": "software", "legislation": "legislation", "jurisdiction": "legal_case", "legal": "treaty",
    "letter": "personal_communication", "interview": "interview", "audio": "song", "music": "song",
    "video": "motion_picture", "movie": "motion_picture", "image": "graphic", "artwork": "graphic", "map": "map",
    "standard": "standard", "review": "review", "performance": "performance", "commentary": "book", "talk": "speech",
    "unspecified": "document",
}  # fmt: skip
"""Types of entries and what they are in CSL (BibLaTeX manual 3.20, section 2.1)."""

_SUBTYPES = {"magazine": "article-magazine", "newspaper": "article-newspaper"}

TEXTS = {
    "journal": "container-title", "journaltitle": "container-title", "shortjournal": "container-title-short",
    "booktitle": "container-title", "shorttitle": "title-short", "series": "collection-title", "volume": "volume",
    "issue": "issue", "edition": "edition", "pages": "page", "publisher": "publisher", "institution": "publisher",
    "school": "publisher", "organization": "publisher", "address": "publisher-place", "location": "publisher-place",
    "doi": "DOI", "url": "URL", "isbn": "ISBN", "issn": "ISSN", "note": "note", "annotation": "annote",
    "annote": "annote", "abstract": "abstract", "keywords": "keyword", "language": "language", "langid": "language",
    "chapter": "chapter-number", "type": "genre", "eventtitle": "event-title", "venue": "event-place",
    "howpublished": "medium", "version": "version", "pagetotal": "number-of-pages", "volumes": "number-of-volumes",
    "part": "part-number", "origtitle": "original-title", "origpublisher": "original-publisher",
    "origlocation": "original-publisher-place", "library": "call-number", "pubstate": "status", "addendum": "note",
    "number": "number", "pmid": "PMID", "pmcid": "PMCID", "archive": "archive", "section": "section",
}  # fmt: skip
NAMES = {
    "author": "author", "editor": "editor", "translator": "translator", "bookauthor": "container-author",
    "holder": "author", "director": "director", "interviewer": "interviewer", "introduction": "contributor",
}  # fmt: skip
DATES = {"date": "issued", "urldate": "accessed", "eventdate": "event-date", "origdate": "original-date"}
_LANGUAGES = {
    "english": "en", "american": "en-US", "british": "en-GB", "usenglish": "en-US", "ukenglish": "en-GB",
    "german": "de", "ngerman": "de", "austrian": "de-AT", "french": "fr", "spanish": "es", "italian": "it",
    "russian": "ru", "portuguese": "pt", "brazilian": "pt-BR", "dutch": "nl", "polish": "pl", "latin": "la",
    "greek": "el", "armenian": "hy", "turkish": "tr", "azerbaijani": "az", "arabic": "ar", "hebrew": "he",
    "swedish": "sv", "danish": "da", "czech": "cs", "hungarian": "hu", "ukrainian": "uk", "georgian": "ka",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of a field as it is written, without its outer braces, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    key: str
    values: Mapping[str, _Value]
    span: Span


class _BadError(Exception):
    def __init__(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.start, self.end, self.hint = code, message, start, end, hint


@dataclass(slots=True)
class _Scanner:
    """Cuts a file into entries."""

    source: Source
    problems: list[Problem] = field(default_factory=list)
    strings: dict[str, str] = field(default_factory=lambda: {name: name for name in MONTHS})
    entries: list[_Entry] = field(default_factory=list)
    spoilt: list[str] = field(default_factory=list)

    def say(self, code: str, message: str, span: Span, hint: str = "", also: tuple[tuple[Span, str], ...] = ()) -> None:
        self.problems.append(Problem(code, message, span, hint, also=also))

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.source.text, at)
        return found.end() if found is not None else at

    def scan(self) -> None:
        text, at = self.source.text, 0
        while (found := _AT.search(text, at)) is not None:
            kind = found[1].lower()
            closing = "}" if found[2] == "{" else ")"
            key = ""
            try:
                if kind in ("comment", "preamble"):
                    at = self.group(found.end(), closing, found)
                elif kind == "string":
                    at = self.string(found.end(), closing, found)
                else:
                    start = self.skip(found.end())
                    named = _KEY.match(text, start)
                    key = named[0] if named is not None else ""
                    at = self.entry(kind, key, start, closing, found)
            except _BadError as bad:
                self.say(bad.code, bad.message, self.source.span(bad.start, bad.end), bad.hint)
                if key:
                    self.spoilt.append(key)
                following = _NEXT.search(text, max(found.end(), found.start() + 1))
                at = following.start() if following is not None else len(text)

    def group(self, at: int, closing: str, opened: re.Match[str]) -> int:
        """Return the offset after the closing bracket that ends a group begun before `at`."""
        depth = 0
        text = self.source.text
        for found in re.compile(r"\\.|[{}()]", re.DOTALL).finditer(text, at):
            if found[0] == closing and depth == 0:
                return found.end()
            if found[0] == "{":
                depth += 1
            elif found[0] == "}":
                depth -= 1
        raise self.unclosed(opened)

    def unclosed(self, opened: re.Match[str]) -> _BadError:
        return _BadError(
            "ref-syntax",
            f"this `@{opened[1]}` is never closed",
            opened.start(),
            opened.end(),
            "look for a missing `}` in it; the entries after it were read",
        )

    def string(self, at: int, closing: str, opened: re.Match[str]) -> int:
        at = self.skip(at)
        name = _NAME.match(self.source.text, at)
        if name is None:
            raise _BadError("ref-syntax", "a `@string` has no name", opened.start(), opened.end())
        at = self.skip(name.end())
        if self.source.text[at : at + 1] != "=":
            raise _BadError("ref-syntax", "`=` is expected after the name of a `@string`", name.start(), name.end())
        value, at = self.value(self.skip(at + 1), opened)
        self.strings[name[0].lower()] = value.text
        at = self.skip(at)
        if self.source.text[at : at + 1] != closing:
            raise self.unclosed(opened)
        return at + 1

    def entry(self, kind: str, key: str, start: int, closing: str, opened: re.Match[str]) -> int:
        text = self.source.text
        at = self.skip(start + len(key))
        if not key:
            raise _BadError("ref-syntax", f"this `@{kind}` has no key", opened.start(), opened.end())
        place = self.source.span(start, start + len(key))
        if text[at : at + 1] == closing:
            self.entries.append(_Entry(kind, key, {}, place))
            return at + 1
        if text[at : at + 1] != ",":
            raise _BadError("ref-syntax", "a comma is expected after the entry key", start, start + len(key))
        at = self.skip(at + 1)
        values: dict[str, _Value] = {}
        places: dict[str, Span] = {}
        while text[at : at + 1] != closing:
            name = _NAME.match(text, at)
            if name is None:
                if at >= len(text) or text[at] == "@":
                    raise self.unclosed(opened)
                raise _BadError("ref-syntax", f"the name of a field is expected, not `{text[at]}`", at, at + 1)
            word = name[0].lower()
            at = self.skip(name.end())
            if text[at : at + 1] != "=":
                if at >= len(text):
                    raise self.unclosed(opened)
                raise _BadError("ref-syntax", f"`=` is expected after `{name[0]}`", name.start(), name.end())
            value, at = self.value(self.skip(at + 1), opened)
            at = self.skip(at)
            if word in values:
                raise _BadError(
                    "ref-duplicate-field", f"the field `{word}` is given a second time", name.start(), name.end()
                )
            values[word], places[word] = value, self.source.span(name.start(), name.end())
            if text[at : at + 1] == ",":
                at = self.skip(at + 1)
            elif text[at : at + 1] != closing:
                if at >= len(text) or text[at] == "@":
                    raise self.unclosed(opened)
                raise _BadError(
                    "ref-missing-comma", f"a comma is missing after the field `{word}`", at, at + 1, "write it there"
                )
        self.entries.append(_Entry(kind, key, values, place))
        return at + 1

    def value(self, at: int, opened: re.Match[str]) -> tuple[_Value, int]:
        """Read a value: groups, quoted texts, numbers and names of strings, joined by `#`."""
        text = self.source.text
        parts: list[str] = []
        start = end = at
        while True:
            sign = text[at : at + 1]
            if sign == "{":
                end = self.group(at + 1, "}", opened)
                parts.append(text[at + 1 : end - 1])
            elif sign == '"':
                end = self.quoted(at, opened)
                parts.append(text[at + 1 : end - 1])
            elif sign.isdigit():
                end = at + len(re.compile(r"\d+").match(text, at)[0])  # type: ignore[index] # a digit stands there
                parts.append(text[at:end])
            else:
                name = _NAME.match(text, at)
                if name is None:
                    if at >= len(text):
                        raise self.unclosed(opened)
                    raise _BadError("ref-syntax", f"a value is expected, not `{sign}`", at, at + 1, "put it in braces")
                end = name.end()
                known = self.strings.get(name[0].lower())
                if known is None:
                    near = nearest(name[0], self.strings) if len(self.strings) < 1000 else ""
                    raise _BadError(
                        "ref-undefined-string",
                        f"no `@string` defines `{brief(name[0])}`",
                        at,
                        end,
                        f"did you mean `{near}`?" if near else "put the value in braces",
                    )
                parts.append(known)
            at = self.skip(end)
            if text[at : at + 1] != "#":
                return _Value("".join(parts), self.source.span(start, end)), end
            at = self.skip(at + 1)

    def quoted(self, at: int, opened: re.Match[str]) -> int:
        depth = 0
        for found in re.compile(r'\\.|[{}"]', re.DOTALL).finditer(self.source.text, at + 1):
            if found[0] == '"' and depth == 0:
                return found.end()
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth < 0:
                break
        raise self.unclosed(opened)


# From fields to CSL ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Mapper:
    """Turns one entry into a reference."""

    entry: _Entry
    problems: list[Problem]
    fields: dict[str, Field] = field(default_factory=dict)
    bad: bool = False

    def say(self, code: str, message: str, span: Span, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        self.bad = self.bad or severity is Severity.ERROR
        self.problems.append(Problem(code, message, span, hint, severity))

    def get(self, name: str) -> _Value | None:
        value = self.entry.values.get(name)
        return value if value is not None and value.text.strip() else None

    def text(self, name: str, *, protect: bool = False) -> str:
        value = self.get(name)
        if value is None:
            return ""
        text, unknown = tex_text(value.text, protect=protect)
        for command in unknown:
            self.say(
                "ref-tex",
                f"the TeX command `{command}` is not known, and would be printed as it stands",
                value.span,
                "write the sign itself",
                Severity.WARNING,
            )
        return " ".join(text.split())

    def put(self, name: str, value: FieldValue, span: Span) -> None:
        if value not in ("", ()):
            self.fields.setdefault(name, Field(value, span))

    def reference(self) -> Reference | None:
        entry = self.entry
        kind = TYPES.get(entry.kind)
        if kind is None:
            near = nearest(entry.kind, TYPES)
            hint = f"did you mean `@{near}`?" if near else "use `@misc`"
            self.say("ref-unknown-type", f"`@{brief(entry.kind)}` is not a type of entry", entry.span, hint)
            return None
        subtype = self.text("entrysubtype").lower()
        if kind == "article-journal":
            kind = _SUBTYPES.get(subtype, kind)
        if entry.kind == "phdthesis" and self.get("type") is None:
            self.put("genre", "PhD thesis", entry.span)
        if entry.kind == "mastersthesis" and self.get("type") is None:
            self.put("genre", "Master’s thesis", entry.span)
        self.titles()
        for name, target in NAMES.items():
            value = self.get(name)
            if value is not None:
                self.put(target, self.people(value), value.span)
        for name, target in DATES.items():
            value = self.get(name)
            if value is not None:
                self.date(target, value)
        self.year()
        for name, target in TEXTS.items():
            value = self.get(name)
            if value is not None:
                self.put(self.numbered(name, target, kind), self.cleaned(name), value.span)
        return None if self.bad else Reference(entry.key, kind, self.fields, entry.span)

    def titles(self) -> None:
        for title, subtitle, target in (
            ("title", "subtitle", "title"),
            ("booktitle", "booksubtitle", "container-title"),
            ("maintitle", "mainsubtitle", "volume-title"),
            ("journaltitle", "journalsubtitle", "container-title"),
        ):
            value = self.get(title)
            if value is None:
                continue
            main, more = self.text(title, protect=True), self.text(subtitle, protect=True)
            joint = " " if main.endswith(("?", "!", ":")) else ": "
            self.put(target, f"{main}{joint}{more}" if more else main, value.span)

    def cleaned(self, name: str) -> str:
        text = self.text(name)
        if name == "pages":
            return re.sub(r"\s*[–—]+\s*", "–", text)
        if name in ("language", "langid"):
            return _LANGUAGES.get(text.lower(), text)
        if name in ("url", "doi"):
            value = self.get(name)
            return value.text.strip().replace("\\_", "_").replace("\\%", "%").replace("\\&", "&") if value else ""
        return text

    def numbered(self, name: str, target: str, kind: str) -> str:
        """Return the field that a `number` is: of an issue, in a series, or of the work."""
        if name != "number":
            return target
        if kind.startswith("article-"):
            return "issue"
        return "collection-number" if kind in ("book", "chapter", "paper-conference") else "number"

    def date(self, target: str, value: _Value) -> None:
        text = " ".join(value.text.strip("{} \n\t").split())
        if not is_date(text):
            self.say(
                "ref-date",
                f"`{brief(text)}` is no date that can be read",
                value.span,
                "write it as `1992-06-18`, `1992-06`, `1992`, or a range as `1991-02/1992-03`",
            )
            return
        self.put(target, When(text), value.span)

    def year(self) -> None:
        value = self.get("year")
        if value is None or "issued" in self.fields:
            return
        year = self.text("year")
        month = self.text("month").lower().rstrip(".")
        day = self.text("day")
        if re.fullmatch(r"-?\d{1,4}[~?]?", year) is None:
            self.put("issued", When(year, literal=True), value.span)
            return
        number = MONTHS.get(month, int(month) if month.isdecimal() and len(month) < 3 else 0)
        if month and not 1 <= number <= 12:
            place = self.get("month") or value
            self.say("ref-date", f"`{brief(month)}` is no month", place.span, "write its number, or `jan`, `feb` …")
            return
        text = year if not number else f"{year.zfill(4)}-{number:02}"
        if number and day.isdecimal():
            text += f"-{int(day):02}"
        self.put("issued", When(text), value.span)

    # Names ----------------------------------------------------------------------------------

    def people(self, value: _Value) -> tuple[Person, ...]:
        found = []
        for part in split_top(value.text, r"(?:^|\s+)and(?=\s|$)"):
            words = part.strip()
            if not words:
                self.say("ref-name", "a name is empty here", value.span, "one `and` stands between two names")
                continue
            found.append(self.person(words))
        return tuple(found)

    def person(self, words: str) -> Person:
        if words == "others":
            return Person(literal="others")
        if words.startswith("{") and len(split_top(words, r"[\s,]+")) == 1:
            return Person(literal=tex_text(words)[0])
        parts = [part.strip() for part in split_top(words, r",")]
        if all(re.match(r"(?:family|given|prefix|suffix|useprefix)(?:-i)?\s*=", part) for part in parts):
            return _extended(parts)
        if len(parts) > 1:
            prefix, family = _von(parts[0])
            suffix, given = (parts[1], parts[2]) if len(parts) > 2 else ("", parts[1])
            return Person(_tex(family), _tex(given), non_dropping=_tex(prefix), suffix=_tex(suffix))
        tokens = [token for token in split_top(words, r"\s+") if token]
        lower = [n for n, token in enumerate(tokens[:-1]) if _small(token)]
        at, end = (lower[0], lower[-1] + 1) if lower else (len(tokens) - 1, len(tokens) - 1)
        family = _tex(" ".join(tokens[end:]))
        return Person(family, _tex(" ".join(tokens[:at])), non_dropping=_tex(" ".join(tokens[at:end])))


def _tex(text: str) -> str:
    return " ".join(tex_text(text)[0].split())


def _small(token: str) -> bool:
    """Say whether a word of a name begins with a small letter, as particles do; one in braces does not."""
    letters = tex_text(token)[0] if token.startswith(("{\\", "\\")) else token
    return letters[:1].islower()


def _von(text: str) -> tuple[str, str]:
    tokens = split_top(text, r"\s+")
    count = 0
    while count < len(tokens) - 1 and _small(tokens[count]):
        count += 1
    return " ".join(tokens[:count]), " ".join(tokens[count:])


def _extended(parts: list[str]) -> Person:
    """Read a name as BibLaTeX writes it out: `family=Waal, given=Thomas, prefix=de, useprefix=true`."""
    named = {name.strip(): _tex(value.strip()) for name, _, value in (part.partition("=") for part in parts)}
    prefix = named.get("prefix", "")
    own = named.get("useprefix", "true") == "true"
    return Person(
        named.get("family", ""),
        named.get("given", ""),
        dropping="" if own else prefix,
        non_dropping=prefix if own else "",
        suffix=named.get("suffix", ""),
    )


# Parents --------------------------------------------------------------------------------------

_TO_BOOK = {
    "title": "booktitle",
    "subtitle": "booksubtitle",
    "titleaddon": "",
    "shorttitle": "",
    "author": "bookauthor",
}
_NOT_INHERITED = frozenset(
    "ids crossref xref entryset entrysubtype execute label options presort related sortkey".split()
)


def _inherited(entry: _Entry, known: Mapping[str, _Entry], problems: list[Problem]) -> _Entry | None:
    """Return an entry with what `xdata` and `crossref` give it; None when a parent is missing."""
    values = dict(entry.values)
    missing = False
    for name in ("xdata", "crossref"):
        asked = entry.values.get(name)
        if asked is None:
            continue
        for key in (part.strip() for part in asked.text.split(",")):
            parent = known.get(key)
            if parent is None or parent is entry:
                near = nearest(key, known) if len(known) < 20_000 else ""
                hint = (
                    f"did you mean `{near}`?" if near and near != entry.key else "write the entry, or delete the field"
                )
                problems.append(
                    Problem(
                        "ref-crossref", f"`{name}` names `{brief(key)}`, and there is no such entry", asked.span, hint
                    )
                )
                missing = True
                continue
            within = name == "crossref" and entry.kind.startswith(("in", "supp", "bookin"))
            given = {**(parent.values if name == "xdata" else _flat(parent, known))}
            for inner, value in given.items():
                if inner in _NOT_INHERITED or inner == "xdata":
                    continue
                target = _TO_BOOK.get(inner, inner) if within else inner
                if target:
                    values.setdefault(target, value)
    return None if missing else _Entry(entry.kind, entry.key, values, entry.span)


def _flat(entry: _Entry, known: Mapping[str, _Entry]) -> Mapping[str, _Value]:
    """Return the fields of a parent with those that it takes from its own `xdata`."""
    asked = entry.values.get("xdata")
    if asked is None:
        return entry.values
    out = dict(entry.values)
    for key in (part.strip() for part in asked.text.split(",")):
        if key in known:
            for name, value in known[key].values.items():
                out.setdefault(name, value)
    return out


def read_bibtex(source: Source) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """Read BibTeX or BibLaTeX; an entry with a fault is a record without a reference."""
    scanner = _Scanner(source)
    scanner.scan()
    known: dict[str, _Entry] = {}
    for entry in scanner.entries:
        known.setdefault(entry.key, entry)
    records = [Record(key, None) for key in scanner.spoilt]
    for entry in scanner.entries:
        if entry.kind in ("xdata", "set"):
            continue
        whole = _inherited(entry, known, scanner.problems)
        reference = _Mapper(whole, scanner.problems).reference() if whole is not None else None
        records.append(Record(entry.key, reference))
    return tuple(records), tuple(scanner.problems)
