#!/usr/bin/env bash
# The kwctl of the workflows, pinned by checksum.
#
#   .github/kwctl.sh pin URL        writes .github/kwctl.pin for the archive at URL
#   .github/kwctl.sh install DIR    installs the pinned kwctl into DIR
#
# URL is the archive `kwctl-linux-x86_64.zip` of a kwctl release. The pin holds the URL
# and the archive's SHA-256, is checked in, and changes by review like any other code.
# Verify the signature of the release before pinning it.
set -euo pipefail

pin=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/kwctl.pin

die() {
    printf 'kwctl.sh: %s\n' "$*" >&2
    exit 1
}

# Downloads the archive at $1 to file $2.
download() {
    curl --fail --silent --show-error --location --retry 3 --output "$2" "$1" ||
        die "cannot download $1"
}

archive=$(mktemp)
trap 'rm -f "$archive"' EXIT

case ${1-} in
pin)
    url=${2:?usage: kwctl.sh pin URL}
    download "$url" "$archive"
    read -r sha256 _ < <(sha256sum "$archive")
    printf 'url=%s\nsha256=%s\n' "$url" "$sha256" >"$pin"
    printf 'kwctl.sh: pinned %s with SHA-256 %s\n' "$url" "$sha256" >&2
    ;;
install)
    directory=${2:?usage: kwctl.sh install DIR}
    [[ -f $pin ]] || die "no kwctl is pinned: run '.github/kwctl.sh pin URL' and check in .github/kwctl.pin"
    url=$(sed -n 's/^url=//p' "$pin")
    sha256=$(sed -n 's/^sha256=//p' "$pin")
    [[ $sha256 =~ ^[0-9a-f]{64}$ ]] || die ".github/kwctl.pin holds no SHA-256"
    download "$url" "$archive"
    read -r found _ < <(sha256sum "$archive")
    [[ $found == "$sha256" ]] || die "$url has SHA-256 $found, but $sha256 is pinned"
    mkdir -p "$directory"
    unzip -p "$archive" kwctl-linux-x86_64 >"$directory/kwctl"
    chmod 755 "$directory/kwctl"
    ;;
*) die "usage: kwctl.sh pin URL | install DIR" ;;
esac
