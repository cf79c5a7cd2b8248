"""References, citations and what is wrong with them: files of references and calls in, formatted citations out."""

from pipeline.bibliography.library import ENDINGS, read_library
from pipeline.bibliography.values import Field, FieldValue, Library, Person, Reference, When

__all__ = ["ENDINGS", "Field", "FieldValue", "Library", "Person", "Reference", "When", "read_library"]
