# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Lab data: some kinds end to end, what becomes of captures in manifest, kinds and overlays, and whether all kinds are there.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"
lab_data() { (cd "$repository" && scripts/lab-data.sh "$@"); }

t_two_kinds_are_made_labelled_and_laid_over_each_other() {
	data=$(mktemp -d) # a lab in a lab has a /run of its own
	trap 'rm -rf "$data"' EXIT
	lab_data --seed 3 --only dns_lookups/v4,flood_syn/v4 "$data" >talk 2>&1 || {
		cat talk
		fail "lab-data.sh failed"
	}
	same "$(cut -d, -f 1-3 "$data"/labels.csv | paste -sd' ')" \
		"capture,label,attack honest/dns_lookups-v4.pcap,benign,dns_lookups flood/flood_syn-v4.pcap,malicious,flood_syn"
	touch "$data"/.plan.before
	ln "$data"/labels.csv "$data"/.labels.before
	# What is there is not made again, what is missing is.
	rm "$data"/.parts/dns_lookups-v4.line
	lab_data --seed 3 --resume --only dns_lookups/v4,flood_syn/v4 "$data" >talk 2>&1
	expect "made what was there" test "$data"/honest/dns_lookups-v4.pcap -nt "$data"/.plan.before -a "$data"/flood/flood_syn-v4.pcap -ot "$data"/.plan.before
	expect "wrote through a link to labels.csv" test ! "$data"/labels.csv -ef "$data"/.labels.before
	expect "too few flows" test "$(grep -c ',yes,' "$data"/kinds.csv)" -eq 2
	"$hedgerow" replay --merge --align --labels "$data"/labels.csv --checkpoints 1 --rows rows.csv "$data/overlays/dns_lookups~flood_syn.txt"
	# One server in both; a label for each capture's flows.
	same "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $at["dest_ip"] }' rows.csv | sort -u | wc -l)" 1
	same "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $at["label"] }' rows.csv | sort -u | paste -sd' ')" "benign malicious"
}

t_what_is_not_installed_is_skipped_and_said() {
	mkdir -p data/{honest,flood}
	printf '%s\n' honest/a-v4.pcap,a,honest,v4,curl,7,made,,10.2.0.2,16,calls,31,, honest/a-wan.pcap,a,honest,wan,curl,8,failed,,10.3.0.2,,,,, \
		"flood/b-v4.pcap,b,flood,v4,hping3,9,not installed: hping3,,10.4.0.2,,,,," \
		flood/c-v4.pcap,c,flood,v4,trafgen,3,made,10.5.201.9,10.5.0.2,400,packets,398,1.2,250.3 >plan
	{
		echo flow_id,time,label,attack,capture
		seq -f '%.0f,1700000000.5,benign,a,/x/honest/a-v4.pcap' 200
		awk 'BEGIN { for (i = 0; i < 199; i++) printf "%d,%.6f,malicious,c,/x/flood/c-v4.pcap\n", i, 1700000000 + i / 20 }'
		echo 1,1600000000.0,,,/x/flood/c-v4.pcap
	} >rows
	awk -v folder=data -f "$repository/scripts/lab/data/manifest.awk" rows plan
	same "$(tail -n +2 data/kinds.csv | paste -sd' ')" "a,honest,200,yes,failed b,flood,0,no,not installed: hping3 c,flood,199,no,"
	# Flows of the attack a second, beside what was asked for and what the capture was seen to be.
	same "$(tail -n 1 data/manifest.csv)" flood/c-v4.pcap,c,flood,v4,trafgen,3,199,0,1,400,packets,398,20,1.2,250.3,10.5.0.2,made
	same "$(grep honest/a-v4 data/manifest.csv)" honest/a-v4.pcap,a,honest,v4,curl,7,0,200,0,16,calls,31,,,,10.2.0.2,made
	mkdir overlays
	awk -v seed=1 -v folder=overlays -f "$repository/scripts/lab/data/overlays.awk" data/manifest.csv
	same "$(ls overlays)" 'a~c.txt'
	expect "not to the same server" has '^\.\./flood/c-v4.pcap --shift [2-8] --map-address 10.5.0.2=10.2.0.2$' <'overlays/a~c.txt'
}

t_what_the_command_line_gets_wrong_is_said() {
	refused "no kind or variant is called nothing" lab_data --only nothing "$PWD/none"
	refused "'x' will not do, wanted a whole number" lab_data --seed x
	refused "no such option: --sed" lab_data --sed 1
	mkdir mine
	echo kept >mine/letter
	refused "^lab-data: .*/mine holds files" lab_data --only mail "$PWD/mine"
	same "$(cat mine/letter)" kept
}

