"""Labels made of a reference: `Doe65a`."""

from __future__ import annotations

import re

from pipeline.csl import textcase
from pipeline.csl.context import Context
from pipeline.csl.nodes import ABSENT, PRINTED, Result

_WHO = (
    "author",
    "editor",
    "translator",
    "container-author",
    "collection-editor",
    "composer",
    "director",
    "interviewer",
)


def citation_label(c: Context) -> Result:
    """Print the label of a reference, given or made, with its year suffix."""
    raw = c.item.raw.get("citation-label", "")
    text = raw or make_label(c)
    if not text:
        return ABSENT
    suffix = ""
    if c.suffix and not c.suffix_done and not c.sorting:
        c.suffix_done = True
        c.suffix_text = suffix = c.suffix
    return text + suffix, PRINTED


_LETTERS = ((4,), (2, 2), (2, 1, 1), (1, 1, 1, 1))
"""How many letters each of one, two, three and more names gives."""
_OPENING = re.compile(r"^(?:[ '\u2019a-z]+\s+)|^(?i:an?|the)\s+")
_NO_LETTER = re.compile(r"[\W\d_]")


def _head(word: str, count: int) -> str:
    letters = _NO_LETTER.sub("", word)[:count]
    return letters[:1].upper() + letters[1:].lower()


def make_label(c: Context) -> str:
    """Return a label such as `Doe65`: four letters of names, or of the title, and two figures of the year.

    >>> [_head(word, 4) for word in ("O'Brien", "Ng", "МЕМОРИАЛ")]
    ['Obri', 'Ng', 'Мемо']
    """
    people = next(filter(None, (c.item.names.get(variable) for variable in _WHO)), ())
    counts = _LETTERS[min(len(people), 4) - 1] if people else ()
    words = [_OPENING.sub("", name.family or name.literal or name.given) for name in people]
    head = "".join(_head(word, count) for word, count in zip(words, counts, strict=False))
    if not head:
        title = c.item.raw.get("title", "").split()
        head = _head("".join(word for word in title if word.lower() not in textcase.STOP_WORDS), 4)
    date = c.item.dates.get("issued")
    year = f"{abs(date.start.year) % 100:02}" if date is not None and date.start is not None else "00"
    return head + year
