"""The jobs of a build are sent to a Dask `distributed` cluster: the same pure functions, on other machines.

    stet catalogue LIST --scheduler tcp://host:8786

The workers need Stet of the same version and nothing else: fonts go to each of them once, pages and pictures go with the jobs.
A worker that dies loses nothing, because the scheduler gives its jobs to another. Limits of memory are those of the
cluster (`dask worker --memory-limit`); a job that kills one worker after another becomes a problem of its unit.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from pipeline.html import Resource
from pipeline.pdf.facts import Job, UnitResult
from pipeline.pdf.join import tighten
from pipeline.pdf.workers import EMPTY, Crew, furnish
from pipeline.source import Problem, Span

T = TypeVar("T")

WAIT = 30
"""Seconds to wait for a scheduler."""

# On a worker of the cluster ---------------------------------------------------------------------

_one_at_a_time = threading.Lock()
_prepared: list[tempfile.TemporaryDirectory[str]] = []


def set_there(job: Job, fonts: tuple[Resource, ...]) -> UnitResult:
    """Set a unit on a worker. WeasyPrint has one state a process, so that one job runs at a time."""
    with _one_at_a_time:
        if not _prepared:
            scratch = tempfile.TemporaryDirectory(prefix="stet-")
            furnish(fonts, scratch.name)
            os.environ["FONTCONFIG_FILE"] = str(Path(scratch.name) / "fonts.conf")
            os.environ.pop("FONTCONFIG_PATH", None)
            os.environ["LC_ALL"] = "C.UTF-8"
            _prepared.append(scratch)
        from pipeline.pdf.layout.unit import set_unit  # noqa: PLC0415 loads WeasyPrint, after the fonts are known

        result = set_unit(job, fonts)
        return replace(result, pdf=tighten(result.pdf)) if result.pdf else result


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
