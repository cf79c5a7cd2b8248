"""What a compiled style sees while it renders one cite or entry."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.csl.items import Item

FIRST, SUBSEQUENT, IBID, IBID_WITH_LOCATOR = 0, 1, 2, 3
"""Positions of a cite, in the order in which they narrow."""


@dataclass(frozen=True, slots=True)
class Forms:
    """What disambiguation has decided about one reference.

    ``names`` and ``levels`` count name lists in the order in which a cite shows
    them: least number of names, and how much of each given name.
    """

    names: tuple[int, ...] = ()
    levels: tuple[tuple[int, ...], ...] = ()
    condition: bool = False
    suffix: str = ""


PLAIN = Forms()


class Context:
    """State of one rendering; made anew for each cite or entry, never kept."""

    __slots__ = (
        "area",
        "author_only",
        "citation_number",
        "compound",
        "first_number",
        "forms",
        "item",
        "label",
        "locator",
        "locator_done",
        "looking",
        "name_lists",
        "name_nodes",
        "names_are_names",
        "names_seen",
        "names_text",
        "near",
        "position",
        "replace_names",
        "shown_names",
        "silenced",
        "sorting",
        "substitute_each",
        "suffix",
        "suffix_done",
        "suffix_text",
        "suppress_names",
        "tracking",
    )

    def __init__(self, item: Item, area: str) -> None:
        self.item = item
        self.area = area
        self.locator = ""
        self.locator_done = False  # a style that asks for it twice prints it once
        self.label = ""
        self.compound = ""  # marked text of a locator of several steps
        self.position = FIRST
        self.near = False
        self.first_number = ""
        self.citation_number = 0
        self.forms = PLAIN
        self.suffix = ""
        self.suffix_done = False
        self.suffix_text = ""
        self.suppress_names = False
        self.author_only = False
        self.sorting = False
        self.looking = False
        self.silenced: set[str] = set()
        self.name_lists = 0
        self.names_seen = False
        self.names_text = ""
        self.names_are_names = False
        self.shown_names: list[tuple[int, int]] = []
        self.replace_names: Replacement | None = None
        self.name_nodes: list[tuple[object, str]] = []
        self.substitute_each: tuple[str, ...] = ()
        # Variables printed by a substitute that is being tried; None outside of one.
        self.tracking: list[str] | None = None


@dataclass(slots=True)
class Replacement:
    """What stands for names that the entry before has too (`subsequent-author-substitute`)."""

    rule: str
    text: str
    before: tuple[str, ...]
    found: tuple[str, ...] = ()
