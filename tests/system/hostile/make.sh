# SPDX-License-Identifier: GPL-2.0-only
# What all tests with hostile guests share: their initramfs, which runs nothing but the hostile
# module, and themselves. Sourced in dom0, behind tap.sh. hostile.ko is there; the range lies at
# $spa and is $length long.
# shellcheck shell=bash disable=SC2154

raw=/root/rawcmd
images=/usr/lib/testbed/guest

# The guests' initramfs: busybox and the module.
ramdisk_make() {
	mkdir -p root/dev && cp "$(command -v busybox)" root/busybox && cp hostile.ko root/
	cat >root/init <<-'X'
		#!/busybox sh
		/busybox mount -t devtmpfs dev /dev
		exec >/dev/hvc0 2>&1
		/busybox insmod /hostile.ko
		while :; do /busybox sleep 1000; done
	X
	chmod +x root/init
	(cd root && find . | cpio --quiet -o -H newc) >ramdisk 2>/dev/null
}

# guest_make NAME: paused; two vCPUs, of which Linux does not touch the second
guest_make() {
	cat >"$1.cfg" <<-X
		name = "$1"
		type = "pvh"
		memory = 128
		vcpus = 2
		tsc_mode = "native"
		kernel = "$images/vmlinuz"
		ramdisk = "/root/ramdisk"
		extra = "console=hvc0 loglevel=1 maxcpus=1"
		on_reboot = "destroy"
		on_crash = "destroy"
	X
	xl create -q -p "$1.cfg" >/tmp/said 2>&1 || bail "cannot make guest $1: $(cat /tmp/said)"
}

# state_is WHAT WANTED: of those pages of A that are not nobody's
state_is() {
	same "$1" "$(probe_pages $spa $length | sed -E 's/(none|free)=[0-9]+ //g')" "$2"
}
