# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# What becomes of flows that the model condemns, and of their sources.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

blocked_sources() { hr block list | awk '/model:/ { print $1 }' | xargs; }
t_status_says_for_machines_all_that_it_says_for_people() {
	model_make classes.hgm --classes 'l4_class>=2:300' 'l4_class>=1:200' >/dev/null
	hr attach --iface eth0 --mode enforce --model classes.hgm --policy class1=rate-limit:7/s --breaker-share 25%
	hr block add 192.0.2.1 192.0.2.0/28 >/dev/null
	hr block add-flow tcp 192.0.2.1:1 192.0.2.2:2 >/dev/null
	hr allow add 2001:db8::/32 >/dev/null
	hr scope add web --mode monitor --port 443 --drop-at 4.5 >/dev/null
	hr status --json >status.json
	jq -e '.model_file == "classes.hgm" and .settings.policy.class1 == "rate-limit:7/s" and .breaker.tripped == false and
		.lists.allow == 1 and .lists.block == 2 and .lists.guard >= 0 and .lists.blocked_flows == 1 and .lists.blocked_sources == 0 and
		.scopes == [{name: "web", mode: "monitor", what: "port 443 drop at 4.5"}] and .settings.breaker_share == 0.25 and
		.settings.dead_agent == "keep" and .settings.ipv6_prefix == 64 and .suspended == "none" and .suspended_why == ""' status.json >/dev/null
	hr status >status.txt
	has '^policy  *class1: rate-limit:7/s$' <status.txt
	has '^lists  *allow 1, block 2, guard [0-9]*; 1 flows blocked$' <status.txt
	has '^scope  *web: monitor port 443 drop at 4.5$' <status.txt
	hr settings --warm-up 100 >/dev/null
	hr status | grep '^suspended  *warming up' >/dev/null
	hr_status .suspended_why | has '^warming up: '
}

# A warm-up holds back nothing while there is no model, and is told by what ends that.
t_warm_up_is_told_where_enforcement_waits_for_it() {
	local waits='warming up: verdicts are enforced in [0-9]* s, blocks are now'
	model_make drop.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --warm-up 1h
	hr settings --mode enforce >said.txt 2>/dev/null
	lacks 'warming up' <said.txt
	hr status >said.txt
	lacks 'warming up' <said.txt
	has '^mode  *enforce: without a model, so only what is on the block list is dropped$' <said.txt
	same "$(hr_status '.suspended + .suspended_why')" warm-up
	hr model load drop.hgm 2>&1 >/dev/null | has "info: $waits\$"
	hr status | has "^suspended  *$waits\$"
	hr settings --mode monitor | lacks '^suspended'
	hr settings --mode enforce | has "^suspended  *$waits\$"
	hr settings --mode monitor >/dev/null
	hr scope add web --mode enforce --port 80 2>&1 >/dev/null | has "info: $waits\$"
	hr detach >/dev/null
	hr attach --iface eth0 --mode enforce --model drop.hgm --warm-up 1h 2>&1 >/dev/null | has "info: $waits\$"
}

none_is_blocked() { # a list that cannot be read says nothing
	local sources
	sources=$(blocked_sources) || return 1
	[[ ! $sources ]]
}
many_are_scored() { (($(hr_counter scores) > 1000)); }
log_blocks() { jq -r "select(.event_type == \"hedgerow_block\").hedgerow | $1" "$LOG"; }

t_source_of_a_flood_is_blocked_until_it_is_quiet() {
	model_make model.hgm --source-flows 4 's_rej_long>=4' >/dev/null
	ns_add attacker 3.5
	xdp_attach server "$object"
	agent --poll-interval 100ms --model model.hgm --mode enforce --policy block:5/10s:1h --unblock-when-quiet 3s
	connections_open 10
	syns attacker -p 81 -i u1000 -c 1500
	same "$(blocked_sources)" 10.7.3.5/32
	hr block list | has '10.7.3.5/32 .* packets  [45]. s left  model: 5 flows, without a handshake (anybody may have sent them: a minute at most)'
	(($(hr_counter drop_offender) > 1000))
	same "$(hr_counter blocks_unproven)" 1
	same "$(echoes)" 10
	wait_for 6 none_is_blocked
	syns attacker -p 81 -i u1000 -c 50
	same "$(blocked_sources)" 10.7.3.5/32
	hr block del 10.7.3.5
	none_is_blocked
	refused '10.7.3.5/32 is not on the block list' hr block del 10.7.3.5
	syns attacker -p 81 -i u1000 -c 50
	same "$(blocked_sources)" 10.7.3.5/32
	hr allow add 10.7.3.5
	same "$(in_ns attacker hping3 -1 -q -c 3 -i u20000 "$(ns_address server)" 2>&1 | grep -c ' 3 packets received')" 1
	hr settings --mode monitor >/dev/null
	none_is_blocked
	same "$(hr_counter blocks_unproven)" 3
	same "$(hr_counter lost_notes)" 0
	agent_end
	same "$(log_blocks '"\(.source) \(.flows) \(.handshakes) \(.would_block)"' | sort -u)" '10.7.3.5 5 false false'
	same "$(log_blocks .source | wc -l)" 3
}

