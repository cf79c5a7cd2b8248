"""A manuscript and a book come in; the passages in scripts that an edition cannot set as they must be set go out, as problems.

The house has faces for Latin, Greek, Cyrillic, Armenian, Georgian and Hebrew, and what it does with them was looked at. Scripts whose
letters join, stack or run in columns need more than a face: lines are broken and justified by rules of their own. So they are refused
at their place, rather than set somehow. A press that brings faces of its own answers for what they hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from pipeline.book import Book, EditionSettings, Medium, right_to_left
from pipeline.manuscript import Attributes, Code, CodeBlock, Manuscript, Text
from pipeline.source import Problem, Span

LIMIT = 20
"""Passages that are told one by one."""

_OTHER = (
    "\u0600-\u08ff\u0900-\u0fff\u1000-\u109f\u1100-\u137f\u13a0-\u167f\u1780-\u18af\u1950-\u1aaf\u1b00-\u1c4f"
    "\u2e80-\u9fff\ua000-\ua4cf\ua800-\ua82f\ua840-\uaaff\uabc0-\ud7af\uf900-\ufaff\ufb50-\ufdff\ufe70-\ufeff\uff00-\uffef"
    "\U00010800-\U00010fff\U00011000-\U000123ff\U0001e800-\U0001eeff\U00020000-\U0003ffff"
)
_PASSAGE = re.compile(f"[{_OTHER}](?:[^\\w\n]*[{_OTHER}]+)*")


def unsupported(manuscript: Manuscript, book: Book, settings: EditionSettings) -> Iterator[Problem]:
    """Yield a problem for each passage that this edition cannot set, and one for a printed book that runs from right to left."""
    if settings.medium is Medium.PDF and right_to_left(book.language):
        yield Problem(
            "script-unsupported",
            f"a paginated edition of a book in `{book.language}` would be bound at the wrong side",
            Span(book.settings, 0, 0),
            "make EPUB editions of it; passages in Hebrew within a book of another language are set as they must be",
        )
    if book.press.faces:
        return
    count = 0
    for leaf in manuscript.leaves:
        for node in _words((leaf.blocks, leaf.notes)):
            for found in _PASSAGE.finditer(node.text):
                count += 1
                if count > LIMIT:
                    return
                exact = node.span.end - node.span.start == len(node.text)
                start, end = node.span.start + found.start(), node.span.start + found.end()
                shown = found[0] if len(found[0]) <= 24 else f"{found[0][:24]}…"
                name = unicodedata.name(found[0][0], "").partition(" ")[0].capitalize().replace("Cjk", "CJK")
                yield Problem(
                    "script-unsupported",
                    f"`{shown}` is in a script that no edition can set as it must be set"
                    + (f" ({name})" if name else ""),
                    Span(node.span.path, start, end) if exact else node.span,
                    "write it in Latin letters, or show it as a picture with a description",
                )


def _words(value: object) -> Iterator[Text | Code | CodeBlock]:
    """Yield the nodes that hold words, in the order of the manuscript."""
    if isinstance(value, Text | Code | CodeBlock):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _words(each)
    elif is_dataclass(value) and not isinstance(value, Attributes | Span):
        for each in fields(value):
            yield from _words(getattr(value, each.name))
