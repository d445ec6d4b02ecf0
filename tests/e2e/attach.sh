# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Attaching, adopting, detaching.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

t_attach_is_native_and_counts_both_directions() {
	same "$(hr attach --iface eth0)" "eth0: attached (native)"
	same "$(pings)" 3
	same "$(hr_counter pass_flow)" 3
	(($(hr_counter egress_packets) >= 3)) || fail "what leaves is not counted" # the link itself may say something
	same "$(hr flows --format json | jq -c '[.[] | [.src_ip, .dest_ip, .flow.pkts_toserver, .flow.pkts_toclient]]')" \
		'[["10.7.1.1","10.7.0.2",3,3]]'
}

t_generic_mode_is_attached_when_asked_for() {
	hr attach --iface eth0 --xdp-mode generic
	same "$(hr_status '.interfaces[0].xdp_mode')" generic
	same "$(pings)" 3
	same "$(hr_counter pass_flow)" 3
	hr detach
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
}

# The loopback has no XDP of its own.
t_generic_mode_is_the_way_out_and_says_why() {
	hr attach --iface lo --no-egress 2>talk.txt
	grep -q 'lo: attached in generic mode, .* the driver refused native mode' talk.txt
	same "$(hr_status '.interfaces[0].xdp_mode')" generic
	hr detach
	refused 'lo: attaching in native mode: ' hr attach --iface lo --xdp-mode native
	[[ $(in_ns server ip link show lo) != *xdp* ]]
}

t_detach_leaves_nothing_behind() {
	in_ns server tc qdisc add dev eth0 clsact # somebody else's
	hr attach --iface eth0
	same "$(hr detach)" "eth0: detached"
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
	same "$(in_ns server tc filter show dev eth0 egress)" ""
	in_ns server tc qdisc show dev eth0 | has clsact
	! ls /sys/fs/bpf/hr_* 2>/dev/null
}

t_second_attach_is_refused_and_changes_nothing() {
	hr attach --iface eth0
	local before
	before=$(hr_status '.interfaces[0].program_id')
	refused "eth0: the program is attached already" hr attach --iface eth0
	interface_add extra
	refused "eth0: the program is attached already" hr attach --iface extra --iface eth0
	[[ $(in_ns server ip link show extra) != *xdp* ]]
	same "$(hr_status '.interfaces[0].program_id')" "$before"
}

t_foreign_program_is_named_and_left_alone() {
	local foreign=$PWD/foreign.o
	printf '%s\n' '#include <linux/bpf.h>' '__attribute__((section("xdp"), used)) int somebody(struct xdp_md *c) { return XDP_PASS; }' \
		'char l[] __attribute__((section("license"), used)) = "GPL";' >foreign.c
	"$(command -v clang-19 || command -v clang)" -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c foreign.c -o "$foreign" ||
		skip "no clang"
	xdp_attach server "$foreign"
	refused 'eth0: carries another program, somebody ' hr attach --iface eth0
	refused 'eth0: carries another program, somebody ' hr status --iface eth0
	refused 'eth0: carries another program, somebody ' hr detach --iface eth0
	in_ns server ip link show eth0 | has 'name somebody'
}

t_adopts_what_ip_link_attached() {
	xdp_attach server "$object"
	same "$(pings)" 3
	same "$(hr_counter pass_flow)" 3
	hr block add 10.7.1.1
	hr settings --mode enforce >/dev/null
	same "$(pings)" 0
	hr detach
	same "$(pings)" 3
}

# Pins of another attachment lie where anyone who went by path would find them.
t_adopts_by_program_and_not_by_stale_pins() {
	xdp_attach server "$object"
	xdp_detach server
	hr attach --iface eth0 --no-egress
	pings >/dev/null
	same "$(hr_counter pass_flow)" 3
	same "$(bpftool map dump -j pinned /sys/fs/bpf/xdp/globals/hr_flows | jq length)" 0
}

t_pins_keep_nothing_that_drops_once_detached() {
	xdp_attach server "$object"
	model_make all.hgm 'kind>=0' >/dev/null
	hr settings --mode enforce >/dev/null
	hr block add "$(ns_address client)" >/dev/null
	hr detach --iface eth0
	xdp_attach server "$object"
	same "$(hr_status .mode)" monitor
	same "$(hr block list | wc -l)" 0
	same "$(pings)" 3
	same "$(hr_counter drop_blocked)" 0
}

# `ip link … xdp off` is no detach: what the docs warn of.
suspended_by() { [[ $(hr_status .suspended) == "$1" ]]; }

