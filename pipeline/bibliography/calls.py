"""What an author wrote in a citation comes in (`[see @key, p. 3]`); its cites go out.

The syntax is Pandoc's, with forms after the bracket (`{.full}`) and locator words of two languages: English
and that of the book.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Literal

from pipeline.bibliography.locators import NO_TERM, Level, read_braced, read_levels
from pipeline.book.setting import brief
from pipeline.source import Problem, Span

Mode = Literal["normal", "suppress", "author"]
Form = Literal["", "full", "short", "author", "nocite"]

FORMS: tuple[Form, ...] = ("full", "short", "author", "nocite")


@dataclass(frozen=True, slots=True)
class Cite:
    """One reference cited, and the levels of what is counted in it, outermost first (`vol. 2, p. 3`)."""

    key: str
    span: Span
    levels: tuple[Level, ...] = ()
    prefix: str = ""
    suffix: str = ""
    mode: Mode = "normal"

    @property
    def label(self) -> str:
        """What is counted on the innermost level: a term of CSL, or "none"; empty without a locator."""
        return self.levels[-1].label if self.levels else ""

    @property
    def locator(self) -> str:
        """The numbers of the innermost level."""
        return self.levels[-1].number if self.levels else ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cites in one bracket. `in_text` says that the first author's name is a word of the sentence (`@key says`)."""

    cites: tuple[Cite, ...]
    in_text: bool = False
    form: Form = ""


_KEY = r"(?:\{[^{}\s]+\}|\w(?:\w|[:.#$%&\-+?<>~/](?=\w))*)"
_CITED = re.compile(rf"(?:^|(?<=[\s\[({{]))(-?)@({_KEY})")
_HEAD = re.compile(rf"(-?)@({_KEY})")
_FORM = re.compile(r"\{\.([a-z]+)\}$")

# Calls ----------------------------------------------------------------------------------------


