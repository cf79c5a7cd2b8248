"""`make bench`: what a book costs, as ratios to one plain WeasyPrint run of the same pages, in one run on one machine.

    python tests/bench.py [FOLDER] [--million] [--beside]

CPU is user and system time of a command and all its children. `--beside` adds pandoc with WeasyPrint and with Typst where they
are installed, `--million` a made-up book of a million words.
"""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2

ROOT = Path(__file__).resolve().parents[1]
MOBY_DICK = ROOT.parent / "shared" / "corpora" / "moby-dick"

PLAIN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pipeline.book import TRIMS
from pipeline.build import line
from pipeline.build.files import open_folder
from pipeline.build.house import house
from pipeline.edition import resolve
from pipeline.html import render
from pipeline.pdf.geometry import body_css
from pipeline.pdf.units import guess_labels, read_units, write_numbers
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse
import re

shelf = open_folder(Path(sys.argv[2]))
desk = line._read(shelf)
settings = next(each for each in desk.book.editions if each.name == "print")
edition, _ = resolve(desk.manuscript, desk.book, settings, shelf.names, desk.citing)
pages = render(edition)
style, trim = house(), TRIMS[settings.trim]
files = {each.name: each for each in (*style.fonts, *style.pictures)}
units = read_units(pages, tuple(files.values()))
labels = guess_labels(units)
bodies = [re.sub(r"(?s).*<body[^>]*>(.*)</body>.*", r"\\\\1", write_numbers(unit, labels)) for unit in units]
bodies = [body.replace("https://book.invalid/#", "#") for body in bodies]
# each in a box of its own: chapters that are brothers would be set as chapters that run on
boxes = "".join(f"<div>{body}</div>" for body in bodies)
text = f'<html lang="{edition.book.language}"><head><title>t</title></head><body>{boxes}</body></html>'

class Fetcher(URLFetcher):
    def fetch(self, url, headers=None):
        found = files[url.removeprefix("https://book.invalid/")]
        return URLFetcherResponse(url, found.data, {"Content-Type": found.media_type})

fonts = FontConfiguration()
fetcher = Fetcher()
sheets = [CSS(string=css, font_config=fonts, base_url="https://book.invalid/", url_fetcher=fetcher)
          for css in (body_css(trim), *style.body(trim), "body > * { break-before: page }")]
document = HTML(string=text, base_url="https://book.invalid/", url_fetcher=fetcher).render(font_config=fonts, stylesheets=sheets)
document.write_pdf(sys.argv[3], pdf_tags=True)
print(len(document.pages), "pages")
"""


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT["PYTHONPATH"] = str(ROOT)
"""As users have it: Python keeps what it has compiled, and the first command of a run warms it up."""


@dataclass(frozen=True)
class Cost:
    """What a command cost: seconds of processor and of the wall, and the greatest memory of one process in MB."""

    cpu: float
    wall: float
    memory: float
    said: str


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command in a process of its own that counts its children."""
    script = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.returncode); "
        "sys.stderr.write(done.stdout[-2000:] + done.stderr[-2000:])"
    )
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    wall = time.monotonic() - start
    cpu, memory, status = done.stdout.split()
    if status != "0":
        raise SystemExit(f"{' '.join(command)[:200]}\nended with {status}:\n{done.stderr}")
    return Cost(float(cpu), wall, float(memory), done.stderr)


def row(what: str, found: Cost, plain: Cost | None, most: str = "") -> None:
    ratio = f"{found.cpu / plain.cpu:6.3f} ×" if plain is not None else "        "
    print(
        f"{what:44} {ratio}  {found.cpu:7.2f} s CPU  {found.wall:7.2f} s wall  {found.memory:5.0f} MB  {most}",
        flush=True,
    )


