"""What `book.toml` may say, what it must not, and how each fault is shown at its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.book import (
    MARKS,
    NO_LABEL,
    TRIMS,
    VOICE_MARKS,
    Allowance,
    Book,
    Contributor,
    EditionSettings,
    Medium,
    Place,
    Restart,
    Selection,
    Subject,
    TextPolicy,
    Voice,
    read_book,
)
from pipeline.book.reader import ALLOWANCE, CITATIONS, CONTRIBUTOR, EDITION, ENTRY, PART, TOP, VOICE
from pipeline.source import Problem, Severity, Source

FILES = (
    "book.toml",
    "README.md",
    "preface.md",
    "one.md",
    "two.md",
    "three.md",
    "appendix.md",
    "afterword.md",
    "images/cover.jpg",
    "images/notes.txt",
)

EVERYTHING = """
title = "Moby-Dick"
subtitle = "or, The Whale"
short = "The Whale"
language = "EN-us"
slug = "moby"
date = "1851-10"
publisher = "Bentley"
place = "London"
rights = "Public domain"
description = '''
A whale,
and a captain.'''
subjects = [
  "Whaling",
  { name = "Ahab", authority = "thema", term = "FJN" },
  { name = "Ahab", authority = "BISAC", term = "FIC047000" },
]
series = "Sea stories"
series_number = 3
url = "https://example.org/moby"
identifier = "urn:isbn:9780306406157"
cover = "./images/cover.jpg"
text = "normalised"
imprint = ["Printed on paper."]
colophon = ["Set by hand."]
editorial_label = "Not by the author"
numbered = true
numbered_parts = true
front = ["preface.md"]
chapters = ["one.md"]
appendices = [{ file = "appendix.md", numbered = false }]
back = ["afterword.md"]

[[contributors]]
name = "Herman Melville"

[[contributors]]
name = "Amnesty"
sort = "Amnesty (London)"
roles = ["Editor", "wfw"]

[identifiers]
print = "ISBN 978-0-306-40615-7"
epub = "978 1 56619 909 4"

[notes]
series = "by-voice"
restart = "part"

[notes.voices.editor]
label = "Ed."
signed = "A. E."

[notes.voices.author]
marks = "upper-roman"

[notes.voices.censor]
label = "Censor"
series = "cuts"
marks = "decimal"

[[parts]]
title = "Ashore"
short = "Land"
chapters = [{ file = "two.md", title = "Two", short = "2", authors = ["Herman Melville", "A. B. C"], numbered = false }]

[[parts]]
title = "At sea"
number = "2a"
not = ["epub"]
chapters = [{ file = "three.md", not = ["screen"], authors = [{ name = "X", sort = "Y", role = "translator" }] }]

[editions.print]
trim = "a5"
recto = false

[editions.screen]
[editions.epub]

