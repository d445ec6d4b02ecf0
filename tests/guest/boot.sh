# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Boots guests, GUEST_SLOTS at once, and makes of what they say results for run-tests.sh, in $LOGS.
#
#   guest_start NAME IMAGE INITRAMFS PROGRAM…   a guest that runs these, begun as soon as there is a slot for it
#   guests_wait                                 until the last has ended
#   result_put NAME STATUS <OUTPUT              a result of what ran elsewhere
#   skip_put NAME WHY                           one that was not run

GUEST_SLOTS=${GUEST_SLOTS:-$(nproc)} # an emulated guest takes one processor
GUEST_SECONDS=${GUEST_SECONDS:-1800}

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
# shellcheck disable=SC2054 # commas are the emulator's
cards=(-netdev hubport,id=n0,hubid=0 -device virtio-net-pci,netdev=n0 -netdev hubport,id=n1,hubid=0 -device virtio-net-pci,netdev=n1)
# shellcheck disable=SC2054
[[ ! -c /dev/net/tun ]] || cards+=(
	-netdev tap,id=n2,ifname=guest2,script=no,downscript=no,queues=2 -device virtio-net-pci,netdev=n2,mq=on,vectors=6
	-netdev tap,id=n3,ifname=guest3,script=no,downscript=no -device virtio-net-pci,netdev=n3,ctrl_guest_offloads=off)

# A guest of one processor gets a clock that counts instructions, 500 million a second: on a busy machine, and one that stops
# the guest for a while, as much happens in a second as on an idle one. Tests count on that: a hook that saw no packet for a
# second may be gone. Guests with cards work in the host's time, and so do those of two processors: 6.1 does not start the second
# by such a clock.
guest_pairs=(contention_test swap_test code_swap_test) # what wants two processors

guest_machine() { # first program: sets machine[]
	machine=(-smp 1 -icount "shift=1,sleep=off")
	[[ " ${guest_pairs[*]} " != *" $1 "* ]] || machine=(-smp 2)
	[[ $1 != virtio ]] || machine=(-smp 2 "${cards[@]}")
}

# In a network namespace that goes with it. One thread for all processors: emulated side by side they can miss that the
# kernel rewrote its own code, and it ends. Without the instructions that fill and copy fast (erms, fsrm) kernels use those that
# take eight bytes a step; emulated, each step costs the same.
guest_boot() { # image, initramfs, machine: what its console said, on standard output
	timeout -k 5 "$GUEST_SECONDS" unshare -n qemu-system-x86_64 -accel tcg,thread=single -cpu max,-erms,-fsrm -m 1536 \
		-nodefaults -display none -no-reboot -serial stdio "${@:3}" -kernel "$1" -initrd "$2" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check" </dev/null 2>&1
}

# Beside the results: how long each took, by the guest's clock, and how long a processor was at the guest, in $GUESTS/times.
guest_run() { # name, image, initramfs, programs in it
	local console=$GUESTS/$1-$4.console machine program status seconds TIMEFORMAT="%U s of processor, guest $1 of $4" why
	guest_machine "$4"
	why="the guest ended before this did"
	{ time guest_boot "$2" "$3" "${machine[@]}" >"$console"; } 2>>"$GUESTS/times"
	(($? != 124)) || why="the guest was stopped after $GUEST_SECONDS s (GUEST_SECONDS) with $(grep "guest $1 of $4$" "$GUESTS/times")"
	sed -i 's/\r$//' "$console"
	for program in "${@:4}"; do
		read -r status seconds < <(sed -n "s/^@end $program //p" "$console")
		if [[ $status ]]; then
			sed -n "/^@begin $program$/,/^@end $program /{/^@/d;p}" "$console" | result_put "$1-$program" "$status"
			echo "$seconds s $1 $program" >>"$GUESTS/times"
		else
			{
				echo "$why; the end of what it said:"
				tail -n 30 "$console"
			} | result_put "$1-$program" 1
		fi
	done
}

guest_start() {
	while (($(jobs -rp | wc -l) >= GUEST_SLOTS)); do
		wait -n
	done
	guest_run "$@" &
}

guests_wait() { wait; }
