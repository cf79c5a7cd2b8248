"""Unit PDFs, their facts and the layer of heads become one PDF: one tree, one outline, one font a face.

Everything here works on PDF objects (ISO 32000-1) through pikepdf. Coordinates are points from
the lower left. Nothing here is set or broken into lines: a page's content stays as it was laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from pipeline.html import Resource
from pipeline.pdf.facts import Facts
from pipeline.pdf.fonts import FaceKey, FontUnion, Use
from pipeline.pdf.metadata import About, Conformance, info_entries, xmp
from pipeline.pdf.units import RESERVED, Numbering


@dataclass(frozen=True, slots=True)
class Bound:
    """A unit that is ready to be bound: its PDF and facts.

    `name` is for messages. `language` is that of its words. `links` are the words of its links
    by target (an id, or an address), for links that say nothing themselves; `shift` says how many
    levels its bookmarks are moved down.
    """

    name: str
    pdf: bytes
    facts: Facts
    language: str
    links: Mapping[str, str]
    shift: int = 0


@dataclass(frozen=True, slots=True)
class HeadSheets:
    """The layer of heads: PDFs of `batch` pages each, and which pages of the book carry something."""

    pdfs: tuple[bytes, ...]
    facts: tuple[Facts, ...]
    batch: int
    printed: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """What the finished file carries besides its pages.

    `notes` is what links to notes and to their calls say, by target. `moved` says how far to the right the text of a page with an odd index stands from where it
    was laid out. `profile` is the sRGB ICC profile of the output intent, or b"".
    """

    about: About
    faces: Mapping[FaceKey, Resource]
    notes: Mapping[str, str]
    moved: float = 0.0
    profile: bytes = b""
    attachments: tuple[Resource, ...] = ()
    whole: str = ""
    """the name of the book's file, when only a part of it is bound: links that leave the part lead there"""
    turn: bool = False
    """whether pages with a turned figure or table shall be shown turned, so that it is read upright"""
    still: frozenset[int] = frozenset()
    """pages that a picture fills: their content is not moved"""

    def shift(self, index: int) -> float:
        """Return how far to the right the content of a page is moved."""
        return self.moved if index % 2 and index not in self.still else 0.0


def join(bound: Sequence[Bound], numbering: Numbering, heads: HeadSheets, finish: Finish) -> bytes:
    """Return the book as the bytes of one PDF.

    Raises LookupError for a link whose target stands nowhere and ValueError for unit PDFs that do
    not agree with their facts: faults of ours, since the pages were made by us.
    """
    return without_open_ends(_bind(bound, numbering, heads, finish))


def _bind(bound: Sequence[Bound], numbering: Numbering, heads: HeadSheets, finish: Finish) -> bytes:
    """Return the book as it is written first; all that was open for it is closed by then.

    Every file that comes in is closed as soon as its pages are in the book, which keeps of it only the bytes
    in which its streams stand: so a long book needs room for its own objects, and not for those of its units too.
    """
    out = pikepdf.Pdf.new()
    union = FontUnion(finish.faces)
    tree = _Tree(out, finish.about.language)
    # A part of a book keeps its sides and its heads: the pages before it stand in while it is bound.
    before = numbering.units[0].first - numbering.units[0].blanks if finish.whole else 0
    for _ in range(before):
        out.add_blank_page(page_size=bound[0].facts.size)
    count = before
    taken: list[_Taken] = []
    for unit, placed in zip(bound, numbering.units, strict=True):
        for _ in range(placed.blanks):
            _add_blank(out, unit.facts.size, tree)
        count += placed.blanks
        if count != placed.first:
            raise ValueError(f"{unit.name!r} begins on page {count}, not on {placed.first}")
        taken.append(_take(out, unit, union, tree))
        count += unit.facts.pages
    leaves = [page.obj for page in out.pages]
    lettered: list[tuple[pikepdf.Object, Mapping[str, Use]]] = []
    for unit, placed, each in zip(bound, numbering.units, taken, strict=True):
        own = leaves[placed.first : placed.first + unit.facts.pages]
        lettered.extend((fonts, each.uses) for fonts in _fonts_of(own))
        if each.base is not None:
            _move_keys(own, each.base)
    lettered.extend(_paint_heads(out, leaves, union, heads, finish))
    union.write(out)
    for fonts, uses in lettered:
        union.fill(fonts, uses)
    places = _places(bound, numbering, finish)
    targets = _finish_annotations(leaves, bound, numbering, finish, places)
    targets.update((heading.id, None) for unit in bound for page in unit.facts.headings for heading in page)
    _move_boxes(leaves, tree, finish)
    tree.write(leaves)
    _write_destinations(out, leaves, [target for target in targets if target], places)
    _write_outline(out, leaves, bound, numbering, finish)
    if finish.turn:
        _turn(leaves, bound, numbering)
    del out.pages[:before]
    _write_labels(out, numbering, before)
    _attach(out, finish)
    _write_catalog(out, finish, tagged=tree.tagged)
    for image in _images(out):
        image.Interpolate = False
    return _written(out, "1.7", False)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is left to be done with the pages of a unit that stand in the book: its fonts, and how far its keys move."""

    uses: Mapping[str, Use]
    base: int | None


def _take(out: pikepdf.Pdf, unit: Bound, union: FontUnion, tree: _Tree) -> _Taken:
    """Put the pages and the tree of a unit into the book; its file may be closed then."""
    source = _open(unit.pdf)
    uses = union.take(source, unit.facts.fonts)
    count = 0
    for page in source.pages:  # one by one: `extend` warns of lost names (pikepdf 10.18), and facts have them
        out.pages.append(page)
        count += 1
    if count != unit.facts.pages:
        raise ValueError(f"{unit.name!r} has {count} pages and facts of {unit.facts.pages}")
    return _Taken(uses, tree.graft(source, unit))


def _open(data: bytes) -> pikepdf.Pdf:
    """Open a unit's PDF without its own names and outline: the facts know them, and the book gets new ones."""
    pdf = pikepdf.open(BytesIO(data))
    for name in (Name.Names, Name.Outlines):
        if name in pdf.Root:
            del pdf.Root[name]
    return pdf


