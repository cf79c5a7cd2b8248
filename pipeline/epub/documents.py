"""Pages of XHTML come in as text; trees that the other parts change, and the bytes of the finished documents, go out."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

from pipeline.html import Page

XHTML = "http://www.w3.org/1999/xhtml"
OPS = "http://www.idpf.org/2007/ops"
SVG = "http://www.w3.org/2000/svg"
MATHML = "http://www.w3.org/1998/Math/MathML"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
TYPE = f"{{{OPS}}}type"
LANG = f"{{{XML}}}lang"

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_REFERENCES = ("href", "src", "poster", "data", f"{{{XLINK}}}href")


@dataclass(slots=True)
class Document:
    """A page on its way into the package: its tree may still be changed, by this room only.

    `name` is its path below the folder of the package, as `text/loomings.xhtml`.
    """

    name: str
    page: Page
    root: etree._Element

    @property
    def body(self) -> etree._Element:
        """The body; every page has one, or `read` has refused it."""
        body = self.root.find(f"{{{XHTML}}}body")
        assert body is not None
        return body


def read(text: str) -> etree._Element:
    """Parse a page as strict XML, whatever its depth and length; raise ValueError when it is not XHTML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from error
    if next(root.iter(etree.Entity), None) is not None:
        raise ValueError("the page has an entity of its own; write the character")
    if root.tag != f"{{{XHTML}}}html" or root.find(f"{{{XHTML}}}body") is None:
        raise ValueError("the page has no html element of the XHTML namespace with a body in it")
    return root


def write(root: etree._Element) -> bytes:
    """Return the bytes of a document; an empty element keeps its closing tag, for readers that parse HTML."""
    for element in root.iter(f"{{{XHTML}}}*"):
        if len(element) == 0 and not element.text and local(element) not in _VOID:
            element.text = ""
    return (
        b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        + etree.tostring(root, encoding="utf-8").strip()
        + b"\n"
    )


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def within(element: etree._Element, *namespaces: str) -> bool:
    """Say whether an element is of one of these namespaces."""
    return isinstance(element.tag, str) and element.tag.startswith(tuple(f"{{{each}}}" for each in namespaces))


def is_call(element: etree._Element) -> bool:
    """Say whether an element is the call of a note, or the sign between two calls: neither is text."""
    return "noteref" in types(element) or element.get("class", "").startswith("between-calls")


def is_list_number(element: etree._Element) -> bool:
    """Say whether an element is the number of a list's item, written out: in print it is no text of the page."""
    return local(element) == "span" and "marker" in element.get("class", "").split()


def types(element: etree._Element) -> frozenset[str]:
    """Return the words of `epub:type`."""
    return frozenset((element.get(TYPE) or "").split())


def properties(root: etree._Element) -> tuple[str, ...]:
    """Return what the manifest must say of a document, from the document itself."""
    found = []
    if next(root.iter(f"{{{MATHML}}}math"), None) is not None:
        found.append("mathml")
    if next(root.iter(f"{{{XHTML}}}script"), None) is not None:
        found.append("scripted")
    if next(root.iter(f"{{{SVG}}}svg"), None) is not None:
        found.append("svg")
    return tuple(found)


def safe_name(name: str, taken: set[str]) -> str:
    """Return a path in lower-case ASCII that no other file has, and take it.

    >>> safe_name("images/Übersicht (1).JPG", {"images/ubersicht-1.jpg"})
    'images/ubersicht-1-2.jpg'
    """
    folder, _, file = name.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    if not dot:
        stem, suffix = file, ""
    ending = f".{_ascii(suffix)}" if suffix else ""
    start = "/".join([*(_ascii(part) for part in folder.split("/") if part), _ascii(stem) or "file"])
    candidate, number = f"{start}{ending}", 1
    while candidate in taken:
        number += 1
        candidate = f"{start}-{number}{ending}"
    taken.add(candidate)
    return candidate


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-.")


def references(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """Return every (element, attribute, address) of a document."""
    for element in root.iter(etree.Element):
        for attribute in _REFERENCES:
            address = element.get(attribute)
            if address is not None:
                yield element, attribute, address


def resolve(base: str, address: str) -> tuple[str, str] | None:
    """Return (path in the package, fragment) of an address in the document `base`; None for one outside."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        return None
    if not parts.path:
        return base, parts.fragment
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(parts.path))), parts.fragment


def relative(base: str, path: str, fragment: str = "") -> str:
    """Return the address of a path of the package as the document `base` must write it."""
    if path == base and fragment:
        return f"#{fragment}"
    return full(base, path, fragment)


def full(base: str, path: str, fragment: str = "") -> str:
    """Return the address of a path as `relative` does, but with the file named also within the same document."""
    way = quote(posixpath.relpath(path, posixpath.dirname(base) or "."))
    return f"{way}#{fragment}" if fragment else way


def readdress(document: str, root: etree._Element, moved: Mapping[str, str], written_in: str) -> None:
    """Point every reference of a document at the names that files have in the package.

    `written_in` is the path that the page had when it was written, `document` the one it has now.
    """
    for element, attribute, address in references(root):
        target = resolve(written_in, address)
        if target is None:
            continue
        path, fragment = target
        now = moved.get(path, path)
        if path == written_in and fragment:
            continue
        if now != path or document != written_in:
            element.set(attribute, relative(document, now, fragment))
