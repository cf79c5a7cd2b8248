"""Pages are kept as long as they say what they would say if they were made now, and not an edit longer."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import pipeline
from pipeline.book import Medium
from pipeline.build import line
from pipeline.build.files import open_folder
from pipeline.build.preflight import preflight
from pipeline.edition import Edition, resolve
from pipeline.html import render
from pipeline.pagelines import Frame, LineKind, SetLine, SetUnit

ROOT = Path(__file__).parent.parent


class Shelf(dict[str, bytes]):
    """A cache in memory, which counts what is put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def put(self, key: str, value: bytes) -> None:
        self.made += 1
        self[key] = value


def editions(folder: Path) -> list[Edition]:
    """Return the editions of a book whose templates and tables differ most."""
    shelf = open_folder(folder)
    desk = line._read(shelf)
    assert desk.book is not None
    chosen = {settings.medium: settings for settings in desk.book.editions}
    return [resolve(desk.manuscript, desk.book, each, shelf.names, desk.citing)[0] for each in chosen.values()]


def check(folder: Path, shelf: Shelf) -> int:
    """Compare all kept pages with pages that are made now; return how many had to be made."""
    made = shelf.made
    for edition in editions(folder):
        assert render(edition, keep=shelf, base="these templates") == render(edition)
    return shelf.made - made


@pytest.fixture
def specimen(tmp_path: Path) -> Path:
    """The default book, which has every kind of node, note and reference."""
    return Path(
        shutil.copytree(ROOT / "manuscript", tmp_path / "book", ignore=shutil.ignore_patterns("dist", ".cache"))
    )


@pytest.mark.slow
def test_whatever_line_of_the_book_is_lost_each_page_says_what_it_would_say_now(specimen: Path) -> None:
    shelf = Shelf()
    everything = check(specimen, shelf)
    assert check(specimen, shelf) == 0
    for path in sorted(specimen.rglob("*.md")):
        text = path.read_text("utf-8")
        paragraphs = text.split("\n\n")
        for number in range(0, len(paragraphs), max(1, len(paragraphs) // 5)):
            path.write_text("\n\n".join([*paragraphs[:number], *paragraphs[number + 1 :]]), "utf-8")
            assert 0 <= check(specimen, shelf) < everything
        path.write_text(text, "utf-8")
        # Of a page that only repeats others, as the contents do, the latest answers are kept: one for each edition.
        assert check(specimen, shelf) <= len(editions(specimen))


@pytest.mark.parametrize("digest", [False, True])
def test_a_word_in_a_chapter_makes_the_page_of_that_chapter_again(specimen: Path, digest: bool) -> None:
    book = specimen / "book.toml"
    assert "digest = true" in book.read_text("utf-8")
    book.write_text(book.read_text("utf-8").replace("digest = true", f"digest = {digest!s}".lower()), "utf-8")
    shelf = Shelf()
    check(specimen, shelf)
    path = max(specimen.rglob("*.md"), key=lambda path: path.stat().st_size)
    path.write_text(path.read_text("utf-8") + "\n\nOne more word.\n", "utf-8")
    # The colophon changes too where it names the digest of the manuscript.
    assert check(specimen, shelf) == len(editions(specimen)) * (1 + digest)


def test_the_title_of_the_book_makes_every_page_again_that_shows_it(specimen: Path) -> None:
    shelf = Shelf()
    check(specimen, shelf)
    settings = specimen / "book.toml"
    settings.write_text(settings.read_text("utf-8").replace('title = "', 'title = "Another ', 1), "utf-8")
    assert check(specimen, shelf) > 0


def test_other_templates_believe_nothing(specimen: Path) -> None:
    shelf = Shelf()
    (edition, *_) = editions(specimen)
    render(edition, keep=shelf, base="these templates")
    made = shelf.made
    assert render(edition, keep=shelf, base="those templates") == render(edition)
    assert shelf.made == 2 * made


def test_what_goes_into_an_edition_says_all_of_itself_when_it_is_printed() -> None:
    rooms = ("source", "manuscript", "book", "edition", "bibliography")
    names = [each.name for each in pkgutil.walk_packages(pipeline.__path__, "pipeline.")]
    modules = [importlib.import_module(name) for name in names if name.split(".")[1] in rooms]
    kinds = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    # a text and a table of labels stand in no edition: what it took of them does
    values = [kind for kind in kinds if is_dataclass(kind) and kind.__name__ not in ("Source", "Vocabulary")]
    assert len(values) > 80
    for kind in values:
        assert kind.__dataclass_params__.repr, kind  # type: ignore[attr-defined]
        assert all(each.repr for each in fields(kind)), kind
        assert hasattr(kind.__repr__, "__wrapped__"), f"{kind} prints itself in its own way"


# The look over the pages -------------------------------------------------------------------------


def unit(key: str, over: float, first: int = 0) -> SetUnit:
    found = SetLine(0, "u", 0, LineKind.JUSTIFIED, 100, 50, 300 + over, 300, 0, 40, "words", "words")
    return SetUnit(key, first, (str(first + 1),), (found,), (Frame(50, 500, None),), 14, (432, 648), key=key)


def test_a_unit_with_a_fault_is_looked_at_until_it_is_mended(specimen: Path) -> None:
    edition = next(each for each in editions(specimen) if each.settings.medium is Medium.PDF)
    shelf = Shelf()
    looked = 2
    for _ in range(2):
        problems, looked = preflight(edition, (unit("good", 0), unit("bad", 5, 1)), shelf, sided=True)  # type: ignore[arg-type]
        assert [problem.code for problem in problems] == ["overfull-line"]
    assert looked == 1
    problems, looked = preflight(edition, (unit("good", 0), unit("mended", 0, 1)), shelf, sided=True)  # type: ignore[arg-type]
    assert (problems, looked) == ((), 1)
    assert preflight(edition, (unit("good", 0), unit("mended", 0, 1)), shelf, sided=True)[1] == 0  # type: ignore[arg-type]


def test_a_unit_of_which_nothing_is_known_is_always_looked_at(specimen: Path) -> None:
    edition = next(each for each in editions(specimen) if each.settings.medium is Medium.PDF)
    shelf = Shelf()
    assert preflight(edition, (unit("", 0),), shelf, sided=True)[1] == 1  # type: ignore[arg-type]
    assert preflight(edition, (unit("", 0),), shelf, sided=True)[1] == 1  # type: ignore[arg-type]
