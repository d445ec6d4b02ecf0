# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Loading models and what their verdicts do.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

t_loaded_model_condemns_and_rollback_absolves() {
	local all none
	all=$(model_make all.hgm 'kind>=0') none=$(model_make none.hgm 'kind>=1000')
	hr attach --iface eth0 --mode enforce
	same "$(pings)" 3
	same "$(hr model load none.hgm)" "model $none is in force"
	same "$(pings)" 3
	same "$(hr model load all.hgm)" "model $all is in force"
	same "$(hr_status .model)" "$all"
	same "$(pings)" 0
	same "$(hr model rollback)" "model $none is in force again"
	same "$(pings)" 3
	same "$(hr model rollback)" "model $all is in force again"
	same "$(pings)" 0
}

t_model_that_never_drops_is_told_of_wherever_it_comes_into_force() {
	local weak strong says
	weak=$(model_make weak.hgm 'kind>=0:60') strong=$(model_make strong.hgm 'kind>=0')
	says="model $weak never drops by its own threshold, which is above the margin of every input, 60 at most"
	hr attach --iface eth0 --model weak.hgm 2>&1 | has "warning: $says"
	hr status | has "^model .*; never drops by its own threshold"
	hr_status .drops_nothing | has '^never drops by its own threshold'
	hr model load strong.hgm 2>&1 | lacks 'never drops'
	same "$(hr_status .drops_nothing)" ""
	hr model show | has '^  *never drops by its own threshold'
	same "$(hr model show --json | jq -r '.models[] | select(.drops_nothing != "").model')" "$weak"
	hr model rollback 2>&1 | has "warning: $says"
	hr model load weak.hgm 2>&1 | has "warning: $says"
	hr model load strong.hgm
	hr model shadow weak.hgm 2>&1 | has "warning: $says"
	hr model promote 2>&1 | has "warning: $says"
	same "$(hr model load strong.hgm 2>&1)" "model $strong is in force"
}

# It may drop something, but nothing like what it was shown.
t_model_that_dropped_none_of_its_rows_is_told_of() {
	local golden=$repository/tests/data/golden says='drops none of the 14 rows that it was exported with (as it should where all were honest), its threshold to drop is margin 0.3'
	head -n 15 "$golden/rows.csv" >rows.csv
	"$LAB_BUILD/hedgerow-export" --model "$golden/1.7.6/logistic.json" --rows rows.csv --drop-at 0.3 --output none.hgm >/dev/null 2>&1
	hr attach --iface eth0
	hr model load none.hgm 2>&1 | has "warning: model [0-9a-f]* $says$"
	hr_status .drops_nothing | has "^$says$"
	hr model show | has "^ *$says$"
}

t_condemned_flow_is_free_when_the_model_is_replaced_or_enforcing_ends() {
	model_make all.hgm 'kind>=0' >/dev/null
	model_make none.hgm 'kind>=1000' >/dev/null
	hr attach --iface eth0 --mode enforce --model all.hgm
	datagrams 3
	same "$(hr_counter drop_source) $(hr_counter drop_condemned)" "1 2"
	same "$(hr flows --format json | jq -r '.[0].hedgerow.verdict')" drop
	hr model load none.hgm >/dev/null
	datagrams 4
	same "$(hr_counter drop_condemned)" 2
	hr model rollback >/dev/null
	datagrams 2
	same "$(hr_counter drop_source) $(hr_counter drop_condemned)" "2 3"
	hr settings --mode monitor >/dev/null
	datagrams 1
	same "$(hr_counter would_source) $(hr_counter would_condemned)" "1 0"
	same "$(hr_counter flows_begun)" 1
}

t_monitor_mode_scores_and_drops_nothing() {
	model_make all.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --model all.hgm
	same "$(pings)" 3
	same "$(hr_counter pass_would_drop)" 3
	same "$(hr_status '[.counters | to_entries[] | select(.key | startswith("drop_")) | .value] | add')" 0
}

