/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes zeros over slots of pools. Under host_lock(), which is dropped for each slot and taken
 * again; all that the inventory says is read anew then. Functions say why they refuse and return
 * EXIT_REFUSED, or EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_POOL_CLEAN_H
#define XEN_PMEM_TOOL_POOL_CLEAN_H

#include "host/pool.h"

/* For the line of progress: this slot is one of several. */
struct slots_progress {
	uint64_t done, total;		/* bytes */
};

/*
 * Erases a slot that is dirty: of the guest, or (NULL) of nobody. Waits for who is erasing it
 * already. *cleaned: this call has erased it.
 */
int slot_clean(struct inventory *inv, struct pool *pool, size_t slot, const uint8_t *guest,
	       struct slots_progress *progress, bool *cleaned);

/* Erases all that is dirty and nobody's, *bytes of it. The record says then if a pool is clean. */
int pool_clean(struct inventory *inv, struct pool *pool, uint64_t *bytes);

/* Starts a process in the background that does that with all pools (xen-pmem erase --ram). */
void pools_clean_later(void);

#endif
