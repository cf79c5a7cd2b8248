"""A small book with every node kind, notes in all voices, parts and Hebrew, for the tests of the EPUB."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pipeline.book import (
    Book,
    Contributor,
    EditionSettings,
    Entry,
    Medium,
    NotePolicy,
    Part,
    Place,
    Subject,
    Voice,
)
from pipeline.edition import Edition, resolve
from pipeline.html import Resource, picture_name, render
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
    Quotation,
    Row,
    SmallCaps,
    Strong,
    Supplied,
    Table,
    Text,
    Verse,
    VerseLine,
)
from pipeline.pagemap import PageMap, PageStart
from pipeline.source import Source, Span

ROOT = Path(__file__).parent.parent
SHEET = (ROOT / "styles" / "epub.css").read_text(encoding="utf-8")
MAP = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120"><path fill="none" stroke="#777" stroke-width="3" '
    b'd="M10 100 C 80 10 120 110 180 60 S 280 20 310 40"/><circle cx="180" cy="60" r="6" fill="#777"/></svg>'
)


@lru_cache(maxsize=1)
def resources() -> tuple[Resource, ...]:
    """Return the fonts of the house with their licences, and a picture with a name that not every reader likes."""
    fonts = sorted((ROOT / "styles" / "fonts").iterdir())
    return (
        Resource(picture_name("images/The Course.svg"), "image/svg+xml", MAP),
        Resource("images/unused.svg", "image/svg+xml", MAP),
        *(Resource(f"fonts/{file.name}", "font/ttf", file.read_bytes()) for file in fonts if file.suffix == ".ttf"),
        *(Resource(f"fonts/{f.name}", "text/plain", f.read_bytes()) for f in fonts if f.name.startswith("LICENSE")),
    )


class Hand:
    """Writes a source and its nodes together, so that every place is true."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.text = ""

    def span(self, words: str) -> Span:
        start = len(self.text)
        self.text += words
        return Span(self.path, start, len(self.text))

    def inlines(self, *parts: Inline | str) -> tuple[Inline, ...]:
        return tuple(Text(part, self.span(part)) if isinstance(part, str) else part for part in parts)

    def p(self, *parts: Inline | str) -> Paragraph:
        start = len(self.text)
        inlines = self.inlines(*parts)
        self.text += "\n\n"
        return Paragraph(inlines, Span(self.path, start, len(self.text) - 2))

    def head(self, level: int, *parts: Inline | str, id: str = "") -> Heading:
        inlines = self.inlines(*parts)
        return Heading(level, inlines, self.span("\n\n"), Attributes(id))

    def call(self, key: str) -> NoteCall:
        return NoteCall(key, self.span(f"[^{key}]"))

    def em(self, words: str) -> Emphasis:
        return Emphasis(self.inlines(words), self.span("*"))

    def foreign(self, language: str, words: str) -> Foreign:
        return Foreign(language, self.inlines(words), self.span("^"))

    def note(self, key: str, voice: str, *blocks: Block) -> NoteText:
        return NoteText(key, voice, blocks, self.span(f"[^{key}]:"))

    def row(self, *words: str) -> Row:
        return Row(tuple(Cell((self.p(word),), self.span("|")) for word in words), self.span("\n"))


