# SPDX-License-Identifier: BSD-2-Clause
# Which kind of traffic an address stands for, by a labels file (lab/traffic.sh): awk -v labels=FILE -f kinds.awk -f …
function kind_load(   line, field, address) {
	while ((getline line < labels) > 0) {
		split(line, field, ",")
		address = field[3]
		side_of_kind[field[2]] = field[1]
		if (sub(/0\/(24|112)$/, "", address) || sub(/0\.0\.0\/8$/, "", address))
			kind_of_block[address] = field[2]
		else
			kind_of_address[address] = field[2]
	}
	close(labels)
}

# "" for what is no traffic of ours.
function kind_of(address,   block) {
	if (address in kind_of_address)
		return kind_of_address[address]
	block = address
	sub(/[^.:]*$/, "", block)
	if (block in kind_of_block)
		return kind_of_block[block]
	sub(/\..*/, ".", block)
	if (block in kind_of_block)
		return kind_of_block[block]
	return kind_of_address["*"]
}
