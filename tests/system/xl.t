#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xl's commands do with a guest that has a vNVDIMM what they do with any guest, and the vNVDIMM is
# untouched by them. TAP. It runs itself: on the test's machine, in dom0 (argument dom0) and in the
# guest (argument guest).
set -u

# ---- in the guest ----

# What the kernel runs when xl asks it to shut down or to reboot.
ends_make() {
	local each
	for each in poweroff reboot; do
		rm -f /sbin/$each
		printf '#!/bin/sh\nexec busybox %s -f\n' $each >/sbin/$each
		chmod +x /sbin/$each
	done
}

# 1 MiB, with its checksum before it, at the start and at the end of the vNVDIMM
data_sum() {
	dd if=/dev/pmem0 bs=1M skip="$1" count=1 iflag=direct 2>/dev/null | sha256sum | cut -c 1-64
}

data_right() {
	local sum
	sum=$(dd if=/dev/pmem0 bs=4K count=1 iflag=direct 2>/dev/null | head -c 64)
	[ "$(data_sum 1)" = "$sum" ] && [ "$(data_sum 511)" = "$sum" ]
}

data_make() {
	dd if=/dev/urandom of=/tmp/data bs=1M count=1 iflag=fullblock 2>/dev/null
	dd if=/tmp/data of=/dev/pmem0 bs=1M seek=1 oflag=direct 2>/dev/null
	dd if=/tmp/data of=/dev/pmem0 bs=1M seek=511 oflag=direct 2>/dev/null
	sha256sum </tmp/data | dd of=/dev/pmem0 bs=4K conv=sync oflag=direct 2>/dev/null
}

# The kernel has a vCPU that is back wait until udev has it go on.
cpus_online() {
	local each
	for each in /sys/devices/system/cpu/cpu[0-9]*/online; do
		[ ! -e "$each" ] || [ "$(cat "$each")" = 1 ] || echo 1 >"$each"
	done
}

in_guest() {
	local n=0 data
	ends_make
	data_right && echo "data found" || data_make
	while :; do
		cpus_online 2>/dev/null
		data=wrong
		data_right && data=right
		echo "round $((++n)) cpus $(grep -c ^processor /proc/cpuinfo) mem $(awk \
			'/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
			"nvdimm $(($(cat /sys/bus/nd/devices/region0/size) >> 20)) sysrq $(dmesg |
			grep -c 'sysrq: HELP') data $data"
		sleep 0.3
	done
}

# ---- in dom0 ----

# field NAME: of the guest's last round
field() {
	tr -d '\r' <v.out | sed -n "s/^round .* $1 \([^ ]*\).*/\1/p" | tail -n 1
}

rounds() {
	grep -c '^round' v.out
}

rounds_beyond() {
	[ "$(rounds)" -gt "$1" ]
}

field_is() {
	[ "$(field "$1")" "$2" "$3" ]
}

# well WHAT: it goes on, with its data, and with all of its vNVDIMM
well() {
	wait_for 90 rounds_beyond $(($(rounds) + 2))
	same "$1: the guest goes on, and its vNVDIMM is untouched" \
		"$? $(field nvdimm) $(field data) $(with_pages "$(xl domid v)") $(grep \
		-c 'data wrong' v.out)" \
		"0 512 right 131072 0"
}

check_looks() {
	same "xl list: its name, RAM and vCPUs" \
		"$(xl list v | awk 'NR == 2 { print $1, $3, $4 }')" "v 256 2"
	same "xen-pmem list: who has it" "$(xen-pmem list --json 2>/dev/null |
		jq -r '.namespaces[] | select(.label == "xen-a") | "\(.state) \(.guest)"')" \
		"guest v"
	sleep 30 | timeout 30 xl console v >console 2>&1 &
	wait_for 40 grep -q '^round' console
	verdict $? "xl console shows what it prints"
	well "xl console"
	xl sysrq v h >/tmp/said 2>&1
	wait_for 60 field_is sysrq -gt 0
	verdict $? "xl sysrq: the guest's kernel is told"
	well "xl sysrq"
}

