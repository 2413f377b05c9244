#!/usr/bin/env bash
# Fuzzes refinement for a number of seconds, within 512 MB, and fails on any crash. Needs no nightly toolchain: what the
# fuzzer must see is which branches were taken, and code without `unsafe` gains little from a sanitizer.
# usage: fuzz.sh SECONDS
set -euo pipefail
if (($# != 1)) || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: fuzz.sh SECONDS" >&2
  exit 2
fi
seconds=$1

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
crate=$root/lib/refine/fuzz
cache=${LEADLAKE_CACHE:-$HOME/.cache/leadlake}
# What is found is added here, not to the seeds of the repository; the next run goes on from it.
found=$cache/fuzz-corpus/refine
mkdir -p "$found"

bin=$("$root/tools/cargo-tools.sh" fuzz)
cd "$root"
cargo fetch --locked --manifest-path "$crate/Cargo.toml"
PATH="$bin:$PATH" cargo fuzz run --fuzz-dir "$crate" --sanitizer none --target-dir "$cache/target-fuzz" \
  refine "$found" "$crate/corpus/refine" -- \
  -max_total_time="$seconds" -rss_limit_mb=512 -malloc_limit_mb=256 -max_len=65536 -timeout=10 \
  -dict="$crate/refine.dict" -print_final_stats=1
