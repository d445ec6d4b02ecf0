#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# detection.sh [SEED…]: how well models find attacks in captures that they never saw. Folds of whole captures of $CAPTURES
# (its labels.csv says what they are): of five parts each in turn is judged, by a model of three others, with a threshold
# at which 1 % of the honest flows of the fourth score as high, each capture counting the same. Prints a table by seed and
# one by capture; docs/detection.md has them. Options for the replays, such as --ingress-only responders: REPLAY_OPTIONS.
set -euo pipefail
cd "$(dirname "$0")/.."
captures=$(realpath "${CAPTURES:-../shared/data/captures}" 2>/dev/null || true)
read -ra options <<<"${REPLAY_OPTIONS-}"
folds=5
fpr=0.01
[[ -r $captures/labels.csv ]] || {
	echo "detection: skipped: no captures with a labels.csv; CAPTURES=FOLDER names some" >&2
	exit 0
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Honest captures get names of their own as kinds, so that each weighs by the root of its flows, whatever else there is.
awk -F, -v OFS=, 'NR > 1 && $2 == "benign" { n = split($1, part, "/"); $3 = substr(part[n], 1, 60) } 1' \
	"$captures/labels.csv" >"$dir/labels.csv"
# Attacks and honest captures are dealt out one by one.
awk -F, -v dir="$dir" -v root="$captures" -v folds=$folds \
	'NR > 1 && $2 != "unlabelled" { print root "/" $1 >(dir "/part." n[$2]++ % folds) }' "$dir/labels.csv"

replay() { build/hedgerow replay --labels "$dir/labels.csv" "${options[@]}" "$@" 2>/dev/null; }

fold_run() { # seed, fold
	local seed=$1 fold=$2 next=$((($2 + 1) % folds)) shift_by margin
	: >"$dir/learn"
	for ((i = 0; i < folds; i++)); do
		((i == fold || i == next)) || cat "$dir/part.$i" >>"$dir/learn"
	done
	replay --rows "$dir/rows.csv" "$dir/learn"
	build/hedgerow-train --quiet --rows "$dir/rows.csv" --seed "$seed" --output "$dir/model.json" --report "$dir/report.json" \
		--report-text "$dir/report.txt"
	build/hedgerow-export --model "$dir/model.json" --rows "$dir/rows.csv" --drop-at-probability .5 --log-at-probability .5 \
		--output "$dir/model.hgm" >"$dir/export.log"
	shift_by=$(build/hedgerow-export show --json "$dir/model.hgm" | jq '.. | .scale_shift? // empty' | head -n 1)
	replay --model "$dir/model.hgm" --rows "$dir/scored.csv" "$dir/part.$next"
	margin=$(awk -v fpr=$fpr -v exempt='^$' -v shift_by="$shift_by" -f scripts/detection/margin.awk "$dir/scored.csv")
	# A row that lies on the threshold to the last digit may be rounded to its other side.
	build/hedgerow-export --model "$dir/model.json" --rows "$dir/rows.csv" --drop-at "$margin" --log-at "$margin" \
		--allow-flips 1000 --output "$dir/model.hgm" >"$dir/export.log"
	replay --model "$dir/model.hgm" --json "$dir/seed.$seed.fold.$fold.json" "$dir/part.$fold"
	# What the model alone would say, whatever the policy makes of it.
	replay --model "$dir/model.hgm" --rows "$dir/scored.csv" "$dir/part.$fold"
	awk -v log_at="$margin" -v shift_by="$shift_by" -f scripts/detection/scored.awk "$dir/scored.csv" |
		sed 's/$/ 0 1 0/' >"$dir/seed.$seed.fold.$fold.scored"
	echo "seed $seed, fold $fold: drop from margin $margin" >&2
}

# Rates over all folds of a seed, with intervals by resampling captures.
summary() { # seed
	{
		for class in malicious honest; do
			jq -r --arg class $class '.[$class].captures[] |
				"\($class) \(.name) \(.flows) \(.condemned) \(.first_packet_only) \(.packets) \(.packets_dropped)"' \
				"$dir"/seed."$1".fold.*.json
		done
		sed 's/ /_by_score /' "$dir"/seed."$1".fold.*.scored
	} | awk '{ print } $2 ~ /^(ddos|scan|http-pairs)/ { sub("malicious", "floods_and_scans"); print }' >"$dir/shares"
	awk -v seed="$1" '
		function draw(class, how,    n, i, k, part, whole, rates) {
			n = count[class]
			for (i = 0; i < n; i++) {
				k = class SUBSEP (how ? int(rand() * n) : i)
				part += condemned[k]; whole += flows[k]; rates += condemned[k] / flows[k]
			}
			pooled = part / whole; mean = rates / n
		}
		function interval(class, which,    i, j, gap, v, x) {
			for (i = 1; i <= 1000; i++) { draw(class, 1); v[i] = which ? mean : pooled }
			for (gap = 500; gap > 0; gap = int(gap / 2)) # sorts, by the method of Shell
				for (i = gap + 1; i <= 1000; i++) {
					x = v[i]
					for (j = i; j > gap && v[j - gap] > x; j -= gap) v[j] = v[j - gap]
					v[j] = x
				}
			return sprintf("%.3f..%.3f", v[25], v[976])
		}
		{ k = $1 SUBSEP count[$1]++; flows[k] = $3; condemned[k] = $4
		  all[$1] += $3; once[$1] += $5; packets[$1] += $6; dropped[$1] += $7 }
		END { srand(1)
			classes = split("floods_and_scans malicious honest floods_and_scans_by_score malicious_by_score honest_by_score", name, " ")
			for (i = 1; i <= classes; i++) {
				class = name[i]; draw(class, 0); p = pooled; m = mean
				printf "seed %s %-25s %5d captures %7d flows: condemned pooled %.4f (%s), mean over captures %.4f (%s), first packet only %.4f, packets dropped %.4f\n",
					seed, class, count[class], all[class], p, interval(class, 0), m, interval(class, 1),
					once[class] / all[class], dropped[class] / packets[class]
			}
		}' "$dir/shares"
}

(($#)) || set -- 1 2 3
for seed; do
	for ((fold = 0; fold < folds; fold++)); do fold_run "$seed" $fold; done
	summary "$seed"
done
echo
by_capture() { # lines of capture, flows, seed, share; a row for each capture
	sort | awk '{ if ($1 != name) { if (name) print line; name = $1; line = sprintf("%-64s %7d", $1, $2) } line = line sprintf(" %.3f", $4) }
		END { print line }'
}
echo "Attacks by capture: flows, and the condemned share by seed"
for seed; do
	jq -r --arg seed "$seed" '.malicious.captures[] | "\(.name) \(.flows) \($seed) \(.condemned / .flows)"' \
		"$dir"/seed."$seed".fold.*.json
done | by_capture
echo
echo "The same by score alone: what a model would condemn if the policy let it"
for seed; do
	awk -v seed="$seed" '$1 == "malicious" { print $2, $3, seed, $4 / $3 }' "$dir"/seed."$seed".fold.*.scored
done | by_capture
echo
echo "Honest captures with a condemned flow, by flows condemned in all seeds"
for seed; do jq -r '.honest.captures[] | select(.condemned > 0) | "\(.name) \(.flows) \(.condemned) \(.first_packet_only)"' "$dir"/seed."$seed".fold.*.json; done |
	awk '{ flows[$1] = $2; condemned[$1] += $3; once[$1] += $4 } END { for (n in flows) printf "%6d %-60s %6d flows, %d first packet only\n", condemned[n], n, flows[n], once[n] }' | sort -rn | head -25
