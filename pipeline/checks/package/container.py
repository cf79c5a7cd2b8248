"""What is in the package is what its manifest lists, and the spine has documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.book import right_to_left
from pipeline.checks.package.parts import OPF, Parts
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.epub.documents import LANG
from pipeline.source import Problem


def check_container(parts: Parts) -> Iterator[Problem]:
    """Members are what the manifest lists, and the spine has documents."""
    package = {name for name in parts.names if name != "mimetype" and not name.startswith("META-INF/")}
    assert parts.opf is not None
    listed = set(parts.items) | {name for name in package if name.endswith(".opf")}
    for name in sorted(package - listed):
        yield Problem("epub-container", f"`{name}` is in the package, and not in its manifest")
    for name in sorted(listed - package):
        yield Problem("epub-container", f"`{name}` is in the manifest, and not in the package")
    for name in sorted(package):
        if not re.fullmatch(r"[A-Za-z0-9/._-]+", name):
            yield Problem("epub-container", f"the name `{name}` has characters that not every reader can open")
    for name in parts.spine:
        if name not in parts.trees:
            yield Problem("epub-container", f"`{name}` is in the spine and cannot be read")
    if not parts.spine:
        yield Problem("epub-container", "the spine is empty")


def check_spine(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """The package is read from its first document to its last, in the direction of its language, and is laid out by the reader."""
    opf = parts.opf
    assert opf is not None

    def fault(message: str) -> Problem:
        return Problem("epub-container", message, places.settings)

    language = edition.book.language
    if opf.get(LANG) != language:
        yield fault(f"the package says that it is in `{opf.get(LANG)}`, the book is in `{language}`")
    for spine in opf.iter(f"{OPF}spine"):
        runs = spine.get("page-progression-direction", "ltr")
        if runs != ("rtl" if right_to_left(language) else "ltr"):
            yield fault(f"the pages follow one another `{runs}`, words in `{language}` do not")
        for itemref in spine.iter(f"{OPF}itemref"):
            if itemref.get("linear", "yes") != "yes":
                yield fault(f"`{itemref.get('idref')}` is left out when the book is read from end to end (`linear`)")
            if itemref.get("properties"):
                yield fault(f"`{itemref.get('idref')}` asks for a layout of its own: {itemref.get('properties')}")
    for meta in opf.iter(f"{OPF}meta"):
        if (meta.get("property") or "").startswith("rendition:"):
            yield fault(f"`{meta.get('property')}` is {meta.text}: no edition has a fixed layout")
    for name in ("guide", "tours", "bindings", "collection"):
        if next(opf.iter(f"{OPF}{name}"), None) is not None:
            yield fault(
                f"the package has a `{name}`, which says again, and otherwise, what the contents and landmarks say"
            )
