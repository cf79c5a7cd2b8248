"""Every word says its language: the document that of the book, a foreign passage its own, and how it runs.

A screen reader that takes Armenian for English reads nothing; no official check knows in which language a word is.
Sources: WCAG 2.2, 3.1.1 and 3.1.2; EPUB 3.3, 6.1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from pipeline.book import right_to_left
from pipeline.checks.package.parts import Parts, place_of
from pipeline.edition import Edition
from pipeline.edition.places import Places, nodes_of
from pipeline.epub.documents import LANG, XHTML
from pipeline.epub.english import are_english, english
from pipeline.manuscript import Attributes, Foreign, Formula
from pipeline.source import Problem


def check_languages(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """Hold the languages of documents and passages against those of the edition."""
    book = edition.book.language
    units = {unit.id: unit for unit in edition.units}
    for name, tree in parts.trees.items():
        if tree.tag != f"{{{XHTML}}}html":
            continue

        def fault(message: str, element: etree._Element, name: str = name) -> Problem:
            return Problem("epub-language", f"{message}, in `{name}`", place_of(element, places))

        if tree.get("lang") != book or tree.get(LANG) != book:
            yield fault(f"the document is in `{tree.get('lang')}` and `{tree.get(LANG)}`, the book in `{book}`", tree)
        if (tree.get("dir") or "ltr") != ("rtl" if right_to_left(book) else "ltr"):
            yield fault(f"the document runs `{tree.get('dir')}`, words in `{book}` do not", tree)
        found: Counter[str] = Counter()
        for element in tree.iter(f"{{{XHTML}}}*"):
            language = element.get("lang")
            if language != element.get(LANG):
                yield fault(f"`lang` is `{language}`, `xml:lang` is `{element.get(LANG)}`", element)
            if language and element is not tree:
                found[language] += 1
                if right_to_left(language) != (_runs(element) == "rtl"):
                    yield fault(f"a passage in `{language}` runs `{_runs(element)}`", element)
        if are_english(book):
            for element in english(tree):
                if not any((each.get("lang") or "").startswith("en") for each in (element, *element)):
                    words = " ".join("".join(element.itertext()).split())
                    yield fault(f"`{words[:60]}` is English in a book in `{book}`, and does not say so", element)
        for section in tree.iter(f"{{{XHTML}}}section"):
            unit = units.get(section.get("id") or "")
            if unit is None:
                continue
            wanted = Counter(_languages((unit.title, unit.blocks, unit.notes)))
            for language in wanted - found:
                yield fault(f"a passage in `{language}` does not say so", section)


def _runs(element: etree._Element) -> str:
    """Return the direction in which the words of an element run."""
    around: etree._Element | None = element
    while around is not None:
        if around.get("dir"):
            return around.get("dir") or ""
        around = around.getparent()
    return "ltr"


def _languages(value: object) -> Iterator[str]:
    """Yield the languages that the nodes of a unit state."""
    for node in nodes_of(value):
        if isinstance(node, Foreign):
            yield node.language
        attributes = getattr(node, "attributes", None)
        language = attributes.get("lang") if isinstance(attributes, Attributes) else ""
        if language and not isinstance(
            node, Foreign | Formula
        ):  # a formula heeds none, which `attribute-unknown` tells
            yield language
