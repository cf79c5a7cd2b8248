"""A unit's own file is read back once, when it is set; a book is then proved against its units by digest.

To read 700 pages back takes seconds, too long after every edit. So the words of a unit are compared with its
part of the edition when the unit is set, and what was found is a `Proof`: the digest of each page's content,
where its links lead, and what each glyph of its faces stands for. The finished book holds every word when its pages show
exactly these contents, unit after unit, with fonts that read them in the same way. What is not equal is
not an error yet: then the whole file is read (`check_editions`), and that says where and what.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Name

from pipeline.book import Medium
from pipeline.checks.expected import Claim, claims
from pipeline.checks.glyphs import Font, Painter, to_unicode
from pipeline.checks.notes import compare_notes
from pipeline.checks.pdf_reader import destinations, page_labels, read_pdf
from pipeline.checks.reading import Piece, Reading
from pipeline.checks.words import check_apart, compare_words, repeated_rows
from pipeline.edition import Edition
from pipeline.html import Page
from pipeline.source import Problem

DEPTH = 24
"""Forms within forms that are followed."""

OPENING = re.compile(rb"q\s+(?:1 0 0 1 (-?[0-9.]+) 0 cm\s+)?")
CLOSING = re.compile(rb"Q\s+(/Artifact <</Type /Pagination>> BDC\s+q /Head Do Q\s+EMC\s+)?")
"""What stands around the content of a page: it moves the page sideways, and paints the head over it."""

_PLAIN = str.maketrans({"\u00a0": " ", "\u2010": "-", "\u2011": "-"})
"""Signs that some faces draw with one glyph; the words gate tells them apart as little."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in the file of a unit whose words are all there.

    `pages` are digests of the content of each page, `links` of where its links lead. `fonts` gives by the name of each font
    what its glyphs stand for. `printed` are the page numbers that the unit prints, by the id that they are of.
    """

    pages: tuple[str, ...]
    links: tuple[str, ...]
    fonts: Mapping[str, Mapping[int, str]]
    printed: tuple[tuple[str, str], ...]

    def to_json(self) -> str:
        """Return the proof as JSON."""
        fonts = {name: sorted(glyphs.items()) for name, glyphs in self.fonts.items()}
        return json.dumps([self.pages, self.links, fonts, self.printed])

    @classmethod
    def from_json(cls, text: str) -> Proof:
        """Return the proof that `to_json` wrote."""
        pages, links, fonts, printed = json.loads(text)
        return cls(
            tuple(pages),
            tuple(links),
            {name: dict(glyphs) for name, glyphs in fonts.items()},
            tuple((id, label) for id, label in printed),
        )


def claim_digest(claim: Claim, repeated: Collection[str]) -> str:
    """Return a digest of what a unit must say; where it stands in the manuscript does not matter."""
    digest = hashlib.sha256()
    for strand in claim.strands:
        digest.update(
            f"{strand.text}\0{strand.hand}\0{strand.target}\0{strand.apart:d}{strand.verbatim:d}{strand.level}\1".encode(
                "utf-8", "surrogatepass"
            )
        )
    links = [[link.note, [link.call.mark, link.call.first] if link.call is not None else None] for link in claim.links]
    notes = [[note.id, note.mark, note.calls] for note in claim.unit.notes]
    digest.update(json.dumps([links, notes, sorted(repeated)]).encode())
    return digest.hexdigest()


def prove(claim: Claim, repeated: frozenset[str], data: bytes, inside: str, room: float) -> Proof | None:
    """Read the file of a unit back; None when one word, link, mark or sign is not what the edition says.

    `inside` begins the addresses of links to other units. The binder may move the page sideways by `room` points.
    """
    reading = read_pdf(claim.unit.name, data, inside=inside, faces=False, edge=1.0 - room)
    problems, printed = compare_words(claim.strands, reading, repeated)
    if problems or compare_notes((claim.unit,), claim.links, reading):
        return None
    pages: list[str] = []
    links: list[str] = []
    fonts: dict[str, dict[int, str]] = {}
    with pikepdf.open(BytesIO(data)) as pdf:
        for page in pdf.pages:
            pages.append(_content(page.obj, _body(page.obj)))
            links.append(_links(page.obj, inside))
            for name, font in _fonts(page.obj.get(Name.Resources), 0):
                if name not in fonts:
                    fonts[name] = _map(font)
    return Proof(tuple(pages), tuple(links), fonts, printed)


def prove_heads(data: bytes, labels: Sequence[str], heads: frozenset[str]) -> tuple[str, ...] | None:
    """Read a sheet of running heads back; return the digest of each page, or None when one says what is not known.

    `labels` are those of its pages, `heads` the words that may stand there.
    """
    painter = Painter()
    pieces: list[Piece] = []
    digests: list[str] = []
    with pikepdf.open(BytesIO(data)) as pdf:
        if len(pdf.pages) != len(labels):
            return None
        for number, page in enumerate(pdf.pages):
            pieces.extend(Piece(shown.text, number, "Artifact") for shown in painter.page(page))
            digests.append(_digest(_body(page.obj)))
    reading = Reading("heads", Medium.PDF, apart=tuple(pieces), labels=tuple(labels))
    return None if any(check_apart(reading, heads)) else tuple(digests)


def check_part(edition: Edition, unit: str, name: str, data: bytes, pages: Sequence[Page]) -> tuple[Problem, ...]:
    """Compare a file that holds one unit of an edition with what the edition says of this unit."""
    heads = frozenset(head for page in pages for head in page.head_words)
    for claim in claims(edition):
        if claim.unit.name == unit:
            own = next(each for each in edition.units if each.name == unit)
            reading = read_pdf(name, data)
            said, _ = compare_words(claim.strands, reading, heads | frozenset(repeated_rows(edition, own)))
            return said
    return ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the comparison of a book with its proofs came to: what differs, and the fonts found true."""

    faults: tuple[str, ...]
    faces: tuple[str, ...]


