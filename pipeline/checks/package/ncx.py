"""The NCX says what the contents and the list of pages say, for reading systems that know nothing else.

EPUBCheck 5 looks at its grammar alone: labels, order and targets may be anything. Source: OPF 2.0.1, 2.4.1; ANSI/NISO
Z39.86-2005, 8.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from pipeline.checks.package.parts import DC, NCX, OPF, XHTML_TYPE, Parts, navs_of, parse_xml
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.epub.documents import LANG, MATHML, XHTML, resolve, within
from pipeline.source import Problem

NCX_TYPE = "application/x-dtbncx+xml"


def check_ncx(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """Compare the NCX with the contents, the list of pages and the metadata."""
    assert parts.opf is not None

    def fault(message: str) -> Problem:
        return Problem("epub-ncx", message, places.settings)

    names = [name for name, item in parts.items.items() if item.get("media-type") == NCX_TYPE]
    if len(names) != 1:
        yield fault(f"the package has {len(names)} NCX")
        return
    (name,) = names
    if [spine.get("toc") for spine in parts.opf.iter(f"{OPF}spine")] != [parts.items[name].get("id")]:
        yield fault("the spine does not name the NCX (`toc`)")
    try:
        tree = parse_xml(parts.members.get(name, b""))
    except etree.XMLSyntaxError as error:
        yield fault(f"the NCX cannot be read: {error}")
        return
    if tree.get(LANG) != edition.book.language:
        yield fault(f"the NCX is in `{tree.get(LANG)}`, the book in `{edition.book.language}`")
    if [_label(each) for each in tree.iter(f"{NCX}docTitle")] != [" ".join(edition.book.title.split())]:
        yield fault("the NCX has another title than the book")
    creators = [" ".join((e.text or "").split()) for e in parts.opf.iter(f"{DC}creator")]
    authors = [" ".join(person.name.split()) for person in edition.book.by_role("aut")]
    if [_label(each) for each in tree.iter(f"{NCX}docAuthor")] != [each for each in creators if each in authors]:
        yield fault("the NCX has other authors than the book")
    navs = navs_of(parts)
    points = list(tree.iter(f"{NCX}navPoint"))
    pages = list(tree.iter(f"{NCX}pageTarget"))
    for what, theirs, nav in (("contents", points, navs.get("toc")), ("pages", pages, navs.get("page-list"))):
        links = list(nav.iter(f"{{{XHTML}}}a")) if nav is not None else []
        ours = [(_shown(link), resolve(parts.nav, link.get("href", ""))) for link in links]
        found = [(_label(each), resolve(name, _source(each))) for each in theirs]
        for number, (mine, other) in enumerate(zip(ours, found, strict=False), start=1):
            if mine[0] is not None and mine[0] != other[0]:
                yield fault(f"line {number} of the {what} is `{mine[0]}`, in the NCX `{other[0]}`")
            elif mine[1] != other[1]:
                yield fault(f"`{other[0]}` leads to {other[1]} in the NCX, in the {what} to {mine[1]}")
        if len(ours) != len(found):
            yield fault(f"the NCX has {len(found)} lines of the {what}, the package {len(ours)}")
    yield from map(fault, _counts(tree, parts, points, pages))


def _counts(
    tree: etree._Element, parts: Parts, points: list[etree._Element], pages: list[etree._Element]
) -> Iterator[str]:
    """What the NCX says of itself in numbers is so: depth, pages, the order in which all is met."""
    said = {meta.get("name"): meta.get("content") for meta in tree.iter(f"{NCX}meta")}
    own = next(
        (e for e in _opf(parts).iter(f"{DC}identifier") if e.get("id") == _opf(parts).get("unique-identifier")), None
    )
    uid = (own.text or "").strip() if own is not None else ""
    depth = max((sum(1 for each in point.iterancestors(f"{NCX}navPoint")) + 1 for point in points), default=0)
    numbers = [int(label) for page in pages if (label := _label(page)).isdecimal()]
    for key, wanted in (
        ("dtb:uid", uid),
        ("dtb:depth", str(max(depth, 1))),
        ("dtb:totalPageCount", str(len(pages))),
        ("dtb:maxPageNumber", str(max(numbers, default=0))),
    ):
        if said.get(key) != wanted:
            yield f"the NCX says `{key}` is `{said.get(key)}`, it is `{wanted}`"
    order: dict[tuple[str, str], int] = {}
    spine = {name: number for number, name in enumerate(parts.spine)}
    ncx = next(name for name, item in parts.items.items() if item.get("media-type") == NCX_TYPE)
    targets: dict[tuple[str, str], tuple[int, int]] = {}
    within_document: dict[str, dict[str, int]] = {}
    for element in (*points, *pages):
        target = resolve(ncx, _source(element))
        if target is None or target[0] not in parts.trees or parts.items[target[0]].get("media-type") != XHTML_TYPE:
            yield f"`{_label(element)}` leads nowhere in the NCX"
            continue
        played = element.get("playOrder", "")
        order[target] = int(played) if played.isdecimal() else 0
        path, id = target
        if path not in within_document:
            elements = parts.trees[path].iter(etree.Element)
            within_document[path] = {each.get("id") or "": number for number, each in enumerate(elements)}
        targets[target] = (spine.get(path, -1), within_document[path].get(id, -1) if id else 0)
    if [*sorted(order, key=order.__getitem__)] != [*sorted(targets, key=targets.__getitem__)]:
        yield "the order of the NCX (`playOrder`) is not that in which the book is read"
    seen: set[tuple[str, str]] = set()
    for page in pages:
        pair = (page.get("type", ""), page.get("value", ""))
        label = _label(page)
        kind = (
            "normal"
            if label.isdecimal()
            else "front"
            if label and not set(label.lower()) - set("ivxlcdm")
            else "special"
        )
        if pair[0] != kind:
            yield f"page `{label}` is of the type `{pair[0]}` in the NCX, not `{kind}`"
        if pair[1] and (pair in seen or str(int(label) if label.isdecimal() else "") != pair[1]):
            yield f"page `{label}` has the value `{pair[1]}` in the NCX, which is another's"
        seen.add(pair)


def _opf(parts: Parts) -> etree._Element:
    assert parts.opf is not None
    return parts.opf


def _shown(link: etree._Element) -> str | None:
    """Return the words of a link; None where a formula stands among them, for which the NCX has other signs."""
    if any(within(element, MATHML) for element in link.iter(etree.Element)):
        return None
    return " ".join("".join(map(str, link.itertext())).split())


def _label(element: etree._Element) -> str:
    """Return the words of a line: of its own label, and for a title of its text."""
    label = element.find(f"{NCX}navLabel")
    return " ".join("".join(map(str, (element if label is None else label).itertext())).split())


def _source(element: etree._Element) -> str:
    content = element.find(f"{NCX}content")
    return content.get("src", "") if content is not None else ""
