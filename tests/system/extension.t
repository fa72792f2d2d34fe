#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The extension alone, by raw commands: what it does with ranges and guests, what it refuses, and
# 100,000 random commands. TAP. On the test's machine it boots each tested Xen, and runs itself in
# dom0; no module there touches the NVDIMM.
#
#   SPA 4 GiB  [ reserved area 128 MiB ]   5 GiB  [ A: 1 GiB ]   6 GiB  [ B: 64 MiB ]
#   The NVDIMM ends at 12 GiB.
set -u
reserved=11111111-1111-1111-1111-111111111111
A=aaaaaaaa-1111-1111-1111-111111111111
B=bbbbbbbb-1111-1111-1111-111111111111
C=cccccccc-1111-1111-1111-111111111111
G=0x40000000
raw=/root/rawcmd
images=/usr/lib/testbed/guest

# ---- in dom0 ----

count=0
verdict() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		echo "# $answer"
	fi
}

# gives WHAT ERRNO PART FIELD=VALUE...: the answer to the command has this return code, and PART
# somewhere in its line
gives() {
	local what=$1 rc=$2 part=$3
	shift 3
	answer=$($raw "$@")
	case "$answer" in "rc=$rc "*"$part"*) verdict 0 "$what" ;; *) verdict 1 "$what" ;; esac
}

# same WHAT GOT WANTED
same() {
	answer="got $2, wanted $3"
	[ "$2" = "$3" ]
	verdict $? "$1"
}

status_has() {
	answer=$(xenhypfs cat /pmem/status)
	grep -q "$2" <<<"$answer"
	verdict $? "$1"
}

guest_build() {
	cat >"/root/$1.cfg" <<-END
		name = "$1"
		type = "pvh"
		memory = 128
		vcpus = 1
		tsc_mode = "native"
		kernel = "$images/vmlinuz"
		ramdisk = "$images/initrd"
		on_poweroff = "preserve"
		on_reboot = "preserve"
		on_crash = "preserve"
	END
	xl create -p "/root/$1.cfg" >/dev/null
	xl domid "$1"
}

# Until the guest is a zombie, or gone for good.
guest_destroy() {
	xl destroy "$1" >/dev/null
}

domains() {
	xl list | tail -n +3 | wc -l
}

gone() {
	[ "$(domains)" = 0 ]
}

# Xen frees what was a domain's a little after the domain is gone.
free_steady() {
	local before=$($raw --free)
	gone && sleep 0.5 && [ "$($raw --free)" = "$before" ]
}

payload_load() {
	loaded() {
		xen-livepatch load "/root/payload/$payload.livepatch" >/dev/null 2>&1 ||
			xen-livepatch apply "$payload" >/dev/null 2>&1
	}
	wait_for loaded
}

test_load() {
	payload_load
	same "loads into this build" "$?" 0
	same "ABI version is readable" "$(xenhypfs cat /pmem/abi)" 3
	status_has "status says which version of the extension" "^$(xen-pmem --version), abi 3,"
	status_has "status says which Xen" "Xen $(xl info xen_version)"
	gives "hello" 0 "" op=0
}

test_malformed() {
	gives "wrong size" -22 "" op=0 size=100
	gives "larger size" -22 "" op=0 size=4000
	gives "no size" -22 "" op=0 size=0
	gives "wrong magic" -22 "not a command" op=0 magic=7
	gives "the ABI before" -71 "different ABI" op=0 abi=2
	gives "another ABI" -71 "different ABI" op=0 abi=4
	gives "unknown operation" -95 "unknown operation" op=99
	gives "padding" -22 "padding" op=0 pad=1
	gives "unknown flag" -22 "flags" op=0 flags=1
	gives "read-only and uncached" -22 "do not go together" op=5 uuid=$A domain=1 \
		spa=0x140000000 gpa=$G length=$G flags=12
	gives "wrapping range" -22 "wraps" op=3 uuid=$A spa=0xfffffffffffff000 length=0x2000
	gives "range off a page" -22 "aligned" op=3 uuid=$A spa=0x140000001 length=0x1000
}

