"""A paragraph as WeasyPrint's boxes comes in; its text, measured, with every place where a line may end, goes out.

Each stretch of text has the style that the cascade gave it, and is measured by Pango in that very
style, as the layout and the page will set it: fonts, features, letter spacing, and a second font
where the first lacks a sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pyphen
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.layout.percent import resolve_percentages
from weasyprint.layout.replaced import inline_replaced_box_layout
from weasyprint.text import line_break

from pipeline.pdf.compose import DIVIDED, HYPHEN, OWN, Notch, Places

NAME_HYPHEN = 2 * HYPHEN
"""The penalty of dividing a word that begins with a capital: it may be a name."""
COMPOUND_HYPHEN = 2 * HYPHEN
"""The penalty of dividing a word that has a hyphen or a dash of its own."""
OWN_HYPHEN = 50
"""The penalty of ending a line at a hyphen or a dash that stands in the text."""
BEFORE_DASH = 300
"""The penalty of beginning a line with a dash."""
IN_FIGURES = 600
"""The penalty of ending a line within a range of figures, or in an address."""
RAGGED_HYPHEN = 1.5
"""How much dearer it is to divide a word where lines may be short."""
FEW = 1.64
"""Alphabets in a line under which no word is divided in ragged setting: they are as wide as 45 characters of prose."""
ALPHABET = "abcdefghijklmnopqrstuvwxyz"

HANGS = {
    ".": 0.7,
    ",": 0.7,
    "-": 0.6,
    "\u2010": 0.6,
    "\u2019": 0.6,
    "\u201d": 0.5,
    ";": 0.4,
    ":": 0.4,
    "\u2014": 0.3,
    "\u2013": 0.3,
}
"""The share of a sign at the end of a line that stands beyond the right edge."""
HANGS_LEFT = {"\u201c": 0.5, "\u2018": 0.6}
"""The share of a sign at the start of a line that stands beyond the left edge."""

OTHER_WAY = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters of scripts that run from right to left, and the signs that turn the direction."""
LETTERS = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+")
WHOLE = re.compile("[\u00ad@/_\\\\]")
"""Signs of a word that no dictionary divides: it says itself where it may be divided, or is an address."""
JOINER = "\u2060"
DASHES = frozenset("\u2013\u2014")


# Measuring ---------------------------------------------------------------------------------------


class Type:
    """One style of text: measures its words, each once."""

    __slots__ = ("_glyphs", "_layout", "_style", "baseline", "height", "hyphen", "lines", "space", "widths")

    def __init__(self, style: Any) -> None:
        self._style = style
        self._layout = line_break.Layout(style)
        self.widths: dict[str, float] = {}
        self._glyphs: dict[str, int] = {}
        self._layout.set_text("x")
        line, _ = self._layout.get_first_line()
        _, self.height = line_break.line_size(line, style)
        self.baseline = line_break.pango.pango_layout_get_baseline(self._layout.layout) * line_break.FROM_UNITS
        self.lines = line_break.strut(style)[0]
        # A space between words is an item of its own when its width is changed: it is measured alone.
        self.space = (
            self.width("\u00a0") if style["word_spacing"] == 0 else self.width("\u00a0") + style["word_spacing"]
        )
        self.hyphen = style["hyphenate_character"]

    def width(self, word: str) -> float:
        """Return the width of a piece of text without spaces, in CSS pixels."""
        known = self.widths.get(word)
        if known is None:
            self._layout.set_text(word)
            line, _ = self._layout.get_first_line()
            known = self.widths[word] = line_break.line_size(line, self._style)[0]
        return known

    def glyphs(self, word: str) -> int:
        """Return how many signs of the face show a piece of text without spaces; a ligature is one."""
        known = self._glyphs.get(word)
        if known is None:
            known = 0
            self._layout.set_text(word)
            run = self._layout.get_first_line()[0].runs[0]
            while run != line_break.ffi.NULL:
                string = run.data.glyphs
                known += sum(
                    string.glyphs[at].glyph != line_break.pango.PANGO_GLYPH_EMPTY for at in range(string.num_glyphs)
                )
                run = run.next
            self._glyphs[word] = known
        return known

    def text_width(self, text: str) -> float:
        """Return the width of a text with spaces of their natural width."""
        width = 0.0
        for number, word in enumerate(text.replace("\u00a0", " ").split(" ")):
            if number:
                width += self.space
            if word:
                width += self.width(word)
        return width


