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
kind_scan_sctp_init() { scan -sY; }
kind_scan_sctp_cookie() { scan -sZ; }
kind_sweep_syn() { sweep -sS -p 22,80,443,8080; }
kind_sweep_connect() { sweep -sT -p 22,80,443,8080; }
# By echo requests, SYNs, and ACKs.
kind_sweep_ping() { sweep -sn -PE --disable-arp-ping and -sn -PS443 --disable-arp-ping and -sn -PA80 --disable-arp-ping; }

# Less than a flow a second.
kind_scan_slow() {
	asked .95 packets
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

# Which protocols over IP a few addresses know.
kind_scan_protocol() {
	local rate
	rate_pick rate
	wicked
	record
	nmap_run -sO -Pn --min-rate "$rate" --max-rate "$rate" --max-retries 1 --host-timeout 14s "$TARGET" "$(one_of_many 1)" \
		"$(one_of_many 2)"
}

# What serves behind the open ports of many addresses: first SYNs, then whole connections with questions.
kind_scan_version() {
	local rate i targets=()
	rate_pick rate
	for i in {0..59}; do targets+=("$(one_of_many "$i")"); done
	wicked
	record
	nmap_run -sV --version-intensity 3 --min-parallelism 100 -Pn --min-rate "$rate" --max-rate "$rate" --max-retries 1 --host-timeout 40s \
		-p "21,53,$HTTP_PORT" "${targets[@]}"
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

# What floods and scans have for a rate: packets a second.
rate_pick() {
	case $VARIANT in
	thin) pick "$1" 60 200 ;;
	thick) pick "$1" 20000 40000 ;;
	storm) printf -v "$1" %d 100000 ;; # for the bounds; no rate is asked for
	mute) pick "$1" 400 4000 ;;
	*) pick "$1" 150 1500 ;;
	esac
	if [[ $VARIANT == storm ]]; then asked - packets; else asked "${!1}" packets; fi
}

# All that is wicked in this capture comes from the attacker's own addresses.
wicked() { WICKED="10.$LAB_NET.201.0/24;fd00:$LAB_NET::201:0/112" ACTOR=attacker; }
