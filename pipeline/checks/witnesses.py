"""A finished file and the names of protected witnesses come in; a file that says one of them goes out as a problem.

The manuscript and the references were looked through already. This looks at what is about to leave the house, at everything that
a reader, a search engine or a curious person could take out of the file: pages, properties, outline, alternative texts,
attachments, addresses. A name once printed cannot be called back (Murad Code, 2022, principle 8: do no harm; house rule).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import unescape
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pikepdf
import pypdfium2

from pipeline.bibliography.watch import Watch
from pipeline.source import Problem

_BROKEN = re.compile("[-\u00ad\u2010\ufffe\x02]\\s*[\r\n]+\\s*")
"""A word parted at the end of a line, as PDFium gives it."""
_INLINE = re.compile(
    r"</?(?:\w+:)?(?:a|abbr|b|bdi|bdo|cite|code|em|i|mark|q|s|small|span|strong|sub|sup|tspan|u|wbr)\b[^<>]*>"
)
_TAG = re.compile(r"<[^<>]*>")
_WRITTEN = (".xhtml", ".html", ".xml", ".opf", ".ncx", ".svg", ".css", ".smil", ".json", ".txt", ".tsv", ".csv", ".md", ".toml", ".yaml", ".bib")  # fmt: skip
DEPTH = 40


def check_witnesses(watch: Watch, name: str, data: bytes, passed: Collection[int] = ()) -> tuple[Problem, ...]:
    """Return a problem for each protected witness whom a finished file names; not for those in `passed`, whose names a person let stand."""
    found: dict[int, str] = {}
    for where, text in _texts(name, data):
        for hit in watch.find(text):
            if hit.certain and hit.witness not in passed:
                found.setdefault(hit.witness, where)
    return tuple(
        Problem(
            "witness-named",
            f"the finished file names the protected witness of `{watch.witnesses[number].reference.key}`, {where}: it was not written",
            None,
            "the name comes from a place that was not looked through before, such as a style or a picture",
        )
        for number, where in sorted(found.items())
    )


def _texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield all texts of a file, each with where it stands."""
    yield "in its own name", name
    if data.startswith(b"%PDF"):
        yield from _pdf(data)
    elif data.startswith(b"PK"):
        yield from _zip(data)
    elif name.lower().endswith(_WRITTEN):
        yield from _written(data)


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
