#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vNVDIMMs that are files of a DAX filesystem, and devices, of namespaces that dom0 goes on using: each kind is given to a guest, which finds what dom0 wrote there and
# leaves what dom0 finds. What is not fit is refused, by the byte; dom0 works on beside it; a killed tool and a power cut leave all whole. TAP.
# It runs itself: on the test's machine, in dom0 and in the guest.
#
#   xen-pmem 64M | xen-files, fsdax, 1G            xen-more, fsdax, 512M | xen-dax, devdax, 128M            in the end: 512M without labels
set -u
info=$((2 << 20))	# where the guest's filesystem begins in its fsdax namespace

# ---- in the guest ----

# guest_fsdax WHAT [N FOLDER]: of its N-th vNVDIMM
guest_fsdax() {
	local n=${2:-0}
	ndctl create-namespace -f -e "namespace$n.0" -m fsdax --map=mem >/tmp/said 2>&1 && mkfs.ext4 -q -b 4096 "/dev/pmem$n" >>/tmp/said 2>&1
	verdict $? "$1: the guest makes a filesystem on it" || exit 1
	mount -t ext4 -o dax=always "/dev/pmem$n" "${3:-/mnt}" || bail "it cannot be mounted"
}

# guest_payload WHAT [FOLDER]
guest_payload() {
	truncate -s 16M "${2:-/mnt}/payload" && /root/pagemark write "${2:-/mnt}/payload" 77
	verdict $? "$1: writes there through DAX"
}

guest_fs() {
	guest_fsdax "$1"
	guest_payload "$1"
	umount /mnt
}

# In its second life it finds what it wrote in the first.
guest_reborn() {
	if mount -t ext4 -o dax=always /dev/pmem0 /mnt 2>/dev/null; then
		/root/pagemark check /mnt/payload 77 >/tmp/said
		verdict $? "$1: rebooted, it has its file again"
		umount /mnt
	else
		guest_fs "$1"
		reboot -f
	fi
}

# The host dies in the middle of this; one vNVDIMM is a file, one a dm device.
guest_cut() {
	local n at
	for n in 0 1; do
		at=/mnt/$n
		mkdir -p "$at"
		guest_fsdax "$1 $n" $n "$at"
		guest_payload "$1 $n" "$at"
		sync
		while dd if=/dev/urandom of="$at/busy" bs=64K count=32 conv=fsync 2>/dev/null; do :; done &
	done
	sleep 3
	echo POWER-CUT
	sleep 60
}

# guest_pages WHAT SEED SEED: checks, and marks anew
guest_pages() {
	/root/pagemark check /dev/pmem0 "$2" >/tmp/said 2>&1
	verdict $? "$1: each page is where it was written"
	/root/pagemark write /dev/pmem0 "$3" >/tmp/said 2>&1
	verdict $? "$1: the guest writes each page"
}

guest_mark() {
	/root/pagemark write /dev/pmem0 "$2" >/tmp/said 2>&1
	verdict $? "$1: the guest writes each page"
}

guest_readonly() {
	same "$1: read-only" "$(cat /sys/block/pmem0/ro)" 1
	/root/pagemark check /dev/pmem0 "$2" >/tmp/said 2>&1
	verdict $? "$1: it can be read"
}

in_guest() {
	local how=$1
	shift
	"guest_$how" "$@"
}

# ---- in dom0 ----

# config FILE NAME BACKEND...
config() {
	local file=$1 name=$2 each
	shift 2
	printf 'name = "%s"\nmemory = 256\nvnvdimms = [ ' "$name" >"$file"
	for each; do
		printf '"%s", ' "$each" >>"$file"
	done
	echo ']' >>"$file"
}

# guest NAME BACKEND ARG...: a guest's life, in which it does this
guest() {
	local name=$1 backend=$2
	shift 2
	config "$name.cfg" "$name" "$backend"
	testguest --add /root/tap.sh --add /root/pagemark "$name.cfg" files.t guest "$@"
	verdict $? "$name: the guest ends well"
	wait_for 60 guest_gone "$name" || bail "$name does not go"
}