class Drawn:
    """A formula or a picture in a line: one sign of the width of its box, which no line breaks."""

    __slots__ = ("baseline", "box", "height", "hyphen", "lines", "space")

    def __init__(self, box: Any, containing_block: Any) -> None:
        resolve_percentages(box, containing_block)
        self.box = box.copy()
        inline_replaced_box_layout(self.box, containing_block)
        self.box.baseline = self.box.margin_height()
        self.height = self.lines = self.baseline = self.space = 0.0
        self.hyphen = ""

    def width(self, word: str) -> float:
        """Return the width of the box, whatever stands for it."""
        return float(self.box.margin_width()) if word else 0.0

    def text_width(self, text: str) -> float:
        return self.width(text)


def is_drawn(box: Any) -> bool:
    """Say whether a box is a formula or a picture in a line."""
    return isinstance(box, boxes.InlineReplacedBox)


DRAWING = "\ufffc"
"""Stands in the text of a paragraph for a formula or a picture."""

_types: dict[tuple[object, ...], tuple[Any, Type]] = {}
_positions: dict[tuple[str, int, int, str], tuple[int, ...]] = {}
_dictionaries: dict[tuple[str, int, int], Any] = {}
KEPT = 20_000
"""Words, styles and paragraphs that a process remembers."""


def type_of(style: Any) -> Type:
    """Return the measurer of a style; styles that set text alike share it."""
    known = style.__dict__.get("_stet_type") if hasattr(style, "__dict__") else None
    if known is not None:
        return known  # type: ignore[no-any-return]
    key = (
        id(style.font_config),
        line_break._font_style_cache_key(style, include_size=True),
        *(str(style[name]) for name in ("letter_spacing", "word_spacing", "font_kerning", "hyphenate_character")),
    )
    if key not in _types:
        if len(_types) > KEPT:
            _types.clear()
        _types[key] = (style.font_config, Type(style))
    found = _types[key][1]
    if hasattr(style, "__dict__"):
        style.__dict__["_stet_type"] = found
    return found


def _divisions(word: str, language: str, left: int, right: int) -> tuple[int, ...]:
    """Return the places at which the dictionary of a language divides a word."""
    key = (language, left, right, word)
    if key not in _positions:
        if len(_positions) > 10 * KEPT:
            _positions.clear()
        dictionary = _dictionaries.get(key[:3])
        if dictionary is None:
            dictionary = _dictionaries[key[:3]] = pyphen.Pyphen(lang=language, left=left, right=right)
        _positions[key] = tuple(at for at in dictionary.positions(word) if not getattr(at, "data", None))
    return _positions[key]


# Flattening --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Leaf:
    """A stretch of text of one style: characters `start` to `end` of the paragraph.

    `path` leads to its box; `before` and `after` are margins, borders and paddings of the inline
    boxes that begin and end with it.
    """

    path: tuple[int, ...]
    type: Type | Drawn
    start: int
    end: int
    style: Any
    call: bool
    before: float = 0.0
    after: float = 0.0


@dataclass(slots=True)
class Node:
    """A box of the paragraph's tree: which characters it holds, white space at its edges apart."""

    start: int
    end: int
    children: tuple[Node, ...] = ()


@dataclass(slots=True)
class Flat:
    """A paragraph, flattened."""

    text: str
    leaves: tuple[Leaf, ...]
    node: Node
    reason: str = ""
    marked: bool = False
    """a box stands before the text: white space after it counts"""
    likeness: tuple[object, ...] = ()
    """what its setting depends on besides the text"""
    plans: dict[tuple[float, float, int, Notch], Any] = field(default_factory=dict)


