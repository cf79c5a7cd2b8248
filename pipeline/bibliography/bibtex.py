"""BibTeX or BibLaTeX comes in (also as Better BibTeX writes it); records go out, and every fault at its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.bibliography.bibtex_entries import MONTHS, TYPES, Entry, Heirs, Scanner, Value
from pipeline.bibliography.record import Record, is_date
from pipeline.bibliography.tex import split_top, tex_text
from pipeline.bibliography.values import Field, FieldValue, Person, Reference, When
from pipeline.book.setting import brief, nearest
from pipeline.source import Problem, Severity, Source, Span

_SUBTYPES = {"magazine": "article-magazine", "newspaper": "article-newspaper"}

TEXTS = {
    "journal": "container-title", "journaltitle": "container-title", "shortjournal": "container-title-short",
    "booktitle": "container-title", "shorttitle": "title-short", "series": "collection-title", "volume": "volume",
    "issue": "issue", "edition": "edition", "pages": "page", "publisher": "publisher", "institution": "publisher",
    "school": "publisher", "organization": "publisher", "address": "publisher-place", "location": "publisher-place",
    "doi": "DOI", "url": "URL", "isbn": "ISBN", "issn": "ISSN", "note": "note", "annotation": "annote",
    "annote": "annote", "abstract": "abstract", "keywords": "keyword", "keyword": "keyword", "language": "language", "langid": "language",
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
_READ_ELSEWHERE = frozenset(
    "title subtitle booksubtitle maintitle mainsubtitle journalsubtitle year month day entrysubtype protected pseudonym "
    "also-named eprint eprinttype eprintclass archiveprefix primaryclass crossref xdata xref".split()
)
_FOR_OTHERS = frozenset(
    """abbr acmid added-at affiliation articleno bibsource biburl bookpagination citationkey citeulike-article-id coden
    collaboration comment contents copyright created creationdate credits crossref date-added date-modified dateadded
    descriptor entryset execute file fulltext-file gender groups hyphenation ids indexsorttitle indextitle intrahash
    interhash issue_date label langidopts lccn local-url mendeley-tags modificationdate nameaddon numpages
    options owner pagination pdf posted-at presort printed priority ps qualityassured ranking rating read readstatus
    refid related relatedoptions relatedstring relatedtype review shortauthor shorteditor shorthand sortkey sortname
    sorttitle sortyear timestamp username uuid urltype xref zblnumber mrnumber mrreviewer bibtexkey""".split()
)
"""Fields for programs, for sorting and for one's own use: nothing that a reader would miss."""
_OF_PROGRAMS = re.compile(r"(?:bdsk|mendeley|jabref|zotero|__|x-|tex\.|opt|citeulike|date-)")
_GENRES = {
    "phdthesis": "PhD thesis",
    "mathesis": "Master’s thesis",
    "mastersthesis": "Master’s thesis",
    "bathesis": "Bachelor’s thesis",
    "candthesis": "Candidate thesis",
    "techreport": "technical report",
    "resreport": "research report",
}
_JOINED = {"note": ". ", "annote": "; ", "publisher": "; ", "keyword": ", "}
"""Fields that several of BibTeX make together, and what stands between these."""
_LANGUAGES = {
    "english": "en", "american": "en-US", "british": "en-GB", "usenglish": "en-US", "ukenglish": "en-GB",
    "german": "de", "ngerman": "de", "austrian": "de-AT", "french": "fr", "spanish": "es", "italian": "it",
    "russian": "ru", "portuguese": "pt", "brazilian": "pt-BR", "dutch": "nl", "polish": "pl", "latin": "la",
    "greek": "el", "armenian": "hy", "turkish": "tr", "azerbaijani": "az", "arabic": "ar", "hebrew": "he",
    "swedish": "sv", "danish": "da", "czech": "cs", "hungarian": "hu", "ukrainian": "uk", "georgian": "ka",
}  # fmt: skip