test_ranges() {
	gives "serve without reserved area" -6 "no reserved area" op=3 uuid=$A spa=0x140000000 \
		length=$G
	gives "reserved area in RAM" -34 "RAM" op=1 uuid=$reserved spa=0x10000000 length=0x8000000
	gives "reserve" 0 "" op=1 uuid=$reserved spa=0x100000000 length=0x8000000
	gives "reserve again the same" 0 "" op=1 uuid=$reserved spa=0x100000000 length=0x8000000
	gives "reserve another one" -17 "another reserved area" op=1 uuid=$A spa=0x140000000 \
		length=0x8000000
	gives "serve RAM" -34 "RAM" op=3 uuid=$A spa=0x20000000 length=$G
	gives "serve from the last of RAM on" -34 "" op=3 uuid=$A spa=0x7fff0000 length=$G
	gives "serve beyond the direct map" -34 "5 TiB" op=3 uuid=$A spa=0x80000000000 length=$G
	gives "serve beyond the CPU's addresses" -34 "processor" op=3 uuid=$A spa=0x10000000000 \
		length=$G
	gives "serve over the reserved area" -17 "overlaps the reserved" op=3 uuid=$A \
		spa=0x107fff000 length=0x2000
	gives "serve more than the reserved area is good for" -28 "too small" op=3 uuid=$A \
		spa=0x140000000 length=0x400000000
	gives "serve what a process of dom0 maps" -16 "PV domain maps" --holding 0x150000000 op=3 \
		uuid=$A spa=0x140000000 length=$G
	gives "serve" 0 "" op=3 uuid=$A spa=0x140000000 length=$G
	gives "serve again the same" 0 "" op=3 uuid=$A spa=0x140000000 length=$G
	gives "serve the same UUID elsewhere" -17 "at another address" op=3 uuid=$A \
		spa=0x1c0000000 length=$G
	gives "serve an overlapping range" -17 "overlaps another" op=3 uuid=$C spa=0x17ffff000 \
		length=0x2000
	gives "serve a second range" 0 "" op=3 uuid=$B spa=0x180000000 length=0x4000000
	gives "unserve what is not served" -2 "not served" op=4 uuid=$C
	gives "unreserve while ranges are served" -16 "ranges are served" op=2
	status_has "no metadata yet" "metadata 0 of"
	answer=$((free_loaded - $($raw --free)))
	[ "$answer" -le 256 ]
	verdict $? "serving costs Xen at most 1 MiB of RAM"
}

# Xen's own allocator keeps a page or two of its first guest: that one is not counted.
warm_up() {
	local id
	id=$(guest_build warm-up)
	$raw op=5 uuid=$B domain="$id" spa=0x180000000 gpa=$G length=0x4000000 >/dev/null
	xl unpause warm-up
	guest_destroy warm-up
	$raw op=6 uuid=$B domain="$id" >/dev/null
	no_metadata() { $raw op=0 | grep -q ' used=0 '; }
	wait_for no_metadata
	wait_for free_steady
}

test_assign_refusals() {
	gives "assign to dom0" -1 "dom0" op=5 uuid=$A domain=0 spa=0x140000000 gpa=$G length=$G
	gives "assign to a guest that does not exist" -3 "no such guest" op=5 uuid=$A domain=77 \
		spa=0x140000000 gpa=$G \
		length=$G
	gives "assign to DOMID_INVALID" -3 "no such guest" op=5 uuid=$A domain=0x7ff4 \
		spa=0x140000000 gpa=$G length=$G
	gives "assign to dom_io" -3 "no such guest" op=5 uuid=$A domain=0x7ff1 spa=0x140000000 \
		gpa=$G length=$G
	gives "assign what is not served" -2 "not served" op=5 uuid=$C domain=$one spa=0x140000000 \
		gpa=$G length=$G
	gives "assign past the range" -22 "inside" op=5 uuid=$A domain=$one spa=0x140000000 gpa=$G \
		length=0x40001000
	gives "assign over the guest's RAM" -17 "something at this address" op=5 uuid=$A \
		domain=$one spa=0x140000000 gpa=0 length=$G
	gives "assign over the end of the guest's RAM" -17 "something" op=5 uuid=$B domain=$one \
		spa=0x180000000 gpa=0x7e00000 length=0x4000000
	gives "assign over the guest's ACPI tables" -17 "something" op=5 uuid=$A domain=$one \
		spa=0x140000000 gpa=0xc0000000 length=$G
	gives "assign beyond the guest's addresses" -34 "address width" op=5 uuid=$A domain=$one \
		spa=0x140000000 gpa=0x1000000000000 length=$G
	gives "assign in 4 KiB leaves with a small pool" -12 "paging pool" op=5 uuid=$A \
		domain=$one spa=0x140000000 gpa=$G length=$G flags=3
	gives "give back what that one had got so far" 0 "pending=0" op=6 uuid=$A domain=$one
	gives "nothing is held after all that" -2 "" op=8
	gives "release a range that no guest has" -2 "" op=6 uuid=$A domain=$one
}

