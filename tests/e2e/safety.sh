# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# What keeps a wrong model from doing harm: guard, warm-up, breaker, and what a dead agent leaves behind.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

suspended_by() { [[ $(hr_status .suspended) == "$1" ]]; }

answered_to() { # namespace
	{ in_ns "$1" hping3 -1 -q -c 3 -i u20000 "$(ns_address server)" 2>&1 || true; } |
		sed -n 's/.* \([0-9]*\) packets received.*/\1/p'
}

t_guard_holds_when_a_hostile_model_is_let_loose() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	ns_add protected 3.5
	ns_add visitor 3.9
	in_ns visitor hping3 -S -q -c 1 -p 22 "$(ns_address server)" >/dev/null 2>&1 || true
	refused "'10.7.3.5/24' has bits behind its prefix" hr attach --iface eth0 --protect 10.7.3.5/24
	SSH_CONNECTION='10.7.1.1 50000 10.7.0.2 22' hr attach --iface eth0 --mode enforce --model hostile.hgm \
		--protect 10.7.3.4/30
	hr guard list | has '10.7.1.1/32 .* login session'
	hr guard list | has '10.7.3.4/30 .* --protect'
	in_ns server ip route show default | grep -q via
	hr guard list | has " default gateway"
	same "$(answered_to client)" 3
	same "$(answered_to protected)" 3
	same "$(answered_to visitor)" 0 # to have knocked at the ssh port is no login
	(($(hr_counter spared_guarded) >= 2))
	hr guard del 10.7.1.1
	same "$(answered_to client)" 0
	hr guard add 10.7.1.1
	same "$(answered_to client)" 3
	hr block add 10.7.1.1 # the operator knows better
	same "$(answered_to client)" 0
}

# `ping` for hping3 knows no IPv6. Prints how many were answered; the first argument: where, `lab` outside of all namespaces.
answered_by_ping() { # namespace address
	local run=(in_ns "$1")
	[[ $1 != lab ]] || run=()
	{ "${run[@]}" ping -n -q -c 3 -i .02 -W 1 "$2" 2>&1 || true; } | sed -n 's/.* \([0-9]*\) received.*/\1/p'
}

t_guard_holds_for_the_gateways_and_over_ipv6() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	ns_add protected 3.5
	hr attach --iface eth0 --mode enforce --model hostile.hgm --protect fd00:7::3:0/112
	hr guard list | has '10.7.0.1/32 .* default gateway'
	hr guard list | has 'fd00:7::1/128 .* default gateway'
	hr guard list | has 'fd00:7::3:0/112 .* --protect'
	same "$(answered_by_ping client "$(ns_address server)")" 0
	same "$(answered_by_ping client "$(ns_address6 server)")" 0
	same "$(answered_by_ping protected "$(ns_address server)")" 0 # its IPv4 address is not protected
	same "$(answered_by_ping protected "$(ns_address6 server)")" 3
	same "$(answered_by_ping lab "$(ns_address server)")" 3
	same "$(answered_by_ping lab "$(ns_address6 server)")" 3
	(($(hr_counter spared_guarded) >= 3))
	same "$(hr_counter drop_source)" 3 # the rest of their packets is of condemned flows
	hr guard del 10.7.0.1
	same "$(answered_by_ping lab "$(ns_address server)")" 0 # nothing else had spared it
}

t_connections_that_were_there_before_us_lose_nothing() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	connections_open 200
	hr attach --iface eth0 --mode enforce --model hostile.hgm --warm-up 138s
	same "$(hr_status .suspended)" warm-up
	same "$(echoes)" 200
	hr flows --clear
	syns client --rand-source -p 81 -i u100 -c 5000
	same "$(echoes)" 200
	same "$(hr_status '[.counters | to_entries[] | select(.key | startswith("drop_")).value] | add')" 0
	hr block add 10.7.1.1 # what the operator says holds from the first packet on
	same "$(answered_to client)" 0
	hr block del 10.7.1.1
	hr settings --warm-up 0 >/dev/null
	same "$(hr_status .suspended)" none
	same "$(answered_to client)" 0
}

