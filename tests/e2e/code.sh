# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Models as code: what they do, what becomes of them when the agent goes, and a change of models under traffic.

t_model_as_code_condemns_and_rollback_absolves() {
	local all none
	all=$(model_make all.hgm 'kind>=0') none=$(model_make none.hgm 'kind>=1000')
	hr attach --iface eth0 --mode enforce
	same "$(hr model load none.hgm --form code)" "model $none is in force"
	same "$(pings)" 3
	same "$(hr model load all.hgm --form code)" "model $all is in force"
	hr model show | has "^in force   $all  1 trees of depth 1 as code "
	hr model show | has "^previous   $none  1 trees of depth 1 as code "
	same "$(pings)" 0
	hr model rollback >/dev/null
	same "$(pings)" 3
}

t_form_is_the_file_s_or_as_asked() {
	model_make all.hgm 'kind>=0' >/dev/null
	hr attach --iface eth0 --model all.hgm
	hr model show | has '^in force .* as table '
	hr model load all.hgm --form code >/dev/null
	hr model show | has '^in force .* as code '
	hr model load all.hgm --form code 2>&1 | has 'is in force already'
	hr model load all.hgm --form table >/dev/null
	hr model show | has '^in force .* as table '
	refused "form: 'fast' is no form, wanted auto, table or code" hr model load all.hgm --form fast
}

t_code_lost_with_its_agent_is_made_anew_and_the_tables_stand_in() {
	local id map
	id=$(model_make all.hgm 'kind>=0')
	hr attach --iface eth0 --mode enforce
	hr model load all.hgm --form code >/dev/null
	map=$(in_ns server ip -j link show eth0 | jq '.[0].xdp.prog.id' | xargs bpftool -j prog show id |
		jq '.map_ids[]' | while read -r map; do
			[[ $(bpftool -j map show id "$map" | jq -r .name) != hr_codes ]] || echo "$map"
		done)
	bpftool map delete id "$map" key 0 0 0 0 2>/dev/null || bpftool map delete id "$map" key 1 0 0 0
	hr model show | has "^in force   $id .* as table "
	same "$(pings)" 0
	in_ns server "$hedgerow" run --iface eth0 --keep --log - >/dev/null 2>talk.txt &
	wait_for 5 grep -q ready talk.txt
	hr model show | has "^in force   $id .* as code "
	same "$(pings)" 0
	end_process $! || true
}

# Both models condemn every datagram, so a single one that comes through was judged by none.
t_no_packet_is_missed_while_models_change() {
	local sent=2000 n
	model_make a.hgm 'kind>=0' >/dev/null
	model_make b.hgm 'kind>=0' 'ans>=0:7' >/dev/null
	hr attach --iface eth0 --mode enforce
	hr model load a.hgm --form code >/dev/null
	in_ns client hping3 -2 -q -p ++1 -c $sent -i u1000 "$(ns_address server)" >/dev/null 2>&1 &
	n=0
	while kill -0 $! 2>/dev/null; do
		hr model load b.hgm --form code >/dev/null
		hr model load a.hgm --form code >/dev/null
		hr model load b.hgm --form table >/dev/null
		hr model load a.hgm --form code >/dev/null
		n=$((n + 4))
	done
	((n >= 8))
	same "$(hr_counter pass_flow)" 0
	(($(hr_counter drop_source) + $(hr_counter drop_condemned) >= sent))
}
