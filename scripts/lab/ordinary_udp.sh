# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Ordinary traffic of the lab over UDP, made by real clients; see ordinary.sh, whose functions it needs.

# Resolvers with a few sockets that stay open; the second with EDNS.
ordinary_dns() { ordinary_dnsperf "$@"; }
ordinary_dns_edns() { ordinary_dnsperf "$@" -e; }

ordinary_dnsperf() {
	in_ns "$1" timeout "$(($3 + ORDINARY_GRACE))" dnsperf -s "$SERVER" -d "$LAB_DIR/server/names" -l "$3" -Q "$4" -c 2 -v "${@:5}" \
		2>&1 | awk '/^> NOERROR/ { print $NF, "ok"; fflush(); next } /^> / { print "-", "dns-" $2 }' >>"$(ordinary_log "$1")"
}

# Single look-ups, each from a new socket and every fourth from a new address; a second of patience, three tries. Half of them
# without EDNS.
ordinary_dns_lookup() { ordinary_digs "$@" "host%d.lab.test +edns=0" "host%d.lab.test +noedns"; }

# Queries of sizes that no training run has: of 24 bytes, and of about 200.
ordinary_dns_sizes() {
	local long
	printf -v long 'label-of-forty-bytes-number-%04d-%08d.' 1 2 3 4 5 6 7 8
	ordinary_digs "$@" "x.test +noedns" "n%d.${long}lab.test +noedns"
}

# ordinary_digs NAME A SECONDS RATE QUERY…: one query after the other, %d becomes a number.
ordinary_digs() {
	local i query queries=("${@:5}")
	for ((i = 0; i < $3 * $4; i++)); do
		# shellcheck disable=SC2059
		printf -v query "${queries[i % ${#queries[@]}]}" "$i"
		ordinary_dig "$1" "$(ordinary_block "$2").$((i / 4 % 254 + 1))" "$query" &
		sleep "$(ordinary_pause "$4")"
	done >>"$(ordinary_log "$1")"
	wait
}

ordinary_dig() {
	local began=${EPOCHREALTIME/./} ended result=ok query
	read -ra query <<<"$3"
	in_ns "$1" dig "@$SERVER" -b "$2" +short +tries=3 +time=1 "${query[@]}" | grep -q '^192\.0\.2\.80$' || result=no-answer
	ended=${EPOCHREALTIME/./}
	awk -v us="$((ended - began))" -v result="$result" 'BEGIN { printf "%.6f %s\n", us / 1e6, result }'
}

# Small files; the server sends each from a port of its own, so that the request itself is never answered.
ordinary_tftp() {
	local i
	for ((i = 1; i <= $3 * $4; i++)); do
		ordinary_curl "$1" 1 --interface "$(ordinary_block "$2").$((i % 20 + 1))" "tftp://$SERVER/index.html" &
		sleep "$(ordinary_pause "$4")"
	done >>"$(ordinary_log "$1")"
	wait
}

# A call: 50 datagrams a second; RATE in kbit/s, so of 2.5 × RATE bytes. Every datagram counts as a request.
ordinary_media() {
	in_ns "$1" timeout "$(($3 + ORDINARY_GRACE))" iperf3 --client "$SERVER" --port "$MEDIA_PORT" --udp --length $(($4 * 5 / 2)) \
		--bitrate "$4k" --time "$3" --json >"$LAB_DIR/$1.json" 2>/dev/null || echo "- iperf3" >>"$(ordinary_log "$1")"
	jq -r '.end.sum | .lost_packets as $lost | range(.packets) | if . < $lost then "- lost" else "- ok" end' "$LAB_DIR/$1.json" \
		>>"$(ordinary_log "$1")"
}

# Log messages, which nobody answers: from one socket, as a daemon sends them, and from a new one each, as scripts do.
ordinary_syslog() {
	ordinary_messages "$@" | in_ns "$1" logger --server "$SERVER" --port 514 --udp
	ordinary_messages_arrived "$@"
}

ordinary_syslog_single() {
	local message
	while read -r message; do
		in_ns "$1" logger --server "$SERVER" --port 514 --udp "$message"
	done < <(ordinary_messages "$@")
	ordinary_messages_arrived "$@"
}

# Lines of 20 to 250 bytes.
ordinary_messages() {
	local i filler
	printf -v filler '%0250d' 0
	for ((i = 1; i <= $3 * $4; i++)); do
		echo "<$1#$i> all is well ${filler:0:i * 37 % 230}"
		sleep "$(ordinary_pause "$4")"
	done
}

# Every message counts as a request, and as failed when it never came to the server.
ordinary_messages_arrived() {
	sleep .5 # the last one may be on its way
	tr '<' '\n' <"$LAB_DIR/server/syslog" | awk -v name="$1" -v sent="$(($3 * $4))" '
		index($0, name "#") == 1 { split($0, part, /[#>]/); came[part[2]] }
		END { for (i = 1; i <= sent; i++) print "-", (i in came) ? "ok" : "lost" }' >>"$(ordinary_log "$1")"
}
