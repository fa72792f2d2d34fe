#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What an item of vnvdimms can say, one by one: refused with file, item and key; or seen by the
# guest as it was said: read-only, parts, nodes, addresses. The host's persistence domain; and
# addresses that nothing else takes, not the memory that Linux maps grants over either. TAP. It runs
# itself: on the test's machine, in dom0 and in the guest.
#
#   region0:  xen-pmem 32 MiB | xen-a 512 MiB | xen-b 256 MiB | xen-off 64 MiB, not enabled
set -u
a_at=$((32 << 20)) b_at=$((544 << 20))	# in the medium

# ---- in the guest ----

# attribute REGION NAME
attribute() {
	cat "/sys/bus/nd/devices/region$1/$2"
}

pattern() {
	yes "$1" | head -c 65536
}

# put DEVICE TEXT
put() {
	pattern "$2" | dd of="/dev/$1" bs=64K oflag=direct >/tmp/said 2>&1
}

# nfit OFFSET BYTES: from the first SPA range on, in hex; each is 56 bytes (docs: ACPI 6.2,
# 5.2.25.2)
nfit() {
	od -An -v -tx1 -j $((40 + $1)) -N "$2" /sys/firmware/acpi/tables/NFIT | tr -d ' \n'
}

readonly_seen() {
	same "the region is read-only" "$(attribute 0 read_only)" 1
	same "the read-only vNVDIMM has a read-only block device" "$(cat /sys/block/pmem0/ro)" 1
	same "the NFIT says not armed" "$(grep -c not_armed /sys/bus/nd/devices/nmem0/nfit/flags)" 1
	put pmem0 stolen
	[ $? != 0 ]
	verdict $? "a write is refused"
	same "it can be read" "$(head -c 6 /dev/pmem0)" before
	# A guest that does not care: Xen drops what it writes.
	echo 0 >/sys/bus/nd/devices/region0/read_only
	blockdev --setrw /dev/pmem0
	put pmem0 stolen
	same "a write past all that is lost" \
		"$(dd if=/dev/pmem0 bs=4K count=1 iflag=direct 2>/dev/null | head -c 6)" before
	put pmem1 "other"
	verdict $? "the other vNVDIMM is written to"
}

parts_seen() {
	same "sizes" "$(attribute 0 size) $(attribute 1 size) $(attribute 2 size)" \
		"$((64 << 20)) $((128 << 20)) $((512 << 20))"
	same "each vNVDIMM has its own serial number" \
		"$(cat /sys/bus/nd/devices/nmem*/nfit/serial | sort -u | wc -l)" 3
	put pmem0 "first part" && put pmem1 "second part"
	verdict $? "both parts are written to"
	same "the whole one alone has labels" "$(ndctl read-labels nmem0 nmem1 nmem2 2>&1 |
		grep -o 'read [0-9]* nmem')" "read 1 nmem"
}

sixteen_seen() {
	same "sixteen regions" "$(ls -d /sys/bus/nd/devices/region* | wc -l)" 16
	same "apart from each other" \
		"$(cat /sys/bus/nd/devices/region*/resource | sort -u | wc -l)" 16
	same "the kernel has nothing to say against the tables" \
		"$(dmesg | grep -v 'No handler or method for GPE' | grep -iE \
		'acpi (error|warning|exception|bios)|firmware bug|nfit.*(fail|invalid|error)')" \
		""
}

node_seen() {
	same "the NFIT has the node" "$(nfit 0 16)" 00003800010002000000000003000000
	same "a guest without nodes has none" "$(ls -d /sys/devices/system/node/node* | wc -l)" 1
}

# scratch FROM TO: takes 6 GiB of unpopulated memory while no driver has the vNVDIMM's addresses;
# $taken counts pieces of it in there, $above those above
scratch() {
	local start end
	taken=0 above=0
	echo ACPI0012:00 >/sys/bus/acpi/drivers/nfit/unbind || bail "the driver does not go"
	insmod /root/scratch.ko mib=6144 >/tmp/said 2>&1 ||
		bail "no unpopulated memory: $(cat /tmp/said)"
	while IFS='- ' read -r start end _; do
		start=$((0x$start)) end=$((0x$end + 1))
		[ $start -ge "$2" ] || [ $end -le "$1" ] || taken=$((taken + 1))
		[ $start -lt "$2" ] || above=$((above + 1))
	done < <(grep 'Xen scratch' /proc/iomem)
	grep -E 'scratch|pnp|Persistent' /proc/iomem >/tmp/said
}

