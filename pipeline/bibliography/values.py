"""What a book cites from: references, each value with its place in the file it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pipeline.source import Span


@dataclass(frozen=True, slots=True)
class Person:
    """A person by the parts of the name, or a body by its `literal` name."""

    family: str = ""
    given: str = ""
    dropping: str = ""
    non_dropping: str = ""
    suffix: str = ""
    literal: str = ""

    def csl(self) -> dict[str, str]:
        """Return the name as CSL-JSON."""
        parts = {
            "family": self.family,
            "given": self.given,
            "dropping-particle": self.dropping,
            "non-dropping-particle": self.non_dropping,
            "suffix": self.suffix,
            "literal": self.literal,
        }
        return {key: value for key, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class When:
    """A date or a range in EDTF (`1992-06-18`, `1991-02/1992-03`, `1992~`); `literal` ones are words."""

    text: str
    literal: bool = False

    @property
    def year(self) -> str:
        """Return the year in which it begins, or ""."""
        return "" if self.literal else self.text.partition("/")[0].lstrip("-").partition("-")[0].rstrip("~?%")

    def csl(self) -> dict[str, str]:
        """Return the date as CSL-JSON."""
        return {"literal" if self.literal else "raw": self.text}


FieldValue: TypeAlias = str | tuple[Person, ...] | When


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a reference, and where it stands."""

    value: FieldValue
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A work that can be cited: its key, its type and fields by the names of CSL-JSON, its place.

    `custom` are values that no style prints (`symbol`, `protected`), by their own names.
    """

    key: str
    kind: str
    fields: Mapping[str, Field]
    span: Span
    custom: Mapping[str, Field] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field that is a text, or ""."""
        found = self.fields.get(name)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def people(self, name: str) -> tuple[Person, ...]:
        """Return a field that holds names, or none."""
        found = self.fields.get(name)
        return found.value if found is not None and isinstance(found.value, tuple) else ()

    def when(self, name: str) -> When | None:
        """Return a field that is a date, or None."""
        found = self.fields.get(name)
        return found.value if found is not None and isinstance(found.value, When) else None

    def csl(self) -> dict[str, object]:
        """Return the reference as CSL-JSON."""
        out: dict[str, object] = {"id": self.key, "type": self.kind}
        for name, each in self.fields.items():
            match each.value:
                case str():
                    out[name] = each.value
                case When():
                    out[name] = each.value.csl()
                case _:
                    out[name] = [person.csl() for person in each.value]
        return out


@dataclass(frozen=True, slots=True)
class Library:
    """All references of a book, by their keys, in the order of the files."""

    references: Mapping[str, Reference] = field(default_factory=dict)
    spoilt: frozenset[str] = frozenset()
    """keys of records that could not be read: said there, and not again where they are cited"""
    whole: bool = True
    """false when a fault hid records whose keys nobody knows"""
    withheld: tuple[Reference, ...] = ()
    """records with a fault, as far as they were read, that protect a witness: the name is guarded all the same"""
