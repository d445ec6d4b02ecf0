# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The summary as a table that a stranger understands.

# table_print SUMMARY.json
table_print() {
	table_ordinary "$1"
	table_attacks "$1"
	table_starter "$1"
	table_bars "$1"
}

# Rows of one side as tab-separated values: kind, run, then the given jq expressions; "-" where there is no figure.
table_rows() {
	local summary=$1 side=$2 expressions=$3
	jq -r --arg side "$side" '
		.runs as $runs | ["control", "monitor", "kernel", "user"] as $order |
		($runs | map_values(with_entries(select(.value.side == $side)) | keys_unsorted) | add | unique)[] as $kind |
		$order[] as $run | $runs[$run][$kind] | select(. != null) |
		[$kind, ({control: "control", monitor: "monitor", kernel: "enforce, kernel engine", user: "enforce, user engine"}[$run]),
		'"$expressions"'] | map(if . == null then "-" else . end) | @tsv' "$summary"
}

table_ordinary() {
	printf '\nORDINARY CLIENTS, under attack in all runs but the control run\n'
	table_rows "$1" ordinary '.requests, .failed, .p50_ms, .p99_ms, .flows, .condemned, .sent, .dropped' |
		awk -F'\t' '
			BEGIN {
				format = "%-14s %-23s %9s %7s %9s %9s %8s %10s %9s %9s\n"
				printf format, "", "", "", "", "time of", "a request", "", "", "packets", "packets"
				printf format, "kind", "run", "requests", "failed", "p50 ms", "p99 ms", "flows", "condemned", "sent", "dropped"
			}
			{ printf format, $1 == last ? "" : $1, $2, $3, $4, $5, $6, $7, $8, $9, $10; last = $1 }'
}

table_attacks() {
	printf '\nATTACKS\n'
	table_rows "$1" attack '.flows, .condemned, .sent, (.reached // 0),
		(if .kept_off == null then null else "\(.kept_off * 1000 | floor / 10) %" end),
		(if .first_drop_ms == null then null else "\(.first_drop_ms) ms" end)' |
		awk -F'\t' '
			BEGIN {
				format = "%-14s %-23s %9s %10s %9s %9s %16s %14s\n"
				printf format, "", "", "", "", "packets", "reached", "kept off after", "first drop"
				printf format, "kind", "run", "flows", "condemned", "sent", "server", "its first second", "after"
			}
			{ printf format, $1 == last ? "" : $1, $2, $3, $4, $5, $6, $7, $8; last = $1 }'
}

table_starter() {
	jq -r '
		def share(of; all): "\(of / all * 1000 | round / 10) %";
		def sum(of): [.[] | of] | add;
		"\nSTARTER MODEL, which learnt nothing from any of this, on the monitor run, replayed in enforce mode",
		"attacks, flows condemned (and told: condemned or logged):",
		(.starter.attack | to_entries[] | "  \(.key): \(share(.value.condemned; .value.flows)) (\(share(.value.told; .value.flows)))"),
		(.starter.ordinary | "ordinary clients: \(sum(.condemned)) of \(sum(.flows)) flows condemned, \(sum(.first_packet_only)) of these by their first packet alone; \(sum(.told)) told" +
			([to_entries[] | select(.value.told > 0) | "\(.key) \(.value.condemned) (\(.value.told)) of \(.value.flows)"] |
				if . == [] then "" else ": " + join(", ") end))' "$1"
}

table_bars() {
	echo
	jq -r '.bars[] | "\(if .ok then "met   " else "MISSED" end)  \(.bar): \(.figure)"' "$1"
	jq -r '"\nDemo: \(if .ok then "all" else "\([.bars[] | select(.ok)] | length) of" end) \(.bars | length) bars met in \(.seconds) s."' "$1"
}