@dataclass(slots=True)
class Place:
    """Where a line may end: before the character `end`; the next line begins with the character `next`."""

    end: int
    next: int
    hyphen: bool


class _Unknown(Exception):
    """A paragraph holds what is not composed; the reason is its words."""


def flatten(context: Any, line: Any, containing_block: Any) -> Flat:
    texts: list[str] = []
    leaves: list[Leaf] = []
    length = 0
    pending = 0.0
    marked = False

    def walk(box: Any, path: tuple[int, ...], call: bool) -> Node:
        nonlocal length, pending, marked
        style = box.style
        if isinstance(box, boxes.TextBox):
            start = length
            text = box.text
            if text:
                white_space = style["white_space"]
                if white_space != "normal" and text != "\n":
                    raise _Unknown(f"white space is kept ({white_space})")
                if "\t" in text or ("\n" in text and text != "\n"):
                    raise _Unknown("a tab stands in it")
                if OTHER_WAY.search(text):
                    raise _Unknown("words run from right to left")
                length += len(text)
                texts.append(text)
                leaves.append(Leaf(path, type_of(style), start, length, style, call, pending))
                pending = 0.0
            return Node(start, length)
        if is_drawn(box) and style["position"] == "static":
            start, length = length, length + 1
            texts.append(DRAWING)
            leaves.append(Leaf(path, Drawn(box, containing_block), start, length, style, call, pending))
            pending = 0.0
            return Node(start, length)
        if isinstance(box, boxes.InlineBlockBox) and not length and not box.is_table_wrapper:
            # The mark of a note, hung before its words: as wide as it comes out.
            pending += inline.atomic_box(context, box, 0, None, containing_block, [], []).margin_width()
            marked = True
            return Node(0, 0)
        if not isinstance(box, boxes.InlineBox | boxes.LineBox):
            raise _Unknown("a box stands in it")
        if style["direction"] != "ltr":
            raise _Unknown("words run from right to left")
        if box.is_leader or style["position"] != "static":
            raise _Unknown("a leader or a positioned element stands in it")
        call = call or box.footnote is not None or _is_call(box)
        after = 0.0
        if isinstance(box, boxes.InlineBox):
            resolve_percentages(box, containing_block)
            if "auto" in (box.margin_left, box.margin_right):
                box.margin_left = 0 if box.margin_left == "auto" else box.margin_left
                box.margin_right = 0 if box.margin_right == "auto" else box.margin_right
            if style["box_decoration_break"] == "clone":
                raise _Unknown("an element repeats its border on every line")
            pending += box.margin_left + box.border_left_width + box.padding_left
            after = box.margin_right + box.border_right_width + box.padding_right
        start = length
        nodes = []
        for index, child in enumerate(box.children):
            if child.is_absolutely_positioned() and child.style["position"] == "absolute":
                nodes.append(Node(length, length))
                continue
            if not child.is_in_normal_flow():
                raise _Unknown("something floats in it")
            nodes.append(walk(child, (*path, index), call))
        if after:
            if leaves and leaves[-1].end > start:
                leaves[-1].after += after
            else:
                pending += after
        return Node(start, length, tuple(nodes))

    try:
        node = walk(line, (), False)
    except _Unknown as unknown:
        return Flat("", (), Node(0, 0), str(unknown))
    if pending and leaves:
        leaves[-1].after += pending
    text = "".join(texts)
    if not text.strip(" "):
        return Flat("", (), Node(0, 0), "it has no words")
    _trim(node, text)
    likeness = tuple(
        (each.type if isinstance(each.type, Type) else each.type.width(DRAWING), each.start, each.call, each.before, each.after, each.style["hyphens"], each.style["lang"],
         each.style["hyphenate_limit_chars"])
        for each in leaves
    )  # fmt: skip
    return Flat(text, tuple(leaves), node, marked=marked, likeness=(marked, *likeness))


