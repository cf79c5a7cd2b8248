"""The table `[pages]` comes in; what the pages before and after the text say goes out, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.book.setting import Desk, Setting, brief
from pipeline.source import Span


class Register(StrEnum):
    """A list that may follow the contents."""

    FIGURES = "figures"
    TABLES = "tables"


class Plates(StrEnum):
    """Where the figures stand on paper that are plates: after the chapter that has them, or after the text."""

    CHAPTER = "chapter"
    END = "end"


@dataclass(frozen=True, slots=True)
class Plate:
    """The picture that faces the title page; `alt` says what is to be seen."""

    path: str
    alt: str
    caption: str
    span: Span


@dataclass(frozen=True, slots=True)
class Matter:
    """What a publisher writes for the pages around the text; each is left out when it is empty.

    `digest` asks the colophon to name that of the manuscript. `half_title` is for two-sided editions. `printings` is the history of editions and printings, one line each.
    `doi` is a bare DOI. `safety` is whom to ask about the safety of the product, as the law of the European Union
    wants it. `lists` are made when there is anything to list.
    """

    half_title: bool = False
    series_titles: tuple[str, ...] = ()
    frontispiece: Plate | None = None
    dedication: tuple[str, ...] = ()
    edition_note: tuple[str, ...] = ()
    lists: tuple[Register, ...] = ()
    plates: Plates = Plates.CHAPTER
    printings: tuple[str, ...] = ()
    license: str = ""
    doi: str = ""
    funding: tuple[str, ...] = ()
    cataloguing: tuple[str, ...] = ()
    safety: str = ""
    digest: bool = False
    span: Span | None = None


KEYS = (
    "half_title",
    "series_titles",
    "frontispiece",
    "dedication",
    "edition_note",
    "lists",
    "plates",
    "printings",
    "license",
    "doi",
    "funding",
    "cataloguing",
    "safety",
    "digest",
)
_MEANT = {"halftitle": "write `half_title`", "licence": "write `license`", "cip": "write `cataloguing`"}
PLATE = ("file", "alt", "caption")
DOI = re.compile(r"10\.\d{4,9}/\S+")


def read_matter(desk: Desk, table: Setting | None) -> Matter:
    """Return what `[pages]` says. Whether the frontispiece is there is said when its picture is looked for."""
    if table is None or not desk.is_table(table):
        return Matter()
    desk.keys(table, KEYS, _MEANT)
    return Matter(
        half_title=desk.truth(table, "half_title", False),
        series_titles=desk.texts(table, "series_titles"),
        frontispiece=_plate(desk, table.get("frontispiece")),
        dedication=desk.texts(table, "dedication"),
        edition_note=desk.texts(table, "edition_note"),
        lists=_lists(desk, table),
        plates=_plates(desk, table),
        printings=desk.texts(table, "printings"),
        license=desk.text(table, "license", filled=True),
        doi=_doi(desk, table),
        funding=desk.texts(table, "funding"),
        cataloguing=desk.texts(table, "cataloguing"),
        safety=desk.text(table, "safety", filled=True),
        digest=desk.truth(table, "digest", False),
        span=table.key,
    )


def _plate(desk: Desk, setting: Setting | None) -> Plate | None:
    if setting is None or not desk.is_table(setting):
        return None
    desk.keys(setting, PLATE)
    for key, hint in (("file", "the picture"), ("alt", "what is to be seen, for those who cannot see it")):
        if setting.get(key) is None:
            desk.say("book-value", f"`{setting.name}` has no `{key}`", setting.span, f'write `{key} = "…"`: {hint}')
    path, alt = desk.text(setting, "file", filled=True), desk.text(setting, "alt", filled=True)
    caption = desk.text(setting, "caption", filled=True)
    return Plate(path, alt, caption, setting.span) if path and alt else None


def _plates(desk: Desk, table: Setting) -> Plates:
    setting = table.get("plates")
    text = desk.text(table, "plates", filled=True)
    if setting is not None and text and text not in tuple(Plates):
        desk.say(
            "book-value",
            f"plates cannot stand at `{brief(text)}`",
            setting.span,
            f"write {' or '.join(f'`{each}`' for each in Plates)}",
        )
        return Plates.CHAPTER
    return Plates(text) if text else Plates.CHAPTER


def _lists(desk: Desk, table: Setting) -> tuple[Register, ...]:
    found: list[Register] = []
    for item in desk.items(table.get("lists")):
        text = desk.string(item)
        if text in tuple(Register):
            found.append(Register(text))
        elif text:
            desk.say(
                "book-value",
                f"there is no list of `{brief(text)}`",
                item.span,
                f"write {' or '.join(f'`{each}`' for each in Register)}",
            )
    return tuple(dict.fromkeys(found))


def _doi(desk: Desk, table: Setting) -> str:
    setting = table.get("doi")
    text = desk.text(table, "doi", filled=True)
    bare = re.sub(r"^(?:doi:|https?://(?:dx\.)?doi\.org/)", "", text, flags=re.IGNORECASE)
    if setting is not None and text and DOI.fullmatch(bare) is None:
        desk.say("book-value", f"`{brief(text)}` is no DOI", setting.span, "write it bare: 10.1000/182")
        return ""
    return bare
