# SPDX-License-Identifier: BSD-2-Clause
# From lines `family seed rate class capture flows hits`: the tables of one `family`, whose attacks are the kinds `of`, without honest
# captures that match `exempt`. Each seed counts the same.
$1 == family {
	kind = $5
	if (!sub(/^(honest|session|live)\//, "", kind))
		kind = "captures of others"
	sub(/-[a-z0-9]*\.pcap$/, "", kind)
	if ($4 == "malicious") {
		if (kind !~ of)
			next
		side = "attack"
	} else {
		side = $5 ~ /^live/ ? "hurt" : $5 ~ exempt ? "telemetry" : "honest"
	}
	sides[side]
	add(side SUBSEP kind)
	if (side == "attack")
		add(side SUBSEP "all attacks")
	else if ($5 ~ /^honest/ && side == "honest")
		add(side SUBSEP "all lab kinds")
}
function add(k) {
	if (!(k in flows))
		order[++keys] = k
	flows[k, $3] += $6
	hits[k, $3] += $7
	captures[k, $3]++
	mean[k, $3] += $7 / $6
	flows[k]
	if (!((k, $2) in seen)) {
		seen[k, $2]
		seeds[k]++
	}
}
function table(side, title,   i, k, part, a, b) {
	if (!(side in sides))
		return
	print "| " family ": " title " | captures | flows | at 1 %, pooled | mean over captures | at .1 %, pooled | mean |"
	print "|---|---|---|---|---|---|---|"
	fflush()
	for (i = 1; i <= keys; i++) {
		k = order[i]
		split(k, part, SUBSEP)
		a = k SUBSEP "0.01"
		b = k SUBSEP "0.001"
		if (part[1] == side)
			printf "| %s | %d | %d | %.4f | %.4f | %.4f | %.4f |\n", part[2], captures[a] / seeds[k], flows[a] / seeds[k],
				hits[a] / flows[a], mean[a] / captures[a], hits[b] / flows[b], mean[b] / captures[b] | "sort"
	}
	close("sort")
	print ""
}
END {
	table("attack", "attack by a tool left out")
	table("honest", "honest, left out whole")
	table("hurt", "honest while the server is hurt")
}
