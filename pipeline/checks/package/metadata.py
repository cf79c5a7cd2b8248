"""What the package says of the book is what the book's settings say, in the forms that shops and libraries read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.checks.package.parts import DC, OPF, Parts
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.source import Problem

_LANGUAGE = re.compile(r"(?:[a-z]{2,3}|x)(?:-[a-z0-9]{1,8})*", re.IGNORECASE)

_MODIFIED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _isbn_true(digits: str) -> bool:
    if re.fullmatch(r"\d{13}", digits):
        return sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits)) % 10 == 0
    if re.fullmatch(r"\d{9}[\dX]", digits):
        return sum((10 if d == "X" else int(d)) * (10 - n) for n, d in enumerate(digits)) % 11 == 0
    return False


def check_metadata(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """The package says of the book what the book's settings say, in the forms that shops can read."""
    opf = parts.opf
    assert opf is not None
    where = places.settings

    def fault(message: str) -> Problem:
        return Problem("epub-metadata", message, where)

    def texts(name: str) -> list[str]:
        return [(element.text or "").strip() for element in opf.iter(f"{DC}{name}")]

    def properties(name: str) -> list[str]:
        return [(e.text or "").strip() for e in opf.iter(f"{OPF}meta") if e.get("property") == name]

    languages = texts("language")
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            yield fault(f"`{language}` is not a language tag (BCP 47)")
    if languages != [edition.book.language]:
        yield fault(f"the language is {languages}, the book's is `{edition.book.language}`")
    yield from map(fault, _titles(opf, edition))
    yield from map(fault, _people(opf, edition))
    yield from map(fault, _series(opf, edition))
    book = edition.book
    for name, text in (
        ("publisher", book.publisher),
        ("date", book.date),
        ("rights", book.rights),
        ("description", book.description),
    ):
        if [_plain(found) for found in texts(name)] != ([_plain(text)] if text else []):
            yield fault(f"`dc:{name}` is {texts(name)}, the book's is `{text}`")
    told = [
        (_plain(e.text or ""), *("".join(_refined(opf, e, name)) for name in ("authority", "term")))
        for e in opf.iter(f"{DC}subject")
    ]
    subjects = [(_plain(each.name), each.authority, each.term) for each in book.subjects]
    if told != subjects:
        yield fault(f"the subjects with their codes are {told}, the book's are {subjects}")
    identifier = next((e for e in opf.iter(f"{DC}identifier") if e.get("id") == opf.get("unique-identifier")), None)
    own = (identifier.text or "").strip() if identifier is not None else ""
    if not own:
        yield fault("the package has no unique identifier")
    for text in texts("identifier") + texts("source") + properties("pageBreakSource"):
        if text.lower().startswith("urn:isbn:") and not _isbn_true(text[9:].replace("-", "")):
            yield fault(f"the check digit of `{text}` is wrong")
    wanted = edition.settings.identifier.replace("-", "").replace(" ", "").removeprefix("urn:isbn:")
    if wanted and own != f"urn:isbn:{wanted}":
        yield fault(f"the unique identifier is `{own}`, the edition's ISBN is `{wanted}`")
    if own and own in texts("source") + properties("pageBreakSource"):
        yield fault(f"the edition names itself, `{own}`, as the source of its page numbers")
    modified = properties("dcterms:modified")
    if len(modified) != 1 or not _MODIFIED.fullmatch(modified[0]):
        yield fault(f"`dcterms:modified` must stand once, in seconds and UTC; found {modified}")
    for name in ("accessMode", "accessModeSufficient", "accessibilityFeature", "accessibilityHazard"):
        if not properties(f"schema:{name}"):
            yield fault(f"`schema:{name}` is not said")
    scheme = _refined(opf, identifier, "identifier-type") if identifier is not None else []
    if scheme != (["15"] if own.startswith("urn:isbn:") else []):
        yield fault(f"the identifier `{own}` is said to be of the type {scheme} (ONIX list 5: 15 is an ISBN)")
    covers = [name for name, item in parts.items.items() if "cover-image" in item.get("properties", "").split()]
    if len(covers) != 1:
        yield fault(f"one picture must be the cover (`cover-image`); found {len(covers)}")
    elif not parts.items[covers[0]].get("media-type", "").startswith("image/"):
        yield fault(f"the cover `{covers[0]}` is no picture")
    elif [m.get("content") for m in opf.iter(f"{OPF}meta") if m.get("name") == "cover"] != [
        parts.items[covers[0]].get("id")
    ]:
        yield fault(f"`meta name=cover`, which shops read, does not name the cover `{covers[0]}`")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _refined(opf: etree._Element, element: etree._Element, name: str) -> list[str]:
    """Return what the package says of one of its elements under this name."""
    id = element.get("id")
    return [
        (meta.text or "").strip()
        for meta in opf.iter(f"{OPF}meta")
        if id and meta.get("refines") == f"#{id}" and meta.get("property") == name
    ]


