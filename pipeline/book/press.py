"""The table `[fonts]` comes in; the faces that a press brings with it go out, as files that nobody has looked at yet."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.book.setting import Desk, Setting
from pipeline.source import Span

FAMILIES = ("serif", "sans", "display", "mono")
CUTS = {
    "regular": (400, "normal"),
    "italic": (400, "italic"),
    "semibold": (600, "normal"),
    "semibold_italic": (600, "italic"),
    "bold": (700, "normal"),
    "bold_italic": (700, "italic"),
}
"""The cuts of a family: weight and style."""


@dataclass(frozen=True, slots=True)
class PressFace:
    """One cut of a family of the press, and the file that holds it."""

    family: str
    cut: str
    file: str
    span: Span


@dataclass(frozen=True, slots=True)
class Press:
    """The faces of a press: a folder, which may lie outside the book, and the files in it."""

    folder: str = ""
    faces: tuple[PressFace, ...] = ()
    span: Span | None = None


def read_press(desk: Desk, table: Setting | None) -> Press:
    """Return what `[fonts]` names; a family without a regular cut is a problem."""
    if table is None or not desk.is_table(table):
        return Press()
    desk.keys(table, ("folder", *FAMILIES))
    found: list[PressFace] = []
    for family in FAMILIES:
        setting = table.get(family)
        if setting is None or not desk.is_table(setting):
            continue
        desk.keys(setting, tuple(CUTS))
        if setting.get("regular") is None:
            desk.say(
                "book-value", f"`{setting.name}` has no `regular` cut", setting.span, 'write `regular = "File.ttf"`'
            )
            continue
        for cut in CUTS:
            item = setting.get(cut)
            file = desk.text(setting, cut, filled=True)
            if item is not None and file:
                if "/" in file or "\\" in file:
                    desk.say("book-value", f"`{item.name}` is no file name", item.span, "name the folder in `folder`")
                else:
                    found.append(PressFace(family, cut, file, item.span))
    return Press(desk.text(table, "folder", filled=True), tuple(found), table.key)
