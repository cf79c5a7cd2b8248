"""The contents, the landmarks and the NCX lead where the book is, in its order and in its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lxml import etree

from pipeline.checks.package.parts import HEADS, Parts, by_id, navs_of, place_of, plain, targets_of, words_of
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.epub.documents import XHTML, local, types
from pipeline.source import Problem


def check_contents(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """The contents name every chapter, in order, in the words of its head."""
    toc = navs_of(parts).get("toc")
    if toc is None:
        yield Problem("epub-contents", "the package has no contents", places.settings)
        return
    for item in (each for nav in navs_of(parts).values() for each in nav.iter(f"{{{XHTML}}}li")):
        if [local(child) for child in item] not in (["a"], ["a", "ol"], ["span", "ol"]):
            shown = " ".join("".join(item.itertext()).split())
            yield Problem("epub-contents", f"`{shown[:60]}` is no link and nothing but a link, in `{parts.nav}`")
    listed: list[str] = []
    for link, name, element in targets_of(parts, toc):
        shown = " ".join("".join(link.itertext()).split())
        if element is None:
            yield Problem("epub-contents", f"`{shown}` leads nowhere (`{link.get('href')}`)")
            continue
        listed.append(name)
        title = next((e for e in link.iter(f"{{{XHTML}}}span") if e.get("class") == "title"), link)
        head = plain(words_of(element))  # a joiner stands before a call, which the contents leave out
        if "run-in" in (element.get("class") or "").split() and not head.endswith(".."):
            head = head.removesuffix(".")
        if local(element) in HEADS and plain(words_of(title)) != head:
            yield Problem(
                "epub-contents", f"the contents say `{shown}`, the head says `{head}`", place_of(element, places)
            )
    order = {name: number for number, name in enumerate(parts.spine)}
    numbers = [order[name] for name in listed if name in order]
    if numbers != sorted(numbers):
        yield Problem("epub-contents", "the contents are not in the order of the book", places.settings)
    for entry in edition.contents:
        if not any(name.rpartition("/")[2] == f"{entry.unit}.xhtml" for name in listed) and entry.level == 0:
            yield from _unlisted(parts, entry.unit, entry.id, listed, places)
    for name in parts.spine:
        tree = parts.trees.get(name)
        if tree is None or name in listed:
            continue
        if any(types(e) & {"chapter", "part", "appendix"} for e in tree.iter(f"{{{XHTML}}}section")):
            section = next(tree.iter(f"{{{XHTML}}}section"))
            yield Problem("epub-contents", f"`{name}` is not in the contents", place_of(section, places))
    if len(list(toc.iter(f"{{{XHTML}}}a"))) != len(edition.contents):
        yield Problem(
            "epub-contents",
            f"the contents have {len(list(toc.iter(f'{{{XHTML}}}a')))} lines, the edition has {len(edition.contents)}",
            places.settings,
        )


def _unlisted(parts: Parts, unit: str, id: str, listed: Sequence[str], places: Places) -> Iterator[Problem]:
    """Say that a unit is not in the contents, whatever name its file has."""
    if not any(by_id(parts.trees[name], id) is not None for name in set(listed)):
        yield Problem("epub-contents", f"`{unit}` is not in the contents", places.span(unit))


def check_landmarks(parts: Parts) -> Iterator[Problem]:
    """A reading system finds where the book begins, and its contents."""
    nav = navs_of(parts).get("landmarks")
    if nav is None:
        yield Problem("epub-landmarks", "the package has no landmarks")
        return
    found = Counter(type for link in nav.iter(f"{{{XHTML}}}a") for type in types(link))
    for type in ("toc", "bodymatter"):
        if not found[type]:
            yield Problem("epub-landmarks", f"there is no landmark `{type}`")
    for link, _, element in targets_of(parts, nav):
        name = "".join(link.itertext()).strip()  # its first letters may stand in a `span` that gives them a face
        if element is None:
            yield Problem("epub-landmarks", f"the landmark `{name}` leads nowhere (`{link.get('href')}`)")
        if not types(link) or not name:
            yield Problem("epub-landmarks", f"a landmark has no type or no name (`{link.get('href')}`)")
        elif element is not None and not types(link) & _types_there(element):
            kind = ", ".join(sorted(types(link)))
            yield Problem(
                "epub-landmarks", f"the landmark `{name}` leads to something that is no {kind} (`{link.get('href')}`)"
            )
    for type in ("landmarks", "page-list", "toc"):
        list_of = navs_of(parts).get(type)
        if list_of is None:
            continue
        if (list_of.get("hidden") is not None) != (type != "toc"):
            yield Problem(
                "epub-landmarks", f"the list `{type}` must {'not ' if type == 'toc' else ''}be hidden from the page"
            )
        if not (list_of.get("aria-label") or list_of.get("aria-labelledby")):
            yield Problem(
                "epub-landmarks", f"the list `{type}` has no name by which a screen reader tells it from the others"
            )
    order = {name: number for number, name in enumerate(parts.spine)}
    first = next((name for name in parts.spine if _begins_body(parts.trees.get(name))), "")
    for link, name, _ in targets_of(parts, nav):
        if "bodymatter" in types(link) and name in order and name != first:
            yield Problem("epub-landmarks", f"the body of the book begins in `{first}`, its landmark leads to `{name}`")


def _types_there(element: etree._Element) -> set[str]:
    """Return what an element is, and what begins with it: the body begins with its first section."""
    found = set(types(element))
    while (parent := element.getparent()) is not None and parent[0] is element:
        element = parent
        found |= types(element)
    return found


def _begins_body(tree: etree._Element | None) -> bool:
    body = tree.find(f"{{{XHTML}}}body") if tree is not None else None
    return body is not None and "bodymatter" in types(body)
