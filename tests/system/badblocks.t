#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Known bad blocks of a namespace: a guest gets all other pages, and has nothing at the addresses of
# these, so that Xen cannot read them for it. TAP. It runs itself: on the test's machine, in dom0
# and in the guest.
set -u
gpa=$((8 << 30))
# byte and length of two bad blocks, and what the guest lacks
first=$(((64 << 20) + 0x200)) second=$(((128 << 20) + 0x3e00))

# ---- in the guest ----

# page OFFSET: what is read in the page there, "same" for all of it
page() {
	dd if=/dev/pmem0 bs=4K skip=$(($1 >> 12)) count=1 iflag=direct 2>/tmp/said |
		od -An -v -tx1 -w1 | sort -u | xargs
}

in_guest() {
	same "the vNVDIMM's size" "$(cat /sys/bus/nd/devices/region0/size)" $((512 << 20))
	same "before the first bad block it reads" "$(page $((first - 4096)))" 00
	same "and behind the second" "$(page $((second + 4096)))" 00
	insmod /root/hostile.ko || bail "no hostile module"
	echo READY
	sleep 1000
}

# ---- in dom0 ----

inject() {
	insmod /root/inject.ko region=region0 start=$((spa + $1)) len="$2" && rmmod inject
}

ready() {
	grep -q "^READY\|^Bail out" guest.out
}

answered() {
	[ "$(xenstore-read "/local/domain/$v/data/did" 2>/dev/null | cut -d ' ' -f 1)" = "$number" ]
}

# order OPERATION ARG...: what the guest's kernel got from Xen
order() {
	number=$((${number:-0} + 1))
	xenstore-write "/local/domain/$v/data/do" "$number $*"
	wait_for 20 answered || echo "no answer"
	xenstore-read "/local/domain/$v/data/did" | cut -d ' ' -f 2
}

released() {
	xen-pmem release >/tmp/said 2>&1
	no_guests
}

guest_start() {
	testguest --add /root/tap.sh --add /root/hostile.ko g.cfg badblocks.t guest \
		>guest.out 2>&1 &
	wait_for 90 ready || bail "the guest does not come up: $(tail -n 5 guest.out)"
	grep "^ok \|^not ok \|^# \|^Bail" guest.out
	v=$(xl domid g)
}

check_refused() {
	sed 's/"xen-a/&,badblocks=refuse/' g.cfg >r.cfg
	refuses "badblocks=refuse: no guest" "bad blocks, the first at byte $first: " \
		xen-pmem create -q r.cfg
}

check_guest() {
	local at
	guest_start
	same "the guest has all pages but three" "$(xenhypfs cat /pmem/status |
		sed -n 's/^range .*, 512 MiB, .*: //p')" "3 pages free, 131069 with guests"
	grep -q "12K with bad blocks, the first at byte $((first & ~4095)) of the vNVDIMM" guest.out
	verdict $? "create says so"
	for at in $first $second; do
		at=$(((gpa + at) >> 12))
		same "Xen writes nothing there for the guest" "$(order answer $at)" -14
		same "nor reads" "$(order argument $at)" -14
	done
	at=$(((gpa + second) >> 12))
	same "elsewhere it does" "$(order answer $((at + 2)))" 0
	same "no error was met" "$(/root/rawcmd op=11 index=0 2>&1 | cut -c 1-5 | head -n 1)" \
		"rc=-2"
	xl destroy g
	wait
	wait_for 60 released
	verdict $? "the guest goes"
	same "all its pages come back" "$(xenhypfs cat /pmem/status |
		sed -n 's/^range .*, 512 MiB, .*: //p')" "131072 pages free, 0 with guests"
}

in_dom0() {
	namespaces_make xen-pmem:64M xen-a:512M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	spa=$(xenhypfs cat /pmem/status | sed -n 's/^range .* spa \(0x[0-9a-f]*\), 512 MiB.*/\1/p')
	{ inject $first 512 && inject $second 1024; } || bail "cannot inject"
	printf '%s\n' 'name = "g"' 'memory = 256' "vnvdimms = [ \"xen-a,gpa=$gpa\" ]" >g.cfg
	cases check_refused check_guest
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/inject/inject.ko build/hostile/hostile.ko
truncate -s $(((1 << 30) + 262144)) "$work/nvdimm"
boot badblocks END --nvdimm "$work/nvdimm:1G" --add "$top/build/inject/inject.ko" \
	--add "$top/build/hostile/hostile.ko"
echo "1..$tests"
