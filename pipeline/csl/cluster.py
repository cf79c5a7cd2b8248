"""A cluster of cites: sorted, grouped, collapsed and joined (CSL 1.0.2, "Cite Grouping", "Cite Collapsing")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.csl import marks, markup
from pipeline.csl.context import Context
from pipeline.csl.style import Sheet
from pipeline.csl.values import Cite


@dataclass(slots=True)
class Piece:
    """One cite on its way to print."""

    index: int
    cite: Cite
    make: Callable[[], Context]
    key: tuple[object, ...] = ()
    """Cites of one key print the same."""
    first_cluster: str = ""
    text: str = ""
    names: str = ""
    suffix: str = ""
    number: int = 0

    @property
    def bare(self) -> bool:
        """Whether nothing of the author's stands about the cite."""
        return not (self.cite.prefix or self.cite.suffix or self.cite.locator)


Kept = dict[tuple[object, ...], tuple[str, str, str]]
"""What cites have printed: text, names and year suffix by what they depend on."""


def render_piece(sheet: Sheet, piece: Piece, kept: Kept, *, without_names: bool = False) -> None:
    """Render a cite by itself, or take it from those rendered before."""
    key = (*piece.key, without_names)
    found = kept.get(key)
    if found is None:
        _render(sheet, piece, without_names)
        kept[key] = (piece.text, piece.names, piece.suffix)
        return
    piece.text, names, piece.suffix = found
    piece.names = piece.names if without_names else names


def _render(sheet: Sheet, piece: Piece, without_names: bool) -> None:
    c = piece.make()
    if without_names:
        c.suppress_names = True
    text, _ = sheet.citation.node(c)
    if c.author_only:
        text = c.names_text or text
    piece.text = text
    if not without_names:
        piece.names = marks.plain(c.names_text) if c.names_are_names else ""
    piece.suffix = c.suffix_text


def _year_text(sheet: Sheet, piece: Piece) -> str:
    """Return what a cite shows but for names and year suffix: by this, cites of one year are known."""
    c = piece.make()
    c.suppress_names = True
    c.suffix = ""
    text, _ = sheet.citation.node(c)
    return marks.plain(text)


def with_affixes(cite: Cite, text: str) -> str:
    """Put the author's own prefix and suffix about a cite."""
    prefix, suffix = _own_words(cite.prefix), _own_words(cite.suffix)
    if prefix:
        last = marks.last_visible(prefix)
        if text and (last.isalnum() or last in ".,;:!?)]\u2019\u201d"):
            prefix += " "
        text = marks.seam(prefix, text)
    if suffix:
        first = marks.first_visible(suffix)
        if text and (first.isalnum() or first in "([\u201c\u2018&"):
            suffix = " " + suffix
        text = marks.seam(text, suffix)
    return text


def _own_words(text: str) -> str:
    """Read what the author wrote about a cite: quotation marks are curled, and stops stay where he put them."""
    return markup.read(text, quotes=("\u201c", "\u201d")) if text else text


_OPENING = frozenset(" \u00a0([{\u201c\u2018\u00ab\u201e\u201a")


def capitalize_term(text: str, prefix: str) -> str:
    """Give a term of the locale at the head of a note or an entry its capital ("Ibid.").

    A prefix forbids it, unless that is a sentence of more than one word; the number of an entry does not.
    """
    bare = prefix.strip()
    if bare and not (bare[-1] in ".!?" and " " in bare):
        return text
    open_: list[str] = []
    for place, character in enumerate(text):
        if character == marks.CLOSE:
            if open_:
                open_.pop()
        elif marks.is_mark(character):
            open_.append(character)
        elif marks.ROLE_NUMBER not in open_:
            if marks.TERM in open_ and character.islower():
                return text[:place] + character.upper() + text[place + 1 :]
            if marks.TERM in open_ or character not in _OPENING:
                return text
    return text


def assemble(sheet: Sheet, pieces: list[Piece], begins_sentence: bool, kept: Kept) -> tuple[str, list[Piece]]:
    """Return the marked text of a cluster and its cites in the order of print."""
    options = sheet.citation.options
    delimiter = sheet.citation.delimiter
    collapse = options.get("collapse", "")
    for piece in pieces:
        render_piece(sheet, piece, kept)
    pieces = [piece for piece in pieces if piece.text or piece.cite.prefix or piece.cite.suffix]
    if collapse == "citation-number":
        return _numbers(sheet, pieces)
    if pieces and sheet.note_class and begins_sentence:
        head = pieces[0]
        head.text = capitalize_term(head.text, head.cite.prefix)
    grouping = "cite-group-delimiter" in options or collapse in ("year", "year-suffix", "year-suffix-ranged")
    if grouping and len(pieces) > 1:
        return _groups(sheet, pieces, collapse, kept)
    return _join([(piece, piece.text, delimiter) for piece in pieces])


Part = tuple[Piece, str, str]
"""A cite, what it prints, and the delimiter that follows it."""


