"""Whole books go in; finished editions come out, or a build fails and says where."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.build import Outcome, build, check
from pipeline.build.files import open_folder
from pipeline.checks.epub_reader import read_epub
from pipeline.checks.pdf_reader import read_pdf
from pipeline.source import Severity, describe

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT / "manuscript"
SPECIMEN = ROOT / "tests" / "books" / "let-it-stand"
REPORT = ROOT.parent / "shared" / "source" / "memorial-report-1992.txt"
MOBY_DICK = ROOT.parent / "shared" / "corpora" / "moby-dick"


def words(outcome: Outcome) -> str:
    return "\n\n".join(describe(problem, outcome.sources) for problem in outcome.problems)


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


SETTINGS = """\
title = "A Small Book"
language = "en-GB"
chapters = [{0}]

[[contributors]]
name = "Ada Example"
role = "author"

[editions.print]
trim = "a5"

[editions.epub]
"""


def small(folder: Path, *chapters: str) -> Path:
    names = [f"{number}.md" for number in range(1, len(chapters) + 1)]
    files = dict(zip(names, chapters, strict=True))
    return lay(folder, {"book.toml": SETTINGS.format(", ".join(f'"{name}"' for name in names)), **files})


@pytest.fixture(scope="module")
def specimen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    out = tmp_path_factory.mktemp("specimen") / "dist"
    return out, build(SPECIMEN, out=out)


def test_a_book_with_every_kind_of_node_builds_without_a_problem(specimen: tuple[Path, Outcome]) -> None:
    out, outcome = specimen
    assert words(outcome) == ""
    assert sorted(path.name for path in outcome.written) == [
        "let-it-stand-print.pdf",
        "let-it-stand-screen.pdf",
        "let-it-stand.epub",
    ]
    assert all(path.parent == out and path.stat().st_size > 10_000 for path in outcome.written)


def test_a_second_build_does_no_work_and_says_so(specimen: tuple[Path, Outcome]) -> None:
    out, _ = specimen
    before = snapshot(out)
    again = build(SPECIMEN, out=out)
    assert again.up_to_date
    assert snapshot(out) == before


def test_a_file_that_somebody_changed_is_made_again(specimen: tuple[Path, Outcome]) -> None:
    out, _ = specimen
    before = snapshot(out)
    (out / "let-it-stand.epub").write_bytes(b"not a book")
    said = [problem.code for problem in check(SPECIMEN, out=out, editions=("epub",)).problems]
    assert "edition-altered" in said
    again = build(SPECIMEN, out=out)
    assert not again.up_to_date
    assert snapshot(out) == before


def test_one_edition_alone_leaves_the_others_and_is_the_same_file(specimen: tuple[Path, Outcome]) -> None:
    out, _ = specimen
    before = snapshot(out)
    (out / "let-it-stand.epub").unlink()
    outcome = build(SPECIMEN, out=out, editions=("epub",))
    assert words(outcome) == ""
    assert snapshot(out) == before


def test_finished_editions_check_clean(specimen: tuple[Path, Outcome]) -> None:
    out, _ = specimen
    assert words(check(SPECIMEN, out=out)) == ""


def test_both_editions_say_the_words_of_every_voice(specimen: tuple[Path, Outcome]) -> None:
    out, _ = specimen
    pdf = "".join(p.text for p in read_pdf("x", (out / "let-it-stand-print.pdf").read_bytes()).pieces)
    epub = "".join(p.text for p in read_epub("x", (out / "let-it-stand.epub").read_bytes()).pieces)
    for said in ("bleibt", "Women set type", "The first draft has", "The observation was first made", "Two people do"):
        for text in (pdf, epub):
            assert re.sub(r"\s|-", "", text).count(re.sub(r"\s", "", said)) == 1, said


def test_an_edition_holds_what_is_meant_for_it_and_the_build_lists_the_rest(specimen: tuple[Path, Outcome]) -> None:
    out, outcome = specimen
    pdf = re.sub(
        r"\s|-", "", "".join(p.text for p in read_pdf("x", (out / "let-it-stand-print.pdf").read_bytes()).pieces)
    )
    epub = re.sub(r"\s", "", "".join(p.text for p in read_epub("x", (out / "let-it-stand.epub").read_bytes()).pieces))
    assert "Theeditioninyourhandhaspages" in pdf
    assert "Theeditioninyourhand" not in epub
    assert "Theeditiononyourscreenhasnopages" in epub
    assert "Theeditiononyourscreen" not in pdf
    assert {name: [omission.what for omission in found] for name, found in outcome.omissions.items()} == {
        name: ["division"] for name in ("print", "screen", "epub")
    }


@pytest.mark.slow
def test_the_same_bytes_from_another_folder_clock_locale_and_hash_seed(
    specimen: tuple[Path, Outcome], tmp_path: Path
) -> None:
    out, _ = specimen
    other = tmp_path / "a folder with é"
    lay(other, {p.relative_to(SPECIMEN).as_posix(): p.read_text("utf-8") for p in SPECIMEN.rglob("*") if p.is_file()})
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "build", str(other), "--jobs", "1"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made, ours = snapshot(other / "dist"), snapshot(out)
    assert made.keys() == ours.keys()
    assert {name for name in ours if made[name] != ours[name]} <= {"edition.json"}  # it names the code's own digest
    # and again five years later, half of it from the cache, by two processes
    kept = sorted(path for path in (other / ".cache").iterdir() if re.fullmatch("[0-9a-f]{64}", path.name))
    assert len(kept) > 20
    for path in kept[::2]:
        path.unlink()
    shutil.rmtree(other / "dist")
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nnow = time.time\ntime.time = lambda: now() + 157e6\n", "utf-8"
    )
    script = "import sys, time; print(time.time()); from pipeline.__main__ import run; sys.exit(run(sys.argv[1:]))"
    later = subprocess.run(
        [sys.executable, "-c", script, "build", str(other), "--jobs", "2"],
        env={**environment, "PYTHONPATH": f"{tmp_path}:{ROOT}", "PYTHONHASHSEED": "1", "TZ": "America/Lima"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert later.returncode == 0, later.stderr
    assert float(later.stdout.split()[0]) > time.time() + 1e8
    assert snapshot(other / "dist") == made


def test_every_fault_is_told_at_its_place_in_one_build_and_dist_stays_as_it_was(tmp_path: Path) -> None:
    book = small(tmp_path / "book", "# One\n\nA word.\n", "# Two\n\nAnother.\n")
    first = build(book)
    assert words(first) == ""
    before = snapshot(book / "dist")
    (book / "1.md").write_text(
        "# One\n\nCalled[^a], and undefined[^nope].\n\n[^a]: Kept.\n\n[^a]: Doubled.\n\n[^b]: Never called.\n\n"
        "See [there](#nowhere) and ![a map](images/none.png).\n\n### Skipped\n",
        "utf-8",
    )
    (book / "2.md").write_bytes("# Two\n\nCaf\xe9.\n\n::: verse\nopen\n".encode("latin-1"))
    outcome = build(book)
    found = {
        (problem.code, problem.span.path.rpartition("/")[2] if problem.span else "")
        for problem in outcome.problems
        if problem.severity is Severity.ERROR
    }
    assert found == {
        ("note-missing", "1.md"),
        ("note-doubled", "1.md"),
        ("note-uncalled", "1.md"),
        ("reference-dead", "1.md"),
        ("image-missing", "1.md"),
        ("heading-skip", "1.md"),
        ("encoding-invalid", "2.md"),
        ("div-unclosed", "2.md"),
    }
    spans = [problem.span for problem in outcome.problems if problem.span is not None]
    assert spans == sorted(spans)
    assert outcome.written == ()
    assert snapshot(book / "dist") == before


def test_an_allowance_lets_a_problem_pass_and_one_that_is_not_needed_is_told(tmp_path: Path) -> None:
    book = small(tmp_path / "book", "# One\n\nA word.\n\n[^a]: Never called.\n")
    settings = book / "book.toml"
    said = settings.read_text("utf-8")
    allowed = said + '\n[[allow]]\ncode = "note-uncalled"\nreason = "kept for the next printing"\n'
    assert [p.code for p in build(book).problems] == ["note-uncalled"]
    settings.write_text(allowed, "utf-8")
    assert words(build(book)) == ""
    (book / "1.md").write_text("# One\n\nA word.\n", "utf-8")
    assert [(p.code, p.severity) for p in build(book).problems] == [("allowance-unused", Severity.WARNING)]


def test_an_edit_in_one_chapter_sets_one_unit(tmp_path: Path) -> None:
    chapters = [f"# Chapter\n\n{'Words upon words. ' * 40}\n" for _ in range(6)]
    book = small(tmp_path / "book", *chapters)
    build(book, editions=("print",))
    (book / "3.md").write_text(chapters[2].replace("Words", "Lines", 1), "utf-8")
    outcome = build(book, editions=("print",))
    assert words(outcome) == ""
    record = outcome.record["print"]
    assert isinstance(record, dict)
    assert record["units_rendered"] == 1


@pytest.mark.parametrize("fault", ["note", "chapter"])
def test_what_a_late_page_loses_fails_the_build(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The templates are made to lose something: the gate must see it in both kinds of edition."""
    from pipeline.build import line
    from pipeline.html import render

    cut: dict[str, Callable[[str], str]] = {
        "note": lambda html: re.sub(r"Lost\.", "", html),
        "chapter": lambda html: html.replace("tail", "tale"),
    }

    def losing(edition: object, **kept: object) -> object:
        from dataclasses import replace

        return tuple(replace(page, html=cut[fault](page.html)) for page in render(edition))  # type: ignore[arg-type]

    monkeypatch.setattr(line, "render", losing)
    book = small(tmp_path / "book", "# One\n\nA word[^a] and a tail.\n\n[^a]: Kept. Lost.\n")
    outcome = build(book)
    lines = {outcome.sources[p.span.path].position(p.span.start).line for p in outcome.problems if p.span is not None}
    assert outcome.failed
    assert {p.code for p in outcome.problems} <= {"word-lost", "word-changed"}
    assert lines == {5 if fault == "note" else 3}
    assert outcome.written == ()
    assert snapshot(book / "dist") == {}


