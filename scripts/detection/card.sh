#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# card.sh FOLDER: what starter-model.sh measured into FOLDER, as the tables of the model's card.
set -euo pipefail
dir=$1

kinds_print() { # class, heading
	echo
	echo "| $2 | flows | learnt from | unseen: condemned | first packet only | packets dropped |"
	echo '|---|---|---|---|---|---|'
	jq -rs --arg class "$1" --slurpfile report "$dir/model.report.json" '
		($report[0].kinds | map(select(.label == (if $class == "honest" then "benign" else "malicious" end))
			| {key: .attack, value: ([.flows[]] | add)}) | from_entries) as $learnt |
		def share: . * 1e4 | round / 1e4;
		[.[][$class].kinds[]] | group_by(.name)[] | (.[0].name) as $name |
		{flows: map(.flows) | add, condemned: map(.condemned) | add, first: map(.first_packet_only) | add, packets: map(.packets) | add, dropped: map(.packets_dropped) | add} |
		"| \(if $name == "" then "(beside live attacks)" else $name end) | \(.flows) | \(($learnt[$name] // 0) + ($learnt[$name + "~"] // 0)) | \(.condemned / .flows | share) | \(.first / .flows | share) | \(.dropped / .packets | share) |"' \
		"$dir"/fold.?.evaluation.json
}

# With what would be condemned if the model dropped all that it logs.
others_print() {
	jq -rn --slurpfile model "$dir/model.others.json" --slurpfile bold "$dir/bold.others.json" '
		def share: . * 1e5 | round / 1e5;
		def shares(of): of | "\(.flows) | \(.condemned / .flows | share) | \(.first_packet_only / .flows | share) | \(.packets_dropped_share | share)";
		def line(name; of; bold): "| \(name) | \(shares(of)) | \(bold.condemned / bold.flows | share) |";
		$model[0] as $model | $bold[0] as $bold |
		"| capture of others, none learnt from | flows | condemned | first packet only | packets dropped | condemned if it dropped what it logs |", "|---|---|---|---|---|---|",
		([$model.malicious.captures, $bold.malicious.captures] | transpose[] | line(.[0].name; .[0]; .[1])),
		([$model.honest.captures, $bold.honest.captures] | transpose[] | select(.[1].condemned > 0) | line(.[0].name + " (honest)"; .[0]; .[1])),
		line("all \($model.honest.captures | length) honest captures"; $model.honest.total[0]; $bold.honest.total[0]), "",
		([$model, $bold] | "Of all attacks of others condemned: \(map(.malicious.total[0].pooled.rate | share) | join(", ")) pooled, \(map(.malicious.total[0].mean.rate | share) | join(", ")) the mean over captures.",
			"Of honest flows of others: \(map(.honest.total[0].pooled.rate | share) | join(", ")) pooled, \(map(.honest.total[0].mean.rate | share) | join(", ")) the mean over captures. The second of each: if it dropped what it logs.")'
}

echo
echo '## Lab kinds, each by a model of the same recipe and thresholds that never saw it'
kinds_print honest 'honest kind'
kinds_print malicious 'attack'
echo
echo '## Captures of others'
echo
if [[ -r $dir/model.others.json ]]; then
	others_print
else
	echo 'None were at hand when it was trained.'
fi
echo
echo '## The file'