def _is_call(box: Any) -> bool:
    names = (box.element.get("class") or "").split() if box.element_tag in ("a", "span") else ()
    return "call" in names or "between-calls" in names


def _trim(node: Node, text: str) -> None:
    """Take white space off the edges of the range of each node that holds anything else."""
    start, end = node.start, node.end
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    if start < end:
        node.start, node.end = start, end
    else:
        node.end = node.start
    for child in node.children:
        _trim(child, text)


# Places ------------------------------------------------------------------------------------------


def places_of(flat: Flat, language: str, start: int, ragged: float | None = None) -> tuple[Places, tuple[Place, ...]]:
    """Return the places where lines may end after the character `start`, measured, and what they stand for.

    `ragged` is the measure of a paragraph whose lines need not fill it: there words are divided less, and not at
    all where a line has few characters.
    """
    text = flat.text
    dear = 1.0 if ragged is None else RAGGED_HYPHEN
    narrow = ragged is not None and ragged < FEW * type_of(flat.leaves[0].style).width(ALPHABET)
    shown = list(text)
    for leaf in flat.leaves:
        if leaf.call:
            shown[leaf.start : leaf.end] = JOINER * (leaf.end - leaf.start)
    breaks = _breaks("".join(shown).replace(DRAWING, "x"), language)
    total = len(text)
    stop = total
    while stop > start and text[stop - 1] in " \n":
        stop -= 1
    places, found = Places(), []
    width = spaces = 0.0
    words = 0
    for leaf in flat.leaves:
        if leaf.end <= start:
            continue
        type_, at = leaf.type, max(leaf.start, start)
        width += leaf.before if at == leaf.start else 0.0
        auto = leaf.style["hyphens"] == "auto" and not leaf.call and not narrow
        least, left, right = leaf.style["hyphenate_limit_chars"]
        lang = leaf.style["lang"] and pyphen.language_fallback(leaf.style["lang"])
        end = min(leaf.end, stop)
        while at < end:
            sign = text[at]
            if sign == "\n":
                places.add(width, width, spaces, spaces, words, forced=True)
                found.append(Place(at, at + 1, False))
                at += 1
                continue
            if sign == " " and found and found[-1].next == at and text[found[-1].end] == "\n":
                found[-1].next = at = at + 1  # a line that was ended by hand begins with no space
                continue
            if sign in " \u00a0":
                before, before_spaces = width, spaces
                width += type_.space
                spaces += type_.space
                at += 1
                if at in breaks and sign == " " and words:
                    # The space may go on in the next leaf only when white space was kept; it never is.
                    hang, _ = _hang(flat, at - 1)
                    dash = at < stop and text[at] in DASHES
                    places.add(
                        before, width, before_spaces, spaces, words,
                        penalty=BEFORE_DASH if dash else 0, hang=hang, hang_left=_hang_left(flat, at),
                    )  # fmt: skip
                    found.append(Place(at - 1, at, False))
                continue
            word_end = at
            while word_end < end and text[word_end] not in " \u00a0\n":
                word_end += 1
            word = text[at:word_end]
            whole = type_.width(word)
            if at == start or text[at - 1] in " \u00a0\n":
                words += 1
            cuts: dict[int, tuple[bool, float]] = {}
            penalty: float
            for offset in range(1, len(word) + 1):
                if at + offset in breaks and at + offset < stop:
                    if offset == len(word) and text[at + offset] in " \n":
                        continue
                    cuts[offset] = _cut(text, at + offset)
            if auto and lang in pyphen.LANGUAGES and len(word) >= least and not WHOLE.search(word):
                for match in LETTERS.finditer(word):
                    part = match.group()
                    if len(part) < least or part.isupper():
                        continue
                    penalty = NAME_HYPHEN if part[0].isupper() else HYPHEN
                    if _joined(text, at + match.start(), at + match.end()):
                        penalty = COMPOUND_HYPHEN
                    for division in _divisions(part, lang, left, right):
                        offset = match.start() + division
                        if offset not in cuts:
                            cuts[offset] = (True, dear * penalty)
            for offset in sorted(cuts):
                hyphen, penalty = cuts[offset]
                shown_part = word[:offset]
                before = type_.width(shown_part) if offset < len(word) else whole
                ended = type_.width(shown_part + type_.hyphen) if hyphen else before
                if offset == len(word):
                    before += leaf.after if at + offset == leaf.end else 0.0
                    ended = before
                hang = (
                    HANGS.get(type_.hyphen, 0.0) * type_.width(type_.hyphen) if hyphen else _hang(flat, at + offset)[0]
                )
                places.add(
                    width + ended, width + before, spaces, spaces, words,
                    penalty=penalty, hyphen=DIVIDED if hyphen else OWN if _ends_in_hyphen(text, at + offset) else 0, hang=hang, hang_left=_hang_left(flat, at + offset),
                )  # fmt: skip
                found.append(Place(at + offset, at + offset, hyphen))
            width += whole
            at = word_end
        if at == leaf.end:
            width += leaf.after
    hang, _ = _hang(flat, stop)
    places.add(width, width, spaces, spaces, words, hang=hang)
    found.append(Place(stop, total, False))
    return places, tuple(found)


