"""Calls in the order of reading come in, with the notes they stand in; what each prints goes out, and the lists.

Positions, backward references and disambiguation are the engine's; what is printed comes back as inlines of the
manuscript's kinds, so that every later room treats citations as it treats other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline.bibliography.calls import Cite, Cluster, read_call
from pipeline.bibliography.houses import OWN, sorted_out, without_year
from pipeline.bibliography.labelled import is_named, is_printed, with_words
from pipeline.bibliography.locators import NO_TERM, Level
from pipeline.bibliography.registers import Pinned, in_order, pins
from pipeline.bibliography.values import Library, Reference
from pipeline.bibliography.witnesses import is_protected, protected_fields, pseudonym, unnamed
from pipeline.book.setting import brief
from pipeline.csl import values as csl
from pipeline.manuscript import (
    Attributes,
    CiteCall,
    CrossRef,
    Emphasis,
    Inline,
    Link,
    Phrase,
    SmallCaps,
    Strong,
    Subscript,
    Superscript,
    Text,
)
from pipeline.source import Problem, Severity, Span

if TYPE_CHECKING:
    from pipeline.csl.engine import Register, Style


@dataclass(frozen=True, slots=True)
class Citing:
    """What citations are made from: the references, and a style that speaks the book's language."""

    library: Library
    style: Style | None
    language: str
    chosen: bool = True
    """whether the book names references at all"""

    @property
    def in_notes(self) -> bool:
        """Say whether citations in the text become notes."""
        return self.style is not None and self.style.sheet.note_class


