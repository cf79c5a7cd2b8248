"""Finished items and metadata come in, the bytes of an EPUB go out: EbookLib writes, we decide every byte.

EbookLib 0.20 is used through raw items only. Its own content class parses XHTML again as HTML and loses
text without a word, its metadata drifts from what it refines, its times are the clock's: so the four
classes here put our own in the place of those parts, and leave container, manifest and order to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ebooklib import epub
from lxml import etree

from pipeline.epub.archive import Archive, moment

OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
XML = "http://www.w3.org/XML/1998/namespace"
NCX_TYPE = "application/x-dtbncx+xml"
XHTML_TYPE = "application/xhtml+xml"


@dataclass(frozen=True, slots=True)
class Fact:
    """One element of the package's metadata: a `dc:` element, or a `meta` with its attributes."""

    tag: str
    text: str
    attributes: tuple[tuple[str, str], ...] = ()


def property_of(name: str, text: str) -> Fact:
    """Return a `meta` that says something of the book."""
    return Fact("meta", text, (("property", name),))


def refine(id: str, name: str, text: str, scheme: str = "") -> Fact:
    """Return a `meta` that says something of the element with this id."""
    attributes = [("refines", f"#{id}"), ("property", name)]
    if scheme:
        attributes.append(("scheme", scheme))
    return Fact("meta", text, tuple(attributes))


class Raw(epub.EpubItem):  # type: ignore[misc]
    """A style sheet, a font or a picture: bytes that nobody touches."""

    def __init__(
        self, uid: str, name: str, media_type: str, data: bytes, properties: Iterable[str] = (), manifest: bool = True
    ) -> None:
        super().__init__(uid=uid, file_name=name, media_type=media_type, content=data, manifest=manifest)
        self.properties = list(properties)


class Document(Raw):
    """XML bytes (a page, the contents, the NCX), proved well-formed before they are taken."""

    def __init__(self, uid: str, name: str, media_type: str, data: bytes, properties: Iterable[str] = ()) -> None:
        etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        super().__init__(uid, name, media_type, data, properties)


class Package(epub.EpubBook):  # type: ignore[misc]
    """A book whose metadata is an ordered list, and that has nothing of chance in it."""

    def reset(self) -> None:
        """Set the fields that the writer reads; without the random identifier of the parent."""
        self.metadata: dict[str, Any] = {}
        self.items: list[Raw] = []
        self.spine: list[str] = []
        self.guide: list[Any] = []
        self.pages: list[Any] = []
        self.toc: list[Any] = []
        self.bindings: list[Any] = []
        self.IDENTIFIER_ID = "book-id"
        self.FOLDER_NAME = "EPUB"
        self.uid = ""
        self.title = ""
        self.language = ""
        self.direction: str | None = None
        self.prefixes: list[str] = []
        self.namespaces: dict[str, str] = {}
        self.facts: tuple[Fact, ...] = ()


class Writer(epub.EpubWriter):  # type: ignore[misc]
    """EbookLib's writer with our metadata, spine, package attributes and zip."""

    def __init__(self, book: Package, epoch: int, release: bool = False) -> None:
        super().__init__("", book, {"raise_exceptions": True, "mtime": moment(epoch), "epub2_guide": False})
        self._epoch = epoch
        self._release = release

    def _write_opf_metadata(self, root: etree._Element) -> None:
        metadata = etree.SubElement(root, f"{{{OPF}}}metadata", nsmap={"dc": DC, None: OPF})
        for fact in self.book.facts:
            tag = fact.tag.replace("dc:", f"{{{DC}}}") if fact.tag.startswith("dc:") else f"{{{OPF}}}{fact.tag}"
            element = etree.SubElement(metadata, tag)
            for key, value in fact.attributes:
                element.set(key.replace("xml:", f"{{{XML}}}"), value)
            element.text = fact.text or None
        modified = etree.SubElement(metadata, f"{{{OPF}}}meta", property="dcterms:modified")
        modified.text = self.options["mtime"].strftime("%Y-%m-%dT%H:%M:%SZ")

    def _write_opf_spine(self, root: etree._Element, ncx_id: str | None) -> None:
        # EbookLib writes toc="ncx" also when there is no NCX (OPF-049).
        ncx = next((item.id for item in self.book.items if item.media_type == NCX_TYPE), None)
        spine = etree.SubElement(root, "spine")
        if ncx:
            spine.set("toc", ncx)
        if self.book.direction:
            spine.set("page-progression-direction", self.book.direction)
        for idref in self.book.spine:
            etree.SubElement(spine, "itemref", idref=idref)

    def _write_opf_file(self, root: etree._Element) -> None:
        root.set(f"{{{XML}}}lang", self.book.language)
        del root.attrib["prefix"]
        if self.book.prefixes:
            root.set("prefix", " ".join(self.book.prefixes))
        data = etree.tostring(root, pretty_print=True, encoding="utf-8", xml_declaration=True)
        self.out.writestr(f"{self.book.FOLDER_NAME}/content.opf", data)

    def write(self) -> bytes:
        """Write the package and return its bytes."""
        self.out = Archive(self._epoch, self._release)
        self.out.writestr("mimetype", "application/epub+zip")
        self._write_container()
        self._write_opf()
        self._write_items()
        return self.out.close()
