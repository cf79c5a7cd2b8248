"""The bytes of an EPUB come in; its words, notes, pictures and ids go out as a `Reading`.

Only what a reading system would show is read: the bodies of the spine's documents in order.
Navigation that is hidden (landmarks, page list) holds no words of the text.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import unquote

from lxml import etree

from pipeline.book import Medium
from pipeline.checks.reading import (
    BLOCK,
    LINE,
    LOWERED,
    RAISED,
    CallRead,
    FormulaRead,
    NoteRead,
    Picture,
    Piece,
    Reading,
)
from pipeline.formulas import shape_of
from pipeline.source import Problem

SIZE_LIMIT = 256_000_000
"""Bytes that one file inside an EPUB may have when it is unpacked."""

_XHTML = "{http://www.w3.org/1999/xhtml}"
_OPS = "{http://www.idpf.org/2007/ops}"
_OPF = "{http://www.idpf.org/2007/opf}"
_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"

INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark"),
        *("q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tspan", "u", "var"),
        "wbr",
    )
)
"""Elements that do not part the words before them from those after them; all others do."""

_LEVELS = {"sup": RAISED, "sub": LOWERED}

_SILENT = frozenset(("head", "script", "style", "template", "title", "desc", "metadata"))
"""Elements whose text no reading system shows in the flow (`title` and `desc` inside SVG too)."""


def read_epub(name: str, data: bytes) -> Reading:
    """Read the finished EPUB `name`. What cannot be read is a problem of the reading, never an exception."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _Reader(name, archive).read()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        return Reading(name, Medium.EPUB, problems=(_unreadable(name, f"it is no sound ZIP file: {error}"),))
    except _UnreadableError as error:
        return Reading(name, Medium.EPUB, problems=(_unreadable(name, str(error)),))


class _UnreadableError(Exception):
    """A file of the package that cannot be read at all; the words say which and why."""


def _unreadable(name: str, why: str) -> Problem:
    return Problem(
        "epub-unreadable",
        f"the words of `{name}` cannot be read back: {why}",
        None,
        "this is a fault of the pipeline or of what wrote the file, not of the manuscript",
    )


