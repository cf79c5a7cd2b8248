"""The names of protected witnesses and a text come in; where the text names one of them goes out.

Names are found in any order and case, through mark-up, accents composed or not, soft hyphens, apostrophes and the
endings of cases; as initials; run together, as in keys and names of files.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pipeline.bibliography.values import Library, Reference
from pipeline.bibliography.witnesses import Called, Witness, called, is_protected, protected_fields, witnesses

WORD = re.compile(r"[^\s\x00-\x40\x5b-\x60\x7b-\xa9\xab\xac\xae-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u02b9-\u02cb\u2000-\u200a\u200e-\u205f\u2e00-\u303f]+")  # fmt: skip
"""A word: letters with their marks, and what nobody sees within them; digits, apostrophes and hyphens end it.

The call of a note (U+FFFC) may stand in a word, as in *An[1]na*.
"""
_DIVIDED = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ac][ \t]*\n[ \t>]*(?=[^\W\d_])")
"""The end of a line at which a word was divided by hand."""
_SPELLED = re.compile(
    r"(?<![^\W_])[^\W\d_](?:[ \u00a0\u2009\u202f.·-]{1,3}[^\W\d_]){4,60}(?![^\W_])"
    r"|[^\W\d_]{2,}(?:[-\u2010\u2011\u00ac]\s*[^\W\d_]+){1,4}"
)
"""A word that is letterspaced by hand, or divided by hand at the end of a line."""

BETWEEN = 2
"""Words that may stand between a given name and a family name: *Anna Petrovna Roe*, *family: Roe, given: Anna*."""

LONG = 5
"""Letters beyond which a name is known by its stem, whatever its ending."""

REACH = 60
"""Characters between the two that are looked at."""

_UNSEEN = "\u034f\u115f\u1160\u3164\ufe0e\ufe0f"
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ə": "e", "þ": "th", "ŋ": "n", "ħ": "h"}
)
_ALIKE = str.maketrans("авеіјкмнорсѕтухһԁ", "abeijkmhopcstyxhd")
"""Cyrillic letters that look like Latin ones: one of them in a Latin word is a slip of the keyboard."""
_LATIN = re.compile(r"[a-z]")
_CASELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts that part no words: a name is looked for within what stands together."""
_JOINING = re.compile(r"[\u0590-\u06ff]")
"""Hebrew and Arabic, where *and*, *to* and *the* are written as one with what follows."""
_VOWELS = frozenset("aeiouyаеёиоуыэюяйьіїєαειουω")
_PARTICLES = frozenset(
    "de da di do du van von der den des del della dos das la le el al bin ibn bint ben ter ten zu zur vom oglu kizi qizi af y i e".split()
)


