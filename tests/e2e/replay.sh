# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Replay: what was captured beside the running program gives the rows that the kernel scored.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

# What makes a row without names of its own: ends, packets, features. The first argument is the file.
rows_plain() { cut -d, -f "3-$((FEATURES + 9))" "$1" | sort; }

# Waits for the beginning of one of the clock's windows of 4.3 seconds, so that the next three are in it.
window_wait() {
	local phase=3000
	while ((phase < 300 || phase > 900)); do
		sleep .05
		phase=$(awk '{ w = 4.294967296; printf "%d", ($1 / w - int($1 / w)) * w * 1000 }' /proc/uptime)
	done
}

t_replayed_rows_are_those_that_the_kernel_scored() {
	local tcpdump iperf offset server server6 count seen to proto least
	taskset -pc 0 "$BASHPID" >/dev/null # two processors may see packets in another order than tcpdump does
	server=$(ns_address server)
	server6=$(ns_address6 server)
	server6=${server6/::0:/::} # as rows write it
	for ns in server client; do
		in_ns "$ns" ethtool -K eth0 gro off gso off tso off >/dev/null
	done
	agent --mode monitor --snapshots live.csv --snapshot-share 1 --poll-interval 200ms
	ns_start server "$LAB_DIR/tcpdump.talk" tcpdump -n -i eth0 --immediate-mode -w "$LAB_DIR/lab.pcap"
	tcpdump=$!
	wait_for 10 grep -q 'listening on' "$LAB_DIR/tcpdump.talk"
	ns_start server "$LAB_DIR/iperf.talk" iperf3 -s -1 --forceflush
	iperf=$!
	wait_for 10 grep -q listening "$LAB_DIR/iperf.talk"
	window_wait
	offset=$(awk -v now="$EPOCHREALTIME" '{ printf "%.3f", $1 - now }' /proc/uptime)
	scan client 1-60
	datagrams 9
	syns client -p 5 -c 20 -i u2000
	in_ns client ping -q -c 3 -i .01 "$server" >/dev/null
	in_ns client ping -q -c 3 -i .01 "$server6" >/dev/null
	in_ns client nmap -6 -n -sS -T5 --max-retries 0 -p 1-20 "$server6" >/dev/null
	in_ns client iperf3 -c "$server" -n 40K -l 1000 >/dev/null
	end_process "$iperf" 5 || true
	sleep .3 # tcpdump and the agent are still reading
	kill -INT "$tcpdump"
	wait "$tcpdump" || true
	agent_end
	expect "tcpdump lost packets" has '^0 packets dropped by kernel' <"$LAB_DIR/tcpdump.talk"

	"$hedgerow" replay --inside "$server,$server6" --clock-offset "$offset" --rows replayed.csv lab.pcap
	FEATURES=$(head -1 live.csv | tr , '\n' | grep -n '^score$' | cut -d: -f1)
	((FEATURES -= 10))
	count=$(($(wc -l <live.csv) - 1))
	expect "only $count rows" test "$count" -gt 80
	for seen in "$server 1 2" "$server6 58 2" "$server6 6 20"; do
		read -r to proto least <<<"$seen"
		expect "rows of protocol $proto to $to" test "$(awk -F, -v to="$to" -v proto="$proto" '$5 == to && $7 == proto' live.csv |
			wc -l)" -ge "$least"
	done
	diff <(rows_plain live.csv) <(rows_plain replayed.csv) >rows.diff || {
		head -5 rows.diff
		fail "$(grep -c '^<' rows.diff) of $count rows differ"
	}
	# Times: within the clock's grain of 4 ms, the 10 ms of /proc/uptime do not show in them.
	same "$(join -t, <(awk -F, '{ print $3 "-" $4 "-" $5 "-" $6 "-" $7 "-" $9 "," $2 }' live.csv | sort) \
		<(awk -F, '{ print $3 "-" $4 "-" $5 "-" $6 "-" $7 "-" $9 "," $2 }' replayed.csv | sort) |
		awk -F, '$2 - $3 > .02 || $3 - $2 > .02' | wc -l)" 0
}

