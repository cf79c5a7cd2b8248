"""Documents of a book in a language that has no words of ours come in; our English ones in them say that they are English.

A screen reader speaks every word in the voice of the language that it is said to be in (WCAG 2.2, 3.1.2): “Chapter” in a Hebrew
book is silence or noise, until it says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from pipeline.book import right_to_left
from pipeline.edition.words import ENGLISH, vocabulary
from pipeline.epub.documents import LANG, XHTML, local, types

_SAME = frozenset(("isbn", "doi", "section", "and"))
"""Words and patterns that are no more English than anything else."""


def _patterns(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words of a vocabulary as expressions; any words or numbers stand in their gaps."""
    for name, words in table.items():
        if isinstance(words, str) and words and name not in _SAME:
            yield ".+".join(map(re.escape, words.split("{}")))
        elif isinstance(words, dict):
            yield from _patterns(words)


_OWN = re.compile(f"(?:{'|'.join([*_patterns(ENGLISH.table), 'Landmarks', 'Pages'])})", re.DOTALL)
_LINES = frozenset(("contributor", "faces", "tool", "digest"))
"""Lines of the title page, the imprint and the colophon that are sentences of ours."""
_OURS = frozenset(("label", "number"))
_HEADS = ("h1", "h2")


def are_english(language: str) -> bool:
    """Say whether the words of ours in a book of this language are English for want of its own.

    >>> are_english("hy"), are_english("en-GB"), are_english("de")
    (True, False, False)
    """
    return vocabulary(language) is None


def english(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements of a document that hold English words of ours and none of the author's.

    A label that the book gives in its own language is not among them.
    """
    for element in root.iter(f"{{{XHTML}}}*"):
        if _is_ours(element) and _is_english(element):
            yield element


def _is_ours(element: etree._Element) -> bool:
    names = frozenset((element.get("class") or "").split())
    if element.get("role") == "doc-backlink" or (local(element) == "nav" and element.get("aria-label")):
        return True
    if (
        types(element) & {"cover", "titlepage", "copyright-page", "toc", "footnotes", "loi", "lot"}
        and local(element) == "a"
    ):
        return True  # a landmark
    if local(element) == "title":
        return any("frontmatter" in types(each) for each in element.getroottree().getroot())
    return bool(names & (_LINES | _OURS | {"ref"})) or (
        local(element) in _HEADS and ("generated" in names or element.get("id") == "contents-h")
    )


def _is_english(element: etree._Element) -> bool:
    """Say whether what is read aloud of an element, its name in words or else its text, is a phrase of ours."""
    if element.get("role") == "doc-backlink":
        return (element.get("aria-label") or element.get("title") or "").startswith(ENGLISH["back_to_text"])
    text = " ".join((element.get("aria-label") or "".join(element.itertext())).split())
    return _OWN.fullmatch(text) is not None


def mark_english(root: etree._Element, language: str) -> None:
    """Say of the English words of ours in a document that they are English; nothing in a language that has its own."""
    if not are_english(language):
        return
    turned = right_to_left(language)
    for element in list(english(root)):
        if element.get("lang"):
            continue
        held = _held(element) if turned and local(element) in ("p", *_HEADS) else element
        held.set("lang", "en")
        held.set(LANG, "en")
        if turned:
            held.set("dir", "ltr")
        if local(element) == "nav":  # only its name is ours
            for inner in element:
                inner.set("lang", language)
                inner.set(LANG, language)
                if turned:
                    inner.set("dir", "rtl")


def _held(block: etree._Element) -> etree._Element:
    """Put what a block holds into a `span`, so that the block itself stays on the side of its language."""
    span = etree.Element(f"{{{XHTML}}}span")
    span.text, block.text = block.text, None
    span.extend(list(block))
    block.append(span)
    return span
