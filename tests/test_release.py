"""A release packs an EPUB with its own compressor: the same content, smaller, and the same bytes on every machine."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from pathlib import Path

import pytest

from pipeline.__main__ import run
from pipeline.build import build, check
from pipeline.epub import content_digest
from pipeline.epub.archive import Archive
from tests.test_older_print import SETTINGS
from tests.test_package import made, members, zipped

EPOCH = 1_700_000_000
TEXT = ("Call me Ishmael. Some years ago, never mind how long precisely. " * 400).encode()


def packed(*parts: tuple[str, bytes], release: bool = False) -> bytes:
    archive = Archive(EPOCH, release)
    for name, data in parts:
        archive.writestr(name, data)
    return archive.close()


def test_a_release_has_the_same_members_and_is_not_larger() -> None:
    parts = (
        ("mimetype", b"application/epub+zip"),
        ("EPUB/über.xhtml", TEXT),
        ("EPUB/a.png", b"\0" * 99),
        ("empty", b""),
    )
    plain, release = packed(*parts), packed(*parts, release=True)
    assert len(release) <= len(plain)
    for data in (plain, release):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            assert [(info.filename, archive.read(info)) for info in archive.infolist()] == list(parts)
            stored = [info.filename for info in archive.infolist() if info.compress_type == zipfile.ZIP_STORED]
            assert stored == ["mimetype", "EPUB/a.png"]
            assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
    assert content_digest(plain) == content_digest(release)


def test_a_release_does_not_ask_the_zlib_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zlib, "compressobj", None)
    assert packed(("a", TEXT), release=True) == packed(("a", TEXT), release=True)
    with pytest.raises(TypeError):
        packed(("a", TEXT))


def test_a_release_is_the_same_to_the_last_byte_wherever_it_is_made() -> None:
    """Bytes that were written down once, on another day; they change only when zopfli or our headers do."""
    digest = hashlib.sha256(packed(("mimetype", b"application/epub+zip"), ("a", TEXT), release=True)).hexdigest()
    assert digest == "89b1d3ca6b73506f1965f2b4657b37b558b44b327126fe8d0eec2766b8e701f5"


def test_the_digest_of_content_is_of_names_and_contents_and_of_nothing_else() -> None:
    epub = made()[2]
    assert content_digest(epub) == content_digest(zipped(members(epub)))
    assert content_digest(epub) == content_digest(zipped(list(reversed(members(epub)))))
    assert content_digest(epub) != content_digest(zipped([*members(epub), ("a", b"")]))
    assert content_digest(zipped([("a", b"1"), ("b", b"2")])) != content_digest(zipped([("a", b"2"), ("b", b"1")]))
    with pytest.raises(zipfile.BadZipFile):
        content_digest(b"no zip")


def test_what_is_larger_than_a_reader_can_open_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.epub.archive.LARGEST", 1000)
    with pytest.raises(ValueError, match="larger than a reading system can open"):
        packed(("a.png", b"\0" * 1001))


def small(folder: Path) -> Path:
    files = {"book.toml": SETTINGS.format(epub="", language="en-GB"), "one.md": "# One\n\n" + TEXT.decode() + "\n"}
    for name, text in files.items():
        path = folder / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "book"


def test_a_release_replaces_a_plain_build_and_the_other_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, out = small(tmp_path), tmp_path / "dist"
    epub = out / "an-older-print.epub"
    plain = build(book, out=out)
    assert [problem.message for problem in plain.problems] == []
    first = epub.read_bytes()
    assert not build(book, out=out, release=True).up_to_date
    second = epub.read_bytes()
    assert build(book, out=out, release=True).up_to_date
    assert len(second) < len(first)
    assert content_digest(first) == content_digest(second)
    record = json.loads((out / "edition.json").read_text("utf-8"))["books"]["an-older-print"]["editions"]["epub"]
    assert (record["content"], record["release"]) == (content_digest(second), True)
    assert check(book, out=out).contents == {"an-older-print.epub": content_digest(second)}
    assert run(["build", str(book), "--out", str(out)]) == 0
    assert epub.read_bytes() == first
    capsys.readouterr()
    assert run(["check", str(book), "--out", str(out), "--no-epubcheck"]) == 0
    assert capsys.readouterr().out == f"{content_digest(first)}  an-older-print.epub\n"
    assert run(["check", str(book), "--out", str(out), "--no-epubcheck", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"kind": "content", "name": "an-older-print.epub", "sha256": content_digest(first)}
