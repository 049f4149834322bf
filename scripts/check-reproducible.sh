#!/usr/bin/env bash
# Builds the module in two folders and fails unless both have the same bytes.
#
#   scripts/check-reproducible.sh [ARGUMENTS OF build-module.sh]
#
# What is built is the working tree without what git ignores.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$root"

# One directory for what cargo builds: the second build compiles all of it again,
# since the paths that it is told to hide are others.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/reproducible

one=$folder/one
other="$folder/another one/deeper"
mkdir -p "$one" "$other"
# Both copies before the first build: the working tree may change meanwhile.
git ls-files -z --cached --others --exclude-standard --deduplicate |
    while IFS= read -r -d '' file; do
        [[ ! -e $file ]] || printf '%s\0' "$file"
    done | tar --create --null --files-from - | tar --extract --directory "$one"
cp -r "$one/." "$other"
for copy in "$one" "$other"; do
    "$copy/scripts/build-module.sh" "$@" --output "$copy/policy.wasm"
done
cmp "$one/policy.wasm" "$other/policy.wasm"
sha256sum "$one/policy.wasm" | sed 's/ .*//; s/^/check-reproducible: the same bytes, SHA-256 /'