# Everything below the vNVDIMM is taken, and more above it; nothing of it, and nothing of its
# labels, which stand right behind it.
scratch_seen() {
	local from to
	from=$(($(attribute 0 resource)))
	to=$((from + $(attribute 0 size) + 131072))
	scratch $from $to
	[ $taken = 0 ]
	verdict $? "unpopulated memory is none of the vNVDIMM's, though no driver has it"
	[ $above -gt 0 ]
	verdict $? "some of it is above: Linux has passed the vNVDIMM by"
	echo ACPI0012:00 >/sys/bus/acpi/drivers/nfit/bind &&
		cat /sys/bus/nd/devices/ndbus*/wait_probe >/dev/null
	put pmem0 scratch
	verdict $? "the vNVDIMM is written to"
}

# The same without what keeps it: so the test above can fail.
taken_seen() {
	local from
	from=$(($(attribute 0 resource)))
	scratch $from $((from + (512 << 20)))
	[ $taken -gt 0 ]
	verdict $? "without memory map and PNP devices it would be"
}

in_guest() {
	case $1 in
	persistence) same "the persistence domain is the $2" "$(ndctl list -R -r region0 |
		sed -n 's/.*"persistence_domain":"\(.*\)".*/\1/p')" "$2" ;;
	write) put pmem0 before; verdict $? "written to" ;;
	*) "${1}_seen" ;;
	esac
}

# ---- in dom0 ----

# config MORE-LINES ITEM...: g.cfg, whose list has its items from line 6 on
config() {
	local line
	printf '%s\n' 'name = "g"' 'type = "pvh"' "kernel = \"/usr/lib/testbed/guest/vmlinuz\"" \
		"ramdisk = \"/root/empty\"" \
		'vnvdimms = [ # one a line' >g.cfg
	for line in "${@:2}"; do
		echo "	\"$line\"," >>g.cfg
	done
	printf '%s\n' ']' "$1" >>g.cfg
}

# guest MORE-LINES ITEM... -- ARG...: a run of it
guest() {
	local items=() rc
	while [ "$1" != -- ]; do
		items+=("$1")
		shift
	done
	config "${items[@]}"
	sed -i '/^kernel\|^ramdisk\|^type/d' g.cfg
	testguest --add /root/tap.sh --add /root/scratch.ko g.cfg options.t guest "${@:2}"
	rc=$?
	[ $rc = 0 ] || bail "the guest: $rc"
	wait_for 30 no_guests || bail "it does not go"
}

# wrong INDEX REASON ITEM...: the fault of the item with this index
wrong() {
	local at=$1 reason=$2
	shift 2
	config 'memory = 256' "$@"
	refuses "${*: -1}" "^xen-pmem: g.cfg: vnvdimms\[$at\]: $reason" xen-pmem \
		create -q g.cfg
}

errors() {
	local each
	wrong 0 'backend: is missing' ro
	wrong 1 'backend: xen-a: named twice' xen-a xen-a
	wrong 1 'backend: xen-a: named twice' xen-a,size=4K xen-a
	wrong 1 'backend: xen-off: not enabled' xen-a xen-off
	wrong 1 'backend: xen-pmem: this is the reserved area' xen-a xen-pmem
	wrong 1 'backend: given twice' xen-a xen-b,backend=xen-b
	wrong 1 'ro: takes no value' xen-a xen-b,ro=on
	wrong 1 'node: 4294967295 is out of range' xen-a xen-b,node=4294967295
	wrong 1 'node: given twice' xen-a xen-b,node=1,node=1
	wrong 1 'gpa: 0x100001001 is not a multiple of 4096; the nearest one is 0x100001000' xen-a \
		xen-b,gpa=0x100001001
	wrong 1 'gpa: .*RAM' xen-a xen-b,gpa=64M
	wrong 1 'gpa: .*devices' xen-a xen-b,gpa=3G
	wrong 1 'gpa: .*beyond' xen-a xen-b,gpa=512T
	wrong 1 'gpa: .*overlaps' xen-a,gpa=8G xen-b,gpa=8448M
	wrong 1 'label: must be on or off' xen-a xen-b,label=maybe
	wrong 1 'label: on needs the whole namespace' xen-a xen-b,label=on,offset=16M
	wrong 1 'size: 5000 is not a multiple of 4096; the nearest one is 4096' xen-a \
		xen-b,size=5000
	wrong 1 'size: 512M go beyond xen-b, which has 256M' xen-a xen-b,size=512M
	wrong 1 'size: 256M go beyond xen-b, which has 240M from there on' xen-a \
		xen-b,offset=16M,size=256M
	wrong 1 'offset: 256M is beyond xen-b, which has 256M' xen-a xen-b,offset=256M
	wrong 1 'offset: overlaps the part of xen-b that vNVDIMM 0 is' xen-b,size=64M \
		xen-b,offset=32M,size=64M
	wrong 2 'what: no such key' xen-a xen-b,size=4K what=1
	config 'on_reboot = "rename-restart"' xen-a
	refuses "another key" '^xen-pmem: g.cfg: on_reboot: .* not possible' xen-pmem create \
		-q g.cfg
	config 'type = "pv"' xen-a
	sed -i 2d g.cfg
	refuses "the type" '^xen-pmem: g.cfg: type: ' xen-pmem create -q g.cfg
	config 'memory = 256' xen-a
	refuses "on the command line" '^xen-pmem: g.cfg: vnvdimms\[1\]: ro: given twice' \
		xen-pmem create -q g.cfg 'vnvdimms=["xen-a","xen-b,ro,ro"]'
	refuses "added there" '^xen-pmem: g.cfg: vnvdimms\[1\]: gpa: ' xen-pmem create \
		-q g.cfg 'vnvdimms+=["xen-b,gpa=1"]'
	for each in gpa=1 size=1 node=x label=x ro=1 what=1; do
		xen-pmem attach g "xen-a,$each" >/tmp/said 2>&1
		same "attach: $each" \
			"$? $(grep -c "^xen-pmem: attach: xen-a,$each: ${each%=*}: " /tmp/said)" \
			"2 1"
	done
	same "the refused creates leave no guest" "$(xl list | wc -l)" 2
}

