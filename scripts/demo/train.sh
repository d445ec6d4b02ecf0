# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# From traffic to a model: phases in monitor mode whose rows are labelled by who sent them, then trainer and exporter.

# train_phase NAME NET TITLE PLAN…: leaves the rows in $OUT/NAME/rows.csv.
train_phase() {
	local title=$3
	phase_begin "$1" "$2"
	"${@:4}"
	agent_start --mode monitor --snapshots "$PHASE/rows.csv" --snapshot-share 1.0
	phase_run "$title"
	agent_stop
	phase_end
}

# One labels file for several phases; an address belongs to one of them.
train_labels() {
	local phase
	echo label,attack,src
	for phase; do
		grep -v -e '^label,' -e ',\*$' "$OUT/$phase/labels.csv"
	done | awk '!seen[$0]++'
	phase_labels_tail
}

# Floods hold most rows and say the same over and over: so many flows of each kind and phase are kept.
TRAIN_FLOWS_MAX=6000
# An attacker chooses the lengths of what he sends, and those of honest SYNs tell the system and no more: they are left out.
TRAIN_WITHOUT='len_min len_max pay0'
# A flood's SYN and a stranger's are one and the same to whoever counts. Where only a retry is at stake (bpf/verdict.h), an
# ordinary first packet counts a quarter: floods are kept off at the price of a second for strangers while they last. Where
# there are no attacks, it counts in full.
TRAIN_STRANGERS=.25
# A phase without attacks is given in so many files, each flow in one of them. A kind of one file with n flows weighs √n
# (docs/rows.md), so it counts four times this way, and no row is there twice. Such days are more than the lab's seconds of
# them, and a stranger's first packet must be safe then.
TRAIN_QUIET_FILES=16
# What the trainer keeps apart to stop and to judge by: sources, for figures that mean something. Where the figures come from
# traffic of its own, single flows: its stopping then does not hang on which one client of a kind is kept apart.
TRAIN_SPLIT=source

train_is_quiet() { ! grep -q '^malicious,' "$1/labels.csv"; }

train_thin() {
	local strangers=$TRAIN_STRANGERS
	train_is_quiet "$1" && strangers=1
	awk -F, -v labels="$1/labels.csv" -v max="$TRAIN_FLOWS_MAX" -v without="$TRAIN_WITHOUT" -v strangers="$strangers" \
		-f "$DEMO_HOME/kinds.awk" -f "$DEMO_HOME/thin.awk" "$1/rows.csv" "$1/rows.csv" >"$1/rows_thinned.csv"
}

# The trainer puts the drop threshold where this share of ordinary flows may look bad at some packet, but never below even
# odds: this says even odds. A share that says less would hang on how many strangers happened to call during floods, where the
# model cannot tell them from floods and need not.
TRAIN_FPR=.5 TRAIN_FPR_LOG=.1

# train_spread PHASE-FOLDER FILES: rows_1.csv to rows_FILES.csv out of rows_thinned.csv, the flows of every kind in turn.
train_spread() {
	awk -F, -v labels="$1/labels.csv" -v files="$2" -v folder="$1" -f "$DEMO_HOME/kinds.awk" -f "$DEMO_HOME/spread.awk" \
		"$1/rows_thinned.csv"
}

# train_model PHASE…: $OUT/model.json, report.json, report.txt and model.hgm. Names in reports are relative to $OUT.
train_model() {
	local rows=() phase files file
	for phase; do
		train_thin "$OUT/$phase"
		files=1
		train_is_quiet "$OUT/$phase" && files=$TRAIN_QUIET_FILES
		train_spread "$OUT/$phase" "$files"
		for ((file = 1; file <= files; file++)); do
			rows+=(--rows "$phase/rows_$file.csv")
		done
	done
	train_labels "$@" >"$OUT/labels.csv"
	(
		cd "$OUT"
		"$LAB_BUILD/hedgerow-train" "${rows[@]}" --labels labels.csv --seed 7 --split-by "$TRAIN_SPLIT" \
			--refit --fpr "$TRAIN_FPR" --fpr-log "$TRAIN_FPR_LOG" --output model.json --report report.json --report-text report.txt
		demo_progress "compiling the model and proving that it says what libxgboost says"
		"$LAB_BUILD/hedgerow-export" --model model.json --report report.json "${rows[@]}" --output model.hgm
	)
}
