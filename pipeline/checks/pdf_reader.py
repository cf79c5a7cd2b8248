"""The bytes of a tagged PDF come in; its words in the order of its structure go out as a `Reading`.

Every glyph that is shown must belong to an element of structure or to a pagination artifact: what
a screen reader would not reach is a problem, not silence (PDF/UA-1 7.1). Words come through MCIDs,
/ActualText and the ToUnicode maps of the fonts; the ends of printed lines are known from places.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pikepdf
from pikepdf import Name

from pipeline.book import Medium
from pipeline.checks.bidi import UNSEEN, clusters, guess, same_line
from pipeline.checks.glyphs import UNMAPPED, Mark, Painter, Shown
from pipeline.checks.reading import (
    BLOCK,
    LINE,
    MOVED,
    CallRead,
    FormulaRead,
    NoteRead,
    Picture,
    Piece,
    Reading,
    Setting,
)
from pipeline.pagelines import page_words
from pipeline.source import Problem

DEPTH = 400
"""Elements within elements that are followed."""

LIMIT = 20
"""Problems of one kind that are shown for a file."""

_SOFT = "\u00ad"
_HYPHEN = "\u2010"
_UNSEEN = re.compile(f"[{UNSEEN}]+")
_HYPHENS = "-\u2010\u2011\u058a"
_EDGE = 1.0  # points by which a glyph's origin may lie outside its page

_INLINE = frozenset(
    (
        *(
            "Span",
            "Link",
            "Reference",
            "Quote",
            "Code",
            "Em",
            "Strong",
            "Sub",
            "NonStruct",
            "Annot",
            "Figure",
            "Private",
        ),
        *("Ruby", "RB", "RT", "RP", "Warichu", "WT", "WP", "Formula", "BibEntry"),
    )
)
"""Types of structure that do not part the words before them from those after them; all others do."""


def read_pdf(name: str, data: bytes, *, inside: str = "", faces: bool = True, edge: float = _EDGE) -> Reading:
    """Read the finished PDF `name`. What cannot be read is a problem of the reading, never an exception.

    `inside` begins the addresses that lead to places of the book, in a file that is not bound yet. Without
    `faces` it is not proved that the glyphs draw what the file says of them. By `edge` points a glyph may begin beyond the
    paper.
    """
    try:
        with warnings.catch_warnings(record=True) as caught, pikepdf.open(BytesIO(data)) as pdf:
            warnings.simplefilter("always")
            reading = _Reader(name, pdf, inside, edge).read(faces=faces)
            damage = [*(str(warning.message) for warning in caught), *pdf.get_warnings()]
        if damage:
            words = " ".join(str(damage[0]).split())[:200]
            return replace(reading, problems=(*reading.problems, _unreadable(name, words)))
        return reading
    except (
        pikepdf.PdfError,
        pikepdf.PasswordError,
        AttributeError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        RuntimeError,
        OverflowError,
        NotImplementedError,
    ) as error:
        words = " ".join(str(error).split())[:200] or type(error).__name__
        return Reading(name, Medium.PDF, problems=(_unreadable(name, words),))


def _unreadable(name: str, why: str) -> Problem:
    return Problem(
        "pdf-unreadable",
        f"the words of `{name}` cannot be read back: {why}",
        None,
        "this is a fault of the pipeline or of what wrote the file, not of the manuscript",
    )


@dataclass(slots=True)
class _OpenNote:
    """A note while it is being read."""

    id: str
    after: int
    number: int
    voice: str
    mark: str = ""
    back: str = ""


class _Reader:
    """The state of reading one PDF."""

    def __init__(self, name: str, pdf: pikepdf.Pdf, inside: str = "", edge: float = _EDGE) -> None:
        self.name = name
        self.pdf = pdf
        self.inside = inside
        self.edge = edge
        self.pages: dict[tuple[int, int], int] = {}
        self.marked: dict[tuple[int, int, int], list[Shown]] = defaultdict(list)
        self.taken: set[tuple[int, int, int]] = set()
        self.pieces: list[Piece] = []
        self.apart: list[Piece] = []
        self.pictures: list[Picture] = []
        self.formulas: list[FormulaRead] = []
        self.outlines: dict[tuple[int, int, int], int] = {}
        self.drawn: int | None = None
        """the outlines of the formula that is being read"""
        self.calls: list[CallRead] = []
        self.notes: list[NoteRead] = []
        self.open_notes: list[_OpenNote] = []
        self.problems: list[Problem] = []
        self.counts: dict[str, int] = defaultdict(int)
        self.last: Shown | None = None
        self.after_formula = False
        """a formula stands between the last glyphs, if any, and those that come"""
        self.last_page = 0
        self.shown: list[Shown] | None = None
        """what an element with /ActualText shows, while it is read"""
        self.block = False
        self.roles: dict[str, str] = {}
        self.labels: tuple[str, ...] = ()
        self.page = 0

    def problem(self, code: str, message: str, hint: str = "") -> None:
        self.counts[code] += 1
        if self.counts[code] <= LIMIT:
            self.problems.append(Problem(code, message, None, hint))

    def read(self, *, faces: bool = True) -> Reading:
        self.labels = tuple(page_labels(self.pdf))
        painter = Painter()
        stray: list[tuple[int, Shown]] = []
        for index, page in enumerate(self.pdf.pages):
            self.pages[page.obj.objgen] = index
            self._take_page(index, page, painter.page(page), stray)
            for mark, count in painter.outlines.items():
                key = (index, mark.stream, mark.number)
                self.outlines[key] = self.outlines.get(key, 0) + count
        for font in painter.fonts if faces else ():
            false = font.false()
            if false is not None:
                self.problem(
                    "font-map-false",
                    f"`{self.name}` reads a glyph of `{font.name}` as `{false[0]}`, which draws `{false[1]}`",
                    "the words on the page are not those that programs find there",
                )
        root = self.pdf.Root.get(Name.StructTreeRoot)
        if root is None:
            self.problems.append(
                Problem(
                    "pdf-untagged",
                    f"`{self.name}` has no structure, so nothing says in which order it is read",
                    None,
                    "the order of words in an untagged PDF cannot be proved from the file",
                )
            )
        else:
            roles = root.get(Name.RoleMap)
            if roles is not None:
                self.roles = {key: str(value) for key, value in roles.items()}
            self._kids(root.get(Name.K), None, "", 0)
            self._untaken()
            for index, shown in stray:
                self._untagged(index, shown.text)
        return Reading(
            name=self.name,
            medium=Medium.PDF,
            pieces=tuple(self.pieces),
            places=tuple(f"page {page_words(label, index)}" for index, label in enumerate(self.labels)),
            pictures=tuple(self.pictures),
            formulas=tuple(self.formulas),
            calls=tuple(self.calls),
            notes=tuple(self.notes),
            apart=tuple(self.apart),
            targets=dict(self._destinations()),
            labels=self.labels,
            problems=tuple(self.problems),
        )

    # Pages ----------------------------------------------------------------------------------

    def _take_page(self, index: int, page: pikepdf.Page, shown: list[Shown], stray: list[tuple[int, Shown]]) -> None:
        """Sort what a page shows by the mark it stands in."""
        left, bottom, right, top = (float(value) for value in page.cropbox)
        off: list[str] = []
        for each in shown:
            mark = each.mark
            if mark is not None and mark.artifact:
                self.apart.append(Piece(each.text, index, "Artifact", each.glyphs))
            elif mark is None or mark.number < 0:
                stray.append((index, each))
            else:
                self.marked[index, mark.stream, mark.number].append(each)
            if not each.text.strip():
                continue
            edge = self.edge
            if not (left - edge <= each.x <= right + edge and bottom - _EDGE <= each.y <= top + _EDGE):
                off.append(each.text)
            if not each.seen:
                self.problem("text-unseen", f"`{_clip(each.text)}` is not painted on {self._page(index)}")
        if off:
            others = "another stretch" if len(off) == 2 else f"{len(off) - 1} more stretches"
            more = f" and {others} of text stand" if len(off) > 1 else " stands"
            self.problem(
                "text-off-page",
                f"`{_clip(off[0])}`{more} outside {self._page(index)}",
                "nobody can read what lies beyond the edge of the paper",
            )

    def _page(self, index: int) -> str:
        return (
            f"page {page_words(self.labels[index], index)}, of `{self.name}`"
            if index < len(self.labels)
            else f"`{self.name}`"
        )

    def _untagged(self, index: int, text: str) -> None:
        if text.strip():
            self.problem(
                "text-untagged",
                f"`{_clip(text)}` on {self._page(index)} belongs to no element of structure",
                "a screen reader would not read it",
            )

    def _untaken(self) -> None:
        """Report marked content that no element of structure holds."""
        for key in sorted(self.marked.keys() - self.taken):
            self._untagged(key[0], "".join(shown.text for shown in self.marked[key]))

    # Structure ------------------------------------------------------------------------------

    def _kids(self, kids: Any, page: int | None, role: str, depth: int) -> None:
        if kids is None:
            return
        if depth > DEPTH:
            raise ValueError(f"elements of structure are nested over {DEPTH} deep")
        if not isinstance(kids, pikepdf.Array):
            self._kid(kids, page, role, depth)
            return
        for kid in kids:
            self._kid(kid, page, role, depth)

    def _kid(self, kid: Any, page: int | None, role: str, depth: int) -> None:
        if isinstance(kid, int):
            if page is not None:
                self._content(page, 0, kid, role, None)
            return
        if not isinstance(kid, pikepdf.Dictionary):
            return
        kind = kid.get(Name.Type)
        if kind == Name.MCR:
            own = kid.get(Name.Pg)
            place = page if own is None else self.pages.get(own.objgen)
            stream = kid.get(Name.Stm)
            if place is not None:
                self._content(place, 0 if stream is None else stream.objgen[0], int(kid.MCID), role, None)
        elif kind == Name.OBJR:
            self._annotation(kid.get(Name.Obj), role)
        elif Name.S in kid:
            self._element(kid, page, role, depth)

    def _element(self, element: Any, page: int | None, above: str, depth: int) -> None:
        own = element.get(Name.Pg)
        if own is not None:
            page = self.pages.get(own.objgen, page)
        name = str(element.S)
        for _ in range(8):
            if name not in self.roles:
                break
            name = self.roles[name]
        name = name[1:]
        inline = name in _INLINE
        role = above if name in ("Span", "NonStruct", "Private") else f"{above}/{name}" if above else name
        if role.count("/") > 6:
            role = role.split("/", 1)[1]
        if name in ("Figure", "Formula"):
            alt = element.get(Name.Alt)
            self.pictures.append(Picture(None if alt is None else str(alt), page if page is not None else self.page))
        held = self.last
        if not inline:
            self.block = True
            self.last = None
        begin = len(self.pieces)
        if name == "Note":
            self.open_notes.append(
                _OpenNote(str(element.get(Name.ID, "")), len(self.calls), len(self.notes), str(element.get(Name.T, "")))
            )
            self.notes.append(NoteRead("", "", "", 0, 0))
        kids = element.get(Name.K)
        actual = element.get(Name.ActualText)
        if name == "Formula":
            self._formula(element, kids, page, role, depth)
        elif name == "Link" and not role.endswith("Lbl/Link"):
            self._link(kids, page, role, depth)
        elif actual is not None:
            self._replaced(kids, page, role, depth, str(actual))
        else:
            self._kids(kids, page, role, depth + 1)
        if not inline:
            self.block = True
            self.last = held
        if name == "Lbl" and self.open_notes and above.endswith("Note"):
            self.open_notes[-1].mark = _text(self.pieces[begin:])
        elif name == "Note":
            note = self.open_notes.pop()
            place = self.pieces[begin].place if begin < len(self.pieces) else self.page
            self.notes[note.number] = NoteRead(note.id, note.mark, note.back, note.after, place, note.voice)

    def _formula(self, element: Any, kids: Any, page: int | None, role: str, depth: int) -> None:
        """Read a formula: its source, which is its title, and how much of it is drawn."""
        held, self.drawn = self.drawn, 0
        self._kids(kids, page, role, depth + 1)
        source = str(element.get(Name.T, ""))
        place = page if page is not None else self.page
        self.formulas.append(FormulaRead(source, place, self.drawn))
        self.drawn = held
        start = BLOCK if self.block else MOVED
        self.block = False
        self.after_formula = True
        self.pieces.append(Piece(start + source, place, role))

    def _link(self, kids: Any, page: int | None, role: str, depth: int) -> None:
        """Read a link, which may be a call of a note: its words, and where it leads."""
        begin = len(self.pieces)
        place = len(self.calls)
        self.calls.append(CallRead("", "", "", self.page))
        self._kids(kids, page, role, depth + 1)
        call = self.calls[place]
        where = self.pieces[begin].place if begin < len(self.pieces) else self.page
        self.calls[place] = CallRead("", call.target, _text(self.pieces[begin:]), where)

    def _annotation(self, annotation: Any, role: str) -> None:
        """Note where a link or the mark of a note leads."""
        if not isinstance(annotation, pikepdf.Dictionary):
            return
        target = annotation.get(Name.Dest)
        if target is None:
            action = annotation.get(Name.A)
            target = None if action is None else action.get(Name.D)
            if self.inside and action is not None and str(action.get(Name.URI, "")).startswith(self.inside):
                target = pikepdf.String(unquote(str(action.URI)[len(self.inside) :]))
        if not isinstance(target, pikepdf.String | Name):
            return
        words = str(target).removeprefix("/")
        if "/Note/Lbl" in role and self.open_notes:
            self.open_notes[-1].back = self.open_notes[-1].back or words
        elif self.calls:
            call = self.calls[-1]
            self.calls[-1] = CallRead(call.id, call.target or words, call.mark, call.place)

    def _replaced(self, kids: Any, page: int | None, role: str, depth: int, actual: str) -> None:
        """Read an element whose words are given by /ActualText; what its glyphs say must agree."""
        outer_pieces, outer_shown = self.pieces, self.shown
        pieces: list[Piece] = []
        shown: list[Shown] = []
        self.pieces, self.shown = pieces, shown
        block, before = self.block, self.last
        self._kids(kids, page, role, depth + 1)
        self.pieces, self.shown = outer_pieces, outer_shown
        place = pieces[0].place if pieces else self.page
        text = "".join(piece.text for piece in pieces)
        self._agree(actual, text, shown, place)
        self.pieces.append(Piece(self._start(pieces, block, before) + _divided(actual, text), place, role))
        self.block = False

    @staticmethod
    def _start(glyphs: list[Piece], block: bool, before: Shown | None) -> str:
        """Return what parts replaced words from those before: the same as for their glyphs."""
        if not glyphs:
            return BLOCK if block else ""
        text = glyphs[0].text
        return text[: len(text) - len(text.lstrip(BLOCK + LINE + MOVED))]

    def _agree(self, actual: str, text: str, shown: list[Shown], place: int) -> None:
        """Report words given in place of glyphs that show something else.

        They may put right what a font's map gets wrong: capitals set small, a glyph of two characters, the
        order of right-to-left words.
        """
        if _bare(actual) == _bare(text) or _explained(actual, shown):
            return
        units = tuple(
            unit for each in shown for unit in (each.glyphs or tuple(clusters(each.text.replace(_HYPHEN, "-"))))
        )
        if any(each.glyphs for each in shown) and same_line(actual.replace(_SOFT, "-").replace(_HYPHEN, "-"), units):
            return
        self.problem(
            "actual-text-false",
            f"the words `{_clip(actual)}` are said in place of `{_clip(text)}`, which stands on {self._page(place)}",
            "/ActualText may only put right what the font's map gets wrong",
        )

    def _content(self, page: int, stream: int, number: int, role: str, actual: str | None) -> None:
        """Read marked content: its glyphs, and how they stand to those before."""
        key = (page, stream, number)
        if key in self.taken:
            self.problem(
                "text-tagged-twice",
                f"`{_clip(''.join(each.text for each in self.marked.get(key, [])))}` on {self._page(page)} belongs to "
                "two elements of structure",
                "a screen reader would read it twice",
            )
            return
        self.taken.add(key)
        self.page = page
        if self.drawn is not None:
            self.drawn += self.outlines.get(key, 0)
        if self.shown is not None:
            self.shown.extend(self.marked.get(key, ()))
        for shown in _marks(self.marked.get(key, [])):
            self._show(page, shown, role)

    def _show(self, page: int, shown: list[Shown], role: str) -> None:
        parts: list[str] = []
        set_so: list[tuple[int, Shown]] = []
        for each in shown:
            if not each.text:
                continue
            gap = self._gap(page, each)
            if not set_so or each.size != set_so[-1][1].size or (gap != LINE and each.y != set_so[-1][1].y):
                set_so.append((len(parts), each))
            parts.append(gap)
            parts.append(each.text)
            self.last, self.last_page, self.after_formula = each, page, False
        if not parts:
            return
        mark = shown[0].mark
        text = "".join(parts)
        start = text[: len(text) - len(text.lstrip(BLOCK + LINE + MOVED))]
        if mark is not None and mark.actual is not None:
            self._agree(mark.actual, text, shown, page)
            one = len({(each.y, each.size) for each in shown}) == 1
            setting = Setting(shown[0].y, shown[0].size, all(map(_alternate, shown))) if one else None
            self.pieces.append(Piece(start + _divided(mark.actual, text), page, role, setting=setting))
        elif any(each.glyphs for each in shown):
            glyphs = tuple(unit for each in shown for unit in (each.glyphs or clusters(each.text)))
            self.pieces.append(Piece(start + guess(glyphs), page, role, glyphs))
        else:
            for (at, each), end in zip(set_so, [*(at for at, _ in set_so[1:]), len(parts)], strict=True):
                setting = Setting(each.y, each.size, _alternate(each))
                self.pieces.append(Piece("".join(parts[at:end]), page, role, setting=setting))

    def _gap(self, page: int, shown: Shown) -> str:
        """Say what parts these glyphs from those before them in the same block."""
        if self.block:
            self.block = False
            return BLOCK
        last = self.last
        if last is None and self.after_formula:
            return MOVED  # nobody knows where a drawing ends
        if last is None or not shown.moved:
            return ""
        if page != self.last_page:
            return LINE
        rise = shown.y - last.y
        size = max(shown.size, last.size)
        if rise <= -0.7 * size:
            return LINE
        if rise > 0.7 * size:
            return MOVED if shown.x > last.x else LINE  # a line beside a drop capital, or the next column
        # On the same line: a space that stands alone is not painted, and shows only as room between words.
        return MOVED if abs(shown.x - last.end) > 0.12 * min(shown.size, last.size) else ""

    # Names ----------------------------------------------------------------------------------

    def _destinations(self) -> Iterator[tuple[str, int]]:
        return destinations(self.pdf, self.pages)


def destinations(pdf: pikepdf.Pdf, pages: Mapping[tuple[int, int], int]) -> Iterator[tuple[str, int]]:
    """Yield every named destination and its page; `pages` gives the index of each page's object."""
    root = pdf.Root
    old = root.get(Name.Dests)
    if isinstance(old, pikepdf.Dictionary):
        for key, value in old.items():
            page = _target(value, pages)
            if page is not None:
                yield key[1:], page
    names = root.get(Name.Names)
    tree = None if names is None else names.get(Name.Dests)
    for key, value in _tree(tree, Name.Names):
        page = _target(value, pages)
        if page is not None:
            yield str(key), page


