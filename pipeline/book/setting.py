"""A settings file as a tree in which every key and value knows its place: `Setting`.

The readers of TOML and YAML make it; `Desk` takes it apart, asks every value for its type
and collects what is wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import TypeAlias

from pipeline.source import Problem, Severity, Span

Value: TypeAlias = "str | int | float | bool | date | time | tuple[Setting, ...] | Mapping[str, Setting]"

COMPARISONS = 40_000
"""How often an unknown name of one file is compared with a known one; a hostile file may hold thousands."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value in a settings file: its full `name` for messages, its places, what it holds.

    `key` is the place of the name, `span` that of the value. An item of a list has its own
    span in both.
    """

    name: str
    key: Span
    span: Span
    value: Value

    @property
    def table(self) -> Mapping[str, Setting]:
        """Return the settings in this table; none when it is no table."""
        return self.value if isinstance(self.value, Mapping) else {}

    def get(self, key: str) -> Setting | None:
        """Return the setting of this name in the table, or None."""
        return self.table.get(key)


def kind(value: Value) -> str:
    """Say in words what a value is.

    >>> kind(True), kind(3), kind("x")
    ('true or false', 'a number', 'a text')
    """
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case date() | datetime() | time():
            return "a date or time"
        case tuple():
            return "a list"
        case _:
            return "a table"


def brief(name: str, limit: int = 60) -> str:
    """Return a name for a message in one line, cut when it is very long."""
    line = " ".join(name.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def names(words: Iterable[str]) -> str:
    """Write names for a hint: each in backticks, with commas.

    >>> names(["a", "b"])
    '`a`, `b`'
    """
    return ", ".join(f"`{brief(word)}`" for word in words)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like this one, or "" when none is.

    >>> nearest("subtitel", ["title", "subtitle"])
    'subtitle'
    """
    lowered = {word.lower(): word for word in sorted(known, reverse=True)}
    wanted = name.lower()[:200]
    if wanted in lowered:
        return lowered[wanted]
    found = get_close_matches(wanted, lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""


def unprintable(text: str) -> str:
    """Return the first character that no edition can show, or ""."""
    for character in text:
        if character in "\n\t\r":
            continue
        code = ord(character)
        if unicodedata.category(character) in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE:
            return character
    return ""


@dataclass(slots=True)
class Desk:
    """The problems found so far in one settings file, and the questions asked of its values.

    `whole` are the settings of the whole book; `unknown` says how much an unknown key weighs.
    """

    whole: Sequence[str] = ()
    unknown: Severity = Severity.ERROR
    problems: list[Problem] = field(default_factory=list)
    _compared: int = 0

    def say(
        self,
        code: str,
        message: str,
        span: Span | None,
        hint: str = "",
        severity: Severity = Severity.ERROR,
        also: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        """Write a problem down."""
        self.problems.append(Problem(code, message, span, hint, severity, also))

    def near(self, name: str, known: Iterable[str]) -> str:
        """Return the nearest known name, or "" when there is none or too many were compared before."""
        if self._compared >= COMPARISONS:
            return ""
        words = sorted(known)
        self._compared += len(words)
        return nearest(name, words[:COMPARISONS])

    def wrong(self, setting: Setting, expected: str, hint: str = "") -> None:
        """Say that a value is of the wrong type."""
        self.say(
            "book-value",
            f"`{brief(setting.name)}` must be {expected}, not {kind(setting.value)}",
            setting.span,
            hint,
        )

    def keys(self, table: Setting, known: Sequence[str], meant: Mapping[str, str] | None = None) -> None:
        """Report every key of a table that is not known; `meant` holds hints for likely slips."""
        for key, setting in table.table.items():
            if key in known:
                continue
            hint = (meant or {}).get(key, "")
            longer = next((each for each in known if each.startswith(key)), "")  # `place` for `placement`
            if not hint and table.name and key in self.whole and not longer:
                hint = f"`{key}` is a setting of the whole book: write it above the first `[table]`"
            if not hint:
                near = self.near(key, known)
                hint = f"did you mean `{near}`?" if near else f"known here: {names(known)}"
            where = f" in `{brief(table.name)}`" if table.name else ""
            self.say(
                "book-key-unknown",
                f"`{brief(key)}` is not a setting{where}",
                setting.key,
                hint,
                self.unknown,
            )

    def is_table(self, setting: Setting | None) -> bool:
        """Say whether there is a table; another type is a problem."""
        if setting is None:
            return False
        if isinstance(setting.value, Mapping):
            return True
        self.wrong(setting, "a table")
        return False

    def string(self, setting: Setting | None) -> str:
        """Return a text in one line, or "" when there is none or it cannot be used."""
        if setting is None:
            return ""
        if not isinstance(setting.value, str):
            hint = ""
            if isinstance(setting.value, int | float) and not isinstance(setting.value, bool):
                hint = f'write it in quotation marks: "{setting.value}"'
            self.wrong(setting, "a text", hint)
            return ""
        bad = unprintable(setting.value)
        if bad:
            self.say(
                "book-value",
                f"`{brief(setting.name)}` holds the character U+{ord(bad):04X}, which cannot be set",
                setting.span,
                "delete it; no reader could see it",
            )
            return ""
        return " ".join(setting.value.split())

    def text(self, table: Setting, key: str, *, filled: bool = False) -> str:
        """Return the text of a key in a table; an empty one is a problem when it must be `filled`."""
        setting = table.get(key)
        before = len(self.problems)
        text = self.string(setting)
        if filled and setting is not None and not text and len(self.problems) == before:
            self.say("book-value", f"`{brief(setting.name)}` is empty", setting.span, "write it, or leave the key out")
        return text

    def truth(self, table: Setting, key: str, default: bool) -> bool:
        """Return true or false."""
        setting = table.get(key)
        if setting is None:
            return default
        if isinstance(setting.value, bool):
            return setting.value
        hint = ""
        if isinstance(setting.value, str) and setting.value.lower() in ("true", "false", "yes", "no"):
            hint = f"write {'true' if setting.value.lower() in ('true', 'yes') else 'false'}, without quotation marks"
        self.wrong(setting, "true or false", hint)
        return default

    def items(self, setting: Setting | None) -> tuple[Setting, ...]:
        """Return the items of a list; another type is a problem."""
        if setting is None:
            return ()
        if isinstance(setting.value, tuple):
            return setting.value
        hint = f'write it in brackets: ["{brief(setting.value)}"]' if isinstance(setting.value, str) else ""
        if isinstance(setting.value, Mapping):
            hint = f"write `[[{brief(setting.name)}]]` with two brackets" if setting.name else ""
        self.wrong(setting, "a list", hint)
        return ()

    def texts(self, table: Setting, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty ones are a problem."""
        found: list[str] = []
        for item in self.items(table.get(key)):
            before = len(self.problems)
            text = self.string(item)
            if text:
                found.append(text)
            elif len(self.problems) == before:
                self.say("book-value", f"`{brief(item.name)}` is empty", item.span, "write it, or delete it")
        return tuple(found)

    def choice(self, table: Setting, key: str, choices: Sequence[str], default: str) -> str:
        """Return one of a few words."""
        setting = table.get(key)
        if setting is None:
            return default
        before = len(self.problems)
        text = self.string(setting)
        if len(self.problems) > before:
            return default
        if text in choices:
            return text
        near = self.near(text, choices)
        self.say(
            "book-value",
            f"`{brief(setting.name)}` cannot be `{brief(text)}`",
            setting.span,
            (f"did you mean `{near}`? " if near else "") + f"it can be {names(choices)}",
        )
        return default