# What a flow shows is what becomes of its packets now; ICMP has a type and a code.
t_flows_say_would_drop_where_nothing_is_dropped() {
	model_make more.hgm 'kind>=0:200' >/dev/null
	hr attach --iface eth0 --model more.hgm
	pings >/dev/null
	datagrams 3
	hr flows >flows.txt
	has '^ICMP  *10.7.1.1 id [0-9]*  *10.7.0.2 type 8 code 0 .* would drop  *source$' <flows.txt
	has '^UDP  *10.7.1.1:5555  *10.7.0.2:7777 .* would drop  *source$' <flows.txt
	hr flows --format json >flows.json
	same "$(jq -c '[.[] | select(.proto == "ICMP") | [.icmp_type, .icmp_code]] | unique' flows.json)" '[[8,0]]'
	same "$(jq -c '.[] | select(.proto == "UDP") | [.icmp_type, .hedgerow.dropped, .hedgerow.would_drop, .hedgerow.score, .hedgerow.margin == 200]' flows.json)" '[null,0,3,200,true]'
	hr settings --mode enforce >/dev/null
	hr flows --clear >/dev/null
	datagrams 3
	same "$(hr flows --format json | jq -c '.[] | select(.proto == "UDP") | [.hedgerow.dropped, .hedgerow.would_drop]')" '[3,0]'
	hr flows | lacks 'would'
	hr scope add quiet --mode monitor --port 7777 >/dev/null
	datagrams 1
	hr flows | has '7777 .* would drop '
}

t_condemnation_ends_after_its_time() {
	model_make all.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --mode enforce --model all.hgm --condemn-for 1s
	datagrams 4
	same "$(hr_counter drop_source) $(hr_counter drop_condemned)" "1 3"
	sleep 1.1
	datagrams 2
	same "$(hr_counter drop_source) $(hr_counter drop_condemned)" "2 4"
	same "$(hr_counter flows_begun)" 1
}

t_same_model_again_is_told_and_keeps_the_previous_one() {
	local first second
	first=$(model_make first.hgm 'kind>=1000') second=$(model_make second.hgm 'kind>=2000')
	hr attach --iface eth0
	hr model load first.hgm >/dev/null
	hr model load second.hgm >/dev/null
	hr model load second.hgm 2>&1 | has "model $second is in force already"
	hr model show | has "^previous   $first "
	hr model rollback | has "$first"
}

t_more_models_than_slots_are_loaded_one_after_the_other() {
	hr attach --iface eth0
	local cut id=
	for cut in 1001 1002 1003 1004 1005 1006; do
		id=$(model_make "$cut.hgm" "kind>=$cut")
		hr model load "$cut.hgm" >/dev/null
	done
	same "$(hr_status .model)" "$id"
	hr model show | has '^previous .* from 1005.hgm'
	same "$(hr model show | wc -l)" 2 # and not those that nothing looks at
}

t_models_outlive_the_command_also_under_ip_link() {
	local id
	id=$(model_make all.hgm 'kind>=0')
	xdp_attach server "$object"
	in_ns server "$hedgerow" run --iface eth0 --log - >/dev/null 2>talk.txt & # leaves its companion there
	wait_for 5 grep -q ready talk.txt
	end_process $! || true
	hr model load all.hgm >/dev/null
	hr settings --mode enforce --warm-up 0 >/dev/null
	same "$(pings)" 0
	same "$(hr_status .model)" "$id"
	refused 'there is no earlier model to go back to' hr model rollback
}

# class1 is ICMP, an attack; class2 is UDP, and only logged however high its score is.
t_classes_have_names_and_what_is_only_logged_is_never_dropped() {
	model_make classes.hgm --classes 'l4_class>=2:300' 'l4_class>=1:200' >/dev/null
	agent --model classes.hgm --mode enforce
	same "$(hr model show | grep -Ec '^ +class class[0-9]: (pass|log|drop)$')" 3
	same "$(hr model show --json | jq -c '[.models[0].classes[1, 2].name]')" '["class1","class2"]'
	same "$(pings)" 0
	datagrams 6
	agent_end
	same "$(jq -r 'select(.proto == "ICMP" and .hedgerow.score).hedgerow | "\(.class) \(.action) \(.score)"' "$LOG" | sort -u)" "class1 drop 300"
	same "$(jq -r 'select(.proto == "UDP" and .hedgerow.score).hedgerow | "\(.class) \(.action) \(.score)"' "$LOG" | sort -u)" "class2 log 200"
}

t_bad_model_files_are_refused_and_the_model_in_force_stays() {
	local id
	id=$(model_make good.hgm 'kind>=1000')
	hr attach --iface eth0
	hr model load good.hgm >/dev/null
	head -c 100 good.hgm >short.hgm
	refused 'short.hgm: truncated: 100 bytes, the header alone has 128' hr model load short.hgm
	head -c 10 good.hgm >header.hgm
	refused 'header.hgm: truncated: 10 bytes' hr model load header.hgm
	cp good.hgm schema.hgm
	printf '\1\2\3\4' | dd of=schema.hgm bs=1 seek=16 conv=notrunc status=none
	refused 'schema.hgm: made for features [0-9a-f]{16}, this build has [0-9a-f]{16}; export it again' hr model load schema.hgm
	cp good.hgm bits.hgm
	printf '\377' | dd of=bits.hgm bs=1 seek=150 conv=notrunc status=none
	refused 'bits.hgm: damaged: ' hr model load bits.hgm
	echo nonsense >text.hgm
	refused 'text.hgm: not a model file' hr model load text.hgm
	printf '{"learner":{}}' >starter.json
	refused 'starter.json: an XGBoost model, .* compile it with hedgerow-export' hr model load starter.json
	refused 'absent.hgm: No such file' hr model load absent.hgm
	same "$(hr_status .model)" "$id"
}

