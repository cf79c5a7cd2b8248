"""The XHTML of a unit comes in; the tree that is laid out goes out, with what the layout must be told.

The tree is plain `xml.etree`. Only attributes are added to it, and U+200B to addresses in narrow columns: no word is
changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from pipeline.pdf.facts import Job
from pipeline.source import Problem

DEPTH_LIMIT = 96
SPAN_LIMIT = 1000
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
ELSEWHERE = "https://book.invalid/#"
"""What a link to a place in another unit begins with, until the units are joined."""
ADDRESS = re.compile(r"(?:https?://|www\.|doi:|10\.\d{4,}/)\S{12,}")
"""What may be broken without a hyphen: an address in the web."""
JOINTS = re.compile(r"(?<=[/._?&=#%+~-])(?=\w)|(?<=\w{16})(?=\w{4})")
"""Where: after a sign that parts words, or in the middle of letters and figures without end."""


def signs(text: str) -> str:
    """Return the visible signs of a text: without white space, U+00AD, U+200B and U+2060.

    >>> signs("a\\u00adb c\\n d\\u2060")
    'abcd'
    """
    text = "".join(text.split())
    for unseen in "\u00ad\u200b\u2060":
        if unseen in text:
            text = text.replace(unseen, "")
    return text


def is_note(element: Element) -> bool:
    """Say whether an element is the words of a note (or a piece of them)."""
    return element.tag == "aside" and "note" in element.get("class", "").split()


def is_beside(element: Element) -> bool:
    """Say whether an element is a note that stands in the column beside the text."""
    return is_note(element) and "beside" in element.get("class", "").split()


def is_call(element: Element) -> bool:
    """Say whether an element is a later call of a note, a call inside a note, or the sign between two calls."""
    names = element.get("class", "").split()
    return (element.tag == "a" and "call" in names) or "between-calls" in names


def note_id(note: Element) -> str:
    """Return the id of the note to which this element or piece belongs."""
    return note.get("data-cont") or note.get("id") or ""


def voice_of(note: Element) -> str:
    """Return whose words a note has: "editor" of the class `note-editor`."""
    return next((name[5:] for name in note.get("class", "").split() if name.startswith("note-")), "")


def call_id(note: Element) -> str:
    """Return the id that the (first) call of a note gets as an anchor."""
    return note.get("data-call") or f"{note_id(note)}-call"


def parents(root: Element) -> dict[Element, Element]:
    """Return the parent of every element below the root."""
    return {child: parent for parent in root.iter() for child in parent}


def walk_words(element: Element) -> Iterator[str]:
    """Yield the text of an element without notes and the marks of calls; of a formula one line of signs."""
    if element.get("data-plain"):
        yield element.get("data-plain", "")
    if element.text:
        yield element.text
    for child in element:
        if not is_note(child) and not is_call(child):
            yield from walk_words(child)
        if child.tail:
            yield child.tail


def words_of(element: Element) -> str:
    """Return the text of an element on one line, without notes, the marks of calls and the joiners before them."""
    return " ".join("".join(walk_words(element)).replace("\u2060", "").split())


def title_of(heading: Element) -> str:
    """Return the words of a heading as lists of heads give them: of one in the line without its full stop."""
    words = words_of(heading)
    if "run-in" in heading.get("class", "").split() and not words.endswith(".."):
        return words.removesuffix(".")
    return words


def plant(job: Job) -> tuple[Element | None, tuple[Problem, ...]]:
    """Parse the page of a job and prepare it for the layout.

    Without a tree the problems say why: the page is not well-formed (a mistake of ours), nested
    too deeply, or a cell reaches over too many columns.
    """
    if "<!" in job.html[:200] or "<!ENTITY" in job.html:
        return None, (_refusal(job, "page-malformed", f"the page of `{job.name}` declares a document type"),)
    try:
        root = ET.fromstring(job.html.encode())  # noqa: S314  # our own pages, without entities
    except ET.ParseError as error:
        return None, (_refusal(job, "page-malformed", f"the page of `{job.name}` is not well-formed: {error}"),)
    problems = _refusals(job, root)
    if problems:
        return None, problems
    root.set("lang", root.get("lang") or job.language)
    head = root.find("head")
    if head is None:
        head = Element("head")
        root.insert(0, head)
    if head.find("title") is None:
        title = ET.SubElement(head, "title")
        title.text = job.title
    ids = {id for element in root.iter() if (id := element.get("id"))}
    calls = {call_id(element) for element in root.iter() if is_note(element)}
    for element in root.iter():
        _prepare(element, ids | calls)
    return root, ()


def _prepare(element: Element, ids: set[str]) -> None:
    tag = element.tag
    if tag == "a":
        href = element.get("href", "")
        if href.startswith("#") and href[1:] not in ids:
            element.set("href", ELSEWHERE + href[1:])
    elif tag in HEADINGS:
        element.set("data-bookmark", title_of(element))
    elif tag == "li":
        number = element.get("value", "")
        if number.lstrip("-").isdigit():
            add_style(element, f"counter-set: list-item {int(number)}; counter-increment: none")
    elif tag == "ol":
        start = element.get("start", "")
        if start.lstrip("-").isdigit():
            add_style(element, f"counter-reset: list-item {int(start) - 1}")
    elif is_note(element):
        first = next(iter(element), None)
        if first is not None and first.tag == "p" and not (element.text or "").strip():
            # Stands in one line with the mark, which WeasyPrint would else set on a line of its own.
            first.set("data-lead", "")
        elif first is not None and not is_beside(element):
            # A list, a table, a quotation: its first line stands beside the mark.
            element.set("data-block", "")
        if is_beside(element):
            for each in element.iter():
                each.text = each.text and ADDRESS.sub(_jointed, each.text)
                if each is not element:
                    each.tail = each.tail and ADDRESS.sub(_jointed, each.tail)


def _jointed(address: re.Match[str]) -> str:
    return JOINTS.sub("\u200b", address.group())


def add_style(element: Element, declarations: str) -> None:
    """Add declarations to the style attribute; later ones win."""
    before = element.get("style", "").strip().rstrip(";")
    element.set("style", f"{before}; {declarations}" if before else declarations)


def give_back_style(element: Element, style: str | None) -> None:
    """Set the style attribute to what it was, None for none."""
    if style is None:
        element.attrib.pop("style", None)
    else:
        element.set("style", style)


def end_below_floats(root: Element) -> None:
    """End the flow below all floats: WeasyPrint forgets the rest of a float that is broken at the end."""
    body = root.find("body")
    if body is not None:
        ET.SubElement(body, "div", {"style": "clear: both; height: 1px", "data-end": ""})


def add_pages(root: Element, count: int) -> None:
    """Add pages without text at the end, for notes whose column is full."""
    body = root.find("body")
    if body is not None:
        for _ in range(count):
            ET.SubElement(body, "div", {"style": "break-before: page; height: 1px", "data-extra": ""})


def _refusal(job: Job, code: str, message: str, hint: str = "") -> Problem:
    return Problem(code, message, hint=hint)


def _refusals(job: Job, root: Element) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    pending = [(root, 1)]
    while pending:
        element, depth = pending.pop()
        if depth > DEPTH_LIMIT:
            problems.append(
                _refusal(
                    job,
                    "nesting-too-deep",
                    f"`{job.name}` is nested more than {DEPTH_LIMIT} elements deep",
                    "take quotations and lists out of one another",
                )
            )
            break
        for name in ("colspan", "rowspan"):
            value = element.get(name, "1")
            if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= SPAN_LIMIT):
                problems.append(
                    _refusal(
                        job,
                        "span-too-large",
                        f"a cell of `{job.name}` has {name} `{value[:20]}`; 1 to {SPAN_LIMIT} is possible",
                    )
                )
        pending.extend((child, depth + 1) for child in element)
    return tuple(problems)
