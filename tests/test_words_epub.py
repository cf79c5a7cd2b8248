"""The words gate tried on itself: whatever is taken out of a finished EPUB, it notices, and says where."""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from io import BytesIO
from random import Random

import pytest

from pipeline.checks.epub_reader import INLINE, read_epub
from pipeline.checks.notes import check_notes
from pipeline.checks.words import LIMIT, check_words
from pipeline.edition import Edition
from pipeline.source import Problem, Span
from tests.test_words_book import change_epub, edition, epub, manuscript


@pytest.fixture(scope="module")
def made() -> Edition:
    return edition("epub")


@pytest.fixture(scope="module")
def book(made: Edition) -> bytes:
    return epub(made)


def findings(made: Edition, data: bytes) -> tuple[Problem, ...]:
    reading = read_epub("the-whale.epub", data)
    return (*check_words(made, reading), *check_notes(made, reading))


def words_at(span: Span | None) -> str:
    """Return what stands in the manuscript at a place."""
    assert span is not None
    leaf = next(leaf for leaf in manuscript().leaves if leaf.path == span.path)
    return leaf.source.text[span.start : span.end]


def test_a_clean_book_has_no_finding(made: Edition, book: bytes) -> None:
    assert findings(made, book) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("drizzly ", "", "word-lost", "drizzly"),
        ("it’s ", "it's ", "word-changed", "it’s"),
        ("“well-known”", "“well-known", "word-changed", "“well-known”"),
        ("years ago – never", "years ago - never", "word-changed", "–"),
        ("Pequod", "XPequod", "word-changed", "Pequod"),
        ("Pequod", "", "word-lost", "Pequod"),
        ("−5", "5", "word-changed", "−5"),
        ("−1", "-1", "word-changed", "−1"),
        ("A reading of the table.", "", "word-lost", "A reading of the table."),
        ("Ships and their crews", "Ships and crews", "word-lost", "their"),
        ("level two\u2060<a", "level\u2060<a", "word-lost", "two"),
        ("driving off the", "off driving the", "word-moved", None),
        ("drizzly November", "drizzly drizzly November", "word-added", None),
        ("damp, drizzly", "dampdrizzly", "word-changed", None),
        ("November in", "Novemberin", "word-space", "November in"),
        ("spleen", "sple en", "word-space", "spleen,"),
        ("<em>the watery part</em>", "<em>the watery part </em>", "word-space", None),
        ("Nagorno-Karabakh", "Nagorno\u2010Karabakh", "word-changed", "Nagorno-Karabakh…"),
        ("self-made", "selfmade", "word-changed", "self-made"),
        ("<sup>2</sup>", "<sup>\u00b2</sup>", "word-changed", None),
        ("<sup>2</sup>", "2", "word-level", "2"),
        ("<sup>2</sup>", "<sub>2</sub>", "word-level", "2"),
        ("Pequod", "<sup>Pequod</sup>", "word-level", "Pequod"),
        ("Сказка", "Cказка", "word-changed", "Сказка"),
        ("Chapter 1</p>", "Chapter 2</p>", "word-changed", None),
        ("A. Editor]", "A. Editor", "word-changed", None),
        ("Dear Sir,", "Dear Sir.", "word-changed", "Sir,"),
        ("Arched over me a dismal gloom,", "", "word-lost", "Arched over me a dismal gloom,"),
        ("an inner bullet", "", "word-lost", "an inner bullet"),
        ("what it means", "what means", "word-lost", "it"),
        ("return &#39;kept&#39;", "return", "word-lost", None),
        ('alt="A map of the sea"', 'alt="A map"', "alt-changed", None),
        ("ISBN (print, PDF)", "ISBN (print)", "word-changed", None),
        ("…</p>", "</p>", "word-changed", "Nagorno-Karabakh…"),
    ],
)  # fmt: skip
def test_a_change_is_noticed_with_its_place(
    made: Edition, book: bytes, old: str, new: str, code: str, place: str | None
) -> None:
    found = findings(made, change_epub(book, old, new))
    assert code in {problem.code for problem in found}
    first = next(problem for problem in found if problem.code == code)
    assert first.span is not None or "title page" in first.hint or "imprint" in first.hint
    if place is not None:
        assert words_at(first.span) == place


