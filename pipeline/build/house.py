"""The house's own files: style sheets, fonts and their lock, read once a process.

In a checkout they stand in `styles/` beside the package; in an installed wheel inside it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pipeline.book import Folios, Theme, Trim
from pipeline.build.tools import styles_folder
from pipeline.html import Resource


@dataclass(frozen=True, slots=True)
class House:
    """The texts of the sheets by name, and the faces with their licences."""

    sheets: dict[str, str]
    fonts: tuple[Resource, ...]
    mathematics: tuple[Resource, ...]
    """the face of formulas with its licence, which EPUBs hold"""
    pictures: tuple[Resource, ...]
    profile: bytes
    """the sRGB ICC profile that screen editions name as their output intent"""
    folder: Path

    def sheet(self, name: str) -> str:
        """Return the text of a sheet; "" when there is none of that name."""
        return self.sheets.get(name, "")

    def body(self, trim: Trim, theme: Theme | None = None) -> tuple[str, ...]:
        """Return the sheets of the text layer, in the order of the cascade; those of the theme follow the house's."""
        theme = theme or Theme()
        kind = [self.sheet(trim.sheet), theme.sheet(trim.sheet)] if trim.sheet else []
        found = (
            *map(self.sheet, ("fonts.css", "mechanics.css")),
            *self._tokens(trim, theme),
            _settings(theme),
            self.sheet("book.css"),
            theme.sheet("book.css"),
            *kind,
        )
        return tuple(filter(None, found))

    def heads(self, trim: Trim, theme: Theme | None = None) -> tuple[str, ...]:
        """Return the sheets of the layer of running heads and folios."""
        theme = theme or Theme()
        found = (
            self.sheet("fonts.css"),
            *self._tokens(trim, theme),
            self.sheet("heads.css"),
            self.sheet("heads-foot.css") if theme.folios is Folios.FOOT else "",
            theme.sheet("heads.css"),
            self.sheet("heads-large.css") if trim.sheet == "large.css" else "",
        )
        return tuple(filter(None, found))

    def _tokens(self, trim: Trim, theme: Theme) -> tuple[str, ...]:
        """Return the sheets of tokens; in large print no theme makes letters small, slanted or thin again."""
        theirs = (theme.sheet("press.css"), theme.sheet("tokens.css"))
        own = self.sheet(trim.tokens)
        house = self.sheet("tokens.css")
        return (house, *theirs, own) if trim.sheet == "large.css" else (house, own, *theirs)

    def reflowing(self, theme: Theme) -> str:
        """Return the sheet of an EPUB."""
        ornament = f'hr.break::before {{ content: "{theme.ornament}"; }}\n' if theme.ornament else ""
        return _in_press_faces(self.sheet("epub.css"), theme.sheet("press.css")) + ornament + theme.sheet("epub.css")


def _in_press_faces(sheet: str, press: str) -> str:
    """Return the sheet of an EPUB with the faces of a press before those of the house; the text keeps the reader's own."""
    if not press:
        return sheet
    rules = [line for line in press.splitlines() if line.startswith("@font-face")]
    for kind in ("Sans", "Mono"):
        if f'"Press {kind}"' in press:
            sheet = re.sub(rf'(\n  font-family: )("Edition {kind}",)', rf'\1"Press {kind}", \2', sheet)
    heads = '\nh1, h2 { font-family: "Press Display", serif; }\n' if '"Press Display"' in press else ""
    return sheet + "\n".join(("", *rules, "")).replace("url(fonts/", "url(../fonts/") + heads


CAPITAL = 0.67
"""Height of the capitals of the house's display face, in em."""


def _settings(theme: Theme) -> str:
    """Return the tokens that the settings of a theme stand for."""
    tokens = f'--ornament: "{theme.ornament}"; ' if theme.ornament else ""
    if theme.drop_capital:
        lines = theme.drop_capital
        size = f"calc(({lines - 1} * var(--u) + {CAPITAL} * var(--size)) / {CAPITAL})"
        tokens += f"--drop-size: {size}; --drop-leading: calc({lines} * var(--u)); "
    return f":root {{ {tokens}}}\n" if tokens else ""


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
    drawing = lock["mathematics"]
    spec = find_spec(drawing["package"])
    if spec is None or spec.origin is None:
        raise FileNotFoundError(drawing["package"])
    data = (Path(spec.origin).parent / drawing["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != drawing["sha256"]:
        raise ValueError(f"{drawing['file']} of {drawing['package']} is not the file that fonts.lock names")
    mathematics = (
        Resource(f"fonts/{Path(drawing['file']).name}", "font/ttf", data),
        Resource(f"fonts/{drawing['license']}", "text/plain", (folder / "fonts" / drawing["license"]).read_bytes()),
    )
    spec = find_spec("weasyprint")  # found, not loaded: that takes half a second
    if spec is None or spec.origin is None:
        raise FileNotFoundError("weasyprint")
    profile = (Path(spec.origin).parent / "pdf" / "sRGB2014.icc").read_bytes()
    return House(sheets, tuple(fonts), mathematics, pictures, profile, folder)