# The exporter asks the agent beside it; what it wrote is tried once more in the slot.
t_exported_model_is_walked_by_the_kernel_before_it_comes_into_force() {
	local golden=$repository/tests/data/golden status=0
	"$LAB_BUILD/hedgerow-export" --model "$golden/2.1.4/classes.ubj" --rows "$golden/rows.csv" --output classes.hgm |
		has "^kernel: *$(uname -r) scores 40 rows, with and without their destination, and 256 vectors"
	"$LAB_BUILD/hedgerow-export" show --json classes.hgm | jq -e --arg release "$(uname -r)" '.parity.kernel ==
		{"release": $release, "vectors": 256, "rows": 40, "differ": 0, "forms": ["table"]}' >/dev/null
	"$LAB_BUILD/hedgerow-export" show classes.hgm | has "kernel  *$(uname -r): 40 rows .* as table: 0 differ"
	"$LAB_BUILD/hedgerow-export" --model "$golden/1.7.6/logistic.json" --rows "$golden/rows.csv" --drop-at 0 --output code.hgm |
		has '^kernel: .* as here, as tables and as code'
	"$LAB_BUILD/hedgerow-export" show --json code.hgm | jq -e '.parity.kernel.forms == ["table", "code"]' >/dev/null
	hr model test --form code --rows "$golden/rows.csv" --json code.hgm | jq -e '.kernel.rows == 40 and .kernel.differ == 0' >/dev/null
	refused '--rows, --dialect and --ignore-columns: go with .model test FILE' hr model load --rows "$golden/rows.csv" code.hgm
	refused 'absent.csv: cannot be read: No such file' hr model test --rows absent.csv code.hgm
	head -c -30 "$golden/rows.csv" >torn.csv # as of a file that grows: says nothing against the model, which would be status 1
	hr model test --rows torn.csv code.hgm 2>said.txt || status=$?
	same "$status $(wc -l <said.txt)" "3 1"
	has 'torn.csv' <said.txt
	hr model test classes.hgm | has '256 vectors score in this kernel as when it was exported'
	hr attach --iface eth0
	hr model load classes.hgm | has 'is in force'
	model_make bare.hgm 'kind>=1000' >/dev/null
	refused 'bare.hgm: no self-test vectors in it; export it again' hr model test bare.hgm
}

t_attach_with_a_bad_model_attaches_nothing() {
	echo nonsense >text.hgm
	refused 'text.hgm: not a model file' hr attach --iface eth0 --model text.hgm
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
	same "$(in_ns server tc filter show dev eth0 egress)" ""
}

# Two groups of trees: behind the first it is clear what becomes of the flow.
t_scores_that_ended_early_are_marked_as_bounds() {
	local -a never=(fpk\>=1000000:10 fpk\>=1000000:10 fpk\>=1000000:10 fpk\>=1000000:10 fpk\>=1000000:10 fpk\>=1000000:10
		fpk\>=1000000:10 fpk\>=1000000:10)
	model_make model.hgm 'fpk>=4:200' "${never[@]}" >/dev/null
	agent --model model.hgm
	udp client -s 1011 -k -c 1
	same "$(hr flows --format json | jq -c '.[] | select(.src_port == 1011).hedgerow | [.score, .score_is]')" '[10,"at_most"]'
	same "$(hr flows --format csv | awk -F, '$4 == 1011' | grep -c ',<=10,pass,')" 1
	udp client -s 1012 -k -i u2000 -c 8
	same "$(hr flows --format json | jq -c '.[] | select(.src_port == 1012).hedgerow | [.score, .score_is]')" '[200,"at_least"]'
	agent_end
	same "$(jq -c 'select(.src_port == 1012 and .hedgerow.verdict).hedgerow | [.score, .score_is]' "$LOG" | sort -u)" '[200,"at_least"]'
	jq -c 'select(.src_port == 1012 and .hedgerow.verdict)' "$LOG" | tail -n 1 | hr explain >told
	expect "the explanation does not say so" grep -q 'score at_least 200' told
}
