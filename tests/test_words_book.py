"""A small book with every node kind and notes in every voice, for the tests of the words gate."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from tempfile import TemporaryDirectory

from pipeline.book import (
    TRIMS,
    Book,
    Contributor,
    EditionSettings,
    Entry,
    Medium,
    NotePolicy,
    Place,
    Voice,
)
from pipeline.build.house import house
from pipeline.edition import Edition, resolve
from pipeline.html import Page, Resource, render
from pipeline.manuscript import (
    Attributes,
    Block,
    Break,
    Cell,
    Code,
    CodeBlock,
    Column,
    CrossRef,
    Definition,
    DefinitionList,
    Division,
    EditorialMatter,
    Emphasis,
    Epigraph,
    Figure,
    Foreign,
    Heading,
    Image,
    Inline,
    Item,
    ItemList,
    Leaf,
    Letter,
    LineBreak,
    Link,
    Manuscript,
    NoteCall,
    NoteText,
    Paragraph,
    Phrase,
    Quotation,
    Row,
    SmallCaps,
    SoftBreak,
    Strikeout,
    Strong,
    Subscript,
    Superscript,
    Supplied,
    Table,
    Text,
    Verse,
    VerseLine,
)
from pipeline.pdf import About, Styles, typeset
from pipeline.pdf.geometry import body_css, heads_css
from pipeline.pdf.workers import Crew
from pipeline.source import Source, Span


class Desk:
    """Writes a source and its nodes at the same time, so that every span is true."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.text = ""

    def span(self, words: str) -> Span:
        start = len(self.text)
        self.text += words
        return Span(self.path, start, len(self.text))

    def words(self, words: str) -> Text:
        return Text(words, self.span(words))

    def paragraph(self, *inlines: Inline | str) -> Paragraph:
        start = len(self.text)
        made = self.inlines(*inlines)
        self.text += "\n\n"
        return Paragraph(made, Span(self.path, start, len(self.text) - 2))

    def inlines(self, *inlines: Inline | str) -> tuple[Inline, ...]:
        return tuple(self.words(each) if isinstance(each, str) else each for each in inlines)

    def call(self, key: str) -> NoteCall:
        return NoteCall(key, self.span(f"[^{key}]"))

    def heading(self, level: int, *inlines: Inline | str, id: str = "") -> Heading:
        start = len(self.text)
        self.text += "#" * level + " "
        made = self.inlines(*inlines)
        self.text += "\n\n"
        return Heading(level, made, Span(self.path, start, len(self.text) - 2), Attributes(id))

    def note(self, key: str, voice: str, *blocks: Block) -> NoteText:
        return NoteText(key, voice, blocks, self.span(""))

    def cell(self, words: str, heading: bool = False) -> Cell:
        return Cell((self.paragraph(words),), self.span(""), heading=heading)

    def row(self, *words: str) -> Row:
        return Row(tuple(self.cell(each) for each in words), self.span(""))


