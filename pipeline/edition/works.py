"""The list of works of a book whose author puts none: an edition under way in, the list and where it stands out."""

from __future__ import annotations

from pipeline.bibliography import Citing, Listing
from pipeline.edition.drafts import Draft
from pipeline.edition.numbering import LIST_OF_WORKS, Numbering
from pipeline.edition.pages import works_page
from pipeline.edition.values import Unit
from pipeline.manuscript import Attributes, Division, Heading
from pipeline.source import Severity, Span


def list_works(numbering: Numbering, drafts: list[Draft], citing: Citing) -> Unit | None:
    """Let the works be listed at the end, where the book asks for it or cites in the text, and no list stands anywhere.

    As in Pandoc, a last head with nothing below it is the head of the list; else it has a page of its own, which is returned.
    """
    policy = numbering.book.citations
    cites = bool(numbering.placed or policy.uncited) and bool(citing.library.references) and citing.style is not None
    if (
        not cites
        or citing.style is None
        or any(not each.register or not (each.kinds or each.unit) for each in numbering.listings)
    ):
        return None
    wanted = not citing.in_notes if policy.listed is None else policy.listed
    if not wanted or citing.style.sheet.bibliography is None:
        if not citing.in_notes and numbering.placed:
            numbering.report.problem(
                "works-unlisted",
                "works are cited here in the text, and no list says which they are",
                numbering.placed[0].call.span,
                "write `::: {#refs}` and `:::` where the works shall be listed, or `bibliography = true` under `[citations]`",
                severity=Severity.WARNING,
            )
        return None
    id = numbering.ids.free(LIST_OF_WORKS)
    place = Span(numbering.book.settings, 0, 0)
    division = Division(LIST_OF_WORKS, (), place, Attributes(id, (LIST_OF_WORKS,)))
    last = drafts[-1] if drafts else None
    if last is not None and last.title and (not last.blocks or isinstance(last.blocks[-1], Heading)) and not last.notes:
        last.blocks = (*last.blocks, division)
        host, unit = last.name, None
    else:
        host, unit = "works", works_page(numbering.vocabulary, policy.title, division)
    numbering.hosts[id] = host
    numbering.listings.append(Listing(id, place))
    return unit
