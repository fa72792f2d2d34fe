#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/system/intel.t on each tested build of Xen, with guests that are hostile to their read-only
# and uncached pages. TAP.
INTEL_XEN="4.17.7 4.17.5" INTEL_HOSTILE=1 exec \
	"$(dirname "$(readlink -f "$0")")/../system/intel.t"
