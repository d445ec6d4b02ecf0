# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Floods of packets made byte by byte (trafgen), whose SYNs have the options of real systems and whose datagrams have many
# sizes: what hping3 cannot do. Needs lib.sh and servers.sh.
#
#   attack_flood_mimic NAME SECONDS RATE SYN-LENGTH PORT    SYNs of 40 to 64 bytes, see below from invented addresses,
#                                                           all in CRAFTED_BLOCK.0.0.0/8
#   attack_flood_options NAME SECONDS RATE SYN-LENGTH PORT  the same from the attacker's own address
#   attack_flood_udp_sizes NAME SECONDS RATE PORT           datagrams of many sizes from the attacker's own address

CRAFTED_BLOCK=100

attack_flood_mimic() {
	crafted_syn "$1" "$CRAFTED_BLOCK, drnd(3)" "$4" "$5" >"$LAB_DIR/$1.trafgen"
	crafted_send "$1" "$2" "$3"
}

attack_flood_options() {
	crafted_syn "$1" "$(crafted_bytes "$(ns_address "$1")")" "$4" "$5" >"$LAB_DIR/$1.trafgen"
	crafted_send "$1" "$2" "$3"
}

attack_flood_udp_sizes() {
	local size
	for size in 0 1 8 13 22 31 40 48 57 76 90 120 160 240 320 512 700 1000 1200; do
		crafted_udp "$1" "$(crafted_bytes "$(ns_address "$1")")" "$size" "$4"
	done >"$LAB_DIR/$1.trafgen"
	crafted_send "$1" "$2" "$3" --rand
}

# It leaves the machine's interrupts and socket memory alone.
crafted_send() {
	in_ns "$1" timeout --signal INT "$2" trafgen --notouch-irq --no-sock-mem --cpus 1 --dev eth0 --conf "$LAB_DIR/$1.trafgen" \
		--gap "$((1000000 / $3))us" "${@:4}" || true
}

crafted_bytes() { echo "${1//./, }"; }

# Ethernet and IPv4 headers: NAME SOURCE-BYTES PROTOCOL IP-LENGTH.
crafted_ip() {
	local to from
	to=$(ns_mac server) from=$(ns_mac "$1")
	echo "0x${to//:/, 0x}, 0x${from//:/, 0x}, c16(0x0800),"
	echo "0x45, 0, c16($4), drnd(2), 0x40, 0, 64, $3, csumip(14, 33), $2, $(crafted_bytes "$SERVER"),"
}

crafted_syn() {
	local words=$((($3 - 20) / 4))
	echo '{'
	crafted_ip "$1" "$2" 6 "$3"
	echo "drnd(2), c16($4), drnd(4), c32(0), $((words << 4)), 0x02, c16(64240), csumtcp(14, 34), c16(0)$(crafted_options "$3")"
	echo '}'
}

# What systems put into SYNs of that length: segment size, selective acknowledgements, timestamps, window scaling, fast open.
crafted_options() {
	local mss='2, 4, c16(1460)' stamps='8, 10, drnd(4), c32(0)' scale='1, 3, 3, 7'
	case $1 in
	40) ;;
	44) echo ", $mss" ;;
	48) echo ", $mss, 1, 1, 4, 2" ;;
	52) echo ", $mss, $scale, 1, 1, 4, 2" ;;
	56) echo ", $mss, 4, 2, $stamps" ;;
	60) echo ", $mss, 4, 2, $stamps, $scale" ;;
	64) echo ", $mss, 4, 2, $stamps, $scale, 34, 2, 1, 1" ;;
	*)
		echo "lab: no SYN of $1 bytes; there are 40, 44, 48, 52, 56, 60 and 64" >&2
		return 1
		;;
	esac
}

crafted_udp() {
	local payload=
	(($3 == 0)) || payload=", drnd($3)"
	echo '{'
	crafted_ip "$1" "$2" 17 $(($3 + 28))
	echo "drnd(2), c16($4), c16($(($3 + 8))), c16(0)$payload"
	echo '}'
}
