"""Attributes as read come in; what none of the editions would heed goes out as faults with their places.

A class is free: styles and themes may show any. But a key that nothing reads, and a division whose name is a
letter away from one that means something, would change a book without a word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum

from pipeline.parse.attributes import Fault, Reading
from pipeline.source import Severity


class Bearer(StrEnum):
    """What attributes stand on, in the words of a message."""

    HEAD = "a head"
    PICTURE = "a picture"
    TABLE = "a table"
    ROWS = "a table from a file"
    DIVISION = "a division"
    WORKS = "a list of works"
    EDITORIAL = "editorial matter"
    CODE = "code"
    LINK = "a link"
    SPAN = "a span of words"
    FORMULA = "a formula"
    NOTE = "a note"


_ALL = ("only", "not", "lang")
_TABLE = (*_ALL, "place", "notes", "described-by")
KEYS: dict[Bearer, tuple[str, ...]] = {
    Bearer.HEAD: (*_ALL, "short", "author", "authors"),
    Bearer.PICTURE: (*_ALL, "alt", "fig-alt", "width", "place", "described-by"),
    Bearer.TABLE: _TABLE,
    Bearer.ROWS: (*_TABLE, "src", "header", "stub", "align", "delimiter"),
    Bearer.DIVISION: _ALL,
    Bearer.WORKS: (*_ALL, "scope", "kind"),
    Bearer.EDITORIAL: (*_ALL, "signed"),
    Bearer.CODE: _ALL,
    Bearer.LINK: _ALL,
    Bearer.SPAN: _ALL,
    Bearer.FORMULA: ("only", "not", "alt"),
    Bearer.NOTE: ("only", "not"),
}
"""The keys that are heeded. `data-…` is free: a macro of a theme may read it."""

_ELSEWHERE = ("place", "signed")
"""keys with problems of their own where they do not belong"""

PANDOC = frozenset(
    "height target rel style startFrom start-from number-lines custom-style dir role title loading data tbl-colwidths "
    "layout-ncol fig-align fig-pos fig-env fig-cap fig-scap filename code-line-numbers line-spacing number prefix".split()
)
"""Keys of Pandoc, Quarto and HTML that mean nothing in a book of ours: told once a file."""

CLASSES: dict[Bearer, tuple[str, ...]] = {
    Bearer.HEAD: ("unnumbered", "run-in"),
    Bearer.PICTURE: ("decorative", "landscape", "unnumbered"),
    Bearer.TABLE: ("landscape", "unnumbered"),
    Bearer.ROWS: ("landscape", "unnumbered"),
    Bearer.SPAN: ("smallcaps", "small-caps", "supplied", "underline"),
    Bearer.DIVISION: ("description", "attribution", "dateline", "signature", "authorities"),
}
"""Classes that mean something: one a letter away from them is told."""

DIVISIONS = ("editorial", "epigraph", "letter", "verse", "table")
"""Divisions that are kinds of their own; words in them are set, labelled or read otherwise."""

EDITORIAL = "editorial"

_EDITORS = frozenset(
    "editor editors editor-note editors-note editorial-note editorial-notes editorial-matter ed-note".split()
)
"""names that can only be meant for words of an editor"""

_WORDS = frozenset(
    "letters better latter litter fetter setter lettre lettera verses verso versa vers versed terse reverse cable fable "
    "sable gable stable tables tablet tabla tableau epigraphs epigram epigrams epigraphe epigrafe".split()
)
"""classes that are words of their own, however near they stand to a division of ours"""


def distance(one: str, other: str, most: int = 2) -> int:
    """Return how many letters must be added, dropped, changed or swapped with their neighbour; `most` + 1 for more.

    >>> distance("editoral", "editorial"), distance("epigrphas", "verse"), distance("onyl", "only")
    (1, 3, 1)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, sign in enumerate(one, start=1):
        row = [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (sign != wanted))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return min(last[-1], most + 1)


def nearest(word: str, known: Collection[str]) -> str:
    """Return what of `known` a word was most likely meant for, or "": one letter wrong in a short word, two in a long one."""
    folded = word.casefold()
    found = min(((distance(folded, each), each) for each in known), default=(3, ""))
    return found[1] if found[0] <= (0 if len(folded) < 3 else 1 if len(folded) < 8 else 2) else ""


