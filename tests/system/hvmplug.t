#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vNVDIMMs for an HVM guest that runs: Linux brings them up, ext4 with DAX stands on one, and what
# is there is there when the next life of the guest, and the next guest, is given it; a reboot gives
# it back. What is refused changes nothing. TAP. It runs itself: on the test's machine, in dom0
# (argument first) and in the guest (argument life or after).
#
#   region0:  xen-pmem 32 MiB, with label slots | xen-a 256 MiB: from the start |
#             xen-b 256 MiB: plugged, twice | xen-c 128 MiB: a part of it, read-only
set -u

# ---- in the guest ----

regions() {
	compgen -G '/sys/bus/nd/devices/region*' | wc -l
}

# region_wait NUMBER: until there are so many
region_wait() {
	local i
	for ((i = 0; i < 6000 && $(regions) < $1; i++)); do sleep 0.1; done
	same "regions" "$(regions)" "$1"
}

# kept REGION: a PNP device has its addresses, and more
kept() {
	local from to rest first last
	first=$(cat "/sys/bus/nd/devices/$1/resource")
	last=$((first + $(cat "/sys/bus/nd/devices/$1/size") - 1))
	while IFS=' -' read -r from to rest; do
		[[ $rest = *pnp* ]] && ((0x$from <= first && last < 0x$to)) && return
	done <<<"$(sed 's/^ *//' /proc/iomem)"
	cp /proc/iomem /tmp/said
	return 1
}

said_nothing() {
	dmesg | grep -E 'ACPI( BIOS)? (Error|Warning|Exception)|nfit.*(fail|error)|overlap' \
		>/tmp/said
	same "the kernel has nothing to say against it" "$(wc -l </tmp/said)" 0
}

# data_make DEVICE NAMESPACE
data_make() {
	ndctl create-namespace -f -e "$2" -m fsdax --map=mem >/tmp/said 2>&1 ||
		bail "no fsdax namespace: $(cat /tmp/said)"
	wait_for 60 test -b "/dev/$1"
	{ mkfs.ext4 -q -b 4096 "/dev/$1" && mount -t ext4 -o dax=always "/dev/$1" /mnt; } \
		>/tmp/said 2>&1 || bail "no filesystem: $(cat /tmp/said)"
	dd if=/dev/urandom of=/mnt/file bs=1M count=8 conv=fsync 2>/dev/null
	(cd /mnt && sha256sum file >sum && sync)
	grep -q ' /mnt ext4 .*dax=always' /proc/mounts
	verdict $? "ext4 with DAX stands on it"
}

# data_check DEVICE WHEN
data_check() {
	mount -t ext4 -o dax=always "/dev/$1" /mnt >/tmp/said 2>&1
	verdict $? "$2: the filesystem can be mounted"
	(cd /mnt && sha256sum -c sum) >/tmp/said 2>&1
	verdict $? "$2: what was written is there and right"
	umount /mnt
}

first_life() {
	same "it starts with one" "$(regions)" 1
	said_nothing
	before=$(cat /sys/bus/nd/devices/region0/{size,resource} | xargs)
	echo READY-1
	region_wait 2
	same "its size" "$(cat /sys/bus/nd/devices/region1/size)" $((256 << 20))
	kept region1
	verdict $? "its addresses were kept for it"
	same "the first one is as it was" \
		"$(cat /sys/bus/nd/devices/region0/{size,resource} | xargs)" "$before"
	wait_for 60 test -b /dev/pmem1
	data_make pmem1 namespace1.0
	said_nothing
	echo READY-2
	region_wait 3
	same "size, and that it is read-only" \
		"$(cat /sys/bus/nd/devices/region2/{size,read_only} | xargs)" "$((32 << 20)) 1"
	wait_for 60 test -b /dev/pmem2
	dd if=/dev/pmem2 of=/dev/null bs=1M count=4 iflag=direct 2>/tmp/said
	verdict $? "it can read it"
	dd if=/dev/zero of=/dev/pmem2 bs=4096 count=1 2>/tmp/said
	same "it cannot write it" $? 1
	(cd /mnt && sha256sum -c sum) >/tmp/said 2>&1
	verdict $? "the second one works on"
	umount /mnt
	said_nothing
	echo mark | dd of=/dev/pmem0 bs=4096 count=1 conv=sync oflag=direct 2>/dev/null
	reboot -f
	sleep 1000
}

guest_life() {
	[ "$(head -c 4 /dev/pmem0 | tr -d '\0')" = mark ] || first_life
	same "after its reboot it has what its config says" "$(regions)" 1
	echo READY-3
	region_wait 2
	wait_for 60 test -b /dev/pmem1
	data_check pmem1 "plugged once more"
	said_nothing
}

guest_after() {
	data_check pmem1 "another guest"
}

# ---- in dom0 ----

