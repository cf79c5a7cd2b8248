"""The line from a folder to finished editions: read, parse, resolve, template, typeset, package, check, publish."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from pipeline.bibliography import Citing, Library
from pipeline.book import (
    PRINTERS,
    TRIMS,
    Allowance,
    Book,
    EditionSettings,
    Medium,
    PageSource,
    Restart,
    TextPolicy,
    read_book,
    read_metadata,
)
from pipeline.build.cache import Cache
from pipeline.build.dist import entries, publish, published
from pipeline.build.files import Folder, open_folder
from pipeline.build.gate import is_proved
from pipeline.build.house import house
from pipeline.build.outcome import Outcome, Progress, quiet
from pipeline.build.standing import as_named, cache_folder, keep_outcome, outcome_key
from pipeline.build.themes import dress, theme_faults
from pipeline.build.tools import PACKAGES, code_digest, layout_tools, tools
from pipeline.build.veiling import forget, left_behind, named_in, to_keep, veil, watch_of
from pipeline.edition import Edition, marked_by_page, pictures, resolve
from pipeline.edition.places import Places
from pipeline.html import Page, Resource, picture_name, render
from pipeline.manuscript import Leaf, Manuscript
from pipeline.pagelines import SetUnit
from pipeline.pagemap import PageMap
from pipeline.parse import asked_files, fill_tables, parse
from pipeline.pdf import About, Styles, typeset
from pipeline.pdf.facts import Fault
from pipeline.pdf.geometry import body_css, heads_css
from pipeline.pdf.workers import Crew
from pipeline.source import Problem, Severity, Source, Span, decode, in_order
from pipeline.typography import LANGUAGES, Change, custom_of, listing, set_signs

if TYPE_CHECKING:
    from pipeline.bibliography.watch import Watch

SETTINGS = ("book.toml", "metadata.yaml", "metadata.yml")
"""The names that the settings of a book may have; the first that is there counts."""

EARLIEST = 315_532_800
"""1980-01-01, the date of a file when nothing says another (ZIP knows none before it)."""

LATEST = 4_354_819_199
"""2107-12-31, the last day that ZIP can write."""


PASSES = 5
"""How often a book may be set again because the marks of its notes begin anew on each page."""

_SIGN = re.compile(r"U\+([0-9A-F]{4,6})")
"""How a message names a sign."""

PASSING = ("units_rendered", "units_set", "units_read", "units_looked_at", "heads_rendered", "rounds", "versions")
"""What a build says of its own course and not of the edition: it differs when results were kept, so `dist/` has none of it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One edition when it is done: its file, its pages, and what the making of it said.

    `page_map` is that of a PDF itself; of an EPUB the map whose pages it marks.
    """

    edition: Edition
    name: str
    data: bytes
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]
    page_map: PageMap | None = None
    record: Mapping[str, object] = field(default_factory=dict)
    proved: bool = False
    """whether its words were proved while it was made, so that the file need not be read back whole"""
    bound: bytes = b""
    """of a printer's file: the same pages with the structure that says how they are read"""
    lines: tuple[SetUnit, ...] = ()
    """of a PDF all lines as they were set"""
    bleeds: frozenset[int] = frozenset()
    """of a PDF the pages that a picture fills to beyond the trim"""
    cover: tuple[str, bytes] | None = None
    """of a printer's file the name and the bytes of its cover, when one is asked for"""


@dataclass(frozen=True, slots=True)
class _Desk:
    """A book as it was read: its settings, manuscript, pictures, and all that is wrong so far."""

    folder: Folder
    sources: Mapping[str, Source]
    book: Book | None
    manuscript: Manuscript
    problems: tuple[Problem, ...]
    digest: str
    citing: Citing | None = None
    faces: tuple[Resource, ...] = ()
    changes: tuple[Change, ...] = ()
    """what was made typographic, in the order of the chapters"""


# Reading --------------------------------------------------------------------------------------


