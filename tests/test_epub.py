"""What a reader, a shop and a library see of a finished EPUB."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from PIL import Image

from pipeline.book import Contributor, EditionSettings, Medium, Place
from pipeline.checks.package import check_package
from pipeline.edition import Edition, Line, UnitKind
from pipeline.epub import package
from pipeline.epub.archive import Archive
from pipeline.epub.writer import Document, Package, Writer
from pipeline.html import Page, Resource, render
from pipeline.pagemap import PageMap
from pipeline.source import Problem
from tests.test_epub_book import BOOK, SHEET, edition, page_map, resources

EPOCH = 1_700_000_000
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
XHTML = "{http://www.w3.org/1999/xhtml}"


class Opened:
    """A finished EPUB, read with other eyes than ours: zipfile and lxml."""

    def __init__(self, data: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.opf = etree.fromstring(self.zip.read("EPUB/content.opf"))

    def names(self) -> list[str]:
        return self.zip.namelist()

    def tree(self, name: str) -> etree._Element:
        return etree.fromstring(self.zip.read(f"EPUB/{name}"))

    def text(self, name: str) -> str:
        return self.zip.read(f"EPUB/{name}").decode()

    def dc(self, name: str) -> list[str]:
        return [element.text or "" for element in self.opf.iter(f"{DC}{name}")]

    def meta(self, name: str) -> list[str]:
        return [element.text or "" for element in self.opf.iter(f"{OPF}meta") if element.get("property") == name]

    def spine(self) -> list[str]:
        hrefs = {item.get("id"): item.get("href", "") for item in self.opf.iter(f"{OPF}item")}
        return [hrefs[ref.get("idref")] for ref in self.opf.iter(f"{OPF}itemref")]


def packed(
    book: Edition | None = None,
    pages: tuple[Page, ...] | None = None,
    stock: tuple[Resource, ...] | None = None,
    starts: PageMap | None = None,
    styles: str = SHEET,
) -> tuple[Opened, tuple[Problem, ...]]:
    book = edition() if book is None else book
    stock = resources() if stock is None else stock
    data, problems = package(render(book) if pages is None else pages, book, styles, stock, starts, EPOCH)
    return Opened(data), problems


@lru_cache(maxsize=1)
def specimen() -> Opened:
    book, problems = packed(starts=page_map(("2", "the-crossing-h", 0), ("3", "the-inquiry-1", 20)))
    assert problems == ()
    return book


def chapter(body: str, name: str = "c", title: str = "T") -> Page:
    html = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en-GB" xml:lang="en-GB">'
        f'<head><title>{title}</title></head><body epub:type="bodymatter"><section id="{name}">{body}</section></body></html>'
    )
    return Page(name, UnitKind.CHAPTER, Place.BODY, title, html)


# The package --------------------------------------------------------------------------------


def test_the_book_is_read_in_its_order_and_the_contents_are_a_page_of_it() -> None:
    assert specimen().spine() == [
        "text/cover.xhtml",
        "text/title-page.xhtml",
        "text/imprint.xhtml",
        "nav.xhtml",
        "text/part-the-sea.xhtml",
        "text/the-crossing.xhtml",
        "text/the-inquiry.xhtml",
        "text/afterword.xhtml",
        "text/colophon.xhtml",
    ]  # fmt: skip


def test_the_package_begins_with_its_type_stored() -> None:
    first = specimen().zip.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert specimen().zip.read("mimetype") == b"application/epub+zip"


def test_only_what_the_book_uses_is_in_it() -> None:
    names = specimen().names()
    assert "EPUB/images/unused.svg" not in names
    assert not any("georgian" in name for name in names if name.startswith("EPUB"))
    assert any("edition-hebrew" in name for name in names)
    assert ".note-editor" in specimen().text("css/book.css")
    assert "half-title" not in specimen().text("css/book.css")


def test_names_are_fit_for_every_reader() -> None:
    page = chapter(
        '<h1 id="c-h">T</h1><p><img src="../images/Über%20den%20Fluss.SVG" alt="x"/> <a href="Kapitel%20Zwei.xhtml#Kapitel%20Zwei">2</a></p>'
    )
    second = chapter("<h1>U</h1>", "Kapitel Zwei")
    picture = Resource("images/Über den Fluss.SVG", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    book, _ = packed(pages=(page, second), stock=(*resources(), picture))
    assert "EPUB/images/uber-den-fluss.svg" in book.names()
    assert 'src="../images/uber-den-fluss.svg"' in book.text("text/c.xhtml")
    assert 'href="kapitel-zwei.xhtml#Kapitel Zwei"' in book.text("text/c.xhtml").replace("%20", " ")
    assert "text/kapitel-zwei.xhtml" in book.spine()


def test_a_page_that_is_not_xhtml_is_refused_with_its_name() -> None:
    for html in ("<p>text", "<html><body/></html>", '<html xmlns="http://www.w3.org/1999/xhtml"/>', "", "\ud800"):
        data, problems = package((replace(chapter(""), html=html),), edition(), SHEET, resources(), None, EPOCH)
        assert data == b""
        assert [problem.code for problem in problems] == ["page-not-xhtml"]
        assert "`c`" in problems[0].message


def test_no_byte_of_the_text_is_lost_where_ebooklib_loses_it() -> None:
    """Deep nesting, text before the first element, SVG's capitals, entities, a long text node."""
    deep = "<span>" * 400 + "deepest" + "</span>" * 400
    long = "word " * 2_500_000
    body = f'bare &amp; first <p>{deep}</p><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>x</title></svg><p>{long}</p>last'
    book, _ = packed(pages=(chapter(body),))
    tree = etree.fromstring(book.zip.read("EPUB/text/c.xhtml"), etree.XMLParser(huge_tree=True))
    text = "".join(tree.itertext())
    assert "bare & first " in text
    assert "deepest" in text
    assert text.count("word") == 2_500_000
    assert text.rstrip().endswith("last")
    assert 'viewBox="0 0 1 1"' in book.text("text/c.xhtml")
    item = next(item for item in book.opf.iter(f"{OPF}item") if item.get("href") == "text/c.xhtml")
    assert item.get("properties") == "svg"


