"""The house's sheet: where lines of code and tables may be divided."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from pipeline.build.line import build
from pipeline.source import Severity

SETTINGS = 'title = "Breaks"\nlanguage = "en"\nslug = "b"\nchapters = ["a.md"]\n[editions.print]\ntrim = "a5"\n'


def pages(folder: Path, chapter: str) -> list[str]:
    folder.mkdir()
    (folder / "book.toml").write_text(SETTINGS, "utf-8")
    (folder / "a.md").write_text(chapter, "utf-8")
    outcome = build(folder, jobs=1)
    assert [each for each in outcome.problems if each.severity is Severity.ERROR] == []
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(folder / "dist" / "b-print.pdf")]


def test_a_long_name_and_a_long_line_of_code_break_within_the_measure(tmp_path: Path) -> None:
    name = "pipeline.build.line.function_name." * 5
    said = "".join("".join(pages(tmp_path / "b", f"# A\n\nUse `{name}` here.\n\n```\n{'y' * 300}\n```\n")).split())
    assert name in said
    assert "y" * 300 in said


def test_a_divided_table_leaves_no_row_alone(tmp_path: Path) -> None:
    def table(rows: int) -> str:
        return "| Head | B |\n|---|---|\n" + "".join(f"| row {number} | word |\n" for number in range(rows))

    def lines(count: int) -> str:
        return "".join(f"Line {number} of prose.\n\n" for number in range(count))

    ends = [f"# Ends {rows}\n\n{table(rows)}\n" for rows in range(16, 22)]
    begins = [f"# Begins {count}\n\n{lines(count)}{table(30)}\n" for count in range(6, 20)]
    said = pages(tmp_path / "b", "\n".join((*ends, *begins)))
    counts = [page.count("row ") for page in said if "row " in page]
    assert sum(counts) == sum(range(16, 22)) + 420
    assert min(counts) == 2, repr(counts)
