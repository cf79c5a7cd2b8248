"""Markers of the pages of an older print: what they say, where they stand, in which order they come."""

from __future__ import annotations

from pipeline.edition.drafts import Report
from pipeline.edition.printed import is_printed_page, printed_label
from pipeline.manuscript import (
    Phrase,
)
from pipeline.source import Severity, Span


class Markers:
    """Looks at the markers of one edition in the order of the text."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.marked: dict[str, Span] = {}
        self.last_page: tuple[int, Span] | None = None

    def look(self, node: Phrase, outer: str) -> None:
        """Look at the marker of a page: what it says, where it stands, and what stood before it."""
        if not is_printed_page(node):
            self.report.problem(
                "page-marker-invalid",
                "a page marker holds the number of a page and nothing else",
                node.span,
                "write it as `[p. 12]{.page}`, and a note after it",
            )
            return
        label = printed_label(node)
        if outer:
            self.report.problem(
                "page-marker-invalid",
                f"page `{label}` begins in a note, which stands in another place in each edition",
                node.span,
                "put the marker into the text; where it must be, say in words where the page begins",
            )
            return
        first = self.marked.setdefault(label, node.span)
        number = int(label) if label.isdecimal() else None
        if first is not node.span:
            self.report.problem(
                "page-marker-order",
                f"page `{label}` begins twice",
                node.span,
                "look at both places; give the pages of a second volume another label: `II 12`",
                ((first, "it first began here"),),
                Severity.WARNING,
            )
        elif number is not None and self.last_page is not None and number < self.last_page[0]:
            self.report.problem(
                "page-marker-order",
                f"page {number} begins after page {self.last_page[0]}",
                node.span,
                "look for a mistyped number",
                ((self.last_page[1], f"page {self.last_page[0]} begins here"),),
                Severity.WARNING,
            )
        if number is not None:
            self.last_page = (number, node.span)
