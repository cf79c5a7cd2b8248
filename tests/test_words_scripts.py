"""The words gate with words that are hard to read back: other scripts, shared glyphs, divided words."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from random import Random

import pikepdf
import pypdfium2
import pytest

from pipeline.checks import check_editions
from pipeline.checks.pdf_reader import read_pdf
from pipeline.edition import Edition
from pipeline.html import render
from pipeline.manuscript import (
    Code,
    Column,
    Emphasis,
    Foreign,
    Link,
    Row,
    SmallCaps,
    SoftBreak,
    Strong,
    Superscript,
    Table,
    Text,
)
from pipeline.source import Problem
from tests.test_words_book import Desk, epub, one_chapter, pdf
from tests.test_words_pdf import Page, changed

LONG = (
    "Characteristically unconstitutional representatives misunderstood the extraordinarily incomprehensible "
    "straightforwardness of well-known counter-revolutionary internationalisation, notwithstanding the half-"
    "heartedness of the Nagorno-Karabakh correspondents’ self-congratulatory acknowledgements. "
) * 3


def scripts(name: str) -> Edition:
    d = Desk("one.md")
    here = d.span
    return one_chapter(
        name,
        d.heading(1, "Scripts"),
        d.paragraph("Hebrew ", Foreign("he", d.inlines("שלום עולם 123 (אבג) סוף"), here("")), " within, 45 more."),
        d.paragraph(Foreign("he", d.inlines("בראשית ברא אלהים את השמים ואת הארץ: 12, 34 (ראה שם) ",
                    Strong(d.inlines("והארץ"), here("")), " היתה תהו ובהו וחשך על־פני תהום ורוח אלהים מרחפת על־פני המים"), here(""))),
        d.paragraph("Armenian: ", Foreign("hy", d.inlines("Բոլոր մարդիկ ծնվում են ազատ ու հավասար՝ իրենց արժանապատվությամբ։"), here(""))),
        d.paragraph("Georgian: ", Foreign("ka", d.inlines("ყველა ადამიანი იბადება თავისუფალი"), here("")), "."),
        d.paragraph("Greek: ", Foreign("grc", d.inlines("μῆνιν ἄειδε θεὰ Πηληϊάδεω Ἀχιλῆος"), here("")), ", 5 µm and μ, Ω and \u2126."),
        d.paragraph("Shared: ʼ and ’, ʻ and ‘; 10² and 10", Superscript(d.inlines("2"), here("")), ", x", Superscript(d.inlines("th"), here("")), "."),
        d.paragraph("Decomposed: cafe\u0301, na\u0308ive, q\u0303uiet quay, a\u0328\u0301; composed: café, ą́."),
        d.paragraph(SmallCaps(d.inlines("Small Capitals Of MANY kinds, sS"), here("")), " and after; office, affine, fjord, Th."),
        d.paragraph(LONG),
        d.paragraph(Emphasis(d.inlines(LONG), here("")), SoftBreak(here("\n")), Emphasis(d.inlines("one"), here("")), " ",
                    Strong(d.inlines("two"), here("")), " ", Emphasis(d.inlines("three"), here("")), Strong(d.inlines("four"), here(""))),
        d.paragraph("Joined by U+2011: Jean\u2011Paul; U+2010: Jean\u2010Paul; no\u00a0break, thin\u2009space, nar\u202frow; soft\u00adly. "
                    "Long—dashes—without—any—spaces—that—must—break—somewhere—at—the—end—of—lines—of—print."),
        d.paragraph(Link("https://example.org/a", d.inlines("https://example.org/a/very/long/path/that/cannot/stand/on/one/line/of/this/book?query=something&more=else#fragment"), "", here("")),
                    " and ", Code("an_identifier_that_goes_on_and_on_and_on", here(""))),
        d.paragraph("Signs: § ¶ † ‡ • … – — − × ÷ ± ½ ¼ % ‰ € £ ¥ © ® ™ ° ′ ″ « » ‹ › „ ‚ “ ” ‘ ’ ¡ ¿ & @ # * / \\ | ~ ^ _ ` < > { }."),
        d.paragraph(Text("A word", here("")), Emphasis(d.inlines("in"), here("")), Text("side, and un", here("")), Strong(d.inlines("believ"), here("")), "able."),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Edition:
    return scripts("print")


@pytest.fixture(scope="module")
def book(made: Edition) -> bytes:
    return pdf(made)


def findings(made: Edition, data: bytes) -> tuple[Problem, ...]:
    return check_editions(made, "scripts.pdf", data, render(made))


def test_hard_words_read_back_from_print(made: Edition, book: bytes) -> None:
    assert findings(made, book) == ()


def test_hard_words_read_back_from_an_epub() -> None:
    made = scripts("epub")
    assert [p for p in findings(made, epub(made)) if p.code.startswith(("word", "note", "alt"))] == []


def test_small_capitals_of_letters_with_two_marks_read_back() -> None:
    d = Desk("one.md")
    words = ("ё\N{COMBINING ACUTE ACCENT}", "и\N{COMBINING ACUTE ACCENT} ё\N{COMBINING ACUTE ACCENT}лка", "ṩ ệ ǖ ḗ ΐ ᾷ")
    parts = [d.paragraph(SmallCaps(d.inlines(each), d.span(""))) for each in words]
    marked = one_chapter("print", d.heading(1, "Marks"), *parts)
    assert findings(marked, pdf(marked)) == ()


@pytest.mark.slow
def test_a_hundred_lost_glyphs_of_hard_words_are_all_noticed(made: Edition, book: bytes) -> None:
    chance = Random(11)
    with pikepdf.open(BytesIO(book)) as file:
        places = [
            (index, number)
            for index in range(len(file.pages))
            for number, (_, _, _, meaning) in enumerate(Page(file, index).glyphs)
            if meaning.strip()
        ]
    for index, number in chance.sample(places, 100):

        def change(file: pikepdf.Pdf, index: int = index, number: int = number) -> None:
            page = Page(file, index)
            page.put(number, b"")
            page.write()

        found = findings(made, changed(book, change))
        assert found, f"glyph {number} of page {index}"


def without_hebrew_text(file: pikepdf.Pdf) -> None:
    """Leave Hebrew lines to their glyphs alone, which stand in the order of printing."""
    for each in file.objects:
        if isinstance(each, pikepdf.Dictionary) and any(
            "\u0590" <= sign <= "\u05ff" for sign in str(each.get("/ActualText", ""))
        ):
            del each["/ActualText"]
    for index in range(len(file.pages)):
        page = Page(file, index)
        for operation in page.operations:
            if str(operation.operator) == "BDC" and isinstance(operation.operands[1], pikepdf.Dictionary):
                said = str(operation.operands[1].get("/ActualText", ""))
                if any("\u0590" <= sign <= "\u05ff" for sign in said):
                    del operation.operands[1]["/ActualText"]
        page.write()


def test_right_to_left_words_are_copied_and_found_in_their_order(book: bytes) -> None:
    text = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(book))
    for word in ("שלום", "עולם", "בראשית", "אלהים", "השמים", "והארץ", "היתה", "מרחפת"):
        assert word in text
        assert word[::-1] not in text


def test_right_to_left_lines_are_read_from_their_glyphs(made: Edition, book: bytes) -> None:
    bare = changed(book, without_hebrew_text)
    assert sum(1 for piece in read_pdf("bare.pdf", bare).pieces if piece.glyphs) >= 4
    assert findings(made, bare) == ()
    with pikepdf.open(BytesIO(bare)) as file:
        places = [n for n, (_, _, _, meaning) in enumerate(Page(file, 0).glyphs) if "\u0590" <= meaning <= "\u05ff"]
    assert len(places) > 100
    for number in places[::9]:

        def change(file: pikepdf.Pdf, number: int = number) -> None:
            page = Page(file, 0)
            page.put(number, b"")
            page.write()

        assert findings(made, changed(bare, change)), number


def test_two_exchanged_right_to_left_words_are_noticed(made: Edition, book: bytes) -> None:
    def change(file: pikepdf.Pdf) -> None:
        without_hebrew_text(file)
        page = Page(file, 0)
        text = "".join(meaning for _, _, _, meaning in page.glyphs)
        first, second = text.index("ארב"), text.index("תהו"[::-1])
        codes = [page.code(first + n) for n in range(3)], [page.code(second + n) for n in range(3)]
        for n in range(3):
            page.put(first + n, codes[1][n])
            page.put(second + n, codes[0][n])
        page.write()

    assert findings(made, changed(book, change))


def test_a_table_over_many_pages_may_repeat_its_head_and_nothing_else() -> None:
    d = Desk("one.md")
    table = Table(
        d.inlines("A long table"),
        (Column(), Column()),
        (d.row("Name of the ship", "Hands"),),
        tuple(d.row(f"ship {number}", f"{number} hands") for number in range(120)),
        (d.row("All ships", "many hands"),),
        d.span(""),
    )
    made = one_chapter("print", d.heading(1, "Ships"), table, d.paragraph("After the table."))
    data = pdf(made)
    repeated = "".join(piece.text for piece in read_pdf("ships.pdf", data).apart)
    assert repeated.count("Name of the ship") >= 3
    assert findings(made, data) == ()
    other = d.row("Name of the boat", "Hands")
    assert "head-unknown" in {problem.code for problem in findings(one_table(made, other), data)}


def one_table(made: Edition, head: Row) -> Edition:
    """Return the edition with another table head."""
    unit = made.units[0]
    table = unit.blocks[0]
    assert isinstance(table, Table)
    return replace(made, units=(replace(unit, blocks=(replace(table, head=(head,)), *unit.blocks[1:])),))


def test_signs_without_a_glyph_and_pointed_hebrew_are_no_fault() -> None:
    d = Desk("one.md")
    here = d.span
    unseen = (0x200D, 0x200C, 0x2060, 0x200E, 0x200F, 0xFEFF, 0x34F, 0xFE0F, 0xFE00)
    edition = one_chapter(
        "print",
        d.heading(1, "Points"),
        *(d.paragraph(f"The word a{chr(sign)}b stands here and cat{chr(sign)}egory.") for sign in unseen),
        d.paragraph("Pointed ", Foreign("he", d.inlines("שָׁלוֹם עוֹלָם בְּרֵאשִׁית"), here("")), " within."),
        d.paragraph("Composed ", Foreign("he", d.inlines("\ufb2a\u05b8לו\u05b9ם \ufb31\u05b0"), here("")), " within."),
    )
    made = pdf(edition)
    assert [(p.code, p.message) for p in findings(edition, made)] == []
    other = pdf(
        one_chapter(
            "print",
            d.heading(1, "Points"),
            *(d.paragraph("The word ab stands here and category.") for _ in unseen),
            d.paragraph("Pointed ", Foreign("he", d.inlines("שָׁלוֹם עוֹלָם בְּרֵאשִׂית"), here("")), " within."),
            d.paragraph("Composed ", Foreign("he", d.inlines("שָׁלוֹם בְּ"), here("")), " within."),
        )
    )
    assert [p.code for p in findings(edition, other)] == ["word-changed"]
