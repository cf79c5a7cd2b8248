"""What a person decides is applied by every import, and noticed when the source has changed under it."""

from __future__ import annotations

import re
import tomllib

import pytest

from pipeline.intake import Intake, take_in
from pipeline.source import Source, describe

TEXT = """\
The long rain

It rained in Harwick from May to August. Nobody in Harwik complained[1]. All Harwick waited.

The first summer. In the summer of that year the barley was lost, and what was left of it was fed to the geese.


It was dry again, and see the section “The second summer” for the rest (with a list:

bread;

salt.

        She said that it was enough, and that it had always been enough.

[1] A note of somebody.
"""


def decide(toml: str, text: str = TEXT) -> Intake:
    return take_in("rain.txt", text.encode(), Source("decisions.toml", toml))


def chapter(made: Intake) -> str:
    assert made.problems == (), [describe(problem, made.sources) for problem in made.problems]
    (name,) = [name for name in made.files if name.startswith("chapters/")]
    return made.files[name]


def at(words: str, text: str = TEXT) -> str:
    offset = text.index(words)
    return f"{text.count(chr(10), 0, offset) + 1}:{offset - text.rfind(chr(10), 0, offset)}"


def decision(kind: str, words: str, way: str, *more: str) -> str:
    lines = [f'kind = "{kind}"', f'at = "{at(words)}"', f'words = "{words}"', f'as = "{way}"', *more]
    return "[[decide]]\n" + "\n".join(lines) + "\n"


def test_the_title_and_the_makers_come_from_the_decisions() -> None:
    made = decide(
        'title = "The Long Rain"\nsubtitle = "A Year"\nauthors = ["Ann Able"]\nlanguage = "en-GB"\ndate = "1921"\n'
    )
    settings = tomllib.loads(made.files["book.toml"])
    assert settings["title"] == "The Long Rain"
    assert settings["subtitle"] == "A Year"
    assert settings["language"] == "en-GB"
    assert settings["date"] == "1921"
    assert settings["slug"] == "the-long-rain"
    assert [person["name"] for person in settings["contributors"]] == ["Ann Able"]
    assert chapter(made).startswith("# The long rain\n"), "the line that is the title becomes the head"
    assert "title" not in {entry.kind for entry in made.doubts}


def test_a_supplied_head_stands_where_a_person_says() -> None:
    words = "It was dry again"
    made = decide(decision("break", words, "head", 'text = "The second summer"'))
    assert f"\n## [The second summer]{{.supplied}}\n\n{words}" in chapter(made)
    assert "supplied: words in the manuscript that the source does not have | 3 |" in made.files["intake.md"]


@pytest.mark.parametrize(
    ("toml", "stands"),
    [
        (decision("break", "It was dry again", "none"), "fed to the geese.\n\nIt was dry"),
        (decision("run-in", "The first summer", "text"), "\nThe first summer. In the summer"),
        (decision("list", "bread;", "text"), "\nbread;\n\nsalt.\n"),
        (decision("note", "[1] A note", "text"), "complained\\[1\\]."),
        (decision("voice", "[1] A note", "translator"), "[^1](translator): A note of somebody.\n"),
        (decision("bracket", "(with a list", "supply", 'text = ")"'), "(with a list: [)]{.supplied}\n"),
        (decision("quotation", "She said that", "quotation"), "\n> She said that it was enough"),
        (decision("head", "The long rain", "head", "level = 2"), "## The long rain\n"),
    ],
    ids=lambda value: value.split('"')[1] if "[[decide]]" in value else "",
)
def test_each_way_to_decide_is_taken(toml: str, stands: str) -> None:
    assert stands not in chapter(decide(""))
    assert stands in chapter(decide(toml))


def test_a_line_that_a_person_sets_aside_is_told_and_gone() -> None:
    made = decide(decision("aside", "The long rain", "aside"))
    assert "The long rain" not in chapter(made)
    assert "| set aside | 3 |" in made.files["intake.md"]


def test_lost_italics_come_back_only_when_a_person_says_so() -> None:
    text = "He read the\u00a0Morning Post\u00a0every day, and believed every word of it.\n"
    assert "the\u00a0Morning Post\u00a0every" in chapter(take_in("a.txt", text.encode()))
    toml = '[[decide]]\nkind = "italic"\nat = "1:13"\nwords = "Morning Post every"\nas = "italic"\n'
    assert "the *Morning Post* every day" in chapter(take_in("a.txt", text.encode(), Source("decisions.toml", toml)))


def test_every_snippet_of_the_audit_can_be_copied_as_it_is() -> None:
    audit = decide("").files["intake.md"]
    snippets = re.findall(r"```toml\n(\[\[decide\]\]\n.*?)```", audit.split("## How to decide")[0], re.DOTALL)
    kinds = {tomllib.loads(snippet)["decide"][0]["kind"] for snippet in snippets}
    assert {"spelling", "bracket", "quotation", "break"} <= kinds
    for snippet in snippets:
        made = decide(snippet)
        assert made.problems == (), snippet


def test_a_decided_doubt_is_a_doubt_no_more() -> None:
    before = decide("")
    doubt = next(entry for entry in before.doubts if entry.kind == "spelling")
    made = decide(decision("spelling", "Harwik", "text"))
    assert len(made.doubts) == len(before.doubts) - 1
    assert doubt.what in made.files["intake.md"].split("## Decided by a person (1)")[1]


