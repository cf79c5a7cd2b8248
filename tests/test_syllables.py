"""Words of languages without a dictionary of divisions, divided by their syllables."""

from __future__ import annotations

import itertools

import pyphen
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pdf.layout.engine import prepare
from pipeline.pdf.syllables import ARMENIAN, AZERBAIJANI, GEORGIAN, LANGUAGES, TURKISH, divisions

WORDS = {
    "tr": "ki-tap İs-tan-bul Tür-ki-ye e-lekt-rik sa-at kont-rol-süz al-tın-cı üst mü-da-fa-a",
    "az": "A-zər-bay-can mək-təb Qa-ra-bağ mü-əl-lim ki-tab-xa-na Ә-лиф-ба-сы И-ма-рәт",
    "hy": "Հա-յաս-տան Ղա-րա-բաղ ու-սու-ցիչ բա-րևել պատ-մու-թյուն ար-ձա-նագ-րու-թյուն Ե-րևան տուն գրքեր ժո-ղո-վուրդ",
    "ka": "სა-ქარ-თვე-ლო თბი-ლი-სი ა-დგი-ლი გა-მარ-ჯო-ბა ქუ-თა-ი-სი გა-აზ-რე-ბა მო-წყა-ლე ხელ-ნა-წე-რი",
}


@pytest.mark.parametrize(("language", "words"), WORDS.items())
def test_words_are_divided_as_grammars_divide_them(language: str, words: str) -> None:
    for divided in words.split():
        word = divided.replace("-", "")
        cuts = (0, *divisions(word, language), len(word))
        assert "-".join(word[a:b] for a, b in itertools.pairwise(cuts)) == divided


VOWELS = {"tr": TURKISH, "az": AZERBAIJANI, "hy": ARMENIAN, "ka": GEORGIAN}


@given(st.sampled_from(LANGUAGES), st.text(st.sampled_from("abceəıioöukrstİՀայաստանևուոյւთვდგაიო"), max_size=14))
def test_every_part_has_a_vowel(language: str, word: str) -> None:
    cuts = divisions(word, language)
    assert list(cuts) == sorted(set(cuts))
    assert all(0 < cut < len(word) for cut in cuts)
    if cuts:
        edges = (0, *cuts, len(word))
        parts = [word[a:b] for a, b in itertools.pairwise(edges)]
        assert all(set(part) & VOWELS[language] for part in parts), parts


@pytest.mark.parametrize(
    ("tag", "word", "parts"),
    [("tr-TR", "kitaplar", (5, 2)), ("hy", "Հայաստան", (5, 2)), ("az-Latn", "məktəblər", (6, 3))],
)
def test_the_layout_divides_by_them(tag: str, word: str, parts: tuple[int, ...]) -> None:
    prepare()
    language = pyphen.language_fallback(tag)
    assert language in LANGUAGES
    halves = list(pyphen.Pyphen(lang=language, left=2, right=2).iterate(word))
    assert tuple(len(first) for first, _ in halves) == parts
    assert all(first + second == word for first, second in halves)


def test_languages_with_a_dictionary_keep_it() -> None:
    """Where Pyphen has learnt one of these, our rules may go."""
    for language in ("ru", "el", "de", "fr", "es", "it", "en"):
        assert language not in LANGUAGES
        assert pyphen.language_fallback(language)


@pytest.mark.parametrize(
    ("tag", "word", "divided"),
    [
        ("grc", "Ἀχαιοῖς", "Ἀχαιοῖς"),
        ("grc", "οὐλομένην", "οὐ-λο-μένην"),
        ("el", "ἄνθρωποι", "ἄν-θρω-ποι"),
        ("el-GR", "άνθρωποι", "άν-θρω-ποι"),
    ],
)
def test_greek_of_all_ages_is_divided_by_the_patterns_of_today(tag: str, word: str, divided: str) -> None:
    prepare()
    assert pyphen.Pyphen(lang=pyphen.language_fallback(tag)).inserted(word) == divided
