"""The words gate tried on itself: whatever is taken out of a finished PDF, it notices, and says where."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from pipeline.checks import check_editions
from pipeline.checks.glyphs import to_unicode
from pipeline.checks.pdf_reader import read_pdf
from pipeline.edition import Edition
from pipeline.html import render
from pipeline.source import Problem, Span
from tests.test_words_book import edition, manuscript, pdf


@pytest.fixture(scope="module")
def made() -> Edition:
    return edition("print")


@pytest.fixture(scope="module")
def book(made: Edition) -> bytes:
    return pdf(made)


def findings(made: Edition, data: bytes) -> tuple[Problem, ...]:
    return check_editions(made, "the-whale-print.pdf", data, render(made))


def words_at(span: Span | None) -> str:
    assert span is not None
    leaf = next(leaf for leaf in manuscript().leaves if leaf.path == span.path)
    return leaf.source.text[span.start : span.end]


def changed(data: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(data)) as file:
        change(file)
        file.save(out)
    return out.getvalue()


# Glyphs ---------------------------------------------------------------------------------------


class Page:
    """The text operators of one page, for changing glyphs: a second reading of fonts and strings."""

    def __init__(self, file: pikepdf.Pdf, index: int) -> None:
        self.file = file
        self.page = file.pages[index]
        self.operations = list(pikepdf.parse_content_stream(self.page))
        self.glyphs: list[tuple[int, int, int, str]] = []
        """operation, part of its array, place in the string, what the glyph means"""
        maps = {
            key: to_unicode(font.ToUnicode.read_bytes())
            for key, font in self.page.obj.get(Name.Resources, Dictionary()).get(Name.Font, Dictionary()).items()
        }
        font: dict[int, str] = {}
        marks: list[bool] = []
        for number, operation in enumerate(self.operations):
            match str(operation.operator):
                case "BDC" | "BMC":
                    marks.append(operation.operands[0] == Name.Artifact)
                case "EMC":
                    marks.pop()
                case "Tf":
                    font = maps[str(operation.operands[0])]
                case "TJ" if not any(marks):
                    for part, string in enumerate(operation.operands[0]):
                        if isinstance(string, String):
                            codes = bytes(string)
                            for at in range(0, len(codes), 2):
                                meaning = font.get(codes[at] << 8 | codes[at + 1], "")
                                self.glyphs.append((number, part, at, meaning))

    def find(self, words: str) -> list[int]:
        """Return the glyphs that say these words, in the order of painting."""
        text, owners = "", []
        for number, (_, _, _, meaning) in enumerate(self.glyphs):
            text += meaning
            owners.extend([number] * len(meaning))
        at = text.find(words)
        return [] if at < 0 else sorted(set(owners[at : at + len(words)]))

    def code(self, glyph: int) -> bytes:
        number, part, at, _ = self.glyphs[glyph]
        return bytes(self.operations[number].operands[0][part])[at : at + 2]

    def put(self, glyph: int, codes: bytes) -> None:
        """Write codes in the place of a glyph; the places of later glyphs in its string move."""
        number, part, at, _ = self.glyphs[glyph]
        operation = self.operations[number]
        parts = list(operation.operands[0])
        old = bytes(parts[part])
        parts[part] = String(old[:at] + codes + old[at + 2 :])
        self.operations[number] = pikepdf.ContentStreamInstruction([Array(parts)], operation.operator)

    def write(self) -> None:
        stream = pikepdf.unparse_content_stream(self.operations)
        self.page.obj.Contents = self.file.make_stream(stream)


def with_words(file: pikepdf.Pdf, words: str) -> tuple[Page, list[int]]:
    for index in range(len(file.pages)):
        page = Page(file, index)
        found = page.find(words)
        if found:
            return page, found
    raise AssertionError(f"{words!r} is on no page")


def lose(words: str, all: str = "") -> Callable[[pikepdf.Pdf], None]:
    """Take the glyphs of `words` out, where they stand in `all`."""

    def change(file: pikepdf.Pdf) -> None:
        page, found = with_words(file, all or words)
        start = (all or words).index(words)
        for glyph in reversed(found[start : start + len(words)]):
            page.put(glyph, b"")
        page.write()

    return change


def double(words: str) -> Callable[[pikepdf.Pdf], None]:
    def change(file: pikepdf.Pdf) -> None:
        page, found = with_words(file, words)
        page.put(found[-1], page.code(found[-1]) + b"".join(page.code(glyph) for glyph in found))
        page.write()

    return change


def exchange(one: str, other: str) -> Callable[[pikepdf.Pdf], None]:
    """Write `one` in the place of `other` on the same page, of equal length."""

    def change(file: pikepdf.Pdf) -> None:
        page, target = with_words(file, other)
        codes = [page.code(glyph) for glyph in page.find(one)]
        for glyph, code in zip(target, codes, strict=True):
            page.put(glyph, code)
        page.write()

    return change


def swap(one: str, other: str) -> Callable[[pikepdf.Pdf], None]:
    def change(file: pikepdf.Pdf) -> None:
        page, first = with_words(file, one)
        second = page.find(other)
        codes = [page.code(glyph) for glyph in first], [page.code(glyph) for glyph in second]
        for glyph, code in zip((*first, *second), (*codes[1], *codes[0]), strict=True):
            page.put(glyph, code)
        page.write()

    return change


# Structure ------------------------------------------------------------------------------------


def elements(file: pikepdf.Pdf, kind: str) -> list[Any]:
    """Return the elements of structure of one kind, in order."""
    out: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, Dictionary) and node.get(Name.S) == Name(f"/{kind}"):
            out.append(node)
        kids = node.get(Name.K) if isinstance(node, Dictionary) else None
        for kid in kids if isinstance(kids, Array) else [] if kids is None else [kids]:
            if isinstance(kid, Dictionary):
                walk(kid)

    walk(file.Root.StructTreeRoot)
    return out


def drop(kind: str, number: int = 0) -> Callable[[pikepdf.Pdf], None]:
    """Take an element out of the structure; its words stay on the page."""

    def change(file: pikepdf.Pdf) -> None:
        element = elements(file, kind)[number]
        parent = element.P
        parent.K = Array([kid for kid in parent.K if not same(kid, element)])

    return change


def same(one: Any, two: Any) -> bool:
    return isinstance(one, Dictionary) and one.is_indirect and one.objgen == two.objgen


def swap_elements(kind: str, one: int, other: int) -> Callable[[pikepdf.Pdf], None]:
    def change(file: pikepdf.Pdf) -> None:
        first, second = elements(file, kind)[one], elements(file, kind)[other]
        first.K, second.K = second.K, first.K

    return change


def twice(kind: str, number: int) -> Callable[[pikepdf.Pdf], None]:
    def change(file: pikepdf.Pdf) -> None:
        element = elements(file, kind)[number]
        element.P.K.append(element)

    return change


def rewrite(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    """Change the bytes of the content stream of the first page that has them."""

    def change(file: pikepdf.Pdf) -> None:
        for page in file.pages[4:]:
            data = b"\n".join(stream.read_bytes() for stream in page.obj.Contents)
            if old in data:
                page.obj.Contents = file.make_stream(data.replace(old, new, 1))
                return
        raise AssertionError(old)

    return change


def unmap(sign: str) -> Callable[[pikepdf.Pdf], None]:
    """Take one sign out of all maps from glyphs to text."""

    def change(file: pikepdf.Pdf) -> None:
        for item in file.objects:
            if isinstance(item, Dictionary) and Name.ToUnicode in item:
                data = item.ToUnicode.read_bytes()
                item.ToUnicode.write(
                    data.replace(b"<%04x>" % ord(sign), b"<0021>").replace(b"<%04X>" % ord(sign), b"<0021>")
                )

    return change


def lead_elsewhere(file: pikepdf.Pdf) -> None:
    """Let the first call of a note lead to another note."""
    for page in file.pages:
        for annotation in page.obj.get(Name.Annots, Array()):
            if str(annotation.get(Name.Dest, "")) == "loomings-fn-1":
                annotation.Dest = String("loomings-fn-4")
                return


def shift_labels(file: pikepdf.Pdf) -> None:
    for entry in file.Root.PageLabels.Nums:
        if isinstance(entry, Dictionary) and entry.get(Name.S) == Name.D:
            entry.St = 2


def at_line_end(file: pikepdf.Pdf) -> None:
    """Put a hyphen where a line ends between two words."""
    page, found = with_words(file, "spleen, and regulating the")
    hyphen = page.code(page.find("self-made")[4])
    page.put(found[-1], page.code(found[-1]) + hyphen)
    page.write()


def drop_page(file: pikepdf.Pdf) -> None:
    del file.pages[5]


def off_page(file: pikepdf.Pdf) -> None:
    page, found = with_words(file, "drizzly")
    number = page.glyphs[found[0]][0]
    while str(page.operations[number].operator) != "Tm":
        number -= 1
    a, b, c, d, x, _ = page.operations[number].operands
    page.operations[number] = pikepdf.ContentStreamInstruction([a, b, c, d, x, -4000], pikepdf.Operator("Tm"))
    page.write()


def unseen(file: pikepdf.Pdf) -> None:
    page, found = with_words(file, "drizzly")
    number = page.glyphs[found[0]][0]
    page.operations.insert(number, pikepdf.ContentStreamInstruction([3], pikepdf.Operator("Tr")))
    page.write()


def hide(words: str, operator: str) -> Callable[[pikepdf.Pdf], None]:
    """Make words an artifact, or take their mark away."""

    def change(file: pikepdf.Pdf) -> None:
        page, found = with_words(file, words)
        number = page.glyphs[found[0]][0]
        while str(page.operations[number].operator) != "BDC":
            number -= 1
        if operator == "artifact":
            page.operations[number] = pikepdf.ContentStreamInstruction(
                [Name.Artifact, Dictionary(Type=Name.Pagination)], pikepdf.Operator("BDC")
            )
        else:
            end = next(n for n in range(number, len(page.operations)) if str(page.operations[n].operator) == "EMC")
            del page.operations[end], page.operations[number]
        page.write()

    return change


def other_voice(file: pikepdf.Pdf) -> None:
    """Give a note the tag of another voice."""
    note = elements(file, "Note")[0]
    note.T = String("editor" if str(note.T) != "editor" else "author")


def lie(file: pikepdf.Pdf) -> None:
    """Say other words than those that are painted."""
    elements(file, "H2")[0].ActualText = String("A head of level ten")


# The trial ------------------------------------------------------------------------------------


def test_a_clean_book_has_no_finding(made: Edition, book: bytes) -> None:
    assert findings(made, book) == ()


def test_a_clean_book_of_one_sided_pages_has_no_finding() -> None:
    screen = edition("screen")
    assert findings(screen, pdf(screen)) == ()


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lose("drizzly"), "word-lost", "drizzly"),
        (lose("”", "tell thee.”"), "word-changed", "thee.”"),
        (lose("“", "“well-known”"), "word-changed", "“well-known”"),
        (lose("-", "self-made"), "word-changed", "self-made"),
        (lose("’", "it’s"), "word-changed", "it’s"),
        (lose("−", "−5 °C"), "word-changed", "−5"),
        (lose("…", "Karabakh…"), "word-changed", "Nagorno-Karabakh…"),
        (lose("An editor speaks."), "word-lost", "An editor speaks."),
        (lose("Pequod"), "word-lost", "Pequod"),
        (lose("−1"), "word-lost", "−1"),
        (lose("level ", "of level two"), "word-lost", "level"),
        (lose("Carpet", "The Carpet-Bag"), "word-changed", None),
        (lose("crews", "their crews"), "word-lost", "crews"),
        (lose("a list in a note"), "word-lost", "a list in a note"),
        (lose("A. E."), "word-changed", None),
        (lose(" ", "drizzly November"), "word-space", "drizzly November"),
        (lose("Arched"), "word-lost", "Arched"),
        (lose("белом"), "word-lost", "белом"),
        (lose("•"), "word-lost", None),
        (lose("4.", "4. "), "word-lost", None),
        (double("drizzly "), "word-added", None),
        (swap("thirty", "Rachel"), "word-moved", None),
        (exchange(",", "’"), "word-changed", None),
        (drop("Note", 0), "note-lost", None),
        (drop("Note", 0), "text-untagged", None),
        (drop("TR", 1), "word-lost", "Pequod\n\nthirty"),
        (drop("Caption", 0), "word-lost", None),
        (drop("H2", 0), "word-lost", None),
        (drop("Figure", 0), "alt-changed", None),
        (swap_elements("TD", 0, 1), "word-moved", None),
        (twice("H2", 0), "text-tagged-twice", None),
        (unmap("z"), "word-changed", "drizzly"),
        (unmap("z"), "font-map-false", None),
        (at_line_end, "word-changed", None),
        (lead_elsewhere, "note-call-lost", None),
        (shift_labels, "page-number-wrong", None),
        (drop_page, "word-lost", None),
        (off_page, "text-off-page", None),
        (unseen, "text-unseen", None),
        (hide("drizzly", "artifact"), "head-unknown", None),
        (hide("drizzly", "artifact"), "word-lost", None),
        (hide("drizzly", "nothing"), "text-untagged", None),
        (lie, "actual-text-false", None),
        (other_voice, "note-voice", None),
    ],
)  # fmt: skip
def test_a_change_is_noticed_with_its_place(
    made: Edition, book: bytes, change: Callable[[pikepdf.Pdf], None], code: str, place: str | None
) -> None:
    found = findings(made, changed(book, change))
    assert code in {problem.code for problem in found}, found
    if place is not None:
        first = next(problem for problem in found if problem.code == code)
        assert words_at(first.span).split() == place.split()


@pytest.mark.slow
def test_a_hundred_lost_glyphs_are_all_noticed(made: Edition, book: bytes) -> None:
    chance = Random(5)
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


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"x" * 5000, b"%PDF-1.7\n" + b"\0" * 3000])
def test_what_is_no_pdf_is_a_problem(data: bytes) -> None:
    assert [problem.code for problem in read_pdf("broken.pdf", data).problems] == ["pdf-unreadable"]


def test_a_broken_file_is_a_problem_wherever_it_breaks(made: Edition, book: bytes) -> None:
    chance = Random(7)
    for _ in range(40):
        at = chance.randrange(len(book))
        broken = book[:at] + bytes([book[at] ^ 0xFF]) + book[at + 1 :]
        findings(made, broken)  # any finding or none, never an exception
    for at in range(0, len(book) - 100, len(book) // 20):
        assert findings(made, book[:at])


def test_an_untagged_file_is_a_problem(made: Edition, book: bytes) -> None:
    def change(file: pikepdf.Pdf) -> None:
        del file.Root.StructTreeRoot

    assert "pdf-untagged" in {problem.code for problem in findings(made, changed(book, change))}
