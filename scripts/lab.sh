#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The lab: network namespaces of its own, in which scripts may attach programs and run attacks.
#
#   lab.sh run SCRIPT [ARGS…]    runs a bash script in a fresh lab; lab/lib.sh is sourced for it and documents what it may call
#   lab.sh shell                 an interactive shell in a fresh lab
#
# The lab has its own mounts (/run and /sys/fs/bpf are private), network and processes, so nothing reaches the interfaces,
# pins and namespaces of this machine, and everything ends when this script ends, also by Ctrl-C or kill -9.
# Exit status: the script's.
set -euo pipefail

lab_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

lab_fail() {
	echo "lab: $*" >&2
	exit 1
}

# Runs inside: gives the new namespaces their private file systems, then becomes the script.
lab_enter() {
	mount --make-rprivate / 2>/dev/null || mount --make-rprivate /sys # the second in a chroot, whose / is no mount
	mount -t tmpfs -o mode=755 lab /run
	if [[ $(findmnt -n -o PROPAGATION /run | sort -u) != private ]]; then # in a lab there are two
		umount /run
		lab_fail "this chroot lies on a mount that others see; bind it to itself and make it private first"
	fi
	mkdir /run/netns /run/lab
	mount -t bpf lab /sys/fs/bpf || lab_fail "cannot mount a BPF file system; is this a container without CAP_SYS_ADMIN?"
	ip link set lo up
	export LAB=1 LAB_DIR=/run/lab
	case $1 in
	shell) exec bash --rcfile "$lab_home/lab/lib.sh" -i ;;
	run) exec bash -c '. "$1"; shift; . "$0"' "$2" "$lab_home/lab/lib.sh" "${@:3}" ;;
	esac
}

if [[ ${1-} == enter && $$ -eq 1 ]]; then
	lab_enter "${@:2}"
fi

case ${1-} in
run) [[ $# -ge 2 && -r $2 ]] || lab_fail "run: needs a script that can be read, given '${2-}'" ;;
shell) ;;
*)
	sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
[[ $EUID -eq 0 ]] || lab_fail "needs root, to make network namespaces; run it with sudo"
for tool in unshare setpriv nsenter ip tc; do
	command -v "$tool" >/dev/null || lab_fail "$tool is not installed; run scripts/setup.sh demo"
done

# The death of this shell kills unshare, the death of unshare kills process 1 of the lab, and that all others.
enclosed=(setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc)
mountpoint -q / || enclosed+=(--propagation unchanged)
enclosed+=(bash "$lab_home/lab.sh" enter "$@")
[[ $1 == shell ]] && exec "${enclosed[@]}"

"${enclosed[@]}" &
lab_pid=$!
trap 'kill -KILL "$lab_pid"; echo "lab: stopped, nothing is left behind" >&2; exit 130' INT TERM HUP
status=0
wait "$lab_pid" || status=$?
exit "$status"
