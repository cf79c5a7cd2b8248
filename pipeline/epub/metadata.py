"""A book, an edition and what its pages hold come in; the package's metadata goes out, in order."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.book import Contributor, PageSource, Profile
from pipeline.edition import Edition
from pipeline.epub.writer import Fact
from pipeline.pagemap import PageMap
from pipeline.source import Problem, Severity

PREFIXES = (
    "a11y: http://www.idpf.org/epub/vocab/package/a11y/#",
    "ibooks: http://vocabulary.itunes.apple.com/rdf/ibooks/vocabulary-extensions-1.0/",
)
_RIGHT_TO_LEFT = frozenset(("ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"))
_CREATORS = ("aut", "cre")


@dataclass(frozen=True, slots=True)
class Holds:
    """What the finished documents hold, as counted in them: nothing is claimed that is not there."""

    pictures: int = 0
    undescribed: int = 0
    """pictures without a description"""
    pages: int = 0
    """page markers"""
    notes: int = 0
    fonts: int = 0
    cover: str = ""
    """manifest id of the cover picture, or "" """
    described: int = 0
    """pictures with a description in words; the others only decorate"""
    details: int = 0
    """figures and tables with a long description"""
    formulas: int = 0
    """formulas in MathML"""
    unspoken: int = 0
    """formulas without words for those who do not see them"""


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
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else None


def facts(edition: Edition, holds: Holds, page_map: PageMap | None) -> tuple[Fact, ...]:
    """Return the metadata of the package, every refinement straight after what it refines."""
    book = edition.book
    own = identifier(edition)
    found = [Fact("dc:identifier", own, (("id", "book-id"),))]
    if own.startswith("urn:isbn:"):
        found.append(_refine("book-id", "identifier-type", "15", "onix:codelist5"))
    found += [
        Fact("dc:title", book.title, (("id", "title"),)),
        _refine("title", "title-type", "main"),
        _refine("title", "display-seq", "1"),
    ]
    if book.subtitle:
        found += [
            Fact("dc:title", book.subtitle, (("id", "subtitle"),)),
            _refine("subtitle", "title-type", "subtitle"),
            _refine("subtitle", "display-seq", "2"),
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
    found += [Fact("dc:subject", subject) for subject in book.subjects]
    if book.series:
        found += [
            Fact("meta", book.series, (("property", "belongs-to-collection"), ("id", "series"))),
            _refine("series", "collection-type", "series"),
        ]
        if book.series_number:
            found.append(_refine("series", "group-position", book.series_number))
    source = page_source(edition, page_map)
    if source and holds.pages:
        found += [
            Fact("dc:source", source, (("id", "page-source"),)),
            _refine("page-source", "source-of", "pagination"),
        ]
        if edition.settings.profile is not Profile.KOBO:  # EPUBCheck 4.2.6 does not know it
            found.append(_property("pageBreakSource", source))
    found += _accessibility(edition, holds)
    found += _conformance(edition)
    if holds.fonts:
        found.append(_property("ibooks:specified-fonts", "true"))
    if holds.cover:
        found.append(Fact("meta", "", (("name", "cover"), ("content", holds.cover))))
    return tuple(found)


def _property(name: str, text: str) -> Fact:
    return Fact("meta", text, (("property", name),))


def _refine(id: str, name: str, text: str, scheme: str = "") -> Fact:
    attributes = [("refines", f"#{id}"), ("property", name)]
    if scheme:
        attributes.append(("scheme", scheme))
    return Fact("meta", text, tuple(attributes))


def _contributors(contributors: tuple[Contributor, ...]) -> list[Fact]:
    """Return authors as creators, all others as contributors; without an author the first one stands for the book."""
    authors = [each for each in contributors if set(each.roles) & set(_CREATORS)] or list(contributors[:1])
    found = []
    for number, person in enumerate([*authors, *(each for each in contributors if each not in authors)], 1):
        creates = person in authors
        id = f"{'creator' if creates else 'contributor'}-{number}"
        found.append(Fact("dc:creator" if creates else "dc:contributor", person.name, (("id", id),)))
        if person.sort:
            found.append(_refine(id, "file-as", person.sort))
        found += [_refine(id, "role", role, "marc:relators") for role in person.roles]
        found.append(_refine(id, "display-seq", str(number)))
    return found


def _accessibility(edition: Edition, holds: Holds) -> list[Fact]:
    """Return what a reader with a disability may rely on: only what this build has made sure of.

    That a description is there can be counted; that it says the right thing only a person knows. So
    `alternativeText` is said where the book names who has read the descriptions.
    """
    said = edition.book.accessibility
    found = [_property("schema:accessMode", "textual")]
    if holds.pictures:
        found.append(_property("schema:accessMode", "visual"))
    found.append(_property("schema:accessModeSufficient", "textual,visual" if holds.undescribed else "textual"))
    features = ["tableOfContents", "structuralNavigation", "readingOrder"]
    if said.descriptions_reviewed_by and holds.described and not holds.undescribed:
        features.append("alternativeText")
    if holds.details:
        features.append("longDescription")
    if holds.formulas:
        features.append("MathML")
        if not holds.unspoken:
            features.append("describedMath")
    if holds.pages:
        features += ["pageBreakMarkers", "pageNavigation"]
    features += ["displayTransformability", "ARIA", "unlocked"]
    found += [_property("schema:accessibilityFeature", feature) for feature in features]
    found.append(_property("schema:accessibilityHazard", "none"))
    if said.summary:
        found.append(_property("schema:accessibilitySummary", said.summary))
        return found
    summary = (("property", "schema:accessibilitySummary"), ("xml:lang", "en"))
    found.append(Fact("meta", " ".join(_sentences(edition, holds)), summary))
    return found


def _sentences(edition: Edition, holds: Holds) -> Iterator[str]:
    """Yield what may be said of the book in words, as counted in it."""
    yield "All text is real text in reading order, with headings, contents and landmarks."
    if holds.notes:
        yield "Notes are linked with their calls both ways and name whose voice speaks."
    if holds.pages:
        whose = "an older print" if edition.settings.pages is PageSource.MANUSCRIPT else "the printed edition"
        yield f"The pages of {whose} are marked and listed."
    if holds.undescribed:
        yield "Some pictures have no description."
    elif holds.described:
        yield "Pictures have descriptions."
    if holds.formulas and not holds.unspoken:
        yield "Formulas are MathML, with words for those who do not see them."
    if holds.details:
        yield "Some figures or tables have a long description, linked both ways."


def _conformance(edition: Edition) -> list[Fact]:
    """Return the claim of conformance that a person makes in `book.toml`, and who it is."""
    said = edition.book.accessibility
    if not said.conforms_to:
        return []
    found = [
        Fact("meta", said.conforms_to, (("property", "dcterms:conformsTo"), ("id", "conformance"))),
        Fact(
            "meta",
            said.certified_by,
            (("refines", "#conformance"), ("property", "a11y:certifiedBy"), ("id", "certifier")),
        ),
    ]
    if said.credential:
        found.append(_refine("certifier", "a11y:certifierCredential", said.credential))
    if said.report:
        attributes = (("refines", "#certifier"), ("rel", "a11y:certifierReport"), ("href", said.report))
        found.append(Fact("link", "", attributes))
    return found


def untrue(edition: Edition, holds: Holds) -> Iterator[Problem]:
    """Say which claims of `book.toml` the finished documents contradict."""
    said = edition.book.accessibility
    if said.descriptions_reviewed_by and holds.undescribed:
        number = f"{holds.undescribed} {'picture has' if holds.undescribed == 1 else 'pictures have'}"
        yield Problem(
            "claim-untrue",
            f"descriptions of all pictures are said to be reviewed, but {number} none",
            said.span,
            "describe them with `alt`, or take `alternative_text_reviewed_by` out",
        )
    elif said.descriptions_reviewed_by and not holds.described:
        yield Problem(
            "claim-untrue",
            f"descriptions are said to be reviewed, but no picture of the edition `{edition.settings.name}` has any",
            said.span,
            "take `alternative_text_reviewed_by` out",
            Severity.WARNING,
        )
    if said.conforms_to and holds.undescribed:
        yield Problem(
            "claim-untrue",
            f"`{said.conforms_to}` is claimed, but not every picture has a description",
            said.span,
            "describe all pictures with `alt`; mark those that only decorate `.decorative`",
        )
    elif said.conforms_to and holds.described and not said.descriptions_reviewed_by:
        yield Problem(
            "claim-untrue",
            f"`{said.conforms_to}` is claimed, but nobody is named who has read the descriptions of its pictures",
            said.span,
            'write `alternative_text_reviewed_by = "…"`; a program cannot tell what a picture shows',
        )
