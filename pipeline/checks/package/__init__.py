"""A finished EPUB is whole in itself: what its parts say of each other is true, and every reader can use it.

EPUBCheck and Ace find about half of the faults that a package can have. Neither sees a glyph that is not in a
font, a note that leads nowhere sensible, a page list in the wrong order, contents that leave a chapter out, or
a fixed colour that night mode cannot turn: this check does. Sources: EPUB 3.3, EPUB Accessibility 1.1,
DPUB-ARIA 1.1, Kobo's and Apple's guidelines, house rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.checks.package.claims import check_claims
from pipeline.checks.package.container import check_container, check_spine
from pipeline.checks.package.contents import check_contents, check_landmarks
from pipeline.checks.package.faces import check_faces
from pipeline.checks.package.languages import check_languages
from pipeline.checks.package.links import check_links
from pipeline.checks.package.markup import check_markup
from pipeline.checks.package.metadata import check_metadata
from pipeline.checks.package.ncx import check_ncx
from pipeline.checks.package.notes import check_notes
from pipeline.checks.package.pages import check_pages
from pipeline.checks.package.parts import take_apart
from pipeline.checks.package.structure import check_structure
from pipeline.checks.package.styles import check_styles
from pipeline.edition import Edition
from pipeline.edition.places import Places
from pipeline.pagemap import PageMap
from pipeline.source import Problem

LIMIT = 12
"""How many problems of one code are told one by one."""


def check_package(epub: bytes, edition: Edition, page_map: PageMap | None = None) -> tuple[Problem, ...]:
    """Return what is wrong inside a finished EPUB; with `page_map`, also where its pages begin."""
    places = Places(edition)
    parts, problems = take_apart(epub)
    if parts is None or parts.opf is None:
        return tuple(problems)
    checks = (
        check_container(parts),
        check_spine(parts, edition, places),
        check_metadata(parts, edition, places),
        check_claims(parts, edition, page_map, places),
        check_markup(parts, places),
        check_structure(parts, edition, places),
        check_languages(parts, edition, places),
        check_contents(parts, edition, places),
        check_landmarks(parts),
        check_ncx(parts, edition, places),
        check_notes(parts, edition, places),
        check_pages(parts, page_map, places),
        check_styles(parts),
        check_faces(parts, places),
        check_links(parts, edition, places),
    )
    for check in checks:
        problems.extend(check)
    return _limited(problems)


def _limited(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the first problems of each code, and say how many more there are."""
    counted: Counter[str] = Counter()
    kept: list[Problem] = []
    for problem in dict.fromkeys(problems):
        counted[problem.code] += 1
        if counted[problem.code] <= LIMIT:
            kept.append(problem)
    kept += [
        Problem(code, f"… and {number - LIMIT} more like these", None)
        for code, number in counted.items()
        if number > LIMIT
    ]
    return tuple(kept)
