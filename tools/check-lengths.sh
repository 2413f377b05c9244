#!/usr/bin/env bash
# A file over 500 lines wants a second room.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
long=$(git ls-files -co --exclude-standard -- '*.rs' '*.ts' '*.py' '*.sql' '*.sh' '*.cjs' '*.js' '*.html' '*.css' | xargs wc -l | awk '$2 != "total" && $1 > 500')
if [[ -n $long ]]; then
  echo "over 500 lines:" >&2
  echo "$long" >&2
  exit 1
fi
