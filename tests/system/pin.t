#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Pins: what dom0 and its programs can do to a file or device while a guest could have its pages,
# and what cannot be pinned at all. The probe says whose pages are mapped. TAP. On the test's
# machine it boots the bed twice over the same NVDIMMs (what ndctl has just made, nd_pmem has), and
# runs itself in dom0:
#
#   region0:  xen-pmem 64M | xen-files 384M, fsdax | xen-more 64M, fsdax | xen-raw 64M | xen-dax, xen-dax2 64M, devdax       region1: virtio-pmem 128M, in dom0 alone
# shellcheck disable=SC2015
set -u
reserved=11111111-1111-1111-1111-111111111111
nd=/sys/bus/nd/devices
ctl=/root/pinctl

# ---- in dom0 ----

namespace_named() {
	grep -lx "$1" $nd/namespace*/alt_name | cut -d / -f 6
}

# attr NAMESPACE NAME
attr() {
	cat "$nd/$1/xen_pmem/$2"
}

create() {
	ndctl create-namespace -r region0 -n "$1" -s "$2" -m "$3" "${@:4}" >/tmp/said 2>&1 ||
		bail "create $1: $(cat /tmp/said)"
}

dom0_make() {
	namespaces_make xen-pmem:64M xen-raw:64M
	create xen-files 384M fsdax --map=mem
	create xen-more 64M fsdax --map=mem
	create xen-dax 64M devdax --map=mem --align 4096
	create xen-dax2 64M devdax --map=mem
	echo MADE
}

# answers WHAT PATTERN COMMAND...: what it says has this in it, and it was not a signal that ended
# it (busybox' mount has 255 of its own)
answers() {
	local what=$1 pattern=$2 rc
	shift 2
	"$@" >/tmp/said 2>&1
	rc=$?
	[ $rc -lt 128 ] || [ $rc = 255 ] && grep -qi -- "$pattern" /tmp/said
	verdict $? "$what: $pattern"
}

# works WHAT COMMAND...
works() {
	accepts "$1: works" "${@:2}"
}

raw() {
	/root/rawcmd "$@" >/tmp/said 2>&1 && grep -q "^rc=0 " /tmp/said ||
		bail "rawcmd $*: $(cat /tmp/said)"
}

# host NAME DRIVER: Xen makes the namespace dom0's own, and our driver lets it go
host() {
	local ns path
	ns=$(namespace_named "$1")
	path=$nd/$ns
	same "$1 is held back" "$(attr "$ns" role)" host
	uuid=$(attr "$ns" uuid)
	echo 1 >"$path/xen_pmem/held"
	raw op=3 flags=1 "uuid=$uuid" "spa=$(attr "$ns" start)" "length=$(attr "$ns" size)"
	answers "$1: unbinding it before" "busy" sh -c "echo $ns >$path/driver/unbind"
	echo host >"$path/xen_pmem/held" && echo "$ns" >"$path/driver/unbind" ||
		bail "$1 is not let go"
	echo "$ns" >/sys/bus/nd/drivers/nd_pmem/bind 2>/dev/null
	cat $nd/ndbus0/wait_probe >/dev/null
	holder=$(cat "$path/holder")
	[ "$(basename "$(readlink "$nd/$holder/driver")")" = "$2" ]
	verdict $? "$1: $2 has it then"
}

# block_of NAME: its block device
block_of() {
	ls "$nd/$(cat "$nd/$(namespace_named "$1")/holder")/block"
}

# pages_are STATE [FILE]: of the addresses in FILE, in lines "SPA LENGTH", all are host (dom0's, not
# mapped), or mapped
pages_are() {
	local spa length pages
	while read -r spa length; do
		pages=$(probe_pages "$spa" "$length")
		case $pages in
		"$1=$((length / 4096))"*) ;;
		*) echo "$spa $length: $pages" >/tmp/said; return 1 ;;
		esac
	done <"${2:-/tmp/spans}"
}

