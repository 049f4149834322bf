#!/usr/bin/env bash
# Says whether a tag may become a release, and what the release needs to know of it.
#
#   scripts/check-release.sh TAG             fails unless TAG is the version that the project states
#   scripts/check-release.sh --notes TAG     then prints the release's section of CHANGELOG.md
#   scripts/check-release.sh --target TAG    then prints where the module is pushed to
#
# A tag is `v` and the version. The version stands in Cargo.toml, metadata.yml and
# CHANGELOG.md; the tests see to it that all other files agree with these.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

print=
case ${1-} in
--notes | --target)
    print=${1#--}
    shift
    ;;
esac
tag=${1:?usage: check-release.sh [--notes|--target] TAG}

failed=
refuse() {
    printf 'check-release: %s\n' "$*" >&2
    failed=yes
}

# The value of annotation $1 in metadata.yml.
annotation() { sed -n "s/^ *$1: *//p" metadata.yml; }

cargo=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
metadata=$(annotation io.kubewarden.policy.version)
changelog=$(sed -n 's/^## \[\([0-9].*\)\] - [0-9]\{4\}-[0-9]\{2\}-[0-9]\{2\}$/\1/p' CHANGELOG.md | head -n 1)

[[ $tag == "v$cargo" ]] || refuse "the tag is $tag, but Cargo.toml says $cargo"
[[ $tag == "v$metadata" ]] || refuse "the tag is $tag, but metadata.yml says $metadata"
[[ $tag == "v$changelog" ]] || refuse "the tag is $tag, but the newest dated section of CHANGELOG.md is ${changelog:-missing}"

# In a workflow the repository is known: metadata.yml must call it the source, or users
# would be sent to a place that is not the project's.
if [[ -n ${GITHUB_REPOSITORY-} ]]; then
    home=${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY
    source=$(annotation io.kubewarden.policy.source)
    [[ $source == "$home" ]] || refuse "the repository is $home, but metadata.yml says $source"
fi
[[ -z $failed ]] || exit 1

case $print in
notes) sed -n "/^## \[${changelog//./\\.}\] /,/^## \[/{/^## \[/d;/^\[.*\]: /d;p}" CHANGELOG.md ;;
target) printf '%s:%s\n' "$(annotation io.kubewarden.policy.ociUrl)" "$tag" ;;
esac
