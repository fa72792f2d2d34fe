#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What xen-pmem refuses: each with status 1 and one line that names the thing, and everything stays
# as it is: the namespaces, what Xen serves, the guests, the record, Xen's free memory. tool.t has
# more cases of the tool's own; here are those that the promises name. TAP. On the test's machine it
# boots the older of the tested Xen once, bare, and runs itself in dom0.
#
#   region0:  xen-a 512 MiB | xen-large 4 GiB | other 64 MiB, not meant for Xen |
#             later xen-pmem 32 MiB
# shellcheck disable=SC2015
set -u
payloads=/usr/lib/xen-pmem
images=/usr/lib/testbed/guest
record=

# ---- in dom0 ----

# Whatever a refusal must not change.
state() {
	xen-pmem list --json
	xenhypfs cat /pmem/status | sed 's/, longest command.*//'
	xen-livepatch list
	xl list | awk '{ print $1, $3 }'
	cat /sys/bus/nd/devices/namespace*/xen_pmem/held
	find /sys/bus/nd/drivers -name '*[0-9]' | sort
	[ -z "$record" ] || sha256sum "$record"
	free_pages
}

state_take() {
	state >/tmp/before 2>&1
}

state_same() {
	state >/tmp/after 2>&1
	cmp -s /tmp/before /tmp/after
}

# run STATUS COMMAND...: into /tmp/err and /tmp/said; a guest that was built and refused takes a
# moment to go
run() {
	local rc wanted=$1
	shift
	"$@" >/tmp/out 2>/tmp/err </dev/null
	rc=$?
	{ echo "$*: status $rc"; cat /tmp/err; } >/tmp/said
	wait_for 10 state_same || { diff /tmp/before /tmp/after >>/tmp/said; return 1; }
	[ $rc = "$wanted" ]
}

# refused WHAT PATTERN COMMAND...
refused() {
	local what=$1 pattern=$2
	shift 2
	run 1 "$@" && [ "$(wc -l </tmp/err)" = 1 ] && grep -q "^xen-pmem: .*$pattern" /tmp/err
	verdict $? "refused: $what"
}

usage() {
	run 2 "$@"
	verdict $? "wrong usage: $*"
}

# accepted WHAT COMMAND...: and the state is taken anew
accepted() {
	local what=$1
	shift
	"$@" >/tmp/said 2>&1 </dev/null
	verdict $? "$what"
	state_take
}

# layouts_spoil FIELD VALUE: the tested layouts, with another value in the running build's
layouts_spoil() {
	awk -v id="$id" -v field="$1" -v value="$2" \
		'$1 == "xen" { its = 0 } $2 == id { its = 1 }
		its && $1 == field { $2 = value; done = 1 } { print } END { exit !done }' \
		/tmp/layouts >$layouts || bail "no $1 of $id in the layouts"
}

# layouts_foreign: the tested layouts, without the running build's id
layouts_foreign() {
	sed "s/^build-id $id$/build-id ffff${id:4}/" /tmp/layouts >$layouts
	! cmp -s /tmp/layouts $layouts || bail "no $id in the layouts"
}

# What the payload believes of the running Xen is wrong in one point: 0x1e8 holds a pointer
# (iomem_caps; 0x1ed is its 0x83), 0x210 a small number (refcnt).
check_self_checks() {
	local name value
	while read -r name value; do
		layouts_spoil "$name" "$value"
		refused "a layout with the wrong place for $name" "differs from .* in: $name" \
			xen-pmem load
	done <<-END
		options 0x1e8
		is_dying 0x1e8
		creation_finished 0x1e8
		iommu_ops 0x1e8
		iommu_need_sync 0x1ed
		iomem_caps 0x210
		ioport_caps 0x210
		refcnt 0x1e8
		max_vcpus 0x1e8
		vcpus 0x210
		vcpu_domain 0x0
		vcpu_next 0x10
		rangeset_domain 0x0
	END
	cp /tmp/layouts $layouts
}

# made CONTENT: as the layouts that the owner made
made() {
	mkdir -p /var/lib/xen-pmem
	printf '%s\n' "$1" >/var/lib/xen-pmem/layouts
}

