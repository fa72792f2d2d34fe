# SPDX-License-Identifier: GPL-2.0-only
# Hosts whose root is a disk on which Debian is installed (--root FILE), with systemd as dom0's
# init; sourced by xenhost. The bed's own initramfs mounts the disk, puts the job there and hands
# over. Of the bed only the job is on the disk: the script, and a unit that runs it. What it changes
# there stays.
# shellcheck shell=bash disable=SC2154,SC2034 # the variables are xenhost's

installed_options_check() {
	[ -z "$intel$numa$efi$hvm" ] ||
		usage_die "--root goes with none of --intel, --numa, --efi, --hvm"
	[ "$mode" = run ] || usage_die "--root is for run"
	[ -f "$installed" ] || usage_die "--root: no file $installed"
}

installed_args() {
	linux_args+=" testbed=root systemd.show_status=no"
	qemu+=(-drive "if=none,id=root,format=raw,file=$installed" \
		-device "virtio-blk-pci,$virtio,drive=root,serial=root")
}

# installed_overlay DIR: the unit, and what tells xenhost of the end of the shutdown
installed_overlay() {
	local units=$1/etc/systemd/system down=$1/usr/lib/systemd/system-shutdown
	mkdir -p "$units/multi-user.target.wants" "$down" &&
		cp "$top/testbed/dom0/testbed.service" "$units" &&
		ln -s ../testbed.service "$units/multi-user.target.wants" &&
		cp "$top/testbed/dom0/run" "$1/testbed/run" &&
		cp "$top/testbed/dom0/down" "$down/testbed" &&
		chmod +x "$1/testbed/run" "$down/testbed"
}