class _Reader:
    """The state of reading one EPUB."""

    def __init__(self, name: str, archive: zipfile.ZipFile) -> None:
        self.name = name
        self.archive = archive
        self.pieces: list[Piece] = []
        self.pictures: list[Picture] = []
        self.formulas: list[FormulaRead] = []
        self.calls: list[CallRead] = []
        self.notes: list[NoteRead] = []
        self.targets: dict[str, int] = {}
        self.apart: list[Piece] = []
        self.navigation: list[Piece] = []
        self.problems: list[Problem] = []

    def read(self) -> Reading:
        package = self.rootfile()
        folder = posixpath.dirname(package)
        root = self.parse(package)
        manifest: dict[str, tuple[str, str]] = {}
        for item in root.iter(f"{_OPF}item"):
            href = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
            manifest[item.get("id", "")] = (href, item.get("properties", ""))
        spine: list[str] = []
        for reference in root.iter(f"{_OPF}itemref"):
            idref = reference.get("idref", "")
            if idref not in manifest:
                self.problems.append(_unreadable(self.name, f"the spine names `{idref}`, which is not in the package"))
                continue
            spine.append(manifest[idref][0])
        for place, path in enumerate(spine):
            try:
                self.document(self.parse(path), place, path)
            except _UnreadableError as error:
                self.problems.append(_unreadable(self.name, str(error)))
        places = [posixpath.relpath(path, folder) if folder else path for path in spine]
        for path, properties in manifest.values():
            if "nav" in properties.split() and path not in spine:
                places.append(posixpath.relpath(path, folder) if folder else path)
                try:
                    self.contents_apart(self.parse(path), len(places) - 1)
                except _UnreadableError as error:
                    self.problems.append(_unreadable(self.name, str(error)))
        return Reading(
            name=self.name,
            medium=Medium.EPUB,
            pieces=tuple(self.pieces),
            places=tuple(places),
            pictures=tuple(self.pictures),
            formulas=tuple(self.formulas),
            calls=tuple(self.calls),
            notes=tuple(self.notes),
            apart=tuple(self.apart),
            targets=self.targets,
            navigation=tuple(self.navigation),
            problems=tuple(self.problems),
        )

    def rootfile(self) -> str:
        container = self.parse("META-INF/container.xml")
        for rootfile in container.iter(f"{_CONTAINER}rootfile"):
            path = rootfile.get("full-path")
            if path:
                return str(path)
        raise _UnreadableError("`META-INF/container.xml` names no package document")

    def parse(self, path: str) -> etree._Element:
        try:
            info = self.archive.getinfo(path)
        except KeyError:
            raise _UnreadableError(f"`{path}` is not in it") from None
        if info.file_size > SIZE_LIMIT:
            raise _UnreadableError(f"`{path}` has {info.file_size:,} bytes")
        data = self.archive.read(info)
        # Strict XML, and nothing outside the bytes: entities and DTDs are never followed.
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True)
        try:
            return etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise _UnreadableError(f"`{path}` is not well-formed XML: {error}") from None

    def document(self, root: etree._Element, place: int, path: str) -> None:
        """Read the body of one document."""
        body = root.find(f"{_XHTML}body")
        if body is None:
            raise _UnreadableError(f"`{path}` has no body")
        for text, role, level, element in self.words(body):
            if element is not None:
                self.element(element, place)
            elif text:
                self.pieces.append(Piece(text, place, role, level=level))

    def element(self, element: etree._Element, place: int) -> None:
        """Take note of an id, a picture, a call or a note where it begins."""
        id = element.get("id")
        if id:
            self.targets.setdefault(id, place)
        name = _local(element)
        kinds = (element.get(f"{_OPS}type") or "").split()
        roles = (element.get("role") or "").split()
        if name == "img" and "doc-cover" not in roles:
            self.pictures.append(Picture(element.get("alt"), place))
        elif element.tag == f"{_MATHML}math":
            self.pictures.append(Picture(element.get("alttext"), place))
            shown = element.find(f"{_MATHML}semantics/*")
            shape = "" if shown is None else shape_of(shown)
            self.formulas.append(FormulaRead(source_in(element), place, shape=shape))
        elif name == "a" and ("noteref" in kinds or "doc-noteref" in roles):
            self.calls.append(CallRead(id or "", _fragment(element), _text(element), place))
        elif "footnote" in kinds or "doc-footnote" in roles:
            backs = [a for a in element.iter(f"{_XHTML}a") if a.get("role") == "doc-backlink"]
            mark, href = (_text(backs[0]), _fragment(backs[0])) if backs else ("", "")
            returns = tuple(_fragment(a) for a in backs)
            classes = (element.get("class") or "").split()
            voice = next((each[5:] for each in classes if each.startswith("note-")), "")
            self.notes.append(NoteRead(id or "", mark, href, len(self.calls), place, voice, returns))

    def words(self, body: etree._Element) -> Iterator[tuple[str, str, str, etree._Element | None]]:
        """Yield words with the element that holds them and their level, and every element where it begins."""
        silent: etree._Element | None = None
        held: list[str] = []
        level = ""
        for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
            if event in ("comment", "pi"):
                if silent is None and element.tail:
                    yield element.tail, held[-1] if held else "", level, None
                continue
            name = _local(element)
            if event == "start":
                held.append(name)
                level += _LEVELS.get(name, "")
                if silent is not None:
                    continue
                if name in _SILENT or _hidden(element):
                    silent = element
                    continue
                yield "", name, level, element
                if element.tag == f"{_MATHML}math":
                    silent = element
                    yield source_in(element), name, level, None
                    continue
                if name == "br":
                    yield LINE, name, level, None
                elif name not in INLINE:
                    yield BLOCK, name, level, None
                if element.text:
                    yield element.text, name, level, None
                for child in element:
                    if isinstance(child, etree._Entity):
                        raise _UnreadableError(f"`{child.text}` is an entity that nothing defines")
                continue
            held.pop()
            level = level[:-1] if name in _LEVELS else level
            if silent is element:
                silent = None
            elif silent is None and name not in INLINE and name != "br":
                yield BLOCK, name, level, None
            if silent is None and element.tail and element is not body:
                yield element.tail, held[-1] if held else "", level, None

    def contents_apart(self, root: etree._Element, place: int) -> None:
        """Read the table of contents of a navigation document that is not part of the text."""
        for nav in root.iter(f"{_XHTML}nav"):
            if "toc" in (nav.get(f"{_OPS}type") or "").split():
                for text, role, level, element in self.words(nav):
                    if element is None and text:
                        self.navigation.append(Piece(text, place, role, level=level))


def source_in(math: etree._Element) -> str:
    """Return the source that a formula carries beside its MathML."""
    note = math.find(f"{_MATHML}semantics/{_MATHML}annotation[@encoding='application/x-tex']")
    return "" if note is None else "".join(str(part) for part in note.itertext())


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _hidden(element: etree._Element) -> bool:
    return element.get("hidden") is not None


def _fragment(element: etree._Element) -> str:
    """Return the id that a link of the same document leads to; of another document the whole address."""
    return element.get("href", "").removeprefix("#")


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext()).strip()
