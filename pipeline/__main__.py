"""The command: arguments come in, a book is built or checked, and what happened is printed.

Data go to stdout (the files that stand in the output folder, pages of `explain`, problems for
machines), all else to stderr. Exit 0 good, 1 problems in the book, 2 wrong use, 3 our own fault.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import platform
import re
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline import __version__
from pipeline.source import HIDDEN, Problem, Severity, Source, describe, printable

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.build import Outcome

# What takes long to load is loaded by the function that needs it: a build with nothing to do shall not wait for it.
# ruff: noqa: PLC0415

GOOD, PROBLEMS, WRONG_USE, OUR_FAULT, STOPPED = 0, 1, 2, 3, 130


def main() -> None:
    """Run the command with the arguments of the process, and end it."""
    # A build makes many values that live until it ends: to look for garbage among them all the time takes an eighth of it.
    gc.set_threshold(50_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """End the process with all that it said said: to take a book apart again, value by value, costs a tenth of a build."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody listens any more
            stream.flush()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status; nothing that happens inside gets out as a traceback."""
    debug = "--debug" in arguments
    try:
        code = stet.main(list(arguments), prog_name="stet", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; nothing was written", err=True)
        return STOPPED
    except OSError as error:
        if debug:
            traceback.print_exc()
        where = f": {printable(str(error.filename))}" if error.filename else ""
        click.echo(f"error: the machine says: {error.strerror or type(error).__name__}{where}", err=True)
        return PROBLEMS
    except Exception as error:  # noqa: BLE001 the last place that can say whose fault it is
        if type(error).__name__ == "MissingClusterError":  # its module is loaded only where a cluster is asked for
            click.echo(f"error: {printable(str(error))}", err=True)
            return WRONG_USE
        if debug:
            traceback.print_exc()
        _our_fault(error, debug)
        return OUR_FAULT
    return code if isinstance(code, int) else GOOD


def _our_fault(error: Exception, debug: bool) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames) if "pipeline" in f.filename), "")
    lines = [
        f"stet stumbled over its own feet: {type(error).__name__}" + (f" at {place}" if place else ""),
        "  this is a mistake in Stet, not in your book; no file was changed",
        "  please report it to those who maintain Stet, with these lines, and with the manuscript if you may",
        f"  Stet {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
    ]
    if not debug:
        lines.append("  `stet --debug …` shows where it happened")
    click.echo("\n".join(lines), err=True)


# Arguments ------------------------------------------------------------------------------------


def _default_folder() -> Path:
    """Return the book meant when no folder is given: the one we stand in, else its `manuscript/`."""
    here, usual = Path(), Path("manuscript")
    if not any((here / name).is_file() for name in SETTINGS) and any((usual / name).is_file() for name in SETTINGS):
        return usual
    return here


def _folder(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path:
    del context, parameter
    return _default_folder() if value is None else value


SETTINGS = ("book.toml", "metadata.yaml", "metadata.yml")


def _crew_arguments(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the arguments that say who lays pages out."""
    for decorate in (
        click.option(
            "--scheduler",
            default="",
            metavar="ADDRESS",
            help="Lay pages out on the Dask cluster of this scheduler, such as tcp://host:8786.",
        ),
        click.option(
            "--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="How many processes work side by side."
        ),
    ):
        command = decorate(command)
    return command


