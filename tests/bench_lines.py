"""The lines of a book beside those of Typst: the same words, face, size and measure; `make bench-lines` prints it.

A raw text (`.txt`) is imported first, as `stet import` does it.

Not a test: it is a measurement, for whoever changes how lines are broken. Every row is counted alike, from
the places of the signs in the finished PDFs. Typst (PyPI `typst`) is no part of the development set; without it its
column stays empty, and says so.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import mean, pstdev
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lxml import etree

from pipeline.build.house import house
from pipeline.build.line import Finished, set_pages
from pipeline.build.outcome import quiet
from pipeline.checks.pages import GAPING, LOOSE, budget
from pipeline.intake import import_text
from pipeline.pdf.facts import Job
from pipeline.pdf.workers import Crew
from pipeline.source import Problem

SIZE, LEADING, MEASURE = 10.0, 14.0, 300.0
HEIGHT = 14000
"""Points: one page for most books, so that lines are compared and not what page make-up asks of them."""
INDENT = 15.0
FACE = "SourceSerif4-Regular.ttf"


@dataclass(frozen=True, slots=True)
class Lines:
    """What the lines of one setting come to; spaces in em more than the face's own."""

    spaces: tuple[float, ...]
    lines: int
    hyphens: int
    ladder: int

    def row(self) -> list[str]:
        spaces = sorted(self.spaces)
        return [
            f"{mean(spaces):.3f} / {pstdev(spaces):.3f}",
            f"{spaces[int(0.95 * len(spaces))]:.3f}",
            f"{spaces[-1]:.3f}",
            f"{sum(each > LOOSE for each in spaces)} ({100 * sum(each > LOOSE for each in spaces) / self.lines:.1f} %)",
            f"{sum(each > GAPING for each in spaces)} ({100 * sum(each > GAPING for each in spaces) / self.lines:.1f} %)",
            f"{100 * self.hyphens / self.lines:.1f}",
            str(self.ladder),
            str(self.lines),
        ]


HEADS = ("mean / sd", "p95", "max", "> +.22 em", "> +.35 em", "hyphens a 100", "ladder", "lines")


def paragraphs(finished: Finished) -> tuple[str, ...]:
    """The plain words of the justified paragraphs of a book, without notes and their calls."""
    found = []
    for page in finished.pages:
        root = etree.fromstring(page.html.encode())
        for paragraph in list(root.iter("p")):  # notes are taken out on the way
            if any(
                each.tag in ("aside", "li", "td", "th", "header", "nav", "blockquote")
                for each in paragraph.iterancestors()
            ):
                continue
            if page.kind.value != "chapter" or "generated" in paragraph.get("class", ""):
                continue
            for note in list(paragraph.iter("aside")):
                tail, before, parent = note.tail or "", note.getprevious(), note.getparent()
                if before is not None:
                    before.tail = (before.tail or "") + tail
                elif parent is not None:
                    parent.text = (parent.text or "") + tail
                if parent is not None:
                    parent.remove(note)
            words = " ".join("".join(paragraph.itertext()).split())
            if len(words) > 60:
                found.append(words)
    return tuple(found)


def ours(words: Sequence[str], composition: str) -> tuple[Lines, float]:
    """Set the paragraphs with the layout of Stet, and say in how many seconds (the second time, in a warm process)."""
    css = (
        house().sheet("fonts.css"),
        house().sheet("mechanics.css"),
        (
            f"@page {{ size: {MEASURE + 100}pt {HEIGHT}pt; margin: 50pt }} body {{ margin: 0 }}"
            f'html {{ font: {SIZE}pt/{LEADING}pt "Edition Serif"; hyphens: auto; hyphenate-limit-chars: 6 3 3;'
            f" hyphenate-limit-zone: 4%; font-variant-numeric: oldstyle-nums proportional-nums; }}"
            f"p {{ margin: 0; text-indent: {INDENT}pt; text-align: justify; text-align-last: left }}"
        ),
    )
    body = "".join(f'<p id="p{number}">{_escape(each)}</p>' for number, each in enumerate(words))
    html = f'<html lang="en-GB"><head><title>T</title></head><body>{body}</body></html>'
    unit = Job("bench", html, css, (), "en-GB", "T", "b-", composition=composition)
    with tempfile.TemporaryDirectory() as scratch, Crew(house().fonts, scratch, 1) as crew:
        crew.set_units([replace(unit, html=html.replace("</body>", "<p>Warm.</p></body>"), composition="draft")])
        begun = perf_counter()
        (result,) = crew.set_units([unit])
        seconds = perf_counter() - begun
    if not result.pdf:
        raise RuntimeError(result.problems)
    return measure(result.pdf), seconds


def typst_lines(words: Sequence[str]) -> Lines | None:
    """Set the paragraphs with Typst, its lines optimised; None where it is not installed."""
    try:
        import typst
    except ImportError:
        return None
    text = "\n\n".join(re.sub(r"([\\#$*_`<>@=\-+/\[\]~])", r"\\\1", each) for each in words)
    source = f"""
#set page(width: {MEASURE + 100}pt, height: {HEIGHT}pt, margin: 50pt)
#set text(font: "Source Serif 4", size: {SIZE}pt, lang: "en", region: "GB", number-type: "old-style", hyphenate: true, overhang: true)
#set par(justify: true, linebreaks: "optimized", first-line-indent: {INDENT}pt, leading: 4pt, spacing: 4pt)
#set smartquote(enabled: false)
{text}
"""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.typ").write_text(source, encoding="utf-8")
        for font in house().fonts:
            if font.name.endswith(FACE):
                (Path(folder) / FACE).write_bytes(font.data)
        data = typst.compile(str(Path(folder) / "main.typ"), font_paths=[folder], ignore_system_fonts=True)
    return measure(bytes(data))


