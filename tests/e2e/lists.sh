# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# The operator's lists.

t_blocked_source_is_dropped_in_enforce_and_counted_in_monitor() {
	hr attach --iface eth0
	hr block add 10.7.1.0/24
	same "$(pings)" 3
	same "$(hr_counter pass_would_drop)" 3
	hr settings --mode enforce >/dev/null
	same "$(pings)" 0
	same "$(hr_counter drop_blocked)" 3
	hr block list | has '10.7.1.0/24 .* 6 packets  for good'
}

t_block_acts_on_flows_that_run_already() {
	hr attach --iface eth0 --mode enforce
	hr block add 192.0.2.1 # so that the list is not new to the kernel
	datagrams 3
	hr block add 10.7.1.1
	datagrams 4
	same "$(hr_counter drop_blocked)" 4
	hr block del 10.7.1.1
	datagrams 5
	same "$(hr_counter drop_blocked)" 4
	hr allow add 192.0.2.1
	hr block add 10.7.1.1
	hr allow add 10.7.1.1
	datagrams 2
	same "$(hr_counter pass_allowed)" 2
	same "$(hr_counter flows_begun)" 1
}

t_allow_wins_over_block_and_model() {
	model_make drop.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --mode enforce --model drop.hgm
	same "$(pings)" 0
	hr block add 0.0.0.0/0 --force
	hr allow add 10.7.1.1
	same "$(pings)" 3
	(($(hr_counter pass_allowed) >= 3 ))
}

t_ipv6_and_ipv4_prefixes_do_not_meet() {
	hr attach --iface eth0 --mode enforce
	hr block add 2001:db8::/32 fd00::/8
	same "$(pings)" 3
	same "$(hr block list | awk '{ print $1 }' | sort | xargs)" "2001:db8::/32 fd00::/8"
	hr block add ::/0 --force
	same "$(pings)" 0
}

t_entry_expires_in_the_kernel() {
	hr attach --iface eth0 --mode enforce
	hr block add 10.7.1.1 --for 2s
	hr block list | has 'for [01] s more'
	same "$(pings)" 0
	sleep 2.1
	same "$(pings)" 3
}

t_bad_entry_changes_nothing() {
	hr attach --iface eth0
	refused "'10.7.0.300' is no address or network" hr block add 192.0.2.1 10.7.0.300
	refused "'10.0.0.0/33' is no address or network" hr allow add 10.0.0.0/33
	same "$(hr block list)$(hr allow list)" ""
	hr block add 192.0.2.1
	refused "192.0.2.9/32 is not on the block list" hr block del 192.0.2.1 192.0.2.9
	same "$(hr block list | wc -l)" 1
}

t_entry_that_is_hardly_meant_is_refused() {
	hr attach --iface eth0
	refused "'192.0.2.7/24' has bits behind its prefix; the network is 192.0.2.0/24" hr block add 192.0.2.7/24
	refused "'2001:db8::7/32' .* the network is 2001:db8::/32" hr allow add 2001:db8::7/32
	refused "'192.0.2.7/24' .* the network is 192.0.2.0/24" hr block del 192.0.2.7/24
	refused "\-\-for: 0 would end it at once; leave --for out" hr block add 192.0.2.7 --for 0
	refused "\-\-for goes with add and load, not with list" hr block list --for 1h
	refused "'0.0.0.0/0' would block every IPv4 address, your own too; .* --force" hr block add 192.0.2.7 0.0.0.0/0
	refused "'::/0' would block every IPv4 address and every IPv6 address" hr block add ::/0
	refused "'::/8' would block every IPv4 address, your own too" hr block add ::/8
	same "$(hr block list)$(hr allow list)" ""
	hr allow add 0.0.0.0/0 192.0.2.7/32 # the way to switch judging off for all of IPv4 without detaching
	hr block add 0.0.0.0/0 --force
	hr block del 0.0.0.0/0
	same "$(hr block list)" ""
}

t_file_is_loaded_as_a_whole_or_not_at_all() {
	hr attach --iface eth0
	printf '%s\n' '# a comment' '192.0.2.0/24 # one' '' '  2001:db8::1' >good
	same "$(hr block load good)" "2 entries"
	same "$(hr block list | wc -l)" 2
	printf '%s\n' 198.51.100.1 '198.51.100.2 198.51.100.3 # two' >bad
	refused "bad:2: '198.51.100.2 198.51.100.3' is no address" hr block load bad
	printf '%s\n' '# whole networks' 198.51.100.1 198.51.100.9/24 >bad
	refused "bad:3: '198.51.100.9/24' has bits behind its prefix; the network is 198.51.100.0/24" hr block load bad
	printf '%s\n' 198.51.100.1 0.0.0.0/0 >bad
	refused "bad:2: '0.0.0.0/0' would block every IPv4 address" hr block load bad
	same "$(hr block list | wc -l)" 2
	echo 203.0.113.7 | hr allow load - >/dev/null
	same "$(hr allow list | wc -l)" 1
	refused 'absent: No such file' hr block load absent
}

t_lists_outlive_the_command_that_made_them() {
	xdp_attach server "$object"
	hr block add 10.7.1.1
	hr settings --mode enforce >/dev/null
	same "$(pings)" 0
	same "$(hr_counter drop_blocked)" 3
}

t_expired_entries_are_tidied_away_by_the_agent() {
	ns_start server talk.txt "$hedgerow" run --iface eth0 --log log.jsonl --poll-interval 100ms
	wait_for 5 grep -q ready talk.txt
	hr block add 192.0.2.1 --for 1s
	hr block add 192.0.2.2 --for 2s
	hr allow add 192.0.2.3 --for 1h
	sleep 1.3
	same "$(hr block list | awk '{ print $1 }')" 192.0.2.2/32
	sleep 1
	same "$(hr block list)" ""
	same "$(hr allow list | awk '{ print $1 }')" 192.0.2.3/32
	end_process "$!"
}
