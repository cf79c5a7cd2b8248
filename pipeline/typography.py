"""A chapter as it was typed comes in; the same with typographic signs goes out, and a list of every change.

A book asks for it with `text = "normalised"`; a `faithful` one never comes here. Only quotation marks, dashes, points of
omission and spaces are touched, by the custom of the book's language, each rule by its name. Words are not: after every
change the words of a paragraph are compared with those before, and a difference is an error. What may mean two things (the
apostrophe of ’tis, a quotation mark without its fellow) stays as it was typed, with a warning.

Code, formulas, citations, passages in another language, what is marked `sic`, quotations, letters and epigraphs, which are
other people's, and notes in the voice of the source are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import assert_never

from pipeline.book import TypographyRule
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
    Leaf,
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
)
from pipeline.source import Problem, Severity, Span

NBSP, THIN, JOINER = "\u00a0", "\u202f", "\u2060"
OBJECT = "\ufffc"
"""Stands in a flow for code, a formula, a picture, a citation."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: by which rule, where, and the words around it before and after."""

    rule: TypographyRule
    span: Span
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Custom:
    """What the custom of a language is.

    `outer` and `inner` are quotation marks, with their spaces; `dash` is how a dash stands between words: "spaced en",
    "spaced em" or "close em"; `ellipsis` says whether a space before points of omission holds them; `high` that French
    spaces stand before high points; `thousands` is the space in long numbers. `before` are words that hold the next one,
    `after` such as are held by a number, `months` the names of months.
    """

    outer: tuple[str, str]
    inner: tuple[str, str]
    dash: str
    as_typed: bool = False
    """double marks stay double and single ones single; else marks go by their depth"""
    ellipsis: bool = False
    high: bool = False
    thousands: str = NBSP
    before: str = ""
    after: str = ""
    months: str = ""
    short: str = ""
    """words of one letter that hold the next one"""