# The running build is unknown to the tool.
check_unknown_build() {
	layouts_foreign
	refused "a Xen build that is not in the tested list" "$id.*not in the tested list" \
		xen-pmem load
	sed -i 's/^refcnt .*/refcnt 0x1e8/' $layouts
	refused "--accept-build when no self-check passes" "differs from .* in: refcnt" xen-pmem \
		load --accept-build
	layouts_foreign
	accepted "--accept-build when every self-check passes" xen-pmem load --accept-build
	xenhypfs cat /pmem/status >/tmp/said
	grep -q '^xen-pmem .*, abi 3,' /tmp/said
	verdict $? "the extension answers"
	accepted "the extension is unloaded" xen-pmem unload
	made "xen 4.17.5"
	refused "layouts of the owner's that are wrong" \
		"/var/lib/xen-pmem/layouts: line 1: a build without its build-id" xen-pmem load
	made "$(awk -v id="$id" '$1 == "xen" { text = "" } { text = text $0 "\n" }
		$2 == id { its = 1 } its && $1 == "rangeset_domain" { printf "%s", text; exit }' \
		/tmp/layouts)"
	accepted "a build whose layout the owner made" xen-pmem load
	accepted "the extension is unloaded again" xen-pmem unload
	rm -r /var/lib/xen-pmem
	cp /tmp/layouts $layouts
}

