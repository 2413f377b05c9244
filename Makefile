# Every target does its own set-up. Built things go to $LEADLAKE_CACHE where that is set, so that a fresh clone
# need not build its dependencies again.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

ifdef LEADLAKE_CACHE
export CARGO_TARGET_DIR ?= $(LEADLAKE_CACHE)/target
endif
TARGET := $(or $(CARGO_TARGET_DIR),target)
DEMO_LAKE ?= demo-lake
DEMO_EVENTS ?= 20000
BENCH_EVENTS ?= 1000000

.PHONY: help demo test test-long check rust-tests python-tests bench fuzz clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## Generate raw events, refine them and recount, on this machine alone
	cargo build --locked --release --package leadlake
	rm -rf $(DEMO_LAKE)
	$(TARGET)/release/leadlake generate $(DEMO_LAKE) --events $(DEMO_EVENTS)
	$(TARGET)/release/leadlake ingest --lake $(DEMO_LAKE)
	$(TARGET)/release/leadlake verify --lake $(DEMO_LAKE)
	@echo
	@echo "The lake is in $(DEMO_LAKE). Next, for example:"
	@echo "  $(TARGET)/release/leadlake contract show webinar"
	@echo "  $(TARGET)/release/leadlake replay --lake $(DEMO_LAKE) --code not_allowed"

test: check rust-tests python-tests ## Everything that must hold: style, lints, licences, Rust and Python tests

check: ## Formatting, lints, licences, no file over 500 lines
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo fetch --locked
	deny=$$(tools/cargo-tools.sh) && "$$deny/cargo-deny" --offline check bans licenses sources
	tools/check-lengths.sh

rust-tests:
	cargo test --locked --workspace

# Readers that are not ours: datacontract-cli, pyarrow and DuckDB.
python-tests:
	cargo build --locked --workspace --bin leadlake
	python=$$(tools/python-env.sh) && LEADLAKE_BIN="$(abspath $(TARGET))/debug/leadlake" "$$python/python" -m pytest -q tests/python

test-long: ## The tests at full size (gigabytes) and a minute of fuzzing
	LEADLAKE_LONG=1 cargo test --locked --release --package leadlake-tests
	tools/fuzz.sh 60

fuzz: ## Fuzz the reader for ten minutes
	tools/fuzz.sh 600

bench: ## A million events to silver, beside Polars and DuckDB doing the same
	cargo build --locked --release --package leadlake
	python=$$(tools/python-env.sh) && "$$python/python" bench/run.py --leadlake $(TARGET)/release/leadlake --python "$$python/python" --events $(BENCH_EVENTS)

clean: ## Remove what was built here
	rm -rf target $(DEMO_LAKE)
