"""Pages of XHTML come in; jobs with every number resolved, and the label of every page, go out.

The numbers are worked out here, in the parent, from facts alone: which unit begins on which page
of the book, what is printed on that page, and what a reference to it says. Pages of the book
count from 0, so that a recto has an even index.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from pipeline.book import Place
from pipeline.edition import UnitKind
from pipeline.html import Page, Resource
from pipeline.pdf.facts import FACTS_VERSION, Facts, Fault, Job, UnitResult
from pipeline.source import Problem, Severity, Span

RESERVED = "https://book.invalid/#"
"""What a link to another unit begins with until the join makes a destination of it (RFC 2606)."""

RESULT_VERSION = b"unit 3\n"
"""Begins every kept result; raise it when `pack` changes."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A page of XHTML read once, before its page references are known.

    `html` has its links into other units written with `RESERVED`. `ids` are all ids in it, in
    order; `asks` the ids whose page it prints; `targets` the ids that it links to; `pictures`
    the names of the resources that it shows. `contents` gives the level of the entries of a
    contents page; `characters` says how much there is to lay out.
    """

    page: Page
    html: str
    ids: tuple[str, ...]
    asks: tuple[str, ...]
    targets: tuple[str, ...]
    pictures: tuple[str, ...]
    contents: tuple[tuple[str, int], ...]
    links: tuple[tuple[str, str], ...]
    """(target, words) of the first link to every target, inside the book and outside"""
    marks: tuple[tuple[str, str, str], ...]
    """(id, id of its call, mark) of every note"""
    language: str
    characters: int


def read_units(pages: Sequence[Page], resources: Sequence[Resource]) -> tuple[Unit, ...]:
    """Read the pages, and write the links from one to another so that each can be laid out alone.

    Raises ValueError for an id that two elements have, a link or a page reference to an id that
    no element has, or a page that is not well-formed: `html` made the pages, so the fault is ours.
    """
    roots = [_parse(page) for page in pages]
    home: dict[str, str] = {}
    found: list[tuple[str, ...]] = []
    for page, root in zip(pages, roots, strict=True):
        ids = tuple(_ids(root))
        for id in ids:
            if id in home:
                raise ValueError(f"the id {id!r} stands in {home[id]!r} and again in {page.name!r}")
            home[id] = page.name
        found.append(ids)
    names = {resource.name for resource in resources}
    return tuple(_read(page, root, ids, home, names) for page, root, ids in zip(pages, roots, found, strict=True))


def _parse(page: Page) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    try:
        return etree.fromstring(page.html.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"the page {page.name!r} is not well-formed: {error}") from error


def _ids(root: etree._Element) -> Iterable[str]:
    """Yield all ids; the id that the call of a note will get counts as one.

    A note first called inside another note names the link that stands for its call there.
    """
    for element in root.iter(etree.Element):
        inner = "inner" in element.get("class", "").split()
        for attribute in ("id",) if inner else ("data-call", "id"):
            if id := element.get(attribute):
                yield id


def _read(page: Page, root: etree._Element, ids: tuple[str, ...], home: Mapping[str, str], names: set[str]) -> Unit:
    own = set(ids)
    asks: dict[str, None] = {}
    targets: dict[str, None] = {}
    pictures: dict[str, None] = {}
    links: dict[str, str] = {}
    marks: list[tuple[str, str, str]] = []
    for element in root.iter(etree.Element):
        if asked := element.get("data-page-of"):
            if asked not in home:
                raise ValueError(f"{page.name!r} prints the page of {asked!r}, an id that no page has")
            asks[asked] = None
        if (mark := element.get("data-mark")) is not None:
            marks.append((element.get("id", ""), element.get("data-call", ""), mark))
        href = element.get("href")
        if element.tag == "a" and href is not None and href.startswith("#"):
            target = href[1:] if href[1:] in home else unquote(href[1:])
            if target not in home:
                raise ValueError(f"{page.name!r} links to {target!r}, an id that no page has")
            targets[target] = None
            if target not in own:
                element.set("href", RESERVED + target)
        if element.tag == "a" and href:
            words = " ".join("".join(element.itertext()).split())
            if words:
                links.setdefault(href.removeprefix("#"), words)
        for value in element.attrib.values():
            name = resource_name(str(value))
            if name in names:
                pictures[name] = None
    contents = tuple(
        (link.get("href", "").rpartition("#")[2], level)
        for entry in root.iterfind(".//nav//li")
        if (level := _entry_level(entry.get("class", ""))) is not None and (link := entry.find("a")) is not None
    )
    return Unit(
        page,
        _write(root),
        ids,
        tuple(asks),
        tuple(targets),
        tuple(pictures),
        contents,
        tuple(links.items()),
        tuple(marks),
        root.get("lang", ""),
        len("".join(root.itertext())),
    )


def _entry_level(classes: str) -> int | None:
    for name in classes.split():
        if name.startswith("level-") and name[6:].isdecimal():
            return int(name[6:])
    return None


def _write(root: etree._Element) -> str:
    return etree.tostring(root, encoding="unicode")


def resource_name(url: str) -> str:
    """Return the name of the resource that a relative URL stands for.

    >>> resource_name("../images/old%20map.png")
    'images/old map.png'
    """
    name = unquote(url.partition("#")[0].partition("?")[0])
    while name.startswith(("./", "../", "/")):
        name = name.partition("/")[2]
    return name


def css_resources(sheets: Iterable[str], resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """Return the resources that style sheets name in `url(…)`; of fonts only those that a press brings with it."""
    named = {
        resource_name(match.group(1).strip().strip("\"'"))
        for sheet in sheets
        for match in re.finditer(r"url\(([^)]*)\)", sheet)
    }
    return tuple(r for r in resources if r.name in named and (not is_font(r) or r.name.startswith(PRESS)))


PRESS = "fonts/press-"
"""How the names of fonts begin that the house does not have: they travel with each job."""


def is_font(resource: Resource) -> bool:
    """Say whether a resource is a font."""
    return resource.media_type.startswith(("font/", "application/font", "application/vnd.ms-opentype"))


def write_numbers(unit: Unit, labels: Mapping[str, str]) -> str:
    """Return the unit's XHTML with the label of a page in `data-page` wherever one is asked for."""
    if not unit.asks:
        return unit.html
    root = etree.fromstring(unit.html)
    for element in root.iter(etree.Element):
        if asked := element.get("data-page-of"):
            element.set("data-page", labels[asked])
    return _write(root)


