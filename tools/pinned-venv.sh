#!/usr/bin/env bash
# Makes a virtual environment of exactly the pinned requirements, unless it is there, and prints its bin directory.
# usage: pinned-venv.sh NAME REQUIREMENTS_FILE...
# PINNED_PYTHON names the interpreter where the pins want another than the usual one.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lock.sh"

say() { echo "$*" >&2; }

# 3.11 first: it is the version that the pins were resolved for.
usable_python() {
  local candidate
  for candidate in ${PINNED_PYTHON:+"$PINNED_PYTHON"} python3.11 python3 python3.12 python3.13 python3.14; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  say "Python 3.11 or newer with its venv module is needed; install it (on Debian: apt-get install python3 python3-venv)"
  return 1
}

# The interpreter's version belongs to it, since compiled packages fit one version only.
fingerprint() {
  "$python" - "$@" <<'PYTHON'
import hashlib
import pathlib
import sys

content = b"".join(pathlib.Path(name).read_bytes() for name in sys.argv[1:])
print(hashlib.sha256(b"%d.%d\n" % sys.version_info[:2] + content).hexdigest()[:16])
PYTHON
}

# The stamp is written last; the interpreter is asked because an upgrade of the system's Python breaks the links to it.
is_complete() { [[ -f $stamp ]] && "$venv/bin/python" -c '' 2>/dev/null; }

build() {
  # The stamp goes first, so that an interrupted removal never looks complete.
  rm -f "$stamp"
  rm -rf "$venv"
  say "making $venv"
  "$python" -m venv "$venv" >&2
  local file options=()
  for file in "$@"; do options+=(--requirement "$file"); done
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "${options[@]}" >&2
  touch "$stamp"
  say "ready: $venv"
}

if (($# < 2)); then
  say "usage: pinned-venv.sh NAME REQUIREMENTS_FILE..."
  exit 2
fi
name=$1
shift

python=$(usable_python)
cache=${LEADLAKE_CACHE:-$HOME/.cache/leadlake}
key=$(fingerprint "$@")
venv=$cache/$name-$key
stamp=$venv/.complete

if ! is_complete; then
  mkdir -p "$cache"
  hold_lock "$venv.lock"
  is_complete || build "$@"
fi
echo "$venv/bin"
