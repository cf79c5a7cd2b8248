"""`stet check --pages` looks through a whole book and writes a sheet that needs no other file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.__main__ import run
from tests.test_compose_pages import prose

SETTINGS = """
title = "A <Book>"
language = "en-GB"
slug = "book"
chapters = ["one.md"]

[[contributors]]
name = "A. Author"

[editions.print]
trim = "6x9"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "book.toml").write_text(SETTINGS, encoding="utf-8")
    paragraphs = "\n\n".join(prose(number, 120) for number in range(9))
    (folder / "one.md").write_text(f"# One\n\n{paragraphs}\n\nAn address: {'x' * 62}, and so on.\n", encoding="utf-8")
    return folder


def test_the_sheet_shows_every_page_and_what_was_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(folder), "--pages"]) == 1
    said = capsys.readouterr()
    sheet = folder / "dist" / "book-pages.html"
    assert said.out.split() == [str(sheet)]
    assert re.search(r"one\.md:21:\d+: error: a line reaches [0-9.]+ pt over its edge", said.err)
    page = sheet.read_text("utf-8")
    assert "<title>A &lt;Book&gt;: pages</title>" in page
    pictures = re.findall(r'src="([^"]{22})', page)
    assert len(pictures) > 6
    assert set(pictures) == {"data:image/png;base64,"}
    assert page.count('class="mark error"') >= 1
    assert "http" not in page
    assert not (folder / "dist" / "book-print.pdf").exists()


def test_a_build_says_only_what_anybody_would_see(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(folder)]) == 0
    said = capsys.readouterr()
    assert re.findall(r"\[([a-z-]+)\]", said.err) == ["overfull-line"]
    run(["check", str(folder), "--pages"])
    assert (folder / "dist" / "book-pages.html").is_file()
    assert (folder / "dist" / "book-print.pdf").is_file()
    before = (folder / "dist" / "book-pages.html").read_bytes()
    run(["check", str(folder), "--pages"])
    assert (folder / "dist" / "book-pages.html").read_bytes() == before