def _book_arguments(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the arguments that `build` and `check` share."""
    for decorate in (
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "github", "json"]),
            default="text",
            help="How problems are written: for people, as GitHub annotations, or as one JSON object a line.",
        ),
        click.option(
            "--out",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Where the editions stand. [default: FOLDER/dist]",
        ),
        click.option("--medium", type=click.Choice(["pdf", "epub"]), help="Only the editions of this medium."),
        click.option(
            "--edition", "-e", "editions", multiple=True, metavar="NAME", help="Only this edition; repeatable."
        ),
        click.argument(
            "folder",
            required=False,
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            callback=_folder,
        ),
    ):
        command = decorate(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="stet", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def stet(debug: bool) -> None:
    """Make a paginated PDF and an EPUB of a manuscript kept as text, with no word lost.

    A book is a folder with `book.toml` and chapters in Markdown (or a Pandoc folder with
    `metadata.yaml`). `stet new FOLDER` makes a small one.
    """
    del debug  # looked for in `run`, which must know it whatever fails


@stet.command()
@_book_arguments
@_crew_arguments
@click.option(
    "--chapter", default="", metavar="NAME", help="Only a PDF of this chapter, with the folios it has in the book."
)
@click.option("--release", is_flag=True, help="Pack EPUBs smaller, and alike on every machine; takes longer.")
def build(
    folder: Path,
    editions: tuple[str, ...],
    medium: str | None,
    out: Path | None,
    form: str,
    jobs: int | None,
    scheduler: str,
    chapter: str,
    release: bool,
) -> int:
    """Make the editions of the book in FOLDER (default: here, else manuscript/).

    The files are changed all together or not at all. Their paths go to stdout.
    """
    _reject_bad_epoch(os.environ)
    from pipeline.build import build as build_book

    with _progress(form) as progress:
        outcome = build_book(
            folder,
            editions=editions,
            medium=medium,
            out=out,
            jobs=jobs,
            scheduler=scheduler,
            chapter=chapter,
            release=release,
            progress=progress,
        )
    return _report(outcome, form, built=True)


@stet.command()
@_book_arguments
@click.option(
    "--epubcheck/--no-epubcheck", default=True, help="Run EPUBCheck over EPUB editions, where it is installed."
)
@click.option(
    "--pages", is_flag=True, help="Look through all set pages, and write a sheet of them, DIR/<book>-pages.html."
)
def check(
    folder: Path,
    editions: tuple[str, ...],
    medium: str | None,
    out: Path | None,
    form: str,
    epubcheck: bool,
    pages: bool,
) -> int:
    """Check the book in FOLDER and its finished editions, without making any.

    With `--pages` only the pages of the paginated editions are looked through: lone lines, wide
    spaces, heads at the foot of a page, and all else that a designer would not sign.
    """
    if pages:
        from pipeline.build import contact_sheet

        with _progress(form) as progress:
            outcome = contact_sheet(folder, editions=editions, out=out, progress=progress)
        return _report(outcome, form, built=False)
    from pipeline.build import check as check_book
    from pipeline.build import validator

    with _progress(form) as progress:
        outcome = check_book(
            folder,
            editions=editions,
            medium=medium,
            out=out,
            progress=progress,
            validate=validator() if epubcheck else None,
        )
    return _report(outcome, form, built=False)


@stet.command()
@click.argument("books", metavar="LIST", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_crew_arguments
@click.option(
    "--format", "form", type=click.Choice(["text", "github", "json"]), default="text", help="How problems are written."
)
def catalogue(books: Path, jobs: int | None, scheduler: str, form: str) -> int:
    """Build every book of LIST, a text file with a folder a line.

    A book that fails does not keep the others from being made; then the exit status is 1.
    """
    _reject_bad_epoch(os.environ)
    from pipeline.build.catalogue import build_all, read_list

    rows: list[tuple[str, str]] = []
    worst = GOOD
    with _progress(form) as progress:
        for folder, outcome in build_all(read_list(books), jobs=jobs, scheduler=scheduler, progress=progress):
            status = _report(outcome, "quiet" if form == "text" else form, built=True)
            if form == "text" and outcome.problems:
                console = _stderr()
                for problem in outcome.problems:
                    _show(console, problem, outcome.sources)
            worst = max(worst, PROBLEMS if status else GOOD)
            state = "failed" if status else "nothing to do" if outcome.up_to_date else "done"
            counts = _counts(outcome)
            files = f"{len(outcome.written)} file{'' if len(outcome.written) == 1 else 's'}"
            rows.append((printable(str(folder)), ", ".join(filter(None, (state, files if not status else "", counts)))))
    if form == "text":
        width = max((len(name) for name, _ in rows), default=0)
        for name, words in rows:
            click.echo(f"{name:{width}}  {words}", err=True)
    return worst


@stet.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@_crew_arguments
def verify(file: Path, folder: Path | None, jobs: int | None, scheduler: str) -> int:
    """Build the edition in FILE again from the book in FOLDER, and compare every byte.

    Without FOLDER the book is the folder that holds the file's own, else the default book.
    """
    _reject_bad_epoch(os.environ)
    from pipeline.build.verify import verify as verify_file

    if folder is None:
        above = file.resolve().parent.parent
        folder = above if any((above / name).is_file() for name in SETTINGS) else _default_folder()
    with _progress("text") as progress:
        outcome = verify_file(file, folder, jobs=jobs, scheduler=scheduler, progress=progress)
    status = _report(outcome, "quiet", built=False)
    console = _stderr()
    for problem in outcome.problems:
        _show(console, problem, outcome.sources)
    if not status:
        click.echo(f"{printable(str(file))} is what {printable(str(folder))} gives, byte for byte", err=True)
    return status


@stet.command("explain")
@click.argument("code", required=False)
def explain_command(code: str | None) -> int:
    """Explain the problem CODE; without one, list all of them."""
    from pipeline.explain import codes, explain, nearest, summary

    if code is None:
        width = max(map(len, codes()), default=0)
        for each in codes():
            click.echo(f"{each:{width}}  {summary(each)}")
        return GOOD
    plain = code.strip().strip("[]`").lower()
    page = explain(plain)
    if page is None:
        near = nearest(code)
        raise click.UsageError(
            f"there is no problem `{printable(code)}`"
            + (f"; did you mean {' or '.join(f'`{each}`' for each in near)}?" if near else "; `stet explain` lists all")
        )
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.text import Text

    console = Console()
    if console.is_terminal:
        console.print(Text(plain, style="bold"))
        console.print(Markdown(page))
    else:
        click.echo(page, nl=False)
    return GOOD


@stet.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", help="Title of the book. [default: made from the name of the folder]")
@click.option("--author", default="", help="Name of the author.")
@click.option("--language", default="en", show_default=True, metavar="TAG", help="Language of the book, such as en-GB.")
def new(folder: Path, title: str | None, author: str, language: str) -> int:
    """Make a small book in FOLDER, which must be empty or not there yet."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{printable(str(folder))} is not an empty folder; nothing was written")
    from pipeline.new import new_book

    try:
        files = new_book(folder.resolve().name, title=title, author=author, language=language)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        click.echo(path)
    click.echo(f"`stet build {shlex.quote(printable(str(folder)))}` makes its editions", err=True)
    return GOOD