def opening() -> Leaf:
    h = Hand("chapters/01-the-crossing.md")
    s = h.span
    blocks: tuple[Block, ...] = (
        h.head(1, "The Crossing of the ", h.em("Vigilant")),
        Epigraph((h.p("They that go down to the sea in ships, that do business in great waters."), Division("attribution", (h.p("Psalm 107"),), s(""))), s("")),
        h.p("The ", h.em("Vigilant"), " cleared the harbour of Ostrava", h.call("harbour"), " on the ninth of March, with forty-one persons on board and water for three weeks.", h.call("water"), " No one who watched her go kept a list of their names."),
        h.p("What follows is put together from the log", h.call("log"), ", from letters, and from what the survivors said in the winter of 1921", h.call("winter"), "; where these disagree, all of them are given. The mate wrote ", h.foreign("he", "שלום"), " at the head of every page, and the cook’s son was called Ջան (J̌an, ǰan) by his mother.", h.call("name")),
        h.head(2, "The first night", id="first-night"),
        h.p("By dusk the wind had gone round to the north-west. The log, which is kept in three hands, says only: ", h.em("Set the storm trysail; shipped green water; all well"), ". “All well,” the second mate said later, “was what you wrote.”"),
        Letter((h.p("Ostrava, 8 March"), h.p("Dear Anna, we sail with the morning tide. The captain is a careful man and the cargo is dry. Keep the keys until I write."), Division("attribution", (h.p("your brother Josef"),), s(""))), s("")),
        h.p("His sister kept the letter, and the keys, for fifty years. ", CrossRef("t-log", (), False, s("@t-log")), " sets what the log says beside what the harbour master wrote down; ", CrossRef("f-course", (), False, s("@f-course")), " shows the course."),
        Table(
            h.inlines("Wind and distance in the first four days"),
            (Column("left"), Column("left"), Column("right")),
            (h.row("Day", "Wind", "Miles"),),
            (h.row("9 March", "south, light", "41"), h.row("10 March", "north-west, gale", "112"), h.row("11 March", "north-west, storm", "9"), h.row("12 March", "calm", "0")),
            (h.row("Together", "", "162"),), s(""), Attributes("t-log"),
        ),
        Figure(Image("images/The Course.svg", "A line that starts at the lower left, swings far out and turns back before it ends.", "", s("")), h.inlines("The course of the ", h.em("Vigilant"), ", as far as it is known"), s(""), Attributes("f-course")),
        Verse(
            (
                (VerseLine(h.inlines("O hear us when we cry to Thee"), 0, s("")), VerseLine(h.inlines("For those in peril on the sea, and for those who wait on the shore for them."), 1, s(""))),
                (VerseLine(h.inlines("And the salt", h.call("salt")), 0, s("")), VerseLine(h.inlines("dries."), 3, s(""))),
            ), s("")),
        Quotation((h.p("Whoever has stood a night watch in such weather does not speak of it as weather."), h.p("He speaks of it as work.")), s("")),
        EditorialMatter((h.p("Two leaves of the log are missing here. The account resumes on the twelfth of March in another hand, which the editors take to be that of the carpenter."),), "The editors", s("")),
        Break(s("")),
        h.p("On the twelfth the sea lay flat ", Supplied(h.inlines("as glass"), s("")), ". They counted: ", Strong(h.inlines("thirty-eight"), s("")), ". See ", CrossRef("^log", (), False, s("@^log")), ", and ", Link("https://example.org/log", h.inlines("the scans of the log"), "", s("")), "."),
        ItemList((Item((h.p("The boats had been provisioned."),), s("")), Item((h.p("The boats had not been "), h.p("lowered, though the davits were swung out and the falls laid ready, as two of them remembered."),), s("")), Item((h.p("Nobody gave the order."),), s(""))), 1, False, s("")),
        DefinitionList((Definition(h.inlines("trysail"), ((h.p("A small strong sail set in bad weather."),),), s("")), Definition(h.inlines("davit"), ((h.p("A crane for a ship’s boat; they stand in pairs."),),), s(""))), True, s("")),
        CodeBlock("09.03 06.40  wind S 2\n10.03 18.15  wind NW 9", "", s("")),
        h.p("The code of the signal was ", Code("NC", s("")), " and nobody saw it.", LineBreak(s("")), SmallCaps(h.inlines("The Vigilant"), s("")), " was posted missing in May.", h.call("water")),
    )  # fmt: skip
    notes = (
        h.note("harbour", "author", h.p("Now part of the container port. The old mole is still there.")),
        h.note(
            "water", "author", h.p("Three weeks at half ration.", h.call("ration")), h.p("The casks were found full.")
        ),
        h.note("log", "source", h.p("State Archive, fonds 12, item 7, leaves 1–88.")),
        h.note(
            "winter",
            "translator",
            h.p("In the original ", h.foreign("cs", "za té zimy"), ", which could also be the winter before."),
        ),
        h.note(
            "name",
            "editor",
            h.p(
                "We write Armenian names as the passports of the time wrote them, and do not touch the author’s own spellings, however they differ."
            ),
        ),
        h.note("salt", "textual", h.p("In the typescript ", h.em("salts"), ", with the last letter struck out.")),
        h.note("ration", "editor", h.p("The author gives no source for the ration.")),
    )
    return Leaf(Source(h.path, h.text), blocks, notes)