def read_labels(data: bytes) -> tuple[str, ...]:
    """Return the label of every page of a PDF."""
    with pikepdf.open(BytesIO(data)) as pdf:
        return tuple(page_labels(pdf))


def verify(
    data: bytes, proofs: Sequence[Proof], heads: Sequence[str], room: float, faces: Collection[str] = ()
) -> Verdict:
    """Compare a finished book with the proofs of its units and the digests of its heads, in their order.

    `heads` has a digest for every page of the book. `faces` are the digests of fonts already found true.
    """
    with pikepdf.open(BytesIO(data)) as pdf:
        binding = _Binding(pdf, heads, room, frozenset(faces))
        faults = tuple(binding.faults(proofs))
        return Verdict(faults, tuple(binding.true))


class _Binding:
    """The state of one comparison."""

    def __init__(self, pdf: pikepdf.Pdf, heads: Sequence[str], room: float, faces: frozenset[str]) -> None:
        self.pdf = pdf
        self.heads = heads
        self.room = room
        self.known = faces
        self.true: list[str] = []
        self.shared: dict[tuple[int, int], bytes] = {}
        self.maps: dict[tuple[int, int], Mapping[int, str]] = {}
        self.fitting: set[tuple[int, tuple[int, int]]] = set()
        self.checked: dict[tuple[int, int], Any] = {}

    def faults(self, proofs: Sequence[Proof]) -> Iterator[str]:
        wanted = [(number, place) for number, proof in enumerate(proofs) for place in range(len(proof.pages))]
        at = 0
        pages: dict[tuple[int, int], int] = {}
        for index, page in enumerate(self.pdf.pages):
            pages[page.obj.objgen] = index
            contents = page.obj.get(Name.Contents)
            if contents is None:
                continue
            parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
            opening, closing = OPENING.fullmatch(self.read(parts[0])), CLOSING.fullmatch(self.read(parts[-1]))
            if len(parts) < 2 or opening is None or closing is None:
                yield f"PDF page {index + 1} is not painted as it was bound"
                continue
            if abs(float(opening.group(1) or 0)) > self.room + 0.01:
                yield f"PDF page {index + 1} is moved too far"
            if closing.group(1) is not None and not self.head_stands(page.obj, index):
                yield f"the head of PDF page {index + 1} is not the one that was set"
            body = b"\n".join(part.read_bytes() for part in parts[1:-1])
            if not body.strip():
                continue  # a blank page, but for its head
            if at == len(wanted):
                yield f"PDF page {index + 1} belongs to no unit"
                continue
            number, place = wanted[at]
            at += 1
            proof = proofs[number]
            if _content(page.obj, body) != proof.pages[place]:
                yield f"the content of PDF page {index + 1} is not the one that was read"
            if _links(page.obj, "") != proof.links[place]:
                yield f"the links of PDF page {index + 1} lead elsewhere"
            yield from self.misread(page.obj, index, number, proof)
        if at < len(wanted):
            yield f"{len(wanted) - at} pages are missing"
        labels = list(page_labels(self.pdf))
        places = dict(destinations(self.pdf, pages))
        for proof in proofs:
            for id, label in proof.printed:
                if id not in places or labels[places[id]] != label:
                    yield f"page {label} is printed for {id}, which stands elsewhere"
        for found in self.checked.values():
            font = Font(found)
            digest = _face(font)
            if digest in self.known:
                continue
            if font.false() is not None:
                yield f"{font.name} draws other signs than it says"
            else:
                self.true.append(digest)

    def read(self, stream: Any) -> bytes:
        """Return the data of a stream that many pages share."""
        if stream.objgen not in self.shared:
            self.shared[stream.objgen] = stream.read_bytes()
        return self.shared[stream.objgen]

    def head_stands(self, page: Any, index: int) -> bool:
        form = page.Resources.XObject.get(Name.Head)
        if form is None or index >= len(self.heads):
            return False
        for _, font in _fonts(form.Resources, 0):
            self.checked.setdefault(font.objgen, font)
        return _digest(form.read_bytes()) == self.heads[index]

    def misread(self, page: Any, index: int, number: int, proof: Proof) -> Iterator[str]:
        """Yield a fault for every font of a page that reads a glyph otherwise than the unit's own font."""
        resources = page.get(Name.Resources)
        shared = resources.get(Name.Font) if resources is not None and not _own_forms(resources) else None
        if shared is not None and shared.is_indirect:  # as a rule the pages of a unit have one dictionary of fonts
            if (number, shared.objgen) in self.fitting:
                return
            self.fitting.add((number, shared.objgen))
        for name, font in _fonts(resources, 0):
            glyphs = proof.fonts.get(name)
            if glyphs is None or (number, font.objgen) in self.fitting:
                continue
            self.fitting.add((number, font.objgen))
            self.checked.setdefault(font.objgen, font)
            if font.objgen not in self.maps:
                self.maps[font.objgen] = _map(font)
            known = self.maps[font.objgen]
            for glyph, text in glyphs.items():
                said = known.get(glyph, "")
                if said != text and said.translate(_PLAIN) != text.translate(_PLAIN):
                    yield f"a font of PDF page {index + 1} reads “{said}” where the unit has “{text}”"
                    break


