"""The command as a person at a terminal, a CI job and a script see it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import pipeline.build
from pipeline.__main__ import as_json, as_workflow_command, run
from pipeline.book import read_book
from pipeline.edition import Omission
from pipeline.new import new_book
from pipeline.source import Problem, Severity, Source, Span

SOURCE = Source("book/a.md", "one\n\nA word[^nope] here, and\nmore.\n")
MISSING = Problem("note-missing", "note `nope` is never written", Span("book/a.md", 11, 18), "write it")
DOUBTFUL = Problem("language-doubtful", "100% doubtful", Span("book/a.md", 0, 3), severity=Severity.WARNING)


@dataclass(frozen=True)
class Came:
    """What the build room gives back, as far as the command prints it."""

    problems: tuple[Problem, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=lambda: {"book/a.md": SOURCE})
    written: tuple[Path, ...] = ()
    up_to_date: bool = False
    omissions: Mapping[str, tuple[Omission, ...]] = field(default_factory=dict)
    record: Mapping[str, object] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


Build = Callable[[Came | Exception], list[dict[str, Any]]]


@pytest.fixture
def comes_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Build:
    """Let the next build or check come to something; the list collects what it was asked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "book.toml").write_text("")
    for variable in ("FORCE_COLOR", "NO_COLOR", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(variable, raising=False)

    def set_up(outcome: Came | Exception) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        def stand_in(folder: Path, **more: Any) -> Came:
            asked.append({"folder": folder, **more})
            more["progress"]("setting print")
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        for name in ("build", "check"):
            monkeypatch.setattr(pipeline.build, name, stand_in, raising=False)
        return asked

    return set_up


def test_a_good_build_prints_its_files_and_nothing_else_to_stdout(
    comes_to: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = comes_to(Came(written=(Path("dist/a-print.pdf"), Path("dist/a.epub"))))
    assert run(["build", "book", "-e", "print", "--edition", "epub", "--out", "dist", "--jobs", "2"]) == 0
    out, err = capsys.readouterr()
    assert out == "dist/a-print.pdf\ndist/a.epub\n"
    assert err == "setting print …\ndone\n"
    assert asked[0]["folder"] == Path("book")
    assert (asked[0]["editions"], asked[0]["out"], asked[0]["jobs"]) == (("print", "epub"), Path("dist"), 2)


def test_a_second_build_says_that_there_was_nothing_to_do(comes_to: Build, capsys: pytest.CaptureFixture[str]) -> None:
    comes_to(Came(written=(Path("dist/a.epub"),), up_to_date=True))
    assert run(["build", "book"]) == 0
    out, err = capsys.readouterr()
    assert out == "dist/a.epub\n"
    assert "nothing to do" in err


def test_problems_go_to_stderr_and_an_error_gives_1(comes_to: Build, capsys: pytest.CaptureFixture[str]) -> None:
    comes_to(Came((DOUBTFUL, MISSING)))
    assert run(["build", "book"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "book/a.md:3:7: error: note `nope` is never written [note-missing]" in err
    assert "3 | A word[^nope] here, and\n  |       ^^^^^^^\n  = hint: write it\n" in err
    assert err.endswith("1 error, 1 warning; no file was changed\n`stet explain note-missing` tells more\n")
    assert "\x1b" not in err


def test_warnings_alone_are_good(comes_to: Build, capsys: pytest.CaptureFixture[str]) -> None:
    comes_to(Came((DOUBTFUL,)))
    assert run(["check", "book", "--no-epubcheck"]) == 0
    assert capsys.readouterr().err.endswith("1 warning\n")


def test_what_an_edition_leaves_out_is_listed(comes_to: Build, capsys: pytest.CaptureFixture[str]) -> None:
    comes_to(Came(omissions={"epub": (Omission("division", Span("book/a.md", 5, 9)),)}))
    assert run(["build", "book"]) == 0
    assert "`epub` leaves out, as the book says: division `A wo` (book/a.md:3)" in capsys.readouterr().err


def test_a_name_that_is_no_edition_is_wrong_use(comes_to: Build) -> None:
    comes_to(Came((Problem("edition-unknown", "no edition is called `x`"),)))
    assert run(["build", "book", "-e", "x"]) == 2


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_medium_that_no_edition_asked_for_has_is_wrong_use(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "book.toml").write_text('title = "T"\nlanguage = "en"\nchapters = ["a.md"]\n', "utf-8")
    (tmp_path / "a.md").write_text("# A\n\nWords.\n", "utf-8")
    assert run([command, str(tmp_path), "--medium", "pdf", "-e", "epub"]) == 2
    err = capsys.readouterr().err
    assert "none of the editions asked for is of the medium `pdf`" in err
    assert "`print` (pdf), `screen` (pdf), `epub` (epub)" in err
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["biuld"],
        ["build", "no-such-folder"],
        ["build", "--jobs", "0"],
        ["build", "--format", "xml"],
        ["explain", "no-such-code"],
        ["new"],
    ],
)
def test_wrong_use_gives_2_and_says_so_on_stderr(
    arguments: list[str], comes_to: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(Came())
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Usage:" in err


def test_a_bad_epoch_is_wrong_use(
    comes_to: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(Came())
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "-1")
    assert run(["build", "book"]) == 2
    assert "SOURCE_DATE_EPOCH" in capsys.readouterr().err


def test_our_own_fault_gives_3_asks_to_report_and_hides_the_traceback(
    comes_to: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(KeyError("oops"))
    assert run(["build", "book"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "KeyError" in err
    assert "please report it" in err
    assert "Traceback" not in err
    assert run(["--debug", "build", "book"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_full_disk_is_told_plainly(comes_to: Build, capsys: pytest.CaptureFixture[str]) -> None:
    comes_to(OSError(28, "No space left on device", "dist/a\x1b.epub"))
    assert run(["build", "book"]) == 1
    assert capsys.readouterr().err.endswith("error: the machine says: No space left on device: dist/a\ufffd.epub\n")


def test_an_interrupted_build_says_that_nothing_was_written(
    comes_to: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(Came())

    def interrupted(folder: Path, **more: Any) -> Came:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline.build, "build", interrupted)
    assert run(["build", "book"]) == 130
    assert capsys.readouterr().err.endswith("nothing was written\n")


def test_without_a_folder_the_book_is_here_or_in_manuscript(
    comes_to: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = comes_to(Came())
    (tmp_path / "manuscript").mkdir()
    (tmp_path / "manuscript" / "book.toml").write_text("")
    run(["build"])
    monkeypatch.chdir(tmp_path / "book")
    run(["build"])
    assert [each["folder"] for each in asked] == [Path("manuscript"), Path()]


# Forms ----------------------------------------------------------------------------------------


def test_github_gets_annotations_on_stdout(comes_to: Build, capsys: pytest.CaptureFixture[str]) -> None:
    comes_to(Came((DOUBTFUL, MISSING, Problem("edition-missing", "not built")), written=(Path("a.pdf"),)))
    assert run(["check", "book", "--format", "github", "--no-epubcheck"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "::warning file=book/a.md,line=1,col=1,endLine=1,endColumn=3,title=language-doubtful::100%25 doubtful",
        "::error file=book/a.md,line=3,col=7,endLine=3,endColumn=13,title=note-missing::note `nope` is never written%0Ahint: write it",
        "::error title=edition-missing::not built",
        "a.pdf",
    ]
    assert err == ""


@pytest.mark.hostile
def test_nothing_in_a_manuscript_can_give_github_a_command() -> None:
    problem = Problem("x", "a\n::add-mask::b\r%0A\x1b", Span("a,line=9::b\n.md", 0, 0), severity=Severity.INFO)
    written = as_workflow_command(problem, {})
    assert "\n" not in written
    assert "\r" not in written
    assert written == "::notice file=a%2Cline=9%3A%3Ab%0A.md,title=x::a%0A::add-mask::b\ufffd%250A\ufffd"


def test_a_place_of_several_lines_has_no_columns_for_github() -> None:
    problem = Problem("x", "m", Span("book/a.md", 5, 34))
    assert as_workflow_command(problem, {"book/a.md": SOURCE}) == "::error file=book/a.md,line=3,endLine=4,title=x::m"


def test_json_is_one_object_a_line_on_stdout(comes_to: Build, capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem("x", "m\nn é", Span("book/a.md", 5, 34), also=((Span("b.md", 0, 0), "first"),))
    comes_to(Came((problem, MISSING), written=(Path("dist/a.pdf"),)))
    assert run(["build", "book", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.isascii()
    first, second, third = map(json.loads, out.splitlines())
    assert first == {
        "kind": "problem",
        "code": "x",
        "severity": "error",
        "message": "m\nn é",
        "hint": "",
        "path": "book/a.md",
        "line": 3,
        "column": 1,
        "end_line": 4,
        "end_column": 6,
        "also": [{"path": "b.md", "message": "first"}],
    }
    assert (second["line"], second["column"], second["end_column"]) == (3, 7, 14)
    assert third == {"kind": "edition", "path": "dist/a.pdf", "new": True}
    assert "path" not in json.loads(as_json(Problem("x", "m"), {}))


@pytest.mark.parametrize("coloured", [True, False])
def test_a_terminal_gets_colours_unless_it_wants_none(
    coloured: bool, comes_to: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(Came((MISSING,)))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    if not coloured:
        monkeypatch.setenv("NO_COLOR", "1")
    assert run(["build", "book"]) == 1
    err = capsys.readouterr().err
    shown = err[err.index("book/a.md") - 8 :]
    assert ("\x1b[1;31m" in shown) is coloured
    assert ("\x1b[3" in shown) is coloured


def test_words_of_a_manuscript_are_no_markup_for_the_terminal(
    comes_to: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(Came((Problem("x", "see [link=https://evil.example]here[/link] :smile:"),)))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    run(["build", "book"])
    err = capsys.readouterr().err
    assert "see [link=https://evil.example]here[/link] :smile:" in err


# explain, new ---------------------------------------------------------------------------------


def test_explain_prints_a_page_or_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "[isbn-shared]"]) == 0
    assert capsys.readouterr().out.startswith("Two editions have the same ISBN.\n")
    assert run(["explain"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert any(line.startswith("isbn-shared ") and line.endswith("Two editions have the same ISBN.") for line in listed)
    assert run(["explain", "isbn-shred"]) == 2
    assert "did you mean `isbn-shared`" in capsys.readouterr().err


def test_explain_is_quick_because_it_loads_no_layout() -> None:
    script = "import sys; from pipeline.__main__ import run; run(['explain']); print('weasyprint' in sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert done.stderr == "False\n"


def test_new_makes_a_book_of_the_right_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my-first_book"
    assert run(["new", str(folder), "--author", "Ann Able", "--language", "EN-gb"]) == 0
    out, err = capsys.readouterr()
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    assert sorted(map(Path, out.splitlines())) == written
    assert "stet build" in err
    files = [path.relative_to(folder).as_posix() for path in written]
    book, problems = read_book(Source("book.toml", (folder / "book.toml").read_text("utf-8")), files)
    assert problems == ()
    assert book is not None
    assert (book.title, book.language, book.slug) == ("My First Book", "en-GB", "my-first-book")
    assert (book.contributors[0].name, book.contributors[0].sort) == ("Ann Able", "Able, Ann")
    assert [edition.name for edition in book.editions] == ["print", "screen", "epub"]
    chapter = (folder / book.entries[0].path).read_text("utf-8")
    assert "[^editor](editor):" in chapter
    assert "[^author]:" in chapter


def test_new_leaves_a_folder_that_holds_something_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run(["new", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert run(["new", str(tmp_path / "mine.txt")]) == 2
    assert run(["new", str(tmp_path / "b"), "--language", "en_GB"]) == 2
    assert run(["new", str(tmp_path / "b"), "--title", "a\0b"]) == 2
    assert not (tmp_path / "b").exists()
    assert "en_GB" in capsys.readouterr().err


@pytest.mark.parametrize("title", ['She said "stet" \\ and left', "Վերք", "می\u200cروم", "a\nb", "@slug@ {{ x }}"])
def test_a_title_of_any_letters_stays_as_it_is(title: str) -> None:
    files = new_book("folder", title=title)
    data = tomllib.loads(files["book.toml"])
    assert data["title"] == " ".join(title.split())
    assert data["slug"]
