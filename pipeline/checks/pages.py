"""Pages are what a designer would sign: no lone lines, no gaping spaces, nothing beyond its edge, heads with their text.

Why a reader would care: a line of a paragraph alone over the page, or a word cut in two by it, makes the eye
stop; wide spaces make holes; a head at the foot of a page announces nothing. Sources: the house rules, which follow
Tschichold's Penguin rules, Bringhurst and the Chicago manual.

The lines of a unit as they were measured in the layout come in, and its manuscript for the places; what is found goes
out with the place on the page, so that it can be drawn there. What only eyes can judge is not found here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise
from statistics import mean

from pipeline.checks.patterns import Pattern, look_across, look_at_last_lines
from pipeline.edition import Edition
from pipeline.manuscript import Code, Text
from pipeline.pagelines import LineKind, SetFigure, SetLine, SetUnit, page_words
from pipeline.source import Problem, Severity, Span

LOOSE = 0.22
"""em added to each space from which on a line is loose; a book may have `LOOSE_SHARE` of them."""
GAPING = 0.35
"""em from which on its spaces are holes; a book may have `GAPING_SHARE` of such lines."""
LOOSE_SHARE, GAPING_SHARE = 0.06, 0.01
TIGHT = -0.1
"""em: no space may lose more."""
OVER, UNDER = 0.6, 1.0
"""Points by which a line may reach over its edge, or fall short of it."""
RUNT_SIGNS, RUNT_SHARE = 4, 0.14
LADDER = 3
"""Lines running with a hyphen at the end: so many are a warning, more an error."""
OFF_GRID = 0.15
"""Points by which a line of the text may leave the lines of its page."""
FAR, TOO_FAR = 2, 3
"""Pages between a figure and its first reference: from the first on it is said, from the second on it is a warning."""
SHORT = 2
"""Lines free at the foot of a page from which on it is short."""
DOTS = 300
"""Dots an inch that a picture on paper needs."""

HYPHENS = "-\u2010\u058a"
FLOW = LineKind.NOTE | LineKind.TABLE | LineKind.HEAD | LineKind.FREE | LineKind.PICTURE
"""Kinds that are no running text."""

ONE_PAGE = frozenset(("title-page", "half-title"))
"""Units that are one page."""

GRAVE = frozenset(("math-too-wide", "title-too-long"))
IN_BUILD = GRAVE | {"overfull-line", "head-at-foot"}
"""What every build says: the rest waits for who asks."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and where it is to be seen: the page of the book from 0, and a box on it in points from its upper left."""

    problem: Problem
    page: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Budget:
    """What the lines of an edition come to: justified lines of running text, and what they may have in measure."""

    lines: int
    space: float
    """mean of what is added to each space, in em"""
    loose: int
    gaping: int
    divided: int
    ladder: int
    on_grid: float
    """share of the lines of running text that stand on the lines of their page"""


def check_pages(
    edition: Edition, units: Sequence[SetUnit], *, sided: bool = True, whole: bool = True
) -> tuple[Finding, ...]:
    """Look through all pages of a paginated edition; findings stand in the order of the pages.

    `whole` says that these are all units, so that it can be said what their lines come to.
    """
    places = _Places(edition)
    found: list[Finding] = []
    for unit in units:
        found.extend(_Unit(replace(unit, lines=tuple(unit.lines)), places, sided).findings())
    if whole:
        found.extend(_over_budget(units, places))
    return tuple(sorted(found, key=lambda each: (each.page, each.box[1], each.problem.code)))


def for_builds(findings: Sequence[Finding]) -> tuple[Problem, ...]:
    """Return what a build says unasked, as warnings: words are whole, but everybody would see it.

    A formula that leaves its column may be cut by the edge of the paper, and a title page is one page: these are errors.
    """
    return tuple(
        each.problem
        if each.problem.code in GRAVE
        else Problem(each.problem.code, each.problem.message, each.problem.span, each.problem.hint, Severity.WARNING)
        for each in findings
        if each.problem.code in IN_BUILD
    )


