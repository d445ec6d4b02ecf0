#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bench-replay.sh: what `hedgerow replay` needs to make rows of a capture, beside what nfpcapd (nfdump) needs to make its
# flow file of it, and softflowd its NetFlow export. The capture is all Ethernet captures of $CAPTURES laid over one
# another and repeated to a million packets. CPU and wall time, the least of three rounds each.
set -euo pipefail
cd "$(dirname "$0")/.."
hedgerow=$PWD/build/hedgerow
captures=$(realpath "${CAPTURES:-../shared/data/captures}" 2>/dev/null || true)
rounds=3

[[ -d $captures ]] || {
	echo "bench-replay: skipped: no captures; CAPTURES=FOLDER names some" >&2
	exit 0
}
[[ $EUID -eq 0 ]] || {
	echo "bench-replay: needs root, for a network of its own; run it with sudo" >&2
	exit 1
}
# softflowd exports to an address where nobody listens.
[[ ${BENCH_REPLAY-} ]] || exec env BENCH_REPLAY=1 unshare --net "$0" "$@"
ip link set lo up

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# True for a classic pcap of link type 1.
is_ethernet() {
	local word
	word=$(od -An -tx4 -N4 "$1" | tr -d ' ')
	case $word in
	a1b2c3d4 | a1b23c4d) word=$(od -An -tu4 -j20 -N4 "$1") ;;
	d4c3b2a1 | 4d3cb2a1) word=$(od -An -tu4 --endian=big -j20 -N4 "$1") ;;
	*) return 1 ;;
	esac
	((word == 1))
}

while read -r file; do
	is_ethernet "$file" && echo "$file" >>"$dir/list"
done < <(find "$captures" -name '*.pcap' | sort)
"$hedgerow" replay --merge --align --repeat 4 --write "$dir/all.pcap" "$dir/list" 2>"$dir/log"
packets=$(sed -n 's/.*captures\{0,1\}, \([0-9]*\) packets.*/\1/p' "$dir/log")
((packets >= 1000000)) || {
	echo "bench-replay: only $packets packets in $captures, wanted a million" >&2
	exit 1
}

run() {
	case $1 in
	replay) "$hedgerow" replay --rows "$dir/out/rows.csv" "$dir/all.pcap" ;;
	nfpcapd) nfpcapd -r "$dir/all.pcap" -w "$dir/out" -t 86400 ;;
	softflowd) timeout 120 softflowd -r "$dir/all.pcap" -n 127.0.0.1:9 -d -p "$dir/out/pid" -c none ;;
	esac >"$dir/log" 2>&1
}

# The least wall and CPU time of one program, in milliseconds.
measure() {
	local TIMEFORMAT='%R %U %S' i
	for ((i = 0; i < rounds; i++)); do
		rm -rf "$dir/out"
		mkdir "$dir/out"
		{ time run "$1"; } 2>>"$dir/$1.times" || {
			echo "bench-replay: $1 failed: $(tail -n 1 "$dir/log")" >&2
			return 1
		}
	done
	awk '{ w = $1 * 1000; c = ($2 + $3) * 1000 }
		NR == 1 || w < wall { wall = w } NR == 1 || c < cpu { cpu = c }
		END { printf "%d %d\n", wall, cpu }' "$dir/$1.times"
}

echo "$(grep -c . "$dir/list") captures, $packets packets, $(du -m "$dir/all.pcap" | cut -f1) MB, $(nproc) CPUs:" \
	"$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)"
printf '%-10s %10s %10s %14s  %s\n' program "wall ms" "CPU ms" "CPU ns/packet" "replay: wall, CPU"
declare -A wall cpu
for program in replay nfpcapd softflowd; do
	times=$(measure "$program")
	wall[$program]=${times% *} cpu[$program]=${times#* }
done
for program in replay nfpcapd softflowd; do
	awk -v p="$program" -v w="${wall[$program]}" -v c="${cpu[$program]}" -v rw="${wall[replay]}" \
		-v rc="${cpu[replay]}" -v n="$packets" \
		'BEGIN { printf "%-10s %10d %10d %14d  %.2f, %.2f times\n", p, w, c, c * 1e6 / n, rw / w, rc / c }'
done