guest_gone() {
	! xl list | grep -q "^$1 " && unpinned
}

unpinned() {
	xen-pmem list --json 2>/dev/null >/tmp/list && jq -e '.files == []' /tmp/list >/dev/null
}

# block_of LABEL: /dev/pmem0.1
block_of() {
	echo "/dev/$(xen-pmem list --json 2>/dev/null | jq -r --arg name "$1" '.namespaces[] | select(.label == $name).block // empty')"
}

# idle FILE NAME BACKEND: a guest that does nothing, for what is only about having it
idle() {
	printf '%s\n' "name = \"$2\"" 'type = "pvh"' 'memory = 32' 'tsc_mode = "native"' 'kernel = "/root/idle.elf"' >"$1"
	[ -z "${3:-}" ] || echo "vnvdimms = [ \"$3\" ]" >>"$1"
}

# wrong PATTERN BACKEND
wrong() {
	idle bad.cfg bad "$2"
	refuses "refused: $2" "^xen-pmem: bad.cfg: vnvdimms\[0\]: backend: $2: $1" xen-pmem create -q bad.cfg
}

extents_of() {
	filefrag "$1" | sed 's/.*: \([0-9]*\) extents\? found/\1/'
}

# payload_of FILE WHAT: the guest's file, found in dom0's file
payload_of() {
	e2fsck -fn "$1?offset=$info" >/tmp/said 2>&1
	verdict $? "$2: dom0 finds the guest's filesystem clean in it"
	rm -f /tmp/payload
	debugfs -R "dump /payload /tmp/payload" "$1?offset=$info" >/dev/null 2>&1 && /root/pagemark check /tmp/payload 77 >/tmp/said 2>&1
	verdict $? "$2: and the guest's data"
}

# An image: make_boot made it on another boot.
make_boot() {
	{ ndctl disable-region all && ndctl init-labels -f -V 1.2 all && ndctl enable-region all; } >/tmp/said 2>&1 || bail "no label areas: $(cat /tmp/said)"
	{ ndctl create-namespace -r region0 -m raw -n xen-pmem -s 64M && ndctl create-namespace -r region0 -m fsdax --map=mem -n xen-files -s 1G &&
		ndctl create-namespace -r region1 -m fsdax --map=mem -n xen-more -s 512M &&
		ndctl create-namespace -r region1 -m devdax --map=mem -n xen-dax -s 128M && xen-pmem init xen-pmem; } >/tmp/said 2>&1 ||
		bail "cannot make namespaces: $(cat /tmp/said)"
	refuses "what dom0's driver has already is not enabled" 'held by nd_pmem .*reboot' xen-pmem enable xen-files
	echo END
}

begin() {
	modprobe -a ext4 xfs
	mkdir -p /mnt /more
}

# mount_ext4 LABEL FOLDER OPTION
mount_ext4() {
	mount -t ext4 -o "$3" "$(block_of "$1")" "$2" || bail "cannot mount $1"
}

enables() {
	accepts "xen-files is enabled" xen-pmem enable xen-files
	grep -q '^namespace[0-9.]* (xen-files): enabled for dom0, 1G, /dev/pmem' /tmp/said
	verdict $? "and the tool says which device appeared"
	accepts "so is xen-more" xen-pmem enable xen-more
	accepts "so is xen-dax" xen-pmem enable xen-dax
	grep -q '/dev/dax' /tmp/said
	verdict $? "a DAX device appeared"
	accepts "again" xen-pmem enable xen-files
	grep -q 'already enabled' /tmp/said
	verdict $? "it is enabled already"
}

