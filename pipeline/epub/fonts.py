"""Documents, a style sheet and font files come in; subsets of the faces that are used, and the sheet for them, go out.

The reader's own letter wins for the text. But no e-reader has every script, so a word in signs that its letter
may lack is put into a bundled face (`span.face-…`), and every sign of every run is held against the very face
in which the style sheet sets it. What no face has is a problem.
"""

from __future__ import annotations

import io
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fontTools import subset
from fontTools.ttLib import TTFont
from lxml import etree

from pipeline.edition.places import Places
from pipeline.epub.documents import MATHML, SVG, XHTML, Document, local, safe_name, within
from pipeline.epub.sheet import GENERIC, Face, Letter, Sheet
from pipeline.html import Resource
from pipeline.source import Problem

_ASSURED_RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x192, 0x192), (0x1FA, 0x1FF), (0x218, 0x21B), (0x2C6, 0x2C7), (0x2C9, 0x2C9),
    (0x2D8, 0x2DD), (0x384, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x3CE), (0x400, 0x45F), (0x490, 0x491),
    (0x1E80, 0x1E85), (0x1EF2, 0x1EF3), (0x2000, 0x200F), (0x2010, 0x2015), (0x2017, 0x201E), (0x2020, 0x2022),
    (0x2026, 0x202F), (0x2030, 0x2030), (0x2032, 0x2033), (0x2039, 0x203A), (0x203E, 0x203E), (0x2044, 0x2044),
    (0x2060, 0x2064), (0x2066, 0x206F), (0x20AC, 0x20AC), (0x2116, 0x2116), (0x2122, 0x2122), (0x2126, 0x2126),
    (0x215B, 0x215E), (0x2190, 0x2195), (0x2202, 0x2202), (0x2206, 0x2206), (0x220F, 0x220F), (0x2211, 0x2212),
    (0x2215, 0x2215), (0x2219, 0x221A), (0x221E, 0x221F), (0x2229, 0x2229), (0x222B, 0x222B), (0x2248, 0x2248),
    (0x2260, 0x2261), (0x2264, 0x2265), (0x25CA, 0x25CA), (0xFB01, 0xFB02), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
)  # fmt: skip
ASSURED = frozenset(chr(code) for first, last in _ASSURED_RANGES for code in range(first, last + 1)) | frozenset(
    "\t\n\r"
)
"""What the text faces of e-readers have: about the Windows Glyph List 4 (Latin, Greek, Cyrillic, signs)."""

_SOURCE = f"{{{MATHML}}}annotation"
"""What no reader shows: the source of a formula."""

CLASS = "face-"
"""How the classes begin with which the style sheet offers a face for signs that the reader's letter may lack."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A face with its file's bytes and the characters that it has."""

    face: Face
    data: bytes
    characters: frozenset[str]

    def has(self, text: str) -> bool:
        """Say whether the face can set this text, as written or composed."""
        return self.characters.issuperset(text) or self.characters.issuperset(unicodedata.normalize("NFC", text))


@lru_cache(maxsize=64)
def characters(data: bytes) -> frozenset[str]:
    """Return the characters that a font file has glyphs for."""
    with TTFont(io.BytesIO(data), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap() or ()))


def choose(cuts: Iterable[Cut], letter: Letter) -> Cut:
    """Return the cut of one family that CSS takes for a letter: the style first, then the nearest weight."""

    def distance(cut: Cut) -> tuple[bool, bool, int]:
        weight = cut.face.weight
        nearer = weight <= letter.weight if letter.weight <= 500 else weight >= letter.weight
        return cut.face.italic != letter.italic, not nearer, abs(weight - letter.weight)

    return min(cuts, key=distance)


