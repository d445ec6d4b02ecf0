# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2016,SC2154
# Counts equal what a capture at the peer shows, of bulk TCP that the sender's stack hands down in bundles.

mb=8 # each way
port=9001

fail() {
	echo "$*"
	exit 1
}

# The last card before the peer cuts bundles into the packets of the wire: the peer's capture and the wire are one.
cut_bundles() { # [namespace] interface
	local run=()
	[[ $# -eq 1 ]] || run=(in_ns "$1")
	"${run[@]}" ethtool -K "${@: -1}" tso off gso off gro off
}

capture_start() { # namespace interface
	ns_start "$1" capture.txt tcpdump -U -n -i "$2" -s 96 -B 65536 -w capture.pcap "tcp port $port or udp port 9"
	capture=$!
	wait_for 5 grep -q 'listening on' capture.txt
}

last_is_captured() { tcpdump -n -r capture.pcap udp 2>/dev/null | has 'UDP'; }

# What is sent last comes last: then all is written.
capture_end() { # namespace address
	echo last | in_ns "$1" socat -u - "UDP:$2:9"
	wait_for 20 last_is_captured || fail "the capture does not come to its end"
	end_process "$capture" || true
	has '^0 packets dropped by kernel$' <capture.txt
}

# Of each direction packets and layer 3 bytes: "to-server 5800 8300000 to-client …".
captured() {
	tcpdump -n -e -q -r capture.pcap tcp 2>/dev/null | awk -v port="$port" '
		{ match($0, /length [0-9]+:/); bytes = substr($0, RSTART + 7, RLENGTH - 8) - 14
		  way = $0 ~ "> [^ ]*[.]" port ": " ? 0 : 1; packets[way]++; sum[way] += bytes; if (bytes > 1500) large++ }
		END { if (large) print "bundles in the capture: " large
		      print packets[0], sum[0], packets[1], sum[1] }'
}

counted() {
	hr flows --format json | jq -r --argjson port "$port" '[.[] | select(.dest_port == $port).flow] |
		[([.[].pkts_toserver] | add), ([.[].bytes_toserver] | add), ([.[].pkts_toclient] | add), ([.[].bytes_toclient] | add)] |
		join(" ")'
}

# Both send at once.
bulk_both_ways() { # server-namespace client-namespace address
	local got
	ns_start "$1" server.txt socat "TCP6-LISTEN:$port,ipv6-v6only=0,reuseaddr" \
		"SYSTEM:head -c ${mb}M /dev/zero & head -c ${mb}M >/dev/null; wait"
	wait_for 5 in_ns "$1" bash -c "ss -ltn | grep -q :$port"
	got=$(head -c "${mb}M" /dev/zero | in_ns "$2" socat -t 20 - "TCP:$3:$port" | wc -c)
	same "$got" $((mb << 20))
}

bulk_is_counted_as_captured() { # server-namespace client-namespace address, namespace and interface of the capture, what leaves
	local skbs packets
	hr flows --clear
	skbs=$(hr_counter egress_packets)
	capture_start "$4" "$5"
	bulk_both_ways "$1" "$2" "$3"
	capture_end "$2" "$3"
	same "$(counted)" "$(captured)"
	skbs=$(($(hr_counter egress_packets) - skbs))
	packets=$(counted | awk "{ print $6 }")
	((packets > mb * 700))
	((skbs * 2 < packets)) || fail "the companion saw no bundles: $skbs for $packets packets"
}

t_bulk_to_and_from_this_host() {
	cut_bundles client
	cut_bundles client eth0
	hr attach --iface eth0
	bulk_is_counted_as_captured server client "$(ns_address server)" client eth0 '$3'
	bulk_is_counted_as_captured server client "[$(ns_address6 server)]" client eth0 '$3'
}

# Through this host, whose cards bundle what enters behind our program: what leaves was counted as it entered.
t_bulk_that_is_routed() {
	interface_add extra
	ip netns add inner
	in_ns server ip link set extra-peer netns inner
	in_ns server ip address add 10.9.0.1/24 dev extra
	in_ns inner ip link set extra-peer up
	in_ns inner ip address add 10.9.0.2/24 dev extra-peer
	in_ns inner ip route add default via 10.9.0.1
	in_ns client ip route add 10.9.0.0/24 via 10.7.0.2
	ns_sysctl server net.ipv4.ip_forward=1
	cut_bundles client
	cut_bundles server extra
	cut_bundles inner extra-peer
	hr attach --iface eth0 --iface extra
	in_ns server ethtool -K eth0 gro on
	in_ns server ethtool -K extra gro on
	bulk_is_counted_as_captured inner client 10.9.0.2 inner extra-peer '$1 + $3'
	same "$(hr_counter pass_seen_elsewhere)" 0
}