def test_an_entity_of_a_page_is_refused_and_its_file_never_read() -> None:
    html = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + chapter("<p>&x;</p>").html
    data, problems = package((replace(chapter(""), html=html),), edition(), SHEET, resources(), None, EPOCH)
    assert data == b""
    assert [problem.code for problem in problems] == ["page-not-xhtml"]


def test_empty_elements_keep_their_closing_tag() -> None:
    book, _ = packed(pages=(chapter('<p id="a"/><p><br/><span class="x"></span></p>'),))
    assert '<p id="a"></p>' in book.text("text/c.xhtml")
    assert '<br/><span class="x"></span>' in book.text("text/c.xhtml")


# Contents, landmarks, pages -----------------------------------------------------------------


def test_the_contents_are_nested_and_keep_the_authors_italics() -> None:
    nav = next(specimen().tree("nav.xhtml").iter(f"{XHTML}nav"))
    assert [" ".join("".join(a.itertext()).split()) for a in nav.iter(f"{XHTML}a")] == [
        "Part I The Sea",
        "Chapter 1 The Crossing of the Vigilant",
        "The first night",
        "Chapter 2 The Inquiry",
        "Afterword",
    ]
    assert len(nav.findall(f"{XHTML}ol/{XHTML}li")) == 2
    assert [em.text for em in nav.iter(f"{XHTML}em")] == ["Vigilant"]


