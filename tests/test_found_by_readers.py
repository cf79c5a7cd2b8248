"""What readers of finished books stumbled over, so that it stays mended."""

from __future__ import annotations

import random
import re
import zipfile
from pathlib import Path

import pypdfium2
import pytest

from pipeline.build import Outcome, build
from pipeline.source import describe

SETTINGS = 'title = "T"\nlanguage = "en"\nchapters = ["a.md"]\n\n[editions.print]\n\n[editions.epub]\n'
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0h40v20z"/></svg>'
TEXT = """# H~2~O and x^2^ ![a picture](x.svg)

Combining marks in an order of their own: ę́ and Ṩ.

Letters with two marks: ė́, ą́, À́, ũ̀, m̃, and а́.

```
if x:
\treturn\t1
```

Make `a\tb` now.

![Half the measure](x.svg){width=50% alt="A wedge"}

![A length](x.svg){width=30mm alt="A wedge"}

""" + "\n\n".join(f"A paragraph of some words, so that there is a second page, {n}." for n in range(60))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("book")
    (folder / "book.toml").write_text(SETTINGS, "utf-8")
    (folder / "a.md").write_text(TEXT.replace("ę́", "e\u0301\u0328").replace("Ṩ", "S\u0323\u0307"), "utf-8")
    (folder / "x.svg").write_text(DRAWING, "utf-8")
    return build(folder)


def edition(made: Outcome, suffix: str) -> Path:
    return next(path for path in made.written if path.name.endswith(suffix))


def chapter(made: Outcome) -> str:
    with zipfile.ZipFile(edition(made, ".epub")) as archive:
        return archive.read("EPUB/text/a.xhtml").decode()


def test_it_builds_without_a_problem(made: Outcome) -> None:
    assert [describe(problem, made.sources) for problem in made.problems] == []


def test_running_heads_keep_what_is_lowered_and_name_no_picture(made: Outcome) -> None:
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(edition(made, ".pdf"))]
    later = [page for page in pages if "so that there is a second page" in page and "Combining" not in page]
    assert any("H₂O and x²" in page for page in later)
    assert not any("picture" in page for page in later)


def test_a_tab_in_code_parts_words(made: Outcome) -> None:
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(edition(made, ".pdf")))
    assert re.search(r"return +1", text)
    assert "    return  1" in chapter(made)


def test_the_width_of_a_picture_is_its_width(made: Outcome) -> None:
    assert re.findall(r'<img [^>]*width="(\d+)"', chapter(made)) == ["240", "113"]


WORDS = "ship whale water log mate grey dawn seen slept wrote sailed below over men the of in at and his".split()


def some(seed: int, count: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) for _ in range(count))


def test_the_head_of_a_table_stays_while_notes_wait(tmp_path: Path) -> None:
    """WeasyPrint drops it where waiting notes leave no room for it and the first row."""
    big = " ".join(f"{some(n, 40)}.[^in{n}]" for n in range(30))
    inner = "\n\n".join(f"[^in{n}](editor): {some(100 + n, 20)}." for n in range(30))
    text = (
        f"# A\n\n{some(1, 80)}.[^big] {some(2, 80)}.\n\n[^big]: {big}\n\n{inner}\n\n"
        f"| Headword | B |\n|---|---|\n| a[^cell] | b |\n| c | d |\n\n[^cell]: {some(3, 10)}.\n"
    )
    (tmp_path / "book.toml").write_text(SETTINGS.replace("[editions.epub]\n", ""), "utf-8")
    (tmp_path / "a.md").write_text(text, "utf-8")
    made = build(tmp_path)
    assert {problem.code for problem in made.problems} == {"note-displaced"}
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(made.written[0])]
    assert sum("Headword" in page for page in pages) >= 1


def test_a_formula_in_the_head_of_a_table_stands_again_on_its_next_page(tmp_path: Path) -> None:
    rows = "".join(f"| Row {n} | {n} |\n" for n in range(80))
    (tmp_path / "book.toml").write_text(SETTINGS.replace("\n\n[editions.epub]\n", "\n"), "utf-8")
    (tmp_path / "a.md").write_text(f"# A\n\n| With $x_3^2$ in it | And this |\n|---|---|\n{rows}", "utf-8")
    assert build(tmp_path).problems == ()


def prose(words: int, calls: dict[int, str], seed: int) -> str:
    rng = random.Random(seed)
    some = "numbers villages roads nobody had counted before winter letters answered them of a commissioners".split()
    return " ".join(f"{rng.choice(some)}[^{calls[n]}]" if n in calls else rng.choice(some) for n in range(words)) + "."


def test_a_chapter_opens_with_text_though_a_note_on_its_first_note_must_wait(tmp_path: Path) -> None:
    settings = 'title = "T"\nlanguage = "en"\nchapters = ["a.md"]\n\n[editions.print]\ntrim = "b5"\n'
    (tmp_path / "book.toml").write_text(settings, "utf-8")
    text = [prose(78, {20: "a"}, 1), prose(46, {11: "f", 14: "g"}, 2)]
    sizes = {"b": 6, "c": 7, "d": 29, "e": 52, "f": 54, "g": 3}
    notes = {"a": prose(187, {107: "b", 128: "c", 155: "d", 175: "e"}, 3)}
    notes |= {key: prose(size, {}, size) for key, size in sizes.items()}
    written = "\n\n".join((*text, *(f"[^{key}]: {words}" for key, words in notes.items())))
    (tmp_path / "a.md").write_text(f"# Alone\n\n{written}\n", "utf-8")
    made = build(tmp_path)
    assert "head-at-foot" not in {problem.code for problem in made.problems}
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(edition(made, ".pdf"))]
    assert any(page.startswith("Alone") and len(page.split()) > 100 for page in pages)


@pytest.mark.parametrize("place", ["top", "page"])
def test_a_figure_that_stands_elsewhere_in_print_makes_no_doubt_of_the_pages_of_the_epub(
    place: str, tmp_path: Path
) -> None:
    (tmp_path / "book.toml").write_text(SETTINGS, "utf-8")
    text = prose(300, {}, 4)
    figure = f'![A caption of some words](x.svg){{#f place={place} alt="A wedge"}}'
    (tmp_path / "a.md").write_text(f"# Alone\n\n{figure}\n\n{text}\n\n{text}\n", "utf-8")
    (tmp_path / "x.svg").write_text(DRAWING, "utf-8")
    made = build(tmp_path)
    assert [problem.message for problem in made.problems if problem.code == "epub-page-list"] == []


def test_a_picture_alone_is_a_figure_as_wide_as_it_is_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text(SETTINGS, "utf-8")
    picture = '![](x.svg){alt="A wedge"}'
    text = f"# A\n\n{picture}\n\nWords.[^n]\n\n- item\n\n  {picture}\n\n[^n]: Words.\n\n    {picture}\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    (tmp_path / "x.svg").write_text(DRAWING, "utf-8")
    made = build(tmp_path)
    assert made.problems == ()
    assert chapter(made).count("<figure") == 3
    pages = pypdfium2.PdfDocument(edition(made, ".pdf"))
    shapes = [shape.get_bounds() for page in pages for shape in page.get_objects(max_depth=9) if shape.type == 2]
    widths = [round(right - left) for left, _, right, _ in shapes if 20 < right - left < 40]
    assert len(widths) == 3, shapes
