"""Outcomes of references and citations.

`cites`: what the calls in a manuscript cite, a cite a line. `cited`: what an edition prints. `references`: what files of references (`references.yaml`, `.json`, `.bib`, `.ris`) say, a field a line, then what is
wrong with them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from pipeline.bibliography import FieldValue, When, prepare
from pipeline.bibliography.calls import read_call
from pipeline.bibliography.library import ENDINGS, read_library
from pipeline.bibliography.lint import lint
from pipeline.book import read_book
from pipeline.edition import Edition, Reference, UnitKind, resolve
from pipeline.manuscript import (
    CiteCall,
    Code,
    CrossRef,
    Division,
    Emphasis,
    Formula,
    Heading,
    Image,
    Inline,
    LineBreak,
    Manuscript,
    NoteCall,
    Paragraph,
    SmallCaps,
    SoftBreak,
    Strong,
    Subscript,
    Superscript,
    Text,
)
from pipeline.parse import parse
from pipeline.source import Problem, Source, describe, in_order
from tests.csl_adapter import read_locale, style_bytes
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
            counted = "".join(
                f"{each.joint}{each.label} {each.word if each.label == 'none' else ''}".rstrip() + f" {each.number}"
                for each in cite.levels
            )
            parts = [cite.key, place, counted]
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


def edition_of(case: Case) -> tuple[Edition, tuple[Problem, ...], dict[str, Source]]:
    """Return the edition of a case: `book.toml` with its `[citations]`, files of references, a manuscript."""
    sources = {name: Source(name, text.removesuffix("\n")) for name, text in case.files.items()}
    settings = sources.setdefault("book.toml", Source("book.toml", ""))
    chapters = [name for name in sources if name.endswith(".md")]
    tongue = "" if "language =" in settings.text else 'language = "en-GB"\n'
    head = 'title = "T"\n' + tongue + (f"chapters = {chapters}\n" if "chapters" not in settings.text else "")
    if "[editions" not in settings.text:
        settings = Source("book.toml", settings.text + '\n[editions.print]\ntrim = "6x9"\n')
    book, problems = read_book(Source("book.toml", head + settings.text), frozenset(sources))
    assert book is not None
    library, said = read_library([sources[name] for name in book.citations.references])
    problems += said
    name = book.citations.style or "rights-chicago"
    data = sources[f"{name}.csl"].text.encode() if f"{name}.csl" in sources else style_file(name)
    citing, said = prepare(library, data, read_locale, book.language, name)
    problems += said
    leaves = []
    for path in chapters:
        leaf, said = parse(sources[path])
        leaves.append(leaf)
        problems += said
    problems += lint(Manuscript(tuple(leaves)), library, book.language, uncited=book.citations.uncited)
    edition, said = resolve(Manuscript(tuple(leaves)), book, book.editions[0], (), citing)
    return edition, problems + said, sources


def style_file(name: str) -> bytes:
    """Return a style of the house, else of the package."""
    own = Path(__file__).parent.parent / "styles" / "csl" / f"{name}.csl"
    return own.read_bytes() if own.is_file() else style_bytes(name)


_FORMS = {Emphasis: "*", Strong: "**", SmallCaps: "^^", Superscript: "^", Subscript: "~"}


def shown(inlines: tuple[Inline, ...], edition: Edition) -> str:
    """Write inlines with signs for their forms; `[1]` calls a note, `{5}` leads back to one."""
    out = []
    for node in inlines:
        match node:
            case Text(text=text):
                out.append(text)
            case SoftBreak():
                out.append(" ")
            case NoteCall():
                out.append(f"[{edition.calls[node.span].mark}]")
            case CiteCall():
                out.append(shown(edition.citations.get(node, ()), edition))
            case CrossRef() if node.target.startswith("@"):
                edition.references[node.span]  # it leads to a work in a list, or back
                out.append(shown(node.inlines, edition))
            case CrossRef():
                edition.note(edition.references[node.span].id)  # it is there
                out.append(f"{{{shown(node.inlines, edition)}}}")
            case Code() | Formula() | LineBreak() | Image():
                raise AssertionError(node)
            case _:
                sign = _FORMS.get(type(node), "")
                out.append(f"{sign}{shown(node.inlines, edition)}{sign}")
    return "".join(out)


def leads(places: tuple[Reference, ...]) -> str:
    """Write the places of a register."""
    return ": " + "; ".join(f"{each.text}{each.before}({each.id})" for each in places) if places else ""


@outcome("cited")
def cited(case: Case) -> str:
    """What a reader sees: paragraphs, then the notes of each chapter, then what is wrong."""
    edition, problems, sources = edition_of(case)
    rows = []
    for unit in edition.units:
        if unit.kind not in (UnitKind.CHAPTER, UnitKind.WORKS):
            continue
        rows.append(f"# {shown(unit.title, edition) or unit.short}".rstrip())
        for block in unit.blocks:
            if isinstance(block, Division):
                for work in edition.registers.get(block.attributes.id, ()):
                    rows.append(f"- {shown(work.inlines, edition)}{leads(work.places)}")
                    rows += [f"  {pin.text}{leads(pin.places)}" for pin in work.pins]
                rows += [f"- {shown(work.inlines, edition)}" for work in edition.lists.get(block.attributes.id, ())]
            elif isinstance(block, Paragraph | Heading):
                rows.append(shown(block.inlines, edition))
        for note in unit.notes:
            words = " / ".join(shown(block.inlines, edition) for block in note.blocks if isinstance(block, Paragraph))
            rows.append(f"{note.mark} {f'({note.voice}) ' if note.voice != 'author' else ''}{words}")
    return "\n".join([*rows, *(describe(problem, sources) for problem in in_order(problems))])