# Pages --------------------------------------------------------------------------------------------


def _add_blank(out: pikepdf.Pdf, size: tuple[float, float], tree: _Tree) -> None:
    """Add an empty page, which belongs to the tree like any other."""
    page = out.add_blank_page(page_size=(size[0], size[1])).obj
    page.MediaBox = Array([0, 0, _tidy(size[0]), _tidy(size[1])])
    page.TrimBox = page.BleedBox = page.MediaBox
    page.Resources = Dictionary()
    page.Tabs = Name.S
    tree.add_blank(page)


def _fonts_of(pages: Iterable[pikepdf.Object]) -> Iterator[pikepdf.Object]:
    """Yield every `Font` dictionary of the pages once."""
    seen: set[tuple[int, int]] = set()
    for page in pages:
        fonts = page.Resources.get(Name.Font)
        if fonts is not None and (not fonts.is_indirect or fonts.objgen not in seen):
            seen.add(fonts.objgen)
            yield fonts


def _move_keys(pages: Iterable[pikepdf.Object], base: int) -> None:
    """Move the keys by which pages and annotations are found in the tree past those of the units before."""
    for page in pages:
        page.StructParents = base + int(page.StructParents)
        for annotation in page.get(Name.Annots, Array()):
            if (parent := annotation.get(Name.StructParent)) is not None:
                annotation.StructParent = base + int(parent)


def _paint_heads(
    out: pikepdf.Pdf, leaves: Sequence[pikepdf.Object], union: FontUnion, heads: HeadSheets, finish: Finish
) -> list[tuple[pikepdf.Object, Mapping[str, Use]]]:
    """Put each page's text in its place, and the head as a form over it, marked as an artifact.

    A form has resources of its own, so names in the two layers cannot clash; the streams around
    the text are shared by all pages, and the stream of the text itself stays as it was. Returns the `Font`
    dictionaries that are to be filled.
    """
    opened = {dx: out.make_indirect(pikepdf.Stream(out, _opening(dx))) for dx in {0.0, finish.moved}}
    closed = out.make_indirect(pikepdf.Stream(out, b"Q\n"))
    painted = out.make_indirect(pikepdf.Stream(out, b"Q\n/Artifact <</Type /Pagination>> BDC\nq /Head Do Q\nEMC\n"))
    lettered: list[tuple[pikepdf.Object, Mapping[str, Use]]] = []
    for batch, (data, facts) in enumerate(zip(heads.pdfs, heads.facts, strict=True)):
        source = _open(data)
        uses = union.take(source, facts.fonts)
        resources: pikepdf.Object | None = None
        first = batch * heads.batch
        for index, (page, sheet) in enumerate(zip(leaves[first:], source.pages, strict=False), first):
            if Name.StructParents not in page and Name.Contents not in page:
                continue  # it only stands in
            printed = heads.printed[index]
            if printed:
                if [float(v) for v in sheet.obj.MediaBox] != [float(v) for v in page.MediaBox]:
                    raise ValueError(f"page {index} and its head differ in size")
                if resources is None:
                    resources = out.copy_foreign(sheet.obj.Resources)
                    if (fonts := resources.get(Name.Font)) is not None:
                        lettered.append((fonts, uses))
                _paint(out, page, sheet.obj, resources)
            contents = page.get(Name.Contents)
            if contents is not None:
                body = list(contents) if isinstance(contents, Array) else [contents]
                move_patterns(page, finish.shift(index), 0.0)
                page.Contents = Array([opened[finish.shift(index)], *body, painted if printed else closed])
            elif printed:
                page.Contents = Array([opened[0.0], painted])
    return lettered


