#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tables.sh FOLDER SEED…: what detection-lab.sh measured into FOLDER, as the tables of docs/detection.md.
set -euo pipefail
dir=$1
shift

# Lines: seed, rate, class, capture, flows, condemned, first packet only, by score.
shares() { # what the files' names begin with, seeds
	local way=$1 seed fpr at
	for seed in "${@:2}"; do
		for fpr in 0.01 0.003; do
			for at in "$dir/${way}seed.$seed.fpr.$fpr".fold.*.json; do
				jq -r '("honest", "malicious") as $c | .[$c].captures[] | "\($c) \(.name) \(.flows) \(.condemned) \(.first_packet_only)"' "$at" |
					awk -v seed="$seed" -v fpr="$fpr" '
						FNR == NR { hits[$1, $2] = $4; next }
						{ print seed, fpr, $1, $2, $3, $4, $5, hits[$1, $2] + 0 }' "${at%.json}.scored" -
			done
		done
	done
}

# Of such lines: all captures of a sort together.
sums_print() {
	echo '| flows | allowed | seed | captures | flows | condemned, pooled | mean over captures | first packet only | by score, pooled | mean |'
	echo '|---|---|---|---|---|---|---|---|---|---|'
	awk '
		function side(class, capture) {
			if (class == "honest" && capture ~ /^honest\/(syslog|metrics)-/) return "lab, one-way telemetry"
			if (class == "honest") return capture ~ /^honest\// ? "lab, honest kinds left out" : capture ~ /^live\// ? "lab, honest while the server is hurt" : "others, honest"
			if (capture ~ /^live\//) return "lab, attacks that hurt"
			if (capture ~ /scan_slow|^session\//) return "lab, sessions and slow scans"
			if (capture ~ /^(flood|scan)\//) return "lab, floods and scans"
			return capture ~ /^(ddos|scan|http-pairs)/ ? "others, floods and scans" : "others, sessions and malware"
		}
		function add(name) {
			k = name SUBSEP $2 SUBSEP $1
			if (!(k in n)) order[++keys] = k
			n[k]++; flows[k] += $5; hit[k] += $6; mean[k] += $6 / $5; first[k] += $7; score[k] += $8; score_mean[k] += $8 / $5
		}
		{ name = side($3, $4); add(name); if (name ~ /floods and scans/) add("all, floods and scans") }
		END {
			for (i = 1; i <= keys; i++) {
				k = order[i]; split(k, part, SUBSEP)
				printf "| %s | %g %% | %s | %d | %d | %.4f | %.4f | %.4f | %.4f | %.4f |\n", part[1], part[2] * 100, part[3], n[k], flows[k],
					hit[k] / flows[k], mean[k] / n[k], first[k] / flows[k], score[k] / flows[k], score_mean[k] / n[k] | "sort"
			}
		}'
}

shares '' "$@" >"$dir/shares"
sums_print <"$dir/shares"
for way in end_host ingress_only; do # of one way of judging there is no other
	[[ ! $(find "$dir" -name "$way.seed.*.json") ]] || {
		echo; echo "${way//_/ }:"; echo
		shares "$way." "$@" | sums_print
	}
done

by_kind() { # class, what captures it is of
	awk -v class="$1" -v of="$2" '
		$3 == class && $4 ~ of {
			kind = $4
			if (of !~ /ddos/) { sub(/^.*\//, "", kind); sub(/-[a-z0-9]*\.pcap$/, "", kind) }
			if (!(kind in all)) order[++kinds] = kind
			all[kind] += $5; flows[kind, $2] += $5; hit[kind, $2] += $6; first[kind, $2] += $7; score[kind, $2] += $8
			if (!(($1, kind) in seeds)) { seeds[$1, kind]; runs[kind]++ }
		}
		END {
			for (i = 1; i <= kinds; i++) {
				k = order[i]; a = k SUBSEP "0.01"; b = k SUBSEP "0.003"
				printf "| %s | %d | %.4f | %.4f | %.4f | %.4f | %.4f |\n", k, flows[a] / runs[k], hit[a] / flows[a], first[a] / flows[a],
					score[a] / flows[a], hit[b] / flows[b], score[b] / flows[b] | "sort"
			}
		}' "$dir/shares"
}

head_by_kind='| flows | condemned at 1 % | first packet only | by score | condemned at 0.3 % | by score |
|---|---|---|---|---|---|---|'
echo; echo "| honest lab kind, left out whole $head_by_kind"; by_kind honest '^honest/'
echo; echo "| honest while the server is hurt $head_by_kind"; by_kind honest '^live/'
echo; echo "| lab attack, left out whole $head_by_kind"; by_kind malicious '^(flood|scan|session|live)/'
echo; echo "| capture of others $head_by_kind"; by_kind malicious '^(ddos|scan-|http-pairs|attack|malware)'

# Honest flows that began while their server was under attack, of kinds that training never saw.
by_overlay() { # field of the name: 1 honest kind, 2 attack
	cat "$dir"/seed.*.fpr."$3".fold.*.overlays | awk -v which="$1" -v of="$2" '
		{ split($1, kind, "~"); is_telemetry = kind[1] ~ /^(syslog|metrics)$/ }
		is_telemetry && which == 2 { next }
		{ name = kind[which] (is_telemetry ? " (telemetry, not in the sum)" : ""); flows[name] += $2; hit[name] += $3; first[name] += $4; late[name] += $5 }
		!is_telemetry { all += $2; all_hit += $3; all_first += $4; all_late += $5 }
		function line(name, flows, hit, first, late) {
			return sprintf("| %s | %d | %.4f | %.4f | %.4f |", name, flows, hit / flows, first / flows, late / flows) }
		END {
			for (name in flows) if (flows[name]) print line(name, flows[name], hit[name], first[name], late[name]) | "sort"
			close("sort")
			if (all) print line("all", all, all_hit, all_first, all_late)
		}'
}
for fpr in 0.01 0.003; do
	echo; echo "| honest kind under attack, at $fpr | flows | condemned | at packet 1 | from packet 4 |"; echo '|---|---|---|---|---|'
	by_overlay 1 honest $fpr
	echo; echo "| attack on honest kinds, at $fpr | flows | condemned | at packet 1 | from packet 4 |"; echo '|---|---|---|---|---|'
	by_overlay 2 attack $fpr
done
