"""Scraped texts with faults of many kinds come in as books, and the audit says what was done to each."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake import Intake, take_in
from pipeline.manuscript import ItemList, Leaf, Supplied, Text
from pipeline.parse import parse
from pipeline.source import Severity, Source, describe

FOLDER = Path(__file__).parent / "intake"
TEXTS = sorted(FOLDER.glob("*.txt"))


def outcome(made: Intake) -> str:
    """Write what an import made: its problems, its chapters, and each line of its ledger."""
    parts = [describe(problem, made.sources) for problem in made.problems]
    parts += [
        f"=== {name}\n{text}" for name, text in made.files.items() if name.endswith(".md") and name != "intake.md"
    ]
    parts.append(f"=== words\n{made.count}\n")
    lines = []
    for entry in sorted(made.entries, key=lambda entry: (entry.start, entry.end, entry.kind)):
        at = made.source.position(entry.start)
        also = "".join(
            f" +{made.source.position(place).line}:{made.source.position(place).column}" for place in entry.also
        )
        doubt = "? " if entry.doubt else ""
        lines.append(
            f"{at.line}:{at.column}{also} {doubt}{entry.kind} = {entry.way}: {entry.what} ({'; '.join(entry.signs)})"
        )
    return "\n".join([*parts, "=== ledger", *lines]) + "\n"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_scraped_text_comes_in_as_its_expected_manuscript(path: Path, request: pytest.FixtureRequest) -> None:
    made = take_in(path.name, path.read_bytes())
    text = outcome(made)
    expected = path.with_suffix(".expected")
    if request.config.getoption("--rewrite"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_what_comes_in_can_be_built(path: Path) -> None:
    made = take_in(path.name, path.read_bytes())
    chapters = {name: text for name, text in made.files.items() if name.startswith("chapters/")}
    assert chapters
    for name, text in chapters.items():
        _, problems = parse(Source(name, text))
        assert [problem for problem in problems if problem.severity is Severity.ERROR] == []


# What holds for every text -----------------------------------------------------------------------

MARKUP = st.text(
    alphabet=st.sampled_from(
        list("ab c.,;:-–—*_`~^[](){}<>#|\\&@!=+'\"“”\n\t\r\f\u00a0\u00ad\ufeff¹²†1239iVéЯ\x00\x9d§•")
    ),
    max_size=300,
)
LINES = st.lists(
    st.sampled_from(
        [
            "",
            "",
            "A paragraph of several words, which ends here.",
            "a line that goes on-",
            "  moved in by two",
            "        moved in by eight",
            "12",
            "13",
            "14",
            "- 7 -",
            "THE HEAD OF IT",
            "Chapter 1",
            "Chapter 2",
            "1. one",
            "2. two",
            "3) three",
            "(a) a",
            "(b) b",
            "- dash",
            "• point",
            "a\tb\tc",
            "d\te",
            "Article 1      says;",
            "Article 2\t\tsays.",
            "[1] a note",
            "[2] an editor’s note. – Ed.",
            "* a star",
            "† a dagger",
            "¹ raised",
            "Words with a mark[1] and another [2], a star*, a dagger† and a raised one¹.",
            "The head. Then words follow it in the same line, and more of them.",
            "It says:",
            "an item;",
            "the last item.",
            "* * *",
            "-----",
            "=====",
            "____________",
            "Notes",
            "\f",
            "Error message",
            "Please enable JavaScript in your browser.",
            "[x]: https://example.org",
            "| a | b |",
            "|---|---|",
            "::: box",
            ": so",
            "| bar",
            "<div>&amp;</div>",
            "Table: caption",
        ]
    ),
    max_size=24,
).map("\n".join)
TEXTS_OF_ALL_KINDS = st.one_of(MARKUP, LINES, st.text(max_size=200))


def spoken(leaf: Leaf) -> str:
    """Return the words of a manuscript file and its notes by a way of its own, without white space and sorted."""
    parts: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, Supplied):
            return
        if isinstance(node, Text):
            parts.append(node.text)
        elif isinstance(node, tuple):
            for each in node:
                walk(each)
        elif dataclasses.is_dataclass(node):
            if isinstance(node, ItemList) and node.start is not None:
                parts.extend("()" if node.delimiter == "()" else node.delimiter for _ in node.items)
            for field in dataclasses.fields(node):
                if field.name not in ("span", "source"):
                    walk(getattr(node, field.name))

    walk(leaf.blocks)
    walk(leaf.notes)
    return "".join("".join(parts).split())


@settings(max_examples=100, deadline=None)
@given(text=TEXTS_OF_ALL_KINDS)
def test_no_sign_of_any_text_is_lost_or_added(text: str) -> None:
    """Counted by a way of its own: signs of the source = signs of the manuscript + what is set aside, as multisets."""
    made = take_in("text.txt", text.encode("utf-8", "replace"))
    codes = {problem.code for problem in made.problems}
    assert codes <= {"intake-empty"}, [describe(problem, made.sources) for problem in made.problems]
    if codes:
        return
    assert made.count is not None
    assert made.count.balanced
    stands: Counter[str] = Counter()
    for name, chapter in made.files.items():
        if name.startswith("chapters/"):
            leaf, problems = parse(Source(name, chapter))
            assert not [problem for problem in problems if problem.severity is Severity.ERROR]
            stands += Counter(spoken(leaf))
    due = Counter("".join(made.source.text.split()))
    assert not stands - due, "the manuscript has signs that the source does not have"
    aside: Counter[str] = Counter()
    for entry in made.entries:
        if entry.way in ("aside", "title") or entry.kind in ("hyphen", "note", "list", "rule"):
            for start, end in [(entry.start, entry.end), *((at, at + 8) for at in entry.also)]:
                aside += Counter("".join(made.source.text[start:end].split()))
    assert not (due - stands) - aside, "signs vanished that the audit does not name"


@settings(max_examples=40, deadline=None)
@given(text=TEXTS_OF_ALL_KINDS)
def test_the_same_bytes_make_the_same_files(text: str) -> None:
    data = text.encode("utf-8", "replace")
    assert take_in("text.txt", data) == take_in("text.txt", data)


@settings(max_examples=40, deadline=None)
@given(text=TEXTS_OF_ALL_KINDS)
def test_line_ends_and_a_byte_order_mark_change_no_chapter(text: str) -> None:
    plain = text.replace("\r", " ").removeprefix("\ufeff")
    variants = [plain, plain.replace("\n", "\r\n"), "\ufeff" + plain]
    made = [take_in("text.txt", variant.encode("utf-8", "replace")) for variant in variants]
    chapters = [{name: text for name, text in each.files.items() if name.startswith("chapters/")} for each in made]
    assert chapters[0] == chapters[1] == chapters[2]


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=300))
def test_no_bytes_bring_it_down(data: bytes) -> None:
    made = take_in("bytes.bin", data)
    assert made.files or made.problems
    assert "intake-unfaithful" not in {problem.code for problem in made.problems}


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"[" * 10_000_000, {"source-too-large"}),
        (b"[" * 2_000_000, {"intake-empty"}),
        (b"[a](" * 100_000, {"word-too-long"}),
        (b"word " * 200_000 + b"end", {"paragraph-too-long"}),
        (b"w" * 1_000_000, {"word-too-long"}),
        (bytes(range(32)) * 10_000, {"intake-empty"}),
        (b"\0" * 100_000 + b"word", set()),
        (b"\x81\x8d\x8f" * 1_000, {"encoding-doubtful"}),
        ("Ðîññèÿ â îãíå".encode("cp1252") * 20, {"encoding-doubtful"}),
        (b"\xff\xfea", {"encoding-doubtful"}),
        (b"", {"intake-empty"}),
        (b"\n" * 7_000_000, {"source-too-large"}),
    ],
    ids=lambda value: repr(value[:8]) if isinstance(value, bytes) else "",
)
def test_hostile_bytes_end_in_problems(data: bytes, codes: set[str]) -> None:
    made = take_in("text.txt", data)
    assert {problem.code for problem in made.problems} == codes
    assert bool(made.files) is not bool(codes)


@pytest.mark.hostile
@pytest.mark.parametrize(
    "lines",
    [
        "[1] x\n\n",
        "%d. x\n\n",
        "THE SAME LINE\n\n12\n\n",
        "a\tb\n\n",
        "some-\n",
        "%d\n",
        "HEAD\n\nwords that follow it here\n\n",
        "- x\n",
        "\n%d     THE SAME HEAD\n",
        "\n%d     A HEAD OF ITS OWN %d\n",
        "words*\n\n* a note\n\n",
        "words[1]\n\n[1] a note of 19%d in this report\n\n",
        "Short. Words that go on for a while, and then for a while longer.\n\n",
    ],
)
def test_time_grows_with_the_text_and_not_faster(lines: str) -> None:
    def seconds(number: int) -> float:
        data = "".join(lines.replace("%d", str(at)) for at in range(1, number)).encode()
        begun = time.process_time()
        take_in("text.txt", data)
        return time.process_time() - begun

    seconds(50)
    few = max(seconds(500), 0.05)
    # A garbage collection may fall into one of them: what grows too fast does so every time.
    assert any(seconds(2_000) < 12 * few for _ in range(3))


# Faces and wrong letters -------------------------------------------------------------------------

SHAPES = frozenset(map(chr, range(0x20, 0x250)))


def test_a_sign_without_a_face_is_named_in_brackets_and_asked_about() -> None:
    text = "The star ☃ of ☃☄ winter, and caf\u0065\u0301.\n"
    made = take_in("snow.txt", text.encode(), shapes=SHAPES)
    assert (
        made.files["chapters/01-snow.md"]
        == "The star [U+2603]{.supplied} of [U+2603 U+2604]{.supplied} winter, and cafe\u0301.\n"
    )
    told = {entry.what.split(" (")[0]: len(entry.also) + 1 for entry in made.doubts if entry.kind == "sign"}
    assert told == {"no face of the house has `☃`": 2, "no face of the house has `☄`": 1}
    decided = Source("decisions.toml", '[[decide]]\nkind = "sign"\nat = "all"\nas = "aside"\n')
    assert (
        take_in("snow.txt", text.encode(), decided, SHAPES)
        .files["chapters/01-snow.md"]
        .startswith("The star  of  winter")
    )


def test_a_script_without_a_face_is_told_once_and_kept() -> None:
    made = take_in("snow.txt", "雪が一日中降った。誰も来なかった。\n".encode(), shapes=SHAPES)
    assert made.files["chapters/01-snow.md"] == "雪が一日中降った。誰も来なかった。\n"
    assert [entry.kind for entry in made.doubts if entry.kind in ("sign", "script")] == ["script"]


def test_letters_that_were_lost_or_read_wrongly_are_told() -> None:
    made = take_in("cafe.txt", "A cafÃ© in the town, and a l\ufffddy in it.\n".encode())
    assert {"mojibake", "replacement"} <= {entry.kind for entry in made.doubts}


# The audit agrees with itself ---------------------------------------------------------------------


def test_every_line_of_signs_is_listed_where_it_is_counted() -> None:
    made = take_in("mill.txt", b"The mill stood still.\n\n* * *\n\n---\n\nIt stood for years.\n")
    assert made.count is not None
    assert made.count.aside == 4
    audit = made.files["intake.md"]
    assert "## Set aside (2 places; 4 words in all)" in audit
    assert "`* * *`" in audit.split("## Set aside")[1]
    assert "`---`" in audit.split("## Set aside")[1]


def test_white_space_is_said_to_stand_only_where_it_does() -> None:
    text = (
        "It was so\u00a0[1]\u00a0in those  days, and in\u00a0May too.\n\nArticle 1      says yes;\n\n"
        "Article 2      says no.\n\n[1] A note.\n"
    )
    audit = take_in("days.txt", text.encode()).files["intake.md"]
    assert "1 place has more than one space between words. They stand in the manuscript" in audit
    assert "1 place has a single no-break space, which was kept: 1:37" in audit
    assert "these were not kept: 1:10, 1:14, 3:10, 5:10" in audit


# Encodings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_that_say_what_they_are_come_in_without_a_question(codec: str) -> None:
    text = "Ձյուն էր գալիս։ Snow fell – all day.\n\nNobody came, and nobody was expected to come."
    made = take_in("snow.txt", text.encode(codec))
    assert made.files["chapters/01-snow.md"] == text + "\n"
    assert made.problems == ()


def test_every_byte_of_windows_1252_is_told_with_its_place() -> None:
    made = take_in("cafe.txt", "Un café – deux cafés.\n\nC’était là.".encode("cp1252"))
    told = {made.source.text[entry.start]: 1 + len(entry.also) for entry in made.entries if entry.kind == "encoding"}
    assert told == {"é": 3, "–": 1, "’": 1, "à": 1}
    audit = made.files["intake.md"]
    assert "the byte 0xE9 was read as `é` (U+00E9), 3 times" in audit
    assert "1:7 (also 1:19, 3:3)" in audit


def test_one_file_may_hold_two_encodings() -> None:
    made = take_in("both.txt", "Grüße aus Köln.\n\n".encode() + "Grüße aus München.\n".encode("cp1252"))
    assert made.files["chapters/01-both.md"] == "Grüße aus Köln.\n\nGrüße aus München.\n"
    assert "UTF-8 and Windows-1252 in one file" in made.files["intake.md"]


def test_an_encoding_that_cannot_be_known_is_asked_for_and_then_used() -> None:
    data = "Снег шёл весь день, и никто не пришёл.".encode("cp1251")
    asked = take_in("snow.txt", data)
    assert [problem.code for problem in asked.problems] == ["encoding-doubtful"]
    assert 'encoding = "windows-1251"' in asked.problems[0].hint
    told = take_in("snow.txt", data, Source("decisions.toml", 'encoding = "cp1251"\n'))
    assert told.files["chapters/01-snow.md"] == "Снег шёл весь день, и никто не пришёл.\n"
    assert 'language = "ru"' in told.files["book.toml"]


def test_signs_of_windows_1252_read_as_controls_are_read_as_what_they_were() -> None:
    made = take_in("web.txt", "He said \x93no\x94 \x96 and left us.".encode())
    assert made.files["chapters/01-web.md"] == "He said “no” – and left us.\n"
    assert "U+0093 was read as `“`" in made.files["intake.md"]
