#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh [--check] IFACE: `make run`: monitor mode on a real NIC with the starter model. Nothing is dropped. --check only
# says whether it could: `make` asks before it installs and builds.
set -eu
cd "$(dirname "$0")/.."
check=
if [[ ${1:-} == --check ]]; then
	check=1
	shift
fi
iface=${1:-}
log=${HEDGEROW_LOG:-/var/log/hedgerow/verdicts.jsonl}
model=deploy/starter-model/starter.hgm

if [[ -z $iface ]]; then
	echo "run: which interface? For example: sudo make run IFACE=eth0 (there are: $(ls /sys/class/net | paste -sd' '))" >&2
	exit 2
fi
if [[ ! -e /sys/class/net/$iface ]]; then
	echo "run: no interface '$iface' (there are: $(ls /sys/class/net | paste -sd' '))" >&2
	exit 2
fi
if ((EUID != 0)); then
	echo "run: needs root, to attach a program to $iface: sudo make run IFACE=$iface" >&2
	exit 1
fi
[[ -z $check ]] || exit 0
cat <<TEXT
Hedgerow watches $iface in monitor mode: it logs what it would drop and drops nothing.
  verdicts:  sudo tail -f $log
  state:     sudo build/hedgerow status
When the log has convinced you, load a model trained on your own traffic and switch to enforce, in another terminal:
  sudo build/hedgerow model load FILE && sudo build/hedgerow settings --mode enforce
The starter model knows a lab only: its card, deploy/starter-model/card.md, says what it gets wrong. For UDP that it does not know:
  sudo build/hedgerow scope add udp --mode monitor --proto udp     keeps it from being dropped when the rest is
Ctrl-C stops and detaches.
TEXT
exec build/hedgerow run --iface "$iface" --mode monitor --model "$model" --log "$log"
