"""Documents and the page map of a paginated edition come in; page markers stand in the documents, and their list goes out.

A marker stands before the first word of its page, exactly. Offsets are counted as `PageStart` counts them:
without white space, U+00AD, U+2010 and U+2060, and without notes and calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from pipeline.edition import Edition, UnitKind
from pipeline.edition.places import Places
from pipeline.epub.documents import MATHML, TYPE, XHTML, Document, is_call, is_list_number, local, types, within
from pipeline.pagemap import PageMap, PageStart
from pipeline.source import Problem, Severity

_UNCOUNTED = frozenset("\N{SOFT HYPHEN}\N{HYPHEN}\N{WORD JOINER}")
_HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "cite", "code", "dfn", "em", "i", "kbd", "mark", "q", "s", "samp", "small")
) | frozenset(("span", "strong", "sub", "sup", "u", "var"))
_WHOLE = frozenset(("section", "figure", "table", "ul", "ol", "dl", "pre", "blockquote", "div", "aside", "hr"))
"""Blocks that a page begins before, not inside of, when it begins with their first word."""
_FLOW = frozenset(("body", "section", "div", "blockquote", "li", "dd", "td", "th", "aside", "header", "article"))
_PAGED = ("cover", "half-title", "contents")
"""Units of paginated editions that an EPUB does not have, or not page by page."""
_GENERATED = (UnitKind.COVER, UnitKind.CONTENTS)
_ROMAN = re.compile(r"[ivxlcdm]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marker:
    """A page marker as it stands in the package: its label, the document that holds it, and its id there."""

    label: str
    document: str
    id: str

    @property
    def kind(self) -> str:
        """How the NCX names such a page: front (roman), normal (arabic) or special."""
        if self.label.isdecimal():
            return "normal"
        return "front" if _ROMAN.fullmatch(self.label) else "special"


def mark_pages(
    documents: Sequence[Document], page_map: PageMap, edition: Edition, places: Places
) -> tuple[tuple[Marker, ...], tuple[Problem, ...]]:
    """Put a marker into the documents for every page of the map that begins in this edition."""
    blocks: dict[str, tuple[Document, etree._Element]] = {}
    for document in documents:
        for element in document.body.iter(f"{{{XHTML}}}*"):
            if (id := element.get("id")) is not None:
                blocks.setdefault(id, (document, element))
    taken = set(blocks)
    order = {id: number for number, id in enumerate(blocks)}
    standing = _standing(page_map, blocks) if places.selects else {}
    last = -1
    markers: list[Marker] = []
    problems: list[Problem] = []
    for number, start in enumerate(page_map.starts):
        found = blocks.get(start.block)
        if found is None:
            end = next((order[s.block] for s in page_map.starts[number + 1 :] if s.block in order), len(order))
            near = next((id for id in standing.get(start.label, ()) if last < order[id] <= end), None)
            if near is None or _is_paged(start, documents):
                problems.extend(_absent(start, documents, edition, places))
                continue
            start = replace(start, block=near, offset=0, words="")
            found = blocks[near]
        last = order[start.block]
        document, block = found
        if document.page.kind is UnitKind.CONTENTS and start.offset:
            continue  # a later page of the printed contents: here they are one list, in which nothing else may stand
        id = _marker_id(start.label, taken)
        if _insert(block, _offset(block, start), start.label, id):
            markers.append(Marker(start.label, document.name, id))
        elif places.selects or _is_set_anew(block):
            problems.append(
                Problem(
                    "page-start-lost",
                    f"page {start.label} begins in words of `{start.block}` that this edition has not; it gets no marker",
                    places.span(start.block),
                    severity=Severity.INFO,
                )
            )
        else:
            problems.append(
                Problem(
                    "page-start-lost",
                    f"page {start.label} of the `{page_map.edition}` edition begins {start.offset} characters into"
                    f" `{start.block}`, which is not that long here",
                    places.span(start.block),
                    "make the paginated edition again from the manuscript as it is now",
                )
            )
    return tuple(markers), tuple(problems)


def marked_pages(documents: Sequence[Document]) -> tuple[Marker, ...]:
    """Return the markers that the manuscript itself has put into the documents, each with an id."""
    taken = {id for document in documents for element in document.root.iter() if (id := element.get("id"))}
    markers = []
    for document in documents:
        for element in document.body.iter(f"{{{XHTML}}}*"):
            label = element.get("aria-label")
            if is_marker(element) and label:
                id = element.get("id") or _marker_id(label, taken)
                element.set("id", id)
                markers.append(Marker(label, document.name, id))
    return tuple(markers)


def _standing(page_map: PageMap, blocks: Mapping[str, tuple[Document, etree._Element]]) -> dict[str, list[str]]:
    """Return the ids of the blocks that begin on each page, by its label, in the order of this edition."""
    labels = dict(page_map.labels)
    found: dict[str, list[str]] = {}
    for id, (_, element) in blocks.items():
        apart = local(element) in _INLINE or any("footnotes" in types(each) for each in element.iterancestors())
        if id in labels and not apart:
            found.setdefault(labels[id], []).append(id)
    return found


def _is_set_anew(block: etree._Element) -> bool:
    """Say whether a block has references, which print other words where pages have numbers."""
    return any(_is_reference(element) for element in block.iter(f"{{{XHTML}}}a"))


def _is_reference(element: etree._Element) -> bool:
    return "ref" in (element.get("class") or "").split()


def _offset(block: etree._Element, start: PageStart) -> int:
    """Return how far into a block a page begins, by its words where those before them are others in print."""
    words = _counted(start.words)
    if not words or not start.offset:
        return start.offset
    text = _counted("".join(text for _, slot, text in _pieces(block) if slot != "gap"))
    for length in (24, 12):
        wanted = words[:length]
        if text.startswith(wanted, start.offset) or (
            start.offset < len(text) and wanted.startswith(text[start.offset :])
        ):
            return start.offset
        places = [found.start() for found in re.finditer(f"(?={re.escape(wanted)})", text)]
        if len(wanted) == length and places:
            return min(places, key=lambda place: abs(place - start.offset))
    return start.offset


def _counted(text: str) -> str:
    return "".join(character for character in text if not character.isspace() and character not in _UNCOUNTED)


def _is_paged(start: PageStart, documents: Sequence[Document]) -> bool:
    """Say whether a page is of a unit that an EPUB has not, or not page by page: a half-title, the later contents."""
    paged = any(start.block == name or start.block.startswith(f"{name}-") for name in _PAGED)
    return paged and not any(
        document.page.kind not in _GENERATED and start.block.startswith(f"{document.page.name}-")
        for document in documents
    )


def _absent(start: PageStart, documents: Sequence[Document], edition: Edition, places: Places) -> Iterator[Problem]:
    """Say that a page begins in words that this edition has not: by its own selection, or by a fault."""
    if _is_paged(start, documents):
        return
    if edition.omissions:
        yield Problem(
            "page-start-lost",
            f"page {start.label} begins in `{start.block}`, which this edition leaves out; it gets no marker",
            places.span(start.block),
            severity=Severity.INFO,
        )
        return
    yield Problem(
        "page-start-lost",
        f"page {start.label} begins in `{start.block}`, which this edition does not have",
        places.span(start.block),
        "make the paginated edition again from the manuscript as it is now",
    )


def _marker_id(label: str, taken: set[str]) -> str:
    stem = "page-" + re.sub(r"[^\w.-]+", "-", label)
    candidate, number = stem, 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    taken.add(candidate)
    return candidate


def _marker(name: str, label: str, id: str) -> etree._Element:
    marker = etree.Element(f"{{{XHTML}}}{name}")
    marker.set(TYPE, "pagebreak")
    marker.set("role", "doc-pagebreak")
    marker.set("id", id)
    marker.set("aria-label", label)
    return marker


def is_marker(element: etree._Element) -> bool:
    """Say whether an element is a page marker."""
    return "pagebreak" in types(element)


def _insert(block: etree._Element, offset: int, label: str, id: str) -> bool:
    """Put the marker at its place in a block; False when the block ends before it."""
    head = _head_of(block)
    if head is not None:
        _before(head, _marker("div", label, id))
        return True
    if offset == 0:
        if local(block) == "section":
            block.insert(0, moved := _marker("div", label, id))
            moved.tail, block.text = block.text, None
            return True
        parent = block.getparent()
        if local(block) in _WHOLE and parent is not None and local(parent) in _FLOW:
            _before(block, _marker("div", label, id))
            return True
    place = _find(block, offset)
    if place is None:
        return False
    owner, slot, index = place
    if slot == "tail" and is_list_number(owner) and not (owner.tail or "")[:index].strip():
        owner.addprevious(_marker("span", label, id))
        return True
    while slot == "text" and owner is not block and local(owner) in _INLINE and not (owner.text or "")[:index].strip():
        previous, parent = owner.getprevious(), owner.getparent()
        assert parent is not None
        owner, slot = (parent, "text") if previous is None else (previous, "tail")
        index = len((owner.text if slot == "text" else owner.tail) or "")
    holder = owner if slot == "text" else owner.getparent()
    inside = _head_of(holder)
    if inside is not None:
        _before(inside, _marker("div", label, id))
        return True
    _put(owner, slot, index, _marker("span", label, id))
    return True


def _head_of(element: etree._Element | None) -> etree._Element | None:
    """Return what a marker must stand before when it belongs to a head: the head, or the opener that holds it."""
    while element is not None and local(element) not in ("section", "body"):
        if local(element) in _HEADS or local(element) == "header":
            parent = element.getparent()
            return parent if parent is not None and local(parent) in ("header", "nav") else element
        element = element.getparent()
    return None


def _before(element: etree._Element, marker: etree._Element) -> None:
    element.addprevious(marker)


def _put(owner: etree._Element, slot: str, index: int, marker: etree._Element) -> None:
    if slot == "text":
        text = owner.text or ""
        owner.text, marker.tail = text[:index], text[index:]
        owner.insert(0, marker)
        return
    text = owner.tail or ""
    parent = owner.getparent()
    assert parent is not None
    owner.tail, marker.tail = text[:index], text[index:]
    parent.insert(parent.index(owner) + 1, marker)


def _pieces(element: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """Yield the text nodes of a block in reading order as (owner, "text" or "tail", text), without notes and calls.

    Where a line or a block ends, a piece without an owner's text says so: ("gap").
    """
    walk: list[tuple[etree._Element, bool]] = [(element, True)]
    while walk:
        current, entering = walk.pop()
        if entering:
            skipped = not isinstance(current.tag, str) or (
                is_call(current)
                or is_list_number(current)
                or types(current) & {"footnotes", "pagebreak"}
                or within(current, MATHML)
            )
            if local(current) not in _INLINE and not skipped:
                yield current, "gap", " "
            walk.append((current, False))
            if not skipped:
                yield current, "text", current.text or ""
                walk.extend((child, True) for child in reversed(current))
        elif current is not element:
            if local(current) not in _INLINE and not is_marker(current) and isinstance(current.tag, str):
                yield current, "gap", " "
            yield current, "tail", current.tail or ""


def _find(block: etree._Element, offset: int) -> tuple[etree._Element, str, int] | None:
    """Return where the character at `offset` stands, or the next word when the page divides that one."""
    count = 0
    before = " "
    divided = False
    word: tuple[etree._Element, str, int] | None = None  # where the word begins of which nothing was counted yet
    for owner, slot, text in _pieces(block):
        if slot == "gap":
            before = " "
            continue
        for index, character in enumerate(text):
            if not character.isspace():
                if before.isspace():
                    word = (owner, slot, index)
                if character not in _UNCOUNTED:
                    if count >= offset and word is not None:
                        return word
                    divided = divided or count >= offset
                    count += 1
                    word = None
            before = character
    if divided:  # the rest of the block is the end of a divided word: the next word is the next block's
        last = len(block)
        if last:
            return block[-1], "tail", len(block[-1].tail or "")
        return block, "text", len(block.text or "")
    if offset == 0 and count == 0:
        return block, "text", 0
    return None
