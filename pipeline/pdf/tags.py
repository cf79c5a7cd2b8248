"""The runs of a unit's pages come in; the structure tree of its PDF goes out: what a listener hears.

Every element of the tree becomes one structure element, over however many lines and pages it
stands; a note stands straight after its call. What is decoration (ornaments, leaders, table heads
set again, margin boxes) becomes an artifact, and nothing stays unmarked. Where the glyphs of a run
do not read back as its text (small capitals, right-to-left runs, one glyph for two characters),
the run carries its text as `ActualText`; a hyphen that divides a word at a line end reads as U+00AD
(ISO 32000-1, 14.8.2.2.3).

This module gets what it needs of the layout as `Run`s and writes pydyf objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import pydyf  # type: ignore[import-untyped]  # ships no types

from pipeline.pdf.layout.engine import POINTS, Reading, Run
from pipeline.pdf.layout.tree import call_id, is_note, note_id, parents, signs, voice_of, words_of
from pipeline.source import Problem

ROLES = {
    "section": "Sect", "article": "Art", "main": "Part", "div": "Div", "header": "Div", "footer": "Div", "hgroup": "Div",
    "aside": "Div", "figure": "Div", "nav": "Sect",
    "h1": "H1", "h2": "H2", "h3": "H3", "h4": "H4", "h5": "H5", "h6": "H6",
    "p": "P", "pre": "P", "blockquote": "BlockQuote", "q": "Quote", "code": "Code",
    "ul": "L", "ol": "L", "dl": "L", "li": "LI", "dt": "Lbl", "dd": "LBody",
    "table": "Table", "thead": "THead", "tbody": "TBody", "tfoot": "TFoot", "tr": "TR", "th": "TH", "td": "TD",
    "caption": "Caption", "figcaption": "Caption",
}  # fmt: skip
GROUPING = frozenset(("Document", "Part", "Art", "Sect", "Div", "BlockQuote", "TOC", "TOCI", "L", "LI", "Table", "TR"))
ROWS = ("thead", "tbody", "tfoot", "tr", "td", "th")
NUMBERING = {"1": "Decimal", "a": "LowerAlpha", "A": "UpperAlpha", "i": "LowerRoman", "I": "UpperRoman"}
INLINE = frozenset(("Quote", "Code", "Span", "Link", "Reference", "Lbl"))
SOFT_HYPHEN = "\u00ad"

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""Matches a sign that is written from right to left."""


@dataclass(slots=True, eq=False)
class Node:
    """A structure element that grows; `kids` are nodes, (page, MCID) and annotations."""

    role: str
    parent: Node | None
    element: Element | None = None
    kids: list[Node | tuple[int, int] | Annotation] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    loose: bool = False
    """made to hold text that stands directly in a grouping element"""

    def add(self, role: str, element: Element | None = None, after: Node | None = None, first: bool = False) -> Node:
        """Add a new node: as the first kid, straight after another one, or as the last."""
        node = Node(role, self, element)
        if first:
            self.kids.insert(0, node)
        elif after is not None:
            self.kids.insert(self.kids.index(after) + 1, node)
        else:
            self.kids.append(node)
        return node


@dataclass(slots=True, eq=False)
class Annotation:
    """A link annotation on a page."""

    page: int
    dictionary: Any


