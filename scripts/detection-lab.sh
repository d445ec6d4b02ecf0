#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# detection-lab.sh [SEED…]: how well models of lab data and captures of others detect what they never saw, and what honest
# clients suffer, with lab kinds left out whole. $LAB_DATA is a folder that make lab-data wrote, $CAPTURES holds captures of
# others. Five folds: captures of others are dealt out one by one, lab captures by kind, overlays belong to their honest kind.
# Each fold is judged by a model of the four others, in which neither its kinds nor an overlay of them is. Its thresholds come
# from the honest flows of these four, each scored by a model that saw neither their fold nor the judged one. Attacks over whole connections are not learnt from unless LEARN_SESSIONS is set: docs/detection.md says why.
# The models are judged with answers in sight, as on an end host, and by what enters alone; or in one way, with the replays'
# options in REPLAY_OPTIONS. Prints tables; docs/detection.md has them. OUT keeps what was measured.
set -euo pipefail
cd "$(dirname "$0")/.."
lab=$(realpath "${LAB_DATA:-build/lab-data}" 2>/dev/null || true)
others=$(realpath "${CAPTURES:-../shared/data/captures}" 2>/dev/null || true)
read -ra options <<<"${REPLAY_OPTIONS-}"
rates=(0.01 0.003) # of honest flows, that may score above a threshold; tables.sh has columns for both
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

model_train() { # name, seed, folds to leave out
	local rows
	read -ra rows <<<"$(rows_without "${@:3}" | paste -sd' ')"
	build/hedgerow-train --quiet "${rows[@]}" --seed "$2" --threads 1 "${train[@]}" --output "$dir/$1.json" \
		--report "$dir/$1.report.json" --report-text "$dir/$1.report.txt"
}

# The exporter may move a threshold up, to the middle of the gap between the rows beside it: for one that counts let there be many.
model_export() { # name, margin, compiled model, rows
	build/hedgerow-export --model "$dir/$1.json" --rows "$4" --drop-at "$2" --log-at "$2" --allow-flips 1000 \
		--output "$3" >"$dir/export.log" 2>&1
}

# A model without each pair of folds, and one without each fold: as many at once as there are processors.
models_train() { # seed
	local a b pids=()
	for ((a = 0; a < folds; a++)); do
		for ((b = a; b < folds; b++)); do
			model_train "without.$a.$b" "$1" $a $b &
			pids+=($!)
			((${#pids[@]} < $(nproc))) || {
				all_end "${pids[0]}"
				pids=("${pids[@]:1}")
			}
		done
	done
	all_end "${pids[@]}"
}

# honest.FOLD.csv: the honest flows of the other folds, each scored by a model that saw neither its fold nor this one.
honest_score() {
	local a b name
	for ((a = 0; a < folds; a++)); do echo "$honest_head" >"$dir/honest.$a.csv"; done
	for ((a = 0; a < folds; a++)); do
		for ((b = a + 1; b < folds; b++)); do
			name=without.$a.$b
			model_export $name 0 "$dir/$name.hgm" "$dir/few.csv"
			honest_part_score $a >>"$dir/honest.$b.csv"
			honest_part_score $b >>"$dir/honest.$a.csv"
		done
	done
}

honest_part_score() { # fold; by the model `name`
	replay --model "$dir/$name.hgm" --rows "$dir/scored.csv" "$dir/part.$1"
	honest_rows "$dir/scored.csv" "$dir/$name.hgm"
}

# The overlays of the fold's honest kinds, of which every so manyth is ours: honest flows under attack, and whether the attack's
# kind is among those learnt from.
overlays_judge() { # a number below that of CPUs
	local path honest attack number=0
	while read -r path honest attack; do
		((honest == fold && number++ % $(nproc) == $1)) || continue
		replay --merge --align --model "$dir/model.hgm" --json "$dir/one.$1.json" "$path"
		jq -r --arg name "$(basename "$path" .txt)" --argjson known $((attack != fold)) \
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
	local seed=$1 fold=$2 shift_by margin fpr at i pids
	for fpr in "${rates[@]}"; do
		at=$dir/seed.$seed.fpr.$fpr.fold.$fold
		margin=$(awk -v fpr="$fpr" -v exempt="$exempt" -v shift_by=20 -f scripts/detection/margin.awk "$dir/honest.$fold.csv")
		model_export "without.$fold.$fold" "$margin" "$dir/model.hgm" "$dir/learn/$(((fold + 1) % folds)).csv"
		shift_by=$(model_shift "$dir/model.hgm")
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
head -n 2000 "$dir/learn/0.csv" >"$dir/few.csv"
for seed; do
	models_train "$seed"
	honest_score
	for ((fold = 0; fold < folds; fold++)); do fold_run "$seed" $fold; done
done
scripts/detection/tables.sh "$dir" "$@"
