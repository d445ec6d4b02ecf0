# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# One phase of the demo: a fresh lab, a plan, optionally the program and the agent, and what is left of it in
# $OUT/NAME: labels.csv, requests/, meter.json, flows.csv, verdicts.jsonl, status.json, rows.csv. Needs lab/*.sh.

# phase_begin NAME NET: empty maps, empty neighbour tables, no connection left over.
phase_begin() {
	PHASE=$OUT/$1
	mkdir -p "$PHASE"
	rm -rf "$LAB_DIR/server" "$LAB_DIR/requests"
	lab_up "$2"
	traffic_plan
}

# phase_end: leaves what was measured in $PHASE.
phase_end() {
	meter_read >"$PHASE/meter.json"
	rm -rf "$PHASE/requests"
	cp -r "$REQUESTS" "$PHASE/requests"
	{
		echo label,attack,src
		traffic_labels
		[[ ${#TRAFFIC_ATTACKS[@]} -eq 0 ]] || phase_labels_tail
	} >"$PHASE/labels.csv"
	lab_down
}

# What comes from nowhere in the lab was invented by the one attack that does this.
phase_labels_tail() { echo 'malicious,flood_random,*'; }

# phase_run TITLE: carries the plan out, with a line of progress every few seconds.
phase_run() {
	local ticker
	meter_attach "${TRAFFIC_ORDINARY[@]}" "${TRAFFIC_ATTACKS[@]}"
	clocks_read >"$PHASE/clocks"
	demo_progress "$1: ${#TRAFFIC_ORDINARY[@]} clients, ${#TRAFFIC_ATTACKS[@]} attackers, $TRAFFIC_END s"
	phase_tick "$1" &
	ticker=$!
	traffic_run
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
}

phase_tick() {
	local began=$SECONDS
	while sleep 5; do
		demo_progress "$1: $((SECONDS - began)) of $TRAFFIC_END s"
	done
}

# Wall clock and CLOCK_MONOTONIC at the same moment: the log has one, the meter the other. perl-base is on every Debian.
clocks_read() {
	perl -MTime::HiRes=clock_gettime,CLOCK_REALTIME,CLOCK_MONOTONIC \
		-e 'printf "%.6f %.6f\n", clock_gettime(CLOCK_REALTIME), clock_gettime(CLOCK_MONOTONIC)'
}

hedgerow() { in_ns server "$LAB_BUILD/hedgerow" "$@"; }

# agent_start OPTIONS…: attaches the program by ip link, then starts the agent, which finds it there.
agent_start() {
	xdp_attach server "$LAB_BUILD/hedgerow.bpf.o"
	ns_start server "$PHASE/agent.log" "$LAB_BUILD/hedgerow" run --iface eth0 --log "$PHASE/verdicts.jsonl" \
		--flows-out "$PHASE/flows.csv" --event-rate 1000 --poll-interval 200ms "$@"
	AGENT_PID=$!
	wait_for 10 grep -q ready "$PHASE/agent.log" && return
	echo "demo: the agent did not start:" >&2
	cat "$PHASE/agent.log" >&2
	return 1
}

# agent_stop: the counters as they stand, the flows that still run, then a clean end.
agent_stop() {
	hedgerow status --json >"$PHASE/status.json"
	hedgerow flows --format csv >"$PHASE/flows_running.csv"
	end_process "$AGENT_PID" 10 || {
		echo "demo: the agent ended badly:" >&2
		tail -n 5 "$PHASE/agent.log" >&2
		return 1
	}
	xdp_detach server
}
