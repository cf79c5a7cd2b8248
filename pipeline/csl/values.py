"""What goes in and out of the engine: cites and clusters in, text with roles out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Mode = Literal["normal", "suppress", "author", "full", "short"]
"""`suppress` leaves the author out, `author` prints nothing else; `full` and `short` set the position by hand."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a locator around the one that is counted last: `vol. 2` in `vol. 2, p. 3`.

    ``word`` stands where ``label`` is no term of CSL or the language has none for it; ``joint`` is the sign before the step.
    """

    label: str
    number: str
    word: str = ""
    joint: str = ", "


@dataclass(frozen=True, slots=True)
class Cite:
    """One reference cited, with its place in the source.

    ``prefix`` and ``suffix`` may hold CSL's field markup. ``steps`` are those of a locator that has several, the
    innermost with them; ``locator`` and ``label`` are then of this one. ``position`` (0 first,
    1 subsequent, 2 ibid, 3 ibid with locator) and ``near`` are computed where None.
    """

    id: str
    locator: str = ""
    label: str = ""
    prefix: str = ""
    suffix: str = ""
    mode: Mode = "normal"
    position: int | None = None
    near: bool | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cites that are printed together.

    ``note`` is the number of the note in its ``series`` and ``scope``, counted
    in the order of reading; 0 where the cluster stands in the text itself.
    ``label`` is what the note is called in print (`5`, `b`); without it the
    number is. Positions begin anew with every ``scope``; ibid never looks
    across a ``series`` (notes of the author, of the translator). ``marked``
    is false where nobody knows yet what the note will be called: then no
    later note points to it by number.
    """

    id: str
    cites: tuple[Cite, ...]
    note: int = 0
    label: str = ""
    series: str = ""
    scope: str = ""
    begins_sentence: bool = True
    marked: bool = True


Role = Literal[
    "italic",
    "oblique",
    "upright",
    "bold",
    "light",
    "weight-normal",
    "small-caps",
    "variant-normal",
    "underline",
    "decoration-none",
    "superscript",
    "subscript",
    "baseline",
    "nocase",
    "left-margin",
    "right-inline",
    "block",
    "indent",
    "names",
    "title",
    "locator",
    "backref",
    "number",
    "link",
    "cite",
]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text with a role.

    ``target`` is the address of a link, the id of the reference of a cite, or
    the id of the cluster whose note a backref names.
    """

    role: Role
    children: tuple[Run, ...]
    target: str = ""


Run = str | Span


@dataclass(frozen=True, slots=True)
class Citation:
    """What a cluster prints. ``cited`` are the ids in the order in which they are printed, ``empty`` those of which the style prints nothing."""

    id: str
    runs: tuple[Run, ...]
    cited: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words alone."""
        return plain_text(self.runs)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the bibliography; without runs the style prints nothing for it."""

    id: str
    runs: tuple[Run, ...]
    number: int = 0

    @property
    def text(self) -> str:
        """The words alone."""
        return plain_text(self.runs)


def walk(runs: tuple[Run, ...]) -> Iterator[str]:
    """Yield the pieces of text in order."""
    for run in runs:
        if isinstance(run, str):
            yield run
        else:
            yield from walk(run.children)


def plain_text(runs: tuple[Run, ...]) -> str:
    """Return the words of runs without roles."""
    return "".join(walk(runs))
