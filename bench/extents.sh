#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In dom0 of a host with an NVDIMM of 6 GiB that no module touches: what it takes to give a guest 1
# GiB as 1, 1,000 and 262,144 extents, and its first 16,384 pages, by raw commands, and by what
# stock Xen has for it; not all of the many by that, whose time grows with their square. Prints "=
# NAME VALUE...".
#
#   4 GiB [ reserved area 1 GiB ]   5 GiB [ host range 2 GiB ]   7 GiB [ dom0's 2 GiB ]
set -u
# shellcheck source=tests/system/tap.sh
. /root/tap.sh
# shellcheck source=bench/lib.sh
. /root/lib.sh
ours=$((5 * G)) stock=$((7 * G))
range=55555555-0000-4000-8000-000000000001

# extents N SPA: 1 GiB as N extents from SPA on, with gaps between them. If an extent is one page,
# every second page is taken.
extents() {
	awk -v n="$1" -v spa="$2" 'BEGIN {
		for (i = 0; i < n; i++) {
			length_ = int((i + 1) * 262144 / n) - int(i * 262144 / n)
			printf "%.0f %.0f\n", spa + at * 4096, length_ * 4096
			at += length_ + 1
		}
	}'
}

guest_build() {
	xl create -p /root/guest.cfg >/dev/null 2>&1 || failed "cannot make a guest"
	domain=$(xl domid bench)
	# As the tool does; not to be counted.
	$raw --pool "$domain" $((32 << 20)) >/dev/null || failed "cannot size the paging pool"
}

guest_gone() {
	! xl domid bench >/dev/null 2>&1
}

guest_end() {
	local until=$((SECONDS + 60))
	xl destroy bench
	command op=6 uuid=$range domain="$domain"
	until guest_gone || [ $SECONDS -ge $until ]; do sleep 0.1; done
}

memfree() {
	awk '/^MemFree/ { print $2 }' /proc/meminfo
}

# measured NAME COMMAND...: its milliseconds, and KiB of Xen's RAM and of dom0's that it kept
measured() {
	local name=$1 xen dom0 start
	shift
	sync
	xen=$($raw --free) dom0=$(memfree) start=${EPOCHREALTIME/./}
	answer=$("$@") || failed "$* gave $answer"
	echo "= ${name}_ms $(((${EPOCHREALTIME/./} - start) / 1000))"
	echo "= ${name}_xen $(((xen - $($raw --free)) * 4))"
	echo "= ${name}_dom0 $((dom0 - $(memfree)))"
	echo "= ${name}_calls $(field calls)"
}

# leaf NAME: how the guest has the first page: "0" RAM, "5" I/O memory, past the caches
leaf() {
	xenhypfs write /leaves/domain "$domain" &&
		echo "= ${1}_leaves $(xenhypfs cat /leaves/count)"
	echo "= ${1}_type $(probe p2m "$domain" $((4 * G >> 12)) | sed 's/.*type=\([0-9]*\).*/\1/')"
}

id=$(xl info build_id)
livepatch_load "/root/payload/$id.livepatch"
command op=1 uuid=99999999-0000-4000-8000-000000000001 spa=$((4 * G)) length=$G
free=$($raw --free) start=${EPOCHREALTIME/./}
command op=3 uuid=$range spa=$ours length=$((2 * G)) flags=1
echo "= host_ms $(((${EPOCHREALTIME/./} - start) / 1000))"
echo "= host_calls $(field calls)"
echo "= host_xen $(((free - $($raw --free)) * 4))"
livepatch_load "/root/leaves-$id.livepatch" --nodeps
probe_load
modprobe -a virtio_blk ext4
mount -t ext4 -o ro /dev/vda $images
cat >guest.cfg <<X
name = "bench"
type = "pvh"
memory = 128
tsc_mode = "native"
kernel = "$images/vmlinuz"
ramdisk = "$images/initrd"
X
for n in 1 1000 262144; do
	extents $n $ours >ours.$n
	extents $n $stock >stock.$n
done
head -n 16384 ours.262144 >ours.16384
head -n 16384 stock.262144 >stock.16384
for n in 1 1000 16384 262144; do
	guest_build
	measured ours$n $raw op=10 domain="$domain" gpa=$((4 * G)) extents=ours.$n
	leaf ours$n
	guest_end
	[ $n != 262144 ] || break
	guest_build
	measured stock$n ./stock "$domain" $((4 * G)) stock.$n
	leaf stock$n
	xl destroy bench
	until guest_gone; do sleep 0.1; done
done
command op=0
echo "= wbinvds $(xenhypfs cat /pmem/status | sed -n 's/.* \([0-9]*\) WBINVDs.*/\1/p')"
echo "= longest $(($(field 'done')))"
