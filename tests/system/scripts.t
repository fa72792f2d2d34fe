#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests that stock xl and xendomains start, which get their vNVDIMMs by libxl's hotplug scripts,
# block-pmem and vif-pmem: start, reboot, all ways to end, refusals, and the scripts killed. TAP. It
# runs itself: on the test's machine, in dom0 (argument dom0) and in a guest (argument guest).
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

# ending WHAT ACTION WANTED: guest g ends so, with that action in its config, and then WANTED is
# there: its state, whether it is another domain, and a dump
ending() {
	local was config
	config=$(disk xvdp xen-a)
	{ guest_config "$config"; echo "on_$1 = \"$2\""; } >h.cfg
	case $2 in
	# A dump takes its time for each page.
	coredump-*) printf '%s\n' 'memory = 8' 'maxmem = 32' >>h.cfg ;;
	esac
	xl create h.cfg >/tmp/said 2>&1 || bail "xl create: $(cat /tmp/said)"
	was=$(xl domid g)
	guest_end "${!1}"
	left() {
		local now
		now=$(xl domid g 2>/dev/null)
		echo "$(guest_state g) $([ "$now" = "$was" ] || echo new) $(vnvdimms) $(cd \
			/var/lib/xen/dump && ls)" | xargs
	}
	is_left() { [ "$(left)" = "$3" ]; }
	wait_for 60 is_left "$@"
	same "$1, $2: what is left is what xl leaves, with its vNVDIMM" "$(left)" "$3"
	ending_clean "$1, $2"
}

ending_clean() {
	[ "$(guest_state g)" = none ] || xl destroy g
	rm -f /var/lib/xen/dump/*
	wait_for 60 nothing_left
	{ xl list; losetup -a; ls /run/xen-pmem; } >/tmp/said 2>&1
	nothing_left
	verdict $? "$1: all comes back in the end"
}

check_endings() {
	local whole=512@4362076160
	mkdir -p /var/lib/xen/dump
	ending poweroff destroy "none new"
	ending poweroff preserve "s $whole"
	ending crash coredump-restart "run new $whole g"
	ending watchdog coredump-destroy "none new g"
	ending crash restart "run new $whole"
	# Xen resets no PVH guest; xl destroys it.
	ending soft_reset soft-reset "none new"
}

# The old guest, which gets another name, stays with all that it has: so the new one is refused.
check_rename() {
	local was
	{ guest_config "$(disk xvdp xen-a)"; echo 'on_crash = "rename-restart"'; } >h.cfg
	xl create h.cfg >/tmp/said 2>&1
	was=$(xl domid g)
	guest_end $crash
	refused() {
		[ "$(guest_state g)" = none ] &&
			grep -q '^xen-pmem: .*xen-a' /var/log/xen/xl-g.log
	}
	wait_for 60 refused
	{ xl list; tail -n 20 /var/log/xen/xl-g.log; } >/tmp/said 2>&1
	refused && [ "$(guest_state "$(xl domname "$was")") $(with_pages "$was")" = "s $a_pages" ]
	verdict $? "rename-restart: the old guest keeps its vNVDIMM, and the new one is refused"
	xl destroy "$was"
	ending_clean rename-restart
}

check_monitor() {
	local monitor
	xen-pmem monitor >monitor.out 2>&1 &
	monitor=$!
	guest_config "$(disk xvdp xen-a)" >h.cfg
	xl create h.cfg >/tmp/said 2>&1
	same "a guest of scripts runs beside xen-pmem monitor" "$(guest_state g)" run
	xl destroy g
	xl create h.cfg >/tmp/said 2>&1
	same "and again at once" "$(guest_state g) $(vnvdimms)" "run 512@4362076160"
	guest_end $poweroff
	wait_for 60 nothing_left
	verdict $? "everything comes back"
	kill $monitor
	wait $monitor
	cp monitor.out /tmp/said
	! grep -Eq 'cannot|refus|fail' /tmp/said
	verdict $? "the monitor has nothing to complain of"
}

# What Debian's init script xendomains wants: functions for messages, and two programs, which are
# in Python there.
xendomains_make() {
	local each bin=/usr/lib/xen-common/bin
	mkdir -p /lib/lsb /lib/init /etc/xen/auto /etc/default
	: >/lib/init/vars.sh
	for each in action_begin_msg action_cont_msg action_end_msg action_msg; do
		echo "log_$each() { echo \"$each \$*\"; }"
	done >/lib/lsb/init-functions
	printf '%s\n' '#!/bin/sh' "xl list -l |
		jq -r '.[] | select(.domid != 0) | \"\(.domid) \(.config.c_info.name)\"'" \
		>$bin/xen-init-list
	printf '%s\n' '#!/bin/sh' 'xl create --quiet --dryrun --defconfig "$1" |
		jq -r .c_info.name' >$bin/xen-init-name
	printf '%s\n' '#!/bin/sh' 'exec xl "$@"' >/usr/sbin/xen
	chmod +x $bin/xen-init-* /usr/sbin/xen xendomains
	printf '%s\n' XENDOMAINS_AUTO=/etc/xen/auto XENDOMAINS_SAVE= \
		XENDOMAINS_STOP_MAXWAIT=3 >/etc/default/xendomains
}

check_xendomains() {
	xendomains_make
	guest_config "$(disk xvdp xen-a,size=256M)" >/etc/xen/auto/2-g
	sed -e 's/^name.*/name = "first"/' -e "s/^uuid.*/uuid = \"${uuid%0}1\"/" plain.cfg \
		>/etc/xen/auto/1-first
	./xendomains start >/tmp/said 2>&1
	same "xendomains starts the guests in the order of their files" "$(xl list |
		awk 'NR > 2 { print $1 }' | xargs) $(vnvdimms)" "first g 256@4362076160"
	./xendomains start >/tmp/said 2>&1
	same "a second time they are there already" "$(grep -c 'g already running' \
		/tmp/said)" 1
	(guest_stops() { xenstore-read "/local/domain/$1/control/shutdown" 2>/dev/null |
		grep -q poweroff; }
	for each in first g; do
		id=$(xl domid $each)
		wait_for 30 guest_stops "$id" && guest_end $poweroff $each
	done) &
	./xendomains stop >/tmp/said 2>&1
	wait_for 60 nothing_left
	verdict $? "xendomains stop shuts them down, and everything comes back"
	rm /etc/xen/auto/*
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
	cases check_start check_refused check_vif check_endings check_rename check_monitor \
		check_xendomains check_killed check_guest
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
idle_boot --add "$top/build/system/killpoint.so" \
	--add "$top/build/testbed/pkg/etc/init.d/xendomains"
echo "1..$tests"
