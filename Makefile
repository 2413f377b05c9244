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

# The profile of the demo leaves out what makes a release slow to build.
LEADLAKE := $(TARGET)/demo/leadlake

demo: ## Generate a month of raw events, refine and score them, recount, on this machine alone
	cargo build --locked --profile demo --workspace --bin leadlake
	rm -rf $(DEMO_LAKE)
	$(LEADLAKE) generate $(DEMO_LAKE) --events $(DEMO_EVENTS) --days 31
	$(LEADLAKE) run --lake $(DEMO_LAKE) --as-of 2025-01-31
	$(LEADLAKE) verify --lake $(DEMO_LAKE)
	$(LEADLAKE) query --lake $(DEMO_LAKE) "$$DEMO_QUERY"
	@who=$$($(LEADLAKE) query --lake $(DEMO_LAKE) --format csv "$$WHOM_TO_CALL" | tail -n 1) && $(LEADLAKE) lead --lake $(DEMO_LAKE) $$who
	@echo
	@echo "The lake is in $(DEMO_LAKE). Next, for example:"
	@echo "  $(LEADLAKE) query --lake $(DEMO_LAKE) \"SHOW TABLES\""
	@echo "  $(LEADLAKE) contract show webinar"
	@echo "  $(LEADLAKE) replay --lake $(DEMO_LAKE) --code not_allowed"

define DEMO_QUERY
SELECT lead_category, count(*) AS leads, sum(CASE WHEN converted THEN 1 ELSE 0 END) AS converted,
       round(avg(final_score), 1) AS average_score, round(avg(conversion_probability), 3) AS probability
FROM gold_lead_scores GROUP BY lead_category ORDER BY average_score DESC
endef
define WHOM_TO_CALL
SELECT lead_id FROM gold_lead_scores WHERE NOT converted AND outcome IS DISTINCT FROM 'lost' ORDER BY final_score DESC, lead_id LIMIT 1
endef
export DEMO_QUERY WHOM_TO_CALL

test: check rust-tests python-tests ## Everything that must hold: style, lints, licences, Rust and Python tests

check: ## Formatting, lints, licences, no file over 500 lines
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo fetch --locked
	deny=$$(tools/cargo-tools.sh) && "$$deny/cargo-deny" --offline check bans licenses sources
	tools/check-lengths.sh

rust-tests:
	cargo test --locked --workspace

# Readers that are not ours: datacontract-cli, pyarrow and DuckDB. Built with the tests, the program has dependencies with
# the features that they have there, and none is built a second time.
python-tests:
	cargo build --locked --workspace --bin leadlake --tests
	python=$$(tools/python-env.sh) && LEADLAKE_BIN="$(abspath $(TARGET))/debug/leadlake" "$$python/python" -m pytest -q tests/python

test-long: ## The tests at full size (gigabytes) and a minute of fuzzing
	LEADLAKE_LONG=1 cargo test --locked --profile demo --package leadlake-tests
	tools/fuzz.sh 60

fuzz: ## Fuzz the reader for ten minutes
	tools/fuzz.sh 600

bench: ## A million events to gold, beside Polars and DuckDB doing the same; and how well people are found
	cargo build --locked --release --package leadlake --no-default-features
	cargo build --locked --release --package leadlake-lead --example febrl
	python=$$(tools/python-env.sh) && "$$python/python" bench/run.py --leadlake $(TARGET)/release/leadlake --python "$$python/python" --events $(BENCH_EVENTS)
	python=$$(tools/python-env.sh) && "$$python/python" bench/febrl.py --febrl $(TARGET)/release/examples/febrl

clean: ## Remove what was built here
	rm -rf target $(DEMO_LAKE)