# hide KEY, show KEY: with what the pages are then
hide() {
	answers "hide" "^done$" $ctl hide "$1" /tmp/spans
	pages_are host
	verdict $? "Xen counts no mapping of the hidden pages"
}

show() {
	answers "show" "^done$" $ctl show "$1"
	pages_are mapped
	verdict $? "they are mapped again"
}

file_make() {
	head -c $((${2:-4} << 20)) /dev/urandom >"$1" && sync -f "$1"
}

# Each row: what is tried on the pinned file $f, beside $g, and what comes of it.
check_attempts() {
	local f=$1/file g=$1/other dev=$2
	answers "read" "busy" cat "$f"
	answers "append" "busy" sh -c "echo >>$f"
	answers "write with O_DIRECT" "busy" dd if=/dev/zero of="$f" bs=4096 count=1 conv=notrunc \
		oflag=direct
	answers "execute" "busy" "$f"
	answers "open by handle" "^EBUSY" $ctl handle "$f"
	answers "the descriptor that is left" "^fiemap done, read EINVAL, mmap ENODEV" $ctl open 1
	answers "truncate" "busy" truncate -s 4096 "$f"
	answers "truncate to more" "busy" truncate -s 64M "$f"
	answers "truncate by path" "^ETXTBSY" $ctl truncate "$f" 4096
	answers "truncate to more by path" "^ETXTBSY" $ctl truncate "$f" 67108864
	answers "punch a hole" "busy" xfs_io -c "fpunch 0 4096" "$f"
	answers "collapse" "busy" xfs_io -c "fcollapse 0 4096" "$f"
	answers "allocate" "busy" xfs_io -c "falloc 0 64m" "$f"
	answers "map" "busy" xfs_io -r -c "mmap -r 0 4096" -c "mread 0 16" "$f"
	answers "remove" "not permitted" rm "$f"
	answers "rename" "not permitted" mv "$f" "$1/elsewhere"
	answers "rename over" "not permitted" mv "$g" "$f"
	answers "exchange with another" "^EPERM" $ctl exchange "$g" "$f"
	works "another link" ln "$f" "$1/link"
	answers "removing that" "not permitted" rm "$1/link"
	answers "copy" "busy" cp "$f" "$1/copy"
	answers "clone" "busy" xfs_io -f -c "reflink $f" "$1/clone"
	answers "clone into" "busy" xfs_io -c "reflink $g" "$f"
	answers "deduplicate" "busy" xfs_io -c "dedupe $f 0 0 4096" "$g"
	answers "immutable" "busy" xfs_io -r -c "chattr +i" "$f"
	answers "swap" "busy" swapon "$f"
	answers "loop device" "busy" losetup /dev/loop0 "$f"
	works "change of mode" chmod 640 "$f"
	works "time stamps" touch -c -d 2020-01-01 "$f"
	answers "unmount" "busy" umount "$1"
	works "mount elsewhere too, and unmount" sh \
		-c "mkdir -p /elsewhere && mount --bind $1 /elsewhere && umount /elsewhere"
	works "move the mount, and back" sh \
		-c "mount --move $1 /elsewhere && mount --move /elsewhere $1"
	works "remount read-only, and back" sh -c "mount -o remount,ro $1 && mount -o remount,rw $1"
	works "drop caches" sh -c "echo 3 >/proc/sys/vm/drop_caches"
	works "sync" sync
	works "sync of the filesystem" sync -f "$g"
	works "freeze, and thaw" sh -c "fsfreeze --freeze $1 && fsfreeze --unfreeze $1"
	answers "read the disk" "Input/output error" dd if="/dev/$dev" of=/dev/null bs=1M
	answers "write it, where the file is" "Input/output error" dd if=/dev/zero of="/dev/$dev" \
		bs=4096 count=1 oflag=direct \
		seek=$((($(head -n 1 /tmp/spans | cut -d ' ' -f 1) - $(data_start "$dev")) / 4096))
	answers "open the disk exclusively" "busy\|in use\|mounted" mkfs.xfs -f "/dev/$dev"
	answers "unpin" "^EBUSY: .*hidden" $ctl unpin 1
	answers "pin it again" "^EEXIST" $ctl pin 1 "$g"
	answers "unload the driver" "in use\|unavailable" rmmod xen_pmem
	works "write another file" sh \
		-c "head -c 8388608 /dev/urandom >$1/new && sync && sha1sum $1/new >/tmp/new && sha1sum -c /tmp/new && rm $1/new"
}

