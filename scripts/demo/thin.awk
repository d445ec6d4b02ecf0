# SPDX-License-Identifier: BSD-2-Clause
# Rows to train on; with kinds.awk, over the same rows file twice. Keeps about `max` flows of each kind, all rows of a flow
# or none; but of the first packets that cost an ordinary stranger no more than a retry only the share `strangers`.
# Columns become 0 where no tree is to look: those named in `without`, and in half of the rows with evidence about the source
# all that is known of the destination, because bpf/verdict.h asks the model again without that.
BEGIN { srand(1); OFS = ","; kind_load(); blanks = split(without, blank, " ") }

# As bpf/verdict.h has it: several other flows of the source came to nothing.
function shows_source() {
	return $column["s_unans_long"] >= 4 || $column["s_half_long"] >= 4 || $column["s_rej_long"] >= 4
}

function costs_a_retry() {
	return $column["packets"] == 1 && $column["kind"] == 1 && $column["s_hs_long"] == 0 && !shows_source()
}

FNR == 1 {
	pass++
	for (i = 1; i <= NF; i++)
		column[$i] = i
	if (pass == 2)
		print
	next
}
{ flow = $column["flow_id"]; kind = kind_of($column["src_ip"]) }
pass == 1 && !(flow in seen) { seen[flow]; flows[kind]++ }
pass == 1 { next }
flow in seen { delete seen[flow]; keep[flow] = rand() * flows[kind] < max }
!keep[flow] || (side_of_kind[kind] == "benign" && costs_a_retry() && rand() >= strangers) { next }
{
	for (i = 1; i <= blanks; i++)
		$column[blank[i]] = 0
	if (shows_source() && rand() < .5)
		for (name in column)
			if (name ~ /^d_/)
				$column[name] = 0
	print
}
