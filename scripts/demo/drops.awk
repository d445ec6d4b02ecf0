# SPDX-License-Identifier: BSD-2-Clause
# The time of the first drop of each kind, CLOCK_MONOTONIC seconds; with kinds.awk. Input: source, seconds, fraction.
# `shift` holds a wall-clock time and the monotonic time of the same moment.
BEGIN { kind_load(); split(shift, clock, " ") }
{
	at = $2 + $3 - clock[1] + clock[2]
	kind = kind_of($1)
	if (kind != "" && (!(kind in first) || at < first[kind]))
		first[kind] = at
}
END { for (kind in first) printf "%s %.6f\n", kind, first[kind] }
