#!/usr/bin/env bash
# Installs the locked packages of a Node package, unless they are there, and prints the folder with its node_modules.
# usage: node-env.sh FOLDER
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lock.sh"

say() { echo "$*" >&2; }

oldest_node=20

check_node() {
  local version
  if ! version=$(node --print 'process.versions.node.split(".")[0]' 2>/dev/null); then
    say "Node is missing: install Node $oldest_node or newer with npm (https://nodejs.org; on Debian: apt-get install nodejs npm)"
    return 1
  fi
  if ((version < oldest_node)); then
    say "Node $version is too old: install Node $oldest_node or newer (https://nodejs.org)"
    return 1
  fi
  if ! command -v npm >/dev/null; then
    say "npm is missing: it comes with Node from https://nodejs.org; on Debian: apt-get install npm"
    return 1
  fi
}

# The platform belongs to it, since some packages hold built programs.
fingerprint() {
  node - "$@" <<'NODE'
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
for (const file of process.argv.slice(2)) hash.update(readFileSync(file));
console.log(hash.digest('hex').slice(0, 16));
NODE
}

# It gets its name last, so whatever has the name is whole.
build() {
  local staging
  staging=$(mktemp -d "$environment.XXXXXX")
  say "making $environment"
  cp "$package/package.json" "$package/package-lock.json" "$package/.npmrc" "$staging/"
  # No package of ours needs its install script, and none gets to run one.
  if ! (cd "$staging" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2); then
    rm -rf "$staging"
    say "the packages of $package could not be installed: npm has said why above"
    return 1
  fi
  if [[ -d $environment ]]; then
    rm -rf "$staging"
    return
  fi
  mv "$staging" "$environment"
  say "ready: $environment"
}

if (($# != 1)); then
  say "usage: node-env.sh FOLDER"
  exit 2
fi
package=$(cd "$1" && pwd)

check_node
cache=${LEADLAKE_CACHE:-$HOME/.cache/leadlake}
key=$(fingerprint "$package/package.json" "$package/package-lock.json")
environment=$cache/node-$(basename "$package")-$key

if [[ ! -d $environment ]]; then
  mkdir -p "$cache"
  hold_lock "$environment.lock"
  [[ -d $environment ]] || build
fi
echo "$environment"
