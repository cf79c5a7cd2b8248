"""Subsets of the same faces from many unit PDFs become one embedded font a face.

WeasyPrint names a font resource by a hash of family, style and weight and keeps glyph ids, so the
same name means the same face in every unit. Here the glyphs of all units are united, the original
file is subset once, and every unit's `Font` dictionary points at the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby

import pikepdf
import tinycss2
import uharfbuzz
from pikepdf import Array, Dictionary, Name, String

from pipeline.html import Resource
from pipeline.pdf.units import resource_name

FaceKey = tuple[str, bool, int]
"""Family, whether it is italic, and weight."""

DROPPED_TABLES = ("BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG ")
"""Tables that no reader of a PDF looks at, or that PDF does not allow."""

PLAIN = {"\u00a0": " ", "\u2010": "-", "\u00ad": "-", "\u2011": "-"}
"""Characters that many faces draw with the glyph of another, which is the one a reader looks for.

Inserted hyphens and hyphens of the text share a glyph, and so do spaces: which of them WeasyPrint
writes is a matter of which came first in the unit.
"""


def font_faces(sheets: Iterable[str], resources: Sequence[Resource]) -> dict[FaceKey, Resource]:
    """Return the font of every `@font-face` rule; raises ValueError for a file that is not there."""
    by_name = {resource.name: resource for resource in resources}
    faces: dict[FaceKey, Resource] = {}
    for sheet in sheets:
        for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
            if rule.type != "at-rule" or rule.lower_at_keyword != "font-face" or rule.content is None:
                continue
            family, italic, weight, url = "", False, 400, ""
            for declaration in tinycss2.parse_blocks_contents(rule.content):
                if declaration.type != "declaration":
                    continue
                tokens = [t for t in declaration.value if t.type not in ("whitespace", "comment")]
                if declaration.lower_name == "font-family":
                    family = " ".join(token.value for token in tokens)
                elif declaration.lower_name == "font-style":
                    italic = tokens[0].lower_value in ("italic", "oblique")
                elif declaration.lower_name == "font-weight":
                    word = tinycss2.serialize(tokens)
                    weight = {"normal": 400, "bold": 700}.get(word) or int(word)
                elif declaration.lower_name == "src" and not url:
                    url = next((_url(token) for token in tokens if _url(token)), "")
            name = resource_name(url)
            if name not in by_name:
                raise ValueError(f"the style sheets name the font {name!r}, which is not among the resources")
            faces[family, italic, weight] = by_name[name]
    return faces


def _url(token: tinycss2.ast.Node) -> str:
    if token.type == "url":
        return str(token.value)
    if token.type == "function" and token.lower_name == "url":
        return next((str(argument.value) for argument in token.arguments if argument.type == "string"), "")
    return ""


def choose_face(faces: Mapping[FaceKey, Resource], family: str, style: int, weight: int) -> Resource:
    """Return the file that was set for (family, style, weight); `style` 1 is a slant made of the upright.

    Raises LookupError for a family that no style sheet brings: no foreign font may stand in a book.
    """
    wanted = style == 2
    own = [(italic, heavy) for name, italic, heavy in faces if name == family]
    if not own:
        raise LookupError(f"the layout used the font family {family!r}, which no style sheet brings")
    italic, heavy = min(own, key=lambda key: (key[0] != wanted, abs(key[1] - weight), key[1]))
    return faces[family, italic, heavy]


def foreign_characters(
    pdf: bytes, fonts: Mapping[str, tuple[str, int, int]], faces: Mapping[FaceKey, Resource]
) -> dict[str, str]:
    """Return, by family, the characters that were set in a font which no style sheet brings.

    A character that none of the families named for it has is taken from any font within reach.
    """
    families = {family for family, _, _ in faces}
    foreign = {name: family for name, (family, _, _) in fonts.items() if family not in families}
    if not foreign:
        return {}
    found: dict[str, set[str]] = {}
    with pikepdf.open(BytesIO(pdf)) as source:
        for dictionary in _font_dictionaries(source):
            for name, family in foreign.items():
                if (font := dictionary.get(f"/{name}")) is not None:
                    found.setdefault(family, set()).update(_read_text_map(font.ToUnicode.read_bytes()).values())
    return {family: "".join(sorted(found[family])) for family in sorted(found)}


@dataclass(frozen=True, slots=True)
class _Descriptor:
    """What WeasyPrint says of a face; the same in every unit."""

    base_font: str
    family: bytes
    flags: int
    ascent: int
    descent: int
    angle: float
    stem_v: int
    stem_h: int


@dataclass(slots=True)
class _Gathered:
    """What all units together ask of one face, while it is gathered."""

    resource: Resource
    face: uharfbuzz.Face
    font: uharfbuzz.Font
    descriptor: _Descriptor
    widths: dict[int, float] = field(default_factory=dict)
    descendant: pikepdf.Object | None = None
    variants: list[tuple[dict[int, str], bytes]] = field(default_factory=list)
    written: list[pikepdf.Object] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Use:
    """How one PDF uses a face: the name of its resource, and which of the face's text maps."""

    name: str
    variant: int


