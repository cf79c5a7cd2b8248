"""What a reader is told by structure alone is what the edition holds: heads, cells, lists, stress, and where each link leads.

Words can all be there and say something else: a reference that leads to another table, a head that is a paragraph to those who
jump from head to head, a cell that reaches over two columns. No official check knows what the author wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from pipeline.book import Place
from pipeline.checks.package.parts import Parts, place_of
from pipeline.edition import Edition, Unit, UnitKind
from pipeline.edition.places import Places, nodes_of
from pipeline.epub.documents import XHTML, local, resolve, types
from pipeline.manuscript import CrossRef, Emphasis, Heading, ItemList, Link, Row, Strong, Table
from pipeline.source import Problem

_HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_FOREIGN = frozenset(("iframe", "object", "embed", "form", "input", "button", "video", "audio", "canvas", "base"))
"""Elements that no text of a book becomes."""
_NAMED = frozenset(("nav", "section"))
"""Elements that have a name besides their words; others would be called by it instead of their words."""


def check_structure(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """Hold what elements are, and where links lead, against the nodes of the edition."""
    units = {unit.id: unit for unit in edition.units}
    for name, tree in parts.trees.items():

        def fault(message: str, element: etree._Element | None, name: str = name) -> Problem:
            return Problem("epub-structure", f"{message}, in `{name}`", place_of(element, places))

        for element in tree.iter(f"{{{XHTML}}}*"):
            yield from (fault(message, element) for message in _strange(element))
        for section in tree.iter(f"{{{XHTML}}}section"):
            unit = units.get(section.get("id") or "")
            if unit is None:
                continue
            yield from (fault(message, section) for message in _kind(section, tree, unit, edition))
            ids = {element.get("id"): element for element in section.iter(f"{{{XHTML}}}*") if element.get("id")}
            wanted: Counter[str] = Counter()
            stress: Counter[str] = Counter()
            for node in nodes_of((unit.title, unit.blocks, unit.notes)):
                match node:
                    case Heading():
                        found = ids.get(node.attributes.id)
                        if found is not None and local(found) not in _HEADS:
                            yield fault(f"a head is no head but `{local(found)}`", found)
                    case Table() if (found := ids.get(node.attributes.id)) is not None:
                        if _cells_there(found) != _cells(node):
                            yield fault("the cells of a table do not reach as far as those of the manuscript", found)
                    case ItemList() if (found := ids.get(node.attributes.id)) is not None:
                        start = None if local(found) == "ul" else found.get("start") or "1"
                        if (
                            start != (None if node.start is None else str(node.start))
                            or found.get("reversed") is not None
                        ):
                            yield fault("a list is not counted as in the manuscript", found)
                    case Emphasis():
                        stress["em"] += 1
                    case Strong():
                        stress["strong"] += 1
                    case Link():
                        wanted[node.target] += 1
                    case CrossRef() if node.span in edition.references:
                        wanted[f"#{edition.references[node.span].id}"] += 1
            there = Counter(local(element) for element in section.iter(f"{{{XHTML}}}*"))
            for tag in stress:
                if there[tag] < stress[tag]:
                    yield fault(
                        f"{stress[tag] - there[tag]} of {stress[tag]} stressed passages (`{tag}`) are not stressed",
                        section,
                    )
            for target in wanted - Counter(_targets(section, name)):
                yield fault(f"no link leads to `{target}`, where one of the manuscript does", section)


def _targets(section: etree._Element, name: str) -> Iterator[str]:
    """Yield where the links of a section lead: `#id` inside the book, else the address."""
    for link in section.iter(f"{{{XHTML}}}a"):
        address = link.get("href") or ""
        target = resolve(name, address)
        yield address if target is None else f"#{target[1]}"


def _strange(element: etree._Element) -> Iterator[str]:
    """Yield what no element of a book has: names over its own words, places in the order of keys, things that act."""
    tag, role = local(element), element.get("role")
    if tag in _FOREIGN:
        yield f"an element `{tag}` stands in the book"
    if tag == "meta" and element.get("http-equiv"):
        yield "a document asks the reading system to do something (`http-equiv`)"
    framed = tag == "div" and element.get("class") == "table-frame"  # keys move what is in it
    if element.get("tabindex") != ("0" if framed else None):
        yield "an element has a place of its own in the order of keys (`tabindex`)"
    if role in ("presentation", "none"):
        yield f"`{tag}` is kept from those who listen (`role`)"
    named = element.get("aria-label") is not None
    if named and not (tag in _NAMED or role == "doc-backlink" or "pagebreak" in types(element)):
        yield f"`{tag}` is called `{element.get('aria-label')}` instead of by its words (`aria-label`)"


_TYPES = {Place.APPENDIX: "appendix", Place.BODY: "chapter"}
_MATTER = {Place.FRONT: "frontmatter", Place.BODY: "bodymatter", Place.APPENDIX: "backmatter", Place.BACK: "backmatter"}


def _kind(section: etree._Element, tree: etree._Element, unit: Unit, edition: Edition) -> Iterator[str]:
    """Yield what is wrong with what a document says that it is, and what it is called."""
    body = tree.find(f"{{{XHTML}}}body")
    if body is not None and _MATTER[unit.place] not in types(body):
        yield f"the document is not said to be {_MATTER[unit.place]}"
    if unit.kind in (UnitKind.CHAPTER, UnitKind.PART):
        wanted = "part" if unit.kind is UnitKind.PART else _TYPES.get(unit.place, "")
        if types(section) & {"part", "chapter", "appendix"} != ({wanted} if wanted else set()):
            yield f"the section is said to be {', '.join(sorted(types(section))) or 'nothing'}, and is {wanted or 'nothing'}"
        title = tree.find(f"{{{XHTML}}}head/{{{XHTML}}}title")
        if title is not None and " ".join((title.text or "").split()) != " ".join(
            (unit.short or edition.book.title).split()
        ):
            yield f"the document is called `{title.text}`, not `{unit.short or edition.book.title}`"


def _cells(table: Table) -> list[list[tuple[int, int]]]:
    rows: tuple[Row, ...] = (*table.head, *table.body, *table.foot)
    return [[(cell.columns, cell.rows) for cell in row.cells] for row in rows]


def _cells_there(table: etree._Element) -> list[list[tuple[int, int]]]:
    """Return over how many columns and rows each cell of a table reaches, without those of tables in it."""
    return [
        [(_number(cell, "colspan"), _number(cell, "rowspan")) for cell in row]
        for part in table
        if local(part) in ("thead", "tbody", "tfoot")
        for row in part
    ]


def _number(cell: etree._Element, name: str) -> int:
    text = cell.get(name, "1")
    return int(text) if text.isdecimal() else 0
