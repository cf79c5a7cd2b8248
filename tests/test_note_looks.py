"""How notes look on finished pages: labels, columns of marks, editorial matter and figures in them; lists in cells."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from pipeline.build import build
from pipeline.source import describe

BOOK = """title = "Looks"
language = "en"
slug = "looks"
chapters = ["one.md"]

[notes.voices.editor]
signed = "A. E."

[notes.voices.textual]
series = "textual"
marks = "lower-roman"

[editions.print]
trim = "6x9"
"""
CALLS = " ".join(f"word{n}[^t{n}]" for n in range(1, 39))
TEXTS = "\n\n".join(f"[^t{n}](textual): Reading{n}." for n in range(1, 39))
TEXT = f"""# One

Words.[^a] More words.

| Left | Middle |
|------|:------:|
| a[^cell] | b |

Table: A caption.[^caption]

+-----------+:---------------------------------------------------------:+
| Left      | Middle                                                    |
+===========+===========================================================+
| x         | - Itemone                                                 |
|           | - Itemtwo with many more words than one                   |
+-----------+-----------------------------------------------------------+

[^a](editor): First.

    ::: {{.editorial signed="Z."}}
    Editorial words.
    :::

[^cell](editor): Zebra of a cell.

[^caption](editor): Quagga of a caption.

# Two

{CALLS}

{TEXTS}
"""


class Pages:
    """The pages of a finished file, and where words stand on them."""

    def __init__(self, path: Path) -> None:
        self.file = pypdfium2.PdfDocument(path)

    def box(self, words: str, at: int = 0) -> tuple[float, float, float, float]:
        """Return left, bottom, right, top of the `at`-th sign of the first place where words stand."""
        for number in range(len(self.file)):
            text = self.file[number].get_textpage()
            found = text.search(words, match_case=False).get_next()
            if found is not None:
                left, bottom, right, top = text.get_charbox(found[0] + at, loose=True)
                return left, bottom, right, top
        raise AssertionError(f"`{words}` does not stand on the pages")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder = tmp_path_factory.mktemp("looks")
    (folder / "book.toml").write_text(BOOK, "utf-8")
    (folder / "one.md").write_text(TEXT, "utf-8")
    outcome = build(folder, jobs=1)
    assert not outcome.problems, "\n".join(describe(each, outcome.sources) for each in outcome.problems)
    return Pages(folder / "dist" / "looks-print.pdf")


def test_editorial_matter_in_a_note_stands_below_its_label_line_by_line(pages: Pages) -> None:
    label, words, signed = (pages.box(each)[1] for each in ("Editorial matter", "Editorial words", "[Z.]"))
    assert label - words > 8
    assert 8 < words - signed < 16
    assert abs(pages.box("[Z.]")[0] - pages.box("Editorial words")[0]) < 2, "no indent before the signature"


def test_a_note_from_a_caption_has_the_label_of_any_other(pages: Pages) -> None:
    def gap(words: str) -> float:
        return pages.box(words)[0] - pages.box("note " + words, 3)[2]

    assert gap("Quagga") == pytest.approx(gap("Zebra"), abs=0.05)


def test_items_of_a_centred_cell_begin_at_their_bullets(pages: Pages) -> None:
    assert pages.box("Itemone")[0] == pytest.approx(pages.box("Itemtwo")[0], abs=0.5)


def test_the_column_of_marks_is_as_wide_as_the_widest_mark(pages: Pages) -> None:
    first, last, end = (
        pages.box(*each) for each in (("i Reading1.",), ("xxxviii Reading38",), ("xxxviii Reading38", 6))
    )
    words, wide = pages.box("Reading38")[0], pages.box("Reading1.")[0] - first[0]
    assert words - end[2] > 2, "words begin after their mark"
    assert words - last[0] == pytest.approx(wide, abs=0.5), "and all in one column"