# Host only: what kinds.txt promises is there. What somebody adds and forgets to name elsewhere is found here.
t_every_kind_has_its_function_its_tools_and_a_line_in_the_docs() {
	local data=$repository/scripts/lab/data kind side variants tools word packages rows=0
	packages=$(sed -n '/^build=/,/^bench=/p' "$repository/scripts/setup.sh" | tr -s '()" \t' '\n' | sort -u)
	while read -r kind side variants tools word; do
		[[ $kind != '#'* ]] || continue
		((++rows))
		expect "$kind: not four columns" test "$tools" -a ! "$word"
		expect "$kind: not one function of that name" test "$(cat "$data"/{honest,attack}_*.sh "$data/live.sh" | grep -c "^kind_$kind() {")" -eq 1
		expect "$kind: no line in docs/lab-data.md, or not of side $side" grep -q "^| $side | \`$kind\` |" "$repository/docs/lab-data.md"
		for word in ${variants//,/ }; do
			expect "$kind: no line in docs/lab-data.md on variant $word" grep -q "^| .*\`$word\`.* |" "$repository/docs/lab-data.md"
		done
		for word in ${tools//,/ }; do
			expect "$kind: tools.txt does not name $word" grep -q "^$word " "$data/tools.txt"
			expect "$kind: setup.sh lab-data does not install $word" grep -qx "$(awk -v tool="$word" '$1 == tool { print $2 }' "$data/tools.txt")" <<<"$packages"
		done
	done <"$data/kinds.txt"
	same "$(cut -d' ' -f1 "$data/kinds.txt" | grep -v '^#' | sort | uniq -d)" ''
	# And nothing is made or told that kinds.txt does not have.
	same "$(cat "$data"/*.sh | grep -c '^kind_[a-z0-9_]*() {')" "$rows"
	same "$(grep -cE '^\| (honest|flood|scan|session|live) \| `' "$repository/docs/lab-data.md")" "$rows"
}

t_every_honest_kind_is_made_over_ipv6_too_near_and_far() {
	same "$(lab_data --list | awk '$2 == "honest" { split($1, part, "/"); has[part[1]] = has[part[1]] " " part[2] " " }
		END { for (kind in has) if (has[kind] !~ / v6 / || has[kind] !~ / (wan|nat)6 /) print kind }')" ''
}

# Invented and own addresses, both families, protocols of their own, a storm, and many behind one address across the relay.
t_a_handful_of_kinds_is_made_as_asked() {
	local made
	data=$(mktemp -d)
	trap 'rm -rf "$data"' EXIT
	lab_data --seed 5 --only nat_office/nat,scan_protocol/v4,scan_sctp_init/v6,flood_synack/v6,flood_fragment_spoofed/v6,flood_rst_spoofed/storm \
		"$data" >talk 2>&1 || {
		cat talk
		fail "lab-data.sh failed"
	}
	made=$(column_of kind "$data"/manifest.csv | paste -sd' ')
	same "$made" "flood_fragment_spoofed flood_rst_spoofed flood_synack nat_office scan_protocol scan_sctp_init"
	same "$(grep -c ',yes,' "$data"/kinds.csv)" 6
	# What was asked for is roughly what was sent; in the storm as much as could be.
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["variant"] == "storm" { if ($at["rate_asked"] != "" || $at["packets_s"] < 5000) { print; exit 1 }; next }
		$at["rate_of"] == "packets" && ($at["packets_s"] > 1.5 * $at["rate_asked"] || $at["packets_s"] < .05 * $at["rate_asked"]) { print; exit 1 }' \
		"$data"/manifest.csv || fail "the manifest's rates"
	# One address, connections with round trips of their own: a tenth below 20 ms, a tenth above 100.
	same "$("$hedgerow" replay --checkpoints 1 --rows - "$data"/honest/nat_office-nat.pcap 2>/dev/null | column_of src_ip | sort -u | wc -l)" 1
	expect "round trips of $(column_of rtt_p10_ms "$data"/manifest.csv | xargs) to $(column_of rtt_p90_ms "$data"/manifest.csv | xargs) ms" \
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["kind"] == "nat_office" && $at["rtt_p10_ms"] < 20 && $at["rtt_p90_ms"] > 100 { good = 1 } END { exit !good }' "$data"/manifest.csv
	# Pieces of datagrams over IPv6 from everywhere.
	expect "no pieces" test "$(tcpdump -n -r "$data"/flood/flood_fragment_spoofed-v6.pcap 'ip6[6] = 44' 2>/dev/null | cut -d' ' -f3 | sort -u | wc -l)" -gt 200
}

column_of() { # name, file
	awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "${@:2}"
}
