"""Every problem that Stet can find has a page that explains it, and no page is without a problem."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipeline.explain import codes, explain, nearest, summary

PIPELINE = Path(__file__).resolve().parent.parent / "pipeline"

CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted(PIPELINE.rglob("*.py"))
    return tuple((path.relative_to(PIPELINE).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


def takers() -> dict[str, set[int]]:
    """Return the functions and classes that take a problem's code, with its place among their arguments.

    These are `Problem` and whatever has an argument called `code`.
    """
    found: dict[str, set[int]] = defaultdict(set)
    found["Problem"].add(0)
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                        names = [argument.arg for argument in inner.args.args][1:]
                        if "code" in names:
                            found[node.name].add(names.index("code"))
            elif isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]
                if "code" in names:
                    found[node.name].add(names.index("code"))
    return found


def literals(node: ast.expr) -> Iterator[str]:
    """Return the texts that an expression can be: a literal, or either side of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


@cache
def used() -> dict[str, str]:
    """Return every code that a problem is made with, and where."""
    found: dict[str, str] = {}
    known = takers()
    for path, tree in trees():
        if path.startswith("csl/"):
            continue  # faults of the engine reach people as `style-fault` and `ref-value`
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in known:
                continue
            given = [node.args[place] for place in known[name] if place < len(node.args)]
            given += [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            for argument in given:
                for code in literals(argument):
                    if CODE.fullmatch(code):
                        found.setdefault(code, f"pipeline/{path}:{node.lineno}")
    return found


def words() -> set[str]:
    """Return every text that stands anywhere in our code."""
    return {
        node.value
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not path.startswith("explain/")
    }


def test_problems_are_found_in_the_code() -> None:
    assert {"encoding-invalid", "book-value", "book-too-deep", "chapter-missing"} <= set(used())


def test_every_code_has_a_page() -> None:
    missing = {code: place for code, place in used().items() if code not in codes()}
    assert not missing, "\n".join(
        f"{place}: `{code}` has no page in pipeline/explain/" for code, place in missing.items()
    )


def test_no_page_is_without_a_code() -> None:
    assert not set(codes()) - words()


@pytest.mark.parametrize("code", codes())
def test_a_page_says_what_why_wrong_and_right(code: str) -> None:
    page = explain(code)
    assert page is not None
    assert CODE.fullmatch(code)
    first, empty, *_ = page.split("\n")
    assert re.fullmatch(r"[A-Z`].{10,110}\.", first), "the first line is one sentence"
    assert empty == ""
    assert page.endswith("\n")
    assert not page.endswith("\n\n")
    wrong, right = page.find("\nWrong:"), page.find("\nRight:")
    assert 0 < wrong < right, "a page shows what is wrong, then what is right"
    why = page[len(first) : wrong].strip()
    assert len(why) > 60, "a page says why it matters"


def test_an_unknown_code_has_no_page_but_near_ones() -> None:
    assert explain("no-such-code") is None
    assert explain("../__init__") is None
    assert summary("no-such-code") == ""
    assert nearest("chapter_mising")[0] == "chapter-missing"
    assert nearest("[isbn-invalid]") == ("isbn-invalid",)
    assert "isbn-shared" in nearest("isbn")
    assert nearest("") == ()
    assert nearest("x" * 100_000) == ()


def test_every_code_is_tried_by_a_test() -> None:
    here = Path(__file__).resolve().parent
    tests = "\n".join(
        path.read_text("utf-8")
        for path in sorted(here.rglob("*"))
        if path.suffix in (".py", ".md") and path.name != "test_explain.py"
    )
    untried = {
        code: place for code, place in used().items() if not re.search(rf"(?<![a-z0-9-]){code}(?![a-z0-9-])", tests)
    }
    assert not untried, "\n".join(f"{place}: no test tries `{code}`" for code, place in untried.items())
