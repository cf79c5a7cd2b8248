"""Names (CSL 1.0.2, "Names"): people and the options of a style in, marked text out.

Order of parts, particles, initials, et-al and "and" are decided here. What the
style's elements do with it (labels, substitutes) is decided in `style`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pipeline.csl import marks, markup
from pipeline.csl.items import Name
from pipeline.csl.locale import Locale

Dress = Callable[[str], str]
"""Puts the format of a style element on a text."""

_WESTERN = (
    r"0-9a-zA-Z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0750-\u077f"
    r"\u0e01-\u0e5b\u10a0-\u10ff\u1780-\u17ff\u1e00-\u1fff\u0900-\u0dff"
)
_HAS_WESTERN = re.compile(f"[{_WESTERN}]")
_STARTS_WESTERN = re.compile(f"[{_WESTERN}&]")
# A hyphen before a small letter does not begin a new word: "Guo-ping".
_WORD = re.compile(
    r"(?P<gap>(?:\s|[\-\u2010\u2011])*)(?P<word>[^\s\-\u2010\u2011.]+(?:[\-\u2010\u2011](?![A-Z\u00c0-\u00de\ufdd0-\ufdef])(?=[^\W\d_])[^\s\-\u2010\u2011.]+)*)(?P<stop>\.?)"
)
BARE_INITIALS = 3
"""A level of given names: initials, although the style says nothing of initials."""
_TIGHT = ("'", "\u2019", "\u02bb", "-", "\u2010", "\u2011")


@dataclass(frozen=True, slots=True)
class PartDress:
    """How a `cs:name-part` dresses the family or the given name."""

    dress: Dress | None = None
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class NameOptions:
    """All that `cs:name`, `cs:name-part` and `cs:et-al` say, inherited options included."""

    conjunction: str = ""  # text or symbol
    delimiter: str = ", "
    precedes_et_al: str = "contextual"
    precedes_last: str = "contextual"
    et_al_min: int = 0
    et_al_use_first: int = -1
    et_al_subsequent_min: int = 0
    et_al_subsequent_use_first: int = 0
    et_al_use_last: bool = False
    form: str = "long"
    initialize: bool = True
    initialize_with: str | None = None
    initialize_hyphen: bool = True
    sort_order: str = ""  # first or all
    sort_separator: str = ", "
    demote: str = "display-and-sort"
    family: PartDress = PartDress()
    given: PartDress = PartDress()
    et_al_term: str = "et-al"
    et_al_dress: Dress | None = None
    prefix: str = ""
    suffix: str = ""
    dress: Dress | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The names of one variable as text: the whole, and each name by itself."""

    text: str
    each: tuple[str, ...]
    shown: int
    total: int


@lru_cache(maxsize=16384)
def initials(given: str, terminator: str, hyphen: bool) -> str:
    """Return initials of marked given names.

    >>> initials("Jean-Luc Marie", ". ", True), initials("TSerendorjiin", ".", True), initials("M.E", "", True)
    ('J.-L. M.', 'Ts.', 'ME')
    """
    visible = marks.first_visible(given)
    if not visible or not _STARTS_WESTERN.match(visible):
        return given
    if not hyphen:
        given = re.sub(r"[-\u2010\u2011]", " ", given)
    tight = terminator.rstrip()
    loose = terminator[len(tight) :]
    out = ""
    pending = ""  # the blank that a terminator leaves behind
    for found in _WORD.finditer(given):
        gap, word, stop = found.group("gap", "word", "stop")
        bare = marks.plain(word)
        if not bare:
            out += word
            continue
        head = marks.opening_marks(word)
        tail = "".join(c for c in word[len(head) :] if marks.is_mark(c))
        joined = any(c in gap for c in "-\u2010\u2011")
        if bare[0].islower() or not bare[0].isalpha():  # Hebrew and Georgian have no capitals: any letter is one
            sign = "-" if joined else " " if out else ""
            out = out.rstrip(" ") + sign + word + stop
            pending = " "
            continue
        if stop and len(bare) <= 4:
            letters = bare
        else:
            run = re.match(r"\w*", bare[1:])
            rest = run.group() if run else ""
            capitals = ""
            for character in rest:
                if character.isupper():
                    capitals += character
                else:
                    break
            letters = bare[0] + (capitals.lower() if len(capitals) < len(rest) else "")
        sign = "-" if joined and out else pending
        out += sign + head + letters + tight + tail
        pending = loose
    return out.rstrip()


def normal_initials(given: str, terminator: str) -> str:
    """Give the initials that stand among given names the style's terminator; full names stay.

    >>> normal_initials("John M.E.", ""), normal_initials("J R Ronald", ".")
    ('John ME', 'J.R. Ronald')
    """
    tight = terminator.rstrip()
    loose = terminator[len(tight) :]
    out = ""
    short_before = False
    for found in _WORD.finditer(given):
        gap, word, stop = found.group("gap", "word", "stop")
        bare = marks.plain(word)
        short = bool(stop) or (len(bare) == 1 and bare.isupper())
        joined = any(c in gap for c in "-\u2010\u2011")
        if not out:
            sign = ""
        elif joined:
            sign = "-"
        elif short_before and short:
            sign = loose
        else:
            sign = " "
        out += sign + word + (tight if short else stop)
        short_before = short
    return out.rstrip()


