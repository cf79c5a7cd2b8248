"""An edition comes in; where in the manuscript every id of it was written goes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from pipeline.edition.placing import LANDSCAPE, PLACE
from pipeline.edition.values import Edition, Note
from pipeline.manuscript import Attributes, Code, CodeBlock, Text
from pipeline.source import Span


class Places:
    """The places of units, blocks and notes by their ids, found once for a whole edition."""

    def __init__(self, edition: Edition) -> None:
        self._nodes: dict[str, Any] = {}
        self._spans: dict[str, Span | None] = {}
        self._called: dict[str, Span] = {}
        for unit in edition.units:
            self._spans[unit.name] = unit.span
            self._spans[unit.id] = unit.span
            if unit.heading:
                self._spans[unit.heading] = unit.span
            for block in unit.blocks:
                self._learn(block)
            for note in unit.notes:
                self._spans[note.id] = note.span
                self._nodes[note.id] = note
                for call in note.calls:
                    self._spans[call] = note.span
                for block in note.blocks:
                    self._learn(block)
        for span, resolved in edition.calls.items():
            self._spans[resolved.id] = span
            if resolved.first:
                self._called.setdefault(resolved.note, span)
        self._settings = edition.settings.span
        self._units = edition.units
        self._omits = bool(edition.omissions)
        self._selects: bool | None = None

    def _learn(self, block: Any) -> None:
        for node in nodes_of(block):
            attributes = getattr(node, "attributes", None)
            if isinstance(attributes, Attributes) and attributes.id:
                self._nodes.setdefault(attributes.id, node)
                self._spans.setdefault(attributes.id, node.span)

    @property
    def selects(self) -> bool:
        """Say whether the author means some words for some editions only: then no two have the same words."""
        if self._selects is None:
            self._selects = self._omits or any(
                isinstance(found := getattr(node, "attributes", None), Attributes)
                and (found.get("only") or found.get("not"))
                for node in nodes_of(self._units)
            )
        return self._selects

    def moves(self, id: str) -> bool:
        """Say whether the node with this id asks for another place on paper than where it was written."""
        attributes = getattr(self._nodes.get(id), "attributes", None)
        return isinstance(attributes, Attributes) and (
            attributes.get(PLACE, "here") != "here" or LANDSCAPE in attributes.classes
        )

    @property
    def settings(self) -> Span | None:
        """The place in `book.toml` that asks for this edition."""
        return self._settings

    def span(self, id: str) -> Span | None:
        """Return the place of the node with this id, or None when the edition itself made it."""
        return self._spans.get(id)

    def note(self, id: str) -> Note | None:
        """Return the note with this id."""
        node = self._nodes.get(id)
        return node if isinstance(node, Note) else None

    def call(self, note: str) -> Span | None:
        """Return where the note with this id is called first."""
        return self._called.get(note)

    def sign(self, path: str, character: str) -> Span | None:
        """Return where a character stands first in a file of the manuscript; in any, when `path` is empty."""
        for each in nodes_of(self._units):
            if isinstance(each, Text | Code | CodeBlock) and character in each.text and path in ("", each.span.path):
                return _within(each, character)
        return None

    def of(self, id: str, character: str) -> Span | None:
        """Return the place of a character in the words of the node with this id, as near as the manuscript tells."""
        node = self._nodes.get(id)
        for each in nodes_of(node) if node is not None else ():
            if isinstance(each, Text | Code | CodeBlock) and character in each.text:
                return _within(each, character)
        return self.span(id)


def _within(node: Text | Code | CodeBlock, character: str) -> Span:
    start = node.span.start + node.text.index(character)
    if node.span.end - node.span.start == len(node.text):
        return Span(node.span.path, start, start + len(character))
    return node.span


def nodes_of(value: Any) -> Iterator[Any]:
    """Yield every node of the manuscript in a value, itself first, in order, however deep."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, tuple):
            stack.extend(reversed(current))
        elif is_dataclass(current) and not isinstance(current, Attributes | Span):
            yield current
            stack.extend(getattr(current, field.name) for field in reversed(fields(current)))
