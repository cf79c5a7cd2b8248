"""Every call opens its note, and every note leads back to all its calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from pipeline.checks.package.parts import HEADS, Parts, mark_of, place_of
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.epub.documents import XHTML, local, types
from pipeline.source import Problem, Span


def _heads_with_calls(edition: Edition) -> set[str]:
    """Return the calls that the author put into heads."""
    found: set[str] = set()

    def seek(value: object, inside: bool) -> None:
        stack = [(value, inside)]
        while stack:
            current, within_head = stack.pop()
            if isinstance(current, tuple):
                stack.extend((each, within_head) for each in current)
                continue
            kind = type(current).__name__
            span = getattr(current, "span", None)
            if kind == "NoteCall" and within_head and isinstance(span, Span) and span in edition.calls:
                found.add(edition.calls[span].id)
            for name in (
                "inlines",
                "blocks",
                "items",
                "entries",
                "definitions",
                "term",
                "caption",
                "head",
                "body",
                "foot",
                "cells",
            ):
                below = getattr(current, name, None)
                if isinstance(below, tuple):
                    stack.append((below, within_head or kind == "Heading"))

    for unit in edition.units:
        seek(unit.title, True)
        seek(unit.blocks, False)
    return found


def check_notes(parts: Parts, edition: Edition, places: Places) -> Iterator[Problem]:
    """Every call opens its note, and every note leads back to its call, in every kind of reader."""
    allowed = _heads_with_calls(edition)
    for name in parts.spine:
        tree = parts.trees.get(name)
        if tree is None:
            continue
        notes = [e for e in tree.iter(f"{{{XHTML}}}*") if "footnote" in types(e) or e.get("role") == "doc-footnote"]
        calls = [e for e in tree.iter(f"{{{XHTML}}}a") if "noteref" in types(e) or e.get("role") == "doc-noteref"]
        by_id = {note.get("id", ""): note for note in notes}
        first: dict[str, etree._Element] = {}
        for call in calls:
            yield from _call(call, by_id, name, places)
            if any(local(a) in HEADS for a in call.iterancestors()) and call.get("id") not in allowed:
                yield Problem(
                    "epub-note", f"the call `{mark_of(call)}` stands in a head, in `{name}`", place_of(call, places)
                )
            target = (call.get("href") or "").removeprefix("#")
            if target in by_id:
                first.setdefault(target, call)
        for id, note in by_id.items():
            yield from _note(id, note, first.get(id), calls, name, places)
        outer = [c for c in calls if not any("footnotes" in types(a) for a in c.iterancestors())]
        wanted = _called_order(outer, by_id, calls)
        lists = dict.fromkeys(note.getparent() for note in by_id.values())  # of the chapter, and below its tables
        stands = [id for id in by_id if id in wanted]
        wanted = [id for each in lists for id in wanted if by_id[id].getparent() is each]
        if stands != wanted:
            astray = next(one for one, other in zip(stands, wanted, strict=True) if one != other)
            yield Problem(
                "epub-note",
                f"the notes do not stand in the order of their calls, from `{astray}` on, in `{name}`",
                places.span(astray),
            )


def _called_order(
    outer: Sequence[etree._Element], notes: Mapping[str, etree._Element], calls: Sequence[etree._Element]
) -> list[str]:
    """Return the notes as they are first called; one called in another note comes straight after that one."""
    order: list[str] = []

    def visit(call: etree._Element) -> None:
        pending = [call]
        while pending:
            id = (pending.pop().get("href") or "").removeprefix("#")
            if id in order or id not in notes:
                continue
            order.append(id)
            pending.extend(reversed([c for c in calls if notes[id] in c.iterancestors()]))

    for call in outer:
        visit(call)
    return order


def _call(call: etree._Element, notes: Mapping[str, etree._Element], name: str, places: Places) -> Iterator[Problem]:
    href, mark = call.get("href") or "", mark_of(call)
    if not href.startswith("#"):
        yield Problem(
            "epub-note", f"the call `{mark}` leads into another file (`{href}`), in `{name}`", place_of(call, places)
        )
    elif href[1:] not in notes:
        yield Problem(
            "epub-note", f"the call `{mark}` leads to no note (`{href}`), in `{name}`", place_of(call, places)
        )
    if not mark:
        yield Problem("epub-note", f"a call is empty (`{href}`), in `{name}`", place_of(call, places))


def _note(
    id: str,
    note: etree._Element,
    call: etree._Element | None,
    calls: Sequence[etree._Element],
    name: str,
    places: Places,
) -> Iterator[Problem]:
    def fault(message: str) -> Problem:
        return Problem("epub-note", f"{message}, in `{name}`", places.span(id))

    if call is None:
        yield fault(f"the note `{id}` is not called")
    back = next((e for e in note.iter(f"{{{XHTML}}}a") if e.get("role") == "doc-backlink"), None)
    if back is None:
        yield fault(f"the note `{id}` does not lead back to the text")
    else:
        target = (back.get("href") or "").removeprefix("#")
        if not any(each.get("id") == target and (each.get("href") or "") == f"#{id}" for each in calls):
            yield fault(f"the note `{id}` leads back to `{target}`, which does not call it")
        if call is not None and mark_of(back).rstrip(".") != mark_of(call):
            yield fault(f"the note is marked `{mark_of(back)}`, its call `{mark_of(call)}`")
    backs = [e for e in note.iter(f"{{{XHTML}}}a") if e.get("role") == "doc-backlink"]
    led = {(each.get("href") or "").removeprefix("#") for each in backs}
    for each in calls:
        if (each.get("href") or "") == f"#{id}" and each.get("id") not in led:
            yield fault(f"the note `{id}` does not lead back to its call `{each.get('id')}`")
    title = back.get("title") or "" if back is not None else ""
    if back is not None and title and re.search(rf"(?<!\w){re.escape(mark_of(back).rstrip('.'))}(?!\w)", title) is None:
        yield fault(f"the way back from the note `{mark_of(back)}` is called `{title}`")
    named = [each.get("aria-label") or mark_of(each) for each in backs]
    if len(set(named)) < len(named):
        yield fault(f"two ways back from the note `{id}` have the same name")
    own = [e for e in note.iter(etree.Element) if _is_label(e) or e is back]
    words = mark_of(note)
    for element in own:
        words = words.replace(mark_of(element), "", 1)
    if not any(character.isalnum() for character in words) and next(note.iter(f"{{{XHTML}}}img"), None) is None:
        yield fault(f"the note `{id}` is empty")


def _is_label(element: etree._Element) -> bool:
    """Say whether an element only tells whose a note is; what a style makes of a citation is the note itself."""
    classes = (element.get("class") or "").split()
    return "generated" in classes and "citation" not in classes
