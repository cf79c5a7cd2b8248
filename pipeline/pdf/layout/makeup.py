"""The pages of a unit come in; what its paragraphs should do otherwise goes out, so that pages begin and end well.

Only what another setting of a paragraph can mend is looked for: a word divided between two pages, a last line
of one short word, a page that ends too early. A paragraph may be asked to keep a word whole, or to
become a line longer or shorter; whether that helped is weighed after the next layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from xml.etree.ElementTree import Element

from pipeline.pdf.compose import NO_WISH, RUNT_SHARE, Wish
from pipeline.pdf.layout.collect import number_paragraphs
from pipeline.pdf.layout.engine import Line, Reading
from pipeline.pdf.layout.tree import HEADINGS

HYPHEN_OVER_PAGE, RUNT, SHORT_LINE, LONE_LINE = 12, 4, 3, 20
"""What each fault weighs; a short page weighs for every line that is free from the second on."""
FEW_LINES = 3
"""Lines on the last page of a unit up to which it looks forgotten; `FORGOTTEN` is what each line less weighs."""
FORGOTTEN = 4
LONG = 5
"""Lines from which on a paragraph may be asked for a line more or less."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something at the edge of a page or a paragraph: its weight, and who could mend it how."""

    weight: int
    page: int
    element: Element | None = None
    wish: Wish = NO_WISH


def find_faults(reading: Reading) -> list[Fault]:
    """Return the faults of page make-up in the flow, page by page."""
    flow, numbers = number_paragraphs(reading)
    paragraphs: dict[int, list[Line]] = {}
    for line, number in zip(flow, numbers, strict=True):
        if line.area == "flow":
            paragraphs.setdefault(number, []).append(line)
    found = []
    for lines in paragraphs.values():
        if (lines[0].justified or lines[-1].end >= 0) and not lines[0].preserved:
            found.extend(_of_paragraph(lines))
    found.extend(_of_pages(reading, flow, paragraphs))
    found.extend(_of_end(flow, paragraphs))
    return sorted(found, key=lambda fault: fault.page)


def weigh(faults: Sequence[Fault]) -> int:
    """Return how much is wrong with the pages."""
    return sum(fault.weight for fault in faults)


def add_wishes(wishes: Mapping[Element, Wish], faults: Sequence[Fault]) -> dict[Element, Wish]:
    """Return the wishes with those that would mend the faults; a paragraph that had its way once is not asked again."""
    asked = dict(wishes)
    for fault in faults:
        if fault.element is None or fault.wish == NO_WISH:
            continue
        known = asked.get(fault.element, NO_WISH)
        looseness = known.looseness or fault.wish.looseness
        asked[fault.element] = replace(known, looseness=looseness, whole=known.whole | fault.wish.whole)
    return asked


def _of_paragraph(lines: Sequence[Line]) -> list[Fault]:
    found = []
    element = lines[0].element
    composed = element if all(line.end >= 0 for line in lines) else None
    for number, (line, after) in enumerate(pairwise(lines), 1):
        if line.page != after.page and any(run.divided for run in line.runs):
            found.append(Fault(HYPHEN_OVER_PAGE, line.page, composed, Wish(whole=frozenset((number,)))))
    pages = [line.page for line in lines]
    if pages[0] != pages[-1]:
        lone = [page for page in (pages[0], pages[-1]) if pages.count(page) == 1]
        found.extend(Fault(LONE_LINE, page, composed, Wish(looseness=1)) for page in lone)
    if len(lines) > 1 and _is_runt(lines):
        found.append(Fault(RUNT, lines[-1].page, composed if len(lines) >= LONG else None, Wish(looseness=-1)))
    return found


def _is_runt(lines: Sequence[Line]) -> bool:
    last = [run for run in lines[-1].runs if run.picture or run.text.strip()]
    if not last:
        return False
    words = "".join("\ufffc" if run.picture else run.text for run in lines[-1].runs).split()
    width = max(run.right for run in last) - min(run.left for run in last)
    measure = lines[-1].edges[1] - lines[-1].edges[0]
    return len(words) == 1 and (width < RUNT_SHARE * measure or any(run.divided for run in lines[-2].runs))


def _of_pages(reading: Reading, flow: Sequence[Line], paragraphs: Mapping[int, list[Line]]) -> list[Fault]:
    """Find pages that end too early although text follows."""
    found = []
    grid = reading.grid
    last = {line.page: line for line in flow if line.area == "flow"}
    first = {line.page: line for line in reversed(flow) if line.area == "flow"}
    for page, line in last.items():
        after = first.get(page + 1)
        if after is None or not grid or reading.areas[page] is not None or not _is_text(after):
            continue
        free = round((reading.frames[page][1] - line.baseline) / grid - 0.3)
        if free < 2:
            continue
        longest = sorted(
            (
                lines
                for lines in paragraphs.values()
                if lines[0].page == lines[-1].page == page and len(lines) >= LONG and lines[0].end >= 0
            ),
            key=len,
            reverse=True,
        )
        found.append(Fault((free - 1) * SHORT_LINE, page))
        found.extend(Fault(0, page, lines[0].element, Wish(looseness=1)) for lines in longest[:free])
    return found


def _of_end(flow: Sequence[Line], paragraphs: Mapping[int, list[Line]]) -> list[Fault]:
    """Find a last page of few lines, which paragraphs before it could take in."""
    flowing = [line for line in flow if line.area == "flow"]
    if not flowing or flowing[-1].page == flowing[0].page:
        return []
    page = flowing[-1].page
    few = sum(line.page == page for line in flowing)
    if few > FEW_LINES:
        return []
    # Those whose last line is short lose it with the least harm.
    found = sorted(
        (lines for lines in paragraphs.values() if len(lines) >= LONG and lines[0].end >= 0 and lines[0].page < page),
        key=lambda lines: (lines[-1].runs[-1].right - lines[-1].edges[0] if lines[-1].runs else 0.0) / len(lines),
    )
    return [
        Fault((FEW_LINES + 1 - few) * FORGOTTEN, page),
        *(Fault(0, page, lines[0].element, Wish(looseness=-1)) for lines in found[: 2 * few + 2]),
    ]


def _is_text(line: Line) -> bool:
    return line.element is not None and line.element.tag not in HEADINGS and any(run.text.strip() for run in line.runs)
