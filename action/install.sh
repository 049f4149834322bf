#!/usr/bin/env bash
# Downloads a released `hostprocess` and installs it if its SHA-256 is the expected one.
#
# usage: install.sh VERSION FOLDER [SHA256]
#
# Without SHA256, the expected value is taken from the checksums of the same release. That detects
# a broken download. Only a SHA256 that you have written down detects a release that was exchanged.
# HOSTPROCESS_RELEASES says where the releases are, if they are not on GitHub.
set -euo pipefail

version=v${1#v}
folder=$2
sha256=${3:-}
releases=${HOSTPROCESS_RELEASES:-https://github.com/kubewarden/windows-hostprocess-policy/releases/download}

# The target of the binary for this machine, and its ending.
suffix=
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) target=x86_64-unknown-linux-musl ;;
  Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
  Darwin-x86_64) target=x86_64-apple-darwin ;;
  Darwin-arm64) target=aarch64-apple-darwin ;;
  MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-msvc suffix=.exe ;;
  MINGW*-aarch64 | MSYS*-aarch64) target=aarch64-pc-windows-msvc suffix=.exe ;;
  *)
    echo "There is no hostprocess for $(uname -s) on $(uname -m)." >&2
    exit 1
    ;;
esac
name=hostprocess-$target$suffix

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT

fetch() {
  curl --fail --silent --show-error --location --retry 3 --output "$download/$1" "$releases/$version/$1"
}

fetch "$name"
if [ -z "$sha256" ]; then
  fetch hostprocess-checksums.txt
  sha256=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$download/hostprocess-checksums.txt")
  if [ -z "$sha256" ]; then
    echo "hostprocess-checksums.txt of $version does not list $name." >&2
    exit 1
  fi
fi

sha256=$(printf %s "$sha256" | tr A-F a-f)

if command -v sha256sum >/dev/null; then
  found=$(sha256sum "$download/$name")
else
  found=$(shasum -a 256 "$download/$name") # macOS
fi
found=${found%% *}
found=${found#\\} # sha256sum escapes names with a backslash
if [ "$found" != "$sha256" ]; then
  echo "$name of $version has the SHA-256 $found, and $sha256 was expected." >&2
  exit 1
fi

mkdir -p "$folder"
mv "$download/$name" "$folder/hostprocess$suffix"
chmod +x "$folder/hostprocess$suffix"
echo "Installed hostprocess $version for $target."
