#!/usr/bin/env bash
# offline.sh WHEELHOUSE PYTHON: install with --no-index and run a demo in a network namespace that has no interface.
set -euo pipefail
wheelhouse=$(realpath "$1") python=$2
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
unshare --map-root-user --net true || { echo "unshare cannot switch the network off here"; exit 2; }
unshare --map-root-user --net bash -euo pipefail -c '
    cd "$1"
    "$3" -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check --no-index --find-links "$2" \
        --require-hashes -r "$2/requirements.txt"
    venv/bin/snds-omop --workspace workspace demo --persons 60
    venv/bin/snds-omop --workspace workspace release list
' offline "$folder" "$wheelhouse" "$python"
echo "installed and released with the network off"
