"""A finished EPUB comes in as bytes; the package taken apart goes out, with what kept it from being read."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from pipeline.edition.places import Places
from pipeline.epub.documents import MATHML, XHTML, is_call, is_list_number, local, resolve, types, within
from pipeline.source import Problem, Span

SIZE_LIMIT = 1_000_000_000
"""Bytes that a package may have when it is unpacked."""

OPF = "{http://www.idpf.org/2007/opf}"

DC = "{http://purl.org/dc/elements/1.1/}"

NCX = "{http://www.daisy.org/z3986/2005/ncx/}"

XHTML_TYPE = "application/xhtml+xml"

HEADS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(slots=True)
class Parts:
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


def take_apart(epub: bytes) -> tuple[Parts | None, list[Problem]]:
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
    parts = Parts(names, members)
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
        container = parse_xml(members.get("META-INF/container.xml", b""))
        path = next(e.get("full-path", "") for e in container.iter("{*}rootfile"))
        opf = parse_xml(members[path])
    except (etree.XMLSyntaxError, KeyError, StopIteration) as error:
        problems.append(Problem("epub-container", f"the package document cannot be read: {error!r}"))
        return None, problems
    parts.opf, parts.folder = opf, posixpath.dirname(path)
    by_id: dict[str, str] = {}
    for item in opf.iter(f"{OPF}item"):
        target = resolve(path, item.get("href", ""))
        if target is None:
            problems.append(Problem("epub-container", f"`{item.get('href')}` in the manifest is not in the package"))
            continue
        parts.items[target[0]] = item
        by_id[item.get("id", "")] = target[0]
        if "nav" in item.get("properties", "").split():
            parts.nav = target[0]
    for itemref in opf.iter(f"{OPF}itemref"):
        name = by_id.get(itemref.get("idref", ""))
        if name is None:
            problems.append(
                Problem("epub-container", f"the spine names `{itemref.get('idref')}`, the manifest does not")
            )
        else:
            parts.spine.append(name)
    for name, item in parts.items.items():
        if item.get("media-type") == XHTML_TYPE and name in members:
            try:
                parts.trees[name] = parse_xml(members[name])
            except etree.XMLSyntaxError as error:
                problems.append(Problem("epub-markup", f"`{name}` is not well-formed: {error}"))
    return parts, problems


def parse_xml(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(data, parser)


def place_of(element: etree._Element | None, places: Places) -> Span | None:
    """Return the place in the manuscript of the nearest element that the edition knows."""
    while element is not None:
        id = element.get("id")
        if id and (span := places.span(id)) is not None:
            return span
        element = element.getparent()
    return None


def is_reference(element: etree._Element) -> bool:
    return local(element) == "a" and "ref" in (element.get("class") or "").split()


def words_of(element: etree._Element, references: str = "") -> str:
    """Return the text of an element without calls, notes and what is not shown."""
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
        if references and is_reference(current):
            parts.append(references)
            continue
        parts.append(current.text or "")
        for child in reversed(current):
            stack.append(child.tail or "")
            stack.append(child)
    return "".join(parts)


def navs_of(parts: Parts) -> dict[str, etree._Element]:
    tree = parts.trees.get(parts.nav)
    if tree is None:
        return {}
    return {type: nav for nav in tree.iter(f"{{{XHTML}}}nav") for type in types(nav)}


def targets_of(parts: Parts, nav: etree._Element) -> Iterator[tuple[etree._Element, str, etree._Element | None]]:
    """Yield (link, document, element) of every link of a nav; the element is None when it is not there."""
    for link in nav.iter(f"{{{XHTML}}}a"):
        target = resolve(parts.nav, link.get("href", ""))
        if target is None or target[0] not in parts.trees:
            yield link, "", None
            continue
        name, fragment = target
        yield link, name, by_id(parts.trees[name], fragment) if fragment else parts.trees[name]


def by_id(tree: etree._Element, id: str) -> etree._Element | None:
    return next((element for element in tree.iter(etree.Element) if element.get("id") == id), None)


def plain(words: str) -> str:
    return " ".join(words.replace("\u2060", "").split())


def mark_of(element: etree._Element) -> str:
    return "".join(element.itertext()).strip()