def _given(name: Name, options: NameOptions, level: int) -> str:
    """Return the given name in the form of the style (0), as initials (1) or in full (2)."""
    given = markup.read(name.given)
    if not given:
        return ""
    terminator = options.initialize_with
    if level == BARE_INITIALS:
        return initials(given, terminator or "", options.initialize_hyphen)
    if terminator is None:
        return given
    if not options.initialize or level == 2:
        if not options.initialize_hyphen:
            given = re.sub(r"[-\u2010\u2011]", " ", given)
        return normal_initials(given, terminator)
    return initials(given, terminator, options.initialize_hyphen)


def _dressed(text: str, part: PartDress) -> str:
    return part.dress(text) if part.dress and text else text


def _affixed(text: str, part: PartDress) -> str:
    return marks.affix(part.prefix, text, part.suffix) if text else text


def _beside(first: str, second: str) -> str:
    """Put two parts side by side; an apostrophe or hyphen joins them without a blank."""
    if not first or not second:
        return first or second
    if marks.last_visible(first) in (*_TIGHT, " "):
        return first + second
    return marks.seam(first + " ", second)


def _words(*parts: str) -> str:
    out = ""
    for part in parts:
        out = _beside(out, part)
    return out


def _western(name: Name) -> int:
    """Return 0 for a name in a script that writes family first without a blank, 1 for one mixed, else 2."""
    if name.family and not _HAS_WESTERN.search(name.family):
        return 1 if name.given and _HAS_WESTERN.search(name.given) else 0
    return 2


def person(name: Name, options: NameOptions, *, inverted: bool, level: int, sorting: bool) -> str:
    """Return one name as marked text.

    ``inverted`` asks for the family name first; ``level`` is how much of the
    given name disambiguation has called for (0: what the style says).
    """
    if name.literal:
        return _dressed(markup.read(name.literal), options.family)
    family = _dressed(markup.read(name.family), options.family)
    non_dropping = _dressed(markup.read(name.non_dropping), options.family)
    if not name.family:
        # Only a given name: it is all there is, in every form.
        return _dressed(markup.read(name.given), options.given)
    short = options.form == "short" and level == 0
    western = _western(name)
    if short:
        if western == 0:
            return non_dropping + family
        if sorting and options.demote != "never":
            return _affixed(_words(family, non_dropping), options.family)
        if inverted and options.demote == "display-and-sort" and non_dropping:
            return marks.join([_affixed(family, options.family), non_dropping], options.sort_separator)
        return _affixed(_words(non_dropping, family), options.family)
    given = _dressed(_given(name, options, level), options.given)
    dropping = _dressed(markup.read(name.dropping), options.given)
    suffix = name.suffix
    if options.initialize_with is not None and level != 2:
        suffix = normal_initials(suffix, options.initialize_with)
    suffix = markup.read(suffix)
    # The affixes of `cs:name-part` are made for names whose parts stand apart.
    if western == 0:
        return non_dropping + family + given
    if western == 1 or name.static:
        return _words(non_dropping, family, given)
    separator = " \x01" if sorting else options.sort_separator
    between = ", " if name.comma_dropping else " "
    given_tail = given + between + dropping if given and dropping else given or dropping
    if inverted or sorting:
        demote = options.demote == "display-and-sort" or (sorting and options.demote == "sort-only")
        if demote:
            first = family
            second = f"{given_tail} {non_dropping}" if given_tail and non_dropping else given_tail or non_dropping
        else:
            first = _words(non_dropping, family)
            second = given_tail
        parts = [_affixed(first, options.family), _affixed(second, options.given)]
        if suffix:
            parts.append(suffix)
        return marks.join(parts, separator)
    if dropping and not non_dropping and dropping[-1] in _TIGHT:
        last = dropping + family
    else:
        last = _words(dropping, non_dropping, family)
    if name.comma_dropping:
        last = marks.seam(_words(non_dropping, family) + ", ", dropping)
    if suffix:
        last += (", " if name.comma_suffix else " ") + suffix
    return _words(_affixed(given, options.given), _affixed(last, options.family))


def _whole(name: Name, options: NameOptions, *, inverted: bool, level: int, sorting: bool) -> str:
    """Return one name with the format and, but for bodies, the affixes of `cs:name`."""
    text = person(name, options, inverted=inverted, level=level, sorting=sorting)
    if sorting:
        return text
    if options.dress:
        text = options.dress(text)
    return text if name.literal else marks.affix(options.prefix, text, options.suffix)


