"""A library comes in; a file of references in YAML goes out, as it would be typed by hand."""

from __future__ import annotations

import re

from pipeline.bibliography.values import FieldValue, Library, When

_PLAIN = re.compile(r"[^\W_](?:[\w .,()/–—’“”«»&;-]*[\w.)’”»])?")
_RESERVED = re.compile(r".*(?:: | #|--- ).*|(?:true|false|yes|no|null|on|off|~)", re.IGNORECASE)


def write_library(library: Library) -> str:
    """Return CSL-YAML, one work after another with its fields in their order.

    >>> write_library(Library())
    ''
    """
    rows: list[str] = []
    for reference in library.references.values():
        rows += [f"- id: {_text(reference.key)}", f"  type: {reference.kind}"]
        for name, each in reference.fields.items():
            rows += _field(name, each.value)
        if reference.custom:
            rows.append("  custom:")
            rows += [f"    {name}: {_text(str(each.value))}" for name, each in reference.custom.items()]
        rows.append("")
    return "\n".join(rows)


def _field(name: str, value: FieldValue) -> list[str]:
    match value:
        case str():
            return [f"  {name}: {_text(value)}"]
        case When():
            return [f"  {name}: " + (f"{{literal: {_text(value.text)}}}" if value.literal else value.text)]
        case _:
            people = (", ".join(f"{part}: {_text(word)}" for part, word in person.csl().items()) for person in value)
            return [f"  {name}:", *(f"  - {{{person}}}" for person in people)]


def _text(words: str) -> str:
    """Return words as YAML, in quotes where a sign would mean something; commas and brackets end words in braces."""
    words = " ".join(words.split())
    bare = (
        _PLAIN.fullmatch(words) is not None
        and _RESERVED.fullmatch(words) is None
        and not re.search(r"[,\[\]{}]", words)
    )
    return words if bare else '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
