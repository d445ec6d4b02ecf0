# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Ordinary traffic of the lab, made by real clients. Needs lib.sh and servers.sh.
#
# ordinary_KIND NAME A SECONDS RATE: namespace NAME, which may use the addresses 10.NET.A.x, makes RATE requests per second
# and writes one line for each to $REQUESTS/KIND.log: seconds it took ("-" where that means nothing), then `ok`, or what
# failed. A client that is still waiting when its time is long over failed. What speaks UDP is in ordinary_udp.sh.

ORDINARY_GRACE=14 # seconds that a client may need longer; more than the patience of any request

ordinary_block() { echo "10.$LAB_NET.$1"; }
ordinary_log() { echo "$REQUESTS/${1%.*}.log"; }

# ordinary_curl NAME SECONDS CURL-OPTIONS…: one line per transfer.
ordinary_curl() {
	local name=$1 seconds=$2 status=0
	shift 2
	[[ ! ${STACK_TFO[$name]-} ]] || set -- --tcp-fastopen "$@"
	in_ns "$name" timeout "$((seconds + ORDINARY_GRACE))" curl --silent --fail --output /dev/null --connect-timeout 10 \
		--max-time "$((seconds + 12))" --write-out '%{time_total} %{exitcode}\n' "$@" |
		awk '{ print $1, $2 == 0 ? "ok" : "curl-" $2; fflush() }' || status=${PIPESTATUS[0]}
	[[ $status -ne 124 ]] || echo "- unfinished"
}

# One connection, many requests.
ordinary_web_keepalive() {
	ordinary_curl "$1" "$3" --rate "$4/s" "http://$SERVER:$HTTP_PORT/page/[1-$(($3 * $4))]" >>"$(ordinary_log "$1")"
}

# A busy client: a new connection for every request, first for a line of text, then for pages.
ordinary_web_short() {
	local half=$((($3 * $4 + 1) / 2))
	ordinary_curl "$1" "$3" --rate "$4/s" --header 'Connection: close' "http://$SERVER:$HTTP_PORT/{,page/}?[1-$half]" \
		>>"$(ordinary_log "$1")"
}

# The same as web_first and web_short, for stacks that no training run has.
ordinary_web_windows() { ordinary_web_first "$@"; }
ordinary_web_tiny() { ordinary_web_short "$@"; }

# One client, many servers.
ordinary_web_hosts() {
	ordinary_curl "$1" "$3" --rate "$4/s" "http://10.$LAB_NET.0.[130-250]:$HTTP_PORT/page/[1-$(($3 * $4 / 121 + 1))]" \
		>>"$(ordinary_log "$1")"
}

# Asks where nobody listens, again and again: wrong, not wicked. Its requests are meant to be refused, all else is a failure.
ordinary_misguided() {
	ordinary_curl "$1" "$3" --rate "$4/s" "http://$SERVER:$((HTTP_PORT + 1))/[1-$(($3 * $4))]" |
		awk '{ print $1, $2 == "curl-7" ? "ok" : $2 == "ok" ? "answered" : $2 }' >>"$(ordinary_log "$1")"
}

ordinary_web_ipv6() {
	ordinary_curl "$1" "$3" --rate "$4/s" --header 'Connection: close' "http://[$SERVER6]:$HTTP_PORT/page/[1-$(($3 * $4))]" \
		>>"$(ordinary_log "$1")"
}

# Every request comes from an address that was never here before; every third stays for two more.
ordinary_web_first() {
	local i last
	for ((i = 1; i <= $3 * $4 && i < 255; i++)); do
		last=$((i % 3 ? 1 : 3))
		ordinary_curl "$1" 1 --interface "$(ordinary_block "$2").$i" "http://$SERVER:$HTTP_PORT/page/[1-$last]" &
		sleep "$(ordinary_pause "$4")"
	done >>"$(ordinary_log "$1")"
	wait
}

ordinary_pause() { awk -v rate="$1" 'BEGIN { printf "%.3f", 1 / rate }'; }

# Browsers: every visit comes from a new address and opens its connections at once. RATE is visits per minute; in every
# third visit twelve connections, else six.
ordinary_web_browser() {
	local i at_once visits=$(($3 * $4 / 60))
	for ((i = 1; i <= visits && i < 255; i++)); do
		at_once=$((i % 3 ? 6 : 12))
		ordinary_curl "$1" 1 --interface "$(ordinary_block "$2").$i" --parallel --parallel-immediate \
			--parallel-max "$at_once" "http://$SERVER:$HTTP_PORT/page/[1-$((at_once * 2))]" &
		sleep "$(ordinary_pause "$(awk -v m="$4" 'BEGIN { print m / 60 }')")"
	done >>"$(ordinary_log "$1")"
	wait
}

# A long transfer; RATE in Mbit/s. Every second of it counts as a request, and one without a byte as failed.
ordinary_bulk() {
	in_ns "$1" timeout "$(($3 + ORDINARY_GRACE))" iperf3 --client "$SERVER" --port "$BULK_PORT" --bitrate "$4M" --time "$3" --json \
		>"$LAB_DIR/$1.json" 2>/dev/null || echo "- iperf3" >>"$(ordinary_log "$1")"
	jq -r '.intervals[]?.sum | if .bytes > 0 then "- ok" else "- stalled" end' "$LAB_DIR/$1.json" >>"$(ordinary_log "$1")"
}

# A long download over a thin line; RATE in kB/s.
ordinary_download() {
	ordinary_curl "$1" "$3" --range "0-$(($3 * $4 * 1000))" "http://$SERVER:$HTTP_PORT/large?rate=$4k" >>"$(ordinary_log "$1")"
}
