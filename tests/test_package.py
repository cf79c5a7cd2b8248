"""The lint of a finished EPUB is tried on the clean book and on one seeded fault at a time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import pytest

from pipeline.build.epubcheck import available, epubcheck, jar, missing
from pipeline.checks.package import check_package
from pipeline.edition import Edition, Omission
from pipeline.epub import package
from pipeline.html import render
from pipeline.pagemap import PageMap
from pipeline.source import Span
from tests.package_faults import faults
from tests.test_epub_book import SHEET, edition, page_map, resources

Members = list[tuple[str, bytes]]
CHAPTER = "EPUB/text/the-crossing.xhtml"


@lru_cache(maxsize=1)
def made() -> tuple[Edition, PageMap, bytes]:
    """Return the specimen, its page map and its EPUB, made once."""
    book = edition()
    pages = page_map(("2", "the-crossing-h", 0), ("3", "the-crossing-6", 30), ("4", "the-inquiry-h", 0))
    epub, problems = package(render(book), book, SHEET, resources(), pages, 1_700_000_000)
    assert problems == ()
    return book, pages, epub


def members(epub: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def zipped(parts: Members) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts:
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def swap(name: str, old: str, new: str, count: int = 1) -> Callable[[Members], Members]:
    """Return a fault: `old` (a pattern) made `new` in one member; the pattern must be there."""

    def fault(parts: Members) -> Members:
        out = []
        for member, data in parts:
            if re.fullmatch(name, member):
                text, times = re.subn(old, new, data.decode(), count=count, flags=re.DOTALL)
                assert times, f"{old} is not in {member}"
                out.append((member, text.encode()))
            else:
                out.append((member, data))
        return out

    return fault


def add(name: str, data: bytes, first: bool = False) -> Callable[[Members], Members]:
    return lambda parts: [(name, data), *parts] if first else [*parts, (name, data)]


def drop(name: str) -> Callable[[Members], Members]:
    return lambda parts: [part for part in parts if part[0] != name]


OPF, NAV, CSS = "EPUB/content.opf", "EPUB/nav.xhtml", "EPUB/css/book.css"
FAULTS: dict[str, tuple[str, Callable[[Members], Members]]] = {
    # the zip
    "mimetype with a newline": ("epub-container", swap("mimetype", "zip", "zip\n")),
    "mimetype not first": ("epub-container", add("aaa", b"", first=True)),
    "stray file": ("epub-container", add("EPUB/text/draft.xhtml", b"<html/>")),
    "font missing": ("epub-container", drop("EPUB/fonts/edition-sans-400.ttf")),
    "picture missing": ("epub-container", drop("EPUB/images/cover.png")),
    # metadata
    "language english": ("epub-metadata", swap(OPF, "<dc:language>en-GB", "<dc:language>english")),
    "wrong ISBN check digit": ("epub-metadata", swap(OPF, "urn:isbn:9783161484100", "urn:isbn:9783161484101")),
    "page source is the e-book": ("epub-metadata", swap(OPF, "urn:isbn:9780306406157", "urn:isbn:9783161484100", 2)),
    "no dcterms:modified": ("epub-metadata", swap(OPF, '<meta property="dcterms:modified">.*?</meta>', "")),
    "no accessMode": ("epub-metadata", swap(OPF, "schema:accessMode<|schema:accessMode\"", 'schema:audience"', 2)),
    "no accessModeSufficient": ("epub-metadata", swap(OPF, "schema:accessModeSufficient", "schema:audience")),
    "no accessibilityFeature": ("epub-metadata", swap(OPF, "schema:accessibilityFeature", "schema:audience", 0)),
    "no cover-image": ("epub-metadata", swap(OPF, ' properties="cover-image"', "")),
    "mojibake in the author": ("epub-metadata", swap(OPF, "Josefa Marek<", "Joséfa Marek<")),
    "mojibake in the title": ("epub-metadata", swap(OPF, "The Crossing of the Vigilant<", "The Crossing of the Vigilâ€™nt<")),
    "other identifier in the NCX": ("epub-ncx", swap("EPUB/toc.ncx", "urn:isbn:9783161484100", "urn:isbn:9780306406157")),
    "claim without a certifier": (
        "epub-claim",
        swap(OPF, "</metadata>", '<meta id="c" property="dcterms:conformsTo">EPUB Accessibility 1.1 - WCAG 2.2 Level AA</meta></metadata>'),
    ),
    "page feature not said": ("epub-claim", swap(OPF, ">pageBreakMarkers<", ">index<")),
    # documents
    "html without lang": ("epub-markup", swap(CHAPTER, ' lang="en-GB"', "")),
    "lang is not xml:lang": ("epub-markup", swap(CHAPTER, ' lang="en-GB"', ' lang="en-US"')),
    "empty title": ("epub-markup", swap(CHAPTER, "<title>.*?</title>", "<title></title>")),
    "h1 then h3": ("epub-markup", swap(CHAPTER, '<h2 id="first-night">(.*?)</h2>', r'<h3 id="first-night">\1</h3>')),
    "image without alt": ("epub-markup", swap(CHAPTER, ' alt="A line[^"]*"', "")),
    "duplicate id": ("epub-markup", swap(CHAPTER, 'id="the-crossing-6"', 'id="the-crossing-5"')),
    "inline style": ("epub-markup", swap(CHAPTER, 'class="verse"', 'class="verse" style="color:red"')),
    "not well-formed": ("epub-markup", swap(CHAPTER, "</blockquote>", "")),
    "noteref without role": ("epub-markup", swap(CHAPTER, ' role="doc-noteref"', "")),
    "noteref without epub:type": ("epub-markup", swap(CHAPTER, ' epub:type="noteref"', "")),
    "note without role": ("epub-markup", swap(CHAPTER, ' role="doc-footnote"', "")),
    "page break without role": ("epub-markup", swap(CHAPTER, ' role="doc-pagebreak"', "")),
    "epub namespace not on html": (
        "epub-markup",
        lambda parts: swap(CHAPTER, "<body ", '<body xmlns:epub="http://www.idpf.org/2007/ops" ')(
            swap(CHAPTER, ' xmlns:epub="http://www.idpf.org/2007/ops"', "")(parts)
        ),
    ),
    "mojibake in the text": ("epub-mojibake", swap(CHAPTER, "“All well,”", "â€œAll well,â€")),
    # contents and landmarks
    "chapter missing from the contents": ("epub-contents", swap(NAV, "<li><a href=\"text/the-inquiry.*?</li>", "")),
    "contents in another order": (
        "epub-contents",
        swap(NAV, '(<li><a href="text/part-the-sea.*</li>)(<li><a href="text/afterword.*?</li>)', r"\2\1"),
    ),
    "contents with other words": ("epub-contents", swap(NAV, ">The Inquiry<", ">The Enquiry<")),
    "contents line leads nowhere": ("epub-contents", swap(NAV, "#first-night", "#second-night")),
    "something else than a link in the contents": (
        "epub-contents",
        swap(NAV, '<li><a href="text/the-inquiry', '<li><span></span><a href="text/the-inquiry'),
    ),
    "no landmarks": ("epub-landmarks", swap(NAV, '<nav epub:type="landmarks".*?</nav>', "")),
    "no bodymatter landmark": ("epub-landmarks", swap(NAV, '<li><a epub:type="bodymatter".*?</li>', "")),
    # notes
    "call to a missing id": ("epub-note", swap(CHAPTER, 'href="#the-crossing-fn-4"', 'href="#the-crossing-fn-44"')),
    "backlink removed": ("epub-note", swap(CHAPTER, '<a role="doc-backlink".*?</a>', "")),
    "backlink to another call": ("epub-note", swap(CHAPTER, 'class="mark" href="#the-crossing-ref-1"', 'class="mark" href="#the-crossing-ref-2"')),
    "another number in the note": ("epub-note", swap(CHAPTER, '(class="mark" href="#the-crossing-ref-1"[^>]*>)1<', r"\g<1>7<")),
    "notes out of order": (
        "epub-note",
        swap(CHAPTER, '(<div id="the-crossing-fn-4".*?</div>\n)(<div id="the-crossing-fn-5".*?</div>\n)', r"\2\1"),
    ),
    "empty note": ("epub-note", swap(CHAPTER, "State Archive, fonds 12, item 7, leaves 1–88\\.", "")),
    "call in a head": (
        "epub-note",
        lambda parts: swap(CHAPTER, "The first night</h2>", '<a epub:type="noteref" role="doc-noteref" class="call" id="the-crossing-ref-5" href="#the-crossing-fn-5">5</a></h2>')(
            swap(CHAPTER, '<a epub:type="noteref"[^>]*id="the-crossing-ref-5"[^>]*>5</a>', "")(parts)
        ),
    ),
    # pages
    "page-list entry missing": ("epub-page-list", swap(NAV, '<li><a href="text/the-crossing.xhtml#page-3">3</a></li>', "")),
    "page-list order swapped": (
        "epub-page-list",
        swap(NAV, '(<li><a href="[^"]*#page-2">2</a></li>)(<li><a href="[^"]*#page-3">3</a></li>)', r"\2\1"),
    ),
    "wrong page label": ("epub-page-list", swap(CHAPTER, 'aria-label="3"', 'aria-label="5"')),
    "wrong page label everywhere": (
        "epub-page-list",
        lambda parts: swap(NAV, ">3</a>", ">5</a>")(swap(CHAPTER, 'aria-label="3"', 'aria-label="5"')(parts)),
    ),
    "page break without a label": ("epub-page-list", swap(CHAPTER, ' aria-label="3"', "")),
    # style and faces
    "hidden words": ("epub-style", swap(CSS, r"body \{", "blockquote { display: none } body {")),
    "words without size": ("epub-style", swap(CSS, r"body \{", "blockquote { font-size: 0.0em } body {")),
    "words off the page": ("epub-style", swap(CSS, r"body \{", "blockquote { text-indent: -9999px } body {")),
    "words made by a style": ("epub-style", swap(CSS, r"body \{", "blockquote::before { content: 'He said: ' } body {")),
    "fixed colours": ("epub-style", swap(CSS, r"body \{", "body { color: #000; background: #fff;")),
    "px font size": ("epub-style", swap(CSS, r"figcaption \{", "figcaption { font-size: 14px;")),
    "unused selector": ("epub-style", swap(CSS, r"body \{", ".sidebar { margin: 0 } body {")),
    "CSS syntax error": ("epub-style", swap(CSS, r"body \{", "body[ { } body {")),
    "font from outside": ("epub-style", swap(CSS, r"body \{", "hr { background: url(https://example.org/a.png) } body {")),
    "family is not the font's": ("epub-face", swap(CSS, '"Edition Hebrew"', '"Stet Hebrew"', 0)),
    "glyph not in the subset": ("epub-face", swap(CHAPTER, "passports of the time", "passports of the ќime")),
    "sign of another script": ("epub-face", swap(CHAPTER, "cargo is dry", "cargo is ძდry")),
    "class of a face removed": ("epub-face", swap(CHAPTER, ' class="face-hebrew"', "")),
    # links
    "http link": ("epub-link", swap(CHAPTER, "https://example.org/log", "http://example.org/log")),
    "remote image": ("epub-link", swap(CHAPTER, 'src="\\.\\./images/', 'src="https://example.org/')),
    "dead link": ("epub-link", swap(CHAPTER, 'href="#t-log"', 'href="#t-lag"')),
    "link that runs a script": ("epub-link", swap(CHAPTER, "https://example.org/log", "javascript:alert(1)")),
    **faults(swap),
}  # fmt: skip


def test_the_clean_book_gives_no_finding() -> None:
    book, pages, epub = made()
    assert check_package(epub, book, pages) == ()
    assert check_package(zipped(members(epub)), book, pages) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_every_seeded_fault_is_found(name: str) -> None:
    book, pages, epub = made()
    code, fault = FAULTS[name]
    found = check_package(zipped(fault(members(epub))), book, pages)
    assert code in {problem.code for problem in found}, found


@pytest.mark.parametrize("name", ["duplicate id", "notes out of order", "dead link", "empty note", "h1 then h3"])
def test_a_finding_says_where_in_the_manuscript(name: str) -> None:
    book, pages, epub = made()
    code, fault = FAULTS[name]
    found = check_package(zipped(fault(members(epub))), book, pages)
    spans = [problem.span for problem in found if problem.code == code]
    assert spans
    assert all(span is not None and span.path == "chapters/01-the-crossing.md" for span in spans)


@pytest.mark.parametrize("epub", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_package_is_a_problem_and_no_exception(epub: bytes) -> None:
    assert [problem.code for problem in check_package(epub, edition())] == ["epub-container"] * 1 or all(
        problem.code == "epub-container" for problem in check_package(epub, edition())
    )


def test_a_call_that_the_author_put_into_a_head_is_no_fault() -> None:
    """Only the markup may not move a call into a head."""
    book, pages, epub = made()
    _, fault = FAULTS["call in a head"]
    assert any(
        "stands in a head" in problem.message for problem in check_package(zipped(fault(members(epub))), book, pages)
    )


def test_a_landmark_may_begin_with_words_in_a_face_of_their_own() -> None:
    book, pages, epub = made()
    bodymatter = swap(
        NAV, '(<a epub:type="bodymatter"[^>]*>)(.)(.*?)</a>', r'\1<span class="face-hebrew">\2</span>\3</a>'
    )
    nameless = swap(NAV, '(<a epub:type="bodymatter"[^>]*>).*?</a>', r"\1<span> </span></a>")
    codes = [
        {problem.code for problem in check_package(zipped(fault(members(epub))), book, pages)}
        for fault in (bodymatter, nameless)
    ]
    assert ["epub-landmarks" in found for found in codes] == [False, True]


@pytest.mark.skipif(not available(), reason="EPUBCheck needs Java and the package epubcheck")
def test_epubcheck_has_nothing_to_say_of_the_book() -> None:
    _, _, epub = made()
    assert epubcheck([("vigilant.epub", epub)]) == ()


@pytest.mark.skipif(not available(), reason="EPUBCheck needs Java and the package epubcheck")
def test_epubcheck_is_heard() -> None:
    _, _, epub = made()
    broken = zipped(FAULTS["call to a missing id"][1](members(epub)))
    assert [problem.code for problem in epubcheck([("vigilant.epub", broken)])] == ["epubcheck"]


def test_where_java_is_not_epubcheck_is_missed_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not available()
    problem = missing()
    assert (problem.code, problem.severity) == ("epubcheck-absent", "warning")
    assert ("Java" in problem.message) == (jar() is not None)


def with_words(words: str, *, selects: bool = False) -> list[tuple[str, str]]:
    """Return code and severity of what is wrong when page 3, which begins so in print, is marked where it is."""
    book, pages, epub = made()
    starts = tuple(replace(start, words=words) if start.label == "3" else start for start in pages.starts)
    if selects:
        book = replace(book, omissions=(Omission("paragraph", Span("chapters/01-the-crossing.md", 0, 1)),))
    found = check_package(epub, book, replace(pages, starts=starts))
    return [(problem.code, str(problem.severity)) for problem in found]


def test_a_page_that_begins_with_other_words_is_doubtful_and_no_error() -> None:
    words = "log, from letters, and from what"
    assert with_words(words) == []
    assert with_words("something else than the book has") == [("epub-page-list", "warning")]
    assert with_words("something else than the book has", selects=True) == [("epub-page-list", "info")]
    assert with_words(f"in print {words}") == [("epub-page-list", "warning")]
    assert with_words(f"in print {words}", selects=True) == []


def test_words_of_references_are_not_compared_with_those_of_the_print() -> None:
    book, pages, epub = made()
    starts = tuple(
        replace(start, words="See page 12 below.") if start.label == "3" else start for start in pages.starts
    )
    link = '<span epub:type="pagebreak" role="doc-pagebreak" id="page-3" aria-label="3"></span>'
    changed = swap(CHAPTER, link, f'{link}See <a class="ref" href="#the-crossing">‘The Crossing’</a> below. ')
    parts = zipped(changed(members(epub)))
    assert check_package(parts, book, replace(pages, starts=starts)) == ()
    other = tuple(replace(start, words="But page 12 below.") if start.label == "3" else start for start in pages.starts)
    assert [p.code for p in check_package(parts, book, replace(pages, starts=other))] == ["epub-page-list"]