def _paint(out: pikepdf.Pdf, page: pikepdf.Object, sheet: pikepdf.Object, resources: pikepdf.Object) -> None:
    """Give a page its head as a form; the page's own resources are then those of its unit, and the head."""
    form = _copied(out, sheet.Contents)
    form.Type = Name.XObject
    form.Subtype = Name.Form
    form.BBox = Array(list(page.MediaBox))
    form.Resources = resources
    own = Dictionary(dict(page.Resources.items()))
    forms = own.get(Name.XObject)
    own.XObject = Dictionary(dict(forms.items()) if forms is not None else {})
    own.XObject.Head = out.make_indirect(form)
    page.Resources = own


def _copied(out: pikepdf.Pdf, stream: pikepdf.Object) -> pikepdf.Stream:
    """Return a stream of the same data, as it is written where pikepdf wrote it (see `tighten`)."""
    if stream.get(Name.Filter) != Name.FlateDecode or Name.DecodeParms in stream:
        return pikepdf.Stream(out, stream.read_bytes())
    copy = pikepdf.Stream(out, stream.read_raw_bytes())
    copy.Filter = Name.FlateDecode
    return copy


_FILLED = re.compile(rb"/([^\s/<>\[\]()]+)\s+(?:scn|SCN)\b")


def move_patterns(page: pikepdf.Object, dx: float, dy: float) -> None:
    """Let the patterns with which a page fills its shapes go with its content, before that is moved by points.

    A pattern lies on the page and not where a stream has moved to (ISO 32000-1, 8.7.3.1). WeasyPrint makes one for each shape.
    """
    resources = page.get(Name.Resources)
    patterns = None if resources is None else resources.get(Name.Pattern)
    contents = page.get(Name.Contents)
    if patterns is None or contents is None or not (dx or dy):
        return
    parts = list(contents) if isinstance(contents, Array) else [contents]
    named = {name for part in parts for name in _FILLED.findall(part.read_bytes())}
    for name in sorted(named):
        pattern = patterns.get("/" + name.decode("latin-1"))
        if pattern is not None:
            *turn, x, y = (float(value) for value in pattern.get(Name.Matrix, (1, 0, 0, 1, 0, 0)))
            pattern.Matrix = Array([*turn, round(x + dx, 4), round(y + dy, 4)])


def _opening(dx: float) -> bytes:
    return f"q 1 0 0 1 {dx:g} 0 cm\n".encode() if dx else b"q\n"


def _images(out: pikepdf.Pdf) -> Iterable[pikepdf.Object]:
    """Yield every image once: WeasyPrint asks for interpolation, which PDF/A forbids."""
    for item in out.objects:
        if isinstance(item, pikepdf.Stream) and item.get(Name.Subtype) == Name.Image:
            yield item


def _tidy(value: float) -> float | int:
    value = round(value, 3)
    return int(value) if value == int(value) else value


# Structure ----------------------------------------------------------------------------------------


