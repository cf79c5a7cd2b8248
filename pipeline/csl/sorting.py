"""Sorting (CSL 1.0.2, "Sorting"): entries or cites in, their order out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.csl.collation import Collator
from pipeline.csl.context import Context
from pipeline.csl.style import SortKey


def order(count: int, contexts: Callable[[int], Context], keys: Sequence[SortKey], collator: Collator) -> list[int]:
    """Return the numbers 0 to ``count`` - 1 in the order of the keys.

    What has no value for a key stands last, in both directions; equal things
    keep their order.
    """
    indexes = list(range(count))
    if not keys or count < 2:
        return indexes
    values: list[list[str]] = []
    for key in keys:
        column = []
        for index in indexes:
            c = contexts(index)
            c.sorting = True
            text, _ = key.node(c)
            column.append(text)
        values.append(column)
    for key, column in reversed(list(zip(keys, values, strict=True))):
        primary = [collator.primary(text) for text in column]
        if key.descending:
            indexes.sort(key=lambda i, p=primary: (p[i] != "", p[i]), reverse=True)  # type: ignore[misc]
        else:
            indexes.sort(key=lambda i, p=primary: (p[i] == "", p[i]))  # type: ignore[misc]
    return indexes
