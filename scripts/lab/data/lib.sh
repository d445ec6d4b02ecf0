# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What a kind of traffic may call (capture.sh sources it). Needs ../lib.sh and ../servers.sh.
#
#   data_up NET VARIANT         server, namespace `client` (addresses BLOCK 20), namespace `attacker` (BLOCK 201), on wires without
#                               offloads, so that what is captured are packets as a wire carries them
#   record                      from here on is captured what reaches and leaves the server; nothing before
#   pick NAME A B               NAME becomes a number from A to B, from the seed
#   at BLOCK N                  an address that the client (BLOCK 20) or attacker (BLOCK 201) may send from; N from 1 to 253
#   one_of_many N               another address of the server; N from 0 to 126
#   bracketed ADDRESS           as a URL wants it
#   silence NAME PREFIX…        these addresses of a namespace no longer answer, nor refuse
#   half_gone                   from here on one_of_many 64 to 126 of the server no longer answer; gone_clients: BLOCK 20 from 200 on
#   stands_or_gone COUNT N      of N that count up, in turn one of COUNT addresses of the server that stand and of COUNT that have gone
#   asked RATE UNIT             notes, for the manifest, what rate the tools were told to have: so many packets, connections or
#                               calls (of a crowd) a second, `-` where none. The first unit counts; what has it adds up
#   crowd COUNT RATE COMMAND…   runs `COMMAND… I` in the background for I = 1 to COUNT, RATE of them a second, and waits for all
#   client COMMAND…, attacker COMMAND…   run with the network of these, LONGEST seconds at most
#
# TARGET is the server's address of the variant's family, URL that of its pages. A variant is one of
#   v4, v6     on the same link
#   wan, wan6  across the relay: round trips of 1 to 300 ms, by address, 1 % of the packets lost in each direction
#   nat, nat6  the same, but by connection: as of many behind one address
#   mute       the server sees the attackers but cannot answer them, nor invented addresses
#   thin, thick   attacks told to send about a hundred and tens of thousands a second (rate_pick)
#   storm      floods as fast as one CPU sends them: about a hundred thousand a second
# shellcheck disable=SC2034
LONGEST=60
ACTOR=client # or attacker, once that is said to be (wicked)

data_up() {
	local net=$1 interface port bulk
	VARIANT=$2
	lab_up "$net"
	ns_add client 20.254
	ns_add_block client 20
	pick ATTACKER 10 250
	ns_add attacker "201.$ATTACKER"
	ns_add_block attacker 201
	in_ns server ip -6 route add local "fd00:$net::80/121" dev lo
	for interface in client attacker; do
		in_ns "$interface" ip -6 route add "fd00:$net::80/121" via "$(ns_address6 server)"
	done
	for interface in server client attacker; do
		in_ns "$interface" ethtool -K eth0 tx off gso off tso off gro off >/dev/null
		ethtool -K "$interface" tx off gso off tso off gro off >/dev/null
	done
	pick port 1024 4999
	pick bulk 6000 8999
	servers_start "$port" "$bulk"
	TARGET=$SERVER
	[[ $VARIANT != *6 ]] || TARGET=$SERVER6
	URL=http://$(bracketed "$TARGET"):$HTTP_PORT
	case $VARIANT in
	wan*) data_relay address 1 300 10 ;;
	nat*) data_relay connection 1 300 10 ;;
	mute)
		in_ns server ip route replace blackhole "10.$net.201.0/24"
		in_ns server ip route replace blackhole default
		;;
	esac
	exec {pause_fd}<> <(:)
}

# Puts the relay before the server: round trips, by $1, from $2 to $3 ms, $4 ‰ lost in each direction.
data_relay() {
	ip link add relay_near type veth peer name relay_far # the relay reads the first, the bridge has the second
	ip link set relay_near addrgenmode none up
	ip link set relay_far addrgenmode none master br0 up
	ip link set server nomaster
	nice -n -10 "$LAB_BUILD/lab/relay" relay_near server "$2" "$3" "$4" "$1" "$SEED" >"$LAB_DIR/relay.log" 2>&1 &
	RELAY=$!
	wait_for 5 grep -q carries "$LAB_DIR/relay.log"
}

record() {
	in_ns server tcpdump -n -Z root -i eth0 -s 128 -B 65536 -w "$LAB_DIR/data.pcap" 2>"$LAB_DIR/tcpdump.log" &
	TCPDUMP=$!
	wait_for 10 grep -q 'listening on' "$LAB_DIR/tcpdump.log"
}

