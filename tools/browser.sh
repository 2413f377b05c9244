#!/usr/bin/env bash
# Prints the path of a Chromium; where there is none, it is installed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lock.sh"
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { echo "$*" >&2; }

# Asked for its version, since a name may belong to a stub that only says how to get a browser.
works() { [[ -x $1 ]] && "$1" --version >/dev/null 2>&1; }

installed() {
  local name path
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    path=$(type -P "$name") || continue
    if works "$path"; then
      echo "$path"
      return
    fi
  done
  path="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
  works "$path" && echo "$path"
}

from_apt() {
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null || return 1
  say "installing chromium with apt-get"
  apt-get update -qq >&2 || return 1
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >&2 || return 1
  installed
}

from_playwright() {
  local environment path
  environment=$("$tools/node-env.sh" "$tools/../tests/browser") || return 1
  export PLAYWRIGHT_BROWSERS_PATH=$cache/browsers
  path=$(NODE_PATH="$environment/node_modules" node --print 'require("playwright-core").chromium.executablePath()') || return 1
  if ! works "$path"; then
    say "downloading Chromium with Playwright"
    node "$environment/node_modules/playwright-core/cli.js" install chromium >&2 || return 1
  fi
  works "$path" && echo "$path"
}

if [[ -n ${CHROMIUM:-} ]]; then
  if ! path=$(type -P "$CHROMIUM") || ! works "$path"; then
    say "CHROMIUM is '$CHROMIUM', which does not run: name a Chromium or Chrome there, or unset it"
    exit 1
  fi
  echo "$path"
  exit
fi

installed && exit
cache=${LEADLAKE_CACHE:-$HOME/.cache/leadlake}
mkdir -p "$cache"
hold_lock "$cache/browser.lock"
installed || from_apt || from_playwright && exit
say "No Chromium was found, and none could be installed: install Chromium or Chrome, or set CHROMIUM to the path of one"
exit 1
