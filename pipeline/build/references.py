"""A file of references as databases give it out comes in; `references.yaml` in the folder of a book goes out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.bibliography.library import read_library
from pipeline.bibliography.named import Veil
from pipeline.bibliography.writing import write_library
from pipeline.source import SIZE_LIMIT, Problem, Severity, Source, decode

CONVERTED = (".ris", ".bib", ".json")
NAME = "references.yaml"


@dataclass(frozen=True, slots=True)
class Converted:
    """The file that was written, or None; how many works it holds; what is wrong with the file read."""

    path: Path | None
    works: int
    problems: tuple[Problem, ...]
    source: Source | None


def import_references(path: Path, folder: Path) -> Converted:
    """Write the works of a file into `references.yaml`; a fault, or a file that is there already, and nothing is written."""
    if path.stat().st_size > SIZE_LIMIT:
        return _refused("file-too-large", f"`{path.name}` is too large", "import it in parts")
    source, problems = decode(path.name, path.read_bytes())
    library, said = read_library([source])
    problems = (*problems, *said)
    over = Veil(library, {source.path: source})
    if over:  # what is said of a file that protects somebody stands in logs, too
        problems = tuple(over.problem(problem, {source.path: source}) for problem in problems)
        source = over.source(source)
    if any(problem.severity is Severity.ERROR for problem in problems) or not library.references:
        return Converted(None, 0, problems, source)
    target = folder / NAME
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(write_library(library))
    except FileExistsError:
        return _refused(
            "intake-occupied", f"`{target}` is there already", "move it away, or name both files under `[citations]`"
        )
    return Converted(target, len(library.references), problems, source)


def _refused(code: str, message: str, hint: str) -> Converted:
    return Converted(None, 0, (Problem(code, message, None, hint),), None)