@pytest.mark.slow
def test_moby_dick_stands_word_for_word_in_pdf_and_epub(tmp_path: Path) -> None:
    if not MOBY_DICK.is_dir():
        pytest.skip("SKIPPED LOUDLY: ../shared/corpora/moby-dick is not here")
    outcome = build(MOBY_DICK, out=tmp_path / "dist", editions=("print", "epub"))
    assert {problem.code for problem in outcome.problems} <= {"head-too-long"}
    assert {path.suffix for path in outcome.written} == {".pdf", ".epub"}
    record = outcome.record["print"]
    assert isinstance(record, dict)
    assert record["notes"] == 22


def test_the_default_book_builds_without_a_problem(tmp_path: Path) -> None:
    outcome = build(DEFAULT, out=tmp_path / "dist")
    assert words(outcome) == ""
    assert sorted(path.name for path in outcome.written) == [
        "reading-the-memorial-report-print.pdf",
        "reading-the-memorial-report-screen.pdf",
        "reading-the-memorial-report.epub",
    ]


TITLES = """\
‘The fate of the inhabitants who fled the town’
‘The fate of the people left in the town’
articles of the Universal Declaration of Human Rights
The Declaration on the Protection of Women and Children in Emergency and Armed Conflict
Khojaly Witness of a War Crime - Armenia in the Dock
Women and children belonging to the civilian population
shall not be deprived of shelter, food, medical aid or other inalienable rights, in accordance with the provisions of the \
Universal Declaration of Human Rights
"""
"""Titles that the default book names, and what it quotes of the Declaration of 1974: the report has these words too."""


