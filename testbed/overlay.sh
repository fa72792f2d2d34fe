# SPDX-License-Identifier: GPL-2.0-only
# The last layer of an initramfs: a script, its arguments and added files. Sourced by xenhost, for
# dom0, and by testguest, for guests; both define failed, which says why and exits.
# shellcheck shell=bash

# For the command lines of both kernels: no tests of ciphers, no IPv6, and not the two kinds of keys
# that start modprobe. Nobody here uses these, and they take seconds of a boot. No commas: QEMU's
# -initrd has its own use for them. Without random addresses, because the code that QEMU has
# translated is of use again only at the same address: a program starts in half of the time or less.
# shellcheck disable=SC2034 # xenhost and testguest use it
quick='norandmaps cryptomgr.notests ipv6.disable=1'
quick+=' initcall_blacklist=crypto_kdf108_init initcall_blacklist=init_encrypted'

# overlay_add ROOT SRC[:DST]: puts the file or folder SRC where DST of a system with merged /usr
# really is; DST is /root/NAME if not given.
overlay_add() {
	local src=${2%:*} dst=
	src=${src%/}
	case $2 in
	*:*) dst=${2##*:} ;;
	esac
	[ -e "$src" ] || failed "no file $src"
	case $dst in
	'') dst=/root/${src##*/} ;;
	/bin/* | /sbin/* | /lib/* | /lib64/*) dst=/usr$dst ;;
	/var/run/*) dst=${dst#/var} ;;
	/*) ;;
	*) failed "$dst is no absolute path" ;;
	esac
	{ mkdir -p "$1${dst%/*}" && cp -rL "$src" "$1$dst"; } || failed "cannot add $src"
}

# overlay_script ROOT SCRIPT [ARG...]: puts SCRIPT into /root, and into /testbed/command what runs
# it with these arguments.
overlay_script() {
	local root=$1 script=$2 name
	shift 2
	name=${script##*/}
	[ -f "$script" ] || failed "no script $script"
	overlay_add "$root" "$script:/root/$name"
	chmod +x "$root/root/$name"
	{
		echo '#!/bin/bash'
		printf 'exec'
		printf ' %q' "/root/$name" "$@"
		echo
	} >"$root/testbed/command"
	chmod +x "$root/testbed/command"
}

# overlay_new ROOT NAME=VALUE...: an empty layer with these variables in /testbed/config.
overlay_new() {
	local root=$1 item
	shift
	mkdir -p "$root"/{root,testbed} || failed "cannot create $root"
	for item; do
		printf '%s=%q\n' "${item%%=*}" "${item#*=}"
	done >"$root/testbed/config"
}

# overlay_pack ROOT: the layer as a cpio archive, on standard output.
overlay_pack() {
	(cd "$1" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0)
}
