"""Pages, styles, pictures, fonts and a page map come in; the bytes of an EPUB go out.

The room knows neither Markdown nor the PDF: pages are XHTML, and print pages come as a `PageMap`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lxml import etree

from pipeline.book import PageSource, Place
from pipeline.edition import Edition, UnitKind
from pipeline.edition.places import Places
from pipeline.epub.accessibility import count, untrue
from pipeline.epub.archive import content_digest
from pipeline.epub.cover import cover as cover_of_type
from pipeline.epub.documents import (
    LANG,
    OPS,
    TYPE,
    XHTML,
    Document,
    properties,
    read,
    readdress,
    references,
    relative,
    resolve,
    safe_name,
    write,
)
from pipeline.epub.english import mark_english
from pipeline.epub.fonts import set_in_faces
from pipeline.epub.metadata import PREFIXES, direction, facts, identifier
from pipeline.epub.navigation import NAV, NCX, contents, landmarks, list_landmarks, list_pages, navigation, ncx
from pipeline.epub.pagebreaks import mark_pages, marked_pages
from pipeline.epub.sheet import Sheet
from pipeline.epub.writer import NCX_TYPE, XHTML_TYPE, Package, Raw, Writer
from pipeline.epub.writer import Document as Item
from pipeline.html import Page, Resource, picture_name
from pipeline.pagemap import PageMap
from pipeline.source import Problem, Severity

__all__ = ["content_digest", "package"]

SHEET = "css/book.css"
COVER_PAGE = "text/cover.xhtml"
_COVER_TYPES = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp", "image/svg+xml"))


def package(
    pages: tuple[Page, ...],
    edition: Edition,
    styles: str,
    resources: tuple[Resource, ...],
    page_map: PageMap | None,
    epoch: int,
    release: bool = False,
) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the EPUB of an edition, and what is wrong with it.

    `resources` are the pictures that pages name (`images/…`) and the fonts that `styles` names (`fonts/…`);
    what nothing names stays out. `page_map` is that of the paginated edition whose pages are marked; without
    it the EPUB claims none, unless the manuscript marks those of an older print. `epoch` is in seconds; a time
    before 1980 is made 1980. `release` spends seconds on smaller bytes that are the same on every machine.
    The bytes are empty when a page is not XHTML.
    """
    places = Places(edition)
    documents, problems = _read(pages, edition, places)
    if problems:
        return b"", tuple(problems)
    stock = {resource.name: resource for resource in resources}
    taken = {SHEET, NAV, NCX, COVER_PAGE}
    moved = _names(documents, taken)
    picture, cover, unusable = _cover(edition, stock, taken)
    problems.extend(unusable)
    if cover is not None and not any(document.page.kind is UnitKind.COVER for document in documents):
        documents.insert(0, cover)
    pictures = _pictures(documents, stock, moved, taken)
    for document in documents:
        if document is not cover:
            readdress(moved.get(document.name, document.name), document.root, moved, document.name)
        document.name = moved.get(document.name, document.name)
        _link_sheet(document)

    lines = contents(edition, _of_kind(documents, UnitKind.CONTENTS), {d.page.name: d.name for d in documents})
    nav = Document(NAV, _contents_page(pages, edition), navigation(edition, lines, SHEET))
    _direct(nav.root, edition)
    shown = any(document.page.kind is UnitKind.CONTENTS for document in documents)
    documents = [nav if document.page.kind is UnitKind.CONTENTS else document for document in documents]
    if edition.settings.pages is PageSource.MANUSCRIPT:
        markers = marked_pages(documents)
    elif page_map is not None:
        markers, found = mark_pages(documents, page_map, edition, places)
        problems.extend(found)
    else:
        markers = ()
    list_landmarks(nav.root, edition, landmarks(edition, documents))
    list_pages(nav.root, edition, markers)
    for document in {id(each): each for each in [*documents, nav]}.values():
        mark_english(document.root, edition.book.language)

    sheet = Sheet(styles)
    everything = documents if shown else [*documents, nav]
    fonts, rules, found = set_in_faces(everything, sheet, stock, places, SHEET)
    problems.extend(found)
    inside = [picture, *pictures] if picture is not None else pictures
    holds = count(
        documents,
        edition,
        places,
        inside,
        pages=len(markers),
        fonts=len(fonts),
        cover="cover-image" if picture is not None else "",
    )
    problems.extend(untrue(edition, holds))
    book = Package()
    book.uid = identifier(edition)
    book.title, book.language = edition.book.title, edition.book.language
    book.direction = direction(edition.book.language)
    book.prefixes = list(PREFIXES)
    book.facts = facts(edition, holds, page_map)
    for document in everything:
        name = "nav" if document is nav else f"unit-{document.name.rpartition('/')[2].removesuffix('.xhtml')}"
        extra = ("nav",) if document is nav else ()
        book.add_item(Item(name, document.name, XHTML_TYPE, write(document.root), (*extra, *properties(document.root))))
    book.spine = [item.id for item in book.items if shown or item.id != "nav"]
    book.add_item(Item("ncx", NCX, NCX_TYPE, ncx(edition, book.uid, lines, markers, documents)))
    book.add_item(Raw("css", SHEET, "text/css", sheet.write(rules).encode()))
    for number, font in enumerate(fonts, 1):
        book.add_item(Raw(f"font-{number}", font.name, font.media_type, font.data))
    for number, licence in enumerate(_licences(fonts, resources), 1):
        book.add_item(Raw(f"licence-{number}", licence.name, licence.media_type, licence.data, manifest=False))
    if picture is not None:
        book.add_item(Raw("cover-image", picture.name, picture.media_type, picture.data, ("cover-image",)))
    for number, each in enumerate(pictures, 1):
        book.add_item(Raw(f"image-{number}", each.name, each.media_type, each.data))
    return Writer(book, epoch, release).write(), tuple(problems)


