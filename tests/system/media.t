#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Blocks of the NVDIMM that cannot be read, on an AMD host: QEMU raises machine checks that name
# them. The host and dom0 go on, whoever had the page; the guest whose page it is gets a machine
# check with its own address, and Linux there, which knows of no way on, ends itself. TAP. It runs
# itself: on the test's machine, in dom0 and in the guest.
#
# The checks come to processor 0; the guest has 1. QEMU would deliver them to a guest that runs.
set -u
uuid='uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b61"'

# ---- in the guest ----

in_guest() {
	local n=0
	while :; do
		dd if=/dev/pmem0 of=/dev/null bs=4K count=1 iflag=direct 2>/dev/null &&
			echo "round $((++n))"
		sleep 0.5
	done
}

# ---- in dom0 ----

# note INDEX: what the extension says of a page, or its refusal
note() {
	/root/rawcmd op=11 index="$1" 2>&1 | tr '\n' ' '
}

noted() {
	note 0 >/tmp/said
	grep -q "spa=$1 .*count=$2 " /tmp/said
}

# error_raise PROCESSOR ADDRESS: 7, somebody waits for the data; 5, nobody does
error_raise() {
	echo "MACHINE-CHECK 0 1 0xbc00000000000135 $1 $2 0"
}

# A page that nobody has: it is noted, and cannot be given to a guest.
check_free() {
	local bad
	bad=$(printf %#x $((spa + 0x5040)))
	error_raise 5 "$bad"
	wait_for 20 noted "$bad" 1
	verdict $? "an error in a free page is noted, and the host goes on"
	same "it was nobody's" "$(note 0 | grep -c "domain=32756 state=1 ")" 1
	same "Xen's console names it" "$(xl dmesg | grep -c "media error at $bad: noted")" 1
	refuses "a guest that would get the page" "cannot be read" xen-pmem create -q g.cfg
	same "no guest is left" "$(xl list | wc -l)" 2
	{ xen-pmem disable --keep xen-a && xen-pmem enable xen-a; } >/tmp/said 2>&1
	verdict $? "dom0 has the range for a moment"
	same "so no page is noted any more" "$(note 0 | cut -c 1-5)" "rc=-2"
}

guest_reads() {
	grep -q "round 2" guest.out
}

# Linux on AMD cannot go on after an error that nobody corrected.
guest_panics() {
	grep -q "Machine check\|Kernel panic" guest.out
}

released() {
	xen-pmem release >/tmp/said 2>&1
	no_guests
}

check_guest() {
	local bad
	bad=$(printf %#x $((spa + 0x3000040)))
	timeout 600 testguest --add /root/tap.sh g.cfg media.t guest >guest.out 2>&1 &
	wait_for 60 guest_reads || bail "the guest does not read: $(tail -n 5 guest.out)"
	xl vcpu-pin g all 1 >/dev/null
	error_raise 7 "$bad"
	wait_for 20 noted "$bad" 1
	verdict $? "an error in a guest's page is noted, and the host goes on"
	same "the guest was told" "$(note 0 | grep -c "domain=$(xl domid g) state=2 ")" 1
	wait_for 60 guest_panics
	verdict $? "the guest's kernel ends the guest"
	cp guest.out /tmp/said
	grep -q "ADDR 203000040" guest.out
	verdict $? "it was told its own address"
	wait
	wait_for 60 released
	verdict $? "the guest goes"
	same "all its pages come back" "$(xenhypfs cat /pmem/status |
		sed -n 's/^range .*, 1024 MiB, .*: \([0-9]*\) pages free.*/\1/p')" 262144
	xen-pmem status >/tmp/said
	grep -q "^cannot be read: .*(xen-a), byte 0x3000040 (address $bad), of guest .*: 1 error, \
the guest was told$" /tmp/said
	verdict $? "status says it"
	same "dom0's log has the host's address" \
		"$(timeout 2 dd if=/dev/mcelog bs=64K count=1 2>/dev/null | od -A n -t x8 |
			grep -c "$(printf %016x "$bad")")" 1
}

# The reserved area: nothing is in the middle of it.
check_reserved() {
	local bad
	bad=$(xenhypfs cat /pmem/status | sed -n 's/^reserved spa \(0x[0-9a-f]*\), .*/\1/p')
	bad=$(printf %#x $((bad + 0x6000040)))
	error_raise 5 "$bad"
	wait_for 20 retired 1
	verdict $? "an error in an idle part of the reserved area is noted, and the host goes on"
	same "status says that it is not used" "$(xen-pmem status |
		grep -c "^bad block in the reserved area, .*: these 2M are not used$")" 1
	same "Xen's console says it" \
		"$(xl dmesg | grep -c "media error at $bad: noted, its chunk is retired")" 1
	same "JSON has it" '["idle",2097152,0]' "$(xen-pmem status --json |
		jq -c '[.retired_chunks[] | .state, .size, (.guests | length)]')"
}

retired() {
	xen-pmem status --json | jq -e ".extension.metadata_retired == $1 * 2097152" >/dev/null
}

in_dom0() {
	namespaces_make xen-pmem:256M xen-a:1G
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	spa=$(xenhypfs cat /pmem/status | sed -n 's/^range .* spa \(0x[0-9a-f]*\), 1024 MiB.*/\1/p')
	xl vcpu-pin Domain-0 0 0 >/dev/null
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda /usr/lib/testbed/guest
	printf '%s\n' 'name = "g"' "$uuid" 'type = "pvh"' 'memory = 256' 'cpus = "1"' \
		'kernel = "/usr/lib/testbed/guest/vmlinuz"' 'vnvdimms = [ "xen-a,gpa=8G" ]' >g.cfg
	cases check_free check_guest check_reserved
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin
truncate -s $(((1536 << 20) + 262144)) "$work/nvdimm"
boot media END --nvdimm "$work/nvdimm:1536M" --cpus 2
echo "1..$tests"
