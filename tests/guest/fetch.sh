# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Kernels and compilers out of this Debian's archive, downloaded and unpacked below $GUESTS, never installed.
#
#   kernels_fetch            prints a line "VERSION IMAGE" for each kernel of the archive; without IMAGE where it cannot be had
#   compiler_fetch N         prints the clang of version N: the installed one, or one unpacked; fails where there is none

# The lists of the archive are fetched once in a run, when something is not found by those that are there: packages of old lists
# are gone from it.
archive_renew() {
	[[ ! -e $GUESTS/renewed ]] || return 1
	touch "$GUESTS/renewed"
	apt-get -qq -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=300 update >/dev/null 2>&1
}

# The package that a package without files of its own stands for.
package_behind() { apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -1; }

package_unpack() { # package: below $GUESTS/PACKAGE; fails when it cannot be fetched
	local folder=$GUESTS/$1 debs
	[[ ! -e $folder/.complete ]] || return 0
	rm -rf "$folder"
	mkdir -p "$folder"
	(cd "$folder" && apt-get -qq -o APT::Sandbox::User=root -o Acquire::http::Timeout=30 download "$1" >/dev/null 2>&1) || return 1
	debs=("$folder"/*.deb)
	dpkg-deb -x "${debs[0]}" "$folder" && rm "${debs[0]}" && touch "$folder/.complete"
}

kernels_fetch() {
	local meta package image version
	[[ $(package_behind linux-image-cloud-amd64) ]] || archive_renew
	for meta in linux-image-cloud-amd64 linux-image-6.12-cloud-amd64; do
		package=$(package_behind "$meta")
		[[ $package =~ ^linux-image-([0-9]+\.[0-9]+) ]] || continue # this Debian has no such kernel
		version=${BASH_REMATCH[1]} image=
		package_unpack "$package" || { archive_renew && package=$(package_behind "$meta") && package_unpack "$package"; } &&
			image=("$GUESTS/$package"/boot/vmlinuz-*)
		echo "$version ${image[0]}"
	done
}

compiler_fetch() {
	local package unpacked=$GUESTS/clang-$1/usr/lib/llvm-$1/bin/clang
	if command -v "clang-$1"; then
		return 0
	fi
	for package in "clang-$1" "libclang-cpp$1" "libllvm$1" "libclang-common-$1-dev"; do
		package_unpack "$package" || { archive_renew && package_unpack "$package"; } || return 1
	done
	# its own headers stand in a package beside it
	mkdir -p "$GUESTS/clang-$1/usr/lib/llvm-$1/lib/clang/$1"
	cp -a "$GUESTS/libclang-common-$1-dev/usr/." "$GUESTS/clang-$1/usr/"
	cat >"$GUESTS/clang-$1/clang" <<-WRAPPER
		#!/bin/sh
		LD_LIBRARY_PATH=$GUESTS/libllvm$1/usr/lib/x86_64-linux-gnu:$GUESTS/libclang-cpp$1/usr/lib/x86_64-linux-gnu exec $unpacked "\$@"
	WRAPPER
	chmod +x "$GUESTS/clang-$1/clang"
	"$GUESTS/clang-$1/clang" --version >/dev/null 2>&1 && echo "$GUESTS/clang-$1/clang"
}
