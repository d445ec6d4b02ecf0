# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154
# Captures dealt out to folds, and rows of them to learn from: what models of lab data have in common, those that are judged
# (detection-lab.sh) and the one that is shipped (starter-model.sh). The script that sources this sets `lab` (a folder that
# make lab-data wrote), `others` (captures of others; may be empty), `dir` (where to work) and `options` (of replays).
folds=5
exempt='(^|/)honest/(syslog|metrics)-' # one-way telemetry: what is to be allowed by address is neither learnt nor in thresholds
not_learnt='(^|/)(session/|live/live_(slowloris|http_flood)|scan/scan_slow)'
train=(--early-stopping 0 --trust-handshakes --refit)

# `folds`: lines capture,fold; `part.FOLD`: paths; `labels.csv`: of both, honest captures of others with kinds of their own.
deal() {
	rm -rf "$dir/learn" # of a run before, whose rows would count twice
	mkdir -p "$dir/learn"
	if [[ -r $others/labels.csv ]]; then
		awk -F, -v OFS=, 'NR > 1 && $2 == "benign" { n = split($1, part, "/"); $3 = substr(part[n], 1, 60) } { print $1, $2, $3, $4, $5 }' \
			"$others/labels.csv"
	else
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

# The trainer's options for the files of all folds but these.
rows_without() {
	local i j
	for ((i = 0; i < folds; i++)); do
		[[ " $* " != *" $i "* ]] || continue
		[[ ! -e $dir/learn/$i.csv ]] || echo "--rows $dir/learn/$i.csv"
		for ((j = 0; j < folds; j++)); do
			[[ " $* " == *" $j "* || ! -e $dir/learn/over.$i.$j.csv ]] || echo "--rows $dir/learn/over.$i.$j.csv"
		done
	done
}

# What a model says of honest flows that it never saw: scored rows, as margin.awk wants them, of all models on one scale (2^20).
honest_head='flow_id,label,capture,score'
honest_rows() { labelled_rows "$1" "$2" benign; } # scored rows, compiled model

# The same of all labelled ones, or of one label.
labelled_rows() { # scored rows, compiled model, label
	awk -F, -v OFS=, -v shift_by="$(model_shift "$2")" -v label="${3-}" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		label == "" ? $at["label"] != "" : $at["label"] == label {
			print $1, $at["label"], $at["capture"], int($at["score"] / 2 ^ (shift_by - 20)) }' "$1"
}

# By how much the scores of a compiled model are shifted.
model_shift() { build/hedgerow-export show --json "$1" | jq '.. | .scale_shift? // empty' | head -n 1; }