config() {	# NAME TYPE
	cat <<-END
		name = "$1"
		uuid = "c0d1f3a2-6b5e-4a0b-9a57-2f8e4d7b1c90"
		type = "$2"
		memory = 256
		vga = "none"
		vnc = 0
	END
}

has() {	# what it has of these namespaces, by the extension's word
	local each
	for each; do
		xen-pmem list --json 2>/dev/null |
			jq --arg l "$each" \
			'[.namespaces[] | select(.label == $l and .guest == "hvm")] | length'
	done | xargs
}

# Guests that cannot be told, and data that are another's.
others() {
	config bare hvm | sed 's/c0d1f3a2/c0d1f3a3/; s/256/64/' >bare.cfg
	xl create -q bare.cfg >/tmp/said 2>&1 || bail "xl create: $(cat /tmp/said)"
	refuses "attach to an HVM guest without vNVDIMMs" \
		"has run, and was started without a vNVDIMM" xen-pmem \
		attach bare xen-b
	xl destroy bare
	printf '%s\n' 'name = "still"' 'uuid = "c0d1f3a4-6b5e-4a0b-9a57-2f8e4d7b1c90"' \
		'type = "pvh"' 'memory = 32' 'kernel = "/root/idle.elf"' >still.cfg
	xl create -q -p still.cfg >/tmp/said 2>&1 || bail "xl create: $(cat /tmp/said)"
	accepts "another guest has xen-c for a while" xen-pmem attach still xen-c,label=off
	xl unpause still
	refuses "attach to a PVH guest that runs" \
		"has run: only an HVM guest can get a vNVDIMM then" xen-pmem attach still xen-b
	xl destroy still
	wait_for 60 free_of_dead
}

free_of_dead() {
	xen-pmem release >/dev/null 2>&1
	no_guests
}

refusals() {
	local parts=() i
	for i in {0..15}; do parts+=("xen-b,offset=$((16 * i))M,size=16M"); done
	refuses "one that it has" 'assigned to guest hvm' xen-pmem attach hvm xen-a
	refuses "an address that was not kept for it" 'gpa: ' xen-pmem attach hvm xen-b,gpa=4G
	refuses "one behind those that were" 'gpa: .*addresses for more vNVDIMMs end at' xen-pmem \
		attach hvm xen-b,gpa=800G
	refuses "labels" 'label: a running guest gets a vNVDIMM without labels' xen-pmem \
		attach hvm xen-b,label=on
	refuses "a seventeenth" 'the guest has 1 vNVDIMMs and can have 16' xen-pmem attach hvm \
		"${parts[@]}"
	refuses "one of two that is wrong" 'gpa: ' xen-pmem attach hvm xen-b,size=64M \
		xen-b,offset=64M,size=64M,gpa=4G
	refuses "another's data" 'xen-c: it holds data of guest' xen-pmem attach hvm xen-c
	refuses "release" 'still running' xen-pmem release hvm
	same "the guest got none of the refused vNVDIMMs" "$(has xen-a xen-b xen-c)" "1 0 0"
}

# What dom0 does when the guest says it is so far.
serve_guest() {
	local line
	while IFS= read -r line; do
		case $line in
		READY-1)
			refusals
			accepts "attach to an HVM guest that runs" xen-pmem attach hvm xen-b
			sed 's/^/# /' /tmp/said
			same "it has it" "$(has xen-a xen-b xen-c)" "1 1 0" ;;
		READY-2)
			accepts "attach a part, read-only, of another's data" xen-pmem attach \
				--keep hvm xen-c,ro,offset=16M,size=32M ;;
		READY-3)
			same "after the reboot the guest has xen-a alone" \
				"$(has xen-a xen-b xen-c)" "1 0 0"
			accepts "attach it once more" xen-pmem attach hvm xen-b ;;
		*) echo "$line" ;;
		esac
	done
}

dom0_first() {
	namespaces_make xen-pmem:32M xen-a:256M xen-b:256M xen-c:128M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b &&
		xen-pmem enable xen-c; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	others
	{ config hvm hvm; echo 'vnvdimms = [ "xen-a,label=off" ]'; } >hvm.cfg
	testguest --add /root/tap.sh hvm.cfg hvmplug.t guest life | serve_guest
	same "the guest's end" "${PIPESTATUS[0]}" 0
	wait_for 60 no_guests
	verdict $? "nothing is left of it"
	{ config next pvh; echo 'vnvdimms = [ "xen-a,label=off", "xen-b,label=off" ]'; } >pvh.cfg
	testguest --add /root/tap.sh pvh.cfg hvmplug.t guest after
	same "the next guest's end" $? 0
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/idle.elf
boot first END --hvm --nvdimm "$work/nvdimm:1G@0x8000000000" \
	--add "$top/build/system/idle.elf"
echo "1..$tests"
