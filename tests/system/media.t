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
	sed 's/"xen-a,/&badblocks=refuse,/' g.cfg >r.cfg
	refuses "a guest that would get the page" "cannot be read" xen-pmem create -q r.cfg
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

# ---- the monitor ----

# monitor_start: its lines, after those of the monitors before, are in monitor.err, what it has done
# is in monitor.out.
monitor_start() {
	xen-pmem monitor >>monitor.out 2>>monitor.err &
	monitor=$!
}

monitor_kill() {
	kill -KILL $monitor
	wait $monitor 2>/dev/null
}

# said COUNT PATTERN: so many lines of the monitors are like this
said() {
	cp monitor.err /tmp/said
	[ "$(grep -c "$2" monitor.err)" = "$1" ]
}

# says WHAT PATTERN: one line like this, at once
says() {
	wait_for 2 said 1 "$2"
	verdict $? "$1"
}

device() {
	xen-pmem list --json | jq -r ".namespaces[] | select(.label == \"$1\").device"
}

# bad_in LABEL: the bad sectors of the namespace, as ndctl lists them, which counts from the start
# of the region, and as dom0's kernel does
bad_in() {
	local dir first
	dir=/sys/bus/nd/devices/$(device "$1")
	first=$((($(cat "$dir/xen_pmem/start") - $(cat "$dir/../resource")) / 512))
	ndctl list -M -n "${dir##*/}" | jq -c --argjson first $first \
		'[.. | .badblocks? // empty | .[] | [.offset - $first, .length]]'
	tr '\n' ' ' <"$dir/xen_pmem/badblocks"
}

check_guest() {
	local bad guest
	bad=$(printf %#x $((spa + 0x3000040)))
	monitor_start
	timeout 600 testguest --add /root/tap.sh g.cfg media.t guest >guest.out 2>&1 &
	guest=$!
	wait_for 60 guest_reads || bail "the guest does not read: $(tail -n 5 guest.out)"
	xl vcpu-pin g all 1 >/dev/null
	error_raise 7 "$bad"
	says "the monitor says where it is, and whose" "^xen-pmem: warning: cannot be read: \
.*(xen-a), byte 0x3000040 (address $bad), of guest g (domain [0-9]*), byte 0x3000040 of its \
vNVDIMM: 1 error, the guest was told; when no guest has it: xen-pmem disable --keep"
	wait_for 20 noted "$bad" 1
	verdict $? "an error in a guest's page is noted, and the host goes on"
	same "the guest was told" "$(note 0 | grep -c "domain=$(xl domid g) state=2 ")" 1
	wait_for 60 guest_panics
	verdict $? "the guest's kernel ends the guest"
	cp guest.out /tmp/said
	grep -q "ADDR 203000040" guest.out
	verdict $? "it was told its own address"
	wait $guest
	wait_for 60 released
	verdict $? "the guest goes"
	same "all its pages come back" "$(xenhypfs cat /pmem/status |
		sed -n 's/^range .*, 1024 MiB, .*: \([0-9]*\) pages free.*/\1/p')" 262144
	xen-pmem status >/tmp/said
	grep -q "^cannot be read: .*(xen-a), byte 0x3000040 (address $bad), of guest .*: 1 error, \
the guest was told; " /tmp/said
	verdict $? "status says it"
	same "dom0's log has the host's address" \
		"$(timeout 2 dd if=/dev/mcelog bs=64K count=1 2>/dev/null | od -A n -t x8 |
			grep -c "$(printf %016x "$bad")")" 1
}

# The reserved area: nothing is in the middle of it. Another block of it may be bad already.
check_reserved() {
	local bad before
	bad=$(xenhypfs cat /pmem/status | sed -n 's/^reserved spa \(0x[0-9a-f]*\), .*/\1/p')
	bad=$(printf %#x $((bad + 0x6000040)))
	before=$(retired)
	error_raise 5 "$bad"
	wait_for 20 retired_more "$before"
	verdict $? "an error in an idle part of the reserved area is noted, and the host goes on"
	same "status says that it is not used" "$(xen-pmem status |
		grep -c "^bad block in the reserved area, .*: these 2M are not used$")" \
		$((before + 1))
	same "Xen's console says it" \
		"$(xl dmesg | grep -c "media error at $bad: noted, its chunk is retired")" 1
	same "JSON has it" '["idle",2097152,0]' "$(xen-pmem status --json |
		jq -c --argjson bad $((bad)) '.retired_chunks[] |
			select(.start <= $bad and $bad < .start + .size) |
			[.state, .size, (.guests | length)]')"
}

# How many chunks
retired() {
	xen-pmem status --json | jq '.extension.metadata_retired / 2097152'
}

retired_more() {
	[ "$(retired)" = $(($1 + 1)) ]
}

