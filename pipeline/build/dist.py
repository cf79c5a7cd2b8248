"""Finished editions come in as bytes; `dist/` goes from one whole generation to the next.

Whatever ends a build, `dist/` holds all of the old generation or all of the new one. The new one
is written beside `dist/` under a name that begins with a dot, brought to disk, and the two folders
change places in one call to the system. What the folder held besides is carried over, never deleted.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import platform
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.source import Problem, Severity

RECORD = "edition.json"
"""The list of what stands in `dist/`: written last, and the measure for `stet check`."""

IGNORE = ".gitignore"
IGNORED = b"*\n!.gitignore\n"

UNFINISHED = ".stet-unfinished"
"""Stands in a staging folder until all is written: such a leftover holds nothing worth keeping."""

PATIENCE = 60.0
"""Seconds to wait for another build that is writing."""

RECORD_LIMIT = 4_000_000
"""Bytes of an `edition.json` that are read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What `edition.json` says of one file; `book` names the book that it belongs to."""

    book: str
    bytes: int
    sha256: str


def publish(
    out: Path,
    files: Mapping[str, bytes],
    record: Mapping[str, object],
    *,
    complete: bool = False,
    patience: float = PATIENCE,
) -> tuple[Problem, ...]:
    """Bring `files` into the folder `out` all at once, and list them in its `edition.json`.

    `record` is what the build says of itself; its "book" names the book. Mappings in it (editions by
    name) are laid over those that an earlier build of the same book left. Files of `out` that are not
    among `files` stay. With `complete`, all editions of the book are among `files`: what an earlier
    build of this book made, and nobody has changed, goes.

    A problem without a warning's mildness means that `out` is as it was. Nothing is written when all is
    there already. Raises ValueError for a name that would leave the folder: a mistake of ours.
    """
    for name in files:
        if not _is_plain(name):
            raise ValueError(f"not a name for a file in dist/: {name!r}")
    shown, linked = str(out), os.path.islink(out)
    try:
        out = Path(os.path.realpath(out))
        _make_folder(out.parent)
        with _lock(out.parent, patience) as locked:
            if not locked:
                return (
                    Problem(
                        "dist-locked",
                        f"another build has been writing `{shown}` for {patience:.0f} seconds",
                        hint="wait for it, or end it; nothing was changed",
                    ),
                )
            return _write(out, shown, files, record, complete, whole=not linked)
    except OSError as error:
        return (_unwritable(shown, error),)


def entries(out: Path) -> dict[str, Entry]:
    """Return what the `edition.json` of a folder lists; nothing when there is none or it is not ours.

    Raises OSError when it is there and cannot be read.
    """
    return _entries(_load(out))


def published(out: Path, book: str) -> dict[str, object]:
    """Return what the builds of a book said of themselves; nothing when none is there."""
    return dict(_records(_load(out)).get(book, {}))


def _write(
    out: Path, shown: str, files: Mapping[str, bytes], record: Mapping[str, object], complete: bool, *, whole: bool
) -> tuple[Problem, ...]:
    staging = out.with_name(f".{out.name}.stet-new")
    inner = out / ".stet-new"
    backup = out / ".stet-old"
    interrupted = False
    for leftover in (staging, inner, backup):
        if os.path.lexists(leftover):
            interrupted = True
            _discard(leftover, out)

    there = os.path.lexists(out)
    if there:
        for name in ("", RECORD, IGNORE, *files):
            _refuse_wrong_kind(out / name, folder=not name)
        if not os.access(out, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    old = _load(out) if there else {}
    listed = _entries(old)
    if there and not interrupted and (old or not os.path.lexists(out / RECORD)):
        foreign = [name for name in files if name not in listed and _is_foreign(out / name, files[name])]
        if foreign:
            return tuple(_foreign(shown, name) for name in foreign)
    book = str(record.get("book", ""))
    stale = {
        name
        for name, entry in listed.items()
        if complete and entry.book == book and name not in files and _digest(out / name) == entry.sha256
    }
    kept = {n: e for n, e in listed.items() if n not in files and n not in stale and os.path.lexists(out / n)}
    made = {name: Entry(book, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    records = _records(old)
    records[book] = _lay_over(records.get(book, {}), record, complete)
    page = _page({**kept, **made}, records)

    if there and not stale and _holds(out, {**files, RECORD: page}) and os.path.lexists(out / IGNORE):
        return ()
    new = {**files, RECORD: page}
    if not there or not os.path.lexists(out / IGNORE):
        new = {IGNORE: IGNORED, **new}

    if there and not (whole and _may_turn(out)):
        return _replace_one_by_one(out, shown, inner, backup, new, stale)
    try:
        _stage(staging, new)
        if there:
            _carry(out, staging, {*new, *stale})
            _look_like(staging, out)
        _finish(staging)
        if there:
            _exchange(staging, out)
        else:
            os.rename(staging, out)
    except BaseException as error:
        with suppress(OSError):
            if os.path.lexists(staging):
                _discard(staging, out)
        if there and isinstance(error, OSError) and error.errno in NO_EXCHANGE:
            return _replace_one_by_one(out, shown, inner, backup, new, stale)
        raise
    return _after(out, shown, staging if there else None)


def _is_foreign(path: Path, data: bytes) -> bool:
    """Say whether something stands where an edition should, and is not that edition already."""
    return os.path.lexists(path) and _digest(path) != hashlib.sha256(data).hexdigest()


def _foreign(shown: str, name: str) -> Problem:
    return Problem(
        "dist-foreign",
        f"`{name}` in `{shown}` was not made by a build, and an edition has the same name",
        hint="move it away or delete it; or build into another folder with `--out`",
    )


def _after(out: Path, shown: str, old: Path | None) -> tuple[Problem, ...]:
    """Do what comes after the new generation stands: its failures are warnings."""
    problems: list[Problem] = []
    try:
        _sync_folder(out.parent)
    except OSError as error:
        problems.append(
            Problem(
                "dist-unsynced",
                f"the editions stand in `{shown}`, but the system did not say that they are on disk: {error.strerror}",
                hint="look at the disk before you switch the machine off",
                severity=Severity.WARNING,
            )
        )
    if old is not None:
        try:
            _discard(old, out)
        except OSError as error:
            problems.append(
                Problem(
                    "dist-leftover",
                    f"the editions stand in `{shown}`, but the old ones could not be removed: {error.strerror}",
                    hint=f"delete `{old.name}` beside it, or let the next build do it",
                    severity=Severity.WARNING,
                )
            )
    return tuple(problems)


# The record ---------------------------------------------------------------------------------


def _load(out: Path) -> dict[str, object]:
    try:
        data = _read(out / RECORD, RECORD_LIMIT)
    except (FileNotFoundError, NotADirectoryError):
        return {}  # where `out` is no folder, writing says so
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _entries(record: Mapping[str, object]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    listed = record.get("files")
    for name, entry in listed.items() if isinstance(listed, dict) else ():
        if not _is_plain(name) or not isinstance(entry, dict):
            continue
        book, size, digest = entry.get("book"), entry.get("bytes"), entry.get("sha256")
        if isinstance(book, str) and isinstance(size, int) and isinstance(digest, str):
            found[name] = Entry(book, size, digest)
    return found


def _records(record: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    books = record.get("books")
    return {
        name: value for name, value in (books.items() if isinstance(books, dict) else ()) if isinstance(value, dict)
    }


def _lay_over(before: Mapping[str, object], record: Mapping[str, object], complete: bool) -> dict[str, object]:
    """Lay what this build says over what earlier builds of the book said, edition by edition."""
    merged = dict(record)
    for key, value in before.items():
        ours = merged.get(key)
        if not complete and isinstance(value, dict) and isinstance(ours, Mapping):
            merged[key] = {**value, **ours}
    return merged


def _page(listed: Mapping[str, Entry], records: Mapping[str, Mapping[str, object]]) -> bytes:
    books = {entry.book for entry in listed.values()}
    value = {
        "books": {book: records[book] for book in records if book in books},
        "files": {
            name: {"book": entry.book, "bytes": entry.bytes, "sha256": entry.sha256} for name, entry in listed.items()
        },
    }
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=dict) + "\n").encode()


def _is_plain(name: str) -> bool:
    return (
        0 < len(name.encode("utf-8", "surrogateescape")) < 256
        and not name.startswith(".")
        and "/" not in name
        and "\\" not in name
        and name.isprintable()
        and name != RECORD
    )


# Files --------------------------------------------------------------------------------------


def _read(path: Path, limit: int) -> bytes:
    """Return the bytes of a regular file, at most `limit`; it is not waited for a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a regular file")
        parts: list[bytes] = []
        size = 0
        while size <= limit and (part := os.read(handle, 1 << 20)):
            parts.append(part)
            size += len(part)
        return b"".join(parts)[:limit]
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(_read(path, sys.maxsize)).hexdigest()
    except OSError:
        return ""


