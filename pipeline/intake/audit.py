"""The ledger of an intake becomes `intake.md`: what was set aside, what was restored and why, what is to be decided."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pipeline.intake.ledger import Ledger, excerpt
from pipeline.intake.proof import Proof
from pipeline.intake.readings import Spaces
from pipeline.intake.values import Count, Entry
from pipeline.source import Source, printable

NAME = "intake.md"
HEAD = "# What the import did"
_SEAL = "<!-- stet import: "
_SHOWN = 12
"""places that a line of the audit names one by one"""

_FULL = 500
"""doubts that are shown with the lines to copy; nobody reads more"""


def write_audit(
    ledger: Ledger,
    count: Count,
    proof: Proof,
    files: Mapping[str, str],
    *,
    data: bytes,
    encoding: str,
    spaces: Spaces,
    title: str,
) -> str:
    """Return the audit as Markdown, sealed so that a later import knows which files are its own."""
    source = ledger.source
    place = _place_in(source)
    written = _written_at(proof, files)
    doubts = [entry for entry in ledger.entries if entry.doubt and not entry.decided]
    decided = [entry for entry in ledger.entries if entry.decided]
    rest = [entry for entry in ledger.entries if not entry.doubt and not entry.decided]
    aside = [entry for entry in rest if _is_aside(entry)]
    restored = [entry for entry in rest if not _is_aside(entry)]
    parts = [
        f"{HEAD}\n",
        (
            f"Source: `{printable(source.path)}`, {len(data):,} bytes, {encoding}, SHA-256 `{hashlib.sha256(data).hexdigest()}`. "
            "Places are line:column of the source, counted from 1 in characters.\n"
        ),
        (
            "Nothing was corrected. What is not set aside below stands in the manuscript, sign by sign and in order: the import "
            "read its own files back and compared them with the source.\n"
        ),
        _counts(count, proof, ledger, doubts, title),
        f"\n## For a person to decide ({len(doubts)})\n",
        "Until you decide, the words stay as the source has them (and notes keep the voice that was guessed). Copy the lines "
        "you agree with into `decisions.toml` beside this file, then import again with `--force`.\n"
        if doubts
        else "Nothing.\n",
    ]
    kinds = Counter(entry.kind for entry in doubts)
    for number, entry in enumerate(_sorted(doubts), 1):
        many = kinds.pop(entry.kind, 0)  # with the first of its kind
        parts.append(_doubt(number, entry, ledger, place, written, many))
    parts.append(f"\n## Restored ({len(restored)})\n")
    parts += _lines(restored, ledger, place, "Each can be undone: copy its place into `decisions.toml` (see the end).")
    words = f"{count.aside:,} {'word' if count.aside == 1 else 'words'}"
    parts.append(f"\n## Set aside ({len(aside)} {'place' if len(aside) == 1 else 'places'}; {words} in all)\n")
    parts += _lines(aside, ledger, place, "These words and signs do not stand in the manuscript.")
    parts.append(f"\n## Decided by a person ({len(decided)})\n")
    parts += _lines(decided, ledger, place, "From `decisions.toml`.")
    parts.append(_spaces(source, spaces))
    parts.append(_how())
    parts.append("\n## The files of this import\n")
    parts += [f"- `{name}` {hashlib.sha256(text.encode()).hexdigest()}" for name, text in sorted(files.items())]
    body = "\n".join(parts).rstrip("\n") + "\n\n"
    return body + f"{_SEAL}{hashlib.sha256(body.encode()).hexdigest()} -->\n"


def files_of(audit: str) -> Mapping[str, str] | None:
    """Return the files that an audit says its import made, by name with their hashes; None when it was changed."""
    body, _, seal = audit.rpartition(_SEAL)
    if not body.startswith(HEAD) or seal != f"{hashlib.sha256(body.encode()).hexdigest()} -->\n":
        return None
    found: dict[str, str] = {}
    for line in body.rpartition("\n## The files of this import\n")[2].splitlines():
        if line.startswith("- `"):
            name, _, digest = line[3:].rpartition("` ")
            found[name] = digest
    return found


def _is_aside(entry: Entry) -> bool:
    return (
        entry.way in ("aside", "title", "author")
        or (entry.kind == "hyphen" and entry.way == "join")
        or (entry.kind == "rule" and entry.way == "break")  # the break stands there, and editions draw it
    )


def _place_in(source: Source) -> Callable[[int], str]:
    def place(offset: int) -> str:
        at = source.position(offset)
        return f"{at.line}:{at.column}"

    return place


def _written_at(proof: Proof, files: Mapping[str, str]) -> Callable[[int], str]:
    chapters = {path: Source(path, text) for path, text in files.items()}

    def place(offset: int) -> str:
        # the mark of a note has no place of its own: its words have
        span = next((found for at in range(offset, offset + 8) if (found := proof.place(at)) is not None), None)
        if span is None or span.path not in chapters:
            return ""
        at = chapters[span.path].position(span.start)
        return f"`{span.path}:{at.line}:{at.column}`"

    return place


def _sorted(entries: Sequence[Entry]) -> list[Entry]:
    rank = {kind: number for number, kind in enumerate(("title", "language"))}
    return sorted(entries, key=lambda entry: (rank.get(entry.kind, len(rank)), entry.start, entry.kind))


def _counts(count: Count, proof: Proof, ledger: Ledger, doubts: Sequence[Entry], title: str) -> str:
    calls = sum(mark.kind == "call" for mark in ledger.marks)
    rows = [
        ("in the source, by white space", count.source),
        ("in the text", count.text),
        ("in notes", count.notes),
        ("marks of notes that stand apart in the text, now calls", count.calls),
        ("marks before the texts of notes, now their keys", count.marks),
        ("set aside", count.aside),
    ]
    lines = ["| words | number |", "|---|---:|", *(f"| {words} | {number:,} |" for words, number in rows)]
    total = count.text + count.notes + count.calls + count.marks + count.aside
    lines.append(f"| **accounted for** | **{total:,}** |")
    if count.joined:
        lines.append(f"| (line ends inside words: each such word counts twice above) | {count.joined:,} |")
    if calls > count.calls:
        lines.append(f"| (calls in all; a mark that hangs on a word counts with it above) | {calls:,} |")
    if any(entry.kind == "title" for entry in doubts):
        lines.append(f"| supplied: the working title, in `book.toml` only | {len(title.split()):,} |")
    lines.append(f"| supplied: words in the manuscript that the source does not have | {proof.supplied:,} |")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return words as code that Markdown shows just as they are."""
    words = printable(" ".join(text.split()))
    if not words:
        return ""
    ticks = "`"
    while ticks in words:
        ticks += "`"
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"