# Files that are not what they must be.
check_files() {
	local each
	mkdir /tmp/payloads && mv $payloads/*.livepatch /tmp/payloads
	refused "to load without a payload" "no payload for Xen 4.17" xen-pmem load
	cp /tmp/payloads/4.18.livepatch $payloads
	refused "to load with a payload for another series alone" "no payload for Xen 4.17" \
		xen-pmem load
	refused "that payload, though it is named" "not for Xen 4.17, which is running" xen-pmem \
		load --payload $payloads/4.18.livepatch
	refused "--accept-build with it" "not for Xen 4.17, which is running" xen-pmem \
		load --accept-build --payload $payloads/4.18.livepatch
	cp /tmp/payloads/* $payloads
	mv $layouts /tmp/moved
	refused "to load without layouts" "$layouts: No such file" xen-pmem load
	mv /tmp/moved $layouts
	for each in "refcnt 0x220" "nothing 0x1" "refcnt" "xen 5.0" "build-id 12"; do
		{ cat /tmp/layouts; echo "$each"; } >$layouts
		refused "layouts with '$each' at their end" "$layouts: line [0-9]*: " xen-pmem load
	done
	cp /tmp/layouts $layouts
}

check_load() {
	refused "status before load" "not loaded" xen-pmem status
	refused "create before load" "not loaded" xen-pmem create -q g.cfg
	refused "a payload for another build" "$other.*$id" xen-pmem load \
		--payload "/root/payload/$other.livepatch"
	refused "a payload that is none" "no payload" xen-pmem load --payload /bin/bash
	head -c 5000 "$payload" >/tmp/cut.livepatch
	refused "a payload that is cut off" "cut.livepatch" xen-pmem load \
		--payload /tmp/cut.livepatch
	refused "a payload that is not there" "No such file" xen-pmem load --payload /nothing
	check_self_checks
	check_unknown_build
	check_files
	accepted "load" xen-pmem load
}

check_no_area() {
	refused "enable without a reserved area" "no reserved area" xen-pmem enable xen-a
	refused "init of nothing" "nothing: no such namespace" xen-pmem init nothing
	refused "init of a namespace for guests" "xen-a.*for guests" xen-pmem init xen-a
	refused "init of a namespace that nd_pmem holds" "other.*used by nd_pmem" xen-pmem init \
		other
	ndctl create-namespace -r region0 -m raw -n xen-pmem -s 32M >/dev/null 2>/tmp/said ||
		bail "create xen-pmem: $(cat /tmp/said)"
	record=$(grep -lx xen-pmem /sys/bus/nd/devices/namespace*/alt_name)
	record=${record%/*}/xen_pmem/record
	state_take
	refused "enable without a record" "no record" xen-pmem enable xen-a
}

# put OFFSET: standard input into the reserved area
put() {
	dd of="$record" bs=1 seek="$1" 2>/dev/null
}

check_init() {
	truncate -s 32M fs && mkfs.ext4 -q -b 4096 fs &&
		dd if=fs of="$record" bs=4096 count=16 2>/dev/null
	state_take
	refused "init over ext4" "ext4" xen-pmem init xen-pmem
	truncate -s 512M fs.xfs && mkfs.xfs -q fs.xfs &&
		dd if=fs.xfs of="$record" bs=4096 count=16 2>/dev/null
	state_take
	refused "init over XFS" "xfs" xen-pmem init xen-pmem
	dd if=/dev/zero of="$record" bs=65536 count=1 2>/dev/null
	printf '\x80\x01\x01\x00\x83\xfe\xff\xff\x01\x00\x00\x00\x00\x10\x00\x00' | put 446
	printf '\x55\xaa' | put 510
	state_take
	refused "init over a partition table" "partition table" xen-pmem init xen-pmem
	accepted "init --force over it" xen-pmem init xen-pmem --force
	refused "a second init" "reserved area already" xen-pmem init xen-pmem
}

# crc32c FILE: the record's, of 4096 bytes; the field for it is zero
crc32c() {
	local -a table
	local i k c byte
	for ((i = 0; i < 256; i++)); do
		c=$i
		for ((k = 0; k < 8; k++)); do c=$((c & 1 ? c >> 1 ^ 0x82f63b78 : c >> 1)); done
		table[i]=$c
	done
	c=$((0xffffffff))
	for byte in $(od -An -v -tu1 "$1"); do c=$((c >> 8 ^ table[(c ^ byte) & 255])); done
	echo $((c ^ 0xffffffff))
}

# record_change OFFSET BYTES: the good record with other bytes, and a CRC that fits, as both copies
record_change() {
	local crc
	head -c 4096 good >changed
	printf %b "$2" | dd of=changed bs=1 seek="$1" conv=notrunc 2>/dev/null
	dd if=/dev/zero of=changed bs=1 seek=20 count=4 conv=notrunc 2>/dev/null
	crc=$(crc32c changed)
	printf %b \
		"$(printf '\\x%02x' $((crc & 255)) $((crc >> 8 & 255)) $((crc >> 16 & 255)) \
		$((crc >> 24)))" |
		dd of=changed bs=1 seek=20 conv=notrunc 2>/dev/null
	cat changed changed >"$record"
}

# A record that is not to be trusted is neither used nor overwritten.
record_refused() {
	state_take
	refused "enable with $1" "xen-pmem.*$2" xen-pmem enable xen-a
	refused "enable --all with $1" "xen-pmem.*$2" xen-pmem enable --all
	refused "init over $1" "xen-pmem.*$2" xen-pmem init xen-pmem
}

check_record() {
	dd if="$record" of=good bs=4096 count=2 2>/dev/null
	record_change 0 x
	record_change 0 xen
	cmp changed <(head -c 4096 good) >/tmp/said 2>&1
	verdict $? "the test's CRC is that of the tool"
	for at in 200 4296; do printf x | put $at; done
	record_refused "a torn record" "damaged"
	{ head -c 64 good; head -c 4032 /dev/zero; head -c 64 good; head -c 4032 /dev/zero; } \
		>"$record"
	record_refused "a truncated record" "damaged"
	record_change 16 '\x02'
	record_refused "a newer record" "newer"
	record_change 32 'somebody else'
	record_refused "a foreign record" "foreign"
	record_change 92 '\x41'
	record_refused "a malformed record" "malformed"
	head -c 8192 /dev/urandom >"$record"
	state_take
	refused "enable with garbage" "no record" xen-pmem enable xen-a
	cat good >"$record"
	state_take
}

check_enable() {
	refused "a reserved area too small for the range" "xen-large.*too small" xen-pmem enable \
		xen-large
	refused "enable of a namespace that nd_pmem holds" "other.*not meant for Xen.*nd_pmem" \
		xen-pmem enable other
	refused "enable of nothing" "nothing: no such namespace" xen-pmem enable nothing
	accepted "enable" xen-pmem enable xen-a
	refused "init of the reserved area in use" "Xen is using it" xen-pmem init xen-pmem --force
	refused "disable of the reserved area in use" "xen-pmem" xen-pmem disable xen-pmem
	refused "disable of what is not enabled" "xen-large.*not enabled" xen-pmem disable xen-large
	refused "disable of nothing" "nothing: no such namespace" xen-pmem disable nothing
	refused "unload in use" "xen-a.*is enabled" xen-pmem unload
}

# An initramfs in which nothing happens.
idle_make() {
	mkdir -p root/dev && cp "$(command -v busybox)" root/init &&
		(cd root && find . | cpio --quiet -o -H newc) >idle 2>/dev/null
}

# What a guest had is Xen's again, and Xen's tables about it are gone.
guest_gone() {
	no_guests && xen-pmem release >/tmp/said 2>&1 &&
		xenhypfs cat /pmem/status | grep -q 'metadata 0 of'
}

check_guests() {
	xl create -q -p g.cfg 2>/dev/null || bail "xl cannot build the guest"
	state_take
	refused "attach to dom0" "dom0" xen-pmem attach 0 xen-a
	refused "attach to a guest that does not exist" "nobody: no such guest" xen-pmem attach \
		nobody xen-a
	refused "attach to no one, by number" "4321: no such guest" xen-pmem attach 4321 xen-a
	refused "attach of what is not enabled" "xen-large.*not enabled" xen-pmem attach g xen-large
	refused "attach of the reserved area" "xen-pmem.*reserved area" xen-pmem attach g xen-pmem
	refused "attach of one twice" "named twice" xen-pmem attach g xen-a xen-a
	refused "attach where the guest has RAM" "xen-a.*RAM" xen-pmem attach g \
		backend=xen-a,gpa=64M
	accepted "attach" xen-pmem attach g xen-a
	refused "attach of one already assigned" "xen-a.*assigned to guest g" \
		xen-pmem attach g xen-a
	refused "create with one already assigned" "xen-a.*assigned to guest g" \
		xen-pmem create -q g.cfg 'name="h"' 'vnvdimms=["xen-a"]'
	refused "disable of one already assigned" "xen-a.*assigned to guest g" \
		xen-pmem disable xen-a
	refused "unload while one is assigned" "xen-a.*is enabled" xen-pmem unload
	refused "release of a guest that has not started" "g: not started" xen-pmem release g
	xl destroy g && xen-pmem release >/tmp/said 2>&1 && wait_for 30 guest_gone ||
		bail "the guest does not go: $(cat /tmp/said)"
	xl create -q -p g.cfg 'tsc_mode="native"' 2>/dev/null && xl unpause g ||
		bail "xl cannot build the guest"
	state_take
	refused "attach to a guest that has run" "g.*has run" xen-pmem attach g xen-a
	refused "release of a guest that runs" "g: still running" xen-pmem release g
	refused "a dry run of the same" "g: still running" xen-pmem release --dry-run g
	xl destroy g && wait_for 30 no_guests || bail "the guest does not go"
	state_take
}

check_configs() {
	local line pattern
	while IFS='|' read -r line pattern; do
		refused "create with $line" "g.cfg: $pattern" xen-pmem create -q g.cfg \
			"$line"
	done <<-END
		vnvdimms="xen-a"|vnvdimms: must be a list
		vnvdimms=["nothing"]|vnvdimms\[0\]: backend: nothing: no such namespace
		vnvdimms=["other"]|vnvdimms\[0\]: backend: other: not meant for Xen
		vnvdimms=["xen-large"]|vnvdimms\[0\]: backend: xen-large: not enabled
		vnvdimms=["xen-a,what=1"]|vnvdimms\[0\]: what: no such key
		vnvdimms=["xen-a,gpa=64M"]|vnvdimms\[0\]: gpa: .*RAM
		vnvdimms=["xen-a,gpa=512T"]|vnvdimms\[0\]: gpa: .*beyond
	END
	refused "create without a config" "No such file" xen-pmem create nothing.cfg
}

check_usage() {
	usage xen-pmem nothing
	usage xen-pmem init
	usage xen-pmem enable xen-a xen-large
	usage xen-pmem disable --all
	usage xen-pmem attach g
	usage xen-pmem unload now
}

in_dom0() {
	modprobe -a nd_pmem nd_btt virtio_blk ext4 && mount -t ext4 -o ro /dev/vda $images ||
		bail "no guests' kernel"
	id=$(xl info build_id) payload=$payloads/4.17.livepatch layouts=$payloads/layouts
	cp $layouts /tmp/layouts
	other=$(find /root/payload -name '*.livepatch' ! -name "$id.*" | head -n 1)
	other=$(basename "$other" .livepatch)
	idle_make
	namespaces_make xen-a:512M xen-large:4G other:64M
	printf '%s\n' 'name = "g"' 'uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"' 'type = "pvh"' \
		'memory = 128' "kernel = \"$images/vmlinuz\"" 'ramdisk = "/root/idle"' >g.cfg
	printf 'vnvdimms = [ "xen-a" ]\n' >>g.cfg
	# The first payload has Xen's allocator keep a page for good.
	accepted "load for the first time" xen-pmem load
	accepted "unload" xen-pmem unload
	check_load
	check_no_area
	check_init
	check_record
	check_enable
	check_guests
	check_configs
	check_usage
	accepted "disable" xen-pmem disable --keep xen-a
	accepted "unload" xen-pmem unload
	refused "enable before load" "not loaded" xen-pmem enable xen-a
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin
boot dom0 END --bare --xen-version 4.17.5 \
	--nvdimm "$work/nvdimm:6G"
echo "1..$tests"