def _holds(out: Path, files: Mapping[str, bytes]) -> bool:
    """Tell whether every file stands in the folder with these very bytes."""
    for name, data in files.items():
        path = out / name
        try:
            if os.stat(path, follow_symlinks=False).st_size != len(data) or _read(path, len(data) + 1) != data:
                return False
        except OSError:
            return False
    return True


def _put(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems cannot bring a folder to disk
            raise
    finally:
        os.close(handle)


def _make_folder(folder: Path) -> None:
    with suppress(FileExistsError):
        os.makedirs(folder)


def _stage(staging: Path, new: Mapping[str, bytes]) -> None:
    """Write a folder of new files, the record last; `_finish` takes its mark away."""
    os.mkdir(staging)
    _put(staging / UNFINISHED, b"")
    for name, data in new.items():
        _put(staging / name, data)


def _finish(staging: Path) -> None:
    os.unlink(staging / UNFINISHED)
    _sync_folder(staging)


def _look_like(new: Path, old: Path) -> None:
    """Give a folder the mode and, where we may, the owner of another one."""
    wanted, given = os.stat(old), os.stat(new)
    os.chmod(new, stat.S_IMODE(wanted.st_mode))
    if (wanted.st_uid, wanted.st_gid) != (given.st_uid, given.st_gid):
        with suppress(PermissionError):
            os.chown(new, wanted.st_uid, wanted.st_gid)


def _refuse_wrong_kind(path: Path, *, folder: bool) -> None:
    """Raise where a file stands for a folder, or the other way round: neither is ours to replace."""
    if not os.path.lexists(path):
        return
    is_folder = stat.S_ISDIR(os.stat(path, follow_symlinks=False).st_mode)
    if folder and not is_folder:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if is_folder and not folder:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _carry(old: Path, new: Path, but: set[str]) -> None:
    """Give the new folder everything that the old one held, but for the names given."""
    for name in _names(old):
        if name not in but and not os.path.lexists(new / name):
            _carry_one(old / name, new / name)


def _carry_one(old: Path, new: Path) -> None:
    mode = os.stat(old, follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode):
        os.mkdir(new)
        _carry(old, new, set())
        os.chmod(new, stat.S_IMODE(mode))
        return
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        if stat.S_ISLNK(mode):
            os.symlink(os.readlink(old), new)
        elif stat.S_ISREG(mode):
            _put(new, _read(old, sys.maxsize))
            os.chmod(new, stat.S_IMODE(mode))
        # A socket or a pipe that cannot be linked is nothing that could be lost.


def _names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def _discard(folder: Path, out: Path) -> None:
    """Remove a leftover or an old generation; what only it holds and we did not make goes to `out`."""
    if stat.S_ISDIR(os.stat(folder, follow_symlinks=False).st_mode):
        if os.path.lexists(folder / UNFINISHED) or folder.parent == out:
            ours = set(_names(folder))
        else:
            ours = {*_entries(_load(folder)), RECORD, IGNORE}
        names = _names(folder)
        # The marks that say what this folder is go last, should we be stopped here.
        for name in sorted(names, key=lambda name: (name in (RECORD, UNFINISHED), name)):
            if name in ours:
                _remove(folder / name)
            else:
                _rescue(folder / name, out / name)
        os.rmdir(folder)
    else:
        os.unlink(folder)


def _rescue(old: Path, new: Path) -> None:
    """Remove a file of somebody else from an old generation, unless `dist/` lacks it: then move it there."""
    if not os.path.lexists(new):
        _make_folder(new.parent)
        os.rename(old, new)
    elif stat.S_ISDIR(os.stat(old, follow_symlinks=False).st_mode):
        if stat.S_ISDIR(os.stat(new, follow_symlinks=False).st_mode):
            for name in _names(old):
                _rescue(old / name, new / name)
        os.rmdir(old)
    else:
        os.unlink(old)


def _remove(path: Path) -> None:
    if stat.S_ISDIR(os.stat(path, follow_symlinks=False).st_mode):
        for name in _names(path):
            _remove(path / name)
        os.rmdir(path)
    else:
        os.unlink(path)


# The turn -----------------------------------------------------------------------------------

FEW = 500
"""Files of others that are worth a second name each, so that all can change places at once."""


def _may_turn(out: Path) -> bool:
    """Tell whether this is a folder for editions, and not one that people live in.

    A link in an unknown book, or a slip of `--out`, may name a home folder: that is not
    replaced by another one, but gets its editions file by file.
    """
    if os.stat(out).st_dev != os.stat(out.parent).st_dev:
        return False  # a mount point
    with suppress(FileNotFoundError):  # somebody may have deleted the folder that we stand in
        here = Path(os.path.realpath(os.getcwd()))
        if here == out or out in here.parents:
            return False
    names = _names(out)
    if RECORD not in names and not {*names} <= {IGNORE}:
        return False
    seen = 0
    for _, folders, others in os.walk(out):
        seen += len(folders) + len(others)
        if seen > FEW:
            return False
    return True


NO_EXCHANGE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.EXDEV, errno.EBUSY, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}
)
"""Why two folders may not change places: a mount point, an old kernel, a parent that is closed to us."""

