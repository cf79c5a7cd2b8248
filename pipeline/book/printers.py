"""What printers ask of a file: a table, one row a printer, because no formula fits all of them.

The figures are those that the printers publish (KDP: "Set trim size, bleed, and margins", "Paperback submission guidelines";
IngramSpark: File Creation Guide), read in 2026. Estimates are: the papers of IngramSpark, since it publishes no thickness, and all of
the offset house, which stands for none in particular. A printer's own word goes before this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INCH = 72.0
MILLIMETRE = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Printer:
    """What one printer asks; measures are points.

    `standard` is "", "PDF/X-1a:2001" or "PDF/X-4"; `condition` the characterised printing condition that the file
    names (ICC registry). `bleed` lies outside the trim, at the spine too where `bleed_at_spine` says so.
    `gutters` are (greatest number of pages, least inner margin), `margin` the least on the other sides.
    `papers` give the thickness of a leaf in micrometres (ISO 534); a page is half a leaf.
    """

    name: str
    title: str
    standard: str
    condition: str
    bleed: float
    bleed_at_spine: bool
    gutters: tuple[tuple[int, float], ...]
    margin: float
    least: int
    most: int
    papers: Mapping[str, float]

    def gutter(self, pages: int) -> float:
        """Return the least inner margin of a book of so many pages, in points.

        >>> PRINTERS["kdp"].gutter(400)
        45.0
        """
        return next((width for most, width in self.gutters if pages <= most), self.gutters[-1][1])

    def spine(self, pages: int, paper: str) -> float:
        """Return the width of the spine in millimetres, without the cover.

        >>> PRINTERS["kdp"].spine(300, "cream")
        19.05
        """
        return round((pages + pages % 2) / 2 * self.papers[paper] / 1000, 2)


PRINTERS: Mapping[str, Printer] = {
    printer.name: printer
    for printer in (
        Printer(
            "kdp",
            "Amazon KDP",
            standard="",
            condition="",
            bleed=0.125 * INCH,
            bleed_at_spine=False,
            gutters=(
                (150, 0.375 * INCH),
                (300, 0.5 * INCH),
                (500, 0.625 * INCH),
                (700, 0.75 * INCH),
                (828, 0.875 * INCH),
            ),
            margin=0.375 * INCH,
            least=24,
            most=828,
            # 0.002252 and 0.0025 inches a page
            papers={"white": 114.4016, "cream": 127.0},
        ),
        Printer(
            "ingram",
            "IngramSpark",
            standard="PDF/X-1a:2001",
            condition="CGATS TR 001",
            bleed=0.125 * INCH,
            bleed_at_spine=False,
            gutters=((1200, 0.5 * INCH),),
            margin=0.5 * INCH,
            least=18,
            most=1200,
            # 50 lb white and crème
            papers={"white": 103.0, "cream": 115.0},
        ),
        Printer(
            "offset",
            "an offset house",
            standard="PDF/X-4",
            condition="FOGRA39",
            bleed=3 * MILLIMETRE,
            bleed_at_spine=True,
            gutters=((320, 12 * MILLIMETRE), (2000, 15 * MILLIMETRE)),
            margin=8 * MILLIMETRE,
            least=4,
            most=2000,
            # 80 and 90 g/m² at a volume of 1.3 and 1.5 cm³/g
            papers={"white": 104.0, "cream": 135.0},
        ),
    )
}