# Where the block device's first byte is in memory
data_start() {
	cat "$(readlink -f "/sys/block/$1/device")/resource"
}

check_defragment() {
	case $1 in
	ext4) answers "e4defrag" "ailed\|busy" e4defrag -v "$2/file" ;;
	xfs)
		answers "exchange extents" "busy" xfs_io -c "swapext $2/file" "$2/other"
		# It says nothing of what it cannot open.
		xfs_fsr -v "$2/file"
		;;
	esac
}

mount_fresh() {
	local type=$1 dev=$2
	case $type in
	ext4) mkfs.ext4 -q -b 4096 -F "$dev" ;;
	xfs) mkfs.xfs -q -f -m reflink=1 "$dev" ;;
	esac >/tmp/said 2>&1 && mkdir -p "/mnt/$type" &&
		mount -t "$type" -o dax=always "$dev" "/mnt/$type" 2>>/tmp/said && return
	mkfs.xfs -q -f -m reflink=0 "$dev" >>/tmp/said 2>&1 &&
		mount -t "$type" -o dax=always "$dev" "/mnt/$type" 2>>/tmp/said ||
		bail "$type: $(cat /tmp/said)"
}

check_filesystem() {
	local type=$1 dev=$2 at=/mnt/$1
	echo "# $type"
	mount_fresh "$type" "/dev/$dev"
	file_make $at/file && chmod 755 $at/file && file_make $at/other &&
		sha1sum $at/file >/tmp/sum || bail "cannot write files"
	answers "pin" "^done$" $ctl pin 1 $at/file
	answers "it is listed" "^1 kind=1 domain=7 size=4194304 hidden=0 $at/file$" $ctl list
	pages_before=$($ctl layout 1)
	hide 1
	answers "that is listed" "hidden=4194304" $ctl list
	answers "hide again" "^done$" $ctl hide 1 /tmp/again
	cmp /tmp/spans /tmp/again >/tmp/said 2>&1
	verdict $? "says the same addresses"
	check_attempts $at "$dev"
	check_defragment "$type" $at
	same "the file's blocks are where they were" "$($ctl layout 1)" "$pages_before"
	pages_are host
	verdict $? "nobody has mapped one"
	show 1
	answers "show again" "^done$" $ctl show 1
	answers "unpin" "^done$" $ctl unpin 1
	works "the file is whole" sha1sum -c /tmp/sum
	works "and dom0's again" sh \
		-c "echo >>$at/file && truncate -s 4M $at/file && rm $at/link && cp $at/file $at/copy && rm $at/file && sync"
	works "unmount" umount $at
	case $type in
	ext4) works "e2fsck" e2fsck -fn "/dev/$dev" ;;
	xfs) works "xfs_repair" xfs_repair -n "/dev/$dev" ;;
	esac
}

# refused WHAT PATTERN PATH [HOW]
refused() {
	answers "refused: $1" "$2" $ctl pin 2 "$3" "${4:-rw}"
}

