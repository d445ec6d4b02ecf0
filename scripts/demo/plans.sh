# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The demo's plans: who does what, when, how fast. Training and evaluation share no client's and no attacker's own address, no
# rate of a kind, and of the ports only those of DNS, TFTP and syslog (tests/e2e/plans.sh); scanners try all ports.
# Lines: ordinary NAME A START SECONDS RATE; attack NAME A.B START SECONDS RATE [PORT OPTIONS…]; ns_stack NAME WORD…. See
# lab/traffic.sh and lab/stacks.sh.
#
# No model may take a packet's length for a sign. So clients have SYNs of 48, 56, 60 and 64 bytes in training, and attackers
# have all of these, too. Clients with SYNs of 52 and 44 bytes, and DNS queries of 24 and about 200, are kept for evaluation.

# Several of each kind, so that some can be kept from the trainer to test on. Attacks come and go, so that each is also seen
# while others are not there; strangers call until the short horizon (bpf/host.h) has forgotten the last.
plan_training_answered() {
	servers_start 8080 5301
	ordinary web_keepalive.1 11 0 44 3
	ordinary web_keepalive.2 12 0 44 15
	ordinary web_keepalive.3 13 10 30 40
	ordinary web_short.1 14 0 44 60
	ordinary web_short.2 15 0 44 20
	ordinary web_short.3 16 6 36 8
	ordinary web_short.4 17 0 44 2
	ordinary web_first.1 18 1 53 4
	ordinary web_first.2 34 1 53 3
	ordinary web_first.3 35 5 36 2
	ordinary web_hosts.1 19 0 42 10
	ordinary web_hosts.2 20 12 28 30
	ordinary web_ipv6.1 21 0 42 8
	ordinary web_ipv6.2 22 5 38 20
	ordinary web_browser.1 32 0 54 80
	ordinary web_browser.2 33 10 32 40
	ordinary misguided.1 23 0 40 1
	ordinary misguided.2 77 2 40 4
	ordinary dns.1 24 0 44 60
	ordinary dns.2 25 4 40 12
	ordinary dns.3 26 14 30 150
	ordinary dns_edns 36 0 44 25
	ordinary dns_lookup 27 0 42 6
	ordinary tftp.1 37 0 42 1
	ordinary tftp.2 38 8 30 4
	ordinary media.1 39 0 20 64
	ordinary media.2 40 22 20 24
	ordinary syslog.1 61 0 42 3
	ordinary syslog.2 62 4 36 20
	ordinary syslog_single.1 63 0 42 1
	ordinary syslog_single.2 64 3 38 6
	ordinary syslog_single.3 75 8 34 10
	ordinary bulk.1 28 0 20 6
	ordinary bulk.2 29 22 20 12
	ordinary download.1 30 0 42 20
	ordinary download.2 31 9 30 33
	plan_training_stacks
	attack scan_syn.1 201.17 3 9 100
	attack scan_connect.1 201.18 5 9 150
	attack sweep_connect.1 201.19 8 10 120
	attack sweep_syn.1 201.20 10 9 250
	attack scan_syn.2 201.21 18 12 600
	attack scan_connect.2 201.22 22 12 300
	attack scan_udp.1 201.23 14 9 150
	attack brute_force.1 202.24 4 16 12
	attack brute_force.2 202.25 16 20 5
	attack brute_force.3 202.26 28 14 16
	attack slow_http.1 202.31 6 14 20
	attack slow_http.2 202.32 18 20 50
	attack flood_syn.1 203.44 13 8 800
	attack flood_syn.2 203.45 23 10 3000
	attack flood_syn.3 203.46 34 8 1800 443 --tcp-timestamp
	attack flood_udp.1 204.57 16 8 1000 53 --data 40
	attack flood_udp.2 204.58 27 10 2500 5353 --data 64
	attack flood_udp_sizes 204.59 35 8 1200 53
	attack flood_random.1 205.62 20 8 1500
	attack flood_random.2 205.63 33 9 4000
	attack flood_options.1 206.70 15 7 900 52 8080
	attack flood_options.2 206.71 30 8 1600 48 8080
	attack flood_mimic.1 206.72 11 6 1100 56 8080
	attack flood_mimic.2 206.73 27 8 2200 64 8080
	ns_stack scan_connect.2 nots
	ns_stack brute_force.2 nots
	ns_stack brute_force.3 nots nosack noscale
	ns_stack slow_http.2 nots nosack
	ns_stack sweep_connect.1 noscale
}