def _read(folder: Folder) -> _Desk:
    problems: list[Problem] = list(folder.problems)
    settings = next((name for name in SETTINGS if name in folder.names), None)
    digest = hashlib.sha256()
    if settings is None:
        problems.append(
            Problem(
                "settings-missing",
                f"`{folder.shown}` has no `book.toml`",
                None,
                f"`stet new {folder.shown}` makes a small book; a Pandoc folder needs a `metadata.yaml`",
            )
        )
        return _Desk(folder, {}, None, Manuscript(), tuple(problems), "")
    sources: dict[str, Source] = {}
    held: dict[str, bytes] = {}
    typed = hashlib.sha256()
    """of the files of the chapters as they are, one after the other in the order of the book: what `cat … | sha256sum` says"""

    def read(name: str) -> Source | None:
        data, found = folder.read(name)
        problems.extend(found)
        if data is None:
            return None
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
        held[name] = data
        source, found = decode(name, data)
        problems.extend(found)
        sources[name] = source
        return source

    book: Book | None = None
    source = read(settings)
    if source is not None:
        reader = read_book if settings.endswith(".toml") else read_metadata
        book, found = reader(source, folder.names)
        problems.extend(found)
    leaves = []
    for path in dict.fromkeys(entry.path for entry in book.entries) if book is not None else ():
        if path not in folder.names:
            continue  # said by the reader of the settings
        text = read(path)
        if text is None:
            continue
        typed.update(held[path])
        leaf, found = parse(text)
        problems.extend(found)
        leaf, found = _with_tables(leaf, folder, read)
        problems.extend(found)
        leaves.append(leaf)
    changes: list[Change] = []
    if book is not None and book.text is TextPolicy.NORMALISED:
        for number, leaf in enumerate(leaves):
            leaves[number], made, found = set_signs(leaf, book.language, book.without)
            changes.extend(made)
            problems.extend(found)
        if custom_of(book.language) is None:
            problems.append(
                Problem(
                    "typography-unknown",
                    f"Stet does not know the custom of signs in `{book.language}`; the text stays as it was typed",
                    None,
                    f'languages with a custom: {", ".join(LANGUAGES)}; write `text = "faithful"`',
                    Severity.WARNING,
                )
            )
    faces: tuple[Resource, ...] = ()
    if book is not None:
        book, texts, found = dress(book, folder)
        problems.extend(found)
        sources.update(texts)
        if book.press.faces:
            from pipeline.build.faces import bring_faces  # noqa: PLC0415 only a press with faces of its own needs it

            book, faces, found = bring_faces(book, folder.root, seen=folder.outside)
            problems.extend(found)
        digest.update(repr(book.theme).encode())
        book = replace(
            book,
            digest=typed.hexdigest(),
            tools=tuple((name, version) for name, version in tools() if name in PACKAGES),
        )
    citing: Citing | None = None
    if book is not None and book.citations.references:
        from pipeline.build.citing import make_citing  # noqa: PLC0415 only a book that cites needs it

        citing, found = make_citing(book, folder, read, digest.update)
        problems.extend(found)
        if citing is not None:
            from pipeline.bibliography.lint import lint  # noqa: PLC0415 see above

            uncited = book.citations.uncited
            problems.extend(lint(Manuscript(tuple(leaves)), citing.library, book.language, sources, sources, uncited))
    return _Desk(
        folder,
        sources,
        book,
        Manuscript(tuple(leaves)),
        tuple(problems),
        digest.hexdigest(),
        citing,
        faces,
        tuple(changes),
    )


def _signs_listed(desk: _Desk) -> bytes:
    """Return the list of all typographic changes, which stands beside the editions."""

    def position(span: Span) -> str:
        place = desk.sources[span.path].position(span.start)
        return f"{span.path}:{place.line}:{place.column}"

    return listing(desk.changes, position).encode()


def _with_tables(leaf: Leaf, folder: Folder, read: Callable[[str], Source | None]) -> tuple[Leaf, tuple[Problem, ...]]:
    """Return a chapter whose tables have the rows that stand in files of their own; paths count as those of pictures do."""
    files: dict[str, Source] = {}
    problems: list[Problem] = []
    beside = leaf.path.rpartition("/")[0]
    for asked, span in asked_files(leaf):
        if asked in files:
            continue
        name = next((each for each in (asked, f"{beside}/{asked}" if beside else asked) if each in folder.names), None)
        if name is None:
            near = get_close_matches(asked, sorted(folder.names), 1, 0.5)
            problems.append(
                Problem(
                    "table-missing",
                    f"the table `{asked}` is not in the book's folder",
                    span,
                    f"did you mean `{near[0]}`?" if near else "paths count from the folder of the book",
                )
            )
            continue
        source = read(name)
        if source is not None:
            files[asked] = source
    filled, found = fill_tables(leaf, files)
    return filled, (*problems, *found)


def _pictures(desk: _Desk, editions: Sequence[Edition]) -> tuple[tuple[Resource, ...], list[Problem]]:
    """Read the pictures that the editions show, each once, cleaned of what says where and by whom it was taken."""
    shown: dict[str, Span | None] = {}
    for edition in editions:
        for image in pictures(edition):
            shown.setdefault(image.target, image.span)
    if desk.book is not None and desk.book.cover in desk.folder.names:
        shown.setdefault(desk.book.cover, None)
    resources: list[Resource] = []
    problems: list[Problem] = []
    for path, span in shown.items():
        if path not in desk.folder.names:
            continue  # `image-missing`, said where the picture is named
        data, found = desk.folder.read(path, span)
        problems.extend(found)
        if data is None:
            continue
        from pipeline.build.images import check_image  # noqa: PLC0415 only a book with pictures needs it

        picture, found = check_image(path, data, span)
        problems.extend(found)
        if picture is not None:
            resources.append(Resource(picture_name(path), picture.media_type, picture.data))
    return (*resources, *desk.faces), problems


# Making ---------------------------------------------------------------------------------------


def epoch(book: Book, environment: Mapping[str, str]) -> int:
    """Return the moment that files carry, in seconds: SOURCE_DATE_EPOCH, else the day on which the book was corrected, else its date, else 1980.

    The clock is never read. Raises ValueError when the variable holds no whole number from 0 on.
    """
    written = environment.get("SOURCE_DATE_EPOCH", "")
    if written:
        if not (written.isascii() and written.isdigit()):
            raise ValueError(f"SOURCE_DATE_EPOCH is {written!r}, not a number of seconds since 1970")
        moment = int(written)
    elif book.corrected or book.date:
        year, month, day = (*map(int, (book.corrected or book.date).split("-")), 1, 1)[:3]
        moment = int(datetime.combine(date(year, month, day), datetime.min.time(), UTC).timestamp())
    else:
        moment = EARLIEST
    return max(EARLIEST, min(moment, LATEST))


