"""The steps of an intake in their order: bytes, lines, pages, notes, paragraphs, blocks, doubts, files, proof."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from pipeline.book import language_tag, read_book
from pipeline.book.rules import slug_from
from pipeline.book.setting import unprintable
from pipeline.intake import audit, notes, paragraphs, structures
from pipeline.intake.decisions import Decisions, read_decisions
from pipeline.intake.encoding import read_bytes
from pipeline.intake.faces import find_faceless, spoken
from pipeline.intake.language import guess_language
from pipeline.intake.ledger import Ledger, excerpt
from pipeline.intake.lines import find_furniture, find_pages, read_lines, set_aside_controls
from pipeline.intake.proof import count_words, prove
from pipeline.intake.readings import find_doubts, space_findings
from pipeline.intake.values import (
    Block,
    Grid,
    Head,
    Intake,
    Labels,
    Listing,
    Note,
    Paragraph,
    Pause,
    Quote,
    Verses,
    Way,
    Words,
)
from pipeline.intake.writing import Writer
from pipeline.source import Problem, Severity, Source, in_order

WORKING_TITLE = "Working title"


def take_in(name: str, data: bytes, decisions: Source | None = None, shapes: frozenset[str] = frozenset()) -> Intake:
    """Return the manuscript that a raw text makes, by rules and by what a person decided.

    `shapes` are the signs that the faces of the house have; none given, every sign is taken to have a face.

    >>> made = take_in("snow.txt", b"It snowed all day.\\n\\nNobody came.\\n")
    >>> made.files["chapters/01-snow.md"]
    'It snowed all day.\\n\\nNobody came.\\n'
    """
    decided, problems = read_decisions(decisions) if decisions is not None else (Decisions(), ())
    reading = read_bytes(name, data, decided.texts.get("encoding", ""))
    source = reading.source
    sources = {source.path: source, decided.source.path: decided.source}
    if any(problem.severity is Severity.ERROR for problem in reading.problems):
        return Intake(MappingProxyType({}), (), in_order((*problems, *reading.problems)), source, sources=sources)
    ledger = Ledger(source, decided)
    ledger.entries += reading.entries
    set_aside_controls(ledger)
    lines = read_lines(source.text)
    gone = find_furniture(ledger, lines)
    pages = find_pages(ledger, lines, gone)
    gone |= pages.aside
    keys: set[str] = set()
    vocabulary = paragraphs.vocabulary_of(ledger, lines, gone)
    gone |= notes.find_feet(ledger, lines, gone, pages, keys, lambda group: paragraphs.join(ledger, group, vocabulary))
    found = paragraphs.gather(ledger, lines, gone, pages, vocabulary)
    taken = notes.find_zones(ledger, found, keys)
    body = [words for index, words in enumerate(found) if index not in taken]
    if not any(sign.isalnum() for words in body for sign in words.text):
        nothing = Problem(
            "intake-empty", "no words are left to make a book of", source.span(0, 0), "is this the right file?"
        )
        return Intake(
            MappingProxyType({}), tuple(ledger.entries), in_order((*problems, nothing)), source, sources=sources
        )
    language = _language(ledger, body)
    heads = structures.Heads(ledger, body, language or "en", pages.heads, pages.unsure)
    blocks = structures.build_blocks(ledger, body, heads)
    _lost_heads(ledger, heads)
    flows = [*body, *(words for note in ledger.notes for words in note.words)]
    find_doubts(ledger, flows)
    if shapes:
        find_faceless(ledger, flows, shapes)
    title = spoken(_title(ledger, blocks, heads, name), shapes)
    ledger.close()
    if ledger.problems:
        told = in_order((*problems, *reading.problems, *ledger.problems))
        return Intake(MappingProxyType({}), tuple(ledger.entries), told, source, sources=sources)
    written = [*_written(blocks), *(words for note in ledger.notes for words in note.words)]
    chapters = _chapters(ledger, blocks, slug_from(_stem(name)) or "text")
    proof = prove(ledger, chapters)
    count = count_words(ledger)
    every = [*problems, *reading.problems, *proof.problems]
    if not count.balanced:
        every.append(
            Problem("intake-unfaithful", "the words of the source are not all accounted for", source.span(0, 0))
        )
    sources |= {path: Source(path, text) for path, text in chapters.items()}
    if any(problem.severity is Severity.ERROR for problem in every):
        return Intake(MappingProxyType({}), tuple(ledger.entries), in_order(every), source, count, sources)
    settings = _settings(ledger, chapters, title, language or "en", spoken(heads.author, shapes))
    refused = _refused(decided, settings, chapters)
    if refused:
        return Intake(MappingProxyType({}), tuple(ledger.entries), in_order((*every, *refused)), source, count, sources)
    files = {"book.toml": settings, **chapters}
    files[audit.NAME] = audit.write_audit(
        ledger,
        count,
        proof,
        files,
        data=data,
        encoding=reading.encoding,
        title=title,
        spaces=space_findings(ledger, flows, written),
    )
    return Intake(MappingProxyType(files), tuple(ledger.entries), in_order(every), source, count, sources)


def _refused(decided: Decisions, settings: str, chapters: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what no `book.toml` may say, told where a person wrote it."""
    written = Source("book.toml", settings)
    _, problems = read_book(written, {"book.toml", audit.NAME, *chapters})
    found: list[Problem] = []
    for problem in problems:
        if problem.severity is not Severity.ERROR:
            continue
        line = written.position(problem.span.start).line if problem.span is not None else 0
        key = settings.split("\n")[line - 1].partition(" = ")[0] if line else ""
        key = {"name": "authors", "imprint": "source"}.get(key, key)
        found.append(replace(problem, span=decided.spans.get(key, problem.span)))
    return tuple(found)


