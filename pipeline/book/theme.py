"""`theme.toml` comes in; a checked `Theme` goes out: what a designer may decide without a program.

A theme is a folder: `theme.toml` with these settings, style sheets that come after the house's
own, and macros that stand in the place of the house's own. All of it is optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pipeline.book.setting import Desk, Setting, brief
from pipeline.book.toml import read_toml
from pipeline.source import Problem, Source, Span


class Opening(StrEnum):
    """Where a chapter opens."""

    RECTO = "recto"
    EITHER = "either"
    RUN_ON = "run-on"
    """on the same page, below the chapter before it"""


class HeadWords(StrEnum):
    """What a running head says."""

    BOOK = "book"
    PART = "part"
    """the part, and the book outside parts"""
    CHAPTER = "chapter"
    AUTHOR = "author"
    """the authors of the chapter, and the book where it has none of its own"""
    NONE = "none"


class Folios(StrEnum):
    """Where page numbers stand."""

    OUTER = "outer"
    FOOT = "foot"


SHEETS = ("tokens.css", "book.css", "heads.css", "screen.css", "large.css", "epub.css")
"""The style sheets that a theme may have."""

MACROS = ("theme.html.j2", "theme-print.html.j2", "theme-epub.html.j2")
"""The files of macros that a theme may have: for all media, for pages, for e-readers."""

SETTINGS = "theme.toml"
DEFAULT = "quiet"


@dataclass(frozen=True, slots=True)
class Theme:
    """How a book looks, as far as it is not the house's own look.

    `name` is that of a theme of the house, or the path of a folder in the book's own. `lead_in` is how
    many words of a chapter begin in small capitals, `drop_capital` how many lines its first letter is high (0 for
    none). `opening` is None where the edition decides.
    """

    name: str = DEFAULT
    span: Span | None = None
    opening: Opening | None = None
    verso: HeadWords = HeadWords.BOOK
    recto: HeadWords = HeadWords.CHAPTER
    folios: Folios = Folios.OUTER
    lead_in: int = 0
    drop_capital: int = 0
    ornament: str = ""
    paragraph_numbers: bool = False
    sheets: Mapping[str, str] = field(default_factory=dict)
    macros: tuple[tuple[str, str], ...] = ()

    def sheet(self, name: str) -> str:
        """Return the text of a style sheet; "" when the theme has none of that name."""
        return self.sheets.get(name, "")


TABLES = {
    "chapters": ("opening", "lead_in", "drop_capital"),
    "heads": ("verso", "recto", "folios"),
    "text": ("ornament", "paragraph_numbers"),
}
MOST_LINES = 5
MOST_WORDS = 12


def read_theme(theme: Theme, source: Source) -> tuple[Theme, tuple[Problem, ...]]:
    """Return the theme with the settings of its `theme.toml`, and what is wrong with them."""
    tree, problems = read_toml(source)
    if tree is None:
        return theme, problems
    desk = Desk(whole=tuple(TABLES))
    desk.keys(tree, tuple(TABLES))
    found: dict[str, Setting] = {}
    for name, keys in TABLES.items():
        table = tree.get(name)
        if table is not None and desk.is_table(table):
            desk.keys(table, keys)
            found[name] = table
    empty = replace(tree, value={})
    chapters, heads, text = (found.get(name, empty) for name in TABLES)
    opening = desk.choice(chapters, "opening", tuple(Opening), "")
    made = replace(
        theme,
        opening=Opening(opening) if opening else None,
        lead_in=_number(desk, chapters, "lead_in", MOST_WORDS),
        drop_capital=_number(desk, chapters, "drop_capital", MOST_LINES),
        verso=HeadWords(desk.choice(heads, "verso", tuple(HeadWords), HeadWords.BOOK)),
        recto=HeadWords(desk.choice(heads, "recto", tuple(HeadWords), HeadWords.CHAPTER)),
        folios=Folios(desk.choice(heads, "folios", tuple(Folios), Folios.OUTER)),
        ornament=_ornament(desk, text),
        paragraph_numbers=desk.truth(text, "paragraph_numbers", False),
    )
    return made, (*problems, *desk.problems)


def _ornament(desk: Desk, table: Setting) -> str:
    setting = table.get("ornament")
    text = desk.text(table, "ornament", filled=True)
    if setting is not None and (len(text) > 12 or any(sign in '"\\<>\n' for sign in text)):
        desk.say(
            "book-value",
            f"`{brief(text)}` is no ornament",
            setting.span,
            "write a few signs of the theme's own face, such as `* * *` or `⁂`",
        )
        return ""
    return text


def _number(desk: Desk, table: Setting, key: str, most: int) -> int:
    setting = table.get(key)
    if setting is None:
        return 0
    value = setting.value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        desk.wrong(setting, f"a whole number from 0 to {most}")
        return 0
    return value
