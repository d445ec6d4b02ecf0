# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# The books: what the verdict log tells one by one, adds up, or admits as lost is what the kernel counted as dropped.
# The program is adopted, so that its counters can be read when the agent is gone.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

drops_counted() { hr_status '[.counters | to_entries[] | select(.key | startswith("drop_")).value] | add'; }
drops_told() {
	local single added
	single=$(log_sum 'select(.hedgerow.action == "drop" and .hedgerow.aggregate == null) | 1')
	added=$(log_sum 'select(.hedgerow.action == "drop").hedgerow.aggregate.packets // 0')
	jq -s --argjson told $((single + added)) \
		'map(select(.event_type == "hedgerow_stats").hedgerow) | last | $told + .repeats.dropped + .lost.events + .lost.log_packets' "$LOG"
}
drops_balance() { # at least so many
	local counted told
	counted=$(drops_counted)
	told=$(drops_told)
	[[ $counted -eq $told && $counted -gt $1 ]] || fail "$counted dropped, the log accounts for $told"
}

t_every_dropped_packet_of_a_flood_is_in_the_log() {
	local senders=() reason
	model_make model.hgm 's_ports_short>=8' 'fpk>=4' 'd_unans_short>=150' >/dev/null
	ns_add scanner 3.5
	ns_add blocked 3.7
	xdp_attach server "$object"
	agent --model model.hgm --mode enforce --event-rate 3 --poll-interval 200ms
	hr block add "$(ns_address blocked)" >/dev/null
	scan scanner 1-400 &
	senders+=($!)
	udp client -s 1234 -k -i u500 -c 3000 &
	senders+=($!)
	udp blocked -i u1000 -c 1000 &
	senders+=($!)
	syns client -p 80 --rand-source -i u200 -c 3000
	wait "${senders[@]}"
	sleep 1
	agent_end
	drops_balance 5500
	for reason in source destination condemned blocked; do
		expect "nothing was dropped for the reason $reason" test "$(hr_counter drop_$reason)" -gt 0
	done
	expect "nothing was added up" test "$(log_sum 'select(.hedgerow.aggregate) | 1')" -gt 0
	agent # one that comes later tells nothing twice
	agent_end
	drops_balance 5500
}

# Counters, aggregates and what was told of them are in pins.
t_aggregates_are_not_told_again_when_ip_link_goes_on_with_pins() {
	model_make model.hgm 'd_unans_short>=50' 'd_rej_short>=100' >/dev/null
	xdp_attach server "$object"
	agent --model model.hgm --mode enforce --event-rate 3 --poll-interval 200ms
	syns client -p 80 --rand-source -i u200 -c 2000
	agent_end
	expect "nothing was added up" test "$(log_sum 'select(.hedgerow.aggregate) | 1')" -gt 0
	drops_balance 300
	xdp_detach server
	xdp_attach server "$object"
	agent
	agent_end
	drops_balance 300
}

t_events_that_find_the_ring_full_are_accounted_for() {
	model_make model.hgm 'fpk>=0' >/dev/null
	xdp_attach server "$object"
	agent --model model.hgm --mode enforce --event-rate 100000000
	kill -STOP "$AGENT"
	udp client -i u100 -c 8000
	sleep .2
	kill -CONT "$AGENT"
	agent_end
	expect "the ring lost nothing, so this proves nothing" test "$(hr_counter lost_events)" -gt 0
	drops_balance 7000
}

