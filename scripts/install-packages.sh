#!/usr/bin/env bash
# Installs Debian packages whose command of the same name is not there yet.
#
#   scripts/install-packages.sh PACKAGE…
set -euo pipefail

missing=()
for package in "$@"; do
    command -v "$package" >/dev/null || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ! command -v apt-get >/dev/null; then
    echo "install-packages: error: please install ${missing[*]}" >&2
    exit 1
fi
as_root=()
if ((EUID != 0)); then
    as_root=(sudo)
fi
echo "install-packages: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