# with COMMAND... -- PATTERN WHAT: it runs beside
check_file_refusals() {
	local at=/mnt/ext4 pid
	mount_fresh ext4 "/dev/$1"
	file_make $at/file 1
	file_make $at/odd 1 && echo >>$at/odd
	: >$at/empty
	file_make /root/cached 1
	refused "a file in the page cache" "^EOPNOTSUPP: no DAX" /root/cached
	refused "a folder" "^EOPNOTSUPP: neither" $at ro
	refused "a device that is none" "^EOPNOTSUPP" /dev/null
	refused "an empty file" "^EINVAL: its size, 0" $at/empty
	refused "a size off a page" "^EINVAL: its size, 1048577" $at/odd
	refused "one that is open for reading alone" "^EBADF" $at/file ro
	tail -f $at/file >/dev/null 2>&1 &
	pid=$!
	wait_for 20 sh -c "ls -l /proc/$pid/fd | grep -q $at/file"
	refused "one that is open" "^EBUSY: somebody has it open" $at/file
	kill $pid
	wait $pid 2>/dev/null
	sleep 100 >>$at/file &
	pid=$!
	refused "one that is open for writing" "^EBUSY: somebody has it open for writing" $at/file
	kill $pid
	wait $pid 2>/dev/null
	: >/tmp/mapped
	$ctl mapped $at/file >/tmp/mapped &
	pid=$!
	wait_for 20 grep -q mapped /tmp/mapped
	refused "one that is mapped" "^EBUSY: somebody has it" $at/file
	kill $pid
	wait $pid 2>/dev/null
	: >/tmp/mapped
	$ctl spliced $at/file >/tmp/mapped &
	pid=$!
	wait_for 20 grep -q mapped /tmp/mapped
	answers "pin what is in a pipe" "^done$" $ctl pin 1 $at/file
	answers "refused: hiding that" "^EBUSY: I/O from or to page" $ctl hide 1
	kill $pid
	wait $pid 2>/dev/null
	hide 1
	show 1
	answers "unpin" "^done$" $ctl unpin 1
	cp /bin/busybox $at/sleep && truncate -s 4M $at/sleep && sync
	$at/sleep 100 &
	pid=$!
	refused "one that is executed" "^ETXTBSY" $at/sleep
	kill $pid
	wait $pid 2>/dev/null
	xfs_io -r -c "chattr +a" $at/file
	refused "an append-only one" "^EPERM" $at/file
	xfs_io -r -c "chattr -a" -c "chattr +i" $at/file
	refused "an immutable one" "^EPERM" $at/file
	xfs_io -r -c "chattr -i" $at/file
	mkswap $at/file >/dev/null 2>&1
	answers "swapping to a DAX file, without any pin" "invalid argument" swapon $at/file
	fsfreeze --freeze $at
	refused "one whose filesystem is frozen" "^EBUSY: its filesystem is frozen" $at/file
	fsfreeze --unfreeze $at
	answers "a 32-bit program pins it" "^done" $ctl pin 1 $at/file 32
	answers "unpin" "^done$" $ctl unpin 1
	: >/tmp/kept
	$ctl pin 1 $at/file keep >/tmp/kept &
	pid=$!
	wait_for 20 grep -q "^done" /tmp/kept
	refused "one that is pinned" "^EBUSY" $at/file
	answers "refused: hiding what is still open" "^EBUSY: somebody has it open for writing" \
		$ctl hide 1
	kill -9 $pid
	wait $pid 2>/dev/null
	answers "the pin outlives its maker" "^1 kind=1" $ctl list
	answers "refused: a piece beyond the device" "^ERANGE" $ctl piece hide 1 0x7ffffffff000 4096
	answers "refused: a piece off a page" "^EINVAL" $ctl piece hide 1 0 100
	answers "refused: showing what was not hidden by it" "^ENOENT" $ctl piece show 9 0 4096
	answers "unpin" "^done$" $ctl unpin 1
	answers "once more" "^ENOENT" $ctl unpin 1
	mount -o remount,ro $at
	refused "on a read-only mount" "^EROFS" $at/file ro
	umount $at
	mount -o dax=never "/dev/$1" $at
	refused "a mount without DAX" "^EOPNOTSUPP: no DAX" $at/file
	refused "a device that is mounted" "^EBUSY" "/dev/$1"
	umount $at
	check_virtio
}

