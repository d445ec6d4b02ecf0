# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# A model of a public table's columns goes the whole way: trained, compiled, loaded, and the kernel scores as the agent does.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"

# 800 flows as CICFlowMeter would describe them: floods of many packets to port 9, and visits of the web.
table_make() {
	awk 'BEGIN {
		srand(7)
		print "Source IP,Destination Port,Protocol,Flow Duration,Total Fwd Packets,Total Backward Packets,FIN Flag Count," \
			"SYN Flag Count,RST Flag Count,PSH Flag Count,URG Flag Count,Label"
		for (i = 0; i < 800; i++) {
			bad = i % 2
			packets = bad ? 4 + int(rand() * 200) : 1 + int(rand() * 12)
			printf "10.%d.0.%d,%d,%d,%d,%d,%d,0,%d,0,%d,0,%s\n", bad, i % 41, bad ? 9 : 80, bad ? 17 : 6,
				rand() * 2000000, packets, bad ? 0 : packets, !bad, !bad, bad ? "Flood" : "BENIGN"
		}
	}'
}

engine_total() { jq -s "map(select(.event_type == \"hedgerow_stats\").hedgerow.engine.$1) | last" "$LOG"; }

t_a_model_of_a_tables_columns_goes_the_whole_way() {
	local scores
	table_make >table.csv
	"$repository"/build/hedgerow-train --dialect cicflowmeter --rows table.csv --output model.json --report report.json -q
	same "$(jq -r '.features | length' report.json)" 16
	"$repository"/build/hedgerow-export --dialect cicflowmeter --rows table.csv --model model.json --report report.json \
		--output model.hgm >export.txt
	expect "the kernel did not walk it" grep -q '^kernel: .* scores [0-9]* rows, .* and 256 vectors' export.txt
	agent --model model.hgm --mode enforce --engine both --snapshots rows.csv --features all --poll-interval 200ms
	udp client -s 1003 -k -i u2000 -c 300
	scan client 1-200
	sleep .5
	scores=$(hr_counter scores)
	agent_end
	expect "only $scores scores" test "$scores" -gt 100
	same "$(engine_total agreed) $(engine_total disagreed)" "$scores 0"
	expect "no flow is condemned or logged" test "$(grep -c ',log,\|,drop' rows.csv)" -gt 0
	# the vectors that the kernel scored are told whole: libxgboost gives them the same scores
	"$repository"/build/hedgerow-export --rows rows.csv --model model.json --report report.json --output again.hgm >again.txt
	expect "rows and model disagree" grep -q "^parity: *$(($(wc -l <rows.csv) - 1)) rows .* 0 differ" again.txt
}

t_a_model_asks_for_columns_that_rows_must_have() {
	table_make >table.csv
	refused "a table of cicflowmeter does not tell feature fby" "$repository"/build/hedgerow-train --dialect cicflowmeter \
		--rows table.csv --features fby,fpk --output model.json
	refused "no column 'flow_id'" "$repository"/build/hedgerow-train --rows table.csv --ignore-columns --output model.json
}