@stet.command("import")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--into",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the manuscript goes; empty or not there yet.",
)
@click.option("--force", is_flag=True, help="Replace what an earlier import made and nobody has changed since.")
@click.option(
    "--format", "form", type=click.Choice(["text", "github", "json"]), default="text", help="How problems are written."
)
def import_command(source: Path, folder: Path, force: bool, form: str) -> int:
    """Make a manuscript of the raw text in SOURCE, with an audit of all that was done to it.

    Nothing is corrected and nothing vanishes. What cannot be known is listed in FOLDER/intake.md, for you to decide
    in FOLDER/decisions.toml. Of references (RIS, BibTeX, CSL-JSON) FOLDER/references.yaml is made.
    """
    from pipeline.build.references import CONVERTED

    if source.suffix.lower() in CONVERTED:
        return _import_references(source, folder, form)
    from pipeline.build.faces import signs_of
    from pipeline.build.house import house
    from pipeline.intake import import_text

    outcome = import_text(source, folder, force=force, shapes=signs_of(house().fonts))
    console = _stderr()
    for problem in outcome.problems:
        if form == "json":
            click.echo(as_json(problem, outcome.sources))
        elif form == "github":
            click.echo(as_workflow_command(problem, outcome.sources))
        else:
            _show(console, problem, outcome.sources)
    if outcome.failed:
        errors = [problem.code for problem in outcome.problems if problem.severity is Severity.ERROR]
        click.echo(f"nothing was written; `stet explain {errors[0]}` tells more", err=True)
        return WRONG_USE if errors == ["intake-occupied"] else PROBLEMS
    for path in outcome.written:
        click.echo(json.dumps({"kind": "file", "path": str(path)}) if form == "json" else path)
    if outcome.intake is not None and outcome.intake.count is not None:
        words = f"{outcome.intake.count.source:,} words of the source are accounted for"
        doubts = len(outcome.intake.doubts)
        told = f"; {doubts} {'doubt waits' if doubts == 1 else 'doubts wait'} for you in intake.md" if doubts else ""
        click.echo(words + told, err=True)
    click.echo(f"`stet build {shlex.quote(printable(str(folder)))}` makes the editions", err=True)
    return GOOD


