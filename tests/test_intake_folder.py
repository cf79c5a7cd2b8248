"""`stet import` writes a folder whole or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

from pipeline.__main__ import run

TEXT = "It snowed all day in the town, and nobody came to see it.\n\n\nThe next day was the same (as far as anybody knows.\n"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "snow.txt"
    path.write_text(TEXT, "utf-8")
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_an_import_makes_a_book_that_builds(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "book"
    assert run(["import", str(raw), "--into", str(folder)]) == 0
    said = capsys.readouterr()
    assert [Path(line).name for line in said.out.splitlines()] == ["book.toml", "01-snow.md", "intake.md"]
    assert "24 words of the source are accounted for; 2 doubts wait for you in intake.md" in said.err
    assert set(files(folder)) == {"book.toml", "chapters/01-snow.md", "intake.md"}
    assert run(["check", str(folder)]) == 1, "nothing is built yet"
    assert "edition-missing" in capsys.readouterr().err
    assert run(["build", str(folder), "--medium", "epub"]) == 0


def test_a_folder_that_holds_something_is_left_alone(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", "utf-8")
    before = files(folder)
    assert run(["import", str(raw), "--into", str(folder)]) == 2
    assert "intake-occupied" in capsys.readouterr().err
    assert files(folder) == before


def test_force_replaces_only_what_an_import_made(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "book"
    run(["import", str(raw), "--into", str(folder)])
    (folder / "mine.md").write_text("mine", "utf-8")
    (folder / "decisions.toml").write_text('title = "Snow"\n', "utf-8")
    assert run(["import", str(raw), "--into", str(folder)]) == 2
    assert run(["import", str(raw), "--into", str(folder), "--force"]) == 0
    assert 'title = "Snow"' in (folder / "book.toml").read_text("utf-8")
    assert (folder / "mine.md").read_text("utf-8") == "mine"
    assert (folder / "decisions.toml").read_text("utf-8") == 'title = "Snow"\n'
    (folder / "chapters" / "01-snow.md").write_text("edited by hand\n", "utf-8")
    before = files(folder)
    capsys.readouterr()
    assert run(["import", str(raw), "--into", str(folder), "--force"]) == 1
    said = capsys.readouterr().err
    assert "`chapters/01-snow.md` is not as an import left it, so it is not replaced [intake-edited]" in said
    assert files(folder) == before


def test_force_never_takes_a_file_that_no_import_made(raw: Path, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "book.toml").write_text('title = "Mine"\n', "utf-8")
    before = files(folder)
    assert run(["import", str(raw), "--into", str(folder), "--force"]) == 1
    assert files(folder) == before


def test_chapters_that_an_import_no_longer_makes_go(raw: Path, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    raw.write_text(
        "Chapter 1\n\nIt snowed all day in the town.\n\nChapter 2\n\nIt snowed all night in the town.\n", "utf-8"
    )
    run(["import", str(raw), "--into", str(folder)])
    assert len(list((folder / "chapters").iterdir())) == 2
    raw.write_text(TEXT, "utf-8")
    assert run(["import", str(raw), "--into", str(folder), "--force"]) == 0
    assert [path.name for path in (folder / "chapters").iterdir()] == ["01-snow.md"]


def test_an_import_again_changes_no_byte(raw: Path, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    run(["import", str(raw), "--into", str(folder)])
    before = files(folder)
    assert run(["import", str(raw), "--into", str(folder), "--force"]) == 0
    assert files(folder) == before
    other = tmp_path / "elsewhere"
    run(["import", str(raw), "--into", str(other)])
    assert files(other) == before


def test_nothing_is_written_after_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = tmp_path / "bad.txt"
    raw.write_bytes("Ðîññèÿ â îãíå".encode("cp1252") * 20)
    assert run(["import", str(raw), "--into", str(tmp_path / "book"), "--format", "json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[0])["code"] == "encoding-doubtful"
    assert not (tmp_path / "book").exists()


@pytest.mark.hostile
def test_nothing_outside_the_folder_is_written_through_a_link(raw: Path, tmp_path: Path) -> None:
    folder, outside = tmp_path / "book", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "chapters").symlink_to(outside, target_is_directory=True)
    assert run(["import", str(raw), "--into", str(folder)]) == 2
    assert run(["import", str(raw), "--into", str(folder), "--force"]) == 1
    assert list(outside.iterdir()) == []


@pytest.mark.hostile
def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert run(["import", str(tmp_path / "pipe.txt"), "--into", str(tmp_path / "book")]) == 1
    assert "no regular file" in capsys.readouterr().err


def test_only_the_reader_of_intake_has_a_door() -> None:
    rooms = sorted((Path(__file__).parent.parent / "pipeline" / "intake").glob("*.py"))
    assert len(rooms) > 10
    for path in rooms:
        names = {
            name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        outside = names & {
            "os",
            "io",
            "pathlib",
            "stat",
            "shutil",
            "time",
            "datetime",
            "locale",
            "subprocess",
            "tempfile",
        }
        assert not outside or path.name == "folder.py", f"{path.name} imports {outside}"
