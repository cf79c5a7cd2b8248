"""What a book is about, in words and in the codes of the schemes that shops and libraries sort by."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.book.setting import Desk, Setting
from pipeline.book.values import SubjectCode

SCHEMES = ("AAT", "BIC", "BISAC", "CLC", "CLIL", "DDC", "EuroVoc", "LCSH", "MEDTOP", "NDC", "Thema", "UDC", "WGS")
"""The values of `authority` that EPUB 3.3 (D.3.2) keeps for schemes of subjects."""

SHAPES = {"BISAC": r"[A-Z]{3}[0-9]{6}", "Thema": r"[0-9]?[A-Z0-9]+(?:-[A-Z0-9]+)*"}
"""What a code of a scheme looks like, where that is certain."""


def read_subjects(desk: Desk, setting: Setting | None) -> tuple[tuple[str, ...], tuple[SubjectCode, ...]]:
    """Return the names of all subjects in order, and the codes of those that have one.

    A subject is a text, or a table with `name`, `authority` and `term`.
    """
    names: list[str] = []
    codes: list[SubjectCode] = []
    for item in desk.items(setting):
        before = len(desk.problems)
        if not isinstance(item.value, Mapping):
            name = desk.string(item)
            if not name and len(desk.problems) == before:
                desk.say("book-value", f"`{item.name}` is empty", item.span, "write it, or delete it")
        else:
            desk.keys(item, ("name", "authority", "term"), {"code": "write `term`", "scheme": "write `authority`"})
            name = desk.text(item, "name", filled=True)
            code = _code(desk, item, name)
            if code is not None and len(desk.problems) == before:
                codes.append(code)
        if name:
            names.append(name)
    return tuple(names), tuple(codes)


def _code(desk: Desk, item: Setting, name: str) -> SubjectCode | None:
    written, term = desk.text(item, "authority", filled=True), desk.text(item, "term", filled=True)
    missing = [key for key, text in (("name", name), ("authority", written), ("term", term)) if not text]
    if missing:
        if all(item.get(key) is None for key in missing):
            desk.say(
                "book-value",
                f"this subject has no `{missing[0]}`",
                item.span,
                'write `{ name = "Human rights", authority = "Thema", term = "JPVH" }`, or the name alone',
            )
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
    return SubjectCode(name, authority, term)
