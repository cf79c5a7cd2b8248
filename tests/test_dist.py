"""`dist/` holds one whole generation, whatever ends a build, and never loses what others put there."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.build import dist
from pipeline.build.dist import entries, publish, published
from pipeline.source import Problem, Severity

ROOT = Path(__file__).resolve().parents[1]

OLD = {"loomings-print.pdf": b"%PDF old", "loomings.epub": b"PK old"}
NEW = {
    "loomings-print.pdf": b"%PDF new, and longer" * 999,
    "loomings-screen.pdf": b"%PDF first",
    "loomings.epub": b"PK new",
}
RECORD: dict[str, object] = {"book": "loomings", "editions": {"print": {"pages": 3}, "epub": {"files": 9}}}

Tree = Mapping[str, object]


def tree(folder: Path) -> dict[str, object]:
    """Everything in a folder: bytes of files, targets of links, folders inside."""
    found: dict[str, object] = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            found[path.name] = f"-> {path.readlink()}"
        else:
            found[path.name] = tree(path) if path.is_dir() else path.read_bytes()
    return found


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def errors(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems if problem.severity is Severity.ERROR]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "book é" / "dist"


def a_users_files(out: Path) -> None:
    """What a publisher may have laid beside the editions."""
    (out / "press").mkdir()
    (out / "press" / "letter.txt").write_bytes(b"Dear printer")
    (out / "press" / "empty").mkdir()
    (out / "proof.pdf").write_bytes(b"%PDF with marks in red")
    (out / ".hidden").write_bytes(b"h")
    (out / "latest").symlink_to("loomings.epub")


USERS = {
    "press": {"letter.txt": b"Dear printer", "empty": {}},
    "proof.pdf": b"%PDF with marks in red",
    ".hidden": b"h",
    "latest": "-> loomings.epub",
}


def test_first_editions_make_the_folder_and_list_themselves(out: Path) -> None:
    assert publish(out, OLD, RECORD) == ()
    assert set(tree(out)) == {*OLD, "edition.json", ".gitignore"}
    assert (out / ".gitignore").read_bytes() == b"*\n!.gitignore\n"
    record = json.loads((out / "edition.json").read_bytes())
    assert record["books"]["loomings"] == RECORD
    for name, data in OLD.items():
        assert (out / name).read_bytes() == data
        assert record["files"][name] == {
            "book": "loomings",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    assert os.listdir(out.parent) == ["dist"]


def test_the_same_editions_again_write_nothing(out: Path) -> None:
    publish(out, OLD, RECORD)
    a_users_files(out)
    before = {path: path.lstat() for path in [out, *out.rglob("*")]}
    assert publish(out, OLD, RECORD) == ()
    assert {path: path.lstat() for path in [out, *out.rglob("*")]} == before


def test_an_edition_that_somebody_damaged_is_made_good(out: Path) -> None:
    publish(out, OLD, RECORD)
    (out / "loomings.epub").write_bytes(b"PK ol?")
    assert publish(out, OLD, RECORD) == ()
    assert (out / "loomings.epub").read_bytes() == OLD["loomings.epub"]


def test_one_edition_alone_leaves_the_others_and_what_they_said(out: Path) -> None:
    publish(out, OLD, RECORD)
    a_users_files(out)
    problems = publish(out, {"loomings.epub": b"PK new"}, {"book": "loomings", "editions": {"epub": {"files": 10}}})
    assert problems == ()
    held = tree(out)
    assert held["loomings-print.pdf"] == OLD["loomings-print.pdf"]
    assert held["loomings.epub"] == b"PK new"
    assert {name: held[name] for name in USERS} == USERS
    assert published(out, "loomings")["editions"] == {"print": {"pages": 3}, "epub": {"files": 10}}
    assert published(out, "another") == {}
    assert set(entries(out)) == set(OLD)
    assert os.listdir(out.parent) == ["dist"]


def test_a_users_gitignore_stays(out: Path) -> None:
    out.mkdir(parents=True)
    (out / ".gitignore").write_bytes(b"*.epub\n")
    assert publish(out, OLD, RECORD) == ()
    assert (out / ".gitignore").read_bytes() == b"*.epub\n"


def test_all_editions_of_a_book_take_away_what_it_no_longer_makes(out: Path) -> None:
    publish(out, OLD, RECORD)
    publish(out, {"other.epub": b"PK other"}, {"book": "other"})
    a_users_files(out)
    assert publish(out, {"loomings.epub": b"PK new"}, {"book": "loomings"}, complete=True) == ()
    assert set(tree(out)) == {"loomings.epub", "other.epub", "edition.json", ".gitignore", *USERS}
    assert set(entries(out)) == {"loomings.epub", "other.epub"}


def test_an_edition_that_somebody_changed_is_not_taken_away(out: Path) -> None:
    publish(out, OLD, RECORD)
    (out / "loomings-print.pdf").write_bytes(b"%PDF with my comments")
    publish(out, {"loomings.epub": b"PK new"}, {"book": "loomings"}, complete=True)
    assert (out / "loomings-print.pdf").read_bytes() == b"%PDF with my comments"


def test_mode_of_the_folder_stays(out: Path) -> None:
    publish(out, OLD, RECORD)
    out.chmod(0o2770)
    publish(out, NEW, RECORD)
    assert out.stat().st_mode & 0o7777 == 0o2770


def test_a_link_to_a_folder_elsewhere_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "dist"
    link.symlink_to("disk")
    assert publish(link, OLD, RECORD) == ()
    assert link.is_symlink()
    assert (tmp_path / "disk" / "loomings.epub").read_bytes() == OLD["loomings.epub"]


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"files": 3}', b'{"files": {"../x": {}, "a": 1}, "books": []}'],
    ids=["empty", "cut", "list", "bytes", "deep", "number", "shapes"],
)
def test_a_spoilt_record_is_made_anew(out: Path, garbage: bytes) -> None:
    out.mkdir(parents=True)
    (out / "edition.json").write_bytes(garbage)
    assert publish(out, OLD, RECORD) == ()
    assert set(entries(out)) == set(OLD)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a\nb", "a\x1b[2J", "\u202egnp", "edition.json", "é" * 200],
)
def test_a_name_that_leaves_the_folder_is_our_mistake(out: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        publish(out, {name: b""}, RECORD)
    assert not out.exists()


def test_a_file_where_the_folder_should_be_is_not_touched(out: Path) -> None:
    out.parent.mkdir()
    out.write_bytes(b"a file")
    assert codes(publish(out, OLD, RECORD)) == ["dist-unwritable"]
    assert out.read_bytes() == b"a file"
    assert codes(publish(out / "inner", OLD, RECORD)) == ["dist-unwritable"]


def test_a_file_of_somebody_with_the_name_of_an_edition_is_not_touched(out: Path) -> None:
    out.mkdir(parents=True)
    (out / "a.pdf").write_bytes(b"a proof that a reader sent back")
    (problem,) = publish(out, {"a.pdf": b"new", "b.pdf": b"new too"}, {"book": "book"})
    assert problem.code == "dist-foreign"
    assert "`a.pdf`" in problem.message
    assert [path.name for path in out.iterdir()] == ["a.pdf"]
    assert (out / "a.pdf").read_bytes() == b"a proof that a reader sent back"
    (out / "a.pdf").unlink()
    assert publish(out, {"a.pdf": b"new", "b.pdf": b"new too"}, {"book": "book"}) == ()
    # Beside editions of ours too; and what is byte for byte the edition may stay.
    (out / "c.pdf").write_bytes(b"mine")
    assert [problem.code for problem in publish(out, {"c.pdf": b"ours"}, {"book": "book"})] == ["dist-foreign"]
    assert publish(out, {"c.pdf": b"mine"}, {"book": "book"}) == ()


def test_a_folder_where_an_edition_should_be_is_not_touched(out: Path) -> None:
    (out / "loomings.epub").mkdir(parents=True)
    (out / "loomings.epub" / "precious").write_bytes(b"p")
    problems = publish(out, OLD, RECORD)
    assert codes(problems) == ["dist-unwritable"]
    assert "folder" in problems[0].hint
    assert tree(out) == {"loomings.epub": {"precious": b"p"}}


def test_another_builder_is_waited_for_and_then_named(out: Path) -> None:
    publish(out, OLD, RECORD)
    before = tree(out)
    handle = os.open(out.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        problems = publish(out, NEW, RECORD, patience=0.05)
    finally:
        os.close(handle)
    assert codes(problems) == ["dist-locked"]
    assert tree(out) == before
    assert publish(out, NEW, RECORD, patience=0.05) == ()


def test_where_folders_cannot_be_locked_a_file_is(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fcntl.flock

    def as_nfs(handle: int, how: int) -> None:
        if os.path.isdir(f"/dev/fd/{handle}") or os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(errno.EBADF, "needs to write")
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", as_nfs)
    assert publish(out, OLD, RECORD) == ()
    handle = os.open(out.parent / ".stet-lock", os.O_RDWR)
    real(handle, fcntl.LOCK_EX)
    assert codes(publish(out, NEW, RECORD, patience=0.05)) == ["dist-locked"]
    os.close(handle)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(out: Path) -> None:
    publish(out, OLD, RECORD)
    before = tree(out)
    out.chmod(0o555)
    try:
        problems = publish(out, NEW, RECORD)
    finally:
        out.chmod(0o755)
    assert codes(problems) == ["dist-unwritable"]
    assert tree(out) == before


def same_folder(out: Path) -> Callable[[], bool]:
    before = out.stat().st_ino
    return lambda: out.stat().st_ino == before


def test_a_folder_that_people_live_in_is_not_replaced(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder is never exchanged for another one: not by `--out`, not by a link in a book."""
    out.mkdir(parents=True)
    (out / "letter.txt").write_bytes(b"Dear")
    stays = same_folder(out)
    assert publish(out, OLD, RECORD) == ()
    assert stays()
    assert set(tree(out)) == {"letter.txt", *OLD, "edition.json", ".gitignore"}
    # From the second time on it is known for a folder of editions …
    assert publish(out, NEW, RECORD) == ()
    assert not stays()
    # … unless somebody stands in it, it is a link, or it holds a great deal.
    stays = same_folder(out)
    (out / "inner").mkdir()
    with monkeypatch.context() as patch:
        patch.chdir(out / "inner")
        assert publish(out, OLD, RECORD) == ()
    assert stays()
    link = out.parent / "link"
    link.symlink_to(out)
    assert publish(link, NEW, RECORD) == ()
    assert stays()
    for number in range(500):
        (out / "inner" / str(number)).touch()
    assert publish(out, OLD, RECORD) == ()
    assert stays()
    assert (out / "loomings.epub").read_bytes() == OLD["loomings.epub"]
    assert len(list((out / "inner").iterdir())) == 500
    assert sorted(os.listdir(out.parent)) == ["dist", "link"]


