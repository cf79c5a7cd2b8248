"""Names and ids that nothing else in the book has, the same in every edition."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from pipeline.edition.drafts import Plan, Report, Target
from pipeline.manuscript import (
    Attributes,
)
from pipeline.source import Span


class Ids:
    """Gives every unit its name and every element its id; knows which of the author's ids stands where.

    `plan` holds the names and ids of the whole book, when this edition leaves something out.
    """

    def __init__(self, plan: Plan | None, report: Report) -> None:
        self.plan = plan
        self.made_plan = Plan()
        self.report = report
        self.names: set[str] = set()
        self.ids: dict[str, Span | None] = {}
        self.targets: dict[str, Target] = {}

    def unit_name(self, wanted: str, key: tuple[str, int]) -> str:
        """Return a slug no other unit has, the same in every edition."""
        name = self.plan.names.get(key, "") if self.plan is not None else ""
        name = name or self._fresh_name(wanted)
        self.names.add(name)
        self.made_plan.names[key] = name
        return name

    def _fresh_name(self, wanted: str) -> str:
        base = wanted or "text"
        name, count = base, 1
        while name in self.names:
            count += 1
            name = f"{base}-{count}"
        self.names.add(name)
        return name

    def claim(self, attributes: Attributes, made: str, span: Span) -> Attributes:
        """Return the attributes with an id that is unique in the book: the author's, or `made`."""
        wanted = attributes.id
        if not wanted:
            return replace(attributes, id=self.free(made))
        written = re.sub(r"[^\w.-]", "-", wanted)
        if not re.match(r"[^\W\d]", written):
            written = f"id-{written}"
        key = unicodedata.normalize("NFC", written).casefold()
        first = self.ids.get(key)
        if key in self.ids:
            self.report.problem(
                "id-doubled",
                f"the id `{wanted}` is given twice",
                span,
                "give one of the two places another id",
                ((first, "first given here"),) if first is not None else (),
            )
            return replace(attributes, id=self.free(made))
        self.ids[key] = span
        return replace(attributes, id=written)

    def free(self, made: str) -> str:
        name, count = made, 1
        while unicodedata.normalize("NFC", name).casefold() in self.ids:
            count += 1
            name = f"{made}-{count}"
        self.ids[unicodedata.normalize("NFC", name).casefold()] = None
        return name

    def target(self, wanted: str, id: str, unit: str, text: str, span: Span) -> None:
        """Note that the author's id `wanted` stands for the element `id`."""
        if wanted:
            self.targets.setdefault(wanted, Target(id, unit, text, span))
