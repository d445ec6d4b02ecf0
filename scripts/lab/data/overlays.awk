# SPDX-License-Identifier: BSD-2-Clause
# Lays attacks over honest captures, to the same server: from manifest.csv, for each honest kind and each attack, one list
# for `hedgerow replay --merge --align` in `folder`, HONEST~ATTACK.txt. Which variants meet and when comes from `seed`; both are of
# one family. What slowed or exhausted the server cannot be made so: those are the live kinds.
BEGIN {
	FS = ","
	for (i = 1; i < 128; i++)
		code[sprintf("%c", i)] = i
}
FNR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}
$column["status"] != "made" || $column["side"] == "live" { next }
{
	kind = $column["kind"]
	family = $column["variant"] ~ /6$/ ? 6 : 4
	if (!(kind in side)) {
		side[kind] = $column["side"]
		order[++kinds] = kind
	}
	n = ++captures[kind, family]
	capture[kind, family, n] = $column["capture"]
	server[kind, family, n] = $column["server"]
}
END {
	for (i = 1; i <= kinds; i++)
		for (j = 1; j <= kinds; j++)
			if (side[order[i]] == "honest" && side[order[j]] != "honest")
				overlay(order[i], order[j])
}

function overlay(honest, attack,   family, h, a, file) {
	family = captures[honest, 6] && captures[attack, 6] && drawn(honest attack "family", 3) == 0 ? 6 : 4
	if (!captures[honest, family] || !captures[attack, family])
		return
	h = drawn(honest attack "honest", captures[honest, family]) + 1
	a = drawn(honest attack "attack", captures[attack, family]) + 1
	file = folder "/" honest "~" attack ".txt"
	print "../" capture[honest, family, h] >file
	printf "../%s --shift %d --map-address %s=%s\n", capture[attack, family, a], 2 + drawn(honest attack "shift", 7),
		server[attack, family, a], server[honest, family, h] >file
	close(file)
}

# A number from 0 to below `many`, from the seed and these words.
function drawn(words, many,   i, sum) {
	sum = seed % 65521
	for (i = 1; i <= length(words); i++)
		sum = (sum * 31 + code[substr(words, i, 1)]) % 65521
	return int(sum / 7) % many
}