def test_old_readers_get_the_same_contents_with_the_pages_in_reading_order() -> None:
    ncx = specimen().text("toc.ncx")
    assert "<text>Chapter 1 The Crossing of the Vigilant</text>" in ncx
    assert '<meta name="dtb:depth" content="3"/>' in ncx
    assert '<meta name="dtb:maxPageNumber" content="3"/>' in ncx
    tree = specimen().tree("toc.ncx")
    orders = [
        (int(e.get("playOrder", "0")), (next(e.iter("{*}text")).text or ""))
        for e in tree.iter("{*}navPoint", "{*}pageTarget")
    ]
    assert [name for _, name in sorted(orders)] == [
        "i", "iii", "1", "Part I The Sea", "2", "Chapter 1 The Crossing of the Vigilant", "The first night",
        "Chapter 2 The Inquiry", "3", "Afterword",
    ]  # fmt: skip
    assert 'type="front"' in ncx


def test_a_reading_system_finds_cover_title_contents_text_and_notes() -> None:
    nav = specimen().tree("nav.xhtml")
    marks = next(each for each in nav.iter(f"{XHTML}nav") if each.get("id") == "landmarks")
    types = [a.get("{http://www.idpf.org/2007/ops}type") for a in marks.iter(f"{XHTML}a")]
    assert types == ["cover", "titlepage", "copyright-page", "toc", "bodymatter", "footnotes"]


def test_pages_are_listed_in_order_and_lead_to_their_markers() -> None:
    nav = specimen().tree("nav.xhtml")
    pages = next(each for each in nav.iter(f"{XHTML}nav") if each.get("id") == "pages")
    links = [(a.text, a.get("href", "")) for a in pages.iter(f"{XHTML}a")]
    assert [label for label, _ in links] == ["i", "iii", "1", "2", "3"]
    for label, href in links:
        name, _, id = href.partition("#")
        element = next(e for e in specimen().tree(name).iter(etree.Element) if e.get("id") == id)
        assert element.get("aria-label") == label


def test_later_pages_of_the_printed_contents_have_no_place_in_the_list_of_contents() -> None:
    book, problems = packed(starts=page_map(("iv", "contents", 20)))
    assert problems == ()
    assert 'aria-label="iii"' in book.text("nav.xhtml")
    assert 'aria-label="iv"' not in book.text("nav.xhtml")


def test_without_a_paginated_edition_no_pages_are_claimed() -> None:
    book, problems = packed()
    assert problems == ()
    assert book.dc("source") == []
    assert "pageBreakMarkers" not in book.meta("schema:accessibilityFeature")
    assert 'id="pages"' not in book.text("nav.xhtml")
    assert "pageList" not in book.text("toc.ncx")


# Metadata -----------------------------------------------------------------------------------


def test_shops_read_title_names_and_isbn() -> None:
    book = specimen()
    assert book.dc("identifier") == ["urn:isbn:9783161484100"]
    assert book.dc("title") == ["The Crossing of the Vigilant", "An account of the voyage of March 1921"]
    assert book.dc("creator") == ["Josefa Marek"]
    assert book.dc("contributor") == ["Jan Hale", "Ada Ost"]
    assert book.meta("role") == ["aut", "trl", "win", "edt"]
    assert book.meta("file-as") == ["Marek, Josefa", "Hale, Jan", "Ost, Ada"]
    assert book.dc("subject") == ["Shipwrecks", "Inquiries"]
    assert book.meta("belongs-to-collection") == ["Lost Ships"]
    assert book.meta("group-position") == ["3"]
    assert book.dc("source") == book.meta("pageBreakSource") == ["urn:isbn:9780306406157"]
    assert book.meta("dcterms:modified") == ["2023-11-14T22:13:20Z"]


def test_every_refinement_stands_after_what_it_refines() -> None:
    seen: set[str] = set()
    for element in next(specimen().opf.iter(f"{OPF}metadata")):
        if element.get("id"):
            seen.add(f"#{element.get('id')}")
        assert element.get("refines", "") in seen | {""}


