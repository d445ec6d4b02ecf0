#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# detection-sessions.sh [SEED…]: what models that are for attacks over whole connections alone would log of kinds of attack and of
# honest kinds that they never saw. $LAB_DATA is a folder that make lab-data wrote, $CAPTURES holds captures of others,
# of which the honest ones are learnt from and judged, too. Each family of attacks has a model of its own, told from honest
# traffic. Five folds of whole kinds, captures of others one by one; each fold is judged by a model of the four others, with the
# threshold that honest flows of the four others give, each scored by a model that never saw its kind. Prints tables;
# docs/detection-sessions.md has them. OUT keeps what was measured.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/detection/folds.sh
. scripts/detection/sessions.sh
lab=$(realpath "${LAB_DATA:-build/lab-data}" 2>/dev/null || true)
others=$(realpath "${CAPTURES:-../shared/data/captures}" 2>/dev/null || true)
options=() # of replays, in folds.sh
[[ -r $lab/manifest.csv ]] || {
	echo "detection: skipped: no lab data in ${LAB_DATA:-build/lab-data}; make lab-data makes it" >&2
	exit 0
}
[[ -r $others/labels.csv ]] || echo "detection: no captures of others; CAPTURES=FOLDER names some" >&2
dir=${OUT-}
[[ $dir ]] || {
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
}
mkdir -p "$dir"
(($#)) || set -- 1
: >"$dir/judged"
sessions_list
replay --features all --rows "$dir/rows.csv" "$dir/all"
for seed; do
	sessions_deal "$seed"
	for family in "${order[@]}"; do
		session_is_judgeable "$family" || {
			echo "detection: $family: skipped: the lab data hold fewer than two kinds of it" >&2
			continue
		}
		session_rows_choose "$family"
		session_judge "$family" "$seed"
	done
done
for family in $(cut -d' ' -f1 "$dir/judged" | sort -u); do
	awk -v family="$family" -v exempt="$exempt" -v of="^(live_)?(${families[$family]})\$" -f scripts/detection/sessions.awk "$dir/judged"
done
