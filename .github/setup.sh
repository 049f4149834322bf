#!/usr/bin/env bash
# Gives a fresh Ubuntu runner what `make test` runs with: a current stable Rust with the
# WebAssembly target, bats and shellcheck.
set -euo pipefail

rustup toolchain install stable --profile minimal --component clippy,rustfmt --target wasm32-unknown-unknown
rustup default stable
"$(dirname "${BASH_SOURCE[0]}")/../scripts/install-packages.sh" bats shellcheck
