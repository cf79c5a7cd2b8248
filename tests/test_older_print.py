"""Pages of an older print, long descriptions, silent pictures, claims and profiles: manuscripts in, an EPUB out."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from pipeline.book import Medium, read_book
from pipeline.build import build, check
from pipeline.build.house import house
from pipeline.checks import check_editions
from pipeline.checks.pdf_reader import read_pdf
from pipeline.edition import Edition, resolve
from pipeline.epub import package
from pipeline.html import Resource, render
from pipeline.manuscript import Manuscript
from pipeline.parse import parse
from pipeline.source import Problem, Severity, Source
from tests.test_epub_book import MAP

XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
TYPE = "{http://www.idpf.org/2007/ops}type"

SETTINGS = """\
title = "An Older Print"
language = "{language}"

[[contributors]]
name = "Ada Example"

[editions.print]
trim = "a5"

[editions.epub]
{epub}
"""
LISTED = 'pages = "manuscript"\npage_source = "978-0-306-40615-7"'


@dataclass(frozen=True)
class Made:
    """An EPUB, made from texts: all that was said of it, and what stands in it."""

    edition: Edition
    data: bytes
    problems: tuple[Problem, ...]

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]

    def text(self, name: str) -> str:
        return zipfile.ZipFile(BytesIO(self.data)).read(f"EPUB/{name}").decode()

    def tree(self, name: str) -> etree._Element:
        return etree.fromstring(self.text(name).encode())

    def meta(self, name: str) -> list[str]:
        return [e.text or "" for e in self.tree("content.opf").iter(f"{OPF}meta") if e.get("property") == name]

    def pages(self) -> list[tuple[str, str]]:
        """Return what the page list says, with the words that follow each of its targets."""
        found = []
        for nav in self.tree("nav.xhtml").iter(f"{XHTML}nav"):
            if nav.get(TYPE) != "page-list":
                continue
            for link in nav.iter(f"{XHTML}a"):
                document, _, id = (link.get("href") or "").partition("#")
                tree = self.tree(document)
                (target,) = tree.xpath(f"//*[@id='{id}']")
                assert target.get("role") == "doc-pagebreak"
                assert target.get("aria-label") == link.text
                rest = "".join(target.xpath("following::text()")).replace("\u2060", "")
                found.append((link.text or "", " ".join(rest.split()).replace("\n", "")[:9]))
        return found


def made(
    *texts: str,
    epub: str = LISTED,
    more: str = "",
    language: str = "en-GB",
    medium: str = "epub",
    order: str = "",
    pictures: tuple[Resource, ...] = (),
) -> Made:
    names = [f"chapters/{name}.md" for name in ("one", "two", "three")[: len(texts)]]
    order = order or "chapters = [" + ", ".join(f'"{name}"' for name in names) + "]\n"
    settings = order + SETTINGS.format(epub=epub, language=language) + more
    files = (*names, "images/map.svg", *(picture.name for picture in pictures))
    book, problems = read_book(Source("book.toml", settings), files)
    assert book is not None
    leaves = []
    for name, text in zip(names, texts, strict=True):
        leaf, found = parse(Source(name, text))
        leaves.append(leaf)
        problems += found
    chosen = next(each for each in book.editions if each.name == medium)
    edition, found = resolve(Manuscript(tuple(leaves)), book, chosen, files)
    problems += found
    if chosen.medium is Medium.PDF:
        return Made(edition, b"", problems)
    style = house()
    stock = (*style.fonts, Resource("images/map.svg", "image/svg+xml", MAP), *pictures)
    pages = render(edition)
    data, found = package(pages, edition, style.sheet("epub.css"), stock, None, 0)
    problems += found
    if not any(problem.severity is Severity.ERROR for problem in problems):
        problems += check_editions(edition, "x.epub", data, pages)
    return Made(edition, data, problems)


PRINT = """\
# [p. 11]{.page} The *Storm*

The wind had gone round, [p. 12]{.page} and by night it blew. They short[p. 13]{.page}ened *sail [14]{.page} and
ran*.[^log]

[^log](editor): So the log.

## [p. 15]{.page} Before it

::: verse
The ribs and terrors
  [стр. 16]{.page} in the whale
:::