def _target(value: Any, pages: Mapping[tuple[int, int], int]) -> int | None:
    if isinstance(value, pikepdf.Dictionary):
        value = value.get(Name.D)
    if isinstance(value, pikepdf.Array) and len(value) and isinstance(value[0], pikepdf.Dictionary):
        return pages.get(value[0].objgen)
    return None


def _marks(shown: list[Shown]) -> Iterator[list[Shown]]:
    """Part what one MCID holds where a replacement begins or ends."""
    run: list[Shown] = []
    for each in shown:
        if run and _actual(run[0].mark) is not _actual(each.mark):
            yield run
            run = []
        run.append(each)
    if run:
        yield run


def _actual(mark: Mark | None) -> str | None:
    return None if mark is None else mark.actual


def _tree(node: Any, leaves: Name) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of a name tree or number tree (ISO 32000-1, 7.9.6 and 7.9.7)."""
    stack = [node]
    seen: set[tuple[int, int]] = set()
    while stack:
        node = stack.pop()
        if not isinstance(node, pikepdf.Dictionary):
            continue
        if node.is_indirect:
            if node.objgen in seen:
                continue
            seen.add(node.objgen)
        pairs = node.get(leaves)
        if isinstance(pairs, pikepdf.Array):
            for at in range(0, len(pairs) - 1, 2):
                yield pairs[at], pairs[at + 1]
        kids = node.get(Name.Kids)
        if isinstance(kids, pikepdf.Array):
            stack.extend(reversed(list(kids)))


def page_labels(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield the label of every page; 1, 2, 3 where the file gives none (ISO 32000-1, 12.4.2)."""
    ranges = sorted((int(key), value) for key, value in _tree(pdf.Root.get(Name.PageLabels), Name.Nums))
    at = -1
    style, prefix, first, start = "/D", "", 1, 0
    for index in range(len(pdf.pages)):
        while at + 1 < len(ranges) and ranges[at + 1][0] <= index:
            at += 1
            start, value = ranges[at]
            style, prefix, first = str(value.get(Name.S, "")), str(value.get(Name.P, "")), int(value.get(Name.St, 1))
        yield prefix + _numeral(first + index - start, style)


