# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What happens when: a plan of ordinary traffic and attacks at the same time, and whose addresses are whose. Needs lib.sh,
# stacks.sh, servers.sh, ordinary.sh, ordinary_udp.sh, attacks.sh, crafted.sh.
#
#   traffic_plan                              forgets the plan before
#   ordinary NAME A START SECONDS RATE        adds a client: namespace NAME, addresses 10.NET.A.x
#   attack NAME A.B START SECONDS RATE […]    adds an attacker: namespace NAME, address 10.NET.A.B
#                                             NAME is a kind, or several of a kind: web_short.1, web_short.2
#   traffic_labels                            lines `label,attack,src` for a labels file: what comes from where
#   traffic_run                               carries it out; returns when the last client is through
#   traffic_end                               when the last of it should be over, seconds after its start

traffic_plan() {
	TRAFFIC=()
	TRAFFIC_ORDINARY=() TRAFFIC_ATTACKS=()
	TRAFFIC_LABELS=()
	TRAFFIC_END=0
	REQUESTS=$LAB_DIR/requests
	mkdir -p "$REQUESTS" "$LAB_DIR/attacks"
}

traffic_add() {
	TRAFFIC+=("$*")
	(($3 + $4 <= TRAFFIC_END)) || TRAFFIC_END=$(($3 + $4))
}

ordinary() {
	ns_add "$1" "$2.254"
	ns_add_block "$1" "$2"
	TRAFFIC_ORDINARY+=("$1")
	TRAFFIC_LABELS+=("benign,${1%.*},10.$LAB_NET.$2.0/24" "benign,${1%.*},fd00:$LAB_NET::$2:0/112")
	traffic_add ordinary "$1" "$3" "$4" "$5" "$2"
}

attack() {
	ns_add "$1" "$2"
	TRAFFIC_ATTACKS+=("$1")
	TRAFFIC_LABELS+=("malicious,${1%.*},$(ns_address "$1")")
	[[ ${1%.*} != flood_mimic ]] || TRAFFIC_LABELS+=("malicious,flood_mimic,$CRAFTED_BLOCK.0.0.0/8")
	traffic_add attack "$1" "$3" "${@:4}"
}

# Who sent it says what it is. What the server itself begins is neither.
traffic_labels() {
	printf 'skip,,%s\n' "$(ns_address server)" "$(ns_address6 server)" "$(ns_address bridge)"
	printf '%s\n' "${TRAFFIC_LABELS[@]}"
}

traffic_start_one() {
	local side=$1 name=$2 start=$3 seconds=$4 rate=$5
	sleep "$start"
	case $side in
	ordinary) "ordinary_${name%.*}" "$name" "$6" "$seconds" "$rate" ;;
	attack) "attack_${name%.*}" "$name" "$seconds" "$rate" "${@:6}" ;;
	esac
}

traffic_run() {
	local entry pids=()
	for entry in "${TRAFFIC[@]}"; do
		read -ra entry <<<"$entry"
		traffic_start_one "${entry[@]}" >"$LAB_DIR/attacks/${entry[1]}.log" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
}