t_ip_link_off_leaves_settings_and_lists_in_pins() {
	xdp_attach server "$object"
	hr settings --mode enforce >/dev/null
	suspended_by warm-up # no matter whether a packet came first
	hr block add 192.0.2.1 >/dev/null
	xdp_detach server
	xdp_attach server "$object"
	same "$(hr_status .mode)" enforce
	same "$(hr block list | wc -l)" 1
	hr detach >/dev/null
	xdp_attach server "$object"
	same "$(hr_status .mode)" monitor
	same "$(hr block list)" ""
	xdp_detach server
	{ hr detach --iface eth0 2>&1 || true; } | has 'left behind: tables pinned below /sys/fs/bpf/tc/globals, mode monitor; .* hedgerow detach$'
}

t_pins_of_code_forms_go_with_the_pins_that_ip_link_left() {
	xdp_attach server "$object"
	model_make drop.hgm 'kind>=0' >/dev/null
	hr model load drop.hgm --form code >/dev/null
	in_ns server ls /sys/fs/bpf/hedgerow | has '^codes-'
	xdp_detach server
	hr detach | has 'pinned tables removed'
	same "$(in_ns server ls /sys/fs/bpf/hedgerow 2>/dev/null || true)" ""
}

# No agent is there to say that they have missed something.
t_ip_link_over_pins_enforces_after_a_warm_up() {
	model_make hostile.hgm 'kind>=0' >/dev/null
	xdp_attach server "$object"
	agent --model hostile.hgm --mode enforce
	agent_end # leaves its companion there
	same "$(pings)" 0
	hr settings --warm-up 5s >/dev/null
	wait_for 8 suspended_by none
	same "$(pings)" 0
	xdp_detach server
	xdp_attach server "$object"
	same "$(pings)" 3
	suspended_by warm-up
	same "$(hr_status .mode)" enforce
	hr status | has 'suspended .*warming up: verdicts are enforced in [0-5] s'
	hr block add 10.7.1.1 >/dev/null # what the operator says holds at once
	same "$(pings)" 0
	hr block del 10.7.1.1 >/dev/null
	wait_for 8 suspended_by none
	same "$(pings)" 0
}

pins_there() { find /sys/fs/bpf/ -name 'hr_*' | wc -l; } # the lab's own, and nobody else's

t_detach_of_the_last_takes_the_pins_away_and_of_another_leaves_them() {
	interface_add extra
	xdp_attach server "$object"
	in_ns server ip link set dev extra xdp obj "$object" sec xdp
	(($(pins_there) > 20))
	hr block add 192.0.2.1 >/dev/null
	same "$(hr detach --iface extra)" "extra: detached"
	same "$(hr block list | wc -l)" 1
	hr detach --iface eth0 | has '^/sys/fs/bpf/tc/globals: [0-9]* pinned tables removed$'
	same "$(pins_there)" 0
}

# What the same tables do in another network namespace is not ended from here.
t_detach_leaves_tables_that_another_namespace_works_on() {
	xdp_attach server "$object"
	nsenter --net=/run/netns/client ip link set dev eth0 xdp obj "$object" sec xdp
	hr block add 192.0.2.1 >/dev/null
	hr detach 2>&1 | has 'another program works on the same tables, .*: mode, model and lists stay'
	(($(pins_there) > 20))
	same "$(in_ns client "$hedgerow" block list | wc -l)" 1
	in_ns client "$hedgerow" detach >/dev/null
	same "$(pins_there)" 0
}

t_what_ip_link_off_leaves_is_told_of_and_removed() {
	xdp_attach server "$object"
	agent --mode enforce # leaves its companion there
	agent_end
	same "$(hr_status .left_behind)" null
	xdp_detach server
	refused 'no program attached here; left behind: companion at TC egress on eth0; tables pinned below /sys/fs/bpf/tc/globals, mode enforce; attached by `ip link` again, .* goes on with .* To remove them all: hedgerow detach$' hr status
	refused 'eth0: no program attached; left behind: .* hedgerow detach$' hr settings --iface eth0 --mode monitor
	hr doctor eth0 >said.txt
	has '^warn  machine: tables without a program are pinned below /sys/fs/bpf/tc/globals, mode enforce: .* hedgerow detach$' <said.txt
	has '^warn  eth0: carries the companion at TC egress without its program' <said.txt
	interface_add extra
	hr attach --iface extra
	hr_status .left_behind | has '"companions"'
	same "$(hr_status '.left_behind | [.companions[0], .pins[0].folder, .pins[0].mode] | join(" ")')" "eth0 /sys/fs/bpf/tc/globals enforce"
	hr status | has '^left behind  *companion at TC egress on eth0\. To remove it: hedgerow detach --iface eth0$'
	hr detach >/dev/null
	same "$(in_ns server tc filter show dev eth0 egress)" ""
	same "$(pins_there)" 0
	[[ $(in_ns server ip link show extra) != *xdp* ]]
	refused "no program attached here" hr detach
}

