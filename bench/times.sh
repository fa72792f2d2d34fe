#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In dom0 of a host with an NVDIMM of 40 GiB and xen-pmem loaded: times enable and attach against
# fsdax, counts leaves, compares copies in a guest. Prints "= NAME VALUE...".
set -u
# shellcheck source=bench/lib.sh
. /root/lib.sh
nd=/sys/bus/nd
size=16G

device() {
	grep -lx "$1" $nd/devices/namespace*/alt_name | cut -d / -f 6
}

leaves() {
	run xenhypfs write /leaves/domain "$(xl domid bench)"
	echo "= $1 $(xenhypfs cat /leaves/count)"
}

# All that `ndctl create-namespace -m fsdax --map=mem` does before the kernel onlines the namespace.
fsdax_prepare() {
	local ns
	ns=$(device linux)
	pfn=$(cat $nd/devices/region0/pfn_seed)
	echo "$ns" >"$nd/devices/$ns/driver/unbind" &&	# raw, so dom0 survives it
		cat /proc/sys/kernel/random/uuid >"$nd/devices/$pfn/uuid" &&
		echo ram >"$nd/devices/$pfn/mode" &&
		echo "$ns" >"$nd/devices/$pfn/namespace"
}

fsdax_online() {
	echo "$pfn" >$nd/drivers/nd_pmem/bind
}

# namespace_range NAME: "spa=... length=..."
namespace_range() {
	local at
	at=$nd/devices/$(device "$1")/xen_pmem
	echo "spa=$(cat "$at/start") length=$(cat "$at/size")"
}

guest_build() {
	run xl create -p /root/bench.cfg
}

guest_end() {
	run xl destroy bench
	run xen-pmem release
}

# What a user types.
tools_round() {
	guest_build
	timed enable xen-pmem enable xen-aligned
	timed attach xen-pmem attach bench xen-aligned
	leaves leaves_aligned
	guest_end
	run xen-pmem disable --keep xen-aligned
}

# The same work of Xen's, without the tool's.
commands_round() {
	local domain
	guest_build
	domain=$(xl domid bench)
	# shellcheck disable=SC2086
	timed serve ./rawcmd op=3 uuid="$uuid" $range
	# shellcheck disable=SC2086
	timed assign ./rawcmd op=5 uuid="$uuid" $range gpa="${gpa#spa=}" domain="$domain"
	guest_end
	run ./rawcmd op=4 uuid="$uuid"
}

ndctl disable-region all >/dev/null 2>&1
run ndctl init-labels -f -V 1.2 all
run ndctl enable-region all
# The first begins on a 1 GiB boundary; the last does not.
for each in xen-aligned:$size linux:$size xen-pmem:256M xen-other:2G; do
	run ndctl create-namespace -m raw -n "${each%:*}" -s "${each#*:}"
done
modprobe -a virtio_blk ext4
mount -t ext4 -o ro /dev/vda $images
cat >bench.cfg <<X
name = "bench"
uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"
type = "pvh"
memory = 128
tsc_mode = "native"
kernel = "$images/vmlinuz"
ramdisk = "$images/initrd"
X
cat >copy.cfg <<X
name = "copy"
uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"
memory = 512
vnvdimms = [ "backend=xen-other" ]
X
cat >inside.sh <<'X'
#!/bin/bash
ndctl create-namespace -f -e namespace0.0 -m devdax --map=mem >/dev/null || exit 1
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
./copy /dev/dax0.0 8 301
X
run xen-livepatch load "/root/leaves-$(xl info build_id).livepatch" --nodeps
run xen-pmem init xen-pmem
run xen-pmem enable xen-other
uuid=$(cat "$nd/devices/$(device xen-aligned)/uuid")
range=$(namespace_range xen-aligned)
gpa=${range%% *}
for round in 1 2 3; do
	[ $round != 2 ] || fsdax_prepare || failed "cannot set up fsdax"
	[ $round != 2 ] || timed fsdax fsdax_online
	tools_round
	commands_round
done
guest_build
run xen-pmem attach bench xen-other
leaves leaves_other
guest_end
testguest --add copy copy.cfg inside.sh || failed "the guest's copies"
