#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh: the kernel tier in guests (qemu, no KVM needed) on the kernels of this Debian's archive, with the objects of each
# of its compilers; scenes with whole interfaces, virtual cards among them; and what the verifier of the running kernel makes
# of all objects. Packages are downloaded and unpacked below build/guests, never installed. What cannot be fetched is a
# counted skip. GUEST_TESTS names the tests, GUEST_SCENES the scenes: those in scenes/. GUEST_COMPILERS=1: one only.
set -u
cd "$(dirname "$0")/../.." || exit
GUESTS=$PWD/build/guests
LOGS=$GUESTS/logs
# What replays captures by the hundred runs on the running kernel alone: a guest's processor is emulated.
GUEST_TESTS=${GUEST_TESTS-verifier packets parse datapath lists egress score swap shadow contention safety scope code code_swap}
GUEST_SCENES=${GUEST_SCENES-virtio dispatcher}
CAPTURES=${CAPTURES:-../shared/data/captures}
GUEST_SECONDS=${GUEST_SECONDS:-600}
. tests/guest/fetch.sh
. tests/guest/initramfs.sh

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

# Two cards on one wire; and where this host has taps, one with two queues, and one whose bundling nothing in the guest can
# end: what these need of a host no wire gives.
cards=(-netdev hubport,id=n0,hubid=0 -device virtio-net-pci,netdev=n0 -netdev hubport,id=n1,hubid=0 -device virtio-net-pci,netdev=n1)
[[ ! -c /dev/net/tun ]] || cards+=(
	-netdev tap,id=n2,ifname=guest2,script=no,downscript=no,queues=2 -device virtio-net-pci,netdev=n2,mq=on,vectors=6
	-netdev tap,id=n3,ifname=guest3,script=no,downscript=no -device virtio-net-pci,netdev=n3,ctrl_guest_offloads=off)

# In a network namespace that goes with it. One thread for both processors: emulated side by side they can miss that the
# kernel rewrote its own code, and it ends.
guest_boot() { # image, initramfs: what its console said, on standard output
	timeout -k 5 "$GUEST_SECONDS" unshare -n qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 1536 -nodefaults \
		-display none -no-reboot -serial stdio "${cards[@]}" -kernel "$1" -initrd "$2" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check" </dev/null 2>&1 | tr -d '\r'
}

guest_run() { # name, image, initramfs, tests: the programs in it
	local console=$GUESTS/$1.console test status
	guest_boot "$2" "$3" >"$console"
	for test in "${@:4}"; do
		status=$(sed -n "s/^@end $test \([0-9]*\)$/\1/p" "$console")
		if [[ $status ]]; then
			sed -n "/^@begin $test$/,/^@end $test /{/^@/d;p}" "$console" | result_put "$1-$test" "$status"
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
	[[ $label != "clang-$version" && ${GUEST_COMPILERS-} != 1 ]] || return 0
	clang=$(compiler_fetch "$version") || return 1
	make --no-print-directory -s -j"$(nproc)" OUT="build/clang-$version" CLANG="$clang" guest-programs >&2 || return 1
	echo "clang-$version build/clang-$version"
}

rm -rf "$LOGS"
mkdir -p "$LOGS"
. /etc/os-release
for tool in qemu-system-x86_64 busybox cpio unshare; do
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
		HEDGEROW_COMPILER=$label HEDGEROW_OBJECTS="$(printf "$folder/%s " "${objects[@]}")" \
			"$folder/tests/kernel/verifier_test" >"$LOGS/out" 2>&1
		result_put "running-$label-verifier" $? <"$LOGS/out"
		rm -f "$LOGS/out"
		read -ra tests < <(sed "s/[^ ]\+/&_test/g" <<<"$GUEST_TESTS")
		[[ ! $GUEST_TESTS ]] || initramfs=$(initramfs_of_tests "$label" "$folder" "${tests[@]}")
		for kernel in "${kernels[@]}"; do
			read -r version image <<<"$kernel"
			if [[ $image ]]; then
				[[ ! $GUEST_TESTS ]] || guest_run "$version-$label" "$image" "$initramfs" "${tests[@]}"
				# shellcheck disable=SC2086
				[[ ! $GUEST_SCENES ]] || guest_run "$version-$label" "$image" \
					"$(initramfs_of_scenes "$version-$label" "$folder" "$image" $GUEST_SCENES)" $GUEST_SCENES
			else
				skip_put "$version-$label" "no package of this kernel could be fetched"
			fi
		done
	done
fi
scripts/run-tests.sh kernels "$LOGS"/*
