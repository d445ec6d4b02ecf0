#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh IFACE: `make run`: monitor mode on a real NIC with the starter model. Nothing is dropped.
set -eu
cd "$(dirname "$0")/.."
iface=${1:-}
log=${HEDGEROW_LOG:-/var/log/hedgerow/verdicts.jsonl}
model=deploy/starter-model/starter.hgm

if [[ -z $iface ]]; then
	echo "run: which interface? For example: sudo make run IFACE=eth0 (there are: $(ls /sys/class/net | paste -sd' '))" >&2
	exit 2
fi
cat <<TEXT
Hedgerow watches $iface in monitor mode: it logs what it would drop and drops nothing.
  verdicts:  tail -f $log
  state:     sudo build/hedgerow status
When the log has convinced you, switch to enforce:
  sudo build/hedgerow run --iface $iface --mode enforce --model $model --log $log
Ctrl-C stops and detaches.
TEXT
exec build/hedgerow run --iface "$iface" --mode monitor --model "$model" --log "$log"
