"""Marked text: a ``str`` in which one character opens a format and another closes it.

A tree of nodes would be built and thrown away thousands of times; a string is
joined, cut and compared at the speed of C. The marks are Unicode noncharacters
(U+FDD0 to U+FDEF), which no text may hold: `markup.escape` lets none in from outside.
Marks are invisible to punctuation, letter case, sorting and comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

CLOSE = "\ufdd0"
ITALIC = "\ufdd1"
OBLIQUE = "\ufdd2"
UPRIGHT = "\ufdd3"
BOLD = "\ufdd4"
LIGHT = "\ufdd5"
WEIGHT_NORMAL = "\ufdd6"
SMALL_CAPS = "\ufdd7"
VARIANT_NORMAL = "\ufdd8"
UNDERLINE = "\ufdd9"
DECORATION_NONE = "\ufdda"
SUPERSCRIPT = "\ufddb"
SUBSCRIPT = "\ufddc"
BASELINE = "\ufddd"
NOCASE = "\ufdde"
QUOTE = "\ufddf"
"""Quotation marks of the language; outer or inner is known only at the end."""
FIELD_ITALIC = "\ufde0"
"""Italics the author wrote in a field: upright where they stand in italics already."""
FIELD_BOLD = "\ufde1"
FIELD_SMALL_CAPS = "\ufde2"
LEFT_MARGIN = "\ufde3"
RIGHT_INLINE = "\ufde4"
BLOCK = "\ufde5"
INDENT = "\ufde6"
ROLE_NAMES = "\ufde7"
ROLE_TITLE = "\ufde8"
ROLE_LOCATOR = "\ufde9"
ROLE_BACKREF = "\ufdea"
ROLE_NUMBER = "\ufdeb"
FIELD_QUOTE = "\ufdec"
"""Quotation marks the author wrote in a field: one stop or comma goes inside them, not several."""
ROLE_LINK = "\ufded"
ROLE_CITE = "\ufdee"
TERM = "\ufdef"
"""A term of the locale without a letter case of its own: at the head of a note it takes a capital."""

WALL = NOCASE + CLOSE
"""Keeps a stop that the author has put after a quotation mark where it is."""

ANY = re.compile("[\ufdd0-\ufdef]")
_RUN = re.compile("[\ufdd0-\ufdef]+")
_DROP_RIGHT = frozenset({"::", ";:", "!:", "?:", ":.", "..", ";.", "!.", "?.", ";;", "!!", "??", ",,", "  "})
_DROP_LEFT = frozenset({":!", ";!", ":?", ";?"})
_SEAMY = frozenset(".,;:!? \ufdd0")
_SEAMY_RIGHT = frozenset(".,;:!? ") | frozenset(chr(code) for code in range(0xFDD1, 0xFDF0))


def is_mark(character: str) -> bool:
    """Say whether a character is one of ours."""
    return "\ufdd0" <= character <= "\ufdef"


def plain(text: str) -> str:
    """Return the text a reader would see, without marks (and without quotation marks of the language)."""
    return text if text.isascii() else ANY.sub("", text)


def wrap(mark: str, text: str) -> str:
    """Put text between a mark and its end; empty text stays empty."""
    return mark + text + CLOSE if text else text


def seam(left: str, right: str) -> str:
    """Join two texts, and take out one of two punctuation marks that cannot stand side by side.

    >>> seam("Who?", ". Next")
    'Who? Next'
    >>> seam("et al.", ". Next")
    'et al. Next'
    """
    if not left:
        return right
    if not right:
        return left
    if left[-1] not in _SEAMY or right[0] not in _SEAMY_RIGHT:
        return left + right
    return _seam_slowly(left, right)


def _seam_slowly(left: str, right: str) -> str:
    i = len(left) - 1
    while i >= 0 and "\ufdd0" <= left[i] <= "\ufdef":
        i -= 1
    j = 0
    end = len(right)
    while j < end and "\ufdd0" <= right[j] <= "\ufdef":
        j += 1
    if i < 0 or j == end:
        return left + right
    pair = left[i] + right[j]
    if pair in _DROP_RIGHT:
        return left + right[:j] + right[j + 1 :]
    if pair in _DROP_LEFT:
        return left[:i] + left[i + 1 :] + right
    return left + right


def join(parts: Iterable[str], delimiter: str) -> str:
    """Join what is not empty with a delimiter, minding the seams."""
    out = ""
    for part in parts:
        if part:
            if out:
                if delimiter:
                    out = seam(out, delimiter)
                out = seam(out, part)
            else:
                out = part
    return out


def affix(prefix: str, text: str, suffix: str) -> str:
    """Put a prefix and a suffix about a text that is not empty."""
    if prefix:
        text = seam(prefix, text)
    if suffix:
        text = seam(text, suffix)
    return text


def first_visible(text: str) -> str:
    """Return the first character that is no mark, or an empty string."""
    for character in text:
        if not "\ufdd0" <= character <= "\ufdef":
            return character
    return ""


def last_visible(text: str) -> str:
    """Return the last character that is no mark, or an empty string."""
    for character in reversed(text):
        if not "\ufdd0" <= character <= "\ufdef":
            return character
    return ""


def ends_with_block(text: str) -> bool:
    """Say whether the last thing of a text is a display block."""
    if not text.endswith(CLOSE):
        return False
    depth = 0
    for character in reversed(text):
        if character == CLOSE:
            depth += 1
        elif "\ufdd1" <= character <= "\ufdef":
            depth -= 1
            if not depth:
                return LEFT_MARGIN <= character <= INDENT
    return False


def balanced(text: str) -> bool:
    """Say whether every mark is closed, in order (tests use it)."""
    depth = 0
    for character in text:
        if character == CLOSE:
            depth -= 1
            if depth < 0:
                return False
        elif "\ufdd1" <= character <= "\ufdef":
            depth += 1
    return depth == 0


def opening_marks(text: str) -> str:
    """Return the run of marks a text begins with."""
    found = _RUN.match(text)
    return found.group() if found else ""
