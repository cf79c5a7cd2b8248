"""RIS comes in, as databases of libraries give it out; records go out, none merged with another.

Its keys are those in `ID`, else the first author's family name and the year (`waal2003`, `waal2003b`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from pipeline.bibliography.record import Record, is_date
from pipeline.bibliography.values import Field, Person, Reference, When
from pipeline.bibliography.witnesses import is_protected, marked, pseudonym
from pipeline.book.setting import brief
from pipeline.source import Problem, Severity, Source, Span

_LINE = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*)|)$")

TYPES = {
    "ABST": "article", "ADVS": "motion_picture", "ART": "graphic", "BILL": "bill", "BLOG": "post-weblog",
    "BOOK": "book", "CASE": "legal_case", "CHAP": "chapter", "CONF": "paper-conference", "CPAPER": "paper-conference",
    "CTLG": "book", "DATA": "dataset", "DICT": "entry-dictionary", "EBOOK": "book", "ECHAP": "chapter",
    "EDBOOK": "book", "EJOUR": "article-journal", "ELEC": "webpage", "ENCYC": "entry-encyclopedia", "FIGURE": "figure",
    "GEN": "document", "GOVDOC": "report", "GRANT": "document", "HEAR": "hearing", "ICOMM": "personal_communication",
    "INPR": "article-journal", "JFULL": "periodical", "JOUR": "article-journal", "LEGAL": "legislation",
    "MANSCPT": "manuscript", "MAP": "map", "MGZN": "article-magazine", "MPCT": "motion_picture", "MULTI": "webpage",
    "MUSIC": "musical_score", "NEWS": "article-newspaper", "PAMP": "pamphlet", "PAT": "patent",
    "PCOMM": "personal_communication", "RPRT": "report", "SER": "book", "SLIDE": "graphic", "SOUND": "song",
    "STAND": "standard", "STAT": "legislation", "THES": "thesis", "UNBILL": "bill", "UNPB": "manuscript",
    "VIDEO": "motion_picture", "WEB": "webpage",
}  # fmt: skip
TEXTS = {
    "TI": "title", "T1": "title", "T2": "container-title", "JF": "container-title", "JO": "container-title",
    "BT": "container-title", "JA": "container-title-short", "J2": "container-title-short", "T3": "collection-title",
    "ST": "title-short", "VL": "volume", "IS": "issue", "ET": "edition", "PB": "publisher", "CY": "publisher-place",
    "PP": "publisher-place", "DO": "DOI", "UR": "URL", "AB": "abstract", "N2": "abstract", "N1": "note", "LA": "language",
    "CN": "call-number", "M3": "genre", "SE": "section", "NV": "number-of-volumes", "DB": "source", "AN": "call-number",
}  # fmt: skip
NAMES = {
    "AU": "author", "A1": "author", "A2": "editor", "ED": "editor", "A3": "collection-editor", "A4": "translator",
    "TA": "translator",
}  # fmt: skip
IGNORED = frozenset(
    "ER TY SP EP PY Y1 Y2 DA SN KW ID L1 L2 L3 L4 LK DP RN RP C1 C2 C3 C4 C5 C6 C7 C8 U1 U2 U3 U4 U5".split()
)


_JOINED = {"note": "; ", "abstract": " ", "keyword": ", ", "ISSN": ", "}
"""Fields that a record may give several times, and what stands between these."""
_PROTECTION = re.compile(r"(?i)(protected|pseudonym|also[- ]named)\s*[:=]\s*(.*)")
_BROKEN = re.compile(r".{0,6}-(?:\s|$)|[A-Z][A-Z0-9]\s+-|[A-Z][A-Z0-9]\s{2,}\S")
"""How a line begins whose tag was damaged: it is no value that goes on."""
_RUN_IN = re.compile(r"[A-Z][A-Z0-9]  -(?:\s|$)")
"""A tag within a value: the line before it was not ended."""


@dataclass(slots=True)
class _Open:
    """A record while its lines are read."""

    kind: str
    span: Span
    lines: list[tuple[str, str, Span]] = field(default_factory=list)
    bad: bool = False


def read_ris(source: Source) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """Read RIS; a record that is not closed by `ER`, or with a line that cannot be read, is told, and not taken."""
    problems: list[Problem] = []
    records: list[Record] = []
    now: _Open | None = None
    taken: dict[str, int] = {}
    astray = False  # within lines that belong to no record, the first of which was told
    for number in range(1, source.lines + 1):
        text = source.line(number).rstrip()
        start = source.line_start(number)
        span = source.span(start, start + len(text))
        found = _LINE.match(text)
        if not text.strip():
            astray = False
            continue
        if found is None and now is not None and (not now.lines or _BROKEN.match(text.lstrip()) or _BROKEN.match(text)):
            now.bad = True
            problems.append(
                Problem("ref-syntax", "this is no line of RIS", span, "write the tag, two blanks, `- ` and the value")
            )
            continue
        if found is None and now is not None:  # a value goes on
            tag, value, place = now.lines[-1]
            now.lines[-1] = (tag, f"{value} {text.strip()}".strip(), place)
            continue
        tag, value = (found[1], (found[2] or "").strip()) if found is not None else ("", "")
        if found is None or (now is None and tag != "TY"):
            if not astray:
                problems.append(Problem("ref-syntax", "this line belongs to no record", span, "begin with `TY  - `"))
            astray = True
            continue
        astray = False
        if _RUN_IN.search(value) or (tag == "ER" and value):
            hint = "begin a line before each tag"
            problems.append(Problem("ref-syntax", "two lines of RIS stand in one here", span, hint))
            if now is not None:
                now.bad = True
        if tag == "TY":
            if now is not None:
                records.append(_unclosed(now, problems, taken, ((span, "the next one begins here"),)))
            now = _Open(value.upper(), span)
        elif now is not None and tag == "ER":
            records.append(_record(now, problems, taken))
            now = None
        elif now is not None:
            now.lines.append((tag, value, span))
    if now is not None:
        records.append(_unclosed(now, problems, taken, ()))
    return tuple(records), tuple(problems)


def _unclosed(
    record: _Open, problems: list[Problem], taken: dict[str, int], also: tuple[tuple[Span, str], ...]
) -> Record:
    problems.append(
        Problem(
            "ref-unclosed-record",
            "this record is not closed, and was not taken",
            record.span,
            "write `ER  - ` after its last line",
            also=also,
        )
    )
    record.bad = True
    return _record(record, [], dict(taken))


def _record(record: _Open, problems: list[Problem], taken: dict[str, int]) -> Record:
    """Make a reference of a record; what is given twice is told, since it may be of two records."""
    maker = _Maker(record, problems)
    kind = TYPES.get(record.kind)
    if kind is None:
        maker.say("ref-unknown-type", f"`{brief(record.kind)}` is not a type of RIS", record.span, "use `GEN`")
    for tag, value, span in record.lines:
        if value:
            maker.line(tag, value, span)
    maker.pages()
    kind = kind or "document"
    if maker.number is not None:
        value, span = maker.number
        digits = re.sub(r"[^0-9Xx]", "", value)
        maker.text("ISBN" if len(digits) in (10, 13) and not kind.startswith("article") else "ISSN", value, span, "SN")
    reference = marked(Reference(maker.key, kind, maker.fields, record.span, maker.custom))
    key = maker.key or _made(reference, taken)
    reference = replace(reference, key=key)
    if record.bad or maker.bad:
        return Record(maker.key, None, reference)
    return Record(key, reference)


@dataclass(slots=True)
class _Maker:
    """Collects the fields of one record."""

    record: _Open
    problems: list[Problem]
    fields: dict[str, Field] = field(default_factory=dict)
    custom: dict[str, Field] = field(default_factory=dict)
    said: dict[str, tuple[str, Span]] = field(default_factory=dict)
    key: str = ""
    number: tuple[str, Span] | None = None
    bad: bool = False

    def say(self, code: str, message: str, span: Span, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        self.bad = self.bad or severity is Severity.ERROR
        self.problems.append(Problem(code, message, span, hint, severity))

    def line(self, tag: str, value: str, span: Span) -> None:
        protection = _PROTECTION.fullmatch(value) if tag in _NOTES else None
        if protection is not None:
            self.custom[re.sub(r"[- ]+", "-", protection[1].lower())] = Field(protection[2], span)
        elif tag in NAMES:
            self.person(NAMES[tag], value, span)
        elif tag in TEXTS:
            self.text(TEXTS[tag], value, span, tag)
        elif tag in ("PY", "Y1", "DA", "Y2"):
            self.date(tag, value, span)
        elif tag == "KW":
            self.text("keyword", value, span, tag)
        elif tag in ("SP", "EP", "ID", "SN"):
            first = self.said.setdefault(tag, (value, span))
            if first[0] != value and tag == "SN" and self.number is not None:
                self.number = (f"{self.number[0]}, {value}", span)
            elif first[0] != value:
                self.again(tag, value, span, first[1])
            elif tag == "SN":
                self.number = (value, span)
            elif tag == "ID":
                self.key = value
        elif tag not in IGNORED:
            self.say("ref-unknown-field", f"`{tag}` is not a tag of RIS that is read", span, "", Severity.WARNING)

    def again(self, tag: str, value: str, span: Span, first: Span) -> None:
        """Tell a value for which there is no room: a second title or number may be that of another record."""
        sure = TEXTS.get(tag, tag) in _OF_ONE
        self.bad = self.bad or sure
        self.problems.append(
            Problem(
                "ref-duplicate-field",
                f"`{tag}` gives `{brief(value)}`, where there is a value already",
                span,
                "keep one of them; where two records ran together, write `ER  - ` and `TY  - ` between them",
                Severity.ERROR if sure else Severity.WARNING,
                also=((first, "first given here"),),
            )
        )

    def text(self, name: str, value: str, span: Span, tag: str) -> None:
        there = self.fields.get(name)
        if there is None:
            self.fields[name] = Field(value, span)
        elif not isinstance(there.value, str) or _bare(there.value) == _bare(value):
            return
        elif name in _JOINED:
            self.fields[name] = Field(f"{there.value}{_JOINED[name]}{value}", there.span)
        elif name == "container-title" and tag != self.tag_of(name) and "container-title-short" not in self.fields:
            long, short = sorted((there.value, value), key=lambda each: (each.count(".") > 0, -len(each)))
            self.fields[name] = Field(long, there.span)
            self.fields["container-title-short"] = Field(short, span)
        elif name == "call-number" or (name == "title-short" and _bare(value) in _bare(there.value)):
            return
        else:
            self.again(tag, value, span, there.span)
        if there is None:
            self.said[name] = (tag, span)

    def tag_of(self, name: str) -> str:
        return self.said[name][0] if name in self.said else ""

    def person(self, name: str, value: str, span: Span) -> None:
        family, comma, given = (part.strip() for part in value.partition(","))
        given, _, suffix = (part.strip() for part in given.partition(","))
        if (comma and not family) or value.count(",") > 2 or ";" in value:
            self.say(
                "ref-name",
                f"`{brief(value)}` is not one name",
                span,
                "each name has a line of its own: `Family, Given`",
            )
            return
        person = Person(family, given, suffix=suffix) if comma else Person(literal=value)
        there = self.fields.get(name)
        people = there.value if there is not None and isinstance(there.value, tuple) else ()
        self.fields[name] = Field((*people, person), there.span if there is not None else span)

    def date(self, tag: str, value: str, span: Span) -> None:
        parts = value.split("/")
        numbers = [part.strip() for part in parts[:3] if part.strip()]
        text = "-".join(part.zfill(4 if n == 0 else 2) for n, part in enumerate(numbers))
        if not is_date(text) or not numbers or (len(parts) > 1 and not parts[0].strip()):
            self.say("ref-date", f"`{brief(value)}` is no date that can be read", span, "write `1992/06/18/`")
            return
        target = "accessed" if tag == "Y2" else "issued"
        there = self.fields.get(target)
        if there is None or not isinstance(there.value, When):
            self.fields[target] = Field(When(text), span)
            self.said[tag] = (text, span)
        elif text.startswith(there.value.text):  # `DA` says the day of the year in `PY`
            self.fields[target] = Field(When(text), there.span)
        elif not there.value.text.startswith(text):
            self.bad = self.bad or tag in self.said
            self.problems.append(
                Problem(
                    "ref-duplicate-field", f"`{tag}` gives another date than the one before", span,
                    "keep one of them; where two records ran together, write `ER  - ` and `TY  - ` between them",
                    Severity.ERROR if tag in self.said else Severity.WARNING,
                    also=((there.span, "first given here"),),
                )
            )  # fmt: skip
            if tag == "DA" and "DA" not in self.said:
                self.fields[target] = Field(When(text), span)

    def pages(self) -> None:
        first, last = (self.said.get(tag, ("", self.record.span))[0] for tag in ("SP", "EP"))
        if first:
            page = f"{first}–{last}" if last and last != first and "-" not in first else first
            self.fields.setdefault("page", Field(page, self.said["SP"][1]))


_NOTES = frozenset("N1 C1 C2 C3 C4 C5 C6 C7 C8 U1 U2 U3 U4 U5 RN".split())
"""Tags in which protection may be said: `C1  - protected: yes`."""
_OF_ONE = frozenset(("title", "DOI", "ID", "SP", "volume"))
"""What no work has two of."""


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _made(reference: Reference, taken: dict[str, int]) -> str:
    """Make a key of the first author's family name and the year; of the pseudonym where the name is protected."""
    people = next((each.value for each in reference.fields.values() if isinstance(each.value, tuple)), ())
    name = (people[0].family or people[0].literal) if people else ""
    if is_protected(reference):
        name = pseudonym(reference) or "witness"
    issued = reference.when("issued")
    year = issued.year if issued is not None else ""
    base = re.sub(r"\W", "", name.split(" ")[-1] if not is_protected(reference) else name).lower() + year or "record"
    taken[base] = taken.get(base, 0) + 1
    count = taken[base]
    return base if count == 1 else f"{base}{chr(96 + count)}" if count <= 26 else f"{base}-{count}"
