#!/usr/bin/env bash
# Runs the tests on AWS's APIs. Races and stores spend most of their time in the pauses between tries, so they run beside
# the others, on an emulator of their own; so does the deployment of infra/, on one that asks for rights.
# usage: aws-tests.sh FOLDER-OF-BUILT-PROGRAMS
set -euo pipefail
built=$1
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tests=$tools/../tests/aws
python=$("$tools/aws-env.sh")/python
LEADLAKE_LOCALSTACK=$("$tools/aws-env.sh" localstack)
LEADLAKE_CARGO_LAMBDA=$("$tools/aws-env.sh" lambda)/cargo-lambda
LEADLAKE_INFRA=$("$tools/infra-env.sh")
export LEADLAKE_LOCALSTACK LEADLAKE_CARGO_LAMBDA LEADLAKE_INFRA
export LEADLAKE_BIN=$built/leadlake LEADLAKE_FUNCTIONS=$built LEADLAKE_CONFORMANCE=$built/examples/conformance

beside=("$tests/test_deployment.py" "$tests/test_localstack.py" "$tests/test_races.py" "$tests/test_stores.py")
told=$(mktemp)
"$python" -m pytest -q -p no:cacheprovider "${beside[@]}" >"$told" 2>&1 &
running=$!
trap 'kill "$running" 2>/dev/null || true; rm -f "$told"' EXIT

status=0
"$python" -m pytest -q -p no:cacheprovider "$tests" "${beside[@]/#/--ignore=}" || status=$?
wait "$running" || status=$?
cat "$told"
exit "$status"
