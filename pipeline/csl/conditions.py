"""The conditions of `cs:if` (CSL 1.0.2, "Choose"): words of a style in, tests of a context out."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.csl.context import FIRST, IBID, IBID_WITH_LOCATOR, SUBSEQUENT, Context

Test = Callable[[Context], bool]
POSITIONS = frozenset({"first", "subsequent", "ibid", "ibid-with-locator", "near-note", "far-note"})


def combine(tests: tuple[Test, ...], match: str) -> Test:
    """Return the one test that `match` (all, any or none) makes of many."""
    if len(tests) == 1:
        single = tests[0]
        return (lambda c: not single(c)) if match == "none" else single
    if match == "all" and len(tests) == 2:
        one, two = tests
        return lambda c: one(c) and two(c)

    def some(c: Context) -> bool:
        return any(test(c) for test in tests)

    def every(c: Context) -> bool:
        return all(test(c) for test in tests)

    if match == "any":
        return some
    if match == "none":
        return lambda c: not some(c)
    return every


def types_test(words: frozenset[str]) -> Test:
    """The type of the reference is one of these."""
    return lambda c: c.item.type in words


OF_CITE = frozenset({"locator", "first-reference-note-number", "citation-number", "year-suffix"})


def variables_test(words: tuple[str, ...]) -> Test:
    """One of these variables of the reference is not empty."""

    def test(c: Context) -> bool:
        known = c.item.known
        return any(word in known for word in words)

    return test


def variable_test(word: str) -> Test:
    """A variable, of the reference or the cite, is not empty."""
    if word == "locator":
        return lambda c: bool(c.locator)
    if word == "first-reference-note-number":
        return lambda c: bool(c.first_number)
    if word == "citation-number":
        return lambda c: bool(c.citation_number)
    if word == "year-suffix":
        return lambda c: bool(c.suffix)
    return lambda c: word in c.item.known


def uncertain_test(word: str) -> Test:
    """A date is uncertain (circa)."""

    def test(c: Context) -> bool:
        date = c.item.dates.get(word)
        return date is not None and date.circa

    return test


def year_only_test(word: str) -> Test:
    """A date has a year and no more."""

    def test(c: Context) -> bool:
        date = c.item.dates.get(word)
        return date is not None and date.start is not None and not date.start.month and not date.start.season

    return test


def area_test(value: str) -> Test:
    """The style is at work on cites, or on the bibliography."""
    return lambda c: c.area == value


LOCATORS = {"article": "article-locator", "title": "title-locator", "sub verbo": "sub-verbo"}


def locators_test(words: frozenset[str]) -> Test:
    """The locator is of one of these kinds."""
    return lambda c: bool(c.locator) and LOCATORS.get(c.label, c.label) in words


def any_of(tests: tuple[Test, ...]) -> Test:
    """One of the tests holds."""
    return tests[0] if len(tests) == 1 else lambda c: any(test(c) for test in tests)


def disambiguate_test(wanted: bool) -> Test:
    """Disambiguation has asked for more, or has not."""
    return lambda c: c.forms.condition == wanted


def position_test(word: str) -> Test:
    """The cite stands at this position; in the bibliography no position holds."""
    if word == "first":
        return lambda c: c.area == "citation" and c.position == FIRST
    if word == "subsequent":
        return lambda c: c.area == "citation" and c.position >= SUBSEQUENT
    if word == "ibid":
        return lambda c: c.area == "citation" and c.position >= IBID
    if word == "ibid-with-locator":
        return lambda c: c.area == "citation" and c.position == IBID_WITH_LOCATOR
    if word == "near-note":
        return lambda c: c.area == "citation" and c.near
    if word == "far-note":
        return lambda c: c.area == "citation" and c.position >= SUBSEQUENT and not c.near
    return lambda c: False