[[allow]]
code = "note-uncalled"
reason = "for the next edition"
file = "two.md"
"""


def test_a_part_with_a_number_of_its_own_counts_and_one_without_does_not() -> None:
    files = iter(("one.md", "two.md", "three.md", "preface.md"))
    parts = "".join(
        f'[[parts]]\ntitle = "P"\n{number}\nchapters = ["{next(files)}"]\n'
        for number in ('number = "One"', "", 'number = ""', "")
    )
    book, _ = read(f'title = "A"\nlanguage = "en"\nnumbered_parts = true\n{parts}')
    assert [each.number for each in book.parts] == ["One", "II", "", "III"]


def read(text: str, files: tuple[str, ...] = FILES) -> tuple[Book, tuple[Problem, ...]]:
    book, problems = read_book(Source("book.toml", text), files)
    assert book is not None
    return book, problems


def test_every_setting_reaches_the_book() -> None:
    book, problems = read(EVERYTHING)
    assert problems == ()
    assert book.short == "The Whale"
    assert (book.title, book.subtitle, book.language, book.slug) == ("Moby-Dick", "or, The Whale", "en-US", "moby")
    assert (book.date, book.publisher, book.place, book.rights) == ("1851-10", "Bentley", "London", "Public domain")
    assert book.description == "A whale, and a captain."
    assert book.subjects == (Subject("Whaling"), Subject("Ahab", "Thema", "FJN"), Subject("Ahab", "BISAC", "FIC047000"))
    assert (book.series, book.series_number) == ("Sea stories", "3")
    assert (book.url, book.identifier) == ("https://example.org/moby", "urn:isbn:9780306406157")
    assert book.cover == "images/cover.jpg"
    assert book.text is TextPolicy.NORMALISED
    assert (book.imprint, book.colophon) == (("Printed on paper.",), ("Set by hand.",))
    assert book.editorial_label == "Not by the author"
    assert book.contributors == (
        Contributor("Herman Melville", "Melville, Herman", ("aut",)),
        Contributor("Amnesty", "Amnesty (London)", ("edt", "wfw")),
    )
    editions = [(e.name, e.medium, e.trim, e.identifier, e.recto) for e in book.editions]
    assert editions == [
        ("print", Medium.PDF, "a5", "978-0-306-40615-7", False),
        ("screen", Medium.PDF, "a4-screen", "", False),
        ("epub", Medium.EPUB, "", "978-1-56619-909-4", False),
    ]
    assert book.notes.restart is Restart.PART
    assert book.notes.voices == (
        Voice("author", "", "upper-roman", "author"),
        Voice("translator", "", "upper-alpha", "translator"),
        Voice("source", "", "lower-roman", "source"),
        Voice("editor", "Ed.", "symbols", "editor", "A. E."),
        Voice("textual", "", "lower-alpha", "textual"),
        Voice("censor", "Censor", "decimal", "cuts"),
    )
    order = [(e.path, e.place, e.part, e.numbered) for e in book.entries]
    assert order == [
        ("preface.md", Place.FRONT, None, False),
        ("one.md", Place.BODY, None, True),
        ("two.md", Place.BODY, 0, False),
        ("three.md", Place.BODY, 1, True),
        ("appendix.md", Place.APPENDIX, None, False),
        ("afterword.md", Place.BACK, None, False),
    ]
    two, three = book.entries[2:4]
    assert (two.title, two.short) == ("Two", "2")
    assert two.authors == (book.contributors[0], Contributor("A. B. C", "C, A. B.", ("aut",)))
    assert three.authors == (Contributor("X", "Y", ("trl",)),)
    assert [(part.title, part.number, part.short) for part in book.parts] == [
        ("Ashore", "I", "Land"),
        ("At sea", "2a", ""),
    ]
    assert book.parts[1].selection == Selection(excluded=("epub",))
    assert three.selection == Selection(excluded=("epub", "screen"))
    [allowance] = book.allowances
    assert (allowance.code, allowance.reason, allowance.path) == ("note-uncalled", "for the next edition", "two.md")


def test_a_book_of_two_lines_gets_the_usual_editions_voices_and_chapters() -> None:
    files = ("book.toml", "README.md", "chapters/10.md", "chapters/2.md", "chapters/.draft.md", "other.md")
    book, problems = read('title = "L’été, encore"\nlanguage = "fr"', files)
    assert problems == ()
    assert book.slug == "lete-encore"
    assert [entry.path for entry in book.entries] == ["chapters/2.md", "chapters/10.md"]
    assert book.editions == (
        EditionSettings("print", Medium.PDF, "6x9", recto=True),
        EditionSettings("screen", Medium.PDF, "a4-screen"),
        EditionSettings("epub", Medium.EPUB),
    )
    assert [(v.name, v.marks, v.series) for v in book.notes.voices] == [
        ("author", "decimal", "notes"),
        ("translator", "decimal", "notes"),
        ("source", "decimal", "notes"),
        ("editor", "decimal", "notes"),
        ("textual", "lower-alpha", "textual"),
    ]
    assert book.notes.restart is Restart.CHAPTER
    assert read('title = "A"\nlanguage = "fr"', ("one.md", "README.md"))[0].entries[0].path == "one.md"


def test_front_matter_may_be_named_while_the_chapters_are_found() -> None:
    book, problems = read(
        'title = "A"\nlanguage = "en"\nback = ["chapters/9.md"]\nfront = ["chapters/0.md"]',
        ("chapters/0.md", "chapters/1.md", "chapters/9.md"),
    )
    assert problems == ()
    assert [(entry.path, entry.place) for entry in book.entries] == [
        ("chapters/0.md", Place.FRONT),
        ("chapters/1.md", Place.BODY),
        ("chapters/9.md", Place.BACK),
    ]


@pytest.mark.parametrize(
    ("written", "date"),
    [('"1851"', "1851"), ("1851", "1851"), ("2026-11-24", "2026-11-24"), ('"2024-02-29"', "2024-02-29")],
)
def test_a_date_may_be_a_text_a_year_or_a_day(written: str, date: str) -> None:
    book, problems = read(f'title = "A"\nlanguage = "en"\nchapters = ["one.md"]\ndate = {written}', ("one.md",))
    assert (book.date, problems) == (date, ())


def test_a_voice_with_marks_of_its_own_leaves_the_common_series() -> None:
    book, problems = read(
        'title = "A"\nlanguage = "en"\n[notes.voices.editor]\nmarks = "symbols"\nlabel = ""\nsigned = "Ed."',
        ("one.md",),
    )
    assert problems == ()
    assert book.notes.voice("editor") == Voice("editor", NO_LABEL, "symbols", "editor", "Ed.")
    assert book.notes.voice("author") == Voice("author", "", "decimal", "notes")


def test_voices_of_one_series_count_alike() -> None:
    book, problems = read(
        'title = "A"\nlanguage = "en"\n[notes.voices.author]\nmarks = "symbols"\nseries = "notes"', ("one.md",)
    )
    assert problems == ()
    assert {voice.marks for voice in book.notes.voices if voice.series == "notes"} == {"symbols"}


def test_labels_come_from_the_book_then_from_the_language() -> None:
    words = {"editor": "Editor’s note", "author": ""}
    assert Voice("editor", "", "decimal", "notes").label_from(words) == "Editor’s note"
    assert Voice("editor", "Ed.", "decimal", "notes").label_from(words) == "Ed."
    assert Voice("editor", NO_LABEL, "decimal", "notes").label_from(words) == ""
    assert Voice("author", "", "decimal", "notes").label_from(words) == ""


def test_names_of_files_may_be_composed_or_decomposed() -> None:
    book, problems = read('title = "A"\nlanguage = "fr"\nchapters = ["été.md"]', ("e\u0301te\u0301.md",))
    assert (book.entries[0].path, problems) == ("e\u0301te\u0301.md", ())


# Faults ---------------------------------------------------------------------------------------
# The place that must be shown stands between « and »; what the hint must say comes last.

HEAD = 'title = "A"\nlanguage = "en"\n'
LISTED = HEAD + 'chapters = ["one.md"]\n'

FAULTS = [
    # keys
    ("book-key-unknown", LISTED + '«subtitel» = "x"', "`subtitle`"),
    ("book-key-unknown", LISTED + '«lang» = "en"', "`language`"),
    ("book-key-unknown", LISTED + '«isbn» = "978-0-306-40615-7"', "`[identifiers]`"),
    ("book-key-unknown", LISTED + '[notes]\n«rights» = "x"', "above the first `[table]`"),
    ("book-key-unknown", LISTED + '[notes]\n«place» = "foot"', "`placement`"),
    ("book-key-unknown", LISTED + '[notes]\n«restarts» = "book"', "`restart`"),
    ("book-key-unknown", LISTED + '[notes.voices.editor]\n«mark» = "decimal"', "`marks`"),
    ("book-key-unknown", LISTED + '[editions.print]\n«trimm» = "a5"', "`trim`"),
    ("book-key-unknown", LISTED + '[[contributors]]\nname = "A"\n«rolle» = "author"', "`role`"),
    ("book-key-unknown", LISTED + '[[allow]]\ncode = "x"\nreason = "y"\n«files» = "one.md"', "`file`"),
    ("book-key-unknown", HEAD + 'chapters = [{ file = "one.md", «shrot» = "x" }]', "`short`"),
    ("book-key-unknown", HEAD + '[[parts]]\ntitle = "A"\nchapters = ["one.md"]\n«numer» = "I"', "`number`"),
    ("book-key-unknown", LISTED + "«voices» = 1", "known here"),
    # values
    ("book-value", '«»language = "en"\nchapters = ["one.md"]', "`title = "),
    ("book-value", '«»title = "A"\nchapters = ["one.md"]', "`language = "),
    ("book-value", 'title = «""»\nlanguage = "en"\nchapters = ["one.md"]', ""),
    ("book-value", 'title = «1984»\nlanguage = "en"\nchapters = ["one.md"]', '"1984"'),
    ("book-value", LISTED + 'rights = «"a\\u0000b"»', "delete"),
    ("book-value", LISTED + 'rights = «"a\\uFFFFb"»', "delete"),
    ("book-value", LISTED + 'subjects = «"Whales"»', '["Whales"]'),
    ("book-value", LISTED + 'subjects = ["Whales", «3»]', '"3"'),
    ("book-value", LISTED + 'subjects = [{ name = "A", authority = «"Tema"», term = "JPVH" }]', "`Thema`"),
    ("book-value", LISTED + 'subjects = [{ name = "A", authority = "bisac", term = «"JPVH"» }]', "POL035010"),
    ("book-value", LISTED + 'subjects = [«{ name = "A", authority = "Thema" }»]', "the name alone"),
    (
        "book-key-unknown",
        LISTED + 'subjects = [{ name = "A", authority = "DDC", «code» = "341.48", term = "341.48" }]',
        "`term`",
    ),
    ("book-value", LISTED + 'imprint = [«""»]', ""),
    ("book-value", LISTED + 'numbered = «"true"»', "write true"),
    ("book-value", LISTED + 'text = «"normalized"»', "`normalised`"),
    ("book-value", LISTED + 'url = «"www.example.org"»', "https://"),
    ("book-value", LISTED + "date = «2026-11-24T12:00:00Z»", "2026-11"),
    ("book-value", LISTED + "«series_number» = 3", "series"),
    ("book-value", LISTED + 'cover = «"images/notes.txt"»', "`.png`"),
    ("book-value", LISTED + 'notes = «"x"»', ""),
    ("book-value", LISTED + '[notes]\nseries = «"by voice"»', "`by-voice`"),
    ("book-value", LISTED + '[notes]\nrestart = «"parts"»', "`part`"),
    ("book-value", LISTED + '[notes.voices.editor]\nmarks = «"stars"»', "`symbols`"),
    ("book-value", LISTED + "[notes.voices.«editro»]\nsigned = 'X'", "`editor`"),
    ("book-value", LISTED + "[notes.voices.censor]\nlabel = «''»", "`label = "),
    ("book-value", LISTED + "[notes.voices.«Censor»]\nlabel = 'C'", "a to z"),
    ("book-value", LISTED + "[notes.voices.editor]\nlabel = «''»", "`signed`"),
    ("book-value", LISTED + "[notes.voices]\neditor = «1»", ""),
    (
        "book-value",
        LISTED
        + "[notes.voices.editor]\nseries = 'x'\nmarks = 'symbols'\n"
        + "[notes.voices.source]\nseries = 'x'\nmarks = «'lower-roman'»",
        "`series`",
    ),
    ("book-value", LISTED + '[editions.epub]\n«trim» = "a5"', "delete"),
    ("book-value", LISTED + '[editions.pad]\nmedium = "epub"\n«recto» = true', "`medium"),
    ("book-value", LISTED + '[editions.print]\nmedium = «"pfd"»', "`pdf`"),
    ("book-value", LISTED + '[editions.print]\nrecto = «"no"»', "write false"),
    ("book-value", LISTED + '[[contributors]]\nname = «""»', ""),
    ("book-value", LISTED + '«[[contributors]]»\nrole = "author"', "`name"),
    ("book-value", LISTED + 'contributors = [«"Herman"»]', "{ name ="),
    ("book-value", LISTED + '[[contributors]]\nname = "A"\nrole = "aut"\n«roles» = ["edt"]', "one of them"),
    ("book-value", LISTED + '[[contributors]]\nname = "A"\nroles = ["aut", «"author"»]', "delete"),
    ("book-value", HEAD + 'chapters = «"one.md"»', '["one.md"]'),
    ("book-value", HEAD + 'chapters = ["one.md", «["two.md"]»]', "file ="),
    ("book-value", HEAD + 'chapters = ["one.md", «{ title = "x" }»]', "file ="),
    ("book-value", HEAD + 'chapters = ["one.md", «"images/notes.txt"»]', "`.md`"),
    ("book-value", LISTED + 'front = [{ file = "preface.md", «numbered» = true }]', ""),
    (
        "book-value",
        HEAD + 'chapters = ["one.md", { file = "two.md", only = «["print"]», not = ["print"] }]',
        "`screen`",
    ),
    ("book-value", HEAD + 'chapters = ["one.md", { file = "two.md", only = «[]» }]', "`screen`"),
    ("book-value", HEAD + '«[[parts]]»\nchapters = ["one.md"]', "`title"),
    ("book-value", LISTED + '«[[parts]]»\ntitle = "A"', "`chapters"),
    (
        "book-value",
        HEAD
        + '[[parts]]\ntitle = "A"\nonly = ["print"]\nchapters = ["one.md", { file = "two.md", only = «["epub"]» }]',
        "",
    ),
    ("book-value", LISTED + '«[[allow]]»\nreason = "x"', "`code"),
    ("book-value", LISTED + '[[allow]]\ncode = "x"\nreason = "x"\nfile = «"on.md"»', "`one.md`"),
    ("book-value", LISTED + '«[allow]»\ncode = "x"', "[[allow]]"),
    # grammars
    ("language-invalid", 'title = "A"\nlanguage = «"en_GB"»\nchapters = ["one.md"]', "`en-GB`"),
    ("language-invalid", 'title = "A"\nlanguage = «"en_GB.UTF-8"»\nchapters = ["one.md"]', "`en-GB`"),
    ("language-invalid", 'title = "A"\nlanguage = «"e"»\nchapters = ["one.md"]', "BCP 47"),
    ("language-doubtful", 'title = "A"\nlanguage = «"English"»\nchapters = ["one.md"]', "`en`"),
    ("language-doubtful", 'title = "A"\nlanguage = «"en-UK"»\nchapters = ["one.md"]', "`en-GB`"),
    ("date-invalid", LISTED + 'date = «"November 2026"»', "2026-11"),
    ("date-invalid", LISTED + 'date = «"2026-02-30"»', "2026-11"),
    ("date-invalid", LISTED + "date = «20261124»", "2026-11"),
    ("slug-invalid", LISTED + 'slug = «"Moby Dick"»', "`moby-dick`"),
    ("slug-invalid", LISTED + 'slug = «"../../outside/pwned"»', "`outside-pwned`"),
    ("slug-invalid", LISTED + 'slug = «"con"»', ""),
    ("slug-invalid", LISTED + "[editions.«'a/b'»]", "a to z"),
    ("trim-unknown", LISTED + '[editions.print]\ntrim = «"A6"»', "`a5`"),
    ("role-unknown", LISTED + '[[contributors]]\nname = "A"\nrole = «"translater"»', "`translator`"),
    ("role-unknown", HEAD + 'chapters = [{ file = "one.md", authors = [{ name = "A", role = «"cook"» }] }]', ""),
    ("isbn-invalid", LISTED + '[identifiers]\nprint = «"978-0-306-40615-8"»', "mistyped"),
    ("isbn-invalid", LISTED + '[identifiers]\nprint = «"0-306-40615-2"»', "`9780306406157`"),
    ("isbn-invalid", LISTED + '[identifiers]\nprint = «"978-0-306-4061-7"»', "missing"),
    ("isbn-invalid", LISTED + '[identifiers]\nprint = «"4006381333931"»', "EAN"),
    ("isbn-invalid", LISTED + 'identifier = «"urn:isbn:9780306406158"»', "mistyped"),
    ("isbn-shared", LISTED + '[identifiers]\nprint = "9780306406157"\nepub = «"978-0-306-40615-7"»', "ISO 2108"),
    ("edition-unknown", LISTED + '[identifiers]\n«prnt» = "9780306406157"', "`print`"),
    ("edition-unknown", HEAD + 'chapters = ["one.md", { file = "two.md", only = [«"epubs"»] }]', "`epub`"),
    ("edition-unknown", HEAD + 'chapters = ["one.md", { file = "two.md", not = [«"web"»] }]', "`screen`"),
    # files
    ("chapter-missing", HEAD + 'chapters = ["one.md", «"Two.md"»]', "`two.md`"),
    ("chapter-missing", HEAD + 'chapters = ["one.md"]\nfront = [{ file = «"x/zzz.md"» }]', "relative"),
    ("chapter-twice", HEAD + 'chapters = ["one.md", «"./one.md"»]', "delete"),
    ("cover-missing", LISTED + 'cover = «"images/Cover.jpg"»', "`images/cover.jpg`"),
    *(
        ("path-outside", HEAD + f'chapters = ["one.md", «"{path}"»]', "folder of the book")
        for path in (
            "../x.md",
            "/etc/x.md",
            "a/../../x.md",
            "C:/x.md",
            "~/x.md",
            "a\\\\x.md",
            "file:///x.md",
            "a\\u202Ex.md",
        )
    ),
    ("path-outside", LISTED + 'cover = «"../cover.jpg"»', "folder of the book"),
    ("path-outside", LISTED + '[[allow]]\ncode = "x"\nreason = "y"\nfile = «"../x.md"»', "folder of the book"),
    # allowances
    ("allowance-reason", LISTED + '«[[allow]]»\ncode = "note-uncalled"', "`reason"),
    ("allowance-reason", LISTED + '[[allow]]\ncode = "note-uncalled"\nreason = «"  "»', "`reason"),
    (
        "allowance-twice",
        LISTED + '[[allow]]\ncode = "x"\nreason = "y"\n«[[allow]]»\ncode = "x"\nreason = "z"',
        "delete",
    ),
]


@pytest.mark.parametrize(("code", "marked", "hint"), FAULTS)
def test_a_fault_is_shown_at_its_place_with_a_hint(code: str, marked: str, hint: str) -> None:
    start, end = marked.index("«"), marked.index("»") - 1
    _, problems = read(marked.replace("«", "").replace("»", ""), ("one.md", *FILES[6:], "two.md", "preface.md"))
    problems = tuple(problem for problem in problems if problem.code != "chapter-unlisted")
    assert [problem.code for problem in problems] == [code], problems
    [problem] = problems
    assert problem.span is not None
    assert (problem.span.path, problem.span.start, problem.span.end) == ("book.toml", start, end), problem
    assert hint in problem.hint, problem
    assert problem.severity is (Severity.WARNING if code == "language-doubtful" else Severity.ERROR)


@pytest.mark.parametrize("setting", ["series = 'editor'", "marks = 'lower-alpha'"])
def test_series_that_count_alike_are_known_with_what_to_say(setting: str) -> None:
    book, problems = read(LISTED + f"[notes.voices.editor]\n{setting}", ("one.md", "two.md", "preface.md"))
    assert not [problem for problem in problems if problem.code == "series-alike"]
    ((one, other, problem),) = book.notes.alike
    assert {one, other} == ({"notes", "editor"} if "series" in setting else {"editor", "textual"})
    assert problem.code == "series-alike"
    assert problem.span is not None
    assert problem.span.start == len(LISTED + "[notes.voices.")
    assert "`symbols`" in problem.hint


def test_all_faults_are_said_in_one_run() -> None:
    text = (
        'titel = "A"\nlanguage = "en_GB"\ndate = "soon"\nchapters = ["no.md", "../x.md"]\n'
        '[identifiers]\nprint = "1"\n[[allow]]\ncode = "x"'
    )
    _, problems = read(text, ("one.md",))
    assert sorted({problem.code for problem in problems}) == [
        "allowance-reason",
        "book-key-unknown",
        "book-value",
        "chapter-missing",
        "chapter-unlisted",
        "date-invalid",
        "isbn-invalid",
        "language-invalid",
        "path-outside",
    ]


def test_a_chapter_that_no_list_names_is_shown_in_the_file_itself() -> None:
    files = (
        "a/one.md",
        "a/two.md",
        "a/.hidden.md",
        "b/three.md",
        "chapters/four.md",
        "README.md",
        "five.md",
        "x/README.md",
    )
    text = HEAD + 'chapters = ["a/one.md"]'
    _, problems = read(text, files)
    assert [(p.code, p.severity, p.span and p.span.path) for p in problems] == [
        ("chapter-unlisted", Severity.WARNING, path) for path in ("a/two.md", "chapters/four.md", "five.md")
    ]
    assert problems[0].also[0][0].start == text.index("chapters")


@pytest.mark.parametrize("files", [(), ("README.md", "images/cover.jpg")])
def test_a_book_without_chapters_is_said_to_have_none(files: tuple[str, ...]) -> None:
    _, problems = read(HEAD, files)
    assert [problem.code for problem in problems] == ["book-empty"]
    _, problems = read(HEAD + "chapters = []", files)
    assert [problem.code for problem in problems] == ["book-empty"]


def test_after_faults_the_book_holds_what_can_be_used() -> None:
    book, problems = read(
        'language = "x_y"\ndate = "soon"\nchapters = ["one.md", "no.md", "one.md"]\nslug = "A"', FILES
    )
    assert problems
    assert (book.title, book.language, book.slug, book.date) == ("", "und", "book", "")
    assert [entry.path for entry in book.entries] == ["one.md"]
    assert len(book.editions) == 3


def test_an_allowance_knows_its_place() -> None:
    text = LISTED + '[[allow]]\ncode = "note-uncalled"\nreason = "r"'
    book, _ = read(text)
    [allowance] = book.allowances
    assert isinstance(allowance, Allowance)
    assert allowance.span is not None
    assert text[allowance.span.start : allowance.span.end] == '"note-uncalled"'


# The house's table ----------------------------------------------------------------------------


@pytest.mark.parametrize("trim", TRIMS.values(), ids=str)
def test_every_trim_leaves_margins_that_printers_accept(trim: object) -> None:
    page = TRIMS[getattr(trim, "name", "")]
    assert min(page.inner, page.outer, page.top, page.bottom) >= 36
    least, most = (50, 60) if page.sheet == "large.css" else (62, 67)  # large print is set wider letter by letter
    assert least <= page.measure / page.size / 30 * 64.6 <= most
    assert page.top + page.lines * page.leading + page.bottom == pytest.approx(page.height)


def test_marks_of_voices_are_known_to_the_table_of_marks() -> None:
    book, _ = read('title = "A"\nlanguage = "en"\n[notes]\nseries = "by-voice"', ("one.md",))
    assert {voice.marks for voice in book.notes.voices} <= set(MARKS)
    assert len({voice.marks for voice in book.notes.voices}) == 5


# The handbook ---------------------------------------------------------------------------------

HANDBOOK = (Path(__file__).resolve().parent.parent / "docs" / "book.md").read_text("utf-8")


def test_the_example_of_the_handbook_is_a_book_and_shows_every_setting() -> None:
    examples = re.findall(r"```toml\n(.*?)```", HANDBOOK, flags=re.DOTALL)
    whole = max(examples, key=len)
    files = [
        "book.toml",
        "press.icc",
        *dict.fromkeys(re.findall(r"chapters/[a-z-]+\.md", whole)),
        "images/cover.jpg",
        "references.yaml",
    ]
    for example in examples:
        _, problems = read_book(Source("book.toml", example), files)
        assert problems == ()
    for key in (*TOP, *ENTRY, *PART, *CONTRIBUTOR, *VOICE, *CITATIONS, *EDITION, *ALLOWANCE):
        assert re.search(rf"(?m)(^|[{{,] )\[*{key}\b.*[]=]", whole), f"`{key}` is not in the example of docs/book.md"


def test_the_handbook_names_every_trim_and_every_kind_of_mark() -> None:
    for word in (*TRIMS, *MARKS, *VOICE_MARKS):
        assert f"`{word}`" in HANDBOOK or f"| {word} |" in HANDBOOK, word
