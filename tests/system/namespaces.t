#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a guest's Linux makes of its vNVDIMMs. Several namespaces in fsdax mode, with ndctl's own
# default of --map=dev, by labels of version 1.1 and 1.2: files on them outlive a reboot. Sizes and
# addresses of which Linux makes no fsdax namespace: xen-pmem warns of these, and of no other. A
# guest with maxmem above memory, and its vNVDIMM close above both. TAP.
# It runs itself: on the test's machine, in dom0 and in the guest (argument life, sizes or balloon).
#
#   region0:  xen-pmem 48 MiB | xen-a 512 MiB | xen-b 256 MiB
set -u
uuid=9d0f3c52-4a0e-4d76-8a10-0d1d2f7cbb3e	# of each guest here, so that all data are its own
names=(one two three four five)

# ---- in the guest ----

# device NAME: the block device of the namespace of that name
device() {
	ndctl list -N | tr -d ' ",' | awk -v RS='}' -v n="name:$1" '$0 ~ "(^|\n)" n "(\n|$)"' |
		sed -n 's/^blockdev://p'
}

# version NMEM: of its labels
version() {
	ndctl read-labels -j "$1" 2>/dev/null | tr -d ' ",\n' |
		sed -n 's/.*major:\([0-9]*\)minor:\([0-9]*\).*/\1.\2/p'
}

namespaces_make_here() {
	local i
	{ ndctl disable-region all && ndctl init-labels -f -V 1.1 nmem0 &&
		ndctl init-labels -f -V 1.2 nmem1 &&
		ndctl enable-region all; } >/tmp/said 2>&1
	verdict $? "init-labels of version 1.1, and of 1.2"
	for i in 0 1 2 3 4; do
		ndctl create-namespace -r "region$((i / 3))" -m fsdax -n "${names[i]}" -s 64M \
			>/tmp/said 2>&1
		verdict $? "namespace ${names[i]}"
		mkfs.ext4 -q -b 4096 "/dev/$(device "${names[i]}")" >/tmp/said 2>&1 ||
			bail "no filesystem: $(cat /tmp/said)"
	done
	same "where ndctl has put page structures, unasked" \
		"$(ndctl list -N | grep -o '"map": *"[a-z]*"' | tr -d ' "' | sort | uniq -c |
		xargs)" "5 map:dev"
}

all_mount() {
	local name bad=0
	for name in "${names[@]}"; do
		mkdir -p "/mnt/$name"
		mount -t ext4 -o dax=always "/dev/$(device "$name")" "/mnt/$name" 2>>/tmp/said ||
			bad=1
	done
	return $bad
}

guest_life() {
	if [ -z "$(device one)" ]; then
		namespaces_make_here
		all_mount
		verdict $? "all are mounted with DAX"
		for name in "${names[@]}"; do
			dd if=/dev/urandom of="/mnt/$name/file" bs=1M count=40 conv=fsync \
				2>/dev/null
			(cd "/mnt/$name" && sha256sum file >sum)
		done
		for name in "${names[@]}"; do umount "/mnt/$name"; done
		reboot -f
		sleep 1000
	fi
	same "after a reboot: the labels' versions" "$(version nmem0) $(version nmem1)" "1.1 1.2"
	ndctl check-labels nmem0 nmem1 >/tmp/said 2>&1
	verdict $? "after a reboot: check-labels"
	all_mount
	verdict $? "after a reboot: all are mounted"
	for name in "${names[@]}"; do (cd "/mnt/$name" && sha256sum -c sum); done >/tmp/said 2>&1
	same "after a reboot: files are right" "$(grep -c ': OK$' /tmp/said)" 5
}

# The first is as Linux wants it; the second has an odd size, the third an odd base.
guest_sizes() {
	same "three raw devices" "$(ls /dev/pmem? | xargs)" "/dev/pmem0 /dev/pmem1 /dev/pmem2"
	ndctl create-namespace -f -e namespace0.0 -m fsdax >/tmp/said 2>&1
	verdict $? "an fsdax namespace where xen-pmem does not warn"
	! ndctl create-namespace -f -e namespace1.0 -m fsdax >/tmp/said 2>&1
	verdict $? "none where it warns of the size"
	! ndctl create-namespace -f -e namespace2.0 -m fsdax >/tmp/said 2>&1
	verdict $? "none where it warns of the base"
}

mem_total() {
	awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo
}

edges() {
	dd if=/dev/pmem0 bs=1M count=1 iflag=direct 2>/dev/null
	dd if=/dev/pmem0 bs=1M skip=255 iflag=direct 2>/dev/null
}

more() {
	[ "$(mem_total)" -gt $((before + 400)) ]
}

