# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Ends and beginnings of the agent: --keep loses nothing, a program taken away is noticed, logs rotate and reopen.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

t_keep_loses_neither_flows_nor_lists_nor_model() {
	local id begun
	id=$(model_make model.hgm 'fpk>=1000000')
	agent --model model.hgm --keep --mode enforce
	hr block add 192.0.2.0/24 >/dev/null
	udp client -i u1000 -c 50
	begun=$(hr_counter flows_begun)
	expect "flows were not counted" test "$begun" -ge 50
	agent_end
	agent --keep
	same "$(hr_counter flows_begun)" "$begun"
	same "$(hr_status .flows.present)" "$begun"
	same "$(hr_status .model) $(hr_status .mode)" "$id enforce"
	expect "the block list was lost" grep -q 192.0.2.0/24 <(hr block list)
	agent_end
}

t_clean_end_leaves_nothing_behind() {
	agent
	agent_end
	same "$(in_ns server ip -d link show eth0 | grep -c prog/xdp || true)" 0
	same "$(in_ns server tc filter show dev eth0 egress | grep -c hedgerow || true)" 0
	same "$(jq -r '.hedgerow.state // empty' "$LOG" | tail -n 1)" stopped
}

t_program_attached_by_ip_link_stays() {
	xdp_attach server "$object"
	agent
	agent_end
	same "$(in_ns server ip -d link show eth0 | grep -c 'prog/xdp.*hedgerow_xdp')" 1
}

t_second_agent_on_the_same_tables_is_refused() {
	agent
	refused 'another agent' in_ns server "$hedgerow" run --iface eth0 --log other.jsonl
	agent_end
}

# What ip link attached goes on enforcing without the agent, so the companion has to stay: else nobody looks answered.
t_companion_stays_with_a_program_that_stays_and_enforces() {
	model_make never.hgm 'kind>=1000' >/dev/null
	xdp_attach server "$object"
	agent --mode enforce --model never.hgm
	agent_end
	expect "the companion stays" test "$(in_ns server tc filter show dev eth0 egress | grep -c hedgerow_egress)" = 1
	same "$(hr_status '.interfaces[0].egress')" true
}
t_companion_taken_away_is_put_back_within_a_poll() {
	agent --poll-interval 200ms
	in_ns server tc filter del dev eth0 egress
	wait_for 5 grep -q companion_back "$LOG" || fail "not put back"
	expect "the companion is back" test "$(in_ns server tc filter show dev eth0 egress | grep -c hedgerow_egress)" = 1
	agent_end
}
t_enforcing_a_model_without_the_companion_is_refused() {
	local status=0
	model_make never.hgm 'kind>=1000' >/dev/null
	in_ns server "$hedgerow" run --iface eth0 --no-egress --mode enforce --model never.hgm --log "$LOG" 2>talk.txt || status=$?
	same "$status" 1
	expect "it says why" grep -q 'enforcing needs to see the answers' talk.txt
	same "$(in_ns server ip -d link show eth0 | grep -c 'prog/xdp')" 0
}
t_run_that_is_refused_changes_nothing() {
	local before never
	never=$(model_make never.hgm 'kind>=1000') && model_make other.hgm 'kind>=1001' >/dev/null
	hr attach --iface eth0 --no-egress --checkpoints 1,2
	before=$(hr settings)
	refused 'enforcing needs to see the answers' hr run --iface eth0 --no-egress --mode enforce --model never.hgm --condemn-for 7 --log "$LOG"
	same "$(hr settings)" "$before"
	same "$(hr_status .model)" ""
	hr model load never.hgm >/dev/null
	echo nonsense >text.hgm
	refused 'text.hgm: not a model file' hr run --iface eth0 --model text.hgm --mode enforce --log absent.jsonl
	expect "a log was begun" test ! -e absent.jsonl
	same "$(hr settings)" "$before"
	same "$(hr_status .model)" "$never"
	in_ns server tc qdisc del dev eth0 clsact 2>/dev/null || true
}
t_model_that_needs_answers_is_not_loaded_where_none_are_seen() {
	model_make never.hgm 'kind>=1000' >/dev/null
	hr attach --iface eth0 --no-egress --mode enforce 2>talk.txt # the block list alone needs no answers
	has 'only what is on the block list is dropped; and a model will be refused, for .* (--no-egress)' <talk.txt
	refused 'enforcing needs to see the answers' hr model load never.hgm
	same "$(hr_status .model)" ""
}
t_enforcing_that_was_set_before_is_told_at_the_start() {
	hr attach --iface eth0 --mode enforce
	agent
	expect "nothing is said of it" grep -q 'mode enforce was set before and stays in force (program in place since 20' "$TALK"
	agent_end
	agent --mode enforce
	expect "what was asked for is called inherited" test "$(grep -c 'set before' "$TALK")" = 0
	agent_end
	agent --mode monitor
	expect "what was asked for is called inherited" test "$(grep -c 'set before' "$TALK")" = 0
	agent_end
}
# As the unit has it: what it may is all that it needs; it says when it is ready; a kill loses nothing.
t_service_runs_with_what_its_unit_grants_and_is_restarted_without_loss() {
	local caps id kept
	caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$repository/deploy/systemd/hedgerow.service" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
	same "$caps" "+sys_admin,+bpf,+net_admin"
	id=$(model_make never.hgm 'kind>=1000')
	service() {
		rm -f notify told.txt
		socat -u UNIX-RECV:notify CREATE:told.txt &
		wait_for 2 test -S notify
		: >"$TALK"
		NOTIFY_SOCKET=$PWD/notify ns_start server "$TALK" setpriv --bounding-set "-all,$caps" --no-new-privs \
			"$hedgerow" run --keep --iface eth0 --log "$LOG" --warm-up 0 "$@"
		AGENT=$!
		wait_for 10 grep -qs READY=1 told.txt || fail "it did not say that it is ready"
	}
	service --model never.hgm --mode enforce
	hr block add 192.0.2.0/24 >/dev/null
	datagrams 3
	kept=$(hr_status .flows.present)
	kill -KILL "$AGENT"
	wait "$AGENT" || true
	datagrams 3
	service
	same "$(hr_status .model) $(hr_status .mode) $(hr_status .lists.block)" "$id enforce 1"
	same "$(hr_status .flows.present) $(hr_counter pass_flow)" "$kept 6"
	agent_end
	same "$(hr_status '.interfaces[0].egress')" true
}
t_program_taken_away_is_noticed_within_a_poll() {
	local status=0
	agent --poll-interval 200ms
	in_ns server ip link set dev eth0 xdp off
	for _ in {1..20}; do
		kill -0 "$AGENT" 2>/dev/null || break
		sleep .05
	done
	kill -0 "$AGENT" 2>/dev/null && fail "not noticed"
	wait "$AGENT" || status=$?
	same "$status" 1
	same "$(log_sum 'select(.hedgerow.state == "detached" and .in_iface == "eth0") | 1')" 1
}

