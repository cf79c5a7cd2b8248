"""A book's folder comes in; its files go out, and nothing that does not stand in it.

This is the one way by which a build reads a book. Names are relative, with `/`, in NFC and sorted. Symbolic
links are not followed in any part of a path, and only regular files are read: no pipe is waited for, no
device is drained. Every refusal is a problem.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pipeline.source import Problem, Severity, Span

SIZE_LIMIT = 64_000_000
"""Bytes of a file that a book may show; texts have a smaller limit of their own."""

COUNT_LIMIT = 20_000
"""Files of a folder; more than this is not a book but a home folder."""

DEPTH_LIMIT = 16
"""Folders inside one another."""

OUTPUT = "dist"
"""The folder, beside the settings, that holds what was made of the book."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a book, each under its name in NFC; `shown` is the folder as its user wrote it."""

    root: Path
    shown: str
    files: Mapping[str, str]
    """the name in NFC, and the name on disk"""
    refused: Mapping[str, str]
    """what stands in the folder and is not read, and why"""
    problems: tuple[Problem, ...] = ()
    seen: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """the SHA-256 of every file that was read, by name: it fills as the book is read"""
    outside: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """that of every face that was read, which may lie outside the folder: by its path, from the folder"""

    @property
    def names(self) -> Collection[str]:
        """The names of all files, sorted."""
        return self.files.keys()

    def read(
        self, name: str, span: Span | None = None, *, limit: int = SIZE_LIMIT
    ) -> tuple[bytes | None, tuple[Problem, ...]]:
        """Return the bytes of a file, or None and why not, at the place that asked for it."""
        data, problem = self._read(name, span, limit)
        if data is not None:
            self.seen[unicodedata.normalize("NFC", name)] = hashlib.sha256(data).hexdigest()
        return data, () if problem is None else (problem,)

    def _read(self, name: str, span: Span | None, limit: int) -> tuple[bytes | None, Problem | None]:
        fault = _outside(name)
        if fault:
            return None, Problem(
                "path-outside",
                f"`{name}` cannot be used: {fault}",
                span,
                "put the file into the folder of the book, and write its path from there with `/`",
            )
        name = unicodedata.normalize("NFC", name)
        if name in self.refused:
            return None, _refusal(name, self.refused[name], span)
        handle = -1
        try:
            handle, why = _open(self.root, self.files.get(name, name).split("/"))
            if why:
                return None, _refusal(name, why, span)
            size = os.fstat(handle).st_size
            if size > limit:
                return None, _too_large(name, size, limit, span)
            data = _drain(handle, limit)
            # A file may grow while it is read.
            return (None, _too_large(name, len(data), limit, span)) if len(data) > limit else (data, None)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None, Problem("file-missing", f"there is no file `{name}` in the folder of the book", span)
            return None, _unreadable(name, error, span)
        finally:
            if handle >= 0:
                os.close(handle)


def open_folder(folder: Path) -> Folder:
    """Return the files of a folder, without what begins with a dot and without what builds put into `dist/`.

    The folder itself may be a link: whoever named it may choose. Nothing inside it may.
    """
    shown = str(folder)
    root = Path(os.path.realpath(folder))
    files: dict[str, str] = {}
    refused: dict[str, str] = {}
    problems: list[Problem] = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            with os.scandir(root / prefix if prefix else root) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            problems.append(_unreadable(prefix or shown, error, None))
            continue
        for entry in entries:
            if entry.name.startswith(".") or (not prefix and entry.name == OUTPUT):
                continue
            path = f"{prefix}/{entry.name}" if prefix else entry.name
            name = unicodedata.normalize("NFC", path)
            fault = _unusable(entry.name)
            if fault:
                refused[name] = fault
            elif entry.is_dir(follow_symlinks=False):
                if path.count("/") + 1 >= DEPTH_LIMIT:
                    refused[name] = f"it lies more than {DEPTH_LIMIT} folders deep"
                else:
                    waiting.append(path)
            elif not entry.is_file(follow_symlinks=False):
                refused[name] = _kind(entry)
            elif name in files:
                problems.append(_collision(name, name))
            else:
                files[name] = path
        if len(files) + len(refused) > COUNT_LIMIT:
            problems.append(
                Problem(
                    "folder-too-large",
                    f"`{shown}` holds more than {COUNT_LIMIT:,} files",
                    hint="a book is a folder of its own; is this the right one?",
                )
            )
            break
    files = dict(sorted(files.items()))
    problems.extend(_refusal(name, why, None, Severity.WARNING) for name, why in sorted(refused.items()))
    problems.extend(_collisions(files))
    return Folder(root, shown, MappingProxyType(files), MappingProxyType(refused), tuple(problems))


