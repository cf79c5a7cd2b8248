"""Results of earlier builds, kept in a folder under the hash of all that they were made from.

An entry is believed only if it proves itself: it carries the SHA-256 of its key and its payload. What does not
match is thrown away and made anew, never an error, and nothing that is read is ever run. File times
are not looked at. A folder that cannot be read or written is a cache that keeps nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

MAGIC = b"stet cache 1\n"
INDEX = "index.json"

GENERATIONS = 8
"""How many builds an entry outlives without being asked for."""

SIZE = 1 << 30
"""Bytes that all entries may have together; older generations go first."""

ENTRY_LIMIT = 1 << 28
"""Bytes of one entry."""

_ENTRY = re.compile(r"[0-9a-f]{64}")


class Cache:
    """A folder of kept results.

    `get` and `put` may be called from several builds at the same time. `close` (or the end of a
    `with`) says that a build is over: what it used becomes the newest generation, and what the last
    builds have not asked for is deleted. Without it nothing is lost and nothing is deleted.
    """

    def __init__(self, folder: Path, *, generations: int = GENERATIONS, size: int = SIZE) -> None:
        self._folder = folder
        self._generations = generations
        self._size = size
        self._used: dict[str, None] = {}
        self._ready: bool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()

    def get(self, key: str) -> bytes | None:
        """Return what was kept under this very key, or None."""
        name = _name(key)
        path = self._folder / name
        try:
            data = _read(path)
        except OSError:
            return None
        payload = unpack(key, data)
        if payload is None:
            with suppress(OSError):
                os.unlink(path)
            return None
        self._used[name] = None
        return payload

    def put(self, key: str, payload: bytes) -> None:
        """Keep a result; where that is not possible it will be made again."""
        name = _name(key)
        if len(payload) > ENTRY_LIMIT or not self._prepare():
            return
        if self._write(name, pack(key, payload)):
            self._used[name] = None

    def clear(self) -> None:
        """Forget everything that was ever kept."""
        self._used.clear()
        with suppress(OSError):
            for name in os.listdir(self._folder):
                if _ENTRY.fullmatch(name) or name == INDEX or name.startswith(".new-"):
                    with suppress(OSError):
                        os.unlink(self._folder / name)

    def close(self) -> None:
        """End a build: forget what the last builds did not use."""
        if not self._used or not self._prepare():
            return
        with suppress(OSError), self._locked() as locked:
            if locked:
                self._turn()

    def _turn(self) -> None:
        names = sorted(os.listdir(self._folder))
        there = {name for name in names if _ENTRY.fullmatch(name)}
        older = self._read_index()
        known = {name for generation in older for name in generation}
        # What stands in no generation was kept by a build that never ended, or that still runs.
        newest = [name for name in sorted(there) if name in self._used or name not in known]
        rest = [[name for name in generation if name in there and name not in newest] for generation in older]
        generations = [newest, *(generation for generation in rest if generation)][: self._generations]
        kept: set[str] = set()
        room = self._size
        for number, generation in enumerate(generations):
            for name in generation:
                size = os.stat(self._folder / name, follow_symlinks=False).st_size
                room -= size if name not in kept else 0
                if number == 0 or room >= 0:
                    kept.add(name)
        index = [[name for name in generation if name in kept] for generation in generations]
        if not self._write(INDEX, json.dumps(index).encode()):
            return
        for name in names:
            if (_ENTRY.fullmatch(name) and name not in kept) or name.startswith(".new-"):
                with suppress(OSError):
                    os.unlink(self._folder / name)

    def _read_index(self) -> list[list[str]]:
        try:
            value = json.loads(_read(self._folder / INDEX))
        except (OSError, ValueError, RecursionError):
            return []
        if not isinstance(value, list):
            return []
        return [
            [name for name in generation if isinstance(name, str) and _ENTRY.fullmatch(name)]
            for generation in value
            if isinstance(generation, list)
        ]

    def _prepare(self) -> bool:
        """Make the folder, and say whether it is one: a link could lead the writing elsewhere."""
        if self._ready is None:
            try:
                with suppress(FileExistsError):
                    os.makedirs(self._folder)
                self._ready = stat.S_ISDIR(os.stat(self._folder, follow_symlinks=False).st_mode)
            except OSError:
                self._ready = False
        return self._ready

    def _write(self, name: str, data: bytes) -> bool:
        """Bring a file into the folder whole, or not at all."""
        # Two processes never have one number at the same time; leftovers go when a build ends.
        new = self._folder / f".new-{os.getpid()}-{name}"
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(handle, view) :]
            finally:
                os.close(handle)
            os.rename(new, self._folder / name)
        except OSError:
            with suppress(OSError):
                os.unlink(new)
            return False
        return True

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Hold the folder's lock if nobody else does: tidying can wait for the next build."""
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True
        finally:
            os.close(handle)


def pack(key: str, payload: bytes) -> bytes:
    """Return an entry: its digest, its key, its payload."""
    marked = key.encode("utf-8", "surrogatepass")
    body = len(marked).to_bytes(4, "big") + marked + payload
    return MAGIC + hashlib.sha256(body).digest() + body


def unpack(key: str, data: bytes) -> bytes | None:
    """Return the payload of an entry, or None when one bit of it is not as it was written for this key.

    >>> unpack("a", pack("a", b"words"))
    b'words'
    >>> unpack("b", pack("a", b"words"))
    """
    head, body = data[: len(MAGIC) + 32], data[len(MAGIC) + 32 :]
    marked = key.encode("utf-8", "surrogatepass")
    prefix = len(marked).to_bytes(4, "big") + marked
    if head != MAGIC + hashlib.sha256(body).digest() or not body.startswith(prefix):
        return None
    return body[len(prefix) :]


def _name(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> bytes:
    """Return the bytes of a regular file; links are not followed, pipes not waited for."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > ENTRY_LIMIT + 4096:
            raise OSError("not an entry")
        parts = []
        while part := os.read(handle, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(handle)
