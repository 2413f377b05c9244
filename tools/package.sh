#!/usr/bin/env bash
# Builds the three functions for Lambda: FOLDER/<function>/bootstrap.
# usage: package.sh FOLDER [arm64|x86_64]
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
architecture=${2:-arm64}
case "$architecture" in
  arm64) target=aarch64-unknown-linux-gnu ;;
  x86_64) target=x86_64-unknown-linux-gnu ;;
  *)
    echo "there is no architecture \"$architecture\" on Lambda: say arm64 or x86_64" >&2
    exit 2
    ;;
esac

lambda=$("$tools/aws-env.sh" lambda)
if command -v rustup >/dev/null; then
  rustup target add "$target" >&2
fi
cd "$tools/.."
# The compiler that links for the other architecture lies beside cargo-lambda. The runtime's glibc is that of Amazon Linux 2023.
PATH="$lambda:$PATH" cargo lambda build --locked --release --target "$target.2.34" --lambda-dir "$folder" \
  --package refine --package score --package catalog
for function in refine score catalog; do
  printf '%s %s: %d kB\n' "$function" "$architecture" "$(($(wc -c <"$folder/$function/bootstrap") / 1000))"
done
