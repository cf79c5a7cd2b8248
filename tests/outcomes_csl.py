"""Outcomes of the citation engine: `cited.yaml` goes in, `citations` and `bibliography` come out.

    style: chicago-notes-bibliography     # a style of the package, or the parts of one:
    citation: <layout>…</layout>          # with `attributes`, `options` (of cs:citation), `macros`, `locale`
    bibliography: <layout>…</layout>
    library: [yu]                         # works of `csl-library.yaml`, listed though not cited
    references: {a: {type: book, …}}      # further works
    clusters: [yu p 45; binder 117-18, …] # notes 1, 2 …; a key, a label, a locator; `see | yu` has a prefix

Italics come out as `*so*`, bold as `**so**`, small capitals as `^^so^^`, raised text as `^so^`, and what stands
upright in italics as `/so/`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from pipeline.csl.engine import Register, Style, compile_style
from pipeline.csl.values import Cite, Cluster, Run
from tests.csl_adapter import read_locale, style_bytes
from tests.literate import CASES, Case, outcome

_SIGNS = {
    "italic": "*",
    "bold": "**",
    "small-caps": "^^",
    "superscript": "^",
    "subscript": "~",
    "underline": "__",
    "upright": "/",
}
_LABELS = {
    "p": "page",
    "para": "paragraph",
    "art": "article-locator",
    "ch": "chapter",
    "s": "section",
    "vol": "volume",
    "n": "note",
    "l": "line",
    "sv": "sub-verbo",
}


@functools.cache
def _library() -> dict[str, dict[str, Any]]:
    text = (CASES / "csl-library.yaml").read_text("utf-8")
    return {str(key): value for key, value in yaml.load(text, Loader=yaml.BaseLoader).items()}  # texts only


def show(runs: tuple[Run, ...]) -> str:
    """Write runs with signs for their formats."""
    out = []
    for run in runs:
        if isinstance(run, str):
            out.append(run)
        else:
            sign = _SIGNS.get(run.role, "")
            inside = show(run.children)
            edge = " | " if run.role == "left-margin" else ""
            out.append(f"{sign}{inside}{sign}{edge}" if sign or edge else inside)
    return "".join(out)


def _xml(given: dict[str, Any]) -> bytes:
    bibliography = given.get("bibliography")
    bibliography = f"<bibliography {given.get('listing', '')}>{bibliography}</bibliography>" if bibliography else ""
    attributes = given.get("attributes", 'class="note"')
    return (
        '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" '
        f"{attributes}>"
        f"<info><title>t</title><id>t</id><updated>2026-01-01T00:00:00Z</updated></info>"
        f"{given.get('locale', '')}{given.get('macros', '')}"
        f"<citation {given.get('options', '')}>{given['citation']}</citation>{bibliography}</style>"
    ).encode()


def _cite(text: str) -> Cite:
    prefix, bar, rest = text.rpartition("|")
    rest, slash, suffix = rest.partition("/")
    words = rest.split()
    label = ""
    if len(words) > 1 and words[1] in _LABELS:
        label = _LABELS[words.pop(1)]
    mode: Any = "normal"
    key = words[0]
    if key.startswith("-"):
        key, mode = key[1:], "suppress"
    return Cite(
        key,
        locator=" ".join(words[1:]),
        label=label,
        prefix=prefix.strip() if bar else "",
        suffix=suffix.strip() if slash else "",
        mode=mode,
    )


def _register(case: Case) -> tuple[Style, Register]:
    given: dict[str, Any] = yaml.load(case.files["cited.yaml"], Loader=yaml.BaseLoader)  # texts only
    data = style_bytes(given["style"]) if "style" in given else _xml(given)
    style, faults = compile_style(data, read_locale, given.get("language", ""))
    assert style is not None, faults
    references = {**_library(), **given.get("references", {})}
    clusters = [
        Cluster(str(number), tuple(_cite(part) for part in text.split(";")), number)
        for number, text in enumerate(given.get("clusters", []), 1)
    ]
    listed = given.get("library")
    register, problems = style.register(references, clusters, listed)
    assert not problems, problems
    return style, register


@outcome("citations")
def citations(case: Case) -> str:
    """One line for each cluster."""
    _, register = _register(case)
    return "\n".join(show(citation.runs) for citation in register.citations())


@outcome("bibliography")
def bibliography(case: Case) -> str:
    """One line for each entry."""
    _, register = _register(case)
    return "\n".join(show(entry.runs) for entry in register.entries())


def library_path() -> Path:
    """Where the shared works stand."""
    return CASES / "csl-library.yaml"