class Tagger:
    """Builds and writes the structure of one unit; made after the layout, called while writing."""

    def __init__(
        self,
        root: Element,
        reading: Reading,
        document: Any,
        twins: Mapping[Element, Element],
        prefix: str,
        language: str,
    ) -> None:
        self.reading = reading
        self.document = document
        self.twins = twins
        self.prefix = prefix
        self.language = language
        self.problems: list[Problem] = []
        self.parent_of = parents(root)
        self.top = Node("Document", None)
        self.nodes: dict[Element, Node] = {}
        self.bodies: dict[Element, Node] = {}
        self.notes: dict[str, Node] = {}
        self.inner = {
            call_id(e): e
            for e in root.iter()
            if is_note(e) and "inner" in e.get("class", "").split() and not e.get("data-cont")
        }
        # A link box inside a link box would give the same words two annotations.
        for page in document.pages:
            page.links[:] = [link for link in page.links if _is_own_link(link[3])]

    # Structure ---------------------------------------------------------------------------------

    def first(self, element: Element) -> Element:
        """Return the first of the copies that an element became when a note was cut."""
        return self.twins.get(element, element)

    def node(self, element: Element) -> Node:
        """Return the node into which the content of an element goes; it is made when needed."""
        element = self.first(element)
        if element not in self.nodes and element.tag in ROWS:
            self.above(element)  # the table around it makes all its cells
        if element not in self.nodes:
            self.nodes[element] = self.make(element)
            if element.tag == "table":
                self.rows(element)
        return self.nodes[element]

    def rows(self, table: Element) -> None:
        """Make all cells of a table, in order: those without words count too (PDF/UA-1 7.2, rows of equal length)."""
        pending = [table]
        while pending:
            element = pending.pop()
            if element.tag in ("td", "th"):
                self.node(element)
            elif element.get("data-continued") is None:
                pending.extend(each for each in reversed(element) if each.tag in ROWS)

    def above(self, element: Element) -> Node:
        parent = self.parent_of.get(element)
        return self.top if parent is None else self.node(parent)

    def make(self, element: Element) -> Node:
        tag = str(element.tag)
        if tag in ("html", "body"):
            return self.top
        if is_note(element):
            # Its call makes it; without a call on the pages it stands where it is called.
            return self.note(element, self.above(element), None)
        if tag == "li":
            return self.item(element)
        if tag == "dd":
            return self.definition(element)
        parent = self.above(element)
        if tag == "dt":
            item = parent.add("LI", element)
            self.bodies[element] = item
            return self.dress(item.add("Lbl", element), element)
        if "endnote" in element.get("class", "").split():
            node = self.dress(parent.add("Note", element), element)
            node.attributes["ID"] = f"{self.prefix}note-{element.get('id', '')}"
            node.attributes["T"] = voice_of(element)
            return node
        if tag == "a" and element.get("href"):
            if element.get("role") == "doc-backlink":
                note = parent.parent if parent.role == "P" and parent.parent is not None else parent
                parent = note.add("Lbl", element, first=True)
            if parent.role == "TOCI":
                parent = parent.add("Reference")
            parent = self.inside(parent)
            if (
                "call" in element.get("class", "").split()
            ):  # in a note, of a note that was called before or stands at the end
                holder, parent = parent, parent.add("Reference")
                inner = self.inner.get(element.get("id", ""))
                if inner is not None:
                    self.note(inner, holder, parent)
            return self.dress(parent.add("Link", element), element)
        role = ROLES.get(tag)
        if role == "L" and self.in_contents(element):
            role = "TOC"
        if role is None:
            if not element.get("lang"):
                return parent
            role = "Span"
        if role in INLINE:
            parent = self.inside(parent)
        if role in ("TH", "TD"):
            self.cells_before(element)
        node = self.dress(parent.add(role, element, first=role == "Caption" and parent.role == "Table"), element)
        if role == "L":
            kind = NUMBERING.get(element.get("type", "1"), "Decimal") if tag == "ol" else "Disc" if tag == "ul" else ""
            if kind:
                node.attributes["A"] = {"O": "/List", "ListNumbering": f"/{kind}"}
        elif role in ("TH", "TD"):
            node.attributes["A"] = _cell(element)
        return node

    def cells_before(self, element: Element) -> None:
        """Make the cells before a cell: in a row that is broken over pages a later one may begin earlier."""
        row = self.parent_of.get(element)
        for cell in row if row is not None else ():
            if cell is element:
                return
            self.node(cell)

    def dress(self, node: Node, element: Element) -> Node:
        """Give a node the language of its element, when it has one of its own."""
        language = element.get("lang", "")
        if language:
            node.attributes["Lang"] = language
        return node

    def in_contents(self, element: Element) -> bool:
        above: Element | None = element
        while above is not None and above.tag != "nav":
            above = self.parent_of.get(above)
        return above is not None

    def item(self, element: Element) -> Node:
        above = self.above(element)
        if above.role == "TOC":
            return self.dress(above.add("TOCI", element), element)
        item = self.dress(above.add("LI", element), element)
        self.bodies[element] = item
        return item.add("LBody", element)

    def definition(self, element: Element) -> Node:
        above = self.above(element)
        term: Element | None = None
        parent = self.parent_of.get(element)
        for sibling in parent if parent is not None else ():
            if sibling is element:
                break
            if sibling.tag == "dt":
                term = sibling
            elif sibling.tag == "dd" and sibling in self.nodes and term is None:
                return self.nodes[sibling]
        if term is not None:
            self.node(term)
            item = self.bodies[term]
            body = next((kid for kid in item.kids if isinstance(kid, Node) and kid.role == "LBody"), None)
            return body if body is not None else item.add("LBody", element)
        return above.add("LI", element).add("LBody", element)

    def inside(self, parent: Node) -> Node:
        """Return a node that may hold text: the parent, or a paragraph made in it."""
        if parent.role not in GROUPING:
            return parent
        last = parent.kids[-1] if parent.kids else None
        if isinstance(last, Node) and last.loose:
            return last
        node = parent.add("Span" if parent.role in ("L", "LI") else "P")
        node.loose = True
        return node

    def note(self, element: Element, parent: Node, after: Node | None) -> Node:
        """Make the node of a note, straight after its call."""
        id = note_id(element)
        if id in self.notes:
            return self.notes[id]
        node = self.dress(parent.add("Note", element, after=after), element)
        node.attributes["ID"] = f"{self.prefix}note-{id}"
        node.attributes["T"] = voice_of(
            element
        )  # so that whoever reads the tags, our own check too, knows whose words these are
        self.notes[id] = self.nodes[self.first(element)] = node
        return node

    def call(self, element: Element) -> Node:
        """Return the node of a note's call, with the note after it."""
        above = self.parent_of.get(element)
        parent = self.inside(self.top if above is None else self.node(above))
        reference = parent.add("Reference", element)
        self.note(element, parent, reference)
        return reference

    # Content -----------------------------------------------------------------------------------

    def __call__(self, pdf: Any, streams: Sequence[Any], glyphs: Mapping[str, Mapping[int, str]]) -> None:
        """Write the structure into a pydyf PDF whose pages are painted."""
        pages = [_Page(stream, glyphs) for stream in streams]
        links = self.links()
        calls: dict[Element, Node] = {}
        marks: dict[Element, Node] = {}
        for run in self.reading.runs:
            page = pages[run.page]
            mcid = page.mcid(run)
            if mcid is None:
                continue
            node = self.place(run, calls, marks, page, mcid, links)
            if node is None:
                page.artifact(mcid, "Layout" if run.area != "margin" and not run.repeated else "Pagination")
                continue
            said = "" if run.picture else page.read_back(run, mcid)
            if said:
                node = node.add("Span")
                node.attributes["ActualText"] = said
            node.kids.append((run.page, mcid))
            page.used.add(mcid)
        for page in pages:
            page.close()
        self.finish_links(links, calls, marks)
        _Writer(pdf, pages, self.prefix).write(self.top, self.language)

    def place(
        self,
        run: Run,
        calls: dict[Element, Node],
        marks: dict[Element, Node],
        page: _Page,
        mcid: int,
        links: dict[tuple[Element, str], list[Annotation]],
    ) -> Node | None:
        """Return the node for a run, or None when it is decoration."""
        element = run.element
        if element is None or run.area == "margin" or run.repeated or run.leader:
            return None
        if run.picture:
            return None if run.pseudo else self.picture(run)
        if not run.text.strip():
            return None
        match run.pseudo:
            case "":
                return self.inside(self.node(element))
            case "footnote-call":
                if element not in calls:
                    reference = self.call(element)
                    calls[element] = reference.add("Link", element) if (element, run.pseudo) in links else reference
                return calls[element]
            case "footnote-marker":
                if element not in marks:
                    label = self.node(element).add("Lbl", element, first=True)
                    marks[element] = label.add("Link", element) if (element, run.pseudo) in links else label
                return marks[element]
            case "marker":
                body = self.node(element)
                item = body.parent
                if body.role == "TOCI" or item is None or item.role != "LI":
                    return None
                found = next((kid for kid in item.kids if isinstance(kid, Node) and kid.role == "Lbl"), None)
                return item.add("Lbl", element, first=True) if found is None else found
            case "before" | "after" if element.get("data-page") is not None:
                return self.inside(self.node(element))
            case _:
                return None

    def picture(self, run: Run) -> Node | None:
        element = run.element
        if element is None or element.get("alt") == "":
            return None
        source = element.get("data-tex")
        above = self.above(self.first(element))
        if source is not None and "display" not in element.get("class", "").split():
            above = self.inside(above)
        figure = above.add("Figure" if source is None else "Formula", element)
        if source is not None:
            figure.attributes["T"] = source
        alt = element.get("alt")
        if alt is None:
            self.problems.append(
                Problem(
                    "alt-missing",
                    f"the picture `{element.get('src', '')}` has no description for those who cannot see it",
                    hint="write in the brackets of the picture what is to be seen",
                )
            )
        else:
            figure.attributes["Alt"] = alt
        height = self.reading.pages[run.page][1]
        box = run.box
        x, y, wide, high = box.content_box_x(), box.content_box_y(), box.width, box.height
        if run.moved is not None:
            x, y, wide, high = self.reading.place(run.page, x, y, wide, high)
        corners = (x, height - y - high, x + wide, height - y)
        figure.attributes["A"] = {
            "O": "/Layout", "Placement": "/Block" if figure.role == "Figure" else "/Inline", "BBox": pydyf.Array([round(c * POINTS, 3) for c in corners]),
        }  # fmt: skip
        self.nodes[element] = figure
        return figure

    # Links -------------------------------------------------------------------------------------

    def links(self) -> dict[tuple[Element, str], list[Annotation]]:
        """Return the annotations that WeasyPrint wrote, by the (first copy of the) element and pseudo-element."""
        found: dict[tuple[Element, str], list[Annotation]] = {}
        for number, page in enumerate(self.document.pages):
            for _, _, _, box in page.links:
                if box.link_annotation is not None:
                    key = (self.first(box.element), box.element_tag.partition("::")[2])
                    found.setdefault(key, []).append(Annotation(number, box.link_annotation))
        return found

    def finish_links(
        self, links: dict[tuple[Element, str], list[Annotation]], calls: dict[Element, Node], marks: dict[Element, Node]
    ) -> None:
        """Put each annotation into its Link, and let it be read out by the words of the link."""
        for (element, pseudo), group in links.items():
            if pseudo:
                words = element.get("data-mark", "")
                owner = (calls if pseudo == "footnote-call" else marks).get(element)
            else:
                words = words_of(element) or element.get("href", "")
                owner = self.node(element)
            for annotation in group:
                annotation.dictionary["Contents"] = pydyf.String(words)
                annotation.dictionary["F"] = 4
                if owner is not None:
                    owner.kids.append(annotation)


