#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A host with an Intel processor (VMX and EPT, in Bochs): what is loaded, served, assigned and given
# back, the leaves and memory types of a guest's tables, a guest's ndctl, labels and ext4 with DAX,
# a read-only vNVDIMM, pages taken from a running guest, blocks that cannot be read. TAP. It runs
# itself: on the test's machine, in dom0 and in the guest. INTEL_XEN: the versions; INTEL_HOSTILE=1:
# then kinds.t on this host.
#
#   region0, from 4 GiB on:  xen-a 1 GiB | xen-b 64 MiB, read-only | xen-pmem 64 MiB | host 64 MiB
#   guest addresses:         8 GiB         12 GiB
set -u
a_gfn=0x200000 b_gfn=0x300000
a_mfn=0x100000 b_mfn=0x140000 labels_mfn=0x147f80
# Both guests have it, so the second may have what the first had.
uuid='uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b61"'
vnvdimms='vnvdimms = [ "xen-a,gpa=8G", "xen-b,gpa=12G,ro" ]'

# ---- in the guest ----

attribute() {
	cat "/sys/bus/nd/devices/region$1/$2"
}

labels_used() {
	{ ndctl disable-region region0 && ndctl init-labels nmem0 &&
		ndctl enable-region region0 &&
		ndctl create-namespace -r region0 -m fsdax --map=mem -s 64M -n files; } \
		>/tmp/said 2>&1
	verdict $? "the guest's ndctl makes labels and a namespace"
	accepts "its labels are right" ndctl check-labels nmem0
}

