"""No line begins with the call of a note: it stays with its word, whatever sign ends it, in every edition."""

from __future__ import annotations

import random
import re
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pypdfium2.raw as raw
import pytest
from lxml import etree

from pipeline.build import build
from pipeline.source import describe
from tests.pressroom import WORDS

pytestmark = pytest.mark.slow

SIGNS = ("!", "?", "…", "—", " –", ".", ",", ":", ";", "”", ")", "-", "/", "%", "", "’")
"""What may stand before a call; a line may be broken after many of them."""


class Writer:
    """Writes words with calls, and the notes that they call."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.notes: list[str] = []

    def words(self, count: int, every: int = 4, inner: bool = False) -> str:
        out = []
        for number in range(count):
            word = self.chance.choice(WORDS)
            if number % every == every - 1:
                key = f"n{len(self.notes)}"
                voice = self.chance.choice(("", "(editor)", "(textual)"))
                self.notes.append("")
                self.notes[int(key[1:])] = f"[^{key}]{voice}: " + (
                    self.words(12, 6) if inner and number % 3 == 0 else f"Note {key}."
                )
                word += f"{self.chance.choice(SIGNS)}[^{key}]"
            out.append(word)
        return " ".join(out)

    def paragraphs(self) -> str:
        return "\n\n".join(self.words(60, 8, number == 2) for number in range(4))

    def chapter(self) -> str:
        rows = "\n".join(f"| {self.words(6, 5)} | {self.words(8)} | {self.words(9, 8)} |" for _ in range(4))
        items = "\n".join(f"- {self.words(24, 7)}" for _ in range(3))
        text = (
            f"# {self.words(3, 9)}\n\n## A head of many words that goes on for two lines{'!'}[^head]\n\n"
            f"{self.paragraphs()}\n\n> {self.words(40, 8)}\n\n{items}\n\n"
            f"| a | b | c |\n|---|---|---|\n{rows}\n\n"
            f"| a | b | c |\n|---|---|---|\n| d | e | f |\n\nTable: {self.words(20)}\n\n"
            f"{self.paragraphs()}\n\n::: epigraph\n{self.words(20)}\n:::\n\n"
        )
        return text + "\n".join((*self.notes, "[^head]: Of the head.")) + "\n"


BOOK = """title = "Calls"
language = "en-GB"
slug = "calls"
chapters = ["one.md"]

[notes.voices.editor]
signed = "A. E."

[notes.voices.textual]
series = "textual"
marks = "lower-alpha"

[editions.fine]
trim = "a5"
composition = "fine"

[editions.draft]
trim = "6x9"
composition = "draft"

[editions.chapter]
trim = "5.5x8.5"
notes = "chapter"

[editions.screen]
trim = "a4-screen"

[editions.large]
trim = "a4-large"

[editions.epub]
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calls")
    (folder / "book.toml").write_text(BOOK, "utf-8")
    (folder / "one.md").write_text(Writer().chapter(), "utf-8")
    outcome = build(folder, jobs=2)
    wrong = [each for each in outcome.problems if each.code not in ("note-displaced", "heading-skip")]
    assert not wrong, "\n".join(describe(each, outcome.sources) for each in wrong)
    return folder / "dist"


def at_heads(path: Path) -> tuple[int, list[str]]:
    """Count the calls of a PDF, and say which stand at the head of a line: with the words before them."""
    places: dict[int, list[tuple[float, float]]] = {}
    with pikepdf.open(path) as pdf:
        numbers: dict[object, int] = {page.objgen: number for number, page in enumerate(pdf.pages)}
        for name, place in pikepdf.NameTree(pdf.Root.Names.Dests).items():
            if re.search(r"-ref-", str(name)):
                target = place.D if isinstance(place, pikepdf.Dictionary) else place
                places.setdefault(numbers[target[0].objgen], []).append((float(target[2]), float(target[3])))
    count, wrong = 0, []
    for number, page in enumerate(pypdfium2.PdfDocument(path)):
        text = page.get_textpage()
        signs = [
            (chr(raw.FPDFText_GetUnicode(text, index)), *text.get_charbox(index, loose=True))
            for index in range(text.count_chars())
        ]
        signs = [each for each in signs if each[0].strip()]
        for x, y in places.get(number, ()):
            near = [
                (abs(left - x) + abs(top - y), index)
                for index, (_, left, _, _, top) in enumerate(signs)
                if abs(left - x) < 4 and abs(top - y) < 16
            ]
            assert near, (path, number, x, y)
            index = min(near)[1]
            count += 1
            if signs[index - 1][1] > signs[index][1]:
                wrong.append("".join(each[0] for each in signs[index - 12 : index + 2]))
    return count, wrong


@pytest.mark.parametrize("name", ["fine", "draft", "chapter", "screen", "large"])
def test_no_line_of_a_page_begins_with_a_call(name: str, dist: Path) -> None:
    count, wrong = at_heads(dist / f"calls-{name}.pdf")
    assert count > 80
    assert wrong == []


def test_no_line_of_an_epub_can_begin_with_a_call(dist: Path) -> None:
    count = 0
    with zipfile.ZipFile(dist / "calls.epub") as book:
        for name in book.namelist():
            if name.endswith(".xhtml"):
                for call in etree.fromstring(book.read(name)).iter("{*}a"):
                    if "noteref" in call.get("{http://www.idpf.org/2007/ops}type", ""):
                        count += 1
                        before, parent = call.getprevious(), call.getparent()
                        assert parent is not None
                        words = parent.text if before is None else before.tail
                        assert (words or "").endswith("\u2060")
    assert count > 80
