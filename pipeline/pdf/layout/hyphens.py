"""Dictionaries of hyphenation, made out pattern by pattern as words need them.

Pyphen 0.18.1 makes out the thousands of patterns of a language one by one when the language is first used: a tenth of a
second for English, more than the layout of a short chapter takes, in every process. Here a pattern is made out when a
word holds it. The places found are the same (`tests/test_hyphens.py`).
"""

from __future__ import annotations

import re
from typing import Any

import pyphen

_FIGURE = re.compile(r"\d")
_SAYS = re.compile(r"[^\D0]")
"""A figure that is no nought: without one a pattern says nothing."""
_PARTS = re.compile(r"(\d?)(\D?)")


class Patterns:
    """The patterns of a file, which may stand in the place of a `pyphen.HyphDict`."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.split("\n")[1:]]
        lines = [line for line in lines if line and not line.startswith(pyphen.ignored)]
        letters = _FIGURE.sub("", "\n".join(lines)).split("\n") if lines else []
        self._known: dict[str, str | tuple[int, tuple[int, ...]]] = {
            key: line for key, line in zip(letters, lines, strict=True) if _SAYS.search(line)
        }
        self._longest = max(map(len, self._known), default=0)
        self.cache: dict[str, list[Any]] = {}

    def positions(self, word: str) -> list[Any]:
        """Return the places where a word may be divided, as `pyphen.HyphDict.positions` does."""
        word = word.lower()
        found = self.cache.get(word)
        if found is None:
            dotted = f".{word}."
            weights = [0] * (len(dotted) + 1)
            for start in range(len(dotted) - 1):
                for end in range(start + 1, min(start + self._longest, len(dotted)) + 1):
                    pattern = self._known.get(dotted[start:end])
                    if pattern is None:
                        continue
                    if isinstance(pattern, str):
                        pattern = self._known[dotted[start:end]] = _made_out(pattern)
                    offset, values = pattern
                    for place, value in enumerate(values, start + offset):
                        if value > weights[place]:
                            weights[place] = value
            found = [pyphen.DataInt(place - 1) for place, weight in enumerate(weights) if weight % 2]
            self.cache[word] = found
        return found


def _made_out(pattern: str) -> tuple[int, tuple[int, ...]]:
    """Return the figures of a pattern without the noughts at its ends, and how many letters stand before them."""
    values = [int(figure or "0") for figure, _ in _PARTS.findall(pattern)]
    start, end = 0, len(values)
    while not values[start]:
        start += 1
    while not values[end - 1]:
        end -= 1
    return start, tuple(values[start:end])


_read_whole = pyphen.HyphDict


def _read(path: Any) -> Any:
    """Return the patterns of a file; languages whose spelling changes at the hyphen are left to Pyphen."""
    with path.open("rb") as file:
        encoding = file.readline().decode().strip()
    text = path.read_text("cp1251" if encoding.lower() == "microsoft-cp1251" else encoding)
    if "^^" in text or re.search(r"^[^%#\n]*/[^\n]*=", text, re.MULTILINE):
        return _read_whole(path)
    return Patterns(text)


def prepare() -> None:
    """Let Pyphen, whoever asks it, read its dictionaries in this way."""
    pyphen.HyphDict = _read