def _breaks(text: str, language: str) -> set[int]:
    """Return the characters before which a line may be broken (UAX 14, as Pango reads it)."""
    attributes = line_break.get_log_attrs(text, language)
    return {
        at
        for at in range(1, len(text))
        if (text[at - 1] == " " or not text[at - 1].isalnum() or not text[at].isascii())
        and attributes[at].is_line_break
    }


def _cut(text: str, at: int) -> tuple[bool, float]:
    """Say whether a hyphen is put at a place where a line may end within a word, and its penalty."""
    before, after = text[at - 1], text[at]
    if before == "\u00ad":
        return True, HYPHEN
    if after in DASHES:
        return False, BEFORE_DASH
    if before in "\u2013-/" and (after.isdigit() or (at > 1 and text[at - 2].isdigit())):
        return False, IN_FIGURES
    return False, OWN_HYPHEN


def _ends_in_hyphen(text: str, at: int) -> bool:
    """Say whether a line that ends at a place ends in a letter and a hyphen."""
    return at > 1 and text[at - 1] in "-\u2010" and text[at - 2].isalpha()


def _joined(text: str, start: int, end: int) -> bool:
    """Say whether a word is a part of one with a hyphen or a dash of its own."""
    return (start > 0 and text[start - 1] in "-\u2010\u2011\u2013") or (
        end < len(text) and text[end] in "-\u2010\u2011\u2013"
    )


def leaf_at(flat: Flat, at: int) -> Leaf | None:
    low, high = 0, len(flat.leaves)
    while low < high:
        middle = (low + high) // 2
        if flat.leaves[middle].end <= at:
            low = middle + 1
        else:
            high = middle
    return flat.leaves[low] if low < len(flat.leaves) and flat.leaves[low].start <= at else None


def _hang(flat: Flat, end: int) -> tuple[float, str]:
    """Return how far the sign before a place hangs over the right edge."""
    sign = flat.text[end - 1] if end else ""
    share = HANGS.get(sign)
    leaf = leaf_at(flat, end - 1) if share else None
    if not share or leaf is None or leaf.call:
        return 0.0, sign
    return share * leaf.type.width(sign), sign


def _hang_left(flat: Flat, start: int) -> float:
    """Return how far the sign after a place hangs over the left edge."""
    share = HANGS_LEFT.get(flat.text[start]) if start < len(flat.text) else None
    leaf = leaf_at(flat, start) if share else None
    if not share or leaf is None or leaf.call:
        return 0.0
    return share * leaf.type.width(flat.text[start])
