"""Literate cases: a heading that states a fact, what goes in, what comes out.

    ## A note called twice keeps one number
    ```manuscript
    One[^a]. Two[^a].

    [^a](editor): Words.
    ```
    ```tree
    …
    ```

Input blocks are `manuscript` (the file `case.md`) and any block named like a file (`book.toml`,
`two.md`). Every other block is an outcome of a kind that some `outcomes_*.py` beside this file has
registered:

    @outcome("html")
    def html(case: Case) -> str: ...

`pytest --rewrite` writes what came out into the case files; read the diff before you commit it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "cases"
MANUSCRIPT = "case.md"
_INPUT = re.compile(r"manuscript|[\w-]+\.(?:toml|md|yaml|bib|json|ris|csl)")


@dataclass(frozen=True, slots=True)
class Part:
    """A fenced block of a case file: its kind, its text, and the lines of its fences (from 1)."""

    kind: str
    text: str
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class Case:
    """One fact: where it stands, the files that go in, and the outcomes that are promised."""

    path: Path
    line: int
    fact: str
    files: dict[str, str]
    outcomes: tuple[Part, ...]

    @property
    def manuscript(self) -> str:
        """The text of the `manuscript` block."""
        return self.files[MANUSCRIPT]


OUTCOMES: dict[str, Callable[[Case], str]] = {}
"""What makes each kind of outcome: a function from a case to text without a last line feed."""


def outcome(kind: str) -> Callable[[Callable[[Case], str]], Callable[[Case], str]]:
    """Register the function that makes outcomes of a kind."""

    def register(function: Callable[[Case], str]) -> Callable[[Case], str]:
        if kind in OUTCOMES:
            raise ValueError(f"outcomes of kind `{kind}` are made twice")
        OUTCOMES[kind] = function
        return function

    return register


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read the cases of a file; what stands between blocks and under other heads is for people."""
    cases: list[Case] = []
    fact, line, parts = "", 0, list[Part]()

    def close() -> None:
        if not parts:
            return
        files: dict[str, str] = {}
        outcomes: list[Part] = []
        for part in parts:
            if _INPUT.fullmatch(part.kind):
                files[MANUSCRIPT if part.kind == "manuscript" else part.kind] = part.text
            else:
                outcomes.append(part)
        if not (fact and files and outcomes):
            raise ValueError(f"{path.name}:{parts[0].opened}: a case is a fact, an input and an outcome")
        cases.append(Case(path, line, fact, files, tuple(outcomes)))
        parts.clear()

    opened, fence, kind, rows = 0, "", "", list[str]()
    for number, row in enumerate(path.read_text("utf-8").split("\n"), 1):
        if fence:
            if row.rstrip() == fence:
                parts.append(Part(kind, "".join(f"{text}\n" for text in rows), opened, number))
                fence = ""
            else:
                rows.append(row)
        elif found := re.fullmatch(r"(`{3,})(\S+)", row):
            opened, fence, kind, rows = number, found[1], found[2], []
        elif row.startswith(("# ", "## ")):
            close()
            fact, line = row.lstrip("# ") if row.startswith("## ") else "", number
    if fence:
        raise ValueError(f"{path.name}:{opened}: a block that never ends")
    close()
    return tuple(cases)


def rewrite(case: Case, kind: str, text: str) -> None:
    """Write an outcome into the file of its case; what was written before may have moved its lines."""
    now = next(other for other in read_cases(case.path) if other.fact == case.fact)
    part = next(part for part in now.outcomes if part.kind == kind)
    rows = case.path.read_text("utf-8").split("\n")
    rows[part.opened : part.closed - 1] = text.split("\n") if text else []
    case.path.write_text("\n".join(rows), "utf-8")
