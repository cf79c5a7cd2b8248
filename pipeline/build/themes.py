"""A book that names a theme comes in; the book with its theme, read and checked, goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from pipeline.book import Book, Theme, read_theme
from pipeline.book.theme import MACROS, SETTINGS, SHEETS
from pipeline.build.files import Folder
from pipeline.build.house import house
from pipeline.edition import Edition
from pipeline.html import MissingMacroError, ThemeMacroError, render
from pipeline.source import Problem, Severity, Source, decode

SHEET_LIMIT = 256_000
"""Bytes of one file of a theme."""


def house_themes() -> tuple[str, ...]:
    """Return the names of the themes that come with Stet."""
    folder = house().folder / "themes"
    return tuple(sorted(path.name for path in folder.iterdir() if (path / SETTINGS).is_file()))


def dress(book: Book, folder: Folder) -> tuple[Book, Mapping[str, Source], tuple[Problem, ...]]:
    """Read the theme that a book names. Returns the book, the texts that were read, and what is wrong with them."""
    name = book.theme.name
    if "/" in name or f"{name}/{SETTINGS}" in folder.names:
        texts, problems = _own(book.theme, folder)
        where = f"{name}/"
    elif name in house_themes():
        texts, problems, where = _read(house().folder / "themes" / name), (), f"{name}/"
    else:
        known = ", ".join(f"`{each}`" for each in house_themes())
        problem = Problem(
            "theme-unknown",
            f"there is no theme `{name}`",
            book.theme.span,
            f'the house has {known}; a theme of your own is a folder of the book: `theme = "themes/{name}"`',
        )
        return replace(book, theme=Theme()), {}, (problem,)
    if SETTINGS not in texts:
        if problems:
            return replace(book, theme=Theme()), {}, problems
        problem = Problem(
            "theme-unknown",
            f"the folder `{name}` is no theme: it has no `{SETTINGS}`",
            book.theme.span,
            "an empty file of this name is enough",
        )
        return replace(book, theme=Theme()), {}, (problem,)
    source = Source(where + SETTINGS, texts[SETTINGS])
    theme, found = read_theme(book.theme, source)
    theme = replace(
        theme,
        sheets={name: texts[name] for name in texts if name.endswith(".css")},
        macros=tuple((name, texts[name]) for name in MACROS if name in texts),
    )
    return replace(book, theme=theme), {source.path: source}, (*problems, *found)


def _read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir()) if _is_ours(path.name)}


def _is_ours(name: str) -> bool:
    return name in (SETTINGS, *SHEETS, *MACROS)


def _own(theme: Theme, folder: Folder) -> tuple[dict[str, str], tuple[Problem, ...]]:
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in folder.names:
        place, _, name = path.rpartition("/")
        if place != theme.name:
            continue
        if not _is_ours(name):
            problems.append(
                Problem(
                    "theme-file-unused",
                    f"`{path}` is no file of a theme, and nothing uses it",
                    theme.span,
                    f"a theme has {', '.join(f'`{each}`' for each in (SETTINGS, *SHEETS, *MACROS))}",
                    Severity.WARNING,
                )
            )
            continue
        data, found = folder.read(path, theme.span, limit=SHEET_LIMIT)
        problems.extend(found)
        if data is not None:
            source, found = decode(path, data)
            problems.extend(found)
            texts[name] = source.text
    return texts, tuple(problems)


def theme_faults(edition: Edition) -> tuple[Problem, ...]:
    """Return what is wrong with the macros of a theme, tried on the very book."""
    theme = edition.book.theme
    if not theme.macros:
        return ()
    try:
        for page in render(edition):
            ET.fromstring(page.html.partition("?>")[2] if page.html.startswith("<?xml") else page.html)  # noqa: S314 - what our own templates and those of the theme made
    except (ThemeMacroError, MissingMacroError, ET.ParseError) as error:
        return (
            Problem(
                "theme-broken",
                f"the macros of the theme `{theme.name}` cannot be used for `{edition.settings.name}`: {error}",
                theme.span,
                "docs/themes.md shows what a macro is given; the house's own stand in pipeline/templates",
            ),
        )
    return ()