def _read(pages: Sequence[Page], edition: Edition, places: Places) -> tuple[list[Document], list[Problem]]:
    """Parse every page; give each element that has one of the two language attributes the other one too."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for page in pages:
        try:
            root = read(page.html)
        except ValueError as error:
            problems.append(
                Problem(
                    "page-not-xhtml",
                    f"the page `{page.name}` is not well-formed XHTML: {error}",
                    places.span(page.name),
                    "look at the template, or at a macro of your own that wrote it",
                )
            )
            continue
        root.set("lang", root.get("lang") or root.get(LANG) or edition.book.language)
        _direct(root, edition)
        for element in root.iter(f"{{{XHTML}}}*"):
            language = element.get("lang") or element.get(LANG)
            if language:
                element.set("lang", language)
                element.set(LANG, language)
        documents.append(Document(f"text/{page.name}.xhtml", page, root))
    return documents, problems


def _direct(root: etree._Element, edition: Edition) -> None:
    """Say on the document itself how a book runs that does not run from left to right."""
    runs = direction(edition.book.language)
    if runs is not None:
        root.set("dir", runs)


def _names(documents: Sequence[Document], taken: set[str]) -> dict[str, str]:
    """Return the name in the package of every page whose name is not fit for all readers, or taken by ours."""
    moved = {}
    for document in documents:
        if document.page.kind is UnitKind.CONTENTS:
            moved[document.name] = NAV
        elif document.page.kind is UnitKind.COVER:
            moved[document.name] = COVER_PAGE
        else:
            moved[document.name] = safe_name(document.name, taken)
    return moved


def _of_kind(documents: Sequence[Document], kind: UnitKind) -> Document | None:
    return next((document for document in documents if document.page.kind is kind), None)


def _contents_page(pages: Sequence[Page], edition: Edition) -> Page:
    for page in pages:
        if page.kind is UnitKind.CONTENTS:
            return page
    return Page("contents", UnitKind.CONTENTS, Place.FRONT, edition.words.contents, "")


def _cover(
    edition: Edition, stock: Mapping[str, Resource], taken: set[str]
) -> tuple[Resource | None, Document | None, list[Problem]]:
    """Return the cover picture and the page that shows it: the book's own picture, else one of type."""
    problems: list[Problem] = []
    picture: Resource | None = None
    if edition.book.cover:
        given = stock.get(edition.book.cover) or stock.get(picture_name(edition.book.cover))
        if given is None or given.media_type not in _COVER_TYPES:
            fault = "is not among its pictures" if given is None else f"is of the type `{given.media_type}`"
            problems.append(
                Problem(
                    "cover-unusable",
                    f"the cover `{edition.book.cover}` {fault}",
                    None,
                    "give the path of a JPEG or PNG in the book's folder, or leave `cover` out: a cover of type is made",
                )
            )
        else:
            ending = given.name.rpartition(".")[2]
            picture = replace(given, name=safe_name(f"images/cover.{ending}", taken))
    else:
        data = cover_of_type(edition, stock)
        if data is None:
            problems.append(
                Problem(
                    "cover-unusable",
                    "no face has the letters of the title, so the cover could not be set",
                    None,
                    "give a picture as `cover` in `book.toml`",
                    Severity.WARNING,
                )
            )
        else:
            picture = Resource(safe_name("images/cover.png", taken), "image/png", data)
    if picture is None:
        return None, None, problems
    book, words = edition.book, edition.words
    root = etree.Element(f"{{{XHTML}}}html", nsmap={None: XHTML, "epub": OPS})
    root.set("lang", book.language)
    root.set(LANG, book.language)
    _direct(root, edition)
    head = etree.SubElement(root, f"{{{XHTML}}}head")
    etree.SubElement(head, f"{{{XHTML}}}meta", charset="utf-8")
    etree.SubElement(head, f"{{{XHTML}}}title").text = words.cover
    etree.SubElement(head, f"{{{XHTML}}}link", rel="stylesheet", type="text/css", href=relative(COVER_PAGE, SHEET))
    body = etree.SubElement(root, f"{{{XHTML}}}body", {"class": "cover front", TYPE: "frontmatter"})
    section = etree.SubElement(body, f"{{{XHTML}}}section", {"class": "cover", TYPE: "cover"})
    authors = ", ".join(person.name for person in book.by_role("aut"))
    description = f"{words.cover}: {book.title}" + (f", {authors}" if authors else "")
    address = relative(COVER_PAGE, picture.name)
    etree.SubElement(section, f"{{{XHTML}}}img", src=address, alt=description, role="doc-cover")
    page = Page("cover", UnitKind.COVER, Place.FRONT, words.cover, "")
    return picture, Document(COVER_PAGE, page, root), problems


