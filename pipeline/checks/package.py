"""A finished EPUB is whole in itself: what its parts say of each other is true, and every reader can use it.

EPUBCheck and Ace find about half of the faults that a package can have. Neither sees a glyph that is not in a
font, a note that leads nowhere sensible, a page list in the wrong order, contents that leave a chapter out, or
a fixed colour that night mode cannot turn: this check does. Sources: EPUB 3.3, EPUB Accessibility 1.1,
DPUB-ARIA 1.1, Kobo's and Apple's guidelines, house rules.
"""

from __future__ import annotations

import io
import posixpath
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import tinycss2
from fontTools.ttLib import TTFont, TTLibError
from lxml import etree

from pipeline.book import Profile
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.epub.documents import (
    LANG,
    MATHML,
    SVG,
    TYPE,
    XHTML,
    is_call,
    is_list_number,
    local,
    references,
    resolve,
    types,
    within,
)
from pipeline.epub.fonts import ASSURED, Cut, characters, choose
from pipeline.epub.sheet import GENERIC, Sheet
from pipeline.pagemap import PageMap
from pipeline.source import Problem, Severity, Span

SIZE_LIMIT = 1_000_000_000
"""Bytes that a package may have when it is unpacked."""
LIMIT = 12
"""How many problems of one code are told one by one."""

