#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dom0's devices behind an IOMMU: what they reach of an NVDIMM before, while and after a guest has
# it. TAP. The witness is QEMU's edu device, which copies pages as it is told; what it wrote is
# looked up in the NVDIMM's file afterwards.
#
# The first pages of the namespaces a and b are marked before, each with its name: a0, a1 ... b0, b1
# ... The pages a0 and b0 are only read.
set -u
marks=8
region=$((4 << 30)) a_at=$((64 << 20)) b_at=$((320 << 20))

# ---- in dom0 ----

# copies FROM TO: pages by name and number, a0 b3
copies() {
	./edu "$(page_at "$1")" "$(page_at "$2")" >/tmp/said 2>&1 || bail "edu: $(cat /tmp/said)"
}

page_at() {
	local at=$a
	[ "${1%%[0-9]*}" = a ] || at=$b
	printf '0x%x' $((at + ${1#?} * 4096))
}

start_of() {
	cat "$(dirname "$(grep -lx "$1" /sys/bus/nd/devices/namespace*/alt_name)")/xen_pmem/start"
}

# guest_with NAME NAMESPACE: a guest that has it and never runs
guest_with() {
	printf '%s\n' "name = \"$1\"" 'type = "pvh"' 'memory = 128' 'tsc_mode = "native"' \
		"kernel = \"$images/vmlinuz\"" "ramdisk = \"$images/initrd\"" >"$1.cfg"
	{ xl create -p "$1.cfg" && xen-pmem attach --keep "$1" "$2"; } >/tmp/said 2>&1
	verdict $? "guest $1 has $2"
}

guest_end() {
	{ xl destroy "$1" && xen-pmem release; } >/tmp/said 2>&1
	verdict $? "guest $1 is gone, its pages are back"
}

host_begin() {
	images=/usr/lib/testbed/guest
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images
	namespaces_make xen-pmem:64M xen-a:256M xen-b:256M xen-c:256M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b &&
		xen-pmem enable xen-c; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	a=$(($(start_of xen-a))) b=$(($(start_of xen-b)))
	same "the namespaces are where their marks are" "$((a - region)) $((b - region))" \
		"$a_at $b_at"
}

# relaxed_check says what of this must have arrived.
dom0_relaxed() {
	host_begin
	copies a0 a1
	guest_with one xen-a
	copies a0 a2
	copies a0 b1
	guest_with two xen-b
	copies a0 b2
	guest_end one
	copies b0 b4		# what the device still has in its buffer is not a's, then
	copies a0 a3
	copies a0 b3
	guest_with three xen-a
	copies a0 a4
	guest_end three
	guest_end two
	copies b0 b5
	disk_guest
	echo END
}

# A guest with a disk of dom0's, which it reads into its vNVDIMM: the backend has its device write
# to the granted pages.
disk_guest() {
	local want
	umount $images
	modprobe xen-blkback
	printf '%s\n' 'name = "disk"' 'memory = 256' 'vnvdimms = [ "xen-c" ]' \
		'disk = [ "phy:/dev/vda,xvda,r" ]' >disk.cfg
	testguest --add diskread --add tap.sh disk.cfg iommu.t guest >/tmp/said 2>&1
	verdict $? "a guest reads dom0's disk"
	want=$(dd if=/dev/vda bs=64K count=1 2>/dev/null | sha256sum)
	same "straight into its vNVDIMM" "$(grep -x '[0-9a-f]\{64\}  -' /tmp/said)" "$want"
}

in_guest() {
	modprobe xen-blkfront feature_persistent=0	# else it copies to pages of its own
	wait_for 20 test -b /dev/xvda || exit 1
	ndctl create-namespace -f -e namespace0.0 -m devdax --map=mem >/dev/null || exit 1
	./diskread /dev/xvda /dev/dax0.0 | sha256sum
	exit "${PIPESTATUS[0]}"
}

dom0_strict() {
	host_begin
	guest_with one xen-a
	copies a0 a1		# granted to nobody
	guest_end one
	disk_guest
	echo END
}

# By raw commands, without a guest: a range that dom0 has, then as its own, counted, then it has it
# back.
dom0_hosted() {
	local command="/root/rawcmd uuid=aaaaaaaa-1111-1111-1111-111111111111"
	# nd_pmem has it
	ndctl disable-region all >/tmp/said 2>&1 || bail "cannot disable: $(cat /tmp/said)"
	a=$((region + a_at)) b=$((region + b_at))
	accepts "reserve" $command op=1 spa=$region length=$a_at
	copies a0 a1
	accepts "serve, as dom0's own" $command op=3 spa=$a length=$((256 << 20)) flags=1
	copies a0 a2
	accepts "given back" $command op=4
	copies a0 a3
	accepts "unreserve" /root/rawcmd op=2
	# The second NVDIMM is where dom0's I/O page tables on AMD end.
	[ ! -e /sys/bus/nd/devices/region1 ] || dom0_border
	echo END
}

# available FILTER: what jq says of the second region
available() {
	xen-pmem list --available --json | jq -c ".regions[1] | $1"
}

# create LABEL SIZE, on the second region
create() {
	ndctl create-namespace -r region1 -m raw -n "$1" -s "$2" >/tmp/said 2>&1 ||
		bail "create $1: $(cat /tmp/said)"
}

# checked OK|FAIL PATTERN: xen-pmem check has such a line
checked() {
	xen-pmem check >/tmp/said 2>&1
	grep -q "^$1 *$2" /tmp/said
	verdict $? "check: $1 $2"
}

# A part of the region lies above what can be served. A filler moves namespaces to where they are
# wanted:
#
#   0x7f80000000        0x7fc0000000   0x8000000000
#   | xen-pmem | filler | xen-mid, 1G  | xen-over, 512M | 1.5G
dom0_border() {
	local bad="lies above 0x7fffffffff, which .* I/O page tables cannot name: leave it to dom0"
	{ ndctl init-labels -f -V 1.2 all && ndctl enable-region all; } >/tmp/said 2>&1 ||
		bail "cannot make label areas: $(cat /tmp/said)"
	same "list --available: its parts" "$(available '.start, .size, .servable_size,
		(.parts[] | .start, .size, .servable)' | xargs)" \
		"$((0x7f80000000)) $((4 << 30)) $((2 << 30)) $((0x7f80000000)) $((2 << 30)) true \
$((1 << 39)) $((2 << 30)) false"
	xen-pmem list --available >/tmp/said
	grep -q "^region1 .* 0x8000000000-0x807fffffff  *2G  no  *(above 0x7fffffffff," /tmp/said
	verdict $? "and in lines"
	checked OK "region1  *of 4G 2G can be served; 0x8000000000-0x807fffffff $bad"
	checked OK "region0  *all of 1G can be served"
	create xen-pmem 64M
	create filler 960M
	create xen-cross 2G
	same "a namespace begins where the filler ends" "$(start_of xen-cross)" 0x7fc0000000
	accepts "init of the reserved area" xen-pmem init xen-pmem
	checked FAIL "namespace[0-9.]*  *xen-cross: it cannot be served; 0x8000000000-0x803fffffff"
	for option in "" --dry-run; do
		refuses "enable $option of what crosses the border, by its addresses" \
			"(xen-cross): it cannot be served; 0x8000000000-0x803fffffff lies above" \
			xen-pmem enable $option xen-cross
	done
	same "it is dom0's as before" "$(xen-pmem list --json |
		jq -r '.namespaces[] | select(.label == "xen-cross").state') $(cat "$(dirname \
		"$(grep -lx xen-cross /sys/bus/nd/devices/namespace*/alt_name)")/xen_pmem/held")" \
		"dom0 0"
	xenhypfs cat /pmem/status >/tmp/said
	grep -q "no reserved area" /tmp/said
	verdict $? "and the reserved area was not touched"
	ndctl destroy-namespace -f "$(device_of xen-cross)" >/tmp/said 2>&1 ||
		bail "destroy: $(cat /tmp/said)"
	create xen-mid 1G
	create xen-over 512M
	same "the namespaces are in their parts" \
		"$(available '[.parts[].devices[]] | length')" 4
	accepts "enable of what ends at the border" xen-pmem enable xen-mid
	refuses "what lies behind it" "(xen-over): it cannot be served; 0x8000000000-0x801fffffff" \
		xen-pmem enable xen-over
	checked OK "namespace[0-9.]*  *xen-mid: 1G, enabled"
	accepts "disable" xen-pmem disable --keep xen-mid
}

device_of() {
	basename "$(dirname "$(grep -lx "$1" /sys/bus/nd/devices/namespace*/alt_name)")"
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin

# page_of NAME: its first half, which is what the device copies
page_of() {
	local at=$a_at
	[ "${1%%[0-9]*}" = a ] || at=$b_at
	dd if="$work/nvdimm" bs=2048 skip=$((at / 2048 + 2 * ${1#?})) count=1 status=none
}

page_is() {
	page_of "$1" | cmp -s - <(yes "$2 " | tr -d '\n' | head -c 2048)
}

page_is_not() {
	! page_is "$1" "$2"
}

# A new NVDIMM with marks.
medium_make() {
	local name n
	rm -f "$work/nvdimm"
	truncate -s $((1024 * 1024 * 1024 + 262144)) "$work/nvdimm"
	for ((n = 0; n < marks; n++)); do
		for name in a b; do
			local at=${name}_at
			yes "$name$n " | tr -d '\n' |
				dd of="$work/nvdimm" bs=4096 count=1 seek=$((${!at} / 4096 + n)) \
				iflag=fullblock conv=notrunc status=none
		done
	done
}

# host NAME IOMMU XEN-VERSION XEN-ARGS [OPTION...]
host() {
	medium_make
	boot "$1" END --nvdimm "$work/nvdimm:1G" --device "$2,intremap=on" \
		--device edu,dma_mask=0xffffffffff --xen-version "$3" --xen-args "$4" \
		--add "$built/system/edu" --add "$built/system/diskread" "${@:5}"
}

for iommu in "intel-iommu 4.17.7" "amd-iommu 4.17.5"; do
	# shellcheck disable=SC2086
	host relaxed $iommu ""
	result "dom0's devices do not reach a free namespace" page_is a1 a1
	result "nor write it" page_is b1 b1
	result "they read and write what a guest has" page_is a2 a0
	result "dom0's devices copy from one guest's page to another's" page_is b2 a0
	result "after release they do not write it" page_is a3 a3
	result "nor read it" page_is_not b3 a0
	result "though the other guest's page was written" page_is_not b3 b3
	result "which shows that the device works" page_is b4 b0
	result "given to a guest again, it is reached again" page_is a4 a0
	result "when all is released, nothing is" page_is b5 b5
	result "what was read only is whole" page_is a0 a0
done
for iommu in "intel-iommu 4.17.5" "amd-iommu 4.17.7"; do
	high=
	[[ $iommu == intel* ]] || high="--nvdimm $work/high:4G@0x7f80000000"
	# shellcheck disable=SC2086
	host hosted $iommu "" $high
	result "dom0's devices do not reach what Xen does not know" page_is a1 a1
	result "they do what is dom0's own" page_is a2 a0
	result "when that is given back they do not" page_is a3 a3
done
host strict intel-iommu 4.17.7 "dom0-iommu=strict"
result "dom0-iommu=strict: only what is granted is reached" page_is a1 a1
echo "1..$tests"
