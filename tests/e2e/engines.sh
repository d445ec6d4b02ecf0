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

# Its trees are not in the kernel: the agent reads them from where it keeps what was loaded, and tells why it condemned.
t_model_past_the_kernels_limits_is_walked_by_the_agent() {
	local big mild
	big=$(model_make big.hgm --forest 'fpk>=4')
	mild=$(model_make mild.hgm 'fpk>=1000000')
	agent --model mild.hgm --mode enforce --poll-interval 200ms
	refused 'big.hgm: 1 trees of depth 1 are past what the kernel walks, 512 of depth 8; the agent does: --engine user' hr model load big.hgm
	refused 'big.hgm: .* past what the kernel walks, where champion and challenger meet' hr model shadow big.hgm
	refused 'big.hgm: .* past what the kernel walks, 512 of depth 8' hr model test big.hgm
	hr settings --engine user >/dev/null
	hr model load big.hgm >/dev/null
	hr model show | has "in force  *$big .*as forest, walked by the agent"
	refused 'the model in force: .* past what the kernel walks' hr settings --engine both
	flood 1009 500
	same "$(hr_counter scores) $(hr_counter drop_agent)" "0 1"
	expect "the condemned flow went on" test "$(hr_counter drop_condemned)" -gt 200
	hr model rollback | has "model $mild is in force again"
	hr model rollback | has "model $big is in force again"
	flood 1010 300
	same "$(hr_counter drop_agent)" 2
	agent_end
	same "$(log_sum "select(.hedgerow.reason == \"agent\" and .hedgerow.model == \"$big\" and .hedgerow.reasons[0].feature == \"fpk\") | 1")" 2
	jq -c 'select(.hedgerow.reason == "agent" and .hedgerow.verdict)' "$LOG" | tail -n 1 | hr explain >told
	expect "the flow's packets did not push it" grep -q '+[0-9.]* *fpk ' told
}
