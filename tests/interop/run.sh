#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Models saved by other versions of XGBoost than Debian's: each xgboost wheel trains some, saves them as JSON and UBJSON
# with the margins it predicts, and hedgerow-export must agree with those margins on every row. A wheel that cannot be
# fetched is a skip. Downloads stay in build/interop.
set -u
cd "$(dirname "$0")/../.."
export=${EXPORT:-build/hedgerow-export}
cache=build/interop
versions=${XGBOOST_VERSIONS:-1.7.6 2.1.4 3.0.5 3.2.0}
passed=0 failed=0 skipped=0
mkdir -p "$cache"
[[ -x $export ]] || { echo "interop: $export is not there; run make" >&2; exit 1; }

# X(name, ... opens each line of the feature list.
mapfile -t features < <(sed -n 's/^X(\([a-z0-9_]*\),.*/\1/p' bpf/feature_vector.h)

# The wheel alone: what it asks for beyond numpy and scipy is for graphics cards, and large.
wheel_install() { # version folder
	[[ -e $2/installed ]] && return
	rm -rf "$2"
	python3 -m venv "$2" &&
		"$2/bin/pip" install --quiet --disable-pip-version-check numpy scipy &&
		"$2/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
			--cache-dir "$cache/pip" "xgboost==$1" &&
		touch "$2/installed"
}

model_check() { # version name format drop_at folder classes
	local what="xgboost $1 $2.$3" out
	local -a classes=(--classes "$6")
	[[ $6 == - ]] && classes=()
	if out=$("$export" --model "$5/$2.$3" --rows "$5/rows.csv" --margins "$5/$2.csv" --drop-at "$4" \
		"${classes[@]}" --output "$5/$2.$3.hgm" 2>&1) && grep -q "^parity:.* against the margins of XGBoost $1:" <<<"$out"; then
		((passed++))
		printf '  ok   %-32s %s\n' "$what" \
			"$(sed -n 's/.*proven |score - margin| <= \([^ ]*\).*/bound \1/p; s/^parity:.*the margins.*largest difference \([^;]*\);.*/difference \1/p; s/^verdicts: //p' \
				<<<"$out" | paste -sd' ')"
	else
		((failed++))
		printf '  FAIL %s\n' "$what"
		sed 's/^/       /' <<<"$out"
	fi
}

# The models below tests/data, made again by the version that made them: the same bytes, the same margins.
golden_check() { # version
	local folder=$cache/golden out
	if out=$("$cache/xgboost-$1/bin/python" tests/data/golden_models.py "$folder" 2>&1) &&
		out=$(diff -rq "tests/data/golden/$1" "$folder/$1" && cmp tests/data/golden/rows.csv "$folder/rows.csv"); then
		((passed++))
		echo "  ok   xgboost $1 makes the golden models again"
	else
		((failed++))
		echo "  FAIL xgboost $1 makes other golden models"
		sed 's/^/       /' <<<"$out"
	fi
}

for version in $versions; do
	folder=$cache/models-$version
	if ! wheel_install "$version" "$cache/xgboost-$version" >"$cache/install-$version.log" 2>&1; then
		echo "  skip xgboost $version: not to be had: $(tail -n1 "$cache/install-$version.log")"
		((skipped++))
		continue
	fi
	mkdir -p "$folder"
	golden_check "$version"
	if ! "$cache/xgboost-$version/bin/python" tests/interop/save_models.py "$folder" "${features[@]}" \
		>"$folder/models" 2>"$folder/log"; then
		echo "  FAIL xgboost $version could not train:"
		sed 's/^/       /' "$folder/log"
		((failed++))
	fi
	while read -r name drop_at classes; do
		for format in json ubj; do
			model_check "$version" "$name" "$format" "$drop_at" "$folder" "$classes"
		done
	done <"$folder/models"
done
echo "interop: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