def _parts(text: str) -> list[tuple[int, str]]:
    """Split a bracket at its semicolons, but for those in brackets and braces; with the offset of each part."""
    parts, depth, start = [], 0, 0
    for found in re.finditer(r"\\.|[{}\[\];]", text, re.DOTALL):
        sign = found[0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth = max(0, depth - 1)
        elif sign == ";" and depth == 0:
            parts.append((start, text[start : found.start()]))
            start = found.end()
    return [*parts, (start, text[start:])]


def keys_in(text: str) -> tuple[str, ...]:
    """Return the keys that a text would cite where it is read for citations.

    >>> keys_in("A train [see @roe; -@doe], me@example.org")
    ('roe', 'doe')
    """
    return tuple(_key(each[2]) for each in _keys(text, 0))


def read_call(source: str, span: Span, language: str = "") -> tuple[Cluster, tuple[Problem, ...]]:
    """Read a citation as it was written.

    Where the source is as long as its span, every cite has the place of its own key.
    """
    text = source
    form: Form = ""
    found = _FORM.search(text)
    if found is not None and text.startswith("["):
        form = next((each for each in FORMS if each == found[1]), "")
        text = text[: found.start()]
    exact = len(source) == span.end - span.start

    def place(start: int, end: int) -> Span:
        return Span(span.path, span.start + start, span.start + end) if exact else span

    if text.startswith("["):
        bracketed, said = _bracket(text[1:-1], 1, place, language)
        return Cluster(bracketed, form=form), said
    head = _HEAD.match(text)
    if head is None:
        return Cluster(()), ()
    key, first = _key(head[2]), place(head.start(), head.end())
    mode: Mode = "suppress" if head[1] else "normal"
    rest = text[head.end() :].lstrip()
    cites: tuple[Cite, ...] = ()
    problems: tuple[Problem, ...] = ()
    levels: tuple[Level, ...] = ()
    suffix = ""
    if rest.startswith("["):
        parts = _parts(rest[1:-1])
        levels, suffix = _after(parts[0][1], language)
        inside = len(text) - len(rest) + 1 + parts[0][0]
        problems = tuple(_second_keys(parts[0][1], 0, inside, place))
        if len(parts) > 1:
            base = len(text) - len(rest) + 1 + parts[1][0]
            cites, found_more = _bracket(rest[1 + parts[1][0] : -1], base, place, language)
            problems = (*problems, *found_more)
    return Cluster((Cite(key, first, levels, "", suffix, mode), *cites), in_text=not head[1]), problems


def _key(written: str) -> str:
    return unicodedata.normalize("NFC", written[1:-1] if written.startswith("{") else written)


def _bracket(
    text: str, base: int, place: Callable[[int, int], Span], language: str
) -> tuple[tuple[Cite, ...], tuple[Problem, ...]]:
    cites: list[Cite] = []
    problems: list[Problem] = []
    for start, part in _parts(text):
        found = next(_keys(part, 0), None)
        at = base + start
        if found is None:
            where = place(at, at + max(1, len(part)))
            problems.append(
                Problem(
                    "cite-part-without-key",
                    "this part of a citation names no work",
                    where,
                    "write its `@key`; a `;` that parts nothing becomes a comma, or stands in `{…}` after the key",
                )
            )
            continue
        problems.extend(_second_keys(part, found.end(), at, place))
        levels, suffix = _after(part[found.end() :], language)
        cites.append(
            Cite(
                _key(found[2]),
                place(at + found.start(), at + found.end()),
                levels,
                _words_of(part[: found.start()].strip()),
                suffix,
                "suppress" if found[1] else "normal",
            )
        )
    return _merged(cites), tuple(problems)


def _keys(part: str, start: int) -> Iterator[re.Match[str]]:
    """Yield the keys in a part of a citation, from an offset on; a backslash makes text of one."""
    return (each for each in _CITED.finditer(part, start) if part[each.start() - 1 : each.start()] != "\\")


def _second_keys(part: str, start: int, base: int, place: Callable[[int, int], Span]) -> Iterator[Problem]:
    """Yield a problem for each key after the first: a style would print it as it was typed, and cite nothing."""
    for each in _keys(part, start):
        yield Problem(
            "cite-second-key",
            f"`@{brief(_key(each[2]))}` stands after another key, and would be printed as it stands",
            place(base + each.start(), base + each.end()),
            "part one work from the next with `;`; a backslash before the `@` keeps it as text",
        )


def _merged(cites: list[Cite]) -> tuple[Cite, ...]:
    """Put neighbours together that differ only in what they count: `art. 3; art. 5` is `arts 3, 5`."""
    out: list[Cite] = []
    for cite in cites:
        last = out[-1] if out else None
        if last is not None and _continues(last, cite):
            level = replace(last.levels[-1], number=f"{last.locator}, {cite.locator}")
            out[-1] = replace(last, levels=(*last.levels[:-1], level), suffix=cite.suffix)
        else:
            out.append(cite)
    return tuple(out)


def _continues(last: Cite, cite: Cite) -> bool:
    if not last.levels or not cite.levels or cite.prefix or last.suffix or cite.label == NO_TERM:
        return False
    alike = (last.key, last.mode, last.label) == (cite.key, cite.mode, cite.label)
    return alike and [(level.label, level.number) for level in last.levels[:-1]] == [
        (level.label, level.number) for level in cite.levels[:-1]
    ]


def _after(text: str, language: str) -> tuple[tuple[Level, ...], str]:
    """Take apart what follows a key: the levels of its locator, and the suffix."""
    rest = text.lstrip()
    body = rest[1:].lstrip() if rest.startswith(",") else rest
    if body.startswith("{"):
        depth = 0
        for found in re.finditer(r"\\.|[{}]", body, re.DOTALL):
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth == 0:
                inner, suffix = body[1 : found.start()].strip(), _words_of(body[found.end() :].strip())
                if not inner:
                    return (), suffix
                braced, _ = read_braced(inner, language)
                return braced, suffix
    levels, end = read_levels(body, language)
    if not levels:
        return (), _words_of(rest.rstrip())
    return levels, _words_of(body[end:].strip())


# Mark-up in prefixes and suffixes -------------------------------------------------------------

_MARKS = re.compile(
    r"\\([!-/:-@\[-`{-~])|\*\*(?=\S)(.+?)(?<=\S)\*\*|\*(?=\S)(.+?)(?<=\S)\*|(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)"
    r"|\^([^\s^]+)\^|~([^\s~]+)~|\[([^\[\]]+)\]\{\.small-?caps\}|`([^`]+)`",
    re.DOTALL,
)
_TAGS = ("", "", "b", "i", "i", "sup", "sub", "sc", "")


def _words_of(text: str) -> str:
    """Turn an author's words with their mark-up into words with the field mark-up of CSL.

    >>> _words_of("see *passim*, 5 \\\\* 3")
    'see <i>passim</i>, 5 * 3'
    """

    def sign(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        number = found.lastindex or 0
        inner = found[number]
        tag = _TAGS[number]
        return f"<{tag}>{_words_of(inner)}</{tag}>" if tag else inner

    return unescape(" ".join(_MARKS.sub(sign, text).split()))
