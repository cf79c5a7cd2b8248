"""Faces of a press: TrueType as it is, CFF and variable faces made static, and what its owner forbids refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pikepdf
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

from pipeline.build import Outcome, build
from pipeline.build.faces import UnusableError, cast
from pipeline.source import describe

SERIF = Path(__file__).parents[1] / "styles" / "fonts" / "SourceSerif4-Regular.ttf"


def draw(pen: Any, wide: int, *, curve: bool) -> None:
    pen.moveTo((50, 0))
    pen.lineTo((50, 700))
    if curve:
        pen.curveTo((200, 720), (300, 600), (wide - 50, 700))
    else:
        pen.lineTo((wide - 50, 700))
    pen.lineTo((wide - 50, 0))
    pen.closePath()


def made(*, cff: bool = False, variable: bool = False, bits: int = 0) -> bytes:
    builder = FontBuilder(1000, isTTF=not cff)
    order = [".notdef", "space", "A"]
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({32: "space", 65: "A"})
    if cff:
        strings = {}
        for name in order:
            pen = T2CharStringPen(600, None)
            if name == "A":
                draw(pen, 600, curve=True)
            strings[name] = pen.getCharString()
        builder.setupCFF("Press-Regular", {}, strings, {})
    else:
        glyphs = {}
        for name in order:
            ttpen = TTGlyphPen(None)
            if name == "A":
                draw(ttpen, 600, curve=False)
            glyphs[name] = ttpen.glyph()
        builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(order, (600, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Press Face", "styleName": "Regular"})
    builder.setupOS2(fsType=bits, sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    if variable:
        builder.setupFvar([("wght", 300, 400, 700, "Weight")], [])
        deltas = [(0, 0), (0, 0), (100, 0), (100, 0)] + [(0, 0)] * 4
        from fontTools.ttLib.tables.TupleVariation import TupleVariation

        builder.setupGvar({"A": [TupleVariation({"wght": (0, 1, 1)}, deltas)], ".notdef": [], "space": []})
    out = BytesIO()
    builder.font.save(out)
    return out.getvalue()


def read(data: bytes) -> TTFont:
    return TTFont(BytesIO(data))


def test_true_type_stays_byte_for_byte() -> None:
    data = SERIF.read_bytes()
    assert cast(data, 400).data == data
    assert cast(data, 400).name.startswith("Source Serif")


def test_cubic_outlines_become_quadratic_ones_of_the_same_shape() -> None:
    font = read(cast(made(cff=True), 400).data)
    assert "CFF " not in font
    glyph = font["glyf"]["A"]
    assert (glyph.xMin, glyph.xMax, glyph.yMin) == (50, 550, 0)
    assert font["hmtx"]["A"] == (600, 50)
    assert font.getBestCmap()[65] == "A"


def test_a_variable_face_gives_one_cut_a_weight() -> None:
    data = made(variable=True)
    regular, bold = read(cast(data, 400).data), read(cast(data, 700).data)
    assert "fvar" not in regular
    assert (regular["glyf"]["A"].xMax, bold["glyf"]["A"].xMax) == (550, 650)
    assert cast(data, 700).data == cast(data, 700).data


@pytest.mark.parametrize(("bits", "words"), [(2, "forbids to embed"), (0x100, "a part"), (0x200, "bitmaps")])
def test_what_its_owner_forbids_is_refused(bits: int, words: str) -> None:
    with pytest.raises(UnusableError, match=words):
        cast(made(bits=bits), 400)


@pytest.mark.parametrize(
    "data", [b"", b"no font", made()[:200], b"wOF2" + bytes(60)], ids=["empty", "text", "cut", "woff"]
)
def test_what_is_no_font_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableError):
        cast(data, 400)


def hurt(data: bytes, tag: str, *, sealed: bool) -> bytes:
    """Return a font with a table overwritten; `sealed` with a checksum that agrees."""
    entry = read(data).reader.tables[tag]
    out = bytearray(data)
    out[entry.offset : entry.offset + entry.length] = bytes(entry.length)
    if sealed:
        at = data.index(tag.encode().ljust(4), 12)
        out[at + 4 : at + 8] = bytes(4)
    return bytes(out)


@pytest.mark.hostile
@pytest.mark.parametrize("tag", ["glyf", "loca", "cmap", "GSUB", "hmtx", "head", "maxp", "name", "OS/2"])
def test_a_damaged_table_is_refused_by_its_name(tag: str) -> None:
    with pytest.raises(UnusableError, match=f"its table `{tag}` is damaged"):
        cast(hurt(SERIF.read_bytes(), tag, sealed=False), 400)


@pytest.mark.hostile
@pytest.mark.parametrize("tag", ["glyf", "cmap"])
def test_a_face_that_draws_no_letters_is_refused_though_its_checksums_agree(tag: str) -> None:
    with pytest.raises(UnusableError):
        cast(hurt(SERIF.read_bytes(), tag, sealed=True), 400)


def test_a_face_without_an_em_is_refused() -> None:
    font = read(made())
    font["head"].unitsPerEm = 0
    out = BytesIO()
    font.save(out)
    with pytest.raises(UnusableError, match="its em has 0 units"):
        cast(out.getvalue(), 400)


def test_a_face_that_was_cut_off_is_refused() -> None:
    data = SERIF.read_bytes()
    with pytest.raises(UnusableError, match="beyond the end"):
        cast(data[: len(data) * 6 // 10], 400)


def test_of_a_collection_the_one_face_of_the_cut_is_taken(tmp_path: Path) -> None:
    collection = TTCollection()
    collection.fonts = [TTFont(SERIF.parent / f"SourceSerif4-{cut}.ttf") for cut in ("Regular", "It", "Semibold")]
    out = BytesIO()
    collection.save(out)
    italic = read(cast(out.getvalue(), 400, slanted=True).data)
    assert italic["post"].italicAngle < 0
    assert read(cast(out.getvalue(), 600).data)["OS/2"].usWeightClass == 600
    with pytest.raises(UnusableError, match="none of its faces has the weight 700 upright: Source Serif 4"):
        cast(out.getvalue(), 700)


def test_a_face_that_changes_outside_the_folder_makes_the_book_anew(tmp_path: Path) -> None:
    fonts = tmp_path / "elsewhere"
    fonts.mkdir()
    (fonts / "Own.ttf").write_bytes((SERIF.parent / "GentiumBookPlus_400Regular.ttf").read_bytes())
    assert book(tmp_path / "book", fonts, "Own.ttf").problems == ()
    assert build(tmp_path / "book", jobs=1).up_to_date
    (fonts / "Own.ttf").write_bytes(b"nothing")
    assert [problem.code for problem in build(tmp_path / "book", jobs=1).problems] == ["font-unusable"]


def book(folder: Path, fonts: Path, file: str) -> Outcome:
    folder.mkdir()
    (folder / "book.toml").write_text(
        f'title = "A"\nlanguage = "en"\nchapters = ["a.md"]\n[fonts]\nfolder = "{fonts}"\n[fonts.serif]\n'
        f'regular = "{file}"\n[editions.print]\ntrim = "a5"\n[editions.epub]\n',
        "utf-8",
    )
    (folder / "a.md").write_text("# Some Title\n\nSome words of a chapter, with *emphasis*.\n", "utf-8")
    return build(folder, jobs=1)


def test_a_book_is_set_in_the_faces_of_its_press(tmp_path: Path) -> None:
    fonts = tmp_path / "elsewhere"
    fonts.mkdir()
    (fonts / "Own.ttf").write_bytes((SERIF.parent / "GentiumBookPlus_400Regular.ttf").read_bytes())
    outcome = book(tmp_path / "book", fonts, "Own.ttf")
    assert outcome.problems == (), "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    with pikepdf.open(tmp_path / "book" / "dist" / "a-print.pdf") as pdf:
        names = {
            str(each["/BaseFont"])
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and "/BaseFont" in each
        }
        assert any("Press" in name for name in names), names
        assert not any("Edition-Serif" in name for name in names), names


def test_an_epub_has_the_faces_of_its_press_but_for_the_text(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    (folder / "fonts").mkdir(parents=True)
    for name, file in (("Sans.ttf", "SourceCodePro-Regular.ttf"), ("Display.ttf", "GentiumBookPlus_700Bold.ttf")):
        (folder / "fonts" / name).write_bytes((SERIF.parent / file).read_bytes())
    (folder / "book.toml").write_text(
        'title = "A"\nlanguage = "en"\nchapters = ["a.md"]\n[fonts.sans]\nregular = "Sans.ttf"\n'
        '[fonts.display]\nregular = "Display.ttf"\n[editions.epub]\n',
        "utf-8",
    )
    (folder / "a.md").write_text("# Some Title\n\nWords[^n].\n\n[^n](editor): An editor, who speaks Ջան.\n", "utf-8")
    outcome = build(folder, jobs=1)
    assert outcome.problems == (), "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    with ZipFile(folder / "dist" / "a.epub") as archive:
        fonts = {name for name in archive.namelist() if name.endswith(".ttf")}
        sheet = archive.read("EPUB/css/book.css").decode()
    assert fonts == {
        "EPUB/fonts/press-sans-400.ttf",
        "EPUB/fonts/press-display-400.ttf",
        "EPUB/fonts/edition-armenian-400.ttf",
    }
    assert 'font-family: "Press Sans", "Edition Sans", sans-serif' in sheet


def test_a_face_that_is_not_there_is_a_problem_at_its_place(tmp_path: Path) -> None:
    outcome = book(tmp_path / "book", tmp_path, "Nowhere.ttf")
    assert [problem.code for problem in outcome.problems] == ["font-unusable"]
    assert outcome.problems[0].span is not None
