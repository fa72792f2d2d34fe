#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests that stock xl starts, which get their vNVDIMMs by libxl's hotplug scripts, block-pmem and
# vif-pmem: start, reboot, end, refusals, and the scripts killed. TAP. It runs itself: on the test's
# machine, in dom0 (argument dom0) and in a guest (argument guest).
set -u

# ---- in the guest ----

in_guest() {
	local found
	modprobe xen-blkfront
	wait_for 30 test -b /dev/xvdp
	echo "text $(tr -d '\0' </dev/xvdp | grep -v '^ *$' | tail -n +2 | xargs)"
	echo "read-only $(cat /sys/block/xvdp/ro)"
	echo "nvdimms $(cat /sys/bus/nd/devices/region*/size | xargs)"
	found=$(head -c 9 /dev/pmem0 | tr -d '\0')
	echo "data $found"
	[ -z "$found" ] || return
	printf 'remember.' | dd of=/dev/pmem0 bs=4096 conv=sync oflag=direct 2>/dev/null
	reboot -f
}

# ---- in dom0 ----

# disk NAME TARGET: a line of a config for one
disk() {
	echo "format=raw,vdev=$1,access=ro,script=block-pmem,target=$2"
}

# guest_config DISK...: h.cfg, the idling guest with these
guest_config() {
	cat plain.cfg
	printf 'disk = ['
	printf " '%s'," "$@"
	echo ' ]'
}

# vnvdimms: of guest g, size and address
vnvdimms() {
	xen-pmem status --json | jq -r '.guests[] | select(.name == "g").vnvdimms[] |
		select(.role != "labels") | "\(.size / 1048576)@\(.gpa)"' | sort -t@ -k2 | xargs
}

nothing_left() {
	all_gone && [ -z "$(losetup -a)" ] && ! ls /run/xen-pmem/hotplug.* >/dev/null 2>&1
}

check_start() {
	local was
	guest_config "$(disk xvdq xen-a,offset=256M,size=128M,ro)" \
		"$(disk xvdp xen-a,size=256M)" >h.cfg
	accepts "xl creates a guest with two such disks" xl create h.cfg
	same "which runs with all of it, in the disks' order, not in the config's" \
		"$(guest_state g) $(vnvdimms)" "run 384@4362076160"
	same "each disk says what it stands for" \
		"$(cat /run/xen-pmem/hotplug.* | grep -c '^backend=xen-a$') $(losetup -a |
		wc -l)" "2 2"
	was=$(xl domid g)
	guest_end $reboot
	another() { now=$(xl domid g 2>/dev/null) && [ "$now" != "$was" ] && [ -n "$(vnvdimms)" ]; }
	wait_for 60 another
	same "xl itself starts it again with the same" "$(guest_state g) $(vnvdimms)" \
		"run 384@4362076160"
	xl destroy g
	wait_for 60 nothing_left
	verdict $? "after xl destroy everything comes back, without a command of ours"
}

# fails WHAT PATTERN: h.cfg is refused with this line, and nothing is left
fails() {
	! xl create h.cfg >/tmp/said 2>&1 && [ "$(guest_state g)" = none ] &&
		[ "$(grep '^xen-pmem: ' /tmp/said | sort -u | grep -Ec "$2")" = 1 ]
	verdict $? "$1: xl says why, and there is no guest"
	wait_for 30 nothing_left
	verdict $? "$1: nothing is left"
}

check_refused() {
	guest_config "$(disk xvdp xen-c)" >h.cfg
	fails "an unknown backend" 'g: disk xvdp: backend: xen-c: no such namespace'
	guest_config "$(disk xvdp xen-a,what=1)" >h.cfg
	fails "an unknown option" 'g: disk xvdp: target=: .*what'
	guest_config "$(disk xvdp xen-a | sed 's/,access=ro//')" >h.cfg
	fails "a writable disk" 'g: disk xvdp: needs access=ro'
	guest_config "$(disk xvdp xen-a)" | sed "s/^uuid.*/uuid = \"${uuid%0}1\"/" >h.cfg
	fails "another guest's data" 'disk xvdp: backend: xen-a: it holds data of .*: put the'
	xen-pmem hotplug block add >/tmp/said 2>&1
	same "it is wrong usage where libxl does not call it" \
		"$? $(grep -c 'XENBUS_PATH names no disk' /tmp/said)" "2 1"
}

