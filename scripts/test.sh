#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# test.sh: all tiers of `make test`, one after the other, whatever fails; ends with one line that counts them all.
set -u
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# The recipe's parent make leaves its job server behind; each tier is a build of its own.
unset MAKEFLAGS MFLAGS
jobs=$(nproc)

tier() { # make target
	echo "--- $1"
	make --no-print-directory -j"$jobs" "$1" 2>&1 | tee -a "$log"
	((PIPESTATUS[0] == 0)) || failed=1
}

tier all
tier test-unit
if ((EUID == 0)); then
	tier test-kernel
	tier test-e2e
	tier test-kernels-brief
else
	echo "test: the kernel and end-to-end tiers, and the guests, need root: sudo make test" | tee -a "$log"
	failed=1
fi
awk -v failed="$failed" '
	/^(unit|kernel|e2e|kernels): [0-9]+ passed, [0-9]+ failed/ { p += $2; f += $4; s += $6; tiers++ }
	END {
		if (failed && !f) f = 1 # a tier that broke off counted nothing
		printf "test: %d passed, %d failed, %d skipped\n", p, f, s
		exit f > 0
	}' "$log"
