"""Words run as their script runs: the script of a language tag decides, then its language and country."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pipeline.book import EditionSettings, Medium, right_to_left
from pipeline.edition.scripts import unsupported
from pipeline.html import render
from pipeline.manuscript import Manuscript
from tests.test_epub_book import BOOK
from tests.test_older_print import XHTML, made

RIGHT_TO_LEFT = (
    "he", "iw", "yi", "ar", "ar-EG", "arz", "fa", "fa-AF", "prs", "ur", "ps", "sd", "sd-PK", "ckb", "ug", "dv", "syr", "nqo",
    "az-Arab", "az-IR", "ku-Arab", "pa-Arab", "pa-PK", "uz-Arab-AF", "sd-Arab-IN", "ff-Adlm", "lad-Hebr", "ota", "kk-CN", "ks",
    "en-Hebr", "ur-Aran", "zh-yue-Arab",
)  # fmt: skip
LEFT_TO_RIGHT = (
    "en", "he-Latn", "ar-Latn", "fa-Latn", "yi-Latn", "ur-Latn-PK", "sd-Deva", "sd-IN", "az", "ku", "pa", "uz", "ms", "tr",
    "ug-Cyrl", "ug-KZ", "dv-Latn", "ota-Latn", "hy", "ka", "ru", "el", "sr-Cyrl", "und", "x-hebr", "en-x-hebr", "tg-Cyrl",
)  # fmt: skip


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_a_language_runs_to_the_left(language: str) -> None:
    assert right_to_left(language)
    assert right_to_left(language.upper())


@pytest.mark.parametrize("language", LEFT_TO_RIGHT)
def test_a_language_runs_to_the_right(language: str) -> None:
    assert not right_to_left(language)


@pytest.mark.parametrize("medium", ["epub", "print"])
def test_hebrew_in_latin_letters_runs_to_the_right(medium: str) -> None:
    book = made(
        "# One\n\nHe said [shalom]{lang=he-Latn}, [שלום]{lang=he}, [salam]{lang=ar-Latn}.\n", epub="", medium=medium
    )
    (page,) = [page.html for page in render(book.edition) if page.name == "one"]
    assert re.findall(r'<span lang="([\w-]+)"(?: xml:lang="[\w-]+")?( dir="rtl")?>', page) == [
        ("he-Latn", ""),
        ("he", ' dir="rtl"'),
        ("ar-Latn", ""),
    ]


def test_a_book_in_latin_letters_is_turned_from_left_to_right() -> None:
    book = made("# Shalom\n\nShalom.\n", epub="", language="yi-Latn")
    assert book.tree("text/one.xhtml").get("dir") is None
    assert b"page-progression-direction" not in book.text("content.opf").encode()
    other = made("# סלאם\n\nסלאם.\n", epub="", language="az-Hebr")
    assert other.tree("text/one.xhtml").get("dir") == "rtl"
    assert b'page-progression-direction="rtl"' in other.text("content.opf").encode()


def test_a_language_that_nothing_heeds_is_told_once() -> None:
    assert made("# One\n\n$x${lang=de}\n\n$$y$$ {lang=de}\n", epub="").codes == ["attribute-unknown"] * 2


@pytest.mark.parametrize(
    ("language", "refused"),
    [("he", True), ("he-Latn", False), ("az", False), ("az-Arab", True), ("pa-PK", True), ("sd-Deva", False)],
)
def test_a_paginated_book_is_refused_by_its_script(language: str, refused: bool) -> None:
    settings = EditionSettings("print", Medium.PDF)
    found = list(unsupported(Manuscript(()), replace(BOOK, language=language), settings))
    assert [problem.code for problem in found] == ["script-unsupported"] * refused


def test_words_that_run_to_the_right_within_others_say_so() -> None:
    book = made(
        "# One\n\n::: {lang=he}\nשלום [peace, [paix]{lang=fr}]{lang=en} שלום\n\n- אחד\n:::\n\n[Ja]{lang=de}.\n", epub=""
    )
    spans = book.tree("text/one.xhtml").iter(f"{XHTML}span")
    assert [(each.get("lang"), each.get("dir")) for each in spans if each.get("lang")] == [
        ("en", "ltr"),
        ("fr", None),
        ("de", None),
    ]
