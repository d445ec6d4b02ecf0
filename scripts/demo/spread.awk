# SPDX-License-Identifier: BSD-2-Clause
# Spreads rows over `files` files in `folder`, the flows of every kind in turn, all rows of a flow in one; with kinds.awk.
# A flow is what docs/rows.md calls one.
BEGIN { kind_load() }
FNR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	for (i = 1; i <= files; i++)
		print >(folder "/rows_" i ".csv")
	next
}
{ flow = $column["flow_id"] "," $column["src_ip"] "," $column["dest_ip"] "," $column["dest_port"] }
!(flow in file) { file[flow] = flows[kind_of($column["src_ip"])]++ % files + 1 }
{ print >(folder "/rows_" file[flow] ".csv") }
