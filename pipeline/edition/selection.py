"""What an edition holds: the choice by `only` and `not`, the pictures it finds, citations that become notes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import assert_never

from pipeline.bibliography import Citing, in_notes_form
from pipeline.book import (
    Book,
    EditionSettings,
    Selection,
)
from pipeline.edition.drafts import Report
from pipeline.edition.printed import part_pages
from pipeline.edition.values import (
    Omission,
)
from pipeline.edition.walk import (
    called_together,
    is_decorative,
    is_emptied,
    kind,
    left,
    names_in,
    normal,
    within,
)
from pipeline.edition.words import Vocabulary
from pipeline.manuscript import (
    Attributes,
    Block,
    Break,
    CiteCall,
    Code,
    CodeBlock,
    CrossRef,
    Definition,
    DefinitionList,
    Division,
    EditorialMatter,
    Emphasis,
    Epigraph,
    Equation,
    Figure,
    Foreign,
    Formula,
    Heading,
    Image,
    Inline,
    ItemList,
    Letter,
    LineBreak,
    Link,
    NoteCall,
    NoteText,
    Paragraph,
    Phrase,
    Quotation,
    Row,
    SmallCaps,
    SoftBreak,
    Strikeout,
    Strong,
    Subscript,
    Superscript,
    Supplied,
    Table,
    Text,
    Verse,
)
from pipeline.source import Span

CALL_BEFORE_STOP = ("fr", "ru")
"""Languages that set the call of a note before the stop; others set it after."""

_STOPS = re.compile(r"[.,;:!?…]+[”’»\"']*(?=\s|$)")


def _drop_blank(out: list[Inline]) -> None:
    """Take away the blank before a citation that becomes a note."""
    while out and isinstance(out[-1], SoftBreak):
        out.pop()
    last = out[-1] if out else None
    if isinstance(last, Text):
        words = last.text.rstrip(" ")
        out.pop()
        if words:
            out.append(replace(last, text=words))


def _split(text: Text, at: int) -> tuple[Text, Text | None]:
    """Part a text in two, each with its own place where the place is exact."""
    exact = text.span.end - text.span.start == len(text.text)
    middle = text.span.start + at
    first = Text(text.text[:at], replace(text.span, end=middle) if exact else text.span)
    if at == len(text.text):
        return first, None
    return first, Text(text.text[at:], replace(text.span, start=middle) if exact else text.span)


class Selector:
    """Chooses what one edition holds, and notes what it leaves out.

    With `whole` nothing is left out: so the numbers of the whole book are found.
    """

    def __init__(
        self,
        book: Book,
        settings: EditionSettings,
        images: Collection[str],
        citing: Citing,
        report: Report,
        words: Vocabulary,
        *,
        whole: bool,
    ) -> None:
        self.book = book
        self.settings = settings
        self.images = images
        self.citing = citing
        self.report = report
        self.vocabulary = words
        self.whole = whole
        self.edition_names = {edition.name for edition in book.editions}
        self.omissions: list[Omission] = []
        self.hidden: dict[str, Span] = {}
        self.within_note = False
        self.made: dict[str, NoteText] = {}
        """notes that citations make, by key"""

    def selected(self, attributes: Attributes, span: Span, what: str) -> bool:
        """Say whether this edition holds something; what it leaves out is noted."""
        only, excluded = attributes.get("only"), attributes.get("not")
        if self.whole or (not only and not excluded):
            return True
        names = (names_in(only), names_in(excluded))
        for name in (*names[0], *names[1]):
            if name not in self.edition_names:
                near = get_close_matches(name, self.edition_names, 1)
                known = ", ".join(f"`{each}`" for each in sorted(self.edition_names))
                self.report.problem(
                    "edition-unknown",
                    f"no edition is called `{name}`",
                    span,
                    f"did you mean `{near[0]}`?" if near else f"the editions are {known}",
                )
        if Selection(*names).includes(self.settings.name):
            return True
        self.omissions.append(Omission(what, span))
        if attributes.id:
            self.hidden[attributes.id] = span
        return False

    def keep(self, blocks: tuple[Block, ...], texts: Mapping[str, NoteText]) -> tuple[Block, ...]:
        """Return the blocks that this edition holds, without calls of notes that it leaves out."""
        kept: list[Block] = []
        for block in blocks:
            if not self.selected(block.attributes, block.span, kind(block)):
                self.hide(block)
                continue
            match block:
                case Quotation() | Epigraph() | Letter() | EditorialMatter() | Division():
                    inner = self.keep(block.blocks, texts)
                    if inner or not block.blocks:
                        kept.append(replace(block, blocks=inner))
                case ItemList():
                    items = left(block, [self.keep(item.blocks, texts) for item in block.items])
                    if items:
                        kept.append(replace(block, items=items))
                case DefinitionList():
                    entries = tuple(filter(None, (self._keep_entry(entry, texts) for entry in block.entries)))
                    if entries:
                        kept.append(replace(block, entries=entries))
                case Heading():
                    pages, words = part_pages(self.keep_inlines(block.inlines, texts))
                    if pages:
                        kept.append(Paragraph(pages, pages[0].span, Attributes("", ("pages",))))
                    if not is_emptied(block.inlines, words):
                        kept.append(replace(block, inlines=words))
                case Paragraph():
                    inlines = self.keep_inlines(block.inlines, texts)
                    if not is_emptied(block.inlines, inlines):
                        kept.append(replace(block, inlines=inlines))
                case Figure():
                    kept.append(replace(block, caption=self.keep_inlines(block.caption, texts)))
                case Table():
                    kept.append(
                        replace(
                            block,
                            caption=self.keep_inlines(block.caption, texts),
                            head=self._keep_rows(block.head, texts),
                            body=self._keep_rows(block.body, texts),
                            foot=self._keep_rows(block.foot, texts),
                        )
                    )
                case Verse():
                    stanzas = tuple(
                        tuple(
                            replace(line, inlines=words)
                            for line in stanza
                            if not is_emptied(line.inlines, words := self.keep_inlines(line.inlines, texts))
                        )
                        for stanza in block.stanzas
                    )
                    if any(stanzas) or not block.stanzas:
                        kept.append(replace(block, stanzas=tuple(filter(None, stanzas))))
                case CodeBlock() | Break() | Equation():
                    kept.append(block)
                case _:
                    assert_never(block)
        return tuple(kept)

    def _keep_entry(self, entry: Definition, texts: Mapping[str, NoteText]) -> Definition | None:
        """Return what is kept of a term and what is said of it; None when that is nothing."""
        term = self.keep_inlines(entry.term, texts)
        each = [(blocks, self.keep(blocks, texts)) for blocks in entry.definitions]
        definitions = tuple(kept for blocks, kept in each if kept or not blocks)
        if is_emptied(entry.term, term) and not any(definitions):
            return None
        return replace(entry, term=term, definitions=definitions)

    def _keep_rows(self, rows: tuple[Row, ...], texts: Mapping[str, NoteText]) -> tuple[Row, ...]:
        return tuple(
            replace(row, cells=tuple(replace(cell, blocks=self.keep(cell.blocks, texts)) for cell in row.cells))
            for row in rows
        )

    def keep_inlines(self, inlines: tuple[Inline, ...], texts: Mapping[str, NoteText]) -> tuple[Inline, ...]:
        kept: list[Inline] = []
        inlines = called_together(inlines)
        if self.citing.in_notes and not self.within_note and any(isinstance(node, CiteCall) for node in inlines):
            inlines = self.cited_in_notes(inlines)
        for node in inlines:
            match node:
                case NoteCall(key):
                    text = texts.get(key)
                    if text is None or self._note_selected(text):
                        kept.append(node)
                case Phrase():
                    if self.selected(node.attributes, node.span, "words"):
                        kept.append(replace(node, inlines=self.keep_inlines(node.inlines, texts)))
                case Foreign():
                    if self.selected(node.attributes, node.span, "words"):
                        kept.append(replace(node, inlines=self.keep_inlines(node.inlines, texts)))
                case Link():
                    if self.selected(node.attributes, node.span, "link"):
                        kept.append(replace(node, inlines=self.keep_inlines(node.inlines, texts)))
                case Image():
                    if self.selected(node.attributes, node.span, "picture"):
                        image = self.image(node)
                        kept.append(self.silent(image, "") if is_decorative(image, image.attributes) else image)
                case Code() | Formula():
                    what = "code" if isinstance(node, Code) else "formula"
                    if self.selected(node.attributes, node.span, what):
                        kept.append(node)
                case (
                    Emphasis()
                    | Strong()
                    | Strikeout()
                    | Superscript()
                    | Subscript()
                    | SmallCaps()
                    | Supplied()
                    | CrossRef()
                ):
                    kept.append(replace(node, inlines=self.keep_inlines(node.inlines, texts)))
                case Text() | SoftBreak() | LineBreak() | CiteCall():
                    kept.append(node)
                case _:
                    assert_never(node)
        return tuple(kept)

    def cited_in_notes(self, inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
        """Return inlines whose citations stand in notes of the author's voice, called after the stop or comma."""
        out: list[Inline] = []
        left = list(reversed(inlines))
        after = self.vocabulary.language not in CALL_BEFORE_STOP
        while left:
            node = left.pop()
            if not isinstance(node, CiteCall):
                out.append(node)
                continue
            stays, moves = in_notes_form(node, self.book.language)
            if stays is not None:
                out.append(stays)
            if moves is None:
                continue
            if stays is None:
                _drop_blank(out)
            following = left[-1] if left else None
            stop = _STOPS.match(following.text) if after and isinstance(following, Text) else None
            if stop is not None and isinstance(following, Text):
                left.pop()
                first, rest = _split(following, stop.end())
                out.append(first)
                if rest is not None:
                    left.append(rest)
            key = f"cited {node.span.path}:{node.span.start}"
            self.made[key] = NoteText(key, "author", (Paragraph((moves,), node.span),), node.span)
            out.append(NoteCall(key, node.span))
        return tuple(out)

    def _note_selected(self, text: NoteText) -> bool:
        only, excluded = text.attributes.get("only"), text.attributes.get("not")
        if self.whole or (not only and not excluded):
            return True
        return Selection(names_in(only), names_in(excluded)).includes(self.settings.name)

    def image(self, image: Image) -> Image:
        target = image.target
        folder = image.span.path.rpartition("/")[0]
        candidates = (target, f"{folder}/{target}" if folder else target)
        found = next((name for name in map(normal, candidates) if name in self.images), None)
        if found is None:
            near = get_close_matches(target, sorted(self.images), 1, 0.5)
            self.report.problem(
                "image-missing",
                f"the picture `{target}` is not in the book's folder",
                image.span,
                f"did you mean `{near[0]}`?" if near else "paths count from the folder of the book",
            )
            return image
        return replace(image, target=found)

    def hide(self, block: Block) -> None:
        """Remember the ids inside something that is left out, so that a reference can say so."""
        for inner in within(block):
            if inner.attributes.id:
                self.hidden.setdefault(inner.attributes.id, inner.span)

    def silent(self, image: Image, caption: str) -> Image:
        """Return a picture that only decorates, without the words that would stand for it."""
        if image.alt and " ".join(image.alt.split()) != " ".join(caption.split()):
            self.report.problem(
                "alt-decorative",
                f"the picture `{image.target}` only decorates, and yet has words for those who cannot see it",
                image.span,
                "delete `alt` or the words in its brackets, or delete `.decorative`",
            )
            return image
        return replace(image, alt="")
