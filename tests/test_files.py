"""A book reads what stands in its folder, and nothing else."""

from __future__ import annotations

import os
import socket
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.build import files
from pipeline.build.files import open_folder
from pipeline.source import Severity, Span

CANARY = b"the canary outside the book"
SPAN = Span("chapters/one.md", 3, 9)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_bytes(CANARY)
    folder = tmp_path / "bück 1"
    for name in ("book.toml", "chapters/two.md", "chapters/one.md", "images/map.png", "images/plan é.svg"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def test_names_are_relative_and_sorted_and_leave_out_what_was_made(book: Path) -> None:
    for name in (".git/config", ".cache/x", "dist/book.pdf", "images/.DS_Store", "chapters/dist/kept.md"):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_bytes(b"")
    folder = open_folder(book)
    assert list(folder.names) == [
        "book.toml",
        "chapters/dist/kept.md",
        "chapters/one.md",
        "chapters/two.md",
        "images/map.png",
        "images/plan é.svg",
    ]
    assert folder.problems == ()
    assert folder.read("chapters/one.md") == (b"chapters/one.md", ())


def test_a_name_with_accents_is_found_however_the_disk_writes_it(book: Path) -> None:
    (book / unicodedata.normalize("NFD", "images/théâtre.png")).write_bytes(b"nfd")
    folder = open_folder(book)
    assert "images/théâtre.png" in folder.names
    for form in ("NFC", "NFD"):
        assert folder.read(unicodedata.normalize(form, "images/théâtre.png")) == (b"nfd", ())


def test_a_missing_file_is_named_at_its_place(book: Path) -> None:
    for name in ("images/no.png", "no/no.png", "book.toml/no.png"):
        data, (problem,) = open_folder(book).read(name, SPAN)
        assert (data, problem.code, problem.span) == (None, "file-missing", SPAN)
        assert name in problem.message


OUTSIDE = [
    "../secret.txt",
    "images/../../secret.txt",
    "images/../book.toml",
    "/etc/passwd",
    "//etc/passwd",
    "images//map.png",
    "./book.toml",
    "images/",
    "",
    ".",
    "..",
    "images\\..\\..\\secret.txt",
    "book.toml\0.png",
    "file:///etc/passwd",
    "https://book.invalid/secret.txt",
]


@pytest.mark.hostile
@pytest.mark.parametrize("name", OUTSIDE)
def test_no_path_leads_out_of_the_folder(book: Path, name: str) -> None:
    data, (problem,) = open_folder(book).read(name, SPAN)
    assert data is None
    assert problem.code == ("file-missing" if ":" in name and "//" not in name else "path-outside")
    assert problem.span == SPAN


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("images/link.png", "../../secret.txt"),
        ("images/link.png", "/etc/passwd"),
        ("images/link.png", "map.png"),
        ("images/link.png", "/dev/zero"),
        ("linked", "../"),
        ("linked", "images"),
    ],
)
def test_no_link_is_followed_in_any_part_of_a_path(book: Path, name: str, target: str) -> None:
    (book / name).symlink_to(target)
    wanted = name if name.endswith(".png") else f"{name}/secret.txt" if target == "../" else f"{name}/map.png"
    folder = open_folder(book)
    assert not any(each.startswith("linked") or "link" in each for each in folder.names)
    (warning,) = folder.problems
    assert (warning.code, warning.severity) == ("file-refused", Severity.WARNING)
    assert f"`{name}`" in warning.message
    data, (problem,) = folder.read(wanted, SPAN)
    assert data is None
    assert (problem.code, problem.severity, problem.span) == ("file-refused", Severity.ERROR, SPAN)
    assert "symbolic link" in problem.message


@pytest.mark.hostile
def test_a_link_that_comes_after_the_listing_is_not_followed_either(book: Path, tmp_path: Path) -> None:
    folder = open_folder(book)
    (book / "images" / "map.png").unlink()
    (book / "images" / "map.png").symlink_to("../../secret.txt")
    data, (problem,) = folder.read("images/map.png", SPAN)
    assert (data, problem.code) == (None, "file-refused")
    (book / "chapters").rename(tmp_path / "elsewhere")
    (book / "chapters").symlink_to(tmp_path / "elsewhere")
    data, (problem,) = folder.read("chapters/one.md", SPAN)
    assert (data, problem.code) == (None, "file-refused")


