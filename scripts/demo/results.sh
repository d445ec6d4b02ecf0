# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# From what the phases left behind to figures: results_of_phase prints one JSON object per kind of traffic.

DEMO_HOME=$LAB_HOME/../demo

# results_of_phase NAME: {"KIND": {"side", "requests", "failed", "p50_ms", …, "first_drop_ms"}, …}
results_of_phase() {
	local phase=$OUT/$1
	{
		results_sides "$phase"
		results_requests "$phase"
		jq -c 'to_entries[] | {kind: .key} + .value' "$phase/meter.json"
		[[ ! -e $phase/flows.csv ]] || results_flows "$phase"
		[[ ! -e $phase/verdicts.jsonl ]] || results_first_drops "$phase"
	} | jq -s 'group_by(.kind) | map(add | {(.kind): del(.kind)}) | add | with_entries(select(.value.side))'
}

results_sides() {
	awk -F, 'NR > 1 && $2 && !seen[$2]++ {
		printf "{\"kind\":\"%s\",\"side\":\"%s\"}\n", $2, $1 == "benign" ? "ordinary" : "attack"
	}' "$1/labels.csv"
}

# Latencies by nearest rank over the requests that did not fail.
results_requests() {
	local log
	for log in "$1"/requests/*.log; do
		sort -n "$log" | awk -v kind="$(basename "$log" .log)" '
			function rank(share) { return int(share * n) < share * n ? int(share * n) + 1 : int(share * n) }
			$2 != "ok" { failed++ }
			$2 == "ok" && $1 != "-" { took[++n] = $1 * 1000 }
			END {
				printf "{\"kind\":\"%s\",\"requests\":%d,\"failed\":%d", kind, NR, failed
				if (n)
					printf ",\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f", took[rank(.5)], took[rank(.99)], took[n]
				print "}"
			}'
	done
}

# Every flow once: those that ended and those still running when the agent stopped.
results_flows() {
	awk -F, -v labels="$1/labels.csv" -f "$DEMO_HOME/kinds.awk" -f "$DEMO_HOME/flows.awk" "$1/flows.csv" "$1/flows_running.csv"
}

# From the first packet that an attack sent to the first of its packets that was dropped, as the verdict log tells it.
results_first_drops() {
	local wall monotonic
	read -r wall monotonic <"$1/clocks"
	jq -r 'select(.hedgerow.action == "drop") | [.src_ip, (.timestamp[0:19] + "Z" | fromdate), .timestamp[19:26]] | @tsv' \
		"$1/verdicts.jsonl" |
		awk -F'\t' -v labels="$1/labels.csv" -v shift="$wall $monotonic" -f "$DEMO_HOME/kinds.awk" -f "$DEMO_HOME/drops.awk" |
		jq -R -c --slurpfile meter "$1/meter.json" 'split(" ") | .[0] as $kind | (.[1] | tonumber) as $at |
			$meter[0][$kind] as $seen | {kind: $kind, first_drop_ms: (if ($seen.reached // 0) == 0 then 0
				else ($at - $seen.first_ns / 1e9) * 1000 | round | [., 0] | max end)}'
}

# What was dropped of ordinary clients before any attack sent a packet, as the verdict log tells it: no flood hides events then.
results_dropped_before_attacks() {
	local phase=$OUT/$1 wall monotonic
	read -r wall monotonic <"$phase/clocks"
	jq -r --arg shift "$wall $monotonic" --slurpfile meter "$phase/meter.json" --slurpfile sides <(results_sides "$phase") '
		($shift | split(" ") | map(tonumber)) as [$wall, $monotonic] |
		([$sides[] | select(.side == "attack") | $meter[0][.kind].first_ns // empty] | min / 1e9 - $monotonic + $wall) as $began |
		select(.hedgerow.action == "drop" and .src_ip) |
		select((.timestamp[0:19] + "Z" | fromdate) + ("0" + .timestamp[19:26] | tonumber) < $began) | .src_ip' \
		"$phase/verdicts.jsonl" | awk -v labels="$phase/labels.csv" -f "$DEMO_HOME/kinds.awk" \
		-f <(echo 'BEGIN { kind_load() } side_of_kind[kind_of($1)] == "benign" { n++ } END { print n + 0 }')
}

# Packets that the drop counters hold at the end of a phase.
results_dropped() {
	jq '[.counters | to_entries[] | select(.key | startswith("drop_")) | .value] | add // 0' "$OUT/$1/status.json"
}

# What suspended the model at the end of each of these phases: {"PHASE": "none", …}. A breaker that trips stays so.
results_suspended() {
	local phase
	for phase; do
		jq --arg phase "$phase" '{($phase): .suspended}' "$OUT/$phase/status.json"
	done | jq -s -c add
}

# The summary of all phases (summary.jq).
results_all() {
	local run
	for run in control monitor kernel user; do
		results_of_phase "$run" | jq -c --arg run "$run" '{($run): .}'
	done | jq -s --argjson dropped "$(results_dropped monitor)" --argjson before "$(results_dropped_before_attacks kernel)" \
		--argjson suspended "$(results_suspended kernel user)" \
		--argjson held_out "$(jq -n -c '$ARGS.positional' --args "${PLAN_HELD_OUT[@]}")" --slurpfile report "$OUT/report.json" \
		--slurpfile starter "$OUT/monitor/starter.json" --argjson seconds "$((SECONDS - DEMO_BEGAN))" \
		--argjson seconds_most "${DEMO_SECONDS:-300}" 'add + {dropped_by_monitor: $dropped,
			dropped_before_attacks: $before, suspended: $suspended, held_out: $held_out, seconds: $seconds, seconds_most: $seconds_most,
			model: $report[0], starter: $starter[0]}' |
		jq -f "$DEMO_HOME/summary.jq"
}
