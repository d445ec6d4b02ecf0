#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# table.sh: what verifier_test said, as the table of docs/kernels.md.
awk '
	function thousands(n) { return n < 1000 ? n : sprintf("%s,%03d", thousands(int(n / 1000)), n % 1000) }
	$1 == "#" && $2 == "verifier" {
		kernel = $3
		sub(/^[0-9]+\.[0-9]+/, "&\n", kernel)
		sub(/\n.*/, "", kernel)
		if (!rows++) {
			print "| kernel | compiler | object | program | instructions processed | states | peak states | stack | BPF code | JITed |"
			print "|---|---|---|---|---|---|---|---|---|---|"
		}
		printf "| %s | %s | `%s` | `%s` | %s | %s | %s | %s | %s | %s |\n", kernel, $4, $5, $6, thousands($7), thousands($9), thousands($11),
			$13, thousands($15), thousands($17)
	}'