def test_nothing_is_claimed_that_only_a_person_can_know() -> None:
    assert specimen().meta("dcterms:conformsTo") == []
    assert "alternativeText" not in specimen().meta("schema:accessibilityFeature")
    assert specimen().meta("schema:accessMode") == ["textual", "visual"]
    assert specimen().meta("schema:accessModeSufficient") == ["textual,visual"]


def test_a_book_without_isbn_has_an_identity_that_stays() -> None:
    settings = (EditionSettings("epub", Medium.EPUB),)
    first, _ = packed(edition(replace(BOOK, editions=settings)))
    again, _ = packed(edition(replace(BOOK, editions=settings, title="Another title")))
    other, _ = packed(edition(replace(BOOK, editions=settings, url="https://example.org/other")))
    assert first.dc("identifier")[0].startswith("urn:uuid:")
    assert first.dc("identifier") == again.dc("identifier")
    assert first.dc("identifier") != other.dc("identifier")


def test_a_book_without_an_author_has_a_creator() -> None:
    people = (Contributor("Ada Ost", "Ost, Ada", ("edt",)), Contributor("Jan Hale", "", ("trl",)))
    book, _ = packed(edition(replace(BOOK, contributors=people)))
    assert (book.dc("creator"), book.dc("contributor")) == (["Ada Ost"], ["Jan Hale"])


@pytest.mark.parametrize("language", ["he", "ar-EG"])
def test_pages_of_a_book_in_a_language_from_right_to_left_turn_that_way(language: str) -> None:
    book, _ = packed(replace(edition(), book=replace(BOOK, language=language)))
    assert next(book.opf.iter(f"{OPF}spine")).get("page-progression-direction") == "rtl"


# Faces --------------------------------------------------------------------------------------


def test_words_in_signs_that_readers_may_lack_are_put_into_a_bundled_face() -> None:
    text = specimen().text("text/the-crossing.xhtml")
    assert '<span class="face-hebrew">שלום</span>' in text
    assert '<span class="face-armenian">Ջան</span> <span class="face-latin">(J̌an, ǰan)</span>' in text


def test_subsets_have_our_names_and_keep_copyright_and_licence() -> None:
    fonts = [name for name in specimen().names() if name.endswith(".ttf")]
    assert len(fonts) == 7
    for name in fonts:
        with TTFont(io.BytesIO(specimen().zip.read(name))) as font:
            table = font["name"]
            family = table.getBestFamilyName()
            assert family in ("Edition Sans", "Edition Fallback", "Edition Hebrew", "Edition Armenian", "Edition Mono")
            assert all("Source" not in str(table.getName(n, 3, 1, 0x409) or "") for n in (1, 3, 4, 6, 16))
            assert "Copyright" in str(table.getDebugName(0)) or "©" in str(table.getDebugName(0))
            assert "Open Font License" in str(table.getDebugName(13))
    assert any(name.startswith("META-INF/fonts/license") for name in specimen().names())


def test_a_face_brought_for_letters_in_pieces_has_them_whole_as_well() -> None:
    """Readers compose e, a circumflex and a dot below to one letter, and look for that in the face."""
    book, problems = packed(pages=(chapter("<h1>T</h1><p>The name Vie\u0302\u0323t, and o\u0308\u0304.</p>"),))
    assert problems == ()
    held: set[str] = set()
    for name in book.names():
        if name.endswith(".ttf"):
            with TTFont(io.BytesIO(book.zip.read(name))) as font:
                held |= set(map(chr, font.getBestCmap()))
    assert "\u022b" in held


def test_a_sign_that_no_face_has_is_told_once_with_its_place() -> None:
    book = edition()
    pages = tuple(replace(p, html=p.html.replace("eleven days", "eleven 𒀀𒀀 days")) for p in render(book))
    _, problems = packed(book, pages)
    assert [problem.code for problem in problems] == ["missing-glyph"]
    assert "U+12000" in problems[0].message
    span = problems[0].span
    assert span is not None
    assert span.path == "chapters/02-the-inquiry.md"