def _is_own_link(box: Any) -> bool:
    tag = box.element_tag
    return tag == "a" or (isinstance(tag, str) and tag.endswith(("::footnote-call", "::footnote-marker")))


def _cell(element: Element) -> dict[str, Any]:
    attributes: dict[str, Any] = {"O": "/Table"}
    if element.tag == "th":
        row = element.get("scope", "") in ("row", "rowgroup")
        attributes["Scope"] = "/Row" if row else "/Column"
    for name, key in (("colspan", "ColSpan"), ("rowspan", "RowSpan")):
        if element.get(name, "1") != "1":
            attributes[key] = int(element.get(name, "1"))
    return attributes if len(attributes) > 1 else {}


# Pages -----------------------------------------------------------------------------------------

CODES = re.compile(rb"<([0-9a-f]*)>")
LAST_CODE = re.compile(rb"(.*<[0-9a-f]*)([0-9a-f]{4})>([-0-9.]*)\] TJ", re.DOTALL)


class _Page:
    """The operators of one painted page, and the marked content in them."""

    def __init__(self, stream: Any, glyphs: Mapping[str, Mapping[int, str]]) -> None:
        self.operators: list[Any] = stream.stream
        self.marked: dict[int, int] = {entry["mcid"]: -1 for entry in stream._tags.values()}
        self.tags = stream._tags
        self.glyphs = glyphs
        self.used: set[int] = set()
        self.insertions: dict[int, list[Any]] = {}
        for index, operator in enumerate(self.operators):
            if isinstance(operator, dict) and "MCID" in operator:
                self.marked[operator["MCID"]] = index

    @property
    def count(self) -> int:
        return len(self.marked)

    def mcid(self, run: Run) -> int | None:
        """Return the number of the marked content that holds a run, or None when it was not painted."""
        entry = self.tags.get(run.box)
        return None if entry is None else int(entry["mcid"])

    def artifact(self, mcid: int, kind: str) -> None:
        """Make marked content an artifact."""
        self.used.add(mcid)
        index = self.marked[mcid]
        if index >= 0:
            self.operators[index - 1] = "/Artifact"
            self.operators[index] = pydyf.Dictionary({"Type": f"/{kind}"})

    def texts(self, index: int) -> Iterator[tuple[int, str, bytes]]:
        """Yield place, font and operator of each text that is shown in marked content."""
        font = ""
        for place in range(index + 2, len(self.operators)):
            operator = self.operators[place]
            if operator == b"EMC":
                return
            if isinstance(operator, bytes):
                if operator.endswith(b" Tf"):
                    font = operator[1:].split()[0].decode()
                elif operator.endswith(b"] TJ"):
                    yield place, font, operator

    def read_back(self, run: Run, mcid: int) -> str:
        """See that the glyphs of a run read back as its text, and that an inserted hyphen is told apart.

        Returns the words that an element of structure must say in place of the glyphs: right-to-left words, whose
        glyphs stand in the order of paper. Programs that copy and search turn these round themselves, and would turn
        an /ActualText of the marked content round as well.
        """
        index = self.marked[mcid]
        if index < 0:
            return ""
        shown: list[str] = []
        last: tuple[int, str, bytes] | None = None
        for place, font, operator in self.texts(index):
            names = self.glyphs.get(font, {})
            codes = b"".join(CODES.findall(operator))
            shown.extend(names.get(int(codes[at : at + 4], 16), "\ufffd") for at in range(0, len(codes), 4))
            last = (place, font, operator)
        if run.small_caps or signs("".join(shown)) != signs(run.text):
            text = run.text[:-1] + SOFT_HYPHEN if run.divided else run.text
            if RIGHT_TO_LEFT.search(text):
                return text
            self.operators[index]["ActualText"] = pydyf.String(text)
        elif run.divided and last is not None:
            place, _, operator = last
            found = LAST_CODE.fullmatch(operator)
            if found is None:
                self.operators[index]["ActualText"] = pydyf.String(run.text[:-1] + SOFT_HYPHEN)
                return ""
            self.operators[place] = found.group(1) + b">] TJ"
            span = pydyf.Dictionary({"ActualText": pydyf.String(SOFT_HYPHEN)})
            self.insertions[place] = ["/Span", span, b"BDC", b"[<" + found.group(2) + b">] TJ", b"EMC"]
        return ""

    def close(self) -> None:
        """Make an artifact of what nothing claimed, and put the marks of hyphens in."""
        for mcid in self.marked.keys() - self.used:
            self.artifact(mcid, "Layout")
        for place in sorted(self.insertions, reverse=True):
            self.operators[place + 1 : place + 1] = self.insertions[place]


