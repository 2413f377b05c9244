#!/usr/bin/env bash
# Makes an environment for the tests on AWS's APIs, unless it is there, and prints its bin directory.
# usage: aws-env.sh             emulator, proxy and tests
#        aws-env.sh lambda      cargo-lambda
#        aws-env.sh localstack  LocalStack, which wants Python 3.13
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tests=$tools/../tests/aws

newer_python() {
  local candidate
  for candidate in python3.13 python3.14 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[3-9]*/bin/python; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

case "${1:-}" in
  "") exec "$tools/pinned-venv.sh" venv-aws "$tests/requirements.txt" ;;
  lambda) exec "$tools/pinned-venv.sh" cargo-lambda "$tests/cargo-lambda.txt" ;;
  localstack)
    python=$(newer_python)
    if [[ -z $python ]]; then
      echo "LocalStack wants Python 3.13 or newer, with venv and ensurepip, and there is none: install it, as python3.13 or with pyenv" >&2
      exit 1
    fi
    PINNED_PYTHON=$python exec "$tools/pinned-venv.sh" venv-localstack "$tests/localstack.txt"
    ;;
  *)
    echo "usage: aws-env.sh [lambda|localstack]" >&2
    exit 2
    ;;
esac
