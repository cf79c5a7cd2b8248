"""An `Edition` and font files come in; the cover of an EPUB goes out as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pipeline.book import Ground
from pipeline.cover import CoverWords, cover_words, faces_of, front, png
from pipeline.edition import Edition
from pipeline.html import Resource

WIDTH, HEIGHT = 1600, 2400
PAGE = (432.0, 648.0)
"""the page that the picture shows, in points: of the same shape"""


def cover(edition: Edition, resources: Mapping[str, Resource]) -> bytes | None:
    """Return a PNG of 1600 × 2400 with the words of the title page; None when a sign of it is in no face."""
    faces = faces_of(resources.values())
    return _cover(cover_words(edition), tuple(faces.items()), edition.book.jacket.ground)


@lru_cache(maxsize=4)
def _cover(words: CoverWords, faces: tuple[tuple[str, bytes], ...], ground: Ground) -> bytes | None:
    sheet = front(words, *PAGE, dict(faces), ground) if faces else None
    return None if sheet is None else png(sheet, WIDTH)
