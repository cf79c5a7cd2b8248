"""A folder made for Pandoc is a book as it stands, and its YAML is read as texts only."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.book import Book, Contributor, Medium, Place, Subject, read_metadata
from pipeline.book.pandoc import read_yaml
from pipeline.source import Problem, Severity, Source

FILES = (
    "metadata.yaml",
    "chapters/001-one.md",
    "chapters/10-ten.md",
    "chapters/2-two.md",
    "images/cover.png",
    "refs.bib",
)


def read(text: str) -> tuple[Book, tuple[Problem, ...]]:
    book, problems = read_metadata(Source("metadata.yaml", text), FILES)
    assert book is not None
    return book, problems


def test_a_plain_folder_is_a_book() -> None:
    book, problems = read(
        "title: Moby-Dick; or, The Whale\nauthor:\n- Herman Melville\ndate: '1851'\nlang: en-US\n"
        "rights: Public domain; CC0\nidentifier: urn:uuid:db497324-1087-5a70-8ebe-16db74fae9a3\n"
    )
    assert problems == ()
    assert (book.title, book.language, book.date) == ("Moby-Dick; or, The Whale", "en-US", "1851")
    assert (book.slug, book.rights) == ("moby-dick-or-the-whale", "Public domain; CC0")
    assert book.contributors == (Contributor("Herman Melville", "Melville, Herman", ("aut",)),)
    assert book.identifier == "urn:uuid:db497324-1087-5a70-8ebe-16db74fae9a3"
    assert [(entry.path, entry.place, entry.numbered) for entry in book.entries] == [
        ("chapters/001-one.md", Place.BODY, False),
        ("chapters/2-two.md", Place.BODY, False),
        ("chapters/10-ten.md", Place.BODY, False),
    ]
    assert [edition.name for edition in book.editions] == ["print", "screen", "epub"]


def test_the_forms_that_pandoc_knows_are_read() -> None:
    book, problems = read(
        """---
title:
- type: main
  text: The *Title*
- type: subtitle
  text: A Subtitle
creator:
- role: author
  text: Ann Able
  file-as: Able, Ann
contributor:
  name: Bob Baker
  role: [trl, edt]
author: { given: Cé, family: d’Or }
date: 2026-11-24
lang: hy
publisher: >
  A folded
  name
identifier:
- scheme: ISBN-13
  text: 978-0-306-40615-7
- scheme: DOI
  text: doi:10.1000/182
cover-image: images/cover.png
abstract: |
  *Two*
  lines
subject: [a, b]
keywords: c, d
belongs-to-collection: Series
group-position: 2
numbersections: true
bibliography: refs.bib
documentclass: book
header-includes:
- |
  \\usepackage{x}
