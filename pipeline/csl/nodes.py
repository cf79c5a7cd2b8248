"""What a compiled style is made of: nodes, what they return, and how they are put together.

A node returns a text and a state: `NOTHING` when it asked for no variable,
`ASKED` when all it asked for were empty, `PRINTED` when one was not.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.csl import marks
from pipeline.csl.context import Context

NOTHING, ASKED, PRINTED = 0, 1, 2
Result = tuple[str, int]
Node = Callable[[Context], Result]
Dress = Callable[[str], str]
"""Puts the format of a style's element on a text."""

EMPTY: Result = ("", NOTHING)
ABSENT: Result = ("", ASKED)


def sequence(nodes: tuple[Node, ...], delimiter: str) -> Node:
    """Join the texts of nodes; the state of the whole is the strongest of its parts."""
    if not nodes:
        return lambda c: EMPTY
    if len(nodes) == 1:
        return nodes[0]

    def run(c: Context) -> Result:
        out = ""
        state = NOTHING
        for node in nodes:
            text, one = node(c)
            if one > state:
                state = one
            if text:
                if out:
                    if delimiter:
                        out = marks.seam(out, delimiter)
                    out = marks.seam(out, text)
                else:
                    out = text
        return out, state

    return run


def first_of(nodes: tuple[Node, ...]) -> Node:
    """Print the first node that prints, as `cs:substitute` does."""

    def run(c: Context) -> Result:
        for node in nodes:
            result = node(c)
            if result[0]:
                return result
        return ABSENT

    return run


def grouped(body: Node) -> Node:
    """Let a macro behave as a group does: all or nothing."""

    def run(c: Context) -> Result:
        text, state = body(c)
        if state == ASKED:
            return ABSENT
        return text, PRINTED if text else state

    return run
