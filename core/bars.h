/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The highest address that an HVM guest's firmware may use for the memory of the guest's PCI
 * devices, computed from what Linux reports about each device.
 *
 * hvmloader puts a 64-bit BAR below 4 GiB or directly after the guest's RAM, each at a multiple of
 * its size, the large ones first. It does not check what is there already. Which BARs it puts below
 * 4 GiB depends on all devices together, so here each BAR counts.
 */
#ifndef XEN_PMEM_CORE_BARS_H
#define XEN_PMEM_CORE_BARS_H

#include "env.h"

struct bars {
	uint64_t largest, sum;	/* bytes; start with zeros */
};

/*
 * Adds a device's 64-bit memory BARs. text: its sysfs file "resource", a line for each of its
 * resources, "0xSTART 0xEND 0xFLAGS", the six BARs first. Returns false, and adds nothing, if the
 * text has another form or a BAR has a size that is not a power of 2.
 */
bool bars_add(struct bars *bars, const char *text, size_t len);

/*
 * The first address after all BARs if the RAM ends at `base` or below; UINT64_MAX if that
 * overflows.
 */
uint64_t bars_top(const struct bars *bars, uint64_t base);

#endif
