# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Namespaces that speak TCP/IP as other systems do, so that no model takes the system for a sign. Needs lib.sh.
#
#   ns_stack NAME WORD…    from now on NAME
#     nots, nosack, noscale   leaves timestamps, selective acknowledgements, window scaling out of its SYNs
#     tfo                     asks for a fast-open cookie (what curl does there, see ordinary_curl)
#     mss=BYTES, mtu=BYTES    announces this segment size to the server, has this MTU
#     ttl=HOPS
#
# SYN over IPv4, bytes: 60 as Linux sends it; 52 nots, as Windows; 48 nots nosack or nots noscale; 44 nots nosack noscale;
# 56 noscale; 64 tfo.

declare -A STACK_TFO=()

ns_stack() {
	local name=$1 word
	for word in "${@:2}"; do
		case $word in
		nots) ns_sysctl "$name" net.ipv4.tcp_timestamps=0 ;;
		nosack) ns_sysctl "$name" net.ipv4.tcp_sack=0 ;;
		noscale) ns_sysctl "$name" net.ipv4.tcp_window_scaling=0 ;;
		tfo)
			ns_sysctl "$name" net.ipv4.tcp_fastopen=1
			STACK_TFO[$name]=1
			;;
		ttl=*) ns_sysctl "$name" net.ipv4.ip_default_ttl="${word#*=}" net.ipv6.conf.eth0.hop_limit="${word#*=}" ;;
		mtu=*) in_ns "$name" ip link set eth0 mtu "${word#*=}" ;;
		mss=*)
			in_ns "$name" ip route replace "$(ns_address server)" dev eth0 src "$(ns_address "$name")" advmss "${word#*=}"
			in_ns "$name" ip -6 route replace "$(ns_address6 server)" dev eth0 advmss "${word#*=}"
			;;
		*)
			echo "lab: stack of $name: '$word' is none of nots, nosack, noscale, tfo, mss=, mtu=, ttl=" >&2
			return 1
			;;
		esac
	done
}