guest_balloon() {
	same "where it is" "$(cat /sys/bus/nd/devices/region0/resource)" "$1"
	head -c 2097152 /dev/urandom >/tmp/edges
	head -c 1048576 /tmp/edges | dd of=/dev/pmem0 bs=1M oflag=direct iflag=fullblock 2>/dev/null
	tail -c 1048576 /tmp/edges |
		dd of=/dev/pmem0 bs=1M seek=255 oflag=direct iflag=fullblock 2>/dev/null
	before=$(mem_total)
	echo READY
	wait_for 120 more
	verdict $? "it gets more RAM"
	mount -t tmpfs -o size=900M tmpfs /mnt
	dd if=/dev/zero of=/mnt/file bs=1M count=600 2>/tmp/said
	verdict $? "which can be used"
	edges | cmp - /tmp/edges >/tmp/said 2>&1
	verdict $? "writing to that RAM does not change the vNVDIMM"
	grep -A 1000 'System RAM' /proc/iomem >/tmp/said
	same "no RAM is above it" \
		"$(awk '/Persistent/ { on = 1 } on && /System RAM/' /proc/iomem)" ""
}

# ---- in dom0 ----

config() {	# MEMORY VNVDIMMS [LINE...]
	printf '%s\n' 'name = "g"' "memory = $1" "uuid = \"$uuid\"" "vnvdimms = [ $2 ]" "${@:3}" \
		>g.cfg
}

guest() {
	testguest --add /root/tap.sh g.cfg namespaces.t guest "$@"
	same "the guest's end" $? 0
	wait_for 60 no_guests
}

# warns BACKEND [PATTERN...]: attached to a guest that has not run, with these warnings and no other
warns() {
	local backend=$1 pattern rc
	shift
	printf '%s\n' 'name = "w"' "uuid = \"$uuid\"" 'type = "pvh"' 'memory = 32' \
		'kernel = "/root/idle.elf"' \
		>w.cfg
	xl create -q -p w.cfg >/tmp/said 2>&1 || bail "xl create: $(cat /tmp/said)"
	xen-pmem attach w "$backend" >/tmp/out 2>/tmp/said
	rc=$?
	for pattern; do
		grep -q "^xen-pmem: warning: $backend_name: $pattern" /tmp/said || rc=1
	done
	[ $rc = 0 ] && [ "$(wc -l </tmp/said)" = $# ]
	verdict $? "${1:-no warning}: $backend"
	xl destroy w
	nothing_left() { xen-pmem release >/dev/null 2>&1; no_guests; }
	wait_for 30 nothing_left
}

warnings() {
	backend_name=xen-a
	warns xen-a
	warns xen-a,size=96M,offset=2M
	warns xen-a,gpa=0x140200000,size=16M
	warns xen-a,size=100M 'size: 100M is not a multiple of 16M, .*; the nearest one is 96M$'
	warns xen-a,size=5M 'size: 5M is .*; the nearest one is 16M$'
	warns xen-a,offset=508M '4M is not .* of all of it'
	warns xen-a,offset=4100K,size=96M \
		'offset: 4100K is not a multiple of 2M, .*; the nearest one is 4M$'
	warns xen-a,gpa=0x140001000,size=100M \
		'gpa: 0x140001000 is not a multiple of 2M, .*; the nearest one is 0x140000000$' \
		'size: 100M is'
}

close_above() {
	local at=$(((4 << 30) + (970 << 20))) out=/tmp/guest.out pid
	config 512 "\"xen-b,gpa=$at,label=off\"" 'maxmem = 5000'
	testguest --add /root/tap.sh g.cfg namespaces.t guest balloon "$(printf '0x%x' $at)" \
		>$out 2>&1 &
	pid=$!
	ready() { grep -q '^READY' "$out"; }
	wait_for 300 ready && xl mem-set g 1500 >/tmp/said 2>&1
	verdict $? "a guest of 512 MiB, which may have 5000, is given 1500"
	wait $pid
	grep -v '^READY' $out
	wait_for 60 no_guests
}

guest_of_life() {
	config 512 '"xen-a", "xen-b"'
	guest life
}

guest_of_sizes() {
	config 512 \
		'"xen-b,size=96M", "xen-b,size=100M,offset=96M", '\
'"xen-a,size=16M,offset=4K,label=off"'
	guest sizes
}

dom0_all() {
	namespaces_make xen-pmem:48M xen-a:512M xen-b:256M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b; } >/tmp/said \
		2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	cases warnings close_above guest_of_life guest_of_sizes
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/idle.elf
boot all END --memory 8G --add "$built/system/idle.elf" --nvdimm "$work/nvdimm:1G"
echo "1..$tests"
