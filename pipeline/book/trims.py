"""The house's table of pages: every trim that an edition can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trim:
    """A page and the block of text on it; all measures in points (1/72 in).

    `leading` is the height of a line, `lines` how many the block has. `inner` and `outer` are
    the margins at the spine and at the fore-edge; on a one-sided page left and right.
    """

    name: str
    width: float
    height: float
    size: float
    leading: float
    lines: int
    top: float
    inner: float
    outer: float
    two_sided: bool

    @property
    def measure(self) -> float:
        """Return the length of a line."""
        return round(self.width - self.inner - self.outer, 3)

    @property
    def bottom(self) -> float:
        """Return the margin below the block."""
        return round(self.height - self.top - self.lines * self.leading, 3)


TRIMS: Mapping[str, Trim] = {
    trim.name: trim
    for trim in (
        Trim("6x9", 432, 648, 10, 14, 36, 66, 60, 72, two_sided=True),
        Trim("a5", 419.528, 595.276, 9.8, 13.5, 32, 64, 56, 68, two_sided=True),
        Trim("a4-screen", 595.276, 841.89, 11.25, 16, 42, 84, 72, 178, two_sided=False),
    )
}