class _Writer:
    """Writes nodes as structure elements, with the tables that lead from content to them."""

    def __init__(self, pdf: Any, pages: Sequence[_Page], prefix: str) -> None:
        self.pdf = pdf
        self.references = pdf.page_references
        self.owners: list[list[Any]] = [[b"null"] * page.count for page in pages]
        self.annotations: list[tuple[Any, Any]] = []
        self.ids: list[tuple[str, Any]] = []

    def write(self, top: Node, language: str) -> None:
        pdf = self.pdf
        _prune(top)
        numbers = pydyf.Dictionary({})
        pdf.add_object(numbers)
        root = pydyf.Dictionary({"Type": "/StructTreeRoot", "ParentTree": numbers.reference})
        pdf.add_object(root)
        document = self.element(top, root.reference)
        root["K"] = pydyf.Array([document.reference])
        nums = pydyf.Array()
        for page, owners in enumerate(self.owners):
            nums.extend((page, pydyf.Array(owners)))
        for key, (owner, annotation) in enumerate(self.annotations, start=len(self.owners)):
            nums.extend((key, owner))
            annotation["StructParent"] = key
        numbers["Nums"] = nums
        root["ParentTreeNextKey"] = len(self.owners) + len(self.annotations)
        if self.ids:
            names = pydyf.Array()
            for id, reference in sorted(self.ids):
                names.extend((pydyf.String(id), reference))
            root["IDTree"] = pydyf.Dictionary({"Names": names})
        pdf.catalog["StructTreeRoot"] = root.reference
        pdf.catalog["ViewerPreferences"] = pydyf.Dictionary({"DisplayDocTitle": "true"})
        pdf.catalog["MarkInfo"] = pydyf.Dictionary({"Marked": "true"})
        pdf.catalog["Lang"] = pydyf.String(language)

    def element(self, node: Node, parent: Any) -> Any:
        written = pydyf.Dictionary({"Type": "/StructElem", "S": f"/{node.role}", "P": parent})
        self.pdf.add_object(written)
        kids = pydyf.Array()
        page = next(
            (kid.page if isinstance(kid, Annotation) else kid[0] for kid in node.kids if not isinstance(kid, Node)),
            None,
        )
        if page is not None:
            written["Pg"] = self.references[page]
        for kid in node.kids:
            if isinstance(kid, Node):
                kids.append(self.element(kid, written.reference).reference)
            elif isinstance(kid, Annotation):
                kids.append(
                    pydyf.Dictionary(
                        {"Type": "/OBJR", "Obj": kid.dictionary.reference, "Pg": self.references[kid.page]}
                    )
                )
                self.annotations.append((written.reference, kid.dictionary))
            else:
                number, mcid = kid
                if number == page:
                    kids.append(mcid)
                else:
                    kids.append(pydyf.Dictionary({"Type": "/MCR", "Pg": self.references[number], "MCID": mcid}))
                self.owners[number][mcid] = written.reference
        written["K"] = kids
        for key, value in node.attributes.items():
            if key in ("ActualText", "Alt", "Lang", "T"):
                written[key] = pydyf.String(value)
            elif key == "ID":
                written[key] = pydyf.String(value)
                self.ids.append((value, written.reference))
            elif value:
                written[key] = pydyf.Dictionary(value)
        return written


def _prune(node: Node) -> bool:
    """Take out nodes that hold nothing; say whether this one holds something."""
    node.kids = [kid for kid in node.kids if not isinstance(kid, Node) or _prune(kid)]
    return bool(node.kids) or node.role in ("TD", "TH")
