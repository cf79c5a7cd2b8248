"""The code of a problem comes in; the page that explains it goes out.

Each page is a Markdown file named after its code. Its first line is a sentence that says what
the problem is; then why it matters to a reader; then `Wrong:` and `Right:`.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files


def codes() -> tuple[str, ...]:
    """Return the codes that have a page, sorted."""
    pages = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".md") for name in pages if name.endswith(".md")))


def explain(code: str) -> str | None:
    """Return the page of a code as Markdown, or None when there is none."""
    if code not in codes():
        return None
    return files(__package__).joinpath(f"{code}.md").read_text("utf-8")


def summary(code: str) -> str:
    """Return the first sentence of a page; "" when there is none."""
    return (explain(code) or "").partition("\n")[0]


def nearest(code: str) -> tuple[str, ...]:
    """Return up to three codes that are like this one, the most like first.

    >>> "encoding-invalid" in nearest("encoding-invald")
    True
    """
    plain = code.strip().strip("[]`").lower().replace("_", "-").replace(" ", "-")
    known = codes()
    if plain in known:
        return (plain,)
    found = get_close_matches(plain[:100], known, n=3, cutoff=0.55)
    within = [known_code for known_code in known if plain and plain in known_code and known_code not in found]
    return tuple([*found, *within][:3])