check_pause() {
	local n
	xl pause v
	same "xl pause" "$(guest_state v)" p
	n=$(rounds)
	usleep 2000000
	[ "$(rounds)" -le $((n + 1)) ]
	verdict $? "it stands still"
	xl unpause v
	well "xl unpause"
}

# ram_becomes MIB TEST WANTED: it is told to have so many, and comes to that; else what is known of
# it is shown
ram_becomes() {
	local rc
	xl mem-set v "$1"
	ram_is() { [ "$(xl list v | awk 'NR == 2 { print $3 }')" "-$1" "$2" ]; }
	wait_for 90 ram_is "$2" "$3"
	rc=$?
	{ xl list; xenstore-ls "/local/domain/$(xl domid v)/memory"; xl info | grep memory
		tail -n 5 v.out /var/log/xen/console/guest-v.log; } >/tmp/said 2>&1
	return $rc
}

check_changes() {
	xl vcpu-set v 1 >/tmp/said 2>&1
	wait_for 90 field_is cpus = 1
	verdict $? "xl vcpu-set: one vCPU less"
	xl vcpu-set --ignore-host v 2 >/tmp/said 2>&1
	wait_for 90 field_is cpus = 2
	verdict $? "xl vcpu-set: two vCPUs again"
	well "xl vcpu-set"
	# What its kernel sees as RAM, less than it has by what the kernel takes at boot.
	ram_becomes 208 le 209
	verdict $? "xl mem-set: it gives RAM back"
	well "xl mem-set down"
	ram_becomes 256 ge 254
	verdict $? "xl mem-set: the guest has its RAM again"
	well "xl mem-set up"
}

check_rename() {
	xl rename v w
	same "xl rename" "$(guest_state w) $(guest_state v)" "run none"
	same "xen-pmem list knows the new name" "$(xen-pmem list --json 2>/dev/null |
		jq -r '.namespaces[] | select(.label == "xen-a") | "\(.state) \(.guest)"')" \
		"guest w"
	xl rename w v
	well "xl rename"
}

check_reboot() {
	local was now
	was=$(xl domid v)
	another() {
		now=$(xl domid v 2>/dev/null) && [ "$now" != "$was" ] && grep -q '^data found' v.out
	}
	xl reboot v >/tmp/said 2>&1
	wait_for 180 another
	verdict $? "xl reboot: another domain, which finds the data"
	well "xl reboot"
}

check_shutdown() {
	xl shutdown -w v >/tmp/said 2>&1
	verdict $? "xl shutdown -w"
	wait $guest
	wait_for 60 all_gone
	{ xl list; xen-pmem list; } >/tmp/said 2>&1
	all_gone
	verdict $? "everything comes back"
}

# The idling guest has little RAM, which is what a dump takes its time for.
check_dump() {
	xen-pmem create -q g.cfg memory=8 maxmem=32 >/tmp/said 2>&1
	xl dump-core g core >/tmp/said 2>&1
	verdict $? "xl dump-core"
	same "dumps RAM and no vNVDIMM, in MiB" "$(($(wc -c <core) >> 20))" 8
	same "the guest goes on, with its vNVDIMM" \
		"$(guest_state g) $(with_pages "$(xl domid g)")" "run 131072"
	xl destroy g
	wait_for 60 all_gone
	verdict $? "xl destroy: everything comes back"
}

in_dom0() {
	# shellcheck source-path=SCRIPTDIR
	. ./idle.sh
	idle_host
	printf '%s\n' 'name = "v"' "uuid = \"$uuid\"" 'memory = 256' 'vcpus = 2' \
		'vnvdimms = [ "xen-a,label=off" ]' >v.cfg
	testguest --add tap.sh v.cfg xl.t guest >v.out 2>&1 &
	guest=$!
	wait_for 240 rounds_beyond 0 || {
		tail -n 20 v.out /var/log/xen/console/guest-v.log | sed 's/^/# /'
		bail "the guest does not come up"
	}
	well "create"
	cases check_looks check_pause check_changes check_rename check_reboot
	cases check_shutdown check_dump:check_shutdown
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
# shellcheck source-path=SCRIPTDIR
. "$here/idle/idle.sh"
idle_begin
idle_boot
echo "1..$tests"