def _pictures(
    documents: Sequence[Document], stock: Mapping[str, Resource], moved: dict[str, str], taken: set[str]
) -> list[Resource]:
    """Return the pictures that pages name, under names fit for all readers, which are noted in `moved`."""
    named = set()
    for document in documents:
        for _, _, address in references(document.root):
            target = resolve(document.name, address)
            if target is not None:
                named.add(target[0])
    found = []
    for name in sorted(named & set(stock)):
        if stock[name].media_type.startswith(("image/", "audio/", "video/")):
            moved[name] = safe_name(name, taken)
            found.append(replace(stock[name], name=moved[name]))
    return found


def _link_sheet(document: Document) -> None:
    """Make sure that the page names our style sheet, and no other."""
    head = document.root.find(f"{{{XHTML}}}head")
    if head is None:
        head = etree.Element(f"{{{XHTML}}}head")
        document.root.insert(0, head)
    if head.find(f"{{{XHTML}}}title") is None:
        etree.SubElement(head, f"{{{XHTML}}}title")
    title = head.find(f"{{{XHTML}}}title")
    if title is not None and not (title.text or "").strip():
        title.text = document.page.title or document.page.name
    for link in head.findall(f"{{{XHTML}}}link"):
        if link.get("rel") == "stylesheet":
            head.remove(link)
    etree.SubElement(head, f"{{{XHTML}}}link", rel="stylesheet", type="text/css", href=relative(document.name, SHEET))


def _licences(fonts: Sequence[Resource], resources: Sequence[Resource]) -> list[Resource]:
    """Return the licence texts that came with the fonts, when fonts are in the package.

    They stand in META-INF, since nothing in the book refers to them.
    """
    taken: set[str] = set()
    return [
        Resource(
            "META-INF/" + safe_name(f"{each.name.removesuffix('.md').removesuffix('.txt')}.txt", taken),
            "text/plain",
            each.data,
        )
        for each in sorted(resources, key=lambda each: each.name)
        if fonts and each.name.startswith("fonts/") and each.media_type.startswith("text/")
    ]