# The filesystem is not dom0's alone any more: what a pinned file must not suffer.
while_pinned() {
	local each
	idle idle.cfg idle /mnt/a
	accepts "a guest has /mnt/a" xen-pmem create -q -p -e idle.cfg
	same "list shows it" "$(xen-pmem list | grep -c '^/mnt/a  *256M  *guest  *idle  *file ')" 1
	idle other.cfg other /mnt/a
	refuses "another guest is refused it" ' /mnt/a: guest idle has it$' xen-pmem create -q other.cfg
	idle twice.cfg twice '/mnt/b", "/mnt/b'
	refuses "so is one that wants a file twice" 'vnvdimms\[1\]: backend: /mnt/b: named twice' xen-pmem create -q twice.cfg
	for each in 'cat /mnt/a' 'truncate -s 0 /mnt/a' 'rm -f /mnt/a' 'mv -f /mnt/b /mnt/a' 'umount /mnt'; do
		! $each >/tmp/said 2>&1
		verdict $? "refused meanwhile: $each"
	done
	/root/pagemark write /mnt/b 5 && /root/pagemark check /mnt/b 5 >/tmp/said
	verdict $? "another file is written and read meanwhile"
	xl destroy idle
	accepts "the guest is gone: release" xen-pmem release
	unpinned
	verdict $? "nothing is pinned"
	/root/pagemark check /mnt/a 1 >/tmp/said
	verdict $? "dom0 reads the file again"
}

refusals() {
	wrong 'byte 4096 is in a hole' /mnt/hole
	wrong 'byte 1048576 is in a part that is allocated but not written' /mnt/unwritten
	wrong 'its size, 5000 bytes, is not a multiple of 4096' /mnt/odd
	wrong 'it is not on an NVDIMM' /tmp/nowhere
	wrong 'it is in the page cache' /more/cached
	wrong 'No such file' /mnt/missing
	wrong 'Is a directory' /mnt
	wrong 'no file, no block device' /dev/null
	idle bad.cfg bad '/mnt/a,label=on'
	refuses "refused: labels" 'label: on is for a namespace' xen-pmem create -q bad.cfg
	idle bad.cfg bad '/mnt/a,size=512M'
	refuses "refused: beyond its end" 'size: 512M go beyond /mnt/a' xen-pmem create -q bad.cfg
	wrong 'dom0 uses it: name a file on it, or its device (/dev/pmem' xen-files
	refuses "create-file: it exists" 'it exists$' xen-pmem create-file 1M /mnt/a
	refuses "create-file: no room" '4G do not fit: there are [0-9.]*[MG]' xen-pmem create-file 4G /mnt/new
	refuses "create-file: an odd size" 'not a multiple of 4096' xen-pmem create-file 5000 /mnt/new
	refuses "create-file: no DAX" 'does not use DAX' xen-pmem create-file 1M /more/new
	same "and nothing is left of these" "$(ls /mnt/new /more/new 2>/dev/null)" ""
}

# used_above KIB; used_below KIB: of /mnt
used_above() {
	[ "$(df -k /mnt | awk 'END { print $3 }')" -gt "$1" ]
}

used_below() {
	! used_above "$1"
}

create_killed() {
	local before
	before=$(df -k /mnt | awk 'END { print $3 }')
	xen-pmem create-file 256M /mnt/killed >/dev/null 2>&1 &
	wait_for 60 used_above $((before + 65536))
	verdict $? "create-file is at work"
	kill -9 $!
	wait $! 2>/dev/null
	[ ! -e /mnt/killed ] && wait_for 20 used_below $((before + 1024))
	verdict $? "killed, it leaves nothing"
}

unfit_make() {
	xfs_io -f -c 'pwrite -q 0 4k' -c 'truncate 8m' /mnt/hole
	xfs_io -f -c 'pwrite -q 0 1m' -c 'falloc 0 2m' /mnt/unwritten
	head -c 5000 /dev/zero >/mnt/odd
	head -c 8192 /dev/zero >/tmp/nowhere
	mkfs.ext4 -q -b 4096 "$(block_of xen-more)" 2>/dev/null
	mount_ext4 xen-more /more dax=never
	head -c 1048576 /dev/zero >/more/cached && sync
}

