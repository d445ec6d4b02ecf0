# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# A second model beside the one in force: what it is told to do, what status and log say of it, what is refused.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

t_challenger_is_compared_without_effect_and_promoted() {
	local all none
	all=$(model_make all.hgm 'kind>=0') none=$(model_make none.hgm 'kind>=1000')
	hr attach --iface eth0 --mode enforce --model none.hgm
	same "$(hr model shadow all.hgm)" "model $all is the challenger; it judges no flow: what it says is compared and has no effect"
	same "$(pings)" 3
	same "$(hr_status .model)" "$none"
	same "$(hr_status '.challenger | "\(.model) \(.from) \(.split == 0)"')" "$all all.hgm true"
	(($(hr_status .challenger.compared.verdicts) >= 1))
	same "$(hr_status '.challenger.compared == (.challenger.differ | del(.told))')" true
	hr model show | has "^challenger $all  1 trees of depth 1 as table "
	hr model show | has '^  pass  *drop  *3 100.00 %  differ$'
	hr model show --json | jq -e '.models | map(.role) | sort == ["challenger", "in force"]' >/dev/null
	same "$(hr model promote)" "model $all is in force; hedgerow model rollback goes back to the one before"
	same "$(hr_status '.challenger // "none"')" none
	same "$(pings)" 0
	same "$(hr model rollback)" "model $none is in force again"
	same "$(pings)" 3
}

t_split_is_judged_by_the_challenger_until_it_is_sent_away() {
	model_make all.hgm 'kind>=0' >/dev/null
	model_make none.hgm 'kind>=1000' >/dev/null
	hr attach --iface eth0 --mode enforce --model none.hgm
	hr model shadow all.hgm --split 100% | has 'it judges 100.00 % of the flows: those that it condemns are dropped'
	same "$(pings)" 0
	hr status | has '^challenger .* judges 100.00 % of the flows, since '
	hr status | has '^  judged by challenger .* [1-9][0-9]* flows, '
	same "$(hr model split 0)" "it judges no flow: what it says is compared and has no effect"
	same "$(pings)" 3
	hr model split 0.5 | has 'it judges 50.00 % of the flows'
	same "$(hr_status .challenger.split)" 0.5
	hr settings --mode monitor >/dev/null
	same "$(hr model split 100%)" 'it judges 100.00 % of the flows'
	hr settings --mode enforce >/dev/null
	same "$(pings)" 0
	same "$(hr model shadow off)" 'there is no challenger any more'
	same "$(pings)" 3
}

# The champion tells no classes apart; class1 is ICMP, an attack; class2 is UDP, only logged.
t_disagreements_are_in_the_log_and_classes_have_their_names() {
	local classes none line
	none=$(model_make none.hgm 'kind>=1000')
	classes=$(model_make classes.hgm --classes 'l4_class>=2:300' 'l4_class>=1:200')
	agent --model none.hgm --mode enforce
	hr model shadow classes.hgm >/dev/null
	same "$(pings)" 3
	datagrams 1
	wait_for 5 grep -q '"changed"' "$LOG"
	hr model show | has '^  pass  *drop class1 '
	same "$(hr_status '.challenger.pairs | map("\(.champion.verdict) \(.challenger.verdict) \(.challenger.class)") | unique | join(", ")')" \
		'pass drop class1, pass log class2'
	agent_end
	line=$(jq -cS 'select(.event_type == "hedgerow_shadow" and .proto == "UDP").hedgerow | walk(if type == "number" then . + 0 else . end)' "$LOG" | head -n 1)
	same "$line" "$(jq -cnS --arg a "$none" --arg b "$classes" '{judge: "champion",
		champion: {verdict: "pass", reason: "none", score: 0, margin: 0, model: $a},
		challenger: {verdict: "log", reason: "none", score: 200, margin: 200, model: $b, class: "class2"}}')"
	same "$(jq -r 'select(.event_type == "hedgerow_state" and .hedgerow.state == "changed").hedgerow | "\(.model) \(.challenger) \(.split == 0)"' "$LOG")" \
		"$none $classes true"
	same "$(jq -c 'select(.event_type == "hedgerow")' "$LOG")" ""
}