def _collisions(files: Collection[str]) -> list[Problem]:
    """Name files that are one file on a machine that does not tell capitals from small letters."""
    seen: dict[str, str] = {}
    problems = []
    for name in files:
        first = seen.setdefault(unicodedata.normalize("NFC", name.casefold()), name)
        if first != name:
            problems.append(_collision(first, name))
    return problems


def _collision(first: str, second: str) -> Problem:
    both = (
        f"`{first}` and `{second}` are"
        if first != second
        else f"two files are called `{first}`, written with accents in two ways:"
    )
    return Problem(
        "names-collide",
        f"{both} one file on many machines",
        hint="give them names that differ in more than capitals or accents",
        severity=Severity.WARNING,
    )


def _outside(name: str) -> str:
    """Say why a name is not one of a file in the folder, or ""."""
    if not name:
        return "it is empty"
    if "\0" in name:
        return "it holds a NUL character"
    if "\\" in name:
        return "it holds a backslash"
    if name.startswith("/"):
        return "it begins with `/`"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "it holds `..`, `.` or nothing between two `/`"
    return ""


def _unusable(part: str) -> str:
    """Say why a name on disk cannot be written in a manuscript, or ""."""
    try:
        part.encode("utf-8")
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in part):
        return "its name holds a control character"
    if "\\" in part:
        return "its name holds a backslash"
    return ""


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "it is a symbolic link, and links are not followed"
    return _irregular(entry.stat(follow_symlinks=False).st_mode)


def _irregular(mode: int) -> str:
    """Say what a thing is that is no regular file, or ""."""
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return "it is a folder"
    if stat.S_ISFIFO(mode):
        return "it is a pipe"
    if stat.S_ISSOCK(mode):
        return "it is a socket"
    return "it is a device"


def _open(root: Path, parts: list[str]) -> tuple[int, str]:
    """Open a file step by step, so that no link can come in between; return a handle, or -1 and why not."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            if stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
                return -1, f"`{part}` in it is a symbolic link, and links are not followed"
            inner = os.open(part, flags | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = inner
        mode = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            return -1, "it is a symbolic link, and links are not followed"
        if why := _irregular(mode):
            return -1, why
        handle = os.open(parts[-1], flags | os.O_NONBLOCK, dir_fd=folder)
        if why := _irregular(os.fstat(handle).st_mode):
            os.close(handle)
            return -1, why
        return handle, ""
    finally:
        os.close(folder)


def _drain(handle: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size <= limit and (part := os.read(handle, 1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _refusal(name: str, why: str, span: Span | None, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(
        "file-refused", f"`{name}` is not read: {why}", span, "put a plain file into the folder of the book", severity
    )


def _too_large(name: str, size: int, limit: int, span: Span | None) -> Problem:
    return Problem(
        "file-too-large",
        f"`{name}` has {size:,} bytes, more than the {limit:,} allowed",
        span,
        "make it smaller; no page needs a picture of more than 300 dots an inch",
    )


def _unreadable(name: str, error: OSError, span: Span | None) -> Problem:
    why = (error.strerror or "the system refuses").lower()
    return Problem("file-unreadable", f"`{name}` cannot be read: {why}", span)