_UNITS = (
    "km m cm mm µm nm kg g mg t l ml cl ha km² m² m³ km/h °C °F K Hz kHz MHz GHz W kW MW V A Pa hPa bar % ‰ € £ ₽ ₼ ₺"
)
_EN_MONTHS = (
    "January February March April May June July August September October November December "
    "Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sept. Oct. Nov. Dec."
)
_CUSTOMS: dict[str, Custom] = {
    "en": Custom(
        ("“", "”"), ("‘", "’"), "spaced en", as_typed=True, ellipsis=True, after=_UNITS + " am pm a.m. p.m. BC AD",
        before="Mr Mr. Mrs Mrs. Ms Ms. Dr Dr. Prof. St St. Rev. Gen. Col. Capt. No No. Nos Nos. no. nos. Art. art. arts. "
               "para. paras. p. pp. vol. vols. ch. fig. figs. sec. § §§ nr c. ca.",
        months=_EN_MONTHS,
    ),
    "de": Custom(
        ("„", "“"), ("‚", "‘"), "spaced en", ellipsis=True, thousands=THIN, after=_UNITS + " Uhr Mio. Mrd. v. n.",
        before="Herr Hr. Frau Fr. Dr. Prof. St. Nr. Art. Abs. S. Bd. Kap. Abb. Tab. Anm. § §§ z. d. u. o. i. s. vgl. ca.",
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember Jänner",
    ),
    "fr": Custom(
        (f"«{THIN}", f"{THIN}»"), ("“", "”"), "spaced en", high=True, thousands=THIN,
        after=_UNITS + " h min s av. apr. siècle",
        before="M. MM. Mme Mmes Mlle Mlles Dr Pr Me St Ste n° nos art. p. pp. t. vol. chap. fig. § §§ ch. al. v. cf.",
        months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    ),
    "es": Custom(
        ("«", "»"), ("“", "”"), "close em", ellipsis=True, thousands=NBSP, after=_UNITS + " h",
        before="Sr. Sra. Sres. Srta. D. Dña. Dr. Dra. Prof. n.º núm. art. arts. p. pp. pág. págs. vol. t. cap. fig. § S. a. d.",
        months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre de",
    ),
    "it": Custom(
        ("«", "»"), ("“", "”"), "spaced en", ellipsis=True, thousands=NBSP, after=_UNITS + " h",
        before="sig. sig.ra sigg. dott. dott.ssa prof. prof.ssa avv. ing. S. n. nn. art. artt. p. pp. pag. pagg. vol. cap. fig. § cfr.",
        months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    ),
    "ru": Custom(
        ("«", "»"), ("„", "“"), "spaced em", thousands=THIN,
        after="км м см мм кг г мг т л мл га км² м² м³ °C % руб. коп. тыс. млн млрд г. гг. в. вв. ч. мин. с. чел. экз. стр. л. кн. "
              + _UNITS,
        before="№ §  гл. с. стр. т. п. пп. ст. рис. табл. ул. пр. д. кв. им. акад. проф. см. ср. т.",
        months="января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        short="в к с о у и а я В К С О У И А Я",
    ),
    "tr": Custom(
        ("“", "”"), ("‘", "’"), "spaced en", thousands=NBSP, after=_UNITS + " TL",
        before="Dr. Prof. Doç. Av. No. no. s. ss. md. bkz. Hz. St. cilt § yy.",
        months="Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    ),
    "az": Custom(
        ("“", "”"), ("‘", "’"), "spaced en", thousands=NBSP, after=_UNITS + " il",
        before="Dr. Prof. No. № s. səh. mad. bax. §",
        months="yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    ),
    "nl": Custom(
        ("“", "”"), ("‘", "’"), "spaced en", as_typed=True, ellipsis=True, thousands=NBSP, after=_UNITS + " uur v.Chr. n.Chr.",
        before="dhr. mevr. mw. dr. drs. ir. mr. prof. St. nr. nrs. art. p. pp. blz. dl. hfst. afb. tab. § §§ vgl. ca.",
        months="januari februari maart april mei juni juli augustus september oktober november december",
    ),
    "pl": Custom(
        ("„", "”"), ("«", "»"), "spaced en", thousands=NBSP, after=_UNITS + " r. w. zł gr tys. mln mld godz. min egz.",
        before="nr art. ust. pkt § §§ ks. dr prof. mgr inż. św. bł. im. ul. al. pl. t. s. str. rozdz. rys. tab. por. zob. ok. gen. płk",
        months="stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        short="a i o u w z A I O U W Z",
    ),
    "cs": Custom(
        ("„", "“"), ("‚", "‘"), "spaced en", thousands=NBSP, after=_UNITS + " Kč hod. tis. mil. mld.",
        before="č. čl. odst. písm. § §§ s. str. sv. kap. obr. tab. dr. prof. doc. ing. p. pí srov. viz ul. nám. tř. r. cca",
        months="ledna února března dubna května června července srpna září října listopadu prosince",
        short="a i k o s u v z A I K O S U V Z",
    ),
    "uk": Custom(
        ("«", "»"), ("„", "“"), "spaced em", thousands=THIN,
        after="км м см мм кг г мг т л мл га км² м² м³ °C % грн коп. тис. млн млрд р. рр. ст. год. хв. с. чол. прим. " + _UNITS,
        before="№ § §§ гл. розд. с. стор. т. п. пп. ст. ч. рис. табл. вул. просп. пл. м. буд. кв. ім. акад. проф. д-р див. пор.",
        months="січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        short="а в е є ж з і й о у я А В Е Є Ж З І Й О У Я",
    ),
    "bg": Custom(
        ("„", "“"), ("«", "»"), "spaced en", thousands=NBSP,
        after="км м см мм кг г мг т л мл ха дка км² м² м³ °C % лв. ст. хил. млн. млрд. г. в. ч. мин. сек. " + _UNITS,
        before="№ § §§ чл. ал. т. гл. с. стр. кн. рис. фиг. табл. гр. ул. бул. пл. проф. д-р инж. акад. св. г-н г-жа вж. срв.",
        months="януари февруари март април май юни юли август септември октомври ноември декември",
        short="а в и к о с у я А В И К О С У Я",
    ),
    "sr": Custom(
        ("„", "“"), ("‘", "’"), "spaced en", thousands=NBSP,
        after="км м см мм кг г мг т л мл ха км² м² м³ °C % дин. хиљ. мил. год. г. в. ч. мин. din. hilj. mil. god. g. v. č. "
              + _UNITS,
        before="бр. чл. ст. тач. § §§ стр. с. књ. гл. сл. таб. др проф. инж. св. ул. г. гђа в. уп. "
               "br. čl. st. tač. str. s. knj. gl. sl. tab. dr prof. inž. sv. ul. gđa up.",
        months="јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра "
               "januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra",
    ),
    "el": Custom(
        ("«", "»"), ("“", "”"), "spaced en", thousands=NBSP, after=_UNITS + " χλμ. μ. εκ. χιλ. εκατ. δισ. π.Χ. μ.Χ. π.μ. μ.μ.",
        before="κ. κκ. κα κος Δρ. δρ. καθ. αγ. Αγ. αρ. αριθ. άρθ. παρ. σ. σσ. σελ. τόμ. κεφ. εικ. πίν. βλ. πρβλ. § §§",
        months="Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου",
    ),
    "hy": Custom(
        ("«", "»"), ("“", "”"), "spaced em", thousands=NBSP,
        after="կմ մ սմ մմ կգ գ մգ տ լ մլ հա կմ² մ² մ³ °C % դր. թ. թթ. դ. ժ. թվական թվականի թվականին հազ. մլն մլրդ " + _UNITS,
        before="№ § §§ գլ. էջ հտ. հ. նկ. աղ. հոդ. պրոֆ. դոկտ. ակադ. տե՛ս փ. պ. տիկ.",
        months="հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի",
    ),
    "ka": Custom(
        ("„", "“"), ("«", "»"), "spaced en", thousands=NBSP,
        after="კმ მ სმ მმ კგ გ ტ ლ ჰა კმ² მ² მ³ °C % ლარი თეთრი წ. წწ. წელი წელს წლის სთ. წთ. ათ. მლნ მლრდ " + _UNITS,
        before="№ § §§ თ. გვ. ტ. მუხ. პ. სურ. ცხრ. პროფ. აკად. დოქ. წმ. ქ. იხ. შდრ.",
        months="იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო სექტემბერი ოქტომბერი ნოემბერი დეკემბერი "
               "იანვარს თებერვალს მარტს აპრილს მაისს ივნისს ივლისს აგვისტოს სექტემბერს ოქტომბერს ნოემბერს დეკემბერს "
               "იანვრის თებერვლის მარტის აპრილის მაისის ივნისის ივლისის სექტემბრის ოქტომბრის ნოემბრის დეკემბრის",
    ),
}  # fmt: skip
_EN_US = replace(_CUSTOMS["en"], dash="close em")
_DE_CH = replace(_CUSTOMS["de"], outer=("«", "»"), inner=("‹", "›"))
_KIN = {"grc": "el", "hyw": "hy"}
"""Languages with the custom of another: Greek of old, Armenian of the west."""

LANGUAGES = tuple(_CUSTOMS)


def custom_of(language: str) -> Custom | None:
    """Return the custom of a BCP 47 tag, or None where none is known here."""
    primary, _, rest = language.partition("-")
    if primary.lower() == "en" and rest.upper() in ("US", "CA"):
        return _EN_US
    if primary.lower() == "de" and rest.upper() in ("CH", "LI"):
        return _DE_CH
    return _CUSTOMS.get(_KIN.get(primary.lower(), primary.lower()))


def set_signs(
    leaf: Leaf, language: str, without: Sequence[TypographyRule] = ()
) -> tuple[Leaf, tuple[Change, ...], tuple[Problem, ...]]:
    """Return a chapter with typographic signs, every change, and what is doubtful; nodes keep their places."""
    custom = custom_of(language)
    if custom is None:
        return leaf, (), ()
    hand = _Hand(custom, language, frozenset(TypographyRule) - frozenset(without))
    notes = tuple(
        note
        if note.voice == "source" or hand.foreign(note.attributes)
        else replace(note, blocks=hand.blocks(note.blocks))
        for note in leaf.notes
    )
    made = replace(leaf, blocks=hand.blocks(leaf.blocks), notes=notes)
    changes = sorted(hand.changes, key=lambda each: each.span.start)
    return made, tuple(changes), tuple(hand.problems)


# Flows -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Flow:
    """The signs of one paragraph: of each the node that it may be changed in, with its place there, or None."""

    signs: list[str] = field(default_factory=list)
    owners: list[tuple[int, int] | None] = field(default_factory=list)
    nodes: list[Text | SoftBreak] = field(default_factory=list)
    edits: dict[int, str] = field(default_factory=dict)
    calls: set[int] = field(default_factory=set)
    """the signs before which a note is called"""

    @property
    def text(self) -> str:
        return "".join(self.signs)

    def free(self, *places: int) -> bool:
        """Say whether signs may be changed, and were not yet."""
        return all(0 <= at < len(self.owners) and self.owners[at] is not None and at not in self.edits for at in places)

    def span(self, at: int) -> Span:
        """Return the place of a sign in the manuscript, or that of its run of words where signs were escaped."""
        owner = self.owners[at]
        assert owner is not None
        node = self.nodes[owner[0]]
        if isinstance(node, Text) and node.span.end - node.span.start == len(node.text):
            return Span(node.span.path, node.span.start + owner[1], node.span.start + owner[1] + 1)
        return node.span


def _words(text: str) -> list[str]:
    """Return the words of a text, without any other sign."""
    return re.findall(r"[^\W_]+", text)


class _Hand:
    """Goes through a chapter with the rules of a language."""

    def __init__(self, custom: Custom, language: str, rules: frozenset[TypographyRule]) -> None:
        self.custom = custom
        self.primary = language.partition("-")[0].lower()
        self.rules = rules
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        self.patterns = _Patterns(custom)

    def foreign(self, attributes: Attributes) -> bool:
        """Say whether something is in another language, or to be left as it is."""
        tag = attributes.get("lang")
        return bool(tag and tag.partition("-")[0].lower() != self.primary) or "sic" in attributes.classes

    # Blocks ---------------------------------------------------------------------------------

    def blocks(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(map(self.block, blocks))

    def block(self, block: Block) -> Block:
        if self.foreign(block.attributes):
            return block
        match block:
            case Heading() | Paragraph():
                return replace(block, inlines=self.flow(block.inlines))
            case Division() if block.name == "sic":
                return block
            case EditorialMatter() | Division():
                return replace(block, blocks=self.blocks(block.blocks))
            case ItemList():
                return replace(
                    block, items=tuple(replace(item, blocks=self.blocks(item.blocks)) for item in block.items)
                )
            case DefinitionList():
                return replace(
                    block,
                    entries=tuple(
                        replace(
                            entry,
                            term=self.flow(entry.term),
                            definitions=tuple(map(self.blocks, entry.definitions)),
                        )
                        for entry in block.entries
                    ),
                )
            case Figure():
                return replace(block, caption=self.flow(block.caption))
            case Table():
                return replace(
                    block,
                    caption=self.flow(block.caption),
                    head=self._rows(block.head),
                    body=self._rows(block.body),
                    foot=self._rows(block.foot),
                )
            case Verse():
                stanzas = tuple(
                    tuple(replace(line, inlines=self.flow(line.inlines)) for line in stanza) for stanza in block.stanzas
                )
                return replace(block, stanzas=stanzas)
            case Quotation() | Epigraph() | Letter() | CodeBlock() | Equation() | Break():
                return block
            case _:
                assert_never(block)

    def _rows(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(
            replace(row, cells=tuple(replace(cell, blocks=self.blocks(cell.blocks)) for cell in row.cells))
            for row in rows
        )

    # Inlines --------------------------------------------------------------------------------

    def flow(self, inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
        """Return the inlines of a paragraph with the rules applied."""
        flow = _Flow()
        self.gather(inlines, flow, free=True)
        text = flow.text
        before = len(self.changes)
        for rule in TypographyRule:
            if rule in self.rules:
                _RULES[rule](self, flow, text)
        if not flow.edits:
            return inlines
        after = "".join(flow.edits.get(at, sign) for at, sign in enumerate(flow.signs))
        if _words(text) != _words(after):
            first = min(flow.edits)
            self.problems.append(
                Problem(
                    "typography-words",
                    "typographic signs would change the words of this paragraph; it stays as it was typed",
                    flow.span(first),
                    "this is a fault of Stet's own, please report it with this paragraph",
                )
            )
            del self.changes[before:]
            return inlines
        return self.rebuild(inlines, flow, iter(range(len(flow.nodes))), self._texts(flow))

    def gather(self, inlines: Iterable[Inline], flow: _Flow, *, free: bool) -> None:
        for node in inlines:
            if isinstance(node, CrossRef | Link) and not node.inlines:
                flow.signs.append(OBJECT)  # the edition says what a reference says
                flow.owners.append(None)
                continue
            match node:
                case Text() | SoftBreak():
                    text = node.text if isinstance(node, Text) else " "
                    number = len(flow.nodes)
                    flow.nodes.append(node)
                    flow.signs.extend(text)
                    flow.owners.extend((number, at) if free else None for at in range(len(text)))
                case NoteCall():
                    flow.calls.add(len(flow.signs))  # a call stands between signs and is none
                case LineBreak():
                    flow.signs.append("\n")
                    flow.owners.append(None)
                case Code() | Formula() | Image() | CiteCall():
                    flow.signs.append(OBJECT)
                    flow.owners.append(None)
                case Foreign():
                    same = (
                        node.language.partition("-")[0].lower() == self.primary and "sic" not in node.attributes.classes
                    )
                    self.gather(node.inlines, flow, free=free and same)
                case Phrase():
                    self.gather(node.inlines, flow, free=free and not self.foreign(node.attributes) and not _kept(node))
                case Link():
                    self.gather(node.inlines, flow, free=free and not _is_address(node))
                case (
                    Emphasis()
                    | Strong()
                    | Strikeout()
                    | Superscript()
                    | Subscript()
                    | SmallCaps()
                    | CrossRef()
                    | Supplied()
                ):
                    self.gather(node.inlines, flow, free=free)
                case _:
                    assert_never(node)

    def _texts(self, flow: _Flow) -> dict[int, str]:
        """Return the new text of every node that changes."""
        parts: dict[int, list[str]] = {}
        changed: set[int] = set()
        for at, owner in enumerate(flow.owners):
            if owner is not None:
                parts.setdefault(owner[0], []).append(flow.edits.get(at, flow.signs[at]))
                if at in flow.edits:
                    changed.add(owner[0])
        return {number: "".join(parts[number]) for number in changed}

    def rebuild(
        self, inlines: Iterable[Inline], flow: _Flow, numbers: Iterator[int], texts: dict[int, str]
    ) -> tuple[Inline, ...]:
        out: list[Inline] = []
        for node in inlines:
            match node:
                case Text() | SoftBreak():
                    new = texts.get(next(numbers))
                    if new is None:
                        out.append(node)
                    elif new:
                        out.append(Text(new, node.span))
                case LineBreak() | NoteCall() | Code() | Formula() | Image() | CiteCall():
                    out.append(node)
                case _:
                    out.append(replace(node, inlines=self.rebuild(node.inlines, flow, numbers, texts)))
        return tuple(out)

    # Changing -------------------------------------------------------------------------------

    def change(self, flow: _Flow, rule: TypographyRule, edits: dict[int, str]) -> None:
        """Change signs together, or none of them; a change that changes nothing is none."""
        edits = {at: new for at, new in edits.items() if flow.signs[at] != new or not flow.free(at)}
        if not edits or rule not in self.rules or not flow.free(*edits):
            return
        if any(
            isinstance(flow.nodes[(flow.owners[at] or (0, 0))[0]], SoftBreak) and not new for at, new in edits.items()
        ):
            return  # the end of a line is never taken away, only held
        first, last = min(edits), max(edits) + 1
        left, right = max(0, first - 8), min(len(flow.signs), last + 8)
        around = range(left, right)
        before = "".join(flow.signs[at] for at in around)
        after = "".join(edits.get(at, flow.edits.get(at, flow.signs[at])) for at in around)
        flow.edits.update(edits)
        self.changes.append(Change(rule, flow.span(first), before, after))

    def doubt(self, flow: _Flow, at: int, message: str, hint: str) -> None:
        if flow.free(at):
            self.problems.append(Problem("quote-doubtful", message, flow.span(at), hint, Severity.WARNING))

    # Rules ----------------------------------------------------------------------------------

    def spaces(self, flow: _Flow, text: str) -> None:
        """Make one space of several."""
        for run in re.finditer(r"[ \u00a0]{2,}", text):
            borders = (run.start(), *sorted(at for at in flow.calls if run.start() < at < run.end()), run.end())
            for start, end in pairwise(borders):  # spaces on the two sides of a call are not one run
                kept = " " if " " in text[start:end] else NBSP
                for at in range(start + 1, end):
                    self.change(flow, TypographyRule.SPACES, {at: ""})
                if text[start] != kept:
                    self.change(flow, TypographyRule.SPACES, {start: kept})

    def quotes(self, flow: _Flow, text: str) -> None:
        """Give straight quotation marks and apostrophes their curves."""
        custom = self.custom
        opened: list[int] = []
        pairs: list[tuple[int, int, int]] = []
        held: list[int] = []
        for found in re.finditer("[\"']", text):
            at, sign = found.start(), found[0]
            if not flow.free(at):
                continue
            left, right = text[at - 1 : at], text[at + 1 : at + 2]
            inside = _joins(left) and _joins(right)
            if sign == "'" and inside and left.isalnum() and right.isalnum():
                self.change(flow, TypographyRule.APOSTROPHES, {at: "’"})
                continue
            opens = (
                bool(right)
                and not right.isspace()
                and right not in ".,;:!?…)]}"
                and (not left or left.isspace() or left in "([{—–-/\"'“‘«„‚¿¡\u00a0\u202f")
            )
            closes = bool(left) and not left.isspace() and not (opens and left in "\"'")
            match = next((n for n in range(len(opened) - 1, -1, -1) if text[opened[n]] == sign), None)
            if closes and match is not None and not (opens and left in "([{"):
                start = opened[match]
                held.extend(opened[match + 1 :])
                del opened[match:]
                pairs.append((start, at, len(opened)))
            elif sign == "'" and closes and left.isalpha():
                held.append(at)  # the boys' house, unless it closes what another sign opened
            elif opens and not (sign == "'" and _CLIPPED.match(text, at + 1)):
                opened.append(at)
            else:
                held.append(at)
        for start, end, depth in pairs:
            single = text[start] == "'"
            if custom.as_typed:
                marks = custom.inner if single else custom.outer
            else:
                marks = custom.outer if depth % 2 == 0 else custom.inner
            edits = {start: marks[0], end: marks[1]}
            if len(marks[0]) > 1 and text[start + 1] in " \u00a0\u202f":
                edits[start + 1] = ""
            if len(marks[1]) > 1 and text[end - 1] in " \u00a0\u202f" and end - 1 != start + 1:
                edits[end - 1] = ""
            self.change(flow, TypographyRule.QUOTES, edits)
        for at in sorted((*opened, *held)):
            left, right = text[at - 1 : at], text[at + 1 : at + 2]
            if text[at] == "'" and left.isalpha() and at not in opened:
                self.change(flow, TypographyRule.APOSTROPHES, {at: "’"})
            elif text[at] == "'" and _MEASURE.search(text[:at]):
                continue  # 6' of rope
            elif text[at] == "'":
                self.doubt(flow, at, "this mark may be an apostrophe or open a quotation; it stays straight",
                           "write `’` for the apostrophe (’tis, ’90s), or the quotation marks themselves")  # fmt: skip
            elif not _MEASURE.search(text[:at]):
                self.doubt(flow, at, "this quotation mark has no fellow in its paragraph; it stays straight",
                           "write its fellow, or the curved mark itself where a quotation goes on in the next paragraph")  # fmt: skip

    def ellipsis(self, flow: _Flow, text: str) -> None:
        """Make one sign of three points; what stands before it with a space is held to it."""
        for found in re.finditer(r"(?<!\.)\.(?: ?)\.(?: ?)\.(?!\s?\.)", text):
            if found[0] not in ("...", ". . ."):
                continue
            places = range(found.start(), found.end())
            self.change(flow, TypographyRule.ELLIPSIS, {at: "…" if at == found.start() else "" for at in places})
        if self.custom.ellipsis:
            for found in re.finditer(r"(?<=\S) (?=…|\.\.\.(?!\.)|\. \. \.)", text):
                self.change(flow, TypographyRule.ELLIPSIS, {found.start(): NBSP})

    def ranges(self, flow: _Flow, text: str) -> None:
        """Set an en rule between figures that reach from one to the other, and keep it on its line."""
        for found in re.finditer(r"(?<![\w.,/:\-–])(\d{1,4})-(\d{1,4})(?![\w/:\-–]|[.,]\d)", text):
            one, two = found[1], found[2]
            if len(one) == 4 and len(two) == 2 and int(two) <= 12:
                continue  # 1991-12 is a month as likely as a range
            at = found.start() + len(one)
            self.change(flow, TypographyRule.RANGES, {at: f"{JOINER}–{JOINER}"})

    def dashes(self, flow: _Flow, text: str) -> None:
        """Set dashes between words as the language does."""
        dash = self.custom.dash
        for found in re.finditer(r"(?<=\S)([ \u00a0])(-{1,3}|[–—])(?=[ \u00a0]\S)", text):
            space, sign, at = found[1], found[2], found.start()
            if text[at - 1] in "([{" or (sign == "-" and _is_sum(text, at)):
                continue
            start, end = at + 1, at + 1 + len(sign)
            rest = dict.fromkeys(range(start + 1, end), "")
            if sign in "–—":  # the author's own dash: it stays, and begins no line
                if dash != "close em" and space == " ":
                    self.change(flow, TypographyRule.DASHES, {at: NBSP})
                continue
            if dash == "close em":
                self.change(flow, TypographyRule.DASHES, {at: "", start: f"{JOINER}—", **rest, end: ""})
            else:
                self.change(flow, TypographyRule.DASHES, {start: "–" if dash == "spaced en" else "—", **rest})
                self.change(flow, TypographyRule.DASHES, {at: NBSP})
        for found in re.finditer(r"(?<=[^\W\d_])(-{2,3})(?=[^\W\d_])", text):
            start, end = found.span()
            rest = dict.fromkeys(range(start + 1, end), "")
            close = f"{JOINER}—"
            new = close if dash == "close em" else f"{NBSP}– " if dash == "spaced en" else f"{NBSP}— "
            self.change(flow, TypographyRule.DASHES, {start: new, **rest})

    def punctuation(self, flow: _Flow, text: str) -> None:
        """Set the French spaces: a thin one before ; ! ? », a whole one before a colon, after an opening guillemet."""
        if not self.custom.high:
            return
        for found in re.finditer(r"([ \u00a0\u202f]?)([;:!?»]+)(?=[\s»)\]”’…,.]|$)", text):
            at, sign = found.start(2), found[2][0]
            if at == 0 or (not found[1] and text[at - 1].isspace()) or text[at - 1] in "([«“":
                continue
            wanted = NBSP if sign == ":" else THIN
            if found[1]:
                self.change(flow, TypographyRule.PUNCTUATION, {found.start(1): wanted})
            elif text[at - 1].isalnum() or text[at - 1] in ")]”’…%\"'":
                self.change(flow, TypographyRule.PUNCTUATION, {at: wanted + text[at]})
            for place in range(at + 1, found.end()):  # « Quoi ?! » ; « Oui » : what ends a quotation stands apart
                if "»" in text[place - 1 : place + 1]:
                    self.change(
                        flow, TypographyRule.PUNCTUATION, {place: (NBSP if text[place] == ":" else THIN) + text[place]}
                    )
        for found in re.finditer(r"«([ \u00a0\u202f]?)(?=\S)", text):
            at = found.start()
            if found[1]:
                self.change(flow, TypographyRule.PUNCTUATION, {at + 1: THIN})
            else:
                self.change(flow, TypographyRule.PUNCTUATION, {at: f"«{THIN}"})

    def hold(self, rule: TypographyRule, pattern: re.Pattern[str] | None, flow: _Flow, text: str) -> None:
        """Hold a space (the group `s`) of every match."""
        if pattern is None:
            return
        for found in pattern.finditer(text):
            self.change(flow, rule, {found.start("s"): NBSP})

    def initials(self, flow: _Flow, text: str) -> None:
        for found in _INITIALS.finditer(text):
            signs = found[0] + text[found.end()]
            if not any(sign.islower() and not "ა" <= sign <= "ჿ" for sign in signs):  # Georgian has no capitals
                self.change(flow, TypographyRule.INITIALS, {found.start("s"): NBSP})

    def titles(self, flow: _Flow, text: str) -> None:
        self.hold(TypographyRule.TITLES, self.patterns.before, flow, text)
        self.hold(TypographyRule.TITLES, self.patterns.short, flow, text)

    def units(self, flow: _Flow, text: str) -> None:
        self.hold(TypographyRule.UNITS, self.patterns.after, flow, text)

    def dates(self, flow: _Flow, text: str) -> None:
        self.hold(TypographyRule.DATES, self.patterns.months, flow, text)

    def thousands(self, flow: _Flow, text: str) -> None:
        """Hold the spaces within a long number; none is put where none was typed."""
        for found in re.finditer(r"(?<![\d.,])\d{1,3}(?:[ \u00a0]\d{3})+(?![\d]|[.,]\d)", text):
            if len(found[0].replace(NBSP, "").replace(" ", "")) < 5:
                continue
            for at in range(found.start(), found.end()):
                if text[at] in " \u00a0":
                    self.change(flow, TypographyRule.THOUSANDS, {at: self.custom.thousands})


class _Patterns:
    """The expressions of a language: each holds one space, the group `s`."""

    def __init__(self, custom: Custom) -> None:
        self.before = _any(custom.before, r"(?<![\w.])(?:{})(?P<s> )(?=[\w№«“„])")
        self.short = _any(custom.short, r"(?<![\w-])(?:{})(?P<s> )(?=\w)")
        self.after = _any(custom.after, r"(?<=\d)(?P<s> )(?:{})(?![\w²³])")
        self.months = _any(custom.months, r"(?<!\w)(?:[12]?\d|3[01]|1er|1º)\.?(?P<s> )(?:{})(?!\w)")


def _any(words: str, pattern: str) -> re.Pattern[str] | None:
    listed = sorted(set(words.split()), key=lambda word: (-len(word), word))
    return re.compile(pattern.replace("{}", "|".join(map(re.escape, listed)))) if listed else None


_CLIPPED = re.compile(r"(?:\d\ds?|t(?:is|was|were|will)|em|til|cause|bout|round|n|im|cept|gainst)\b", re.IGNORECASE)
"""Words that begin with an apostrophe, not with a quotation mark."""
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.-?)+(?P<s> )(?=[^\W\d_])")
_MEASURE = re.compile(r"\d\s?$")
_RULES: dict[TypographyRule, Callable[[_Hand, _Flow, str], None]] = {
    TypographyRule.SPACES: _Hand.spaces,
    TypographyRule.QUOTES: _Hand.quotes,
    TypographyRule.APOSTROPHES: lambda hand, flow, text: None,
    TypographyRule.ELLIPSIS: _Hand.ellipsis,
    TypographyRule.RANGES: _Hand.ranges,
    TypographyRule.DASHES: _Hand.dashes,
    TypographyRule.PUNCTUATION: _Hand.punctuation,
    TypographyRule.THOUSANDS: _Hand.thousands,
    TypographyRule.DATES: _Hand.dates,
    TypographyRule.UNITS: _Hand.units,
    TypographyRule.TITLES: _Hand.titles,
    TypographyRule.INITIALS: _Hand.initials,
}
"""In the order in which they are applied: what one has changed the next ones leave."""


def _joins(sign: str) -> bool:
    return bool(sign) and (sign.isalnum() or sign == OBJECT)


def _kept(node: Phrase) -> bool:
    return "verbatim" in node.attributes.classes


def _is_address(node: Link) -> bool:
    words = "".join(each.text for each in node.inlines if isinstance(each, Text))
    return words == node.target or bool(re.match(r"(?:https?:|mailto:|www\.)", words))


def _is_sum(text: str, at: int) -> bool:
    """Say whether a hyphen between spaces is a minus: figures stand on both sides."""
    return text[:at].rstrip()[-1:].isdigit() and text[at + 2 :].lstrip()[:1].isdigit()


def listing(changes: Sequence[Change], position: Callable[[Span], str]) -> str:
    """Return the changes as a table of text: place, rule, before, after, with names for spaces that nobody sees."""
    rows = ["place\trule\tbefore\tafter"]
    rows += [f"{position(each.span)}\t{each.rule}\t{_seen(each.before)}\t{_seen(each.after)}" for each in changes]
    return "\n".join(rows) + "\n"


def _seen(text: str) -> str:
    for sign, name in ((NBSP, "⍽"), (THIN, "⍽"), (JOINER, "⁀"), ("\n", "⏎"), ("\t", " ")):
        text = text.replace(sign, name)
    return text
