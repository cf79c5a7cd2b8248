"""Single settings come in with the desk that asks; checked values go out: for both kinds of book."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pipeline.book.roles import RELATORS, ROLE_NAMES, role_code
from pipeline.book.rules import (
    in_name_order,
    isbn_as_written,
    isbn_digits,
    isbn_fault,
    iso_date,
    language_doubtful,
    language_hint,
    language_tag,
    path_fault,
    tidy_path,
)
from pipeline.book.setting import Desk, Setting, brief, names
from pipeline.book.values import EditionSettings, Ground, Jacket, Medium, NotePolicy, Restart, Voice
from pipeline.source import Severity, Source, Span

STANDARD_EDITIONS = (
    EditionSettings("print", Medium.PDF, "6x9", recto=True),
    EditionSettings("screen", Medium.PDF, "a4-screen"),
    EditionSettings("epub", Medium.EPUB),
)
"""What is made of a book that names no editions."""

COVER_ENDINGS = (".jpg", ".jpeg", ".png", ".svg")

# Voices -------------------------------------------------------------------------------------

VOICE_MARKS = {
    "author": "decimal",
    "translator": "upper-alpha",
    "source": "lower-roman",
    "editor": "symbols",
    "textual": "lower-alpha",
}
"""How each standard voice counts where every voice has its own series."""

SHARED_SERIES = "notes"
"""The series in which authors, translators, editors and sources are counted together."""


def usual_voice(name: str, *, single: bool = True) -> Voice:
    """Return a voice as it is when the book says nothing of it."""
    if single and name != "textual":
        return Voice(name, "", "decimal", SHARED_SERIES)
    return Voice(name, "", VOICE_MARKS.get(name, "decimal"), name)


def standard_notes() -> NotePolicy:
    """Return the policy of a book that says nothing of its notes."""
    return NotePolicy(tuple(usual_voice(name) for name in VOICE_MARKS), Restart.CHAPTER)


# Texts with a grammar -----------------------------------------------------------------------


def needed(desk: Desk, table: Setting, key: str, hint: str) -> str:
    """Return a text that every book must have."""
    if table.get(key) is None:
        desk.say("book-value", f"the book has no `{key}`", table.span, hint)
    return desk.text(table, key, filled=True)


def language(desk: Desk, table: Setting, key: str, hint: str) -> str:
    """Return the book's language; `und` (undetermined) after a problem."""
    text = needed(desk, table, key, hint)
    setting = table.get(key)
    if setting is None or not text:
        return "und"
    tag = language_tag(text)
    meant = language_hint(text)
    if not tag:
        desk.say(
            "language-invalid",
            f"`{brief(text)}` is no language tag",
            setting.span,
            f"write `{meant}`" if meant else "write a BCP 47 tag: `en`, `en-GB`, `hy`, `sr-Latn`",
        )
        return "und"
    if language_doubtful(tag):
        desk.say(
            "language-doubtful",
            f"`{brief(text)}` is well formed, but hardly the language that is meant",
            setting.span,
            f"write `{meant}`" if meant else "languages have two or three letters, countries two: `en-GB`",
            Severity.WARNING,
        )
    return tag


def day(desk: Desk, setting: Setting | None) -> str:
    """Return a date as ISO 8601 writes it: `1851`, `2026-11` or `2026-11-24`."""
    if setting is None:
        return ""
    value = setting.value
    if isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    elif isinstance(value, str):
        text = desk.string(setting)
        if not text and value.strip():
            return ""
    else:
        desk.wrong(setting, "a date", "write a year, a month or a day: 1851, 2026-11, 2026-11-24")
        return ""
    found = iso_date(text)
    if not found:
        desk.say(
            "date-invalid",
            f"`{brief(text)}` is no date",
            setting.span,
            "write a year, a month or a day: 1851, 2026-11, 2026-11-24",
        )
    return found