def budget(units: Sequence[SetUnit]) -> Budget:
    """Count what the lines of an edition come to."""
    lines = [line for unit in units for line in unit.lines if _is_text(line) and line.kind & LineKind.JUSTIFIED]
    spread = [line.space for line in lines if _is_stretched(line)]
    on_grid = [aside <= OFF_GRID for unit in units for _, aside in _asides(unit)]
    return Budget(
        lines=len(lines),
        space=mean(spread) if spread else 0.0,
        loose=sum(space > LOOSE for space in spread),
        gaping=sum(space > GAPING for space in spread),
        divided=sum(bool(line.kind & LineKind.DIVIDED) for line in lines),
        ladder=max((len(run) for unit in units for run in _ladders(unit.lines)), default=0),
        on_grid=mean(on_grid) if on_grid else 1.0,
    )


# Lines -------------------------------------------------------------------------------------------


def _is_text(line: SetLine) -> bool:
    return not line.kind & FLOW


def _is_stretched(line: SetLine) -> bool:
    """Say whether the spaces of a line were made to fill the measure."""
    return bool(line.kind & LineKind.JUSTIFIED) and not line.kind & (LineKind.LAST | LineKind.ENDED)


def _has_hyphen(line: SetLine) -> bool:
    """Say whether a line ends in a letter and a hyphen, put there or the author's own."""
    ends = line.closes[-2:]
    return bool(line.kind & LineKind.DIVIDED) or (len(ends) == 2 and ends[1] in HYPHENS and ends[0].isalpha())


def _paragraphs(lines: Sequence[SetLine]) -> Iterator[list[SetLine]]:
    """Yield the lines of each paragraph, over pages and the notes between them."""
    for _, group in groupby(sorted(lines, key=lambda line: line.paragraph), key=lambda line: line.paragraph):
        yield list(group)


def _ladders(lines: Sequence[SetLine]) -> Iterator[list[SetLine]]:
    """Yield runs of lines of one paragraph that end in a hyphen; the last line of a paragraph is none of them."""
    for paragraph in _paragraphs(lines):
        for divided, run in groupby(paragraph, key=lambda line: _has_hyphen(line) and not line.kind & LineKind.LAST):
            if divided:
                yield list(run)


def _asides(unit: SetUnit) -> Iterator[tuple[SetLine, float]]:
    """Yield the lines of running text, and how far each stands from the lines of its page."""
    step = unit.step or unit.grid
    if not step or unit.display:
        return
    text = [line for line in unit.lines if _is_text(line) and not line.kind & LineKind.OBJECT]
    for page, group in groupby(text, key=lambda line: line.page):
        lines = list(group)
        phases = [round((line.baseline - unit.frames[page].top) % step, 1) for line in lines]
        usual = max(sorted(set(phases)), key=phases.count)
        for line in lines:
            aside = (line.baseline - unit.frames[page].top - usual) % step
            yield line, min(aside, step - aside)


# Units -------------------------------------------------------------------------------------------


