"""The pages of a unit come in; its `Facts` go out, and the links between calls and notes are set."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from pipeline.pdf.facts import Bookmark, Facts, NotePages, PageHeading, Repair, UnitStart
from pipeline.pdf.layout.audit import Audit
from pipeline.pdf.layout.engine import POINTS, Reading
from pipeline.pdf.layout.tree import HEADINGS, call_id, is_call, is_note, note_id, parents, signs, words_of

WORDS = 48
"""Characters of the words that stand in a `UnitStart`."""


def link_notes(document: Any, reading: Reading) -> None:
    """Lead each call to its note, and the mark of each note back to its call."""
    standing = {id for page in document.pages for id in page.anchors}
    standing.update(call_id(block.element) for block in reading.blocks if block.pseudo == "footnote-call")
    for block in reading.blocks:
        note = block.element
        if not is_note(note) or note.get("data-cont"):
            continue
        page = document.pages[block.page]
        place = (block.x, block.y, block.x + block.width, block.y + block.height)
        inner = "inner" in note.get("class", "").split()
        if block.pseudo == "footnote-call" and not inner:
            page.anchors.setdefault(call_id(note), place)
            if note_id(note) in standing:
                page.links.append(("internal", note_id(note), place, block.box))
        elif block.pseudo == "footnote-marker" and call_id(note) in standing:
            page.links.append(("internal", call_id(note), place, block.box))


def collect(
    document: Any, root: Element, reading: Reading, audit: Audit, counts: dict[str, int], repairs: tuple[Repair, ...]
) -> Facts:
    """Return the facts of a unit; `fonts` stay empty, they are known after writing."""
    anchors: dict[str, tuple[int, float, float]] = {}
    bookmarks: list[Bookmark] = []
    for number, page in enumerate(document.pages):
        for id, (x, y, *_) in page.anchors.items():
            anchors.setdefault(id, (number, _points(x), _points(page.height - y)))
        bookmarks.extend(
            Bookmark(level, label, number, _points(x), _points(page.height - y), state)
            for level, label, (x, y), state in page.bookmarks
        )
    width, height = reading.pages[0]
    return Facts(
        pages=len(document.pages),
        size=(_points(width), _points(height)),
        anchors=anchors,
        bookmarks=tuple(bookmarks),
        headings=_headings(reading),
        page_starts=_page_starts(root, reading),
        notes={
            id: NotePages(note.calls[0] if note.calls else note.pages[0] if note.pages else -1, tuple(note.pages))
            for id, note in audit.notes.items()
        },
        counts=counts,
        repairs=repairs,
    )


def _points(pixels: float) -> float:
    return round(pixels * POINTS, 3)


def _headings(reading: Reading) -> tuple[tuple[PageHeading, ...], ...]:
    pages: list[list[PageHeading]] = [[] for _ in reading.pages]
    seen: set[Element] = set()
    for block in reading.blocks:
        element = block.element
        if element.tag in HEADINGS and not block.pseudo and block.area == "flow" and element not in seen:
            seen.add(element)
            pages[block.page].append(PageHeading(int(element.tag[1]), element.get("id", ""), words_of(element)))
    return tuple(map(tuple, pages))


def _page_starts(root: Element, reading: Reading) -> tuple[UnitStart, ...]:
    """Return where each page begins; all elements around a text that have an id count it."""
    parent_of = parents(root)
    chains: dict[Element, tuple[str, ...] | None] = {}

    def chain(element: Element) -> tuple[str, ...] | None:
        if element not in chains:
            parent = parent_of.get(element)
            above = () if parent is None else chain(parent)
            if above is None or is_call(element) or is_note(element):
                chains[element] = None
            else:
                id = element.get("id")
                chains[element] = (id, *above) if id else above
        return chains[element]

    counted: dict[str, int] = {}
    starts: list[UnitStart] = []
    page = -1
    for index, run in enumerate(reading.runs):
        if run.area != "flow" or run.pseudo or run.repeated or run.element is None:
            continue
        ids = chain(run.element)
        text = signs(run.text[:-1] if run.divided else run.text).replace("\u2010", "")
        if not ids or not (text or run.picture):
            continue
        if run.page != page:
            page = run.page
            starts.append(UnitStart(page, ids[0], counted.get(ids[0], 0), _words(reading, index)))
        for id in ids:
            counted[id] = counted.get(id, 0) + len(text)
    return tuple(starts)


def _words(reading: Reading, index: int) -> str:
    texts: list[str] = []
    for run in reading.runs[index : index + 12]:
        if run.area != "flow" or run.page != reading.runs[index].page:
            break
        if not run.pseudo:
            texts.append(run.text[:-1] if run.divided else run.text)
    return " ".join("".join(texts).split())[:WORDS]
