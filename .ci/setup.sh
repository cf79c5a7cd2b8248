#!/bin/sh
# Makes .venv from the lock file, and finds or installs what lies outside Python.
#
#     sh .ci/setup.sh run     what a build needs
#     sh .ci/setup.sh dev     what the tests need as well
#
# Called by every target of the Makefile; when nothing is to do it says nothing and takes a few
# hundredths of a second. Contents decide, never file times: .venv keeps a copy of the lock file it was
# made from, written last, so that a .venv that was interrupted, belongs to another lock file or was moved is
# made anew. PYTHON=… names the Python to use; NO_INSTALL=1 forbids apt-get and brew.
set -eu

level=${1:-run}
cd "$(dirname "$0")/.."
root=$(pwd -P)
unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV 2>/dev/null || true
system=$(uname -s)
if [ "$system" = Darwin ]; then
    DYLD_FALLBACK_LIBRARY_PATH=${DYLD_FALLBACK_LIBRARY_PATH:-/opt/homebrew/lib:/usr/local/lib:/usr/lib}
    PATH=$PATH:/opt/homebrew/bin:/opt/homebrew/opt/openjdk/bin:/usr/local/opt/openjdk/bin
    export DYLD_FALLBACK_LIBRARY_PATH PATH
fi

say() { printf 'stet: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

# The state of .venv ---------------------------------------------------------------------------

# Whether .venv was made here, to the end, from this lock file.
made_for() { # level lock
    [ -x .venv/bin/python ] &&
        cmp -s "$2" ".venv/stet-$1" &&
        [ "$(cat .venv/stet-root 2>/dev/null)" = "$root" ]
}

venv_is_ready() {
    made_for run requirements.lock || return 1
    [ "$level" = run ] || made_for dev requirements-dev.lock
}

# The libraries that WeasyPrint loads, tried as it tries them; prints what cannot be loaded.
missing_libraries() { # python
    "$1" -I -S - <<'PYTHON'
import ctypes

WANTED = {
    "gobject-2.0": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"),
    "pango-1.0": ("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0.dylib"),
    "pangoft2-1.0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.0.dylib", "libpangoft2-1.0.dylib"),
    "harfbuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    "harfbuzz-subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
    "fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib"),
}


def loads(names):
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


print(*(name for name, names in WANTED.items() if not loads(names)))
PYTHON
}

# What lies outside Python ---------------------------------------------------------------------

have() { command -v "$1" >/dev/null 2>&1; }

# macOS has a `java` that only says that there is no Java: so it is run.
missing_programs() {
    [ "$level" = dev ] || return 0
    java -version >/dev/null 2>&1 || echo java
    have pdftotext || echo poppler
    have qpdf || echo qpdf
}

packages() { # manager, needs
    manager=$1
    shift
    for need in "$@"; do
        case $manager:$need in
            apt-get:venv) echo "python$python_version-venv" ;;
            apt-get:pango)
                echo libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libfontconfig1
                # Before Debian 12 it was a part of libharfbuzz0b.
                case $(apt-cache search --names-only '^libharfbuzz-subset0$' 2>/dev/null) in
                    '') [ -z "$(ls /var/lib/apt/lists 2>/dev/null)" ] && echo libharfbuzz-subset0 ;;
                    *) echo libharfbuzz-subset0 ;;
                esac
                ;;
            apt-get:java) echo default-jre-headless ;;
            apt-get:poppler) echo poppler-utils ;;
            brew:venv) echo python ;;
            brew:java) echo openjdk ;;
            dnf:venv) echo python3 ;;
            dnf:pango) echo pango harfbuzz fontconfig ;;
            dnf:java) echo java-latest-openjdk-headless ;;
            dnf:poppler) echo poppler-utils ;;
            apk:venv) echo python3 ;;
            apk:pango) echo pango harfbuzz-subset fontconfig ;;
            apk:java) echo openjdk21-jre-headless ;;
            apk:poppler) echo poppler-utils ;;
            pacman:venv) echo python ;;
            pacman:java) echo jre-openjdk-headless ;;
            *) echo "$need" ;;
        esac
    done
}

find_manager() {
    for manager in apt-get brew dnf pacman apk; do
        if have "$manager"; then
            echo "$manager"
            return
        fi
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

# Installs packages where that is allowed without a question; 1 when it is not.
install() { # manager, packages
    manager=$1
    shift
    [ -z "${NO_INSTALL:-}" ] || return 1
    case $manager in
        apt-get)
            [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; } || return 1
            say "installing $*"
            log=$(mktemp)
            apt_get install --no-install-recommends "$@" >"$log" 2>&1 || {
                # A fresh machine has no package lists, an old one has stale ones.
                apt_get update >"$log" 2>&1 && apt_get install --no-install-recommends "$@" >"$log" 2>&1
            } || {
                tail -n 12 "$log" >&2
                rm -f "$log"
                return 1
            }
            rm -f "$log"
            ;;
        brew)
            say "installing $*"
            HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "$@" >&2 || return 1
            ;;
        *) return 1 ;;
    esac
}

install_line() { # manager, packages
    manager=$1
    shift
    case $manager in
        apt-get) echo "run: sudo apt-get update && sudo apt-get install -y $*" ;;
        brew) echo "run: brew install $*" ;;
        dnf) echo "run: sudo dnf install -y $*" ;;
        pacman) echo "run: sudo pacman -S --needed $*" ;;
        apk) echo "run: sudo apk add $*" ;;
        *) echo "install with your system's package manager: $*" ;;
    esac
}

# Python ---------------------------------------------------------------------------------------

