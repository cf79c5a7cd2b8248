"""Jobs come in; results come out in the same order, made side by side in child processes with limits.

WeasyPrint runs in children only. A child that dies (out of memory, out of time, a crash in a C
library) takes the whole pool with it: what was not finished is done again one by one, and the
job that dies alone becomes one problem that names its unit. This module never imports WeasyPrint
in the process that calls it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, TypeVar

from pipeline.html import Resource
from pipeline.pdf.facts import Facts, Job, UnitResult, folded
from pipeline.pdf.join import tighten
from pipeline.source import Problem, Span

T = TypeVar("T")

MEMORY = 2 * 1024**3
"""Bytes of address space that a child may have."""
SECONDS = 60
"""The least time that a job may take; a long one may take `PACE` seconds a megabyte of its page."""
PACE = 600
EMPTY = Facts(0, (0.0, 0.0))

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use: bytes of address space, and seconds (`None`: as the job's size asks)."""

    memory: int = MEMORY
    seconds: float | None = None

    def time(self, job: Job) -> float:
        """Return the seconds that a job may take, of processor and of the clock on the wall."""
        if self.seconds is not None:
            return self.seconds
        return max(SECONDS, PACE * len(job.html) / 1_000_000)


# In the child ------------------------------------------------------------------------------------

_fonts: tuple[Resource, ...] = ()
_limits = Limits()


