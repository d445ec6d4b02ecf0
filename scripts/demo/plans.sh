# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The demo's plans: who does what, when, how fast. Training and evaluation share no address, no port but DNS's, no rate.
# Lines: ordinary KIND A START SECONDS RATE; attack KIND A.B START SECONDS RATE [PORT]. See lab/traffic.sh.

# Attacks begin one after the other, so that each is also seen while the others are not there yet.
plan_training_answered() {
	servers_start 8080 5301
	ordinary web_keepalive 21 0 38 15
	ordinary web_short 22 0 38 45
	ordinary web_first 23 1 36 5
	ordinary web_ipv6 24 0 38 8
	ordinary dns 25 0 38 60
	ordinary dns_lookup 26 0 36 6
	ordinary bulk 27 0 37 6
	ordinary download 28 0 30 25
	attack scan_syn 201.17 6 14 400
	attack brute_force 201.23 7 28 12
	attack slow_http 201.31 8 28 25
	attack scan_connect 202.44 11 22 150
	attack flood_syn 202.57 15 20 2500
	attack flood_udp 203.62 18 17 2000 5353
	attack flood_random 203.78 21 15 3000
	attack scan_udp 203.80 24 12 150
}

# What enforcement looks like from outside: attacks get no answers, whether the server dropped or could not say.
plan_training_unanswered() {
	servers_start 8000 5401
	servers_ignore 210.0/24 211.0/24
	ordinary web_keepalive 31 0 34 12
	ordinary web_short 32 2 32 20
	ordinary web_first 33 0 32 4
	ordinary web_ipv6 34 1 32 4
	ordinary dns 35 6 28 30
	ordinary dns_lookup 36 0 32 4
	ordinary bulk 37 3 30 10
	ordinary download 38 2 28 35
	attack flood_random 210.5 4 22 2000
	attack flood_udp_rand 210.9 9 14 1500
	attack scan_syn 210.14 8 22 250
	attack scan_connect 211.19 10 20 200
	attack flood_syn 211.25 14 18 2000 443
	attack flood_udp 211.33 16 16 2500
	attack scan_udp 211.41 18 14 250
}

# Addresses begin at 10.NET.A; the second argument of the attacks is the seed that their last octets and rates come from.
plan_evaluation_ordinary() {
	servers_start 80 5201
	ordinary web_keepalive $(($1 + 1)) 0 28 20
	ordinary web_short $(($1 + 2)) 0 28 30
	ordinary web_first $(($1 + 3)) 1 26 4
	ordinary web_ipv6 $(($1 + 4)) 0 28 6
	ordinary dns $(($1 + 5)) 0 28 40
	ordinary dns_lookup $(($1 + 6)) 0 27 5
	ordinary bulk $(($1 + 7)) 0 27 8
	ordinary download $(($1 + 8)) 0 26 30
}

plan_evaluation_attacks() {
	local a=$1
	RANDOM=$2
	attack flood_syn "$a.$((RANDOM % 250 + 1))" 4 20 "$(plan_vary 3000)"
	attack flood_random "$((a + 1)).$((RANDOM % 250 + 1))" 5 20 "$(plan_vary 2500)"
	attack scan_syn "$((a + 2)).$((RANDOM % 250 + 1))" 3 20 "$(plan_vary 300)"
	attack scan_connect "$((a + 3)).$((RANDOM % 250 + 1))" 4 20 "$(plan_vary 200)"
	attack flood_udp "$((a + 4)).$((RANDOM % 250 + 1))" 6 18 "$(plan_vary 1500)"
	attack slow_http "$((a + 5)).$((RANDOM % 250 + 1))" 3 22 "$(plan_vary 30)"
	attack brute_force "$((a + 6)).$((RANDOM % 250 + 1))" 3 22 16
}

# A rate within a quarter of the given one.
plan_vary() { echo $(($1 * (75 + RANDOM % 51) / 100)); }
