#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Known bad blocks of a namespace: a guest gets all other pages, and has nothing at the addresses of
# these, so that Xen cannot read them for it; Linux there knows them from its start on. A page in
# which dom0 lists one later is taken from it. When dom0's platform clears blocks, and the monitor
# runs, the guest has them cleared. TAP. It runs itself: on the test's machine, in dom0 and in the
# guest.
set -u
gpa=$((8 << 30))
# Where two bad blocks are, one that dom0 lists later, and one that is cleared before.
third=$((32 << 20)) fourth=$(((48 << 20) + 0x800))
first=$(((64 << 20) + 0x200)) second=$(((128 << 20) + 0x3e00))

# ---- in the guest ----

# page OFFSET: what is read in the page there
page() {
	{ dd if=/dev/pmem0 bs=4K skip=$(($1 >> 12)) count=1 iflag=direct 2>/tmp/error |
		od -An -v -tx1 -w1 | sort -u
	grep -o "Input/output error" /tmp/error; } | xargs
}

beside_sum() {
	page "$1" | sha256sum | cut -c 1-8
}

# In sectors of the region.
listed() {
	printf '%s %s\n' $((first >> 12 << 3)) 8 $((second >> 12 << 3)) 16
}

filesystem_works() {
	ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem >/tmp/said 2>&1 &&
		mkfs.ext4 -q -b 4096 /dev/pmem0 >>/tmp/said 2>&1 &&
		mount -t ext4 -o dax=always /dev/pmem0 /mnt &&
		dd if=/dev/urandom of=/mnt/file bs=1M count=8 conv=fsync 2>/dev/null &&
		sha256sum /mnt/file >/tmp/sum && umount /mnt && mount -t ext4 /dev/pmem0 /mnt &&
		sha256sum -c /tmp/sum >>/tmp/said 2>&1 && umount /mnt
}

# Linux has a bad block cleared before it writes there. The namespace has an offset by now.
page_write() {
	sector=$(sed -n '1s/ .*//p' /sys/block/pmem0/badblocks)
	dd if=/tmp/page of=/dev/pmem0 bs=4K seek=$((sector >> 3)) count=1 oflag=direct \
		conv=notrunc 2>/tmp/said
}

cleared() {
	local at=$((sector >> 3))
	dd if=/dev/pmem0 bs=4K skip=$at count=1 iflag=direct of=/tmp/read 2>/dev/null
	cmp /tmp/page /tmp/read >/tmp/said 2>&1
	verdict $? "the guest writes to the first bad block, and reads that again"
	same "Linux lists the second alone" "$(cat /sys/bus/nd/devices/region0/badblocks)" \
		"$(listed | tail -n 1)"
	sector=$(sed -n '1s/ .*//p' /sys/block/pmem0/badblocks)
	accepts "ndctl clears the second" ndctl clear-errors namespace0.0
	same "then none is bad" "$(cat /sys/bus/nd/devices/region0/badblocks)" ""
	same "it reads zeros" "$(dd if=/dev/pmem0 bs=4K skip=$((sector >> 3)) count=2 \
		iflag=direct 2>/dev/null | od -An -v -tx1 -w1 | sort | uniq -c | xargs)" "8192 00"
	{ mount -t ext4 /dev/pmem0 /mnt && sha256sum -c /tmp/sum && umount /mnt; } >/tmp/said 2>&1
	verdict $? "all else is whole"
	rm /tmp/page
	echo CLEARED
}

# A page that it has had and that was taken: what is in it comes back.
cleared_again() {
	[ -z "$(cat /sys/bus/nd/devices/region0/badblocks)" ] || return
	{ mount -t ext4 /dev/pmem0 /mnt && sha256sum -c /tmp/sum && umount /mnt; } >/tmp/said 2>&1
	verdict $? "all is whole again"
	echo "AGAIN $(beside_sum $at)"
}

# What the guest does with bad blocks: it writes to the first, and then has all others cleared.
clear_try() {
	if [ -e /tmp/page ]; then
		! page_write || cleared
	elif [ -n "$(cat /sys/bus/nd/devices/region0/badblocks)" ]; then
		ndctl clear-errors namespace0.0 >/dev/null 2>&1
		cleared_again
	fi
}