class _Tree:
    """The structure tree of the book, while those of the units are grafted onto it."""

    def __init__(self, out: pikepdf.Pdf, language: str) -> None:
        self._out = out
        self._language = language
        self.root = out.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self.document = out.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=self.root, K=Array()))
        self.tagged = False
        self.parents: list[tuple[int, pikepdf.Object]] = []
        self._next = 0
        self._ids: dict[bytes, pikepdf.Object] = {}
        self._roles: dict[str, pikepdf.Object] = {}

    def add_blank(self, page: pikepdf.Object) -> None:
        page.StructParents = self._next
        self.parents.append((self._next, self._out.make_indirect(Array())))
        self._next += 1

    def graft(self, source: pikepdf.Pdf, unit: Bound) -> int | None:
        """Take the tree of a unit over: its elements and its IDs.

        Returns what is to be added to the keys of its pages, which come after those before; None for a unit without a tree.
        """
        foreign = source.Root.get(Name.StructTreeRoot)
        if foreign is None:
            return None
        self.tagged = True
        copied = self._out.copy_foreign(foreign)
        numbers = list(copied.ParentTree.Nums)
        base = self._next
        for key, value in zip(numbers[::2], numbers[1::2], strict=True):
            self.parents.append((base + int(key), value))
            self._next = max(self._next, base + int(key) + 1)
        top = copied.K
        for element in list(top) if isinstance(top, Array) else [top]:
            self._adopt(element, unit.language)
        if (names := copied.get(Name.IDTree)) is not None:
            self._take_ids(names, unit.name)
        if (roles := copied.get(Name.RoleMap)) is not None:
            self._roles.update(roles.items())
        return base

    def _adopt(self, element: pikepdf.Object, language: str) -> None:
        """Hang an element under our Document; of a unit's own Document only the kids are kept."""
        if str(element.S) != "/Document":
            self._hang(element, language)
            return
        own = element.get(Name.Lang)
        kids = element.get(Name.K, Array())
        for kid in list(kids) if isinstance(kids, Array) else [kids]:
            self._hang(kid, str(own) if own is not None else language)

    def _hang(self, element: pikepdf.Object, language: str) -> None:
        element.P = self.document
        if language != self._language and Name.Lang not in element:
            element.Lang = String(language)
        self.document.K.append(element)

    def _take_ids(self, names: pikepdf.Object, unit: str) -> None:
        flat = list(names.Names)
        for name, element in zip(flat[::2], flat[1::2], strict=True):
            key = bytes(name)
            if key in self._ids:
                raise ValueError(f"two structure elements have the ID {key!r}, the second in {unit!r}")
            self._ids[key] = element

    def write(self, leaves: Iterable[pikepdf.Object]) -> None:
        """Write the root of the tree into the catalog; without a tree take the keys out of the pages."""
        if not self.tagged:
            for page in leaves:
                if Name.StructParents in page:
                    del page[Name.StructParents]
            return
        self.root.K = Array([self.document])
        numbers = Array()
        for key, value in sorted(self.parents, key=lambda pair: pair[0]):
            numbers.append(key)
            numbers.append(value)
        self.root.ParentTree = self._out.make_indirect(Dictionary(Nums=numbers))
        self.root.ParentTreeNextKey = self._next
        if self._ids:
            names = Array()
            for name in sorted(self._ids):
                names.append(String(name))
                names.append(self._ids[name])
            self.root.IDTree = self._out.make_indirect(Dictionary(Names=names))
        if self._roles:
            self.root.RoleMap = Dictionary({role: self._roles[role] for role in sorted(self._roles)})
        self._out.Root.StructTreeRoot = self.root


def _turn(leaves: Sequence[pikepdf.Object], bound: Sequence[Bound], numbering: Numbering) -> None:
    """Show pages whose figure or table is turned so that it is read upright."""
    for unit, placed in zip(bound, numbering.units, strict=True):
        for page in unit.facts.turned:
            leaves[placed.first + page].Rotate = 90


def _move_boxes(leaves: Sequence[pikepdf.Object], tree: _Tree, finish: Finish) -> None:
    """Move the BBox of figures and tables on versos along with their content."""
    moved = finish.moved
    if not moved or not tree.tagged:
        return
    versos = {
        int(page.StructParents)
        for index, page in enumerate(leaves)
        if finish.shift(index) and Name.StructParents in page
    }
    done: set[tuple[int, int]] = set()
    for key, elements in tree.parents:
        if key not in versos:
            continue
        for element in elements:
            above: pikepdf.Object | None = element
            while isinstance(above, Dictionary) and above.objgen not in done:
                done.add(above.objgen)
                _move_box(above, moved)
                above = above.get(Name.P)


