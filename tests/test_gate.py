"""The words gate kept unit by unit: what was read once is believed only while every page shows the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline import pdf
from pipeline.build import build, gate, line, outcome
from pipeline.build.cache import Cache
from pipeline.checks.proof import Proof, Verdict, verify
from pipeline.pdf import Typeset

SETTINGS = """\
title = "A Small Book"
language = "en-GB"
chapters = ["1.md", "2.md", "3.md"]

[[contributors]]
name = "Ada Example"

[editions.print]
trim = "a5"
"""
CHAPTERS = (
    "# One\n\nA word[^a] of “the” first chapter, which is told again in [another](#two).\n\n[^a]: A note. See also [](#two){.page}.\n",
    "# Two {#two}\n\n" + "More words upon words, until a page is full of them. " * 120 + "\n",
    "# Three\n\n| head | other |\n|---|---|\n" + "| a | b |\n" * 60 + "\nThe end.\n",
)


def write_book(folder: Path) -> Path:
    folder.mkdir()
    (folder / "book.toml").write_text(SETTINGS, "utf-8")
    for number, text in enumerate(CHAPTERS, 1):
        (folder / f"{number}.md").write_text(text, "utf-8")
    return folder


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book")


def course(made: outcome.Outcome) -> dict[str, Any]:
    record = made.record["print"]
    assert isinstance(record, dict)
    return record


def said(made: outcome.Outcome) -> list[str]:
    return [problem.code for problem in made.problems]


def test_only_what_was_set_anew_is_read_back(book: Path) -> None:
    first = build(book)
    assert said(first) == []
    assert course(first)["units_read"] == course(first)["units"]
    two = book / "2.md"
    two.write_text(two.read_text("utf-8").replace("full of them", "full of it", 1), "utf-8")
    second = build(book)
    assert said(second) == []
    assert list(course(second)["units_set"]) == ["text-2"]
    assert course(second)["units_read"] == 1


def test_a_build_with_nothing_to_do_reads_no_manuscript_and_says_the_same_again(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (book / "3.md").write_text(CHAPTERS[2] + "\n[^z]: Never called.\n", "utf-8")
    settings = (book / "book.toml").read_text("utf-8")
    (book / "book.toml").write_text(
        settings
        + '\n[[allow]]\ncode = "note-uncalled"\nreason = "later"\n\n[[allow]]\ncode = "note-empty"\nreason = "x"\n',
        "utf-8",
    )
    first = build(book)
    assert said(first) == ["allowance-unused"]
    monkeypatch.setattr(line, "build", lambda *a, **k: pytest.fail("the book was built again"))
    second = build(book)
    assert second.up_to_date
    assert (second.problems, second.written) == (first.problems, first.written)
    assert second.sources.keys() >= {problem.span.path for problem in second.problems if problem.span}


@pytest.mark.parametrize(
    "change",
    ["chapter", "dist", *(pytest.param(each, marks=pytest.mark.slow) for each in ("new file", "moment", "settings"))],
)
def test_whatever_changes_is_noticed(change: str, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(book)
    assert build(book).up_to_date
    match change:
        case "chapter":
            text = (book / "1.md").read_text("utf-8")
            (book / "1.md").write_text(text.replace("told", "said"), "utf-8")
        case "new file":
            (book / "4.md").write_text("# Four\n", "utf-8")
        case "dist":
            (book / "dist" / "a-small-book-print.pdf").write_bytes(b"nothing")
        case "moment":
            monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
        case "settings":
            text = (book / "book.toml").read_text("utf-8")
            (book / "book.toml").write_text(text.replace("Small", "Smaller"), "utf-8")
    again = build(book)
    if change == "new file":
        assert said(again) == ["chapter-unlisted"]
    else:
        assert not again.up_to_date


def test_a_kept_outcome_that_was_damaged_is_not_believed(book: Path) -> None:
    build(book)
    for entry in (book / ".cache").iterdir():
        if re.fullmatch("[0-9a-f]{64}", entry.name):
            data = bytearray(entry.read_bytes())
            data[-1] ^= 1
            entry.write_bytes(data)
    again = build(book)
    assert said(again) == []
    assert again.up_to_date  # the files in dist/ prove themselves


# What happens after the join ------------------------------------------------------------------


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, tuple[Proof, ...], tuple[str, ...], float]:
    """The file of a book, the proofs of its units, and the digests of its heads."""
    seen: list[tuple[bytes, tuple[Proof, ...], tuple[str, ...], float]] = []

    def watching(data: bytes, proofs: Sequence[Proof], heads: Sequence[str], room: float, faces: object) -> Verdict:
        seen.append((data, tuple(proofs), tuple(heads), room))
        return verify(data, proofs, heads, room)

    book = write_book(tmp_path_factory.mktemp("bound") / "book")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gate, "verify", watching)
        assert said(build(book)) == []
    return seen[0]


def body(pdf: pikepdf.Pdf, number: int) -> Any:
    """Return the stream of the text of the page with this number that has one."""
    found = [page.obj.Contents[1] for page in pdf.pages if len(page.obj.Contents) == 3]
    return [stream for stream in found if stream.read_bytes().strip()][number]


def drop_line(pdf: pikepdf.Pdf) -> None:
    stream = body(pdf, 5)
    stream.write(re.sub(rb"\[[^\]]*\] TJ", b"[<>] TJ", stream.read_bytes(), count=1))


def swap_pages(pdf: pikepdf.Pdf) -> None:
    one, two = body(pdf, 4), body(pdf, 5)
    first, second = one.read_bytes(), two.read_bytes()
    one.write(second)
    two.write(first)


def drop_page(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[-1]


def change_map(pdf: pikepdf.Pdf) -> None:
    for font in pdf.objects:
        if isinstance(font, pikepdf.Dictionary) and "/ToUnicode" in font:
            stream = font.ToUnicode
            stream.write(re.sub(rb"<0065>\n", b"<0066>\n", stream.read_bytes()))


def change_head(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        head = page.obj.Resources.get("/XObject", pikepdf.Dictionary()).get("/Head")
        if head is not None:
            head.write(re.sub(rb"\[[^\]]*\] TJ", b"[<>] TJ", head.read_bytes(), count=1))


def lead_elsewhere(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        for annotation in page.obj.get("/Annots", ()):
            annotation.Dest = pikepdf.String("three")


def relabel(pdf: pikepdf.Pdf) -> None:
    pdf.Root.PageLabels.Nums[-1].St = 7


def paint_over(pdf: pikepdf.Pdf) -> None:
    page = next(page.obj for page in pdf.pages if len(page.obj.Contents) == 3)
    page.Contents.append(pdf.make_indirect(pikepdf.Stream(pdf, b"1 1 1 rg 0 0 999 999 re f\n")))


def push_aside(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        page.obj.Contents[0] = pdf.make_indirect(pikepdf.Stream(pdf, b"q 1 0 0 1 300 0 cm\n"))


@pytest.mark.parametrize(
    ("alter", "fault"),
    [
        (drop_line, "content of PDF page"),
        (swap_pages, "content of PDF page"),
        (drop_page, "pages are missing"),
        (change_map, "reads"),
        (change_head, "the head of PDF page"),
        (lead_elsewhere, "lead elsewhere"),
        (relabel, "is printed for"),
        (paint_over, "not painted as it was bound"),
        (push_aside, "moved too far"),
    ],
)
def test_what_is_altered_after_the_join_is_caught(
    alter: Callable[[pikepdf.Pdf], None],
    fault: str,
    bound: tuple[bytes, tuple[Proof, ...], tuple[str, ...], float],
) -> None:
    data, proofs, heads, room = bound
    assert verify(data, proofs, heads, room).faults == ()
    target = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        alter(pdf)
        pdf.save(target)
    assert any(fault in each for each in verify(target.getvalue(), proofs, heads, room).faults)


def test_a_stream_altered_after_the_join_fails_the_build_at_its_place(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = pdf.typeset

    def altering(*arguments: Any) -> Typeset:
        made = setting(*arguments)
        target = BytesIO()
        with pikepdf.open(BytesIO(made.pdf)) as file:
            drop_line(file)
            file.save(target)
        return replace(made, pdf=target.getvalue())

    monkeypatch.setattr(line, "typeset", altering)
    made = build(book)
    assert set(said(made)) == {"word-lost"}
    assert {problem.span.path.rpartition("/")[2] for problem in made.problems if problem.span} == {"2.md"}
    assert not (book / "dist").exists()


def test_a_proof_says_the_same_after_it_was_kept(
    bound: tuple[bytes, tuple[Proof, ...], tuple[str, ...], float],
) -> None:
    for proof in bound[1]:
        assert Proof.from_json(proof.to_json()) == proof


def test_a_book_without_a_cache_is_proved_all_the_same(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cache, "put", lambda self, key, payload: None)
    made = build(book)
    assert said(made) == []
    assert course(made)["units_read"] == course(made)["units"]