class FontUnion:
    """Gathers the fonts of unit PDFs (`take`), then writes them once into the book (`write`)."""

    def __init__(self, faces: Mapping[FaceKey, Resource]) -> None:
        self._faces = faces
        self._gathered: dict[str, _Gathered] = {}

    def take(self, source: pikepdf.Pdf, fonts: Mapping[str, tuple[str, int, int]]) -> dict[str, Use]:
        """Gather the fonts of a PDF and take them out of it, so that they are not copied.

        `fonts` says what the hashes stand for (`Facts.fonts`). Returns what `fill` needs.
        """
        uses: dict[str, Use] = {}
        for dictionary in _font_dictionaries(source):
            for key in sorted(dictionary.keys()):
                name = key[1:]
                if name not in uses:
                    uses[name] = self._take_font(name, dictionary[key], fonts)
                del dictionary[key]
        return uses

    def _take_font(self, name: str, font: pikepdf.Object, fonts: Mapping[str, tuple[str, int, int]]) -> Use:
        if name not in fonts:
            raise LookupError(f"the PDF of a unit has a font {name!r} that its facts do not know")
        family, style, weight = fonts[name]
        descendant = font.DescendantFonts[0]
        gathered = self._gathered.get(name)
        if gathered is None:
            resource = choose_face(self._faces, family, style, weight)
            face = uharfbuzz.Face(resource.data)
            gathered = _Gathered(resource, face, uharfbuzz.Font(face), _descriptor(font))
            self._gathered[name] = gathered
        for glyph, width in _read_widths(descendant.W):
            if gathered.widths.setdefault(glyph, width) != width and _is_shown(gathered, glyph):
                raise ValueError(f"glyph {glyph} of {gathered.descriptor.base_font} has two widths: not the same file")
        encoding = b"" if font.Encoding == Name("/Identity-H") else font.Encoding.read_bytes()
        text = {
            glyph: _plain(gathered.font, glyph, characters)
            for glyph, characters in _read_text_map(font.ToUnicode.read_bytes()).items()
        }
        return Use(name, _place_map(gathered.variants, text, encoding))

    def write(self, out: pikepdf.Pdf) -> None:
        """Subset every face once and write its objects into the book."""
        for name in sorted(self._gathered):
            gathered = self._gathered[name]
            gathered.descendant = _write_descendant(out, gathered)
            for text, encoding in gathered.variants:
                gathered.written.append(_write_font(out, gathered, text, encoding))

    def fill(self, dictionary: pikepdf.Object, uses: Mapping[str, Use]) -> None:
        """Put the written fonts into a `Font` dictionary of the book."""
        for name in sorted(uses):
            dictionary[Name("/" + name)] = self._gathered[name].written[uses[name].variant]


