# SPDX-License-Identifier: BSD-2-Clause
# Counts flows into folder/manifest.csv, by capture, and folder/kinds.csv, by kind. Reads the rows of all captures, one for
# each flow, then lines `capture,kind,side,variant,tools,seed,status,malicious_hosts,server,rate,unit,packets,p10,p90`. A kind
# counts when it has 200 flows: honest ones of an honest kind, else those of the attack. These are what flows_s is of, too.
BEGIN { FS = OFS = ","; least = 200 }

NR == FNR && FNR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}
NR == FNR {
	capture = $column["capture"]
	label = $column["label"]
	label = label == "benign" ? "honest" : label == "malicious" ? "attack" : "other"
	time = $column["time"]
	if (!count[capture, label]++ || time < first[capture, label])
		first[capture, label] = time
	if (time > last[capture, label])
		last[capture, label] = time
	next
}
!manifest {
	manifest = folder "/manifest.csv"
	print "capture", "kind", "side", "variant", "tools", "seed", "attack_flows", "honest_flows", "other_flows", "rate_asked", "rate_of", "packets_s", "flows_s", "rtt_p10_ms", "rtt_p90_ms", "server", "status" >manifest
}
{
	capture = path_of($1)
	attack = count[capture, "attack"] + 0
	honest = count[capture, "honest"] + 0
	subject = $3 == "honest" ? "honest" : "attack"
	print $1, $2, $3, $4, $5, $6, attack, honest, count[capture, "other"] + 0, $10, $11, $12, rate_of(capture, subject), $13, $14, $9, $7 >manifest
	if (!($2 in side))
		kind[++kinds] = $2
	side[$2] = $3
	flows[$2] += count[capture, subject]
	if ($7 != "made")
		why[$2] = why[$2] (why[$2] == "" ? "" : "; ") $7
}
END {
	print "kind", "side", "flows", "counts", "missing" >(folder "/kinds.csv")
	for (i = 1; i <= kinds; i++)
		print kind[i], side[kind[i]], flows[kind[i]], (flows[kind[i]] < least ? "no" : "yes"), why[kind[i]] >(folder "/kinds.csv")
}

# Rows name a capture by its path.
function path_of(capture,   pair, part) {
	for (pair in count) {
		split(pair, part, SUBSEP)
		if (part[1] == capture || substr(part[1], length(part[1]) - length(capture)) == "/" capture)
			return part[1]
	}
	return capture
}

# Flows a second, from the first to the last that began.
function rate_of(capture, label,   span) {
	span = last[capture, label] - first[capture, label]
	return span > 0 ? sprintf("%.4g", (count[capture, label] - 1) / span) : ""
}
