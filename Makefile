# Every target does its own set-up. Built things go to $LEADLAKE_CACHE where that is set, so that a fresh clone
# need not build its dependencies again.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Checkouts that share a cache come and go: what would speed up the next build of the same one takes half as long again to make.
ifdef LEADLAKE_CACHE
export CARGO_TARGET_DIR ?= $(LEADLAKE_CACHE)/target
export CARGO_INCREMENTAL ?= 0
endif
TARGET := $(or $(CARGO_TARGET_DIR),target)
DEMO_LAKE ?= demo-lake
DEMO_EVENTS ?= 20000
BENCH_EVENTS ?= 1000000

.PHONY: help demo local bootstrap package stage diff deploy destroy costs test test-long check built library-tests program-tests python-tests aws-tests localstack-tests infra-tests browser-tests \
	pictures charts bench growth load soak fuzz clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The profile of the demo leaves out what makes a release slow to build, and the program what talks to AWS: the demo needs no account.
LEADLAKE := $(TARGET)/demo/leadlake

demo: ## A lake of invented leads, run for a month on this machine alone; run again, it goes on with a further day
	cargo build --locked --profile demo --workspace --bin leadlake --no-default-features --features leadlake/query
	$(LEADLAKE) demo --dir $(DEMO_LAKE) --events $(DEMO_EVENTS)

FUNCTIONS := --bin refine --bin score --bin catalog

local: built ## The functions on this machine, on an emulator of AWS: drops a sample of each source and shows silver appear; Ctrl-C ends it
	python=$$(tools/aws-env.sh) && lambda=$$(tools/aws-env.sh lambda) && \
	exec "$$python/python" tests/aws/local.py --cargo-lambda "$$lambda/cargo-lambda" --functions "$(abspath $(TARGET))/debug"

# Which stage of infra/config, as in: make deploy STAGE=dev
STAGE ?=
ARCHITECTURE ?= arm64
LAMBDA := $(abspath $(TARGET))/lambda-$(ARCHITECTURE)

bootstrap: ## Prepare an account and region for CDK, once: make bootstrap STAGE=dev
	tools/deploy.sh bootstrap "$(STAGE)"

stage:
	tools/deploy.sh check "$(STAGE)"

package: ## Build the functions for Lambda (arm64; ARCHITECTURE=x86_64 for the other)
	tools/package.sh "$(LAMBDA)" $(ARCHITECTURE)

# A stage that is not there is told before minutes of building.
diff: stage ## What a deployment would change: make diff STAGE=dev
	$(MAKE) --no-print-directory package
	tools/deploy.sh diff "$(STAGE)" "$(LAMBDA)"

deploy: stage ## Build and deploy: make deploy STAGE=dev; with STACK=lake only that
	$(MAKE) --no-print-directory package
	tools/deploy.sh deploy "$(STAGE)" "$(LAMBDA)"

destroy: ## Take everything away but the data: make destroy STAGE=dev; with DELETE_DATA=dev the data too; with STACK=warehouse only that
	tools/deploy.sh destroy "$(STAGE)"

costs: ## Compute infra/COST.md anew
	infra=$$(tools/infra-env.sh) && cd "$$infra" && node build/cost/print.js

# Compilers wait for each other, and emulators and browsers for their time: side by side, both processors have something to do.
# The longest begin first. Cargo does one thing at a time: clippy comes before the build, or tests would wait for it.
test: ## Everything that must hold: style, lints, licences, tests in Rust, in Python, on AWS's APIs, of the deployment and in a browser
	$(MAKE) --no-print-directory --jobs=5 --output-sync=target BEFORE=check check infra-tests aws-tests library-tests python-tests program-tests browser-tests

check: ## Formatting, lints, licences, no file over 500 lines
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo fetch --locked
	deny=$$(tools/cargo-tools.sh) && "$$deny/cargo-deny" --offline check bans licenses sources
	tools/check-lengths.sh

# What has to be done before it, where more than one part is asked for.
BEFORE :=

# Whatever tests run, with the features that dependencies have in tests, so that none is built a second time.
built: $(BEFORE)
	cargo build --locked --workspace --bin leadlake $(FUNCTIONS) --tests --example conformance

library-tests: built
	cargo test --locked --workspace --lib --test '*'

