"""BibTeX or BibLaTeX comes in; its entries go out with the fields that they inherit, and every fault at its place.

What stands between entries is no entry that lost a sign: whatever looks like a part of one is told. A group that runs into
the next entry was left open; what follows is read from there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.book.setting import brief, nearest
from pipeline.source import Problem, Source, Span

_AT = re.compile(r"@\s*([A-Za-z]+)\s*([{(])")
_KEY = re.compile(r"[^\s,{}\"#%()=\\]+")
_NAME = re.compile(r"[A-Za-z_][\w:.+/-]*")
_SPACE = re.compile(r"(?:\s+|%[^\n]*\n)*")
DEEPEST = 30
"""Parents of parents that are followed."""
ROOM, ROOM_FOR_EACH = 1_000_000, 10
"""Signs that all strings of a file may stand for: these, and so many for each sign of the file."""
_REMARK = re.compile(r"(?m)^[ \t]*%.*$")
_PARTS = re.compile(r"[{}]|(?<![\w.])@(?!(?i:comment)\b)|=\s*[\"{\d]")
"""Signs that are left of an entry that was damaged."""

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


_PLAIN = ("true", "false", "yes", "no")
"""Words that may stand without braces."""
_HEAD = r"\s*[{(]\s*[^\s,{}\"#%()=\\]+\s*,"
_OPENING = re.compile(rf"(?mi)^[ \t]*@\s*[a-z]+{_HEAD}")
"""Where an entry begins at the beginning of a line: with its type, its key and a comma."""
_BEGUN = re.compile(r"(?m)^[ \t]*@\s*[A-Za-z]+\s*[{(]")
"""Where one may begin that is damaged too."""
_KNOWN = re.compile(rf"(?i)@(?:{'|'.join(sorted(TYPES, key=len, reverse=True))}){_HEAD}")


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a field as it is written, without its outer braces, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    key: str
    values: Mapping[str, Value]
    span: Span


class _BadError(Exception):
    def __init__(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.start, self.end, self.hint = code, message, start, end, hint


@dataclass(slots=True)
class Scanner:
    """Cuts a file into entries."""

    source: Source
    problems: list[Problem] = field(default_factory=list)
    strings: dict[str, str] = field(default_factory=lambda: {name: name for name in (*MONTHS, *_PLAIN)})
    entries: list[Entry] = field(default_factory=list)
    spoilt: list[Entry] = field(default_factory=list)
    """entries with a fault, with the fields before it"""
    raw: list[str] = field(default_factory=list)
    """the text of each of them"""
    now: dict[str, Value] = field(default_factory=dict)
    limits: list[int] = field(default_factory=list)
    """where entries begin at the beginning of a line"""
    unfolded: int = 0
    """signs that names of strings stood for"""

    def say(self, code: str, message: str, span: Span, hint: str = "", also: tuple[tuple[Span, str], ...] = ()) -> None:
        self.problems.append(Problem(code, message, span, hint, also=also))

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.source.text, at)
        return found.end() if found is not None else at

    def scan(self) -> None:
        text, at = self.source.text, 0
        self.limits = [found.start() for found in _OPENING.finditer(text)]
        while (found := _AT.search(text, at)) is not None:
            if text[text.rfind("\n", 0, found.start()) + 1 : found.start()].lstrip().startswith("%"):
                self.between(at, found.start())
                at = text.find("\n", found.end())
                if at < 0:
                    return
                continue
            self.between(at, found.start())
            kind = found[1].lower()
            closing = "}" if found[2] == "{" else ")"
            key, self.now = "", {}
            start = found.end()
            try:
                if kind in ("comment", "preamble"):
                    at = self.group(found.end(), closing, found, within=kind == "preamble")
                elif kind == "string":
                    at = self.string(found.end(), closing, found)
                else:
                    start = self.skip(found.end())
                    named = _KEY.match(text, start)
                    key = named[0] if named is not None else ""
                    at = self.entry(kind, key, start, closing, found)
            except _BadError as bad:
                self.say(bad.code, bad.message, self.source.span(bad.start, bad.end), bad.hint)
                at = self.resume(found.end())
                self.spoilt.append(Entry(kind, key, self.now, self.source.span(start, start + len(key))))
                self.raw.append(text[found.start() : at])
        self.between(at, len(text))

    def resume(self, at: int) -> int:
        """Return where the next entry begins after a fault."""
        number = bisect_left(self.limits, at)
        end = self.limits[number] if number < len(self.limits) else len(self.source.text)
        damaged = _BEGUN.search(self.source.text, at, end)
        end = damaged.start() if damaged is not None else end
        known = _KNOWN.search(self.source.text, at, end)
        return known.start() if known is not None else end

    def between(self, start: int, end: int) -> None:
        """Tell what is left of an entry between two others; remarks may stand there."""
        text = _REMARK.sub(lambda line: " " * len(line[0]), self.source.text[start:end])
        found = _PARTS.search(text)
        if found is not None:
            first = start + found.start()
            line = self.source.text.rfind("\n", start, first) + 1 or start
            last = self.source.text.find("\n", first, end)
            self.say(
                "ref-syntax",
                "this belongs to no entry",
                self.source.span(line, last if last > line else end),
                "look for a sign too many or too few, `@`, `{` or `}`, here or in the entry before",
            )

    def group(self, at: int, closing: str, opened: re.Match[str], *, within: bool = True) -> int:
        """Return the offset after the closing bracket that ends a group begun before `at`.

        `within` says that no entry may begin in it: then it was left open.
        """
        depth = 0
        text = self.source.text
        number = bisect_left(self.limits, at)
        end = self.limits[number] if within and number < len(self.limits) else len(text)
        for found in re.compile(r"\\.|[{}()]", re.DOTALL).finditer(text, at, end):
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
            self.entries.append(Entry(kind, key, {}, place))
            return at + 1
        if text[at : at + 1] != ",":
            raise _BadError("ref-syntax", "a comma is expected after the entry key", start, start + len(key))
        at = self.skip(at + 1)
        values = self.now
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
            values[word] = value
            if text[at : at + 1] == ",":
                at = self.skip(at + 1)
            elif text[at : at + 1] != closing:
                if at >= len(text) or text[at] == "@":
                    raise self.unclosed(opened)
                raise _BadError(
                    "ref-missing-comma", f"a comma is missing after the field `{word}`", at, at + 1, "write it there"
                )
        self.entries.append(Entry(kind, key, values, place))
        return at + 1

    def value(self, at: int, opened: re.Match[str]) -> tuple[Value, int]:
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
                self.unfolded += len(known)
                if self.unfolded > ROOM + ROOM_FOR_EACH * len(text):
                    message = f"the strings of this file stand for too much text at `{brief(name[0])}`"
                    raise _BadError(
                        "ref-syntax", message, at, end, "strings are put together of strings again and again"
                    )
                parts.append(known)
            at = self.skip(end)
            if text[at : at + 1] != "#":
                return Value("".join(parts), self.source.span(start, end)), end
            at = self.skip(at + 1)

    def quoted(self, at: int, opened: re.Match[str]) -> int:
        depth = 0
        number = bisect_left(self.limits, at)
        end = self.limits[number] if number < len(self.limits) else len(self.source.text)
        for found in re.compile(r'\\.|[{}"]', re.DOTALL).finditer(self.source.text, at + 1, end):
            if found[0] == '"' and depth == 0:
                return found.end()
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth < 0:
                break
        raise self.unclosed(opened)


# Parents --------------------------------------------------------------------------------------

_TO_BOOK = {
    "title": "booktitle",
    "subtitle": "booksubtitle",
    "titleaddon": "booktitleaddon",
    "shorttitle": "",
    "sorttitle": "",
    "indextitle": "",
    "author": "bookauthor",
}
_TO_WHOLE = {"title": "maintitle", "subtitle": "mainsubtitle", "shorttitle": "", "sorttitle": "", "indextitle": ""}
_TO_JOURNAL = {
    "title": "journaltitle",
    "subtitle": "journalsubtitle",
    "shorttitle": "",
    "sorttitle": "",
    "indextitle": "",
}
_NOT_INHERITED = frozenset(
    "ids crossref xref xdata entryset entrysubtype execute label options presort related relatedtype relatedstring sortkey "
    "protected pseudonym also-named keywords abstract".split()
)
_PARTS_OF_BOOKS = ("inbook", "bookinbook", "suppbook")


def _given(entry: Entry, parent: Mapping[str, Value], parent_kind: str) -> dict[str, Value]:
    """Return what a parent gives by `crossref`, under the names that its fields have in the child (BibLaTeX 3.20, appendix B)."""
    if entry.kind.startswith(("in", "supp", "bookin")) and parent_kind != "periodical":
        names = _TO_BOOK
    elif parent_kind.startswith("mv"):
        names = _TO_WHOLE
    elif parent_kind == "periodical":
        names = _TO_JOURNAL
    else:
        names = {}
    out: dict[str, Value] = {}
    for name, value in parent.items():
        target = names.get(name, name)
        if target and name not in _NOT_INHERITED:
            out.setdefault(target, value)
    if entry.kind in _PARTS_OF_BOOKS and "author" in parent:
        out["author"] = parent["author"]
    return out


class Heirs:
    """Gives entries what they inherit through `xdata` and `crossref`, from parents of parents too."""

    def __init__(self, entries: Sequence[Entry], problems: list[Problem]) -> None:
        self.known: dict[str, Entry] = {}
        for entry in entries:
            self.known.setdefault(entry.key, entry)
        self.problems = problems
        self._done: dict[str, Entry | None] = {}

    def whole(self, entry: Entry) -> Entry | None:
        """Return an entry with all that it inherits; None when a parent is missing, or leads back to it."""
        return self._whole(entry, (entry.key,))

    def _whole(self, entry: Entry, above: tuple[str, ...]) -> Entry | None:
        if self.known.get(entry.key) is entry and entry.key in self._done:
            return self._done[entry.key]
        values = dict(entry.values)
        missing = False
        for name in ("xdata", "crossref"):
            asked = entry.values.get(name)
            for key in (part.strip() for part in asked.text.split(",")) if asked is not None else ():
                parent = self.known.get(key)
                if parent is None or key in above or len(above) > DEEPEST:
                    self._say(entry, name, key, asked, parent, circle=key in above)
                    missing = True
                    continue
                full = self._whole(parent, (*above, key))
                if full is None:
                    message = f"`{name}` names `{brief(key)}`, which lacks what it inherits itself"
                    place = asked.span if asked is not None else entry.span
                    self.problems.append(
                        Problem("ref-crossref", message, place, "mend that entry, or delete the field")
                    )
                    missing = True
                    continue
                given = full.values if name == "xdata" else _given(entry, full.values, full.kind)
                for inner, value in given.items():
                    if inner not in _NOT_INHERITED:
                        values.setdefault(inner, value)
        found = None if missing else Entry(entry.kind, entry.key, values, entry.span)
        if self.known.get(entry.key) is entry:
            self._done[entry.key] = found
        return found

    def _say(
        self, entry: Entry, name: str, key: str, asked: Value | None, parent: Entry | None, *, circle: bool
    ) -> None:
        if circle:
            message, hint = f"`{name}` of `{brief(entry.key)}` leads in a circle", "an entry cannot inherit from itself"
        elif parent is not None:
            message = f"`{name}` of `{brief(entry.key)}` leads through more than {DEEPEST} entries"
            hint = "write the fields into the entry itself"
        else:
            near = nearest(key, self.known) if len(self.known) < 20_000 else ""
            message = f"`{name}` names `{brief(key)}`, and there is no such entry"
            hint = f"did you mean `{near}`?" if near and near != entry.key else "write the entry, or delete the field"
        place = asked.span if asked is not None else entry.span
        self.problems.append(Problem("ref-crossref", message, place, hint))
