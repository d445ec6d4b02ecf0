# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The demo inside its lab: scripts/demo.sh runs it there. Argument: where to leave everything.
OUT=$1
DEMO_BEGAN=$SECONDS

for part in stacks servers ordinary ordinary_udp attacks crafted traffic; do . "$LAB_HOME/$part.sh"; done
for part in plans phases train starter results table; do . "$LAB_HOME/../demo/$part.sh"; done

demo_progress() { printf '[%3d s] %s\n' $((SECONDS - DEMO_BEGAN)) "$*"; }

# demo_judge_phase NAME NET A SEED TITLE AGENT-OPTIONS…
demo_judge_phase() {
	local seed=$4 a=$3 title=$5
	phase_begin "$1" "$2"
	plan_evaluation_ordinary "$a"
	plan_evaluation_attacks $((a + 60)) "$seed"
	shift 5
	[[ ${PHASE##*/} != monitor ]] || starter_record # nothing is dropped there
	agent_start --model "$OUT/model.hgm" "$@"
	phase_run "$title"
	agent_stop
	[[ ${PHASE##*/} != monitor ]] || starter_record_end
	phase_end
}

demo_control_phase() {
	phase_begin control 60
	plan_evaluation_ordinary 40
	phase_run "control run: no program, no attacks"
	phase_end
}

train_phase training_answered 41 "training traffic, answered" plan_training_answered
train_phase training_unanswered 42 "training traffic, attacks unanswered" plan_training_unanswered
train_phase training_quiet 43 "training traffic, no attacks" plan_training_quiet
demo_progress "training on the rows of all three"
TRAIN_SPLIT=flow
train_model training_answered training_unanswered training_quiet
demo_control_phase
demo_judge_phase monitor 61 70 $RANDOM "monitor mode" --mode monitor
starter_judge monitor
demo_judge_phase kernel 62 90 $RANDOM "enforce mode, kernel engine" --mode enforce --engine kernel --warm-up 0
demo_judge_phase user 63 110 $RANDOM "enforce mode, user engine" --mode enforce --engine user --warm-up 0
results_all >"$OUT/summary.json"
table_print "$OUT/summary.json"
jq -e .ok "$OUT/summary.json" >/dev/null
