"""The words of a cover, a page and faces come in; the front goes out: type and one rule.

The measures are those of a page of 6 × 9 in (432 × 648 points); other pages have them in proportion.
"""

from __future__ import annotations

from pipeline.book import Ground
from pipeline.cover.faces import DISPLAY, ITALIC, SUBHEAD, Faces, Setter, setter
from pipeline.cover.fit import NONE, Block, fit
from pipeline.cover.sheet import DEEP, INK, PAPER, RULE, RULE_ON_INK, Area, Colour, Sheet, TypeLine
from pipeline.cover.words import CoverWords

WIDE, HIGH = 432, 648
RULE_AT, LEFT, RIGHT = 54, 76, 44
TITLE, LEAST_TITLE, SMALLER_TITLE = 60.0, 16.0, 0.72
"""The largest size of a title, that below which the other words make room for it, and the share of its size that fewer
lines may cost."""
LEADING, CLOSE, OPEN = 1.08, 34.0, 1.18
"""The leading of a title in em, and that of one smaller than `CLOSE`, which is read rather than seen."""
AUTHOR, SUBTITLE, HANDS, PRESS = 13.0, 15.0, 11.0, 12.0
AUTHOR_AT, TITLE_AT, FOOT_AT = 76, 140, 64
"""The first baseline of the author, the top of the title, and the last baseline of the press from the foot."""


def colours(ground: Ground) -> tuple[Colour, Colour, Colour]:
    """Return the colours of a cover: what words stand on, the words, the rule."""
    return (PAPER, INK, RULE) if ground is Ground.LIGHT else (DEEP, PAPER, RULE_ON_INK)


def front(
    words: CoverWords, width: float, height: float, faces: Faces, ground: Ground = Ground.LIGHT, bleed: float = 0.0
) -> Sheet | None:
    """Return the front of a page of that size, in points; None when a sign of it is in no face."""
    back, _, rule = colours(ground)
    lines = front_lines(words, width, height, faces, ground, bleed, bleed)
    if lines is None:
        return None
    whole = Area(0, 0, width + 2 * bleed, height + 2 * bleed, back)
    return Sheet(whole.width, whole.height, bleed, (whole, rule_of(width, height, bleed, bleed, rule), *lines))


def rule_of(width: float, height: float, bleed: float, x: float, colour: Colour) -> Area:
    """Return the vertical rule of a front that begins at `x`; it runs through the bleed."""
    scale = min(width / WIDE, height / HIGH)
    return Area(x + RULE_AT * scale, 0, 1.2 * scale, height + 2 * bleed, colour)


def front_lines(
    words: CoverWords, width: float, height: float, faces: Faces, ground: Ground, x: float, y: float
) -> tuple[TypeLine, ...] | None:
    """Return the lines of a front whose upper left corner is at (x, y); None when a sign is in no face.

    The title is as large as its longest line allows; where it has too little room, the words around it become smaller.
    """
    scale = min(width / WIDE, height / HIGH)
    setters: dict[str, Setter] = {}
    for role, text in words.front:
        wanted = DISPLAY if role == "title" else ITALIC if role == "subtitle" else SUBHEAD
        found = setter(faces, wanted, text, words.language)
        if found is None:
            return None
        setters[role + text] = found
    measure = width - (LEFT + RIGHT) * scale
    made: tuple[list[tuple[str, Block, float]], float] | None = None
    for less in (1.0, 0.88, 0.76, 0.64, 0.52):
        made = _arranged(words, setters, measure, height, scale, less)
        if made[1] >= LEAST_TITLE * scale:
            break
    assert made is not None
    ink = colours(ground)[1]
    out = []
    for (role, text), (_, block, base) in zip(words.front, made[0], strict=True):
        for number, line in enumerate(block.lines):
            at = y + base + number * block.leading
            out.append(TypeLine(line, x + LEFT * scale, at, block.size, setters[role + text], ink))
    return tuple(out)


def _arranged(
    words: CoverWords, setters: dict[str, Setter], measure: float, height: float, scale: float, less: float
) -> tuple[list[tuple[str, Block, float]], float]:
    """Return each text as a block with its first baseline, from the head of the page, and the size of the title."""
    blocks: dict[str, Block] = {}

    def block(role: str, text: str, size: float, room: float, leading: float) -> Block:
        found = fit(text, setters[role + text], size * scale * less, measure, room * scale * less, leading)
        blocks[role + text] = found
        return found

    bases: dict[str, float] = {}
    author, foot = words.of("author"), [(r, t) for r, t in words.front if r in ("publisher", "place")]
    top = TITLE_AT * scale
    if author:
        names = block("author", author, AUTHOR, 90, 1.38)
        bases["author" + author] = AUTHOR_AT * scale
        top = max(top, (AUTHOR_AT + 40) * scale + names.depth)
    at = height - FOOT_AT * scale
    for role, text in reversed(foot):
        line = block(role, text, PRESS, 60, 1.4)
        bases[role + text] = at - line.depth
        at -= line.depth + 24 * scale * less
    below: list[tuple[str, Block, float]] = []
    under = 0.0
    for role, text in words.front:
        if role in ("subtitle", "contributor"):
            size = SUBTITLE if role == "subtitle" else HANDS
            found = block(role, text, size, 90, 1.4)
            gap = (26 if role == "subtitle" else 16) * scale * less
            below.append((role + text, found, gap))
            under += gap + found.size + found.depth
    title = words.of("title")
    bottom = at - 14 * scale * less if foot else height - 40 * scale
    room = max(bottom - top - under, 8.0)
    large = fit(title, setters["title" + title], TITLE * scale, measure, room, LEADING, SMALLER_TITLE)
    if large.size < CLOSE * scale:
        large = fit(title, setters["title" + title], CLOSE * scale, measure, room, OPEN, SMALLER_TITLE)
    blocks["title" + title] = large
    base = top + 0.74 * large.size
    bases["title" + title] = base
    base += large.depth + 0.25 * large.size
    for key, found, gap in below:
        base += gap + 0.7 * found.size
        bases[key] = base
        base += found.depth + 0.3 * found.size
    return [
        (role, blocks.get(role + text, NONE), bases.get(role + text, 0.0)) for role, text in words.front
    ], large.size
