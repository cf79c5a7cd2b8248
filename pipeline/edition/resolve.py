"""`resolve(manuscript, book, settings)`: number everything, find every target, apply the selection.

Three passes over the manuscript: cut it into units and drop what this edition leaves out; give
every block its id and number notes, figures and tables; resolve the cross-references, which may
point forward.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from pipeline.bibliography import Citing, Library, cite
from pipeline.book import (
    Book,
    EditionSettings,
    Medium,
    NotePlace,
    PageSource,
    Place,
    Restart,
)
from pipeline.edition.drafts import Draft
from pipeline.edition.links import authority, descriptions, resolved
from pipeline.edition.numbering import Numbering
from pipeline.edition.pages import generated_units, listed_pages, notes_page
from pipeline.edition.placing import with_plates
from pipeline.edition.plain import said
from pipeline.edition.scripts import unsupported
from pipeline.edition.units import finish, listed_contents, numbered
from pipeline.edition.values import (
    Edition,
    Omission,
    Reference,
    Unit,
    UnitKind,
    Words,
)
from pipeline.edition.works import list_works
from pipeline.manuscript import (
    Manuscript,
    Paragraph,
)
from pipeline.source import Problem, Span


def resolve(
    manuscript: Manuscript,
    book: Book,
    settings: EditionSettings,
    images: Collection[str],
    citing: Citing | None = None,
) -> tuple[Edition, tuple[Problem, ...]]:
    """Make the edition that `settings` describes, and say all that is wrong with it.

    `images` are the paths of the pictures in the book's folder, `citing` is what citations are made from. Files that a unit needs but
    the manuscript lacks are left out: their absence is a problem of the book's settings.
    """
    citing = citing or Citing(Library(), None, book.language, chosen=False)
    numbering, drafts = numbered(manuscript, Numbering(book, settings, images, citing))
    if numbering.select.omissions:
        # What this edition leaves out has its numbers all the same: a chapter, a note, a figure has one name in all.
        whole, _ = numbered(manuscript, Numbering(book, settings, images, citing, whole=True))
        planned = Numbering(book, settings, images, citing, whole.ids.made_plan)
        numbering, drafts = numbered(manuscript, planned)
        numbering.select.omissions.extend(_gone_with_calls(manuscript, numbering, drafts))
    restart = book.notes.restart
    for draft in drafts:
        draft.id = numbering.ids.free(draft.name)
    references = resolved(numbering, drafts)
    described, describing = descriptions(numbering)
    works_cited = list_works(numbering, drafts, citing)
    citations, told = cite(
        numbering.placed,
        citing,
        numbering.listings,
        ibid=next(
            (asked for asked in (settings.ibid, book.citations.ibid) if asked is not None),
            settings.medium is Medium.PDF,
        ),
        restarts=restart in (Restart.CHAPTER, Restart.PAGE),
        uncited=book.citations.uncited,
    )
    numbering.report.problems.extend(told)
    numbering.printed = citations.printed
    references.update({span: Reference(id, unit, "") for span, (id, unit) in citations.back.items()})
    if settings.pages is PageSource.MANUSCRIPT and not numbering.markers.found:
        numbering.report.problem(
            "page-marker-missing",
            f"the edition `{settings.name}` lists the pages that the manuscript marks, but it marks none",
            settings.span,
            "write `[p. 12]{.page}` where page 12 of the older print begins",
        )
    units = tuple(finish(numbering, draft) for draft in drafts)
    units = with_plates(units, settings, numbering.calls, book.matter.plates)
    contents = tuple(listed_contents(numbering, drafts))
    words = _words(numbering)
    front, back = generated_units(
        book,
        settings,
        numbering.vocabulary,
        bool(contents),
        {
            register: tuple(replace(entry, title=said(entry.title, citations.printed)) for entry in entries)
            for register, entries in numbering.listed.items()
        },
        numbering.frontispiece(),
        mathematics=bool(numbering.formulas),
    )
    if works_cited is not None:
        back = (works_cited, *back)
    if any(note.place is NotePlace.BOOK for unit in units for note in unit.notes):
        back = (notes_page(numbering.vocabulary), *back)
    if contents:
        place = book.matter.span or Span(book.settings, 0, 0)
        contents = (*listed_pages(front, place), *contents, *listed_pages(back, place))
    lists = {
        id: tuple(replace(work, id=numbering.ids.free(f"{id}-work")) for work in works)
        for id, works in citations.lists.items()
    }
    registers = {
        id: tuple(authority(numbering, id, work) for work in works) for id, works in citations.registers.items()
    }
    entries = {(id, work.key): work.id for id, works in lists.items() for work in works}
    for id, works in citations.registers.items():
        entries.update({(id, work.key): made.id for work, made in zip(works, registers[id], strict=True)})
    for span, (id, key) in citations.works.items():
        references[span] = Reference(entries[id, key], numbering.hosts[id], "", role="doc-biblioref")
    references.update({span: Reference(id, unit, "", role="work") for span, (id, unit) in citations.first.items()})
    edition = Edition(
        book=replace(book, digest=""),  # the colophon has it; no other page changes with every edit
        settings=settings,
        words=words,
        units=(*front, *units, *back),
        contents=contents,
        calls=numbering.calls,
        references=references,
        captions=numbering.captions,
        omissions=tuple(dict.fromkeys(numbering.select.omissions)),
        formulas=numbering.formulas,
        described=described,
        describing=describing,
        citations=citations.printed,
        lists=lists,
        registers=registers,
        numbers=_paragraph_numbers(units) if book.theme.paragraph_numbers else {},
    )
    numbering.report.problems.extend(unsupported(manuscript, book, settings))
    numbering.report.problems.extend(_alike(manuscript, book))
    return edition, tuple(numbering.report.problems)


def _alike(manuscript: Manuscript, book: Book) -> Iterable[Problem]:
    """Yield what is wrong with series that count in the same way, where the book has notes in both."""
    if not book.notes.alike:
        return
    spoken = {note.voice for leaf in manuscript.leaves for note in leaf.notes}
    used = {voice.series for voice in book.notes.voices if voice.name in spoken}
    yield from (problem for one, other, problem in book.notes.alike if one in used and other in used)


def _gone_with_calls(manuscript: Manuscript, numbering: Numbering, drafts: Iterable[Draft]) -> Iterable[Omission]:
    """Yield the notes that an edition leaves out because it leaves out what calls them."""
    there = {draft.path for draft in drafts}
    assert numbering.ids.plan is not None
    for leaf in manuscript.leaves:
        for note in leaf.notes if leaf.path in there else ():
            known = (leaf.path, note.key)
            if (
                not note.key.startswith("inline-")
                and known in numbering.ids.plan.notes
                and known not in numbering.ids.made_plan.notes
            ):
                yield Omission("note", note.span)


def _paragraph_numbers(units: Iterable[Unit]) -> dict[str, str]:
    """Number the paragraphs of the body through the book, as reports do: an author's own, outside lists and quotations."""
    ids = (
        block.attributes.id
        for unit in units
        if unit.place is Place.BODY and unit.kind is UnitKind.CHAPTER
        for block in unit.blocks
        if isinstance(block, Paragraph)
    )
    return {id: str(number) for number, id in enumerate(ids, start=1)}


def _words(numbering: Numbering) -> Words:
    vocabulary = numbering.vocabulary
    return Words(
        language=numbering.book.language,
        contents=vocabulary["contents"],
        notes=vocabulary["notes"],
        chapter=vocabulary["chapter"],
        part=vocabulary["part"],
        appendix=vocabulary["appendix"],
        figure=vocabulary["figure"],
        table=vocabulary["table"],
        section=vocabulary["section"],
        note=vocabulary["note"],
        page=vocabulary["page"],
        back_to_text=vocabulary["back_to_text"],
        notes_to_pages=vocabulary["notes_to_pages"],
        notes_to_page=vocabulary["notes_to_page"],
        continued=vocabulary["continued"],
        editorial_matter=numbering.book.editorial_label or vocabulary["editorial_matter"],
        cover=vocabulary["cover"],
        voices=dict(vocabulary.table["voices"]),
    )
