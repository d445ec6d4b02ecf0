#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Trains the starter model anew from lab traffic and puts it, with its card, where `make run` and `make install` find it.
# The model in force stays untouched until the new one is complete.
#
#   starter-model.sh [FOLDER]      default: build/starter; what was measured stays there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/demo/folder.sh

[[ $EUID -eq 0 ]] || {
	echo "starter-model: needs root, to make network namespaces; run it with sudo" >&2
	exit 1
}
out=$(realpath -m -- "${1:-build/starter}")
target=deploy/starter-model
[[ ${1-} ]] || rm -rf "$out" # our own
folder_take starter-model "$out"
mkdir -p "$target"
scripts/lab.sh run scripts/demo/starter.sh "$out"

{
	cat scripts/demo/starter-card.md
	echo
	echo '```'
	cat "$out/report.txt"
	echo '```'
	echo
	echo '```'
	(cd "$out" && "$OLDPWD/build/hedgerow-export" show model.hgm)
	echo '```'
} >"$out/card.md"
cp "$out/model.json" "$target/starter.json"
cp "$out/report.json" "$target/report.json"
cp "$out/card.md" "$target/card.md"
cp "$out/model.hgm" "$target/starter.hgm"
echo "starter-model: $target holds the new model; its card is $target/card.md"
