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
	hr block list | has '10.7.1.1/32 .* 4 packets  for good' # also those that the kernel did not ask the list about
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
	hr block list | has ' [01] s left$'
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
	refused "'0.0.0.0/0' covers every IPv4 address and would block it, your own too; .* --force" hr block add 192.0.2.7 0.0.0.0/0
	refused "'::/0' covers every IPv4 address, every IPv6 address and would block" hr block add ::/0
	refused "'::/8' covers every IPv4 address and would block it, your own too" hr block add ::/8
	refused "'0.0.0.0/0' covers .* unjudged: nothing would be dropped any more; .* --force" hr allow add 192.0.2.7 0.0.0.0/0
	refused "'::/0' covers .* unjudged: nothing would be dropped any more; .* --force" hr allow add ::/0
	refused "'0.0.0.0/0' covers .* keep the model from dropping anything; .* --force" hr guard add 0.0.0.0/0
	same "$(hr block list)$(hr allow list)$(hr guard list | grep -F /0)" ""
	hr allow add 0.0.0.0/0 192.0.2.7/32 --force # the way to switch judging off for all of IPv4 without detaching
	same "$(hr allow list | wc -l)" 2
	hr block add 0.0.0.0/0 --force
	hr block del 0.0.0.0/0
	same "$(hr block list)" ""
}

t_what_a_change_came_to_is_said_in_one_line() {
	hr attach --iface eth0
	same "$(hr block add 192.0.2.7)" '192.0.2.7/32: on the block list for good'
	hr block add 192.0.2.8 --for 1h >said
	has "^192.0.2.8/32: on the block list until $(date -u -d '+1 hour' +%Y-%m-%dT).*+0000$" <said
	same "$(wc -l <said)" 1
	same "$(hr allow add 2001:db8::/32 192.0.2.0/24 192.0.2.9)" '2001:db8::/32 and 2 more: on the allow list for good'
	same "$(hr guard add 198.51.100.7)" '198.51.100.7/32: on the guard list for good'
	same "$(hr block add '192.0.2.10 timeout 1h' 192.0.2.11)" '192.0.2.10/32 and 1 more: on the block list, each until a time of its own'
	same "$(hr block add '192.0.2.12 expires 2001-01-01T00:00:00Z')" 'nothing changed: the time given has passed'
	same "$(hr block del 192.0.2.7)" '192.0.2.7/32: off the block list'
	same "$(hr block add-flow udp 192.0.2.1:53 10.7.0.2:7777)" 'UDP 192.0.2.1:53 10.7.0.2:7777: on the block list for good'
	same "$(hr block del-flow udp 192.0.2.1:53 10.7.0.2:7777)" 'UDP 192.0.2.1:53 10.7.0.2:7777: off the block list'
}

# The command that was given last counts, as in ipset -exist; it tells what it took the place of.
t_entry_again_says_when_the_one_before_would_have_ended_and_goes_on_with_its_count() {
	local for_good='192.0.2.7/32: on the block list for good'
	hr attach --iface eth0 --mode enforce
	same "$(hr block add 192.0.2.7 --reason 'ticket 12')" "$for_good"
	same "$(hr block add 192.0.2.7 --reason 'ticket 12')" "$for_good"
	hr block add 192.0.2.7 --for 1h | has "^192.0.2.7/32: on the block list until .*+0000 (before: for good, 'ticket 12')$"
	hr block add 192.0.2.7 --for 10m | has '^192.0.2.7/32: on the block list until .*+0000 (before: until .*+0000)$'
	hr block add 192.0.2.7 | has '^192.0.2.7/32: on the block list for good (before: until .*+0000)$'
	hr block add 192.0.2.6 192.0.2.7 --for 1h | has '^192.0.2.6/32 and 1 more: on the block list until .*+0000; 1 of them would have stayed longer$'
	printf '%s\n' 192.0.2.5 192.0.2.6,10m 192.0.2.7 >feed.csv
	same "$(hr block load feed.csv)" 'block list: 3 entries added from feed.csv; 1 of them would have stayed longer'
	same "$(hr block load feed.csv --replace)" 'block list: 3 entries now, all from feed.csv'
	hr block add-flow udp 192.0.2.1:53 10.7.0.2:7777 --for 1h >/dev/null
	hr block add-flow udp 10.7.0.2:7777 192.0.2.1:53 --for 10m | has ' on the block list until .*+0000 (before: until .*+0000)$'
	hr block add 10.7.1.0/24 10.7.1.1/32 >/dev/null
	pings >/dev/null
	hr block del 10.7.1.1 >/dev/null
	pings >/dev/null
	hr block add 10.7.1.0/24 --for 1h >/dev/null # alone it is put, with another the list is built anew
	hr block list | has '^10.7.1.0/24 .* 3 packets '
	hr block add 10.7.1.0/24 192.0.2.9 >/dev/null
	hr block list | has '^10.7.1.0/24 .* 3 packets  for good$'
	same "$(hr block add 10.7.0.0/16 --for 1h | grep -c before)" 0 # wider
	same "$(hr block add 10.7.1.0/25 --for 1h | grep -c before)" 0 # in it, which goes on
	hr block list | has '^10.7.1.0/25 .* 0 packets '
	hr block list | has '^10.7.1.0/24 .* 3 packets  for good$'
}