def test_decomposed_letters_are_set_like_composed_ones() -> None:
    """A text in NFD is the same text: no word of it is put into another face."""
    book, problems = packed(pages=(chapter("<h1>T</h1><p>cafe\u0301 Dvor\u030ca\u0301k</p>"),))
    assert problems == ()
    assert "face-" not in book.text("text/c.xhtml")


def test_a_sans_voice_in_hebrew_letters_keeps_both_faces() -> None:
    page = chapter('<aside class="editorial-matter"><p class="label">Note</p><p>The word שלום ends it.</p></aside>')
    book, problems = packed(pages=(page,))
    assert problems == ()
    assert 'The word <span class="face-hebrew">שלום</span> ends it.' in book.text("text/c.xhtml")


# The cover ----------------------------------------------------------------------------------


def test_a_book_without_a_cover_gets_one_of_type() -> None:
    image = Image.open(io.BytesIO(specimen().zip.read("EPUB/images/cover.png")))
    assert image.size == (1600, 2400)
    assert image.getpixel((1590, 10)) == (0xF3, 0xEF, 0xE6)
    assert 'alt="Cover: The Crossing of the Vigilant, Josefa Marek"' in specimen().text("text/cover.xhtml")


@pytest.mark.parametrize(
    "title",
    ["It", "Война и שלום", "Incomprehensibilities", "A Very Long Title That Goes On and On " * 4, "Donaudampfschifffahrtsgesellschaftskapitän",
     "Война и мир", "Ջան", "שלום עולם"],
)  # fmt: skip
def test_the_title_fits_the_cover(title: str) -> None:
    """No ink to the right of the margin, none over the foot, and some in between."""
    book = replace(
        edition(), book=replace(BOOK, title=title.strip(), subtitle="", contributors=(), publisher="", date="")
    )
    units = (
        replace(unit, lines=(Line("title", title.strip()),)) if unit.kind is UnitKind.TITLE_PAGE else unit
        for unit in book.units
    )
    opened, _ = packed(replace(book, units=tuple(units)))
    image = Image.open(io.BytesIO(opened.zip.read("EPUB/images/cover.png"))).convert("L")
    ink = image.point(lambda value: 255 if value < 200 else 0)
    box = ink.crop((240, 0, 1600, 2400)).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert left >= 36
    assert right <= 1500 - 240
    assert top > 300
    assert bottom < 2100


def test_the_books_own_cover_is_used_as_it_is() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 90), "navy").save(buffer, "JPEG")
    stock = (*resources(), Resource("images/front.jpg", "image/jpeg", buffer.getvalue()))
    book, problems = packed(edition(replace(BOOK, cover="images/front.jpg")), stock=stock)
    assert problems == ()
    assert book.zip.read("EPUB/images/cover.jpg") == buffer.getvalue()
    assert 'src="../images/cover.jpg"' in book.text("text/cover.xhtml")
    assert "EPUB/images/cover.png" not in book.names()


def test_a_cover_that_is_no_picture_is_a_problem() -> None:
    stock = (*resources(), Resource("images/front.pdf", "application/pdf", b"%PDF"))
    _, problems = packed(edition(replace(BOOK, cover="images/front.pdf")), stock=stock)
    assert [problem.code for problem in problems] == ["cover-unusable"]


def test_without_any_face_there_is_no_cover_and_a_word_about_it() -> None:
    book, problems = packed(
        stock=tuple(r for r in resources() if not r.name.startswith("fonts/")), styles="p { margin: 0 }"
    )
    assert "cover-unusable" in {problem.code for problem in problems}
    assert "text/cover.xhtml" not in book.spine()


# Bytes --------------------------------------------------------------------------------------