def _digest(data: bytes) -> str:
    return hashlib.sha256(data.rstrip()).hexdigest()  # the binder may put a line feed at the end


def _body(page: Any) -> bytes:
    contents = page.get(Name.Contents)
    if contents is None:
        return b""
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(part.read_bytes() for part in parts)


def _content(page: Any, body: bytes) -> str:
    """Return the digest of what a page shows: its content, and the forms that it paints, heads aside."""
    forms = "".join(_forms(page.get(Name.Resources), 0))
    return _digest(body) if not forms else hashlib.sha256((_digest(body) + forms).encode()).hexdigest()


def _forms(resources: Any, depth: int) -> Iterator[str]:
    found = None if resources is None else resources.get(Name.XObject)
    if found is None or depth >= DEPTH:
        return
    for key, form in sorted(found.items()):
        if form.get(Name.Subtype) == Name.Form and (depth or key != "/Head"):
            yield f"{key} {_digest(form.read_bytes())} {[float(v) for v in form.get(Name.Matrix, ())]}\n"
            yield from _forms(form.get(Name.Resources), depth + 1)


def _own_forms(resources: Any) -> bool:
    """Say whether a page paints forms besides its head."""
    forms = resources.get(Name.XObject)
    return forms is not None and any(key != "/Head" for key in forms.keys())  # noqa: SIM118 no dictionary of Python's


def _fonts(resources: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the fonts of a page and of its forms, heads aside, by the names of their resources."""
    if resources is None or depth >= DEPTH:
        return
    fonts = resources.get(Name.Font)
    if fonts is not None:
        yield from fonts.items()
    forms = resources.get(Name.XObject)
    for key, form in forms.items() if forms is not None else ():
        if form.get(Name.Subtype) == Name.Form and (depth or key != "/Head"):
            yield from _fonts(form.get(Name.Resources), depth + 1)


def _links(page: Any, inside: str) -> str:
    """Return the digest of where the links of a page lead."""
    targets = []
    for annotation in page.get(Name.Annots, ()):
        action = annotation.get(Name.A)
        target = annotation.get(Name.Dest)
        if target is None and action is not None:
            target = action.get(Name.D, action.get(Name.URI, ""))
        targets.append(str(target).removeprefix(inside) if inside else str(target))
    return hashlib.sha256(json.dumps(targets).encode()).hexdigest() if targets else ""


def _map(font: Any) -> dict[int, str]:
    stream = font.get(Name.ToUnicode)
    return to_unicode(stream.read_bytes()) if isinstance(stream, pikepdf.Stream) else {}


def _face(font: Font) -> str:
    """Return the digest of a font's file and of what its glyphs stand for."""
    digest = hashlib.sha256()
    for stream in font.streams():
        digest.update(stream.read_bytes() + b"\0")
    return digest.hexdigest()
