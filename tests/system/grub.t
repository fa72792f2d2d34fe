#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# PVH guests that GRUB boots (grub-i386-xen_pvh): GRUB asks Xen for the memory map, and maps its
# grant table into the first hole of it below 4 GiB. With 4032 MiB of RAM or more that hole is right
# behind libxl's ACPI tables, where xen-pmem's follow. Each guest boots, and Linux finds in the map
# that GRUB hands on what it finds without GRUB. TAP.
# It runs itself: on the test's machine, in dom0 and in the guest.
#
#   region0:  xen-pmem 32 MiB | xen-a 64 MiB
set -u

# ---- in the guest ----

# What firmware and boot loader said, and what came of it.
in_guest() {
	local dev
	echo	# GRUB leaves its last line without a newline
	for dev in /sys/firmware/memmap/*; do
		case $(cat "$dev/type") in
		Persistent*) echo "= pmem $(cat "$dev/start") $(cat "$dev/end")" ;;
		esac
	done
	echo "= NFIT $(ls /sys/firmware/acpi/tables/NFIT 2>/dev/null | wc -l)"
	echo "= region $(cat /sys/bus/nd/devices/region0/resource 2>/dev/null)"
	[ -b /dev/pmem0 ] || return 0
	echo "= was $(head -c 16 /dev/pmem0 | tr -d '\0')"
	echo "$1" | dd of=/dev/pmem0 bs=4K conv=sync oflag=direct 2>/dev/null
}

# ---- in dom0 ----

# guest MIB VNVDIMM [OPTION...]: boots one and takes down what it tells
guest() {
	printf '%s\n' 'name = "g"' "memory = $1" ${2:+"vnvdimms = [ \"$2\" ]"} \
		${3:+'kernel = "/root/vmlinuz"'} >g.cfg
	testguest --add tap.sh "${@:3}" g.cfg grub.t guest "mib$1" >/tmp/said 2>&1
	rc=$?
	sed -n 's/^= //p' /tmp/said >/tmp/told
}

# by_grub MIB
by_grub() {
	guest "$1" xen-a --grub /root/grub.elf
	verdict $rc "$1 MiB, with one: it boots"
	same "$1 MiB: it finds its vNVDIMM, and what was written before" \
		"$(sed -n 's/^was //p' /tmp/told) $(grep -c '^NFIT 1' /tmp/told)" "$2 1"
	sed '/^was/d' /tmp/told >/tmp/by_grub
	guest "$1" xen-a
	verdict $rc "$1 MiB, without GRUB: it boots"
	sed -i '/^was/d' /tmp/told
	diff /tmp/told /tmp/by_grub >/tmp/said && grep -q '^pmem 0x' /tmp/told
	verdict $? "$1 MiB: map, table and region are the same with GRUB as without"
}

dom0_all() {
	namespaces_make xen-pmem:32M xen-a:64M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	by_grub 700 ''
	guest 4100 '' --grub /root/grub.elf
	verdict $rc "4100 MiB, without a vNVDIMM: it boots"
	by_grub 4100 mib700
	by_grub 4992 mib4100
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin bed-grub
kernel=$(echo "$top"/build/testbed/pkg/boot/vmlinuz-*)	# GRUB takes no kernel that is unpacked
boot all END --memory 8G --add "$top/build/testbed/grub.elf" --add "$kernel:/root/vmlinuz" \
	--nvdimm "$work/nvdimm:1G"
echo "1..$tests"