# kernel_kib: what dom0's kernel has taken and does not call reclaimable, as it does what filesystems remember of extents
kernel_kib() {
	sync
	awk '/^(SUnreclaim|PageTables|VmallocUsed):/ { kib += $2 } END { print kib }' /proc/meminfo
}

# kept FILE: sets $kept to the KiB that dom0's kernel keeps while a guest has it
kept() {
	local before
	idle kept.cfg kept "$1"
	before=$(kernel_kib)
	xen-pmem create -q -p -e kept.cfg >/tmp/said 2>&1 || bail "no guest on $1: $(cat /tmp/said)"
	kept=$(($(kernel_kib) - before))
	xl destroy kept
	xen-pmem release >/tmp/said 2>&1 || bail "$1 does not come back: $(cat /tmp/said)"
}

# The first time is for what is kept once.
nothing_kept() {
	local one
	kept /mnt/one
	kept /mnt/one
	one=$kept
	kept /mnt/f
	echo "# dom0's kernel keeps $one KiB while a guest has 1 extent, $kept KiB while it has 102,400"
	[ $((kept - one)) -lt 400 ]
	verdict $? "nothing is kept for an extent in dom0: not 4 bytes each"
	rm /mnt/one
}

# 102,400 extents of a page each
fragmented() {
	rm /mnt/a /mnt/b /mnt/c
	xen-pmem create-file 16M /mnt/one >/tmp/said 2>&1 || bail "no file: $(cat /tmp/said)"
	/root/pagemark fragment /mnt/f /mnt/filler 102400 || bail "cannot make a fragmented file"
	rm /mnt/filler
	[ "$(extents_of /mnt/f)" -ge 100000 ]
	verdict $? "a file of $(extents_of /mnt/f) extents"
	nothing_kept
	killed_attach
	guest frag /mnt/f pages fragmented 1 2
	/root/pagemark check /mnt/f 2 >/tmp/said
	verdict $? "fragmented: dom0 finds what the guest wrote"
	rm /mnt/f
	verdict $? "fragmented: it can be deleted"
}

# -9 at a few calls to the system: while the extents are looked at, before and after the pin, and while pages are hidden and given away
killed_attach() {
	local at points pinned=0 hidden=0
	idle kill.cfg kill
	for at in 150 350 480 560 640; do
		xl create -q -p -e kill.cfg >/tmp/said 2>&1 || bail "no guest: $(cat /tmp/said)"
		dd if=/dev/zero of=point bs=4096 count=1 2>/dev/null
		env LD_PRELOAD=/root/killpoint.so KILLPOINT=/root/point KILLPOINT_AT=$at KILLPOINT_ONLY=xen-pmem xen-pmem attach kill /mnt/f >/tmp/said 2>&1
		points=$(dd if=point bs=4 skip=1 2>/dev/null | tr -d '\0')
		xen-pmem list --json >/tmp/list 2>/dev/null
		pinned=$((pinned + $(jq '[.files[] | select(.path == "/mnt/f")] | length' /tmp/list)))
		hidden=$((hidden + $(jq '[.files[] | select(.hidden > 0)] | length' /tmp/list)))
		echo "# killed before $points; then: $(xen-pmem list | sed -n 's,^/mnt/f *,,p')"
		xl destroy kill
		accepts "killed at call $at: release" xen-pmem release
		unpinned && /root/pagemark check /mnt/f 1 >/tmp/said
		verdict $? "killed at call $at: the file is dom0's, and whole"
	done
	[ $pinned -ge 2 ] && [ $hidden -ge 2 ]
	verdict $? "of these, $pinned left it pinned, $hidden with pages hidden"
}