_AGAIN = """
import hashlib, os, sys
os.umask(int(sys.argv[1], 8))
from tests.test_epub_book import SHEET, edition, page_map, resources
from pipeline.epub import package
from pipeline.html import render
book = edition()
starts = page_map(("2", "the-crossing-h", 0), ("3", "the-inquiry-1", 20))
data, _ = package(render(book), book, SHEET, resources(), starts, 1_700_000_000)
print(hashlib.sha256(data).hexdigest())
"""


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_zone_locale_hash_seed_umask_or_folder(tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    found = set()
    for zone, language, seed, mask in (
        ("Asia/Tokyo", "C", "1", "077"),
        ("America/New_York", "tr_TR.UTF-8", "2", "022"),
    ):
        environment = {**os.environ, "TZ": zone, "LC_ALL": language, "LANG": language, "PYTHONHASHSEED": seed}
        environment |= {"PYTHONPATH": str(root), "PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, "-c", _AGAIN, mask],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout.strip())
    assert len(found) == 1


def test_two_packages_of_one_book_are_the_same_bytes() -> None:
    book = edition()
    first, _ = package(render(book), book, SHEET, resources(), None, EPOCH)
    second, _ = package(render(book), book, SHEET, tuple(reversed(resources())), None, EPOCH)
    assert first == second


@pytest.mark.parametrize(("epoch", "year"), [(-5, 1980), (0, 1980), (10**11, 2107), (EPOCH, 2023)])
def test_a_time_that_zip_cannot_say_is_made_the_nearest_one(epoch: int, year: int) -> None:
    archive = Archive(epoch)
    archive.writestr("a", "b")
    info = zipfile.ZipFile(io.BytesIO(archive.close())).infolist()[0]
    assert info.date_time[0] == year
    assert (info.create_system, info.external_attr >> 16) == (3, 0o100644)


def test_two_files_of_one_name_cannot_be_written() -> None:
    archive = Archive(EPOCH)
    archive.writestr("a", "b")
    with pytest.raises(ValueError, match="'a'"):
        archive.writestr("a", "c")


def test_a_document_that_is_not_xml_is_never_an_item() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        Document("x", "text/x.xhtml", "application/xhtml+xml", b"<p>")


def test_the_writer_names_no_ncx_where_there_is_none() -> None:
    book = Package()
    book.language = "en"
    opf = Opened(Writer(book, EPOCH).write()).opf
    assert next(opf.iter(f"{OPF}spine")).get("toc") is None


# Size ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_long_book_with_two_thousand_notes_is_packed_and_checked_in_seconds() -> None:
    pages = []
    for unit in range(40):
        body = [f'<header class="opener"><h1 id="u{unit}-h">Chapter</h1></header>']
        notes = []
        for number in range(50):
            words = " ".join(["All that is told of the voyage, is told here"] * 50)
            body.append(
                f'<p id="u{unit}-{number}">{words}<a epub:type="noteref" role="doc-noteref" class="call" id="u{unit}-ref-{number}"'
                f' href="#u{unit}-fn-{number}">{number}</a> שלום.</p>'
            )
            notes.append(
                f'<div id="u{unit}-fn-{number}" epub:type="footnote" role="doc-footnote" class="note note-editor"><p><a role="doc-backlink"'
                f' class="mark" href="#u{unit}-ref-{number}">{number}</a> <span class="label generated">Editor</span> told.</p></div>'
            )
        body.append(
            f'<section class="notes" epub:type="footnotes" aria-labelledby="u{unit}-notes"><h2 id="u{unit}-notes">Notes</h2>{"".join(notes)}</section>'
        )
        pages.append(chapter("".join(body), f"u{unit}", "Chapter"))
    book = edition()
    data, problems = package(tuple(pages), book, SHEET, resources(), None, EPOCH)
    assert problems == ()
    opened = Opened(data)
    text = "".join(opened.text(name) for name in opened.spine())
    assert text.count("All that is told") == 40 * 50 * 50
    assert text.count("face-hebrew") == 2000
    assert not [
        p for p in check_package(data, book) if p.code in ("epub-note", "epub-face", "epub-link", "epub-markup")
    ]