# `hedgerow detach` would take that program off, and the pins with it.
# What the advice is for: the pinned mode does not come back.
t_enforce_mode_that_ip_link_off_left_is_ended_by_what_status_advises() {
	local advice
	xdp_attach server "$object"
	agent --mode enforce
	agent_end
	xdp_detach server
	advice=$(hr settings --mode monitor 2>&1 || true)
	same "$(wc -l <<<"$advice") ${advice##*: }" "1 hedgerow detach"
	hr "${advice##*hedgerow }" >/dev/null
	xdp_attach server "$object"
	same "$(hr_status .mode)" monitor
	same "$(in_ns server tc filter show dev eth0 egress)" ""
}

t_no_advice_to_detach_is_given_beside_a_program() {
	xdp_attach server "$object"
	hr settings --mode enforce >/dev/null
	xdp_detach server
	interface_add extra
	hr attach --iface extra
	hr status >said.txt
	hr doctor eth0 extra >>said.txt
	hr status --iface eth0 >>said.txt 2>&1 || true
	hr detach --iface eth0 >>said.txt 2>&1 || true
	lacks 'pinned\|hedgerow detach' <said.txt
	same "$(hr_status '.left_behind.pins[0].mode')" enforce
	in_ns server ip link show extra | has hedgerow_xdp
	hr detach --iface extra >/dev/null
	hr doctor eth0 | has '^warn  machine: tables without a program are pinned below /sys/fs/bpf/tc/globals, mode enforce: '
	hr detach | has 'pinned tables removed'
}

t_companion_beside_a_program_is_removed_alone() {
	interface_add extra
	hr attach --iface extra
	hr attach --iface eth0
	xdp_detach server
	hr status | has '^left behind companion at TC egress on eth0. To remove it: hedgerow detach --iface eth0$'
	interface_add third
	refused '^hedgerow: error: third: no program attached; attach it first: hedgerow attach --iface third$' hr status --iface third
	refused 'eth0: no program attached; left behind: companion at TC egress on eth0. To remove it: hedgerow detach --iface eth0$' hr status --iface eth0
	hr detach --iface eth0
	same "$(hr_status .left_behind)" null
	in_ns server ip link show extra | has hedgerow_xdp
}

agent_is() { [[ $(hr_status .agent.state) == "$1" ]]; }

t_status_says_whether_an_agent_runs() {
	hr attach --iface eth0
	agent_is none
	hr status | has '^agent  *none: nobody writes the verdict log; to start one: hedgerow run --iface IF$'
	agent --poll-interval 100ms
	agent_is runs
	hr status | has '^agent  *runs$'
	kill -KILL "$AGENT"
	wait_for 5 agent_is silent
	hr status | has '^agent  *silent for [0-9]* s, since 20.*; --dead-agent keep: the program goes on as it is$'
	hr_status '.agent.silent_s > 2 and (.agent.silent_since | length) > 20' | has true
	hr settings --dead-agent monitor --dead-after 1h >/dev/null
	hr status | has '^agent  *silent .*; --dead-agent monitor: in 3[0-9]* s the model.s verdicts are enforced nowhere$'
	hr settings --dead-after 2 >/dev/null
	hr status | has '^agent  *silent .*; --dead-agent monitor: the model.s verdicts are enforced nowhere until one runs$'
	agent --poll-interval 100ms
	agent_is runs
	agent_end
	agent_is none
}

t_name_of_a_model_lives_in_the_pins() {
	model_make first.hgm 'kind>=1000' >/dev/null
	model_make second.hgm 'kind>=1001' >/dev/null
	xdp_attach server "$object"
	hr model load first.hgm >/dev/null
	hr model load second.hgm >/dev/null
	xdp_detach server
	xdp_attach server "$object"
	hr model show | has '^in force .* from second.hgm$'
	hr model show | has '^previous .* from first.hgm$'
	hr model rollback >/dev/null
	same "$(hr_status .model_file)" first.hgm
}

t_adopts_without_any_pins() {
	xdp_attach server "$object"
	umount /sys/fs/bpf # as the end of the mount namespace does in which `ip netns exec … ip link` ran
	pings >/dev/null
	same "$(hr_counter pass_flow)" 3
}

