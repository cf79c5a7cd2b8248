"""Files of references with one sign too many or too few: all records are there, or the fault is told where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pipeline.bibliography import Reference
from pipeline.bibliography.library import read_library
from pipeline.source import Problem, Severity, Source

BIB = """% written by Better BibTeX
@string{nyup = {New York University Press}}

@book{waal2003,
  author = {de Waal, Thomas and {United Nations}},
  title = {Black {Garden}: A \\emph{Study}},
  year = 2003, month = jun,
  publisher = nyup # ", Inc.",
  pages = "12--15"
}

@article{able1999,
  title = {On the Border},
  journaltitle = {Journal},
  date = {1999-05},
  keywords = {war, peace},
}

@misc(last2001,
  title = {The Last},
  year = {2001}
)
"""

RIS = """TY  - JOUR
ID  - one
AU  - Roe, Anna
TI  - On the Border
JO  - Journal of Things
SP  - 12
EP  - 40
PY  - 1999/06/18
ER  -

TY  - BOOK
ID  - two
AU  - Waal, Thomas de
TI  - Black Garden
PB  - Press
PY  - 2003
ER  -

TY  - RPRT
ID  - three
AU  - Memorial
TI  - Report
PY  - 1992
ER  -
"""

YAML = """- id: one
  type: book
  title: "Black Garden: A Study"
  author:
  - {family: Waal, given: Thomas, non-dropping-particle: de}
  issued: 2003-05
- id: two
  type: report
  title: On the Border
  author: [{literal: Memorial}]
  issued: 1992
- {id: three, type: treaty, title: Covenant, issued: 1966-12-16}
"""

JSON = """[
  {"id": "one", "type": "book", "title": "Black Garden", "author": [{"family": "Waal", "given": "Thomas"}]},
  {"id": "two", "type": "report", "title": "Border", "issued": {"date-parts": [[1992, 6]]}},
  {"id": "three", "type": "treaty", "title": "Covenant", "volume": 999}
]
"""

FILES = {"r.bib": BIB, "r.ris": RIS, "r.yaml": YAML, "r.json": JSON}
BEGINS = {"r.bib": "@", "r.ris": "TY  -", "r.yaml": "- ", "r.json": "  {"}
SIGNS = {"r.bib": '{}",@=#(x\n', "r.ris": "-T x\n", "r.yaml": "-:{}[]\",x\n", "r.json": '{}[]",:x\n'}  # fmt: skip


@dataclass(frozen=True)
class Read:
    records: dict[str, Reference]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


def read(name: str, text: str) -> Read:
    library, problems = read_library([Source(name, text)])
    return Read(dict(library.references), problems)


def stretches(name: str) -> list[tuple[int, int]]:
    """Return from which to which offset each stretch of a file goes that begins a record."""
    lines = FILES[name].splitlines(keepends=True)
    starts, at = [], 0
    for line in lines:
        if line.startswith(BEGINS[name]):
            starts.append(at)
        at += len(line)
    return list(zip([0, *starts[1:]], [*starts[1:], at], strict=True))


def damages(name: str, step: int) -> Iterator[tuple[str, int, str]]:
    """Yield a file without each of its signs, and with others at every `step`th place, each sign at places of its own."""
    text = FILES[name]
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :], at, f"without {text[at]!r} at {at}"
        for sign in SIGNS[name][at % step :: step]:
            yield text[:at] + sign + text[at:], at, f"with {sign!r} at {at}"


def said(reference: Reference) -> str:
    return repr(sorted((name, str(value)) for name, value in reference.csl().items()))


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", FILES)
def test_a_sign_too_many_or_too_few_loses_no_record_in_silence(name: str, step: int) -> None:
    text = FILES[name]
    whole = read(name, text)
    assert whole.problems == ()
    keys = list(whole.records)
    where = stretches(name)
    own = where[-len(keys) :]
    records = dict(zip(keys, [(0, own[0][1]), *own[1:]], strict=True))  # what stands before the first is used by it
    wrong: list[str] = []
    for damaged, at, what in damages(name, step):
        now = read(name, damaged)
        number = next(n for n, (start, end) in enumerate(where) if start <= at < end)
        if not now.errors:
            if len(now.records) != len(keys):
                wrong.append(f"{what}: {list(now.records)} and no error")
            for key, (start, end) in records.items():
                beside = at == start or (at == start - 1)
                if not start <= at < end and not beside:
                    there = now.records.get(key)
                    if there is None or said(there) != said(whole.records[key]):
                        wrong.append(f"{what}: {key} has changed")
            fields = sum(len(each.fields) for each in now.records.values())
            if fields < sum(len(each.fields) for each in whole.records.values()) and not now.problems:
                wrong.append(f"{what}: a field is lost")
            continue
        first, last = where[max(0, number - 1)][0], where[min(len(where) - 1, number + 1)][1]
        places = [
            span.start for p in now.errors for span in (p.span, *(each for each, _ in p.also)) if span is not None
        ]
        if not any(first <= place <= last + 1 for place in places):
            wrong.append(f"{what}: told at {[p.span for p in now.errors]}")
        if name in ("r.bib", "r.ris"):
            for key, (start, end) in records.items():
                if any(start <= place < end for place in places):
                    continue  # told where it is
                if not (start - 2 <= at <= end + 1) and (
                    key not in now.records or said(now.records[key]) != said(whole.records[key])
                ):
                    wrong.append(f"{what}: {key} is lost with it ({[p.message for p in now.errors]})")
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:40])


def test_a_key_of_one_file_is_not_given_again_in_another() -> None:
    library, problems = read_library(
        [Source("a.yaml", "- {id: waal2003, type: book, title: T}\n"), Source("b.bib", BIB)]
    )
    assert [(problem.code, problem.span.path) for problem in problems if problem.span] == [
        ("ref-duplicate-key", "b.bib")
    ]
    assert library.references["waal2003"].text("title") == "T"


def test_each_of_many_damaged_entries_is_told() -> None:
    count = 2_000
    for head in ("@book{ title = {x}}\n", "@book{a,\n", "@book{a, title = {x\n", "@book a,\n\n", "@book{a, t = {}}}\n"):
        errors = read("r.bib", head * count).errors
        assert len(errors) >= (1 if head == "@book a,\n\n" else count - 1), head


@pytest.mark.parametrize(
    "title", ["\\emph{" * 5000 + "x" + "}" * 5000, '\\"' * 50_000, "\\it " * 50_000, "{" * 5000 + "}" * 5000]
)
def test_tex_that_is_nested_without_end_is_read(title: str) -> None:
    library, _ = read_library([Source("r.bib", f"@book{{k, title = {{{title}}}, date = 2000}}\n")])
    assert set(library.references) <= {"k"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.json", '[{"id": "k", "type": "book", "title": "T\\u0000"}, {"id": "l", "type": "book", "title": "T"}]'),
        ("r.json", '[{"id": "k", "type": "book", "author": [{"family": "F\\u001b"}]}, {"id": "l", "type": "book"}]'),
        ("r.yaml", '- {id: k, type: book, title: "T\\x07"}\n- {id: l, type: book, title: T}\n'),
    ],
)
def test_a_control_character_in_an_escape_is_told_with_its_record(name: str, text: str) -> None:
    found = read(name, text)
    assert [problem.code for problem in found.errors] == ["control-character"]
    assert set(found.records) == {"l"}
