#!/usr/bin/env bash
# Fuzzes the targets of fuzz/ with libFuzzer.
#
#   scripts/fuzz.sh [SECONDS | --runs N] [TARGET...]
#   scripts/fuzz.sh --smoke
#
# All targets, or each TARGET, run for SECONDS (60) or for N executions. What is found
# lands in fuzz/artifacts; the seeds in fuzz/corpus are read and not added to. `--smoke`
# is a moment for each, the same in every run, and only where there is a C++ compiler,
# which libFuzzer needs. cargo-fuzz is installed where it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kept=fuzz/target/new
case ${1:-} in
--smoke)
    if ! command -v c++ >/dev/null; then
        echo 'fuzz: passed over, since there is no C++ compiler'
        exit 0
    fi
    budget=(-runs=4000 -seed=1)
    kept=$(mktemp -d)
    trap 'rm -rf "$kept"' EXIT
    shift
    ;;
--runs)
    budget=("-runs=${2:?--runs takes a number}")
    shift 2
    ;;
*)
    budget=("-max_total_time=${1:-60}")
    shift || true
    ;;
esac

if ! command -v cargo-fuzz >/dev/null; then
    echo 'fuzz: installing cargo-fuzz' >&2
    cargo install --locked --quiet cargo-fuzz --version 0.13.2
fi

# Coverage instrumentation needs a flag that a stable compiler takes only so.
# Without a sanitizer, which would need another standard library.
export RUSTC_BOOTSTRAP=1
cargo fuzz build --sanitizer none
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(cargo fuzz list)
for target in "${targets[@]}"; do
    new=$kept/$target
    artifacts=fuzz/artifacts/$target
    mkdir -p "$new" "$artifacts"
    echo "fuzz: $target ${budget[*]}"
    # libFuzzer's own talk is left out, but for what it finds and its figures.
    cargo fuzz run --sanitizer none "$target" "$new" "fuzz/corpus/$target" -- \
        "${budget[@]}" -max_len=4096 -artifact_prefix="$artifacts/" -print_final_stats=1 -verbosity=0 2>&1 |
        sed '/^ *\(Finished\|Running\) /d; /^\(WARNING: Failed to find\|INFO:\)/d; /# Uses:/d; /commended dictionary/d; /NEW_FUNC/d'
done
