# SPDX-License-Identifier: BSD-2-Clause
# Rows of a replay to learn from, spread over the files `folder`/FOLD.csv by the fold of their capture's unit (file `folds`:
# capture, fold). Over the same rows twice. Of each capture's honest and malicious flows about `most` are kept, with all
# rows or none. In half of the rows that show evidence about their source what is known of the destination is blanked, because
# bpf/verdict.h asks the model again without it. With `overlay`, honest flows become a kind of their own, their flow numbers
# begin with `number`, and all goes to the file `overlay`. Attacks of captures that match `not_learnt` are left out, and
# all that is in captures that match `exempt`.
BEGIN {
	FS = OFS = ","
	srand(number + 1)
	while ((getline line < folds) > 0) {
		split(line, part, ",")
		fold[part[1]] = part[2]
	}
}
FNR == 1 {
	pass++
	for (i = 1; i <= NF; i++) {
		column[$i] = i
		if ($i ~ /^d_/)
			about_destination[i]
	}
	header = $0
	next
}
{
	label = $column["label"]
	if (label != "benign" && label != "malicious")
		next
	capture = $column["capture"]
	if (capture ~ exempt || label == "malicious" && not_learnt != "" && capture ~ not_learnt)
		next
	flow = capture "," $1 "," label
}
pass == 1 {
	if (!(flow in seen)) {
		seen[flow]
		flows[capture, label]++
	}
	next
}
{
	if (flow in seen) {
		delete seen[flow]
		if (rand() * flows[capture, label] < most)
			keep[flow]
	}
	if (!(flow in keep))
		next
	if (overlay != "") {
		file = overlay
		$1 = number $1 # more digits than a number of awk has
		if (label == "benign")
			$column["attack"] = $column["attack"] "~"
	} else {
		file = folder "/" fold_of(capture) ".csv"
	}
	if (($column["s_unans_long"] >= 4 || $column["s_half_long"] >= 4 || $column["s_rej_long"] >= 4) && rand() < .5)
		for (i in about_destination)
			$i = 0
	if (!(file in begun)) {
		begun[file]
		if (overlay == "" || (getline line < overlay) <= 0)
			print header >file
	}
	print >>file
}

# Rows name a capture by its path; the folds by the end of it.
function fold_of(path,   rest) {
	if (path in fold_at)
		return fold_at[path]
	for (rest = path; !(rest in fold) && rest ~ /\//; )
		sub(/^[^\/]*\//, "", rest)
	return fold_at[path] = (rest in fold ? fold[rest] : "none")
}