def _written(blocks: Sequence[Block]) -> Iterator[Paragraph]:
    """Yield the paragraphs, items and cells that stand in the manuscript."""
    for block in blocks:
        match block:
            case Words() | Head():
                yield block.words
            case Pause():
                pass
            case Quote():
                yield from block.words
            case Listing():
                yield from block.items
            case Labels():
                for entry in block.entries:
                    yield from entry
            case Grid():
                for row in block.rows:
                    yield from (cell for cell in row if cell is not None)
            case Verses():
                yield from (line[1] for line in block.lines if line is not None)
            case _:
                assert_never(block)


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name


def _language(ledger: Ledger, body: Sequence[Paragraph]) -> str:
    told = ledger.decisions.texts.get("language", "")
    if told:
        return language_tag(told)
    tag, signs = guess_language("\n".join(words.text for words in body))
    way = Way("", "If it is another one", ('language = "en-GB"',))
    if not tag:
        ledger.weigh(
            "language", 0, 0, "which language this is cannot be told; English is assumed", (), "en", (way,), doubt=True
        )
        return ""
    ledger.weigh("language", 0, 0, f"the language is `{tag}`", signs, tag, (way,))
    return tag


def _lost_heads(ledger: Ledger, heads: structures.Heads) -> None:
    """Enter heads that the text names and that stand nowhere: a break may be where one was lost."""
    breaks = [entry.start for entry in ledger.entries if entry.kind == "break" and entry.way == "break"]
    for at in heads.attested():
        text = excerpt(ledger.text, at, 120).strip('“”"«»„‘’')
        quoted = re.split(r"[”\"»“’]", text)[0]
        position = [ledger.source.position(place) for place in breaks]
        places = ", ".join(f"{place.line}:{place.column}" for place in position)
        more = (f"text = {quote(quoted)}",)
        ways: list[Way] = []
        for place, start in zip(position, breaks, strict=True):
            first = quote(excerpt(ledger.text, start, 40))
            ways.append(
                Way(
                    "",
                    f"If it stood before {first}",
                    (
                        "[[decide]]",
                        'kind = "break"',
                        f'at = "{place.line}:{place.column}"',
                        f"words = {first}",
                        'as = "head"',
                        *more,
                    ),
                )
            )
        ledger.weigh(
            "head-lost",
            at,
            at + 1,
            f"the text refers to a head “{quoted}”, and no head says so",
            ("it is named in quotation marks after a word such as “section”",)
            + ((f"heads may be lost at {places}",) if breaks else ()),
            "",
            [*ways, Way("text", "leave it: no head is to be supplied")],
            doubt=True,
        )


