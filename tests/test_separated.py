"""Tables from files with separated values: RFC 4180, every fault at its line and column, every word in every edition."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.build import Outcome, build
from pipeline.parse.separated import read_rows
from pipeline.source import Source, decode, describe

CHAPTER = """# One

See [](#ports).

::: {.table src="data/ports.csv" stub=1 align=lr #ports}
: Men lost, by port

Source: the *Shipping List*.
:::

Last words.
"""


def make(folder: Path, rows: bytes, chapter: str = CHAPTER) -> Outcome:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "book.toml").write_text(
        'title = "A Book"\nlanguage = "en-GB"\nchapters = ["one.md"]\n\n[editions.print]\ntrim = "a5"\n\n[editions.epub]\n',
        "utf-8",
    )
    (folder / "one.md").write_text(chapter, "utf-8")
    (folder / "data" / "ports.csv").write_bytes(rows)
    return build(folder, jobs=1)


def said(outcome: Outcome) -> list[str]:
    """Return place and code of each problem, with paths from the folder of the book."""
    places = [describe(problem, outcome.sources).partition(": ")[0] for problem in outcome.problems]
    return [
        f"{re.sub('^.*/(?=data/|one.md)', '', place)} {problem.code}"
        for place, problem in zip(places, outcome.problems, strict=True)
    ]


def cells(text: str, delimiter: str = ",") -> tuple[list[list[str]], list[str]]:
    rows, problems = read_rows(Source("a.csv", text), delimiter)
    return [[cell.text for cell in row.cells] for row in rows], [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
        ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
        ('"a, b","c ""d"" e"\n', [["a, b", 'c "d" e']]),
        ('"two\nlines",b\n', [["two\nlines", "b"]]),
        ("a,,\n,,b\n", [["a", "", ""], ["", "", "b"]]),
        ("a,b,\n", [["a", "b", ""]]),
        ('"",b\n', [["", "b"]]),
        ("a\n\nb\n", [["a"], ["b"]]),
        ("", []),
    ],
)
def test_rows_are_read_as_rfc_4180_has_them(text: str, expected: list[list[str]]) -> None:
    assert cells(text) == (expected, [])


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")), min_size=2),
        min_size=1,
    )
)
def test_what_is_written_by_the_rules_is_read_back(rows: list[list[str]]) -> None:
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert cells(text) == (rows, [])


@given(st.text(st.sampled_from('a",\n ')))
def test_no_sign_is_lost_whatever_a_file_says(text: str) -> None:
    found, _ = cells(text)
    kept = "".join("".join(row) for row in found)
    assert kept.count("a") == text.count("a")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [('a,b"c\n', 3, 4), ('"a" b,c\n', 3, 5), ('a,"b\nc', 2, 3)],
    ids=["inside", "after", "open"],
)
def test_quotation_marks_out_of_place_are_said_where_they_stand(text: str, start: int, end: int) -> None:
    _, problems = read_rows(Source("a.csv", text))
    assert [(each.code, each.span.start, each.span.end) for each in problems if each.span] == [
        ("table-quotes", start, end)
    ]


def test_a_table_from_a_file_stands_in_every_edition(tmp_path: Path) -> None:
    rows = b'\xef\xbb\xbfPort,Men\r\n"Nantucket, Mass.",30\r\n"New\r\nBedford",4\r\n'
    outcome = make(tmp_path / "book", rows)
    assert said(outcome) == []
    with ZipFile(tmp_path / "book" / "dist" / "a-book.epub") as book:
        page = next(book.read(name).decode() for name in book.namelist() if name.endswith("/one.xhtml"))
    assert '<table id="ports"' in page
    assert '<th class="left" scope="row">' in page
    assert "Nantucket, Mass." in page
    assert "New<br/>" in page
    assert ">Table 1<" in page
    (tmp_path / "book" / "data" / "ports.csv").write_bytes(rows.replace(b"30", b"31"))
    again = build(tmp_path / "book", jobs=1)
    assert not again.up_to_date
    with ZipFile(tmp_path / "book" / "dist" / "a-book.epub") as book:
        assert "31" in next(book.read(name).decode() for name in book.namelist() if name.endswith("/one.xhtml"))


def test_faults_are_said_at_the_line_and_column_of_the_file(tmp_path: Path) -> None:
    outcome = make(tmp_path / "uneven", b"Port,Men\nNantucket,30\nNew Bedford,4,5\n")
    assert said(outcome) == ["data/ports.csv:3:1 table-row-uneven"]
    outcome = make(tmp_path / "quotes", b'Port,Men\nNantucket,30 "men"\n')
    assert said(outcome) == ["data/ports.csv:2:14 table-quotes"]
    outcome = make(tmp_path / "latin", b"Port,Men\nCura\xe7ao,30\n")
    assert said(outcome)[0] == "data/ports.csv:2:5 encoding-invalid"


@pytest.mark.parametrize(
    ("old", "new"),
    [("stub=1", "stub=x"), ("align=lr", "align=lx"), ("align=lr", "align=lrrr"), ("align=lr", "delimiter=ab")],
)
def test_what_is_said_of_a_file_must_make_sense(old: str, new: str, tmp_path: Path) -> None:
    outcome = make(tmp_path / "book", b"Port,Men\nNantucket,30\n", CHAPTER.replace(old, new))
    assert said(outcome) == ["one.md:5:1 table-source"]


def test_a_file_without_rows_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert said(make(tmp_path / "empty", b"\n")) == ["data/ports.csv:1:1 table-source"]
    outcome = make(tmp_path / "missing", b"a,b\n", CHAPTER.replace("ports.csv", "port.csv"))
    assert said(outcome) == ["one.md:5:1 table-missing"]
    assert outcome.problems[0].hint == "did you mean `data/ports.csv`?"


@pytest.mark.hostile
def test_nothing_outside_the_book_is_read_and_nothing_too_large(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n", "utf-8")
    outcome = make(tmp_path / "book", b"a,b\n", CHAPTER.replace("data/ports.csv", "../secret.csv"))
    assert said(outcome) == ["one.md:5:1 table-missing"]
    outcome = make(tmp_path / "large", b"a,b\n" * 5001)
    assert said(outcome) == ["data/ports.csv:1:1 table-too-large"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("![A](images/a.svg){place=left}", "place-unknown"),
        ("| a |\n|---|\n| b |\n\n: Caption {place=bleed}", "place-unknown"),
        ("::: {.note-box place=top}\nWords.\n:::", "place-unknown"),
    ],
    ids=["figure", "table", "division"],
)
def test_a_place_that_there_is_not_is_a_problem(written: str, code: str, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9"/></svg>', "utf-8"
    )
    outcome = make(folder, b"a,b\n", f"# One\n\nWords.\n\n{written}\n\nWords.\n")
    assert [problem.code for problem in outcome.problems if problem.span] == [code]


def test_the_decoder_leaves_line_feeds_only() -> None:
    source, problems = decode("a.csv", b'\xef\xbb\xbf"a\r\nb",c\r\n')
    assert problems == ()
    assert cells(source.text) == ([["a\nb", "c"]], [])


def test_a_table_within_a_cell_has_the_rows_of_its_file_too(tmp_path: Path) -> None:
    inner = '::: {.table src="data/ports.csv"}\n: Men lost\n:::'
    width = 44
    rule = f"+{'-' * (width + 2)}+"
    rows = "\n".join(f"| {line:<{width}} |" for line in inner.split("\n"))
    outcome = make(tmp_path, b"Port,Men\nCork,12\n", f"# One\n\n{rule}\n{rows}\n{rule}\n")
    assert said(outcome) == []
    with ZipFile(next(path for path in outcome.written if path.suffix == ".epub")) as archive:
        text = archive.read("EPUB/text/one.xhtml").decode()
    assert "Cork" in text
    assert "12" in text
