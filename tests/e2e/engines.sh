# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Engines: `user` condemns by verdicts that the kernel takes over, `both` finds that kernel and agent agree.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

flood() { udp client -s "$1" -k -i u2000 -c "$2"; }
engine_total() { jq -s "map(select(.event_type == \"hedgerow_stats\").hedgerow.engine.$1) | last" "$LOG"; }

t_engine_user_drops_nothing_in_monitor_mode() {
	model_make model.hgm 'fpk>=4' >/dev/null
	agent --model model.hgm --mode monitor --engine user --poll-interval 200ms
	flood 1000 500
	same "$(hr_counter scores) $(hr_counter drop_agent) $(hr_counter would_agent)" "0 0 1"
	same "$(hr_counter drop_condemned)" 0
	expect "the rest would not have been dropped" test "$(hr_counter would_condemned)" -gt 200
	agent_end
}

t_engine_user_condemns_until_its_model_is_replaced() {
	local before
	model_make model.hgm 'fpk>=4' >/dev/null
	model_make mild.hgm 'fpk>=1000000' >/dev/null
	agent --model model.hgm --mode enforce --engine user --poll-interval 200ms
	flood 1001 500
	same "$(hr_counter scores) $(hr_counter drop_agent)" "0 1"
	expect "the condemned flow went on" test "$(hr_counter drop_condemned)" -gt 200
	hr model load mild.hgm >/dev/null
	sleep .5
	before=$(hr_counter drop_condemned)
	flood 1001 200
	same "$(hr_counter drop_condemned)" "$before"
	agent_end
	same "$(log_sum 'select(.hedgerow.reason == "agent" and .hedgerow.engine == "user" and .hedgerow.action == "drop") | 1')" 1
}

t_engine_user_judges_again_when_a_condemnation_is_over() {
	model_make model.hgm 'fpk>=4' >/dev/null
	agent --model model.hgm --mode enforce --engine user --poll-interval 200ms --condemn-for 500ms
	flood 1002 1200
	expect "condemned once only" test "$(hr_counter drop_agent)" -ge 2
	expect "never free" test "$(hr_counter pass_flow)" -gt 100
	agent_end
}

t_both_engines_agree_on_every_score() {
	local scores drops
	model_make model.hgm 's_ports_short>=8' 'fpk>=4' >/dev/null
	agent --model model.hgm --mode enforce --engine both --snapshots rows.csv --poll-interval 200ms
	flood 1003 300
	scan client 1-200
	sleep .5
	scores=$(hr_counter scores) drops=$(hr_counter drop_source)
	agent_end
	same "$(engine_total agreed) $(engine_total disagreed)" "$scores 0"
	expect "both outcomes did not occur: $drops of $scores" test "$drops" -gt 0 -a "$drops" -lt "$scores"
	same "$(($(wc -l <rows.csv) - 1))" "$scores"
}

t_allowed_sender_is_spared_by_a_verdict_that_waits() {
	local dropped
	model_make model.hgm 'fpk>=4' >/dev/null
	agent --model model.hgm --mode enforce --engine user --poll-interval 200ms
	flood 1004 10
	sleep .5 # condemned; where the flood took less than a poll no packet came since
	dropped="$(hr_counter drop_agent) $(hr_counter drop_condemned)"
	hr allow add "$(ns_address client)" >/dev/null
	flood 1004 10
	same "$(hr_counter drop_agent) $(hr_counter drop_condemned)" "$dropped"
	same "$(hr_counter pass_allowed)" 10
	agent_end
	expect "nothing was condemned, so this proves nothing" \
		test "$(jq -s 'map(select(.event_type == "hedgerow_stats").hedgerow.engine.condemned) | last' "$LOG")" -eq 1
}

t_verdict_that_waits_dies_with_its_model() {
	model_make model.hgm 'fpk>=4' >/dev/null
	model_make mild.hgm 'fpk>=1000000' >/dev/null
	agent --model model.hgm --mode enforce --engine user --poll-interval 2s
	flood 1005 10
	wait_for 5 grep -q '"condemned":1' "$LOG"
	hr model load mild.hgm >/dev/null # the agent learns of it two seconds later
	flood 1005 10
	same "$(hr_counter drop_agent) $(hr_counter drop_condemned)" "0 0"
	agent_end
}
