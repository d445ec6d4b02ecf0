# SPDX-License-Identifier: BSD-2-Clause
# Flows and condemned flows of each kind, as JSON lines; with kinds.awk, over flow CSV files.
BEGIN { kind_load() }
FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
{
	kind = kind_of($column["src_ip"])
	flows[kind]++
	condemned[kind] += $column["verdict"] == "drop"
}
END {
	for (kind in flows)
		if (kind != "")
			printf "{\"kind\":\"%s\",\"flows\":%d,\"condemned\":%d}\n", kind, flows[kind], condemned[kind]
}
