"""All pages of the paginated editions as small pictures on one sheet, with what was found drawn on them.

What only eyes can judge (the colour of a page, a bad break of sense) a designer sees here at a glance; what was
measured stands under each page, and its place is framed.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from io import BytesIO
from pathlib import Path

import pypdfium2

from pipeline.book import TRIMS, Book
from pipeline.build.dist import publish
from pipeline.build.line import Finished, set_pages
from pipeline.build.outcome import Outcome, Progress, quiet
from pipeline.checks.pages import Budget, Finding, budget, check_pages
from pipeline.pdf.geometry import verso_shift
from pipeline.source import Problem, Severity

DOTS = 84
"""Dots an inch of the pictures: enough to see spaces, little enough for a thousand pages."""

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; background: #ddd; color: #111 }
h1 { font-size: 1.4em } table { border-collapse: collapse } td { padding: 0 1.5em 0 0 }
.pages { display: grid; grid-template-columns: repeat(auto-fill, minmax(20em, 1fr)); gap: 2em }
figure { margin: 0 } .page { position: relative; background: #fff; box-shadow: 0 1px 4px #0006 }
.page img { display: block; width: 100% } .mark { position: absolute; border: 2px solid; box-sizing: border-box }
.error { border-color: #c00; color: #900 } .warning { border-color: #d80; color: #850 } .info { border-color: #39c; color: #036 }
figcaption { margin-top: .4em } figcaption p { margin: .1em 0; font-size: .85em }
"""


def contact_sheet(
    folder: Path,
    *,
    editions: tuple[str, ...] = (),
    out: Path | None = None,
    jobs: int | None = None,
    progress: Progress = quiet,
) -> Outcome:
    """Look through the pages of the paginated editions, and write `<slug>-pages.html` with all of them.

    The editions are set anew where the results of a build are not kept; their files are not touched.
    """
    out = folder / "dist" if out is None else out
    sections: list[str] = []
    book: list[Book] = []

    def look(finished: Finished) -> list[Problem]:
        progress(f"looking at {finished.edition.settings.name}")
        sided = TRIMS[finished.edition.settings.trim].two_sided
        findings = check_pages(finished.edition, finished.lines, sided=sided)
        sections.append(section(finished, findings))
        book.append(finished.edition.book)
        return [finding.problem for finding in findings if finding.problem.severity is not Severity.INFO]

    outcome = set_pages(folder, editions=editions, out=out, jobs=jobs, progress=progress, look=look)
    if not sections:
        return outcome
    name = f"{book[0].slug}-pages.html"
    trouble = publish(out, {name: sheet(book[0].title, sections).encode()}, {"book": book[0].slug})
    written = () if any(problem.severity is Severity.ERROR for problem in trouble) else (out / name,)
    return replace(outcome, problems=(*outcome.problems, *trouble), written=written)


def sheet(title: str, sections: Sequence[str]) -> str:
    """Return the whole sheet; it needs no other file."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}: pages</title>\n'
        f"<style>{STYLE}</style></head><body>\n" + "".join(sections) + "</body></html>\n"
    )


def section(finished: Finished, findings: Sequence[Finding]) -> str:
    """Return the pages of one edition, each with its findings."""
    trim = TRIMS[finished.edition.settings.trim]
    labels = {unit.first + number: label for unit in finished.lines for number, label in enumerate(unit.labels)}
    by_page: dict[int, list[Finding]] = {}
    for finding in findings:
        by_page.setdefault(finding.page, []).append(finding)
    figures = []
    with pypdfium2.PdfDocument(finished.bound or finished.data) as document:
        for number in range(len(document)):
            page = document[number]
            width, height = page.get_size()
            shift = verso_shift(trim) if number % 2 else 0.0
            marks = [_mark(each, width, height, shift) for each in by_page.get(number, ())]
            said = "".join(
                f'<p class="{each.problem.severity.value}">{escape(each.problem.message)} [{each.problem.code}]</p>'
                for each in by_page.get(number, ())
            )
            figures.append(
                f'<figure><div class="page"><img alt="" loading="lazy" src="data:image/png;base64,{_picture(page)}">'
                f"{''.join(marks)}</div><figcaption>{escape(labels.get(number, '–'))}{said}</figcaption></figure>\n"
            )
    return (
        f"<h1>{escape(finished.name)}</h1>{_table(budget(finished.lines))}"
        f'<div class="pages">\n{"".join(figures)}</div>\n'
    )


def _picture(page: pypdfium2.PdfPage) -> str:
    picture = page.render(scale=DOTS / 72, grayscale=True).to_pil()
    data = BytesIO()
    picture.quantize(16).save(data, "PNG", optimize=True)
    return base64.b64encode(data.getvalue()).decode()


def _mark(finding: Finding, width: float, height: float, shift: float) -> str:
    left, top, right, bottom = finding.box
    place = {
        "left": (left + shift - 2) / width,
        "top": top / height,
        "width": (right - left + 4) / width,
        "height": (bottom - top) / height,
    }
    style = ";".join(f"{name}:{value:.2%}" for name, value in place.items())
    problem: Problem = finding.problem
    return f'<span class="mark {problem.severity.value}" style="{style}" title="{escape(problem.message)}"></span>'


def _table(spent: Budget) -> str:
    rows = (
        ("justified lines", f"{spent.lines}"),
        ("mean of what is added to a space", f"{spent.space:.3f} em"),
        ("loose lines (more than .22 em)", f"{spent.loose}"),
        ("lines like holes (more than .35 em)", f"{spent.gaping}"),
        ("divided words", f"{spent.divided}"),
        ("lines running with a hyphen, at most", f"{spent.ladder}"),
        ("lines of text on the lines of their page", f"{spent.on_grid:.1%}"),
    )
    cells = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"
