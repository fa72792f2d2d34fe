#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests that Debian's libvirt starts, which get their vNVDIMM by the script vif-pmem. TAP. On the
# test's machine it boots the bed once, and runs itself in dom0.
#
#   region0:  xen-pmem 64M | xen-a 512M, all of it the guest's
set -u

# ---- in dom0 ----

vir() {
	virsh -q -c xen:///system "$@"
}

libvirt_start() {
	libvirtd -d >/tmp/said 2>&1
	wait_for 20 vir uri >/dev/null 2>&1 ||
		bail "libvirtd: $(cat /tmp/said; tail -n 5 /var/log/libvirt/libvirtd.log)"
}

xml_make() {
	printf '%s\n' "<domain type='xen'>" '<name>g</name>' "<uuid>$uuid</uuid>" \
		"<memory unit='MiB'>32</memory>" \
		"<os><type machine='xenpvh'>xenpvh</type><kernel>/root/idle.elf</kernel></os>" \
		"<clock offset='utc'><timer name='tsc' mode='native'/></clock>" \
		'<devices>' "<interface type='bridge'><source bridge='xenbr0'/>" \
		"<script path='vif-pmem'/></interface>" '</devices>' '</domain>'
}

# guest_is: what is with guest g, as xl and xen-pmem see it
guest_is() {
	echo "$(guest_state g) $(with_pages "$(xl domid g 2>/dev/null)")" | xargs
}

is_whole() {
	[ "$(guest_is)" = "run $a_pages" ]
}

check_life() {
	accepts "virsh defines the guest" vir define g.xml
	accepts "virsh starts it" vir start g
	same "it runs with its vNVDIMM" "$(guest_is)" "run $a_pages"
	! vir managedsave g >/tmp/said 2>&1 && is_whole
	verdict $? "virsh managedsave is refused, and the guest goes on"
}

in_dom0() {
	# shellcheck source-path=SCRIPTDIR
	. ./idle.sh
	modprobe -a xen-netback
	idle_host
	printf '%s\n' '#!/bin/sh' \
		'[ "$1" != online ] || xenstore-write "$XENBUS_PATH/hotplug-status" connected' \
		>/etc/xen/scripts/vif-bridge
	mkdir -p /etc/xen/pmem
	echo 'vnvdimms = [ "xen-a" ]' >/etc/xen/pmem/g.conf
	(cd / && cpio -idu --quiet) <libvirt.cpio && rm libvirt.cpio
	export LC_ALL=C LIBVIRT_LOG_OUTPUTS=3:file:/var/log/libvirt/libvirtd.log
	libvirt_start
	xml_make >g.xml
	cases check_life
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
idle_boot --add "$top/build/testbed/libvirt.cpio"
echo "1..$tests"