@cache
def fold(word: str) -> str:
    """Return a word as it is compared: without case, accents and what nobody sees.

    >>> fold("Šu\\u00adster"), fold("ROE"), fold("Rо\\u0435")
    ('suster', 'roe', 'roe')
    """
    parts = unicodedata.normalize("NFKD", word)
    kept = "".join(
        sign
        for sign in parts
        if not unicodedata.combining(sign)
        and unicodedata.category(sign) not in ("Cf", "Cc", "So")
        and sign not in _UNSEEN
    )
    plain = kept.casefold().translate(_LETTERS)
    if not plain.isascii() and _LATIN.search(plain) is not None:
        plain = plain.translate(_ALIKE)
    return plain


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (fold(found) for found in WORD.findall(text)) if word)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a text where a witness is named; `certain` unless only a family name stands there.

    `exact` says whether it is written as the references write it, `raised` whether it has a capital.
    """

    start: int
    end: int
    witness: int
    certain: bool
    exact: bool = True
    raised: bool = True


@dataclass(frozen=True, slots=True)
class _Name:
    witness: int
    given: tuple[str, ...]
    family: tuple[str, ...]
    initials: frozenset[str]
    joined: tuple[str, ...]
    """the whole name run together"""
    keys: tuple[str, ...]
    """an initial and the family name, as keys are made"""


def _name(number: int, one: Called) -> _Name | None:
    given, family = _words(one.given), _words(one.family)
    if not family:
        return None
    particles = [word for word in given if word in _PARTICLES]
    given = tuple(word for word in given if word not in _PARTICLES)
    solid = tuple(word for word in family if word not in _PARTICLES) or family
    long = tuple(word for word in solid if len(word) > 2 or _CASELESS.search(word)) or solid
    whole, all_given = "".join(family), "".join(given)
    if len(solid) > 1 or len(family) > len(solid):
        long = (*long, whole)
    joined = {
        first + last
        for first in {all_given, *(word for word in given if len(word) > 1)} - {""}
        for last in {whole, "".join(particles) + whole, *long}
    }
    joined |= {last[len(first) :] + first for last in joined for first in given if last.startswith(first)}
    initials = frozenset(word[0] for word in given)
    keys = {f"{sign}{word}" for sign in initials for word in long if len(word) > 3}
    keys |= {f"{word}{sign}" for sign in initials for word in long if len(word) > 3}
    return _Name(
        number,
        given,
        tuple(dict.fromkeys(long)),
        initials,
        tuple(sorted(word for word in joined if len(word) > 5 or _CASELESS.search(word))),
        tuple(sorted(keys)),
    )


def _is(part: str, word: str, *, loose: bool) -> int:
    """Say how a word is a part of a name: 2 as it stands, 1 with the ending of a case, 0 not at all.

    >>> _is("abdullayeva", "abdullayevanın", loose=False), _is("anna", "anne", loose=True), _is("roe", "roes", loose=False)
    (1, 1, 2)
    """
    if word == part:
        return 2
    size = len(part)
    if _CASELESS.search(part):
        return 2 if part in word else 0
    if size > 2 and word in (f"{part}s", f"{part}es"):
        return 2
    if size > 2 and _JOINING.search(part) and word.endswith(part) and len(word) - size <= 3:
        return 1
    if size < 4:
        return 0
    if word.startswith(part) and len(word) - size <= 4:
        return 1
    stem = part[:-1]
    if (size > 4 or loose) and part[-1] in _VOWELS and word.startswith(stem) and len(word) - len(stem) <= 3:
        return 1
    return 0


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text that may belong to a name."""

    start: int
    end: int
    text: str
    role: str
    """given, family, or whole"""
    name: _Name
    exact: bool

    @property
    def raised(self) -> bool:
        first = next((sign for sign in self.text if sign.isalpha()), "")
        return not first.islower()