def _numeral(number: int, style: str) -> str:
    match style:
        case "/D":
            return str(number)
        case "/r" | "/R":
            letters = ""
            for value, sign in _ROMAN:
                times, number = divmod(number, value)
                letters += sign * times
            return letters if style == "/r" else letters.upper()
        case "/a" | "/A":
            times, place = divmod(number - 1, 26)
            letters = chr(ord("a") + place) * (times + 1)
            return letters if style == "/a" else letters.upper()
        case _:
            return ""


_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def _alternate(shown: Shown) -> bool:
    """Say whether a face has glyphs of its own for these few signs: its table of characters has no way to them."""
    if shown.font is None or not shown.font.embedded or len(shown.text) > 40:
        return False  # in a file without its faces, as a unit's is, nobody can know: the bound file is asked then
    drawn = [shown.font.drawn(code) for code in shown.units]
    return all(not signs or any(unicodedata.normalize("NFKC", sign) != sign for sign in signs) for signs in drawn)


def _text(pieces: list[Piece]) -> str:
    text = "".join(piece.text for piece in pieces)
    return " ".join(text.replace(MOVED, " ").replace(BLOCK, " ").split())


def _divided(actual: str, text: str) -> str:
    """Return words with the hyphen that is painted where they have a soft one: the end of a line divides a word."""
    if actual.endswith(_SOFT) and text[-1:] in _HYPHENS:
        return f"{actual[:-1]}{text[-1]}{_SOFT}"
    return actual


