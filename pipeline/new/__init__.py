"""The name of a folder comes in; the files of a small first book go out, ready to be built.

The files are those of `template/` beside this module, with names between `@` filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from pipeline.book import language_tag
from pipeline.book.rules import slug_from, sort_name
from pipeline.book.setting import unprintable

GITIGNORE = "/dist/\n/.cache/\n"


def new_book(name: str, *, title: str | None = None, author: str = "", language: str = "en") -> Mapping[str, str]:
    """Return the files of a new book by their paths.

    Without a `title` it is made of the folder's name. Raises ValueError when `language` is no
    language tag, or a text holds what no title page can show.

    >>> sorted(new_book("my-book"))
    ['.gitignore', 'book.toml', 'chapters/01-a-first-chapter.md']
    """
    tag = language_tag(language)
    if not tag:
        raise ValueError(f"{language!r} is no language tag; write one such as en, en-GB or hy")
    words = {
        "title": " ".join((title or _title(name)).split()),
        "author": " ".join(author.split()) or "Your Name",
        "language": tag,
    }
    for key, word in words.items():
        if unprintable(word):
            raise ValueError(f"the {key} holds a character that cannot be set")
    words["sort"] = sort_name(words["author"])
    words["slug"] = slug_from(words["title"]) or slug_from(name) or "book"
    quoted = {key: json.dumps(word, ensure_ascii=False) for key, word in words.items()}
    found = {".gitignore": GITIGNORE}
    for path, text in _template(files(__package__) / "template"):
        found[path] = re.sub(r"@([a-z]+)@", lambda match: quoted[match[1]], text) if path == "book.toml" else text
    return found


def _title(name: str) -> str:
    """Return a title made of the name of a folder.

    >>> _title("my-first_book")
    'My First Book'
    """
    words = re.sub(r"[-_.\s]+", " ", name).split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or "A New Book"


def _template(folder: Traversable, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            found += _template(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".toml", ".md")):
            found.append((prefix + entry.name, entry.read_text("utf-8")))
    return found
