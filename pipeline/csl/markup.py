"""The markup of a field: `<i>`, `<b>`, `<sc>`, `<sup>`, `<sub>`, no-case spans and quotation marks become marks.

Comes in: the text of a variable, as authors type it. Goes out: marked text.
A tag or a quotation mark without its fellow stays what it is: text.
(CSL 1.0.2, appendix "Rich text in CSL-JSON".)
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TypeAlias

from pipeline.csl import marks

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Quotation marks of a language, opening and closing; others that an author types are his own choice, and stay."""
CURLY: Pairs = (("\u201c", "\u201d"), ("\u2018", "\u2019"))

_TAG = re.compile(
    r"<(?P<close>/)?(?P<name>i|b|sc|sup|sub|span)(?P<attributes>\s[^<>]*)?>"
    r"|(?P<quote>[\"'\u2018-\u201f\u00ab\u00bb\u2039\u203a\u300c-\u300f])",
)
_SIGNS = re.compile("[<\"'\u2018-\u201f\u00ab\u00bb\u2039\u203a\u300c-\u300f]")
_SIMPLE = {
    "i": marks.FIELD_ITALIC,
    "b": marks.FIELD_BOLD,
    "sc": marks.FIELD_SMALL_CAPS,
    "sup": marks.SUPERSCRIPT,
    "sub": marks.SUBSCRIPT,
}
_SPANS = (
    (re.compile(r"class\s*=\s*[\"']?nocase"), marks.NOCASE),
    (re.compile(r"class\s*=\s*[\"']?nodecor"), marks.UPRIGHT + marks.WEIGHT_NORMAL + marks.VARIANT_NORMAL),
    (re.compile(r"font-variant\s*:\s*small-caps"), marks.FIELD_SMALL_CAPS),
    (re.compile(r"font-style\s*:\s*italic"), marks.FIELD_ITALIC),
    (re.compile(r"font-style\s*:\s*normal"), marks.UPRIGHT),
    (re.compile(r"font-weight\s*:\s*bold"), marks.FIELD_BOLD),
    (re.compile(r"font-weight\s*:\s*normal"), marks.WEIGHT_NORMAL),
    (re.compile(r"font-variant\s*:\s*normal"), marks.VARIANT_NORMAL),
    (re.compile(r"text-decoration\s*:\s*underline"), marks.UNDERLINE),
    (re.compile(r"vertical-align\s*:\s*super"), marks.SUPERSCRIPT),
    (re.compile(r"vertical-align\s*:\s*sub"), marks.SUBSCRIPT),
)
_OPENS_AFTER = frozenset("([{\u2014\u2013-/\u00ab\u2039\u00a1\u00bf")
_QUOTES = frozenset("\u201c\u2018\"'")
MAXIMAL_DEPTH = 100
LONGEST_TAG = 200


def escape(text: str) -> str:
    """Let none of our marks in from outside: a noncharacter becomes U+FFFD.

    >>> escape("a\\ufdd0b") == "a\\ufffdb"
    True
    """
    return text if text.isascii() else marks.ANY.sub("\ufffd", text)


def _superscripts() -> dict[str, str]:
    found = {}
    for code in (*range(0xAA, 0x100), *range(0x2B0, 0x300), *range(0x1D00, 0x2200), *range(0xA700, 0xAB70)):
        parts = unicodedata.decomposition(chr(code)).split()
        if parts and parts[0] == "<super>":
            found[chr(code)] = "".join(chr(int(part, 16)) for part in parts[1:])
    return found


_SUPERSCRIPTS = _superscripts()
_SUPERSCRIPT = re.compile(f"[{''.join(_SUPERSCRIPTS)}]")


def _raise(found: re.Match[str]) -> str:
    return marks.SUPERSCRIPT + _SUPERSCRIPTS[found.group()] + marks.CLOSE


def superscripts(text: str) -> str:
    """Turn Unicode superscripts into marked text, since many fonts lack most of them."""
    return text if text.isascii() else _SUPERSCRIPT.sub(_raise, text)


def _span_mark(attributes: str) -> str:
    for pattern, mark in _SPANS:
        if pattern.search(attributes):
            return mark
    return ""


def _is_word(character: str) -> bool:
    return character.isalnum()


