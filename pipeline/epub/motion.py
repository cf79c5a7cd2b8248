"""The bytes of a picture come in; whether it moves, for how long, and how often it flashes go out.

What a flash is stands in WCAG 2.2, "general flash and red flash thresholds": a pair of opposing changes of the relative
luminance by a tenth of its range, the darker below 0.8, or of a saturated red. More than three in a second, on a quarter
of what is looked at, can bring on a seizure. How large a picture is looked at nobody knows before: so a quarter of the
picture itself is taken.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from PIL import Image

from pipeline.epub.documents import local

FRAMES = 400
"""Frames that are looked at; what comes after them is not known."""
DOTS = 150_000_000
"""Dots that are looked at in all frames together."""
FLASHES = 3
"""Flashes in a second that are safe."""
SECONDS = 5.0
"""Seconds for which something may move that nobody can stop (WCAG 2.2, 2.2.2)."""

_GRID = 16
_SHARE = 0.25
_SPAN = 3.0
"""Seconds for which a picture that begins again is looked at, at least."""
_SHORTEST, _USUAL = 0.011, 0.1
"""Seconds: reading systems show a frame of no more than a hundredth for a tenth."""
_SMIL = frozenset(("animate", "animateColor", "animateMotion", "animateTransform", "set", "script"))
_CSS = re.compile(r"@(?:-\w+-)?keyframes|\banimation(?:-\w+)?\s*:|\btransition(?:-\w+)?\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Motion:
    """How a picture moves: the seconds until it rests, or None when it never does or nobody can say."""

    seconds: float | None
    flashes: int | None
    """most flashes in any second, on a quarter of it; None when they could not be counted"""

    @property
    def flashing(self) -> bool:
        """Say whether it flashes more often than is safe."""
        return self.flashes is not None and self.flashes > FLASHES

    @property
    def restless(self) -> bool:
        """Say whether it moves for longer than a reader should have to bear without a way to stop it."""
        return self.seconds is None or self.seconds > SECONDS


def motion(media_type: str, data: bytes) -> Motion | None:
    """Return how a picture moves; None for one that stands still."""
    if media_type == "image/svg+xml":
        return Motion(None, None) if _drawing_moves(data) else None
    if media_type.startswith(("audio/", "video/")):
        return Motion(None, None)
    if media_type not in ("image/gif", "image/png", "image/webp"):
        return None
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if not getattr(picture, "is_animated", False):  # `n_frames` would go through a GIF to its end
                return None
            return _frames(picture)
    except (OSError, ValueError, EOFError, SyntaxError, Image.DecompressionBombError):
        return Motion(None, None)


def _drawing_moves(data: bytes) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return True
    for element in root.iter(etree.Element):
        name = local(element)
        if name in _SMIL or _CSS.search(element.get("style", "")):
            return True
        if name == "style" and _CSS.search("".join(map(str, element.itertext()))):
            return True
    return False


def _frames(picture: Image.Image) -> Motion:
    """Look at the frames, and at what follows when they begin again."""
    frames = min(FRAMES, DOTS // max(1, picture.width * picture.height))
    seen: list[tuple[float, tuple[float, ...], tuple[float, ...]]] = []
    passes = picture.info.get("loop")
    for index in range(frames + 1):
        try:
            picture.seek(index)
        except EOFError:
            break
        if index == frames:
            return Motion(None, None)
        levels = _levels(picture)  # a WebP tells how long a frame is shown only once it is read
        length = float(picture.info.get("duration") or 0) / 1000
        seen.append((length if length >= _SHORTEST else _USUAL, *levels))
    once = sum(length for length, _, _ in seen)
    ever = passes == 0
    times = 1 if passes is None else int(passes)
    if picture.format == "GIF" and passes is not None:
        times += 1  # the number of times that it begins again
    repeats = max(1, -(-int(_SPAN * 1000) // max(1, int(once * 1000)))) if ever else max(1, times)
    repeats = min(repeats, -(-int(_SPAN * 1000) // max(1, int(once * 1000))) + 1)
    light = _flashes([(length, values) for length, values, _ in seen] * repeats, 0.1, 0.8)
    red = _flashes([(length, values) for length, _, values in seen] * repeats, 20.0, float("inf"))
    return Motion(None if ever else once * max(1, times), max(light, red))


def _levels(frame: Image.Image) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return relative luminance (0 to 1) and saturated red (0 to 320) of each field of a coarse grid."""
    small = frame.convert("RGBA")
    paper = Image.new("RGBA", small.size, "white")
    paper.alpha_composite(small)
    coarse = paper.convert("RGB").resize((_GRID, _GRID), Image.Resampling.BOX)
    flat = coarse.tobytes()
    light, red = [], []
    for at in range(0, len(flat), 3):
        r, g, b = (_linear(value / 255) for value in flat[at : at + 3])
        light.append(0.2126 * r + 0.7152 * g + 0.0722 * b)
        pure = r + g + b > 0 and r / (r + g + b) >= 0.8
        red.append(max(0.0, (r - g - b) * 320) if pure else 0.0)
    return tuple(light), tuple(red)


def _linear(value: float) -> float:
    """Return the light of a value of sRGB, both from 0 to 1 (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _flashes(frames: Sequence[tuple[float, tuple[float, ...]]], least: float, bright: float) -> int:
    """Return the most flashes in any second on a quarter of the fields: pairs of opposing changes of `least` or more."""
    most: list[int] = []
    for field in range(_GRID * _GRID):
        turns: list[float] = []
        held, rising, now = frames[0][1][field], 0, 0.0
        for length, values in frames:
            value = values[field]
            change = value - held
            way = 1 if change > 0 else -1
            if change and way == rising:
                held = value
            elif abs(change) >= least and min(value, held) < bright:
                turns.append(now)
                held, rising = value, way
            now += length
        first = best = 0
        for last, moment in enumerate(turns):
            while moment - turns[first] >= 1.0:
                first += 1
            best = max(best, last - first + 1)
        most.append(best // 2)
    most.sort(reverse=True)
    return most[int(len(most) * _SHARE) - 1]