# Leftovers ----------------------------------------------------------------------------------


def test_a_half_written_generation_is_removed(out: Path) -> None:
    publish(out, OLD, RECORD)
    left = out.parent / ".dist.stet-new"
    left.mkdir()
    (left / ".stet-unfinished").touch()
    (left / "loomings-screen.pdf").write_bytes(b"%PDF ha")
    assert publish(out, OLD, RECORD) == ()
    assert os.listdir(out.parent) == ["dist"]
    assert "loomings-screen.pdf" not in tree(out)


def test_an_old_generation_gives_back_what_only_it_holds(out: Path) -> None:
    """Somebody saved a file into the folder in the very moment in which it changed places."""
    publish(out, OLD, RECORD)
    a_users_files(out)
    left = out.parent / ".dist.stet-new"
    shutil.copytree(out, left, symlinks=True)
    (left / "late.txt").write_bytes(b"saved late")
    (left / "press" / "late.txt").write_bytes(b"saved late too")
    assert publish(out, NEW, RECORD) == ()
    held = tree(out)
    assert held["late.txt"] == b"saved late"
    assert held["press"] == {**USERS["press"], "late.txt": b"saved late too"}  # type: ignore[dict-item]
    assert os.listdir(out.parent) == ["dist"]


def test_an_old_generation_outlives_its_folder(out: Path) -> None:
    publish(out, OLD, RECORD)
    (out / "proof.pdf").write_bytes(b"mine")
    out.rename(out.parent / ".dist.stet-new")
    assert publish(out, NEW, RECORD) == ()
    assert tree(out)["proof.pdf"] == b"mine"
    assert os.listdir(out.parent) == ["dist"]


