/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One pass over every PV page table. It proves that no PV domain maps a range, and fills the slots
 * of top-level tables that are older than the load (slots.h), before anything is mapped there.
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

/*
 * Goes on from r->scanned. MORE: call again. EBUSY: a PV domain maps a page of the range. EINVAL: a
 * PV table is not as expected.
 */
int scan_step(struct range *r);

#pragma GCC visibility pop

#endif
