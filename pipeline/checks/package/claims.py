"""What the package claims for readers with disabilities is there, and was said by those who alone can know it.

Sources: EPUB Accessibility 1.1, 2.2 and 2.4; Schema.org Accessibility Properties for Discoverability; WCAG 2.2, 2.3.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from pipeline.book import Hazards, PageSource, Profile, isbn_digits
from pipeline.checks.package.parts import DC, OPF, Parts
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.epub.accessibility import one_way, unspoken
from pipeline.epub.documents import MATHML, XHTML, types
from pipeline.epub.motion import motion
from pipeline.pagemap import PageMap
from pipeline.source import Problem


def check_claims(parts: Parts, edition: Edition, page_map: PageMap | None, places: Places) -> Iterator[Problem]:
    """Return what is claimed and not there, and what is there and not said."""
    assert parts.opf is not None
    metas = list(parts.opf.iter(f"{OPF}meta"))

    def fault(message: str) -> Problem:
        return Problem("epub-claim", message, places.settings)

    def said(name: str) -> list[str]:
        return [(meta.text or "").strip() for meta in metas if meta.get("property") == f"schema:{name}"]

    yield from map(fault, _conformance(metas, edition))
    yield from map(fault, _page_source(parts, metas, edition, page_map))
    elements = [element for tree in parts.trees.values() for element in tree.iter(f"{{{XHTML}}}*")]
    formulas = [element for tree in parts.trees.values() for element in tree.iter(f"{{{MATHML}}}math")]
    marked = any("pagebreak" in types(element) for element in elements)
    shown = [
        element
        for element in elements
        if element.tag == f"{{{XHTML}}}img" and element.get("role") != "doc-cover" and element.get("alt") != ""
    ]
    described = bool(shown) and all(element.get("alt") for element in shown)
    reviewed = described and bool(edition.book.accessibility.descriptions_reviewed_by)
    detailed = any(element.get("aria-details") for element in elements)
    worded = all(each.get("alttext", "").strip() for each in formulas) and not unspoken(edition)
    features = said("accessibilityFeature")
    for feature, there in (
        ("pageBreakMarkers", marked),
        ("pageNavigation", marked),
        ("tableOfContents", bool(parts.nav)),
        ("alternativeText", reviewed),
        ("longDescription", detailed),
        ("MathML", bool(formulas)),
        ("describedMath", bool(formulas) and worded),
    ):
        if (feature in features) != there:
            what = "claimed, and not there" if feature in features else "there, and not said"
            yield fault(f"the feature `{feature}` is {what}")
    moves = [
        found
        for name, item in parts.items.items()
        if (found := motion(item.get("media-type", ""), parts.members.get(name, b""))) is not None
    ]
    pictured = bool(shown or moves)
    if ("visual" in said("accessMode")) != pictured:
        yield fault(f"the ways in which the book must be met are {said('accessMode')}, and pictures are {len(shown)}")
    if ("textual" in said("accessModeSufficient")) != (reviewed or not pictured):
        yield fault("that text alone is enough is said where nobody answers for it, or not said where it is")
    yield from map(fault, _hazards(said("accessibilityHazard"), edition, bool(moves), any(m.flashing for m in moves)))
    if any("both ways" in text for text in said("accessibilitySummary")) and not edition.book.accessibility.summary:
        lost = one_way(elements)
        if lost:
            yield fault(f"notes are said to lead back to all their calls, and {len(lost)} calls are not led back to")


def _conformance(metas: list[etree._Element], edition: Edition) -> Iterator[str]:
    """A claim of conformance is a person's: it names who vouches for it."""
    own = edition.book.accessibility
    claims = [meta for meta in metas if meta.get("property") == "dcterms:conformsTo"]
    for claim in claims:
        by = [
            (meta.text or "").strip()
            for meta in metas
            if meta.get("property") == "a11y:certifiedBy" and meta.get("refines") == f"#{claim.get('id', '')}"
        ]
        if not any(by):
            yield "conformance is claimed, and nobody is named who vouches for it"
        elif by != [own.certified_by]:
            yield f"{by} are said to vouch for the conformance of the book, the settings name `{own.certified_by}`"
        if (claim.text or "").strip() != own.conforms_to:
            yield f"`{claim.text}` is claimed, and the settings of the book do not say it"
    if own.conforms_to and not claims:
        yield f"`{own.conforms_to}` is what the settings claim, and the package does not say it"


def _page_source(
    parts: Parts, metas: list[etree._Element], edition: Edition, page_map: PageMap | None
) -> Iterator[str]:
    """Where pages are marked, the package names the edition that has them, in the old way and in the new one."""
    assert parts.opf is not None
    sources = {element.get("id", ""): (element.text or "").strip() for element in parts.opf.iter(f"{DC}source")}
    breaks = [(meta.text or "").strip() for meta in metas if meta.get("property") == "pageBreakSource"]
    paged = any("pagebreak" in types(e) for tree in parts.trees.values() for e in tree.iter(f"{{{XHTML}}}*"))
    for label, there in (("dc:source", bool(sources)), ("pageBreakSource", bool(breaks))):
        asked = paged and not (label == "pageBreakSource" and edition.settings.profile is Profile.KOBO)
        if there != asked:
            what = "is not said, but pages are listed" if asked else "is said, but no edition has those pages"
            yield f"`{label}` {what}"
    refined = [
        meta.get("refines", "")[1:]
        for meta in metas
        if meta.get("property") == "source-of" and (meta.text or "").strip() == "pagination"
    ]
    if sources and refined != list(sources):
        yield "`dc:source` does not say that it is the source of the pages (`source-of`)"
    wanted = _wanted_source(edition, page_map)
    for text in (*sources.values(), *breaks):
        if wanted and text != wanted:
            yield f"the source of the pages is `{text}`, and they are those of `{wanted}`"
        elif len({*sources.values(), *breaks}) > 1:
            yield "`dc:source` and `pageBreakSource` name different editions"
            break


def _wanted_source(edition: Edition, page_map: PageMap | None) -> str:
    """Return what must be named as the source of the pages; "" when it is not known here."""
    if edition.settings.pages is PageSource.MANUSCRIPT:
        return edition.settings.page_source
    if page_map is None or not page_map.identifier:
        return ""
    return f"urn:isbn:{isbn_digits(page_map.identifier) or page_map.identifier}"


def _hazards(said: list[str], edition: Edition, moves: bool, flashing: bool) -> Iterator[str]:
    """Return what is wrong in what is said of hazards: nothing moves, or something does and somebody has looked at it."""
    looked = edition.book.accessibility.hazards
    if not moves:
        if said != ["none"]:
            yield f"nothing in the book moves, and its hazards are said to be {said}"
        return
    if flashing and "flashing" not in said:
        yield f"a picture flashes, and the hazards are said to be {said}"
    if "none" in said and looked is not Hazards.NONE:
        yield "a picture moves, nobody says that it is harmless, and the package does"
    if "noFlashingHazard" in said and looked is not Hazards.MOTION:
        yield "a picture moves, nobody says that it does not flash, and the package does"
    if "noMotionSimulationHazard" in said and looked is not Hazards.FLASHING:
        yield "a picture moves, nobody says that it makes nobody giddy, and the package does"