class _Unit:
    """Looks through the pages of one unit."""

    def __init__(self, unit: SetUnit, places: _Places, sided: bool) -> None:
        self.unit = unit
        self.places = places
        self.sided = sided
        self.pages = len(unit.labels)
        self.flow = [
            [line for line in unit.lines if line.page == page and not line.kind & LineKind.NOTE]
            for page in range(self.pages)
        ]
        self.before: dict[int, int] = {}
        counts: dict[str, int] = {}
        for line in unit.lines:
            self.before[id(line)] = counts.get(line.block, 0)
            counts[line.block] = counts.get(line.block, 0) + line.length

    def findings(self) -> Iterator[Finding]:
        for paragraph in _paragraphs(self.unit.lines):
            yield from self.paragraph(paragraph)
        for run in _ladders(self.unit.lines):
            yield from self.ladder(run)
        yield from self.patterns()
        for line in self.unit.lines:
            yield from self.edges(line)
        for page in range(self.pages):
            yield from self.foot(page)
            yield from self.spread(page)
        yield from self.grid()
        yield from self.title()
        for figure in self.unit.figures:
            yield from self.figure(figure)
        for picture in self.unit.pictures:
            if picture.dots < DOTS and self.sided:
                yield self.found(
                    "low-resolution",
                    f"`{picture.source}` comes to {picture.dots} dots an inch, {DOTS} are needed on paper",
                    "take a larger picture, or show it smaller",
                    Severity.WARNING,
                    picture.page,
                    block=picture.block,
                )

    def found(
        self, code: str, message: str, hint: str, severity: Severity, page: int, line: SetLine | None = None,
        block: str = "",
    ) -> Finding:  # fmt: skip
        """Return a finding on a page of the unit, at a line or at its foot."""
        label = page_words(self.unit.labels[page] if page < len(self.unit.labels) else "?", self.unit.first + page)
        frame = self.unit.frames[page]
        if line is not None:
            grid = self.unit.grid or 12
            box = (line.left, line.baseline - 0.75 * grid, max(line.right, line.left + 4), line.baseline + 0.25 * grid)
            words = line.opens if line.length <= len(line.opens) else f"{line.opens}…"
            message = f"{message}: “{words}” (page {label}, `{self.places.name}`)"
            span = self.places.span(line.block, self.before[id(line)])
        else:
            box = (0, frame.top if block else frame.bottom - 2 * self.unit.grid, self.unit.size[0], frame.bottom)
            message = f"{message} (page {label}, `{self.places.name}`)"
            span = self.places.span(block, 0)
        return Finding(Problem(code, message, span, hint, severity), self.unit.first + page, box)

    def figure(self, figure: SetFigure) -> Iterator[Finding]:
        """Say whether a figure or table got the place that it asks for, and how far it stands from its reference."""
        if figure.given != figure.asked:
            yield self.found(
                "figure-place",
                f"`{figure.block}` asks for the place `{figure.asked}`, and no page of its section has room for it there: "
                + (
                    "it stands where it was written" if figure.given == "here" else f"it has the place `{figure.given}`"
                ),
                "write it earlier, make it smaller, or let it stand on a `page` of its own",
                Severity.INFO,
                figure.page,
                block=figure.block,
            )
        if figure.reference is None:
            return
        away = self.unit.first + figure.page - figure.reference
        if abs(away) >= FAR:
            yield self.found(
                "figure-far",
                f"`{figure.block}` stands {abs(away)} pages {'after' if away > 0 else 'before'} the first reference to it",
                "write it nearer to the words that refer to it",
                Severity.WARNING if abs(away) >= TOO_FAR else Severity.INFO,
                figure.page,
                block=figure.block,
            )

    # Paragraphs ----------------------------------------------------------------------------------

    def paragraph(self, lines: list[SetLine]) -> Iterator[Finding]:
        first, last = lines[0], lines[-1]
        if _is_text(first) and first.page != last.page:
            if sum(line.page == first.page for line in lines) == 1:
                yield self.found(
                    "orphan",
                    "the first line of a paragraph stands alone at the foot of its page",
                    "add or cut a few words before it",
                    Severity.ERROR,
                    first.page,
                    first,
                )
            if sum(line.page == last.page for line in lines) == 1:
                yield self.found(
                    "widow",
                    "the last line of a paragraph stands alone at the top of a page",
                    "add or cut a few words of the paragraph",
                    Severity.ERROR,
                    last.page,
                    last,
                )
        if len(lines) > 1 and not last.kind & (LineKind.TABLE | LineKind.HEAD | LineKind.FREE | LineKind.PICTURE):
            yield from self.runt(lines)
        for line, after in pairwise(lines):
            if line.page != after.page and line.kind & LineKind.DIVIDED:
                turns = self.sided and (self.unit.first + line.page) % 2 == 0 and not line.kind & LineKind.NOTE
                yield self.found(
                    "hyphen-over-page",
                    "a word is divided between two pages" + (", and the leaf must be turned" if turns else ""),
                    "add or cut a word before it",
                    Severity.ERROR if turns else Severity.WARNING,
                    line.page,
                    line,
                )

    def runt(self, lines: list[SetLine]) -> Iterator[Finding]:
        last, before = lines[-1], lines[-2]
        left = min(line.left for line in lines)
        measure = last.edge - left
        one = last.length <= len(last.opens) and " " not in last.opens
        if not one or measure <= 0:
            return
        piece = bool(before.kind & LineKind.DIVIDED)
        aside = last.kind & (LineKind.NOTE | LineKind.OBJECT) or not last.kind & LineKind.JUSTIFIED
        serious = last.length <= RUNT_SIGNS or piece
        if piece or last.length <= RUNT_SIGNS or last.right - last.left < RUNT_SHARE * measure:
            yield self.found(
                "runt",
                f"the last line of a paragraph is {'a piece of a word' if piece else 'one short word'}",
                "add or cut a word of the paragraph",
                Severity.INFO if aside else Severity.ERROR if serious else Severity.WARNING,
                last.page,
                last,
            )

    def ladder(self, run: list[SetLine]) -> Iterator[Finding]:
        if len(run) >= LADDER:
            yield self.found(
                "hyphen-ladder",
                f"{len(run)} lines running end in a hyphen",
                "reword a line, or write a word of them whole with `\u2060`",
                Severity.ERROR if len(run) > LADDER else Severity.WARNING,
                run[0].page,
                run[0],
            )

    def patterns(self) -> Iterator[Finding]:
        """Yield what an eye sees across lines."""
        lasts: list[SetLine] = []
        found: list[Pattern] = []
        for paragraph in _paragraphs(self.unit.lines):
            if paragraph[0].kind & (LineKind.TABLE | LineKind.HEAD | LineKind.FREE | LineKind.PICTURE):
                continue
            found.extend(look_across(paragraph))
            if _is_text(paragraph[-1]) and len(paragraph) > 1 and paragraph[-1].right < paragraph[-1].edge - 12:
                lasts.append(paragraph[-1])
        found.extend(look_at_last_lines(lasts))
        for each in found:
            yield self.found(
                each.code,
                each.message,
                "add or cut a word before it, or let it be: no word is wrong",
                Severity.INFO,
                each.line.page,
                each.line,
            )

    # Lines ---------------------------------------------------------------------------------------

    def edges(self, line: SetLine) -> Iterator[Finding]:
        if line.kind & LineKind.WIDE:
            yield self.found(
                "math-too-wide",
                f"a formula is wider than its column by {max(line.right - line.edge, 0.1):.1f} pt or more",
                r"divide it: `\begin{aligned} … \\ … \end{aligned}`, or let it stand on lines of its own (`$$…$$`)",
                Severity.ERROR,
                line.page,
                line,
            )
            return
        if line.kind & (LineKind.PICTURE | LineKind.FREE):
            return
        over = line.right - line.edge
        if over > OVER:
            yield self.found(
                "overfull-line",
                f"a line reaches {over:.1f} pt over its edge",
                "let a word in it be divided, or widen the column",
                Severity.ERROR,
                line.page,
                line,
            )
        if not _is_stretched(line):
            return
        if over < -UNDER:
            yield self.found(
                "underfull-line",
                f"a line falls {-over:.1f} pt short of its edge",
                "let a word after it be divided",
                Severity.ERROR,
                line.page,
                line,
            )
        elif line.space < TIGHT:
            yield self.found(
                "tight-line",
                f"the spaces of a line are {-line.space:.2f} em too narrow",
                "reword the paragraph",
                Severity.ERROR,
                line.page,
                line,
            )
        elif line.space > LOOSE:
            yield self.found(
                "loose-line",
                f"the spaces of a line are {line.space:.2f} em too wide",
                "reword the paragraph, or let long words in it be divided",
                Severity.WARNING if line.space > GAPING else Severity.INFO,
                line.page,
                line,
            )

    # Pages ---------------------------------------------------------------------------------------

    def foot(self, page: int) -> Iterator[Finding]:
        lines, after = self.flow[page], self.flow[page + 1] if page + 1 < self.pages else []
        if not lines or not after:
            return
        head = next((n for n, line in enumerate(reversed(lines)) if not line.kind & LineKind.HEAD), len(lines))
        if head:
            yield self.found(
                "head-at-foot",
                "a head stands at the foot of its page, without its text",
                "shorten or lengthen what stands before it",
                Severity.ERROR,
                page,
                lines[-1],
            )
        elif len(lines) > 1 and lines[-2].kind & LineKind.HEAD and not lines[-1].kind & LineKind.LAST:
            yield self.found(
                "head-near-foot",
                "one line follows a head at the foot of its page",
                "shorten or lengthen what stands before it",
                Severity.WARNING,
                page,
                lines[-1],
            )
        free, reason = self.free(page), _reason(lines, after, self.free(page))
        if free >= SHORT and not _is_figure(lines):
            yield self.found(
                "short-page",
                f"{free} lines are free at the foot of a page{reason}",
                "it can stay where a head or a figure needs the room",
                Severity.INFO if reason else Severity.WARNING,
                page,
            )

    def title(self) -> Iterator[Finding]:
        """Say that a page for a title, or a head, runs over to another page."""
        if self.unit.display and self.pages > 1 and self.unit.name in ONE_PAGE:
            yield self.found(
                "title-too-long",
                f"the {self.unit.name.replace('-', ' ')} takes {self.pages} pages",
                "shorten the title or the subtitle in `book.toml`, or name fewer people there",
                Severity.ERROR,
                0,
            )
            return
        for paragraph in _paragraphs([line for line in self.unit.lines if line.kind & LineKind.HEAD]):
            if paragraph[0].page != paragraph[-1].page:
                yield self.found(
                    "title-too-long",
                    "a head goes on on the next page",
                    "shorten it; what it lists can stand in the text",
                    Severity.ERROR,
                    paragraph[0].page,
                    paragraph[0],
                )

    def free(self, page: int) -> int:
        """Return the lines that are free at the foot of a page; notes stand at the foot of theirs."""
        frame, grid, lines = self.unit.frames[page], self.unit.grid, self.flow[page]
        if frame.notes is not None or not grid or not lines:
            return 0
        return max(0, round((frame.bottom - lines[-1].baseline) / grid - 0.3))

    def spread(self, page: int) -> Iterator[Finding]:
        """Compare a verso with the recto that faces it; the last page of a unit ends where its text does."""
        if not self.sided or (self.unit.first + page) % 2 == 0 or page + 2 >= self.pages:
            return
        if not self.flow[page] or not self.flow[page + 1]:
            return
        free = self.free(page), self.free(page + 1)
        apart = abs(free[0] - free[1])
        if not apart:
            return
        short = page if free[0] > free[1] else page + 1
        reason = _reason(self.flow[short], self.flow[short + 1], apart)
        yield self.found(
            "unequal-spread",
            f"facing pages differ by {apart} line{'s' * (apart > 1)} at the foot{reason}",
            "it can stay where a head or a figure needs the room",
            Severity.WARNING if apart >= SHORT and not reason else Severity.INFO,
            short,
        )

    def grid(self) -> Iterator[Finding]:
        for page, group in groupby(_asides(self.unit), key=lambda pair: pair[0].page):
            aside = [(line, far) for line, far in group if far > OFF_GRID]
            if aside:
                line, far = aside[0]
                yield self.found(
                    "off-grid",
                    f"{len(aside)} lines stand {far:.1f} pt or so beside the lines of their page",
                    "look for heights in the styles that are no whole number of lines",
                    Severity.WARNING,
                    page,
                    line,
                )