# exits STATUS REGEX OPTIONS...: `hedgerow replay` says why in one line, and exits with that status.
exits() {
	local wanted=$1 regex=$2 status=0
	shift 2
	"$hedgerow" replay "$@" >/dev/null 2>why.txt || status=$?
	same "$status" "$wanted"
	refused "$regex" cat_and_fail why.txt
}
cat_and_fail() { ! cat "$1" >&2; }

# made NAME: two datagrams and their answers, of one flow.
made() {
	printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0' >"$1"
	local i
	for i in 1 2; do
		datagram "$i" '\x0a\0\0\1' '\x0a\0\0\2' '\x10\0' '\0\x35' >>"$1"
		datagram "$i" '\x0a\0\0\2' '\x0a\0\0\1' '\0\x35' '\x10\0' >>"$1"
	done
}

# datagram SECOND FROM TO PORT PORT: its record in a capture of raw IP.
datagram() {
	# shellcheck disable=SC2059
	printf "\\x$1\\0\\0\\x60\\0\\0\\0\\0\\x20\\0\\0\\0\\x20\\0\\0\\0\\x45\\0\\0\\x20\\0\\0\\0\\0\\x40\\x11\\0\\0$2$3$4$5\\0\\x0c\\0\\0data"
}

t_replay_refuses_a_wrong_command_line() {
	made a.pcap
	exits 2 'which captures' -v
	exits 2 '3,last.*powers of two' --checkpoints 3,last a.pcap
	exits 2 'needs a model' --verdicts v a.pcap
	exits 2 'a challenger needs a model' --shadow a.pcap a.pcap
	exits 2 'an evaluation needs labels' --model a.pcap --evaluation e a.pcap
	exits 2 'exclude each other' --all-enter --inside 10.0.0.1 a.pcap
	exits 2 'exclude each other' --all-enter --end-host a.pcap
	exits 2 '\-\-align goes with --merge' --align a.pcap
	exits 2 "\-\-inside: 'x' will not do, wanted an address" --inside 10.0.0.1,x,10.0.0.2 a.pcap
	exits 2 "\-\-ingress-only: '10.0.0.300' will not do" --ingress-only 10.0.0.300 a.pcap
	exits 2 "\-\-inside: '33' is one too many, wanted at most 32" --inside "$(seq -s, -f '10.0.0.%.0f' 32),33" a.pcap
	exits 2 "'10.0.0.1' will not do, wanted A=B" --map-address 10.0.0.1 a.pcap
	exits 2 "\-\-rate: '0' will not do, wanted a number from 0.000001" --rate 0 a.pcap
	exits 2 "\-\-repeat: '2.5' will not do, wanted a whole number" --repeat 2.5 a.pcap
	exits 2 "\-\-max-flows: 4000000000 will not do, wanted at most 268435456" --max-flows 4000000000 a.pcap
	exits 2 "\-\-max-sources: 4294967297 will not do" --max-sources 4294967297 a.pcap
	exits 2 "\-\-max-flows: '0' will not do, wanted a whole number, 1 or more" --max-flows 0 a.pcap
	exits 2 '\-\-rows and --write both go to standard output' --rows - --write - a.pcap
	exits 2 '\-\-rows and --write both go to both; give them a file each' --rows both --write both a.pcap
	expect "nothing was written" test ! -e both
	"$hedgerow" replay --help | has 'room in the tables'
}

t_replay_refuses_what_it_cannot_read_or_write() {
	made a.pcap
	printf 'neither' >text
	mkdir empty packed
	gzip -c a.pcap >packed/a.pcap.gz
	printf '\xd4\xc3\xb2\xa1' >begun.pcap
	printf 'a.pcap\nabsent.pcap\n' >list
	exits 1 'text: no capture \(pcap, pcapng\); read as a list of captures, line 1: neither: No such file' text
	exits 1 '/etc/passwd: no capture \(pcap, pcapng\); read as a list of captures, line 1: ' /etc/passwd
	exits 1 'list:2: absent.pcap: No such file' list
	exits 1 'empty: no captures \(pcap, pcapng\) there$' empty
	exits 1 'nothing: No such file' nothing
	exits 1 'packed/a.pcap.gz: compressed; unpack it first: gunzip packed/a.pcap.gz' packed/a.pcap.gz
	exits 1 'packed: no captures .* there, but compressed files' packed
	exits 1 'nothing.hgm: No such file' --model nothing.hgm --verdicts v a.pcap
	exits 1 'absent/r: cannot be written: No such file or directory$' --rows absent/r a.pcap
	exits 1 'absent/w: cannot be written: No such file or directory$' --write absent/w a.pcap
	same "$(grep -o 'absent/w' why.txt | wc -l)" 1
	"$hedgerow" replay begun.pcap 2>talk.txt >rows.csv && fail "a capture that cannot be read"
	same "$(sed 's/truncated.*/.../' talk.txt)" 'hedgerow: warning: begun.pcap: cannot be read: ...
hedgerow: error: replay: no capture could be read'
}