def _limits(options: NameOptions, subsequent: bool) -> tuple[int, int]:
    least, first = options.et_al_min, options.et_al_use_first
    if subsequent:
        least = options.et_al_subsequent_min or least
        first = options.et_al_subsequent_use_first or first
    return least, first


def shown_count(total: int, options: NameOptions, subsequent: bool, floor: int) -> int:
    """Return how many names are shown before et al. (all of them: no et al.)."""
    least, first = _limits(options, subsequent)
    if not least or total < least or first >= total or first < 0:
        return total
    return min(total, max(first, floor))


def _precedes(rule: str, count: int, after_inverted: bool) -> bool:
    if rule == "always":
        return True
    if rule == "never":
        return False
    if rule == "after-inverted-name":
        return after_inverted
    return count > 1


def render(
    people: tuple[Name, ...],
    options: NameOptions,
    locale: Locale,
    *,
    subsequent: bool = False,
    floor: int = 0,
    levels: tuple[int, ...] = (),
    sorting: bool = False,
    replaced: int = 0,
    replacement: str = "",
    memo: dict[tuple[Name, bool, int], str] | None = None,
) -> Rendered:
    """Return the names of one variable.

    ``floor`` is the least number of names to show and ``levels`` the amount of
    each given name, both as disambiguation asks. ``replacement`` stands for
    the first ``replaced`` names. ``memo`` keeps what names gave with these
    options and this ``sorting``.
    """
    total = len(people)
    has_others = total > 1 and people[-1].literal.lower() in ("others", "et al.", "et al")
    if has_others:
        people = people[:-1]
    count = shown_count(total, options, subsequent, floor)
    if has_others and count >= total:
        count = total - 1
    if count == 0 and total:
        return Rendered("", (), 0, total)
    each: list[str] = []
    inverted_last = False
    for number, name in enumerate(people[:count]):
        if number < replaced:
            each.append(replacement)
            continue
        level = levels[number] if number < len(levels) else 0
        inverted_last = options.sort_order == "all" or (options.sort_order == "first" and number == 0)
        key = (name, inverted_last, level)
        text = memo.get(key, "") if memo is not None else ""
        if not text:
            text = _whole(name, options, inverted=inverted_last, level=level, sorting=sorting)
            if memo is not None:
                memo[key] = text
        each.append(text)
    delimiter = options.delimiter
    if count < total:
        text = _with_et_al(people, each, options, locale, inverted_last, sorting, total, has_others)
    elif options.conjunction and len(each) > 1 and not sorting:
        before = people[count - 2]
        inverted_before = (options.sort_order == "all" or (options.sort_order == "first" and count == 2)) and bool(
            before.family and not before.literal
        )
        text = _with_and(each, options, locale, inverted_before)
    else:
        text = marks.join(each, delimiter)
    if options.dress and count < total:
        text = options.dress(text)  # "et al." too
    return Rendered(text, tuple(each), count, total)


def _with_and(each: list[str], options: NameOptions, locale: Locale, inverted_before: bool) -> str:
    word = "&" if options.conjunction == "symbol" else locale.term("and")
    if options.precedes_last == "contextual":
        with_delimiter = len(each) > 2
    elif options.precedes_last == "after-inverted-name":
        with_delimiter = inverted_before
    else:
        with_delimiter = options.precedes_last == "always"
    head = marks.join(each[:-1], options.delimiter)
    if not word:
        return marks.join(each, options.delimiter)
    bare = marks.plain(word)
    # Hebrew and Arabic write a one-letter "and" without a blank before it.
    tight = len(bare.strip()) == 1 and "\u0590" <= bare.strip() <= "\u06ff"
    after = "" if bare[-1:].isspace() else " "
    if with_delimiter:
        sign = options.delimiter
        if not sign.endswith((" ", "\u00a0")) and not bare.startswith(" "):
            sign += " "
    else:
        # In Portuguese styles "and" may be a mere semicolon.
        sign = "" if tight or bare[0] in " ;," else " "
    return marks.seam(marks.seam(head, sign) + word + after, each[-1])


def _with_et_al(
    people: tuple[Name, ...],
    each: list[str],
    options: NameOptions,
    locale: Locale,
    inverted_last: bool,
    sorting: bool,
    total: int,
    has_others: bool,
) -> str:
    head = marks.join(each, options.delimiter)
    if options.et_al_use_last and len(each) + 1 < total and not has_others:
        inverted = options.sort_order == "all"
        last = person(people[-1], options, inverted=inverted, level=0, sorting=sorting)
        return marks.seam(marks.seam(head, options.delimiter) + "\u2026 ", last)
    if sorting:
        return head
    term = locale.term(options.et_al_term)
    if not term and options.et_al_term != "et-al":
        term = ""
    if options.et_al_dress and term:
        term = options.et_al_dress(term)
    if not term:
        return head
    with_delimiter = _precedes(options.precedes_et_al, len(each), inverted_last)
    blank = "" if not _HAS_WESTERN.search(marks.plain(term)) else " "
    return marks.seam(marks.seam(head, options.delimiter if with_delimiter else blank), term)
