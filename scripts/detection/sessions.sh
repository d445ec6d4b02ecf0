# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154
# Attacks over whole connections, dealt out to folds, learnt by family and judged. The script that sources this sets what folds.sh
# wants. Families: which kinds they are.
declare -A families=([slow]='slow.*' [requests]='http_flood.*' [guesses]='brute_.*' [quiet]='beacon|dga|dns_tunnel|exfiltration|scan_version')
order=(requests slow guesses quiet)

# No port, for that is the service's. Floods of requests are told by what came of connections and how fast; with sizes, of which the
# lab's page has but a few, fewer were found.
rates=source,kind,l4_class,tstate,fpk,ans,l4_proto,bpk,fflags,bflags,fin_seen,syn_seen,rst_seen,psh_seen,urg_seen,dur_ms,pps,fpps,bpps,iat_us
sizes=$rates,destination,len_min,len_max,pay0,fby,bby,flen_mean,blen_mean,byps,fbyps,bbyps
declare -A features=([slow]=$sizes [requests]=$rates [guesses]=$sizes [quiet]=$sizes)

# An attack's rows are learnt from this packet on: before it the connection is like any other, and learnt from those, a model takes
# the first packets of honest clients for an attack.
declare -A learnt_from=([slow]=8 [requests]=4 [guesses]=8 [quiet]=8)

# A tool has an address or two, so sources cannot be parted from sources: the trainer's own figures mean nothing here.
session_train=(--early-stopping 0 --split-by flow --validation 5% --test 5%)

# `all`: paths of the honest captures and of the families' attacks; `labels.csv`; `kinds.csv`: capture,kind,family, of lab captures. Attacks
# that hurt honest clients (live) are of the kind of the same tool.
sessions_list() {
	local family patterns=''
	for family in "${order[@]}"; do patterns+="$family ^(${families[$family]})\$ "; done
	head -n 1 "$lab/labels.csv" >"$dir/labels.csv"
	[[ ! -r $others/labels.csv ]] || awk -F, -v OFS=, 'NR > 1 && $2 == "benign" {
		n = split($1, part, "/"); print $1, $2, substr(part[n], 1, 60), $4, $5 }' "$others/labels.csv" >>"$dir/labels.csv"
	tail -n +2 "$lab/labels.csv" >>"$dir/labels.csv"
	awk -F, -v OFS=, -v patterns="$patterns" '
		BEGIN { words = split(patterns, word, " ") }
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["status"] == "made" {
			kind = $2
			if (sub(/^live_/, "", kind) && kind == "http_flood") kind = "http_flood_ab" # made by ab
			family = $3 == "honest" ? "honest" : ""
			for (i = 1; i < words && $3 != "honest"; i += 2) if (kind ~ word[i + 1]) family = word[i]
			if (family != "") print $1, kind, family
		}' "$lab/manifest.csv" >"$dir/kinds.csv"
	{
		awk -F, -v root="$others" 'NR > 1 && $1 !~ /^(honest|flood|scan|session|live)\// { print root "/" $1 }' "$dir/labels.csv"
		awk -F, -v root="$lab" '{ print root "/" $1 }' "$dir/kinds.csv"
	} >"$dir/all"
}

# One tool cannot be found by what was learnt of others where there are none.
session_is_judgeable() { (($(awk -F, -v family="$1" '$3 == family { print $2 }' "$dir/kinds.csv" | sort -u | wc -l) > 1)); } # family