def _font_dictionaries(source: pikepdf.Pdf) -> list[pikepdf.Object]:
    """Return the distinct `Font` dictionaries of the pages; forms and patterns share them."""
    found: dict[tuple[int, int], pikepdf.Object] = {}
    loose: list[pikepdf.Object] = []
    for page in source.pages:
        fonts = page.Resources.get(Name.Font)
        if fonts is None:
            continue
        if fonts.is_indirect:
            found.setdefault(fonts.objgen, fonts)
        else:
            loose.append(fonts)
    return [*found.values(), *loose]


def _descriptor(font: pikepdf.Object) -> _Descriptor:
    source = font.DescendantFonts[0].FontDescriptor
    return _Descriptor(
        str(font.BaseFont),
        bytes(source.FontFamily),
        int(source.Flags),
        int(source.Ascent),
        int(source.Descent),
        float(source.ItalicAngle),
        int(source.StemV),
        int(source.StemH),
    )


_WIDTHS = re.compile(rb"(\d+)\s*(?:\[([^\]]*)\]|\s(\d+)\s+([-+.\d]+))")
"""An entry of a `W` array as it is written: a glyph and the widths from it on, or two glyphs and the width from one to the other."""


def _read_widths(array: pikepdf.Object) -> Iterable[tuple[int, float]]:
    """Yield (glyph, width) of a `W` array, in both of its forms."""
    for first, several, last, width in _WIDTHS.findall(array.unparse(resolved=True)[1:-1]):
        if last:
            for glyph in range(int(first), int(last) + 1):
                yield glyph, float(width)
        else:
            yield from enumerate(map(float, several.split()), int(first))


def _read_text_map(stream: bytes) -> dict[int, str]:
    """Return glyph → characters of a `ToUnicode` map."""
    return {
        int(glyph, 16): chr(int(characters, 16))
        if len(characters) == 4
        else bytes.fromhex(characters.decode()).decode("utf-16-be")
        for block in re.findall(rb"beginbfchar(.*?)endbfchar", stream, re.DOTALL)
        for glyph, characters in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block)
    }


def _place_map(variants: list[tuple[dict[int, str], bytes]], text: dict[int, str], encoding: bytes) -> int:
    """Return the index of a variant that agrees with a text map, widened by it; a new one where none does.

    One glyph may stand for two characters: "N" in small capitals is the glyph of "n". The text of
    a unit must not change because another unit used the glyph otherwise, so such units share the
    font but not the map. Spaces and hyphens are made plain before, or every book had several maps.
    """
    for index, (known, known_encoding) in enumerate(variants):
        if encoding == known_encoding and all(known.get(g, c) == c for g, c in text.items()):
            known.update(text)
            return index
    variants.append((dict(text), encoding))
    return len(variants) - 1


def _plain(font: uharfbuzz.Font, glyph: int, characters: str) -> str:
    """Return the plain character where the face draws both with this glyph."""
    plain = PLAIN.get(characters, "")
    return plain if plain and font.get_nominal_glyph(ord(plain)) == glyph else characters


def subset_font(data: bytes, glyphs: Iterable[int]) -> bytes:
    """Return the font with the outlines of these glyphs only, each under its old glyph id."""
    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(set(glyphs))
    wanted.flags = (
        uharfbuzz.SubsetFlags.RETAIN_GIDS
        | uharfbuzz.SubsetFlags.DESUBROUTINIZE
        | uharfbuzz.SubsetFlags.NO_HINTING
        | uharfbuzz.SubsetFlags.PASSTHROUGH_UNRECOGNIZED
    )
    wanted.drop_table_tag_set.update({int.from_bytes(tag.encode()) for tag in DROPPED_TABLES})
    return bytes(uharfbuzz.subset(uharfbuzz.Face(data), wanted).blob.data)


