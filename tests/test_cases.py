"""Every case in `tests/cases/*.md` comes out as it says there."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.literate import CASES, OUTCOMES, Case, read_cases, rewrite

for path in sorted(Path(__file__).parent.glob("outcomes_*.py")):
    importlib.import_module(f"tests.{path.stem}")

ALL = [case for path in sorted(CASES.glob("*.md")) for case in read_cases(path)]


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.path.stem}: {case.fact}")
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    for part in case.outcomes:
        assert part.kind in OUTCOMES, f"{case.path.name}:{part.opened}: no outcomes of kind `{part.kind}` are known"
        text = OUTCOMES[part.kind](case)
        if request.config.getoption("--rewrite"):
            assert not hasattr(request.config, "workerinput"), "rewrite without -n, file after file"
            rewrite(case, part.kind, text)
        else:
            assert text == part.text.removesuffix("\n"), f"{case.path.name}:{part.opened}"


def test_facts_are_stated_once_in_a_file() -> None:
    facts = [(case.path.name, case.fact) for case in ALL]
    assert len(facts) == len(set(facts)) > 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("## Fact\n```manuscript\na\n```\n", "a case is a fact, an input and an outcome"),
        ("```manuscript\na\n```\n```tree\na\n```\n", "a case is a fact, an input and an outcome"),
        ("## Fact\n```manuscript\na\n", "a block that never ends"),
    ],
)
def test_a_case_without_all_its_parts_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=fault):
        read_cases(path)


def test_rewriting_changes_just_the_outcome_that_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    before = "# Head\n\n## One\n```manuscript\na\n```\n```tree\nold\nlines\n```\nWords.\n\n## Two\n```manuscript\n```\n```tree\n```\n"
    path.write_text(before, "utf-8")
    one, two = read_cases(path)
    rewrite(one, "tree", "new")
    rewrite(two, "tree", "x\ny")
    after = before.replace("old\nlines", "new").replace("```tree\n```", "```tree\nx\ny\n```")
    assert path.read_text("utf-8") == after
    rewrite(two, "tree", "")
    assert path.read_text("utf-8") == before.replace("old\nlines", "new")
