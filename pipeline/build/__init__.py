"""The room with doors: files come in, finished editions go out."""

from collections.abc import Callable, Sequence

from pipeline.build import epubcheck as _epubcheck
from pipeline.build.line import Outcome, build, check
from pipeline.source import Problem

__all__ = ["Outcome", "build", "check", "validator"]


def validator() -> Callable[[Sequence[tuple[str, bytes]]], Sequence[Problem]]:
    """Return what runs EPUBCheck over EPUBs (name, bytes), or says that it cannot run here."""
    if _epubcheck.available():
        return _epubcheck.epubcheck
    return lambda books: (_epubcheck.missing(),)
