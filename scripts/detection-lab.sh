#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# detection-lab.sh [SEED…]: how well models of lab data and captures of others detect what they never saw, and what honest
# clients suffer, with lab kinds left out whole. $LAB_DATA is a folder that make lab-data wrote, $CAPTURES holds captures of
# others. Five folds: captures of others are dealt out one by one, lab captures by kind, overlays belong to their honest kind.
# Each fold is judged by models of three others, in which neither its kinds nor an overlay of them is; the fourth gives the
# threshold. Attacks over whole connections are not learnt from unless LEARN_SESSIONS is set: docs/detection.md says why.
# The models are judged with answers in sight, as on an end host, and by what enters alone; or in one way, with the replays'
# options in REPLAY_OPTIONS. Prints tables; docs/detection.md has them. OUT keeps what was measured.
set -euo pipefail
cd "$(dirname "$0")/.."
lab=$(realpath "${LAB_DATA:-build/lab-data}" 2>/dev/null || true)
others=$(realpath "${CAPTURES:-../shared/data/captures}" 2>/dev/null || true)
read -ra options <<<"${REPLAY_OPTIONS-}"
. scripts/detection/folds.sh
[[ ! ${LEARN_SESSIONS-} ]] || not_learnt='' train=(--early-stopping 0 --refit)
[[ -r $lab/manifest.csv ]] || {
	echo "detection: skipped: no lab data in ${LAB_DATA:-build/lab-data}; make lab-data makes it" >&2
	exit 0
}
dir=${OUT-}
[[ $dir ]] || {
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
}
rm -f "$dir"/*seed.* # of a run before
[[ -r $others/labels.csv ]] || echo "detection: no captures of others; CAPTURES=FOLDER names some" >&2

model_export() { # margin
	build/hedgerow-export --model "$dir/model.json" --rows "$dir/learn/$(((fold + 2) % folds)).csv" --drop-at "$1" --log-at "$1" --allow-flips 1000 \
		--output "$dir/model.hgm" >"$dir/export.log" 2>&1
}

# The overlays of the fold's honest kinds, of which every so manyth is ours: honest flows under attack, and whether the attack's
# kind is among those learnt from.
overlays_judge() { # a number below that of CPUs
	local path honest attack number=0
	while read -r path honest attack; do
		((honest == fold && number++ % $(nproc) == $1)) || continue
		replay --merge --align --model "$dir/model.hgm" --json "$dir/one.$1.json" "$path"
		jq -r --arg name "$(basename "$path" .txt)" --argjson known $((attack != fold && attack != next)) \
			'.honest.total[0].under_attack as $u | "\($name) \($u.flows) \($u.condemned) \($u.at_packet_1) \($u.from_packet_4) \($known)"' \
			"$dir/one.$1.json"
	done <"$dir/overlays"
}

# The fold's captures by its model: JSON, and .scored, lines `class capture flows those-above-the-threshold`.
part_judge() { # where to, further options
	replay "${@:2}" --model "$dir/model.hgm" --json "$1.json" "$dir/part.$fold"
	replay "${@:2}" --model "$dir/model.hgm" --rows "$dir/own.csv" "$dir/part.$fold"
	awk -v log_at="$margin" -v shift_by="$shift_by" -f scripts/detection/scored.awk "$dir/own.csv" >"$1.scored"
}

fold_run() { # seed, fold
	local seed=$1 fold=$2 next=$((($2 + 1) % folds)) shift_by margin fpr rows at i pids
	read -ra rows <<<"$(rows_without "$fold" "$next" | paste -sd' ')"
	build/hedgerow-train --quiet "${rows[@]}" --seed "$seed" "${train[@]}" --output "$dir/model.json" --report "$dir/report.json" \
		--report-text "$dir/report.txt"
	model_export 0
	shift_by=$(model_shift "$dir/model.hgm")
	replay --model "$dir/model.hgm" --rows "$dir/scored.csv" "$dir/part.$next"
	for fpr in 0.01 0.001; do
		at=$dir/seed.$seed.fpr.$fpr.fold.$fold
		margin=$(awk -v fpr=$fpr -v exempt="$exempt" -v shift_by="$shift_by" -f scripts/detection/margin.awk "$dir/scored.csv")
		model_export "$margin"
		cp "$dir/model.hgm" "$at.hgm"
		part_judge "$at"
		((${#options[@]})) || {
			part_judge "$dir/end_host.${at##*/}" --end-host
			part_judge "$dir/ingress_only.${at##*/}" --ingress-only responders
		}
		pids=()
		for ((i = 0; i < $(nproc); i++)); do
			overlays_judge "$i" >"$dir/judged.$i" &
			pids+=($!)
		done
		all_end "${pids[@]}"
		cat "$dir"/judged.* >"$at.overlays"
		echo "seed $seed, fold $fold, honest flows at $fpr: drop from margin $margin" >&2
	done
}

(($#)) || set -- 1
deal
rows_make
for seed; do
	for ((fold = 0; fold < folds; fold++)); do fold_run "$seed" $fold; done
done
scripts/detection/tables.sh "$dir" "$@"
