"""What an EPUB says of itself is true: its pages, its pictures that move, its formulas, its ways back from notes."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from pipeline.build.line import epoch
from pipeline.epub.motion import motion
from pipeline.html import Resource, render
from pipeline.source import Severity
from tests.test_older_print import CLAIM, LISTED, TYPE, XHTML, Made, made
from tests.validators import epubcheck_many, needs_epubcheck

NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
VOLUMES = (
    "# One\n\n[i]{.page} Before. [p. 1]{.page} Here [p. 2]{.page} and there.\n",
    "# Two\n\n[i]{.page} After. [p. 1]{.page} Again [p. 2]{.page} and again.\n",
)
PARTS = """\
[[parts]]
title = "Volume One"
chapters = ["chapters/one.md"]

[[parts]]
title = "Volume Two"
chapters = ["chapters/two.md"]
"""
REVIEWED = '\n[accessibility]\nalternative_text_reviewed_by = "Ann Able"\n'
SMALL = (48, 32)


def volumes() -> Made:
    """Return a book of two volumes, each with pages i, 1 and 2."""
    return made(*VOLUMES, order="\n", more="\n" + PARTS)


def moving(
    form: str, colours: list[str], milliseconds: int, *, loop: bool = True, size: tuple[int, int] = SMALL
) -> bytes:
    """Return a picture that shows these colours one after the other."""
    frames = [Image.new("RGB", size, colour) for colour in colours]
    buffer = io.BytesIO()
    how = {"loop": 0} if loop else {}
    frames[0].save(buffer, form, save_all=True, append_images=frames[1:], duration=milliseconds, **how)
    return buffer.getvalue()


def with_picture(data: bytes, more: str = "", form: str = "gif") -> Made:
    picture = Resource(f"images/signal.{form}", f"image/{form}", data)
    return made(f'# One\n\n![](images/signal.{form}){{alt="A signal."}}\n', epub="", more=more, pictures=(picture,))


# Pages that two volumes have ----------------------------------------------------------------


def test_two_volumes_have_the_same_pages_and_no_number_stands_twice_in_the_ncx() -> None:
    book = volumes()
    assert book.problems == ()
    assert [label for label, _ in book.pages()] == ["i", "1", "2", "i", "1", "2"]
    targets = list(book.tree("toc.ncx").iter(f"{NCX}pageTarget"))
    assert [(target.get("type"), target.get("value")) for target in targets] == [
        ("front", None), ("normal", "1"), ("normal", "2"), ("front", None), ("normal", None), ("normal", None),
    ]  # fmt: skip
    assert ["".join(target.itertext()).strip() for target in targets] == ["i", "1", "2", "i", "1", "2"]


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("13 13 14", ["13"]),
        ("i ii i 1 2 1 2 3", ["i", "1"]),
        ("1 2 3 1 2 3 4", ["1"]),
        ("1 2 4 3 5", ["3"]),
        ("007 7 8", []),
        ("1 2 II·1 II·2", []),
    ],
)
def test_what_is_out_of_order_within_a_part_is_told_once_where_it_begins(labels: str, told: list[str]) -> None:
    book = made("# One\n\n" + " ".join(f"[{label}]{{.page}} word" for label in labels.split()) + "\n")
    assert [problem.code for problem in book.problems] == ["page-marker-order"] * len(told)
    for problem, label in zip(book.problems, told, strict=True):
        assert re.search(rf"\b{label}\b", problem.message)
        assert problem.span is not None
    values = [target.get("value") for target in book.tree("toc.ncx").iter(f"{NCX}pageTarget") if target.get("value")]
    assert len(values) == len(set(values))
    assert [label for label, _ in book.pages()] == labels.split()


# Pictures that move -------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("colours", "milliseconds", "flashes"),
    [
        (["black", "white"], 100, True),
        (["#f00", "#000"], 100, True),
        (["black", "white"], 1000, False),
        (["#fff", "#f4f4f4"], 50, False),
        ([f"#{value:02x}{value:02x}{value:02x}" for value in range(0, 250, 10)], 50, False),
    ],
)
def test_flashes_are_counted(form: str, colours: list[str], milliseconds: int, flashes: bool) -> None:
    found = motion(f"image/{form.lower()}", moving(form, colours, milliseconds))
    assert found is not None
    assert found.flashing is flashes
    assert found.restless
    assert motion(f"image/{form.lower()}", moving(form, colours[:1], milliseconds)) is None


def test_what_flashes_on_less_than_a_quarter_does_not_flash() -> None:
    frames = [Image.new("RGB", (64, 64), "white") for _ in range(2)]
    frames[1].paste((0, 0, 0), (0, 0, 28, 28))
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    found = motion("image/gif", buffer.getvalue())
    assert found is not None
    assert not found.flashing


def test_a_picture_that_comes_to_rest_is_no_burden() -> None:
    found = motion("image/png", moving("PNG", ["black", "white", "black"], 300, loop=False))
    assert found is None or found.restless  # APNG knows no "once" without a number of plays
    found = motion("image/gif", moving("GIF", ["black", "white", "black"], 300, loop=False))
    assert found is not None
    assert not found.restless
    assert found.seconds == pytest.approx(0.9)


@pytest.mark.parametrize(
    "drawing",
    ["<animate attributeName='x'/>", "<set attributeName='x'/>", "<style>@keyframes a { to { x: 1 } }</style>",
     "<g style='animation: a 1s infinite'/>", "<script>1</script>"],
)  # fmt: skip
def test_a_drawing_that_moves_is_known_and_not_measured(drawing: str) -> None:
    found = motion("image/svg+xml", f'<svg xmlns="http://www.w3.org/2000/svg">{drawing}</svg>'.encode())
    assert found is not None
    assert found.flashes is None
    assert motion("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"><style>g{color:red}</style></svg>') is None


CALM, FLASH = moving("GIF", ["black", "white"], 1000), moving("GIF", ["black", "white"], 100)


@pytest.mark.parametrize(
    ("data", "said", "hazards", "problem"),
    [
        (CALM, "", ["unknown"], "info"),
        (CALM, "none", ["none"], "info"),
        (CALM, "motion", ["noFlashingHazard", "motionSimulation", "noSoundHazard"], "info"),
        (CALM, "flashing", ["flashing", "noMotionSimulationHazard", "noSoundHazard"], "info"),
        (FLASH, "", ["flashing", "noSoundHazard"], "warning"),
        (FLASH, "flashing", ["flashing", "noMotionSimulationHazard", "noSoundHazard"], "warning"),
        (FLASH, "flashing and motion", ["flashing", "motionSimulation", "noSoundHazard"], "warning"),
    ],
)
def test_hazards_are_what_was_measured_or_what_a_person_says(
    data: bytes, said: str, hazards: list[str], problem: str
) -> None:
    more = f'\n[accessibility]\nhazards = "{said}"\n' if said else ""
    book = with_picture(data, more)
    assert [(each.code, each.severity) for each in book.problems] == [("picture-moves", problem)]
    assert book.problems[0].span is not None
    assert book.meta("schema:accessibilityHazard") == hazards


@pytest.mark.parametrize("said", ["none", "motion"])
def test_a_claim_that_the_measure_contradicts_is_refused(said: str) -> None:
    book = with_picture(FLASH, f'\n[accessibility]\nhazards = "{said}"\n')
    (refused,) = [each for each in book.problems if each.code == "claim-untrue"]
    assert refused.severity is Severity.ERROR
    assert refused.span is not None
    assert "flashes" in refused.message


def test_hazards_of_a_book_in_which_nothing_moves() -> None:
    book = made("# One\n\n![](images/map.svg){alt='A map.'}\n", epub="", more='\n[accessibility]\nhazards = "motion"\n')
    assert [(each.code, each.severity) for each in book.problems] == [("claim-untrue", "warning")]
    assert book.meta("schema:accessibilityHazard") == ["none"]
    other = made("# One\n\nWords.\n", epub="", more='\n[accessibility]\nhazards = "nothing"\n')
    assert [each.code for each in other.problems] == ["book-value"]


def test_no_conformance_where_a_picture_cannot_be_stopped() -> None:
    more = CLAIM + 'alternative_text_reviewed_by = "Ann Able"\n'
    for data, why in ((CALM, "2.2.2"), (FLASH, "2.3.1")):
        refused = [each for each in with_picture(data, more).problems if each.code == "claim-untrue"]
        assert [why in each.message for each in refused] == [True]
    once = with_picture(moving("GIF", ["black", "white"], 1000, loop=False), more)
    assert [each.code for each in once.problems] == ["picture-moves"]


# Ways to read it ----------------------------------------------------------------------------

PICTURE = '# One\n\n![The course](images/map.svg){alt="A chart."}\n'


@pytest.mark.parametrize(
    ("text", "more", "modes", "ways"),
    [
        ("# One\n\nWords.\n", "", ["textual"], ["textual"]),
        (PICTURE, "", ["textual", "visual"], ["textual,visual"]),
        (PICTURE, REVIEWED, ["textual", "visual"], ["textual,visual", "textual"]),
        ("# One\n\n![](images/map.svg){.decorative}\n", "", ["textual"], ["textual"]),
        ("# One\n\n$a+b$.\n", "", ["textual"], ["textual"]),
    ],
)
def test_text_alone_is_enough_where_somebody_answers_for_it(
    text: str, more: str, modes: list[str], ways: list[str]
) -> None:
    book = made(text, epub="", more=more)
    assert book.problems == ()
    assert book.meta("schema:accessMode") == modes
    assert book.meta("schema:accessModeSufficient") == ways


@pytest.mark.parametrize(
    ("formula", "language", "described"),
    [
        (r"$a \setminus b$", "en", True),
        (r"$a \setminus b$", "de", True),
        (r"$a \oplus b$", "en", True),
        (r"$a \barwedge b$", "de", False),
        ("$a + b$", "hy", False),
        (r"$a \barwedge b$ and $a + b$", "ru", False),
        (r"$a \oplus b${alt='գումար'}", "hy", True),
        (r"$a \oplus b${alt='Summe'}", "de", True),
    ],
)
def test_formulas_are_described_where_each_has_words(formula: str, language: str, described: bool) -> None:
    book = made(f"# One\n\n{formula}.\n", epub="", language=language)
    assert {each.code for each in book.problems} <= {"language-words", "math-unspoken"}
    assert "MathML" in book.meta("schema:accessibilityFeature")
    assert ("describedMath" in book.meta("schema:accessibilityFeature")) is described
    assert ("not all of them have words" in book.meta("schema:accessibilitySummary")[0]) is not described


# Notes, landmarks, moments ------------------------------------------------------------------

TWICE = "# One\n\nHere[^a] and there[^a] and here[^b].\n\n- Once more.[^a]\n\n[^a](editor): A note.\n\n[^b]: Another.\n"


def test_every_call_of_a_note_has_a_way_back_with_a_name_of_its_own() -> None:
    book = made(TWICE, epub="", more='\n[notes.voices.editor]\nsigned = "A. E."\n')
    assert book.problems == ()
    tree = book.tree("text/one.xhtml")
    calls = {each.get("id"): each.get("href") for each in tree.iter(f"{XHTML}a") if each.get("role") == "doc-noteref"}
    notes = [each for each in tree.iter(f"{XHTML}div") if each.get("role") == "doc-footnote"]
    for note in notes:
        backs = [each for each in note.iter(f"{XHTML}a") if each.get("role") == "doc-backlink"]
        led = {(each.get("href") or "")[1:] for each in backs}
        assert led == {id for id, href in calls.items() if href == f"#{note.get('id')}"}
        names = [each.get("aria-label") or each.text for each in backs]
        assert len(set(names)) == len(names)
        assert all((each.text or "").lstrip("↑") in (each.get("aria-label") or each.text or "") for each in backs)
    first, second = (" ".join("".join(note.itertext()).split()) for note in notes)
    assert first == "1 Editor’s note A note. [A. E.] ↑1 ↑2 ↑3"
    assert second == "2 Another."


def test_a_note_called_twice_stays_as_it_is_in_print() -> None:
    book = made(TWICE, epub="", medium="print")
    assert "↑" not in "".join(page.html for page in render(book.edition))


def landmarks(book: Made) -> dict[str, etree._Element]:
    """Return the element to which each landmark leads, by its type."""
    found = {}
    (nav,) = [each for each in book.tree("nav.xhtml").iter(f"{XHTML}nav") if each.get(TYPE) == "landmarks"]
    for link in nav.iter(f"{XHTML}a"):
        document, _, id = (link.get("href") or "").partition("#")
        (found[link.get(TYPE) or ""],) = book.tree(document).xpath("//*[@id=$id]", id=id)
    return found


def test_every_landmark_is_the_section_that_it_names() -> None:
    found = landmarks(made("# One\n\nWords.[^a]\n\n[^a]: A note.\n", epub=""))
    assert set(found) >= {"cover", "titlepage", "toc", "bodymatter", "footnotes"}
    for type, element in found.items():
        if type == "bodymatter":
            body = element.getparent()
            assert body is not None
            assert (element.get("role"), body.get(TYPE)) == ("doc-chapter", "bodymatter")
        else:
            assert type in (element.get(TYPE) or "").split()


@pytest.mark.parametrize("id", ["footnotes", "cover", "contents", "footnotes-2"])
def test_a_landmark_leads_to_its_section_whatever_the_author_names_his_own(id: str) -> None:
    book = made(f"# One\n\nWords.[^a]\n\n## Two {{#{id}}}\n\nMore.\n\n[^a]: A note.\n", epub="")
    assert book.problems == ()
    for type, element in landmarks(book).items():
        assert type == "bodymatter" or type in (element.get(TYPE) or "").split()


def test_a_corrected_book_carries_the_day_of_its_correction() -> None:
    def moment(more: str, environment: dict[str, str] | None = None) -> int:
        book = made("# One\n\nWords.\n", epub="", order=f'chapters = ["chapters/one.md"]\n{more}').edition.book
        return epoch(book, environment or {})

    assert moment('date = "1992-03-01"\n') == 699_408_000
    assert moment('date = "1992-03-01"\ncorrected = "1992-03-02"\n') == 699_408_000 + 86_400
    assert moment('corrected = "1992-03-02"\n', {"SOURCE_DATE_EPOCH": "700000000"}) == 700_000_000


@pytest.mark.slow
@needs_epubcheck
def test_epubcheck_has_nothing_to_say(tmp_path: Path) -> None:
    books = {
        "volumes": volumes(),
        "again": made("# One\n\n[13]{.page} a [13]{.page} b [0]{.page} c [i]{.page} d [i]{.page} e\n"),
        "flash": with_picture(FLASH),
        "twice": made(TWICE, epub=LISTED.replace('pages = "manuscript"', "")),
    }
    for name, book in books.items():
        (tmp_path / f"{name}.epub").write_bytes(book.data)
    said = epubcheck_many([tmp_path / f"{name}.epub" for name in books], tmp_path / "home")
    assert {path.stem: messages for path, messages in said.items()} == {name: [] for name in books}
