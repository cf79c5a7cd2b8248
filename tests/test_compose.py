"""Lines of a paragraph are chosen together: never too tight, never three hyphens running, and the best there are."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.pdf.compose import (
    BEARABLE,
    CONTRAST,
    FIT,
    HYPHEN,
    LADDER,
    LAST_HYPHEN,
    NO_NOTCH,
    PIECE,
    RUNT,
    RUNT_SHARE,
    SHRINK,
    STRETCH,
    TOLERANCES,
    Notch,
    Places,
    Setting,
    Wish,
    compose,
)

SPACE = 2.5


def paragraph(words: list[list[float]]) -> Places:
    """A paragraph of words, each a list of the widths of its syllables."""
    places = Places()
    width = spaces = 0.0
    for number, syllables in enumerate(words, 1):
        for syllable in syllables[:-1]:
            width += syllable
            places.add(width + 3, width, spaces, spaces, number, penalty=HYPHEN, hyphen=True, hang=1.5)
        width += syllables[-1]
        if number == len(words):
            places.add(width, width, spaces, spaces, number)
        else:
            places.add(width, width + SPACE, spaces, spaces + SPACE, number)
            width += SPACE
            spaces += SPACE
    return places


def measure_line(places: Places, a: int, b: int, measure: float) -> float | None:
    """The ratio of the line from place a (-1: the start) to place b; None when it cannot be set."""
    start = places.starts[a] if a >= 0 else 0.0
    spaced = places.start_spaces[a] if a >= 0 else 0.0
    short = measure + places.hangs[b] + (places.hangs_left[a] if a >= 0 else 0.0) - (places.ends[b] - start)
    spaces = places.end_spaces[b] - spaced
    fit = FIT * (places.ends[b] - start - spaces)
    short = short - fit if short > fit else short + fit if short < -fit else 0.0
    if short < 0:
        return None if -short > spaces * SHRINK else short / (spaces * SHRINK)
    if b == len(places.ends) - 1:
        return 0.0
    if spaces <= 0:
        return 0.0 if short < 0.01 else 1000.0
    return short / (spaces * STRETCH)


def cost(
    places: Places, ends: tuple[int, ...], measure: float, tolerance: float, notch: Notch = NO_NOTCH
) -> float | None:
    """What a setting costs by the rules; None when a rule forbids it."""
    total, before, running, a = 0.0, 1, 0, -1
    last = len(places.ends) - 1
    for number, b in enumerate(ends):
        ratio = measure_line(places, a, b, measure - (notch.width if number < notch.lines else 0))
        if ratio is None or (b != last and ratio > tolerance):
            return None
        kind = 0 if ratio < -0.5 else 1 if ratio <= 0.5 else 2 if ratio <= 1 else 3
        total += (10 + 100 * abs(ratio) ** 3) ** 2 + places.penalties[b] ** 2
        if b == last:
            width = places.ends[b] - (places.starts[a] if a >= 0 else 0.0)
            if width < RUNT_SHARE * measure or places.words[b] - (places.words[a] if a >= 0 else 0) <= 1:
                total += RUNT if places.words[b] > (places.words[a] if a >= 0 else 0) else PIECE
            total += LAST_HYPHEN if running else 0
        running = running + 1 if places.hyphens[b] else 0
        if running > 2:
            return None
        total += LADDER if running == 2 else 0
        total += CONTRAST if a >= 0 and abs(kind - before) > 1 else 0
        before, a = kind, b
    return total


def best_of_all(places: Places, measure: float, notch: Notch = NO_NOTCH) -> float | None:
    """Try every setting that there is."""
    last = len(places.ends) - 1
    best: float | None = None
    for tolerance in TOLERANCES:
        if best is not None and (best < RUNT or tolerance not in BEARABLE):
            break
        found = [
            price
            for count in range(last + 1)
            for ends in combinations(range(last), count)
            if (price := cost(places, (*ends, last), measure, tolerance, notch)) is not None
        ]
        if found:
            best = min(found) if best is None else min(best, *found)
    return best


WORDS = st.lists(st.lists(st.floats(3, 28), min_size=1, max_size=3), min_size=1, max_size=6)


@settings(deadline=None)
@given(WORDS, st.floats(40, 90), st.builds(Notch, st.integers(0, 3), st.floats(1, 20)))
def test_no_setting_of_a_paragraph_is_better(words: list[list[float]], measure: float, notch: Notch) -> None:
    places = paragraph(words)
    setting, best = compose(places, measure, notch=notch), best_of_all(places, measure, notch)
    if best is None:
        assert setting is None
    else:
        assert setting is not None
        found = cost(places, setting.ends, measure, setting.tolerance, notch)
        assert found is not None
        assert found == pytest.approx(best)


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(4, 20), min_size=1, max_size=4), min_size=30, max_size=120), st.floats(150, 320))
def test_long_paragraphs_keep_the_rules(words: list[list[float]], measure: float) -> None:
    places = paragraph(words)
    setting = compose(places, measure)
    assert setting is not None
    assert setting.ends[-1] == len(places.ends) - 1
    assert list(setting.ends) == sorted(set(setting.ends))
    assert cost(places, setting.ends, measure, setting.tolerance) is not None
    assert all(-1 <= ratio <= setting.tolerance for ratio in setting.ratios)


def even(count: int = 120, size: float = 21) -> Places:
    return paragraph([[size + 7 * ((index * 37) % 5 - 2)] for index in range(count)])


def test_a_paragraph_can_be_set_a_line_longer_or_shorter() -> None:
    places = even(200)
    plain = compose(places, 300)
    assert plain is not None
    found = {looseness: compose(places, 300, wish=Wish(looseness)) for looseness in (-1, 1)}
    lines = {looseness: len(setting.ends) - len(plain.ends) for looseness, setting in found.items() if setting}
    assert 1 in lines.values() or -1 in lines.values()
    assert all(change in (0, looseness) for looseness, change in lines.items())


def test_lines_can_be_asked_to_end_in_whole_words() -> None:
    places = paragraph([[9, 8, 7 + index % 5, 9] for index in range(60)])
    plain = compose(places, 200)
    assert plain is not None
    divided = [number for number, end in enumerate(plain.ends, 1) if places.hyphens[end]]
    assert divided
    for number in divided:
        setting = compose(places, 200, wish=Wish(whole=frozenset((number,))))
        assert setting is not None
        assert not places.hyphens[setting.ends[number - 1]]


def test_a_word_wider_than_the_measure_has_no_setting() -> None:
    assert compose(paragraph([[50.0], [400.0], [50.0]]), 300) is None


def test_a_line_ends_where_it_must() -> None:
    places = Places()
    places.add(40, 42.5, 0, 2.5, 1)
    places.add(80, 80, 2.5, 2.5, 2, forced=True)
    places.add(120, 122.5, 2.5, 5, 3)
    places.add(160, 160, 5, 5, 4)
    assert compose(places, 300) == Setting((1, 3), (0.0, 0.0), TOLERANCES[0])


def test_the_indent_takes_room_from_the_first_line_only() -> None:
    places = paragraph([[145.0], [145.0], [145.0], [145.0]])
    assert compose(places, 292.5) == Setting((1, 3), (0.0, 0.0), TOLERANCES[0])
    indented = compose(places, 292.5, indent=15)
    assert indented is None or indented.ends[0] == 0


def test_a_hanging_mark_gives_room() -> None:
    places = Places()
    places.add(150, 152.5, 0, 2.5, 1)
    places.add(302, 304.5, 2.5, 5, 2, hang=2)
    places.add(400, 400, 5, 5, 3)
    setting = compose(places, 300)
    assert setting is not None
    assert setting.ends == (1, 2)
    assert setting.ratios[0] == pytest.approx(0)


def test_a_ragged_line_may_be_a_hair_too_long_and_no_more() -> None:
    """A box as wide as its words is measured with the kerning of its spaces, and must not break its only line."""
    places = paragraph([[30.0], [40.0], [28.0]])
    natural = 30 + 40 + 28 + 2 * SPACE
    assert len(_lines(places, natural * 0.9985, ragged=True)) == 1
    assert len(_lines(places, natural * 0.99, ragged=True)) == 2
    assert len(_lines(places, natural * 0.9985, ragged=False)) == 1  # spaces may be a little narrower


def _lines(places: Places, measure: float, *, ragged: bool) -> tuple[int, ...]:
    found = compose(places, measure, ragged=ragged)
    assert found is not None
    return found.ends
