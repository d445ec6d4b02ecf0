#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The whole loop on real traffic, in a lab of network namespaces: count, train, compile, judge, drop. Prints a table and
# leaves everything it measured in a folder, summary.json for machines. Exit status 0 when all bars are met.
#
#   demo.sh [FOLDER]      default: build/demo
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/demo/folder.sh

demo_fail() {
	echo "demo: $*" >&2
	exit 1
}

[[ $# -le 1 && ${1-} != -* ]] || demo_fail "takes one folder to write to, given '$*'"
[[ $EUID -eq 0 ]] || demo_fail "needs root, to make network namespaces; run it with sudo"
[[ ${DEMO_SECONDS:-300} =~ ^[1-9][0-9]*$ ]] || demo_fail "DEMO_SECONDS is a whole number of seconds that the demo may take, not '$DEMO_SECONDS'; 300 is the default"
out=$(realpath -m -- "${1:-build/demo}")
[[ ! ${1-} ]] || folder_check demo "$out"
for file in hedgerow.bpf.o hedgerow hedgerow-train hedgerow-export lab/meter.bpf.o; do
	[[ -e build/$file ]] || demo_fail "build/$file is not built; run make"
done
for tool in jq bpftool nginx dnsmasq curl dnsperf dig iperf3 socat logger tcpdump nmap hping3 trafgen slowhttptest hydra; do
	command -v "$tool" >/dev/null || demo_fail "$tool is not installed; run scripts/setup.sh demo"
done

[[ ${1-} ]] || rm -rf "$out" # our own
folder_take demo "$out"
echo "demo: about 5 minutes; everything it measures goes to $out"
exec scripts/lab.sh run scripts/demo/main.sh "$out"