def file_name(book: Book, settings: EditionSettings) -> str:
    """Return the name of an edition's file: `<slug>-<edition>.pdf`, `<slug>.epub` for the edition `epub`."""
    if settings.medium is Medium.EPUB:
        return f"{book.slug}.epub" if settings.name == "epub" else f"{book.slug}-{settings.name}.epub"
    return f"{book.slug}-{settings.name}.pdf"


def _about(edition: Edition, moment: int) -> About:
    book = edition.book
    number = edition.settings.identifier
    return About(
        title=f"{book.title}: {book.subtitle}" if book.subtitle else book.title,
        language=book.language,
        authors=tuple(each.name for each in book.by_role("aut")),
        epoch=moment,
        description=book.description,
        subjects=tuple(subject.name for subject in book.subjects),
        publisher=book.publisher,
        rights=book.rights,
        identifiers=tuple(filter(None, (number and f"urn:isbn:{number}", book.url))),
        edition=edition.settings.name,
        identifier=number,
        note=edition.words.note.format("").strip(),
        back=edition.words.back_to_text,
    )


def _make_pdf(
    desk: _Desk,
    edition: Edition,
    resources: tuple[Resource, ...],
    moment: int,
    crew: Crew,
    kept: Cache | None,
    chapter: str = "",
) -> Finished:
    style, settings = house(), edition.settings
    trim = TRIMS[settings.trim]
    about = _about(edition, moment)
    attached, problems = _sources(desk, edition, resources) if settings.attach == "sources" else ((), ())
    if settings.cover == "page":
        from pipeline.build.jacket import cover_of_type  # noqa: PLC0415 few editions show their cover

        shown, spoilt = cover_of_type(edition, desk.faces)
        problems = (*problems, *spoilt)
        resources = (*resources, shown) if shown is not None else resources
        if spoilt:
            return Finished(edition, file_name(edition.book, settings), b"", (), problems)
    styles = Styles(
        body=(body_css(trim), *style.body(trim, edition.book.theme)),
        heads=(heads_css(trim), *style.heads(trim, edition.book.theme)),
        sided=trim.two_sided,
        profile=style.profile,
        composition=settings.composition,
        steps=2 if trim.sheet == "large.css" else 1,  # whose paragraphs stand half a line apart
    )
    passes = 0
    while True:
        passes += 1
        pages = render(edition, keep=kept, base=code_digest())
        made = typeset(
            pages,
            styles,
            (*resources, *style.fonts, *style.pictures),
            about,
            crew.set_units,
            kept,
            layout_tools(),
            attached,
            chapter,
            file_name(edition.book, settings),
        )
        marked = marked_by_page(edition, made.calls) if edition.book.notes.restart is Restart.PAGE else edition
        restless = bool(made.pdf) and marked != edition
        if not restless or passes == PASSES:
            break
        edition = marked
    proved, read = is_proved(edition, made, pages, crew, kept) if made.pdf else (False, 0)
    from pipeline.build.preflight import preflight  # noqa: PLC0415 not where nothing is to be set

    seen, looked = preflight(edition, made.units, kept, sided=trim.two_sided)
    record = {**made.record, "units_read": read, "units_looked_at": looked}

    found = (
        *problems,
        *_placed(made.problems, edition),
        *seen,
    )
    if restless:
        found = (
            *found,
            Problem(
                "page-numbers-unstable",
                f"the marks of the notes of `{settings.name}` move their calls to other pages each time they are set",
                settings.span,
                'reword a sentence that calls a note, or write `restart = "chapter"` under `[notes]`',
            ),
        )
    name = file_name(edition.book, settings)
    if chapter:
        from pipeline.checks.proof import check_part  # noqa: PLC0415 see `build`

        found = (*found, *check_part(edition, chapter, name, made.chapter, pages))
        name = f"{name.removesuffix('.pdf')}-{chapter}.pdf"
        return Finished(edition, name, made.chapter, pages, found, made.page_map, record, proved, made.pdf)
    finished = Finished(
        edition, name, made.pdf, pages, found, made.page_map, record, proved, lines=made.units, bleeds=made.bleeds
    )
    return _press(desk, finished, about, resources) if settings.printer and made.pdf else finished


def _placed(problems: Sequence[Problem], edition: Edition) -> Iterator[Problem]:
    """Give what the layout found its place in the manuscript, and signs that no font has theirs; each is told once."""
    told: set[tuple[str, Span]] = set()
    places: Places | None = None
    for problem in problems:
        if not isinstance(problem, Fault) and problem.code not in ("missing-glyph", "font-foreign"):
            yield problem  # it knows its place
            continue
        places = places or Places(edition)
        if isinstance(problem, Fault):
            from pipeline.build.telling import place_fault  # noqa: PLC0415 few books have such a fault

            yield place_fault(problem, places, edition.settings.name)
            continue
        sign = _SIGN.search(problem.message)
        path = problem.span.path if problem.span else ""
        span = places.sign(path, chr(int(sign.group(1), 16))) if sign else None
        if span is None:
            yield problem
        elif (problem.code, span) not in told:
            told.add((problem.code, span))
            yield replace(problem, span=span)


