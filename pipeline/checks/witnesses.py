"""A finished file and the names of protected witnesses come in; a file that says one of them goes out as a problem.

The manuscript and the references were looked through already. This looks at what is about to leave the house, at everything that
a reader, a search engine or a curious person could take out of the file: pages, properties, outline, alternative texts,
attachments, addresses. A name once printed cannot be called back (Murad Code, 2022, principle 8: do no harm; house rule).

The name of somebody else may stand where a person answers for it, among the words that were allowed, and nowhere else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from html import unescape
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pikepdf
import pypdfium2

from pipeline.bibliography.watch import WORD, Hit, Watch, fold
from pipeline.source import Problem

_BROKEN = re.compile("[-\u00ad\u2010\ufffe\x02]\\s*[\r\n]+\\s*")
"""A word parted at the end of a line, as PDFium gives it."""
_INLINE = re.compile(
    r"</?(?:\w+:)?(?:a|abbr|b|bdi|bdo|cite|code|em|i|mark|q|s|small|span|strong|sub|sup|tspan|u|wbr)\b[^<>]*>"
)
_TAG = re.compile(r"<[^<>]*>")
_WRITTEN = (".xhtml", ".html", ".xml", ".opf", ".ncx", ".svg", ".css", ".smil", ".json", ".txt", ".tsv", ".csv", ".md", ".toml", ".yaml", ".bib")  # fmt: skip
_ESCAPED = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\r\n\f]?|(.))|/\*.*?\*/|[\"']\s*[\"']", re.DOTALL)
"""Escapes of CSS, comments, and where a string is parted in two (CSS Syntax Level 3, 4.3.7)."""
_DRAWN = (".svg", ".xhtml", ".html")
_STYLED = re.compile(r"\\|<style|\bstyle\s*=")
_CODED = re.compile(r"\\u([0-9A-Fa-f]{4})")
_MARKS = re.compile(r"[*_`~^\\]|\{[^{}]*\}")
_EDGE = re.compile(r"[\t…]")
DEPTH = 40
ENOUGH = 10
"""Letters on one side of a name by which a place that was allowed is known: the other may be on another page."""
ALIKE = 0.85
"""How much of them must be there: marks of notes and heads of pages come between."""

Around = tuple[str, str]
"""The letters before a name and after it, in words that a person allowed."""


def check_witnesses(watch: Watch, name: str, data: bytes, allowed: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Return a problem for each protected witness whom a finished file names elsewhere than in the words that were `allowed`."""
    found: dict[int, str] = {}
    places = _places(watch, allowed)
    for where, text in _texts(name, data):
        for hit in watch.find(text):
            if hit.certain and hit.witness not in found and not _may_stand(text, hit, places.get(hit.witness, ())):
                found[hit.witness] = where
    return tuple(
        Problem(
            "witness-named",
            f"the finished file names the protected witness of `{watch.witnesses[number].reference.key}`, {where}: it was not written",
            None,
            "the name comes from a place that was not looked through before, such as a style or a picture",
        )
        for number, where in sorted(found.items())
    )


def _places(watch: Watch, allowed: Sequence[str]) -> Mapping[int, Sequence[Around]]:
    """Return what stands around the names in the words that were allowed, for each witness."""
    out: dict[int, list[Around]] = defaultdict(list)
    for quoted in allowed:
        for words in dict.fromkeys((quoted, _MARKS.sub("", quoted))):
            for hit in watch.find(words):
                if hit.certain:
                    out[hit.witness].append((_letters(words[: hit.start]), _letters(words[hit.end :])))
    return out


def _letters(text: str) -> str:
    return "".join(map(fold, WORD.findall(text)))