# Its region wants a flush call.
check_virtio() {
	local dev
	modprobe virtio_pmem 2>/dev/null
	wait_for 20 sh -c "ls /dev/pmem1* /dev/pmem2* 2>/dev/null | grep -q ." || true
	for dev in /sys/block/pmem*; do
		readlink -f "$dev" | grep -q virtio || continue
		refused "virtio-pmem" "^ENXIO: " "/dev/${dev##*/}" ro
		return
	done
	verdict 1 "virtio-pmem is there"
}

sum_of() {
	local spa length sum=0
	while read -r spa length; do
		sum=$((sum + length))
	done <"$1"
	echo $sum
}

# stripes_of A B: as they should be, 16 MiB of each
stripes_of() {
	local i
	for ((i = 0; i < 16; i++)); do
		printf '%#x 0x100000\n%#x 0x100000\n' $(($1 + (i << 20))) $(($2 + (i << 20)))
	done
}

dm_make() {
	dmsetup create "$1" --noudevsync && dmsetup mknodes && [ -b "/dev/mapper/$1" ] ||
		bail "no dm device $1"
}

# Files of XFS may lie on another device than the filesystem.
check_realtime() {
	local at=/mnt/xfs
	mkfs.xfs -q -f -m reflink=0 -r "rtdev=/dev/$2" "/dev/$1" >/tmp/said 2>&1 &&
		mount -t xfs -o "dax=always,rtdev=/dev/$2" "/dev/$1" $at 2>>/tmp/said ||
		bail "no XFS with a realtime device: $(cat /tmp/said)"
	xfs_io -f -c "chattr +r" -c "pwrite -q 0 1m" -c fsync $at/file
	refused "a realtime file of XFS" "^EOPNOTSUPP: .*realtime" $at/file
	umount $at
}

# check_device WHAT PATH: the whole of it, by a pattern
check_device() {
	local size
	size=$(blockdev --getsize64 "$2")
	head -c "$size" /dev/urandom >/tmp/pattern &&
		dd if=/tmp/pattern of="$2" bs=1M conv=fsync 2>/dev/null || bail "cannot write $2"
	answers "$1: pin" "^done$" $ctl pin 1 "$2" ro
	answers "$1: it is listed" "^1 kind=2 domain=7 size=$size hidden=0 $2$" $ctl list
	hide 1
	same "$1: all of it" "$(sum_of /tmp/spans)" "$size"
	answers "$1: mount" "busy" mount -t ext4 "$2" /mnt/ext4
	answers "$1: mkfs" "in use\|busy" mkfs.ext4 -F "$2"
	answers "$1: read" "Input/output error" dd if="$2" of=/dev/null bs=1M
	answers "$1: write" "Input/output error" dd if=/dev/zero of="$2" bs=4096 count=1 \
		oflag=direct
	show 1
	answers "$1: unpin" "^done$" $ctl unpin 1
	works "$1: as it was" cmp "$2" /tmp/pattern
}

# Its UNPINs take the pin away now and then.
check_fuzz() {
	local i
	for i in {1..20}; do
		$ctl pin 1 "$1" ro >/dev/null
		$ctl fuzz 1 2000 >/tmp/said 2>&1 || break
	done
	verdict $? "40,000 calls with nonsense in them"
	$ctl pin 1 "$1" ro >/dev/null
	hide 1
	show 1
	answers "unpin, after them" "^done$" $ctl unpin 1
	same "no pin is left" "$($ctl list)" ""
	works "the device can be read" dd if="$1" of=/dev/null bs=1M
}

