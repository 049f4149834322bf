#!/usr/bin/env bash
# Fuzzes each target of fuzz/ with libFuzzer.
#
#   scripts/fuzz.sh [SECONDS | --runs N]
#
# Each target runs for SECONDS (60), or for N executions. What is found lands in
# fuzz/artifacts; the seeds in fuzz/corpus are read and not added to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == --runs ]]; then
    budget=-runs=${2:?--runs takes a number}
else
    budget=-max_total_time=${1:-60}
fi

if ! command -v cargo-fuzz >/dev/null; then
    echo 'fuzz: installing cargo-fuzz' >&2
    cargo install --locked --quiet cargo-fuzz
fi

# Coverage instrumentation needs a flag that a stable compiler takes only so.
# Without a sanitizer, which would need another standard library.
export RUSTC_BOOTSTRAP=1
cargo fuzz build --sanitizer none
for target in $(cargo fuzz list); do
    new=fuzz/target/new/$target
    artifacts=fuzz/artifacts/$target
    mkdir -p "$new" "$artifacts"
    echo "fuzz: $target, $budget"
    cargo fuzz run --sanitizer none "$target" "$new" "fuzz/corpus/$target" -- \
        "$budget" -max_len=4096 -artifact_prefix="$artifacts/" -print_final_stats=1 -verbosity=0
done
