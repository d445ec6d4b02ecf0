# SPDX-License-Identifier: BSD-2-Clause
# The margin that the share `fpr` of honest flows reaches, each by its highest row, each capture counting the same: from scored
# rows, with the model's scale_shift. Captures that match `exempt` count nothing. Prints the lowest margin that no more reach, far
# enough above the rows that it excludes for the exporter to tell them from it.
BEGIN { FS = "," }
NR == 1 {
	for (i = 1; i <= NF; i++)
		at[$i] = i
	next
}
$at["label"] == "benign" && $at["capture"] !~ exempt {
	flow = $at["capture"] "," $1
	if (!(flow in high))
		flows[$at["capture"]]++
	if (!(flow in high) || $at["score"] > high[flow])
		high[flow] = $at["score"]
}
END {
	for (c in flows)
		captures++
	for (flow in high) {
		split(flow, part, ",")
		score = int(high[flow])
		weight[score] += 1 / flows[part[1]] / captures
		if (!(score in listed)) {
			listed[score]
			list[++scores] = score
		}
	}
	for (i = int(scores / 2); i >= 1; i--)
		sift(i, scores)
	for (n = scores; n >= 1; n--) { # from the highest down
		sum += weight[list[1]]
		if (sum > fpr) {
			printf "%.6f\n", list[1] / 2 ^ shift_by + 1e-5
			exit
		}
		list[1] = list[n]
		sift(1, n - 1)
	}
}

# A heap, the highest first.
function sift(i, n,   child, x) {
	for (x = list[i]; (child = 2 * i) <= n; i = child) {
		if (child < n && list[child + 1] > list[child])
			child++
		if (list[child] <= x)
			break
		list[i] = list[child]
	}
	list[i] = x
}
