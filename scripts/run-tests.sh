#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run-tests.sh TIER PROGRAM…: runs cmocka programs one after the other, shows what failed or was skipped, and ends with
# one line that counts tests.
set -u
tier=$1
shift
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program; do
	name=$(basename "$program")
	"$program" >"$log" 2>&1
	status=$?
	ok=$(grep -c '^\[       OK \]' "$log") bad=$(grep -c '^\[  FAILED  \] [a-z_]*$' "$log")
	skip=$(grep -c '^\[  SKIPPED \] [a-z_]*$' "$log")
	# cmocka repeats failed and skipped tests in its summary: count the names once
	bad=$(grep '^\[  FAILED  \]' "$log" | grep -v 'test(s)' | sort -u | wc -l)
	skip=$(grep '^\[  SKIPPED \]' "$log" | grep -v 'test(s)' | sort -u | wc -l)
	if ((status != 0 && bad == 0)); then
		bad=1 # it died
	fi
	printf '%-10s %-28s %3d passed, %d failed, %d skipped\n' "$tier" "$name" "$ok" "$bad" "$skip"
	if ((bad)); then
		sed 's/^/    /' "$log"
	elif ((skip)); then
		grep -A1 '^\[  SKIPPED \]\|^skip:' "$log" | sed 's/^/    /'
	fi
	grep '^# ' "$log"
	((passed += ok, failed += bad, skipped += skip))
done
echo "$tier: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