def identifier(desk: Desk, setting: Setting | None) -> str:
    """Return the book's own identifier; when it says it is an ISBN, it must be a right one."""
    if setting is None:
        return ""
    text = desk.string(setting)
    if not text:
        if isinstance(setting.value, str) and not setting.value.strip():
            desk.say("book-value", f"`{setting.name}` is empty", setting.span, "write it, or leave the key out")
        return ""
    if text.lower().startswith(("urn:isbn:", "isbn")) and not isbn_digits(text):
        isbn_wrong(desk, text, setting)
        return ""
    return text


def isbn(desk: Desk, setting: Setting) -> str:
    """Return an ISBN as it is written, when its check digit is right; "" after a problem."""
    before = len(desk.problems)
    text = desk.string(setting)
    if len(desk.problems) > before:
        return ""
    if isbn_digits(text):
        return isbn_as_written(text)
    isbn_wrong(desk, text, setting)
    return ""


def isbn_wrong(desk: Desk, text: str, setting: Setting) -> None:
    """Say what is wrong with an ISBN."""
    fault, hint = isbn_fault(text)
    desk.say("isbn-invalid", f"`{brief(text)}` is no ISBN: {fault}", setting.span, hint)


def relator(desk: Desk, setting: Setting) -> str:
    """Return the MARC code of a role; "" after a problem."""
    text = desk.string(setting)
    if not text:
        if isinstance(setting.value, str) and not setting.value.strip():
            desk.say(
                "role-unknown", "the role is empty", setting.span, "write what this person did: `author`, `editor`"
            )
        return ""
    code = role_code(text)
    if not code:
        near = desk.near(text, [*ROLE_NAMES, *RELATORS])
        desk.say(
            "role-unknown",
            f"`{brief(text)}` is no role that catalogues know",
            setting.span,
            f"did you mean `{near}`?" if near else "write a MARC relator code or its English name: `trl`, `translator`",
        )
    return code


def unknown_edition(desk: Desk, name: str, span: Span, editions: Sequence[str]) -> None:
    """Say that the book has no edition of this name."""
    near = desk.near(name, editions)
    desk.say(
        "edition-unknown",
        f"the book has no edition `{brief(name)}`",
        span,
        (f"did you mean `{near}`? " if near else "") + f"its editions are {names(editions)}",
    )


# Paths --------------------------------------------------------------------------------------