---
"""
    )
    assert problems == ()
    assert (book.title, book.subtitle, book.language) == ("The *Title*", "A Subtitle", "hy")
    assert book.contributors == (
        Contributor("Cé d’Or", "d’Or, Cé", ("aut",)),
        Contributor("Ann Able", "Able, Ann", ("aut",)),
        Contributor("Bob Baker", "Baker, Bob", ("trl", "edt")),
    )
    assert (book.date, book.publisher, book.description) == ("2026-11-24", "A folded name", "Two lines")
    assert book.identifier == "doi:10.1000/182"
    assert [e.identifier for e in book.editions if e.medium is Medium.EPUB] == ["978-0-306-40615-7"]
    assert [e.identifier for e in book.editions if e.medium is Medium.PDF] == ["", ""]
    assert (book.cover, book.subjects) == ("images/cover.png", tuple(map(Subject, "abcd")))
    assert (book.series, book.series_number) == ("Series", "2")
    assert all(entry.numbered for entry in book.entries)


@pytest.mark.parametrize(
    ("written", "value"),
    [("no", "no"), ("0123", "0123"), ("12:30:45", "12:30:45"), ("3.10", "3.10"), ("2026-11", "2026-11"), ("=", "=")],
)
def test_what_is_written_is_a_text(written: str, value: str) -> None:
    tree, problems = read_yaml(Source("metadata.yaml", f"x: {written}"))
    assert tree is not None
    assert (tree.table["x"].value, problems) == (value, ())


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_a_key_without_a_value_is_as_good_as_none(nothing: str) -> None:
    book, problems = read(
        f"title: A\nlang: no\nsubtitle: {nothing}\nauthor: {nothing}\ndate: {nothing}\ncover-image: {nothing}"
    )
    assert problems == ()
    assert (book.language, book.subtitle, book.contributors, book.date, book.cover) == ("no", "", (), "", "")


# Faults ---------------------------------------------------------------------------------------

HEAD = "title: A\nlang: en\n"

FAULTS = [
    ("book-key-unknown", HEAD + "«subtitel»: x", "`subtitle`"),
    ("book-key-unknown", HEAD + "author:\n- name: A B\n  «rol»: edt", "`role`"),
    ("book-value", "«»lang: en", "`title"),
    ("book-value", "«»title: A", "`lang"),
    ("book-value", HEAD + "publisher: «[a, b]»", ""),
    ("book-value", HEAD + "author:\n- «role: aut»", "`name"),
    ("book-value", HEAD + 'rights: «"a\\0b"»', "delete"),
    ("language-invalid", "title: A\nlang: «en_GB»", "`en-GB`"),
    ("date-invalid", HEAD + "date: «May 1851»", "2026-11"),
    ("role-unknown", HEAD + "author:\n- name: A B\n  role: «translater»", "`translator`"),
    ("isbn-invalid", HEAD + "identifier:\n  scheme: ISBN-13\n  text: «978-0-306-40615-8»", "mistyped"),
    ("isbn-invalid", HEAD + "identifier: «urn:isbn:9780306406158»", "mistyped"),
    ("cover-missing", HEAD + "cover-image: «cover.png»", "`images/cover.png`"),
    ("path-outside", HEAD + "cover-image: «../cover.png»", "folder of the book"),
    ("slug-invalid", HEAD + "slug: «../a»", "a to z"),
]


def unmarked(marked: str) -> str:
    return marked.replace("«", "").replace("»", "")


@pytest.mark.parametrize(("code", "marked", "hint"), FAULTS)
def test_a_fault_is_shown_at_its_place_with_a_hint(code: str, marked: str, hint: str) -> None:
    _, problems = read(unmarked(marked))
    assert [problem.code for problem in problems] == [code], problems
    [problem] = problems
    assert problem.span is not None
    assert (problem.span.start, problem.span.end) == (marked.index("«"), marked.index("»") - 1), problem
    assert hint in problem.hint
    assert problem.severity is (Severity.WARNING if code == "book-key-unknown" else Severity.ERROR)


SYNTAX = [
    ("book-syntax", HEAD + "x: «*alias»"),
    ("book-syntax", HEAD + "x: «&anchor y»"),
    ("book-syntax", HEAD + "x: «!!python/object:os.system y»"),
    ("book-syntax", HEAD + "x: «!!int '1'»"),
    ("book-syntax", "title: A\nlang: en\n«title»: B"),
    ("book-syntax", HEAD + "author:\n- name: A\n  «name»: B"),
    ("book-syntax", "title: On *x*«:» no"),
    ("book-syntax", "«- a»\n"),
    ("book-syntax", "title: A\n---\n«title: B»\n"),
    ("book-syntax", "? «[a]»\n: b"),
]


@pytest.mark.parametrize(("code", "marked"), SYNTAX)
def test_yaml_that_is_not_read_is_shown_at_its_place(code: str, marked: str) -> None:
    book, problems = read_metadata(Source("metadata.yaml", unmarked(marked)), FILES)
    assert book is None
    assert [problem.code for problem in problems] == [code]
    span = problems[0].span
    assert span is not None
    start, end = marked.index("«"), marked.index("»") - 1
    assert span.start == start, problems
    assert span.end in (end, start + 1)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("book-syntax", "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\ntitle: *c"),
        ("book-too-deep", "a: " + "[" * 30_000),
        ("book-too-deep", "a: " + "{a: " * 15_000),
        ("book-too-deep", "\n".join(" " * n + "a:" for n in range(300))),
        ("book-too-deep", "- " * 30_000),
        ("book-too-large", "#" * 64_001),
        ("book-syntax", "a: 'x\ufffe'"),
        ("book-syntax", "\x1b: y"),
        ("book-syntax", "%TAG ! tag:x\n--- !y z"),
    ],
)
def test_a_bomb_is_refused_at_once(code: str, text: str) -> None:
    begin = time.process_time()
    book, problems = read_metadata(Source("metadata.yaml", text), FILES)
    assert time.process_time() - begin < 5
    assert book is None
    assert [problem.code for problem in problems] == [code]


@pytest.mark.hostile
@given(
    st.one_of(
        st.text(),
        st.text("abé:-[]{}&*!|>'\"%@`#,? \n\t~\x85\u2028"),
        st.lists(
            st.tuples(
                st.sampled_from(["title", "author", "lang", "date", "subject", "identifier", "cover-image"]), st.text()
            ),
            max_size=6,
        ).map(lambda pairs: "\n".join(f"{key}: {value}" for key, value in pairs)),
    )
)
@example("")
@example("---\n---")
@example("title: [")
@example("\ud800")
def test_no_text_makes_the_reader_fail(text: str) -> None:
    book, problems = read_metadata(Source("metadata.yaml", text), FILES)
    assert book is not None or problems
    for problem in problems:
        assert problem.span is not None
        assert 0 <= problem.span.start <= problem.span.end <= len(text) + 1