t_attaches_without_bpffs() {
	umount /sys/fs/bpf
	hr attach --iface eth0
	same "$(pings)" 3
	same "$(hr_counter pass_flow)" 3
}

t_interfaces_share_tables() {
	interface_add extra
	hr attach --iface eth0
	hr attach --iface extra
	same "$(hr_status '[.interfaces[].iface] | sort | join(" ")')" "eth0 extra"
	same "$(hr_status '[.interfaces[].program_id] | unique | length')" 1
	hr detach --iface eth0
	same "$(hr_status '.interfaces[].iface')" extra
	hr detach
	refused "no program attached here; attach it first" hr status
}

t_instances_have_tables_of_their_own() {
	interface_add extra
	hr attach --iface eth0
	hr attach --iface extra --instance second
	refused 'interfaces with tables of their own: .*; say which with --iface' hr status
	same "$(hr status --json --iface extra | jq -r .instance)" second
	hr block add 192.0.2.1 --iface extra
	same "$(hr block list --iface eth0)" ""
	interface_add third
	refused "eth0: carries the program of the default instance, not of 'second'; leave --instance out, or take it off" \
		hr run --iface eth0 --log log --instance second
	refused "extra: carries the program of instance 'second', not of 'third'; leave --instance out or give it second, or" \
		hr run --iface extra --log log --instance third
	hr attach --iface third --instance second
	same "$(hr status --json --iface third | jq -r '[.interfaces[].iface] | sort | join(" ")')" "extra third"
}

# `ip link` loads a program for each interface, but their pinned tables are the same.
t_programs_of_ip_link_share_what_the_agent_remembers() {
	interface_add extra
	xdp_attach server "$object"
	in_ns server ip link set dev extra xdp obj "$object" sec xdp
	model_make drop.hgm 'kind>=0' >/dev/null
	hr model load drop.hgm --iface extra >/dev/null
	same "$(hr_status '.interfaces | length')" 2
	hr model show --iface eth0 | has 'in force .* from drop.hgm'
}

t_table_sizes_are_as_asked() {
	hr attach --iface eth0 --max-flows 5000 --max-sources 600 --max-dests 700
	same "$(hr_status .flows.max)" 5000
	interface_add extra
	hr attach --iface extra --max-flows 6000 2>said.txt >/dev/null
	has 'max-flows, .*: the tables exist already and keep their sizes, 5000, 600 and 700; to have others: hedgerow detach' <said.txt
	same "$(in_ns server bpftool map show name hr_sources -j | jq -c '[.. | .max_entries? // empty] | unique | index(600) != null')" true
}

t_flows_survive_what_only_looks_at_them() {
	hr attach --iface eth0
	pings >/dev/null
	for _ in 1 2 3; do
		same "$(hr flows --format csv | tail -n +2 | wc -l)" 1
	done
	same "$(hr flows --clear)" "1 flows forgotten"
	same "$(hr_status .flows.present)" 0
	same "$(hr_status .flows.evicted)" 0
}

t_evictions_are_published() {
	hr attach --iface eth0 --max-flows 1000
	for _ in 1 2 3 4; do # the fourth packet of each flow admits it to the flow table
		in_ns client hping3 -2 -q -s 4321 -k -p ++1 -c 4000 -i u100 10.7.0.2 >/dev/null 2>&1 || true
	done
	local begun present
	begun=$(hr_counter flows_begun) present=$(hr_status .flows.present)
	((begun == 4000 && present <= 1000))
	same "$(hr_status .flows.evicted)" $((begun - present))
}

t_settings_change_while_packets_run() {
	hr attach --iface eth0 --mode enforce --timeout-udp 7
	same "$(hr_status .mode)" enforce
	hr settings --mode monitor --checkpoints 1,4 --condemn-for 10m --breaker-share 0.29 --snapshot-share 10% >said.txt
	has '^breaker-share  *29%, at least 20 flows$' <said.txt
	has '^snapshot-share  *10%$' <said.txt
	same "$(hr_status '[.mode, .settings.checkpoints, .settings.condemn_for_s + 0, .settings.timeout_s.udp + 0] | map(tostring) | join(" ")')" "monitor 1,4 600 7"
}

