# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# What a guest boots into: busybox, the programs to be run in /tests, and what these need. Below $GUESTS.
#
#   initramfs_of_tests LABEL FOLDER TEST…           the kernel tier's, built in FOLDER, and ${rounds[@]}; prints the file
#   initramfs_of_scenes LABEL FOLDER IMAGE SCENE…   scenes, with the agent built in FOLDER, tools, and modules of IMAGE

objects=(hedgerow.bpf.o hedgerow-egress.bpf.o hedgerow-member.bpf.o)

# A file with the shared libraries that it needs, below another root.
file_add() { # root, file, path below the root
	local library
	install -D "$2" "$1/$3"
	ldd "$2" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		[[ -e $1/$library ]] || install -D "$library" "$1/$library"
	done
}

root_begin() { # root, build folder
	local object
	rm -rf "$1"
	mkdir -p "$1"/{bin,sbin,proc,sys,tmp,tests,dev,var/lib}
	cp "$(command -v busybox)" "$1/bin/busybox"
	cp tests/guest/init "$1/init"
	for object in "${objects[@]}"; do
		cp "$2/$object" "$1/"
	done
}

root_pack() { # root, label
	(cd "$1" && find . | cpio --quiet -o -H newc | gzip -1) >"$GUESTS/$2.cpio.gz"
	rm -rf "$1"
	echo "$GUESTS/$2.cpio.gz"
}

initramfs_of_tests() {
	local root=$GUESTS/root-$1 test
	root_begin "$root" "$2"
	for test in "${@:3}"; do
		file_add "$root" "$2/tests/kernel/$test" "tests/$test"
	done
	[[ ! -d $CAPTURES/robust ]] || { mkdir -p "$root/captures" && cp -r "$CAPTURES/robust" "$root/captures/"; }
	{
		declare -p "${rounds[@]}"
		echo "export HEDGEROW_OBJECTS='$(printf '/%s ' "${objects[@]}")' HEDGEROW_COMPILER=$1 CAPTURES=/captures"
	} | sed 's/^declare -x/export/' >"$root/settings"
	root_pack "$root" "$1"
}

modules_add() { # root, image, modules
	local version=${2##*/vmlinuz-} module file
	local from to=$1/lib/modules/$version
	# in /lib on Debian 12, in /usr/lib on 13
	from=$(dirname "$(find "${2%/boot/*}" -path "*/lib/modules/$version/modules.order")")
	mkdir -p "$to"
	cp "$from"/modules.{order,builtin} "$to/"
	for module in "${@:3}"; do
		file=$(find "$from" -name "$module.ko*" | head -1) # without one it is built in
		[[ ! $file ]] || cp "$file" "$to/"
	done
	find "$to" -name '*.xz' -exec xz -d {} +
	busybox depmod -b "$1" "$version"
}

initramfs_of_scenes() {
	local root=$GUESTS/root-$1 tool scene
	root_begin "$root" "$2"
	mkdir -p "$root"/{scenes,usr/lib}
	cp tests/guest/scenes/lib "$root/scenes/"
	cp deploy/starter-model/*.hgm "$root/model.hgm"
	for scene in "${@:4}"; do
		install -m 755 "tests/guest/scenes/$scene.sh" "$root/tests/$scene"
	done
	file_add "$root" "$2/hedgerow" usr/bin/hedgerow
	for tool in ip ethtool xdp-loader xdp-filter; do
		file_add "$root" "$(PATH=$PATH:/usr/sbin:/sbin command -v $tool)" usr/bin/$tool
	done
	for tool in /usr/lib/*/bpf/xdp*.o; do # of libxdp and its tools
		install -D -m 644 "$tool" "$root/$tool"
	done
	modules_add "$root" "$3" virtio{,_ring,_pci,_pci_legacy_dev,_pci_modern_dev,_net} failover net_failover veth \
		sch_ingress cls_bpf 8021q mrp garp stp llc
	echo 'export PATH=/usr/bin:/bin; ln -s /bin/modprobe /sbin/modprobe' >"$root/settings"
	root_pack "$root" "$1"
}
