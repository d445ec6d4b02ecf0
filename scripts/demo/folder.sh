# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The folder that a run writes to: it is emptied first, so it has to be empty already, or an earlier run's.

FOLDER_MARK=.hedgerow-lab # in every folder that a run wrote to

# folder_check WHO FOLDER: fails with one line where emptying it would cost somebody else's files.
folder_check() {
	[[ -e $2 || -L $2 ]] || return 0
	[[ -d $2 ]] || {
		echo "$1: $2 is no folder; give a new or empty one" >&2
		return 1
	}
	[[ -e $2/$FOLDER_MARK || ! $(ls -A "$2") ]] || {
		echo "$1: $2 holds files that no earlier run left there; give a new or empty folder, or remove it yourself" >&2
		return 1
	}
}

# folder_take WHO FOLDER: empties or makes it.
folder_take() {
	folder_check "$@" || return
	rm -rf "$2"
	mkdir -p "$2"
	touch "$2/$FOLDER_MARK"
}