# The stacks of all training plans, for clients of which there are several; not every plan has all of them.
plan_training_stacks() {
	plan_stack web_keepalive.2 nots nosack
	plan_stack web_short.2 noscale mss=1200
	plan_stack web_short.3 tfo ttl=128
	plan_stack web_first.2 nots nosack mtu=1400
	plan_stack web_first.3 noscale ttl=255
	plan_stack web_ipv6.2 nots noscale mtu=1300
	plan_stack bulk.2 noscale
	plan_stack download.2 nots nosack mss=600
}

plan_stack() { [[ ! ${LAB_HOST[$1]-} ]] || ns_stack "$@"; }

# A day without attacks, except that somebody always asks where nobody listens.
plan_training_quiet() {
	servers_start 8888 5501
	ordinary web_first.1 81 0 15 9
	ordinary web_first.2 82 0 15 8
	ordinary web_first.3 83 1 13 5
	ordinary web_browser.1 84 0 15 150
	ordinary web_browser.2 85 2 12 90
	ordinary web_short.1 86 0 15 15
	ordinary web_short.2 87 1 13 3
	ordinary web_keepalive.1 88 0 15 4
	ordinary web_keepalive.2 89 3 11 2
	ordinary web_ipv6.1 90 0 15 6
	ordinary web_ipv6.2 91 2 12 2
	ordinary misguided.1 92 0 14 1
	ordinary misguided.2 93 4 10 3
	ordinary dns.1 94 0 15 20
	ordinary dns_lookup 95 0 14 4
	ordinary bulk.1 96 0 6 5
	ordinary bulk.2 97 8 6 9
	ordinary download.1 98 0 14 15
	ordinary download.2 99 3 11 25
	ordinary tftp 100 0 14 3
	ordinary media.1 101 0 6 64
	ordinary media.2 102 8 6 120
	ordinary syslog 103 0 14 5
	ordinary syslog_single.1 104 0 14 2
	ordinary syslog_single.2 105 2 12 9
	plan_training_stacks
}

# What enforcement looks like from outside: attacks get no answers, whether the server dropped or could not say.
plan_training_unanswered() {
	servers_start 8000 5401
	servers_ignore 210.0/24 211.0/24
	ordinary web_keepalive.1 41 0 38 5
	ordinary web_keepalive.2 42 0 38 25
	ordinary web_short.1 43 0 38 35
	ordinary web_short.2 44 2 34 13
	ordinary web_short.3 45 0 38 4
	ordinary web_first.1 46 0 36 4
	ordinary web_first.2 65 0 36 3
	ordinary web_first.3 66 3 32 2
	ordinary web_hosts 47 2 34 15
	ordinary web_ipv6.1 48 1 36 4
	ordinary web_ipv6.2 49 0 36 12
	ordinary web_browser 58 1 36 90
	ordinary misguided.1 50 3 32 1
	ordinary misguided.2 77 1 35 3
	ordinary dns.1 51 0 38 30
	ordinary dns.2 52 6 30 90
	ordinary dns_edns 67 0 38 45
	ordinary dns_lookup 53 0 36 6
	ordinary tftp 68 0 36 2
	ordinary media.1 69 0 17 400
	ordinary media.2 70 19 17 48
	ordinary syslog.1 71 0 36 6
	ordinary syslog.2 72 2 30 40
	ordinary syslog_single.1 73 0 36 2
	ordinary syslog_single.2 74 1 34 8
	ordinary syslog_single.3 76 4 32 4
	ordinary bulk.1 54 0 18 10
	ordinary bulk.2 55 20 16 4
	ordinary download.1 56 2 34 28
	ordinary download.2 57 0 30 12
	plan_training_stacks
	attack scan_connect.1 210.11 2 9 100
	attack scan_syn.1 210.12 4 9 250
	attack sweep_connect.1 210.13 6 9 200
	attack sweep_syn.1 210.14 8 8 90
	attack scan_connect.2 210.15 14 10 200
	attack scan_connect.3 210.16 22 14 400
	attack scan_syn.2 210.17 24 10 120
	attack scan_udp.1 210.18 12 8 250
	attack scan_udp.2 210.19 26 9 100
	attack flood_random.1 210.20 9 8 2500
	attack flood_random.2 210.21 24 12 1500 8000 --tcp-timestamp
	attack flood_udp_rand 210.22 15 9 1500 53 --data 40
	attack flood_syn.1 211.23 12 8 2000 443
	attack flood_syn.2 211.24 20 9 1200 8000 --tcp-timestamp
	attack flood_syn.3 211.25 28 8 3500
	attack flood_udp.1 211.26 18 8 2500 53 --data 33
	attack flood_udp.2 211.27 28 8 900 514 --data 120
	attack flood_udp_sizes 211.28 6 8 1800 514
	attack flood_options.1 211.29 10 7 1400 44 8000
	attack flood_options.2 211.30 24 8 800 60 8000
	attack flood_mimic.1 210.23 5 7 1300 60 8000
	attack flood_mimic.2 210.24 17 8 2600 52 8000
	ns_stack scan_connect.1 nots nosack
	ns_stack scan_connect.2 nots nosack noscale
	ns_stack scan_connect.3 noscale
	ns_stack sweep_connect.1 nots
}

