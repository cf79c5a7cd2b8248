"""The contents of an edition, its documents and page markers come in; `nav.xhtml` and `toc.ncx` go out."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from lxml import etree

from pipeline.book import Place
from pipeline.edition import Edition, UnitKind
from pipeline.epub.documents import (
    LANG,
    MATHML,
    OPS,
    TYPE,
    XHTML,
    Document,
    full,
    is_call,
    local,
    relative,
    types,
    within,
)
from pipeline.epub.pagebreaks import Marker
from pipeline.formulas import linear
from pipeline.manuscript import Code, Formula, Image, Inline, LineBreak, SoftBreak, Text

NAV = "nav.xhtml"
NCX = "toc.ncx"
_NCX = "http://www.daisy.org/z3986/2005/ncx/"

_NAMES: Mapping[str, tuple[str, str]] = {
    "de": ("Orientierung", "Seiten"),
    "en": ("Landmarks", "Pages"),
    "es": ("Puntos de referencia", "Páginas"),
    "fr": ("Repères", "Pages"),
    "it": ("Punti di riferimento", "Pagine"),
    "ru": ("Ориентиры", "Страницы"),
    "tr": ("Yer işaretleri", "Sayfalar"),
}
"""What a screen reader calls the two lists that nobody sees, by language."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the contents: where it leads, and the markup of its words."""

    document: str
    id: str
    level: int
    words: etree._Element


def plain(inlines: Sequence[Inline]) -> str:
    """Return the words of inlines as plain text, without calls."""
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case Text() | Code():
                parts.append(inline.text)
            case Formula():
                parts.append(linear(inline.text, inline.display))
            case SoftBreak() | LineBreak():
                parts.append(" ")
            case Image():
                parts.append(inline.alt)
            case _:
                parts.append(plain(getattr(inline, "inlines", ())))
    return "".join(parts)


