# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# What `make` says before it builds anything, and what `make install` leaves.

# The messages of `make` itself, and of nobody else.
without_make() { grep -v '^make' || true; }
in_repository() { make --no-print-directory -C "$repository" OUT="$LAB_DIR/out" "$@"; }

t_missing_compiler_is_named_before_anything_is_built() {
	local said status=0
	said=$(in_repository -j4 CC=no-such-cc all 2>&1) || status=$?
	same "$status" 2
	same "$(without_make <<<"$said")" "build: missing: no-such-cc; run: sudo scripts/setup.sh build"
	same "$(find out -type f | wc -l)" 0
}

t_missing_headers_are_named_before_anything_is_built() {
	local said
	# a compiler without a place to find headers in
	said=$(in_repository -j4 CC="${CC:-cc} -nostdinc" CLANG=no-such-clang all 2>&1) && return 1
	without_make <<<"$said" | has '^build: missing: no-such-clang bpf/libbpf.h .*jansson.h .*; run: sudo scripts/setup.sh build$'
	same "$(without_make <<<"$said" | wc -l)" 1
	refused 'cmocka.h pcap/pcap.h; run: sudo scripts/setup.sh test$' "$repository/scripts/build-needs.sh" test "${CC:-cc} -nostdinc" true true
	"$repository/scripts/build-needs.sh" test "${CC:-cc}" true true
}

t_run_asks_for_its_interface_before_it_installs_or_builds() {
	local said status=0
	said=$(in_repository run 2>&1) || status=$?
	same "$status" 2
	without_make <<<"$said" | has '^run: which interface? For example: sudo make run IFACE=eth0 (there are: .*lo'
	same "$(without_make <<<"$said" | wc -l)" 1
	said=$(in_repository run IFACE=nope 2>&1) && return 1
	without_make <<<"$said" | has "^run: no interface 'nope' (there are: "
	same "$(without_make <<<"$said" | wc -l)" 1
}

t_install_leaves_programs_objects_pages_and_papers() {
	local file
	make --no-print-directory -C "$repository" install DESTDIR="$LAB_DIR/root" PREFIX=/usr >/dev/null
	for file in bin/hedgerow bin/hedgerow-train bin/hedgerow-export lib/hedgerow/hedgerow.bpf.o lib/hedgerow/hedgerow-egress.bpf.o \
		share/hedgerow/starter.hgm share/man/man1/hedgerow.1 share/doc/hedgerow/LICENSE share/doc/hedgerow/README.md \
		share/doc/hedgerow/docs/operating.md; do
		[[ -s root/usr/$file ]] || {
			echo "not installed: $file"
			return 1
		}
	done
	# every command that the program has is in its manual
	for file in $("$hedgerow" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' root/usr/share/man/man1/hedgerow.1 | has "^\.BR* \"*\(.* \)*$file\b" || {
			echo "not in the manual's COMMANDS: $file"
			return 1
		}
	done
}
