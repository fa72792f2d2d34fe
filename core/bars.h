/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * How far up an HVM guest's firmware may put the memory of PCI devices that it is given: takes what Linux says of each device, hands on the address
 * behind all of them.
 *
 * hvmloader puts those of its 64-bit BARs that it does not put below 4 GiB directly behind the guest's RAM, each at a multiple of its size, the large ones
 * first, and looks at nothing that may stand there. Which ones it chooses depends on all devices together; here each counts.
 */
#ifndef XEN_PMEM_CORE_BARS_H
#define XEN_PMEM_CORE_BARS_H

#include "env.h"

struct bars {
	uint64_t largest, sum;	/* bytes; all zeros to begin with */
};

/*
 * Adds a device's 64-bit memory BARs. text: its sysfs file "resource", a line for each of its resources, "0xSTART 0xEND 0xFLAGS", the six BARs first. False:
 * the text is not so, or a BAR has no size that a BAR can have; then nothing is added.
 */
bool bars_add(struct bars *bars, const char *text, size_t len);

/* The first address behind all of them, if the RAM ends at `base` or below; UINT64_MAX if that is beyond everything. */
uint64_t bars_top(const struct bars *bars, uint64_t base);

#endif
