"""Typographic signs: words stay, places stay, and every change is listed beside the edition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import typography
from pipeline.book import TypographyRule
from pipeline.build import build
from pipeline.manuscript import Leaf, Text
from pipeline.parse import parse
from pipeline.source import Source, describe
from pipeline.typography import LANGUAGES, set_signs

SIGNS = st.text(st.sampled_from("ab яЯ 1290.,;:!?-–—\"'’“”«»…()[]\u00a0\nDr.г.№§ *_"), max_size=60)


def texts(value: object) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from texts(getattr(value, each.name))


def said(leaf: Leaf) -> str:
    return " ".join(text.text for text in texts((leaf.blocks, leaf.notes)))


def words(leaf: Leaf) -> list[str]:
    return re.findall(r"[^\W_]+", said(leaf))


@given(SIGNS, st.sampled_from(LANGUAGES))
def test_no_word_is_touched_and_no_node_moves(text: str, language: str) -> None:
    leaf, _ = parse(Source("a.md", text))
    made, changes, problems = set_signs(leaf, language)
    assert words(made) == words(leaf)
    assert not [problem for problem in problems if problem.code == "typography-words"]
    before = {(node.span.start, node.span.end) for node in texts((leaf.blocks, leaf.notes))}
    for node in texts((made.blocks, made.notes)):
        at = (node.span.start, node.span.end)
        assert at in before or text[node.span.start] == "\n"  # the end of a line became a space that holds
    assert all(text[change.span.start : change.span.end] for change in changes)
    if not changes:
        assert made == leaf


@given(SIGNS)
def test_a_book_that_does_without_all_rules_is_as_it_was(text: str) -> None:
    leaf, _ = parse(Source("a.md", text))
    assert set_signs(leaf, "en-GB", tuple(TypographyRule)) == (leaf, (), ())


@pytest.mark.parametrize(
    ("rule", "typed", "without", "wanted"),
    [
        ("spaces", "a  b", "a  b", "a b"),
        ("quotes", '"a"', '"a"', "“a”"),
        ("apostrophes", "it's", "it's", "it’s"),
        ("ellipsis", "a...", "a...", "a…"),
        ("ranges", "10-12", "10-12", "10\u2060–\u206012"),
        ("dashes", "a - b", "a - b", "a\u00a0– b"),
        ("thousands", "12 000", "12 000", "12\u00a0000"),
        ("dates", "9 May", "9 May", "9\u00a0May"),
        ("units", "9 km", "9 km", "9\u00a0km"),
        ("titles", "Dr Who", "Dr Who", "Dr\u00a0Who"),
        ("initials", "E. Poe", "E. Poe", "E.\u00a0Poe"),
    ],
)
def test_each_rule_can_be_left_out_by_its_name(rule: str, typed: str, without: str, wanted: str) -> None:
    leaf, _ = parse(Source("a.md", typed))
    assert said(set_signs(leaf, "en-GB")[0]) == wanted
    assert said(set_signs(leaf, "en-GB", (TypographyRule(rule),))[0]) == without


def test_the_french_rule_for_high_points_can_be_left_out_too() -> None:
    leaf, _ = parse(Source("a.md", "Oui !"))
    assert said(set_signs(leaf, "fr")[0]) == "Oui\u202f!"
    assert said(set_signs(leaf, "fr", (TypographyRule.PUNCTUATION,))[0]) == "Oui !"


def test_a_rule_that_would_change_a_word_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(hand: typography._Hand, flow: typography._Flow, text: str) -> None:
        hand.change(flow, TypographyRule.SPACES, {0: ""})

    monkeypatch.setitem(typography._RULES, TypographyRule.SPACES, faulty)
    leaf, _ = parse(Source("a.md", "Words it's said."))
    made, changes, problems = set_signs(leaf, "en-GB")
    assert made == leaf
    assert changes == ()
    assert [problem.code for problem in problems] == ["typography-words"]


SETTINGS = """\
title = "Signs"
language = "{language}"
text = "{policy}"
{more}
chapters = ["one.md"]

[[contributors]]
name = "Ada Example"

[editions.print]
trim = "a5"

[editions.epub]
"""
CHAPTER = """# "One" - a head

"He wrote 10-12 letters", and the *boys'* house...[^n] See `"code"`.

[^n]: It's a note - of 5 km.
"""


def make(folder: Path, policy: str, language: str = "en-GB", more: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book.toml").write_text(SETTINGS.format(language=language, policy=policy, more=more), "utf-8")
    (folder / "one.md").write_text(CHAPTER, "utf-8")
    return folder


def test_a_normalised_book_passes_every_gate_and_lists_its_changes(tmp_path: Path) -> None:
    folder = make(tmp_path, "normalised")
    outcome = build(folder)
    assert not outcome.problems, "\n".join(describe(problem, outcome.sources) for problem in outcome.problems)
    listed = (folder / "dist" / "signs-typography.tsv").read_text("utf-8").splitlines()
    assert listed[0] == "place\trule\tbefore\tafter"
    assert 'one.md:3:1\tquotes\t"He wrote 10-12 letters", and th\t“He wrote 10-12 letters”, and th' in listed
    assert "one.md:3:13\tranges\twrote 10-12 lette\twrote 10⁀–⁀12 lette" in listed
    assert any(row.startswith("one.md:5:9\tapostrophes") for row in listed)
    assert len(listed) == 12


def test_a_faithful_book_is_not_touched_and_lists_nothing(tmp_path: Path) -> None:
    folder = make(tmp_path, "faithful")
    outcome = build(folder, editions=("epub",))
    assert not outcome.problems
    assert not list((folder / "dist").glob("*.tsv"))


def test_a_rule_of_no_name_and_a_language_without_a_custom_are_told(tmp_path: Path) -> None:
    outcome = build(make(tmp_path / "a", "normalised", more='without = ["ranges", "qoutes"]'), editions=("epub",))
    (told,) = [problem for problem in outcome.problems if problem.code == "book-value"]
    assert told.hint == "did you mean `quotes`?"
    outcome = build(make(tmp_path / "b", "normalised", language="fi"), editions=("epub",))
    assert "typography-unknown" in {problem.code for problem in outcome.problems}
