"""What the finished documents hold comes in; what may be said of it to readers with disabilities goes out, and what may not.

Sources: EPUB Accessibility 1.1 (2.2, discovery metadata), Schema.org Accessibility Properties for Discoverability, WCAG 2.2.
Only what this build has counted is said. What no program can know (whether a description says the right thing, whether
a picture that moves makes anybody giddy) is said where `book.toml` names who answers for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from pipeline.book import Hazards, PageSource
from pipeline.edition import Edition, UnitKind
from pipeline.edition.places import Places
from pipeline.epub.documents import MATHML, XHTML, Document, is_call, local, references, resolve, types
from pipeline.epub.motion import FLASHES, Motion, motion
from pipeline.epub.writer import Fact, property_of, refine
from pipeline.html import Resource
from pipeline.source import Problem, Severity, Span


@dataclass(frozen=True, slots=True)
class Moving:
    """A picture that moves, and the place that shows it first."""

    name: str
    motion: Motion
    span: Span | None


@dataclass(frozen=True, slots=True)
class Holds:
    """What the finished documents hold, as counted in them: nothing is claimed that is not there."""

    undescribed: int = 0
    """pictures without a description"""
    described: int = 0
    """pictures with a description in words; all others only decorate"""
    pages: int = 0
    """page markers"""
    notes: int = 0
    fonts: int = 0
    cover: str = ""
    """manifest id of the cover picture, or "" """
    details: int = 0
    """figures and tables with a long description"""
    formulas: int = 0
    """formulas in MathML"""
    unspoken: int = 0
    """formulas without words in the language of the book: what stands for them is their source, or signs"""
    one_way: int = 0
    """calls to which their note does not lead back"""
    moving: tuple[Moving, ...] = ()


def count(
    documents: Sequence[Document],
    edition: Edition,
    places: Places,
    pictures: Sequence[Resource],
    *,
    pages: int,
    fonts: int,
    cover: str,
) -> Holds:
    """Count in the finished documents what the metadata may claim; `pictures` are those of the package."""
    bodies = [document.body for document in documents if document.page.kind is not UnitKind.COVER]
    shown = [element for body in bodies for element in body.iter(f"{{{XHTML}}}img")]
    everything = [element for body in bodies for element in body.iter(f"{{{XHTML}}}*")]
    math = [element for body in bodies for element in body.iter(f"{{{MATHML}}}math")]
    wordless = sum(not each.get("alttext", "").strip() for each in math)
    return Holds(
        undescribed=sum(picture.get("alt") is None for picture in shown),
        described=sum(bool((picture.get("alt") or "").strip()) for picture in shown),
        pages=pages,
        notes=sum("footnote" in types(element) for element in everything),
        fonts=fonts,
        cover=cover,
        details=sum(element.get("aria-details") is not None for element in everything),
        formulas=len(math),
        unspoken=wordless or unspoken(edition),
        one_way=len(one_way(everything)),
        moving=tuple(_moving(documents, pictures, places)),
    )


def unspoken(edition: Edition) -> int:
    """Return how many formulas have no words: the language of the book has none for them, and the author gave none."""
    return sum(not each.spoken for each in edition.formulas.values())


def one_way(elements: Sequence[etree._Element]) -> list[etree._Element]:
    """Return the calls among the elements of a book to which no note leads back."""
    back = {
        (element.get("href") or "").removeprefix("#")
        for element in elements
        if local(element) == "a" and element.get("role") == "doc-backlink"
    }
    return [each for each in elements if local(each) == "a" and is_call(each) and each.get("id") not in back]


def _moving(documents: Sequence[Document], pictures: Sequence[Resource], places: Places) -> Iterator[Moving]:
    spans: dict[str, Span | None] = {}
    for document in documents:
        for element, _, address in references(document.root):
            target = resolve(document.name, address)
            if target is not None:
                spans.setdefault(target[0], _place(element, places))
    for picture in pictures:
        found = motion(picture.media_type, picture.data)
        if found is not None:
            yield Moving(picture.name, found, spans.get(picture.name))


def _place(element: etree._Element | None, places: Places) -> Span | None:
    """Return the place of the nearest element around this one that the edition knows."""
    while element is not None:
        id = element.get("id")
        if id and (span := places.span(id)) is not None:
            return span
        element = element.getparent()
    return None


# What is said -------------------------------------------------------------------------------


def accessibility(edition: Edition, holds: Holds) -> list[Fact]:
    """Return what a reader with a disability may rely on, and the claim of conformance that a person makes."""
    modes = ["textual", *(["visual"] if holds.described or holds.undescribed or holds.moving else [])]
    found = [property_of("schema:accessMode", mode) for mode in modes]
    found += [property_of("schema:accessModeSufficient", ways) for ways in sufficient(edition, holds)]
    found += [property_of("schema:accessibilityFeature", feature) for feature in features(edition, holds)]
    found += [property_of("schema:accessibilityHazard", hazard) for hazard in hazards(edition, holds)]
    said = edition.book.accessibility
    if said.summary:
        found.append(property_of("schema:accessibilitySummary", said.summary))
    else:
        summary = (("property", "schema:accessibilitySummary"), ("xml:lang", "en"))
        found.append(Fact("meta", " ".join(_sentences(edition, holds)), summary))
    return found + _conformance(edition)


def sufficient(edition: Edition, holds: Holds) -> tuple[str, ...]:
    """Return the ways in which the whole book can be read.

    Text alone is enough where there is nothing else, or where somebody answers for the words that stand for pictures.
    """
    pictured = holds.described or holds.undescribed or holds.moving
    if not pictured:
        return ("textual",)
    reviewed = edition.book.accessibility.descriptions_reviewed_by and not holds.undescribed
    return ("textual,visual", "textual") if reviewed else ("textual,visual",)


def features(edition: Edition, holds: Holds) -> list[str]:
    """Return the features that the book has.

    That a description is there can be counted; that it says the right thing only a person knows. So
    `alternativeText` is said where the book names who has read the descriptions.
    """
    said = edition.book.accessibility
    found = ["tableOfContents", "structuralNavigation", "readingOrder"]
    if said.descriptions_reviewed_by and holds.described and not holds.undescribed:
        found.append("alternativeText")
    if holds.details:
        found.append("longDescription")
    if holds.formulas:
        found.append("MathML")
        if not holds.unspoken:
            found.append("describedMath")
    if holds.pages:
        found += ["pageBreakMarkers", "pageNavigation"]
    return [*found, "displayTransformability", "ARIA", "unlocked"]


def hazards(edition: Edition, holds: Holds) -> tuple[str, ...]:
    """Return what may harm a reader: none where nothing moves; what was measured, or what a person says, where something does."""
    if not holds.moving:
        return ("none",)
    said = edition.book.accessibility.hazards
    flashing = any(each.motion.flashing for each in holds.moving)
    match said:
        case Hazards.NONE if not flashing:
            return ("none",)
        case Hazards.MOTION if not flashing:
            return ("noFlashingHazard", "motionSimulation", "noSoundHazard")
        case Hazards.BOTH | Hazards.MOTION:
            return ("flashing", "motionSimulation", "noSoundHazard")
        case Hazards.FLASHING:
            return ("flashing", "noMotionSimulationHazard", "noSoundHazard")
    # Ace 1.4.6 misspells `unknownMotionSimulationHazard` and refuses the right word, so nothing is said of motion.
    return ("flashing", "noSoundHazard") if flashing else ("unknown",)


def _sentences(edition: Edition, holds: Holds) -> Iterator[str]:
    """Yield what may be said of the book in words, as counted in it."""
    yield "All text is real text in reading order, with headings, contents and landmarks."
    if holds.notes and holds.one_way:
        yield "Notes are linked with their calls and name whose voice speaks."
    elif holds.notes:
        yield "Notes are linked with their calls both ways and name whose voice speaks."
    if holds.pages:
        whose = "an older print" if edition.settings.pages is PageSource.MANUSCRIPT else "the printed edition"
        yield f"The pages of {whose} are marked and listed."
    if holds.undescribed:
        yield "Some pictures have no description."
    elif holds.described and edition.book.accessibility.descriptions_reviewed_by:
        yield "Pictures have descriptions, which have been reviewed."
    elif holds.described:
        yield "Pictures have descriptions."
    if holds.formulas and not holds.unspoken:
        yield "Formulas are MathML, with words for those who do not see them."
    elif holds.formulas:
        yield "Formulas are MathML; not all of them have words for those who do not see them."
    if holds.details:
        yield "Some figures or tables have a long description, linked both ways."
    if any(each.motion.flashing for each in holds.moving):
        yield f"A picture flashes more than {FLASHES} times in a second."
    elif holds.moving:
        yield "Some pictures move."


def _conformance(edition: Edition) -> list[Fact]:
    """Return the claim of conformance that a person makes in `book.toml`, and who it is."""
    said = edition.book.accessibility
    if not said.conforms_to:
        return []
    found = [
        Fact("meta", said.conforms_to, (("property", "dcterms:conformsTo"), ("id", "conformance"))),
        Fact(
            "meta",
            said.certified_by,
            (("refines", "#conformance"), ("property", "a11y:certifiedBy"), ("id", "certifier")),
        ),
    ]
    if said.credential:
        found.append(refine("certifier", "a11y:certifierCredential", said.credential))
    if said.report:
        attributes = (("refines", "#certifier"), ("rel", "a11y:certifierReport"), ("href", said.report))
        found.append(Fact("link", "", attributes))
    return found


# What is refused ----------------------------------------------------------------------------


def untrue(edition: Edition, holds: Holds) -> Iterator[Problem]:
    """Say which claims of `book.toml` the finished documents contradict, and which pictures move."""
    yield from _motions(edition, holds)
    said = edition.book.accessibility
    if said.descriptions_reviewed_by and holds.undescribed:
        number = f"{holds.undescribed} {'picture has' if holds.undescribed == 1 else 'pictures have'}"
        yield Problem(
            "claim-untrue",
            f"descriptions of all pictures are said to be reviewed, but {number} none",
            said.span,
            "describe them with `alt`, or take `alternative_text_reviewed_by` out",
        )
    elif said.descriptions_reviewed_by and not holds.described:
        yield Problem(
            "claim-untrue",
            f"descriptions are said to be reviewed, but no picture of the edition `{edition.settings.name}` has any",
            said.span,
            "take `alternative_text_reviewed_by` out",
            Severity.WARNING,
        )
    if said.conforms_to and holds.undescribed:
        yield Problem(
            "claim-untrue",
            f"`{said.conforms_to}` is claimed, but not every picture has a description",
            said.span,
            "describe all pictures with `alt`; mark those that only decorate `.decorative`",
        )
    elif said.conforms_to and holds.described and not said.descriptions_reviewed_by:
        yield Problem(
            "claim-untrue",
            f"`{said.conforms_to}` is claimed, but nobody is named who has read the descriptions of its pictures",
            said.span,
            'write `alternative_text_reviewed_by = "…"`; a program cannot tell what a picture shows',
        )


def _motions(edition: Edition, holds: Holds) -> Iterator[Problem]:
    said = edition.book.accessibility
    for each in holds.moving:
        file = each.name.rpartition("/")[2]
        if each.motion.flashing:
            yield Problem(
                "picture-moves",
                f"the picture `{file}` flashes {each.motion.flashes} times in a second, which can bring on a seizure",
                each.span,
                f"make it slower, or paler: no more than {FLASHES} times in a second (WCAG 2.2, 2.3.1)",
                Severity.WARNING,
            )
        else:
            yield Problem(
                "picture-moves",
                f"the picture `{file}` moves, and readers cannot stop it",
                each.span,
                "paper shows its first state alone; `hazards` in `book.toml` says what somebody has found who looked at it",
                Severity.INFO,
            )
    flashing = next((each for each in holds.moving if each.motion.flashing), None)
    if flashing is not None and said.hazards in (Hazards.NONE, Hazards.MOTION):
        yield Problem(
            "claim-untrue",
            f"`hazards` is `{said.hazards}`, but the picture `{flashing.name.rpartition('/')[2]}` flashes"
            f" {flashing.motion.flashes} times in a second",
            said.span,
            f'write `hazards = "{Hazards.FLASHING if said.hazards is Hazards.NONE else Hazards.BOTH}"`, or make it slower',
        )
    if said.hazards not in (Hazards.UNSAID, Hazards.NONE) and not holds.moving:
        yield Problem(
            "claim-untrue",
            f"`hazards` is `{said.hazards}`, but nothing moves in the edition `{edition.settings.name}`, which says so",
            said.span,
            "take `hazards` out",
            Severity.WARNING,
        )
    restless = next((each for each in holds.moving if each.motion.restless), None)
    if said.conforms_to and (flashing or restless):
        worst = flashing or restless
        assert worst is not None
        why = (
            "flashes (WCAG 2.2, 2.3.1)"
            if flashing
            else "moves for more than five seconds and has no brake (WCAG 2.2, 2.2.2)"
        )
        yield Problem(
            "claim-untrue",
            f"`{said.conforms_to}` is claimed, but the picture `{worst.name.rpartition('/')[2]}` {why}",
            worst.span or said.span,
            "let it come to rest within five seconds, or show it in pictures that stand still",
        )