def _move_box(element: pikepdf.Object, moved: float) -> None:
    attributes = element.get(Name.A)
    if attributes is None:
        return
    for entry in list(attributes) if isinstance(attributes, Array) else [attributes]:
        if isinstance(entry, Dictionary) and (box := entry.get(Name.BBox)) is not None:
            x1, y1, x2, y2 = (float(value) for value in box)
            entry.BBox = Array([_tidy(x1 + moved), _tidy(y1), _tidy(x2 + moved), _tidy(y2)])


# Links and names ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place on a page of the book."""

    page: int
    x: float
    y: float


def _places(bound: Sequence[Bound], numbering: Numbering, finish: Finish) -> dict[str, _Spot]:
    places: dict[str, _Spot] = {}
    for unit, placed in zip(bound, numbering.units, strict=True):
        for id, (page, x, y) in unit.facts.anchors.items():
            places.setdefault(id, _spot(placed.first + page, x, y, finish))
    return places


def _spot(index: int, x: float, y: float, finish: Finish) -> _Spot:
    return _Spot(index, x + finish.shift(index), y)


def _finish_annotations(
    leaves: Sequence[pikepdf.Object],
    bound: Sequence[Bound],
    numbering: Numbering,
    finish: Finish,
    places: Mapping[str, _Spot],
) -> dict[str, None]:
    """Make destinations of links between units, give every link words, and return all targets."""
    targets: dict[str, None] = {}
    for unit, placed in zip(bound, numbering.units, strict=True):
        for index in range(placed.first, placed.first + unit.facts.pages):
            for annotation in leaves[index].get(Name.Annots, Array()):
                if dx := finish.shift(index):
                    x1, y1, x2, y2 = (float(value) for value in annotation.Rect)
                    annotation.Rect = Array([_tidy(x1 + dx), _tidy(y1), _tidy(x2 + dx), _tidy(y2)])
                target = _finish_link(annotation, unit, finish.notes)
                if finish.whole and target and target not in places:
                    del annotation[Name.Dest]
                    annotation.A = Dictionary(Type=Name.Action, S=Name.GoToR, F=String(finish.whole), D=String(target))
                    continue
                if target:
                    targets[target] = None
    return targets


def _finish_link(annotation: pikepdf.Object, unit: Bound, notes: Mapping[str, str]) -> str:
    """Finish one annotation; return the id that it leads to, or "" for an address outside."""
    if annotation.get(Name.Subtype) != Name.Link:
        return ""
    annotation.F = 4
    target = ""
    outside = ""
    if (action := annotation.get(Name.A)) is not None:
        outside = str(action.URI)
        if outside.startswith(RESERVED):
            target = unquote(outside[len(RESERVED) :])
            del annotation[Name.A]
        elif outside.startswith(RESERVED.rstrip("#")):
            raise ValueError(f"{unit.name!r} leads to {outside!r}, which is no place in the book")
    elif (destination := annotation.get(Name.Dest)) is not None:
        target = str(destination)
    if target:
        annotation.Dest = String(target)
    said = str(annotation.get(Name.Contents, ""))
    if target in notes:
        annotation.Contents = String(notes[target])
    elif said in ("", target, outside):
        annotation.Contents = String(unit.links.get(target or outside) or outside or target)
    return target


def _write_destinations(
    out: pikepdf.Pdf, leaves: Sequence[pikepdf.Object], targets: Iterable[str], places: Mapping[str, _Spot]
) -> None:
    names = Array()
    for target, _ in sorted(((t, bytes(String(t))) for t in targets), key=lambda pair: pair[1]):
        if target not in places:
            raise LookupError(f"a link leads to {target!r}, which stands on no page")
        names.append(String(target))
        names.append(_destination(leaves, places[target]))
    if len(names):
        out.Root.Names = Dictionary(Dests=out.make_indirect(Dictionary(Names=names)))


def _destination(leaves: Sequence[pikepdf.Object], spot: _Spot) -> pikepdf.Object:
    return Array([leaves[spot.page], Name.XYZ, _tidy(spot.x), _tidy(spot.y), 0])


# Outline and labels -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Entry:
    """An entry of the outline, with the entries under it."""

    level: int
    label: str
    spot: _Spot
    closed: bool
    kids: list[_Entry]