def _may_stand(text: str, hit: Hit, places: Sequence[Around]) -> bool:
    """Say whether a name stands among the words that a person allowed."""
    if not places:
        return False
    reach = 1000 + 2 * max(len(side) for place in places for side in place)
    before = _letters(_EDGE.split(_untagged(text[max(0, hit.start - reach) : hit.start]))[-1])
    after = _letters(_EDGE.split(_untagged(text[hit.end : hit.end + reach]))[0])
    for one, other in places:
        left, right = _shared(one[::-1], before[::-1]), _shared(other, after)
        together = left + right if left >= 0 and right >= 0 else -1
        if max(left, right) >= ENOUGH or together >= min(ENOUGH, len(one) + len(other)):
            return True
    return False


def _untagged(text: str) -> str:
    """Return a piece of a file without its tags, those that are cut off at its ends too."""
    if "<" not in text and ">" not in text:
        return text
    text = text[text.find(">") + 1 :] if 0 <= text.find(">") < (text.find("<") % (len(text) + 1)) else text
    return unescape(_TAG.sub(" ", _INLINE.sub("", text)))


def _shared(wanted: str, found: str) -> int:
    """Return with how many of the letters that are wanted a text begins, but for some that came between; -1: with others.

    Where the text ends before, fewer are enough.

    >>> _shared("signedit", "signedandsealed"), _shared("signed", "asigned"), _shared("signed", "sig")
    (-1, 6, 3)
    """
    wanted = wanted[: len(found)]
    if found.startswith(wanted):
        return len(wanted)
    match = SequenceMatcher(None, wanted, found[: len(wanted) + ENOUGH], autojunk=False)
    same = sum(block.size for block in match.get_matching_blocks())
    return len(wanted) if same >= ALIKE * len(wanted) else -1


def _texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield all texts of a file, each with where it stands."""
    yield "in its own name", name
    if data.startswith(b"%PDF"):
        yield from _pdf(data)
    elif data.startswith(b"PK"):
        yield from _zip(data)
    elif name.lower().endswith(_WRITTEN):
        yield from _written(data)
        text = data.decode("utf-8", "replace")
        if name.lower().endswith(".css") or (name.lower().endswith(_DRAWN) and _STYLED.search(text) is not None):
            yield "in its styles", _ESCAPED.sub(_unescaped, text)
        elif "\\u" in text:
            yield "in its text", _CODED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    code, sign = found[1], found[2] if len(found.groups()) > 1 else None
    if code is None:
        return "" if sign is None or sign == "\n" else sign  # a line that goes on
    number = int(code, 16)
    return chr(number) if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else "\ufffd"


def _written(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield a text as it is written, and as it is read without its tags."""
    text = data.decode("utf-8", "replace")
    yield "in its text", text
    if "<" in text:
        yield "in its text", unescape(_TAG.sub("\n", _INLINE.sub("", text)))


def _zip(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        with ZipFile(BytesIO(data)) as archive:
            for entry in archive.namelist():
                for where, text in _texts(entry, archive.read(entry)):
                    yield f"{where} ({'an entry of the archive' if where == 'in its own name' else 'inside'})", text
    except (BadZipFile, OSError):
        return


def _pdf(data: bytes) -> Iterator[tuple[str, str]]:
    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(len(document)):
            page = document[number]
            words = page.get_textpage()
            yield f"on page {number + 1} of the file", _BROKEN.sub("", words.get_text_range())
            words.close()
            page.close()
    finally:
        document.close()
    with pikepdf.open(BytesIO(data)) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Stream):
                kind = str(each.get("/Type", ""))
                if kind in ("/Metadata", "/EmbeddedFile"):
                    yield from _texts("x.xml", each.read_bytes())
            for text in _strings(each, 0):
                yield "in its properties", text


def _strings(value: object, depth: int) -> Iterator[str]:
    """Yield the strings and names of an object, not those of objects that it points to."""
    if depth > DEPTH:
        return
    if isinstance(value, pikepdf.String | pikepdf.Name):
        yield str(value)
    elif isinstance(value, pikepdf.Array):
        for each in value:
            yield from () if getattr(each, "is_indirect", False) else _strings(each, depth + 1)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        for each in value.values():
            yield from () if getattr(each, "is_indirect", False) else _strings(each, depth + 1)
