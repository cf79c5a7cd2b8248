"""A book and an edition come in; the words of its title page, imprint and colophon go out as units."""

from __future__ import annotations

from pipeline import __version__
from pipeline.book import Book, EditionSettings, Medium, Place
from pipeline.edition.values import Line, Unit, UnitKind
from pipeline.edition.words import Vocabulary

FACES = ("Source Serif 4", "Source Sans 3")
"""The faces of the house style, named in the colophon."""

_AFTER_TITLE = ("trl", "edt", "ill", "win", "aui", "wfw", "aft", "pht", "com", "ann")


def generated_units(
    book: Book, settings: EditionSettings, words: Vocabulary, has_contents: bool
) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """Return the pages before and after the manuscript that `book.toml` gives the words of."""
    front = [
        _unit("title-page", UnitKind.TITLE_PAGE, Place.FRONT, words["title_page"], title_page(book, words)),
        _unit("imprint", UnitKind.IMPRINT, Place.FRONT, words["imprint"], imprint(book, settings, words)),
    ]
    if has_contents:
        contents = _unit("contents", UnitKind.CONTENTS, Place.FRONT, words["contents"], ())
        front.append(contents)
    back = (_unit("colophon", UnitKind.COLOPHON, Place.BACK, words["colophon"], colophon(book, settings, words)),)
    return tuple(front), back


def _unit(name: str, kind: UnitKind, place: Place, title: str, lines: tuple[Line, ...]) -> Unit:
    return Unit(name=name, id=name, kind=kind, place=place, heading=f"{name}-h", short=title, lines=lines)


def title_page(book: Book, words: Vocabulary) -> tuple[Line, ...]:
    """Return the lines of the title page: authors, title, subtitle, other hands, press."""
    lines = []
    authors = tuple(each.name for each in book.by_role("aut"))
    if authors:
        lines.append(Line("author", words.listed(authors)))
    lines.append(Line("title", book.title))
    if book.subtitle:
        lines.append(Line("subtitle", book.subtitle))
    for role in _AFTER_TITLE:
        names = tuple(each.name for each in book.by_role(role))
        if names:
            lines.append(Line("contributor", words.role(role, words.listed(names))))
    if book.publisher:
        lines.append(Line("publisher", book.publisher))
    place = ", ".join(part for part in (book.place, book.date[:4]) if part)
    if place:
        lines.append(Line("place", place))
    return tuple(lines)


def imprint(book: Book, settings: EditionSettings, words: Vocabulary) -> tuple[Line, ...]:
    """Return the lines of the imprint: the book, its rights, every ISBN with its format, the press's own words."""
    lines = []
    authors = words.listed(tuple(each.name for each in book.by_role("aut")))
    name = f"{book.title}: {book.subtitle}" if book.subtitle else book.title
    lines.append(Line("book", f"{authors}: {name}" if authors else name))
    press = ", ".join(part for part in (book.place, book.publisher, words.day(book.date)) if part)
    if press:
        lines.append(Line("press", press))
    if book.rights:
        lines.append(Line("rights", book.rights))
    if book.series:
        number = f", {book.series_number}" if book.series_number else ""
        lines.append(Line("series", f"{book.series}{number}"))
    lines.extend(Line("paragraph", paragraph) for paragraph in book.imprint)
    for edition in book.editions:
        if edition.identifier:
            medium = "EPUB" if edition.medium is Medium.EPUB else "PDF"
            lines.append(Line("isbn", edition.identifier, words["isbn"].format(f"{edition.name}, {medium}")))
    if book.url:
        lines.append(Line("url", book.url))
    return tuple(lines)


def colophon(book: Book, settings: EditionSettings, words: Vocabulary) -> tuple[Line, ...]:
    """Return the lines of the colophon: the press's own words, the faces, the tool."""
    lines = [Line("paragraph", paragraph) for paragraph in book.colophon]
    lines.append(Line("faces", words["set_in"].format(words.listed(FACES))))
    lines.append(Line("tool", words["made_with"].format(f"Stet {__version__}")))
    return tuple(lines)