| Ship | Men |
|---|---|
| Pequod | [f. 17r]{.page} thirty |
"""


# Pages --------------------------------------------------------------------------------------


def test_marked_pages_are_the_page_list_and_begin_where_they_are_marked() -> None:
    book = made(PRINT)
    assert book.problems == ()
    assert book.pages() == [
        ("11", "The Storm"),
        ("12", "and by ni"),
        ("13", "ened sail"),
        ("14", "and ran.1"),
        ("15", "Before it"),
        ("16", "in the wh"),
        ("f. 17r", "thirtyNot"),
    ]


def test_a_marker_is_read_small_in_brackets_and_never_as_the_authors_word() -> None:
    text = "".join(made(PRINT).tree("text/one.xhtml").itertext())
    assert "gone round, [p. 12] and by night" in text
    assert "They short[p. 13]ened sail [14] and" in text
    assert "[стр. 16] in the whale" in text
    assert "Storm" in made(PRINT).text("toc.ncx")
    assert "p. 11" not in made(PRINT).text("toc.ncx")


def test_a_marker_in_a_head_stands_before_it() -> None:
    tree = made(PRINT).tree("text/one.xhtml")
    for head in tree.iter(f"{XHTML}h1", f"{XHTML}h2"):
        assert not head.xpath(".//*[@role='doc-pagebreak']")
    assert [
        (e.get("aria-label"), e.tag) for e in tree.iter() if e.tag == f"{XHTML}h1" or e.get("aria-label") == "11"
    ] == [
        ("11", f"{XHTML}span"),
        (None, f"{XHTML}h1"),
    ]
    (before,) = [e.getprevious() for e in tree.iter(f"{XHTML}h2") if e.text == "Before it"]
    assert before is not None
    assert [mark.get("aria-label") for mark in before] == ["15"]


def test_a_page_in_a_caption_begins_there_and_not_in_the_list_of_figures() -> None:
    text = (
        '# One\n\n[p. 1]{.page} Words.\n\n![A chart *of [p. 2]{.page} the* coast](images/map.svg){alt="A coast."}\n\n'
        "| Ship | Men |\n|---|---|\n| Pequod | thirty |\n\n: [p. 3]{.page} Ships met\n"
    )
    book = made(text, more='\n[pages]\nlists = ["figures", "tables"]\n')
    assert book.problems == ()
    assert book.pages() == [("1", "Words. Fi"), ("2", "the coast"), ("3", "Ships met")]
    lists = [book.text(f"text/list-of-{kind}.xhtml") for kind in ("figures", "tables")]
    assert not any("pagebreak" in page or "[p." in page for page in lists)
    assert ["Ships met" in page for page in lists] == [False, True]


def test_the_older_print_is_named_as_the_source_of_its_pages() -> None:
    book = made(PRINT)
    (source,) = book.tree("content.opf").iter(f"{DC}source")
    assert source.text == "urn:isbn:9780306406157"
    assert book.meta("pageBreakSource") == ["urn:isbn:9780306406157"]
    assert "The pages of an older print are marked and listed." in book.meta("schema:accessibilitySummary")[0]
    described = made(PRINT, epub='pages = "manuscript"\npage_source = "Moscow: Zvenya, 1992"')
    assert described.problems == ()
    assert described.meta("pageBreakSource") == ["Moscow: Zvenya, 1992"]


def test_an_edition_with_pages_of_our_own_shows_the_markers_and_does_not_list_them() -> None:
    book = made(PRINT, epub="")
    assert book.problems == ()
    assert book.pages() == []
    assert "[p. 12]" in "".join(book.tree("text/one.xhtml").itertext())
    assert "pageBreakMarkers" not in book.meta("schema:accessibilityFeature")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("# One\n\n[p. 1]{.page} Words [p. 12[^a]]{.page} here.\n\n[^a]: A note.\n", "page-marker-invalid"),
        ("# One\n\n[p. 1]{.page} Words [*p. 12*]{.page} here.\n", "page-marker-invalid"),
        ("# One\n\nWords [p. 1]{.page} here.[^a]\n\n[^a]: A [p. 12]{.page} note.\n", "page-marker-invalid"),
        ("# One\n\nWords [p. 12]{.page} here and [12]{.page} there.\n", "page-marker-order"),
        ("# One\n\nWords [p. 12]{.page} here and [11]{.page} there.\n", "page-marker-order"),
        ("# One\n\nWords.\n", "page-marker-missing"),
    ],
)
def test_a_marker_that_cannot_be_right_is_told(text: str, code: str) -> None:
    book = made(text)
    assert book.codes == [code]
    assert book.problems[0].span is not None


def test_roman_and_arabic_pages_are_not_compared() -> None:
    assert made("# One\n\n[xii]{.page} Words. [1]{.page} More. [2]{.page} More.\n").problems == ()


@pytest.mark.parametrize(
    ("epub", "words"),
    [
        ('pages = "manuscript"', "does not say of which"),
        ('pages = "paper"', "cannot be `paper`"),
        ('page_source = "Moscow, 1992"', "names an older print"),
        ('pages = "manuscript"\npage_source = "978-0-306-40615-8"', "check digit"),
        ('profile = "nook"', "cannot be `nook`"),
    ],
)
def test_settings_of_pages_that_cannot_be_right_are_refused(epub: str, words: str) -> None:
    said = [problem for problem in made(PRINT, epub=epub).problems if problem.severity is Severity.ERROR]
    assert words in said[0].message
    assert said[0].span is not None


def test_settings_of_epubs_are_refused_in_a_pdf() -> None:
    book = made(PRINT, more='\n[editions.screen]\nprofile = "kobo"\n')
    assert "is for EPUBs only" in book.problems[0].message


# Descriptions -------------------------------------------------------------------------------

DESCRIBED = """\
# The Course