def settings(source: Path, folder: Path, composition: str) -> None:
    """Copy a Pandoc folder as a book of its own, with one edition."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("dist", ".cache"))
    book = folder / "book.toml"
    edition = f'\n[editions.print]\ntrim = "6x9"\ncomposition = "{composition}"\n'
    if book.is_file():
        text = re.sub(r"(?ms)^\[editions\..*?(?=^\[(?!editions)|\Z)", "", book.read_text("utf-8"))
        book.write_text(text + edition, "utf-8")
    else:
        (folder / "metadata.yaml").unlink(missing_ok=True)
        name = f'title = "{source.name}"\nlanguage = "en"\n\n[[contributors]]\nname = "Somebody"\n'
        book.write_text(name + edition, "utf-8")


def stet(folder: Path, *more: str) -> Cost:
    return cost([sys.executable, "-m", "pipeline", "build", str(folder), "--edition", "print", *more], folder)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    if old not in text:
        raise SystemExit(f"{path} has no {old!r}")
    path.write_text(text.replace(old, new, 1), "utf-8")


def table(source: Path, scratch: Path, beside: bool) -> None:
    draft, fine = scratch / "draft", scratch / "fine"
    settings(source, draft, "draft")
    settings(source, fine, "fine")
    (scratch / "plain.py").write_text(PLAIN.replace("\\\\", "\\"), "utf-8")
    plain = cost(
        [sys.executable, str(scratch / "plain.py"), str(ROOT), str(draft), str(scratch / "plain.pdf")], scratch
    )
    row(f"plain WeasyPrint ({plain.said.split(chr(10))[0]})", plain, plain)
    row("cold, lines greedy (draft), 1 process", stet(draft, "--jobs", "1"), plain, "≤ 1.3 ×")
    shutil.rmtree(draft / ".cache")
    shutil.rmtree(draft / "dist")
    row("cold, lines greedy (draft), 2 processes", stet(draft, "--jobs", "2"), plain)
    row("cold, lines chosen (fine), 2 processes", stet(fine, "--jobs", "2"), plain, "≤ 1.8 ×")
    row("nothing changed", stet(fine), plain, "≤ 0.6 s CPU")
    chapters = sorted((fine / "chapters").glob("*.md"), key=lambda path: path.name)
    middle = chapters[len(chapters) // 2]
    edit(middle, " the ", " thee ")
    row("one word in one chapter", stet(fine), plain, "≤ 1.5 s CPU")
    first = max(chapters[: len(chapters) // 8 + 1], key=lambda path: path.stat().st_size)
    more = [
        "A page that was not there before. " * 40
    ] * 10  # so many that no blank page before the next chapter takes them
    first.write_text("\n\n".join([first.read_text("utf-8"), *more, ""]), "utf-8")
    row("every later page moves", stet(fine), plain, "≤ 6 s CPU")
    row("check", cost([sys.executable, "-m", "pipeline", "check", str(fine), "--edition", "print"], fine), plain)
    if beside:
        neighbours(chapters, scratch, plain)


TYPST = """
import subprocess, sys
pandoc, source, target, *chapters = sys.argv[1:]
subprocess.run([pandoc, *chapters, "--standalone", "--to=typst", "-o", source], check=True)
import typst
typst.compile(source, output=target)
"""
"""Pandoc makes the source, and the library sets it where the program is not installed."""


def neighbours(chapters: list[Path], scratch: Path, plain: Cost) -> None:
    """Set the same chapters with other tools, as they come: their pages, their styles, notes at the end or the foot."""
    pandoc = shutil.which("pandoc")
    beside = Path(sys.executable).with_name("weasyprint")
    weasyprint = shutil.which("weasyprint") or (str(beside) if beside.is_file() else None)
    typst = shutil.which("typst")
    names = [str(chapter) for chapter in chapters]
    book = chapters[0].parents[1]  # pictures are named from here
    formats = subprocess.run([pandoc or "false", "--list-output-formats"], capture_output=True, text=True, check=False)
    for tool, engine in (("WeasyPrint", weasyprint), ("Typst", typst)):
        target = scratch / f"{tool}.pdf"
        if pandoc is not None and tool == "Typst" and "typst" not in formats.stdout.split():
            print(f"{f'pandoc → {tool}':44} this pandoc is older than 3.1 and writes no Typst")
            continue
        if pandoc is not None and engine is not None:
            command = [pandoc, *names, f"--pdf-engine={engine}", "--metadata=title=Book", "-o", str(target)]
        elif pandoc is not None and tool == "Typst" and find_spec("typst") is not None:
            command = [sys.executable, "-c", TYPST, pandoc, str(book / "book.typ"), str(target), *names]
        else:
            print(f"{f'pandoc → {tool}':44} not installed{'' if pandoc else ': there is no pandoc'}")
            continue
        try:
            found = cost(command, book)
        except SystemExit as error:  # a tool that fails is no reason to say nothing of the others
            print(f"{f'pandoc → {tool}':44} failed: {str(error).strip().splitlines()[-1]}")
            continue
        row(f"pandoc → {tool} ({pages(target)} pages)", found, plain)


def pages(path: Path) -> int:
    return len(pypdfium2.PdfDocument(path))


def million(scratch: Path) -> None:
    """Make a book of a million words up, and set it."""
    folder = scratch / "million"
    (folder / "chapters").mkdir(parents=True)
    chance = random.Random(7)
    words = [
        "".join(chance.choice("aeioubcdfghlmnprst") for _ in range(chance.choice((2, 3, 4, 5, 6, 7, 9))))
        for _ in range(4000)
    ]
    for number in range(250):
        paragraphs = []
        for place in range(40):
            text = " ".join(chance.choice(words) for _ in range(100)).capitalize()
            note = f"n{place}"
            paragraphs.append(
                f"{text}[^{note}].\n\n[^{note}]: See {chance.choice(words)}." if place % 5 == 0 else f"{text}."
            )
        (folder / "chapters" / f"{number:03}.md").write_text(
            f"# Chapter {number}\n\n" + "\n\n".join(paragraphs) + "\n", "utf-8"
        )
    (folder / "book.toml").write_text(
        'title = "A Million Words"\nlanguage = "en"\n\n[[contributors]]\nname = "Nobody"\n\n'
        '[editions.print]\ntrim = "6x9"\ncomposition = "draft"\n',
        "utf-8",
    )
    found = stet(folder)
    row("a million words, 2,000 notes", found, None, "≤ 400 MB")


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    source = Path(arguments[0]).resolve() if arguments else MOBY_DICK if MOBY_DICK.is_dir() else ROOT / "manuscript"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(f"{source.name}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}: trust the ratios")
    with TemporaryDirectory(prefix="stet-bench-") as scratch:
        table(source, Path(scratch), "--beside" in sys.argv)
        if "--million" in sys.argv:
            million(Path(scratch))


if __name__ == "__main__":
    main()
