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
seal_size=16

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

# payload_spoil OUT TABLE-ENTRY FIELD OFFSET: a copy of $payload whose table of builds has another
# offset for this field (of builds.h's order) of this build's entry; FIELD id: another build-id
# there. It is sealed anew, so that only the extension can see it.
payload_spoil() {
	local hex before at bytes
	head -c $(($(stat -c %s "$payload") - seal_size)) "$payload" >/tmp/unsealed
	hex=$(xxd -p /tmp/unsealed | tr -d '\n')
	before=${hex%%"$2"8800*}
	[ "$before" != "$hex" ] || bail "no entry for $2 in the payload's table of builds"
	at=$((${#before} / 2))
	if [ "$3" = id ]; then
		bytes='\xff\xff'
	else
		at=$((at + 20 + 2 * $3))
		bytes=$(printf '\\x%02x\\x%02x' $(($4 & 255)) $(($4 >> 8)))
	fi
	printf %b "$bytes" | dd of=/tmp/unsealed bs=1 seek=$at conv=notrunc 2>/dev/null
	./seal </tmp/unsealed >"$1"
}

# What the payload believes of the running Xen is wrong in one point: 0x1e8 holds a pointer
# (iomem_caps; 0x1ed is its 0x83), 0x210 a small number (refcnt).
check_self_checks() {
	local name field offset
	while read -r name field offset; do
		payload_spoil /tmp/spoilt.livepatch "$id" "$field" "$offset"
		refused "a payload with the wrong place for $name" "differs from .* in: $name" \
			xen-pmem load --payload /tmp/spoilt.livepatch
	done <<-END
		options 1 0x1e8
		is_dying 2 0x1e8
		creation_finished 3 0x1e8
		iommu_ops 4 0x1e8
		iommu_need_sync 5 0x1ed
		iomem_caps 6 0x210
		ioport_caps 7 0x210
		refcnt 8 0x1e8
		max_vcpus 10 0x1e8
		vcpus 11 0x210
		vcpu_domain 13 0
		vcpu_next 14 0x10
		rangeset_domain 18 0
	END
	payload_spoil /tmp/spoilt.livepatch "$id" id
	refused "a payload that does not know this build, though it is stamped for it" \
		"not in the tested list" \
		xen-pmem load --payload /tmp/spoilt.livepatch
}

# The running build is unknown to tool and payload alike.
check_unknown_build() {
	mkdir /tmp/payloads && mv $payloads/* /tmp/payloads
	refused "a Xen build that is not in the tested list" "$id.*not in the tested list" \
		xen-pmem load
	refused "--accept-build without a payload" "no payload" xen-pmem load --accept-build
	payload=$payloads/$other.livepatch
	cp "/tmp/payloads/$other.livepatch" "$payload"
	payload_spoil "$payload" "$id" id
	refused "a Xen build that is not in the tested list, beside payloads for others" \
		"$id.*not in the tested list" xen-pmem load
	cp "$payload" /tmp/unknown.livepatch
	payload_spoil "$payload" ffff"${id:4}" 8 0x1e8
	payload_spoil "$payload" "$other" 8 0x1e8
	refused "--accept-build when no self-check passes" "differs from .* in: refcnt" xen-pmem \
		load --accept-build
	cp /tmp/unknown.livepatch "$payload"
	accepted "--accept-build when every self-check passes" xen-pmem load --accept-build
	xenhypfs cat /pmem/status >/tmp/said
	grep -q '^xen-pmem .*, abi 3,' /tmp/said
	verdict $? "the extension answers"
	accepted "the extension is unloaded" xen-pmem unload
	cp /tmp/payloads/* $payloads
	payload=$payloads/$id.livepatch
}

check_load() {
	refused "status before load" "not loaded" xen-pmem status
	refused "create before load" "not loaded" xen-pmem create -q g.cfg
	refused "a payload for another build" "$other.*$id" xen-pmem load \
		--payload "$payloads/$other.livepatch"
	refused "a payload that is none" "no payload" xen-pmem load --payload /bin/bash
	head -c 5000 "$payload" >/tmp/cut.livepatch
	refused "a payload that is cut off" "cut.livepatch" xen-pmem load \
		--payload /tmp/cut.livepatch
	refused "a payload that is not there" "No such file" xen-pmem load --payload /nothing
	check_self_checks
	check_unknown_build
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
	id=$(xl info build_id) payload=$payloads/$id.livepatch
	other=$(find $payloads -name '*.livepatch' ! -name "$id.*" | head -n 1)
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
machine_begin build/hypervisor/seal
boot dom0 END --bare --add "$top/build/hypervisor/seal" --xen-version 4.17.5 \
	--nvdimm "$work/nvdimm:6G"
echo "1..$tests"
