"""The jobs of a build are sent to a Dask `distributed` cluster: the same pure functions, on other machines.

    stet catalogue LIST --scheduler tcp://host:8786

The workers need Stet of the same version and nothing else: fonts go to each of them once, pages and pictures go with the jobs.
A worker that dies loses nothing, because the scheduler gives its jobs to another. Units are set by a child of the worker that has
the limits of one on this machine; a unit that reaches them becomes one problem, and the worker lives on.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, TypeVar

from pipeline.html import Resource
from pipeline.pdf.facts import Job, UnitResult
from pipeline.pdf.workers import EMPTY, Crew, Limits, enter, killed, run
from pipeline.source import Problem, Span

T = TypeVar("T")

WAIT = 30
"""Seconds to wait for a scheduler."""

LIMITS = Limits()

# In a child of a worker --------------------------------------------------------------------------


def answer(handle: int) -> None:
    """Set the units that come in through a pipe, until it ends, within the limits of a child on this machine."""
    line = Connection(handle)
    fonts, scratch, limits = line.recv()
    enter(fonts, scratch, limits)
    while True:
        try:
            job = line.recv()
        except EOFError:
            return
        line.send(run(job))


# On a worker of the cluster ---------------------------------------------------------------------


class _Child:
    """A process that sets units for a worker, one after the other.

    It is no process of `multiprocessing`, since Dask's workers may have none, and none that is forked, since they have threads.
    """

    def __init__(self, fonts: tuple[Resource, ...], limits: Limits) -> None:
        self.limits = limits
        self.scratch = tempfile.TemporaryDirectory(prefix="stet-")
        self.line, there = Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from pipeline.build.cluster import answer; answer({there.fileno()})"],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        there.close()
        self.line.send((fonts, self.scratch.name, limits))

    def set_unit(self, job: Job) -> UnitResult:
        """Return what became of a unit; raises EOFError or OSError when the process has ended."""
        self.line.send(job)
        result: UnitResult = self.line.recv()
        return result

    def end(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.wait()
        self.scratch.cleanup()


_one_at_a_time = threading.Lock()
_children: list[_Child] = []


def set_there(job: Job, fonts: tuple[Resource, ...], limits: Limits = LIMITS) -> UnitResult:
    """Set a unit in the child of this worker. A child that has ended is followed by another, which tries once more."""
    with _one_at_a_time:
        for _ in range(2):
            if _children and _children[0].limits != limits:
                _children.pop().end()
            try:
                if not _children:
                    _children.append(_Child(fonts, limits))
                return _children[0].set_unit(job)
            except (EOFError, OSError):
                _children.pop().end()
        return killed(job, limits)


@atexit.register
def _end_children() -> None:
    while _children:
        _children.pop().end()


# Here -------------------------------------------------------------------------------------------


class MissingClusterError(Exception):
    """There is no Dask here, or no scheduler at the address: the message says which."""


class Cluster(Crew):
    """A crew on other machines, with the same methods as one on this."""

    def __init__(self, address: str, fonts: Sequence[Resource]) -> None:
        super().__init__(fonts, "", 1)
        try:
            import distributed  # noqa: PLC0415 an extra that few need
        except ImportError as error:
            raise MissingClusterError("Dask is not installed: `pip install stet-press[cluster]`") from error
        try:
            dask: Any = distributed
            self._client: Any = dask.Client(address, timeout=WAIT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise MissingClusterError(f"there is no scheduler at {address}") from error
        # data, not a file: it is on every worker before the first job, and stays as long as the client
        self._fonts: Any = self._client.scatter([self.fonts], broadcast=True, hash=False)[0]
        self._executor: Any = self._client.get_executor(pure=False, retries=3)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()

    def as_set(
        self, jobs: Sequence[Job], job: Callable[[Job], UnitResult] | None = None
    ) -> Iterator[tuple[int, UnitResult]]:
        """Yield the number of each job and its result as soon as it is there; the longest go first."""
        del job  # what a child process of this machine runs
        waiting = sorted(range(len(jobs)), key=lambda n: (-len(jobs[n].html), n))
        futures = {self._executor.submit(set_there, jobs[n], self._fonts): n for n in waiting}
        for future in as_completed(futures):
            number = futures[future]
            try:
                yield number, future.result()
            except Exception as error:  # noqa: BLE001 whatever the cluster does to a job is one problem of this unit
                yield number, _lost(jobs[number], error)

    def each(self, function: Callable[[Any], T], arguments: Sequence[Any], seconds: float) -> tuple[T | None, ...]:
        """Return what a function makes of each argument, in their order; None where it could not be done."""
        futures = [self._executor.submit(function, argument) for argument in arguments]
        found: list[T | None] = []
        for future in futures:
            try:
                found.append(future.result(timeout=10 * seconds))
            except Exception:  # noqa: BLE001 what is not proved there is read here
                found.append(None)
        return tuple(found)


def _lost(job: Job, error: Exception) -> UnitResult:
    problem = Problem(
        "layout-killed",
        f"`{job.name}` could not be laid out on the cluster: {type(error).__name__}: {str(error)[:200]}",
        Span(job.path, 0, 0) if job.path else None,
        "look in it for a huge table, picture or paragraph, or give the workers more memory",
    )
    return UnitResult(b"", EMPTY, (problem,))