files_used() {
	local dev
	dev=/dev/$(basename /sys/bus/nd/devices/region0/pfn0.*/block/*)
	accepts "mkfs.ext4" mkfs.ext4 -q -b 4096 "$dev"
	accepts "a mount with DAX" mount -t ext4 -o dax=always "$dev" /mnt
	accepts "a write to a mapped file" xfs_io -f -c "truncate 1m" -c "mmap -rw 0 1m" \
		-c "mwrite -S 0x5a 0 1m" -c "msync -s 0 1m" /mnt/file
	same "another mapping reads the same" \
		"$(tr -d '\132' </mnt/file | wc -c) $(wc -c </mnt/file)" "0 1048576"
	accepts "umount" umount /mnt
	accepts "fsck" e2fsck -fn "$dev"
}

# A guest that does not care: Xen drops what it writes.
readonly_kept() {
	same "the read-only vNVDIMM reads as dom0 wrote it" "$(head -c 6 /dev/pmem1)" before
	same "its region is read-only" "$(attribute 1 read_only)" 1
	echo 0 >/sys/bus/nd/devices/region1/read_only
	blockdev --setrw /dev/pmem1
	yes stolen | head -c 65536 | dd of=/dev/pmem1 bs=64K oflag=direct >/tmp/said 2>&1
	verdict $? "a guest that does not care writes"
	same "what it wrote is lost" \
		"$(dd if=/dev/pmem1 bs=4K count=1 iflag=direct 2>/dev/null | head -c 6)" before
}

badblocks_count() {
	[ "$(wc -l <"/sys/block/$1/badblocks")" = "$2" ]
}

machine_checks() {
	[ "$(sed -n 's/^ *MCE: *\([0-9]*\) .*/\1/p' /proc/interrupts)" = "$1" ]
}

# A page is read, the others the memory controller has found. dom0 raises the errors, at a line
# "break KIND ADDRESS"; 0 is in the labels.
bad_blocks() {
	local dev start found page
	dev=$(basename /sys/bus/nd/devices/region0/pfn0.*/block/*)
	start=$(cat /sys/bus/nd/devices/region0/pfn0.*/resource)
	accepts "a mount for what cannot be read" mount -t ext4 -o dax=always "/dev/$dev" /mnt
	head -c 65536 /dev/urandom | tee /mnt/other >/tmp/other
	sync
	/root/sigbus /mnt/file | tee /tmp/said
	grep -q '^SIGBUS MCEERR_AR at byte 4096, 1 << 12 ' /tmp/said && grep -q '^it goes' /tmp/said
	verdict $? "a process that reads a bad block gets SIGBUS for its page, and goes on"
	page=$(sed -n 's/^break read //p' /tmp/said)
	wait_for 20 badblocks_count "$dev" 1
	same "the guest lists the block" "$(cat "/sys/block/$dev/badblocks")" \
		"$(((page - start) / 512)) 1"
	dd if=/mnt/file of=/dev/null bs=4K skip=1 count=1 2>/tmp/said
	grep -q 'Input/output error' /tmp/said
	verdict $? "a read of the page fails"
	accepts "the page before it can be read" dd if=/mnt/file of=/dev/null bs=4K count=1
	same "the process has written the next one" \
		"$(dd if=/mnt/file bs=1 skip=8192 count=2 2>/dev/null)" wZ
	accepts "other files are whole" cmp /mnt/other /tmp/other
	accepts "umount after it" umount /mnt
	found=$((start + $(cat "/sys/block/$dev/size") * 512 - 4096))
	echo "break found $found"
	wait_for 20 badblocks_count "$dev" 2
	same "it lists a block that was found" "$(tail -n 1 "/sys/block/$dev/badblocks")" \
		"$(((found - start) / 512)) 1"
	echo "break found $((b_gfn << 12))"
	wait_for 20 badblocks_count pmem1 1
	same "and one of the read-only vNVDIMM" "$(cat /sys/block/pmem1/badblocks)" "0 1"
	echo "break found 0"
	wait_for 20 machine_checks 4
	verdict $? "four machine checks came"
	same "the guest's kernel is well" \
		"$(dmesg | grep -cE 'BUG:|Oops|WARNING: CPU|Call Trace')" 0
	echo "it reads its labels"
	ndctl read-labels nmem0
}

in_guest() {
	same "the processor is Intel's" "$(grep -m 1 -o GenuineIntel /proc/cpuinfo)" GenuineIntel
	labels_used
	files_used
	readonly_kept
	bad_blocks
}

# ---- in dom0 ----

host_seen() {
	same "Xen uses VMX" "$(xl dmesg | grep -c 'HVM: VMX enabled')" 1
	same "with EPT" "$(xl dmesg | grep -c 'Extended Page Tables (EPT)')" 1
	xen-pmem status >/tmp/said 2>&1
	verdict $? "the extension is loaded, its self-checks have passed"
}

# put PAGE: 4 KiB of standard input to the region, which is one namespace before there are labels
put() {
	dd of=/dev/pmem0 bs=4K seek="$1" conv=sync oflag=direct 2>/tmp/said ||
		bail "cannot write to the region: $(cat /tmp/said)"
}

# What becomes xen-b holds a word of text, and what kinds.t wants there: two words that look like an
# entry of a page table.
enable_all() {
	echo before | put $((b_mfn - a_mfn))
	printf '\x03\x10\x20\x42\0\0\0\0' | put $((b_mfn - a_mfn + 9))
	printf '\x03\x10\x20\x42\0\0\0\0' | put $((b_mfn - a_mfn + 0x2200))
	namespaces_make xen-a:1G xen-b:64M xen-pmem:64M host:64M
	accepts "init" xen-pmem init xen-pmem
	accepts "enable" xen-pmem enable xen-a
	accepts "enable another" xen-pmem enable xen-b
}

# leaf WHAT GFN WANTED
leaf() {
	same "$1" "$(probe p2m "$domid" "$2" | sed 's/ access=[0-9]*//')" "$3"
}

# ept_entry GFN: "ORDER MFN ACCESS TYPE", as Xen's own dump of the tables has it. It writes "!"
# where the guest's own type does not count ("ignore PAT").
ept_entry() {
	sed -n "s/^(XEN) gfn: *$(printf %x "$1") order: *\([0-9]*\) mfn: *\([0-9a-f]*\) /\1 \2 /p" \
		/tmp/ept | tr -s ' '
}

# A guest that idles: its tables are read by the probe, and from Xen's own dump of them.
leaves() {
	local labels
	printf '%s\n' 'name = "idle"' "$uuid" 'type = "pvh"' 'memory = 32' 'tsc_mode = "native"' \
		'kernel = "/root/idle.elf"' "$vnvdimms" >idle.cfg
	accepts "create" xen-pmem create -q idle.cfg
	domid=$(xl domid idle) || bail "no guest"
	xen-pmem status idle >/tmp/said
	labels=$(sed -n 's/.*labels, .* at guest address \(0x[0-9a-f]*\).*/\1/p' /tmp/said)
	labels=$((labels >> 12))
	leaf "1 GiB, aligned: one leaf" $a_gfn "mfn=$a_mfn type=0 order=18"
	leaf "a read-only part: leaves of 2 MiB" $b_gfn "mfn=$b_mfn type=3 order=9"
	leaf "labels: leaves of 4 KiB" $labels "mfn=$labels_mfn type=5 order=0"
	xl dmesg -c >/dev/null
	xl debug-keys D
	wait_for 20 ept_dumped $labels
	same "the large leaf is cached, not executable" "$(ept_entry $a_gfn)" \
		"18 $(printf %x $a_mfn) rw WB!"
	same "a read-only one cannot be written" "$(ept_entry $b_gfn)" \
		"9 $(printf %x $b_mfn) r WB!"
	same "labels are uncached, but as the guest's own type says" "$(ept_entry $labels)" \
		"0 $(printf %x $labels_mfn) rwx UC "
	taken_away
	xl destroy idle
	wait_for 20 released
	verdict $? "its pages come back"
}

# While the guest runs, all of xen-a is taken from it.
taken_away() {
	local range
	range=$(xenhypfs cat /pmem/status | sed -n 's/^range \([^ ]*\) .* 1024 MiB.*/\1/p')
	/root/rawcmd op=6 uuid="$range" domain="$domid" flags=16 >/tmp/said
	grep -q '^rc=0 .*count=262144 pending=0' /tmp/said
	verdict $? "a running guest's pages are taken away"
	probe p2m "$domid" $a_gfn >/tmp/said
	grep -q '^mfn=0xffffffffffffffff ' /tmp/said
	verdict $? "nothing is there then"
	same "the guest goes on" "$(xl list | grep -c '^idle ')" 1
}

ept_dumped() {
	xl dmesg >/tmp/ept
	[ -n "$(ept_entry "$1")" ]
}

released() {
	no_guests && xen-pmem release >/tmp/said 2>&1 && ! xenhypfs cat /pmem/status |
		grep -q '^  domain'
}

guest() {
	printf '%s\n' 'name = "g"' "$uuid" 'memory = 256' "$vnvdimms" >g.cfg
	printf '%s\n' 'name = "other"' 'type = "pvh"' 'memory = 32' 'tsc_mode = "native"' \
		'kernel = "/root/idle.elf"' >other.cfg
	guest_errors
	wait_for 30 released
	verdict $? "the guest's pages come back"
}

give_back() {
	accepts "disable the read-only one" xen-pmem disable --keep xen-b
	accepts "disable what the guest has labels in" xen-pmem disable --keep xen-a
	accepts "give its labels up" xen-pmem disable --erase xen-a
	accepts "the reserved area goes" xen-pmem disable xen-pmem
	wait_for 20 probe_gone
	verdict $? "the probe goes"
	accepts "unload" xen-pmem unload
}

# A machine that is busy may not stop its processors in time; then one tries again.
probe_gone() {
	local name
	name=probe-$(xl info build_id)
	{ xen-livepatch revert "$name" && xen-livepatch unload "$name"; } >/tmp/said 2>&1
}

# kinds.t's part in dom0, on this host: it loads everything again, and a guest tries to write, move
# and share its read-only and its uncached pages.
hostile() {
	umount /usr/lib/testbed/guest || bail "the guests' disk is in use"
	./kinds.t kinds | while IFS= read -r line; do
		[ "$line" = END ] || echo "$line"
	done
	[ "${PIPESTATUS[0]}" = 0 ]
	verdict $? "kinds.t comes to its end"
}

# in_dom0 VERSION HOSTILE
in_dom0() {
	# shellcheck source-path=SCRIPTDIR
	. ./intel.media.dom0
	host_seen
	probe_load
	enable_all
	leaves
	guest
	many_errors
	give_back
	banks_forgotten
	[ "$2" = 0 ] || hostile
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/idle.elf build/system/holdpage build/hostile/hostile.ko \
	build/system/sigbus build/system/mceinject
for version in ${INTEL_XEN:-4.17.7}; do
	boot "$version" END --intel --xen-version "$version" --xen-args conring_size=2M \
		--add "$top/build/system/idle.elf" --add "$top/build/system/holdpage" \
		--add "$top/build/system/sigbus" --add "$top/build/system/mceinject" \
		--add "$top/build/hostile/hostile.ko" --add "$here/kinds.t" \
		--add "$here/hostile/guest.sh" --add "$here/hostile/make.sh" \
		-- "${INTEL_HOSTILE:-0}"
done
echo "1..$tests"
