"""What a reader meets in an EPUB of every kind of text: list numbers, verse, pictures, formulas and their face."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from PIL import Image

from pipeline.build import build
from pipeline.epub.fonts import slanted
from pipeline.source import describe
from tests.test_older_print import made

XHTML = "{http://www.w3.org/1999/xhtml}"
SETTINGS = """\
title = "Looks"
language = "en-GB"
chapters = ["one.md"]

[[contributors]]
name = "Ada Example"

[editions.epub]
"""
CHAPTER = r"""# One

A mark ![a ring](mark.png) in a line, ($\sqrt2$) and $a_1+a_2+a_3+a_4+a_5+a_6+a_7+a_8+a_9 = \sum_i h_i$ on.

(a) First
(b) Second

    with more

1)
    > A quotation.
2)  Two

3. Three
4. Four

::: verse
One
    two
        three
:::

::: verse
Plain
:::

A text.[^t]

::: {.table notes=under}
| Ship      | Men    |
|-----------|--------|
| Rachel[^a] | 28[^b] |

: Ships {#tbl-ships}
:::

After.[^u]

| A | B | C | D | E | F | G | H | I | J |
|---|---|---|---|---|---|---|---|---|---|
| 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 0 |

$$\begin{aligned} a &= b \\ &= c \end{aligned}$$

[^t](textual): Not so in A.
[^a]: First.
[^b](editor): Second.
[^u](textual): Nor in B.
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("looks")
    (folder / "book.toml").write_text(SETTINGS, "utf-8")
    (folder / "one.md").write_text(CHAPTER, "utf-8")
    Image.new("RGBA", (300, 300)).save(folder / "mark.png")
    outcome = build(folder)
    assert not outcome.problems, "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    (path,) = Path(folder / "dist").glob("*.epub")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def page(package: zipfile.ZipFile) -> etree._Element:
    return etree.fromstring(package.read("EPUB/text/one.xhtml"))


def test_numbers_in_brackets_are_words_and_others_are_left_to_the_reading_system(page: etree._Element) -> None:
    lists = list(page.iter(f"{XHTML}ol"))
    first = ["".join(item.itertext()).split()[:2] for each in lists for item in each.iter(f"{XHTML}li")]
    assert first == [["(a)", "First"], ["(b)", "Second"], ["1)", "A"], ["2)", "Two"], ["Three"], ["Four"]]
    assert [each.get("type") for each in lists] == ["a", None, None]
    marked = [each.get("role") for each in lists]
    assert marked == ["list", "list", None]  # a list without bullets is none for VoiceOver otherwise
    assert all(
        "generated" in span.get("class", "") for span in page.iter(f"{XHTML}span") if "marker" in span.get("class", "")
    )


def test_what_is_turned_over_hangs_deeper_than_any_line_of_its_poem(
    page: etree._Element, package: zipfile.ZipFile
) -> None:
    lines = {"".join(line.itertext()): line.get("class", "") for line in page.iter(f"{XHTML}p") if "line" in line.get("class", "")}  # fmt: skip
    assert lines == {"One": "line hang-8", "two": "line indent-4 hang-4", "three": "line indent-8", "Plain": "line"}
    sheets = (package.read("EPUB/css/book.css").decode(), (Path("styles") / "book.css").read_text("utf-8"))
    for css in sheets:
        moved = _lengths(css, "indent", "margin-left")
        hung = {**_lengths(css, "hang", "padding-left"), 0: 2.0}
        back = _lengths(css, "hang", "text-indent")
        assert all(back[depth] == -length for depth, length in hung.items() if depth in back)
        places = [moved.get(indent, 0.0) + hung[8 - indent] for indent in (0, 4, 8)]
        assert len(set(places)) == 1
        assert places[0] > moved[8]


def _lengths(css: str, name: str, key: str) -> dict[int, float]:
    found = re.findall(rf"(?:^|\n)(?:\.verse )?\.{name}-(\d+) \{{[^}}]*{key}: (-?[\d.]+)em", css)
    return {int(depth): float(length) for depth, length in found}


def test_a_picture_in_a_line_is_as_high_as_the_line_and_stands_on_white(package: zipfile.ZipFile) -> None:
    css = package.read("EPUB/css/book.css").decode()
    assert re.search(r"p img[^{]*\{[^}]*height: 0\.9em", css)
    assert re.search(r"\nimg \{ background-color: #fff; \}", css)


def test_a_wide_formula_is_moved_in_its_line_and_a_bracket_stays_with_its_formula(page: etree._Element) -> None:
    spans = {span.get("class", ""): span for span in page.iter(f"{XHTML}span")}
    assert "".join(spans["whole"].itertext()).startswith("(")
    assert [str(child.tag).rpartition("}")[2] for child in spans["wide-formula"]] == ["math"]


def test_formulas_bring_a_face_that_has_their_signs_and_knows_how_they_are_set(package: zipfile.ZipFile) -> None:
    name = next(name for name in package.namelist() if "mathematics" in name)
    font = TTFont(io.BytesIO(package.read(name)))
    cmap = font.getBestCmap()
    for sign in "𝑎+=∑𝑖ℎ√":
        assert ord(sign) in cmap, sign
    assert "𝑧" not in map(chr, cmap)
    assert font["MATH"].table.MathVariants.VertGlyphConstruction
    assert font["name"].getDebugName(1) == "Edition Mathematics"
    licence = next(name for name in package.namelist() if "stix-two-math" in name)
    assert "Open Font License" in package.read(licence).decode()
    assert len(package.read(name)) < 60_000


def test_letters_have_the_slant_that_a_renderer_gives_them() -> None:
    assert [slanted(letter) for letter in "aZhαΩ∂+ж"] == ["𝑎", "𝑍", "ℎ", "𝛼", "𝛺", "𝜕", "", ""]


def test_notes_lettered_under_their_table_stand_there_and_not_among_the_letters_of_the_text(
    page: etree._Element,
) -> None:
    lists = {
        each.get("class"): [
            ("".join(note.itertext()).split()[0], note.get("id"))
            for note in each
            if "note" in note.get("class", "").split()
        ]
        for each in page.iter(f"{XHTML}section", f"{XHTML}div")
        if each.get("{http://www.idpf.org/2007/ops}type") == "footnotes"
    }
    assert {name: [mark for mark, _ in notes] for name, notes in lists.items()} == {
        "notes-below": ["a", "b"],
        "notes": ["a", "b"],
    }
    below = next(each for each in page.iter(f"{XHTML}div") if each.get("class") == "notes-below")
    above = below.getparent()
    assert above is not None
    assert above.get("class", "").split()[0] == "table"


def test_a_backlink_says_of_which_note_it_is(page: etree._Element) -> None:
    titles = [link.get("title") for link in page.iter(f"{XHTML}a") if link.get("role") == "doc-backlink"]
    assert titles == [f"Back to the text (note {mark})" for mark in "abab"]


def test_the_colophon_names_no_face_that_the_reader_may_change(package: zipfile.ZipFile) -> None:
    text = package.read("EPUB/text/colophon.xhtml").decode()
    assert "Set in the face of your reading system, with STIX Two Math" in text
    assert "Source Serif" not in text


def test_a_table_of_many_columns_is_moved_in_its_frame_and_the_page_is_not(page: etree._Element) -> None:
    frames = [[str(child.tag).rpartition("}")[2] for child in each] for each in page.iter(f"{XHTML}div") if each.get("class") == "table-frame"]  # fmt: skip
    assert frames == [["table"]]


def rows(cells: list[str], number: int) -> str:
    def row(words: list[str]) -> str:
        return f"| {' | '.join(words)} |\n"

    return row(cells) + row(["---"] * len(cells)) + row(cells) * number


@pytest.mark.parametrize(
    ("cells", "number", "framed"),
    [
        (["1846", "Rachel", "Men", "Boats", "lost"], 3, True),
        (["1846", "Rachel", "Men", "Boats", "lost"], 60, False),  # it would end at the foot of the first screen
        (["1846", "Rachel", "Men", "Boats", "a storm that blew from the north for three days"], 6, False),
        (["1846"] * 12, 60, True),  # figures are not divided: it is moved both ways
        (["x"] * 100, 2, True),  # as many columns as a table may have
        (["1846", "Rachel"], 60, False),
    ],
)
def test_a_long_table_is_divided_between_screens_unless_its_figures_have_no_room(
    cells: list[str], number: int, framed: bool
) -> None:
    book = made(f"# One\n\n{rows(cells, number)}", epub="")
    assert book.problems == ()
    (table,) = book.tree("text/one.xhtml").iter(f"{XHTML}table")
    parent = table.getparent()
    assert parent is not None
    assert (parent.get("class") == "table-frame") is framed
    assert parent.get("tabindex") == ("0" if framed else None)  # keys must move what they can reach
    names = (table.get("class") or "").split()
    assert ("long" in names) is ("wide" in names and not framed)
    kept = [cell.get("class") for cell in table.iter(f"{XHTML}td")][: len(cells)]
    assert ("brief" in (kept[0] or "")) is ("long" in names)


def test_what_cannot_be_divided_is_no_higher_than_the_screen() -> None:
    css = made(f'# One\n\n![](images/map.svg){{alt="A coast."}}\n\n{rows(["1846"] * 12, 60)}', epub="").text(
        "css/book.css"
    )
    assert re.search(r"\.table-frame \{[^}]*max-height: \d\dvh; overflow: auto", css)
    assert re.search(r"\bimg \{[^}]*max-height: \d\dvh", css)


def test_aligned_lines_are_aligned_where_only_style_sheets_are_heeded(
    page: etree._Element, package: zipfile.ZipFile
) -> None:
    sides = {cell.get("columnalign") for cell in page.iter("{http://www.w3.org/1998/Math/MathML}mtd")}
    css = package.read("EPUB/css/book.css").decode()
    for side in sides:
        assert re.search(rf'mtd\[columnalign="{side}"\] \{{ text-align: {side}; \}}', css)
    assert sides == {"left", "right"}