def set_in_faces(
    documents: Sequence[Document], sheet: Sheet, resources: Mapping[str, Resource], places: Places, css_name: str
) -> tuple[tuple[Resource, ...], tuple[str, ...], tuple[Problem, ...]]:
    """Return the subsets that the documents need, their `@font-face` rules, and signs that no face has.

    Words in signs that the reader's letter may lack are put into a bundled face, in the documents.
    """
    families: dict[str, list[Cut]] = {}
    for face in sheet.faces:
        resource = resources.get(posixpath.normpath(posixpath.join(posixpath.dirname(css_name), face.source)))
        if resource is not None:
            families.setdefault(face.family, []).append(Cut(face, resource.data, characters(resource.data)))
    offers = {name: families[family] for name, family in sheet.classes(CLASS).items() if family in families}
    needed: dict[Face, set[str]] = {}
    missing: dict[str, str] = {}
    for document in documents:
        _set(document, sheet, families, offers, needed, missing)
    for character in sheet.content():
        for letter in {Letter(tuple(families))} if families else set():
            _assign(character, letter, families, needed)
    problems = tuple(_missing(character, id, places) for character, id in missing.items())
    return *_subsets(families, needed, css_name), problems


def _set(
    document: Document,
    sheet: Sheet,
    families: Mapping[str, list[Cut]],
    offers: Mapping[str, list[Cut]],
    needed: dict[Face, set[str]],
    missing: dict[str, str],
) -> None:
    letters = sheet.letters(document.root)
    skipped: set[etree._Element] = set()
    for element, letter in letters:
        parent = element.getparent()
        if parent in skipped or within(element, SVG) or element.tag in (f"{{{XHTML}}}head", _SOURCE):
            skipped.add(element)
            continue
        if within(element, MATHML):
            _set_formula(element, letter, families, needed)
            continue
        offered = "class" in element.attrib and any(name in offers for name in element.get("class", "").split())
        texts = [(element, "text", element.text), *((child, "tail", child.tail) for child in element)]
        for owner, slot, text in reversed(texts):
            if not text:
                continue
            if (not letter.families or letter.families[0] in GENERIC) and ASSURED.issuperset(text):
                continue
            odd = [each for each in _clusters(text) if not _assign(each, letter, families, needed)]
            if not odd:
                continue
            if offered:
                parts = [(text, "")]
                lost = odd
            else:
                parts, lost = _split(text, frozenset(odd), offers, letter)
            for cluster in lost:
                if _assured(cluster):
                    continue  # not in the bundled face; the reader's own sets it
                for character in cluster:
                    missing.setdefault(character, _nearest_id(element))
            for part, name in parts:
                if name:
                    sheet.keep(name)
                    face = choose(offers[name], Letter((), letter.italic, letter.weight))
                    needed.setdefault(face.face, set()).update(part + unicodedata.normalize("NFC", part))
            if any(name for _, name in parts):
                _wrap(owner, slot, parts)


def _set_formula(
    element: etree._Element, letter: Letter, families: Mapping[str, list[Cut]], needed: dict[Face, set[str]]
) -> None:
    """Note the signs of an element of MathML; a name of one letter is set in the italic sign of its own (MathML Core 4.2)."""
    text = "".join((element.text or "").split())
    if local(element) in ("msqrt", "mroot"):
        text = "\u221a"
    elif local(element) == "mi" and len(text) == 1 and element.get("mathvariant") != "normal":
        text += slanted(text)
    cut = next((choose(families[family], letter) for family in letter.families if family in families), None)
    if cut is not None and text:
        needed.setdefault(cut.face, set()).update(cut.characters.intersection(text))