![The course](images/map.svg){#fig-course alt="A chart." described-by=the-course}

| Day | Miles |
|---|---|
| 9 | 41 |

: Miles {#tbl-miles described-by="#the-miles"}

::: {.description #the-miles}
Forty-one miles on the ninth.
:::
"""
APART = """\
# Descriptions

::: {.description #the-course}
It turns back before it ends.
:::
"""


def test_a_long_description_is_linked_there_and_back_also_between_chapters() -> None:
    book = made(DESCRIBED, APART, epub="")
    assert book.problems == ()
    first = book.tree("text/one.xhtml")
    (img,) = first.iter(f"{XHTML}img")
    (link,) = first.xpath(f"//*[@id='{img.get('aria-details')}']//x:a", namespaces={"x": XHTML[1:-1]})
    assert link.text == "Description"
    document, _, id = (link.get("href") or "").partition("#")
    other = book.tree(f"text/{document}")
    (target,) = other.xpath(f"//*[@id='{id}']")
    assert "turns back" in "".join(target.itertext())
    (back,) = target.iter(f"{XHTML}a")
    assert back.text == "Back to Figure 1"
    assert (back.get("href") or "").endswith("#fig-course")
    (table,) = first.iter(f"{XHTML}table")
    (link,) = first.xpath(f"//*[@id='{table.get('aria-details')}']//x:a", namespaces={"x": XHTML[1:-1]})
    assert link.get("href") == "#the-miles"
    assert "longDescription" in book.meta("schema:accessibilityFeature")


def _names(book: Made) -> list[str]:
    names = zipfile.ZipFile(BytesIO(book.data)).namelist()
    return [name.removeprefix("EPUB/") for name in names if name.startswith("EPUB/text/")]


def test_the_links_of_a_description_speak_the_language_of_the_book() -> None:
    book = made(DESCRIBED, APART, epub="", language="ru")
    text = "".join("".join(book.tree(name).itertext()) for name in _names(book))
    assert "Описание" in text
    assert "Назад: Рисунок 1" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DESCRIBED, "no division has the id `the-course`"),
        (DESCRIBED + "\n## Words {#the-course}\n\nWords.\n", "no division has the id `the-course`"),
        ('# One\n\nA ![cross](images/map.svg){described-by=x} mark.\n\n::: {.d #x}\nWords.\n:::\n', "in a line"),
    ],
)  # fmt: skip
def test_a_description_that_is_not_there_is_told(text: str, words: str) -> None:
    book = made(text, epub="")
    assert book.codes == ["description-target"]
    assert words in book.problems[0].message


def test_a_description_that_an_edition_leaves_out_is_not_linked_there() -> None:
    text = DESCRIBED + APART.split("\n\n", 1)[1].replace("#the-course}", "#the-course only=print}")
    book = made(text, epub="")
    assert book.problems == ()
    assert "aria-details" not in "".join(
        etree.tostring(img, encoding="unicode") for img in book.tree("text/one.xhtml").iter(f"{XHTML}img")
    )


# Silent pictures ----------------------------------------------------------------------------


def test_a_picture_that_decorates_is_silent_even_with_a_caption() -> None:
    text = "# One\n\n![](images/map.svg){.decorative}\n\n![The *lion*](images/map.svg){.decorative}\n\nA ![](images/map.svg){.decorative} mark.\n"
    book = made(text, epub="")
    assert book.problems == ()
    assert [img.get("alt") for img in book.tree("text/one.xhtml").iter(f"{XHTML}img")] == ["", "", ""]
    assert "The lion" in "".join(book.tree("text/one.xhtml").itertext())
    assert "Pictures have descriptions." not in book.meta("schema:accessibilitySummary")[0]


@pytest.mark.parametrize(
    "text",
    [
        '![](images/map.svg){.decorative alt="A lion"}',
        '![The lion](images/map.svg){.decorative alt="A winged one"}',
        "A ![lion](images/map.svg){.decorative} mark.",
    ],
)
def test_no_words_of_a_picture_vanish_because_it_decorates(text: str) -> None:
    assert made(f"# One\n\n{text}\n", epub="").codes == ["alt-decorative"]


# Claims -------------------------------------------------------------------------------------

CLAIM = """
[accessibility]
conforms_to = "EPUB Accessibility 1.1 - WCAG 2.2 Level AA"
certified_by = "The Press of the Example"
"""
PICTURE = '# One\n\n![The course](images/map.svg){alt="A chart."}\n'


def test_a_claim_names_who_makes_it_with_credential_and_report() -> None:
    more = 'credential = "https://example.org/seal"\nreport = "https://example.org/report"\n'
    book = made("# One\n\nWords.\n", epub="", more=CLAIM + more)
    assert book.problems == ()
    opf = book.tree("content.opf")
    (claim,) = [e for e in opf.iter(f"{OPF}meta") if e.get("property") == "dcterms:conformsTo"]
    (certifier,) = [e for e in opf.iter(f"{OPF}meta") if e.get("property") == "a11y:certifiedBy"]
    (credential,) = [e for e in opf.iter(f"{OPF}meta") if e.get("property") == "a11y:certifierCredential"]
    (report,) = opf.iter(f"{OPF}link")
    assert claim.text == "EPUB Accessibility 1.1 - WCAG 2.2 Level AA"
    assert (certifier.text, certifier.get("refines")) == ("The Press of the Example", f"#{claim.get('id')}")
    assert credential.get("refines") == report.get("refines") == f"#{certifier.get('id')}"
    assert (report.get("rel"), report.get("href")) == ("a11y:certifierReport", "https://example.org/report")


def test_without_a_claim_in_the_settings_none_is_made() -> None:
    book = made(PICTURE, epub="")
    assert book.problems == ()
    assert book.meta("dcterms:conformsTo") == []
    assert "alternativeText" not in book.meta("schema:accessibilityFeature")


def test_descriptions_are_claimed_where_somebody_has_read_them() -> None:
    book = made(PICTURE, epub="", more='\n[accessibility]\nalternative_text_reviewed_by = "Ann Able"\n')
    assert book.problems == ()
    assert "alternativeText" in book.meta("schema:accessibilityFeature")


def test_a_summary_of_the_book_takes_the_place_of_ours() -> None:
    book = made(PICTURE, epub="", more='\n[accessibility]\nsummary = "Read aloud by the author."\n')
    assert book.meta("schema:accessibilitySummary") == ["Read aloud by the author."]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (CLAIM.replace("certified_by", "#"), "claim-unsigned", "nobody is named"),
        (CLAIM.replace("WCAG 2.2", "WCAG 3.0"), "book-value", "cannot be"),
        (CLAIM + 'report = "report.html"\n', "book-value", "no address"),
        ('\n[accessibility]\ncertified_by = "A"\n', "book-value", "without a claim"),
        ('\n[accessibility]\nconformsTo = "A"\n', "book-key-unknown", "not a setting"),
        (CLAIM, "claim-untrue", "nobody is named who has read the descriptions"),
    ],
)
def test_a_claim_that_cannot_be_true_is_refused(more: str, code: str, words: str) -> None:
    book = made(PICTURE, epub="", more=more)
    assert book.problems[0].code == code
    assert book.problems[0].severity is Severity.ERROR
    assert words in book.problems[0].message
    assert book.problems[0].span is not None


def test_a_review_of_nothing_is_told() -> None:
    book = made("# One\n\nWords.\n", epub="", more='\n[accessibility]\nalternative_text_reviewed_by = "A"\n')
    assert [(problem.code, problem.severity) for problem in book.problems] == [("claim-untrue", "warning")]


# Profiles and print -------------------------------------------------------------------------


def test_the_profile_of_kobo_keeps_the_source_and_drops_what_kobo_does_not_know() -> None:
    book = made(PRINT, epub=f'{LISTED}\nprofile = "kobo"')
    assert book.problems == ()
    assert book.meta("pageBreakSource") == []
    assert [source.text for source in book.tree("content.opf").iter(f"{DC}source")] == ["urn:isbn:9780306406157"]


def test_print_and_epub_say_the_same_of_pages_and_descriptions(tmp_path: Path) -> None:
    files = {
        "book.toml": SETTINGS.format(epub=LISTED, language="en-GB"),
        "chapters/1-one.md": PRINT,
        "chapters/2-two.md": DESCRIBED,
        "chapters/3-three.md": APART,
    }
    for name, text in files.items():
        path = tmp_path / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "book" / "images").mkdir()
    (tmp_path / "book" / "images" / "map.svg").write_bytes(MAP)
    outcome = build(tmp_path / "book", out=tmp_path / "dist")
    assert [problem.message for problem in outcome.problems] == []
    assert [problem.message for problem in check(tmp_path / "book", out=tmp_path / "dist").problems] == []
    reading = read_pdf("x", (tmp_path / "dist" / "an-older-print-print.pdf").read_bytes())
    text = " ".join("".join(piece.text for piece in reading.pieces).split())
    assert "gone round, [p. 12] and by night" in text
    assert "Description, page" in text
    assert "Back to Figure 1, page" in text


def test_a_marker_in_a_paragraph_of_its_own_leaves_the_next_one_the_first() -> None:
    book = made("# One\n\n[p. 1]{.page}\n\nWords.\n\n[p. 2]{.page}\n\nMore words.\n")
    assert book.problems == ()
    found = [paragraph.get("class") for paragraph in book.tree("text/one.xhtml").iter(f"{XHTML}p")]
    assert found == ["pages", "first", "pages", None]


# Languages and tables -----------------------------------------------------------------------


def test_a_note_called_in_words_of_another_language_speaks_that_of_the_book_in_print() -> None:
    text = "# One\n\n::: {lang=he}\nשלום[^a]\n:::\n\n[ein *Wort*[^b]]{lang=de} here.[^c]\n\n[^a]: Peace.\n\n[^b]: A word.\n\n[^c]: Here.\n"
    book = made(text, medium="print")
    assert book.problems == ()
    html = render(book.edition)[-2].html
    assert [re.findall(r' (lang|dir)="([^"]*)"', note) for note in re.findall("<aside[^>]*>", html)] == [
        [("lang", "en-GB"), ("dir", "ltr")],
        [("lang", "en-GB"), ("dir", "ltr")],
        [],
    ]


def test_a_book_that_runs_from_right_to_left_says_so_in_every_document() -> None:
    book = made("# בראשית\n\nברא [English]{lang=en} אלהים.[^a]\n\n[^a]: שלום.\n", epub="", language="he")
    trees = [book.tree("nav.xhtml"), *(book.tree(name) for name in _names(book))]
    assert {tree.get("dir") for tree in trees} == {"rtl"}
    english = [e for e in book.tree("text/one.xhtml").iter(f"{XHTML}span") if e.get("lang") == "en"]
    assert "English" in ["".join(e.itertext()) for e in english]
    assert {e.get("dir") for e in english} == {"ltr"}
    assert made("# One\n\nWords.\n", epub="").tree("text/one.xhtml").get("dir") is None


def test_a_table_of_many_columns_is_set_to_fit_a_telephone() -> None:
    row = "| Pequod | Ahab | 30 | 0 | lost, with all but one, in the south sea |\n"
    book = made("# One\n\n| a | b | c | d | e |\n|---|---|--:|--:|---|\n" + row, epub="")
    tree = book.tree("text/one.xhtml")
    assert [table.get("class") for table in tree.iter(f"{XHTML}table")] == ["short wide"]
    assert [cell.get("class") for cell in tree.iter(f"{XHTML}td")] == [None, None, "right", "right", "prose"]
    assert ".wide" in book.text("css/book.css")
