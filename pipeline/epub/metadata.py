"""A book, an edition and what its pages hold come in; the package's metadata goes out, in order."""

from __future__ import annotations

import uuid

from pipeline.book import Contributor, PageSource, Profile, Subject, right_to_left
from pipeline.edition import Edition
from pipeline.epub.accessibility import Holds, accessibility
from pipeline.epub.writer import Fact, property_of, refine
from pipeline.pagemap import PageMap

PREFIXES = (
    "a11y: http://www.idpf.org/epub/vocab/package/a11y/#",
    "ibooks: http://vocabulary.itunes.apple.com/rdf/ibooks/vocabulary-extensions-1.0/",
)
_CREATORS = ("aut", "cre")


def identifier(edition: Edition) -> str:
    """Return what names this edition for ever: its ISBN, else a UUID from the book's own address or names.

    >>> import uuid
    >>> str(uuid.uuid5(uuid.NAMESPACE_URL, "https://example.org/book#epub"))
    '2c137f4a-8fba-5fc8-b7dc-f7e1dca5f4a0'
    """
    if edition.settings.identifier:
        return f"urn:isbn:{_digits(edition.settings.identifier)}"
    return _uuid(edition, edition.settings.name)


def page_source(edition: Edition, page_map: PageMap | None) -> str:
    """Return what names the edition whose pages are marked; "" when nothing does."""
    if edition.settings.pages is PageSource.MANUSCRIPT:
        return edition.settings.page_source
    if page_map is None:
        return ""
    if page_map.identifier:
        return f"urn:isbn:{_digits(page_map.identifier)}"
    return _uuid(edition, page_map.edition)


def _uuid(edition: Edition, name: str) -> str:
    book = edition.book
    stem = book.url or book.identifier or f"{book.slug}|{book.title}|{book.language}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{stem}#{name}')}"


def _digits(isbn: str) -> str:
    return isbn.replace("-", "").replace(" ", "").removeprefix("urn:isbn:")


def direction(language: str) -> str | None:
    """Return how pages follow one another in a language: "rtl", or None for left to right."""
    return "rtl" if right_to_left(language) else None


def facts(edition: Edition, holds: Holds, page_map: PageMap | None) -> tuple[Fact, ...]:
    """Return the metadata of the package, every refinement straight after what it refines."""
    book = edition.book
    own = identifier(edition)
    found = [Fact("dc:identifier", own, (("id", "book-id"),))]
    if own.startswith("urn:isbn:"):
        found.append(refine("book-id", "identifier-type", "15", "onix:codelist5"))
    found += [
        Fact("dc:title", book.title, (("id", "title"),)),
        refine("title", "title-type", "main"),
        refine("title", "display-seq", "1"),
    ]
    if book.subtitle:
        found += [
            Fact("dc:title", book.subtitle, (("id", "subtitle"),)),
            refine("subtitle", "title-type", "subtitle"),
            refine("subtitle", "display-seq", "2"),
        ]
    found += _contributors(book.contributors)
    found.append(Fact("dc:language", book.language))
    for tag, text in (
        ("dc:publisher", book.publisher),
        ("dc:date", book.date),
        ("dc:rights", book.rights),
        ("dc:description", book.description),
    ):
        if text:
            found.append(Fact(tag, text))
    found += _subjects(book.subjects)
    if book.series:
        found += [
            Fact("meta", book.series, (("property", "belongs-to-collection"), ("id", "series"))),
            refine("series", "collection-type", "series"),
        ]
        if book.series_number:
            found.append(refine("series", "group-position", book.series_number))
    source = page_source(edition, page_map)
    if source and holds.pages:
        found += [
            Fact("dc:source", source, (("id", "page-source"),)),
            refine("page-source", "source-of", "pagination"),
        ]
        if edition.settings.profile is not Profile.KOBO:  # EPUBCheck 4.2.6 does not know it
            found.append(property_of("pageBreakSource", source))
    found += accessibility(edition, holds)
    if holds.fonts:
        found.append(property_of("ibooks:specified-fonts", "true"))
    if holds.cover:
        found.append(Fact("meta", "", (("name", "cover"), ("content", holds.cover))))
    return tuple(found)


def _subjects(subjects: tuple[Subject, ...]) -> list[Fact]:
    """Return the subjects, with their codes where they have some."""
    found = []
    for number, subject in enumerate(subjects, 1):
        if not subject.term:
            found.append(Fact("dc:subject", subject.name))
            continue
        id = f"subject-{number}"
        found.append(Fact("dc:subject", subject.name, (("id", id),)))
        found += [refine(id, "authority", subject.authority), refine(id, "term", subject.term)]
    return found


def _contributors(contributors: tuple[Contributor, ...]) -> list[Fact]:
    """Return authors as creators, all others as contributors; without an author the first one stands for the book."""
    authors = [each for each in contributors if set(each.roles) & set(_CREATORS)] or list(contributors[:1])
    found = []
    for number, person in enumerate([*authors, *(each for each in contributors if each not in authors)], 1):
        creates = person in authors
        id = f"{'creator' if creates else 'contributor'}-{number}"
        found.append(Fact("dc:creator" if creates else "dc:contributor", person.name, (("id", id),)))
        if person.sort:
            found.append(refine(id, "file-as", person.sort))
        found += [refine(id, "role", role, "marc:relators") for role in person.roles]
        found.append(refine(id, "display-seq", str(number)))
    return found