class Watch:
    """Looks for the names of the protected witnesses of a library."""

    def __init__(self, library: Library) -> None:
        self.witnesses: Sequence[Witness] = witnesses(library)
        self._names = [
            name
            for number, witness in enumerate(self.witnesses)
            for one in witness.names
            if (name := _name(number, one)) is not None
        ]
        self._others = _others(library)
        self._known: dict[str, tuple[tuple[str, _Name, bool], ...]] = {}
        self._by_head: dict[str, list[_Name]] = defaultdict(list)
        self._by_key: dict[str, list[_Name]] = defaultdict(list)
        joined: dict[str, None] = {}
        for name in self._names:
            for head in {part[:2] for part in name.family}:
                self._by_head[head].append(name)
            for key in name.keys:
                self._by_key[key].append(name)
            joined |= dict.fromkeys(name.joined)
        self._joined = re.compile("|".join(map(re.escape, joined)) or r"(?!)")
        self._odd = any(_CASELESS.search(part) or _JOINING.search(part) for name in self._names for part in name.family)

    def __bool__(self) -> bool:
        return bool(self._names)

    def is_common(self, number: int) -> bool:
        """Say whether others in the references bear the family name of a witness too."""
        return any(word in self._others for name in self._names if name.witness == number for word in name.family)

    def find(self, text: str, own: int | None = None) -> list[Hit]:
        """Return where a text names a witness, in order; in the record of a witness (`own`) the family name is enough."""
        if not self._names or not text:
            return []
        whole, removed = _undivided(text)
        if removed:
            return [
                replace(hit, start=_back(hit.start, removed), end=_back(hit.end, removed))
                for hit in self.find(whole, own)
            ]
        if "\u202e" in text and any(hit.certain for hit in self.find(text.replace("\u202e", "")[::-1], own)):
            at = text.index("\u202e")
            return [Hit(at, at + 1, 0, True)]
        words = list(self._candidates(text))
        hits = [*self._whole(words), *self._pairs(text, words), *self._initials(text, words), *self._spelled(text)]
        for word in words:
            if word.role != "family" or not (word.exact or word.raised):
                continue
            if word.name.witness == own or not self._is_other(text, word):
                alone = word.name.witness == own or (not word.name.given and word.exact and word.raised)
                raised = word.raised or _is_made(text, word.start, word.end)
                hits.append(Hit(word.start, word.end, word.name.witness, alone, word.exact, raised))
        return _apart(hits)

    # Words --------------------------------------------------------------------------------------

    def _meant(self, raw: str) -> tuple[tuple[str, _Name, bool], ...]:
        """Return of which names a word may be a part."""
        found = self._known.get(raw)
        if found is None:
            found = tuple(self._parts(fold(raw)))
            if len(self._known) < 500_000:
                self._known[raw] = found
        return found

    def _parts(self, word: str) -> Iterator[tuple[str, _Name, bool]]:
        whole = [*self._by_key.get(word, ())]
        if len(word) > 1 and self._joined.search(word) is not None:
            whole += [name for name in self._names if any(each in word for each in name.joined)]
        for name in dict.fromkeys(whole):
            yield "whole", name, True
        for name in self._names if self._odd else self._by_head.get(word[:2], ()):
            if name in whole:
                continue
            family = max((_is(part, word, loose=False) for part in name.family), default=0)
            if family:
                yield "family", name, family == 2

    def _spelled(self, text: str) -> Iterator[Hit]:
        """Yield names that are letterspaced or divided by hand."""
        for found in _SPELLED.finditer(text):
            word = fold("".join(WORD.findall(found[0])))
            parts = [fold(each) for each in WORD.findall(found[0])]
            for name in self._names:
                family = word in name.family and word not in parts
                if family or any(each in word for each in name.joined if not any(each in part for part in parts)):
                    given = not family or not name.given
                    yield Hit(found.start(), found.end(), name.witness, given, True, not found[0][0].islower())

    def _candidates(self, text: str) -> Iterator[_Word]:
        there = {raw for raw in set(WORD.findall(text)) if self._meant(raw)}
        if not there:
            return
        for found in WORD.finditer(text):
            if found[0] in there:
                for role, name, exact in self._meant(found[0]):
                    yield _Word(found.start(), found.end(), found[0], role, name, exact)

    # Whole names --------------------------------------------------------------------------------

    def _whole(self, words: Sequence[_Word]) -> Iterator[Hit]:
        for word in words:
            if word.role == "whole":
                yield Hit(word.start, word.end, word.name.witness, True)

    def _pairs(self, text: str, words: Sequence[_Word]) -> Iterator[Hit]:
        """Yield family names with a given name beside them, before or after."""
        for family in words:
            if family.role != "family" or not family.name.given:
                continue
            first = max(0, family.start - REACH)
            before = list(WORD.finditer(text, first, family.start))
            if before and before[0].start() == first > 0 and WORD.match(text[first - 1]) is not None:
                del before[0]  # the end of a longer word
            after = list(WORD.finditer(text, family.end, family.end + REACH))
            for near in (before[: -BETWEEN - 2 : -1], after[: BETWEEN + 1]):
                for count, found in enumerate(near):
                    known = max(_is(part, fold(found[0]), loose=True) for part in family.name.given)
                    if not known:
                        continue
                    given = _Word(found.start(), found.end(), found[0], "given", family.name, known == 2)
                    one, other = (given, family) if given.start < family.start else (family, given)
                    if self._belong(text[one.end : other.start], count, one, other):
                        exact = one.exact and other.exact
                        yield Hit(one.start, other.end, family.name.witness, True, exact)
                        break

    def _belong(self, between: str, count: int, one: _Word, other: _Word) -> bool:
        if re.search(r"[.!?…](?=\s)", re.sub(r"\b[^\W\d_]{1,3}\.", "", between)):
            return False
        short = len(one.text) < 4 and len(other.text) < 4
        raised = one.raised and other.raised
        if count == 0:
            return raised or (not short and (one.raised or other.raised or (one.exact and other.exact)))
        return raised and not short

    def _initials(self, text: str, words: Sequence[_Word]) -> Iterator[Hit]:
        """Yield family names that stand with an initial: *A. Roe*, *Roe, A. P.*, *A Roe*."""
        for word in words:
            if word.role != "family" or not word.raised or not (word.exact or len(word.text) > LONG):
                continue
            before = _BEFORE.search(text, max(0, word.start - 24), word.start)
            letters = _LETTER.finditer(text, before.start(), before.end()) if before is not None else ()
            first = next((e for e in letters if fold(e["first"]) in word.name.initials and _is_initial(e)), None)
            if first is not None:
                yield Hit(first.start("first"), word.end, word.name.witness, True)
                continue
            after = _AFTER.match(text, word.end)
            if after is not None and fold(after["first"]) in word.name.initials and _is_initial(after):
                yield Hit(word.start, after.end("first"), word.name.witness, True)

    def _is_other(self, text: str, word: _Word) -> bool:
        """Say whether a family name stands with the given name of somebody else in the references."""
        given = self._others.get(fold(word.text), frozenset())
        if not given:
            return False
        before = WORD.findall(text[max(0, word.start - REACH) : word.start])[-1:]
        after = WORD.findall(text[word.end : word.end + REACH])[:1]
        return any(fold(each) in given for each in (*before, *after))