def _import_references(source: Path, folder: Path, form: str) -> int:
    from pipeline.build.references import import_references

    made = import_references(source, folder)
    texts = {made.source.path: made.source} if made.source is not None else {}
    console = _stderr()
    for problem in made.problems:
        if form == "json":
            click.echo(as_json(problem, texts))
        elif form == "github":
            click.echo(as_workflow_command(problem, texts))
        else:
            _show(console, problem, texts)
    if made.path is None:
        click.echo("nothing was written", err=True)
        return PROBLEMS
    click.echo(json.dumps({"kind": "file", "path": str(made.path)}) if form == "json" else made.path)
    click.echo(f"{made.works} {'work' if made.works == 1 else 'works'}", err=True)
    return GOOD


def _reject_bad_epoch(environment: Mapping[str, str]) -> None:
    written = environment.get("SOURCE_DATE_EPOCH", "")
    if written and re.fullmatch(r"[0-9]{1,15}", written) is None:
        raise click.UsageError(f"SOURCE_DATE_EPOCH is {printable(written)!r}, not a number of seconds since 1970")


# Printing -------------------------------------------------------------------------------------


@contextmanager
def _progress(form: str) -> Iterator[Callable[[str], None]]:
    """Give a function that shows people what is being done; nothing of it stays on a terminal."""
    if form != "text":
        yield lambda words: None
    elif not sys.stderr.isatty() and not os.environ.get("FORCE_COLOR"):
        yield lambda words: click.echo(f"{printable(words)} …", err=True)
    else:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = _stderr()
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(20), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("starting", total=None)
            yield lambda words: bar.update(task, description=printable(words))


def _report(outcome: Outcome, form: str, *, built: bool) -> int:
    """Print what a build or check came to, and return the exit status."""
    if form == "json":
        for problem in outcome.problems:
            click.echo(as_json(problem, outcome.sources))
        for path in outcome.written:
            click.echo(json.dumps({"kind": "edition", "path": str(path), "new": not outcome.up_to_date}))
        for name, digest in outcome.contents.items():
            click.echo(json.dumps({"kind": "content", "name": name, "sha256": digest}))
    elif form == "github":
        for problem in outcome.problems:
            click.echo(as_workflow_command(problem, outcome.sources))
    elif form == "text" and outcome.problems:
        console = _stderr()
        for problem in outcome.problems:
            _show(console, problem, outcome.sources)
    if form != "json":
        for path in outcome.written:
            click.echo(path)
        for name, digest in outcome.contents.items():
            click.echo(f"{digest}  {name}")
    if form == "text":
        _sum_up(outcome, built=built)
    if outcome.failed:
        misused = any(problem.span is None and problem.code in MISUSE for problem in outcome.problems)
        return WRONG_USE if misused else PROBLEMS
    return GOOD


def _stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True)


MISUSE = ("chapter-unknown", "edition-unknown", "settings-missing")
"""Problems that lie in the arguments when they have no place in the book."""

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}


def _show(console: Console, problem: Problem, sources: Mapping[str, Source]) -> None:
    words = describe(problem, sources) + "\n"
    if not console.is_terminal:
        click.echo(words, err=True)
        return
    from rich.text import Text

    text = Text(words)
    colour = _COLOURS[problem.severity]
    text.highlight_regex(rf"^.*?(?={problem.severity}: )", "bold")
    text.highlight_regex(rf"(?<![^ ]){problem.severity}(?=: )", colour)
    text.highlight_regex(r"\[[a-z0-9-]+\](?=\n)", "dim")
    text.highlight_regex(r"(?m)(?<= \| )[ …]*\^+$", colour)
    text.highlight_regex(r"(?m)^ *[0-9]* \|", "blue")
    text.highlight_regex(r"(?m)(?<=^) *= hint:", "cyan")
    console.print(text, soft_wrap=True, highlight=False)


