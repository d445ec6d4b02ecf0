# SPDX-License-Identifier: BSD-2-Clause
# Counts flows into folder/manifest.csv, by capture, and folder/kinds.csv, by kind. Reads the rows of all captures, one for
# each flow, then lines `capture,kind,side,variant,tools,seed,status,malicious_hosts,server`. A kind counts when it has 200 flows:
# honest ones of an honest kind, else those of the attack.
BEGIN { FS = OFS = ","; least = 200 }

NR == FNR && FNR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}
NR == FNR {
	capture = $column["capture"]
	label = $column["label"]
	count[capture, label == "benign" ? "honest" : label == "malicious" ? "attack" : "other"]++
	next
}
!manifest {
	manifest = folder "/manifest.csv"
	print "capture", "kind", "side", "variant", "tools", "seed", "attack_flows", "honest_flows", "other_flows", "server", "status" >manifest
}
{
	attack = flows_of($1, "attack")
	honest = flows_of($1, "honest")
	print $1, $2, $3, $4, $5, $6, attack, honest, flows_of($1, "other"), $9, $7 >manifest
	if (!($2 in side))
		kind[++kinds] = $2
	side[$2] = $3
	flows[$2] += $3 == "honest" ? honest : attack
	if ($7 != "made")
		why[$2] = why[$2] (why[$2] == "" ? "" : "; ") $7
}
END {
	print "kind", "side", "flows", "counts", "missing" >(folder "/kinds.csv")
	for (i = 1; i <= kinds; i++)
		print kind[i], side[kind[i]], flows[kind[i]], (flows[kind[i]] < least ? "no" : "yes"), why[kind[i]] >(folder "/kinds.csv")
}

# Rows name a capture by its path.
function flows_of(capture, what,   pair, part) {
	for (pair in count) {
		split(pair, part, SUBSEP)
		if (part[2] == what && (part[1] == capture || substr(part[1], length(part[1]) - length(capture)) == "/" capture))
			return count[pair]
	}
	return 0
}
