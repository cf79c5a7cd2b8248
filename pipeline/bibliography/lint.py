"""A manuscript and its references come in; what is doubtful in how it cites goes out, with proposals."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pipeline.bibliography.calls import Cite, keys_in, read_call
from pipeline.bibliography.named import name_witnesses
from pipeline.bibliography.passages import Context
from pipeline.bibliography.plain import plain
from pipeline.bibliography.prose import read_prose
from pipeline.bibliography.twins import twins
from pipeline.bibliography.values import Library, Person, Reference
from pipeline.book.setting import brief
from pipeline.manuscript import CiteCall, Code, Image, Inline, Leaf, Link, Manuscript, NoteText, SoftBreak, Text
from pipeline.source import Problem, Severity, Source, Span

SHOWN = 8
"""Keys that a message names before it counts the rest."""

_RANGE = re.compile(r"(?<![\w.])([0-9]+)\s*[-–—]\s*([0-9]+)(?![\w.])")
_WORD = re.compile(r"\w+")

NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "treaty": (("title",), ("issued",), ("container-title", "number")),
    "article-journal": (("title",), ("container-title",), ("issued",)),
    "article-newspaper": (("container-title",), ("issued",)),
    "book": (("title",), ("issued", "status")),
    "chapter": (("title",), ("container-title",)),
    "legal_case": (("title",), ("issued",), ("authority", "container-title")),
    "webpage": (("URL",),),
}
"""What a work of a type needs so that readers can find it: of each group one field."""


def lint(
    manuscript: Manuscript,
    library: Library,
    language: str,
    texts: Mapping[str, Source] | None = None,
    files: Iterable[str] = (),
    uncited: Collection[str] = (),
) -> tuple[Problem, ...]:
    """Return what is doubtful; nothing where a book has no references.

    `texts` are all texts that the book was read from, `files` the names of all its files: no protected witness is named there.
    `uncited` may be listed without a cite (`*`: all).
    """
    named = name_witnesses(manuscript, library, language, texts, files)
    if not library.references:
        return named
    cites = [
        cite
        for leaf in manuscript.leaves
        for call in _calls((leaf.blocks, leaf.notes))
        for cite in read_call(call.source, call.span, language)[0].cites
        if cite.key in library.references
    ]
    cited = {cite.key for cite in cites}
    works = [_words_of(reference) for reference in library.references.values()]
    in_notes = [problem for leaf in manuscript.leaves for problem in _notes(leaf, works)]
    typed = {problem.span for problem in in_notes if problem.code == "note-is-reference"}
    return (
        *(() if "*" in uncited else _uncited(library, cited | set(uncited))),
        *twins(library),
        *(problem for key in sorted(cited) for problem in _lacking(library.references[key])),
        *(problem for cite in cites for problem in _odd(cite, library.references[cite.key])),
        *in_notes,
        *_described(manuscript, library),
        *named,
        *read_prose([Context(leaf, language, typed) for leaf in manuscript.leaves], library, language),
    )


def _warning(code: str, message: str, span: Span, hint: str = "", also: tuple[tuple[Span, str], ...] = ()) -> Problem:
    return Problem(code, message, span, hint, Severity.WARNING, also)


# References -----------------------------------------------------------------------------------


def _uncited(library: Library, cited: set[str]) -> Iterator[Problem]:
    """Tell all works that nobody cites in one warning: a library of a lifetime may hold thousands."""
    left = [reference for key, reference in library.references.items() if key not in cited]
    if not left:
        return
    named = ", ".join(f"`{brief(reference.key)}`" for reference in left[:SHOWN])
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    verb = "is" if len(left) == 1 else "are"
    yield _warning(
        "ref-uncited",
        f"{named}{more} {verb} never cited",
        left[0].span,
        "cite the work, list it with `[@key]{.nocite}`, or delete it",
    )


def _lacking(reference: Reference) -> Iterator[Problem]:
    for group in NEEDED.get(reference.kind, ()):
        if not any(name in reference.fields for name in group):
            yield _warning(
                "ref-field-missing",
                f"`{brief(reference.key)}` is a `{reference.kind}` without {' or '.join(f'`{name}`' for name in group)}",
                reference.span,
                "readers need it to find the work",
            )
    if "URL" in reference.fields and "accessed" not in reference.fields and "issued" not in reference.fields:
        yield _warning(
            "url-undated",
            f"`{brief(reference.key)}` has an address and no date",
            reference.fields["URL"].span,
            "write `accessed:`, the day on which you read it",
        )
    page = reference.fields.get("page")
    if page is not None and isinstance(page.value, str) and _is_reversed(page.value):
        yield _warning(
            "range-reversed", f"the pages `{brief(page.value)}` run backwards", page.span, "look for a mistyped number"
        )


def _is_reversed(text: str) -> bool:
    """Say whether a range ends before it begins; `401–2` is short for 402."""
    for first, last in _RANGE.findall(text):
        whole = first[: max(0, len(first) - len(last))] + last
        if int(whole) < int(first):
            return True
    return False


# Cites ----------------------------------------------------------------------------------------


_UNPAGED = frozenset("webpage post post-weblog software song motion_picture broadcast dataset graphic map".split())
_RECORDED = frozenset(
    "song motion_picture broadcast interview speech webpage post post-weblog performance event hearing software".split()
)
_ARTICLED = frozenset(
    "treaty legislation regulation bill document standard report legal_case webpage collection manuscript entry pamphlet".split()
)


def _impossible(cite: Cite, reference: Reference) -> str:
    """Say why a work cannot have what a cite counts, or ""."""
    if cite.label in ("page", "folio", "column") and reference.kind in _UNPAGED:
        return f"it is a `{reference.kind}`"
    if cite.label == "timestamp" and reference.kind not in _RECORDED:
        return f"it is a `{reference.kind}`"
    # The ends of ranges may be short for more digits (`401–2`): what a range begins with is enough.
    numbers = [int(number) for number in re.findall(r"(?<![\w.–—-])[0-9]{1,6}(?![\w.])", cite.locator)]
    if not numbers:
        return ""
    if cite.label == "page":
        pages = re.fullmatch(r"\s*([0-9]+)\s*[-–—]{1,2}\s*([0-9]+)\s*", reference.text("page"))
        if pages is not None and reference.kind not in ("treaty", "document"):
            first = int(pages[1])
            last = int(pages[1][: max(0, len(pages[1]) - len(pages[2]))] + pages[2])
            if last >= first and not all(first <= number <= last for number in numbers):
                return f"it stands on the pages {pages[1]} to {last}"
        total = reference.text("number-of-pages")
        if total.isdecimal() and not reference.text("volume") and max(numbers) > int(total):
            return f"it has {total} pages"
    volumes = reference.text("number-of-volumes")
    if cite.label == "volume" and volumes.isdecimal() and max(numbers) > int(volumes):
        return f"it has {volumes} volumes"
    return ""


def _odd(cite: Cite, reference: Reference) -> Iterator[Problem]:
    why = _impossible(cite, reference)
    if why:
        yield Problem(
            "cite-locator-impossible",
            f"`{brief(cite.key)}` cannot have {_counted(cite)}: {why}",
            cite.span,
            "look for a mistyped number or key; what is no page has its own word: `para. 3`, `{the second table}`",
            also=((reference.span, "the work stands here"),),
        )
    if cite.label == "article-locator" and reference.kind not in _ARTICLED:
        yield _warning(
            "locator-odd",
            f"an article of `{brief(cite.key)}`, which is a `{reference.kind}`",
            cite.span,
            "cite the instrument itself, or write the page: `p.`",
        )
    if cite.locator and _is_reversed(cite.locator):
        yield _warning(
            "range-reversed", f"`{brief(cite.locator)}` runs backwards", cite.span, "look for a mistyped number"
        )
    instrument = reference.kind == "treaty" or (reference.kind == "document" and "authority" in reference.fields)
    if cite.label == "page" and cite.locator and instrument:
        yield _warning(
            "locator-odd",
            f"a page of `{brief(cite.key)}`, which has articles and paragraphs",
            cite.span,
            f"write `art. {brief(cite.locator)}` or `para. {brief(cite.locator)}`; a page is `p.`, in braces: `{{p. …}}`",
        )


def _counted(cite: Cite) -> str:
    word = {"page": "page", "article-locator": "article"}.get(cite.label, cite.label)
    return f"{word} {brief(cite.locator)}"


def _described(manuscript: Manuscript, library: Library) -> Iterator[Problem]:
    """Tell citations in the words that describe pictures, where their keys would be read aloud."""
    for leaf in manuscript.leaves:
        for image in _pictures((leaf.blocks, leaf.notes)):
            for key in keys_in(image.alt):
                if key in library.references:
                    yield Problem(
                        "cite-in-description",
                        f"`@{brief(key)}` stands in the description of a picture, where nothing is cited",
                        image.span,
                        "cite the work in the caption, and describe the picture in words only",
                    )


# Notes ----------------------------------------------------------------------------------------


def _notes(leaf: Leaf, works: Sequence[_Words]) -> Iterator[Problem]:
    for note in leaf.notes:
        calls = list(_calls(note.blocks))
        words = " ".join(text.text for text in _texts(note.blocks))
        if calls:
            continue
        links = [node for node in _nodes(note.blocks) if isinstance(node, Link)]
        bare = links[0].target if len(links) == 1 and plain(words) == plain(links[0].target) else ""
        if bare or re.fullmatch(r"\s*https?://\S+\s*", words):
            yield _warning(
                "note-bare-url",
                "this note is an address and nothing else",
                note.span,
                "give the work an entry with title, `URL` and `accessed`, and cite it",
            )
            continue
        key = _meant(words, works)
        if key:
            yield _warning(
                "note-is-reference",
                f"this note seems to be the work `{brief(key)}`, typed by hand",
                note.span,
                f"write `[@{brief(key)}, …]`, so that it is cited as everywhere else",
            )


_SMALL = frozenset("p pp page pages n no vol ed eds edn in the of and see art para 3 at".split())


@dataclasses.dataclass(frozen=True, slots=True)
class _Words:
    """The words of a work: of its title, and of all its fields."""

    key: str
    title: frozenset[str]
    all: frozenset[str]


def _words_of(reference: Reference) -> _Words:
    title = plain(reference.text("title")).split()
    own = set(title)
    for name, each in reference.fields.items():
        match each.value:
            case str():
                if name not in ("abstract", "note", "annote", "keyword"):
                    own.update(plain(each.value).split())
            case tuple():
                own.update(word for person in each.value for part in _parts(person) for word in plain(part).split())
            case _:
                own.update(_WORD.findall(each.value.text.replace("-", " ")))
    return _Words(reference.key, frozenset(title if len(title) >= 3 else ()), frozenset(own | _SMALL))


def _meant(words: str, works: Sequence[_Words]) -> str:
    """Return the key of the work that a note spells out: its whole title, and little that is not of the work."""
    tokens = plain(words).split()
    if not 5 <= len(tokens) <= 60:
        return ""
    there = frozenset(tokens)
    for work in works:
        if work.title and work.title <= there:
            known = sum(token in work.all or token.isdecimal() for token in tokens)
            if known >= 0.8 * len(tokens):
                return work.key
    return ""


def _parts(person: Person) -> tuple[str, ...]:
    return person.family, person.given, person.literal, person.non_dropping, person.dropping


# Walking --------------------------------------------------------------------------------------


def _nodes(node: object) -> Iterator[Inline]:
    """Yield all inlines and notes below a node, in order."""
    if isinstance(node, tuple):
        for each in node:
            yield from _nodes(each)
    elif isinstance(node, Text | CiteCall | Code | SoftBreak):
        yield node
    elif dataclasses.is_dataclass(node) and not isinstance(node, Span):
        if isinstance(node, Link):
            yield node
        if isinstance(node, NoteText):
            yield from _nodes(node.blocks)
            return
        for field in dataclasses.fields(node):
            value = getattr(node, field.name)
            if isinstance(value, tuple) or dataclasses.is_dataclass(value):
                yield from _nodes(value)


def _pictures(node: object) -> Iterator[Image]:
    if isinstance(node, Image):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _pictures(each)
    elif dataclasses.is_dataclass(node) and not isinstance(node, Span):
        for field in dataclasses.fields(node):
            yield from _pictures(getattr(node, field.name))


def _calls(node: object) -> Iterator[CiteCall]:
    return (each for each in _nodes(node) if isinstance(each, CiteCall))


def _texts(node: object) -> Iterator[Text]:
    return (each for each in _nodes(node) if isinstance(each, Text))
