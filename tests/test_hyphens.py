"""Words are divided where Pyphen divides them, whoever makes the patterns out."""

from __future__ import annotations

from pathlib import Path

import pyphen
import pytest

from pipeline.pdf.layout.hyphens import Patterns, prepare

HYPH_DICT = pyphen.HyphDict

WORDS = (
    "hyphenation typographical Armenia unutterable therapist a ab Donaudampfschifffahrt Rechtschreibung Zucker "
    "anticonstitutionnellement typographie zrychlený představení författare tietokone Ελλάδα τυπογραφία книга "
    "издательство wydawnictwo könyvkiadó asszony összeg editrice impaginazione maquetación paginação 1st e-mail"
).split()


@pytest.fixture(autouse=True)
def made_out_by_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyphen, "HyphDict", HYPH_DICT)  # and back again
    monkeypatch.setattr(pyphen, "hdcache", {})
    prepare()


@pytest.mark.parametrize(
    "path", sorted({path for path in pyphen.LANGUAGES.values() if isinstance(path, Path)}), ids=lambda path: path.stem
)
def test_every_dictionary_divides_words_as_pyphen_does(path: Path) -> None:
    theirs = HYPH_DICT(path)
    ours = pyphen.Pyphen(filename=path).hd
    letters = sorted({key.strip(".") for key in list(theirs.patterns)[::97]})
    for word in (*WORDS, *("".join(pair) for pair in zip(letters, reversed(letters), strict=True))):
        assert [(int(at), at.data) for at in ours.positions(word)] == [
            (int(at), at.data) for at in theirs.positions(word)
        ], word


def test_english_is_made_out_by_us_and_a_language_that_changes_its_spelling_is_not() -> None:
    assert isinstance(pyphen.Pyphen(lang="en_US").hd, Patterns)
    assert isinstance(pyphen.Pyphen(lang="hu").hd, HYPH_DICT)
    assert pyphen.Pyphen(lang="en_US", left=2, right=3).positions("hyphenation") == [2, 6]
