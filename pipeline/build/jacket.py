"""A finished edition and the pictures of its book come in; its cover goes out: a file for the printer, or a picture of type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.book import PRINTERS, TRIMS, Book, EditionSettings
from pipeline.build.house import house
from pipeline.checks.cover import check_cover
from pipeline.cover import Binding, CoverWords, Picture, Sheet, cover_words, faces_of, front, svg, wrap
from pipeline.edition import Edition
from pipeline.html import COVER_OF_TYPE, Resource, picture_name
from pipeline.pdf import About
from pipeline.pdf.cover import cover_pdf
from pipeline.pdf.prepress import Press
from pipeline.source import Problem, Severity

PRINTABLE = ("image/jpeg", "image/png")


def cover_name(book: Book, settings: EditionSettings) -> str:
    """Return the name of the file of a printer's cover; "" when the edition asks for none."""
    return f"{book.slug}-{settings.name}-cover.pdf" if settings.printer and settings.cover else ""


@dataclass(frozen=True, slots=True)
class Cover:
    """The file of a cover (b"" when it could not be made), what the record says of it, and what is wrong."""

    name: str
    data: bytes
    record: Mapping[str, object]
    problems: tuple[Problem, ...]


def cover_of_type(edition: Edition, faces: Sequence[Resource]) -> tuple[Resource | None, tuple[Problem, ...]]:
    """Return the picture that the first page of an edition shows, when the book has none of its own."""
    book, settings = edition.book, edition.settings
    if settings.cover != "page" or book.cover:
        return None, ()
    trim, words = TRIMS[settings.trim], cover_words(edition)
    sheet = front(words, trim.width, trim.height, faces_of((*house().fonts, *faces)), book.jacket.ground)
    if sheet is None:
        return None, (_unusable(settings, "no face has all its signs, so it could not be set"),)
    return Resource(COVER_OF_TYPE, "image/svg+xml", svg(sheet, words.name)), ()


def make_cover(
    edition: Edition, pages: int, press: Press, about: About, resources: Sequence[Resource], faces: Sequence[Resource]
) -> Cover:
    """Return the cover of a printer's file with so many pages: back, spine and front, or the front alone."""
    book, settings = edition.book, edition.settings
    trim, printer, words = TRIMS[settings.trim], PRINTERS[settings.printer], cover_words(edition)
    name = cover_name(book, settings)
    problems: tuple[Problem, ...] = ()
    picture = b""
    if book.cover:
        given = next((each for each in resources if each.name == picture_name(book.cover)), None)
        if given is None or given.media_type not in PRINTABLE:
            return Cover(name, b"", {}, (_unusable(settings, f"`{book.cover}` is no JPEG or PNG"),))
        picture = given.data
        if printer.standard and not press.profile:
            problems = (_inks(settings, book.cover),)
    binding = Binding(trim.width, trim.height, printer.spine(pages, settings.paper) / 25.4 * 72, printer.bleed, pages)
    fonts = faces_of((*house().fonts, *faces))
    sheet, found = _sheet(words, settings, binding, fonts, book, picture)
    problems = (*problems, *(replace(each, span=settings.span) for each in found))
    if sheet is None:
        return Cover(name, b"", {}, problems)
    try:
        data = cover_pdf(sheet, press, about)
    except (OSError, ValueError) as error:
        return Cover(name, b"", {}, (*problems, _unusable(settings, f"its picture cannot be read: {error}")))
    said = check_cover(settings, trim, words, pages, name, data, picture=bool(picture))
    record = {"cover": name, "cover_mm": [round(size / 72 * 25.4, 2) for size in (sheet.width, sheet.height)]}
    return Cover(name, data, record, (*problems, *said))


def _sheet(
    words: CoverWords,
    settings: EditionSettings,
    binding: Binding,
    faces: Mapping[str, bytes],
    book: Book,
    picture: bytes,
) -> tuple[Sheet | None, tuple[Problem, ...]]:
    if settings.cover == "wrap":
        return wrap(words, binding, faces, book.jacket.ground, picture)
    bleed = binding.bleed
    if picture:
        wide, high = binding.width + 2 * bleed, binding.height + 2 * bleed
        return Sheet(wide, high, bleed, (Picture(0, 0, wide, high, picture),)), ()
    sheet = front(words, binding.width, binding.height, faces, book.jacket.ground, bleed)
    return sheet, () if sheet else (_unusable(settings, "no face has all its signs, so it could not be set"),)


def _unusable(settings: EditionSettings, reason: str) -> Problem:
    return Problem(
        "cover-unusable",
        f"the cover of `{settings.name}` cannot be made: {reason}",
        settings.span,
        "give a JPEG or PNG as `image` under `[cover]`, or faces that have the signs under `[fonts]`",
    )


def _inks(settings: EditionSettings, path: str) -> Problem:
    return Problem(
        "cover-inks",
        f"the colours of `{path}` are turned into inks by a rule of thumb: the printer’s profile is not known",
        settings.span,
        "give the profile as `ink_profile`, or ask the printer for a proof",
        Severity.WARNING,
    )
