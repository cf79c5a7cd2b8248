"""The grammars of single values: language tags, dates, ISBNs, slugs, paths and the order of names."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.book.roles import RELATORS, ROLE_NAMES, role_code
from pipeline.book.rules import (
    in_name_order,
    is_slug,
    isbn_as_written,
    isbn_digits,
    isbn_fault,
    iso_date,
    language_doubtful,
    language_hint,
    language_tag,
    path_fault,
    slug_from,
    sort_name,
    tidy_path,
)

# RFC 5646, appendix A, and section 2.1
WELL_FORMED = """
de fr ja i-enochian zh-Hant zh-Hans sr-Cyrl sr-Latn zh-cmn-Hans-CN cmn-Hans-CN zh-yue-HK yue-HK zh-Hans-CN
sr-Latn-RS sl-rozaj sl-rozaj-biske sl-nedis de-CH-1901 sl-IT-nedis hy-Latn-IT-arevela de-DE en-US es-419
de-CH-x-phonebk az-Arab-x-AZE-derbend x-whatever qaa-Qaaa-QM-x-southern de-Qaaa sr-Latn-QM sr-Qaaa-RS
en-US-u-islamcal zh-CN-a-myext-x-private en-a-myext-b-another en-GB-oed sgn-BE-FR i-klingon art-lojban cel-gaulish
zh-min-nan hak und mul zxx en-a-bbb-x-a-ccc
""".split()

ILL_FORMED = """
de-419-DE a-DE ar-a-aaa-b-bbb-a-ccc en_US en-  -en en--US e abcdefghi en-US-x x en-a sl-rozaj-rozaj de-DE-1901-1901 é
en-US-abc i-unknown de-a-b 123 en-x-123456789 english-US-12345678901
""".split()


@pytest.mark.parametrize("tag", WELL_FORMED)
def test_a_well_formed_tag_is_taken_in_its_usual_capitals(tag: str) -> None:
    assert language_tag(tag).lower() == tag.lower()
    assert language_tag(tag.upper()) == language_tag(tag.lower()) == language_tag(language_tag(tag))


@pytest.mark.parametrize("tag", ILL_FORMED)
def test_an_ill_formed_tag_is_not_taken(tag: str) -> None:
    assert language_tag(tag) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("English", "en"),
        ("français", "fr"),
        ("en_GB", "en-GB"),
        ("en_GB.UTF-8", "en-GB"),
        ("zh hant tw", "zh-Hant-TW"),
        ("en-UK", "en-GB"),
        ("klingonese", ""),
        ("", ""),
        ("de", ""),
    ],
)
def test_the_tag_that_was_meant_is_found(written: str, meant: str) -> None:
    assert language_hint(written) == meant


def test_ukrainian_is_no_slip_for_british() -> None:
    assert not language_doubtful("uk")
    assert not language_doubtful("uk-UA")
    assert language_doubtful("en-UK")


@given(st.text())
def test_what_is_suggested_is_well_formed_and_another_tag(text: str) -> None:
    meant = language_hint(text)
    assert not meant or (language_tag(meant) == meant != text)


# Dates ----------------------------------------------------------------------------------------


@given(st.dates())
def test_every_day_month_and_year_is_a_date(day: date) -> None:
    for length in (4, 7, 10):
        assert iso_date(day.isoformat()[:length]) == day.isoformat()[:length]


@pytest.mark.parametrize(
    "text",
    ["", "51", "2026-13", "2026-00", "2023-02-29", "2026-1-1", "2026-11-24T10:00", "٢٠٢٦", "0000", "2026-", "c. 1851"],
)
def test_what_is_no_day_is_no_date(text: str) -> None:
    assert iso_date(text) == ""


# Book numbers ---------------------------------------------------------------------------------

bodies = st.tuples(st.sampled_from(["978", "979"]), st.text(string.digits, min_size=9, max_size=9)).map("".join)


def complete(body: str) -> str:
    """Return the one ISBN that begins with twelve digits, found by trying (ISO 2108: weighted sum divisible by 10)."""
    for last in string.digits:
        weights = [1, 3] * 6 + [1]
        if sum(int(digit) * weight for digit, weight in zip(body + last, weights, strict=True)) % 10 == 0:
            return body + last
    raise AssertionError(body)


@given(bodies, st.integers(0, 12), st.sampled_from(string.digits))
def test_one_mistyped_digit_is_always_noticed(body: str, place: int, digit: str) -> None:
    number = complete(body)
    assert isbn_digits(number) == number
    typed = number[:place] + digit + number[place + 1 :]
    assert isbn_digits(typed) == (number if typed == number else "")
    if typed != number:
        assert isbn_fault(typed)[1]


@given(bodies)
def test_a_number_of_ten_digits_is_given_in_thirteen(body: str) -> None:
    nine = body[3:]
    for last in "0123456789X":
        total = sum((10 - n) * (10 if digit == "X" else int(digit)) for n, digit in enumerate(nine + last))
        fault, hint = isbn_fault(nine + last)
        assert (complete("978" + nine) in hint) is (total % 11 == 0), (fault, hint)


@pytest.mark.parametrize(
    "written", ["978-0-306-40615-7", "ISBN 978-0-306-40615-7", "ISBN-13: 978–0–306–40615–7", "978 0 306 40615 7"]
)
def test_hyphens_are_kept_and_all_else_is_not(written: str) -> None:
    assert isbn_digits(written) == "9780306406157"
    assert isbn_as_written(written) == "978-0-306-40615-7"


# Slugs, paths, names --------------------------------------------------------------------------


@given(st.text())
def test_a_slug_made_from_a_title_is_safe(title: str) -> None:
    slug = slug_from(title)
    assert slug == "" or is_slug(slug)
    assert len(slug) <= 60


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Straße & Œuvre", "strasse-oeuvre"),
        ("Łódź 1992", "lodz-1992"),
        ("The Editor’s Cut", "the-editors-cut"),
        ("１２３", "123"),
        ("Con", ""),
        ("word " * 30, "word-word-word-word-word-word-word-word-word-word-word-word"),
    ],
)
def test_letters_with_marks_lose_them_in_a_slug(title: str, slug: str) -> None:
    assert slug_from(title) == slug


@pytest.mark.hostile
@pytest.mark.parametrize(
    "slug", ["..", "a..b", ".a", "-a", "a/b", "a\\b", "", "A", "a b", "é", "nul.txt", "com1", "a.", "a" * 101, "a\n"]
)
def test_what_is_not_safe_is_no_slug(slug: str) -> None:
    assert not is_slug(slug)


@pytest.mark.hostile
@given(st.text(st.sampled_from("./\\~:ab\u202e\0\n")))
def test_a_path_without_fault_stays_in_the_folder(path: str) -> None:
    if not path_fault(path):
        tidy = tidy_path(path)
        assert not tidy.startswith(("/", "~"))
        assert not {"..", ".", ""} & set(tidy.split("/")) or tidy == ""
        assert "\\" not in tidy


def test_names_are_sorted_as_people_do() -> None:
    names = ["b.md", "A.md", "ch.md", "ch10.md", "ch9.md", "ch09b.md", "2/1.md", "10/1.md"]
    assert in_name_order(names) == ["2/1.md", "10/1.md", "A.md", "b.md", "ch.md", "ch9.md", "ch09b.md", "ch10.md"]
    assert in_name_order(names[::-1]) == in_name_order(names)


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("Herman Melville", "Melville, Herman"),
        ("J. R. R. Tolkien", "Tolkien, J. R. R."),
        ("Voltaire", "Voltaire"),
        ("Melville, Herman", "Melville, Herman"),
        ("Martin Luther King, Jr.", "Martin Luther King, Jr."),
        ("Սերո Խանզադյան", "Խանզադյան, Սերո"),
    ],
)
def test_a_name_is_filed_under_its_last_word(name: str, sort: str) -> None:
    assert sort_name(name) == sort


def test_roles_are_known_by_code_and_by_name() -> None:
    assert all(len(code) == 3 and code.isalpha() and code.islower() for code in RELATORS)
    assert set(ROLE_NAMES.values()) <= set(RELATORS)
    for code, name in {
        "aut": "Author",
        "edt": "editor",
        "trl": "translator",
        "ill": "illustrator",
        "wfw": "writer of  foreword",
    }.items():
        assert role_code(code) == role_code(name) == code
    assert role_code("") == ""
