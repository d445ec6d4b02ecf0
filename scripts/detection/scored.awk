# SPDX-License-Identifier: BSD-2-Clause
# What a model alone would say of each capture, whatever the policy makes of it: from scored rows, with the threshold `log_at` and the
# model's `shift_by`. Prints lines `class capture flows those-with-a-row-above-it`.
BEGIN { FS = "," }
NR == 1 {
	for (i = 1; i <= NF; i++)
		at[$i] = i
	next
}
$at["label"] != "" {
	of = ($at["label"] == "benign" ? "honest" : "malicious") " " $at["capture"]
	flow = of "," $1
	if (!(flow in seen)) {
		seen[flow]
		flows[of]++
	}
	if ($at["score"] / 2 ^ shift_by >= log_at && !(flow in hit)) {
		hit[flow]
		hits[of]++
	}
}
END {
	for (of in flows)
		print of, flows[of], hits[of] + 0
}