def _sum_up(outcome: Outcome, *, built: bool) -> None:
    for name, omissions in outcome.omissions.items():
        for omission in omissions:
            source = outcome.sources.get(omission.span.path)
            line, words = "", ""
            if source is not None:
                line = f":{source.position(omission.span.start).line}"
                begins = source.text[omission.span.start : omission.span.end][:400]
                words = " ".join(re.sub(r"(?m)^[ \t>]*:{3,}.*$", "", begins.replace(HIDDEN, "")).split())
                words = f" `{words if len(words) <= 50 else words[:49] + '…'}`" if words else ""
            click.echo(
                f"`{name}` leaves out, as the book says: {printable(omission.what + words)} "
                f"({printable(omission.span.path)}{line})",
                err=True,
            )
    said = _counts(outcome)
    if outcome.failed:
        codes_seen = dict.fromkeys(p.code for p in outcome.problems if p.severity is Severity.ERROR)
        click.echo(f"{said}; no file was changed" if built else said, err=True)
        click.echo(f"`stet explain {next(iter(codes_seen))}` tells more", err=True)
    elif outcome.up_to_date:
        click.echo("nothing to do: the editions are those of this manuscript" + (f"; {said}" if said else ""), err=True)
    elif built:
        for name, record in outcome.record.items():
            if isinstance(record, Mapping) and "units_set" in record:
                click.echo(f"`{name}`: {_units(record)}", err=True)
        click.echo("done" + (f"; {said}" if said else ""), err=True)
    else:
        click.echo(said or "no problems", err=True)


def _counts(outcome: Outcome) -> str:
    return ", ".join(
        f"{number} {word}{'' if number == 1 else 's'}"
        for severity, word in ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "remark"))
        if (number := sum(problem.severity is severity for problem in outcome.problems))
    )


def _units(record: Mapping[str, object]) -> str:
    """Say which units of a paginated edition were set, and which were kept from the last build."""
    found = record.get("units_set")
    names = [str(name) for name in found if name != "heads"] if isinstance(found, list | tuple) else []
    count = record.get("units")
    if not names:
        return f"none of its {count} units had to be set"
    few = ", ".join(names[:6]) + (f" and {len(names) - 6} others" if len(names) > 6 else "")
    return (
        f"{len(names)} of its {count} units set ({printable(few)})" if len(names) != count else f"all {count} units set"
    )


def _ends(problem: Problem, sources: Mapping[str, Source]) -> tuple[int, int, int, int] | None:
    """Return line and column of the first character and of the place after the last."""
    source = sources.get(problem.span.path) if problem.span is not None else None
    if source is None or problem.span is None:
        return None
    start, end = source.position(problem.span.start), source.position(problem.span.end)
    return start.line, start.column, end.line, end.column


def as_workflow_command(problem: Problem, sources: Mapping[str, Source]) -> str:
    """Write a problem as a command that GitHub Actions turns into an annotation."""
    command = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}[problem.severity]
    properties = {"title": problem.code}
    if problem.span is not None:
        properties["file"] = problem.span.path
    ends = _ends(problem, sources)
    if ends is not None:
        properties |= {"line": str(ends[0]), "endLine": str(ends[2])}
        if ends[0] == ends[2]:
            properties |= {"col": str(ends[1]), "endColumn": str(max(ends[3] - 1, ends[1]))}
    message = problem.message + (f"\nhint: {problem.hint}" if problem.hint else "")
    written = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in sorted(properties.items(), key=lambda item: _ORDER.index(item[0]))
    )
    return f"::{command} {written}::{_escaped(message)}"


_ORDER = ("file", "line", "col", "endLine", "endColumn", "title")


def _escaped(text: str) -> str:
    lines = (printable(line) for line in text.replace("%", "%25").split("\n"))
    return "%0A".join(lines)


def as_json(problem: Problem, sources: Mapping[str, Source]) -> str:
    """Write a problem as a JSON object in one line; columns count from 1, `end_column` is the one after."""
    found: dict[str, object] = {
        "kind": "problem",
        "code": problem.code,
        "severity": str(problem.severity),
        "message": problem.message,
        "hint": problem.hint,
    }
    if problem.span is not None:
        found["path"] = problem.span.path
    ends = _ends(problem, sources)
    if ends is not None:
        found |= dict(zip(("line", "column", "end_line", "end_column"), ends, strict=True))
    also = []
    for span, words in problem.also:
        other: dict[str, object] = {"path": span.path, "message": words}
        source = sources.get(span.path)
        if source is not None:
            position = source.position(span.start)
            other |= {"line": position.line, "column": position.column}
        also.append(other)
    return json.dumps(found | {"also": also})


if __name__ == "__main__":
    main()
