"""Every link inside the book arrives; links out of it are safe."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from pipeline.checks.package.parts import Parts, place_of
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.epub.documents import local, references, resolve
from pipeline.source import Problem, Severity


def check_links(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """Every link inside the book arrives; links out of it are safe ones."""
    ids = {name: {e.get("id") for e in tree.iter(etree.Element)} for name, tree in parts.trees.items()}
    for name, tree in parts.trees.items():
        for element, attribute, address in references(tree):
            place = place_of(element, places)
            target = resolve(name, address)
            if target is None:
                scheme = address.partition(":")[0].lower()
                if attribute != "href" or local(element) == "link":
                    yield Problem("epub-link", f"`{address}` is fetched from outside the book, in `{name}`", place)
                elif scheme == "http":
                    yield Problem(
                        "epub-link",
                        f"the link to `{address}` is not a safe one, in `{name}`",
                        place,
                        "write `https` where the site has it",
                        Severity.WARNING,
                    )
                elif scheme not in ("https", "mailto", "tel"):
                    yield Problem("epub-link", f"readers cannot follow `{address}`, in `{name}`", place)
                continue
            path, fragment = target
            if path not in parts.items:
                yield Problem(
                    "epub-link", f"`{address}` leads to a file that is not in the package, in `{name}`", place
                )
            elif fragment and path in ids and fragment not in ids[path]:
                yield Problem("epub-link", f"`{address}` leads nowhere, in `{name}`", place)
