"""What a style prints of a locator: cites and printed text in; which words or numbers a reader misses out.

Some styles print the number alone after *ibid* (`ibid 3`), which is a page to a reader, whatever it counts; some
print no place at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.csl import values as csl

if TYPE_CHECKING:
    from pipeline.csl.engine import Style

_BARE = frozenset(("", "page", "none", "timestamp"))
_FORMS = ("short", "long", "symbol")


def _first(number: str) -> str:
    found = re.search(r"\w+", number)
    return found[0] if found is not None else ""


def is_printed(one: csl.Cite, text: str) -> bool:
    """Say whether the number of a locator stands in a text."""
    return not one.locator or re.search(rf"(?<!\d){re.escape(_first(one.locator))}", text) is not None


def is_named(one: csl.Cite, text: str, style: Style) -> bool:
    """Say whether what a locator counts is named before its number; courts name paragraphs by brackets."""
    if one.label in _BARE or one.steps or not is_printed(one, text):
        return True
    number = re.escape(_first(one.locator))
    if one.label == "paragraph" and re.search(rf"\[{number}", text):
        return True
    locale = style.sheet.locale
    words = {
        word.strip(" .\u00a0").casefold()
        for form in _FORMS
        for plural in (False, True)
        for word in (re.sub(r"[\ufdd0-\ufdef]", "", locale.term(one.label, form, plural=plural)),)
    }
    return any(
        re.search(rf"(?<!\w){re.escape(word)}[\s.\u00a0]*{number}", text.casefold(), re.IGNORECASE)
        for word in words
        if word
    )


def with_words(clusters: Sequence[csl.Cluster], labels: frozenset[str], style: Style) -> list[csl.Cluster]:
    """Return clusters whose locators of some kinds carry their word, since the style would leave it out."""
    return [
        replace(cluster, cites=tuple(_worded(one, style) if one.label in labels else one for one in cluster.cites))
        for cluster in clusters
    ]


def _worded(one: csl.Cite, style: Style) -> csl.Cite:
    counted = style.counted([csl.Step(one.label, one.locator)])
    return one if one.steps else replace(one, label="none", locator=counted)
