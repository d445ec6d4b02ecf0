# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of the running agent share, beside the harness.
#
#   agent OPTIONS…          starts `hedgerow run --iface eth0` in namespace server and waits until it is ready; $AGENT
#   agent_end               stops it; fails unless it ends cleanly
#   expect WHAT COMMAND…    fails the test, naming WHAT, unless the command succeeds
#   log_sum FILTER          adds up what a jq filter yields over the verdict log
#   syns, udp NAME OPTIONS… namespace NAME sends SYNs or UDP datagrams to the server with hping3
#   scan NAME PORTS         namespace NAME scans the server
#   connections_open COUNT [ADDRESS]  the client makes connections to an echo server and keeps them; once a test
#   echoes                  how many of them still answer
#   connections_seen ADDRESS   of how many of them there is a record, and how many packets of these were dropped
#   connections_evict ADDRESS NAME   namespace NAME pushes their records out of a flow table of 4096
#
# $LOG is the verdict log, $TALK what the agent says.
LOG=$LAB_DIR/verdicts.jsonl
TALK=$LAB_DIR/agent.talk

fail() {
	echo "FAILED: $*"
	[[ ! -f $TALK ]] || sed 's/^/  agent: /' "$TALK"
	[[ ! -f $LOG ]] || tail -n 5 "$LOG" | cut -c1-400 | sed 's/^/  log: /'
	exit 1
}

expect() {
	local what=$1
	shift
	"$@" || fail "$what"
}

agent() {
	: >"$TALK"
	ns_start server "$TALK" "$hedgerow" run --iface eth0 --log "$LOG" --warm-up 0 "$@"
	AGENT=$!
	wait_for 10 grep -q ready "$TALK" || fail "the agent did not get ready"
}

agent_end() {
	end_process "$AGENT" 10 || fail "the agent ended badly"
}

log_sum() { jq -n "reduce (inputs | $1) as \$n (0; . + \$n)" "$LOG"; }

syns() { in_ns "$1" hping3 -S -q "${@:2}" "$(ns_address server)" >/dev/null 2>&1 || true; }
udp() { in_ns "$1" hping3 -2 -q -p 9 "${@:2}" "$(ns_address server)" >/dev/null 2>&1 || true; }
scan() { in_ns "$1" nmap -n -sS -T5 --max-retries 0 -p "$2" "$(ns_address server)" >/dev/null; }

connections_seen() {
	hr flows --format json | jq -c --arg from "$1" '[.[] | select(.src_ip == $from) | .hedgerow.dropped] | [length, add]'
}

# The fourth packet gets a flow that nobody answers into the flow table; so few at once that all are there still when they come
# again, and count as in use: the LRU lets what was seen once push out nothing that is.
connections_evict() {
	local round again
	for round in {1..40}; do
		for again in 1 2 3 4 5; do
			udp "$2" -k -s $((2000 + round)) -p ++10000 -i u50 -c 3000
		done
		connections_seen "$1" | grep -q '^\[0,' && break
	done
	same "$(connections_seen "$1")" '[0,null]'
}

connections_open() {
	ns_start server echo.txt socat TCP6-LISTEN:9000,ipv6-v6only=0,fork,reuseaddr,backlog=300 EXEC:cat
	wait_for 5 in_ns server bash -c 'ss -ltn | grep -q :9000'
	# shellcheck disable=SC2016
	coproc TALKERS { in_ns client bash -c '
		for ((i = 0; i < $2; i++)); do exec {fd}<>"/dev/tcp/$1/9000"; fds+=("$fd"); done
		echo connected
		while read -r _; do
			ok=0
			for fd in "${fds[@]}"; do echo x >&"$fd"; done
			for fd in "${fds[@]}"; do read -r -t 3 _ <&"$fd" && ((++ok)); done
			echo "$ok"
		done' _ "${2:-$(ns_address server)}" "$1"; }
	read -r _ <&"${TALKERS[0]}"
}
echoes() {
	local answered
	echo go >&"${TALKERS[1]}"
	read -r answered <&"${TALKERS[0]}"
	echo "$answered"
}
