"""Names are never divided: those that `book.toml` lists, and those that the manuscript marks."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw
import pytest

from pipeline.build import build
from pipeline.source import describe

BOOK = """title = "Names"
language = "en-GB"
slug = "names"
names = ["Philosophical", "Con Siderable", "x & y"]
chapters = ["one.md"]

[editions.print]
trim = "a5"
{composition}

[editions.epub]
"""
WORD = "Philosophical"


def text(word: str) -> str:
    return (
        f"# One\n\n{' '.join(f'{word}, ' + 'and so it was then '[: 3 + n * n % 16] + 'o' for n in range(150))} x & y.\n"
    )


def divided(folder: Path, word: str, composition: str, names: bool = True) -> int:
    folder.mkdir()
    settings = BOOK.format(composition=f'composition = "{composition}"')
    (folder / "book.toml").write_text(settings if names else re.sub(r"names = .*\n", "", settings, count=1), "utf-8")
    (folder / "one.md").write_text(text(word), "utf-8")
    outcome = build(folder, jobs=1)
    assert not outcome.problems, "\n".join(describe(each, outcome.sources) for each in outcome.problems)
    count = 0
    for page in pypdfium2.PdfDocument(folder / "dist" / "names-print.pdf"):
        text_page = page.get_textpage()
        signs = [
            (sign, text_page.get_charbox(index)[0])
            for index in range(text_page.count_chars())
            if (sign := chr(raw.FPDFText_GetUnicode(text_page, index))).isalpha()
        ]
        said = "".join(sign for sign, _ in signs)
        for found in re.finditer(WORD, said):
            count += signs[found.start()][1] > signs[found.end() - 1][1]
    return count


@pytest.mark.parametrize("composition", ["fine", pytest.param("draft", marks=pytest.mark.slow)])
def test_a_listed_name_is_never_divided(tmp_path: Path, composition: str) -> None:
    assert divided(tmp_path / "a", WORD, composition, names=False) > 3
    assert divided(tmp_path / "b", WORD, composition) == 0
    with zipfile.ZipFile(tmp_path / "b" / "dist" / "names.epub") as book:
        pages = "".join(book.read(name).decode() for name in book.namelist() if name.endswith((".xhtml", ".css")))
    assert f'<span class="name">{WORD}</span>,' in pages
    assert '<span class="name">x &amp; y</span>.' in pages
    assert re.search(r"\.name \{[^}]*[^-]hyphens: none", pages)


def test_a_marked_name_is_never_divided(tmp_path: Path) -> None:
    assert divided(tmp_path / "a", f"[{WORD}]{{.name}}", "fine", names=False) == 0
