"""What the manuscript raises or lowers stands higher or lower on the page, in every face and style, or the build fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.build import build
from pipeline.source import describe

TEXT = """# Ten^2^

Ten squared is 10^2^, a little is 10^−3^, and x^α^, x^n+1^, the 4^th^, M^lle^ Lidoine, Ж^ж^, a^§^ and *x^i^*.
Water is H~2~O, a place is x~i+1~, and a paragraph may end with x^2^

^2^ He is a sign before the name of an element.[^a]

| 10^2^ | b~2~ |
|-------|------|
| a     | c^d^ |

[^a]: Ten squared is 10^2^, water H~2~O, x^α^.
[^b](editor): Here 10^−3^ too.

An end.[^b]
"""


def lay(folder: Path, style: str = "") -> Path:
    folder.mkdir()
    (folder / "one.md").write_text(TEXT, "utf-8")
    (folder / "ours").mkdir()
    (folder / "ours" / "theme.toml").write_text("", "utf-8")
    (folder / "ours" / "book.css").write_text(style, "utf-8")
    settings = 'title = "Raised"\nlanguage = "en"\nchapters = ["one.md"]\ntheme = "ours"\n\n[editions.print]\n'
    (folder / "book.toml").write_text(settings, "utf-8")
    return folder


def test_the_house_raises_every_sign(tmp_path: Path) -> None:
    made = build(lay(tmp_path / "book"))
    assert [describe(problem, made.sources) for problem in made.problems] == []


@pytest.mark.parametrize(
    ("style", "lost"),
    [
        # Set on the line: every one of them.
        ("sup, sub { vertical-align: baseline }", {"2", "−3", "α", "n+1", "th", "lle", "ж", "§", "i", "i+1"}),
        # Left to the face: those that it has no raised glyph for.
        (
            "sup, sub { font-variant-position: super; vertical-align: baseline; font-size: 1em }",
            {"−3", "α", "n+1", "ж", "§"},
        ),
    ],
)
def test_a_style_that_does_not_raise_is_noticed(tmp_path: Path, style: str, lost: set[str]) -> None:
    made = build(lay(tmp_path / "book", style))
    assert {problem.code for problem in made.problems} == {"word-level"}
    said = {problem.message.split("`")[1] for problem in made.problems}
    assert lost <= said
    assert all(problem.span is not None for problem in made.problems)
    places = {TEXT[problem.span.start : problem.span.end] for problem in made.problems if problem.span is not None}
    assert said == places
    assert not made.written