check_devices() {
	local a=$1 b=$2
	printf '%s\n' 'label: gpt' 'start=2048, size=32768' 'size=32768' 'start=70001, size=8192' |
		sfdisk -q --no-reread "/dev/$a" >/tmp/said 2>&1
	partitions_there() { [ -b "/dev/${a}p3" ]; }
	wait_for 20 partitions_there || bail "no partitions: $(cat /tmp/said)"
	check_device "a partition" "/dev/${a}p1"
	refused "a partition off a page" "^EINVAL: .*multiples of 4096" "/dev/${a}p3" ro
	mkfs.ext4 -q -b 4096 "/dev/${a}p2" && mount "/dev/${a}p2" /mnt/ext4
	check_device "a partition beside one that is mounted" "/dev/${a}p1"
	refused "a disk with a partition that is mounted" "^EBUSY" "/dev/$a" ro
	umount /mnt/ext4
	wipefs -qa "/dev/$a" 2>/dev/null || dd if=/dev/zero of="/dev/$a" bs=1M count=1 2>/dev/null
	sfdisk -q --delete "/dev/$a" >/dev/null 2>&1
	blockdev --rereadpt "/dev/$a" 2>/dev/null
	check_device "a whole disk" "/dev/$b"
	printf '%s\n' "0 32768 linear /dev/$b 8192" "32768 32768 linear /dev/$a 16384" | dm_make lin
	check_device "dm linear" /dev/mapper/lin
	refused "a disk in use by dm" "^EBUSY" "/dev/$b" ro
	dmsetup remove lin
	echo "0 65536 striped 2 2048 /dev/$a 0 /dev/$b 0" | dm_make stripe
	check_device "dm striped" /dev/mapper/stripe
	stripes_of $(($(data_start "$a"))) $(($(data_start "$b"))) |
		cmp - /tmp/spans >/tmp/said 2>&1
	verdict $? "dm striped: the pages are in the stripes' order"
	dmsetup remove stripe
	check_fuzz "/dev/$b"
}

dax_of() {
	echo "/dev/dax$(namespace_named "$1" | sed 's/namespace//')"
}

# check_dax DEVICE
check_dax() {
	answers "$1: pin" "^done$" $ctl pin 1 "$1"
	answers "$1: it is listed" "^1 kind=3 domain=7 size=$((62 << 20)) hidden=0 $1$" $ctl list
	answers "$1: pin it again" "^EBUSY" $ctl pin 2 "$1"
	hide 1
	same "$1: all of it" "$(cat /tmp/spans)" \
		"$(printf '%#x %#x' $(($(attr_of_dax "$1"))) $((62 << 20)))"
	answers "$1: open" "busy" dd if="$1" of=/dev/null bs=4096 count=1
	show 1
	answers "$1: unpin" "^done$" $ctl unpin 1
}

check_devdax() {
	local dev pid
	dev=$(dax_of xen-dax)
	: >/tmp/mapped
	$ctl mapped "$dev" >/tmp/mapped &
	pid=$!
	wait_for 20 grep -q mapped /tmp/mapped
	refused "a dax device that is mapped" "^EBUSY: somebody has it" "$dev"
	kill $pid
	wait $pid 2>/dev/null
	check_dax "$dev"
	check_dax "$(dax_of xen-dax2)"
	: >/tmp/mapped
	$ctl mapped "$dev" >/tmp/mapped &
	pid=$!
	wait_for 20 grep -q mapped /tmp/mapped
	verdict $? "devdax: can be mapped again"
	kill $pid
	wait $pid 2>/dev/null
}

attr_of_dax() {
	cat "/sys/bus/dax/devices/${1#/dev/}/resource"
}

