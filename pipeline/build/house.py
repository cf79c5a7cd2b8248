"""The house's own files: style sheets, fonts and their lock, read once a process.

In a checkout they stand in `styles/` beside the package; in an installed wheel inside it.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pipeline.book import Trim
from pipeline.build.tools import styles_folder
from pipeline.html import Resource


@dataclass(frozen=True, slots=True)
class House:
    """The texts of the sheets by name, and the faces with their licences."""

    sheets: dict[str, str]
    fonts: tuple[Resource, ...]
    pictures: tuple[Resource, ...]
    profile: bytes
    """the sRGB ICC profile that screen editions name as their output intent"""
    folder: Path

    def sheet(self, name: str) -> str:
        """Return the text of a sheet; "" when there is none of that name."""
        return self.sheets.get(name, "")

    def body(self, trim: Trim) -> tuple[str, ...]:
        """Return the sheets of the text layer, in the order of the cascade: tokens, the trim's, the book, its kind."""
        names = ("fonts.css", "mechanics.css", "tokens.css", f"{trim.name}.css", "book.css", trim.sheet)
        return tuple(filter(None, map(self.sheet, names)))

    def heads(self, trim: Trim) -> tuple[str, ...]:
        """Return the sheets of the layer of running heads and folios."""
        names = ("fonts.css", "tokens.css", f"{trim.name}.css", "heads.css")
        return tuple(filter(None, map(self.sheet, names)))


@cache
def house() -> House:
    """Read the house style. The fonts are checked against their lock; raises ValueError when one differs."""
    folder = styles_folder()
    sheets = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.css"))}
    pictures = tuple(Resource(path.name, "image/svg+xml", path.read_bytes()) for path in sorted(folder.glob("*.svg")))
    lock = tomllib.loads((folder / "fonts" / "fonts.lock").read_text("utf-8"))
    fonts = []
    for face in lock["font"]:
        data = (folder / "fonts" / face["file"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != face["sha256"]:
            raise ValueError(f"{face['file']} is not the file that fonts.lock names")
        fonts.append(Resource(f"fonts/{face['file']}", "font/ttf", data))
    for origin in lock["origin"].values():
        licence = (folder / "fonts" / origin["license"]).read_bytes()
        fonts.append(Resource(f"fonts/{origin['license']}", "text/plain", licence))
    spec = find_spec("weasyprint")  # found, not loaded: that takes half a second
    if spec is None or spec.origin is None:
        raise FileNotFoundError("weasyprint")
    profile = (Path(spec.origin).parent / "pdf" / "sRGB2014.icc").read_bytes()
    return House(sheets, tuple(fonts), pictures, profile, folder)
