"""Markers of the pages of an older print: what they say, where they stand, in which order they come."""

from __future__ import annotations

from pipeline.edition.drafts import Report
from pipeline.edition.printed import is_printed_page, printed_label
from pipeline.manuscript import Phrase
from pipeline.source import Severity, Span


class Markers:
    """Looks at the markers of one edition in the order of the text."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.found = False
        self._marked: dict[str, Span] = {}
        self._last: tuple[int, Span] | None = None
        self._part: int | None = None
        self._opens = False

    def enter(self, part: int | None) -> None:
        """Go on to a unit of a part: with a part a volume may begin, which counts its pages anew."""
        if part != self._part:
            self._part, self._opens = part, True

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
        self.found = True
        number = int(label) if label.isdecimal() else None
        lower = number is not None and self._last is not None and number < self._last[0]
        if self._opens and (lower or label in self._marked):
            self._begin_anew()
            lower = False
        self._opens = False
        first = self._marked.setdefault(label, node.span)
        if first is not node.span:
            self.report.problem(
                "page-marker-order",
                f"page `{label}` begins twice",
                node.span,
                "look at both places; give the pages of a second volume another label: `II 12`",
                ((first, "it first began here"),),
                Severity.WARNING,
            )
        elif lower and self._last is not None:
            self.report.problem(
                "page-marker-order",
                f"page {number} begins after page {self._last[0]}",
                node.span,
                "look for a mistyped number; a volume that counts anew begins with a part",
                ((self._last[1], f"page {self._last[0]} begins here"),),
                Severity.WARNING,
            )
        if lower:  # said once, and not again of every page that follows
            self._begin_anew()
            self._marked[label] = node.span
        if number is not None:
            self._last = (number, node.span)

    def _begin_anew(self) -> None:
        self._marked.clear()
        self._last = None
