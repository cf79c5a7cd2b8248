"""Every document can be read by every reader: its language, title, ids, heads, types and roles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from pipeline.checks.package.parts import HEADS, Parts, place_of, words_of
from pipeline.edition.places import Places
from pipeline.epub.documents import LANG, TYPE, XHTML, local, types
from pipeline.source import Problem, Severity

_MOJIBAKE = re.compile("Ã[\x80-\xbf]|Â[\x80-\xbf]|â€|\N{REPLACEMENT CHARACTER}")

_POINTERS = ("aria-labelledby", "aria-describedby", "aria-details", "headers", "for")
"""Attributes that name other elements of the document by their ids."""

_ROLES = {
    "noteref": "doc-noteref",
    "footnote": "doc-footnote",
    "pagebreak": "doc-pagebreak",
    "toc": "doc-toc",
    "page-list": "doc-pagelist",
    "chapter": "doc-chapter",
    "part": "doc-part",
    "appendix": "doc-appendix",
    "preface": "doc-preface",
    "dedication": "doc-dedication",
    "colophon": "doc-colophon",
    "bibliography": "doc-bibliography",
}
"""`epub:type` and the role that must go with it: reading systems know one, screen readers the other."""


def check_markup(parts: Parts, places: Places) -> Iterator[Problem]:
    """Every document can be read by every reader: language, title, ids, heads without gaps, types with their roles."""
    for name, tree in parts.trees.items():

        def fault(message: str, element: etree._Element, name: str = name) -> Problem:
            return Problem("epub-markup", f"{message}, in `{name}`", place_of(element, places))

        if tree.tag != f"{{{XHTML}}}html":
            yield fault("the document is not XHTML", tree)
            continue
        if not tree.get("lang") or tree.get("lang") != tree.get(LANG):
            yield fault("`lang` and `xml:lang` of the document are not the same, or missing", tree)
        if tree.nsmap.get("epub") is None and TYPE in {key for e in tree.iter(etree.Element) for key in e.attrib}:
            yield fault("the namespace `epub` is not declared on `html`, where some readers look for it", tree)
        title = tree.find(f"{{{XHTML}}}head/{{{XHTML}}}title")
        if title is None or not (title.text or "").strip():
            yield fault("the document has no title", tree)
        ids = Counter(element.get("id") for element in tree.iter(etree.Element) if element.get("id"))
        for element in tree.iter(etree.Element):
            if ids.get(element.get("id"), 0) > 1:
                yield fault(f"the id `{element.get('id')}` stands more than once", element)
        yield from _levels(name, tree, places)
        for element in tree.iter(f"{{{XHTML}}}*"):
            yield from (fault(message, element) for message in _faults_of(element))
            for attribute in _POINTERS:
                for id in (element.get(attribute) or "").split():
                    if id not in ids:
                        yield fault(f"`{attribute}` names `{id}`, which is not there", element)
        text = "".join(tree.itertext())
        for found in _MOJIBAKE.finditer(text):
            around = " ".join(text[max(0, found.start() - 15) : found.end() + 15].split())
            yield Problem(
                "epub-mojibake",
                f"`{around}` looks like text read in the wrong encoding, in `{name}`",
                None,
                severity=Severity.WARNING,
            )


def _faults_of(element: etree._Element) -> Iterator[str]:
    role = element.get("role")
    for type in sorted(types(element)):
        wanted = _ROLES.get(type)
        if wanted and role != wanted and not (type in ("toc",) and local(element) == "a"):
            yield f"`epub:type` {type} stands without the role {wanted}"
    for type, wanted in _ROLES.items():
        if role == wanted and type not in types(element):
            yield f"the role {wanted} stands without `epub:type` {type}"
    if local(element) == "section" and not _is_named(element):
        yield "a section has no name, or that of another (`aria-labelledby`, `aria-label`)"
    if element.get("aria-hidden") == "true" or (element.get("hidden") is not None and local(element) != "nav"):
        yield "words are kept from those who listen (`aria-hidden`, `hidden`)"
    if local(element) == "th" and element.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
        yield "a head of a table does not say what it heads (`scope`)"
    if local(element) == "td" and any(local(each) == "thead" for each in element.iterancestors()):
        yield "a cell of the head of a table is no head (`th`)"
    if (
        role
        and role.startswith("doc-")
        and local(element) in ("a", "section", "div", "span")
        and not _is_role(element, role)
    ):
        yield f"the role {role} stands on something else"
    if element.get("style") is not None:
        yield "a style stands in the markup, where readers cannot turn it off"
    if local(element) == "img" and element.get("alt") is None:
        yield f"the picture `{element.get('src')}` has no description (`alt`)"
    if local(element) == "script":
        yield "a script stands in the book"


_SECTIONS = ("chapter", "part", "appendix", "footnotes")
"""Sections that a screen reader lists by name."""
_LINKS = frozenset(("doc-noteref", "doc-backlink", "doc-biblioref", "doc-glossref"))


def _is_role(element: etree._Element, role: str) -> bool:
    """Say whether a role of DPUB-ARIA stands on an element that can bear it: those of links on links, and no others there."""
    return (role in _LINKS) == (local(element) == "a")


def _is_named(section: etree._Element) -> bool:
    """Say whether a section of the book is named by a head of its own, or in words."""
    if not types(section) & set(_SECTIONS):
        return True
    names = (section.get("aria-labelledby") or "").split()
    if not names:
        return bool((section.get("aria-label") or "").strip())
    heads = section.iter(*(f"{{{XHTML}}}{head}" for head in HEADS))
    own = {each.get("id") for each in heads if next(each.iterancestors(f"{{{XHTML}}}section")) is section}
    return own.issuperset(names)


def _levels(name: str, tree: etree._Element, places: Places) -> Iterator[Problem]:
    before = 0
    for element in tree.iter(*(f"{{{XHTML}}}{head}" for head in HEADS)):
        level = int(local(element)[1])
        if before and level > before + 1:
            yield Problem(
                "epub-markup",
                f"a head of level {level} follows one of level {before}, in `{name}`",
                place_of(element, places),
            )
        if not words_of(element).strip():
            yield Problem("epub-markup", f"a head is empty, in `{name}`", place_of(element, places))
        before = level
