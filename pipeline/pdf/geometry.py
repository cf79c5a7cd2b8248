"""A trim of the house's table comes in; the `@page` rules and custom properties for it go out.

Body and heads are two layers of one page, so both take their geometry from here. The body
layer knows no left and right: every page of it has the margins of a recto, and the join moves
the content of a verso by `verso_shift`. So a unit does not change when an edit before it moves it
from one side of the leaf to the other.
"""

from __future__ import annotations

from pipeline.book.trims import Trim


def verso_shift(trim: Trim) -> float:
    """Return how far, in points to the right, a verso's content lies from a recto's."""
    return round(trim.outer - trim.inner, 3) if trim.two_sided else 0.0


def properties(trim: Trim) -> str:
    """Return the tokens that the style sheets build upon: the grid unit, the size of text, the measure."""
    return (
        f":root {{ --u: {trim.leading:g}pt; --size: {trim.size:g}pt;"
        f" --title-size: {trim.title:g}pt; --book-title-size: {trim.book_title:g}pt; --measure: {trim.measure:g}pt;"
        f" --block: {round(trim.lines * trim.leading, 3):g}pt;"
        f" --width: {trim.width:g}pt; --height: {trim.height:g}pt; --top: {trim.top:g}pt;"
        f" --bottom: {trim.bottom:g}pt; --inner: {trim.inner:g}pt; --outer: {trim.outer:g}pt;"
        f" --note-column: {trim.note_column:g}pt; --note-gap: {trim.note_gap:g}pt; }}\n"
    )


def body_css(trim: Trim) -> str:
    """Return the page of the body layer: a recto's margins on every page, and room for notes."""
    return (
        f"@page {{ size: {trim.width:g}pt {trim.height:g}pt;"
        f" margin: {trim.top:g}pt {trim.outer:g}pt {trim.bottom:g}pt {trim.inner:g}pt; }}\n" + properties(trim)
    )


def heads_css(trim: Trim) -> str:
    """Return the page of the heads layer: inner and outer margins changing sides on two-sided pages."""
    size = f"size: {trim.width:g}pt {trim.height:g}pt;"
    if not trim.two_sided:
        margin = f"margin: {trim.top:g}pt {trim.outer:g}pt {trim.bottom:g}pt {trim.inner:g}pt;"
        return f"@page {{ {size} {margin} }}\n" + properties(trim)
    right = f"margin: {trim.top:g}pt {trim.outer:g}pt {trim.bottom:g}pt {trim.inner:g}pt;"
    left = f"margin: {trim.top:g}pt {trim.inner:g}pt {trim.bottom:g}pt {trim.outer:g}pt;"
    return f"@page {{ {size} }}\n@page :right {{ {right} }}\n@page :left {{ {left} }}\n" + properties(trim)