# Forged SYNs in the name of a client that has connections: some are condemned as its own, none costs it anything.
t_flood_in_an_honest_clients_name_leaves_it_served() {
	model_make model.hgm --source-flows 4 's_half_long>=4' 's_rej_long>=4' >/dev/null
	ns_add attacker 3.5
	xdp_attach server "$object"
	agent --poll-interval 100ms --model model.hgm --mode enforce --policy block:3/60s:1h
	connections_open 20
	same "$(echoes)" 20
	syns attacker -a "$(ns_address client)" -p 81 -i u400 -c 12000 &
	local flood=$!
	wait_for 5 many_are_scored
	for _ in 1 2 3; do
		same "$(echoes)" 20
		same "$(echo hello | in_ns client timeout 9 socat -t 5 - "TCP:$(ns_address server):9000")" hello
	done
	kill -0 "$flood" # all of that was in the midst of it
	wait "$flood"
	same "$(echoes)" 20
	(($(hr_counter blocks_withheld) > 0)) # it would have been blocked, were it not for its past
	same "$(($(hr_counter blocks_proven) + $(hr_counter blocks_unproven)))" 0
	same "$(hr_counter drop_offender)" 0
	agent_end
}

t_monitor_mode_says_whom_it_would_block() {
	model_make model.hgm --source-flows 4 's_rej_long>=4' >/dev/null
	ns_add attacker 3.5
	xdp_attach server "$object"
	agent --poll-interval 100ms --model model.hgm --policy block:5/10s:10s
	syns attacker -p 81 -i u1000 -c 100
	none_is_blocked
	agent_end
	same "$(log_blocks '"\(.source) \(.would_block)"')" '10.7.3.5 true'
	same "$(hr_counter would_block)" 1
	same "$(hr_status '[.counters | to_entries[] | select(.key | startswith("drop_")).value] | add')" 0
}

t_condemned_flows_pass_at_a_rate() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --mode enforce --model hostile.hgm
	same "$(pings)" 0
	hr settings --policy rate-limit:20/s >/dev/null
	local passed
	passed=$({ in_ns client hping3 -1 -q -c 200 -i u10000 "$(ns_address server)" 2>&1 || true; } |
		sed -n 's/.* \([0-9]*\) packets received.*/\1/p')
	((passed >= 20 && passed <= 60))
	same "$(hr_counter pass_limited)" "$passed"
	hr settings --policy log >/dev/null
	same "$(pings)" 3
	hr settings --policy drop >/dev/null
	same "$(pings)" 0
}

t_policies_go_by_class_and_follow_its_name() {
	model_make two.hgm --classes 'fpk>=4000000' 'kind>=0' 'fpk>=4000000' >/dev/null
	model_make one.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --mode enforce --model two.hgm
	same "$(pings)" 0
	hr settings --policy class2=log --policy class1=block:5/10s:1h | has 'policy  *class1=block:5/10s:3600s'
	same "$(pings)" 3
	refused "the model in force has no class 'class9'" hr settings --policy class9=drop
	refused "class 'class3' is never condemned: its flows are only logged" hr settings --policy class3=drop
	refused "class 'class0' is never condemned: its flows pass" hr settings --policy class0=drop
	hr model load one.hgm 2>&1 | has 'policy class1=block:5/10s:3600s ends: the model that comes has no such class'
	same "$(hr settings | awk '$1 == "policy" { print $2 }')" drop
	refused "'class2=log' names a class, but the model in force tells only two apart" hr settings --policy class2=log
}

t_bad_policies_change_nothing() {
	local bad
	hr attach --iface eth0
	for bad in lgo block block:0/10s:1h block:5/10s block:5:10s:1h block:5/0s:1h block:5/10s:0 rate-limit:0/s \
		rate-limit:100 rate-limit:100/m block:5/10s:1h: 'block:-5/10s:1h' 'block:9999999/10s:1h' ''; do
		refused "\-\-policy: '$bad' will not do, wanted log, drop, block:FLOWS/TIME:TIME" hr settings --policy "$bad"
	done
	refused "\-\-ipv6-prefix: 24 will not do, wanted 32 to 128" hr settings --ipv6-prefix 24
	refused "'scan=drop' names a class, but no model is in force" hr settings --policy scan=drop
	same "$(hr settings | awk '$1 == "policy" { print $2 }')" drop
	hr settings --ipv6-prefix 56 | has 'ipv6-prefix  *56'
}