# In its first packet a capture cannot be read; behind that it is replayed as far as it goes.
t_capture_that_ends_early_is_replayed_as_far_as_it_goes() {
	made a.pcap
	head -c 44 a.pcap >first.pcap
	head -c 100 a.pcap >second.pcap
	"$hedgerow" replay --rows rows.csv second.pcap 2>talk.txt
	has 'warning: second.pcap: ends early: ' <talk.txt
	has 'replayed 1 capture, 1 packet (1 entered, 0 left), 1 flow, 1 vector$' <talk.txt
	local merge
	for merge in '' --merge; do
		# shellcheck disable=SC2086
		"$hedgerow" replay $merge --rows rows.csv first.pcap 2>talk.txt && fail "a capture without a packet"
		same "$(sed 's/truncated.*/.../' talk.txt)" 'hedgerow: warning: first.pcap: cannot be read: ...
hedgerow: error: replay: no capture could be read'
		# shellcheck disable=SC2086
		"$hedgerow" replay $merge --rows rows.csv first.pcap a.pcap 2>talk.txt
		has 'replayed 1 capture, 4 packets' <talk.txt
	done
}

t_replay_passes_over_and_says_so() {
	mkdir some
	made some/a.pcap
	gzip -k some/a.pcap
	touch some/notes some/list
	printf '\xd4\xc3\xb2\xa1' >some/begun.pcap
	printf 'capture,label\na.pcap,benign\n' >labels.csv
	"$hedgerow" replay --labels labels.csv --rows rows.csv some 2>talk.txt
	same "$(wc -l <rows.csv)" 3
	has 'warning: 1 compressed files in folders were passed over: unpack them first' <talk.txt
	has 'info: 2 files in folders were passed over: no captures' <talk.txt
	has 'labels.csv: names 1 of 2 captures' <talk.txt
	lacks 'none of the captures given' <talk.txt
	has 'begun.pcap: cannot be read' <talk.txt
	has 'replayed 1 capture, 4 packets (2 entered, 2 left), 1 flow, 2 vectors' <talk.txt
}

t_labels_that_say_nothing_of_the_captures_are_refused() {
	local evaluate=(--model never.hgm --evaluation e.txt --labels labels.csv)
	model_make never.hgm 'kind>=1000' >/dev/null
	made a.pcap
	printf 'capture,label\nother.pcap,malicious\n' >labels.csv
	exits 1 'labels.csv: names none of the captures, as a.pcap' "${evaluate[@]}" a.pcap
	expect "nothing was written" test ! -e e.txt
	printf 'capture,label\na.pcap,skip\n' >labels.csv
	"$hedgerow" replay "${evaluate[@]}" a.pcap 2>talk.txt && fail "an evaluation of nothing"
	has 'labels.csv: says of no flow what it is: there is nothing to evaluate' <talk.txt
}

t_labels_that_match_nothing_are_named_by_line() {
	made a.pcap
	printf '%s\n' capture,label a.pcap,benign b.pcap,benign '# one' c.pcap,malicious >labels.csv
	"$hedgerow" replay --labels labels.csv --rows rows.csv a.pcap 2>talk.txt
	has 'info: labels.csv: lines 3, 5: of none of the captures given$' <talk.txt
	printf '%s\n' label,src,dest_port benign,, malicious,203.0.113.77, >labels.csv
	"$hedgerow" replay --labels labels.csv --rows rows.csv a.pcap 2>talk.txt
	has 'warning: labels.csv: line 3: matched no flow of what was written, or none that a line before it left over$' <talk.txt
}

