"""The words of a cover, a page, a spine and faces come in; the wrap of a paperback goes out: back, spine and front.

The words of the spine run downwards (ISO 6357), so that they stand upright when the book lies on its back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.book import Ground
from pipeline.cover.barcode import GUARD, HEIGHT, MODULE, QUIET_LEFT, Bars, ean_13
from pipeline.cover.faces import LINING, SANS, SUBHEAD, TEXT, Faces, Setter, setter
from pipeline.cover.fit import fill, longest, steps
from pipeline.cover.front import HIGH, WIDE, colours, front_lines, rule_of
from pipeline.cover.sheet import INK, WHITE, Area, Colour, Picture, Sheet, TypeLine
from pipeline.cover.words import CoverWords
from pipeline.source import Problem, Severity

INCH = 72.0
LEAST_PAGES = 79
"""Pages below which printers set no words on a spine."""
SPINE_AIR = INCH / 16
"""What must be free on both sides of the words of a spine, which may come to lie a little beside its middle."""
LEAST_SPINE, MOST_SPINE, SMALLER_SPINE = 6.5, 14.0, 0.7
EDGE = 0.375 * INCH
"""How far the barcode stands from the edges."""
PANEL = 2 * 72 / 25.4
"""White around a barcode, beyond its quiet zones."""
BLURB, LEAST_BLURB, BLURB_LEADING = 10.5, 8.0, 1.42
BLURB_AT, BLURB_LEFT = 76, 54
HELD = (2 * INCH, 1.2 * INCH)
"""The corner that stays free for the printer's own barcode when the book has no number."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What the wrap goes around: the page, the spine and the bleed in points, and how many pages there are."""

    width: float
    height: float
    spine: float
    bleed: float
    pages: int

    @property
    def sheet(self) -> tuple[float, float]:
        """Return the size of the whole wrap, bleed included."""
        return 2 * self.width + self.spine + 2 * self.bleed, self.height + 2 * self.bleed


def wrap(
    words: CoverWords, binding: Binding, faces: Faces, ground: Ground = Ground.LIGHT, picture: bytes = b""
) -> tuple[Sheet | None, tuple[Problem, ...]]:
    """Return the wrap, its words in reading order: front, spine, back. A `picture` takes the place of the front's type.

    Without a sheet the problems say why: a sign in no face, or more words for the back than it holds.
    """
    wide, high = binding.sheet
    start = binding.bleed + binding.width + binding.spine
    paper, ink, rule = colours(ground)
    items: list[Area | TypeLine | Picture] = [Area(0, 0, wide, high, paper)]
    if picture:
        items.append(Picture(start, 0, binding.width + binding.bleed, high, picture))
    else:
        lines = front_lines(words, binding.width, binding.height, faces, ground, start, binding.bleed)
        if lines is None:
            return None, (_unset("the front"),)
        items += (rule_of(binding.width, binding.height, binding.bleed, start, rule), *lines)
    spine, problems = _spine(words, binding, faces, ink)
    back, found = _back(words, binding, faces, ink)
    if back is None:
        return None, (*problems, *found)
    return Sheet(wide, high, binding.bleed, (*items, *spine, *back)), (*problems, *found)


def _unset(where: str) -> Problem:
    return Problem(
        "cover-unusable",
        f"no face has all the signs of {where} of the cover, so it could not be set",
        None,
        "give a picture as `image` under `[cover]`, or a face that has them under `[fonts]`",
    )


# The spine ------------------------------------------------------------------------------------


def _spine(
    words: CoverWords, binding: Binding, faces: Faces, ink: Colour
) -> tuple[tuple[TypeLine, ...], tuple[Problem, ...]]:
    """Return the words of the spine: author, title, press; those that have no room are told, the title last of all."""
    if binding.pages < LEAST_PAGES:
        return (), ()
    title, author, press = words.spine or words.of("title"), words.of("author"), words.of("publisher")
    face = setter(faces, SUBHEAD, title + author + press, words.language)
    if face is None:
        return (), ()
    # what stands above and below the middle of small letters: about two thirds of an em
    largest = min(MOST_SPINE, (binding.spine - 2 * SPINE_AIR) / 0.95)
    top, bottom = binding.bleed + 0.06 * binding.height, binding.bleed + 0.94 * binding.height
    sets = [(author, title, press), ("", title, press), ("", title, "")]
    wanted = [each for each in dict.fromkeys(sets) if title in each]
    for said in wanted:
        # names of many authors would make all of it small: they go before the title does
        least = LEAST_SPINE if said is wanted[-1] else max(LEAST_SPINE, SMALLER_SPINE * largest)
        for size in steps(largest, least) if largest >= LEAST_SPINE else ():
            lengths = [face.advance(each) * size for each in said]
            gaps = 2.2 * size * (len([each for each in said if each]) - 1)
            if sum(lengths) + gaps <= bottom - top:
                left_out = tuple(each for each in sets[0] if each and each not in said)
                return tuple(_spine_lines(said, lengths, size, face, ink, binding, top, bottom)), _crowded(left_out)
    return (), (_narrow(binding),) if largest < LEAST_SPINE else _crowded((title,))