def measure(pdf: bytes) -> Lines:
    """Count the lines of a PDF: where they end, and how wide their spaces are."""
    import pypdfium2
    import pypdfium2.raw as raw

    natural = _advance(" ")
    spaces: list[float] = []
    lines = hyphens = ladder = running = 0
    for page in pypdfium2.PdfDocument(pdf):
        text = page.get_textpage()
        rows: dict[int, list[tuple[str, float, float]]] = {}
        for index in range(text.count_chars()):
            sign = chr(raw.FPDFText_GetUnicode(text, index))
            if not sign.strip():
                continue
            x, y = _origin(raw, text, index)
            rows.setdefault(round(y), []).append((sign, x, x + SIZE * _advance(sign)))
        for row in _merged(rows):
            signs = sorted(row, key=lambda each: each[1])
            lines += 1
            gaps = [b[1] - a[2] for a, b in pairwise(signs) if b[1] - a[2] > 0.1 * SIZE]
            full = signs[-1][2] > 50 + MEASURE - 1.5
            divided = full and signs[-1][0] in "-\u2010\x02\u00ad"
            hyphens += divided
            running = running + 1 if divided else 0
            ladder = max(ladder, running)
            if full and gaps:
                spaces.append(mean(gaps) / SIZE - natural)
    return Lines(tuple(spaces), lines, hyphens, ladder)


def _merged(rows: dict[int, list[tuple[str, float, float]]]) -> Iterator[list[tuple[str, float, float]]]:
    last: int | None = None
    held: list[tuple[str, float, float]] = []
    for y in sorted(rows, reverse=True):
        if last is not None and last - y > 3:
            yield held
            held = []
        held = held + rows[y]
        last = y
    if held:
        yield held


def _origin(raw: object, text: object, index: int) -> tuple[float, float]:
    import ctypes

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text, index, x, y)  # type: ignore[attr-defined]
    return x.value, y.value


@cache
def _advance(sign: str) -> float:
    """The width of a sign in the face, in em; a unit's file has no face that a reader could ask."""
    import uharfbuzz

    face = uharfbuzz.Face(next(font.data for font in house().fonts if font.name.endswith(FACE)))
    text = uharfbuzz.Buffer()
    text.add_str("-" if sign in "\u2010\x02\u00ad" else sign)
    text.guess_segment_properties()
    uharfbuzz.shape(uharfbuzz.Font(face), text, {"onum": True, "pnum": True})
    return float(sum(each.x_advance for each in text.glyph_positions)) / float(face.upem)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def main(folders: Sequence[str]) -> int:
    """Print the table for each book."""
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, folder in enumerate(folders):
            book = Path(folder)
            if book.suffix == ".txt":
                book = Path(scratch) / f"{number}-{book.stem}"
                if import_text(Path(folder), book).failed:
                    print(f"{folder}: cannot be imported")
                    failed = 1
                    continue
            failed = max(failed, compare(book, folder))
    return failed


def compare(book: Path, name: str) -> int:
    """Print the table of one book; 1 when it cannot be set."""
    kept: list[Finished] = []

    def look(finished: Finished) -> tuple[Problem, ...]:
        kept.append(finished)
        return ()

    with tempfile.TemporaryDirectory() as out:
        set_pages(book, editions=("print",), out=Path(out) / "dist", jobs=None, progress=quiet, look=look)
    if not kept:
        print(f"{name}: no edition `print` could be set")
        return 1
    words = paragraphs(kept[0])
    spent = budget(kept[0].lines)
    print(f"{name}: {len(words)} paragraphs, {sum(map(len, words))} signs, {SIZE:g} pt on {MEASURE:g} pt\n")
    print(f"{'':16}" + "".join(f"{head:>18}" for head in HEADS))
    times = []
    for setting in ("draft", "fine"):
        lines, seconds = ours(words, setting)
        times.append(seconds)
        print(f"{setting:16}" + "".join(f"{cell:>18}" for cell in lines.row()))
    typst = typst_lines(words)
    if typst is None:
        print(f"{'Typst':16}  NOT MEASURED: `.venv/bin/python -m pip install typst` brings it")
    else:
        print(f"{'Typst':16}" + "".join(f"{cell:>18}" for cell in typst.row()))
    print(
        f"\nthe edition itself: {spent.lines} justified lines, mean {spent.space:.3f} em, "
        f"{100 * spent.loose / max(1, spent.lines):.1f} % > +{LOOSE}, {100 * spent.gaping / max(1, spent.lines):.1f} % > +{GAPING}, "
        f"{100 * spent.divided / max(1, spent.lines):.1f} hyphens a hundred, ladder {spent.ladder}, {spent.on_grid:.1%} on the grid"
    )
    print(f"set line after line in {times[0]:.2f} s, composed in {times[1]:.2f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["manuscript"]))
