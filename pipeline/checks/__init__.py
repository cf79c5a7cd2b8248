"""Finished files come in; problems go out. One file a promise; none knows how a file was made."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.book import Medium
from pipeline.edition import Edition
from pipeline.html import Page
from pipeline.pagemap import PageMap
from pipeline.source import Problem

__all__ = ["check_editions"]


def check_editions(
    edition: Edition, name: str, data: bytes, pages: Sequence[Page], page_map: PageMap | None = None
) -> tuple[Problem, ...]:
    """Prove all that is promised of a finished file: `data` are its bytes, `pages` what it was made of.

    `page_map` is that of the paginated edition whose pages an EPUB marks.
    """
    # Readers are loaded when they are needed: a book whose units were proved is read by none of them.
    from pipeline.checks.notes import check_notes  # noqa: PLC0415
    from pipeline.checks.words import check_words  # noqa: PLC0415

    if edition.settings.medium is Medium.EPUB:
        from pipeline.checks.epub_reader import read_epub  # noqa: PLC0415
        from pipeline.checks.package import check_package  # noqa: PLC0415

        reading = read_epub(name, data)
        return (*check_words(edition, reading), *check_notes(edition, reading), *check_package(data, edition, page_map))
    from pipeline.checks.pdf_reader import read_pdf  # noqa: PLC0415

    reading = read_pdf(name, data)
    heads = frozenset(head for page in pages for head in page.head_words)
    return (*check_words(edition, reading, heads), *check_notes(edition, reading))
