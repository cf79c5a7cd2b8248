"""Where every page of a paginated edition begins: what the PDF room finds and the EPUB room uses."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageStart:
    """The first words of the flow on a page.

    `label` is the page's number as printed ("iv", "12"). The page begins inside the element
    with the id `block`, `offset` characters into its text, counted without white space, U+00AD
    and U+2010, without notes and calls. `words` are the first words, for proofs.
    """

    label: str
    block: str
    offset: int
    words: str


@dataclass(frozen=True, slots=True)
class PageMap:
    """The page starts of an edition in order, and the page label of every id."""

    edition: str
    identifier: str
    """the ISBN of the paginated edition, or "" """
    starts: tuple[PageStart, ...]
    labels: tuple[tuple[str, str], ...]
    """(id, label of the page on which it stands), sorted by id"""

    def to_json(self) -> str:
        """Return the map as JSON, the same text for the same map."""
        return json.dumps(
            {
                "edition": self.edition,
                "identifier": self.identifier,
                "starts": [[each.label, each.block, each.offset, each.words] for each in self.starts],
                "labels": self.labels,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> PageMap:
        """Return the map that `to_json` wrote."""
        data = json.loads(text)
        return cls(
            data["edition"],
            data["identifier"],
            tuple(PageStart(*each) for each in data["starts"]),
            tuple((id, label) for id, label in data["labels"]),
        )