t_last_rows_are_counted() {
	made a.pcap
	same "$("$hedgerow" replay --checkpoints all a.pcap)" "$("$hedgerow" replay a.pcap)"
	exits 2 "checkpoints: '3' will not do, wanted powers of two, \`all\` of them, \`last\`, or several" --checkpoints 3 a.pcap
	"$hedgerow" replay --checkpoints last --rows rows.csv a.pcap 2>talk.txt
	same "$(wc -l <rows.csv)" 2
	has '1 flow, 1 vector' <talk.txt
	model_make never.hgm 'kind>=1000' >/dev/null
	"$hedgerow" replay --checkpoints 1,last --model never.hgm --verdicts v.jsonl a.pcap # which has no rows
}

# segment SECOND FROM TO PORT PORT FLAGS: likewise, of TCP.
segment() {
	# shellcheck disable=SC2059
	printf "\\x$1\\0\\0\\x60\\0\\0\\0\\0\\x28\\0\\0\\0\\x28\\0\\0\\0\\x45\\0\\0\\x28\\0\\0\\0\\0\\x40\\x06\\0\\0$2$3$4$5\\0\\0\\0\\1\\0\\0\\0\\0\\x50$6\\x20\\0\\0\\0\\0\\0"
}

# A flow on probation begins anew while the packet that does so holds its record: each of the three has its own last row.
t_last_rows_of_a_flow_that_begins_anew_on_probation() {
	begun a.pcap
	{
		datagram 1 '\x0a\0\0\5' '\x0a\0\0\2' '\x10\1' '\0\x35'
		segment 2 '\x0a\0\0\6' '\x0a\0\0\2' '\x10\2' '\0\x50' '\2'
		segment 3 '\x0a\0\0\2' '\x0a\0\0\6' '\0\x50' '\x10\2' '\x14'
		segment 4 '\x0a\0\0\6' '\x0a\0\0\2' '\x10\2' '\0\x50' '\2'
	} >>a.pcap
	"$hedgerow" replay --checkpoints last --rows rows.csv a.pcap 2>talk.txt
	same "$(tail -n +2 rows.csv | cut -d, -f4,7,9 | sort)" '4097,17,1
4098,6,1
4098,6,2'
}

# The summary of both, with the model that is shipped.
t_replay_through_the_kernel_says_that_nothing_differs() {
	made a.pcap
	"$hedgerow" replay --kernel --model "$repository/deploy/starter-model/starter.hgm" --verdicts v.jsonl --rows rows.csv a.pcap 2>talk.txt
	has 'replayed 1 capture, 4 packets (2 entered, 2 left), 1 flow, 2 vectors' <talk.txt
	has 'kernel and host: [0-9]* events, vectors, records and counters are equal, none differs' <talk.txt
	same "$(wc -l <rows.csv)" 3
}

t_replay_through_the_kernel_takes_a_model_in_its_form() {
	local model form
	made a.pcap
	model=$(model_make stump.hgm 'kind>=1000')
	for form in code table; do
		"$hedgerow" replay --kernel --form $form --model stump.hgm --rows $form.csv a.pcap 2>$form.txt
		has 'kernel and host: [0-9]* events, vectors, records and counters are equal, none differs' <$form.txt
	done
	has "model $model as code" <code.txt
	same "$(grep -c 'as code' table.txt)" 0
	same "$(cat code.csv)" "$(cat table.csv)"
	exits 2 "'walk' is no form, wanted auto, table or code" --kernel --form walk --model stump.hgm a.pcap
	exits 2 'form goes with --kernel and --model' --form code --model stump.hgm a.pcap
}

t_captures_find_empty_tables_unless_they_are_merged() {
	made a.pcap
	made b.pcap
	"$hedgerow" replay --rows apart.csv a.pcap b.pcap 2>talk.txt
	has '8 packets (4 entered, 4 left), 2 flows, 4 vectors' <talk.txt
	"$hedgerow" replay --merge --rows merged.csv a.pcap b.pcap 2>talk.txt
	has '8 packets (4 entered, 4 left), 1 flow, 3 vectors' <talk.txt
}

