#!/usr/bin/env bash
# versions.sh PERSONS VERSION...: the demo on every Python that starts here; exit 1 if the releases differ.
set -euo pipefail
persons=$1; shift
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/build/versions
releases=()
# A shim of pyenv starts one version only: the others are where pyenv put them.
interpreter() {
    local python
    for python in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/"python$1"; do
        if "$python" -c '' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}
for version in "$@"; do
    python=$(interpreter "$version")
    if [ -z "$python" ]; then
        echo "python$version: not found"
        continue
    fi
    venv=$folder/$version/venv workspace=$folder/$version/workspace
    make --no-print-directory -C "$root" VENV="$venv" PYTHON="$python" "$venv/.run-installed" >/dev/null
    [ ! -d "$workspace" ] || { chmod -R u+w "$workspace"; rm -rf "$workspace"; }
    "$venv/bin/snds-omop" --workspace "$workspace" --quiet demo --persons "$persons"
    release=$(basename "$(readlink "$workspace/releases/current")")
    echo "python$version: $release"
    releases+=("$release")
done
[ "${#releases[@]}" -gt 0 ] || { echo "no Python from 3.11 to 3.14 was found"; exit 2; }
[ "$(printf '%s\n' "${releases[@]}" | sort -u | wc -l)" = 1 ] || { echo "the releases differ"; exit 1; }
echo "${#releases[@]} versions of Python: equal releases"