def _write_descendant(out: pikepdf.Pdf, gathered: _Gathered) -> pikepdf.Object:
    glyphs = {glyph for glyph in gathered.widths if glyph < gathered.face.glyph_count}
    _prove_widths(gathered, filter(lambda glyph: _is_shown(gathered, glyph), glyphs))
    data = subset_font(gathered.resource.data, glyphs)
    truetype = data[:4] != b"OTTO"
    stream = pikepdf.Stream(out, data)
    if truetype:
        stream.Length1 = len(data)
    else:
        stream.Subtype = Name("/OpenType")
    widths = gathered.widths
    fixed = len(widths) > 1 and len(set(widths.values())) == 1
    said = gathered.descriptor
    descriptor = out.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name(said.base_font),
            FontFamily=String(said.family),
            Flags=(said.flags & ~1) | fixed,
            FontBBox=Array([0, said.descent, _number(max(widths.values(), default=0)), said.ascent]),
            ItalicAngle=_number(said.angle),
            Ascent=said.ascent,
            Descent=said.descent,
            CapHeight=said.ascent,
            StemV=said.stem_v,
            StemH=said.stem_h,
        )
    )
    descriptor[Name.FontFile2 if truetype else Name.FontFile3] = out.make_indirect(stream)
    return out.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2 if truetype else Name.CIDFontType0,
            BaseFont=Name(said.base_font),
            CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
            CIDToGIDMap=Name.Identity,
            W=_write_widths(widths),
            FontDescriptor=descriptor,
        )
    )


def _is_shown(gathered: _Gathered, glyph: int) -> bool:
    """Say whether a glyph is one of the face: for a sign that it lacks the layout makes one up, as wide as it likes.

    Such a sign is a problem of its own, `missing-glyph`.
    """
    return 0 < glyph < int(gathered.face.glyph_count)


def _prove_widths(gathered: _Gathered, glyphs: Iterable[int]) -> None:
    """Raise ValueError unless the file has the advances that the layout used: else it is another file."""
    for glyph in sorted(glyphs):
        width = gathered.font.get_glyph_h_advance(glyph) * 1000 / gathered.face.upem
        if abs(width - gathered.widths[glyph]) > 1:
            raise ValueError(
                f"glyph {glyph} of {gathered.descriptor.base_font} is {gathered.widths[glyph]} wide in the "
                f"layout and {width:.1f} in {gathered.resource.name!r}: not the same file"
            )


def _write_widths(widths: Mapping[int, float]) -> pikepdf.Object:
    array = Array()
    for _, run in groupby(enumerate(sorted(widths)), key=lambda pair: pair[1] - pair[0]):
        glyphs = [glyph for _, glyph in run]
        array.append(glyphs[0])
        array.append(Array([_number(widths[glyph]) for glyph in glyphs]))
    return array


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


CMAP_HEAD = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo
<< /Registry (Adobe)
/Ordering (UCS)
/Supplement 0
>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
"""
CMAP_FOOT = b"""endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _write_font(out: pikepdf.Pdf, gathered: _Gathered, text: Mapping[int, str], encoding: bytes) -> pikepdf.Object:
    lines = [CMAP_HEAD]
    glyphs = sorted(text)
    for at in range(0, len(glyphs), 100):
        block = glyphs[at : at + 100]
        lines.append(b"%d beginbfchar\n" % len(block))
        lines.extend(b"<%04x> <%s>\n" % (g, text[g].encode("utf-16-be").hex().encode()) for g in block)
        lines.append(b"endbfchar\n")
    lines.append(CMAP_FOOT)
    coded: pikepdf.Object = Name("/Identity-H")
    if encoding:
        coded = pikepdf.Stream(out, encoding)
        coded.Type = Name.CMap
        coded.CMapName = Name("/WP-Encod-0")
        coded.CIDSystemInfo = Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0)
        coded = out.make_indirect(coded)
    return out.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(gathered.descriptor.base_font),
            Encoding=coded,
            DescendantFonts=Array([gathered.descendant]),
            ToUnicode=out.make_indirect(pikepdf.Stream(out, b"".join(lines))),
        )
    )
