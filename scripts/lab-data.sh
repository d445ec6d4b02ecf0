#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lab-data.sh [--seed N] [--jobs N] [--only KIND[/VARIANT],…] [--list] [--resume] [FOLDER]: captures of real tools in labs, with
# labels. With --resume FOLDER keeps what an earlier run made, and only what is missing of the plan is made.
#
# Each capture comes from a lab of its own (scripts/lab.sh), so that several are made at a time. What there is stands in
# scripts/lab/data/kinds.txt. Writes into FOLDER (build/lab-data): SIDE/KIND-VARIANT.pcap, labels.csv for `hedgerow replay`,
# manifest.csv (a line for each capture), kinds.csv (a line for each kind), overlays/ (lists for `hedgerow replay --merge`).
# A kind whose tools are not there is skipped, and said to be. Fails when a capture does.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/demo/folder.sh
PATH=$PATH:/usr/sbin:/sbin:/usr/lib/nagios/plugins:$(echo /usr/lib/postgresql/*/bin)
seed=1 jobs=$((4 * $(nproc))) only='' is_list='' is_resumed='' folder=build/lab-data

fail() {
	echo "lab-data: $*" >&2
	exit 1
}

number() { [[ $2 =~ ^[0-9]{1,9}$ ]] || fail "$1: '$2' will not do, wanted a whole number"; }

while (($#)); do
	case $1 in
	--seed | --jobs) number "$1" "${2-}" ;;&
	--seed) seed=$2 ;;
	--jobs) jobs=$2 ;;
	--only) only=${2-} ;;
	--list) is_list=1 ;;
	--resume) is_resumed=1 ;;
	--*) fail "no such option: $1; there are --seed, --jobs, --only, --list and --resume" ;;
	*) folder=$1 ;;
	esac
	[[ $1 == --seed || $1 == --jobs || $1 == --only ]] && shift
	shift
done
((jobs > 0)) || fail "--jobs: '0' will not do, wanted 1 or more"

# Lines `number kind side variant tools`, of which --only leaves some. The number stays a capture's own whatever is left out.
plan() {
	awk -v only="$only" '
		BEGIN { n = split(only, word, ","); for (i = 1; i <= n; i++) wanted[word[i]] }
		/^#/ { next }
		{
			variants = split($3, variant, ",")
			for (v = 1; v <= variants; v++) {
				at++
				if (!n || $1 in wanted || ($1 "/" variant[v]) in wanted) {
					print at, $1, $2, variant[v], $4
					delete wanting[$1]; found[$1]; found[$1 "/" variant[v]]
				}
			}
		}
		END { for (w in wanted) if (!(w in found)) { print "lab-data: --only: no kind or variant is called " w | "cat >&2"; exit 1 } }
	' scripts/lab/data/kinds.txt
}

tools_missing() {
	local tool missing=
	for tool in ${1//,/ } tcpdump ethtool nginx dnsmasq iperf3 socat; do
		command -v "$tool" >/dev/null || missing+=" $tool$(awk -v tool="$tool" '$1 == tool { print " (" $2 ")" }' scripts/lab/data/tools.txt)"
	done
	echo "$missing"
}

# One capture: a line of the plan. A second try when the machine was too slow to keep every packet.
capture() { # number, kind, side, variant, tools
	local name=$3/$2-$4 net=$((2 + $1 % 250)) missing got='' status=made own server
	local at=$folder/.parts/$2-$4.line
	[[ ! -e $at ]] || ! grep -q ,made, "$at" || return 0
	[[ $4 == *6 ]] && server=fd00:$net::0:2 || server=10.$net.0.2
	own=$(($(cksum <<<"$seed $2 $4" | cut -d' ' -f1) % 1000000))
	missing=$(tools_missing "$5")
	if [[ $missing ]]; then
		status="not installed:$missing"
	elif ! got=$(capture_try "$own" "$net" "$@") && ! got=$(capture_try "$own" "$net" "$@"); then
		status=failed got=
	fi
	[[ $got ]] || got=,,,,,
	echo "$name.pcap,$2,$3,$4,${5//,/ },$own,$status,${got%%,*},$server,${got#*,}" >"$at"
	[[ $status == made ]] || echo "lab-data: $name: $status" >&2
}

capture_try() { # seed, network, line of the plan
	timeout -k 5 330 scripts/lab.sh run scripts/lab/data/capture.sh "$4" "$6" "$1" "$2" "$folder/$5/$4-$6.pcap" \
		2>"$folder/.parts/$4-$6.log" || {
		tail -n 5 "$folder/.parts/$4-$6.log" >&2
		return 1
	}
}

captures_make() {
	local line running=0
	while read -ra line; do
		((running < jobs)) || {
			wait -n || true
			((--running))
		}
		capture "${line[@]}" </dev/null &
		((++running))
	done < <(plan | sort -k3,3 -s | awk '{ print ($2 == "scan_slow" ? 0 : 1), $0 }' | sort -s -k1,1n | cut -d' ' -f2-)
	wait
}

# The lines of all captures there are. What is planned and has none has failed, whatever ended it.
lines_collect() {
	local number kind side variant tools
	cat "$folder"/.parts/*.line || true
	while read -r number kind side variant tools; do
		[[ ! -e $folder/.parts/$kind-$variant.line ]] || continue
		echo "lab-data: $side/$kind-$variant: number $number of the plan came to no end" >&2
		echo "$side/$kind-$variant.pcap,$kind,$side,$variant,${tools//,/ },,failed,,,,,,,"
	done < <(plan)
}

if [[ $is_list ]]; then
	plan | awk '{ print $2 "/" $4 "\t" $3 "\t" $5 }'
	exit
fi
plan >/dev/null || exit 1
[[ -x build/hedgerow && -x build/lab/relay ]] || fail "build/hedgerow or build/lab/relay is missing; run make lab-data"
[[ $EUID -eq 0 ]] || fail "needs root, to make network namespaces; run it with sudo"
folder=$(realpath -m -- "$folder")
[[ $is_resumed && -d $folder/.parts ]] || folder_take lab-data "$folder"
mkdir -p "$folder"/{.parts,honest,scan,flood,session,live,overlays}
captures_make

# Written anew, not over: a copy of the folder by hard links keeps what it has.
rm -f "$folder"/overlays/*.txt "$folder"/{labels,manifest,kinds}.csv "$folder/.plan"
lines_collect >"$folder/.plan"
{
	echo capture,label,attack,malicious_hosts,other_flows
	awk -F, -v OFS=, '$7 == "made" {
		print $1, $3 == "honest" ? "benign" : "malicious", $2, $8, $3 == "live" ? "benign" : $8 == "" ? "" : "skip"
	}' "$folder/.plan"
} >"$folder/labels.csv"
# A row for each flow, at its first packet.
build/hedgerow replay --labels "$folder/labels.csv" --checkpoints 1 --rows - "$folder" |
	awk -v folder="$folder" -f scripts/lab/data/manifest.awk - "$folder/.plan"
awk -v seed="$seed" -v folder="$folder/overlays" -f scripts/lab/data/overlays.awk "$folder/manifest.csv"
awk -F, 'NR > 1 { of[$4]++; with[$4] += $3 } END { for (c in of) printf "lab-data: %s: %d kinds, %d flows\n", c == "yes" ? "count" : "do not count", of[c], with[c] }' \
	"$folder/kinds.csv"
echo "lab-data: $(grep -c ,made "$folder/manifest.csv") captures in $folder in $SECONDS s"
! grep -q ,failed "$folder/manifest.csv"
