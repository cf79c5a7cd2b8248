"""The list of pages is the markers in the text, under the labels and at the words of the paginated edition."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from pipeline.checks.package.parts import HEADS, Parts, is_reference, navs_of, place_of, targets_of, words_of
from pipeline.edition.places import Places
from pipeline.epub.documents import XHTML, is_call, is_list_number, local, types
from pipeline.pagemap import PageMap
from pipeline.source import Problem, Severity


def check_pages(parts: Parts, page_map: PageMap | None, places: Places) -> Iterator[Problem]:
    """The list of pages is the markers in the text, in order, under the labels of the paginated edition."""
    markers = [
        (name, element)
        for name in parts.spine
        if name in parts.trees
        for element in parts.trees[name].iter(f"{{{XHTML}}}*")
        if "pagebreak" in types(element) or element.get("role") == "doc-pagebreak"
    ]
    labels = [element.get("aria-label") or "" for _, element in markers]
    for name, element in markers:
        if not element.get("aria-label") or not element.get("id"):
            yield Problem(
                "epub-page-list", f"a page marker has no label or no id, in `{name}`", place_of(element, places)
            )
        if any(local(a) in HEADS for a in element.iterancestors()):
            yield Problem(
                "epub-page-list",
                f"page {element.get('aria-label')} begins inside a head, in `{name}`",
                place_of(element, places),
            )
    nav = navs_of(parts).get("page-list")
    if nav is None:
        if markers:
            yield Problem("epub-page-list", f"{len(markers)} pages are marked, and there is no list of them")
    else:
        listed = []
        for link, name, target in targets_of(parts, nav):
            listed.append(("".join(link.itertext()), name, target.get("id") if target is not None else None))
        wanted = [(label, name, element.get("id")) for label, (name, element) in zip(labels, markers, strict=True)]
        if listed != wanted:
            at = next(
                (n for n, pair in enumerate(zip(listed, wanted, strict=False)) if pair[0] != pair[1]),
                min(len(listed), len(wanted)),
            )
            lists = listed[at][0] if at < len(listed) else "nothing"
            marks = wanted[at][0] if at < len(wanted) else "nothing"
            yield Problem(
                "epub-page-list",
                f"the list of pages is not the pages of the text: line {at + 1} is `{lists}`, the text has `{marks}`",
            )
    if page_map is not None:
        yield from _against_map(markers, labels, page_map, places)


_OWN_WORDS = ("imprint", "colophon")
"""Pages that say of each edition what is true of it."""


def _against_map(
    markers: Sequence[tuple[str, etree._Element]], labels: Sequence[str], page_map: PageMap, places: Places
) -> Iterator[Problem]:
    starts = iter(page_map.starts)
    for label, (name, element) in zip(labels, markers, strict=True):
        start = next((each for each in starts if each.label == label), None)
        if start is None:
            yield Problem(
                "epub-page-list",
                f"page `{label}` is none of the `{page_map.edition}` edition, or out of order, in `{name}`",
                place_of(element, places),
            )
            return
        if any(each.get("class") in _OWN_WORDS for each in element.iterancestors(f"{{{XHTML}}}section")):
            continue
        if not _begins(element, start.words, places):
            here = " ".join(_following(element, 40).split())
            told = f"page {label} begins with `{start.words}` in print, here before `{here}`"
            if places.selects:
                yield Problem(
                    "epub-page-list",
                    f"{told}; some words of the book are not for both editions",
                    place_of(element, places),
                    severity=Severity.INFO,
                )
            else:
                yield Problem("epub-page-list", told, place_of(element, places), severity=Severity.WARNING)


def _begins(marker: etree._Element, words: str, places: Places) -> bool:
    """Say whether a page that begins with these words in print begins at a marker, as far as editions are alike.

    A reference may print a page in one and a name in the other: only what stands before it is compared. What stands
    elsewhere on paper than where it was written may be passed over. Where the author `selects` words for some
    editions, the last of the words are enough.
    """
    wanted, rest = _letters(words), _letters(words.partition(" ")[2])
    before, reference, _ = _following(marker, 400, references=_REFERENCE).partition(_REFERENCE)
    common = _letters(before)[:24]
    if reference and (wanted.startswith(common) or rest.startswith(common)):
        return True
    found = _letters(_following(marker, 400))
    if not wanted or found.startswith((wanted[:24], rest[:24])):
        return True
    if _letters(_following(marker, 400, passed=places.moves)).startswith((wanted[:24], rest[:24])):
        return True
    parts = words.split()
    tails = (_letters(" ".join(parts[number:])) for number in range(1, len(parts)))
    return places.selects and any(len(tail) >= 8 and tail in found for tail in tails)


_REFERENCE = "\N{OBJECT REPLACEMENT CHARACTER}"


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def _following(
    marker: etree._Element, length: int, references: str = "", passed: Callable[[str], bool] = lambda id: False
) -> str:
    """Return the text that stands after a marker in its document, without calls and notes.

    `references` stands in place of the words of references, if it is anything; elements whose id is `passed` over
    are left out.
    """
    inside = any(is_reference(each) for each in marker.iterancestors())
    parts: list[str] = [references if inside else "", marker.tail or ""]
    size = sum(map(len, parts))
    element = marker
    while size < length:
        for sibling in element.itersiblings():
            if not (
                passed(sibling.get("id") or "")
                or is_call(sibling)
                or is_list_number(sibling)
                or types(sibling) & {"footnotes", "pagebreak"}
            ):
                parts.append(" " + words_of(sibling, references))
            parts.append(sibling.tail or "")
            size = sum(map(len, parts))
            if size >= length:
                break
        parent = element.getparent()
        if parent is None or local(parent) == "body":
            break
        element = parent
        parts.append(element.tail or "")
    return "".join(parts)[:length]
