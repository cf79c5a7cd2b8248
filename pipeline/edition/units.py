"""The units of an edition: files cut at their heads of level 1, numbered, and listed in the contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipeline.book import (
    Contributor,
    Entry,
    Matter,
    Place,
    Restart,
)
from pipeline.edition.drafts import Draft
from pipeline.edition.numbering import Numbering
from pipeline.edition.numerals import numeral
from pipeline.edition.plain import plain, said, slug, title_only
from pipeline.edition.printed import part_pages
from pipeline.edition.values import (
    ContentsEntry,
    Omission,
    Unit,
    UnitKind,
)
from pipeline.manuscript import (
    Block,
    CiteCall,
    Heading,
    Inline,
    Leaf,
    Manuscript,
    NoteText,
    Phrase,
    Text,
)
from pipeline.source import Span

CONTENTS_DEPTH = 2
"""Levels of heads that the contents show: chapters and their first subheads."""


def numbered(manuscript: Manuscript, numbering: Numbering) -> tuple[Numbering, list[Draft]]:
    """Cut the manuscript into units and number all that they hold."""
    book = numbering.book
    leaves = {leaf.path: leaf for leaf in manuscript.leaves}
    for fixed in (
        "title-page",
        "imprint",
        "contents",
        "colophon",
        "cover",
        "nav",
        "half-title",
        "notes",
        "works",
        "plates",
    ):
        numbering.ids.names.add(fixed)
    if book.matter != Matter():
        numbering.ids.names.update(("series-page", "frontispiece", "dedication", "edition-note"))
        numbering.ids.names.update(("list-of-figures", "list-of-tables"))
    drafts: list[Draft] = []
    part: int | None = None
    for entry in book.entries:
        leaf = leaves.get(entry.path)
        if leaf is None:
            continue
        if entry.part is not None and entry.part != part:
            part = entry.part
            drafts.extend(_part(numbering, part))
        if entry.part is None:
            part = None
        drafts.extend(_cut(numbering, entry, leaf))
    _number_units(numbering, drafts)
    restart = book.notes.restart
    reset = book.citations.reset or restart
    for draft in drafts:
        if reset in (Restart.CHAPTER, Restart.PAGE) or (reset is Restart.PART and draft.kind is UnitKind.PART):
            numbering.scope = draft.name
        if restart in (Restart.CHAPTER, Restart.PAGE) or (restart is Restart.PART and draft.kind is UnitKind.PART):
            numbering.series.clear()
        numbering.number(draft)
    return numbering, drafts


def _part(numbering: Numbering, index: int) -> Iterable[Draft]:
    part = numbering.book.parts[index]
    if not numbering.select.whole and not part.selection.includes(numbering.settings.name):
        if part.span is not None:
            numbering.select.omissions.append(Omission("part", part.span))
        return
    span = part.span or Span(numbering.book.settings, 0, 0)
    title: tuple[Inline, ...] = (Text(part.title, span),)
    yield Draft(
        name=numbering.ids.unit_name(f"part-{slug(part.title) or index + 1}", ("", index)),
        key=("", index),
        kind=UnitKind.PART,
        place=Place.BODY,
        entry=None,
        part=index,
        title=title,
        heading=Heading(1, title, span),
        span=part.span,
        path=numbering.book.settings,
        number=numbering.vocabulary["part"].format(part.number) if part.number else "",
    )


def _cut(numbering: Numbering, entry: Entry, leaf: Leaf) -> Iterable[Draft]:
    """Cut a file at its heads of level 1; each stretch is a unit."""
    name = numbering.settings.name
    part = None if entry.part is None else numbering.book.parts[entry.part]
    selected = entry.selection.includes(name) and (part is None or part.selection.includes(name))
    if not selected and not numbering.select.whole:
        first = leaf.blocks[0] if leaf.blocks else None
        span = first.span if isinstance(first, Heading) else Span(leaf.path, 0, 0)
        numbering.select.omissions.append(Omission("chapter", span))
        for block in leaf.blocks:
            numbering.select.hide(block)
        return
    texts: dict[str, NoteText] = {}
    for text in leaf.notes:
        numbering.select.selected(text.attributes, text.span, "note")
        texts.setdefault(text.key, text)
    pieces: list[tuple[Heading | None, list[Block]]] = []
    for block in leaf.blocks:
        if isinstance(block, Heading) and block.level == 1:
            if not numbering.select.selected(block.attributes, block.span, "heading"):
                continue
            if len(pieces) == 1 and pieces[0][0] is None and not pieces[0][1]:
                pieces.clear()
            pieces.append((block, []))
        else:
            if not pieces:
                pieces.append((None, []))
            pieces[-1][1].append(block)
    if not pieces:
        pieces.append((None, []))
    stem = slug(leaf.path.rpartition("/")[2].rpartition(".")[0])
    for position, (heading, blocks) in enumerate(pieces):
        kept = numbering.select.keep(tuple(blocks), texts)
        pages: tuple[Phrase, ...] = ()
        if heading is not None:
            pages, words = part_pages(numbering.select.keep_inlines(heading.inlines, texts))
            heading = replace(heading, inlines=words)
            title, listed = heading.inlines, title_only(heading.inlines)
        else:
            place = entry.span or Span(leaf.path, 0, 0)
            title = listed = (Text(entry.title, place),) if entry.title and position == 0 else ()
            if title:
                heading = Heading(1, title, place)
            elif position == 0:
                numbering.report.problem(
                    "chapter-untitled",
                    "this file has no head of level 1",
                    Span(leaf.path, 0, 0),
                    f"begin it with `# Title`, or give it a `title` in `{numbering.book.settings}`",
                )
        name = stem if position == 0 else slug(plain(title)) or stem
        yield Draft(
            name=numbering.ids.unit_name(name, (leaf.path, position)),
            key=(leaf.path, position),
            kind=UnitKind.CHAPTER,
            place=entry.place,
            entry=entry,
            part=entry.part,
            title=title,
            listed=listed,
            heading=heading,
            blocks=kept,
            texts=texts,
            path=leaf.path,
            span=heading.span
            if heading is not None and not (entry.title and heading.span == entry.span)
            else Span(leaf.path, 0, 0),
            printed=pages,
        )


def _number_units(numbering: Numbering, drafts: list[Draft]) -> None:
    chapters = appendices = 0
    for draft in drafts:
        if draft.kind is not UnitKind.CHAPTER or draft.entry is None or draft.heading is None:
            continue
        if not draft.entry.numbered or "unnumbered" in draft.heading.attributes.classes:
            continue
        if draft.place is Place.BODY:
            chapters += 1
            draft.number = numbering.vocabulary["chapter"].format(chapters)
        elif draft.place is Place.APPENDIX:
            appendices += 1
            draft.number = numbering.vocabulary["appendix"].format(numeral(appendices, "upper-alpha"))
    for draft in drafts:
        if numbering.ids.plan is not None and draft.key in numbering.ids.plan.numbers:
            draft.number = numbering.ids.plan.numbers[draft.key]
        numbering.ids.made_plan.numbers[draft.key] = draft.number


def _authors(draft: Draft) -> tuple[Contributor, ...]:
    if draft.entry is not None and draft.entry.authors:
        return draft.entry.authors
    if draft.heading is None:
        return ()
    written = draft.heading.attributes.get("authors") or draft.heading.attributes.get("author")
    return tuple(
        Contributor(name, " ".join(name.split()), ("aut",)) for name in map(str.strip, written.split(";")) if name
    )


def _short(draft: Draft, printed: Mapping[CiteCall, tuple[Inline, ...]]) -> str:
    written = draft.entry.short if draft.entry is not None else ""
    if not written and draft.heading is not None:
        written = draft.heading.attributes.get("short")
    title = said(draft.title or draft.listed, printed)
    words = " ".join(plain(title, pictures=False).split())
    return written or words or " ".join(plain(title).split())


def finish(numbering: Numbering, draft: Draft) -> Unit:
    part = numbering.book.parts[draft.part] if draft.kind is UnitKind.PART and draft.part is not None else None
    return Unit(
        name=draft.name,
        id=draft.id,
        kind=draft.kind,
        place=draft.place,
        heading=draft.heading.attributes.id if draft.heading is not None else "",
        number=draft.number,
        title=draft.title,
        short=(part.short if part is not None else "") or _short(draft, numbering.printed),
        authors=_authors(draft),
        blocks=draft.blocks,
        notes=tuple(draft.notes),
        path=draft.path,
        span=draft.span,
        printed=draft.printed,
    )


def listed_contents(numbering: Numbering, drafts: Iterable[Draft]) -> Iterable[ContentsEntry]:
    for draft in drafts:
        base = 1 if draft.part is not None and draft.kind is not UnitKind.PART else 0
        listed = title_only(draft.title) if draft.heading is not None else draft.listed
        if listed:
            yield ContentsEntry(
                id=draft.heading.attributes.id if draft.heading is not None else draft.id,
                unit=draft.name,
                level=base,
                number=draft.number,
                title=said(listed, numbering.printed),
                authors=tuple(author.name for author in _authors(draft)),
                kind=draft.kind,
            )
        for level, id, title in draft.heads:
            if level <= CONTENTS_DEPTH:
                yield ContentsEntry(
                    id=id,
                    unit=draft.name,
                    level=base + level - 1,
                    number="",
                    title=said(title, numbering.printed),
                    kind="section",
                )
