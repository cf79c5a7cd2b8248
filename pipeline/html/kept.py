"""Pages of earlier builds: one is rendered again when anything that it was made from has changed.

What a page is made from is not listed by hand. The renderer sees the edition through a `Witness`, which notes each part of
it that is asked for and each entry of a table, also one that is not there. A kept page is good when its unit is the same,
and when every question gets the same answer again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Protocol, cast

from pipeline.edition import Edition


class Keep(Protocol):
    """Where pages are kept from one build to the next: bytes by a key of 64 hexadecimal figures."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...


def digest(value: object) -> str:
    """Return a digest of a value and of all that is in it: our values say all of themselves when they are printed."""
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()


class _Table(Mapping[Any, Any]):
    """A table of the edition that notes which entries are asked for."""

    def __init__(self, witness: Witness, name: str, table: Mapping[Any, Any]) -> None:
        self._witness = witness
        self._name = name
        self._table = table

    def __getitem__(self, key: object) -> Any:
        self._witness.entries[self._name, key] = None
        return self._table[key]

    def __iter__(self) -> Iterator[Any]:
        self._witness.parts[self._name] = None
        return iter(self._table)

    def __len__(self) -> int:
        self._witness.parts[self._name] = None
        return len(self._table)


class Witness:
    """An edition that notes what of it is looked at: whole `parts`, and single `entries` of tables."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._fields = frozenset(each.name for each in fields(edition))
        self.parts: dict[str, None] = {}
        self.entries: dict[tuple[str, object], None] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._fields:  # what an edition can do, done with what is noted
            return getattr(Edition, name).__get__(self)
        value = getattr(self._edition, name)
        if isinstance(value, Mapping):
            return _Table(self, name, value)
        self.parts[name] = None
        return value

    def as_edition(self) -> Edition:
        """Return itself, which answers like an edition."""
        return cast(Edition, self)


class KeptPages:
    """The pages of one edition, as far as they are kept; `base` stands for templates and code."""

    def __init__(self, edition: Edition, keep: Keep, base: str) -> None:
        self._edition = edition
        self._keep = keep
        self._base = base
        self._parts: dict[str, str] = {}
        self._tables: dict[str, dict[str, str]] = {}

    def page(self, made_of: object, witness: Witness, make: Callable[[], str]) -> str:
        """Return the page of a unit (`made_of`), kept or made now with an edition that `witness` looks at."""
        own = f"page\0{self._base}\0{self._part('settings')}\0{digest(made_of)}"  # each edition keeps its own
        key = hashlib.sha256(own.encode()).hexdigest()
        data = self._keep.get(key)
        if data is not None:
            html, parts, entries = json.loads(data)
            if all(self._part(name) == known for name, known in parts) and all(
                self._table(name).get(entry, "") == known for name, entry, known in entries
            ):
                return str(html)
        html = make()
        parts = [[name, self._part(name)] for name in witness.parts]
        entries = []
        for name, key_ in witness.entries:
            entry = digest(key_)
            entries.append([name, entry, self._table(name).get(entry, "")])
        self._keep.put(key, json.dumps([html, parts, entries]).encode())
        return html

    def _part(self, name: str) -> str:
        if name not in self._parts:
            self._parts[name] = digest(getattr(self._edition, name))
        return self._parts[name]

    def _table(self, name: str) -> Mapping[str, str]:
        if name not in self._tables:
            table: Mapping[object, object] = getattr(self._edition, name)
            self._tables[name] = {digest(key): digest(value) for key, value in table.items()}
        return self._tables[name]