def _where(entry: Entry, place: Callable[[int], str]) -> str:
    also = ", ".join(place(at) for at in entry.also[:_SHOWN])
    more = f" and {len(entry.also) - _SHOWN} more" if len(entry.also) > _SHOWN else ""
    return place(entry.start) + (f" (also {also}{more})" if also else "")


def _doubt(
    number: int, entry: Entry, ledger: Ledger, place: Callable[[int], str], written: Callable[[int], str], many: int
) -> str:
    lines = [f"\n### {number}. {_title(entry)}\n"]
    at = ""
    if entry.end > entry.start:
        stands = written(entry.start) if number <= _FULL else ""
        at = f"At {_where(entry, place)} of the source" + (f", {stands} in the manuscript: " if stands else ": ")
    lines.append(at + f"{printable(entry.what)}\n")
    words = excerpt(ledger.text, entry.start) if entry.end > entry.start or entry.kind in ("break", "head-lost") else ""
    if words:
        lines.append(f"{_quoted(words)}\n")
    lines += [f"- {printable(sign)}" for sign in entry.signs]
    lines.append(f"- now: {entry.way or 'nothing was done'}\n")
    ways = entry.ways if number <= _FULL else ()
    if number <= _FULL and entry.kind == "voice":
        others = ", ".join(f'"{way.name}"' for way in ways if way.name != entry.way)
        lines.append(f"To keep this voice, or to give it another ({others}):\n")
        lines.append(_snippet(entry, entry.way, (), ledger, place))
        ways = ()
    if entry.kind == "hyphen" and ways:
        lines.append("To write it as one word (or, with `hyphen`, to keep the hyphen and not be asked again):\n")
        lines.append(_snippet(entry, ways[0].name, (), ledger, place))
        ways = ()
    named = [way.name for way in entry.ways if way.name and not way.more]
    if many > 2 and named:
        others = ", ".join(f"`{name}`" for name in named[1:])
        lines.append(f"All {many} doubts of this kind at once" + (f" (or as {others})" if others else "") + ":\n")
        lines.append(f'```toml\n[[decide]]\nkind = "{entry.kind}"\nat = "all"\nas = "{named[0]}"\n```\n')
    for way in ways:
        if way.name:
            lines.append(f"{way.does[0].upper()}{way.does[1:]}:\n")
            lines.append(_snippet(entry, way.name, way.more, ledger, place))
        else:
            lines.append(f"{way.does}:\n")
            lines.append("```toml\n" + "\n".join(way.more) + "\n```\n")
    return "\n".join(lines)


