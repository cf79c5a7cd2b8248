"""Numbers, labels and ids for all that a unit holds: notes, figures, tables, formulas, citations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import assert_never

from pipeline.bibliography import Citing, Listing, Placed
from pipeline.book import (
    TRIMS,
    Book,
    EditionSettings,
    Medium,
    NotePlace,
    Register,
    Restart,
    Voice,
)
from pipeline.edition.drafts import Draft, Plan, Report, Target
from pipeline.edition.ids import Ids
from pipeline.edition.markers import Markers
from pipeline.edition.numerals import numeral
from pipeline.edition.placing import notes_under, place_fault
from pipeline.edition.plain import plain, title_only, without_stop
from pipeline.edition.printed import PAGE, is_printed_page
from pipeline.edition.selection import Selector
from pipeline.edition.values import (
    Call,
    ContentsEntry,
    Note,
    SetFormula,
)
from pipeline.edition.walk import is_decorative, names_in
from pipeline.edition.words import ENGLISH, LANGUAGES, Vocabulary, vocabulary
from pipeline.formulas import LANGUAGES as SPOKEN
from pipeline.formulas import FormulaError, draw, find_fault, set_formula, speak
from pipeline.manuscript import (
    Attributes,
    Block,
    Break,
    CiteCall,
    Code,
    CodeBlock,
    CrossRef,
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
    is_run_in,
)
from pipeline.source import Severity, Span

DESCRIBED_BY = "described-by"
"""The key with which a figure or table names the division that describes it."""

BETWEEN_CALLS = ","
"""What parts two calls at one place; without it "4" and "5" would be read as 45."""
REGISTER = "authorities"
"""The id or class of a division that says of every work where it is cited."""

LIST_OF_WORKS = "refs"
"""The id or class of a division in which the works that are cited shall be listed."""


class Numbering:
    """Numbers what an edition holds; its counters go on from unit to unit."""

    def __init__(
        self,
        book: Book,
        settings: EditionSettings,
        images: Collection[str],
        citing: Citing,
        plan: Plan | None = None,
        *,
        whole: bool = False,
    ) -> None:
        self.book = book
        self.settings = settings
        self.vocabulary: Vocabulary = vocabulary(book.language) or ENGLISH
        self.report = Report()
        self.ids = Ids(plan, self.report)
        self.select = Selector(book, settings, images, citing, self.report, self.vocabulary, whole=whole)
        self.markers = Markers(self.report)
        self.touching = False
        self.placed: list[Placed] = []
        self.listings: list[Listing] = []
        self.hosts: dict[str, str] = {}
        """the unit in which each list stands"""
        self.printed: Mapping[CiteCall, tuple[Inline, ...]] = {}
        """what citations print, as soon as it is known"""
        self.ordinals: dict[str, tuple[int, str, str]] = {}
        self.scope = ""
        self.block_id = ""
        self.captions: dict[str, str] = {}
        self.calls: dict[Span, Call] = {}
        self.series: dict[str, int] = {}
        self.figures = self.tables = self.equations = 0
        self.under = ""
        self.lettered: dict[str, int] = {}
        self.formulas: dict[Span, SetFormula] = {}
        self.unsaid: set[str] = set()
        """signs without a word for listeners that were told; "" when the language has none for any"""
        self.listed: dict[Register, tuple[ContentsEntry, ...]] = {}
        self.wanted: list[tuple[str, str, str, str, Span]] = []
        self.divisions: set[str] = set()
        if self.vocabulary.language not in book.language.lower().split("-")[0]:
            self.report.problem(
                "language-words",
                f"Stet has no labels in `{book.language}` yet; English ones are used",
                None,
                f"languages with labels: {', '.join(LANGUAGES)}; `label` of each voice can be set in `book.toml`",
                severity=Severity.WARNING,
            )

    def number(self, draft: Draft) -> None:
        """Give ids and numbers to all that a unit holds."""
        self.markers.enter(draft.part)
        if draft.heading is not None:
            attributes = draft.heading.attributes
            id = self.ids.claim(attributes, f"{draft.name}-h", draft.heading.span).id
            draft.heading = replace(draft.heading, attributes=replace(attributes, id=id))
            for marker in draft.printed:
                self.markers.look(marker, "")
            title = plain(draft.title)
            words = draft.number or self.vocabulary["section"].format(title)
            self.ids.target(attributes.id, id, draft.name, words, draft.heading.span)
            self.inlines(draft, draft.title, "")
        draft.section = plain(draft.title or draft.listed)
        draft.blocks = self.blocks(draft, draft.blocks, draft.name, "")

    def blocks(self, draft: Draft, blocks: tuple[Block, ...], prefix: str, outer: str) -> tuple[Block, ...]:
        out: list[Block] = []
        for block in blocks:
            draft.serial += 1
            made = f"{prefix}-{draft.serial}"
            key = (type(block).__name__, block.span)
            if self.ids.plan is not None:
                made = self.ids.plan.ids.get(key, made)
            attributes = self.ids.claim(block.attributes, made, block.span)
            id = self.block_id = attributes.id
            self.ids.made_plan.ids[key] = id
            wanted = block.attributes.id
            if (fault := place_fault(block)) is not None:
                self.report.problems.append(fault)
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
                        self.report.problem(
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
                    self.described(block.image, attributes)
                    image = self.select.image(block.image)
                    if is_decorative(image, attributes):
                        image = self.select.silent(image, plain(block.caption))
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
            self.ids.target(wanted, id, draft.name, words, block.span)
            out.append(new)
        return tuple(out)

    def caption(self, words: str, span: Span) -> str:
        """Return the label of a figure or table, which is the same in every edition."""
        if self.ids.plan is not None:
            words = self.ids.plan.captions.get(span, words)
        self.ids.made_plan.captions[span] = words
        return words

    def _rows(self, draft: Draft, rows: tuple[Row, ...], prefix: str, outer: str) -> tuple[Row, ...]:
        return tuple(
            replace(
                row,
                cells=tuple(replace(cell, blocks=self.blocks(draft, cell.blocks, prefix, outer)) for cell in row.cells),
            )
            for row in rows
        )

    def list_caption(
        self, register: Register, draft: Draft, id: str, number: str, caption: tuple[Inline, ...], outer: str
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
        attributes = self.ids.claim(Attributes(), "frontispiece-figure", plate.span)
        image = self.select.image(Image(plate.path, plate.alt, "", plate.span))
        caption = (Text(plate.caption, plate.span),) if plate.caption else ()
        return Figure(image, caption, plate.span, attributes)

    def described(self, image: Image, attributes: Attributes) -> None:
        if not image.alt and not is_decorative(image, attributes):
            self.report.problem(
                "alt-missing",
                f"the picture `{image.target}` has no words for those who cannot see it",
                image.span,
                'write `{alt="…"}` after it, or `{.decorative}` when it says nothing',
            )

    def inlines(self, draft: Draft, inlines: tuple[Inline, ...], outer: str) -> None:
        """Number the notes that are called in inlines, and the words of those notes in turn."""
        self.touching = False
        self.called(draft, inlines, outer)

    def called(self, draft: Draft, inlines: tuple[Inline, ...], outer: str) -> None:
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
                    self.described(node, node.attributes)
                    if node.attributes.get(DESCRIBED_BY):
                        self.report.problem(
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
                    self.markers.look(node, outer)
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
            self.report.problem(
                "math-unreadable",
                f"this formula cannot be set: {error}",
                node.span,
                "write it in another way; the handbook says what a formula may hold",
            )
            return
        written = node.attributes.get("alt")
        if written:
            self.formulas[node.span] = SetFormula(setting, written)
            return
        speech = speak(setting, self.book.language)
        self.formulas[node.span] = SetFormula(setting, speech.words, speech.whole)
        for sign in speech.unsaid if speech.known else ("",):
            if sign not in self.unsaid:
                self.unsaid.add(sign)
                self.unspoken(sign, node.span)

    def unspoken(self, sign: str, span: Span) -> None:
        """Tell, once for each, what listeners hear as a bare sign, or that they hear the source of all formulas."""
        language = self.book.language
        self.report.problem(
            "math-unspoken",
            f"listeners have no word for `{sign}` in `{language}`"
            if sign
            else f"formulas cannot be read aloud in `{language}`: listeners meet their source in TeX",
            span,
            'write the words after the dollars: `$…${alt="…"}`' + ("" if sign else f"; known are {', '.join(SPOKEN)}"),
            severity=Severity.WARNING,
        )

    # Citations ------------------------------------------------------------------------------

    def place(
        self, draft: Draft, node: CiteCall, outer: str, before: tuple[Inline, ...], after: tuple[Inline, ...]
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

    def list_works(self, draft: Draft, block: Division, id: str, *, register: bool = False) -> None:
        """Note that a division asks for a list of works: of all, of this chapter, or of some types."""
        scope = block.attributes.get("scope", "book")
        if scope not in ("book", "chapter"):
            self.report.problem(
                "list-scope",
                f"a list of works cannot be of the scope `{scope}`",
                block.span,
                'write `scope="chapter"`, or leave it out for the works of the whole book',
            )
        kinds = names_in(block.attributes.get("kind"))
        self.listings.append(Listing(id, block.span, draft.name if scope == "chapter" else "", kinds, register))
        self.hosts[id] = draft.name

    def _describe(self, draft: Draft, id: str, attributes: Attributes, span: Span, kind: str) -> None:
        """Remember that a figure or table wants to be linked with its long description."""
        target = attributes.get(DESCRIBED_BY).removeprefix("#")
        if target:
            back = self.captions.get(id) or self.vocabulary[kind]
            self.wanted.append((target, id, draft.name, self.vocabulary["back_to"].format(back), span))

    def call(self, draft: Draft, node: NoteCall, outer: str) -> None:
        text = draft.texts.get(node.key) or self.select.made.get(node.key)
        if text is None:
            return  # `note-missing`, said by the parser, which knows what is written in the file
        known = next((index for index, note in enumerate(draft.notes) if note.key == node.key), None)
        if known is not None:
            note = draft.notes[known]
            id = f"{draft.name}-ref-{known + 1}-{len(note.calls) + 1}"
            if self.ids.plan is not None:
                id = self.ids.plan.calls.get(node.span, id)
            self.ids.made_plan.calls[node.span] = id
            draft.notes[known] = replace(note, calls=(*note.calls, id))
            self.calls[node.span] = Call(note.id, note.mark, id, first=False)
            return
        policy = self.book.notes.voice(text.voice)
        if policy is None:
            voices = [voice.name for voice in self.book.notes.voices]
            near = get_close_matches(text.voice, voices, 1)
            self.report.problem(
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
        if self.ids.plan is not None:
            wanted_id, mark = self.ids.plan.notes.get((draft.path, text.key), (wanted_id, mark))
            wanted_call = self.ids.plan.calls.get(node.span, wanted_call)
        note = Note(
            id=self.ids.free(wanted_id),
            key=text.key,
            voice=text.voice,
            mark=mark,
            label=label,
            signature=f"[{signed}]" if signed else "",
            blocks=(),
            calls=(self.ids.free(wanted_call),),
            span=text.span,
            outer=outer,
            place=self.note_place(draft, policy, outer, home),
            home=home,
        )
        draft.notes.append(note)
        self.calls[node.span] = Call(note.id, mark, note.calls[0], first=True)
        self.ids.made_plan.notes[(draft.path, text.key)] = (note.id, mark)
        self.ids.made_plan.calls[node.span] = note.calls[0]
        self.ordinals[note.id] = (len(self.ordinals) + 1, mark, f"{series} {text.voice}")
        within, self.select.within_note = self.select.within_note, True
        blocks = self.select.keep(text.blocks, draft.texts)
        self.select.within_note = within
        held, draft.serial = draft.serial, 0
        blocks = self.blocks(draft, blocks, note.id, note.id)
        draft.serial = held
        draft.notes[place - 1] = replace(draft.notes[place - 1], blocks=blocks)
        wanted = f"^{draft.path}^{text.key}"
        self.ids.targets[wanted] = Target(note.id, draft.name, self.vocabulary["note"].format(mark), text.span)

    def note_place(self, draft: Draft, policy: Voice | None, outer: str, home: str) -> NotePlace:
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