def bearer_of(name: str, reading: Reading | None) -> Bearer:
    """Return what a division of this name is to its attributes."""
    attributes = reading.attributes if reading is not None else None
    names = (name, *attributes.classes, attributes.id) if attributes is not None else (name,)
    if any(EDITORIAL in (each, _meant(each)) for each in (name, *(attributes.classes if attributes else ()))):
        return Bearer.EDITORIAL
    if "table" in names:
        return Bearer.ROWS
    return Bearer.WORKS if {"refs", "authorities"} & set(names) else Bearer.DIVISION


def name_of(name: str, classes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the name of a division and the classes that are left: an editor's words are that before all else.

    >>> name_of("", ("box", "editorial")), name_of("", ("box", "grey"))
    (('editorial', ('box',)), ('box', ('grey',)))
    """
    if name:
        if EDITORIAL in classes and name != EDITORIAL:
            return EDITORIAL, (name, *(each for each in classes if each != EDITORIAL))
        return name, classes
    found = next((each for each in DIVISIONS if each in classes), classes[0] if classes else "")
    return found, tuple(each for each in classes if each != found)


def faults(bearer: Bearer, reading: Reading, told: set[str]) -> Iterator[Fault]:
    """Yield what of these attributes no edition would heed; `told` holds the keys of others that were told in this file."""
    for written, start, end in reading.places:
        if written.startswith("."):
            yield from _class(bearer, written[1:], start, end)
        elif not written.startswith("#"):
            yield from _key(bearer, written, start, end, told)
    if bearer is Bearer.NOTE and (reading.attributes.id or reading.attributes.classes):
        _, start, end = next(each for each in reading.places if each[0][0] in "#.")
        yield Fault(
            "attribute-unknown",
            "a note takes no id and no class, so these show in no edition",
            start,
            end,
            "its voice says how it is set; `[](#^key)` leads to it",
            Severity.WARNING,
        )


def _key(bearer: Bearer, key: str, start: int, end: int, told: set[str]) -> Iterator[Fault]:
    known = KEYS[bearer]
    if key in known or key in ("class", "id") or key.startswith("data-"):
        return
    if key == "signed":
        yield Fault(
            "editorial-stray",
            f"`signed` stands on {bearer}: only editorial matter is signed, and these words would be taken for the author's",
            start,
            end,
            'write `::: {.editorial signed="…"}` for words of an editor',
        )
        return
    if key in _ELSEWHERE:
        return
    near = nearest(key, known)
    if key in PANDOC and not near:
        if key not in told:
            told.add(key)
            yield Fault(
                "attribute-unknown",
                f"`{key}` means nothing in a book of Stet; no edition heeds it, here or further down in this file",
                start,
                end,
                f"take it out; keys of {bearer}: {', '.join(f'`{each}`' for each in known)}",
                Severity.WARNING,
            )
        return
    leaks = near in ("only", "signed") or (near == "not" and key.casefold() == "not")
    yield Fault(
        "attribute-unknown",
        f"{bearer} has no key `{key}`, so no edition heeds it",
        start,
        end,
        f"did you mean `{near}`?"
        if near
        else f"keys of {bearer}: {', '.join(f'`{each}`' for each in known)}; yours may begin with `data-`",
        Severity.ERROR if leaks else Severity.WARNING,
    )


def _class(bearer: Bearer, name: str, start: int, end: int) -> Iterator[Fault]:
    if bearer in (Bearer.DIVISION, Bearer.EDITORIAL, Bearer.WORKS, Bearer.ROWS):
        yield from misnamed(name, start, end)
    known = CLASSES.get(bearer, ())
    near = nearest(name, known) if name not in known and len(name) > 4 else ""
    if near:
        yield Fault(
            "attribute-unknown",
            f"the class `{name}` is a letter or two away from `{near}`, which means something here",
            start,
            end,
            f"did you mean `{near}`? A class of your own should have a name of its own",
            Severity.WARNING,
        )


def _meant(name: str) -> str:
    """Return the kind of division that a name which is none was meant for, or ""."""
    if name in DIVISIONS or name in _WORDS:
        return ""
    return EDITORIAL if name.casefold() in _EDITORS else nearest(name, DIVISIONS)


def misnamed(name: str, start: int, end: int) -> Iterator[Fault]:
    """Yield a fault when a division has nearly the name of one that is a kind of its own."""
    near = _meant(name)
    if near:
        yield Fault(
            "division-misspelt",
            f"no division is called `{name}`; its words would be set as if nothing was said of them",
            start,
            end,
            f"did you mean `{near}`? A class of your own should have a name further away from it",
        )