def path_in_folder(desk: Desk, setting: Setting) -> str:
    """Return a path that cannot lead out of the book's folder; "" after a problem."""
    before = len(desk.problems)
    if not isinstance(setting.value, str):
        desk.wrong(setting, "a path in quotation marks")
        return ""
    path = setting.value.strip()
    fault = path_fault(path)
    if fault:
        desk.say(
            "path-outside",
            f"`{brief(path)}` cannot be used: {fault}",
            setting.span,
            "put the file into the folder of the book, and write its path from there with `/`",
        )
    elif not tidy_path(path):
        desk.say("book-value", f"`{brief(setting.name)}` is empty", setting.span, "write the path of a file")
    return "" if len(desk.problems) > before else tidy_path(path)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The paths in a book's folder, ready to be looked up.

    `composed` leads from the composed form of a path (Unicode NFC) to the path as the folder
    spells it: file systems keep either form, and settings are typed in one.
    """

    names: frozenset[str]
    composed: Mapping[str, str]
    chapters: tuple[str, ...]
    """files that could hold a chapter, in name order"""
    markdown: tuple[str, ...]
    pictures: tuple[str, ...]

    def find(self, path: str) -> str:
        """Return the path of a file as the folder spells it, or ""."""
        return path if path in self.names else self.composed.get(unicodedata.normalize("NFC", path), "")


def shelf(files: Collection[str]) -> Shelf:
    """Return the paths of a folder, sorted out."""
    ordered = sorted(files)
    return Shelf(
        names=frozenset(ordered),
        composed={unicodedata.normalize("NFC", name): name for name in reversed(ordered)},
        chapters=tuple(in_name_order([name for name in ordered if is_chapter(name)])),
        markdown=tuple(name for name in ordered if name.lower().endswith(".md")),
        pictures=tuple(name for name in ordered if name.lower().endswith(COVER_ENDINGS)),
    )


def jacket_picture(setting: Setting | None) -> Setting | None:
    """Return where the picture of a cover is named: `cover = "…"`, or `image` in the table `[cover]`."""
    return setting.get("image") if setting is not None and isinstance(setting.value, Mapping) else setting


def read_jacket(desk: Desk, setting: Setting | None) -> Jacket:
    """Return what the table `[cover]` says of a cover of type."""
    if setting is None or not isinstance(setting.value, Mapping):
        return Jacket()
    desk.keys(setting, ("image", "ground", "blurb", "spine"))
    ground = Ground(desk.choice(setting, "ground", tuple(Ground), Ground.LIGHT))
    return Jacket(ground, desk.texts(setting, "blurb"), desk.text(setting, "spine", filled=True))


def cover(desk: Desk, setting: Setting | None, folder: Shelf) -> str:
    """Return the path of the cover picture; "" when there is none or it cannot be used."""
    if setting is None:
        return ""
    path = path_in_folder(desk, setting)
    if not path:
        return ""
    if not path.lower().endswith(COVER_ENDINGS):
        desk.say(
            "book-value",
            f"`{brief(path)}` cannot be a cover",
            setting.span,
            f"covers are pictures; their names end in {names(COVER_ENDINGS)}",
        )
        return ""
    found = folder.find(path)
    if not found:
        near = desk.near(path, folder.pictures)
        desk.say(
            "cover-missing",
            f"the book has no picture `{brief(path)}`",
            setting.span,
            f"did you mean `{near}`?" if near else "paths are relative to the folder of the book",
        )
    return found


REFERENCE_ENDINGS = (".yaml", ".yml", ".json", ".bib", ".ris")
"""What the name of a file of references ends in."""

_USUAL_REFERENCES = (
    *(f"references{ending}" for ending in REFERENCE_ENDINGS),
    "refs.bib",
    "bibliography.bib",
)


def references(desk: Desk, setting: Setting, folder: Shelf) -> str:
    """Return the path of a file of references; "" when it cannot be used."""
    path = path_in_folder(desk, setting)
    if path and not path.lower().endswith(REFERENCE_ENDINGS):
        desk.say(
            "book-value",
            f"`{brief(path)}` is no file of references",
            setting.span,
            f"their names end in {names(REFERENCE_ENDINGS)}",
        )
        return ""
    found = folder.find(path) if path else ""
    if path and not found:
        near = desk.near(path, (name for name in folder.names if name.lower().endswith(REFERENCE_ENDINGS)))
        desk.say(
            "references-missing",
            f"the book has no file `{brief(path)}`",
            setting.span,
            f"did you mean `{near}`?" if near else "paths are relative to the folder of the book",
        )
    return found


def usual_references(folder: Shelf) -> tuple[str, ...]:
    """Return the file of references of a book that names none."""
    return tuple(name for name in _USUAL_REFERENCES if name in folder.names)[:1]


def is_chapter(path: str) -> bool:
    """Say whether a file can hold a chapter: Markdown, not hidden, and no README."""
    folders, _, name = path.rpartition("/")
    return (
        name.lower().endswith(".md")
        and not name.lower().startswith((".", "readme."))
        and not any(folder.startswith(".") for folder in folders.split("/"))
    )


def usual_chapters(folder: Shelf) -> list[str]:
    """Return the chapters of a book that names none: `chapters/*.md`, else `*.md`, in name order."""
    inside = [path for path in folder.chapters if path.rpartition("/")[0] == "chapters"]
    return inside or [path for path in folder.chapters if "/" not in path]


def no_chapters(desk: Desk, source: Source) -> None:
    """Say that there is nothing to make a book of."""
    desk.say(
        "book-empty",
        "the book has no chapters",
        source.span(0, 0),
        "put them into `chapters/` as files that end in `.md`",
    )


def roman(number: int) -> str:
    """Write a number from 1 to 3999 in roman numerals.

    >>> roman(4), roman(19)
    ('IV', 'XIX')
    """
    digits = (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    )  # fmt: skip
    text = ""
    for value, letters in digits:
        count, number = divmod(number, value)
        text += letters * count
    return text