# Where, in sectors: 0x3000040 is in 98304.
check_listed() {
	local bad
	same "dom0's kernel lists exactly that block" "$(bad_in xen-a)" "[[98304,1]]
98304 1 "
	bad=$(printf %#x $((spa + 0x5040)))
	error_raise 5 "$bad"
	says "an error in a free page" \
		"(xen-a), byte 0x5040 (address $bad), free: 1 error, noted; xen-pmem disable"
	same "dom0's kernel lists it, too" "$(bad_in xen-a)" "[[40,1],[98304,1]]
40 1 98304 1 "
	same "so does xen-pmem list" "$(xen-pmem list | grep -c " xen-a .* 2 bad block ranges")" 1
	same "status has both" "$(xen-pmem status | grep -c "^cannot be read: .*(xen-a)")" 2
	refuses "there is one monitor" "another xen-pmem monitor runs already" xen-pmem monitor
}

check_restart() {
	local bad
	bad=$(printf %#x $((spa + 0x7ffc0)))
	monitor_kill
	error_raise 5 "$bad"
	wait_for 20 eval 'note 2 >/tmp/said; grep -q "spa=$bad " /tmp/said'
	verdict $? "an error comes while no monitor runs"
	monitor_start
	says "the next one says it" "byte 0x7ffc0 (address $bad), free"
	same "and nothing else again" "$(wc -l <monitor.err)" 3
	same "dom0's kernel lists the block" "$(bad_in xen-a)" "[[40,1],[1023,1],[98304,1]]
40 1 1023 1 98304 1 "
}

# pages_free LENGTH: of the range of so many MiB, how many pages are free
pages_free() {
	xenhypfs cat /pmem/status | sed -n "s/^range .*, $1 MiB, .*: \([0-9]*\) pages free.*/\1/p"
}

pages_are_free() {
	pages_free 128 >/tmp/said
	[ "$(cat /tmp/said)" = "$1" ]
}

# Nobody keeps a guest of create -e.
check_destroyed() {
	printf '%s\n' 'name = "idle"' 'type = "pvh"' 'memory = 32' 'kernel = "/root/idle.elf"' \
		'vnvdimms = [ "xen-b" ]' >idle.cfg
	xen-pmem create -q -e idle.cfg >/tmp/said 2>&1 || bail "create: $(cat /tmp/said)"
	same "a guest has all of xen-b" "$(pages_free 128)" 0
	xl destroy idle
	wait_for 10 pages_are_free 32768
	verdict $? "when it is destroyed its pages come back, with no other command"
	same "the monitor says so" "$(grep -c "^guest .*: 128M taken back$" monitor.out)" 1
}

# An address that no namespace for Xen has, and others that make no sense.
check_driver() {
	local a=$((spa + 0x9000)) end=$((spa + (1 << 30)))
	badctl() { /root/badctl "$@"; }
	same "the driver refuses RAM" "$(badctl 0x100000 64)" \
		"ENOENT: no namespace for Xen has this address"
	same "what is in two namespaces" "$(badctl $((end - 32)) 64)" \
		"ENOENT: no namespace for Xen has this address"
	same "no bytes" "$(badctl $a 0)" EINVAL
	same "more than a page" "$(badctl $a 4097)" EINVAL
	same "what goes past the last address" "$(badctl 0xffffffffffffffc0 128)" EINVAL
	same "padding" "$(badctl $a 64 1)" EINVAL
	same "it adds what is new" "$(badctl $a 64)" added
	says "which the monitor says" "byte 0x9000 (address $(printf %#x $a)), free: a bad block;"
	same "once" "$(badctl $a 64)" known
	same "and no part of it" "$(badctl $((a + 64)) 1)" known
	same "that is in the list once" "$(bad_in xen-a)" "[[40,1],[72,1],[1023,1],[98304,1]]
40 1 72 1 1023 1 98304 1 "
}

# Bad blocks stay until the power goes: this comes last.
check_firmware() {
	local at
	at=$(cat "/sys/bus/nd/devices/$(device xen-pmem)/xen_pmem/start")
	insmod /root/inject.ko region=region0 start=$((at + (8 << 20))) len=1024 ||
		bail "cannot inject"
	rmmod inject
	says "what firmware finds in the reserved area" "(xen-pmem), byte 0x800000 \
(address $(printf %#x $((at + (8 << 20))))), the reserved area: a bad block; Xen puts no"
	kill -TERM $monitor
	wait $monitor
	same "SIGTERM ends the monitor well" $? 0
	xen-pmem monitor --once --json >/tmp/said 2>&1
	same "--once says nothing twice" "$(jq -c '[.media_errors, .changed]' /tmp/said)" \
		"[[],false]"
	rm /run/xen-pmem/monitor
	xen-pmem monitor --once --json >/tmp/doc 2>/dev/null
	same "without its memory it says all again" "$(jq -c \
		'[.media_errors[] | [.role, .offset, .errors, .length]] | sort' /tmp/doc)" \
		'[["namespace",20544,1,512],["namespace",36864,null,512],'\
'["namespace",524224,1,512],["namespace",50331712,1,512],["reserved",8388608,null,1024]]'
}

in_dom0() {
	namespaces_make xen-pmem:256M xen-a:1G xen-b:128M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a &&
		xen-pmem enable xen-b; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	spa=$(xenhypfs cat /pmem/status | sed -n 's/^range .* spa \(0x[0-9a-f]*\), 1024 MiB.*/\1/p')
	xl vcpu-pin Domain-0 0 0 >/dev/null
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda /usr/lib/testbed/guest
	printf '%s\n' 'name = "g"' "$uuid" 'type = "pvh"' 'memory = 256' 'cpus = "1"' \
		'kernel = "/usr/lib/testbed/guest/vmlinuz"' 'vnvdimms = [ "xen-a,gpa=8G" ]' >g.cfg
	cases check_free check_guest check_listed:check_guest \
		check_restart:check_guest,check_listed check_destroyed:check_guest \
		check_driver:check_guest check_firmware:check_guest check_reserved
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/badctl build/system/idle.elf build/inject/inject.ko
truncate -s $(((1536 << 20) + 262144)) "$work/nvdimm"
boot media END --nvdimm "$work/nvdimm:1536M" --cpus 2 \
	--add "$built/system/badctl" --add "$built/system/idle.elf" \
	--add "$built/inject/inject.ko"
echo "1..$tests"
