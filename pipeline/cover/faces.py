"""Font files come in; what sets words in them goes out: glyphs, their places, their outlines."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb
from fontTools.ttLib import TTFont

from pipeline.html import Resource

DISPLAY = (
    "fonts/press-display-regular.ttf",
    "fonts/press-serif-regular.ttf",
    "fonts/SourceSerif4Display-Regular.ttf",
    "fonts/SourceSerif4-Regular.ttf",
)
ITALIC = ("fonts/press-serif-italic.ttf", "fonts/SourceSerif4Subhead-It.ttf", "fonts/SourceSerif4-It.ttf")
SUBHEAD = ("fonts/press-serif-regular.ttf", "fonts/SourceSerif4Subhead-Regular.ttf", "fonts/SourceSerif4-Regular.ttf")
TEXT = ("fonts/press-serif-regular.ttf", "fonts/SourceSerif4-Regular.ttf")
SANS = ("fonts/press-sans-regular.ttf", "fonts/SourceSans3-Regular.ttf")
"""The files of each style, in the order in which they are wanted."""

OLD_STYLE = ("kern", "liga", "onum")
LINING = ("kern", "lnum", "tnum")

Faces = Mapping[str, bytes]
"""TrueType files by name, in one order."""


def faces_of(resources: Iterable[Resource]) -> dict[str, bytes]:
    """Return the TrueType files among resources."""
    chosen = (each for each in resources if each.name.startswith("fonts/") and each.name.endswith(".ttf"))
    return {each.name: each.data for each in sorted(chosen, key=lambda each: each.name)}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of a run, in the order of painting: its number, advance and offsets in em, and the signs that it stands for."""

    number: int
    advance: float
    x: float
    y: float
    signs: str


@dataclass(frozen=True, slots=True)
class Setter:
    """Faces in the order in which a sign is looked for in them, the language of the words, and OpenType features."""

    fonts: tuple[bytes, ...]
    language: str
    features: tuple[str, ...] = OLD_STYLE

    def runs(self, text: str) -> list[tuple[str, bytes]]:
        """Return the text in runs of one face each; white space stays in the run before it."""
        found: list[tuple[str, bytes]] = []
        for sign in text:
            if found and (sign.isspace() or sign in signs_of(found[-1][1])):
                found[-1] = (found[-1][0] + sign, found[-1][1])
                continue
            font = next((font for font in self.fonts if sign in signs_of(font)), self.fonts[0])
            found.append((sign, font))
        return found

    def shaped(self, text: str) -> list[tuple[bytes, tuple[Glyph, ...]]]:
        """Return the text as glyphs, run by run."""
        return [(font, shape(run, font, self.language, self.features)) for run, font in self.runs(text)]

    def advance(self, text: str) -> float:
        """Return the width of a line in em."""
        return sum(glyph.advance for _, glyphs in self.shaped(text) for glyph in glyphs)


def setter(
    faces: Faces, wanted: Sequence[str], text: str, language: str, features: tuple[str, ...] = OLD_STYLE
) -> Setter | None:
    """Return the wanted faces, and after them all upright ones; None when a sign of the text is in none of them."""
    order = dict.fromkeys((*(name for name in wanted if name in faces), *(n for n in faces if "Regular" in n), *faces))
    fonts = tuple(faces[name] for name in order)
    known = frozenset().union(*(signs_of(font) for font in fonts)) if fonts else frozenset()
    return Setter(fonts, language, features) if {sign for sign in text if not sign.isspace()} <= known else None


@lru_cache(maxsize=64)
def signs_of(font: bytes) -> frozenset[str]:
    """Return the characters that a font has a glyph for."""
    return frozenset(map(chr, opened(font).getBestCmap() or {}))


@lru_cache(maxsize=64)
def opened(font: bytes) -> TTFont:
    """Return a font, read."""
    return TTFont(io.BytesIO(font))


@lru_cache(maxsize=4096)
def shape(text: str, font: bytes, language: str, features: tuple[str, ...]) -> tuple[Glyph, ...]:
    """Return the glyphs of a run, in visual order, measures in em."""
    face = hb.Face(font)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
    buffer.language = language  # else HarfBuzz asks the locale of the machine
    buffer.guess_segment_properties()
    hb.shape(hb.Font(face), buffer, dict.fromkeys(features, True))
    infos = buffer.glyph_infos
    clusters = sorted({info.cluster for info in infos})
    ends = dict(zip(clusters, (*clusters[1:], len(text)), strict=True))
    found, told = [], set()
    for info, place in zip(infos, buffer.glyph_positions, strict=True):
        signs = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
        told.add(info.cluster)
        em = face.upem
        found.append(Glyph(info.codepoint, place.x_advance / em, place.x_offset / em, place.y_offset / em, signs))
    return tuple(found)