# The server routes between two of its interfaces, with hooks on both: each packet passes two of them.
t_routed_packet_is_counted_once() {
	interface_add extra
	ip netns add inner
	in_ns server ip link set extra-peer netns inner
	in_ns server ip address add 10.9.0.1/24 dev extra
	in_ns inner ip link set extra-peer up
	in_ns inner ip address add 10.9.0.2/24 dev extra-peer
	in_ns inner ip route add default via 10.9.0.1
	in_ns client ip route add 10.9.0.0/24 via 10.7.0.2
	ns_sysctl server net.ipv4.ip_forward=1
	hr attach --iface eth0 --iface extra
	in_ns client hping3 -1 -q -c 5 -i u20000 10.9.0.2 2>&1 | has '5 packets received'
	same "$(hr flows --format json | jq -c '[.[] | select(.dest_ip == "10.9.0.2") | [.flow.pkts_toserver, .flow.pkts_toclient]]')" '[[5,5]]'
	same "$(hr_status '[.counters.pass_flow, .counters.pass_seen_elsewhere] | @csv')" 10,0
	(($(hr_counter egress_packets) >= 10)) # ARP leaves, too
	hr detach
	# Without the companions every packet is seen by one hook, and the flow looks the same.
	hr attach --iface eth0 --iface extra --no-egress
	in_ns client hping3 -1 -q -c 5 -i u20000 10.9.0.2 2>&1 | has '5 packets received'
	same "$(hr flows --format json | jq -c '[.[] | select(.dest_ip == "10.9.0.2") | [.flow.pkts_toserver, .flow.pkts_toclient]]')" '[[5,5]]'
}

t_companion_is_not_taken_for_attached_where_a_qdisc_ingress_stands() {
	in_ns server tc qdisc add dev eth0 ingress
	refused 'a qdisc `ingress` stands where the egress companion needs clsact' hr attach --iface eth0
	same "$(in_ns server ip -d link show eth0 | grep -c prog/xdp || true)" 0
	same "$(in_ns server tc filter show dev eth0 ingress | grep -c hedgerow || true)" 0
	hr attach --iface eth0 --no-egress
	same "$(hr_status '.interfaces[0].egress')" false
}

t_companion_of_a_program_that_is_gone_is_replaced_or_detached() {
	hr attach --iface eth0
	xdp_detach server
	hr attach --iface eth0
	same "$(pings)" 3
	(($(hr_counter egress_packets) >= 3))
	same "$(in_ns server tc filter show dev eth0 egress | grep -c 'hedgerow_egress:')" 1
	xdp_detach server
	same "$(hr detach --iface eth0)" "eth0: detached the companion, all that was there"
	same "$(in_ns server tc filter show dev eth0 egress)" ""
	refused "eth0: no program attached" hr detach --iface eth0
}

# Which of the two depends on the kernel; what it does where it loads is tested in guests.
t_dispatcher_is_used_or_refused_and_nothing_attached() {
	if hr attach --iface eth0 --dispatcher >/dev/null 2>talk.txt; then
		same "$(hr_status '.interfaces[0].dispatcher')" true
		hr detach
		return
	fi
	same "$(wc -l <talk.txt)" 1
	has '^hedgerow: error: --dispatcher: this kernel refuses the programs of type ext that it works with; attach without it$' <talk.txt
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
}

column_of() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } NR > 1 { print $at }' | sort -u; }

# A feature must not mean something else in silence.
t_records_say_when_answers_are_not_seen() {
	model_make mild.hgm 'kind>=0:60' >/dev/null # logs, drops nothing
	agent --no-egress --model mild.hgm --snapshots rows.csv --flows-out flows.csv --poll-interval 100ms
	pings >/dev/null
	same "$(hr_status .settings.answers)" unseen
	same "$(hr flows --format csv | column_of answers)" unseen
	same "$(hr flows --format json | jq -r '.[].hedgerow.answers' | sort -u)" unseen
	agent_end
	same "$(column_of answers <rows.csv)" unseen
	same "$(column_of answers <flows.csv)" unseen
	same "$(jq -r 'select(.hedgerow.state == "started" or .hedgerow.verdict == "log").hedgerow.answers' "$LOG" | sort | uniq -c | xargs)" "2 unseen"
	rm rows.csv flows.csv "$LOG"
	agent --model mild.hgm --snapshots rows.csv --flows-out flows.csv --poll-interval 100ms
	pings >/dev/null
	same "$(hr_status .settings.answers)" seen
	same "$(hr flows --format csv | column_of answers)" seen
	agent_end
	same "$(column_of answers <rows.csv)" seen
	same "$(column_of answers <flows.csv)" seen
	same "$(jq -r 'select(.hedgerow.state == "started").hedgerow.answers' "$LOG")" seen
	same "$(jq -r 'select(.hedgerow.verdict == "log").hedgerow.answers' "$LOG" | sort -u)" null
}
