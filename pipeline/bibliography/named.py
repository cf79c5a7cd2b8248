"""A book and its references come in; every place that names a protected witness goes out, and texts with the names hidden.

Nothing that is said of a witness may say the name: reports of builds are read by many.
"""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.bibliography.passages import passages
from pipeline.bibliography.values import FieldValue, Library, Reference, When
from pipeline.bibliography.watch import LONG, WORD, Hit, Watch, fold, own_number
from pipeline.bibliography.witnesses import called, is_protected, protected_fields, pseudonym
from pipeline.book.setting import brief
from pipeline.manuscript import Leaf, Manuscript, Text
from pipeline.source import Problem, Severity, Source, Span, veiled

INFLECTED = 9
"""Letters of a word beyond which it is the name and not another one that begins like it."""

HINT = "write the pseudonym; no edition prints the name from the references"
SHOWN = "███"
"""What stands for a name in a message."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a witness is named, and what is said of it; `within` is the node that the name belongs to."""

    hit: Hit
    span: Span
    what: str
    hint: str
    within: Span


@dataclass(slots=True)
class _Told:
    """Collects places: each certain one is told, the doubtful ones once for each witness and file."""

    watch: Watch
    places: list[_Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def key(self, number: int) -> str:
        return brief(self.watch.witnesses[number].reference.key)

    def say(self, hit: Hit, span: Span, what: str = "", hint: str = HINT, within: Span | None = None) -> None:
        self.places.append(_Place(hit, span, what, hint, within or span))

    def distinct(self) -> Iterator[_Place]:
        """Yield the places, what is certain first, without those that were seen in another way already."""
        covered: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place in sorted(self.places, key=lambda each: not each.hit.certain):
            around = place.within
            known = covered[around.path]
            at = bisect_left(known, (around.end, -1))
            if at and known[at - 1][1] > around.start:
                continue
            insort(known, (around.start, around.end))
            yield place

    def finish(self) -> tuple[Problem, ...]:
        doubts: dict[tuple[int, str, bool], list[_Place]] = defaultdict(list)
        for place in self.distinct():
            hit = place.hit
            if hit.certain:
                message = f"the name of the protected witness of `{self.key(hit.witness)}` stands here{place.what}"
                self.problems.append(Problem("witness-named", message, place.span, place.hint))
            else:
                doubts[hit.witness, place.span.path, hit.raised].append(place)
        ordinary = {witness for witness, _, raised in doubts if not raised}
        for (number, _, raised), found in doubts.items():
            times = f", and in {len(found) - 1} more places of this file" if len(found) > 1 else ""
            sure = raised and number not in ordinary and not self.watch.is_common(number)
            exact = any(each.hit.exact or each.hit.end - each.hit.start > INFLECTED for each in found)
            self.problems.append(
                Problem(
                    "witness-doubt",
                    f"the family name of the protected witness of `{self.key(number)}` stands here{times}",
                    found[0].span,
                    "write the pseudonym; where somebody or something else is meant, allow it in this file with a reason",
                    Severity.ERROR if sure and exact else Severity.WARNING,
                )
            )
        return tuple(self.problems)


def name_witnesses(
    manuscript: Manuscript,
    library: Library,
    language: str,
    texts: Mapping[str, Source] | None = None,
    files: Iterable[str] = (),
) -> tuple[Problem, ...]:
    """Return where a book names a witness: in its chapters, in any field of its references, in other texts and names of files.

    `texts` are all files that the book was read from. Files of references are read by their fields; those without protected witnesses
    also sign by sign, since their comments go with an edition that has its sources attached.
    """
    watch = Watch(library)
    if not watch:
        return ()
    told = _Told(watch)
    for reference in (*library.references.values(), *library.withheld):
        _reference(told, reference)
    for leaf in manuscript.leaves:
        _leaf(told, leaf, language)
    chapters = {leaf.path for leaf in manuscript.leaves}
    held = {witness.reference.span.path for witness in watch.witnesses}
    for path, source in (texts or {}).items():
        if path not in chapters and path not in held:
            _raw(told, source)
    for name in sorted(set(files)):
        for hit in watch.find(name):
            if not hit.certain and hit.exact and hit.end - hit.start > LONG and not watch.is_common(hit.witness):
                message = f"the name of a file, `{brief(hidden(name, [(hit.start, hit.end)]))}`, holds the family name of a protected witness"
                told.problems.append(Problem("witness-doubt", message, None, "give the file another name"))
            if hit.certain:
                message = (
                    f"the name of a file, `{brief(hidden(name, [(hit.start, hit.end)]))}`, names a protected witness"
                )
                told.problems.append(Problem("witness-named", message, None, "give the file another name"))
    return told.finish()


def _raw(told: _Told, source: Source) -> None:
    for hit in told.watch.find(source.text):
        told.say(hit, source.span(hit.start, hit.end))


def _leaf(told: _Told, leaf: Leaf, language: str) -> None:
    """Look through a chapter as it is typed, as it is read, and through what is written in its mark-up."""
    _raw(told, leaf.source)
    for passage in passages(leaf, language):
        for hit in told.watch.find(passage.words):
            told.say(hit, passage.place(hit.start, hit.end))
    for text, place in _strings((leaf.blocks, leaf.notes), Span(leaf.path, 0, 0)):
        for hit in told.watch.find(text):
            told.say(hit, Span(place.path, place.start, min(place.end, place.start + 1)), within=place)


def _strings(node: object, place: Span) -> Iterator[tuple[str, Span]]:
    """Yield the texts that are no running words: of pictures, targets, attributes, code, formulas."""
    if isinstance(node, tuple):
        for each in node:
            yield from _strings(each, place)
    elif isinstance(node, str):
        yield node, place
    elif dataclasses.is_dataclass(node) and not isinstance(node, Span | Text | Source):
        own = getattr(node, "span", None)
        place = own if isinstance(own, Span) else place
        for one in dataclasses.fields(node):
            yield from _strings(getattr(node, one.name), place)


def _reference(told: _Told, reference: Reference) -> None:
    """Look through a record: the witness of a record may stand in its protected fields, and nowhere else."""
    own = own_number(told.watch, reference)
    for hit in told.watch.find(reference.key, own):
        told.say(
            hit, reference.span, " as its key", "give it another key: keys stand in the manuscript and in messages"
        )
    guarded = protected_fields(reference) if is_protected(reference) else ()
    for name, each in reference.fields.items():
        for words, given in _said(each.value) if name not in guarded else ():
            for hit in told.watch.find(words, own):
                if hit.certain or not given:
                    told.say(hit, each.span, f", in `{name}`", _in_record(own))
    if own is not None and _holds_given(told.watch, own, pseudonym(reference)):
        place = next(
            (each.span for each in reference.custom.values() if each.value == pseudonym(reference)), reference.span
        )
        told.problems.append(
            Problem(
                "witness-doubt",
                f"the pseudonym of the protected witness of `{told.key(own)}` holds the given name",
                place,
                "take one that has nothing of the name: `Witness A`",
                Severity.WARNING,
            )
        )
    for name, each in reference.custom.items():
        if isinstance(each.value, str) and not name.strip().lower().startswith("also"):
            for hit in told.watch.find(each.value, own):
                told.say(hit, each.span, f", in `{brief(name)}`", _in_record(own))


def _holds_given(watch: Watch, own: int, words: str) -> bool:
    given = {fold(word) for one in watch.witnesses[own].names for word in WORD.findall(one.given)}
    return bool(given & {fold(word) for word in WORD.findall(words) if len(word) > 1})


def _in_record(own: int | None) -> str:
    if own is not None:
        return "write the pseudonym there too"
    return "protect this record too, `custom: {protected: true, pseudonym: …}`, or take the name out of it"


def _said(value: FieldValue) -> Iterator[tuple[str, bool]]:
    """Yield the words of a field, and whether they are a name with a given name."""
    match value:
        case str():
            yield value, False
        case When():
            yield value.text, False
        case _:
            for person in value:
                one = called(person)
                yield f"{one.given} {one.family} {person.suffix}".strip(), bool(one.given)


# Hiding ---------------------------------------------------------------------------------------


def hidden(text: str, places: Sequence[tuple[int, int]], sign: str = SHOWN) -> str:
    """Return a text with `sign` in these places.

    >>> hidden("see Anna Roe, 3", [(4, 12)])
    'see ███, 3'
    """
    out, last = [], 0
    for start, end in sorted(places):
        if end > last:
            out += [text[last : max(start, last)], sign]
            last = end
    return "".join((*out, text[last:]))


class Veil:
    """Hides the names of protected witnesses in whatever is shown of a book."""

    def __init__(self, library: Library, sources: Mapping[str, Source]) -> None:
        self.watch = Watch(library)
        self._places: dict[str, tuple[tuple[int, int], ...]] = {}
        self._guarded: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for witness in self.watch.witnesses:
            record = witness.reference
            for name in (*protected_fields(record), "also-named"):
                each = record.fields.get(name) or record.custom.get(name)
                if each is not None:
                    self._guarded[each.span.path].append((each.span.start, each.span.end))
        read = {reference.span.path for reference in library.references.values()}
        self._unread = frozenset(
            path
            for path, source in sources.items()
            if path not in read
            and not path.endswith(("metadata.yaml", "metadata.yml"))
            and path.endswith((".yaml", ".yml", ".json", ".bib", ".ris"))
            and _MEANT.search(source.text)
        )
        """files that speak of protection and could not be read: nobody knows what is a name in them"""

    def __bool__(self) -> bool:
        return bool(self.watch) or bool(self._unread)

    def text(self, words: str) -> str:
        """Return words of a message without the names."""
        return hidden(words, [(hit.start, hit.end) for hit in self.watch.find(words)])

    def places(self, source: Source) -> tuple[tuple[int, int], ...]:
        """Return where names stand in a file."""
        if source.path not in self._places:
            if source.path in self._unread:
                found = [each.span() for each in re.finditer(r"[^\W_]+", source.text)]
            else:
                found = [(hit.start, hit.end) for hit in self.watch.find(source.text)]
                found += self._guarded.get(source.path, [])
            self._places[source.path] = tuple(sorted(found))
        return self._places[source.path]

    def source(self, source: Source) -> Source:
        """Return a file in which every sign of a name is one that nobody reads; all places stay."""
        return veiled(source, self.places(source))

    def problem(self, problem: Problem, sources: Mapping[str, Source]) -> Problem:
        """Return a problem that does not say a name, nor how long it is."""

        def short(span: Span) -> Span:
            places = self.places(sources[span.path]) if span.path in sources else ()
            cut = next((start for start, end in places if start < span.end <= end and start >= span.start), None)
            return dataclasses.replace(span, end=cut + 1) if cut is not None else span

        return dataclasses.replace(
            problem,
            message=self.text(problem.message),
            hint=self.text(problem.hint),
            span=short(problem.span) if problem.span is not None else None,
            also=tuple((short(span), self.text(words)) for span, words in problem.also),
        )


_MEANT = re.compile(r"(?i)protect|pseudonym")
