#!/usr/bin/env bash
# Runs the tests on AWS's APIs, side by side and each group on emulators of its own: races, stores and chaos spend most of their
# time in the pauses between tries, and the deployment of infra/ needs one that asks for rights.
# usage: aws-tests.sh FOLDER-OF-BUILT-PROGRAMS [FILE-OF-TESTS...]   with files, only these and one after the other
set -euo pipefail
built=$1
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tests=$tools/../tests/aws
python=$("$tools/aws-env.sh")/python
LEADLAKE_CARGO_LAMBDA=$("$tools/aws-env.sh" lambda)/cargo-lambda
LEADLAKE_INFRA=$("$tools/infra-env.sh")
export LEADLAKE_CARGO_LAMBDA LEADLAKE_INFRA
export LEADLAKE_BIN=$built/leadlake LEADLAKE_FUNCTIONS=$built LEADLAKE_CONFORMANCE=$built/examples/conformance

if (($# > 1)); then
  exec "$python" -m pytest -q -p no:cacheprovider "${@:2}"
fi

# Takes as long to start as many tests take: `make localstack-tests`.
elsewhere=("$tests/test_localstack.py")
waiting=("$tests/test_races.py" "$tests/test_stores.py" "$tests/test_kills.py")
faults=("$tests/test_chaos.py" "$tests/test_privacy.py")
deployment=("$tests/test_deployment.py")
beside=("${elsewhere[@]}" "${waiting[@]}" "${faults[@]}" "${deployment[@]}")

told=$(mktemp -d)
running=()
trap 'kill "${running[@]}" 2>/dev/null || true; rm -rf "$told"' EXIT
"$python" -m pytest -q -p no:cacheprovider "${waiting[@]}" >"$told/0" 2>&1 &
running+=($!)
"$python" -m pytest -q -p no:cacheprovider "${faults[@]}" >"$told/1" 2>&1 &
running+=($!)
"$python" -m pytest -q -p no:cacheprovider "${deployment[@]}" >"$told/2" 2>&1 &
running+=($!)

status=0
"$python" -m pytest -q -p no:cacheprovider "$tests" "${beside[@]/#/--ignore=}" || status=$?
for group in "${!running[@]}"; do
  wait "${running[$group]}" || status=$?
  cat "$told/$group"
done
exit "$status"
