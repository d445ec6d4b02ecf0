# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Floods. hping3 sends from the attacker's address; trafgen sends what hping3 cannot: IPv6, options of real systems, invented
# addresses that come from the seed. kind_NAME makes it; see capture.sh.

kind_flood_syn() { flood_own "$(tcp_header "$HTTP_PORT" syn 5)" '' --syn --destport "$HTTP_PORT"; }
kind_flood_ack() { flood_own "$(tcp_header "$HTTP_PORT" 'ack, aseq=drnd()' 5)" '' --ack --destport "$HTTP_PORT"; }
kind_flood_synack() { flood_own "$(tcp_header "$HTTP_PORT" 'syn, ack, aseq=drnd()' 5)" '' --syn --ack --destport "$HTTP_PORT"; }
kind_flood_rst() { flood_own "$(tcp_header "$HTTP_PORT" rst 5)" '' --rst --destport "$HTTP_PORT"; }
kind_flood_udp() { flood_own 'udp(sp=drnd(1024, 65535), dp=53)' 'drnd(40)' --udp --destport 53 --data 40; }

SYN_OPTIONS='2, 4, c16(1460), 4, 2, 8, 10, drnd(4), c32(0), 1, 3, 3, 7'
kind_flood_syn_options() { flood_trafgen own "$(tcp_header "$HTTP_PORT" syn 10)" "$SYN_OPTIONS"; }
kind_flood_syn_spoofed() { flood_trafgen spoofed "$(tcp_header "$HTTP_PORT" syn 5)"; }
kind_flood_syn_mimic() { flood_trafgen spoofed "$(tcp_header "$HTTP_PORT" syn 10)" "$SYN_OPTIONS"; }
kind_flood_ack_spoofed() { flood_trafgen spoofed "$(tcp_header "$HTTP_PORT" 'ack, aseq=drnd()' 5)"; }
kind_flood_synack_spoofed() { flood_trafgen spoofed "$(tcp_header "$HTTP_PORT" 'syn, ack, aseq=drnd()' 5)"; }
kind_flood_rst_spoofed() { flood_trafgen spoofed "$(tcp_header "$HTTP_PORT" rst 5)"; }
kind_flood_udp_spoofed() { flood_trafgen spoofed "udp(sp=drnd(1024, 65535), dp=$HTTP_PORT)" 'drnd(32)'; }
kind_flood_icmp() { flood_trafgen own "$(echo_header)" "fill(0x61, 32)"; }
kind_flood_icmp_spoofed() { flood_trafgen spoofed "$(echo_header)" "fill(0x61, 32)"; }

# Pieces of datagrams of which the rest never comes; over IPv4 and from the own address whole ones in pieces of 16 bytes.
kind_flood_fragment() {
	[[ $VARIANT == *6 ]] || {
		flood_hping --udp --frag --mtu 16 --data 48 --destport 7777
		return
	}
	flood_fragments own >frames.trafgen
	flood_send own
}
kind_flood_fragment_spoofed() {
	flood_fragments spoofed >frames.trafgen
	flood_send spoofed
}

# Answers to questions that the server never asked, from 200 reflectors.
kind_reflect_dns() { flood_trafgen reflected 'udp(sp=53, dp=drnd(1024, 65535))' 'drnd(2), 0x81, 0x80, fill(0x41, 1180)'; }
kind_reflect_ntp() { flood_trafgen reflected 'udp(sp=123, dp=drnd(1024, 65535))' '0xd7, 0, 3, 42, fill(0, 436)'; }
kind_reflect_memcached() { flood_trafgen reflected 'udp(sp=11211, dp=drnd(1024, 65535))' 'drnd(2), c16(0), c16(1), fill(0x42, 1394)'; }
kind_reflect_ssdp() { flood_trafgen reflected 'udp(sp=1900, dp=drnd(1024, 65535))' 'fill(0x48, 310)'; }
kind_reflect_synack() {
	flood_trafgen reflected 'tcp(sp=443, dp=drnd(1024, 65535), seq=drnd(), aseq=drnd(), syn, ack, win=65535, doff=6)' '2, 4, c16(1400)'
}

tcp_header() { echo "tcp(sp=drnd(1024, 65535), dp=$1, seq=drnd(), $2, win=64240, doff=$3)"; }

