"""Outcomes of the parser: `tree`, the leaf with the place of every node, and `problems`, as people read them.

A place is `line:column-column`, or `line:column-line:column` when it ends on another line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from pipeline.manuscript import Attributes, Column, Leaf, NoteText, Table, Text
from pipeline.parse import parse
from pipeline.source import Source, Span, describe
from tests.literate import MANUSCRIPT, Case, outcome


def source_of(case: Case) -> Source:
    """Return the manuscript of a case as a source; its last line feed belongs to the case."""
    return Source(MANUSCRIPT, case.manuscript.removesuffix("\n"))


@outcome("tree")
def tree(case: Case) -> str:
    return dump(parse(source_of(case))[0])


@outcome("problems")
def problems(case: Case) -> str:
    source = source_of(case)
    return "\n".join(describe(problem, {MANUSCRIPT: source}) for problem in parse(source)[1])


def dump(leaf: Leaf) -> str:
    """Write a leaf, a node a line."""
    return "\n".join(line for node in (*leaf.blocks, *leaf.notes) for line in _node(node, leaf.source, 0))


def _place(span: Span, source: Source) -> str:
    start, end = source.position(span.start), source.position(span.end)
    if start.line == end.line:
        return f"{start.line}:{start.column}-{end.column}"
    return f"{start.line}:{start.column}-{end.line}:{end.column}"


def _node(node: object, source: Source, depth: int) -> Iterator[str]:
    assert dataclasses.is_dataclass(node)
    values = {field.name: getattr(node, field.name) for field in dataclasses.fields(node)}
    defaults = {field.name: field.default for field in dataclasses.fields(node)}
    indent = "  " * depth
    head = [_place(values.pop("span"), source)]
    if isinstance(node, Text):
        yield f"{indent}{head[0]} {_quoted(node.text)}"
        return
    head.append("note" if isinstance(node, NoteText) else type(node).__name__)
    groups: list[tuple[str, tuple[object, ...]]] = []
    for name, value in values.items():
        match value:
            case Attributes():
                if value != Attributes():
                    head.append(_attributes(value))
            case tuple():
                if value and isinstance(value[0], Column):
                    head.append(" ".join(f"{column.align or '-'}{column.width or ''}" for column in value))
                else:
                    groups.append((name, value))
            case True:
                head.append(name)
            case _ if dataclasses.is_dataclass(value):
                groups.append((name, (value,)))
            case _ if value is None or value is False or value == defaults[name] or (name, value) == ("title", ""):
                pass
            case _ if name in ("key", "voice", "name", "language", "level", "target", "source"):
                if value not in ("", "author"):
                    head.append(str(value))
            case _:
                head.append(f"{name}={_quoted(value) if isinstance(value, str) else value}")
    yield indent + " ".join(head)
    named = isinstance(node, Table) or len([group for group in groups if group[1]]) > 1
    for name, members in groups:
        yield from _group(name, members, source, depth + 1, named and bool(members))


def _group(name: str, members: tuple[object, ...], source: Source, depth: int, named: bool) -> Iterator[str]:
    if named:
        yield "  " * depth + name
        depth += 1
    for member in members:
        if isinstance(member, tuple):
            yield from _group(name.removesuffix("s"), member, source, depth, named=True)
        else:
            yield from _node(member, source, depth)


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", "↵").replace("\u00a0", "⍽") + '"'


def _attributes(attributes: Attributes) -> str:
    parts = [f"#{attributes.id}"] if attributes.id else []
    parts += [f".{name}" for name in attributes.classes]
    parts += [f"{key}={_quoted(value)}" for key, value in attributes.pairs]
    return "{" + " ".join(parts) + "}"