t_ingress_only_sees_what_comes_for_these_addresses() {
	made a.pcap
	"$hedgerow" replay --ingress-only 10.0.0.2 --rows rows.csv a.pcap 2>talk.txt
	has 'replayed 1 capture, 2 packets (2 entered, 0 left), 1 flow, 2 vectors' <talk.txt
	has 'skipped 2 packets: leaving, where only entering ones are seen' <talk.txt
	"$hedgerow" replay --ingress-only 10.0.0.0/31,10.0.0.9 --rows rows.csv a.pcap 2>talk.txt # the answers, as a flow of their own
	has '2 packets (2 entered, 0 left), 1 flow' <talk.txt
	same "$(tail -n 1 rows.csv | cut -d, -f3,5)" 10.0.0.2,10.0.0.1
}

# A flow of four datagrams from port 4096 + N of 10.0.0.N to port 53 of 10.0.0.2, the first so many seconds behind the start.
flow_of_four() {
	local i from port
	printf -v from '\\x0a\\0\\0\\x%x' "$2"
	printf -v port '\\x10\\x%02x' "$2"
	for i in 0 1 2 3; do
		datagram $((i + 1)) "$from" '\x0a\0\0\2' "$port" '\0\x35' >>"$1"
	done
}

begun() { printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0' >"$1"; }

# The model condemns at the second packet, a second behind the first. Two captures of three malicious flows, one of which is
# too short, and two of honest ones: known figures.
t_evaluation_counts_what_is_known() {
	local i file
	model_make late.hgm 'fpk>=2' >/dev/null
	for file in attack1 attack2 honest1 honest2; do
		begun $file.pcap
	done
	for i in 16 17; do
		flow_of_four attack1.pcap $i
	done
	datagram 1 '\x0a\0\0\x12' '\x0a\0\0\2' '\x10\x12' '\0\x35' >>attack1.pcap
	flow_of_four attack2.pcap 19
	datagram 1 '\x0a\0\0\x20' '\x0a\0\0\2' '\x10\x20' '\0\x35' >>honest1.pcap
	for i in 33 34; do
		datagram 1 "\\x0a\\0\\0\\x$i" '\x0a\0\0\2' '\x10\x20' '\0\x35' >>honest2.pcap
	done
	flow_of_four honest2.pcap 35
	printf '%s\n' capture,label,attack attack1.pcap,malicious,flood attack2.pcap,malicious,flood honest1.pcap,benign,dns \
		honest2.pcap,benign,dns >labels.csv
	"$hedgerow" replay --all-enter --model late.hgm --labels labels.csv --evaluation text --json json ./*.pcap 2>talk.txt

	same "$(figures .malicious.total)" '[2,4,3,0,13,9,2]'
	same "$(figures .honest.total)" '[2,4,1,0,7,3,2]'
	same "$(figures '.malicious.captures[1:]')" '[1,1,1,0,4,3,2]'
	same "$(jq -c '[.malicious.kinds[].name, .honest.kinds[].name]' json)" '["flood","dns"]'
	same "$(jq -c '.malicious.total[0] | [.pooled.rate, .mean.rate * 6, .packets_dropped_share * 13 | . * 1000 | round / 1000]' json)" '[0.75,5,9]'
	same "$(jq -c '.malicious.captures[0].pooled | [.low, .high]' json)" '[null,null]' # one capture has no interval
	expect "a second to the verdict" jq -e '.malicious.total[0].seconds_to_verdict.p50 | . > .85 and . < 1.1' json
	expect "each rate is within its interval" jq -e '[.malicious, .honest | .total[0] | .pooled, .mean] |
		all(.low <= .rate and .rate <= .high and .low < .high)' json
	has '^Recall of malicious flows: *pooled 0.7500 (0.6667..1.0000), mean over captures 0.8333 (0.6667..1.0000)$' <text
	has '^Condemned share of honest flows: *pooled 0.2500 (0.0000..0.3333), mean over captures 0.1667 (' <text
	has '^flood  *2  *4  *3  *0  *-  *-  *-  *0.7500  *13  *0.6923  *2 ' <text
	has '^1 further captures without a condemned flow$' <text
}

# What the evaluation says of the first of these groups.
figures() {
	jq -c "$1"'[0] | [.captures, .flows, .condemned, .first_packet_only, .packets, .packets_dropped, .packets_to_verdict.p50] |
		map(if . == null then . else . + 0 end)' json # so that 2.0 is 2 for each version of jq
}

# Nothing but how many asked the server in vain condemns; the policy wants a crowd of 64: from then on each at its first packet alone.
t_evaluation_tells_first_packets_and_honest_flows_under_attack() {
	local i file source
	model_make crowd.hgm 'd_unans_short>=10' >/dev/null
	for file in one two; do
		begun $file.pcap
		for i in {16..115}; do
			printf -v source '\\x0a\\0\\1\\x%x' "$i"
			datagram 1 "$source" '\x0a\0\0\2' '\x10\0' '\0\x35' >>$file.pcap
		done
		[[ $file = two ]] || datagram 2 '\x0a\0\0\5' '\x0a\0\0\2' '\x10\1' '\0\x35' >>$file.pcap
		datagram 2 '\x0a\0\0\5' '\x0a\0\0\3' '\x10\2' '\0\x35' >>$file.pcap # to a server that is left in peace
		datagram 3 '\x0a\0\0\5' '\x0a\0\0\2' '\x10\1' '\0\x35' >>$file.pcap
	done
	printf '%s\n' capture,label,attack,malicious_hosts,other_flows {one,two}.pcap,malicious,flood,10.0.1.0/24,benign >labels.csv
	"$hedgerow" replay --all-enter --model crowd.hgm --labels labels.csv --evaluation text --json json one.pcap two.pcap 2>talk.txt
	same "$(figures .malicious.total)" '[2,200,72,72,200,72,1]'
	same "$(figures .honest.total)" "[2,4,2,2,5,2,1]"
	# One of the two first packets comes again, a second later.
	same "$(jq -c '.honest.total[0].first_packet_delay_seconds | [.retried, (.p50, .p95 | . > .85 and . < 1.1)]' json)" '[1,true,true]'
	same "$(jq -c '.malicious.total[0].first_packet_delay_seconds' json)" null
	has '^(unnamed)  *2  *4  *2  *2  *1  *917.5  *917.5  *0.5000 ' <text
	same "$(jq -c '.honest.total[0].under_attack | [.flows, .condemned, .at_packet_1, .from_packet_4, .pooled.rate + 0]' json)" '[2,2,2,0,1]'
	has '^Honest flows to destinations under attack: 2, condemned: 2, pooled 1.0000 (1.0000..1.0000), at packet 1: 2 (1.0000), from packet 4 on: 0 (0.0000)$' <text
}

t_replay_writes_over_nothing_that_it_reads() {
	local before option
	begun some.pcap
	datagram 1 '\x0a\0\0\x20' '\x0a\0\0\2' '\x10\x20' '\0\x35' >>some.pcap
	model_make model.hgm 'kind>=0' >/dev/null
	mkdir folder
	cp some.pcap folder/out.pcap
	before=$(md5sum some.pcap folder/out.pcap model.hgm)
	for option in --rows --write; do
		refused "$option ./some.pcap would be written over some.pcap, which is read" hr replay "$option" ./some.pcap some.pcap
	done
	refused "written over model.hgm, which is read" hr replay --model model.hgm --verdicts model.hgm some.pcap
	refused "written over folder/out.pcap, which is read" hr replay --write folder/out.pcap folder
	same "$(md5sum some.pcap folder/out.pcap model.hgm)" "$before"
}

# The challenger condemns what is UDP from its second packet on, the model nothing.
t_challenger_is_compared_over_a_capture() {
	local model challenger
	model=$(model_make none.hgm 'kind>=1000')
	challenger=$(model_make late.hgm 'fpk>=2')
	in_ns server tcpdump -n -i eth0 --immediate-mode -U -w "$LAB_DIR/udp.pcap" udp port 9 >tcpdump.talk 2>&1 &
	wait_for 10 grep -q 'listening on' tcpdump.talk
	udp client -s 1000 -k -c 4 -i u1000
	wait_for 5 eval '(($(tcpdump -n -r udp.pcap 2>/dev/null | wc -l) >= 4))'
	end_process $! || true
	"$hedgerow" replay --all-enter --model none.hgm --shadow late.hgm --verdicts v.jsonl udp.pcap 2>talk.txt
	has 'both models scored 3 vectors; verdicts differ on 2 (66.67 %)' <talk.txt
	same "$(jq -r 'select(.event_type == "hedgerow_shadow").hedgerow | "\(.champion.verdict) \(.champion.model) \(.challenger.verdict) \(.challenger.model)"' v.jsonl)" \
		"pass $model drop $challenger
pass $model drop $challenger"
}
