"""The text of `decisions.toml` comes in; what a person decided goes out, each at its place in the source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.book import language_tag
from pipeline.book.setting import Setting, kind, names, nearest
from pipeline.book.toml import read_toml
from pipeline.intake.encoding import ENCODINGS
from pipeline.source import Problem, Source, Span

NAME = "decisions.toml"
_TEXTS = ("title", "subtitle", "language", "encoding", "date", "publisher", "rights")
_KEYS = (*_TEXTS, "authors", "source", "decide")
_FIELDS = ("kind", "at", "words", "as", "text", "level")
ALL = "all"
"""the place of a decision about all doubts of its kind"""
_PLACE = re.compile(r"([1-9][0-9]{0,8}):([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided at one place, or at all (line 0): `way` of `kind`, for the words that stand there."""

    kind: str
    line: int
    column: int
    words: str
    way: str
    text: str
    level: int
    span: Span


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that a person decided: settings of the book, and ways at places."""

    source: Source = field(default_factory=lambda: Source(NAME, ""))
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    authors: tuple[str, ...] = ()
    spans: Mapping[str, Span] = field(default_factory=lambda: MappingProxyType({}))
    """where each setting stands"""
    at_places: tuple[Decision, ...] = ()


def read_decisions(source: Source) -> tuple[Decisions, tuple[Problem, ...]]:
    """Read `decisions.toml`; what is no decision is a problem at its place."""
    tree, problems = read_toml(source)
    if tree is None:
        return Decisions(source), problems
    found = list(problems)
    texts: dict[str, str] = {}
    authors: tuple[str, ...] = ()
    places: list[Decision] = []
    for key, setting in tree.table.items():
        if key == "decide":
            for item in setting.value if isinstance(setting.value, tuple) else (setting,):
                decision, faults = _decision(item)
                found += faults
                if decision is not None:
                    places.append(decision)
        elif key == "authors":
            items = setting.value if isinstance(setting.value, tuple) else ()
            authors = tuple(item.value for item in items if isinstance(item.value, str) and item.value.strip())
            if len(authors) != len(items) or not items:
                found.append(_wrong(setting, "a list of names", 'write `authors = ["Ann Able"]`'))
        elif key in _TEXTS or key == "source":
            if not isinstance(setting.value, str):
                found.append(_wrong(setting, "a text in quotation marks"))
            else:
                texts[key] = setting.value
        else:
            near = nearest(key, _KEYS)
            found.append(
                Problem(
                    "decision-unknown",
                    f"`{key}` is nothing that can be decided",
                    setting.key,
                    f"did you mean `{near}`?" if near else f"known are {names(_KEYS)}",
                )
            )
    if "language" in texts and not language_tag(texts["language"]):
        found.append(_wrong(tree.table["language"], "a language tag", "such as en, en-GB or hy"))
        del texts["language"]
    encoding = texts.get("encoding", "").lower().replace("_", "-")
    encoding = re.sub(r"^(cp|win)-?(125\d)$", r"windows-\2", encoding)
    if "encoding" in texts:
        texts["encoding"] = encoding
    if encoding and encoding not in ENCODINGS:
        found.append(_wrong(tree.table["encoding"], "a known encoding", names(ENCODINGS)))
        del texts["encoding"]
    spans = {key: setting.span for key, setting in tree.table.items()}
    return Decisions(source, MappingProxyType(texts), authors, MappingProxyType(spans), tuple(places)), tuple(found)


def _wrong(setting: Setting, wanted: str, hint: str = "") -> Problem:
    return Problem("decision-unknown", f"`{setting.name}` is {kind(setting.value)}, not {wanted}", setting.span, hint)


def _decision(item: Setting) -> tuple[Decision | None, list[Problem]]:
    table = item.table
    problems = [
        Problem("decision-unknown", f"a decision has no `{key}`", each.key, f"it has {names(_FIELDS)}")
        for key, each in table.items()
        if key not in _FIELDS
    ]
    values = {key: each.value for key, each in table.items()}
    hint = "copy the lines that `intake.md` shows for the doubt"
    problems += [
        Problem("decision-unknown", f"a decision needs `{key}`, a text", item.span, hint)
        for key in (("kind", "at", "as") if values.get("at") == ALL else ("kind", "at", "words", "as"))
        if not isinstance(values.get(key), str) or not values[key]
    ]
    if problems:
        return None, problems
    place = _PLACE.fullmatch(str(values["at"]))
    level = values.get("level", 0)
    text = values.get("text", "")
    if place is None and values["at"] != ALL:
        return None, [Problem("decision-unknown", "`at` is no place such as `12:1`", table["at"].span, hint)]
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= 6:
        return None, [Problem("decision-unknown", "`level` is no number from 1 to 6", table["level"].span)]
    if not isinstance(text, str):
        return None, [_wrong(table["text"], "a text")]
    decision = Decision(
        str(values["kind"]),
        int(place[1]) if place else 0,
        int(place[2]) if place else 0,
        str(values["words"]) if place else "",
        str(values["as"]),
        " ".join(text.split()),
        level,
        item.span,
    )
    return decision, []
