"""A kept result is the result, or it is made anew; the folder does not grow without end."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.build.cache import Cache, pack, unpack


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if re.fullmatch("[0-9a-f]{64}", path.name)}


def name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bück" / ".cache"


def test_a_result_is_found_again_by_another_build(folder: Path) -> None:
    with Cache(folder) as cache:
        assert cache.get("unit") is None
        cache.put("unit", b"%PDF")
        cache.put("empty", b"")
    assert Cache(folder).get("unit") == b"%PDF"
    assert Cache(folder).get("empty") == b""
    assert Cache(folder).get("another") is None


def test_a_build_that_was_killed_leaves_what_it_kept(folder: Path) -> None:
    Cache(folder).put("unit", b"%PDF")
    assert Cache(folder).get("unit") == b"%PDF"


keys = st.text(max_size=70)


@given(keys, st.binary(max_size=300), st.data())
def test_no_changed_entry_is_believed(key: str, payload: bytes, data: st.DataObject) -> None:
    entry = pack(key, payload)
    assert unpack(key, entry) == payload
    kind = data.draw(st.sampled_from(["flip", "cut", "extend", "drop", "insert", "garbage"]))
    at = data.draw(st.integers(0, len(entry) - 1))
    more = data.draw(st.binary(min_size=1, max_size=40))
    changed = {
        "flip": entry[:at] + bytes([entry[at] ^ (1 << data.draw(st.integers(0, 7)))]) + entry[at + 1 :],
        "cut": entry[:at],
        "extend": entry + more,
        "drop": entry[:at] + entry[at + 1 :],
        "insert": entry[:at] + more + entry[at:],
        "garbage": more * 10,
    }[kind]
    if changed != entry:
        assert unpack(key, changed) is None


@given(keys, keys, st.binary(max_size=50))
@example("ab", "a", b"b")
@example("a", "ab", b"b")
@example("", "a", b"a")
def test_an_entry_is_believed_for_its_own_key_only(key: str, other: str, payload: bytes) -> None:
    if key != other:
        assert unpack(other, pack(key, payload)) is None


def test_every_byte_of_an_entry_counts(folder: Path) -> None:
    cache = Cache(folder)
    cache.put("unit", b"words" * 40)
    path = folder / name("unit")
    entry = path.read_bytes()
    for at in range(len(entry)):
        for changed in (entry[:at] + bytes([entry[at] ^ 0x40]) + entry[at + 1 :], entry[:at]):
            path.write_bytes(changed)
            assert cache.get("unit") is None
            assert not path.exists(), "thrown away"
    cache.put("unit", b"words" * 40)
    assert cache.get("unit") == b"words" * 40


def test_an_entry_of_another_key_in_its_place_is_thrown_away(folder: Path) -> None:
    cache = Cache(folder)
    cache.put("one", b"1")
    (folder / name("one")).rename(folder / name("two"))
    assert cache.get("two") is None


def test_what_eight_builds_did_not_ask_for_is_deleted(folder: Path) -> None:
    with Cache(folder) as cache:
        cache.put("old", b"o")
        cache.put("always", b"a")
    for build in range(7):
        with Cache(folder) as cache:
            assert cache.get("always") == b"a"
            cache.put(f"new {build}", b"n")
        assert name("old") in names(folder)
    with Cache(folder) as cache:
        assert cache.get("always") == b"a"
        cache.put("new 7", b"n")
    assert name("old") not in names(folder)
    assert names(folder) == {name("always"), *(name(f"new {build}") for build in range(8))}


def test_the_folder_has_a_limit_and_the_newest_build_stays_whole(folder: Path) -> None:
    for build in range(5):
        with Cache(folder, size=10_000) as cache:
            for unit in range(3):
                cache.put(f"{build}.{unit}", bytes(1500))
    held = names(folder)
    assert {name(f"4.{unit}") for unit in range(3)} <= held
    assert sum((folder / each).stat().st_size for each in held) <= 10_000
    with Cache(folder, size=10) as cache:
        cache.put("large", bytes(5000))
    assert names(folder) == {name("large")}


def test_a_build_that_asked_for_nothing_deletes_nothing(folder: Path) -> None:
    with Cache(folder) as cache:
        cache.put("unit", b"u")
    for _ in range(20):
        Cache(folder).close()
    assert Cache(folder).get("unit") == b"u"


def test_leftovers_of_killed_builds_go(folder: Path) -> None:
    Cache(folder).put("orphan", b"o")
    (folder / ".new-1-x").write_bytes(b"half")
    for build in range(9):
        with Cache(folder) as cache:
            cache.put(f"{build}", b"")
        assert not (folder / ".new-1-x").exists()
        assert (name("orphan") in names(folder)) == (build < 8)


def test_files_of_others_in_the_folder_stay(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "setup.lock").touch()
    (folder / "lock").mkdir()
    for build in range(10):
        with Cache(folder) as cache:
            cache.put(f"{build}", b"")
    assert (folder / "setup.lock").exists()
    assert (folder / "lock").is_dir()


@pytest.mark.parametrize("garbage", [b"", b"{}", b"[[3, null], 4]", b"\xff", b"[" * 50_000, b'[["../../x"]]'])
def test_a_spoilt_index_loses_no_entry(folder: Path, garbage: bytes) -> None:
    with Cache(folder) as cache:
        cache.put("unit", b"u")
    (folder / "index.json").write_bytes(garbage)
    with Cache(folder) as cache:
        cache.put("next", b"n")
    assert Cache(folder).get("unit") == b"u"
    assert json.loads((folder / "index.json").read_bytes())


@pytest.mark.hostile
def test_a_link_leads_no_reading_or_writing_elsewhere(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.parent.mkdir()
    folder.symlink_to(elsewhere)
    with Cache(folder) as cache:
        cache.put("unit", b"u")
        assert cache.get("unit") is None
    assert list(elsewhere.iterdir()) == []
    folder.unlink()
    folder.mkdir()
    (elsewhere / "entry").write_bytes(pack("unit", b"from outside"))
    (folder / name("unit")).symlink_to(elsewhere / "entry")
    os.mkfifo(folder / name("pipe"))
    assert Cache(folder).get("unit") is None
    assert Cache(folder).get("pipe") is None


def test_a_folder_that_cannot_be_is_a_cache_that_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with Cache(tmp_path / "file" / ".cache") as cache:
        cache.put("unit", b"u")
        assert cache.get("unit") is None
    with Cache(tmp_path / "file") as cache:
        cache.put("unit", b"u")
    assert (tmp_path / "file").read_bytes() == b""


def builder(folder: Path, number: int) -> None:
    for turn in range(40):
        with Cache(folder, generations=2) as cache:
            for unit in range(5):
                key = f"{(turn + unit) % 7}"
                found = cache.get(key)
                if found not in (None, key.encode() * 9999):
                    raise SystemExit(1)
                cache.put(key, key.encode() * 9999)


@pytest.mark.concurrency
def test_builds_at_the_same_time_read_whole_entries(folder: Path) -> None:
    crew = [multiprocessing.Process(target=builder, args=(folder, number)) for number in range(3)]
    for process in crew:
        process.start()
    for process in crew:
        process.join()
        assert process.exitcode == 0
    assert not list(folder.glob(".new-*"))


def test_nothing_in_our_code_can_run_what_it_loads() -> None:
    code = Path(__file__).resolve().parents[1] / "pipeline"
    banned = re.compile(
        r"^\s*(?:import|from)\s+(?:pickle|marshal|shelve|dill|joblib)\b|\b(?:eval|exec)\(", re.MULTILINE
    )
    hits = [str(path) for path in code.rglob("*.py") if banned.search(path.read_text("utf-8"))]
    assert hits == []
