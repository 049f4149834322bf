#!/usr/bin/env bash
# Gives a fresh Ubuntu runner what `make test` runs with: the Rust that Cargo.toml names, so
# that a tag is built again to the same bytes, its WebAssembly target, bats and shellcheck.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
rust=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
rustup toolchain install "$rust" --profile minimal --component clippy,rustfmt --target wasm32-unknown-unknown
rustup default "$rust"
scripts/install-packages.sh bats shellcheck
