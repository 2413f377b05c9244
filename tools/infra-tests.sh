#!/usr/bin/env bash
# What holds of the deployment without an account or a network: templates that say what they promise, cdk-nag and cfn-lint
# without a finding, for every stage.
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
infra=$("$tools/infra-env.sh")
lint=$("$tools/pinned-venv.sh" venv-cfn-lint "$infra/test/cfn-lint.txt")/cfn-lint
cd "$infra"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# What tests put aside goes with it.
export TMPDIR=$out
for function in refine score catalog; do
  mkdir -p "$out/functions/$function"
  echo "stands for the program" >"$out/functions/$function/bootstrap"
done

# No credentials, and no address where some could be asked for.
unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null

for stage in dev prod local; do
  node_modules/.bin/cdk synth --quiet --no-notices --app 'node build/bin/leadlake.js' \
    --context stage="$stage" --context functions="$out/functions" --output "$out/$stage"
  # W3005 is about dependencies that CDK writes down although others imply them.
  "$lint" --ignore-checks W3005 --template "$out/$stage"/*.template.json
  echo "$stage: no finding of cdk-nag or cfn-lint"
done

# In one process, so that each stage is synthesised once for all of them.
for test in build/test/*.test.js; do
  echo "require('$infra/$test');"
done >"$out/all.test.js"
node --test --test-reporter=spec "$out/all.test.js"
