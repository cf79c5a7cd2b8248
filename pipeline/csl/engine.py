"""The engine: a style, references and clusters in; citations and entries out, with every fault told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from pipeline.csl import marks, output
from pipeline.csl.cluster import Kept, Piece, assemble, capitalize_term
from pipeline.csl.collation import Collator, collator
from pipeline.csl.context import PLAIN, Context, Forms, Replacement
from pipeline.csl.disambiguate import resolve
from pipeline.csl.items import Item, read_item
from pipeline.csl.locale import LocaleReader
from pipeline.csl.positions import USUAL_DISTANCE, Place, places
from pipeline.csl.problem import Fault
from pipeline.csl.sorting import order
from pipeline.csl.steps import compound
from pipeline.csl.style import Area, Sheet, compile_sheet, parent
from pipeline.csl.values import Citation, Cite, Cluster, Entry, Step, plain_text

__all__ = ["Register", "Style", "compile_style", "parent", "read_locator"]


class Style:
    """A compiled style, ready for any number of books."""

    __slots__ = ("sheet",)

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def register(
        self,
        references: Mapping[str, Mapping[str, object]],
        clusters: Sequence[Cluster] = (),
        listed: Iterable[str] | None = None,
    ) -> tuple[Register, tuple[Fault, ...]]:
        """Take in a book: all its references, its clusters in the order of reading.

        ``listed`` are the works of the bibliography in the order of their
        registration; without it, those cited, in the order of citing.
        """
        register = Register(self.sheet, references, clusters, listed)
        return register, tuple(register.faults)

    def counted(self, steps: Sequence[Step]) -> str:
        """Return what is counted in a work, in the words of the style: `art 3`, `vol. 2, p. 401–2`."""
        sheet = self.sheet
        text = compound(steps, sheet.locale, sheet.options.get("page-range-format", ""), undotted=sheet.undotted)
        return plain_text(output.runs(text, sheet.locale))


def compile_style(
    data: bytes, read: LocaleReader, language: str = "", *, force: bool = False
) -> tuple[Style | None, tuple[Fault, ...]]:
    """Compile a style from its XML; ``read`` gives the bytes of a locale file for a language tag.

    ``language`` is the language of the book. A style with a locale of its own
    keeps it, unless ``force`` says that the book's goes before.
    """
    sheet, faults = compile_sheet(data, read, language, force=force)
    return (Style(sheet) if sheet else None), faults


_LOCATOR_WORDS = (
    ("volume", "vol|vols|volume|volumes"),
    ("page", "p|pp|page|pages|pg|pgs"),
    ("paragraph", "para|paras|paragraph|paragraphs|\u00b6|\u00b6\u00b6"),
    ("section", "sec|secs|section|sections|\u00a7|\u00a7\u00a7"),
    ("chapter", "ch|chap|chaps|chapter|chapters"),
    ("folio", "fol|fols|folio|folios"),
    ("article-locator", "art|arts|article|articles"),
    ("part", "pt|pts|part|parts"),
    ("book", "bk|bks|book|books"),
    ("line", "l|ll|line|lines"),
    ("note", "n|nn|note|notes"),
    ("number", "no|nos|number|numbers"),
    ("opus", "op|opp|opus"),
    ("verse", "v|vv|verse|verses"),
    ("column", "col|cols|column|columns"),
    ("figure", "fig|figs|figure|figures"),
    ("sub-verbo", "s\\.v|s\\.vv|sv"),
)
_LOCATOR_WORD = re.compile("|".join(rf"(?P<w{i}>(?:{words}))" for i, (_, words) in enumerate(_LOCATOR_WORDS)), re.I)


def read_locator(locator: str, label: str) -> tuple[str, str]:
    """Return a locator and its label; a label word at the head of the locator counts.

    >>> read_locator("vol. 1, fol. 2", "")
    ('1, fol. 2', 'volume')
    """
    locator = locator.strip()
    label = label.strip()
    if not locator:
        return "", ""
    if not label or label == "page":
        head = re.match(r"([^\W\d]+(?:\.v+)?|[\u00a7\u00b6]+)\.?\s*(?=\d|[ivxlcdm]+\b)", locator)
        if head and (
            head.group().endswith((" ", ".")) or head.group(1) in ("\u00a7", "\u00a7\u00a7", "\u00b6", "\u00b6\u00b6")
        ):
            for number, (name, _) in enumerate(_LOCATOR_WORDS):
                found = _LOCATOR_WORD.fullmatch(head.group(1))
                if found and found.group(f"w{number}"):
                    return locator[head.end() :], name
    return locator, label or "page"


class Register:
    """A book's references and clusters, numbered, placed and told apart."""

    def __init__(
        self,
        sheet: Sheet,
        references: Mapping[str, Mapping[str, object]],
        clusters: Sequence[Cluster],
        listed: Iterable[str] | None,
    ) -> None:
        self.sheet = sheet
        self.faults: list[Fault] = []
        self.clusters = tuple(clusters)
        self._references = references
        self._items: dict[str, Item] = {}
        self._collator: Collator = collator(sheet.language)
        self._kept: Kept = {}
        self._told: set[str] = set()
        distance = sheet.citation.options.get("near-note-distance", "")
        self._places = places(self.clusters, distance=int(distance) if distance.isdecimal() else USUAL_DISTANCE)
        wanted = dict.fromkeys(listed) if listed is not None else {}
        for cluster in self.clusters:
            for cite in cluster.cites:
                if listed is None or cite.id not in wanted:
                    wanted[cite.id] = None
        self._ids = [key for key in wanted if self._item(key) is not None]
        self._forms: dict[str, Forms] = {}
        self._numbers: dict[str, int] = {}
        self._entries_order: list[str] = list(self._ids)
        self._number_all()
        self._forms = resolve(sheet, [self._items[key] for key in self._ids], self._numbers, self._renumber)
        if any(form.suffix for form in self._forms.values()):
            self._number_all()

    # -- items ----------------------------------------------------------------------------------------------

    def _item(self, key: str) -> Item | None:
        found = self._items.get(key)
        if found is None:
            raw = self._references.get(key)
            if raw is None:
                if key not in self._told:
                    self._told.add(key)
                    self.faults.append(Fault("csl-unknown-reference", f"no reference has the id `{key}`", item=key))
                return None
            found, faults = read_item(key, raw, self.sheet.locale.quotes)
            self._items[key] = found
            self.faults.extend(faults)
        return found

    # -- numbers --------------------------------------------------------------------------------------------

    def _renumber(self, forms: Mapping[str, Forms]) -> None:
        self._forms = dict(forms)
        self._number_all()

    def _number_all(self) -> None:
        """Number the items in the order of the bibliography, or of citing where that is not sorted."""
        ids = self._ids
        registered = {key: number for number, key in enumerate(ids, 1)}
        area = self.sheet.bibliography
        if not self._numbers:
            self._numbers.update(registered)
        if area is not None and area.keys:
            self._numbers.update(registered)

            def context(index: int) -> Context:
                return self._context(ids[index], area.name)

            found = order(len(ids), context, area.keys, self._collator)
            self._entries_order = [ids[index] for index in found]
            descending = all(key.descending for key in area.keys if key.variable == "citation-number") and any(
                key.variable == "citation-number" for key in area.keys
            )
            if not descending:
                for number, key in enumerate(self._entries_order, 1):
                    self._numbers[key] = number

    def _context(self, key: str, area: str) -> Context:
        c = Context(self._items[key], area)
        form = self._forms.get(key, PLAIN)
        c.forms = form
        c.suffix = form.suffix
        c.citation_number = self._numbers.get(key, 0)
        return c

    # -- cites ----------------------------------------------------------------------------------------------

    def citations(self) -> tuple[Citation, ...]:
        """Return what every cluster prints, in order."""
        return tuple(self._citation(number) for number in range(len(self.clusters)))

    def _maker(self, cite: Cite, place: Place) -> Callable[[], Context]:
        locator, label = (cite.locator, cite.label) if cite.steps else read_locator(cite.locator, cite.label)
        sheet, page_format = self.sheet, self.sheet.options.get("page-range-format", "")

        def make() -> Context:
            c = self._context(cite.id, "citation")
            c.locator, c.label = locator, label
            if cite.steps:
                c.compound = compound(cite.steps, sheet.locale, page_format, undotted=sheet.undotted)
            c.position, c.near, c.first_number = place.position, place.near, place.first_note
            c.suppress_names = cite.mode == "suppress"
            c.author_only = cite.mode == "author"
            return c

        return make

    def _citation(self, number: int) -> Citation:
        cluster = self.clusters[number]
        sheet = self.sheet
        pieces = []
        for index, (cite, place) in enumerate(zip(cluster.cites, self._places[number], strict=True)):
            if self._item(cite.id) is None:
                continue
            key = (cite.id, cite.locator, cite.label, cite.steps, cite.mode, place)
            piece = Piece(index, cite, self._maker(cite, place), key, place.first_cluster)
            piece.number = self._numbers.get(cite.id, 0)
            pieces.append(piece)
        if sheet.citation.keys and len(pieces) > 1:
            ordered = order(len(pieces), lambda i: pieces[i].make(), sheet.citation.keys, self._collator)
            pieces = [pieces[i] for i in ordered]
        text, printed = assemble(sheet, pieces, cluster.begins_sentence, self._kept)
        text = _laid_out(sheet.citation, text)
        cited = tuple(piece.cite.id for piece in printed)
        backrefs = tuple(piece.first_cluster for piece in printed)
        empty = tuple(piece.cite.id for piece in pieces if not marks.plain(piece.text).strip())
        return Citation(cluster.id, output.runs(text, sheet.locale, cited, backrefs), cited, empty)

    # -- entries --------------------------------------------------------------------------------------------

    def entries(self, wanted: Callable[[str], bool] | None = None) -> tuple[Entry, ...]:
        """Return the bibliography, or that part of it for whose ids ``wanted`` says yes."""
        area = self.sheet.bibliography
        if area is None:
            return ()
        out: list[Entry] = []
        before: tuple[str, ...] = ()
        replacement = area.options.get("subsequent-author-substitute")
        rule = area.options.get("subsequent-author-substitute-rule", "complete-all")
        rule = "complete" if rule == "complete-all" else rule
        for key in self._entries_order:
            if wanted is not None and not wanted(key):
                continue
            c = self._context(key, "bibliography")
            plan = None
            if replacement is not None:
                plan = c.replace_names = Replacement(rule, replacement, before)
            text = capitalize_term(self._entry_text(area, c), "")
            before = plan.found if plan is not None else ()
            out.append(Entry(key, output.runs(text, self.sheet.locale) if text else (), self._numbers.get(key, 0)))
        return tuple(out)

    def _entry_text(self, area: Area, c: Context) -> str:
        align = area.options.get("second-field-align", "")
        if align and len(area.parts) > 1:
            head, _ = area.parts[0](c)
            rest = marks.join([node(c)[0] for node in area.parts[1:]], "")
            body = _laid_out(area, rest)
            if not rest:
                return _laid_out(area, head)
            trimmed = body.rstrip(" ")
            tail = body[len(trimmed) :]
            return marks.wrap(marks.LEFT_MARGIN, head) + marks.RIGHT_INLINE + trimmed + marks.CLOSE + tail
        text, _ = area.node(c)
        return _laid_out(area, text)


def _laid_out(area: Area, text: str) -> str:
    """Give a text the format and affixes of the layout."""
    if not text:
        return text
    if area.suffix and area.name == "bibliography" and marks.ends_with_block(text):
        text = marks.affix(area.prefix, marks.seam(text[:-1], area.suffix) + marks.CLOSE, "")
    else:
        text = marks.affix(area.prefix, text, area.suffix)
    return area.dress(text) if area.dress else text