t_reasons_that_do_not_fit_are_told_of() {
	hr attach --iface eth0 --mode enforce
	printf '%s\n' 192.0.2.1,,short '192.0.2.2,,a reason that is longer than it may be' '192.0.2.3,,späm' >feed.csv
	same "$(hr block load feed.csv 2>&1 >/dev/null)" "hedgerow: warning: feed.csv: 2 reasons did not fit into 23 printable ASCII characters; of the first, in line 2, 'a reason that is longer' is kept"
	hr block list | has '192.0.2.2/32 .*  a reason that is longer$'
	same "$(hr block add '192.0.2.4 comment "a reason that is longer than it may be"' 2>&1 >/dev/null)" \
		"hedgerow: warning: of the reason no more than 'a reason that is longer' is kept: there is room for 23 printable ASCII characters"
	refused "the reason 'a reason .* be' will not do, wanted at most 23 printable" hr block add 192.0.2.5 --reason 'a reason that is longer than it may be'
}

t_file_is_loaded_as_a_whole_or_not_at_all() {
	hr attach --iface eth0
	printf '%s\n' '# a comment' '192.0.2.0/24 # one' '' '  2001:db8::1' >good
	same "$(hr block load good)" "block list: 2 entries added from good"
	same "$(hr block list | wc -l)" 2
	printf '%s\n' 198.51.100.1 '198.51.100.2 198.51.100.3 # two' >bad
	refused "bad:2: '198.51.100.2 198.51.100.3' is no address" hr block load bad
	printf '%s\n' '# whole networks' 198.51.100.1 198.51.100.9/24 >bad
	refused "bad:3: '198.51.100.9/24' has bits behind its prefix; the network is 198.51.100.0/24" hr block load bad
	printf '%s\n' 198.51.100.1 0.0.0.0/0 >bad
	refused "bad:2: '0.0.0.0/0' covers every IPv4 address and would block" hr block load bad
	refused "bad:2: '0.0.0.0/0' covers .* would block" hr block load bad --replace
	refused "bad:2: '0.0.0.0/0' covers .* unjudged" hr allow load bad
	same "$(hr block list | wc -l)" 2
	echo 203.0.113.7 | hr allow load - >/dev/null
	same "$(hr allow list | wc -l)" 1
	refused 'absent: No such file' hr block load absent
}

t_files_of_others_are_read_as_they_are() {
	hr attach --iface eth0
	printf '%s\n' 'address,expires,reason' '192.0.2.1,1h,scanner' '192.0.2.2,,' '192.0.2.3,2001-01-01T00:00:00Z,long ago' >feed.csv
	same "$(hr block load feed.csv | xargs)" 'block list: 2 entries added from feed.csv 1 left out, for their time has passed'
	hr block list | has '192.0.2.1/32 .*  3[56].. s left  scanner'
	hr block list | has '192.0.2.2/32 .* for good'
	printf '%s\n' 'create bad hash:net family inet hashsize 1024' 'add bad 198.51.100.0/24 timeout 600 comment "spam, mostly"' \
		'add bad 203.0.113.9' >ipset.save
	hr block load ipset.save --replace
	same "$(hr block list | awk '{ print $1 }' | sort | xargs)" '198.51.100.0/24 203.0.113.9/32'
	hr block list | has '198.51.100.0/24 .*  [56].. s left  spam, mostly'
	printf '%s\n' 'table inet f {' '	set bad {' '		type ipv4_addr' '		flags interval' \
		'		elements = { 192.0.2.10, 198.51.100.4-198.51.100.11,' '			     203.0.113.0/25 timeout 1h expires 5m3s }' \
		'	}' '}' >nft.conf
	hr block load nft.conf --replace
	refused '/dev/null: no entry in it, so all on the block list would go; --force does it' hr block load /dev/null --replace
	same "$(hr block list | awk '{ print $1 }' | sort | xargs)" '192.0.2.10/32 198.51.100.4/30 198.51.100.8/30 203.0.113.0/25'
}

# While a large list is loaded again and again, what both the old and the new one hold is never let through.
t_reload_has_no_gap() {
	hr attach --iface eth0 --mode enforce
	seq 0 60000 | awk '{ printf "198.%d.%d.%d\n", 18 + int($1 / 65536), int($1 / 256) % 256, $1 % 256 }' >feed
	echo 10.7.1.1 >>feed
	same "$(hr block load feed --replace)" 'block list: 60002 entries now, all from feed'
	in_ns client hping3 -2 -q -i u200 -c 20000 "$(ns_address server)" >/dev/null 2>&1 &
	local sender=$! loads=0
	while kill -0 "$sender" 2>/dev/null; do
		hr block load feed --replace >/dev/null
		hr block load feed >/dev/null
		((loads += 2))
	done
	((loads > 4))
	same "$(hr_status '[.counters | .pass_flow, .pass_would_drop, .pass_allowed] | add')" 0
	(($(hr_counter drop_blocked) > 15000))
}

t_flow_is_blocked_by_its_ends() {
	hr attach --iface eth0 --mode enforce
	datagrams 3
	hr block add-flow udp 10.7.1.1:5555 10.7.0.2:7777 --reason 'ticket 12' --for 1h
	datagrams 4
	same "$(hr_counter drop_blocked)" 4
	hr block list | has 'UDP .*10.7.0.2:7777.* 4 packets  3[56].. s left  ticket 12'
	same "$(pings)" 3
	hr block del-flow udp 10.7.0.2:7777 10.7.1.1:5555 # either way round
	datagrams 2
	same "$(hr_counter drop_blocked)" 4
	refused 'this flow is not blocked' hr block del-flow udp 10.7.1.1:5555 10.7.0.2:7777
	refused "'10.7.1.1' is no end of a flow" hr block add-flow tcp 10.7.1.1 10.7.0.2:80
	refused "'icmq' is no protocol" hr block add-flow icmq 10.7.1.1 10.7.0.2
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
