"""A locator of several steps (`vol. 2, ch. 3, p. 4`): its steps in, marked text in the style's language out.

CSL counts in one unit only. Each outer step has its short term here, and the innermost one too; `cs:label` then prints nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.csl import markup, numbers
from pipeline.csl.locale import Locale
from pipeline.csl.values import Step


def compound(steps: Sequence[Step], locale: Locale, page_format: str, *, undotted: bool) -> str:
    """Return the text of a locator; `undotted` says that the style takes the stops off its labels."""
    out = ""
    for step in steps:
        word = ""
        if step.label:
            word = locale.term(step.label, "short", plural=numbers.is_plural(step.number, step.label))
        word = word or markup.escape(step.word)
        if undotted:
            word = word.replace(".", "")
        kind = "page" if step.label == "page" else "locator"
        number = markup.read(numbers.spaced(step.number, kind, page_format, locale))
        gap = " " if word and number and word[-1] != "\u00a0" else ""
        out += (step.joint if out else "") + word + gap + number
    return out