NO_LINK = frozenset({errno.EPERM, errno.EACCES, errno.EXDEV, errno.EMLINK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL})
"""Why a file may not have a second name: then it is copied."""

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h
RENAME_SWAP = 2  # macOS, sys/stdio.h
RENAMEAT2 = {"x86_64": 316, "aarch64": 276, "riscv64": 276, "ppc64le": 357, "s390x": 347, "armv7l": 382, "i686": 353}


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change places, in one step; OSError says why not."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        if not hasattr(library, "renamex_np"):
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        answer = library.renamex_np(first, second, ctypes.c_uint(RENAME_SWAP))
    elif hasattr(library, "renameat2"):
        answer = library.renameat2(AT_FDCWD, first, AT_FDCWD, second, ctypes.c_uint(RENAME_EXCHANGE))
    elif (number := RENAMEAT2.get(platform.machine())) and sys.maxsize > 1 << 32:
        # A C library without the function (musl before 1.2.5) still has the kernel.
        answer = library.syscall(ctypes.c_long(number), AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _replace_one_by_one(
    out: Path, shown: str, staging: Path, backup: Path, new: Mapping[str, bytes], stale: set[str]
) -> tuple[Problem, ...]:
    """Replace file by file, the record last, where folders may not change places.

    A failure puts all back. Only a kill between two renames can leave old beside new, and then
    the files do not agree with `edition.json`, which `stet check` sees.
    """
    changed = [name for name in new if not _holds(out, {name: new[name]})]
    done: list[str] = []
    try:
        _stage(staging, {name: new[name] for name in changed})
        os.mkdir(backup)
        for name in (*changed, *sorted(stale)):
            if os.path.lexists(out / name):
                _carry_one(out / name, backup / name)
        _sync_folder(staging)
        for name in changed:
            done.append(name)
            os.replace(staging / name, out / name)
        for name in sorted(stale):
            done.append(name)
            os.unlink(out / name)
        _sync_folder(out)
    except BaseException:
        for name in reversed(done):
            if os.path.lexists(backup / name):
                with suppress(OSError):
                    os.replace(backup / name, out / name)
            elif not os.path.lexists(staging / name):
                with suppress(OSError):
                    os.unlink(out / name)
        for folder in (staging, backup):
            with suppress(OSError):
                if os.path.lexists(folder):
                    _discard(folder, out)
        raise
    problems: tuple[Problem, ...] = ()
    for folder in (staging, backup):
        try:
            _discard(folder, out)
        except OSError as error:
            problems = (
                Problem(
                    "dist-leftover",
                    f"the editions stand in `{shown}`, but `{folder.name}` in it could not be removed: {error.strerror}",
                    hint="delete it, or let the next build do it",
                    severity=Severity.WARNING,
                ),
            )
    return problems


@contextmanager
def _lock(folder: Path, patience: float) -> Iterator[bool]:
    """Hold the lock on a folder, and say whether it could be had; it is free at once when we die.

    The folder itself is locked, so that no lock file stays behind. Where that is not possible
    (NFS wants to write what it locks) a file in it is.
    """
    handle = _open_lock(folder)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    yield False
                    return
                time.sleep(0.02)
        yield True
    finally:
        with suppress(OSError):  # the work is done or undone by now
            os.close(handle)


def _open_lock(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return handle
    except OSError as error:
        os.close(handle)
        if error.errno not in (errno.EBADF, errno.EINVAL, errno.EISDIR, errno.ENOLCK, errno.ENOTSUP):
            raise
        return os.open(folder / ".stet-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    return handle


HINTS = {
    errno.ENOSPC: "make room on the disk; nothing was changed",
    errno.EDQUOT: "make room in your quota; nothing was changed",
    errno.EROFS: "it is on a file system that may only be read; name another folder with `--out`",
    errno.EACCES: "allow writing there, or name another folder with `--out`",
    errno.EPERM: "allow writing there, or name another folder with `--out`",
    errno.ENOTDIR: "a file stands where the folder should be; move it away, or name another folder with `--out`",
    errno.EISDIR: "a folder stands where an edition should be; move it away, or name another folder with `--out`",
}


def _unwritable(shown: str, error: OSError) -> Problem:
    why = (error.strerror or "the system refuses").lower()
    return Problem(
        "dist-unwritable",
        f"the editions could not be written to `{shown}`: {why}",
        hint=HINTS.get(error.errno or 0, "the editions that were there before are unchanged"),
    )
