"""Finished files come in; problems go out. One file a promise; none knows how a file was made."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.book import Medium
from pipeline.checks.epub_reader import read_epub
from pipeline.checks.notes import check_notes
from pipeline.checks.package import check_package
from pipeline.checks.pdf_reader import read_pdf
from pipeline.checks.words import check_words
from pipeline.edition import Edition
from pipeline.html import Page
from pipeline.pagemap import PageMap
from pipeline.source import Problem

__all__ = ["check_editions", "check_notes", "check_package", "check_words", "read_epub", "read_pdf"]


def check_editions(
    edition: Edition, name: str, data: bytes, pages: Sequence[Page], page_map: PageMap | None = None
) -> tuple[Problem, ...]:
    """Prove all that is promised of a finished file: `data` are its bytes, `pages` what it was made of.

    `page_map` is that of the paginated edition whose pages an EPUB marks.
    """
    if edition.settings.medium is Medium.EPUB:
        reading = read_epub(name, data)
        return (*check_words(edition, reading), *check_notes(edition, reading), *check_package(data, edition, page_map))
    reading = read_pdf(name, data)
    heads = frozenset(head for page in pages for head in (page.verso_head, page.recto_head) if head)
    return (*check_words(edition, reading, heads), *check_notes(edition, reading))