# Books of a log that could not be written: the counters alone hold what its lines would have told.
drops_lost() {
	hr_status '.counters | .lost_events + .lost_log_packets + .drop_condemned + .drop_blocked - .told_blocked'
}
t_drops_whose_lines_could_not_be_written_are_counted() {
	local counted lost
	LOG=/dev/full
	model_make model.hgm 'fpk>=4' 'd_unans_short>=50' 'd_rej_short>=100' >/dev/null
	xdp_attach server "$object"
	agent --model model.hgm --mode enforce --event-rate 3 --poll-interval 100ms
	udp client -s 1234 -k -i u500 -c 200
	syns client -p 80 --rand-source -i u200 -c 2000
	agent_end
	counted=$(drops_counted)
	lost=$(drops_lost)
	[[ $counted -eq $lost && $counted -gt 300 ]] || fail "$counted dropped, $lost admitted as lost: $(hr_status .counters | jq -c .)"
	hr status | has 'lost_log_packets  *[1-9]'
	LOG=$LAB_DIR/verdicts.jsonl
	agent # what was counted as lost is not told after all
	agent_end
	same "$(log_sum 'select(.hedgerow.aggregate) | 1')" 0
	same "$(jq -s 'map(select(.event_type == "hedgerow_stats")) | last.hedgerow.lost.log_packets' "$LOG")" "$(hr_counter lost_log_packets)"
}
t_disk_that_fills_up_leaves_the_books_balanced() {
	local counted told
	mkdir small
	mount -t tmpfs -o size=8k small small
	LOG=$PWD/small/log
	model_make model.hgm 'fpk>=4' 'd_unans_short>=50' 'd_rej_short>=100' >/dev/null
	xdp_attach server "$object"
	agent --model model.hgm --mode enforce --event-rate 30 --poll-interval 100ms
	syns client -p 80 --rand-source -i u200 -c 4000
	agent_end
	counted=$(drops_counted)
	told=$(log_sum 'select(.hedgerow.action == "drop") | .hedgerow.aggregate.packets // 1')
	expect "everything fitted, so this proves nothing" test "$(hr_counter lost_log_packets)" -gt 0
	((told > 0 && told + $(drops_lost) == counted)) || fail "$counted dropped, $told told, $(drops_lost) admitted as lost"
}

t_lines_say_the_mode_of_the_flows_scope() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	model_make mild.hgm 'kind>=0:60' >/dev/null # logs from 50 on, drops from 100 on
	xdp_attach server "$object"
	agent --model hostile.hgm --mode enforce --event-rate 1 --poll-interval 100ms
	hr scope add web --mode monitor --port 80 >/dev/null
	syns client -p 80 -i u1000 -c 50
	agent_end
	expect "nothing was added up" test "$(log_sum 'select(.hedgerow.aggregate) | 1')" -gt 0
	same "$(log_sum 'select(.hedgerow.would_drop) | .hedgerow.aggregate.packets // 1')" "$(hr_counter would_source)"
	same "$(log_sum 'select(.dest_port == 80 and .hedgerow.mode != "monitor") | 1')" 0
	same "$(hr_counter would_source)" 50
	: >"$LOG"
	agent --model mild.hgm --mode monitor --event-rate 1 --poll-interval 100ms
	hr scope add web --mode enforce --port 80 >/dev/null
	syns client -p 80 -i u1000 -c 50
	agent_end
	same "$(log_sum 'select(.dest_port == 80 and .hedgerow.action == "log") | .hedgerow.aggregate.packets // 1')" 50
	same "$(log_sum 'select(.dest_port == 80 and .hedgerow.mode != "enforce") | 1')" 0
}

# An hour's sum for each destination, or what there is of it when the agent ends.
t_flows_that_are_only_suspicious_fill_no_log() {
	local suspicious='select(.event_type == "hedgerow" and .hedgerow.reason == "none")'
	model_make mild.hgm 'kind>=0:60' >/dev/null # logs from 50 on, drops from 100 on
	agent --model mild.hgm --suspicious-rate 4 --poll-interval 100ms
	same "$(hr_status .settings.suspicious_rate)" 4
	syns client -p 80 -i u1000 -c 50
	wait_for 5 eval '(($(hr_counter flows_begun) >= 50))'
	sleep .3 # polls at which sums of any other kind are written
	same "$(log_sum "$suspicious | select(.hedgerow.verdict) | 1")" 4
	same "$(log_sum "$suspicious | select(.hedgerow.aggregate) | 1")" 0
	agent_end
	same "$(log_sum "$suspicious | select(.hedgerow.verdict) | 1")" 4
	same "$(log_sum "$suspicious | .hedgerow.aggregate.flows // 0")" 46
	same "$(jq -r "$suspicious | select(.hedgerow.aggregate).hedgerow.action" "$LOG")" log
}