# Faults, one by one -------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: from now on nothing is done."""


CALLS = (
    "open read write fsync close mkdir makedirs link symlink readlink rename replace unlink rmdir chmod chown listdir "
    "stat fstat access getcwd walk"
).split()


class Faults:
    """Stands for `os` in the writer, and lets the call number `at` fail (or the process die there)."""

    def __init__(self, at: int, fault: int | None) -> None:
        self.at, self.fault, self.count, self.dead = at, fault, 0, False
        self.handles: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return self.guard(name, real) if name in CALLS else real

    def guard(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if self.dead:
                raise Killed
            self.count += 1
            if self.count == self.at:
                if self.fault is None:
                    self.dead = True
                    if name == "write":
                        real(args[0], bytes(args[1])[: len(args[1]) // 2])
                    raise Killed
                if name == "close":
                    real(*args)
                    self.handles.discard(args[0])
                raise OSError(self.fault, os.strerror(self.fault))
            answer = real(*args, **named)
            if name == "open":
                self.handles.add(answer)
            elif name == "close":
                self.handles.discard(args[0])
            return answer

        return call

    def bury(self) -> None:
        """What the system does for the dead: close their files, and so free their locks."""
        for handle in self.handles:
            os.close(handle)


def refuse(one: Path, other: Path) -> None:
    raise OSError(errno.EINVAL, "no exchange here")


def prepare(out: Path, case: str) -> None:
    if out.parent.exists():
        shutil.rmtree(out.parent)
    out.parent.mkdir(parents=True)
    if case != "first":
        assert publish(out, OLD, RECORD) == ()
        a_users_files(out)


def build(out: Path, monkeypatch: pytest.MonkeyPatch, case: str, faults: Faults | None) -> tuple[Problem, ...] | None:
    """Publish the new editions under faults; None when the process was killed."""
    with monkeypatch.context() as patch:
        exchange = refuse if case == "one by one" else dist._exchange
        if faults is None:
            patch.setattr(dist, "_exchange", exchange)
            return publish(out, NEW, RECORD, complete=True)
        patch.setattr(dist, "os", faults)
        patch.setattr(dist, "_exchange", faults.guard("exchange", exchange))
        patch.setattr(fcntl, "flock", faults.guard("flock", fcntl.flock))
        try:
            return publish(out, NEW, RECORD, complete=True, patience=0.01)
        except Killed:
            return None
        finally:
            faults.bury()


def agrees(out: Path) -> bool:
    """What `stet check` asks: are the files those of the record?"""
    return all(
        (out / name).is_file() and hashlib.sha256((out / name).read_bytes()).hexdigest() == entry.sha256
        for name, entry in entries(out).items()
    )


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(errno.ENOSPC, id="ENOSPC"),
        pytest.param(errno.EIO, id="EIO", marks=pytest.mark.slow),
        pytest.param(errno.EACCES, id="EACCES", marks=pytest.mark.slow),
        pytest.param(None, id="kill"),
    ],
)
@pytest.mark.parametrize("case", ["exchange", "one by one", "first"])
def test_whatever_fails_wherever_the_folder_holds_one_generation(
    out: Path, monkeypatch: pytest.MonkeyPatch, case: str, fault: int | None
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # its failure is tested, its slowness is not
    prepare(out, case)
    old = tree(out) if out.exists() else None
    whole = Faults(0, fault)
    assert build(out, monkeypatch, case, whole) == ()
    new = tree(out)
    assert whole.count > 30
    seen = {"old": 0, "new": 0}
    for at in range(1, whole.count + 1):
        prepare(out, case)
        problems = build(out, monkeypatch, case, Faults(at, fault))
        held = tree(out) if out.exists() else None
        # Dot names of ours may be left inside by a kill; nothing else may.
        left = {name: value for name, value in (held or {}).items() if not name.startswith(".stet-")} if held else held
        if problems is None:
            mixed = case == "one by one" and left not in (old, new)
            assert mixed or left in (old, new), f"call {at}"
            assert not (mixed and agrees(out)), f"call {at}: a mixture that nobody would notice"
        else:
            found = left if "dist-leftover" in codes(problems) else held
            assert found == (old if errors(problems) else new), f"call {at}: {problems}"
            assert set(codes(problems)) <= {"dist-unwritable", "dist-leftover", "dist-unsynced"}
        seen["old" if left == old else "new"] += 1
        assert build(out, monkeypatch, case, None) == (), f"after call {at}"
        assert tree(out) == new, f"after call {at}"
        assert os.listdir(out.parent) == ["dist"], f"after call {at}"
    assert seen["old"] > 10
    assert seen["new"] > 0


def test_a_second_disk_gets_its_editions_file_by_file(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mount point cannot change places with a folder outside."""
    prepare(out, "one by one")
    real = os.stat

    class Disks:
        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def stat(self, path: Any, **named: Any) -> os.stat_result:
            found = real(path, **named)
            if Path(path) == out:
                fields = list(found)
                fields[2] += 1
                return os.stat_result(fields)
            return found

        def mkdir(self, path: Any, *args: Any) -> None:
            assert out in Path(path).parents, "nothing may be written beside a mount point"
            os.mkdir(path, *args)

    monkeypatch.setattr(dist, "os", Disks())
    assert publish(out, NEW, RECORD, complete=True) == ()
    held = tree(out)
    assert {name: held[name] for name in NEW} == NEW
    assert {name: held[name] for name in USERS} == USERS
    assert set(held) == {*NEW, *USERS, "edition.json", ".gitignore"}


def test_files_that_cannot_have_two_names_are_copied(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(out, "exchange")

    def link(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)
    assert publish(out, NEW, RECORD) == ()
    held = tree(out)
    assert {name: held[name] for name in USERS} == USERS


# Several builders, and the real system ------------------------------------------------------


def builder(out: Path, number: int, rounds: int) -> None:
    for turn in range(rounds):
        data = f"{number}.{turn}".encode() * 5000
        problems = publish(out, {"a.pdf": data, "b.epub": data[::-1]}, {"book": "b", "who": str(number)})
        if problems:
            raise SystemExit(f"{problems}")


@pytest.mark.concurrency
def test_builders_at_the_same_time_never_mix(out: Path) -> None:
    publish(out, OLD, RECORD)
    crew = [multiprocessing.Process(target=builder, args=(out, number, 12)) for number in range(4)]
    for process in crew:
        process.start()
    looks = 0
    while any(process.is_alive() for process in crew):
        # A reader who holds the folder open sees one generation, also while it is replaced.
        handle = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
        try:
            parts = [read_at(handle, name) for name in ("a.pdf", "b.epub")]
        finally:
            os.close(handle)
        if parts[0] is not None and parts[1] is not None:
            assert parts[0] == parts[1][::-1]
            looks += 1
    for process in crew:
        process.join()
        assert process.exitcode == 0
    assert looks > 0
    assert agrees(out)
    assert (out / "a.pdf").read_bytes() == (out / "b.epub").read_bytes()[::-1]
    assert os.listdir(out.parent) == ["dist"]


def read_at(folder: int, name: str) -> bytes | None:
    try:
        handle = os.open(name, os.O_RDONLY, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read()


TRACED = {"loomings-print.pdf": b"%PDF new" * 70000, "loomings.epub": b"PK new"}
PROGRAM = """
import sys, types
from pathlib import Path
sys.path.insert(0, {root!r})
# The writer alone: the whole room would load half a second of libraries each time.
room = types.ModuleType("pipeline.build")
room.__path__ = [{root!r} + "/pipeline/build"]
sys.modules["pipeline.build"] = room
from pipeline.build.dist import publish
from pipeline.source import Severity
new = {{"loomings-print.pdf": b"%PDF new" * 70000, "loomings.epub": b"PK new"}}  # as TRACED
problems = publish(Path(sys.argv[1]), new, {{"book": "loomings"}})
for problem in problems:
    print(problem.code)
sys.exit(any(problem.severity is Severity.ERROR for problem in problems))
"""

SYSTEM_CALLS = (
    "write pwrite64 writev rename renameat renameat2 fsync fdatasync unlink unlinkat mkdir mkdirat rmdir close "
    "link linkat symlink symlinkat fchmodat chmod openat flock getdents64 newfstatat"
).split()


def can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_trace(), reason="strace is not to be had here")
def test_the_system_fails_or_kills_at_every_call(out: Path, tmp_path: Path) -> None:
    program = tmp_path / "build.py"
    program.write_text(PROGRAM.format(root=str(ROOT)))
    run = [sys.executable, "-S", "-B", str(program), str(out)]
    paths = [f"--trace-path={path}" for path in (out.parent, out, out.parent / ".dist.stet-new")]

    def fresh() -> None:
        prepare(out, "exchange")

    def inside() -> list[str]:
        staging = out.parent / ".dist.stet-new"
        names = ["edition.json", ".gitignore", ".stet-unfinished", *NEW, *USERS]
        return [f"--trace-path={folder / name}" for folder in (out, staging) for name in names]

    fresh()
    old = tree(out)
    trace = tmp_path / "trace"
    subprocess.run(["strace", "-f", *paths, *inside(), "-o", trace, *run], check=True)
    new = tree(out)
    assert new != old
    counts: dict[str, int] = {}
    for line in trace.read_text().splitlines():
        if found := re.match(r"\d+\s+(\w+)\(", line):
            counts[found[1]] = counts.get(found[1], 0) + 1
    assert counts["renameat2"] == 1
    points = 0
    for call in SYSTEM_CALLS:
        for at in range(1, counts.get(call, 0) + 1):
            for fault in ("signal=KILL", "error=ENOSPC", "error=EIO"):
                fresh()
                done = subprocess.run(
                    [
                        "strace",
                        "-f",
                        *paths,
                        *inside(),
                        "-o",
                        os.devnull,
                        "-e",
                        f"inject={call}:{fault}:when={at}",
                        *run,
                    ],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                where = f"{call} {at} {fault}: {done.returncode} {done.stdout} {done.stderr}"
                assert "Traceback" not in done.stderr, where
                held = tree(out)
                if fault == "signal=KILL":
                    assert held in (old, new), where
                else:
                    assert held == (new if done.returncode == 0 else old), where
                assert publish(out, TRACED, {"book": "loomings"}) == (), where
                assert tree(out) == new, where
                assert os.listdir(out.parent) == ["dist"], where
                points += 1
    assert points >= 150