test_assign() {
	gives "assign" 0 "" op=5 uuid=$A domain=$one spa=0x140000000 gpa=$G length=$G
	gives "assign again the same" 0 "calls=1" op=5 uuid=$A domain=$one spa=0x140000000 gpa=$G \
		length=$G
	gives "assign the same elsewhere" -16 "" op=5 uuid=$A domain=$one spa=0x140000000 \
		gpa=0x80000000 length=$G
	gives "assign to a second guest" -16 "another guest's" op=5 uuid=$A domain=$two \
		spa=0x140000000 gpa=$G length=$G
	gives "assign a second range, in pages" 0 "" op=5 uuid=$B domain=$one spa=0x180000000 \
		gpa=0x100000000 length=0x1000000 flags=3
	gives "unserve in use" -16 "a guest has pages" op=4 uuid=$A
	answer=$(xen-livepatch revert "$payload" 2>&1)
	[ $? != 0 ]
	verdict $? "unload in use is refused"
	status_has "status names the guest" "domain $one: 262144 pages"
	gives "assign one page more" 0 "" op=5 uuid=$B domain=$one spa=0x181001000 gpa=0x101001000 \
		length=0x1000
	gives "assign a piece that it has a part of" -17 "something" op=5 uuid=$B domain=$one \
		spa=0x181000000 gpa=0x101000000 length=0x2000
	gives "then it still has just that part" 0 "count=4097 " op=8 index=1
	gives "release from a guest that never ran" 0 "" op=6 uuid=$A domain=$one
	gives "then to the second guest" 0 "" op=5 uuid=$A domain=$two spa=0x140000000 \
		gpa=0x80000000 length=$G
	gives "release it from the second guest" 0 "count=262144" op=6 uuid=$A domain=$two
	gives "at an address that 1 GiB leaves do not fit" 0 "" op=5 uuid=$A domain=$one \
		spa=0x140000000 gpa=0x40200000 length=$G
}

test_death() {
	xl unpause one
	gives "assign to a guest that has run" -1 "has run" op=5 uuid=$B domain=$one \
		spa=0x181000000 gpa=0x140000000 length=0x1000000
	gives "release from a running guest" -16 "alive" op=6 uuid=$A domain=$one
	guest_destroy one
	same "the dead guest waits for its pages" "$(domains)" 2
	gives "release from the dead" 0 "count=262144 pending=0" op=6 uuid=$A domain=$one
	gives "release its second range" 0 "count=4097 pending=0" op=6 uuid=$B domain=$one
	gives "release twice" -2 "nothing of this range" op=6 uuid=$B domain=$one
	guest_destroy two
	wait_for gone
	same "no zombie stays" "$?" 0
	back() { $raw op=0 | grep -q ' used=0 ' && [ "$($raw --free)" = "$free_loaded" ]; }
	wait_for back
	same "Xen's free memory is as before, to the page" "$($raw --free)" "$free_loaded"
	status_has "every page is free" "262144 pages free, 0 with guests"
	status_has "and no metadata are left" "metadata 0 of"
}

