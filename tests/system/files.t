#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vNVDIMMs that are files of a DAX filesystem, and devices, of namespaces that dom0 goes on using:
# each kind is given to a guest, which finds what dom0 wrote there and leaves what dom0 finds. What
# is not fit is refused, by the byte. dom0 goes on working beside it. A killed tool and a power cut
# leave all data whole. TAP.
# Here is what the test's machine does; files.dom0 runs in dom0, files.guest in the guests.
set -u
here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
machine_begin build/system/pagemark build/system/idle.elf build/system/killpoint.so

# stage NAME OPTION...
stage() {
	local name=$1
	shift
	boot "$name" "${END-END}" --add "$built/system/pagemark" \
		--add "$built/system/idle.elf" --add "$built/system/killpoint.so" \
		--nvdimm "$work/nv0:1152M" --nvdimm "$work/nv1:704M" "$@"
}

stage make_boot
for each in ${STAGES-first second third fourth plain_make plain}; do
	case $each in
	second) stage second --object memory-backend-ram,id=vpmem,size=128M \
		--device virtio-pmem-pci,memdev=vpmem,disable-legacy=on,iommu_platform=on ;;
	third) END=POWER-CUT stage third ;;
	# In a separate slot: the labels of the other NVDIMMs depend on their slots.
	plain*) stage "$each" \
		--object "memory-backend-file,id=plain,share=on,mem-path=$work/plain,size=512M" \
		--device nvdimm,id=plainnv,memdev=plain,slot=2 \
		--linux-args \
		"$(sed -n 's/^plain /xen_pmem.claim=/p' "$work/plain_make.facts" 2>/dev/null)" ;;
	*) stage "$each" ;;
	esac
done
echo "1..$tests"
