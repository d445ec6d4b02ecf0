#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# detection-lab.sh [SEED…]: how well models of lab data and captures of others detect what they never saw, and what honest
# clients suffer, with lab kinds left out whole. $LAB_DATA is a folder that make lab-data wrote, $CAPTURES holds captures of
# others. Five folds: captures of others are dealt out one by one, lab captures by kind, overlays belong to their honest kind.
# Each fold is judged by models of three others, in which neither its kinds nor an overlay of them is; the fourth gives the
# threshold. Attacks over whole connections are not learnt from unless LEARN_SESSIONS is set: docs/detection.md says why.
# Prints tables; docs/detection.md has them. Options for the replays: REPLAY_OPTIONS. OUT keeps what was measured.
set -euo pipefail
cd "$(dirname "$0")/.."
lab=$(realpath "${LAB_DATA:-build/lab-data}" 2>/dev/null || true)
others=$(realpath "${CAPTURES:-../shared/data/captures}" 2>/dev/null || true)
read -ra options <<<"${REPLAY_OPTIONS-}"
folds=5
exempt='(^|/)honest/(syslog|metrics)-' # one-way telemetry: what is to be allowed by address is neither learnt nor in thresholds
not_learnt='(^|/)(session/|live/live_(slowloris|http_flood)|scan/scan_slow)'
train=(--early-stopping 0 --trust-handshakes)
[[ ! ${LEARN_SESSIONS-} ]] || not_learnt='' train=(--early-stopping 0)
[[ -r $lab/manifest.csv ]] || {
	echo "detection: skipped: no lab data in ${LAB_DATA:-build/lab-data}; make lab-data makes it" >&2
	exit 0
}
dir=${OUT-}
[[ $dir ]] || {
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
}
rm -rf "$dir/learn" "$dir"/seed.* # of a run before, whose rows would count twice
mkdir -p "$dir/learn"

# `folds`: lines capture,fold; `part.FOLD`: paths; `labels.csv`: of both, honest captures of others with kinds of their own.
deal() {
	if [[ -r $others/labels.csv ]]; then
		awk -F, -v OFS=, 'NR > 1 && $2 == "benign" { n = split($1, part, "/"); $3 = substr(part[n], 1, 60) } { print $1, $2, $3, $4, $5 }' \
			"$others/labels.csv"
	else
		echo "detection: no captures of others; CAPTURES=FOLDER names some" >&2
		head -n 1 "$lab/labels.csv"
	fi >"$dir/labels.csv"
	tail -n +2 "$lab/labels.csv" >>"$dir/labels.csv"
	awk -F, -v folds=$folds -v others="$others" -v lab="$lab" -v dir="$dir" '
		FNR == 1 { file++; for (i = 1; i <= NF; i++) at[$i] = i; next }
		file == 1 && $2 != "unlabelled" && $1 !~ /^(honest|flood|scan|session|live)\// { deal($1, others, of[$2]++ % folds) }
		file == 2 && $at["status"] == "made" {
			if (!($2 in fold)) fold[$2] = kinds[$3 == "honest" ? $3 : "other"]++ % folds
			deal($1, lab, fold[$2])
			print $2 "," $3 "," fold[$2] >(dir "/kinds")
		}
		function deal(capture, root, to) { print capture "," to >(dir "/folds"); print root "/" capture >(dir "/part." to) }
	' "$dir/labels.csv" "$lab/manifest.csv"
	sort -u -o "$dir/kinds" "$dir/kinds"
	# Overlays of floods and scans: path, honest fold, attack fold.
	find "$lab/overlays" -name '*.txt' | sort | awk -F, '
		FNR == NR { side[$1] = $2; fold[$1] = $3; next }
		{ n = split($0, part, "/"); split(part[n], kind, /~|\.txt/) }
		side[kind[2]] ~ /flood|scan/ { print $0, fold[kind[1]], fold[kind[2]] }' "$dir/kinds" - >"$dir/overlays"
}

