#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# The program beside others, under the dispatcher of libxdp, on a pair of veth interfaces: v0 here, v1 in `peer`.
. /scenes/lib

set_up() {
	loads veth sch_ingress cls_bpf
	mkdir -p /run/netns
	ip netns add peer
	ip link add v0 type veth peer name v1 netns peer
	ip addr add 10.9.0.1/24 dev v0
	ip -n peer addr add 10.9.0.2/24 dev v1
	ip link set v0 addrgenmode none up
	ip -n peer link set v1 addrgenmode none up
}

tear_down() {
	xdp-loader unload v0 --all
	xdp-loader unload w0 --all
	ip link del v0
	ip link del w0
	ip netns del peer
	rm -rf /sys/fs/bpf/xdp /sys/fs/bpf/hedgerow /sys/fs/bpf/xdp-filter
}

peer_pings() { ip netns exec peer ping -q -c 3 -W 1 10.9.0.1 >pings.txt; }

peer_is_deaf() {
	if peer_pings; then
		echo "the peer was answered"
		return 1
	fi
}

filter_load() { xdp-filter load v0 -m skb -f tcp,ipv4 "$@" >/dev/null; }

t_alone_under_a_dispatcher_of_its_own() {
	hedgerow attach --iface v0 --dispatcher --warm-up 0 >out.txt
	has '^v0: attached (native)$' out.txt
	xdp-loader status v0 >loader.txt
	has 'xdp_dispatcher' loader.txt
	has '20 *hedgerow_xdp.*XDP_PASS' loader.txt
	hedgerow status >status.txt
	has '^v0 *native XDP, program [0-9]* under libxdp.s dispatcher, what leaves is counted too$' status.txt
	hedgerow doctor v0 >doctor.txt
	has '^good  v0: carries hedgerow_xdp (id [0-9]*), native mode, under the dispatcher of libxdp$' doctor.txt
	peer_pings
	same "$(counter pass_flow)" 3
	hedgerow detach --iface v0
	xdp-loader status v0 >loader.txt
	has 'No XDP program loaded' loader.txt
	refused 'no program attached' hedgerow status
	peer_pings
}

t_another_program_joins_later_and_the_flows_stay() {
	hedgerow attach --iface v0 --dispatcher --xdp-mode generic --warm-up 0
	peer_pings
	filter_load
	xdp-loader status v0 >loader.txt
	has '10 *xdpfilt' loader.txt
	has '20 *hedgerow_xdp' loader.txt
	peer_pings
	same "$(counter pass_flow)" 6
	xdp-filter ip 10.9.0.2 -m src
	peer_is_deaf
	same "$(counter pass_flow)" 6
	xdp-filter unload v0
	peer_pings
	same "$(counter pass_flow)" 9
	hedgerow detach
}

t_joins_a_program_that_is_there() {
	filter_load
	! hedgerow doctor v0 >doctor.txt
	has '^stop  v0: carries the dispatcher of libxdp (id [0-9]*) with other programs; attach with --dispatcher, or take them off' doctor.txt
	refused 'v0: carries the dispatcher of libxdp (id [0-9]*) with other programs; --dispatcher puts this one beside them' \
		hedgerow attach --iface v0
	hedgerow attach --iface v0 --dispatcher --warm-up 0 >out.txt
	has '^v0: attached (generic)$' out.txt
	peer_pings
	same "$(counter pass_flow)" 3
	hedgerow detach --iface v0
	xdp-loader status v0 >loader.txt
	has 'xdpfilt' loader.txt
	hasnt 'hedgerow' loader.txt
}

t_what_it_drops_no_other_program_sees() {
	hedgerow attach --iface v0 --dispatcher --xdp-mode generic --warm-up 0 --mode enforce
	filter_load
	hedgerow block add 10.9.0.2/32
	peer_is_deaf
	same "$(counter drop_blocked)" 3
	same "$(counter pass_flow)" 0
}

t_agent_adopts_it_and_the_model_s_tables_are_walked() {
	hedgerow attach --iface v0 --dispatcher --warm-up 0
	hedgerow model load /model.hgm --form code 2>talk.txt
	has 'no code form under the dispatcher of libxdp; its tables are walked' talk.txt
	hedgerow model show >model.txt
	has 'in force .* as table' model.txt
	hedgerow run --iface v0 --log log.jsonl --warm-up 0 2>talk.txt &
	for _ in 1 2 3 4 5 6 7 8 9 10; do grep -q ready talk.txt && break || sleep 1; done
	has ready talk.txt
	peer_pings
	kill -INT $!
	wait $!
	same "$(counter pass_flow)" 3
	[ "$(counter scores)" -ge 2 ]
}

t_two_interfaces_share_their_tables() {
	ip link add w0 type veth peer name w1 netns peer
	ip link set w0 addrgenmode none up
	ip -n peer link set w1 addrgenmode none up
	hedgerow attach --iface v0 --iface w0 --dispatcher --warm-up 0
	hedgerow status >status.txt
	same "$(grep -c 'under libxdp.s dispatcher' status.txt)" 2
	peer_pings
	same "$(counter pass_flow w0)" 3
	hedgerow detach
	xdp-loader status >loader.txt
	hasnt hedgerow loader.txt
}

t_put_there_by_the_loader_of_libxdp_it_is_adopted() {
	xdp-loader load -m skb v0 /hedgerow-member.bpf.o -s xdp
	hedgerow status >status.txt
	has '^v0 *generic XDP, program [0-9]* under libxdp.s dispatcher, what leaves is not counted$' status.txt
	peer_pings
	same "$(counter pass_flow)" 3
	hedgerow detach --iface v0
	rm -f /sys/fs/bpf/hr_*
}

t_large_frames_too() {
	ip -n peer link set v1 mtu 9000
	ip link set v0 mtu 9000
	hedgerow attach --iface v0 --dispatcher --warm-up 0
	xdp-loader status v0 >loader.txt
	has 'hedgerow_frags' loader.txt
	ip netns exec peer ping -q -c 3 -s 8000 -W 1 10.9.0.1
	same "$(counter pass_flow)" 3
}

t_shares_tables_with_a_program_that_stands_alone() {
	hedgerow attach --iface v0 --warm-up 0
	ip link add w0 type veth peer name w1 netns peer
	hedgerow attach --iface w0 --dispatcher --warm-up 0
	peer_pings
	same "$(counter pass_flow w0)" 3
	hedgerow status >status.txt
	same "$(grep -c 'under libxdp.s dispatcher' status.txt)" 1
	hedgerow detach --iface v0
	refused 'v0: the tables in use are those of a program under libxdp.s dispatcher; give --dispatcher here too' \
		hedgerow attach --iface v0
	hedgerow attach --iface v0 --instance other --warm-up 0
	hedgerow detach --iface w0
	hedgerow detach --iface v0
}

scene_run