def _explained(actual: str, shown: list[Shown]) -> bool:
    """Say whether glyph by glyph the words can be what is shown.

    What a glyph draws is what its face says; an alternate (a small capital, a ligature) draws what
    the file's map says, capitals aside.
    """
    parts: list[str] = []
    for each in shown:
        if each.font is None or len(parts) > 4000:
            return False
        for code in each.units:
            drawn = each.font.drawn(code)
            if drawn:
                found = {_bare(sign) for sign in drawn} | {unicodedata.normalize("NFKD", sign) for sign in drawn}
                parts.append(f"(?:{'|'.join(sorted(re.escape(_bare(sign)) for sign in found))})")
            elif each.font.map[code] == UNMAPPED:
                return False
            else:
                parts.append(f"(?i:{re.escape(_bare(each.font.map[code]))})")
    return re.fullmatch("".join(parts), _bare(actual)) is not None


def _bare(text: str) -> str:
    """Return a text without what /ActualText may mend: white space, hyphens of line ends, signs without a glyph."""
    text = unicodedata.normalize("NFD", _UNSEEN.sub("", text))
    return "".join(sign for sign in text if not sign.isspace() and sign not in _HYPHENS + _SOFT + MOVED + BLOCK)


def _clip(text: str, most: int = 60) -> str:
    text = " ".join(text.replace(MOVED, " ").split()).replace("`", "ˋ")
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"
