"""The names and versions of all that has a hand in the bytes of an edition; nothing of it is loaded for that."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from functools import cache
from pathlib import Path

from pipeline import __version__

HERE = Path(__file__).resolve().parent.parent

PACKAGES = (
    "weasyprint", "pydyf", "tinycss2", "cssselect2", "fonttools", "uharfbuzz", "pikepdf", "pyphen", "pillow", "python-barcode",
    "ebooklib", "lxml", "jinja2", "markdown-it-py",
)  # fmt: skip


def styles_folder() -> Path:
    """Return the folder of the house style; raises FileNotFoundError when the installation is broken."""
    for folder in (HERE / "styles", HERE.parent / "styles"):
        if (folder / "book.css").is_file():
            return folder
    raise FileNotFoundError(HERE / "styles" / "book.css")


def _digest(folder: str, endings: tuple[str, ...]) -> str:
    """Return a digest of the names and bytes of the files below a folder that end so."""
    digest = hashlib.sha256()
    for path, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__")))
        for name in sorted(names):
            if name.endswith(endings):
                data = Path(path, name).read_bytes()
                digest.update(f"{os.path.relpath(path, folder)}/{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


@cache
def code_digest() -> str:
    """Return a digest of our own code and templates: what they were when a result was kept."""
    return _digest(str(HERE), (".py", ".j2"))


@cache
def layout_digest() -> str:
    """Return a digest of the code that lays units out: pages and styles come to it as text, whoever made them."""
    return _digest(str(HERE / "pdf"), (".py",))


@cache
def house_digest() -> str:
    """Return a digest of the house style: sheets, drawings, faces and what is known of them."""
    return _digest(str(styles_folder()), ("",))


@cache
def _installed() -> dict[str, str]:
    """Return the versions of packages from the names of their folders: to read each one's metadata takes ten times as long."""
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 one call for a folder of hundreds
        except OSError:
            continue
        for name in names:
            match = re.fullmatch(r"(.+?)-([^-]+)\.(?:dist-info|egg-info)", name)
            if match is not None:
                found.setdefault(re.sub(r"[-_.]+", "-", match.group(1)).lower(), match.group(2))
    return found


def package_version(name: str) -> str:
    """Return the version of an installed package; raises PackageNotFoundError when it is not there."""
    known = _installed().get(name)
    if known is None:
        from importlib.metadata import version  # noqa: PLC0415 takes long, and is not needed as a rule

        return version(name)
    return known


@cache
def tools() -> tuple[tuple[str, str], ...]:
    """Return the names and versions of all that has a hand in the bytes of an edition."""
    return (
        ("stet", __version__),
        ("code", code_digest()),
        ("house", house_digest()),
        *((name, package_version(name)) for name in PACKAGES),
    )


@cache
def layout_tools() -> tuple[tuple[str, str], ...]:
    """Return the same for the layout of a unit alone: what else there is comes to it as text."""
    return (("layout", layout_digest()), *(pair for pair in tools() if pair[0] not in ("code", "house", "stet")))