def first_chapter() -> Leaf:
    d = Desk("chapters/loomings.md")
    here = d.span
    blocks: list[Block] = [
        d.heading(1, "Loomings ", Emphasis(d.inlines("and"), here("")), " after", id="loomings"),
        Epigraph((d.paragraph("“And I only am escaped alone to tell thee.”"),), here("")),
        d.paragraph(
            "Call me Ishmael. Some years ago – never mind how long pre­cisely – having little or no money", d.call("a"),
            ", I thought I would sail about a little and see the watery part of the world; it’s ",
            Emphasis(d.inlines("the watery part"), here("")), Strong(d.inlines("!"), here("")), " of 10",
            Superscript(d.inlines("2"), here("")), " worlds, −5 °C, H", Subscript(d.inlines("2"), here("")),
            "O, self-made and “well-known” as Nagorno-Karabakh…",
        ),
        d.paragraph(
            "It is a way I have of driving off the spleen, and regulating the circulation",
            d.call("b"), ".", SoftBreak(here("\n")), "Whenever it is a damp, drizzly November in my soul",
            d.call("a"), " — then,", LineBreak(here("\n")), "I account it high time to get to sea as soon as I can",
            d.call("c"), ".",
        ),
        Quotation((d.paragraph("Some of the ", SmallCaps(d.inlines("Old Testament"), here("")), " was quoted here."),
                   d.paragraph("With ", Supplied(d.inlines("sic"), here("")), " and ", Strikeout(d.inlines("gone"), here("")), ".")), here("")),
        d.heading(2, "A head of level two", d.call("d"), id="second"),
        ItemList(
            (Item((d.paragraph("first item"),), here("")),
             Item((d.paragraph("second item"), ItemList((Item((d.paragraph("an inner bullet"),), here("")),), None, True, here(""))), here(""))),
            3, False, here(""),
        ),
        DefinitionList((Definition(d.inlines("a term"), ((d.paragraph("what it means"),), (d.paragraph("and more"),)), here("")),), True, here("")),
        CodeBlock("def code():\n    return 'kept'\n", "python", here("")),
        Figure(Image("images/map.svg", "A map of the sea", "", here("")), d.inlines("The sea, ", Emphasis(d.inlines("drawn"), here(""))), here(""), Attributes("sea")),
        Table(
            d.inlines("Ships and their crews", d.call("e")), (Column(), Column("right")),
            (d.row("Ship", "Crew"),), (d.row("Pequod", "thirty"), d.row("Rachel", "−1")), (d.row("Sum", "29"),), here(""), Attributes("ships"),
        ),
    ]  # fmt: skip
    notes = (
        d.note("a", "author", d.paragraph("The author’s own words, with ", Emphasis(d.inlines("stress"), here("")), ".")),
        d.note("b", "translator", d.paragraph("A translator speaks", d.call("f"), " here."), d.paragraph("A second paragraph.")),
        d.note("c", "editor", d.paragraph("An editor speaks."), ItemList((Item((d.paragraph("a list in a note"),), here("")),), 1, True, here(""))),
        d.note("d", "source", d.paragraph("Where the head comes from.")),
        d.note("e", "textual", d.paragraph("A reading of the table.")),
        d.note("f", "editor", d.paragraph("An editor on the translator.")),
    )  # fmt: skip
    return Leaf(Source(d.path, d.text), tuple(blocks), notes)


def second_chapter() -> Leaf:
    d = Desk("chapters/bag.md")
    here = d.span
    blocks: list[Block] = [
        d.heading(1, "The Carpet-Bag"),
        d.paragraph("See ", CrossRef("loomings", (), False, here("@a")), " and ",
                    CrossRef("second", d.inlines("the second head"), True, here("@b")), "; also ",
                    CrossRef("sea", (), True, here("@c")), ", at ", Link("https://example.org/", d.inlines("an address"), "", here("")), "."),
        Verse(((VerseLine(d.inlines("The ribs and terrors in the whale,"), 0, here("")),
                VerseLine(d.inlines("Arched over me a dismal gloom,"), 2, here(""))),), here("")),
        Letter((d.paragraph("Dear Sir,"), d.paragraph("I remain yours.")), here("")),
        EditorialMatter((d.paragraph("These are an editor’s words."),), "", here("")),
        Break(here("***")),
        Division("attribution", (d.paragraph("Nobody in particular"),), here("")),
        d.paragraph(Foreign("ru", d.inlines("Сказка о белом ките"), here("")), ", ", Foreign("hy", d.inlines("կետ"), here("")), " and ",
                    Phrase(d.inlines("a phrase"), here(""), Attributes("", ("x",))), " with ", Code("code.py", here("")), " and ",
                    Image("images/map.svg", "a small map", "", here("")), " then", d.call("a"), "."),
    ]  # fmt: skip
    notes = (d.note("a", "author", d.paragraph("A note of the second chapter.")),)
    return Leaf(Source(d.path, d.text), tuple(blocks), notes)


VOICES = (
    Voice("author", "", "decimal", "notes"),
    Voice("translator", "", "lower-alpha", "translator", "T. R."),
    Voice("editor", "", "symbols", "editor", "A. E."),
    Voice("source", "", "decimal", "notes"),
    Voice("textual", "", "lower-roman", "textual"),
)

