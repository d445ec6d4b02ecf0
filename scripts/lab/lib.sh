# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What a script in the lab may call (scripts/lab.sh run SCRIPT sources this file first).
#
#   lab_up NET                   a bridge with 10.NET.0.1, and namespace `server` with 10.NET.0.2 on its eth0, which also
#                                answers at 10.NET.0.128 to .255
#   ns_add NAME A.B              one more namespace: eth0 with 10.NET.A.B; B must be 1 to 254
#   ns_add_block NAME A          NAME may also send from any address in 10.NET.A.0/24 (curl --interface, dig -b, …)
#   lab_down                     ends what runs in the namespaces, removes them and every BPF pin
#
#   in_ns NAME COMMAND…          runs a command with the network of NAME, but with the lab's mounts, so that pins stay
#   ns_start NAME LOG COMMAND…   the same in the background, output to LOG; process id in $!
#   ns_sysctl NAME KEY=VALUE…    e.g. ns_sysctl server net.ipv4.tcp_syncookies=1
#   ns_address NAME              its IPv4 address; ns_address6: its IPv6 address, fd00:NET::A:B; ns_mac: its MAC address
#   wait_for SECONDS COMMAND…    tries every 50 ms until it succeeds; fails after that time
#   ns_end_all NAME              ends everything that runs in NAME
#   end_process PID [SECONDS]    SIGTERM, then SIGKILL after 5 s or so; waits; returns its exit status
#
#   xdp_attach NAME OBJECT       ip link set dev eth0 xdp obj OBJECT sec xdp, in namespace NAME
#   xdp_detach NAME
#   meter_attach NAME…           counts the packets that these namespaces send and what of them gets to the server's stack
#   meter_read                   JSON: {"NAME": {"first_ns","sent","sent_late","reached","reached_late",…}, …}
#
# Everything is on one link: the bridge keeps MAC addresses, so a flood of invented addresses still shows who sent it.
# Every default route leads to the bridge, which swallows what is not meant for 10.NET.0.0/16. $LAB_DIR is scratch space,
# $LAB_HOME this folder, $LAB_BUILD the build folder. The script runs with `set -euo pipefail`.
set -euo pipefail

LAB_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_BUILD=$(cd "$LAB_HOME/../.." && pwd)/build
export LAB_HOME LAB_BUILD
LAB_NET=
declare -A LAB_HOST=() # namespace -> A.B

[[ ${LAB-} ]] || {
	echo "lab/lib.sh: not in a lab; run the script with scripts/lab.sh run" >&2
	exit 1
}

in_ns() {
	local name=$1
	shift
	nsenter --net="/run/netns/$name" "$@"
}

ns_start() {
	local name=$1 log=$2
	shift 2
	nsenter --net="/run/netns/$name" "$@" >"$log" 2>&1 </dev/null &
}

ns_sysctl() {
	local name=$1 setting path pairs=()
	shift
	for setting; do
		path=${setting%%=*}
		pairs+=("/proc/sys/${path//.//}" "${setting#*=}")
	done
	# shellcheck disable=SC2016
	in_ns "$name" sh -ec 'while [ $# -gt 0 ]; do printf "%s\n" "$2" >"$1"; shift 2; done' sh "${pairs[@]}"
}

ns_address() { echo "10.$LAB_NET.${LAB_HOST[$1]}"; }
ns_address6() { echo "fd00:$LAB_NET::${LAB_HOST[$1]/./:}"; }
ns_mac() {
	local host=${LAB_HOST[$1]}
	printf '02:00:00:%02x:%02x:%02x\n' "$LAB_NET" "${host%.*}" "${host#*.}"
}

wait_for() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < until)) || return 1
		sleep .05
	done
}

end_process() {
	local pid=$1 left=$((${2:-5} * 20)) status=0
	kill -TERM "$pid" 2>/dev/null || true
	while ((left-- > 0)) && kill -0 "$pid" 2>/dev/null; do
		sleep .05
	done
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || status=$? # 127: not a child of this shell
	return "$status"
}

lab_up() {
	LAB_NET=$1
	LAB_HOST=([bridge]=0.1)
	ip link add br0 address "$(ns_mac bridge)" type bridge forward_delay 0 mcast_snooping 0
	ip link set br0 addrgenmode none up
	ip address add "$(ns_address bridge)/16" dev br0
	ip address add "$(ns_address6 bridge)/64" dev br0 nodad
	ns_add server 0.2
	ns_sysctl server net.ipv4.tcp_syncookies=1 net.ipv4.tcp_max_syn_backlog=4096 net.core.somaxconn=4096
}