# Ends the capture when the last packets are through; fails when any are missing.
record_end() {
	sleep 1
	in_ns server kill -INT "$(pgrep -P "$TCPDUMP" tcpdump || echo "$TCPDUMP")"
	wait "$TCPDUMP" || true
	if [[ ${RELAY-} ]]; then
		end_process "$RELAY" || true
		grep -q ', dropped 0$' "$LAB_DIR/relay.log" || {
			echo "lab-data: $(tail -n 1 "$LAB_DIR/relay.log")" >&2
			return 1
		}
	fi
	grep -q '^0 packets dropped by kernel' "$LAB_DIR/tcpdump.log" || {
		echo "lab-data: tcpdump: $(grep 'dropped by kernel' "$LAB_DIR/tcpdump.log" || tail -n 1 "$LAB_DIR/tcpdump.log")" >&2
		return 1
	}
}

# Of what record_end left: `RATE,UNIT,PACKETS`, the rate asked for and the packets a second that the side that acts sent, from its
# first to its last, invented addresses included. The lab's wires keep its MAC address.
rates_show() {
	tcpdump -n -q -tt -Z root -r "$LAB_DIR/data.pcap" "ether src $(ns_mac "$ACTOR")" 2>/dev/null | awk -v asked="$LAB_DIR/asked" '
		/^[0-9]/ { if (!n++) first = $1; last = $1 }
		END {
			while ((getline line <asked) > 0) {
				split(line, word, " ")
				if (of == "") of = word[2]
				if (word[2] == of && word[1] != "-") rate += word[1]
			}
			printf "%s,%s,%s\n", rate, of, (last > first ? sprintf("%.0f", (n - 1) / (last - first)) : "")
		}'
}

asked() { echo "$*" >>"$LAB_DIR/asked"; }

# `P10,P90`: milliseconds that a tenth, and all but a tenth, of the handshakes took, from the last SYN to what its sender said next,
# which at the server's interface is one round trip whoever began. Of captures across the relay; elsewhere nothing.
round_trips_show() {
	[[ $VARIANT =~ ^(wan|nat) ]] || {
		echo ,
		return
	}
	tcpdump -n -tt -Z root -r "$LAB_DIR/data.pcap" tcp 2>/dev/null | awk '
		$7 == "[S]," { at[$3 $5] = $1; next }
		$3 $5 in at { print ($1 - at[$3 $5]) * 1000; delete at[$3 $5] }' | sort -n | awk '
		{ ms[NR] = $1 }
		END { if (NR) printf "%.1f,%.1f\n", ms[int(NR * .1) + 1], ms[int(NR * .9 - .001) + 1]; else print "," }'
}

# Not $RANDOM, which begins anew in every subshell.
pick() {
	PICK_STATE=$(((PICK_STATE * 1103515245 + 12345) & 0x7fffffff))
	printf -v "$1" %d $(($2 + (PICK_STATE >> 8) % ($3 - $2 + 1)))
}

at() {
	[[ $VARIANT == *6 ]] && echo "fd00:$LAB_NET::$1:$2" || echo "10.$LAB_NET.$1.$2"
}

one_of_many() {
	[[ $VARIANT == *6 ]] && printf 'fd00:%s::%x\n' "$LAB_NET" $((128 + $1)) || echo "10.$LAB_NET.0.$((128 + $1))"
}

silence() {
	local prefix
	for prefix in "${@:2}"; do
		in_ns "$1" ip route add table local blackhole "$prefix"
	done
}

# The others it gets for good, so that over IPv6, too, its daemons answer from where they were asked; none is a source that it
# would choose.
half_gone() {
	local i
	silence server "10.$LAB_NET.0.192/26" "fd00:$LAB_NET::c0/122"
	for i in {128..191}; do printf 'address add fd00:%s::%x/128 dev eth0 nodad preferred_lft 0\n' "$LAB_NET" "$i"; done |
		in_ns server ip -6 -batch -
}

stands_or_gone() { one_of_many $(($2 % 2 * 64 + $2 / 2 % $1)); }

gone_clients() {
	silence client "10.$LAB_NET.20."{200/29,208/28,224/28,240/29,248/30,252/31} "fd00:$LAB_NET::20:200/119"
}

bracketed() { [[ $1 == *:* ]] && echo "[$1]" || echo "$1"; }

client() { in_ns client timeout "$LONGEST" "$@" || true; }
attacker() { in_ns attacker timeout "$LONGEST" "$@" || true; }

crowd() {
	local i count=$1 rate=$2 began=${EPOCHREALTIME/./} ahead pids=()
	asked "$rate" calls
	for ((i = 1; i <= count; i++)); do
		"${@:3}" "$i" &
		pids+=($!)
		ahead=$((began + i * 1000000 / rate - ${EPOCHREALTIME/./}))
		((ahead < 1000)) || read -rt "$(printf '%d.%06d' $((ahead / 1000000)) $((ahead % 1000000)))" -u "$pause_fd" || true
	done
	wait "${pids[@]}" || true
}

# curl of the crowd: ADDRESS OPTIONS…
fetch() {
	client curl --silent --output /dev/null --connect-timeout 15 --max-time 40 --interface "$1" "${@:2}"
}