def slanted(letter: str) -> str:
    """Return the mathematical italic of a letter, or nothing.

    >>> slanted("x"), slanted("h"), slanted("\u03b1"), slanted("+")
    ('𝑥', 'ℎ', '𝛼', '')
    """
    if letter == "h":
        return "\u210e"
    name = unicodedata.name(letter, "")
    if letter.isascii() and letter.isalpha():
        name = f"MATHEMATICAL ITALIC {'CAPITAL' if letter.isupper() else 'SMALL'} {letter.upper()}"
    elif name.startswith("GREEK ") and " LETTER " in name:
        name = f"MATHEMATICAL ITALIC {name.removeprefix('GREEK ').replace(' LETTER', '')}"
    else:
        name = {"\u2202": "MATHEMATICAL ITALIC PARTIAL DIFFERENTIAL", "\u2207": "MATHEMATICAL ITALIC NABLA",
                "\u0131": "MATHEMATICAL ITALIC SMALL DOTLESS I", "\u0237": "MATHEMATICAL ITALIC SMALL DOTLESS J",
                "\u03d1": "MATHEMATICAL ITALIC THETA SYMBOL", "\u03d5": "MATHEMATICAL ITALIC PHI SYMBOL",
                "\u03d6": "MATHEMATICAL ITALIC PI SYMBOL", "\u03f0": "MATHEMATICAL ITALIC KAPPA SYMBOL",
                "\u03f1": "MATHEMATICAL ITALIC RHO SYMBOL", "\u03f5": "MATHEMATICAL ITALIC EPSILON SYMBOL"}.get(letter, "")  # fmt: skip
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""


def _clusters(text: str) -> Iterator[str]:
    """Yield each character with the marks that stand on it."""
    start = 0
    for index, character in enumerate(text):
        if index > start and not (ord(character) >= 0x300 and unicodedata.category(character).startswith("M")):
            yield text[start:index]
            start = index
    if start < len(text):
        yield text[start:]


def _assign(cluster: str, letter: Letter, families: Mapping[str, list[Cut]], needed: dict[Face, set[str]]) -> bool:
    """Note in which face a cluster is set; False when the face of the run is not sure to have it."""
    for family in letter.families:
        cuts = families.get(family)
        if cuts:
            cut = choose(cuts, letter)
            if cut.has(cluster):
                needed.setdefault(cut.face, set()).update(cluster + unicodedata.normalize("NFC", cluster))
                return True
    if letter.families and letter.families[0] in families:
        return cluster.isspace() or unicodedata.category(cluster[0]) == "Cf"
    return _assured(cluster)


def _assured(cluster: str) -> bool:
    return ASSURED.issuperset(cluster) or ASSURED.issuperset(unicodedata.normalize("NFC", cluster))


