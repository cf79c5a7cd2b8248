"""The words of inlines without their mark-up: for titles, running heads, slugs and what is said of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from pipeline.edition.printed import is_printed_page
from pipeline.formulas import linear
from pipeline.manuscript import (
    CiteCall,
    Code,
    CrossRef,
    Emphasis,
    Foreign,
    Formula,
    Image,
    Inline,
    LineBreak,
    Link,
    NoteCall,
    Phrase,
    SmallCaps,
    SoftBreak,
    Strikeout,
    Strong,
    Subscript,
    Superscript,
    Supplied,
    Text,
)

_RAISED = str.maketrans("0123456789()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789()", "₀₁₂₃₄₅₆₇₈₉₍₎")


def _at_level(text: str, signs: dict[int, int]) -> str:
    """Return raised or lowered words in signs of their own, where Unicode has all of them: 10², H₂O."""
    return text.translate(signs) if all(ord(sign) in signs for sign in text) else text


def plain(inlines: Iterable[Inline], *, pictures: bool = True) -> str:
    """Return the words of inlines as plain text, without note calls, citations and page markers.

    The words that stand for `pictures` are among them; a running head wants none.

    >>> plain((Text("The ", Span("a", 0, 4)), Emphasis((Text("Pequod", Span("a", 5, 11)),), Span("a", 4, 12))))
    'The Pequod'
    """
    parts: list[str] = []
    for node in inlines:
        if is_printed_page(node):
            continue
        match node:
            case Text(text) | Code(text):
                parts.append(text)
            case Formula(text, display):
                parts.append(linear(text, display))
            case SoftBreak() | LineBreak():
                parts.append(" ")
            case Supplied(inner):
                parts.append(f"[{plain(inner, pictures=pictures)}]")
            case Superscript(inner):
                parts.append(_at_level(plain(inner, pictures=pictures), _RAISED))
            case Subscript(inner):
                parts.append(_at_level(plain(inner, pictures=pictures), _LOWERED))
            case Emphasis(inner) | Strong(inner) | Strikeout(inner) | SmallCaps(inner) | Phrase(inner):
                parts.append(plain(inner, pictures=pictures))
            case Link() | Foreign() | CrossRef():
                parts.append(plain(node.inlines, pictures=pictures))
            case Image(alt=alt):
                parts.append(alt if pictures else "")
            case NoteCall() | CiteCall():
                pass
            case _:
                assert_never(node)
    return "".join(parts)


def without_stop(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return the words of a head in the line without the full stop that parts it from its text."""
    last = inlines[-1] if inlines else None
    match last:
        case Text(text=text) if text.endswith(".") and not text.endswith(".."):
            return (*inlines[:-1], replace(last, text=text[:-1]))
        case Emphasis() | Strong() | SmallCaps() | Foreign() | Supplied() | Phrase():
            return (*inlines[:-1], replace(last, inlines=without_stop(last.inlines)))
        case _:
            return inlines


def title_only(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return a title as the contents show it: its mark-up without calls, links, forced lines and pages of an older print.

    Citations stand in it until `said` puts their words in their places.
    """
    out: list[Inline] = []
    for node in inlines:
        match node:
            case NoteCall():
                pass
            case Phrase() if is_printed_page(node):  # a page begins once, where it is marked
                pass
            case LineBreak(span):
                out.append(SoftBreak(span))
            case Link() | CrossRef():
                out.extend(title_only(node.inlines))
            case Text() | SoftBreak() | Code() | Image() | Formula() | CiteCall():
                out.append(node)
            case (
                Emphasis()
                | Strong()
                | Strikeout()
                | Superscript()
                | Subscript()
                | SmallCaps()
                | Supplied()
                | Phrase()
                | Foreign()
            ):
                out.append(replace(node, inlines=title_only(node.inlines)))
            case _:
                assert_never(node)
    return tuple(out)


def said(title: tuple[Inline, ...], printed: Mapping[CiteCall, tuple[Inline, ...]]) -> tuple[Inline, ...]:
    """Return a title with the words of its citations, as they are printed in the head itself."""
    out: list[Inline] = []
    for node in title:
        if isinstance(node, CiteCall):
            out.extend(title_only(printed.get(node, ())))
        elif isinstance(
            node, Emphasis | Strong | Strikeout | SmallCaps | Supplied | Phrase | Foreign | Link | CrossRef
        ):
            out.append(replace(node, inlines=said(node.inlines, printed)))
        else:
            out.append(node)
    return tuple(out)


def slug(text: str) -> str:
    """Return a name of ASCII letters, digits and hyphens that begins with a letter, or "".

    >>> slug("003-Über den Fluß")
    'uber-den-fluss'
    """
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")
    return re.sub(r"^[0-9-]+", "", name)