def closing() -> Leaf:
    h = Hand("chapters/02-the-inquiry.md")
    blocks = (
        h.head(1, "The Inquiry"),
        h.p(
            "The inquiry sat for eleven days",
            h.call("days"),
            " and heard nineteen witnesses. It found no fault. ",
            CrossRef("first-night", (), False, h.span("@first-night")),
            " had not been asked about.",
        ),
        h.p("The president of the court thanked everybody for coming."),
    )
    return Leaf(Source(h.path, h.text), blocks, (h.note("days", "author", h.p("Not counting two Sundays.")),))


def afterword() -> Leaf:
    h = Hand("chapters/03-afterword.md")
    return Leaf(Source(h.path, h.text), (h.head(1, "Afterword"), h.p("The keys fit no door.")))


VOICES = (
    Voice("author", "", "decimal", "notes"),
    Voice("source", "Source note", "decimal", "notes"),
    Voice("translator", "Translator’s note", "decimal", "notes", "J. H."),
    Voice("editor", "Editor’s note", "decimal", "notes", "The editors"),
    Voice("textual", "Textual note", "lower-alpha", "textual"),
)

BOOK = Book(
    title="The Crossing of the Vigilant",
    subtitle="An account of the voyage of March 1921",
    language="en-GB",
    slug="vigilant",
    settings="book.toml",
    contributors=(
        Contributor("Josefa Marek", "Marek, Josefa", ("aut",)),
        Contributor("Jan Hale", "Hale, Jan", ("trl", "win")),
        Contributor("Ada Ost", "Ost, Ada", ("edt",)),
    ),
    date="2026-03-09",
    publisher="Harbour Press",
    place="Ostrava",
    rights="© 2026 Harbour Press",
    description="Forty-one people sailed; thirty-eight were counted.",
    subjects=(Subject("Shipwrecks", "Thema", "WGG"), Subject("Inquiries")),
    series="Lost Ships",
    series_number="3",
    url="https://example.org/vigilant",
    notes=NotePolicy(VOICES),
    entries=(
        Entry("chapters/01-the-crossing.md", Place.BODY, Span("book.toml", 10, 20), numbered=True, part=0),
        Entry("chapters/02-the-inquiry.md", Place.BODY, Span("book.toml", 20, 30), numbered=True, part=0),
        Entry("chapters/03-afterword.md", Place.BACK, Span("book.toml", 30, 40)),
    ),
    parts=(Part("The Sea", "I", Span("book.toml", 5, 9)),),
    editions=(EditionSettings("epub", Medium.EPUB, identifier="9783161484100", span=Span("book.toml", 0, 4)),),
)


def edition(book: Book = BOOK) -> Edition:
    """Return the EPUB edition of the book."""
    manuscript = Manuscript((opening(), closing(), afterword()))
    made, problems = resolve(manuscript, book, book.editions[0], ("images/The Course.svg",))
    assert not [problem for problem in problems if problem.severity == "error"], problems
    return made


PAGES = PageMap(
    "print",
    "9780306406157",
    (
        PageStart("i", "title-page", 0, "Josefa Marek"),
        PageStart("iii", "contents-h", 0, "Contents"),
        PageStart("1", "part-the-sea", 0, "Part I"),
    ),
    (),
)


def page_map(*starts: tuple[str, str, int]) -> PageMap:
    """Return the page map of the specimen with more starts, (label, block, offset)."""
    return replace(
        PAGES, starts=(*PAGES.starts, *(PageStart(label, block, offset, "") for label, block, offset in starts))
    )


def test_every_node_kind_of_the_book_is_in_the_specimen() -> None:
    """The specimen is only worth something while it holds what a manuscript can hold."""
    pages = "".join(page.html for page in render(edition()))
    for sign in (
        "<table",
        "<figure",
        "stanza",
        "blockquote",
        "editorial-matter",
        "letter",
        "epigraph",
        "<dl",
        "<pre",
        "noteref",
    ):
        assert sign in pages
