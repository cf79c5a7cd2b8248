"""`Manuscript + Book → Edition`: every note, figure and section numbered, every reference known."""

from pipeline.edition.resolve import pictures, resolve
from pipeline.edition.values import (
    Call,
    ContentsEntry,
    Edition,
    Line,
    Note,
    Omission,
    Reference,
    Unit,
    UnitKind,
    Words,
)

__all__ = [
    "Call",
    "ContentsEntry",
    "Edition",
    "Line",
    "Note",
    "Omission",
    "Reference",
    "Unit",
    "UnitKind",
    "Words",
    "pictures",
    "resolve",
]
