#!/usr/bin/env bash
# Puts the package file of a release on the branch that Artifact Hub reads.
#
#   .github/publish-artifacthub.sh FOLDER
#
# FOLDER holds artifacthub-pkg.yml and artifacthub-repo.yml. The branch `artifacthub`
# holds nothing else; it is made where there is none. Called by the release workflow,
# with a token that may write to the repository in GH_TOKEN.
set -euo pipefail

folder=$(cd "${1:?usage: publish-artifacthub.sh FOLDER}" && pwd)
: "${GH_TOKEN:?a token that may write to the repository is needed}"
: "${GITHUB_REPOSITORY:?}" "${GITHUB_REF_NAME:?}" "${GITHUB_SERVER_URL:?}"

branch=$(mktemp -d)
cd "$branch"
git init --quiet --initial-branch artifacthub
git config user.name "github-actions[bot]"
git config user.email "41898282+github-actions[bot]@users.noreply.github.com"
git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"

# git gets the token from the environment, so that it stands in no file and no argument.
# shellcheck disable=SC2016 # the helper expands it, not this shell
git config credential.helper '!f() { echo username=x-access-token; echo "password=$GH_TOKEN"; }; f'

if git ls-remote --exit-code --heads origin artifacthub >/dev/null; then
    git fetch --quiet --depth 1 origin artifacthub
    git reset --quiet --hard FETCH_HEAD
fi
cp "$folder/artifacthub-pkg.yml" "$folder/artifacthub-repo.yml" .
git add artifacthub-pkg.yml artifacthub-repo.yml
git commit --quiet --message "Publish $GITHUB_REF_NAME"
git push --quiet origin artifacthub
