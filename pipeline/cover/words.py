"""An `Edition` comes in; the words of its cover go out, each with its role, in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.book import isbn_digits
from pipeline.edition import Edition, UnitKind


@dataclass(frozen=True, slots=True)
class CoverWords:
    """What a cover says: `front` as (role, words), the back as paragraphs and the number of the book, the spine's two names.

    `isbn` is as it is written, with its hyphens; `code` its thirteen figures, or "" where there is none.
    """

    front: tuple[tuple[str, str], ...]
    blurb: tuple[str, ...] = ()
    isbn: str = ""
    code: str = ""
    language: str = ""
    spine: str = ""
    """a shorter title for the spine, when the book says one"""

    def of(self, role: str) -> str:
        """Return the words of a role on the front; "" when it has none."""
        return next((words for name, words in self.front if name == role), "")

    @property
    def name(self) -> str:
        """Say in a line what the cover shows, for those who do not see it."""
        return ", ".join(filter(None, (self.of("title"), self.of("author"))))


def cover_words(edition: Edition) -> CoverWords:
    """Return the words of a cover: those of the title page, the blurb of `book.toml` and the edition's own ISBN.

    Without a blurb of its own a book has its description on the back.
    """
    book, number = edition.book, edition.settings.identifier
    lines = next((unit.lines for unit in edition.units if unit.kind is UnitKind.TITLE_PAGE), ())
    front = tuple((line.role, line.text) for line in lines) or (("title", book.title),)
    blurb = book.jacket.blurb or ((book.description,) if book.description else ())
    return CoverWords(front, blurb, number, isbn_digits(number) if number else "", book.language, book.jacket.spine)
