"""What a build or a check came to: problems, the files that stand now, and the course of the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.source import Problem, Severity, Source

if TYPE_CHECKING:
    from pipeline.edition import Omission

Progress = Callable[[str], None]
"""Shows what is being done, for people who wait."""


def quiet(words: str) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build or a check came to.

    `problems` are sorted by place, `sources` hold the texts that they point into, `written` are
    the files that stand in the output folder now. `omissions` says for each edition what it
    leaves out because the manuscript says so. `record` tells the course of the work, edition by
    edition: units set and kept, rounds, notes repaired, versions. `contents` gives the content
    digest of every EPUB that a check has read, by its name: the same on every machine.
    """

    problems: tuple[Problem, ...]
    sources: Mapping[str, Source]
    written: tuple[Path, ...] = ()
    up_to_date: bool = False
    omissions: Mapping[str, tuple[Omission, ...]] = field(default_factory=dict)
    record: Mapping[str, object] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Say whether an error stands among the problems."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)