t_verdicts_of_the_split_carry_the_challenger_s_id() {
	local all
	all=$(model_make all.hgm 'kind>=0')
	model_make none.hgm 'kind>=1000' >/dev/null
	agent --model none.hgm --mode enforce
	hr model shadow all.hgm --split 100% >/dev/null
	same "$(pings)" 0
	same "$(hr flows --format json | jq -r '.[].hedgerow.model' | sort -u)" "$all"
	agent_end
	same "$(jq -r 'select(.event_type == "hedgerow").hedgerow | "\(.action) \(.model)"' "$LOG" | sort -u)" "drop $all"
}

t_challenger_as_code_says_the_same() {
	local all
	all=$(model_make all.hgm 'kind>=0')
	model_make none.hgm 'kind>=1000' >/dev/null
	hr attach --iface eth0 --mode enforce --model none.hgm
	hr model shadow all.hgm --form code >/dev/null
	hr model show | has "^challenger $all  1 trees of depth 1 as code "
	same "$(pings)" 3
	same "$(hr_status '.challenger.differ.verdicts == .challenger.compared.verdicts')" true
	hr model promote >/dev/null
	hr model show | has "^in force   $all  1 trees of depth 1 as code "
	same "$(pings)" 0
}

t_what_a_challenger_cannot_be_is_refused() {
	local one
	one=$(model_make one.hgm 'kind>=1000')
	model_make two.hgm 'kind>=2000' >/dev/null
	hr attach --iface eth0
	refused 'two.hgm: no model is in force that it could challenge; hedgerow model load puts one in force' hr model shadow two.hgm
	hr model load one.hgm >/dev/null
	refused 'there is no challenger; hedgerow model shadow FILE makes a model one' hr model promote
	refused 'there is no challenger' hr model split 10%
	refused 'there is no challenger' hr model shadow off
	refused "one.hgm: model $one is in force; a challenger is another one" hr model shadow one.hgm
	cp two.hgm schema.hgm
	printf '\1\2\3\4' | dd of=schema.hgm bs=1 seek=16 conv=notrunc status=none
	refused 'schema.hgm: made for features [0-9a-f]{16}, this build has [0-9a-f]{16}; export it again' hr model shadow schema.hgm
	refused 'absent.hgm: No such file' hr model shadow absent.hgm
	for share in 120% -1% 10 ten 5%% ''; do
		refused "--split: '$share' will not do, wanted a share from 0% to 100%, such as 10% or 0.1" hr model shadow two.hgm --split "$share"
	done
	refused 'goes with `model shadow FILE`' hr model load two.hgm --split 10%
	refused 'model shadow: FILE.off is missing' hr model shadow
	same "$(hr_status '.challenger // "none"')" none
	hr settings --engine user >/dev/null
	refused 'two.hgm: engine user scores one model alone' hr model shadow two.hgm
	hr settings --engine kernel >/dev/null
	hr model shadow two.hgm >/dev/null
	hr model shadow two.hgm --split 10% 2>&1 | has 'is the challenger already'
	same "$(hr_status '.challenger.split * 100 | round')" 10
	hr settings --engine user 2>&1 | has 'engine user scores the model in force alone: the challenger, which is to judge 10.00 % of the flows, judges none'
	hr settings --end-host yes 2>&1 | has 'engine user asks no sockets'
	same "$(hr settings --engine kernel 2>&1 | grep -c 'engine user')" 0
}

t_challenger_outlives_the_command_and_is_replaced() {
	local second
	model_make champion.hgm 'kind>=1000' >/dev/null
	model_make first.hgm 'kind>=2000' >/dev/null
	second=$(model_make second.hgm 'kind>=3000')
	hr attach --iface eth0 --model champion.hgm
	hr model shadow first.hgm --split 20% >/dev/null
	pings >/dev/null
	hr model shadow second.hgm >/dev/null
	same "$(hr_status '.challenger | "\(.model) \(.split == 0) \(.compared.flows)"')" "$second true 0"
	hr model load second.hgm 2>&1 | has 'it was the challenger; there is none now'
	same "$(hr_status '"\(.model) \(.challenger // "none")"')" "$second none"
	hr model show | has '^previous   .* from champion.hgm'
}