_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
_XHTML_TYPE = "application/xhtml+xml"
_LANGUAGE = re.compile(r"(?:[a-z]{2,3}|x)(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_MODIFIED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MOJIBAKE = re.compile("Ã[\x80-\xbf]|Â[\x80-\xbf]|â€|\N{REPLACEMENT CHARACTER}")
_HEADS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FIXED = re.compile(r"(?:^|[\s,>+~])(?:html|body|p|div|section|span)\s*$")
_POINTERS = ("aria-labelledby", "aria-describedby", "aria-details", "headers", "for")
"""Attributes that name other elements of the document by their ids."""
_COLOURS = ("color", "background", "background-color")
_FREE = ("inherit", "transparent", "currentcolor", "none")
_ROLES = {
    "noteref": "doc-noteref",
    "footnote": "doc-footnote",
    "pagebreak": "doc-pagebreak",
    "toc": "doc-toc",
    "page-list": "doc-pagelist",
    "chapter": "doc-chapter",
    "part": "doc-part",
    "appendix": "doc-appendix",
}
"""`epub:type` and the role that must go with it: reading systems know one, screen readers the other."""


@dataclass(slots=True)
class _Parts:
    """A package taken apart."""

    names: list[str]
    members: Mapping[str, bytes]
    folder: str = ""
    opf: etree._Element | None = None
    items: dict[str, etree._Element] = field(default_factory=dict)
    """manifest items by path"""
    spine: list[str] = field(default_factory=list)
    trees: dict[str, etree._Element] = field(default_factory=dict)
    """every XHTML document of the manifest by path"""
    nav: str = ""


def check_package(epub: bytes, edition: Edition, page_map: PageMap | None = None) -> tuple[Problem, ...]:
    """Return what is wrong inside a finished EPUB; with `page_map`, also where its pages begin."""
    places = Places(edition)
    parts, problems = _take_apart(epub)
    if parts is None or parts.opf is None:
        return tuple(problems)
    checks = (
        _container(parts),
        _metadata(parts, edition, places),
        _claims(parts, edition, places),
        _markup(parts, places),
        _contents(parts, edition, places),
        _landmarks(parts),
        _notes(parts, edition, places),
        _pages(parts, page_map, places),
        _styles(parts),
        _faces(parts, places),
        _links(parts, edition, places),
    )
    for check in checks:
        problems.extend(check)
    return _limited(problems)


def _limited(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the first problems of each code, and say how many more there are."""
    counted: Counter[str] = Counter()
    kept: list[Problem] = []
    for problem in dict.fromkeys(problems):
        counted[problem.code] += 1
        if counted[problem.code] <= LIMIT:
            kept.append(problem)
    kept += [
        Problem(code, f"… and {number - LIMIT} more like these", None)
        for code, number in counted.items()
        if number > LIMIT
    ]
    return tuple(kept)


# The zip ------------------------------------------------------------------------------------


def _take_apart(epub: bytes) -> tuple[_Parts | None, list[Problem]]:
    """Read the package; what cannot be read ends the check."""

    def broken(why: str) -> tuple[None, list[Problem]]:
        return None, [Problem("epub-container", f"the package cannot be read: {why}")]

    try:
        with zipfile.ZipFile(io.BytesIO(epub)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > SIZE_LIMIT:
                return broken(f"it is larger than {SIZE_LIMIT:,} bytes when unpacked")
            names = [info.filename for info in infos]
            members = {info.filename: archive.read(info) for info in infos}
            stored = bool(infos) and infos[0].compress_type == zipfile.ZIP_STORED and not infos[0].extra
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        return broken(str(error))
    parts = _Parts(names, members)
    problems: list[Problem] = []
    if not names or names[0] != "mimetype" or not stored or members["mimetype"] != b"application/epub+zip":
        problems.append(
            Problem("epub-container", "the first member is not `mimetype`, stored, with `application/epub+zip` alone")
        )
    problems += [
        Problem("epub-container", f"the name `{name}` stands {number} times in the package")
        for name, number in Counter(names).items()
        if number > 1
    ]
    try:
        container = _xml(members.get("META-INF/container.xml", b""))
        path = next(e.get("full-path", "") for e in container.iter("{*}rootfile"))
        opf = _xml(members[path])
    except (etree.XMLSyntaxError, KeyError, StopIteration) as error:
        problems.append(Problem("epub-container", f"the package document cannot be read: {error!r}"))
        return None, problems
    parts.opf, parts.folder = opf, posixpath.dirname(path)
    by_id: dict[str, str] = {}
    for item in opf.iter(f"{_OPF}item"):
        target = resolve(path, item.get("href", ""))
        if target is None:
            problems.append(Problem("epub-container", f"`{item.get('href')}` in the manifest is not in the package"))
            continue
        parts.items[target[0]] = item
        by_id[item.get("id", "")] = target[0]
        if "nav" in item.get("properties", "").split():
            parts.nav = target[0]
    for itemref in opf.iter(f"{_OPF}itemref"):
        name = by_id.get(itemref.get("idref", ""))
        if name is None:
            problems.append(
                Problem("epub-container", f"the spine names `{itemref.get('idref')}`, the manifest does not")
            )
        else:
            parts.spine.append(name)
    for name, item in parts.items.items():
        if item.get("media-type") == _XHTML_TYPE and name in members:
            try:
                parts.trees[name] = _xml(members[name])
            except etree.XMLSyntaxError as error:
                problems.append(Problem("epub-markup", f"`{name}` is not well-formed: {error}"))
    return parts, problems


def _xml(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(data, parser)


def _container(parts: _Parts) -> Iterator[Problem]:
    """Members are what the manifest lists, and the spine has documents."""
    package = {name for name in parts.names if name != "mimetype" and not name.startswith("META-INF/")}
    assert parts.opf is not None
    listed = set(parts.items) | {name for name in package if name.endswith(".opf")}
    for name in sorted(package - listed):
        yield Problem("epub-container", f"`{name}` is in the package, and not in its manifest")
    for name in sorted(listed - package):
        yield Problem("epub-container", f"`{name}` is in the manifest, and not in the package")
    for name in sorted(package):
        if not re.fullmatch(r"[A-Za-z0-9/._-]+", name):
            yield Problem("epub-container", f"the name `{name}` has characters that not every reader can open")
    for name in parts.spine:
        if name not in parts.trees:
            yield Problem("epub-container", f"`{name}` is in the spine and cannot be read")
    if not parts.spine:
        yield Problem("epub-container", "the spine is empty")


# Metadata -----------------------------------------------------------------------------------


def _isbn_true(digits: str) -> bool:
    if re.fullmatch(r"\d{13}", digits):
        return sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits)) % 10 == 0
    if re.fullmatch(r"\d{9}[\dX]", digits):
        return sum((10 if d == "X" else int(d)) * (10 - n) for n, d in enumerate(digits)) % 11 == 0
    return False


def _metadata(parts: _Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """The package says of the book what the book's settings say, in the forms that shops can read."""
    opf = parts.opf
    assert opf is not None
    where = places.settings

    def fault(message: str) -> Problem:
        return Problem("epub-metadata", message, where)

    def texts(name: str) -> list[str]:
        return [(element.text or "").strip() for element in opf.iter(f"{_DC}{name}")]

    def properties(name: str) -> list[str]:
        return [(e.text or "").strip() for e in opf.iter(f"{_OPF}meta") if e.get("property") == name]

    languages = texts("language")
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            yield fault(f"`{language}` is not a language tag (BCP 47)")
    if languages[:1] != [edition.book.language]:
        yield fault(f"the language is {languages}, the book's is `{edition.book.language}`")
    if [" ".join(text.split()) for text in texts("title")[:1]] != [" ".join(edition.book.title.split())]:
        yield fault(f"the title is {texts('title')[:1]}, the book's is `{edition.book.title}`")
    names = sorted(texts("creator") + texts("contributor"))
    if names != sorted(person.name.strip() for person in edition.book.contributors):
        yield fault("the names of the contributors are not those of the book")
    identifier = next((e for e in opf.iter(f"{_DC}identifier") if e.get("id") == opf.get("unique-identifier")), None)
    own = (identifier.text or "").strip() if identifier is not None else ""
    if not own:
        yield fault("the package has no unique identifier")
    for text in texts("identifier") + texts("source") + properties("pageBreakSource"):
        if text.lower().startswith("urn:isbn:") and not _isbn_true(text[9:].replace("-", "")):
            yield fault(f"the check digit of `{text}` is wrong")
    wanted = edition.settings.identifier.replace("-", "").replace(" ", "").removeprefix("urn:isbn:")
    if wanted and own != f"urn:isbn:{wanted}":
        yield fault(f"the unique identifier is `{own}`, the edition's ISBN is `{wanted}`")
    if own and own in texts("source") + properties("pageBreakSource"):
        yield fault(f"the edition names itself, `{own}`, as the source of its page numbers")
    modified = properties("dcterms:modified")
    if len(modified) != 1 or not _MODIFIED.fullmatch(modified[0]):
        yield fault(f"`dcterms:modified` must stand once, in seconds and UTC; found {modified}")
    for name in ("accessMode", "accessModeSufficient", "accessibilityFeature", "accessibilityHazard"):
        if not properties(f"schema:{name}"):
            yield fault(f"`schema:{name}` is not said")
    covers = [name for name, item in parts.items.items() if "cover-image" in item.get("properties", "").split()]
    if len(covers) != 1:
        yield fault(f"one picture must be the cover (`cover-image`); found {len(covers)}")
    elif not parts.items[covers[0]].get("media-type", "").startswith("image/"):
        yield fault(f"the cover `{covers[0]}` is no picture")
    for ncx in (name for name, item in parts.items.items() if item.get("media-type") == "application/x-dtbncx+xml"):
        uid = _ncx_uid(parts.members.get(ncx, b""))
        if uid != own:
            yield fault(f"the NCX names the edition `{uid}`, the package `{own}`")


def _ncx_uid(data: bytes) -> str:
    try:
        tree = _xml(data)
    except etree.XMLSyntaxError:
        return ""
    return next((e.get("content", "") for e in tree.iter(f"{_NCX}meta") if e.get("name") == "dtb:uid"), "")


def _claims(parts: _Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """A claim of conformance is a person's: it names who vouches for it. Features are claimed only if they are there."""
    opf = parts.opf
    assert opf is not None
    metas = list(opf.iter(f"{_OPF}meta"))
    for claim in metas:
        if claim.get("property") != "dcterms:conformsTo":
            continue
        id = claim.get("id", "")
        if not any(m.get("property") == "a11y:certifiedBy" and m.get("refines") == f"#{id}" and m.text for m in metas):
            yield Problem(
                "epub-claim", "conformance is claimed, and nobody is named who vouches for it", places.settings
            )
        if (claim.text or "").strip() != edition.book.accessibility.conforms_to:
            yield Problem(
                "epub-claim", f"`{claim.text}` is claimed, and the settings of the book do not say it", places.settings
            )
    for name, label in ((f"{_DC}source", "dc:source"), ("pageBreakSource", "pageBreakSource")):
        there = any(e.tag == name or e.get("property") == name for e in opf.iter(f"{_DC}source", f"{_OPF}meta"))
        paged = any("pagebreak" in types(e) for tree in parts.trees.values() for e in tree.iter(f"{{{XHTML}}}*"))
        asked = paged and not (label == "pageBreakSource" and edition.settings.profile is Profile.KOBO)
        if there != asked:
            what = "is not said, but pages are listed" if asked else "is said, but no edition has those pages"
            yield Problem("epub-claim", f"`{label}` {what}", places.settings)
    said = {(m.text or "").strip() for m in metas if m.get("property") == "schema:accessibilityFeature"}
    marked = any("pagebreak" in types(e) for tree in parts.trees.values() for e in tree.iter(f"{{{XHTML}}}*"))
    shown = [
        e
        for tree in parts.trees.values()
        for e in tree.iter(f"{{{XHTML}}}img")
        if e.get("role") != "doc-cover" and e.get("alt") != ""
    ]
    described = bool(shown) and all(e.get("alt") for e in shown)
    detailed = any(e.get("aria-details") for tree in parts.trees.values() for e in tree.iter(f"{{{XHTML}}}*"))
    formulas = [e for tree in parts.trees.values() for e in tree.iter(f"{{{MATHML}}}math")]
    for feature, there in (
        ("pageBreakMarkers", marked),
        ("pageNavigation", marked),
        ("tableOfContents", bool(parts.nav)),
        ("alternativeText", described and bool(edition.book.accessibility.descriptions_reviewed_by)),
        ("longDescription", detailed),
        ("MathML", bool(formulas)),
        ("describedMath", bool(formulas) and all(each.get("alttext", "").strip() for each in formulas)),
    ):
        if (feature in said) != there:
            what = "claimed, and not there" if feature in said else "there, and not said"
            yield Problem("epub-claim", f"the feature `{feature}` is {what}", places.settings)


# Documents ----------------------------------------------------------------------------------


def _place(element: etree._Element | None, places: Places) -> Span | None:
    """Return the place in the manuscript of the nearest element that the edition knows."""
    while element is not None:
        id = element.get("id")
        if id and (span := places.span(id)) is not None:
            return span
        element = element.getparent()
    return None


def _markup(parts: _Parts, places: Places) -> Iterator[Problem]:
    """Every document can be read by every reader: language, title, ids, heads without gaps, types with their roles."""
    for name, tree in parts.trees.items():

        def fault(message: str, element: etree._Element, name: str = name) -> Problem:
            return Problem("epub-markup", f"{message}, in `{name}`", _place(element, places))

        if tree.tag != f"{{{XHTML}}}html":
            yield fault("the document is not XHTML", tree)
            continue
        if not tree.get("lang") or tree.get("lang") != tree.get(LANG):
            yield fault("`lang` and `xml:lang` of the document are not the same, or missing", tree)
        if tree.nsmap.get("epub") is None and TYPE in {key for e in tree.iter(etree.Element) for key in e.attrib}:
            yield fault("the namespace `epub` is not declared on `html`, where some readers look for it", tree)
        title = tree.find(f"{{{XHTML}}}head/{{{XHTML}}}title")
        if title is None or not (title.text or "").strip():
            yield fault("the document has no title", tree)
        ids = Counter(element.get("id") for element in tree.iter(etree.Element) if element.get("id"))
        for element in tree.iter(etree.Element):
            if ids.get(element.get("id"), 0) > 1:
                yield fault(f"the id `{element.get('id')}` stands more than once", element)
        yield from _levels(name, tree, places)
        for element in tree.iter(f"{{{XHTML}}}*"):
            yield from (fault(message, element) for message in _faults_of(element))
            for attribute in _POINTERS:
                for id in (element.get(attribute) or "").split():
                    if id not in ids:
                        yield fault(f"`{attribute}` names `{id}`, which is not there", element)
        text = "".join(tree.itertext())
        for found in _MOJIBAKE.finditer(text):
            around = " ".join(text[max(0, found.start() - 15) : found.end() + 15].split())
            yield Problem(
                "epub-mojibake",
                f"`{around}` looks like text read in the wrong encoding, in `{name}`",
                None,
                severity=Severity.WARNING,
            )


def _faults_of(element: etree._Element) -> Iterator[str]:
    role = element.get("role")
    for type in sorted(types(element)):
        wanted = _ROLES.get(type)
        if wanted and role != wanted and not (type in ("toc",) and local(element) == "a"):
            yield f"`epub:type` {type} stands without the role {wanted}"
    for type, wanted in _ROLES.items():
        if role == wanted and type not in types(element):
            yield f"the role {wanted} stands without `epub:type` {type}"
    if element.get("style") is not None:
        yield "a style stands in the markup, where readers cannot turn it off"
    if local(element) == "img" and element.get("alt") is None:
        yield f"the picture `{element.get('src')}` has no description (`alt`)"
    if local(element) == "script":
        yield "a script stands in the book"


def _levels(name: str, tree: etree._Element, places: Places) -> Iterator[Problem]:
    before = 0
    for element in tree.iter(*(f"{{{XHTML}}}{head}" for head in _HEADS)):
        level = int(local(element)[1])
        if before and level > before + 1:
            yield Problem(
                "epub-markup",
                f"a head of level {level} follows one of level {before}, in `{name}`",
                _place(element, places),
            )
        if not _words(element).strip():
            yield Problem("epub-markup", f"a head is empty, in `{name}`", _place(element, places))
        before = level


def _is_reference(element: etree._Element) -> bool:
    return local(element) == "a" and "ref" in (element.get("class") or "").split()


def _words(element: etree._Element, references: str = "") -> str:
    """Return the text of an element without calls, notes and what is not shown; see `_following`."""
    parts: list[str] = []
    stack: list[etree._Element | str] = [element]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            parts.append(current)
            continue
        if current is not element and (is_call(current) or types(current) & {"footnotes", "pagebreak"}):
            continue
        if within(current, MATHML) or is_list_number(current):  # outlines in print, which are no words of a page
            continue
        if references and _is_reference(current):
            parts.append(references)
            continue
        parts.append(current.text or "")
        for child in reversed(current):
            stack.append(child.tail or "")
            stack.append(child)
    return "".join(parts)


# Contents and landmarks ---------------------------------------------------------------------


def _navs(parts: _Parts) -> dict[str, etree._Element]:
    tree = parts.trees.get(parts.nav)
    if tree is None:
        return {}
    return {type: nav for nav in tree.iter(f"{{{XHTML}}}nav") for type in types(nav)}


def _targets(parts: _Parts, nav: etree._Element) -> Iterator[tuple[etree._Element, str, etree._Element | None]]:
    """Yield (link, document, element) of every link of a nav; the element is None when it is not there."""
    for link in nav.iter(f"{{{XHTML}}}a"):
        target = resolve(parts.nav, link.get("href", ""))
        if target is None or target[0] not in parts.trees:
            yield link, "", None
            continue
        name, fragment = target
        yield link, name, _by_id(parts.trees[name], fragment) if fragment else parts.trees[name]


def _by_id(tree: etree._Element, id: str) -> etree._Element | None:
    return next((element for element in tree.iter(etree.Element) if element.get("id") == id), None)


def _contents(parts: _Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """The contents name every chapter, in order, in the words of its head."""
    toc = _navs(parts).get("toc")
    if toc is None:
        yield Problem("epub-contents", "the package has no contents", places.settings)
        return
    for item in (each for nav in _navs(parts).values() for each in nav.iter(f"{{{XHTML}}}li")):
        if [local(child) for child in item] not in (["a"], ["a", "ol"], ["span", "ol"]):
            shown = " ".join("".join(item.itertext()).split())
            yield Problem("epub-contents", f"`{shown[:60]}` is no link and nothing but a link, in `{parts.nav}`")
    listed: list[str] = []
    for link, name, element in _targets(parts, toc):
        shown = " ".join("".join(link.itertext()).split())
        if element is None:
            yield Problem("epub-contents", f"`{shown}` leads nowhere (`{link.get('href')}`)")
            continue
        listed.append(name)
        title = next((e for e in link.iter(f"{{{XHTML}}}span") if e.get("class") == "title"), link)
        head = _plain(_words(element))  # a joiner stands before a call, which the contents leave out
        if "run-in" in (element.get("class") or "").split() and not head.endswith(".."):
            head = head.removesuffix(".")
        if local(element) in _HEADS and _plain(_words(title)) != head:
            yield Problem(
                "epub-contents", f"the contents say `{shown}`, the head says `{head}`", _place(element, places)
            )
    order = {name: number for number, name in enumerate(parts.spine)}
    numbers = [order[name] for name in listed if name in order]
    if numbers != sorted(numbers):
        yield Problem("epub-contents", "the contents are not in the order of the book", places.settings)
    for entry in edition.contents:
        if not any(name.rpartition("/")[2] == f"{entry.unit}.xhtml" for name in listed) and entry.level == 0:
            yield from _unlisted(parts, entry.unit, entry.id, listed, places)
    for name in parts.spine:
        tree = parts.trees.get(name)
        if tree is None or name in listed:
            continue
        if any(types(e) & {"chapter", "part", "appendix"} for e in tree.iter(f"{{{XHTML}}}section")):
            section = next(tree.iter(f"{{{XHTML}}}section"))
            yield Problem("epub-contents", f"`{name}` is not in the contents", _place(section, places))
    if len(list(toc.iter(f"{{{XHTML}}}a"))) != len(edition.contents):
        yield Problem(
            "epub-contents",
            f"the contents have {len(list(toc.iter(f'{{{XHTML}}}a')))} lines, the edition has {len(edition.contents)}",
            places.settings,
        )


def _plain(words: str) -> str:
    return " ".join(words.replace("\u2060", "").split())


def _unlisted(parts: _Parts, unit: str, id: str, listed: Sequence[str], places: Places) -> Iterator[Problem]:
    """Say that a unit is not in the contents, whatever name its file has."""
    if not any(_by_id(parts.trees[name], id) is not None for name in set(listed)):
        yield Problem("epub-contents", f"`{unit}` is not in the contents", places.span(unit))


def _landmarks(parts: _Parts) -> Iterator[Problem]:
    """A reading system finds where the book begins, and its contents."""
    nav = _navs(parts).get("landmarks")
    if nav is None:
        yield Problem("epub-landmarks", "the package has no landmarks")
        return
    found = Counter(type for link in nav.iter(f"{{{XHTML}}}a") for type in types(link))
    for type in ("toc", "bodymatter"):
        if not found[type]:
            yield Problem("epub-landmarks", f"there is no landmark `{type}`")
    for link, _, element in _targets(parts, nav):
        name = "".join(link.itertext()).strip()  # its first letters may stand in a `span` that gives them a face
        if element is None:
            yield Problem("epub-landmarks", f"the landmark `{name}` leads nowhere (`{link.get('href')}`)")
        if not types(link) or not name:
            yield Problem("epub-landmarks", f"a landmark has no type or no name (`{link.get('href')}`)")


# Notes --------------------------------------------------------------------------------------


def _heads_with_calls(edition: Edition) -> set[str]:
    """Return the calls that the author put into heads."""
    found: set[str] = set()

    def seek(value: object, inside: bool) -> None:
        stack = [(value, inside)]
        while stack:
            current, within_head = stack.pop()
            if isinstance(current, tuple):
                stack.extend((each, within_head) for each in current)
                continue
            kind = type(current).__name__
            span = getattr(current, "span", None)
            if kind == "NoteCall" and within_head and isinstance(span, Span) and span in edition.calls:
                found.add(edition.calls[span].id)
            for name in (
                "inlines",
                "blocks",
                "items",
                "entries",
                "definitions",
                "term",
                "caption",
                "head",
                "body",
                "foot",
                "cells",
            ):
                below = getattr(current, name, None)
                if isinstance(below, tuple):
                    stack.append((below, within_head or kind == "Heading"))

    for unit in edition.units:
        seek(unit.title, True)
        seek(unit.blocks, False)
    return found


def _notes(parts: _Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """Every call opens its note, and every note leads back to its call, in every kind of reader."""
    allowed = _heads_with_calls(edition)
    for name in parts.spine:
        tree = parts.trees.get(name)
        if tree is None:
            continue
        notes = [e for e in tree.iter(f"{{{XHTML}}}*") if "footnote" in types(e) or e.get("role") == "doc-footnote"]
        calls = [e for e in tree.iter(f"{{{XHTML}}}a") if "noteref" in types(e) or e.get("role") == "doc-noteref"]
        by_id = {note.get("id", ""): note for note in notes}
        first: dict[str, etree._Element] = {}
        for call in calls:
            yield from _call(call, by_id, name, places)
            if any(local(a) in _HEADS for a in call.iterancestors()) and call.get("id") not in allowed:
                yield Problem(
                    "epub-note", f"the call `{_mark(call)}` stands in a head, in `{name}`", _place(call, places)
                )
            target = (call.get("href") or "").removeprefix("#")
            if target in by_id:
                first.setdefault(target, call)
        for id, note in by_id.items():
            yield from _note(id, note, first.get(id), calls, name, places)
        outer = [c for c in calls if not any("footnotes" in types(a) for a in c.iterancestors())]
        wanted = _called_order(outer, by_id, calls)
        stands = [id for id in by_id if id in wanted]
        if stands != wanted:
            astray = next(one for one, other in zip(stands, wanted, strict=True) if one != other)
            yield Problem(
                "epub-note",
                f"the notes do not stand in the order of their calls, from `{astray}` on, in `{name}`",
                places.span(astray),
            )


def _called_order(
    outer: Sequence[etree._Element], notes: Mapping[str, etree._Element], calls: Sequence[etree._Element]
) -> list[str]:
    """Return the notes as they are first called; one called in another note comes straight after that one."""
    order: list[str] = []

    def visit(call: etree._Element) -> None:
        pending = [call]
        while pending:
            id = (pending.pop().get("href") or "").removeprefix("#")
            if id in order or id not in notes:
                continue
            order.append(id)
            pending.extend(reversed([c for c in calls if notes[id] in c.iterancestors()]))

    for call in outer:
        visit(call)
    return order


def _mark(element: etree._Element) -> str:
    return "".join(element.itertext()).strip()


def _call(call: etree._Element, notes: Mapping[str, etree._Element], name: str, places: Places) -> Iterator[Problem]:
    href, mark = call.get("href") or "", _mark(call)
    if not href.startswith("#"):
        yield Problem(
            "epub-note", f"the call `{mark}` leads into another file (`{href}`), in `{name}`", _place(call, places)
        )
    elif href[1:] not in notes:
        yield Problem("epub-note", f"the call `{mark}` leads to no note (`{href}`), in `{name}`", _place(call, places))
    if not mark:
        yield Problem("epub-note", f"a call is empty (`{href}`), in `{name}`", _place(call, places))


def _note(
    id: str,
    note: etree._Element,
    call: etree._Element | None,
    calls: Sequence[etree._Element],
    name: str,
    places: Places,
) -> Iterator[Problem]:
    def fault(message: str) -> Problem:
        return Problem("epub-note", f"{message}, in `{name}`", places.span(id))

    if call is None:
        yield fault(f"the note `{id}` is not called")
    back = next((e for e in note.iter(f"{{{XHTML}}}a") if e.get("role") == "doc-backlink"), None)
    if back is None:
        yield fault(f"the note `{id}` does not lead back to the text")
    else:
        target = (back.get("href") or "").removeprefix("#")
        if not any(each.get("id") == target and (each.get("href") or "") == f"#{id}" for each in calls):
            yield fault(f"the note `{id}` leads back to `{target}`, which does not call it")
        if call is not None and _mark(back).rstrip(".") != _mark(call):
            yield fault(f"the note is marked `{_mark(back)}`, its call `{_mark(call)}`")
    own = [e for e in note.iter(etree.Element) if _is_label(e) or e is back]
    words = _mark(note)
    for element in own:
        words = words.replace(_mark(element), "", 1)
    if not any(character.isalnum() for character in words) and next(note.iter(f"{{{XHTML}}}img"), None) is None:
        yield fault(f"the note `{id}` is empty")


def _is_label(element: etree._Element) -> bool:
    """Say whether an element only tells whose a note is; what a style makes of a citation is the note itself."""
    classes = (element.get("class") or "").split()
    return "generated" in classes and "citation" not in classes


# Pages --------------------------------------------------------------------------------------


def _pages(parts: _Parts, page_map: PageMap | None, places: Places) -> Iterator[Problem]:
    """The list of pages is the markers in the text, in order, under the labels of the paginated edition."""
    markers = [
        (name, element)
        for name in parts.spine
        if name in parts.trees
        for element in parts.trees[name].iter(f"{{{XHTML}}}*")
        if "pagebreak" in types(element) or element.get("role") == "doc-pagebreak"
    ]
    labels = [element.get("aria-label") or "" for _, element in markers]
    for name, element in markers:
        if not element.get("aria-label") or not element.get("id"):
            yield Problem(
                "epub-page-list", f"a page marker has no label or no id, in `{name}`", _place(element, places)
            )
        if any(local(a) in _HEADS for a in element.iterancestors()):
            yield Problem(
                "epub-page-list",
                f"page {element.get('aria-label')} begins inside a head, in `{name}`",
                _place(element, places),
            )
    nav = _navs(parts).get("page-list")
    if nav is None:
        if markers:
            yield Problem("epub-page-list", f"{len(markers)} pages are marked, and there is no list of them")
    else:
        listed = []
        for link, name, target in _targets(parts, nav):
            listed.append(("".join(link.itertext()), name, target.get("id") if target is not None else None))
        wanted = [(label, name, element.get("id")) for label, (name, element) in zip(labels, markers, strict=True)]
        if listed != wanted:
            at = next(
                (n for n, pair in enumerate(zip(listed, wanted, strict=False)) if pair[0] != pair[1]),
                min(len(listed), len(wanted)),
            )
            lists = listed[at][0] if at < len(listed) else "nothing"
            marks = wanted[at][0] if at < len(wanted) else "nothing"
            yield Problem(
                "epub-page-list",
                f"the list of pages is not the pages of the text: line {at + 1} is `{lists}`, the text has `{marks}`",
            )
    if page_map is not None:
        yield from _against_map(markers, labels, page_map, places)


def _against_map(
    markers: Sequence[tuple[str, etree._Element]], labels: Sequence[str], page_map: PageMap, places: Places
) -> Iterator[Problem]:
    starts = iter(page_map.starts)
    for label, (name, element) in zip(labels, markers, strict=True):
        start = next((each for each in starts if each.label == label), None)
        if start is None:
            yield Problem(
                "epub-page-list",
                f"page `{label}` is none of the `{page_map.edition}` edition, or out of order, in `{name}`",
                _place(element, places),
            )
            return
        if not _begins(element, start.words, selects=places.selects):
            here = " ".join(_following(element, 40).split())
            told = f"page {label} begins with `{start.words}` in print, here before `{here}`"
            if places.selects:
                yield Problem(
                    "epub-page-list",
                    f"{told}; some words of the book are not for both editions",
                    _place(element, places),
                    severity=Severity.INFO,
                )
            else:
                yield Problem("epub-page-list", told, _place(element, places), severity=Severity.WARNING)


def _begins(marker: etree._Element, words: str, *, selects: bool) -> bool:
    """Say whether a page that begins with these words in print begins at a marker, as far as editions are alike.

    A reference may print a page in one and a name in the other: only what stands before it is compared. Where
    the author `selects` words for some editions, the last of the words are enough.
    """
    wanted, rest = _letters(words), _letters(words.partition(" ")[2])
    before, reference, _ = _following(marker, 400, references=_REFERENCE).partition(_REFERENCE)
    common = _letters(before)[:24]
    if reference and (wanted.startswith(common) or rest.startswith(common)):
        return True
    found = _letters(_following(marker, 400))
    if not wanted or found.startswith((wanted[:24], rest[:24])):
        return True
    parts = words.split()
    tails = (_letters(" ".join(parts[number:])) for number in range(1, len(parts)))
    return selects and any(len(tail) >= 8 and tail in found for tail in tails)


_REFERENCE = "\N{OBJECT REPLACEMENT CHARACTER}"


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def _following(marker: etree._Element, length: int, references: str = "") -> str:
    """Return the text that stands after a marker in its document, without calls and notes.

    `references` stands in place of the words of references, if it is anything.
    """
    inside = any(_is_reference(each) for each in marker.iterancestors())
    parts: list[str] = [references if inside else "", marker.tail or ""]
    size = sum(map(len, parts))
    element = marker
    while size < length:
        for sibling in element.itersiblings():
            if not (is_call(sibling) or is_list_number(sibling) or types(sibling) & {"footnotes", "pagebreak"}):
                parts.append(" " + _words(sibling, references))
            parts.append(sibling.tail or "")
            size = sum(map(len, parts))
            if size >= length:
                break
        parent = element.getparent()
        if parent is None or local(parent) == "body":
            break
        element = parent
        parts.append(element.tail or "")
    return "".join(parts)[:length]


# Style and faces ----------------------------------------------------------------------------


def _sheets(parts: _Parts) -> dict[str, str]:
    return {
        name: parts.members[name].decode("utf-8", "replace")
        for name, item in parts.items.items()
        if item.get("media-type") == "text/css" and name in parts.members
    }


def _styles(parts: _Parts) -> Iterator[Problem]:
    """The reader's own colours and sizes win, and every rule is there for something."""
    for name, css in _sheets(parts).items():
        sheet = Sheet(css)
        yield from (Problem("epub-style", f"{fault}, in `{name}`") for fault in sheet.faults)
        for tree in parts.trees.values():
            if tree.tag == f"{{{XHTML}}}html":
                sheet.letters(tree)
        for selector in sheet.unused():
            yield Problem("epub-style", f"nothing in the book is `{selector}`, in `{name}`", severity=Severity.WARNING)
        for selector, declaration in _declarations(css):
            value = tinycss2.serialize(declaration.value).strip().lower()
            property = declaration.lower_name
            fixed = property in _COLOURS and value not in _FREE
            if fixed and any(_FIXED.search(part.strip()) for part in selector.split(",")):
                yield Problem(
                    "epub-style",
                    f"`{selector}` fixes a colour (`{property}: {value}`): night mode cannot turn it, in `{name}`",
                )
            if property in ("font-size", "font") and re.search(r"\d(?:px|pt|pc|cm|mm|in)\b", value):
                yield Problem(
                    "epub-style",
                    f"`{selector}` fixes a size (`{property}: {value}`): readers cannot change it, in `{name}`",
                )
            if selector != _UNSEEN and _hides(property, value):
                yield Problem("epub-style", f"`{selector}` hides words (`{property}: {value}`), in `{name}`")
            if property == "content" and re.search(r"\w", re.sub(r"\b(?:none|normal)\b", "", value)):
                yield Problem("epub-style", f"`{selector}` makes words (`{property}: {value}`), in `{name}`")
            for token in declaration.value:
                if token.type == "url" and resolve(name, token.value) is None:
                    yield Problem(
                        "epub-style", f"`{selector}` fetches `{token.value}` from outside the book, in `{name}`"
                    )


_UNSEEN = "nav.unseen"
"""The lists of places and pages, which reading systems show in their own way."""

_ZERO = re.compile(r"0+(?:\.0*)?(?:[a-z]+|%)?|\.0+(?:[a-z]+|%)?")


def _hides(property: str, value: str) -> bool:
    """Say whether a declaration takes words from the page: what is in the file must be seen."""
    match property:
        case "display":
            return value == "none"
        case "visibility" | "content-visibility":
            return value in ("hidden", "collapse")
        case "opacity" | "font-size":
            return _ZERO.fullmatch(value) is not None
        case "clip" | "clip-path":
            return value not in ("auto", "none", "inherit", "initial", "unset")
        case "text-indent" | "left" | "right" | "top" | "bottom" | "margin-left" | "margin-right" | "margin-top":
            found = re.fullmatch(r"-(\d+)(?:\.\d*)?[a-z%]+", value)
            return found is not None and int(found.group(1)) >= 100
        case _:
            return False


def _declarations(css: str) -> Iterator[tuple[str, tinycss2.ast.Declaration]]:
    stack = list(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))
    while stack:
        rule = stack.pop(0)
        if rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports") and rule.content:
            stack += tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        elif rule.type == "qualified-rule" or (rule.type == "at-rule" and rule.content):
            selector = (
                tinycss2.serialize(rule.prelude).strip() if rule.type == "qualified-rule" else f"@{rule.at_keyword}"
            )
            for each in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
                if each.type == "declaration":
                    yield selector, each


def _faces(parts: _Parts, places: Places) -> Iterator[Problem]:
    """Every sign of every run is in the face in which the style sheet sets it, and faces have the names they go by."""
    for name, css in _sheets(parts).items():
        sheet = Sheet(css)
        families: dict[str, list[Cut]] = {}
        for face in sheet.faces:
            target = resolve(name, face.source)
            data = parts.members.get(target[0]) if target is not None else None
            if data is None:
                yield Problem("epub-face", f"the font `{face.source}` is not in the package, in `{name}`")
                continue
            try:
                families.setdefault(face.family, []).append(Cut(face, data, characters(data)))
                known = _family(data)
            except (TTLibError, OSError, ValueError, KeyError, AssertionError) as error:
                yield Problem("epub-face", f"the font `{face.source}` cannot be read: {error}")
                continue
            if known != face.family:
                yield Problem(
                    "epub-face",
                    f"the font `{face.source}` names itself `{known}`, the style sheet calls it `{face.family}`",
                )
        for document, tree in parts.trees.items():
            if tree.tag == f"{{{XHTML}}}html":
                yield from _uncovered(document, tree, sheet, families, places)


def _family(data: bytes) -> str:
    with TTFont(io.BytesIO(data), lazy=True) as font:
        return str(font["name"].getBestFamilyName() or "")


def _uncovered(
    document: str, tree: etree._Element, sheet: Sheet, families: Mapping[str, list[Cut]], places: Places
) -> Iterator[Problem]:
    hidden: set[etree._Element] = set()
    seen: set[str] = set()
    for element, letter in sheet.letters(tree):
        parent = element.getparent()
        if parent in hidden or within(element, SVG, MATHML) or local(element) == "head":
            hidden.add(element)
            continue
        text = (element.text or "") + "".join(child.tail or "" for child in element)
        bundled = letter.families and letter.families[0] not in GENERIC and letter.families[0] in families
        if not text or (not bundled and ASSURED.issuperset(text)):
            continue
        cuts = [choose(families[family], letter) for family in letter.families if family in families]
        for character in sorted(set(unicodedata.normalize("NFC", text)) | set(text)):
            if character.isspace() or unicodedata.category(character) in ("Cf", "Mn", "Mc", "Me") or character in seen:
                continue
            if any(cut.has(character) for cut in cuts):
                continue
            # Our sans and the fallback have every letter, figure and point that readers can be trusted to have.
            if character in ASSURED and not (bundled and unicodedata.category(character)[0] in "LNP"):
                continue
            seen.add(character)
            face = letter.families[0] if letter.families else "the reader’s own"
            yield Problem(
                "epub-face",
                f"`{character}` (U+{ord(character):04X}) is not in the face in which it is set, {face}, in `{document}`",
                _place(element, places),
            )


# Links --------------------------------------------------------------------------------------


def _links(parts: _Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """Every link inside the book arrives; links out of it are safe ones."""
    ids = {name: {e.get("id") for e in tree.iter(etree.Element)} for name, tree in parts.trees.items()}
    for name, tree in parts.trees.items():
        for element, attribute, address in references(tree):
            place = _place(element, places)
            target = resolve(name, address)
            if target is None:
                scheme = address.partition(":")[0].lower()
                if attribute != "href" or local(element) == "link":
                    yield Problem("epub-link", f"`{address}` is fetched from outside the book, in `{name}`", place)
                elif scheme == "http":
                    yield Problem(
                        "epub-link",
                        f"the link to `{address}` is not a safe one, in `{name}`",
                        place,
                        "write `https` where the site has it",
                        Severity.WARNING,
                    )
                elif scheme not in ("https", "mailto", "tel"):
                    yield Problem("epub-link", f"readers cannot follow `{address}`, in `{name}`", place)
                continue
            path, fragment = target
            if path not in parts.items:
                yield Problem(
                    "epub-link", f"`{address}` leads to a file that is not in the package, in `{name}`", place
                )
            elif fragment and path in ids and fragment not in ids[path]:
                yield Problem("epub-link", f"`{address}` leads nowhere, in `{name}`", place)
