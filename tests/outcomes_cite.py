"""Outcomes of references and citations.

`cites`: what the calls in a manuscript cite, a cite a line. `references`: what files of references (`references.yaml`, `.json`, `.bib`, `.ris`) say, a field a line, then what is
wrong with them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from pipeline.bibliography import ENDINGS, FieldValue, When, read_library
from pipeline.bibliography.calls import read_call
from pipeline.manuscript import CiteCall
from pipeline.parse import parse
from pipeline.source import Source, describe, in_order
from tests.literate import Case, outcome


def _shown(value: FieldValue) -> str:
    match value:
        case str():
            return value
        case When(text, literal):
            return f"({text})" if literal else text
        case _:
            return "; ".join(", ".join(f"{key} {part}" for key, part in person.csl().items()) for person in value)


@outcome("references")
def references(case: Case) -> str:
    sources = {
        name: Source(name, text.removesuffix("\n")) for name, text in case.files.items() if name.endswith(ENDINGS)
    }
    library, problems = read_library(tuple(sources.values()))
    rows = []
    for key, reference in library.references.items():
        at = sources[reference.span.path].position(reference.span.start)
        rows.append(f"{key}: {reference.kind} ({reference.span.path}:{at.line}:{at.column})")
        rows += [f"  {name}: {_shown(each.value)}" for name, each in sorted(reference.fields.items())]
        rows += [f"  custom {name}: {_shown(each.value)}" for name, each in sorted(reference.custom.items())]
    return "\n".join([*rows, *(describe(problem, sources) for problem in in_order(problems))])


@outcome("cites")
def cites(case: Case) -> str:
    """What a citation cites: the keys, what is counted, the words about it, then what is wrong."""
    source = Source("case.md", case.manuscript.removesuffix("\n"))
    leaf, problems = parse(source)
    rows, said = [], list(problems)
    for call in _calls((leaf.blocks, leaf.notes)):
        cluster, found = read_call(call.source, call.span, "en-GB")
        said += found
        rows.append(f"{call.source}{' in text' if cluster.in_text else ''}{f' {cluster.form}' if cluster.form else ''}")
        for cite in cluster.cites:
            place = source.text[cite.span.start : cite.span.end]
            parts = [cite.key, place, f"{cite.label} {cite.locator}".strip()]
            parts += [f"“{words}”" if words else "" for words in (cite.prefix, cite.suffix)]
            rows.append("  " + " | ".join([*parts, "" if cite.mode == "normal" else cite.mode]).rstrip(" |"))
    return "\n".join([*rows, *(describe(problem, {source.path: source}) for problem in in_order(said))])


def _calls(node: object) -> Iterator[CiteCall]:
    if isinstance(node, CiteCall):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _calls(each)
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from _calls(getattr(node, field.name))
