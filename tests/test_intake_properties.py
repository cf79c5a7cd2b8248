"""What holds for every scraped text: its words in their order, its notes at their own marks, and a book that builds."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.book import read_book
from pipeline.edition import resolve
from pipeline.html import render
from pipeline.intake import Intake, take_in
from pipeline.manuscript import Leaf, Manuscript, Supplied, Text
from pipeline.parse import parse
from pipeline.source import Severity, Source, describe

WORDS = (
    "the river and a boat came to it in that year when nobody had seen them before whose mill was open Harwick Bell "
    "Nether-Vale water 1921 7 of which they said so as far as the weir goes people lying street night"
).split()
MARKS = ("", "", "", "", "*", "†", "[1]", "[2]", "[3]", "¹", "²", "1", " [1] [2]", "*.", " (see [2])")


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """Return a paragraph of one to four sentences, with marks of notes here and there."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14))
        found.append(" ".join(words).capitalize() + draw(st.sampled_from((".", ".", ",", "?", ":", ""))))
        found[-1] += draw(st.sampled_from(MARKS))
    return " ".join(found)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return a text as pages of the web and of scans give it: wrapped or not, with heads, notes and pages between."""
    width = draw(st.sampled_from((0, 48, 64)))
    title = draw(st.sampled_from(("THE WEIR AT NETHERBY", "On the Weir")))
    page = draw(st.integers(1, 200))
    parts: list[str] = []
    for _ in range(draw(st.integers(2, 14))):
        kind = draw(st.sampled_from(KINDS))
        words = draw(sentences())
        gap = "\n" * draw(st.sampled_from((1, 2, 2, 2, 3, 4)))
        match kind:
            case "prose":
                part = textwrap.fill(words, width) if width else words
            case "wrapped":
                part = textwrap.fill(words, 40, break_on_hyphens=True)
            case "moved":
                part = textwrap.indent(textwrap.fill(words, 40), "     ")
            case "verse":
                part = "\n".join(draw(st.lists(st.sampled_from(LINES), min_size=2, max_size=5)))
            case "running":
                part = draw(
                    st.sampled_from((f"{title}", f"{page}      {title}", f"\f{title}", f"THE OLD SLUICE      {page}"))
                )
                page += 1
            case "page":
                part = draw(st.sampled_from((str(page), f"- {page} -", f"page {page}\f", f"{title}\n{page}")))
                page += 1
            case "note":
                part = draw(st.sampled_from(("* ", "† ", "[1] ", "[2] ", "[3] ", "¹ ", "1 ", "2. "))) + words
            case "foot":
                part = "____________\n" + draw(st.sampled_from(("* ", "1 ", "[1] "))) + words
            case "head":
                part = draw(st.sampled_from(HEADS))
            case _:
                part = draw(st.sampled_from(SIGNS))
        parts.append(part + gap)
    return "".join(parts)


KINDS = (
    "prose",
    "prose",
    "prose",
    "wrapped",
    "moved",
    "verse",
    "running",
    "page",
    "note",
    "note",
    "foot",
    "head",
    "sign",
)
LINES = (
    "The boat came in",
    "  and nobody saw it,",
    "the school-",
    "Who goes there?",
    "FERRYMAN.",
    "      It is the boy.",
)
HEADS = (
    "CHAPTER I", "CHAPTER II", "The Old Sluice", "THE OLD SLUICE", "1. The mill", "2. The weir", "2.1 The wheel", "I. First",
    "II. Second", "Only Sub\n--------", "Above\n=====", "Notes", "by Ann Able",
    "The mill. It stood there for many years, and nobody who came to it in those years has told what it was for.",
)  # fmt: skip
SIGNS = (
    "* * *", "-----", "- one\n- two", "1. one\n2. two", "(a) one;\n(b) two.", "a\tb\nc\td", "Article 1      says;\n\nArticle 2      no.",
    "Error message\nPlease enable JavaScript.", "☃ snow", "<b>&amp;</b> [x](y) | `z`", "12   THE SAME LINE", "The same line",
)  # fmt: skip
SHAPES = frozenset(map(chr, range(0x20, 0x250))) | frozenset("†‡“”‘’–—…")


def letters(words: str) -> str:
    return "".join(filter(str.isalpha, words))


def written(nodes: object) -> str:
    """Return the letters that a manuscript has, but for what is supplied."""
    if isinstance(nodes, Supplied):
        return ""
    if isinstance(nodes, Text):
        return letters(nodes.text)
    if isinstance(nodes, tuple):
        return "".join(map(written, nodes))
    if dataclasses.is_dataclass(nodes):
        names = [field.name for field in dataclasses.fields(nodes) if field.name not in ("span", "source")]
        return "".join(written(getattr(nodes, name)) for name in names)
    return ""


def leaves(made: Intake) -> list[Leaf]:
    found = []
    for name, text in made.files.items():
        if name.startswith("chapters/"):
            leaf, problems = parse(Source(name, text))
            assert [describe(each, {}) for each in problems if each.severity is Severity.ERROR] == []
            found.append(leaf)
    return found


def without(whole: str, part: str) -> str | None:
    """Return what a whole has besides the signs of a part, which stand in it in their order; None when they do not."""
    left, at = [], 0
    for sign in part:
        found = whole.find(sign, at)
        if found < 0:
            return None
        left.append(whole[at:found])
        at = found + 1
    return "".join(left) + whole[at:]


@settings(max_examples=40, deadline=None)
@given(text=texts())
def test_the_words_of_any_text_stand_in_their_order_or_are_set_aside(text: str) -> None:
    made = take_in("text.txt", text.encode(), shapes=SHAPES)
    codes = {problem.code for problem in made.problems}
    assert codes <= {"intake-empty"}, [describe(problem, made.sources) for problem in made.problems]
    if codes:
        return
    source = letters(made.source.text)
    found = leaves(made)
    body = "".join(written(leaf.blocks) for leaf in found)
    assert without(source, body) is not None, "the text is not in the order of the source"
    for leaf in found:
        for note in leaf.notes:
            assert without(source, written(note.blocks)) is not None
    missing = Counter(source) - Counter(body) - Counter("".join(written(leaf.notes) for leaf in found))
    for entry in made.entries:
        if entry.way in ("aside", "title", "author", "supply") or entry.kind in ("list", "note", "rule"):
            for start, end in [(entry.start, entry.end), *((at, at + 8) for at in entry.also)]:
                missing -= Counter(letters(made.source.text[start:end]))
    assert not missing, "letters vanished that the audit does not name"


@settings(max_examples=40, deadline=None)
@given(text=texts())
def test_words_are_set_aside_only_on_hard_evidence(text: str) -> None:
    """A line of words that is set aside carries a number that counts on, or stands beside a page number or a form feed."""
    made = take_in("text.txt", text.encode(), shapes=SHAPES)
    for entry in made.entries:
        if entry.kind == "running-head" and entry.way == "aside":
            told = "; ".join(entry.signs)
            assert re.search(
                "counts on|a page number stands|a form feed stands|the page between|the next page", told
            ), told


@settings(max_examples=60, deadline=None)
@given(text=texts())
def test_no_note_is_called_across_another_call_or_text_of_its_mark(text: str) -> None:
    made = take_in("text.txt", text.encode(), shapes=SHAPES)
    source = made.source.text
    starts = {at.start(1) for at in re.finditer(r"(?:^|\n[^\S\n]*\n)[^\S\n]*(\S)(?=.*\w)", source)}
    notes = [entry for entry in made.entries if entry.kind == "note" and entry.way == "note"]
    texts_of = {entry.start for entry in notes}
    for entry in notes:
        for call in entry.also:
            if "\f" in source[call : entry.start]:
                continue  # on another page: told apart by the pages
            mark = re.match(r"\[\w+\]|[*†]+|[¹²³]+|\d+", source[call:])
            assert mark is not None
            for at in re.finditer(rf"{re.escape(mark[0])}(?=\s)", source[call + 1 : entry.start]):
                place = call + 1 + at.start()
                assert place not in texts_of, f"{made.source.position(place)} is the text of another note"
                if mark[0][0] in "*†[" and place in starts:
                    raise AssertionError(f"{made.source.position(place)} begins another text with this mark")
                glued = source[place - 1].isalpha() or source[place - 1] in ".,?:"
                if mark[0] in "*†" and glued:
                    assert source[place - 1 : place + 3] != source[call - 1 : call + 3] or place in entry.also, (
                        f"{made.source.position(place)} has this mark, and another text"
                    )


@settings(max_examples=25, deadline=None)
@given(text=texts())
def test_what_comes_in_builds(text: str) -> None:
    made = take_in("text.txt", text.encode(), shapes=SHAPES)
    if not made.files:
        return
    book, problems = read_book(Source("book.toml", made.files["book.toml"]), set(made.files))
    assert book is not None
    assert [describe(each, {}) for each in problems if each.severity is Severity.ERROR] == []
    manuscript = Manuscript(tuple(leaves(made)))
    for edition in book.editions:
        resolved, problems = resolve(manuscript, book, edition, ())
        assert [describe(each, made.sources) for each in problems if each.severity is Severity.ERROR] == []
        for page in render(resolved):
            levels = [int(level) for level in re.findall(r"<h([1-6])\b", page.html)]
            assert all(b <= a + 1 for a, b in pairwise(levels)), f"{page.name}: {levels}"
            assert "☃" not in page.html, "a sign without a face"