# A guest has some of the pages.
check_guest() {
	local dom at=/mnt/ext4 before
	mount_fresh ext4 "/dev/$1"
	file_make $at/file && sha1sum $at/file >/tmp/sum
	printf '%s\n' 'name = "g"' 'type = "pvh"' 'memory = 32' 'tsc_mode = "native"' \
		'kernel = "/root/idle.elf"' >g.cfg
	xl create -q -p g.cfg >/tmp/said 2>&1 || bail "no guest: $(cat /tmp/said)"
	dom=$(xl domid g)
	$ctl pin 1 $at/file >/dev/null
	before=$(sort /proc/slabinfo 2>/dev/null | wc -l)
	hide 1
	tail -n 1 /tmp/spans >/tmp/last
	raw op=10 "domain=$dom" gpa=0x100000000 extents=/tmp/last
	answers "show of what a guest has" "^EBUSY: Xen refuses" $ctl show 1
	answers "what it got done stays" "^1 .* hidden=$(($(cut -d ' ' -f 2 /tmp/last))) " $ctl list
	answers "unpin of it" "^EBUSY" $ctl unpin 1
	xl destroy g
	released() { /root/rawcmd op=6 "domain=$dom" "uuid=$uuid_files" >/tmp/said 2>&1; }
	wait_for 30 released
	verdict $? "Xen takes the pages back"
	show 1
	answers "unpin" "^done$" $ctl unpin 1
	works "the file is whole" sha1sum -c /tmp/sum
	umount $at
	[ -n "$before" ]
}

# Written by the descriptor that PIN was given, after it
check_dirty() {
	works "write to a file just pinned" $ctl pin 1 "$1" dirty
	hide 1
	works "sync while it is hidden" sync
	show 1
	answers "unpin" "^done$" $ctl unpin 1
	same "what was written is there" "$(head -c 4096 "$1" | tr -d x | wc -c)" 0
}

# What is left to do when the file's extents cannot be told, and when its pages have gone bad
check_ways_out() {
	local at=/mnt/ext4 all
	all=$(blockdev --getsize64 "/dev/$1")
	mount_fresh ext4 "/dev/$1"
	file_make $at/file && file_make $at/other
	check_dirty $at/file
	$ctl pin 1 $at/file >/dev/null
	$ctl pin 2 $at/other >/dev/null
	hide 1
	answers "a pin that hides nothing shows nothing" done $ctl piece show 2 0 "$all"
	pages_are host
	verdict $? "they are hidden still"
	answers "hide of one page" done $ctl piece hide 2 $((all - 4096)) 4096
	answers "a pin shows no more than it hides" "^EINVAL: .*not hidden by this pin" $ctl piece \
		show 2 0 "$all"
	answers "and then hides nothing" "^2 .* hidden=0 " $ctl list
	answers "unpin of that" done $ctl unpin 2
	answers "show of the whole device" done $ctl piece show 1 0 "$all"
	pages_are mapped
	verdict $? "they are mapped again"
	answers "none is hidden then" "^1 .* hidden=0 " $ctl list
	hide 1
	insmod /root/inject.ko region=region0 start=$(($(head -n 1 /tmp/spans |
		cut -d ' ' -f 1) + 8192)) len=512 || bail "cannot inject"
	rmmod inject
	wait_for 20 grep -q . "/sys/block/$1/badblocks"
	verdict $? "the device has bad blocks now"
	show 1
	answers "refused: hiding bad blocks" "^EIO: .*bad blocks" $ctl hide 1
	answers "unpin" done $ctl unpin 1
	umount $at
}

