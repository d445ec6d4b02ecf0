#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh [brief]: the kernel tier in guests (qemu, no KVM needed) on the kernels of this Debian's archive, with the objects of
# each of its compilers; scenes with whole interfaces, virtual cards among them; and what the verifier of the running kernel
# makes of all objects. Packages are downloaded and unpacked below build/guests, never installed. What cannot be fetched is a
# counted skip. `brief`: what a kernel version or a compiler can change. GUEST_TESTS names other tests than the set's,
# GUEST_SCENES other scenes: those in scenes/. GUEST_COMPILERS=1: one compiler only.
set -u
cd "$(dirname "$0")/../.." || exit
GUESTS=$PWD/build/guests
LOGS=$GUESTS/logs
CAPTURES=${CAPTURES:-../shared/data/captures}
unset MAKEFLAGS MFLAGS # the recipe's parent make leaves its job server behind; what is made here is a build of its own
. tests/guest/fetch.sh
. tests/guest/initramfs.sh
. tests/guest/boot.sh

# What replays captures by the hundred runs on the running kernel alone: a guest's processor is emulated. For the same reason
# there are fewer rounds of what is done again and again.
set_of_all="verifier packets parse datapath lists egress score swap shadow contention safety scope blocks newcomers full_table retry sockets \
	pin tables code code_swap"
case ${1-} in
brief) set_tests="verifier packets datapath lists egress safety pin tables code swap" set_scenes="virtio dispatcher" scenes_by=first ;;
'') set_tests=$set_of_all set_scenes="virtio dispatcher" scenes_by=all ;;
*)
	echo "run.sh: no such set: '$1'; there is brief, and without a name all" >&2
	exit 2
	;;
esac
rounds=(HEDGEROW_FUZZ_ROUNDS HEDGEROW_CODE_ROUNDS HEDGEROW_FLOOD_ROUNDS SWAPS SWAPS_AS_CODE)
export HEDGEROW_FUZZ_ROUNDS=20000 HEDGEROW_CODE_ROUNDS=8 HEDGEROW_FLOOD_ROUNDS=1 SWAPS=20 SWAPS_AS_CODE=2
read -ra tests <<<"${GUEST_TESTS-$set_tests}"
read -ra scenes <<<"${GUEST_SCENES-$set_scenes}"
tests=("${tests[@]/%/_test}") tests_alone=() tests_paired=()
for test in "${tests[@]}"; do
	if [[ " ${guest_pairs[*]} " == *" $test "* ]]; then
		tests_paired+=("$test")
	else
		tests_alone+=("$test")
	fi
done

# The label and the build folder of each compiler whose objects are tried; a label alone where it cannot be had, - where it
# cannot build them. Of the second no more is built than runs.
compilers_build() { # the installed compiler
	local label other=19 clang targets=("${objects[@]}" "${tests[@]/#/tests/kernel/}")
	label=$($1 --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
	echo "clang-$label build"
	if [[ ${GUEST_COMPILERS-} == 1 || $label/$VERSION_ID == 19/13 ]]; then
		return # Debian 13 has no other
	fi
	[[ $label != 19 ]] || other=14
	[[ $scenes_by == first ]] || targets+=(hedgerow)
	if ! clang=$(compiler_fetch "$other"); then
		echo "clang-$other"
	elif make --no-print-directory -s -j"$(nproc)" OUT="build/clang-$other" CLANG="$clang" "${targets[@]/#/build/clang-$other/}" >&2; then
		echo "clang-$other build/clang-$other"
	else
		echo "clang-$other -"
	fi
}

running_kernel_try() { # label, folder
	HEDGEROW_COMPILER=$1 HEDGEROW_OBJECTS="$(printf "$2/%s " "${objects[@]}")" build/tests/kernel/verifier_test >"$GUESTS/out" 2>&1
	result_put "running-$1-verifier_test" $? <"$GUESTS/out"
}

kernel_try() { # version, image, label, folder, whether scenes are played
	local scene
	if [[ ! $2 ]]; then
		skip_put "$1-$3" "no package of this kernel could be fetched"
		return
	fi
	((${#tests_alone[@]} == 0)) || guest_start "$1-$3" "$2" "$GUESTS/$3.cpio.gz" "${tests_alone[@]}"
	((${#tests_paired[@]} == 0)) || guest_start "$1-$3" "$2" "$GUESTS/$3-paired.cpio.gz" "${tests_paired[@]}"
	(($5)) || return
	for scene in "${scenes[@]}"; do
		guest_start "$1-$3" "$2" "$(initramfs_of_scenes "$1-$3-$scene" "$4" "$2" "$scene")" "$scene"
	done
}

matrix_try() {
	local label folder kernel version image played=1 kernels
	mapfile -t kernels < <(kernels_fetch)
	((${#kernels[@]})) || skip_put guests "no kernel package could be fetched"
	while read -r label folder; do
		if [[ ! $folder ]]; then
			skip_put "$label" "this compiler could be neither fetched nor used"
			continue
		fi
		if [[ $folder == - ]]; then
			echo "what it says of our code stands above" | result_put "$label" 1
			continue
		fi
		[[ " ${tests[*]} " != *" verifier_test "* ]] || running_kernel_try "$label" "$folder"
		((${#tests_alone[@]} == 0)) || initramfs_of_tests "$label" "$folder" "${tests_alone[@]}" >/dev/null
		((${#tests_paired[@]} == 0)) || initramfs_of_tests "$label-paired" "$folder" "${tests_paired[@]}" >/dev/null
		for kernel in "${kernels[@]}"; do
			read -r version image <<<"$kernel"
			kernel_try "$version" "$image" "$label" "$folder" "$played"
		done
		[[ $scenes_by == all ]] || played=0
	done < <(compilers_build "$(make --no-print-directory -s print-clang)")
	guests_wait
}

# The verifier's figures of all kernels and compilers stand in a table of their own.
results_print() {
	local status
	scripts/run-tests.sh kernels "$LOGS"/* >"$GUESTS/out"
	status=$?
	grep -v '^# verifier ' "$GUESTS/out" | sed '$d'
	tests/guest/table.sh <"$GUESTS/out" | tee "$GUESTS/table.md"
	tail -n 1 "$GUESTS/out"
	return $status
}

rm -rf "$LOGS" "$GUESTS"/{times,renewed}
mkdir -p "$LOGS"
. /etc/os-release
for tool in qemu-system-x86_64 busybox cpio unshare; do
	command -v "$tool" >/dev/null || missing=$tool
done
if [[ ${missing-} ]]; then
	skip_put guests "no $missing; scripts/setup.sh test installs it"
else
	matrix_try
fi
results_print
