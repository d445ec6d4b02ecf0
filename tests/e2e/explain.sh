# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Explanations: verdicts carry their reasons, and `hedgerow explain` finds them from a line, a flow, or a row.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

# Lines of verdicts that a model reached on one flow each.
verdicts() { jq -c 'select(.event_type == "hedgerow" and .hedgerow.verdict and .hedgerow.model)' "$LOG"; }
verdicts_that() { verdicts | jq -c "select($1)" | wc -l; }

t_verdicts_say_which_features_pushed_them() {
	local all
	model_make model.hgm 's_ports_short>=8' 'fpk>=4' >/dev/null
	ns_add scanner 3.5
	agent --model model.hgm --mode enforce --event-rate 1000 --poll-interval 200ms
	scan scanner 1-200
	udp client -s 1234 -k -i u2000 -c 20
	agent_end
	all=$(verdicts | wc -l)
	expect "the scan has few verdicts: $all" test "$all" -gt 20
	same "$(verdicts_that '.hedgerow.vector')" "$all"
	same "$(verdicts_that '.proto == "TCP" and .hedgerow.reasons[0].feature != "s_ports_short"')" 0
	expect "no reason for the UDP flow" test 1 -eq "$(verdicts_that '.proto == "UDP" and .hedgerow.reasons[0] == {feature: "fpk", value: 4, contribution: 50}')"
	# Seldom has a source moved on so far that its vector scores otherwise by the time it is read.
	expect "most vectors were found too late" test "$(verdicts_that '.hedgerow.vector == "rebuilt"')" -gt $((all / 2))
	same "$(verdicts_that '.hedgerow.reasons | length > 3')" 0
}

t_a_verdict_is_explained_from_its_line_its_flow_and_its_row() {
	local line flow
	model_make model.hgm 's_ports_short>=8' 'fpk>=4' >/dev/null
	agent --model model.hgm --mode enforce --event-rate 1000 --snapshots rows.csv --poll-interval 200ms
	udp client -s 1234 -k -i u2000 -c 20
	agent_end
	line=$(verdicts | head -n 1) flow=$(jq .flow_id <<<"$line")
	hr explain <<<"$line" >text # the model is known by its id
	expect "not in the text: $(cat text)" grep -Eq '^ *\+150\.0000 +\+50\.0000 +fpk +4 ' text
	expect "no threshold: $(cat text)" grep -q 'drop from 100.0000: drop' text
	same "$(hr explain --json --log "$LOG" --flow-id "$flow" | jq -c '[.flow_id, .contributions[0].feature, .margin == 100, .vector]')" \
		"[$flow,\"fpk\",true,\"rebuilt\"]"
	same "$(hr explain --json --rows rows.csv --row 1 --model model.hgm | jq -c '[.flow_id, .score, .vector]')" "[$flow,0,\"row\"]"
	same "$(hr explain --json --rows rows.csv --flow-id "$flow" | jq -c '[.logged.score, .score, .contributions[0].value]')" "[100,100,4]"
	jq -c 'del(.hedgerow.features)' <<<"$line" >bare
	refused 'this line carries no vector; .*--rows FILE --flow-id' hr explain --line "$(cat bare)"
	same "$(hr explain --json --rows rows.csv --line "$(cat bare)" | jq .score)" 100
	refused 'not a line of the verdict log: it has no event_type' hr explain --line '{}'
	jq -c 'del(.hedgerow.features, .hedgerow.model) | .hedgerow.reason = "blocked"' <<<"$line" >blocked
	cat blocked - blocked blocked <<<"$line" | hr explain 2>said >text # a log of blocks: they are no failure, and said once
	same "$(cat said)" "hedgerow: error: no model was asked for this verdict (blocked), so nothing of it can be explained
hedgerow: info: 3 verdicts have no vector; of the first it is told above"
	expect "not in the text: $(cat text)" grep -q 'drop from 100.0000: drop' text
	refused 'no model was asked for this verdict [(]blocked[)]' hr explain <blocked
	refused 'not a verdict: event_type is' hr explain --line "$(grep -m1 hedgerow_state "$LOG")"
	refused 'model 0badcafe is not kept in ' hr explain --line "$(jq -c '.hedgerow.model = "0badcafe"' <<<"$line")"
}

# The log says what held a verdict back, and explain what made a line of one.
t_what_let_a_packet_pass_is_told() {
	model_make hostile.hgm --source-flows 4 'kind>=0' >/dev/null
	held() { jq -r "select(.dest_port == $1).hedgerow | \"\(.verdict) \(.held_by)\"" "$LOG" | sort -u | xargs; }
	explained() { jq -c "select(.dest_port == $1 and .hedgerow.features)" "$LOG" | head -n 1 | hr explain | sed -n 's/^passed: //p'; }
	lines_are() { [[ $(jq -c "select(.dest_port == $1)" "$LOG" | wc -l) -ge $2 ]]; }
	agent --model hostile.hgm --mode monitor --poll-interval 100ms
	scan client 1-9
	syns client -p 80 -c 1
	wait_for 5 lines_are 80 1
	hr settings --mode enforce --warm-up 1h >/dev/null
	wait_for 5 grep -q warming_up "$LOG"
	syns client -p 81 -c 1
	wait_for 5 lines_are 81 1
	hr settings --warm-up 0 >/dev/null
	wait_for 5 grep -q enforcing "$LOG"
	hr scope add web --mode monitor --port 82 >/dev/null
	syns client -p 82 -c 1
	wait_for 5 lines_are 82 1
	hr guard add "$(ns_address client)" >/dev/null
	syns client -p 83 -c 1
	wait_for 5 lines_are 83 1
	ns_add stranger 3.7
	in_ns stranger hping3 -S -q -c 1 -p 84 "$(ns_address server)" >/dev/null 2>&1 || true
	wait_for 5 lines_are 84 1
	agent_end
	same "$(held 80)" "drop monitor"
	same "$(held 81)" "drop warm-up"
	same "$(held 82)" "drop scope"
	same "$(held 83)" "log guard"
	same "$(held 84)" "log null"
	same "$(explained 80)" "mode monitor drops nothing"
	explained 81 | has '^in the warm-up'
	explained 83 | has 'management guard'
	explained 84 | has "[01] unanswered, [01] half-open, [01] refused: no evidence, which begins at 4; a first SYN passes where no crowd"
}