def _title(ledger: Ledger, blocks: Sequence[Block], heads: structures.Heads, name: str) -> str:
    """Return the title of the book: a person's, the source's own, or a working title."""
    told = ledger.decisions.texts.get("title", "")
    if told:
        return told
    if heads.title:
        return heads.title
    first = next((block for block in blocks if isinstance(block, Words | Head)), None)
    stem = re.sub(r"[-_.\s]+", " ", _stem(name)).strip()
    stem = "".join(sign for sign in stem if not unprintable(sign)) or "text"
    working = f"[{WORKING_TITLE}: {stem}]"
    signs = ["nothing in the source is surely its title"]
    words = ""
    start = end = 0
    if first is not None and not (isinstance(first, Head) and first.run_in):
        line = first.words
        if len(line.text) <= 120 and len(line.text.split()) <= 16 and paragraphs.SENTENCE_END.search(line.text) is None:
            words = " ".join(line.text.split())
            start, end = line.start, line.end
            signs.append(f"the first line that may be one: “{words}”")
    ways = [Way("", "Write the title", ('title = "…"',))]
    if words:
        ways.insert(0, Way("", "If the first line is the title", (f"title = {quote(words)}",)))
    ledger.weigh(
        "title",
        start,
        end,
        f"the book is called “{working}” until it has a title",
        signs,
        "working title",
        ways,
        doubt=True,
    )
    return working


def _chapters(ledger: Ledger, blocks: Sequence[Block], stem: str) -> dict[str, str]:
    """Return the chapters by their paths: one, or one for each head of level 1."""
    groups: list[list[Block]] = [[]]
    for block in blocks:
        if (isinstance(block, Head) and block.level == 1) or (
            isinstance(block, Pause) and block.title and block.level == 1
        ):
            groups.append([])
        groups[-1].append(block)
    if not groups[0]:
        groups.pop(0)
    homes = _homes(ledger, groups)
    found: dict[str, str] = {}
    width = max(2, len(str(len(groups))))
    for number, group in enumerate(groups, 1):
        first = group[0]
        slug = stem
        if isinstance(first, Head) and first.level == 1:
            slug = slug_from(first.words.text) or stem
        path = f"chapters/{number:0{width}}-{slug}.md"
        found[path] = Writer(ledger).write("", group, homes[number - 1])
    return found


def _homes(ledger: Ledger, groups: Sequence[Sequence[Block]]) -> list[list[Note]]:
    """Return the notes of each chapter: those that are called in it."""
    starts = [_start(group[0]) for group in groups]
    where: dict[str, int] = {}
    for mark in sorted(ledger.marks, key=lambda mark: mark.start):
        if mark.kind == "call":
            home = max((index for index, start in enumerate(starts) if start <= mark.start), default=0)
            where.setdefault(mark.value, home)
    homes: list[list[Note]] = [[] for _ in groups]
    for note in ledger.notes:
        homes[where.get(note.key, 0)].append(note)
    return homes


def _start(block: Block) -> int:
    match block:
        case Pause():
            return block.start
        case Words() | Head():
            return block.words.start
        case _:
            return 0


def quote(words: str) -> str:
    """Return words as a text of TOML."""
    return json.dumps(words, ensure_ascii=False)


def _settings(ledger: Ledger, chapters: dict[str, str], title: str, language: str, author: str) -> str:
    texts = ledger.decisions.texts
    lines = [
        "# Made by `stet import`. What you decide belongs into decisions.toml, so that the next import knows it.",
        "",
        f"title = {quote(title)}",
    ]
    if "subtitle" in texts:
        lines.append(f"subtitle = {quote(texts['subtitle'])}")
    lines.append(f"language = {quote(language)}")
    lines += [f"{key} = {quote(texts[key])}" for key in ("date", "publisher", "rights") if key in texts]
    slug = slug_from(texts.get("title", "")) or slug_from(_stem(ledger.source.path)) or "text"
    lines.append(f"slug = {quote(slug)}")
    if "source" in texts:
        lines.append(f"imprint = [{quote(texts['source'])}]")
    lines += ["", "chapters = ["]
    for path, text in chapters.items():
        if text.startswith("# "):
            lines.append(f"  {quote(path)},")
        else:
            lines.append(f"  {{ file = {quote(path)}, title = {quote(title)} }},")
    lines.append("]")
    for name in ledger.decisions.authors or ((author,) if author else ()):
        lines += ["", "[[contributors]]", f"name = {quote(name)}", 'role = "author"']
    lines += [
        "",
        "[[allow]]",
        'code = "chapter-unlisted"',
        f'file = "{audit.NAME}"',
        'reason = "it is the audit of the import"',
    ]
    return "\n".join(lines) + "\n"