# Addresses begin at 10.NET.A; the second argument of the attacks is the seed that their last octets and rates come from.
plan_evaluation_ordinary() {
	servers_start 80 5201
	ordinary web_keepalive $(($1 + 1)) 0 28 20
	ordinary web_short $(($1 + 2)) 0 28 30
	ordinary web_first $(($1 + 3)) 1 26 6
	ordinary web_hosts $(($1 + 17)) 0 24 20
	ordinary web_ipv6 $(($1 + 4)) 0 28 10
	ordinary web_browser $(($1 + 9)) 1 26 60
	ordinary dns $(($1 + 5)) 0 28 40
	ordinary dns_lookup $(($1 + 6)) 0 27 5
	ordinary bulk $(($1 + 7)) 0 27 8
	ordinary download $(($1 + 8)) 0 26 30
	ordinary misguided $(($1 + 18)) 0 27 2
	ordinary tftp $(($1 + 10)) 0 26 5
	ordinary media $(($1 + 11)) 0 26 80
	ordinary syslog $(($1 + 12)) 0 27 10
	ordinary syslog_single $(($1 + 13)) 0 26 3
	ordinary web_windows $(($1 + 14)) 1 26 7
	ordinary web_tiny $(($1 + 15)) 0 28 12
	ordinary dns_sizes $(($1 + 16)) 0 27 3
	ns_stack web_windows nots ttl=128
	ns_stack web_tiny nots nosack noscale mss=536 ttl=255
}

# The kinds of client above that are in no training run.
PLAN_HELD_OUT=(web_windows web_tiny dns_sizes)

plan_evaluation_attacks() {
	local a=$1
	RANDOM=$2
	attack flood_syn "$a.$((RANDOM % 250 + 1))" 6 19 "$(plan_rate 2100 2900)"
	attack flood_random "$((a + 1)).$((RANDOM % 250 + 1))" 7 19 "$(plan_rate 2600 3800)"
	attack scan_syn "$((a + 2)).$((RANDOM % 250 + 1))" 5 19 "$(plan_rate 260 400)"
	attack scan_connect "$((a + 3)).$((RANDOM % 250 + 1))" 6 19 "$(plan_rate 210 290)"
	attack flood_udp "$((a + 4)).$((RANDOM % 250 + 1))" 8 17 "$(plan_rate 1100 1900)" 53 --data 50
	attack flood_mimic "$((a + 7)).$((RANDOM % 250 + 1))" 9 16 "$(plan_rate 1400 2100)" 60 80
	attack slow_http "$((a + 5)).$((RANDOM % 250 + 1))" 5 21 "$(plan_rate 22 40)"
	attack brute_force "$((a + 6)).$((RANDOM % 250 + 1))" 5 21 "$(plan_rate 6 11)"
}

# plan_rate LOW HIGH: a rate between two that no training run has.
plan_rate() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }
