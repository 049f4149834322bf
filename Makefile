# The targets of Kubewarden's policies, and some more. `make help` lists them.

BUILT := $(or $(CARGO_TARGET_DIR),target)
EXAMPLE := artefacts/examples/windows-exporter
SOURCES := Cargo.toml Cargo.lock .cargo/config.toml $(shell find src module -name '*.rs' -o -name Cargo.toml)

# kwctl if it is installed, else the harness, which takes the same flags.
KWCTL ?= $(or $(shell command -v kwctl),$(BUILT)/debug/harness)
# With --examples cargo chooses the same features as for the tests, so the engine is built once.
TOOLS := cargo build --locked --bins --examples $(if $(filter %/harness,$(KWCTL)),--workspace,--package hostprocess)

# The arguments of each target of `make fuzz`. AddressSanitizer is many times slower if it keeps call
# stacks and much freed memory. Leaks do not matter to a module that lives for one call.
FUZZ ?= -max_total_time=60
export ASAN_OPTIONS ?= detect_leaks=0:malloc_context_size=0:quarantine_size_mb=8

# What `make mutants` compares with, and further arguments of cargo-mutants, such as `--file src/text.rs`. A whole run
# takes some four hours.
MUTANTS_SINCE ?= origin/main
MUTANTS ?= -- --locked --lib --test decisions

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all help setup rust-tools target tools demo test fmt lint unit-tests e2e-tests soak bench mutants fuzz fuzz-smoke deny release web web-test clean

all: annotated-policy.wasm demo ## Build the policy and judge the README's example with it

help: ## List the targets
	@sed -n 's/^\([a-z0-9.-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 24