def _press(desk: _Desk, finished: Finished, about: About, resources: Sequence[Resource]) -> Finished:
    """Return the printer's file of a finished edition; `bound` stays the file whose words can be read."""
    from pipeline.checks.press import check_press, shown_digest  # noqa: PLC0415 few books have a printer's file
    from pipeline.pdf.prepress import Press, prepress  # noqa: PLC0415 see above

    settings = finished.edition.settings
    printer, trim = PRINTERS[settings.printer], TRIMS[settings.trim]
    profile, problems = desk.folder.read(settings.ink_profile) if settings.ink_profile else (None, ())
    # a house that has no profile of its own yet takes the older standard, which needs only the name of a condition
    standard = "PDF/X-1a:2001" if printer.standard and profile is None else printer.standard
    pages = finished.record["pages"]
    assert isinstance(pages, int)
    shift = max(0.0, printer.gutter(pages) - trim.inner)
    press = Press(standard, printer.condition, profile or b"", printer.bleed, printer.bleed_at_spine, shift)
    data, count = prepress(finished.data, press, about, finished.bleeds)
    shown = shown_digest(finished.data)
    record = {
        **finished.record,
        "printer": printer.name,
        "standard": standard,
        "shown": shown,
        "printed_pages": count,
        "paper": settings.paper,
        "spine_mm": printer.spine(count, settings.paper),
    }
    found = (*finished.problems, *problems, *check_press(settings, trim, finished.name, data, shown))
    finished = replace(finished, data=data, bound=finished.data, record=record, problems=found)
    if not settings.cover:
        return finished
    from pipeline.build.jacket import make_cover  # noqa: PLC0415 see above

    cover = make_cover(finished.edition, count, press, about, resources, desk.faces)
    return replace(
        finished,
        cover=(cover.name, cover.data) if cover.data else None,
        record={**finished.record, **cover.record},
        problems=(*finished.problems, *cover.problems),
    )


def _sources(
    desk: _Desk, edition: Edition, resources: Sequence[Resource]
) -> tuple[tuple[Resource, ...], tuple[Problem, ...]]:
    """Return the files that an edition was made from, to be attached to it."""
    names = dict.fromkeys((*desk.sources, *(image.target for image in pictures(edition))))
    found: list[Resource] = []
    problems: list[Problem] = []
    watch = _watch(desk)  # the references say who a protected witness is
    held = frozenset(each.reference.span.path for each in watch.witnesses) if watch is not None else frozenset()
    if held:
        files = ", ".join(f"`{name}`" for name in sorted(held))
        problems.append(
            Problem(
                "sources-withheld",
                f"{files} names protected witnesses, and is not attached to `{edition.settings.name}`",
                severity=Severity.WARNING,
            )
        )
    cleaned = {each.name: each for each in resources}
    for name in sorted(names):
        shown = cleaned.get(picture_name(name)) if name not in desk.sources else None
        if shown is not None:  # without what the original says of who took it, and where
            found.append(Resource(name, shown.media_type, shown.data))
        elif name in desk.folder.names and name not in held:
            data, said = desk.folder.read(name)
            problems.extend(said)
            if data is not None:
                found.append(Resource(name, _SOURCE_TYPES.get(Path(name).suffix.lower(), "text/plain"), data))
    return tuple(found), tuple(problems)