# From fields to CSL ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Mapper:
    """Turns one entry into a reference."""

    entry: Entry
    problems: list[Problem]
    fields: dict[str, Field] = field(default_factory=dict)
    bad: bool = False
    told: set[str] = field(default_factory=set)
    """unknown fields of the file that were told"""

    def say(self, code: str, message: str, span: Span, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        self.bad = self.bad or severity is Severity.ERROR
        self.problems.append(Problem(code, message, span, hint, severity))

    def get(self, name: str) -> Value | None:
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
        if value in ("", ()):
            return
        there = self.fields.setdefault(name, Field(value, span))
        if there.value == value or there.span == span:
            return
        if isinstance(value, str) and isinstance(there.value, str) and name in _JOINED:
            if value not in there.value:
                joint = " " if there.value.endswith((".", "!", "?")) and name == "note" else _JOINED[name]
                self.fields[name] = Field(f"{there.value}{joint}{value}", there.span)
        elif name in ("author", "contributor") and isinstance(value, tuple) and isinstance(there.value, tuple):
            self.fields[name] = Field((*there.value, *value), there.span)
        elif name not in ("language", "container-title", "volume-title"):
            self.problems.append(
                Problem(
                    "ref-duplicate-field",
                    f"another field gave `{name}` already, and this one is not read",
                    span,
                    "keep one of them",
                    Severity.WARNING,
                    also=((there.span, "the other one"),),
                )
            )

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
                if name == "editor" and self.text("editortype").lower() == "director":
                    target = "director"  # of a film, as Better BibTeX writes it
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
        self.electronic()
        self.unread()
        return None if self.bad else Reference(entry.key, kind, self.fields, entry.span, self.custom())

    def custom(self) -> dict[str, Field]:
        """Return what an entry says of a protected witness."""
        found = {}
        for name, value in self.entry.values.items():
            plain = name.replace("_", "-").replace("alsonamed", "also-named")
            if plain in ("pseudonym", "also-named") or plain.startswith("protect"):
                found["protected" if plain.startswith("protect") else plain] = Field(
                    " ".join(tex_text(value.text)[0].split()), value.span
                )
        return found

    def electronic(self) -> None:
        """Read addresses that stand elsewhere than in `url`."""
        medium = self.fields.get("medium")
        if medium is not None and isinstance(medium.value, str) and re.fullmatch(r"https?://\S+", medium.value):
            del self.fields["medium"]
            self.fields.setdefault("URL", medium)
        eprint = self.get("eprint")
        if eprint is not None and (self.text("eprinttype") or self.text("archiveprefix")).lower() == "arxiv":
            self.put("archive", "arXiv", eprint.span)
            self.put("archive_location", self.text("eprint"), eprint.span)
            if "URL" not in self.fields and "DOI" not in self.fields:
                self.put("URL", f"https://arxiv.org/abs/{self.text('eprint')}", eprint.span)

    def unread(self) -> None:
        """Tell fields that nothing is made of: a mistyped name would lose what it holds."""
        for name, value in self.entry.values.items():
            known = name in TEXTS or name in NAMES or name in DATES or name in _READ_ELSEWHERE or name in _FOR_OTHERS
            known = known or (name == "editortype" and self.text(name).lower() in ("editor", "director"))
            if known or _OF_PROGRAMS.match(name) or name.startswith("protect") or not value.text.strip():
                continue
            if name in self.told:
                continue
            near = nearest(name, (*TEXTS, *NAMES, *DATES, *_READ_ELSEWHERE))
            self.say(
                "ref-unknown-field",
                f"`{brief(name)}` is not a field that is read",
                value.span,
                f"did you mean `{near}`?"
                if near
                else "what it holds is not printed; put it into `note` if it should be",
                Severity.WARNING,
            )
            self.told.add(name)

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
        if name == "type":
            return _GENRES.get(text, text)
        if name == "pages":
            return re.sub(r"\s*[–—]+\s*", "–", text)
        if name in ("language", "langid"):
            return _LANGUAGES.get(text.lower(), text)
        if name in ("url", "doi"):
            value = self.get(name)
            text = re.sub(r"\\([_%&#~])", r"\1", value.text.strip()).strip("{}") if value else ""
            text = re.sub(r"^\\url\s*\{(.*)\}?$", r"\1", text)
            return re.sub(r"(?i)^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", text) if name == "doi" else text
        return text

    def numbered(self, name: str, target: str, kind: str) -> str:
        """Return the field that a `number` is: of an issue, in a series, or of the work; the institution of a case is the court."""
        if name == "institution" and kind in ("legal_case", "hearing"):
            return "authority"
        if name != "number":
            return target
        if kind.startswith("article-"):
            return "issue"
        return "collection-number" if kind in ("book", "chapter", "paper-conference") else "number"

    def date(self, target: str, value: Value) -> None:
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
        text = _dated(year, month, day)
        if not is_date(text):
            about_day = not month or is_date(_dated(year, month, ""))
            said, place = (day, self.get("day")) if about_day else (month, self.get("month"))
            what = ("day of that month" if month else "day without a month") if about_day else "month"
            message, hint = f"`{brief(said)}` is no {what}", "write numbers, or `jan`, `feb` … for the month"
            self.say("ref-date", message, (place or value).span, hint)
            return
        self.put("issued", When(text), value.span)

    # Names ----------------------------------------------------------------------------------

    def people(self, value: Value) -> tuple[Person, ...]:
        found = []
        for part in split_top(value.text, r"(?:^|\s+)(?i:and)(?=\s|$)"):
            words = part.strip()
            person = self.person(words)
            if not words:
                self.say("ref-name", "a name is empty here", value.span, "one `and` stands between two names")
            elif person is None:
                self.say(
                    "ref-name",
                    f"`{brief(words)}` is not one name",
                    value.span,
                    "`and` stands between two names; one is `Family, Given` or `Family, Jr, Given`, a body stands in braces",
                )
            else:
                found.append(person)
        return tuple(found)

    def person(self, words: str) -> Person | None:
        """Read one name; None when it is none, or several."""
        if words == "others":
            return Person(literal="others")
        if words.startswith("{") and len(split_top(words, r"[\s,]+")) == 1:
            return Person(literal=" ".join(tex_text(words)[0].split())) if tex_text(words)[0].strip() else None
        parts = [part.strip() for part in split_top(words, r",")]
        if all(re.match(r"(?:family|given|prefix|suffix|useprefix)(?:-i)?\s*=", part) for part in parts):
            return _extended(parts)
        if len(parts) > 3 or not parts[0] or len(split_top(words, r";")) > 1:
            return None
        if len(parts) > 1:
            prefix, family = _von(parts[0])
            suffix, given = (parts[1], parts[2]) if len(parts) > 2 else ("", parts[1])
            return Person(_tex(family), _tex(given), non_dropping=_tex(prefix), suffix=_tex(suffix))
        tokens = [token for token in split_top(words, r"\s+") if token]
        lower = [n for n, token in enumerate(tokens[:-1]) if _small(token)]
        at, end = (lower[0], lower[-1] + 1) if lower else (len(tokens) - 1, len(tokens) - 1)
        family = _tex(" ".join(tokens[end:]))
        return Person(family, _tex(" ".join(tokens[:at])), non_dropping=_tex(" ".join(tokens[at:end])))


def _dated(year: str, month: str, day: str) -> str:
    """Return a date of the three fields of BibTeX: a month may be a name, hold a day, or be a range of two.

    >>> _dated("1992", "jun", "18"), _dated("1992", "june/july", ""), _dated("1992", "18 jun", ""), _dated("1992", "13", "")
    ('1992-06-18', '1992-06/1992-07', '1992-06-18', '1992-month')
    """
    year = (f"-{year[1:].zfill(4)}" if year.startswith("-") else year.zfill(4)) if year[-1:].isdigit() else year
    if not month:
        return f"{year}-day" if day else year
    ends = []
    for part in re.split(r"\s*(?:/|[-–—]+|\band\b|&)\s*", month):
        words = [word.rstrip(".,") for word in part.split()]
        name = next((word for word in words if word in MONTHS), "")
        numbers = [word for word in words if word.isdecimal() and len(word) < 3]
        count = MONTHS[name] if name else int(numbers.pop(0)) if len(numbers) == 1 == len(words) else 0
        if not 1 <= count <= 12 or len(words) != len(numbers) + 1 or len(numbers) > 1:
            return f"{year}-month"
        ends.append(f"{year}-{count:02}" + (f"-{int(numbers[0]):02}" if numbers else ""))
    if not day:
        return "/".join(ends) if len(ends) < 3 else f"{year}-month"
    days = re.split(r"\s*[-–—/]+\s*", day.strip())
    if len(ends) > 1 or len(ends[0]) > len(year) + 3 or not all(each.isdecimal() and len(each) < 3 for each in days):
        return f"{year}-day"
    return "/".join(f"{ends[0]}-{int(each):02}" for each in days)


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


def read_bibtex(source: Source) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """Read BibTeX or BibLaTeX; an entry with a fault is a record without a reference."""
    scanner = Scanner(source)
    scanner.scan()
    heirs = Heirs(scanner.entries, scanner.problems)
    told: set[str] = set()
    records = [
        Record(entry.key, None, _faulty(entry, raw)) for entry, raw in zip(scanner.spoilt, scanner.raw, strict=True)
    ]
    for entry in scanner.entries:
        if entry.kind in ("xdata", "set"):
            continue
        whole = heirs.whole(entry)
        mapper = _Mapper(whole or entry, scanner.problems if whole is not None else [], told=told)
        reference = mapper.reference()
        if whole is None or reference is None:
            records.append(Record(entry.key, None, _faulty(whole or entry, "")))
        else:
            records.append(Record(entry.key, reference))
    return tuple(records), tuple(scanner.problems)


_AUTHOR = re.compile(r"(?is)\bauthor\s*=\s*[{\"]?(.{0,400}?)(?:[}\"]\s*,?\s*(?:\n|$)|,\s*\n|\n\s*\w+\s*=|$)")


def _faulty(entry: Entry, raw: str) -> Reference:
    """Return what can be known of an entry with a fault, so that a witness whom it protects is not named in a message."""
    values = dict(entry.values)
    author = _AUTHOR.search(raw)
    if author is not None and "author" not in values:
        values["author"] = Value(author[1], entry.span)
    mapper = _Mapper(Entry("misc", entry.key, values, entry.span), [])
    for name, target in NAMES.items():
        value = mapper.get(name)
        if value is not None:
            mapper.put(target, mapper.people(value), value.span)
    mapper.put("keyword", mapper.text("keywords") or mapper.text("keyword"), entry.span)
    mapper.put("note", mapper.text("note"), entry.span)
    custom = mapper.custom()
    if "protect" in raw.lower() or "pseudonym" in raw.lower():
        custom.setdefault("protected", Field("yes", entry.span))
    return Reference(entry.key, "document", mapper.fields, entry.span, custom)
