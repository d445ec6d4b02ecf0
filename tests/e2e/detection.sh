# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC1091,SC2034,SC2154
# From lab data to models: kinds are dealt out whole, thresholds are where they should be, and one command makes the model that is
# shipped, with its card. The lab data here are small and written by hand.
fail() {
	echo "$*"
	return 1
}

# A capture of 30 flows of 10 clients: with whole connections, slow ones of seconds, or SYNs that nobody answers.
capture_write() { # file, number of the kind, whole, slow or alone
	perl -e '
		my ($kind, $whole, $pause) = @ARGV;
		my $time = 1700000000;
		sub packet {
			my ($from, $to, $from_port, $to_port, $seq, $ack, $flags, $payload) = @_;
			my $ip = pack("CCnnnCCnNN", 0x45, 0, 40 + $payload, 0, 0, 64, 6, 0, $from, $to);
			my $tcp = pack("nnNNCCnnn", $from_port, $to_port, $seq, $ack, 0x50, $flags, 1024, 0, 0);
			my $frame = $ip . $tcp . "x" x $payload;
			print pack("VVVV", $time, $ms * 1000, length $frame, length $frame) . $frame;
			$ms += $pause;
			$time++, $ms -= 1000 if $ms >= 1000;
		}
		print pack("VvvVVVV", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101);
		for my $i (0 .. 29) {
			my @way = (0x0a000000 | $kind << 16 | 1 + $i % 10, 0x0a640002, 20000 + $i, $whole ? 80 : 1000 + $i);
			my @back = @way[1, 0, 3, 2];
			packet(@way, 1000, 0, 2, 0);
			next if !$whole;
			packet(@back, 5000, 1001, 18, 0);
			packet(@way, 1001, 5001, 16, 0);
			packet(@way, 1001, 5001, 24, 100 + $i);
			packet(@back, 5001, 1101 + $i, 24, 400);
			packet(@way, 1101 + $i, 5401, 17, 0);
		}' "$2" "$([[ $3 == alone ]] && echo 0 || echo 1)" "$([[ $3 == slow ]] && echo 1000 || echo 10)" >"$1"
}

# `data`: six honest kinds and six scans, one of the latter in two variants, and each over each.
lab_data_write() {
	local i j
	mkdir -p data/{honest,scan,overlays}
	echo capture,kind,side,variant,status >data/manifest.csv
	echo capture,label,attack,malicious_hosts,other_flows >data/labels.csv
	for i in 1 2 3 4 5 6; do
		capture_write data/honest/h$i-v4.pcap $i whole
		capture_write data/scan/s$i-v4.pcap $((10 + i)) alone
		printf '%s\n' honest/h$i-v4.pcap,h$i,honest,v4,made scan/s$i-v4.pcap,s$i,scan,v4,made >>data/manifest.csv
		printf '%s\n' honest/h$i-v4.pcap,benign,h$i,, scan/s$i-v4.pcap,malicious,s$i,, >>data/labels.csv
		for j in 1 2 3 4 5 6; do
			printf '../honest/h%d-v4.pcap\n../scan/s%d-v4.pcap --shift 1\n' $i $j >"data/overlays/h$i~s$j.txt"
		done
	done
	capture_write data/scan/s6-mute.pcap 17 alone
	echo scan/s6-mute.pcap,s6,scan,mute,made >>data/manifest.csv
	echo scan/s6-mute.pcap,malicious,s6,, >>data/labels.csv
	printf '%s\n' scan/s7-v4.pcap,s7,scan,v4,failed >>data/manifest.csv
}

t_kinds_are_dealt_out_whole_and_overlays_with_both() {
	lab_data_write
	(
		cd "$repository" || exit
		. scripts/detection/folds.sh
		dir=$LAB_DIR/out lab=$LAB_DIR/data others='' options=()
		mkdir "$dir"
		deal
		mkdir -p "$dir/learn"
		touch "$dir"/learn/{0,1,2,3,4}.csv "$dir"/learn/over.{0,1,2,3,4}.{0,1,2,3,4}.csv
		rows_without 0 1 | sed "s|$dir/learn/||" | paste -sd' ' >"$dir/without"
	)
	same "$(sort out/folds | grep -c .)" 13 # not the one that failed
	same "$(grep s6- out/folds | cut -d, -f2 | sort -u | wc -l)" 1
	same "$(cut -d, -f3 out/kinds | sort | uniq -c | awk '{ print $1 }' | paste -sd' ')" "4 2 2 2 2"
	same "$(wc -l <out/overlays)" 36
	same "$(awk '/h6~s2/ { print $2, $3 }' out/overlays)" "0 1"
	same "$(cat out/without)" "--rows 2.csv --rows over.2.2.csv --rows over.2.3.csv --rows over.2.4.csv --rows 3.csv --rows over.3.2.csv --rows over.3.3.csv --rows over.3.4.csv --rows 4.csv --rows over.4.2.csv --rows over.4.3.csv --rows over.4.4.csv"
}

