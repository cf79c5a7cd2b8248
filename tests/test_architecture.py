"""Data flows one way: what each room may know, and which rooms have doors to the world.

To change the order of rooms, change it here first.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PIPELINE = Path(__file__).resolve().parent.parent / "pipeline"

ROOMS = (
    "source",
    "formulas",
    "manuscript",
    "explain",
    "book",
    "new",
    "parse",
    "intake",
    "csl",
    "bibliography",
    "typography",
    "edition",
    "pagelines",
    "pagemap",
    "html",
    "cover",
    "pdf",
    "epub",
    "checks",
    "build",
    "__main__",
)
"""A room imports only rooms that stand before it."""

KNOWS_NOTHING_OF = {
    "source": ROOMS,
    "explain": ROOMS,
    "formulas": ROOMS,
    "csl": ROOMS,
    "pagelines": ROOMS,
    "pagemap": ROOMS,
    "manuscript": ("explain",),
    "book": ("manuscript", "explain"),
    "new": ("source", "manuscript", "explain"),
    "parse": ("book", "new", "explain"),
    "typography": ("parse", "intake", "csl", "new", "explain"),
    "bibliography": ("parse", "intake", "new", "explain"),
    "edition": ("parse", "intake", "new", "explain", "csl"),
    "html": ("parse", "intake", "new", "explain", "csl", "bibliography", "typography"),
    "cover": ("parse", "intake", "new", "explain", "csl", "bibliography", "typography", "manuscript"),
    "pdf": ("parse", "intake", "new", "explain", "csl", "bibliography", "typography", "manuscript"),
    "epub": ("parse", "intake", "new", "explain", "csl", "bibliography", "typography", "pdf"),
    "checks": ("parse", "intake", "new", "explain", "csl", "pdf"),
    "build": ("new", "explain"),
}
"""And of these it knows nothing, although some of them stand before it."""

DOORS = ("build", "intake", "__main__")
"""Rooms that may read and write files, and ask the clock and the environment."""

WORKER = ("pdf/workers.py",)
"""The layout worker: processes with limits, and folders of fonts that `build` names."""

OUTSIDE = frozenset(
    "asyncio ctypes fcntl fileinput ftplib getpass glob http linecache locale mmap multiprocessing os pathlib platform "
    "pwd random requests resource secrets select shutil signal smtplib socket ssl subprocess sys sysconfig tempfile "
    "threading time webbrowser".split()
)
"""Modules through which a room would touch files, clock, chance, environment or network."""

NEVER = {
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "uuid.uuid1",
    "uuid.uuid4",
    "io.open",
    "io.FileIO",
    "urllib.request",
    "importlib.import_module",
}
"""Names that do the same and stand in modules which are allowed."""

FORBIDDEN_WORDS = ("pickle", "marshal", "shelve", "dill")
"""Modules that run what they load: nothing from disk may run, in no room."""


def modules() -> list[Path]:
    return sorted(PIPELINE.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(PIPELINE).as_posix()


def room(path: Path) -> str:
    return path.relative_to(PIPELINE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Return every module or name that a file imports, with its line; relative ones as absolute."""
    package = ["pipeline", *path.relative_to(PIPELINE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{stem}.{alias.name}"


def rooms_known(path: Path) -> Iterator[tuple[int, str]]:
    for line, module in imports(path):
        parts = module.split(".")
        if parts[0] == "pipeline" and len(parts) > 1 and parts[1] != "__version__" and parts[1] != room(path):
            yield line, parts[1]


FILES = pytest.mark.parametrize("path", modules(), ids=name)


def test_every_room_has_its_place_in_the_order() -> None:
    found = {room(path) for path in modules()} - {"__init__"}
    assert found <= set(ROOMS)
    assert {"source", "book", "parse", "edition", "html", "pdf", "epub", "checks", "build", "__main__"} <= found
    folders = {entry.name for entry in PIPELINE.iterdir() if entry.is_dir()} - {"__pycache__", "templates", "styles"}
    assert folders <= set(ROOMS), "a folder without a room"
    assert not folders & {"utils", "core", "common", "models", "helpers"}


@FILES
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    own = room(path)
    before = ROOMS[: ROOMS.index(own)] if own in ROOMS else ()
    for line, other in rooms_known(path):
        assert other in before, f"{name(path)}:{line} imports `{other}`, which stands after `{own}`"
        assert other not in KNOWS_NOTHING_OF.get(own, ()), (
            f"{name(path)}:{line}: `{own}` must know nothing of `{other}`"
        )


@FILES
def test_only_rooms_with_doors_touch_the_world(path: Path) -> None:
    if room(path) in DOORS or name(path) in WORKER:
        return
    for line, module in imports(path):
        assert module.split(".")[0] not in OUTSIDE, f"{name(path)}:{line} imports `{module}`"
        assert not any(module.startswith(never) for never in NEVER), f"{name(path)}:{line} imports `{module}`"
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        place = f"{name(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "input", "print", "__import__", "breakpoint"), (
                f"{place} calls {node.func.id}"
            )
        if isinstance(node, ast.Attribute):
            dotted = ast.unparse(node)
            assert not any(dotted == never or dotted.endswith("." + never) for never in NEVER), f"{place} uses {dotted}"
            assert node.attr not in ("environ", "getenv", "urandom"), f"{place} uses {dotted}"


@FILES
def test_nothing_from_disk_may_run(path: Path) -> None:
    for line, module in imports(path):
        assert module.split(".")[0] not in FORBIDDEN_WORDS, f"{name(path)}:{line} imports `{module}`"
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile"), f"{name(path)}:{node.lineno} calls {node.func.id}"


@FILES
def test_only_the_command_prints(path: Path) -> None:
    if room(path) == "__main__":
        return
    for line, module in imports(path):
        assert module.split(".")[0] not in ("click", "rich"), f"{name(path)}:{line} imports `{module}`"


@FILES
def test_private_names_of_weasyprint_stay_in_the_layout(path: Path) -> None:
    if path.is_relative_to(PIPELINE / "pdf") and path.relative_to(PIPELINE / "pdf").parts[0].startswith("layout"):
        return
    for line, module in imports(path):
        if module.split(".")[0] == "weasyprint":
            assert room(path) == "pdf", f"{name(path)}:{line} imports `{module}`"
            assert module in ("weasyprint", "weasyprint.__version__"), f"{name(path)}:{line} imports `{module}`"


VALUES = [
    path
    for path in modules()
    if path.name == "values.py"
    or name(path) in ("source.py", "manuscript.py", "pagemap.py", "book/trims.py", "book/setting.py")
]
"""Modules whose dataclasses flow from room to room."""

WORKING = ("Desk",)
"""Classes of these modules that collect while a room works, and never leave it."""


@pytest.mark.parametrize("path", VALUES, ids=name)
def test_what_flows_between_rooms_cannot_be_changed(path: Path) -> None:
    found = 0
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            words = ast.unparse(decorator)
            if words.split("(")[0] not in ("dataclass", "dataclasses.dataclass"):
                continue
            found += 1
            assert "slots=True" in words, f"{name(path)}:{node.lineno} {node.name} has no slots"
            assert "frozen=True" in words or node.name in WORKING, (
                f"{name(path)}:{node.lineno} {node.name} can be changed"
            )
    assert found, "no values here: take the module out of the list"


WATCHED = """
import sys, sysconfig
from pathlib import Path

OURS, DOORS = sys.argv[1], sys.argv[2].split(",")
STDLIB = sysconfig.get_path("stdlib")
seen = set()

def watch(event, arguments):
    if event.split(".")[0] not in ("open", "os", "shutil", "socket", "subprocess", "tempfile", "glob", "urllib", "pty", "mmap"):
        return
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if "importlib._bootstrap" in file:
            return  # an import is no door
        if file.startswith(OURS):
            name = file[len(OURS) + 1:]
            if name.split("/")[0].removesuffix(".py") not in DOORS and name not in DOORS:
                seen.add(f"{name}:{frame.f_lineno} {event} {arguments[:1]!r}")
            return
        if not file.startswith((STDLIB, "<frozen")) or "site-packages" in file:
            return  # a library's own affair
        frame = frame.f_back

from pipeline.__main__ import run

sys.addaudithook(watch)
status = run(["build", sys.argv[3]]) or run(["check", sys.argv[3], "--no-epubcheck"])
print("\\n".join(sorted(seen)), file=sys.stderr)
sys.exit(5 if seen else status)
"""


def test_a_whole_build_opens_nothing_outside_the_rooms_with_doors(tmp_path: Path) -> None:
    """The book of `stet new`, built and checked without a problem under an audit hook."""
    folder = tmp_path / "book"
    root = PIPELINE.parent
    subprocess.run([sys.executable, "-m", "pipeline", "new", str(folder)], cwd=root, check=True, capture_output=True)
    doors = ",".join((*DOORS, *WORKER, "new", "explain"))  # the last two read their own pages
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(PIPELINE), doors, str(folder)],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "no problems" in done.stderr
    assert len(done.stdout.splitlines()) == 4  # three editions, and the digest of the EPUB that was checked