def _neighbours(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the characters about a quotation mark, looking past tags; blank at the ends."""
    at = start
    while at > 0 and text[at - 1] == ">":
        opening = text.rfind("<", max(0, at - LONGEST_TAG), at)
        if opening < 0 or not _TAG.fullmatch(text, opening, at):
            break
        at = opening
    found = _TAG.match(text, end)
    while found and not found.group("quote"):
        end = found.end()
        found = _TAG.match(text, end)
    return text[at - 1 : at] or " ", text[end : end + 1] or " "


@lru_cache(maxsize=16384)
def read(text: str, quotes: tuple[str, str] | None = None, pairs: Pairs = CURLY) -> str:
    """Return marked text for the raw text of a field.

    ``quotes`` are the signs to write for quotation marks, instead of marks that
    the end of the line resolves. Straight quotation marks are read, and those of ``pairs``.

    >>> marks.plain(read("l'<i>x</i>"))
    'l\\u2019x'
    """
    text = superscripts(escape(text))
    if not _SIGNS.search(text):
        return text
    pieces: list[str] = []
    # What stands open: (name of tag or quotation mark, index of its piece, mark it would become).
    stack: list[tuple[str, int, str]] = []
    last = 0
    for found in _TAG.finditer(text):
        start, end = found.span()
        if start > last:
            pieces.append(text[last:start])
        last = end
        quote = found.group("quote")
        if quote is not None:
            before, after = _neighbours(text, start, end)
            if quote in "\"'":
                _read_quote(quote, before, text[end : end + 1] or " " if quote == '"' else after, pieces, stack, quotes)
            else:
                _read_curly(quote, before, after, pieces, stack, quotes, pairs)
            continue
        name = found.group("name")
        if found.group("close"):
            at = next((i for i in range(len(stack) - 1, -1, -1) if stack[i][0] == name), -1)
            if at < 0:
                pieces.append(found.group())
                continue
            # Quotation marks and tags opened inside, and not closed, stay text.
            _, index, mark = stack[at]
            del stack[at:]
            if mark:
                pieces[index] = mark
                pieces.append(marks.CLOSE * len(mark))
            else:
                pieces[index] = ""
            continue
        mark = _span_mark(found.group("attributes") or "") if name == "span" else _SIMPLE[name]
        if len(stack) < MAXIMAL_DEPTH:
            stack.append((name, len(pieces), mark))
        pieces.append(found.group())
    if last < len(text):
        pieces.append(text[last:])
    return "".join(pieces)


def _read_quote(
    sign: str,
    before: str,
    after: str,
    pieces: list[str],
    stack: list[tuple[str, int, str]],
    quotes: tuple[str, str] | None,
) -> None:
    """Read a straight quotation mark: an apostrophe, the beginning or the end of a quotation, or a sign of its own."""
    literal = "\u2019" if sign == "'" else sign
    if sign == "'" and _is_word(before) and _is_word(after):
        pieces.append("\u2019")
        return
    opens_here = bool(stack) and stack[-1][0] in "'\"" and stack[-1][1] == len(pieces) - 1
    may_open = not after.isspace() and (
        before.isspace() or before in _OPENS_AFTER or (before in _QUOTES and opens_here)
    )
    if not before.isspace() and not _is_word(after) and _closed(sign, after, pieces, stack, quotes):
        return
    if may_open and len(stack) < MAXIMAL_DEPTH:
        stack.append((sign, len(pieces), marks.FIELD_QUOTE))
    pieces.append(literal)


def _read_curly(
    sign: str,
    before: str,
    after: str,
    pieces: list[str],
    stack: list[tuple[str, int, str]],
    quotes: tuple[str, str] | None,
    pairs: Pairs,
) -> None:
    """Read a quotation mark that shows which way it looks; German ones close with a sign that opens elsewhere."""
    if sign == "\u2019" and _is_word(before) and _is_word(after):
        pieces.append(sign)
        return
    if not before.isspace() and any(sign == closing for _, closing in pairs):
        kind = next(opening for opening, closing in pairs if closing == sign)
        if _closed(kind, after, pieces, stack, quotes, kind != pairs[0][0]):
            return
    if not after.isspace() and any(sign == opening for opening, _ in pairs) and len(stack) < MAXIMAL_DEPTH:
        stack.append((sign, len(pieces), marks.FIELD_QUOTE))
    pieces.append(sign)


def _closed(
    kind: str,
    after: str,
    pieces: list[str],
    stack: list[tuple[str, int, str]],
    quotes: tuple[str, str] | None,
    inner: bool = False,
) -> bool:
    """End the quotation of a kind that stands open with nothing but quotations in it; say whether there was one.

    ``inner`` marks were typed as those of a quotation within another: so they stay where nothing is around them.
    """
    at = next((i for i in range(len(stack) - 1, -1, -1) if stack[i][0] == kind), -1)
    if at < 0 or not all(mark == marks.FIELD_QUOTE for _, _, mark in stack[at:]):
        return False
    _, index, mark = stack[at]
    del stack[at:]
    pieces[index] = quotes[0] if quotes else mark + marks.WALL if inner else mark
    pieces.append(quotes[1] if quotes else marks.CLOSE + marks.WALL if after in ".,!?" else marks.CLOSE)
    return True
