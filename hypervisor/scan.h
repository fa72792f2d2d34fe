/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pass over every PV page table. It proves of all ranges that are CHECKING that no PV domain maps
 * them, and fills the slots of top-level tables that are older than the load (slots.h), before
 * anything is mapped there.
 *
 * While a frame has no page_info, its mappings are not counted. A mapping left over from before
 * would later be counted out though it was never counted in, and the host would die of it. The
 * caller has seen to it that no domain can make a new one: the mappings that exist only become
 * fewer, and one pass over the tables sees all of them.
 */
#ifndef XEN_PMEM_HYPERVISOR_SCAN_H
#define XEN_PMEM_HYPERVISOR_SCAN_H

#include "tables.h"

#pragma GCC visibility push(hidden)

/* A pass begins, for the ranges that are CHECKING. */
void pass_begin(void);

/*
 * Goes on with the pass, for whoever serves r. 0: it is over, and its ranges are CHECKED. MORE:
 * call again. EBUSY: a PV domain maps a page of r. Another range of which that is found becomes
 * WAITING. EINVAL: a PV table is not as expected.
 */
int pass_step(const struct range *r);

#pragma GCC visibility pop

#endif
