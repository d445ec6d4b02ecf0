# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests of the running agent share. Sourced inside the lab.
#
#   agent OPTIONS…          starts `hedgerow run --iface eth0` in namespace server and waits until it is ready; $AGENT
#   agent_end               stops it; fails unless it ends cleanly
#   hedgerow COMMAND…       any other command, in namespace server
#   model_make FILE RULE…   a model by hand, prints its id: see model_make.c
#   expect WHAT COMMAND…    fails the test, naming WHAT, unless the command succeeds
#   counter NAME            one of the kernel's counters
#   log_sum FILTER          adds up what a jq filter yields over the verdict log
#
# $LOG is the verdict log, $TALK what the agent says.
LOG=$LAB_DIR/verdicts.jsonl
TALK=$LAB_DIR/agent.talk

fail() {
	echo "FAILED: $*" >&2
	[[ -f $TALK ]] && sed 's/^/  agent: /' "$TALK" >&2
	[[ -f $LOG ]] && tail -n 5 "$LOG" | cut -c1-400 | sed 's/^/  log: /' >&2
	exit 1
}

expect() {
	local what=$1
	shift
	"$@" || fail "$what"
}

hedgerow() { in_ns server "$LAB_BUILD/hedgerow" "$@"; }

agent() {
	: >"$TALK"
	ns_start server "$TALK" "$LAB_BUILD/hedgerow" run --iface eth0 --log "$LOG" "$@"
	AGENT=$!
	wait_for 10 grep -q ready "$TALK" || fail "the agent did not get ready"
}

agent_end() {
	end_process "$AGENT" 10 || fail "the agent ended badly"
}

model_make() { "$LAB_BUILD/tests/e2e/lib/model_make" "$@"; }

counter() { hedgerow status --json | jq ".counters.$1"; }
log_sum() { jq -n "reduce (inputs | $1) as \$n (0; . + \$n)" "$LOG"; }