def test_a_lost_note_is_noticed_as_a_note_too(made: Edition, book: bytes) -> None:
    text = all_text(book)
    note = next(m.group() for m in re.finditer(r'<div id="loomings-fn-3".*?</div>', text, re.DOTALL))
    codes = {problem.code for problem in findings(made, change_epub(book, note, ""))}
    assert {"word-lost", "note-lost"} <= codes


def test_a_hundred_lost_characters_are_all_noticed(made: Edition, book: bytes) -> None:
    chance = Random(3)
    with zipfile.ZipFile(BytesIO(book)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xhtml")}
    places = [
        (name, at)
        for name, text in sorted(files.items())
        for run in re.finditer(r">([^<]+)<", text[text.index("<body") :])
        for at in range(text.index("<body") + run.start(1), text.index("<body") + run.end(1))
        if not text[at].isspace() and text[at] != "\u00ad"
    ]
    for name, at in chance.sample(places, 100):
        changed = files[name][:at] + files[name][at + 1 :]
        if re.search(r"&[^;]{0,6}$", files[name][:at]) or files[name][at] == "&":
            continue  # a character of an entity: the file would not be XML
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(book)) as archive, zipfile.ZipFile(out, "w") as copy:
            for entry in archive.namelist():
                copy.writestr(entry, changed if entry == name else archive.read(entry))
        assert findings(made, out.getvalue()), f"{files[name][at - 20 : at]}[{files[name][at]}]"


def test_many_differences_are_counted_not_listed(made: Edition, book: bytes) -> None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(book)) as archive, zipfile.ZipFile(out, "w") as copy:
        for name in archive.namelist():
            text = archive.read(name).decode()
            if name.endswith(".xhtml"):
                text = re.sub(r"(?<=[a-z])e(?=[^<>]*<)", "é", text)
            copy.writestr(name, text)
    found = findings(made, out.getvalue())
    assert len([p for p in found if p.code.startswith("word")]) == LIMIT + 1
    assert any("more places" in problem.message for problem in found)


def test_what_is_no_epub_is_a_problem() -> None:
    for data in (b"", b"PK\x03\x04 nothing", b"x" * 1000):
        assert [p.code for p in read_epub("broken.epub", data).problems] == ["epub-unreadable"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("</body>", ""), ("<body", "<bodi"), ("drizzly", "&nbsp;drizzly"), ("drizzly", "a & b")],
)
def test_what_is_no_xml_is_a_problem(made: Edition, book: bytes, old: str, new: str) -> None:
    codes = {p.code for p in findings(made, change_epub(book, old, new))}
    assert "epub-unreadable" in codes


def test_an_entity_is_never_followed(made: Edition, book: bytes) -> None:
    doctype = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "dr&#105;zzly">]>'
    data = change_epub(book, "<!DOCTYPE html>", doctype, count=5)
    data = change_epub(data, "drizzly", "&b;")
    assert "epub-unreadable" in {p.code for p in findings(made, data)}


# A second reader, which shares nothing with the first ------------------------------------------


class Plain(HTMLParser):
    """The words of a body as the standard library's HTML parser sees them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside = False
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self.inside = True
        if tag not in INLINE:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "body":
            self.inside = False
        if tag not in INLINE:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.parts.append(data)


def all_text(data: bytes) -> str:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return "\n".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".xhtml"))


def test_a_second_reader_reads_the_same_words(book: bytes) -> None:
    parser = Plain()
    parser.feed(all_text(book))
    first = "".join(piece.text for piece in read_epub("the-whale.epub", book).pieces)
    assert first.split() == "".join(parser.parts).split()
    assert len(first.split()) > 250
