#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash
# Virtual cards (virtio_net), as run.sh gives them to the guest: eth0 and eth1 on one wire, eth1 in `peer`; where the host
# has taps, eth2 with two queues and a host that takes and gives bundles, and eth3 like it but for that nothing can end it.
. /scenes/lib

set_up() {
	loads virtio_pci virtio_net sch_ingress cls_bpf
	mkdir -p /run/netns
	ip netns add peer
	ip link set eth1 netns peer
	ip addr add 10.9.0.1/24 dev eth0
	ip -n peer addr add 10.9.0.2/24 dev eth1
	ip link set eth0 addrgenmode none up
	ip -n peer link set eth1 addrgenmode none up
}

tear_down() {
	killall httpd
	hedgerow detach
	ip -n peer link set eth1 netns 1
	ip netns del peer
	for card in eth0 eth1 eth2 eth3; do
		ip link set $card down mtu 1500
		ip addr flush dev $card
	done
	ethtool -K eth0 gro on
	ethtool -L eth2 combined 2
	ethtool -K eth2 rx-gro-hw on
}

# Echoes, and 2 MB by HTTP from the peer, in which both sides send.
peer_talks() {
	ip netns exec peer ping -q -c 3 -W 2 10.9.0.1 >/dev/null
	dd if=/dev/urandom of=file bs=64k count=32 2>/dev/null
	ip netns exec peer httpd -p 5000 -h . # it listens before it goes into the background
	wget -q -O got http://10.9.0.2:5000/file
	cmp file got
}

received() { cat "/sys/class/net/eth0/statistics/rx_packets"; }
packets() { hedgerow status | awk '$1 == "packets" { print $2 }'; }

counts_are_exact_in() { # mode
	local before
	ethtool -K eth0 gro off # in generic mode what GRO bundled is one packet
	hedgerow attach --iface eth0 --xdp-mode "$1" --warm-up 0 >out.txt
	has "^eth0: attached ($1)$" out.txt
	before=$(received)
	same "$(packets)" 0
	peer_talks
	same "$(packets)" $(($(received) - before))
	[ "$(counter pass_flow)" -gt 100 ]
	hedgerow flows >flows.txt
	has '^TCP .* 10.9.0.2:5000 ' flows.txt
}

# Whether native mode will be refused is foretold.
attaches_as_foretold() { # iface
	hedgerow doctor "$1" >foretold.txt
	if grep -q '^slow' foretold.txt; then
		refused "$1: attaching in native mode: .*$2" hedgerow attach --iface "$1" --xdp-mode native
		hedgerow attach --iface "$1" --warm-up 0 >out.txt 2>talk.txt
		has "$1: attached in generic mode, which is slower: the driver refused native mode (.*$2" talk.txt
	else
		hedgerow attach --iface "$1" --xdp-mode native --warm-up 0
	fi
	hedgerow detach --iface "$1"
}

has_taps() { [ -e /sys/class/net/eth2 ] || skip "the host has no taps"; }

t_native_mode_counts_every_packet() { counts_are_exact_in native; }
t_generic_mode_counts_every_packet() { counts_are_exact_in generic; }

t_driver_and_what_is_down_are_told() {
	ip link set eth0 down
	hedgerow doctor eth0 >doctor.txt
	has '^note  eth0: it is down; ip link set dev eth0 up$' doctor.txt
	has '^[a-z]*  eth0: driver virtio_net' doctor.txt
	hasnt '^slow\|^stop' doctor.txt
	ip link set eth0 up
	hedgerow doctor eth0 >doctor.txt
	hasnt 'it is down' doctor.txt
}

t_gro_is_told() {
	hedgerow doctor eth0 >doctor.txt
	has '^note  eth0: GRO is on: no matter in native mode; generic mode would see bundles as single packets; ethtool -K eth0 gro off$' doctor.txt
	ethtool -K eth0 gro off
	hedgerow doctor eth0 >doctor.txt
	hasnt 'GRO is on' doctor.txt
}

t_too_few_queues_on_the_host_are_told() {
	hedgerow doctor eth0 >doctor.txt
	has '^note  eth0: 1 receive queues for 2 CPUs, as many as there are; give the virtual card queues=N on its host$' doctor.txt
	attaches_as_foretold eth0
}

t_too_few_queues_in_use_are_told() {
	has_taps
	ethtool -L eth2 combined 1
	hedgerow doctor eth2 >doctor.txt
	has '^note  eth2: 1 receive queues for 2 CPUs; ethtool -L eth2 combined 2$' doctor.txt
	ethtool -L eth2 combined 2
	hedgerow doctor eth2 >doctor.txt
	hasnt 'receive queues' doctor.txt
	attaches_as_foretold eth2
}

t_large_mtu_is_foretold() {
	ip link set eth0 mtu 9000
	hedgerow doctor eth0 >doctor.txt
	has 'eth0: MTU 9000' doctor.txt
	attaches_as_foretold eth0 'MTU 9000 is more than native XDP takes here in its one buffer; ip link set dev eth0 mtu 3506'
	ip link set eth0 mtu 3506
	hedgerow doctor eth0 >doctor.txt
	hasnt '^slow' doctor.txt
	attaches_as_foretold eth0
}

t_bundles_that_the_driver_ends_are_told() {
	has_taps
	hedgerow doctor eth2 >doctor.txt
	has '^note  eth2: the card bundles packets (rx-gro-hw): no matter in native mode, which ends it; .*; ethtool -K eth2 rx-gro-hw off$' doctor.txt
	attaches_as_foretold eth2
	ethtool -K eth2 rx-gro-hw off
	hedgerow doctor eth2 >doctor.txt
	hasnt 'rx-gro-hw' doctor.txt
}

t_bundles_that_nothing_ends_are_told() {
	has_taps
	hedgerow doctor eth3 >doctor.txt
	has '^slow  eth3: the card bundles packets (rx-gro-hw), nothing here can end it, and drivers refuse native XDP then; give the virtual card ctrl_guest_offloads=on on its host$' doctor.txt
	has '^warn  eth3: generic mode works all the same' doctor.txt
	attaches_as_foretold eth3 'the card bundles packets'
}

scene_run
