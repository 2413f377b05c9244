#!/usr/bin/env bash
# Makes the Python environment of the tests and benches, unless it is there, and prints its bin directory.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
exec "$root/tools/pinned-venv.sh" venv "$root/tests/python/requirements.txt"
