# SPDX-License-Identifier: GPL-2.0-only
# A disk from which GRUB boots Xen (xenhost --intel, --numa); sourced by xenhost. GRUB can do what
# no emulator's loader can: hide RAM from Xen, and exchange ACPI tables.
# shellcheck shell=bash disable=SC2154 # the variables are xenhost's

# grub_disk PKG FILE...: makes $work/disk: one partition, which holds a tar archive of what GRUB
# loads: Xen, dom0's kernel and initramfs, and these files of $work. GRUB reads such an archive like
# a filesystem. PKG has GRUB; $work/grub.cfg is what it is to do.
# The boot sector is GRUB's but for the table of partitions, where GRUB's file has code for floppy
# disks.
grub_disk() {
	local sectors pkg=$1
	shift
	ln "$xen" "$work/xen" 2>/dev/null || cp "$xen" "$work/xen" || return
	grub_core "$pkg" || return
	tar -cf "$work/tar" -C "$work" i386-pc xen vmlinux initrd "$@" || return
	sectors=$(($(stat -c %s "$work/tar") / 512))
	{
		head -c 446 "$pkg/usr/lib/grub/i386-pc/boot.img"
		printf '\x80\0\0\0\x83\0\0\0'
		grub_number 2048
		grub_number "$sectors"
		head -c 48 /dev/zero
		printf '\x55\xaa'
		cat "$work/core"
	} >"$work/disk" && truncate -s 1M "$work/disk" && cat "$work/tar" >>"$work/disk" &&
		truncate -s %516096 "$work/disk" && rm "$work/tar"
}

# grub_number N: as four bytes, little-endian
grub_number() {
	printf '%b' "$(printf '\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) \
		$(($1 >> 24)))"
}

# grub_config [LINE...]: writes $work/grub.cfg: these lines, then the boot of Xen with $xen_line and
# of dom0's kernel with $linux_line. In a graphics mode Bochs would panic.
grub_config() {
	cat >"$work/grub.cfg" <<-END
		insmod mmap
		insmod multiboot
		set gfxpayload=text
		$(printf '%s\n' "$@")
		multiboot (hd0,msdos1)/xen placeholder $xen_line
		module --nounzip (hd0,msdos1)/vmlinux placeholder $linux_line
		module --nounzip (hd0,msdos1)/initrd
		boot
	END
}

# grub_core PKG: GRUB itself. Its modules are files beside Xen, so that there is less to unpack.
grub_core() {
	# shellcheck disable=SC2046 # a list
	mkdir "$work/i386-pc" &&
		grub_modules "$1" $(sed -n 's/^insmod //p' "$work/grub.cfg") || return
	LD_LIBRARY_PATH=$1/lib/x86_64-linux-gnu:$1/usr/lib/x86_64-linux-gnu \
		"$1/usr/bin/grub-mkimage" -O i386-pc -d "$1/usr/lib/grub/i386-pc" \
		-p '(hd0,msdos1)' -c "$work/grub.cfg" -o "$work/core" biosdisk part_msdos tar
}

# grub_modules PKG NAME...: these modules of GRUB's, and those that they need
grub_modules() {
	local name pkg=$1 from=$1/usr/lib/grub/i386-pc
	shift
	for name; do
		[ ! -e "$work/i386-pc/$name.mod" ] || continue
		cp "$from/$name.mod" "$work/i386-pc" || return
		# shellcheck disable=SC2046 # a list
		grub_modules "$pkg" $(sed -n "s/^$name://p" "$from/moddep.lst") || return
	done
}
