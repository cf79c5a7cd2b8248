"""What `book.toml` (or a Pandoc `metadata.yaml`) says of a book, checked: a `Book`.

read_book(source, files)     → (Book | None, problems)
read_metadata(source, files) → (Book | None, problems)
"""

from __future__ import annotations

from pipeline.book.direction import right_to_left
from pipeline.book.fields import STANDARD_EDITIONS, VOICE_MARKS, standard_notes
from pipeline.book.matter import Matter, Plate, Plates, Register
from pipeline.book.pandoc import read_metadata
from pipeline.book.printers import PRINTERS, Printer
from pipeline.book.reader import MARKS, read_book
from pipeline.book.rules import isbn_digits, language_tag
from pipeline.book.theme import Folios, HeadWords, Opening, Theme, read_theme
from pipeline.book.toml import SETTINGS_LIMIT
from pipeline.book.trims import TRIMS, Trim
from pipeline.book.values import (
    NO_LABEL,
    Accessibility,
    Allowance,
    Book,
    CitationPolicy,
    Composition,
    Contributor,
    EditionSettings,
    Entry,
    Ground,
    Hazards,
    Jacket,
    Medium,
    NotePlace,
    NotePolicy,
    PageSource,
    Part,
    Place,
    Profile,
    Restart,
    Selection,
    Subject,
    TextPolicy,
    TypographyRule,
    Voice,
)

__all__ = [
    "MARKS",
    "NO_LABEL",
    "PRINTERS",
    "SETTINGS_LIMIT",
    "STANDARD_EDITIONS",
    "TRIMS",
    "VOICE_MARKS",
    "Accessibility",
    "Allowance",
    "Book",
    "CitationPolicy",
    "Composition",
    "Contributor",
    "EditionSettings",
    "Entry",
    "Folios",
    "Ground",
    "Hazards",
    "HeadWords",
    "Jacket",
    "Matter",
    "Medium",
    "NotePlace",
    "NotePolicy",
    "Opening",
    "PageSource",
    "Part",
    "Place",
    "Plate",
    "Plates",
    "Printer",
    "Profile",
    "Register",
    "Restart",
    "Selection",
    "Subject",
    "TextPolicy",
    "Theme",
    "Trim",
    "TypographyRule",
    "Voice",
    "isbn_digits",
    "language_tag",
    "read_book",
    "read_metadata",
    "read_theme",
    "right_to_left",
    "standard_notes",
]
