# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Real stacks that send fragments, jumbo frames, tunnels.

flow_lines() { # FILTER: of each flow between client and server, by jq
	hr flows --format json | jq -c "[.[] | $1]"
}

t_fragments_are_counted_with_their_datagram() {
	hr attach --iface eth0
	in_ns client hping3 -1 -q -c 3 -i u20000 -d 4000 10.7.0.2 2>&1 | has '3 packets received'
	same "$(flow_lines '[.src_ip, .dest_ip, .flow.pkts_toserver, .flow.pkts_toclient]')" '[["10.7.1.1","10.7.0.2",9,9]]'
	same "$(hr_counter fragments_joined)" 12 # two later ones of three requests, and of three replies
	same "$(hr_counter fragments_apart)" 0
}

# A plain program is refused there: what does not fit one page needs the one for several buffers.
t_jumbo_frames_keep_native_mode() {
	ip netns add inner
	interface_add extra
	in_ns server ip link set extra-peer netns inner
	in_ns server ip link set extra mtu 9000
	in_ns inner ip link set extra-peer mtu 9000 up
	in_ns server ip address add 10.9.0.1/24 dev extra
	in_ns inner ip address add 10.9.0.2/24 dev extra-peer
	same "$(hr attach --iface extra)" "extra: attached (native)"
	in_ns server ip -d link show extra | has hedgerow_frags
	in_ns inner hping3 -1 -q -c 3 -i u20000 -d 8000 10.9.0.1 2>&1 | has '3 packets received'
	same "$(flow_lines 'select(.dest_ip == "10.9.0.1") | [.flow.pkts_toserver, .flow.bytes_toserver, .flow.bytes_toclient]')" \
		'[[3,24084,24084]]'
	hr detach
	! in_ns server ip link set dev extra xdp obj "$object" sec xdp 2>/dev/null
	in_ns server ip link set dev extra xdp obj "$object" sec xdp.frags
	in_ns inner hping3 -1 -q -c 3 -i u20000 -d 8000 10.9.0.1 2>&1 | has '3 packets received'
	same "$(hr_status '.interfaces[0].xdp_mode')" native
}

t_tunnels_are_keyed_by_the_inner_flow_when_asked() {
	local side
	in_ns client ip link add vx0 type vxlan id 42 dstport 4789 local 10.7.1.1 remote 10.7.0.2 dev eth0 2>/dev/null ||
		skip "this kernel has no vxlan"
	in_ns server ip link add vx0 type vxlan id 42 dstport 4789 local 10.7.0.2 remote 10.7.1.1 dev eth0
	for side in client server; do
		in_ns "$side" ip link set vx0 addrgenmode none up
	done
	in_ns client ip address add 172.16.0.1/24 dev vx0
	in_ns server ip address add 172.16.0.2/24 dev vx0
	hr attach --iface eth0 --tunnels inner
	in_ns client hping3 -1 -q -c 3 -i u20000 172.16.0.2 2>&1 | has '3 packets received'
	same "$(flow_lines 'select(.src_ip == "172.16.0.1") | [.dest_ip, .tunnel, .flow.pkts_toserver, .flow.pkts_toclient]')" \
		'[["172.16.0.2","vxlan 42",3,3]]'
	hr settings --tunnels outer | has '^tunnels  *outer$'
	in_ns client hping3 -1 -q -c 3 -i u20000 172.16.0.2 2>&1 | has '3 packets received'
	flow_lines 'select(.dest_port == 4789) | .flow.pkts_toserver' | has '3'
	refused "\-\-tunnels: 'both'" hr settings --tunnels both
}