# Of two guests that are never started, one gets 8 MiB of B read-only, 128 KiB uncached, 8 MiB as
# ever; what is between them nobody has.
test_kinds() {
	local id two
	id=$(guest_build kinds)
	two=$(guest_build two)
	gives "assign read-only" 0 "" op=5 uuid=$B domain="$id" spa=0x180000000 gpa=$G \
		length=0x800000 flags=4
	gives "assign read-only again" 0 "calls=1" op=5 uuid=$B domain="$id" spa=0x180000000 \
		gpa=$G length=0x800000 flags=4
	gives "assign the same writable" -17 "with other flags" op=5 uuid=$B domain="$id" \
		spa=0x180000000 gpa=$G length=0x800000
	gives "assign the same uncached" -17 "with other flags" op=5 uuid=$B domain="$id" \
		spa=0x180000000 gpa=$G length=0x800000 flags=8
	gives "assign uncached" 0 "" op=5 uuid=$B domain="$id" spa=0x180a00000 gpa=0x80a00000 \
		length=0x20000 flags=8
	gives "assign the same cached" -17 "with other flags" op=5 uuid=$B domain="$id" \
		spa=0x180a00000 gpa=0x80a00000 length=0x20000
	gives "assign ordinary pages beside the uncached ones" 0 "" op=5 uuid=$B domain="$id" \
		spa=0x181000000 \
		gpa=0x81000000 length=0x800000
	gives "assign that read-only" -17 "with other flags" op=5 uuid=$B domain="$id" \
		spa=0x181000000 gpa=0x81000000 length=0x800000 flags=4
	gives "a second guest does not get a page that one has read-only" -16 "in use" op=5 \
		uuid=$B domain="$two" spa=0x1807ff000 gpa=$G length=0x1000 flags=4
	gives "nor an uncached one" -16 "in use" op=5 uuid=$B domain="$two" spa=0x180a00000 gpa=$G \
		length=0x1000
	gives "erase all of the range" -16 "a guest has pages" op=9 uuid=$B
	gives "erase the last read-only page and the page after it" -16 "of that part" op=9 \
		uuid=$B \
		spa=0x1807ff000 length=0x2000
	gives "erase an uncached page" -16 "of that part" op=9 uuid=$B spa=0x180a1f000 length=0x1000
	gives "erase beyond the range" -22 "not inside" op=9 uuid=$B spa=0x183fff000 length=0x2000
	gives "erase what is between them" 0 "done=0x200000" op=9 uuid=$B spa=0x180800000 \
		length=0x200000
	gives "erase the rest" 0 "done=0x2800000 " op=9 uuid=$B spa=0x181800000 length=0x2800000
	gives "it has what it had" 0 "count=4128 " op=8
	gives "release all of it from a guest that never ran" 0 "count=4128 pending=0" op=6 \
		uuid=$B domain="$id"
	gives "the other way round: writable" 0 "" op=5 uuid=$B domain="$id" spa=0x180000000 \
		gpa=$G length=0x800000
	gives "uncached" 0 "" op=5 uuid=$B domain="$id" spa=0x181000000 gpa=0x81000000 \
		length=0x800000 flags=8
	gives "read-only" 0 "" op=5 uuid=$B domain="$id" spa=0x180a00000 gpa=0x80a00000 \
		length=0x20000 flags=4
	xl unpause kinds
	guest_destroy kinds
	gives "release all of it from the dead" 0 "count=4128 pending=0" op=6 uuid=$B domain="$id"
	guest_destroy two
	wait_for gone
}

# wait_for CONDITION: up to 20 s
wait_for() {
	local until=$((SECONDS + 20))
	until "$1"; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.1
	done
}

