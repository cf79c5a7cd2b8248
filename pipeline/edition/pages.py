"""A book and an edition come in; the words of its title page, imprint and colophon go out as units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline import __version__
from pipeline.book import TRIMS, Book, EditionSettings, Medium, NotePlace, Place, Register
from pipeline.edition.values import ContentsEntry, Line, Note, Unit, UnitKind
from pipeline.edition.words import Vocabulary
from pipeline.manuscript import Division, Figure, Text
from pipeline.source import Span

FACES = ("Source Serif 4 (Frank Grießhammer)", "Source Sans 3 (Paul D. Hunt)")
"""The faces of the house style and who drew them, named in the colophon."""

MATHEMATICS = "STIX Two Math (Tiro Typeworks)"
"""The face in which formulas are drawn."""

_PAGED = (("weasyprint", "WeasyPrint"), ("pikepdf", "pikepdf"))
_REFLOWING = (("ebooklib", "EbookLib"),)
"""The packages that make a PDF and an EPUB, as the colophon names them."""

_AFTER_TITLE = ("trl", "edt", "ill", "win", "aui", "wfw", "aft", "pht", "com", "ann")


def generated_units(
    book: Book,
    settings: EditionSettings,
    words: Vocabulary,
    has_contents: bool,
    lists: Mapping[Register, tuple[ContentsEntry, ...]] | None = None,
    frontispiece: Figure | None = None,
    *,
    mathematics: bool = False,
) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """Return the pages before and after the manuscript that `book.toml` gives the words of.

    What stands on a leaf of its own only to show the book's name, or to keep it clean, is for two-sided editions.
    """
    matter, sided = book.matter, settings.medium is Medium.PDF and TRIMS[settings.trim].two_sided
    front: list[Unit] = []

    def add(name: str, kind: UnitKind, title: str, lines: tuple[Line, ...] = ()) -> None:
        front.append(_unit(name, kind, Place.FRONT, title, lines))

    if settings.cover == "page":
        authors = words.listed(tuple(each.name for each in book.by_role("aut")))
        shown = f"{words['cover']}: {book.title}" + (f", {authors}" if authors else "")
        add("cover", UnitKind.COVER, words["cover"], (Line("picture", shown),))
    if sided and (matter.half_title or matter.frontispiece is not None):
        add("half-title", UnitKind.HALF_TITLE, words["half_title"], (Line("name", book.title),))
    series = [Line("series", book.series)] if book.series else []
    series.extend(Line("other", title) for title in matter.series_titles)
    others = _unit("series-page", UnitKind.SERIES_PAGE, Place.FRONT, words["series_page"], tuple(series))
    if matter.series_titles and frontispiece is None:
        front.append(others)
    if frontispiece is not None:
        unit = _unit("frontispiece", UnitKind.FRONTISPIECE, Place.FRONT, words["frontispiece"], ())
        front.append(replace(unit, blocks=(frontispiece,)))
    add("title-page", UnitKind.TITLE_PAGE, words["title_page"], title_page(book, words))
    add("imprint", UnitKind.IMPRINT, words["imprint"], imprint(book, settings, words))
    if matter.dedication:
        lines = tuple(Line("paragraph", paragraph) for paragraph in matter.dedication)
        add("dedication", UnitKind.DEDICATION, words["dedication"], lines)
    if has_contents:
        add("contents", UnitKind.CONTENTS, words["contents"])
    for register, kind in ((Register.FIGURES, UnitKind.FIGURES), (Register.TABLES, UnitKind.TABLES)):
        entries = (lists or {}).get(register, ())
        if entries and register in matter.lists:
            unit = _unit(kind.value, kind, Place.FRONT, words[register.value], ())
            front.append(replace(unit, listed=entries))
    if matter.edition_note:
        title = words["edition_note"]
        lines = (Line("title", title), *(Line("paragraph", paragraph) for paragraph in matter.edition_note))
        add("edition-note", UnitKind.EDITION_NOTE, title, lines)
    back = [
        _unit(
            "colophon",
            UnitKind.COLOPHON,
            Place.BACK,
            words["colophon"],
            colophon(book, settings, words, mathematics=mathematics),
        )
    ]
    if matter.series_titles and frontispiece is not None:  # which has the page that faces the title
        back.insert(0, replace(others, place=Place.BACK))
    return tuple(front), tuple(back)


def _unit(name: str, kind: UnitKind, place: Place, title: str, lines: tuple[Line, ...]) -> Unit:
    return Unit(name=name, id=name, kind=kind, place=place, heading=f"{name}-h", short=title, lines=lines)


def notes_page(words: Vocabulary) -> Unit:
    """Return the unit that holds the notes at the end of the book; whose they are its groups say."""
    return _unit("notes", UnitKind.NOTES, Place.BACK, words["notes"], ())


def works_page(words: Vocabulary, title: str, list: Division) -> Unit:
    """Return the unit that lists the works cited, where the author puts no list."""
    return replace(_unit("works", UnitKind.WORKS, Place.BACK, title or words["works"], ()), blocks=(list,))


def groups(units: Iterable[Unit]) -> tuple[tuple[Unit, tuple[Note, ...]], ...]:
    """Return the notes that stand at the end of the book, with the chapters that call them."""
    found = ((unit, tuple(note for note in unit.notes if note.place is NotePlace.BOOK)) for unit in units)
    return tuple((unit, notes) for unit, notes in found if notes)


def listed_pages(units: Iterable[Unit], span: Span) -> Iterator[ContentsEntry]:
    """Yield the lines of the contents for pages that `book.toml` gives the words of and that a reader looks for."""
    for unit in units:
        if unit.kind in (UnitKind.FIGURES, UnitKind.TABLES, UnitKind.EDITION_NOTE, UnitKind.NOTES, UnitKind.WORKS):
            yield ContentsEntry(unit.heading, unit.name, 0, "", (Text(unit.short, span),))


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
    matter = book.matter
    lines.extend(Line("printing", printing) for printing in matter.printings)
    if book.rights:
        lines.append(Line("rights", book.rights))
    if matter.license:
        lines.append(Line("license", matter.license, words["license"]))
    if book.series:
        number = f", {book.series_number}" if book.series_number else ""
        lines.append(Line("series", f"{book.series}{number}"))
    lines.extend(Line("paragraph", paragraph) for paragraph in book.imprint)
    for edition in book.editions:
        if edition.identifier:
            medium = "EPUB" if edition.medium is Medium.EPUB else "PDF"
            lines.append(
                Line(
                    "isbn",
                    edition.identifier,
                    words["isbn"].format(
                        medium if edition.name.lower() == medium.lower() else f"{edition.name}, {medium}"
                    ),
                )
            )
    if matter.doi:
        lines.append(Line("doi", f"https://doi.org/{matter.doi}", words["doi"]))
    if book.url:
        lines.append(Line("url", book.url))
    lines.extend(
        Line("cataloguing", line, "" if n else words["cataloguing"]) for n, line in enumerate(matter.cataloguing)
    )
    lines.extend(Line("funding", line, "" if n else words["funding"]) for n, line in enumerate(matter.funding))
    if matter.safety:
        lines.append(Line("safety", matter.safety, words["safety"]))
    return tuple(lines)


def colophon(
    book: Book, settings: EditionSettings, words: Vocabulary, *, mathematics: bool = False
) -> tuple[Line, ...]:
    """Return the lines of the colophon: the press's own words, the faces, the tool, and the digest of the manuscript."""
    lines = [Line("paragraph", paragraph) for paragraph in book.colophon]
    formulas = (MATHEMATICS,) if mathematics else ()
    if settings.medium is Medium.PDF:
        said = words["set_in"].format(words.listed((*(book.faces or FACES), *formulas)))
    else:  # of its own faces an EPUB is sure only of what the press gave, and of the one for formulas
        faces = (*book.faces, *formulas)
        said = words["set_in_yours_with"].format(words.listed(faces)) if faces else words["set_in_yours"]
    lines.append(Line("faces", said))
    versions = dict(book.tools)
    wanted = _PAGED if settings.medium is Medium.PDF else _REFLOWING
    tools = (f"{name} {versions[package]}" for package, name in wanted if package in versions)
    lines.append(Line("tool", words["made_with"].format(words.listed((f"Stet {__version__}", *tools)))))
    if book.matter.digest and book.digest:
        shown = f"{book.digest[:8]}\u00a0{book.digest[8:16]}"
        lines.append(Line("digest", words["digest"].format(shown)))
    return tuple(lines)
