"""What a book is about, in words and in the codes of the schemes that shops and libraries sort by."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.book.setting import Desk, Setting
from pipeline.book.values import Subject

KEYS = ("name", "authority", "term")

SCHEMES = ("AAT", "BIC", "BISAC", "CLC", "CLIL", "DDC", "EuroVoc", "LCSH", "MEDTOP", "NDC", "Thema", "UDC", "WGS")
"""The values of `authority` that EPUB 3.3 (D.3.2) keeps for schemes of subjects."""

SHAPES = {"BISAC": r"[A-Z]{3}[0-9]{6}", "Thema": r"[0-9]?[A-Z0-9]+(?:-[A-Z0-9]+)*"}
"""What a code of a scheme looks like, where that is certain."""


def read_subjects(desk: Desk, setting: Setting | None) -> tuple[Subject, ...]:
    """Return the subjects in order: each is a text, or a table with `name`, `authority` and `term`."""
    found: list[Subject] = []
    for item in desk.items(setting):
        before = len(desk.problems)
        if isinstance(item.value, Mapping):
            subject = _coded(desk, item)
            if subject is not None and len(desk.problems) == before:
                found.append(subject)
            continue
        name = desk.string(item)
        if name:
            found.append(Subject(name))
        elif len(desk.problems) == before:
            desk.say("book-value", f"`{item.name}` is empty", item.span, "write it, or delete it")
    return tuple(found)


def _coded(desk: Desk, item: Setting) -> Subject | None:
    desk.keys(item, KEYS, {"code": "write `term`", "scheme": "write `authority`"})
    name, written, term = (desk.text(item, key, filled=True) for key in KEYS)
    missing = next((key for key in KEYS if item.get(key) is None), "")
    if missing:
        desk.say(
            "book-value",
            f"this subject has no `{missing}`",
            item.span,
            'write `{ name = "Human rights", authority = "Thema", term = "JPVH" }`, or the name alone',
        )
    if missing or not (name and written and term):
        return None
    authority = next((each for each in SCHEMES if each.casefold() == written.casefold()), "")
    if not authority:
        near = desk.near(written, SCHEMES)
        hint = f"did you mean `{near}`?" if near else f"schemes are {', '.join(f'`{each}`' for each in SCHEMES)}"
        place = item.get("authority")
        desk.say("book-value", f"no scheme of subjects is called `{written}`", place.span if place else item.span, hint)
        return None
    shape = SHAPES.get(authority)
    if shape is not None and not re.fullmatch(shape, term):
        place = item.get("term")
        desk.say(
            "book-value",
            f"`{term}` is no code of {authority}",
            place.span if place else item.span,
            "look it up in the list of the scheme: BISAC has `POL035010`, Thema `JPVH`",
        )
        return None
    return Subject(name, authority, term)
