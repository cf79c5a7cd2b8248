"""With one `ibid` setting for both, what a note says in the PDF is what it says in the EPUB, read from the files alone."""

from __future__ import annotations

import random
import re
import shutil
import unicodedata
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from pipeline.build import build
from pipeline.source import Severity, describe
from tests.finished import epub_of, pdf_of
from tests.listener import hear

ROOT = Path(__file__).resolve().parents[1]
OPS = "{http://www.idpf.org/2007/ops}"


def signs(text: str) -> str:
    """Return what is seen of a text wherever its lines break."""
    return re.sub(r"[\s\u00ad]+", "", unicodedata.normalize("NFC", text)).replace("\u2010", "-").replace("\u2011", "-")


def notes_of_pdf(data: bytes) -> list[str]:
    document, faults = hear(data)
    assert not faults
    return [signs(node.text) for node in document.all("Note")]


def notes_of_epub(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".opf"))
        package = etree.fromstring(file.read(name))
        where = {item.get("id"): item.get("href") for item in package.iter("{*}item")}
        spine = [where[item.get("idref")] for item in package.iter("{*}itemref")]
        trees = [etree.fromstring(file.read(f"{name.rpartition('/')[0]}/{href}".lstrip("/"))) for href in spine]
    return [
        signs("".join(str(text) for text in element.itertext()))
        for tree in trees
        for element in tree.iter("{*}div")
        if element.get(f"{OPS}type") == "footnote"
    ]


def built(folder: Path, out: Path) -> tuple[list[str], list[str]]:
    outcome = build(folder, out=out, editions=("print", "epub"))
    wrong = [problem for problem in outcome.problems if problem.severity is Severity.ERROR]
    assert not wrong, "\n".join(describe(problem, outcome.sources) for problem in wrong)
    return notes_of_pdf(pdf_of(out).read_bytes()), notes_of_epub(epub_of(out))


@pytest.mark.slow
def test_the_notes_of_the_default_book_say_the_same_in_print_and_in_the_epub(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    shutil.copytree(ROOT / "manuscript", folder)
    settings = folder / "book.toml"
    text = settings.read_text("utf-8")
    assert text.count("[citations]\n") == 1
    settings.write_text(text.replace("[citations]\n", "[citations]\nibid = true\n"), "utf-8")
    printed, packed = built(folder, tmp_path / "out")
    # On paper its letter says what a textual note is; an EPUB says it in words.
    assert printed == [re.sub(r"^([a-z])Textualnote", r"\1", note) for note in packed]
    assert len(printed) >= 10


@pytest.mark.slow
def test_two_thousand_notes_say_the_same_in_print_and_in_the_epub(tmp_path: Path) -> None:
    write_noted_book(tmp_path / "book", notes=2000, chapters=40)
    printed, packed = built(tmp_path / "book", tmp_path / "out")
    assert len(printed) == 2000
    assert printed == packed
    assert sum("ibid" in note.lower() for note in printed) > 100
    assert sum(bool(re.search(r"\(n\d+\)", note)) for note in printed) > 100


WORDS = (
    "the village road market letter winter report people border night soldier court town river paper archive journal house "
    "morning council voice harvest bridge stone witnesses carried little longer toward never often after counted written"
).split()
FAMILIES = "Waal Cox Hunter Rost Yu Abbas Binder Petrov Aliyev Hakobyan Šimić Ørsted Núñez Brown Smith Jones".split()
KINDS = {
    "book": "publisher: Press, publisher-place: London, {author}",
    "article-journal": "container-title: Journal of {nine}, volume: {n}, page: 1-{n}99, {author}",
    "article-newspaper": "container-title: Daily {nine}, publisher-place: Baku",
    "report": "publisher: Agency, {author}",
    "treaty": "container-title: UNTS, volume: {n}, page: 3",
    "legal_case": "authority: ECtHR, number: {n}/05",
    "chapter": "container-title: Collected {nine}, publisher: Press, page: 1-{n}99, {author}",
}


def write_noted_book(folder: Path, *, notes: int, chapters: int, works: int = 500) -> None:
    """Write a book of so many notes: half citations in the text, half notes in three voices that cite, quote or only say.

    Chapters and the book are named by numbers alone, which no check may take for folios.
    """
    dice = random.Random(8)
    (folder / "chapters").mkdir(parents=True)
    rows, kinds = [], {}
    for n in range(works):
        kinds[n] = dice.choice(list(KINDS))
        title = f"{' '.join(dice.choices(WORDS, k=4)).capitalize()} {n}"
        author = (
            f"author: [{{family: {dice.choice(FAMILIES)}, given: {dice.choice(['Anna', 'Tom', 'Leyla', 'Ivan'])}}}]"
        )
        date = f"{1950 + n % 70}-0{n % 9 + 1}-1{n % 9}"
        fields = KINDS[kinds[n]].format(author=author, n=n + 1, nine=n % 9)
        rows.append(f'- {{id: w{n}, type: {kinds[n]}, title: "{title}", issued: {date}, {fields}}}')
    (folder / "references.yaml").write_text("\n".join(rows) + "\n", "utf-8")

    def sentence() -> str:
        return " ".join(dice.choices(WORDS, k=dice.randint(6, 16))).capitalize() + "."

    def place(work: int) -> str:
        word = "art." if kinds[work] == "treaty" else "p."
        return dice.choice(["", f", {word} {dice.randint(1, 99)}", f", {word} {dice.randint(1, 99)}"])

    per, names, work = notes // chapters, [], 0
    for chapter in range(1, chapters + 1):
        text, ends, made = [f"# {chapter}", ""], [], 0
        while made < per:
            sentences = []
            for _ in range(dice.randint(3, 6)):
                said = sentence()
                if made < per and dice.random() < 0.7:
                    work = work if dice.random() < 0.35 else dice.randrange(works)
                    cite = f"@w{work}{place(work)}"
                    if dice.random() < 0.5:
                        said = f"{said[:-1]} [{cite}]."
                    else:
                        said += f"[^n{chapter}-{made}]"
                        voice = dice.choice(["", "", "", "(editor)", "(translator)"])
                        words = dice.choice(
                            [
                                f"[{cite}].",
                                f"See [{cite}; @w{dice.randrange(works)}], and {sentence()}",
                                f"{sentence()} But [-{cite}] says otherwise.",
                                sentence(),
                                f"@w{work} says: {sentence()}",
                            ]
                        )
                        ends += [f"[^n{chapter}-{made}]{voice}: {words}", ""]
                    made += 1
                sentences.append(said)
            text += [" ".join(sentences), ""]
        names.append(f"chapters/c{chapter:02}.md")
        (folder / names[-1]).write_text("\n".join([*text, *ends]), "utf-8")
    (folder / "book.toml").write_text(
        f'title = "{notes}"\nlanguage = "en-GB"\nchapters = {names}\n[citations]\nstyle = "oscola"\nibid = true\n'
        '[notes.voices.editor]\nsigned = "Ed."\n[notes.voices.translator]\nsigned = "Tr."\n'
        '[editions.print]\ntrim = "6x9"\n[editions.epub]\n',
        "utf-8",
    )
