#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Pins: what dom0 and its programs can do to a file or device while a guest could have its pages,
# and what cannot be pinned at all. The probe says whose pages are mapped. TAP.
# Here is what the test's machine does: it boots the bed twice over the same NVDIMMs, because
# nd_pmem holds what ndctl has just made. pin.dom0 runs in dom0.
# shellcheck disable=SC2015
set -u
. "$(dirname "$(readlink -f "$0")")/tap.sh"
machine_begin build/system/pinctl build/system/idle.elf build/inject/inject.ko
boot make MADE --nvdimm "$work/nvdimm:2G"
boot pins PINNED --bare --object memory-backend-ram,id=vpmem,size=128M \
	--device virtio-pmem-pci,memdev=vpmem,disable-legacy=on,iommu_platform=on \
	--nvdimm "$work/nvdimm:2G" --add "$top/build/system/pinctl" \
	--add "$top/build/system/idle.elf" --add "$top/build/inject/inject.ko"
echo "1..$tests"