policy.wasm: $(SOURCES) | target ## The bare module
	cargo build --target=wasm32-wasip1 --release --locked
	cp $(BUILT)/wasm32-wasip1/release/*.wasm policy.wasm

annotated-policy.wasm: policy.wasm metadata.yml README.md | tools ## The module with its metadata
	$(KWCTL) annotate -m metadata.yml -u README.md -o annotated-policy.wasm policy.wasm

demo: annotated-policy.wasm tools ## Judge the README's example: denied without settings, admitted by its rule
	@echo; echo 'Without settings, in the module:'
	@$(KWCTL) run -r $(EXAMPLE)/request.json annotated-policy.wasm | grep '"allowed":false'
	@echo; echo "With the example's rule, in the module:"
	@$(KWCTL) run -r $(EXAMPLE)/request.json --settings-path $(EXAMPLE)/settings.yaml annotated-policy.wasm \
		| grep '"allowed":true'
	@echo; echo 'The manifest under the same rule, by hostprocess check:'
	@$(BUILT)/debug/hostprocess check --settings $(EXAMPLE)/settings.yaml $(EXAMPLE)/daemonset.yaml

test: setup fmt lint unit-tests e2e-tests ## Run everything that a change has to pass

fmt: ## Check the formatting, also in the workspaces of their own
	for manifest in Cargo.toml fuzz/Cargo.toml harness/baseline/Cargo.toml web/Cargo.toml; do \
		cargo fmt --manifest-path $$manifest --all -- --check || exit; done

lint: ## Run clippy, and build the documentation
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo check --package hostprocess --lib --no-default-features --locked
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked

unit-tests: | target ## Run the unit and integration tests, natively and in the engine
	cargo test --workspace --locked

e2e-tests: annotated-policy.wasm ## Run the end-to-end tests, with kwctl if it is installed
	KWCTL='$(KWCTL)' bats e2e.bats

# Installs what is missing, with rustup and the package manager of Debian and Ubuntu.
setup: rust-tools | target
	@command -v bats >/dev/null || { \
		echo "Installing the system's package bats, for the end-to-end tests."; \
		root=; test "$$(id -u)" = 0 || root=sudo; \
		{ $$root apt-get update -qq; $$root apt-get install -y -qq --no-install-recommends bats; } >/dev/null 2>&1; \
		command -v bats >/dev/null || { echo 'It cannot be installed here: please install bats.'; exit 1; }; }
	@test -d $(BUILT)/debug/deps || echo 'The first time, building the engine and the tests takes some minutes.'

rust-tools:
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || { \
		echo 'Adding clippy and rustfmt through rustup.'; rustup component add clippy rustfmt; }

target:
	@test -d "$$(rustc --print target-libdir --target wasm32-wasip1)" || { \
		echo 'Adding the target wasm32-wasip1 through rustup.'; rustup target add wasm32-wasip1; }

tools:
	@test -d $(BUILT)/debug/deps || echo 'Building the tools. The first time, without kwctl, it takes some minutes.'
	$(TOOLS)

soak: | target ## Run the randomised tests for longer: 15 minutes
	SOAK=1 PROPTEST_CASES=1000000 cargo test --workspace --locked --test oracle --test faults
	PROPTEST_CASES=50000 cargo test --workspace --locked --test properties --test api_server

bench: | target ## Measure the policy beside a null policy and one like the official ones; 10 minutes, on an idle machine
	cargo bench --locked --package harness --features bench

mutants: ## Mutate what changed since MUTANTS_SINCE (all of src/ if it is empty): a test must fail
	command -v cargo-mutants >/dev/null || cargo install --locked cargo-mutants
	mkdir -p $(BUILT)
	$(if $(MUTANTS_SINCE),git diff $(MUTANTS_SINCE) -- src >$(BUILT)/mutants.diff)
	cargo mutants --package windows-hostprocess-policy --output $(BUILT) \
		$(if $(MUTANTS_SINCE),--in-diff $(BUILT)/mutants.diff) $(MUTANTS)

fuzz: ## Fuzz each target under AddressSanitizer, by default for a minute; FUZZ holds libFuzzer's options
	command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
	cd fuzz && for target in $$(cargo fuzz list); do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run $$target -- $(FUZZ) || exit; done

fuzz-smoke: ## Run each fuzz target for a moment, without cargo-fuzz; takes a C++ compiler
	cd fuzz && for target in fuzz_targets/*.rs; do target=$$(basename $$target .rs); \
		RUSTFLAGS='--cfg fuzzing' cargo run --release --locked --bin $$target -- \
			-runs=4000 -seed=1 -max_len=4096 -verbosity=0 corpus/$$target || exit; done

deny: ## Check the dependencies' licences and sources, and known vulnerabilities if the list can be reached
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny --workspace check bans licenses sources
	if cargo deny fetch db; then cargo deny --workspace check advisories; else \
		echo 'The list of vulnerabilities cannot be reached: it is left out.'; fi

release: ## Set the version to VERSION in every file that names it
	cargo run --quiet --locked --package xtask -- release $(VERSION) $(shell date -u +%F)

# The page is a workspace of its own in web/.
WEB := --manifest-path web/Cargo.toml --target-dir web/target --locked

web: ## Build the page to try the policy on, in web/target/page
	@test -d "$$(rustc --print target-libdir --target wasm32-unknown-unknown)" || { \
		echo 'Adding the target wasm32-unknown-unknown through rustup.'; rustup target add wasm32-unknown-unknown; }
	cargo build $(WEB) --release --target wasm32-unknown-unknown
	cargo run $(WEB) --features build --bin build-page -- \
		web/target/wasm32-unknown-unknown/release/hostprocess_web.wasm web/target/page

web-test: rust-tools web ## Test the page in Chromium, or in Chrome if CHROME names its program
	@command -v chromedriver >/dev/null || { \
		echo "Installing the system's packages chromium and chromium-driver, for the test of the page."; \
		root=; test "$$(id -u)" = 0 || root=sudo; \
		{ $$root apt-get update -qq; $$root apt-get install -y -qq --no-install-recommends chromium chromium-driver; } \
			>/dev/null 2>&1; \
		command -v chromedriver >/dev/null || { echo 'It cannot be installed here: please install chromedriver.'; exit 1; }; }
	cargo clippy $(WEB) --all-targets --features build,browser-test -- -D warnings
	cargo clippy $(WEB) --lib --target wasm32-unknown-unknown -- -D warnings
	cargo test $(WEB) --features browser-test

clean: ## Remove all that was built
	cargo clean
	rm -f policy.wasm annotated-policy.wasm