two_and_a_third() {
	guest one /mnt/a fs "two guests, first" >one.out &
	guest two /mnt/b fs "two guests, second" >two.out &
	local rounds=0 rc=0
	while [ $rc = 0 ] && [ -n "$(jobs -r)" ]; do
		/root/pagemark write /mnt/c $rounds && /root/pagemark check /mnt/c $rounds >/tmp/said
		rc=$?
		rounds=$((rounds + 1))
		jobs >/dev/null
	done
	wait
	cat one.out two.out
	verdict $rc "dom0 wrote and verified a third file $rounds times meanwhile"
	payload_of /mnt/a "two guests, first"
	payload_of /mnt/b "two guests, second"
}

first() {
	local free
	begin
	enables
	mkfs.ext4 -q -b 4096 "$(block_of xen-files)" && mount_ext4 xen-files /mnt dax=always
	accepts "create-file" xen-pmem create-file 256M /mnt/a
	grep -Eq '^/mnt/a: 256M, [0-9]+ extents?, largest alignment 2M$' /tmp/said
	verdict $? "it says what it made"
	accepts "another" xen-pmem create-file 64M /mnt/b
	accepts "and another" xen-pmem create-file 16M /mnt/c
	unfit_make
	refusals
	create_killed
	umount /more
	/root/pagemark write /mnt/a 1
	guest pages /mnt/a pages contiguous 1 2
	/root/pagemark check /mnt/a 2 >/tmp/said
	verdict $? "contiguous: dom0 finds what the guest wrote"
	guest ro /mnt/a,ro readonly "a file, ro" 2
	guest part /mnt/a,size=64M,offset=64M fs "a part of a file"
	/root/pagemark write /mnt/a 1
	while_pinned
	two_and_a_third
	fragmented
	rm -f /mnt/a && umount /mnt
	verdict $? "all is dom0's again: delete, unmount"
	e2fsck -fn "$(block_of xen-files)" >/tmp/said 2>&1
	verdict $? "fsck finds dom0's filesystem clean"
	accepts "disable" xen-pmem disable xen-files
	refuses "disable again" 'until it reboots; at the next boot it is not enabled' xen-pmem disable xen-files
	accepts "but it can be enabled again" xen-pmem enable xen-files
	echo END
}

xfs_files() {
	{ mkfs.xfs -q -f -m reflink=1 "$(block_of xen-files)" && mount -t xfs -o dax=always "$(block_of xen-files)" /mnt; } >/tmp/said 2>&1 ||
		bail "no xfs: $(cat /tmp/said)"
	accepts "xfs: create-file" xen-pmem create-file 128M /mnt/a
	sed 's/^/# /' /tmp/said
	guest xfs /mnt/a reborn xfs
	payload_of /mnt/a xfs
	head -c 1048576 /dev/zero >/mnt/r && sync && xfs_io -f -c 'reflink /mnt/r 0 0 1m' /mnt/r2 >/tmp/said 2>&1 && sync
	wrong 'byte 0 is in a part that another file shares' /mnt/r
	idle idle.cfg idle /mnt/a
	xen-pmem create -q -p -e idle.cfg || bail "no guest"
	xfs_io -f -c 'reflink /mnt/a 0 0 1m' /mnt/r3 >/tmp/said 2>&1
	grep -qi 'busy' /tmp/said
	verdict $? "xfs: no reflink of a pinned file"
	xl destroy idle && xen-pmem release >/tmp/said 2>&1
	umount /mnt && xfs_repair -n "$(block_of xen-files)" >/tmp/said 2>&1
	verdict $? "xfs: repair finds nothing to do"
}

# device NAME PATH: the guest has it, and each page is where it should be
device() {
	/root/pagemark write "$2" 3 || bail "$1 cannot be written"
	guest "$1" "$2" pages "$1" 3 4
	/root/pagemark check "$2" 4 >/tmp/said
	verdict $? "$1: dom0 finds what the guest wrote"
}