# Echo requests, each with an id of its own.
echo_header() { [[ $VARIANT == *6 ]] && echo 'icmp6(echorequest), drnd(2), c16(1)' || echo 'icmp4(type=8, id=drnd(), seq=1)'; }

# From the attacker's address: layer 4 header and what follows it for trafgen, options for hping3.
flood_own() {
	if [[ $VARIANT == *6 ]]; then flood_trafgen own "$1" "$2"; else flood_hping "${@:3}"; fi
}

flood_hping() {
	local rate
	rate_pick rate
	flood_bounds "$rate"
	wicked
	record
	LONGEST=$FLOOD_SECONDS attacker hping3 --quiet --interval "u$((1000000 / rate))" --count "$FLOOD_PACKETS" "$@" "$TARGET"
}

flood_trafgen() { # own|spoofed|reflected, layer 4 header, what follows it
	flood_frames "$@" >frames.trafgen
	flood_send "$1"
}

# Sends what stands in frames.trafgen; a storm without gaps, for trafgen cannot keep such short ones.
flood_send() { # own|spoofed|reflected
	local rate more=()
	rate_pick rate
	flood_bounds "$rate"
	flood_wicked "$1"
	[[ $1 != reflected ]] || more=(--rand)
	[[ $VARIANT == storm ]] || more+=(--gap "$((1000000 / rate))us")
	record
	LONGEST=$FLOOD_SECONDS attacker trafgen --notouch-irq --no-sock-mem --cpus 1 --seed "$SEED" --dev eth0 --conf frames.trafgen \
		--num "$FLOOD_PACKETS" "${more[@]}"
}

# Packets in all and seconds are bounded, whatever the rate.
flood_bounds() {
	local most=8000
	[[ $VARIANT != thick ]] || most=20000
	[[ $VARIANT != storm ]] || most=30000
	FLOOD_PACKETS=$(($1 * 12 < most ? $1 * 12 : most))
	FLOOD_SECONDS=$((FLOOD_PACKETS / $1 + 4))
}

# Invented addresses of IPv6 are from anywhere, so that all of such a capture is wicked.
flood_wicked() {
	wicked
	case $1:$VARIANT in
	own:*) ;;
	*6) WICKED= ;;
	*) WICKED=100.0.0.0/8 ;;
	esac
}

flood_frames() {
	local i source
	[[ $1 == reflected ]] || {
		flood_frame "$(flood_source "$1")" '' "${@:2}"
		return
	}
	for i in {1..200}; do
		source=100.$((SEED % 256)).$((i * 91 % 256)).$i
		[[ $VARIANT != *6 ]] || source=2001:db8:$((SEED % 9999))::$i
		flood_frame "$source" '' "${@:2}"
	done
}

flood_source() { # own|spoofed
	case $1:$VARIANT in
	own:*) at 201 "$ATTACKER" ;;
	spoofed:*6) echo 'drnd()' ;;
	spoofed:*) echo 'drnd(0x64000000, 0x64ffffff)' ;; # 100.0.0.0/8
	esac
}

# A first piece, which shows its ports, and one from the middle; over IPv6 behind a header of their own.
flood_fragments() { # own|spoofed
	local source ports='drnd(2), c16(7777), c16(1480), c16(0), drnd(24)'
	source=$(flood_source "$1")
	if [[ $VARIANT == *6 ]]; then
		flood_frame "$source" nh=44 '17, 0, c16(1), drnd(4)' "$ports"
		flood_frame "$source" nh=44 '17, 0, c16(0x0501), drnd(4)' 'drnd(32)'
	else
		flood_frame "$source" 'mf, proto=17' "$ports"
		flood_frame "$source" 'mf, proto=17, frag=drnd(4, 180)' 'drnd(32)'
	fi
}

flood_frame() { # source, more fields of IP, layer 4 header, what follows it
	local ip="ipv4(sa=$1, da=$TARGET, id=drnd(), ttl=64${2:+, $2})" type=0x0800
	[[ $VARIANT != *6 ]] || ip="ipv6(sa=$1, da=$TARGET, hl=64${2:+, $2})" type=0x86dd
	echo "{ eth(da=$(ns_mac server), sa=$(ns_mac attacker), type=$type), $ip, $3${4:+, $4} }"
}