_SOURCE_TYPES = {
    ".md": "text/markdown",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".json": "application/json",
    ".bib": "application/x-bibtex",
    ".csl": "application/vnd.citationstyles.style+xml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}


@contextmanager
def hired(jobs: int | None = None, scheduler: str = "") -> Iterator[Crew]:
    """Hire those who lay out pages: processes that start with the first unit to be set, or a cluster at an address."""
    if scheduler:
        from pipeline.build.cluster import Cluster  # noqa: PLC0415 an extra that few need

        with Cluster(scheduler, house().fonts) as cluster:
            yield cluster
        return
    with TemporaryDirectory(prefix="stet-") as scratch, Crew(house().fonts, scratch, jobs or _processors()) as crew:
        yield crew


def _processors() -> int:
    """Return how many processes may run side by side on this machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _make_epub(
    edition: Edition, resources: tuple[Resource, ...], moment: int, page_map: PageMap | None, release: bool
) -> Finished:
    from pipeline.epub import content_digest, package  # noqa: PLC0415 only an EPUB needs it

    style = house()
    pages, sheet = render(edition), style.reflowing(edition.book.theme)
    data, problems = package(
        pages, edition, sheet, (*resources, *style.fonts, *style.mathematics), page_map, moment, release
    )
    record = {"content": content_digest(data), "release": release} if data else {}
    return Finished(edition, file_name(edition.book, edition.settings), data, pages, problems, page_map, record)


# Judging --------------------------------------------------------------------------------------


def _signs_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems, with a sign that no face has told once at each place, whichever editions miss it."""
    problems = tuple(problems)
    signs = {id(p): found.group(1) for p in problems if (found := _SIGN.search(p.message)) is not None}
    lost = {signs[id(p)] for p in problems if p.code == "missing-glyph" and id(p) in signs}
    told: set[tuple[str, Span | None]] = set()
    kept = []
    for problem in problems:
        sign = signs.get(id(problem), "")
        if sign in lost and problem.code == "epub-face":
            continue
        if sign and problem.code == "missing-glyph":
            if (sign, problem.span) in told:
                continue
            told.add((sign, problem.span))
        kept.append(problem)
    return tuple(kept)


def _once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems with each told once, whatever number of editions or notes it is seen in."""
    problems = tuple(problems)
    if any(problem.code == "note-displaced" for problem in problems):
        from pipeline.build.telling import one_for_each_cause  # noqa: PLC0415 see `_placed`

        problems = one_for_each_cause(problems)
    return _signs_once(problems)


def _holds(allowance: Allowance, problem: Problem, sources: Mapping[str, Source]) -> bool:
    """Say whether an allowance is for a problem: of its kind, in its file, within its words."""
    span = problem.span
    if allowance.code != problem.code or (allowance.path and (span is None or allowance.path != span.path)):
        return False
    if not allowance.words:
        return True
    if span is None or span.path not in sources:
        return False
    pattern = r"\s+".join(map(re.escape, allowance.words.split()))
    there = re.finditer(pattern, sources[span.path].text)
    return any(found.start() <= span.start and span.end <= found.end() for found in there)


def _allow(
    book: Book, problems: Sequence[Problem], everything: bool, sources: Mapping[str, Source]
) -> tuple[Problem, ...]:
    """Drop what the book allows; an allowance that allowed nothing is itself a problem.

    `everything` says that all editions were made, so that nothing else could need an allowance. A name that stands by
    decision of a person is told in every build, and the words of the allowance may say it.
    """
    used: set[int] = set()
    kept = []
    for problem in problems:
        holding = (number for number, each in enumerate(book.allowances) if _holds(each, problem, sources))
        number = next(holding, None)
        quoted = problem.span is not None and problem.code in ("witness-named", "witness-doubt")
        if quoted and any(_within(problem.span, each.place) for each in book.allowances):
            continue
        if number is None or (problem.code in UNREADABLE and _may_protect(problem, sources)):
            kept.append(problem)
        else:
            used.add(number)
            if problem.code == "witness-named":
                allowance = book.allowances[number]
                kept.append(
                    Problem(
                        "witness-allowed",
                        f"the name of a protected witness stands here, by decision of {allowance.by}: {allowance.reason}",
                        problem.span,
                        "everywhere else, in the finished files too, the name is an error",
                        Severity.INFO,
                    )
                )
    if everything and not any(problem.severity is Severity.ERROR for problem in kept):
        kept.extend(
            Problem(
                "allowance-unused",
                f"`{allowance.code}` is allowed here, but the book has no such problem any more",
                allowance.span,
                "take the allowance out",
                Severity.WARNING,
            )
            for number, allowance in enumerate(book.allowances)
            if number not in used
        )
    return tuple(kept)


UNREADABLE = ("ref-syntax", "ref-unclosed-record", "encoding-invalid")
"""Faults that hide whole records of a file of references."""


def _may_protect(problem: Problem, sources: Mapping[str, Source]) -> bool:
    """Say whether a file that cannot be read may hold names of protected witnesses: then nobody can look for them."""
    source = sources.get(problem.span.path) if problem.span is not None else None
    return (
        source is not None
        and not source.path.endswith((".md", ".toml", "metadata.yaml"))
        and "protect" in source.text.lower()
    )


def _within(span: Span | None, place: Span | None) -> bool:
    return (
        span is not None
        and place is not None
        and span.path == place.path
        and place.start <= span.start
        and span.end <= place.end
    )


def _library(desk: _Desk) -> Library | None:
    return desk.citing.library if desk.citing is not None else None


def _watch(desk: _Desk) -> Watch | None:
    """Return what looks for the names of protected witnesses; None where the book has none."""
    return watch_of(_library(desk))


def _allowed_names(desk: _Desk) -> tuple[str, ...]:
    """Return the words of the book among which the name of a witness stands by decision of a person: that of a namesake."""
    allowances = desk.book.allowances if desk.book is not None else ()
    return tuple(each.words for each in allowances if each.code == "witness-named" and each.words)


def _outcome(desk: _Desk, problems: Collection[Problem], everything: bool = False, **more: object) -> Outcome:
    told = _once(problems)
    judged = told if desk.book is None else _allow(desk.book, told, everything, desk.sources)
    outcome = Outcome(in_order(judged), desk.sources, **more)  # type: ignore[arg-type]
    return as_named(veil(outcome, _library(desk)), desk.folder)


def _wanted(
    book: Book, names: Sequence[str], medium: Medium | str | None
) -> tuple[tuple[EditionSettings, ...], list[Problem]]:
    known = {settings.name: settings for settings in book.editions}
    problems = [
        Problem(
            "edition-unknown",
            f"no edition is called `{name}`",
            None,
            f"editions of this book: {', '.join(f'`{each}`' for each in known)}",
        )
        for name in names
        if name not in known
    ]
    chosen = tuple(
        settings
        for settings in book.editions
        if (not names or settings.name in names) and medium in (None, settings.medium)
    )
    if names and not chosen and not problems:
        problems.append(
            Problem(
                "edition-unknown",
                f"none of the editions asked for is of the medium `{medium}`",
                None,
                f"editions of this book: {', '.join(f'`{name}` ({each.medium})' for name, each in known.items())}",
            )
        )
    return chosen, problems


def build(
    folder: Path,
    *,
    editions: tuple[str, ...] = (),
    medium: Medium | str | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    release: bool = False,
    progress: Progress = quiet,
    crew: Crew | None = None,
    scheduler: str = "",
    chapter: str = "",
) -> Outcome:
    """Make the editions of a book and bring them into its output folder, all of them or none.

    `editions` are names; empty means all. `out` is `FOLDER/dist` unless given. `release` packs EPUBs
    smaller and alike on every machine, which takes longer. Nothing is done, and said to be done, when the
    output folder already holds what these inputs give.
    """
    shelf = open_folder(folder)
    progress("reading the manuscript")
    desk = _read(shelf)
    book = desk.book
    if book is None:
        return _outcome(desk, desk.problems)
    chosen, problems = _wanted(book, editions, medium)
    problems.extend(desk.problems)
    out = folder / "dist" if out is None else out
    moment = epoch(book, os.environ)
    made: list[Edition] = []
    for settings in chosen:
        edition, found = resolve(desk.manuscript, book, settings, shelf.names, desk.citing)
        problems.extend(found)
        problems.extend(theme_faults(edition))
        made.append(edition)
    resources, spoilt = _pictures(desk, made)
    problems.extend(spoilt)
    omissions = {edition.settings.name: edition.omissions for edition in made}
    everything = len(chosen) == len(book.editions)
    if _errors(desk, problems):
        return _outcome(desk, problems, omissions=omissions)
    inputs = _inputs(desk, resources, moment)
    standing = None if chapter else _standing(out, book, chosen, inputs, release)
    if standing is not None:
        return _outcome(desk, problems, everything, written=standing, up_to_date=True, omissions=omissions)
    if chapter:
        made, found_ = _with_chapter(made, chapter)
        problems.extend(found_)
        if _errors(desk, problems):
            return _outcome(desk, problems, omissions=omissions)
    kept = Cache(cache_folder(out))
    watch = _watch(desk)
    forget(kept, watch)
    finished: list[Finished] = []
    with ExitStack() as stack:
        workers = crew or stack.enter_context(hired(jobs, scheduler))
        for edition in sorted(made, key=lambda each: each.settings.medium is Medium.EPUB):
            progress(f"setting {edition.settings.name}")
            if edition.settings.medium is Medium.PDF:
                name = _chapter_name(edition, chapter)
                finished.append(_make_pdf(desk, edition, resources, moment, workers, kept, name))
                _keep_map(finished[-1], inputs, kept)
            else:
                page_map: PageMap | None = None
                if edition.settings.pages is PageSource.PRINT:
                    page_map, found = _page_map(desk, finished, resources, moment, workers, kept, inputs)
                    problems.extend(found)
                finished.append(_make_epub(edition, resources, moment, page_map, release))
            problems.extend(finished[-1].problems)
    for each in finished:
        if each.data and not each.proved:
            from pipeline.checks import check_editions  # noqa: PLC0415 loads readers that a proved book does not need

            progress(f"reading {each.edition.settings.name} back")
            data = each.bound or each.data
            problems.extend(check_editions(each.edition, each.name, data, each.pages, each.page_map))
    record: dict[str, object] = {
        "book": book.slug,
        "title": book.title,
        "editions": {
            each.edition.settings.name: {
                "file": each.name,
                "inputs": inputs,
                **{key: value for key, value in each.record.items() if key not in PASSING},
            }
            for each in finished
        },
        "versions": dict(tools()),
    }
    files = {each.name: each.data for each in finished if each.data}
    files.update(each.cover for each in finished if each.cover is not None)
    if desk.changes and not chapter:
        files[f"{book.slug}-typography.tsv"] = _signs_listed(desk)
    if watch is not None:
        progress("looking for the names of protected witnesses")
        allowed = _allowed_names(desk)
        printed = named_in({**files, "edition.json": json.dumps(record, default=str).encode()}, watch, allowed)
        if printed:
            kept.clear()  # it was filled with the same names
        cleared = book.slug if everything and not chapter else ""
        problems.extend((*printed, *left_behind(watch, out, entries(out), files, cleared, allowed)))
    if _errors(desk, problems) or any(not each.data for each in finished):
        kept.close()
        return _outcome(desk, problems, everything, omissions=omissions, record=record)
    if chapter:
        kept.close()
        problems.extend(publish(out, files, {"book": book.slug, "title": book.title}))
        written = () if _errors(desk, problems) else tuple(out / each.name for each in finished)
        return _outcome(desk, problems, written=written, omissions=omissions)
    asked = outcome_key(shelf, editions, str(medium or ""), os.environ.get("SOURCE_DATE_EPOCH", ""), release)
    told, hidden = to_keep(
        in_order(_allow(book, _once(problems), everything, desk.sources)), desk.sources, _library(desk)
    )
    keep_outcome(kept, asked, shelf, told, omissions, files, hidden)
    kept.close()
    progress("writing")
    problems.extend(publish(out, files, record, complete=everything))
    written = () if _errors(desk, problems) else tuple(out / name for name in files)
    course = {each.edition.settings.name: each.record for each in finished}
    return _outcome(desk, problems, everything, written=written, omissions=omissions, record=course)


def set_pages(
    folder: Path, *, editions: tuple[str, ...], out: Path, jobs: int | None, progress: Progress,
    look: Callable[[Finished], Sequence[Problem]],
) -> Outcome:  # fmt: skip
    """Set the paginated editions of a book, write nothing, and `look` at each; what a build has kept is not set again."""
    shelf = open_folder(folder)
    progress("reading the manuscript")
    desk = _read(shelf)
    book = desk.book
    if book is None:
        return _outcome(desk, desk.problems)
    chosen, problems = _wanted(book, editions, Medium.PDF)
    problems.extend(desk.problems)
    made: list[Edition] = []
    for settings in chosen:
        edition, found = resolve(desk.manuscript, book, settings, shelf.names, desk.citing)
        problems.extend(found)
        made.append(edition)
    resources, spoilt = _pictures(desk, made)
    problems.extend(spoilt)
    if not _errors(desk, problems):
        kept = Cache(cache_folder(out))
        watch = _watch(desk)
        forget(kept, watch)
        with hired(jobs) as crew:
            for edition in made:
                progress(f"setting {edition.settings.name}")
                finished = _make_pdf(desk, edition, resources, epoch(book, os.environ), crew, kept)
                problems.extend(finished.problems)
                named = named_in({finished.name: finished.data}, watch, _allowed_names(desk))
                problems.extend(named)
                if finished.data and not named:
                    problems.extend(look(finished))
        kept.close()
    return _outcome(desk, tuple(dict.fromkeys(problems)))


def _chapter_name(edition: Edition, chapter: str) -> str:
    """Return the name of the unit that a chapter's name or path means; "" when there is none."""
    plain = chapter.removeprefix("./")
    return next((unit.name for unit in edition.units if plain and plain in (unit.name, unit.path)), "")


def _with_chapter(editions: Sequence[Edition], chapter: str) -> tuple[list[Edition], tuple[Problem, ...]]:
    """Return the paginated editions that hold a chapter, or a problem."""
    paged = [edition for edition in editions if edition.settings.medium is Medium.PDF and not edition.settings.printer]
    found = [edition for edition in paged if _chapter_name(edition, chapter)]
    if found:
        return found, ()
    names = dict.fromkeys(unit.name for edition in paged for unit in edition.units)
    near = get_close_matches(chapter, names, 1)
    return [], (
        Problem(
            "chapter-unknown",
            f"no paginated edition has a chapter `{chapter}`",
            None,
            f"did you mean `{near[0]}`?" if near else f"its chapters: {', '.join(f'`{name}`' for name in names)}",
        ),
    )


def edition_names(shelf: Folder) -> dict[str, str]:
    """Return the names of the files that a book makes, with the names of their editions."""
    book = _read(shelf).book
    if book is None:
        return {}
    names = ((name, settings.name) for settings in book.editions for name in _names(book, settings))
    return dict(names)


def _names(book: Book, settings: EditionSettings) -> tuple[str, ...]:
    """Return the names of the files of an edition: its own, and that of its cover when it has one apart."""
    from pipeline.build.jacket import cover_name  # noqa: PLC0415 see `_press`

    return tuple(filter(None, (file_name(book, settings), settings.cover and cover_name(book, settings))))


def _errors(desk: _Desk, problems: Sequence[Problem]) -> bool:
    assert desk.book is not None
    judged = _allow(desk.book, problems, False, desk.sources)
    return any(problem.severity is Severity.ERROR for problem in judged)


def check(
    folder: Path,
    *,
    editions: tuple[str, ...] = (),
    medium: Medium | str | None = None,
    out: Path | None = None,
    progress: Progress = quiet,
    validate: Callable[[Sequence[tuple[str, bytes]]], Sequence[Problem]] | None = None,
) -> Outcome:
    """Check a book and its finished editions: what the manuscript says, and what the files in `dist/` say.

    `validate` runs the official validator over the EPUBs (name, bytes); None leaves it out.
    """
    shelf = open_folder(folder)
    progress("reading the manuscript")
    desk = _read(shelf)
    book = desk.book
    if book is None:
        return _outcome(desk, desk.problems)
    chosen, problems = _wanted(book, editions, medium)
    problems.extend(desk.problems)
    out = folder / "dist" if out is None else out
    listed = entries(out)
    omissions = {}
    contents: dict[str, str] = {}
    books: list[tuple[str, bytes]] = []
    for settings in chosen:
        edition, found = resolve(desk.manuscript, book, settings, shelf.names, desk.citing)
        problems.extend(found)
        omissions[settings.name] = edition.omissions
        name = file_name(book, settings)
        path = out / name
        if not path.is_file():
            problems.append(
                Problem(
                    "edition-missing",
                    f"the edition `{settings.name}` has not been built: there is no `{path}`",
                    None,
                    f"`stet build {folder}` makes it",
                )
            )
            continue
        progress(f"checking {settings.name}")
        data = path.read_bytes()
        entry = listed.get(name)
        if entry is None or entry.sha256 != hashlib.sha256(data).hexdigest():
            problems.append(
                Problem(
                    "edition-altered",
                    f"`{path}` is not the file that the last build made",
                    None,
                    f"`stet build {folder}` makes it again",
                )
            )
        from pipeline.checks import check_editions  # noqa: PLC0415 see `build`

        if settings.printer:
            problems.extend(_check_press(edition, out, name, data))
        else:
            problems.extend(check_editions(edition, name, data, render(edition)))
        if settings.medium is Medium.EPUB:
            books.append((name, data))
            from pipeline.epub import content_digest  # noqa: PLC0415 only an EPUB needs it

            with suppress(BadZipFile):  # said already: such a file cannot be read
                contents[name] = content_digest(data)
    watch = _watch(desk)
    problems.extend(left_behind(watch, out, listed, (), "", _allowed_names(desk)))
    if validate is not None and books:
        progress("running EPUBCheck")
        problems.extend(validate(books))
    return _outcome(desk, problems, len(chosen) == len(book.editions), omissions=omissions, contents=contents)


def _check_press(edition: Edition, out: Path, name: str, data: bytes) -> tuple[Problem, ...]:
    """Check a printer's file, whose words were proved when it was made: it must show what it showed then; and its cover."""
    from pipeline.checks.press import check_press  # noqa: PLC0415 few books have a printer's file

    book, settings = edition.book, edition.settings
    trim = TRIMS[settings.trim]
    editions = published(out, book.slug).get("editions")
    said = editions.get(settings.name) if isinstance(editions, dict) else None
    shown = str(said.get("shown", "")) if isinstance(said, dict) else ""
    found = check_press(settings, trim, name, data, shown)
    if not settings.cover:
        return found
    from pipeline.build.jacket import cover_name  # noqa: PLC0415 see `_press`
    from pipeline.checks.cover import check_cover  # noqa: PLC0415 see `_press`
    from pipeline.cover import cover_words  # noqa: PLC0415 see `_press`

    path = out / cover_name(book, settings)
    if not path.is_file():
        return (*found, _unbuilt(settings, path))
    pages = said.get("printed_pages", 0) if isinstance(said, dict) else 0
    cover = path.read_bytes()
    words = cover_words(edition)
    return (*found, *check_cover(settings, trim, words, int(pages), path.name, cover, picture=bool(book.cover)))


def _unbuilt(settings: EditionSettings, path: Path) -> Problem:
    return Problem(
        "edition-missing",
        f"the edition `{settings.name}` has not been built: there is no `{path}`",
        None,
        "`stet build` makes it",
    )


# Keeping --------------------------------------------------------------------------------------


def _inputs(desk: _Desk, resources: Sequence[Resource], moment: int) -> str:
    """Return the digest of all that the editions are made from."""
    digest = hashlib.sha256(desk.digest.encode())
    for resource in resources:
        digest.update(f"{resource.name}\0{hashlib.sha256(resource.data).hexdigest()}\0".encode())
    digest.update(json.dumps([moment, tools()]).encode())
    return digest.hexdigest()


def _standing(
    out: Path, book: Book, chosen: Sequence[EditionSettings], inputs: str, release: bool
) -> tuple[Path, ...] | None:
    """Return the files of `out` when they are all there and were made from these very inputs in this very way."""
    listed = entries(out)
    record = published(out, book.slug)
    editions = record.get("editions")
    if not isinstance(editions, dict):
        return None
    found = []
    for settings in chosen:
        said = editions.get(settings.name)
        if not isinstance(said, dict) or said.get("inputs") != inputs:
            return None
        if settings.medium is Medium.EPUB and said.get("release") is not release:
            return None
        for name in _names(book, settings):
            entry = listed.get(name)
            path = out / name
            if entry is None or not path.is_file():
                return None
            if hashlib.sha256(path.read_bytes()).hexdigest() != entry.sha256:
                return None
            found.append(path)
    return tuple(found)


def _map_key(edition: str, inputs: str) -> str:
    return hashlib.sha256(f"page map\0{edition}\0{inputs}".encode()).hexdigest()


def _keep_map(finished: Finished, inputs: str, kept: Cache) -> None:
    if finished.page_map is not None and finished.data:
        kept.put(_map_key(finished.edition.settings.name, inputs), finished.page_map.to_json().encode())


def _page_map(
    desk: _Desk,
    finished: Sequence[Finished],
    resources: tuple[Resource, ...],
    moment: int,
    crew: Crew,
    kept: Cache,
    inputs: str,
) -> tuple[PageMap | None, tuple[Problem, ...]]:
    """Return the pages that an EPUB marks, those of the print edition, else of the first PDF that the book has.

    That edition was just made, or its map is kept from these very inputs, or it is set now for its map alone:
    so an EPUB that is built alone has the bytes of one that is built with the others.
    """
    book = desk.book
    assert book is not None
    paged = [settings for settings in book.editions if settings.medium is Medium.PDF]
    if not paged:
        return None, ()
    source = next((settings for settings in paged if settings.name == "print"), paged[0])
    for each in finished:
        if each.edition.settings.name == source.name:
            return each.page_map, ()
    data = kept.get(_map_key(source.name, inputs))
    if data is not None:
        return PageMap.from_json(data.decode()), ()
    edition, problems = resolve(desk.manuscript, book, source, desk.folder.names, desk.citing)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    made = _make_pdf(desk, edition, resources, moment, crew, kept)
    _keep_map(made, inputs, kept)
    return made.page_map, made.problems
