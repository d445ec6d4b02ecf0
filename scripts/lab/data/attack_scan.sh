# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Scans, made by real scanners. kind_NAME makes it; see capture.sh.

kind_scan_syn() { scan -sS; }
kind_scan_connect() { scan -sT; }
kind_scan_fin() { scan -sF; }
kind_scan_null() { scan -sN; }
kind_scan_xmas() { scan -sX; }
kind_scan_ack() { scan -sA; }
kind_scan_window() { scan -sW; }
kind_scan_maimon() { scan -sM; }
kind_scan_udp() { scan -sU; }
kind_sweep_syn() { sweep -sS -p 22,80,443,8080; }
kind_sweep_connect() { sweep -sT -p 22,80,443,8080; }
# By echo requests, SYNs, and ACKs.
kind_sweep_ping() { sweep -sn -PE --disable-arp-ping and -sn -PS443 --disable-arp-ping and -sn -PA80 --disable-arp-ping; }

# Less than a flow a second.
kind_scan_slow() {
	wicked
	record
	LONGEST=250 nmap_run -sS -Pn --max-retries 0 --scan-delay 1050ms -p 1-225 "$TARGET"
}

nmap_run() {
	local family=()
	[[ $VARIANT != *6 ]] || family=(-6)
	attacker nmap -n "${family[@]}" "$@"
}

# The ports of one address.
scan() {
	local rate first
	rate_pick rate
	pick first 1 40000
	wicked
	record
	nmap_run "$1" -Pn --min-rate "$rate" --max-rate "$rate" --max-retries 1 -p "$first-$((first + 1200))" \
		--host-timeout 14s "$TARGET"
}

# A few ports of many addresses; with the word `and` between, several sweeps.
sweep() {
	local rate i word targets=() words=()
	rate_pick rate
	for i in {0..125}; do targets+=("$(one_of_many "$i")"); done
	wicked
	record
	for word in "$@" and; do
		[[ $word == and ]] || {
			words+=("$word")
			continue
		}
		[[ ${words[0]} == -sn ]] || words+=(-Pn)
		nmap_run "${words[@]}" --min-rate "$rate" --max-rate "$rate" --max-retries 1 "${targets[@]}"
		words=()
	done
}

# Many hosts' ports as fast as they can be sent.
kind_sweep_masscan() {
	local rate
	rate_pick rate
	wicked
	record
	attacker masscan "10.$LAB_NET.0.128/25" -p 22,80,443,"$HTTP_PORT",3389,5900 --rate "$rate" --seed "$SEED" --wait 2 \
		--adapter eth0 --adapter-ip "$(ns_address attacker)" --adapter-mac "$(ns_mac attacker)" --router-mac "$(ns_mac server)"
}

kind_sweep_zmap() {
	local rate port
	rate_pick rate
	wicked
	record
	: >nothing
	for port in 22 443 "$HTTP_PORT"; do
		attacker zmap --target-port="$port" --rate="$rate" --seed="$SEED" --cooldown-time=1 --interface=eth0 \
			--source-ip="$(ns_address attacker)" --gateway-mac="$(ns_mac server)" --blacklist-file=nothing \
			--disable-syslog --output-file=found "10.$LAB_NET.0.128/25"
	done
}

# What attacks have for a rate: packets or connections a second.
rate_pick() {
	case $VARIANT in
	thin) pick "$1" 60 200 ;;
	thick) pick "$1" 20000 40000 ;;
	mute) pick "$1" 400 4000 ;;
	*) pick "$1" 150 1500 ;;
	esac
}

# All that is wicked in this capture comes from the attacker's own addresses.
wicked() { WICKED="10.$LAB_NET.201.0/24;fd00:$LAB_NET::201:0/112"; }