in_guest() {
	local scrubs=0 at
	same "the vNVDIMM's size" "$(cat /sys/bus/nd/devices/region0/size)" $((512 << 20))
	same "Linux knows its bad blocks" "$(cat /sys/bus/nd/devices/region0/badblocks)" \
		"$(listed)"
	same "so does ndctl" "$(ndctl list -RM | tr -d ' \n' |
		grep -o '"offset":[0-9]*,"length":[0-9]*' | tr -dc '0-9\n,' | tr ',' ' ' |
		head -n 2)" "$(listed)"
	same "before the first it reads" "$(page $((first - 4096)))" 00
	same "there it does not" "$(page $first)" "Input/output error"
	same "nor in the second" "$(page $second)" "Input/output error"
	same "behind the second it does" "$(page $((second + 8192)))" 00
	ndctl clear-errors namespace0.0 >/tmp/said 2>&1
	same "nobody clears them for the guest" "$(cat /sys/bus/nd/devices/region0/badblocks)" \
		"$(listed)"
	filesystem_works
	verdict $? "a filesystem with DAX is well"
	insmod /root/hostile.ko || bail "no hostile module"
	dd if=/dev/urandom of=/tmp/page bs=4K count=1 2>/dev/null
	echo READY
	at=$((third - $(cat /sys/block/pmem0/device/resource) +
		$(cat /sys/bus/nd/devices/region0/resource)))
	while sleep 1; do
		ndctl start-scrub >/dev/null 2>&1 && ndctl wait-scrub >/dev/null 2>&1
		echo "scrub $((++scrubs)): $(xargs </sys/bus/nd/devices/region0/badblocks);" \
			"$(beside_sum $((at - 4096))) $(beside_sum $((at + 4096)));" \
			"there $(page $at | cut -c 1-18); $(beside_sum $at)"
		clear_try
	done
}

# ---- in dom0 ----

inject() {
	insmod /root/inject.ko region=region0 start=$((spa + $1)) len="$2" && rmmod inject
}

clearing() {
	insmod /root/inject.ko region=region0 "clear=$1" || bail "no bus that clears"
}

# ctl ARG...: what the driver says
ctl() {
	/root/badctl "$@"
}

clears_seen() {
	dmesg | grep "inject: cleared" >/tmp/cleared
	wc -l </tmp/cleared
}

device() {
	basename "$(dirname "$(grep -lx "$1" /sys/bus/nd/devices/namespace*/alt_name)")"
}

# What it can clear, with a block that no guest gets to see.
check_driver() {
	local at=$((spa + fourth - 0x800)) seen
	inject $fourth 1024 || bail "cannot inject"
	same "a bus that clears nothing" "$(ctl look $at 4096)" \
		"EOPNOTSUPP: the platform offers no command that clears bad blocks"
	same "nor does it clear" "$(ctl clear $at 4096)" \
		"EOPNOTSUPP: the platform offers no command that clears bad blocks"
	clearing 8192
	same "how much is bad, with pages around it" "$(ctl look $((at - 8192)) 65536)" 1024
	same "larger blocks" "$(ctl clear $at 4096)" "EOPNOTSUPP: the platform clears only \
blocks that are larger than 4096 bytes"
	rmmod inject
	clearing 256
	seen=$(clears_seen)
	same "a page without" "$(ctl clear $((at + 4096)) 4096)" 0
	same "RAM" "$(ctl clear 0x100000 4096)" "ENOENT: no namespace for Xen has this address"
	same "the reserved area" "$(ctl clear "$(cat \
		"/sys/bus/nd/devices/$(device xen-pmem)/xen_pmem/start")" 4096)" \
		"EPERM: not a namespace for guests in raw mode"
	same "a part of a page" "$(ctl clear $at 512)" EINVAL
	same "not a page's start" "$(ctl clear $((at + 512)) 4096)" EINVAL
	same "no bytes" "$(ctl clear $at 0)" EINVAL
	same "more than 64 KiB" "$(ctl clear $at 69632)" EINVAL
	same "what goes past the last address" "$(ctl clear $((-4096)) 8192)" EINVAL
	same "padding" "$(ctl clear $at 4096 1)" EINVAL
	same "it only looks" "$(ctl look $at 4096)" 1024
	same "so far it has cleared nothing" "$(clears_seen)" "$seen"
	same "it clears" "$(ctl clear $at 4096)" 1024
	same "once" "$(ctl clear $at 4096), $(clears_seen)" "0, $((seen + 1))"
	same "neither list has it" "$(cat /sys/bus/nd/devices/region0/badblocks \
		"/sys/bus/nd/devices/$(device xen-a)/xen_pmem/badblocks" |
		grep -c " 2$")" 2
	rmmod inject
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

# scrub_said [FIELD]: the last line of a scrub, or what it says of the pages beside the third block
# (2) or in it (4)
scrub_said() {
	grep "^scrub" guest.out | tail -n 1 | cut -d ';' -f "${1:-1-}"
}

scrubbed() {
	scrub_said | grep -q ": $((third >> 12 << 3)) 8;"
}

# Twice, as one may have begun before.
scrubbed_clean() {
	[ "$(grep -c "^scrub" guest.out)" -ge $((seen + 2)) ] && scrub_said | grep -q ": ;"
}

released() {
	xen-pmem release >/tmp/said 2>&1
	no_guests
}

