"""A finished PDF: its pages, labels, outline, links, tree, fonts and metadata, as a reader meets them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
import pypdfium2
import pytest
import weasyprint
from pikepdf import Array, Dictionary, Name
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from pipeline.book import Place
from pipeline.edition import UnitKind
from pipeline.html import Page, Resource
from pipeline.pdf import About, Styles, Typeset, typeset
from pipeline.pdf.facts import Bookmark, Facts, Job, UnitResult, UnitStart
from pipeline.pdf.join import BAD_END, save
from pipeline.pdf.units import resource_name
from pipeline.pdf.workers import Crew
from pipeline.source import Severity, Span

HOUSE = Path(__file__).parent.parent / "styles"
FONTS = tuple(
    Resource(f"fonts/{path.name}", "font/ttf", path.read_bytes())
    for path in sorted((HOUSE / "fonts").glob("*.ttf"))
    if path.name.startswith(("SourceSerif4", "SourceSans", "NotoSerifArmenian", "Gentium"))
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
BODY = """
@page { size: 432pt 648pt; margin: 66pt 72pt 78pt 60pt }
html { font: 10pt/14pt "Edition Serif", "Edition Fallback", "Edition Armenian" }
body, p, h1 { margin: 0 } p { text-align: justify; hyphens: auto } h1 { font: 21pt/28pt "Edition Serif", "Edition Armenian" }
ol { list-style: none } .contents a::after { content: leader(" . ") attr(data-page) } .ref::after { content: " page " attr(data-page) }
.caps { font-variant: all-small-caps } img { width: 50pt } a { color: inherit; text-decoration: none }
"""
PAGE = """
@page { size: 432pt 648pt }
@page :right { margin: 66pt 72pt 78pt 60pt } @page :left { margin: 66pt 60pt 78pt 72pt }
:root { --serif: "Edition Serif", "Edition Fallback", "Edition Armenian"; --muted: #000 }
"""
WORDS = (
    "The report makes use of material gathered by observers of the society, mass-media reports and "
    "materials placed at its disposal by official representatives of the parties. "
)


@cache
def font_css() -> str:
    """The house's font sheet, cut to the faces that these tests bring along."""
    names = {font.name for font in FONTS}
    rules = re.findall(r"@font-face \{.*?\}", (HOUSE / "fonts.css").read_text(encoding="utf-8"), re.DOTALL)
    return "\n".join(rule for rule in rules if any(name in rule for name in names))


def styles(body: str = "", *, sided: bool = True) -> Styles:
    heads = (HOUSE / "heads.css").read_text(encoding="utf-8")
    page = PAGE if sided else PAGE.replace("66pt 60pt 78pt 72pt", "66pt 72pt 78pt 60pt")
    return Styles((font_css(), BODY + body), (font_css(), page, heads), sided, PROFILE)


PROFILE = (Path(weasyprint.__file__).parent / "pdf" / "sRGB2014.icc").read_bytes()
ABOUT = About(
    "A Book <of> “Words” & Խօսք",
    "en",
    ("A. Author", "B. “Author”"),
    1_700_000_000,
    "What it is about",
    ("history", "notes"),
    "The Press",
    "CC0",
    ("urn:isbn:9780306406157",),
    "print",
    "9780306406157",
)


# A runner of its own: plain WeasyPrint, so that the join is tested without our layout ---------------


class Shelf(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Serves the resources of a job, whatever folder they are asked for from."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        super().__init__()
        self.files = {resource.name: resource for resource in resources}

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        path = url.removeprefix("https://book.invalid/")
        name = next(n for n in (resource_name(path), resource_name(path.partition("/")[2])) if n in self.files)
        return URLFetcherResponse(url, self.files[name].data, {"Content-Type": self.files[name].media_type})


@cache
def _sheet(css: tuple[str, ...]) -> tuple[weasyprint.CSS, FontConfiguration, CounterStyle]:
    fonts, counters = FontConfiguration(), CounterStyle()
    sheet = weasyprint.CSS(
        string="\n".join(css),
        base_url="https://book.invalid/",
        font_config=fonts,
        counter_style=counters,
        url_fetcher=Shelf((*FONTS,)),
    )
    return sheet, fonts, counters


def run(jobs: Sequence[Job]) -> list[UnitResult]:
    return [_lay_out(job) for job in jobs]


def _lay_out(job: Job) -> UnitResult:
    sheet, fonts, counters = _sheet(job.css)
    base = f"https://book.invalid/{job.name}/"
    html = weasyprint.HTML(string=job.html, base_url=base, url_fetcher=Shelf((*FONTS, *job.resources)))
    document = html.render(font_config=fonts, counter_style=counters, stylesheets=[sheet])
    height = document.pages[0].height * 0.75
    anchors: dict[str, tuple[int, float, float]] = {}
    bookmarks: list[Bookmark] = []
    starts: list[UnitStart] = []
    for number, page in enumerate(document.pages):
        for id, (x, y, _, _) in page.anchors.items():
            anchors.setdefault(id, (number, round(x * 0.75, 3), round(height - y * 0.75, 3)))
        for level, label, (x, y), state in page.bookmarks:
            bookmarks.append(Bookmark(level, label, number, round(x * 0.75, 3), round(height - y * 0.75, 3), state))
        if page.anchors:
            starts.append(UnitStart(number, next(iter(page.anchors)), 0, ""))
    pdf = document.write_pdf(pdf_tags=job.tags)
    faces = {font.hash: (font.family, int(font.style), int(font.weight)) for font in document.fonts.values()}
    size = (document.pages[0].width * 0.75, height)
    return UnitResult(pdf, Facts(len(document.pages), size, anchors, tuple(bookmarks), (), faces, tuple(starts)))


class Shop:
    """A runner that remembers what it laid out, and a place to keep results."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.kept: dict[str, bytes] = {}

    def run(self, jobs: Sequence[Job]) -> list[UnitResult]:
        self.jobs += [job.name for job in jobs]
        return run(jobs)

    def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.kept[key] = value


# A small book with everything in it that a join can get wrong -----------------------------------------


def page(name: str, kind: UnitKind, place: Place, inside: str, language: str = "en", **more: object) -> Page:
    settings: dict[str, object] = {"verso_head": "A Book of Words", "recto_head": f"On {name}", "path": f"{name}.md"}
    html = (
        f'<html lang="{language}"><head><meta charset="utf-8"/><title>{name}</title></head>'
        f'<body><section class="{kind}" id="{name}">{inside}</section></body></html>'
    )
    return Page(name, kind, place, name, html, **{**settings, **more})  # type: ignore[arg-type]


def chapter(
    name: str, inside: str, paragraphs: int = 14, place: Place = Place.BODY, language: str = "en", **more: object
) -> Page:
    text = "".join(f'<p id="{name}-{n}">{n} {WORDS * 3}</p>' for n in range(1, paragraphs + 1))
    heading = f'<h1 id="{name}-h">The {name}</h1>'
    return page(name, UnitKind.CHAPTER, place, f"{heading}{inside}{text}", language, **more)


def contents(*entries: tuple[str, int]) -> Page:
    items = "".join(
        f'<li class="level-{level}"><a href="#{name}-h" data-page-of="{name}-h">{name}</a></li>'
        for name, level in entries
    )
    return page(
        "contents", UnitKind.CONTENTS, Place.FRONT, f'<nav class="contents"><h1>Contents</h1><ol>{items}</ol></nav>'
    )


def book() -> tuple[Page, ...]:
    link = (
        '<p id="{0}-to">See <a class="ref" href="#{1}" data-page-of="{1}">over there</a> or <a href="{2}">out</a>.</p>'
    )
    return (
        page("title", UnitKind.TITLE_PAGE, Place.FRONT, "<h1>A Book</h1>", recto=True, folio=False),
        page("imprint", UnitKind.IMPRINT, Place.FRONT, "<p>For nobody.</p>", folio=False),
        contents(("one", 0), ("storm", 1), ("calm", 1), ("map", 0)),
        page("one", UnitKind.PART, Place.BODY, '<h1 id="one-h">Part one</h1>', recto=True),
        chapter(
            "storm",
            link.format("storm", "calm-9", "https://example.org/?a=1")
            + "<p>Of the <span class='caps'>NLAA</span>.</p>",
        ),
        chapter(
            "calm",
            link.format("calm", "storm-h", "https://example.org/")
            + '<p>Of a <span class="caps">nlaa</span>\u00a0sort.</p>'
            '<p id="calm-f"><img src="images/map.svg" alt="A map"/></p><p lang="hy">Խօսք <em>Խօսք</em></p>',
            31,
        ),
        chapter("map", link.format("map", "one-h", "mailto:a@example.org"), 2, place=Place.BACK),
    )


RESOURCES = (*FONTS, Resource("images/map.svg", "image/svg+xml", SVG))


@cache
def made() -> Typeset:
    """The small book, set once for all tests."""
    done = typeset(book(), styles(), RESOURCES, ABOUT, run)
    assert done.problems == ()
    return done


@pytest.fixture
def pdf() -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(made().pdf)) as opened:
        yield opened


def texts(data: bytes) -> list[str]:
    """The text of every page in the order in which it was painted, hyphens of every kind alike.

    Which of the characters of one glyph a unit names is not for the join to keep: U+2010 here.
    """
    document = pypdfium2.PdfDocument(data)
    pages = [p.get_textpage().get_text_range() for p in document]
    return [re.sub(r"\r\n", "", re.sub("[\ufffe\x02\u2010\xad]", "-", text)) for text in pages]


def destinations(pdf: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
    names = list(pdf.Root.Names.Dests.Names)
    return {str(name): place for name, place in zip(names[::2], names[1::2], strict=True)}


# Pages ----------------------------------------------------------------------------------------------


def test_front_matter_counts_in_roman_and_the_body_in_arabic_from_a_recto(pdf: pikepdf.Pdf) -> None:
    labels = [p.label for p in pdf.pages]
    first = labels.index("1")
    assert labels[:first] == ["i", "ii", "iii", "iv"]
    assert labels[first:] == [str(number + 1) for number in range(len(labels) - first)]
    assert first % 2 == 0


def test_a_unit_that_opens_recto_has_a_blank_page_before_it_without_a_word(pdf: pikepdf.Pdf) -> None:
    read = texts(made().pdf)
    assert pdf.pages[3].label == "iv"
    assert read[3] == ""
    assert read[4] == "Part one1"  # the folio at the foot, painted after the page


def test_a_page_of_the_book_has_the_words_of_its_unit_then_its_head() -> None:
    units: list[str] = []
    heads: dict[int, str] = {}

    def listen(jobs: Sequence[Job]) -> list[UnitResult]:
        results = run(jobs)
        for job, result in zip(jobs, results, strict=True):
            if job.name == "heads":
                heads.update(enumerate(texts(result.pdf)))
            else:
                kept[job.name] = texts(result.pdf)
        return results

    kept: dict[str, list[str]] = {}
    done = typeset(book(), styles(), RESOURCES, ABOUT, listen)
    for unit in book():
        units.extend([""] * (len(units) % 2 if unit.recto else 0))
        units.extend(kept[unit.name])
    read = texts(done.pdf)
    assert len(read) == len(units)
    assert read == [text + heads[number] for number, text in enumerate(units)]


def test_the_contents_print_the_labels_of_the_pages_they_lead_to(pdf: pikepdf.Pdf) -> None:
    printed = re.findall(r"(one|storm|calm|map)[ .]+(\d+)", texts(made().pdf)[2])
    led = destinations(pdf)
    assert printed == [
        (name, pdf.pages[pikepdf.Page(led[f"{name}-h"][0]).index].label) for name in ("one", "storm", "calm", "map")
    ]


def test_text_and_links_of_a_verso_stand_at_its_own_margin(pdf: pikepdf.Pdf) -> None:
    document = pypdfium2.PdfDocument(made().pdf)
    for index, printed in enumerate(texts(made().pdf)):
        if "report makes" not in printed:
            continue
        text = document[index].get_textpage()
        found = text.search("report", match_case=True)
        assert found is not None
        lefts = [text.get_charbox(at)[0] for at in range(text.count_chars()) if text.get_text_range(at, 1).strip()]
        body = [left for left in lefts if left > 50]
        assert round(min(body)) in ((72, 73) if index % 2 else (60, 61)), index
        for annotation in pdf.pages[index].obj.get(Name.Annots, Array()):
            x1, y1, x2, y2 = (float(value) for value in annotation.Rect)
            words = text.get_text_bounded(x1 - 0.5, y1 - 1, x2 + 0.5, y2 + 1).strip()
            assert len(words) > 2
            assert words in f"over there page {pdf.pages[index].label} out over there page 8 over there page 2"


def test_a_figure_on_a_verso_is_where_its_box_says() -> None:
    """WeasyPrint's own tags give no BBox, so one is put into the unit by hand."""

    def with_box(jobs: Sequence[Job]) -> list[UnitResult]:
        results = []
        for result in run(jobs):
            with pikepdf.open(io.BytesIO(result.pdf)) as unit:
                for item in unit.objects:
                    if isinstance(item, Dictionary) and item.get(Name.S) == Name.Figure:
                        item.A = Dictionary(O=Name.Layout, BBox=Array([60, 500, 110, 550]))
                target = io.BytesIO()
                unit.save(target)
            results.append(UnitResult(target.getvalue(), result.facts))
        return results

    picture = '<p><img src="images/map.svg" alt="A map"/></p>'
    pages = (chapter("first", "", 1), chapter("second", picture, 1))
    with pikepdf.open(io.BytesIO(typeset(pages, styles(), RESOURCES, ABOUT, with_box).pdf)) as pdf:
        boxes = [
            item.A.BBox for item in pdf.objects if isinstance(item, Dictionary) and item.get(Name.S) == Name.Figure
        ]
        assert [[float(v) for v in box] for box in boxes] == [[72, 500, 122, 550]]


def test_one_unit_makes_a_book() -> None:
    done = typeset((chapter("only", ""),), styles(), RESOURCES, ABOUT, run)
    with pikepdf.open(io.BytesIO(done.pdf)) as pdf:
        assert pdf.pages[0].label == "1"
        assert str(pdf.Root.Outlines.First.Title) == "The only"
        assert "The only" in texts(done.pdf)[0]


# Links and names ------------------------------------------------------------------------------------


def test_every_link_leads_to_the_words_it_speaks_of(pdf: pikepdf.Pdf) -> None:
    led = destinations(pdf)
    document = pypdfium2.PdfDocument(made().pdf)
    seen = []
    for p in pdf.pages:
        for annotation in p.obj.get(Name.Annots, Array()):
            assert int(annotation.F) == 4
            if Name.Dest not in annotation:
                seen.append(str(annotation.A.URI))
                continue
            name = str(annotation.Dest)
            target, kind, x, y, zoom = led[name]
            text = document[pikepdf.Page(target).index].get_textpage()
            below = text.get_text_bounded(float(x) - 1, float(y) - 28, float(x) + 200, float(y))
            expected = {"-h": "The " if name != "one-h" else "Part", "-9": "9 The report"}[name[-2:]]
            assert below.startswith(expected), (name, below)
            assert (str(kind), int(zoom)) == ("/XYZ", 0)
            seen.append(name)
    assert sorted(set(seen)) == sorted(
        {
            *("one-h", "storm-h", "calm-h", "map-h", "calm-9"),
            *("https://example.org/", "https://example.org/?a=1", "mailto:a@example.org"),
        }
    )


def test_the_reserved_address_is_nowhere_in_the_file(pdf: pikepdf.Pdf) -> None:
    target = io.BytesIO()
    pdf.save(
        target,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        stream_decode_level=pikepdf.StreamDecodeLevel.all,
        compress_streams=False,
    )
    assert b"example.org" in target.getvalue()
    assert b"book.invalid" not in target.getvalue()


def test_a_link_is_read_aloud_with_its_own_words(pdf: pikepdf.Pdf) -> None:
    said = {
        str(a.get(Name.Dest) or a.A.URI): str(a.Contents) for p in pdf.pages for a in p.obj.get(Name.Annots, Array())
    }
    assert said["calm-9"] == "over there"
    assert said["https://example.org/"] == "out"
    assert said["map-h"] == "map"


def test_names_in_any_script_can_be_led_to() -> None:
    pages = (
        chapter("a", '<p id="ա"><a href="#%D5%A2">escaped</a> <a href="#գ">plain</a> <a href="#ա">inside</a></p>', 1),
        chapter("b", '<p id="բ">x</p><p id="գ">x</p>', 2),
    )
    with pikepdf.open(io.BytesIO(typeset(pages, styles(), RESOURCES, ABOUT, run).pdf)) as pdf:
        led = destinations(pdf)
        assert {str(a.Dest) for a in pdf.pages[0].obj.Annots} == {"ա", "բ", "գ"} <= set(led)
        names = [bytes(name) for name in list(pdf.Root.Names.Dests.Names)[::2]]
        assert names == sorted(names)
        assert [pikepdf.Page(led[name][0]).index for name in ("ա", "բ", "գ")] == [0, 1, 1]


def test_an_address_below_the_reserved_one_is_our_fault() -> None:
    with pytest.raises(ValueError, match="no place in the book"):
        typeset((chapter("a", '<p><a href="other.xhtml">x</a></p>', 1),), styles(), RESOURCES, ABOUT, run)


def test_a_link_whose_target_the_layout_lost_is_our_fault() -> None:
    def losing(jobs: Sequence[Job]) -> list[UnitResult]:
        return [
            UnitResult(
                r.pdf,
                Facts(
                    r.facts.pages,
                    r.facts.size,
                    {k: v for k, v in r.facts.anchors.items() if k != "b-2"},
                    fonts=r.facts.fonts,
                ),
            )
            for r in run(jobs)
        ]

    pages = (chapter("a", '<p><a href="#b-2">there</a></p>', 1), chapter("b", "", 2))
    with pytest.raises(LookupError, match="b-2"):
        typeset(pages, styles(), RESOURCES, ABOUT, losing)


# Outline --------------------------------------------------------------------------------------------


def outline(item: pikepdf.Object, depth: int = 0) -> Iterator[tuple[int, str, pikepdf.Object]]:
    at = item.get(Name.First)
    while at is not None:
        yield depth, str(at.Title), at
        yield from outline(at, depth + 1)
        at = at.get(Name.Next)


def test_the_outline_nests_chapters_under_their_part_as_the_contents_do(pdf: pikepdf.Pdf) -> None:
    entries = list(outline(pdf.Root.Outlines))
    assert [(depth, title) for depth, title, _ in entries] == [
        (0, "A Book"),
        (0, "Contents"),
        (0, "Part one"),
        (1, "The storm"),
        (1, "The calm"),
        (0, "The map"),
    ]
    assert int(pdf.Root.Outlines.Count) == 6
    assert [int(item.get(Name.Count, 0)) for _, _, item in entries] == [0, 0, 2, 0, 0, 0]
    read = texts(made().pdf)
    for _, title, item in entries:
        assert title in read[pikepdf.Page(item.Dest[0]).index]


def test_levels_that_are_skipped_and_closed_entries_keep_their_order() -> None:
    css = "h2, h3 { bookmark-state: closed }"
    inside = "<h3>Deep</h3><p>x</p><h2>Less</h2><h3>Under</h3><h1>Again</h1>"
    done = typeset((chapter("a", inside, 1),), styles(css), RESOURCES, ABOUT, run)
    with pikepdf.open(io.BytesIO(done.pdf)) as pdf:
        entries = [(depth, title, int(item.get(Name.Count, 0))) for depth, title, item in outline(pdf.Root.Outlines)]
        assert entries == [(0, "The a", 2), (1, "Deep", 0), (1, "Less", -1), (2, "Under", 0), (0, "Again", 0)]
        assert int(pdf.Root.Outlines.Count) == 4


# The tree -------------------------------------------------------------------------------------------


def numbers(tree: pikepdf.Object) -> dict[int, pikepdf.Object]:
    flat = list(tree.Nums)
    keys = [int(key) for key in flat[::2]]
    assert keys == sorted(set(keys))
    return dict(zip(keys, flat[1::2], strict=True))


def kids(element: pikepdf.Object) -> list[pikepdf.Object]:
    found = element.get(Name.K)
    if found is None:
        return []
    return list(found) if isinstance(found, Array) else [found]


def marked(p: pikepdf.Page) -> list[int]:
    """MCIDs of a page's content, in order; every text and path outside an artifact must be in one."""
    found: list[int] = []
    stack: list[str] = []
    for instruction in pikepdf.parse_content_stream(p):
        operator = str(instruction.operator)
        if operator in ("BDC", "BMC"):
            properties = instruction.operands[1] if operator == "BDC" else Dictionary()
            if isinstance(properties, Dictionary) and Name.MCID in properties:
                found.append(int(properties.MCID))
                stack.append("content")
            else:
                stack.append("artifact" if instruction.operands[0] == Name.Artifact else "")
        elif operator == "EMC":
            stack.pop()
        elif operator in ("Tj", "TJ"):
            assert stack, "text outside marked content"
    return found


def test_every_piece_of_content_reaches_its_element_and_back(pdf: pikepdf.Pdf) -> None:
    root = pdf.Root.StructTreeRoot
    parents = numbers(root.ParentTree)
    assert int(root.ParentTreeNextKey) == max(parents) + 1
    pieces = 0
    for p in pdf.pages:
        listed = parents[int(p.obj.StructParents)]
        for id in marked(p):
            element = listed[id]
            held = [
                (int(k), element.Pg.objgen)
                if not isinstance(k, Dictionary)
                else (int(k.MCID), k.get(Name.Pg, element.Pg).objgen)
                for k in kids(element)
                if not isinstance(k, Dictionary) or k.get(Name.Type) == Name.MCR
            ]
            assert (id, p.obj.objgen) in held
            pieces += 1
        for annotation in p.obj.get(Name.Annots, Array()):
            element = parents[int(annotation.StructParent)]
            assert [k.Obj.objgen for k in kids(element) if isinstance(k, Dictionary) and Name.Obj in k].count(
                annotation.objgen
            ) == 1
    assert pieces > 100


def test_every_element_hangs_under_one_document_and_names_its_parent(pdf: pikepdf.Pdf) -> None:
    root = pdf.Root.StructTreeRoot
    assert [str(k.S) for k in kids(root)] == ["/Document"]
    waiting = kids(root)
    assert waiting[0].P.objgen == root.objgen
    seen = set()
    while waiting:
        element = waiting.pop()
        assert element.objgen not in seen
        seen.add(element.objgen)
        for kid in kids(element):
            if isinstance(kid, Dictionary) and Name.S in kid:
                assert kid.P.objgen == element.objgen
                waiting.append(kid)
    assert len(seen) > 20


def test_units_in_another_language_say_so() -> None:
    pages = (chapter("a", "", 1), chapter("b", "", 1, language="hy"))
    with pikepdf.open(io.BytesIO(typeset(pages, styles(), RESOURCES, ABOUT, run).pdf)) as pdf:
        top = kids(kids(pdf.Root.StructTreeRoot)[0])
        assert [str(element.get(Name.Lang, "")) for element in top] == ["", "hy"]


# Fonts ----------------------------------------------------------------------------------------------


def fonts_of(data: bytes) -> list[tuple[str, bytes]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [
            (str(item.BaseFont), item.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes())
            for item in pdf.objects
            if isinstance(item, Dictionary)
            and item.get(Name.Type) == Name.Font
            and item.get(Name.Subtype) == Name.Type0
        ]


def test_each_face_is_embedded_once_under_a_name_of_the_house() -> None:
    files: dict[str, set[bytes]] = {}
    for name, data in fonts_of(made().pdf):
        assert re.fullmatch(r"/[A-Z]{6}\+Edition-(Serif|Armenian)(-Italic|-Oblique)?", name)
        files.setdefault(name, set()).add(data)
    assert len(files) == 4
    assert all(len(found) == 1 for found in files.values())
    with pikepdf.open(io.BytesIO(made().pdf)) as pdf:
        streams = [i for i in pdf.objects if isinstance(i, pikepdf.Stream) and Name.Length1 in i]
        assert len(streams) == 4
        assert all(int(stream.Length1) == len(stream.read_bytes()) for stream in streams)


def test_a_small_capital_reads_as_the_letter_it_was_in_each_chapter() -> None:
    """One glyph, two characters: the map of one unit must not change the words of another."""
    read = "".join(texts(made().pdf))
    assert "Of the NLAA." in read
    assert "Of a nlaa" in read


def test_a_font_that_is_not_the_one_of_the_layout_is_our_fault() -> None:
    css = styles()
    regular, bold = (
        next(f for f in FONTS if f.name.endswith(n)) for n in ("SourceSerif4-Regular.ttf", "SourceSerif4-Bold.ttf")
    )
    swapped = tuple(Resource(f.name, f.media_type, bold.data) if f is regular else f for f in RESOURCES)
    with pytest.raises(ValueError, match="not the same file"):
        typeset((chapter("a", "", 1),), css, swapped, ABOUT, run)


def test_a_sign_that_no_named_font_has_is_named_with_its_place() -> None:
    """Here Gentium stands in for a font that fontconfig reaches under its own name."""

    def reaching(jobs: Sequence[Job]) -> list[UnitResult]:
        results = run(jobs)
        for number, result in enumerate(results):
            fonts = {
                h: ("Gentium Book Plus", *f[1:]) if f[0] == "Edition Fallback" else f
                for h, f in result.facts.fonts.items()
            }
            results[number] = replace(result, facts=replace(result.facts, fonts=fonts))
        return results

    done = typeset((chapter("a", "<p>J\u030c ǰ and ἀ</p>", 1),), styles(), RESOURCES, ABOUT, reaching)
    (problem,) = done.problems
    assert (done.pdf, problem.code, problem.severity) == (b"", "font-foreign", Severity.ERROR)
    assert "“ǰ” (U+01F0)" in problem.message
    assert "`Gentium Book Plus`" in problem.message
    assert problem.span == Span("a.md", 0, 0)


# The file -------------------------------------------------------------------------------------------


def test_qpdf_finds_nothing_to_say(pdf: pikepdf.Pdf) -> None:
    assert pdf.check_pdf_syntax() == []
    assert pdf.pdf_version == "1.7"


def test_metadata_says_the_same_twice_and_in_the_clear(pdf: pikepdf.Pdf) -> None:
    assert Name.Filter not in pdf.Root.Metadata
    xmp = pdf.open_metadata()
    info = pdf.docinfo
    assert str(info.Title) == xmp["dc:title"] == ABOUT.title
    assert str(info.Author) == ", ".join(xmp["dc:creator"]) == "A. Author, B. “Author”"
    assert str(info.Subject) == xmp["dc:description"]
    assert str(info.Keywords) == xmp["pdf:Keywords"] == "history, notes"
    assert str(info.Producer) == xmp["pdf:Producer"]
    assert str(info.CreationDate) == "D:20231114221320+00'00'"
    assert xmp["xmp:CreateDate"] == xmp["xmp:ModifyDate"] == "2023-11-14T22:13:20+00:00"
    assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"], xmp["pdfuaid:part"]) == ("2", "A", "1")
    assert (str(pdf.Root.Lang), bool(pdf.Root.MarkInfo.Marked)) == ("en", True)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes() == PROFILE


def test_an_attached_manuscript_makes_it_pdf_a_3(pdf: pikepdf.Pdf) -> None:
    files = (Resource("one.md", "text/markdown", b"# One"), Resource("book.toml", "application/toml", b"x = 1"))
    done = typeset((chapter("a", "", 1),), styles(), RESOURCES, ABOUT, run, attachments=files)
    with pikepdf.open(io.BytesIO(done.pdf)) as made_of:
        assert made_of.open_metadata()["pdfaid:part"] == "3"
        assert {name: spec.get_file().read_bytes() for name, spec in made_of.attachments.items()} == {
            "one.md": b"# One",
            "book.toml": b"x = 1",
        }
        assert [str(spec.AFRelationship) for spec in made_of.Root.AF] == ["/Source", "/Source"]
    assert Name.AF not in pdf.Root


def test_pictures_are_not_smoothed() -> None:
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGBA", (7, 5), (200, 0, 0, 128)).save(target, "png")
    picture = Resource("images/old map.png", "image/png", target.getvalue())
    done = typeset(
        (chapter("a", '<p><img src="../images/old%20map.png" alt="x"/></p>', 1),),
        styles(),
        (*RESOURCES, picture),
        ABOUT,
        run,
    )
    with pikepdf.open(io.BytesIO(done.pdf)) as pdf:
        images = [i for i in pdf.objects if isinstance(i, pikepdf.Stream) and i.get(Name.Subtype) == Name.Image]
        assert len(images) == 2  # and its mask
        assert [bool(image.Interpolate) for image in images] == [False, False]


def _ending_in_a_return(data: bytes, room: bytes) -> bytes:
    """Lengthen the data until the checksum of its compressed form ends in 0x0D."""
    while (1 + sum(data)) % 65521 % 256 != 13:
        data += bytes([room[0] + (13 - 1 - sum(data) - room[0]) % 80]) if len(data) % 2 else room
    return data


@pytest.mark.parametrize("binary", [False, True])
def test_no_stream_ends_in_a_carriage_return(binary: bool) -> None:
    data = _ending_in_a_return(b"BT ET " * 40, b"!")
    out = pikepdf.Pdf.new()
    out.add_blank_page()
    stream = pikepdf.Stream(out, data)
    if binary:
        stream.Length1 = len(data)
    out.Root.Probe = out.make_indirect(stream)
    raw = io.BytesIO()
    out.save(raw, recompress_flate=True)
    assert BAD_END in raw.getvalue()
    saved = save(out)
    assert BAD_END not in saved
    with pikepdf.open(io.BytesIO(saved)) as pdf:
        assert pdf.Root.Probe.read_bytes() == (data if binary else data + b"\n")


def test_the_objects_between_streams_do_not_end_a_stream_in_a_return_either() -> None:
    hits = 0
    for number in range(2000):
        out = pikepdf.Pdf.new()
        out.add_blank_page()
        out.Root.Probe = Name(f"/x{number}")
        raw = io.BytesIO()
        out.save(raw, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
        if BAD_END in raw.getvalue():
            hits += 1
            saved = save(out)
            assert BAD_END not in saved
            with pikepdf.open(io.BytesIO(saved)) as pdf:  # and they stay packed
                packed = [s for s in pdf.objects if isinstance(s, pikepdf.Stream) and s.get(Name.Type) == Name.ObjStm]
                assert packed
                assert all(s.get(Name.Filter) == Name.FlateDecode for s in packed)
        if hits == 3:
            break
    assert hits == 3


def test_the_page_map_follows_the_pages(pdf: pikepdf.Pdf) -> None:
    page_map = made().page_map
    assert (page_map.edition, page_map.identifier) == ("print", "9780306406157")
    assert [id for id, _ in page_map.labels] == sorted(id for id, _ in page_map.labels)
    labels: Mapping[str, str] = dict(page_map.labels)
    for name, place in destinations(pdf).items():
        assert labels[name] == pdf.pages[pikepdf.Page(place[0]).index].label
    starts = [start.label for start in page_map.starts]
    assert starts == [p.label for p in pdf.pages if p.label in starts]
    assert starts[:4] == ["i", "ii", "iii", "1"]


# With the layout of the house ------------------------------------------------------------------------


@cache
def set_by_the_house() -> tuple[Typeset, dict[str, list[str]]]:
    """A book with notes, a table, a list and a figure, laid out in confined processes by our own layout."""
    note = (
        '<aside class="note" role="doc-footnote" id="storm-fn-1" data-mark="1" data-call="storm-ref-1"><p>A note with'
        ' <a class="call" id="storm-ref-2" href="#storm-fn-2">*</a> another in it.</p></aside><aside class="note inner"'
        ' role="doc-footnote" id="storm-fn-2" data-mark="*" data-call="storm-ref-2"><p>The other.</p></aside>'
    )
    inside = (
        f'<p id="storm-to">See <a class="ref" href="#calm-9" data-page-of="calm-9">over there</a>, as said{note} or'
        ' <a href="https://example.org/">out</a>.</p><ul id="storm-l"><li id="storm-i"><p id="storm-ip">one</p></li></ul>'
        '<table id="storm-t"><caption>Ships</caption><thead><tr><th scope="col">Ship</th></tr></thead>'
        "<tbody><tr><td><p>Pequod</p></td></tr></tbody></table>"
    )
    figure = '<figure id="calm-f"><img src="images/map.svg" alt="A map"/><figcaption>Map</figcaption></figure>'
    pages = (*book()[:4], chapter("storm", inside), chapter("calm", figure, 31), *book()[6:])
    mechanics = (HOUSE / "mechanics.css").read_text(encoding="utf-8")
    plain = styles()
    about = replace(ABOUT, note="note", back="back to text")
    units: dict[str, list[str]] = {}
    with TemporaryDirectory() as scratch, Crew(FONTS, scratch, 2) as crew:

        def listen(jobs: Sequence[Job]) -> Sequence[UnitResult]:
            results = crew.set_units(jobs)
            units.update((job.name, texts(result.pdf)) for job, result in zip(jobs, results, strict=True))
            return results

        done = typeset(pages, replace(plain, body=(mechanics, *plain.body)), RESOURCES, about, listen)
    assert done.problems == ()
    return done, units


def test_a_book_of_our_own_layout_keeps_every_word_and_tag() -> None:
    done, units = set_by_the_house()
    read = texts(done.pdf)
    expected: list[str] = []
    for unit in book():
        expected.extend([""] * (len(expected) % 2 if unit.recto else 0))
        expected.extend(units[unit.name])
    heads = units["heads"]
    assert read == [text + heads[number] for number, text in enumerate(expected)]
    with pikepdf.open(io.BytesIO(done.pdf)) as pdf:
        test_every_piece_of_content_reaches_its_element_and_back(pdf)
        test_every_element_hangs_under_one_document_and_names_its_parent(pdf)
        ids = list(pdf.Root.StructTreeRoot.IDTree.Names)
        assert [bytes(id) for id in ids[::2]] == sorted(bytes(id) for id in ids[::2])
        assert all(str(element.ID) == str(id) for id, element in zip(ids[::2], ids[1::2], strict=True))


def test_calls_and_marks_lead_to_each_other_and_say_what_they_are() -> None:
    done, _ = set_by_the_house()
    with pikepdf.open(io.BytesIO(done.pdf)) as pdf:
        led = destinations(pdf)
        assert {"one-h", "storm-h", "calm-h", "map-h"} <= led.keys()  # all heads can be led to from outside
        said = {
            str(a.Dest): str(a.Contents) for p in pdf.pages for a in p.obj.get(Name.Annots, Array()) if Name.Dest in a
        }
        assert {name: said[name] for name in said if "fn" in name or "ref" in name} == {
            "storm-fn-1": "note 1",
            "storm-fn-2": "note *",
            "storm-ref-1": "back to text 1",
            "storm-ref-2": "back to text *",
        }
        assert led["storm-fn-1"][0].objgen == led["storm-ref-1"][0].objgen
        assert float(led["storm-fn-1"][3]) < float(led["storm-ref-1"][3])


@pytest.mark.parametrize("profile", ["ua1", "2a"])
def test_the_book_keeps_the_standards_it_claims(profile: str, tmp_path: Path) -> None:
    validator = pytest.importorskip("page", reason="page-validation is not installed")
    path = tmp_path / "book.pdf"
    path.write_bytes(set_by_the_house()[0].pdf)
    assert [str(failure) for failure in validator.validate_pdf(str(path), profile=profile).failures] == []
