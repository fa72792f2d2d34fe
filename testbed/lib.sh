# SPDX-License-Identifier: GPL-2.0-only
# Functions that put programs, libraries and kernel modules into an image's root folder; sourced by
# the scripts that build images. They want $pkg, the folder of the unpacked packages, and $KVER, the
# kernel's version; $below, if set, is a list of the files in the layer below, which need not be in
# this one again.
# shellcheck shell=bash disable=SC2154

# What is packed is for other users too, whatever this one's umask.
umask 022

die() {
	echo "testbed: $*" >&2
	exit 1
}

# xen_folder: where the unpacked packages have the programs of their series of Xen
xen_folder() {
	(cd "$pkg" && echo /usr/lib/xen-[0-9]*)
}

# root_new ROOT: an empty root folder, laid out as Debian's (merged /usr).
root_new() {
	rm -rf "$1"
	mkdir -p "$1"/{dev,proc,sys,run,tmp,mnt,root,etc,var,usr/{bin,sbin,lib,lib64}}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$1"
	ln -s ../run "$1/var/run"
	ln -s ../run/lock "$1/var/lock"
	ln -s ../proc/mounts "$1/etc/mtab"
	echo 'root:x:0:0:root:/root:/bin/bash' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
}

# root_path PATH: where PATH of a merged system really is.
root_path() {
	case $1 in
	/bin/* | /sbin/* | /lib/* | /lib64/*) echo "/usr$1" ;;
	*) echo "$1" ;;
	esac
}

# source_of PATH: the file for PATH, from the unpacked packages, otherwise from this machine.
source_of() {
	local base
	for base in "$pkg" ''; do
		for path in "$1" "${1#/usr}" "/usr$1"; do
			[ ! -e "$base$path" ] || { echo "$base$path"; return; }
		done
	done
	die "$1 is in no package of testbed/packages and not on this machine"
}

# root_libs ROOT FILE: the libraries and the loader that FILE needs, and what they need.
root_libs() {
	local root=$1 name dir
	{ readelf -ld "$2" 2>/dev/null || true; } |
		sed -n -e 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' \
		-e 's/.*program interpreter: .*\/\(.*\)\]/\1/p' |
		while read -r name; do
			case $name in ld-linux*) dir=/usr/lib64 ;; *) \
				dir=/usr/lib/x86_64-linux-gnu ;; esac
			[ -z "$(find "$root/usr/lib" "$root/usr/lib64" -name "$name" \
				-print -quit 2>/dev/null)" ] || continue
			grep -qxF ".$dir/$name" "${below:-/dev/null}" ||
				root_file "$root" "$dir/$name"
		done
}

# root_file ROOT PATH [DST]: one file, with the libraries it needs.
root_file() {
	local src dst
	src=$(source_of "$2")
	dst=$1$(root_path "${3:-$2}")
	mkdir -p "${dst%/*}"
	cp -L "$src" "$dst"
	root_libs "$1" "$src"
}

# root_programs ROOT NAME...: programs, found as PATH finds them.
root_programs() {
	local root=$1 name dir
	shift
	for name; do
		for dir in /usr/sbin /usr/bin; do
			[ -e "$pkg$dir/$name" ] || [ -e "$dir/$name" ] ||
				[ -e "${dir#/usr}/$name" ] || continue
			root_file "$root" "$dir/$name"
			continue 2
		done
		die "no program $name on this machine: packaging/check-depends names its package"
	done
}

# root_busybox ROOT: busybox under each of its names that is not there yet.
root_busybox() {
	local name
	cp "$(source_of /usr/bin/busybox)" "$1/usr/bin/busybox"
	"$1/usr/bin/busybox" --list | while read -r name; do
		[ -e "$1/usr/bin/$name" ] || [ -e "$1/usr/sbin/$name" ] ||
			ln -s busybox "$1/usr/bin/$name"
	done
}

# root_modules ROOT NAME...: kernel modules with all that modules.dep says they need; built-in ones
# are passed over.
root_modules() {
	local root=$1 mods=$pkg/lib/modules/$KVER name line file
	shift
	for name; do
		name=${name//[-_]/[-_]}
		if grep -q "/$name\.ko\$" "$mods/modules.builtin"; then
			continue
		fi
		line=$(grep -E "/$name\.ko(\.xz)?:" "$mods/modules.dep") ||
			die "the kernel has no module $name"
		for file in ${line/:/}; do
			mkdir -p "$root/usr/lib/modules/$KVER/${file%/*}"
			cp "$mods/$file" "$root/usr/lib/modules/$KVER/$file"
			# Here once, and not slowly in the emulator at each boot.
			[[ $file != *.xz ]] || xz -df "$root/usr/lib/modules/$KVER/$file"
		done
	done
	cp "$mods"/modules.{order,builtin,builtin.modinfo} "$root/usr/lib/modules/$KVER"
}

# root_pack ROOT FILE: ROOT as a cpio archive, the form of an initramfs. The same files give the
# same archive; FILE changes as a whole, and only if its contents do.
root_pack() {
	find "$1" -mindepth 1 -exec touch -h -d @0 {} +
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort |
		cpio --quiet --reproducible -o -H newc -R 0:0) >"$2.new"
	if cmp -s "$2.new" "$2"; then
		rm "$2.new"
		touch "$2"
	else
		mv "$2.new" "$2"
	fi
}
