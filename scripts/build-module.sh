#!/usr/bin/env bash
# Builds the policy's WebAssembly module, and nothing but the module.
#
#   scripts/build-module.sh [--baseline] [--std auto|prebuilt|source] [--output FILE]
#
# The standard library for wasm32-unknown-unknown comes from the first of:
#   1. the installed compiler, when the target is there already;
#   2. rustup, which downloads it;
#   3. Debian's packages (rustc-web, cargo-web, rust-web-src), from whose sources
#      cargo builds it.
# `--std prebuilt` stops after 2, `--std source` begins at 3; both exist to
# compare the two builds. The module is written to policy.wasm at the
# repository's root unless --output names another file. `--baseline` builds the
# policy that the benchmark compares with, to target/bench/baseline.wasm.
#
# Two builds of one commit by one compiler give the same bytes wherever the
# repository lies: no path of this machine gets into the module.
set -euo pipefail

target=wasm32-unknown-unknown
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target_dir=${CARGO_TARGET_DIR:-$root/target}
std=auto
output=

manifest=$root/Cargo.toml
package=windows-hostprocess-policy
profile=module
std_crates=core,alloc
# Vector instructions are what the engine of Kubewarden has; the inlining threshold is as
# fast as the default here and 2 KB smaller.
tuning=(-Ctarget-feature=+simd128 -Cllvm-args=-inline-threshold=30)
default_output=$root/policy.wasm

say() { printf 'build-module: %s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

while (($# > 0)); do
    case $1 in
    --baseline)
        manifest=$root/bench/baseline/Cargo.toml
        package=hostprocess-baseline
        profile=release
        std_crates=std,panic_abort
        tuning=()
        default_output=$target_dir/bench/baseline.wasm
        shift
        ;;
    --std)
        std=${2:?--std takes auto, prebuilt or source}
        shift 2
        ;;
    --output)
        output=${2:?--output takes a file}
        shift 2
        ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    *) die "unknown argument: $1" ;;
    esac
done
output=${output:-$default_output}
[[ $std =~ ^(auto|prebuilt|source)$ ]] || die "--std takes auto, prebuilt or source, not $std"

# Whether compiler $1 brings a standard library for the target.
has_target() {
    local sysroot
    sysroot=$("$1" --print sysroot 2>/dev/null) || return 1
    compgen -G "$sysroot/lib/rustlib/$target/lib/libstd-*.rlib" >/dev/null
}

install_packages() {
    "$root/scripts/install-packages.sh" "$@" ||
        die "$target cannot be built for without them; 'rustup target add $target' gives all it needs, where it works"
}

# Prints a linker for WebAssembly: the one of the compiler in PATH, else LLVM's.
find_lld() {
    local sysroot host lld
    if sysroot=$(rustc --print sysroot 2>/dev/null); then
        host=$(rustc -vV | sed -n 's/^host: //p')
        lld=$sysroot/lib/rustlib/$host/bin/rust-lld
        [[ -x $lld ]] && printf '%s\n' "$lld" && return
    fi
    [[ -x /usr/bin/rust-lld ]] && printf '/usr/bin/rust-lld\n'
}

# Builds with the cargo given first; further arguments go to cargo.
build() {
    local cargo=$1 target_dir=$2 std_source=$3
    shift 3
    local flags=(
        "--remap-path-prefix=$root=/policy"
        "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
        "${tuning[@]}"
    )
    [[ -n $std_source ]] && flags+=("--remap-path-prefix=$std_source=/rustc")
    # The encoded form is used since it is the only one that keeps spaces in paths.
    local encoded
    encoded=$(IFS=$'\x1f' && printf '%s' "${flags[*]}")
    (
        cd "$root"
        # Whatever flags are set for the user's own builds must not change the bytes.
        unset RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS
        unset RUSTC_WRAPPER CARGO_BUILD_TARGET
        CARGO_ENCODED_RUSTFLAGS=$encoded CARGO_TARGET_DIR=$target_dir \
            "$cargo" rustc --locked --manifest-path "$manifest" --package "$package" --lib --crate-type cdylib \
            --profile "$profile" --target "$target" "$@"
    ) || die "the module did not compile"
    built=$target_dir/$target/$profile/${package//-/_}.wasm
}

built=

build_prebuilt() {
    say "building with $(rustc --version) and its own standard library for $target"
    build cargo "$target_dir" ""
}

build_from_source() {
    local lld source
    install_packages rustc-web=/usr/bin/rustc cargo-web=/usr/bin/cargo \
        rust-web-src=/usr/lib/rustlib/src/rust/library/std/Cargo.toml
    lld=$(find_lld) || true
    if [[ -z $lld ]]; then
        install_packages lld-22=/usr/bin/rust-lld
        lld=$(find_lld) || die "no rust-lld after installing lld-22"
    fi
    source=$(cd /usr/lib/rustlib/src/rust && pwd -P)
    say "building with Debian's $(/usr/bin/rustc --version), the standard library from its sources (1 to 3 minutes the first time)"
    # RUSTC_BOOTSTRAP lets this one build use -Zbuild-std of a stable compiler. A
    # directory of its own, because this cargo and the one in PATH may differ.
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$lld
    build /usr/bin/cargo "$target_dir/build-std" "$source" "-Zbuild-std=$std_crates"
    unset RUSTC RUSTC_BOOTSTRAP CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
}

# Whether rustup could add the target. The answer "no" takes as long as the
# network takes to fail, so it is kept for a day.
rustup_adds_target() {
    local refused=$target_dir/rustup-has-no-$target
    command -v rustup >/dev/null || return 1
    if [[ -n $(find "$refused" -mmin -1440 2>/dev/null) ]]; then
        say "rustup could not add $target earlier today (delete $refused to try again)"
        return 1
    fi
    say "asking rustup for $target"
    if timeout 120 rustup target add "$target" >&2 && has_target rustc; then
        return 0
    fi
    say "rustup cannot add $target"
    mkdir -p "$target_dir" && touch "$refused"
    return 1
}

if [[ $std == source ]]; then
    build_from_source
elif has_target rustc || rustup_adds_target; then
    build_prebuilt
elif [[ $std == prebuilt ]]; then
    die "no prebuilt standard library for $target"
else
    build_from_source
fi

# A file that is complete or not there: `make` goes by it.
mkdir -p -- "$(dirname -- "$output")"
cp -- "$built" "$output.partial"
mv -- "$output.partial" "$output"
say "wrote $output: $(wc -c <"$output") bytes"