def _titles(opf: etree._Element, edition: Edition) -> Iterator[str]:
    """Title and subtitle, in this order, each saying which it is."""
    book = edition.book
    wanted = [(book.title, "main"), *([(book.subtitle, "subtitle")] if book.subtitle else [])]
    found = list(opf.iter(f"{DC}title"))
    if [_plain(each.text or "") for each in found] != [_plain(text) for text, _ in wanted]:
        yield f"the titles are {[each.text for each in found]}, the book's are {[text for text, _ in wanted]}"
        return
    for number, (element, (text, kind)) in enumerate(zip(found, wanted, strict=True), start=1):
        if _refined(opf, element, "title-type") != [kind]:
            yield f"`{text}` does not say that it is the title of the kind `{kind}` (`title-type`)"
        if _refined(opf, element, "display-seq") != [str(number)]:
            yield f"`{text}` does not say that it is title {number} (`display-seq`)"


def _people(opf: etree._Element, edition: Edition) -> Iterator[str]:
    """Everybody who made the book, with the roles that they had in it (MARC relators) and the name they are filed under."""
    found = [*opf.iter(f"{DC}creator"), *opf.iter(f"{DC}contributor")]
    people = edition.book.contributors
    if sorted(_plain(each.text or "") for each in found) != sorted(_plain(person.name) for person in people):
        yield "the names of the contributors are not those of the book"
        return
    left = list(people)
    for element in found:
        roles = _refined(opf, element, "role")
        named = [person for person in left if _plain(person.name) == _plain(element.text or "")]
        person = next((each for each in named if list(each.roles) == roles), named[0])
        left.remove(person)
        if roles != list(person.roles):
            yield f"`{person.name}` is said to be {roles}, and was {list(person.roles)}"
        if _refined(opf, element, "file-as") != ([person.sort] if person.sort else []):
            yield f"`{person.name}` is filed under {_refined(opf, element, 'file-as')}, not under `{person.sort}`"
        authors = {"aut", "cre"} & set(person.roles)
        if authors and element.tag != f"{DC}creator":
            yield f"`{person.name}` wrote the book, and is not said to have made it (`dc:creator`)"
    for scheme in {meta.get("scheme") for meta in opf.iter(f"{OPF}meta") if meta.get("property") == "role"} - {
        "marc:relators"
    }:
        yield f"a role is said in words of `{scheme}`, not of `marc:relators`"
    order = [number for element in found for number in _refined(opf, element, "display-seq")]
    if order != [str(number) for number in range(1, len(found) + 1)]:
        yield f"the contributors are to be shown in the order {order}"


def _series(opf: etree._Element, edition: Edition) -> Iterator[str]:
    """The series of the book and its number in it, which libraries file it by."""
    book = edition.book
    found = [meta for meta in opf.iter(f"{OPF}meta") if meta.get("property") == "belongs-to-collection"]
    if [_plain(each.text or "") for each in found] != ([_plain(book.series)] if book.series else []):
        yield f"the series is {[each.text for each in found]}, the book's is `{book.series}`"
        return
    for element in found:
        if _refined(opf, element, "collection-type") != ["series"]:
            yield f"`{book.series}` is not said to be a series (`collection-type`)"
        number = str(book.series_number)
        if _refined(opf, element, "group-position") != ([number] if number else []):
            yield f"the number in the series is {_refined(opf, element, 'group-position')}, the book's is `{number}`"
