#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What tests/system/placement.t does above the addresses that Xen mapped at boot, on each tested
# build of Xen, booted by EFI: Xen calls the firmware on one more copy of its top-level table. dom0
# reads and writes the firmware's variables all the while. TAP.
PLACEMENT_HOST=efi PLACEMENT_XEN=${PLACEMENT_XEN:-"4.17.7 4.17.5"} exec \
	"$(dirname "$(readlink -f "$0")")/../system/placement.t"