# No warm-up: what spares them is that nobody saw them begin.
t_connections_evicted_in_a_flood_lose_no_packet() {
	model_make model.hgm --source-flows 4 's_unans_long>=4' 's_half_long>=4' 'd_unans_short>=50' 'd_unans_long>=50' >/dev/null
	ns_add attacker 3.5
	connections_open 200
	hr attach --iface eth0 --mode enforce --warm-up 0 --model model.hgm --max-flows 4096
	same "$(echoes)" 200
	same "$(hr flows --format csv | grep -c ',10.7.1.1,' || true)" 200
	same "$(connections_seen 10.7.1.1)" "[200,0]"
	connections_evict 10.7.1.1 attacker
	(($(hr_status .flows.evicted) > 200))
	syns attacker --rand-source -p 9000 -i u100 -c 5000
	same "$(echoes)" 200
	same "$(connections_seen 10.7.1.1)" "[200,0]" # packets dropped
	(($(hr_counter drop_destination) > 1000)) # it was a flood, and it was dropped
}

t_udp_is_only_logged_where_answers_are_not_seen() {
	model_make model.hgm --source-flows 4 'fpk>=1' >/dev/null
	ns_add attacker 3.5
	hr attach --iface eth0 --no-egress --model model.hgm
	udp attacker --rand-source -i u1000 -c 200
	(($(hr_counter scores) >= 190))
	same "$(hr_counter would_destination)" 0
	syns attacker --rand-source -p 80 -i u1000 -c 500
	(($(hr_counter would_destination) >= 400))
	hr detach --iface eth0
	hr attach --iface eth0 --model model.hgm
	udp attacker --rand-source -i u1000 -c 500
	(($(hr_counter would_destination) >= 400))
}

t_breaker_ends_what_a_hostile_model_does_and_says_so() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	model_make never.hgm 'fpk>=4000000' >/dev/null
	xdp_attach server "$object"
	agent --poll-interval 100ms --model never.hgm
	connections_open 100
	same "$(echoes)" 100
	hr model load hostile.hgm >/dev/null
	hr settings --mode enforce >/dev/null
	same "$(echoes)" 100 # what was lost at first was sent again, after the breaker
	same "$(hr_status .suspended)" breaker
	same "$(hr_status .mode)" enforce
	wait_for 5 grep -q 'the breaker tripped .* flows that had come to something were condemned' "$TALK"
	wait_for 5 jq -e -n 'first(inputs | select(.hedgerow.state == "breaker_tripped"))' "$LOG" >/dev/null
	(($(hr_counter drop_source) <= 25))
	hr status | has 'suspended .*the breaker tripped'
	hr model load never.hgm >/dev/null
	same "$(hr_status .suspended)" breaker # until told otherwise
	hr settings --mode enforce >/dev/null
	same "$(hr_status .suspended)" none
	same "$(echoes)" 100
	agent_end
}

# Service by service is how enforcement is best begun: what ends it is said there, too, and how it goes on.
t_breaker_of_scopes_alone_is_told_and_set_again_without_enforcing_all() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	model_make never.hgm 'fpk>=4000000' >/dev/null
	xdp_attach server "$object"
	agent --poll-interval 100ms --model never.hgm
	connections_open 100
	same "$(echoes)" 100
	hr scope add echo --mode enforce --port 9000 >/dev/null
	hr model load hostile.hgm >/dev/null
	same "$(echoes)" 100
	suspended_by breaker
	expect "the trip is told" wait_for 5 grep -q 'the breaker tripped .* in no scope, .* until: hedgerow settings --mode monitor$' "$TALK"
	wait_for 5 jq -e -n 'first(inputs | select(.hedgerow.state == "breaker_tripped"))' "$LOG" >/dev/null
	hr status | has 'suspended .*the breaker tripped .* hedgerow settings --mode monitor$'
	hr model load never.hgm >/dev/null
	suspended_by breaker
	hr settings --mode monitor >/dev/null # changes nothing but that
	suspended_by none
	same "$(hr_status .mode)" monitor
	hr scope list | has '^echo  *enforce'
	wait_for 5 jq -e -n 'first(inputs | select(.hedgerow.state == "enforcing"))' "$LOG" >/dev/null
	same "$(echoes)" 100
	agent_end
	grep -q 'goes on enforcing' "$TALK" || fail "who leaves scopes that enforce says so"
	agent
	grep -q 'scopes that enforce were set before and stay in force' "$TALK" || fail "who finds them is told"
	agent_end
}

