"""`Manuscript + Book → Edition`: every note, figure and section numbered, every reference known."""

from pipeline.edition.continued import continued_words
from pipeline.edition.pagemarks import marked_by_page
from pipeline.edition.placing import LANDSCAPE, PLACE, PLACES, PLATE, TABLE
from pipeline.edition.printed import is_printed_page, printed_label, printed_words
from pipeline.edition.resolve import resolve
from pipeline.edition.values import (
    Authority,
    Call,
    ContentsEntry,
    Description,
    Edition,
    Line,
    Note,
    Omission,
    Pin,
    Reference,
    SetFormula,
    Unit,
    UnitKind,
    Words,
)
from pipeline.edition.walk import pictures

__all__ = [
    "LANDSCAPE",
    "PLACE",
    "PLACES",
    "PLATE",
    "TABLE",
    "Authority",
    "Call",
    "ContentsEntry",
    "Description",
    "Edition",
    "Line",
    "Note",
    "Omission",
    "Pin",
    "Reference",
    "SetFormula",
    "Unit",
    "UnitKind",
    "Words",
    "continued_words",
    "is_printed_page",
    "marked_by_page",
    "pictures",
    "printed_label",
    "printed_words",
    "resolve",
]