def _write_outline(
    out: pikepdf.Pdf,
    leaves: Sequence[pikepdf.Object],
    bound: Sequence[Bound],
    numbering: Numbering,
    finish: Finish,
) -> None:
    """Nest the bookmarks of all units by level; a level that is skipped counts as one step."""
    root = _Entry(-1, "", _Spot(0, 0, 0), False, [])
    path = [root]
    for unit, placed in zip(bound, numbering.units, strict=True):
        for mark in unit.facts.bookmarks:
            level = mark.level + unit.shift
            while path[-1].level >= level:
                path.pop()
            spot = _spot(placed.first + mark.page, mark.x, mark.y, finish)
            entry = _Entry(level, mark.label, spot, mark.state == "closed", [])
            path[-1].kids.append(entry)
            path.append(entry)
    if not root.kids:
        return
    outlines = out.make_indirect(Dictionary(Type=Name.Outlines))
    _write_entries(out, leaves, outlines, root.kids)
    outlines.Count = sum(_shown(entry) for entry in root.kids)
    out.Root.Outlines = outlines
    out.Root.PageMode = Name.UseOutlines


def _write_entries(
    out: pikepdf.Pdf, leaves: Sequence[pikepdf.Object], parent: pikepdf.Object, entries: Sequence[_Entry]
) -> None:
    items = [
        out.make_indirect(Dictionary(Title=String(entry.label), Parent=parent, Dest=_destination(leaves, entry.spot)))
        for entry in entries
    ]
    for number, (item, entry) in enumerate(zip(items, entries, strict=True)):
        if number:
            item.Prev = items[number - 1]
        if number + 1 < len(items):
            item.Next = items[number + 1]
        if entry.kids:
            _write_entries(out, leaves, item, entry.kids)
            count = sum(_shown(kid) for kid in entry.kids)
            item.Count = -count if entry.closed else count
    parent.First, parent.Last = items[0], items[-1]


def _shown(entry: _Entry) -> int:
    """Return how many lines an entry takes while it stands open or closed."""
    return 1 if entry.closed else 1 + sum(_shown(kid) for kid in entry.kids)


def _write_labels(out: pikepdf.Pdf, numbering: Numbering, before: int) -> None:
    numbers = Array()
    if before:
        body = numbering.body is not None and before >= numbering.body
        start = before - (numbering.body or 0) if body else before
        numbers.append(0)
        numbers.append(Dictionary(S=Name.D if body else Name.r, St=start + 1))
        out.Root.PageLabels = Dictionary(Nums=numbers)
        return
    if numbering.body != 0:
        numbers.append(0)
        numbers.append(Dictionary(S=Name.r))
    if numbering.body is not None:
        numbers.append(numbering.body)
        numbers.append(Dictionary(S=Name.D, St=1))
    out.Root.PageLabels = Dictionary(Nums=numbers)


# The catalog and the file -------------------------------------------------------------------------


def _write_catalog(out: pikepdf.Pdf, finish: Finish, *, tagged: bool) -> None:
    about = finish.about
    root = out.Root
    root.Lang = String(about.language)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    conformance = Conformance()
    if tagged:
        root.MarkInfo = Dictionary(Marked=True)
        part = (3 if finish.attachments else 2) if finish.profile else 0
        conformance = Conformance(part, "A" if part else "", universal=True)
    if finish.profile:
        profile = pikepdf.Stream(out, finish.profile)
        profile.N = 3
        root.OutputIntents = Array(
            [
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFA1,
                    OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
                    Info=String("sRGB IEC61966-2.1"),
                    DestOutputProfile=out.make_indirect(profile),
                )
            ]
        )
    metadata = pikepdf.Stream(out, xmp(about, conformance))
    metadata.Type = Name.Metadata
    metadata.Subtype = Name.XML
    root.Metadata = out.make_indirect(metadata)
    info = out.make_indirect(Dictionary())
    for key, value in info_entries(about).items():
        info[Name("/" + key)] = String(value)
    out.trailer.Info = info


BAD_END = b"\r\nendstream"
"""How a stream that ends in 0x0D looks in a file that qpdf wrote."""


def _attach(out: pikepdf.Pdf, finish: Finish) -> None:
    """Attach files as what the book was made from (ISO 19005-3, 6.8)."""
    date = info_entries(finish.about)["CreationDate"]
    associated = Array()
    for file in sorted(finish.attachments, key=lambda file: file.name):
        spec = pikepdf.AttachedFileSpec(
            out,
            file.data,
            description=file.name,
            filename=file.name,
            mime_type=file.media_type,
            creation_date=date,
            mod_date=date,
            relationship=Name.Source,
        )
        out.attachments[file.name] = spec
        associated.append(out.attachments[file.name].obj)
    if len(associated):
        out.Root.AF = associated


