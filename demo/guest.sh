#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: `write` makes a filesystem on the vNVDIMM, writes files and is still writing when
# the power goes; `read` looks what is left. Lines "= NAME VALUE" are for demo.sh, all others for
# people.
set -u
files=32

failed() {
	echo "guest: failed: $*"
	exit 1
}

# show COMMAND...: what one would type, and what it says only if it fails
show() {
	echo "    guest1# $*"
	"$@" >/tmp/said 2>&1 || { cat /tmp/said; failed "$1"; }
}

# Mounts, and makes sure that it is with DAX: the guest's processes then have the NVDIMM itself in
# their address space.
mount_dax() {
	show mount -t ext4 -o dax=always /dev/pmem0 /mnt
	grep -q '^/dev/pmem0 /mnt ext4 .*dax=always' /proc/mounts || failed "mounted without DAX"
}

# A file with something of its own in it, synced.
file_write() {
	dd if=/dev/urandom of="/mnt/$1" bs=1M count=1 conv=fsync 2>/dev/null
}

keep_writing() {
	local i=0
	while file_write "late-$((++i))"; do :; done
}

sums_tell() {
	sha256sum /mnt/file-* >/tmp/sums || failed "cannot read the files"
	sed 's/^/= sum /' /tmp/sums
	echo "    $(wc -l </tmp/sums) files, $(du -cm /mnt/file-* | tail -n 1 |
		cut -f 1) MiB, checksum of all: $(sha256sum </tmp/sums | cut -c 1-16)"
}

found_tell() {
	[ -e /sys/firmware/acpi/tables/NFIT ] || failed "no NFIT"
	[ -b /dev/pmem0 ] || failed "no /dev/pmem0"
	echo "  The guest, with $(awk '/^MemTotal/ {print int($2 / 1024)}' \
		/proc/meminfo) MiB of RAM, has found /dev/pmem0 by its NFIT:" \
		"$(($(cat /sys/bus/nd/devices/region0/size) >> 20)) MiB"
}

write_files() {
	local i
	found_tell
	show ndctl create-namespace -f -e namespace0.0 -m fsdax --map=dev
	show mkfs.ext4 -q /dev/pmem0
	mount_dax
	for ((i = 10; i < 10 + files; i++)); do
		file_write "file-$i" || failed "cannot write file-$i"
	done
	sums_tell
	keep_writing &
	until [ -e /mnt/late-3 ]; do sleep 0.1; done
	echo "  The guest goes on writing, and the host's power is cut."
	echo POWER-CUT
	wait
}

read_files() {
	found_tell
	mount_dax
	show umount /mnt
	show e2fsck -f -n /dev/pmem0
	echo "= fsck clean"
	mount_dax
	echo "    the last files before the power cut: $(cd /mnt &&
		printf '%s\n' late-* | sort -V | tail -n 3 | xargs)"
	sums_tell
	umount /mnt
}

case $1 in
write) write_files ;;
read) read_files ;;
esac