def eights(text: str) -> set[tuple[str, ...]]:
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[at : at + 8]) for at in range(len(found) - 7)}


def test_the_default_book_takes_no_sentence_from_the_report() -> None:
    if not REPORT.is_file():
        pytest.skip("SKIPPED LOUDLY: ../shared/source/memorial-report-1992.txt is not here")
    folder = open_folder(DEFAULT)
    ours = ""
    for name in folder.names:
        if name.endswith(".md"):
            data, _ = folder.read(name)
            ours += (data or b"").decode() + "\n"
    prose = re.sub(r"\[\^[^\]]*\](\(\w+\):|:)?|[*{}#|]", " ", ours)
    shared = eights(prose) & eights(REPORT.read_text("utf-8"))
    allowed = set().union(*(eights(title) for title in TITLES.splitlines()))
    assert {" ".join(words) for words in shared - allowed} == set()
    assert len(prose.split()) > 3_000


# Signs that the house has not --------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["\N{GRINNING FACE}", "\N{BALLOT BOX}", "\N{LINE SEPARATOR}"])
def test_a_sign_that_no_font_has_is_told_once_where_it_stands(tmp_path: Path, sign: str) -> None:
    book = small(tmp_path / "book", "# One\n\nFine.\n", f"# Two\n\nHere *a {sign} stands*.\n")
    outcome = build(book, out=tmp_path / "dist")
    (problem,) = outcome.problems
    assert (problem.code, problem.severity) == ("missing-glyph", Severity.ERROR)
    assert f"U+{ord(sign):04X}" in problem.message
    assert problem.span is not None
    assert Path(problem.span.path).name == "2.md"
    assert f"# Two\n\nHere *a {sign} stands*.\n"[problem.span.start : problem.span.end] == sign
    assert snapshot(tmp_path / "dist") == {}


def test_a_folder_without_settings_is_no_book(tmp_path: Path) -> None:
    assert [problem.code for problem in build(tmp_path).problems] == ["settings-missing"]
