#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh [FILE…]: end-to-end tests, each in a lab of its own. A test is a function whose name begins with t_ in a file of
# this folder (harness says what it may call), or a whole file without such functions. run.sh FILE… runs only those
# files, run.sh FILE:NAME only that function. Prints "ok", "not ok" or "skip" for each, the output of those that failed,
# and a closing line.
set -u
cd "$(dirname "$0")/../.." || exit
e2e=tests/e2e
[[ $EUID -eq 0 ]] || {
	echo "e2e: needs root, to make network namespaces; run it with sudo" >&2
	exit 1
}
[[ -x build/hedgerow && -x build/$e2e/lib/model_make ]] || {
	echo "e2e: build/hedgerow or build/$e2e/lib/model_make is missing; run make test-e2e" >&2
	exit 1
}
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run_one() { # file [function]
	local name status script=$1
	name=$(basename "$1" .sh)${2+:${2#t_}}
	[[ ${2-} ]] && script=$e2e/harness
	E2E_FILE=$1 E2E_TEST=${2-} timeout -k 5 180 scripts/lab.sh run "$script" >"$log" 2>&1
	status=$?
	case $status in
	0)
		echo "ok $name"
		((++passed))
		;;
	77)
		echo "skip $name $(tail -n 1 "$log")"
		((++skipped))
		;;
	*)
		echo "not ok $name (exit status $status)"
		sed 's/^/    /' "$log"
		((++failed))
		;;
	esac
}

(($#)) || set -- "$e2e"/*.sh
for wanted; do
	file=${wanted%%:*}
	[[ $(basename "$file") != run.sh ]] || continue
	[[ -r $file ]] || file=$e2e/$(basename "$file" .sh).sh
	found=$(sed -n 's/^\(t_[a-z0-9_]*\)() {.*/\1/p' "$file" 2>/dev/null)
	[[ $wanted == *:* ]] && found=$(grep -x "t_${wanted#*:}" <<<"$found")
	if [[ ! -r $file || ($wanted == *:* && ! $found) ]]; then
		echo "not ok $wanted: no such test"
		((++failed))
		continue
	fi
	[[ $found ]] || run_one "$file"
	for test in $found; do
		run_one "$file" "$test"
	done
done
echo "e2e: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
