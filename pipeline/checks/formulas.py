"""Every formula of an edition is seen in its finished file as it was set: whole, and not only named.

The source of a formula stands in the file as words do, and is compared as they are. But a reader sees outlines or
MathML, and these could be lost while the source stays. So each is compared with what was set: in a PDF how many
outlines are filled, in an EPUB the tree of the MathML. House rule; no standard asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from pipeline.book import Medium
from pipeline.checks.expected import Strand
from pipeline.checks.reading import Reading
from pipeline.source import Problem

LIMIT = 20
"""Formulas that are named one by one."""


def check_formulas(strands: Sequence[Strand], reading: Reading) -> Iterator[Problem]:
    """Yield a problem for each formula of which something else is seen; those that are missing `check_words` finds."""
    wanted = [(strand, strand.drawn) for strand in strands if strand.drawn is not None]
    ours = ["".join(strand.text.split()) for strand, _ in wanted]
    theirs = ["".join(formula.source.split()) for formula in reading.formulas]
    count = 0
    for a, b, size in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        for (strand, drawn), formula in zip(wanted[a : a + size], reading.formulas[b : b + size], strict=True):
            paged = reading.medium is Medium.PDF
            if formula.outlines == drawn.outlines if paged else formula.shape == drawn.shape:
                continue
            count += 1
            if count > LIMIT:
                return
            seen = f"{formula.outlines} of its {drawn.outlines} outlines are drawn" if paged else "its MathML differs"
            yield Problem(
                "math-changed",
                f"the formula `{_clip(strand.text)}` is not whole in {reading.where(formula.place)}: {seen}",
                strand.span,
                "this is a fault of the pipeline or of what wrote the file, not of the manuscript",
            )


def _clip(text: str, most: int = 60) -> str:
    text = text.replace("`", "ˋ")
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"
