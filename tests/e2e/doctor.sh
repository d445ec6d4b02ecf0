# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# What stands in the way is said in one line, with what would help.

. "$repository/tests/e2e/lib/agent.sh"

doctor() { hr doctor "$@"; }

t_good_machine_and_interface() {
	doctor eth0 >out.txt
	has '^good  machine: capabilities: BPF, NET_ADMIN and SYS_ADMIN$' <out.txt
	has '^good  machine: kernel .* has what the programs call$' <out.txt
	has '^good  machine: BPF file system at /sys/fs/bpf$' <out.txt
	has '^good  machine: ip utility, .*libbpf' <out.txt
	has '^good  eth0: driver veth has native XDP, with frames of more than one buffer$' <out.txt
	lacks '^stop\|^slow' <out.txt
	hr attach --iface eth0
	doctor eth0 | has '^good  eth0: carries hedgerow_xdp (id [0-9]*), native mode$'
}

t_without_names_all_interfaces_are_looked_at() {
	interface_add extra
	same "$(doctor | sed -n 's/^[a-z]*  *\([^ :]*\): driver .*/\1/p' | grep -v ifb | sort | paste -sd' ')" "eth0 extra extra-peer lo"
}

t_driver_without_native_mode_is_named_here_and_at_attach() {
	doctor lo | has '^slow  lo: driver .* has no native XDP'
	doctor lo | has '^warn  lo: generic mode works all the same'
	hr attach --iface lo --no-egress 2>talk.txt
	has 'attached in generic mode, .*: driver .* has no native XDP' <talk.txt
}

t_foreign_program_stops_it() {
	printf '%s\n' '#include <linux/bpf.h>' '__attribute__((section("xdp"), used)) int somebody(struct xdp_md *c) { return XDP_PASS; }' \
		'char l[] __attribute__((section("license"), used)) = "GPL";' >foreign.c
	"$(command -v clang-19 || command -v clang)" -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c foreign.c -o foreign.o ||
		skip "no clang"
	xdp_attach server foreign.o
	! doctor eth0 >out.txt
	has '^stop  eth0: carries another program, somebody (id [0-9]*); ip link set dev eth0 xdp off$' <out.txt
	xdp_detach server
	doctor eth0
}

t_missing_interface_stops_it() {
	! doctor nowhere0 >out.txt
	has '^stop  nowhere0: no such interface' <out.txt
}

t_bpf_file_system_is_missed() {
	umount /sys/fs/bpf
	doctor eth0 | has '^note  machine: no BPF file system at /sys/fs/bpf: the agent needs none, and `ip link … xdp obj` mounts one there$'
	xdp_attach server "$object"
	doctor eth0 | has '^good  machine: BPF file system at /sys/fs/bpf$'
}

t_ip_without_libbpf_is_told() {
	mkdir path
	printf '#!/bin/sh\necho "ip utility, iproute2-5.4.0"\n' >path/ip
	chmod +x path/ip
	PATH=$PWD/path:$PATH doctor eth0 | has '^note  machine: `ip` is built without libbpf (ip utility, iproute2-5.4.0)'
}

t_missing_capabilities_stop_it() {
	local status=0
	in_ns server setpriv --bounding-set -net_admin,-sys_admin --inh-caps -net_admin,-sys_admin "$hedgerow" doctor eth0 >out.txt || status=$?
	same "$status" 1
	has '^stop  machine: capabilities missing: NET_ADMIN, SYS_ADMIN; run it as root$' <out.txt
}

t_offloads_that_distort_what_xdp_sees_are_named() {
	in_ns server ethtool -K eth0 rxvlan on 2>/dev/null || skip "veth has no rxvlan here"
	doctor eth0 | has '^note  eth0: VLAN tags are taken off before XDP sees them (rxvlan), .*; ethtool -K eth0 rxvlan off$'
	in_ns server ethtool -K eth0 rxvlan off
	doctor eth0 | lacks 'VLAN tags'
	in_ns server ethtool -K eth0 gro on
	doctor eth0 | has '^note  eth0: GRO is on'
	in_ns server ethtool -K eth0 gro off
	doctor eth0 | lacks 'GRO is on'
}

t_queues_are_asked_for_by_the_name_that_the_driver_has() {
	in_ns server ip link add many numrxqueues 2 numtxqueues 2 type veth peer name many-peer numrxqueues 2 numtxqueues 2
	in_ns server ethtool -L many rx 1 2>/dev/null || skip "ethtool sets no queues here"
	(($(nproc) > 1)) || skip "one CPU"
	doctor many | has '^note  many: 1 receive queues for [0-9]* CPUs; ethtool -L many rx 2$'
	in_ns server ethtool -L many rx 2
	doctor many | lacks 'ethtool -L'
}

t_scopes_for_tags_that_the_card_takes_off_are_told() {
	local told='eth0: VLAN tags are taken off before XDP sees them (rxvlan), so the scope for VLAN 7 fits no flow'
	in_ns server ethtool -K eth0 rxvlan on 2>/dev/null || skip "veth has no rxvlan here"
	hr attach --iface eth0 2>talk.txt
	lacks 'VLAN' <talk.txt
	hr scope add lan --mode monitor --vlan 7 2>talk.txt
	has "warning: $told .*; ethtool -K eth0 rxvlan off\$" <talk.txt
	doctor eth0 | has "^warn  $told"
	agent
	has "warning: $told" <"$TALK"
	agent_end
	in_ns server ethtool -K eth0 rxvlan off
	hr scope add lan --mode monitor --vlan 7 2>talk.txt
	lacks 'VLAN' <talk.txt
	doctor eth0 | lacks 'VLAN tags'
	in_ns server ethtool -K eth0 rxvlan on
	interface_add extra
	hr scope add lan --mode monitor --vlan 7 --on extra 2>talk.txt
	lacks 'eth0: VLAN' <talk.txt
}

t_large_mtu_asks_for_the_other_section() {
	in_ns server ip link set eth0 mtu 9000
	doctor eth0 | has '^note  eth0: MTU 9000: attach section xdp.frags, as the agent does$'
}
