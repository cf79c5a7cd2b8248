"""Many books, one chapter, a file proved, a cluster: what else can be done with the line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pikepdf
import pytest

from pipeline.__main__ import run
from pipeline.build import build
from pipeline.build.cluster import _end_children, set_there
from pipeline.build.verify import verify
from pipeline.checks.pdf_reader import read_pdf
from pipeline.pdf.workers import Limits
from tests.pressroom import FONTS, codes, job

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = """\
title = "{0}"
language = "en-GB"
chapters = ["1.md", "2.md"]

[[contributors]]
name = "Ada Example"

[notes]
restart = "{1}"

[editions.print]
trim = "a5"
"""


def book(folder: Path, title: str, restart: str = "chapter") -> Path:
    folder.mkdir(parents=True)
    (folder / "book.toml").write_text(SETTINGS.format(title, restart), "utf-8")
    (folder / "1.md").write_text(
        "# One {#one}\n\n" + "Words[^a] of one. " + "More words. " * 700 + "\n\n[^a]: A note.\n", "utf-8"
    )
    two = "# Two\n\nSee [above](#one), [](#one){.page}.\n\n"
    two += "".join(f"A call[^n{n}] and another[^m{n}]. {'Words to fill it. ' * 40}\n\n" for n in range(12))
    two += "".join(f"[^n{n}]: Note {n}.\n\n[^m{n}](textual): Reading {n}.\n\n" for n in range(12))
    (folder / "2.md").write_text(two, "utf-8")
    return folder


def test_a_catalogue_makes_every_book_and_sums_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(tmp_path / "a", "Alpha")
    book(tmp_path / "b", "Beta")
    (tmp_path / "b" / "1.md").write_text("# One\n\nA call[^nope].\n", "utf-8")
    book(tmp_path / "c", "Gamma")
    books = tmp_path / "spring.txt"
    books.write_text("# spring\na\nb   # not ready\nnowhere\n\nc\na\n", "utf-8")
    assert run(["catalogue", str(books)]) == 1
    out, told = capsys.readouterr()
    assert [Path(line).name for line in out.splitlines()] == ["alpha-print.pdf", "gamma-print.pdf"]
    table = [re.sub(r" +", " ", line.replace(f"{tmp_path}/", "")) for line in told.splitlines()[-4:]]
    assert table[0] == "a done, 1 file"
    assert table[1].startswith("b failed, ")
    assert table[2] == "nowhere failed, 1 error"
    assert table[3] == "c done, 1 file"
    assert "[note-missing]" in told
    books.write_text("a\nc\n", "utf-8")
    assert run(["catalogue", str(books)]) == 0
    assert capsys.readouterr().err.count("nothing to do") == 2


@pytest.mark.slow
def test_a_file_is_proved_by_building_it_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = book(tmp_path / "a", "Alpha")
    build(folder)
    file = folder / "dist" / "alpha-print.pdf"
    assert run(["verify", str(file)]) == 0
    assert "byte for byte" in capsys.readouterr().err
    good = file.read_bytes()
    file.write_bytes(good.replace(b"Ada Example", b"Ada Exemple", 1))
    (problem,) = verify(file, folder).problems
    assert problem.code == "edition-differs"
    assert "changed after it was made" in problem.hint
    file.write_bytes(good)
    (folder / "1.md").write_text("# One {#one}\n\nOther words.\n", "utf-8")
    (problem,) = verify(file, folder).problems
    assert problem.code == "edition-differs"
    assert "the manuscript is another" in problem.hint
    record = folder / "dist" / "edition.json"
    record.write_text(record.read_text("utf-8").replace('"pikepdf": "', '"pikepdf": "0.'), "utf-8")
    (problem,) = verify(file, folder).problems
    assert "pikepdf 0." in problem.hint
    assert run(["verify", str(file)]) == 1
    other = tmp_path / "other.pdf"
    other.write_bytes(good)
    assert run(["verify", str(other), str(folder)]) == 2


def test_one_chapter_stands_alone_with_the_folios_of_the_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = book(tmp_path / "a", "Alpha")
    whole = build(folder)
    before = {path.name: path.read_bytes() for path in (folder / "dist").iterdir() if path.suffix == ".pdf"}
    assert run(["build", str(folder), "--chapter", "2.md"]) == 0
    (name,) = capsys.readouterr().out.splitlines()
    file = Path(name)
    assert file.name == "alpha-print-text-2.pdf"
    assert whole.written[0].read_bytes() == before["alpha-print.pdf"]
    reading, book_reading = read_pdf("x", file.read_bytes()), read_pdf("x", before["alpha-print.pdf"])
    assert reading.problems == ()
    assert len(reading.labels) < len(book_reading.labels)
    assert reading.labels == book_reading.labels[-len(reading.labels) - 1 : -1] or reading.labels in (
        book_reading.labels[at : at + len(reading.labels)] for at in range(len(book_reading.labels))
    )
    assert int(reading.labels[0]) > 1
    heads = [piece.text for piece in reading.apart]
    assert reading.labels[0] in heads
    with pikepdf.open(file) as pdf:
        assert "/StructTreeRoot" in pdf.Root
        actions = [a.A for page in pdf.pages for a in page.obj.get("/Annots", ()) if "/A" in a]
        assert {(str(a.S), str(a.F), str(a.D)) for a in actions} == {("/GoToR", "alpha-print.pdf", "one")}
    done = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, check=False)
    assert done.returncode == 0
    assert run(["build", str(folder), "--chapter", "nope"]) == 2
    assert "[chapter-unknown]" in capsys.readouterr().err


def test_marks_begin_anew_on_every_page_where_the_book_says_so(tmp_path: Path) -> None:
    folder = book(tmp_path / "a", "Alpha", "page")
    outcome = build(folder)
    assert [(problem.code, problem.message) for problem in outcome.problems] == []
    reading = read_pdf("x", (folder / "dist" / "alpha-print.pdf").read_bytes())
    pages: dict[int, list[str]] = {}
    for call in reading.calls:
        if "-fn-" in call.target:
            pages.setdefault(call.place, []).append(call.mark)
    assert len(pages) > 2
    for marks in pages.values():
        figures = [mark for mark in marks if mark.isdigit()]
        letters = [mark for mark in marks if mark.isalpha()]
        assert figures == [str(n) for n in range(1, len(figures) + 1)]
        assert letters == [chr(96 + n) for n in range(1, len(letters) + 1)]
    record = outcome.record["print"]
    assert isinstance(record, dict)
    assert record["notes_displaced"] == 0


def test_a_cluster_that_is_not_there_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = book(tmp_path / "a", "Alpha")
    if find_spec("distributed") is not None:
        pytest.skip("Dask is installed: tried by `test_a_cluster_makes_the_same_bytes`")
    assert run(["build", str(folder), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "stet-press[cluster]" in capsys.readouterr().err


ENDLESS = '<div style="display: flex">' * 14 + "<p>x</p>" + "</div>" * 14


@pytest.mark.hostile
@pytest.mark.slow
def test_a_unit_without_end_does_not_end_a_worker_of_the_cluster() -> None:
    """A worker sets units in a child with the limits of one on this machine."""
    limits = Limits(seconds=2)
    try:
        assert codes(set_there(job("<p>One.</p>", "a"), FONTS, limits)) == []
        assert codes(set_there(job(ENDLESS, "b"), FONTS, limits)) == ["layout-killed"]
        assert codes(set_there(job("<p>Three.</p>", "c"), FONTS, limits)) == []
    finally:
        _end_children()


LOOPBACK = """
import hashlib, os, signal, sys, threading, time
from pathlib import Path
from distributed import LocalCluster
from pipeline.build import build

def main():
    folder, kill = Path(sys.argv[1]), sys.argv[2] == "kill"
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as cluster:
        pids = [worker.process.pid for worker in cluster.workers.values()]
        if kill:
            threading.Timer(4.0, lambda: os.kill(pids[0], signal.SIGKILL)).start()
        outcome = build(folder, out=folder / "cluster" / "dist", scheduler=cluster.scheduler_address)
        print([problem.code for problem in outcome.problems], hashlib.sha256(outcome.written[0].read_bytes()).hexdigest())

if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("fate", ["live", "kill"])
def test_a_cluster_makes_the_same_bytes_even_when_a_worker_dies(fate: str, tmp_path: Path) -> None:
    if find_spec("distributed") is None:
        pytest.skip("SKIPPED LOUDLY: Dask is not installed (`pip install distributed`)")
    import hashlib

    folder = book(tmp_path / "a", "Alpha")
    ours = hashlib.sha256(build(folder).written[0].read_bytes()).hexdigest()
    script = tmp_path / "loopback.py"
    script.write_text(LOOPBACK, "utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(folder), fate],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == f"[] {ours}"