devices() {
	export DM_DISABLE_UDEV=1
	local files more part sectors=$((96 << 11))
	files=$(block_of xen-files) more=$(block_of xen-more)
	wipefs -aq "$more" 2>/dev/null || dd if=/dev/zero of="$more" bs=1M count=4 2>/dev/null
	printf 'label: gpt\nstart=2048,size=%d\nstart=%d,size=%d\n' $sectors $((sectors + 4096)) $sectors | sfdisk -q "$more" >/tmp/said 2>&1
	part=${more}p1
	[ -b "$part" ] || bail "no partition: $(cat /tmp/said)"
	device partition "$part"
	dd if=/dev/zero of="$more" bs=1M count=1 2>/dev/null && blockdev --rereadpt "$more"
	echo "0 $sectors linear $more 4096" | dmsetup create lin || bail "no dm"
	device linear /dev/mapper/lin
	dmsetup remove lin
	echo "0 $((2 * sectors)) striped 2 512 $files 2048 $more 2048" | dmsetup create str || bail "no dm"
	device striped /dev/mapper/str
	dmsetup remove str
}

devdax() {
	local dax
	dax=$(block_of xen-dax)
	guest dax1 "$dax" mark "a DAX device" 5
	guest dax2 "$dax" pages "a DAX device, the next guest" 5 6
	same "devdax: nothing is pinned" "$(xen-pmem list | grep -c "^$dax ")" 0
}

# A region of its own, which dom0 alone knows
virtio() {
	local dev
	modprobe virtio_pmem
	wait_for 20 eval "ls -d /sys/devices/pci*/*/virtio*/ndbus*/region*/namespace*/block/pmem*" >/dev/null 2>&1
	dev=$(basename /sys/devices/pci*/*/virtio*/ndbus*/region*/namespace*/block/pmem*)
	wrong 'writes there persist only after a flush call' "/dev/$dev"
}

# blkback opens a guest's disk, but not exclusively.
disk_of_guest() {
	local disk
	disk=$(block_of xen-more)
	idle disk.cfg disk
	echo "disk = [ \"phy:$disk,xvda,w\" ]" >>disk.cfg
	xl create -q -p disk.cfg >/tmp/said 2>&1 || bail "no guest with a disk: $(cat /tmp/said)"
	wrong "guest disk has $disk as a disk" "$disk"
	xl destroy disk
	idle more.cfg more "$disk"
	accepts "when that guest is gone, another gets it" xen-pmem create -q -p -e more.cfg
	{ xl destroy more && xen-pmem release; } >/tmp/said 2>&1 || bail "it does not come back: $(cat /tmp/said)"
}

second() {
	begin
	virtio
	same "what was enabled is enabled at boot" "$(xen-pmem list | grep -c ' host  *-.*/dev/')" 3
	xfs_files
	disk_of_guest
	devices
	devdax
	echo END
}

# A dm device on what is left.
linear_make() {
	export DM_DISABLE_UDEV=1
	echo "0 $((128 << 11)) linear $(block_of xen-more) 4096" | dmsetup create lin || bail "no dm"
}

third() {
	begin
	{ xen-pmem enable xen-files && xen-pmem enable xen-more; } >/tmp/said 2>&1 || bail "not enabled: $(cat /tmp/said)"
	mkfs.ext4 -q -b 4096 "$(block_of xen-files)" && mount_ext4 xen-files /mnt dax=always
	xen-pmem create-file 128M /mnt/a >/tmp/said 2>&1 && xen-pmem create-file 16M /mnt/b >/tmp/said 2>&1 && /root/pagemark write /mnt/b 9 && sync
	verdict $? "two files"
	linear_make
	guest cut '/mnt/a", "/dev/mapper/lin' cut "power cut"
	echo "Bail out! the power was not cut"
}

