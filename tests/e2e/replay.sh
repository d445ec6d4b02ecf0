# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Replay: what was captured beside the running program gives the rows that the kernel scored.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

# What makes a row without names of its own: ends, packets, features. The first argument is the file.
rows_plain() { cut -d, -f "3-$((FEATURES + 9))" "$1" | sort; }

# Waits for the beginning of one of the clock's windows of 4.3 seconds, so that the next three are in it.
window_wait() {
	local phase=3000
	while ((phase < 300 || phase > 900)); do
		sleep .05
		phase=$(awk '{ w = 4.294967296; printf "%d", ($1 / w - int($1 / w)) * w * 1000 }' /proc/uptime)
	done
}

t_replayed_rows_are_those_that_the_kernel_scored() {
	local tcpdump iperf offset server count
	taskset -pc 0 "$BASHPID" >/dev/null # two processors may see packets in another order than tcpdump does
	server=$(ns_address server)
	for ns in server client; do
		in_ns "$ns" ethtool -K eth0 gro off gso off tso off >/dev/null
	done
	agent --mode monitor --snapshots live.csv --snapshot-share 1 --poll-interval 200ms
	ns_start server "$LAB_DIR/tcpdump.talk" tcpdump -n -i eth0 --immediate-mode -w "$LAB_DIR/lab.pcap"
	tcpdump=$!
	wait_for 10 grep -q 'listening on' "$LAB_DIR/tcpdump.talk"
	ns_start server "$LAB_DIR/iperf.talk" iperf3 -s -1 --forceflush
	iperf=$!
	wait_for 10 grep -q listening "$LAB_DIR/iperf.talk"
	window_wait
	offset=$(awk -v now="$EPOCHREALTIME" '{ printf "%.3f", $1 - now }' /proc/uptime)
	scan client 1-60
	datagrams 9
	syns client -p 5 -c 20 -i u2000
	in_ns client iperf3 -c "$server" -n 40K -l 1000 >/dev/null
	end_process "$iperf" 5 || true
	sleep .3 # tcpdump and the agent are still reading
	kill -INT "$tcpdump"
	wait "$tcpdump" || true
	agent_end
	expect "tcpdump lost packets" has '^0 packets dropped by kernel' <"$LAB_DIR/tcpdump.talk"

	"$hedgerow" replay --inside "$server" --clock-offset "$offset" --rows replayed.csv lab.pcap
	FEATURES=$(head -1 live.csv | tr , '\n' | grep -n '^score$' | cut -d: -f1)
	((FEATURES -= 10))
	count=$(($(wc -l <live.csv) - 1))
	expect "only $count rows" test "$count" -gt 80
	diff <(rows_plain live.csv) <(rows_plain replayed.csv) >rows.diff || {
		head -5 rows.diff
		fail "$(grep -c '^<' rows.diff) of $count rows differ"
	}
	# Times: within the clock's grain of 4 ms, the 10 ms of /proc/uptime do not show in them.
	same "$(join -t, <(awk -F, '{ print $3 "-" $4 "-" $5 "-" $6 "-" $7 "-" $9 "," $2 }' live.csv | sort) \
		<(awk -F, '{ print $3 "-" $4 "-" $5 "-" $6 "-" $7 "-" $9 "," $2 }' replayed.csv | sort) |
		awk -F, '$2 - $3 > .02 || $3 - $2 > .02' | wc -l)" 0
}

t_replay_refuses_what_it_cannot_read() {
	printf 'neither' >text
	mkdir empty
	refused 'text:1: neither: ' hr replay text
	refused 'empty: no captures' hr replay empty
	refused 'nothing: No such file' hr replay nothing
	refused 'which captures' hr replay
	refused '3,last.*powers of two' hr replay --checkpoints 3,last text
	refused 'needs a model' hr replay --verdicts - text
	refused 'a challenger needs a model' hr replay --shadow text text
	refused 'exclude each other' hr replay --all-enter --inside 10.0.0.1 text
	refused 'exclude each other' hr replay --all-enter --end-host text
	refused 'will not do' hr replay --map-address 10.0.0.1 text
}

# The challenger condemns what is UDP from its second packet on, the model nothing.
t_challenger_is_compared_over_a_capture() {
	local model challenger
	model=$(model_make none.hgm 'kind>=1000')
	challenger=$(model_make late.hgm 'fpk>=2')
	in_ns server tcpdump -n -i eth0 --immediate-mode -U -w "$LAB_DIR/udp.pcap" udp port 9 >tcpdump.talk 2>&1 &
	wait_for 10 grep -q 'listening on' tcpdump.talk
	udp client -s 1000 -k -c 4 -i u1000
	wait_for 5 eval '(($(tcpdump -n -r udp.pcap 2>/dev/null | wc -l) >= 4))'
	end_process $! || true
	"$hedgerow" replay --all-enter --model none.hgm --shadow late.hgm --verdicts v.jsonl udp.pcap 2>talk.txt
	has 'both models scored 3 vectors; verdicts differ on 2 (66.67 %)' <talk.txt
	same "$(jq -r 'select(.event_type == "hedgerow_shadow").hedgerow | "\(.champion.verdict) \(.champion.model) \(.challenger.verdict) \(.challenger.model)"' v.jsonl)" \
		"pass $model drop $challenger
pass $model drop $challenger"
}
