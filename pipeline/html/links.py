"""Links hold no links: a link in whose words a note is called or a work is cited comes in, its pieces go out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from pipeline.edition.plain import title_only
from pipeline.manuscript import Attributes, CiteCall, CrossRef, Inline, Link, NoteCall, Phrase

Piece = tuple[bool, tuple[Inline, ...]]
"""Calls of notes (True), or words."""


def pieces(node: Link | CrossRef, printed: Mapping[CiteCall, tuple[Inline, ...]]) -> tuple[Inline, ...]:
    """Return a link as links and calls one after another; a citation in it is words that lead where the link leads."""
    if not _holds(node.inlines, NoteCall | CiteCall):
        return (node,)
    parts = list(_parted(_unlinked(node.inlines, printed)))
    last = max((number for number, (calls, _) in enumerate(parts) if not calls), default=0)
    out: list[Inline] = []
    for number, (calls, inlines) in enumerate(parts):
        if calls:
            out.extend(inlines)
        elif isinstance(node, CrossRef):
            out.append(replace(node, inlines=inlines, page=node.page and number == last))
        else:
            out.append(
                replace(node, inlines=inlines, attributes=_nameless(node.attributes) if number else node.attributes)
            )
    return tuple(out)


def _inner(node: Inline) -> tuple[Inline, ...]:
    found: tuple[Inline, ...] = getattr(node, "inlines", ())
    return found


def _holds(inlines: tuple[Inline, ...], kinds: Any) -> bool:
    return any(isinstance(node, kinds) or _holds(_inner(node), kinds) for node in inlines)


def _unlinked(inlines: tuple[Inline, ...], printed: Mapping[CiteCall, tuple[Inline, ...]]) -> tuple[Inline, ...]:
    out: list[Inline] = []
    for node in inlines:
        if isinstance(node, CiteCall):
            words = title_only(printed.get(node, ()))
            out.extend((Phrase(words, node.span, Attributes(classes=("citation", "generated"))),) if words else ())
        elif _holds(_inner(node), CiteCall):
            out.append(_with(node, _unlinked(_inner(node), printed)))
        else:
            out.append(node)
    return tuple(out)


def _parted(inlines: tuple[Inline, ...]) -> Iterator[Piece]:
    """Yield calls and the words between them; what stands around a call (emphasis) is parted too."""
    held: list[Inline] = []
    held_calls = False
    for node in inlines:
        inner = _inner(node)
        parts: Iterator[Piece] | tuple[Piece, ...] = ((isinstance(node, NoteCall), (node,)),)
        if _holds(inner, NoteCall):
            parts = (
                (calls, (_with(node, part, named=number == 0),)) for number, (calls, part) in enumerate(_parted(inner))
            )
        for calls, part in parts:
            if held and calls != held_calls:
                yield held_calls, tuple(held)
                held = []
            held_calls = calls
            held.extend(part)
    if held:
        yield held_calls, tuple(held)


def _with(node: Any, inlines: tuple[Inline, ...], *, named: bool = True) -> Inline:
    made = replace(node, inlines=inlines)
    if not named and any(field.name == "attributes" for field in fields(made)):
        made = replace(made, attributes=_nameless(made.attributes))
    return made  # type: ignore[no-any-return]  # of the class of what came in


def _nameless(attributes: Attributes) -> Attributes:
    """Return attributes without their id, which stands once in a book."""
    return replace(attributes, id="")
