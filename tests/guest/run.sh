#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh: the kernel tier in guests (qemu, no KVM needed) on the kernels of this Debian's archive, with the objects of each
# of its compilers; and what the verifier of the running kernel makes of all of these. Packages are downloaded and
# unpacked below build/guests, never installed. What cannot be fetched is a counted skip. GUEST_TESTS names the tests.
set -u
cd "$(dirname "$0")/../.." || exit
GUESTS=$PWD/build/guests
LOGS=$GUESTS/logs
# What replays captures by the hundred runs on the running kernel alone: a guest's processor is emulated.
GUEST_TESTS=${GUEST_TESTS:-verifier packets parse datapath lists egress score swap contention safety scope code code_swap}
CAPTURES=${CAPTURES:-../shared/data/captures}
GUEST_SECONDS=${GUEST_SECONDS:-600}
. tests/guest/fetch.sh

# The result of a test as a program of its own, for run-tests.sh to count.
result_put() { # name, status; its output on standard input
	{
		echo "#!/bin/sh"
		echo "cat <<'@@@'"
		cat
		echo "@@@"
		echo "exit $2"
	} >"$LOGS/$1"
	chmod +x "$LOGS/$1"
}

skip_put() { # name, why
	printf '[ RUN      ] %s\nskip: %s\n[  SKIPPED ] %s\n' guest "$2" guest | result_put "$1" 0
}

# A file with the shared libraries that it needs, below another root.
file_add() { # root, file, path below the root
	local library
	install -D "$2" "$1/$3"
	ldd "$2" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		[[ -e $1/$library ]] || install -D "$library" "$1/$library"
	done
}

initramfs_make() { # compiler's label, its build folder; prints the file
	local root=$GUESTS/root-$1 test
	rm -rf "$root"
	mkdir -p "$root"/{bin,proc,sys,tmp,tests,dev}
	cp "$(command -v busybox)" "$root/bin/busybox"
	cp tests/guest/init "$root/init"
	for test in $GUEST_TESTS; do
		file_add "$root" "$2/tests/kernel/${test}_test" "tests/${test}_test"
	done
	cp "$2/hedgerow.bpf.o" "$2/hedgerow-egress.bpf.o" "$root/"
	[[ ! -d $CAPTURES/robust ]] || { mkdir -p "$root/captures" && cp -r "$CAPTURES/robust" "$root/captures/"; }
	cat >"$root/settings" <<-SETTINGS
		export HEDGEROW_OBJECTS="/hedgerow.bpf.o /hedgerow-egress.bpf.o" HEDGEROW_FUZZ_ROUNDS=20000 HEDGEROW_CODE_ROUNDS=8 HEDGEROW_COMPILER=$1 CAPTURES=/captures
	SETTINGS
	(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$GUESTS/$1.cpio.gz"
	rm -rf "$root"
	echo "$GUESTS/$1.cpio.gz"
}

# One thread for both processors: emulated side by side they can miss that the kernel rewrote its own code, and it ends.
guest_boot() { # image, initramfs: what its console said, on standard output
	timeout -k 5 "$GUEST_SECONDS" qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 1536 -nodefaults -display none \
		-no-reboot -serial stdio -kernel "$1" -initrd "$2" -append "console=ttyS0 quiet panic=-1 no_timer_check" </dev/null 2>&1 |
		tr -d '\r'
}

guest_run() { # name, image, initramfs
	local console=$GUESTS/$1.console test status
	guest_boot "$2" "$3" >"$console"
	for test in $GUEST_TESTS; do
		status=$(sed -n "s/^@end ${test}_test \([0-9]*\)$/\1/p" "$console")
		if [[ $status ]]; then
			sed -n "/^@begin ${test}_test$/,/^@end ${test}_test/{/^@/d;p}" "$console" | result_put "$1-$test" "$status"
		else
			{
				echo "the guest ended before this test did; the end of what it said:"
				tail -n 30 "$console"
			} | result_put "$1-$test" 1
		fi
	done
}

# label and build folder of each compiler whose objects are tried
compilers_build() {
	local version=$1 label clang
	label=clang-$($2 --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
	echo "$label build"
	[[ $label != "clang-$version" ]] || return 0
	clang=$(compiler_fetch "$version") || return 1
	make --no-print-directory -s -j"$(nproc)" OUT="build/clang-$version" CLANG="$clang" guest-programs >&2 || return 1
	echo "clang-$version build/clang-$version"
}

rm -rf "$LOGS"
mkdir -p "$LOGS"
. /etc/os-release
for tool in qemu-system-x86_64 busybox cpio; do
	command -v "$tool" >/dev/null || missing=$tool
done
if [[ ${missing-} ]]; then
	skip_put guests "no $missing; scripts/setup.sh test installs it"
else
	clang=$(make --no-print-directory -s print-clang)
	other=19
	[[ $($clang --version) == *"version 19."* && $VERSION_ID == 12 ]] && other=14
	mapfile -t compilers < <(compilers_build "$other" "$clang" || echo "clang-$other")
	mapfile -t kernels < <(kernels_fetch)
	((${#kernels[@]})) || skip_put guests "no kernel package could be fetched"
	for compiler in "${compilers[@]}"; do
		read -r label folder <<<"$compiler"
		if [[ ! $folder ]]; then
			skip_put "$label" "it could be neither fetched nor used"
			continue
		fi
		HEDGEROW_COMPILER=$label HEDGEROW_OBJECTS="$folder/hedgerow.bpf.o $folder/hedgerow-egress.bpf.o" \
			"$folder/tests/kernel/verifier_test" >"$LOGS/out" 2>&1
		result_put "running-$label-verifier" $? <"$LOGS/out"
		rm -f "$LOGS/out"
		initramfs=$(initramfs_make "$label" "$folder")
		for kernel in "${kernels[@]}"; do
			read -r version image <<<"$kernel"
			if [[ $image ]]; then
				guest_run "$version-$label" "$image" "$initramfs"
			else
				skip_put "$version-$label" "no package of this kernel could be fetched"
			fi
		done
	done
fi
scripts/run-tests.sh kernels "$LOGS"/*
