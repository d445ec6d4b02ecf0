# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2153
# What the model that is shipped, which learnt nothing from the demo's traffic, would have done to a phase of it: the phase is
# recorded and replayed. Needs phases.sh; leaves $OUT/NAME/traffic.pcap and starter.json.
STARTER_MODEL=$LAB_BUILD/../deploy/starter-model/starter.hgm

# starter_record: headers of what passes the server's cable from now on.
starter_record() {
	tcpdump -n -Z root -i server -s 128 -B 16384 -w "$PHASE/traffic.pcap" 2>"$PHASE/tcpdump.log" </dev/null &
	STARTER_RECORDER=$!
	wait_for 10 grep -q 'listening on' "$PHASE/tcpdump.log"
}

starter_record_end() { end_process "$STARTER_RECORDER" || true; }

# starter_judge NAME: flows that the model would have condemned, and told (in the verdict log: condemned or logged), by kind and side.
starter_judge() {
	local phase=$OUT/$1
	"$LAB_BUILD/hedgerow" replay --inside "10.$LAB_NET.0.0/24,fd00:$LAB_NET::/112" --labels "$phase/labels.csv" \
		--model "$STARTER_MODEL" --json "$phase/replayed.json" --verdicts "$phase/replayed.jsonl" "$phase/traffic.pcap" 2>"$phase/replay.log"
	jq -r '[.label, .attack, .flow_id] | @tsv' "$phase/replayed.jsonl" | sort -u | cut -f 1,2 | uniq -c |
		jq -R 'capture("^ *(?<flows>[0-9]+) (?<label>[^\t]*)\t(?<kind>.*)$") | .flows |= tonumber' |
		jq -s --slurpfile replayed "$phase/replayed.json" '
			map({("\(.label) \(.kind)"): .flows}) | add // {} | . as $told |
			def figures(side): map({(.name): ({flows, condemned, first_packet_only, told: ($told["\(side) \(.name)"] // 0)})}) | add;
			$replayed[0] | {ordinary: (.honest.kinds | figures("benign")), attack: (.malicious.kinds | figures("malicious"))}' \
			>"$phase/starter.json"
}
