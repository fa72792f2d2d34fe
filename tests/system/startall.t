#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests with vNVDIMMs come and go with the host: what xen-pmem-domains.service runs, start-all and
# stop-all, and what becomes of a config that was put where xendomains takes it. TAP.
# On the test's machine it boots the bed once, and runs itself in dom0.
#
#   region0:  xen-pmem 64M | xen-a 512M | xen-b 128M
set -u
images=/usr/lib/testbed/guest
auto=/etc/xen/auto-pmem

# ---- in dom0 ----

# A guest of busybox alone, that shuts down when xl asks it to.
ramdisk_make() {
	mkdir -p root/sbin && cp "$(command -v busybox)" root/busybox
	printf '%s\n' '#!/busybox sh' '/busybox poweroff -f' >root/sbin/poweroff
	printf '%s\n' '#!/busybox sh' 'echo up' 'while :; do /busybox sleep 1000; done' >root/init
	chmod +x root/init root/sbin/poweroff
	(cd root && find . | cpio --quiet -o -H newc) >ramdisk 2>/dev/null
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images || bail "no guest images"
}

# config NAME LINE...
config() {
	printf '%s\n' "name = \"$1\"" 'type = "pvh"' 'memory = 128' 'tsc_mode = "native"' \
		"kernel = \"$images/vmlinuz\"" 'ramdisk = "/root/ramdisk"' \
		'extra = "console=hvc0 loglevel=1"' "${@:2}"
}

is_up() {
	grep -q up "/var/log/xen/console/guest-$1.log"
}

free_again() {
	no_guests &&
		[ "$(xen-pmem list --json 2>/dev/null |
		jq '[.namespaces[] | select(.state == "free")] | length')" = 2 ] &&
		[ "$(claims)" = 0 ]
}

check_start() {
	xen-pmem start-all >/tmp/said 2>&1
	same "no folder, nothing to start" "$? $(cat /tmp/said)" "0 "
	mkdir -p $auto /etc/xen/auto
	config one 'vnvdimms = [ "xen-a" ]' >$auto/1.cfg
	config two 'vnvdimms = [ "xen-b" ]' >$auto/2.cfg
	config bad 'vnvdimms = [ "nothing" ]' >$auto/0.cfg
	config plain >$auto/3.cfg
	config note 'vnvdimms = [ "xen-b" ]' >$auto/4.cfg.old
	xen-pmem start-all >out 2>err
	same "start-all exits with 1: one config is wrong, one has no vnvdimms" $? 1
	same "a line names each of the two configs" \
		"$(grep -c 'no such namespace\|3.cfg: has no vnvdimms' err)" 2
	same "guest one runs" "$(guest_state one)" run
	same "guest two runs" "$(guest_state two)" run
	same "each of the two has its keeper" "$(claims)" 2
	same "guest one has its vNVDIMM of 512 MiB" "$(with_pages "$(xl domid one)")" 131072
	same "guest two has its vNVDIMM of 128 MiB" "$(with_pages "$(xl domid two)")" 32768
	same "nothing else does" "$(xl list | wc -l)" 4
	rm $auto/0.cfg $auto/3.cfg
	xen-pmem start-all >/tmp/said 2>&1
	same "a second time: they are there already" \
		"$? $(grep -c 'is there already, domain' /tmp/said) $(xl list | wc -l)" "0 2 4"
	xen-pmem start-all /etc/xen/nothing >/tmp/said 2>&1
	same "another folder, that is missing: refused" $? 1
}

check_stop() {
	wait_for 120 is_up one && wait_for 120 is_up two || bail "a guest does not come up"
	xen-pmem stop-all --timeout 120 >/tmp/said 2>&1
	same "stop-all shuts both down" "$? $(cat /tmp/said)" "0 "
	same "stop-all ends when the guests and their memory are gone" \
		"$(free_again && echo free)" free
	config deaf 'vnvdimms = [ "xen-b" ]' 'kernel = "/root/idle.elf"' | grep -v ramdisk >deaf.cfg
	xen-pmem create -q --keep deaf.cfg >/tmp/said 2>&1
	xen-pmem stop-all --timeout 2 >/tmp/said 2>&1
	same "stop-all names a guest that ignores the shutdown, and does not destroy it" \
		"$? $(grep -c 'deaf: has not shut down in 2 s' /tmp/said) $(guest_state deaf)" \
		"1 1 run"
	# A guest whose keeper is gone counts as shut down when it is.
	kill -KILL "$(keeper_pid)"
	guest_end $poweroff deaf
	xen-pmem stop-all --timeout 60 >/tmp/said 2>&1
	same "stop-all also waits for a guest without a keeper, until it has shut down" $? 0
	xen-pmem release >/tmp/said 2>&1
	wait_for 60 free_again
	verdict $? "nothing is left"
}

check_misplaced() {
	xen-pmem check >/tmp/said 2>&1
	same "check finds nothing misplaced" "$(grep -c autostart /tmp/said)" 0
	mv $auto/1.cfg /etc/xen/auto/one
	config plain >/etc/xen/auto/plain
	config empty 'vnvdimms = [ ]' >/etc/xen/auto/empty
	echo 'what = [' >/etc/xen/auto/torn
	xen-pmem check >/tmp/said 2>&1
	same "check names a config that xendomains would start without its vNVDIMM" \
		"$(grep autostart /tmp/said | awk '{ print $1, $3 }')" \
		"FAIL /etc/xen/auto/one:"
	xen-pmem start-all >out 2>/tmp/said
	same "start-all warns of the config" \
		"$(grep -c 'warning: /etc/xen/auto/one: xendomains starts this guest without' \
		/tmp/said)" 1
	# As xendomains does.
	xl create --quiet --defconfig /etc/xen/auto/one >/tmp/said 2>&1
	same "xl starts it without" "$(guest_state one) $(with_pages "$(xl domid one)")" "run "
	xl destroy one
	xen-pmem stop-all >/tmp/said 2>&1 || xl destroy two
	wait_for 60 free_again
	verdict $? "nothing is left"
}

in_dom0() {
	# shellcheck source-path=SCRIPTDIR
	. ./idle.sh
	namespaces_make xen-pmem:64M xen-a:512M xen-b:128M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b; } >/tmp/said \
		2>&1 || bail "cannot enable: $(cat /tmp/said)"
	ramdisk_make
	cases check_start check_stop:check_start check_misplaced
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