# address_of: of the guest's first vNVDIMM
address_of() {
	xen-pmem status g | sed -n '1s/.* address //p'
}

addresses() {
	config $'memory = 256\nmaxmem = 6400' xen-a
	accepts "a guest that may get more memory" xen-pmem create -q -p -e g.cfg
	[ $(($(address_of))) -ge $((6400 << 20)) ]
	verdict $? "its vNVDIMM is above all that it may get"
	xl destroy g
	refuses "an address in there" 'gpa: .*may get RAM' xen-pmem create -q g.cfg \
		'vnvdimms=["xen-a,gpa=5G"]'
	accepts "release" xen-pmem release
	config 'memory = 256' xen-a,gpa=16G
	accepts "the address wanted" xen-pmem create -q -p -e g.cfg
	same "is had" "$(address_of)" 0x400000000
	{ xl destroy g && xen-pmem release; } >/tmp/said 2>&1
}

persistence() {
	guest 'memory = 256' xen-a -- persistence "$1"
}

sixteen() {
	local i items=()
	for ((i = 0; i < 16; i++)); do
		items+=("xen-b,size=16M,offset=$((16 * i))M")
	done
	guest 'memory = 256' "${items[@]}" -- sixteen
}

begin() {
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda /usr/lib/testbed/guest
	echo | cpio --quiet -o -H newc >empty 2>/dev/null
}

dom0_first() {
	begin
	namespaces_make xen-pmem:32M xen-a:512M xen-b:256M xen-off:64M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b; } >/tmp/said \
		2>&1 || bail "cannot enable: $(cat /tmp/said)"
	errors
	addresses
	umount /usr/lib/testbed/guest
	guest 'memory = 256' xen-a -- write
	guest 'memory = 256' xen-a,ro xen-b,label=off -- readonly
	guest 'memory = 256' xen-b,size=64M,offset=16M xen-b,size=128M,offset=128M xen-a -- parts
	sixteen
	guest 'memory = 256' xen-a,node=3 -- node
	guest $'memory = 768\nextra = "pnpacpi=off memmap=512M%0x100000000-7"' \
		xen-a,label=off,gpa=4G -- taken
	guest 'memory = 768' xen-a -- scratch
	persistence memory_controller
	echo END
}

dom0_second() {
	persistence cpu_cache
	echo END
}

dom0_third() {
	persistence unknown
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/scratch/scratch.ko

# there TEXT AT: the pattern that a guest wrote
there() {
	cmp -s <(yes "$1" | head -c 65536) \
		<(dd if="$work/nvdimm" bs=64K skip=$(($2 / 65536)) count=1 2>/dev/null)
}

boot first END --persistence mem-ctrl --add "$top/build/scratch/scratch.ko" \
	--nvdimm "$work/nvdimm:2G"
result "the first part is where it was to be" there "first part" $((b_at + (16 << 20)))
result "the second part is where it should be" there "second part" $((b_at + (128 << 20)))
result "what was written last stands in the whole one" there scratch $a_at
boot second END --persistence cpu --add "$top/build/scratch/scratch.ko" --nvdimm "$work/nvdimm:2G"
boot third END --add "$top/build/scratch/scratch.ko" --nvdimm "$work/nvdimm:2G"
echo "1..$tests"