# Those of the functions wait most of their time: for deadlines, and for what hangs.
program-tests: built
	cargo test --locked --workspace --bins

# Readers that are not ours: datacontract-cli, pyarrow and DuckDB.
python-tests: built
	python=$$(tools/python-env.sh) && LEADLAKE_BIN="$(abspath $(TARGET))/debug/leadlake" "$$python/python" -m pytest -q tests/python

aws-tests: built ## The functions and the CLI on AWS's APIs: whole lakes, faults and races on MiniStack
	tools/aws-tests.sh "$(abspath $(TARGET))/debug"

infra-tests: ## The deployment: every stage's templates, cdk-nag, cfn-lint; no account, no network
	tools/infra-tests.sh

# Each of Node's packages lies in the cache, and the program has page and charts compiled in.
BROWSER_TESTS = page=$$(tools/node-env.sh lib/report/page) && tests=$$(tools/node-env.sh tests/browser) && browser=$$(tools/browser.sh) && \
	CHROMIUM="$$browser" LEADLAKE_BIN="$(abspath $(TARGET))/debug/leadlake" NODE_PATH="$$tests/node_modules:$$page/node_modules" \
	node --test --test-concurrency=2 --test-reporter=spec

browser-tests: built ## The report's page in a real browser: numbers, accessibility, privacy, hostile input
	$(BROWSER_TESTS) tests/browser/*.test.cjs

pictures: built ## Take the README's pictures of the report anew
	mkdir -p docs/images
	export LEADLAKE_PICTURES="$(abspath docs/images)" && $(BROWSER_TESTS) --test-name-pattern=pictures tests/browser/page.test.cjs

charts: ## Bundle the script of the report's charts anew
	page=$$(tools/node-env.sh lib/report/page) && NODE_PATH="$$page/node_modules" node lib/report/page/build.cjs

localstack-tests: built ## S3 and its notifications on LocalStack, which wants Python 3.13
	localstack=$$(tools/aws-env.sh localstack) && export LEADLAKE_LOCALSTACK="$$localstack" && tools/aws-tests.sh "$(abspath $(TARGET))/debug" tests/aws/test_localstack.py

test-long: ## The tests at full size (gigabytes), a minute of fuzzing, and another emulator of S3
	LEADLAKE_LONG=1 cargo test --locked --profile demo --package leadlake-tests
	tools/fuzz.sh 60
	$(MAKE) --no-print-directory localstack-tests

SOAK_KILLS ?= 10000

soak: built ## Processes killed ten thousand times, at every step of everything that changes a lake, and nothing lost
	LEADLAKE_KILLS=$(SOAK_KILLS) cargo test --locked --workspace --test survival
	LEADLAKE_SOAK=1 tools/aws-tests.sh "$(abspath $(TARGET))/debug" tests/aws/test_kills.py

fuzz: ## Fuzz the reader for ten minutes
	tools/fuzz.sh 600

bench: ## A million events to gold, beside Polars and DuckDB doing the same; how well people are found; the Lambdas, beside pandas
	cargo build --locked --release --package leadlake --no-default-features
	cargo build --locked --release --package refine --package score --package catalog
	cargo build --locked --release --package leadlake-lead --example febrl
	python=$$(tools/python-env.sh) && "$$python/python" bench/run.py --leadlake $(TARGET)/release/leadlake --python "$$python/python" --events $(BENCH_EVENTS)
	python=$$(tools/python-env.sh) && "$$python/python" bench/febrl.py --febrl $(TARGET)/release/examples/febrl
	python=$$(tools/aws-env.sh) && "$$python/python" bench/lambdas.py --leadlake $(TARGET)/release/leadlake --functions $(TARGET)/release

growth: ## The same lake with 1, 2, 5 and 10 million events: time, CPU and memory
	cargo build --locked --release --package leadlake --no-default-features
	python=$$(tools/python-env.sh) && "$$python/python" bench/growth.py --leadlake $(TARGET)/release/leadlake

load: ## Objects that come for two minutes, on the emulator: how many a second, what waits, memory, and what bounds it
	cargo build --locked --release --package refine --package score --package catalog
	python=$$(tools/aws-env.sh) && "$$python/python" bench/load.py --functions $(TARGET)/release

clean: ## Remove what was built here
	rm -rf target $(DEMO_LAKE)