t_log_rotates_by_size_in_whole_lines() {
	model_make all.hgm 'kind>=0' >/dev/null
	agent --log-max-size 4k --log-keep 2 --poll-interval 100ms --mode enforce --model all.hgm
	for _ in 1 2 3 4; do
		udp client -i u1000 -c 15
		sleep .3
	done
	agent_end
	expect "no rotated logs" test -s "$LOG.1" -a -s "$LOG.2"
	expect "more rotated logs than wanted" test ! -e "$LOG.3"
	expect "a log has half a line" jq -e . "$LOG" "$LOG.1" "$LOG.2" >/dev/null
}

t_log_moved_away_is_begun_anew_on_sighup() {
	agent
	mv "$LOG" moved
	kill -HUP "$AGENT"
	wait_for 2 test -e "$LOG" || fail "not reopened"
	agent_end
	expect "the first log holds no start" grep -q started moved
	expect "the second log holds no end" grep -q stopped "$LOG"
}

t_full_disk_loses_whole_lines_and_says_so() {
	mkdir small
	mount -t tmpfs -o size=8k small small
	LOG=$PWD/small/log
	model_make all.hgm 'kind>=0' >/dev/null
	agent --mode enforce --poll-interval 100ms --event-rate 1000 --model all.hgm
	udp client -i u1000 -c 300
	sleep .3
	agent_end
	expect "nobody was told" grep -q 'could not be written' "$TALK"
	expect "half a line is left" jq -e . "$LOG" >/dev/null
}

t_full_disk_ends_rows_whole_and_counts_those_missed() {
	local ended
	mkdir small
	mount -t tmpfs -o size=16k small small
	agent --flows-out small/flows.csv --poll-interval 100ms --timeout-udp 1
	udp client -i u1000 -c 300
	wait_for 10 grep -q 'rows cannot be written' "$TALK" || fail "nobody was told"
	rows_are_in_the_books() {
		ended=$(hr_counter flows_ended)
		((ended >= 300 && $(tail -n +2 small/flows.csv | wc -l) + $(hr_counter lost_rows) == ended))
	}
	wait_for 10 rows_are_in_the_books || fail "$(tail -n +2 small/flows.csv | wc -l) rows, $(hr_counter lost_rows) lost, $(hr_counter flows_ended) flows ended"
	hr status | has 'lost_rows  *[1-9]'
	same "$(awk -F, '{ print NF }' small/flows.csv | sort -u | wc -l)" 1
	agent_end
	expect "the last line of totals does not say so" test "$(log_sum 'select(.event_type == "hedgerow_stats") | .hedgerow.lost.rows > 0 | if . then 1 else 0 end')" -gt 0
}
t_agent_goes_on_with_the_interfaces_that_are_left() {
	local states
	interface_add more0
	interface_add more1
	agent --iface more0 --iface more1 --poll-interval 100ms
	xdp_detach server
	in_ns server ip -force link set dev more0 xdp obj "$object" sec xdp # the same code, but tables of its own
	in_ns server ip link del more1
	sleep .5
	kill -0 "$AGENT" 2>/dev/null && fail "no interface is left, but the agent runs"
	states=$(jq -r 'select(.in_iface) | "\(.in_iface) \(.hedgerow.state)"' "$LOG" | sort | xargs)
	same "$states" "eth0 detached more0 replaced more1 gone"
	same "$(in_ns server ip -d link show more0 | grep -c 'prog/xdp.*hedgerow_xdp')" 1 # not ours to take off
}

t_log_on_a_pipe_that_closes_does_not_end_the_agent() {
	local out
	mkfifo pipe
	exec {out}<>pipe
	nsenter --net=/run/netns/server "$hedgerow" run --iface eth0 --log - --poll-interval 100ms >pipe 2>"$TALK" {out}>&- &
	AGENT=$!
	wait_for 5 grep -q ready "$TALK"
	expect "no line on standard output" grep -q -m 1 started <(timeout 2 head -n 1 pipe)
	exec {out}>&-
	hr settings --mode enforce >/dev/null # has to be logged, to nobody
	sleep .3
	agent_end
	expect "nobody was told" grep -q 'could not be written' "$TALK"
}