def _is_figure(lines: Sequence[SetLine]) -> bool:
    """Say whether a page holds a figure and its words, and nothing else."""
    return any(line.kind & LineKind.PICTURE for line in lines) and all(
        line.kind & (LineKind.PICTURE | LineKind.OBJECT | LineKind.TABLE) for line in lines
    )


def _reason(lines: Sequence[SetLine], after: Sequence[SetLine], free: int) -> str:
    """Say what begins on the next page, if it may have needed more room than the `free` lines below the last one."""
    if after[0].kind & (LineKind.HEAD | LineKind.RUN_IN):
        return ", because a head follows"
    if after[0].kind & LineKind.TABLE:
        return ", because a table follows"
    if after[0].kind & LineKind.PICTURE:
        return ", because a picture follows"
    if after[0].kind & LineKind.WHOLE:
        return ", because what follows is kept together"
    if any(line.kind & LineKind.CALLING for line in after[: free + 1]):
        return ", because a note is called on the next line" + "s" * (not after[0].kind & LineKind.CALLING)
    if free <= SHORT + 1 and lines[-1].kind & (LineKind.TABLE | LineKind.OBJECT | LineKind.PICTURE):
        return ", because something ends there that has room below it"
    return ""


def _over_budget(units: Sequence[SetUnit], places: _Places) -> Iterator[Finding]:
    """Yield one problem for the book where more lines are loose than a book may have."""
    spent = budget(units)
    if spent.lines < 100:  # shares of few lines say nothing
        return
    for count, share, em in ((spent.gaping, GAPING_SHARE, GAPING), (spent.loose, LOOSE_SHARE, LOOSE)):
        if count > share * spent.lines:
            yield Finding(
                Problem(
                    "lines-gaping" if em == GAPING else "lines-loose",
                    f"{count} of {spent.lines} lines of `{places.name}` have spaces more than {em} em too wide",
                    places.settings,
                    f'at most {share:.0%} may; write `composition = "fine"`, or take a wider page',
                    Severity.ERROR if em == GAPING else Severity.WARNING,
                ),
                units[0].first,
                (0, 0, 0, 0),
            )