guest_start() {
	testguest --add /root/tap.sh --add /root/hostile.ko g.cfg badblocks.t guest \
		>guest.out 2>&1 &
	wait_for 150 ready || bail "the guest does not come up: $(tail -n 5 guest.out)"
	grep "^ok \|^not ok \|^# \|^Bail" guest.out
	v=$(xl domid g)
}

check_refused() {
	{ sed 's/"xen-a/&,badblocks=refuse/' g.cfg && echo 'type = "pvh"'; } >r.cfg
	refuses "badblocks=refuse: no guest" "bad blocks, the first at byte $first: " \
		xen-pmem create -q r.cfg
}

check_guest() {
	local at
	guest_start
	same "the guest has all pages but three" "$(xenhypfs cat /pmem/status |
		sed -n 's/^range .*, 512 MiB, .*: //p')" "3 pages free, 131069 with guests"
	for at in $first $second; do
		at=$(((gpa + at) >> 12))
		same "Xen writes nothing there for the guest" "$(order answer $at)" -14
		same "nor does it read an argument there" "$(order argument $at)" 0
	done
	at=$(((gpa + second) >> 12))
	same "elsewhere it does" "$(order answer $((at + 2)))" 0
	same "no error was met" "$(/root/rawcmd op=11 index=0 2>&1 | cut -c 1-5 | head -n 1)" \
		"rc=-2"
}

guest_is_done() {
	grep -q "^CLEARED\|^Bail out" guest.out
}

guest_is_done_again() {
	grep -q "^AGAIN\|^Bail out" guest.out
}

refusal_is_said() {
	grep -q "what it wants cleared is not: the platform offers no command" monitor.out
}

monitor_begin() {
	xen-pmem monitor >monitor.out 2>&1 &
	monitor=$!
}

# The guest tries to write to the first one every second.
check_clear() {
	monitor_begin
	wait_for 30 refusal_is_said
	verdict $? "the platform clears nothing: the monitor says why the guest has EIO"
	clearing 256
	wait_for 60 guest_is_done
	verdict $? "then it does"
	sed '1,/^READY/d' guest.out | grep "^ok \|^not ok \|^# \|^Bail"
	same "the monitor says so" "$(grep -c "pages with bad blocks are cleared" monitor.out)" 2
	same "dom0 lists none" "$(cat /sys/bus/nd/devices/region0/badblocks)" ""
	same "the guest has all pages" "$(xenhypfs cat /pmem/status |
		sed -n 's/^range .*, 512 MiB, .*: //p')" "0 pages free, 131072 with guests"
	kill -TERM $monitor
	rmmod inject
}

# The guest has this page, and could have Xen read there.
check_taken() {
	local at=$(((gpa + third) >> 12)) beside there seen
	same "Xen writes for the guest where dom0 lists no bad block" "$(order answer $at)" 0
	seen=$(grep -c "^scrub" guest.out)
	wait_for 40 scrubbed_clean
	beside=$(scrub_said 2) there=$(scrub_said 4)
	inject $third 512 || bail "cannot inject"
	accepts "the monitor looks" xen-pmem monitor --once
	same "the guest is told of what it has lost" "$(grep -c "^guest g: " /tmp/said)" 1
	same "Xen writes nothing there any more" "$(order answer $at)" -14
	same "it is noted as taken" "$(/root/rawcmd op=11 index=0 2>&1 |
		grep -c "spa=$(printf %#x $((spa + third))) .* state=5 ")" 1
	wait_for 40 scrubbed
	verdict $? "the guest's next scrub finds it"
	same "the guest reads an error there" "$(scrub_said 3)" " there Input/output error"
	same "and the pages beside it as before" "$(scrub_said 2)" "$beside"
	clearing 256
	monitor_begin
	wait_for 60 guest_is_done_again
	verdict $? "the guest has it cleared"
	kill -TERM $monitor
	sed '1,/^CLEARED/d' guest.out | grep "^ok \|^not ok \|^# \|^Bail"
	same "what was in it is there again" "$(sed -n 's/^AGAIN//p' guest.out)" "$there"
	same "dom0 lists none" "$(cat /sys/bus/nd/devices/region0/badblocks)" ""
	same "nor does Xen" "$(/root/rawcmd op=11 index=0 2>&1 | cut -c 1-5 | head -n 1)" "rc=-2"
	same "Xen writes there for the guest again" "$(order answer $at)" 0
}

check_end() {
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
	cases check_driver check_refused check_guest check_clear:check_guest \
		check_taken:check_guest,check_clear check_end:check_guest
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/inject/inject.ko build/hostile/hostile.ko build/system/badctl
truncate -s $(((1 << 30) + 262144)) "$work/nvdimm"
boot badblocks END --nvdimm "$work/nvdimm:1G" --add "$built/inject/inject.ko" \
	--add "$built/hostile/hostile.ko" --add "$built/system/badctl"
echo "1..$tests"