def _join(parts: list[Part]) -> tuple[str, list[Piece]]:
    out = ""
    cited: list[Piece] = []
    delimiter = ""
    for number, (piece, text, after) in enumerate(parts):
        text = with_affixes(piece.cite, text)
        if not text:
            continue
        cited.append(piece)
        if number and out:
            first = marks.first_visible(text)
            tail = marks.last_visible(out)
            sign = delimiter
            if first in ",;" and piece.cite.prefix:
                sign = ""
            elif tail in ",;" and parts[number - 1][0].cite.suffix:
                sign = " "
            out = marks.seam(out, sign) if sign else out
            out = marks.seam(out, marks.ROLE_CITE + text + marks.CLOSE)
        else:
            out = marks.ROLE_CITE + text + marks.CLOSE
        delimiter = after
    return out, cited


def _numbers(sheet: Sheet, pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """Collapse runs of three and more citation numbers to ranges."""
    options = sheet.citation.options
    delimiter = sheet.citation.delimiter
    after = options.get("after-collapse-delimiter", delimiter)
    parts: list[Part] = []
    at = 0
    while at < len(pieces):
        end = at
        while (
            end + 1 < len(pieces)
            and pieces[end].number
            and pieces[end + 1].number == pieces[end].number + 1
            and not (pieces[end].cite.suffix or pieces[end].cite.locator)
            and not (pieces[end + 1].cite.prefix or pieces[end + 1].cite.locator)
        ):
            end += 1
        if end - at >= 2:
            parts.append((pieces[at], pieces[at].text, "\u2013"))
            parts.append((pieces[end], pieces[end].text, after))
        else:
            parts.extend((piece, piece.text, delimiter) for piece in pieces[at : end + 1])
        at = end + 1
    return _join(parts)


def _groups(sheet: Sheet, pieces: list[Piece], collapse: str, kept: Kept) -> tuple[str, list[Piece]]:
    """Bring cites of the same names together, and print the names once where the style collapses."""
    options = sheet.citation.options
    delimiter = sheet.citation.delimiter
    usual = ", " if collapse and not sheet.note_class and "after-collapse-delimiter" not in options else delimiter
    between = options.get("cite-group-delimiter", usual)
    after = options.get("after-collapse-delimiter", delimiter)
    suffix_sign = options.get("year-suffix-delimiter", options.get("cite-group-delimiter", delimiter))
    groups: list[list[Piece]] = []
    known: dict[str, int] = {}
    for piece in pieces:
        key = piece.names or (_year_text(sheet, piece) if collapse.startswith("year-suffix") else "")
        if key and key in known:
            groups[known[key]].append(piece)
        else:
            if key:
                known[key] = len(groups)
            groups.append([piece])
    parts: list[Part] = []
    for group in groups:
        if len(group) == 1:
            parts.append((group[0], group[0].text, after))
            continue
        if not collapse:
            parts += [(piece, piece.text, between) for piece in group[:-1]]
            parts.append((group[-1], group[-1].text, delimiter))
            continue
        parts += _collapsed(sheet, group, collapse, between, suffix_sign, kept)
        piece, text, _ = parts[-1]
        parts[-1] = (piece, text, after)
    return _join(parts)


def _collapsed(
    sheet: Sheet, group: list[Piece], collapse: str, between: str, suffix_sign: str, kept: Kept
) -> list[Part]:
    parts: list[Part] = []
    runs: list[list[Piece]] = []
    years = [_year_text(sheet, piece) for piece in group] if collapse != "year" else []
    for number, piece in enumerate(group):
        if number and collapse != "year":
            before = runs[-1][-1]
            if years[number] == years[number - 1] and piece.suffix and before.suffix and piece.bare and before.bare:
                runs[-1].append(piece)
                continue
        runs.append([piece])
    for number, run in enumerate(runs):
        head = run[0]
        if number:
            render_piece(sheet, head, kept, without_names=True)
        parts.append((head, head.text, between))
        rest = run[1:]
        at = 0
        chain = [head, *rest]
        if collapse == "year-suffix-ranged":
            at = 0
            while at < len(chain):
                end = at
                while end + 1 < len(chain) and _follows(chain[end].suffix, chain[end + 1].suffix):
                    end += 1
                if end - at >= 2:
                    piece, text, _ = parts[-1] if at == 0 else (chain[at], chain[at].suffix, "")
                    if at == 0:
                        parts[-1] = (piece, text, "\u2013")
                    else:
                        _set_sign(parts, suffix_sign)
                        parts.append((chain[at], chain[at].suffix, "\u2013"))
                    parts.append((chain[end], chain[end].suffix, between))
                else:
                    for k in range(at, end + 1):
                        if k == 0:
                            continue
                        _set_sign(parts, suffix_sign)
                        parts.append((chain[k], chain[k].suffix, between))
                at = end + 1
            continue
        for piece in rest:
            _set_sign(parts, suffix_sign)
            parts.append((piece, piece.suffix, between))
    return parts


def _set_sign(parts: list[Part], sign: str) -> None:
    piece, text, _ = parts[-1]
    parts[-1] = (piece, text, sign)


def _follows(first: str, second: str) -> bool:
    """Say whether one year suffix comes right after another."""
    a, b = marks.plain(first), marks.plain(second)
    return bool(a and b) and _ordinal(b) == _ordinal(a) + 1


def _ordinal(letters: str) -> int:
    number = 0
    for letter in letters:
        if not "a" <= letter <= "z":
            return -9
        number = number * 26 + ord(letter) - 96
    return number
