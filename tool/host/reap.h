/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes back what guests cannot use any more: pages of dead guests, and pins of files and devices
 * of which no guest has pages.
 */
#ifndef XEN_PMEM_TOOL_REAP_H
#define XEN_PMEM_TOOL_REAP_H

#include "host/inventory.h"

/*
 * Of all dead guests; the inventory is up to date afterwards. Under host_lock(). EXIT_REFUSED, with
 * a line, if pages are left because another domain still maps them. words: what it says.
 */
#define REAP_TAKEN	1u	/* what it has taken back */
#define REAP_REFUSALS	2u	/* what it could not take back */
#define REAP_ALL	(REAP_TAKEN | REAP_REFUSALS)
int reap_dead(struct inventory *inv, unsigned int words);

/*
 * inventory_open_locked(), and then reap_dead() without a word of what went well. dry_run: only
 * inventory_forget_dead().
 */
int inventory_open_reaped(struct inventory *inv, bool dry_run);

/*
 * The same for one guest, dead or not; reads the inventory first. -1: it holds nothing. quiet: says
 * nothing at all. A keeper calls it without the lock, for its own guest.
 */
int reap_domain(struct inventory *inv, uint32_t domid, bool quiet);

/*
 * For a dry run: reports what reap_domain() would take back from this guest, or (NULL) reap_dead()
 * from all dead guests, and forgets it in the inventory. -1: that is nothing.
 */
int reap_foresee(struct inventory *inv, const uint32_t *domid);

#endif
