"""The lower half of the gate: content streams, fonts, directions of writing, and finding where texts meet again."""

from __future__ import annotations

from io import BytesIO
from random import Random
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from pipeline.checks import bidi, glyphs
from pipeline.checks.alignment import align
from pipeline.checks.pdf_reader import read_pdf
from pipeline.checks.reading import BLOCK, LINE, Reading

# Content streams ------------------------------------------------------------------------------

CMAP = b"""1 begincodespacerange <0000> <ffff> endcodespacerange
2 beginbfrange <0041> <005a> <0041> <0061> <007a> <0061> endbfrange
4 beginbfchar <0020> <0020> <002d> <002d> <00fb> <006600660069> <0027> <2019> endbfchar"""


def file_of(content: bytes, kids: Any = None, forms: dict[str, bytes] | None = None, roles: Any = None) -> bytes:
    """Write a page of one face in which code and character are the same, and the structure over it."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 400))
    font = pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name.X,
            Encoding=Name("/Identity-H"),
            ToUnicode=pdf.make_stream(CMAP),
            DescendantFonts=Array([Dictionary(Type=Name.Font, Subtype=Name.CIDFontType2, W=Array([32, 126, 500]))]),
        )
    )
    resources = Dictionary(Font=Dictionary(F=font), XObject=Dictionary())
    resources.Properties = Dictionary(P=Dictionary(MCID=0))
    for name, data in (forms or {}).items():
        form = pdf.make_stream(data)
        form.Type, form.Subtype = Name.XObject, Name.Form
        form.BBox = Array([0, 0, 300, 400])
        form.Resources = Dictionary(Font=Dictionary(F=font))
        resources.XObject[f"/{name}"] = form
    page.obj.Resources = resources
    page.obj.Contents = pdf.make_stream(content)
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    if roles is not None:
        root.RoleMap = roles
    top = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root))
    top.K = Array([])
    for kind, inside in kids if kids is not None else [("P", [0])]:
        element = Dictionary(Type=Name.StructElem, S=Name(f"/{kind}"), P=top, Pg=page.obj, K=Array(inside))
        top.K.append(pdf.make_indirect(element))
    root.K = top
    pdf.Root.StructTreeRoot = root
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def hexadecimal(words: str) -> str:
    return "<" + "".join(f"{ord(sign):04x}" for sign in words) + ">"


def shown(words: str, x: float = 30, y: float = 300) -> str:
    return f"BT 1 0 0 1 {x} {y} Tm /F 10 Tf [{hexadecimal(words)}] TJ ET"


def read(content: str, **more: Any) -> Reading:
    return read_pdf("page.pdf", file_of(content.encode("latin-1"), **more))


def words(reading: Reading) -> str:
    return "".join(piece.text for piece in reading.pieces).replace(BLOCK, "|").replace(LINE, "/")


@pytest.mark.parametrize(
    "content",
    [
        f"/P <</MCID 0>> BDC {shown('Call me')} EMC",
        f"/P<</MCID 0>>BDC BT 1 0 0 1 30 300 Tm/F 10 Tf[{hexadecimal('Call')}-250{hexadecimal(' me')}]TJ ET EMC",
        f"/P /P BDC {shown('Call me')} EMC",
        "/P <</MCID 0>> BDC BT /F 10 Tf 30 300 Td (\\000C\\000a\\000l\\000l\\000 \\000m\\000e) Tj ET EMC",
        f"/P <</MCID 0>> BDC BT /F 10 Tf 30 300 Td {hexadecimal('Call me')} Tj ET EMC",
        f"/P <</MCID 0>> BDC BT 12 TL /F 10 Tf 30 312 Td {hexadecimal('Call me')} ' ET EMC",
        f"/P <</MCID 0>> BDC BT 0 0 {hexadecimal('Call me')} pop ET EMC {shown('x')}".replace(" pop", ' "').replace(
            "BT 0 0", "BT /F 10 Tf 30 300 Td 0 0"
        ),
        f"% a remark with (a bracket\n/P <</MCID 0>> BDC {shown('Call me')} EMC",
        f"q 2 0 0 2 0 0 cm /P <</MCID 0>> BDC {shown('Call me', 15, 150)} EMC Q",
        f"BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI /P <</MCID 0>> BDC {shown('Call me')} EMC",
        f"/P <</MCID 0>> BDC /Span <</Lang (en)>> BDC {shown('Call me')} EMC EMC",
        f"/P <</MCID 0>> BDC [3 2] 0 d 0.5 0 0 rg /gs gs 1 0 0 1 0 0 cm {shown('Call me')} f* EMC",
    ],
)
def test_words_are_read_however_they_are_written(content: str) -> None:
    assert words(read(content)) == "|Call me"


def test_a_ligature_is_read_as_its_letters() -> None:
    assert words(read(f"/P <</MCID 0>> BDC {shown('oûce')} EMC")) == "|office"


def test_a_glyph_without_meaning_is_shown_as_such() -> None:
    assert words(read(f"/P <</MCID 0>> BDC {shown('a0b')} EMC")) == "|a\ufffdb"


def test_the_end_of_a_line_is_known_from_places() -> None:
    content = f"/P <</MCID 0>> BDC {shown('some-', 200)} {shown('thing', 30, 288)} EMC"
    assert words(read(content)) == "|some-/thing"


def test_a_raised_figure_does_not_end_a_line() -> None:
    content = f"/P <</MCID 0>> BDC {shown('ten', 30)} {shown('a', 45, 304)} {shown('b', 50, 300)} EMC"
    assert words(read(content)) == "|tenab"


def test_structure_gives_the_order_and_not_the_page() -> None:
    content = f"/P <</MCID 0>> BDC {shown('second', 30, 200)} EMC /P <</MCID 1>> BDC {shown('first', 30, 100)} EMC"
    assert words(read(content, kids=[("P", [1]), ("P", [0])])) == "|first|second"


def test_roles_are_mapped() -> None:
    reading = read(f"/P <</MCID 0>> BDC {shown('x')} EMC", kids=[("Zitat", [0])], roles=Dictionary(Zitat=Name.Span))
    assert reading.pieces[0].role == "Document"


def test_words_in_a_form_belong_to_the_mark_around_it() -> None:
    reading = read("/P <</MCID 0>> BDC /X Do EMC", forms={"X": shown("inside").encode()})
    assert (words(reading), reading.problems) == ("|inside", ())


def test_a_form_in_an_artifact_is_apart() -> None:
    reading = read("/Artifact <</Type /Pagination>> BDC /X Do EMC", forms={"X": shown("iv").encode()})
    assert [piece.text for piece in reading.apart] == ["iv"]
    assert words(reading) == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (shown("stray"), "text-untagged"),
        (f"/P <</MCID 7>> BDC {shown('stray')} EMC", "text-untagged"),
        (f"/Span BMC {shown('stray')} EMC", "text-untagged"),
        (f"/P <</MCID 0>> BDC {shown('gone', 30, 500)} EMC", "text-off-page"),
        (f"/P <</MCID 0>> BDC {shown('gone', -40, 300)} EMC", "text-off-page"),
        (f"/P <</MCID 0>> BDC BT 3 Tr ET {shown('gone')} EMC", "text-unseen"),
        (f"/P <</MCID 0 /ActualText <feff0041>>> BDC {shown('other')} EMC", "actual-text-false"),
        (f"/P <</MCID 0>> BDC {shown('x')} /X Do EMC", "pdf-unreadable"),
    ],
)
def test_what_a_listener_would_not_hear_is_a_problem(content: str, code: str) -> None:
    forms = {"X": b"/X Do"} if "/X Do" in content else None
    reading = read(content, forms=forms)
    if code == "pdf-unreadable":  # a form that shows itself has no end
        pdf = pikepdf.open(BytesIO(file_of(content.encode(), forms=forms)))
        form = pdf.pages[0].obj.Resources.XObject.X
        form.Resources.XObject = Dictionary(X=form)
        out = BytesIO()
        pdf.save(out)
        reading = read_pdf("page.pdf", out.getvalue())
    assert code in {problem.code for problem in reading.problems}


def test_text_beyond_the_paper_is_one_problem_a_page() -> None:
    reading = read(f"/P <</MCID 0>> BDC {shown('gone', 30, 500)} {shown('here')} {shown('too', -40, 300)} EMC")
    [problem] = [problem for problem in reading.problems if problem.code == "text-off-page"]
    assert "`gone` and another stretch of text stand outside page" in problem.message


def test_words_in_two_elements_are_a_problem() -> None:
    reading = read(f"/P <</MCID 0>> BDC {shown('twice')} EMC", kids=[("P", [0]), ("P", [0])])
    assert [problem.code for problem in reading.problems] == ["text-tagged-twice"]


def test_capitals_set_small_may_be_put_right() -> None:
    reading = read(f"/P <</MCID 0 /ActualText <feff0041006200430064>>> BDC {shown('abcD')} EMC")
    assert (words(reading), reading.problems) == ("|AbCd", ())


def test_an_inserted_hyphen_stays_known_as_one() -> None:
    content = (
        f"/P <</MCID 0>> BDC {shown('some')} /Span <</ActualText <feff00ad>>> BDC [{hexadecimal('-')}] TJ EMC "
        f"{shown('thing', 30, 288)} EMC"
    )
    content = content.replace("ET /Span", "/Span").replace("TJ EMC BT", "TJ EMC ET BT")
    assert words(read(content)) == "|some-\u00ad/thing"


def test_deep_and_circular_structure_ends() -> None:
    pdf = pikepdf.open(BytesIO(file_of(f"/P <</MCID 0>> BDC {shown('x')} EMC".encode())))
    element = pdf.Root.StructTreeRoot.K
    element.K.append(element)
    out = BytesIO()
    pdf.save(out)
    assert "pdf-unreadable" in {problem.code for problem in read_pdf("page.pdf", out.getvalue()).problems}


def test_page_labels_are_read() -> None:
    pdf = pikepdf.new()
    for _ in range(8):
        pdf.add_blank_page()
    pdf.Root.PageLabels = Dictionary(
        Nums=Array([0, Dictionary(S=Name.r), 3, Dictionary(S=Name.D), 6, Dictionary(S=Name.A, P="App-", St=2)])
    )
    out = BytesIO()
    pdf.save(out)
    assert read_pdf("x.pdf", out.getvalue()).labels == ("i", "ii", "iii", "1", "2", "3", "App-B", "App-C")


TOKENS = st.sampled_from(
    ["q", "Q", "1 0 0 1 5 5 cm", "BT", "ET", "/F 9 Tf", "1 0 0 1 40 50 Tm", "3 -4 Td", "T*", "[<00410042> -20 <0043>] TJ",
     "<0044> Tj", "/P <</MCID 0>> BDC", "/Artifact <</Type /Pagination>> BDC", "/Span BMC", "EMC", "/P /P BDC", "0 0 9 9 re f",
     "[] 0 d", "[1 2] 0 d", ".5 g", "-1.5 w", "/gs gs", "1 Tr", "W n", "0 0 m 1 1 l S", "/Cs cs", "/Pat scn", "0.1 /Pat scn"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(TOKENS, max_size=25))
def test_our_own_cutting_of_content_agrees_with_qpdf(tokens: list[str]) -> None:
    data = "\n".join(tokens).encode()
    ours = glyphs._operations(data)
    assert ours is not None
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    page.obj.Resources = Dictionary(Properties=Dictionary(P=Dictionary(MCID=0)))
    page.obj.Contents = pdf.make_stream(data)
    theirs = list(glyphs._parsed(page, page.obj.Resources))

    def plain(operations: Any) -> list[Any]:
        out = []
        for name, value in operations:
            if name == "show":
                parts = glyphs._PART.findall(value)
                value = [(text, float(shift) if shift else None) for text, shift in parts]
            if name == "begin named":
                name, value = "begin", (value[0], 0, None)
            out.append((name, value))
        return out

    assert plain(ours) == plain(theirs)


# ToUnicode ------------------------------------------------------------------------------------


def test_maps_are_read_in_every_form() -> None:
    data = b"""beginbfrange <01><03><0061> <05> <06> [<0041> <00420043>] endbfrange
    2 beginbfchar
    <0007> <d835dc00>
    <0008> <>
    endbfchar"""
    assert glyphs.to_unicode(data) == {1: "a", 2: "b", 3: "c", 5: "A", 6: "BC", 7: "\U0001d400", 8: ""}


@given(st.binary(max_size=400))
def test_any_bytes_make_a_map(data: bytes) -> None:
    glyphs.to_unicode(b"beginbfchar " + data + b" endbfchar beginbfrange " + data + b" endbfrange")


# Directions of writing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words_", "right_to_left", "from_left"),
    [
        ("abc שלום def", False, "abc םולש def"),
        ("שלום abc עולם", True, "םלוע abc םולש"),
        ("שלום 123 עולם", True, "םלוע 123 םולש"),
        ("(שלום)", True, ")םולש("),
        ("a (שלום) b", False, "a (םולש) b"),
        ("שלום, 12.5%", True, "12.5% ,םולש"),
        ("abc שלום 12, עולם def", False, "abc םלוע ,12 םולש def"),
    ],
)
def test_lines_are_printed_as_the_standard_says(words_: str, right_to_left: bool, from_left: str) -> None:
    assert "".join(bidi.printed(words_, right_to_left)) == from_left


HEBREW = st.text(st.sampled_from("אבגדה abc 123 .,()-"), max_size=24)


@given(HEBREW, st.booleans())
def test_a_line_is_the_same_as_itself_printed(text: str, right_to_left: bool) -> None:
    line = tuple(bidi.printed(text, right_to_left))
    assert bidi.same_line(text, line)
    assert sorted(bidi.guess(line)) == sorted(text)


@given(st.text(st.sampled_from("אבגדה 12"), min_size=1, max_size=24), st.data())
def test_a_line_that_lost_a_letter_is_not_the_same(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    if not text[at].isspace():
        assert not bidi.same_line(text, tuple(bidi.printed(text[:at] + text[at + 1 :], True)))


# Where texts meet again -----------------------------------------------------------------------


def whole(left: str, right: str) -> bool:
    """Say whether an alignment finds two texts equal from beginning to end; and prove that it is one."""
    i = j = 0
    equal = True
    for stretch in align(left, right, "", lambda i, j: -1):
        assert stretch.left >= i
        assert stretch.right >= j
        equal = equal and (stretch.left, stretch.right) == (i, j)
        assert left[stretch.left : stretch.left + stretch.size] == right[stretch.right : stretch.right + stretch.size]
        i, j = stretch.left + stretch.size, stretch.right + stretch.size
    return equal and i == len(left) and j == len(right)


@given(st.text("abc", max_size=200), st.text("abc", max_size=200))
def test_only_equal_texts_are_found_equal(left: str, right: str) -> None:
    assert whole(left, right) == (left == right)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_scattered_faults_are_found_one_by_one(seed: int, faults: int) -> None:
    chance = Random(seed)
    left = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(6000))
    right = left
    for n in range(faults):
        at = 200 + n * 450 + chance.randrange(100)
        right = right[:at] + chance.choice(["", "", "#", "##"]) + right[at + 1 :]
    stretches = align(left, right, "", lambda i, j: -1)
    assert len(stretches) == faults + 1
    assert sum(stretch.size for stretch in stretches) >= len(left) - faults * 3


@pytest.mark.parametrize("size", [50, 3_000, 200_000])
def test_a_long_loss_is_one_difference(size: int) -> None:
    chance = Random(size)
    left = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(500_000))
    right = left[:1000] + left[1000 + size :]
    stretches = align(left, right, "", lambda i, j: -1)
    assert len(stretches) == 2
    assert stretches[0].size + stretches[1].size == len(right)
