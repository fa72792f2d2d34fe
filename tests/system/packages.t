#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The Debian packages on an installed host: apt installs them in the bed's root of Debian, dom0's
# systemd boots it, and a guest that has been set up as docs/install.md says is back with its data
# after a reboot. TAP. packages.dom0 runs in dom0, packages.guest in the guest.
#
#   region0:  xen-pmem 64M | xen-a 256M
set -u

# ---- as root of the folder ----

# folder_in COMMAND...: with the host's folder as root. dpkg needs all users, so the test runs as
# root, or in a namespace that maps them.
folder_in() {
	chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# folder_make: the host as Debian installs it, with the packages. Its initramfs is made often, and
# nothing boots by it: it has few modules.
folder_make() {
	mkdir -p "$root" && tar -C "$root" --numeric-owner -xpf "$bed/host.tar" &&
		mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" &&
		echo MODULES=list >"$root/etc/initramfs-tools/conf.d/list" &&
		cp "$work"/packages/*.deb "$root/root" && folder_list >"$work/before" &&
		folder_in sh -c \
		'apt-get -qq -y install /root/xen-pmem_*.deb /root/xen-pmem-dkms_*.deb'
}

module_made() {
	[ "$(folder_in modinfo -k "$kver" -F version xen_pmem)" = "$(cat "$top/VERSION")" ]
}

nothing_enabled() {
	! find "$root/etc/systemd" "$root/run" -name 'xen-pmem*' | grep .
}

# xen_updated VERSION: apt's output when the hypervisor of that version is installed
xen_updated() {
	local deb
	deb=$(BED_DEBIAN=12 "$top/testbed/fetch" "$bed" - xen "$1" >/dev/null &&
		find "$bed/debs" -name "xen-hypervisor-*_$1*.deb" | sort -V | tail -n 1)
	cp "$deb" "$root/root/xen.deb" || return
	folder_in apt-get -qq -y --allow-downgrades install /root/xen.deb 2>&1
}

# next_boot_told: with the payload of the other Xen gone, its installation says that the next boot
# has none, and apt is content with that.
next_boot_told() {
	local said
	rm "$root"/usr/lib/xen-pmem/39a640e6f1412319235087391df9f1c5e13ae920.livepatch
	said=$(xen_updated 4.17.5) || return
	echo "$said"
	grep -q '^\*\*\* xen-pmem: the next boot' <<<"$said" &&
		[ -s "$root/run/xen-pmem/next-boot" ]
}

next_boot_tried() {
	local said
	said=$(xen_updated 4.17.5) || return
	echo "$said"
	grep -q '^xen-pmem: whether the next boot works is not known' <<<"$said" &&
		xen_updated 4.17.7
}

next_boot_right() {
	local said
	said=$(xen_updated 4.17.7) || return
	echo "$said"
	! grep -q '^\*\*\*' <<<"$said" && [ ! -e "$root/run/xen-pmem/next-boot" ]
}

# initramfs_has MODULE...: what the initramfs that is made now has of these, and of our rule
initramfs_has() {
	folder_in mkinitramfs -o /tmp/initrd "$kver" && folder_in lsinitramfs /tmp/initrd |
		sed -n 's,.*/\(nd_pmem\|xen_pmem\|xen-pmem.conf\)\(\.ko.*\)*$,\1,p' | sort | xargs
}

initramfs_plain() {
	[ "$(initramfs_has)" = xen-pmem.conf ]
}

# The way in which a hook of the owner's may put in a whole folder, without regard to softdep
initramfs_ours() {
	local hook=$root/usr/share/initramfs-tools/hooks/nvdimm rc
	printf '%s\n' '#!/bin/sh' '[ "${1:-}" != prereqs ] || exit 0' \
		'. /usr/share/initramfs-tools/hook-functions' \
		'copy_modules_dir kernel/drivers/nvdimm' >"$hook"
	chmod +x "$hook"
	[ "$(initramfs_has)" = "nd_pmem xen-pmem.conf xen_pmem" ]
	rc=$?
	rm "$hook"
	return $rc
}

# folder_list: all that is there, without what apt, dpkg and dkms note, and what changes by itself
folder_list() {
	(cd "$root" && find . -xdev ! -path './proc/*' ! -path './dev/*' ! -path './root/*' \
		! -path './var/log/*' ! -path './var/cache/*' ! -path './tmp/*' \
		! -path './var/lib/dpkg/*' ! -path './var/lib/apt/*' | sort)
}

purged() {
	folder_in apt-get -qq -y purge xen-pmem xen-pmem-dkms || return
	folder_list | diff "$work/before" -
	[ "${PIPESTATUS[1]}" = 0 ]
}

# installed_again: for the hosts that boot
installed_again() {
	folder_in sh -c \
		'apt-get -qq -y install /root/xen-pmem_*.deb /root/xen-pmem-dkms_*.deb'
}

# folder_pack: what a test adds to the host, and the disk
folder_pack() {
	echo 'XENCONSOLED_ARGS="--log=guest"' >"$root/etc/default/xen"
	echo 'LABEL=root / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"
	echo host >"$root/etc/hostname"
	mkdir -p "$root"/var/log/{journal,xen/console} "$root/guest"
	cp "$bed/vmlinux" "$root/guest/vmlinuz" && cp "$work/ramdisk" "$root/guest" &&
		umount -l "$root/proc" "$root/dev" && truncate -s 4G "$work/disk" &&
		mke2fs -q -t ext4 -L root -b 4096 -m 0 -d "$root" "$work/disk"
}

step() {
	local what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok - $what"
		return
	fi
	echo "not ok - $what"
	tail -n 40 "$work/said" | sed 's/^/# /'
	return 1
}

in_folder() {
	step "apt installs the packages" folder_make || exit
	step "DKMS has made the module for the host's kernel" module_made
	step "no unit is enabled by that" nothing_enabled
	step "an initramfs without nd_pmem has no driver of ours" initramfs_plain
	step "one with nd_pmem has xen_pmem, and the rule that it is first" initramfs_ours
	if folder_in xen-pmem help check | grep -q next-boot; then
		step "another Xen is installed that is not known: apt says so, and does not fail" \
			next_boot_told
		step "the known one again: apt says nothing, and the note is gone" next_boot_right
	else
		step "an update of Xen runs our trigger, and apt does not fail" next_boot_tried
	fi
	step "purge leaves no trace" purged
	step "they can be installed again" installed_again
	step "the folder becomes a disk" folder_pack
}

# ---- on the test's machine ----

# ramdisk_make: the guest of the bed, with what it does
ramdisk_make() {
	# shellcheck source-path=SCRIPTDIR
	. "$top/testbed/overlay.sh"
	debugfs -R "dump /initrd $work/ramdisk" "$bed/guest.img" 2>/dev/null
	overlay_new "$work/overlay" "mark=guest"
	overlay_script "$work/overlay" "$here/packages.guest"
	mkdir -p "$work/overlay/usr/sbin"
	printf '%s\n' '#!/bin/bash' 'echo "guest ends" >/dev/hvc0' 'exec busybox poweroff -f' \
		>"$work/overlay/usr/sbin/poweroff"
	chmod +x "$work/overlay/usr/sbin/poweroff"
	overlay_pack "$work/overlay" >>"$work/ramdisk"
}

# packages_make: this version, and one that comes after it
packages_make() {
	"$top/packaging/packages" "$work/packages" &&
		rm -f "$work"/packages/{*dbgsym*,libxenpmem*} &&
		dpkg-deb -R "$work"/packages/xen-pmem_*.deb "$work/next" &&
		sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control" &&
		dpkg-deb --root-owner-group -b "$work/next" "$work/packages/next.deb"
}

failed() {
	echo "Bail out! $*"
	exit 1
}

folder_run() {
	local line users=(--mount --propagation private)
	[ "$(id -u)" = 0 ] ||
		users=(--user --map-root-user --map-auto --mount --propagation private)
	while IFS= read -r line; do
		case $line in
		"ok - "*) echo "ok $((++tests)) ${line#ok }" ;;
		"not ok - "*) echo "not ok $((++tests)) ${line#not ok }" ;;
		*) echo "# ${line#\# }" ;;
		esac
	done < <(export work top bed kver root; unshare "${users[@]}" "$0" folder 2>&1)
	[ -s "$work/disk" ] || failed "no disk with the host"
}

host() {
	boot "$1" END --root "$work/disk" --nvdimm "$work/nvdimm:2G"
}

if [ "${1:-}" = folder ]; then
	in_folder
	exit
fi
here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
machine_begin
bed=$built/testbed root=$work/root
[ -s "$bed/host.tar" ] || failed "no host.tar: make bed-host"
kver=$(tar -tf "$bed/host.tar" ./boot | sed -n 's,^./boot/vmlinuz-,,p')
result "the packages can be built" packages_make || exit
ramdisk_make
folder_run
host first
host again
echo "1..$tests"
