"""What refers to what: cross-references, descriptions, the places at which works are cited."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pipeline import bibliography
from pipeline.bibliography import Placed
from pipeline.book import (
    Medium,
    Restart,
)
from pipeline.edition.drafts import Draft
from pipeline.edition.numbering import Numbering
from pipeline.edition.values import (
    Authority,
    Description,
    Pin,
    Reference,
)
from pipeline.edition.walk import references, references_in
from pipeline.manuscript import (
    CrossRef,
)
from pipeline.source import Span


def authority(numbering: Numbering, list: str, found: bibliography.Authority) -> Authority:
    """Turn the places at which a work is cited into links: to the note, or to the paragraph."""
    id = numbering.ids.free(f"{list}-work")
    return Authority(
        id,
        found.inlines,
        tuple(_cited_at(numbering, place) for place in found.places),
        tuple(
            Pin(numbering.ids.free(f"{id}-at"), pin, tuple(_cited_at(numbering, place) for place in places))
            for pin, places in found.pins
        ),
    )


def _cited_at(numbering: Numbering, placed: Placed) -> Reference:
    paged = numbering.settings.medium is Medium.PDF
    words = numbering.vocabulary["note"].format(placed.mark) if placed.mark else ""
    words = f"{placed.chapter}, {words}" if words else placed.chapter
    before = " – " if paged else ""  # no word: pages of print are found again in EPUBs by the words they begin with
    return Reference(placed.note or placed.block, placed.unit, words, paged, before)


def descriptions(numbering: Numbering) -> tuple[dict[str, Description], dict[str, tuple[Reference, ...]]]:
    """Return the links from figures and tables to their descriptions, and those that lead back."""
    forth: dict[str, Description] = {}
    back: dict[str, tuple[Reference, ...]] = {}
    paged = numbering.settings.medium is Medium.PDF
    for wanted, id, unit, words, span in numbering.wanted:
        target = numbering.ids.targets.get(wanted)
        if target is None and wanted in numbering.select.hidden:
            continue  # this edition leaves the description out, as the author says
        if target is None or target.id not in numbering.divisions:
            known = [name for name, each in numbering.ids.targets.items() if each.id in numbering.divisions]
            near = get_close_matches(wanted, known, 1)
            numbering.report.problem(
                "description-target",
                f"no division has the id `{wanted}`, which shall describe this",
                span,
                f"did you mean `{near[0]}`?" if near else f"write the description in `::: {{.description #{wanted}}}`",
            )
            continue
        text = numbering.vocabulary["description"]
        before = f", {numbering.vocabulary['page']} " if paged else ""
        reference = Reference(target.id, target.unit, text, paged, before)
        forth[id] = Description(numbering.ids.free(f"{id}-description"), reference)
        before = f", {numbering.vocabulary['page']} " if paged else ""
        back[target.id] = (*back.get(target.id, ()), Reference(id, unit, words, paged, before))
    return forth, back


def resolved(numbering: Numbering, drafts: Iterable[Draft]) -> dict[Span, Reference]:
    found: dict[Span, Reference] = {}
    for draft in drafts:
        nodes = list(references_in(draft.title))
        for block in draft.blocks:
            nodes.extend(references(block))
        for note in draft.notes:
            for block in note.blocks:
                nodes.extend(references(block))
        for node in nodes:
            reference = _reference(numbering, node, draft)
            if reference is not None:
                found[node.span] = reference
    return found


def _reference(numbering: Numbering, node: CrossRef, draft: Draft) -> Reference | None:
    wanted = f"^{draft.path}^{node.target[1:]}" if node.target.startswith("^") else node.target
    target = numbering.ids.targets.get(wanted)
    if target is None:
        if node.target in numbering.select.hidden:
            numbering.report.problem(
                "reference-omitted",
                f"the edition `{numbering.settings.name}` leaves out `{node.target}`, to which this refers",
                node.span,
                "leave the reference out of the same editions, or keep its target",
                ((numbering.select.hidden[node.target], "left out here"),),
            )
            return None
        note = node.target.startswith("^")
        known = [key for key in numbering.ids.targets if not key.startswith("^")]
        if note:
            known = [f"^{key.rpartition('^')[2]}" for key in numbering.ids.targets if key.startswith(f"^{draft.path}^")]
        near = get_close_matches(node.target, known, 1)
        numbering.report.problem(
            "reference-dead",
            f"nothing in the book has the id `{node.target}`"
            if not note
            else f"no note of this file is called with the key `{node.target[1:]}`",
            node.span,
            f"did you mean `{near[0]}`?" if near else "give the place an id: `# Title {#id}`",
        )
        return None
    paged = numbering.settings.medium is Medium.PDF and node.page
    by_page = numbering.settings.medium is Medium.PDF and numbering.book.notes.restart is Restart.PAGE
    if by_page and node.target.startswith("^") and not node.inlines and not node.page:
        # every page has a note 1
        return Reference(target.id, target.unit, target.text, page=True, before=f", {numbering.vocabulary['page']} ")
    if not paged:
        return Reference(target.id, target.unit, "" if node.inlines else target.text)
    page = numbering.vocabulary["page"]
    before = f", {page} " if node.inlines else f"{page} "
    return Reference(target.id, target.unit, "", page=True, before=before)
