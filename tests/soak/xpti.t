#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What tests/system/placement.t does above the addresses that Xen mapped at boot, on each tested
# build of Xen, where each CPU has a top-level table of its own for PV guests and dom0 (XPTI). An
# AMD host has that only if it is asked for. TAP.
PLACEMENT_HOST=xpti PLACEMENT_XEN=${PLACEMENT_XEN:-"4.17.7 4.17.5"} exec \
	"$(dirname "$(readlink -f "$0")")/../system/placement.t"