# Two lines for `ip -batch`: where to find namespace $1, so that nobody has to ask.
ns_neighbour_lines() {
	printf 'neighbour replace %s lladdr %s dev eth0\n' "$(ns_address "$1")" "$(ns_mac "$1")" "$(ns_address6 "$1")" "$(ns_mac "$1")"
}

ns_add() {
	local name=$1
	LAB_HOST[$name]=$2
	ip netns add "$name"
	ip link add "$name" type veth peer name eth0 netns "$name" address "$(ns_mac "$name")"
	ip link set "$name" addrgenmode none master br0 up
	ns_sysctl "$name" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_local_port_range='20000 60999'
	in_ns "$name" ip -batch - <<-END
		link set lo up
		link set eth0 addrgenmode none up
		address add $(ns_address "$name")/16 dev eth0
		address add $(ns_address6 "$name")/64 dev eth0 nodad
		route add default via $(ns_address bridge)
		route add default via $(ns_address6 bridge)
		$(ns_neighbour_lines bridge)
	END
	if [[ $name == server ]]; then
		in_ns server ip route add local "10.$LAB_NET.0.128/25" dev lo
		return
	fi
	ns_neighbour_lines server | in_ns "$name" ip -batch -
	in_ns "$name" ip route add "10.$LAB_NET.0.128/25" via "$(ns_address server)"
	ns_neighbour_lines "$name" | in_ns server ip -batch -
}

ns_add_block() {
	local block=10.$LAB_NET.$2.0/24 block6=fd00:$LAB_NET::$2:0/112
	ns_sysctl "$1" net.ipv6.ip_nonlocal_bind=1
	in_ns "$1" ip -batch - <<-END
		route add local $block dev lo
		route add local $block6 dev lo
	END
	in_ns server ip route add "$block" via "$(ns_address "$1")"
	in_ns server ip route add "$block6" via "$(ns_address6 "$1")"
}

# Ends everything that runs in a namespace.
ns_end_all() {
	local pid pids
	pids=$(ip netns pids "$1")
	for pid in $pids; do kill -TERM "$pid" 2>/dev/null || true; done
	for pid in $pids; do end_process "$pid" 1 || true; done
}

ns_remove() {
	ns_end_all "$1"
	ip link delete "$1" 2>/dev/null || true
	ip netns delete "$1"
}

lab_down() {
	local name pids=()
	for name in "${!LAB_HOST[@]}"; do
		[[ $name != bridge ]] || continue
		ns_remove "$name" &
		pids+=($!)
	done
	wait "${pids[@]}"
	ip link delete br0
	LAB_HOST=()
	umount /sys/fs/bpf
	mount -t bpf lab /sys/fs/bpf
}

xdp_attach() { in_ns "$1" ip link set dev eth0 xdp obj "$2" sec xdp; }
xdp_detach() { in_ns "$1" ip link set dev eth0 xdp off; }

# The meter is pinned by tools that every Debian has, so that it owes nothing to the programs it measures.
meter_attach() {
	local name pins=/sys/fs/bpf/lab_meter
	if [[ ! -d $pins ]]; then
		mkdir "$pins" "$pins/maps"
		bpftool prog loadall "$LAB_BUILD/lab/meter.bpf.o" "$pins/progs" pinmaps "$pins/maps"
		in_ns server tc qdisc show dev eth0 | grep -q clsact || in_ns server tc qdisc add dev eth0 clsact
		in_ns server tc filter add dev eth0 ingress bpf direct-action object-pinned "$pins/progs/meter_reached"
	fi
	for name; do
		tc qdisc add dev "$name" clsact
		tc filter add dev "$name" ingress bpf direct-action object-pinned "$pins/progs/meter_sent"
	done
}

meter_read() {
	local name names=
	for name in "${!LAB_HOST[@]}"; do
		names+="$(ns_mac "$name") $name"$'\n'
	done
	bpftool map dump -j pinned /sys/fs/bpf/lab_meter/maps/lab_meter | jq --arg names "$names" '
		($names | split("\n") | map(select(. != "") | split(" ") | {(.[0]): .[1]}) | add) as $name |
		def hex: ("0123456789abcdef" | split("")) as $d | [$d[. / 16 | floor], $d[. % 16]] | add;
		[.[].formatted | {($name[.key.mac | map(hex) | join(":")] // "other"): .value}] | add // {}'
}