def tighten(data: bytes) -> bytes:
    """Write the file of a unit as it will stand in the book, so that binding need not compress it again.

    Every stream but the faces (which the binder makes anew) is compressed by pikepdf's own zlib, the
    same on every machine, and none ends in a carriage return (see `save`).
    """
    with pikepdf.open(BytesIO(data)) as pdf:
        for item in pdf.objects:
            if (
                isinstance(item, pikepdf.Stream)
                and Name.Length1 not in item
                and item.get(Name.Filter) == Name.FlateDecode
            ):
                item.write(item.read_bytes())
        done = _written(pdf, "1.7", False)
    for number in range(16):
        with pikepdf.open(BytesIO(done)) as pdf:
            guilty = [
                stream
                for stream in _ending_badly(pdf)
                if not _is_binary(stream) and stream.get(Name.Type) not in (Name.ObjStm, Name.XRef)
            ]
            if not guilty:
                break
            for stream in guilty:
                _mend(pdf, stream, number)
            done = _written(pdf, "1.7", False)
    return done


def save(out: pikepdf.Pdf, *, version: str = "1.7", plain: bool = False) -> bytes:
    """Save with the zlib of pikepdf only (`tighten` has seen to the units), and without a stream that ends in a carriage return.

    A line end stands before `endstream`, so a last byte 0x0D makes the end of the data ambiguous,
    and strict readers of PDF/A refuse it. The last byte of a compressed stream is that of a
    checksum of its data: about one in 256, and to compress it otherwise does not help. So the data
    is changed where nothing is said by it: a line feed more, or a private key (ISO 32000-1, E.2).
    `plain` writes every object by itself, as older versions of PDF want it.
    """
    return without_open_ends(_written(out, version, plain), version=version, plain=plain)


def without_open_ends(data: bytes, *, version: str = "1.7", plain: bool = False) -> bytes:
    """Return a file that `save` would write, from one that was written without a look at its streams."""
    for number in range(16):
        if BAD_END not in data:
            return data
        with pikepdf.open(BytesIO(data)) as pdf:
            guilty = [stream for stream in _ending_badly(pdf) if not _is_binary(stream)]
            if not guilty:
                break
            for stream in guilty:
                _mend(pdf, stream, number)
            data = _written(pdf, version, plain)
    with pikepdf.open(BytesIO(data)) as pdf:
        fixed = [stream for stream in _ending_badly(pdf) if _is_binary(stream)]
        for stream in fixed:
            stream.write(stream.read_bytes(), filter=None, decode_parms=None)
        return _written(pdf, version, plain, compress=False) if fixed else data


def _ending_badly(pdf: pikepdf.Pdf) -> list[pikepdf.Stream]:
    return [item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.read_raw_bytes()[-1:] == b"\r"]


def _mend(pdf: pikepdf.Pdf, stream: pikepdf.Stream, number: int) -> None:
    kind = stream.get(Name.Type)
    if kind == Name.ObjStm:
        inside = [int(word) for word in stream.read_bytes()[: int(stream.First)].split()[::2]]
        first = next((o for o in map(pdf.get_object, ((n, 0) for n in inside)) if isinstance(o, Dictionary)), None)
        (pdf.Root if first is None else first).STET_Even = number
    elif kind == Name.XRef:
        pdf.Root.STET_Even = number
    else:
        stream.write(stream.read_bytes() + b"\n")


def _is_binary(stream: pikepdf.Stream) -> bool:
    """Say whether the data is a font, an image or a colour profile, which take no line feed more."""
    if stream.get(Name.Type) == Name.ObjStm:
        return False  # it says how many objects it has as a profile says how many colours
    kind = stream.get(Name.Subtype)
    return Name.Length1 in stream or Name.N in stream or kind in (Name.Image, Name("/OpenType"))


def _written(pdf: pikepdf.Pdf, version: str, plain: bool, *, compress: bool = True) -> bytes:
    target = BytesIO()
    pdf.save(
        target,
        object_stream_mode=pikepdf.ObjectStreamMode.disable if plain else pikepdf.ObjectStreamMode.generate,
        compress_streams=compress,
        stream_decode_level=pikepdf.StreamDecodeLevel.generalized if compress else pikepdf.StreamDecodeLevel.none,
        deterministic_id=True,
        force_version=version,
        fix_metadata_version=False,
    )
    return target.getvalue()