version_of() { # python
    "$1" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

# Whether this is a CPython of 3.11 or later.
is_new_enough() {
    "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.implementation.name != "cpython")' 2>/dev/null
}

# Debian keeps ensurepip in a package of its own.
can_make_venv() {
    "$1" -I -c 'import ensurepip, venv' 2>/dev/null
}

# Sets `python` and `python_version`: the first one that can make a .venv, else the first that is new enough.
find_python() {
    python=
    old=
    for candidate in ${PYTHON:+"$PYTHON"} python3.14 python3.13 python3.12 python3.11 python3 python; do
        have "$candidate" || continue
        if is_new_enough "$candidate"; then
            if can_make_venv "$candidate"; then
                python=$candidate
                break
            fi
            python=${python:-$candidate}
        else
            old=${old:-$(version_of "$candidate" || true)}
        fi
        [ -z "${PYTHON:-}" ] || break
    done
    if [ -z "$python" ]; then
        case $(find_manager) in
            apt-get) how="run: sudo apt-get update && sudo apt-get install -y python3.11 python3.11-venv" ;;
            brew) how="run: brew install python" ;;
            *) how="install python3.11 or a later one" ;;
        esac
        die "Python 3.11 or newer is needed${old:+, this is $old}; $how"
    fi
    python_version=$(version_of "$python")
}

# The work -------------------------------------------------------------------------------------

# Says in one line what is wanted, or gets it.
satisfy() { # python
    wanted=$(missing_programs)
    [ -z "$(missing_libraries "$1")" ] || wanted="pango $wanted"
    can_make_venv "$1" || venv_is_ready || wanted="venv $wanted"
    # shellcheck disable=SC2086  # words on purpose, here and below
    set -- $wanted
    [ $# -gt 0 ] || return 0
    manager=$(find_manager)
    list=$(packages "$manager" "$@" | tr '\n' ' ')
    list=${list% }
    # shellcheck disable=SC2086
    install "$manager" $list || die "this is missing: $*; $(install_line "$manager" $list)"
}

make_venv() {
    if ! made_for run requirements.lock || { [ -e .venv/stet-dev ] && ! made_for dev requirements-dev.lock; }; then
        if [ -e .venv/pyvenv.cfg ] && [ ! -e .venv/stet-root ]; then
            die "the .venv here is somebody else's; move it away, or delete it: rm -rf .venv"
        fi
        rm -rf .venv
        say "making .venv with Python $python_version"
        # The mark that it is ours comes first, the stamps that say for what come last.
        mkdir .venv
        printf '%s\n' "$root" >.venv/stet-root
        "$python" -I -m venv .venv || die "$python could not make .venv"
    fi
    rm -f ".venv/stet-$level"
    lock=requirements.lock
    [ "$level" = run ] || lock=requirements-dev.lock
    say "fetching the packages of $lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes \
        --only-binary :all: --requirement "$lock" >&2 ||
        die "the packages of $lock could not be installed; pip says above why"
    # The package itself is used where it stands. A script for people; the Makefile does not need it.
    .venv/bin/python -I - "$root" <<'PYTHON'
import os
import shlex
import sys
import sysconfig
from pathlib import Path

root = Path(sys.argv[1])
# As code in ASCII, and not as a path: Python 3.11 dies on a path with an accent in a locale without one.
line = f"import os, sys; sys.path.append(os.fsdecode({os.fsencode(root)!r}))\n"
(Path(sysconfig.get_path("purelib")) / "stet.pth").write_text(line, encoding="ascii")
script = Path(sys.prefix) / "bin" / "stet"
libraries = "${DYLD_FALLBACK_LIBRARY_PATH:-/opt/homebrew/lib:/usr/local/lib:/usr/lib}"
lines = ["#!/bin/sh"]
if sys.platform == "darwin":
    lines += [f"DYLD_FALLBACK_LIBRARY_PATH={libraries}", "export DYLD_FALLBACK_LIBRARY_PATH"]
lines += [f'exec {shlex.quote(str(root / ".venv/bin/python"))} -m pipeline "$@"']
script.write_bytes(os.fsencode("\n".join(lines) + "\n"))
script.chmod(0o755)
PYTHON
    # The stamps come last, each whole or not at all.
    for stamp in run dev; do
        lock=requirements.lock
        [ $stamp = run ] || lock=requirements-dev.lock
        if [ $stamp = run ] || [ "$level" = dev ]; then
            cp "$lock" .venv/stet-new
            mv .venv/stet-new ".venv/stet-$stamp"
        fi
    done
}

if venv_is_ready && missing=$(missing_libraries .venv/bin/python 2>/dev/null) && [ -z "$missing" ] &&
    [ -z "$(missing_programs)" ]; then
    exit 0
fi

find_python

# One set-up at a time; the lock is free at once when its holder dies.
if [ -z "${STET_SETUP_LOCKED:-}" ]; then
    mkdir -p .cache
    STET_SETUP_LOCKED=1
    export STET_SETUP_LOCKED
    exec "$python" -I -c '
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o666)
os.set_inheritable(lock, True)
fcntl.flock(lock, fcntl.LOCK_EX)
os.execvp("sh", ["sh", *sys.argv[2:]])
' .cache/setup.lock .ci/setup.sh "$level"
fi

satisfy "$python"
# A few slow tests look at every call to the system; they say so where strace is not to be had.
if [ "$level" = dev ] && [ "$system" = Linux ] && [ "$(find_manager)" = apt-get ] && ! have strace; then
    install apt-get strace || true
fi
venv_is_ready && .venv/bin/python -I -c '' 2>/dev/null || make_venv
missing=$(missing_libraries .venv/bin/python)
[ -z "$missing" ] || die "these libraries cannot be loaded: $missing; see WeasyPrint's installation page for this system"