def _title(entry: Entry) -> str:
    return {
        "title": "The title of the book",
        "language": "The language",
        "run-in": "A head in the line of its text?",
        "head": "A head?",
        "head-lost": "A head that the text names",
        "junk": "Part of a web page?",
        "page-number": "A page number?",
        "voice": "Whose voice is this note?",
        "note-text": "A note that nothing calls?",
        "call": "A call without a note",
        "italic": "Lost italics?",
        "bracket": "A bracket without its partner",
        "spelling": "Two spellings",
        "hyphen": "A hyphen at a line end",
        "quotation": "A quotation?",
        "list": "A list?",
        "table": "A table?",
        "mojibake": "Signs of a wrong encoding",
        "replacement": "A lost letter",
        "sign": "A sign without a face",
        "signs": "More signs without a face",
        "script": "A script without a face",
        "running-head": "A running head?",
        "break": "A lost head or a pause?",
        "run-ins": "Heads in the lines of their text?",
        "note": "The text of a note?",
        "note-named": "A note that is spoken of",
    }.get(entry.kind, entry.kind)


def _snippet(entry: Entry, way: str, more: Sequence[str], ledger: Ledger, place: Callable[[int], str]) -> str:
    words = excerpt(ledger.text, entry.start, 40)
    lines = [
        "```toml",
        "[[decide]]",
        f'kind = "{entry.kind}"',
        f'at = "{place(entry.start)}"',
        f"words = {json.dumps(words, ensure_ascii=False)}",
        f'as = "{way}"',
        *more,
        "```\n",
    ]
    return "\n".join(lines)


def _lines(entries: Sequence[Entry], ledger: Ledger, place: Callable[[int], str], head: str) -> list[str]:
    if not entries:
        return ["Nothing.\n"]
    lines = [f"{head}\n"]
    for entry in sorted(entries, key=lambda entry: (entry.start, entry.end, entry.kind)):
        words = excerpt(ledger.text, entry.start, 50) if entry.end > entry.start else ""
        shown = f" {_quoted(words)}" if words and entry.kind not in ("encoding", "hyphen", "control") else ""
        signs = "; ".join(printable(sign) for sign in entry.signs)
        way = f" → {entry.way}" if entry.way not in ("aside", entry.kind) else ""
        lines.append(
            f"- {_where(entry, place)} **{entry.kind}**{way}: {printable(entry.what)}{shown}"
            + (f" ({signs})" if signs else "")
        )
    return lines


def _spaces(source: Source, spaces: Spaces) -> str:
    def told(places: Sequence[int]) -> str:
        shown = [source.position(at) for at in places[:40]]
        more = f" and {len(places) - 40} more" if len(places) > 40 else ""
        return ", ".join(f"{at.line}:{at.column}" for at in shown) + more

    def have(places: Sequence[int]) -> str:
        return f"{len(places)} {'place has' if len(places) == 1 else 'places have'}"

    lines = ["\n## White space\n"]
    if spaces.doubled:
        lines.append(
            f"- {have(spaces.doubled)} more than one space between words. They stand in the manuscript as ordinary spaces, "
            "in the same number; Markdown and every edition show them as one: " + told(spaces.doubled)
        )
    if spaces.lone:
        lines.append(f"- {have(spaces.lone)} a single no-break space, which was kept: " + told(spaces.lone))
    if spaces.gone:
        lines.append(
            f"- {have(spaces.gone)} no-break spaces, or more than one space, where a head, a list, a quotation or the call of a "
            "note was made; these were not kept: " + told(spaces.gone)
        )
    lines.append(
        "- Ordinary white space at the beginnings and ends of lines, and before the marks of notes, was not kept."
    )
    return "\n".join(lines)


def _how() -> str:
    return """
## How to decide

`decisions.toml` stands beside this file and is read by every import; nothing overwrites it. A decision names a kind, a
place in the source and the words that stand there, so that it is noticed when the source changes:

```toml
title = "…"                # of the book; also: subtitle, authors = ["…"], language, date, publisher, rights, source
encoding = "windows-1251"  # what the bytes of the source are, when that was not seen

[[decide]]
kind = "list"              # the kind in bold above
at = "12:1"
words = "first words there"
as = "text"                # keep it as words of the text
```

Any paragraph can be made a head (`kind = "head"`, `as = "head"`, `level = 2`), a quotation (`kind = "quotation"`), or get a
break before it (`kind = "break"`, `as = "break"`, or `as = "head"` with `text = "A head"`); any line can be set aside
(`kind = "aside"`, `as = "aside"`). `at = "all"`, without `words`, decides all doubts of a kind; a decision at a place goes before it.
"""
