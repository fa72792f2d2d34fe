# SPDX-License-Identifier: GPL-2.0-only
# A host that is booted by EFI (xenhost --efi): OVMF is its firmware and starts GRUB, which loads
# Xen by Multiboot 2, as on a host with Debian's GRUB; sourced by xenhost.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables are xenhost's

# efi_disk: makes the folder $work/efi, which QEMU shows as a disk with one FAT partition: GRUB,
# where the firmware looks for what it boots, and what GRUB loads.
efi_disk() {
	local pkg=$bed/efi.pkg at=$work/efi
	mkdir -p "$at/efi/boot" && mv "$work/vmlinux" "$work/initrd" "$at" || return
	ln "$xen" "$at/xen" 2>/dev/null || cp "$xen" "$at/xen" || return
	cat >"$work/grub.cfg" <<-END
		search --file --set=root /xen
		multiboot2 /xen placeholder $xen_line
		module2 --nounzip /vmlinux placeholder $linux_line
		module2 --nounzip /initrd
		boot
	END
	LD_LIBRARY_PATH=$pkg/lib/x86_64-linux-gnu:$pkg/usr/lib/x86_64-linux-gnu \
		"$pkg/usr/bin/grub-mkimage" -O x86_64-efi -d "$pkg/usr/lib/grub/x86_64-efi" \
		-p /boot -c "$work/grub.cfg" -o "$at/efi/boot/bootx64.efi" part_msdos fat search \
		multiboot2
}

# efi_boot: sets $boot, by which QEMU boots. The firmware's variables are this run's own.
efi_boot() {
	local from=$bed/efi.pkg/usr/share/OVMF
	{ efi_disk && cp "$from/OVMF_VARS_4M.fd" "$work/vars"; } ||
		failed "cannot make what EFI boots from: run make bed-efi"
	boot=(-drive "if=pflash,format=raw,readonly=on,file=$from/OVMF_CODE_4M.fd"
		-drive "if=pflash,format=raw,file=$work/vars")
}