def enter(fonts: tuple[Resource, ...], scratch: str, limits: Limits = Limits()) -> None:  # frozen
    """Prepare a child process before WeasyPrint is imported: only our fonts, no programs, limits.

    `scratch` is a folder that the caller owns and removes; fonts and fontconfig's cache are put there.
    """
    global _fonts, _limits  # once a process: fonts are large, jobs are many
    _fonts, _limits = fonts, limits
    _die_with_parent()
    furnish(fonts, scratch)
    folder = Path(scratch)
    os.environ["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    os.environ.pop("FONTCONFIG_PATH", None)
    os.environ["TMPDIR"] = scratch
    tempfile.tempdir = scratch  # the parent may have asked before: WeasyPrint's folders of fonts outlive a child
    # Looking for C libraries, ctypes would start gcc and ld a hundred times.
    os.environ["PATH"] = "/nonexistent"
    if sys.platform == "linux":
        # And it would read the list of all libraries once for each name that WeasyPrint tries before the right one,
        # which the loader finds without it.
        ctypes.util.find_library = _unlisted
    os.environ["LC_ALL"] = "C.UTF-8"
    if limits.memory:
        most = limits.memory + _inherited()
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _postpone()


def _postpone() -> None:
    """Let modules that WeasyPrint 70.0 imports and never uses for static faces wait until somebody calls them.

    Its own subsetting by fontTools, where there is no HarfBuzz, and variable fonts: together they take as long to load as the
    rest of WeasyPrint.
    """

    for name, functions in UNUSED.items():
        if name not in sys.modules:
            sys.modules[name] = _later(name, functions)


UNUSED = {"fontTools.subset": ("Options", "Subsetter"), "fontTools.varLib.instancer": ("instantiateVariableFont",)}
"""The modules, and what WeasyPrint names of them."""


def _later(name: str, functions: Sequence[str]) -> ModuleType:
    """Return a module whose functions load the true one when they are called."""
    module = ModuleType(name)

    def make(function: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if sys.modules.get(name) is module:
                del sys.modules[name]
            return getattr(import_module(name), function)(*arguments, **named)

        return call

    for function in functions:
        setattr(module, function, make(function))
    return module


def _unlisted(name: str) -> None:
    """Stand for `ctypes.util.find_library` where nobody shall look a library up: the name is no file of the loader's."""
    del name


def _inherited() -> int:
    """Return the bytes of address space that this child has before its first job: a fork counts its parent's."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0  # not Linux


PR_SET_PDEATHSIG = 1
"""An option of prctl(2): the signal that a process gets when its parent dies."""


def _die_with_parent() -> None:
    """Let the kernel end this child when its parent is killed; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def furnish(fonts: Sequence[Resource], scratch: str) -> None:
    """Write the fonts and the configuration that names no others into a folder, unless they are there."""
    folder = Path(scratch)
    shelf = folder / "fonts"
    shelf.mkdir(parents=True, exist_ok=True)
    for font in fonts:
        path = shelf / Path(font.name).name
        if not path.exists():
            path.write_bytes(font.data)
    conf = folder / "fonts.conf"
    if not conf.exists():
        conf.write_text(FONTS_CONF.format(fonts=shelf, cache=folder / "cache"), encoding="utf-8")


def run(job: Job) -> UnitResult:
    """Set one unit in a child that `enter` has prepared, within the time its size allows."""
    if not _fonts:  # WeasyPrint would end in a segmentation fault
        problem = Problem(
            "fonts-missing",
            "there are no fonts to set the book with",
            hint="install Stet anew: its own faces lie in `styles/fonts`",
        )
        return UnitResult(b"", EMPTY, (problem,))
    seconds = _limits.time(job)
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = used.ru_utime + used.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    # Both signals end the child: C code would not let a handler run.
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent + seconds) + 1, hard))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 2 * seconds)
    try:
        from pipeline.pdf.layout.unit import set_unit  # noqa: PLC0415  # imports WeasyPrint

        result = set_unit(job, _fonts)
        return replace(result, pdf=tighten(result.pdf), facts=folded(result.facts)) if result.pdf else result
    except MemoryError:
        os._exit(1)  # half-made things may be left in the libraries: this child sets no more
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _within(function: Callable[[Any], T], argument: Any, seconds: float) -> T:
    """Call a function that may use so many seconds of the processor."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))
    return function(argument)


# In the parent -----------------------------------------------------------------------------------


class Crew(AbstractContextManager["Crew"]):
    """A few child processes that set units; they start with the first job.

    `scratch` is an empty folder that the caller owns and removes afterwards.
    """

    def __init__(self, fonts: Sequence[Resource], scratch: str, workers: int, limits: Limits = Limits()) -> None:
        self.fonts = tuple(fonts)
        self.scratch = scratch
        self.workers = max(1, workers)
        self.limits = limits
        self._pool: Executor | None = None
        self._hired = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def set_units(self, jobs: Sequence[Job]) -> tuple[UnitResult, ...]:
        """Set all units, the longest first, and return their results in the order of the jobs."""
        return tuple(result for _, result in sorted(self.as_set(jobs)))

    def as_set(
        self, jobs: Sequence[Job], job: Callable[[Job], UnitResult] | None = None
    ) -> Iterator[tuple[int, UnitResult]]:
        """Yield the number of each job and its result as soon as it is there."""
        waiting = sorted(range(len(jobs)), key=lambda n: (-len(jobs[n].html), n))
        done: set[int] = set()
        try:
            pool = self._open(self._needed(len(jobs)))
            futures: Mapping[Future[UnitResult], int] = {pool.submit(job or run, jobs[n]): n for n in waiting}
            for future in as_completed(futures):
                result = future.result()
                done.add(futures[future])
                yield futures[future], result
        except BrokenProcessPool:
            self._close()
        for number in waiting:
            if number in done:
                continue
            try:
                yield number, self._open(1).submit(job or run, jobs[number]).result()
            except BrokenProcessPool:
                self._close()
                yield number, killed(jobs[number], self.limits)
        if len(done) < len(jobs):
            self._close()  # the next jobs shall have all workers again

    def each(self, function: Callable[[Any], T], arguments: Sequence[Any], seconds: float) -> tuple[T | None, ...]:
        """Return what a function makes of each argument, in their order; None where its process died."""
        found: list[T | None] = [None] * len(arguments)
        try:
            pool = self._open(self._needed(len(arguments)))
            futures = {pool.submit(_within, function, argument, seconds): n for n, argument in enumerate(arguments)}
            for future in as_completed(futures):
                found[futures[future]] = future.result()
        except BrokenProcessPool:
            self._close()
        return tuple(found)

    def _needed(self, jobs: int) -> int:
        return max(1, min(self.workers, jobs))

    def _open(self, workers: int) -> Executor:
        """Return a pool of so many workers: as many start at once, so where there is one job, one must do.

        A pool that is there and too small gives way to a larger one.
        """
        if self._pool is not None and self._hired < workers:
            self._close()
        if self._pool is None:
            self._hired = workers
            furnish(self.fonts, self.scratch)
            # Forked children share the fonts; the parent has neither threads nor WeasyPrint.
            self._pool = ProcessPoolExecutor(
                workers,
                mp_context=multiprocessing.get_context("fork"),
                initializer=enter,
                initargs=(self.fonts, self.scratch, self.limits),
            )
        return self._pool

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def killed(job: Job, limits: Limits) -> UnitResult:
    """Return what stands for a unit whose process was ended by its limits."""
    problem = Problem(
        "layout-killed",
        f"`{job.name}` could not be laid out within {limits.time(job):.0f} seconds and {limits.memory // 1024**2} MB",
        Span(job.path, 0, 0) if job.path else None,
        "look in it for a huge table, picture or paragraph",
    )
    return UnitResult(b"", EMPTY, (problem,))
