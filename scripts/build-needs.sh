#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# build-needs.sh SET CC CLANG BPFTOOL: whether what `make` builds with is there: programs, and headers by asking the
# compiler. SET is build or test. Says in one line what is missing and what installs it. Packages are not asked for: who
# has these from elsewhere may build with them.
set -u
set=$1 cc=$2 clang=$3 bpftool=$4
headers=(bpf/libbpf.h xdp/libxdp.h xgboost/c_api.h jansson.h csv.h zlib.h sha256.h linux/bpf.h)
[[ $set == build ]] || headers+=(cmocka.h pcap/pcap.h)

missing=()
for program in "$cc" "${clang:-clang}" "$bpftool"; do
	command -v "${program%% *}" >/dev/null || missing+=("$program")
done
if command -v "${cc%% *}" >/dev/null; then
	for header in "${headers[@]}"; do
		# cmocka.h wants these before it
		printf '#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <stdint.h>\n#include <%s>\n' "$header" |
			$cc -x c -fsyntax-only - 2>/dev/null || missing+=("$header")
	done
fi
((${#missing[@]} == 0)) && exit 0
echo "build: missing: ${missing[*]}; run: sudo scripts/setup.sh $set" >&2
exit 1
