# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The demo inside its lab: scripts/demo.sh runs it there. Argument: where to leave everything.
OUT=$1
DEMO_BEGAN=$SECONDS

for part in servers ordinary attacks traffic; do . "$LAB_HOME/$part.sh"; done
for part in plans phases results table; do . "$LAB_HOME/../demo/$part.sh"; done

demo_progress() { printf '[%3d s] %s\n' $((SECONDS - DEMO_BEGAN)) "$*"; }

demo_train_phase() {
	phase_begin "$1" "$2"
	"plan_$1"
	agent_start --mode monitor --snapshots "$PHASE/rows.csv" --snapshot-share 1.0
	phase_run "$3"
	agent_stop
	phase_end
}

# demo_judge_phase NAME NET A SEED TITLE AGENT-OPTIONS…
demo_judge_phase() {
	local seed=$4 a=$3 title=$5
	phase_begin "$1" "$2"
	plan_evaluation_ordinary "$a"
	plan_evaluation_attacks $((a + 60)) "$seed"
	shift 5
	agent_start --model "$OUT/model.hgm" "$@"
	phase_run "$title"
	agent_stop
	phase_end
}

demo_control_phase() {
	phase_begin control 60
	plan_evaluation_ordinary 40
	phase_run "control run: no program, no attacks"
	phase_end
}

demo_labels() {
	phase_labels_head
	sed -n '/^skip/p; /^benign/p; /^malicious,.*,[^*]*$/p' "$OUT"/training_*/labels.csv
	phase_labels_tail
}

# Floods hold most rows and say the same over and over: keep so many flows of each kind per phase.
DEMO_FLOWS_MAX=6000
demo_thin() {
	awk -F, -v labels="$1/labels.csv" -v max="$DEMO_FLOWS_MAX" -f "$DEMO_HOME/kinds.awk" -f "$DEMO_HOME/thin.awk" \
		"$1/rows.csv" "$1/rows.csv" >"$1/rows_thinned.csv"
}

demo_train() {
	local rows=() phase
	for phase in "$OUT"/training_*; do
		demo_thin "$phase"
		rows+=(--rows "$phase/rows_thinned.csv")
	done
	demo_labels >"$OUT/labels.csv"
	demo_progress "training on $(cat "$OUT"/training_*/rows_thinned.csv | wc -l) rows"
	"$LAB_BUILD/hedgerow-train" "${rows[@]}" --labels "$OUT/labels.csv" --seed 7 --output "$OUT/model.json" \
		--report "$OUT/report.json" --report-text "$OUT/report.txt"
	"$LAB_BUILD/hedgerow-export" --model "$OUT/model.json" --report "$OUT/report.json" "${rows[@]}" --output "$OUT/model.hgm"
}

demo_train_phase training_answered 41 "training traffic, answered"
demo_train_phase training_unanswered 42 "training traffic, attacks unanswered"
demo_train
demo_control_phase
demo_judge_phase monitor 61 70 $RANDOM "monitor mode" --mode monitor
demo_judge_phase kernel 62 90 $RANDOM "enforce mode, kernel engine" --mode enforce --engine kernel
demo_judge_phase user 63 110 $RANDOM "enforce mode, user engine" --mode enforce --engine user
results_all >"$OUT/summary.json"
table_print "$OUT/summary.json"
jq -e .ok "$OUT/summary.json" >/dev/null
