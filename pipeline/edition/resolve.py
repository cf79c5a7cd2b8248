"""`resolve(manuscript, book, settings)`: number everything, find every target, apply the selection.

Three passes over the manuscript: cut it into units and drop what this edition leaves out; give
every block its id and number notes, figures and tables; resolve the cross-references, which may
point forward.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import assert_never

from pipeline import bibliography
from pipeline.bibliography import Citing, Library, Listing, Placed, cite, in_notes_form
from pipeline.book import (
    TRIMS,
    Book,
    Contributor,
    EditionSettings,
    Entry,
    Matter,
    Medium,
    NotePlace,
    PageSource,
    Place,
    Register,
    Restart,
    Selection,
    Voice,
)
from pipeline.edition.numerals import numeral
from pipeline.edition.pages import generated_units, listed_pages, notes_page
from pipeline.edition.placing import notes_under, place_fault, with_plates
from pipeline.edition.printed import PAGE, is_printed_page, part_pages, printed_label
from pipeline.edition.scripts import unsupported
from pipeline.edition.values import (
    Authority,
    Call,
    ContentsEntry,
    Description,
    Edition,
    Note,
    Omission,
    Pin,
    Reference,
    SetFormula,
    Unit,
    UnitKind,
    Words,
)
from pipeline.edition.words import ENGLISH, LANGUAGES, Vocabulary, vocabulary
from pipeline.formulas import FormulaError, draw, find_fault, linear, set_formula, spoken
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
    Item,
    ItemList,
    Leaf,
    Letter,
    LineBreak,
    Link,
    Manuscript,
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
    children,
    is_run_in,
)
from pipeline.source import Problem, Severity, Span

DESCRIBED_BY = "described-by"
"""The key with which a figure or table names the division that describes it."""

BETWEEN_CALLS = ","
"""What parts two calls at one place; without it "4" and "5" would be read as 45."""

CONTENTS_DEPTH = 2
"""Levels of heads that the contents show: chapters and their first subheads."""


_RAISED = str.maketrans("0123456789()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789()", "₀₁₂₃₄₅₆₇₈₉₍₎")


def _at_level(text: str, signs: dict[int, int]) -> str:
    """Return raised or lowered words in signs of their own, where Unicode has all of them: 10², H₂O."""
    return text.translate(signs) if all(ord(sign) in signs for sign in text) else text


def plain(inlines: Iterable[Inline], *, pictures: bool = True) -> str:
    """Return the words of inlines as plain text, without note calls, citations and page markers.

    The words that stand for `pictures` are among them; a running head wants none.

    >>> plain((Text("The ", Span("a", 0, 4)), Emphasis((Text("Pequod", Span("a", 5, 11)),), Span("a", 4, 12))))
    'The Pequod'
    """
    parts: list[str] = []
    for node in inlines:
        if is_printed_page(node):
            continue
        match node:
            case Text(text) | Code(text):
                parts.append(text)
            case Formula(text, display):
                parts.append(linear(text, display))
            case SoftBreak() | LineBreak():
                parts.append(" ")
            case Supplied(inner):
                parts.append(f"[{plain(inner, pictures=pictures)}]")
            case Superscript(inner):
                parts.append(_at_level(plain(inner, pictures=pictures), _RAISED))
            case Subscript(inner):
                parts.append(_at_level(plain(inner, pictures=pictures), _LOWERED))
            case Emphasis(inner) | Strong(inner) | Strikeout(inner) | SmallCaps(inner) | Phrase(inner):
                parts.append(plain(inner, pictures=pictures))
            case Link() | Foreign() | CrossRef():
                parts.append(plain(node.inlines, pictures=pictures))
            case Image(alt=alt):
                parts.append(alt if pictures else "")
            case NoteCall() | CiteCall():
                pass
            case _:
                assert_never(node)
    return "".join(parts)


def without_stop(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return the words of a head in the line without the full stop that parts it from its text."""
    last = inlines[-1] if inlines else None
    match last:
        case Text(text=text) if text.endswith(".") and not text.endswith(".."):
            return (*inlines[:-1], replace(last, text=text[:-1]))
        case Emphasis() | Strong() | SmallCaps() | Foreign() | Supplied() | Phrase():
            return (*inlines[:-1], replace(last, inlines=without_stop(last.inlines)))
        case _:
            return inlines


