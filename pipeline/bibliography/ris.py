"""RIS comes in, as databases of libraries give it out; records go out, none merged with another.

Its keys are those in `ID`, else the first author's family name and the year (`waal2003`, `waal2003b`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.bibliography.record import Record, is_date
from pipeline.bibliography.values import Field, FieldValue, Person, Reference, When
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


@dataclass(slots=True)
class _Open:
    """A record while its lines are read."""

    kind: str
    span: Span
    lines: list[tuple[str, str, Span]] = field(default_factory=list)


def read_ris(source: Source) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """Read RIS; a record that is not closed by `ER` is told, and not taken."""
    problems: list[Problem] = []
    records: list[Record] = []
    now: _Open | None = None
    taken: dict[str, int] = {}
    for number in range(1, source.lines + 1):
        text = source.line(number).rstrip()
        start = source.line_start(number)
        span = source.span(start, start + len(text))
        found = _LINE.match(text)
        if found is None:
            if text.strip() and now is not None and now.lines:  # a value goes on
                tag, value, place = now.lines[-1]
                now.lines[-1] = (tag, f"{value} {text.strip()}".strip(), place)
            elif text.strip():
                problems.append(Problem("ref-syntax", "this line belongs to no record", span, "begin with `TY  - `"))
            continue
        tag, value = found[1], (found[2] or "").strip()
        if tag == "TY":
            if now is not None:
                problems.append(_unclosed(now, ((span, "the next one begins here"),)))
            now = _Open(value.upper(), span)
        elif now is None:
            problems.append(Problem("ref-syntax", "this line belongs to no record", span, "begin with `TY  - `"))
        elif tag == "ER":
            records.append(_record(now, problems, taken))
            now = None
        else:
            now.lines.append((tag, value, span))
    if now is not None:
        problems.append(_unclosed(now, ()))
    return tuple(records), tuple(problems)


def _unclosed(record: _Open, also: tuple[tuple[Span, str], ...]) -> Problem:
    return Problem(
        "ref-unclosed-record",
        "this record is not closed, and was not taken",
        record.span,
        "write `ER  - ` after its last line",
        also=also,
    )


def _record(record: _Open, problems: list[Problem], taken: dict[str, int]) -> Record:
    fields: dict[str, Field] = {}
    people: dict[str, list[Person]] = {}
    one: dict[str, str] = {}
    bad = False
    kind = TYPES.get(record.kind)
    if kind is None:
        problems.append(
            Problem("ref-unknown-type", f"`{brief(record.kind)}` is not a type of RIS", record.span, "use `GEN`")
        )
        return Record("", None)
    for tag, value, span in record.lines:
        if not value:
            continue
        if tag in NAMES:
            family, comma, given = value.partition(",")
            given, _, suffix = given.partition(",")
            person = Person(family.strip(), given.strip(), suffix=suffix.strip()) if comma else Person(literal=value)
            people.setdefault(NAMES[tag], []).append(person)
            fields[NAMES[tag]] = Field(tuple(people[NAMES[tag]]), span)
        elif tag in TEXTS:
            fields.setdefault(TEXTS[tag], Field(value, span))
        elif tag in ("PY", "Y1", "DA", "Y2"):
            parts = [part for part in value.split("/")[:3] if part.strip()]
            text = "-".join(part.zfill(4 if n == 0 else 2) for n, part in enumerate(parts))
            if not is_date(text):
                problems.append(
                    Problem("ref-date", f"`{brief(value)}` is no date that can be read", span, "write `1992/06/18/`")
                )
                bad = True
                continue
            target = "accessed" if tag == "Y2" else "issued"
            if target not in fields or tag == "DA":
                fields[target] = Field(When(text), span)
        elif tag == "KW":
            one["KW"] = f"{one['KW']}, {value}" if "KW" in one else value
            fields["keyword"] = Field(one["KW"], span)
        elif tag in IGNORED:
            one.setdefault(tag, value)
        else:
            problems.append(
                Problem("ref-unknown-field", f"`{tag}` is not a tag of RIS that is read", span, "", Severity.WARNING)
            )
    _numbers(kind, one, fields, record.span)
    key = one.get("ID", "") or _made(fields, taken)
    return Record(key, None if bad else Reference(key, kind, fields, record.span))


def _numbers(kind: str, one: dict[str, str], fields: dict[str, Field], span: Span) -> None:
    def put(name: str, value: FieldValue) -> None:
        fields.setdefault(name, Field(value, span))

    first, last = one.get("SP", ""), one.get("EP", "")
    if first:
        put("page", f"{first}–{last}" if last and last != first and "-" not in first else first)
    if one.get("SN"):
        digits = re.sub(r"[^0-9Xx]", "", one["SN"])
        put("ISBN" if len(digits) in (10, 13) and not kind.startswith("article") else "ISSN", one["SN"])


def _made(fields: dict[str, Field], taken: dict[str, int]) -> str:
    """Make a key of the first author's family name and the year."""
    people = next((each.value for each in fields.values() if isinstance(each.value, tuple)), ())
    name = (people[0].family or people[0].literal) if people else ""
    issued = fields.get("issued")
    year = issued.value.year if issued is not None and isinstance(issued.value, When) else ""
    base = re.sub(r"\W", "", name.split(" ")[-1]).lower() + year or "record"
    taken[base] = taken.get(base, 0) + 1
    count = taken[base]
    return base if count == 1 else f"{base}{chr(96 + count)}" if count <= 26 else f"{base}-{count}"