def test_a_decision_whose_words_have_moved_says_where_they_are_now() -> None:
    toml = decision("spelling", "Harwik complained", "text")
    made = decide(toml, "A new first line, which ends.\n\n" + TEXT)
    (problem,) = made.problems
    assert problem.code == "decision-stale"
    assert "`Harwik complained` does not stand at 3:52" in problem.message
    assert 'write `at = "5:52"`' in problem.hint
    assert not made.files


def test_a_decision_whose_words_are_gone_is_told() -> None:
    made = decide(
        decision("spelling", "Harwik complained", "text"), TEXT.replace("Harwik complained", "Harwick complained")
    )
    assert [problem.code for problem in made.problems] == ["decision-stale"]
    assert "stand nowhere" in made.problems[0].hint


def test_words_that_moved_are_found_whatever_space_is_in_them_and_the_likeliest_place_comes_first() -> None:
    text = "He read the\u00a0Morning Post\u00a0every day (so they say.\n\nNobody (but he did.\n"
    toml = '[[decide]]\nkind = "italic"\nat = "1:13"\nwords = "Morning Post every"\nas = "italic"\n'
    toml += '[[decide]]\nkind = "bracket"\nat = "1:36"\nwords = "("\nas = "text"\n'
    chapter(take_in("a.txt", text.encode(), Source("decisions.toml", toml)))
    made = take_in("a.txt", ("Two new lines.\n\n" + text).encode(), Source("decisions.toml", toml))
    hints = [problem.hint for problem in made.problems if problem.code == "decision-stale"]
    assert 'write `at = "3:13"`' in hints[0]
    assert "3:36, 5:8" in hints[1]
    assert 'write `at = "3:36"`, if that is the place' in hints[1]


def test_a_head_that_the_text_names_is_asked_for_until_a_person_supplies_or_dismisses_it() -> None:
    assert "head-lost" in {entry.kind for entry in decide("").doubts}
    given = decide(decision("break", "It was dry again", "head", 'text = "The second summer"'))
    assert "head-lost" not in {entry.kind for entry in given.entries}
    place = decision("head-lost", "“The second summer", "text")
    assert "head-lost" not in {entry.kind for entry in decide(place).doubts}
    told = decide(place.replace('as = "text"', 'as = "head"')).problems
    assert [problem.hint for problem in told] == ["known: `text`"]


def test_all_doubts_of_a_kind_are_decided_at_once_and_one_of_them_otherwise() -> None:
    text = "We saw the mill-\nrace and the oat-\nfield, and we saw the hay-\nbarn that belonged to them.\n"
    every = '[[decide]]\nkind = "hyphen"\nat = "all"\nas = "join"\n'
    one = '[[decide]]\nkind = "hyphen"\nat = "2:17"\nwords = "- field"\nas = "hyphen"\n'
    assert 'at = "all"' in take_in("a.txt", text.encode()).files["intake.md"].split("## How to decide")[0]
    assert "millrace and the oatfield, and we saw the haybarn" in chapter(
        take_in("a.txt", text.encode(), Source("decisions.toml", every))
    )
    made = take_in("a.txt", text.encode(), Source("decisions.toml", every + one))
    assert "millrace and the oat-field, and we saw the haybarn" in chapter(made)
    assert "hyphen" not in {entry.kind for entry in made.doubts}


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('date = "yesterday"', "`yesterday` is no date"),
        (decision("head", "The long rain", "head", "level = 4"), "a head of level 4 follows one of level 1"),
        (
            decision("break", "It was dry", "head", "level = 5", 'text = "X"'),
            "a head of level 5 follows one of level 2",
        ),
        (decision("run-in", "The first summer", "head", "level = 1"), "begins no chapter"),
        ('[[decide]]\nkind = "hyphen"\nat = "all"\nas = "join"', "no doubt of the kind `hyphen`"),
    ],
)
def test_what_no_book_can_say_is_told_at_once_where_a_person_wrote_it(toml: str, said: str) -> None:
    made = decide(toml)
    assert not made.files
    (told,) = [describe(problem, made.sources) for problem in made.problems]
    assert said in told
    assert told.startswith("decisions.toml:")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("titel = 'x'", "`titel` is nothing that can be decided"),
        ("title = 3", "`title` is a number, not a text"),
        ('language = "no such"', "not a language tag"),
        ('encoding = "rot13"', "not a known encoding"),
        ("authors = 'Ann'", "not a list of names"),
        ("[[decide]]\nkind = 'break'", "a decision needs `at`"),
        (decision("break", "It was dry", "head").replace('at = "8', 'at = "eight'), "`at` is no place"),
        (decision("break", "It was dry", "nonsense"), "`break` cannot be decided as `nonsense`"),
        (decision("spelling", "It was dry", "text"), "there is no `spelling` to decide"),
        (decision("break", "It was dry", "break", "level = 9"), "`level` is no number"),
        (decision("break", "It was dry", "break", "levl = 2"), "a decision has no `levl`"),
        (decision("break", "It was dry", "break") * 2, "is decided twice"),
    ],
)
def test_what_is_no_decision_is_told_at_its_place(toml: str, said: str) -> None:
    made = decide(toml)
    assert not made.files
    told = "\n".join(describe(problem, made.sources) for problem in made.problems)
    assert said in told
    assert {problem.code for problem in made.problems} == {"decision-unknown"}
    assert told.startswith("decisions.toml:")


def test_broken_toml_is_told_with_its_place() -> None:
    made = decide('title = "never closed\n')
    assert [problem.code for problem in made.problems] == ["book-syntax"]
    assert not made.files
