#!/usr/bin/env bash
# Installs Debian packages that are not there yet.
#
#   scripts/install-packages.sh PACKAGE[=FILE]…
#
# A package is there if its FILE is; without one, if a command of its name is.
set -euo pipefail

die() {
    printf 'install-packages: error: %s\n' "$*" >&2
    exit 1
}

missing=()
for package in "$@"; do
    if [[ $package == *=* ]]; then
        [[ -e ${package#*=} ]] || missing+=("${package%%=*}")
    else
        command -v "$package" >/dev/null || missing+=("$package")
    fi
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null || die "please install ${missing[*]}"
as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || die "installing ${missing[*]} needs root"
    as_root=(sudo)
fi
echo "install-packages: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq >&2 ||
    echo "install-packages: apt-get update failed; going on with the package lists at hand" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