test_fuzz() {
	one=$(guest_build one)
	$raw op=5 uuid=$A domain="$one" spa=0x140000000 gpa=$G length=$G >/dev/null
	xl unpause one
	answer=$($raw --fuzz "$1" 20161001)
	verdict $? "$1 random commands are answered"
	echo "# $answer"
	longest=$(($($raw op=0 | sed 's/.* done=\([^ ]*\).*/\1/')))
	answer="longest: $longest pages"
	[ "$longest" -le 87381 ]
	verdict $? "no command went beyond its 65,536 pages by more than a third"
	echo "# $answer"
	status_has "the guest has its pages still" "domain $one: 262144 pages"
	same "the first guest runs" "$(xl list | grep -c '^one ')" 1
	guest_destroy one
	gives "release its pages" 0 "count=262144 pending=0" op=6 uuid=$A domain="$one"
}

# What the fuzzer may have made Xen serve goes back too.
test_unload() {
	local uuid
	gives "unserve A" 0 "" op=4 uuid=$A
	for uuid in $(xenhypfs cat /pmem/status | sed -n 's/^range \([^ ]*\) .*/\1/p'); do
		gives "unserve what the fuzzer left" 0 "" op=4 uuid="$uuid"
	done
	gives "unreserve" 0 "" op=2
	gives "unreserve twice" -2 "no reserved area" op=2
	# A busy machine may not stop all CPUs within Xen's 30 ms; then one tries again.
	reverted() { xen-livepatch revert "$payload" >/dev/null 2>&1; }
	wait_for reverted && xen-livepatch unload "$payload" >/dev/null
	same "unload" "$?" 0
	same "nothing of it is left in hypfs" "$(xenhypfs ls / | grep -c pmem)" 0
	payload_load
	same "load again" "$?" 0
	gives "reserve again" 0 "" op=1 uuid=$reserved spa=0x100000000 length=0x8000000
	gives "serve again" 0 "" op=3 uuid=$A spa=0x140000000 length=$G
	gives "dom0 still maps what is its own" 0 "" --holding 0x1c0000000 op=0
}

in_dom0() {
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images
	payload=$(xl info build_id)
	answer=
	test_load
	free_loaded=$($raw --free)
	test_malformed
	test_ranges
	warm_up
	free_loaded=$($raw --free)
	one=$(guest_build one)
	two=$(guest_build two)
	test_assign_refusals
	test_assign
	test_death
	test_kinds
	test_fuzz "$1"
	test_unload
	echo "1..$count"
}

# ---- on the test's machine ----

if [ "${1:-}" = in_dom0 ]; then
	shift
	in_dom0 "$@"
	exit 0
fi
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# boot VERSION COMMANDS: the pattern on the medium lies where A is, and must be there afterwards
boot() {
	truncate -s $((8 * 1024 * 1024 * 1024 + 262144)) "$work/nv"
	yes "persistent $1" |
		dd of="$work/nv" bs=1M count=64 seek=1200 iflag=fullblock conv=notrunc status=none
	local before payload adds=()
	before=$(dd if="$work/nv" bs=1M skip=1024 count=1100 status=none | sha256sum)
	for payload in "$top"/build/payload/*.livepatch; do
		adds+=(--add "$payload:/root/payload/${payload##*/}")
	done
	"$top/testbed/xenhost" run --bare --xen-version "$1" --log "$top/build/extension-$1.log" \
		--nvdimm "$work/nv:8G" \
		--add "$top/build/system/rawcmd" "${adds[@]}" "$0" in_dom0 "$2" >"$work/out"
	rc=$?
	sed -n "s/^\(\(not \)\?ok\) [0-9]* - /\1 - Xen $1: /p; /^#/p" "$work/out"
	n=$((n + $(grep -c '^\(not \)\?ok' "$work/out") + 3))
	[ $rc = 0 ] && echo "ok - Xen $1: the host is well" ||
		echo "not ok - Xen $1: the host is well (status $rc)"
	grep -q '^1\.\.' "$work/out" && echo "ok - Xen $1: came to the end" ||
		echo "not ok - Xen $1: came to the end"
	[ "$before" = "$(dd if="$work/nv" bs=1M skip=1024 count=1100 status=none | sha256sum)" ] &&
		echo "ok - Xen $1: the medium's data are whole" ||
		echo "not ok - Xen $1: the medium's data are whole"
	rm -f "$work/nv"
}

boot 4.17.7 100000
boot 4.17.5 10000
echo "1..$n"
