# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Enforcement for a part of the traffic.

t_only_what_the_scope_names_is_enforced() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --model hostile.hgm
	same "$(pings)" 3
	hr scope add web --mode enforce --dest 10.7.0.0/24 --port 80 --proto tcp
	same "$(pings)" 3
	in_ns client hping3 -S -q -p 80 -c 3 -i u20000 "$(ns_address server)" >/dev/null 2>&1 || true
	same "$(hr_counter drop_source)" 3
	hr status | has '^mode  *monitor: nothing is dropped but in the scopes that enforce$'
	hr scope add all --mode enforce --on eth0
	same "$(pings)" 0
	hr scope add all --mode monitor # in its place
	same "$(hr scope list | awk '{ print $1 }' | xargs)" 'web all everything'
	hr scope list | has 'web  *enforce  *dest 10.7.0.0/24 tcp port 80'
	same "$(pings)" 3
	hr scope del web
	refused "there is none of the name 'web'" hr scope del web
}

t_scopes_have_thresholds_and_policies_of_their_own() {
	model_make mild.hgm 'kind>=0:60' >/dev/null # logs from 50 on, drops from 100 on
	hr attach --iface eth0 --mode enforce --model mild.hgm
	same "$(pings)" 3
	hr scope add strict --mode enforce --dest 10.7.0.2 --drop-at 60
	same "$(pings)" 0
	hr scope add strict --mode enforce --dest 10.7.0.2 --drop-at 60.5
	same "$(pings)" 3
	hr scope add strict --mode enforce --dest 10.7.0.2 --log-at -2.5 --drop-at 60 --policy log
	hr scope list | has 'strict .*dest 10.7.0.2/32 log at -2.5 drop at 60 policy log'
	same "$(pings)" 3
	hr scope add strict --mode enforce --dest 10.7.0.2 --drop-at 10 --policy rate-limit:1/s
	same "$(pings)" 1
	hr scope del strict
	same "$(pings)" 3
	refused "\-\-policy: 'block:3' will not do, wanted log, drop, block" hr scope add web --mode enforce --policy block:3
	refused "\-\-drop-at: 20000 will not do" hr scope add web --mode enforce --drop-at 2e4
	refused "\-\-log-at: 3 is above --drop-at, 2" hr scope add web --mode enforce --log-at 3 --drop-at 2
}

t_scope_says_what_it_is_and_when_it_hides_or_is_hidden() {
	hr attach --iface eth0
	same "$(hr scope add web --mode monitor --dest 10.7.0.0/24 --port 443 --proto tcp 2>&1)" \
		"web              monitor  dest 10.7.0.0/24 tcp port 443"
	hr scope add high --mode monitor --port 1024-65535 2>&1 | has '^high  *monitor  ports 1024-65535$'
	hr scope add one --mode monitor --dest 10.7.0.2 --port 443 --proto tcp 2>&1 |
		has "^hedgerow: warning: scope 'one' has no effect: 'web' stands before it"
	same "$(hr scope add other --mode monitor --dest 10.8.0.0/16 --port 443 --proto tcp 2>&1 | wc -l)" 1
	same "$(hr scope add udp --mode monitor --dest 10.7.0.0/25 --port 443 --proto udp 2>&1 | wc -l)" 1
	# in its place a wider one, which hides what comes behind
	same "$(hr scope add web --mode monitor --port 443 2>&1 | grep -c "has no effect: 'web' stands before it")" 3
	same "$(hr scope del one)" "one: gone; scopes left: 4"
}

t_scopes_that_share_some_flows_are_told_with_the_one_that_counts() {
	hr attach --iface eth0
	hr scope add web --mode monitor --dest 10.7.0.0/24 --port 1-1000
	same "$(hr scope add ports --mode monitor --port 80-90 --proto udp 2>&1 >/dev/null)" \
		"hedgerow: info: scopes 'web' and 'ports' overlap: flows that fit both are under 'web', which stands first"
	same "$(hr scope add inside --mode monitor --dest 10.7.0.0/25 --port 7 --proto tcp 2>&1 >/dev/null | grep -c overlap)" 0
	same "$(hr scope add wide --mode monitor --dest 10.7.0.0/16 2>&1 >/dev/null | grep -c "'ports' and 'wide' overlap")" 1
	same "$(hr scope add elsewhere --mode monitor --dest 10.8.0.0/16 --proto tcp 2>&1 >/dev/null)" ""
	same "$(hr scope add ports --mode monitor --dest 10.8.0.0/24 --port 80-90 2>&1 >/dev/null)" \
		"hedgerow: info: scopes 'ports' and 'elsewhere' overlap: flows that fit both are under 'ports', which stands first"
}

t_bad_scopes_change_nothing() {
	hr attach --iface eth0 --no-egress
	refused "\-\-mode is missing" hr scope add web --port 80
	refused "\-\-port: '80-70' will not do" hr scope add web --mode enforce --port 80-70
	refused "\-\-dest: '10.7.0.9/24' has bits behind its prefix; the network is 10.7.0.0/24" hr scope add web --mode enforce --dest 10.7.0.9/24
	refused "\-\-on: nope: no such interface" hr scope add web --mode enforce --on nope
	refused "\-\-vlan: '0' is none" hr scope add web --mode enforce --vlan 0
	refused "the name 'a-name-that-is-too-long' will not do" hr scope add a-name-that-is-too-long --mode enforce
	refused 'enforcing needs to see the answers' hr scope add web --mode enforce
	same "$(hr scope list | wc -l)" 1
}
