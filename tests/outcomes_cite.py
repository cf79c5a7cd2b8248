"""Outcomes of references and citations.

`references`: what files of references (`references.yaml`, `.json`, `.bib`, `.ris`) say, a field a line, then what is
wrong with them.
"""

from __future__ import annotations

from pipeline.bibliography import ENDINGS, FieldValue, When, read_library
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
