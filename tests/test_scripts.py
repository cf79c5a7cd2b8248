"""Scripts: each is set by its own rules, or refused at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.build import build
from pipeline.checks.pdf_reader import read_pdf
from pipeline.source import describe

SETTINGS = """\
title = "Scripts"
language = "{language}"
chapters = ["one.md"]

[[contributors]]
name = "Ada Example"

[editions.print]
trim = "a5"

[editions.epub]
"""
PASSAGES = {
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα, προικισμένοι με λογική και συνείδηση.",
    "ru": "Все люди рождаются свободными и равными в своём достоинстве и правах, наделены разумом и совестью и должны поступать.",
    "hy": "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։ Նրանք ունեն բանականություն ու խիղճ։",
    "ka": "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით, მინიჭებული აქვთ გონება და სინდისი.",
    "az": "Bütün insanlar ləyaqət və hüquqlarına görə azad və bərabər doğulurlar. Onların şüurları və vicdanları var və qardaşlıq.",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı.",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש ברעהו.",
}  # fmt: skip


def make(folder: Path, text: str, language: str = "en-GB") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book.toml").write_text(SETTINGS.format(language=language), "utf-8")
    (folder / "one.md").write_text(text, "utf-8")
    return folder


def test_passages_in_seven_scripts_and_languages_pass_every_gate(tmp_path: Path) -> None:
    parts = [f'::: {{lang="{tag}"}}\n{words} {words}\n\n{words}\n:::\n' for tag, words in PASSAGES.items()]
    folder = make(tmp_path, "# One\n\n" + "\n".join(parts))
    outcome = build(folder)
    assert not outcome.problems, "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    (path,) = (folder / "dist").glob("*-print.pdf")
    text = "".join(piece.text for piece in read_pdf(path.name, path.read_bytes()).pieces)
    assert "\u058a" in text, "no Armenian word is divided by the Armenian hyphen"


@pytest.mark.parametrize(
    "words", ["السلام عليكم", "漢字かな", "한국어", "हिन्दी", "ไทย", "ܫܠܡܐ"]
)  # fmt: skip
def test_a_script_that_cannot_be_set_is_refused_at_its_place(words: str, tmp_path: Path) -> None:
    text = f"# One\n\nHe wrote *{words}* on the wall.[^n]\n\n[^n]: And {words}.\n"
    outcome = build(make(tmp_path, text))
    told = {
        text[problem.span.start : problem.span.end]
        for problem in outcome.problems
        if problem.code == "script-unsupported" and problem.span is not None
    }
    assert told == {words}
    assert outcome.failed
    assert not (tmp_path / "dist").exists()


def test_a_book_from_right_to_left_is_an_epub_and_no_paginated_edition(tmp_path: Path) -> None:
    text = f"# פרק\n\n{PASSAGES['he']}\n"
    folder = make(tmp_path, text, "he")
    printed = build(folder, editions=("print",))
    assert "script-unsupported" in {problem.code for problem in printed.problems}
    settings = SETTINGS.format(language="he").replace('[editions.print]\ntrim = "a5"\n', "")
    (folder / "book.toml").write_text(settings, "utf-8")
    outcome = build(folder)
    assert {problem.code for problem in outcome.problems} <= {"language-words"}
    assert list((folder / "dist").glob("*.epub"))