fourth() {
	begin
	unpinned
	verdict $? "after a power cut nothing is pinned"
	mount_ext4 xen-files /mnt dax=always && umount /mnt
	e2fsck -fn "$(block_of xen-files)" >/tmp/said 2>&1
	verdict $? "power cut: fsck finds dom0's filesystem clean"
	mount_ext4 xen-files /mnt dax=always
	same "power cut: the file has its size" "$(stat -c %s /mnt/a)" $((128 << 20))
	/root/pagemark check /mnt/b 9 >/tmp/said
	verdict $? "power cut: another file is whole"
	linear_make
	guest after '/mnt/a", "/dev/mapper/lin' recovered "power cut"
	umount /mnt
	echo END
}

guest_recovered() {
	local n
	for n in 0 1; do
		mount -t ext4 -o dax=always "/dev/pmem$n" /mnt
		verdict $? "$1 $n: the guest mounts its filesystem again"
		/root/pagemark check /mnt/payload 77 >/tmp/said
		verdict $? "$1 $n: what it had synced is there"
		umount /mnt
		e2fsck -fn "/dev/pmem$n" >/tmp/said 2>&1
		verdict $? "$1 $n: its filesystem is clean"
	done
}

# An NVDIMM without labels, and so without names: dom0's driver is told at its start which one to hold back.
unlabelled() {
	ls -d /sys/bus/nd/devices/region[0-9]*/namespace*/alt_name | cut -d / -f 7 >/tmp/labelled
	ls /sys/bus/nd/devices | grep '^namespace' | grep -vxFf /tmp/labelled | head -n 1
}

plain_make() {
	wait_for 20 [ -n "$(unlabelled)" ]
	ndctl create-namespace -f -e "$(unlabelled)" -m fsdax --map=mem >/tmp/said 2>&1 || bail "no namespace: $(cat /tmp/said)"
	echo "= plain $(unlabelled)"
	echo END
}

plain() {
	begin
	accepts "an NVDIMM without labels is enabled" xen-pmem enable "$(unlabelled)"
	mkfs.ext4 -q -b 4096 "/dev/$(sed -n 's,.*/dev/,,p' /tmp/said)" && mount -t ext4 -o dax=always "/dev/$(sed -n 's,.*/dev/,,p' /tmp/said)" /mnt || bail "cannot mount it: $(cat /tmp/said)"
	accepts "create-file there" xen-pmem create-file 64M /mnt/a
	/root/pagemark write /mnt/a 1
	guest plain /mnt/a pages "a file on it" 1 2
	/root/pagemark check /mnt/a 2 >/tmp/said
	verdict $? "without labels: dom0 finds what the guest wrote"
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
case ${1:-} in
make_boot | first | second | third | fourth | plain_make | plain) "$1"; exit ;;
guest) shift; in_guest "$@"; exit ;;
esac
machine_begin
make -s -C "$top" build/system/pagemark build/system/idle.elf build/system/killpoint.so >"$work/make.log" 2>&1 || { echo "Bail out! cannot build"; exit 1; }

# stage NAME OPTION...
stage() {
	local name=$1
	shift
	boot "$name" "${END-END}" --add "$top/build/system/pagemark" --add "$top/build/system/idle.elf" --add "$top/build/system/killpoint.so" \
		--nvdimm "$work/nv0:1152M" --nvdimm "$work/nv1:704M" "$@"
}

stage make_boot
for each in ${STAGES-first second third fourth plain_make plain}; do
	case $each in
	second) stage second --object memory-backend-ram,id=vpmem,size=128M --device virtio-pmem-pci,memdev=vpmem,disable-legacy=on,iommu_platform=on ;;
	third) END=POWER-CUT stage third ;;
	# In a slot of its own: the others' labels go by theirs.
	plain*) stage "$each" --object "memory-backend-file,id=plain,share=on,mem-path=$work/plain,size=512M" --device nvdimm,id=plainnv,memdev=plain,slot=2 \
		--linux-args "$(sed -n 's/^plain /xen_pmem.claim=/p' "$work/plain_make.facts" 2>/dev/null)" ;;
	*) stage "$each" ;;
	esac
done
echo "1..$tests"
