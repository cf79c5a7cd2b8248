"""The book that intake keeps while it works: what becomes of every character, and every finding with its signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.intake.decisions import Decision, Decisions
from pipeline.intake.values import Entry, Fate, Mark, Note, Paragraph, Way
from pipeline.source import Problem, Severity, Source

EXCERPT = 60
"""Characters of the source that a decision quotes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen at a place, by rule or by a person."""

    way: str
    text: str = ""
    level: int = 0
    decided: bool = False


def excerpt(text: str, start: int, limit: int = EXCERPT) -> str:
    """Return the first words that stand at an offset, for a person to see and to quote.

    >>> excerpt("one   two three", 0, 8)
    'one two'
    """
    stretch = text[start : start + 4 * limit].split("\n\n", 1)[0]
    words = " ".join(stretch.split())
    if len(words) > limit:
        cut = words[: limit + 1].rpartition(" ")[0] or words[:limit]
        words = cut[:limit]
    return words


class Ledger:
    """Fates, findings, marks and notes of one source; it never leaves this room."""

    def __init__(self, source: Source, decisions: Decisions) -> None:
        self.source = source
        self.text = source.text
        self.decisions = decisions
        self.fates = bytearray(len(source.text))
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []
        self.marks: list[Mark] = []
        self.notes: list[Note] = []
        self.halves: list[tuple[int, int, int]] = []
        """texts at the foot of a page that nothing calls: where each begins, where its words do, and where it ends"""
        self.joins: list[tuple[int, int]] = []
        """line ends inside a word: from where to where white space, and what was set aside, divides nothing"""
        self._decided: dict[tuple[str, int], Decision] = {}
        self._used: set[Decision] = set()
        self._everywhere: dict[str, Decision] = {}
        """what a person decided for all doubts of a kind"""
        for decision in decisions.at_places:
            self._place(decision)

    # Decisions ------------------------------------------------------------------------------

    def _place(self, decision: Decision) -> None:
        source = self.source
        if not decision.line:
            if decision.kind in self._everywhere:
                self._twice(decision, self._everywhere[decision.kind], "for all")
            else:
                self._everywhere[decision.kind] = decision
            return
        offset = -1
        if decision.line <= source.lines:
            offset = source.line_start(decision.line) + decision.column - 1
        wanted = " ".join(decision.words.split())
        if offset < 0 or not excerpt(self.text, offset, len(wanted) + 40).startswith(wanted):
            self._stale(decision, wanted)
            return
        key = (decision.kind, offset)
        if key in self._decided:
            self._twice(decision, self._decided[key], f"at {decision.line}:{decision.column}")
            return
        self._decided[key] = decision

    def _twice(self, decision: Decision, first: Decision, where: str) -> None:
        self.problems.append(
            Problem(
                "decision-unknown",
                f"`{decision.kind}` {where} is decided twice",
                decision.span,
                "keep one of the two",
                also=((first.span, "first decided here"),),
            )
        )

    def _stale(self, decision: Decision, wanted: str) -> None:
        places = [self.source.position(at) for at in self._standing(wanted)]
        # lines were put in or taken out above: the nearest at the same column is the likeliest
        places.sort(key=lambda place: (place.column != decision.column, abs(place.line - decision.line), place.line))
        shown = [f"{place.line}:{place.column}" for place in places[:5]]
        if len(places) == 1:
            hint = f'these words now stand at {shown[0]}: write `at = "{shown[0]}"`'
        elif places:
            more = f" and {len(places) - 5} more" if len(places) > 5 else ""
            hint = f'these words now stand at {", ".join(shown)}{more}: write `at = "{shown[0]}"`, if that is the place'
        else:
            hint = "these words stand nowhere in the source; take the decision out, or decide anew from `intake.md`"
        self.problems.append(
            Problem(
                "decision-stale",
                f"`{wanted[:EXCERPT]}` does not stand at {decision.line}:{decision.column} of the source",
                decision.span,
                hint,
            )
        )
        self._used.add(decision)

    def _standing(self, wanted: str) -> list[int]:
        """Return where words stand, whatever white space is between them."""
        pattern = re.compile(r"\s+".join(map(re.escape, wanted.split())))
        return [at.start() for at in islice(pattern.finditer(self.text), 1_000)] if wanted else []

    def decided(self, kind: str, start: int) -> Choice | None:
        """Return what a person decided for a kind at an offset."""
        decision = self._decided.get((kind, start))
        if decision is None:
            return None
        self._used.add(decision)
        return Choice(decision.way, decision.text, decision.level, True)

    def weigh(
        self,
        kind: str,
        start: int,
        end: int,
        what: str,
        signs: Sequence[str],
        way: str,
        ways: Sequence[Way],
        *,
        doubt: bool = False,
        also: Sequence[int] = (),
    ) -> Choice:
        """Enter a finding, and return what a person or else the rule makes of it."""
        choice = self.decided(kind, start)
        if choice is None and doubt and kind in self._everywhere:
            everywhere = self._everywhere[kind]
            self._used.add(everywhere)
            choice = Choice(everywhere.way, everywhere.text, everywhere.level, True)
            if everywhere.way not in {each.name for each in ways}:
                choice = None  # told below, if it fits none
                self._used.discard(everywhere)
        if choice is not None and choice.way not in {each.name for each in ways}:
            decision = self._decided[kind, start]
            known = ", ".join(f"`{each.name}`" for each in ways if each.name)
            self.problems.append(
                Problem(
                    "decision-unknown",
                    f"`{kind}` cannot be decided as `{choice.way}`",
                    decision.span,
                    f"known: {known}"
                    if known
                    else "this is decided by a head, a break or a setting, as `intake.md` shows",
                )
            )
            choice = None
        chosen = choice or Choice(way)
        self.entries.append(
            Entry(
                kind,
                start,
                end,
                what,
                tuple(signs),
                chosen.way,
                tuple(ways),
                doubt=doubt,
                decided=choice is not None,
                also=tuple(also),
            )
        )
        return chosen

    def refuse(self, kind: str, start: int, message: str, hint: str) -> None:
        """Report a decision that cannot be carried out."""
        decision = self._decided.get((kind, start))
        if decision is not None:
            self.problems.append(Problem("decision-unknown", message, decision.span, hint))

    def close(self) -> None:
        """Report decisions that met nothing to decide."""
        kinds = {entry.kind for entry in self.entries}
        for decision in self._everywhere.values():
            if decision not in self._used:
                self.problems.append(
                    Problem(
                        "decision-unknown",
                        f"no doubt of the kind `{decision.kind}` can be decided as `{decision.way}`",
                        decision.span,
                        "known kinds here: " + ", ".join(f"`{kind}`" for kind in sorted(kinds)),
                    )
                )
        for decision in self.decisions.at_places:
            if (
                not decision.line
                or decision in self._used
                or self._decided.get((decision.kind, self._offset(decision))) is not decision
            ):
                continue
            self.problems.append(
                Problem(
                    "decision-unknown",
                    f"there is no `{decision.kind}` to decide at {decision.line}:{decision.column}",
                    decision.span,
                    "known kinds here: " + ", ".join(f"`{kind}`" for kind in sorted(kinds)),
                    Severity.ERROR,
                )
            )

    def _offset(self, decision: Decision) -> int:
        if decision.line > self.source.lines:
            return -1
        return self.source.line_start(decision.line) + decision.column - 1

    # Fates ----------------------------------------------------------------------------------

    def give(self, start: int, end: int, fate: Fate) -> None:
        """Say what becomes of the characters between two offsets."""
        if end > start:
            self.fates[start:end] = bytes((fate,)) * (end - start)

    def belongs(self, words: Paragraph) -> None:
        """Give the words of a paragraph to a note."""
        for piece in words.pieces:
            stretch = self.fates[piece.start : piece.end]
            self.fates[piece.start : piece.end] = stretch.replace(bytes((Fate.BODY,)), bytes((Fate.NOTE,)))