def title_only(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return a title as the contents show it: its mark-up without calls, links and forced lines."""
    out: list[Inline] = []
    for node in inlines:
        match node:
            case NoteCall() | CiteCall():
                pass
            case LineBreak(span):
                out.append(SoftBreak(span))
            case Link() | CrossRef():
                out.extend(title_only(node.inlines))
            case Text() | SoftBreak() | Code() | Image() | Formula():
                out.append(node)
            case (
                Emphasis()
                | Strong()
                | Strikeout()
                | Superscript()
                | Subscript()
                | SmallCaps()
                | Supplied()
                | Phrase()
                | Foreign()
            ):
                out.append(replace(node, inlines=title_only(node.inlines)))
            case _:
                assert_never(node)
    return tuple(out)


def slug(text: str) -> str:
    """Return a name of ASCII letters, digits and hyphens that begins with a letter, or "".

    >>> slug("003-Über den Fluß")
    'uber-den-fluss'
    """
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")
    return re.sub(r"^[0-9-]+", "", name)


@dataclass(slots=True)
class _Draft:
    """A unit while it is being made."""

    name: str
    key: tuple[str, int]
    kind: UnitKind
    place: Place
    entry: Entry | None
    part: int | None
    title: tuple[Inline, ...] = ()
    listed: tuple[Inline, ...] = ()
    heading: Heading | None = None
    blocks: tuple[Block, ...] = ()
    texts: Mapping[str, NoteText] = field(default_factory=dict)
    path: str = ""
    span: Span | None = None
    number: str = ""
    notes: list[Note] = field(default_factory=list)
    serial: int = 0
    section: str = ""
    id: str = ""
    heads: list[tuple[int, str, tuple[Inline, ...]]] = field(default_factory=list)
    printed: tuple[Phrase, ...] = ()


@dataclass(slots=True)
class _Plan:
    """The numbers and ids of the whole book, which an edition keeps that leaves something out.

    Units are known by file and place in it (parts by their index), blocks by kind and span, notes by
    file and key, calls and captions by span.
    """

    names: dict[tuple[str, int], str] = field(default_factory=dict)
    numbers: dict[tuple[str, int], str] = field(default_factory=dict)
    ids: dict[tuple[str, Span], str] = field(default_factory=dict)
    notes: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    calls: dict[Span, str] = field(default_factory=dict)
    captions: dict[Span, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Target:
    """What an id names: the words that a reference to it shows, and the unit it stands in."""

    id: str
    unit: str
    text: str
    span: Span


class _Resolver:
    """The state of one `resolve`: counters, targets and problems."""

    def __init__(
        self,
        book: Book,
        settings: EditionSettings,
        images: Collection[str],
        citing: Citing,
        plan: _Plan | None = None,
        *,
        whole: bool = False,
    ) -> None:
        self.plan = plan
        self.whole = whole
        self.made_plan = _Plan()
        self.book = book
        self.citing = citing
        self.within_note = False
        self.touching = False
        self.made: dict[str, NoteText] = {}
        self.placed: list[Placed] = []
        self.listings: list[Listing] = []
        self.hosts: dict[str, str] = {}
        """the unit in which each list stands"""
        self.ordinals: dict[str, tuple[int, str, str]] = {}
        self.scope = ""
        self.block_id = ""
        self.settings = settings
        self.images = images
        self.problems: list[Problem] = []
        self.vocabulary: Vocabulary = vocabulary(book.language) or ENGLISH
        self.omissions: list[Omission] = []
        self.names: set[str] = set()
        self.ids: dict[str, Span | None] = {}
        self.targets: dict[str, _Target] = {}
        self.hidden: dict[str, Span] = {}
        self.captions: dict[str, str] = {}
        self.calls: dict[Span, Call] = {}
        self.series: dict[str, int] = {}
        self.figures = 0
        self.under = ""
        self.lettered: dict[str, int] = {}
        self.tables = 0
        self.equations = 0
        self.formulas: dict[Span, SetFormula] = {}
        self.listed: dict[Register, tuple[ContentsEntry, ...]] = {}
        self.marked: dict[str, Span] = {}
        self.last_page: tuple[int, Span] | None = None
        self.wanted: list[tuple[str, str, str, str, Span]] = []
        self.divisions: set[str] = set()
        self.edition_names = {edition.name for edition in book.editions}
        if self.vocabulary.language not in book.language.lower().split("-")[0]:
            self.problem(
                "language-words",
                f"Stet has no labels in `{book.language}` yet; English ones are used",
                None,
                f"languages with labels: {', '.join(LANGUAGES)}; `label` of each voice can be set in `book.toml`",
                severity=Severity.WARNING,
            )

    # Problems -------------------------------------------------------------------------------

    def problem(
        self,
        code: str,
        message: str,
        span: Span | None,
        hint: str = "",
        also: tuple[tuple[Span, str], ...] = (),
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.problems.append(Problem(code, message, span, hint, severity, also))

    # Selection ------------------------------------------------------------------------------

    def selected(self, attributes: Attributes, span: Span, what: str) -> bool:
        """Say whether this edition holds something; what it leaves out is noted."""
        only, excluded = attributes.get("only"), attributes.get("not")
        if self.whole or (not only and not excluded):
            return True
        names = (_names(only), _names(excluded))
        for name in (*names[0], *names[1]):
            if name not in self.edition_names:
                near = get_close_matches(name, self.edition_names, 1)
                known = ", ".join(f"`{each}`" for each in sorted(self.edition_names))
                self.problem(
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
            if not self.selected(block.attributes, block.span, _kind(block)):
                self._hide(block)
                continue
            match block:
                case Quotation() | Epigraph() | Letter() | EditorialMatter() | Division():
                    inner = self.keep(block.blocks, texts)
                    if inner or not block.blocks:
                        kept.append(replace(block, blocks=inner))
                case ItemList():
                    items = _left(block, [self.keep(item.blocks, texts) for item in block.items])
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
                    if not _is_emptied(block.inlines, words):
                        kept.append(replace(block, inlines=words))
                case Paragraph():
                    inlines = self.keep_inlines(block.inlines, texts)
                    if not _is_emptied(block.inlines, inlines):
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
                            if not _is_emptied(line.inlines, words := self.keep_inlines(line.inlines, texts))
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
        if _is_emptied(entry.term, term) and not any(definitions):
            return None
        return replace(entry, term=term, definitions=definitions)

    def _keep_rows(self, rows: tuple[Row, ...], texts: Mapping[str, NoteText]) -> tuple[Row, ...]:
        return tuple(
            replace(row, cells=tuple(replace(cell, blocks=self.keep(cell.blocks, texts)) for cell in row.cells))
            for row in rows
        )

    def keep_inlines(self, inlines: tuple[Inline, ...], texts: Mapping[str, NoteText]) -> tuple[Inline, ...]:
        kept: list[Inline] = []
        inlines = _called_together(inlines)
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
                        image = self._image(node)
                        kept.append(self._silent(image, "") if _is_decorative(image, image.attributes) else image)
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
        return Selection(_names(only), _names(excluded)).includes(self.settings.name)

    def _image(self, image: Image) -> Image:
        target = image.target
        folder = image.span.path.rpartition("/")[0]
        candidates = (target, f"{folder}/{target}" if folder else target)
        found = next((name for name in map(_normal, candidates) if name in self.images), None)
        if found is None:
            near = get_close_matches(target, sorted(self.images), 1, 0.5)
            self.problem(
                "image-missing",
                f"the picture `{target}` is not in the book's folder",
                image.span,
                f"did you mean `{near[0]}`?" if near else "paths count from the folder of the book",
            )
            return image
        return replace(image, target=found)

    def _hide(self, block: Block) -> None:
        """Remember the ids inside something that is left out, so that a reference can say so."""
        for inner in _within(block):
            if inner.attributes.id:
                self.hidden.setdefault(inner.attributes.id, inner.span)

    # Ids ------------------------------------------------------------------------------------

    def unit_name(self, wanted: str, key: tuple[str, int]) -> str:
        """Return a slug no other unit has, the same in every edition."""
        name = self.plan.names.get(key, "") if self.plan is not None else ""
        name = name or self._fresh_name(wanted)
        self.names.add(name)
        self.made_plan.names[key] = name
        return name

    def _fresh_name(self, wanted: str) -> str:
        base = wanted or "text"
        name, count = base, 1
        while name in self.names:
            count += 1
            name = f"{base}-{count}"
        self.names.add(name)
        return name

    def claim(self, attributes: Attributes, made: str, span: Span) -> Attributes:
        """Return the attributes with an id that is unique in the book: the author's, or `made`."""
        wanted = attributes.id
        if not wanted:
            return replace(attributes, id=self._free(made))
        written = re.sub(r"[^\w.-]", "-", wanted)
        if not re.match(r"[^\W\d]", written):
            written = f"id-{written}"
        key = unicodedata.normalize("NFC", written).casefold()
        first = self.ids.get(key)
        if key in self.ids:
            self.problem(
                "id-doubled",
                f"the id `{wanted}` is given twice",
                span,
                "give one of the two places another id",
                ((first, "first given here"),) if first is not None else (),
            )
            return replace(attributes, id=self._free(made))
        self.ids[key] = span
        return replace(attributes, id=written)

    def _free(self, made: str) -> str:
        name, count = made, 1
        while unicodedata.normalize("NFC", name).casefold() in self.ids:
            count += 1
            name = f"{made}-{count}"
        self.ids[unicodedata.normalize("NFC", name).casefold()] = None
        return name

    def target(self, wanted: str, id: str, unit: str, text: str, span: Span) -> None:
        """Note that the author's id `wanted` stands for the element `id`."""
        if wanted:
            self.targets.setdefault(wanted, _Target(id, unit, text, span))

    # Numbering ------------------------------------------------------------------------------

    def number(self, draft: _Draft) -> None:
        """Give ids and numbers to all that a unit holds."""
        if draft.heading is not None:
            attributes = draft.heading.attributes
            id = self.claim(attributes, f"{draft.name}-h", draft.heading.span).id
            draft.heading = replace(draft.heading, attributes=replace(attributes, id=id))
            for marker in draft.printed:
                self.page_marker(marker, "")
            title = plain(draft.title)
            words = draft.number or self.vocabulary["section"].format(title)
            self.target(attributes.id, id, draft.name, words, draft.heading.span)
            self.inlines(draft, draft.title, "")
        draft.section = plain(draft.title or draft.listed)
        draft.blocks = self.blocks(draft, draft.blocks, draft.name, "")

    def blocks(self, draft: _Draft, blocks: tuple[Block, ...], prefix: str, outer: str) -> tuple[Block, ...]:
        out: list[Block] = []
        for block in blocks:
            draft.serial += 1
            made = f"{prefix}-{draft.serial}"
            key = (type(block).__name__, block.span)
            if self.plan is not None:
                made = self.plan.ids.get(key, made)
            attributes = self.claim(block.attributes, made, block.span)
            id = self.block_id = attributes.id
            self.made_plan.ids[key] = id
            wanted = block.attributes.id
            if (fault := place_fault(block)) is not None:
                self.problems.append(fault)
            words = self.vocabulary["section"].format(draft.section)
            new: Block
            match block:
                case Heading():
                    self.inlines(draft, block.inlines, outer)
                    title_words = title_only(block.inlines)
                    title = plain(block.inlines)
                    if is_run_in(block):
                        title_words, title = without_stop(title_words), title.removesuffix(".")
                    words = self.vocabulary["section"].format(title)
                    draft.section = title
                    if not outer:
                        draft.heads.append((block.level, id, title_words))
                    new = replace(block, attributes=attributes)
                case Paragraph():
                    self.inlines(draft, block.inlines, outer)
                    new = replace(block, attributes=attributes)
                case Quotation() | Epigraph() | Letter() | Division():
                    if isinstance(block, Division):
                        self.divisions.add(id)
                        if wanted == REGISTER or REGISTER in (block.name, *attributes.classes):
                            self.list_works(draft, block, id, register=True)
                        elif wanted == LIST_OF_WORKS or LIST_OF_WORKS in (block.name, *attributes.classes):
                            self.list_works(draft, block, id)
                    held, self.under = self.under, self.under or (id if notes_under(block) else "")
                    new = replace(block, attributes=attributes, blocks=self.blocks(draft, block.blocks, prefix, outer))
                    self.under = held
                case EditorialMatter():
                    signed = block.signed or self.book_editors()
                    if not signed:
                        self.problem(
                            "editorial-unsigned",
                            "nobody signs this editorial matter",
                            block.span,
                            'write `::: {.editorial signed="…"}`, or name an editor among the contributors',
                        )
                    new = replace(
                        block,
                        attributes=attributes,
                        signed=f"[{signed}]",
                        blocks=self.blocks(draft, block.blocks, prefix, outer),
                    )
                case ItemList():
                    new = replace(
                        block,
                        attributes=attributes,
                        items=tuple(
                            replace(item, blocks=self.blocks(draft, item.blocks, prefix, outer)) for item in block.items
                        ),
                    )
                case DefinitionList():
                    entries = []
                    for entry in block.entries:
                        self.inlines(draft, entry.term, outer)
                        entries.append(
                            replace(
                                entry,
                                definitions=tuple(
                                    self.blocks(draft, each, prefix, outer) for each in entry.definitions
                                ),
                            )
                        )
                    new = replace(block, attributes=attributes, entries=tuple(entries))
                case Figure():
                    if block.caption and "unnumbered" not in attributes.classes:
                        self.figures += 1
                        words = self.caption(self.vocabulary["figure"].format(self.figures), block.span)
                        self.captions[id] = words
                    self.list_caption(Register.FIGURES, draft, id, words, block.caption, outer)
                    self.inlines(draft, block.caption, outer)
                    self._described(block.image, attributes)
                    image = self._image(block.image)
                    if _is_decorative(image, attributes):
                        image = self._silent(image, plain(block.caption))
                    self._describe(draft, id, attributes, block.span, "the_picture")
                    new = replace(block, attributes=attributes, image=image)
                case Table():
                    if block.caption and "unnumbered" not in attributes.classes:
                        self.tables += 1
                        words = self.caption(self.vocabulary["table"].format(self.tables), block.span)
                        self.captions[id] = words
                    self.list_caption(Register.TABLES, draft, id, words, block.caption, outer)
                    self.inlines(draft, block.caption, outer)
                    self._describe(draft, id, attributes, block.span, "the_table")
                    new = replace(
                        block,
                        attributes=attributes,
                        head=self._rows(draft, block.head, prefix, outer),
                        body=self._rows(draft, block.body, prefix, outer),
                        foot=self._rows(draft, block.foot, prefix, outer),
                    )
                case Verse():
                    for stanza in block.stanzas:
                        for line in stanza:
                            self.inlines(draft, line.inlines, outer)
                    new = replace(block, attributes=attributes)
                case Equation():
                    if block.attributes.id and "unnumbered" not in attributes.classes:
                        self.equations += 1
                        number = self.caption(f"({self.equations})", block.span)
                        self.captions[id] = number
                        words = self.vocabulary["equation"].format(number)
                    self.formula(block.formula)
                    new = replace(block, attributes=attributes)
                case CodeBlock() | Break():
                    new = replace(block, attributes=attributes)
                case _:
                    assert_never(block)
            self.target(wanted, id, draft.name, words, block.span)
            out.append(new)
        return tuple(out)

    def caption(self, words: str, span: Span) -> str:
        """Return the label of a figure or table, which is the same in every edition."""
        if self.plan is not None:
            words = self.plan.captions.get(span, words)
        self.made_plan.captions[span] = words
        return words

    def _rows(self, draft: _Draft, rows: tuple[Row, ...], prefix: str, outer: str) -> tuple[Row, ...]:
        return tuple(
            replace(
                row,
                cells=tuple(replace(cell, blocks=self.blocks(draft, cell.blocks, prefix, outer)) for cell in row.cells),
            )
            for row in rows
        )

    def list_caption(
        self, register: Register, draft: _Draft, id: str, number: str, caption: tuple[Inline, ...], outer: str
    ) -> None:
        """Note a figure or table for its list; what has no number, or stands in a note, is not listed."""
        if caption and not outer and id in self.captions:
            entry = ContentsEntry(id, draft.name, 0, number, title_only(caption))
            self.listed[register] = (*self.listed.get(register, ()), entry)

    def frontispiece(self) -> Figure | None:
        """Return the picture that faces the title page, as a figure without a number."""
        plate = self.book.matter.frontispiece
        if plate is None:
            return None
        attributes = self.claim(Attributes(), "frontispiece-figure", plate.span)
        image = self._image(Image(plate.path, plate.alt, "", plate.span))
        caption = (Text(plate.caption, plate.span),) if plate.caption else ()
        return Figure(image, caption, plate.span, attributes)

    def _described(self, image: Image, attributes: Attributes) -> None:
        if not image.alt and not _is_decorative(image, attributes):
            self.problem(
                "alt-missing",
                f"the picture `{image.target}` has no words for those who cannot see it",
                image.span,
                'write `{alt="…"}` after it, or `{.decorative}` when it says nothing',
            )

    def inlines(self, draft: _Draft, inlines: tuple[Inline, ...], outer: str) -> None:
        """Number the notes that are called in inlines, and the words of those notes in turn."""
        self.touching = False
        self.called(draft, inlines, outer)

    def called(self, draft: _Draft, inlines: tuple[Inline, ...], outer: str) -> None:
        """Number notes; `touching` says on the way whether the sign before was a call."""
        for place, node in enumerate(inlines):
            if not isinstance(node, NoteCall) and not getattr(node, "inlines", ()):
                self.touching = False
            match node:
                case NoteCall():
                    touching = self.touching
                    self.call(draft, node, outer)
                    if touching and node.span in self.calls:
                        self.calls[node.span] = replace(self.calls[node.span], before=BETWEEN_CALLS)
                    self.touching = True
                case CiteCall():
                    self.place(draft, node, outer, inlines[:place], inlines[place + 1 :])
                case Image():
                    self._described(node, node.attributes)
                    if node.attributes.get(DESCRIBED_BY):
                        self.problem(
                            "description-target",
                            "a picture in a line has no place for a link to its description",
                            node.span,
                            "let the picture stand alone in its paragraph, as a figure",
                        )
                case Text() | SoftBreak() | LineBreak() | Code():
                    pass
                case Formula():
                    self.formula(node)
                case Phrase() if PAGE in node.attributes.classes:
                    self.page_marker(node, outer)
                    self.touching = False
                    if not is_printed_page(node):
                        self.called(draft, node.inlines, outer)
                case (
                    Emphasis()
                    | Strong()
                    | Strikeout()
                    | Superscript()
                    | Subscript()
                    | SmallCaps()
                    | Link()
                    | CrossRef()
                    | Foreign()
                    | Supplied()
                    | Phrase()
                ):
                    self.called(draft, node.inlines, outer)
                    self.touching = self.touching and not isinstance(node, Supplied)  # a bracket stands after its words
                case _:
                    assert_never(node)

    def formula(self, node: Formula) -> None:
        """Set a formula, and find the words that stand for it where it is not seen."""
        if find_fault(node.text) is not None:
            return  # `math-unreadable`, said by the parser
        try:
            setting = set_formula(node.text, node.display)
            draw(setting)
        except FormulaError as error:
            self.problem(
                "math-unreadable",
                f"this formula cannot be set: {error}",
                node.span,
                "write it in another way; the handbook says what a formula may hold",
            )
            return
        written = node.attributes.get("alt")
        self.formulas[node.span] = SetFormula(setting, written or spoken(setting, self.book.language))

    # Citations ------------------------------------------------------------------------------

    def place(
        self, draft: _Draft, node: CiteCall, outer: str, before: tuple[Inline, ...], after: tuple[Inline, ...]
    ) -> None:
        """Note where a citation stands: in which note, and between which words."""
        number, mark, series = self.ordinals.get(outer, (0, "", ""))
        if self.book.notes.restart is Restart.PAGE and self.settings.medium is Medium.PDF:
            mark = ""  # only the set pages say it
        words = plain(before).rstrip(" \n\u00a0\"'”’»)")
        self.placed.append(
            Placed(
                node,
                draft.name,
                draft.number or plain(draft.title or draft.listed),
                self.scope,
                number,
                mark,
                series,
                outer,
                self.block_id,
                not words or words[-1] in ".?!…",
                plain(after),
            )
        )

    def authority(self, list: str, found: bibliography.Authority) -> Authority:
        """Turn the places at which a work is cited into links: to the note, or to the paragraph."""
        id = self._free(f"{list}-work")
        return Authority(
            id,
            found.inlines,
            tuple(map(self.cited_at, found.places)),
            tuple(Pin(self._free(f"{id}-at"), pin, tuple(map(self.cited_at, places))) for pin, places in found.pins),
        )

    def cited_at(self, placed: Placed) -> Reference:
        paged = self.settings.medium is Medium.PDF
        words = self.vocabulary["note"].format(placed.mark) if placed.mark else ""
        words = f"{placed.chapter}, {words}" if words else placed.chapter
        before = " – " if paged else ""  # no word: pages of print are found again in EPUBs by the words they begin with
        return Reference(placed.note or placed.block, placed.unit, words, paged, before)

    def list_works(self, draft: _Draft, block: Division, id: str, *, register: bool = False) -> None:
        """Note that a division asks for a list of works: of all, of this chapter, or of some types."""
        scope = block.attributes.get("scope", "book")
        if scope not in ("book", "chapter"):
            self.problem(
                "list-scope",
                f"a list of works cannot be of the scope `{scope}`",
                block.span,
                'write `scope="chapter"`, or leave it out for the works of the whole book',
            )
        kinds = _names(block.attributes.get("kind"))
        self.listings.append(Listing(id, block.span, draft.name if scope == "chapter" else "", kinds, register))
        self.hosts[id] = draft.name

    # Pages of an older print ----------------------------------------------------------------

    def page_marker(self, node: Phrase, outer: str) -> None:
        """Look at the marker of a page: what it says, where it stands, and what stood before it."""
        if not is_printed_page(node):
            self.problem(
                "page-marker-invalid",
                "a page marker holds the number of a page and nothing else",
                node.span,
                "write it as `[p. 12]{.page}`, and a note after it",
            )
            return
        label = printed_label(node)
        if outer:
            self.problem(
                "page-marker-invalid",
                f"page `{label}` begins in a note, which stands in another place in each edition",
                node.span,
                "put the marker into the text; where it must be, say in words where the page begins",
            )
            return
        first = self.marked.setdefault(label, node.span)
        number = int(label) if label.isdecimal() else None
        if first is not node.span:
            self.problem(
                "page-marker-order",
                f"page `{label}` begins twice",
                node.span,
                "look at both places; give the pages of a second volume another label: `II 12`",
                ((first, "it first began here"),),
                Severity.WARNING,
            )
        elif number is not None and self.last_page is not None and number < self.last_page[0]:
            self.problem(
                "page-marker-order",
                f"page {number} begins after page {self.last_page[0]}",
                node.span,
                "look for a mistyped number",
                ((self.last_page[1], f"page {self.last_page[0]} begins here"),),
                Severity.WARNING,
            )
        if number is not None:
            self.last_page = (number, node.span)

    # Descriptions ---------------------------------------------------------------------------

    def _silent(self, image: Image, caption: str) -> Image:
        """Return a picture that only decorates, without the words that would stand for it."""
        if image.alt and " ".join(image.alt.split()) != " ".join(caption.split()):
            self.problem(
                "alt-decorative",
                f"the picture `{image.target}` only decorates, and yet has words for those who cannot see it",
                image.span,
                "delete `alt` or the words in its brackets, or delete `.decorative`",
            )
            return image
        return replace(image, alt="")

    def _describe(self, draft: _Draft, id: str, attributes: Attributes, span: Span, kind: str) -> None:
        """Remember that a figure or table wants to be linked with its long description."""
        target = attributes.get(DESCRIBED_BY).removeprefix("#")
        if target:
            back = self.captions.get(id) or self.vocabulary[kind]
            self.wanted.append((target, id, draft.name, self.vocabulary["back_to"].format(back), span))

    def descriptions(self) -> tuple[dict[str, Description], dict[str, tuple[Reference, ...]]]:
        """Return the links from figures and tables to their descriptions, and those that lead back."""
        forth: dict[str, Description] = {}
        back: dict[str, tuple[Reference, ...]] = {}
        paged = self.settings.medium is Medium.PDF
        for wanted, id, unit, words, span in self.wanted:
            target = self.targets.get(wanted)
            if target is None and wanted in self.hidden:
                continue  # this edition leaves the description out, as the author says
            if target is None or target.id not in self.divisions:
                known = [name for name, each in self.targets.items() if each.id in self.divisions]
                near = get_close_matches(wanted, known, 1)
                self.problem(
                    "description-target",
                    f"no division has the id `{wanted}`, which shall describe this",
                    span,
                    f"did you mean `{near[0]}`?"
                    if near
                    else f"write the description in `::: {{.description #{wanted}}}`",
                )
                continue
            text = self.vocabulary["description"]
            before = f", {self.vocabulary['page']} " if paged else ""
            reference = Reference(target.id, target.unit, text, paged, before)
            forth[id] = Description(self._free(f"{id}-description"), reference)
            before = f", {self.vocabulary['page']} " if paged else ""
            back[target.id] = (*back.get(target.id, ()), Reference(id, unit, words, paged, before))
        return forth, back

    def call(self, draft: _Draft, node: NoteCall, outer: str) -> None:
        text = draft.texts.get(node.key) or self.made.get(node.key)
        if text is None:
            return  # `note-missing`, said by the parser, which knows what is written in the file
        known = next((index for index, note in enumerate(draft.notes) if note.key == node.key), None)
        if known is not None:
            note = draft.notes[known]
            id = f"{draft.name}-ref-{known + 1}-{len(note.calls) + 1}"
            if self.plan is not None:
                id = self.plan.calls.get(node.span, id)
            self.made_plan.calls[node.span] = id
            draft.notes[known] = replace(note, calls=(*note.calls, id))
            self.calls[node.span] = Call(note.id, note.mark, id, first=False)
            return
        policy = self.book.notes.voice(text.voice)
        if policy is None:
            voices = [voice.name for voice in self.book.notes.voices]
            near = get_close_matches(text.voice, voices, 1)
            self.problem(
                "voice-unknown",
                f"no voice is called `{text.voice}`",
                text.span,
                f"did you mean `{near[0]}`?"
                if near
                else f"voices of this book: {', '.join(f'`{name}`' for name in voices)}; declare others in "
                f"`book.toml` under `[notes.voices.{text.voice}]`",
            )
            series, marks, label, signed = "notes", "decimal", "", ""
        else:
            series, marks, signed = policy.series, policy.marks, policy.signed
            label = policy.label_from(self.vocabulary.table["voices"])
            if policy.name == "textual" and not policy.label and self.settings.medium is Medium.PDF:
                label = ""  # its letter says it
        around = next((note for note in draft.notes if note.id == outer), None)
        home = around.home if around is not None else self.under
        if home:  # under their table notes are lettered, and no others are counted with them
            series, marks = f"under {home}", "lower-alpha"
            self.lettered[home] = self.lettered.get(home, 0) + 1
            mark = numeral(self.lettered[home], marks)
        else:
            self.series[series] = self.series.get(series, 0) + 1
            mark = numeral(self.series[series], marks)
        place = len(draft.notes) + 1
        wanted_id, wanted_call = f"{draft.name}-fn-{place}", f"{draft.name}-ref-{place}"
        if self.plan is not None:
            wanted_id, mark = self.plan.notes.get((draft.path, text.key), (wanted_id, mark))
            wanted_call = self.plan.calls.get(node.span, wanted_call)
        note = Note(
            id=self._free(wanted_id),
            key=text.key,
            voice=text.voice,
            mark=mark,
            label=label,
            signature=f"[{signed}]" if signed else "",
            blocks=(),
            calls=(self._free(wanted_call),),
            span=text.span,
            outer=outer,
            place=self.note_place(draft, policy, outer, home),
            home=home,
        )
        draft.notes.append(note)
        self.calls[node.span] = Call(note.id, mark, note.calls[0], first=True)
        self.made_plan.notes[(draft.path, text.key)] = (note.id, mark)
        self.made_plan.calls[node.span] = note.calls[0]
        self.ordinals[note.id] = (len(self.ordinals) + 1, mark, series)
        within, self.within_note = self.within_note, True
        blocks = self.keep(text.blocks, draft.texts)
        self.within_note = within
        held, draft.serial = draft.serial, 0
        blocks = self.blocks(draft, blocks, note.id, note.id)
        draft.serial = held
        draft.notes[place - 1] = replace(draft.notes[place - 1], blocks=blocks)
        wanted = f"^{draft.path}^{text.key}"
        self.targets[wanted] = _Target(note.id, draft.name, self.vocabulary["note"].format(mark), text.span)

    def note_place(self, draft: _Draft, policy: Voice | None, outer: str, home: str) -> NotePlace:
        """Return where a note stands in print: with the note that calls it, where its voice stands, where all do."""
        if self.settings.medium is not Medium.PDF:
            return NotePlace.FOOT
        if home:
            return NotePlace.UNDER
        around = next((note for note in draft.notes if note.id == outer), None)
        if around is not None:
            return around.place
        own = policy.place if policy is not None else None
        place = own or self.settings.notes or self.book.notes.place
        beside = place is NotePlace.BESIDE and not TRIMS[self.settings.trim].note_column
        return NotePlace.FOOT if beside else place

    def book_editors(self) -> str:
        names = tuple(each.name for each in self.book.by_role("edt"))
        return self.vocabulary.listed(names)

    # References -----------------------------------------------------------------------------

    def references(self, drafts: Iterable[_Draft]) -> dict[Span, Reference]:
        found: dict[Span, Reference] = {}
        for draft in drafts:
            nodes = list(_references_in(draft.title))
            for block in draft.blocks:
                nodes.extend(_references(block))
            for note in draft.notes:
                for block in note.blocks:
                    nodes.extend(_references(block))
            for node in nodes:
                reference = self.reference(node, draft)
                if reference is not None:
                    found[node.span] = reference
        return found

    def reference(self, node: CrossRef, draft: _Draft) -> Reference | None:
        wanted = f"^{draft.path}^{node.target[1:]}" if node.target.startswith("^") else node.target
        target = self.targets.get(wanted)
        if target is None:
            if node.target in self.hidden:
                self.problem(
                    "reference-omitted",
                    f"the edition `{self.settings.name}` leaves out `{node.target}`, to which this refers",
                    node.span,
                    "leave the reference out of the same editions, or keep its target",
                    ((self.hidden[node.target], "left out here"),),
                )
                return None
            note = node.target.startswith("^")
            known = [key for key in self.targets if not key.startswith("^")]
            if note:
                known = [f"^{key.rpartition('^')[2]}" for key in self.targets if key.startswith(f"^{draft.path}^")]
            near = get_close_matches(node.target, known, 1)
            self.problem(
                "reference-dead",
                f"nothing in the book has the id `{node.target}`"
                if not note
                else f"no note of this file is called with the key `{node.target[1:]}`",
                node.span,
                f"did you mean `{near[0]}`?" if near else "give the place an id: `# Title {#id}`",
            )
            return None
        paged = self.settings.medium is Medium.PDF and node.page
        by_page = self.settings.medium is Medium.PDF and self.book.notes.restart is Restart.PAGE
        if by_page and node.target.startswith("^") and not node.inlines and not node.page:
            # every page has a note 1
            return Reference(target.id, target.unit, target.text, page=True, before=f", {self.vocabulary['page']} ")
        if not paged:
            return Reference(target.id, target.unit, "" if node.inlines else target.text)
        page = self.vocabulary["page"]
        before = f", {page} " if node.inlines else f"{page} "
        return Reference(target.id, target.unit, "", page=True, before=before)


def _numbered(manuscript: Manuscript, resolver: _Resolver) -> tuple[_Resolver, list[_Draft]]:
    """Cut the manuscript into units and number all that they hold."""
    book = resolver.book
    leaves = {leaf.path: leaf for leaf in manuscript.leaves}
    for fixed in ("title-page", "imprint", "contents", "colophon", "cover", "nav", "half-title", "notes", "plates"):
        resolver.names.add(fixed)
    if book.matter != Matter():
        resolver.names.update(("series-page", "frontispiece", "dedication", "edition-note"))
        resolver.names.update(("list-of-figures", "list-of-tables"))
    drafts: list[_Draft] = []
    part: int | None = None
    for entry in book.entries:
        leaf = leaves.get(entry.path)
        if leaf is None:
            continue
        if entry.part is not None and entry.part != part:
            part = entry.part
            drafts.extend(_part(resolver, part))
        if entry.part is None:
            part = None
        drafts.extend(_cut(resolver, entry, leaf))
    _number_units(resolver, drafts)
    restart = book.notes.restart
    reset = book.citations.reset or restart
    for draft in drafts:
        if reset in (Restart.CHAPTER, Restart.PAGE) or (reset is Restart.PART and draft.kind is UnitKind.PART):
            resolver.scope = draft.name
        if restart in (Restart.CHAPTER, Restart.PAGE) or (restart is Restart.PART and draft.kind is UnitKind.PART):
            resolver.series.clear()
        resolver.number(draft)
    return resolver, drafts


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
    resolver, drafts = _numbered(manuscript, _Resolver(book, settings, images, citing))
    if resolver.omissions:
        # What this edition leaves out has its numbers all the same: a chapter, a note, a figure has one name in all.
        whole, _ = _numbered(manuscript, _Resolver(book, settings, images, citing, whole=True))
        planned = _Resolver(book, settings, images, citing, whole.made_plan)
        resolver, drafts = _numbered(manuscript, planned)
        resolver.omissions.extend(_gone_with_calls(manuscript, resolver, drafts))
    restart = book.notes.restart
    for draft in drafts:
        draft.id = resolver._free(draft.name)
    references = resolver.references(drafts)
    described, describing = resolver.descriptions()
    citations, said = cite(
        resolver.placed,
        citing,
        resolver.listings,
        ibid=next(
            (asked for asked in (settings.ibid, book.citations.ibid) if asked is not None),
            settings.medium is Medium.PDF,
        ),
        restarts=restart in (Restart.CHAPTER, Restart.PAGE),
    )
    resolver.problems.extend(said)
    if resolver.placed and not resolver.listings and not citing.in_notes and citing.library.references:
        resolver.problem(
            "works-unlisted",
            "works are cited here in the text, and no list says which they are",
            resolver.placed[0].call.span,
            "write `::: {#refs}` and `:::` where the works shall be listed",
            severity=Severity.WARNING,
        )
    references.update({span: Reference(id, unit, "") for span, (id, unit) in citations.back.items()})
    if settings.pages is PageSource.MANUSCRIPT and not resolver.marked:
        resolver.problem(
            "page-marker-missing",
            f"the edition `{settings.name}` lists the pages that the manuscript marks, but it marks none",
            settings.span,
            "write `[p. 12]{.page}` where page 12 of the older print begins",
        )
    units = tuple(_finish(resolver, draft) for draft in drafts)
    units = with_plates(units, settings, resolver.calls, book.matter.plates)
    contents = tuple(_contents(resolver, drafts))
    words = _words(resolver)
    front, back = generated_units(
        book,
        settings,
        resolver.vocabulary,
        bool(contents),
        resolver.listed,
        resolver.frontispiece(),
        mathematics=bool(resolver.formulas) and settings.medium is Medium.PDF,
    )
    if any(note.place is NotePlace.BOOK for unit in units for note in unit.notes):
        back = (notes_page(resolver.vocabulary), *back)
    if contents:
        place = book.matter.span or Span(book.settings, 0, 0)
        contents = (*listed_pages(front, place), *contents, *listed_pages(back, place))
    lists = {
        id: tuple(replace(work, id=resolver._free(f"{id}-work")) for work in works)
        for id, works in citations.lists.items()
    }
    registers = {id: tuple(resolver.authority(id, work) for work in works) for id, works in citations.registers.items()}
    entries = {(id, work.key): work.id for id, works in lists.items() for work in works}
    for id, works in citations.registers.items():
        entries.update({(id, work.key): made.id for work, made in zip(works, registers[id], strict=True)})
    for span, (id, key) in citations.works.items():
        references[span] = Reference(entries[id, key], resolver.hosts[id], "", role="doc-biblioref")
    references.update({span: Reference(id, unit, "", role="work") for span, (id, unit) in citations.first.items()})
    edition = Edition(
        book=book,
        settings=settings,
        words=words,
        units=(*front, *units, *back),
        contents=contents,
        calls=resolver.calls,
        references=references,
        captions=resolver.captions,
        omissions=tuple(dict.fromkeys(resolver.omissions)),
        formulas=resolver.formulas,
        described=described,
        describing=describing,
        citations=citations.printed,
        lists=lists,
        registers=registers,
        numbers=_paragraph_numbers(units) if book.theme.paragraph_numbers else {},
    )
    resolver.problems.extend(unsupported(manuscript, book, settings))
    return edition, tuple(resolver.problems)


def _gone_with_calls(manuscript: Manuscript, resolver: _Resolver, drafts: Iterable[_Draft]) -> Iterable[Omission]:
    """Yield the notes that an edition leaves out because it leaves out what calls them."""
    there = {draft.path for draft in drafts}
    assert resolver.plan is not None
    for leaf in manuscript.leaves:
        for note in leaf.notes if leaf.path in there else ():
            known = (leaf.path, note.key)
            if (
                not note.key.startswith("inline-")
                and known in resolver.plan.notes
                and known not in resolver.made_plan.notes
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


def _words(resolver: _Resolver) -> Words:
    vocabulary = resolver.vocabulary
    return Words(
        language=resolver.book.language,
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
        editorial_matter=resolver.book.editorial_label or vocabulary["editorial_matter"],
        cover=vocabulary["cover"],
        voices=dict(vocabulary.table["voices"]),
    )


def _part(resolver: _Resolver, index: int) -> Iterable[_Draft]:
    part = resolver.book.parts[index]
    if not resolver.whole and not part.selection.includes(resolver.settings.name):
        if part.span is not None:
            resolver.omissions.append(Omission("part", part.span))
        return
    span = part.span or Span(resolver.book.settings, 0, 0)
    title: tuple[Inline, ...] = (Text(part.title, span),)
    yield _Draft(
        name=resolver.unit_name(f"part-{slug(part.title) or index + 1}", ("", index)),
        key=("", index),
        kind=UnitKind.PART,
        place=Place.BODY,
        entry=None,
        part=index,
        title=title,
        heading=Heading(1, title, span),
        span=part.span,
        path=resolver.book.settings,
        number=resolver.vocabulary["part"].format(part.number) if part.number else "",
    )


def _cut(resolver: _Resolver, entry: Entry, leaf: Leaf) -> Iterable[_Draft]:
    """Cut a file at its heads of level 1; each stretch is a unit."""
    name = resolver.settings.name
    part = None if entry.part is None else resolver.book.parts[entry.part]
    selected = entry.selection.includes(name) and (part is None or part.selection.includes(name))
    if not selected and not resolver.whole:
        first = leaf.blocks[0] if leaf.blocks else None
        span = first.span if isinstance(first, Heading) else Span(leaf.path, 0, 0)
        resolver.omissions.append(Omission("chapter", span))
        for block in leaf.blocks:
            resolver._hide(block)
        return
    texts: dict[str, NoteText] = {}
    for text in leaf.notes:
        resolver.selected(text.attributes, text.span, "note")
        texts.setdefault(text.key, text)
    pieces: list[tuple[Heading | None, list[Block]]] = []
    for block in leaf.blocks:
        if isinstance(block, Heading) and block.level == 1:
            if not resolver.selected(block.attributes, block.span, "heading"):
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
        kept = resolver.keep(tuple(blocks), texts)
        pages: tuple[Phrase, ...] = ()
        if heading is not None:
            pages, words = part_pages(resolver.keep_inlines(heading.inlines, texts))
            heading = replace(heading, inlines=words)
            title, listed = heading.inlines, title_only(heading.inlines)
        else:
            place = entry.span or Span(leaf.path, 0, 0)
            title = listed = (Text(entry.title, place),) if entry.title and position == 0 else ()
            if title:
                heading = Heading(1, title, place)
            elif position == 0:
                resolver.problem(
                    "chapter-untitled",
                    "this file has no head of level 1",
                    Span(leaf.path, 0, 0),
                    f"begin it with `# Title`, or give it a `title` in `{resolver.book.settings}`",
                )
        name = stem if position == 0 else slug(plain(title)) or stem
        yield _Draft(
            name=resolver.unit_name(name, (leaf.path, position)),
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


def _number_units(resolver: _Resolver, drafts: list[_Draft]) -> None:
    chapters = appendices = 0
    for draft in drafts:
        if draft.kind is not UnitKind.CHAPTER or draft.entry is None or draft.heading is None:
            continue
        if not draft.entry.numbered or "unnumbered" in draft.heading.attributes.classes:
            continue
        if draft.place is Place.BODY:
            chapters += 1
            draft.number = resolver.vocabulary["chapter"].format(chapters)
        elif draft.place is Place.APPENDIX:
            appendices += 1
            draft.number = resolver.vocabulary["appendix"].format(numeral(appendices, "upper-alpha"))
    for draft in drafts:
        if resolver.plan is not None and draft.key in resolver.plan.numbers:
            draft.number = resolver.plan.numbers[draft.key]
        resolver.made_plan.numbers[draft.key] = draft.number


def _authors(draft: _Draft) -> tuple[Contributor, ...]:
    if draft.entry is not None and draft.entry.authors:
        return draft.entry.authors
    if draft.heading is None:
        return ()
    written = draft.heading.attributes.get("authors") or draft.heading.attributes.get("author")
    return tuple(
        Contributor(name, " ".join(name.split()), ("aut",)) for name in map(str.strip, written.split(";")) if name
    )


def _short(draft: _Draft) -> str:
    written = draft.entry.short if draft.entry is not None else ""
    if not written and draft.heading is not None:
        written = draft.heading.attributes.get("short")
    words = " ".join(plain(draft.title or draft.listed, pictures=False).split())
    return written or words or " ".join(plain(draft.title or draft.listed).split())


def _finish(resolver: _Resolver, draft: _Draft) -> Unit:
    part = resolver.book.parts[draft.part] if draft.kind is UnitKind.PART and draft.part is not None else None
    return Unit(
        name=draft.name,
        id=draft.id,
        kind=draft.kind,
        place=draft.place,
        heading=draft.heading.attributes.id if draft.heading is not None else "",
        number=draft.number,
        title=draft.title,
        short=(part.short if part is not None else "") or _short(draft),
        authors=_authors(draft),
        blocks=draft.blocks,
        notes=tuple(draft.notes),
        path=draft.path,
        span=draft.span,
        printed=draft.printed,
    )


def _contents(resolver: _Resolver, drafts: Iterable[_Draft]) -> Iterable[ContentsEntry]:
    for draft in drafts:
        base = 1 if draft.part is not None and draft.kind is not UnitKind.PART else 0
        listed = title_only(draft.title) if draft.heading is not None else draft.listed
        if listed:
            yield ContentsEntry(
                id=draft.heading.attributes.id if draft.heading is not None else draft.id,
                unit=draft.name,
                level=base,
                number=draft.number,
                title=listed,
                authors=tuple(author.name for author in _authors(draft)),
            )
        for level, id, title in draft.heads:
            if level <= CONTENTS_DEPTH:
                yield ContentsEntry(id=id, unit=draft.name, level=base + level - 1, number="", title=title)


# Citations ------------------------------------------------------------------------------------

REGISTER = "authorities"
"""The id or class of a division that says of every work where it is cited."""

LIST_OF_WORKS = "refs"
"""The id or class of a division in which the works that are cited shall be listed."""

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


# Walking --------------------------------------------------------------------------------------


def _is_blank(node: Inline) -> bool:
    return isinstance(node, SoftBreak | LineBreak) or (isinstance(node, Text) and not node.text.strip())


def _is_emptied(before: tuple[Inline, ...], after: tuple[Inline, ...]) -> bool:
    """Say whether nothing is left of words of which an edition leaves some out."""
    return after != before and all(map(_is_blank, after)) and not all(map(_is_blank, before))


def _left(block: ItemList, kept: list[tuple[Block, ...]]) -> tuple[Item, ...]:
    """Return the items of a list that are left, each under the number it has in the whole list."""
    items: list[Item] = []
    for place, (item, blocks) in enumerate(zip(block.items, kept, strict=True)):
        if item.blocks and not blocks:
            continue
        own = block.start + place if block.start is not None and place != len(items) else None
        items.append(replace(item, blocks=blocks, number=own))
    return tuple(items)


def _called_together(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return inlines without the blanks between two calls: a comma will part them, and no line may."""
    out: list[Inline] = []
    for place, node in enumerate(inlines):
        following = inlines[place + 1] if place + 1 < len(inlines) else None
        between = out and isinstance(out[-1], NoteCall) and isinstance(following, NoteCall)
        if not (between and _is_blank(node) and not isinstance(node, LineBreak)):
            out.append(node)
    return tuple(out)


def _names(written: str) -> tuple[str, ...]:
    return tuple(written.replace(",", " ").split())


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return path
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _is_decorative(image: Image, attributes: Attributes) -> bool:
    return "decorative" in image.attributes.classes or "decorative" in attributes.classes


def _kind(block: Block) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(block).__name__).lower()


def _within(block: Block) -> Iterable[Block]:
    yield block
    for inner in children(block):
        yield from _within(inner)


def _references_in(inlines: tuple[Inline, ...]) -> Iterable[CrossRef]:
    for node in inlines:
        if isinstance(node, CrossRef):
            yield node
        if not isinstance(node, Text | SoftBreak | LineBreak | Code | Formula | Image | NoteCall | CiteCall):
            yield from _references_in(node.inlines)


def _references(block: Block) -> Iterable[CrossRef]:
    match block:
        case Heading() | Paragraph():
            yield from _references_in(block.inlines)
        case Figure() | Table():
            yield from _references_in(block.caption)
        case Verse():
            for stanza in block.stanzas:
                for line in stanza:
                    yield from _references_in(line.inlines)
        case DefinitionList():
            for entry in block.entries:
                yield from _references_in(entry.term)
        case (
            Quotation()
            | Epigraph()
            | Letter()
            | EditorialMatter()
            | Division()
            | ItemList()
            | CodeBlock()
            | Break()
            | Equation()
        ):
            pass
        case _:
            assert_never(block)
    for inner in children(block):
        yield from _references(inner)


def _images_in(inlines: tuple[Inline, ...]) -> Iterable[Image]:
    for node in inlines:
        if isinstance(node, Image):
            yield node
        elif not isinstance(node, Text | SoftBreak | LineBreak | Code | Formula | NoteCall | CiteCall):
            yield from _images_in(node.inlines)


def _images(block: Block) -> Iterable[Image]:
    match block:
        case Heading() | Paragraph():
            yield from _images_in(block.inlines)
        case Figure():
            yield block.image
            yield from _images_in(block.caption)
        case Table():
            yield from _images_in(block.caption)
        case Verse():
            for stanza in block.stanzas:
                for line in stanza:
                    yield from _images_in(line.inlines)
        case DefinitionList():
            for entry in block.entries:
                yield from _images_in(entry.term)
        case (
            Quotation()
            | Epigraph()
            | Letter()
            | EditorialMatter()
            | Division()
            | ItemList()
            | CodeBlock()
            | Break()
            | Equation()
        ):
            pass
        case _:
            assert_never(block)
    for inner in children(block):
        yield from _images(inner)


def pictures(edition: Edition) -> Iterable[Image]:
    """Yield every picture of an edition, in the order of the text; its `target` is a path in the book's folder."""
    for unit in edition.units:
        yield from _images_in(unit.title)
        for block in unit.blocks:
            yield from _images(block)
        for note in unit.notes:
            for block in note.blocks:
                yield from _images(block)