@dataclass(frozen=True, slots=True)
class Placed:
    """A call where it stands in one edition.

    `number` counts notes in the order of reading, whatever their series, and is 0 in the text. `mark` is what
    the note is called in print; empty where only the set pages will say it. `series` is that of its marks, with its voice. `block` is the id of the block around it. `after` are the words that follow in its paragraph.
    """

    call: CiteCall
    unit: str
    chapter: str
    scope: str
    number: int = 0
    mark: str = ""
    series: str = ""
    note: str = ""
    block: str = ""
    begins: bool = True
    after: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of works that an author asks for: its id, of which unit ("" for all), of which types (none: all)."""

    id: str
    span: Span
    unit: str = ""
    kinds: tuple[str, ...] = ()
    register: bool = False
    """whether it says of each work where it is cited"""


@dataclass(frozen=True, slots=True)
class Authority:
    """A work in a register: what stands there, where it is cited as a whole, and where its articles and pages are."""

    key: str
    inlines: tuple[Inline, ...]
    places: tuple[Placed, ...]
    pins: tuple[tuple[str, tuple[Placed, ...]], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A work in a list: its key, what stands there, and the id of its paragraph."""

    key: str
    inlines: tuple[Inline, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Citations:
    """What is printed for every call; `back` says to which note a backward reference leads, and in which unit.

    `works` says to which work of which list a citation leads; `first` where a listed work is first cited: a note or a block.
    """

    printed: Mapping[CiteCall, tuple[Inline, ...]] = field(default_factory=dict)
    back: Mapping[Span, tuple[str, str]] = field(default_factory=dict)
    lists: Mapping[str, tuple[Listed, ...]] = field(default_factory=dict)
    cited: frozenset[str] = frozenset()
    registers: Mapping[str, tuple[Authority, ...]] = field(default_factory=dict)
    works: Mapping[Span, tuple[str, str]] = field(default_factory=dict)
    first: Mapping[Span, tuple[str, str]] = field(default_factory=dict)


def prepare(
    library: Library, style: bytes, read: Callable[[str], bytes | None], language: str, path: str
) -> tuple[Citing, tuple[Problem, ...]]:
    """Compile a style for a book; `read` gives the bytes of a locale, `path` is the style's, for messages."""
    from pipeline.csl.engine import compile_style  # noqa: PLC0415 only a book that cites waits for it

    compiled, faults = compile_style(style, read, language)
    problems = tuple(
        Problem(
            "style-language",
            f"citation styles have no words in the language `{language}`: those that a style adds are English",
            None,
            "words such as “in” and “p.” can be given in a style of your own, in `<locale xml:lang>`",
            Severity.WARNING,
        )
        if fault.code == "csl-locale-missing"
        else Problem(
            "style-fault",
            f"the citation style `{path}` is faulty: {fault.message}" + (f" (line {fault.line})" if fault.line else ""),
            None,
            "another style can be named under `[citations]`",
        )
        for fault in faults
    )
    return Citing(library, compiled, language), problems


def in_notes_form(call: CiteCall, language: str) -> tuple[CiteCall | None, CiteCall | None]:
    """Part a call in the text, in a note style: what stays in the text, and what its note says; None for nothing."""
    cluster, _ = read_call(call.source, call.span, language)
    if cluster.form == "nocite" or cluster.form == "author":
        return call, None
    if not cluster.in_text:
        return None, call
    head = re.match(r"@(?:\{[^{}]*\}|[^\s\[]+)", call.source)
    key = head[0] if head is not None else call.source
    inner = call.source[len(key) :].strip()[1:-1].strip()
    joint = ", " if inner and not inner.startswith((",", "{")) else " " if inner else ""
    return CiteCall(f"[{key}]{{.author}}", call.span), CiteCall(f"[-{key}{joint}{inner}]", call.span)


# Clusters -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """The clusters of one call: usually one, two where an author's name is a word of the sentence."""

    placed: Placed
    cluster: Cluster
    known: tuple[Cite, ...]
    first: int
    count: int


def cite(
    placed: Sequence[Placed],
    citing: Citing,
    listings: Sequence[Listing] = (),
    *,
    ibid: bool = True,
    restarts: bool = False,
    uncited: Sequence[str] = (),
) -> tuple[Citations, tuple[Problem, ...]]:
    """Format all calls of an edition, and its lists of works.

    Without `ibid` a work cited twice in a row has its short form. `restarts` says that notes are counted anew
    in each chapter, so that a reference back into another one must name it. `uncited` are keys of works that lists of the
    whole book hold though nothing cites them; `*` stands for all.
    """
    problems: list[Problem] = []
    runs: list[_Run] = []
    clusters: list[csl.Cluster] = []
    cited: dict[str, None] = {}
    for each in placed:
        cluster, said = read_call(each.call.source, each.call.span, citing.language)
        problems.extend(said)
        known = tuple(one for one in cluster.cites if _is_known(one, citing, problems))
        cited.update(dict.fromkeys(one.key for one in known))
        made = () if cluster.form == "nocite" or not known else _clusters(each, cluster, known, citing)
        runs.append(_Run(each, cluster, known, len(clusters), len(made)))
        clusters.extend(made)
    also = _uncited(uncited, citing, problems)
    cited.update(dict.fromkeys(also))
    if citing.style is None:
        return Citations(cited=frozenset(cited)), tuple(problems)
    if citing.in_notes or not ibid:
        clusters = _without_ibid(clusters, all_=not ibid)
    references = {key: _unnamed(citing.library.references[key], citing.language) for key in cited}
    sheet = citing.style.sheet
    if citing.in_notes:
        references = {key: without_year(each) for key, each in references.items()}
    if sheet.title.startswith(OWN):
        references = {key: sorted_out(each, sheet.title, undotted=sheet.undotted) for key, each in references.items()}
    register, faults = citing.style.register(references, clusters, tuple(cited))
    problems.extend(
        Problem("ref-value", fault.message, citing.library.references[fault.item].span)
        for fault in faults
        if fault.item in citing.library.references
    )
    lists = {each.id: _listed(each, register, runs, citing, also) for each in listings}
    setter = _Setter(citing, runs, restarts, _where_listed(listings, lists))
    printed: dict[CiteCall, tuple[Inline, ...]] = {}
    citations = register.citations()
    unnamed = frozenset(
        one.label
        for cluster, citation in zip(clusters, citations, strict=True)
        for one in cluster.cites
        if not is_named(one, citation.text, citing.style)
    )
    if unnamed:
        clusters = with_words(clusters, unnamed, citing.style)
        register, _ = citing.style.register(references, clusters, tuple(cited))
        citations = register.citations()
    found = _positions(clusters)
    for run in runs:
        out: list[Inline] = []
        for number in range(run.first, run.first + run.count):
            if out:
                out.append(Text(" ", run.placed.call.span))
            name = clusters[number].scope.startswith(_APART)
            out.extend(setter.citation(_bare(citations[number].runs) if name else citations[number].runs, run))
        printed[run.placed.call] = tuple(out)
        text = "".join(citations[n].text for n in range(run.first, run.first + run.count))
        problems.extend(_lost(run, text))
        problems.extend(_empty(run, citations[run.first : run.first + run.count]))
        if (
            run.count
            and run.cluster.form != "author"
            and not _says_the_same(clusters[run.first + run.count - 1], found)
        ):
            problems.extend(_unplaced(run, clusters[run.first + run.count - 1], text))
    lists = {id: tuple(replace(work, inlines=setter.leading(work)) for work in works) for id, works in lists.items()}
    registers = {each.id: _authorities(each, lists[each.id], runs, citing) for each in listings if each.register}
    lists = {id: works for id, works in lists.items() if id not in registers}
    return (
        Citations(printed, setter.back, lists, frozenset(cited), registers, setter.works, setter.cited_first),
        tuple(problems),
    )


def _unnamed(reference: Reference, language: str) -> dict[str, object]:
    """Return a reference as CSL-JSON, a protected witness under the pseudonym, or as a protected witness: never as nobody."""
    out = reference.csl()
    if is_protected(reference):
        shown: list[object] = [{"literal": pseudonym(reference) or unnamed(language)}]
        fields = protected_fields(reference)
        out.update((name, shown) for name in fields if name in out or fields == ("author",))
    return out


def _is_known(one: Cite, citing: Citing, problems: list[Problem]) -> bool:
    library = citing.library
    if one.key in library.references:
        return True
    if one.key in library.spoilt or not library.whole:
        return False  # said at the record
    if not library.references:
        problems.append(
            Problem(
                "cite-no-references",
                f"`{brief(one.key)}` is cited, but the book has no references"
                if not citing.chosen
                else f"`{brief(one.key)}` is cited, but the references are empty",
                one.span,
                'write `references = "references.yaml"` under `[citations]`; a backslash before the `@` keeps it as text',
            )
        )
        return False
    near = get_close_matches(one.key, library.references, 1, 0.5)
    problems.append(
        Problem(
            "cite-unknown-key",
            f"no reference has the key `{brief(one.key)}`",
            one.span,
            f"did you mean `{near[0]}`?" if near else "keys are the `id` of each reference",
            also=((library.references[near[0]].span, "it stands here"),) if near else (),
        )
    )
    return False


_APART = "\0"
"""What begins the scope of names that stand alone: they move no other work from its place."""


def _bare(runs: Sequence[csl.Run]) -> Sequence[csl.Run]:
    """Return the cites of a citation without what the style puts around and between them."""
    return [run for run in runs if isinstance(run, csl.Span)]


def _clusters(each: Placed, cluster: Cluster, known: tuple[Cite, ...], citing: Citing) -> tuple[csl.Cluster, ...]:
    def made(cites: Sequence[csl.Cite], scope: str, part: str = "") -> csl.Cluster:
        return csl.Cluster(
            f"{each.call.span.path}:{each.call.span.start}{part}",
            tuple(cites),
            each.number,
            each.mark,
            f"{each.unit} {each.series}",  # no ibid reaches into another chapter, or to another voice
            scope,
            each.begins,
            not each.number or bool(each.mark),
        )

    cites = [_cite(one, cluster, citing) for one in known]
    apart = f"{_APART}{each.call.span.path}\0{each.call.span.start}"
    if cluster.form == "author":
        return (made(cites, apart, "a"),)
    if cluster.in_text and not citing.in_notes:
        name = csl.Cite(cites[0].id, mode="author")
        rest = [replace(cites[0], mode="suppress"), *cites[1:]]
        return made([name], apart, "a"), made(rest, each.scope)
    return (made(cites, each.scope),)


def _cite(one: Cite, cluster: Cluster, citing: Citing) -> csl.Cite:
    """Return a cite for the engine: where it counts in several units, or in one that the language has no term for, in words."""
    steps = tuple(_step(level, citing, one.key) for level in one.levels)
    last = steps[-1] if steps else csl.Step("", "")
    label, number = last.label, last.number
    if steps and not label:
        label, number = NO_TERM, f"{last.word} {number}".strip()
    prefix, mode = _spaced(one.prefix), _mode(one, cluster)
    return csl.Cite(one.key, number, label, prefix, one.suffix, mode, steps=steps if len(steps) > 1 else ())


_OF_LEAVES = frozenset(("l", "ll", "л", "лл"))


def _step(level: Level, citing: Citing, key: str) -> csl.Step:
    label = level.label
    word = level.word.strip()
    if label == "line" and word.rstrip(".").lower() in _OF_LEAVES and citing.library.references[key].text("archive"):
        label = "folio"  # archives count leaves
    sheet = citing.style.sheet if citing.style is not None else None
    if label == NO_TERM or (word and sheet is not None and not sheet.locale.term(label, "short")):
        return csl.Step(
            "", level.number, word.rstrip(".") if sheet is not None and sheet.undotted else word, level.joint
        )
    return csl.Step(label, level.number, word, level.joint)


def _mode(one: Cite, cluster: Cluster) -> csl.Mode:
    if cluster.form in ("full", "short", "author"):
        return cluster.form
    return one.mode


def _spaced(prefix: str) -> str:
    return f"{prefix} " if prefix and not prefix.endswith(("(", "[", "“", "‘", "«", "/")) else prefix


def _without_ibid(clusters: Sequence[csl.Cluster], *, all_: bool) -> list[csl.Cluster]:
    """Give works that would be `ibid` the position of any later citation: all, or those whose author the sentence names.

    *But de Waal (n 1) 9 says* can be read, *But de Waal ibid 9 says* cannot.
    """
    from pipeline.csl.positions import places  # noqa: PLC0415 see `prepare`

    found = places(clusters)
    return [
        replace(
            cluster,
            cites=tuple(
                replace(one, position=1)
                if place.position >= 2 and (all_ or (one.mode == "suppress" and not cluster.begins_sentence))
                else one
                for one, place in zip(cluster.cites, where, strict=True)
            ),
        )
        for cluster, where in zip(clusters, found, strict=True)
    ]


_TAG = re.compile(r"</?(?:i|b|sup|sub|sc|span)[^<>]*>")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", _TAG.sub("", text)).casefold()


def _lost(run: _Run, text: str) -> list[Problem]:
    """Tell words of the author about a work that the style did not print."""
    if run.cluster.form in ("nocite", "author"):
        words = "".join(one.prefix + one.suffix + one.locator for one in run.known)
        if run.cluster.form == "author" or not words:
            return []
    there = _letters(text)
    return [
        Problem(
            "cite-words-lost",
            f"the words `{brief(_TAG.sub('', words))}` about this work are not printed",
            one.span,
            "write them outside of the brackets",
        )
        for one in run.known
        for words in (one.prefix, one.suffix)
        if _letters(words) not in there
    ]


def _empty(run: _Run, made: Sequence[csl.Citation]) -> list[Problem]:
    """Tell works of which the style prints nothing: the citation would be an empty note, or vanish from the text."""
    silent = set.intersection(*(set(each.empty) for each in made)) if made else set()
    return [
        Problem(
            "cite-empty",
            f"the style prints nothing for `{brief(one.key)}`",
            one.span,
            "give the work a title or an author in the references, or choose another style",
        )
        for one in run.known
        if one.key in silent
    ]


def _positions(clusters: Sequence[csl.Cluster]) -> dict[str, list[int]]:
    from pipeline.csl.positions import places  # noqa: PLC0415 see `prepare`

    return {
        cluster.id: [place.position for place in where]
        for cluster, where in zip(clusters, places(clusters), strict=True)
    }


def _says_the_same(cluster: csl.Cluster, found: Mapping[str, Sequence[int]]) -> bool:
    """Say whether a citation is *ibid* of the same place, which needs no number."""
    return 2 in found[cluster.id]


def _unplaced(run: _Run, cluster: csl.Cluster, text: str) -> list[Problem]:
    """Tell the places in works that a style does not print, as styles of medicine do."""
    spans = {one.key: one.span for one in run.known}
    return [
        Problem(
            "cite-locator-lost",
            f"the style does not print the place `{brief(one.locator)}` in this work",
            spans.get(one.id, run.placed.call.span),
            "write it in your own words, outside of the brackets, or choose a style that prints places",
            Severity.WARNING,
        )
        for one in cluster.cites
        if not is_printed(one, text)
    ]


# Inlines --------------------------------------------------------------------------------------

_CLASSES = {
    "upright": "upright",
    "underline": "underline",
    "variant-normal": "variant-normal",
    "weight-normal": "weight-normal",
    "left-margin": "left-margin",
    "right-inline": "right-inline",
    "block": "block",
    "indent": "indent",
}


class _Setter:
    """Turns runs of the engine into inlines, and finds the notes to which they lead back."""

    def __init__(
        self,
        citing: Citing,
        runs: Sequence[_Run],
        restarts: bool,
        listed: Mapping[str, Sequence[tuple[str, str]]],
    ) -> None:
        self.citing = citing
        self.listed = listed
        self.works: dict[Span, tuple[str, str]] = {}
        self.cited_first: dict[Span, tuple[str, str]] = {}
        self.anywhere: dict[str, Placed] = {}
        for run in runs:
            if run.count:
                for one in run.known:
                    self.anywhere.setdefault(one.key, run.placed)
        self.restarts = restarts
        self.back: dict[Span, tuple[str, str]] = {}
        self.first: dict[tuple[str, str], Placed] = {}
        for run in runs:
            if run.count and run.cluster.form != "author":
                for one in run.known:
                    self.first.setdefault((run.placed.scope, one.key), run.placed)

    def citation(self, runs: Sequence[csl.Run], run: _Run) -> list[Inline]:
        after = run.placed.after.lstrip()
        if self.citing.in_notes and runs and after:
            runs = _without_stop(runs, everywhere=after.startswith("."))
        return self.inlines(runs, run, None, list(run.known))

    def inlines(self, runs: Sequence[csl.Run], run: _Run, one: Cite | None, left: list[Cite]) -> list[Inline]:
        span = run.placed.call.span
        out: list[Inline] = []
        for each in runs:
            if isinstance(each, str):
                out.append(Text(each, span))
                continue
            if each.role == "cite":
                one = next((cite for cite in left if cite.key == each.target), one)
                if one in left:
                    left.remove(one)
                out.extend(self.linked(self.inlines(each.children, run, one, left), run, one))
            elif each.role == "backref" and one is not None and (run.placed.scope, one.key) in self.first:
                out.append(self.backward(each, run, one))
            else:
                out.extend(formatted(each, self.inlines(each.children, run, one, left), span))
        return out

    def linked(self, inlines: list[Inline], run: _Run, one: Cite | None) -> list[Inline]:
        """Let a cite lead to the work in the list of its chapter, else of the book, up to the first link of its own."""
        if one is None:
            return inlines
        places = self.listed.get(one.key, ())
        found = next((id for unit, id in places if unit == run.placed.unit), "")
        found = found or next((id for unit, id in places if not unit), "")
        if not found:
            return inlines
        head, rest = _before_links(inlines)
        if not any(sign.isalnum() for sign in _words_in(head)):
            return inlines
        span = self.fresh(one.span)
        self.works[span] = (found, one.key)
        return [CrossRef(f"@{one.key}", tuple(head), False, span), *rest]

    def leading(self, work: Listed) -> tuple[Inline, ...]:
        """Let a listed work lead to where it is first cited."""
        first = self.anywhere.get(work.key)
        head, rest = _before_links(list(work.inlines))
        if first is None or not (first.note or first.block) or not any(sign.isalnum() for sign in _words_in(head)):
            return work.inlines
        span = self.fresh(self.citing.library.references[work.key].span)
        self.cited_first[span] = (first.note or first.block, first.unit)
        return (CrossRef(f"@{work.key}", tuple(head), False, span), *rest)

    def fresh(self, span: Span) -> Span:
        """Return a place that no other reference has."""
        while span in self.back or span in self.works or span in self.cited_first:
            span = replace(span, start=span.start + 1, end=max(span.end, span.start + 1))
        return span

    def backward(self, each: csl.Span, run: _Run, one: Cite) -> Inline:
        first = self.first[(run.placed.scope, one.key)]
        words = csl.plain_text(each.children)
        if self.restarts and first.unit != run.placed.unit and first.chapter:
            words = f"{words}, {first.chapter}"
        text = Text(words, one.span)
        if not first.note:
            return text
        span = self.fresh(one.span)  # the places of two works of one call may be the same
        self.back[span] = (first.note, first.unit)
        return CrossRef(f"^{first.note}", (text,), False, span)


def formatted(each: csl.Span, inner: Sequence[Inline], span: Span) -> Sequence[Inline]:
    """Put what a span of the engine holds into the node that stands for its role."""
    inlines = tuple(inner)
    match each.role:
        case "italic" | "oblique":
            return (Emphasis(inlines, span),)
        case "bold":
            return (Strong(inlines, span),)
        case "small-caps":
            return (SmallCaps(inlines, span),)
        case "superscript":
            return (Superscript(inlines, span),)
        case "subscript":
            return (Subscript(inlines, span),)
        case "link" if re.match(r"https?://[^\s/]", each.target):
            return (Link(each.target, inlines, "", span),)
        case "left-margin":
            return (Phrase(inlines, span, Attributes(classes=("left-margin",))), Text(" ", span))
        case role if role in _CLASSES:
            return (Phrase(inlines, span, Attributes(classes=(_CLASSES[role],))),)
        case _:
            return inlines


def _without_stop(runs: Sequence[csl.Run], *, everywhere: bool) -> Sequence[csl.Run]:
    """Take away the full stop with which a style ends a note: the author's words go on.

    `everywhere` takes also one that belongs to the last word, since the author's own stop follows.
    """
    last = runs[-1]
    if isinstance(last, str):
        return (*runs[:-1], last.removesuffix(".")) if last != "." else runs[:-1]
    if everywhere and last.children:
        return (*runs[:-1], replace(last, children=tuple(_without_stop(last.children, everywhere=True))))
    return runs


def _before_links(inlines: list[Inline]) -> tuple[list[Inline], list[Inline]]:
    """Part inlines before the first that is a link or holds one: links cannot stand in links."""
    for number, node in enumerate(inlines):
        if _has_link(node):
            return inlines[:number], inlines[number:]
    return inlines, []


def _has_link(node: Inline) -> bool:
    return isinstance(node, Link | CrossRef) or any(map(_has_link, getattr(node, "inlines", ())))


def _words_in(inlines: Sequence[Inline]) -> str:
    return "".join(node.text if isinstance(node, Text) else _words_in(getattr(node, "inlines", ())) for node in inlines)


# Lists ----------------------------------------------------------------------------------------


def _where_listed(
    listings: Sequence[Listing], lists: Mapping[str, Sequence[Listed]]
) -> dict[str, list[tuple[str, str]]]:
    """Return for each key the lists that hold it: of which chapter they are, and their ids; registers last."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in sorted(listings, key=lambda one: one.register):
        for work in lists[each.id]:
            found.setdefault(work.key, []).append((each.unit, each.id))
    return found


def _uncited(wanted: Sequence[str], citing: Citing, problems: list[Problem]) -> tuple[str, ...]:
    """Return the keys of the works that are listed though not cited, in the order of the references."""
    known = citing.library.references
    for key in wanted:
        if key != "*" and key not in known and key not in citing.library.spoilt and citing.library.whole:
            near = get_close_matches(key, known, 1, 0.5)
            hint = f"did you mean `{near[0]}`?" if near else "keys are the `id` of each reference"
            problems.append(
                Problem("cite-unknown-key", f"`nocite`: no reference has the key `{brief(key)}`", None, hint)
            )
    return tuple(key for key in known if key in wanted or "*" in wanted)


def _listed(
    listing: Listing, register: Register, runs: Sequence[_Run], citing: Citing, also: Sequence[str]
) -> tuple[Listed, ...]:
    keys = {one.key for run in runs if listing.unit in ("", run.placed.unit) for one in run.known}
    if not listing.unit and not listing.register:
        keys.update(also)
    if listing.kinds:
        keys = {key for key in keys if citing.library.references[key].kind in listing.kinds}
    return tuple(
        Listed(entry.id, tuple(_plain_inlines(entry.runs, listing.span)))
        for entry in register.entries(keys.__contains__)
        if entry.runs
    )


def _plain_inlines(runs: Sequence[csl.Run], span: Span) -> list[Inline]:
    out: list[Inline] = []
    for each in runs:
        if isinstance(each, str):
            out.append(Text(each, span))
        else:
            out.extend(formatted(each, _plain_inlines(each.children, span), span))
    return out


# Registers ------------------------------------------------------------------------------------


def _authorities(
    listing: Listing, works: Sequence[Listed], runs: Sequence[_Run], citing: Citing
) -> tuple[Authority, ...]:
    """Say of each work where it is cited: as a whole, and article by article; each note and paragraph once."""
    whole: dict[str, dict[str, Placed]] = {}
    pinned: dict[str, dict[str, tuple[Pinned, dict[str, Placed]]]] = {}
    for run in runs:
        if listing.unit not in ("", run.placed.unit) or run.cluster.form in ("nocite", "author"):
            continue
        at = run.placed.note or run.placed.block or f"{run.placed.call.span.start}"
        place = f"{run.placed.unit}\0{at}"
        for one in run.known:
            if not one.levels:
                whole.setdefault(one.key, {}).setdefault(place, run.placed)
            for pin in pins(one.levels):
                words = _pin(pin, citing, one.key)
                _, places = pinned.setdefault(one.key, {}).setdefault(words, (pin, {}))
                places.setdefault(place, run.placed)
    return tuple(
        Authority(
            work.key,
            _open_ended(work.inlines) if work.key in whole else work.inlines,
            tuple(whole.get(work.key, {}).values()),
            tuple(
                (words, tuple(places.values()))
                for words, (_, places) in sorted(pinned.get(work.key, {}).items(), key=lambda one: in_order(one[1][0]))
            ),
        )
        for work in works
    )


def _open_ended(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Take away the full stop with which a style ends an entry: a colon and the places follow."""
    last = inlines[-1] if inlines else None
    if isinstance(last, Text) and last.text.endswith(".") and not last.text.endswith(".."):
        return (*inlines[:-1], *((replace(last, text=last.text[:-1]),) if last.text != "." else ()))
    if isinstance(last, CrossRef | Emphasis | Strong | SmallCaps | Link | Phrase | Superscript | Subscript):
        return (*inlines[:-1], replace(last, inlines=_open_ended(last.inlines)))
    return inlines


def _pin(pin: Pinned, citing: Citing, key: str) -> str:
    """Return a place in a work with the words that the style has for it."""
    if citing.style is None:
        return ""
    return citing.style.counted([_step(level, citing, key) for level in pin])