BOOK = Book(
    title="The Whale",
    subtitle="Or, a Test",
    language="en",
    slug="the-whale",
    settings="book.toml",
    contributors=(
        Contributor("Herman Melville", "Melville, Herman", ("aut",)),
        Contributor("A. Editor", "Editor, A.", ("edt",)),
    ),
    publisher="The Press",
    notes=NotePolicy(VOICES),
    entries=(
        Entry("chapters/loomings.md", Place.BODY, None, numbered=True),
        Entry(
            "chapters/bag.md",
            Place.BODY,
            None,
            numbered=True,
            authors=(Contributor("One Hand", "Hand, One", ("aut",)), Contributor("Two Hands", "Hands, Two", ("aut",))),
        ),
    ),
    editions=(
        EditionSettings("print", Medium.PDF, "6x9", "978-0-306-40615-7"),
        EditionSettings("screen", Medium.PDF, "a4-screen"),
        EditionSettings("epub", Medium.EPUB),
    ),
)


def manuscript() -> Manuscript:
    return Manuscript((first_chapter(), second_chapter()))


def edition(name: str) -> Edition:
    settings = next(each for each in BOOK.editions if each.name == name)
    made, problems = resolve(manuscript(), BOOK, settings, frozenset({"images/map.svg"}))
    assert problems == ()
    return made


def one_chapter(name: str, *blocks: Block, notes: tuple[NoteText, ...] = ()) -> Edition:
    """Return an edition of a single chapter of these blocks, without generated pages."""
    path = "one.md"
    book = replace(BOOK, entries=(Entry(path, Place.BODY, None),))
    settings = next(each for each in book.editions if each.name == name)
    leaf = Leaf(Source(path, "x" * 1000), blocks, notes)
    made, _ = resolve(Manuscript((leaf,)), book, settings, frozenset({"images/map.svg"}))
    return replace(made, units=tuple(unit for unit in made.units if unit.name == "one"), contents=())


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10"/></svg>'

_OPF = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>{items}</manifest>
<spine>{spine}</spine></package>"""
_CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>
<rootfile full-path="EPUB/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def epub_of(pages: tuple[Page, ...]) -> bytes:
    """Pack pages as they are, with the least that makes a package."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", _CONTAINER)
        names = [page.name for page in pages]
        items = "".join(f'<item id="{name}" href="text/{name}.xhtml"/>' for name in names)
        spine = "".join(f'<itemref idref="{name}"/>' for name in names)
        archive.writestr("EPUB/content.opf", _OPF.format(items=items, spine=spine))
        for page in pages:
            archive.writestr(f"EPUB/text/{page.name}.xhtml", page.html)
    return out.getvalue()


def epub(made: Edition) -> bytes:
    return epub_of(render(made))


def change_epub(data: bytes, old: str, new: str, count: int = 1) -> bytes:
    """Replace the first place (or `count` places) of a text in the documents of an EPUB."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as changed:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename.endswith(".xhtml") and count:
                text = content.decode()
                hits = min(count, text.count(old))
                text = text.replace(old, new, count)
                count -= hits
                content = text.encode()
            changed.writestr(info.filename, content)
    assert count == 0, f"{old!r} is not in the EPUB"
    return out.getvalue()


def pdf(made: Edition) -> bytes:
    """Set an edition as the house would, in one child process."""
    style, trim = house(), TRIMS[made.settings.trim]
    styles = Styles(
        body=(body_css(trim), *style.body(trim)),
        heads=(heads_css(trim), *style.heads(trim)),
        sided=trim.two_sided,
    )
    about = About(
        title=made.book.title, language=made.book.language, authors=(), epoch=0, description="", subjects=(),
        publisher="", rights="", identifiers=(), edition=made.settings.name, identifier="",
    )  # fmt: skip
    resources = (Resource("images/map.svg", "image/svg+xml", SVG), *style.fonts, *style.pictures)
    with TemporaryDirectory() as scratch, Crew(style.fonts, scratch, 1) as crew:
        set_ = typeset(render(made), styles, resources, about, crew.set_units)
    assert set_.problems == (), set_.problems
    return set_.pdf
