# What a contributor and the workflows run. The work is done by cargo, scripts/ and `cargo xtask`.

# In bytes; the module's budget.
MODULE_SIZE_LIMIT := 100000

# For each target of `make fuzz`.
FUZZ_SECONDS ?= 60

# kwctl where it is installed, else the runner that takes the same flags.
KWCTL ?= $(shell command -v kwctl || echo $(XTASK))
XTASK := $(or $(CARGO_TARGET_DIR),target)/debug/xtask

MODULE_SOURCES := Cargo.toml Cargo.lock $(wildcard build.rs .cargo/config.toml) \
	$(shell find src -name '*.rs') scripts/build-module.sh
BASELINE_SOURCES := $(wildcard bench/baseline/Cargo.* bench/baseline/src/*) scripts/build-module.sh
ANNOTATE_SOURCES := $(shell find annotate/src -name '*.rs') annotate/Cargo.toml

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all help demo xtask test size reproducible lint unit-tests e2e-tests bench fuzz fuzz-smoke deny clean

all: policy.wasm annotated-policy.wasm demo ## Build the policy and judge the README's example

help: ## Say what can be made
	@sed -n 's/^\([a-z0-9.-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

policy.wasm: $(MODULE_SOURCES) ## The bare module
	scripts/build-module.sh

annotated-policy.wasm: policy.wasm metadata.yml README.md $(ANNOTATE_SOURCES) ## The module with its metadata
	cargo run --locked --package annotate -- module

xtask: ## The tools that run the policy without a cluster
	@echo 'Building the tools; the WebAssembly engine takes minutes the first time.'
	cargo build --locked --package xtask

demo: policy.wasm xtask ## Judge the README's example: denied without settings, admitted by its rule
	@$(XTASK) demo

test: size reproducible lint unit-tests fuzz-smoke e2e-tests ## Everything that a change has to pass

size: policy.wasm ## Hold the module to its budget
	@bytes=$$(wc -c <policy.wasm); \
	echo "policy.wasm: $$bytes of at most $(MODULE_SIZE_LIMIT) bytes"; \
	test "$$bytes" -le $(MODULE_SIZE_LIMIT)

reproducible: ## Compare the bytes of two builds in two folders
	scripts/check-reproducible.sh

lint: ## Formatting, clippy, documentation, workflows and scripts
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked
	scripts/install-packages.sh shellcheck
	scripts/lint-workflows.sh

unit-tests: policy.wasm annotated-policy.wasm ## Unit and integration tests, natively and in the engine
	cargo test --workspace --locked

e2e-tests: annotated-policy.wasm xtask ## The end-to-end tests, with kwctl where it is installed
	scripts/install-packages.sh bats
	KWCTL='$(KWCTL)' POLICY=annotated-policy.wasm bats e2e.bats

bench: policy.wasm target/bench/baseline.wasm ## Measure against an idiomatic policy and hold the budgets; 5 minutes the first time
	cargo run --quiet --locked --package bench -- fuel
	cargo run --quiet --locked --package bench -- times

target/bench/baseline.wasm: $(BASELINE_SOURCES)
	scripts/build-module.sh --baseline --output $@

fuzz: ## Fuzz each target for FUZZ_SECONDS (60)
	scripts/fuzz.sh $(FUZZ_SECONDS)

fuzz-smoke: ## Fuzz each target for a moment
	scripts/fuzz.sh --smoke

deny: ## Check the dependencies' licences, sources and known vulnerabilities
	command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --version 0.20.2
	cargo deny --workspace check

clean: ## Remove all that was built
	cargo clean
	rm -f policy.wasm annotated-policy.wasm