_LETTER = re.compile(r"(?<![^\W_])(?P<first>[^\W\d_])(?:(?P<stop>\.)|(?![^\W_]))")
_BEFORE = re.compile(
    r"(?<![^\W_])[^\W\d_](?:\.|(?![^\W_]))(?:[\s*_\u00ad-]*[^\W\d_]\.)*[\s*_\u00ad-]*(?:(?i:de|van|von|al|el|der)[\s-]+)*$"
)
_AFTER = re.compile(r"[*_]*,?[ \t\n\u00a0\u2009\u202f*_]*(?P<first>[^\W\d_])(?P<stop>\.?)(?![^\W_])")


def _is_made(text: str, start: int, end: int) -> bool:
    """Say whether a word in small letters stands in a key, an address or the name of a file, which have no capitals."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    return before in ("/", "_", "@", "#") or re.match(r"[\d_/@]|\.[^\W_]", after) is not None


def _is_initial(found: re.Match[str]) -> bool:
    """Say whether a letter is an initial, and not the article *A* or *I*."""
    return not found["first"].islower() and (bool(found["stop"]) or found["first"] not in "AIEOYÀÉОИАЯУВКС")


def _others(library: Library) -> Mapping[str, frozenset[str]]:
    """Return the family names of people who may be named, with their given names."""
    hidden = {_key(one) for witness in witnesses(library) for one in witness.names}
    if not hidden:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for reference in library.references.values():
        held = protected_fields(reference) if is_protected(reference) else ()
        for name, each in reference.fields.items():
            if name in held or not isinstance(each.value, tuple):
                continue
            for person in each.value:
                one = called(person)
                given = _words(one.given)
                if given and not any(_is_same(_key(one), key) for key in hidden):
                    for word in _words(one.family):
                        found[word].update(given[:1])
    return {word: frozenset(given) for word, given in found.items()}


def _key(one: Called) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _words(one.given), _words(one.family)


def _is_same(one: tuple[tuple[str, ...], tuple[str, ...]], other: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
    """Say whether two names may be those of one person: a family name in common, and a given name or its initial."""
    if not set(one[1]) & set(other[1]):
        return False
    return any(
        a == b or ((len(a) == 1 or len(b) == 1) and a[0] == b[0]) or bool(_is(a, b, loose=True))
        for a in one[0]
        for b in other[0]
    )


def _apart(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits in order, without those within others; what is certain goes before what is not."""
    sorted_ = sorted(hits, key=lambda each: (each.start, -each.end))
    certain: list[Hit] = []
    for hit in sorted_:
        if hit.certain and (not certain or hit.start >= certain[-1].end):
            certain.append(hit)
    out = list(certain)
    starts = [hit.start for hit in certain]
    last = -1
    for hit in sorted_:
        if hit.certain or hit.start < last:
            continue
        at = bisect_right(starts, hit.start) - 1
        after = starts[at + 1] if at + 1 < len(starts) else hit.end + 2
        if (at < 0 or certain[at].end + 1 < hit.start) and hit.end + 1 < after:  # García-Márquez is one name
            out.append(hit)
            last = hit.end
    return sorted(out, key=lambda each: each.start)


def _undivided(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text with the words whole that were divided at ends of lines; and where signs are gone, and how many up to there."""
    removed: list[tuple[int, int]] = []
    parts, last, gone = [], 0, 0
    for found in _DIVIDED.finditer(text):
        parts.append(text[last : found.start()])
        last = found.end()
        removed.append((found.start() - gone, gone + len(found[0])))
        gone += len(found[0])
    return "".join((*parts, text[last:])), removed


def _back(at: int, removed: Sequence[tuple[int, int]]) -> int:
    """Return the offset in the divided text of one in the whole text."""
    number = bisect_left(removed, (at, 0)) - 1
    return at + (removed[number][1] if number >= 0 else 0)


def own_number(watch: Watch, reference: Reference) -> int | None:
    """Return the number of the witness that a record protects, or None."""
    return next((number for number, each in enumerate(watch.witnesses) if each.reference is reference), None)