# Places ------------------------------------------------------------------------------------------


class _Places:
    """Leads from a block and a number of signs in it to the manuscript."""

    def __init__(self, edition: Edition) -> None:
        self.settings: Span | None = edition.settings.span
        self.name = edition.settings.name
        self.edition = edition
        self.texts: dict[str, list[tuple[int, Span]]] = {}

    @cached_property
    def nodes(self) -> dict[str, object]:
        """All nodes by their ids: found once, and only where there is something to say."""
        nodes: dict[str, object] = {}

        def keep(node: object) -> None:
            id = getattr(getattr(node, "attributes", None), "id", "")
            if id:
                nodes[id] = node

        for unit in self.edition.units:
            if unit.heading:
                nodes[unit.heading] = unit
            _walk(unit.blocks, keep)
            for note in unit.notes:
                nodes[note.id] = note
                _walk(note.blocks, keep)
        return nodes

    def span(self, block: str, signs: int) -> Span | None:
        """Return the text node that holds the sign of this number, else the whole block."""
        node = self.nodes.get(block)
        if node is None:
            return None
        if block not in self.texts:
            texts: list[tuple[int, Span]] = []

            def keep(inner: object) -> None:
                if isinstance(inner, Text | Code):
                    texts.append((len("".join(inner.text.split())), inner.span))

            _walk(node, keep)
            self.texts[block] = texts
        for length, span in self.texts[block]:
            if signs < length:
                start = min(span.start + signs * max(1, span.end - span.start) // max(1, length), span.end - 1)
                return Span(span.path, start, span.end)
            signs -= length
        span_of_node = getattr(node, "span", None)
        return span_of_node if isinstance(span_of_node, Span) else None


def _walk(node: object, keep: Callable[[object], None]) -> None:
    if isinstance(node, tuple):
        for each in node:
            _walk(each, keep)
    elif isinstance(node, Mapping):
        return
    elif is_dataclass(node) and not isinstance(node, type | Span):
        keep(node)
        for each in fields(node):
            value = getattr(node, each.name)
            if isinstance(value, tuple) or is_dataclass(value):
                _walk(value, keep)
