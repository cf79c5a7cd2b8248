"""Outcomes of typography: `signs-LANGUAGE`, the words of a chapter with typographic signs, and what was done or doubted.

A no-break space shows as ⍽, a thin one as ⸱, a word joiner as ⁀.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from pipeline import manuscript as m
from pipeline.parse import parse
from pipeline.source import Source, describe
from pipeline.typography import set_signs
from tests.literate import MANUSCRIPT, Case, outcome

LANGUAGES = (
    "en-GB", "en-US", "ru", "fr", "de", "tr", "az", "es", "it", "nl", "pl", "cs", "uk", "bg", "sr", "el", "hy", "ka", "fi", "de-CH",
    "grc",
)  # fmt: skip


def shown(case: Case, language: str) -> str:
    source = Source(MANUSCRIPT, case.manuscript.removesuffix("\n"))
    leaf, found = parse(source)
    assert not found
    made, changes, problems = set_signs(leaf, language)
    lines = list(_lines((*made.blocks, *(block for note in made.notes for block in note.blocks))))
    counts = Counter(str(change.rule) for change in changes)
    if counts:
        lines.append("— " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    lines += [describe(problem, {MANUSCRIPT: source}) for problem in problems]
    text = "\n".join(lines)
    for sign, name in (("\u00a0", "⍽"), ("\u202f", "⸱"), ("\u2060", "⁀")):
        text = text.replace(sign, name)
    return text


def _lines(blocks: Sequence[m.Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case m.Paragraph() | m.Heading():
                yield _said(block.inlines)
            case m.CodeBlock():
                yield block.text
            case m.ItemList():
                for item in block.items:
                    yield from _lines(item.blocks)
            case m.Quotation() | m.Division() | m.EditorialMatter() | m.Letter() | m.Epigraph():
                yield from _lines(block.blocks)
            case _:
                raise AssertionError(block)


def _said(inlines: Sequence[m.Inline]) -> str:
    parts = []
    for node in inlines:
        match node:
            case m.Text() | m.Code():
                parts.append(node.text)
            case m.Formula():
                parts.append(f"${node.text}$")
            case m.SoftBreak() | m.LineBreak():
                parts.append("\n")
            case m.NoteCall() | m.Image() | m.CiteCall():
                pass
            case _:
                parts.append(_said(node.inlines))
    return "".join(parts)


for name in LANGUAGES:
    outcome(f"signs-{name}")(partial(shown, language=name))
