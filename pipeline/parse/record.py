"""What the parser made of every character: the record that the loss detector reads.

Marks are set at the moment at which a rule takes characters, never found again by searching.
"""

from __future__ import annotations

from pipeline.source import Problem, Severity, Source, Span

FREE = 0
"""not taken by a rule: must stand in the text of a node"""
SYNTAX = 1
"""a sign that says how words stand and is no word itself"""
VALUE = 2
"""kept as a value of a node: a target, an id, a description, the source of a citation"""
COMMENT = 3
"""a comment or the metadata of a file: left out because the author said so"""
REPLACED = 4
"""an escape or an entity: stands in the text as another character"""


class Record:
    """The marks on the characters of one source, and the problems met on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.marks = bytearray(len(source.text))
        self.replacements: dict[int, tuple[int, str]] = {}
        self.problems: list[Problem] = []
        self.told: set[str] = set()
        """keys of other programs that were told in this file"""

    def mark(self, start: int, end: int, mark: int = SYNTAX) -> None:
        """Say what the characters from `start` to `end` are."""
        if end > start:
            self.marks[start:end] = bytes((mark,)) * (end - start)

    def replace(self, start: int, end: int, text: str) -> None:
        """Say that the characters from `start` to `end` stand in the text as `text`."""
        self.mark(start, end, REPLACED)
        self.replacements[start] = (end, text)

    def report(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        hint: str = "",
        severity: Severity = Severity.ERROR,
        also: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        """Keep a problem that was met between two offsets."""
        self.problems.append(Problem(code, message, self.source.span(start, end), hint, severity, also))
