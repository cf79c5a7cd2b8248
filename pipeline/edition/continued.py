"""A table comes in; what stands over it on the pages where it goes on goes out."""

from __future__ import annotations

from pipeline.edition.plain import plain
from pipeline.edition.values import Edition
from pipeline.manuscript import Table

SHORT_CAPTION = 60
"""Characters up to which a caption is said again; of a longer one its number does."""


def continued_words(edition: Edition, table: Table) -> str:
    """Return the caption of a table as later pages say it: "Table 2. Ships met (continued)"; "" without a caption.

    The words are generated: they are said once where the caption stands, and are no part of what is read aloud.
    """
    label = edition.captions.get(table.attributes.id, "")
    words = " ".join(plain(table.caption).split())
    if not words or not edition.words.continued:
        return ""
    if label and len(words) > SHORT_CAPTION:
        words = label
    elif label:
        words = f"{label}. {words}"
    return f"{words} ({edition.words.continued})"
