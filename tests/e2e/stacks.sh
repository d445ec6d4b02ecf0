# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# The lab's traffic is what its names say: SYNs of other systems, crafted SYNs that a real server answers, rows to train on.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"
for part in stacks crafted; do . "$LAB_HOME/$part.sh"; done

# Lengths of first packets in the rows of a source, each once.
first_lengths() {
	awk -F, -v from="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["src_ip"] == from && $at["packets"] == 1 { print $at["len_max"] }' rows.csv | sort -u | paste -sd' '
}

t_every_stack_sends_syns_of_its_own_length() {
	local i=0 wanted words=("" nots "nots nosack" "nots noscale" "nots nosack noscale mss=536" noscale tfo)
	local lengths=(60 52 48 48 44 56 64)
	for wanted in "${lengths[@]}"; do
		ns_add "stack$i" "2.$((i + 1))"
		# shellcheck disable=SC2086
		ns_stack "stack$i" ${words[i]}
		((++i))
	done
	agent --snapshots rows.csv --snapshot-share 1.0
	for i in "${!lengths[@]}"; do
		in_ns "stack$i" curl ${STACK_TFO[stack$i]:+--tcp-fastopen} --silent "http://$(ns_address server):9/" || true
	done
	agent_end
	for i in "${!lengths[@]}"; do
		same "$(first_lengths "$(ns_address "stack$i")")" "${lengths[i]}"
	done
}

t_an_unknown_word_for_a_stack_is_refused() {
	refused "'nostamps' is none of" ns_stack client nostamps
}

# flows_of PROTO COLUMN
flows_of() {
	awk -F, -v proto="$1" -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["proto"] == proto { print $at[name] }' flows.csv
}

# The server refuses them: their checksums are right.
t_crafted_syns_have_the_length_asked_for_and_are_answered() {
	local length SERVER
	SERVER=$(ns_address server)
	agent --flows-out flows.csv
	for length in 40 44 48 52 56 60 64; do
		attack_flood_options client 1 20 "$length" 9 >/dev/null
	done
	attack_flood_udp_sizes client 1 100 9 >/dev/null
	agent_end
	same "$(flows_of 6 len_max | sort -u | paste -sd' ')" "40 44 48 52 56 60 64"
	same "$(flows_of 6 ans | sort -u)" 1
	expect "flows are missing" test "$(flows_of 6 ans | wc -l)" -ge 100
	expect "datagrams are of few sizes" test "$(flows_of 17 len_max | sort -u | wc -l)" -ge 12
}

# thin STRANGERS: what remains of four rows: a stranger's SYN, his second packet, an attacker's SYN, one with evidence.
thin() {
	printf '%s\n' label,attack,src benign,web,10.7.1.0/24 malicious,flood,10.7.2.1 >labels.csv
	cat >rows_in.csv <<-END
		flow_id,src_ip,packets,s_hs_long,s_unans_long,s_half_long,s_rej_long,kind,len_max,d_unans_long
		1,10.7.1.9,1,0,0,0,0,1,60,7
		1,10.7.1.9,2,0,0,0,0,1,60,7
		2,10.7.2.1,1,0,0,0,0,1,40,7
		3,10.7.1.9,1,0,4,0,0,1,60,0
	END
	awk -F, -v labels=labels.csv -v max=100 -v without=len_max -v strangers="$1" -f "$repository/scripts/demo/kinds.awk" \
		-f "$repository/scripts/demo/thin.awk" rows_in.csv rows_in.csv | tail -n +2 | cut -d, -f 1,3,9 | paste -sd' '
}

t_rows_to_train_on_spare_lengths_and_first_packets_that_cost_a_retry() {
	same "$(thin 1)" "1,1,0 1,2,0 2,1,0 3,1,0"
	same "$(thin 0)" "1,2,0 2,1,0 3,1,0"
}
