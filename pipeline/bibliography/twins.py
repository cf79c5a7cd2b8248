"""References come in; those that are one work under two keys go out, whatever the forms of the files they came from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.bibliography.plain import plain
from pipeline.bibliography.values import Library, Reference
from pipeline.book.setting import brief
from pipeline.source import Problem

_SYMBOL = re.compile(r"[A-Z]{1,4}(?:/[\w.()\[\]-]+)+")
_WHOLE = frozenset(("book", "report", "thesis", "manuscript", "pamphlet", "dataset", "software", "classic", "document"))
"""Works that an ISBN is the number of: a chapter has that of its book."""


def twins(library: Library) -> Iterator[Problem]:
    """Yield works that stand in the references twice: with a number in common, or with title, year and first author."""
    seen: dict[tuple[str, str], Reference] = {}
    for reference in library.references.values():
        for what, mark in marks(reference):
            first = seen.setdefault((what, mark), reference)
            if first is not reference:
                yield Problem(
                    "ref-twice",
                    f"`{brief(reference.key)}` and `{brief(first.key)}` have {what}",
                    reference.span,
                    "cite one of them everywhere, and delete the other: they would never be `ibid`",
                    also=((first.span, "the other one"),),
                )
                break


def marks(reference: Reference) -> Iterator[tuple[str, str]]:
    """Yield by what a work is known: its numbers, and its title with year and first author."""
    kind = reference.kind
    doi = re.sub(r"(?i)^(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", "", reference.text("DOI").strip()).casefold()
    if doi:
        yield "the same DOI", doi.rstrip("/.")
    for isbn in _isbns(reference.text("ISBN")) if kind in _WHOLE else ():
        yield "the same ISBN", isbn
    if kind == "treaty" and reference.text("volume") and reference.text("page"):
        series = plain(reference.text("container-title"))
        yield "the same place in a treaty series", f"{series} {reference.text('volume')} {reference.text('page')}"
    for name in ("call-number", "number"):
        symbol = re.sub(r"\s+", "", reference.text(name)).upper()
        if _SYMBOL.fullmatch(symbol) and kind not in ("legal_case", "interview"):
            yield "the same symbol", symbol
    if kind == "legal_case" and re.fullmatch(
        r"(?:nos?\.?\s*)?\d{1,6}/\d{2,4}", reference.text("number").strip().lower()
    ):
        court = plain(reference.text("authority")).replace(" ", "")
        issued = reference.when("issued")
        yield "the same court, number and date", f"{court} {reference.text('number')} {issued.text if issued else ''}"
    address = re.sub(r"^https?://(?:www\.)?", "", reference.text("URL").strip()).rstrip("/")
    if address and kind in ("webpage", "post-weblog", "post"):
        yield "the same address", address
    yield from _titles(reference)


def _titles(reference: Reference) -> Iterator[tuple[str, str]]:
    """Yield the title with year and author; a short one, as *Report*, needs what it stands in too."""
    title, issued = plain(reference.text("title")), reference.when("issued")
    if not title or issued is None or reference.kind in ("legal_case", "interview", "chapter", "entry-encyclopedia"):
        return
    people = reference.people("author") or reference.people("editor")
    names = plain(people[0].family or people[0].literal).split() if people else []
    year = issued.year or issued.text
    first = names[-1] if names else ""
    what = "the same title, year and author"
    within = plain(reference.text("container-title") + " " + reference.text("volume") + " " + reference.text("page"))
    if (
        len(title.split()) > 2
        and first
        and reference.kind not in ("article-newspaper", "personal_communication", "document")
    ):
        part = plain(" ".join(reference.text(name) for name in ("volume", "part-number", "edition", "volume-title")))
        if reference.kind.startswith("article"):
            part = ""
        yield what, f"{title}\0{year}\0{first}\0{part}"
    else:
        yield what, f"{title}\0{issued.text}\0{first}\0{within}\0{reference.text('number')}"


def _isbns(text: str) -> Iterator[str]:
    """Yield the numbers of books without their check digits, those of ten digits as those of thirteen.

    >>> list(_isbns("978-0-8147-1944-2 0814719449"))
    ['081471944', '081471944']
    """
    for part in re.split(r"[,;]|\s+(?=\d[\d-]{8,})", text):
        digits = re.sub(r"[^0-9Xx]", "", part)
        if len(digits) == 13:
            yield digits[3:12] if digits.startswith("978") else digits[:12]
        elif len(digits) == 10:
            yield digits[:9]