check_vif() {
	modprobe -a xen-netback
	printf '%s\n' '#!/bin/sh' "echo \"\$1\" >>/root/bridged" \
		'[ "$1" != online ] || xenstore-write "$XENBUS_PATH/hotplug-status" connected' \
		>/etc/xen/scripts/vif-bridge
	{ cat plain.cfg; echo 'vif = [ "script=vif-pmem", "script=vif-pmem" ]'; } >h.cfg
	fails "an interface without a file of vNVDIMMs" '/etc/xen/pmem/g.conf: No such file'
	mkdir -p /etc/xen/pmem
	: >/etc/xen/pmem/g.conf
	fails "an empty one" '/etc/xen/pmem/g.conf: vnvdimms: is missing'
	: >bridged
	echo 'vnvdimms = [ "xen-a" ]' >/etc/xen/pmem/g.conf
	sed -i 's,^name.*,name = "../pmem/g",' h.cfg
	fails "a guest that is called like another's file" 'g: a guest whose name is too long, or'
	sed -i 's,^name.*,name = "g",' h.cfg
	accepts "xl creates a guest with two such interfaces" xl create h.cfg
	same "which runs with its vNVDIMM, and the bridge's script was run for each" \
		"$(guest_state g) $(vnvdimms) $(grep -c online bridged)" "run 512@4362076160 2"
	xl destroy g
	wait_for 60 nothing_left
	verdict $? "everything comes back"
	{ guest_config "$(disk xvdp xen-a)"; echo 'vif = [ "script=vif-pmem" ]'; } >h.cfg
	xl create h.cfg >/tmp/said 2>&1
	same "both kinds at once are refused" "$(($? != 0)) $(grep -c \
		'^xen-pmem: g: it has vNVDIMMs already' /tmp/said) $(guest_state g)" "1 1 none"
	wait_for 30 nothing_left
	verdict $? "and nothing is left"
}

# killed N: the scripts of a guest's start are killed at their N-th call
killed() {
	dd if=/dev/zero of=point bs=4096 count=1 2>/dev/null
	env LD_PRELOAD=/root/killpoint.so KILLPOINT=/root/point KILLPOINT_AT="$1" \
		KILLPOINT_ONLY=xen-pmem xl create h.cfg >/tmp/said 2>&1
}

killed_at() {
	dd if=point bs=4 skip=1 2>/dev/null | tr -d '\0'
}

check_killed() {
	local all i at rc
	guest_config "$(disk xvdp xen-a,size=256M)" "$(disk xvdq xen-a,offset=256M)" >h.cfg
	killed 0
	all=$(od -An -tu4 -N4 point | xargs)
	xl destroy g
	wait_for 60 nothing_left
	verdict $? "a start that nobody kills makes $all calls"
	for ((i = 1; i <= 10; i++)); do
		at=$((i * all / 12))
		killed $at
		rc=$?
		same "killed at call $at ($(killed_at)): xl fails, and there is no guest" \
			"$((rc != 0)) $(guest_state g)" "1 none"
		xen-pmem release >/tmp/said 2>&1
		wait_for 60 nothing_left
		verdict $? "nothing is left"
	done
	xl create h.cfg >/tmp/said 2>&1
	same "the guest starts as ever" "$(guest_state g) $(vnvdimms)" "run 512@4362076160"
	xl destroy g
	wait_for 60 nothing_left
	verdict $? "and everything comes back"
}

# As root's xl does, and as testguest does without vnvdimms in the config.
check_guest() {
	xen-pmem erase --force xen-a >/tmp/said 2>&1
	printf '%s\n' 'name = "g"' "uuid = \"$uuid\"" 'memory = 256' \
		"disk = [ '$(disk xvdp xen-a)' ]" >v.cfg
	testguest --add tap.sh v.cfg scripts.t guest >v.out 2>&1
	tr -d '\r' <v.out >v.said
	same "a guest reads its disk's text" "$(grep -c \
		'^text backend=xen-a gpa=0x104000000 size=536870912 ro=0$' v.said)" 2
	same "which it cannot write" "$(grep -c '^read-only 1$' v.said)" 2
	same "it has the NVDIMM" "$(grep -c '^nvdimms 536870912$' v.said)" 2
	same "and what its first life wrote, in its second" "$(grep '^data' v.said | xargs)" \
		"data data remember."
	wait_for 60 nothing_left
	verdict $? "everything comes back"
}

in_dom0() {
	# shellcheck source-path=SCRIPTDIR
	. ./idle.sh
	modprobe -a loop xen-blkback
	idle_host
	cases check_start check_refused check_vif check_killed check_guest
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
# shellcheck source-path=SCRIPTDIR
. "$here/idle/idle.sh"
idle_begin build/system/killpoint.so
idle_boot --add "$top/build/system/killpoint.so"
echo "1..$tests"
