"""Labels made of a reference: `Doe65a`, "n.d.-a"."""

from __future__ import annotations

from pipeline.csl.context import Context
from pipeline.csl.nodes import ABSENT, NOTHING, PRINTED, Result


def undated(c: Context, text: str) -> Result:
    """Print "n.d." with the year suffix that no year can carry."""
    if not text or not c.suffix or c.suffix_done or c.sorting:
        return text, NOTHING
    c.suffix_done = True
    c.suffix_text = c.suffix
    return f"{text}-{c.suffix}", NOTHING


def citation_label(c: Context) -> Result:
    """Print the label of a reference, given or made, with its year suffix."""
    raw = c.item.raw.get("citation-label", "")
    text = raw or make_label(c)
    if not text:
        return ABSENT
    suffix = ""
    if c.suffix and not c.suffix_done and not c.sorting:
        c.suffix_done = True
        c.suffix_text = suffix = c.suffix
    return text + suffix, PRINTED


def make_label(c: Context) -> str:
    """Return a label such as `Doe65`: letters of up to four names and two figures of the year."""
    people = c.item.names.get("author") or c.item.names.get("editor") or c.item.names.get("translator") or ()
    families = [(name.family or name.literal or name.given) for name in people]
    if not families:
        families = [c.item.raw.get("title", "")]
    if len(families) == 1:
        head = families[0][:4]
    elif len(families) == 2:
        head = "".join(family[:2] for family in families)
    else:
        head = "".join(family[:1] for family in families[:4])
    date = c.item.dates.get("issued")
    year = f"{abs(date.start.year) % 100:02}" if date is not None and date.start is not None else ""
    return head + year