t_floods_leave_the_breaker_alone() {
	model_make model.hgm 'd_unans_short>=50' 's_half_long>=4' >/dev/null
	ns_add attacker 3.5
	xdp_attach server "$object"
	agent --poll-interval 100ms --model model.hgm --mode enforce
	connections_open 30
	same "$(echoes)" 30
	syns attacker --rand-source -p 80 -i u100 -c 10000 &
	local flood=$!
	syns attacker -p 80 -i u500 -c 2000
	udp attacker --rand-source -i u200 -c 4000
	wait "$flood"
	same "$(echoes)" 30
	(($(hr_counter drop_destination) + $(hr_counter drop_source) > 5000))
	same "$(hr_status .suspended)" none
	agent_end
}

# A qdisc `ingress` stands where the companion would need clsact: it cannot be put back until that is gone.
t_companion_that_cannot_be_put_back_ends_enforcement_in_scopes_too() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	xdp_attach server "$object"
	agent --poll-interval 100ms --model hostile.hgm
	hr scope add web --mode enforce --on eth0 >/dev/null
	same "$(answered_to client)" 0
	kill -STOP "$AGENT" # or it would be quicker
	in_ns server tc qdisc del dev eth0 clsact
	in_ns server tc qdisc add dev eth0 ingress
	kill -CONT "$AGENT"
	wait_for 5 suspended_by companion || fail "nothing is suspended"
	same "$(answered_to client)" 3
	same "$(grep -c 'enforced nowhere, in no scope, until it is back' "$TALK")" 1
	hr status | has 'suspended .*the egress companion is gone'
	hr settings --condemn-for 100 >/dev/null # another change does not bring it back
	suspended_by companion
	hr scope list | has 'web .*enforce'
	hr block add 10.7.1.1 # the operator knows better
	same "$(answered_to client)" 0
	hr block del 10.7.1.1
	same "$(answered_to client)" 3
	in_ns server tc qdisc del dev eth0 ingress
	wait_for 15 suspended_by none
	same "$(hr_status '.interfaces[0].egress')" true
	expect "its return is told" grep -q 'answers are seen again' "$TALK"
	same "$(answered_to client)" 0
	agent_end
}

t_dead_agent_leaves_what_was_wanted() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	xdp_attach server "$object"
	agent --poll-interval 100ms --model hostile.hgm --mode enforce --dead-agent monitor --dead-after 2s
	same "$(answered_to client)" 0
	kill -KILL "$AGENT"
	wait "$AGENT" 2>/dev/null || true
	same "$(answered_to client)" 0 # it may come back
	wait_for 6 suspended_by dead-agent
	same "$(answered_to client)" 3
	agent --poll-interval 100ms
	same "$(answered_to client)" 0
	agent_end # in good order: nobody is missed
	sleep 2.5
	same "$(answered_to client)" 0
}

t_dead_agent_keeps_enforcing_where_that_was_wanted() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	xdp_attach server "$object"
	agent --poll-interval 100ms --model hostile.hgm --mode enforce --dead-agent monitor --dead-after 2s
	hr settings --dead-agent keep >/dev/null
	kill -KILL "$AGENT"
	wait "$AGENT" 2>/dev/null || true
	sleep 4.2 # twice as long as it takes to miss it
	same "$(hr_status .suspended)" none
	same "$(answered_to client)" 0
	hr settings --dead-agent monitor >/dev/null # missed it is all the same
	wait_for 5 suspended_by dead-agent
	same "$(answered_to client)" 3
	hr settings --dead-agent keep >/dev/null
	same "$(answered_to client)" 0
}

# What docs/operating.md promises who scans himself.
t_a_first_scan_shows_in_status_as_the_guide_says() {
	first_scan() { in_ns "$1" nmap -n -Pn -sS -T5 --max-retries 0 -p 1-60 "$(ns_address server)" >/dev/null; }
	ns_add second 4.1
	agent --model "$repository/deploy/starter-model/starter.hgm"
	first_scan client
	expect "monitor mode drops" same "$(hr_counter drop_source)" 0
	expect "nothing would have been dropped" test "$(hr_counter would_source)" -gt 40
	hr settings --mode enforce --warm-up 60s | has '^suspended  *warming up'
	hr guard add "$(ns_address second)" >/dev/null
	first_scan second
	expect "the guard spared nobody" test "$(hr_counter spared_guarded)" -gt 40
	hr settings --warm-up 0 >/dev/null
	hr guard del "$(ns_address second)" >/dev/null
	first_scan second
	expect "too few are dropped" test "$(hr_counter drop_source)" -gt 40
	agent_end
}