check_copy() {
	local ns
	ns=$(namespace_named xen-raw)
	head -c 10000 /dev/urandom >/tmp/bytes
	works "copy into a namespace" sh -c "$ctl write $ns 5000001 10000 </tmp/bytes"
	works "and out of it" sh -c "$ctl read $ns 5000001 10000 | cmp - /tmp/bytes"
	answers "not beyond its end" "^ERANGE" $ctl read "$ns" 67108863 2
	answers "not the reserved area" "^EPERM" $ctl read "$(namespace_named xen-pmem)" 0 1
	answers "not what is not claimed" "^ENOENT" $ctl read "$(namespace_named xen-files)" 0 1
	echo 1 >"$nd/$ns/xen_pmem/held"
	answers "not what Xen has" "^EBUSY" $ctl read "$ns" 0 1
	echo 0 >"$nd/$ns/xen_pmem/held"
	answers "a copy whose buffer hangs holds no lock" "^done, copy done" $ctl stalled "$ns" \
		"cd $nd/$ns/xen_pmem
		echo 1 >held && ! echo $ns 2>/dev/null >../driver/unbind && echo 0 >held"
	echo 1 >$nd/region0/read_only
	answers "not into a read-only region" "^EROFS" sh -c "$ctl write $ns 0 1 </tmp/bytes"
	echo 0 >$nd/region0/read_only
}

# Two unbind one binding, while copies have them wait for the device's lock. A second that is let
# through would unbind what is bound next.
check_unbinds() {
	local ns round copies first second twice=0
	ns=$(namespace_named xen-raw)
	while :; do $ctl read "$ns" 0 2097152; done >/dev/null 2>&1 &
	copies=$!
	for round in {1..100}; do
		sh -c "echo $ns 2>/dev/null >/sys/bus/nd/drivers/xen_pmem/unbind" &
		first=$!
		sh -c "echo $ns 2>/dev/null >/sys/bus/nd/drivers/xen_pmem/unbind" &
		second=$!
		wait $first && wait $second && twice=$((twice + 1))
		wait $second
		echo "$ns" >/sys/bus/nd/drivers/xen_pmem/bind ||
			bail "round $round: cannot bind $ns"
	done
	kill $copies
	wait $copies 2>/dev/null
	same "of two who unbind, one is refused" $twice 0
}

dom0_pins() {
	local a b ns
	modprobe -a nd_pmem dax_pmem device_dax ext4 xfs loop dm_mod
	cat $nd/ndbus0/wait_probe >/dev/null
	xen-pmem load >/tmp/said 2>&1 || bail "load: $(cat /tmp/said)"
	probe_load
	ns=$(namespace_named xen-pmem)
	raw op=1 uuid=$reserved "spa=$(attr "$ns" start)" "length=$(attr "$ns" size)"
	host xen-files nd_pmem
	uuid_files=$uuid
	host xen-more nd_pmem
	host xen-dax dax_pmem
	host xen-dax2 dax_pmem
	a=$(block_of xen-files) b=$(block_of xen-more)
	check_copy
	check_unbinds
	check_filesystem ext4 "$a"
	check_filesystem xfs "$a"
	check_file_refusals "$b"
	check_realtime "$a" "$b"
	check_devices "$a" "$b"
	check_devdax
	check_guest "$a"
	check_ways_out "$b"
	same "nothing keeps the driver" "$(cat /sys/module/xen_pmem/refcnt)" 0
	works "unload it" rmmod xen_pmem
	echo PINNED
}

if [ $# -gt 0 ]; then
	# shellcheck source=tests/system/tap.sh
	. /root/tap.sh
	"dom0_$1"
	exit 0
fi

# ---- on the test's machine ----

. "$(dirname "$(readlink -f "$0")")/tap.sh"
machine_begin
make -s -C "$top" build/system/pinctl build/system/idle.elf build/inject/inject.ko \
	>"$work/make.log" 2>&1 || {
	echo "Bail out! cannot build what it needs"
	exit 1
}
boot make MADE --nvdimm "$work/nvdimm:1G"
boot pins PINNED --bare --object memory-backend-ram,id=vpmem,size=128M \
	--device virtio-pmem-pci,memdev=vpmem,disable-legacy=on,iommu_platform=on \
	--nvdimm "$work/nvdimm:1G" --add "$top/build/system/pinctl" \
	--add "$top/build/system/idle.elf" --add "$top/build/inject/inject.ko"
echo "1..$tests"
