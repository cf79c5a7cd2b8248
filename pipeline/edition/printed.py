"""Words of a manuscript come in; the page markers of an older print among them go out.

`[p. 12]{.page}` says that page 12 of an older print begins here. Its words are not the author's: every
edition shows them small and in square brackets, an EPUB may list them as its pages.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.manuscript import (
    CiteCall,
    Code,
    CrossRef,
    Emphasis,
    Foreign,
    Formula,
    Image,
    Inline,
    LineBreak,
    Link,
    NoteCall,
    Phrase,
    SmallCaps,
    SoftBreak,
    Strikeout,
    Strong,
    Subscript,
    Superscript,
    Supplied,
    Text,
)

PAGE = "page"
"""The class of a span that marks a page."""

_WORD = re.compile(r"(?:pages?|pp?|seiten?|s|págs?|стр|с|էջ)(?:\.\s*|\s+)(?=\S)", re.IGNORECASE)


def is_printed_page(node: Inline) -> bool:
    """Say whether a node marks the page of an older print: plain words of the class `page`."""
    return (
        isinstance(node, Phrase)
        and PAGE in node.attributes.classes
        and bool(printed_words(node).strip("[]"))
        and all(isinstance(inner, Text | SoftBreak) for inner in node.inlines)
    )


def printed_words(node: Phrase) -> str:
    """Return what readers see of a marker, in square brackets."""
    words = "".join(inner.text if isinstance(inner, Text) else " " for inner in node.inlines if _is_plain(inner))
    return f"[{' '.join(words.split())}]"


def printed_label(node: Phrase) -> str:
    """Return the label of a marker for a list of pages: its words without the word for a page.

    >>> from pipeline.manuscript import Attributes
    >>> from pipeline.source import Span
    >>> place = Span("a.md", 0, 0)
    >>> [printed_label(Phrase((Text(w, place),), place, Attributes())) for w in ("p. 12", "iv", "стр. 3", "f. 3r")]
    ['12', 'iv', '3', 'f. 3r']
    """
    words = printed_words(node)[1:-1]
    return _WORD.sub("", words, count=1) if _WORD.match(words) else words


def _is_plain(node: Inline) -> bool:
    return isinstance(node, Text | SoftBreak)


def part_pages(inlines: tuple[Inline, ...]) -> tuple[tuple[Phrase, ...], tuple[Inline, ...]]:
    """Return the page markers in a head, which must stand before it, and the head without them."""
    pages: list[Phrase] = []
    rest: list[Inline] = []
    for node in inlines:
        if isinstance(node, Phrase) and is_printed_page(node):
            pages.append(node)
        elif isinstance(
            node,
            Emphasis
            | Strong
            | Strikeout
            | Superscript
            | Subscript
            | SmallCaps
            | Link
            | CrossRef
            | Foreign
            | Supplied
            | Phrase,
        ):
            inner, left = part_pages(node.inlines)
            pages.extend(inner)
            rest.append(replace(node, inlines=left) if inner else node)
        else:
            assert isinstance(node, Text | SoftBreak | LineBreak | Code | Formula | Image | NoteCall | CiteCall)
            rest.append(node)
    if not pages:
        return (), inlines
    if rest and isinstance(rest[0], Text):  # the space after a marker at the beginning
        rest[0] = replace(rest[0], text=rest[0].text.lstrip())
    return tuple(pages), tuple(rest)
