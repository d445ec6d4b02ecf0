#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Trains the starter model anew from lab data and puts it, with its card, where `make run` and `make install` find it.
# The model in force stays untouched until the new one is complete. $LAB_DATA is a folder that make lab-data wrote
# (build/lab-data); where there is none, it is made first. $CAPTURES holds captures of others: nothing is learnt from them,
# the card says how the model does there.
#
#   starter-model.sh [FOLDER]      default: build/starter; what was measured stays there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/demo/folder.sh
. scripts/detection/folds.sh
target=deploy/starter-model
lab=$(realpath -m -- "${LAB_DATA:-build/lab-data}")
captures=$(realpath "${CAPTURES:-../shared/data/captures}" 2>/dev/null || true)
others='' options=()
dir=$(realpath -m -- "${1:-build/starter}")
[[ -r $lab/manifest.csv || $EUID -eq 0 ]] || {
	echo "starter-model: no lab data in $lab, and making it needs root, for network namespaces; run it with sudo, or give LAB_DATA=FOLDER" >&2
	exit 1
}
[[ ${1-} ]] || rm -rf "$dir" # our own
folder_take starter-model "$dir"

# Names in reports are relative to the folder.
model_train() { # name, trainer's options for rows
	local rows=("${@:2}") program=$PWD/build/hedgerow-train
	(cd "$dir" && "$program" --quiet "${rows[@]//$dir\//}" --seed 1 "${train[@]}" --output "$1.json" --report "$1.report.json" \
		--report-text "$1.report.txt")
}

model_export() { # name, drop from, log from, exporter's options, with rows to prove it on
	local rows=("${@:4}") program=$PWD/build/hedgerow-export
	(cd "$dir" && "$program" --model "$1.json" --report "$1.report.json" "${rows[@]//$dir\//}" --output "$1.hgm" --drop-at "$2" \
		--log-at "$3" >"$1.export.txt" 2>&1) || {
		cat "$dir/$1.export.txt" >&2
		return 1
	}
}

# One file of rows is proof enough for a model that nobody will run.
trial_export() { model_export "$1" "$2" "$3" --rows learn/0.csv --allow-flips 1000; }

# The model of all kinds but this fold's scores that fold's honest flows: one scale for all models.
fold_score() {
	local rows
	read -ra rows <<<"$(rows_without "$1" | paste -sd' ')"
	model_train "fold.$1" "${rows[@]}"
	trial_export "fold.$1" 0 0
	replay --model "$dir/fold.$1.hgm" --rows "$dir/scored.csv" "$dir/part.$1"
	honest_rows "$dir/scored.csv" "$dir/fold.$1.hgm"
	rm "$dir/scored.csv"
}

others_judge() { # name
	build/hedgerow replay --labels "$captures/labels.csv" --model "$dir/$1.hgm" --json "$dir/$1.others.json" "$captures" 2>"$dir/$1.others.txt"
}

margin_of() { awk -v fpr="$1" -v exempt="$exempt" -v shift_by=20 -f scripts/detection/margin.awk "$dir/honest.csv"; }

[[ -r $lab/manifest.csv ]] || scripts/lab-data.sh "$lab"
echo "starter-model: rows of $lab"
deal
rows_make
echo "$honest_head" >"$dir/honest.csv"
for ((fold = 0; fold < folds; fold++)); do
	echo "starter-model: how a model of the other kinds scores those of fold $((fold + 1)) of $folds"
	fold_score $fold >>"$dir/honest.csv"
done
drop_at=$(margin_of 0.001)
log_at=0 # even odds
[[ $drop_at != -* ]] || log_at=$drop_at
for ((fold = 0; fold < folds; fold++)); do
	trial_export "fold.$fold" "$drop_at" "$log_at"
	replay --model "$dir/fold.$fold.hgm" --json "$dir/fold.$fold.evaluation.json" "$dir/part.$fold"
done
echo "starter-model: the model of all kinds; drop from margin $drop_at, log from $log_at"
read -ra rows <<<"$(rows_without | paste -sd' ')"
model_train model "${rows[@]}"
model_export model "$drop_at" "$log_at" "${rows[@]}"
if [[ -r $captures/labels.csv ]]; then
	cp "$dir/model.json" "$dir/bold.json" # the same, and what would be if it dropped all that it logs
	cp "$dir/model.report.json" "$dir/bold.report.json"
	trial_export bold "$log_at" "$log_at"
	others_judge model
	others_judge bold
fi

{
	cat scripts/detection/starter-card.md
	scripts/detection/card.sh "$dir"
	echo
	echo '```'
	(cd "$dir" && "$OLDPWD/build/hedgerow-export" show model.hgm)
	echo '```'
} >"$dir/card.md"
cp "$dir/model.json" "$target/starter.json"
cp "$dir/model.report.json" "$target/report.json"
cp "$dir/card.md" "$target/card.md"
cp "$dir/model.hgm" "$target/starter.hgm"
echo "starter-model: $target holds the new model; its card is $target/card.md"