def _split(
    text: str, odd: frozenset[str], offers: Mapping[str, list[Cut]], letter: Letter
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the text in parts, each with the class of a face or "", and the clusters that no face has.

    A word goes as a whole into the face that has all of it, with the spaces between two such words; else
    cluster by cluster.
    """
    parts: list[tuple[str, str]] = []
    lost: list[str] = []

    def add(part: str, name: str) -> None:
        if parts and parts[-1][1] == name:
            parts[-1] = (parts[-1][0] + part, name)
        elif len(parts) > 1 and name and parts[-2][1] == name and parts[-1][0].isspace():
            between = parts.pop()[0]
            parts[-1] = (parts[-1][0] + between + part, name)
        else:
            parts.append((part, name))

    def face_for(part: str) -> str:
        bare = "".join(c for c in part if unicodedata.category(c) != "Cf")
        return next((name for name, cuts in offers.items() if choose(cuts, letter).has(bare)), "")

    for token in re.split(r"(\s+)", text):
        clusters = [] if token.isspace() else list(_clusters(token))
        if not any(cluster in odd for cluster in clusters):
            if token:
                add(token, "")
            continue
        whole = face_for(token)
        if whole:
            add(token, whole)
            continue
        for cluster in clusters:
            name = face_for(cluster) if cluster in odd else ""
            if cluster in odd and not name:
                lost.append(cluster)
            add(cluster, name)
    return parts, lost


def _wrap(owner: etree._Element, slot: str, parts: Sequence[tuple[str, str]]) -> None:
    """Put parts of a text node into spans of their class."""
    spans: list[etree._Element] = []
    first = ""
    for text, name in parts:
        if name:
            span = etree.Element(f"{{{XHTML}}}span", {"class": name})
            span.text = text
            spans.append(span)
        elif spans:
            spans[-1].tail = text
        else:
            first = text
    if slot == "text":
        owner.text = first
        for position, span in enumerate(spans):
            owner.insert(position, span)
        return
    owner.tail = first
    parent = owner.getparent()
    assert parent is not None
    at = parent.index(owner) + 1
    for position, span in enumerate(spans):
        parent.insert(at + position, span)


def _nearest_id(element: etree._Element | None) -> str:
    while element is not None:
        if (id := element.get("id")) is not None:
            return id
        element = element.getparent()
    return ""


def _missing(character: str, id: str, places: Places) -> Problem:
    name = unicodedata.name(character, "without a name")
    return Problem(
        "missing-glyph",
        f"no face of this edition has `{character}` (U+{ord(character):04X}, {name.lower()})",
        places.of(id, character),
        f"the first one stands in `{id}`; write it otherwise, or bring a face that has it: `[fonts]` in `book.toml`",
    )


def _subsets(
    families: Mapping[str, list[Cut]], needed: Mapping[Face, set[str]], css_name: str
) -> tuple[tuple[Resource, ...], tuple[str, ...]]:
    fonts: list[Resource] = []
    rules: list[str] = []
    taken: set[str] = set()
    for family, cuts in families.items():
        for cut in cuts:
            signs = needed.get(cut.face)
            if not signs:
                continue
            style = f"{cut.face.weight}{'-italic' if cut.face.italic else ''}"
            data = cut_down(
                cut.data, frozenset(signs) | {" ", "\N{NO-BREAK SPACE}"}, family, cut.face.italic, cut.face.weight
            )
            kind = "otf" if data.startswith(b"OTTO") else "ttf"
            name = safe_name(f"fonts/{family}-{style}.{kind}".replace(" ", "-"), taken)
            fonts.append(Resource(name, f"font/{kind}", data))
            way = posixpath.relpath(name, posixpath.dirname(css_name))
            rules.append(
                f'@font-face {{\n  font-family: "{family}";\n  font-style: {"italic" if cut.face.italic else "normal"};\n'
                f'  font-weight: {cut.face.weight};\n  src: url("{way}");\n}}'
            )
    return tuple(fonts), tuple(rules)


@lru_cache(maxsize=64)
def cut_down(data: bytes, signs: frozenset[str], family: str, italic: bool, weight: int) -> bytes:
    """Return a subset of a font under another family name: reserved names may not stand on a changed file.

    Copyright and licence stay in the file's name table, as the Open Font License asks.
    """
    options = subset.Options()
    options.layout_features = ["*"]
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    options.notdef_outline = True
    options.glyph_names = False
    options.recalc_timestamp = False
    options.drop_tables += ["FFTM", "DSIG"]
    with TTFont(io.BytesIO(data), recalcTimestamp=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=[ord(sign) for sign in sorted(signs)])
        cutter.subset(font)
        _rename(font, family, italic, weight)
        font.flavor = None  # neither WOFF: not every reader opens it
        buffer = io.BytesIO()
        font.save(buffer)
    return buffer.getvalue()


def _rename(font: TTFont, family: str, italic: bool, weight: int) -> None:
    table = font["name"]
    style = (
        " ".join(part for part in (str(weight) if weight != 400 else "", "Italic" if italic else "") if part)
        or "Regular"
    )
    names = {
        1: family if weight in (400, 700) else f"{family} {weight}",
        2: {(400, False): "Regular", (400, True): "Italic", (700, False): "Bold", (700, True): "Bold Italic"}.get(
            (weight, italic), "Italic" if italic else "Regular"
        ),
        3: f"{family} {style} (subset)",
        4: f"{family} {style}",
        6: f"{family}-{style}".replace(" ", ""),
        16: family,
        17: style,
    }
    for number in (*names, 18, 20, 21, 22, 25):
        table.removeNames(nameID=number)
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)