CHARACTERS_A_PAGE = 1700
"""A coarse mean, to guess how many figures a page number will have."""


def guess_labels(units: Sequence[Unit]) -> dict[str, str]:
    """Return labels of about the right width for every id that is asked for, before any layout.

    They depend on nothing but the order of magnitude of what stands before, so that a small
    edit does not change the guesses of the whole book.
    """
    asked = {id for unit in units for id in unit.asks}
    labels: dict[str, str] = {}
    characters = 0
    body = False
    for unit in units:
        body = body or unit.page.place is not Place.FRONT
        guess = "0" * len(str(characters // CHARACTERS_A_PAGE + 2)) if body else "viii"
        labels.update((id, guess) for id in unit.ids if id in asked)
        if body:
            characters += unit.characters
    return labels


# Numbering ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a unit stands in the book: `blanks` empty pages, then its own from index `first`.

    `labels` are the labels of its own pages, `blank_labels` those of the blanks before them.
    """

    first: int
    blanks: int
    labels: tuple[str, ...]
    blank_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbering:
    """The places of all units. `body` is the index of page 1, or None where all is front matter."""

    units: tuple[Placed, ...]
    pages: int
    body: int | None


def roman(number: int) -> str:
    """Write a number from 1 in small roman numerals, as PDF's style `/r` counts.

    >>> [roman(n) for n in (1, 4, 9, 14, 40, 90, 400, 1999)]
    ['i', 'iv', 'ix', 'xiv', 'xl', 'xc', 'cd', 'mcmxcix']
    """
    values = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
    numerals = ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
    written = ""
    for value, numeral in zip(values, numerals, strict=True):
        count, number = divmod(number, value)
        written += numeral * count
    return written


def number_pages(pages: Sequence[Page], counts: Sequence[int], *, sided: bool = True) -> Numbering:
    """Place the units one after the other and label their pages: roman, then arabic from the body.

    A unit that opens recto gets a blank page before it where it needs one; so does the first
    unit of the body, because odd numbers stand on right-hand pages. Where leaves have one side
    only (`sided` is False) nothing is blank.
    """
    placed: list[Placed] = []
    index = 0
    body: int | None = None
    for page, count in zip(pages, counts, strict=True):
        opens_body = body is None and page.place is not Place.FRONT
        blanks = index % 2 if sided and (page.recto or opens_body) else 0
        first = index + blanks
        before = _labels(index, blanks, body)
        if opens_body:
            body = first
        placed.append(Placed(first, blanks, _labels(first, count, body), before))
        index = first + count
    return Numbering(tuple(placed), index, body)


def _labels(first: int, count: int, body: int | None) -> tuple[str, ...]:
    if body is None:
        return tuple(roman(index + 1) for index in range(first, first + count))
    return tuple(str(index - body + 1) for index in range(first, first + count))


def outline_shifts(units: Sequence[Unit]) -> tuple[int, ...]:
    """Return for every unit how many levels its bookmarks stand below those of a part.

    The contents say it; where there are none, the chapters of the body stand under the part
    before them.
    """
    levels = {id: level for unit in units for id, level in unit.contents}
    shifts = []
    part = False
    for unit in units:
        if unit.page.kind is UnitKind.PART:
            part = True
        elif unit.page.place is not Place.BODY:
            part = False
        listed = [levels[id] for id in unit.ids if id in levels]
        if listed:
            shifts.append(min(listed))
        else:
            shifts.append(1 if part and not levels and unit.page.kind is not UnitKind.PART else 0)
    return tuple(shifts)


def note_words(units: Sequence[Unit], note: str, back: str) -> dict[str, str]:
    """Return what links to notes, and from notes to their calls, say to those who do not see a mark.

    A call says `note` and the mark ("note 3"), the way back from a note `back` and the mark.
    """
    said: dict[str, str] = {}
    for unit in units:
        for id, call, mark in unit.marks:
            said[id] = f"{note} {mark}".strip()
            said[call] = f"{back} {mark}".strip()
    return said


# Jobs, and what is kept of them ------------------------------------------------------------------


def job_key(job: Job, base: str) -> str:
    """Return the SHA-256 under which the result of a job is kept.

    `base` stands for all that is the same for every job: fonts, code, versions of the tools.
    """
    parts = [
        base,
        FACTS_VERSION,
        job.name,
        job.html,
        list(job.css),
        [[r.name, r.media_type, hashlib.sha256(r.data).hexdigest()] for r in job.resources],
        job.language,
        job.title,
        job.prefix,
        job.path,
        job.tags,
        job.composition,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def base_key(resources: Sequence[Resource], tools: Sequence[tuple[str, str]]) -> str:
    """Return a digest of the fonts (names and bytes) and of the versions of everything at work."""
    fonts = sorted((r.name, hashlib.sha256(r.data).hexdigest()) for r in resources if is_font(r))
    return hashlib.sha256(json.dumps([fonts, sorted(tools)]).encode()).hexdigest()


def pack(result: UnitResult) -> bytes:
    """Write a result as bytes that carry their own digest."""
    problems = [
        [
            p.code, p.message, _span(p.span), p.hint, p.severity.value, [[_span(s), words] for s, words in p.also],
            *((p.block, p.cause) if isinstance(p, Fault) else ("", "")),
        ]
        for p in result.problems
    ]  # fmt: skip
    facts = result.facts.to_json().encode()
    said = json.dumps(problems, ensure_ascii=True).encode()
    body = b"%d %d\n" % (len(facts), len(said)) + facts + said + result.pdf
    return RESULT_VERSION + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _problem(block: str, cause: str, *said: Any) -> Problem:
    problem = Problem(*said)
    if not block:
        return problem
    code, message, span, hint = problem.code, problem.message, problem.span, problem.hint
    return Fault(code, message, span, hint, problem.severity, problem.also, block, cause)


def unpack(data: bytes) -> UnitResult | None:
    """Read what `pack` wrote; None for bytes that are damaged, cut short or of another version."""
    head = len(RESULT_VERSION) + 65
    body = data[head:]
    digest = hashlib.sha256(body).hexdigest().encode() + b"\n"
    if not data.startswith(RESULT_VERSION) or data[len(RESULT_VERSION) : head] != digest:
        return None
    lengths, _, rest = body.partition(b"\n")
    facts_length, said_length = (int(number) for number in lengths.split())
    try:
        facts = Facts.from_json(rest[:facts_length].decode())
    except ValueError:
        return None
    said = json.loads(rest[facts_length : facts_length + said_length])
    problems = tuple(
        _problem(
            block,
            cause,
            code,
            message,
            Span(*span) if span else None,
            hint,
            Severity(severity),
            tuple((Span(*place), words) for place, words in also),
        )
        for code, message, span, hint, severity, also, block, cause in said
    )
    return UnitResult(rest[facts_length + said_length :], facts, problems)


def _span(span: Span | None) -> list[object] | None:
    return [span.path, span.start, span.end] if span else None