# Nine honest captures, each of the same weight: one of 100 flows, of which 40 reach 7, and eight of one flow. Telemetry and what
# is malicious count nothing.
t_margin_is_what_a_share_of_honest_captures_reach() {
	{
		echo flow_id,label,capture,score
		seq -f '%.0f,benign,many,1' 100
		seq -f '%.0f,benign,many,7' 40 # the highest row of a flow counts
		for i in 1 2 3 4 5 6 8 9; do echo "1,benign,c$i,$i"; done
		echo 1,benign,honest/syslog-v4.pcap,1000
		echo 1,malicious,c1,2000
	} >scored.csv
	margin() { awk -v fpr="$1" -v exempt='honest/syslog' -v shift_by=0 -f "$repository/scripts/detection/margin.awk" scored.csv; }
	same "$(margin .05)" 9.000010
	same "$(margin .12)" 8.000010 # c9 is 1/9 of all
	same "$(margin .25)" 7.000010 # c8, too
	same "$(margin .27)" 6.000010
}

t_one_command_trains_the_starter_model_from_lab_data() {
	local before
	lab_data_write
	mkdir -p tree/deploy/starter-model captures
	cp -r "$repository/scripts" tree
	ln -s "$LAB_BUILD" tree/build
	capture_write captures/quiet.pcap 30 whole
	capture_write captures/loud.pcap 31 alone
	printf '%s\n' capture,label,attack quiet.pcap,benign, loud.pcap,malicious,scan >captures/labels.csv
	LAB_DATA=$PWD/data CAPTURES=$PWD/captures tree/scripts/starter-model.sh "$PWD/work" >talk.txt 2>&1 || {
		cat talk.txt
		fail "starter-model.sh failed"
	}
	cd tree/deploy/starter-model || exit
	same "$(echo *)" "card.md report.json starter.hgm starter.json"
	same "$(grep -l "$LAB_DIR" ./* || true)" "" # no name of this machine's folders
	has '^| h6 | 30 | 210 | 0 | 0 | 0 |$' <card.md # learnt from: its capture, and the six overlays of it
	has '^| all 1 honest captures | 30 | 0 | 0 | 0 | 0 |$' <card.md
	has '^model.hgm: model [0-9a-f]* for features ' <card.md
	has '^| loud.pcap | 30 | [01][.0-9]* | 0 | [01][.0-9]* | [01][.0-9]* |$' <card.md
	"$hedgerow" replay --labels "$LAB_DIR/captures/labels.csv" --model starter.hgm --json "$LAB_DIR/json" "$LAB_DIR/captures" 2>/dev/null
	same "$(jq -c '.honest.total[0].condemned' "$LAB_DIR/json")" 0
	same "$("$LAB_BUILD/hedgerow-export" show --json starter.hgm | jq '.thresholds | .log.margin <= .drop.margin')" true
}

t_lab_data_is_asked_for_before_a_folder_is_emptied() {
	mkdir -p work tree/deploy
	echo kept >work/letter
	refused '^starter-model: .*/work holds files' env LAB_DATA="$PWD/none" "$repository/scripts/starter-model.sh" "$PWD/work"
	same "$(cat work/letter)" kept
}

# Two tools that flood with requests, one of them also beside honest clients whom it hurts; one that guesses, with no other to learn of.
t_sessions_are_judged_by_models_that_never_saw_their_tool() {
	local name
	lab_data_write
	mkdir -p data/{session,live} out
	capture_write data/session/http_flood_ab-v4.pcap 21 slow
	capture_write data/session/http_flood_wrk-v4.pcap 22 slow
	capture_write data/session/brute_ftp_hydra-v4.pcap 23 slow
	capture_write data/live/live_http_flood-v4.pcap 24 slow
	for name in session/http_flood_ab session/http_flood_wrk session/brute_ftp_hydra live/live_http_flood; do
		echo "$name-v4.pcap,${name#*/},${name%/*},v4,made" >>data/manifest.csv
		echo "$name-v4.pcap,malicious,${name#*/},," >>data/labels.csv
	done
	LAB_DATA=$PWD/data CAPTURES=$PWD/none OUT=$PWD/out "$repository/scripts/detection-sessions.sh" 2 >table 2>talk || {
		cat talk
		fail "detection-sessions.sh failed"
	}
	has '^detection: guesses: skipped: the lab data hold fewer than two kinds of it$' <talk
	same "$(grep -c '^detection: .*: skipped' talk)" 3
	same "$(awk -F, '/http_flood(_ab)?-/ { print $2 }' out/folds | sort -u | wc -l)" 1
	same "$(awk -F, '/http_flood/ { print $2 }' out/folds | sort -u | wc -l)" 2
	same "$(cut -d, -f2 out/folds | sort | uniq -c | awk '{ print $1 }' | paste -sd' ')" "5 2 1 1 1" # six honest, three floods, one of guesses; no scan
	has '^| all attacks | 3 | 90 | 1.0000 | 1.0000 | 1.0000 | 1.0000 |$' <table
	has '^| live_http_flood | 1 | 30 | 1.0000 | ' <table
	has '^| all lab kinds | 6 | 180 | ' <table
	same "$(cut -d' ' -f1-3,5 out/judged | sort | uniq -d)" ""
}
