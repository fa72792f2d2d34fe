/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the monitor does about a bad block that dom0's kernel lists in a vNVDIMM of a guest that
 * runs: Xen takes the page from the guest (XEN_PMEM_OP_TAKE), which could have Xen read there.
 */
#ifndef XEN_PMEM_TOOL_LISTED_H
#define XEN_PMEM_TOOL_LISTED_H

#include "host/inventory_facts.h"
#include "monitor/blockset.h"

/*
 * Takes what is listed and was not said in an earlier round, and what could not be taken then. Of a
 * failure it says why, once.
 */
void listed_take(const struct inventory *inv, const struct blockset *listed,
		 const struct blockset *said);

#endif