# Kinds dealt out anew, captures of others one by one: `folds`: lines capture,fold; `part.FOLD`: paths; rows to learn from.
sessions_deal() { # seed
	rm -rf "$dir"/{learn,part.*,folds}
	mkdir "$dir/learn"
	shuf --random-source=<(yes "$1") "$dir/kinds.csv" | awk -F, -v OFS=, -v folds="$folds" '
		NR == FNR { if (!($2 in fold)) fold[$2] = kinds[$3]++ % folds; print $1, fold[$2]; next }
		FNR > 1 && $1 !~ /^(honest|flood|scan|session|live)\// { print $1, n++ % folds }' - "$dir/labels.csv" >"$dir/folds"
	awk -F, -v dir="$dir" '
		NR == FNR { fold[$1] = $2; next }
		{
			for (rest = $0; !(rest in fold) && rest ~ /\//; )
				sub(/^[^\/]*\//, "", rest)
			print >(dir "/part." fold[rest])
		}' "$dir/folds" "$dir/all"
	awk -v folds="$dir/folds" -v folder="$dir/learn" -v most=150 -v not_learnt='' -v exempt="$exempt" -f scripts/detection/learn.awk \
		"$dir/rows.csv" "$dir/rows.csv"
}

# Of these, those of honest traffic and of one family: `learn.family/FOLD.csv`.
session_rows_choose() { # family
	local file
	rm -rf "$dir/learn.family"
	mkdir "$dir/learn.family"
	for file in "$dir"/learn/*.csv; do
		awk -F, -v family="$1" -v from="${learnt_from[$1]}" '
			NR == FNR { of[$1] = $3; next }
			FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
			FNR == 1 || $at["label"] == "benign" || of[$at["capture"]] == family && $at["packets"] >= from' \
			"$dir/kinds.csv" "$file" >"$dir/learn.family/${file##*/}"
	done
}

# A model of all folds but this, told from honest traffic. `model.hgm` logs from margin 0.
session_model_make() { # family, fold
	local rows=() file
	for file in "$dir"/learn.family/*.csv; do
		[[ ${file##*/} == "$2.csv" ]] || rows+=(--rows "$file")
	done
	build/hedgerow-train --quiet "${rows[@]}" --features "${features[$1]}" "${session_train[@]}" --output "$dir/model.json" \
		--report "$dir/report.json" --report-text "$dir/report.txt"
	build/hedgerow-export --model "$dir/model.json" --rows "$dir/learn.family/$2.csv" --log-at 0 --drop-at 0 --allow-flips 1000 \
		--output "$dir/model.hgm" >"$dir/export.log" 2>&1
}

# Each fold scored by a model of the others: lines `fold,flow_id,label,capture,score`, the latter in 2^-20 of a margin.
session_scores() { # family
	local fold
	for ((fold = 0; fold < folds; fold++)); do
		[[ -e $dir/part.$fold ]] || continue
		session_model_make "$1" "$fold"
		replay --model "$dir/model.hgm" --rows "$dir/scored.csv" "$dir/part.$fold"
		labelled_rows "$dir/scored.csv" "$dir/model.hgm" | sed "s/^/$fold,/"
	done
	rm -f "$dir/scored.csv"
}

# Lines of `scores.csv` as rows: of one fold (own), or the honest ones of all others (lab, or all).
session_rows_of() { # fold, which
	awk -F, -v OFS=, -v fold="$1" -v which="$2" '
		BEGIN { print "flow_id", "label", "capture", "score" }
		which == "own" ? $1 == fold : $1 != fold && (which == "lab" ? $4 ~ /^honest\// : $4 !~ /^live\//) { print $2, $3, $4, $5 }' "$dir/scores.csv"
}

# The margin that so many honest flows of all folds but this reach, of the lab's and of all: the higher one.
session_margin() { # fold, share
	local which
	for which in lab all; do
		session_rows_of "$1" $which | awk -v fpr="$2" -v exempt="$exempt" -v shift_by=20 -f scripts/detection/margin.awk
	done | sort -g | tail -n 1
}

# What lies above the threshold: lines `family seed rate class capture flows hits`.
session_judge() { # family, seed
	local fold fpr margin
	session_scores "$1" >"$dir/scores.csv"
	for fpr in 0.01 0.001; do
		for ((fold = 0; fold < folds; fold++)); do
			margin=$(session_margin $fold $fpr)
			echo "$1, seed $2, fold $fold, honest flows at $fpr: log from margin $margin" >&2
			session_rows_of $fold own | awk -v log_at="$margin" -v shift_by=20 -f scripts/detection/scored.awk | sed "s/^/$1 $2 $fpr /"
		done
	done >>"$dir/judged"
}
