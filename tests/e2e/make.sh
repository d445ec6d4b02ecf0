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

t_uninstall_takes_what_install_left_and_nothing_else() {
	local root=$LAB_DIR/root
	mkdir -p root/opt/bin root/opt/share/hedgerow
	echo mine >root/opt/bin/mine
	echo mine >root/opt/share/hedgerow/mine.hgm
	find root -type f | sort >before
	in_repository install OUT=build DESTDIR="$root" PREFIX=/opt >/dev/null
	(($(find root -type f | wc -l) > $(wc -l <before) + 15))
	in_repository uninstall OUT=build DESTDIR="$root" PREFIX=/opt >/dev/null
	same "$(find root -type f | sort)" "$(cat before)"
	[[ ! -e root/opt/lib/hedgerow && ! -e root/opt/share/doc/hedgerow && -d root/opt/share/man/man1 ]]
	in_repository uninstall OUT=build DESTDIR="$root" PREFIX=/opt >/dev/null # once more is no error
}

t_pages_name_the_places_of_this_install() {
	local file
	in_repository install OUT=build DESTDIR="$LAB_DIR/root" PREFIX=/opt >/dev/null
	for file in share/man/man1/hedgerow.1 share/doc/hedgerow/docs/operating.md share/doc/hedgerow/README.md; do
		has 'xdp obj /opt/lib/hedgerow/hedgerow.bpf.o sec xdp' <"root/opt/$file"
		same "$(grep -c /usr/local "root/opt/$file")" 0
	done
	[[ -s root/opt/lib/hedgerow/hedgerow.bpf.o ]]
}

# Where the programs are that it names, or systemd calls them missing.
t_unit_is_one_that_systemd_takes() {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	in_repository install OUT=build PREFIX="$LAB_DIR/root" >/dev/null
	systemd-analyze verify --man=no "$LAB_DIR/root/lib/systemd/system/hedgerow.service" >said.txt 2>&1 || {
		cat said.txt
		return 1
	}
	same "$(grep hedgerow said.txt)" "" # of other units it may have something to say
	has "^ExecStart=$LAB_DIR/root/bin/hedgerow run --keep" <root/lib/systemd/system/hedgerow.service
}

t_install_leaves_programs_objects_pages_and_papers() {
	local file
	make --no-print-directory -C "$repository" install DESTDIR="$LAB_DIR/root" PREFIX=/usr >/dev/null
	for file in bin/hedgerow bin/hedgerow-train bin/hedgerow-export lib/hedgerow/hedgerow.bpf.o lib/hedgerow/hedgerow-egress.bpf.o \
		share/hedgerow/starter.hgm lib/systemd/system/hedgerow.service share/man/man1/hedgerow.1 share/doc/hedgerow/LICENSE share/doc/hedgerow/README.md \
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
