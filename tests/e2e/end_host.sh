# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# An end host asks its sockets before it drops: floods that begin without a SYN end here, connections lose nothing.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

# Whatever did not begin with a SYN is malicious, says the model: only sockets tell a connection from a flood.
no_syn_model() { model_make model.hgm --source-flows 4 'kind>=2' 'l4_class>=1' >/dev/null; }

t_ack_flood_is_dropped_and_evicted_connections_lose_no_packet() {
	no_syn_model
	ns_add attacker 3.5
	connections_open 200
	hr attach --iface eth0 --mode enforce --warm-up 0 --model model.hgm --max-flows 4096 --end-host yes
	same "$(echoes)" 200
	connections_evict 10.7.1.1 attacker
	in_ns attacker hping3 -A -q --rand-source -p 9000 -i u100 -c 5000 "$(ns_address server)" >/dev/null 2>&1 || true
	same "$(echoes)" 200
	same "$(connections_seen 10.7.1.1)" "[200,0]"
	(($(hr_counter drop_destination) > 4500))
	(($(hr_counter unawaited) > 4500))
}

t_ack_flood_passes_where_nobody_said_that_this_is_an_end_host() {
	no_syn_model
	ns_add attacker 3.5
	hr attach --iface eth0 --mode enforce --warm-up 0 --model model.hgm
	in_ns attacker hping3 -A -q --rand-source -p 81 -i u100 -c 2000 "$(ns_address server)" >/dev/null 2>&1 || true
	same "$(hr_counter drop_destination)" 0
	same "$(hr_counter unawaited)" 0
}

t_connections_over_ipv6_are_told_from_a_scan() {
	no_syn_model
	ns_add attacker 3.5
	connections_open 200 "$(ns_address6 server)"
	hr attach --iface eth0 --mode enforce --warm-up 0 --model model.hgm --max-flows 4096 --end-host yes --ipv6-prefix 128 # they share a /64
	same "$(echoes)" 200
	connections_evict fd00:7::1:1 attacker
	in_ns attacker nmap -6 -n -Pn -sA -T5 --max-retries 0 --min-rate 2000 -p 1-2000 "$(ns_address6 server)" >/dev/null
	same "$(echoes)" 200
	same "$(connections_seen fd00:7::1:1)" "[200,0]"
	(($(hr_counter unawaited) > 1800))
}

answered_queries() { # how many; each from a port of its own
	local n answered=0
	for ((n = 0; n < $1; n++)); do
		[[ $(echo "query $n" | in_ns client socat -T 1 - "UDP:$(ns_address server):53") != "query $n" ]] || ((++answered))
	done
	echo "$answered"
}

t_reflected_datagrams_are_dropped_and_queries_answered() {
	no_syn_model
	ns_add attacker 3.5
	ns_start server dns.txt socat UDP4-RECVFROM:53,fork,reuseaddr EXEC:cat
	wait_for 5 in_ns server bash -c 'ss -lun | grep -q :53'
	agent --poll-interval 100ms --mode enforce --model model.hgm --end-host yes
	in_ns attacker hping3 -2 -q --rand-source -k -s 53 -p 40000 -i u200 -c 4000 "$(ns_address server)" >/dev/null 2>&1 || true
	(($(hr_counter unawaited) > 3600))
	same "$(hr_counter drop_destination)" "$(hr_counter unawaited)"
	answered_queries 1 >/dev/null
	same "$(answered_queries 10)" 10
	agent_end
	jq -e -n 'first(inputs | select(.hedgerow.action == "drop" and .hedgerow.unawaited and .dest_port == 40000))' "$LOG" >/dev/null
	same "$(log_sum 'select(.hedgerow.unawaited and .dest_port == 53) | 1')" 0
}

t_setting_is_shown_and_what_speaks_against_it_is_told() {
	local told='eth0: --end-host yes, but it forwards IPv4 .net.ipv4.conf.eth0.forwarding.: .*hedgerow settings --end-host no'
	hr attach --iface eth0 --end-host yes 2>talk.txt
	lacks 'end-host' <talk.txt
	same "$(hr_status .settings.end_host)" true
	hr status | has '^settings .*; an end host: sockets are asked$'
	hr settings | has '^end-host  *yes$'
	refused "\-\-end-host: 'maybe' is none of: no, yes" hr settings --end-host maybe
	ns_sysctl server net.ipv4.conf.eth0.forwarding=1
	hr doctor eth0 | has '^warn  eth0: --end-host is yes, but it forwards IPv4'
	hr settings --end-host yes 2>talk.txt >/dev/null
	has "warning: $told" <talk.txt
	hr settings --end-host no 2>talk.txt | has '^end-host  *no$'
	lacks 'end-host' <talk.txt
	same "$(hr_status .settings.end_host)" false
	hr doctor eth0 | has '^note  eth0: --end-host yes would be wrong here: it forwards IPv4'
	unshare --mount --propagation unchanged sh -c 'mount -t sysfs sysfs /sys && exec "$1" doctor server' _ "$hedgerow" >out.txt || true
	has '^note  server: --end-host yes would be wrong here: it carries br0' <out.txt
}