@pytest.mark.hostile
def test_nothing_but_plain_files_is_read(book: Path) -> None:
    os.mkfifo(book / "images" / "pipe.png")
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(book)  # the path of a socket may have 108 bytes
    try:
        server.bind("plug.png")
    finally:
        os.chdir(here)
        server.close()
    folder = open_folder(book)
    assert set(folder.refused) == {"images/pipe.png", "plug.png"}
    for name, word in (("images/pipe.png", "pipe"), ("plug.png", "socket"), ("images", "folder")):
        data, (problem,) = folder.read(name, SPAN)
        assert (data, problem.code) == (None, "file-refused")
        assert word in problem.message


@pytest.mark.hostile
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_no_device_is_drained(book: Path) -> None:
    try:
        os.mknod(book / "zero.png", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("devices are forbidden here")
    data, (problem,) = open_folder(book).read("zero.png", SPAN)
    assert (data, problem.code) == (None, "file-refused")
    assert "device" in problem.message


@pytest.mark.hostile
@pytest.mark.parametrize(
    "name", [b"images/\xff.png", b"images/a\nb.png", b"images/\x1b[2J.png", b"images/\xe2\x80\xaegnp.a"]
)
def test_a_name_that_nobody_can_write_is_reported(book: Path, name: bytes) -> None:
    try:
        with open(os.fsencode(book) + b"/" + name, "wb"):
            pass
    except OSError:
        pytest.skip("this disk refuses the name itself")
    folder = open_folder(book)
    assert len(folder.names) == 5
    (problem,) = folder.problems
    assert (problem.code, problem.severity) == ("file-refused", Severity.WARNING)


def test_names_that_are_one_on_other_machines_are_reported(book: Path) -> None:
    (book / "images" / "MAP.png").write_bytes(b"other")
    if (book / "images" / "map.png").read_bytes() == b"other":
        pytest.skip("this disk does not tell capitals from small letters")
    (book / "images" / "Straße.png").write_bytes(b"")
    (book / "images" / "STRASSE.png").write_bytes(b"")
    (book / unicodedata.normalize("NFD", "images/plan é.svg")).write_bytes(b"twin")
    folder = open_folder(book)
    assert [problem.code for problem in folder.problems] == ["names-collide"] * 3
    assert all(problem.severity is Severity.WARNING for problem in folder.problems)
    assert len(folder.names) == 8


def test_a_file_has_a_limit_just_below_and_just_above(book: Path) -> None:
    (book / "large.png").write_bytes(bytes(1000))
    folder = open_folder(book)
    assert folder.read("large.png", limit=1000) == (bytes(1000), ())
    data, (problem,) = folder.read("large.png", SPAN, limit=999)
    assert (data, problem.code, problem.span) == (None, "file-too-large", SPAN)
    assert "1,000" in problem.message
    assert "999" in problem.message


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs a file that has no size")
def test_a_file_that_grows_while_it_is_read_is_still_limited(book: Path) -> None:
    """Files of /proc say that they have 0 bytes."""
    folder = files.Folder(Path("/proc/self"), "proc", {"maps": "maps"}, {})
    data, problems = folder.read("maps", SPAN, limit=10)
    assert data is None
    assert [problem.code for problem in problems] == ["file-too-large"]


def test_a_folder_with_too_many_files_is_not_a_book(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "COUNT_LIMIT", 4)
    assert "folder-too-large" in [problem.code for problem in open_folder(book).problems]


def test_folders_have_a_depth(book: Path) -> None:
    deep = book.joinpath(*["d"] * 15)
    deep.mkdir(parents=True)
    (deep / "in.md").write_bytes(b"")
    (deep / "e").mkdir()
    (deep / "e" / "out.md").write_bytes(b"")
    folder = open_folder(book)
    assert "d/" * 15 + "in.md" in folder.names
    assert "d/" * 15 + "e" in folder.refused


def test_a_folder_that_is_not_there_is_a_problem(book: Path) -> None:
    folder = open_folder(book / "nowhere")
    assert list(folder.names) == []
    assert [problem.code for problem in folder.problems] == ["file-unreadable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_is_named(book: Path) -> None:
    (book / "images" / "map.png").chmod(0)
    data, (problem,) = open_folder(book).read("images/map.png", SPAN)
    assert (data, problem.code) == (None, "file-unreadable")


@pytest.mark.hostile
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.sampled_from(["..", ".", "", "images", "linked", "secret.txt", "map.png", "é", "\0", "a\\b"]), max_size=6
    )
)
def test_whatever_the_path_the_canary_is_never_read(book: Path, parts: list[str]) -> None:
    if not (book / "linked").is_symlink():
        (book / "linked").symlink_to("..")
    data, problems = open_folder(book).read("/".join(parts), SPAN)
    assert data in (None, b"images/map.png")
    assert (data is None) == bool(problems)