def _spine_lines(
    said: tuple[str, str, str],
    lengths: list[float],
    size: float,
    face: Setter,
    ink: Colour,
    binding: Binding,
    top: float,
    bottom: float,
) -> Iterator[TypeLine]:
    author, title, press = said
    x = binding.bleed + binding.width + binding.spine / 2 - 0.24 * size
    at = top
    for words, begin in ((author, top), (title, 0.0), (press, bottom - lengths[2])):
        if not words:
            continue
        if words is title:
            begin = at + 2.2 * size if author else top
        yield TypeLine(words, x, begin, size, face, ink, turned=True)
        at = begin + face.advance(words) * size


def _narrow(binding: Binding) -> Problem:
    return Problem(
        "cover-spine",
        f"the spine is {binding.spine / 72 * 25.4:.1f} mm wide, too narrow for words",
        None,
        "a thicker paper or a smaller page makes it wider",
        Severity.INFO,
    )


def _crowded(left_out: tuple[str, ...]) -> tuple[Problem, ...]:
    if not left_out:
        return ()
    names = ", ".join(f"“{each[:60]}”" for each in left_out)
    return (
        Problem(
            "cover-spine",
            f"there is no room on the spine for {names}",
            None,
            "write a shorter title as `spine` under `[cover]`",
            Severity.WARNING,
        ),
    )


# The back -------------------------------------------------------------------------------------


def _back(
    words: CoverWords, binding: Binding, faces: Faces, ink: Colour
) -> tuple[tuple[Area | TypeLine, ...] | None, tuple[Problem, ...]]:
    """Return the back: the blurb, and the barcode in the corner at the spine."""
    scale = min(binding.width / WIDE, binding.height / HIGH)
    code, held = _code(words, binding, faces)
    blurb: list[TypeLine] = []
    if words.blurb:
        face = setter(faces, TEXT, "".join(words.blurb), words.language)
        if face is None:
            return None, (_unset("the back"),)
        measure = binding.width - 2 * BLURB_LEFT * scale
        room = binding.height - BLURB_AT * scale - held - EDGE - 12 * scale
        for size in steps(BLURB * scale, min(LEAST_BLURB, BLURB * scale)):
            paragraphs = fill(words.blurb, face, measure / size)
            leading = BLURB_LEADING * size
            depth = leading * (sum(map(len, paragraphs)) + 0.5 * (len(paragraphs) - 1))
            if depth <= room and longest(paragraphs, face) * size <= measure + 0.01:
                break
        else:
            return None, (
                Problem(
                    "cover-blurb-too-long",
                    f"the back of the cover has no room for all its words, not even at {LEAST_BLURB:g} points",
                    None,
                    "shorten `blurb` under `[cover]`",
                ),
            )
        at = binding.bleed + BLURB_AT * scale
        for lines in paragraphs:
            for line in lines:
                blurb.append(TypeLine(line, binding.bleed + BLURB_LEFT * scale, at, size, face, ink))
                at += leading
            at += 0.5 * leading
    return (*blurb, *code), ()


def _code(words: CoverWords, binding: Binding, faces: Faces) -> tuple[tuple[Area | TypeLine, ...], float]:
    """Return the barcode on its white panel, and the height that the corner takes."""
    face = setter(faces, SANS, "ISBN 0123456789-X", words.language, LINING) if words.code else None
    if face is None:
        return (), HELD[1]
    bars = ean_13(words.code)
    figure, above = 9.4, 8.0
    length = face.advance(f"ISBN {words.isbn}") * above
    wide = max(bars.width, length) + 2 * PANEL
    high = above * 1.35 + HEIGHT + GUARD * MODULE + 0.55 * figure + 2 * PANEL
    right = binding.bleed + binding.width - EDGE
    bottom = binding.bleed + binding.height - EDGE
    left, top = right - wide, bottom - high
    items: list[Area | TypeLine] = [Area(left, top, wide, high, WHITE)]
    first = left + (wide - bars.width) / 2 + QUIET_LEFT * MODULE
    base = top + PANEL + above
    heading = TypeLine(f"ISBN {words.isbn}", left + (wide - length) / 2, base, above, face, INK)
    begin = base + 0.35 * above
    items.append(heading)
    items += (Area(first + bar.at * MODULE, begin, bar.width * MODULE, bar.height, INK) for bar in bars.bars)
    items += _figures(bars, face, first, begin + HEIGHT + 0.82 * figure, figure)
    return tuple(items), high


def _figures(bars: Bars, face: Setter, first: float, base: float, size: float) -> Iterator[TypeLine]:
    """Yield the figures below the bars, each in the middle of its seven modules, so that they read as one number."""
    lone, left, right = bars.figures
    yield TypeLine(lone, first - (QUIET_LEFT - 1) * MODULE, base, size, face, INK)
    for figures, start in ((left, 3), (right, 50)):
        for number, figure in enumerate(figures):
            middle = first + (start + 7 * number + 3.5) * MODULE
            yield TypeLine(figure, middle - face.advance(figure) * size / 2, base, size, face, INK)
