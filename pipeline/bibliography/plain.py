"""A text comes in; its bare words go out, by which titles and names are held against each other."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """Return words without case, accents, mark-up and punctuation, one blank apart.

    >>> plain("Šušter’s <i>Rights</i>: A Study")
    'suster s rights a study'
    """
    folded = unicodedata.normalize("NFKD", re.sub(r"<[^<>]*>", "", text)).casefold()
    return " ".join(_WORD.findall("".join(sign for sign in folded if not unicodedata.combining(sign))))
