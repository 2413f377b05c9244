#!/usr/bin/env bash
# Installs what infra/ needs and compiles it, as far as that is not done, and prints its folder.
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
infra=$(cd "$tools/../infra" && pwd)
packages=$("$tools/node-env.sh" "$infra")/node_modules
cd "$infra"

# Compilers look for packages beside the sources only. What somebody installed there by hand stays.
if [[ ! -e node_modules || -L node_modules ]]; then
  ln -sfn "$packages" node_modules
fi

# Tests of templates and tests on an emulator come here side by side.
source "$tools/lock.sh"
hold_lock .build.lock
compiled=$(find bin config cost lib test -name '*.ts' | LC_ALL=C sort | xargs grep -aH '' tsconfig.json package-lock.json | git hash-object --stdin)
if [[ $(cat build/.compiled 2>/dev/null) != "$compiled" ]]; then
  rm -rf build
  node_modules/.bin/tsc >&2
  echo "$compiled" >build/.compiled
fi
echo "$infra"
