"""References, citations and what is wrong with them: files of references and calls in, formatted citations out."""

from pipeline.bibliography.cite import (
    Authority,
    Citations,
    Citing,
    Listed,
    Listing,
    Placed,
    cite,
    in_notes_form,
    prepare,
)
from pipeline.bibliography.values import Field, FieldValue, Library, Person, Reference, When
from pipeline.bibliography.witnesses import is_protected, protects

__all__ = [
    "Authority",
    "Citations",
    "Citing",
    "Field",
    "FieldValue",
    "Library",
    "Listed",
    "Listing",
    "Person",
    "Placed",
    "Reference",
    "When",
    "cite",
    "in_notes_form",
    "is_protected",
    "prepare",
    "protects",
]
