# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Export: every flow exactly once, with every packet, however it ended; scored vectors as rows of the same flows.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

column() { awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$1"; }
sum() { awk '{ n += $1 } END { print n + 0 }'; }

# The server answers TCP with RST and UDP with an ICMP error, which belongs to no flow of its own.
t_every_flow_is_exported_once_with_all_its_packets() {
	local flows counted restarted
	agent --flows-out flows.csv --snapshots rows.csv --timeout-udp 1 --timeout-tcp-closed 1 --poll-interval 100ms
	udp client -i u5000 -c 200               # 200 flows of a packet
	syns client -p 9 -s 1234 -k -i u20000 -c 20 # one key, begun 20 times
	sleep 2
	in_ns client hping3 -1 -q -i u20000 -c 30 "$(ns_address server)" >/dev/null 2>&1 || true # runs when the agent ends
	counted=$(hr_counter flows_begun) restarted=$(hr_counter flows_restarted)
	agent_end
	flows=$(column flows.csv flow_id | sort -u | wc -l)
	expect "no flow began anew" test "$restarted" -ge 19
	same "$flows" "$((counted + restarted))"
	same "$(column flows.csv flow_id | wc -l)" "$flows"
	same "$(column flows.csv packets | sum)" $((200 + 20 * 2 + 30 * 2))
	same "$(comm -13 <(column flows.csv flow_id | sort -u) <(column rows.csv flow_id | sort -u))" ""
	expect "there are no vectors" test "$(column rows.csv flow_id | wc -l)" -ge "$flows"
	expect "the long flow was not scored at packet 32" test "$(awk -F, '$7 == 1 { last = $9 } END { print last }' rows.csv)" -ge 32
}

t_rows_are_added_to_rows_and_to_nothing_else() {
	agent --flows-out flows.csv
	agent_end
	agent --flows-out flows.csv
	agent_end
	same "$(grep -c ^flow_id flows.csv)" 1
	echo not,these,columns >other.csv
	refused 'other.csv: .*other columns' hr run --iface eth0 --log "$LOG" --flows-out other.csv
	same "$(cat other.csv)" not,these,columns
}