def contents(edition: Edition, page: Document | None, names: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the lines of the contents: with the markup of the contents page where the edition has one.

    `names` gives the document of each unit.
    """
    marked = list(_marked(page)) if page is not None else []
    lines = []
    for number, entry in enumerate(edition.contents):
        if entry.unit not in names:
            continue
        words = marked[number] if len(marked) == len(edition.contents) else _unmarked(entry.number, plain(entry.title))
        lines.append(Line(names[entry.unit], entry.id, entry.level, words))
    return tuple(lines)


def _marked(page: Document) -> Iterator[etree._Element]:
    """Yield the words of each line of a contents page, as an `a` without anything that may not stand in one."""
    for item in page.body.iter(f"{{{XHTML}}}li"):
        link = item.find(f"{{{XHTML}}}a")
        if link is None:
            continue
        words = copy.deepcopy(link)
        words.tail = None
        for name in list(words.attrib):
            del words.attrib[name]
        for element in list(words.iterdescendants(etree.Element)):
            element.attrib.pop("id", None)
            if is_call(element) or "pagebreak" in types(element):
                _remove(element)
            elif local(element) == "a":
                element.tag = f"{{{XHTML}}}span"
                element.attrib.pop("href", None)
        _part(words)
        yield words


def _remove(element: etree._Element) -> None:
    """Take an element out, and leave what follows it."""
    parent, previous = element.getparent(), element.getprevious()
    assert parent is not None
    if previous is not None:
        previous.tail = (previous.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _part(words: etree._Element) -> None:
    """Put a space between number, title and authors, for readers that show the bare text."""
    for child in words[:-1]:
        if not (child.tail or "").strip() and not (child.tail or ""):
            child.tail = " "


def _unmarked(number: str, title: str) -> etree._Element:
    words = etree.Element(f"{{{XHTML}}}a")
    if number:
        etree.SubElement(words, f"{{{XHTML}}}span", {"class": "number"}).text = number
    etree.SubElement(words, f"{{{XHTML}}}span", {"class": "title"}).text = title
    _part(words)
    return words


_PLACES: Mapping[UnitKind, str] = {
    UnitKind.COVER: "cover",
    UnitKind.TITLE_PAGE: "titlepage",
    UnitKind.IMPRINT: "copyright-page",
    UnitKind.FIGURES: "loi",
    UnitKind.TABLES: "lot",
}
"""The landmarks that are units, by what their sections are."""


def landmarks(edition: Edition, documents: Sequence[Document]) -> tuple[tuple[str, str, str, str], ...]:
    """Return the places that a reading system offers: (type, document, id, name), in the order of the book.

    Each is the section of that type, which gets an id where it has none; the body of the book begins with its first section.
    """
    found: list[tuple[str, str, str, str]] = []
    begun = noted = False
    for document in documents:
        page = document.page
        if page.kind is UnitKind.CONTENTS:
            found.append(("toc", NAV, "contents", edition.words.contents))
        elif page.kind in _PLACES:
            type = _PLACES[page.kind]
            name = page.title or (edition.words.cover if page.kind is UnitKind.COVER else "")
            found.append((type, document.name, _section(document, type), name))
        if not begun and page.place is Place.BODY:
            begun = True
            found.append(("bodymatter", document.name, _section(document), page.title))
        if not noted and (id := _section(document, "footnotes")):
            noted = True
            found.append(("footnotes", document.name, id, edition.words.notes))
    if not any(type == "toc" for type, _, _, _ in found):
        found.append(("toc", NAV, "contents", edition.words.contents))
    return tuple(found)


def _section(document: Document, type: str = "") -> str:
    """Return the id of the first section of a type, or of any, and give it one where it has none; "" without such a section."""
    sections = document.body.iter(f"{{{XHTML}}}section")
    section = next((each for each in sections if not type or type in types(each)), None)
    if section is None:
        return ""
    if not section.get("id"):
        taken = {each.get("id") for each in document.root.iter(etree.Element)}
        stem = type or "begin"
        names = (f"{stem}-{number}" if number > 1 else stem for number in count(1))
        section.set("id", next(name for name in names if name not in taken))
    return section.get("id") or ""


def navigation(edition: Edition, lines: Sequence[Line], sheet: str) -> etree._Element:
    """Return `nav.xhtml` with the contents that a reader sees."""
    language = edition.book.language
    root = etree.Element(f"{{{XHTML}}}html", nsmap={None: XHTML, "epub": OPS})
    root.set("lang", language)
    root.set(LANG, language)
    head = _add(root, "head")
    _add(head, "meta", charset="utf-8")
    _add(head, "title").text = edition.words.contents
    _add(head, "link", rel="stylesheet", type="text/css", href=relative(NAV, sheet))
    body = _add(root, "body", {"class": "contents front", TYPE: "frontmatter"})
    names = {TYPE: "toc", "role": "doc-toc", "id": "contents", "class": "contents", "aria-labelledby": "contents-h"}
    toc = _add(body, "nav", names)
    _add(toc, "h1", id="contents-h").text = edition.words.contents
    _nest(_add(toc, "ol"), lines)
    return root


def list_landmarks(root: etree._Element, edition: Edition, marks: Sequence[tuple[str, str, str, str]]) -> None:
    """Add the places that a reading system offers, unseen on the page."""
    items = _unseen(root, {TYPE: "landmarks", "id": "landmarks", "aria-label": _spoken(edition)[0]})
    for type, document, id, name in marks:
        link = _add(_add(items, "li"), "a", {TYPE: type, "href": full(NAV, document, id)})
        link.text = name or edition.book.title


def list_pages(root: etree._Element, edition: Edition, markers: Sequence[Marker]) -> None:
    """Add the pages of the paginated edition, unseen on the page; nothing when none is marked."""
    if not markers:
        return
    names = {TYPE: "page-list", "role": "doc-pagelist", "id": "pages", "aria-label": _spoken(edition)[1]}
    items = _unseen(root, names)
    for marker in markers:
        _add(_add(items, "li"), "a", href=full(NAV, marker.document, marker.id)).text = marker.label


def _spoken(edition: Edition) -> tuple[str, str]:
    return _NAMES.get(edition.book.language.partition("-")[0].lower(), _NAMES["en"])


def _unseen(root: etree._Element, attributes: Mapping[str, str]) -> etree._Element:
    body = root.find(f"{{{XHTML}}}body")
    assert body is not None
    return _add(_add(body, "nav", {**attributes, "hidden": "hidden", "class": "unseen"}), "ol")


def _add(parent: etree._Element, tag: str, attributes: Mapping[str, str] | None = None, **more: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{XHTML}}}{tag}", dict(attributes or {}, **more))


def _nest(top: etree._Element, lines: Sequence[Line]) -> None:
    """Hang each line below the last one of a lower level; a level that is left out does not make an empty list."""
    stack: list[tuple[int, etree._Element]] = []
    for line in lines:
        while stack and stack[-1][0] >= line.level:
            stack.pop()
        if not stack:
            parent = top
        else:
            above = stack[-1][1]
            found = above.find(f"{{{XHTML}}}ol")
            parent = found if found is not None else _add(above, "ol")
        item = _add(parent, "li")
        words = copy.deepcopy(line.words)
        words.set("href", relative(NAV, line.document, line.id))
        item.append(words)
        stack.append((line.level, item))


def _said(element: etree._Element) -> Iterator[str]:
    """Yield the words of an element, and of a formula in it one line of signs."""
    if within(element, MATHML):
        source = next(element.iter(f"{{{MATHML}}}annotation"), None)
        yield linear(source.text or "", False) if source is not None else ""
        return
    yield element.text or ""
    for child in element:
        yield from _said(child)
        yield child.tail or ""


def ncx(
    edition: Edition,
    identifier: str,
    lines: Sequence[Line],
    markers: Sequence[Marker],
    documents: Sequence[Document],
) -> bytes:
    """Return the contents for reading systems of the time of EPUB 2, with the pages."""
    order = _play_order(lines, markers, documents)
    levels = _levels(lines)
    numbers = [int(marker.label) for marker in markers if marker.kind == "normal"]
    root = etree.Element(f"{{{_NCX}}}ncx", nsmap={None: _NCX}, version="2005-1")
    root.set(LANG, edition.book.language)
    head = etree.SubElement(root, f"{{{_NCX}}}head")
    for name, content in (
        ("dtb:uid", identifier),
        ("dtb:depth", str(max(levels, default=0) + 1)),
        ("dtb:totalPageCount", str(len(markers))),
        ("dtb:maxPageNumber", str(max(numbers, default=0))),
    ):
        etree.SubElement(head, f"{{{_NCX}}}meta", name=name, content=content)
    _text(root, "docTitle", edition.book.title)
    for author in edition.book.by_role("aut"):
        _text(root, "docAuthor", author.name)
    points = etree.SubElement(root, f"{{{_NCX}}}navMap")
    stack: list[tuple[int, etree._Element]] = []
    for number, (line, level) in enumerate(zip(lines, levels, strict=True), 1):
        while stack and stack[-1][0] >= level:
            stack.pop()
        point = etree.SubElement(stack[-1][1] if stack else points, f"{{{_NCX}}}navPoint", id=f"point-{number}")
        point.set("playOrder", str(order[line.document, line.id]))
        _text(point, "navLabel", " ".join("".join(_said(line.words)).split()))
        etree.SubElement(point, f"{{{_NCX}}}content", src=relative(NCX, line.document, line.id))
        stack.append((level, point))
    if markers:
        pages = etree.SubElement(root, f"{{{_NCX}}}pageList", id="page-list")
        pages.set("class", "page-list")
        counted: set[int] = set()
        for number, marker in enumerate(markers, 1):
            target = etree.SubElement(pages, f"{{{_NCX}}}pageTarget", id=f"target-{number}", type=marker.kind)
            # A value stands once (ANSI/NISO Z39.86-2005, 8.4.5); the pages of a second volume have their labels.
            if marker.kind == "normal" and int(marker.label) not in counted:
                counted.add(int(marker.label))
                target.set("value", str(int(marker.label)))
            target.set("playOrder", str(order[marker.document, marker.id]))
            _text(target, "navLabel", marker.label)
            etree.SubElement(target, f"{{{_NCX}}}content", src=relative(NCX, marker.document, marker.id))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _text(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(etree.SubElement(parent, f"{{{_NCX}}}{tag}"), f"{{{_NCX}}}text").text = text


def _levels(lines: Sequence[Line]) -> list[int]:
    """Return the depth at which each line hangs, without gaps."""
    stack: list[int] = []
    found = []
    for line in lines:
        while stack and stack[-1] >= line.level:
            stack.pop()
        found.append(len(stack))
        stack.append(line.level)
    return found


def _play_order(
    lines: Sequence[Line], markers: Sequence[Marker], documents: Sequence[Document]
) -> dict[tuple[str, str], int]:
    """Return the place of each target in the order of reading, counted from 1; one number a target."""
    wanted = {(line.document, line.id) for line in lines} | {(marker.document, marker.id) for marker in markers}
    order: dict[tuple[str, str], int] = {}
    for document in documents:
        if (document.name, "") in wanted:
            order[document.name, ""] = len(order) + 1
        for element in document.root.iter(etree.Element):
            target = (document.name, element.get("id") or "")
            if target[1] and target in wanted and target not in order:
                order[target] = len(order) + 1
    for target in sorted(wanted - set(order)):
        order[target] = len(order) + 1
    return order