# Waits for these processes; fails when one did.
all_end() {
	local pid failed=0
	for pid; do
		wait "$pid" || failed=1
	done
	((!failed)) || {
		echo "detection: a replay failed" >&2
		return 1
	}
}

replay() { build/hedgerow replay --labels "$dir/labels.csv" "${options[@]}" "$@" 2>/dev/null; }

# Rows to learn from, once for all models: by fold, and overlays by the folds of both.
rows_make() {
	local i pids=()
	cat "$dir"/part.* >"$dir/all"
	replay --rows "$dir/rows.csv" "$dir/all"
	awk -v folds="$dir/folds" -v folder="$dir/learn" -v most=800 -v not_learnt="$not_learnt" -v exempt="$exempt" -f scripts/detection/learn.awk "$dir/rows.csv" "$dir/rows.csv"
	rm "$dir/rows.csv"
	for ((i = 0; i < folds * folds; i++)); do
		overlay_rows_make $((i / folds)) $((i % folds)) &
		pids+=($!)
		((${#pids[@]} < $(nproc))) || {
			all_end "${pids[0]}"
			pids=("${pids[@]:1}")
		}
	done
	all_end "${pids[@]}"
}

overlay_rows_make() { # fold of the honest kinds, fold of the attacks
	local rows=$dir/rows.$1.$2.csv learn=$dir/learn/over.$1.$2.csv number=0 path honest attack
	while read -r path honest attack; do
		((++number))
		((honest == $1 && attack == $2)) || continue
		replay --merge --align --rows "$rows" "$path"
		awk -v number=$number -v overlay="$learn" -v most=30 -v not_learnt="$not_learnt" -v exempt="$exempt" -f scripts/detection/learn.awk "$rows" "$rows"
	done <"$dir/overlays"
	rm -f "$rows"
}

# The files of all folds but two.
rows_without() {
	local i j
	for ((i = 0; i < folds; i++)); do
		((i == $1 || i == $2)) && continue
		echo "--rows $dir/learn/$i.csv"
		for ((j = 0; j < folds; j++)); do
			((j == $1 || j == $2)) || [[ ! -e $dir/learn/over.$i.$j.csv ]] || echo "--rows $dir/learn/over.$i.$j.csv"
		done
	done
}

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

fold_run() { # seed, fold
	local seed=$1 fold=$2 next=$((($2 + 1) % folds)) shift_by margin fpr rows at i pids
	read -ra rows <<<"$(rows_without "$fold" "$next" | paste -sd' ')"
	build/hedgerow-train --quiet "${rows[@]}" --seed "$seed" "${train[@]}" --refit --output "$dir/model.json" --report "$dir/report.json" \
		--report-text "$dir/report.txt"
	model_export 0
	shift_by=$(build/hedgerow-export show --json "$dir/model.hgm" | jq '.. | .scale_shift? // empty' | head -n 1)
	replay --model "$dir/model.hgm" --rows "$dir/scored.csv" "$dir/part.$next"
	for fpr in 0.01 0.001; do
		at=$dir/seed.$seed.fpr.$fpr.fold.$fold
		margin=$(awk -v fpr=$fpr -v exempt="$exempt" -v shift_by="$shift_by" -f scripts/detection/margin.awk "$dir/scored.csv")
		model_export "$margin"
		replay --model "$dir/model.hgm" --json "$at.json" "$dir/part.$fold"
		replay --model "$dir/model.hgm" --rows "$dir/own.csv" "$dir/part.$fold"
		awk -F, -v log_at="$margin" -v shift_by="$shift_by" '
			NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
			$at["label"] != "" {
				of = ($at["label"] == "benign" ? "honest" : "malicious") " " $at["capture"]; flow = of "," $1
				if (!(flow in seen)) { seen[flow]; flows[of]++ }
				if ($at["score"] / 2 ^ shift_by >= log_at && !(flow in hit)) { hit[flow]; hits[of]++ }
			}
			END { for (of in flows) print of, flows[of], hits[of] + 0 }' "$dir/own.csv" >"$at.scored"
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
